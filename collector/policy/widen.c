/* SPDX-License-Identifier: MIT */
#include "widen.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/compare.h"
#include "base/grow.h"
#include "base/intern.h"
#include "fits.h"
#include "given.h"
#include "model/iam.h"
#include "named.h"
#include "pattern.h"
#include "said.h"
#include "witness.h"

/* Of looking for resources, in places of patterns: some seconds, whatever the policies are. */
#define EFFORT_ALL    ((size_t)1 << 27)
#define EFFORT_ONE    ((size_t)1 << 24)
#define OVERLAP_MAX   (256u * 256) /* of an item and a pattern, in bytes of both */
#define PATTERN_USUAL 64
/* Of comparing a name that no reference knows with another. */
#define NAMED_COST 64

static const char all_resources[] = "*";
static const char *const usual_partition[] = {"arn:aws:*"};

struct clauses {
	struct lp_clause *v;
	size_t n, cap;
};

struct widen {
	const struct lp_document *less, *more;
	lp_widening_fn fn;
	void *ctx;
	struct lp_arena arena; /* for a resource */
	struct lp_arena item;  /* for an item of its actions */
	struct lp_arena one;   /* for an action on a resource in one case of its conditions */
	size_t effort;
	const struct lp_unlike *unlike;
	struct lp_said said;
	bool *bare;	    /* by action: see lp_iam_mark_bare */
	const char **names; /* of an action item, sorted */
	size_t n_names, cap_names;
	struct lp_span *keys; /* what all that is said of an action hangs on, by name; in `item` */
	char *fits;	      /* by type, whether it has to do with a resource: '?', 'n', 'y' */
	int err;
};

/* --- one action on one resource --------------------------------------------------------------- */

struct asked {
	const struct lp_statement *st;
	struct lp_named named;
	lp_iam_action known; /* or LP_IAM_NONE */
	size_t resource;     /* item, or LP_WIDEN_REST */
	struct lp_clause types;
};

struct verdict {
	enum lp_witness found;
	const char *example;
	bool by_condition;
};

static void spend(struct widen *w, size_t effort)
{
	w->effort -= effort < w->effort ? effort : w->effort;
}

/* Whether a statement is about the action that is asked for; of a pattern, about all of it. */
static bool is_about(struct widen *w, const struct lp_statement *st, const struct asked *a)
{
	if (a->known == LP_IAM_NONE)
		spend(w, st->actions.n * NAMED_COST);
	/* When there is no time left nothing is told. */
	return w->effort && lp_named_surely(st, &a->named);
}

static bool may_be_about(struct widen *w, const struct lp_statement *st, const struct asked *a)
{
	if (a->known != LP_IAM_NONE)
		return lp_named_surely(st, &a->named);
	spend(w, st->actions.n * NAMED_COST);
	return !w->effort || lp_named_maybe(st, &a->named);
}

static const char *item_of(const struct asked *a)
{
	return a->resource == LP_WIDEN_REST ? all_resources : a->st->resources.items[a->resource];
}

/* Of the resource that is looked at now. */
static bool type_fits(struct widen *w, const struct asked *a, lp_iam_type t)
{
	struct lp_span item = lp_span_str(item_of(a));

	if (w->fits[t] == '?')
		w->fits[t] = lp_pattern_is_any(item) || lp_type_fits(t, item, true) ? 'y' : 'n';
	return w->fits[t] == 'y';
}

/* The ARNs that an action can be about, of those that are asked for. */
static int find_types(struct widen *w, struct asked *a)
{
	unsigned n = a->known == LP_IAM_NONE ? 0 : lp_iam_action_types(a->known);
	const char **patterns = NULL;
	size_t cap = 0;

	a->types = (struct lp_clause){.in = true, .types = true};
	for (unsigned i = 0; i < n; i++) {
		lp_iam_type t = lp_iam_action_type(a->known, i).type;

		for (unsigned k = 0; type_fits(w, a, t) && k < lp_iam_type_patterns(t); k++) {
			if (lp_arena_grow(&w->arena, &patterns, a->types.n, &cap, 8,
					  sizeof(*patterns)))
				return -ENOMEM;
			patterns[a->types.n++] = lp_iam_type_pattern(t, k);
		}
	}
	a->types.patterns = patterns;
	return 0;
}

