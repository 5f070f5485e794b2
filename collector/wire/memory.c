/* SPDX-License-Identifier: MIT */
/* What a connection remembers of its last messages; conn.c knows them again. */
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
	m->answer.flags = 0;
}

void lp_memory_request(struct lp_conn_memory *m, const struct lp_http1_head *h, size_t len,
		       const struct lp_verdict *v, const struct lp_request_plan *plan)
{
	struct lp_span parts[LP_REDACT_PARTS];
	unsigned n;

	if (v->expects || !len || !lp_repeat_worth(&m->out, len))
		return;
	n = lp_redact_head(h, v->opaque & LP_OPAQUE_QUERY, &v->sig, parts);
	if (lp_repeat_learn_head(&m->out, h, len, parts, n))
		m->request = *plan;
	m->body.len = 0;
}

void lp_memory_body(struct lp_conn_memory *m, struct lp_span body)
{
	enum lp_body_kind kind = (enum lp_body_kind)m->request.kind;
	struct lp_span parts[2 * LP_REPEAT_PARTS], rest = body;
	struct lp_scrub scrub;
	unsigned n;

	if (!m->out.len || m->request.body.length != body.len ||
	    (kind != LP_BODY_JSON && kind != LP_BODY_OTHER) || !lp_repeat_worth(&m->body, body.len))
		return;
	lp_scrub_init(&scrub, kind);
	n = lp_scrub_next(&scrub, &rest, parts, LP_ARRAY_LEN(parts));
	if (!rest.len)
		(void)lp_repeat_learn_json(&m->body, body, parts, n);
}

void lp_memory_answer(struct lp_conn_memory *m, const struct lp_http1_head *h, size_t len,
		      const struct lp_http1_body *body, const struct lp_answer *a,
		      const struct lp_span *parts, unsigned n)
{
	if (!len || !lp_repeat_worth(&m->in, len) ||
	    !lp_repeat_learn_head(&m->in, h, len, parts, n))
		return;
	m->answer = (struct lp_answer_plan){*body, a->req.flags, a->kind};
}
