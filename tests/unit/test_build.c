/* SPDX-License-Identifier: MIT */
#include "evidence.h"

#include "policy/condset.h"
#include "policy/evaluate.h"
#include "policy/read.h"

#define STATEMENT(sid, actions, resources)                                                         \
	"    {\n      \"Sid\": \"" sid                                                             \
	"\",\n      \"Effect\": \"Allow\",\n      \"Action\": [\n" actions                         \
	"\n      ],\n      \"Resource\": [\n" resources "\n      ]\n    }"
#define ITEM(s) "        \"" s "\""
#define DOCUMENT(statements)                                                                       \
	"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n" statements "\n  ]\n}\n"
#define EMPTY "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": []\n}\n"

static void expect(const char *const *lines, size_t n, const struct lp_build_options *opts,
		   const char *want)
{
	const struct lp_build_options defaults = {0};
	struct lp_ledger *l = ledger_of(lines, n);
	char *got = text_of(l, opts ? opts : &defaults, LP_FORMAT_JSON);

	assert_string_equal(got, want);
	free(got);
	lp_ledger_free(l);
}

#define EXPECT(opts, want, ...)                                                                    \
	do {                                                                                       \
		static const char *const lines[] = {__VA_ARGS__};                                  \
                                                                                                   \
		expect(lines, LP_ARRAY_LEN(lines), opts, want);                                    \
	} while (0)

static void test_empty(void **state)
{
	(void)state;
	expect(NULL, 0, NULL, EMPTY);
	EXPECT(NULL, EMPTY, CALL("Nothing", ""));
}

static void test_levels_stay_apart(void **state)
{
	(void)state;
	EXPECT(NULL,
	       DOCUMENT(STATEMENT(
		       "S3ReadWriteObject", ITEM("s3:GetObject") ",\n" ITEM("s3:PutObject"),
		       ITEM("arn:aws:s3:::b/k")) ",\n" STATEMENT("S3ListBucket",
								 ITEM("s3:ListBucket"),
								 ITEM("arn:aws:s3:::b"))),
	       CALL("GetObject", GRANT("s3:GetObject", "arn:aws:s3:::b/k")),
	       CALL("ListObjectsV2", GRANT("s3:ListBucket", "arn:aws:s3:::b")),
	       CALL("PutObject", GRANT("s3:PutObject", "arn:aws:s3:::b/k")));
}

static void test_any_resource(void **state)
{
	(void)state;
	/* Actions that take no resource share a statement; actions on buckets and objects do not.
	 */
	EXPECT(NULL,
	       DOCUMENT(STATEMENT(
		       "ListAll", ITEM("ec2:DescribeInstances") ",\n" ITEM("s3:ListAllMyBuckets"),
		       ITEM("*")) ",\n" STATEMENT("S3ReadAll", ITEM("s3:GetObject"),
						  ITEM("*")) ",\n" STATEMENT("S3ListAll",
									     ITEM("s3:ListBucket"),
									     ITEM("*"))),
	       CALL("X", GRANT_FLAG("s3:GetObject", "*", "unpinned") "," GRANT_FLAG(
				 "s3:ListBucket", "*",
				 "unpinned") "," GRANT("ec2:DescribeInstances",
						       "*") "," GRANT("s3:ListAllMyBuckets", "*")));
}

static void test_unpinned(void **state)
{
	const char *want =
		DOCUMENT(STATEMENT("S3ReadObject", ITEM("s3:GetObject"), ITEM("arn:aws:s3:::b/k")));

	(void)state;
	EXPECT(NULL, want, CALL("GetObject", GRANT("s3:GetObject", "arn:aws:s3:::b/k")),
	       CALL("GetObject", GRANT_FLAG("s3:GetObject", "*", "unpinned")));
	/* A datagram without a key never widens anybody's. */
	EXPECT(NULL, want,
	       "{\"v\":1,\"service\":\"S3\",\"operation\":\"GetObject\",\"actions\":[" GRANT_FLAG(
		       "s3:GetObject", "*", "unpinned") "]}",
	       CALL("GetObject", GRANT("s3:GetObject", "arn:aws:s3:::b/k")));
}

static void test_account(void **state)
{
	static const char fact[] =
		"{\"v\":1,\"facts\":[{\"accessKeyId\":\"AKIAIOSFODNN7EXAMPLE\",\"kind\":\"caller\","
		"\"value\":\"arn:aws:iam::123456789012:user/u\"}]}";
	const struct lp_build_options param = {.account = LP_PARAM_ACCOUNT,
					       .region = "eu-west-1",
					       .params = {.account = "variable"}};

	(void)state;
	EXPECT(NULL,
	       DOCUMENT(STATEMENT("SQSWriteQueue", ITEM("sqs:SendMessage"),
				  ITEM("arn:aws:sqs:us-east-1:*:q"))),
	       CALL("SendMessage", GRANT("sqs:SendMessage", "arn:aws:sqs:us-east-1:*:q")));
	EXPECT(NULL,
	       DOCUMENT(STATEMENT("SQSWriteQueue", ITEM("sqs:SendMessage"),
				  ITEM("arn:aws:sqs:us-east-1:123456789012:q"))),
	       CALL("SendMessage", GRANT("sqs:SendMessage", "arn:aws:sqs:us-east-1:*:q")), fact);
	/* The caller's own account is replaced, another's is not. */
	EXPECT(&param,
	       DOCUMENT(STATEMENT("SQSWriteQueue", ITEM("sqs:SendMessage"),
				  ITEM("arn:aws:sqs:eu-west-1:${AWS::AccountId}:q") ",\n" ITEM(
					  "arn:aws:sqs:eu-west-1:999999999999:q"))),
	       CALL("SendMessage", GRANT("sqs:SendMessage", "arn:aws:sqs:us-east-1:*:q")),
	       CALL("SendMessage",
		    GRANT("sqs:SendMessage", "arn:aws:sqs:us-east-1:999999999999:q")),
	       fact);
}

