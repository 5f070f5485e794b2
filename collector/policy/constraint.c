/* SPDX-License-Identifier: MIT */
#include "constraint.h"

#include <string.h>
#include <strings.h>

#include "base/network.h"
#include "pattern.h"

#define TEXTS_COST 16 /* so many are compared as texts in the time of one that may be a pattern */

struct lp_constraint lp_constraint_of(const struct lp_cond_line *line)
{
	struct lp_parsed_op p = lp_operator_parse(lp_span_str(line->op));
	struct lp_constraint c = {
		.key = line->key,
		.name = line->op,
		.op = p.op,
		.values = line->values.items,
		.n = line->values.n,
		.any_value = p.any_value,
		.all_values = p.all_values,
	};

	if (!p.op)
		return c;
	if (p.op->compare == LP_COMPARE_NULL) {
		bool known = c.n > 0;

		/* "true": absent, or one of no values at all; "false": present, whatever it is. */
		for (size_t i = 0; i < c.n; i++) {
			bool absent = !strcasecmp(c.values[i], "true");
			bool present = !strcasecmp(c.values[i], "false");

			c.absent = c.absent || absent;
			c.negated = c.negated || present;
			known = known && (absent || present);
		}
		if (known)
			c.n = 0;
		else
			c = (struct lp_constraint){
				.key = c.key, .name = c.name, .values = c.values, .n = c.n};
		return c;
	}
	c.negated = p.op->negated;
	c.absent = p.if_exists || p.all_values || (c.negated && !p.any_value);
	return c;
}

struct lp_constraint lp_constraint_not(const struct lp_constraint *c)
{
	struct lp_constraint not = *c;

	not .negated = !c->negated;
	not .absent = !c->absent;
	/* Not all are: one at least is not. */
	not .any_value = c->all_values;
	not .all_values = c->any_value;
	return not ;
}

/* A value that no operator takes for a pattern. */
static bool is_plain(struct lp_span s)
{
	return !s.len || !(memchr(s.ptr, '*', s.len) || memchr(s.ptr, '?', s.len) ||
			   memchr(s.ptr, '$', s.len));
}

static bool network_covers(struct lp_span outer, struct lp_span inner)
{
	struct lp_network a, b;

	/* An IPv4 address is in no network of IPv6, though its bits are. */
	if (!memchr(outer.ptr, ':', outer.len) != !memchr(inner.ptr, ':', inner.len))
		return false;
	return lp_network_read(outer, &a) && lp_network_read(inner, &b) &&
	       lp_network_covers(&a, &b);
}

/* An ARN as a text: a wildcard of it goes over colons, which one of an ARN does not. */
static bool has_plain_fields(struct lp_span s)
{
	for (unsigned i = 0; i + 1 < LP_ARN_FIELDS; i++) {
		size_t n = lp_span_find(s, ':');

		if (n == s.len || !is_plain(lp_span_first(s, n)))
			return false;
		s = lp_span_from(s, n + 1);
	}
	return true;
}

static bool is_ascii(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

/* Whether what `have` lets through as `a` compares, `want` lets through as `b` does. */
static bool value_covers(enum lp_compare b, struct lp_span want, enum lp_compare a,
			 struct lp_span have)
{
	if (b == LP_COMPARE_LIKE && lp_span_eq(want, LP_SPAN("*")))
		return true;
	if (a == LP_COMPARE_ADDRESS || b == LP_COMPARE_ADDRESS)
		return a == b && network_covers(want, have);
	if (a == LP_COMPARE_OTHER && b == LP_COMPARE_OTHER)
		return lp_span_eq(want, have);
	if (a == LP_COMPARE_ARN)
		return b == LP_COMPARE_ARN && lp_arn_covers(want, have);
	if (a == LP_COMPARE_EQUALS_NOCASE || b == LP_COMPARE_EQUALS_NOCASE)
		return b == LP_COMPARE_EQUALS_NOCASE && (is_plain(have) || a != LP_COMPARE_LIKE) &&
		       lp_span_caseeq(want, have);
	if (b == LP_COMPARE_EQUALS)
		return (is_plain(have) || a == LP_COMPARE_EQUALS) && lp_span_eq(want, have);
	if (a == LP_COMPARE_EQUALS && !is_plain(have))
		return false;
	return b == LP_COMPARE_LIKE  ? lp_pattern_covers(want, have, 0)
	       : b == LP_COMPARE_ARN ? has_plain_fields(have) && lp_arn_covers(want, have)
				     : false;
}

/* Whether no value is let through by both. */
static bool values_part(enum lp_compare a, struct lp_span x, enum lp_compare b, struct lp_span y)
{
	bool nocase = a == LP_COMPARE_EQUALS_NOCASE || b == LP_COMPARE_EQUALS_NOCASE;
	bool texts = is_plain(x) && is_plain(y);

	if (a == LP_COMPARE_ADDRESS && b == LP_COMPARE_ADDRESS) {
		struct lp_network p, q;

		return lp_network_read(x, &p) && lp_network_read(y, &q) &&
		       !lp_network_covers(&p, &q) && !lp_network_covers(&q, &p);
	}
	if (a >= LP_COMPARE_NULL || b >= LP_COMPARE_NULL)
		return false;
	if (a == LP_COMPARE_ARN && b == LP_COMPARE_ARN)
		return !lp_arn_overlaps(x, y);
	/* A short ARN is a pattern. */
	if (a == LP_COMPARE_ARN || b == LP_COMPARE_ARN)
		return false;
	/* Letters that have a case are more than those of ASCII. */
	if (texts)
		return nocase ? is_ascii(x) && is_ascii(y) && !lp_span_caseeq(x, y)
			      : !lp_span_eq(x, y);
	if (nocase)
		return false;
	if (a == LP_COMPARE_LIKE && b == LP_COMPARE_EQUALS && is_plain(y))
		return !lp_pattern_covers(x, y, 0) && y.len <= LP_PATTERN_SURE_MAX &&
		       !memchr(x.ptr, '$', x.len);
	if (a == LP_COMPARE_EQUALS && b == LP_COMPARE_LIKE && is_plain(x))
		return !lp_pattern_covers(y, x, 0) && x.len <= LP_PATTERN_SURE_MAX &&
		       !memchr(y.ptr, '$', y.len);
	return false;
}

static void spend(size_t *effort, size_t cost)
{
	*effort -= cost < *effort ? cost : *effort;
}

/* One that stands there as it is needs no more of a look. */
static bool has_value(const struct lp_constraint *c, const char *value)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->values[i], value))
			return true;
	return false;
}

