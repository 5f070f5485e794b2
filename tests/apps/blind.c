/* SPDX-License-Identifier: MIT */
/* Begins HTTP/2 with a server of AWS by name, which the shim must own up to. LDLIBS: -lssl -lcrypto
 */
#define V_OPENSSL
#include "victim.h"

int main(int argc, char **argv)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	for (int i = 1; i < argc; i++) {
		SSL *s = SSL_new(ctx);

		SSL_set_tlsext_host_name(s, argv[i]);
		SSL_set_fd(s, v_connect("V_TLS"));
		printf("connect %d\n", SSL_connect(s));
		printf("write %d\n", SSL_write(s, preface, sizeof(preface) - 1));
		SSL_free(s);
	}
	return 0;
}
