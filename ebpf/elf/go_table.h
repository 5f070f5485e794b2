/* SPDX-License-Identifier: MIT */
#ifndef LP_GO_TABLE_H
#define LP_GO_TABLE_H

/*
 * Functions of a Go program (1.16 and later), found in the table its own run-time carries, which
 * stripping leaves alone. Same rules as elf_file.h: hostile bytes, no malloc, borrowed image.
 *
 * Facts: Go's src/runtime/symtab.go (pcHeader, moduledata, functab, pcvalue),
 * src/runtime/runtime2.go (_func), src/internal/abi/symtab.go (magics); their layout has been the
 * same from 1.20 on, 1.18 and 1.19 differ in nothing that is read here. Programs of 1.16 have the
 * table of 1.17, but take arguments on the stack: their functions do not begin as insn.h knows.
 */

#include "elf_file.h"

#define LP_GO_RETS_MAX 32 /* RET instructions of one function that are remembered */

struct lp_go_table {
	const struct lp_elf *elf;
	uint64_t text; /* address that function entries count from */
	uint64_t n_funcs;
	uint8_t quantum; /* smallest instruction, bytes */
	bool old;	 /* of 1.16 or 1.17: addresses where later ones have offsets */
	struct lp_span names, pctab, funcs;
};

struct lp_go_func {
	const char *name;	       /* wanted, e.g. "crypto/tls.(*Conn).Write" */
	uint64_t va;		       /* out: entry address, 0 when not found */
	uint64_t size;		       /* out: bytes to the next function */
	uint32_t pcsp;		       /* out: where its stack table stands, for this room */
	unsigned n_rets;	       /* out */
	uint64_t rets[LP_GO_RETS_MAX]; /* out: addresses of its RET instructions */
};

/*
 * Finds and checks the table. 0; -ENOENT: no Go program, or one before 1.16 without section
 * headers; -EBADMSG: there is a table but of no kind that is known, or what it says does not fit
 * the file.
 */
LP_MUST_USE int lp_go_table_init(struct lp_go_table *t, const struct lp_elf *e);

/*
 * Finds all `n` functions in one pass and lists their RETs. Returns how many were found; a
 * function whose entry is not code is not found, one with more than LP_GO_RETS_MAX returns has
 * n_rets 0.
 */
unsigned lp_go_functions(const struct lp_go_table *t, struct lp_go_func *want, unsigned n);

/*
 * The packages that have a function called so, less "crypto/tls": "example.com/tls" for
 * ".(*Conn).writeRecordLocked". Borrows from the image. How many, at most `max`.
 */
unsigned lp_go_packages(const struct lp_go_table *t, const char *function, struct lp_span *out,
			unsigned max);

/*
 * Where a function with a receiver and a buffer as arguments copies into that buffer: memmove(RAX,
 * RBX, RCX). Behind the return address, receiver, start and length of the buffer stand in the
 * places that Go keeps for arguments.
 *
 * The same is known at its RETs, but there a probe costs ten times as much (insn.h).
 */
struct lp_go_copy {
	uint64_t call;	/* address of the CALL */
	uint64_t jump;	/* of the jump before it that is made where both places are one, with the
			   same registers: cheaper, and the processor's stack of return addresses
			   stays right; 0: there is none */
	uint32_t frame; /* how far the stack pointer is then from the return address */
};

/*
 * Finds it in a function that was found before; runtime.memmove is at `memmove_va`. False unless
 * the function is seen to store its arguments there, or when it copies more than once.
 */
LP_MUST_USE bool lp_go_find_copy(const struct lp_go_table *t, const struct lp_go_func *f,
				 uint64_t memmove_va, struct lp_go_copy *copy);

#endif
