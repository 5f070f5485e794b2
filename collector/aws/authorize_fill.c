/* SPDX-License-Identifier: MIT */
#include "authorize_impl.h"

#include <errno.h>

#include "base/quote.h"
#include "host.h"

static const struct lp_value *filled(const struct lp_filling *f, unsigned leaf)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->leaf[i] == leaf)
			return f->v[i];
	return NULL;
}

void lp_put(struct lp_writer *w, const char *s, size_t len)
{
	if (w->cap - w->n <= len) {
		size_t cap = 2 * (w->n + len) + 128;
		char *p = lp_arena_alloc(w->arena, cap);

		if (!p) {
			w->err = -ENOMEM;
			return;
		}
		if (w->n)
			memcpy(p, w->p, w->n);
		w->p = p;
		w->cap = cap;
	}
	if (len)
		memcpy(w->p + w->n, s, len);
	w->n += len;
	w->p[w->n] = '\0';
}

void lp_put_name(struct lp_writer *w, struct lp_span s)
{
	size_t from = 0;

	/* Of the name before, which was at its end. */
	if (w->n && s.len && w->p[w->n - 1] == '$' && lp_quote_needed('$', s.ptr[0])) {
		w->n--;
		lp_put(w, "${$}", 4);
	}
	for (size_t i = 0; i < s.len; i++) {
		char esc[] = "${*}";

		if (!lp_quote_needed(s.ptr[i], i + 1 < s.len ? s.ptr[i + 1] : '\0'))
			continue;
		lp_put(w, s.ptr + from, i - from);
		from = i + 1;
		esc[2] = s.ptr[i];
		lp_put(w, esc, 4);
	}
	if (from < s.len)
		lp_put(w, s.ptr + from, s.len - from);
}

static void put_span(struct lp_writer *w, struct lp_span s)
{
	lp_put(w, s.len ? s.ptr : "*", s.len ? s.len : 1);
}

/* "p-" in a pattern is of the id itself: "…/p-" + "p-1a2b" is "…/p-1a2b". */
static struct lp_span without_prefix(const struct lp_writer *w, struct lp_span s)
{
	size_t i = w->n;

	while (i && w->p[i - 1] != '/' && w->p[i - 1] != ':')
		i--;
	return w->n - i > 1 && lp_span_starts(s, lp_span_of(w->p + i, w->n - i))
		       ? lp_span_from(s, w->n - i)
		       : s;
}

bool lp_together(const struct lp_value *a, const struct lp_value *b)
{
	unsigned n = a->n_index < b->n_index ? a->n_index : b->n_index;

	for (unsigned i = 0; i < n; i++)
		if (a->index[i] != b->index[i])
			return false;
	return true;
}

static bool goes_with_all(const struct lp_filling *f, const struct lp_value *v)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->v[i] && !lp_together(f->v[i], v))
			return false;
	return true;
}

/* Context fields of an ARN: those of an ARN among the values rank above the call's own. */
static struct lp_span context(const struct lp_eval *e, const struct lp_filling *f, unsigned field)
{
	for (unsigned i = f->n; i-- > 0;) {
		struct lp_span got;

		if (!f->v[i] || !lp_eval_is_arn(e, f->leaf[i], f->v[i]))
			continue;
		got = lp_eval_arn_field(f->v[i]->text, field);
		if (got.len)
			return got;
	}
	if (field == 1)
		return e->partition;
	return field == 3 ? e->region : lp_span_of(NULL, 0);
}

static void make_small(struct lp_writer *w, size_t from)
{
	for (size_t i = from; !w->err && i < w->n; i++)
		w->p[i] = lp_ascii_lower(w->p[i]);
}

/* Has the leaf's part a value that goes with all that is filled in? */
static bool has_part(struct lp_eval *e, const struct lp_filling *f, unsigned leaf, unsigned part)
{
	for (const struct lp_value *v = e->values[leaf].first; v; v = v->next)
		if (lp_eval_part(e, leaf, part, v->text).len && goes_with_all(f, v))
			return true;
	return false;
}

