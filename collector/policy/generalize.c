/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/grow.h"
#include "entries.h"
#include "fits.h"
#include "generated.h"
#include "lint.h"
#include "pattern.h"

/*
 * Wider resources in place of those seen, only where the person asked for it. They are added as
 * entries of their own; lp_entries_subsume then drops what they cover, and the self-check still
 * has every call. Which part of a name may be widened is told by the ARN pattern of its type in the
 * reference: its variables. A pattern never fits a resource type that none of the resources it
 * stands for fits, and a name that is unique over all accounts (in ARNs without an account: a
 * bucket) is never widened. Actions by which callers gain permissions are left exact.
 */

#define VARS_MAX	  8
#define LP_ARN_RESOURCE	  5
#define PATTERN_MAX	  (16 * 1024)
#define DEPTH_MAX	  256 /* folders inside each other that are looked at */
#define PREFIX_THRESHOLD  5
#define GENERATED_LITERAL 3    /* letters and digits that stay, lest it is "any" */
#define OFFERS_MAX	  4096 /* patterns; where there are more, none tells anything */
#define TYPES_LOOKED_AT	  1000 /* entries whose types count for a pattern */

/* A variable of the type's pattern in a resource. */
struct var {
	size_t start, end;
	bool id; /* called an id in the reference, not a name */
};

struct shape {
	struct var vars[VARS_MAX];
	unsigned n;
	bool global;   /* the first variable names something unique over all accounts */
	bool trailing; /* the last variable is all that is left */
};

/* A wider resource and how many of those seen it stands for. */
struct wide {
	uint32_t first; /* index of an entry it stands for */
	size_t n;
	const char *how;
};

struct generalizer {
	struct lp_entries *e;
	const struct lp_build_options *opts;
	struct lp_entry *v; /* the entries at the start, sorted by name */
	size_t n;
	struct lp_intern patterns; /* of one run, or of all offers */
	struct wide *wides;	   /* by pattern */
	size_t cap;
	char buf[PATTERN_MAX];
};

static struct lp_span name_of(const struct generalizer *g, uint32_t id)
{
	return lp_intern_span(g->e->strs, id);
}

/* --- types ------------------------------------------------------------------------------------ */

/* Bytes of the pattern's resource part that are no variables. */
static size_t literal_size(struct lp_span p)
{
	size_t n = 0;

	for (size_t i = 0; i < p.len; i++) {
		if (p.ptr[i] == '$')
			i += lp_span_find(lp_span_from(p, i), '}');
		else
			n++;
	}
	return n;
}

/* Where the variables of `pattern` are in `arn`, which fits it; false when that cannot be told. */
static bool find_vars(struct lp_span arn, const char *pattern, struct shape *out)
{
	struct lp_span p = lp_arn_field(lp_span_str(pattern), LP_ARN_RESOURCE);
	struct lp_span r = lp_arn_field(arn, LP_ARN_RESOURCE);
	size_t at = (size_t)(r.ptr - arn.ptr);

	*out = (struct shape){
		.global = !lp_arn_field(lp_span_str(pattern), LP_ARN_ACCOUNT).len,
	};
	while (p.len) {
		struct lp_span lit;
		const char *found;

		if (p.ptr[0] != '$') {
			if (at == arn.len || arn.ptr[at++] != p.ptr[0])
				return false;
			p = lp_span_from(p, 1);
			continue;
		}
		if (out->n == VARS_MAX)
			return false;
		lit = lp_span_first(p, lp_span_find(p, '}'));
		out->vars[out->n].id =
			lp_span_ends(lit, LP_SPAN("Id")) || lp_span_ends(lit, LP_SPAN("ID"));
		p = lp_span_from(p, lit.len + 1);
		lit = lp_span_first(p, lp_span_find(p, '$'));
		out->vars[out->n].start = at;
		r = lp_span_from(arn, at);
		found = lit.len && r.len ? memmem(r.ptr, r.len, lit.ptr, lit.len) : NULL;
		if (p.len && !found)
			return false;
		at = p.len ? (size_t)(found - arn.ptr) : arn.len;
		out->vars[out->n++].end = at;
		out->trailing = !p.len;
	}
	return at == arn.len && out->n > 0;
}

