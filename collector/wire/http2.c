/* SPDX-License-Identifier: MIT */
#include "http2.h"

#include <errno.h>

enum frame_type { /* RFC 9113 section 6 */
		  DATA,
		  HEADERS,
		  PRIORITY,
		  RST_STREAM,
		  SETTINGS,
		  PUSH_PROMISE,
		  PING,
		  GOAWAY,
		  WINDOW_UPDATE,
		  CONTINUATION,
};

enum frame_flags {
	END_STREAM = 0x01,
	END_HEADERS = 0x04,
	PADDED = 0x08,
	WITH_PRIORITY = 0x20,
};

enum state {
	PREFACE,
	FRAME,	/* in the head of a frame */
	PREFIX, /* in what stands before the payload: length of padding, priority, promised stream
		 */
	PAYLOAD,
	FRAGMENT,      /* in a header block that lies in pieces */
	CONTINUES,     /* in the head of the frame that must go on with it */
	PADDING,       /* after a payload */
	BLOCK_PADDING, /* after the last piece of a header block */
	ENDED,
};

#define FRAME_HEAD    9
#define PLAUSIBLE_MAX 16384 /* of a frame, unless the other side asked for more */

static const struct lp_span preface = {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24};

static uint32_t number(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

void lp_http2_init(struct lp_http2 *p, bool response, char *room)
{
	*p = (struct lp_http2){.response = response, .state = response ? FRAME : PREFACE};
	lp_hpack_init(&p->hpack, room);
}

void lp_http2_seen_preface(struct lp_http2 *p, size_t len)
{
	p->n_head = (uint8_t)(len < preface.len ? len : preface.len);
}

void lp_http2_join(struct lp_http2 *p)
{
	lp_hpack_forget(&p->hpack);
	p->state = FRAME;
	p->n_head = 0;
	p->held_len = 0;
}

/* A frame of that head: is it one that a peer would send first? */
static bool plausible(const uint8_t *h)
{
	uint32_t len = number(h, 3), stream = number(h + 5, 4);
	uint8_t flags = h[4];

	if (len > PLAUSIBLE_MAX)
		return false;
	switch (h[3]) {
	case DATA:
		return stream && stream >> 31 == 0 && !(flags & ~(END_STREAM | PADDED));
	case HEADERS:
		return len && stream && stream >> 31 == 0 &&
		       !(flags & ~(END_STREAM | END_HEADERS | PADDED | WITH_PRIORITY));
	case RST_STREAM:
		return len == 4 && stream && stream >> 31 == 0 && !flags;
	case SETTINGS:
		return !stream && len % 6 == 0 && flags <= 1 && (!flags || !len);
	case PING:
		return !stream && len == 8 && flags <= 1;
	case WINDOW_UPDATE:
		return len == 4 && stream >> 31 == 0 && !flags;
	default:
		return false;
	}
}

int lp_http2_starts(struct lp_span s)
{
	uint8_t head[FRAME_HEAD];
	uint32_t len;
	int sure = 0;

	/* As many frames as lie whole in the input: chance does not go on for long. */
	while (s.len >= FRAME_HEAD) {
		memcpy(head, s.ptr, sizeof(head));
		if (!plausible(head))
			return -EBADMSG;
		/* A server's first frame is that, and nothing else looks like it; any may follow.
		 */
		if (head[3] == SETTINGS && !sure && !head[4])
			return 1;
		sure = 1;
		len = number(head, 3);
		s = lp_span_from(s, FRAME_HEAD + (size_t)len);
	}
	return sure || !s.len || s.ptr[0] == 0 ? sure : -EBADMSG;
}

static int fail(struct lp_http2 *p, int err)
{
	p->state = ENDED;
	return err;
}

/* Bytes that stand before the payload of a HEADERS, PUSH_PROMISE or DATA frame. */
static unsigned prefix_len(const struct lp_http2 *p)
{
	unsigned n = 0;

	if (p->type != DATA && p->type != HEADERS && p->type != PUSH_PROMISE)
		return 0;
	if (p->flags & PADDED)
		n += 1;
	if (p->type == HEADERS && (p->flags & WITH_PRIORITY))
		n += 5;
	if (p->type == PUSH_PROMISE)
		n += 4;
	return n;
}

/* Gathers up to `want` bytes; true when they are there. */
static bool gather(struct lp_http2 *p, struct lp_span *in, unsigned want)
{
	size_t n = want - p->n_head;

	if (n > in->len)
		n = in->len;
	if (n)
		memcpy(p->head + p->n_head, in->ptr, n);
	p->n_head += (uint8_t)n;
	*in = lp_span_from(*in, n);
	return p->n_head == want;
}

static int pass_preface(struct lp_http2 *p, struct lp_span *in)
{
	struct lp_span want = lp_span_from(preface, p->n_head), got = lp_span_first(*in, want.len);

	if (!lp_span_starts(want, got))
		return -EBADMSG;
	p->n_head += (uint8_t)got.len;
	*in = lp_span_from(*in, got.len);
	if (p->n_head == preface.len) {
		p->n_head = 0;
		p->state = FRAME;
	}
	return 0;
}

/* A frame's head is there. */
static int begin_frame(struct lp_http2 *p)
{
	bool more = p->state == CONTINUES;
	uint32_t stream = number(p->head + 5, 4) & INT32_MAX;

	p->left = number(p->head, 3);
	p->type = p->head[3];
	p->flags = p->head[4];
	p->pad = 0;
	p->n_head = 0;
	if (more) {
		if (p->type != CONTINUATION || stream != p->stream)
			return -EBADMSG;
		p->state = FRAGMENT;
		return 0;
	}
	p->stream = stream;
	if (p->type == CONTINUATION || (p->type == PUSH_PROMISE && !p->response) ||
	    (!p->stream && (p->type <= RST_STREAM || p->type == PUSH_PROMISE)) ||
	    (p->type == RST_STREAM && p->left != 4) || p->left < prefix_len(p))
		return -EBADMSG;
	p->state = PREFIX;
	return 0;
}

static int begin_payload(struct lp_http2 *p)
{
	unsigned n = prefix_len(p);

	p->left -= n;
	if (n && (p->flags & PADDED))
		p->pad = p->head[0];
	if (p->pad > p->left)
		return -EBADMSG;
	p->left -= p->pad;
	p->n_head = 0;
	p->state = PAYLOAD;
	if (p->type == HEADERS || p->type == PUSH_PROMISE) {
		p->ends = p->type == HEADERS && (p->flags & END_STREAM);
		p->promised = p->type == PUSH_PROMISE;
		p->held_len = 0;
		p->state = FRAGMENT;
	}
	return 0;
}

static void end_frame(struct lp_http2 *p)
{
	p->state = p->pad ? PADDING : FRAME;
}

static int give_block(struct lp_http2 *p, struct lp_span block, struct lp_http2_event *ev)
{
	/* Nobody waits for what is pushed; the block only keeps the table up to date. */
	*ev = (struct lp_http2_event){p->promised ? 0 : p->stream, p->ends, block};
	end_frame(p);
	return LP_HTTP2_BLOCK;
}

/* A header block: where it lies when it is whole, else gathered in the lent buffer. */
static int pass_fragment(struct lp_http2 *p, struct lp_span *in, struct lp_http2_event *ev)
{
	struct lp_span part = lp_span_first(*in, p->left);

	if (!p->held_len && (p->flags & END_HEADERS) && p->type != CONTINUATION &&
	    part.len == p->left) {
		*in = lp_span_from(*in, part.len);
		p->left = 0;
		return give_block(p, part, ev);
	}
	if (!p->held)
		return in->len || !p->left ? LP_HTTP2_HOLD : LP_HTTP2_MORE;
	if (part.len > LP_HEAD_MAX - p->held_len)
		return fail(p, -E2BIG);
	if (part.len)
		memcpy(p->held + p->held_len, part.ptr, part.len);
	p->held_len += (uint32_t)part.len;
	p->left -= (uint32_t)part.len;
	*in = lp_span_from(*in, part.len);
	if (p->left)
		return LP_HTTP2_MORE;
	if (p->flags & END_HEADERS)
		return give_block(p, lp_span_of(p->held, p->held_len), ev);
	p->state = p->pad ? BLOCK_PADDING : CONTINUES;
	return LP_HTTP2_MORE;
}

static bool pass_padding(struct lp_http2 *p, struct lp_span *in)
{
	struct lp_span part = lp_span_first(*in, p->pad);

	p->pad -= (uint32_t)part.len;
	*in = lp_span_from(*in, part.len);
	return !p->pad;
}

/* Of any other frame. >0 when *ev is to be given out. */
static int pass_payload(struct lp_http2 *p, struct lp_span *in, struct lp_http2_event *ev)
{
	struct lp_span part = lp_span_first(*in, p->left);
	bool ends;

	p->left -= (uint32_t)part.len;
	*in = lp_span_from(*in, part.len);
	ends = p->type == DATA && !p->left && (p->flags & END_STREAM);
	*ev = (struct lp_http2_event){p->stream, ends, part};
	if (p->left)
		return p->type == DATA && part.len ? LP_HTTP2_DATA : LP_HTTP2_MORE;
	end_frame(p);
	if (p->type == RST_STREAM)
		return LP_HTTP2_RESET;
	return p->type == DATA && (part.len || ends) ? LP_HTTP2_DATA : LP_HTTP2_MORE;
}

int lp_http2_next(struct lp_http2 *p, struct lp_span *in, struct lp_http2_event *ev)
{
	int what = 0;

	for (;;) {
		/* These need no byte to go on. */
		bool ready = (p->state == PREFIX && !prefix_len(p)) ||
			     ((p->state == PAYLOAD || p->state == FRAGMENT) && !p->left);

		if (!in->len && !ready)
			return LP_HTTP2_MORE;
		switch ((enum state)p->state) {
		case PREFACE:
			what = pass_preface(p, in);
			break;
		case FRAME:
		case CONTINUES:
			if (gather(p, in, FRAME_HEAD))
				what = begin_frame(p);
			break;
		case PREFIX:
			if (gather(p, in, prefix_len(p)))
				what = begin_payload(p);
			break;
		case PAYLOAD:
			what = pass_payload(p, in, ev);
			break;
		case FRAGMENT:
			what = pass_fragment(p, in, ev);
			break;
		case PADDING:
		case BLOCK_PADDING:
			if (pass_padding(p, in))
				p->state = p->state == PADDING ? FRAME : CONTINUES;
			break;
		case ENDED:
			return -EBADMSG;
		}
		if (what < 0)
			return fail(p, what);
		if (what > 0)
			return what;
	}
}

void lp_http2_lend(struct lp_http2 *p, char *buf)
{
	p->held = buf;
}

char *lp_http2_reclaim(struct lp_http2 *p)
{
	char *buf = p->held;

	if (p->state == FRAGMENT || p->state == BLOCK_PADDING || p->state == CONTINUES)
		return NULL;
	p->held = NULL;
	return buf;
}

int lp_http2_skip(struct lp_http2 *p, uint64_t len, uint32_t *stream)
{
	*stream = p->stream;
	if (p->state != PAYLOAD || p->type != DATA || p->left < len)
		return fail(p, -EBADMSG);
	p->left -= (uint32_t)len;
	return 0;
}

int lp_http2_skip_frames(struct lp_http2 *p, uint64_t len, uint32_t *stream)
{
	bool cut = p->type == DATA && (p->state == PAYLOAD || p->state == PADDING);

	(void)len;
	*stream = cut ? p->stream : 0;
	if (!cut && !(p->state == FRAME && p->n_head == 0))
		return fail(p, -EBADMSG);
	/* From PAYLOAD it goes on by itself, and says if that was the body's end. */
	if (p->state == PADDING)
		p->state = FRAME;
	p->left = p->pad = 0;
	return 0;
}

/* --- heads ------------------------------------------------------------------------------------ */

/* RFC 9113 section 8.2.1: above all nothing that HTTP/1.1 could take for the end of a line. */
static bool clean(const struct lp_hpack_field *f)
{
	for (size_t i = 0; i < f->value.len; i++)
		if (f->value.ptr[i] == '\0' || f->value.ptr[i] == '\r' || f->value.ptr[i] == '\n')
			return false;
	return f->name.ptr[0] == ':' || lp_http1_is_token(f->name);
}

static int status_of(struct lp_span v)
{
	int n = 0;

	for (size_t i = 0; i < v.len && v.len == 3; i++) {
		if (v.ptr[i] < '0' || v.ptr[i] > '9')
			return 0;
		n = n * 10 + (v.ptr[i] - '0');
	}
	return n >= 100 ? n : 0;
}

static bool add_field(struct lp_http1_head *h, const struct lp_hpack_field *f)
{
	struct lp_header_rule rule = lp_header_rule(f->name);
	size_t line_len = (size_t)(f->value.ptr + f->value.len + 2 - f->name.ptr);

	if (lp_header_unused(rule))
		return true;
	if (h->n_headers == LP_HTTP1_HEADERS_MAX || line_len > UINT16_MAX)
		return false;
	h->headers[h->n_headers++] = (struct lp_http1_header){
		.at = (uint16_t)(f->name.ptr - h->text),
		.name_len = (uint16_t)f->name.len,
		.line_len = (uint16_t)line_len,
		.id = rule.id,
		.keep = rule.keep,
	};
	return true;
}

/* ":authority" as the line "host: value": the name is as long as it needs to be. */
static struct lp_hpack_field as_host(struct lp_hpack_field f, char *line)
{
	static const struct lp_span host = {"host: ", 6};
	char *at = line + (f.value.ptr - line) - host.len;

	memcpy(at, host.ptr, host.len);
	f.name = lp_span_of(at, 4);
	return f;
}

static bool visible(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= 0x20 || s.ptr[i] == 0x7f)
			return false;
	return s.len > 0;
}

