/* SPDX-License-Identifier: MIT */
#ifndef LP_COMPARE_H
#define LP_COMPARE_H

/* Orders of strings, as strcmp has it. */

#include <stddef.h>
#include <string.h>

#include "lp_span.h"

/* For qsort of an array of strings. */
static inline int lp_compare_str(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* For qsort of an array of spans. */
static inline int lp_compare_span(const void *a, const void *b)
{
	const struct lp_span *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int c = n ? memcmp(x->ptr, y->ptr, n) : 0;

	return c ? c : (x->len > y->len) - (x->len < y->len);
}

/* By the first of `n` strings that is not the same in both. */
static inline int lp_compare_strs(const char *const *a, const char *const *b, size_t n)
{
	int c = 0;

	for (size_t i = 0; i < n && !c; i++)
		c = strcmp(a[i], b[i]);
	return c;
}

#endif
