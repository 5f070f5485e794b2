/* SPDX-License-Identifier: MIT */
/* What comparing entries takes is told by how long their names are. */
#define EFFORT_MAX 200
#include "policy/subsume.c"

#include "evidence.h"

#define COVERED 50

/* Entries that are left of a pattern, `n` times `?`, and of names that it covers. */
static size_t left_of(size_t n)
{
	static char text[COVERED + 1][1024];
	const char *names[COVERED + 3] = {"", "s3:GetObject"};
	struct lp_entry v[COVERED + 1];
	struct lp_entries e = {.names = names, .n_names = COVERED + 3};

	for (unsigned i = 0; i <= COVERED; i++) {
		int len = snprintf(text[i], sizeof(text[i]), "arn:aws:s3:::b/");

		memset(text[i] + len, i ? 'a' : '?', n);
		if (i)
			snprintf(text[i] + len + n - 2, 3, "%02u", i);
		names[i + 2] = text[i];
		v[i] = (struct lp_entry){.action = 1, .resource = i + 2};
	}
	return lp_entries_subsume(&e, v, COVERED + 1);
}

static void test_length(void **state)
{
	(void)state;
	assert_int_equal(left_of(4), 1);
	assert_true(left_of(900) > COVERED / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
