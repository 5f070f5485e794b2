/* SPDX-License-Identifier: MIT */
#ifndef LP_FOLLOW_H
#define LP_FOLLOW_H

/*
 * The ptrace follower: plaintext of programs that the shim cannot enter, Go and static ones, as an
 * ordinary user. Breakpoints stand where such a program hands bytes to its TLS library; the
 * instruction under a breakpoint is carried out by us, so nothing is ever single-stepped and the
 * breakpoint never lifted for it. Bytes go through the same framing as the probe's (links.h). Where
 * no answer is waited for, but the rest of bodies that nobody looks at, Go's reads are let alone
 * until something is written.
 *
 * A process is attached to when it is about to start such a program, and let go again when it
 * starts one that the shim can enter. Children of a traced program are traced, as nobody else
 * would notice what they start; programs that trace others themselves are left alone, and so are
 * set-id programs, which would lose their rights.
 *
 * A breakpoint is a changed byte in the process's own memory, never in the file. Should this
 * process be killed, programs with breakpoints in them end with it (PTRACE_O_EXITKILL): going on,
 * they would die of the next one. lp_follow_finish takes them out and detaches.
 *
 * Everything must be called by one thread, the one that forks the command: ptrace wants that. While
 * there is a follower, all statuses of children are to be offered to it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "assemble.h"
#include "blind.h"
#include "lp_compiler.h"

#define LP_FOLLOW_TASKS_MAX    65536u /* threads traced at once */
#define LP_FOLLOW_READINGS_MAX 65536u /* reads in flight in all processes */

struct lp_follow;

struct lp_follow_stats {
	uint64_t programs; /* that were looked into and that the shim was not in */
	uint64_t lost;	   /* pieces that could not be read */
	uint64_t no_room;  /* connections, threads and the like over the limits */
};

/* What a status of waitpid meant, to whoever is the process's parent. */
enum lp_followed {
	LP_FOLLOWED_NOT,       /* no traced process: the status means what it says */
	LP_FOLLOWED_NOTHING,   /* taken care of */
	LP_FOLLOWED_ENDED,     /* the process ended, with this very status */
	LP_FOLLOWED_STOPPED,   /* it was stopped by WSTOPSIG(status) */
	LP_FOLLOWED_CONTINUED, /* it goes on after that */
};

/*
 * 0; -ENOSYS: not on this architecture; -ENOMEM. `assemble` and `blinds` outlive it.
 */
LP_MUST_USE int lp_follow_new(struct lp_follow **out, struct lp_assemble *assemble,
			      struct lp_blinds *blinds);

/* Takes what waits, then lets go of every process; waits for that a second at most. */
void lp_follow_finish(struct lp_follow *f);

/* The same where it was not done. NULL is fine. */
void lp_follow_free(struct lp_follow *f);

/*
 * The thread `tid` of process `pid` is about to start a program that only we can see into, by exec,
 * or in a child. 0; -errno when it cannot be traced, which is not reported.
 */
LP_MUST_USE int lp_follow_expect(struct lp_follow *f, pid_t pid, pid_t tid);

/*
 * The running process `pid` has loaded the library `name` (without folders), whose code does not
 * run yet, and waits for us in its thread `tid`: sees into that library from now on. 0, also when
 * it did before; -errno when it cannot, which is not reported.
 */
LP_MUST_USE int lp_follow_join(struct lp_follow *f, pid_t pid, pid_t tid, const char *name);

/* A status that waitpid(-1, …, __WALL) gave. */
enum lp_followed lp_follow_status(struct lp_follow *f, pid_t tid, int status);

/* Called now and then. Milliseconds until it wants that again, -1: never. */
int lp_follow_poll(struct lp_follow *f);

/* True while the process is traced. */
bool lp_follow_has(const struct lp_follow *f, pid_t pid);

void lp_follow_stats(const struct lp_follow *f, struct lp_follow_stats *stats);

#endif
