/* SPDX-License-Identifier: MIT */
/* collector/wire/redact, headers, secret, member: what of a head may leave the process. */
#include "wire_util.h"

#include "../../collector/wire/secret.c"
#include "member.h"
#include "redact.h"

struct row {
	const char *head;
	const char *kept; /* NULL: nothing may be sent */
};

static const struct row requests[] = {
	{"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"},
	{"GET /k?policy&X-Amz-Signature=1&uploadId=2&x-amz-security-token=3&Signature=4&Password=5"
	 "&versionId=6 HTTP/1.0\nHost:h\nCookie: c\nFoo: bar\n\n",
	 "GET /k?policy&X-Amz-Signature=&uploadId=2&x-amz-security-token=&Signature=&Password="
	 "&versionId=6 HTTP/1.1\r\nHost:h\n\r\n"},
	/* by which version 2 of signatures is told from S3's, where the host does not say */
	{"GET /?Action=A&SignatureVersion=2&AWSAccessKeyId=AKIDEXAMPLE&Signature=s "
	 "HTTP/1.1\r\n\r\n",
	 "GET /?Action=A&SignatureVersion=2&AWSAccessKeyId=AKIDEXAMPLE&Signature= "
	 "HTTP/1.1\r\n\r\n"},
	{"GET /?X-Amz%2DSecurity-Token=1&nextToken=2&UserName=u HTTP/1.1\r\n\r\n",
	 "GET /?X-Amz%2DSecurity-Token=&nextToken=&UserName=u HTTP/1.1\r\n\r\n"},
	{"GET http://u:p@h:80/p?a=b HTTP/1.1\r\n\r\n", "GET http://h:80/p?a=b HTTP/1.1\r\n\r\n"},
	{"GET /p@q:r HTTP/1.1\r\n\r\n", "GET /p@q:r HTTP/1.1\r\n\r\n"},
	/* the signature's scope without the signature */
	{"GET / HTTP/1.1\r\nauthorization:AWS4-HMAC-SHA256 Credential=A/1/r/s/aws4_request,"
	 "Signature=deadbeef,SignedHeaders=a;b\r\n\r\n",
	 "GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=A/1/r/s/aws4_request, "
	 "SignedHeaders=a;b\r\n\r\n"},
	{"GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=A/1/r/s/aws4_request, "
	 "SignedHeaders=a Signature=deadbeef\r\n\r\n",
	 "GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 "
	 "Credential=A/1/r/s/aws4_request\r\n\r\n"},
	{"GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=A/1/r/s/aws4_request "
	 "Signature=deadbeef\r\n\r\n",
	 "GET / HTTP/1.1\r\n\r\n"},
	{"GET / HTTP/1.1\r\nAuthorization: Bearer deadbeef\r\nAuthorization: AWS4-HMAC-SHA256 "
	 "Credential=A/1/r/s/aws4_request, Signature=1\r\nAuthorization: AWS4-HMAC-SHA256 "
	 "Credential=B/1/r/s/aws4_request, Signature=1\r\n\r\n",
	 "GET / HTTP/1.1\r\nAuthorization: Bearer\r\nAuthorization: AWS4-HMAC-SHA256 "
	 "Credential=A/1/r/s/aws4_request\r\nAuthorization: AWS4-HMAC-SHA256 "
	 "Credential=B/1/r/s/aws4_request\r\n\r\n"},
	{"GET /k HTTP/1.1\r\nHost: h\r\nauthorization: AWS4-HMAC-SHA256 "
	 "Credential=A/1/r/s/aws4_request, SignedHeaders=host;x-amz-date, Signature=1\r\n\r\n",
	 "GET /k HTTP/1.1\r\nHost: h\r\nauthorization: AWS4-HMAC-SHA256 "
	 "Credential=A/1/r/s/aws4_request, SignedHeaders=host;x-amz-date\r\n\r\n"},
	{"GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=A/1/r/s/aws4_request, "
	 "SignedHeaders=ho st;, Signature=1\r\n\r\n",
	 "GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 "
	 "Credential=A/1/r/s/aws4_request\r\n\r\n"},
	{"GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 deadbeef, "
	 "Credential=A/1/r/s/aws4_request, SignedHeaders=host, Signature=1\r\n\r\n",
	 "GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 "
	 "Credential=A/1/r/s/aws4_request, SignedHeaders=host\r\n\r\n"},
	{"GET / HTTP/1.0\nAuthorization: AWS AKID:deadbeef\r\n\r\n",
	 "GET / HTTP/1.1\r\nAuthorization: AWS AKID:\r\n\r\n"},
	{"GET / HTTP/1.1\r\nX-Amzn-Authorization: AWS3-HTTPS "
	 "AWSAccessKeyId=AKID,Algorithm=HmacSHA1,"
	 "Signature=deadbeef\r\n\r\n",
	 "GET / HTTP/1.1\r\nAuthorization: AWS3-HTTPS AWSAccessKeyId=AKID\r\n\r\n"},
	{"GET / HTTP/1.1\r\nx-amzn-authorization: secret\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"},
	{"GET / HTTP/1.1\r\nAuthorization: AWS AKID:deadbeef\r\n\r\n",
	 "GET / HTTP/1.1\r\nAuthorization: AWS AKID:\r\n\r\n"},
	{"GET / HTTP/1.1\r\nAuthorization: Bearer deadbeef\r\n\r\n",
	 "GET / HTTP/1.1\r\nAuthorization: Bearer\r\n\r\n"},
	{"GET / HTTP/1.1\r\nAuthorization: deadbeef\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"},
	{"GET / HTTP/1.1\r\nAuthorization: d3adbeef 00\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"},
	{"GET / HTTP/1.1\r\nAuthorization: Basic\r\n deadbeef\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"},
	/* by name */
	{"PUT / HTTP/1.1\r\nX-Amz-Target: t\r\nx-amz-copy-source: /b/k\r\nX-AMZ-Tagging: a=b\r\n"
	 "x-amzn-lexiconnames: l\r\nSmithy-Protocol: rpc-v2-cbor\r\nContent-Type: c\r\n\r\n",
	 "PUT / HTTP/1.1\r\nX-Amz-Target: t\r\nx-amz-copy-source: /b/k\r\nX-AMZ-Tagging: a=b\r\n"
	 "x-amzn-lexiconnames: l\r\nSmithy-Protocol: rpc-v2-cbor\r\nContent-Type: c\r\n\r\n"},
	{"PUT / HTTP/1.1\r\nX-Amz-Security-Token: 1\r\nx-amz-server-side-encryption-customer-key: "
	 "2\r\n"
	 "x-amz-copy-source-server-side-encryption-customer-key-MD5: 3\r\n"
	 "X-aws-ec2-metadata-token: 4\r\nx-amz-sso_bearer_token: 5\r\nx-amz-mfa: 6\r\n"
	 "x-amz-s3session-token: 7\r\nx-amz-meta-a: 8\r\nx-amz-content-sha256: 9\r\n"
	 "x-amz-client-context: 10\r\nCookie: 11\r\nx-api-key: 12\r\nx-amz-bearer: 13\r\n"
	 "x-amz-server-side-encryption-context: 14\r\nx-amzn-oidc-accesstoken: 15\r\n\r\n",
	 "PUT / HTTP/1.1\r\n\r\n"},
	{"PUT / HTTP/1.1\r\nx-amz-chime-bearer: "
	 "arn:a\r\nx-amz-server-side-encryption-aws-kms-key-id: k\r\n\r\n",
	 "PUT / HTTP/1.1\r\nx-amz-chime-bearer: "
	 "arn:a\r\nx-amz-server-side-encryption-aws-kms-key-id: k\r\n\r\n"},
};

