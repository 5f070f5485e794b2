/* SPDX-License-Identifier: MIT */
#ifndef LP_COVER_H
#define LP_COVER_H

/*
 * Of many resource patterns those that cover a resource, without trying them all: it is found by
 * name among those that stand literally, and the others are tried where it begins as they do.
 * Filled by one thread; once indexed it never changes, and any thread may walk.
 */

#include <stdint.h>

#include "base/intern.h"

#define LP_COVER_DEPTH 16 /* beginnings of one resource that are looked at apart */

struct lp_cover {
	struct lp_intern patterns;
	uint32_t *wild; /* ids of patterns that may cover others than themselves, ascending */
	size_t n_wild;
	uint32_t *members; /* the same, by what they begin with */
	struct lp_cover_group *groups;
	size_t n_groups;
};

/* No allocation yet; never fails. */
void lp_cover_init(struct lp_cover *c);
void lp_cover_fini(struct lp_cover *c);

/* The number of a pattern, added when new. 0, -ENOMEM or -E2BIG, as of lp_intern. */
LP_MUST_USE int lp_cover_add(struct lp_cover *c, struct lp_span pattern, uint32_t *id);

/* Once, after the last was added and before the first walk. 0 or -ENOMEM. */
LP_MUST_USE int lp_cover_index(struct lp_cover *c);

/* Where a walk is; filled by lp_cover_begin, nothing to free. */
struct lp_cover_walk {
	struct lp_span want;
	uint32_t exact;
	bool begun;
	size_t n; /* lists that are walked side by side */
	const uint32_t *at[LP_COVER_DEPTH], *end[LP_COVER_DEPTH];
};

/*
 * The patterns that cover `resource`, a pattern that must outlive the walk: that which is the same
 * first, then the others in the order in which they were added. LP_INTERN_NONE after the last.
 */
void lp_cover_begin(const struct lp_cover *c, struct lp_span resource, struct lp_cover_walk *w);
uint32_t lp_cover_next(const struct lp_cover *c, struct lp_cover_walk *w);

#endif
