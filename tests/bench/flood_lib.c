/* SPDX-License-Identifier: MIT */
/* A TLS library that does nothing, so that flood.c can call it as often as it likes. */
#include <string.h>

/* As those of real libraries, its functions begin with a push, which the kernel emulates. */
#define SAVE_A_REGISTER() __asm__ volatile("" : : : "rbx")

int SSL_write(void *s, const void *buf, int len);
int SSL_read(void *s, void *buf, int len);

int SSL_write(void *s, const void *buf, int len)
{
	SAVE_A_REGISTER();
	(void)s;
	(void)buf;
	return len;
}

int SSL_read(void *s, void *buf, int len)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

	SAVE_A_REGISTER();
	(void)s;
	if ((size_t)len < sizeof(answer) - 1)
		return -1;
	memcpy(buf, answer, sizeof(answer) - 1);
	return sizeof(answer) - 1;
}
