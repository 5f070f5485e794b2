/* SPDX-License-Identifier: MIT */
#ifndef LP_SHIM_H
#define LP_SHIM_H

/*
 * Evidence from the shim: the processes that say hello (hellos.h) and the rings they pass
 * (include/lp_ring.h). Watches the processes, reads each ring until its process is gone, and hands
 * the events to the assembler. Any process that may connect may send anything: the number of
 * processes and rings is bounded. Single-threaded.
 */

#include <sys/types.h>

#include "assemble.h"
#include "loop.h"
#include "lp_ring.h"

struct lp_shim_config {
	const char *path;  /* of the socket; must not exist */
	mode_t mode;	   /* of the socket: 0600, or 0666 where others are let in below */
	const uid_t *uids; /* who may connect, besides our own user */
	size_t n_uids;
	unsigned processes_max; /* followed at once, a ring each; 0: as many as there is room for */
	/* Also any process that descends from us or is in our session, whoever it runs as:
	 * programs that drop their rights after the start. */
	bool descendants;
	/* Then also what a daemon of our user started that has this file mapped, the shim's.
	 * Borrowed; NULL: not those. */
	const char *library;
	/* Also programs that do not see the socket's file: lp_nameless. */
	bool anywhere;
	/* Another collector may read the rings after us: lp_ring.hold. */
	bool hold;
	/* The shim is in this process, with a fresh program, since `time_ns` at the latest
	 * (CLOCK_MONOTONIC; 0: nobody knows); before any of its events. NULL: nobody wants to know.
	 */
	void (*started)(void *ctx, pid_t pid, uint64_t time_ns);
	/* A process waits, until this returns, with starting a program that the shim cannot see
	 * into, in its thread `tid`; `verdict` is an enum lp_elf_verdict, `name` of LP_ELF_LIBRARY
	 * the library that it loaded. True: it is seen into by other means. NULL likewise. */
	bool (*blind)(void *ctx, pid_t pid, pid_t tid, unsigned verdict, const char *name);
	void *ctx;
};

struct lp_shim_stats {
	uint64_t processes;		 /* that the shim was in */
	uint64_t refused;		 /* connections of users that are not let in */
	uint64_t bad_hellos;		 /* connections that said something else */
	uint64_t no_room;		 /* rings and processes over the limits, not followed */
	uint64_t records, bytes;	 /* received */
	uint64_t bad_records;		 /* of these: no events */
	uint64_t lost_bytes;		 /* written by threads that never finished */
	uint64_t drops[LP_DROP_REASONS]; /* records that processes could not send */
};

struct lp_shim;

/*
 * Binds and listens. Raises this process's limit of open files as far as it may. 0 or
 * -errno (-EADDRINUSE: the path exists). Config is copied, path, library and uids are not.
 */
LP_MUST_USE int lp_shim_open(struct lp_shim **out, const struct lp_shim_config *config,
			     struct lp_loop *loop, struct lp_assemble *assemble);

/* As lp_hellos_restore. */
LP_MUST_USE int lp_shim_restore(struct lp_shim *s);

/* Takes the hellos that came by now, whatever else waits; none after lp_shim_finish. */
void lp_shim_take_hellos(struct lp_shim *s);

/*
 * Reads what the rings hold, a share of each in turn. Milliseconds until it wants to be called
 * again; -1: not before the loop reports something.
 */
int lp_shim_poll(struct lp_shim *s);

/*
 * The capture ends: takes waiting hellos and all that stands in the rings at this moment, and
 * completes what is pending. Afterwards only lp_shim_stats, lp_shim_alive and lp_shim_close.
 */
void lp_shim_finish(struct lp_shim *s);

/* Every process that the shim is in and that still runs. */
void lp_shim_each(const struct lp_shim *s, void (*fn)(void *ctx, pid_t pid), void *ctx);

/*
 * Processes that still run, those included that never said a word. The program of each goes to `fn`
 * (may be NULL).
 */
size_t lp_shim_alive(const struct lp_shim *s, void (*fn)(void *ctx, const char *program),
		     void *ctx);

void lp_shim_stats(const struct lp_shim *s, struct lp_shim_stats *out);

/* Removes the socket. NULL is fine. */
void lp_shim_close(struct lp_shim *s);

#endif
