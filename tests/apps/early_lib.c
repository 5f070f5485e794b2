/* SPDX-License-Identifier: MIT */
/* A library that speaks HTTP in its constructor, perhaps before the shim's own has run. */
#include "victim.h"

#include <dlfcn.h>

void early_library(void);

__attribute__((constructor)) static void too_early(void)
{
	int fd = v_connect("V_HTTP");

	v_exchange(fd, "GET", "/early/library", "");
	close(fd);
	printf("next of the library's %d\n", dlsym(RTLD_NEXT, "early_library") != NULL);
	printf("opened %d\n", dlopen(NULL, RTLD_NOW) != NULL);
	fflush(stdout);
}

void early_library(void)
{
}
