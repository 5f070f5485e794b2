/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "elf/insn.h"

#define CODE(...) {__VA_ARGS__}, sizeof((unsigned char[]){__VA_ARGS__})

static void tells_function_starts(void **state)
{
	static const struct {
		unsigned char code[16];
		size_t len;
		bool is;
		size_t cheap;
	} rows[] = {
		{CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xe5), true, 4}, /* endbr64; push */
		{CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0x57, 0x41, 0x56), true,
		 4},					       /* endbr64; push %r15 */
		{CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x90), true, 4}, /* endbr64; nop */
		{CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x83, 0xec, 0x08), true, 0}, /* endbr64; sub */
		{CODE(0xf3, 0x0f, 0x1e, 0xfa), true, 0},       /* … and nothing more */
		{CODE(0x41, 0x55, 0x49, 0x89, 0xcd), true, 0}, /* push %r13 */
		{CODE(0x55, 0x48, 0x89, 0xe5), true, 0},
		{CODE(0x48, 0x83, 0xec, 0x18), true, 0},       /* sub $24, %rsp */
		{CODE(0x85, 0xd2), true, 0},		       /* test %edx, %edx */
		{CODE(0x31, 0xc0, 0xc3), true, 0},	       /* xor %eax, %eax */
		{CODE(0x48, 0xc7, 0x07, 0, 0, 0, 0), true, 0}, /* movq $0, (%rdi) */
		{CODE(0xb8, 0x01, 0x00, 0x00, 0x00, 0xc3), true, 0},
		{CODE(0xe9, 0x00, 0x00, 0x00, 0x00), true, 0},
		{CODE(0x00, 0x00, 0x00, 0x00), false, 0}, /* data */
		{CODE(0xc3), false, 0},			  /* a return alone */
		{CODE(0xcc, 0xcc), false, 0},		  /* padding */
		{CODE(0xff, 0xff, 0xff, 0xff), false, 0},
		{CODE(0x48), false, 0}, /* a prefix, then the end */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(lp_insn_is_function(rows[i].code, rows[i].len), rows[i].is);
		assert_int_equal(lp_insn_cheap_entry(rows[i].code, rows[i].len), rows[i].cheap);
	}
	assert_false(lp_insn_is_function(rows[0].code, 0));
}

static void finds_end_of_go_stack_check(void **state)
{
	static const struct {
		unsigned char code[24];
		size_t len;
		bool is;
		size_t off;
	} rows[] = {
		/* cmp 16(%r14), %rsp; jbe; push %rbp */
		{CODE(0x49, 0x3b, 0x66, 0x10, 0x0f, 0x86, 1, 2, 0, 0, 0x55), true, 10},
		{CODE(0x49, 0x3b, 0x66, 0x10, 0x76, 0x10, 0x55), true, 6},
		/* lea -96(%rsp), %r12; cmp 16(%r14), %r12; jbe; push */
		{CODE(0x4c, 0x8d, 0x64, 0x24, 0xa0, 0x4d, 0x3b, 0x66, 0x10, 0x0f, 0x86, 1, 2, 0, 0,
		      0x55),
		 true, 15},
		{CODE(0x4c, 0x8d, 0xa4, 0x24, 0, 0xff, 0xff, 0xff, 0x4d, 0x3b, 0x66, 0x10, 0x76, 9,
		      0x55),
		 true, 14},
		/* the compared register is not the computed one */
		{CODE(0x4c, 0x8d, 0x64, 0x24, 0xa0, 0x49, 0x3b, 0x66, 0x10, 0x76, 9, 0x55), false,
		 0},
		{CODE(0x55, 0x48, 0x89, 0xe5), false, 0},
		{CODE(0x49, 0x3b, 0x66, 0x10, 0x0f, 0x87, 1, 2, 0, 0, 0x55), false, 0}, /* ja */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t off = 0;

		assert_int_equal(lp_insn_go_entry(rows[i].code, rows[i].len, &off), rows[i].is);
		assert_int_equal(off, rows[i].off);
		/* Cut anywhere it is not recognised, and nothing behind the end is needed. */
		for (size_t n = 0; rows[i].is && n <= rows[i].off; n++)
			assert_false(lp_insn_go_entry(rows[i].code, n, &off));
	}
}

static void follows_functions_that_only_return(void **state)
{
	static const struct {
		unsigned char code[16];
		size_t len;
		bool is;
		uint64_t value;
	} rows[] = {
		{{0xb8, 0x20, 0x45, 0xd4, 0x02, 0xc3}, 6, true, 0x2d44520},
		{{0x48, 0x8d, 0x05, 0xf9, 0xd0, 0x07, 0x00, 0xc3}, 8, true, 0x1000 + 7 + 0x7d0f9},
		{{0x48, 0x8d, 0x05, 0xf9, 0xff, 0xff, 0xff, 0xc3}, 8, true, 0x1000},
		{{0xf3, 0x0f, 0x1e, 0xfa, 0xb8, 1, 0, 0, 0x80, 0xc3}, 10, true, 0x80000001},
		{{0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x8d, 0x05, 1, 0, 0, 0, 0xc3},
		 12,
		 true,
		 0x1000 + 12},
		{{0xb8, 0x20, 0x45, 0xd4, 0x02, 0x90}, 6, false, 0},
		{{0x55, 0xb8, 0x20, 0x45, 0xd4, 0x02, 0xc3}, 7, false, 0},
		{{0xe9, 0x20, 0x45, 0xd4, 0x02, 0xc3}, 6, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 0;

		assert_int_equal(lp_insn_returns(rows[i].code, rows[i].len, 0x1000, &value),
				 rows[i].is);
		assert_int_equal(value, rows[i].value);
		for (size_t n = 0; n < rows[i].len; n++)
			assert_false(lp_insn_returns(rows[i].code, n, 0x1000, &value));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_function_starts),
		cmocka_unit_test(finds_end_of_go_stack_check),
		cmocka_unit_test(follows_functions_that_only_return),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
