/* SPDX-License-Identifier: MIT */
#ifndef LP_WIDEN_H
#define LP_WIDEN_H

/*
 * What one policy allows that another does not, without any evidence: resources as patterns, not as
 * texts, NotAction, NotResource, Deny and conditions as IAM has them. Actions are those that AWS
 * has today; one that no reference knows is a name. Where it cannot be told, what is allowed counts
 * as more. No state: safe from any thread.
 */

#include <stdbool.h>

#include "document.h"
#include "lp_compiler.h"
#include "unlike.h"

/* What an Allow statement has more, by one item of its actions on one of its resources. */
struct lp_widening {
	const struct lp_statement *st;
	size_t action, resource;     /* the items; LP_WIDEN_REST of a NotAction, a NotResource */
	const char *const *actions;  /* names, in order */
	size_t n_actions, n_granted; /* that are more, and all of the item */
	const char *example; /* a resource on which the first of them is more; NULL: any is */
	bool by_condition;   /* the other allows it under other conditions */
	bool unsure;	     /* it could not be told */
};
#define LP_WIDEN_REST SIZE_MAX

/*
 * Calls `fn` for whatever `more` allows and `less` does not, in the order of the file; what it gets
 * is valid during the call; `unlike` is of both. A result other than 0 ends it and is returned. 0
 * or -ENOMEM.
 */
typedef int (*lp_widening_fn)(void *ctx, const struct lp_widening *w);
LP_MUST_USE int lp_widen_each(const struct lp_document *less, const struct lp_document *more,
			      const struct lp_unlike *unlike, lp_widening_fn fn, void *ctx);

#endif
