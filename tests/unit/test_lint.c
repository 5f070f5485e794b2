/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/lint.h"
#include "policy/read.h"

/* "rule@line:column ..." of all findings. */
static void findings_of(const char *policy, char *buf, size_t size)
{
	struct lp_read_error error;
	struct lp_findings f;
	struct lp_document doc;
	struct lp_arena arena;
	size_t n = 0;

	lp_arena_init(&arena, 1 << 22);
	if (lp_document_read(lp_span_str(policy), &arena, &doc, &error))
		fail_msg("%u:%u: %s", error.position.line, error.position.column, error.message);
	assert_int_equal(lp_lint(&doc, &f), 0);
	buf[0] = '\0';
	for (size_t i = 0; i < f.n; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s@%u:%u", i ? " " : "",
				      f.v[i].rule->id, f.v[i].position.line,
				      f.v[i].position.column);
	lp_findings_fini(&f);
	lp_arena_fini(&arena);
}

#define POLICY(statements) "{\"Version\":\"2012-10-17\",\n\"Statement\":[" statements "]}"
#define ALLOW(actions, resources)                                                                  \
	"\n{\"Effect\":\"Allow\",\n\"Action\":" actions ",\n\"Resource\":" resources "}"

static void test_rules(void **state)
{
	static const struct {
		const char *policy, *findings;
	} rows[] = {
		{POLICY(""), ""},
		{POLICY(ALLOW("\"s3:GetObject\"", "\"arn:aws:s3:::b/*\"")), ""},
		{POLICY(ALLOW("[\"s3:GetObject\",\"s3:PutObject\"]", "[\"arn:aws:s3:::b/*\"]")),
		 ""},
		{POLICY(ALLOW("\"ec2:DescribeInstances\"", "\"*\"")), ""},
		{POLICY(ALLOW("\"s3:ListBucket\"", "\"arn:aws:s3:::b\"") "," ALLOW(
			 "\"s3:GetObject\"", "\"arn:aws:s3:::b/*\"")),
		 ""},
		{POLICY(ALLOW("[\"s3:ListBucket\",\"s3:GetObject\"]",
			      "[\"arn:aws:s3:::b\",\"arn:aws:s3:::b/*\"]")),
		 "mixed-resource-kinds@3:1"},
		{POLICY(ALLOW("\"s3:Nonsense\"", "\"arn:aws:s3:::b\"")), "no-such-action@4:10"},
		{POLICY(ALLOW("\"nosuch:Thing\"", "\"*\"")), "no-such-service@4:10"},
		{POLICY(ALLOW("\"dynamodb:GetItem\"",
			      "[\"arn:aws:dynamodb:eu-west-1:12345678901:table/t\","
			      "\"arn:aws:dynamodb:eu-west-1:*:table/t\"]")),
		 "bad-resource@5:13"},
		{POLICY(ALLOW("\"ssm:GetParameter\"",
			      "\"arn:aws:ssm:eu-west-1::parameter/aws/service/x\"")),
		 "no-account@5:12"},
		{POLICY(ALLOW("\"ssm:GetParameter\"", "[\"arn:aws:ssm:eu-west-1::parameter/*\","
						      "\"arn:aws:ssm:eu-west-1:*:parameter/*\"]")),
		 "no-account@5:13"},
		{POLICY(ALLOW("\"s3:GetObject\"", "\"arn:aws:s3:::b\"")),
		 "action-fits-no-resource@4:10 resource-fits-no-action@5:12"},
		{POLICY(ALLOW("\"ec2:DescribeInstances\"",
			      "\"arn:aws:ec2:eu-west-1:123456789012:instance/i-1\"")),
		 "cannot-be-restricted@4:10 resource-fits-no-action@5:12"},
		{POLICY(ALLOW("\"secretsmanager:*\"", "\"*\"")),
		 "service-wildcard@4:10 any-resource@4:10"},
		{POLICY(ALLOW("[\"s3:*\",\"sqs:*\"]", "\"*\"")),
		 "service-wildcard@4:11 any-resource@4:11 service-wildcard@4:18"},
		{POLICY(ALLOW("\"s3:GetObject\"", "\"bucket/*\"")),
		 "action-fits-no-resource@4:10 bad-resource@5:12 resource-fits-no-action@5:12"},
		{POLICY(ALLOW("\"iam:PassRole\"", "\"*\"")),
		 "any-resource@4:10 pass-role-any@4:10"},
		{POLICY(ALLOW("\"iam:CreateAccessKey\"", "\"arn:aws:iam::123456789012:user/*\"")),
		 "privilege-escalation@3:1"},
		{POLICY(ALLOW("\"iam:CreateAccessKey\"", "\"arn:aws:iam::123456789012:user/u\"")),
		 ""},
		{"{\"Statement\":[]}", "version@1:1"},
		{POLICY("{\"Sid\":\"a b\",\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"},"
			"{\"Sid\":\"a "
			"b\",\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}"),
		 "bad-sid@2:14 duplicate-sid@2:72 bad-sid@2:72"},
		{POLICY("{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"arn:aws:s3:::"
			"b\"}"),
		 "not-action@2:14"},
		{POLICY(ALLOW("[]", "\"*\"")), "empty-list@3:1"},
	};
	char got[1024];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		findings_of(rows[i].policy, got, sizeof(got));
		if (strcmp(got, rows[i].findings))
			fail_msg("%s\ngives %s\nnot %s", rows[i].policy, got, rows[i].findings);
	}
}

