/* SPDX-License-Identifier: MIT */
#include "evaluate.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "base/compare.h"
#include "base/grow.h"
#include "condset.h"
#include "cover.h"
#include "model/iam.h"
#include "pattern.h"

/* --- operators of conditions ------------------------------------------------------------------ */

enum compare {
	COMPARE_EQUALS,
	COMPARE_EQUALS_NOCASE,
	COMPARE_LIKE,
	COMPARE_ARN,
	COMPARE_NULL,
};

struct operator
{
	const char *name;
	enum compare compare;
	bool negated;
};

static const struct operator operators[] = {
	{"StringEquals", COMPARE_EQUALS, false},
	{"StringNotEquals", COMPARE_EQUALS, true},
	{"StringEqualsIgnoreCase", COMPARE_EQUALS_NOCASE, false},
	{"StringNotEqualsIgnoreCase", COMPARE_EQUALS_NOCASE, true},
	{"StringLike", COMPARE_LIKE, false},
	{"StringNotLike", COMPARE_LIKE, true},
	{"ArnEquals", COMPARE_ARN, false},
	{"ArnNotEquals", COMPARE_ARN, true},
	{"ArnLike", COMPARE_ARN, false},
	{"ArnNotLike", COMPARE_ARN, true},
	{"Bool", COMPARE_EQUALS_NOCASE, false},
	{"Null", COMPARE_NULL, false},
};

/* An operator as it stands in a policy, taken apart. */
struct parsed_op {
	const struct operator* op; /* NULL: not known */
	struct lp_span bare;	   /* without what may stand around it */
	bool if_exists, any_value, all_values;
};

static struct parsed_op parse_op(struct lp_span name)
{
	const struct lp_span any = LP_SPAN("ForAnyValue:"), all = LP_SPAN("ForAllValues:");
	const struct lp_span if_exists = LP_SPAN("IfExists");
	struct parsed_op out = {0};

	if (lp_span_caseeq(lp_span_first(name, any.len), any)) {
		out.any_value = true;
		name = lp_span_from(name, any.len);
	} else if (lp_span_caseeq(lp_span_first(name, all.len), all)) {
		out.all_values = true;
		name = lp_span_from(name, all.len);
	}
	if (name.len > if_exists.len &&
	    lp_span_caseeq(lp_span_from(name, name.len - if_exists.len), if_exists)) {
		out.if_exists = true;
		name.len -= if_exists.len;
	}
	for (size_t i = 0; i < LP_ARRAY_LEN(operators); i++)
		if (lp_span_caseeq(name, lp_span_str(operators[i].name)))
			out.op = &operators[i];
	out.bare = name;
	return out;
}

bool lp_condition_op_exists(struct lp_span op)
{
	static const char *const others[] = {
		"NumericEquals",      "NumericNotEquals",
		"NumericLessThan",    "NumericLessThanEquals",
		"NumericGreaterThan", "NumericGreaterThanEquals",
		"DateEquals",	      "DateNotEquals",
		"DateLessThan",	      "DateLessThanEquals",
		"DateGreaterThan",    "DateGreaterThanEquals",
		"BinaryEquals",	      "IpAddress",
		"NotIpAddress",
	};
	struct parsed_op p = parse_op(op);
	bool exists = p.op;

	for (size_t i = 0; !exists && i < LP_ARRAY_LEN(others); i++)
		exists = lp_span_caseeq(p.bare, lp_span_str(others[i]));
	return exists;
}

bool lp_condition_op_known(struct lp_span op)
{
	struct parsed_op p = parse_op(op);

	return p.op && !p.op->negated && p.op->compare != COMPARE_NULL;
}

/* --- index ------------------------------------------------------------------------------------ */

/* A place where a resource pattern of an Allow statement stands. */
struct use {
	uint32_t pattern; /* id in `cover` */
	const struct lp_statement *statement;
	size_t item; /* of the statement's resources */
};

/* A condition line of so many values that they are looked up: they are compared as they stand. */
#define WIDE_LINE 16
struct wide_line {
	const struct lp_cond_line *line;
	struct lp_span *values; /* sorted; as many as the line has */
};

/*
 * Documents of a million resources are checked against a million grants, nearly all of which stand
 * in the document literally: those are found by name, and only patterns are tried one by one.
 */
struct lp_evaluator {
	struct lp_cover cover;
	struct use *uses;		  /* sorted by pattern id */
	uint32_t *first;		  /* by pattern id: first in uses; one more at the end */
	const struct lp_statement **rest; /* Deny, and Allow with NotResource */
	size_t n_rest;
	struct wide_line *wide_lines; /* sorted by address */
	size_t n_wide_lines;
};

