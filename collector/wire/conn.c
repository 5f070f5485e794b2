/* SPDX-License-Identifier: MIT */
#include "conn.h"

#include <errno.h>

#include "fields.h"
#include "opaque.h"
#include "redact.h"
#include "sigv4.h"

enum phase {
	NEW,	 /* nothing was fed */
	OPEN,	 /* HTTP/1 requests */
	STOPPED, /* something else, or over: nothing is looked at any more */
};

enum pending_flags {
	TO_AWS = 1 << 0,
	IS_HEAD = 1 << 1,
	OPAQUE_ANSWER = 1 << 2, /* if successful; errors are always read */
};

/* Names every resource it touches: 1,000 keys of up to 1,024 bytes, escaped. */
#define S3_KEYS_MAX (2 * 1024 * 1024)
/* How far into a request body names are looked for while little of it is kept. */
#define LOOK_MAX (256 * 1024 * 1024)
/* Of a redacted response head kept beside its body. */
#define RSP_HEAD_MAX (32 * 1024)
/* Fields of one response, and what reading them takes. */
#define FIELDS_ROOM (4096 + LP_FIELD_MAX)
/* Of a request body in one event. */
#define PIECE_MAX   (64 * 1024)
#define PIECE_PARTS 32

_Static_assert(RSP_HEAD_MAX + LP_RSP_BODY_MAX + FIELDS_ROOM <= LP_HEAD_MAX,
	       "a response's head, body and fields share a buffer");

static void emit(struct lp_conn *c, enum lp_event_type type, uint32_t seq,
		 const struct lp_span *parts, unsigned n)
{
	atomic_store_explicit(&c->emitted, true, memory_order_relaxed);
	c->host->emit(c->ctx, c, type, seq, parts, n);
}

static void report_loss(struct lp_conn *c, enum lp_lost_reason reason, uint32_t seq)
{
	struct lp_event_lost l = {.reason = reason, .host_len = c->server_len};
	struct lp_span parts[2] = {{(const char *)&l, sizeof(l)}, {c->server, c->server_len}};

	emit(c, LP_EV_LOST, seq, parts, 2);
}

static enum lp_lost_reason reason_of(int err)
{
	return err == -E2BIG	? LP_LOST_HEAD_TOO_LONG
	       : err == -ENOMEM ? LP_LOST_NO_MEMORY
				: LP_LOST_BAD_FRAMING;
}

static void release(struct lp_conn *c, char **buf)
{
	if (*buf)
		c->host->release(c->ctx, *buf);
	*buf = NULL;
}

static void reclaim(struct lp_conn *c, struct lp_http1 *http)
{
	char *buf = lp_http1_reclaim(http);

	release(c, &buf);
}

static bool lend(struct lp_conn *c, struct lp_http1 *http)
{
	char *buf = c->host->hold(c->ctx);

	if (buf)
		lp_http1_lend(http, buf);
	return buf != NULL;
}

static bool is_active(const struct lp_conn *c)
{
	return atomic_load_explicit(&c->active, memory_order_acquire);
}

static enum phase phase_of(const struct lp_conn *c)
{
	return (enum phase)atomic_load_explicit(&c->phase, memory_order_acquire);
}

static void stop(struct lp_conn *c)
{
	atomic_store_explicit(&c->phase, STOPPED, memory_order_release);
}

static void open_up(struct lp_conn *c)
{
	if (phase_of(c) == NEW)
		atomic_store_explicit(&c->phase, OPEN, memory_order_release);
}

void lp_conn_set_server(struct lp_conn *c, struct lp_span name)
{
	name = lp_span_first(name, sizeof(c->server));
	if (name.len)
		memcpy(c->server, name.ptr, name.len);
	c->server_len = (uint8_t)name.len;
}

/* --- what a request is
 * ---------------------------------------------------------------------------- */

