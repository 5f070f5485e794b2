/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1 framing and redaction. First byte: direction (bit 0) and size of pieces. The stream must
 * say the same whole and in pieces; a redacted head must be a head again, and lose no more.
 */
#include <stdlib.h>

#include "redact.h"

struct said {
	char text[4096];
	size_t len;
	uint64_t hash;
};

static void say(struct said *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->hash = (s->hash ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
	s->len += n;
}

static size_t join(char *out, size_t cap, const struct lp_span *parts, unsigned n)
{
	size_t len = 0;

	for (unsigned i = 0; i < n; i++) {
		if (parts[i].len > cap - len)
			abort();
		if (parts[i].len)
			memcpy(out + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	return len;
}

static int on_head(struct lp_http1 *p, struct said *s, struct lp_http1_head *h, bool response)
{
	static char kept[2 * LP_HEAD_MAX], again[2 * LP_HEAD_MAX];
	struct lp_span parts[LP_REDACT_PARTS];
	struct lp_http1_body body;
	size_t n;
	int err = lp_http1_framing(h, false, &body);

	if (err)
		return err;
	body.want = 100;
	/* Of a customer's own API's query less is kept; it is a head all the same. */
	n = join(kept, sizeof(kept), parts, lp_redact_head(h, true, NULL, parts));
	if (n && lp_http1_parse(lp_span_of(kept, n), response, &(struct lp_http1_head){0}))
		abort();
	n = join(kept, sizeof(kept), parts, lp_redact_head(h, false, NULL, parts));
	if (n) {
		size_t m;

		if (lp_http1_parse(lp_span_of(kept, n), response, h))
			abort();
		/* A scheme that lost its credentials may go too; nothing else, and nothing comes.
		 */
		m = join(again, sizeof(again), parts, lp_redact_head(h, false, NULL, parts));
		if (m > n || !m || lp_http1_parse(lp_span_of(again, m), response, h) ||
		    join(kept, sizeof(kept), parts, lp_redact_head(h, false, NULL, parts)) != m ||
		    memcmp(kept, again, m) != 0)
			abort();
		n = m;
	}
	say(s, kept, n);
	lp_http1_begin(p, &body);
	return 0;
}

static struct said run(struct lp_span all, bool response, size_t piece)
{
	struct said s = {.hash = 1};
	struct lp_http1 p;
	int what = 0;

	lp_http1_init(&p, response);
	for (size_t at = 0; at < all.len && what >= 0; at += piece) {
		struct lp_span in = lp_span_first(lp_span_from(all, at), piece), part;
		struct lp_http1_head h;

		do {
			what = lp_http1_next(&p, &in, &h, &part);
			if (what == LP_HTTP1_HEAD && on_head(&p, &s, &h, response))
				what = -1;
			if (what == LP_HTTP1_BODY)
				say(&s, part.ptr, part.len);
			if (what == LP_HTTP1_END)
				say(&s, "\n", 1);
			if (what == LP_HTTP1_HOLD)
				lp_http1_lend(&p, malloc(LP_HEAD_MAX));
			else
				free(lp_http1_reclaim(&p));
		} while (what > 0);
	}
	if (what >= 0)
		what = lp_http1_finish(&p);
	say(&s, what < 0 ? "-" : what ? "1" : "0", 1);
	free(p.held);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_span all;
	struct said whole, pieces;
	bool response;

	if (size < 2 || size > 2 * LP_HEAD_MAX)
		return 0;
	response = data[0] & 1;
	all = lp_span_of((const char *)data + 1, size - 1);
	whole = run(all, response, all.len);
	pieces = run(all, response, 1 + (data[0] >> 1));
	/* Where nothing more is read may come later in pieces, never with other results. */
	if (whole.hash != pieces.hash || whole.len != pieces.len)
		abort();
	return 0;
}
