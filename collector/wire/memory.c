/* SPDX-License-Identifier: MIT */
/* What a connection remembers of its last messages. */
#include "conn_impl.h"
#include "streams.h"

void lp_memory_begin(struct lp_conn *c)
{
	/* HTTP/2 packs the same head otherwise each time. */
	bool lends = c->host->memory && !lp_streams_of(c);
	struct lp_conn_memory *m = lends ? c->host->memory(c->ctx, c) : NULL;

	c->memory = m;
	if (!m)
		return;
	lp_repeat_init(&m->out, m->out_text, sizeof(m->out_text));
	lp_repeat_init(&m->body, m->body_text, sizeof(m->body_text));
	lp_repeat_init(&m->in, m->in_text, sizeof(m->in_text));
	m->request.kind = LP_BODY_NONE;
	m->answer.flags = 0;
}

/* --- learning --------------------------------------------------------------------------------- */

/* Where another length makes no other difference. */
static unsigned free_length(const struct lp_http1_head *h, const struct lp_http1_body *body)
{
	const struct lp_http1_header *f = lp_http1_find_id(h, LP_HDR_CONTENT_LENGTH);
	uint64_t len;

	if (body->framing != LP_FRAME_LENGTH || body->length < LP_LEAF_MIN || !f ||
	    lp_http1_length(lp_http1_value(h, f), &len))
		return 0;
	while (++f < h->headers + h->n_headers)
		if (f->id == LP_HDR_CONTENT_LENGTH)
			return 0; /* the two must be equal */
	return LP_REPEAT_LENGTH;
}

/* Where another path makes no other difference but that; the line is as lp_redact_head writes it,
 * so that it is kept alike with a query and without. */
static unsigned free_target(const struct lp_http1_head *h, const struct lp_verdict *v)
{
	size_t at = (size_t)(h->target.ptr - h->start.ptr);
	struct lp_span behind = lp_span_from(h->start, at + h->target.len);

	return v->sig.kind != LP_SIG_NONE && !v->sig.presigned && at == h->method.len + 1 &&
			       lp_span_eq(behind, LP_SPAN(" HTTP/1.1\r\n")) &&
			       h->target.ptr[0] == '/' &&
			       lp_redact_keeps(h->target, v->opaque & LP_OPAQUE_QUERY)
		       ? LP_REPEAT_TARGET
		       : 0;
}

/* The same text in the known head; a constant is there itself. */
static struct lp_span in_known(const struct lp_conn_memory *m, const struct lp_http1_head *h,
			       struct lp_span s)
{
	uintptr_t at = (uintptr_t)s.ptr - (uintptr_t)h->text;

	return at < m->out.len ? lp_span_of(m->out_text + at, s.len) : s;
}

void lp_memory_request(struct lp_conn_memory *m, const struct lp_http1_head *h, size_t len,
		       const struct lp_verdict *v, const struct lp_request_plan *plan)
{
	struct lp_span parts[LP_REDACT_PARTS];
	unsigned n;

	if (v->expects || !len || !lp_repeat_worth(&m->out, lp_repeat_shape(h)))
		return;
	n = lp_redact_head(h, v->opaque & LP_OPAQUE_QUERY, &v->sig, parts);
	if (!lp_repeat_learn_head(&m->out, h, len, parts, n,
				  free_length(h, &plan->body) | free_target(h, v)))
		return;
	if (plan->kind != m->request.kind)
		m->body.len = 0;
	m->request = *plan;
	m->sig = (struct lp_sig){.kind = v->sig.kind, .service = in_known(m, h, v->sig.service)};
	m->host = in_known(m, h, v->host);
	m->method = in_known(m, h, h->method);
	m->target = in_known(m, h, h->target);
	m->s3_control = v->s3_control;
}

void lp_memory_body(struct lp_conn_memory *m, struct lp_span body)
{
	enum lp_body_kind kind = (enum lp_body_kind)m->request.kind;
	struct lp_span parts[2 * LP_REPEAT_PARTS], rest = body;
	struct lp_scrub scrub;
	unsigned n;

	if (!m->out.len || (kind != LP_BODY_JSON && kind != LP_BODY_OTHER) ||
	    !lp_repeat_worth(&m->body, 0))
		return;
	lp_scrub_init(&scrub, kind);
	n = lp_scrub_next(&scrub, &rest, parts, LP_ARRAY_LEN(parts));
	if (n && !rest.len && !lp_scrub_ended(&scrub))
		(void)lp_repeat_learn_json(&m->body, body, parts, n);
}

void lp_memory_answer(struct lp_conn_memory *m, const struct lp_http1_head *h, size_t len,
		      const struct lp_http1_body *body, const struct lp_answer *a,
		      const struct lp_span *parts, unsigned n)
{
	if (!len || !lp_repeat_worth(&m->in, lp_repeat_shape(h)) ||
	    !lp_repeat_learn_head(&m->in, h, len, parts, n, free_length(h, body)))
		return;
	m->answer = (struct lp_answer_plan){*body, a->req.flags, a->kind};
}

/* --- recognising ------------------------------------------------------------------------------ */

static bool takes_length(const struct lp_repeat_found *f, struct lp_http1_body *body)
{
	return !f->length.ptr ||
	       (!lp_http1_length(f->length, &body->length) && body->length >= LP_LEAF_MIN);
}

/* Other paths may be another operation's, whose bodies are not for reading. */
static bool takes_target(const struct lp_conn_memory *m, struct lp_span target)
{
	if (!target.ptr || lp_span_eq(target, m->target))
		return true;
	for (size_t i = 0; i < target.len; i++)
		if ((unsigned char)target.ptr[i] <= ' ' || target.ptr[i] == 0x7f)
			return false;
	return target.len && target.ptr[0] == '/' &&
	       lp_opaque_of(&m->sig, m->host, m->method, target, m->s3_control) ==
		       m->request.opaque &&
	       lp_redact_keeps(target, m->request.opaque & LP_OPAQUE_QUERY);
}

LP_HOT size_t lp_memory_is_request(struct lp_conn_memory *m, struct lp_span in,
				   struct lp_request_plan *plan,
				   struct lp_span parts[LP_REPEAT_PARTS], unsigned *n)
{
	struct lp_repeat_found f;

	if (!lp_repeat_is_head(&m->out, in, &f) || !takes_target(m, f.target))
		return 0;
	*plan = m->request;
	if (!takes_length(&f, &plan->body))
		return 0;
	*n = lp_repeat_parts(&m->out, in.ptr, &f, parts);
	return f.len;
}

LP_HOT bool lp_memory_is_body(struct lp_conn_memory *m, struct lp_span in, uint64_t len,
			      struct lp_span parts[LP_REPEAT_PARTS], unsigned *n)
{
	struct lp_repeat_found f;

	if (!lp_repeat_is_json(&m->body, in, &f) || f.len != len)
		return false;
	*n = lp_repeat_parts(&m->body, in.ptr, &f, parts);
	return true;
}

LP_HOT size_t lp_memory_is_answer(struct lp_conn_memory *m, uint8_t flags, struct lp_span in,
				  struct lp_http1_body *body, struct lp_span parts[LP_REPEAT_PARTS],
				  unsigned *n)
{
	struct lp_repeat_found f;

	if (flags != m->answer.flags || !lp_repeat_is_head(&m->in, in, &f))
		return 0;
	*body = m->answer.body;
	if (!takes_length(&f, body))
		return 0;
	*n = lp_repeat_parts(&m->in, in.ptr, &f, parts);
	return f.len;
}
