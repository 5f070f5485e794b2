/* SPDX-License-Identifier: MIT */
/* ebpf/backlog: records in the order in which they came, in bounded memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ebpf/backlog.h"

#define MANY 3000

/* Records of all sizes, each with its number behind it as often as fits. */
static void put(struct lpb_backlog *b, unsigned i)
{
	static union {
		struct lpb_rec rec;
		char bytes[sizeof(struct lpb_rec) + LPB_CLASS_MAX];
	} r;

	r.rec = (struct lpb_rec){.tgid = i, .kept = i * 37 % LPB_CLASS_MAX};
	memset(r.bytes + sizeof(r.rec), (int)(i & 0x7f), r.rec.kept);
	assert_int_equal(lpb_backlog_put(b, &r.rec), 0);
}

static void take(struct lpb_backlog *b, unsigned i)
{
	const struct lpb_rec *r = lpb_backlog_first(b);
	const char *data;

	assert_non_null(r);
	data = (const char *)(r + 1);
	assert_int_equal(r->tgid, i);
	assert_int_equal(r->kept, i * 37 % LPB_CLASS_MAX);
	for (unsigned k = 0; k < r->kept; k += 61)
		assert_int_equal(data[k], i & 0x7f);
	lpb_backlog_drop(b);
}

static void test_first_in_first_out(void **state)
{
	struct lpb_backlog b;
	unsigned in = 0, out = 0;

	(void)state;
	lpb_backlog_init(&b);
	assert_null(lpb_backlog_first(&b));
	/* It grows, shrinks, is emptied, and is used again. */
	for (unsigned turn = 1; in < MANY; turn++) {
		for (unsigned i = 0; i < turn * 7 && in < MANY; i++)
			put(&b, in++);
		for (unsigned i = 0; i < (turn % 3 ? turn : in) && out < in; i++)
			take(&b, out++);
	}
	while (out < in)
		take(&b, out++);
	assert_null(lpb_backlog_first(&b));
	assert_int_equal(b.held, 0);
	put(&b, 1);
	lpb_backlog_fini(&b);
}

static void test_is_bounded(void **state)
{
	const struct lpb_rec r = {.tgid = 7};
	struct lpb_backlog b;
	unsigned n = 0;

	(void)state;
	lpb_backlog_init(&b);
	while (lpb_backlog_put(&b, &r) == 0)
		n++;
	assert_false(lpb_backlog_has_room(&b));
	assert_in_range(n, 1000000, 2000000);
	for (; n; n--)
		lpb_backlog_drop(&b);
	assert_true(lpb_backlog_has_room(&b));
	assert_int_equal(lpb_backlog_put(&b, &r), 0);
	lpb_backlog_fini(&b);
}

static void test_refuses_what_no_block_holds(void **state)
{
	const struct lpb_rec r = {.kept = 1u << 30};
	struct lpb_backlog b;

	(void)state;
	lpb_backlog_init(&b);
	assert_int_equal(lpb_backlog_put(&b, &r), -ENOMEM);
	assert_null(lpb_backlog_first(&b));
	lpb_backlog_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_in_first_out),
		cmocka_unit_test(test_is_bounded),
		cmocka_unit_test(test_refuses_what_no_block_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
