/* SPDX-License-Identifier: MIT */
#include "said.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "pattern.h"

static bool same_strings(const struct lp_strings *a, const struct lp_strings *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; i < a->n && same; i++)
		same = !strcmp(a->items[i], b->items[i]);
	return same;
}

/* Allow or refuse under the same conditions, whatever it is. */
static bool same_case(const struct lp_statement *a, const struct lp_statement *b)
{
	bool same = a->deny == b->deny && a->no_variables == b->no_variables &&
		    a->n_conditions == b->n_conditions;

	for (size_t i = 0; i < a->n_conditions && same; i++) {
		const struct lp_cond_line *x = &a->conditions[i], *y = &b->conditions[i];

		same = !strcmp(x->op, y->op) && !strcmp(x->key, y->key) &&
		       same_strings(&x->values, &y->values);
	}
	return same;
}

/* `more` has the Deny, too. */
static bool is_kept(const struct lp_document *more, const struct lp_statement *deny, size_t *effort)
{
	for (size_t i = 0; i < more->n_statements && *effort; i++) {
		const struct lp_statement *st = &more->statements[i];

		--*effort;
		if (same_case(st, deny) && st->not_action == deny->not_action &&
		    st->not_resource == deny->not_resource &&
		    same_strings(&st->actions, &deny->actions) &&
		    same_strings(&st->resources, &deny->resources))
			return true;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct lp_said_resource *x = a, *y = b;

	return strcmp(x->resource, y->resource);
}

static int add_resources(struct lp_said *s, const struct lp_statement *st, size_t i)
{
	for (size_t k = 0; k < st->resources.n; k++) {
		if (lp_grow(&s->v, s->n, &s->cap, 64, sizeof(*s->v)))
			return -ENOMEM;
		s->v[s->n++] = (struct lp_said_resource){st->resources.items[k], i};
	}
	return 0;
}

int lp_said_init(struct lp_said *s, const struct lp_document *less, const struct lp_document *more,
		 size_t *effort)
{
	int err;

	*s = (struct lp_said){
		.less = less,
		.kept = true,
		.alike = calloc(less->n_statements + 1, sizeof(*s->alike)),
	};
	err = s->alike ? 0 : -ENOMEM;
	for (size_t i = 0; i < less->n_statements && !err; i++) {
		const struct lp_statement *st = &less->statements[i];

		if (st->deny)
			s->kept = s->kept && is_kept(more, st, effort);
		else
			err = add_resources(s, st, i);
	}
	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), compare);
	return err;
}

void lp_said_begin(struct lp_said *s, const struct lp_statement *st, size_t action)
{
	for (size_t i = 0; i < s->less->n_statements; i++) {
		const struct lp_statement *l = &s->less->statements[i];

		s->alike[i] =
			s->kept && same_case(l, st) && l->not_action == st->not_action &&
			(st->not_action ? same_strings(&l->actions, &st->actions)
					: lp_names_cover(&l->actions, st->actions.items[action]));
	}
}

bool lp_said_has(const struct lp_said *s, const struct lp_statement *st, size_t resource)
{
	struct lp_said_resource key = {NULL, 0};
	size_t from = 0, to = s->n;

	if (!s->kept || !st->resources.n)
		return false;
	key.resource = st->resources.items[resource];
	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (compare(&s->v[mid], &key) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	for (; from < s->n && !compare(&s->v[from], &key); from++) {
		const struct lp_statement *l = &s->less->statements[s->v[from].st];

		if (s->alike[s->v[from].st] && l->not_resource == st->not_resource &&
		    (!st->not_resource || same_strings(&l->resources, &st->resources)))
			return true;
	}
	return false;
}

void lp_said_fini(struct lp_said *s)
{
	free(s->v);
	free(s->alike);
	*s = (struct lp_said){0};
}
