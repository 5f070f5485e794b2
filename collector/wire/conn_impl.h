/* SPDX-License-Identifier: MIT */
#ifndef LP_CONN_IMPL_H
#define LP_CONN_IMPL_H

/*
 * Between the files of a connection: conn.c (HTTP/1.1 and what comes before the version is known),
 * streams.c (HTTP/2), message.c (what the versions have in common). Nobody else includes this.
 */

#include "aws_host.h"
#include "conn.h"
#include "opaque.h"
#include "redact.h"
#include "sigv4.h"

/* A leaf takes so much at least: a map of "id" and one digit, in CBOR. "{}" is no longer. */
#define LP_LEAF_MIN 6

/* How far into a request body names are looked for while little of it is kept. */
#define LP_LOOK_MAX (256 * 1024 * 1024)

enum lp_request_flags {
	LP_TO_AWS = 1 << 0,
	LP_IS_HEAD = 1 << 1,
	LP_OPAQUE_ANSWER = 1 << 2, /* if successful; errors are always read */
	LP_IS_CONNECT = 1 << 3,	   /* what it opens has no body, what refuses it may have one */
};

/* What a request is. */
struct lp_verdict {
	bool aws;
	bool expects;
	bool s3_control;
	unsigned opaque;	/* enum lp_opaque */
	enum lp_body_kind kind; /* of the request body, as far as it may be read */
	struct lp_span host;
	struct lp_sig sig; /* LP_SIG_NONE: nobody signed it */
};

void lp_judge(const struct lp_http1_head *h, struct lp_verdict *v);

/* enum lp_request_flags of a request that was judged. */
static inline uint8_t lp_request_flags(const struct lp_http1_head *h, const struct lp_verdict *v)
{
	return (uint8_t)((v->aws ? LP_TO_AWS : 0) |
			 (lp_span_eq(h->method, LP_SPAN("HEAD")) ? LP_IS_HEAD : 0) |
			 (v->opaque & LP_OPAQUE_RESPONSE ? LP_OPAQUE_ANSWER : 0));
}

void lp_conn_emit(struct lp_conn *c, enum lp_event_type type, uint32_t seq,
		  const struct lp_span *parts, unsigned n);
/* What is lost when framing fails with that error. */
enum lp_lost_reason lp_lost_reason_of(int err);
void lp_conn_report_loss(struct lp_conn *c, enum lp_lost_reason reason, uint32_t seq);
/* Gives a buffer back, if there is one. */
static inline void lp_conn_release(struct lp_conn *c, char **buf)
{
	if (LP_UNLIKELY(*buf))
		c->host->release(c->ctx, *buf);
	*buf = NULL;
}

static inline bool lp_conn_active(const struct lp_conn *c)
{
	return atomic_load_explicit(&c->active, memory_order_acquire);
}

/* A request to AWS was seen, or its server is AWS's: what is lost of it has to be told. */
static inline bool lp_conn_to_aws(const struct lp_conn *c)
{
	return lp_conn_active(c) ||
	       lp_host_kind_of(lp_span_of(c->server, c->server_len)) == LP_HOST_AWS;
}

/* --- requests --------------------------------------------------------------------------------- */

/* Emits the head; `bare`: the request has no body, so that no end follows. 0, or -E2BIG when it
 * cannot be redacted. */
LP_MUST_USE int lp_request_report(struct lp_conn *c, const struct lp_http1_head *h,
				  const struct lp_verdict *v, uint32_t seq, bool bare);

static inline void lp_request_emit(struct lp_conn *c, uint32_t seq, bool bare,
				   const struct lp_span *parts, unsigned n)
{
	lp_conn_emit(c, bare ? LP_EV_REQUEST_BARE : LP_EV_REQUEST, seq, parts, n);
}

/* Makes ready for the body of a request to AWS; `opaque` and `kind` as it was judged. True when it
 * is to be looked at. */
bool lp_body_begin(struct lp_body_out *b, unsigned opaque, enum lp_body_kind kind);
/*
 * The next of its bytes: lets through what may leave. `whole`: they are all there are. True: so it
 * was told, and no end follows.
 */
bool lp_body_pass(struct lp_conn *c, struct lp_body_out *b, uint32_t seq, struct lp_span body,
		  bool whole);
/* Its end; `len`: of the whole body, transfer coding removed. */
void lp_body_end(struct lp_conn *c, const struct lp_body_out *b, uint32_t seq, uint64_t len);

/* --- memory ----------------------------------------------------------------------------------- */

/* Borrows it for a connection that turns out to go to AWS. */
void lp_memory_begin(struct lp_conn *c);

/*
 * A request to AWS was read, and what it comes to: one whose head is like this comes to the same.
 * `len`: of the head, 0 where it came in pieces. Not of those that wait for what the server says.
 */
void lp_memory_request(struct lp_conn_memory *m, const struct lp_http1_head *h, size_t len,
		       const struct lp_verdict *v, const struct lp_request_plan *plan);
/*
 * How long the head of a request is that `in` starts with, if it is known; else 0. What it comes to
 * goes to `plan`, what is kept of it to `parts`.
 */
size_t lp_memory_is_request(struct lp_conn_memory *m, struct lp_span in,
			    struct lp_request_plan *plan, struct lp_span parts[LP_REPEAT_PARTS],
			    unsigned *n);
/* The same of its whole body, which is `len` bytes long. */
bool lp_memory_is_body(struct lp_conn_memory *m, struct lp_span in, uint64_t len,
		       struct lp_span parts[LP_REPEAT_PARTS], unsigned *n);
/* And of the answer to a request of those flags. */
size_t lp_memory_is_answer(struct lp_conn_memory *m, uint8_t flags, struct lp_span in,
			   struct lp_http1_body *body, struct lp_span parts[LP_REPEAT_PARTS],
			   unsigned *n);
/* A whole body: so it would be behind that head, too, if it is as long as is said there. */
void lp_memory_body(struct lp_conn_memory *m, struct lp_span body);
/* The answer to a->req was read, of which `parts` are kept: so to one that asks like that. */
void lp_memory_answer(struct lp_conn_memory *m, const struct lp_http1_head *h, size_t len,
		      const struct lp_http1_body *body, const struct lp_answer *a,
		      const struct lp_span *parts, unsigned n);

/* --- responses -------------------------------------------------------------------------------- */

/*
 * The head of the answer to a->req, a request to AWS: what is kept of it goes to `parts`, and of
 * which kind its body is to a->kind, LP_BODY_NONE when it is of no use. How many parts, or 0 when
 * they would not fit.
 */
unsigned lp_answer_read(struct lp_answer *a, const struct lp_http1_head *h,
			const struct lp_http1_body *body, struct lp_span parts[LP_REDACT_PARTS]);
/*
 * Tells the answer, or keeps it until its body came, of which `next` is at hand. Sets body->want
 * when more is needed. One more part than there are must fit in `parts`.
 */
void lp_answer_begin(struct lp_conn *c, struct lp_answer *a, struct lp_http1_body *body,
		     struct lp_span *parts, unsigned n, struct lp_span next);
/* The next wanted bytes of its body. */
void lp_answer_body(struct lp_conn *c, struct lp_answer *a, struct lp_span part);
void lp_answer_report(struct lp_conn *c, struct lp_answer *a);
/* Its end, or as much of it as will come: emits what was kept back. */
static inline void lp_answer_flush(struct lp_conn *c, struct lp_answer *a)
{
	if (a->kept)
		lp_answer_report(c, a);
}

#endif
