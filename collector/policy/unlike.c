/* SPDX-License-Identifier: MIT */
#include "unlike.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/grow.h"
#include "fits.h"
#include "pattern.h"

struct variables {
	bool some, text; /* as such; as text */
	bool escapes;	 /* as text, what would be a character */
};

static void find_variables(const struct lp_statement *st, const struct lp_strings *in,
			   struct variables *out)
{
	for (size_t i = 0; i < in->n; i++) {
		const char *s = in->items[i];

		if (!strstr(s, "${"))
			continue;
		out->some = out->some || !st->no_variables;
		out->text = out->text || st->no_variables;
		out->escapes = out->escapes ||
			       (st->no_variables &&
				(strstr(s, "${*}") || strstr(s, "${?}") || strstr(s, "${$}")));
	}
}

static bool unlike_variables(const struct lp_document *const docs[2])
{
	struct variables v = {0};

	for (size_t d = 0; d < 2; d++) {
		for (size_t i = 0; i < docs[d]->n_statements; i++) {
			const struct lp_statement *st = &docs[d]->statements[i];

			find_variables(st, &st->resources, &v);
			for (size_t k = 0; k < st->n_conditions; k++)
				find_variables(st, &st->conditions[k].values, &v);
		}
	}
	return v.escapes || (v.text && v.some);
}

/* --- items ------------------------------------------------------------------------------------ */

static int add_all(struct lp_items *to, const struct lp_strings *from)
{
	for (size_t i = 0; i < from->n; i++) {
		if (lp_grow(&to->v, to->n, &to->cap, 16, sizeof(*to->v)))
			return -ENOMEM;
		to->v[to->n++] = from->items[i];
	}
	return 0;
}

static int gather(struct lp_items *out, const struct lp_document *const docs[2], bool resources)
{
	size_t n = 0;
	int err = 0;

	for (size_t d = 0; d < 2; d++) {
		for (size_t i = 0; i < docs[d]->n_statements && !err; i++) {
			const struct lp_statement *st = &docs[d]->statements[i];

			err = add_all(out, resources ? &st->resources : &st->actions);
		}
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), lp_compare_str);
	for (size_t i = 0; i < out->n; i++)
		if (!n || strcmp(out->v[n - 1], out->v[i]) != 0)
			out->v[n++] = out->v[i];
	out->n = n;
	return err;
}

/* --- resources -------------------------------------------------------------------------------- */

/* A pattern of the reference's, with the service in it. */
struct kind {
	struct lp_span service;
	const char *pattern;
};

/* Those of types that some action is about, by service. */
struct kinds {
	struct kind *v;
	size_t n, cap;
};

static int add_kinds(struct kinds *ks, lp_iam_type t)
{
	for (unsigned k = 0; k < lp_iam_type_patterns(t); k++) {
		const char *pattern = lp_iam_type_pattern(t, k);

		if (lp_grow(&ks->v, ks->n, &ks->cap, 1024, sizeof(*ks->v)))
			return -ENOMEM;
		ks->v[ks->n++] =
			(struct kind){lp_arn_field(lp_span_str(pattern), LP_ARN_SERVICE), pattern};
	}
	return 0;
}

/* The service comes first: as of any list of spans. */
_Static_assert(offsetof(struct kind, service) == 0, "lp_compare_span compares kinds");

/* An ARN of other types may be of actions of which that is not said. */
static int find_kinds(struct kinds *ks)
{
	bool *seen = calloc(lp_iam_type_count() + 1, sizeof(*seen));
	int err = seen ? 0 : -ENOMEM;

	for (unsigned a = 0; a < lp_iam_action_count() && !err; a++) {
		for (unsigned k = 0; k < lp_iam_action_types((lp_iam_action)a) && !err; k++) {
			lp_iam_type t = lp_iam_action_type((lp_iam_action)a, k).type;

			err = seen[t] ? 0 : add_kinds(ks, t);
			seen[t] = true;
		}
	}
	if (ks->n)
		qsort(ks->v, ks->n, sizeof(*ks->v), lp_compare_span);
	free(seen);
	return err;
}

/* The first of a service, or where it would stand. */
static size_t first_of(const struct kinds *ks, struct lp_span service)
{
	size_t from = 0, to = ks->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (lp_compare_span(&ks->v[mid].service, &service) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

/*
 * Of a type with a region, but without one: what is everywhere, as an access point of many regions,
 * is not always in the reference.
 */
static bool lacks_region(struct lp_span arn, struct lp_span type)
{
	struct lp_span have[LP_ARN_FIELDS], want[LP_ARN_FIELDS];

	lp_arn_split(arn, have);
	lp_arn_split(type, want);
	return !have[LP_ARN_REGION].len && have[LP_ARN_ACCOUNT].len && want[LP_ARN_REGION].len &&
	       want[LP_ARN_ACCOUNT].len;
}

/* Whether the reference has no resource that an ARN could be, of any service that it names. */
static bool is_odd(const struct kinds *ks, const char *arn)
{
	struct lp_span service = lp_arn_field(lp_span_str(arn), LP_ARN_SERVICE);
	bool one = lp_pattern_is_literal(service), found = false, regions = false;

	if (!service.len)
		return false;
	for (size_t i = one ? first_of(ks, service) : 0; i < ks->n; i++) {
		const struct kind *k = &ks->v[i];

		if (one && !lp_span_eq(k->service, service))
			break;
		if (!one && !lp_pattern_covers(service, k->service, 0))
			continue;
		found = found || lp_resource_fits(lp_span_str(arn), k->pattern, true);
		regions = regions || lacks_region(lp_span_str(arn), lp_span_str(k->pattern));
	}
	return !found || regions;
}

/* --- the whole -------------------------------------------------------------------------------- */

int lp_unlike_find(const struct lp_document *a, const struct lp_document *b, struct lp_unlike *out)
{
	const struct lp_document *const docs[] = {a, b};
	struct kinds kinds = {0};
	size_t n = 0;
	int err;

	*out = (struct lp_unlike){.variables = unlike_variables(docs)};
	err = gather(&out->odd, docs, true);
	if (!err)
		err = gather(&out->unknown, docs, false);
	if (!err)
		err = find_kinds(&kinds);
	for (size_t i = 0; i < out->odd.n && !err; i++)
		if (is_odd(&kinds, out->odd.v[i]))
			out->odd.v[n++] = out->odd.v[i];
	out->odd.n = n;
	n = 0;
	for (size_t i = 0; i < out->unknown.n && !err; i++)
		if (!lp_each_action(lp_span_str(out->unknown.v[i]), NULL, NULL))
			out->unknown.v[n++] = out->unknown.v[i];
	out->unknown.n = n;
	free(kinds.v);
	if (err)
		lp_unlike_fini(out);
	return err;
}

bool lp_unlike_is_odd(const struct lp_unlike *u, const char *resource)
{
	return u->odd.n &&
	       bsearch(&resource, u->odd.v, u->odd.n, sizeof(*u->odd.v), lp_compare_str);
}

void lp_unlike_fini(struct lp_unlike *u)
{
	free(u->odd.v);
	free(u->unknown.v);
	*u = (struct lp_unlike){0};
}
