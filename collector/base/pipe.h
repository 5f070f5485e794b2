/* SPDX-License-Identifier: MIT */
#ifndef LP_PIPE_H
#define LP_PIPE_H

/*
 * Files for writing that may be pipes, for who must not be held up by whoever reads those.
 * Single-threaded.
 */

#include <stdbool.h>
#include <stdio.h>

#include "lp_compiler.h"

#define LP_PIPE_WAIT_MS 2000 /* so long nothing of a full pipe is read: writing to it fails */

/*
 * fopen; where `path` is a pipe, writing to the stream fails with EPIPE when its reader does not
 * read, and opening it, where `at_once`, when it has none. NULL with errno; fclose() it.
 */
LP_MUST_USE FILE *lp_pipe_fopen(const char *path, const char *mode, bool at_once);

/* strerror, but for EPIPE in words that say so. */
const char *lp_pipe_strerror(int err);

#endif
