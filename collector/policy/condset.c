/* SPDX-License-Identifier: MIT */
#include "condset.h"

#include <stdlib.h>

#define US '\x1f'
#define RS LP_CONDSET_END

#define TRIPLE_EFFORT 4 /* of a look at a triple */

static int compare(const void *a, const void *b)
{
	const struct lp_condition *x = a, *y = b;
	int c = strcmp(x->op, y->op);

	if (!c)
		c = strcmp(x->key, y->key);
	return c ? c : strcmp(x->value, y->value);
}

/* IAM takes no other control characters, nor are they told apart from separators. */
static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
}

static char *put(char *p, const char *s, char end)
{
	for (; *s; s++)
		*p++ = is_plain(*s) ? *s : '?';
	*p++ = end;
	return p;
}

/* Of `n` sorted conditions those that stand once, of a line all or none; returns how many. */
static size_t keep(struct lp_condition *v, size_t n)
{
	size_t unique = 0, kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!unique || compare(&v[unique - 1], &v[i]))
			v[unique++] = v[i];
	for (size_t i = 0; i < unique;) {
		size_t end = i + 1;

		while (end < unique && !strcmp(v[end].op, v[i].op) && !strcmp(v[end].key, v[i].key))
			end++;
		if (kept + (end - i) > LP_CONDSET_MAX) {
			i = end;
			continue;
		}
		while (i < end)
			v[kept++] = v[i++];
	}
	return kept;
}

const char *lp_condset_make(const struct lp_condition *conds, size_t n, struct lp_arena *arena)
{
	struct lp_condition *sorted;
	size_t len = 1;
	char *text, *p;

	if (!n)
		return "";
	sorted = lp_arena_alloc(arena, n * sizeof(*sorted));
	if (!sorted)
		return NULL;
	memcpy(sorted, conds, n * sizeof(*conds));
	qsort(sorted, n, sizeof(*sorted), compare);
	n = keep(sorted, n);
	for (size_t i = 0; i < n; i++)
		len += strlen(sorted[i].op) + strlen(sorted[i].key) + strlen(sorted[i].value) + 3;
	text = p = lp_arena_alloc(arena, len);
	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		p = put(p, sorted[i].op, US);
		p = put(p, sorted[i].key, US);
		p = put(p, sorted[i].value, RS);
	}
	*p = '\0';
	return text;
}

static struct lp_span take(struct lp_span *text, char end)
{
	struct lp_span part = lp_span_first(*text, lp_span_find(*text, end));

	*text = lp_span_from(*text, part.len + 1);
	return part;
}

bool lp_condset_next(struct lp_span *text, struct lp_condset_item *item)
{
	if (!text->len)
		return false;
	item->op = take(text, US);
	item->key = take(text, US);
	item->value = take(text, RS);
	return true;
}

bool lp_condset_has_key(struct lp_span text, struct lp_span key)
{
	struct lp_condset_item item;
	bool has = false;

	while (!has && lp_condset_next(&text, &item))
		has = lp_span_caseeq(item.key, key);
	return has;
}

bool lp_condset_joinable(struct lp_span op)
{
	const struct lp_span ops[] = {LP_SPAN("StringEquals"), LP_SPAN("StringLike"),
				      LP_SPAN("ArnEquals"), LP_SPAN("ArnLike")};

	for (size_t i = 0; i < LP_ARRAY_LEN(ops); i++)
		if (lp_span_eq(op, ops[i]))
			return true;
	return false;
}

bool lp_condset_is_joined(struct lp_span text)
{
	struct lp_condset_item first, item;

	if (!lp_condset_next(&text, &first) || !lp_condset_joinable(first.op))
		return false;
	while (lp_condset_next(&text, &item))
		if (!lp_span_eq(item.op, first.op) || !lp_span_eq(item.key, first.key))
			return false;
	return true;
}

/* The next triple that there is effort left for. */
static bool look(struct lp_span *text, struct lp_condset_item *item, size_t *effort)
{
	*effort -= *effort < TRIPLE_EFFORT ? *effort : TRIPLE_EFFORT;
	return *effort && lp_condset_next(text, item);
}

static bool has_triple(struct lp_span text, const struct lp_condset_item *want, size_t *effort)
{
	struct lp_condset_item item;

	while (look(&text, &item, effort))
		if (lp_condset_same_line(&item, want) && lp_span_eq(item.value, want->value))
			return true;
	return false;
}

/* Whether all of `some`'s values for the line of `line` stand in `all` too; and there is one. */
static bool values_within(struct lp_span some, const struct lp_condset_item *line,
			  struct lp_span all, size_t *effort)
{
	struct lp_condset_item item;
	bool any = false;

	while (look(&some, &item, effort)) {
		if (!lp_condset_same_line(&item, line))
			continue;
		any = true;
		if (!has_triple(all, &item, effort))
			return false;
	}
	return any && *effort;
}

bool lp_condset_implies(struct lp_span narrow, struct lp_span wide, size_t *effort)
{
	struct lp_span rest = wide;
	struct lp_condset_item item;

	while (lp_condset_next(&rest, &item)) {
		if (!values_within(narrow, &item, wide, effort))
			return false;
		/* Other operators say something of all values together. */
		if (!lp_condset_joinable(item.op) && !values_within(wide, &item, narrow, effort))
			return false;
	}
	return true;
}
