/* SPDX-License-Identifier: MIT */
#ifndef LP_LIVE_H
#define LP_LIVE_H

/*
 * The policy while it grows, on stderr: on a terminal in the lowest rows, which are kept free of
 * what the command writes there; else one line for each new permission. Single-threaded.
 */

#include <stdbool.h>

#include "base/intern.h"
#include "policy/build.h"

struct lp_live {
	bool terminal;
	unsigned rows, cols;	/* of the terminal; 0: not set up yet */
	unsigned height;	/* rows of ours */
	struct lp_intern said;	/* lines */
	uint64_t shown_changes; /* as of the last look */
	uint64_t next_ms;	/* not before */
};

void lp_live_init(struct lp_live *v);
/* Gives the rows back. */
void lp_live_fini(struct lp_live *v);

/* Milliseconds until there is something to show; -1: nothing. `changes` counts calls taken. */
int lp_live_wait(const struct lp_live *v, uint64_t changes);

/* Builds and shows. What goes wrong is left for the end, when the policy is written. */
void lp_live_show(struct lp_live *v, const struct lp_ledger *l, const struct lp_build_options *opts,
		  uint64_t changes);

#endif