int lp_http2_head(struct lp_http2 *p, struct lp_span block, char *text, struct lp_http1_head *out,
		  enum lp_http2_fault *fault)
{
	bool bad = false, unknown = false, too_long = false, authority = false;
	struct lp_hpack_field f;
	size_t len = 0;
	int n;

	out->response = p->response;
	out->start = lp_span_of(NULL, 0);
	out->method = out->target = lp_span_of(NULL, 0);
	out->status = 0;
	out->minor = 1;
	out->text = text;
	out->n_headers = 0;
	lp_hpack_begin(&p->hpack, block.len);
	for (;;) {
		/* Of a head that is too long nothing is of use: the rest only feeds the table. */
		n = too_long ? lp_hpack_pass(&p->hpack, &block, text, LP_HEAD_MAX)
			     : lp_hpack_next(&p->hpack, &block, text + len, LP_HEAD_MAX - len, &f);
		if (n == -E2BIG) {
			too_long = true;
			continue;
		}
		if (n < 0)
			return fail(p, n);
		if (!n)
			break;
		if (too_long)
			continue;
		if (!f.name.len) {
			unknown = true;
		} else if (!clean(&f)) {
			bad = true;
		} else if (f.name.ptr[0] != ':') {
			/* A proxy's client may send both; they do not differ (section 8.3.1). */
			if (!authority || !lp_span_caseeq(f.name, LP_SPAN("host")))
				too_long = !add_field(out, &f);
		} else if (lp_span_eq(f.name, LP_SPAN(":method"))) {
			out->method = f.value;
		} else if (lp_span_eq(f.name, LP_SPAN(":path"))) {
			out->target = f.value;
		} else if (lp_span_eq(f.name, LP_SPAN(":status"))) {
			out->status = status_of(f.value);
		} else if (lp_span_eq(f.name, LP_SPAN(":authority")) && f.value.len) {
			f = as_host(f, text + len);
			authority = add_field(out, &f);
		}
		len += (size_t)n;
	}
	if (too_long) {
		out->method = out->target = lp_span_of(NULL, 0);
		out->n_headers = 0;
	}
	if (too_long)
		*fault = LP_HTTP2_LONG;
	else if (bad)
		*fault = LP_HTTP2_BAD;
	else if (p->response ? out->status : lp_http1_is_token(out->method) && visible(out->target))
		/* Of an answer the status says enough; of a request any field may say the
		 * operation. */
		*fault = unknown && !p->response ? LP_HTTP2_UNKNOWN : LP_HTTP2_GOOD;
	else
		*fault = unknown ? LP_HTTP2_UNKNOWN : LP_HTTP2_TRAILERS;
	return 0;
}
