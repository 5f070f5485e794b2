/* SPDX-License-Identifier: MIT */
/* What the check of a policy does where it has no effort left. */
#define CHECK_EFFORT_MAX 100
#include "policy/build.c"

#include <unistd.h>

#include "evidence.h"

/* What `l` builds, stderr going to a text that the caller frees. */
static char *said_of(struct lp_ledger *l, struct lp_policy_set *set)
{
	const struct lp_build_options opts = {0};
	FILE *file = tmpfile();
	int real = dup(STDERR_FILENO), err;
	char *text = calloc(1, 4096);

	assert_non_null(file);
	assert_non_null(text);
	dup2(fileno(file), STDERR_FILENO);
	err = lp_build(l, &opts, set);
	fflush(stderr);
	dup2(real, STDERR_FILENO);
	close(real);
	assert_int_equal(err, 0);
	assert_true(pread(fileno(file), text, 4095, 0) >= 0);
	fclose(file);
	lp_ledger_free(l);
	return text;
}

static void test_few(void **state)
{
	static const char *const lines[] = {
		CALL("GetObject", GRANT("s3:GetObject", "arn:aws:s3:::b/k"))};
	struct lp_policy_set set;
	char *said = said_of(ledger_of(lines, LP_ARRAY_LEN(lines)), &set);

	(void)state;
	assert_string_equal(said, "");
	lp_policy_set_fini(&set);
	free(said);
}

/* The policy is whole, and how much of it was checked is said. */
static void test_many(void **state)
{
	struct lp_ledger *l = ledger_of(NULL, 0);
	struct lp_policy_set set;
	char line[512], *said;

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line),
			 CALL("GetObject", GRANT("s3:GetObject", "arn:aws:s3:::b/%d")), i);
		add_line(l, line);
	}
	said = said_of(l, &set);
	assert_non_null(strstr(said, "was checked against "));
	assert_non_null(strstr(said, " of its 100 permissions"));
	assert_null(strstr(said, "would refuse"));
	assert_int_equal(set.policies[0].n_resources, 100);
	lp_policy_set_fini(&set);
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
