/* SPDX-License-Identifier: MIT */
#ifndef LP_CALLLOG_IMPL_H
#define LP_CALLLOG_IMPL_H

/* What the writer and the reader of call logs share. */

#include "calllog.h"

#define LP_FLAG_NAMES 4

/* Flags of grants, as their names in a log. */
struct lp_flag_name {
	unsigned flag;
	const char *name;
};
extern const struct lp_flag_name lp_flag_names[LP_FLAG_NAMES];

/* lp_calllog_line of the calls that `filter` (NULL: all) wants; *taken: it had one. */
LP_MUST_USE int lp_calllog_line_if(struct lp_span line, struct lp_ledger *l,
				   struct lp_arena *scratch, struct lp_calllog_filter *filter,
				   bool *taken, const char **why);

/* Whether a call of that time is in the filter's. */
bool lp_calllog_within(const struct lp_calllog_filter *filter, int64_t first_ns, int64_t last_ns);

#endif
