/* SPDX-License-Identifier: MIT */
#ifndef LP_INJECT_H
#define LP_INJECT_H

/*
 * How the shim gets into a command: where its library is, a private folder with the collector's
 * socket, and the environment that names both.
 *
 * LD_PRELOAD names the installed library itself, and LEASTPRIV_SOCKET the socket. So when the
 * folder is gone, processes that live on, and what they start, load the library as before and find
 * nobody to report to; a library in the folder would make the loader complain in each of them. Only
 * where the installed path cannot stand in LD_PRELOAD (it has a blank or a colon), a link in the
 * folder stands for it. Single-threaded.
 */

#include <limits.h>
#include <stdbool.h>

#include "lp_compiler.h"

struct lp_inject {
	char library[PATH_MAX]; /* what LD_PRELOAD names */
	char dir[PATH_MAX];	/* the private folder; "" when there is none */
	char socket[PATH_MAX];	/* for lp_shim_open; fits a Unix address */
	bool linked;		/* the library is a link in the folder */
	bool shared;		/* other users may get at the socket: we are root */
};

/*
 * Finds the library ($LEASTPRIV_LIB, beside our own program, ../lib/leastpriv/,
 * ../lib64/leastpriv/) and makes the folder, in $XDG_RUNTIME_DIR, /dev/shm, $TMPDIR or /tmp. Says
 * on stderr what is wrong. 0 or -errno; on error there is nothing to close.
 */
LP_MUST_USE int lp_inject_open(struct lp_inject *in);

/* Removes the folder, from which the socket is gone already. */
void lp_inject_close(struct lp_inject *in);

/*
 * Sets the environment of this process for what it will execute; an LD_PRELOAD that is there stays
 * behind ours. *before is the environment as it was, good as long as the process. For a fresh
 * single-threaded child. 0 or -errno.
 */
LP_MUST_USE int lp_inject_environment(const struct lp_inject *in, char ***before);

/*
 * The file that execvp would run for `command`, in `path` (PATH_MAX bytes), and in words why the
 * shim cannot enter it, NULL when it can or nobody can tell. `preload` is false when not even
 * naming the library is possible without a complaint of the loader.
 */
const char *lp_inject_obstacle(const char *command, char path[PATH_MAX], bool *preload);

/* Is that an obstacle that ptrace passes? Set-id programs are none: traced they lose their rights.
 */
bool lp_inject_traceable(const char *obstacle);

#endif
