/* SPDX-License-Identifier: MIT */
#ifndef LP_SPAN_H
#define LP_SPAN_H

/*
 * A span borrows bytes that somebody else owns; it never frees and never outlives them. Not
 * NUL-terminated, may hold any byte. The empty span is {NULL, 0} or any pointer with len 0.
 * Everything here is free of malloc, locks and libc state, so the shim uses it too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lp_compiler.h"

struct lp_span {
	const char *ptr;
	size_t len;
};

/* A span over a string literal, without strlen at run time. */
#define LP_SPAN(lit) ((struct lp_span){(lit), sizeof(lit) - 1})

static inline struct lp_span lp_span_of(const char *ptr, size_t len)
{
	return (struct lp_span){ptr, len};
}

/* A span over a NUL-terminated string; NULL gives the empty span. */
static inline struct lp_span lp_span_str(const char *s)
{
	return (struct lp_span){s, s ? strlen(s) : 0};
}

static inline bool lp_span_eq(struct lp_span a, struct lp_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline char lp_ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool lp_ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool lp_ascii_alpha(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static inline bool lp_ascii_alnum(char c)
{
	return lp_ascii_digit(c) || lp_ascii_alpha(c);
}

/* Value of a hexadecimal digit in either case, -1 for anything else. */
static inline int lp_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lp_ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Equal but for the case of ASCII letters; no locale is consulted. */
static inline bool lp_span_caseeq(struct lp_span a, struct lp_span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lp_ascii_lower(a.ptr[i]) != lp_ascii_lower(b.ptr[i]))
			return false;
	return true;
}

static inline bool lp_span_starts(struct lp_span s, struct lp_span prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool lp_span_holds(struct lp_span s, struct lp_span part)
{
	return part.len == 0 ||
	       (s.len >= part.len && memmem(s.ptr, s.len, part.ptr, part.len) != NULL);
}

static inline bool lp_span_ends(struct lp_span s, struct lp_span suffix)
{
	return s.len >= suffix.len &&
	       (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/*
 * Whether `s` begins like `shape`, in which 0 is a digit, x a hexadecimal one, and all else itself.
 */
static inline bool lp_span_like(struct lp_span s, const char *shape)
{
	size_t i = 0;

	for (; shape[i]; i++)
		if (i == s.len || (shape[i] == '0'   ? !lp_ascii_digit(s.ptr[i])
				   : shape[i] == 'x' ? lp_hex_digit(s.ptr[i]) < 0
						     : s.ptr[i] != shape[i]))
			return false;
	return true;
}

/* The part from byte `from` on; empty when `from` lies past the end. */
static inline struct lp_span lp_span_from(struct lp_span s, size_t from)
{
	return from < s.len ? lp_span_of(s.ptr + from, s.len - from) : lp_span_of(NULL, 0);
}

/* The first `len` bytes, or all when there are fewer. */
static inline struct lp_span lp_span_first(struct lp_span s, size_t len)
{
	return lp_span_of(s.ptr, len < s.len ? len : s.len);
}

/* Index of the first `c`, or s.len when there is none. */
static inline size_t lp_span_find(struct lp_span s, char c)
{
	const char *p;

	if (s.len > PTRDIFF_MAX) /* no object is that large; spares gcc a false warning */
		__builtin_unreachable();
	p = LP_LIKELY(s.len) ? memchr(s.ptr, c, s.len) : NULL;

	return p ? (size_t)(p - s.ptr) : s.len;
}

/* The last part of a path: what stands behind its last slash. */
static inline const char *lp_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Without spaces and tabs at both ends (HTTP's OWS, RFC 9110 section 5.6.3). */
static inline struct lp_span lp_span_trim(struct lp_span s)
{
	while (LP_UNLIKELY(s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t')))
		s = lp_span_of(s.ptr + 1, s.len - 1);
	while (LP_UNLIKELY(s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')))
		s.len--;
	return s;
}

#endif
