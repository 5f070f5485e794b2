/* SPDX-License-Identifier: MIT */
/*
 * All memory that this program maps is locked, and so is there: a request shall not cost much. Nor
 * shall the lock where it comes ("late") after requests.
 */
#include "victim.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define MUCH_KIB (24 * 1024)

static long peak_kib(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) ? 0 : u.ru_maxrss;
}

int main(int argc, char **argv)
{
	bool late = argc > 1 && strcmp(argv[1], "late") == 0;
	int locked = late ? 0 : mlockall(MCL_FUTURE), fd = v_connect("V_HTTP");
	long before = peak_kib();
	char buf[4096], answer[512];
	size_t n = v_request(buf, sizeof(buf), "GET", "/locked/once", "");

	if (send(fd, buf, 9, 0) != 9 || send(fd, buf + 9, n - 9, 0) != (ssize_t)n - 9)
		v_die("send");
	v_answer(v_read_fd, &fd, answer, sizeof(answer));
	if (late)
		locked = mlockall(MCL_CURRENT);
	printf("locked %d\n", locked);
	printf("%s%s\n", answer, peak_kib() - before < MUCH_KIB ? "cheap" : "dear");
	return 0;
}
