/* SPDX-License-Identifier: MIT */
/*
 * Requests before the kernel refuses a filter, after that, and when only read, write and exit are
 * allowed: all on the same connection.
 */
#include "victim.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int main(void)
{
	int fd = v_connect("V_HTTP");

	v_exchange(fd, "GET", "/confined/before", "");
	if (!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 1UL) || errno != EFAULT)
		v_die("a filter at a bad address");
	v_exchange(fd, "GET", "/confined/before", "");
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		v_die("prctl");
	v_exchange(fd, "GET", "/confined/after", "");
	if (write(STDOUT_FILENO, "alive\n", 6) != 6)
		return 1;
	syscall(SYS_exit, 0); /* exit(3) ends all threads, which is not allowed */
}
