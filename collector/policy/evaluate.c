/* SPDX-License-Identifier: MIT */
#include "evaluate.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "condition.h"
#include "cover.h"
#include "model/iam.h"
#include "pattern.h"

/* --- index ------------------------------------------------------------------------------------ */

/* A place where a resource pattern of an Allow statement stands. */
struct use {
	uint32_t pattern; /* id in `cover` */
	const struct lp_statement *statement;
	size_t item;	/* of the statement's resources */
	uint64_t sieve; /* of its conditions */
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
	struct lp_condindex *conditions;
	bool sifts; /* some use has a sieve */
};

void lp_evaluator_free(struct lp_evaluator *ev)
{
	if (!ev)
		return;
	lp_cover_fini(&ev->cover);
	free(ev->uses);
	free(ev->first);
	free(ev->rest);
	lp_condindex_free(ev->conditions);
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

int lp_evaluator_new(const struct lp_document *docs, size_t n_docs, struct lp_evaluator **out)
{
	struct lp_evaluator *ev = calloc(1, sizeof(*ev));
	size_t n_uses = 0, n_statements = 0, n = 0;
	struct use *uses = NULL;
	uint64_t sieve;
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
			sieve = lp_conditions_sieve(st);
			ev->sifts = ev->sifts || sieve;
			for (size_t r = 0; r < st->resources.n; r++, n++) {
				uses[n] = (struct use){.statement = st, .item = r, .sieve = sieve};
				err = lp_cover_add(&ev->cover, lp_span_str(st->resources.items[r]),
						   &uses[n].pattern);
				if (err)
					goto out;
			}
		}
	}
	err = lp_condindex_new(docs, n_docs, &ev->conditions);
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

/* --- decisions -------------------------------------------------------------------------------- */

