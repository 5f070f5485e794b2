/* SPDX-License-Identifier: MIT */
#include "repeat.h"

#include "json.h"

#define TRIES 4

/* `in` from its start on; `ends` ends what is in a gap, in which `never` must not be. */
static inline __attribute__((always_inline)) bool
is(const struct lp_repeat *r, struct lp_span in, char ends, char never, struct lp_repeat_found *f)
{
	const char *p, *end;
	size_t at = 0;

	if (!r->len || !in.len)
		return false;
	p = in.ptr;
	end = p + in.len;
	f->moved[0] = 0;
	for (uint32_t open = r->open;; open &= open - 1) {
		unsigned i = open ? (unsigned)__builtin_ctz(open) : LP_REPEAT_GAPS;
		size_t same = (open ? r->gaps.v[i].at : r->len) - at;
		const char *stop;

		if ((size_t)(end - p) < same || memcmp(p, r->text + at, same) != 0)
			return false;
		p += same;
		if (!open)
			break;
		stop = memchr(p, ends, (size_t)(end - p));
		if (!stop || stop - p < r->gaps.v[i].tail)
			return false;
		stop -= r->gaps.v[i].tail;
		if (never != ends && memchr(p, never, (size_t)(stop - p)))
			return false;
		if (i == r->gaps.target)
			f->target = lp_span_of(p, (size_t)(stop - p));
		else if (i == r->gaps.length)
			f->length = lp_span_of(p, (size_t)(stop - p));
		p = stop;
		at = r->gaps.v[i].end;
		f->moved[i + 1] = (int32_t)(p - in.ptr) - (int32_t)at;
	}
	f->len = (size_t)(p - in.ptr);
	return true;
}

LP_HOT bool lp_repeat_is_head(const struct lp_repeat *r, struct lp_span in,
			      struct lp_repeat_found *f)
{
	f->target = f->length = lp_span_of(NULL, 0);
	return is(r, lp_span_first(in, LP_HEAD_MAX), '\n', '\n', f);
}

LP_HOT bool lp_repeat_is_json(const struct lp_repeat *r, struct lp_span in,
			      struct lp_repeat_found *f)
{
	return is(r, lp_span_first(in, r->max), '"', '\\', f);
}

LP_HOT unsigned lp_repeat_parts(struct lp_repeat *r, const char *at,
				const struct lp_repeat_found *f,
				struct lp_span parts[LP_REPEAT_PARTS])
{
	r->tries = TRIES;
	r->shape = 0;
	for (unsigned i = 0; i < r->n_parts; i++) {
		const struct lp_repeat_part *p = &r->parts[i];
		size_t from = p->at, end = p->end;

		if (!p->text) {
			from += (size_t)f->moved[p->from];
			end += (size_t)f->moved[p->to];
		}
		parts[i] = lp_span_of((p->text ? p->text : at) + from, end - from);
	}
	return r->n_parts;
}

void lp_repeat_init(struct lp_repeat *r, char *text, size_t max)
{
	r->text = text;
	r->max = (uint16_t)max;
	r->len = r->shape = 0;
	r->open = 0;
	r->tries = TRIES;
}

bool lp_repeat_worth(struct lp_repeat *r, unsigned shape)
{
	bool worth = (uint16_t)shape == r->shape && r->tries;

	r->shape = (uint16_t)shape;
	return worth;
}

unsigned lp_repeat_shape(const struct lp_http1_head *h)
{
	unsigned shape = (unsigned)h->method.len + 1;

	for (unsigned i = 0; i < h->n_headers; i++)
		shape = shape * 31 + h->headers[i].id * 7u + h->headers[i].name_len;
	return shape;
}

/* `value` may be another: as which gap. LP_REPEAT_GAPS: it must be the same. */
static uint8_t gap(struct lp_repeat_gaps *g, struct lp_span whole, struct lp_span value, char ends)
{
	size_t at = (size_t)(value.ptr - whole.ptr), end = at + value.len;
	size_t tail = lp_span_find(lp_span_from(whole, end), ends);

	if (!value.len || end + tail >= whole.len || tail > UINT8_MAX || g->n == LP_REPEAT_GAPS)
		return LP_REPEAT_GAPS;
	g->v[g->n] = (struct lp_repeat_gap){(uint16_t)at, (uint16_t)end, (uint8_t)tail};
	return g->n++;
}

/* Does anybody look at the value of that field, but to keep it as it is? */
static bool means_something(const struct lp_http1_header *f)
{
	return f->id != LP_HDR_OTHER && f->id != LP_HDR_PLAIN;
}

/* How much is kept of a line that is kept from its start, but not whole; else all of it. */
static size_t kept_of(struct lp_span line, const struct lp_span *parts, unsigned n_parts)
{
	for (unsigned i = 0; i < n_parts; i++) {
		uintptr_t at = (uintptr_t)line.ptr - (uintptr_t)parts[i].ptr;

		if (at < parts[i].len && parts[i].len - at < line.len)
			return parts[i].len - at;
	}
	return line.len;
}

/* The rest of a line, without its end. */
static struct lp_span rest_of(struct lp_span line, size_t at)
{
	struct lp_span rest = lp_span_from(line, at);

	while (rest.len && (rest.ptr[rest.len - 1] == '\n' || rest.ptr[rest.len - 1] == '\r'))
		rest.len--;
	return rest;
}

