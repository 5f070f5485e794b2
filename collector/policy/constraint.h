/* SPDX-License-Identifier: MIT */
#ifndef LP_CONSTRAINT_H
#define LP_CONSTRAINT_H

/*
 * What one line of a Condition says of any request, to be compared with what another says. Borrows
 * from the document. No state: safe from any thread.
 */

#include "document.h"
#include "operator.h"

struct lp_constraint {
	const char *key;
	const char *name;	      /* of the operator, as it stands */
	const struct lp_operator *op; /* NULL: it is not known what that means */
	const char *const *values;
	size_t n;
	bool negated; /* it wants none of the values */
	bool absent;  /* it holds where the request does not have the key */
	bool any_value, all_values;
};

struct lp_constraint lp_constraint_of(const struct lp_cond_line *line);

/* What holds where `c` does not. */
struct lp_constraint lp_constraint_not(const struct lp_constraint *c);

/*
 * Whether `b` holds for each request for which `a` does. May say no where the answer is yes; never
 * the reverse. What is compared is taken off `effort`; at 0 the answer is no.
 */
bool lp_constraint_implies(const struct lp_constraint *a, const struct lp_constraint *b,
			   size_t *effort);

/* Whether no request satisfies both, likewise. */
bool lp_constraint_excludes(const struct lp_constraint *a, const struct lp_constraint *b,
			    size_t *effort);

#endif
