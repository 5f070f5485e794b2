/* SPDX-License-Identifier: MIT */
#ifndef LP_ENTRIES_H
#define LP_ENTRIES_H

/*
 * What lp_build works on, between the ledger and the documents: one entry per permission of a
 * policy, its strings as numbers. Internal to policy/.
 */

#include "build.h"

/*
 * Numbers of strings in lp_policy_set.strs; from lp_entries_rank on they stand in the order of
 * strcmp, so that sorting entries is sorting numbers.
 */
struct lp_entry {
	uint32_t group; /* name of the policy */
	uint32_t action, resource;
	uint32_t cond;	/* text of condset.h */
	uint32_t flags; /* of enum lp_grant_flags, those that matter to the step */
};

struct lp_remark_entry {
	struct lp_entry entry;
	uint32_t reason;
};

struct lp_entries {
	struct lp_intern *strs;
	struct lp_entry *v;
	size_t n, cap;
	struct lp_remark_entry *remarks;
	size_t n_remarks, cap_remarks;
	/* By rank; set by lp_entries_rank, and after the ranks what lp_entries_join added. */
	const char **names;
	size_t n_names;
	uint32_t none; /* rank or id of the empty string */
};

void lp_entries_fini(struct lp_entries *e);
LP_MUST_USE int lp_entries_push(struct lp_entries *e, const struct lp_entry *entry);
LP_MUST_USE int lp_entries_remark(struct lp_entries *e, const struct lp_entry *entry,
				  uint32_t reason);

/* Reads the ledger: who is who, accounts filled in, POSSIBLE grants to the remarks only. */
LP_MUST_USE int lp_entries_collect(struct lp_entries *e, const struct lp_ledger *l,
				   const struct lp_build_options *opts);

/* Drops UNPINNED entries where evidence that names resources exists; then repeated ones. */
LP_MUST_USE int lp_entries_pin(struct lp_entries *e);

/* Adds what opts->generalize asks for, and remarks that say so. Before lp_entries_rank. */
LP_MUST_USE int lp_entries_generalize(struct lp_entries *e, const struct lp_build_options *opts);
/* Adds remarks on names that look generated. Before lp_entries_rank. */
LP_MUST_USE int lp_entries_offer(struct lp_entries *e, const struct lp_build_options *opts);

/* Renumbers all strings by their order and sorts the entries. */
LP_MUST_USE int lp_entries_rank(struct lp_entries *e);

/*
 * Drops entries of one policy that another of the same action covers, from `n` sorted entries;
 * returns how many are left. Deterministic; gives up (keeping more) after a bounded effort.
 */
size_t lp_entries_subsume(const struct lp_entries *e, struct lp_entry *v, size_t n);

/*
 * Of `n` sorted entries of one policy, those that differ only in the value of one condition become
 * one with all its values; returns how many are left in *left. Adds texts to `names`.
 */
LP_MUST_USE int lp_entries_join(struct lp_entries *e, struct lp_entry *v, size_t n, size_t *left);

/* Orders for qsort: by group, action, resource, cond; and the same with cond before action. */
int lp_entry_compare(const void *a, const void *b);

/*
 * Statements for `n` entries of one policy, sorted by lp_entry_compare, in a stable order and
 * without Sids; everything in `arena`.
 */
LP_MUST_USE int lp_group_entries(const struct lp_entries *e, struct lp_entry *v, size_t n,
				 const struct lp_build_options *opts, struct lp_arena *arena,
				 struct lp_document *out);

/* Gives each statement a Sid that says service, access and kind of resource, unique in `doc`. */
LP_MUST_USE int lp_name_statements(struct lp_document *doc, struct lp_arena *arena);

/*
 * Shortens the sorted list of actions by wildcards that match only actions of the list, by the
 * reference this program was built with.
 */
LP_MUST_USE int lp_shrink_actions(struct lp_statement *st, struct lp_arena *arena);

/* Spreads statements over documents of at most `limit` characters (0: no limit). */
LP_MUST_USE int lp_split_documents(const struct lp_document *all, size_t limit,
				   struct lp_arena *arena, struct lp_document **docs,
				   size_t *n_docs);

#endif