static const struct row responses[] = {
	{"HTTP/1.0 404 secret reason\r\nSet-Cookie: 1\r\nx-amzn-RequestId: r\r\nETag: e\r\n"
	 "x-amz-meta-a: 2\r\nx-amz-log-result: 3\r\nx-amz-server-side-encryption: aws:kms\r\n"
	 "Location: https://b.s3.amazonaws.com/k?X-Amz-Signature=4\r\nAuthorization: 5\r\n\r\n",
	 "HTTP/1.1 404 \r\nx-amzn-RequestId: r\r\nx-amz-server-side-encryption: aws:kms\r\n"
	 "Location: https://b.s3.amazonaws.com/k\r\n\r\n"},
};

/* What its reader knows of a head already. */
static const struct lp_sig *known(const struct lp_http1_head *h, struct lp_sig *sig)
{
	*sig = (struct lp_sig){.kind = LP_SIG_NONE};
	for (unsigned i = 0; i < h->n_headers && sig->kind == LP_SIG_NONE; i++)
		if (h->headers[i].id == LP_HDR_AUTHORIZATION)
			lp_sig_header(lp_http1_value(h, &h->headers[i]), sig);
	return sig;
}

static void check(const struct row *r, bool response, bool read_before)
{
	struct guarded g = guarded(lp_span_str(r->head));
	struct lp_span parts[LP_REDACT_PARTS];
	struct journal j = {.text = NULL};
	struct lp_http1_head h;
	struct lp_sig sig;
	unsigned n;

	assert_int_equal(lp_http1_parse(g.span, response, &h), 0);
	n = lp_redact_head(&h, false, read_before ? known(&h, &sig) : NULL, parts);
	journal_add(&j, "", 0);
	for (unsigned i = 0; i < n; i++)
		journal_add(&j, parts[i].ptr, parts[i].len);
	if (strcmp(j.text, r->kept) != 0)
		fail_msg("%s\n--- kept\n%s", r->head, j.text);
	/* What is kept is a head again, and keeps as it is. */
	assert_int_equal(lp_http1_parse(lp_span_str(j.text), response, &h), 0);
	journal_free(&j);
	guarded_free(&g);
}