/* Names are unique whatever their path, so a path that one call told is everybody's. */
static void test_paths(void **state)
{
	(void)state;
	EXPECT(NULL,
	       DOCUMENT(STATEMENT("IAMReadManageRole",
				  ITEM("iam:AttachRolePolicy") ",\n" ITEM("iam:GetRole"),
				  ITEM("arn:aws:iam::123456789012:role/service-role/r"))),
	       CALL("AttachRolePolicy",
		    GRANT("iam:AttachRolePolicy", "arn:aws:iam::123456789012:role/r")),
	       CALL("GetRole",
		    GRANT("iam:GetRole", "arn:aws:iam::123456789012:role/service-role/r")));
	/* An action that no reference knows has no names with paths. */
	EXPECT(NULL,
	       DOCUMENT(STATEMENT("IAM", ITEM("iam:FrobRole"),
				  ITEM("arn:aws:iam::123456789012:role/a/r"))),
	       CALL("FrobRole", GRANT("iam:FrobRole", "arn:aws:iam::123456789012:role/a/r")));
	/* Not another account's, not another type's, and not one of two. */
	EXPECT(NULL,
	       DOCUMENT(STATEMENT(
		       "IAMReadRole", ITEM("iam:GetRole"),
		       ITEM("arn:aws:iam::123456789012:role/a/r") ",\n" ITEM(
			       "arn:aws:iam::"
			       "123456789012:role/b/"
			       "s") ",\n" ITEM("arn:aws:iam::123456789012:role/c/s") ",\n" ITEM("ar"
												"n:"
												"aw"
												"s:"
												"ia"
												"m:"
												":"
												"12"
												"34"
												"56"
												"78"
												"90"
												"12"
												":r"
												"ol"
												"e/"
												"s") ",\n" ITEM("ar"
														"n:"
														"aw"
														"s:"
														"ia"
														"m:"
														":9"
														"99"
														"99"
														"99"
														"99"
														"99"
														"9:"
														"ro"
														"le"
														"/"
														"r")) ",\n" STATEMENT("IAMReadUser",
																      ITEM("iam:GetUser"),
																      ITEM("arn:aws:iam::123456789012:user/r"))),
	       CALL("GetRole", GRANT("iam:GetRole", "arn:aws:iam::123456789012:role/a/r")),
	       CALL("GetRole", GRANT("iam:GetRole", "arn:aws:iam::999999999999:role/r")),
	       CALL("GetUser", GRANT("iam:GetUser", "arn:aws:iam::123456789012:user/r")),
	       CALL("GetRole", GRANT("iam:GetRole", "arn:aws:iam::123456789012:role/b/s")),
	       CALL("GetRole", GRANT("iam:GetRole", "arn:aws:iam::123456789012:role/s")),
	       CALL("GetRole", GRANT("iam:GetRole", "arn:aws:iam::123456789012:role/c/s")));
}

/* The region in conditions goes with that of the resources. */
static void test_region_in_conditions(void **state)
{
	const struct lp_build_options param = {.region = LP_PARAM_REGION,
					       .params = {.region = "${r}"}};
	static const char *const lines[] = {
		CALL("A", GRANT_IF("kms:Decrypt", "arn:aws:kms:eu-west-1:1:key/k", "kms:ViaService",
				   "s3.eu-west-1.amazonaws.com")),
		CALL("B", GRANT_IF("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q",
				   "aws:RequestedRegion", "eu-west-1")),
		CALL("C", GRANT_IF("s3:ListBucket", "arn:aws:s3:::b", "s3:prefix", "a.b/c-1")),
		/* What is the user's own stays, though it looks like one. */
		CALL("D", GRANT_IF("s3:ListBucket", "arn:aws:s3:::c", "s3:prefix", "logs-of-1")),
		CALL("E", GRANT_IF("s3:ListBucket", "arn:aws:s3:::d", "s3:prefix", "us-east-1")),
		CALL("F", GRANT_IF("s3:CreateBucket", "arn:aws:s3:::e", "s3:LocationConstraint",
				   "eu-west-1")),
	};
	struct lp_ledger *l = ledger_of(lines, LP_ARRAY_LEN(lines));
	char *got = text_of(l, &param, LP_FORMAT_JSON);

	(void)state;
	assert_non_null(strstr(got, "\"s3.${r}.amazonaws.com\""));
	assert_non_null(strstr(got, "            \"${r}\"\n"));
	assert_non_null(strstr(got, "\"a.b/c-1\""));
	assert_non_null(strstr(got, "\"logs-of-1\""));
	assert_non_null(strstr(got, "\"us-east-1\""));
	assert_null(strstr(got, "eu-west-1"));
	free(got);
	lp_ledger_free(l);
}

