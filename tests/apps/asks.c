/* SPDX-License-Identifier: MIT */
/*
 * Asks the loader what failed where nothing did.
 * LDLIBS: -ldl
 */
#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
	void *self = dlopen(NULL, RTLD_NOW), *found = self ? dlsym(self, "printf") : NULL;
	const char *failed = dlerror();

	printf("%s, %s\n", found ? "found" : "not found", failed ? failed : "no error");
	return 0;
}
