/* SPDX-License-Identifier: MIT */
#ifndef LP_AUTHORIZE_H
#define LP_AUTHORIZE_H

/* Which IAM permissions a classified call needs: actions, resource ARNs, conditions. */

#include "base/arena.h"
#include "classify.h"
#include "request.h"

struct lp_condition {
	const char *op;	 /* "StringEquals", "StringLike", ... */
	const char *key; /* "iam:PassedToService" */
	const char *value;
};

enum lp_grant_flags {
	LP_GRANT_DEPENDENT = 1 << 0, /* AWS checks it behind the call (forward access); the request
					or its answer proves it */
	LP_GRANT_POSSIBLE = 1 << 1,  /* may be needed; offered as a suggestion, never granted */
	LP_GRANT_UNPINNED = 1 << 2,  /* the source named no resource (CSM): dropped where any
					pinned grant of the same identity and action exists */
	LP_GRANT_DENIED = 1 << 3,    /* taken from AWS's own access-denied message */
};

/*
 * One action with all the resources this call needs it on. Resources are IAM patterns: `*` and
 * `?` that stood in a name are escaped `${*}`, `${?}`, and so is a `$` that would begin a variable
 * (base/quote.h); an unescaped `*` is a wildcard:
 * the whole resource for actions that take none, a field that nobody knew, or `type/` + `*`.
 * An account that the call did not name is `*` in that field; the policy builder fills it in from
 * the identity. Strings live in the arena or are constants.
 */
struct lp_grant {
	const char *action;	      /* "s3:GetObject", AWS's own capitals */
	const char *const *resources; /* sorted, unique, at least one */
	size_t n_resources;
	const struct lp_condition *conditions;
	size_t n_conditions;
	unsigned flags;	    /* enum lp_grant_flags */
	const char *reason; /* for dependent and possible grants: why; else NULL */
};

struct lp_authz {
	const struct lp_grant *grants; /* order: as AWS documents, stable */
	size_t n_grants;
	bool no_permission; /* needs none: unsigned, or GetCallerIdentity and its like */
	bool unread;	    /* what it needs depends on a part of the body that is not there */
};

/*
 * `rsp` may be NULL. 0; -ENOMEM past the arena's bound; -ENOENT when the operation has no known
 * action (the caller reports a blind spot, with the wire name). `cls` may be one that was not
 * recognised but is signed: where the reference has an action of the wire name it is taken, and the
 * caller says that the operation is unknown.
 */
LP_MUST_USE int lp_authorize(const struct lp_request *req, const struct lp_classified *cls,
			     const struct lp_response *rsp, struct lp_arena *arena,
			     struct lp_authz *out);

/* A call as a log recorded it: the operation, and its parameters by the names of the API model. */
struct lp_recorded {
	lp_op op;
	const char *partition; /* NULL: "aws" */
	struct lp_span region;
	struct lp_span signing_name;
	struct lp_span params;	       /* a JSON object; anything else holds nothing */
	const struct lp_response *rsp; /* may be NULL */
};

/* The same for such a call; it was signed unless its operation never is. Results as above. */
LP_MUST_USE int lp_authorize_recorded(const struct lp_recorded *rec, struct lp_arena *arena,
				      struct lp_authz *out);

/*
 * Whether grants get the conditions of iam-conditions.tbl too, and aws:RequestedRegion where none
 * of a grant's resources says a region. Off at first; to be set before threads start.
 */
void lp_authorize_with_conditions(bool on);

/*
 * The same for a call of which only the operation is known (CSM). Every grant is UNPINNED with
 * resource "*". `service_id` and `operation` as in the datagram.
 */
LP_MUST_USE int lp_authorize_named(struct lp_span service_id, struct lp_span operation,
				   struct lp_arena *arena, lp_op *op, struct lp_authz *out);

/*
 * The account an access key id was issued to, as 12 digits, for ids issued since 2019
 * (shared iam-facts section 0). False: the id does not say.
 */
bool lp_account_of_key(struct lp_span access_key_id, char account[13]);

#endif