/* ARNs in conditions are as those of resources. */
static void test_arns_in_conditions(void **state)
{
	static const char *const lines[] = {
		CALL("A", GRANT_IF("bedrock:InvokeModel",
				   "arn:aws:bedrock:us-east-1::foundation-model/m",
				   "bedrock:InferenceProfileArn",
				   "arn:aws:bedrock:us-east-1:581039954779:inference-profile/p")),
		CALL("B", GRANT_IF("iam:AttachRolePolicy", "arn:aws:iam::581039954779:role/r",
				   "iam:PolicyARN", "arn:aws:iam::aws:policy/ReadOnlyAccess")),
		CALL("C", GRANT_IF("lambda:GetFunction", "*", "lambda:FunctionArn",
				   "arn:aws:lambda:us-east-1:210987654321:function:f")),
	};
	const struct lp_build_options opts = {.account = LP_PARAM_ACCOUNT,
					      .region = "eu-west-1",
					      .partition = "aws-cn",
					      .params = {.account = "${a}"}};
	struct lp_ledger *l = ledger_of(lines, LP_ARRAY_LEN(lines));
	char *got = text_of(l, &opts, LP_FORMAT_JSON);

	(void)state;
	assert_non_null(strstr(got, "\"arn:aws-cn:bedrock:eu-west-1:${a}:inference-profile/p\""));
	assert_non_null(strstr(got, "\"arn:aws-cn:iam::aws:policy/ReadOnlyAccess\""));
	/* Somebody else's stays theirs. */
	assert_non_null(strstr(got, "\"arn:aws-cn:lambda:eu-west-1:210987654321:function:f\""));
	free(got);
	lp_ledger_free(l);
}

static void test_subsumed(void **state)
{
	(void)state;
	EXPECT(NULL,
	       DOCUMENT(STATEMENT("S3ReadObject", ITEM("s3:GetObject"), ITEM("arn:aws:s3:::b/*"))),
	       CALL("GetObject", GRANT("s3:GetObject", "arn:aws:s3:::b/k")),
	       CALL("GetObject", GRANT("s3:GetObject", "arn:aws:s3:::b/p/*")),
	       CALL("GetObject", GRANT_IF("s3:GetObject", "arn:aws:s3:::b/c", "s3:x", "y")),
	       CALL("GetObject", GRANT("s3:GetObject", "arn:aws:s3:::b/*")));
}

static void test_comparing_conditions_ends(void **state)
{
	struct lp_condition list[LP_CONDSET_MAX], other[LP_CONDSET_MAX];
	char values[LP_CONDSET_MAX][8];
	struct lp_arena arena;
	struct lp_span a, b;
	size_t effort = 100000;

	(void)state;
	lp_arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < LP_CONDSET_MAX; i++) {
		snprintf(values[i], sizeof(values[i]), "k%02zu", i);
		list[i] = (struct lp_condition){"ForAllValues:StringEquals", "dynamodb:LeadingKeys",
						values[i]};
	}
	memcpy(other, list, sizeof(other));
	other[LP_CONDSET_MAX - 1].value = "z";
	a = lp_span_str(lp_condset_make(list, LP_CONDSET_MAX, &arena));
	b = lp_span_str(lp_condset_make(other, LP_CONDSET_MAX, &arena));
	assert_false(lp_condset_implies(a, b, &effort));
	assert_in_range(effort, 80000, 99000); /* they differ in the last of 64 only */
	effort = 100000;
	assert_false(lp_condset_implies(b, a, &effort));
	assert_in_range(effort, 80000, 99000);
	effort = 10 * 1000 * 1000;
	assert_true(lp_condset_implies(a, a, &effort));
	effort = 100;
	assert_false(lp_condset_implies(a, a, &effort));
	assert_int_equal(effort, 0);
	lp_arena_fini(&arena);
}

static void test_conditions_join(void **state)
{
	(void)state;
	EXPECT(NULL,
	       "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n"
	       "      \"Sid\": \"S3ListBucket\",\n      \"Effect\": \"Allow\",\n"
	       "      \"Action\": [\n        \"s3:ListBucket\"\n      ],\n"
	       "      \"Resource\": [\n        \"arn:aws:s3:::b\"\n      ],\n"
	       "      \"Condition\": {\n        \"StringEquals\": {\n          \"s3:prefix\": [\n"
	       "            \"a/\",\n            \"b/\"\n          ]\n        }\n      }\n    }\n  "
	       "]\n}\n",
	       CALL("List", GRANT_IF("s3:ListBucket", "arn:aws:s3:::b", "s3:prefix", "b/")),
	       CALL("List", GRANT_IF("s3:ListBucket", "arn:aws:s3:::b", "s3:prefix", "a/")));
	/* The same without condition makes the others needless. */
	EXPECT(NULL,
	       DOCUMENT(STATEMENT("S3ListBucket", ITEM("s3:ListBucket"), ITEM("arn:aws:s3:::b"))),
	       CALL("List", GRANT_IF("s3:ListBucket", "arn:aws:s3:::b", "s3:prefix", "b/")),
	       CALL("List", GRANT("s3:ListBucket", "arn:aws:s3:::b")));
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)) != NULL; text++)
		n++;
	return n;
}

