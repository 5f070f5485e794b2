/* SPDX-License-Identifier: MIT */
#ifndef LPB_BACKLOG_H
#define LPB_BACKLOG_H

/*
 * Records taken from the kernel's ring and not looked at yet. In a burst the reader gets the
 * processor now and then only: then it must first make room in the ring, which is small, and take
 * its time afterwards. First in, first out; memory is given back once it was read.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lp_compiler.h"
#include "probe_abi.h"

struct lpb_backlog_block;

struct lpb_backlog {
	struct lpb_backlog_block *first, *last, *spare;
	size_t held; /* bytes of all blocks */
};

void lpb_backlog_init(struct lpb_backlog *b);
void lpb_backlog_fini(struct lpb_backlog *b);

/* True when another record of whatever size still has room. */
LP_MUST_USE bool lpb_backlog_has_room(const struct lpb_backlog *b);

/*
 * Adds a record and the `r->kept` bytes behind it. 0, or -ENOMEM: also when there is too much
 * already.
 */
LP_MUST_USE int lpb_backlog_put(struct lpb_backlog *b, const struct lpb_rec *r);

/* The oldest record, or NULL; it stays where it is until lpb_backlog_drop takes it away. */
LP_MUST_USE const struct lpb_rec *lpb_backlog_first(const struct lpb_backlog *b);
void lpb_backlog_drop(struct lpb_backlog *b);

#endif
