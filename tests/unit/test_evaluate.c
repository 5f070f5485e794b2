/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/evaluate.h"
#include "policy/pattern.h"
#include "policy/read.h"

#define COND(op, key, value) op "\x1f" key "\x1f" value "\x1e"

static enum lp_decision decide(const char *policy, const char *action, const char *resource,
			       const char *conditions)
{
	struct lp_read_error error;
	struct lp_evaluator *ev;
	struct lp_document doc;
	struct lp_arena arena;
	enum lp_decision d;

	lp_arena_init(&arena, 1 << 20);
	if (lp_document_read(lp_span_str(policy), &arena, &doc, &error))
		fail_msg("%s: %s", error.message, policy);
	assert_int_equal(lp_evaluator_new(&doc, 1, &ev), 0);
	d = lp_evaluate(ev, action, resource, conditions, NULL);
	lp_evaluator_free(ev);
	lp_arena_fini(&arena);
	return d;
}

#define ALLOW(rest) "{\"Statement\":[{\"Effect\":\"Allow\"," rest "}]}"

static void test_allow(void **state)
{
	const char *p =
		ALLOW("\"Action\":[\"s3:Get*\",\"sqs:*\"],\"Resource\":[\"arn:aws:s3:::b/*\","
		      "\"arn:aws:sqs:r:1:q\"]");

	(void)state;
	assert_int_equal(decide(p, "s3:GetObject", "arn:aws:s3:::b/k", ""), LP_ALLOWED);
	assert_int_equal(decide(p, "S3:getobject", "arn:aws:s3:::b/k", ""), LP_ALLOWED);
	assert_int_equal(decide(p, "s3:GetObject", "arn:aws:s3:::b/${*}", ""), LP_ALLOWED);
	assert_int_equal(decide(p, "s3:GetObject", "arn:aws:s3:::b/p*", ""), LP_ALLOWED);
	assert_int_equal(decide(p, "s3:GetObject", "arn:aws:s3:::c/k", ""), LP_DENIED_IMPLICITLY);
	assert_int_equal(decide(p, "s3:GetObject", "arn:aws:s3:::*", ""), LP_DENIED_IMPLICITLY);
	assert_int_equal(decide(p, "s3:PutObject", "arn:aws:s3:::b/k", ""), LP_DENIED_IMPLICITLY);
	assert_int_equal(decide(p, "sqs:SendMessage", "arn:aws:sqs:r:1:q", ""), LP_ALLOWED);
	/* No resource named: whether the action is allowed on any. */
	assert_int_equal(decide(p, "s3:GetObject", NULL, ""), LP_ALLOWED);
	assert_int_equal(decide(p, "s3:PutObject", NULL, ""), LP_DENIED_IMPLICITLY);
	assert_int_equal(decide("{\"Statement\":[]}", "s3:GetObject", NULL, ""),
			 LP_DENIED_IMPLICITLY);
}

/* A '$' by itself, and as a policy writes one that begins no variable. */
static void test_dollar(void **state)
{
	const char *plain = "arn:aws:s3:::b/a$1", *quoted = "arn:aws:s3:::b/a${$}1";
	const char *p = ALLOW("\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::b/a$1\"");
	const char *q = ALLOW("\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::b/a${$}1\"");

	(void)state;
	assert_int_equal(decide(p, "s3:GetObject", plain, ""), LP_ALLOWED);
	assert_int_equal(decide(p, "s3:GetObject", quoted, ""), LP_ALLOWED);
	assert_int_equal(decide(q, "s3:GetObject", plain, ""), LP_ALLOWED);
	assert_int_equal(decide(q, "s3:GetObject", quoted, ""), LP_ALLOWED);
	assert_int_equal(decide(q, "s3:GetObject", "arn:aws:s3:::b/a2", ""), LP_DENIED_IMPLICITLY);
}

static void test_deny(void **state)
{
	const char *p =
		"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},"
		"{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b/x*\"}]}";

	(void)state;
	assert_int_equal(decide(p, "s3:GetObject", "arn:aws:s3:::b/k", ""), LP_ALLOWED);
	assert_int_equal(decide(p, "s3:GetObject", "arn:aws:s3:::b/xk", ""), LP_DENIED_EXPLICITLY);
	/* Any of the resource denied is denied. */
	assert_int_equal(decide(p, "s3:GetObject", "arn:aws:s3:::b/*", ""), LP_DENIED_EXPLICITLY);
	assert_int_equal(decide(p, "sqs:SendMessage", "arn:aws:sqs:r:1:q", ""), LP_ALLOWED);
}

