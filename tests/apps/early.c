/* SPDX-License-Identifier: MIT */
/*
 * Calls before main: in the program's constructor, and in that of early_lib.c, which the test links
 * with it.
 */
#include "victim.h"

__attribute__((constructor)) static void too_early(void)
{
	int fd = v_connect("V_HTTP");

	v_exchange(fd, "GET", "/early/program", "");
	printf("system %d\n", system("exit 3"));
	close(fd);
	fflush(stdout);
}

int main(void)
{
	int fd = v_connect("V_HTTP");

	v_exchange(fd, "GET", "/early/main", "");
	return 0;
}
