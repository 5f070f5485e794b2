/* SPDX-License-Identifier: MIT */
/* The class that JSSE calls; that virtual machines verify and run it is tests/e2e/java.t's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../preload/java_class.c"

static void test_room(void **state)
{
	unsigned char all[LPS_JAVA_CLASS_MAX], *less;
	size_t n = lps_java_class(all, sizeof(all));

	(void)state;
	assert_true(n > 0);
	for (size_t cap = 0; cap <= n; cap++) {
		/* Of exactly that size: a sanitizer sees what lies outside. */
		less = malloc(cap + !cap);
		assert_non_null(less);
		assert_int_equal(lps_java_class(less, cap), cap < n ? 0 : n);
		if (cap == n)
			assert_memory_equal(less, all, n);
		free(less);
	}
}

/* Each method ends with what catches everything, at a place that its last jump does not reach. */
static void test_methods(void **state)
{
	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(methods); i++) {
		const unsigned char *end = methods[i].code + methods[i].len;

		assert_int_equal(end[-3], RETURN);
		assert_int_equal(end[-2], POP);
		assert_int_equal(end[-1], RETURN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_methods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
