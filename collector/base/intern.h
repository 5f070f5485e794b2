/* SPDX-License-Identifier: MIT */
#ifndef LP_INTERN_H
#define LP_INTERN_H

/*
 * Each distinct string once, known by a small number: equal numbers mean equal strings. Strings are
 * only ever added; they live, at fixed addresses, until lp_intern_fini. Single-threaded.
 */

#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

#define LP_INTERN_NONE UINT32_MAX

struct lp_intern {
	struct lp_intern_str *strs; /* by id */
	uint32_t *slots;	    /* open addressing: id + 1, 0 is free */
	uint32_t n_strs, cap_strs;
	uint32_t n_slots;		/* a power of two */
	struct lp_intern_block *blocks; /* the bytes, newest block first */
	size_t block_used;
};

/* No allocation yet; never fails. */
void lp_intern_init(struct lp_intern *t);
void lp_intern_fini(struct lp_intern *t);

/* The number of `s`, added when new. 0, -ENOMEM, or -E2BIG for a string of 4 GiB. */
LP_MUST_USE int lp_intern(struct lp_intern *t, struct lp_span s, uint32_t *id);

/* The number of `s`, or LP_INTERN_NONE when it was never added. */
uint32_t lp_intern_find(const struct lp_intern *t, struct lp_span s);

/* The string, NUL-terminated; `id` must have come from this table. */
const char *lp_intern_str(const struct lp_intern *t, uint32_t id);
struct lp_span lp_intern_span(const struct lp_intern *t, uint32_t id);

#endif
