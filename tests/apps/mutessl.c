/* SPDX-License-Identifier: MIT */
/* As much of a libssl as a client calls, that answers 200 to whatever it is given. */
#include <stdlib.h>
#include <string.h>

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

void *SSL_new(void *ctx);
void SSL_free(void *s);
int SSL_write(void *s, const void *buf, int len);
int SSL_read(void *s, void *buf, int len);

void *SSL_new(void *ctx)
{
	(void)ctx;
	return calloc(1, 64);
}

void SSL_free(void *s)
{
	free(s);
}

int SSL_write(void *s, const void *buf, int len)
{
	(void)s;
	(void)buf;
	return len;
}

int SSL_read(void *s, void *buf, int len)
{
	(void)s;
	if (len < (int)sizeof(answer))
		return 0;
	memcpy(buf, answer, sizeof(answer) - 1);
	return (int)sizeof(answer) - 1;
}
