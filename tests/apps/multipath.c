/* SPDX-License-Identifier: MIT */
/*
 * Multipath TCP, where the kernel has it; and a program started from a thread with a small stack.
 * LDLIBS: -pthread
 */
#include "victim.h"

#include <limits.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* What a program's own code may have of such a stack. */
#define TAKEN 4096

static void *start(void *arg)
{
	char taken[TAKEN], *argv[] = {"true", NULL}, *none[] = {NULL};
	posix_spawn_file_actions_t to_bin;
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		execlp("true", "true", (char *)NULL);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	memset(taken, 1, sizeof(taken));
	posix_spawn_file_actions_init(&to_bin);
	posix_spawn_file_actions_addchdir_np(&to_bin, "/bin");
	if (posix_spawn(&pid, "./true", &to_bin, NULL, argv, none))
		v_die("posix_spawn");
	waitpid(pid, NULL, 0);
	posix_spawn_file_actions_destroy(&to_bin);
	if (taken[0] != taken[sizeof(taken) - 1])
		v_die("stack");
	printf("started: %x\n", (unsigned)status);
	return arg;
}

int main(void)
{
	struct sockaddr_in addr = v_addr("V_HTTP");
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	pthread_attr_t attr;
	pthread_t t;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		v_die("connect");
	v_exchange(fd, "GET", "/multipath", "");
	fflush(stdout);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN);
	if (pthread_create(&t, &attr, start, NULL))
		v_die("thread");
	pthread_join(t, NULL);
	return 0;
}
