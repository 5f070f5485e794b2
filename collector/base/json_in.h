/* SPDX-License-Identifier: MIT */
#ifndef LP_JSON_IN_H
#define LP_JSON_IN_H

/*
 * A JSON text (RFC 8259) in memory, token by token, with positions. Checks the whole grammar as it
 * goes, never looks past the end, keeps no heap. Bytes in strings need not be UTF-8.
 * Single-threaded.
 */

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "arena.h"

#define LP_JSON_DEPTH_MAX 64 /* objects and arrays inside each other; more is an error */

enum lp_json_type {
	LP_JSON_END,	/* the text is over; nothing but white space was left */
	LP_JSON_OBJECT, /* '{' */
	LP_JSON_OBJECT_END,
	LP_JSON_ARRAY, /* '[' */
	LP_JSON_ARRAY_END,
	LP_JSON_KEY, /* name of a member; its value is the next token */
	LP_JSON_STRING,
	LP_JSON_NUMBER,
	LP_JSON_TRUE,
	LP_JSON_FALSE,
	LP_JSON_NULL,
};

struct lp_json_token {
	enum lp_json_type type;
	struct lp_span raw; /* KEY and STRING: between the quotes; NUMBER: all of it */
	bool escaped;	    /* raw holds a backslash */
	size_t offset;	    /* of the token's first byte */
};

struct lp_json {
	struct lp_span in;
	size_t pos;
	uint64_t in_object; /* one bit for each level, the innermost lowest */
	unsigned depth;
	unsigned state;
	const char *error; /* set when lp_json_next fails; a constant */
};

void lp_json_init(struct lp_json *j, struct lp_span in);

/* 0, or -EBADMSG with j->error set and j->pos at the fault; then every further call fails. */
LP_MUST_USE int lp_json_next(struct lp_json *j, struct lp_json_token *t);

/* After OBJECT or ARRAY: goes on past its end. After any other token does nothing. */
LP_MUST_USE int lp_json_skip(struct lp_json *j, const struct lp_json_token *t);

/*
 * Length of the bytes at the start of `s` that stand for themselves in a string: up to a quote, a
 * backslash or a control character. Nearly all of a log goes through here, so many at a time.
 */
static inline size_t lp_json_plain_run(struct lp_span s)
{
	size_t n = 0;

#ifdef __SSE2__
	const __m128i quotes = _mm_set1_epi8('"'), slashes = _mm_set1_epi8('\\'),
		      controls = _mm_set1_epi8(0x1f);

	for (; s.len - n >= sizeof(__m128i); n += sizeof(__m128i)) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(s.ptr + n));
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(x, quotes), _mm_cmpeq_epi8(x, slashes));
		unsigned mask;

		hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(x, controls), x));
		mask = (unsigned)_mm_movemask_epi8(hit);
		if (mask)
			return n + (size_t)__builtin_ctz(mask);
	}
#elif __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;

	for (; s.len - n >= sizeof(uint64_t); n += sizeof(uint64_t)) {
		uint64_t x, quote, slash, hit;

		memcpy(&x, s.ptr + n, sizeof(x));
		quote = x ^ ones * '"';
		slash = x ^ ones * '\\';
		/* The lowest marked byte is always a true one. */
		hit = (((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) |
		       ((slash - ones) & ~slash)) &
		      tops;
		if (hit)
			return n + (size_t)__builtin_ctzll(hit) / 8;
	}
#endif
	while (n < s.len && (unsigned char)s.ptr[n] >= 0x20 && s.ptr[n] != '"' && s.ptr[n] != '\\')
		n++;
	return n;
}

/*
 * The text of a KEY or STRING, NUL-terminated in `arena` or, without escapes, borrowed from the
 * input (then not NUL-terminated). U+0000 and lone surrogates become U+FFFD. -ENOMEM.
 */
LP_MUST_USE int lp_json_text(const struct lp_json_token *t, struct lp_arena *arena,
			     struct lp_span *out);

#endif
