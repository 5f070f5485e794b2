/* SPDX-License-Identifier: MIT */
#ifndef LPS_STATE_H
#define LPS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "lp_event.h"
#include "ring.h"

/* This process's way to the collector. */
extern struct lps_ring lps_ring;

/*
 * Addresses for `size` bytes, whole pages; NULL when there are none. What of them is opened is
 * zeroed memory, only paid for where it is touched.
 */
void *lps_reserve(size_t size);
/* Makes [p, p + len) of them good to touch, again where some of it is; false: no memory. */
bool lps_open(void *p, size_t len);
/* Both of all of it. */
void *lps_map(size_t size);

/*
 * Copies memory of this process that may not all be there: the parts in a row, at most `len` bytes.
 * How many came along; -errno: none, or the kernel does not allow it (-EPERM, -ENOSYS).
 */
long lps_peek(void *to, size_t len, const struct iovec *parts, size_t n);

/* One event of no connection (a datagram, a program not followed), from any process context. */
void lps_emit_alone(enum lp_event_type type, const struct lp_span *parts, unsigned n_parts);

/*
 * The process is about to limit its own system calls: what was captured is handed over, that there
 * will be no more is said, and every hook passes through from now on. Not in a vfork child, which
 * would end its parent's capture. True where it was done, to be undone when the kernel refuses, and
 * taken back. Both leave errno alone.
 */
bool lps_confine(void);
void lps_confine_undo(void);

#endif
