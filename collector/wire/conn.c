/* SPDX-License-Identifier: MIT */
#include "conn_impl.h"

#include <errno.h>

#include "http2.h"
#include "streams.h"

enum phase {
	NEW,	 /* nothing was fed */
	OPEN,	 /* HTTP/1 requests */
	STOPPED, /* something else, or over: nothing is looked at any more */
};

static void reclaim(struct lp_conn *c, struct lp_http1 *http)
{
	char *buf = lp_http1_reclaim(http);

	if (LP_UNLIKELY(buf))
		c->host->release(c->ctx, buf);
}

static bool lend(struct lp_conn *c, struct lp_http1 *http)
{
	char *buf = c->host->hold(c->ctx);

	if (buf)
		lp_http1_lend(http, buf);
	return buf != NULL;
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

/* --- requests --------------------------------------------------------------------------------- */

static bool flag(const _Atomic bool *f)
{
	return atomic_load_explicit(f, memory_order_relaxed);
}

/* True when every request so far has its answer, as the writing thread sees it. */
static bool answered(const struct lp_conn *c)
{
	return atomic_load_explicit(&c->taken, memory_order_acquire) ==
	       atomic_load_explicit(&c->pushed, memory_order_relaxed);
}

/* Answers can no longer be told apart; requests go on being reported. */
static void go_deaf(struct lp_conn *c, enum lp_lost_reason reason, uint32_t seq)
{
	atomic_store_explicit(&c->deaf, true, memory_order_relaxed);
	lp_conn_report_loss(c, reason, seq);
}

/*
 * Another request begins. An answer that is due although its start may have gone by unseen would be
 * taken for the next one's.
 */
static void check_answers(struct lp_conn *c)
{
	if (LP_UNLIKELY(flag(&c->adrift_in)) && !flag(&c->deaf) && !answered(c))
		go_deaf(c, LP_LOST_BAD_FRAMING, c->out.seq);
}

/* Requests beyond what can be waited for are reported all the same, their answers are not. */
LP_HOT static void push(struct lp_conn *c, uint32_t seq, uint8_t flags)
{
	uint32_t n = atomic_load_explicit(&c->pushed, memory_order_relaxed);

	if (LP_UNLIKELY(flag(&c->deaf)))
		return;
	if (LP_UNLIKELY(n - atomic_load_explicit(&c->taken, memory_order_acquire) >=
			LP_PENDING_MAX)) {
		if (lp_conn_active(c))
			go_deaf(c, LP_LOST_PIPELINE, seq);
		else /* told when a request to AWS comes */
			atomic_store_explicit(&c->deaf, true, memory_order_relaxed);
		return;
	}
	c->pending[n % LP_PENDING_MAX] = (struct lp_conn_pending){.seq = seq, .flags = flags};
	atomic_store_explicit(&c->pushed, n + 1, memory_order_release);
}

/* CONNECT to a proxy: the next bytes are a tunnel's, of TLS or of HTTP. */
static int out_tunnel(struct lp_conn *c)
{
	const struct lp_http1_body none = {.framing = LP_FRAME_NONE};

	c->out.tunnel = true;
	c->out.ends = c->out.expects = false;
	open_up(c);
	lp_http1_begin(&c->out.http, &none);
	push(c, c->out.seq++, LP_IS_CONNECT);
	return 0;
}

/* The head of a request was read, and told if it goes to AWS: what comes behind it. */
LP_HOT static void out_begin(struct lp_conn *c, const struct lp_request_plan *plan)
{
	struct lp_conn_out *o = &c->out;
	struct lp_http1_body body = plan->body;

	o->lost = false;
	o->ends = plan->flags & LP_TO_AWS && body.framing != LP_FRAME_NONE;
	o->body.kept = o->body.seen = 0;
	if (o->ends && lp_body_begin(&o->body, plan->opaque, (enum lp_body_kind)plan->kind))
		body.want = LP_LOOK_MAX;
	lp_http1_begin(&o->http, &body);
	/* After the request's own event: its answer may be waiting in another thread. Others are
	 * counted too: what is sent behind them has its answer behind theirs. */
	if (LP_LIKELY(lp_conn_active(c)))
		check_answers(c);
	push(c, o->seq, plan->flags);
	atomic_store_explicit(&c->adrift_out, false, memory_order_relaxed);
	o->seq++;
}

/* `len`: of the head where it lies whole in the input; else 0. */
static int out_head(struct lp_conn *c, const struct lp_http1_head *h, size_t len)
{
	struct lp_conn_out *o = &c->out;
	struct lp_request_plan plan;
	struct lp_verdict v;
	bool active = lp_conn_active(c);
	int err = lp_http1_framing(h, false, &plan.body);

	if (LP_UNLIKELY(err))
		return err;
	o->lost = false;
	if (LP_UNLIKELY(plan.body.framing == LP_FRAME_SWITCH))
		return out_tunnel(c);
	lp_judge(h, &v);
	o->expects = v.expects;
	if (LP_LIKELY(v.aws))
		err = lp_request_report(c, h, &v, o->seq, plan.body.framing == LP_FRAME_NONE);
	/* Whatever comes first decides whether this is HTTP. Not before it is known to go to AWS:
	 * as long as the phase is NEW the other thread keeps the answer, see listening(). */
	open_up(c);
	if (LP_UNLIKELY(err))
		return err;
	if (LP_UNLIKELY(v.aws && !active && flag(&c->deaf)))
		lp_conn_report_loss(c, LP_LOST_PIPELINE, o->seq);
	plan.flags = lp_request_flags(h, &v);
	plan.opaque = (uint8_t)v.opaque;
	plan.kind = (uint8_t)v.kind;
	if (v.aws && c->memory)
		lp_memory_request(c->memory, h, len, &v, &plan);
	out_begin(c, &plan);
	return 0;
}

/* A request to AWS, by its head like one before it; and its body, if that is, too. */
LP_HOT LP_NOINLINE static bool out_again(struct lp_conn *c, struct lp_span *in)
{
	struct lp_span parts[LP_REPEAT_PARTS];
	struct lp_request_plan plan;
	unsigned n;
	size_t len = lp_memory_is_request(c->memory, *in, &plan, parts, &n);

	if (!len)
		return false;
	lp_request_emit(c, c->out.seq, plan.body.framing == LP_FRAME_NONE, parts, n);
	*in = lp_span_from(*in, len);
	out_begin(c, &plan);
	len = (size_t)plan.body.length;
	if (plan.body.framing == LP_FRAME_LENGTH &&
	    lp_memory_is_body(c->memory, *in, len, parts, &n) &&
	    !lp_http1_skip(&c->out.http, len)) {
		lp_conn_emit(c, LP_EV_BODY_WHOLE, c->out.seq - 1, parts, n);
		*in = lp_span_from(*in, len);
		c->out.ends = false;
	}
	return true;
}

static void out_end(struct lp_conn *c)
{
	if (c->out.ends)
		lp_body_end(c, &c->out.body, c->out.seq - 1, lp_http1_body_len(&c->out.http));
	c->out.ends = c->out.expects = false;
}

static void out_body(struct lp_conn *c, struct lp_span part)
{
	struct lp_http1 *http = &c->out.http;
	bool whole = lp_http1_ends(http) && lp_http1_body_len(http) == part.len;

	if (!lp_body_pass(c, &c->out.body, c->out.seq - 1, part, whole))
		return;
	c->out.ends = false;
	if (c->memory)
		lp_memory_body(c->memory, part);
}

/* The connection speaks HTTP/2 from here on; `seen` bytes of its preface went by already. */
static bool go_on_as_http2(struct lp_conn *c, size_t seen, bool late)
{
	if (!lp_streams_begin(c, seen, late)) {
		if (lp_conn_to_aws(c))
			lp_conn_report_loss(c, LP_LOST_NO_MEMORY, c->out.seq);
		stop(c);
		return false;
	}
	open_up(c);
	return true;
}

/* Looks for the start of a request in whatever comes next. */
static void out_wait(struct lp_conn *c)
{
	lp_http1_finish(&c->out.http);
	reclaim(c, &c->out.http);
	c->out.lost = true;
	c->out.ends = c->out.expects = false;
	lp_http1_init(&c->out.http, false);
}

static void out_failed(struct lp_conn *c, int err)
{
	bool first = phase_of(c) == NEW;

	/* A later request on the same connection is still worth having, even without its answer. */
	if (lp_conn_active(c) && !c->out.lost)
		go_deaf(c, lp_lost_reason_of(err), c->out.seq);
	else if (err != -EBADMSG && lp_conn_to_aws(c) && !c->out.lost)
		lp_conn_report_loss(c, lp_lost_reason_of(err), c->out.seq);
	out_wait(c);
	if (first && err == -EBADMSG)
		stop(c);
}

/*
 * A client that asked for 100 Continue and got a final answer may leave the body out and go on
 * with its next request.
 */
static bool body_left_out(struct lp_conn *c, struct lp_span in)
{
	return LP_UNLIKELY(c->out.expects) && in.len && !flag(&c->deaf) &&
	       lp_http1_no_body_yet(&c->out.http) && lp_conn_active(c) && answered(c) &&
	       lp_http1_starts(in, false) >= 0;
}

/* Of a head where it lies whole in the input, which went to `end` and of which `rest` is left; else
 * 0. */
static size_t head_len(const struct lp_http1 *http, const struct lp_http1_head *h, uintptr_t end,
		       struct lp_span rest)
{
	return LP_UNLIKELY(http->held) ? 0 : end - (uintptr_t)h->text - rest.len;
}

/* What comes next, a head dealt with: that takes kilobytes of the stack, which end here. */
LP_HOT static int out_next(struct lp_conn *c, struct lp_span *in, struct lp_span *part)
{
	struct lp_http1 *http = &c->out.http;
	uintptr_t end = (uintptr_t)in->ptr + in->len;
	struct lp_http1_head h;
	int what;

	if (c->memory && lp_http1_idle(http) && out_again(c, in))
		return LP_HTTP1_HEAD;
	what = lp_http1_next(http, in, &h, part);
	if (what == LP_HTTP1_HEAD) {
		int err = out_head(c, &h, head_len(http, &h, end, *in));

		reclaim(c, http);
		return LP_UNLIKELY(err) ? err : what;
	}
	return what;
}

LP_HOT static void feed_out(struct lp_conn *c, struct lp_span in)
{
	struct lp_http1 *http = &c->out.http;
	struct lp_span part;
	int what;

	if (body_left_out(c, in)) {
		out_end(c);
		lp_http1_restart(http);
	}
	do {
		what = out_next(c, &in, &part);
		if (what == LP_HTTP1_END)
			out_end(c);
		else if (what == LP_HTTP1_BODY)
			out_body(c, part);
		else if (LP_UNLIKELY(what == LP_HTTP1_HOLD) && !lend(c, http))
			what = -ENOMEM;
	} while (what > LP_HTTP1_MORE && phase_of(c) != STOPPED);
	if (LP_LIKELY(what >= 0))
		return;
	if (what == -EPROTO) {
		size_t seen = lp_http1_held(http);

		lp_http1_finish(http);
		reclaim(c, http);
		if (go_on_as_http2(c, seen, false))
			lp_streams_out(c, in);
	} else {
		out_failed(c, what);
	}
}

LP_HOT void lp_conn_out(struct lp_conn *c, const char *buf, size_t len)
{
	struct lp_span in = lp_span_of(buf, len);
	bool waits;

	if (LP_UNLIKELY(!len || phase_of(c) == STOPPED))
		return;
	if (LP_UNLIKELY(lp_streams_of(c) != NULL)) {
		lp_streams_out(c, in);
		return;
	}
	if (LP_UNLIKELY(c->out.tunnel)) {
		if (lp_http1_starts(in, false) == -EBADMSG) {
			stop(c);
			return;
		}
		c->out.tunnel = false;
	}
	waits = !lp_conn_active(c) && lp_http1_idle(&c->out.http) &&
		(phase_of(c) == NEW || c->out.lost);
	if (LP_UNLIKELY(waits) && lp_http1_starts(in, false) < 0 && lp_http2_starts(in) > 0) {
		if (go_on_as_http2(c, 0, true))
			lp_streams_out(c, in);
		return;
	}
	/* Somewhere inside a body, for all one knows; surely so before that has its answer. */
	if (LP_UNLIKELY(c->out.lost) && lp_http1_idle(&c->out.http) &&
	    (lp_http1_starts(in, false) <= 0 ||
	     (flag(&c->adrift_out) && !flag(&c->deaf) && !answered(c))))
		return;
	feed_out(c, in);
}

void lp_conn_skip_out(struct lp_conn *c, uint64_t len)
{
	int err;

	if (!len || phase_of(c) == STOPPED || (c->out.lost && lp_http1_idle(&c->out.http)))
		return;
	if (lp_streams_of(c)) {
		lp_streams_skip_out(c, len);
		return;
	}
	err = lp_http1_skip(&c->out.http, len);
	if (err == -ESPIPE) {
		out_end(c);
		out_wait(c);
		atomic_store_explicit(&c->adrift_out, true, memory_order_relaxed);
	} else if (err) {
		atomic_store_explicit(&c->stale, true, memory_order_release);
		open_up(c);
		out_failed(c, err);
	} else {
		feed_out(c, lp_span_of(NULL, 0));
	}
}

void lp_conn_skip_most_out(struct lp_conn *c, uint64_t most)
{
	lp_conn_skip_out(c, lp_http1_skip_within(&c->out.http, most));
}

void lp_conn_skip_frames_out(struct lp_conn *c, uint64_t len)
{
	if (len && phase_of(c) != STOPPED && lp_streams_of(c))
		lp_streams_skip_frames_out(c, len);
	else
		lp_conn_skip_out(c, len);
}

/* --- responses -------------------------------------------------------------------------------- */

/* RFC 7540 section 3.2; RFC 9113 took it out again. */
static bool to_http2(const struct lp_http1_head *h)
{
	const struct lp_http1_header *f = lp_http1_find_id(h, LP_HDR_UPGRADE);

	return h->status == 101 && f && lp_span_caseeq(lp_http1_value(h, f), LP_SPAN("h2c"));
}

/* The request that is answered next. */
static struct lp_conn_pending in_request(const struct lp_conn *c)
{
	uint32_t n = atomic_load_explicit(&c->taken, memory_order_relaxed);

	return c->pending[n % LP_PENDING_MAX];
}

static void take_request(struct lp_conn *c, struct lp_conn_pending req)
{
	uint32_t n = atomic_load_explicit(&c->taken, memory_order_relaxed);

	c->in.answer.req = req;
	atomic_store_explicit(&c->taken, n + 1, memory_order_release);
}

/* Its slices take kilobytes of the stack, which end here. */
LP_HOT LP_NOINLINE static int in_answer(struct lp_conn *c, const struct lp_http1_head *h,
					size_t len, struct lp_http1_body *body, struct lp_span next)
{
	struct lp_span parts[LP_REDACT_PARTS + 1];
	unsigned n = lp_answer_read(&c->in.answer, h, body, parts);

	if (LP_UNLIKELY(!n))
		return -E2BIG;
	if (c->memory && body->framing != LP_FRAME_SWITCH)
		lp_memory_answer(c->memory, h, len, body, &c->in.answer, parts, n);
	lp_answer_begin(c, &c->in.answer, body, parts, n, next);
	return 0;
}

/* `len`: of the head where it lies whole in the input, which goes on with `next`; else 0. */
static int in_head(struct lp_conn *c, const struct lp_http1_head *h, size_t len,
		   struct lp_span next)
{
	struct lp_conn_pending req = in_request(c);
	bool bare = req.flags & LP_IS_HEAD || (req.flags & LP_IS_CONNECT && h->status / 100 == 2);
	struct lp_http1_body body;
	int err = lp_http1_framing(h, bare, &body);

	if (LP_UNLIKELY(err))
		return err;
	if (LP_UNLIKELY(body.framing == LP_FRAME_INTERIM)) {
		lp_http1_begin(&c->in.http, &body);
		return 0;
	}
	take_request(c, req);
	c->in.upgraded = LP_UNLIKELY(body.framing == LP_FRAME_SWITCH) && to_http2(h);
	if (LP_UNLIKELY(c->in.upgraded))
		return 0; /* the answer comes on stream 1 */
	if (LP_LIKELY(req.flags & LP_TO_AWS))
		err = in_answer(c, h, len, &body, next);
	lp_http1_begin(&c->in.http, &body);
	if (LP_UNLIKELY(body.framing == LP_FRAME_SWITCH))
		stop(c); /* another protocol from here on, in both directions */
	return err;
}

/* An answer that is by its head like one before it, to a request of the same kind. */
LP_HOT LP_NOINLINE static bool in_again(struct lp_conn *c, struct lp_span *in)
{
	struct lp_span parts[LP_REPEAT_PARTS + 1];
	struct lp_conn_pending req;
	struct lp_http1_body body;
	size_t len;
	unsigned n;

	if (!in->len) /* then nobody looked whether there is a request: it may be written just now
		       */
		return false;
	req = in_request(c);
	len = lp_memory_is_answer(c->memory, req.flags, *in, &body, parts, &n);
	if (!len)
		return false;
	*in = lp_span_from(*in, len);
	take_request(c, req);
	c->in.answer.kind = c->memory->answer.kind;
	lp_answer_begin(c, &c->in.answer, &body, parts, n, *in);
	lp_http1_begin(&c->in.http, &body);
	return true;
}

static bool has_pending(const struct lp_conn *c)
{
	return atomic_load_explicit(&c->pushed, memory_order_acquire) !=
	       atomic_load_explicit(&c->taken, memory_order_relaxed);
}

/* The answer's end will not be seen: the next one's start is looked for. */
static void in_wait(struct lp_conn *c)
{
	lp_answer_flush(c, &c->in.answer);
	lp_http1_finish(&c->in.http);
	reclaim(c, &c->in.http);
	lp_http1_init(&c->in.http, true);
	c->in.synced = false;
	atomic_store_explicit(&c->adrift_in, true, memory_order_relaxed);
}

static void in_failed(struct lp_conn *c, int err)
{
	uint32_t taken = atomic_load_explicit(&c->taken, memory_order_relaxed);

	if (!lp_conn_active(c) && !c->in.early) { /* of what others answer nothing is lost */
		in_wait(c);
		return;
	}
	lp_answer_flush(c, &c->in.answer);
	lp_conn_release(c, &c->in.early);
	lp_http1_finish(&c->in.http);
	reclaim(c, &c->in.http);
	if (lp_conn_active(c))
		go_deaf(c, lp_lost_reason_of(err),
			has_pending(c) ? c->pending[taken % LP_PENDING_MAX].seq : taken);
	else /* told when a request to AWS comes */
		atomic_store_explicit(&c->deaf, true, memory_order_relaxed);
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

LP_HOT static int in_next(struct lp_conn *c, struct lp_span *in, struct lp_span *part)
{
	struct lp_http1 *http = &c->in.http;
	uintptr_t end = (uintptr_t)in->ptr + in->len;
	struct lp_http1_head h;
	int what;

	if (lp_conn_active(c) && c->memory && lp_http1_idle(http) && in_again(c, in))
		return LP_HTTP1_HEAD;
	what = lp_http1_next(http, in, &h, part);
	if (what == LP_HTTP1_HEAD) {
		int err = in_head(c, &h, head_len(http, &h, end, *in), *in);

		if (LP_LIKELY(!c->in.upgraded))
			reclaim(c, http);
		return LP_UNLIKELY(err) ? err : what;
	}
	return what;
}

/* What others send behind an answer, and is none. */
static bool strays(const struct lp_conn *c, struct lp_span in)
{
	return !lp_conn_active(c) && !c->in.early && lp_http1_starts(in, true) < 0;
}

/* Up to the end of the input, or of what has a request. */
LP_HOT static int feed_in(struct lp_conn *c, struct lp_span in)
{
	struct lp_http1 *http = &c->in.http;
	struct lp_span part;
	int what;

	do {
		if (lp_http1_idle(http) && in.len) {
			/* The rest of an answer whose end will not be seen. */
			if (LP_UNLIKELY(flag(&c->adrift_in)) && !has_pending(c))
				return 0;
			/* Where AWS came late the rest of another answer may come first. */
			if (LP_UNLIKELY(!c->in.synced) && lp_http1_starts(in, true) < 0)
				return 0;
			c->in.synced = true;
			atomic_store_explicit(&c->adrift_in, false, memory_order_relaxed);
			if (LP_UNLIKELY(!has_pending(c))) /* of a request not seen, or early */
				return flag(&c->adrift_out) || strays(c, in) ? -EBADMSG
									     : keep_early(c, in);
		}
		what = in_next(c, &in, &part);
		if (what == LP_HTTP1_END) {
			lp_answer_flush(c, &c->in.answer);
		} else if (what == LP_HTTP1_BODY) {
			lp_answer_body(c, &c->in.answer, part);
		} else if (LP_UNLIKELY(what == LP_HTTP1_HOLD)) {
			if (!lend(c, http))
				what = -ENOMEM;
		} else if (LP_UNLIKELY(what == LP_HTTP1_HEAD && c->in.upgraded)) {
			lp_http1_finish(http);
			reclaim(c, http);
			return in.len ? keep_early(c, in) : 0;
		}
	} while (what > LP_HTTP1_MORE && phase_of(c) != STOPPED);
	return what < 0 ? what : 0;
}

/* What came early, once its request is known. */
LP_HOT static int feed_early(struct lp_conn *c)
{
	char *early;
	int err;

	if (LP_UNLIKELY(flag(&c->stale)) &&
	    atomic_exchange_explicit(&c->stale, false, memory_order_acquire))
		lp_conn_release(c, &c->in.early);
	early = c->in.early;
	if (LP_LIKELY(!early) || !has_pending(c))
		return 0;
	c->in.early = NULL; /* what still has no request goes into another buffer */
	err = feed_in(c, lp_span_of(early, c->in.early_len));
	lp_conn_release(c, &early);
	return err;
}

/* True when responses are followed now. Of `*in` nothing is left where it was kept for later. */
static bool listening(struct lp_conn *c, struct lp_span *in)
{
	uint8_t none = NEW;
	int starts;

	if (flag(&c->deaf))
		return false;
	if (LP_LIKELY(phase_of(c) != NEW))
		return !lp_streams_of(c);
	/* The first request is not reported yet, or the server speaks first. */
	starts = c->in.early ? 1 : lp_http1_starts(*in, true);
	if (starts < 0)
		starts = lp_http2_starts(*in);
	if (starts >= 0 && !keep_early(c, *in)) {
		*in = lp_span_of(NULL, 0);
		return false;
	}
	lp_conn_release(c, &c->in.early);
	if (starts >= 0) { /* more than can be kept; what is asked counts all the same */
		atomic_store_explicit(&c->deaf, true, memory_order_relaxed);
		return false;
	}
	atomic_compare_exchange_strong_explicit(&c->phase, &none, STOPPED, memory_order_acq_rel,
						memory_order_relaxed);
	return false;
}

/* HTTP/2, after what came before the first request was reported. */
static void streams_in(struct lp_conn *c, struct lp_span in)
{
	char *early = c->in.early;

	c->in.early = NULL;
	if (c->in.upgraded)
		lp_streams_adopt(c, c->in.answer.req);
	c->in.upgraded = false;
	if (early)
		lp_streams_in(c, lp_span_of(early, c->in.early_len));
	lp_conn_release(c, &early);
	lp_streams_in(c, in);
}

LP_HOT void lp_conn_in(struct lp_conn *c, const char *buf, size_t len)
{
	struct lp_span in = lp_span_of(buf, len);
	int err;

	if (LP_UNLIKELY(!len || phase_of(c) == STOPPED))
		return;
	if (LP_UNLIKELY(lp_streams_of(c) != NULL)) {
		streams_in(c, in);
		return;
	}
	if (LP_UNLIKELY(!listening(c, &in))) {
		if (lp_streams_of(c)) /* since just now */
			streams_in(c, in);
		return;
	}
	if (LP_UNLIKELY(c->in.upgraded))
		err = keep_early(c, in);
	else
		err = feed_early(c);
	if (LP_LIKELY(!err && !c->in.upgraded))
		err = LP_UNLIKELY(c->in.early) ? keep_early(c, in) : feed_in(c, in);
	if (LP_UNLIKELY(err))
		in_failed(c, err);
}

void lp_conn_skip_in(struct lp_conn *c, uint64_t len)
{
	uint32_t sent = atomic_load_explicit(&c->pushed, memory_order_acquire);
	bool others = !lp_conn_active(c);
	int err;

	if (len && lp_streams_of(c)) {
		streams_in(c, lp_span_of(NULL, 0));
		lp_streams_skip_in(c, len);
		return;
	}
	if (!len || phase_of(c) == NEW || phase_of(c) == STOPPED || flag(&c->deaf))
		return;
	err = feed_early(c);
	if (!err && flag(&c->adrift_in) && lp_http1_idle(&c->in.http))
		return;
	if (!err)
		err = lp_http1_skip(&c->in.http, len);
	if (err == -ESPIPE) {
		in_wait(c);
		return;
	}
	if (!err)
		err = feed_in(c, lp_span_of(NULL, 0));
	if (err)
		in_failed(c, err);
	/* For all one knows it answered what others were asked so far. */
	if (err && others)
		atomic_store_explicit(&c->taken, sent, memory_order_release);
}

bool lp_conn_rest_in(struct lp_conn *c, uint64_t least)
{
	uint64_t left;

	if (phase_of(c) == STOPPED)
		return true;
	if (phase_of(c) == NEW || lp_streams_of(c) || c->in.early || c->in.upgraded)
		return false;
	if (flag(&c->deaf))
		return true;
	if (!answered(c))
		return false;
	if (lp_http1_idle(&c->in.http))
		return true;
	left = lp_http1_unwanted(&c->in.http);
	if (left && left >= least)
		lp_conn_skip_in(c, left);
	else if (!lp_conn_active(c))
		in_wait(c);
	else
		return false;
	return true;
}

bool lp_conn_answered(const struct lp_conn *c)
{
	return phase_of(c) != NEW && phase_of(c) != STOPPED && !lp_streams_of(c) && !c->in.early &&
	       !c->in.upgraded && !flag(&c->deaf) && !flag(&c->adrift_in) && answered(c) &&
	       lp_http1_idle(&c->in.http);
}

void lp_conn_skip_frames_in(struct lp_conn *c, uint64_t len)
{
	if (len && lp_streams_of(c)) {
		streams_in(c, lp_span_of(NULL, 0));
		lp_streams_skip_frames_in(c, len);
	} else {
		lp_conn_skip_in(c, len);
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

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
	atomic_init(&c->adrift_out, false);
	atomic_init(&c->adrift_in, false);
	atomic_init(&c->stale, false);
	atomic_init(&c->pushed, 0);
	atomic_init(&c->taken, 0);
	atomic_init(&c->streams, NULL);
	c->memory = NULL;
	c->server_len = 0;
	c->pending[0] = (struct lp_conn_pending){.seq = 0};
	lp_http1_init(&c->out.http, false);
	c->out.body.kept = c->out.body.cap = c->out.body.seen = 0;
	c->out.seq = 0;
	c->out.ends = c->out.expects = c->out.lost = c->out.tunnel = false;
	lp_http1_init(&c->in.http, true);
	c->in.answer = (struct lp_answer){.req = c->pending[0], .kind = LP_BODY_NONE};
	c->in.synced = c->in.upgraded = false;
	c->in.early = NULL;
	c->in.early_len = 0;
}

void lp_conn_close(struct lp_conn *c)
{
	bool heard = phase_of(c) != STOPPED && lp_conn_active(c) &&
		     !atomic_load_explicit(&c->deaf, memory_order_relaxed);

	if (lp_streams_of(c)) {
		streams_in(c, lp_span_of(NULL, 0));
		lp_streams_end(c);
	} else if (heard)
		(void)feed_early(c);	   /* whatever is wrong with it, this is the end */
	lp_answer_flush(c, &c->in.answer); /* as much of it as came */
	lp_http1_finish(&c->out.http);
	lp_http1_finish(&c->in.http);
	reclaim(c, &c->out.http);
	reclaim(c, &c->in.http);
	lp_conn_release(c, &c->in.early);
	stop(c);
	if (atomic_exchange_explicit(&c->emitted, false, memory_order_relaxed))
		c->host->emit(c->ctx, c, LP_EV_CLOSE, c->out.seq, NULL, 0);
}

LP_HOT bool lp_conn_ignored(const struct lp_conn *c)
{
	return phase_of(c) == STOPPED;
}

bool lp_conn_tunnelled(const struct lp_conn *c)
{
	return c->out.tunnel && phase_of(c) == STOPPED;
}

bool lp_conn_silent(const struct lp_conn *c)
{
	return !flag(&c->emitted);
}
