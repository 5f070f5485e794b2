/* SPDX-License-Identifier: MIT */
#ifndef LP_SURVIVORS_H
#define LP_SURVIVORS_H

#include <sys/types.h>

/*
 * Processes younger than ours that were started with `variable` ("NAME=value") in their environment
 * and still run: also those that have only forked since and never said a word. Each goes to `fn`.
 */
void lp_survivors(const char *variable, void (*fn)(void *ctx, pid_t pid), void *ctx);

#endif
