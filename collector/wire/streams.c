/* SPDX-License-Identifier: MIT */
#include "streams.h"

#include <errno.h>

#include "http2.h"

#define SLOTS 128 /* requests to AWS in flight; peers allow each other 100 to 250 streams */

enum done {
	OUT_DONE = 1 << 0,  /* the request is complete or given up: the writing thread is through */
	IN_DONE = 1 << 1,   /* likewise its answer and the reading thread */
	OUT_RESET = 1 << 2, /* the client gave up: the reading thread has to finish */
	IN_RESET = 1 << 3,  /* the server did: the writing thread has to */
};

/* One request to AWS and its answer. */
struct slot {
	_Atomic uint32_t id; /* of the stream; 0: free */
	_Atomic uint8_t done;
	/* Written before id. */
	struct lp_conn_pending req;
	/* The writing thread's. */
	bool look;
	struct lp_body_out body;
	uint64_t body_len;
	/* The reading thread's. */
	bool answered; /* its head came */
	struct lp_answer answer;
};

struct lp_streams {
	_Atomic uint32_t newest;   /* stream of the last request that was looked at */
	_Atomic bool out_resets;   /* some slot has OUT_RESET */
	_Atomic bool in_resets;	   /* some slot has IN_RESET */
	_Atomic bool late;	   /* streams older than `newest` may never have been seen */
	bool out_lost, in_lost;	   /* frames are not followed: wait for a start */
	bool told_late, told_full; /* once for each connection */
	/* A header block that came before its request was reported, then the bytes after it. */
	char *early;
	uint32_t early_len, early_block;
	struct lp_http2_event early_event;
	struct lp_http2 out, in;
	struct slot slots[SLOTS + 1]; /* the last one is for a stream that began as HTTP/1.1 */
};

_Static_assert(sizeof(struct lp_streams) <= LP_HEAD_MAX, "it lives in a lent buffer");

bool lp_streams_begin(struct lp_conn *c, size_t seen, bool late)
{
	char *room = c->host->hold(c->ctx), *out = c->host->hold(c->ctx),
	     *in = c->host->hold(c->ctx);
	struct lp_streams *s = NULL;

	if (!room || !out || !in) {
		lp_conn_release(c, &room);
		lp_conn_release(c, &out);
		lp_conn_release(c, &in);
		return false;
	}
	memcpy(&s, &room, sizeof(s)); /* lent buffers are aligned as malloc's are */
	memset(s, 0, sizeof(*s));
	lp_http2_init(&s->out, false, out);
	lp_http2_init(&s->in, true, in);
	lp_http2_seen_preface(&s->out, seen);
	if (late) {
		lp_http2_join(&s->out);
		lp_http2_join(&s->in);
		atomic_store_explicit(&s->late, true, memory_order_relaxed);
	}
	s->in_lost = late;
	c->flags |= LP_EVF_MULTIPLEXED;
	atomic_store_explicit(&c->streams, s, memory_order_release);
	return true;
}

/* --- streams ---------------------------------------------------------------------------------- */

static struct slot *find(struct lp_streams *s, uint32_t id)
{
	struct slot *t = &s->slots[SLOTS];

	if (!id || atomic_load_explicit(&t->id, memory_order_acquire) == id)
		return id ? t : NULL;
	for (unsigned i = 0; i < SLOTS; i++) {
		t = &s->slots[(id / 2 + i) % SLOTS];
		if (atomic_load_explicit(&t->id, memory_order_acquire) == id)
			return t;
	}
	return NULL;
}

static void fill(struct slot *t, struct lp_conn_pending req, uint8_t done)
{
	t->req = req;
	t->look = t->answered = false;
	t->body.kept = t->body.seen = t->body.cap = 0;
	t->body_len = 0;
	t->answer = (struct lp_answer){.req = req};
	atomic_store_explicit(&t->done, done, memory_order_relaxed);
}

/* A free slot, which is nobody's until its id is set; NULL when there is none. */
static struct slot *claim(struct lp_streams *s, uint32_t id, struct lp_conn_pending req)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *t = &s->slots[(id / 2 + i) % SLOTS];

		if (atomic_load_explicit(&t->id, memory_order_acquire))
			continue;
		fill(t, req, 0);
		return t;
	}
	return NULL;
}

static bool is_done(const struct slot *t, uint8_t bits)
{
	return atomic_load_explicit(&t->done, memory_order_acquire) & bits;
}

