/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "aws/identity.h"

#define KEY	"AKIAIOSFODNN7EXAMPLE" /* says nothing of its account */
#define NEW_KEY "ASIAQNZGKIQY56JQ7WML" /* issued to 029608264753 */

static void add(struct lp_identities *ids, const char *key, enum lp_fact_kind kind,
		const char *value)
{
	struct lp_fact f = {lp_span_str(key), kind, lp_span_str(value)};

	assert_int_equal(lp_identities_add(ids, &f), 0);
}

static struct lp_identities *new_ids(void)
{
	struct lp_identities *ids;

	assert_int_equal(lp_identities_new(&ids), 0);
	return ids;
}

/* The facts of a call put into a fresh set. */
static struct lp_identities *learn(const struct lp_call *call)
{
	struct lp_identities *ids = new_ids();
	const struct lp_fact *facts;
	struct lp_arena arena;
	size_t n;

	lp_arena_init(&arena, 1 << 20);
	assert_int_equal(lp_facts_of(call, &arena, &facts, &n), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(lp_identities_add(ids, &facts[i]), 0);
	lp_arena_fini(&arena);
	return ids;
}

static void expect(const struct lp_identities *ids, const char *key, const char *principal,
		   const char *account)
{
	const char *p = lp_identities_principal(ids, lp_span_str(key));
	char got[13];

	if (principal) {
		assert_non_null(p);
		assert_string_equal(p, principal);
	} else {
		assert_null(p);
	}
	if (account) {
		assert_true(lp_identities_account(ids, lp_span_str(key), got));
		assert_string_equal(got, account);
	} else {
		assert_false(lp_identities_account(ids, lp_span_str(key), got));
	}
}

#define FIELD(n, v)                                                                                \
	{                                                                                          \
		LP_SPAN(n), LP_SPAN(v)                                                             \
	}

static void test_assume_role(void **state)
{
	const struct lp_field fields[] = {
		FIELD("AssumeRoleResponse.AssumeRoleResult.AssumedRoleUser.Arn",
		      "arn:aws:sts::210987654321:assumed-role/deploy/session"),
		FIELD("AssumeRoleResponse.AssumeRoleResult.Credentials.AccessKeyId", "ASIAROLE"),
	};
	const struct lp_response rsp = {.status = 200, .fields = fields, .n_fields = 2};
	const char *const role[] = {"arn:aws:iam::210987654321:role/x/deploy"};
	const struct lp_grant grant = {"sts:AssumeRole", role, 1, NULL, 0, 0, NULL};
	const struct lp_call call = {
		.service = "STS",
		.operation = "AssumeRole",
		.access_key = LP_SPAN(KEY),
		.response = &rsp,
		.authz = {.grants = &grant, .n_grants = 1},
	};
	struct lp_identities *ids = learn(&call);

	(void)state;
	expect(ids, "ASIAROLE", "arn:aws:iam::210987654321:role/deploy", "210987654321");
	/* The role may be in another account: nothing is learned of the caller's. */
	expect(ids, KEY, NULL, NULL);
	lp_identities_free(ids);
}

/* A certificate asks; the answer may be for more than one role. */
static void test_roles_anywhere(void **state)
{
	const struct lp_field fields[] = {
		FIELD("credentialSet.assumedRoleUser.arn",
		      "arn:aws:sts::210987654321:assumed-role/deploy/4f00"),
		FIELD("credentialSet.credentials.accessKeyId", "ASIAROLE"),
		FIELD("credentialSet.roleArn", "arn:aws:iam::210987654321:role/x/deploy"),
		FIELD("subjectArn", "arn:aws:rolesanywhere:us-east-1:210987654321:subject/1"),
	};
	const struct lp_response rsp = {.status = 201, .fields = fields, .n_fields = 4};
	const struct lp_call call = {
		.service = "RolesAnywhere Sessions",
		.operation = "CreateSession",
		.response = &rsp,
	};
	struct lp_identities *ids = learn(&call);

	(void)state;
	expect(ids, "ASIAROLE", "arn:aws:iam::210987654321:role/deploy", "210987654321");
	lp_identities_free(ids);
}

static void test_caller_identity(void **state)
{
	const struct lp_field fields[] = {
		FIELD("Arn", "arn:aws:iam::123456789012:user/dev/alice"),
		FIELD("UserId", "AIDA"),
		FIELD("Account", "123456789012"),
	};
	const struct lp_response rsp = {.status = 200, .fields = fields, .n_fields = 3};
	const struct lp_call call = {
		.service = "STS",
		.operation = "GetCallerIdentity",
		.access_key = LP_SPAN(NEW_KEY),
		.response = &rsp,
	};
	struct lp_identities *ids = learn(&call);

	(void)state;
	/* Emulators invent key ids: the answer ranks above what the id says. */
	expect(ids, NEW_KEY, "arn:aws:iam::123456789012:user/dev/alice", "123456789012");
	lp_identities_free(ids);
}

static void test_session_token(void **state)
{
	const struct lp_field fields[] = {FIELD("Credentials.AccessKeyId", "ASIASESSION")};
	const struct lp_response rsp = {.status = 200, .fields = fields, .n_fields = 1};
	const struct lp_call call = {
		.service = "STS",
		.operation = "GetSessionToken",
		.access_key = LP_SPAN(KEY),
		.response = &rsp,
	};
	struct lp_identities *ids = learn(&call);

	(void)state;
	assert_string_equal(lp_identities_who(ids, LP_SPAN("ASIASESSION")), KEY);
	assert_null(lp_identities_who(ids, LP_SPAN(KEY)));
	/* What is learned later of the first key holds for the session too. */
	add(ids, KEY, LP_FACT_CALLER, "arn:aws:iam::123456789012:user/bob");
	expect(ids, "ASIASESSION", "arn:aws:iam::123456789012:user/bob", "123456789012");
	lp_identities_free(ids);
}

static void test_instance_metadata(void **state)
{
	const struct lp_field fields[] = {FIELD("AccessKeyId", NEW_KEY)};
	const struct lp_response rsp = {.status = 200, .fields = fields, .n_fields = 1};
	const struct lp_request req = {
		.method = LP_SPAN("GET"),
		.target = LP_SPAN("/latest/meta-data/iam/security-credentials/web-role"),
	};
	const struct lp_call call = {
		.metadata = true,
		.partition = "aws",
		.request = &req,
		.response = &rsp,
	};
	struct lp_identities *ids = learn(&call);

	(void)state;
	expect(ids, NEW_KEY, "arn:aws:iam::029608264753:role/web-role", "029608264753");
	lp_identities_free(ids);
}

static void test_container(void **state)
{
	const struct lp_field fields[] = {
		FIELD("RoleArn", "arn:aws:iam::123456789012:role/ecs/task"),
		FIELD("AccessKeyId", "ASIATASK"),
	};
	const struct lp_response rsp = {.status = 200, .fields = fields, .n_fields = 2};
	const struct lp_request req = {.target = LP_SPAN("/v2/credentials/some-id")};
	const struct lp_call call = {.metadata = true, .request = &req, .response = &rsp};
	struct lp_identities *ids = learn(&call);

	(void)state;
	expect(ids, "ASIATASK", "arn:aws:iam::123456789012:role/task", "123456789012");
	lp_identities_free(ids);
}

static void test_sso_and_cognito(void **state)
{
	const struct lp_field sso[] = {FIELD("roleCredentials.accessKeyId", "ASIASSO")};
	const struct lp_response sso_rsp = {.fields = sso, .n_fields = 1};
	const struct lp_request sso_req = {
		.target =
			LP_SPAN("/federation/credentials?role_name=Admin&account_id=123456789012"),
	};
	const struct lp_call sso_call = {
		.service = "SSO",
		.operation = "GetRoleCredentials",
		.request = &sso_req,
		.response = &sso_rsp,
	};
	const struct lp_field cognito[] = {
		FIELD("Credentials.AccessKeyId", "ASIACOG"),
		FIELD("IdentityId", "eu-west-1:0c1d"),
	};
	const struct lp_response cognito_rsp = {.fields = cognito, .n_fields = 2};
	const struct lp_call cognito_call = {
		.service = "Cognito Identity",
		.operation = "GetCredentialsForIdentity",
		.response = &cognito_rsp,
	};
	struct lp_identities *ids = learn(&sso_call);

	(void)state;
	expect(ids, "ASIASSO", "arn:aws:iam::123456789012:role/AWSReservedSSO_Admin",
	       "123456789012");
	lp_identities_free(ids);
	ids = learn(&cognito_call);
	expect(ids, "ASIACOG", "cognito:eu-west-1:0c1d", NULL);
	lp_identities_free(ids);
}

/* A parameter that another account shares, by its ARN: the answer repeats whose it is. */
static void test_asked_for(void **state)
{
	const struct lp_field fields[] = {
		FIELD("Parameter.ARN", "arn:aws:ssm:eu-west-1:333333333333:parameter/shared"),
		FIELD("Parameter.Name", "/shared"),
	};
	const struct lp_response rsp = {.status = 200, .fields = fields, .n_fields = 2};
	struct lp_request req = {
		.target = LP_SPAN("/"),
		.body = LP_SPAN(
			"{\"Name\":\"arn:aws:ssm:eu-west-1:333333333333:parameter/shared\"}"),
	};
	const struct lp_call call = {
		.service = "SSM",
		.operation = "GetParameter",
		.access_key = LP_SPAN(NEW_KEY),
		.request = &req,
		.response = &rsp,
	};
	struct lp_identities *ids = learn(&call);

	(void)state;
	expect(ids, NEW_KEY, NULL, "029608264753");
	lp_identities_free(ids);
	req.body = LP_SPAN("{\"Name\":\"/shared\"}");
	ids = learn(&call);
	expect(ids, NEW_KEY, NULL, "333333333333");
	lp_identities_free(ids);
}

static void test_account_ranks(void **state)
{
	struct lp_identities *ids = new_ids();

	(void)state;
	add(ids, KEY, LP_FACT_REQUEST, "111111111111");
	expect(ids, KEY, NULL, "111111111111");
	add(ids, KEY, LP_FACT_REQUEST, "222222222222"); /* not unanimous */
	expect(ids, KEY, NULL, NULL);
	add(ids, KEY, LP_FACT_ANSWER, "333333333333");
	expect(ids, KEY, NULL, "333333333333");
	add(ids, KEY, LP_FACT_ISSUED, "arn:aws:iam::444444444444:role/r");
	expect(ids, KEY, "arn:aws:iam::444444444444:role/r", "444444444444");

	/* The id itself ranks between answers and requests. */
	add(ids, NEW_KEY, LP_FACT_REQUEST, "111111111111");
	expect(ids, NEW_KEY, NULL, "029608264753");
	add(ids, NEW_KEY, LP_FACT_ANSWER, "333333333333");
	expect(ids, NEW_KEY, NULL, "333333333333");
	lp_identities_free(ids);
}

static int collect(void *ctx, const struct lp_fact *fact)
{
	return lp_identities_add(ctx, fact);
}

/* A circle of sessions, which only a hostile log has, ends; facts survive being written out. */
static void test_circle_and_copy(void **state)
{
	struct lp_identities *ids = new_ids(), *copy = new_ids(), *merged = new_ids();

	(void)state;
	add(ids, "A", LP_FACT_SAME_AS, "B");
	add(ids, "B", LP_FACT_SAME_AS, "A");
	add(ids, "B", LP_FACT_CALLER, "arn:aws:iam::123456789012:user/u");
	expect(ids, "A", "arn:aws:iam::123456789012:user/u", "123456789012");
	add(ids, KEY, LP_FACT_ANSWER, "111111111111");
	add(ids, KEY, LP_FACT_ANSWER, "222222222222");
	assert_int_equal(lp_identities_each(ids, collect, copy), 0);
	expect(copy, "A", "arn:aws:iam::123456789012:user/u", "123456789012");
	add(copy, KEY, LP_FACT_ANSWER, "111111111111"); /* stays mixed */
	expect(copy, KEY, NULL, NULL);
	assert_int_equal(lp_identities_each(copy, collect, merged), 0);
	expect(merged, KEY, NULL, NULL);
	lp_identities_free(ids);
	lp_identities_free(copy);
	lp_identities_free(merged);
	lp_identities_free(NULL);
}

static void test_names(void **state)
{
	static const char *const rows[][2] = {
		{"arn:aws:iam::123456789012:role/deploy", "deploy"},
		{"arn:aws:iam::123456789012:user/dev/alice", "alice"},
		{"arn:aws:iam::123456789012:root", "root"},
		{"AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"},
		{"cognito:eu-west-1:0c1d", "cognito-eu-west-1-0c1d"},
		{"/usr/bin/python3.11", "python3.11"},
		{"", "unknown"},
		{"x/..", "-."},
		{"x/\n\x80 a", "---a"},
	};
	char buf[64], small[4];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		lp_identity_name(lp_span_str(rows[i][0]), buf, sizeof(buf));
		assert_string_equal(buf, rows[i][1]);
	}
	lp_identity_name(LP_SPAN("abcdef"), small, sizeof(small));
	assert_string_equal(small, "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roles_anywhere),
		cmocka_unit_test(test_assume_role),
		cmocka_unit_test(test_caller_identity),
		cmocka_unit_test(test_session_token),
		cmocka_unit_test(test_instance_metadata),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_sso_and_cognito),
		cmocka_unit_test(test_asked_for),
		cmocka_unit_test(test_account_ranks),
		cmocka_unit_test(test_circle_and_copy),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
