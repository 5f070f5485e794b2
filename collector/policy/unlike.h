/* SPDX-License-Identifier: MIT */
#ifndef LP_UNLIKE_H
#define LP_UNLIKE_H

/* What of two policies cannot be compared. No state: safe from any thread. */

#include <stdbool.h>
#include <stddef.h>

#include "document.h"
#include "lp_compiler.h"

/* Items of lists, by text, once each. */
struct lp_items {
	const char **v;
	size_t n, cap;
};

struct lp_unlike {
	/*
	 * Variables stand in one document and as text in the other, which an older version makes of
	 * them; where all are the same text it does not matter that they are no variables.
	 */
	bool variables;
	struct lp_items odd;	 /* resources that the reference has none for, of any service */
	struct lp_items unknown; /* actions that no reference knows */
};

/* Of both, whichever has more. 0 or -ENOMEM; after that there is nothing to free. */
LP_MUST_USE int lp_unlike_find(const struct lp_document *a, const struct lp_document *b,
			       struct lp_unlike *out);
bool lp_unlike_is_odd(const struct lp_unlike *u, const char *resource);
void lp_unlike_fini(struct lp_unlike *u);

#endif