struct verdict {
	bool aws;
	bool is_signed;
	bool expects;
	unsigned opaque;	/* enum lp_opaque */
	enum lp_body_kind kind; /* of the request body, as far as it may be read */
	struct lp_span host;
};

/* "http://host/path" as sent to a proxy; the authority ranks above Host (RFC 9112, 3.2.2). */
static struct lp_span split_absolute(struct lp_span target, struct lp_span *host)
{
	size_t at = lp_span_find(target, ':');
	struct lp_span rest = lp_span_from(target, at);

	if (target.ptr[0] == '/' || !lp_span_starts(rest, LP_SPAN("://")))
		return target;
	rest = lp_span_from(rest, 3);
	at = lp_span_find(rest, '/');
	*host = lp_span_first(rest, at);
	rest = lp_span_from(rest, at);
	*host = lp_span_first(*host, lp_span_find(*host, '?'));
	at = lp_span_find(*host, '@');
	if (at < host->len)
		*host = lp_span_from(*host, at + 1);
	return rest.len ? rest : LP_SPAN("/");
}

static bool is_aws_chunked(struct lp_span encoding)
{
	const struct lp_span word = LP_SPAN("aws-chunked");

	for (size_t i = 0; i + word.len <= encoding.len; i++)
		if (lp_span_caseeq(lp_span_of(encoding.ptr + i, word.len), word))
			return true;
	return false;
}

static void judge(const struct lp_http1_head *h, struct verdict *v)
{
	struct lp_span type = {NULL, 0}, encoding = {NULL, 0}, target, query;
	struct lp_sig sig = {.kind = LP_SIG_NONE};
	bool s3_control = false;

	*v = (struct verdict){.kind = LP_BODY_NONE};
	for (unsigned i = 0; i < h->n_headers; i++) {
		const struct lp_http1_header *f = &h->headers[i];

		switch ((enum lp_header_id)f->id) {
		case LP_HDR_HOST:
			v->host = f->value;
			break;
		case LP_HDR_AUTHORIZATION:
			if (!sig.kind)
				lp_sig_header(f->value, &sig);
			break;
		case LP_HDR_CONTENT_TYPE:
			type = f->value;
			break;
		case LP_HDR_CONTENT_ENCODING:
			encoding = f->value;
			break;
		case LP_HDR_ACCOUNT_ID:
			s3_control = true;
			break;
		case LP_HDR_EXPECT:
			v->expects = true;
			break;
		default:
			break;
		}
	}
	target = split_absolute(h->target, &v->host);
	query = lp_span_from(target, lp_span_find(target, '?') + 1);
	if (!sig.kind && query.len)
		lp_sig_query(query, &sig);
	v->is_signed = sig.kind != LP_SIG_NONE;
	v->aws = v->is_signed || lp_host_kind_of(v->host) != LP_HOST_OTHER;
	if (!v->aws)
		return;
	v->opaque = lp_opaque_of(&sig, v->host, h->method, target, s3_control);
	if (!(v->opaque & LP_OPAQUE_REQUEST) && !is_aws_chunked(encoding))
		v->kind = lp_body_kind_of(type);
	/* No bucket is made with another body than XML, whatever its type is said to be. */
	if ((v->opaque & LP_OPAQUE_BUCKET) && v->kind != LP_BODY_NONE)
		v->kind = LP_BODY_XML;
	/* Only the names of unsigned operations are of use, and only a form has them in its body.
	 */
	if (!v->is_signed && v->kind != LP_BODY_FORM)
		v->kind = LP_BODY_NONE;
}

static uint64_t body_cap(const struct verdict *v)
{
	if (v->opaque & LP_OPAQUE_KEYS)
		return S3_KEYS_MAX;
	return v->kind == LP_BODY_XML ? LP_REQ_XML_MAX : LP_REQ_BODY_MAX;
}

/* --- requests
 * ------------------------------------------------------------------------------------- */

