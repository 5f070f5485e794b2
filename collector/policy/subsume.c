/* SPDX-License-Identifier: MIT */
#include "condset.h"
#include "entries.h"
#include "pattern.h"

/*
 * Comparisons for one policy, some seconds' worth. Evidence that needs more has thousands of
 * patterns with the same beginning; the policy is then right but may hold covered entries.
 */
#ifndef EFFORT_MAX
#define EFFORT_MAX (100u * 1000 * 1000)
#endif
#define LENGTH_EFFORT 16 /* bytes behind a pattern's first wildcard that take as long again */

#define DROPPED UINT32_MAX /* in place of an action */

/* First of `n` entries, all of one action, whose resource is not below `prefix` (and beyond). */
static size_t first_with(const struct lp_entries *e, const struct lp_entry *v, size_t n,
			 struct lp_span prefix)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *name = e->names[v[mid].resource];

		if (strncmp(name, prefix.ptr, prefix.len) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Conditions narrow: what covers may have fewer. */
static bool covers(const struct lp_entries *e, const struct lp_entry *a, const struct lp_entry *b,
		   size_t *effort)
{
	return (a->cond == b->cond || a->cond == e->none ||
		lp_condset_implies(lp_span_str(e->names[b->cond]), lp_span_str(e->names[a->cond]),
				   effort)) &&
	       lp_arn_covers(lp_span_str(e->names[a->resource]),
			     lp_span_str(e->names[b->resource]));
}

/*
 * Drops what `v[p]` covers; `v` holds `n` entries of one action. What can be covered has the same
 * beginning; by a literal, the same name.
 */
static void cover(const struct lp_entries *e, struct lp_entry *v, size_t n, size_t p,
		  size_t *effort)
{
	struct lp_span pattern = lp_span_str(e->names[v[p].resource]);
	struct lp_span prefix = lp_span_first(pattern, lp_pattern_prefix(pattern));
	size_t each = 1 + (pattern.len - prefix.len) / LENGTH_EFFORT;
	bool literal = prefix.len == pattern.len;
	size_t i = p;

	if (!literal)
		i = first_with(e, v, n, prefix);
	while (literal && i > 0 && v[i - 1].resource == v[p].resource)
		i--;
	for (; i < n && *effort; i++) {
		if (literal ? v[i].resource != v[p].resource
			    : strncmp(e->names[v[i].resource], prefix.ptr, prefix.len) != 0)
			break;
		*effort -= each < *effort ? each : *effort;
		if (i == p || v[i].flags == DROPPED || !covers(e, &v[p], &v[i], effort))
			continue;
		/* Of two that cover each other, written differently, the first stays. */
		if (i < p && covers(e, &v[i], &v[p], effort))
			continue;
		v[i].flags = DROPPED;
	}
}

size_t lp_entries_subsume(const struct lp_entries *e, struct lp_entry *v, size_t n)
{
	size_t effort = EFFORT_MAX, kept = 0;

	for (size_t i = 0; i < n;) {
		size_t j = i;

		while (j < n && v[j].action == v[i].action)
			j++;
		for (size_t p = i; p < j && effort; p++)
			if (v[p].flags != DROPPED)
				cover(e, &v[i], j - i, p - i, &effort);
		i = j;
	}
	for (size_t i = 0; i < n; i++)
		if (v[i].flags != DROPPED)
			v[kept++] = v[i];
	return kept;
}