/* By the pattern that says most of all that the resource fits. */
static bool shape_of(lp_iam_action a, struct lp_span arn, struct shape *out)
{
	const char *best = NULL;
	size_t most = 0;

	for (unsigned i = 0; i < lp_iam_action_types(a); i++) {
		lp_iam_type t = lp_iam_action_type(a, i).type;

		for (unsigned j = 0; j < lp_iam_type_patterns(t); j++) {
			const char *p = lp_iam_type_pattern(t, j);
			size_t size = literal_size(lp_arn_field(lp_span_str(p), LP_ARN_RESOURCE));

			if (!lp_iam_arn_fits(arn, p) || (best && size <= most))
				continue;
			best = p;
			most = size;
		}
	}
	return best && find_vars(arn, best, out);
}

/* True when the pattern fits no type but those that some of the entries `i` to `j` fit. */
static bool same_types(const struct generalizer *g, lp_iam_action a, struct lp_span pattern,
		       size_t i, size_t j)
{
	for (unsigned k = 0; k < lp_iam_action_types(a); k++) {
		lp_iam_type t = lp_iam_action_type(a, k).type;
		bool seen = false;

		if (!lp_type_fits(t, pattern, false))
			continue;
		for (size_t m = i; m < j && !seen; m++) {
			struct lp_span r = name_of(g, g->v[m].resource);

			seen = lp_arn_covers(pattern, r) && lp_type_fits(t, r, false);
		}
		if (!seen)
			return false;
	}
	return true;
}

/* --- adding ----------------------------------------------------------------------------------- */

static int remark(struct generalizer *g, const struct lp_entry *like, uint32_t resource,
		  unsigned flags, const char *reason)
{
	struct lp_entry entry = *like;
	uint32_t id;
	int err = lp_intern(g->e->strs, lp_span_str(reason), &id);

	entry.resource = resource;
	entry.flags = flags;
	entry.cond = g->e->none;
	return err ? err : lp_entries_remark(g->e, &entry, id);
}

/* Grants `pattern` as the entry `like` is granted, and says so. */
static int widen(struct generalizer *g, const struct lp_entry *like, struct lp_span pattern,
		 size_t n, const char *how)
{
	struct lp_entry entry = *like;
	char reason[128];
	int err = lp_intern(g->e->strs, pattern, &entry.resource);

	if (err || entry.resource == like->resource)
		return err;
	snprintf(reason, sizeof(reason), "in place of %zu seen, by --generalize=%s", n, how);
	err = lp_entries_push(g->e, &entry);
	return err ? err : remark(g, &entry, entry.resource, LP_REMARK_GENERALIZED, reason);
}

/* Counts one more entry that `buf` stands for. */
static int count_wide(struct generalizer *g, size_t len, size_t entry, const char *how)
{
	uint32_t id, before = g->patterns.n_strs;
	int err = lp_intern(&g->patterns, lp_span_of(g->buf, len), &id);

	if (err)
		return err;
	if (lp_grow(&g->wides, id, &g->cap, 64, sizeof(*g->wides)))
		return -ENOMEM;
	if (id == before)
		g->wides[id] = (struct wide){(uint32_t)entry, 0, how};
	g->wides[id].n++;
	return 0;
}

/* --- one folder for many names ---------------------------------------------------------------- */

struct folder {
	uint32_t first;
	size_t len, n; /* bytes of the name kept; entries */
};

struct folders {
	struct folder *v;
	size_t n, cap;
};

static int add_folder(struct folders *f, size_t first, size_t len, size_t n)
{
	if (lp_grow(&f->v, f->n, &f->cap, 32, sizeof(*f->v)))
		return -ENOMEM;
	f->v[f->n++] = (struct folder){(uint32_t)first, len, n};
	return 0;
}

static size_t next_folder(struct lp_span name, size_t from)
{
	size_t at = lp_span_find(lp_span_from(name, from), '/');

	return from + at < name.len ? from + at + 1 : 0;
}

static bool below(const struct generalizer *g, size_t i, struct lp_span prefix)
{
	return lp_span_starts(name_of(g, g->v[i].resource), prefix);
}

