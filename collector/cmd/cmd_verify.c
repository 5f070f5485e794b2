/* SPDX-License-Identifier: MIT */
/*
 * leastpriv verify: which recorded calls would a policy refuse?
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "cmd_evidence.h"
#include "base/compare.h"
#include "base/grow.h"
#include "base/json_out.h"
#include "base/log.h"
#include "policy/condset.h"
#include "policy/evaluate.h"
#include "policy/resolve.h"

static const struct option options[] = {
	LP_FILTER_OPTIONS,
	{"identity", required_argument, NULL, 'i'},
	{"account", required_argument, NULL, 'a'},
	{"json", no_argument, NULL, 'j'},
	{"strict", no_argument, NULL, 's'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: leastpriv verify [options] POLICY... LOG...\n"
		"Says which calls of the call logs the policy, or all of them together, would\n"
		"refuse. Exit status 0 when none, 1 when some, 2 when the input is of no use, 3 "
		"by\n"
		"--strict.\n\n"
		"%s"
		"  --model FILE                " LP_CMD_MODEL_HELP,
		lp_question_help);
}

/* A refused permission of one kind of call. Strings live in `arena`. */
struct refusal {
	const char *who, *operation, *program, *action, *resource, *conditions;
	const char *untold; /* key of a condition, or NULL */
	enum lp_decision decision;
	uint64_t count;
};

struct verify {
	const struct lp_evaluator *ev;
	struct lp_resolver *resolver;
	const char *identity;
	struct lp_arena arena;
	struct refusal *refusals;
	size_t n, cap;
	uint64_t checked;
};

static int add_refusal(struct verify *v, const struct lp_record *rec,
		       const struct lp_resolved *resolved, enum lp_decision decision)
{
	struct refusal *r;

	if (lp_grow(&v->refusals, v->n, &v->cap, 64, sizeof(*v->refusals)))
		return -ENOMEM;
	r = &v->refusals[v->n++];
	*r = (struct refusal){
		.who = lp_arena_strndup(&v->arena, resolved->who),
		.operation = rec->operation,
		.program = rec->program,
		.action = rec->action,
		.resource = lp_arena_strndup(&v->arena, resolved->resource),
		.conditions = rec->conditions,
		.decision = decision,
		.count = rec->count,
	};
	return r->who && r->resource ? 0 : -ENOMEM;
}

static int check(void *ctx, const struct lp_record *rec)
{
	struct verify *v = ctx;
	struct lp_resolved resolved;
	enum lp_decision decision;
	const struct lp_statement *by;
	const char *resource = NULL, *context, *untold = NULL;
	int err;

	if (rec->flags & LP_GRANT_POSSIBLE)
		return 0;
	err = lp_resolve(v->resolver, rec, &resolved);
	if (err || !lp_is_identity(v->identity, resolved.who))
		return err;
	/* A source that named no resource proves the action only. */
	if (!(rec->flags & LP_GRANT_UNPINNED))
		resource = resolved.resource.ptr;
	v->checked++;
	context = lp_resolve_context(v->resolver, rec, &resolved);
	decision = lp_evaluate(v->ev, rec->action, resource, context, &by);
	if (decision != LP_ALLOWED)
		untold = lp_evaluate_untold(v->ev, rec->action, resource, context, by);
	else
		untold = lp_evaluate_hangs(v->ev, rec->action, resource, context);
	if (decision == LP_ALLOWED && !untold)
		return 0;
	err = add_refusal(v, rec, &resolved, decision);
	if (!err)
		v->refusals[v->n - 1].untold = untold;
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct refusal *x = a, *y = b;
	const char *const xs[] = {x->who,	x->action,  x->resource,
				  x->operation, x->program, x->conditions};
	const char *const ys[] = {y->who,	y->action,  y->resource,
				  y->operation, y->program, y->conditions};

	return lp_compare_strs(xs, ys, LP_ARRAY_LEN(xs));
}

