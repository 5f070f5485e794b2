/* SPDX-License-Identifier: MIT */
#ifndef LP_EVIDENCE_H
#define LP_EVIDENCE_H

/* What the subcommands that read or write evidence share. Single-threaded. */

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/calllog.h"
#include "policy/output.h"
#include "policy/policy_file.h"

/*
 * Lines or records of one file that cannot be used. The first are kept, and said once it is known
 * that the file is one of its kind at all. All zero is none.
 */
#define LP_SKIPPED_MAX 20
struct lp_skipped {
	size_t n;
	struct {
		uint64_t line;
		char why[128];
	} v[LP_SKIPPED_MAX];
};
void lp_skipped_add(struct lp_skipped *s, uint64_t line, const char *why);
/* `what`: "lines", of which there were `all`. */
void lp_skipped_say(const struct lp_skipped *s, const char *file, const char *what, uint64_t all);

/*
 * Evidence will be read from standard input. At a terminal ^C ends a whole pipeline: the first is
 * for who writes into the pipe, and what was written until then is used; a second one ends us.
 */
void lp_stdin_is_evidence(void);

/*
 * Whether standard input, "-", stands twice among operands and others, which is said on stderr: of
 * the second nothing would be left, and without calls all would be well.
 */
LP_MUST_USE bool lp_stdin_is_twice(const char *const *operands, size_t n, const char *const *others,
				   size_t n_others);

/*
 * The options by which only a part of the evidence is taken, for getopt_long: put LP_FILTER_OPTIONS
 * into a table and give what it returns to lp_filter_option.
 */
enum lp_filter_option_id {
	LP_OPTION_SINCE = LP_OUTPUT_OPTION_END + 0x1000,
	LP_OPTION_UNTIL,
	LP_OPTION_PROGRAM,
	LP_OPTION_NOT_PROGRAM,
};

#define LP_FILTER_OPTIONS                                                                          \
	{"since", required_argument, NULL, LP_OPTION_SINCE},                                       \
		{"until", required_argument, NULL, LP_OPTION_UNTIL},                               \
		{"program", required_argument, NULL, LP_OPTION_PROGRAM},                           \
	{                                                                                          \
		"not-program", required_argument, NULL, LP_OPTION_NOT_PROGRAM                      \
	}

/* What they do, a line each, for a usage text; of who takes POLICY... LOG... with the others. */
extern const char lp_filter_help[], lp_question_help[];

/*
 * 0: taken (`value` is kept by reference); -ENOENT: none of these options; -EINVAL: the value is of
 * no use, which is said on stderr.
 */
LP_MUST_USE int lp_filter_option(int id, const char *value, struct lp_calllog_filter *filter);

/*
 * Reads call logs ("-" is standard input) into a new ledger. Lines that cannot be used, which the
 * ledger then has as a gap, and files that cannot be read are reported on stderr. 0, or the exit
 * status to end with; *out is then not set. A file without a single line that can be used counts as
 * one that cannot be read. `filter` may be NULL; how much it leaves out is said.
 */
LP_MUST_USE int lp_read_evidence(char *const *files, int n_files, struct lp_calllog_filter *filter,
				 struct lp_ledger **out);

/* An option's day or time, over 0. 0 or the exit status to end with, the reason said. */
LP_MUST_USE int lp_read_time(const char *text, const char *option, int64_t *ns);

/*
 * The operands POLICY... LOG...: at least two, or that is said of `command`; all that stand in
 * front and hold policies are the caller's. Calls that do not tell their account are in
 * opts->unknown_account, where that is set an account's number, else in the policy's own. `filter`
 * as above. 0, or the exit status to end with.
 */
struct lp_question {
	struct lp_policy_file policy;
	struct lp_ledger *ledger;
};
LP_MUST_USE int lp_question_open(struct lp_question *q, char *const *operands, int n,
				 struct lp_build_options *opts, struct lp_calllog_filter *filter,
				 const char *command);
/*
 * There were calls, and nothing is known to be missing: the answer is about all that was done. Else
 * what makes it false was said on stderr, by lp_question_open or now.
 */
LP_MUST_USE bool lp_question_complete(const struct lp_question *q);
void lp_question_close(struct lp_question *q);

/* `, "conditions": [{"key", "value"}...]` of a text of policy/condset.h; errors stay in the stream.
 */
void lp_json_out_conditions(FILE *out, const char *conditions);

/* There are calls, and nothing is known to be missing: --strict has nothing to object to. */
LP_MUST_USE bool lp_evidence_complete(const struct lp_ledger *l);

/*
 * Whether the policy, a call log (or NULL) and the report could be written, before what may be long
 * is read. 0 or -errno, which is said on stderr.
 */
LP_MUST_USE int lp_outputs_check(const struct lp_build_options *opts, const char *file,
				 const char *calls);

/*
 * Writes the policies of a ledger, after saying on stderr what could not be in them. 0 or the exit
 * status to end with, the reason said.
 */
LP_MUST_USE int lp_write_policies(const struct lp_ledger *l, const struct lp_build_options *opts,
				  enum lp_format format, const char *file);

/* The same for a merged call log; "-" is standard output. */
LP_MUST_USE int lp_write_log(const struct lp_ledger *l, const char *path);

#endif
