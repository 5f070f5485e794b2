/* SPDX-License-Identifier: MIT */
#ifndef LP_RESOLVE_H
#define LP_RESOLVE_H

/*
 * What a record of the ledger means once all evidence is in: who made the call, and its resource
 * with the fields filled in that only other calls told. Single-threaded.
 */

#include "build.h"

struct lp_resolver;

/* Looks through the ledger, which must not change and must outlive the resolver, like `opts`. */
LP_MUST_USE int lp_resolver_new(const struct lp_ledger *l, const struct lp_build_options *opts,
				struct lp_resolver **out);
void lp_resolver_free(struct lp_resolver *r);

/*
 * The principal (or access key id, or "" when nobody knows), the resource and the conditions, valid
 * until the next call, all NUL-terminated too. 0 or -ENOMEM.
 */
struct lp_resolved {
	struct lp_span who;
	struct lp_span resource;
	struct lp_span conditions; /* text of condset.h */
};
LP_MUST_USE int lp_resolve(struct lp_resolver *r, const struct lp_record *rec,
			   struct lp_resolved *out);

/*
 * What is known of the request's context, a text of condset.h: what its grant proves, where it
 * went, who made it, and whose the resource is. Valid until the next call of anything here.
 */
const char *lp_resolve_context(struct lp_resolver *r, const struct lp_record *rec,
			       const struct lp_resolved *resolved);

/* True when `want` is the principal or key id `who`, or its short name; NULL is everybody. */
bool lp_is_identity(const char *want, struct lp_span who);

#endif
