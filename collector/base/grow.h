/* SPDX-License-Identifier: MIT */
#ifndef LP_GROW_H
#define LP_GROW_H

/* Arrays on the heap that get one item after the other. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lp_compiler.h"

/*
 * Makes room for item `n` of the array that `*items` (any kind of pointer, NULL to begin with)
 * points to, with room for `*cap` items of `size` bytes: for `first` at the start, then by half as
 * much again, as realloc may need old and new at once. 0 or -ENOMEM, which leaves all as it was.
 */
LP_MUST_USE static inline int lp_grow(void *items, size_t n, size_t *cap, size_t first, size_t size)
{
	size_t more = *cap ? *cap + *cap / 2 + 1 : first;
	void *p, *bigger;

	if (n < *cap)
		return 0;
	if (more > SIZE_MAX / size)
		return -ENOMEM;
	memcpy(&p, items, sizeof(p));
	bigger = realloc(p, more * size);
	if (!bigger)
		return -ENOMEM;
	memcpy(items, &bigger, sizeof(bigger));
	*cap = more;
	/* cppcheck-suppress memleak ; it is in *items now */
	return 0;
}

/* The same; what is new is zeroed. */
LP_MUST_USE static inline int lp_grow_zeroed(void *items, size_t n, size_t *cap, size_t first,
					     size_t size)
{
	size_t before = *cap;
	int err = lp_grow(items, n, cap, first, size);
	char *p;

	if (!err && *cap > before) {
		memcpy(&p, items, sizeof(p));
		memset(p + before * size, 0, (*cap - before) * size);
	}
	return err;
}

#endif
