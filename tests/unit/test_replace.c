/* SPDX-License-Identifier: MIT */
/* Files that are whole at any time, whoever else writes them. */
#include "policy/replace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <cmocka.h>

#define WRITERS 8
#define TIMES	200
#define SIZE	5000

static char path[64];
static atomic_int failed, torn;

static int put(void *ctx, FILE *out)
{
	for (size_t i = 0; i < SIZE; i++)
		putc(*(const char *)ctx, out);
	return ferror(out) ? -EIO : 0;
}

static void *write_often(void *letter)
{
	char have[SIZE + 1], want[SIZE];

	memset(have, 0, sizeof(have));
	for (size_t i = 0; i < TIMES; i++) {
		FILE *f;

		if (lp_replace(path, put, letter, NULL, NULL))
			failed++;
		f = fopen(path, "re");
		if (!f) {
			torn++;
			continue;
		}
		torn += fread(have, 1, sizeof(have), f) != SIZE;
		memset(want, have[0], sizeof(want));
		torn += memcmp(have, want, sizeof(want)) != 0;
		fclose(f);
	}
	return NULL;
}

/* Threads have one process id, as the first processes of containers have that share a folder. */
static void test_at_once(void **state)
{
	char folder[] = "/tmp/lp-replace.XXXXXX", letters[WRITERS];
	pthread_t threads[WRITERS];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	for (int i = 0; i < WRITERS; i++) {
		letters[i] = (char)('a' + i);
		assert_int_equal(pthread_create(&threads[i], NULL, write_often, &letters[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(failed, 0);
	assert_int_equal(torn, 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0); /* nothing is left beside it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
