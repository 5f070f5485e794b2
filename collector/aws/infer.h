/* SPDX-License-Identifier: MIT */
#ifndef LP_INFER_H
#define LP_INFER_H

/*
 * Which permissions a call needs of which the tables have no rows: an operation that is newer than
 * they are, or one of a document loaded at run time. The action is what the document says, else the
 * one of the operation's own name where the reference has it. Resources are found by names alone:
 * values that are ARNs fitting a pattern, and members called like a pattern's variables.
 */

#include "authorize.h"

/* As lp_authorize(). `cls` may be one that was not recognised but has a wire name. */
LP_MUST_USE int lp_infer(const struct lp_request *req, const struct lp_classified *cls,
			 struct lp_arena *arena, struct lp_authz *out);

/*
 * Adds to *out, which the tables gave, what loaded documents list for the operation beside it: as
 * possible grants, or instead of it where they list nothing of it.
 */
LP_MUST_USE int lp_infer_more(const struct lp_request *req, const struct lp_classified *cls,
			      struct lp_arena *arena, struct lp_authz *out);

/*
 * Adds to *out what AWS's reference lists as dependent on its actions, as possible grants: but for
 * what the operation's own rows decide on by the request.
 */
LP_MUST_USE int lp_infer_dependents(const struct lp_classified *cls, struct lp_arena *arena,
				    struct lp_authz *out);

#endif
