/* SPDX-License-Identifier: MIT */
/* collector/wire/json: tokens, skipping, cuts, unescaping. */
#include "wire_util.h"

#include "json.h"

/* One letter a token, with the text of names and values. */
static struct journal tokens(struct lp_span text)
{
	static const char *const names[] = {
		[LP_JSCAN_OBJECT] = "{",    [LP_JSCAN_OBJECT_END] = "}", [LP_JSCAN_ARRAY] = "[",
		[LP_JSCAN_ARRAY_END] = "]", [LP_JSCAN_KEY] = "k",	 [LP_JSCAN_STRING] = "s",
		[LP_JSCAN_NUMBER] = "n",    [LP_JSCAN_LITERAL] = "l",
	};
	struct journal j = {.text = NULL};
	struct lp_jscan_token t;
	struct lp_jscan s;

	journal_add(&j, "", 0);
	lp_jscan_init(&s, text);
	while (lp_jscan_next(&s, &t) > LP_JSCAN_END) {
		journal_printf(&j, "%s%u", names[t.type], t.depth);
		if (t.type >= LP_JSCAN_KEY)
			journal_add(&j, t.text.ptr, t.text.len);
	}
	assert_int_equal(lp_jscan_next(&s, &t), t.type);
	journal_printf(&j, t.type == LP_JSCAN_END ? "." : t.type == LP_JSCAN_CUT ? "~" : "!");
	return j;
}

static void test_tokens(void **state)
{
	static const char *const rows[][2] = {
		{"{}", "{0}0."},
		{" { \"a\" : 1 , \"b\":[true,null,-1.5e+3,\"x\\\"y\"] } tail",
		 "{0k1an11k1b[1l2truel2nulln2-1.5e+3s2x\\\"y]1}0."},
		{"[[],{}]", "[0[1]1{1}1]0."},
		{"\"s\"", "s0s."},
		{"\xef\xbb\xbf{}", "{0}0."},
		{"\xef\xbb{}", "!"},
		{"{\xef\xbb\xbf}", "{0!"},
		{"12", "n012."},
		{"{\"a\":{\"b\":{}}}", "{0k1a{1k2b{2}2}1}0."},
		{"", "~"},
		{"{\"a\":\"b", "{0k1a~"},
		{"{\"a\":12", "{0k1a~"},
		{"{\"a\":1", "{0k1a~"},
		{"{\"a\\", "{0~"},
		{"{\"a\"", "{0~"},
		{"{\"a\" 1}", "{0!"},
		{"{\"a\":}", "{0k1a!"},
		{"{\"a\":1,}", "{0k1an11!"},
		{"[1,]", "[0n11!"},
		{"[1 2]", "[0n11!"},
		{"{1}", "{0!"},
		{"[}", "[0!"},
		{"]", "!"},
		{"tru", "!"},
		{"[truex]", "[0!"},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct guarded g = guarded(lp_span_str(rows[i][0]));
		struct journal j = tokens(g.span);

		if (strcmp(j.text, rows[i][1]) != 0)
			fail_msg("%s gives %s", rows[i][0], j.text);
		journal_free(&j);
		guarded_free(&g);
	}
}

/* A cut text gives the tokens of the whole one up to the cut. */
static void test_cut(void **state)
{
	static const char text[] = "{\"a\":[1,{\"b\\u00e9\":\"c\\\\\"}],\"d\":null}";
	struct journal whole = tokens(LP_SPAN(text));

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct guarded g = guarded(lp_span_of(text, n));
		struct journal j = tokens(g.span);

		assert_true(j.text[j.len - 1] == '~');
		assert_memory_equal(whole.text, j.text, j.len - 1);
		journal_free(&j);
		guarded_free(&g);
	}
	journal_free(&whole);
}

static void test_depth(void **state)
{
	char text[2 * LP_JSCAN_DEPTH_MAX + 4];
	struct journal j;

	(void)state;
	memset(text, '[', LP_JSCAN_DEPTH_MAX + 1);
	memset(text + LP_JSCAN_DEPTH_MAX, ']', LP_JSCAN_DEPTH_MAX);
	j = tokens(lp_span_of(text, 2 * LP_JSCAN_DEPTH_MAX));
	assert_int_equal(j.text[j.len - 1], '.');
	journal_free(&j);
	memset(text, '[', sizeof(text));
	j = tokens(lp_span_of(text, sizeof(text)));
	assert_int_equal(j.text[j.len - 1], '!');
	journal_free(&j);
}

static void test_skip(void **state)
{
	static const char text[] =
		"{\"a\":{\"x\":[1,{}]},\"b\":[[]],\"c\":\"s\",\"d\":5,\"e\":true}";
	struct lp_jscan_token t;
	struct lp_jscan s;
	unsigned keys = 0;

	(void)state;
	lp_jscan_init(&s, LP_SPAN(text));
	assert_int_equal(lp_jscan_next(&s, &t), LP_JSCAN_OBJECT);
	while (lp_jscan_next(&s, &t) == LP_JSCAN_KEY) {
		assert_int_equal(t.text.len, 1);
		assert_int_equal(t.text.ptr[0], "abcde"[keys++]);
		assert_true(lp_jscan_skip(&s, &t));
	}
	assert_int_equal(keys, 5);
	assert_int_equal(t.type, LP_JSCAN_OBJECT_END);
	assert_int_equal(lp_jscan_next(&s, &t), LP_JSCAN_END);

	lp_jscan_init(&s, LP_SPAN("[1,[2"));
	assert_int_equal(lp_jscan_next(&s, &t), LP_JSCAN_ARRAY);
	assert_false(lp_jscan_skip(&s, &t));
}

static void test_unescape(void **state)
{
	static const char *const rows[][2] = {
		{"plain", "plain"},
		{"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
		{"\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac"},
		{"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
		{"\\ud83dx", "\xef\xbf\xbdx"},
		{"\\ude00", "\xef\xbf\xbd"},
		{"\\ud83d\\u0041", "\xef\xbf\xbd"
				   "A"},
		{"a\\", "a?"},
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct guarded g = guarded(lp_span_str(rows[i][0]));
		size_t n = lp_jscan_unescape(g.span, buf, sizeof(buf));

		assert_true(n <= g.span.len);
		if (!lp_span_eq(lp_span_of(buf, n), lp_span_str(rows[i][1])))
			fail_msg("%s", rows[i][0]);
		assert_int_equal(lp_jscan_unescape(g.span, buf, n), n);
		assert_true(lp_jscan_unescape(g.span, buf, n - 1) == SIZE_MAX);
		guarded_free(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),	 cmocka_unit_test(test_cut),
		cmocka_unit_test(test_depth),	 cmocka_unit_test(test_skip),
		cmocka_unit_test(test_unescape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
