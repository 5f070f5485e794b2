/* SPDX-License-Identifier: MIT */
#ifndef LP_CMD_H
#define LP_CMD_H

#include <getopt.h>

/*
 * Subcommands of `leastpriv`, one file each. argv[0] is what they are called, "leastpriv diff".
 * They return the exit status: 0, LP_EXIT_FINDINGS where the subcommand has something to object to,
 * LP_EXIT_USAGE when the input or the options are of no use. Single-threaded.
 */

#define LP_EXIT_FINDINGS 1
#define LP_EXIT_USAGE	 2
#define LP_EXIT_GAPS	 3 /* --strict: something was not seen */
#define LP_EXIT_NEW	 4 /* --baseline: the policy is not enough */

/* What --model does, the end of its line in the help of each. */
#define LP_CMD_MODEL_HELP "newer facts about AWS, see `leastpriv model --help`\n"

int lp_cmd_classify(int argc, char **argv);
int lp_cmd_pcap(int argc, char **argv);
int lp_cmd_policy(int argc, char **argv);
int lp_cmd_merge(int argc, char **argv);
int lp_cmd_verify(int argc, char **argv);
int lp_cmd_diff(int argc, char **argv);
int lp_cmd_lint(int argc, char **argv);
int lp_cmd_explain(int argc, char **argv);
int lp_cmd_cloudtrail(int argc, char **argv);
int lp_cmd_lookup(int argc, char **argv);
int lp_cmd_model(int argc, char **argv);

/* getopt_long; behind what it complains about, where to read on. */
int lp_cmd_option(int argc, char **argv, const char *shorts, const struct option *longs);

/*
 * What the person gave of operands is of no use: says what a command takes ("LOG...", or a
 * sentence's rest), and where to read on; the exit status for that.
 */
int lp_cmd_takes(const char *command, const char *what);

#endif
