/* SPDX-License-Identifier: MIT */
#include "given.h"

#include <errno.h>

/* A statement is taken apart into so many, each with one value for each of its conditions. */
#define CASES_MAX 256

int lp_given_add(struct lp_arena *arena, struct lp_given *g, struct lp_constraint c)
{
	if (lp_arena_grow(arena, &g->v, g->n, &g->cap, 8, sizeof(*g->v)))
		return -ENOMEM;
	g->v[g->n++] = c;
	return 0;
}

static bool implies_one(const struct lp_given *g, const struct lp_constraint *c, size_t *effort)
{
	for (size_t i = 0; i < g->n; i++)
		if (lp_constraint_implies(&g->v[i], c, effort))
			return true;
	return false;
}

static bool excludes_one(const struct lp_given *g, const struct lp_constraint *c, size_t *effort)
{
	for (size_t i = 0; i < g->n; i++)
		if (lp_constraint_excludes(&g->v[i], c, effort))
			return true;
	return false;
}

bool lp_given_implies(const struct lp_given *g, const struct lp_statement *st, size_t *effort)
{
	for (size_t i = 0; i < st->n_conditions; i++) {
		const struct lp_constraint c = lp_constraint_of(&st->conditions[i]);

		if (!implies_one(g, &c, effort))
			return false;
	}
	return true;
}

bool lp_given_excludes(const struct lp_given *g, const struct lp_statement *st, size_t *effort)
{
	for (size_t i = 0; i < st->n_conditions; i++) {
		const struct lp_constraint c = lp_constraint_of(&st->conditions[i]);

		if (excludes_one(g, &c, effort))
			return true;
	}
	return false;
}

bool lp_given_contradicts(const struct lp_given *g, size_t *effort)
{
	/* None excludes itself. */
	for (size_t i = 0; i < g->n; i++)
		if (excludes_one(g, &g->v[i], effort))
			return true;
	return false;
}

/* One of its values is enough, so each can be looked at by itself. */
static bool has_cases(const struct lp_constraint *c)
{
	return c->op && c->n > 1 && !c->negated && !c->any_value && !c->all_values;
}

size_t lp_given_cases(const struct lp_statement *st)
{
	size_t n = 1;

	for (size_t i = 0; i < st->n_conditions && n <= CASES_MAX; i++) {
		const struct lp_constraint c = lp_constraint_of(&st->conditions[i]);

		n *= has_cases(&c) ? c.n : 1;
	}
	return n <= CASES_MAX ? n : 1;
}

int lp_given_take(struct lp_arena *arena, const struct lp_statement *st, size_t which, size_t n,
		  struct lp_given *out)
{
	*out = (struct lp_given){0};
	for (size_t i = 0; i < st->n_conditions; i++) {
		struct lp_constraint c = lp_constraint_of(&st->conditions[i]);

		if (n > 1 && has_cases(&c)) {
			size_t of = c.n;

			c.values += which % of;
			c.n = 1;
			which /= of;
		}
		if (lp_given_add(arena, out, c))
			return -ENOMEM;
	}
	return 0;
}
