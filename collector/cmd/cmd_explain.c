/* SPDX-License-Identifier: MIT */
/*
 * leastpriv explain: which calls need a permission, when, and by which program?
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/compare.h"
#include "base/grow.h"
#include "base/json_out.h"
#include "base/log.h"
#include "cmd.h"
#include "cmd_evidence.h"
#include "policy/calllog.h"
#include "policy/evaluate.h"
#include "policy/fits.h"
#include "policy/pattern.h"
#include "policy/resolve.h"
#include "policy/timestamp.h"
#include "policy/whose.h"

#define SIDS_SHOWN 10

static const struct option options[] = {
	LP_FILTER_OPTIONS,
	{"policy", required_argument, NULL, 'p'},
	{"identity", required_argument, NULL, 'i'},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: leastpriv explain [options] ACTION LOG...\n"
		"       leastpriv explain [options] --policy POLICY SID LOG...\n"
		"Shows which calls of the call logs need an action (\"s3:Get*\"), or a\n"
		"statement of a policy: how often, when, on what, by which program. Exit status 0\n"
		"when there is one, 1 when there is none, 2 when the input is of no use.\n\n"
		"  --policy POLICY             whose statement SID is\n"
		"  --json                      for programs\n"
		"%s"
		"  --identity NAME             only calls of this principal, role, user or access "
		"key\n"
		"                              id\n"
		"  --model FILE                " LP_CMD_MODEL_HELP,
		lp_filter_help);
}

struct line {
	struct lp_record rec;
	const char *who, *resource;
};

struct explain {
	const char *identity; /* whose calls; NULL: all */
	struct lp_resolver *resolver;
	struct lp_span action;		      /* a pattern, or */
	const struct lp_statement *statement; /* a statement of */
	const struct lp_evaluator *ev;	      /* a policy */
	struct lp_arena arena;
	struct line *lines;
	size_t n, cap;
};

static bool wanted(const struct explain *x, const struct lp_record *rec,
		   const struct lp_resolved *resolved)
{
	const struct lp_statement *by;

	if (!x->statement)
		return lp_pattern_covers(x->action, lp_span_str(rec->action), LP_PATTERN_NOCASE);
	return lp_evaluate(x->ev, rec->action,
			   rec->flags & LP_GRANT_UNPINNED ? NULL : resolved->resource.ptr,
			   lp_resolve_context(x->resolver, rec, resolved), &by) == LP_ALLOWED &&
	       by == x->statement;
}

static int take(void *ctx, const struct lp_record *rec)
{
	struct explain *x = ctx;
	struct lp_resolved resolved;
	struct line *line;
	int err = lp_resolve(x->resolver, rec, &resolved);

	if (err || !lp_is_identity(x->identity, resolved.who) || !wanted(x, rec, &resolved))
		return err;
	if (lp_grow(&x->lines, x->n, &x->cap, 64, sizeof(*x->lines)))
		return -ENOMEM;
	line = &x->lines[x->n++];
	line->rec = *rec;
	line->who = lp_arena_strndup(&x->arena, resolved.who);
	line->resource = lp_arena_strndup(&x->arena, resolved.resource);
	return line->who && line->resource ? 0 : -ENOMEM;
}

/* By all that a line shows: evidence comes in no particular order. */
static int compare(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	const char *const xs[] = {x->rec.action,  x->resource,	  x->who,	 x->rec.operation,
				  x->rec.program, x->rec.outcome, x->rec.reason, x->rec.conditions};
	const char *const ys[] = {y->rec.action,  y->resource,	  y->who,	 y->rec.operation,
				  y->rec.program, y->rec.outcome, y->rec.reason, y->rec.conditions};
	const int64_t xn[] = {x->rec.first_ns, x->rec.last_ns, (int64_t)x->rec.count,
			      x->rec.sources};
	const int64_t yn[] = {y->rec.first_ns, y->rec.last_ns, (int64_t)y->rec.count,
			      y->rec.sources};
	int c = lp_compare_strs(xs, ys, LP_ARRAY_LEN(xs));

	for (size_t i = 0; i < LP_ARRAY_LEN(xn) && !c; i++)
		c = (xn[i] > yn[i]) - (xn[i] < yn[i]);
	return c;
}

