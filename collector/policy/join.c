/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/compare.h"
#include "condset.h"
#include "entries.h"

/* True when both texts are of one joinable key, the same in both. */
static bool can_join(const char *a, const char *b)
{
	struct lp_span x = lp_span_str(a), y = lp_span_str(b);
	struct lp_condset_item first, second;

	return lp_condset_is_joined(x) && lp_condset_is_joined(y) && lp_condset_next(&x, &first) &&
	       lp_condset_next(&y, &second) && lp_span_eq(first.op, second.op) &&
	       lp_span_eq(first.key, second.key);
}

/* The number of a text: an old one when it was made before, so that equal texts have equal ones. */
static int number_of(struct lp_entries *e, size_t first_new, struct lp_span text, uint32_t *out)
{
	const char **names;
	uint32_t id;

	for (size_t i = first_new; i < e->n_names; i++)
		if (lp_span_eq(text, lp_span_str(e->names[i]))) {
			*out = (uint32_t)i;
			return 0;
		}
	names = realloc(e->names, (e->n_names + 1) * sizeof(*names));
	if (!names)
		return -ENOMEM;
	e->names = names;
	if (lp_intern(e->strs, text, &id))
		return -ENOMEM;
	*out = (uint32_t)e->n_names;
	e->names[e->n_names++] = lp_intern_str(e->strs, id);
	return 0;
}

/* One text of all triples of `n` entries' conditions, sorted and without repeats. */
static char *join_texts(const struct lp_entries *e, const struct lp_entry *v, size_t n)
{
	const char **triples = NULL;
	char *all, *joined, *p;
	size_t len = 0, n_triples = 0, kept = 0;

	for (size_t i = 0; i < n; i++)
		len += strlen(e->names[v[i].cond]);
	all = p = malloc(len + 1);
	joined = malloc(len + 1);
	if (!all || !joined)
		goto out;
	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, e->names[v[i].cond]);
	for (size_t i = 0; i < len; i++)
		n_triples += all[i] == LP_CONDSET_END;
	triples = calloc(n_triples + 1, sizeof(*triples));
	if (!triples)
		goto out;
	p = all;
	for (size_t i = 0; i < n_triples; i++) {
		triples[i] = p;
		p = strchr(p, LP_CONDSET_END);
		*p++ = '\0';
	}
	qsort(triples, n_triples, sizeof(*triples), lp_compare_str);
	p = joined;
	for (size_t i = 0; i < n_triples; i++) {
		if (kept && !strcmp(triples[kept - 1], triples[i]))
			continue;
		triples[kept++] = triples[i];
		p = stpcpy(p, triples[i]);
		*p++ = LP_CONDSET_END;
	}
	*p = '\0';
	free(triples);
	free(all);
	return joined;
out:
	free(joined);
	free(all);
	return NULL;
}

/* Entries `i` to `j`, of one action and resource; what is left is written from `*kept` on. */
static int join_run(struct lp_entries *e, struct lp_entry *v, size_t i, size_t j, size_t first_new,
		    size_t *kept)
{
	while (i < j) {
		size_t same = i + 1;
		char *text;
		int err;

		/* Bring those of the same key together. */
		for (size_t k = same; k < j; k++) {
			struct lp_entry swap = v[k];

			if (!can_join(e->names[v[i].cond], e->names[v[k].cond]))
				continue;
			v[k] = v[same];
			v[same++] = swap;
		}
		if (same - i > 1) {
			text = join_texts(e, &v[i], same - i);
			if (!text)
				return -ENOMEM;
			err = number_of(e, first_new, lp_span_str(text), &v[i].cond);
			free(text);
			if (err)
				return err;
		}
		v[(*kept)++] = v[i];
		i = same;
	}
	return 0;
}

int lp_entries_join(struct lp_entries *e, struct lp_entry *v, size_t n, size_t *left)
{
	size_t first_new = e->n_names;
	int err = 0;

	*left = 0;
	for (size_t i = 0; !err && i < n;) {
		size_t j = i;

		while (j < n && v[j].action == v[i].action && v[j].resource == v[i].resource)
			j++;
		err = join_run(e, v, i, j, first_new, left);
		i = j;
	}
	return err;
}
