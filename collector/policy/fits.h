/* SPDX-License-Identifier: MIT */
#ifndef LP_FITS_H
#define LP_FITS_H

/*
 * Whether resources of a policy and actions can have to do with each other. No state: safe from any
 * thread.
 */

#include "model/iam.h"

/*
 * True when some ARN of the type `pattern` ("arn:${Partition}:s3:::${BucketName}") is matched by
 * `resource`, an IAM pattern. A variable takes one character or more; one that begins the resource
 * part takes no '/', which is what tells a bucket from an object; one of `resource` is anything.
 * `owned`: it may lack the account, as what AWS itself owns does:
 * "arn:aws:ssm:...::document/AWS-...". `*` fits none.
 */
bool lp_resource_fits(struct lp_span resource, const char *pattern, bool owned);

/* The same for any of the type's patterns. */
bool lp_type_fits(lp_iam_type t, struct lp_span resource, bool owned);

/*
 * Calls `fn` for each action that matches `pattern` ("s3:Get*", any case). Returns how many did;
 * `fn` may be NULL.
 */
typedef void (*lp_action_fn)(void *ctx, lp_iam_action a);
size_t lp_each_action(struct lp_span pattern, lp_action_fn fn, void *ctx);

#endif
