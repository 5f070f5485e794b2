/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a class: the answer, if there is one, is longer, fits, and can be rewritten again,
 * since what was understood once is understood with its insertions.
 */
#include <stdint.h>
#include <stdlib.h>

#include "../../preload/classfile.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct lps_class_insert inserts[] = {
	{.method = "dense",
	 .desc = "(Ljava/lang/Object;I)Ljava/lang/Object;",
	 .load = {42, 27},
	 .n_load = 2,
	 .n_stack = 2,
	 .hook = "entry",
	 .hook_desc = "(Ljava/lang/Object;I)V"},
	{.method = "sparse",
	 .desc = "(Ljava/lang/Object;I)Ljava/lang/Object;",
	 .at_return = true,
	 .load = {89},
	 .n_load = 1,
	 .n_stack = 1,
	 .hook = "leave",
	 .hook_desc = "(Ljava/lang/Object;)V"},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char once[1 << 17], twice[1 << 18];
	static struct lps_class_work work;
	long n, m;

	if (size > sizeof(once) / 2)
		return 0;
	n = lps_class_rewrite(lp_span_of((const char *)data, size), "Hook", inserts, 2, once,
			      sizeof(once), &work);
	if (n < 0)
		return 0;
	if ((size_t)n <= size || (size_t)n > sizeof(once))
		abort();
	m = lps_class_rewrite(lp_span_of((const char *)once, (size_t)n), "Hook", inserts, 2, twice,
			      sizeof(twice), &work);
	if (m < 0 && m != -E2BIG && m != -EBADMSG)
		abort();
	return 0;
}
