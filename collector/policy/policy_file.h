/* SPDX-License-Identifier: MIT */
#ifndef LP_POLICY_FILE_H
#define LP_POLICY_FILE_H

/* A policy from a file, ready to be asked. Single-threaded. */

#include <stdbool.h>

#include "evaluate.h"
#include "read.h"

struct lp_policy_file {
	struct lp_arena arena; /* owns the document */
	struct lp_document doc;
	size_t room; /* for statements, once another policy was added */
	struct lp_evaluator *evaluator;
	char account[13]; /* the one that stands in all ARNs that have one, or "" */
};

/* Says on stderr, as FILE:LINE:COLUMN, why a policy cannot be used; then there is nothing to free.
 */
LP_MUST_USE bool lp_policy_file_load(const char *path, struct lp_policy_file *out);
/* The same of what a caller may do: a resource's own policy, which has a Principal, is of no use.
 */
LP_MUST_USE bool lp_policy_file_load_identity(const char *path, struct lp_policy_file *out);
/*
 * Adds another policy of the same caller to one that was loaded: AWS asks all of them, and so does
 * the evaluator, which is there again after lp_policy_file_added. 0; -EPERM: as above it is of no
 * use, which was said, and there is nothing left to free; or, unless it `must` be a policy,
 * -EINVAL: the file holds none, nothing was said, and `f` is what it was.
 */
LP_MUST_USE int lp_policy_file_add(const char *path, bool must, struct lp_policy_file *f);
/* After the last was added. 0 or -ENOMEM. */
LP_MUST_USE int lp_policy_file_added(struct lp_policy_file *f);
/* `f` may be all zeroes. */
void lp_policy_file_fini(struct lp_policy_file *f);

#endif
