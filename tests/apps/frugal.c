/* SPDX-License-Identifier: MIT */
/* A request, then nearly all the memory that the limit of data leaves. */
#include "victim.h"

#include <sys/resource.h>

#define LIMIT ((size_t)48 << 20)
#define WANTS ((size_t)40 << 20)

int main(void)
{
	const struct rlimit limit = {LIMIT, LIMIT};
	char *p;

	if (setrlimit(RLIMIT_DATA, &limit))
		v_die("setrlimit");
	v_exchange(v_connect("V_HTTP"), "GET", "/frugal/once", "");
	p = malloc(WANTS);
	if (!p)
		v_die("malloc");
	memset(p, 1, WANTS);
	puts("enough");
	free(p);
	return 0;
}
