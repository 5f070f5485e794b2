/* SPDX-License-Identifier: MIT */
/* Speaks no HTTP with a server of AWS by name, which is to be named. LDLIBS: -lssl -lcrypto */
#define V_OPENSSL
#include "victim.h"

int main(int argc, char **argv)
{
	static const char greeting[] = "EHLO example.com\r\n";
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	for (int i = 1; i < argc; i++) {
		SSL *s = SSL_new(ctx);

		SSL_set_tlsext_host_name(s, argv[i]);
		SSL_set_fd(s, v_connect("V_TLS"));
		printf("connect %d\n", SSL_connect(s));
		printf("write %d\n", SSL_write(s, greeting, sizeof(greeting) - 1));
		SSL_free(s);
	}
	return 0;
}
