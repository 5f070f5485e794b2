/* SPDX-License-Identifier: MIT */
#include "cover.h"

#include <errno.h>
#include <stdlib.h>

#include "base/compare.h"
#include "pattern.h"

/* Patterns that are the same before their first wildcard or '$'. */
struct lp_cover_group {
	struct lp_span prefix;
	uint32_t parent;      /* the group of the longest other prefix of it, or LP_INTERN_NONE */
	uint32_t first, past; /* in members */
};

void lp_cover_init(struct lp_cover *c)
{
	*c = (struct lp_cover){0};
	lp_intern_init(&c->patterns);
}

void lp_cover_fini(struct lp_cover *c)
{
	lp_intern_fini(&c->patterns);
	free(c->wild);
	free(c->members);
	free(c->groups);
	lp_cover_init(c);
}

int lp_cover_add(struct lp_cover *c, struct lp_span pattern, uint32_t *id)
{
	return lp_intern(&c->patterns, pattern, id);
}

/* --- index ------------------------------------------------------------------------------------ */

struct member {
	struct lp_span prefix;
	uint32_t pattern;
};

static struct lp_span prefix_of(struct lp_span pattern)
{
	size_t n = 0;

	while (n < pattern.len && !memchr("*?$", pattern.ptr[n], 3))
		n++;
	return lp_span_first(pattern, n);
}

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int c = lp_compare_span(&x->prefix, &y->prefix);

	return c ? c : (x->pattern > y->pattern) - (x->pattern < y->pattern);
}

/* Before `g` stand the groups that it may be within, the nearest last. */
static uint32_t parent_of(const struct lp_cover *c, uint32_t g)
{
	uint32_t parent = g ? g - 1 : LP_INTERN_NONE;

	while (parent != LP_INTERN_NONE &&
	       !lp_span_starts(c->groups[g].prefix, c->groups[parent].prefix))
		parent = c->groups[parent].parent;
	return parent;
}

static void make_groups(struct lp_cover *c, const struct member *v)
{
	for (uint32_t i = 0; i < c->n_wild; i++) {
		struct lp_cover_group *g = &c->groups[c->n_groups];

		c->members[i] = v[i].pattern;
		if (i && lp_span_eq(v[i].prefix, v[i - 1].prefix)) {
			g[-1].past++;
			continue;
		}
		*g = (struct lp_cover_group){.prefix = v[i].prefix, .first = i, .past = i + 1};
		g->parent = parent_of(c, (uint32_t)c->n_groups++);
	}
}

int lp_cover_index(struct lp_cover *c)
{
	uint32_t n = c->patterns.n_strs;
	struct member *v = NULL;
	int err = -ENOMEM;

	c->wild = calloc(n + 1, sizeof(*c->wild));
	if (!c->wild)
		return -ENOMEM;
	for (uint32_t p = 0; p < n; p++) {
		struct lp_span s = lp_intern_span(&c->patterns, p);

		/* '$' can be written in two ways. */
		if (!lp_arn_is_literal(s) || lp_span_find(s, '$') < s.len)
			c->wild[c->n_wild++] = p;
	}
	v = calloc(c->n_wild + 1, sizeof(*v));
	c->members = calloc(c->n_wild + 1, sizeof(*c->members));
	c->groups = calloc(c->n_wild + 1, sizeof(*c->groups));
	if (!v || !c->members || !c->groups)
		goto out;
	for (size_t i = 0; i < c->n_wild; i++)
		v[i] = (struct member){prefix_of(lp_intern_span(&c->patterns, c->wild[i])),
				       c->wild[i]};
	qsort(v, c->n_wild, sizeof(*v), compare_members);
	make_groups(c, v);
	err = 0;
out:
	free(v);
	return err;
}

/* --- walk ------------------------------------------------------------------------------------- */

/* What an ARN that ends early lacks is covered by patterns that do not begin as it does. */
static bool is_whole(struct lp_span resource)
{
	unsigned colons = 0;

	if (lp_span_eq(resource, LP_SPAN("*")))
		return true;
	for (size_t i = 0; i < resource.len; i++)
		colons += resource.ptr[i] == ':';
	return colons + 1 >= LP_ARN_FIELDS;
}

/* The group of the longest prefix of `s`. */
static uint32_t find_group(const struct lp_cover *c, struct lp_span s)
{
	size_t low = 0, high = c->n_groups;
	uint32_t g;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (lp_compare_span(&c->groups[middle].prefix, &s) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* The last that does not stand behind it begins with that prefix. */
	g = low ? (uint32_t)low - 1 : LP_INTERN_NONE;
	while (g != LP_INTERN_NONE && !lp_span_starts(s, c->groups[g].prefix))
		g = c->groups[g].parent;
	return g;
}

static bool find_lists(const struct lp_cover *c, struct lp_cover_walk *w)
{
	uint32_t g;

	if (!is_whole(w->want))
		return false;
	for (g = find_group(c, w->want); g != LP_INTERN_NONE; g = c->groups[g].parent) {
		if (w->n == LP_COVER_DEPTH)
			return false;
		w->at[w->n] = c->members + c->groups[g].first;
		w->end[w->n++] = c->members + c->groups[g].past;
	}
	return true;
}

void lp_cover_begin(const struct lp_cover *c, struct lp_span resource, struct lp_cover_walk *w)
{
	w->want = resource;
	w->exact = lp_intern_find(&c->patterns, resource);
	w->begun = false;
	w->n = 0;
	if (find_lists(c, w))
		return;
	w->at[0] = c->wild;
	w->end[0] = c->wild + c->n_wild;
	w->n = 1;
}

/* The next of all lists; LP_INTERN_NONE after the last. */
static uint32_t take_next(struct lp_cover_walk *w)
{
	uint32_t p = LP_INTERN_NONE;
	size_t from = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (w->at[i] < w->end[i] && *w->at[i] < p) {
			p = *w->at[i];
			from = i;
		}
	}
	if (p != LP_INTERN_NONE)
		w->at[from]++;
	return p;
}

uint32_t lp_cover_next(const struct lp_cover *c, struct lp_cover_walk *w)
{
	uint32_t p;

	if (!w->begun) {
		w->begun = true;
		if (w->exact != LP_INTERN_NONE)
			return w->exact;
	}
	do
		p = take_next(w);
	while (p != LP_INTERN_NONE &&
	       (p == w->exact || !lp_arn_covers(lp_intern_span(&c->patterns, p), w->want)));
	return p;
}
