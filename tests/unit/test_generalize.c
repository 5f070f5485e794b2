/* SPDX-License-Identifier: MIT */
#include "evidence.h"

#include "policy/generated.h"

/* --- names that look generated ---------------------------------------------------------------- */

static void looks(const char *name, const char *want)
{
	char got[256];
	size_t literal;
	unsigned kinds = lp_generated_pattern(lp_span_str(name), got, sizeof(got), &literal);

	if (!want)
		assert_false(kinds);
	assert_string_equal(got, want ? want : name);
}

static void test_generated(void **state)
{
	(void)state;
	looks("a/3f2504e0-4f89-11d3-9a0c-0305e82c3301.json",
	      "a/\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?.json");
	looks("log-2026-01-31T12:00:00.123Z.gz",
	      "log-\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?.gz");
	looks("backup-20260131", "backup-\?\?\?\?\?\?\?\?");
	looks("20260131T120000Z/x", "\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?/x");
	looks("run-1767225600", "run-\?\?\?\?\?\?\?\?\?\?");
	looks("app-20260131120000123400000001",
	      "app-\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?");
	looks("Stack-Orders-1QW2E3R4T5Y6U", "Stack-Orders-*");
	looks("MyQueue83908E77", "MyQueue\?\?\?\?\?\?\?\?");
	looks("MyStack-MyQueue83908E77-0GQXYR1ZBSOK", "MyStack-MyQueue\?\?\?\?\?\?\?\?-*");
	looks("i-0abcdef1234567890", "i-\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?\?");
	looks("web-x7f3k9q2", "web-*");
	/* Words, versions, numbers and dates that are none. */
	looks("orders-production-v2", NULL);
	looks("table2024", NULL);
	looks("sha256sum", NULL);
	looks("20261399", NULL);
	looks("123456789012", NULL);
	looks("CUSTOMERADDRESSES", NULL);
	looks("part-00001", NULL);
	looks("", NULL);
}

static void test_generated_is_bounded(void **state)
{
	char got[8];
	size_t literal;

	(void)state;
	assert_false(lp_generated_pattern(LP_SPAN("queue-20260131"), got, sizeof(got), &literal));
	assert_true(strlen(got) < sizeof(got));
}

/* --- wider resources -------------------------------------------------------------------------- */

static const char *const folders[] = {
	CALL("G", GRANT("s3:GetObject", "arn:aws:s3:::b/june/1")),
	CALL("G", GRANT("s3:GetObject", "arn:aws:s3:::b/june/2")),
	CALL("G", GRANT("s3:GetObject", "arn:aws:s3:::b/june/3")),
	CALL("G", GRANT("s3:GetObject", "arn:aws:s3:::b/july/1")),
	CALL("G", GRANT("s3:GetObject", "arn:aws:s3:::b/july/2")),
	CALL("G", GRANT("s3:GetObject", "arn:aws:s3:::c/june/1")),
	CALL("L", GRANT("s3:ListBucket", "arn:aws:s3:::b")),
	CALL("L", GRANT("s3:ListBucket", "arn:aws:s3:::c")),
	CALL("L", GRANT("s3:ListBucket", "arn:aws:s3:::d-1QW2E3R4T5Y6U")),
	CALL("Q", GRANT("sqs:SendMessage", "arn:aws:sqs:us-east-1:1:one")),
	CALL("Q", GRANT("sqs:SendMessage", "arn:aws:sqs:us-east-1:1:two")),
	CALL("D", GRANT("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:1:table/t")),
	CALL("D", GRANT("dynamodb:Query", "arn:aws:dynamodb:us-east-1:1:table/t")),
	CALL("P", GRANT("ssm:GetParameter", "arn:aws:ssm:us-east-1:1:parameter/app/a")),
	CALL("P", GRANT("ssm:GetParameter", "arn:aws:ssm:us-east-1:1:parameter/app/b")),
	CALL("P", GRANT("ssm:GetParameter", "arn:aws:ssm:us-east-1:1:parameter/app/c")),
	CALL("R", GRANT("iam:PassRole", "arn:aws:iam::1:role/x/a")),
	CALL("R", GRANT("iam:PassRole", "arn:aws:iam::1:role/x/b")),
	CALL("R", GRANT("iam:PassRole", "arn:aws:iam::1:role/x/c")),
	CALL("A", GRANT("sts:AssumeRole", "arn:aws:iam::1:role/deploy")),
	CALL("B", GRANT("iam:DeleteRolePolicy", "arn:aws:iam::1:role/deploy")),
};

