/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lp_compiler.h"
#include "policy/fits.h"
#include "policy/pattern.h"

struct row {
	const char *pattern, *subject;
	bool yes;
};

static void test_covers(void **state)
{
	static const struct row rows[] = {
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything", true},
		{"a*c", "abc", true},
		{"a*c", "abcd", false},
		{"a*b*c", "axxbyybzzc", true},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		/* The subject is a pattern too: only what takes all of it covers it. */
		{"a*", "a*", true},
		{"a*", "ab*", true},
		{"ab*", "a*", false},
		{"a?", "a*", false},
		{"a*", "a?", true},
		{"a?", "a?", true},
		{"?", "${*}", true},
		/* Escapes are the characters themselves. */
		{"a${*}c", "abc", false},
		{"a${*}c", "a${*}c", true},
		{"a*c", "a${?}c", true},
		{"${$}x", "${$}x", true},
		{"${aws:username}", "${aws:username}", true},
		{"$", "$", true},
		{"$*", "${*}", false},
		/* What stands between two `*` is looked for by tokens, not by bytes. */
		{"*x*", "${x}", false},
		{"*x}*", "a${x}x}", true},
		{"*{*", "${*}{", true},
		{"*{*", "${*}", false},
		{"*a?b*c", "aabxab-b-c", true},
		{"*ab", "abab", true},
		{"*aa*a", "aa", false},
		{"*${a}*", "b${a}", true},
		{"${}*", "${}b", true},
		{"*${}*", "a${}b", true},
		/* `?` is a character, not a byte. */
		{"caf?", "caf\xc3\xa9", true},
		{"caf??", "caf\xc3\xa9", false},
		{"*\xc3\xa9", "caf\xc3\xa9", true},
		{"\xc3\xa8", "\xc3\xa9", false},
		{"?", "\xff", true},
		{"\xc3\xbf", "\xff", false},
		/* A variable is known to be itself. */
		{"a*", "a${aws:username}", true},
		{"a?", "a${aws:username}", false},
		{"${aws:username}", "${aws:userid}", false},
		{"${aws:username}", "${$}{aws:username}", false},
		{"${aws:username}", "joe", false},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		if (lp_pattern_covers(lp_span_str(rows[i].pattern), lp_span_str(rows[i].subject),
				      0) != rows[i].yes)
			fail_msg("%s against %s", rows[i].pattern, rows[i].subject);
	assert_true(
		lp_pattern_covers(LP_SPAN("S3:get*"), LP_SPAN("s3:GetObject"), LP_PATTERN_NOCASE));
	assert_false(lp_pattern_covers(LP_SPAN("S3:get*"), LP_SPAN("s3:GetObject"), 0));
}

static void test_arn_covers(void **state)
{
	static const struct row rows[] = {
		{"*", "arn:aws:s3:::b", true},
		{"*", "*", true},
		{"arn:aws:s3:::b", "*", false},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/k/l:m", true},
		{"arn:aws:s3:::b*", "arn:aws:s3:::b/k", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b", false},
		{"arn:*:sqs:*:*:q", "arn:aws:sqs:eu-west-1:123456789012:q", true},
		{"arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:123456789012:q", false},
		{"arn:aws:sqs:eu-west-1:123456789012:q", "arn:aws:sqs:eu-west-1:*:q", false},
		{"arn:aws:lambda:r:1:function:f:*", "arn:aws:lambda:r:1:function:f:v", true},
		{"arn:aws:lambda:r:1:function:f:*", "arn:aws:lambda:r:1:function:f", false},
		/* What ends early goes on with `*`. */
		{"arn:aws:sqs", "arn:aws:sqs:eu-west-1:123456789012:q", true},
		{"arn:aws:s3:*", "arn:aws:s3:::b/k:l", true},
		{"arn:*", "arn:aws:s3:::b", true},
		{"arn:aws:s3:", "arn:aws:sqs:eu-west-1:123456789012:q", false},
		{"arn:aws:s3:", "arn:aws:s3:::b", true},
		{"arn:aws:s3:", "arn:aws:s3:eu-west-1::b", false},
		{"arn:aws:sqs:eu-west-1:123456789012:q", "arn:aws:sqs", false},
		{"arn:aws:*", "arn:aws", true},
		/* Two ways to write the same. */
		{"arn:aws:s3:::a$b*", "arn:aws:s3:::a${$}b", true},
		{"arn:aws:s3:::a${$}b", "arn:aws:s3:::a$b", true},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		if (lp_arn_covers(lp_span_str(rows[i].pattern), lp_span_str(rows[i].subject)) !=
		    rows[i].yes)
			fail_msg("%s against %s", rows[i].pattern, rows[i].subject);
}

static void test_overlaps(void **state)
{
	static const struct row rows[] = {
		{"arn:aws:s3:::b/*", "arn:aws:s3:::*/k", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::c/*", false},
		{"arn:aws:s3:::b?", "arn:aws:s3:::*c", true},
		{"arn:aws:s3:::b", "arn:aws:s3:::b?", false},
		{"arn:aws:s3:::${*}", "arn:aws:s3:::a", false},
		{"arn:aws:s3:::${*}", "arn:aws:s3:::${*}", true},
		{"arn:aws:s3:::${*}", "arn:aws:s3:::?", true},
		{"arn:aws:s3:::", "arn:aws:s3:::*", true},
		{"*", "arn:aws:s3:::b", true},
		{"arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/joe/x", true},
		{"arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::c/joe", false},
		{"arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/joe", false},
		{"arn:aws:s3", "arn:aws:s3:::b", true},
		{"arn:aws:s3:::caf?", "arn:aws:s3:::caf\xc3\xa9", true},
		{"arn:aws:s3:::x*q}z", "arn:aws:s3:::x${*}z", false},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct lp_span a = lp_span_str(rows[i].pattern), b = lp_span_str(rows[i].subject);

		if (lp_arn_overlaps(a, b) != rows[i].yes || lp_arn_overlaps(b, a) != rows[i].yes)
			fail_msg("%s and %s", rows[i].pattern, rows[i].subject);
	}
}

/* Longer than any policy: taken to meet, whatever they are. */
static void test_overlaps_bounded(void **state)
{
	char *a = malloc(100 * 1000), *b = malloc(4000);
	struct lp_span x = {a, 100 * 1000}, y = {b, 4000};

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	memset(a, '?', x.len);
	memset(b, '?', y.len);
	memcpy(a, "arn:aws:s3:::", 13);
	memcpy(b, "arn:aws:s3:::", 13);
	assert_true(lp_arn_overlaps(x, y));
	assert_true(lp_arn_overlaps(y, x));
	assert_false(lp_arn_overlaps(lp_span_first(x, 4000), lp_span_first(y, 3999)));
	free(a);
	free(b);
}

static void test_prefix(void **state)
{
	(void)state;
	assert_int_equal(lp_pattern_prefix(LP_SPAN("ab*c")), 2);
	assert_int_equal(lp_pattern_prefix(LP_SPAN("a${*}b?")), 6);
	assert_true(lp_pattern_is_literal(LP_SPAN("a${*}b${?}")));
	assert_true(lp_pattern_is_literal(LP_SPAN("")));
	assert_false(lp_pattern_is_literal(LP_SPAN("a?")));
}

static void test_fits(void **state)
{
	static const char bucket[] = "arn:${Partition}:s3:::${BucketName}";
	static const char object[] = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
	static const char table[] =
		"arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}";

	(void)state;
	assert_true(lp_resource_fits(LP_SPAN("arn:aws:s3:::b"), bucket, false));
	assert_false(lp_resource_fits(LP_SPAN("arn:aws:s3:::b/*"), bucket, false));
	assert_false(lp_resource_fits(LP_SPAN("arn:aws:s3:::b/k"), bucket, false));
	assert_true(lp_resource_fits(LP_SPAN("arn:aws:s3:::b*"), bucket, false));
	assert_true(lp_resource_fits(LP_SPAN("arn:aws:s3:::b*"), object, false));
	assert_true(lp_resource_fits(LP_SPAN("arn:aws:s3:::b/*"), object, false));
	assert_true(lp_resource_fits(LP_SPAN("arn:aws:s3:::*/?"), object, false));
	assert_false(lp_resource_fits(LP_SPAN("arn:aws:s3:::b"), object, false));
	assert_false(lp_resource_fits(LP_SPAN("arn:aws:s3:::b${*}"), object, false));
	assert_true(lp_resource_fits(LP_SPAN("arn:aws:s3:::b/${*}"), object, false));
	assert_false(lp_resource_fits(LP_SPAN("arn:aws:s3:::b/"), object, false));
	assert_true(lp_resource_fits(LP_SPAN("arn:aws:dynamodb:*:*:table/*"), table, false));
	assert_true(lp_resource_fits(LP_SPAN("arn:aws:dynamodb:eu-west-1:1:*"), table, false));
	assert_false(lp_resource_fits(LP_SPAN("arn:aws:dynamodb:eu-west-1:1:global-table/x"), table,
				      false));
	assert_false(lp_resource_fits(LP_SPAN("arn:aws:s3:::table/x"), table, false));
	/* What stands behind a variable is not passed over. */
	assert_true(lp_resource_fits(LP_SPAN("arn:aws:s3:::aa/x"),
				     "arn:${Partition}:s3:::${BucketName}/x", false));
	assert_false(lp_resource_fits(LP_SPAN("arn:aws:s3:::aaax"),
				      "arn:${Partition}:s3:::${BucketName}/x", false));
	assert_false(lp_resource_fits(LP_SPAN("*"), table, false));
}

static void count(void *ctx, lp_iam_action a)
{
	(void)a;
	++*(size_t *)ctx;
}

static void test_each_action(void **state)
{
	size_t n = 0;

	(void)state;
	assert_int_equal(lp_each_action(LP_SPAN("s3:getobject"), count, &n), 1);
	assert_int_equal(n, 1);
	assert_int_equal(lp_each_action(LP_SPAN("s3:NoSuchThing"), NULL, NULL), 0);
	assert_true(lp_each_action(LP_SPAN("s3:Get*"), NULL, NULL) > 20);
	assert_true(lp_each_action(LP_SPAN("*:GetObject"), NULL, NULL) >= 1);
	assert_true(lp_each_action(LP_SPAN("*"), NULL, NULL) > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_covers),	    cmocka_unit_test(test_arn_covers),
		cmocka_unit_test(test_overlaps),    cmocka_unit_test(test_overlaps_bounded),
		cmocka_unit_test(test_prefix),	    cmocka_unit_test(test_fits),
		cmocka_unit_test(test_each_action),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
