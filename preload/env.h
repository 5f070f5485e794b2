/* SPDX-License-Identifier: MIT */
#ifndef LPS_ENV_H
#define LPS_ENV_H

/*
 * The environment for a program that is about to start: with us in LD_PRELOAD, in front of what is
 * there already, and with the collector's address where it was given by environment. Built in the
 * caller's frame, because a vfork child must leave nothing behind in its parent's memory; a large
 * one in memory that its thread uses again.
 */

#include <stdbool.h>

#include "lp_compiler.h"

/* What is repaired in the frame, which may be most of a small stack. */
#define LPS_ENV_MAX	256  /* entries of an environment */
#define LPS_PRELOAD_MAX 1024 /* bytes of its LD_PRELOAD */

struct lps_env {
	char *entries[LPS_ENV_MAX + 3];
	char preload[LPS_PRELOAD_MAX];
};

/*
 * `envp` (NULL: empty) itself when it carries us already or nothing can be done, else an array
 * in `space`, or this thread's when that is too small. With `without` it is the other way round:
 * for a program whose loader would print a complaint about us.
 */
char *const *lps_env_make(struct lps_env *space, char *const *envp, bool without);
/* Whether `envp` leads to another collector than ours. */
bool lps_env_elsewhere(char *const *envp);

/*
 * Takes us out of the program's own environment, where it stands: what it starts past lps_env_make
 * would be told of us in vain. From then on we are put into what each program is started with.
 */
void lps_env_withdraw(void);

/* After the call came back: the program did not start. */
void lps_env_done(void);

/*
 * The same for a shell command: `command` itself, or one with the variables exported in front of
 * it, mapped (*size bytes) for the caller to unmap.
 */
const char *lps_env_command(const char *command, unsigned long *size);

#endif
