/* SPDX-License-Identifier: MIT */
#ifndef LPB_KEEPER_H
#define LPB_KEEPER_H

/*
 * Who lets stopped processes go on when the collector is gone, however it went. A small process of
 * its own: it sleeps until the collector ends, and then continues whatever is still in the map of
 * stopped processes.
 */

#include <sys/types.h>

#include "lp_compiler.h"

struct lpb_keeper {
	pid_t pid;
	int pipe; /* its end means the collector's end */
};

/* Starts one for the map `stopped_fd`, before any probe is attached. 0 or -errno. */
LP_MUST_USE int lpb_keeper_start(struct lpb_keeper *k, int stopped_fd);

/* Ends it; it empties the map first. */
void lpb_keeper_stop(struct lpb_keeper *k);

/* Lets every process of the map go on. */
void lpb_keeper_release(int stopped_fd);

#endif