/* What is left in a folder. */
struct left {
	size_t names, folders;
};

/*
 * Entries `i` to `j`, sorted, begin with the same `len` bytes. Folders with enough names below
 * them, or enough folders that became one, become one each, the innermost first.
 */
static int fold(struct generalizer *g, struct folders *f, size_t i, size_t j, size_t len,
		bool may_widen, unsigned depth, struct left *left)
{
	size_t mark = f->n, start = i;
	size_t enough = g->opts->threshold ? g->opts->threshold : PREFIX_THRESHOLD;
	struct lp_span name = name_of(g, g->v[i].resource);

	*left = (struct left){0};
	while (i < j) {
		size_t next = next_folder(name_of(g, g->v[i].resource), len), k = i + 1;
		struct lp_span sub = lp_span_first(name_of(g, g->v[i].resource), next);
		struct left inner;
		int err;

		while (next && k < j && below(g, k, sub))
			k++;
		if (!next || depth == DEPTH_MAX) {
			left->names += k - i;
		} else {
			err = fold(g, f, i, k, next, true, depth + 1, &inner);
			if (err)
				return err;
			left->names += inner.names;
			left->folders += inner.folders;
		}
		i = k;
	}
	if (!may_widen || (left->names < enough && left->folders < enough) || len >= PATTERN_MAX)
		return 0;
	memcpy(g->buf, name.ptr, len);
	g->buf[len] = '*';
	if (!same_types(g, lp_iam_find_action(name_of(g, g->v[start].action)),
			lp_span_of(g->buf, len + 1), start, j))
		return 0;
	f->n = mark;
	*left = (struct left){.folders = 1};
	return add_folder(f, start, len, j - start);
}

/* The bytes that all names of a folder keep: those before the last variable. */
static size_t floor_of(const struct shape *s)
{
	return s->vars[s->n - 1].start;
}

static int by_prefix(struct generalizer *g, lp_iam_action a, size_t i, size_t j)
{
	struct folders f = {0};
	int err = 0;

	while (!err && i < j) {
		struct lp_span name = name_of(g, g->v[i].resource);
		struct lp_span kept;
		struct shape s;
		struct left left;
		size_t k = i + 1;

		if (!shape_of(a, name, &s) || !s.trailing) {
			i++;
			continue;
		}
		kept = lp_span_first(name, floor_of(&s));
		while (k < j && below(g, k, kept))
			k++;
		/* Without a variable before it, the first '/' of the name has to come first. */
		err = fold(g, &f, i, k, kept.len, s.n > 1, 0, &left);
		i = k;
	}
	for (size_t k = 0; !err && k < f.n; k++) {
		struct lp_span name = name_of(g, g->v[f.v[k].first].resource);

		memcpy(g->buf, name.ptr, f.v[k].len);
		g->buf[f.v[k].len] = '*';
		err = widen(g, &g->v[f.v[k].first], lp_span_of(g->buf, f.v[k].len + 1), f.v[k].n,
			    "prefix");
	}
	free(f.v);
	return err;
}

/* --- any name of its kind --------------------------------------------------------------------- */

/* Writes the resource with `*` for its names, and for its region when asked; 0: not possible. */
static size_t write_any(struct generalizer *g, struct lp_span arn, const struct shape *s,
			bool any_region)
{
	struct lp_span region = lp_arn_field(arn, LP_ARN_REGION);
	size_t n = 0, from = 0;

	if (arn.len + VARS_MAX >= PATTERN_MAX)
		return 0;
	if (any_region && region.len) {
		from = (size_t)(region.ptr - arn.ptr);
		memcpy(g->buf, arn.ptr, from);
		n = from;
		g->buf[n++] = '*';
		from += region.len;
	}
	for (unsigned i = s->global; i < s->n; i++) {
		memcpy(g->buf + n, arn.ptr + from, s->vars[i].start - from);
		n += s->vars[i].start - from;
		g->buf[n++] = '*';
		from = s->vars[i].end;
	}
	memcpy(g->buf + n, arn.ptr + from, arn.len - from);
	return n + arn.len - from;
}

