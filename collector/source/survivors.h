/* SPDX-License-Identifier: MIT */
#ifndef LP_SURVIVORS_H
#define LP_SURVIVORS_H

#include <sys/types.h>

/*
 * Processes younger than ours whose environment leads to `socket` (LP_SOCKET_VARIABLE) and which
 * still run: also those that have only forked since and never said a word. Each goes to `fn`. No
 * state: safe from any thread.
 */
void lp_survivors(const char *socket, void (*fn)(void *ctx, pid_t pid), void *ctx);

#endif
