/* SPDX-License-Identifier: MIT */
/* The compiled API tables: whole, ordered, and found by the names that SDKs use. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/model.h"

static void is_in_order(void **state)
{
	lp_op next = 0;

	(void)state;
	assert_true(lp_model_op_count() >= 18378);
	assert_true(lp_model_service_count() >= 424);
	for (lp_service s = 0; s < lp_model_service_count(); s++) {
		lp_op first, n = lp_model_ops_of(s, &first);

		assert_int_equal(first, next);
		assert_non_null(lp_model_id_of(s));
		if (s)
			assert_true(strcmp(lp_model_dir_of((lp_service)(s - 1)),
					   lp_model_dir_of(s)) < 0);
		for (lp_op op = first; op < first + n; op++) {
			const char *name = lp_model_operation_name(op);

			assert_int_equal(lp_model_op_service(op), s);
			assert_string_equal(lp_model_service_dir(op), lp_model_dir_of(s));
			assert_true(lp_model_protocol(op) < LP_PROTOCOLS);
			if (op > first)
				assert_true(strcmp(lp_model_operation_name((lp_op)(op - 1)), name) <
					    0);
		}
		next = (lp_op)(first + n);
	}
	assert_int_equal(next, lp_model_op_count());
}

/* As CSM names a call: the service id, blanks included. */
static void finds_every_operation(void **state)
{
	(void)state;
	for (lp_op op = 0; op < lp_model_op_count(); op++) {
		struct lp_span id = lp_span_str(lp_model_service_id(op));
		struct lp_span dir = lp_span_str(lp_model_service_dir(op));
		struct lp_span name = lp_span_str(lp_model_operation_name(op));
		lp_op found;

		assert_int_equal(lp_model_find_op(lp_model_op_service(op), name), op);
		/* "Pinpoint SMS Voice" is two folders of one service. */
		found = lp_model_find(id, name);
		assert_string_equal(lp_model_service_id(found), id.ptr);
		assert_string_equal(lp_model_operation_name(found), name.ptr);
		assert_int_equal(lp_model_op_service(lp_model_find(dir, name)),
				 lp_model_op_service(op));
	}
}

static void finds_by_lax_names(void **state)
{
	static const struct {
		const char *service, *operation, *dir;
	} rows[] = {
		{"S3", "GetObject", "s3"},
		{"s3", "GetObject", "s3"},
		{"DynamoDB", "GetItem", "dynamodb"},
		{"Cognito Identity Provider", "InitiateAuth", "cognito-idp"},
		{"CognitoIdentityProvider", "InitiateAuth", "cognito-idp"},
		{"cognito-idp", "InitiateAuth", "cognito-idp"},
		{"Elastic Load Balancing v2", "DescribeTargetGroups", "elbv2"},
		{"elasticloadbalancing", "DescribeTargetGroups", "elbv2"},
		{"SFN", "StartExecution", "stepfunctions"},
		{"states", "StartExecution", "stepfunctions"},
		{"CloudWatch Logs", "PutLogEvents", "logs"},
		{"CloudWatch Events", "PutEvents", "events"},
		{"monitoring", "PutMetricData", "cloudwatch"},
		{"ses", "SendEmail", "ses"},
		{"email", "CreateEmailIdentity", "sesv2"},
		{"rds", "DescribeDBInstances", "rds"},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		lp_op op =
			lp_model_find(lp_span_str(rows[i].service), lp_span_str(rows[i].operation));

		assert_int_not_equal(op, LP_OP_NONE);
		assert_string_equal(lp_model_service_dir(op), rows[i].dir);
	}
	assert_int_equal(lp_model_find(LP_SPAN("S3"), LP_SPAN("getobject")), LP_OP_NONE);
	assert_int_equal(lp_model_find(LP_SPAN(""), LP_SPAN("")), LP_OP_NONE);
	assert_int_equal(lp_model_find(LP_SPAN("no such service"), LP_SPAN("GetObject")),
			 LP_OP_NONE);
	assert_int_equal(
		lp_model_find_service(LP_SPAN("a name far longer than that of any service that "
					      "AWS has thought of so far, or ever will")),
		LP_SERVICE_NONE);
}

static void answers_for_no_operation(void **state)
{
	static const lp_op none[] = {LP_OP_NONE, 0xfffe};
	lp_op first;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(none); i++) {
		assert_null(lp_model_operation_name(none[i]));
		assert_null(lp_model_service_id(none[i]));
		assert_null(lp_model_service_dir(none[i]));
		assert_null(lp_model_signing_name(none[i]));
		assert_int_equal(lp_model_op_flags(none[i]), 0);
		assert_int_equal(lp_model_protocol(none[i]), LP_PROTOCOL_NONE);
		assert_int_equal(lp_model_op_service(none[i]), LP_SERVICE_NONE);
		assert_null(lp_model_id_of(none[i]));
		assert_int_equal(lp_model_ops_of(none[i], &first), 0);
		assert_int_equal(lp_model_find_op(none[i], LP_SPAN("GetObject")), LP_OP_NONE);
	}
}

static void knows_who_needs_no_signature(void **state)
{
	lp_op op;

	(void)state;
	op = lp_model_find(LP_SPAN("STS"), LP_SPAN("AssumeRoleWithWebIdentity"));
	assert_true(lp_model_op_flags(op) & LP_OP_UNSIGNED);
	op = lp_model_find(LP_SPAN("STS"), LP_SPAN("AssumeRole"));
	assert_int_equal(lp_model_op_flags(op), 0);
	op = lp_model_find(LP_SPAN("CodeCatalyst"), LP_SPAN("ListProjects"));
	assert_true(lp_model_op_flags(op) & LP_OP_BEARER);
}

static void knows_partitions(void **state)
{
	static const char *const rows[][2] = {
		{"us-east-1", "aws"},
		{"eu-central-2", "aws"},
		{"mx-central-1", "aws"},
		{"cn-north-1", "aws-cn"},
		{"us-gov-west-1", "aws-us-gov"},
		{"us-iso-east-1", "aws-iso"},
		{"us-isob-east-1", "aws-iso-b"},
		{"eu-isoe-west-1", "aws-iso-e"},
		{"us-isof-south-1", "aws-iso-f"},
		{"eusc-de-east-1", "aws-eusc"},
		{"", "aws"},
		{"local", "aws"},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		assert_string_equal(lp_model_partition(lp_span_str(rows[i][0])), rows[i][1]);
	assert_null(lp_model_known_partition(LP_SPAN("local")));
	assert_null(lp_model_known_partition(lp_span_of(NULL, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_in_order),
		cmocka_unit_test(finds_every_operation),
		cmocka_unit_test(finds_by_lax_names),
		cmocka_unit_test(answers_for_no_operation),
		cmocka_unit_test(knows_who_needs_no_signature),
		cmocka_unit_test(knows_partitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
