/* SPDX-License-Identifier: MIT */
#ifndef LP_FOLDER_H
#define LP_FOLDER_H

/*
 * The folder that a collector keeps for as long as it is used: a ledger on disk, which outlives the
 * process, and of each workload (workload.h) and identity a policy and a call log:
 *
 *	LP_FOLDER_JOURNAL              policy/journal.h
 *	WORKLOAD/IDENTITY.policy.json  and .policy-2.json and so on
 *	WORKLOAD/IDENTITY.calls.jsonl  a merged log of what the policy is made of
 *	LP_FOLDER_GAPS                 what was not seen, also by collectors before this one
 *
 * A workload that is called like one of these two is put into a folder with '_' before its name.
 * Files are replaced as a whole. Those that stand for an identity no more are removed: names that
 * end like the above, and are in the folder of a workload, are the collector's own.
 * Single-threaded.
 */

#include "blind.h"
#include "policy/journal.h"
#include "policy/output.h"

#define LP_FOLDER_JOURNAL "ledger.journal"
#define LP_FOLDER_GAPS	  "gaps.jsonl"

struct lp_folder;

/*
 * Makes the folder where it is missing, takes hold of it, so that no other collector uses it, and
 * reads its ledger into `l`, which outlives the folder, and what was not seen. Says on stderr what
 * is wrong. 0 or -errno.
 */
LP_MUST_USE int lp_folder_open(struct lp_folder **out, const char *path, struct lp_ledger *l);

/* Adds a call to the ledger and, when it teaches something, to the disk. As lp_ledger_add. */
LP_MUST_USE int lp_folder_add(struct lp_folder *f, const struct lp_call *call);
/* The same of a request that comes again with its answer, and is counted then. */
LP_MUST_USE int lp_folder_add_early(struct lp_folder *f, const struct lp_call *call);

/*
 * Writes what changed, and brings all to the disk. `fn` is told of policies that are new, and may
 * add calls, which are written the next time. 0 or -errno of the first that could not be written,
 * which is said on stderr; the others are still tried.
 */
LP_MUST_USE int lp_folder_write(struct lp_folder *f, const struct lp_build_options *opts,
				enum lp_format format, const struct lp_blinds *blinds,
				lp_written_fn fn, void *ctx);

/*
 * True when the folder, or the ledger in it, was removed or another stands in its place. What is
 * written next makes it anew, with all that is known.
 */
bool lp_folder_lost(const struct lp_folder *f);

/* Does not write. NULL is fine. */
void lp_folder_close(struct lp_folder *f);

#endif