/* Whoever is through last frees the slot. */
static void mark(struct slot *t, uint8_t bits)
{
	uint8_t now = atomic_fetch_or_explicit(&t->done, bits, memory_order_acq_rel) | bits;

	if ((now & OUT_DONE) && (now & IN_DONE))
		atomic_store_explicit(&t->id, 0, memory_order_release);
}

static bool lend(struct lp_conn *c, struct lp_http2 *http)
{
	char *buf = c->host->hold(c->ctx);

	if (buf)
		lp_http2_lend(http, buf);
	return buf != NULL;
}

static void reclaim(struct lp_conn *c, struct lp_http2 *http)
{
	char *buf = lp_http2_reclaim(http);

	lp_conn_release(c, &buf);
}

/* Frames cannot be followed any more, until bytes come that start one. */
static void lose(struct lp_conn *c, struct lp_http2 *http, int err, uint32_t seq)
{
	lp_http2_join(http);
	reclaim(c, http);
	if (lp_conn_to_aws(c))
		lp_conn_report_loss(c, lp_lost_reason_of(err), seq);
}

/* What one direction does with a header block, of slot `t` where the stream has one … */
typedef void (*head_fn)(struct lp_conn *c, struct lp_streams *s, const struct lp_http2_event *ev,
			struct slot *t, struct lp_http1_head *h, enum lp_http2_fault fault);
/* … and with whatever comes next; `rest` is what follows. >0: that was taken, too; <0 an error. */
typedef int (*take_fn)(struct lp_conn *c, struct lp_streams *s, enum lp_http2_what what,
		       const struct lp_http2_event *ev, struct lp_span rest);

static int take_block(struct lp_conn *c, struct lp_streams *s, struct lp_http2 *http,
		      const struct lp_http2_event *ev, head_fn fn)
{
	char *text = c->host->hold(c->ctx);
	enum lp_http2_fault fault;
	struct lp_http1_head h;
	int err;

	if (!text)
		return -ENOMEM;
	err = lp_http2_head(http, ev->data, text, &h, &fault);
	if (!err)
		fn(c, s, ev, find(s, ev->stream), &h, fault);
	lp_conn_release(c, &text);
	return err;
}

static int feed(struct lp_conn *c, struct lp_streams *s, struct lp_http2 *http, struct lp_span in,
		take_fn take)
{
	struct lp_http2_event ev;
	int what, err = 0;

	while (!err && (what = lp_http2_next(http, &in, &ev)) != LP_HTTP2_MORE) {
		if (what < 0)
			return what;
		if (what == LP_HTTP2_HOLD)
			err = lend(c, http) ? 0 : -ENOMEM;
		else
			err = take(c, s, (enum lp_http2_what)what, &ev, in);
		if (what == LP_HTTP2_BLOCK)
			reclaim(c, http);
	}
	return err < 0 ? err : 0;
}

/* Ends one side of all streams where it is not `done`; `why` not 0: only of those that have it. */
static void finish(struct lp_conn *c, struct lp_streams *s, uint8_t done, uint8_t why,
		   void (*end)(struct lp_conn *c, struct slot *t, uint8_t why))
{
	for (unsigned i = 0; i <= SLOTS; i++) {
		struct slot *t = &s->slots[i];

		if (atomic_load_explicit(&t->id, memory_order_acquire) && !is_done(t, done) &&
		    (!why || is_done(t, why)))
			end(c, t, 0);
	}
}

/* --- requests --------------------------------------------------------------------------------- */

static void end_request(struct lp_conn *c, struct slot *t, uint8_t why)
{
	if (!is_done(t, OUT_DONE))
		lp_body_end(c, &t->body, t->req.seq, t->body_len);
	mark(t, OUT_DONE | why);
}

/* A request whose answer cannot be waited for. */
static void without_slot(struct lp_conn *c, struct lp_streams *s, uint32_t seq, bool ends)
{
	const struct lp_body_out none = {.kept = 0};

	if (!ends)
		lp_body_end(c, &none, seq, 1); /* of a body at least one byte is not shown */
	if (!s->told_full)
		lp_conn_report_loss(c, LP_LOST_PIPELINE, seq);
	s->told_full = true;
}

static void out_request(struct lp_conn *c, struct lp_streams *s, const struct lp_http2_event *ev,
			struct lp_http1_head *h, enum lp_http2_fault fault)
{
	struct lp_conn_pending req;
	struct lp_verdict v;
	struct slot *t;

