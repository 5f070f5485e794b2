/* SPDX-License-Identifier: MIT */
/*
 * A whole connection. The input is records: one of "><}{" (sent, received, missed of either), two
 * bytes of length, bytes; or "_" where the embedder asks for a rest. What is emitted must be well
 * formed, of HTTP/1.1 in order, buffers must come back.
 */
#include <stdlib.h>

#include "conn.h"

/* One of them remembers its last heads and must emit the same. */
struct side {
	unsigned holds;
	uint32_t last_seq;
	bool any;
	uint64_t told; /* hash of all that was emitted */
};

static char *hold(void *ctx)
{
	struct side *s = ctx;

	return s->holds < 8 ? s->holds++, malloc(LP_HEAD_MAX) : NULL;
}

static void release(void *ctx, char *buf)
{
	struct side *s = ctx;

	if (!buf || !s->holds--)
		abort();
	free(buf);
}

static void tell(struct side *s, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		s->told = (s->told ^ p[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
}

static void emit(void *ctx, const struct lp_conn *c, enum lp_event_type type, uint32_t seq,
		 const struct lp_span *parts, unsigned n)
{
	static char text[LP_HEAD_MAX * 2 + 8192];
	struct side *s = ctx;
	struct lp_http1_head h;
	size_t len = 0, head;

	bool mixed = c->flags & LP_EVF_MULTIPLEXED;

	for (unsigned i = 0; i < n; i++) {
		if (parts[i].len > sizeof(text) - len)
			abort();
		if (parts[i].len)
			memcpy(text + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	tell(s, &type, sizeof(type));
	tell(s, &seq, sizeof(seq));
	tell(s, &len, sizeof(len));
	tell(s, text, len);
	switch (type) {
	case LP_EV_REQUEST:
	case LP_EV_REQUEST_BARE:
		if ((s->any && seq <= s->last_seq) ||
		    lp_http1_parse(lp_span_of(text, len), false, &h))
			abort();
		s->last_seq = seq;
		s->any = true;
		break;
	case LP_EV_RESPONSE:
		if (mixed && !len && s->any)
			break; /* none will come */
		head = lp_http1_head_len(lp_span_of(text, len), 0);
		if (!s->any || seq > s->last_seq || !head ||
		    lp_http1_parse(lp_span_of(text, head), true, &h) ||
		    (len > head && text[len - 1] != '\n'))
			abort();
		break;
	case LP_EV_BODY:
	case LP_EV_BODY_WHOLE:
		if (!len || len > LP_REQ_BODY_MAX || (seq != s->last_seq && !mixed))
			abort();
		break;
	case LP_EV_REQUEST_END:
		if (len != sizeof(struct lp_event_end) || (seq != s->last_seq && !mixed))
			abort();
		break;
	default:
		break;
	}
}

static void feed(struct lp_conn *c, bool *rests, char what, const char *bytes, size_t n, size_t len)
{
	switch (what) {
	case '>':
		*rests = false;
		lp_conn_out(c, bytes, n);
		break;
	case '<':
		if (!*rests)
			lp_conn_in(c, bytes, n);
		break;
	case '}':
		lp_conn_skip_out(c, len);
		break;
	case '{':
		lp_conn_skip_in(c, len);
		break;
	case ')':
		lp_conn_skip_frames_out(c, len);
		break;
	case '(':
		lp_conn_skip_frames_in(c, len);
		break;
	case '_': /* then nothing that comes in is fed until more goes out */
		*rests = lp_conn_rest_in(c, len);
		break;
	default:
		break;
	}
}

static struct lp_conn_memory *memory(void *ctx, const struct lp_conn *c)
{
	static struct lp_conn_memory m;

	(void)ctx;
	(void)c;
	return &m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct lp_conn_host hosts[2] = {{hold, release, emit, NULL},
						     {hold, release, emit, memory}};
	struct side sides[2] = {{.holds = 0}};
	struct lp_conn c[2];
	bool rests[2] = {false, false};

	for (unsigned i = 0; i < 2; i++) {
		lp_conn_init(&c[i], &hosts[i], &sides[i], 1, 0);
		lp_conn_set_server(&c[i], LP_SPAN("s3.amazonaws.com"));
	}
	while (size >= 3) {
		size_t len = (size_t)data[1] << 8 | data[2], n = len < size - 3 ? len : size - 3;
		bool has_bytes = data[0] == '>' || data[0] == '<';
		char *copy = malloc(n ? n : 1);

		n = has_bytes ? n : 0;
		if (n)
			memcpy(copy, data + 3, n);
		for (unsigned i = 0; i < 2; i++)
			feed(&c[i], &rests[i], (char)data[0], copy, n, len);
		free(copy);
		data += 3 + n;
		size -= 3 + n;
	}
	for (unsigned i = 0; i < 2; i++) {
		lp_conn_close(&c[i]);
		if (sides[i].holds)
			abort();
	}
	if (sides[0].told != sides[1].told)
		abort();
	return 0;
}
