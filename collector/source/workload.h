/* SPDX-License-Identifier: MIT */
#ifndef LP_WORKLOAD_H
#define LP_WORKLOAD_H

/*
 * What a process belongs to, as a name that is good for a folder. The first that applies of: the
 * variable LEASTPRIV_WORKLOAD it was started with; its systemd service; its container; the path of
 * its program. A service or container that is our own as well tells nothing apart and is passed
 * over. No state: safe from any thread.
 */

#include <sys/types.h>

#include "lp_compiler.h"
#include "lp_span.h"

#define LP_WORKLOAD_MAX	     128 /* bytes of a name, NUL included */
#define LP_WORKLOAD_VARIABLE "LEASTPRIV_WORKLOAD"

/*
 * Looks at the process while it lives; pid 0 is unknown. `program` may be empty, then the name is
 * `other` at worst. Always NUL-terminates; never empty.
 */
void lp_workload_of(pid_t pid, const char *program, const char *other, char out[LP_WORKLOAD_MAX]);

/* The service or container that the text of /proc/PID/cgroup names; false when it names none. */
bool lp_workload_of_cgroup(struct lp_span text, char out[LP_WORKLOAD_MAX]);

/* The value of `name` among NUL-terminated NAME=VALUE; the empty span when there is none. */
struct lp_span lp_workload_variable(struct lp_span environ_text, struct lp_span name);

#endif