	if (fault == LP_HTTP2_LONG) {
		if (lp_conn_to_aws(c))
			lp_conn_report_loss(c, LP_LOST_HEAD_TOO_LONG, c->out.seq);
		return;
	}
	if (fault == LP_HTTP2_UNKNOWN) {
		if (!h->target.len)
			h->target = LP_SPAN("/");
		lp_judge(h, &v);
		if ((v.aws || lp_conn_to_aws(c)) && !s->told_late) {
			s->told_late = true;
			if (v.host.len && !c->server_len)
				lp_conn_set_server(c, v.host);
			lp_conn_report_loss(c, LP_LOST_HTTP2, c->out.seq);
		}
		return;
	}
	if (fault != LP_HTTP2_GOOD)
		return; /* a tunnel (CONNECT), or refused by every server */
	lp_judge(h, &v);
	if (!v.aws)
		return;
	if (lp_request_report(c, h, &v, c->out.seq, ev->ends)) {
		lp_conn_report_loss(c, LP_LOST_HEAD_TOO_LONG, c->out.seq);
		return;
	}
	req = (struct lp_conn_pending){.seq = c->out.seq++, .flags = lp_request_flags(h, &v)};
	t = claim(s, ev->stream, req);
	if (!t) {
		without_slot(c, s, req.seq, ev->ends);
		return;
	}
	t->look = lp_body_begin(&t->body, v.opaque, v.kind);
	if (ev->ends)
		mark(t, OUT_DONE);
	atomic_store_explicit(&t->id, ev->stream, memory_order_release);
}

static void out_head(struct lp_conn *c, struct lp_streams *s, const struct lp_http2_event *ev,
		     struct slot *t, struct lp_http1_head *h, enum lp_http2_fault fault)
{
	if (t) {
		if (ev->ends) /* trailers */
			end_request(c, t, 0);
	} else if (ev->stream > atomic_load_explicit(&s->newest, memory_order_relaxed)) {
		out_request(c, s, ev, h, fault);
		/* After the request's own event: its answer may be waiting in another thread. */
		atomic_store_explicit(&s->newest, ev->stream, memory_order_release);
	}
}

static void out_data(struct lp_conn *c, struct lp_streams *s, const struct lp_http2_event *ev)
{
	struct slot *t = find(s, ev->stream);

	if (!t || is_done(t, OUT_DONE))
		return;
	if (t->look && t->body_len <= LP_LOOK_MAX)
		(void)lp_body_pass(c, &t->body, t->req.seq, ev->data, false);
	t->body_len += ev->data.len;
	if (ev->ends)
		end_request(c, t, 0);
}

static void out_reset(struct lp_conn *c, struct lp_streams *s, uint32_t stream)
{
	struct slot *t = find(s, stream);

	if (!t)
		return;
	end_request(c, t, OUT_RESET);
	atomic_store_explicit(&s->out_resets, true, memory_order_release);
}

static void out_failed(struct lp_conn *c, struct lp_streams *s, int err)
{
	finish(c, s, OUT_DONE, 0, end_request);
	atomic_store_explicit(&s->late, true, memory_order_release);
	s->out_lost = true;
	lose(c, &s->out, err, c->out.seq);
}

static int take_out(struct lp_conn *c, struct lp_streams *s, enum lp_http2_what what,
		    const struct lp_http2_event *ev, struct lp_span rest)
{
	(void)rest;
	if (what == LP_HTTP2_BLOCK)
		return take_block(c, s, &s->out, ev, out_head);
	if (what == LP_HTTP2_DATA)
		out_data(c, s, ev);
	else if (what == LP_HTTP2_RESET)
		out_reset(c, s, ev->stream);
	return 0;
}

static void feed_out(struct lp_conn *c, struct lp_streams *s, struct lp_span in)
{
	int err;

	/* What the server gave up while the client was still sending. */
	if (atomic_exchange_explicit(&s->in_resets, false, memory_order_acquire))
		finish(c, s, OUT_DONE, IN_RESET, end_request);
	err = feed(c, s, &s->out, in, take_out);
	if (err)
		out_failed(c, s, err);
}

void lp_streams_out(struct lp_conn *c, struct lp_span in)
{
	struct lp_streams *s = lp_streams_of(c);

	if (s->out_lost && lp_http2_starts(in) <= 0)
		return; /* somewhere inside a frame, for all one knows */
	s->out_lost = false;
	feed_out(c, s, in);
}

/* How the framing takes it that bytes went by. */
typedef int lp_skip_fn(struct lp_http2 *p, uint64_t len, uint32_t *stream);

