/* SPDX-License-Identifier: MIT */
#ifndef LP_BUILD_H
#define LP_BUILD_H

/*
 * From evidence to policies: one per identity (or program, or one for all), each in one or more
 * documents that keep within AWS's size limits. Nothing is granted that was not seen; entries that
 * another entry covers are left out. The same evidence gives the same bytes, whatever the order it
 * came in. Every policy is evaluated against all its evidence before it is returned; where that
 * would take minutes, stderr is told how far it went.
 * Single-threaded.
 */

#include "base/arena.h"
#include "base/intern.h"
#include "document.h"
#include "evaluate.h"
#include "ledger.h"

enum lp_per {
	LP_PER_IDENTITY,
	LP_PER_PROGRAM,
	LP_PER_ALL,
};

enum lp_size_limit {
	LP_LIMIT_MANAGED, /* a managed policy: 6,144 characters without white space */
	LP_LIMIT_ROLE,	  /* all inline policies of a role: 10,240 */
	LP_LIMIT_GROUP,	  /* all inline policies of a group: 5,120 */
	LP_LIMIT_USER,	  /* all inline policies of a user: 2,048 */
	LP_LIMIT_NONE,
};

/* Wider resources than those seen. Names that are unique over all accounts (buckets), and actions
 * by which callers gain permissions, stay exact. */
enum lp_generalize {
	LP_GENERALIZE_PREFIX = 1 << 0,	  /* many names in one folder: `folder/` and `*` */
	LP_GENERALIZE_GENERATED = 1 << 1, /* wildcards for UUIDs, times, random suffixes */
	LP_GENERALIZE_ACCOUNT = 1 << 2,	  /* any name of its type, in the account and region */
	LP_GENERALIZE_SERVICE = 1 << 3,	  /* any name of its type, in every region too */
};

/*
 * What stands in resources for a field that is told only where the policy is used. Bytes of these
 * are counted against AWS's limits: none is shorter than what will take its place. A built document
 * has "${" only in these and in the escapes of pattern.h.
 */
#define LP_PARAM_ACCOUNT   "${accountId}"
#define LP_PARAM_REGION	   "${this-region}"
#define LP_PARAM_PARTITION "${partition}"
#define LP_PARAM_MAX	   200 /* bytes of how one is written */

/* Something that was not seen, for reports and for people. Strings are not NULL. */
struct lp_gap {
	const char *what, *by, *reason; /* "connections to x.amazonaws.com (S3)", program, why */
	const char *advice;		/* what to do about it, "" for nothing */
	uint64_t count;
};

/* The same of a ledger or a collector. False: no room in the arena. */
LP_MUST_USE bool lp_gap_of(const struct lp_unseen *u, struct lp_arena *arena, struct lp_gap *out);

/* How a notation writes them: "${...}" as it stands, anything else its own way; NULL: there is
 * none.
 */
struct lp_params {
	const char *account, *region, *partition;
};

/* All zeroes is the default. Strings are borrowed for the length of the build. */
struct lp_build_options {
	enum lp_per per;
	enum lp_size_limit limit;
	const char *workload; /* only its calls (lp_record.workload); NULL: all */
	const char *identity; /* only calls by it: lp_is_identity; NULL: all */
	bool only_denied;     /* only what AWS refused */
	bool split_access;    /* reading and writing in statements of their own */
	bool explain;	      /* lp_output_write: say what is checked behind the calls */
	bool shrink;	      /* shorten action lists by wildcards that match nothing else today */
	/* Only what this policy allows, or only what it does not; NULL: everything. */
	const struct lp_evaluator *within, *beyond;
	unsigned generalize; /* mask of enum lp_generalize */
	unsigned threshold;  /* names from which on to generalize; 0: 5 for PREFIX, else 1 */
	struct lp_baseline *baseline; /* owns `beyond`, when it is of options.c */
	/* For output.c: where an HTML report goes to, or NULL, and what it says was not seen. */
	const char *report;
	const struct lp_gap *gaps;
	size_t n_gaps;
	bool impatient;	     /* a pipe that is not read must not hold us up */
	const char *account; /* in place of every account that is the caller's own; NULL: as seen */
	const char *unknown_account; /* in place of accounts that nothing tells; NULL: `*` */
	const char *region;	     /* in place of every region, NULL: as seen */
	const char *partition;	     /* in place of every partition, NULL: as seen */
	struct lp_params params;     /* where one of the three is an LP_PARAM_ */
};

/* Flags of remarks, beside enum lp_grant_flags. */
enum lp_remark_flags {
	LP_REMARK_GENERALIZED = 1 << 8, /* wider than what was seen, by choice */
	LP_REMARK_OFFER = 1 << 9,	/* a pattern that could be; not granted */
};

/* What there is to say of one permission; for people to read. */
struct lp_remark {
	unsigned flags; /* of both enums: POSSIBLE ones are not granted; DEPENDENT and DENIED
			   ones are */
	const char *action, *resource, *reason; /* reason may be "" */
};

struct lp_policy {
	const char *identity; /* principal, access key id, program path; "" for --per all or when
				 unknown */
	char name[128];	      /* lp_identity_name of it; unique within the set, whatever the case
				 and punctuation, and with "-2" and so on of documents */
	struct lp_document *documents; /* at least one, perhaps without statements */
	size_t n_documents;
	const struct lp_remark *remarks; /* sorted */
	size_t n_remarks;
	size_t n_actions, n_resources; /* distinct */
	struct lp_params params;
};

struct lp_policy_set {
	struct lp_policy *policies; /* sorted by identity; at least one */
	size_t n_policies;
	struct lp_arena arena; /* these two own everything above */
	struct lp_intern strs;
};

/*
 * Builds all policies; `out` does not depend on `l` afterwards. 0, -ENOMEM, or
 * -EPROTO when a policy would refuse some of its evidence: an error of this program, reported with
 * the grant on stderr.
 */
LP_MUST_USE int lp_build(const struct lp_ledger *l, const struct lp_build_options *opts,
			 struct lp_policy_set *out);
void lp_policy_set_fini(struct lp_policy_set *set);

/* Each pair of a policy's Allow statements, in order. */
typedef void (*lp_permission_fn)(void *ctx, const char *action, const char *resource);
void lp_policy_each(const struct lp_policy *p, lp_permission_fn fn, void *ctx);

/* Characters that it stands for; 0: any number. */
size_t lp_size_limit_bytes(enum lp_size_limit limit);
/* The word that lp_size_limit_of takes. */
const char *lp_size_limit_word(enum lp_size_limit limit);

/* Parsers of option values; false when the word is none of theirs. */
bool lp_per_of(const char *word, enum lp_per *out);
bool lp_size_limit_of(const char *word, enum lp_size_limit *out);
/* One or more words with commas between them; adds to *mask. */
bool lp_generalize_of(const char *words, unsigned *mask);

#endif