struct found {
	const char *pair;
	bool yes;
};

static void look_for(void *ctx, const char *action, const char *resource)
{
	struct found *f = ctx;
	size_t n = strlen(action);

	f->yes = f->yes || (!strncmp(f->pair, action, n) && f->pair[n] == ' ' &&
			    !strcmp(f->pair + n + 1, resource));
}

/* Whether "action resource" stands in the policy of the evidence above. */
static bool grants(const struct lp_build_options *opts, const char *pair)
{
	struct lp_ledger *l = ledger_of(folders, LP_ARRAY_LEN(folders));
	struct found f = {.pair = pair};
	struct lp_policy_set set;

	assert_int_equal(lp_build(l, opts, &set), 0);
	lp_policy_each(&set.policies[0], look_for, &f);
	lp_policy_set_fini(&set);
	lp_ledger_free(l);
	return f.yes;
}

static void test_prefix(void **state)
{
	const struct lp_build_options opts = {.generalize = LP_GENERALIZE_PREFIX, .threshold = 3};
	const struct lp_build_options two = {.generalize = LP_GENERALIZE_PREFIX, .threshold = 2};
	const struct lp_build_options five = {.generalize = LP_GENERALIZE_PREFIX};

	(void)state;
	assert_true(grants(&opts, "s3:GetObject arn:aws:s3:::b/june/*"));
	assert_false(grants(&opts, "s3:GetObject arn:aws:s3:::b/june/1"));
	assert_true(grants(&opts, "s3:GetObject arn:aws:s3:::b/july/1"));
	assert_true(grants(&opts, "ssm:GetParameter arn:aws:ssm:us-east-1:1:parameter/app/*"));
	/* Folders that became one count as one: two of them make the bucket. */
	assert_true(grants(&two, "s3:GetObject arn:aws:s3:::b/*"));
	assert_true(grants(&two, "s3:GetObject arn:aws:s3:::c/june/1"));
	/* Names are no folder, buckets neither; passing roles stays exact. */
	assert_true(grants(&two, "sqs:SendMessage arn:aws:sqs:us-east-1:1:one"));
	assert_true(grants(&two, "s3:ListBucket arn:aws:s3:::b"));
	assert_true(grants(&two, "iam:PassRole arn:aws:iam::1:role/x/a"));
	assert_true(grants(&five, "s3:GetObject arn:aws:s3:::b/*"));
	assert_true(grants(&five, "ssm:GetParameter arn:aws:ssm:us-east-1:1:parameter/app/a"));
}

static void test_account_wide(void **state)
{
	const struct lp_build_options opts = {.generalize = LP_GENERALIZE_ACCOUNT};
	const struct lp_build_options all = {.generalize = LP_GENERALIZE_SERVICE, .threshold = 2};

	(void)state;
	assert_true(grants(&opts, "s3:GetObject arn:aws:s3:::b/*"));
	assert_true(grants(&opts, "s3:GetObject arn:aws:s3:::c/*"));
	assert_true(grants(&opts, "s3:ListBucket arn:aws:s3:::b"));
	assert_true(grants(&opts, "sqs:SendMessage arn:aws:sqs:us-east-1:1:*"));
	assert_true(grants(&opts, "dynamodb:GetItem arn:aws:dynamodb:us-east-1:1:table/*"));
	/* It would take in indexes, and none was seen. */
	assert_true(grants(&opts, "dynamodb:Query arn:aws:dynamodb:us-east-1:1:table/t"));
	assert_true(grants(&opts, "iam:PassRole arn:aws:iam::1:role/x/a"));
	assert_true(grants(&opts, "sts:AssumeRole arn:aws:iam::1:role/deploy"));
	assert_true(grants(&opts, "iam:DeleteRolePolicy arn:aws:iam::1:role/deploy"));
	assert_true(grants(&all, "sqs:SendMessage arn:aws:sqs:*:1:*"));
	assert_true(grants(&all, "dynamodb:GetItem arn:aws:dynamodb:us-east-1:1:table/t"));
}

