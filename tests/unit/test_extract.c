/* SPDX-License-Identifier: MIT */
/*
 * Bodies of every format, whole, cut at every byte before a page that must not be touched, and
 * hostile. The operations are real ones; what is looked at is what comes out of lp_authorize.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws/authorize.h"

#define ARENA_MAX (8 << 20)

struct body {
	const char *service, *operation;
	enum lp_protocol protocol;
	const char *text;
	size_t len;
	const char *resource; /* of the first grant's first resource */
};

#define BODY(service, operation, protocol, lit, resource)                                          \
	{                                                                                          \
		service, operation, protocol, lit, sizeof(lit) - 1, resource                       \
	}

static const struct body bodies[] = {
	BODY("dynamodb", "UpdateItem", LP_PROTOCOL_JSON,
	     "{\"Key\":{\"a\":{\"S\":\"}]\\\"\"}},\"TableName\" : "
	     "\"t\\u0031\",\"L\":[1,{\"TableName\":2}]}",
	     "arn:aws:dynamodb:us-east-1:*:table/t1"),
	BODY("dynamodb", "BatchGetItem", LP_PROTOCOL_JSON,
	     "{\"RequestItems\":{\"x\":{\"Keys\":[{}]},\"y\":{\"Keys\":[]}}}",
	     "arn:aws:dynamodb:us-east-1:*:table/x"),
	BODY("ec2", "TerminateInstances", LP_PROTOCOL_EC2,
	     "Action=TerminateInstances&InstanceId.1=i%2D1&InstanceId.2=i-2&x",
	     "arn:aws:ec2:us-east-1:*:instance/i-1"),
	BODY("s3", "DeleteObjects", LP_PROTOCOL_REST_XML,
	     "<?xml version=\"1.0\"?><Delete "
	     "xmlns=\"x\"><Object><Key>a&#x41;</Key></Object><Quiet>true</Quiet></Delete>",
	     "arn:aws:s3:::b/aA"),
	/* {"TableName": "t1", "x": [1, {}], _ "y": _ ["z"] } with an indefinite tail */
	BODY("dynamodb", "UpdateItem", LP_PROTOCOL_JSON,
	     "\xa3\x69TableName\x62t1\x61x\x82\x01\xa0\x61y\x9f\x61z\xff",
	     "arn:aws:dynamodb:us-east-1:*:table/t1"),
	BODY("cloudwatch", "DeleteAlarms", LP_PROTOCOL_CBOR,
	     "\xbf\x6a"
	     "AlarmNames\x9f\x61"
	     "a\x61"
	     "b\xff\xff",
	     "arn:aws:cloudwatch:us-east-1:*:alarm:a"),
	/* Tagged as CBOR (RFC 8949, 3.4.6). */
	BODY("dynamodb", "UpdateItem", LP_PROTOCOL_CBOR, "\xd9\xd9\xf7\xa1\x69TableName\x62t1",
	     "arn:aws:dynamodb:us-east-1:*:table/t1"),
	/* A text in chunks, of which one is empty; bytes in chunks name nothing. */
	BODY("cloudwatch", "DeleteAlarms", LP_PROTOCOL_CBOR,
	     "\xa2\x61x\x5f\x41y\xff\x6a"
	     "AlarmNames\x82\x7f\x61"
	     "a\x60\x62"
	     "bc\xff\x7f\xff",
	     "arn:aws:cloudwatch:us-east-1:*:alarm:abc"),
};

static int authorize(const struct body *b, struct lp_span text, struct lp_arena *arena,
		     struct lp_authz *out)
{
	struct lp_request req = {.method = LP_SPAN("POST"),
				 .host = LP_SPAN("x"),
				 .target = LP_SPAN("/b"),
				 .body = text};
	struct lp_classified cls = {.protocol = b->protocol,
				    .is_signed = true,
				    .partition = "aws",
				    .region = LP_SPAN("us-east-1"),
				    .labels = {{.name = LP_SPAN("Bucket"), .value = LP_SPAN("b")}},
				    .n_labels = 1};

	cls.op = lp_model_find(lp_span_str(b->service), lp_span_str(b->operation));
	assert_int_not_equal(cls.op, LP_OP_NONE);
	return lp_authorize(&req, &cls, NULL, arena, out);
}

static void test_whole(void **state)
{
	struct lp_arena arena;
	struct lp_authz z;

	(void)state;
	lp_arena_init(&arena, ARENA_MAX);
	for (size_t i = 0; i < LP_ARRAY_LEN(bodies); i++) {
		assert_int_equal(authorize(&bodies[i], lp_span_of(bodies[i].text, bodies[i].len),
					   &arena, &z),
				 0);
		assert_true(z.n_grants > 0);
		assert_string_equal(z.grants[0].resources[0], bodies[i].resource);
		lp_arena_reset(&arena);
	}
	lp_arena_fini(&arena);
}

