/* SPDX-License-Identifier: MIT */
#ifndef LP_PATTERN_H
#define LP_PATTERN_H

/*
 * IAM patterns: `*` is any run of characters, `?` any one, of however many bytes; `${*}`, `${?}`
 * and `${$}` are these characters themselves. Any other `${...}` is a variable: one string that is
 * not known, so it covers and is covered by itself and `*` only, and may overlap with anything.
 * Source: "IAM JSON policy elements: Resource" and "Policy variables". No state: safe from any
 * thread.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "lp_span.h"

enum lp_pattern_flags {
	LP_PATTERN_NOCASE = 1 << 0, /* letters' case is ignored, as in action names */
};

/* True when it is nothing but `*`, however often that stands: it matches every string. */
bool lp_pattern_is_any(struct lp_span pattern);

/* True when the pattern matches one string only. */
bool lp_pattern_is_literal(struct lp_span pattern);

/* The pattern that matches `name` only, NUL-terminated in `arena`; NULL out of memory. */
LP_MUST_USE char *lp_pattern_quote(struct lp_span name, struct lp_arena *arena);

/* Bytes of the pattern before its first wildcard. */
size_t lp_pattern_prefix(struct lp_span pattern);

/* Bytes of a subject for which a comparison always comes to its end: more than IAM takes. */
#define LP_PATTERN_SURE_MAX 2048

/*
 * True when `pattern` matches everything that `subject`, itself a pattern, matches. May say no
 * where the answer is yes for patterns with several wildcards side by side, and for subjects beyond
 * LP_PATTERN_SURE_MAX; never the reverse.
 */
bool lp_pattern_covers(struct lp_span pattern, struct lp_span subject, unsigned flags);

/* True when some string may be matched by both. May say yes where the answer is no. */
bool lp_pattern_overlaps(struct lp_span a, struct lp_span b, unsigned flags);

/*
 * As lp_pattern_covers for resources: ARNs are compared field by field, as IAM does, so that a
 * wildcard does not reach over a colon of the first five fields; the pattern `*` covers all. An ARN
 * of fewer fields has `*` for the missing: arn:aws:sqs is arn:aws:sqs:*:*:*.
 */
bool lp_arn_covers(struct lp_span pattern, struct lp_span subject);

/* True when the ARN is whole and matches one string only. */
bool lp_arn_is_literal(struct lp_span arn);

/* True when some string may be matched by both; for resources field by field. */
bool lp_arn_overlaps(struct lp_span a, struct lp_span b);

enum lp_arn_fields {
	LP_ARN_SERVICE = 2,
	LP_ARN_REGION,
	LP_ARN_ACCOUNT,
	LP_ARN_RESOURCE,
	LP_ARN_FIELDS,
};

/* All fields as IAM takes them: of an ARN that ends early the rest is `*`. */
void lp_arn_split(struct lp_span arn, struct lp_span out[LP_ARN_FIELDS]);

/* Field `n` (0 to 5) of an ARN as it stands; the last takes all that is left. Empty past the end.
 */
struct lp_span lp_arn_field(struct lp_span arn, unsigned n);

#endif
