/* SPDX-License-Identifier: MIT */
/* collector/wire/login: logins of IAM in what clients of databases and brokers send. */
#include "wire_util.h"

#include "login.h"

#define SIGNED                                                                                     \
	"&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F1%2Fr%2Fs%2Faws4_request&X-Amz-"   \
	"Signature=1f"
#define CONNECT "/?Action=connect&DBUser=u" SIGNED

#define BROKER                                                                                     \
	"/?Action=kafka-cluster%3AConnect&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="      \
	"A/-/r-1/kafka-cluster/aws4_request&X-Amz-Signature="
/* "https://kafka.r-1.example/?Action=kafka-cluster%3AConnect&...&X-Amz-Credential=A%2F...", cut
 * there */
#define BEARER                                                                                     \
	"aHR0cHM6Ly9rYWZrYS5yLTEuZXhhbXBsZS8_QWN0aW9uPWthZmthLWNsdXN0ZXIlM0FDb2"                   \
	"5uZWN0JlgtQW16LUFsZ29yaXRobT1BV1M0LUhNQUMtU0hBMjU2JlgtQW16LUNyZWRlbnRp"                   \
	"YWw9QSUy"
#define BEARER_END                                                                                 \
	"RjElMkZyLTElMkZrYWZrYS1jbHVzdGVyJTJGYXdzNF9yZXF1ZXN0JlgtQW16LVNpZ25hdH"                   \
	"VyZT0xZg"
#define SASL "\0\0\1\0\0\x24\0\0\0\0\0\2\0\0\0\xf0"

/* "\0AKIAIOSFODNN7EXAMPLE\0secret", the same with the user in front, too, and the user alone */
#define PLAIN  "AEFLSUFJT1NGT0ROTjdFWEFNUExFAHNlY3JldA=="
#define PLAIN2 "QUtJQUlPU0ZPRE5ON0VYQU1QTEUAQUtJQUlPU0ZPRE5ON0VYQU1QTEUAc2VjcmV0"
#define USER   "QUtJQUlPU0ZPRE5ON0VYQU1QTEU="
#define SIGNED_BY(service)                                                                         \
	"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE/-//" service       \
	"/aws4_request&X-Amz-Signature="
#define SMTP "email-smtp.*", "/?Action=SendRawEmail&" SIGNED_BY("ses")
#define CQL  "\4\0\0\1\x0f\0\0\0\x99\0\0\0\x95"

#define BYTES(lit) (lit), sizeof(lit) - 1

