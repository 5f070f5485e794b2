/* SPDX-License-Identifier: MIT */
/* Documents with newer facts, as the look-ups of iam.h and model.h show them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "aws/authorize.h"
#include "model/newer.h"

static const char reference[] =
	"{\"Name\":\"s3\",\"Actions\":[{\"Name\":\"GetObject\",\"Resources\":[{\"Name\":\"object\"}"
	","
	"{\"Name\":\"crate\"}]},{\"Name\":\"Weigh\",\"Resources\":[{\"Name\":\"crate\"}],"
	"\"Annotations\":{\"Properties\":{\"IsList\":true}}}],"
	"\"Resources\":[{\"Name\":\"crate\",\"ARNFormats\":[\"arn:${Partition}:s3:::crate/"
	"${CrateId}\","
	"\"no arn\"]}],"
	"\"Operations\":[{\"Name\":\"WeighCrates\",\"AuthorizedActions\":[{\"Name\":\"Weigh\","
	"\"Service\":\"s3\"},{\"Name\":\"NoSuchAction\",\"Service\":\"s3\"}]}]}";

static int teardown(void **state)
{
	(void)state;
	lp_newer_fini();
	return 0;
}

static void load(const char *text)
{
	const char *reason;

	assert_int_equal(lp_newer_load_text(lp_span_str(text), NULL, &reason), 0);
}

static void test_over_the_tables(void **state)
{
	lp_iam_action get = lp_iam_find_action(LP_SPAN("s3:GetObject")), weigh;
	unsigned before = lp_iam_action_types(get), actions = lp_iam_action_count();
	lp_iam_prefix p;

	(void)state;
	assert_false(lp_newer_any());
	load(reference);
	assert_true(lp_newer_any());
	assert_string_equal(lp_newer_name(), "s3.reference");
	/* Its number stays, what it can be given is what the document says. */
	assert_int_equal(lp_iam_find_action(LP_SPAN("s3:getobject")), get);
	assert_int_equal(lp_iam_action_types(get), 2);
	assert_string_equal(lp_iam_type_name(lp_iam_action_type(get, 1).type), "crate");
	assert_int_equal(lp_iam_action_takes(get, LP_SPAN("arn:aws:s3:::crate/1")),
			 lp_iam_action_type(get, 0).type);
	weigh = lp_iam_find_action(LP_SPAN("S3:weigh"));
	assert_true(weigh >= actions);
	assert_string_equal(lp_iam_action_name(weigh), "s3:Weigh");
	assert_string_equal(lp_iam_action_level(weigh), "List");
	assert_string_equal(lp_iam_type_name(lp_iam_action_type(weigh, 0).type), "crate");
	assert_int_equal(lp_iam_type_patterns(lp_iam_action_type(weigh, 0).type), 1);
	p = lp_iam_type_prefix(lp_iam_action_type(weigh, 0).type);
	assert_string_equal(lp_iam_prefix_name(p), "s3");
	lp_newer_fini();
	assert_int_equal(lp_iam_action_types(get), before);
	assert_string_not_equal(lp_iam_type_name(lp_iam_action_type(get, 1).type), "crate");
	assert_int_equal(lp_iam_find_action(LP_SPAN("s3:Weigh")), LP_IAM_NONE);
}

static void test_operation(void **state)
{
	struct lp_authz authz;
	struct lp_arena arena;
	lp_iam_action have[4];
	lp_op op, first = lp_model_op_count();

	(void)state;
	load(reference);
	op = lp_model_find(LP_SPAN("S3"), LP_SPAN("WeighCrates"));
	assert_int_equal(op, first);
	assert_int_equal(lp_model_op_count(), first + 1);
	assert_string_equal(lp_model_operation_name(op), "WeighCrates");
	assert_string_equal(lp_model_service_id(op), "S3");
	/* An action that there is not is left out. */
	assert_int_equal(lp_iam_op_actions(op, have, 4), 1);
	assert_string_equal(lp_iam_action_name(have[0]), "s3:Weigh");
	lp_arena_init(&arena, 1 << 20);
	assert_int_equal(
		lp_authorize_named(LP_SPAN("S3"), LP_SPAN("WeighCrates"), &arena, &op, &authz), 0);
	assert_int_equal(authz.n_grants, 1);
	assert_string_equal(authz.grants[0].action, "s3:Weigh");
	assert_int_equal(authz.grants[0].flags, LP_GRANT_UNPINNED);
	lp_arena_fini(&arena);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"null",
		"{\"metadata\":5}",
		"{\"Actions\":[],\"Name\":\"\"}",
		"{\"Actions\":[{}],\"Name\":\"x\"}",
		("{\"metadata\":{\"endpointPrefix\":\"x\",\"serviceId\":\"X\",\"protocol\":"
		 "\"json\"}"
		 "}"),
	};
	const char *reason;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(bad); i++) {
		reason = NULL;
		assert_int_equal(lp_newer_load_text(lp_span_str(bad[i]), NULL, &reason), -EBADMSG);
		assert_non_null(reason);
	}
	assert_int_equal(lp_newer_changes(), 0);
	assert_int_equal(lp_newer_op_count(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_over_the_tables, teardown),
		cmocka_unit_test_teardown(test_operation, teardown),
		cmocka_unit_test_teardown(test_refused, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