/* Adds to `buf`; false when it is full. */
static bool append(struct generalizer *g, size_t *n, struct lp_span s)
{
	if (s.len >= PATTERN_MAX - *n)
		return false;
	if (s.len)
		memcpy(g->buf + *n, s.ptr, s.len);
	*n += s.len;
	return true;
}

/*
 * True for the pattern of "vpc-0a1b2c3d4e5f60718" or of a UUID alone. Where the reference calls the
 * name an id, AWS chose it: the next one is another resource, and such a pattern means any.
 */
static bool is_bare(const char *pattern)
{
	while (*pattern >= 'a' && *pattern <= 'z')
		pattern++;
	return pattern[strspn(pattern, "-_*?")] == '\0';
}

/* Writes the resource with wildcards for what looks generated; 0: nothing does. */
static size_t write_generated(struct generalizer *g, struct lp_span arn, const struct shape *s,
			      unsigned *kinds)
{
	size_t n = 0, from = 0, literals = 0;

	*kinds = 0;
	for (unsigned i = 0; i < s->n; i++) {
		struct lp_span var = lp_span_first(lp_span_from(arn, s->vars[i].start),
						   s->vars[i].end - s->vars[i].start);
		size_t literal;
		unsigned found;

		if (!append(g, &n, lp_span_first(lp_span_from(arn, from), s->vars[i].start - from)))
			return 0;
		found = lp_generated_pattern(var, g->buf + n, PATTERN_MAX - n, &literal);
		if (found && !(s->global && i == 0) && !(s->vars[i].id && is_bare(g->buf + n))) {
			n += strlen(g->buf + n);
			*kinds |= found;
		} else if (append(g, &n, var)) {
			literal = var.len;
		} else {
			return 0;
		}
		literals += literal;
		from = s->vars[i].end;
	}
	if (!*kinds || (literals < GENERATED_LITERAL && !(s->global && s->n > 1)) ||
	    !append(g, &n, lp_span_from(arn, from)))
		return 0;
	return n;
}

static int by_name(struct generalizer *g, lp_iam_action a, size_t i, size_t j)
{
	bool generated = g->opts->generalize & LP_GENERALIZE_GENERATED;
	bool any = g->opts->generalize & (LP_GENERALIZE_ACCOUNT | LP_GENERALIZE_SERVICE);
	bool service = g->opts->generalize & LP_GENERALIZE_SERVICE;
	int err = 0;

	for (size_t k = i; !err && k < j; k++) {
		struct lp_span arn = name_of(g, g->v[k].resource);
		unsigned kinds;
		struct shape s;
		size_t len;

		if (!shape_of(a, arn, &s))
			continue;
		len = generated ? write_generated(g, arn, &s, &kinds) : 0;
		if (len)
			err = count_wide(g, len, k, "generated");
		len = any ? write_any(g, arn, &s, service) : 0;
		if (!err && len)
			err = count_wide(g, len, k, service ? "service-wide" : "account-wide");
	}
	for (uint32_t id = 0; !err && id < g->patterns.n_strs; id++) {
		struct lp_span pattern = lp_intern_span(&g->patterns, id);
		const struct wide *w = &g->wides[id];
		size_t end = j - w->first < TYPES_LOOKED_AT ? j : w->first + TYPES_LOOKED_AT;

		if (w->n >= g->opts->threshold && same_types(g, a, pattern, w->first, end))
			err = widen(g, &g->v[w->first], pattern, w->n, w->how);
	}
	lp_intern_fini(&g->patterns);
	lp_intern_init(&g->patterns);
	return err;
}

