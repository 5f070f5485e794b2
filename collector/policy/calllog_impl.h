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

#endif
