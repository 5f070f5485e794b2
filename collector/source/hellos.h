/* SPDX-License-Identifier: MIT */
#ifndef LP_HELLOS_H
#define LP_HELLOS_H

/*
 * The socket that traced processes say hello to (include/lp_ring.h): who is let in, what they say,
 * and the descriptor that comes along. Any process that may connect may send anything, or nothing:
 * connections without a word are bounded. Single-threaded.
 */

#include <sys/types.h>

#include "loop.h"
#include "lp_ring.h"
#include "peer.h"

#define LP_HELLOS_WAITING_MAX 256u /* connections whose hello has not come yet */

struct lp_hellos_config {
	const char *path;  /* of the socket; must not exist */
	mode_t mode;	   /* as in struct lp_shim_config, */
	const uid_t *uids; /* and so are these */
	size_t n_uids;
	const char *library;
	bool descendants, anywhere;
	/*
	 * One came; `fd` is the ring's or -1, and stays ours, as `peer` does unless its pidfd is
	 * taken over and set to -1. True: the answer is yes.
	 */
	bool (*hello)(void *ctx, struct lp_peer *peer, const struct lp_hello *hello, int fd);
	/* It was let in before: of one that has ended nothing else tells whose child it was. */
	bool (*known)(void *ctx, const struct lp_peer *peer);
	void *ctx;
};

struct lp_hellos_stats {
	uint64_t refused; /* connections of users that are not let in */
	uint64_t bad;	  /* connections that said something else, or kept one waiting */
	uint64_t no_room;
};

struct lp_hellos;

/*
 * Removes a socket at `path` that nobody listens at, as a collector leaves it that was killed. 0;
 * -EADDRINUSE: somebody listens, or it is no socket; or another -errno.
 */
LP_MUST_USE int lp_hellos_clear(const char *path);

/* Binds and listens. 0 or -errno (-EADDRINUSE: the path exists). Config is copied, uids are not. */
LP_MUST_USE int lp_hellos_open(struct lp_hellos **out, const struct lp_hellos_config *config,
			       struct lp_loop *loop);

/*
 * Listens anew where the socket's file was removed, as those are who clean up folders. 1 when it
 * was so, 0 when it is there, or another is; -errno.
 */
LP_MUST_USE int lp_hellos_restore(struct lp_hellos *h);

/* Takes what has come by now, without waiting for the loop to say so. */
void lp_hellos_take(struct lp_hellos *h);

/* Connections that have not said anything are dropped. */
void lp_hellos_drop_waiting(struct lp_hellos *h);

const struct lp_hellos_stats *lp_hellos_stats(const struct lp_hellos *h);

/* Removes the socket. NULL is fine. */
void lp_hellos_close(struct lp_hellos *h);

#endif
