/* SPDX-License-Identifier: MIT */
#ifndef LP_CONDITION_H
#define LP_CONDITION_H

/*
 * The conditions of statements: which operators there are, and whether a statement's hold in what
 * is known of a request, its context: a text of condset.h. What has no state is safe from any
 * thread; an index never changes.
 */

#include <stdint.h>

#include "document.h"
#include "lp_compiler.h"
#include "lp_span.h"

/*
 * True for operators of a grant's conditions: those by which a call that has the value in its
 * context satisfies the condition with that value.
 */
bool lp_condition_op_known(struct lp_span op);

/* Whether IAM has this operator of conditions, any case, with all that may stand around it. */
bool lp_condition_op_exists(struct lp_span op);

/* The lines of many values, to look values up in. Borrows the documents. 0 or -ENOMEM. */
struct lp_condindex;
LP_MUST_USE int lp_condindex_new(const struct lp_document *docs, size_t n_docs,
				 struct lp_condindex **out);
void lp_condindex_free(struct lp_condindex *ci);

/*
 * Whether all conditions of a statement hold. `resource`: an IAM pattern, or NULL. `ci`: an index
 * of its document, or NULL, which is slower.
 */
bool lp_conditions_hold(const struct lp_condindex *ci, const struct lp_statement *st,
			const char *resource, const char *context);

/* How much that is to look at, in values. */
size_t lp_conditions_effort(const struct lp_condindex *ci, const struct lp_statement *st);

/* The first key of the statement's conditions that the context has nothing of; NULL: none. */
const char *lp_conditions_untold(const struct lp_statement *st, const char *resource,
				 const char *context);

/*
 * A set of bits for what the conditions want, and one for what a context has: conditions hold only
 * where all bits of theirs are among the context's.
 */
uint64_t lp_conditions_sieve(const struct lp_statement *st);
uint64_t lp_context_sieve(const char *context);

#endif
