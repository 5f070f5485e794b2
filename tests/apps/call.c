/* SPDX-License-Identifier: MIT */
/*
 * One signed PUT for each path in argv, for any libc: over plain HTTP, or with V_MUTE through the
 * libssl of mutessl.c.
 */
#include "victim.h"

#ifdef V_MUTE
void *SSL_new(void *ctx);
void SSL_free(void *s);
int SSL_write(void *s, const void *buf, int len);
int SSL_read(void *s, void *buf, int len);

static ssize_t read_ssl(void *from, char *buf, size_t len)
{
	return SSL_read(from, buf, (int)len);
}

static void exchange(const char *path)
{
	char buf[4096], answer[512];
	size_t n = v_request(buf, sizeof(buf), "PUT", path, "x");
	void *s = SSL_new(NULL);

	if (SSL_write(s, buf, (int)n) != (int)n)
		v_die("SSL_write");
	v_answer(read_ssl, s, answer, sizeof(answer));
	SSL_free(s);
}
#else
static void exchange(const char *path)
{
	int fd = v_connect("V_HTTP");

	v_exchange(fd, "PUT", path, "x");
	close(fd);
}
#endif

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		exchange(argv[i]);
		printf("%s\n", argv[i]);
	}
	return 0;
}