static void activate(struct lp_conn *c, const struct verdict *v)
{
	if (is_active(c))
		return;
	if (v->host.len)
		lp_conn_set_server(c, v->host);
	atomic_store_explicit(&c->active, true, memory_order_release);
}

/* Requests beyond what can be waited for are reported all the same, their answers are not. */
static void push(struct lp_conn *c, uint32_t seq, uint8_t flags)
{
	uint32_t n = atomic_load_explicit(&c->pushed, memory_order_relaxed);

	if (atomic_load_explicit(&c->deaf, memory_order_relaxed))
		return;
	if (n - atomic_load_explicit(&c->taken, memory_order_acquire) >= LP_PENDING_MAX) {
		atomic_store_explicit(&c->deaf, true, memory_order_relaxed);
		report_loss(c, LP_LOST_PIPELINE, seq);
		return;
	}
	c->pending[n % LP_PENDING_MAX] = (struct lp_conn_pending){.seq = seq, .flags = flags};
	atomic_store_explicit(&c->pushed, n + 1, memory_order_release);
}

static int report_request(struct lp_conn *c, const struct lp_http1_head *h, const struct verdict *v,
			  uint32_t seq)
{
	struct lp_span parts[LP_REDACT_PARTS];
	unsigned n = lp_redact_head(h, parts);

	if (!n)
		return -E2BIG;
	activate(c, v);
	emit(c, LP_EV_REQUEST, seq, parts, n);
	return 0;
}

static int out_head(struct lp_conn *c, struct lp_span bytes)
{
	struct lp_conn_out *o = &c->out;
	struct lp_http1_body body;
	struct lp_http1_head h;
	struct verdict v;
	uint8_t flags = 0;
	int err = lp_http1_parse(bytes, false, &h);

	if (err)
		return err;
	err = lp_http1_framing(&h, false, &body);
	if (err)
		return err;
	o->lost = false;
	if (body.framing == LP_FRAME_SWITCH) {
		stop(c); /* CONNECT: what follows is a tunnel */
		return 0;
	}
	judge(&h, &v);
	o->aws = v.aws;
	o->expects = v.expects;
	o->kept = o->seen = 0;
	if (v.aws)
		err = report_request(c, &h, &v, o->seq);
	/* Whatever comes first decides whether this is HTTP. Not before it is known to go to AWS:
	 * as long as the phase is NEW the other thread keeps the answer, see listening(). */
	open_up(c);
	if (err)
		return err;
	if (v.aws) {
		flags = TO_AWS;
		if (body.framing != LP_FRAME_NONE && v.kind != LP_BODY_NONE) {
			lp_scrub_init(&o->scrub, v.kind);
			if (v.opaque & LP_OPAQUE_BUCKET)
				lp_scrub_root(&o->scrub, "CreateBucketConfiguration");
			o->cap = body_cap(&v);
			body.want = LOOK_MAX;
		}
	}
	if (lp_span_eq(h.method, LP_SPAN("HEAD")))
		flags |= IS_HEAD;
	if (v.opaque & LP_OPAQUE_RESPONSE)
		flags |= OPAQUE_ANSWER;
	lp_http1_begin(&o->http, &body);
	/* After the request's own event: its answer may be waiting in another thread. */
	if (is_active(c))
		push(c, o->seq, flags);
	o->seq++;
	return 0;
}

static void out_body(struct lp_conn *c, struct lp_span body)
{
	struct lp_conn_out *o = &c->out;
	struct lp_span parts[PIECE_PARTS];

	while (body.len && o->kept < o->cap && !lp_scrub_ended(&o->scrub)) {
		struct lp_span piece = lp_span_first(body, PIECE_MAX), rest = piece;
		unsigned n = lp_scrub_next(&o->scrub, &rest, parts, LP_ARRAY_LEN(parts));
		uint64_t len = 0;

		for (unsigned i = 0; i < n; i++) {
			if (len + parts[i].len > o->cap - o->kept) {
				parts[i].len = (size_t)(o->cap - o->kept - len);
				n = i + 1;
			}
			len += parts[i].len;
		}
		if (len)
			emit(c, LP_EV_BODY, o->seq - 1, parts, n);
		o->kept += len;
		if (lp_scrub_ended(&o->scrub) || o->kept == o->cap)
			return;
		o->seen += piece.len - rest.len;
		body = lp_span_from(body, piece.len - rest.len);
	}
}

