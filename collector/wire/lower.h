/* SPDX-License-Identifier: MIT */
#ifndef LP_LOWER_H
#define LP_LOWER_H

/* Comparing with words that are written in lower case: the other side may have any case. */

#include <stdint.h>

#include "lp_span.h"

static inline bool lp_lower_eq8(const char *s, const char *lower)
{
	const uint64_t bits = UINT64_C(0x2020202020202020);
	uint64_t a, b;

	memcpy(&a, s, 8);
	memcpy(&b, lower, 8);
	return (a | bits) == (b | bits);
}

/*
 * True when the `n` bytes at `s` are those of `lower`, the case of ASCII letters aside. `lower`
 * may hold letters, digits, '-', '_' and '.'. Eight bytes at a time, the last overlapping those
 * before: names are compared for every header of every request. Setting bit 5 also maps a few
 * control characters and '@' to '[' on other signs; callers pass tokens, in which these do not
 * occur, or names that are merely dropped.
 */
static inline bool lp_lower_eq(const char *s, const char *lower, size_t n)
{
	size_t at = 0;

	if (n >= 8) {
		for (; at < n - 8; at += 8)
			if (!lp_lower_eq8(s + at, lower + at))
				return false;
		return lp_lower_eq8(s + n - 8, lower + n - 8);
	}
	for (; at < n; at++)
		if ((s[at] | 0x20) != (lower[at] | 0x20))
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
