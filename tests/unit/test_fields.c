/* SPDX-License-Identifier: MIT */
/* collector/wire/fields and body: which leaves of a response are kept. */
#include "wire_util.h"

#include "fields.h"

struct row {
	enum lp_body_kind kind;
	const char *body;
	const char *fields;
};

#define ARN "arn:aws:iam::123456789012:role/r"

static const struct row rows[] = {
	/* identities */
	{LP_BODY_XML,
	 "<?xml version=\"1.0\"?><GetCallerIdentityResponse xmlns=\"u\"><GetCallerIdentityResult>"
	 "<Arn>" ARN "</Arn><UserId>AIDA:me</UserId><Account>123456789012</Account>"
	 "</GetCallerIdentityResult></GetCallerIdentityResponse>",
	 "Arn=" ARN "\nUserId=AIDA:me\nAccount=123456789012\n"},
	{LP_BODY_XML,
	 "<Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>S</"
	 "SecretAccessKey>"
	 "<SessionToken>T</SessionToken><Expiration>e</Expiration></Credentials>",
	 "AccessKeyId=ASIAIOSFODNN7EXAMPLE\n"},
	{LP_BODY_OTHER,
	 "\n {\"Code\" : \"Success\", \"AccessKeyId\" : \"ASIA\", \"SecretAccessKey\" : \"S\", "
	 "\"Token\" : \"arn:aws:iam::1:t/t\", \"RoleArn\":\"" ARN "\"}",
	 "Code=Success\nAccessKeyId=ASIA\nRoleArn=" ARN "\n"},
	/* errors */
	{LP_BODY_JSON,
	 "{\"__type\":\"com.amazon#AccessDeniedException\",\"Message\":\"User: u is not authorized "
	 "to "
	 "perform: s3:GetObject on resource: \\\"" ARN "\\\" 100%\"}",
	 "__type=com.amazon#AccessDeniedException\nMessage=User: u is not authorized to perform: "
	 "s3:GetObject on resource: \"" ARN "\" 100%25\n"},
	{LP_BODY_JSON, "{\"message\":\"Some other words\",\"code\":\"Oops\"}", "code=Oops\n"},
	{LP_BODY_XML,
	 "<Error><Code>UnauthorizedOperation</Code><Message>You are not authorized. User: u is not "
	 "authorized to perform: ec2:X on resource: r. Encoded authorization failure message: "
	 "MARKED"
	 "</Message></Error>",
	 "Code=UnauthorizedOperation\nMessage=You are not authorized. User: u is not authorized to "
	 "perform: ec2:X on resource: r. \n"},
	{LP_BODY_XML, "<M:Code a='b'>x&amp;y</M:Code><Code>a&lt;b</Code>", ""},
	/* resources */
	{LP_BODY_JSON,
	 "{\"KeyMetadata\":{\"KeyId\":\"1234abcd-12ab-34cd-56ef-1234567890ab\",\"Enabled\":true},"
	 "\"QueueUrl\":\"https://q/1/"
	 "n\",\"Paid\":\"x\",\"VpcId\":\"vpc-0a1b2c3d\",\"n\":\"vpc-0a1b2c3d\","
	 "\"ImageId\":7}",
	 "KeyId=1234abcd-12ab-34cd-56ef-1234567890ab\nQueueUrl=https://q/1/n\nVpcId=vpc-0a1b2c3d\n"
	 "ImageId=7\n"},
	{LP_BODY_XML, "<a>i-0123456789abcdef0</a><b>i-0123456789abcdef</b><c>ami-1a2b3c4d</c>",
	 "a=i-0123456789abcdef0\nc=ami-1a2b3c4d\n"},
	{LP_BODY_JSON, "{\"Arns\":[\"" ARN "\",\"x\",\"" ARN "/2\"]}",
	 "Arns=" ARN "\nArns=" ARN "/2\n"},
	/* what may never leave, whatever it looks like */
	{LP_BODY_JSON,
	 "{\"Items\":[{\"id\":{\"S\":\"" ARN
	 "\"}}],\"Item\":{\"OwnerId\":{\"S\":\"1\"},\"Account\":\"1\"},"
	 "\"SecretString\":\"" ARN "\",\"Parameter\":{\"Value\":\"" ARN
	 "\",\"Type\":\"SecureString\"},"
	 "\"Environment\":{\"Variables\":{\"RoleArn\":\"" ARN "\"}},\"Plaintext\":\"" ARN "\","
	 "\"NextToken\":\"" ARN "\",\"Body\":\"" ARN "\"}",
	 "Type=SecureString\n"},
	/* the smallest there is, see message.c: {"id": "1"} */
	{LP_BODY_CBOR,
	 "\xa1\x62id\x61"
	 "1",
	 "id=1\n"},
	/* CBOR: {"Arn": "...", "Item": {"Arn": "..."}, "n": [1, "..."], "Code": "x"} */
	{LP_BODY_CBOR,
	 "\xa4"
	 "cArn"
	 "x\x20" ARN "dItem"
	 "\xa1"
	 "cArn"
	 "x\x20" ARN "an"
	 "\x82\x01"
	 "x\x20" ARN "dCode"
	 "ax",
	 "Arn=" ARN "\nCode=x\n"},
	{LP_BODY_CBOR,
	 "\xbf"
	 "cIds"
	 "\x9f"
	 "x\x20" ARN "\xff"
	 "eOther"
	 "\xc1\xfb"
	 "12345678"
	 "dCode"
	 "ax"
	 "\xff",
	 "Ids=" ARN "\nCode=x\n"},
	{LP_BODY_CBOR,
	 "\xa1"
	 "cArn"
	 "\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
	 ""},
	{LP_BODY_FORM, "Code=x", ""},
	{LP_BODY_NONE, "{\"Code\":\"x\"}", ""},
	{LP_BODY_OTHER, "Code=x", ""},
	{LP_BODY_OTHER, "", ""},
};

