/* SPDX-License-Identifier: MIT */
#include "unlike.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

bool lp_unlike_variables(const struct lp_document *less, const struct lp_document *more)
{
	const struct lp_document *const docs[] = {less, more};
	struct variables v = {0};

	for (size_t d = 0; d < LP_ARRAY_LEN(docs); d++) {
		for (size_t i = 0; i < docs[d]->n_statements; i++) {
			const struct lp_statement *st = &docs[d]->statements[i];

			find_variables(st, &st->resources, &v);
			for (size_t k = 0; k < st->n_conditions; k++)
				find_variables(st, &st->conditions[k].values, &v);
		}
	}
	return v.escapes || (v.text && v.some);
}

/* Types that some action is about: an ARN of others may be of actions of which that is not said. */
static bool *find_taken(void)
{
	bool *taken = calloc(lp_iam_type_count() + 1, sizeof(*taken));

	for (unsigned p = 0; taken && p < lp_iam_prefix_count(); p++) {
		lp_iam_action first;
		unsigned n = lp_iam_prefix_actions((lp_iam_prefix)p, &first);

		for (unsigned i = 0; i < n; i++) {
			lp_iam_action a = (lp_iam_action)(first + i);

			for (unsigned k = 0; k < lp_iam_action_types(a); k++)
				taken[lp_iam_action_type(a, k).type] = true;
		}
	}
	return taken;
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
static bool is_odd(const char *arn, const bool *taken)
{
	struct lp_span service = lp_arn_field(lp_span_str(arn), LP_ARN_SERVICE);
	bool found = false, regions = false;

	if (!service.len)
		return false;
	for (unsigned t = 0; t < lp_iam_type_count(); t++) {
		for (unsigned k = 0; taken[t] && k < lp_iam_type_patterns((lp_iam_type)t); k++) {
			const char *type = lp_iam_type_pattern((lp_iam_type)t, k);
			struct lp_span of = lp_arn_field(lp_span_str(type), LP_ARN_SERVICE);

			if (!lp_pattern_covers(service, of, 0))
				continue;
			found = found || lp_resource_fits(lp_span_str(arn), type, true);
			regions = regions || lacks_region(lp_span_str(arn), lp_span_str(type));
		}
	}
	return !found || regions;
}

static int compare_addresses(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (const char *const *)a,
		  y = (uintptr_t) * (const char *const *)b;

	return (x > y) - (x < y);
}

static int find_odd(struct lp_odd *odd, const bool *taken, const struct lp_document *doc)
{
	for (size_t i = 0; i < doc->n_statements; i++) {
		const struct lp_strings *resources = &doc->statements[i].resources;

		for (size_t k = 0; k < resources->n; k++) {
			if (!is_odd(resources->items[k], taken))
				continue;
			if (lp_grow(&odd->v, odd->n, &odd->cap, 16, sizeof(*odd->v)))
				return -ENOMEM;
			odd->v[odd->n++] = resources->items[k];
		}
	}
	return 0;
}

int lp_odd_find(const struct lp_document *less, const struct lp_document *more, struct lp_odd *out)
{
	bool *taken = find_taken();
	int err = taken ? 0 : -ENOMEM;

	*out = (struct lp_odd){0};
	if (!err)
		err = find_odd(out, taken, less);
	if (!err)
		err = find_odd(out, taken, more);
	free(taken);
	if (err)
		lp_odd_fini(out);
	else if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), compare_addresses);
	return err;
}

bool lp_odd_has(const struct lp_odd *odd, const char *const *item)
{
	return odd->n && bsearch(item, odd->v, odd->n, sizeof(*odd->v), compare_addresses);
}

void lp_odd_fini(struct lp_odd *odd)
{
	free(odd->v);
	*odd = (struct lp_odd){0};
}