static void test_not(void **state)
{
	const char *a = ALLOW("\"NotAction\":\"iam:*\",\"Resource\":\"*\"");
	const char *r = ALLOW("\"Action\":\"*\",\"NotResource\":\"arn:aws:s3:::b/*\"");
	const char *d =
		"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},"
		"{\"Effect\":\"Deny\",\"Action\":\"*\",\"NotResource\":\"arn:aws:s3:::b/*\"}]}";

	(void)state;
	assert_int_equal(decide(a, "iam:PassRole", "*", ""), LP_DENIED_IMPLICITLY);
	assert_int_equal(decide(a, "s3:GetObject", "*", ""), LP_ALLOWED);
	assert_int_equal(decide(r, "s3:GetObject", "arn:aws:s3:::b/k", ""), LP_DENIED_IMPLICITLY);
	assert_int_equal(decide(r, "s3:GetObject", "arn:aws:s3:::*", ""), LP_DENIED_IMPLICITLY);
	assert_int_equal(decide(r, "s3:GetObject", "arn:aws:s3:::c/k", ""), LP_ALLOWED);
	/* An action that takes no resource is about none of the list. */
	assert_int_equal(decide(r, "ec2:DescribeInstances", "*", ""), LP_ALLOWED);
	assert_int_equal(decide(d, "ec2:DescribeInstances", "*", ""), LP_DENIED_EXPLICITLY);
	assert_int_equal(decide(d, "s3:GetObject", "arn:aws:s3:::b/k", ""), LP_ALLOWED);
	assert_int_equal(decide(d, "s3:GetObject", "arn:aws:s3:::c/k", ""), LP_DENIED_EXPLICITLY);
}

/* One statement on everything, under one condition line. */
#define IF(op, value)                                                                              \
	ALLOW("\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"" op "\":{\"a:key\":" value    \
	      "}}")

