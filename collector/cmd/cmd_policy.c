/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "cmd_evidence.h"
#include "base/log.h"
#include "model/iam.h"
#include "policy/output.h"
#include "policy/whose.h"

enum {
	OPTION_HELP = LP_OUTPUT_OPTION_END,
	OPTION_STRICT,
};

static const struct option options[] = {
	LP_OUTPUT_OPTIONS,
	LP_FILTER_OPTIONS,
	{"output", required_argument, NULL, 'o'},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"help", no_argument, NULL, OPTION_HELP},
	{0},
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: leastpriv policy [options] LOG...\n"
		"Builds policies from call logs; LOG may be - for standard input, or gzipped. "
		"Exit\nstatus 0, 2 when the input is of no use, 3 by --strict, 4 by --baseline.\n\n"
		"  -o, --output FILE           where to (default: -, standard output)\n"
		"  --strict                    exit status 3 when the logs have no call, or say "
		"that\n"
		"                              something was not seen or not understood\n%s%s",
		lp_filter_help, lp_output_help);
}

struct writing {
	const struct lp_build_options *opts;
	size_t granted;	     /* actions, over all policies */
	const char *unknown; /* the last action that was said to be none */
};

static void note(void *ctx, const char *line)
{
	(void)ctx;
	lp_print(stderr, "leastpriv: %s\n", line);
}

/* What no reference knows, AWS would ignore; actions come in order. */
static void check_action(void *ctx, const char *action, const char *resource)
{
	struct writing *w = ctx;

	(void)resource;
	if (strchr(action, '*') || lp_iam_find_action(lp_span_str(action)) != LP_IAM_NONE ||
	    (w->unknown && !strcmp(w->unknown, action)))
		return;
	w->unknown = action;
	lp_print(stderr,
		 "leastpriv: %s: no action of that name is known; newer facts are added by "
		 "`leastpriv model add`\n",
		 action);
}

static void written(void *ctx, const struct lp_written *w)
{
	struct writing *writing = ctx;
	const char *who = writing->opts->per == LP_PER_ALL ? ""
			  : w->policy->identity[0]	   ? w->policy->identity
			  : w->policy->n_actions	   ? w->policy->name
							   : "";

	if (w->document == 1) {
		writing->granted += w->policy->n_actions;
		writing->unknown = NULL;
		lp_policy_each(w->policy, check_action, writing);
		lp_output_notes(w->policy, writing->opts, note, NULL);
	}
	if (strcmp(w->path, "-") && w->document == 1)
		lp_print(stderr, "leastpriv: %s: %s%s%zu action%s on %zu resource%s\n", w->path,
			 who, *who ? ", " : "", w->policy->n_actions,
			 lp_plural(w->policy->n_actions), w->policy->n_resources,
			 lp_plural(w->policy->n_resources));
	if (w->n_documents > 1 && w->document == w->n_documents)
		lp_print(stderr,
			 "leastpriv: %s is too long for one document and was split into %zu\n",
			 w->policy->name, w->n_documents);
}

static void blind_spot(void *ctx, const char *operation, const char *reason, uint64_t count)
{
	(void)ctx;
	lp_print(stderr, "leastpriv: not in the policy: %s, %" PRIu64 " call%s: %s\n", operation,
		 count, lp_plural(count), reason);
}

/* What the evidence says was not seen, said and made the options' gaps; free() the list. */
static int find_gaps(const struct lp_ledger *l, struct lp_arena *arena,
		     struct lp_build_options *opts, struct lp_unseen **list)
{
	struct lp_gap *gaps;
	size_t n;
	int err = lp_unseen_list(lp_ledger_unseen(l), list, &n);

	if (err)
		return err;
	gaps = lp_arena_alloc(arena, (n ? n : 1) * sizeof(*gaps));
	if (!gaps)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *line = lp_unseen_sentence(&(*list)[i], arena);

		if (!line || !lp_gap_of(&(*list)[i], arena, &gaps[i]))
			return -ENOMEM;
		lp_log(LP_LOG_WARN, "%s", line);
	}
	opts->gaps = gaps;
	opts->n_gaps = n;
	return 0;
}

int lp_write_policies(const struct lp_ledger *l, const struct lp_build_options *given,
		      enum lp_format format, const char *file)
{
	struct lp_build_options with_gaps = *given, *opts = &with_gaps;
	struct writing writing = {.opts = opts};
	struct lp_unseen *list = NULL;
	struct lp_ledger_counts counts;
	struct lp_arena arena;
	int err;

	if (lp_whose_check(l, opts))
		return LP_EXIT_USAGE;
	err = lp_ledger_each_unknown(l, blind_spot, NULL);
	lp_arena_init(&arena, SIZE_MAX / 2);
	if (!err)
		err = find_gaps(l, &arena, opts, &list);
	if (err)
		fprintf(stderr, "leastpriv: %s\n", strerror(-err));
	else
		err = lp_output_write(l, opts, format, file, written, &writing);
	free(list);
	lp_arena_fini(&arena);
	if (err)
		return LP_EXIT_USAGE;
	if (opts->report && strcmp(opts->report, "-") != 0)
		lp_print(stderr, "leastpriv: %s: the report\n", opts->report);
	lp_ledger_counts(l, &counts);
	if (counts.denied && !opts->identity && !opts->only_denied)
		fprintf(stderr,
			"leastpriv: AWS refused %" PRIu64 " of %" PRIu64
			" call%s; the policy allows %s\n",
			counts.denied, counts.calls, lp_plural(counts.calls),
			counts.denied == 1 ? "it" : "them");
	if (!writing.granted)
		fprintf(stderr, "leastpriv: %s: the policy is empty\n",
			counts.calls || opts->identity ? lp_output_why_empty(opts)
						       : "the evidence has no call at all");
	return opts->baseline && writing.granted ? LP_EXIT_NEW : 0;
}

int lp_cmd_policy(int argc, char **argv)
{
	struct lp_build_options opts = {0};
	struct lp_calllog_filter filter = {.since_ns = 0};
	enum lp_format format = LP_FORMAT_JSON;
	const char *file = "-";
	struct lp_ledger *l;
	bool strict = false;
	int opt, status = LP_EXIT_USAGE;

	while ((opt = lp_cmd_option(argc, argv, "o:h", options)) != -1) {
		if (opt == 'o') {
			file = optarg;
		} else if (opt == OPTION_STRICT) {
			strict = true;
		} else if (opt == 'h' || opt == OPTION_HELP) {
			usage(stdout);
			return 0;
		} else if (lp_output_option(opt, optarg, &opts, &format) &&
			   lp_filter_option(opt, optarg, &filter)) {
			goto out;
		}
	}
	if (optind == argc) {
		status = lp_cmd_takes(argv[0], "LOG...");
		goto out;
	}
	if (lp_options_clash(argv + optind, argc - optind, &opts, file, NULL) ||
	    lp_outputs_check(&opts, file, NULL))
		goto out;
	if (lp_read_evidence(argv + optind, argc - optind, &filter, &l))
		goto out;
	status = lp_write_policies(l, &opts, format, file);
	if (!status && strict && !lp_evidence_complete(l))
		status = LP_EXIT_GAPS;
	lp_ledger_free(l);
out:
	lp_output_options_fini(&opts);
	return status;
}
