/* SPDX-License-Identifier: MIT */
/*
 * One thread writes, another reads the answers: the answer may be read before the writer's call
 * came back. LDLIBS: -pthread
 */
#include "victim.h"

#include <pthread.h>
#include <semaphore.h>

#ifndef ROUNDS
#define ROUNDS 500
#endif

static int fd;
static sem_t answered;
static int good;

static void *reader(void *arg)
{
	char want[128], answer[512];

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(want, sizeof(want), "GET /duplex/%d 0\n", i);
		v_answer(v_read_fd, &fd, answer, sizeof(answer));
		good += strcmp(answer, want) == 0;
		sem_post(&answered);
	}
	return NULL;
}

int main(void)
{
	char buf[4096], path[64];
	pthread_t t;

	fd = v_connect("V_HTTP");
	sem_init(&answered, 0, 0);
	pthread_create(&t, NULL, reader, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		size_t n;

		snprintf(path, sizeof(path), "/duplex/%d", i);
		n = v_request(buf, sizeof(buf), "GET", path, "");
		if (write(fd, buf, n) != (ssize_t)n)
			v_die("write");
		while (sem_wait(&answered))
			;
	}
	pthread_join(t, NULL);
	printf("%d of %d\n", good, ROUNDS);
	return 0;
}
