/* SPDX-License-Identifier: MIT */
/*
 * Multipath TCP, where the kernel has it; and a program started from a thread with a small stack.
 * LDLIBS: -pthread
 */
#include "victim.h"

#include <limits.h>
#include <pthread.h>
#include <sys/wait.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static void *start(void *arg)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		execlp("true", "true", (char *)NULL);
		_exit(99);
	}
	waitpid(pid, &status, 0);
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
