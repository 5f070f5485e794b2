/* SPDX-License-Identifier: MIT */
/* collector/wire/hello: the server that a TLS client asks for. */
#include "wire_util.h"

#include "hello.h"

/* A ClientHello with one cipher, a session id of `sid` bytes, and a server name behind another. */
static size_t make(char *buf, const char *name, uint8_t name_type, unsigned sid)
{
	size_t n = strlen(name), ext = 4 + 2 + 3 + n, body = 34 + 1 + sid + 4 + 2 + 2 + 4 + ext, at;
	const char head[] = {
		22,	   3, 1, (char)((body + 4) >> 8), (char)(body + 4), 1, 0, (char)(body >> 8),
		(char)body};
	const char list[] = {0,
			     2,
			     19,
			     1,
			     1,
			     0,
			     (char)((4 + ext) >> 8),
			     (char)(4 + ext),
			     0,
			     23,
			     0,
			     0,
			     0,
			     0,
			     0,
			     (char)(5 + n),
			     0,
			     (char)(3 + n),
			     (char)name_type,
			     0,
			     (char)n};

	memcpy(buf, head, sizeof(head));
	at = sizeof(head);
	memset(buf + at, 'r', 34);
	at += 34;
	buf[at++] = (char)sid;
	memset(buf + at, 's', sid);
	at += sid;
	memcpy(buf + at, list, sizeof(list));
	at += sizeof(list);
	memcpy(buf + at, name, n);
	return at + n;
}

static bool gives(const char *buf, size_t n, const char *want)
{
	struct guarded g = guarded(lp_span_of(buf, n));
	struct lp_span got = lp_hello_server(g.span);
	bool same = lp_span_eq(got, lp_span_str(want));

	guarded_free(&g);
	return same;
}

static void test_names(void **state)
{
	char buf[1024];

	(void)state;
	assert_true(gives(buf, make(buf, "sqs.us-east-1.amazonaws.com", 0, 32),
			  "sqs.us-east-1.amazonaws.com"));
	assert_true(gives(buf, make(buf, "a_b.S3.amazonaws.com", 0, 0), "a_b.S3.amazonaws.com"));
	/* No names: another type, what no host is called, nothing. */
	assert_true(gives(buf, make(buf, "a.example", 1, 0), ""));
	assert_true(gives(buf, make(buf, "a\x1b[2J", 0, 0), ""));
	assert_true(gives(buf, make(buf, "", 0, 0), ""));
}

static void test_cut(void **state)
{
	char buf[1024];
	size_t n = make(buf, "sqs.us-east-1.amazonaws.com", 0, 32);

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_true(gives(buf, i, ""));
	assert_false(lp_hello_goes_on(lp_span_of(buf, 0)));
	for (size_t i = 1; i < n; i++)
		assert_true(lp_hello_goes_on(lp_span_of(buf, i)));
	assert_false(lp_hello_goes_on(lp_span_of(buf, n)));
	buf[5] = 2; /* a server's */
	assert_true(lp_hello_goes_on(lp_span_of(buf, 5)));
	assert_false(lp_hello_goes_on(lp_span_of(buf, 6)));
	assert_false(lp_hello_goes_on(LP_SPAN("\26\2")));
	assert_false(lp_hello_goes_on(LP_SPAN("\27")));
}

static void test_others(void **state)
{
	char buf[1024];
	size_t n = make(buf, "a.example", 0, 0);

	(void)state;
	assert_true(gives("GET / HTTP/1.1\r\n", 16, ""));
	buf[5] = 2; /* a server's */
	assert_true(gives(buf, n, ""));
	buf[5] = 1;
	buf[0] = 23; /* data */
	assert_true(gives(buf, n, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