static const struct {
	const char *bytes;
	size_t len;
	const char *host, *target; /* NULL: no login */
} rows[] = {
	{BYTES("h.example:3306" CONNECT), "h.example:3306", CONNECT},
	/* MySQL: length and number of the packet; a NUL behind the password */
	{BYTES("\x6b\x01\x00\x03h-1.example" CONNECT "\0"), "h-1.example", CONNECT},
	/* Redis */
	{BYTES("*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$99\r\ncache" CONNECT "\r\n*1\r\n"), "cache",
	 CONNECT},
	{BYTES("*2\r\n\"cache" CONNECT "\"\r\n"), "cache", CONNECT},
	/* Java's signer sorts names in its own way */
	{BYTES("c/?User=u&Action=connect" SIGNED), "c", "/?User=u&Action=connect" SIGNED},
	{BYTES("c" CONNECT), "c", CONNECT},
	/* MSK: by members, in any order, and by a bearer's token, which may be cut behind its key
	 */
	{BYTES(SASL
	       "{\"x-amz-signedheaders\":\"host\",\"host\":\"b-1.k.kafka.r-1.example\",\"action\":"
	       "\"kafka-cluster:Connect\",\"x-amz-credential\":\"A/1/r-1/kafka-cluster/"
	       "aws4_request\"}"),
	 "kafka.r-1.example", BROKER},
	{BYTES("{\"x-amz-credential\" : \"A/1/r-1/kafka-cluster/aws4_request\", "
	       "\"action\": \"kafka-cluster:Connect\", \"host\": \"b-1.k.example\"}"),
	 "b-1.k.example", BROKER},
	{BYTES(SASL "n,,\1auth=Bearer " BEARER BEARER_END "\1\1"), "kafka.r-1.example", BROKER},
	{BYTES(SASL "n,,\1auth=Bearer " BEARER), "kafka.r-1.example", BROKER},
	/* Mail: a command or a line of its own, to be cut behind the key */
	{BYTES("AUTH PLAIN " PLAIN "\r\n"), SMTP},
	{BYTES("auth plain " PLAIN2 "\r\n"), SMTP},
	{BYTES("AUTH LOGIN " USER "\r\n"), SMTP},
	{BYTES(PLAIN "\r\n"), SMTP},
	{BYTES(PLAIN2 "\r\n"), SMTP},
	{BYTES(USER "\r\n"), SMTP},
	{BYTES("AEFLSUFJT1NGT0ROTjdFWEFNUExFAH"), SMTP},
	/* "\0AKIAIOSFODNN7EXAMPLES\0", "AKIAIOSFODNN7EXAMPL", "\0user@example.com\0secret" */
	{BYTES("AUTH PLAIN AEFLSUFJT1NGT0ROTjdFWEFNUExFUwBz\r\n"), NULL, NULL},
	{BYTES("QUtJQUlPU0ZPRE5ON0VYQU1QTA==\r\n"), NULL, NULL},
	{BYTES("AUTH PLAIN AHVzZXJAZXhhbXBsZS5jb20Ac2VjcmV0\r\n"), NULL, NULL},
	{BYTES("AUTH LOGIN\r\n"), NULL, NULL},
	{BYTES("AUTH CRAM-MD5 " USER "\r\n"), NULL, NULL},
	{BYTES("EHLO AKIAIOSFODNN7EXAMPLE\r\n"), NULL, NULL},
	/* CQL */
	{BYTES(CQL "signature=1f,access_key=AKIAIOSFODNN7EXAMPLE,amzdate=2026-11-24T00:00:00.000Z,"
		   "session_token=t"),
	 "cassandra.*", "/authenticate?" SIGNED_BY("cassandra")},
	{BYTES("signature=1f,access_key=,amzdate=2026"), NULL, NULL},
	{BYTES("signature=1f,access_key=AKIAIOSFODNN7EXAMPLE&amzdate=2026"), NULL, NULL},
	{BYTES("access_key=AKIAIOSFODNN7EXAMPLE,amzdate=2026,signature=1f"), NULL, NULL},
	/* Other members and tokens, or none that say who it is */
	{BYTES("{\"action\":\"kafka-cluster:Connect\",\"x-amz-credential\":\"A/"
	       "1\",\"host\":\"h\"}"),
	 NULL, NULL},
	{BYTES("{\"action\":\"kafka-cluster:Connect\",\"host\":\"h\"}"), NULL, NULL},
	{BYTES("{\"action\":\"kafka-cluster:Connect\",\"host\":7,\"x-amz-credential\":\"A/1/r/"
	       "k\"}"),
	 NULL, NULL},
	{BYTES("{\"action\":\"kafka-cluster:Connect\",\"x-amz-credential\":\"A/1/r/k\",\"host\""),
	 NULL, NULL},
	{BYTES("n,,\1auth=Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1In0.\1\1"), NULL, NULL},
	{BYTES("n,,\1auth=Bearer "), NULL, NULL},
	/* Not signed, nobody's, something else's */
	{BYTES("c/?Action=connect&DBUser=u"), NULL, NULL},
	{BYTES(CONNECT), NULL, NULL},
	{BYTES("\0" CONNECT), NULL, NULL},
	{BYTES("bucket/key?X-Amz-Expires=9" SIGNED), NULL, NULL},
	{BYTES("c/?Expires=9" SIGNED), NULL, NULL},
	{BYTES(SIGNED), NULL, NULL},
	{BYTES("&X-Amz-Signature="), NULL, NULL},
	{BYTES(""), NULL, NULL},
};

static void expect(struct lp_span bytes, const char *host, const char *target)
{
	struct guarded g = guarded(bytes);
	struct lp_login l;
	bool found = lp_login_find(g.span, &l);

	assert_int_equal(found, host != NULL);
	if (found) {
		assert_true(lp_span_eq(l.host, lp_span_str(host)));
		assert_true(lp_span_eq(l.target, lp_span_str(target)));
	}
	guarded_free(&g);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(lp_span_of(rows[i].bytes, rows[i].len), rows[i].host, rows[i].target);
}

/* PostgreSQL: a length that ends in a letter, or in what is none, is no part of the host. */
static void test_lengths(void **state)
{
	char token[1024], bytes[1100];

	(void)state;
	for (size_t more = 0; more < 256; more++) {
		int n = snprintf(token, sizeof(token), "db.example%s&X-Amz-Security-Token=%0*d",
				 CONNECT, (int)more + 1, 0);
		uint32_t len = (uint32_t)n + 5;

		bytes[0] = 'p';
		for (int i = 0; i < 4; i++)
			bytes[1 + i] = (char)(len >> (24 - 8 * i));
		memcpy(bytes + 5, token, (size_t)n + 1);
		expect(lp_span_of(bytes, len + 1), "db.example", token + strlen("db.example"));
	}
}

/* Cut anywhere nothing is read behind the end. */
static void test_cut(void **state)
{
	static const char whole[] = "p\0\0\x01\x6b"
				    "db.example" CONNECT "\0";

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		struct guarded g = guarded(lp_span_of(whole, n));
		struct lp_login l;

		if (lp_login_find(g.span, &l))
			assert_true(l.target.ptr + l.target.len <= g.span.ptr + n);
		guarded_free(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
