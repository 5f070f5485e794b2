/* SPDX-License-Identifier: MIT */
/* collector/wire/csm: what SDKs report of their calls. */
#include "wire_util.h"

#include <errno.h>

#include "csm.h"
#include "lp_csm_port.h"

static const char attempt[] =
	"{\"Version\":1,\"ClientId\":\"app\",\"Type\":\"ApiCallAttempt\",\"Service\":\"Elastic "
	"Load "
	"Balancing v2\",\"Api\":\"DescribeTags\",\"Timestamp\":1700000000123,\"AttemptLatency\":12,"
	"\"Fqdn\":\"elasticloadbalancing.eu-west-1.amazonaws.com\",\"UserAgent\":\"x\","
	"\"AccessKey\":"
	"\"AKIAIOSFODNN7EXAMPLE\",\"Region\":\"eu-west-1\",\"SessionToken\":\"MARKED\","
	"\"HttpStatusCode\":403,\"AwsException\":\"AccessDenied\",\"AwsExceptionMessage\":\"no\","
	"\"XAmznRequestId\":\"r-1\"}";

static const char call[] =
	"{\"Version\":1,\"ClientId\":\"\",\"Type\":\"ApiCall\",\"Service\":\"S3\",\"Api\":"
	"\"GetObject\","
	"\"Timestamp\":1700000000123,\"AttemptCount\":2,\"Latency\":40,\"Region\":\"us-east-1\","
	"\"UserAgent\":\"x\",\"FinalHttpStatusCode\":200,\"MaxRetriesExceeded\":0}";

static bool is(struct lp_span s, const char *text)
{
	return lp_span_eq(s, lp_span_str(text));
}

static void test_attempt(void **state)
{
	struct guarded g = guarded(LP_SPAN(attempt));
	struct lp_csm c;

	(void)state;
	assert_int_equal(lp_csm_parse(g.span, &c), 0);
	assert_int_equal(c.type, LP_CSM_ATTEMPT);
	assert_true(is(c.service, "Elastic Load Balancing v2"));
	assert_true(is(c.api, "DescribeTags"));
	assert_true(is(c.client_id, "app"));
	assert_true(is(c.region, "eu-west-1"));
	assert_true(is(c.access_key, "AKIAIOSFODNN7EXAMPLE"));
	assert_true(is(c.fqdn, "elasticloadbalancing.eu-west-1.amazonaws.com"));
	assert_true(is(c.error_code, "AccessDenied"));
	assert_true(is(c.request_id, "r-1"));
	assert_true(c.time_ms == INT64_C(1700000000123));
	assert_int_equal(c.status, 403);
	lp_csm_fini(&c);
	guarded_free(&g);
}

static void test_call(void **state)
{
	struct lp_csm c;

	(void)state;
	assert_int_equal(lp_csm_parse(LP_SPAN(call), &c), 0);
	assert_int_equal(c.type, LP_CSM_API_CALL);
	assert_true(is(c.service, "S3"));
	assert_true(is(c.client_id, ""));
	assert_true(is(c.access_key, ""));
	assert_int_equal(c.status, 200);
	assert_int_equal(c.attempts, 2);
	lp_csm_fini(&c);
}

static void test_bad(void **state)
{
	static const char *const rows[] = {
		"",
		"x",
		"[]",
		"{}",
		"1",
		"\"\"",
		"{\"Type\":\"ApiCall\"}",
		"{\"Type\":\"ApiCall\",\"Service\":\"S3\"}",
		"{\"Type\":\"ApiCall\",\"Service\":1,\"Api\":2}",
		"{\"Type\":\"Other\",\"Service\":\"S3\",\"Api\":\"GetObject\"}",
		"{\"Type\":\"ApiCall\",\"Service\":\"S3\",\"Api\":\"GetObject\"",
	};
	static char large[LP_DATAGRAM_MAX + 1];
	struct lp_csm c;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		if (lp_csm_parse(lp_span_str(rows[i]), &c) != -EBADMSG)
			fail_msg("%s", rows[i]);
	memset(large, ' ', sizeof(large));
	memcpy(large, call, sizeof(call) - 1);
	assert_int_equal(lp_csm_parse(lp_span_of(large, sizeof(large)), &c), -EBADMSG);
	assert_int_equal(lp_csm_parse(lp_span_of(large, sizeof(large) - 1), &c), 0);
	lp_csm_fini(&c);
}

/* Numbers that are no counts are as good as none. */
static void test_numbers(void **state)
{
	static const char text[] =
		"{\"Type\":\"ApiCall\",\"Service\":\"S3\",\"Api\":\"A\",\"Timestamp\":"
		"1e300,\"FinalHttpStatusCode\":-1,\"AttemptCount\":1e9}";
	struct lp_csm c;

	(void)state;
	assert_int_equal(lp_csm_parse(LP_SPAN(text), &c), 0);
	assert_true(!c.time_ms && !c.status && !c.attempts);
	lp_csm_fini(&c);
}

/* Cut anywhere it is no datagram, and nothing is read past the cut. */
static void test_cut(void **state)
{
	struct lp_csm c;

	(void)state;
	for (size_t n = 0; n < sizeof(attempt) - 1; n++) {
		struct guarded g = guarded(lp_span_of(attempt, n));

		assert_int_equal(lp_csm_parse(g.span, &c), -EBADMSG);
		guarded_free(&g);
	}
}

/* The whole value is a port, or none of it: SDKs take no other either. */
static void test_port(void **state)
{
	static const char *const none[] = {"",	     "0",  "65536",	"31001x",
					   " 31001", "-1", "4294998297"};

	(void)state;
	assert_int_equal(lp_csm_port("31001"), 31001);
	assert_int_equal(lp_csm_port("65535"), 65535);
	assert_int_equal(lp_csm_port(NULL), LP_CSM_PORT);
	for (size_t i = 0; i < LP_ARRAY_LEN(none); i++)
		assert_int_equal(lp_csm_port(none[i]), LP_CSM_PORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempt), cmocka_unit_test(test_call),
		cmocka_unit_test(test_bad),	cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_cut),	cmocka_unit_test(test_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
