/* SPDX-License-Identifier: MIT */
/*
 * TLS calls that are left by a jump, from a signal handler or a callback; what follows comes from
 * further down the stack.
 * LDLIBS: -lssl -lcrypto
 */
#define V_OPENSSL
#include "victim.h"

#include <setjmp.h>
#include <signal.h>

#define FURTHER 16384

static sigjmp_buf out;
static int jumps;

static void on_alarm(int signo)
{
	(void)signo;
	siglongjmp(out, 1);
}

static long on_write(BIO *b, int op, const char *p, size_t len, int argi, long argl, int r,
		     size_t *done)
{
	(void)b;
	(void)p;
	(void)len;
	(void)argi;
	(void)argl;
	(void)done;
	if (op == BIO_CB_WRITE && jumps)
		siglongjmp(out, 1);
	return r;
}

static __attribute__((noinline)) void further_down(SSL *s, const char *path)
{
	volatile char room[FURTHER];

	room[0] = room[FURTHER - 1] = 1;
	v_tls_exchange(s, "GET", path, "");
	(void)room[0];
}

static __attribute__((noinline)) void plain_further_down(void)
{
	volatile char room[FURTHER];
	int fd = v_connect("V_HTTP");

	room[0] = room[FURTHER - 1] = 1;
	v_exchange(fd, "GET", "/jumps/plain", "");
	close(fd);
	(void)room[0];
}

int main(void)
{
	int fd = v_connect("V_TLS");
	SSL *s = v_tls(fd);
	char byte;

	signal(SIGALRM, on_alarm);
	further_down(s, "/jumps/first");
	if (!sigsetjmp(out, 1)) {
		alarm(1);
		SSL_read(s, &byte, 1);
	}
	further_down(s, "/jumps/read");
	further_down(s, "/jumps/again");
	BIO_set_callback_ex(SSL_get_wbio(s), on_write);
	if (!sigsetjmp(out, 1)) {
		jumps = 1;
		SSL_write(s, "x", 1);
	}
	jumps = 0;
	plain_further_down();
	SSL_free(s);
	close(fd);
	/* Often at the same address. */
	fd = v_connect("V_TLS");
	s = v_tls(fd);
	further_down(s, "/jumps/write");
	further_down(s, "/jumps/last");
	SSL_free(s);
	puts("done");
	return 0;
}