static void test_conditions(void **state)
{
	static const struct {
		const char *policy, *context;
		bool allowed;
	} rows[] = {
		{IF("StringEquals", "\"x\""), COND("StringEquals", "a:key", "x"), true},
		{IF("StringEquals", "\"x\""), COND("StringEquals", "A:Key", "x"), true},
		{IF("StringEquals", "\"x\""), COND("StringEquals", "a:key", "y"), false},
		{IF("StringEquals", "\"x\""), "", false},
		{IF("StringEquals", "[\"w\",\"x\"]"), COND("StringEquals", "a:key", "x"), true},
		{IF("StringEqualsIfExists", "\"x\""), "", true},
		{IF("StringEqualsIfExists", "\"x\""), COND("StringEquals", "a:key", "y"), false},
		{IF("StringNotEquals", "\"x\""), COND("StringEquals", "a:key", "y"), true},
		{IF("StringNotEquals", "\"x\""), COND("StringEquals", "a:key", "x"), false},
		{IF("StringNotEquals", "\"x\""), "", true},
		{IF("StringEqualsIgnoreCase", "\"X\""), COND("StringEquals", "a:key", "x"), true},
		{IF("StringLike", "\"x*\""), COND("StringEquals", "a:key", "xy"), true},
		{IF("StringLike", "\"x*\""), COND("StringEquals", "a:key", "y"), false},
		{IF("ArnLike", "\"arn:aws:s3:::b*\""),
		 COND("ArnLike", "a:key", "arn:aws:s3:::bucket"), true},
		{IF("Bool", "true"), COND("Bool", "a:key", "true"), true},
		{IF("Bool", "\"True\""), COND("Bool", "a:key", "false"), false},
		{IF("Null", "true"), "", true},
		{IF("Null", "\"true\""), COND("StringEquals", "a:key", "x"), false},
		{IF("Null", "false"), COND("StringEquals", "a:key", "x"), true},
		{IF("ForAllValues:StringEquals", "[\"x\",\"y\"]"),
		 COND("StringEquals", "a:key", "x") COND("StringEquals", "a:key", "y"), true},
		{IF("ForAllValues:StringEquals", "\"x\""),
		 COND("StringEquals", "a:key", "x") COND("StringEquals", "a:key", "y"), false},
		{IF("ForAllValues:StringEquals", "\"x\""), "", true},
		{IF("ForAnyValue:StringEquals", "\"x\""),
		 COND("StringEquals", "a:key", "x") COND("StringEquals", "a:key", "y"), true},
		{IF("ForAnyValue:StringEquals", "\"x\""), "", false},
		/* What is not understood never allows. */
		{IF("IpAddress", "\"10.0.0.0/8\""), COND("IpAddress", "a:key", "10.0.0.1"), false},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		if ((decide(rows[i].policy, "s3:GetObject", "arn:aws:s3:::b/k", rows[i].context) ==
		     LP_ALLOWED) != rows[i].allowed)
			fail_msg("row %zu: %s", i, rows[i].policy);
}

/* What AWS says of ARNs that are not whole, of variables, and of the region of a call. */
static void test_documented(void **state)
{
#define ALL "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},"
	const char *q = "arn:aws:sqs:eu-west-1:123456789012:q";
	const char *own = "{\"Statement\":[" ALL "{\"Effect\":\"Deny\",\"Action\":\"s3:*\","
			  "\"Resource\":\"arn:aws:s3:::b/${aws:username}/*\"}]}";
	const char *not_own = "{\"Statement\":[" ALL "{\"Effect\":\"Deny\",\"Action\":\"s3:*\","
			      "\"NotResource\":\"arn:aws:s3:::b/${aws:username}/*\"}]}";
	const char *locked = "{\"Statement\":[" ALL "{\"Effect\":\"Deny\",\"NotAction\":\"iam:*\","
			     "\"Resource\":\"*\",\"Condition\":{\"StringNotEquals\":{"
			     "\"aws:requestedregion\":[\"eu-west-1\",\"eu-west-2\"]}}}]}";
	const char *there = ALLOW("\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
				  "\"StringEquals\":{\"aws:RequestedRegion\":\"eu-west-1\"}}");

	(void)state;
	assert_int_equal(decide(ALLOW("\"Action\":\"*\",\"Resource\":\"arn:aws:sqs\""),
				"sqs:SendMessage", q, ""),
			 LP_ALLOWED);
	assert_int_equal(decide(own, "s3:GetObject", "arn:aws:s3:::b/joe/x", ""),
			 LP_DENIED_EXPLICITLY);
	assert_int_equal(decide(own, "s3:GetObject", "arn:aws:s3:::c/joe/x", ""), LP_ALLOWED);
	assert_int_equal(decide(not_own, "s3:GetObject", "arn:aws:s3:::b/joe/x", ""),
			 LP_DENIED_EXPLICITLY);
	assert_int_equal(decide(ALLOW("\"Action\":\"*\","
				      "\"Resource\":\"arn:aws:s3:::b/${aws:username}\""),
				"s3:GetObject", "arn:aws:s3:::b/${$}{aws:username}", ""),
			 LP_DENIED_IMPLICITLY);
	assert_int_equal(decide(locked, "sqs:SendMessage", q, ""), LP_ALLOWED);
	assert_int_equal(
		decide(locked, "sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:q", ""),
		LP_DENIED_EXPLICITLY);
	assert_int_equal(decide(there, "sqs:SendMessage", q, ""), LP_ALLOWED);
	assert_int_equal(decide(there, "sqs:SendMessage", "arn:aws:sqs:*:123456789012:q", ""),
			 LP_DENIED_IMPLICITLY);
	assert_int_equal(decide(there, "s3:GetObject", "arn:aws:s3:::b/k", ""),
			 LP_DENIED_IMPLICITLY);
	/* What the call proved outweighs the ARN. */
	assert_int_equal(decide(there, "sqs:SendMessage", q,
				COND("StringEquals", "aws:RequestedRegion", "us-east-1")),
			 LP_DENIED_IMPLICITLY);
#undef ALL
}

static void expect_untold(const char *policy, const char *conditions, const char *key)
{
	const struct lp_statement *by;
	struct lp_read_error error;
	struct lp_evaluator *ev;
	struct lp_document doc;
	struct lp_arena arena;
	const char *got;

	lp_arena_init(&arena, 1 << 20);
	assert_int_equal(lp_document_read(lp_span_str(policy), &arena, &doc, &error), 0);
	assert_int_equal(lp_evaluator_new(&doc, 1, &ev), 0);
	assert_int_not_equal(lp_evaluate(ev, "s3:GetObject", "arn:aws:s3:::b/k", conditions, &by),
			     LP_ALLOWED);
	got = lp_evaluate_untold(ev, "s3:GetObject", "arn:aws:s3:::b/k", conditions, by);
	if (key ? !got || strcmp(got, key) : got != NULL)
		fail_msg("%s for %s", got ? got : "none", policy);
	lp_evaluator_free(ev);
	lp_arena_fini(&arena);
}

static void test_untold(void **state)
{
	(void)state;
	expect_untold(IF("StringEquals", "\"x\""), "", "a:key");
	expect_untold(IF("IpAddress", "\"10.0.0.0/8\""), "", "a:key");
	expect_untold(IF("StringEquals", "\"x\""), COND("StringEquals", "A:Key", "y"), NULL);
	expect_untold(ALLOW("\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::c/*\",\"Condition\":{"
			    "\"StringEquals\":{\"a:key\":\"x\"}}"),
		      "", NULL);
	expect_untold(ALLOW("\"Action\":\"*\",\"NotResource\":\"arn:aws:s3:::c/*\",\"Condition\":"
			    "{\"StringEquals\":{\"a:key\":\"x\"}}"),
		      "", "a:key");
	expect_untold("{\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\","
		      "\"Condition\":{\"BoolIfExists\":{\"aws:SecureTransport\":\"false\"}}}]}",
		      "", "aws:SecureTransport");
}

#define LONG_MAX_ 12000 /* bytes of a value that takes longer than there is time for */

/* A policy with one condition: `letters` letters behind `head`; and a value of `len` letters. */
static void expect_of(const char *head, size_t letters, const char *tail, size_t len,
		      enum lp_decision want)
{
	char text[LONG_MAX_ + 1], policy[LONG_MAX_ + 512], value[LONG_MAX_ + 64];

	memset(text, 'a', len);
	text[len] = '\0';
	snprintf(value, sizeof(value), COND("StringEquals", "a:key", "%sb"), text);
	text[letters] = '\0';
	snprintf(policy, sizeof(policy), "%s%s%s", head, text, tail);
	assert_int_equal(decide(policy, "s3:GetObject", "arn:aws:s3:::b/k", value), want);
}

/* Nothing is allowed for want of effort. */
static void test_effort(void **state)
{
	static const char *const denied =
		"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},"
		"{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
		"\"StringLike\":{\"a:key\":\"*?";
	static const char *const allowed =
		"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\","
		"\"Condition\":{";
	char head[256];

	(void)state;
	expect_of(denied, LP_PATTERN_SURE_MAX / 4, "b*\"}}}]}", LP_PATTERN_SURE_MAX - 1,
		  LP_DENIED_EXPLICITLY);
	expect_of(denied, LONG_MAX_ / 4, "b*\"}}}]}", LONG_MAX_, LP_DENIED_EXPLICITLY);
	snprintf(head, sizeof(head), "%s\"StringNotLike\":{\"a:key\":\"*?", allowed);
	expect_of(head, LONG_MAX_ / 4, "b*\"}}}]}", LONG_MAX_, LP_DENIED_IMPLICITLY);
	snprintf(head, sizeof(head), "%s\"StringNotEquals\":{\"a:key\":\"", allowed);
	expect_of(head, LONG_MAX_, "\"}}}]}", LONG_MAX_, LP_ALLOWED);
	snprintf(head, sizeof(head), "%s\"StringLike\":{\"a:key\":\"*", allowed);
	expect_of(head, LONG_MAX_, "b\"}}}]}", LONG_MAX_, LP_ALLOWED);
}

/* Of so many values that they are looked up. */
static void test_wide(void **state)
{
	const char *many = "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\","
			   "\"l\",\"m\",\"n\",\"o\",\"p\",\"q\",\"r\",\"s\",\"x*\"]";
	static const struct {
		const char *op;
		bool in, out, wild, none; /* of "a", "z", "xx", and without a value */
	} rows[] = {
		{"StringEquals", true, false, false, false},
		{"StringEqualsIfExists", true, false, false, true},
		{"StringNotEquals", false, true, true, true},
		{"ForAnyValue:StringEquals", true, false, false, false},
		{"ForAllValues:StringEquals", true, false, false, true},
		{"ForAnyValue:StringNotEquals", false, true, true, false},
		{"StringEqualsIgnoreCase", true, false, false, false},
		{"StringLike", true, false, true, false},
		{"StringNotLike", false, true, false, true},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		const char *const contexts[] = {COND("StringEquals", "a:key", "a"),
						COND("StringEquals", "a:key", "z"),
						COND("StringEquals", "a:key", "xx"), ""};
		const bool want[] = {rows[i].in, rows[i].out, rows[i].wild, rows[i].none};
		char policy[1024];

		snprintf(policy, sizeof(policy),
			 ALLOW("\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"%s\":{"
			       "\"a:key\":%s}}"),
			 rows[i].op, many);
		for (size_t k = 0; k < LP_ARRAY_LEN(want); k++)
			if ((decide(policy, "s3:GetObject", "arn:aws:s3:::b/k", contexts[k]) ==
			     LP_ALLOWED) != want[k])
				fail_msg("%s, context %zu", rows[i].op, k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allow),	   cmocka_unit_test(test_deny),
		cmocka_unit_test(test_not),	   cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_documented), cmocka_unit_test(test_untold),
		cmocka_unit_test(test_dollar),	   cmocka_unit_test(test_effort),
		cmocka_unit_test(test_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
