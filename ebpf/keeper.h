/* SPDX-License-Identifier: MIT */
#ifndef LPB_KEEPER_H
#define LPB_KEEPER_H

/*
 * Who lets stopped processes go on when the collector is gone, however it went. A small process of
 * its own: it sleeps until the collector ends, and then continues whoever was told to stop more
 * often than to go on.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lp_compiler.h"

/* Descriptors of the maps: process-id to how often it was told to stop, and to go on. */
struct lpb_stops {
	int stopped, continued;
};

struct lpb_keeper {
	pid_t pid;
	int pipe; /* its end means the collector's end */
};

/*
 * Starts one, before any probe is attached. `while_stopped`: processes go on also while the
 * collector is stopped (by a terminal, or a debugger), since otherwise nobody could start the
 * program that lets it go on. 0 or -errno.
 */
LP_MUST_USE int lpb_keeper_start(struct lpb_keeper *k, const struct lpb_stops *s,
				 bool while_stopped);

/* Ends it; it lets everybody go on first. */
void lpb_keeper_stop(struct lpb_keeper *k);

/* True while the process is held; *times then says how often it was told to stop. */
LP_MUST_USE bool lpb_keeper_holds(const struct lpb_stops *s, uint32_t pid, uint32_t *times);

/* True while a gate of another collector holds the process (or our own, while it is not done). */
LP_MUST_USE bool lpb_keeper_others_hold(uint32_t pid);

/*
 * Is done with a process that was told to stop so often, or with every one that is held. They go on
 * once no other gate holds them.
 */
void lpb_keeper_continue(const struct lpb_stops *s, uint32_t pid, uint32_t times);
void lpb_keeper_release(const struct lpb_stops *s);

#endif
