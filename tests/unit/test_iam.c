/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/iam.h"

static void test_every_name_is_found(void **state)
{
	(void)state;
	assert_true(lp_iam_action_count() > 20000);
	for (unsigned a = 0; a < lp_iam_action_count(); a++) {
		const char *name = lp_iam_action_name((lp_iam_action)a);
		char upper[160];
		size_t n = strlen(name);

		assert_int_equal(lp_iam_find_action(lp_span_str(name)), a);
		assert_true(n < sizeof(upper));
		for (size_t i = 0; i <= n; i++)
			upper[i] =
				name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 32) : name[i];
		assert_int_equal(lp_iam_find_action(lp_span_of(upper, n)), a);
	}
	for (unsigned p = 0; p < lp_iam_prefix_count(); p++) {
		lp_iam_action first;
		unsigned n = lp_iam_prefix_actions((lp_iam_prefix)p, &first);
		const char *name = lp_iam_prefix_name((lp_iam_prefix)p);

		assert_int_equal(lp_iam_find_prefix(lp_span_str(name)), p);
		for (unsigned i = 0; i < n; i++)
			assert_true(lp_span_starts(
				lp_span_str(lp_iam_action_name((lp_iam_action)(first + i))),
				lp_span_str(name)));
	}
	assert_int_equal(lp_iam_find_action(LP_SPAN("s3:GetObjects")), LP_IAM_NONE);
	assert_int_equal(lp_iam_find_action(LP_SPAN("")), LP_IAM_NONE);
	assert_int_equal(lp_iam_find_prefix(LP_SPAN("s33")), LP_IAM_NONE);
}

static void test_facts(void **state)
{
	lp_iam_action a = lp_iam_find_action(LP_SPAN("dynamodb:Query"));
	bool table = false, index = false;

	(void)state;
	assert_string_equal(lp_iam_action_level(a), "Read");
	for (unsigned i = 0; i < lp_iam_action_types(a); i++) {
		struct lp_iam_ref r = lp_iam_action_type(a, i);

		if (strcmp(lp_iam_type_name(r.type), "table") == 0) {
			table = r.required;
			assert_string_equal(lp_iam_type_pattern(r.type, 0),
					    "arn:${Partition}:dynamodb:${Region}:${Account}:table/"
					    "${TableName}");
			assert_string_equal(lp_iam_prefix_name(lp_iam_type_prefix(r.type)),
					    "dynamodb");
		}
		if (strcmp(lp_iam_type_name(r.type), "index") == 0)
			index = !r.required;
	}
	assert_true(table);
	assert_true(index);
	a = lp_iam_find_action(LP_SPAN("s3:ListAllMyBuckets"));
	assert_int_equal(lp_iam_action_types(a), 0);
	assert_true(lp_iam_action_conds(a) > 0);
	assert_int_equal(lp_iam_action_types(LP_IAM_NONE), 0);
	assert_int_equal(
		lp_iam_action_takes(LP_IAM_NONE, LP_SPAN("arn:aws:iam::123456789012:role/a/r")),
		LP_IAM_NONE);
}

static void test_fits(void **state)
{
	static const struct {
		const char *arn, *pattern;
		bool fits;
	} cases[] = {
		{"arn:aws:s3:::b/k/l", "arn:${Partition}:s3:::${BucketName}/${ObjectName}", true},
		{"arn:aws:s3:::b", "arn:${Partition}:s3:::${BucketName}/${ObjectName}", false},
		{"arn:aws:s3:us-east-1::b/k", "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
		 false},
		{"arn:aws:s3:::b/", "arn:${Partition}:s3:::${BucketName}/${ObjectName}", false},
		{"arn:aws-cn:sqs:cn-north-1:1:q",
		 "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", true},
		{"arn:aws:sqs:us-east-1:*:q",
		 "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", true},
		{"arn:aws:sqs:us-east-1::q",
		 "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", false},
		{"arn:aws:sns:us-east-1:1:q",
		 "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", false},
		{"arn:aws:iam::1:role/a/b",
		 "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", true},
		{"arn:aws:iam::1:user/a",
		 "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", false},
		{"arn:aws:dms:us-east-1:1:cert:X",
		 "arn:${Partition}:dms:${Region}:${Account}:cert:*", true},
		{"arn:aws:x:r:1:a/b/a/c/d", "arn:${Partition}:x:${Region}:${Account}:a/${V}/c/${W}",
		 true},
		{"arn:aws:x:r:1:a/b/a/c/", "arn:${Partition}:x:${Region}:${Account}:a/${V}/c/${W}",
		 false},
		{"arn:aws:x", "arn:${Partition}:x:${Region}:${Account}:${V}", false},
		{"", "arn:${Partition}:x:${Region}:${Account}:${V}", false},
		{"arn:::::", "arn:${Partition}:x:${Region}:${Account}:${V}", false},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(cases); i++)
		if (lp_iam_arn_fits(lp_span_str(cases[i].arn), cases[i].pattern) != cases[i].fits)
			fail_msg("%s against %s", cases[i].arn, cases[i].pattern);
}

static void test_operations(void **state)
{
	lp_iam_action have[8];
	lp_op op = lp_model_find(LP_SPAN("dynamodb"), LP_SPAN("TransactGetItems"));
	unsigned known = 0, none = 0;

	(void)state;
	assert_true(lp_iam_op_actions(op, have, 8) >= 1);
	assert_string_equal(lp_iam_action_name(have[0]), "dynamodb:GetItem");
	for (lp_op o = 0; o < lp_model_op_count(); o++) {
		known += lp_iam_op_actions(o, NULL, 0) != 0;
		none += lp_iam_op_needs_none(o);
	}
	/* What is left has no action in the reference: retired services, and old API versions. */
	print_message("%u operations, %u with an action, %u need none\n", lp_model_op_count(),
		      known, none);
	assert_true(known + none > 18000);
	assert_true(
		lp_iam_op_needs_none(lp_model_find(LP_SPAN("sts"), LP_SPAN("GetCallerIdentity"))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_name_is_found),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