static void out_end(struct lp_conn *c)
{
	/* What the scrubber took out counts neither way: a body kept to its end is whole. */
	uint64_t unseen = lp_http1_body_len(&c->out.http) - c->out.seen;
	struct lp_event_end e = {.body_len = c->out.kept + unseen, .kept_len = c->out.kept};
	struct lp_span part = {(const char *)&e, sizeof(e)};

	if (c->out.aws)
		emit(c, LP_EV_REQUEST_END, c->out.seq - 1, &part, 1);
	c->out.aws = c->out.expects = false;
}

static void out_failed(struct lp_conn *c, int err)
{
	bool first = phase_of(c) == NEW;

	lp_http1_finish(&c->out.http);
	reclaim(c, &c->out.http);
	if (err == -EPROTO && lp_host_kind_of(lp_span_of(c->server, c->server_len)) == LP_HOST_AWS)
		report_loss(c, LP_LOST_HTTP2, c->out.seq);
	if (err == -EPROTO || (first && err == -EBADMSG)) {
		stop(c);
		return;
	}
	/* A later request on the same connection is still worth having, even without its answer. */
	if (is_active(c) && !c->out.lost) {
		report_loss(c, reason_of(err), c->out.seq);
		atomic_store_explicit(&c->deaf, true, memory_order_relaxed);
	}
	c->out.lost = true;
	c->out.aws = c->out.expects = false;
	lp_http1_init(&c->out.http, false);
}

/*
 * A client that asked for 100 Continue and got a final answer may leave the body out and go on
 * with its next request.
 */
static bool body_left_out(struct lp_conn *c, struct lp_span in)
{
	return c->out.expects && in.len && !atomic_load_explicit(&c->deaf, memory_order_relaxed) &&
	       lp_http1_no_body_yet(&c->out.http) && is_active(c) &&
	       atomic_load_explicit(&c->taken, memory_order_acquire) ==
		       atomic_load_explicit(&c->pushed, memory_order_relaxed) &&
	       lp_http1_starts(in, false) >= 0;
}

static void feed_out(struct lp_conn *c, struct lp_span in)
{
	struct lp_http1 *http = &c->out.http;
	struct lp_span part;
	int what;

	if (body_left_out(c, in)) {
		out_end(c);
		lp_http1_restart(http);
	}
	do {
		what = lp_http1_next(http, &in, &part);
		switch (what) {
		case LP_HTTP1_HEAD:
			what = out_head(c, part);
			if (!what)
				what = LP_HTTP1_HEAD;
			reclaim(c, http);
			break;
		case LP_HTTP1_BODY:
			out_body(c, part);
			break;
		case LP_HTTP1_END:
			out_end(c);
			break;
		case LP_HTTP1_HOLD:
			if (!lend(c, http))
				what = -ENOMEM;
			break;
		default:
			break;
		}
	} while (what > LP_HTTP1_MORE && phase_of(c) != STOPPED);
	if (what < 0)
		out_failed(c, what);
}

void lp_conn_out(struct lp_conn *c, const char *buf, size_t len)
{
	struct lp_span in = lp_span_of(buf, len);

	if (!len || phase_of(c) == STOPPED)
		return;
	if (c->out.lost && lp_http1_idle(&c->out.http) && lp_http1_starts(in, false) <= 0)
		return; /* somewhere inside a body, for all one knows */
	feed_out(c, in);
}

