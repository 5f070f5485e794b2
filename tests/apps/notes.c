/* SPDX-License-Identifier: MIT */
/*
 * Loads the library of argv and fills a set of signals, upon which the shim looks at the notes of
 * what is new. LDLIBS: -ldl
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	sigset_t set;

	if (argc != 2 || !dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) || sigfillset(&set))
		return 1;
	puts("still there");
	return 0;
}