static void test_heads(void **state)
{
	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(requests); i++) {
		check(&requests[i], false, false);
		check(&requests[i], false, true);
	}
	for (size_t i = 0; i < LP_ARRAY_LEN(responses); i++)
		check(&responses[i], true, false);
}

/* Hundreds of tokens in one query: refused rather than let through. */
static void test_too_many_parts(void **state)
{
	char text[16 * LP_REDACT_PARTS];
	size_t n = (size_t)snprintf(text, sizeof(text), "GET /?");
	struct lp_span parts[LP_REDACT_PARTS];
	struct lp_http1_head h;

	(void)state;
	for (unsigned i = 0; i < LP_REDACT_PARTS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "token=s&");
	n += (size_t)snprintf(text + n, sizeof(text) - n, " HTTP/1.1\r\n\r\n");
	assert_int_equal(lp_http1_parse(lp_span_of(text, n), false, &h), 0);
	assert_int_equal(lp_redact_head(&h, false, NULL, parts), 0);
}

static void test_names(void **state)
{
	static const char *const secret[] = {
		"Password",
		"MasterUserPassword",
		"SecretString",
		"clientSecret",
		"SessionToken",
		"WebIdentityToken",
		"SAMLAssertion",
		"Plaintext",
		"privateKey",
		"X-Amz-Signature",
		"MessageBody",
		"Data",
		"ZipFile",
		"UserData",
		"apiKey",
		"api_key",
		"private_key",
		"access_key",
		"accessKey",
		"jwt",
		"user_pwd",
		"passcode",
		"CustomAuthenticationCredentials",
		"credentialsMap",
		"Parameters",
		"commands",
		"QueryString",
		"sql",
		/* longer than any of the API's */
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	static const char *const open[] = {
		"SecretId",
		"SecretArn",
		"secretsManagerAccessRoleArn",
		"privateKeyIdentifier",
		"VirtualMFADeviceName",
		"PreTokenGeneration",
		"AccessKeyId",
		"accessKeyId",
		"access_key_id",
		"credentials",
		"authorizerCredentials",
		"CredentialArn",
		"TdeCredentialArn",
		"CredentialLockerId",
		"KeyId",
		"KeyName",
		"ExternalId",
		"Statement",
		"X-Amz-Credential",
		"Key",
		"Name",
		"TableName",
		"QueueUrl",
		"Bucket",
		"Resource",
		"Values",
		"",
	};
	static const char *const texts[] = {"Value", "Content", "input"};
	static const char *const trees[] = {"Item", "item", "Records", "Variables", "logEvents"};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(secret); i++)
		if (lp_secret_name(lp_span_str(secret[i])) != LP_SECRET_VALUE)
			fail_msg("%s", secret[i]);
	for (size_t i = 0; i < LP_ARRAY_LEN(open); i++)
		if (lp_secret_name(lp_span_str(open[i])) != LP_SECRET_NO)
			fail_msg("%s", open[i]);
	for (size_t i = 0; i < LP_ARRAY_LEN(texts); i++)
		if (lp_secret_name(lp_span_str(texts[i])) != LP_SECRET_TEXT)
			fail_msg("%s", texts[i]);
	for (size_t i = 0; i < LP_ARRAY_LEN(trees); i++)
		if (lp_secret_name(lp_span_str(trees[i])) != LP_SECRET_TREE)
			fail_msg("%s", trees[i]);
	assert_true(lp_member_secret(LP_SPAN("LoginProfile.Password")));
	assert_true(lp_member_secret(LP_SPAN("Tags.member.12.Value")));
	assert_true(lp_member_secret(LP_SPAN("MessageAttributes.entry.1.Value.Type")));
	assert_true(lp_member_secret(LP_SPAN("Attribute.Value.1")));
	assert_false(lp_member_secret(LP_SPAN("Attribute.Value.Name")));
	assert_true(lp_member_secret(LP_SPAN("Passwords.entry.1.key")));
	assert_true(lp_member_secret(LP_SPAN("Password.v")));
	assert_false(lp_member_secret(LP_SPAN("SecretConfig.RoleArn")));
	assert_false(lp_member_secret(LP_SPAN("QueueName")));
	assert_false(lp_member_secret(LP_SPAN("")));
}

