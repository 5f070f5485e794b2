/* SPDX-License-Identifier: MIT */
#ifndef LPB_MAPPING_H
#define LPB_MAPPING_H

/* What a process has mapped: /proc/PID/maps, and the files behind it. */

#include <stdbool.h>
#include <sys/types.h>

#include "lp_compiler.h"

/* One line of /proc/PID/maps. */
struct lpb_mapping {
	unsigned long lo, hi, off, major, minor, ino;
	bool code;
	const char *path; /* borrowed from the line; "" where there is none */
};

/* Takes a line apart, in place: "lo-hi rwxp offset major:minor inode   path". */
LP_MUST_USE bool lpb_mapping_parse(char *line, struct lpb_mapping *m);

/*
 * Opens the mapped file itself for reading: also when it was deleted, replaced or is in another
 * mount namespace. A descriptor or -errno.
 */
LP_MUST_USE int lpb_mapping_open(pid_t pid, const struct lpb_mapping *m);

#endif
