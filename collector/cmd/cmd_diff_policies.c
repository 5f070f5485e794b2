/* SPDX-License-Identifier: MIT */
/*
 * leastpriv diff --baseline: what does a policy allow that another does not, and the reverse? No
 * call log has a part in it.
 */

#include "cmd_diff.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json_out.h"
#include "base/log.h"
#include "cmd.h"
#include "cmd_evidence.h"
#include "policy/policy_file.h"
#include "policy/widen.h"

#define ACTIONS_SHOWN 12 /* of an item that are named */

struct showing {
	const char *kind; /* "new", "gone" */
	bool json, first;
	size_t n;
};

/* All of one side. False, and said: one is of no use; there is nothing to free. */
static bool load(const char *const *paths, size_t n, struct lp_policy_file *out)
{
	if (!lp_policy_file_load_identity(paths[0], out))
		return false;
	for (size_t i = 1; i < n; i++)
		if (lp_policy_file_add(paths[i], true, out))
			return false;
	return true;
}

static struct lp_position position_of(const struct lp_widening *w)
{
	const struct lp_strings *actions = &w->st->actions;

	if (!actions->positions || !actions->n)
		return w->st->position;
	return actions->positions[w->action == LP_WIDEN_REST ? 0 : w->action];
}

/* An item, or the list of a NotAction or NotResource. */
static void print_item(const struct lp_strings *list, size_t item, const char *all_but)
{
	if (item != LP_WIDEN_REST) {
		lp_print(stdout, "%s", list->items[item]);
		return;
	}
	fputs(all_but, stdout);
	for (size_t i = 0; i < list->n; i++)
		lp_print(stdout, " %s", list->items[i]);
}

static void print(const struct showing *s, const struct lp_widening *w)
{
	struct lp_position at = position_of(w);

	lp_print(stdout, "%s: %s:%u:%u: ", s->kind, w->st->file, at.line, at.column);
	print_item(&w->st->actions, w->action, "all actions but");
	fputs(" on ", stdout);
	print_item(&w->st->resources, w->resource, "all resources but");
	if (w->n_granted > 1) {
		printf(" (%zu of %zu:", w->n_actions, w->n_granted);
		for (size_t i = 0; i < w->n_actions && i < ACTIONS_SHOWN; i++)
			lp_print(stdout, " %s", w->actions[i]);
		fputs(w->n_actions > ACTIONS_SHOWN ? " ...)" : ")", stdout);
	}
	if (w->example)
		lp_print(stdout, ", for example %s", w->example);
	puts(w->unsure	       ? "; whether it is cannot be told"
	     : w->by_condition ? "; its conditions differ"
			       : "");
}

static void json_item(const char *name, const struct lp_strings *list, size_t item)
{
	if (item != LP_WIDEN_REST) {
		lp_json_out_member(stdout, name, list->items[item]);
		return;
	}
	printf(", \"not_%s\": ", name);
	lp_json_out_list(stdout, list->items, list->n);
}

static void print_json(const struct showing *s, const struct lp_widening *w)
{
	struct lp_position at = position_of(w);

	printf("%s  {\"kind\": \"%s\"", s->first ? "\n" : ",\n", s->kind);
	json_item("action", &w->st->actions, w->action);
	json_item("resource", &w->st->resources, w->resource);
	lp_json_out_member(stdout, "file", w->st->file);
	printf(", \"line\": %u, \"column\": %u, \"granted\": %zu, \"actions\": ", at.line,
	       at.column, w->n_granted);
	lp_json_out_list(stdout, w->actions, w->n_actions);
	lp_json_out_member(stdout, "example", w->example);
	printf(", \"by_condition\": %s, \"unsure\": %s}", w->by_condition ? "true" : "false",
	       w->unsure ? "true" : "false");
}

static int show(void *ctx, const struct lp_widening *w)
{
	struct showing *s = ctx;

	s->n++;
	if (s->json)
		print_json(s, w);
	else
		print(s, w);
	s->first = false;
	return 0;
}

static int compare(const struct lp_document *before, const struct lp_document *after, bool json)
{
	struct showing s = {.kind = "new", .json = json, .first = true};
	struct lp_unlike unlike;
	size_t n_new;
	int err = lp_unlike_find(before, after, &unlike);

	if (json)
		putchar('[');
	if (!err)
		err = lp_widen_each(before, after, &unlike, show, &s);
	n_new = s.n;
	s.kind = "gone";
	if (!err)
		err = lp_widen_each(after, before, &unlike, show, &s);
	lp_unlike_fini(&unlike);
	if (json)
		puts("\n]");
	if (err) {
		fprintf(stderr, "leastpriv: %s\n", strerror(-err));
		return LP_EXIT_USAGE;
	}
	if (!n_new)
		fprintf(stderr, "leastpriv: nothing is allowed that the baseline does not allow\n");
	return n_new ? LP_EXIT_NEW : 0;
}

int lp_diff_policies(const char *const *before, size_t n_before, const char *const *after,
		     size_t n_after, bool json)
{
	struct lp_policy_file old, new;
	int status = LP_EXIT_USAGE;

	if (lp_stdin_is_twice(before, n_before, after, n_after) || !load(before, n_before, &old))
		return LP_EXIT_USAGE;
	if (load(after, n_after, &new)) {
		status = compare(&old.doc, &new.doc, json);
		lp_policy_file_fini(&new);
	}
	lp_policy_file_fini(&old);
	return status;
}