static void test_rows(void **state)
{
	char out[2 * LP_FIELD_MAX + 4096];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct guarded g = guarded(lp_span_str(rows[i].body));
		size_t n = lp_fields_scan(g.span, rows[i].kind, out, sizeof(out));

		if (!lp_span_eq(lp_span_of(out, n), lp_span_str(rows[i].fields)))
			fail_msg("%s\n--- gives\n%.*s", rows[i].body, (int)n, out);
		/* Less room, or less of the body: whole fields from the start, nothing else. */
		for (size_t cap = 0; cap < n; cap++) {
			size_t k = lp_fields_scan(g.span, rows[i].kind, out, cap + LP_FIELD_MAX);

			assert_true(k <= cap && !memcmp(out, rows[i].fields, k));
			assert_true(!k || out[k - 1] == '\n');
		}
		for (size_t cut = 0; cut < g.span.len; cut++) {
			struct guarded c = guarded(lp_span_first(g.span, cut));

			n = lp_fields_scan(c.span, rows[i].kind, out, sizeof(out));
			assert_true(!n || out[n - 1] == '\n');
			assert_null(memmem(out, n, "MARKED", 6));
			guarded_free(&c);
		}
		guarded_free(&g);
	}
}

static void test_next(void **state)
{
	struct lp_span rest = LP_SPAN("a=b%3D\nno field\nc=\nd=e=%0"), name, value;
	char buf[8];

	(void)state;
	assert_true(lp_fields_next(&rest, &name, &value));
	assert_true(lp_span_eq(name, LP_SPAN("a")));
	assert_int_equal(lp_fields_unescape(value, buf), 2);
	assert_memory_equal(buf, "b=", 2);
	assert_true(lp_fields_next(&rest, &name, &value));
	assert_true(lp_span_eq(name, LP_SPAN("c")) && !value.len);
	assert_true(lp_fields_next(&rest, &name, &value));
	assert_int_equal(lp_fields_unescape(value, buf), 4);
	assert_memory_equal(buf, "e=%0", 4);
	assert_false(lp_fields_next(&rest, &name, &value));
}

/* Bytes that would break the lines are escaped, and come back as they were. */
static void test_escapes(void **state)
{
	struct lp_span rest, name, value;
	char out[256 + LP_FIELD_MAX], buf[64];
	size_t n = lp_fields_scan(
		LP_SPAN("{\"a=\\n%Id\":\"a/b\",\"Message\":\"a\\nis not authorized to "
			"perform\\u007f%\"}"),
		LP_BODY_JSON, out, sizeof(out));

	(void)state;
	rest = lp_span_of(out, n);
	assert_true(lp_fields_next(&rest, &name, &value));
	assert_true(lp_span_eq(name, LP_SPAN("a%3D\\n%25Id")));
	assert_true(lp_fields_next(&rest, &name, &value));
	assert_int_equal(lp_fields_unescape(value, buf), 32);
	assert_memory_equal(buf, "a\nis not authorized to perform\x7f%", 32);
	assert_false(lp_fields_next(&rest, &name, &value));
}

static void test_kinds(void **state)
{
	static const struct {
		const char *type;
		enum lp_body_kind kind;
	} types[] = {
		{"", LP_BODY_OTHER},
		{"application/json", LP_BODY_JSON},
		{" Application/X-Amz-JSON-1.0 ; charset=utf-8", LP_BODY_JSON},
		{"application/x-amz-json-1.1", LP_BODY_JSON},
		{"application/problem+json", LP_BODY_JSON},
		{"text/xml;charset=UTF-8", LP_BODY_XML},
		{"application/xml", LP_BODY_XML},
		{"application/cbor", LP_BODY_CBOR},
		{"application/x-amz-cbor-1.1", LP_BODY_CBOR},
		{"application/x-www-form-urlencoded; charset=utf-8", LP_BODY_FORM},
		{"text/plain", LP_BODY_OTHER},
		{"binary/octet-stream", LP_BODY_NONE},
		{"application/octet-stream", LP_BODY_NONE},
		{"multipart/form-data; boundary=json", LP_BODY_NONE},
		{"application/vnd.amazon.eventstream", LP_BODY_NONE},
		{"image/svg", LP_BODY_NONE},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(types); i++)
		if (lp_body_kind_of(lp_span_str(types[i].type)) != types[i].kind)
			fail_msg("%s", types[i].type);
}

/* No more than so many, and no endless work. */
static void test_count(void **state)
{
	static char body[LP_RSP_BODY_MAX], out[4096 + LP_FIELD_MAX];
	size_t n = 1, lines = 0;

	(void)state;
	body[0] = '{';
	while (n + 16 < sizeof(body))
		n += (size_t)snprintf(body + n, sizeof(body) - n, "\"Code\":\"x\",");
	n = lp_fields_scan(lp_span_of(body, n), LP_BODY_JSON, out, sizeof(out));
	for (size_t i = 0; i < n; i++)
		lines += out[i] == '\n';
	assert_int_equal(lines, LP_FIELDS_COUNT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	cmocka_unit_test(test_next),
		cmocka_unit_test(test_escapes), cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