/* An action that needs no ARN is asked for on `*`, which is then no pattern. */
static bool may_be_of_nothing(const struct widen *w, const struct asked *a)
{
	unsigned n = a->known == LP_IAM_NONE ? 0 : lp_iam_action_types(a->known);

	if (n && w->bare[a->known])
		return true;
	for (unsigned i = 0; i < n; i++)
		if (lp_iam_action_type(a->known, i).required)
			return false;
	return true;
}

static int add_clause(struct widen *w, struct clauses *c, struct lp_clause clause)
{
	if (lp_arena_grow(&w->one, &c->v, c->n, &c->cap, 16, sizeof(*c->v)))
		return -ENOMEM;
	c->v[c->n++] = clause;
	return 0;
}

/* The resources that a statement is about, or all others. */
static int add_resources(struct widen *w, struct clauses *c, const struct lp_statement *st,
			 bool about)
{
	bool in = about != st->not_resource;

	return add_clause(w, c,
			  (struct lp_clause){.patterns = st->resources.items,
					     .n = st->resources.n,
					     .in = in,
					     .loose = in});
}

/* `loose`: a variable in them may be anything. */
static int add_asked(struct widen *w, struct clauses *c, const struct asked *a, bool loose)
{
	if (a->resource == LP_WIDEN_REST)
		return add_resources(w, c, a->st, true);
	return add_clause(w, c,
			  (struct lp_clause){.patterns = &a->st->resources.items[a->resource],
					     .n = 1,
					     .in = true,
					     .loose = loose});
}

static bool is_on_nothing(const struct clauses *c)
{
	for (size_t i = 0; i < c->n; i++) {
		bool found = false;

		for (size_t k = 0; k < c->v[i].n && !found; k++)
			found = lp_pattern_is_any(lp_span_str(c->v[i].patterns[k]));
		if (found != c->v[i].in)
			return false;
	}
	return true;
}

/*
 * Leaves in a clause what has to do with the item. False: the item is out, whatever the others say.
 */
static bool simplify(struct widen *w, struct lp_clause *c, struct lp_span item)
{
	const char **kept = lp_arena_alloc(&w->one, (c->n + 1) * sizeof(*kept));
	size_t n = 0;

	if (!kept) {
		w->err = -ENOMEM;
		return false;
	}
	for (size_t i = 0; i < c->n; i++) {
		struct lp_span pattern = lp_span_str(c->patterns[i]);

		if (!c->in && lp_arn_covers(pattern, item))
			return false;
		/* What is long costs less to walk. */
		if (item.len * pattern.len > OVERLAP_MAX || lp_arn_overlaps(pattern, item))
			kept[n++] = c->patterns[i];
	}
	c->patterns = kept;
	c->n = n;
	return n || !c->in;
}

static bool is_out(const struct clauses *c, struct lp_span pattern)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; !c->v[i].in && k < c->v[i].n; k++)
			if (lp_arn_covers(lp_span_str(c->v[i].patterns[k]), pattern))
				return true;
	return false;
}

/* Leaves of what has to be in what is not out. False: nothing is. */
static bool simplify_in(struct widen *w, const struct clauses *c, struct lp_clause *in)
{
	const char **kept = lp_arena_alloc(&w->one, (in->n + 1) * sizeof(*kept));
	size_t n = 0;

	if (!kept) {
		w->err = -ENOMEM;
		return false;
	}
	for (size_t i = 0; i < in->n; i++)
		if (!is_out(c, lp_span_str(in->patterns[i])))
			kept[n++] = in->patterns[i];
	in->patterns = kept;
	in->n = n;
	return n;
}

static enum lp_witness walk(struct widen *w, struct clauses *c, const char **example)
{
	size_t effort = w->effort < EFFORT_ONE ? w->effort : EFFORT_ONE, before = effort;
	enum lp_witness found = lp_witness_find(c->v, c->n, &w->arena, &effort, example, &w->err);

	w->effort -= before - effort;
	return found;
}

/* Of comparing its patterns with an item. */
static size_t effort_of(const struct lp_clause *c)
{
	size_t n = 1;

	for (size_t i = 0; i < c->n; i++)
		n += 1 + strlen(c->patterns[i]) / PATTERN_USUAL;
	return n;
}