static void print(const struct refusal *r)
{
	struct lp_span context = lp_span_str(r->conditions);
	struct lp_condset_item item;

	lp_print(stdout, "%s: %s on %s",
		 r->decision == LP_DENIED_EXPLICITLY ? "denied" : "not allowed", r->action,
		 r->resource);
	while (lp_condset_next(&context, &item))
		lp_print(stdout, " with %.*s %.*s", (int)item.key.len, item.key.ptr,
			 (int)item.value.len, item.value.ptr);
	lp_print(stdout, ", for %s by %s%s%s (%" PRIu64 " call%s)%s%s%s\n", r->operation,
		 *r->who ? r->who : "unknown", *r->program ? " in " : "", r->program, r->count,
		 lp_plural(r->count), r->untold ? "; it depends on " : "",
		 r->untold ? r->untold : "", r->untold ? ", which the evidence does not tell" : "");
}

static void print_json(const struct refusal *r, bool first)
{
	printf("%s  {\"kind\": \"refused\"", first ? "\n" : ",\n");
	lp_json_out_member(stdout, "action", r->action);
	lp_json_out_member(stdout, "resource", r->resource);
	lp_json_out_member(stdout, "operation", r->operation);
	lp_json_out_member(stdout, "identity", *r->who ? r->who : NULL);
	lp_json_out_member(stdout, "program", *r->program ? r->program : NULL);
	lp_json_out_member(stdout, "depends_on", r->untold);
	lp_json_out_conditions(stdout, r->conditions);
	printf(", \"denied\": %s, \"count\": %" PRIu64 "}",
	       r->decision == LP_DENIED_EXPLICITLY ? "true" : "false", r->count);
}

static void print_all(const struct verify *v, bool json)
{
	if (json)
		putchar('[');
	for (size_t i = 0; i < v->n; i++)
		if (json)
			print_json(&v->refusals[i], i == 0);
		else
			print(&v->refusals[i]);
	if (json)
		puts("\n]");
}

static int verify(const struct lp_question *q, const struct lp_build_options *opts, bool json)
{
	struct verify v = {.ev = q->policy.evaluator, .identity = opts->identity};
	int err = lp_resolver_new(q->ledger, opts, &v.resolver);

	lp_arena_init(&v.arena, SIZE_MAX / 2);
	if (!err)
		err = lp_ledger_each(q->ledger, check, &v);
	if (err) {
		fprintf(stderr, "leastpriv: %s\n", strerror(-err));
	} else {
		if (v.n)
			qsort(v.refusals, v.n, sizeof(*v.refusals), compare);
		print_all(&v, json);
		fprintf(stderr, "leastpriv: %zu of %" PRIu64 " recorded permission%s refused\n",
			v.n, v.checked, lp_plural(v.checked));
	}
	lp_resolver_free(v.resolver);
	lp_arena_fini(&v.arena);
	free(v.refusals);
	return err ? LP_EXIT_USAGE : v.n ? LP_EXIT_FINDINGS : 0;
}

int lp_cmd_verify(int argc, char **argv)
{
	struct lp_calllog_filter filter = {.since_ns = 0};
	struct lp_build_options opts = {0};
	struct lp_question q;
	bool strict = false, json = false;
	int opt, status;

	while ((opt = lp_cmd_option(argc, argv, "h", options)) != -1) {
		switch (opt) {
		case 'i':
			opts.identity = optarg;
			break;
		case 'a':
			opts.unknown_account = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 's':
			strict = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			if (lp_filter_option(opt, optarg, &filter))
				return LP_EXIT_USAGE;
		}
	}
	status = lp_question_open(&q, argv + optind, argc - optind, &opts, &filter, argv[0]);
	if (status)
		return status;
	status = verify(&q, &opts, json);
	if (!status && strict && !lp_question_complete(&q))
		status = LP_EXIT_GAPS;
	lp_question_close(&q);
	return status;
}
