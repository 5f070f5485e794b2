/* SPDX-License-Identifier: MIT */
/*
 * leastpriv merge: many call logs into one that is as short as what they differ in.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cmd_evidence.h"
#include "base/log.h"
#include "policy/calllog.h"
#include "policy/replace.h"

enum {
	OPTION_SINCE = 256,
	OPTION_UNTIL,
	OPTION_PROGRAM,
	OPTION_NOT_PROGRAM,
};

static const struct option options[] = {
	{"output", required_argument, NULL, 'o'},
	{"since", required_argument, NULL, OPTION_SINCE},
	{"until", required_argument, NULL, OPTION_UNTIL},
	{"program", required_argument, NULL, OPTION_PROGRAM},
	{"not-program", required_argument, NULL, OPTION_NOT_PROGRAM},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void usage(FILE *out)
{
	fputs("usage: leastpriv merge [options] LOG...\n"
	      "Joins call logs into one with a line for each distinct permission: the same "
	      "policies,\n"
	      "in a fraction of the size, whatever the order of the logs. What they say was not\n"
	      "seen stays.\n\n"
	      "  -o, --output FILE           where to (default: -, standard output)\n"
	      "  --since TIME, --until TIME  only calls at or after, and before; UTC,\n"
	      "                              2026-01-31 or 2026-01-31T12:00:00Z\n"
	      "  --program PATTERN           only calls of programs with such a path (\"/opt/*\")\n"
	      "  --not-program PATTERN       none of such\n"
	      "  --model FILE                " LP_CMD_MODEL_HELP,
	      out);
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
	struct lp_ledger_counts counts;
	struct lp_ledger *l;
	int opt, status = 0;

	while ((opt = lp_cmd_option(argc, argv, "o:h", options)) != -1) {
		switch (opt) {
		case 'o':
			path = optarg;
			break;
		case OPTION_SINCE:
			status = lp_read_time(optarg, "since", &filter.since_ns);
			break;
		case OPTION_UNTIL:
			status = lp_read_time(optarg, "until", &filter.until_ns);
			break;
		case OPTION_PROGRAM:
			filter.program = optarg;
			break;
		case OPTION_NOT_PROGRAM:
			filter.no_program = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return LP_EXIT_USAGE;
		}
		if (status)
			return status;
	}
	if (optind == argc)
		return lp_cmd_takes(argv[0], "LOG...");
	if (filter.since_ns && filter.until_ns && filter.since_ns >= filter.until_ns) {
		fprintf(stderr, "leastpriv: no call is at or after --since and before --until\n");
		return LP_EXIT_USAGE;
	}
	if (!*path) {
		fprintf(stderr, "leastpriv: --output takes the name of a file\n");
		return LP_EXIT_USAGE;
	}
	/* All is read before anything is written: the output may be one of the logs. */
	status = lp_read_evidence(argv + optind, argc - optind, &filter, &l);
	if (status)
		return status;
	lp_ledger_counts(l, &counts);
	if (filter.left_out)
		fprintf(stderr,
			"leastpriv: %" PRIu64 " call%s taken, %" PRIu64
			" left out by the options\n",
			counts.calls, lp_plural(counts.calls), filter.left_out);
	status = lp_write_log(l, path);
	lp_ledger_free(l);
	return status;
}
