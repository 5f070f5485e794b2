/* SPDX-License-Identifier: MIT */
/*
 * A request, then nearly all the memory that the limit of data leaves, or with an argument that of
 * addresses.
 */
#include "victim.h"

#include <sys/resource.h>

#define MIB ((size_t)1 << 20)

/* To what is there already, and more. */
static void limit_addresses(size_t more)
{
	FILE *f = fopen("/proc/self/statm", "r");
	struct rlimit limit;
	size_t pages;

	if (!f || fscanf(f, "%zu", &pages) != 1)
		v_die("statm");
	fclose(f);
	limit.rlim_cur = limit.rlim_max = pages * (size_t)sysconf(_SC_PAGESIZE) + more;
	if (setrlimit(RLIMIT_AS, &limit))
		v_die("setrlimit");
}

int main(int argc, char **argv)
{
	const struct rlimit limit = {48 * MIB, 48 * MIB};
	size_t wants = argc > 1 ? 80 * MIB : 40 * MIB;
	char *p;

	(void)argv;
	if (argc > 1)
		limit_addresses(100 * MIB);
	else if (setrlimit(RLIMIT_DATA, &limit))
		v_die("setrlimit");
	v_exchange(v_connect("V_HTTP"), "GET", "/frugal/once", "");
	p = malloc(wants);
	if (!p)
		v_die("malloc");
	memset(p, 1, wants);
	puts("enough");
	free(p);
	return 0;
}