void lp_conn_skip_out(struct lp_conn *c, uint64_t len)
{
	if (!len || phase_of(c) == STOPPED || (c->out.lost && lp_http1_idle(&c->out.http)))
		return;
	if (lp_http1_skip(&c->out.http, len)) {
		open_up(c);
		out_failed(c, -EBADMSG);
	} else {
		feed_out(c, lp_span_of(NULL, 0));
	}
}

/* --- responses
 * ------------------------------------------------------------------------------------ */

/* The head and the fields of what came of the body; `room` for these, NULL: without them. */
static void report_response(struct lp_conn *c, struct lp_span *parts, unsigned n,
			    struct lp_span body, char *room)
{
	size_t len =
		room ? lp_fields_scan(body, (enum lp_body_kind)c->in.kind, room, FIELDS_ROOM) : 0;

	if (len)
		parts[n++] = lp_span_of(room, len);
	emit(c, LP_EV_RESPONSE, c->in.req.seq, parts, n);
}

static void flush_response(struct lp_conn *c)
{
	struct lp_conn_in *i = &c->in;
	struct lp_span parts[2];

	if (!i->kept)
		return;
	parts[0] = lp_span_of(i->kept, i->head_len);
	report_response(c, parts, 1, lp_span_of(i->kept + i->head_len, i->body_len),
			i->kept + i->head_len + i->body_len);
	release(c, &i->kept);
}

/* The body lies whole in the input: it is read where it is. */
static void report_in_place(struct lp_conn *c, struct lp_span *parts, unsigned n,
			    struct lp_span body)
{
	char *room = c->host->hold(c->ctx);

	report_response(c, parts, n, body, room);
	release(c, &room);
}

/* Keeps the head until the body came; false when there is no room and it must go now. */
static bool keep_head(struct lp_conn *c, const struct lp_span *parts, unsigned n)
{
	struct lp_conn_in *in = &c->in;
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += parts[i].len;
	if (len > RSP_HEAD_MAX)
		return false;
	in->kept = c->host->hold(c->ctx);
	if (!in->kept)
		return false;
	in->head_len = 0;
	in->body_len = 0;
	for (unsigned i = 0; i < n; i++) {
		memcpy(in->kept + in->head_len, parts[i].ptr, parts[i].len);
		in->head_len += (uint32_t)parts[i].len;
	}
	return true;
}

/* A response to a request to AWS; `next` is what follows its head in the input. */
static int report_head(struct lp_conn *c, const struct lp_http1_head *h, struct lp_http1_body *body,
		       struct lp_span next)
{
	const struct lp_http1_header *type = lp_http1_find_id(h, LP_HDR_CONTENT_TYPE);
	bool opaque = (c->in.req.flags & OPAQUE_ANSWER) && h->status < 300;
	struct lp_span parts[LP_REDACT_PARTS + 1];
	unsigned n = lp_redact_head(h, parts);
	uint64_t look = body->length < LP_RSP_BODY_MAX ? body->length : LP_RSP_BODY_MAX;

	if (!n)
		return -E2BIG;
	c->in.kind = (uint8_t)lp_body_kind_of(type ? type->value : lp_span_of(NULL, 0));
	if (opaque || c->in.kind == LP_BODY_NONE || c->in.kind == LP_BODY_FORM ||
	    body->framing == LP_FRAME_NONE)
		emit(c, LP_EV_RESPONSE, c->in.req.seq, parts, n);
	else if (body->framing == LP_FRAME_LENGTH && look <= next.len)
		report_in_place(c, parts, n, lp_span_first(next, (size_t)look));
	else if (keep_head(c, parts, n))
		body->want = LP_RSP_BODY_MAX;
	else
		emit(c, LP_EV_RESPONSE, c->in.req.seq, parts, n);
	return 0;
}

