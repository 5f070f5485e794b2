/* SPDX-License-Identifier: MIT */
#include "cmd_policy_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "aws/identity.h"

bool lp_load_policy(const char *path, struct lp_arena *arena, struct lp_document *out)
{
	struct lp_read_error error;
	int err;

	lp_arena_init(arena, SIZE_MAX / 2);
	err = lp_document_load(path, arena, out, &error);
	if (!err)
		return true;
	if (error.position.line)
		fprintf(stderr, "leastpriv: %s:%u:%u: %s\n", path, error.position.line,
			error.position.column, error.message);
	else
		fprintf(stderr, "leastpriv: %s: %s\n", path,
			err == -ENOMEM ? "out of memory" : error.message);
	lp_arena_fini(arena);
	return false;
}

bool lp_policy_account(const struct lp_document *doc, char account[13])
{
	bool found = false;

	for (size_t i = 0; i < doc->n_statements; i++) {
		const struct lp_strings *list = &doc->statements[i].resources;

		for (size_t k = 0; k < list->n; k++) {
			char one[13];

			if (!lp_arn_account(lp_span_str(list->items[k]), one))
				continue;
			if (found && strcmp(one, account))
				return false;
			memcpy(account, one, sizeof(one));
			found = true;
		}
	}
	return found;
}
