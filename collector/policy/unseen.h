/* SPDX-License-Identifier: MIT */
#ifndef LP_UNSEEN_H
#define LP_UNSEEN_H

/*
 * What could not be seen, as call logs and ledgers have it: a set with counts. Adding the same
 * twice changes the count only, and nothing depends on the order of adding. Single-threaded.
 */

#include "base/arena.h"
#include "base/intern.h"

#define LP_COUNT_MAX UINT64_C(999999999999999) /* what a call log can say; more is as much */

/* Strings are not NULL. */
struct lp_unseen {
	int pid;	     /* of the first; 0 unknown. No part of the set */
	const char *program; /* who connected or started it; "" unknown */
	const char *kind;    /* what `name` is: "host", "program", "call" or "capture" */
	const char *name, *service, *reason, *advice; /* service and advice may be "" */
	uint64_t count;
};

static inline uint64_t lp_count_add(uint64_t a, uint64_t b)
{
	return b < LP_COUNT_MAX && a < LP_COUNT_MAX - b ? a + b : LP_COUNT_MAX;
}

struct lp_unseen_set {
	struct lp_intern keys; /* the texts of each, joined */
	uint64_t *counts;      /* by key */
	size_t cap;
};

/*
 * What a log or capture lacks: `count` of something. It is named without its folders, which are
 * nobody else's; strings are borrowed.
 */
struct lp_unseen lp_unseen_in_file(const char *path, const char *reason, uint64_t count);

void lp_unseen_init(struct lp_unseen_set *s);
void lp_unseen_fini(struct lp_unseen_set *s);
LP_MUST_USE int lp_unseen_add(struct lp_unseen_set *s, const struct lp_unseen *u);

/*
 * All of them, in an order that depends on their texts alone; free() the list. Strings live as long
 * as the set.
 */
LP_MUST_USE int lp_unseen_list(const struct lp_unseen_set *s, struct lp_unseen **list, size_t *n);

/* The whole of it as a line for summaries; NULL when the arena is full. */
const char *lp_unseen_sentence(const struct lp_unseen *u, struct lp_arena *arena);

#endif
