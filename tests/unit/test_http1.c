/* SPDX-License-Identifier: MIT */
/* collector/wire/http1: heads, framing, and streams split in every place. */
#include "wire_util.h"

#include <errno.h>

#include "http1.h"

/* --- heads ------------------------------------------------------------------------------------ */

static void test_starts(void **state)
{
	static const struct {
		const char *text;
		bool response;
		int verdict;
	} rows[] = {
		{"", false, 0},
		{"G", false, 0},
		{"GET", false, 0},
		{"GET ", false, 1},
		{"GETX", false, -EBADMSG},
		{"get ", false, -EBADMSG},
		{"DELETE /", false, 1},
		{"PROPFIND /", false, -EBADMSG},
		{"\r\n", false, 0},
		{"\r\n\r\nGE", false, 0},
		{"\r\nGET ", false, 1},
		{"\r\nHTTP/1.1", false, -EBADMSG},
		{"\r\nHTTP/1.1", true, -EBADMSG},
		{"PR", false, 0},
		{"PRI * HTTP/2.0\r", false, 0},
		{"PRI * HTTP/2.0\r\n", false, -EPROTO},
		{"\x16\x03\x01", false, -EBADMSG},
		{"HTTP/1.1", false, -EBADMSG},
		{"", true, 0},
		{"HTTP", true, 0},
		{"HTTP/1.0 2", true, 1},
		{"HTTP/2", true, -EBADMSG},
		{"ICY 200", true, -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct guarded g = guarded(lp_span_str(rows[i].text));

		if (lp_http1_starts(g.span, rows[i].response) != rows[i].verdict)
			fail_msg("%s", rows[i].text);
		guarded_free(&g);
	}
}

static void test_head_len(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = {
		{"", 0},      {"a\r\n", 0},	  {"a\r\n\r\n", 5}, {"a\r\n\r\nb\r\n\r\n", 5},
		{"a\n\n", 3}, {"a\n\r\nx", 4},	  {"a\r\n\nx", 4},  {"a\r\nb: \r\n\r\n", 10},
		{"a\n\r", 0}, {"a\r\r\n\r\n", 6},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct guarded g = guarded(lp_span_str(rows[i].text));

		assert_int_equal(lp_http1_head_len(g.span, 0), rows[i].len);
		/* Going on from any point before the end finds the same. */
		for (size_t from = 0; from < rows[i].len; from++)
			assert_int_equal(lp_http1_head_len(g.span, from), rows[i].len);
		guarded_free(&g);
	}
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		bool response;
		int err;
	} rows[] = {
		{"GET / HTTP/1.1\r\n\r\n", false, 0},
		{"GET /a b HTTP/1.1\n\n", false, 0},
		{"GET http://h/ HTTP/1.0\r\nHost: h\r\n\r\n", false, 0},
		{"GET / HTTP/1.1\r\nA:\r\nB: c \r\n\td\r\n\r\n", false, 0},
		{"GET / HTTP/1.1", false, -EBADMSG},
		{"GET / HTTP/1.1\r\nA: b\r\n", false, -EBADMSG},
		{"GET  HTTP/1.1\r\n\r\n", false, -EBADMSG},
		{"GET / HTTP/2.0\r\n\r\n", false, -EBADMSG},
		{"GET / HTTP/1.11\r\n\r\n", false, -EBADMSG},
		{"G(T / HTTP/1.1\r\n\r\n", false, -EBADMSG},
		{"GET /\x01 HTTP/1.1\r\n\r\n", false, -EBADMSG},
		{"GET / HTTP/1.1\r\n a: b\r\n\r\n", false, -EBADMSG},
		{"GET / HTTP/1.1\r\nA : b\r\n\r\n", false, -EBADMSG},
		{"GET / HTTP/1.1\r\nA\r\n\r\n", false, -EBADMSG},
		{"GET / HTTP/1.1\r\n: b\r\n\r\n", false, -EBADMSG},
		{"HTTP/1.1 200 OK\r\n\r\n", true, 0},
		{"HTTP/1.0 404\r\n\r\n", true, 0},
		{"HTTP/1.1 200 OK\r\nnot a field\r\nA: b\r\n\r\n", true, 0},
		{"HTTP/1.1 200 OK\r\nnot a field\r\n fold\r\n\r\n", true, -EBADMSG},
		{"HTTP/1.1 099 OK\r\n\r\n", true, -EBADMSG},
		{"HTTP/1.1 2000\r\n\r\n", true, -EBADMSG},
		{"HTTP/1.1 20\r\n\r\n", true, -EBADMSG},
		{"HTTP/1.1  200\r\n\r\n", true, -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct guarded g = guarded(lp_span_str(rows[i].text));
		struct lp_http1_head h;

		if (lp_http1_parse(g.span, rows[i].response, &h) != rows[i].err)
			fail_msg("%s", rows[i].text);
		guarded_free(&g);
	}
}

static void test_parsed(void **state)
{
	static const char text[] =
		"POST /p?q HTTP/1.1\r\nHOST:  h \r\nX-Amz-Target:a.b\r\n"
		"X-Amz-Acl: one\r\n  two \r\n \r\nA: b\r\n c\r\nHost: other\r\n\r\n";
	struct lp_http1_head h;

	(void)state;
	assert_int_equal(lp_http1_parse(LP_SPAN(text), false, &h), 0);
	assert_true(lp_span_eq(h.method, LP_SPAN("POST")));
	assert_true(lp_span_eq(h.target, LP_SPAN("/p?q")));
	assert_int_equal(h.minor, 1);
	assert_int_equal(h.n_headers, 4);
	assert_ptr_equal(lp_http1_find_id(&h, LP_HDR_HOST), &h.headers[0]);
	assert_true(lp_span_eq(lp_http1_value(&h, &h.headers[0]), LP_SPAN("h")));
	assert_true(lp_span_eq(lp_http1_value(&h, &h.headers[1]), LP_SPAN("a.b")));
	assert_true(lp_span_eq(lp_http1_value(&h, &h.headers[2]), LP_SPAN("one\r\n  two")));
	assert_int_equal(h.headers[2].line_len, strlen("X-Amz-Acl: one\r\n  two \r\n \r\n"));
	assert_true(lp_span_eq(lp_http1_value(&h, &h.headers[3]), LP_SPAN("other")));
	assert_null(lp_http1_find_id(&h, LP_HDR_UPGRADE));
}

static void test_origin(void **state)
{
	static const struct {
		const char *target, *host, *origin;
	} rows[] = {
		{"/p?q=http://x/y", "-", "/p?q=http://x/y"},
		{"*", "-", "*"},
		{"h:443", "-", "h:443"},
		{"http://h", "h", "/"},
		{"https://h:8/p?q", "h:8", "/p?q"},
		{"http://u:p@h/p@q", "h", "/p@q"},
		{"http://h?q=a/b", "h", "?q=a/b"},
		{"http://", "", "/"},
		{"", "-", ""},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct guarded g = guarded(lp_span_str(rows[i].target));
		struct lp_span host = LP_SPAN("-"), origin = lp_http1_origin(g.span, &host);

		if (!lp_span_eq(host, lp_span_str(rows[i].host)) ||
		    !lp_span_eq(origin, lp_span_str(rows[i].origin)))
			fail_msg("%s", rows[i].target);
		guarded_free(&g);
	}
}

static void test_too_many_headers(void **state)
{
	char text[32 + LP_HTTP1_HEADERS_MAX * 32];
	size_t n = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n");
	struct lp_http1_head h;

	(void)state;
	for (unsigned i = 0; i < LP_HTTP1_HEADERS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "x-amz-acl: b\r\nx-amz-meta-a: b\r\n");
	memcpy(text + n, "\r\n", 2);
	assert_int_equal(lp_http1_parse(lp_span_of(text, n + 2), false, &h), 0);
	assert_int_equal(h.n_headers, LP_HTTP1_HEADERS_MAX);
	memcpy(text + n, "x-amz-acl: b\r\n\r\n", 16);
	assert_int_equal(lp_http1_parse(lp_span_of(text, n + 16), false, &h), -E2BIG);
}

/* Places of fields have 16 bits: the first line, however long, counts too. */
static void test_too_long(void **state)
{
	static char text[LP_HEAD_MAX + 1];
	static const char end[] = "\r\nx-amz-acl: b\r\n\r\n";
	struct lp_http1_head h;
	size_t len = LP_HEAD_MAX;

	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		memset(text, 'a', sizeof(text));
		memcpy(text, "HTTP/1.1 200 ", 13);
		memcpy(text + len + over - (sizeof(end) - 1), end, sizeof(end) - 1);
		assert_int_equal(lp_http1_parse(lp_span_of(text, len + over), true, &h),
				 over ? -E2BIG : 0);
	}
}

