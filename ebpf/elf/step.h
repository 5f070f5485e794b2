/* SPDX-License-Identifier: MIT */
#ifndef LP_STEP_H
#define LP_STEP_H

/*
 * The few instructions of x86-64 that a tracer can carry out in a program's place, so that a
 * breakpoint on one of them needs neither a single-step nor the original byte back in the text:
 * what compilers begin and end functions with, and calls. Everything else is answered with "no".
 *
 * No system call, no malloc: memory is the caller's business.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lp_compiler.h"

enum lp_step_kind {
	LP_STEP_NOP = 1, /* also endbr64 */
	LP_STEP_PUSH,	 /* push %from */
	LP_STEP_SUB_SP,	 /* sub $imm, %rsp */
	LP_STEP_MOV,	 /* mov %from, %to: 64 bits, or 32 with the upper half cleared */
	LP_STEP_CALL,	 /* call imm: of an address that is near */
	LP_STEP_RET,
};

struct lp_step {
	uint8_t kind; /* enum lp_step_kind */
	uint8_t len;  /* bytes of the instruction */
	uint8_t from, to;
	bool wide;
	int32_t imm;
};

/* Registers by their number in instructions (0 is rax, 4 rsp), and those that have none. */
struct lp_regs {
	uint64_t r[16];
	uint64_t ip, flags;
};

#define LP_REG_SP 4

/* False when `code` does not begin with one of them. */
LP_MUST_USE bool lp_step_decode(const unsigned char *code, size_t len, struct lp_step *s);

/*
 * The word that the instruction, about to be carried out, stores; for the caller to write at the
 * stack pointer afterwards. False: it stores nothing.
 */
LP_MUST_USE bool lp_step_stores(const struct lp_step *s, const struct lp_regs *regs,
				uint64_t *word);

/*
 * Carries it out on `regs`, whose ip must be the instruction's address. `top` is the word at the
 * stack pointer; only LP_STEP_RET looks at it.
 */
void lp_step_do(const struct lp_step *s, struct lp_regs *regs, uint64_t top);

#endif
