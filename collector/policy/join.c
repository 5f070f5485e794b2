/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/compare.h"
#include "base/grow.h"
#include "condset.h"
#include "entries.h"

struct joiner {
	struct lp_entries *e;
	size_t first_new, cap; /* of e->names */
	struct lp_intern made; /* the new texts */
};

/* The number of a text: an old one when it was made before, so that equal texts have equal ones. */
static int number_of(struct joiner *j, struct lp_span text, uint32_t *out)
{
	struct lp_entries *e = j->e;
	uint32_t id, made;

	if (lp_intern(&j->made, text, &made) || lp_intern(e->strs, text, &id) ||
	    lp_grow(&e->names, j->first_new + made, &j->cap, 16, sizeof(*e->names)))
		return -ENOMEM;
	*out = (uint32_t)(j->first_new + made);
	e->names[*out] = lp_intern_str(e->strs, id);
	e->n_names = j->first_new + j->made.n_strs;
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

/* The first of `n` entries gets all conditions. */
static int join(struct joiner *j, struct lp_entry *v, size_t n)
{
	char *text = join_texts(j->e, v, n);
	int err = text ? number_of(j, lp_span_str(text), &v[0].cond) : -ENOMEM;

	free(text);
	return err;
}

/* The operator and key of line `line` of the text; false when it has fewer. */
static bool find_line(struct lp_span text, unsigned line, struct lp_condset_item *out)
{
	struct lp_condset_item item, last = {0};

	for (unsigned n = 0; lp_condset_next(&text, &item); last = item) {
		n += last.op.len && !lp_condset_same_line(&item, &last);
		if (n == line) {
			*out = item;
			return true;
		}
	}
	return false;
}

/*
 * What two entries must have in common, so that one statement with the values of both of this line
 * allows no more than both: the line's key and all other lines. To be freed; NULL out of memory.
 */
static char *rest_of(struct lp_span text, const struct lp_condset_item *line)
{
	char *rest = malloc(text.len + 1), *p = rest;
	struct lp_condset_item item;

	if (!rest)
		return NULL;
	p = mempcpy(p, line->op.ptr, line->op.len);
	*p++ = LP_CONDSET_END;
	p = mempcpy(p, line->key.ptr, line->key.len);
	*p++ = LP_CONDSET_END;
	while (text.len) {
		const char *start = text.ptr;

		if (lp_condset_next(&text, &item) && !lp_condset_same_line(&item, line))
			p = mempcpy(p, start,
				    (size_t)(item.value.ptr + item.value.len + 1 - start));
	}
	*p = '\0';
	return rest;
}

/* An entry of a run and what it has in common with others; the number of its own when nothing. */
struct part {
	uint32_t rest;
	struct lp_entry entry;
};

static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->rest != y->rest)
		return x->rest < y->rest ? -1 : 1;
	return lp_entry_compare(&x->entry, &y->entry);
}

static int number_rest(struct lp_intern *rests, const char *cond, unsigned line, bool *found,
		       uint32_t *out)
{
	struct lp_span text = lp_span_str(cond);
	struct lp_condset_item item;
	char *rest;
	int err;

	if (!find_line(text, line, &item) || !lp_condset_joinable(item.op))
		return lp_intern(rests, text, out);
	*found = true;
	rest = rest_of(text, &item);
	err = rest ? lp_intern(rests, lp_span_str(rest), out) : -ENOMEM;
	free(rest);
	return err;
}

/* `*n` entries of one action and resource: those that differ in the values of one line only. */
static int join_line(struct joiner *j, struct lp_entry *v, size_t *n, unsigned line, bool *found)
{
	struct part *parts = calloc(*n, sizeof(*parts));
	struct lp_intern rests;
	size_t kept = 0;
	int err = parts ? 0 : -ENOMEM;

	lp_intern_init(&rests);
	for (size_t i = 0; i < *n && !err; i++) {
		parts[i].entry = v[i];
		err = number_rest(&rests, j->e->names[v[i].cond], line, found, &parts[i].rest);
	}
	if (!err)
		qsort(parts, *n, sizeof(*parts), compare_parts);
	for (size_t i = 0; i < *n && !err;) {
		size_t first = kept;

		for (uint32_t rest = parts[i].rest; i < *n && parts[i].rest == rest; i++)
			v[kept++] = parts[i].entry;
		if (kept - first > 1) {
			err = join(j, &v[first], kept - first);
			kept = first + 1;
		}
	}
	if (!err)
		*n = kept;
	lp_intern_fini(&rests);
	free(parts);
	return err;
}

int lp_entries_join(struct lp_entries *e, struct lp_entry *v, size_t n, size_t *left)
{
	struct joiner joiner = {.e = e, .first_new = e->n_names, .cap = e->n_names};
	int err = 0;

	lp_intern_init(&joiner.made);
	*left = 0;
	for (size_t i = 0; !err && i < n;) {
		bool found = true;
		size_t run = 0;

		while (i + run < n && v[i + run].action == v[i].action &&
		       v[i + run].resource == v[i].resource)
			run++;
		memmove(&v[*left], &v[i], run * sizeof(*v));
		i += run;
		for (unsigned line = 0; !err && found && run > 1; line++) {
			found = false;
			err = join_line(&joiner, &v[*left], &run, line, &found);
		}
		*left += run;
	}
	lp_intern_fini(&joiner.made);
	return err;
}