/* Whether the service of the action has an ARN like this one. */
static bool is_of_service(const struct asked *a, struct lp_span arn)
{
	unsigned n = a->known == LP_IAM_NONE ? 0 : lp_iam_action_types(a->known);

	for (unsigned i = 0; i < n; i++) {
		lp_iam_type t = lp_iam_action_type(a->known, i).type;
		const char *type = lp_iam_type_patterns(t) ? lp_iam_type_pattern(t, 0) : "";

		if (lp_pattern_covers(lp_arn_field(arn, LP_ARN_SERVICE),
				      lp_arn_field(lp_span_str(type), LP_ARN_SERVICE), 0))
			return true;
	}
	return false;
}

/* Whether what has to match is an ARN of which the reference knows nothing. */
static bool wants_odd(const struct widen *w, const struct asked *a, const struct clauses *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; c->v[i].in && k < c->v[i].n; k++)
			if (lp_unlike_is_odd(w->unlike, c->v[i].patterns[k]) &&
			    is_of_service(a, lp_span_str(c->v[i].patterns[k])))
				return true;
	return false;
}

/* Whether some resource satisfies the clauses, of which the first is what is asked about. */
static enum lp_witness find(struct widen *w, const struct asked *a, struct clauses *c,
			    const char **example)
{
	struct lp_clause usual = {.patterns = usual_partition, .n = 1, .in = true};
	bool trivial = a->resource != LP_WIDEN_REST, odd;
	enum lp_witness found;

	*example = NULL;
	for (size_t i = 0; i < c->n; i++)
		spend(w, effort_of(&c->v[i]));
	if (!w->effort)
		return LP_WITNESS_UNSURE;
	if (may_be_of_nothing(w, a) && is_on_nothing(c))
		return LP_WITNESS_FOUND;
	if (a->known != LP_IAM_NONE && !a->types.n && !wants_odd(w, a, c))
		return LP_WITNESS_NONE;
	for (size_t i = 1; i < c->n && a->resource != LP_WIDEN_REST; i++) {
		if (!simplify(w, &c->v[i], lp_span_str(item_of(a))))
			return LP_WITNESS_NONE;
		trivial = trivial && !c->v[i].n;
	}
	for (size_t i = 1; i < c->n; i++)
		if (c->v[i].in && !simplify_in(w, c, &c->v[i]))
			return LP_WITNESS_NONE;
	odd = wants_odd(w, a, c);
	if (trivial)
		return odd ? LP_WITNESS_UNSURE : LP_WITNESS_FOUND;
	if (a->types.n)
		w->err = add_clause(w, c, a->types);
	if (!w->err)
		w->err = add_clause(w, c, usual);
	if (w->err)
		return LP_WITNESS_NONE;
	/* For an example that people know. */
	found = walk(w, c, example);
	c->n--;
	if (!w->err && found == LP_WITNESS_NONE)
		found = walk(w, c, example);
	if (w->err || !odd)
		return found;
	/* Of what kind it is cannot be told. */
	c->n -= a->types.n > 0;
	if (found == LP_WITNESS_NONE)
		found = walk(w, c, example);
	return found == LP_WITNESS_NONE ? found : LP_WITNESS_UNSURE;
}

/* --- statements against statements ------------------------------------------------------------ */

/*
 * What is asked about, but for what `more` denies under these conditions; of that what `deny` of
 * `less` refuses, if there is one.
 */
static int begin(struct widen *w, const struct asked *a, const struct lp_given *g,
		 const struct lp_statement *deny, struct clauses *c)
{
	int err;

	err = add_asked(w, c, a, deny != NULL);
	for (size_t i = 0; i < w->more->n_statements && !err; i++) {
		const struct lp_statement *st = &w->more->statements[i];

		if (st->deny && lp_given_implies(g, st, &w->effort) &&
		    (is_about(w, st, a) ||
		     (deny && a->known == LP_IAM_NONE && lp_named_includes(st, deny))))
			err = add_resources(w, c, st, false);
	}
	return err;
}