/* Remarks say what is wider and what could be; a bucket's name is never a pattern. */
static void test_remarks(void **state)
{
	static const char *const lines[] = {
		CALL("Q", GRANT("sqs:SendMessage", "arn:aws:sqs:us-east-1:1:mail-1QW2E3R4T5Y6U")),
		CALL("Q", GRANT("sqs:SendMessage", "arn:aws:sqs:us-east-1:1:mail-2QW2E3R4T5Y6U")),
		CALL("L", GRANT("s3:ListBucket", "arn:aws:s3:::d-1QW2E3R4T5Y6U")),
		CALL("K",
		     GRANT("kms:Decrypt",
			   "arn:aws:kms:us-east-1:1:key/3f2504e0-4f89-11d3-9a0c-0305e82c3301")),
		/* An id that AWS chose names the resource: it is no pattern. */
		CALL("V", GRANT("ec2:DeleteSubnet", "arn:aws:ec2:us-east-1:1:subnet/"
						    "subnet-0a1b2c3d4e5f60718")),
	};
	const struct lp_build_options plain = {0}, asked = {.generalize = LP_GENERALIZE_GENERATED};
	struct lp_ledger *l = ledger_of(lines, LP_ARRAY_LEN(lines));
	struct lp_policy_set set;

	(void)state;
	assert_int_equal(lp_build(l, &plain, &set), 0);
	assert_int_equal(set.policies[0].n_remarks, 1);
	assert_int_equal(set.policies[0].remarks[0].flags, LP_REMARK_OFFER);
	assert_string_equal(set.policies[0].remarks[0].resource, "arn:aws:sqs:us-east-1:1:mail-*");
	assert_int_equal(set.policies[0].n_resources, 5);
	lp_policy_set_fini(&set);
	assert_int_equal(lp_build(l, &asked, &set), 0);
	assert_int_equal(set.policies[0].n_remarks, 1);
	assert_int_equal(set.policies[0].remarks[0].flags, LP_REMARK_GENERALIZED);
	assert_int_equal(set.policies[0].n_resources, 4);
	lp_policy_set_fini(&set);
	lp_ledger_free(l);
}

/* A line break is a character of an object's name like another. */
static void test_remark_of_two_lines(void **state)
{
	static const char *const lines[] = {
		CALL("G", GRANT("s3:GetObject", "arn:aws:s3:::b/a\\nmail-1QW2E3R4T5Y6U")),
	};
	const struct lp_build_options plain = {0};
	struct lp_ledger *l = ledger_of(lines, LP_ARRAY_LEN(lines));
	struct lp_policy_set set;

	(void)state;
	assert_int_equal(lp_build(l, &plain, &set), 0);
	assert_int_equal(set.policies[0].n_remarks, 1);
	assert_string_equal(set.policies[0].remarks[0].resource, "arn:aws:s3:::b/a\nmail-*");
	lp_policy_set_fini(&set);
	lp_ledger_free(l);
}

static void test_words(void **state)
{
	unsigned mask = 0;

	(void)state;
	assert_true(lp_generalize_of("prefix,service-wide", &mask));
	assert_int_equal(mask, LP_GENERALIZE_PREFIX | LP_GENERALIZE_SERVICE);
	assert_false(lp_generalize_of("", &mask));
	assert_false(lp_generalize_of("prefix,all", &mask));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generated), cmocka_unit_test(test_generated_is_bounded),
		cmocka_unit_test(test_prefix),	  cmocka_unit_test(test_account_wide),
		cmocka_unit_test(test_remarks),	  cmocka_unit_test(test_remark_of_two_lines),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
