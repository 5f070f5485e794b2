/* SPDX-License-Identifier: MIT */
/*
 * HTTP/2 through collector/wire/conn: what two libnghttp2 sessions say to each other, fed whole,
 * byte by byte and split at every byte, with gaps, and joined late. LDLIBS: -lnghttp2
 */
#include "wire_util.h"

#include <nghttp2/nghttp2.h>

#include "http2.h"

#define SCOPE "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/"
#define AUTH(service)                                                                              \
	SCOPE service "/aws4_request, SignedHeaders=host;x-amz-date, Signature=5ec7e75ec7e7"
#define KEPT(service)                                                                              \
	"authorization: " SCOPE service "/aws4_request, SignedHeaders=host;x-amz-date\r\n"

/* --- two sessions and what passes between them ------------------------------------------------ */

struct chunk {
	bool out;
	char *bytes;
	size_t len;
};

struct talk {
	nghttp2_session *client, *server;
	struct chunk chunks[64];
	unsigned n;
	bool push, reset; /* how the server behaves */
	size_t padding;
};

struct body {
	const char *text;
	size_t pos;
};

static struct body bodies[16];
static unsigned n_bodies;

static ssize_t read_body(nghttp2_session *s, int32_t stream, uint8_t *buf, size_t cap,
			 uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
	struct body *b = source->ptr;
	size_t n = strlen(b->text) - b->pos;

	(void)s;
	(void)stream;
	(void)ctx;
	n = n < cap ? n : cap;
	n = n < 7 ? n : 7; /* many small frames */
	memcpy(buf, b->text + b->pos, n);
	b->pos += n;
	if (!b->text[b->pos])
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static const nghttp2_data_provider *provider(const char *text)
{
	static nghttp2_data_provider p;

	assert_true(n_bodies < LP_ARRAY_LEN(bodies));
	bodies[n_bodies] = (struct body){text, 0};
	p = (nghttp2_data_provider){.source.ptr = &bodies[n_bodies++], .read_callback = read_body};
	return text ? &p : NULL;
}

static nghttp2_nv nv(const char *name, const char *value)
{
	union {
		const char *in;
		uint8_t *out;
	} n = {name}, v = {value};

	return (nghttp2_nv){n.out, v.out, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static ssize_t pad(nghttp2_session *s, const nghttp2_frame *f, size_t max, void *ctx)
{
	struct talk *t = ctx;

	(void)s;
	return (ssize_t)(f->hd.length + t->padding < max ? f->hd.length + t->padding : max);
}

/* The server answers a complete request; PUT ones with 404 and a body. */
static int on_frame(nghttp2_session *s, const nghttp2_frame *f, void *ctx)
{
	struct talk *t = ctx;
	nghttp2_nv ok[] = {nv(":status", "200"), nv("content-type", "application/x-amz-json-1.0"),
			   nv("x-amzn-requestid", "id-1"), nv("set-cookie", "secret")};
	nghttp2_nv pushed[] = {nv(":method", "GET"), nv(":scheme", "https"), nv(":path", "/pushed"),
			       nv(":authority", "sqs.eu-west-1.amazonaws.com"),
			       nv("x-pushed", "into the table")};
	int32_t stream = f->hd.stream_id;

	if (s != t->server || !(f->hd.flags & NGHTTP2_FLAG_END_STREAM) ||
	    f->hd.type > NGHTTP2_HEADERS)
		return 0;
	if (t->reset) {
		assert_int_equal(nghttp2_submit_rst_stream(s, 0, stream, NGHTTP2_REFUSED_STREAM),
				 0);
		return 0;
	}
	if (t->push) {
		int32_t promised = nghttp2_submit_push_promise(s, 0, stream, pushed, 5, NULL);

		assert_true(promised > 0);
		assert_int_equal(nghttp2_submit_response(s, promised, ok, 1, provider("pushed!")),
				 0);
	}
	assert_int_equal(nghttp2_submit_response(s, stream, ok, LP_ARRAY_LEN(ok),
						 provider("{\"QueueUrl\":\"http://q/1/two\"}")),
			 0);
	return 0;
}

static void begin(struct talk *t)
{
	nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 65536}};
	nghttp2_session_callbacks *cb;

	nghttp2_session_callbacks_new(&cb);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
	nghttp2_session_callbacks_set_select_padding_callback(cb, pad);
	assert_int_equal(nghttp2_session_client_new(&t->client, cb, t), 0);
	assert_int_equal(nghttp2_session_server_new(&t->server, cb, t), 0);
	nghttp2_session_callbacks_del(cb);
	assert_int_equal(nghttp2_submit_settings(t->client, 0, settings, 1), 0);
	assert_int_equal(nghttp2_submit_settings(t->server, 0, settings, 1), 0);
	n_bodies = 0;
}

/* Moves bytes of one side to the other, one chunk. */
static bool move(struct talk *t, bool out)
{
	const uint8_t *bytes;
	ssize_t n = nghttp2_session_mem_send(out ? t->client : t->server, &bytes);
	struct chunk *last = t->n ? &t->chunks[t->n - 1] : NULL;

	assert_true(n >= 0);
	if (!n)
		return false;
	if (!last || last->out != out) {
		assert_true(t->n < LP_ARRAY_LEN(t->chunks));
		last = &t->chunks[t->n++];
		*last = (struct chunk){.out = out};
	}
	last->bytes = realloc(last->bytes, last->len + (size_t)n);
	memcpy(last->bytes + last->len, bytes, (size_t)n);
	last->len += (size_t)n;
	assert_int_equal(nghttp2_session_mem_recv(out ? t->server : t->client, bytes, (size_t)n),
			 n);
	return true;
}

static void pump(struct talk *t)
{
	bool more = true;

	while (more) {
		more = false;
		while (move(t, true))
			more = true;
		while (move(t, false))
			more = true;
	}
}

static int32_t request(struct talk *t, const char *method, const char *host, const char *path,
		       const char *auth, const char *body)
{
	nghttp2_nv fields[] = {
		nv(":method", method),
		nv(":path", path),
		nv(":scheme", "https"),
		nv(":authority", host),
		nv("authorization", auth),
		nv("content-type", "application/x-amz-json-1.0"),
		nv("x-amz-target", "AmazonSQS.SendMessage"),
		nv("x-amz-security-token", "s3cr3t"),
		nv("cookie", "s3cr3t"),
	};
	nghttp2_priority_spec pri;
	int32_t stream;

	nghttp2_priority_spec_init(&pri, 0, 7, 0);
	stream = nghttp2_submit_request(t->client, &pri, fields, LP_ARRAY_LEN(fields),
					body ? provider(body) : NULL, NULL);
	assert_true(stream > 0);
	return stream;
}

static void end(struct talk *t)
{
	nghttp2_session_del(t->client);
	nghttp2_session_del(t->server);
	for (unsigned i = 0; i < t->n; i++)
		free(t->chunks[i].bytes);
}

/* --- the connection that listens -------------------------------------------------------------- */

static void feed(struct lp_conn *c, const struct chunk *k, size_t from, size_t to)
{
	struct guarded g = guarded(lp_span_of(k->bytes + from, to - from));

	(k->out ? lp_conn_out : lp_conn_in)(c, g.span.ptr, g.span.len);
	guarded_free(&g);
}

/* `at`: 0 whole, 1 byte by byte, else where each chunk is split. */
static void listen_to(const struct talk *t, size_t at, struct journal *j)
{
	struct lp_conn c;

	*j = (struct journal){.hold_max = 16};
	journal_add(j, "", 0);
	lp_conn_init(&c, &journal_host, j, 1, LP_EVF_TLS);
	for (unsigned i = 0; i < t->n; i++) {
		const struct chunk *k = &t->chunks[i];

		for (size_t pos = 0, to; pos < k->len; pos = to) {
			to = at == 0		       ? k->len
			     : at == 1		       ? pos + 1
			     : pos < at && at < k->len ? at
						       : k->len;
			feed(&c, k, pos, to);
		}
	}
	lp_conn_close(&c);
	assert_int_equal(j->holds, 0);
}

static void expect(const struct talk *t, const char *expected)
{
	size_t longest = 2;

	for (unsigned i = 0; i < t->n; i++)
		longest = t->chunks[i].len > longest ? t->chunks[i].len : longest;
	longest = longest < 1500 ? longest : 1500;
	for (size_t at = 0; at < longest; at++) {
		struct journal j;

		listen_to(t, at, &j);
		if (strcmp(j.text, expected) != 0)
			print_message("split at %zu\n--- got\n%s\n", at, j.text);
		assert_string_equal(j.text, expected);
		journal_free(&j);
	}
}

#define REQUEST(seq, service)                                                                      \
	"REQUEST " seq " POST / HTTP/1.1\r\nhost: " service                                        \
	".eu-west-1.amazonaws.com\r\n" KEPT(service) "content-type: "                              \
						     "application/x-amz-json-1.0\r\n"              \
						     "x-amz-target: "                              \
						     "AmazonSQS.SendMessage\r\n\r\n\n"
#define RESPONSE(seq)                                                                              \
	"RESPONSE " seq " HTTP/1.1 200 \r\ncontent-type: application/x-amz-json-1.0\r\n"           \
	"x-amzn-requestid: id-1\r\n\r\nQueueUrl=http://q/1/two\n\n"

static void test_exchange(void **state)
{
	struct talk t = {.push = true, .padding = 11};

	(void)state;
	begin(&t);
	pump(&t);
	request(&t, "POST", "sqs.eu-west-1.amazonaws.com", "/", AUTH("sqs"),
		"{\"QueueUrl\":\"q\",\"MessageBody\":\"m\"}");
	pump(&t);
	request(&t, "GET", "example.com", "/", "Basic c2VjcmV0", NULL);
	request(&t, "POST", "kms.eu-west-1.amazonaws.com", "/", AUTH("kms"), NULL);
	pump(&t);
	assert_int_equal(nghttp2_submit_goaway(t.server, 0, 5, 0, NULL, 0), 0);
	pump(&t);
	expect(&t,
	       REQUEST("0", "sqs") "BODY 0 {\"QueueUrl\":\"q\",\"MessageBody\":\"\"}\n"
				   "END 0 33 33\n" RESPONSE("0") REQUEST(
					   "1", "kms") "END 1 0 0\n" RESPONSE("1") "CLOSE 2 \n");
	end(&t);
}

/* Settings that shrink the table in the middle; heads over several CONTINUATION frames. */
static void test_continuation(void **state)
{
	static char large[20000];
	struct talk t = {.padding = 3};
	nghttp2_settings_entry small = {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 100};
	struct journal j;

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	begin(&t);
	request(&t, "POST", "sqs.eu-west-1.amazonaws.com", "/", AUTH("sqs"), NULL);
	pump(&t);
	assert_int_equal(nghttp2_submit_settings(t.server, 0, &small, 1), 0);
	pump(&t);
	{
		nghttp2_nv fields[] = {
			nv(":method", "POST"),
			nv(":path", "/"),
			nv(":scheme", "https"),
			nv(":authority", "sqs.eu-west-1.amazonaws.com"),
			nv("user-agent", large),
			nv("authorization", AUTH("sqs")),
			nv("x-other", large),
			nv("content-type", "application/x-amz-json-1.0"),
			nv("x-amz-target", "AmazonSQS.SendMessage"),
		};

		assert_true(nghttp2_submit_request(t.client, NULL, fields, LP_ARRAY_LEN(fields),
						   NULL, NULL) > 0);
	}
	pump(&t);
	request(&t, "POST", "kms.eu-west-1.amazonaws.com", "/", AUTH("kms"), NULL);
	pump(&t);
	for (size_t at = 0; at < 40000; at += at < 100 ? 1 : 997) {
		listen_to(&t, at, &j);
		assert_string_equal(j.text,
				    REQUEST("0", "sqs") "END 0 0 0\n" RESPONSE("0")
					    REQUEST("1", "sqs") "END 1 0 0\n" RESPONSE("1")
						    REQUEST("2", "kms") "END 2 0 0\n" RESPONSE(
							    "2") "CLOSE 3 \n");
		journal_free(&j);
	}
	end(&t);
}

/* Many streams, answered in another order than asked, some given up by either side. */
static void test_resets(void **state)
{
	struct talk t = {.reset = true};
	int32_t stream;

	(void)state;
	begin(&t);
	request(&t, "POST", "sqs.eu-west-1.amazonaws.com", "/", AUTH("sqs"), NULL);
	pump(&t);
	t.reset = false;
	stream = request(&t, "POST", "kms.eu-west-1.amazonaws.com", "/", AUTH("kms"), "{\"a\":1}");
	assert_true(move(&t, true)); /* its head */
	assert_int_equal(nghttp2_submit_rst_stream(t.client, 0, stream, NGHTTP2_CANCEL), 0);
	pump(&t);
	request(&t, "POST", "sns.eu-west-1.amazonaws.com", "/", AUTH("sns"), NULL);
	pump(&t);
	expect(&t, REQUEST("0", "sqs") "END 0 0 0\nRESPONSE 0 \n" REQUEST(
			   "1", "kms") "END 1 0 0\n" REQUEST("2", "sns") "END 2 0 0\n"
									 "RESPONSE 1 \n" RESPONSE(
										 "2") "CLOSE 3 \n");
	end(&t);
}

/* The answer is seen before the thread that wrote the request comes to report it. */
static void test_early_answer(void **state)
{
	struct talk t = {.n = 0};
	struct journal j = {.hold_max = 16};
	struct lp_conn c;

	(void)state;
	begin(&t);
	request(&t, "POST", "sqs.eu-west-1.amazonaws.com", "/", AUTH("sqs"), NULL);
	pump(&t);
	lp_conn_init(&c, &journal_host, &j, 1, LP_EVF_TLS);
	for (unsigned i = 0; i < t.n; i++) /* even the server's own start */
		if (!t.chunks[i].out)
			feed(&c, &t.chunks[i], 0, t.chunks[i].len);
	for (unsigned i = 0; i < t.n; i++)
		if (t.chunks[i].out)
			feed(&c, &t.chunks[i], 0, t.chunks[i].len);
	lp_conn_close(&c);
	assert_int_equal(j.holds, 0);
	assert_string_equal(j.text, REQUEST("0", "sqs") "END 0 0 0\n" RESPONSE("0") "CLOSE 1 \n");
	journal_free(&j);
	end(&t);
}

/* Between two steps of the reading thread the writing one reports all that it has. */
struct meanwhile {
	struct journal j;
	struct lp_conn c;
	const struct talk *talk; /* NULL: it did */
};

static char *meanwhile_hold(void *ctx)
{
	struct meanwhile *m = ctx;
	const struct talk *t = m->talk;

	m->talk = NULL;
	for (unsigned i = 0; t && i < t->n; i++)
		if (t->chunks[i].out)
			feed(&m->c, &t->chunks[i], 0, t->chunks[i].len);
	return journal_hold(&m->j);
}

static void meanwhile_release(void *ctx, char *buf)
{
	journal_release(&((struct meanwhile *)ctx)->j, buf);
}

static void meanwhile_emit(void *ctx, const struct lp_conn *c, enum lp_event_type type,
			   uint32_t seq, const struct lp_span *parts, unsigned n)
{
	journal_emit(&((struct meanwhile *)ctx)->j, c, type, seq, parts, n);
}

static struct lp_conn_memory *no_memory(void *ctx, const struct lp_conn *c)
{
	(void)ctx;
	(void)c;
	fail_msg("only heads of HTTP/1 are known again");
	return NULL;
}

/* HTTP/2 begins while the server's first bytes are put aside for it: they are read once. */
static void test_begins_meanwhile(void **state)
{
	static const struct lp_conn_host host = {meanwhile_hold, meanwhile_release, meanwhile_emit,
						 no_memory};
	struct talk t = {.n = 0};
	struct meanwhile m = {.j = {.hold_max = 16}, .talk = &t};

	(void)state;
	begin(&t);
	request(&t, "POST", "sqs.eu-west-1.amazonaws.com", "/", AUTH("sqs"), NULL);
	pump(&t);
	lp_conn_init(&m.c, &host, &m, 1, LP_EVF_TLS);
	for (unsigned i = 0; i < t.n; i++) {
		if (t.chunks[i].out)
			continue;
		feed(&m.c, &t.chunks[i], 0, 1);
		feed(&m.c, &t.chunks[i], 1, t.chunks[i].len);
	}
	assert_null(m.talk);
	lp_conn_close(&m.c);
	assert_int_equal(m.j.holds, 0);
	assert_string_equal(m.j.text, REQUEST("0", "sqs") "END 0 0 0\n" RESPONSE("0") "CLOSE 1 \n");
	journal_free(&m.j);
	end(&t);
}

/* Joined in the middle: what refers to earlier heads cannot be read, and that is said once. */
static void test_late(void **state)
{
	struct talk t = {.n = 0};
	struct journal j = {.hold_max = 16};
	struct lp_conn c;
	unsigned from;

	(void)state;
	begin(&t);
	request(&t, "POST", "sqs.eu-west-1.amazonaws.com", "/", AUTH("sqs"), NULL);
	pump(&t);
	t.chunks[t.n++] = (struct chunk){.out = false};
	from = t.n;
	request(&t, "POST", "kms.eu-west-1.amazonaws.com", "/", AUTH("kms"), NULL);
	pump(&t);
	request(&t, "POST", "sqs.eu-west-1.amazonaws.com", "/", AUTH("sqs"), NULL);
	pump(&t);
	request(&t, "POST", "sqs.eu-west-1.amazonaws.com", "/", AUTH("sqs"), NULL);
	pump(&t);
	lp_conn_init(&c, &journal_host, &j, 1, LP_EVF_TLS);
	for (unsigned i = from; i < t.n; i++)
		feed(&c, &t.chunks[i], 0, t.chunks[i].len);
	assert_false(lp_conn_ignored(&c));
	lp_conn_close(&c);
	assert_int_equal(j.holds, 0);
	assert_string_equal(j.text, "LOST 0 reason 5 host kms.eu-west-1.amazonaws.com\nCLOSE 0 \n");
	journal_free(&j);
	end(&t);
}

/* A request with a body and one without. */
static void talk_twice(struct talk *t, const char *body)
{
	begin(t);
	request(t, "POST", "sqs.eu-west-1.amazonaws.com", "/", AUTH("sqs"), body);
	pump(t);
	request(t, "POST", "kms.eu-west-1.amazonaws.com", "/", AUTH("kms"), NULL);
	pump(t);
}

/* The connection as it is seen. */
static void start_seen(struct lp_conn *c, struct journal *j)
{
	journal_add(j, "", 0);
	lp_conn_init(c, &journal_host, j, 1, LP_EVF_TLS);
	lp_conn_set_server(c, LP_SPAN("sqs.eu-west-1.amazonaws.com"));
}

/* Bytes that nobody saw: inside a body they are counted, elsewhere the loss is said. */
static void test_gaps(void **state)
{
	struct talk t = {.n = 0};

	(void)state;
	talk_twice(&t, "{\"QueueUrl\":\"q\"}");
	for (unsigned lose = 0; lose < t.n; lose++) {
		for (size_t at = 1; at < t.chunks[lose].len; at++) {
			struct journal j = {.hold_max = 16};
			struct lp_conn c;

			start_seen(&c, &j);
			for (unsigned i = 0; i < t.n; i++) {
				const struct chunk *k = &t.chunks[i];

				if (i != lose) {
					feed(&c, k, 0, k->len);
					continue;
				}
				feed(&c, k, 0, at);
				(k->out ? lp_conn_skip_out : lp_conn_skip_in)(&c, 1);
				if (at + 1 < k->len)
					feed(&c, k, at + 1, k->len);
			}
			lp_conn_close(&c);
			assert_int_equal(j.holds, 0);
			assert_null(strstr(j.text, "s3cr3t"));
			assert_true(strstr(j.text, "LOST") || strstr(j.text, "REQUEST 1"));
			journal_free(&j);
		}
	}
	end(&t);
}

/* Where the last frame of a chunk starts, which is a body's. */
static size_t last_frame(const struct chunk *k)
{
	size_t at = 0,
	       next = lp_span_starts(lp_span_of(k->bytes, k->len), LP_SPAN("PRI ")) ? 24 : 0;

	while (next < k->len) {
		const unsigned char *h = (const unsigned char *)k->bytes + next;

		at = next;
		next += 9 + ((size_t)h[0] << 16 | (size_t)h[1] << 8 | h[2]);
	}
	assert_int_equal(next, k->len);
	assert_int_equal(k->bytes[at + 3], 0);
	return at;
}

/* A body of which the rest of its frames was left out: what comes next is read all the same. */
static void test_frames_left_out(void **state)
{
	struct talk t = {.n = 0};

	(void)state;
	talk_twice(&t, "{\"QueueUrl\":\"https://sqs.eu-west-1.amazonaws.com/1/q\"}");
	for (size_t kept = last_frame(&t.chunks[0]) + 9; kept < t.chunks[0].len; kept++) {
		struct journal j = {.hold_max = 16};
		struct lp_conn c;

		start_seen(&c, &j);
		for (unsigned i = 0; i < t.n; i++) {
			const struct chunk *k = &t.chunks[i];
			size_t at = i ? k->len : kept;

			feed(&c, k, 0, at);
			if (at < k->len)
				lp_conn_skip_frames_out(&c, k->len - at + 100);
		}
		/* In front of a frame it is no loss either. */
		lp_conn_skip_frames_in(&c, 100);
		lp_conn_close(&c);
		assert_int_equal(j.holds, 0);
		assert_null(strstr(j.text, "LOST"));
		assert_non_null(strstr(j.text, "REQUEST 0"));
		assert_non_null(strstr(j.text, "REQUEST 1"));
		assert_non_null(strstr(j.text, "host: kms"));
		journal_free(&j);
	}
	end(&t);
}

/* Without buffers nothing is decoded; with few, some is; never more than lent. */
static void test_no_buffers(void **state)
{
	struct talk t = {.n = 0};

	(void)state;
	begin(&t);
	request(&t, "POST", "sqs.eu-west-1.amazonaws.com", "/", AUTH("sqs"), NULL);
	pump(&t);
	for (unsigned holds = 0; holds < 6; holds++) {
		struct journal j = {.hold_max = holds};
		struct lp_conn c;

		start_seen(&c, &j);
		for (unsigned i = 0; i < t.n; i++)
			feed(&c, &t.chunks[i], 0, t.chunks[i].len);
		lp_conn_close(&c);
		assert_int_equal(j.holds, 0);
		assert_true(strstr(j.text, "LOST") || holds > 3);
		journal_free(&j);
	}
	end(&t);
}

/* RFC 7540's upgrade: the answer to a request of HTTP/1.1 comes on stream 1. */
static void test_upgrade(void **state)
{
	static const char ask[] =
		"GET /k HTTP/1.1\r\nHost: b.s3.amazonaws.com\r\nUpgrade: h2c\r\n\r\n",
			  yes[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n";
	struct talk t = {.n = 0};
	struct journal j = {.hold_max = 16};
	nghttp2_nv answer[] = {nv(":status", "200"), nv("x-amz-request-id", "r")};
	const uint8_t *bytes;
	struct lp_conn c;
	ssize_t n;

	(void)state;
	begin(&t);
	assert_int_equal(nghttp2_session_upgrade2(t.client, NULL, 0, 0, NULL), 0);
	assert_int_equal(nghttp2_session_upgrade2(t.server, NULL, 0, 0, NULL), 0);
	assert_int_equal(nghttp2_submit_response(t.server, 1, answer, 2, NULL), 0);
	lp_conn_init(&c, &journal_host, &j, 1, 0);
	lp_conn_out(&c, ask, sizeof(ask) - 1);
	lp_conn_in(&c, yes, sizeof(yes) - 1);
	n = nghttp2_session_mem_send(t.server, &bytes);
	lp_conn_in(&c, (const char *)bytes, (size_t)n);
	request(&t, "POST", "kms.eu-west-1.amazonaws.com", "/", AUTH("kms"), NULL);
	pump(&t);
	for (unsigned i = 0; i < t.n; i++)
		feed(&c, &t.chunks[i], 0, t.chunks[i].len);
	lp_conn_close(&c);
	assert_int_equal(j.holds, 0);
	assert_non_null(strstr(j.text, "REQUEST 0 GET /k"));
	assert_non_null(strstr(j.text, "RESPONSE 0 HTTP/1.1 200 \r\nx-amz-request-id: r\r\n"));
	assert_non_null(strstr(j.text, "REQUEST 1 POST / HTTP/1.1\r\nhost: kms"));
	journal_free(&j);
	end(&t);
}

/* A field that fills the buffer is one byte too long for where its length is kept. */
static void test_long_field(void **state)
{
	static char room[LP_HEAD_MAX], text[LP_HEAD_MAX], block[LP_HEAD_MAX + 64];
	static const char start[] = "\0\x09x-amz-acl\x7f"; /* a literal; of its length the start */
	enum lp_http2_fault fault;
	struct lp_http1_head h;
	struct lp_http2 http;

	(void)state;
	for (size_t spare = 0; spare < 2; spare++) {
		size_t len = LP_HEAD_MAX - strlen("x-amz-acl: \r\n") - spare, n = sizeof(start) - 1;
		size_t left = len - 0x7f;

		memcpy(block, start, n);
		for (; left >= 0x80; left >>= 7)
			block[n++] = (char)(left | 0x80);
		block[n++] = (char)left;
		memset(block + n, 'v', len);
		lp_http2_init(&http, false, room);
		assert_int_equal(lp_http2_head(&http, lp_span_of(block, n + len), text, &h, &fault),
				 0);
		assert_int_equal(fault, spare ? LP_HTTP2_TRAILERS : LP_HTTP2_LONG);
		assert_int_equal(h.n_headers, spare);
		if (spare)
			assert_int_equal(lp_http1_value(&h, h.headers).len, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_continuation),
		cmocka_unit_test(test_resets),
		cmocka_unit_test(test_early_answer),
		cmocka_unit_test(test_begins_meanwhile),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_frames_left_out),
		cmocka_unit_test(test_no_buffers),
		cmocka_unit_test(test_upgrade),
		cmocka_unit_test(test_long_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
