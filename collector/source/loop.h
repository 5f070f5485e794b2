/* SPDX-License-Identifier: MIT */
#ifndef LP_LOOP_H
#define LP_LOOP_H

/* Waiting for descriptors to become readable: epoll with a callback for each. Single-threaded. */

#include <stdint.h>

#include "lp_compiler.h"

struct lp_loop {
	int epoll;
};

/* Embed it in what the descriptor belongs to. The address must not change while it is added. */
struct lp_watch {
	int fd;
	/* Called when there is something to read or the other end is gone. May remove and free
	 * its own watch and any other. */
	void (*ready)(void *ctx);
	void *ctx;
};

LP_MUST_USE int lp_loop_init(struct lp_loop *l);
void lp_loop_fini(struct lp_loop *l);

/* 0 or -errno. The descriptor stays the caller's. */
LP_MUST_USE int lp_loop_add(struct lp_loop *l, struct lp_watch *w);
/* Before the descriptor is closed. Does nothing for one that was not added. */
void lp_loop_remove(struct lp_loop *l, struct lp_watch *w);

/*
 * Waits at most `timeout_ms` (-1: for ever), calls one watch, and goes on calling others as long as
 * there are any without waiting, at most `max` in all. How many were called; -errno.
 */
LP_MUST_USE int lp_loop_wait(struct lp_loop *l, int timeout_ms, int max);

#endif
