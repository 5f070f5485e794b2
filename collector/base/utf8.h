/* SPDX-License-Identifier: MIT */
#ifndef LP_UTF8_H
#define LP_UTF8_H

/*
 * UTF-8 (RFC 3629), of which names in traffic are usually, not always, made. No state: safe from
 * any thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

/*
 * Takes one code point off the front of `*s`, which is not empty: the code point, or -1 for a byte
 * that is not part of UTF-8 (surrogates and overlong forms are none).
 */
int32_t lp_utf8_next(struct lp_span *s);

/*
 * True for control characters, C1 among them, for those that end a line or turn the direction of
 * what follows (U+2028 to U+202E, U+2066 to U+2069), and for -1: what must not reach a terminal, or
 * it may show another name than the one that is meant.
 */
static inline bool lp_utf8_is_control(int32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069);
}

/* Puts '?' for each of these, in place; NUL-terminated text never grows. */
void lp_utf8_make_plain(char *text);

/*
 * The same text with U+FFFD for each byte that is not part of UTF-8: `s` itself when there is none,
 * else NUL-terminated in `arena`. The empty span with ptr NULL when out of memory.
 */
struct lp_span lp_utf8_clean(struct lp_span s, struct lp_arena *arena);

#endif
