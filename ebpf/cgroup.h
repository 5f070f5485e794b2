/* SPDX-License-Identifier: MIT */
#ifndef LPB_CGROUP_H
#define LPB_CGROUP_H

/* Control groups, of either version, as the file system and /proc show them. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lp_compiler.h"

struct lpb_cgroup_place {
	char path[PATH_MAX]; /* its folder */
	uint64_t id;	     /* as the kernel numbers it */
	uint32_t hierarchy;  /* as in /proc/PID/cgroup; 0: version 2 */
};

/*
 * Finds a control group by its folder, or by a path below where control groups of version 2 are
 * mounted. 0, or -errno with a sentence in `why`.
 */
LP_MUST_USE int lpb_cgroup_find(const char *name, struct lpb_cgroup_place *place, char *why,
				size_t why_size);

/*
 * The same for the container with this id (12 characters or more of it), by the processes that run
 * in it: all container engines put the id into the control group's name. (podman and CRI-O into
 * that of the container's monitor, too, which is another.)
 */
LP_MUST_USE int lpb_cgroup_of_container(const char *id, struct lpb_cgroup_place *place, char *why,
					size_t why_size);

/*
 * Does another stand in its place by now, as where a service or a container was started anew? Then
 * `place` is that one.
 */
LP_MUST_USE bool lpb_cgroup_renewed(struct lpb_cgroup_place *place);

/* Calls `fn` for each process in it and in those below. 0 or -errno. */
LP_MUST_USE int lpb_cgroup_each(const char *path, void (*fn)(void *ctx, pid_t pid), void *ctx);

#endif
