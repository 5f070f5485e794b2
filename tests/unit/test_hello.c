/* SPDX-License-Identifier: MIT */
/* collector/wire/hello: the server that a TLS client asks for. */
#include <errno.h>

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

/* What is found, "" for none, NULL where more is needed. */
static bool gives(const char *buf, size_t n, const char *want)
{
	struct guarded g = guarded(lp_span_of(buf, n));
	struct lp_hello_name got;
	int found = lp_hello_read(g.span, &got);
	bool same = want ? found == (*want ? 1 : -EBADMSG) &&
				    lp_span_eq(lp_hello_host(&got), lp_span_str(want))
			 : found == 0 && got.len == 0;

	guarded_free(&g);
	return same;
}

/* The same message in records of `each` bytes. */
static size_t split(char *out, const char *buf, size_t n, size_t each)
{
	size_t len = 0;

	for (size_t at = LP_TLS_RECORD_HEAD; at < n; at += each) {
		size_t part = n - at < each ? n - at : each;
		const char head[] = {LP_TLS_HANDSHAKE, 3, 3, (char)(part >> 8), (char)part};

		memcpy(out + len, head, sizeof(head));
		memcpy(out + len + sizeof(head), buf + at, part);
		len += sizeof(head) + part;
	}
	return len;
}

/* Keys of `much` bytes in front of the other extensions. */
static size_t swell(char *buf, size_t n, size_t sid, size_t much)
{
	size_t at = 5 + 4 + 34 + 1 + sid + 4 + 2; /* of the extensions' length */
	size_t lens[] = {n - 5 + 4 + much, n - 9 + 4 + much, n - at - 2 + 4 + much};
	const char head[] = {0, 51, (char)(much >> 8), (char)much};

	memmove(buf + at + 2 + 4 + much, buf + at + 2, n - at - 2);
	memcpy(buf + at + 2, head, sizeof(head));
	memset(buf + at + 6, 'k', much);
	buf[3] = (char)(lens[0] >> 8);
	buf[4] = (char)lens[0];
	buf[7] = (char)(lens[1] >> 8);
	buf[8] = (char)lens[1];
	buf[at] = (char)(lens[2] >> 8);
	buf[at + 1] = (char)lens[2];
	return n + 4 + much;
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
		assert_true(gives(buf, i, NULL));
	buf[5] = 2; /* a server's */
	assert_true(gives(buf, 5, NULL));
	assert_true(gives(buf, 6, ""));
	assert_true(gives("\26\2", 2, ""));
	assert_true(gives("\27", 1, ""));
}

/* Several records, of which any byte may be the last one; and keys of today's sizes. */
static void test_records(void **state)
{
	static const char host[] = "sqs.us-east-1.amazonaws.com";
	char buf[8192], out[8192 * 6];
	size_t n;

	(void)state;
	n = make(buf, host, 0, 32);
	for (size_t each = 1; each < n; each++) {
		size_t len = split(out, buf, n, each);

		assert_true(gives(out, len, host));
		for (size_t i = 0; i < len; i++)
			assert_true(gives(out, i, NULL));
	}
	n = swell(buf, n, 32, 4000);
	assert_true(gives(buf, n, host));
	assert_true(gives(buf, 4096, NULL));
	assert_true(gives(out, split(out, buf, n, 512), host));
	/* Another record in between. */
	n = split(out, buf, n, 512);
	out[LP_TLS_RECORD_HEAD + 512] = LP_TLS_ALERT;
	assert_true(gives(out, n, ""));
	out[LP_TLS_RECORD_HEAD + 512] = LP_TLS_HANDSHAKE;
	out[LP_TLS_RECORD_HEAD + 512 + 3] = out[LP_TLS_RECORD_HEAD + 512 + 4] = 0;
	assert_true(gives(out, n, ""));
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
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