static void test_framing(void **state)
{
	static const struct {
		const char *text;
		bool response, to_head;
		int err;
		enum lp_http1_framing framing;
		uint64_t length;
	} rows[] = {
		{"GET / HTTP/1.1\r\n\r\n", false, false, 0, LP_FRAME_NONE, 0},
		{"PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", false, false, 0, LP_FRAME_LENGTH,
		 5},
		{"PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", false, false, 0, LP_FRAME_NONE, 0},
		{"PUT / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", false, false,
		 0, LP_FRAME_LENGTH, 5},
		{"PUT / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", false, false,
		 -EBADMSG, 0, 0},
		{"PUT / HTTP/1.1\r\nContent-Length: 5, 5 ,5\r\n\r\n", false, false, 0,
		 LP_FRAME_LENGTH, 5},
		{"PUT / HTTP/1.1\r\nContent-Length: 5, 6\r\n\r\n", false, false, -EBADMSG, 0, 0},
		{"PUT / HTTP/1.1\r\nContent-Length: 5,\r\n\r\n", false, false, -EBADMSG, 0, 0},
		{"PUT / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", false, false, -EBADMSG, 0, 0},
		{"PUT / HTTP/1.1\r\nContent-Length: 5 5\r\n\r\n", false, false, -EBADMSG, 0, 0},
		{"PUT / HTTP/1.1\r\nContent-Length:\r\n\r\n", false, false, -EBADMSG, 0, 0},
		{"PUT / HTTP/1.1\r\nContent-Length: 18446744073709551617\r\n\r\n", false, false,
		 -EBADMSG, 0, 0},
		{"PUT / HTTP/1.1\r\nContent-Length: 900719925474099100\r\n\r\n", false, false, 0,
		 LP_FRAME_LENGTH, 900719925474099100u},
		{"PUT / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", false,
		 false, 0, LP_FRAME_CHUNKED, 0},
		{"PUT / HTTP/1.1\r\nTransfer-Encoding: gzip,\tChunked\r\n\r\n", false, false, 0,
		 LP_FRAME_CHUNKED, 0},
		{"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", false, false,
		 -EBADMSG, 0, 0},
		{"PUT / HTTP/1.1\r\nTransfer-Encoding: identity\r\nContent-Length: 3\r\n\r\n",
		 false, false, 0, LP_FRAME_LENGTH, 3},
		{"PUT / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n", false, false, -EBADMSG, 0,
		 0},
		{"CONNECT h:1 HTTP/1.1\r\n\r\n", false, false, 0, LP_FRAME_SWITCH, 0},
		{"HTTP/1.1 200 OK\r\n\r\n", true, false, 0, LP_FRAME_CLOSE, 0},
		{"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", true, false, 0, LP_FRAME_LENGTH,
		 7},
		{"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", true, true, 0, LP_FRAME_NONE, 0},
		{"HTTP/1.1 204 No\r\nContent-Length: 7\r\n\r\n", true, false, 0, LP_FRAME_NONE, 0},
		{"HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n", true, false, 0,
		 LP_FRAME_NONE, 0},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", true, false, 0,
		 LP_FRAME_CLOSE, 0},
		{"HTTP/1.1 100 C\r\nContent-Length: x\r\n\r\n", true, false, 0, LP_FRAME_INTERIM,
		 0},
		{"HTTP/1.1 103 E\r\n\r\n", true, false, 0, LP_FRAME_INTERIM, 0},
		{"HTTP/1.1 101 S\r\n\r\n", true, false, 0, LP_FRAME_SWITCH, 0},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct lp_http1_head h;
		struct lp_http1_body b;

		assert_int_equal(lp_http1_parse(lp_span_str(rows[i].text), rows[i].response, &h),
				 0);
		if (lp_http1_framing(&h, rows[i].to_head, &b) != rows[i].err)
			fail_msg("%s", rows[i].text);
		if (!rows[i].err && (b.framing != rows[i].framing || b.length != rows[i].length))
			fail_msg("%s: framing %d", rows[i].text, b.framing);
	}
}

