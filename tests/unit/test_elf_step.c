/* SPDX-License-Identifier: MIT */
/* The instructions that a tracer carries out in a program's place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "elf/step.h"

#define AT 0x1000u

static struct lp_regs run(const char *code, size_t len, uint64_t top)
{
	struct lp_regs r = {.ip = AT, .flags = 0x202};
	struct lp_step s;

	for (unsigned i = 0; i < LP_ARRAY_LEN(r.r); i++)
		r.r[i] = 0x1234567800000000u + i;
	r.r[LP_REG_SP] = 0x8000;
	assert_true(lp_step_decode((const unsigned char *)code, len, &s));
	assert_int_equal(s.len, len);
	lp_step_do(&s, &r, top);
	return r;
}
#define RUN(code, top) run(code, sizeof(code) - 1, top)

static void carries_out(void **state)
{
	struct lp_regs r = RUN("\x55", 0); /* push %rbp */

	(void)state;
	assert_int_equal(r.r[LP_REG_SP], 0x7ff8);
	assert_int_equal(r.ip, AT + 1);
	r = RUN("\xc3", 0x4321);
	assert_int_equal(r.ip, 0x4321);
	assert_int_equal(r.r[LP_REG_SP], 0x8008);
	r = RUN("\xe8\xf0\xff\xff\xff", 0); /* call, 16 bytes back from behind it */
	assert_int_equal(r.ip, AT + 5 - 16);
	assert_int_equal(r.r[LP_REG_SP], 0x7ff8);
	r = RUN("\x48\x83\xec\x58", 0); /* sub $0x58, %rsp */
	assert_int_equal(r.r[LP_REG_SP], 0x8000 - 0x58);
	assert_int_equal(r.flags & ~0x10u, 0x202); /* no carry, sign, zero; odd parity of a8 */
	r = RUN("\x48\x81\xec\x00\x01\x00\x00", 0);
	assert_int_equal(r.r[LP_REG_SP], 0x7f00);
	r = RUN("\x48\x81\xec\x00\x80\x00\x00", 0);
	assert_int_equal(r.r[LP_REG_SP], 0);
	assert_int_equal(r.flags & 0x8d5, 0x044); /* zero, even parity */
	r = RUN("\x49\x89\xc8", 0);		  /* mov %rcx, %r8 */
	assert_int_equal(r.r[8], r.r[1]);
	r = RUN("\x89\xc8", 0); /* mov %ecx, %eax */
	assert_int_equal(r.r[0], 1);
	r = RUN("\xf3\x0f\x1e\xfa", 0);
	assert_int_equal(r.ip, AT + 4);
}

static void stores(void **state)
{
	struct lp_regs r = {.ip = AT};
	struct lp_step s;
	uint64_t word;

	(void)state;
	r.r[14] = 99;
	assert_true(lp_step_decode((const unsigned char *)"\x41\x56", 2, &s)); /* push %r14 */
	assert_true(lp_step_stores(&s, &r, &word));
	assert_int_equal(word, 99);
	assert_true(lp_step_decode((const unsigned char *)"\xe8\x01\x00\x00\x00", 5, &s));
	assert_true(lp_step_stores(&s, &r, &word));
	assert_int_equal(word, AT + 5); /* where the function comes back to */
	assert_true(lp_step_decode((const unsigned char *)"\xc3", 1, &s));
	assert_false(lp_step_stores(&s, &r, &word));
}

static void says_no(void **state)
{
	static const struct {
		const char *code;
		size_t len;
	} no[] = {
		{"", 0},
		{"\x48", 1},
		{"\x48\x83\xec", 3},
		{"\x83\xee\x03", 3},
		{"\x48\x8b\x07", 3},
		{"\xe8\x00\x00\x00", 4},
		{"\x48\xe8\x00\x00\x00\x00", 6},
		{"\x83\xec\x08", 3},
		{"\x48\x81\xec\x00", 4},
		{"\x42\x55", 2},
	};
	struct lp_step s;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(no); i++)
		assert_false(lp_step_decode((const unsigned char *)no[i].code, no[i].len, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carries_out),
		cmocka_unit_test(stores),
		cmocka_unit_test(says_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
