/* SPDX-License-Identifier: MIT */
/* GnuTLS: whole, corked and interrupted sends, packets; a jump out of it. LDLIBS: -lgnutls */
#include "victim.h"

#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>

#define FURTHER 16384

static ssize_t v_read_gnutls(void *from, char *buf, size_t len)
{
	ssize_t n;

	do
		n = gnutls_record_recv(from, buf, len);
	while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
	return n;
}

static int tries;

/* A transport that takes nothing every other time. */
static ssize_t stubborn(gnutls_transport_ptr_t ptr, const void *data, size_t len)
{
	gnutls_session_t s = ptr;

	if (++tries % 2) {
		gnutls_transport_set_errno(s, EAGAIN);
		return -1;
	}
	return send(gnutls_transport_get_int(s), data, len, 0);
}

static void exchange(gnutls_session_t s, const char *path, int how)
{
	char buf[4096], answer[512];
	size_t n = v_request(buf, sizeof(buf), "PUT", path, "0123456789");
	ssize_t r;

	switch (how) {
	case 1:
		gnutls_record_cork(s);
		r = gnutls_record_send(s, buf, 20);
		r += gnutls_record_send(s, buf + 20, n - 20);
		printf("uncork %d\n", gnutls_record_uncork(s, GNUTLS_RECORD_WAIT) == (int)n);
		break;
	case 2:
		r = gnutls_record_send(s, buf, n);
		while (r == GNUTLS_E_AGAIN) {
			memset(buf, '#', sizeof(buf)); /* ours again as far as GnuTLS cares */
			r = gnutls_record_send(s, NULL, 0);
		}
		break;
	case 3:
		r = gnutls_record_send2(s, buf, n, 0, 0);
		break;
	default:
		r = gnutls_record_send(s, buf, n);
		break;
	}
	printf("sent %d\n", r == (ssize_t)n);
	v_answer(v_read_gnutls, s, answer, sizeof(answer));
	fputs(answer, stdout);
}

static sigjmp_buf out;

static void on_alarm(int signo)
{
	(void)signo;
	siglongjmp(out, 1);
}

static __attribute__((noinline)) void further_down(gnutls_session_t s, const char *path)
{
	volatile char room[FURTHER];

	room[0] = room[FURTHER - 1] = 1;
	exchange(s, path, 0);
	(void)room[0];
}

int main(void)
{
	gnutls_certificate_credentials_t cred;
	gnutls_session_t s;
	int fd = v_connect("V_TLS"), r;

	gnutls_certificate_allocate_credentials(&cred);
	gnutls_init(&s, GNUTLS_CLIENT);
	gnutls_set_default_priority(s);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_transport_set_int(s, fd);
	do
		r = gnutls_handshake(s);
	while (r < 0 && !gnutls_error_is_fatal(r));
	printf("handshake %d\n", r);
	exchange(s, "/gnutls/whole", 0);
	exchange(s, "/gnutls/corked", 1);
	exchange(s, "/gnutls/send2", 3);
	signal(SIGALRM, on_alarm);
	if (!sigsetjmp(out, 1)) {
		char byte;

		alarm(1);
		gnutls_record_recv(s, &byte, 1);
	}
	further_down(s, "/gnutls/jumped");
	gnutls_transport_set_ptr2(s, (gnutls_transport_ptr_t)(long)fd, s);
	gnutls_transport_set_push_function(s, stubborn);
	gnutls_transport_set_ptr2(s, (gnutls_transport_ptr_t)(long)fd, (gnutls_transport_ptr_t)s);
	exchange(s, "/gnutls/interrupted", 2);
	gnutls_bye(s, GNUTLS_SHUT_WR);
	gnutls_deinit(s);
	gnutls_deinit(NULL); /* allowed, and does nothing */
	close(fd);
	return 0;
}
