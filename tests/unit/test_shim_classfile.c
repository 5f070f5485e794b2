/* SPDX-License-Identifier: MIT */
/*
 * Insertion into class files. tests/e2e/java.t lets a virtual machine verify and run the answers;
 * here: what is moved how, and that no input and no room too small does harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../preload/classfile.c"

#define MAX 16384

/* Compiled from tests/e2e/java/Rich.java. */
#define RICH "tests/fuzz/corpus/classfile/rich.class"

static struct lps_class_work work;
static unsigned char rich[MAX], out[2 * MAX];
static size_t rich_len;

static struct lps_class_insert insert(const char *method, bool at_return)
{
	return (struct lps_class_insert){
		.method = method,
		.desc = "(Ljava/lang/Object;I)Ljava/lang/Object;",
		.at_return = at_return,
		.load = {at_return ? 89 : 42},
		.n_load = 1,
		.n_stack = 1,
		.hook = "hook",
		.hook_desc = "(Ljava/lang/Object;)V",
	};
}

static int read_rich(void **state)
{
	FILE *f = fopen(RICH, "rb");

	(void)state;
	if (!f)
		return -1;
	rich_len = fread(rich, 1, sizeof(rich), f);
	return fclose(f);
}

static long rewrite(size_t len, const struct lps_class_insert *ins, size_t n, size_t cap)
{
	/* Of exactly that size: a sanitizer sees what lies outside. */
	char *in = malloc(len + !len);
	unsigned char *to = malloc(cap + !cap);
	long r;

	assert_non_null(in);
	assert_non_null(to);
	memcpy(in, rich, len);
	r = lps_class_rewrite(lp_span_of(in, len), "Hook", ins, n, to, cap, &work);
	if (r > 0)
		memcpy(out, to, (size_t)r);
	free(in);
	free(to);
	return r;
}

static void test_inserts(void **state)
{
	const struct lps_class_insert ins[] = {insert("loopAtEntry", false), insert("dense", true),
					       insert("sparse", true), insert("wide", false)};
	long n = rewrite(rich_len, ins, 4, sizeof(out)), again;
	static const unsigned char call[] = {42, OP_INVOKESTATIC};

	(void)state;
	assert_true(n > (long)rich_len);
	assert_memory_equal(out, rich, 8);
	assert_non_null(memmem(out, (size_t)n, "Hook", 4));
	assert_non_null(memmem(out, (size_t)n, call, sizeof(call)));
	again = lps_class_rewrite(lp_span_of((const char *)out, (size_t)n), "Hook", ins, 4,
				  rich + MAX / 2, MAX / 2, &work);
	assert_true(again > n);
	assert_int_equal(read_rich(NULL), 0);
}

static void test_unknown_method(void **state)
{
	const struct lps_class_insert ins[] = {insert("dense", true), insert("missing", false)};

	(void)state;
	assert_int_equal(rewrite(rich_len, ins, 2, sizeof(out)), -ENOENT);
	assert_true(rewrite(rich_len, ins, 1, sizeof(out)) > 0);
}

static void test_torn(void **state)
{
	const struct lps_class_insert ins[] = {insert("sparse", true), insert("dense", false)};

	(void)state;
	for (size_t len = 0; len < rich_len; len++)
		assert_int_equal(rewrite(len, ins, 2, sizeof(out)), -EBADMSG);
}

static void test_no_room(void **state)
{
	const struct lps_class_insert ins[] = {insert("sparse", true), insert("dense", false)};
	long n = rewrite(rich_len, ins, 2, sizeof(out));

	(void)state;
	assert_true(n > 0);
	for (size_t cap = 0; cap < (size_t)n; cap++)
		assert_int_equal(rewrite(rich_len, ins, 2, cap), -E2BIG);
	assert_int_equal(rewrite(rich_len, ins, 2, (size_t)n), n);
}

/* Any one byte may be wrong: an error or another class, never more. */
static void test_every_byte_wrong(void **state)
{
	const struct lps_class_insert ins[] = {insert("sparse", true), insert("wide", false)};

	(void)state;
	for (size_t i = 0; i < rich_len; i++) {
		unsigned char was = rich[i];

		rich[i] ^= 0xff;
		assert_true(rewrite(rich_len, ins, 2, sizeof(out)) != 0);
		rich[i] = was;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inserts),
		cmocka_unit_test(test_unknown_method),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_every_byte_wrong),
	};

	return cmocka_run_group_tests(tests, read_rich, NULL);
}