/* Cut anywhere: the resource or the wildcard, never another name, never a byte too far. */
static void test_cut(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *mem =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct lp_arena arena;
	struct lp_authz z;

	(void)state;
	assert_ptr_not_equal(mem, MAP_FAILED);
	assert_int_equal(mprotect(mem + page, page, PROT_NONE), 0);
	lp_arena_init(&arena, ARENA_MAX);
	for (size_t i = 0; i < LP_ARRAY_LEN(bodies); i++) {
		for (size_t len = 0; len <= bodies[i].len; len++) {
			char *at = mem + page - len;
			const char *got;

			if (len)
				memcpy(at, bodies[i].text, len);
			assert_int_equal(authorize(&bodies[i], lp_span_of(at, len), &arena, &z), 0);
			got = z.grants[0].resources[0];
			/* A form has no end that says it was whole, so its last name may be a
			 * piece. */
			if (bodies[i].protocol != LP_PROTOCOL_EC2 &&
			    strcmp(got, bodies[i].resource) != 0)
				assert_int_equal(got[strlen(got) - 1], '*');
			lp_arena_reset(&arena);
		}
	}
	lp_arena_fini(&arena);
	munmap(mem, 2 * page);
}

static void hostile(const struct body *b, const char *unit, size_t unit_len, size_t times,
		    const char *tail)
{
	size_t len = unit_len * times + strlen(tail);
	char *text = malloc(len + 1);
	struct lp_arena arena;
	struct lp_authz z;
	int err;

	assert_non_null(text);
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * unit_len, unit, unit_len);
	memcpy(text + unit_len * times, tail, strlen(tail) + 1);
	lp_arena_init(&arena, ARENA_MAX);
	err = authorize(b, lp_span_of(text, len), &arena, &z);
	assert_true(err == 0 || err == -ENOMEM);
	lp_arena_fini(&arena);
	free(text);
}

static void test_hostile(void **state)
{
	(void)state;
	hostile(&bodies[0], "{\"a\":", 5, 100000, "");
	hostile(&bodies[0], "[", 1, 100000, "]");
	hostile(&bodies[0], "{\"TableName\":\"a\",", 17, 1, "\"TableName\":\"b\"}");
	hostile(&bodies[1], "{\"RequestItems\":{\"\\ud800\":{},", 29, 3000, "}");
	hostile(&bodies[2], "InstanceId.1=i&", 15, 20000, "");
	hostile(&bodies[2], "InstanceId.4294967297=i&InstanceId.=i&InstanceId=i&", 51, 2, "=&&==%");
	hostile(&bodies[3], "<Delete><Object>", 16, 5000, "");
	hostile(&bodies[3], "<a>", 3, 50000, "");
	hostile(&bodies[4], "\x81", 1, 50000, "");
	hostile(&bodies[4], "\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 9, 1, "\x61y");
	hostile(&bodies[4], "\xa1\x69TableName\x7b\xff\xff\xff\xff\xff\xff\xff\xff", 20, 1, "x");
	hostile(&bodies[5], "\x9f", 1, 50000, "");
	hostile(&bodies[7],
		"\xa1\x6a"
		"AlarmNames\x81\x7f",
		14, 1,
		"\x61"
		"a\x41");
	hostile(&bodies[7], "\x7f", 1, 50000, "");
}

/* A name that begins like a wanted one, then a NUL, then more than all names of the tables. */
static void test_nul_in_name(void **state)
{
	static const struct {
		const struct body *body;
		const char *head, *tail;
	} names[] = {
		{&bodies[0], "{\"TableName\\u0000", "\":\"t\"}"},
		{&bodies[2], "InstanceId%00", ".1=i-1"},
	};
	const size_t more = 12 << 20;
	struct lp_arena arena;
	struct lp_authz z;

	(void)state;
	lp_arena_init(&arena, 4 * more);
	for (size_t i = 0; i < LP_ARRAY_LEN(names); i++) {
		size_t head = strlen(names[i].head), tail = strlen(names[i].tail);
		char *text = malloc(head + more + tail);
		const char *got;

		assert_non_null(text);
		memcpy(text, names[i].head, head);
		memset(text + head, 'A', more);
		memcpy(text + head + more, names[i].tail, tail);
		assert_int_equal(
			authorize(names[i].body, lp_span_of(text, head + more + tail), &arena, &z),
			0);
		got = z.grants[0].resources[0];
		assert_int_equal(got[strlen(got) - 1], '*');
		lp_arena_reset(&arena);
		free(text);
	}
	lp_arena_fini(&arena);
}

/* Members of one resource, each many times: neither time nor memory for all their products. */
static void test_repeated(void **state)
{
	static const struct body glue = {
		"glue",
		"GetPartition",
		LP_PROTOCOL_JSON,
		NULL,
		0,
		"arn:aws:glue:us-east-1:123456789012:catalog",
	};
	static const char unit[] = "\"CatalogId\":\"123456789012\",\"DatabaseName\":\"d\","
				   "\"TableName\":\"t\",";
	const size_t times = 200, len = sizeof(unit) - 1;
	char *text = malloc(1 + times * len);
	struct lp_arena arena;
	struct lp_authz z;

	(void)state;
	assert_non_null(text);
	text[0] = '{';
	for (size_t i = 0; i < times; i++)
		memcpy(text + 1 + i * len, unit, len);
	text[times * len] = '}';
	lp_arena_init(&arena, ARENA_MAX);
	assert_int_equal(authorize(&glue, lp_span_of(text, times * len + 1), &arena, &z), 0);
	assert_string_equal(z.grants[0].resources[0], glue.resource);
	assert_int_equal(z.grants[0].n_resources, 3);
	lp_arena_fini(&arena);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	 cmocka_unit_test(test_cut),
		cmocka_unit_test(test_hostile),	 cmocka_unit_test(test_nul_in_name),
		cmocka_unit_test(test_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
