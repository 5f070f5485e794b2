/* SPDX-License-Identifier: MIT */
#ifndef LPB_PROBE_H
#define LPB_PROBE_H

/*
 * The eBPF probe: what processes write to and read from TLS and plain sockets, seen from the
 * kernel. It needs rights (CAP_BPF and CAP_PERFMON where the kernel has multi-uprobe links, 6.6 and
 * later; CAP_SYS_ADMIN before) and leaves nothing behind: everything ends with its file
 * descriptors.
 *
 * Built with WITH_BPF=0 the same functions are there and lpb_open answers -ENOSYS.
 *
 * One thread at a time per probe. All callbacks are made from within lpb_poll and lpb_follow.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lp_compiler.h"
#include "lp_span.h"

struct lpb_probe;

/* Bytes of one connection, in the order in which they were moved in each direction. */
struct lpb_data {
	pid_t pid;
	uint64_t conn;	  /* unique in the process while the connection lives */
	uint64_t time_ns; /* CLOCK_REALTIME; only of what went out */
	bool out;
	bool covered; /* moved through a library that the shim can see as well */
	bool plain;   /* a socket without TLS */
	bool frame; /* starts a frame of HTTP/2; what was left out before it are such, without heads
		     */
	/*
	 * Bytes moved before these, counted from the connection's first request, seen or not. A
	 * jump means that bytes were left in the kernel (or lost: lpb_stats says).
	 */
	uint64_t off_out, off_in;
	bool loose; /* a jump of off_out may be too far, but ends within the message that was begun
		     */
	struct lp_span bytes; /* borrowed for the call */
};

/*
 * What a process in which there is no shim sent over TLS on a socket, first of all (`start`) a
 * ClientHello, perhaps in pieces.
 */
struct lpb_hello {
	pid_t pid;
	uint64_t conn;
	uint64_t time_ns; /* CLOCK_REALTIME */
	bool start;
	bool more;		/* what it sends next will be told, too: it cannot be data yet */
	uint16_t port;		/* whom it is connected to, in network order; */
	const uint8_t *address; /* 16 bytes: IPv6, or IPv4 mapped into it; borrowed, */
	struct lp_span bytes;	/* as these are */
};

struct lpb_ops {
	/*
	 * What was recorded until now is about to be handed over: the last moment to learn in which
	 * processes there was a shim by then. May be NULL.
	 */
	void (*drained)(void *ctx);
	void (*data)(void *ctx, const struct lpb_data *d);
	/* The program freed the connection. */
	void (*closed)(void *ctx, pid_t pid, uint64_t conn, uint64_t off_out, uint64_t off_in,
		       bool loose);
	/*
	 * A process in scope runs a new program: what was known of its connections is void. Not
	 * `held` until its files are probed, it may be quicker. `mono_ns`: when, by
	 * CLOCK_MONOTONIC.
	 */
	void (*exec)(void *ctx, pid_t pid, bool held, uint64_t mono_ns);
	void (*exited)(void *ctx, pid_t pid);
	/*
	 * A file that carries TLS and cannot be probed; `why` in words; `covered`: a shim in the
	 * process sees its calls, or names the connections that it could not read. May be NULL.
	 */
	void (*refused)(void *ctx, pid_t pid, const char *path, const char *why, bool covered);
	/* A monitoring datagram that the process sent; always covered. May be NULL. */
	void (*csm)(void *ctx, pid_t pid, struct lp_span datagram, uint64_t time_ns);
	void (*hello)(void *ctx, const struct lpb_hello *h); /* may be NULL */
	/*
	 * The process sent this within TLS, on a connection that spoke no HTTP so far; it begins
	 * like a message that may hold a login of IAM. `covered` as in struct lpb_data. May be
	 * NULL.
	 */
	void (*login)(void *ctx, pid_t pid, uint64_t conn, struct lp_span bytes, bool covered,
		      uint64_t time_ns);
	/* A file is probed from now on; `what` was found in it: "OpenSSL", "Go", … May be NULL. */
	void (*probed)(void *ctx, const char *path, const char *what);
};

/* What is refused where there is no right to look: of a process of somebody else, or one file. */
#define LPB_NO_RIGHT "no right"
#define LPB_NOT_OURS "programs of other users"

