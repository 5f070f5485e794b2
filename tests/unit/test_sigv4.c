/* SPDX-License-Identifier: MIT */
/* collector/wire/sigv4: who signed, for which region and service. */
#include "wire_util.h"

#include "sigv4.h"

struct row {
	const char *text;
	enum lp_sig_kind kind;
	const char *key, *date, *region, *service;
};

static const struct row headers[] = {
	{"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
	 "SignedHeaders=host;range;x-amz-date, Signature=fe5f80",
	 LP_SIG_V4, "AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3"},
	{"  AWS4-HMAC-SHA256  SignedHeaders=host,Credential=a/b/c/d/aws4_request,Signature=1 ",
	 LP_SIG_V4, "a", "b", "c", "d"},
	{"AWS4-HMAC-SHA256\r\n Credential=a/b/c/d/aws4_request,\r\n\tSignedHeaders=host", LP_SIG_V4,
	 "a", "b", "c", "d"},
	{"AWS4-HMAC-SHA256 SignedHeaders=host,\r\n\tCredential=a/b/c/d/aws4_request\r\n "
	 ",Signature=1",
	 LP_SIG_V4, "a", "b", "c", "d"},
	{"AWS4-ECDSA-P256-SHA256 Credential=AK/20200101/s3/aws4_request, SignedHeaders=h, "
	 "Signature=1",
	 LP_SIG_V4A, "AK", "20200101", "", "s3"},
	{"AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=", LP_SIG_V2, "AKIAIOSFODNN7EXAMPLE",
	 "", "", ""},
	{"AWS :sig", LP_SIG_NONE, "", "", "", ""},
	{"AWS3-HTTPS AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE,Algorithm=HmacSHA1,Signature=frJIUN8=",
	 LP_SIG_V3, "AKIAIOSFODNN7EXAMPLE", "", "", ""},
	{"AWS3 Algorithm=HmacSHA256, AWSAccessKeyId=AK, Signature=1", LP_SIG_V3, "AK", "", "", ""},
	{"AWS3-HTTPS AWSAccessKeyId=,Signature=1", LP_SIG_NONE, "", "", "", ""},
	{"AWS3-HTTPS", LP_SIG_NONE, "", "", "", ""},
	{"AWS4-HMAC-SHA256 Credential=AK/20130524/us-east-1/s3/aws5_request", LP_SIG_NONE, "", "",
	 "", ""},
	{"AWS4-HMAC-SHA256 Credential=/20130524/us-east-1/s3/aws4_request", LP_SIG_NONE, "", "", "",
	 ""},
	{"AWS4-HMAC-SHA256 Credential=a/b/c/d/e/aws4_request", LP_SIG_NONE, "", "", "", ""},
	{"AWS4-HMAC-SHA256 Credential=a/b/aws4_request", LP_SIG_NONE, "", "", "", ""},
	{"AWS4-HMAC-SHA256 Credential=a\x01/b/c/d/aws4_request", LP_SIG_NONE, "", "", "", ""},
	{"AWS4-<script> Credential=a/b/c/d/aws4_request", LP_SIG_NONE, "", "", "", ""},
	{"AWS4-HMAC-SHA256", LP_SIG_NONE, "", "", "", ""},
	{"Bearer eyJhbGciOi", LP_SIG_NONE, "", "", "", ""},
	{"", LP_SIG_NONE, "", "", "", ""},
};

static const struct row queries[] = {
	{"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20130524%2Fus-east-1%2fs3%"
	 "2Faws4_request"
	 "&X-Amz-Date=20130524T000000Z&X-Amz-Signature=ae",
	 LP_SIG_V4, "AKIA", "20130524", "us-east-1", "s3"},
	{"x-id=GetObject&X-Amz-Credential=AK/2/r/s3/aws4_request", LP_SIG_V4, "AK", "2", "r", "s3"},
	{"X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=AK%2F2%2Fs3%2Faws4_request",
	 LP_SIG_V4A, "AK", "2", "", "s3"},
	{"AWSAccessKeyId=AKIA&Expires=1175139620&Signature=NpgC", LP_SIG_V2, "AKIA", "", "", ""},
	/* names may come encoded like values */
	{"X%2DAmz%2dCredential=AK/2/r/s3/aws4_request", LP_SIG_V4, "AK", "2", "r", "s3"},
	{"%41WSAccessKeyId=AKIA&Signatur%65=NpgC", LP_SIG_V2, "AKIA", "", "", ""},
	{"X-Amz-Credentia%6=AK/2/r/s3/aws4_request", LP_SIG_NONE, "", "", "", ""},
	{"X-Amz-Credential%=AK/2/r/s3/aws4_request", LP_SIG_NONE, "", "", "", ""},
	{"X-Amz-Credential%6C=AK/2/r/s3/aws4_request", LP_SIG_NONE, "", "", "", ""},
	{"%58-Amz-Credentia=AK/2/r/s3/aws4_request", LP_SIG_NONE, "", "", "", ""},
	{"AWSAccessKeyId=AKIA&Expires=1175139620", LP_SIG_NONE, "", "", "", ""},
	{"Signature=1", LP_SIG_NONE, "", "", "", ""},
	{"X-Amz-Credential=AK", LP_SIG_NONE, "", "", "", ""},
	{"X-Amz-Credential", LP_SIG_NONE, "", "", "", ""},
	{"&&=&", LP_SIG_NONE, "", "", "", ""},
	{"", LP_SIG_NONE, "", "", "", ""},
};

static void check(const struct row *r, bool query)
{
	struct guarded g = guarded(lp_span_str(r->text));
	struct lp_sig s;
	bool found = query ? lp_sig_query(g.span, &s) : lp_sig_header(g.span, &s);

	if (found != (r->kind != LP_SIG_NONE) || s.kind != r->kind)
		fail_msg("%s", r->text);
	assert_true(lp_span_eq(s.access_key, lp_span_str(r->key)));
	assert_true(lp_span_eq(s.date, lp_span_str(r->date)));
	assert_true(lp_span_eq(s.region, lp_span_str(r->region)));
	assert_true(lp_span_eq(s.service, lp_span_str(r->service)));
	assert_int_equal(s.presigned, found && query);
	assert_int_equal(s.scope.len > 0, r->kind == LP_SIG_V4 || r->kind == LP_SIG_V4A);
	guarded_free(&g);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(headers); i++)
		check(&headers[i], false);
	for (size_t i = 0; i < LP_ARRAY_LEN(queries); i++)
		check(&queries[i], true);
}

/* Cut anywhere a credential is found whole or not at all. */
static void test_cut(void **state)
{
	struct lp_span whole = lp_span_str(headers[0].text);

	(void)state;
	for (size_t n = 0; n <= whole.len; n++) {
		struct guarded g = guarded(lp_span_first(whole, n));
		struct lp_sig s;

		if (lp_sig_header(g.span, &s))
			assert_true(lp_span_eq(s.service, LP_SPAN("s3")));
		(void)lp_sig_query(g.span, &s);
		guarded_free(&g);
	}
}

static void test_query_next(void **state)
{
	struct lp_span rest = LP_SPAN("a=1&b&&=c&d=e=f&"), name, value;
	static const char *const expected[][2] = {{"a", "1"}, {"b", ""}, {"", "c"}, {"d", "e=f"}};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(expected); i++) {
		assert_true(lp_query_next(&rest, &name, &value));
		assert_true(lp_span_eq(name, lp_span_str(expected[i][0])));
		assert_true(lp_span_eq(value, lp_span_str(expected[i][1])));
	}
	assert_false(lp_query_next(&rest, &name, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_query_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