/* --- streams ---------------------------------------------------------------------------------- */

struct reader {
	struct lp_http1 http;
	bool response;
	uint64_t want;
	struct journal j;
	char *lent;
	int err;
};

static int on_head(struct reader *r, const struct lp_http1_head *h)
{
	struct lp_http1_body b;
	int err = lp_http1_framing(h, false, &b);

	if (err)
		return err;
	b.want = r->want;
	if (h->response)
		journal_printf(&r->j, "%d|", h->status);
	else
		journal_add(&r->j, h->target.ptr, h->target.len);
	journal_printf(&r->j, "[");
	lp_http1_begin(&r->http, &b);
	return 0;
}

static void reader_feed(struct reader *r, struct lp_span in)
{
	struct lp_http1_head h;
	struct lp_span part;
	char *back;
	int what = 1;

	while (!r->err && what > LP_HTTP1_MORE) {
		what = lp_http1_next(&r->http, &in, &h, &part);
		switch (what) {
		case LP_HTTP1_HEAD:
			r->err = on_head(r, &h);
			break;
		case LP_HTTP1_BODY:
			journal_add(&r->j, part.ptr, part.len);
			break;
		case LP_HTTP1_END:
			journal_printf(&r->j, "]%llu ",
				       (unsigned long long)lp_http1_body_len(&r->http));
			break;
		case LP_HTTP1_HOLD:
			assert_null(r->lent);
			r->lent = malloc(LP_HEAD_MAX);
			lp_http1_lend(&r->http, r->lent);
			break;
		case LP_HTTP1_MORE:
			assert_int_equal(in.len, 0);
			break;
		default:
			r->err = what;
			break;
		}
		if (what == LP_HTTP1_HOLD)
			continue;
		back = lp_http1_reclaim(&r->http);
		if (back) {
			assert_ptr_equal(back, r->lent);
			free(back);
			r->lent = NULL;
		}
	}
}