/* A listing of a prefix in a region, as --conditions has it. */
#define LISTED(prefix, region)                                                                     \
	CALL("List",                                                                               \
	     "{\"action\":\"s3:ListBucket\",\"resources\":[\"arn:aws:s3:::b\"],"                   \
	     "\"conditions\":[{\"op\":\"StringEquals\",\"key\":\"s3:prefix\",\"value\":\"" prefix  \
	     "\"},{\"op\":\"StringEquals\",\"key\":\"aws:RequestedRegion\",\"value\":\"" region    \
	     "\"}]}")

/* Where all but one condition are the same; never more than was seen. */
static void test_conditions_join_beside_others(void **state)
{
	static const char *const lines[] = {LISTED("a/", "eu-west-1"), LISTED("b/", "eu-west-1"),
					    LISTED("a/", "eu-west-2"), LISTED("b/", "eu-west-2")};
	const struct lp_build_options opts = {.limit = LP_LIMIT_NONE};

	(void)state;
	for (size_t n = 1; n <= LP_ARRAY_LEN(lines); n++) {
		struct lp_ledger *l = ledger_of(lines, n);
		char *got = text_of(l, &opts, LP_FORMAT_JSON);

		assert_int_equal(count(got, "\"Sid\""), n == 3 ? 2 : 1);
		assert_int_equal(count(got, "\"a/\""), 1);
		assert_int_equal(count(got, "\"eu-west-1\""), n == 3 ? 2 : 1);
		free(got);
		lp_ledger_free(l);
	}
}

/* One too long for a document is spread over several, all other conditions in each. */
static void test_conditions_are_split(void **state)
{
	const struct lp_build_options opts = {.limit = LP_LIMIT_USER};
	static char text[100][512];
	const char *lines[100];
	struct lp_ledger *l;
	char *got;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		snprintf(text[i], sizeof(text[i]),
			 CALL("List", "{\"action\":\"s3:ListBucket\",\"resources\":"
				      "[\"arn:aws:s3:::b\"],\"conditions\":["
				      "{\"op\":\"StringEquals\",\"key\":\"s3:prefix\","
				      "\"value\":\"a-longer-name-of-a-folder-%u/\"},"
				      "{\"op\":\"StringEquals\",\"key\":\"aws:RequestedRegion\","
				      "\"value\":\"eu-west-1\"}]}"),
			 i);
		lines[i] = text[i];
	}
	l = ledger_of(lines, 100);
	got = text_of(l, &opts, LP_FORMAT_JSON);
	assert_int_equal(count(got, "folder-"), 100);
	assert_int_equal(count(got, "\"Version\""), 2);
	assert_int_equal(count(got, "\"eu-west-1\""), 2);
	free(got);
	lp_ledger_free(l);
}

/* The values of one call are spread too, though no document has all of them then. */
static void test_values_of_one_call_are_split(void **state)
{
	const struct lp_build_options opts = {.limit = LP_LIMIT_USER};
	char line[16 * 1024], *p = line, *got;
	struct lp_ledger *l = ledger_of(NULL, 0);

	(void)state;
	p += sprintf(p,
		     "{\"v\":1,\"service\":\"S3\",\"operation\":\"List\",\"actions\":[{\"action\":"
		     "\"s3:ListBucket\",\"resources\":[\"arn:aws:s3:::b\"],\"conditions\":[");
	for (unsigned i = 0; i < 60; i++)
		p += sprintf(p,
			     "%s{\"op\":\"StringEquals\",\"key\":\"s3:prefix\",\"value\":"
			     "\"a-very-much-longer-name-of-a-folder-%u/\"}",
			     i ? "," : "", i);
	strcpy(p, "]}]}");
	add_line(l, line);
	got = text_of(l, &opts, LP_FORMAT_JSON);
	assert_int_equal(count(got, "folder-"), 60);
	assert_int_equal(count(got, "\"Version\""), 2);
	free(got);
	lp_ledger_free(l);
}

/* A key with more values than are kept is no condition: the call that has them all is allowed. */
static void test_too_many_values(void **state)
{
	const struct lp_build_options opts = {0};
	char line[16 * 1024], *p = line, *got;
	struct lp_ledger *l = ledger_of(NULL, 0);

	(void)state;
	p += sprintf(
		p,
		"{\"v\":1,\"service\":\"DynamoDB\",\"operation\":\"BatchGetItem\",\"actions\":[{"
		"\"action\":\"dynamodb:BatchGetItem\",\"resources\":[\"arn:aws:dynamodb:us-east-1:"
		"123456789012:table/t\"],\"conditions\":[");
	for (unsigned i = 0; i < LP_CONDSET_MAX + 1; i++)
		p += sprintf(p,
			     "{\"op\":\"ForAllValues:StringEquals\",\"key\":"
			     "\"dynamodb:LeadingKeys\",\"value\":\"k%u\"},",
			     i);
	strcpy(p, "{\"op\":\"StringEquals\",\"key\":\"dynamodb:Select\",\"value\":\"COUNT\"}]}]}");
	add_line(l, line);
	got = text_of(l, &opts, LP_FORMAT_JSON);
	assert_int_equal(count(got, "dynamodb:LeadingKeys"), 0);
	assert_int_equal(count(got, "dynamodb:Select"), 1);
	free(got);
	lp_ledger_free(l);
}

