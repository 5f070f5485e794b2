/* SPDX-License-Identifier: MIT */
#ifndef LP_UNLIKE_H
#define LP_UNLIKE_H

/* What of two policies cannot be compared. No state: safe from any thread. */

#include <stdbool.h>
#include <stddef.h>

#include "document.h"
#include "lp_compiler.h"

/*
 * Whether variables stand in one document and as text in the other, which an older version makes of
 * them; where all are the same text it does not matter that they are no variables.
 */
bool lp_unlike_variables(const struct lp_document *less, const struct lp_document *more);

/* Resources that the reference has none for, whatever their service is; by address. */
struct lp_odd {
	const char **v;
	size_t n, cap;
};

/* Those of both. 0 or -ENOMEM; after that there is nothing to free. */
LP_MUST_USE int lp_odd_find(const struct lp_document *less, const struct lp_document *more,
			    struct lp_odd *out);
bool lp_odd_has(const struct lp_odd *odd, const char *const *item);
void lp_odd_fini(struct lp_odd *odd);

#endif
