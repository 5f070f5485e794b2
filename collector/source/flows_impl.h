/* SPDX-License-Identifier: MIT */
#ifndef LP_FLOWS_IMPL_H
#define LP_FLOWS_IMPL_H

/*
 * Between flows.c (TCP: which connection, which bytes are next) and flow.c (what a connection
 * carries). Nobody else includes this.
 */

#include "flows.h"
#include "handshake.h"
#include "links.h"
#include "names.h"

#define LP_FLOW_DNS_PORT 53
#define LP_FLOWS_BUCKETS 4096u	    /* a power of two */
#define LP_FLOW_WINDOW	 (1u << 30) /* further ahead is no part of the connection */

enum lp_flow_kind {
	LP_FLOW_UNKNOWN,
	LP_FLOW_PLAIN,	/* HTTP in the clear */
	LP_FLOW_HELLO,	/* TLS whose ClientHello is being gathered */
	LP_FLOW_CIPHER, /* TLS after it, with keys */
	LP_FLOW_SEALED, /* TLS to AWS without: whether anything is said on it */
	LP_FLOW_JOINED, /* TLS that began before the capture */
	LP_FLOW_IGNORED,
};

/* Bytes that came before earlier ones, or before those of the other side that they follow. */
struct lp_segment {
	struct lp_segment *next;
	uint32_t seq, len, missing;
	uint32_t ack; /* its sender had all of the other side before this */
	char bytes[];
};

struct lp_side {
	bool known;
	uint32_t first;	    /* sequence number of its first byte, or where it was joined */
	uint32_t next;	    /* the one that comes next */
	uint32_t acked;	    /* what the other side has: all before this */
	bool told;	    /* nothing of it was captured, but it has acknowledgements: */
	uint32_t told_from; /* the first of them, `acked` the last */
	struct lp_segment *queue;
	size_t queued;
	unsigned acks;	     /* that say that what is missing before the queue arrived */
	uint64_t acks_since; /* when the first of these came */
	bool fin;
	uint32_t fin_seq;
};

struct lp_flow {
	struct lp_flow *chain;
	struct lp_flow *older, *newer; /* by the last packet */
	uint8_t addr[2][16];
	uint16_t port[2];
	struct lp_side side[2];
	uint8_t kind; /* enum lp_flow_kind */
	uint8_t client;
	bool from_start;       /* its SYN was seen */
	uint8_t looks;	       /* at segments that may still start something; 0: no end of them */
	uint8_t depth;	       /* of tunnels that it is in */
	struct lp_flow *inner; /* what a proxy's tunnel carries, that TLS leads to; NULL: none */
	struct lp_link *link;
	void *tls;     /* what decrypts it, NULL: nothing */
	uint8_t why;   /* enum lp_reached_why, when nothing does */
	bool no_room;  /* for what it says */
	bool login;    /* to something else than HTTP, and found */
	uint8_t texts; /* of its client that were looked at for one */
	bool spoke;    /* its client sent data, or may have */
	bool heard;    /* its server said something */
	bool reset;    /* one side gave it up */
	bool said[2];  /* TLS that was joined: application data, by side */
	struct lp_handshake sent;
	char server[LP_SERVER_MAX];
	struct lp_flows *all;
	char *hello; /* the ClientHello so far */
	uint32_t hello_len;
};

struct lp_flows {
	struct lp_assemble *assemble;
	const struct lp_decrypt *decrypt; /* NULL: none */
	struct lp_links links;
	struct lp_link *list;
	struct lp_process process; /* all of the capture */
	uint16_t csm_port;
	uint64_t serial, seed, time_ns;
	bool in_gap; /* what is missing was counted */
	size_t n, queued;
	struct lp_flow *buckets[LP_FLOWS_BUCKETS];
	struct lp_flow *oldest, *newest;
	struct lp_names names;
	struct lp_flows_stats stats;
};

/* The next bytes of one direction, from side[dir]. */
void lp_flow_bytes(struct lp_flows *f, struct lp_flow *w, unsigned dir, struct lp_span in);
/* Bytes of one direction that the capture does not have. */
void lp_flow_gap(struct lp_flows *f, struct lp_flow *w, unsigned dir, uint32_t len);
/* Nothing more comes. */
void lp_flow_end(struct lp_flows *f, struct lp_flow *w);
/* Gives up what waits for earlier bytes. */
void lp_flow_drop_queues(struct lp_flows *f, struct lp_flow *w);

#endif
