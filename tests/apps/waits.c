/* SPDX-License-Identifier: MIT */
/* Loads waits_lib.c, argv[1]. LDLIBS: -ldl */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *h = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;

	puts(h ? "loaded" : "not loaded");
	return !h;
}
