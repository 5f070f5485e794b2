/* SPDX-License-Identifier: MIT */
#ifndef LPS_CLASSFILE_H
#define LPS_CLASSFILE_H

/*
 * Inserts calls of static methods into a Java class file (JVMS chapter 4): at the entry of a method
 * or before each `areturn`. No variable, frame, field or method is added, so that a class that is
 * loaded already may be given the answer, and debuggers find their lines and variables again.
 *
 * No malloc; every length is checked, and whatever is not understood is an error.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

#define LPS_CLASS_LOADS 8 /* bytes of instructions in front of the call */

struct lps_class_insert {
	const char *method, *desc;	     /* where */
	bool at_return;			     /* before each areturn; else at the entry */
	unsigned char load[LPS_CLASS_LOADS]; /* pushes the arguments; no jumps */
	unsigned n_load;
	unsigned n_stack;	      /* words that they take on the stack */
	const char *hook, *hook_desc; /* what is called */
};

/* What one run needs, too large for a stack. */
struct lps_class_work {
	uint32_t utf8[65536];	/* offset of each constant that is a string, 0: another kind */
	uint16_t target[65536]; /* where a jump to each old address goes now */
};

/*
 * Writes the class `in` with all `n` insertions, calls going to class `hook_class`, to `out`. Its
 * length, or -ENOENT when one of the methods is not there, -EBADMSG when `in` is not a class file,
 * -E2BIG when the answer does not fit.
 */
LP_MUST_USE long lps_class_rewrite(struct lp_span in, const char *hook_class,
				   const struct lps_class_insert *ins, size_t n, unsigned char *out,
				   size_t cap, struct lps_class_work *work);

#endif
