/* SPDX-License-Identifier: MIT */
#include "authorize_impl.h"

#include <errno.h>
#include <stdlib.h>

#include "base/compare.h"

static bool is_of_type(struct lp_span arn, lp_iam_type type)
{
	for (unsigned i = 0; i < lp_iam_type_patterns(type); i++)
		if (lp_iam_arn_fits_owned(arn, lp_iam_type_pattern(type, i)))
			return true;
	return false;
}

/*
 * A template fits by construction, unless the request put something into a place that is not free
 * ("ResourceType" of a tag specification). Such an ARN would be refused by AWS, so it is none.
 */
static bool fits(const struct lp_doing *d, const char *arn)
{
	struct lp_span s = lp_span_str(arn);

	return is_of_type(s, d->type) || lp_iam_action_takes(d->act->action, s) != LP_IAM_NONE;
}

void lp_add_resource(struct lp_doing *d, const char *arn)
{
	if (!arn)
		return;
	/* The common case of repeats: one after the other. All repeats go when the list is sorted.
	 */
	if (d->out.n && strcmp(d->out.v[d->out.n - 1], arn) == 0)
		return;
	if (d->out.n == d->out.cap) {
		size_t cap = d->out.cap ? 4 * d->out.cap : 4;
		const char **v = lp_arena_alloc(d->e->arena, cap * sizeof(*v));

		if (!v) {
			d->e->err = -ENOMEM;
			return;
		}
		if (d->out.n)
			memcpy(v, d->out.v, d->out.n * sizeof(*v));
		d->out.v = v;
		d->out.cap = cap;
	}
	d->out.v[d->out.n++] = arn;
}

/*
 * As it stands, but for what is no name: "arn:…:log-group:name:*" is how some services write "and
 * all in it", and "arn:aws:ses:*:…" one that is in several regions.
 */
static void put_arn(struct lp_writer *w, struct lp_span arn)
{
	struct lp_span region = lp_eval_arn_field(arn, 3);
	bool all = lp_span_ends(arn, LP_SPAN(":*"));

	if (lp_span_eq(region, LP_SPAN("*"))) {
		size_t n = (size_t)(region.ptr - arn.ptr) + 1;

		lp_put_name(w, lp_span_first(arn, n - 1));
		lp_put(w, "*", 1);
		arn = lp_span_from(arn, n);
	}
	lp_put_name(w, lp_span_first(arn, arn.len - all));
	lp_put(w, "*", all);
}

/* Values that are ARNs fitting a type of the action are the resources, as they stand. */
static void take_arns(struct lp_doing *d, uint64_t *types_named)
{
	const struct lp_act_data *a = d->act;
	unsigned n_types = lp_iam_action_types(a->action);

	for (unsigned i = 0; i < a->n_arns; i++) {
		for (struct lp_value *v = d->e->values[lp_iam_arns[a->first_arn + i]].first; v;
		     v = v->next) {
			struct lp_writer w = {.arena = d->e->arena};
			bool ours = false;

			v->taken = false;
			if (!lp_is_arn(v->text))
				continue;
			for (unsigned t = 0; t < n_types; t++) {
				lp_iam_type type = lp_iam_action_type(a->action, t).type;

				for (unsigned p = 0; p < lp_iam_type_patterns(type); p++) {
					if (!lp_iam_arn_fits_owned(v->text,
								   lp_iam_type_pattern(type, p)))
						continue;
					ours = true;
					if (t < 64)
						*types_named |= UINT64_C(1) << t;
				}
			}
			if (!ours)
				continue;
			v->taken = true;
			put_arn(&w, v->text);
			if (w.err)
				d->e->err = w.err;
			else
				lp_add_resource(d, w.p);
		}
	}
}

/* All fillings of a template, leaf by leaf. True when one gave a resource. */
static bool fill_all(struct lp_doing *d, const char *t, struct lp_filling *f, const bool *must,
		     unsigned at, unsigned last)
{
	struct lp_value *v;
	bool got = false;

	if (at == f->n) {
		const char *arn = lp_fill(d->e, t, f);

		d->tried++;
		if (!arn || !fits(d, arn))
			return false;
		lp_add_resource(d, arn);
		return true;
	}
	v = d->e->values[f->leaf[at]].first;
	if (!v) {
		if (must[at])
			return false;
		f->v[at] = NULL;
		return fill_all(d, t, f, must, at + 1, last);
	}
	/* Members that a hostile body repeats would go with each other in all ways. */
	for (; v && d->tried < LP_VALUES_MAX && !d->e->err; v = v->next) {
		bool use = v->text.len != 0;

		for (unsigned i = 0; i < at && use; i++)
			use = !f->v[i] || lp_together(f->v[i], v);
		/* The resource's own ARN was taken as it stands; an ARN of something else is none.
		 */
		if (use && lp_eval_is_arn(d->e, f->leaf[at], v) &&
		    ((f->leaf[at] == last && (v->taken || f->n == 1)) ||
		     (v->taken && is_of_type(v->text, d->type))))
			use = false;
		if (!use)
			continue;
		f->v[at] = v;
		got = fill_all(d, t, f, must, at + 1, last) || got;
	}
	return got;
}

/*
 * The leaf whose whole value a template ends in: when that is an ARN, it is the resource's own. A
 * hole with more path behind it is a parent's name, which a parent's ARN gives just as well; parts
 * of a leaf know ARNs themselves.
 */
