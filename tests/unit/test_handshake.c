/* SPDX-License-Identifier: MIT */
/* collector/wire/handshake: did a TLS client send data? Records of real clients, by their heads. */
#include "wire_util.h"

#include "handshake.h"

enum { CCS = 20, ALERT = 21, HS = 22, DATA = 23 };

struct rec {
	uint8_t type;
	unsigned len;
	uint8_t first; /* byte of the body */
	uint8_t second;
};

#define HELLO                                                                                      \
	{                                                                                          \
		HS, 512, 1, 0                                                                      \
	}
#define RECORDS 8

static const struct {
	const char *name;
	struct rec recs[RECORDS];
	bool data;
} rows[] = {
	{"a hello", {HELLO}, false},
	{"a hello, refused in the clear", {HELLO, {ALERT, 2, 2, 48}}, false},
	{"asked for another", {HELLO, {CCS, 1, 1, 0}, HELLO}, false},
	{"TLS 1.3: refused by an encrypted alert",
	 {HELLO, {CCS, 1, 1, 0}, {DATA, 19, 0, 0}},
	 false},
	{"TLS 1.3: finished", {HELLO, {CCS, 1, 1, 0}, {DATA, 53, 0, 0}}, false},
	{"TLS 1.3: finished and closed, SHA-384",
	 {HELLO, {CCS, 1, 1, 0}, {DATA, 69, 0, 0}, {DATA, 19, 0, 0}},
	 false},
	{"TLS 1.3: data", {HELLO, {CCS, 1, 1, 0}, {DATA, 53, 0, 0}, {DATA, 400, 0, 0}}, true},
	{"TLS 1.3: data as long as Finished", {HELLO, {DATA, 53, 0, 0}, {DATA, 53, 0, 0}}, true},
	{"TLS 1.3: early data", {HELLO, {CCS, 1, 1, 0}, {DATA, 400, 0, 0}}, true},
	{"TLS 1.3: a client's certificate", {HELLO, {DATA, 1200, 0, 0}}, true},
	{"TLS 1.2: finished", {HELLO, {HS, 70, 16, 0}, {CCS, 1, 1, 0}, {HS, 40, 0, 0}}, false},
	{"TLS 1.2: finished and closed",
	 {HELLO, {HS, 70, 16, 0}, {CCS, 1, 1, 0}, {HS, 40, 0, 0}, {ALERT, 26, 0, 0}},
	 false},
	{"TLS 1.2: data",
	 {HELLO, {HS, 70, 16, 0}, {CCS, 1, 1, 0}, {HS, 40, 0, 0}, {DATA, 53, 0, 0}},
	 true},
	{"TLS 1.2: two bytes of data",
	 {HELLO, {HS, 70, 16, 0}, {CCS, 1, 1, 0}, {HS, 40, 0, 0}, {DATA, 19, 0, 0}},
	 true},
	{"TLS 1.2 resumed: data", {HELLO, {CCS, 1, 1, 0}, {HS, 40, 7, 3}, {DATA, 53, 0, 0}}, true},
	{"a kind of record that is none", {HELLO, {24, 20, 0, 0}}, true},
	{"a record without a body", {HELLO, {HS, 0, 0, 0}}, true},
	{"a record that is too long", {HELLO, {HS, 20000, 1, 0}}, true},
};

static size_t put(char *to, const struct rec *r)
{
	const char head[] = {(char)r->type, 3, 3, (char)(r->len >> 8), (char)r->len};

	memcpy(to, head, sizeof(head));
	memset(to + sizeof(head), 0, r->len);
	if (r->len > 1) {
		to[5] = (char)r->first;
		to[6] = (char)r->second;
	}
	return sizeof(head) + r->len;
}

static void test_rows(void **state)
{
	static char buf[64 * 1024];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		size_t n = 0;

		for (unsigned r = 0; r < RECORDS && rows[i].recs[r].type; r++)
			n += put(buf + n, &rows[i].recs[r]);
		/* In two parts at every place: what was said then was not taken back. */
		for (size_t cut = 0; cut <= n; cut++) {
			struct guarded a = guarded(lp_span_of(buf, cut));
			struct guarded b = guarded(lp_span_of(buf + cut, n - cut));
			struct lp_handshake h = {.left = 0};
			bool early = lp_handshake_sent(&h, a.span);

			if (lp_handshake_sent(&h, b.span) != rows[i].data || early > rows[i].data)
				fail_msg("%s, cut at %zu", rows[i].name, cut);
			guarded_free(&a);
			guarded_free(&b);
		}
	}
}

static void test_others(void **state)
{
	struct lp_handshake h = {.left = 0};

	(void)state;
	assert_true(lp_handshake_sent(&h, LP_SPAN("GET / HTTP/1.1\r\n\r\n")));
	h = (struct lp_handshake){.left = 0};
	assert_false(lp_handshake_sent(&h, lp_span_of(NULL, 0)));
	assert_false(lp_handshake_sent(&h, LP_SPAN("\x17\x03\x03\x01")));
	assert_true(lp_handshake_sent(&h, LP_SPAN("\x01")));
}

/* A ClientHello in several records: those behind the first say nothing of TLS 1.2. */
static void test_fragments(void **state)
{
	static const struct rec finished = {DATA, 53, 0, 0}, key_exchange = {HS, 70, 16, 0};
	const char parts[] = "\26\3\1\0\7\1\0\0\12abc" /* 7 more */
			     "\26\3\1\0\2de"
			     "\26\3\1\0\5\20fghi"; /* as a TLS 1.2 client's key exchange starts */
	char buf[256];
	struct lp_handshake h = {.left = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) - 1; i++)
		assert_false(lp_handshake_sent(&h, lp_span_of(parts + i, 1)));
	assert_false(lp_handshake_sent(&h, lp_span_of(buf, put(buf, &finished))));
	assert_true(lp_handshake_sent(&h, lp_span_of(buf, put(buf, &finished))));
	h = (struct lp_handshake){.left = 0};
	assert_false(lp_handshake_sent(&h, lp_span_of(parts, sizeof(parts) - 1)));
	assert_false(lp_handshake_sent(&h, lp_span_of(buf, put(buf, &key_exchange))));
	assert_true(lp_handshake_sent(&h, lp_span_of(buf, put(buf, &finished))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