void lp_evaluator_free(struct lp_evaluator *ev)
{
	if (!ev)
		return;
	lp_cover_fini(&ev->cover);
	free(ev->uses);
	free(ev->first);
	free(ev->rest);
	for (size_t i = 0; i < ev->n_wide_lines; i++)
		free(ev->wide_lines[i].values);
	free(ev->wide_lines);
	free(ev);
}

static bool is_indexed(const struct lp_statement *st)
{
	return !st->deny && !st->not_resource;
}

/* Sorts uses by counting, which keeps statements in order within one pattern. */
static int index_uses(struct lp_evaluator *ev, const struct use *uses, size_t n)
{
	uint32_t n_patterns = ev->cover.patterns.n_strs;
	uint32_t *next = calloc(n_patterns + 1, sizeof(*next));

	ev->first = calloc(n_patterns + 1, sizeof(*ev->first));
	ev->uses = calloc(n + 1, sizeof(*ev->uses));
	if (!next || !ev->first || !ev->uses) {
		free(next);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		ev->first[uses[i].pattern + 1]++;
	for (uint32_t p = 0; p < n_patterns; p++) {
		ev->first[p + 1] += ev->first[p];
		next[p] = ev->first[p];
	}
	for (size_t i = 0; i < n; i++)
		ev->uses[next[uses[i].pattern]++] = uses[i];
	free(next);
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	const struct wide_line *x = a, *y = b;
	uintptr_t p = (uintptr_t)x->line, q = (uintptr_t)y->line;

	return (p > q) - (p < q);
}

static bool is_wide(const struct lp_cond_line *line)
{
	struct parsed_op p;

	if (line->values.n < WIDE_LINE)
		return false;
	p = parse_op(lp_span_str(line->op));
	return p.op && p.op->compare == COMPARE_EQUALS;
}

/* Takes the wide lines of a statement in. */
static int add_lines(struct lp_evaluator *ev, const struct lp_statement *st, size_t *cap)
{
	for (size_t i = 0; i < st->n_conditions; i++) {
		const struct lp_cond_line *line = &st->conditions[i];
		size_t n = line->values.n;
		struct wide_line *wide;

		if (!is_wide(line))
			continue;
		if (lp_grow(&ev->wide_lines, ev->n_wide_lines, cap, 16, sizeof(*wide)))
			return -ENOMEM;
		wide = &ev->wide_lines[ev->n_wide_lines++];
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

static int index_lines(struct lp_evaluator *ev, const struct lp_document *docs, size_t n_docs)
{
	size_t cap = 0;
	int err = 0;

	for (size_t d = 0; d < n_docs; d++)
		for (size_t i = 0; i < docs[d].n_statements && !err; i++)
			err = add_lines(ev, &docs[d].statements[i], &cap);
	if (ev->n_wide_lines)
		qsort(ev->wide_lines, ev->n_wide_lines, sizeof(*ev->wide_lines), compare_lines);
	return err;
}

/* The values of a wide line, sorted; NULL of others. `ev` may be NULL. */
static const struct lp_span *sorted_values(const struct lp_evaluator *ev,
					   const struct lp_cond_line *line)
{
	const struct wide_line key = {.line = line}, *found;

	if (!ev || !ev->n_wide_lines || line->values.n < WIDE_LINE)
		return NULL;
	found = bsearch(&key, ev->wide_lines, ev->n_wide_lines, sizeof(key), compare_lines);
	return found ? found->values : NULL;
}

int lp_evaluator_new(const struct lp_document *docs, size_t n_docs, struct lp_evaluator **out)
{
	struct lp_evaluator *ev = calloc(1, sizeof(*ev));
	size_t n_uses = 0, n_statements = 0, n = 0;
	struct use *uses = NULL;
	int err = -ENOMEM;

	if (!ev)
		return -ENOMEM;
	lp_cover_init(&ev->cover);
	for (size_t d = 0; d < n_docs; d++) {
		n_statements += docs[d].n_statements;
		for (size_t i = 0; i < docs[d].n_statements; i++)
			n_uses += docs[d].statements[i].resources.n;
	}
	uses = calloc(n_uses + 1, sizeof(*uses));
	ev->rest = calloc(n_statements + 1, sizeof(*ev->rest));
	if (!uses || !ev->rest)
		goto out;
	for (size_t d = 0; d < n_docs; d++) {
		for (size_t i = 0; i < docs[d].n_statements; i++) {
			const struct lp_statement *st = &docs[d].statements[i];

			if (!is_indexed(st)) {
				ev->rest[ev->n_rest++] = st;
				continue;
			}
			for (size_t r = 0; r < st->resources.n; r++, n++) {
				uses[n].statement = st;
				uses[n].item = r;
				err = lp_cover_add(&ev->cover, lp_span_str(st->resources.items[r]),
						   &uses[n].pattern);
				if (err)
					goto out;
			}
		}
	}
	err = index_lines(ev, docs, n_docs);
	if (!err)
		err = lp_cover_index(&ev->cover);
	if (!err)
		err = index_uses(ev, uses, n);
out:
	free(uses);
	if (err)
		lp_evaluator_free(ev);
	else
		*out = ev;
	return err;
}

/* --- conditions ------------------------------------------------------------------------------- */

static bool one_matches(enum compare how, struct lp_span pattern, struct lp_span value)
{
	switch (how) {
	case COMPARE_EQUALS:
		return lp_span_eq(pattern, value);
	case COMPARE_EQUALS_NOCASE:
		return lp_span_caseeq(pattern, value);
	case COMPARE_LIKE:
		return lp_pattern_covers(pattern, value, 0);
	case COMPARE_ARN:
		return lp_arn_covers(pattern, value);
	case COMPARE_NULL:
		break;
	}
	return false;
}

/*
 * Whether one value of the context matches any of the line's values (or none, when negated).
 * `unknown`: what is said of one that is too long to be sure that it matches none.
 */
static bool value_holds(const struct operator* op, const struct lp_strings *want,
			const struct lp_span *sorted, struct lp_span value, bool unknown)
{
	bool by_pattern = op->compare == COMPARE_LIKE || op->compare == COMPARE_ARN, found = false;

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
			 const struct parsed_op *p, const char *only, struct lp_span context,
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
static bool line_holds(const struct lp_evaluator *ev, const struct lp_cond_line *line,
		       struct lp_span context, const char *resource, bool unknown)
{
	const struct lp_span *sorted = sorted_values(ev, line);
	struct parsed_op p = parse_op(lp_span_str(line->op));
	size_t present, held;

	if (!p.op)
		return unknown;
	count_values(line, sorted, &p, line->op, context, unknown, &present, &held);
	if (!present)
		count_values(line, sorted, &p, NULL, context, unknown, &present, &held);
	if (!present && !strcasecmp(line->key, REQUESTED_REGION)) {
		struct lp_span region = region_of(resource);

		present = region.len > 0;
		held = present && value_holds(p.op, &line->values, sorted, region, unknown);
	}
	if (p.op->compare == COMPARE_NULL)
		return line->values.n && (!strcasecmp(line->values.items[0], "true")) == !present;
	if (!present)
		return p.if_exists || p.all_values || (p.op->negated && !p.any_value);
	return p.any_value ? held > 0 : held == present;
}

static bool conditions_hold(const struct lp_evaluator *ev, const struct lp_statement *st,
			    const char *resource, const char *context)
{
	for (size_t i = 0; i < st->n_conditions; i++)
		if (!line_holds(ev, &st->conditions[i], lp_span_str(context), resource, st->deny))
			return false;
	return true;
}

/* --- decisions -------------------------------------------------------------------------------- */

static bool action_matches(const struct lp_statement *st, const char *action)
{
	bool found = false;

	for (size_t i = 0; i < st->actions.n && !found; i++)
		found = lp_pattern_covers(lp_span_str(st->actions.items[i]), lp_span_str(action),
					  LP_PATTERN_NOCASE);
	return found != st->not_action;
}

/* The resource of an action that takes none is no pattern: only `*` matches it. */
static bool is_of_nothing(const char *action, const char *resource)
{
	lp_iam_action a;

	if (strcmp(resource, "*") != 0)
		return false;
	a = lp_iam_find_action(lp_span_str(action));
	return a != LP_IAM_NONE && !lp_iam_action_types(a);
}

/*
 * For Allow all of `resource` must be in, for Deny any of it. Of a NotResource list, Allow wants
 * none of `resource` in the list, Deny some of it outside.
 */
static bool resource_matches(const struct lp_statement *st, const char *action,
			     const char *resource)
{
	struct lp_span want = lp_span_str(resource);
	bool loose = st->deny != st->not_resource && !is_of_nothing(action, resource);
	bool found = false;

	for (size_t i = 0; i < st->resources.n && !found; i++) {
		struct lp_span have = lp_span_str(st->resources.items[i]);

		found = loose ? lp_arn_overlaps(have, want) : lp_arn_covers(have, want);
	}
	return found != st->not_resource;
}

/* Its resources apart. */
static bool statement_applies(const struct lp_evaluator *ev, const struct lp_statement *st,
			      const char *action, const char *resource, const char *conditions)
{
	return action_matches(st, action) && conditions_hold(ev, st, resource, conditions);
}

static const struct lp_statement *among(const struct lp_evaluator *ev, uint32_t pattern,
					const char *action, const char *resource,
					const char *conditions)
{
	for (uint32_t u = ev->first[pattern]; u < ev->first[pattern + 1]; u++)
		if (statement_applies(ev, ev->uses[u].statement, action, resource, conditions))
			return ev->uses[u].statement;
	return NULL;
}

/* Patterns that cover a resource, all there are where that is NULL. */
struct covering {
	bool all;
	uint32_t next; /* of all */
	struct lp_cover_walk walk;
};

static void begin_covering(const struct lp_evaluator *ev, const char *resource, struct covering *c)
{
	c->all = !resource;
	c->next = 0;
	if (resource)
		lp_cover_begin(&ev->cover, lp_span_str(resource), &c->walk);
}

/* LP_INTERN_NONE after the last. */
static uint32_t next_covering(const struct lp_evaluator *ev, struct covering *c)
{
	if (!c->all)
		return lp_cover_next(&ev->cover, &c->walk);
	return c->next < ev->cover.patterns.n_strs ? c->next++ : LP_INTERN_NONE;
}

static const struct lp_statement *find_allow(const struct lp_evaluator *ev, const char *action,
					     const char *resource, const char *conditions)
{
	const struct lp_statement *st = NULL;
	struct covering c;
	uint32_t p;

	begin_covering(ev, resource, &c);
	while (!st && (p = next_covering(ev, &c)) != LP_INTERN_NONE)
		st = among(ev, p, action, resource, conditions);
	return st;
}

enum lp_decision lp_evaluate(const struct lp_evaluator *ev, const char *action,
			     const char *resource, const char *conditions,
			     const struct lp_statement **statement)
{
	const struct lp_statement *allow = find_allow(ev, action, resource, conditions);
	const struct lp_statement *decided = allow;
	enum lp_decision decision = LP_ALLOWED;

	for (size_t i = 0; i < ev->n_rest; i++) {
		const struct lp_statement *st = ev->rest[i];

		if (!statement_applies(ev, st, action, resource, conditions) ||
		    (resource && !resource_matches(st, action, resource)))
			continue;
		if (st->deny) {
			decided = st;
			decision = LP_DENIED_EXPLICITLY;
			break;
		}
		if (!allow)
			decided = allow = st;
	}
	if (!decided)
		decision = LP_DENIED_IMPLICITLY;
	if (statement)
		*statement = decided;
	return decision;
}

/* --- many permissions, one after the other ---------------------------------------------------- */

#define STATEMENT_EFFORT 16 /* of a look at a statement, beside its actions and values */
#define PATTERN_EFFORT	 4  /* of a look at a pattern */

struct search {
	const struct lp_evaluator *ev;
	const char *action, *resource, *conditions;
	struct lp_near *near;
	size_t *effort;
};

static bool spend(const struct search *s, size_t effort)
{
	*s->effort -= effort < *s->effort ? effort : *s->effort;
	return *s->effort > 0;
}

static size_t effort_of(const struct lp_evaluator *ev, const struct lp_statement *st)
{
	size_t n = STATEMENT_EFFORT + st->actions.n;

	for (size_t i = 0; i < st->n_conditions; i++)
		n += sorted_values(ev, &st->conditions[i]) ? 1 : st->conditions[i].values.n;
	return n;
}

/* The statements that have the pattern, from that on where the last permission was found. */
static bool found_among(const struct search *s, uint32_t pattern)
{
	const struct lp_evaluator *ev = s->ev;
	uint32_t first = ev->first[pattern], n = ev->first[pattern + 1] - first;
	uint32_t start =
		s->near->use >= first && s->near->use - first < n ? s->near->use - first : 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t u = first + (start + i) % n;
		const struct lp_statement *st = ev->uses[u].statement;

		if (!spend(s, effort_of(ev, st)))
			return false;
		if (statement_applies(ev, st, s->action, s->resource, s->conditions)) {
			s->near->use = u;
			return true;
		}
	}
	return false;
}

static bool found_by(const struct search *s, uint32_t pattern)
{
	return spend(s, PATTERN_EFFORT) &&
	       lp_arn_covers(lp_intern_span(&s->ev->cover.patterns, pattern),
			     lp_span_str(s->resource)) &&
	       found_among(s, pattern);
}

bool lp_evaluate_next(const struct lp_evaluator *ev, const char *action, const char *resource,
		      const char *conditions, struct lp_near *near, size_t *effort)
{
	const struct search s = {ev, action, resource, conditions, near, effort};
	uint32_t exact = lp_intern_find(&ev->cover.patterns, lp_span_str(resource));
	bool found;

	if (ev->n_rest)
		return *effort && lp_evaluate(ev, action, resource, conditions, NULL) == LP_ALLOWED;
	found = (exact != LP_INTERN_NONE && found_among(&s, exact)) ||
		(near->wild < ev->cover.n_wild && found_by(&s, ev->cover.wild[near->wild]));
	for (size_t i = 0; !found && *effort && i < ev->cover.n_wild; i++) {
		found = found_by(&s, ev->cover.wild[i]);
		near->wild = found ? i : near->wild;
	}
	return found;
}

/* The first key of the statement's conditions that the context has nothing of. */
static const char *untold(const struct lp_statement *st, const char *resource,
			  const char *conditions)
{
	for (size_t i = 0; i < st->n_conditions; i++) {
		const char *key = st->conditions[i].key;
		struct lp_span context = lp_span_str(conditions);
		struct lp_condset_item item;
		bool told = !strcasecmp(key, REQUESTED_REGION) && region_of(resource).len;

		while (!told && lp_condset_next(&context, &item))
			told = lp_span_caseeq(item.key, lp_span_str(key));
		if (!told)
			return key;
	}
	return NULL;
}

/* Of the Allow statements that have the pattern. */
static const char *untold_among(const struct lp_evaluator *ev, uint32_t pattern, const char *action,
				const char *resource, const char *conditions)
{
	const char *key = NULL;

	for (uint32_t u = ev->first[pattern]; u < ev->first[pattern + 1] && !key; u++)
		if (action_matches(ev->uses[u].statement, action))
			key = untold(ev->uses[u].statement, resource, conditions);
	return key;
}

const char *lp_evaluate_untold(const struct lp_evaluator *ev, const char *action,
			       const char *resource, const char *conditions,
			       const struct lp_statement *statement)
{
	const struct lp_statement *st;
	const char *key = NULL;
	struct covering c;
	uint32_t p;

	if (statement)
		return untold(statement, resource, conditions);
	/* What would allow it but for its conditions. */
	begin_covering(ev, resource, &c);
	while (!key && (p = next_covering(ev, &c)) != LP_INTERN_NONE)
		key = untold_among(ev, p, action, resource, conditions);
	for (size_t i = 0; i < ev->n_rest && !key; i++) {
		st = ev->rest[i];
		if (!st->deny && action_matches(st, action) &&
		    (!resource || resource_matches(st, action, resource)))
			key = untold(st, resource, conditions);
	}
	return key;
}

/* Those that have the pattern, once for each place where it stands in them. */
static int each_among(const struct lp_evaluator *ev, uint32_t pattern, const char *action,
		      const char *resource, const char *conditions, lp_allows_fn fn, void *ctx)
{
	int err = 0;

	for (uint32_t u = ev->first[pattern]; u < ev->first[pattern + 1] && !err; u++)
		if (statement_applies(ev, ev->uses[u].statement, action, resource, conditions))
			err = fn(ctx, ev->uses[u].statement, ev->uses[u].item);
	return err;
}

int lp_evaluate_each(const struct lp_evaluator *ev, const char *action, const char *resource,
		     const char *conditions, lp_allows_fn fn, void *ctx)
{
	struct lp_cover_walk walk;
	uint32_t p;
	int err = 0;

	lp_cover_begin(&ev->cover, lp_span_str(resource), &walk);
	while (!err && (p = lp_cover_next(&ev->cover, &walk)) != LP_INTERN_NONE)
		err = each_among(ev, p, action, resource, conditions, fn, ctx);
	for (size_t i = 0; i < ev->n_rest && !err; i++)
		if (!ev->rest[i]->deny &&
		    statement_applies(ev, ev->rest[i], action, resource, conditions) &&
		    resource_matches(ev->rest[i], action, resource))
			err = fn(ctx, ev->rest[i], LP_NO_ITEM);
	return err;
}

bool lp_statement_allows(const struct lp_statement *st, const char *action, const char *resource,
			 const char *conditions)
{
	return !st->deny && statement_applies(NULL, st, action, resource, conditions) &&
	       (!resource || resource_matches(st, action, resource));
}
