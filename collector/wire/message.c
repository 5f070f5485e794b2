/* SPDX-License-Identifier: MIT */
/* What every version of HTTP has in common: judging a request, its body, reading its answer. */
#include "conn_impl.h"

#include <errno.h>

#include "fields.h"

/* Names every resource it touches: 1,000 keys of up to 1,024 bytes, escaped. */
#define S3_KEYS_MAX (2 * 1024 * 1024)
/* Of a redacted response head kept beside its body. */
#define RSP_HEAD_MAX (32 * 1024)
/* Fields of one response, and what reading them takes. */
#define FIELDS_ROOM (4096 + LP_FIELD_MAX)
/* Of a request body in one event. */
#define PIECE_MAX   (64 * 1024)
#define PIECE_PARTS 32

_Static_assert(RSP_HEAD_MAX + LP_RSP_BODY_MAX + FIELDS_ROOM <= LP_HEAD_MAX,
	       "a response's head, body and fields share a buffer");

void lp_conn_emit(struct lp_conn *c, enum lp_event_type type, uint32_t seq,
		  const struct lp_span *parts, unsigned n)
{
	atomic_store_explicit(&c->emitted, true, memory_order_relaxed);
	c->host->emit(c->ctx, c, type, seq, parts, n);
}

enum lp_lost_reason lp_lost_reason_of(int err)
{
	return err == -E2BIG	? LP_LOST_HEAD_TOO_LONG
	       : err == -ENOMEM ? LP_LOST_NO_MEMORY
				: LP_LOST_BAD_FRAMING;
}

void lp_conn_report_loss(struct lp_conn *c, enum lp_lost_reason reason, uint32_t seq)
{
	struct lp_event_lost l = {.reason = reason, .host_len = c->server_len};
	struct lp_span parts[2] = {{(const char *)&l, sizeof(l)}, {c->server, c->server_len}};

	lp_conn_emit(c, LP_EV_LOST, seq, parts, 2);
}

void lp_conn_set_server(struct lp_conn *c, struct lp_span name)
{
	name = lp_span_first(name, sizeof(c->server));
	if (name.len)
		memcpy(c->server, name.ptr, name.len);
	c->server_len = (uint8_t)name.len;
}

/* --- what a request is ------------------------------------------------------------------------ */

LP_HOT void lp_judge(const struct lp_http1_head *h, struct lp_verdict *v)
{
	struct lp_span type = {NULL, 0}, encoding = {NULL, 0}, target, query;
	struct lp_sig *sig = &v->sig;
	bool looked = false;

	v->aws = v->expects = v->s3_control = false;
	v->opaque = LP_OPAQUE_NONE;
	v->kind = LP_BODY_NONE;
	v->host = lp_span_of(NULL, 0);
	for (unsigned i = 0; i < h->n_headers; i++) {
		const struct lp_http1_header *f = &h->headers[i];

		if (f->id == LP_HDR_AUTHORIZATION) {
			if (!looked || !sig->kind)
				lp_sig_header(lp_http1_value(h, f), sig);
			looked = true;
		} else if (f->id == LP_HDR_HOST) {
			v->host = lp_http1_value(h, f);
		} else if (f->id == LP_HDR_CONTENT_TYPE) {
			type = lp_http1_value(h, f);
		} else if (f->id == LP_HDR_CONTENT_ENCODING) {
			encoding = lp_http1_value(h, f);
		} else {
			v->s3_control = v->s3_control || f->id == LP_HDR_ACCOUNT_ID;
			v->expects = v->expects || f->id == LP_HDR_EXPECT;
		}
	}
	if (LP_UNLIKELY(!looked))
		*sig = (struct lp_sig){.kind = LP_SIG_NONE};
	target = lp_http1_origin(h->target, &v->host);
	query = lp_span_from(target, lp_span_find(target, '?') + 1);
	if (LP_UNLIKELY(!sig->kind) && query.len)
		lp_sig_query(query, sig);
	v->aws = LP_LIKELY(sig->kind != LP_SIG_NONE) || lp_host_kind_of(v->host) != LP_HOST_OTHER;
	if (LP_UNLIKELY(!v->aws))
		return;
	v->opaque = lp_opaque_of(sig, v->host, h->method, target, v->s3_control);
	if (!(v->opaque & LP_OPAQUE_REQUEST) && !lp_body_is_coded(encoding))
		v->kind = lp_body_kind_of(type);
	/* No bucket is made and no batch of objects deleted with another body than XML, whatever
	 * its type is said to be. */
	if (LP_UNLIKELY(((v->opaque & LP_OPAQUE_BUCKET) && v->kind != LP_BODY_NONE) ||
			((v->opaque & LP_OPAQUE_KEYS) && !lp_body_is_coded(encoding))))
		v->kind = LP_BODY_XML;
	/* Only the names of unsigned operations are of use, and only a form has them in its body.
	 */
	if (LP_UNLIKELY(sig->kind == LP_SIG_NONE) && v->kind != LP_BODY_FORM)
		v->kind = LP_BODY_NONE;
}

