/* SPDX-License-Identifier: MIT */
#ifndef LP_IDENTITY_H
#define LP_IDENTITY_H

/*
 * Who signed: ties access key ids to principals and accounts by what the traffic shows.
 *
 * A call teaches facts (lp_facts_of); facts are collected in a set (lp_identities_add) whose
 * answers do not depend on the order of adding: each fact has a rank, the highest rank wins, and
 * among facts of one rank the smallest string (or, where they must be unanimous, none when they
 * differ). So facts can be written to a call log and read back elsewhere with the same result.
 *
 * A principal is an ARN: `arn:aws:iam::A:role/NAME` for assumed roles (the session's name and the
 * role's path are not part of it), `arn:aws:iam::A:user/PATH/NAME`, `arn:aws:iam::A:root`. Where
 * credentials carry no ARN (Cognito identities) it is a label such as "cognito:us-east-1:ID".
 */

#include "base/arena.h"
#include "call.h"

/* Kinds of facts about an access key id; for principals and for accounts, best first. */
enum lp_fact_kind {
	LP_FACT_SAME_AS, /* value: an access key id of the same principal (GetSessionToken) */
	LP_FACT_CALLER,	 /* principal, from GetCallerIdentity's own answer */
	LP_FACT_ISSUED,	 /* principal the credentials were issued for (AssumeRole, ...) */
	LP_FACT_SOURCE,	 /* principal named by the source (CloudTrail, a call log) */
	LP_FACT_CREATED, /* principal from CreateAccessKey: the user's path is not known */
	LP_FACT_ACCOUNT, /* account number that came with the credentials */
	LP_FACT_ANSWER,	 /* account in an ARN of an answer under that key, not asked for */
	LP_FACT_REQUEST, /* account in an ARN of a request under that key */
	LP_FACT_KINDS,
};

struct lp_fact {
	struct lp_span access_key;
	enum lp_fact_kind kind;
	struct lp_span value;
};

/* Names of the kinds in a call log ("caller"); the other way LP_FACT_KINDS when unknown. */
const char *lp_fact_kind_name(enum lp_fact_kind kind);
enum lp_fact_kind lp_fact_kind_of(struct lp_span name);

/*
 * What one call teaches. `*out` and its strings live in `arena` or borrow from `call`. 0 or
 * -ENOMEM. Facts of kind ANSWER and REQUEST come at most once per distinct account.
 */
LP_MUST_USE int lp_facts_of(const struct lp_call *call, struct lp_arena *arena,
			    const struct lp_fact **out, size_t *n);

struct lp_identities;

LP_MUST_USE int lp_identities_new(struct lp_identities **out);
void lp_identities_free(struct lp_identities *ids);

/* Copies what it keeps. 0 or -ENOMEM; facts without a key or a value are ignored. */
LP_MUST_USE int lp_identities_add(struct lp_identities *ids, const struct lp_fact *fact);

/* True when adding the fact would take no memory. */
bool lp_identities_has(const struct lp_identities *ids, const struct lp_fact *fact);

/* A number that grows with every change of the set. */
uint64_t lp_identities_changes(const struct lp_identities *ids);

/*
 * Every fact, in order of key ids and kinds. One that must be unanimous and is not has the value
 * "*", which lp_identities_add understands. A callback's result other than 0 ends the walk.
 */
typedef int (*lp_fact_fn)(void *ctx, const struct lp_fact *fact);
LP_MUST_USE int lp_identities_each(const struct lp_identities *ids, lp_fact_fn fn, void *ctx);

/* The principal behind an access key id, or NULL. Valid as long as `ids`. */
const char *lp_identities_principal(const struct lp_identities *ids, struct lp_span access_key);

/*
 * What stands for the caller where principals are compared: the principal, else the first of the
 * access key ids known to be the same, else NULL: only `access_key` itself does.
 */
const char *lp_identities_who(const struct lp_identities *ids, struct lp_span access_key);

/*
 * The account behind an access key id: by the facts, best first, else decoded from the id itself.
 * False when nothing says.
 */
bool lp_identities_account(const struct lp_identities *ids, struct lp_span access_key,
			   char account[13]);

/*
 * A principal as this file compares them: the role of an assumed-role ARN, a role without its path;
 * anything else unchanged. In `arena` or borrowed from `arn`; the empty span when out of memory.
 */
struct lp_span lp_principal_of(struct lp_span arn, struct lp_arena *arena);

/* The account field of an ARN when it is 12 digits; false otherwise. */
bool lp_arn_account(struct lp_span arn, char account[13]);

/*
 * A short name for files and titles: the role's or user's name, the access key id, or "unknown" for
 * the empty span; every byte outside [A-Za-z0-9._+=,@-] becomes '-', a leading '.' too. Always
 * NUL-terminates.
 */
void lp_identity_name(struct lp_span principal_or_key, char *buf, size_t size);

#endif