/* What `less` does not allow; under any conditions, if `any`. */
static enum lp_witness beyond_allowed(struct widen *w, const struct asked *a,
				      const struct lp_given *g, bool any, const char **example)
{
	struct clauses c = {0};

	w->err = begin(w, a, g, NULL, &c);
	for (size_t i = 0; i < w->less->n_statements && !w->err; i++) {
		const struct lp_statement *st = &w->less->statements[i];

		if (!st->deny && is_about(w, st, a) && (any || lp_given_implies(g, st, &w->effort)))
			w->err = add_resources(w, &c, st, false);
	}
	return w->err ? LP_WITNESS_NONE : find(w, a, &c, example);
}

/* What a Deny of `less` refuses, and none of `more`. */
static enum lp_witness within_denied(struct widen *w, const struct asked *a,
				     const struct lp_given *g, const struct lp_statement *deny,
				     const char **example)
{
	struct lp_given both = {0};
	struct clauses c = {0};

	for (size_t i = 0; i < g->n && !w->err; i++)
		w->err = lp_given_add(&w->one, &both, g->v[i]);
	for (size_t i = 0; i < deny->n_conditions && !w->err; i++)
		w->err = lp_given_add(&w->one, &both, lp_constraint_of(&deny->conditions[i]));
	if (!w->err)
		w->err = begin(w, a, &both, deny, &c);
	if (!w->err)
		w->err = add_resources(w, &c, deny, true);
	return w->err ? LP_WITNESS_NONE : find(w, a, &c, example);
}

/* Whether a Deny is about all that is asked for. */
static bool denies_all(struct widen *w, const struct lp_statement *deny, const struct asked *a)
{
	const char *example;
	struct clauses c = {0};

	w->err = add_asked(w, &c, a, false);
	if (!w->err)
		w->err = add_resources(w, &c, deny, false);
	return !w->err && find(w, a, &c, &example) == LP_WITNESS_NONE;
}

/* Where a Deny of `more` has one condition, what is left is where that does not hold. */
static void narrow(struct widen *w, const struct asked *a, struct lp_given *g)
{
	for (size_t i = 0; i < w->more->n_statements && !w->err; i++) {
		const struct lp_statement *st = &w->more->statements[i];
		struct lp_constraint c;

		if (!st->deny || st->n_conditions != 1 || !is_about(w, st, a) ||
		    !denies_all(w, st, a))
			continue;
		c = lp_constraint_of(&st->conditions[0]);
		if (!w->err && c.op)
			w->err = lp_given_add(&w->one, g, lp_constraint_not(&c));
	}
}

static struct verdict judge_case(struct widen *w, const struct asked *a, struct lp_given *g)
{
	struct verdict v = {.found = LP_WITNESS_NONE};
	const char *example;

	narrow(w, a, g);
	if (w->err || lp_given_contradicts(g, &w->effort))
		return v;
	v.found = beyond_allowed(w, a, g, false, &v.example);
	if (v.found != LP_WITNESS_NONE) {
		v.by_condition = beyond_allowed(w, a, g, true, &example) == LP_WITNESS_NONE;
		return v;
	}
	for (size_t i = 0; i < w->less->n_statements && !w->err && v.found == LP_WITNESS_NONE;
	     i++) {
		const struct lp_statement *st = &w->less->statements[i];

		if (!st->deny || !may_be_about(w, st, a) || lp_given_excludes(g, st, &w->effort))
			continue;
		v.found = within_denied(w, a, g, st, &v.example);
		v.by_condition = st->n_conditions > 0;
	}
	return v;
}

/* The worst of its cases. */
static struct verdict judge(struct widen *w, const struct asked *a)
{
	size_t n = lp_given_cases(a->st);
	struct verdict v = {.found = LP_WITNESS_NONE};

	for (size_t i = 0; i < n && !w->err && v.found == LP_WITNESS_NONE; i++) {
		struct lp_given g;

		lp_arena_reset(&w->one);
		w->err = lp_given_take(&w->one, a->st, i, n, &g);
		if (!w->err)
			v = judge_case(w, a, &g);
	}
	return v;
}

/* --- items of a statement --------------------------------------------------------------------- */

static void add_name(void *ctx, const char *name)
{
	struct widen *w = ctx;

	if (!w->err)
		w->err = lp_grow(&w->names, w->n_names, &w->cap_names, 64, sizeof(*w->names));
	if (!w->err)
		w->names[w->n_names++] = name;
}

