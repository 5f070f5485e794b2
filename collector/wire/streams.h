/* SPDX-License-Identifier: MIT */
#ifndef LP_STREAMS_H
#define LP_STREAMS_H

/*
 * A connection that speaks HTTP/2: requests and answers on any number of streams at once. Part of
 * conn.c's work, and under its rules: each direction is fed by one thread at a time, the two may
 * run at once; everything lives in three buffers that the embedder lends.
 */

#include "conn_impl.h"

/* What the connection has when it speaks HTTP/2, else NULL. */
static inline struct lp_streams *lp_streams_of(const struct lp_conn *c)
{
	return atomic_load_explicit(&c->streams, memory_order_acquire);
}

/*
 * From the writing thread: HTTP/2 from here on. `seen` bytes of the preface went by; `late`: there
 * is none, the connection was joined in its middle. False when there are no buffers.
 */
LP_MUST_USE bool lp_streams_begin(struct lp_conn *c, size_t seen, bool late);

/* From the reading thread: the answer to this request of HTTP/1.1 comes on stream 1. */
void lp_streams_adopt(struct lp_conn *c, struct lp_conn_pending req);

void lp_streams_out(struct lp_conn *c, struct lp_span in);
void lp_streams_in(struct lp_conn *c, struct lp_span in);
void lp_streams_skip_out(struct lp_conn *c, uint64_t len);
void lp_streams_skip_in(struct lp_conn *c, uint64_t len);
void lp_streams_skip_frames_out(struct lp_conn *c, uint64_t len);
void lp_streams_skip_frames_in(struct lp_conn *c, uint64_t len);

/* Gives all buffers back; answers that are not complete are reported as far as they came. */
void lp_streams_end(struct lp_conn *c);

#endif
