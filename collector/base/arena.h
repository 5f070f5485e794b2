/* SPDX-License-Identifier: MIT */
#ifndef LP_ARENA_H
#define LP_ARENA_H

/*
 * Memory for the length of one call: bump allocation out of one block that is reset, not freed,
 * between calls. Bounded: past `max` bytes an allocation fails and the caller drops what it was
 * making. Single-threaded.
 */

#include "lp_compiler.h"
#include "lp_span.h"

struct lp_arena {
	struct lp_arena_block *first, *cur;
	size_t used;  /* in cur */
	size_t total; /* in all blocks, against max */
	size_t max;
	bool full; /* since the last reset something was past max: not the machine's memory ended */
};

/* No allocation yet; never fails. `max` is in bytes. */
void lp_arena_init(struct lp_arena *a, size_t max);
/* Frees all memory. */
void lp_arena_fini(struct lp_arena *a);
/* Forgets all allocations; keeps the first block for reuse. */
void lp_arena_reset(struct lp_arena *a);

/* `size` bytes, 16-aligned, uninitialised; NULL past the bound or out of memory. */
LP_MUST_USE void *lp_arena_alloc(struct lp_arena *a, size_t size);
/*
 * Makes room for item `n` of the array that `*items` (any kind of pointer) points to, with room for
 * `*cap` items of `size` bytes: for `first` at the start, then for twice as many. 0 or -ENOMEM,
 * which leaves all as it was.
 */
LP_MUST_USE int lp_arena_grow(struct lp_arena *a, void *items, size_t n, size_t *cap, size_t first,
			      size_t size);
/* NUL-terminated copy. */
LP_MUST_USE char *lp_arena_strndup(struct lp_arena *a, struct lp_span s);
LP_MUST_USE char *lp_arena_printf(struct lp_arena *a, const char *fmt, ...) LP_PRINTF(2, 3);

#endif
