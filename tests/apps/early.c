/* SPDX-License-Identifier: MIT */
/*
 * Calls before main: in the program's constructor, and in that of early_lib.c, which the test links
 * with it. LDLIBS: -ldl
 */
#include "victim.h"

#include <dlfcn.h>

__attribute__((constructor)) static void too_early(void)
{
	int fd = v_connect("V_HTTP");

	v_exchange(fd, "GET", "/early/program", "");
	printf("system %d\n", system("exit 3"));
	printf("next of the program's %d\n", dlsym(RTLD_NEXT, "early_library") != NULL);
	close(fd);
	fflush(stdout);
}

int main(void)
{
	int fd = v_connect("V_HTTP");

	v_exchange(fd, "GET", "/early/main", "");
	return 0;
}
