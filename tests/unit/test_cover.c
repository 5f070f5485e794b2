/* SPDX-License-Identifier: MIT */
/* Walks against trying all patterns one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "policy/cover.h"
#include "policy/pattern.h"

#define ROUNDS	 300
#define PATTERNS 60
#define NAME	 64

static unsigned below(unsigned n)
{
	static uint32_t x = 1;

	x = x * 1664525u + 1013904223u;
	return (x >> 8) % n;
}

/* Of few characters, so that many begin alike, cover each other, or end early. */
static void make_pattern(char out[NAME])
{
	static const char *const fields[] = {"arn:aws:s3:::",
					     "arn:aws:s3:::b/",
					     "arn:aws:sqs:*:1:",
					     "arn:aws:s3",
					     "arn:aws:s3:*",
					     "arn:*:s3:::",
					     "x",
					     ""};
	static const char *const pieces[] = {"a", "a", "a",    "b",    "*",
					     "?", "$", "${$}", "${v}", ":"};
	size_t n = (size_t)snprintf(out, NAME, "%s", fields[below(LP_ARRAY_LEN(fields))]);

	for (unsigned left = below(2) ? below(4) : below(9); left; left--)
		n += (size_t)snprintf(out + n, NAME - n, "%s",
				      pieces[below(below(3) ? 4 : LP_ARRAY_LEN(pieces))]);
}

/* What a walk has to yield: itself, then by number what covers it and is not plainly literal. */
static void expect_walk(const struct lp_cover *c, struct lp_span want)
{
	struct lp_cover_walk w;
	uint32_t exact = lp_intern_find(&c->patterns, want);

	lp_cover_begin(c, want, &w);
	if (exact != LP_INTERN_NONE)
		assert_int_equal(lp_cover_next(c, &w), exact);
	for (uint32_t p = 0; p < c->patterns.n_strs; p++) {
		struct lp_span s = lp_intern_span(&c->patterns, p);

		if (p == exact || !lp_arn_covers(s, want) ||
		    (lp_arn_is_literal(s) && lp_span_find(s, '$') == s.len))
			continue;
		if (lp_cover_next(c, &w) != p)
			fail_msg("\"%.*s\" covers \"%.*s\"", (int)s.len, s.ptr, (int)want.len,
				 want.ptr);
	}
	assert_int_equal(lp_cover_next(c, &w), LP_INTERN_NONE);
	assert_int_equal(lp_cover_next(c, &w), LP_INTERN_NONE);
}

static void test_random(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct lp_cover c;
		char name[NAME];
		uint32_t id;

		lp_cover_init(&c);
		for (unsigned i = below(PATTERNS); i; i--) {
			make_pattern(name);
			assert_int_equal(lp_cover_add(&c, lp_span_str(name), &id), 0);
		}
		assert_int_equal(lp_cover_index(&c), 0);
		for (uint32_t p = 0; p < c.patterns.n_strs; p++)
			expect_walk(&c, lp_intern_span(&c.patterns, p));
		for (unsigned i = 0; i < PATTERNS; i++) {
			make_pattern(name);
			expect_walk(&c, lp_span_str(name));
		}
		lp_cover_fini(&c);
	}
}

/* One beginning within the other, to the depth where they are all tried and beyond. */
static void test_depth(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth < 2 * LP_COVER_DEPTH; depth++) {
		struct lp_cover c;
		char name[NAME] = "arn:aws:s3:::";
		size_t n = strlen(name);
		uint32_t id;

		lp_cover_init(&c);
		for (unsigned i = 0; i < depth; i++, n++) {
			memcpy(name + n, "*", 2);
			assert_int_equal(lp_cover_add(&c, lp_span_str(name), &id), 0);
			name[n] = 'a';
		}
		memcpy(name + n, "b", 2);
		assert_int_equal(lp_cover_index(&c), 0);
		expect_walk(&c, lp_span_str(name));
		expect_walk(&c, LP_SPAN("arn:aws:s3:::aab"));
		expect_walk(&c, LP_SPAN("*"));
		lp_cover_fini(&c);
	}
}

static void test_none(void **state)
{
	struct lp_cover c;

	(void)state;
	lp_cover_init(&c);
	assert_int_equal(lp_cover_index(&c), 0);
	expect_walk(&c, LP_SPAN("arn:aws:s3:::b"));
	expect_walk(&c, LP_SPAN(""));
	lp_cover_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
