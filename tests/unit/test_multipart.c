/* SPDX-License-Identifier: MIT */
/* collector/wire/multipart: fields of uploads by an HTML form, and who signed them. */
#include "wire_util.h"

#include "multipart.h"
#include "sigv4.h"

#define TYPE "multipart/form-data; boundary=x-y"
#define PART(name, value)                                                                          \
	"--x-y\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"

static const char whole[] = "preamble\r\n" PART("key", "user/--x-y/${filename}") PART("empty", "")
	PART("X-Amz-Credential", "AKIA/20260101/eu-west-1/s3/aws4_request")
		PART("x-amz-signature", "00") "--x-y\r\ncontent-disposition: form-data; "
					      "filename=\"a; name=b.txt\"; name=file\r\n"
					      "Content-Type: text/plain\r\n\r\n"
					      "--x-y is no boundary here: --x-\r\n"
					      "\r\n--x-y--\r\nepilogue";

static void is(struct lp_span have, const char *want)
{
	assert_int_equal(have.len, strlen(want));
	if (have.len)
		assert_memory_equal(have.ptr, want, have.len);
}

static void test_fields(void **state)
{
	static const char *const want[][3] = {
		{"key", "", "user/--x-y/${filename}"},
		{"empty", "", ""},
		{"X-Amz-Credential", "", "AKIA/20260101/eu-west-1/s3/aws4_request"},
		{"x-amz-signature", "", "00"},
		{"file", "a; name=b.txt", ""}, /* its first line starts like a boundary */
	};
	struct guarded g = guarded(lp_span_str(whole));
	struct lp_multipart m;
	struct lp_part part;

	(void)state;
	assert_true(lp_multipart_init(&m, LP_SPAN(TYPE), g.span));
	for (size_t i = 0; i < LP_ARRAY_LEN(want); i++) {
		assert_true(lp_multipart_next(&m, &part));
		is(part.name, want[i][0]);
		is(part.filename, want[i][1]);
		is(part.value, want[i][2]);
	}
	guarded_free(&g);
	assert_true(
		lp_multipart_field(LP_SPAN("Multipart/Form-Data;charset=utf-8; Boundary=\"x-y\""),
				   lp_span_str(whole), LP_SPAN("KEY"), &part));
	is(part.value, "user/--x-y/${filename}");
	assert_false(lp_multipart_field(LP_SPAN(TYPE), lp_span_str(whole), LP_SPAN("acl"), &part));
}

static void test_no_form(void **state)
{
	static const char *const types[] = {
		"",
		"multipart/form-data",
		"multipart/form-data; boundary=",
		"multipart/form-data; boundary=\"",
		"multipart/mixed; boundary=x-y",
		"application/x-www-form-urlencoded; boundary=x-y",
	};
	struct lp_multipart m;
	struct lp_part part;
	struct lp_sig sig;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(types); i++) {
		assert_false(lp_multipart_init(&m, lp_span_str(types[i]), lp_span_str(whole)));
		assert_false(lp_multipart_next(&m, &part));
		assert_false(lp_sig_form(lp_span_str(types[i]), lp_span_str(whole), &sig));
	}
}

/* Whatever is cut off, what is left is read and nothing behind it. */
static void test_cut(void **state)
{
	size_t all = strlen(whole);
	struct lp_part part;

	(void)state;
	for (size_t n = 0; n <= all; n++) {
		struct guarded g = guarded(lp_span_of(whole, n));
		struct lp_multipart m;
		struct lp_sig sig;
		unsigned parts = 0;

		assert_true(lp_multipart_init(&m, LP_SPAN(TYPE), g.span));
		while (lp_multipart_next(&m, &part))
			assert_true(++parts < 8);
		assert_true(lp_sig_form(LP_SPAN(TYPE), g.span, &sig) == (sig.kind != LP_SIG_NONE));
		guarded_free(&g);
	}
}

static void test_signed(void **state)
{
	static const char v2[] = PART("AWSAccessKeyId", "AKIA2") PART("signature", "x=") "--x-y--";
	static const char nobody[] = PART("key", "k") "--x-y--";
	struct lp_sig sig;

	(void)state;
	assert_true(lp_sig_form(LP_SPAN(TYPE), lp_span_str(whole), &sig));
	assert_int_equal(sig.kind, LP_SIG_V4);
	is(sig.access_key, "AKIA");
	is(sig.region, "eu-west-1");
	is(sig.service, "s3");
	assert_true(lp_sig_form(LP_SPAN(TYPE), lp_span_str(v2), &sig));
	assert_int_equal(sig.kind, LP_SIG_V2);
	is(sig.access_key, "AKIA2");
	assert_false(lp_sig_form(LP_SPAN(TYPE), lp_span_str(nobody), &sig));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_no_form),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
