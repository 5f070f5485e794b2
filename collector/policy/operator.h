/* SPDX-License-Identifier: MIT */
#ifndef LP_OPERATOR_H
#define LP_OPERATOR_H

/* The operators of conditions, as rows. No state: safe from any thread. */

#include <stdbool.h>

#include "lp_span.h"

enum lp_compare {
	LP_COMPARE_EQUALS,
	LP_COMPARE_EQUALS_NOCASE,
	LP_COMPARE_LIKE,
	LP_COMPARE_ARN,
	LP_COMPARE_NULL,
	LP_COMPARE_ADDRESS, /* an address in a network */
	LP_COMPARE_OTHER,   /* of numbers, times and bytes, which no evidence has */
};

struct lp_operator {
	const char *name;
	enum lp_compare compare;
	bool negated;
	const char *means; /* of LP_COMPARE_OTHER: the operator that it is, or negates */
};

/* An operator as it stands in a policy, taken apart. */
struct lp_parsed_op {
	const struct lp_operator *op; /* NULL: IAM has none of that name */
	bool if_exists, any_value, all_values;
};

struct lp_parsed_op lp_operator_parse(struct lp_span name);

/* Whether values of its kind in a request can be compared here with those of a policy. */
static inline bool lp_operator_compares(const struct lp_operator *op)
{
	return op && op->compare < LP_COMPARE_ADDRESS;
}

#endif