static void test_full_access(void **state)
{
	static const char *const all[] = {"\"*\"", "\"*:*\""};
	char got[4096];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(all); i++) {
		char policy[256];

		snprintf(policy, sizeof(policy), POLICY(ALLOW("%s", "\"*\"")), all[i]);
		findings_of(policy, got, sizeof(got));
		assert_non_null(strstr(got, "full-access@4:10"));
		assert_null(strstr(got, "privilege-escalation"));
	}
}

/* Documents that are none: where and that it is said. */
static void test_unusable(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
	} rows[] = {
		{"", 1, 1},
		{"[]", 1, 1},
		{"{}", 1, 1},
		{"{\"Statement\":\n [\n  1]}", 3, 3},
		{"{\"Statement\":[{}]}", 1, 15},
		{"{\"Statement\":[{\"Effect\":\"allow\"}]}", 1, 25},
		{"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"a:b\"}]}", 1, 15},
		{"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":{},\"Resource\":\"*\"}]}", 1,
		 42},
		{"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"a\",\n\"NotAction\":\"b\"}]}",
		 2, 1},
		{"{\"Statement\":[],\"Statement\":[]}", 1, 17},
		{"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"*\",\n"
		 "\"Conditions\":{}}}",
		 2, 1},
		{"{\"Statement\":[]} x", 1, 18},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct lp_read_error error;
		struct lp_document doc;
		struct lp_arena arena;

		lp_arena_init(&arena, 1 << 20);
		assert_int_equal(lp_document_read(lp_span_str(rows[i].text), &arena, &doc, &error),
				 -EBADMSG);
		if (error.position.line != rows[i].line || error.position.column != rows[i].column)
			fail_msg("%s: %u:%u %s", rows[i].text, error.position.line,
				 error.position.column, error.message);
		assert_true(error.message[0]);
		lp_arena_fini(&arena);
	}
}

