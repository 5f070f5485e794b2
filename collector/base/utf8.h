/* SPDX-License-Identifier: MIT */
#ifndef LP_UTF8_H
#define LP_UTF8_H

/* UTF-8 (RFC 3629), of which names in traffic are usually, not always, made. */

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

/*
 * Takes one code point off the front of `*s`, which is not empty: the code point, or -1 for a byte
 * that is not part of UTF-8 (surrogates and overlong forms are none).
 */
int32_t lp_utf8_next(struct lp_span *s);

/* True for control characters, C1 among them, and for -1: what must not reach a terminal. */
static inline bool lp_utf8_is_control(int32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0);
}

/* Puts '?' for each of these, in place; NUL-terminated text never grows. */
void lp_utf8_make_plain(char *text);

/*
 * The same text with U+FFFD for each byte that is not part of UTF-8: `s` itself when there is none,
 * else NUL-terminated in `arena`. The empty span with ptr NULL when out of memory.
 */
struct lp_span lp_utf8_clean(struct lp_span s, struct lp_arena *arena);

#endif