/* --- all -------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b, void *strs)
{
	const struct lp_entry *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->action != y->action)
		return x->action < y->action ? -1 : 1;
	if (x->cond != y->cond)
		return x->cond < y->cond ? -1 : 1;
	return strcmp(lp_intern_str(strs, x->resource), lp_intern_str(strs, y->resource));
}

static int generalize_runs(struct generalizer *g)
{
	int err = 0;

	for (size_t i = 0; !err && i < g->n;) {
		const char *action = lp_intern_str(g->e->strs, g->v[i].action);
		lp_iam_action a = lp_iam_find_action(lp_span_str(action));
		size_t j = i + 1;

		while (j < g->n && g->v[j].group == g->v[i].group &&
		       g->v[j].action == g->v[i].action && g->v[j].cond == g->v[i].cond)
			j++;
		if (a != LP_IAM_NONE && !lp_action_escalates(action)) {
			if (g->opts->generalize & LP_GENERALIZE_PREFIX)
				err = by_prefix(g, a, i, j);
			if (!err && (g->opts->generalize & ~(unsigned)LP_GENERALIZE_PREFIX))
				err = by_name(g, a, i, j);
		}
		i = j;
	}
	return err;
}

int lp_entries_generalize(struct lp_entries *e, const struct lp_build_options *opts)
{
	struct generalizer *g;
	int err = 0;

	if (!opts->generalize || !e->n)
		return 0;
	g = calloc(1, sizeof(*g));
	if (!g)
		return -ENOMEM;
	*g = (struct generalizer){.e = e, .opts = opts, .n = e->n};
	lp_intern_init(&g->patterns);
	g->v = malloc(e->n * sizeof(*g->v));
	if (!g->v) {
		err = -ENOMEM;
	} else {
		memcpy(g->v, e->v, e->n * sizeof(*g->v));
		qsort_r(g->v, g->n, sizeof(*g->v), compare, e->strs);
		err = generalize_runs(g);
	}
	lp_intern_fini(&g->patterns);
	free(g->wides);
	free(g->v);
	free(g);
	return err;
}

/* --- offers ----------------------------------------------------------------------------------- */

/* Counts what looks generated in one entry; patterns are kept by action. */
static int offer(struct generalizer *g, size_t k)
{
	const char *action = lp_intern_str(g->e->strs, g->e->v[k].action);
	struct lp_span arn = name_of(g, g->e->v[k].resource);
	lp_iam_action a;
	unsigned kinds;
	struct shape s;
	size_t len, literal;

	/* Most names have nothing of it, and looking at their types is what takes time. */
	if (!lp_generated_pattern(lp_arn_field(arn, LP_ARN_RESOURCE), g->buf, PATTERN_MAX,
				  &literal) ||
	    lp_action_escalates(action))
		return 0;
	a = lp_iam_find_action(lp_span_str(action));
	if (a == LP_IAM_NONE || !shape_of(a, arn, &s))
		return 0;
	len = write_generated(g, arn, &s, &kinds);
	/* What belongs to one policy and action only is told apart by a tail that no ARN has. */
	if (!len || len + 32 > PATTERN_MAX)
		return 0;
	len += (size_t)snprintf(g->buf + len, PATTERN_MAX - len, "\n%x %x", g->e->v[k].group,
				g->e->v[k].action);
	return count_wide(g, len, k, lp_generated_words(kinds));
}

static int say_offers(struct generalizer *g)
{
	int err = 0;

	for (uint32_t id = 0; !err && id < g->patterns.n_strs; id++) {
		struct lp_span text = lp_intern_span(&g->patterns, id);
		const struct wide *w = &g->wides[id];
		char reason[128];
		uint32_t resource;
		const char *end;

		snprintf(reason, sizeof(reason), "%zu seen; holds %s: --generalize=generated", w->n,
			 w->how);
		end = memrchr(text.ptr, '\n', text.len); /* names of objects may have it, too */
		err = lp_intern(g->e->strs, lp_span_first(text, (size_t)(end - text.ptr)),
				&resource);
		if (!err)
			err = remark(g, &g->e->v[w->first], resource, LP_REMARK_OFFER, reason);
	}
	return err;
}

int lp_entries_offer(struct lp_entries *e, const struct lp_build_options *opts)
{
	struct generalizer *g;
	int err = 0;

	if (opts->generalize)
		return 0;
	g = calloc(1, sizeof(*g));
	if (!g)
		return -ENOMEM;
	*g = (struct generalizer){.e = e, .opts = opts};
	lp_intern_init(&g->patterns);
	for (size_t k = 0; !err && k < e->n && g->patterns.n_strs <= OFFERS_MAX; k++)
		err = offer(g, k);
	if (!err && g->patterns.n_strs <= OFFERS_MAX)
		err = say_offers(g);
	lp_intern_fini(&g->patterns);
	free(g->wides);
	free(g);
	return err;
}
