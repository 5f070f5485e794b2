/* SPDX-License-Identifier: MIT */
/* Buffers and the log. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/log.h"

static void buffers_grow_up_to_their_bound(void **state)
{
	struct lp_buf b = {.ptr = NULL};

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(lp_buf_add(&b, LP_SPAN("0123456789"), 10000), 0);
	assert_int_equal(b.len, 10000);
	assert_true(b.cap <= 10000);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.ptr[i], '0' + (int)(i % 10));
	assert_int_equal(lp_buf_add(&b, LP_SPAN("x"), 10000), -E2BIG);
	assert_int_equal(lp_buf_add(&b, lp_span_of("", SIZE_MAX), SIZE_MAX), -E2BIG);
	assert_int_equal(lp_buf_add(&b, LP_SPAN("x"), 5), -E2BIG);
	assert_int_equal(lp_buf_add(&b, lp_span_of(NULL, 0), 0), 0);
	assert_int_equal(b.len, 10000);
	lp_buf_fini(&b);
	assert_null(b.ptr);
	assert_int_equal(lp_buf_add(&b, LP_SPAN("again"), 5), 0);
	assert_true(lp_span_eq(lp_buf_span(&b), LP_SPAN("again")));
	lp_buf_fini(&b);
}

/* What lp_log wrote to stderr. */
static size_t logged(char *out, size_t size, enum lp_log_level level, const char *text)
{
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	errno = EXDEV;
	lp_log(level, "%s", text);
	assert_int_equal(errno, EXDEV);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(fds[0], out, size - 1);
	close(fds[0]);
	assert_true(n >= 0);
	out[n] = '\0';
	return (size_t)n;
}

static void log_lines_are_lines(void **state)
{
	static char longer[5000], out[6000];
	size_t n;

	(void)state;
	logged(out, sizeof(out), LP_LOG_WARN, "a b");
	assert_string_equal(out, "leastpriv: a b\n");
	logged(out, sizeof(out), LP_LOG_ERROR, "a\nb\033[31m\x7f\xff");
	assert_string_equal(out, "leastpriv: a?b?[31m??\n");
	/* Turned around, "gpj.exe" would read "exe.jpg". */
	logged(out, sizeof(out), LP_LOG_WARN,
	       "a\xe2\x80\xaegpj.exe \xe2\x81\xa7 \xe2\x80\xa8 \xc3\xa9");
	assert_string_equal(out, "leastpriv: a?gpj.exe ? ? \xc3\xa9\n");
	for (size_t i = 0; i < sizeof(longer) - 1; i++)
		longer[i] = 'x';
	n = logged(out, sizeof(out), LP_LOG_INFO, longer);
	assert_true(n > 1000 && n < 1100);
	assert_int_equal(out[n - 1], '\n');
}

static void log_levels_hold_back(void **state)
{
	char out[64];

	(void)state;
	assert_int_equal(logged(out, sizeof(out), LP_LOG_DEBUG, "x"), 0);
	lp_log_set_level(LP_LOG_ERROR);
	assert_int_equal(logged(out, sizeof(out), LP_LOG_WARN, "x"), 0);
	assert_true(logged(out, sizeof(out), LP_LOG_ERROR, "x") > 0);
	lp_log_set_level(LP_LOG_DEBUG);
	assert_true(logged(out, sizeof(out), LP_LOG_DEBUG, "x") > 0);
	lp_log_set_level(LP_LOG_INFO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers_grow_up_to_their_bound),
		cmocka_unit_test(log_lines_are_lines),
		cmocka_unit_test(log_levels_hold_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
