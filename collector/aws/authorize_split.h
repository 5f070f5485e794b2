/* SPDX-License-Identifier: MIT */
#ifndef LP_AUTHORIZE_SPLIT_H
#define LP_AUTHORIZE_SPLIT_H

/* Names inside names, after tables/hand/iam-split.tbl: "func:alias", queue URLs, partial ARNs. */

#include "base/arena.h"
#include "lp_span.h"
#include "model/iam_data.h"

/*
 * Fills part[1 .. n_parts] (part[0] is the whole value) with what the first fitting form of the
 * split gives; parts it does not have stay empty. False when no form fits. Borrows from `value`,
 * or from the arena where it had to decode.
 */
bool lp_split(const struct lp_split_data *split, struct lp_span value, struct lp_arena *arena,
	      struct lp_span part[LP_SPLIT_PARTS + 1]);

/* True when `value` fits a pattern in which `*` stands for any run of bytes. */
bool lp_like(struct lp_span value, const char *pattern);

#endif
