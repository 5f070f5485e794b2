/* SPDX-License-Identifier: MIT */
#include "policy_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "aws/identity.h"
#include "base/log.h"

static void find_account(struct lp_policy_file *f)
{
	f->account[0] = '\0';
	for (size_t i = 0; i < f->doc.n_statements; i++) {
		const struct lp_strings *list = &f->doc.statements[i].resources;

		for (size_t k = 0; k < list->n; k++) {
			char one[13];

			if (!lp_arn_account(lp_span_str(list->items[k]), one))
				continue;
			if (f->account[0] && strcmp(one, f->account)) {
				f->account[0] = '\0';
				return;
			}
			memcpy(f->account, one, sizeof(one));
		}
	}
}

static void say(const char *path, int err, const struct lp_read_error *error)
{
	if (error->position.line)
		lp_print(stderr, "leastpriv: %s:%u:%u: %s\n", path, error->position.line,
			 error->position.column, error->message);
	else
		lp_print(stderr, "leastpriv: %s: %s\n", path,
			 err == -ENOMEM ? "out of memory" : error->message);
}

bool lp_policy_file_load(const char *path, struct lp_policy_file *out)
{
	struct lp_read_error error;
	int err;

	*out = (struct lp_policy_file){0};
	lp_arena_init(&out->arena, SIZE_MAX / 2);
	err = lp_document_load(path, &out->arena, &out->doc, &error);
	if (!err) {
		error.position.line = 0;
		err = lp_evaluator_new(&out->doc, 1, &out->evaluator);
	}
	if (!err) {
		find_account(out);
		return true;
	}
	say(path, err, &error);
	lp_policy_file_fini(out);
	return false;
}

/* False, and said: the document is not what a caller may do. */
static bool is_identity(const char *path, const struct lp_document *doc)
{
	for (size_t i = 0; i < doc->n_statements; i++) {
		const struct lp_statement *st = &doc->statements[i];

		if (!st->has_principal)
			continue;
		lp_print(stderr,
			 "leastpriv: %s:%u:%u: a statement with a Principal: this is the policy "
			 "of a resource or a role's trust policy, not what a caller may do\n",
			 path, st->position.line, st->position.column);
		return false;
	}
	return true;
}

bool lp_policy_file_load_identity(const char *path, struct lp_policy_file *out)
{
	if (!lp_policy_file_load(path, out))
		return false;
	if (is_identity(path, &out->doc))
		return true;
	lp_policy_file_fini(out);
	return false;
}

/* A policy may be split into thousands, so there is room for more each time. */
static int add_statements(struct lp_policy_file *f, const struct lp_document *more)
{
	size_t n = f->doc.n_statements + more->n_statements;
	struct lp_statement *all = f->doc.statements;

	if (n > f->room) {
		f->room = 2 * n;
		all = lp_arena_alloc(&f->arena, f->room * sizeof(*all));
		if (!all)
			return -ENOMEM;
		if (f->doc.n_statements)
			memcpy(all, f->doc.statements, f->doc.n_statements * sizeof(*all));
	}
	if (more->n_statements)
		memcpy(all + f->doc.n_statements, more->statements,
		       more->n_statements * sizeof(*all));
	f->doc.statements = all;
	f->doc.n_statements = n;
	return 0;
}

int lp_policy_file_add(const char *path, bool must, struct lp_policy_file *f)
{
	struct lp_read_error error;
	struct lp_document more;
	int err = lp_document_load(path, &f->arena, &more, &error);

	if (err && !must)
		return -EINVAL;
	if (err) {
		say(path, err, &error);
		goto fail;
	}
	if (!is_identity(path, &more))
		goto fail;
	lp_evaluator_free(f->evaluator);
	f->evaluator = NULL;
	if (!add_statements(f, &more))
		return 0;
	lp_print(stderr, "leastpriv: %s: out of memory\n", path);
fail:
	lp_policy_file_fini(f);
	return -EPERM;
}

int lp_policy_file_added(struct lp_policy_file *f)
{
	find_account(f);
	return f->evaluator ? 0 : lp_evaluator_new(&f->doc, 1, &f->evaluator);
}

void lp_policy_file_fini(struct lp_policy_file *f)
{
	lp_evaluator_free(f->evaluator);
	lp_arena_fini(&f->arena);
	*f = (struct lp_policy_file){0};
}
