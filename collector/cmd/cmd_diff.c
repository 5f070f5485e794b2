/* SPDX-License-Identifier: MIT */
/*
 * leastpriv diff: what does a policy grant that was never used, what was used that it does not
 * grant?
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/compare.h"
#include "base/grow.h"
#include "base/intern.h"
#include "base/json_out.h"
#include "cmd.h"
#include "cmd_diff.h"
#include "cmd_evidence.h"
#include "base/log.h"
#include "policy/fits.h"
#include "policy/output.h"
#include "policy/pattern.h"
#include "policy/resolve.h"

#define USED_SHOWN    12 /* actions of a wildcard that are named */
#define BASELINES_MAX 64

enum {
	OPTION_FAIL_ON = LP_OUTPUT_OPTION_END,
	OPTION_TIGHTENED,
	OPTION_JSON,
	OPTION_STRICT,
	OPTION_HELP,
};

static const struct option options[] = {
	LP_FILTER_OPTIONS,
	{"fail-on", required_argument, NULL, OPTION_FAIL_ON},
	{"baseline", required_argument, NULL, LP_OPTION_BASELINE},
	{"tightened", required_argument, NULL, OPTION_TIGHTENED},
	{"json", no_argument, NULL, OPTION_JSON},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"account", required_argument, NULL, LP_OPTION_ACCOUNT},
	{"identity", required_argument, NULL, LP_OPTION_IDENTITY},
	{"help", no_argument, NULL, OPTION_HELP},
	{0},
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: leastpriv diff [options] POLICY... LOG...\n"
		"       leastpriv diff [--json] --baseline POLICY POLICY...\n"
		"Shows what the policy, or all of them together, grants and the call logs never "
		"use\n"
		"(wildcards expanded), and what they use and it does not grant. Exit status 0, 1 "
		"by\n"
		"--fail-on, 2 when the input is of no use, 3 by --strict, 4 by --baseline.\n\n"
		"  --baseline POLICY           needs no logs: what is allowed now and was not by "
		"POLICY\n"
		"                              (may be repeated), and what no longer is; exit "
		"status "
		"4\n"
		"                              when there is some of the first\n"
		"  --fail-on unused,missing    exit 1 when there is some of it\n"
		"  --tightened FILE            write the part of the policy that was used, - for "
		"stdout\n"
		"%s"
		"  --model FILE                " LP_CMD_MODEL_HELP,
		lp_question_help);
}

enum fail_on {
	FAIL_ON_UNUSED = 1 << 0,
	FAIL_ON_MISSING = 1 << 1,
};

/* What of one Allow statement was used. */
struct usage {
	const struct lp_statement *st;
	struct lp_intern *actions; /* by action item: names used through it; of NotAction through
				      all of them, in the first */
	bool *resources;	   /* by resource item */
	bool all_resources;	   /* every one of them */
};

struct missing {
	const char *action, *resource;
	enum lp_decision decision;
	uint64_t count;
};

struct diff {
	const char *identity; /* whose calls; NULL: all */
	const struct lp_document *doc;
	const struct lp_evaluator *ev;
	struct lp_resolver *resolver;
	struct usage *usages; /* one a statement */
	struct lp_arena arena;
	struct missing *missing;
	size_t n_missing, cap_missing;
	size_t n_unused;
	bool json, first;
	FILE *out; /* where lines for people go */
};

static int add_missing(struct diff *d, const struct lp_record *rec, const char *resource,
		       enum lp_decision decision)
{
	struct missing *m;

	if (lp_grow(&d->missing, d->n_missing, &d->cap_missing, 64, sizeof(*d->missing)))
		return -ENOMEM;
	m = &d->missing[d->n_missing++];
	*m = (struct missing){
		.action = rec->action,
		.resource = lp_arena_strndup(&d->arena, lp_span_str(resource)),
		.decision = decision,
		.count = rec->count,
	};
	return m->resource ? 0 : -ENOMEM;
}

static int mark_action(struct usage *u, const char *action)
{
	const struct lp_statement *st = u->st;
	struct lp_span name = lp_span_str(action);
	uint32_t id;
	int err = 0;

	if (st->not_action && st->actions.n)
		err = lp_intern(&u->actions[0], name, &id);
	for (size_t i = 0; !err && !st->not_action && i < st->actions.n; i++) {
		if (lp_pattern_covers(lp_span_str(st->actions.items[i]), name, LP_PATTERN_NOCASE))
			err = lp_intern(&u->actions[i], name, &id);
	}
	return err;
}

/* A record that is allowed, and what by. */
struct marking {
	struct diff *d;
	const struct lp_record *rec;
};

