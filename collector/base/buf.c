/* SPDX-License-Identifier: MIT */
#include "buf.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_BYTES 64

int lp_buf_add(struct lp_buf *b, struct lp_span s, size_t max)
{
	size_t need, cap;
	char *p;

	if (!s.len)
		return 0;
	if (b->len > max || s.len > max - b->len)
		return -E2BIG;
	need = b->len + s.len;
	if (need > b->cap) {
		/* The first addition is often the only one: take what it needs. */
		cap = b->cap ? b->cap * 2 : FIRST_BYTES;
		if (cap < need)
			cap = need;
		if (cap > max)
			cap = max;
		p = realloc(b->ptr, cap);
		if (!p)
			return -ENOMEM;
		b->ptr = p;
		b->cap = cap;
	}
	memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len = need;
	return 0;
}

void lp_buf_fini(struct lp_buf *b)
{
	free(b->ptr);
	*b = (struct lp_buf){.ptr = NULL};
}