static struct reader reader_new(bool response, uint64_t want)
{
	struct reader r = {.response = response, .want = want};

	journal_add(&r.j, "", 0);
	lp_http1_init(&r.http, response);
	return r;
}

static void reader_done(struct reader *r)
{
	char *back;

	if (!r->err && lp_http1_finish(&r->http))
		journal_printf(&r->j, "]%llu.", (unsigned long long)lp_http1_body_len(&r->http));
	if (r->err)
		journal_printf(&r->j, "!%s", strerrorname_np(-r->err));
	back = lp_http1_reclaim(&r->http);
	free(back ? back : r->lent);
}

struct stream {
	const char *text;
	bool response;
	uint64_t want;
	const char *expected;
};

static const struct stream streams[] = {
	{"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\n\n", false, 0, "/1[]0 /2[]0 "},
	{"\r\n\nPUT /1 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello\r\nGET /2 HTTP/1.1\r\n\r\n",
	 false, 3, "/1[hel]5 /2[]0 "},
	{"PUT /1 HTTP/1.1\r\nTransfer-Encoding: "
	 "chunked\r\n\r\n5\r\nhello\r\n00A;a=\"b\"\nworldworld\n"
	 "0\r\nT: x\r\nU: y\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
	 false, 7, "/1[hellowo]15 /2[]0 "},
	{"PUT /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\n\nGET /2 HTTP/1.1\r\n\r\n", false,
	 7, "/1[]0 /2[]0 "},
	{"PUT /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\r\n\r\n", false, 7,
	 "/1[]0 "},
	{"PUT /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\ng\r\n", false, 7, "/1[!EBADMSG"},
	{"PUT /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", false, 7, "/1[!EBADMSG"},
	{"PUT /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab", false, 7, "/1[a!EBADMSG"},
	{"PUT /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\r\n", false, 7,
	 "/1[a!EBADMSG"},
	{"PUT /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n8000000000000000\r\n", false, 7,
	 "/1[!EBADMSG"},
	{"PUT /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000001\r\n", false, 7,
	 "/1[!EBADMSG"},
	{"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
	 "2\r\n\r\nok",
	 true, 9, "100|[102|[200|[ok]2 "},
	{"HTTP/1.1 200 OK\r\n\r\nuntil the end", true, 5, "200|[until]13."},
	{"HTTP/1.1 200 OK\r\n\r\n", true, 5, "200|[]0."},
	{"HTTP/1.1 101 S\r\n\r\nxyz", true, 5, "101|[!EPIPE"},
	{"GET /1 HTTP/1.1\r\n\r\nXET /2", false, 0, "/1[]0 !EBADMSG"},
	{"PRI * HTTP/2.0\r\n\r\n", false, 0, "!EPROTO"},
};