static int mark(void *ctx, const struct lp_statement *st, size_t item)
{
	const struct marking *m = ctx;
	struct usage *u = &m->d->usages[st - m->d->doc->statements];

	if (item != LP_NO_ITEM)
		u->resources[item] = true;
	return mark_action(u, m->rec->action);
}

/* Of what resource is not known: it may be any that the action is allowed on. */
static int mark_all(struct diff *d, const struct lp_record *rec, const char *context)
{
	int err = 0;

	for (size_t i = 0; !err && i < d->doc->n_statements; i++) {
		struct usage *u = &d->usages[i];

		if (!lp_statement_allows(u->st, rec->action, NULL, context))
			continue;
		u->all_resources = true;
		err = mark_action(u, rec->action);
	}
	return err;
}

static int take(void *ctx, const struct lp_record *rec)
{
	struct diff *d = ctx;
	struct lp_resolved resolved;
	const char *resource = NULL, *context;
	enum lp_decision decision;
	int err;

	if (rec->flags & LP_GRANT_POSSIBLE)
		return 0;
	err = lp_resolve(d->resolver, rec, &resolved);
	if (err || !lp_is_identity(d->identity, resolved.who))
		return err;
	if (!(rec->flags & LP_GRANT_UNPINNED))
		resource = resolved.resource.ptr;
	context = lp_resolve_context(d->resolver, rec, &resolved);
	decision = lp_evaluate(d->ev, rec->action, resource, context, NULL);
	if (decision != LP_ALLOWED)
		return add_missing(d, rec, resolved.resource.ptr, decision);
	if (!resource)
		return mark_all(d, rec, context);
	return lp_evaluate_each(d->ev, rec->action, resource, context, mark,
				&(struct marking){d, rec});
}

/* --- showing ---------------------------------------------------------------------------------- */

/* The names in a table, sorted; free() it. NULL when out of memory. */
static const char **sorted(const struct lp_intern *t)
{
	const char **names = calloc(t->n_strs + 1, sizeof(*names));

	for (uint32_t i = 0; names && i < t->n_strs; i++)
		names[i] = lp_intern_str(t, i);
	if (names)
		qsort(names, t->n_strs, sizeof(*names), lp_compare_str);
	return names;
}

/* Opens one element of the JSON output; text output has lines of its own. */
static void begin_json(struct diff *d, const char *kind)
{
	printf("%s  {\"kind\": \"%s\"", d->first ? "\n" : ",\n", kind);
	d->first = false;
}

/* Actions that a NotAction leaves. */
struct rest {
	const struct lp_strings *but;
	size_t n;
};

static void count_rest(void *ctx, lp_iam_action a)
{
	struct lp_span name = lp_span_str(lp_iam_action_name(a));
	struct rest *r = ctx;
	bool left = true;

	for (size_t i = 0; left && i < r->but->n; i++)
		left = !lp_pattern_covers(lp_span_str(r->but->items[i]), name, LP_PATTERN_NOCASE);
	r->n += left;
}

static size_t granted_by(const struct lp_statement *st, size_t i)
{
	struct rest rest = {.but = &st->actions};

	if (!st->not_action)
		return lp_each_action(lp_span_str(st->actions.items[i]), NULL, NULL);
	lp_each_action(LP_SPAN("*"), count_rest, &rest);
	return rest.n;
}

static void json_list(const char *name, const char *const *items, size_t n)
{
	printf(", \"%s\": ", name);
	lp_json_out_list(stdout, items, n);
}

/* What stands in the policy, and how much of it was used: of an action, or of a NotAction. */
static int show_action(struct diff *d, const struct usage *u, size_t i)
{
	const struct lp_strings *all = &u->st->actions;
	struct lp_position at = lp_item_position(u->st, all, i);
	size_t granted = granted_by(u->st, i), n = u->actions[i].n_strs;
	const char **names;

	if (n && n >= granted)
		return 0;
	d->n_unused++;
	names = sorted(&u->actions[i]);
	if (!names)
		return -ENOMEM;
	if (d->json) {
		begin_json(d, u->st->not_action ? "unused-not-action" : "unused-action");
		if (u->st->not_action)
			json_list("not_action", all->items, all->n);
		else
			lp_json_out_member(stdout, "action", all->items[i]);
		lp_json_out_member(stdout, "file", u->st->file);
		printf(", \"line\": %u, \"column\": %u, \"granted\": %zu", at.line, at.column,
		       granted);
		json_list("used", names, n);
		putchar('}');
		goto out;
	}
	lp_print(d->out, "unused: %s:%u:%u: ", u->st->file, at.line, at.column);
	if (u->st->not_action)
		fputs("all actions but", d->out);
	for (size_t k = i; k < (u->st->not_action ? all->n : i + 1); k++)
		lp_print(d->out, "%s%s", u->st->not_action ? " " : "", all->items[k]);
	if (n || granted > 1)
		fprintf(d->out, " (%zu used of %zu%s", n, granted, n ? ":" : "");
	for (size_t k = 0; k < n && k < USED_SHOWN; k++)
		lp_print(d->out, " %s", names[k]);
	fprintf(d->out, "%s%s\n", n > USED_SHOWN ? " ..." : "", n || granted > 1 ? ")" : "");
out:
	free(names);
	return 0;
}