/* In what allows and in what denies; the message is what is said of the condition. */
static void test_conditions(void **state)
{
#define NO_KEY "no condition key is known as "
	static const struct {
		const char *op, *key, *message; /* message: NULL for none */
	} rows[] = {
		{"StringEquals", "aws:SourceVpc", NULL},
		{"stringequals", "AWS:sourcevpc", NULL},
		{"StringEquals", "aws:SorceVpc", NO_KEY "\"aws:SorceVpc\"; perhaps aws:SourceVpc"},
		{"Bool", "aws:SecureTransprot",
		 NO_KEY "\"aws:SecureTransprot\"; perhaps aws:SecureTransport"},
		{"StringEquals", "aws:ResourceTag/team", NULL},
		{"StringEquals", "aws:PrincipalTag/team", NULL},
		{"StringEquals", "aws:RequestTg/team",
		 NO_KEY "\"aws:RequestTg/team\"; perhaps aws:RequestTag/"},
		{"StringEquals", "s3:ExistingObjectTag/team", NULL},
		{"StringEquals", "secretsmanager:ResourceTag/team", NULL},
		{"StringEquals", "kms:EncryptionContext:team", NULL},
		{"StringEquals", "s3:prefix", NULL},
		{"StringEquals", "s3:prefx", NO_KEY "\"s3:prefx\"; perhaps s3:prefix"},
		{"StringEquals", "asw:SourceVpce",
		 NO_KEY "\"asw:SourceVpce\"; perhaps aws:SourceVpce"},
		{"StringEquals", "lambda:SomethingElse", NO_KEY "\"lambda:SomethingElse\""},
		{"StringEquals", "lambda:SourceFunctionArn", NULL},
		{"StringEquals", "saml:aud", NULL},
		{"StringEquals", "oidc.example.com/id/1:sub", NULL},
		{"StringEquals", "sub", NO_KEY "\"sub\""},
		{"ForAllValues:StringLikeIfExists", "aws:TagKeys", NULL},
		{"NumericLessThanEquals", "aws:MultiFactorAuthAge", NULL},
		{"NotIpAddress", "aws:SourceIp", NULL},
		{"Null", "aws:TokenIssueTime", NULL},
		{"IpAdress", "aws:SourceIp", "\"IpAdress\" is no operator of conditions"},
		{"ForSomeValues:StringEquals", "aws:TagKeys",
		 "\"ForSomeValues:StringEquals\" is no operator of conditions"},
	};

	(void)state;
	for (size_t i = 0; i < 2 * LP_ARRAY_LEN(rows); i++) {
		const char *want = rows[i / 2].message;
		struct lp_read_error error;
		struct lp_findings f;
		struct lp_document doc;
		struct lp_arena arena;
		char text[512];

		snprintf(text, sizeof(text),
			 "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"%s\",\"Action\":"
			 "\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/k\",\"Condition\":{\"%s\":"
			 "{\"%s\":\"x\"}}}}",
			 i % 2 ? "Deny" : "Allow", rows[i / 2].op, rows[i / 2].key);
		lp_arena_init(&arena, 1 << 20);
		assert_int_equal(lp_document_read(lp_span_str(text), &arena, &doc, &error), 0);
		assert_int_equal(lp_lint(&doc, &f), 0);
		if (f.n != (want != NULL) || (want && strcmp(f.v[0].message, want) != 0))
			fail_msg("%s: %s", text, f.n ? f.v[0].message : "nothing");
		lp_findings_fini(&f);
		lp_arena_fini(&arena);
	}
}

/* What is said of actions that there are not. */
static void test_near_actions(void **state)
{
#define NO_ACTION "\" matches no action"
#define NEEDS	  "; the API operation of that name may need "
	static const struct {
		const char *action, *message;
	} rows[] = {
		{"s3:ListObjectsV2", "\"s3:ListObjectsV2" NO_ACTION NEEDS "s3:ListBucket"},
		{"S3:listBuckets", "\"S3:listBuckets" NO_ACTION NEEDS "s3:ListAllMyBuckets"},
		{"lambda:Invoke", "\"lambda:Invoke" NO_ACTION NEEDS "lambda:InvokeFunction"},
		{"sqs:SendMessageBatch",
		 "\"sqs:SendMessageBatch" NO_ACTION NEEDS "sqs:SendMessage"},
		{"s3:GetObjekt", "\"s3:GetObjekt" NO_ACTION "; perhaps s3:GetObject"},
		{"s3:GetObject ", "\"s3:GetObject " NO_ACTION "; perhaps s3:GetObject"},
		{"s3:Frobnicate", "\"s3:Frobnicate" NO_ACTION},
		{"s3:Frob*", "\"s3:Frob*" NO_ACTION},
		{"s3:", "\"s3:" NO_ACTION},
		{"lambda:ListObjectsV2", "\"lambda:ListObjectsV2" NO_ACTION},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct lp_read_error error;
		struct lp_findings f;
		struct lp_document doc;
		struct lp_arena arena;
		char text[512];

		snprintf(text, sizeof(text), POLICY(ALLOW("\"%s\"", "\"*\"")), rows[i].action);
		lp_arena_init(&arena, 1 << 20);
		assert_int_equal(lp_document_read(lp_span_str(text), &arena, &doc, &error), 0);
		assert_int_equal(lp_lint(&doc, &f), 0);
		assert_true(f.n);
		assert_string_equal(f.v[0].message, rows[i].message);
		lp_findings_fini(&f);
		lp_arena_fini(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),	     cmocka_unit_test(test_full_access),
		cmocka_unit_test(test_unusable),     cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_near_actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