/* What is filled in for the leaf's part; empty: nothing. */
static struct lp_span value_of(struct lp_eval *e, const struct lp_filling *f, unsigned leaf,
			       unsigned part)
{
	const struct lp_value *v = filled(f, leaf);

	if (!v)
		return lp_span_of(NULL, 0);
	return part || f->whole || !lp_eval_is_arn(e, leaf, v)
		       ? lp_eval_part(e, leaf, part, v->text)
		       : lp_eval_arn_tail(v->text);
}

/* What stands for a value that there is none of; `text` is the template's. False: nothing does. */
static bool put_other(struct lp_writer *w, struct lp_eval *e, const struct lp_filling *f,
		      char other, struct lp_span text)
{
	switch (other) {
	case LP_ELSE_PARTITION:
		put_span(w, context(e, f, 1));
		return true;
	case LP_ELSE_REGION:
		put_span(w, context(e, f, 3));
		return true;
	case LP_ELSE_ACCOUNT:
	case LP_ELSE_ACCOUNT_ID:
		put_span(w, context(e, f, 4));
		return true;
	case LP_ELSE_TEXT:
		lp_put(w, text.ptr, text.len);
		return true;
	default:
		if (f->wild)
			lp_put(w, "*", 1);
		return f->wild;
	}
}

/* A leaf's hole, of which `t` is behind the mark. Where it ends; NULL: the template does not apply.
 */
static const char *put_leaf(struct lp_writer *w, struct lp_eval *e, const struct lp_filling *f,
			    const char *t)
{
	static const char end[] = {LP_HOLE_END, '\0'};
	unsigned leaf = (unsigned char)t[0] - LP_HOLE_BIAS;
	unsigned part = (unsigned char)t[1] - LP_HOLE_BIAS;
	struct lp_span s, text = {NULL, 0};
	char other = t[2];
	size_t before = w->n;

	t += 3;
	if (other == LP_ELSE_PRESENT || other == LP_ELSE_ABSENT)
		return has_part(e, f, leaf, part) == (other == LP_ELSE_PRESENT) || f->wild ? t
											   : NULL;
	if (other == LP_ELSE_SILENT)
		return t;
	if (other == LP_ELSE_TEXT) {
		text = lp_span_of(t, strcspn(t, end));
		t += text.len + 1;
	}
	s = value_of(e, f, leaf, part);
	if (!s.len || (other == LP_ELSE_ACCOUNT_ID && !lp_is_account(s)))
		return put_other(w, e, f, other, text) ? t : NULL;
	lp_put_name(w, without_prefix(w, s));
	if (f->small)
		make_small(w, before);
	return t;
}

const char *lp_fill(struct lp_eval *e, const char *t, const struct lp_filling *f)
{
	struct lp_writer w = {.arena = e->arena};

	while (*t) {
		size_t lit = 0;

		while ((unsigned char)t[lit] >= LP_HOLE_BIAS)
			lit++;
		lp_put(&w, t, lit);
		t += lit;
		switch (*t) {
		case '\0':
			break;
		case LP_HOLE_PARTITION:
			put_span(&w, context(e, f, 1));
			t++;
			break;
		case LP_HOLE_REGION:
			put_span(&w, context(e, f, 3));
			t++;
			break;
		case LP_HOLE_ACCOUNT:
			put_span(&w, context(e, f, 4));
			t++;
			break;
		case LP_HOLE_LEAF:
			t = put_leaf(&w, e, f, t + 1);
			if (!t)
				return NULL;
			break;
		default:
			t++;
			break;
		}
	}
	if (w.err)
		e->err = w.err;
	return w.err ? NULL : w.p;
}

unsigned lp_holes_of(const char *t, uint8_t leaf[HOLES_MAX], bool must[HOLES_MAX])
{
	unsigned n = 0, i;

	for (; *t; t++) {
		uint8_t no;

		if (*t != LP_HOLE_LEAF)
			continue;
		no = (uint8_t)((unsigned char)t[1] - LP_HOLE_BIAS);
		if (t[3] == LP_ELSE_PRESENT || t[3] == LP_ELSE_ABSENT) {
			t += 3;
			continue;
		}
		for (i = 0; i < n && leaf[i] != no; i++)
			;
		if (i == n) {
			if (n == HOLES_MAX)
				break;
			must[n] = false;
			leaf[n++] = no;
		}
		must[i] = must[i] || t[3] == LP_ELSE_NOTHING || t[3] == LP_ELSE_SILENT;
		t += 3;
	}
	return n;
}