/* Only what another policy allows, or only what it does not, or only one caller's. */
static void test_part_of_it(void **state)
{
	static const char *const lines[] = {
		CALL("GetObject", GRANT("s3:GetObject", "arn:aws:s3:::b/k")),
		CALL("PutObject", GRANT("s3:PutObject", "arn:aws:s3:::b/k")),
		"{\"v\":1,\"accessKeyId\":\"AKIAI44QH8DHBEXAMPLE\",\"service\":\"S3\","
		"\"operation\":"
		"\"X\",\"actions\":[" GRANT("s3:DeleteObject", "arn:aws:s3:::b/k") "]}",
	};
	const char *actions[] = {"s3:Get*"}, *resources[] = {"arn:aws:s3:::b/*"};
	struct lp_statement st = {.actions = {.items = actions, .n = 1},
				  .resources = {.items = resources, .n = 1}};
	const struct lp_document doc = {.statements = &st, .n_statements = 1};
	struct lp_build_options opts[3] = {{0}, {0}, {.identity = "AKIAI44QH8DHBEXAMPLE"}};
	static const char *const want[] = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"};
	struct lp_ledger *l = ledger_of(lines, LP_ARRAY_LEN(lines));
	struct lp_evaluator *ev;

	(void)state;
	assert_int_equal(lp_evaluator_new(&doc, 1, &ev), 0);
	opts[0].within = ev;
	opts[1].beyond = ev;
	opts[1].identity = "AKIAIOSFODNN7EXAMPLE";
	for (size_t i = 0; i < LP_ARRAY_LEN(opts); i++) {
		char *got = text_of(l, &opts[i], LP_FORMAT_JSON);

		assert_int_equal(count(got, "\"s3:"), 1);
		assert_int_equal(count(got, want[i]), 1);
		free(got);
	}
	lp_evaluator_free(ev);
	lp_ledger_free(l);
}

static void test_possible_is_not_granted(void **state)
{
	(void)state;
	EXPECT(NULL, EMPTY,
	       CALL("X", GRANT_FLAG("kms:Decrypt", "arn:aws:kms:r:1:key/k", "possible")));
}

static void test_only_denied(void **state)
{
	const struct lp_build_options opts = {.only_denied = true};

	(void)state;
	EXPECT(&opts,
	       DOCUMENT(STATEMENT("S3WriteObject", ITEM("s3:PutObject"), ITEM("arn:aws:s3:::b/k"))),
	       CALL("GetObject", GRANT("s3:GetObject", "arn:aws:s3:::b/k")),
	       "{\"v\":1,\"operation\":\"PutObject\",\"errorCode\":\"AccessDenied\",\"actions\":"
	       "[" GRANT("s3:PutObject", "arn:aws:s3:::b/k") "]}",
	       "{\"v\":1,\"operation\":\"GetObject\",\"errorCode\":\"NoSuchKey\",\"status\":404,"
	       "\"actions\":[" GRANT("s3:GetObject", "arn:aws:s3:::b/gone") "]}");
}

static void test_split_access(void **state)
{
	const struct lp_build_options opts = {.split_access = true};

	(void)state;
	EXPECT(&opts,
	       DOCUMENT(STATEMENT(
		       "S3ReadObject", ITEM("s3:GetObject"),
		       ITEM("arn:aws:s3:::b/k")) ",\n" STATEMENT("S3WriteObject",
								 ITEM("s3:PutObject"),
								 ITEM("arn:aws:s3:::b/k"))),
	       CALL("X", GRANT("s3:GetObject", "arn:aws:s3:::b/k")),
	       CALL("X", GRANT("s3:PutObject", "arn:aws:s3:::b/k")));
}

/* All of Batch are there; of Get one is missing, and an unknown action proves nothing. */
static void test_shrink(void **state)
{
	const struct lp_build_options opts = {.shrink = true};

	(void)state;
	EXPECT(&opts,
	       DOCUMENT(STATEMENT("DynamoDBReadWriteTable",
				  ITEM("dynamodb:Batch*") ",\n" ITEM("dynamodb:GetItem") ",\n" ITEM(
					  "dynamodb:PutItem") ",\n" ITEM("dynamodb:PutNothing"),
				  ITEM("arn:aws:dynamodb:r:1:table/t"))),
	       CALL("X", GRANT("dynamodb:BatchGetItem", "arn:aws:dynamodb:r:1:table/t")),
	       CALL("X", GRANT("dynamodb:BatchWriteItem", "arn:aws:dynamodb:r:1:table/t")),
	       CALL("X", GRANT("dynamodb:GetItem", "arn:aws:dynamodb:r:1:table/t")),
	       CALL("X", GRANT("dynamodb:PutNothing", "arn:aws:dynamodb:r:1:table/t")),
	       CALL("X", GRANT("dynamodb:PutItem", "arn:aws:dynamodb:r:1:table/t")));
}

