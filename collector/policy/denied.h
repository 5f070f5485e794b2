/* SPDX-License-Identifier: MIT */
#ifndef LP_DENIED_H
#define LP_DENIED_H

/* What AWS says when it refuses a call for want of permission. No state: safe from any thread. */

#include "aws/call.h"

/* True for error codes, or a bare 403, by which AWS refuses for want of permission. */
bool lp_outcome_denied(struct lp_span error_code, int status);

/*
 * The permission that AWS's own message names as missing ("... is not authorized to perform: ACTION
 * on resource: ARN ..."), from the call's response. True when there is one; strings in `arena`.
 * -ENOMEM is reported as none.
 */
bool lp_denied_grant(const struct lp_call *call, struct lp_arena *arena, struct lp_grant *out);

#endif