/* Each of the values `in` is let through by one of `by`. */
static bool all_covered(const struct lp_constraint *in, const struct lp_constraint *by,
			size_t *effort)
{
	for (size_t i = 0; i < in->n && *effort; i++) {
		bool found = in->op->compare == by->op->compare && has_value(by, in->values[i]);

		spend(effort, found ? 1 + by->n / TEXTS_COST : 1 + by->n);
		for (size_t k = 0; k < by->n && !found; k++)
			found = value_covers(by->op->compare, lp_span_str(by->values[k]),
					     in->op->compare, lp_span_str(in->values[i]));
		if (!found)
			return false;
	}
	return *effort;
}

static bool all_part(const struct lp_constraint *a, const struct lp_constraint *b, size_t *effort)
{
	for (size_t i = 0; i < a->n && *effort; i++) {
		spend(effort, 1 + b->n);
		for (size_t k = 0; k < b->n; k++)
			if (!values_part(a->op->compare, lp_span_str(a->values[i]), b->op->compare,
					 lp_span_str(b->values[k])))
				return false;
	}
	return *effort;
}

/* Lets every value through. */
static bool takes_all(const struct lp_constraint *c)
{
	bool all = c->negated && !c->n;

	for (size_t i = 0; i < c->n && !c->negated && !all; i++)
		all = c->op->compare == LP_COMPARE_LIKE && !strcmp(c->values[i], "*");
	return all;
}

/* Operators of which values cannot be compared with those of others. */
static bool same_kind(const struct lp_operator *a, const struct lp_operator *b)
{
	if (a->compare != LP_COMPARE_OTHER && b->compare != LP_COMPARE_OTHER)
		return true;
	return a->compare == b->compare && !strcmp(a->means, b->means);
}

static bool unknown_implies(const struct lp_constraint *a, const struct lp_constraint *b)
{
	bool same = !a->op && !b->op && !strcasecmp(a->name, b->name) && a->n == b->n &&
		    a->negated == b->negated;

	for (size_t i = 0; i < a->n && same; i++)
		same = !strcmp(a->values[i], b->values[i]);
	return same;
}

bool lp_constraint_implies(const struct lp_constraint *a, const struct lp_constraint *b,
			   size_t *effort)
{
	spend(effort, 1);
	if (!*effort || strcasecmp(a->key, b->key) != 0)
		return false;
	if (!a->op || !b->op)
		return unknown_implies(a, b);
	if (a->absent && !b->absent)
		return false;
	/* Of many values at once, all or any: only what says it in the same way. */
	if (a->any_value != b->any_value || a->all_values != b->all_values)
		return false;
	if (takes_all(b))
		return true;
	if (!same_kind(a->op, b->op))
		return false;
	if (a->negated)
		return b->negated && all_covered(b, a, effort);
	if (b->negated)
		return !a->any_value && !a->all_values && all_part(a, b, effort);
	return all_covered(a, b, effort);
}

bool lp_constraint_excludes(const struct lp_constraint *a, const struct lp_constraint *b,
			    size_t *effort)
{
	const struct lp_constraint not = lp_constraint_not(b);

	return lp_constraint_implies(a, &not, effort);
}