static void show_resource(struct diff *d, const struct usage *u, size_t i)
{
	struct lp_position at = lp_item_position(u->st, &u->st->resources, i);
	const char *resource = u->st->resources.items[i];

	if (u->resources[i] || u->all_resources)
		return;
	d->n_unused++;
	if (d->json) {
		begin_json(d, "unused-resource");
		lp_json_out_member(stdout, "resource", resource);
		lp_json_out_member(stdout, "file", u->st->file);
		printf(", \"line\": %u, \"column\": %u}", at.line, at.column);
	} else {
		lp_print(d->out, "unused: %s:%u:%u: %s\n", u->st->file, at.line, at.column,
			 resource);
	}
}

static int show_unused(struct diff *d)
{
	int err = 0;

	for (size_t s = 0; s < d->doc->n_statements; s++) {
		const struct usage *u = &d->usages[s];

		if (u->st->deny)
			continue;
		for (size_t i = 0;
		     !err && i < (u->st->not_action ? u->st->actions.n > 0 : u->st->actions.n); i++)
			err = show_action(d, u, i);
		for (size_t i = 0; !u->st->not_resource && i < u->st->resources.n; i++)
			show_resource(d, u, i);
	}
	return err;
}

static int compare_missing(const void *a, const void *b)
{
	const struct missing *x = a, *y = b;
	int c = strcmp(x->action, y->action);

	return c ? c : strcmp(x->resource, y->resource);
}

