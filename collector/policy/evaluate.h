/* SPDX-License-Identifier: MIT */
#ifndef LP_EVALUATE_H
#define LP_EVALUATE_H

/*
 * A small evaluator of identity policies, by the rules of IAM: an explicit deny wins, then an
 * allow, else it is denied. It answers for a grant, that is for a whole pattern of resources:
 * allowed only when all of it is, denied explicitly when any of it is.
 *
 * Condition operators known: String{Equals,Like}, their Not and IgnoreCase forms, Arn{Equals,Like}
 * and their Not forms, Bool, Null, and the forms with IfExists, ForAnyValue: and ForAllValues:. A
 * statement with any other operator never allows, and is taken to deny. aws:RequestedRegion is the
 * resource's region where the context does not tell it. An evaluator never changes: any
 * thread may ask it.
 */

#include <stdint.h>

#include "document.h"
#include "lp_compiler.h"
#include "lp_span.h"

enum lp_decision {
	LP_ALLOWED,
	LP_DENIED_IMPLICITLY,
	LP_DENIED_EXPLICITLY,
};

struct lp_evaluator;

/* Borrows the documents. 0 or -ENOMEM. */
LP_MUST_USE int lp_evaluator_new(const struct lp_document *docs, size_t n_docs,
				 struct lp_evaluator **out);
void lp_evaluator_free(struct lp_evaluator *ev);

/*
 * Decides on `action` on `resource` (an IAM pattern; NULL: not known, any will do) with the context
 * given by `conditions`, a text of policy/condset.h. `statement`, unless NULL, is set to the
 * statement that decided, or NULL.
 */
enum lp_decision lp_evaluate(const struct lp_evaluator *ev, const char *action,
			     const char *resource, const char *conditions,
			     const struct lp_statement **statement);

/* Where a permission was found; all zeroes at first. */
struct lp_near {
	size_t wild;
	uint32_t use;
};

/*
 * Whether lp_evaluate would allow this, for many permissions in order: each is looked for first
 * where the last was found, and what is looked at is taken off `effort`. False, too, when that came
 * to 0; documents with Deny or NotResource are gone through whole.
 */
bool lp_evaluate_next(const struct lp_evaluator *ev, const char *action, const char *resource,
		      const char *conditions, struct lp_near *near, size_t *effort);

/*
 * Of what is not allowed: the key of a condition on which it hangs and of which the context does
 * not tell a value, as it stands in the policy; NULL when there is none. Arguments as above;
 * `statement` is the one by which lp_evaluate denied it explicitly, else NULL.
 */
const char *lp_evaluate_untold(const struct lp_evaluator *ev, const char *action,
			       const char *resource, const char *conditions,
			       const struct lp_statement *statement);

/*
 * Of what is allowed: where each statement that allows it does so only because the context has
 * nothing of a key (IfExists, ForAllValues:, Not...), such a key; NULL when one does without. What
 * is not told need not be absent. Arguments as above.
 */
const char *lp_evaluate_hangs(const struct lp_evaluator *ev, const char *action,
			      const char *resource, const char *conditions);

/*
 * Calls `fn` for each resource of an Allow statement that covers `resource` (NULL: for each), where
 * that statement allows this by itself: `item` is its place in the statement's list, LP_NO_ITEM of
 * a NotResource. Ends with the first that is not 0, which is returned.
 */
#define LP_NO_ITEM SIZE_MAX
typedef int (*lp_allows_fn)(void *ctx, const struct lp_statement *st, size_t item);
LP_MUST_USE int lp_evaluate_each(const struct lp_evaluator *ev, const char *action,
				 const char *resource, const char *conditions, lp_allows_fn fn,
				 void *ctx);

/* Whether one Allow statement allows this by itself; arguments as above. */
bool lp_statement_allows(const struct lp_statement *st, const char *action, const char *resource,
			 const char *conditions);

#endif