static void add_action(void *ctx, lp_iam_action a)
{
	add_name(ctx, lp_iam_action_name(a));
}

/* Which statements have to do with an action, and what it can be about. */
static int make_key(struct widen *w, const struct asked *a, struct lp_span *out)
{
	const struct lp_document *const docs[] = {w->less, w->more};
	lp_iam_action known = a->known;
	unsigned n_types = known == LP_IAM_NONE ? 0 : lp_iam_action_types(known);
	size_t size = 1 + w->less->n_statements + w->more->n_statements +
		      n_types * sizeof(struct lp_iam_ref);
	char *key = lp_arena_alloc(&w->item, size), *p = key;

	if (!key)
		return -ENOMEM;
	*p++ = known == LP_IAM_NONE ? '?' : '!';
	for (size_t d = 0; d < LP_ARRAY_LEN(docs); d++)
		for (size_t i = 0; i < docs[d]->n_statements; i++)
			*p++ = is_about(w, &docs[d]->statements[i], a) ? 'y'
			       : known == LP_IAM_NONE && may_be_about(w, &docs[d]->statements[i], a)
				       ? 'm'
				       : 'n';
	for (unsigned i = 0; i < n_types; i++) {
		struct lp_iam_ref ref = lp_iam_action_type(known, i);

		memcpy(p, &ref.type, sizeof(ref.type));
		p += sizeof(ref.type);
		*p++ = ref.required ? 'y' : 'n';
	}
	*out = lp_span_of(key, (size_t)(p - key));
	return 0;
}

static struct asked ask(const struct lp_statement *st, size_t item, const char *name)
{
	return (struct asked){
		.st = st,
		.named = {.name = name,
			  .item = item == LP_WIDEN_REST ? NULL : st->actions.items[item],
			  .of = st},
		.known = lp_iam_find_action(lp_span_str(name)),
	};
}

/* Names that no reference knows, of which either policy says something. */
static void add_unknown(struct widen *w, const struct lp_statement *st, size_t item)
{
	const struct lp_items *unknown = &w->unlike->unknown;
	struct lp_span own =
		item == LP_WIDEN_REST ? lp_span_of(NULL, 0) : lp_span_str(st->actions.items[item]);

	spend(w, unknown->n * NAMED_COST);
	for (size_t i = 0; i < unknown->n && w->effort; i++) {
		struct asked a = ask(st, item, unknown->v[i]);
		struct lp_span name = lp_span_str(unknown->v[i]);

		/* What is all of the item is asked for by that. */
		if (own.len ? !lp_pattern_covers(name, own, LP_PATTERN_NOCASE) &&
				      lp_pattern_overlaps(name, own, LP_PATTERN_NOCASE)
			    : may_be_about(w, st, &a))
			add_name(w, unknown->v[i]);
	}
}

/* The names of an item, or of what a NotAction leaves. */
static int find_names(struct widen *w, const struct lp_statement *st, size_t item)
{
	size_t n = 0;

	w->n_names = 0;
	lp_arena_reset(&w->item);
	if (item == LP_WIDEN_REST) {
		lp_each_action(LP_SPAN("*"), add_action, w);
		for (size_t i = 0; i < w->n_names; i++) {
			struct lp_named named = {.name = w->names[i], .of = st};

			if (lp_named_surely(st, &named))
				w->names[n++] = w->names[i];
		}
		w->n_names = n;
	} else if (!lp_each_action(lp_span_str(st->actions.items[item]), add_action, w)) {
		/* What no reference knows is a name of its own. */
		add_name(w, st->actions.items[item]);
	}
	add_unknown(w, st, item);
	if (w->err)
		return w->err;
	w->keys = lp_arena_alloc(&w->item, (w->n_names + 1) * sizeof(*w->keys));
	if (!w->keys)
		return -ENOMEM;
	for (size_t i = 0; i < w->n_names && !w->err; i++) {
		struct asked a = ask(st, item, w->names[i]);

		w->err = make_key(w, &a, &w->keys[i]);
	}
	return w->err;
}

/* An action on a resource. */
static int judge_one(struct widen *w, const struct lp_widening *of, const char *name,
		     struct verdict *out)
{
	struct asked a = ask(of->st, of->action, name);