static void skip_out(struct lp_conn *c, lp_skip_fn *skip, uint64_t len)
{
	struct lp_streams *s = lp_streams_of(c);
	uint32_t stream;
	struct slot *t;

	if (s->out_lost)
		return;
	if (skip(&s->out, len, &stream)) {
		out_failed(c, s, -EBADMSG);
		return;
	}
	t = find(s, stream);
	if (t && !is_done(t, OUT_DONE)) {
		t->look = false; /* what is kept must be the body's start */
		t->body_len += len;
	}
	feed_out(c, s, lp_span_of(NULL, 0));
}

void lp_streams_skip_out(struct lp_conn *c, uint64_t len)
{
	skip_out(c, lp_http2_skip, len);
}

void lp_streams_skip_frames_out(struct lp_conn *c, uint64_t len)
{
	skip_out(c, lp_http2_skip_frames, len);
}

/* --- responses -------------------------------------------------------------------------------- */

/* The answer is over, whether it came or not. */
static void end_answer(struct lp_conn *c, struct slot *t, uint8_t why)
{
	lp_answer_flush(c, &t->answer);
	if (!t->answered) /* none will come */
		lp_conn_emit(c, LP_EV_RESPONSE, t->req.seq, NULL, 0);
	t->answered = true;
	mark(t, IN_DONE | why);
}

static void in_head(struct lp_conn *c, struct lp_streams *s, const struct lp_http2_event *ev,
		    struct slot *t, struct lp_http1_head *h, enum lp_http2_fault fault)
{
	struct lp_http1_body body = {.framing = LP_FRAME_CLOSE};
	struct lp_span parts[LP_REDACT_PARTS + 1];
	unsigned n;

	(void)s;
	if (!t || is_done(t, IN_DONE))
		return;
	if (t->answered || (fault == LP_HTTP2_GOOD && h->status < 200)) {
		/* Trailers; an interim answer does not end a stream. */
	} else if (fault == LP_HTTP2_GOOD) {
		if (ev->ends || (t->req.flags & LP_IS_HEAD))
			body.framing = LP_FRAME_NONE;
		n = lp_answer_read(&t->answer, h, &body, parts);
		t->answered = n > 0;
		if (n)
			lp_answer_begin(c, &t->answer, &body, parts, n, lp_span_of(NULL, 0));
	}
	if (ev->ends)
		end_answer(c, t, 0);
}

static void in_data(struct lp_conn *c, struct lp_streams *s, const struct lp_http2_event *ev)
{
	struct slot *t = find(s, ev->stream);

	if (!t || is_done(t, IN_DONE))
		return;
	lp_answer_body(c, &t->answer, ev->data);
	if (ev->ends)
		end_answer(c, t, 0);
}

static void in_reset(struct lp_conn *c, struct lp_streams *s, uint32_t stream)
{
	struct slot *t = find(s, stream);

	if (!t || is_done(t, IN_DONE))
		return;
	end_answer(c, t, IN_RESET);
	atomic_store_explicit(&s->in_resets, true, memory_order_release);
}

static void in_failed(struct lp_conn *c, struct lp_streams *s, int err)
{
	finish(c, s, IN_DONE, 0, end_answer);
	lp_conn_release(c, &s->early);
	s->in_lost = true;
	lose(c, &s->in, err, 0); /* out.seq is the other thread's */
}

static bool is_early(const struct lp_streams *s, uint32_t stream)
{
	return stream % 2 && !atomic_load_explicit(&s->late, memory_order_relaxed) &&
	       stream > atomic_load_explicit(&s->newest, memory_order_acquire);
}

static int keep_early(struct lp_streams *s, struct lp_span bytes)
{
	if (bytes.len > LP_HEAD_MAX - s->early_len)
		return -EBADMSG;
	if (bytes.len)
		memcpy(s->early + s->early_len, bytes.ptr, bytes.len);
	s->early_len += (uint32_t)bytes.len;
	return 0;
}

/* The answer to a request that another thread is about to report, and all that comes after it. */
static int begin_early(struct lp_conn *c, struct lp_streams *s, const struct lp_http2_event *ev,
		       struct lp_span rest)
{
	int err;

	s->early = c->host->hold(c->ctx);
	if (!s->early)
		return -ENOMEM;
	s->early_len = 0;
	err = keep_early(s, ev->data);
	s->early_block = s->early_len;
	s->early_event = *ev;
	return err ? err : keep_early(s, rest);
}

