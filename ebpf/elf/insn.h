/* SPDX-License-Identifier: MIT */
#ifndef LP_INSN_H
#define LP_INSN_H

/*
 * Just enough of x86-64's instruction encoding to place a probe well: is this the start of a
 * function, and at which of its first instructions does a probe cost least. No disassembler: what
 * is not recognised is answered with "no" or with the safe default.
 *
 * Why the place matters: the kernel emulates a probed `push`, `nop` or jump, and single-steps
 * anything else through a trap (arch/x86/kernel/uprobes.c); measured 1 µs against 15 µs a hit.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lp_compiler.h"

/* Longest run of bytes these functions look at. */
#define LP_INSN_LOOK 32

/*
 * True when `code` looks like the start of a compiled C function: a wrong offset (data, a slot of
 * another layout) is refused before a breakpoint is written into somebody's program.
 */
LP_MUST_USE bool lp_insn_is_function(const unsigned char *code, size_t len);

/*
 * True when the first instruction is made longer by prefixes that mean nothing, so that jumps
 * behind it lie well (-mbranches-within-32B-boundaries, as awscrt's wheels are built): the kernel
 * sets no breakpoint there (is_prefix_bad in arch/x86/kernel/uprobes.c).
 */
LP_MUST_USE bool lp_insn_is_padded(const unsigned char *code, size_t len);

/* Where a function's fourth argument is. */
enum lp_insn_arg4 {
	LP_ARG4_RCX, /* where the caller put it */
	LP_ARG4_R8,
	LP_ARG4_LOST,
};

/*
 * Offset from a function's start where a probe costs least while the stack and the other arguments
 * are still as the caller left them; 0 where there is no such place. *arg4 is for that place.
 */
size_t lp_insn_cheap_entry(const unsigned char *code, size_t len, enum lp_insn_arg4 *arg4);

/* The function that begins so is only a way into another one: *to is how far behind it that is. */
LP_MUST_USE bool lp_insn_forwards(const unsigned char *code, size_t len, int64_t *to);

/*
 * Where OpenSSL's ssl3_read knows what came of a read: a jump that asks whether the result, in EAX,
 * is -1, and where the read is made once more a call behind that. One probe there tells what
 * otherwise takes one at the entry and one at the return, and both places are cheap. The arguments
 * are in registers that calls preserve, by their numbers here.
 */
struct lp_insn_outcome {
	size_t at[2];
	unsigned conn, buf, size, done;
	unsigned peek; /* the argument that says whether bytes are only looked at; 0: there is none
			*/
};

#define LP_INSN_OUTCOME_LOOK 512

/*
 * Finds it in the function that begins with `code`; `peeks`: its arguments are (connection, buffer,
 * size, peek, done), else without peek. False unless each step is as compilers are known to make
 * it.
 */
LP_MUST_USE bool lp_insn_outcome(const unsigned char *code, size_t len, bool peeks,
				 struct lp_insn_outcome *o);

/*
 * True when the function at address `va` does nothing but return a constant or the address of
 * something; *value is that. So nobody has to call it, in a program that may not be ready for it.
 */
LP_MUST_USE bool lp_insn_returns(const unsigned char *code, size_t len, uint64_t va,
				 uint64_t *value);

/*
 * The same for a Go function with the register ABI (1.17 and later): behind its stack check, so
 * that a call that first has to grow the stack (and starts over) hits once. Argument registers are
 * still intact there. False when `code` does not begin with a stack check.
 */
LP_MUST_USE bool lp_insn_go_entry(const unsigned char *code, size_t len, size_t *off);

/*
 * True when that place is dear and the jump before it, by which the stack check ends, is not: *off
 * is the jump. A call that has to grow the stack takes it, with CF or ZF set.
 */
LP_MUST_USE bool lp_insn_go_cheap(const unsigned char *code, size_t len, size_t *off);

#endif
