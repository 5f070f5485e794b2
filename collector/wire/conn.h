/* SPDX-License-Identifier: MIT */
#ifndef LP_CONN_H
#define LP_CONN_H

/*
 * One client connection, bytes in, message parts out: frames HTTP/1.1 in both directions, decides
 * which requests go to AWS, redacts, and emits the events of include/lp_event.h. The same code runs
 * inside traced programs (the shim) and in the collector (probe, capture files): no malloc, no
 * locks, no libc state, no system call; time and memory per byte are bounded.
 *
 * The two directions may be fed by two different threads at once, each direction by one thread at
 * a time. All other calls want the connection to themselves.
 *
 * What counts as AWS: a SigV4, SigV4A or S3 SigV2 signature in a header or the query, an AWS host
 * name, or an instance/container metadata endpoint. A connection whose first bytes are not an HTTP
 * request is ignored from then on (lp_conn_ignored). On a connection whose first request is not to
 * AWS, reading costs nothing more and a write only a look at its first bytes, in case a signed
 * request comes later on the same kept-alive connection.
 */

#include "http1.h"
#include "lp_compiler.h"
#include "lp_event.h"

struct lp_conn;

/* What the embedding program lends. All are called from the feeding thread. */
struct lp_conn_host {
	/* A buffer of LP_HEAD_MAX bytes for a head or response body that came in pieces; NULL
	 * when there is none to spare (the connection is then given up with LP_LOST_NO_MEMORY). */
	char *(*hold)(void *ctx);
	void (*release)(void *ctx, char *buf);
	/* One event; the payload is the parts joined. All is borrowed for the call. */
	void (*emit)(void *ctx, const struct lp_conn *c, enum lp_event_type type, uint32_t seq,
		     const struct lp_span *parts, unsigned n_parts);
};

/* H1 (the author of conn.c) completes the members; embed by value, treat as opaque. */
struct lp_conn {
	const struct lp_conn_host *host;
	void *ctx;
	uint64_t id;
	uint16_t flags;			/* enum lp_event_flags */
};

void lp_conn_init(struct lp_conn *c, const struct lp_conn_host *host, void *ctx, uint64_t id,
		  uint16_t flags);

/* Bytes that the client sent and the transport accepted; and bytes that it received. */
void lp_conn_out(struct lp_conn *c, const char *buf, size_t len);
void lp_conn_in(struct lp_conn *c, const char *buf, size_t len);

/* `len` bytes went by unseen (sendfile, a lost probe record): resynchronises where framing allows,
 * else emits LP_EV_LOST. */
void lp_conn_skip_out(struct lp_conn *c, uint64_t len);
void lp_conn_skip_in(struct lp_conn *c, uint64_t len);

/* Finishes what can be finished (a response framed by the end of the connection), emits
 * LP_EV_CLOSE if anything was emitted before, gives buffers back. May be called twice. */
void lp_conn_close(struct lp_conn *c);

/* True when this connection will never emit anything: the embedder may stop feeding it. */
bool lp_conn_ignored(const struct lp_conn *c);

#endif