	a.resource = of->resource;
	w->err = find_types(w, &a);
	if (!w->err)
		*out = judge(w, &a);
	return w->err;
}

/* All names on a resource; those of which the same is to be said are looked at once. */
static int judge_all(struct widen *w, struct lp_intern *keys, struct lp_widening *out,
		     const char **more)
{
	struct verdict *verdicts = lp_arena_alloc(&w->arena, (w->n_names + 1) * sizeof(*verdicts));

	if (!verdicts)
		return -ENOMEM;
	for (size_t i = 0; i < w->n_names; i++) {
		uint32_t n = keys->n_strs, id;
		const struct verdict *v;
		int err = lp_intern(keys, w->keys[i], &id);

		if (!err && id == n)
			err = judge_one(w, out, w->names[i], &verdicts[id]);
		if (err)
			return err;
		v = &verdicts[id];
		if (v->found == LP_WITNESS_NONE)
			continue;
		if (!out->n_actions) {
			out->example = v->example;
			out->by_condition = v->by_condition;
		}
		out->unsure = out->unsure || v->found == LP_WITNESS_UNSURE;
		more[out->n_actions++] = w->names[i];
	}
	return 0;
}

static int widen_item(struct widen *w, const struct lp_statement *st, size_t action,
		      size_t resource)
{
	struct lp_widening out = {
		.st = st, .action = action, .resource = resource, .n_granted = w->n_names};
	const char **more;
	struct lp_intern keys;
	int err;

	lp_arena_reset(&w->arena);
	memset(w->fits, '?', lp_iam_type_count());
	more = lp_arena_alloc(&w->arena, (w->n_names + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	lp_intern_init(&keys);
	err = judge_all(w, &keys, &out, more);
	lp_intern_fini(&keys);
	if (err || !out.n_actions)
		return err;
	qsort(more, out.n_actions, sizeof(*more), lp_compare_str);
	out.actions = more;
	return w->fn(w->ctx, &out);
}

/* --- the whole -------------------------------------------------------------------------------- */

static int widen_statement(struct widen *w, const struct lp_statement *st)
{
	size_t n_actions = st->not_action ? 1 : st->actions.n;
	size_t n_resources = st->not_resource ? 1 : st->resources.n;
	int err = 0;

	for (size_t i = 0; i < n_actions && !err; i++) {
		size_t action = st->not_action ? LP_WIDEN_REST : i;
		bool named = false;

		lp_said_begin(&w->said, st, i);
		for (size_t r = 0; r < n_resources && !err; r++) {
			if (lp_said_has(&w->said, st, r))
				continue;
			err = named ? 0 : find_names(w, st, action);
			named = true;
			if (!err)
				err = widen_item(w, st, action,
						 st->not_resource ? LP_WIDEN_REST : r);
		}
	}
	return err;
}

int lp_widen_each(const struct lp_document *less, const struct lp_document *more,
		  const struct lp_unlike *unlike, lp_widening_fn fn, void *ctx)
{
	struct widen w = {
		.less = less,
		.more = more,
		.unlike = unlike,
		.fn = fn,
		.ctx = ctx,
		.effort = EFFORT_ALL,
		.bare = calloc(lp_iam_action_count() + 1, sizeof(bool)),
		.fits = malloc(lp_iam_type_count() + 1),
	};
	int err = w.bare && w.fits ? lp_said_init(&w.said, less, more, &w.effort) : -ENOMEM;

	lp_arena_init(&w.arena, SIZE_MAX / 2);
	lp_arena_init(&w.one, SIZE_MAX / 2);
	lp_arena_init(&w.item, SIZE_MAX / 2);
	if (!err)
		lp_iam_mark_bare(w.bare);
	if (unlike->variables)
		w.effort = 0;
	for (size_t i = 0; i < more->n_statements && !err; i++)
		if (!more->statements[i].deny)
			err = widen_statement(&w, &more->statements[i]);
	lp_arena_fini(&w.arena);
	lp_arena_fini(&w.one);
	lp_arena_fini(&w.item);
	free(w.names);
	lp_said_fini(&w.said);
	free(w.bare);
	free(w.fits);
	return err;
}
