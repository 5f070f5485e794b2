/* SPDX-License-Identifier: MIT */
#ifndef LP_CMD_DIFF_H
#define LP_CMD_DIFF_H

/* What `leastpriv diff` is made of. Single-threaded. */

#include <stdbool.h>
#include <stddef.h>

#include "lp_compiler.h"

/*
 * Prints what the policies `after`, all together, allow and those before do not, and what of those
 * they no longer do. The exit status: LP_EXIT_NEW when there is some of the first.
 */
LP_MUST_USE int lp_diff_policies(const char *const *before, size_t n_before,
				 const char *const *after, size_t n_after, bool json);

#endif
