/* SPDX-License-Identifier: MIT */
#ifndef LP_PROC_H
#define LP_PROC_H

#include <stddef.h>
#include <sys/types.h>

#include "lp_span.h"

/*
 * What fits of the file `name` below /proc/PID (pid 0: of ourselves) into `buf` of `size` bytes,
 * with a NUL behind it, without which nothing fits; empty when it cannot be read: the process may
 * be gone. Safe to call from any thread.
 */
struct lp_span lp_proc_read(pid_t pid, const char *name, char *buf, size_t size);

#endif
