/* SPDX-License-Identifier: MIT */
#ifndef LP_READ_H
#define LP_READ_H

/*
 * IAM policy documents from JSON, with the place of everything in the file. No state: safe from any
 * thread.
 */

#include "base/arena.h"
#include "document.h"

#define LP_POLICY_FILE_MAX (256 * 1024 * 1024) /* bytes */

struct lp_read_error {
	struct lp_position position;
	char message[160];
};

/*
 * Reads one document. What it holds lives in `arena`; `text` is not needed afterwards. Lists of one
 * may stand without brackets, as IAM allows; a missing Resource (trust policies) is an empty list.
 * 0, -ENOMEM, or -EBADMSG with *error filled: not JSON, or not a policy document.
 */
LP_MUST_USE int lp_document_read(struct lp_span text, struct lp_arena *arena,
				 struct lp_document *out, struct lp_read_error *error);

/* The same from a file, "-" being standard input; -errno from reading, with error->message set. */
LP_MUST_USE int lp_document_load(const char *path, struct lp_arena *arena, struct lp_document *out,
				 struct lp_read_error *error);

#endif