static int in_head(struct lp_conn *c, struct lp_span bytes, struct lp_span next)
{
	uint32_t n = atomic_load_explicit(&c->taken, memory_order_relaxed);
	struct lp_conn_pending req = c->pending[n % LP_PENDING_MAX];
	struct lp_http1_body body;
	struct lp_http1_head h;
	int err = lp_http1_parse(bytes, true, &h);

	if (err)
		return err;
	err = lp_http1_framing(&h, req.flags & IS_HEAD, &body);
	if (err)
		return err;
	if (body.framing == LP_FRAME_INTERIM) {
		lp_http1_begin(&c->in.http, &body);
		return 0;
	}
	c->in.req = req;
	atomic_store_explicit(&c->taken, n + 1, memory_order_release);
	if (req.flags & TO_AWS)
		err = report_head(c, &h, &body, next);
	lp_http1_begin(&c->in.http, &body);
	if (body.framing == LP_FRAME_SWITCH)
		stop(c); /* another protocol from here on, in both directions */
	return err;
}

static void in_body(struct lp_conn *c, struct lp_span part)
{
	struct lp_conn_in *in = &c->in;

	if (!in->kept)
		return;
	memcpy(in->kept + in->head_len + in->body_len, part.ptr, part.len);
	in->body_len += (uint32_t)part.len;
	if (in->body_len == LP_RSP_BODY_MAX)
		flush_response(c);
}

static bool has_pending(const struct lp_conn *c)
{
	return atomic_load_explicit(&c->pushed, memory_order_acquire) !=
	       atomic_load_explicit(&c->taken, memory_order_relaxed);
}

static void in_failed(struct lp_conn *c, int err)
{
	uint32_t taken = atomic_load_explicit(&c->taken, memory_order_relaxed);

	flush_response(c);
	release(c, &c->in.early);
	lp_http1_finish(&c->in.http);
	reclaim(c, &c->in.http);
	atomic_store_explicit(&c->deaf, true, memory_order_relaxed);
	/* Requests go on being reported; what is lost are their answers. */
	report_loss(c, reason_of(err),
		    has_pending(c) ? c->pending[taken % LP_PENDING_MAX].seq : taken);
}

/* Bytes of a response whose request was not reported yet: another thread is about to. */
static int keep_early(struct lp_conn *c, struct lp_span in)
{
	struct lp_conn_in *i = &c->in;

	if (!i->early) {
		i->early = c->host->hold(c->ctx);
		i->early_len = 0;
	}
	if (!i->early)
		return -ENOMEM;
	if (in.len > LP_HEAD_MAX - i->early_len)
		return -EBADMSG;
	memcpy(i->early + i->early_len, in.ptr, in.len);
	i->early_len += (uint32_t)in.len;
	return 0;
}

/* Up to the end of the input, or of what has a request. */
static int feed_in(struct lp_conn *c, struct lp_span in)
{
	struct lp_http1 *http = &c->in.http;
	struct lp_span part;
	int what;

	do {
		if (lp_http1_idle(http) && in.len) {
			/* Where AWS came late the rest of another answer may come first. */
			if (!c->in.synced && lp_http1_starts(in, true) < 0)
				return 0;
			c->in.synced = true;
			if (!has_pending(c))
				return keep_early(c, in);
		}
		what = lp_http1_next(http, &in, &part);
		switch (what) {
		case LP_HTTP1_HEAD:
			what = in_head(c, part, in);
			if (!what)
				what = LP_HTTP1_HEAD;
			reclaim(c, http);
			break;
		case LP_HTTP1_BODY:
			in_body(c, part);
			break;
		case LP_HTTP1_END:
			flush_response(c);
			break;
		case LP_HTTP1_HOLD:
			if (!lend(c, http))
				what = -ENOMEM;
			break;
		default:
			break;
		}
	} while (what > LP_HTTP1_MORE && phase_of(c) != STOPPED);
	return what < 0 ? what : 0;
}

/* What came early, once its request is known. */
static int feed_early(struct lp_conn *c)
{
	char *early = c->in.early;
	int err;

	if (!early || !has_pending(c))
		return 0;
	c->in.early = NULL; /* what still has no request goes into another buffer */
	err = feed_in(c, lp_span_of(early, c->in.early_len));
	release(c, &early);
	return err;
}

