/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json_in.h"
#include "base/json_out.h"

/* Reads to the end; 0 or the error. */
static int read_all(struct lp_span in, const char **error)
{
	struct lp_json_token t = {.type = LP_JSON_NULL};
	struct lp_json j;
	int err = 0;

	lp_json_init(&j, in);
	while (!err && t.type != LP_JSON_END)
		err = lp_json_next(&j, &t);
	*error = j.error;
	if (err)
		assert_int_equal(lp_json_next(&j, &t), -EBADMSG);
	return err;
}

static void test_grammar(void **state)
{
	static const char *const good[] = {
		"{}",
		"[]",
		" [ ] ",
		"null",
		"true",
		"false",
		"0",
		"-0",
		"1.5e+10",
		"\"\"",
		"\"a\\u00e9\\n\"",
		"{\"a\":1,\"b\":[true,{\"c\":null}]}",
		"[[[]]]",
		"\t{\r\n\"a\" : \"b\" } \n",
		"[\"\xff\"]",
	};
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"[",
		"]",
		"}",
		"[}",
		"{]",
		"[1,]",
		"[,1]",
		"{,}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{a:1}",
		"{\"a\" 1}",
		"[1 2]",
		"01",
		"1.",
		".5",
		"-",
		"1e",
		"+1",
		"tru",
		"nul",
		"'a'",
		"\"a",
		"\"\\",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\n\"",
		"1 2",
		"{} {}",
		"\xef\xbb\xbf{}",
		"[1]]",
	};
	const char *error;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(good); i++)
		if (read_all(lp_span_str(good[i]), &error))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < LP_ARRAY_LEN(bad); i++)
		if (read_all(lp_span_str(bad[i]), &error) != -EBADMSG || !error)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(read_all(lp_span_of("{}", 3), &error), -EBADMSG); /* with its zero byte */
}

static void test_depth(void **state)
{
	char text[2 * (LP_JSON_DEPTH_MAX + 1)];
	const char *error;

	(void)state;
	memset(text, '[', LP_JSON_DEPTH_MAX + 1);
	memset(text + LP_JSON_DEPTH_MAX + 1, ']', LP_JSON_DEPTH_MAX + 1);
	assert_int_equal(read_all(lp_span_of(text, sizeof(text)), &error), -EBADMSG);
	assert_int_equal(read_all(lp_span_of(text + 1, sizeof(text) - 2), &error), 0);
}

static void test_text(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"\"plain\"", "plain"},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
		{"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"",
		 "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
		{"\"\\ude00x\"", "\xef\xbf\xbdx"},
		{"\"\\u0000\"", "\xef\xbf\xbd"},
	};
	struct lp_arena arena;

	(void)state;
	lp_arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct lp_json_token t;
		struct lp_span out;
		struct lp_json j;

		lp_json_init(&j, lp_span_str(rows[i].in));
		assert_int_equal(lp_json_next(&j, &t), 0);
		assert_int_equal(lp_json_text(&t, &arena, &out), 0);
		assert_true(lp_span_eq(out, lp_span_str(rows[i].out)));
	}
	lp_arena_fini(&arena);
}

static void test_positions_and_skip(void **state)
{
	struct lp_json_token t;
	struct lp_json j;

	(void)state;
	lp_json_init(&j, LP_SPAN(" {\"a\": [1, {\"x\": []}], \"b\": 2}"));
	assert_int_equal(lp_json_next(&j, &t), 0);
	assert_int_equal(t.type, LP_JSON_OBJECT);
	assert_int_equal(t.offset, 1);
	assert_int_equal(lp_json_next(&j, &t), 0);
	assert_int_equal(t.type, LP_JSON_KEY);
	assert_int_equal(t.offset, 2);
	assert_int_equal(lp_json_skip(&j, &t), 0); /* a key is no container */
	assert_int_equal(lp_json_next(&j, &t), 0);
	assert_int_equal(t.type, LP_JSON_ARRAY);
	assert_int_equal(t.offset, 7);
	assert_int_equal(lp_json_skip(&j, &t), 0);
	assert_int_equal(lp_json_next(&j, &t), 0);
	assert_int_equal(t.type, LP_JSON_KEY);
	assert_true(lp_span_eq(t.raw, LP_SPAN("b")));
	assert_int_equal(lp_json_next(&j, &t), 0);
	assert_int_equal(t.type, LP_JSON_NUMBER);
	assert_int_equal(lp_json_next(&j, &t), 0);
	assert_int_equal(t.type, LP_JSON_OBJECT_END);
	assert_int_equal(lp_json_next(&j, &t), 0);
	assert_int_equal(t.type, LP_JSON_END);
}

/* Every beginning of a text is bad, and is read at the end of a page without looking past it. */
static void test_guard_page(void **state)
{
	static const char text[] = "{\"a\\u00e9\\n\":[-1.5e10,true,false,null,\"x\"],\"b\":{}}";
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
	for (size_t n = 0; n < sizeof(text); n++) {
		char *at = map + page - n;
		const char *error;

		memcpy(at, text, n);
		assert_int_equal(read_all(lp_span_of(at, n), &error),
				 n == sizeof(text) - 1 ? 0 : -EBADMSG);
		if (n == sizeof(text) - 1)
			break;
	}
	munmap(map, 2 * page);
}

static void test_out(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", "\"\""},
		{"a\"\\\n\t\x01", "\"a\\\"\\\\\\n\\t\\u0001\""},
		{"\xc3\xa9\xf0\x9f\x98\x80", "\"\\u00e9\\ud83d\\ude00\""},
		{"\xff\xc3", "\"\\ufffd\\ufffd\""},
		{"\xc0\x80\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\""},
		{"\x7f", "\"\\u007f\""},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		char *text;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		lp_json_out_str(out, rows[i].in);
		fclose(out);
		assert_string_equal(text, rows[i].out);
		assert_int_equal(lp_json_size(lp_span_str(rows[i].in)), len);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),	   cmocka_unit_test(test_depth),
		cmocka_unit_test(test_text),	   cmocka_unit_test(test_positions_and_skip),
		cmocka_unit_test(test_guard_page), cmocka_unit_test(test_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
