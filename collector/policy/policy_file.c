/* SPDX-License-Identifier: MIT */
#include "policy_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "aws/identity.h"

static void find_account(struct lp_policy_file *f)
{
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
	if (error.position.line)
		fprintf(stderr, "leastpriv: %s:%u:%u: %s\n", path, error.position.line,
			error.position.column, error.message);
	else
		fprintf(stderr, "leastpriv: %s: %s\n", path,
			err == -ENOMEM ? "out of memory" : error.message);
	lp_policy_file_fini(out);
	return false;
}

bool lp_policy_file_load_identity(const char *path, struct lp_policy_file *out)
{
	if (!lp_policy_file_load(path, out))
		return false;
	for (size_t i = 0; i < out->doc.n_statements; i++) {
		const struct lp_statement *st = &out->doc.statements[i];

		if (!st->has_principal)
			continue;
		fprintf(stderr,
			"leastpriv: %s:%u:%u: a statement with a Principal: this is the policy of "
			"a "
			"resource or a role's trust policy, not what a caller may do\n",
			path, st->position.line, st->position.column);
		lp_policy_file_fini(out);
		return false;
	}
	return true;
}

void lp_policy_file_fini(struct lp_policy_file *f)
{
	lp_evaluator_free(f->evaluator);
	lp_arena_fini(&f->arena);
	*f = (struct lp_policy_file){0};
}