static void show_missing(struct diff *d)
{
	if (d->n_missing)
		qsort(d->missing, d->n_missing, sizeof(*d->missing), compare_missing);
	for (size_t i = 0; i < d->n_missing;) {
		const struct missing *m = &d->missing[i];
		uint64_t count = 0;

		for (; i < d->n_missing && !compare_missing(m, &d->missing[i]); i++)
			count += d->missing[i].count;
		if (d->json) {
			begin_json(d, "missing");
			lp_json_out_member(stdout, "action", m->action);
			lp_json_out_member(stdout, "resource", m->resource);
			printf(", \"denied\": %s, \"count\": %" PRIu64 "}",
			       m->decision == LP_DENIED_EXPLICITLY ? "true" : "false", count);
		} else {
			lp_print(d->out, "missing: %s on %s (%" PRIu64 " call%s)%s\n", m->action,
				 m->resource, count, lp_plural(count),
				 m->decision == LP_DENIED_EXPLICITLY ? ", denied explicitly" : "");
		}
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

static int make_usages(struct diff *d)
{
	d->usages = calloc(d->doc->n_statements + 1, sizeof(*d->usages));
	if (!d->usages)
		return -ENOMEM;
	for (size_t i = 0; i < d->doc->n_statements; i++) {
		struct usage *u = &d->usages[i];

		u->st = &d->doc->statements[i];
		u->actions = calloc(u->st->actions.n + 1, sizeof(*u->actions));
		u->resources = calloc(u->st->resources.n + 1, sizeof(*u->resources));
		if (!u->actions || !u->resources)
			return -ENOMEM;
	}
	return 0;
}

static void free_usages(struct diff *d)
{
	for (size_t i = 0; d->usages && i < d->doc->n_statements; i++) {
		struct usage *u = &d->usages[i];

		for (size_t k = 0; u->actions && k < u->st->actions.n; k++)
			lp_intern_fini(&u->actions[k]);
		free(u->actions);
		free(u->resources);
	}
	free(d->usages);
}

/* 0 or the exit status to end with, the reason said. */
static int tighten(const struct lp_question *q, const struct lp_build_options *opts,
		   const char *file)
{
	struct lp_build_options tight = *opts;

	tight.per = LP_PER_ALL;
	tight.within = q->policy.evaluator;
	return lp_output_write(q->ledger, &tight, LP_FORMAT_JSON, file, NULL, NULL) ? LP_EXIT_USAGE
										    : 0;
}

static int run(const struct lp_question *q, const struct lp_build_options *opts, unsigned fail_on,
	       bool json, const char *tightened)
{
	struct diff d = {
		.identity = opts->identity,
		.doc = &q->policy.doc,
		.ev = q->policy.evaluator,
		.json = json,
		.out = tightened && !strcmp(tightened, "-") ? stderr : stdout,
		.first = true,
	};
	unsigned found;
	int err = make_usages(&d);

	lp_arena_init(&d.arena, SIZE_MAX / 2);
	if (!err)
		err = lp_resolver_new(q->ledger, opts, &d.resolver);
	if (!err)
		err = lp_ledger_each(q->ledger, take, &d);
	if (!err) {
		if (json)
			putchar('[');
		err = show_unused(&d);
		show_missing(&d);
		if (json)
			puts("\n]");
	}
	if (err)
		fprintf(stderr, "leastpriv: %s\n", strerror(-err));
	else if (tightened)
		err = tighten(q, opts, tightened);
	found = (d.n_unused ? FAIL_ON_UNUSED : 0) | (d.n_missing ? FAIL_ON_MISSING : 0);
	free_usages(&d);
	lp_resolver_free(d.resolver);
	lp_arena_fini(&d.arena);
	free(d.missing);
	return err ? LP_EXIT_USAGE : found & fail_on ? LP_EXIT_FINDINGS : 0;
}

static bool parse_fail_on(const char *words, unsigned *out)
{
	struct lp_span rest = lp_span_str(words);

	do {
		struct lp_span word = lp_span_first(rest, lp_span_find(rest, ','));

		if (lp_span_eq(word, LP_SPAN("unused")))
			*out |= FAIL_ON_UNUSED;
		else if (lp_span_eq(word, LP_SPAN("missing")))
			*out |= FAIL_ON_MISSING;
		else
			return false;
		rest = lp_span_from(rest, word.len + 1);
	} while (rest.len);
	return true;
}

static bool is_of_logs(const struct lp_calllog_filter *f, const struct lp_build_options *opts)
{
	return f->since_ns || f->until_ns || f->program || f->no_program || opts->identity ||
	       opts->unknown_account;
}

int lp_cmd_diff(int argc, char **argv)
{
	struct lp_calllog_filter filter = {.since_ns = 0};
	struct lp_build_options opts = {0};
	const char *tightened = NULL, *before[BASELINES_MAX];
	size_t n_before = 0;
	struct lp_question q;
	unsigned fail_on = 0;
	bool json = false, strict = false;
	int opt, status;

	while ((opt = lp_cmd_option(argc, argv, "h", options)) != -1) {
		switch (opt) {
		case OPTION_FAIL_ON:
			if (!parse_fail_on(optarg, &fail_on)) {
				lp_print(stderr,
					 "leastpriv: --fail-on takes unused,missing, not \"%s\"\n",
					 optarg);
				return LP_EXIT_USAGE;
			}
			break;
		case LP_OPTION_BASELINE:
			if (n_before == BASELINES_MAX) {
				fprintf(stderr, "leastpriv: --baseline: at most %d\n",
					BASELINES_MAX);
				return LP_EXIT_USAGE;
			}
			before[n_before++] = optarg;
			break;
		case OPTION_TIGHTENED:
			tightened = optarg;
			break;
		case OPTION_JSON:
			json = true;
			break;
		case OPTION_STRICT:
			strict = true;
			break;
		case LP_OPTION_ACCOUNT:
			opts.unknown_account = optarg;
			break;
		case LP_OPTION_IDENTITY:
			opts.identity = optarg;
			break;
		case OPTION_HELP:
		case 'h':
			usage(stdout);
			return 0;
		default:
			if (lp_filter_option(opt, optarg, &filter))
				return LP_EXIT_USAGE;
		}
	}
	if (n_before) {
		if (is_of_logs(&filter, &opts) || fail_on || tightened || strict) {
			fprintf(stderr, "leastpriv: --baseline compares policies, and takes --json "
					"only: the others are about call logs\n");
			return LP_EXIT_USAGE;
		}
		if (optind == argc)
			return lp_cmd_takes(argv[0], "--baseline POLICY POLICY...");
		return lp_diff_policies(before, n_before, (const char *const *)(argv + optind),
					(size_t)(argc - optind), json);
	}
	if (json && tightened && !strcmp(tightened, "-")) {
		fprintf(stderr, "leastpriv: --json and --tightened need outputs of their own\n");
		return LP_EXIT_USAGE;
	}
	for (int i = optind; i < argc; i++)
		if (lp_output_takes_place("tightened", tightened, argv[i]))
			return LP_EXIT_USAGE;
	status = lp_question_open(&q, argv + optind, argc - optind, &opts, &filter, argv[0]);
	if (status)
		return status;
	status = run(&q, &opts, fail_on, json, tightened);
	if (!status && strict && !lp_question_complete(&q))
		status = LP_EXIT_GAPS;
	lp_question_close(&q);
	return status;
}
