/* SPDX-License-Identifier: MIT */
/*
 * A session that two hold: one lets go of it between a request's head and body, and it goes on.
 * LDLIBS: -lssl -lcrypto
 */
#define V_OPENSSL
#include "victim.h"

int main(void)
{
	SSL *s = v_tls(v_connect("V_TLS"));
	char buf[4096], answer[512];
	size_t n = v_request(buf, sizeof(buf), "PUT", "/shared/first", "hello");

	if (SSL_write(s, buf, (int)n - 5) != (int)n - 5 || !SSL_up_ref(s))
		v_die("write");
	SSL_free(s);
	if (SSL_write(s, buf + n - 5, 5) != 5)
		v_die("write");
	v_answer(v_read_ssl, s, answer, sizeof(answer));
	fputs(answer, stdout);
	v_tls_exchange(s, "GET", "/shared/second", "");
	SSL_free(s);
	return 0;
}
