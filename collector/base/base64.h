/* SPDX-License-Identifier: MIT */
#ifndef LP_BASE64_H
#define LP_BASE64_H

/* Base64 as people write it: both alphabets of RFC 4648, with padding or without. */

#include "arena.h"
#include "lp_span.h"

/* The value of a digit, -1 for anything else. */
static inline int lp_base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (lp_ascii_digit(c))
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* What `in` stands for; it lives in `arena`. 0, -EBADMSG or -ENOMEM. */
LP_MUST_USE int lp_base64_decode(struct lp_span in, struct lp_arena *arena, struct lp_span *out);

#endif