static void print_sources(unsigned sources)
{
	const char *before = ", seen by ";

	for (unsigned s = 0; s < LP_SOURCES; s++) {
		if (!(sources & (1u << s)))
			continue;
		lp_print(stdout, "%s%s", before, lp_source_name(s));
		before = " and ";
	}
}

static void print(const struct line *l, bool first)
{
	char from[LP_TIMESTAMP_SIZE], to[LP_TIMESTAMP_SIZE];
	const char *start = lp_timestamp_write(l->rec.first_ns, from);
	const char *end = lp_timestamp_write(l->rec.last_ns, to);

	if (first)
		lp_print(stdout, "%s on %s\n", l->rec.action, l->resource);
	lp_print(stdout, "  %" PRIu64 " × %s by %s", l->rec.count, l->rec.operation,
		 *l->who ? l->who : "unknown");
	if (*l->rec.program)
		lp_print(stdout, " in %s", l->rec.program);
	if (start)
		lp_print(stdout, ", %s", start);
	if (start && end && strcmp(start, end))
		lp_print(stdout, " to %s", end);
	print_sources(l->rec.sources);
	if (*l->rec.outcome)
		lp_print(stdout, ", answered %s%s", l->rec.outcome,
			 l->rec.denied ? " (refused)" : "");
	if (*l->rec.reason)
		lp_print(stdout, ": %s%s",
			 l->rec.flags & LP_GRANT_POSSIBLE ? "perhaps, and not granted: " : "",
			 l->rec.reason);
	putchar('\n');
}

static void print_json(const struct line *l, bool first)
{
	char from[LP_TIMESTAMP_SIZE], to[LP_TIMESTAMP_SIZE];
	const char *before = "";

	printf("%s  {\"kind\": \"%s\"", first ? "\n" : ",\n",
	       l->rec.flags & LP_GRANT_POSSIBLE ? "possible" : "needed");
	lp_json_out_member(stdout, "action", l->rec.action);
	lp_json_out_member(stdout, "resource", l->resource);
	lp_json_out_member(stdout, "operation", l->rec.operation);
	lp_json_out_member(stdout, "identity", *l->who ? l->who : NULL);
	lp_json_out_member(stdout, "program", *l->rec.program ? l->rec.program : NULL);
	lp_json_out_member(stdout, "first", lp_timestamp_write(l->rec.first_ns, from));
	lp_json_out_member(stdout, "last", lp_timestamp_write(l->rec.last_ns, to));
	fputs(", \"sources\": [", stdout);
	for (unsigned s = 0; s < LP_SOURCES; s++) {
		if (!(l->rec.sources & (1u << s)))
			continue;
		fputs(before, stdout);
		lp_json_out_str(stdout, lp_source_name(s));
		before = ", ";
	}
	putchar(']');
	lp_json_out_member(stdout, "error", *l->rec.outcome ? l->rec.outcome : NULL);
	lp_json_out_member(stdout, "reason", *l->rec.reason ? l->rec.reason : NULL);
	lp_json_out_conditions(stdout, l->rec.conditions);
	printf(", \"denied\": %s, \"count\": %" PRIu64 "}", l->rec.denied ? "true" : "false",
	       l->rec.count);
}

static void print_all(const struct explain *x, bool json)
{
	if (json)
		putchar('[');
	for (size_t i = 0; i < x->n; i++) {
		const struct line *l = &x->lines[i];

		if (json)
			print_json(l, i == 0);
		else
			print(l, i == 0 || strcmp(l[-1].rec.action, l->rec.action) ||
					 strcmp(l[-1].resource, l->resource));
	}
	if (json)
		puts("\n]");
}

