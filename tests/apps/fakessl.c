/* SPDX-License-Identifier: MIT */
/* Half a libssl that says which copy it is; built twice, with LP_COPY 1 and 2. */
#include <stdio.h>
#include <stdlib.h>

struct method {
	int copy;
};

struct ssl {
	int version;
	const struct method *method;
	long rest[8];
};

/* Not const, and so in a writable part of the library as OpenSSL's tables are. */
static struct method here = {LP_COPY};

void *SSL_new(void *ctx);
void SSL_free(void *s);
int SSL_write(void *s, const void *buf, int len);

void *SSL_new(void *ctx)
{
	struct ssl *s = calloc(1, sizeof(*s));

	(void)ctx;
	printf("new in %d\n", LP_COPY);
	if (s)
		s->method = &here;
	return s;
}

void SSL_free(void *s)
{
	printf("free in %d of %d\n", LP_COPY, ((struct ssl *)s)->method->copy);
	free(s);
}

int SSL_write(void *s, const void *buf, int len)
{
	(void)buf;
	printf("write in %d of %d\n", LP_COPY, ((struct ssl *)s)->method->copy);
	return len;
}
