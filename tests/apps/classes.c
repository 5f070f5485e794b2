/* SPDX-License-Identifier: MIT */
/*
 * Puts calls of Hook.entry, or of Hook.leave where `leave` is given, into the methods of a class
 * that tests/e2e/java/Rich.java is made of; for a virtual machine that verifies to judge.
 *
 *   classes entry|leave <old.class >new.class
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../preload/classfile.c"

#define MAX 65536

int main(int argc, char **argv)
{
	static const char *const methods[] = {"loopAtEntry", "dense", "sparse", "wide"};
	static unsigned char in[MAX], out[2 * MAX];
	static struct lps_class_work work;
	struct lps_class_insert ins[LP_ARRAY_LEN(methods)];
	bool leave = argc > 1 && strcmp(argv[1], "leave") == 0;
	size_t n = fread(in, 1, sizeof(in), stdin);
	long len;

	for (size_t i = 0; i < LP_ARRAY_LEN(methods); i++)
		ins[i] = (struct lps_class_insert){
			.method = methods[i],
			.desc = "(Ljava/lang/Object;I)Ljava/lang/Object;",
			.at_return = leave,
			.load = {leave ? 89 : 42, 27}, /* dup; or aload_0, iload_1 */
			.n_load = leave ? 1 : 2,
			.n_stack = leave ? 1 : 2,
			.hook = leave ? "leave" : "entry",
			.hook_desc = leave ? "(Ljava/lang/Object;)V" : "(Ljava/lang/Object;I)V",
		};
	len = lps_class_rewrite(lp_span_of((const char *)in, n), "Hook", ins, LP_ARRAY_LEN(ins),
				out, sizeof(out), &work);
	if (len < 0) {
		fprintf(stderr, "classes: %s\n", strerror((int)-len));
		return 1;
	}
	return fwrite(out, 1, (size_t)len, stdout) == (size_t)len ? 0 : 1;
}
