/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BLOCK (16 * 1024)
#define ARENA_ALIGN 16

struct lp_arena_block {
	struct lp_arena_block *next;
	size_t size;
	_Alignas(ARENA_ALIGN) char data[];
};

void lp_arena_init(struct lp_arena *a, size_t max)
{
	*a = (struct lp_arena){.max = max};
}

static void free_from(struct lp_arena_block *b)
{
	while (b) {
		struct lp_arena_block *next = b->next;

		free(b);
		b = next;
	}
}

void lp_arena_fini(struct lp_arena *a)
{
	free_from(a->first);
	lp_arena_init(a, a->max);
}

void lp_arena_reset(struct lp_arena *a)
{
	if (a->first) {
		free_from(a->first->next);
		a->first->next = NULL;
		a->total = a->first->size;
	}
	a->cur = a->first;
	a->used = 0;
	a->full = false;
}

/* Past the bound. */
static void *refuse(struct lp_arena *a)
{
	a->full = true;
	return NULL;
}

void *lp_arena_alloc(struct lp_arena *a, size_t size)
{
	struct lp_arena_block *b;
	size_t block;
	void *p;

	if (size > a->max)
		return refuse(a);
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (!a->cur || a->cur->size - a->used < size) {
		block = size > ARENA_BLOCK ? size : ARENA_BLOCK;
		if (block > a->max - a->total)
			return refuse(a);
		b = malloc(sizeof(*b) + block);
		if (!b)
			return NULL;
		b->next = NULL;
		b->size = block;
		if (a->cur)
			a->cur->next = b;
		else
			a->first = b;
		a->cur = b;
		a->used = 0;
		a->total += block;
	}
	p = a->cur->data + a->used;
	a->used += size;
	return p;
}

int lp_arena_grow(struct lp_arena *a, void *items, size_t n, size_t *cap, size_t first, size_t size)
{
	size_t more = *cap ? *cap * 2 : first;
	void *old, *bigger;

	if (n < *cap)
		return 0;
	bigger = more > SIZE_MAX / size ? NULL : lp_arena_alloc(a, more * size);
	if (!bigger)
		return -ENOMEM;
	memcpy(&old, items, sizeof(old));
	if (n)
		memcpy(bigger, old, n * size);
	memcpy(items, &bigger, sizeof(bigger));
	*cap = more;
	return 0;
}

char *lp_arena_strndup(struct lp_arena *a, struct lp_span s)
{
	char *p;

	if (s.len == SIZE_MAX)
		return NULL;
	p = lp_arena_alloc(a, s.len + 1);
	if (!p)
		return NULL;
	if (s.len)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	return p;
}

char *lp_arena_printf(struct lp_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	p = lp_arena_alloc(a, (size_t)n + 1);
	if (!p)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}
