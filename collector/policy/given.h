/* SPDX-License-Identifier: MIT */
#ifndef LP_GIVEN_H
#define LP_GIVEN_H

/*
 * What is known of a request when some constraints hold. They are in an arena, and borrow from the
 * document. No state: safe from any thread.
 */

#include "base/arena.h"
#include "constraint.h"
#include "lp_compiler.h"

struct lp_given {
	struct lp_constraint *v;
	size_t n, cap;
};

/* 0 or -ENOMEM. */
LP_MUST_USE int lp_given_add(struct lp_arena *arena, struct lp_given *g, struct lp_constraint c);

/* Whether a statement's conditions hold wherever these do. Errs, and spends, as
 * lp_constraint_implies. */
bool lp_given_implies(const struct lp_given *g, const struct lp_statement *st, size_t *effort);

/* Whether a statement's conditions hold nowhere where these do, likewise. */
bool lp_given_excludes(const struct lp_given *g, const struct lp_statement *st, size_t *effort);

/* Whether they hold nowhere, likewise. */
bool lp_given_contradicts(const struct lp_given *g, size_t *effort);

/* Into how many cases a statement's conditions are taken apart, each with one value of a key. */
size_t lp_given_cases(const struct lp_statement *st);

/* The conditions of a statement in one of `n` cases. 0 or -ENOMEM. */
LP_MUST_USE int lp_given_take(struct lp_arena *arena, const struct lp_statement *st, size_t which,
			      size_t n, struct lp_given *out);

#endif
