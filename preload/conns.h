/* SPDX-License-Identifier: MIT */
#ifndef LPS_CONNS_H
#define LPS_CONNS_H

/*
 * Connections that carry, or may carry, requests to AWS: a fixed pool of struct lp_conn, and what
 * keeps two threads, a close and a signal handler from walking into one at once.
 *
 * A connection is named by a handle: pool index and generation, so that a handle kept after the
 * connection ended finds nothing. Handles are larger than any of the small tags that the tables
 * (fds.h, sessions.h) put in their place.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lp_compiler.h"
#include "lp_span.h"

typedef uint32_t lps_handle;

#define LPS_CONN_BITS  14
#define LPS_CONN_MAX   (1u << LPS_CONN_BITS)
#define LPS_HANDLE_MIN LPS_CONN_MAX /* no handle is smaller */

/* What a look at the bytes said about a connection. */
enum lps_verdict {
	LPS_GONE, /* the handle names nothing any more */
	LPS_FOLLOW,
	LPS_IGNORE, /* it will never emit anything: replace the handle by a tag and put it back */
};

/* In a forked child: every connection is forgotten, nothing is emitted. */
void lps_conns_reset(void);

/* One that carries a request finds no room in a table: says that it is not followed. */
void lps_conn_no_room(uint16_t flags);

/*
 * A connection with one reference. `cookie` is the socket's identity where there is a socket.
 * 0 when the pool is used up, which is reported: the caller ignores the connection from then on.
 */
lps_handle lps_conn_new(uint16_t flags, uint64_t cookie);
bool lps_conn_hold(lps_handle h); /* one more reference; false when it is gone */
void lps_conn_put(lps_handle h);  /* one less; the last one closes the connection */

/* Before the first bytes: LP_EVF_NESTED. */
void lps_conn_set_nested(lps_handle h);

/* Before the first bytes: the server's name as TLS was told it. */
void lps_conn_set_server(lps_handle h, struct lp_span name);

/*
 * A TLS connection that others encrypt: nothing is read of it, but whether its client sent any
 * data, and whether a TLS library did that which we are in (LP_REACHED_APART, lps_self.nested).
 * LPS_IGNORE says that it did, or may have. 0: no room. `host` is up to 255 bytes; where it
 * is not known, as its ClientHello comes in pieces, they are fed from the first one on, and the
 * host is reported when it is AWS's, or `in_place` found out. The first `len` bytes of it were just
 * written to `fd`.
 * `in_place`: the host is none of AWS's but stands in its place, where other things than AWS's
 * calls may be asked for, too. It is reported when data was sent, and no TLS library shows us what.
 */
lps_handle lps_conn_new_handshake(struct lp_span host, bool in_place, uint64_t cookie, int fd,
				  size_t len);
bool lps_conn_is_handshake(lps_handle h);

/*
 * lps_conn_put before `fd` of a handshake, whose socket it still is, is closed. When it is the last
 * one and no data was sent by anybody, that is said.
 */
void lps_conn_end_handshake(lps_handle h, int fd);

/* True once bytes were fed. */
bool lps_conn_used(lps_handle h);

/* False when the handle is gone or belongs to another socket. */
bool lps_conn_is(lps_handle h, uint64_t cookie);

/* The first `len` bytes of the vector were accepted by the transport, or read from it. */
enum lps_verdict lps_conn_feed(lps_handle h, bool out, const struct iovec *iov, size_t n,
			       size_t len);

/* `len` bytes went by that nobody can look at. */
enum lps_verdict lps_conn_skip(lps_handle h, bool out, uint64_t len);

/* For a caller that may not touch the connection now (see lps_enter): remembers the gap. */
void lps_conn_missed(lps_handle h, bool out, uint64_t len);

/*
 * True when these may be the first bytes of a request: what a client sends, not a server's
 * answer, not a TLS handshake. Cheap; the framing decides later.
 */
bool lps_may_be_request(const struct iovec *iov, size_t n);

/* A buffer of LP_HEAD_MAX bytes from the slab, NULL when they are all lent. */
char *lps_hold(void);
void lps_hold_release(char *buf);

#endif
