/* SPDX-License-Identifier: MIT */
#include "condition.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "base/compare.h"
#include "base/grow.h"
#include "base/hash.h"
#include "condset.h"
#include "operator.h"
#include "pattern.h"

bool lp_condition_op_exists(struct lp_span op)
{
	return lp_operator_parse(op).op;
}

bool lp_condition_op_known(struct lp_span op)
{
	struct lp_parsed_op p = lp_operator_parse(op);

	return lp_operator_compares(p.op) && !p.op->negated && p.op->compare != LP_COMPARE_NULL;
}

/* --- index --------------------------------------------------------------------------------------
 */

/* A condition line of so many values that they are looked up: they are compared as they stand. */
#define WIDE_LINE 16
struct wide_line {
	const struct lp_cond_line *line;
	struct lp_span *values; /* sorted; as many as the line has */
};

struct lp_condindex {
	struct wide_line *lines; /* sorted by address */
	size_t n;
};

static int compare_lines(const void *a, const void *b)
{
	const struct wide_line *x = a, *y = b;
	uintptr_t p = (uintptr_t)x->line, q = (uintptr_t)y->line;

	return (p > q) - (p < q);
}

static bool is_wide(const struct lp_cond_line *line)
{
	struct lp_parsed_op p;

	if (line->values.n < WIDE_LINE)
		return false;
	p = lp_operator_parse(lp_span_str(line->op));
	return p.op && p.op->compare == LP_COMPARE_EQUALS;
}

/* Takes the wide lines of a statement in. */
static int add_lines(struct lp_condindex *ci, const struct lp_statement *st, size_t *cap)
{
	for (size_t i = 0; i < st->n_conditions; i++) {
		const struct lp_cond_line *line = &st->conditions[i];
		size_t n = line->values.n;
		struct wide_line *wide;

		if (!is_wide(line))
			continue;
		if (lp_grow(&ci->lines, ci->n, cap, 16, sizeof(*wide)))
			return -ENOMEM;
		wide = &ci->lines[ci->n++];
		wide->line = line;
		wide->values = calloc(n, sizeof(*wide->values));
		if (!wide->values)
			return -ENOMEM;
		for (size_t k = 0; k < n; k++)
			wide->values[k] = lp_span_str(line->values.items[k]);
		qsort(wide->values, n, sizeof(*wide->values), lp_compare_span);
	}
	return 0;
}

int lp_condindex_new(const struct lp_document *docs, size_t n_docs, struct lp_condindex **out)
{
	struct lp_condindex *ci = calloc(1, sizeof(*ci));
	size_t cap = 0;
	int err = ci ? 0 : -ENOMEM;

	for (size_t d = 0; !err && d < n_docs; d++)
		for (size_t i = 0; i < docs[d].n_statements && !err; i++)
			err = add_lines(ci, &docs[d].statements[i], &cap);
	if (err) {
		lp_condindex_free(ci);
		return err;
	}
	if (ci->n)
		qsort(ci->lines, ci->n, sizeof(*ci->lines), compare_lines);
	*out = ci;
	return 0;
}

void lp_condindex_free(struct lp_condindex *ci)
{
	for (size_t i = 0; ci && i < ci->n; i++)
		free(ci->lines[i].values);
	if (ci)
		free(ci->lines);
	free(ci);
}

/* The values of a wide line, sorted; NULL of others. `ci` may be NULL. */
static const struct lp_span *sorted_values(const struct lp_condindex *ci,
					   const struct lp_cond_line *line)
{
	const struct wide_line key = {.line = line}, *found;

	if (!ci || !ci->n || line->values.n < WIDE_LINE)
		return NULL;
	found = bsearch(&key, ci->lines, ci->n, sizeof(key), compare_lines);
	return found ? found->values : NULL;
}

/* --- lines --------------------------------------------------------------------------------------
 */

static bool one_matches(enum lp_compare how, struct lp_span pattern, struct lp_span value)
{
	switch (how) {
	case LP_COMPARE_EQUALS:
		return lp_span_eq(pattern, value);
	case LP_COMPARE_EQUALS_NOCASE:
		return lp_span_caseeq(pattern, value);
	case LP_COMPARE_LIKE:
		return lp_pattern_covers(pattern, value, 0);
	case LP_COMPARE_ARN:
		return lp_arn_covers(pattern, value);
	case LP_COMPARE_NULL:
	case LP_COMPARE_ADDRESS:
	case LP_COMPARE_OTHER:
		break;
	}
	return false;
}

/*
 * Whether one value of the context matches any of the line's values (or none, when negated).
 * `unknown`: what is said of one that is too long to be sure that it matches none.
 */
static bool value_holds(const struct lp_operator *op, const struct lp_strings *want,
			const struct lp_span *sorted, struct lp_span value, bool unknown)
{
	bool by_pattern = op->compare == LP_COMPARE_LIKE || op->compare == LP_COMPARE_ARN,
	     found = false;

	if (sorted)
		return !!bsearch(&value, sorted, want->n, sizeof(value), lp_compare_span) !=
		       op->negated;
	for (size_t i = 0; i < want->n && !found; i++)
		found = one_matches(op->compare, lp_span_str(want->items[i]), value);
	if (!found && by_pattern && value.len > LP_PATTERN_SURE_MAX)
		return unknown;
	return found != op->negated;
}

