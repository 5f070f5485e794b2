/* SPDX-License-Identifier: MIT */
#ifndef LP_FLOWS_H
#define LP_FLOWS_H

/*
 * Captured packets to evidence: client-side-monitoring datagrams, plain HTTP on TCP connections put
 * together again, TLS connections to AWS hosts by the name that the client asks for or that DNS
 * gave the address. What the capture lost is skipped where HTTP can go on after it, and counted.
 * Bounded memory, hostile input; single-threaded.
 */

#include "assemble.h"
#include "packet.h"

#define LP_FLOWS_MAX	   8192u	  /* TCP connections; the one silent longest gives way */
#define LP_FLOW_QUEUE_MAX  (1024u * 1024) /* bytes of one direction that wait for earlier ones */
#define LP_FLOWS_QUEUE_MAX (16u * 1024 * 1024) /* of all */

struct lp_flows;

/*
 * What reads TLS connections, where there is something (tls.h). All but `ctx` belongs to one
 * connection that `begin` made (NULL: out of memory), from its first byte on.
 */
typedef void (*lp_plain_fn)(void *ctx, bool out, struct lp_span bytes, uint64_t missing);

struct lp_decrypt {
	void *ctx;
	void *(*begin)(void *ctx);
	/*
	 * The next bytes that the client sent (`out`) or received, or how many of them are missing;
	 * `plain` takes what was in them, after so many `missing` ones. Less than 0: nothing of
	 * this connection can be read any more.
	 */
	int (*feed)(void *conn, bool out, struct lp_span bytes, lp_plain_fn plain, void *ctx);
	int (*gap)(void *conn, bool out, uint32_t len, lp_plain_fn plain, void *ctx);
	/* All that the client sent so far was read. */
	bool (*quiet)(void *conn);
	void (*end)(void *conn);
};

struct lp_flows_stats {
	uint64_t packets;   /* TCP segments and UDP datagrams */
	uint64_t datagrams; /* of client-side monitoring */
	uint64_t cut;	    /* datagrams of it whose ends are missing */
	uint64_t gaps;	    /* in connections that carry, or may carry, calls */
	uint64_t gap_bytes;
	uint64_t no_room; /* connections given up for others; all of them once it is finished */
};

/* What could not be read goes where `assemble` reports it. */
LP_MUST_USE int lp_flows_new(struct lp_flows **out, struct lp_assemble *assemble,
			     uint16_t csm_port);

/* Borrowed. Before the first packet. */
void lp_flows_decrypt(struct lp_flows *f, const struct lp_decrypt *decrypt);

void lp_flows_packet(struct lp_flows *f, const struct lp_packet *p, uint64_t time_ns);

/* The capture ended: what is pending becomes calls. */
void lp_flows_finish(struct lp_flows *f);
const struct lp_flows_stats *lp_flows_stats(const struct lp_flows *f);
void lp_flows_free(struct lp_flows *f);

#endif
