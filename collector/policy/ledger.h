/* SPDX-License-Identifier: MIT */
#ifndef LP_LEDGER_H
#define LP_LEDGER_H

/*
 * The evidence: a set of (who, program, workload, operation, outcome, action, resource, conditions,
 * flags), with count, region, first and last time and sources for each. Adding the same call twice
 * changes counts only; reading the log of another (calllog.h) is a union; nothing derived from a
 * ledger depends on the order of adding. Single-threaded.
 */

#include "aws/call.h"
#include "aws/identity.h"
#include "unseen.h"

struct lp_ledger;

LP_MUST_USE int lp_ledger_new(struct lp_ledger **out);
void lp_ledger_free(struct lp_ledger *l);

/*
 * Adds one call: what it teaches about identities, its grants, and for a denied call the grant
 * named in AWS's own message. Nothing of `call` is kept by reference. 0, -ENOMEM, or -EDQUOT past
 * the bounds of the ledger or of any one call (which is then counted in lp_ledger_counts.lost, and
 * may be partly in).
 */
LP_MUST_USE int lp_ledger_add(struct lp_ledger *l, const struct lp_call *call);

/*
 * The same for calls that a merged log has joined: `count` of them, the last at `last_ns`, seen by
 * the sources of the mask `sources` (bit per enum lp_source).
 */
struct lp_repeats {
	uint64_t count;
	int64_t last_ns;
	unsigned sources;
};
LP_MUST_USE int lp_ledger_add_repeated(struct lp_ledger *l, const struct lp_call *call,
				       const struct lp_repeats *repeats);

/*
 * Which elements of the set the last call went to, so that a reader that sees the same call again
 * can say so without taking it apart. Valid as long as the ledger.
 */
#define LP_TRACE_MAX 8
struct lp_trace {
	uint32_t rec[LP_TRACE_MAX];
	uint8_t n; /* past LP_TRACE_MAX: too many to repeat */
	bool unknown, unpermissioned, denied, metadata;
};
void lp_ledger_trace(const struct lp_ledger *l, struct lp_trace *out);
/* Forgets it: what comes next may turn out to be no call. */
void lp_ledger_trace_reset(struct lp_ledger *l);
/* The same call once more, at another time. `n` must not be past LP_TRACE_MAX. */
void lp_ledger_repeat(struct lp_ledger *l, const struct lp_trace *t, int64_t time_ns);

/* One fact that came without its call (from a call log). */
LP_MUST_USE int lp_ledger_add_fact(struct lp_ledger *l, const struct lp_fact *fact);

/* For summaries. */
struct lp_ledger_counts {
	uint64_t calls;		 /* AWS API calls added, metadata calls not among them */
	uint64_t unknown;	 /* of these: operation or service not known to the model */
	uint64_t unpermissioned; /* of these: need no permission */
	uint64_t denied;	 /* of these: AWS refused for want of permission */
	uint64_t metadata;	 /* instance and container metadata calls */
	uint64_t lost;		 /* calls that did not fit into memory */
	size_t actions;		 /* distinct, POSSIBLE ones not among them */
	size_t resources;	 /* distinct, same */
	size_t identities; /* distinct principals (or keys of unknown principals) that made calls */
};
/* -ENOMEM: the last three could not be told, and are 0. */
int lp_ledger_counts(const struct lp_ledger *l, struct lp_ledger_counts *out);

/* Distinct operations the model does not know, as "service:operation", in order of strcmp. */
typedef void (*lp_unknown_fn)(void *ctx, const char *operation, const char *reason, uint64_t count);
LP_MUST_USE int lp_ledger_each_unknown(const struct lp_ledger *l, lp_unknown_fn fn, void *ctx);

const struct lp_identities *lp_ledger_identities(const struct lp_ledger *l);

/* What call logs said was not seen. 0, -ENOMEM or -EDQUOT. */
LP_MUST_USE int lp_ledger_add_unseen(struct lp_ledger *l, const struct lp_unseen *u);
const struct lp_unseen_set *lp_ledger_unseen(const struct lp_ledger *l);

#define LP_REGIONS "*"

/* One element of the set. Strings live as long as the ledger. */
struct lp_record {
	const char *access_key; /* "" when the source named none */
	const char *principal;	/* as the source named it; "" else. Both "": unknown identity */
	const char *program;	/* path, "" unknown */
	const char *workload;	/* "" where they are not told apart */
	const char *operation;	/* "s3:GetObject" of the API model: service id, ':', operation */
	const char *outcome; /* error code; "" when the call succeeded or its answer is unknown */
	bool denied;	     /* the outcome is a refusal for want of permission */
	const char *action;
	const char *resource;	/* an IAM pattern */
	const char *conditions; /* lp_condset text, see condset.h; "" for none */
	const char *reason;	/* of a dependent or possible grant, or "" */
	unsigned flags;		/* enum lp_grant_flags */
	unsigned sources;	/* bit per enum lp_source */
	const char *region;	/* that calls went to; "" unknown, LP_REGIONS several */
	uint64_t count;
	int64_t first_ns, last_ns; /* 0: unknown */
};

/* Records in no particular order. A callback's result other than 0 ends the walk and is returned.
 */
typedef int (*lp_record_fn)(void *ctx, const struct lp_record *rec);
LP_MUST_USE int lp_ledger_each(const struct lp_ledger *l, lp_record_fn fn, void *ctx);

/*
 * Bounds what the ledger keeps from now on, to about so many bytes; 0 is no bound. Past it only
 * what is known already is counted. `fair`: no process and no workload can take so much that others
 * have no room.
 */
void lp_ledger_limit(struct lp_ledger *l, size_t bytes, bool fair);

/* What told programs apart: lp_call.workload. Numbered from 0 in order of first appearance. */
struct lp_workload {
	const char *name;
	uint64_t changes; /* grows with every call that has a record */
	uint64_t news;	  /* records */
	uint64_t dropped; /* calls for which there was no room, in part or whole */
};
size_t lp_ledger_workloads(const struct lp_ledger *l);
/* Valid until something is added. */
const struct lp_workload *lp_ledger_workload(const struct lp_ledger *l, size_t i);

/* Grows whenever the ledger holds something that it did not hold before, counts and times apart. */
uint64_t lp_ledger_news(const struct lp_ledger *l);

/*
 * Records whose count grew since the last call of this, `count` being by how much. Those for which
 * `fn` gave an error come again.
 */
LP_MUST_USE int lp_ledger_each_unsaved(struct lp_ledger *l, lp_record_fn fn, void *ctx);
/* The last call was saved by itself, as one call; everything was. */
void lp_ledger_saved_last(struct lp_ledger *l);
void lp_ledger_saved_all(struct lp_ledger *l);

/* From now on lp_ledger_counts counts calls anew. */
void lp_ledger_forget_counts(struct lp_ledger *l);

#endif
