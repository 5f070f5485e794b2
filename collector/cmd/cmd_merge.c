/* SPDX-License-Identifier: MIT */
/*
 * leastpriv merge: many call logs into one that is as short as what they differ in.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cmd_evidence.h"
#include "base/log.h"
#include "policy/calllog.h"
#include "policy/replace.h"

static const struct option options[] = {
	{"output", required_argument, NULL, 'o'},
	LP_FILTER_OPTIONS,
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: leastpriv merge [options] LOG...\n"
		"Joins call logs into one with a line for each distinct permission: the same "
		"policies,\n"
		"in a fraction of the size, whatever the order of the logs. What they say was not\n"
		"seen stays.\n\n"
		"  -o, --output FILE           where to (default: -, standard output)\n"
		"%s"
		"  --model FILE                " LP_CMD_MODEL_HELP,
		lp_filter_help);
}

static int put_ledger(void *ctx, FILE *out)
{
	return lp_calllog_write_ledger(out, ctx);
}

int lp_write_log(const struct lp_ledger *l, const char *path)
{
	int err = lp_replace(path, put_ledger, (void *)(uintptr_t)l, NULL, NULL);

	if (err)
		lp_print(stderr, "leastpriv: %s: %s\n",
			 strcmp(path, "-") ? path : "standard output", strerror(-err));
	return err ? LP_EXIT_USAGE : 0;
}

int lp_cmd_merge(int argc, char **argv)
{
	struct lp_calllog_filter filter = {.since_ns = 0};
	const char *path = "-";
	struct lp_ledger *l;
	int opt, status;

	while ((opt = lp_cmd_option(argc, argv, "o:h", options)) != -1) {
		switch (opt) {
		case 'o':
			path = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			if (lp_filter_option(opt, optarg, &filter))
				return LP_EXIT_USAGE;
		}
	}
	if (optind == argc)
		return lp_cmd_takes(argv[0], "LOG...");
	if (!*path) {
		fprintf(stderr, "leastpriv: --output takes the name of a file\n");
		return LP_EXIT_USAGE;
	}
	/* All is read before anything is written: the output may be one of the logs. */
	status = lp_read_evidence(argv + optind, argc - optind, &filter, &l);
	if (status)
		return status;
	status = lp_write_log(l, path);
	lp_ledger_free(l);
	return status;
}