static uint8_t last_hole(const char *t)
{
	uint8_t leaf = LP_LEAF_NONE;

	for (; *t; t++) {
		if (*t == '/')
			leaf = LP_LEAF_NONE;
		if (*t != LP_HOLE_LEAF)
			continue;
		if (t[3] != LP_ELSE_PRESENT && t[3] != LP_ELSE_ABSENT && t[3] != LP_ELSE_SILENT)
			leaf = t[2] == LP_HOLE_BIAS ? (uint8_t)((unsigned char)t[1] - LP_HOLE_BIAS)
						    : LP_LEAF_NONE;
		t += 3;
	}
	return leaf;
}

static bool has_holes(const struct lp_res_data *r)
{
	return strchr(lp_iam_pool + r->tmpl, LP_HOLE_LEAF) != NULL;
}

static bool apply_res(struct lp_doing *d, const struct lp_res_data *r)
{
	const char *t = lp_iam_pool + r->tmpl;
	struct lp_filling f = {.small = r->flags & LP_RES_SMALL};
	bool must[HOLES_MAX], got;
	size_t before = d->out.n;

	f.n = lp_holes_of(t, f.leaf, must);
	/* Without holes it names nothing: it stands in where the request did not (apply_wild). */
	if (f.n == 0)
		return false;
	d->tried = 0;
	got = fill_all(d, t, &f, must, 0, last_hole(t));
	/* The same ARN again adds nothing, but names the type none the less. */
	return got || d->out.n > before;
}

/* A required type that the request did not name: its template with what is known, else `*`. */
static void apply_wild(struct lp_doing *d, const struct lp_res_data *r)
{
	const char *t = lp_iam_pool + r->tmpl;
	struct lp_filling f = {.wild = true, .small = r->flags & LP_RES_SMALL};
	bool must[HOLES_MAX];
	uint8_t last = last_hole(t);
	const char *arn;

	f.n = lp_holes_of(t, f.leaf, must);
	for (unsigned i = 0; i < f.n; i++) {
		struct lp_value *v = d->e->values[f.leaf[i]].first;

		f.v[i] = v && v->text.len && !(f.leaf[i] == last && lp_eval_is_arn(d->e, last, v))
				 ? v
				 : NULL;
	}
	arn = lp_fill(d->e, t, &f);
	if (arn && !fits(d, arn)) {
		memset(f.v, 0, sizeof(f.v));
		arn = lp_fill(d->e, t, &f);
	}
	lp_add_resource(d, arn);
}

void lp_sort_unique(struct lp_resources *r)
{
	size_t n = 0;

	if (r->n > 1)
		qsort(r->v, r->n, sizeof(*r->v), lp_compare_str);
	for (size_t i = 0; i < r->n; i++)
		if (!n || strcmp(r->v[n - 1], r->v[i]) != 0)
			r->v[n++] = r->v[i];
	r->n = n;
}

/* Bit of a type among those of the action; types past 64 share the last. */
static uint64_t type_bit(lp_iam_action a, lp_iam_type type)
{
	unsigned n = lp_iam_action_types(a);

	for (unsigned i = 0; i < n; i++)
		if (lp_iam_action_type(a, i).type == type)
			return UINT64_C(1) << (i < 63 ? i : 63);
	return UINT64_C(1) << 63;
}

/* Whether a line of the type, or an ARN, could have named one if the body were all there. */
static bool lacks(const struct lp_doing *d, const struct lp_res_data *first)
{
	const struct lp_act_data *a = d->act;
	const struct lp_res_data *end = &lp_iam_res[a->first_res] + a->n_res;

	for (unsigned i = 0; i < a->n_arns; i++)
		if (lp_eval_lacks(d->e, lp_iam_arns[a->first_arn + i]))
			return true;
	for (const struct lp_res_data *r = first; r < end && r->type == first->type; r++) {
		uint8_t leaf[HOLES_MAX];
		bool must[HOLES_MAX];
		unsigned n = lp_holes_of(lp_iam_pool + r->tmpl, leaf, must);

		for (unsigned i = 0; i < n; i++)
			if (lp_eval_lacks(d->e, leaf[i]))
				return true;
	}
	return false;
}

void lp_eval_resources(struct lp_doing *d)
{
	const struct lp_act_data *a = d->act;
	const struct lp_res_data *res = &lp_iam_res[a->first_res];
	bool got[UINT8_MAX] = {false}; /* by the first line of a type; its lines stand together */
	bool either = false;	       /* a type was named of which one is enough */
	uint64_t named = 0;
	unsigned first = 0;

	take_arns(d, &named);
	for (unsigned i = 0; i < a->n_res; i++) {
		d->type = res[i].type;
		if (d->type != res[first].type)
			first = i;
		if (!(res[i].flags & LP_RES_ELSE) || !got[first])
			got[first] = apply_res(d, &res[i]) || got[first];
		if (res[i].flags & LP_RES_EITHER)
			either = either || got[first] || (named & type_bit(a->action, d->type));
	}
	first = 0;
	for (unsigned i = 0; i < a->n_res; i++) {
		/* An optional type with nothing to name is all that the action could be restricted
		 * to. */
		bool required = (res[i].flags & LP_RES_REQUIRED) ||
				(a->n_res == 1 && !has_holes(&res[i]) && !named);

		d->type = res[i].type;
		if (d->type != res[first].type)
			first = i;
		if (!required || got[first] || (named & type_bit(a->action, d->type)) ||
		    (either && (res[i].flags & LP_RES_EITHER)))
			continue;
		apply_wild(d, &res[first]);
		got[first] = true;
		d->e->unread = d->e->unread || lacks(d, &res[first]);
	}
	if (!d->out.n && !(a->flags & LP_ACT_IF_NAMED))
		lp_add_resource(d, "*");
	lp_sort_unique(&d->out);
}
