/* SPDX-License-Identifier: MIT */
#include "operator.h"

#include <stddef.h>

#include "lp_compiler.h"

static const struct lp_operator operators[] = {
	{"StringEquals", LP_COMPARE_EQUALS, false, NULL},
	{"StringNotEquals", LP_COMPARE_EQUALS, true, NULL},
	{"StringEqualsIgnoreCase", LP_COMPARE_EQUALS_NOCASE, false, NULL},
	{"StringNotEqualsIgnoreCase", LP_COMPARE_EQUALS_NOCASE, true, NULL},
	{"StringLike", LP_COMPARE_LIKE, false, NULL},
	{"StringNotLike", LP_COMPARE_LIKE, true, NULL},
	{"ArnEquals", LP_COMPARE_ARN, false, NULL},
	{"ArnNotEquals", LP_COMPARE_ARN, true, NULL},
	{"ArnLike", LP_COMPARE_ARN, false, NULL},
	{"ArnNotLike", LP_COMPARE_ARN, true, NULL},
	{"Bool", LP_COMPARE_EQUALS_NOCASE, false, NULL},
	{"Null", LP_COMPARE_NULL, false, NULL},
	{"IpAddress", LP_COMPARE_ADDRESS, false, NULL},
	{"NotIpAddress", LP_COMPARE_ADDRESS, true, NULL},
	{"NumericEquals", LP_COMPARE_OTHER, false, "NumericEquals"},
	{"NumericNotEquals", LP_COMPARE_OTHER, true, "NumericEquals"},
	{"NumericLessThan", LP_COMPARE_OTHER, false, "NumericLessThan"},
	{"NumericLessThanEquals", LP_COMPARE_OTHER, false, "NumericLessThanEquals"},
	{"NumericGreaterThan", LP_COMPARE_OTHER, false, "NumericGreaterThan"},
	{"NumericGreaterThanEquals", LP_COMPARE_OTHER, false, "NumericGreaterThanEquals"},
	{"DateEquals", LP_COMPARE_OTHER, false, "DateEquals"},
	{"DateNotEquals", LP_COMPARE_OTHER, true, "DateEquals"},
	{"DateLessThan", LP_COMPARE_OTHER, false, "DateLessThan"},
	{"DateLessThanEquals", LP_COMPARE_OTHER, false, "DateLessThanEquals"},
	{"DateGreaterThan", LP_COMPARE_OTHER, false, "DateGreaterThan"},
	{"DateGreaterThanEquals", LP_COMPARE_OTHER, false, "DateGreaterThanEquals"},
	{"BinaryEquals", LP_COMPARE_OTHER, false, "BinaryEquals"},
};

struct lp_parsed_op lp_operator_parse(struct lp_span name)
{
	const struct lp_span any = LP_SPAN("ForAnyValue:"), all = LP_SPAN("ForAllValues:");
	const struct lp_span if_exists = LP_SPAN("IfExists");
	struct lp_parsed_op out = {0};

	if (lp_span_caseeq(lp_span_first(name, any.len), any)) {
		out.any_value = true;
		name = lp_span_from(name, any.len);
	} else if (lp_span_caseeq(lp_span_first(name, all.len), all)) {
		out.all_values = true;
		name = lp_span_from(name, all.len);
	}
	if (name.len > if_exists.len &&
	    lp_span_caseeq(lp_span_from(name, name.len - if_exists.len), if_exists)) {
		out.if_exists = true;
		name.len -= if_exists.len;
	}
	for (size_t i = 0; i < LP_ARRAY_LEN(operators); i++)
		if (lp_span_caseeq(name, lp_span_str(operators[i].name)))
			out.op = &operators[i];
	return out;
}
