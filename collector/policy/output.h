/* SPDX-License-Identifier: MIT */
#ifndef LP_OUTPUT_H
#define LP_OUTPUT_H

/*
 * Writes policies to files, for every program that has -o FILE. With one identity FILE is its
 * policy; with several, FILE becomes one file each with the identity's name before its extension
 * ("policy.json" -> "policy.deploy-role.json"). A policy that AWS's size limits split goes on in
 * numbered files ("policy.json", "policy-2.json"). Files are replaced atomically. Stdout, which is
 * "-", and a FILE that is a pipe, a terminal or a device take one document after the other.
 * Single-threaded.
 */

#include "build.h"
#include "render/render.h"

/*
 * The options that every such program has, for getopt_long: put LP_OUTPUT_OPTIONS into its table
 * and give what it returns to lp_output_option. Values stay below LP_OUTPUT_OPTION_END.
 */
enum lp_output_option_id {
	LP_OPTION_PER = 0x1000,
	LP_OPTION_IDENTITY,
	LP_OPTION_FORMAT,
	LP_OPTION_LIMIT,
	LP_OPTION_ONLY_DENIED,
	LP_OPTION_SPLIT_ACCESS,
	LP_OPTION_SHRINK,
	LP_OPTION_ACCOUNT,
	LP_OPTION_REGION,
	LP_OPTION_PARTITION,
	LP_OPTION_GENERALIZE,
	LP_OPTION_THRESHOLD,
	LP_OPTION_BASELINE,
	LP_OPTION_REPORT,
	LP_OPTION_EXPLAIN,
	LP_OPTION_MODEL,
	LP_OPTION_CONDITIONS,
	LP_OUTPUT_OPTION_END,
};

#define LP_OUTPUT_OPTIONS                                                                          \
	{"identity", required_argument, NULL, LP_OPTION_IDENTITY},                                 \
		{"per", required_argument, NULL, LP_OPTION_PER},                                   \
		{"format", required_argument, NULL, LP_OPTION_FORMAT},                             \
		{"limit", required_argument, NULL, LP_OPTION_LIMIT},                               \
		{"only-denied", no_argument, NULL, LP_OPTION_ONLY_DENIED},                         \
		{"split-access", no_argument, NULL, LP_OPTION_SPLIT_ACCESS},                       \
		{"shrink", no_argument, NULL, LP_OPTION_SHRINK},                                   \
		{"account", required_argument, NULL, LP_OPTION_ACCOUNT},                           \
		{"region", required_argument, NULL, LP_OPTION_REGION},                             \
		{"generalize", required_argument, NULL, LP_OPTION_GENERALIZE},                     \
		{"threshold", required_argument, NULL, LP_OPTION_THRESHOLD},                       \
		{"baseline", required_argument, NULL, LP_OPTION_BASELINE},                         \
		{"report", required_argument, NULL, LP_OPTION_REPORT},                             \
		{"explain-dependent", no_argument, NULL, LP_OPTION_EXPLAIN},                       \
	{                                                                                          \
		"partition", required_argument, NULL, LP_OPTION_PARTITION                          \
	}

/* Two more, of the programs that take requests apart as they come. */
#define LP_CAPTURE_OPTIONS                                                                         \
	{"conditions", no_argument, NULL, LP_OPTION_CONDITIONS},                                   \
	{                                                                                          \
		"model", required_argument, NULL, LP_OPTION_MODEL                                  \
	}

/* What they do, a line each, for a usage text. */
extern const char lp_output_help[], lp_capture_help[];

/*
 * 0: taken (`value` is kept by reference); -ENOENT: none of these options; -EINVAL: the value is of
 * no use, which is said on stderr.
 */
LP_MUST_USE int lp_output_option(int id, const char *value, struct lp_build_options *opts,
				 enum lp_format *format);

/*
 * Whether options make no sense together, or what is to be written (the policy, a call log or NULL,
 * a report) would take the place of an operand or a baseline that is to be read, or of each other,
 * which is said on stderr. Before any is opened.
 */
LP_MUST_USE bool lp_options_clash(char *const *operands, int n, const struct lp_build_options *opts,
				  const char *file, const char *calls);

/*
 * Whether what is written to `path` (NULL: nothing) would take the place of a file that is read,
 * which is said on stderr.
 */
LP_MUST_USE bool lp_output_takes_place(const char *option, const char *path, const char *input);

/* Whether `path` is one of the files of --baseline, by whatever name. */
bool lp_output_is_baseline(const struct lp_build_options *opts, const char *path);

/* Frees what lp_output_option keeps. */
void lp_output_options_fini(struct lp_build_options *opts);

/*
 * What the person is to know of a policy beside the document, one line each, at most some dozens:
 * where it is longer than AWS takes, what a baseline lacks, what is wider than seen, what could be.
 * `line` is valid during the call.
 */
typedef void (*lp_note_fn)(void *ctx, const char *line);
void lp_output_notes(const struct lp_policy *policy, const struct lp_build_options *opts,
		     lp_note_fn fn, void *ctx);

/* One per file written. `n_documents` counts the documents of this policy, `document` from 1. */
struct lp_written {
	const char *path;
	const struct lp_policy *policy;
	size_t document, n_documents;
	bool unchanged; /* of lp_output_write_folder: the file held this already */
};
typedef void (*lp_written_fn)(void *ctx, const struct lp_written *w);

/*
 * Whether a policy or report could be written to `path`, before there is one: a long run shall not
 * end with what has no place to go. 0, or -errno, which is said on stderr.
 */
LP_MUST_USE int lp_output_check(const char *path);

/*
 * For who writes the policy of what it sees from now on: warns where `path` holds one of before,
 * which goes.
 */
void lp_output_warn(const char *path);

/* Why no policy that was written with these options grants anything, for a sentence. */
const char *lp_output_why_empty(const struct lp_build_options *opts);

/*
 * Builds and writes. `fn` may be NULL. 0, -errno of the first file that could not be written (the
 * others are still tried), or what lp_build returns; what is not written is said on stderr.
 */
LP_MUST_USE int lp_output_write(const struct lp_ledger *l, const struct lp_build_options *opts,
				enum lp_format format, const char *file, lp_written_fn fn,
				void *ctx);

/*
 * The same into the folder `folder`, which exists: each policy has its identity's name, however
 * many there are, "NAME.policy.json" and "NAME.policy-2.json" (the extension is that of `format`).
 * A file that holds the same already is left alone; another is on the disk before it takes its
 * place, where `durable`, asked each time, wants that. Both functions get `ctx`.
 */
#define LP_OUTPUT_POLICY ".policy"
LP_MUST_USE int lp_output_write_folder(const struct lp_policy_set *set,
				       const struct lp_build_options *opts, enum lp_format format,
				       const char *folder, lp_written_fn fn,
				       bool (*durable)(void *ctx), void *ctx);

#endif
