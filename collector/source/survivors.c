/* SPDX-License-Identifier: MIT */
#include "survivors.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/proc.h"
#include "lp_ring.h"
#include "workload.h"

#define ENVIRON_MAX ((size_t)128 * 1024)

void lp_survivors(const char *socket, void (*fn)(void *ctx, pid_t pid), void *ctx)
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
		if (lp_span_eq(lp_workload_variable(all, LP_SPAN(LP_SOCKET_VARIABLE)),
			       lp_span_str(socket)))
			fn(ctx, pid);
	}
	if (proc)
		closedir(proc);
	free(text);
}