static void test_identities(void **state)
{
	const struct lp_build_options all = {.per = LP_PER_ALL};
	static const char *const lines[] = {
		"{\"v\":1,\"accessKeyId\":\"K1\",\"program\":\"/bin/"
		"a\",\"operation\":\"X\",\"actions\":[" GRANT("s3:GetObject",
							      "arn:aws:s3:::b/1") "]}",
		"{\"v\":1,\"accessKeyId\":\"K2\",\"program\":\"/bin/"
		"b\",\"operation\":\"X\",\"actions\":[" GRANT(
			"s3:GetObject",
			"arn:aws:s3:::b/2") "],\"facts\":[{\"accessKeyId\":\"K2\","
					    "\"kind\":\"issued\",\"value\":\"arn:aws:iam::"
					    "123456789012:role/r\"},"
					    "{\"accessKeyId\":\"K3\",\"kind\":\"issued\","
					    "\"value\":\"arn:aws:iam::123456789012:role/r\"}]}",
		"{\"v\":1,\"accessKeyId\":\"K3\",\"program\":\"/bin/"
		"b\",\"operation\":\"X\",\"actions\":[" GRANT("s3:GetObject",
							      "arn:aws:s3:::b/3") "]}",
		"{\"v\":1,\"identity\":\"arn:aws:sts::123456789012:assumed-role/r/"
		"s\",\"operation\":\"X\","
		"\"actions\":[" GRANT("s3:GetObject", "arn:aws:s3:::b/4") "]}",
	};
	struct lp_ledger *l = ledger_of(lines, LP_ARRAY_LEN(lines));
	const struct lp_build_options defaults = {0}, programs = {.per = LP_PER_PROGRAM};
	struct lp_ledger_counts counts;
	struct lp_policy_set set;

	(void)state;
	lp_ledger_counts(l, &counts);
	assert_int_equal(counts.calls, 4);
	assert_int_equal(counts.identities, 2);
	assert_int_equal(counts.actions, 1);
	assert_int_equal(counts.resources, 4);

	assert_int_equal(lp_build(l, &defaults, &set), 0);
	assert_int_equal(set.n_policies, 2);
	assert_string_equal(set.policies[0].identity, "K1");
	assert_string_equal(set.policies[0].name, "K1");
	assert_string_equal(set.policies[1].identity, "arn:aws:iam::123456789012:role/r");
	assert_string_equal(set.policies[1].name, "r");
	assert_int_equal(set.policies[1].n_resources, 3);
	lp_policy_set_fini(&set);

	assert_int_equal(lp_build(l, &programs, &set), 0);
	assert_int_equal(set.n_policies, 3);
	assert_string_equal(set.policies[1].name, "a");
	lp_policy_set_fini(&set);

	assert_int_equal(lp_build(l, &all, &set), 0);
	assert_int_equal(set.n_policies, 1);
	assert_int_equal(set.policies[0].n_resources, 4);
	assert_string_equal(set.policies[0].name, "leastpriv");
	lp_policy_set_fini(&set);
	lp_ledger_free(l);
}

static void test_split(void **state)
{
	const struct lp_build_options opts = {.limit = LP_LIMIT_USER};
	struct lp_policy_set set;
	struct lp_ledger *l;
	size_t resources = 0;

	(void)state;
	assert_int_equal(lp_ledger_new(&l), 0);
	for (int i = 0; i < 300; i++) {
		char line[512];

		snprintf(line, sizeof(line),
			 CALL("X", GRANT("s3:GetObject", "arn:aws:s3:::bucket/some/key-%d")), i);
		add_line(l, line);
	}
	add_line(l, CALL("X", GRANT("s3:ListBucket", "arn:aws:s3:::bucket")));
	assert_int_equal(lp_build(l, &opts, &set), 0);
	assert_true(set.policies[0].n_documents > 4);
	for (size_t d = 0; d < set.policies[0].n_documents; d++) {
		const struct lp_document *doc = &set.policies[0].documents[d];

		assert_true(lp_document_size(doc) <= 2048);
		for (size_t i = 0; i < doc->n_statements; i++)
			resources += doc->statements[i].resources.n;
	}
	assert_int_equal(resources, 301);
	lp_policy_set_fini(&set);
	lp_ledger_free(l);
}

static void test_odd_names(void **state)
{
	(void)state;
	/* U+FFFD stands for bytes that are no text; escapes and what IAM takes stay. */
	EXPECT(NULL,
	       DOCUMENT(STATEMENT("S3ReadObject", ITEM("s3:GetObject"),
				  ITEM("arn:aws:s3:::b/${*}\\n\\u00e9\\ud83d\\ude00?\\\"\\\\"))),
	       CALL("X", GRANT("s3:GetObject",
			       "arn:aws:s3:::b/${*}\\n\\u00e9\\ud83d\\ude00\\ufffd\\\"\\\\")));
	EXPECT(NULL,
	       DOCUMENT(STATEMENT("S3ReadObject", ITEM("s3:GetObject"),
				  ITEM("arn:aws:s3:::b/a b?"))),
	       CALL("X", GRANT("s3:GetObject", "arn:aws:s3:::b/a b\\u007f")));
}

