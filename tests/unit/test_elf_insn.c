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
		enum lp_insn_arg4 arg4;
	} rows[] = {
		{CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xe5), true, 4,
		 LP_ARG4_RCX}, /* endbr64; push */
		{CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0x57, 0x41, 0x56), true, 4,
		 LP_ARG4_RCX},						    /* endbr64; push %r15 */
		{CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x90), true, 4, LP_ARG4_RCX}, /* endbr64; nop */
		{CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x83, 0xec, 0x08), true, 0,
		 LP_ARG4_RCX},					      /* endbr64; sub */
		{CODE(0xf3, 0x0f, 0x1e, 0xfa), true, 0, LP_ARG4_RCX}, /* … and nothing more */
		{CODE(0x41, 0x55, 0x49, 0x89, 0xcd), true, 0, LP_ARG4_RCX}, /* push %r13 */
		{CODE(0x55, 0x48, 0x89, 0xe5), true, 0, LP_ARG4_RCX},
		{CODE(0x48, 0x83, 0xec, 0x18), true, 0, LP_ARG4_RCX},	    /* sub $24, %rsp */
		{CODE(0x85, 0xd2), true, 0, LP_ARG4_RCX},		    /* test %edx, %edx */
		{CODE(0x31, 0xc0, 0xc3), true, 0, LP_ARG4_RCX},		    /* xor %eax, %eax */
		{CODE(0x48, 0xc7, 0x07, 0, 0, 0, 0), true, 0, LP_ARG4_RCX}, /* movq $0, (%rdi) */
		{CODE(0xb8, 0x01, 0x00, 0x00, 0x00, 0xc3), true, 0, LP_ARG4_RCX},
		{CODE(0xe9, 0x00, 0x00, 0x00, 0x00), true, 0, LP_ARG4_RCX},
		/* mov %rcx, %r8; xor %ecx, %ecx; jmp: ssl3_read */
		{CODE(0x49, 0x89, 0xc8, 0x31, 0xc9, 0xe9, 6, 0xff, 0xff, 0xff), true, 5,
		 LP_ARG4_R8},
		/* endbr64 before it */
		{CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x49, 0x89, 0xc8, 0x31, 0xc9, 0xeb, 6), true, 9,
		 LP_ARG4_R8},
		/* xor %r8d, %r8d; xor %ecx, %ecx; jmp: gnutls_record_send */
		{CODE(0x45, 0x31, 0xc0, 0x31, 0xc9, 0xe9, 6, 0xff, 0xff, 0xff), true, 5,
		 LP_ARG4_LOST},
		/* only half of it is moved; it is moved too late; what it was moved to is lost
		   again */
		{CODE(0x41, 0x89, 0xc8, 0x31, 0xc9, 0xeb, 6), true, 5, LP_ARG4_LOST},
		{CODE(0x31, 0xc9, 0x49, 0x89, 0xc8, 0xeb, 6), true, 5, LP_ARG4_LOST},
		{CODE(0x49, 0x89, 0xc8, 0x45, 0x31, 0xc0, 0x31, 0xc9, 0xeb, 6), true, 8,
		 LP_ARG4_LOST},
		/* mov %rdi, %rax; test; mov $1, %r10d; push */
		{CODE(0x48, 0x89, 0xf8, 0x48, 0x85, 0xc0, 0x41, 0xba, 1, 0, 0, 0, 0x53), true, 12,
		 LP_ARG4_RCX},
		/* another argument, the shim's mark, the stack are changed; a jump on a condition;
		   memory */
		{CODE(0x48, 0x89, 0xf2, 0x55), true, 0, LP_ARG4_RCX},
		{CODE(0x45, 0x31, 0xc9, 0x55), true, 0, LP_ARG4_RCX},
		{CODE(0x48, 0x89, 0xe4, 0x55), true, 0, LP_ARG4_RCX},
		{CODE(0x85, 0xd2, 0x78, 0x10, 0x55), true, 0, LP_ARG4_RCX},
		{CODE(0x8b, 0x07, 0x55), true, 0, LP_ARG4_RCX},
		{CODE(0xb8, 0x01, 0x00), true, 0, LP_ARG4_RCX},	       /* cut short */
		{CODE(0x00, 0x00, 0x00, 0x00), false, 0, LP_ARG4_RCX}, /* data */
		{CODE(0xc3), false, 0, LP_ARG4_RCX},		       /* a return alone */
		{CODE(0xcc, 0xcc), false, 0, LP_ARG4_RCX},	       /* padding */
		{CODE(0xff, 0xff, 0xff, 0xff), false, 0, LP_ARG4_RCX},
		{CODE(0x48), false, 0, LP_ARG4_RCX}, /* a prefix, then the end */
	};

	enum lp_insn_arg4 arg4;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(lp_insn_is_function(rows[i].code, rows[i].len), rows[i].is);
		assert_int_equal(lp_insn_cheap_entry(rows[i].code, rows[i].len, &arg4),
				 rows[i].cheap);
		if (rows[i].cheap)
			assert_int_equal(arg4, rows[i].arg4);
	}
	assert_false(lp_insn_is_function(rows[0].code, 0));
}

static void finds_end_of_go_stack_check(void **state)
{
	static const struct {
		unsigned char code[24];
		size_t len;
		bool is;
		size_t off, jump; /* 0: what follows costs no more */
	} rows[] = {
		/* cmp 16(%r14), %rsp; jbe; push %rbp */
		{CODE(0x49, 0x3b, 0x66, 0x10, 0x0f, 0x86, 1, 2, 0, 0, 0x55), true, 10, 0},
		{CODE(0x49, 0x3b, 0x66, 0x10, 0x76, 0x10, 0x55), true, 6, 0},
		/* the same; sub, as Go has it up to 1.20 */
		{CODE(0x49, 0x3b, 0x66, 0x10, 0x0f, 0x86, 1, 2, 0, 0, 0x48, 0x81, 0xec), true, 10,
		 4},
		{CODE(0x49, 0x3b, 0x66, 0x10, 0x76, 0x10, 0x48, 0x83, 0xec), true, 6, 4},
		/* lea -96(%rsp), %r12; cmp 16(%r14), %r12; jbe; push */
		{CODE(0x4c, 0x8d, 0x64, 0x24, 0xa0, 0x4d, 0x3b, 0x66, 0x10, 0x0f, 0x86, 1, 2, 0, 0,
		      0x55),
		 true, 15, 0},
		{CODE(0x4c, 0x8d, 0xa4, 0x24, 0, 0xff, 0xff, 0xff, 0x4d, 0x3b, 0x66, 0x10, 0x76, 9,
		      0x55),
		 true, 14, 0},
		/* the compared register is not the computed one */
		{CODE(0x4c, 0x8d, 0x64, 0x24, 0xa0, 0x49, 0x3b, 0x66, 0x10, 0x76, 9, 0x55), false,
		 0, 0},
		{CODE(0x55, 0x48, 0x89, 0xe5), false, 0, 0},
		{CODE(0x49, 0x3b, 0x66, 0x10, 0x0f, 0x87, 1, 2, 0, 0, 0x55), false, 0, 0}, /* ja */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t off = 0, jump = 0;

		assert_int_equal(lp_insn_go_entry(rows[i].code, rows[i].len, &off), rows[i].is);
		assert_int_equal(off, rows[i].off);
		assert_int_equal(lp_insn_go_cheap(rows[i].code, rows[i].len, &jump),
				 rows[i].jump != 0);
		assert_int_equal(jump, rows[i].jump);
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
