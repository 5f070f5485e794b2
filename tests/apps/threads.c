/* SPDX-License-Identifier: MIT */
/* Threads on TLS and plain connections at once. LDLIBS: -lssl -lcrypto -pthread */
#define V_OPENSSL
#include "victim.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 8
#define ROUNDS	25

static atomic_int good;

static void *run(void *arg)
{
	int me = (int)(size_t)arg, fd = v_connect(me % 2 ? "V_TLS" : "V_HTTP");
	SSL *s = me % 2 ? v_tls(fd) : NULL;
	char buf[4096], path[64], want[128], answer[512];

	for (int i = 0; i < ROUNDS; i++) {
		size_t n;

		snprintf(path, sizeof(path), "/threads/%d-%d", me, i);
		snprintf(want, sizeof(want), "GET %s 0\n", path);
		n = v_request(buf, sizeof(buf), "GET", path, "");
		if (s ? SSL_write(s, buf, (int)n) != (int)n : send(fd, buf, n, 0) != (ssize_t)n)
			v_die("write");
		v_answer(s ? v_read_ssl : v_read_fd, s ? (void *)s : (void *)&fd, answer,
			 sizeof(answer));
		good += strcmp(answer, want) == 0;
	}
	if (s) {
		SSL_shutdown(s);
		SSL_free(s);
	}
	close(fd);
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];

	/* The context is made before the threads need it. */
	int fd = v_connect("V_TLS");

	SSL_free(v_tls(fd));
	close(fd);
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, run, (void *)i);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	printf("%d of %d\n", good, THREADS * ROUNDS);
	return 0;
}