static void test_streams(void **state)
{
	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(streams); i++) {
		const struct stream *s = &streams[i];
		struct guarded g = guarded(lp_span_str(s->text));

		/* at 0: whole; past the end: byte by byte */
		for (size_t at = 0; at <= g.span.len; at++) {
			struct reader r = reader_new(s->response, s->want);

			if (at == g.span.len) {
				for (size_t k = 0; k < g.span.len; k++)
					reader_feed(&r, lp_span_of(g.span.ptr + k, 1));
			} else {
				reader_feed(&r, lp_span_first(g.span, at));
				reader_feed(&r, lp_span_from(g.span, at));
			}
			reader_done(&r);
			if (strcmp(r.j.text, s->expected) != 0)
				fail_msg("%s\nsplit at %zu: %s, not %s", s->text, at, r.j.text,
					 s->expected);
			journal_free(&r.j);
		}
		guarded_free(&g);
	}
}

static void test_head_limit(void **state)
{
	char *text = malloc(LP_HEAD_MAX + 1);

	(void)state;
	/* A head of exactly the limit is good, one byte more is not; whole and in pieces. */
	for (size_t extra = 0; extra < 2; extra++) {
		size_t len = LP_HEAD_MAX + extra, n;

		n = (size_t)snprintf(text, 64, "GET /1 HTTP/1.1\r\nA: ");
		memset(text + n, 'x', len - n);
		memcpy(text + len - 4, "\r\n\r\n", 4);
		for (size_t cut = 0; cut < 3; cut++) {
			struct reader r = reader_new(false, 0);
			size_t at = cut == 1 ? 100 : cut == 2 ? len - 1 : 0;

			reader_feed(&r, lp_span_of(text, at));
			reader_feed(&r, lp_span_of(text + at, len - at));
			reader_done(&r);
			assert_string_equal(r.j.text, extra ? "!E2BIG" : "/1[]0 ");
			journal_free(&r.j);
		}
	}
	free(text);
}

static void test_skip(void **state)
{
	static const char text[] = "PUT /1 HTTP/1.1\r\nContent-Length: 100\r\n\r\nab";
	struct reader r = reader_new(false, 50);

	(void)state;
	reader_feed(&r, LP_SPAN(text));
	assert_false(lp_http1_no_body_yet(&r.http));
	assert_int_equal(lp_http1_skip(&r.http, 97), 0);
	reader_feed(&r, LP_SPAN("z"));
	assert_true(lp_http1_idle(&r.http));
	assert_string_equal(r.j.text, "/1[ab]100 ");
	assert_int_equal(lp_http1_skip(&r.http, 0), 0);
	assert_int_equal(lp_http1_skip(&r.http, 1), -EBADMSG);
	r.err = 0;
	reader_feed(&r, LP_SPAN("GET /2 HTTP/1.1\r\n\r\n"));
	assert_int_equal(r.err, -EPIPE);
	reader_done(&r);
	journal_free(&r.j);

	r = reader_new(false, 50);
	reader_feed(&r, LP_SPAN("PUT /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na"));
	assert_int_equal(lp_http1_skip(&r.http, 4), 0);
	reader_feed(&r, LP_SPAN("\r\n0\r\n\r\n"));
	assert_string_equal(r.j.text, "/1[a]5 ");
	reader_feed(&r, LP_SPAN("PUT /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\n"));
	assert_true(lp_http1_no_body_yet(&r.http));
	assert_int_equal(lp_http1_skip(&r.http, 4), -EBADMSG);
	reader_done(&r);
	journal_free(&r.j);
}

/* A body of 2^40 bytes is counted. */
static void test_large(void **state)
{
	struct reader r = reader_new(false, 4);

	(void)state;
	reader_feed(&r,
		    LP_SPAN("PUT /1 HTTP/1.1\r\nContent-Length: 1099511627776\r\n\r\nabcdefgh"));
	for (unsigned i = 0; i < 1023; i++)
		assert_int_equal(lp_http1_skip(&r.http, 1 << 30), 0);
	assert_int_equal(lp_http1_skip(&r.http, (1 << 30) - 8), 0);
	reader_feed(&r, LP_SPAN("GET /2 HTTP/1.1\r\n\r\n"));
	reader_done(&r);
	assert_string_equal(r.j.text, "/1[abcd]1099511627776 /2[]0 ");
	journal_free(&r.j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starts),	   cmocka_unit_test(test_head_len),
		cmocka_unit_test(test_parse),	   cmocka_unit_test(test_parsed),
		cmocka_unit_test(test_origin),	   cmocka_unit_test(test_too_many_headers),
		cmocka_unit_test(test_framing),	   cmocka_unit_test(test_streams),
		cmocka_unit_test(test_head_limit), cmocka_unit_test(test_skip),
		cmocka_unit_test(test_large),	   cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
