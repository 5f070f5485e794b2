/* SPDX-License-Identifier: MIT */
#ifndef LP_LOWER_H
#define LP_LOWER_H

/* Comparing with words that are written in lower case: the other side may have any case. */

#include <stdint.h>

#include "lp_span.h"

/*
 * True when the `n` bytes at `s` are those of `lower`, the case of ASCII letters aside. `lower`
 * may hold letters, digits, '-', '_' and '.'. Eight bytes at a time: names are compared for every
 * header of every request. Setting bit 5 also maps a few control characters and '@' to '[' on
 * other signs; callers pass tokens, in which these do not occur, or names that are merely dropped.
 */
static inline bool lp_lower_eq(const char *s, const char *lower, size_t n)
{
	const uint64_t bits = UINT64_C(0x2020202020202020);
	uint64_t a, b;

	for (; n >= 8; n -= 8, s += 8, lower += 8) {
		memcpy(&a, s, 8);
		memcpy(&b, lower, 8);
		if ((a | bits) != (b | bits))
			return false;
	}
	for (; n; n--, s++, lower++)
		if ((*s | 0x20) != (*lower | 0x20))
			return false;
	return true;
}

static inline bool lp_lower_is(struct lp_span s, struct lp_span lower)
{
	return s.len == lower.len && lp_lower_eq(s.ptr, lower.ptr, s.len);
}

static inline bool lp_lower_ends(struct lp_span s, struct lp_span lower)
{
	return s.len >= lower.len && lp_lower_eq(s.ptr + (s.len - lower.len), lower.ptr, lower.len);
}

#endif
