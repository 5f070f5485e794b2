/* SPDX-License-Identifier: MIT */
#ifndef LPB_MAPPING_H
#define LPB_MAPPING_H

/*
 * What /proc says of a process: what it has mapped (/proc/PID/maps), and the files behind it; whose
 * child it is.
 */

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "lp_compiler.h"

/* One line of /proc/PID/maps. */
struct lpb_mapping {
	unsigned long lo, hi, off, major, minor, ino;
	bool code;
	const char *path; /* borrowed from the walk; "" where there is none */
};

/* A walk through what a process has mapped, in order of addresses. */
struct lpb_mappings {
	FILE *file;
	char *line;
	size_t room;
};

/* Begins one, of our own process where `pid` is 0. 0 or -errno; then there is nothing to close. */
LP_MUST_USE int lpb_mappings_open(struct lpb_mappings *w, pid_t pid);
/* The next one, good until the one after it; false at the end. */
LP_MUST_USE bool lpb_mappings_next(struct lpb_mappings *w, struct lpb_mapping *m);
void lpb_mappings_close(struct lpb_mappings *w);

/*
 * Opens a file that a process names for reading, and nothing else: opening a device may do
 * something, and what is named may be a link to any of ours. `ino`: it has to be this one; 0: any.
 * A descriptor or -errno.
 */
LP_MUST_USE int lpb_open_regular(const char *name, unsigned long ino);

/*
 * Opens the mapped file itself for reading: also when it was deleted, replaced or is in another
 * mount namespace. A descriptor or -errno.
 */
LP_MUST_USE int lpb_mapping_open(pid_t pid, const struct lpb_mapping *m);

/*
 * The parent of a process, and in *state what it does, a letter of proc_pid_stat(5); -1: there is
 * no such process.
 */
LP_MUST_USE pid_t lpb_proc_parent(pid_t pid, char *state);

#endif