struct lpb_config {
	bool everyone;	   /* all processes of the host, not only followed ones */
	bool others;	   /* who is in scope was not started from here: it may not be held while
			      we are stopped */
	bool cgroups;	   /* lpb_follow_cgroup will be called */
	uint16_t csm_port; /* where SDKs send monitoring datagrams, besides 31000; 0: none are taken
			    */
	bool csm_taken; /* but not in our own network namespace: somebody else takes them there */
	/*
	 * Stop a process at exec and after loading libraries (SIGSTOP, SIGCONT) until its file is
	 * probed, so that no short program is missed. Its parent can see that, so jobs of an
	 * interactive shell are not stopped. Without it, only children by fork of processes with
	 * probes of their own are, whose parents were seen to use TLS.
	 */
	bool gate;
};

struct lpb_stats {
	uint64_t records;    /* taken from the ring */
	uint64_t bytes;	     /* of data in them */
	uint64_t ring_full;  /* records lost: no room */
	uint64_t faults;     /* records lost: memory that could not be read */
	uint64_t calls_full; /* calls lost, or whole processes: too many at once */
	unsigned files;	     /* looked at */
	unsigned points;     /* places probed */
	unsigned stops;	     /* times that a process was held until it was probed */
};

/*
 * Loads the programs and starts to follow processes. 0; -ENOSYS: built without eBPF; -EPERM, or
 * what the kernel answered: `why` (at least 128 bytes) then says in a sentence what is missing.
 * `ops` and `ctx` must outlive the probe.
 */
LP_MUST_USE int lpb_open(struct lpb_probe **out, const struct lpb_config *config,
			 const struct lpb_ops *ops, void *ctx, char *why, size_t why_size);

/*
 * Puts a process, and all that it will start, in scope; what it has mapped is probed at once. A
 * process that is about to fork can be followed and, after that, be left again: its children stay.
 * 0 or -errno.
 */
LP_MUST_USE int lpb_follow(struct lpb_probe *p, pid_t pid);
void lpb_leave(struct lpb_probe *p, pid_t pid);

/*
 * The same for all processes that descend from `pid` now, without itself, for a probe that is
 * opened late. How many, or -errno.
 */
LP_MUST_USE int lpb_follow_descendants(struct lpb_probe *p, pid_t pid);

/*
 * Puts all processes in scope that are in a control group, or in one below, now or later. `name` is
 * its folder, or the id of the container that it holds. The probe must have been opened with
 * `cgroups`. 0, or -errno with a sentence in `why` (at least 128 bytes).
 */
LP_MUST_USE int lpb_follow_cgroup(struct lpb_probe *p, const char *name, bool container, char *why,
				  size_t why_size);

/*
 * `has`: the shim reported itself from this process; until its next exec, libraries that the shim
 * can see are left to it. Records that were made before that may still come, marked `covered`.
 * Else: that was from before its last exec.
 */
void lpb_has_shim(struct lpb_probe *p, pid_t pid, bool has);

/* True while a process is stopped by a gate, this one or another collector's, so that whoever waits
 * for it can tell. */
bool lpb_holds(struct lpb_probe *p, pid_t pid);

/* No more data of this connection. */
void lpb_mute(struct lpb_probe *p, pid_t pid, uint64_t conn);

/*
 * Readable when lpb_poll has work that cannot wait; call it every LPB_POLL_MS besides.
 */
#define LPB_POLL_MS 50

int lpb_fd(const struct lpb_probe *p);

/*
 * Takes what is in the ring, without waiting, but not more than LPB_POLL_MAX records, so that
 * others have their turn: after as many it wants to be called again at once. Number of records or
 * -errno.
 */
#define LPB_POLL_MAX 8192

int lpb_poll(struct lpb_probe *p);

void lpb_stats(struct lpb_probe *p, struct lpb_stats *s);

/* What the kernel lent: "uprobe_multi, page faults allowed" and the like, for the log. */
const char *lpb_how(const struct lpb_probe *p);

/* A sentence on what this kernel does not lend and what is therefore not seen; NULL: nothing. */
const char *lpb_missing(const struct lpb_probe *p);

/* Gives up this process's capabilities that are not needed from now on; no child gets them. */
void lpb_drop_rights(const struct lpb_probe *p);

/* Detaches everything, lets stopped processes go on. NULL is fine. */
void lpb_close(struct lpb_probe *p);

#endif
