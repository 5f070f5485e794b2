/* SPDX-License-Identifier: MIT */
/* What lint does where it has no effort left to compare actions with resources. */
#define FIT_EFFORT_MAX 10000
#include "policy/lint.c"

#include "evidence.h"
#include "policy/read.h"

/* The number of findings by the rule of that id. */
static size_t count_findings(const struct lp_findings *f, const char *id)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += !strcmp(f->v[i].rule->id, id);
	return n;
}

static void lint(const char *action, int resources, struct lp_findings *out)
{
	struct lp_read_error error;
	struct lp_document doc;
	struct lp_arena arena;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	fprintf(f, "{\"Version\":\"2012-10-17\",\"Statement\":[");
	for (int s = 0; s < 2; s++) {
		fprintf(f, "%s{\"Effect\":\"Allow\",\"Action\":[\"%s\"],\"Resource\":[",
			s ? "," : "", action);
		for (int i = 0; i < resources; i++)
			fprintf(f, "%s\"arn:aws:sqs:us-east-1:123456789012:q%d\"", i ? "," : "", i);
		fprintf(f, "]}");
	}
	fprintf(f, "]}");
	fclose(f);
	lp_arena_init(&arena, 1 << 24);
	assert_int_equal(lp_document_read(lp_span_of(text, len), &arena, &doc, &error), 0);
	assert_int_equal(lp_lint(&doc, out), 0);
	lp_arena_fini(&arena);
	free(text);
}

static void test_few(void **state)
{
	struct lp_findings f;

	(void)state;
	lint("s3:GetObject", 10, &f);
	assert_int_equal(count_findings(&f, "not-compared"), 0);
	assert_int_equal(count_findings(&f, "action-fits-no-resource"), 2);
	lp_findings_fini(&f);
}

/* Said once, and nothing is said of what was not compared. */
static void test_many(void **state)
{
	struct lp_findings f;

	(void)state;
	lint("s3:Get*", 1000, &f);
	assert_int_equal(count_findings(&f, "not-compared"), 1);
	assert_int_equal(count_findings(&f, "action-fits-no-resource"), 0);
	assert_int_equal(count_findings(&f, "resource-fits-no-action"), 0);
	lp_findings_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
