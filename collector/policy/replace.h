/* SPDX-License-Identifier: MIT */
#ifndef LP_REPLACE_H
#define LP_REPLACE_H

/*
 * Files that are whole at any time: whoever reads one finds the old or the new, and when we are
 * killed no piece of the new stays behind, wherever the file system can do that. Thread-safe.
 */

#include <stdbool.h>
#include <stdio.h>

#include "lp_compiler.h"

/* Writes to `out`; may be called again, to write the same anew. 0 or -errno. */
typedef int (*lp_put_fn)(void *ctx, FILE *out);
/* One that writes a struct lp_span. */
LP_MUST_USE int lp_put_span(void *ctx, FILE *out);

/*
 * Makes `path` what `put` writes; "-" is stdout. Of a link, what it leads to is replaced. Pipes,
 * terminals and devices, and files in a folder that we may not write to, are written in place.
 * `durable`, where there is one, is asked with `durable_ctx` whether to bring the file to the disk,
 * and a file that holds the same already is left alone then. 0; 1 when it was left alone; -errno,
 * or what `put` returns, and the old file is still there unless it was written in place.
 */
LP_MUST_USE int lp_replace(const char *path, lp_put_fn put, void *ctx, bool (*durable)(void *ctx),
			   void *durable_ctx);

/*
 * Where to write what becomes `path` only once it is whole, for what cannot be written again: a
 * file without a name, near `path` if it may be, for lp_replace_by. NULL with errno; fclose() it.
 */
LP_MUST_USE FILE *lp_replace_draft(const char *path);

/* Makes `path` what was written to `draft`, as lp_replace does. 0 or -errno. */
LP_MUST_USE int lp_replace_by(const char *path, FILE *draft);

/* The folder that a file of that path is in, to be freed; NULL: no memory. */
char *lp_replace_folder(const char *path);

/* What lp_replace writes, to a stream that is open. */
LP_MUST_USE int lp_replace_put(lp_put_fn put, void *ctx, FILE *out);

#endif