/* Names that begin with a digit, and lists where they belong, in YAML. */
static void test_cloudformation(void **state)
{
	static const char *const lines[] = {
		"{\"v\":1,\"program\":\"/bin/"
		"7zip\",\"service\":\"S3\",\"operation\":\"X\",\"actions\":[" GRANT_IF(
			"s3:GetObject", "arn:aws:s3:::b/k", "aws:SourceVpc", "v") "]}",
	};
	const struct lp_build_options opts = {.per = LP_PER_PROGRAM};
	struct lp_ledger *l = ledger_of(lines, LP_ARRAY_LEN(lines));
	char *got = text_of(l, &opts, LP_FORMAT_CFN_YAML);

	(void)state;
	assert_string_equal(got, "AWSTemplateFormatVersion: \"2010-09-09\"\n"
				 "Resources:\n"
				 "  P7zipPolicy:\n"
				 "    Type: AWS::IAM::ManagedPolicy\n"
				 "    Properties:\n"
				 "      Description: \"What /bin/7zip was seen to use\"\n"
				 "      PolicyDocument:\n"
				 "        Version: \"2012-10-17\"\n"
				 "        Statement:\n"
				 "        - Effect: Allow\n"
				 "          Sid: S3ReadObject\n"
				 "          Action:\n"
				 "            - \"s3:GetObject\"\n"
				 "          Resource:\n"
				 "            - \"arn:aws:s3:::b/k\"\n"
				 "          Condition:\n"
				 "            \"StringEquals\":\n"
				 "              \"aws:SourceVpc\":\n"
				 "                - \"v\"\n");
	free(got);
	lp_ledger_free(l);
}

/* --- properties ------------------------------------------------------------------------------- */

static uint64_t seed = 88172645463325252ull;

static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % n);
}

/* A random call; pinned only, since evidence that names resources drops what names none. */
static char *random_line(void)
{
	static const char *const actions[] = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject",
					      "s3:GetObjectTagging", "s3:PutObjectAcl"};
	static const char *const conditions[] = {
		"",
		"",
		"",
		",\"conditions\":[{\"op\":\"StringEquals\",\"key\":\"a:b\",\"value\":\"x\"}]",
		",\"conditions\":[{\"op\":\"StringEquals\",\"key\":\"a:b\",\"value\":\"y\"}]",
		(",\"conditions\":[{\"op\":\"StringEquals\",\"key\":\"a:b\",\"value\":\"x\"},"
		 "{\"op\":\"StringLike\",\"key\":\"a:c\",\"value\":\"z*\"}]")};
	static const char *const keys[] = {"k", "l", "p/k", "p/*", "q/?", "${*}", "*"};
	char *line;

	assert_true(asprintf(&line,
			     "{\"v\":1,\"time\":\"2026-01-01T00:00:%02uZ\",\"program\":\"/bin/%u\","
			     "\"accessKeyId\":\"KEY%u\",\"service\":\"S3\",\"operation\":\"Op%u\","
			     "\"actions\":[{\"action\":\"%s\",\"resources\":"
			     "[\"arn:aws:s3:::b%u/%s\",\"arn:aws:s3:::b%u/%s\"]%s}],"
			     "\"facts\":[{\"accessKeyId\":\"KEY%u\",\"kind\":\"%s\",\"value\":"
			     "\"arn:aws:iam::123456789012:user/u%u\"}]}",
			     rnd(60), rnd(3), rnd(4), rnd(3), actions[rnd(5)], rnd(2),
			     keys[rnd(rnd(4) ? 6 : 7)], rnd(2), keys[rnd(3)], conditions[rnd(6)],
			     rnd(4), rnd(2) ? "issued" : "created", rnd(3)) > 0);
	return line;
}

#define CALLS 60

/* Any order, any split and merge, any repetition: the same bytes. */
static void test_order_does_not_matter(void **state)
{
	const struct lp_build_options opts = {0};

	(void)state;
	for (int round = 0; round < 30; round++) {
		struct lp_ledger *all, *parts[3];
		char *lines[CALLS], *want, *got;

		assert_int_equal(lp_ledger_new(&all), 0);
		for (int i = 0; i < CALLS; i++) {
			lines[i] = random_line();
			add_line(all, lines[i]);
		}
		want = text_of(all, &opts, LP_FORMAT_JSON);
		for (int p = 0; p < 3; p++)
			assert_int_equal(lp_ledger_new(&parts[p]), 0);
		for (int i = CALLS; i > 0; i--) {
			unsigned k = rnd((unsigned)i);
			char *line = lines[k];

			add_line(parts[rnd(3)], line);
			if (!rnd(4))
				add_line(parts[rnd(3)], line);
			lines[k] = lines[i - 1];
			free(line);
		}
		merge(parts[1], parts[0]);
		merge(parts[1], parts[2]);
		merge(parts[1], parts[1]);
		got = text_of(parts[1], &opts, LP_FORMAT_JSON);
		assert_string_equal(got, want);
		free(got);
		free(want);
		lp_ledger_free(all);
		for (int p = 0; p < 3; p++)
			lp_ledger_free(parts[p]);
	}
}