/* Each is where it is looked for by its first letter, and nothing else is. */
static void test_words(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(words); i++)
		if (!has_word(words[i]) || words[i].len != strlen(words[i].ptr))
			fail_msg("%s", words[i].ptr);
	for (size_t i = 0; i < LP_ARRAY_LEN(of_letter); i++)
		n += of_letter[i].n;
	assert_int_equal(n, LP_ARRAY_LEN(words));
	assert_true(has_word(LP_SPAN("The_API_KEY_of")));
	assert_false(has_word(LP_SPAN("api.key")));
}

/* Whatever a head is, cut or changed, no marked value gets out of it. */
static void test_mutations(void **state)
{
	static const char head[] =
		"GET /k?X-Amz-Security-Token=MARKED&X-Amz-Signature=MARKED HTTP/1.1\r\nHost: h\r\n"
		"Authorization: AWS4-HMAC-SHA256 Credential=A/1/r/s/aws4_request, SignedHeaders=a, "
		"Signature=MARKED\r\nX-Amz-Security-Token: MARKED\r\nCookie: MARKED\r\n\r\n";
	/* Bytes that mean something to a parser, put in place of each byte outside the names. */
	static const char bytes[] = " \t\r\n:,;=&?%/\x7f\x80";
	char text[sizeof(head)];
	struct lp_span parts[LP_REDACT_PARTS];
	struct lp_http1_head h;
	struct lp_sig sig;
	size_t token = (size_t)(strstr(head, "\r\nX-Amz-Sec") - head);

	(void)state;
	/* Authorization: its value, changed anywhere behind the scheme's first letter */
	for (size_t at = (size_t)(strstr(head, "AWS4-") - head); at < token; at++) {
		for (size_t b = 0; b < sizeof(bytes) - 1; b++) {
			unsigned n;

			memcpy(text, head, sizeof(head));
			if (!strncmp(text + at, "MARKED", 6))
				at += 6;
			text[at] = bytes[b];
			if (lp_http1_parse(lp_span_of(text, sizeof(head) - 1), false, &h))
				continue;
			n = lp_redact_head(&h, false, known(&h, &sig), parts);
			for (unsigned i = 0; i < n; i++)
				if (memmem(parts[i].ptr, parts[i].len, "MARKED", 6))
					fail_msg("byte %zu as 0x%02x", at, (unsigned char)bytes[b]);
		}
	}
}

static void test_csm(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"{\"Version\":1,\"SessionToken\":\"MARKED\",\"Api\":\"a\"}",
		 "{\"Version\":1,\"SessionToken\":\"\",\"Api\":\"a\"}"},
		{" {\"sessionTOKEN\" : \"MA\\\"RKED\"} ", " {\"sessionTOKEN\" : \"\"} "},
		{"{\"Api\":\"a\"}MARKED", "{\"Api\":\"a\"}"},
		{"{\"SessionToken\":null}", "{\"SessionToken\":null}"},
		{"{\"SessionToken\":{\"a\":\"MARKED\"}}", ""},
		{"{\"SessionToken\":[\"MARKED\"]}", ""},
		{"{\"Session\\u0054oken\":\"MARKED\"}", ""},
		{"{\"SessionToken\":\"MARKED", ""},
		{"MARKED", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct guarded g = guarded(lp_span_str(rows[i].in));
		struct journal j = {.text = NULL};
		struct lp_span parts[3];
		unsigned n = lp_redact_csm(g.span, parts, 3);

		journal_add(&j, "", 0);
		for (unsigned k = 0; k < n; k++)
			journal_add(&j, parts[k].ptr, parts[k].len);
		if (strcmp(j.text, rows[i].out) != 0)
			fail_msg("%s\n%s", rows[i].in, j.text);
		journal_free(&j);
		guarded_free(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads),	  cmocka_unit_test(test_too_many_parts),
		cmocka_unit_test(test_names),	  cmocka_unit_test(test_words),
		cmocka_unit_test(test_mutations), cmocka_unit_test(test_csm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