static bool action_matches(const struct lp_statement *st, const char *action)
{
	return lp_names_cover(&st->actions, action) != st->not_action;
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

/* A permission that is asked for. */
struct asked {
	const char *action, *resource, *conditions;
	uint64_t sieve; /* of the conditions */
};

static struct asked ask(const struct lp_evaluator *ev, const char *action, const char *resource,
			const char *conditions)
{
	return (struct asked){action, resource, conditions,
			      ev->sifts ? lp_context_sieve(conditions) : 0};
}

/* Its resources apart. */
static bool statement_applies(const struct lp_evaluator *ev, const struct lp_statement *st,
			      const struct asked *a)
{
	return action_matches(st, a->action) &&
	       lp_conditions_hold(ev->conditions, st, a->resource, a->conditions);
}

/* Documents have thousands of statements on one resource that differ in their conditions. */
static bool is_sifted_out(const struct use *u, const struct asked *a)
{
	return u->sieve & ~a->sieve;
}

static bool use_applies(const struct lp_evaluator *ev, const struct use *u, const struct asked *a)
{
	return !is_sifted_out(u, a) && statement_applies(ev, u->statement, a);
}

static const struct lp_statement *among(const struct lp_evaluator *ev, uint32_t pattern,
					const struct asked *a)
{
	for (uint32_t u = ev->first[pattern]; u < ev->first[pattern + 1]; u++)
		if (use_applies(ev, &ev->uses[u], a))
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

static const struct lp_statement *find_allow(const struct lp_evaluator *ev, const struct asked *a)
{
	const struct lp_statement *st = NULL;
	struct covering c;
	uint32_t p;

	begin_covering(ev, a->resource, &c);
	while (!st && (p = next_covering(ev, &c)) != LP_INTERN_NONE)
		st = among(ev, p, a);
	return st;
}

enum lp_decision lp_evaluate(const struct lp_evaluator *ev, const char *action,
			     const char *resource, const char *conditions,
			     const struct lp_statement **statement)
{
	const struct asked a = ask(ev, action, resource, conditions);
	const struct lp_statement *allow = find_allow(ev, &a);
	const struct lp_statement *decided = allow;
	enum lp_decision decision = LP_ALLOWED;

	for (size_t i = 0; i < ev->n_rest; i++) {
		const struct lp_statement *st = ev->rest[i];

		if (!statement_applies(ev, st, &a) ||
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
	struct asked asked;
	struct lp_near *near;
	size_t *effort;
};

static bool spend(const struct search *s, size_t effort)
{
	*s->effort -= effort < *s->effort ? effort : *s->effort;
	return *s->effort > 0;
}

static size_t effort_of(const struct search *s, const struct use *u)
{
	if (is_sifted_out(u, &s->asked))
		return 1;
	return STATEMENT_EFFORT + u->statement->actions.n +
	       lp_conditions_effort(s->ev->conditions, u->statement);
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

		if (!spend(s, effort_of(s, &ev->uses[u])))
			return false;
		if (use_applies(ev, &ev->uses[u], &s->asked)) {
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
			     lp_span_str(s->asked.resource)) &&
	       found_among(s, pattern);
}

bool lp_evaluate_next(const struct lp_evaluator *ev, const char *action, const char *resource,
		      const char *conditions, struct lp_near *near, size_t *effort)
{
	const struct search s = {ev, ask(ev, action, resource, conditions), near, effort};
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

/* Of the Allow statements that have the pattern. */
static const char *untold_among(const struct lp_evaluator *ev, uint32_t pattern, const char *action,
				const char *resource, const char *conditions)
{
	const char *key = NULL;

	for (uint32_t u = ev->first[pattern]; u < ev->first[pattern + 1] && !key; u++)
		if (action_matches(ev->uses[u].statement, action))
			key = lp_conditions_untold(ev->uses[u].statement, resource, conditions);
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
		return lp_conditions_untold(statement, resource, conditions);
	/* What would allow it but for its conditions. */
	begin_covering(ev, resource, &c);
	while (!key && (p = next_covering(ev, &c)) != LP_INTERN_NONE)
		key = untold_among(ev, p, action, resource, conditions);
	for (size_t i = 0; i < ev->n_rest && !key; i++) {
		st = ev->rest[i];
		if (!st->deny && action_matches(st, action) &&
		    (!resource || resource_matches(st, action, resource)))
			key = lp_conditions_untold(st, resource, conditions);
	}
	return key;
}

/* Those that have the pattern, once for each place where it stands in them. */
static int each_among(const struct lp_evaluator *ev, uint32_t pattern, const struct asked *a,
		      lp_allows_fn fn, void *ctx)
{
	int err = 0;

	for (uint32_t u = ev->first[pattern]; u < ev->first[pattern + 1] && !err; u++)
		if (use_applies(ev, &ev->uses[u], a))
			err = fn(ctx, ev->uses[u].statement, ev->uses[u].item);
	return err;
}

int lp_evaluate_each(const struct lp_evaluator *ev, const char *action, const char *resource,
		     const char *conditions, lp_allows_fn fn, void *ctx)
{
	const struct asked a = ask(ev, action, resource, conditions);
	struct covering c;
	uint32_t p;
	int err = 0;

	begin_covering(ev, resource, &c);
	while (!err && (p = next_covering(ev, &c)) != LP_INTERN_NONE)
		err = each_among(ev, p, &a, fn, ctx);
	for (size_t i = 0; i < ev->n_rest && !err; i++)
		if (!ev->rest[i]->deny && statement_applies(ev, ev->rest[i], &a) &&
		    (!resource || resource_matches(ev->rest[i], action, resource)))
			err = fn(ctx, ev->rest[i], LP_NO_ITEM);
	return err;
}

struct hanging {
	const char *resource, *conditions, *key;
};

static int hangs(void *ctx, const struct lp_statement *st, size_t item)
{
	struct hanging *h = ctx;
	const char *key = lp_conditions_untold(st, h->resource, h->conditions);

	(void)item;
	if (!h->key)
		h->key = key;
	return !key;
}

const char *lp_evaluate_hangs(const struct lp_evaluator *ev, const char *action,
			      const char *resource, const char *conditions)
{
	struct hanging h = {.resource = resource, .conditions = conditions};

	return lp_evaluate_each(ev, action, resource, conditions, hangs, &h) ? NULL : h.key;
}

bool lp_statement_allows(const struct lp_statement *st, const char *action, const char *resource,
			 const char *conditions)
{
	return !st->deny && action_matches(st, action) &&
	       lp_conditions_hold(NULL, st, resource, conditions) &&
	       (!resource || resource_matches(st, action, resource));
}
