/* SPDX-License-Identifier: MIT */
/*
 * A whole connection. The input is records: one of "><}{" (sent, received, missed of either), two
 * bytes of length, bytes; or "_" where the embedder asks for a rest. What is emitted must be well
 * formed, of HTTP/1.1 in order, buffers must come back.
 */
#include <stdlib.h>

#include "conn.h"

static unsigned holds;
static uint32_t last_seq;
static bool any;

static char *hold(void *ctx)
{
	(void)ctx;
	return holds < 8 ? holds++, malloc(LP_HEAD_MAX) : NULL;
}

static void release(void *ctx, char *buf)
{
	(void)ctx;
	if (!buf || !holds--)
		abort();
	free(buf);
}

static void emit(void *ctx, const struct lp_conn *c, enum lp_event_type type, uint32_t seq,
		 const struct lp_span *parts, unsigned n)
{
	static char text[LP_HEAD_MAX * 2 + 8192];
	struct lp_http1_head h;
	size_t len = 0, head;

	bool mixed = c->flags & LP_EVF_MULTIPLEXED;

	(void)ctx;
	for (unsigned i = 0; i < n; i++) {
		if (parts[i].len > sizeof(text) - len)
			abort();
		if (parts[i].len)
			memcpy(text + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	switch (type) {
	case LP_EV_REQUEST:
	case LP_EV_REQUEST_BARE:
		if ((any && seq <= last_seq) || lp_http1_parse(lp_span_of(text, len), false, &h))
			abort();
		last_seq = seq;
		any = true;
		break;
	case LP_EV_RESPONSE:
		if (mixed && !len && any)
			break; /* none will come */
		head = lp_http1_head_len(lp_span_of(text, len), 0);
		if (!any || seq > last_seq || !head ||
		    lp_http1_parse(lp_span_of(text, head), true, &h) ||
		    (len > head && text[len - 1] != '\n'))
			abort();
		break;
	case LP_EV_BODY:
	case LP_EV_BODY_WHOLE:
		if (!len || len > LP_REQ_BODY_MAX || (seq != last_seq && !mixed))
			abort();
		break;
	case LP_EV_REQUEST_END:
		if (len != sizeof(struct lp_event_end) || (seq != last_seq && !mixed))
			abort();
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct lp_conn_host host = {hold, release, emit};
	struct lp_conn c;
	bool rests = false;

	any = false;
	lp_conn_init(&c, &host, NULL, 1, 0);
	lp_conn_set_server(&c, LP_SPAN("s3.amazonaws.com"));
	while (size >= 3) {
		size_t len = (size_t)data[1] << 8 | data[2], n = len < size - 3 ? len : size - 3;
		char *copy = malloc(n ? n : 1);

		if (n)
			memcpy(copy, data + 3, n);
		switch (data[0]) {
		case '>':
			rests = false;
			lp_conn_out(&c, copy, n);
			break;
		case '<':
			if (!rests)
				lp_conn_in(&c, copy, n);
			break;
		case '}':
			lp_conn_skip_out(&c, len);
			n = 0;
			break;
		case '{':
			lp_conn_skip_in(&c, len);
			n = 0;
			break;
		case ')':
			lp_conn_skip_frames_out(&c, len);
			n = 0;
			break;
		case '(':
			lp_conn_skip_frames_in(&c, len);
			n = 0;
			break;
		case '_': /* then nothing that comes in is fed until more goes out */
			rests = lp_conn_rest_in(&c, len);
			n = 0;
			break;
		default:
			n = 0;
			break;
		}
		free(copy);
		data += 3 + n;
		size -= 3 + n;
	}
	lp_conn_close(&c);
	if (holds)
		abort();
	return 0;
}
