/* SPDX-License-Identifier: MIT */
#include "repeat.h"

#include "json.h"

#define TRIES 4

/* Both are compared so many bytes at a time. */
typedef signed char block __attribute__((vector_size(16)));

static block block_at(const char *p)
{
	block b;

	memcpy(&b, p, sizeof(b));
	return b;
}

/* Bits that are set where `b` may not be at the place of `known`. */
static inline block unlike(block known, block b, char end1, char end2)
{
	block free = (block)(known == 0), ends = (block)(b == end1) | (block)(b == end2);

	return ((known ^ b) & ~free) | (ends & free);
}

/* The two: what ends what is free, which therefore it cannot have. */
static inline __attribute__((always_inline)) bool is(struct lp_repeat *r, struct lp_span in,
						     char end1, char end2)
{
	size_t len = r->len, last = len - sizeof(block);
	block found;
	uint64_t bits[2];

	if (!len || in.len < len)
		return false;
	/* All of it, whatever is found on the way: nearly always it is. */
	found = unlike(block_at(r->text + last), block_at(in.ptr + last), end1, end2);
	for (size_t i = 0; i < last; i += sizeof(block))
		found |= unlike(block_at(r->text + i), block_at(in.ptr + i), end1, end2);
	memcpy(bits, &found, sizeof(bits));
	if (bits[0] | bits[1])
		return false;
	r->tries = TRIES;
	r->last = r->len;
	return true;
}

LP_HOT bool lp_repeat_is_head(struct lp_repeat *r, struct lp_span in)
{
	return is(r, in, '\n', '\n');
}

LP_HOT bool lp_repeat_is_json(struct lp_repeat *r, struct lp_span in)
{
	return is(r, in, '"', '\\');
}

void lp_repeat_init(struct lp_repeat *r, char *text, size_t max)
{
	r->text = text;
	r->max = (uint16_t)max;
	r->len = r->last = 0;
	r->tries = TRIES;
}

LP_HOT unsigned lp_repeat_parts(const struct lp_repeat *r, const char *at,
				struct lp_span parts[LP_REPEAT_PARTS])
{
	for (unsigned i = 0; i < r->n_parts; i++) {
		const struct lp_repeat_part *p = &r->parts[i];

		parts[i] = lp_span_of(p->text ? p->text : at + p->at, p->len);
	}
	return r->n_parts;
}

bool lp_repeat_worth(struct lp_repeat *r, size_t len)
{
	bool worth = len == r->last && r->tries;

	r->last = len <= r->max ? (uint16_t)len : 0;
	return worth;
}

/* Does anybody look at the value of that field, but to keep it as it is? */
static bool means_something(const struct lp_http1_header *f)
{
	return f->id != LP_HDR_OTHER && f->id != LP_HDR_PLAIN;
}

/* Where what is kept of the line from `line` on ends, if it is kept from its start but not whole;
 * else `end`. */
static size_t kept_to(const struct lp_http1_head *h, const struct lp_span *parts, unsigned n_parts,
		      size_t line, size_t end)
{
	for (unsigned i = 0; i < n_parts; i++) {
		uintptr_t at = (uintptr_t)parts[i].ptr - (uintptr_t)h->text;

		if (at <= line && at + parts[i].len > line && at + parts[i].len < end)
			return at + parts[i].len;
	}
	return end;
}

/* The value of a line that nobody looks at may be another one. */
static void free_value(struct lp_repeat *r, size_t from, size_t end)
{
	while (end > from && (r->text[end - 1] == '\n' || r->text[end - 1] == '\r'))
		end--;
	if (end > from)
		memset(r->text + from, 0, end - from);
}

static void free_values(struct lp_repeat *r, const struct lp_http1_head *h, size_t len,
			const struct lp_span *parts, unsigned n_parts)
{
	const struct lp_http1_header *f = h->headers, *end = f + h->n_headers;

	for (size_t line = h->start.len, next; line < len; line = next) {
		struct lp_span text = lp_span_of(h->text + line, len - line);
		size_t colon, kept;

		text = lp_span_first(text, lp_span_find(text, '\n') + 1);
		next = line + text.len;
		colon = lp_span_find(text, ':');
		while (f < end && f->at < line)
			f++;
		/* More of the line before, or no field at all. */
		if (text.ptr[0] == ' ' || text.ptr[0] == '\t' || colon == text.len)
			continue;
		if (f == end || f->at != line || !means_something(f)) {
			free_value(r, line + colon + 1, next);
		} else if (f->id == LP_HDR_AUTHORIZATION && !h->response) {
			/* Behind the comma that follows what is kept comes the signature. */
			kept = kept_to(h, parts, n_parts, line, next);
			if (kept < next && h->text[kept] == ',')
				free_value(r, kept + 1, next);
		}
	}
}

/* Nothing is free in it yet. */
static bool learn(struct lp_repeat *r, struct lp_span whole, const struct lp_span *parts,
		  unsigned n_parts)
{
	r->len = 0;
	r->tries--;
	if (whole.len < sizeof(block) || whole.len > r->max || n_parts > LP_REPEAT_PARTS ||
	    memchr(whole.ptr, 0, whole.len))
		return false;
	memcpy(r->text, whole.ptr, whole.len);
	for (unsigned i = 0; i < n_parts; i++) {
		uintptr_t at = (uintptr_t)parts[i].ptr - (uintptr_t)whole.ptr;
		bool own = at < whole.len;

		r->parts[i] = (struct lp_repeat_part){
			own ? NULL : parts[i].ptr, own ? (uint16_t)at : 0, (uint16_t)parts[i].len};
	}
	r->n_parts = (uint8_t)n_parts;
	r->len = (uint16_t)whole.len;
	return true;
}

bool lp_repeat_learn_head(struct lp_repeat *r, const struct lp_http1_head *h, size_t len,
			  const struct lp_span *parts, unsigned n_parts)
{
	if (!learn(r, lp_span_of(h->text, len), parts, n_parts))
		return false;
	free_values(r, h, len, parts, n_parts);
	return true;
}

bool lp_repeat_learn_json(struct lp_repeat *r, struct lp_span body, const struct lp_span *parts,
			  unsigned n_parts)
{
	struct lp_jscan_token t;
	struct lp_jscan j;

	if (!learn(r, body, parts, n_parts))
		return false;
	lp_jscan_init(&j, body);
	while (lp_jscan_next(&j, &t) > LP_JSCAN_END)
		if (t.type == LP_JSCAN_STRING && t.text.len)
			memset(r->text + (t.text.ptr - body.ptr), 0, t.text.len);
	if (t.type != LP_JSCAN_END)
		r->len = 0;
	return r->len > 0;
}
