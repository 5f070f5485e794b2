/* SPDX-License-Identifier: MIT */
#include "survivors.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"

#define ENVIRON_MAX ((size_t)128 * 1024)

void lp_survivors(const char *variable, void (*fn)(void *ctx, pid_t pid), void *ctx)
{
	char *text = malloc(ENVIRON_MAX);
	DIR *proc = opendir("/proc");
	pid_t own = getpid();
	const struct dirent *d;

	while (text && proc && (d = readdir(proc))) {
		pid_t pid = (pid_t)strtol(d->d_name, NULL, 10);
		struct lp_span all;

		/* Numbers begin again at some time; then some are missed, but nobody waits for
		 * us to read the environments of a whole host. */
		if (pid <= own)
			continue;
		all = lp_proc_read(pid, "environ", text, ENVIRON_MAX);
		if (all.len && memmem(all.ptr, all.len, variable, strlen(variable) + 1))
			fn(ctx, pid);
	}
	if (proc)
		closedir(proc);
	free(text);
}