static void find_gaps(struct lp_repeat_gaps *g, const struct lp_http1_head *h, struct lp_span whole,
		      const struct lp_span *parts, unsigned n_parts, unsigned free)
{
	const struct lp_http1_header *f = h->headers, *end = f + h->n_headers;

	if (free & LP_REPEAT_TARGET)
		g->target = gap(g, whole, h->target, '\n');
	for (size_t at = h->start.len, next; at < whole.len; at = next) {
		struct lp_span line = lp_span_from(whole, at);
		size_t colon, kept;

		line = lp_span_first(line, lp_span_find(line, '\n') + 1);
		next = at + line.len;
		colon = lp_span_find(line, ':');
		while (f < end && f->at < at)
			f++;
		/* More of the line before, or no field at all. */
		if (line.ptr[0] == ' ' || line.ptr[0] == '\t' || colon == line.len)
			continue;
		if (f == end || f->at != at || !means_something(f)) {
			(void)gap(g, whole, rest_of(line, colon + 1), '\n');
		} else if (f->id == LP_HDR_CONTENT_LENGTH && free & LP_REPEAT_LENGTH) {
			g->length = gap(g, whole, lp_http1_value(h, f), '\n');
		} else if (f->id == LP_HDR_AUTHORIZATION && !h->response) {
			/* Behind the comma that follows what is kept comes the signature. */
			kept = kept_of(line, parts, n_parts);
			if (kept < line.len && line.ptr[kept] == ',')
				(void)gap(g, whole, rest_of(line, kept + 1), '\n');
		}
	}
}

/* What differs from the known one, if that had the same gaps; true where that is new. */
static bool open_gaps(struct lp_repeat *r, struct lp_span whole, const struct lp_repeat_gaps *g)
{
	uint32_t open = 0;

	if (!r->len || g->n != r->gaps.n)
		r->open = 0;
	else
		for (unsigned i = 0; i < g->n; i++) {
			const struct lp_repeat_gap *old = &r->gaps.v[i], *new = &g->v[i];
			struct lp_span was = lp_span_of(r->text + old->at, old->end - old->at);
			struct lp_span is = lp_span_of(whole.ptr + new->at, new->end - new->at);

			open |= (uint32_t)!lp_span_eq(was, is) << i;
		}
	open &= ~r->open;
	r->open |= open;
	return open != 0;
}

/* Behind which open gap that is; more than there are where it is inside one. */
static unsigned behind(const struct lp_repeat *r, size_t at)
{
	unsigned n = 0;

	for (uint32_t open = r->open; open; open &= open - 1) {
		unsigned i = (unsigned)__builtin_ctz(open);

		if (r->gaps.v[i].at < at && at < r->gaps.v[i].end)
			return LP_REPEAT_GAPS + 1;
		if (r->gaps.v[i].end <= at)
			n = i + 1;
	}
	return n;
}

/* False where what is kept neither lies between the open gaps nor has them whole. */
static bool keep(struct lp_repeat *r, struct lp_span whole, const struct lp_span *parts,
		 unsigned n_parts)
{
	for (unsigned i = 0; i < n_parts; i++) {
		size_t at = (uintptr_t)parts[i].ptr - (uintptr_t)whole.ptr, end = at + parts[i].len;
		struct lp_repeat_part *p = &r->parts[i];

		*p = (struct lp_repeat_part){.text = parts[i].ptr, .end = (uint16_t)parts[i].len};
		if (at >= whole.len)
			continue;
		*p = (struct lp_repeat_part){
			.at = (uint16_t)at,
			.end = (uint16_t)end,
			.from = (uint8_t)behind(r, at),
			.to = (uint8_t)behind(r, end),
		};
		if (p->from > LP_REPEAT_GAPS || p->to > LP_REPEAT_GAPS)
			return false;
	}
	r->n_parts = (uint8_t)n_parts;
	return true;
}

static bool learn(struct lp_repeat *r, struct lp_span whole, const struct lp_repeat_gaps *g,
		  const struct lp_span *parts, unsigned n_parts)
{
	bool fits = whole.len && whole.len <= r->max && n_parts <= LP_REPEAT_PARTS;

	if (!fits || !open_gaps(r, whole, g))
		r->tries--;
	r->len = 0;
	if (!fits)
		return false;
	memcpy(r->text, whole.ptr, whole.len);
	r->gaps = *g;
	if (!keep(r, whole, parts, n_parts))
		return false;
	r->len = (uint16_t)whole.len;
	return true;
}

static const struct lp_repeat_gaps none = {.target = LP_REPEAT_GAPS, .length = LP_REPEAT_GAPS};

bool lp_repeat_learn_head(struct lp_repeat *r, const struct lp_http1_head *h, size_t len,
			  const struct lp_span *parts, unsigned n_parts, unsigned free)
{
	struct lp_span whole = lp_span_of(h->text, len);
	struct lp_repeat_gaps g = none;

	find_gaps(&g, h, whole, parts, n_parts, free);
	return learn(r, whole, &g, parts, n_parts);
}

bool lp_repeat_learn_json(struct lp_repeat *r, struct lp_span body, const struct lp_span *parts,
			  unsigned n_parts)
{
	struct lp_repeat_gaps g = none;
	struct lp_jscan_token t;
	struct lp_jscan j;

	lp_jscan_init(&j, body);
	while (lp_jscan_next(&j, &t) > LP_JSCAN_END)
		if (t.type == LP_JSCAN_STRING)
			(void)gap(&g, body, t.text, '"');
	return learn(r, t.type == LP_JSCAN_END ? body : lp_span_of(NULL, 0), &g, parts, n_parts);
}