struct checker {
	const struct lp_evaluator *ev;
	size_t refused;
};

static int check(void *ctx, const struct lp_record *rec)
{
	struct checker *c = ctx;

	c->refused +=
		lp_evaluate(c->ev, rec->action, rec->resource, rec->conditions, NULL) != LP_ALLOWED;
	return 0;
}

static size_t refused(const struct lp_document *docs, size_t n, const struct lp_ledger *l)
{
	struct lp_evaluator *ev;
	struct checker c = {0};

	assert_int_equal(lp_evaluator_new(docs, n, &ev), 0);
	c.ev = ev;
	assert_int_equal(lp_ledger_each(l, check, &c), 0);
	lp_evaluator_free(ev);
	return c.refused;
}

/* Without item `i` of a list, some recorded call is refused. */
static void drop_each(const struct lp_policy *p, const struct lp_ledger *l, struct lp_strings *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *saved = list->items[i];

		list->items[i] = "arn:aws:none:::none";
		if (!refused(p->documents, p->n_documents, l))
			fail_msg("%s is not needed", saved);
		list->items[i] = saved;
	}
}

static void test_enough_and_no_more(void **state)
{
	const struct lp_build_options opts = {.per = LP_PER_ALL};

	(void)state;
	for (int round = 0; round < 30; round++) {
		struct lp_policy_set before, after;
		struct lp_ledger *l, *first;
		char *line;

		assert_int_equal(lp_ledger_new(&l), 0);
		assert_int_equal(lp_ledger_new(&first), 0);
		for (int i = 0; i < CALLS / 2; i++) {
			line = random_line();
			add_line(l, line);
			add_line(first, line);
			free(line);
		}
		assert_int_equal(lp_build(l, &opts, &before), 0);
		assert_int_equal(
			refused(before.policies[0].documents, before.policies[0].n_documents, l),
			0);
		for (size_t s = 0; s < before.policies[0].documents[0].n_statements; s++) {
			struct lp_statement *st = &before.policies[0].documents[0].statements[s];

			drop_each(&before.policies[0], l, &st->actions);
			drop_each(&before.policies[0], l, &st->resources);
		}
		/* More evidence takes no permission away. */
		line = random_line();
		add_line(l, line);
		free(line);
		assert_int_equal(lp_build(l, &opts, &after), 0);
		assert_int_equal(
			refused(after.policies[0].documents, after.policies[0].n_documents, first),
			0);
		lp_policy_set_fini(&before);
		lp_policy_set_fini(&after);
		lp_ledger_free(first);
		lp_ledger_free(l);
	}
}

/* What the renderer writes, the reader reads, as the same document. */
static void test_read_back(void **state)
{
	const struct lp_build_options opts = {.per = LP_PER_ALL};
	struct lp_read_error error;
	struct lp_policy_set set;
	struct lp_document doc;
	struct lp_arena arena;
	struct lp_ledger *l;
	char *text;

	(void)state;
	assert_int_equal(lp_ledger_new(&l), 0);
	for (int i = 0; i < CALLS; i++) {
		char *line = random_line();

		add_line(l, line);
		free(line);
	}
	text = text_of(l, &opts, LP_FORMAT_JSON);
	assert_int_equal(lp_build(l, &opts, &set), 0);
	lp_arena_init(&arena, 1 << 24);
	assert_int_equal(lp_document_read(lp_span_str(text), &arena, &doc, &error), 0);
	assert_int_equal(doc.n_statements, set.policies[0].documents[0].n_statements);
	assert_int_equal(lp_document_size(&doc), lp_document_size(&set.policies[0].documents[0]));
	assert_int_equal(refused(&doc, 1, l), 0);
	lp_arena_fini(&arena);
	lp_policy_set_fini(&set);
	lp_ledger_free(l);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_levels_stay_apart),
		cmocka_unit_test(test_any_resource),
		cmocka_unit_test(test_unpinned),
		cmocka_unit_test(test_account),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_region_in_conditions),
		cmocka_unit_test(test_arns_in_conditions),
		cmocka_unit_test(test_subsumed),
		cmocka_unit_test(test_comparing_conditions_ends),
		cmocka_unit_test(test_conditions_join),
		cmocka_unit_test(test_conditions_join_beside_others),
		cmocka_unit_test(test_conditions_are_split),
		cmocka_unit_test(test_values_of_one_call_are_split),
		cmocka_unit_test(test_too_many_values),
		cmocka_unit_test(test_part_of_it),
		cmocka_unit_test(test_cloudformation),
		cmocka_unit_test(test_possible_is_not_granted),
		cmocka_unit_test(test_only_denied),
		cmocka_unit_test(test_split_access),
		cmocka_unit_test(test_shrink),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_odd_names),
		cmocka_unit_test(test_order_does_not_matter),
		cmocka_unit_test(test_enough_and_no_more),
		cmocka_unit_test(test_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
