/* SPDX-License-Identifier: MIT */
#ifndef LP_TIMESTAMP_H
#define LP_TIMESTAMP_H

/*
 * Times of the call log: nanoseconds since 1970 and RFC 3339 in UTC. No state: safe from any
 * thread.
 */

#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

#define LP_TIMESTAMP_SIZE 64

/* "2026-01-31T12:00:00.123456789Z" in `buf`, which is returned; NULL for 0 or less: not known. */
const char *lp_timestamp_write(int64_t ns, char buf[LP_TIMESTAMP_SIZE]);

/* The other way; the fraction may have any number of digits or be missing. 0 or -EBADMSG. */
LP_MUST_USE int lp_timestamp_read(struct lp_span text, int64_t *ns);

#endif
