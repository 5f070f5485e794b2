/* SPDX-License-Identifier: MIT */
/* base/lines: the same lines however the bytes come, and bounded memory. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/lines.h"

/* A pipe that holds `text`, closed at the other end. */
static int input(const char *text, size_t len)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, len), len);
	close(fds[1]);
	return fds[0];
}

/* Reads all; writes "[line]" each, "!" for one that was too long. */
static void collect(const char *text, size_t max, char *out, size_t size)
{
	struct lp_span line;
	struct lp_lines l;
	size_t len = 0;
	int fd = input(text, strlen(text)), n;

	lp_lines_init(&l, fd, max);
	while ((n = lp_lines_next(&l, &line)) != 0) {
		if (n == -E2BIG)
			len += (size_t)snprintf(out + len, size - len, "!");
		else
			len += (size_t)snprintf(out + len, size - len, "[%.*s]", (int)line.len,
						line.ptr);
	}
	out[len] = '\0';
	assert_int_equal(lp_lines_next(&l, &line), 0);
	lp_lines_fini(&l);
	close(fd);
}

static void splits(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"a", "[a]"},
		{"a\n", "[a]"},
		{"a\nb", "[a][b]"},
		{"\n\n", "[][]"},
		{"abcd\nabcde\nab\n", "[abcd]![ab]"},
		{"abcdefgh", "!"},
		{"abcde\n\nx", "![][x]"},
		{"a\r\nb", "[a\r][b]"},
	};
	char got[64];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		collect(rows[i][0], 4, got, sizeof(got));
		assert_string_equal(got, rows[i][1]);
	}
}

static void hands_out_what_is_there(void **state)
{
	struct lp_span line;
	struct lp_lines l;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	lp_lines_init(&l, fds[0], 100);
	assert_true(lp_lines_empty(&l));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write(fds[1], "one\ntwo\n", 8), 8);
		assert_int_equal(lp_lines_next(&l, &line), 1);
		assert_true(lp_span_eq(line, LP_SPAN("one")));
		assert_false(lp_lines_empty(&l));
		assert_int_equal(lp_lines_next(&l, &line), 1);
		assert_true(lp_span_eq(line, LP_SPAN("two")));
		assert_true(lp_lines_empty(&l));
	}
	close(fds[1]);
	assert_int_equal(lp_lines_next(&l, &line), 0);
	lp_lines_fini(&l);
	close(fds[0]);
}

/* A file with no newline for 64 MiB, then a line: passed over without keeping it. */
static void bears_endless_lines(void **state)
{
	char name[] = "/tmp/lp-lines-XXXXXX";
	int fd = mkstemp(name), n;
	struct lp_span line;
	struct lp_lines l;

	(void)state;
	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(ftruncate(fd, 64 << 20), 0);
	assert_int_equal(pwrite(fd, "\nnext\n", 6, 64 << 20), 6);
	lp_lines_init(&l, fd, 1 << 20);
	assert_int_equal(lp_lines_next(&l, &line), -E2BIG);
	n = lp_lines_next(&l, &line);
	assert_int_equal(n, 1);
	assert_true(lp_span_eq(line, LP_SPAN("next")));
	assert_true(l.cap <= 4 << 20);
	assert_int_equal(lp_lines_next(&l, &line), 0);
	lp_lines_fini(&l);
	close(fd);
}

static void says_what_failed(void **state)
{
	struct lp_span line;
	struct lp_lines l;

	(void)state;
	lp_lines_init(&l, -1, 10);
	assert_int_equal(lp_lines_next(&l, &line), -EBADF);
	lp_lines_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
		cmocka_unit_test(hands_out_what_is_there),
		cmocka_unit_test(bears_endless_lines),
		cmocka_unit_test(says_what_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
