/* SPDX-License-Identifier: MIT */
#ifndef LP_CONDSET_H
#define LP_CONDSET_H

/*
 * The conditions of one grant as one string, so that they can be interned and compared: sorted "op
 * US key US value RS" triples without repeats, US and RS being the ASCII separators 0x1f and 0x1e.
 * Control bytes but tabs and ends of lines become '?'. The empty string is no condition. No state:
 * safe from any thread.
 */

#include "aws/authorize.h"

#define LP_CONDSET_END '\x1e' /* after each triple */
/* Triples. Of a grant with more, keys are left out with all their values, which only widens it. */
#define LP_CONDSET_MAX 64

/* Text of `n` conditions in `arena`; NULL when out of memory. */
const char *lp_condset_make(const struct lp_condition *conds, size_t n, struct lp_arena *arena);

/* Takes the next triple off `*text`; false at the end. The spans borrow from the text. */
struct lp_condset_item {
	struct lp_span op, key, value;
};
bool lp_condset_next(struct lp_span *text, struct lp_condset_item *item);

/* Of one line: the same operator and key. */
static inline bool lp_condset_same_line(const struct lp_condset_item *a,
					const struct lp_condset_item *b)
{
	return lp_span_eq(a->op, b->op) && lp_span_eq(a->key, b->key);
}

/* Whether some triple of the text is of that key, in any case. */
bool lp_condset_has_key(struct lp_span text, struct lp_span key);

/* True for operators by which any one of several values allows: their lists may be joined and cut.
 */
bool lp_condset_joinable(struct lp_span op);

/* True when all triples have the same, joinable operator and the same key. */
bool lp_condset_is_joined(struct lp_span text);

/*
 * True when the conditions `wide` hold wherever `narrow` hold; may say no where that is so, and
 * does where it takes more than *effort, from which is taken what it took.
 */
bool lp_condset_implies(struct lp_span narrow, struct lp_span wide, size_t *effort);

#endif
