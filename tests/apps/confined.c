/* SPDX-License-Identifier: MIT */
/*
 * Requests before the kernel refuses a filter, after that, and when only read, write and exit are
 * allowed: all on the same connection. With an argument the kernel is asked by bare system calls:
 * "seccomp" or "prctl".
 */
#include "victim.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static long confine(const char *how, unsigned long mode, unsigned long filter)
{
	/* Its numbers are one less. */
	if (!strcmp(how, "seccomp"))
		return syscall(SYS_seccomp, mode - 1, 0UL, filter);
	if (!strcmp(how, "prctl"))
		return syscall(SYS_prctl, PR_SET_SECCOMP, mode, filter, 0UL, 0UL);
	return prctl(PR_SET_SECCOMP, mode, filter);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int fd = v_connect("V_HTTP");

	v_exchange(fd, "GET", "/confined/before", "");
	if (!confine(how, SECCOMP_MODE_FILTER, 1) || errno != EFAULT)
		v_die("a filter at a bad address");
	v_exchange(fd, "GET", "/confined/before", "");
	if (confine(how, SECCOMP_MODE_STRICT, 0))
		v_die("confine");
	v_exchange(fd, "GET", "/confined/after", "");
	if (write(STDOUT_FILENO, "alive\n", 6) != 6)
		return 1;
	syscall(SYS_exit, 0); /* exit(3) ends all threads, which is not allowed */
}