static int take_in(struct lp_conn *c, struct lp_streams *s, enum lp_http2_what what,
		   const struct lp_http2_event *ev, struct lp_span rest)
{
	int err;

	if (what == LP_HTTP2_BLOCK && is_early(s, ev->stream)) {
		err = begin_early(c, s, ev, rest);
		return err ? err : 1;
	}
	if (what == LP_HTTP2_BLOCK)
		return take_block(c, s, &s->in, ev, in_head);
	if (what == LP_HTTP2_DATA)
		in_data(c, s, ev);
	else if (what == LP_HTTP2_RESET)
		in_reset(c, s, ev->stream);
	return 0;
}

static void feed_in(struct lp_conn *c, struct lp_streams *s, struct lp_span in)
{
	int err = feed(c, s, &s->in, in, take_in);

	if (err)
		in_failed(c, s, err);
}

/* What came early, once its request is known; `now`: it will not be waited for any longer. */
static void feed_early(struct lp_conn *c, struct lp_streams *s, bool now)
{
	while (s->early && !s->in_lost && (now || !is_early(s, s->early_event.stream))) {
		char *early = s->early;
		struct lp_http2_event ev = s->early_event;
		struct lp_span rest =
			lp_span_of(early + s->early_block, s->early_len - s->early_block);
		int err;

		s->early = NULL;
		ev.data = lp_span_of(early, s->early_block);
		err = take_block(c, s, &s->in, &ev, in_head);
		if (err)
			in_failed(c, s, err);
		else
			feed_in(c, s, rest);
		lp_conn_release(c, &early);
	}
}

static void come_in(struct lp_conn *c, struct lp_streams *s)
{
	if (atomic_exchange_explicit(&s->out_resets, false, memory_order_acquire))
		finish(c, s, IN_DONE, OUT_RESET, end_answer);
	feed_early(c, s, false);
}

void lp_streams_in(struct lp_conn *c, struct lp_span in)
{
	struct lp_streams *s = lp_streams_of(c);

	if (!in.len || (s->in_lost && lp_http2_starts(in) <= 0))
		return;
	s->in_lost = false;
	come_in(c, s);
	if (!s->early)
		feed_in(c, s, in);
	else if (keep_early(s, in))
		in_failed(c, s, -EBADMSG);
}

static void skip_in(struct lp_conn *c, lp_skip_fn *skip, uint64_t len)
{
	struct lp_streams *s = lp_streams_of(c);
	uint32_t stream;
	struct slot *t;

	if (s->in_lost)
		return;
	come_in(c, s);
	if (s->early || skip(&s->in, len, &stream)) {
		in_failed(c, s, -EBADMSG);
		return;
	}
	t = find(s, stream);
	if (t && !is_done(t, IN_DONE))
		lp_answer_flush(c, &t->answer);
	feed_in(c, s, lp_span_of(NULL, 0));
}

void lp_streams_skip_in(struct lp_conn *c, uint64_t len)
{
	skip_in(c, lp_http2_skip, len);
}

void lp_streams_skip_frames_in(struct lp_conn *c, uint64_t len)
{
	skip_in(c, lp_http2_skip_frames, len);
}

void lp_streams_adopt(struct lp_conn *c, struct lp_conn_pending req)
{
	struct lp_streams *s = lp_streams_of(c);
	struct slot *t = &s->slots[SLOTS];
	uint32_t none = 0;

	/* Before the client's first own stream, which is 3. */
	atomic_compare_exchange_strong_explicit(&s->newest, &none, 1, memory_order_acq_rel,
						memory_order_relaxed);
	if (!(req.flags & LP_TO_AWS))
		return;
	fill(t, req, OUT_DONE);
	atomic_store_explicit(&t->id, 1, memory_order_release);
}

/* --- the whole -------------------------------------------------------------------------------- */

void lp_streams_end(struct lp_conn *c)
{
	struct lp_streams *s = lp_streams_of(c);
	char *room = NULL;

	come_in(c, s);
	feed_early(c, s, true);
	for (unsigned i = 0; i <= SLOTS; i++)
		lp_answer_flush(c, &s->slots[i].answer);
	lp_http2_join(&s->out);
	lp_http2_join(&s->in);
	reclaim(c, &s->out);
	reclaim(c, &s->in);
	lp_conn_release(c, &s->early);
	lp_conn_release(c, &s->out.hpack.room);
	lp_conn_release(c, &s->in.hpack.room);
	memcpy(&room, &s, sizeof(room));
	atomic_store_explicit(&c->streams, NULL, memory_order_release);
	lp_conn_release(c, &room);
}
