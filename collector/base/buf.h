/* SPDX-License-Identifier: MIT */
#ifndef LP_BUF_H
#define LP_BUF_H

/* Bytes that grow and are owned. All zero is a valid, empty buffer. Single-threaded. */

#include "lp_compiler.h"
#include "lp_span.h"

struct lp_buf {
	char *ptr;
	size_t len, cap;
};

/*
 * Adds the bytes at the end, which never takes the buffer past `max`. 0, -E2BIG (nothing was
 * added) or -ENOMEM (likewise).
 */
LP_MUST_USE int lp_buf_add(struct lp_buf *b, struct lp_span s, size_t max);

/* Gives the memory back; the buffer is empty and may be used again. */
void lp_buf_fini(struct lp_buf *b);

/* What is in it; valid until the next call that changes it. */
static inline struct lp_span lp_buf_span(const struct lp_buf *b)
{
	return lp_span_of(b->ptr, b->len);
}

#endif
