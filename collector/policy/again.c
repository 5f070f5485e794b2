/* SPDX-License-Identifier: MIT */
#include "again.h"

#include <stdlib.h>

#define TEXT_MAX 2048 /* bytes of all parts; longer evidence is read each time */

/* Later evidence takes the place of earlier. */
struct slot {
	uint64_t hash;
	uint16_t n, cap; /* parts; bytes allocated */
	uint16_t len[LP_AGAIN_PARTS];
	char *text; /* the parts, one behind the other */
	struct lp_trace trace;
};

struct lp_again {
	/* What was asked about last; no parts when it is too long to be remembered. */
	struct lp_span parts[LP_AGAIN_PARTS];
	unsigned n;
	size_t len;
	uint64_t hash;
	unsigned n_slots;
	struct slot slots[];
};

struct lp_again *lp_again_new(unsigned slots)
{
	struct lp_again *a = calloc(1, sizeof(*a) + slots * sizeof(a->slots[0]));

	if (a)
		a->n_slots = slots;
	return a;
}

void lp_again_free(struct lp_again *a)
{
	for (unsigned i = 0; a && i < a->n_slots; i++)
		free(a->slots[i].text);
	free(a);
}

static uint64_t hash_of(uint64_t h, struct lp_span s)
{
	uint64_t w;

	h ^= s.len;
	for (; s.len >= sizeof(w); s = lp_span_of(s.ptr + sizeof(w), s.len - sizeof(w))) {
		memcpy(&w, s.ptr, sizeof(w));
		h = (h ^ w) * 0xff51afd7ed558ccdull;
		h ^= h >> 32;
	}
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 0x100000001b3ull;
	return h ^ h >> 29;
}

static bool is_same(const struct slot *s, const struct lp_again *a)
{
	const char *text = s->text;

	if (!text || s->hash != a->hash || s->n != a->n)
		return false;
	for (unsigned i = 0; i < a->n; i++) {
		size_t len = a->parts[i].len;

		if (s->len[i] != len || (len && memcmp(text, a->parts[i].ptr, len)))
			return false;
		text += len;
	}
	return true;
}

const struct lp_trace *lp_again_find(struct lp_again *a, const struct lp_span *parts, unsigned n)
{
	const struct slot *s;

	if (!a)
		return NULL;
	a->n = n;
	a->len = 0;
	a->hash = 0x9e3779b97f4a7c15ull;
	for (unsigned i = 0; i < n; i++) {
		a->parts[i] = parts[i];
		a->len += parts[i].len;
	}
	if (a->len > TEXT_MAX)
		a->n = 0;
	for (unsigned i = 0; i < a->n; i++)
		a->hash = hash_of(a->hash, parts[i]);
	s = &a->slots[a->hash & (a->n_slots - 1)];
	return a->n && is_same(s, a) ? &s->trace : NULL;
}

void lp_again_learn(struct lp_again *a, const struct lp_ledger *l)
{
	struct lp_trace trace;
	struct slot *s;
	char *text;

	if (!a || !a->n)
		return;
	lp_ledger_trace(l, &trace);
	if (trace.n > LP_TRACE_MAX)
		return;
	s = &a->slots[a->hash & (a->n_slots - 1)];
	if (a->len > s->cap || !s->text) {
		text = realloc(s->text, a->len + !a->len);
		if (!text)
			return;
		s->text = text;
		s->cap = (uint16_t)a->len;
	}
	text = s->text;
	for (unsigned i = 0; i < a->n; i++) {
		s->len[i] = (uint16_t)a->parts[i].len;
		if (s->len[i])
			memcpy(text, a->parts[i].ptr, s->len[i]);
		text += s->len[i];
	}
	s->n = (uint16_t)a->n;
	s->hash = a->hash;
	s->trace = trace;
}