static uint64_t body_cap(unsigned opaque, enum lp_body_kind kind)
{
	if (opaque & LP_OPAQUE_KEYS)
		return S3_KEYS_MAX;
	return kind == LP_BODY_XML ? LP_REQ_XML_MAX : LP_REQ_BODY_MAX;
}

/* --- requests --------------------------------------------------------------------------------- */

static void activate(struct lp_conn *c, const struct lp_verdict *v)
{
	if (LP_LIKELY(lp_conn_active(c)))
		return;
	/* It asked for another server than for whom its requests are: what was reached is read. */
	if (c->server_len && v->host.len &&
	    !lp_span_caseeq(lp_host_bare(v->host), lp_span_of(c->server, c->server_len))) {
		const struct lp_span server = lp_span_of(c->server, c->server_len);

		lp_conn_emit(c, LP_EV_UNREACHED, 0, &server, 1);
	}
	if (v->host.len)
		lp_conn_set_server(c, v->host);
	lp_memory_begin(c);
	atomic_store_explicit(&c->active, true, memory_order_release);
}

LP_HOT int lp_request_report(struct lp_conn *c, const struct lp_http1_head *h,
			     const struct lp_verdict *v, uint32_t seq, bool bare)
{
	struct lp_span parts[LP_REDACT_PARTS];
	unsigned n = lp_redact_head(h, v->opaque & LP_OPAQUE_QUERY, &v->sig, parts);

	if (LP_UNLIKELY(!n))
		return -E2BIG;
	activate(c, v);
	lp_request_emit(c, seq, bare, parts, n);
	return 0;
}

LP_HOT bool lp_body_begin(struct lp_body_out *b, unsigned opaque, enum lp_body_kind kind)
{
	b->kept = b->seen = b->cap = 0;
	if (kind == LP_BODY_NONE)
		return false;
	lp_scrub_init(&b->scrub, kind);
	if (opaque & LP_OPAQUE_BUCKET)
		lp_scrub_root(&b->scrub, "CreateBucketConfiguration");
	b->cap = body_cap(opaque, kind);
	return true;
}

LP_HOT bool lp_body_pass(struct lp_conn *c, struct lp_body_out *b, uint32_t seq,
			 struct lp_span body, bool whole)
{
	struct lp_span parts[PIECE_PARTS];

	while (body.len && b->kept < b->cap && !lp_scrub_ended(&b->scrub)) {
		struct lp_span piece = lp_span_first(body, PIECE_MAX), rest = piece;
		unsigned n = lp_scrub_next(&b->scrub, &rest, parts, LP_ARRAY_LEN(parts));
		uint64_t len = 0;

		for (unsigned i = 0; i < n; i++) {
			if (len + parts[i].len > b->cap - b->kept) {
				parts[i].len = (size_t)(b->cap - b->kept - len);
				n = i + 1;
			}
			len += parts[i].len;
		}
		whole = whole && len && piece.len == body.len && !rest.len &&
			len < b->cap - b->kept && !lp_scrub_ended(&b->scrub);
		if (len)
			lp_conn_emit(c, whole ? LP_EV_BODY_WHOLE : LP_EV_BODY, seq, parts, n);
		if (whole)
			return true;
		b->kept += len;
		if (lp_scrub_ended(&b->scrub) || b->kept == b->cap)
			break;
		b->seen += piece.len - rest.len;
		body = lp_span_from(body, piece.len - rest.len);
	}
	return false;
}

LP_HOT void lp_body_end(struct lp_conn *c, const struct lp_body_out *b, uint32_t seq, uint64_t len)
{
	/* What the scrubber took out counts neither way: a body kept to its end is whole. */
	struct lp_event_end e = {.body_len = b->kept + (len - b->seen), .kept_len = b->kept};
	struct lp_span part = {(const char *)&e, sizeof(e)};

	lp_conn_emit(c, LP_EV_REQUEST_END, seq, &part, 1);
}

