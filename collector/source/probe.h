/* SPDX-License-Identifier: MIT */
#ifndef LP_SOURCE_PROBE_H
#define LP_SOURCE_PROBE_H

/*
 * The eBPF probe (ebpf/probe.h) as a source: bytes of connections, seen from the kernel, go through
 * the same framing as the shim's (wire/conn.h) and on to the assembler. What a process shows to the
 * shim as well is left to the shim. Memory is bounded, single-threaded.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "assemble.h"
#include "blind.h"
#include "lp_compiler.h"

#define LP_PROBE_PROCS_MAX     65536u /* processes known at once; about 1 KiB each */
#define LP_PROBE_GREETINGS_MAX 1024u  /* connections of theirs whose handshake is watched */

struct lp_probe;

struct lp_probe_stats {
	uint64_t records;  /* that the kernel handed over */
	uint64_t bytes;	   /* of data in them */
	uint64_t lost;	   /* records and calls that it could not */
	uint64_t no_room;  /* connections over LP_LINKS_MAX and the like */
	uint64_t programs; /* without the shim, also those that still run */
	unsigned files;	   /* programs and libraries looked at */
	unsigned points;   /* places probed in them */
};

/* Who is in scope, besides whom lp_probe_follow names, and what is taken from them. */
struct lp_probe_config {
	bool everyone;	   /* all processes of the host */
	bool others;	   /* who is in scope was not started from here */
	bool cgroups;	   /* lp_probe_follow_cgroup will be called */
	bool gate;	   /* a process is held at exec until its files are probed */
	uint16_t csm_port; /* of monitoring datagrams; 0: none */
	bool csm_taken;	   /* those of our own network namespace come another way */
	/*
	 * Before anything is made of what was recorded: calls lp_probe_has_shim for every shim that
	 * was there by now, so that no call is counted twice. NULL: there are none.
	 */
	void (*shims)(void *ctx);
	void *ctx;
};

/*
 * Starts the probe. 0, or -errno with a sentence in `why` (at least 128 bytes). `assemble` and
 * `blinds` outlive it.
 */
LP_MUST_USE int lp_probe_new(struct lp_probe **out, struct lp_assemble *assemble,
			     struct lp_blinds *blinds, const struct lp_probe_config *config,
			     char *why, size_t why_size);

/* Takes what is left, closes all connections, detaches. NULL is fine. */
void lp_probe_free(struct lp_probe *s);

/*
 * Puts a process and what it will start in scope. To catch a command from its first instruction on:
 * follow oneself, fork, and leave oneself.
 */
LP_MUST_USE int lp_probe_follow(struct lp_probe *s, pid_t pid);
void lp_probe_leave(struct lp_probe *s, pid_t pid);

/* For a probe that is started late: all that descends from `pid`, without itself. 0 or -errno. */
LP_MUST_USE int lp_probe_follow_descendants(struct lp_probe *s, pid_t pid);

/* All processes of a control group or container, now and later; see lpb_follow_cgroup. */
LP_MUST_USE int lp_probe_follow_cgroup(struct lp_probe *s, const char *name, bool container,
				       char *why, size_t why_size);

/* Once nothing more will be started by us: gives up rights that are not needed any more. */
void lp_probe_drop_rights(const struct lp_probe *s);

/*
 * The shim said from this process that it is there (LP_HELLO_START), at `time_ns` by
 * CLOCK_MONOTONIC; 0: just now. What is older than the program that runs now was another's.
 */
void lp_probe_has_shim(struct lp_probe *s, pid_t pid, uint64_t time_ns);

/* True while the process is stopped by the gate, not by anybody's job control. */
bool lp_probe_holds(struct lp_probe *s, pid_t pid);

/*
 * Readable when there is work that cannot wait; lp_probe_poll wants to be called every so often
 * besides, and again at once when it says that there is more.
 */
#define LP_PROBE_POLL_MS 50
int lp_probe_fd(const struct lp_probe *s);
bool lp_probe_poll(struct lp_probe *s);

void lp_probe_stats(struct lp_probe *s, struct lp_probe_stats *stats);

/* What this kernel cannot show, in a sentence; NULL: nothing. */
const char *lp_probe_missing(const struct lp_probe *s);

/* What the kernel lent, for the log. */
const char *lp_probe_how(const struct lp_probe *s);

#endif
