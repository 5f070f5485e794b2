/* SPDX-License-Identifier: MIT */
/*
 * Forks while another thread holds the loader's lock, which the child then never gets; and makes
 * its first TLS connection there. LDLIBS: -lssl -lcrypto -lpthread
 */
#define V_OPENSSL
#include "victim.h"

#include <link.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>

#define LONG_S 20

static sem_t holds, enough;

static int hold(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)info;
	(void)size;
	(void)ctx;
	sem_post(&holds);
	sem_wait(&enough);
	return 1;
}

static void *walk(void *arg)
{
	dl_iterate_phdr(hold, NULL);
	return arg;
}

int main(void)
{
	pthread_t thread;
	int status;

	sem_init(&holds, 0, 0);
	sem_init(&enough, 0, 0);
	pthread_create(&thread, NULL, walk, NULL);
	sem_wait(&holds);
	if (fork() == 0) {
		alarm(LONG_S);
		v_tls_exchange(v_tls(v_connect("V_TLS")), "GET", "/held/child", "");
		fflush(stdout);
		_exit(9);
	}
	wait(&status);
	sem_post(&enough);
	pthread_join(thread, NULL);
	printf("child %x\n", status);
	return 0;
}
