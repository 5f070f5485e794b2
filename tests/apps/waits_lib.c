/* SPDX-License-Identifier: MIT */
/*
 * A library whose constructor waits for a thread, with the loader's lock: what that thread calls
 * must not need it. LDLIBS: -pthread
 */
#include "victim.h"

#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void only_once(void)
{
	puts("once");
}

static void *work(void *arg)
{
	char *argv[] = {"true", NULL}, *none[] = {NULL};
	sigset_t all;
	pid_t pid;
	int fd;

	pthread_once(&once, only_once);
	sigfillset(&all);
	fd = v_connect("V_HTTP");
	v_exchange(fd, "GET", "/waits", "");
	close(fd);
	if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, none) || waitpid(pid, NULL, 0) != pid)
		v_die("posix_spawn");
	return arg;
}

__attribute__((constructor)) static void waits(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, work, NULL) || pthread_join(t, NULL))
		v_die("thread");
	fflush(stdout);
}