/*
 * Counts the values of the line's key in the context, of one operator (NULL: any), and those that
 * hold: up to the first that decides, as evidence has thousands of calls with dozens of values
 * each.
 */
static void count_values(const struct lp_cond_line *line, const struct lp_span *sorted,
			 const struct lp_parsed_op *p, const char *only, struct lp_span context,
			 bool unknown, size_t *present, size_t *held)
{
	struct lp_condset_item item;

	*present = *held = 0;
	while ((p->any_value ? !*held : *held == *present) && lp_condset_next(&context, &item)) {
		if (!lp_span_caseeq(item.key, lp_span_str(line->key)) ||
		    (only && !lp_span_eq(item.op, lp_span_str(only))))
			continue;
		++*present;
		*held += value_holds(p->op, &line->values, sorted, item.value, unknown);
	}
}

/* One of the values of "Null" is enough, as of any operator. */
static bool null_holds(const struct lp_strings *values, bool present, bool unknown)
{
	bool other = false;

	for (size_t i = 0; i < values->n; i++) {
		if (!strcasecmp(values->items[i], present ? "false" : "true"))
			return true;
		other = other || strcasecmp(values->items[i], present ? "true" : "false") != 0;
	}
	return other && unknown;
}

#define REQUESTED_REGION "aws:RequestedRegion"

/* A call goes to the region that its resource is in; the empty span when that is not told. */
static struct lp_span region_of(const char *resource)
{
	struct lp_span region = lp_arn_field(lp_span_str(resource), 3);

	return lp_pattern_is_literal(region) ? region : lp_span_of(NULL, 0);
}

/*
 * Whether a condition line holds in the context. Where a grant proved a key by this very operator,
 * only these values count; else all it has of the key. Several come from a call that has several,
 * so without ForAnyValue each has to hold.
 */
static bool line_holds(const struct lp_condindex *ci, const struct lp_cond_line *line,
		       struct lp_span context, const char *resource, bool unknown)
{
	const struct lp_span *sorted = sorted_values(ci, line);
	struct lp_parsed_op p = lp_operator_parse(lp_span_str(line->op));
	size_t present, held;

	if (!lp_operator_compares(p.op))
		return unknown;
	count_values(line, sorted, &p, line->op, context, unknown, &present, &held);
	if (!present)
		count_values(line, sorted, &p, NULL, context, unknown, &present, &held);
	if (!present && !strcasecmp(line->key, REQUESTED_REGION)) {
		struct lp_span region = region_of(resource);

		present = region.len > 0;
		held = present && value_holds(p.op, &line->values, sorted, region, unknown);
	}
	if (p.op->compare == LP_COMPARE_NULL)
		return null_holds(&line->values, present, unknown);
	if (!present)
		return p.if_exists || p.all_values || (p.op->negated && !p.any_value);
	return p.any_value ? held > 0 : held == present;
}

bool lp_conditions_hold(const struct lp_condindex *ci, const struct lp_statement *st,
			const char *resource, const char *context)
{
	for (size_t i = 0; i < st->n_conditions; i++)
		if (!line_holds(ci, &st->conditions[i], lp_span_str(context), resource, st->deny))
			return false;
	return true;
}

size_t lp_conditions_effort(const struct lp_condindex *ci, const struct lp_statement *st)
{
	size_t n = 0;

	for (size_t i = 0; i < st->n_conditions; i++)
		n += sorted_values(ci, &st->conditions[i]) ? 1 : st->conditions[i].values.n;
	return n;
}

const char *lp_conditions_untold(const struct lp_statement *st, const char *resource,
				 const char *text)
{
	for (size_t i = 0; i < st->n_conditions; i++) {
		const char *key = st->conditions[i].key;

		if (!(!strcasecmp(key, REQUESTED_REGION) && region_of(resource).len) &&
		    !lp_condset_has_key(lp_span_str(text), lp_span_str(key)))
			return key;
	}
	return NULL;
}

/* --- sieves -------------------------------------------------------------------------------------
 */

static uint64_t bit_of(struct lp_span key, struct lp_span value)
{
	uint64_t h = LP_HASH_SEED;

	for (size_t i = 0; i < key.len; i++) {
		char c = lp_ascii_lower(key.ptr[i]);

		h = lp_hash_more(h, &c, 1);
	}
	return UINT64_C(1) << (lp_hash_end(lp_hash_more(h, value.ptr, value.len)) & 63);
}

uint64_t lp_conditions_sieve(const struct lp_statement *st)
{
	uint64_t sieve = 0;

	for (size_t i = 0; i < st->n_conditions; i++) {
		const struct lp_cond_line *line = &st->conditions[i];
		struct lp_parsed_op p = lp_operator_parse(lp_span_str(line->op));

		/* One value that has to be there. */
		if (p.op && p.op->compare == LP_COMPARE_EQUALS && !p.op->negated && !p.if_exists &&
		    !p.all_values && line->values.n == 1 && strcasecmp(line->key, REQUESTED_REGION))
			sieve |= bit_of(lp_span_str(line->key), lp_span_str(line->values.items[0]));
	}
	return sieve;
}

uint64_t lp_context_sieve(const char *context)
{
	struct lp_span rest = lp_span_str(context);
	struct lp_condset_item item;
	uint64_t sieve = 0;

	while (lp_condset_next(&rest, &item))
		sieve |= bit_of(item.key, item.value);
	return sieve;
}
