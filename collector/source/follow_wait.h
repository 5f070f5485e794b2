/* SPDX-License-Identifier: MIT */
#ifndef LP_FOLLOW_WAIT_H
#define LP_FOLLOW_WAIT_H

/*
 * Waiting for the stops of traced programs. A request has a program stop several times in a row,
 * and each stop would wake a processor that sleeps: on virtual machines that takes longer than all
 * that is done at a stop. So while stops follow each other closely the next one is waited for
 * awake, for less than a millisecond, and no longer where others want the processor. What stops
 * seldom, or never, costs nothing. Single-threaded.
 */

#include <stdint.h>
#include <sys/types.h>

#include "lp_compiler.h"

/* All zero is valid; members are private. */
struct lp_follow_wait {
	int soon;	  /* stops soon after the last, less twice the others; below 0: a pause */
	int pause;	  /* the last one's length, in stops */
	uint64_t last_ns; /* when the last stop was dealt with */
};

/*
 * waitpid() of any child or tracee, with __WALL, WNOHANG and `options`, as above. To `*work` is
 * added what it took, 1 for a status that was there; a turn should end when there was much.
 */
LP_MUST_USE pid_t lp_follow_wait(struct lp_follow_wait *w, int options, int *status,
				 unsigned *work);

/* The status of the last call was dealt with: the program runs again. */
void lp_follow_waited(struct lp_follow_wait *w);

#endif
