/* SPDX-License-Identifier: MIT */
/*
 * Connects in two threads while two others load and unload the libraries of argv, and forks
 * children that connect too: a loader's lock that a thread held at fork() is never free again in
 * the child. LDLIBS: -ldl -pthread
 */
#include "victim.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/wait.h>

#define FORKS	 400
#define CHILD_MS 5000

static char **libs;
static atomic_bool over;

static void *load(void *arg)
{
	for (size_t i = (size_t)arg; !over; i++) {
		void *h = dlopen(libs[i % 2], RTLD_NOW | RTLD_LOCAL);

		if (!h)
			v_die("dlopen");
		dlclose(h);
	}
	return NULL;
}

static void *connects(void *arg)
{
	(void)arg;
	while (!over)
		close(v_connect("V_HTTP"));
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t[4];

	if (argc != 3)
		return 2;
	libs = argv + 1;
	for (size_t i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, i < 2 ? load : connects, (void *)i);
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();
		int ms = 0, status;

		if (!pid) {
			close(v_connect("V_HTTP"));
			_exit(0);
		}
		while (waitpid(pid, &status, WNOHANG) != pid && ms++ < CHILD_MS)
			usleep(1000);
		if (ms > CHILD_MS || status) {
			printf("child %d hangs or failed\n", i);
			kill(pid, SIGKILL);
			return 1;
		}
	}
	over = true;
	for (size_t i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	puts("fine");
	return 0;
}
