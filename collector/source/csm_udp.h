/* SPDX-License-Identifier: MIT */
#ifndef LP_CSM_UDP_H
#define LP_CSM_UDP_H

/*
 * Client-side monitoring as SDKs send it where AWS_CSM_ENABLED is set: UDP datagrams to loopback.
 * They are all of one process to us. Single-threaded.
 */

#include "assemble.h"
#include "loop.h"

struct lp_csm_udp;

struct lp_csm_udp_stats {
	uint64_t lost;	  /* the kernel's queue was full */
	uint64_t refused; /* of users that are not let in */
};

/*
 * Listens on 127.0.0.1. What comes from a socket of another user than our own or those of `uids`,
 * which outlive it, is refused; of a socket that is closed by then nobody knows whose it was, and
 * it is taken. 0 or -errno (-EADDRINUSE: somebody else does).
 */
LP_MUST_USE int lp_csm_udp_open(struct lp_csm_udp **out, uint16_t port, const uid_t *uids,
				size_t n_uids, struct lp_loop *loop, struct lp_assemble *assemble);

/* Takes what waits in the queue and completes what is pending; the capture ends. */
void lp_csm_udp_finish(struct lp_csm_udp *u);
void lp_csm_udp_stats(const struct lp_csm_udp *u, struct lp_csm_udp_stats *out);
/* NULL is fine. */
void lp_csm_udp_close(struct lp_csm_udp *u);

#endif