/* True when responses are followed now. */
static bool listening(struct lp_conn *c, struct lp_span in)
{
	/* Read first: the writing thread sets `active` before it leaves NEW. */
	enum phase phase = phase_of(c);
	uint8_t none = NEW;
	int starts;

	if (LP_LIKELY(is_active(c)))
		return !atomic_load_explicit(&c->deaf, memory_order_relaxed);
	if (phase != NEW) {
		release(c, &c->in.early);
		return false;
	}
	/* The first request is not reported yet, or the server speaks first. */
	starts = c->in.early ? 1 : lp_http1_starts(in, true);
	if (starts >= 0 && !keep_early(c, in))
		return false;
	release(c, &c->in.early);
	atomic_compare_exchange_strong_explicit(&c->phase, &none, STOPPED, memory_order_acq_rel,
						memory_order_relaxed);
	return false;
}

void lp_conn_in(struct lp_conn *c, const char *buf, size_t len)
{
	struct lp_span in = lp_span_of(buf, len);
	int err;

	if (!len || phase_of(c) == STOPPED || !listening(c, in))
		return;
	err = feed_early(c);
	if (!err)
		err = c->in.early ? keep_early(c, in) : feed_in(c, in);
	if (err)
		in_failed(c, err);
}

void lp_conn_skip_in(struct lp_conn *c, uint64_t len)
{
	int err;

	if (!len || phase_of(c) == STOPPED || !is_active(c) ||
	    atomic_load_explicit(&c->deaf, memory_order_relaxed))
		return;
	err = feed_early(c);
	if (!err)
		err = lp_http1_skip(&c->in.http, len);
	if (!err)
		err = feed_in(c, lp_span_of(NULL, 0));
	if (err)
		in_failed(c, err);
}

/* --- the whole
 * ------------------------------------------------------------------------------------ */

void lp_conn_init(struct lp_conn *c, const struct lp_conn_host *host, void *ctx, uint64_t id,
		  uint16_t flags)
{
	c->host = host;
	c->ctx = ctx;
	c->id = id;
	c->flags = flags;
	atomic_init(&c->phase, NEW);
	atomic_init(&c->active, false);
	atomic_init(&c->deaf, false);
	atomic_init(&c->emitted, false);
	atomic_init(&c->pushed, 0);
	atomic_init(&c->taken, 0);
	c->server_len = 0;
	c->pending[0] = (struct lp_conn_pending){.seq = 0};
	lp_http1_init(&c->out.http, false);
	c->out.kept = c->out.cap = c->out.seen = 0;
	c->out.seq = 0;
	c->out.aws = c->out.expects = c->out.lost = false;
	lp_http1_init(&c->in.http, true);
	c->in.req = c->pending[0];
	c->in.synced = false;
	c->in.kind = LP_BODY_NONE;
	c->in.early = c->in.kept = NULL;
	c->in.early_len = c->in.head_len = c->in.body_len = 0;
}

void lp_conn_close(struct lp_conn *c)
{
	bool heard = phase_of(c) != STOPPED && is_active(c) &&
		     !atomic_load_explicit(&c->deaf, memory_order_relaxed);

	if (heard)
		(void)feed_early(c); /* whatever is wrong with it, this is the end */
	flush_response(c);	     /* as much of it as came */
	lp_http1_finish(&c->out.http);
	lp_http1_finish(&c->in.http);
	reclaim(c, &c->out.http);
	reclaim(c, &c->in.http);
	release(c, &c->in.early);
	stop(c);
	if (atomic_exchange_explicit(&c->emitted, false, memory_order_relaxed))
		c->host->emit(c->ctx, c, LP_EV_CLOSE, c->out.seq, NULL, 0);
}

bool lp_conn_ignored(const struct lp_conn *c)
{
	return phase_of(c) == STOPPED;
}