static int explain(struct explain *x, const struct lp_ledger *l,
		   const struct lp_build_options *opts, bool json)
{
	int err = lp_resolver_new(l, opts, &x->resolver);

	lp_arena_init(&x->arena, SIZE_MAX / 2);
	if (!err)
		err = lp_ledger_each(l, take, x);
	if (!err && x->n)
		qsort(x->lines, x->n, sizeof(*x->lines), compare);
	if (!err)
		print_all(x, json);
	if (err)
		fprintf(stderr, "leastpriv: %s\n", strerror(-err));
	else if (!x->n && x->statement && x->statement->deny)
		fprintf(stderr, "leastpriv: a Deny, which no call needs; `leastpriv verify` says "
				"what it refuses\n");
	else if (!x->n && !x->statement && !lp_each_action(x->action, NULL, NULL))
		lp_print(stderr,
			 "leastpriv: no action is known as %s, and no recorded call needs it; "
			 "`leastpriv lookup` shows the nearest\n",
			 x->action.ptr);
	else if (!x->n)
		fprintf(stderr, "leastpriv: no recorded call needs it\n");
	lp_resolver_free(x->resolver);
	lp_arena_fini(&x->arena);
	free(x->lines);
	return err ? LP_EXIT_USAGE : x->n ? 0 : LP_EXIT_FINDINGS;
}

static void list_statements(const struct lp_document *doc)
{
	const char *before = "; it has";
	size_t n = 0;

	for (size_t i = 0; i < doc->n_statements && n < SIDS_SHOWN; i++) {
		if (!doc->statements[i].sid)
			continue;
		lp_print(stderr, "%s %s", before, doc->statements[i].sid);
		before = "";
		n++;
	}
	fputs(n == SIDS_SHOWN ? " ...\n"
	      : n	      ? "\n"
			      : "; none of its statements has a Sid\n",
	      stderr);
}

static const struct lp_statement *find_statement(const struct lp_document *doc, const char *sid)
{
	for (size_t i = 0; i < doc->n_statements; i++)
		if (doc->statements[i].sid && !strcmp(doc->statements[i].sid, sid))
			return &doc->statements[i];
	return NULL;
}

/* LOG..., and for a statement the policy it stands in; 0, or the exit status. */
static int open_question(struct lp_question *q, struct explain *x, const char *policy,
			 char *const *operands, int n, struct lp_build_options *opts,
			 struct lp_calllog_filter *filter)
{
	int status;

	if (policy && !lp_policy_file_load_identity(policy, &q->policy))
		return LP_EXIT_USAGE;
	x->ev = q->policy.evaluator;
	if (policy)
		x->statement = find_statement(&q->policy.doc, operands[0]);
	if (q->policy.account[0])
		opts->unknown_account = q->policy.account;
	if (policy && !x->statement) {
		lp_print(stderr, "leastpriv: %s has no statement \"%s\"", policy, operands[0]);
		list_statements(&q->policy.doc);
		status = LP_EXIT_USAGE;
	} else {
		status = lp_read_evidence(operands + 1, n - 1, filter, &q->ledger);
	}
	if (!status && lp_whose_check(q->ledger, opts))
		status = LP_EXIT_USAGE;
	if (status)
		lp_question_close(q);
	return status;
}

int lp_cmd_explain(int argc, char **argv)
{
	struct lp_calllog_filter filter = {.since_ns = 0};
	struct lp_build_options opts = {0};
	struct explain x = {0};
	bool json = false;
	const char *policy = NULL;
	struct lp_question q = {0};
	int opt, status;

	while ((opt = lp_cmd_option(argc, argv, "h", options)) != -1) {
		switch (opt) {
		case 'p':
			policy = optarg;
			break;
		case 'i':
			x.identity = opts.identity = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			if (lp_filter_option(opt, optarg, &filter))
				return LP_EXIT_USAGE;
		}
	}
	if (argc - optind < 2)
		return lp_cmd_takes(argv[0],
				    policy ? "--policy POLICY SID LOG..." : "ACTION LOG...");
	x.action = lp_span_str(argv[optind]);
	if (!policy && lp_span_find(x.action, ':') == x.action.len &&
	    lp_span_find(x.action, '*') == x.action.len) {
		fprintf(stderr,
			"leastpriv: %s: an action begins with its service, as in s3:GetObject; "
			"`leastpriv lookup %s` shows such\n",
			argv[optind], argv[optind]);
		return LP_EXIT_USAGE;
	}
	status = open_question(&q, &x, policy, argv + optind, argc - optind, &opts, &filter);
	if (status)
		return status;
	status = explain(&x, q.ledger, &opts, json);
	lp_question_close(&q);
	return status;
}
