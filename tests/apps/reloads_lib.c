/* SPDX-License-Identifier: MIT */
/*
 * With ID what passes for a TLS library; without it a plug-in that uses one, first in a thread that
 * its constructor waits for (with the loader's lock). LDLIBS: -pthread
 */
#include <pthread.h>
#include <stdlib.h>

void *SSL_new(void *ctx);
void SSL_free(void *s);
int SSL_write(void *s, const void *buf, int num);
int reloads_run(void);

#ifdef ID

/* So that each lies elsewhere. */
char reloads_room[ID * 8192];

void *SSL_new(void *ctx)
{
	(void)ctx;
	return calloc(8, sizeof(void *));
}

void SSL_free(void *s)
{
	free(s);
}

/* Says which library it is in. */
int SSL_write(void *s, const void *buf, int num)
{
	(void)s;
	(void)buf;
	(void)num;
	return ID;
}

#else

int reloads_run(void)
{
	void *s = SSL_new(NULL);
	int id = SSL_write(s, "ping pong", 9);

	SSL_free(s);
	return id;
}

static void *work(void *id)
{
	*(int *)id = reloads_run();
	return id;
}

static int id;

__attribute__((constructor)) static void waits(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, work, &id) || pthread_join(t, NULL))
		abort();
}

#endif
