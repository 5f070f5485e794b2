/* SPDX-License-Identifier: MIT */
#ifndef LP_HTTP2_H
#define LP_HTTP2_H

/*
 * HTTP/2 framing (RFC 9113) of one direction of a connection, for bytes that come in pieces of any
 * size; the counterpart of http1.h, with the same rules: the caller pulls and lends buffers, no
 * malloc, no locks, no libc state. Heads come out as the struct lp_http1_head that HTTP/1.1 would
 * have had, so that nothing after framing knows the difference.
 */

#include "hpack.h"
#include "http1.h"

/* Embed by value; members are private. */
struct lp_http2 {
	struct lp_hpack hpack;
	bool response;
	uint8_t state;
	uint8_t n_head; /* bytes of the preface or of a frame's head so far */
	uint8_t head[9];
	uint8_t type, flags; /* of the frame */
	bool ends;	     /* the header block ends its stream */
	bool promised;	     /* it came in a PUSH_PROMISE */
	uint32_t stream;     /* of the frame, or of the header block */
	uint32_t left;	     /* bytes of the frame still to come, padding aside */
	uint32_t pad;	     /* and of padding */
	uint32_t held_len;
	char *held; /* lent; LP_HEAD_MAX bytes */
};

enum lp_http2_what {
	LP_HTTP2_MORE = 0, /* everything was taken */
	LP_HTTP2_BLOCK,	   /* a header block: lp_http2_head must be the next call */
	LP_HTTP2_DATA,	   /* the next bytes of a body */
	LP_HTTP2_RESET,	   /* the stream was given up */
	LP_HTTP2_HOLD,	   /* a header block came in pieces: lp_http2_lend, then go on */
};

struct lp_http2_event {
	uint32_t stream;
	bool ends;	     /* BLOCK, DATA: nothing more comes on this stream */
	struct lp_span data; /* BLOCK, DATA: borrows from the input or the lent buffer */
};

/* `room`: LP_HEAD_MAX bytes, lent until the end. `response`: what the server sends. */
void lp_http2_init(struct lp_http2 *p, bool response, char *room);

/* Of the client's preface these many bytes went by already. */
void lp_http2_seen_preface(struct lp_http2 *p, size_t len);

/*
 * Bytes went by that nobody saw, perhaps from the start: the next bytes start a frame, if
 * lp_http2_starts says so, and what the compression's table held is unknown.
 */
void lp_http2_join(struct lp_http2 *p);

/*
 * Could these bytes, where a write starts, be frames of either side, the client's preface aside?
 * >0 yes; 0 too few bytes to say; -EBADMSG no.
 */
LP_MUST_USE int lp_http2_starts(struct lp_span s);

/*
 * Goes on to the next thing in `*in`, which is moved past what was taken. >=0 enum lp_http2_what;
 * -EBADMSG it is not HTTP/2 or cannot be followed any more, -E2BIG a header block over LP_HEAD_MAX.
 * After an error only lp_http2_join helps.
 */
LP_MUST_USE int lp_http2_next(struct lp_http2 *p, struct lp_span *in, struct lp_http2_event *ev);

/* After LP_HTTP2_HOLD: LP_HEAD_MAX bytes. And the buffer once it is no longer needed, else NULL. */
void lp_http2_lend(struct lp_http2 *p, char *buf);
char *lp_http2_reclaim(struct lp_http2 *p);

enum lp_http2_fault {
	LP_HTTP2_GOOD,
	LP_HTTP2_TRAILERS, /* fields without a request or status line */
	LP_HTTP2_UNKNOWN,  /* it refers to fields that were not seen (lp_http2_join) */
	LP_HTTP2_LONG,	   /* over LP_HEAD_MAX or LP_HTTP1_HEADERS_MAX */
	LP_HTTP2_BAD,	   /* no head of HTTP */
};

/*
 * After LP_HTTP2_BLOCK. `text`: LP_HEAD_MAX bytes that `out` borrows from. Whatever the fault, the
 * stream goes on and `out` has what was understood. 0, or -EBADMSG: the compression is broken.
 */
LP_MUST_USE int lp_http2_head(struct lp_http2 *p, struct lp_span block, char *text,
			      struct lp_http1_head *out, enum lp_http2_fault *fault);

/* `len` bytes went by unseen. 0 when they lay inside a body (*stream says whose), else -EBADMSG. */
LP_MUST_USE int lp_http2_skip(struct lp_http2 *p, uint64_t len, uint32_t *stream);

/*
 * The same of what ended with a frame that has no fields, so that the next bytes start one: *stream
 * is whose body was cut before that, 0 where no frame was. -EBADMSG: it cannot have been.
 */
LP_MUST_USE int lp_http2_skip_frames(struct lp_http2 *p, uint64_t len, uint32_t *stream);

#endif
