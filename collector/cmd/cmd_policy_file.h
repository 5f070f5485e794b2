/* SPDX-License-Identifier: MIT */
#ifndef LP_CMD_POLICY_FILE_H
#define LP_CMD_POLICY_FILE_H

/* What the subcommands that read a policy share. */

#include <stdbool.h>

#include "policy/read.h"

/* Reads a policy; says on stderr, as FILE:LINE:COLUMN, why it cannot be used. */
LP_MUST_USE bool lp_load_policy(const char *path, struct lp_arena *arena, struct lp_document *out);

/* The account that stands in all of a policy's ARNs that have one; false when there is no such. */
bool lp_policy_account(const struct lp_document *doc, char account[13]);

#endif