/* --- responses -------------------------------------------------------------------------------- */

/* The head and the fields of what came of the body; `room` for these, NULL: without them. */
static void report_response(struct lp_conn *c, const struct lp_answer *a, struct lp_span *parts,
			    unsigned n, struct lp_span body, char *room)
{
	size_t len = room ? lp_fields_scan(body, (enum lp_body_kind)a->kind, room, FIELDS_ROOM) : 0;

	if (len)
		parts[n++] = lp_span_of(room, len);
	lp_conn_emit(c, LP_EV_RESPONSE, a->req.seq, parts, n);
}

void lp_answer_report(struct lp_conn *c, struct lp_answer *a)
{
	struct lp_span parts[2];

	parts[0] = lp_span_of(a->kept, a->head_len);
	report_response(c, a, parts, 1, lp_span_of(a->kept + a->head_len, a->body_len),
			a->kept + a->head_len + a->body_len);
	lp_conn_release(c, &a->kept);
}

/* The body lies whole in the input: it is read where it is. */
static void report_in_place(struct lp_conn *c, const struct lp_answer *a, struct lp_span *parts,
			    unsigned n, struct lp_span body)
{
	char *room = c->host->hold(c->ctx);

	report_response(c, a, parts, n, body, room);
	lp_conn_release(c, &room);
}

/* Keeps the head until the body came; false when there is no room and it must go now. */
static bool keep_head(struct lp_conn *c, struct lp_answer *a, const struct lp_span *parts,
		      unsigned n)
{
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += parts[i].len;
	if (len > RSP_HEAD_MAX)
		return false;
	a->kept = c->host->hold(c->ctx);
	if (!a->kept)
		return false;
	a->head_len = 0;
	a->body_len = 0;
	for (unsigned i = 0; i < n; i++) {
		memcpy(a->kept + a->head_len, parts[i].ptr, parts[i].len);
		a->head_len += (uint32_t)parts[i].len;
	}
	return true;
}

LP_HOT unsigned lp_answer_read(struct lp_answer *a, const struct lp_http1_head *h,
			       const struct lp_http1_body *body,
			       struct lp_span parts[LP_REDACT_PARTS])
{
	bool opaque = (a->req.flags & LP_OPAQUE_ANSWER) && h->status < 300;
	unsigned n = lp_redact_head(h, false, NULL, parts);
	const struct lp_http1_header *type;
	enum lp_body_kind kind;

	a->kind = LP_BODY_NONE;
	if (opaque || body->framing == LP_FRAME_NONE ||
	    (body->framing == LP_FRAME_LENGTH && body->length < LP_LEAF_MIN))
		return n;
	type = lp_http1_find_id(h, LP_HDR_CONTENT_TYPE);
	kind = lp_body_kind_of(type ? lp_http1_value(h, type) : lp_span_of(NULL, 0));
	if (kind != LP_BODY_FORM)
		a->kind = (uint8_t)kind;
	return n;
}

LP_HOT void lp_answer_begin(struct lp_conn *c, struct lp_answer *a, struct lp_http1_body *body,
			    struct lp_span *parts, unsigned n, struct lp_span next)
{
	uint64_t look = body->length < LP_RSP_BODY_MAX ? body->length : LP_RSP_BODY_MAX;

	if (a->kind == LP_BODY_NONE)
		lp_conn_emit(c, LP_EV_RESPONSE, a->req.seq, parts, n);
	else if (body->framing == LP_FRAME_LENGTH && look <= next.len)
		report_in_place(c, a, parts, n, lp_span_first(next, (size_t)look));
	else if (keep_head(c, a, parts, n))
		body->want = LP_RSP_BODY_MAX;
	else
		lp_conn_emit(c, LP_EV_RESPONSE, a->req.seq, parts, n);
}

void lp_answer_body(struct lp_conn *c, struct lp_answer *a, struct lp_span part)
{
	part = lp_span_first(part, LP_RSP_BODY_MAX - a->body_len);
	if (!a->kept)
		return;
	memcpy(a->kept + a->head_len + a->body_len, part.ptr, part.len);
	a->body_len += (uint32_t)part.len;
	if (a->body_len == LP_RSP_BODY_MAX)
		lp_answer_flush(c, a);
}
