/* SPDX-License-Identifier: MIT */
#ifndef LPB_RIGHTS_H
#define LPB_RIGHTS_H

/* What the kernel wants before it lends eBPF, and what is no longer needed after that. */

#include <stdbool.h>
#include <stddef.h>

/* One sentence on why `what` did not work with -errno `err`: the first thing that is missing. */
void lpb_rights_explain(char *why, size_t size, const char *what, int err);

/* May the files be read that processes of other users have mapped? */
bool lpb_rights_others(void);

/*
 * Gives up for good the capabilities of this thread that watching, writing files and letting
 * processes go on do not need. `admin`: CAP_SYS_ADMIN is needed (perf uprobes).
 */
void lpb_rights_drop(bool admin);

#endif
