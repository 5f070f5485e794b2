/* SPDX-License-Identifier: MIT */
/* Speaks no HTTP with a server of AWS by name, which is to be named. LDLIBS: -lssl -lcrypto */
#include <stdbool.h>
#include <sys/uio.h>

#define V_OPENSSL
#include "victim.h"

/* The first words of TLS as Erlang sends them: in parts, of which the first is empty. */
static void in_parts(SSL *s)
{
	int fd = v_connect("V_TLS");
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	struct iovec iov[3] = {{NULL, 0}};
	char *hello;
	long len;

	SSL_set_bio(s, in, out);
	printf("connect %d\n", SSL_connect(s));
	len = BIO_get_mem_data(out, &hello);
	iov[1] = (struct iovec){hello, 9};
	iov[2] = (struct iovec){hello + 9, (size_t)len - 9};
	printf("all %d\n", writev(fd, iov, 3) == len);
	close(fd);
}

int main(int argc, char **argv)
{
	static const char greeting[] = "EHLO example.com\r\n";
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	for (int i = 1; i < argc; i++) {
		SSL *s = SSL_new(ctx);
		bool parts = argv[i][0] == '+';

		SSL_set_tlsext_host_name(s, &argv[i][parts]);
		if (parts) {
			in_parts(s);
			SSL_free(s);
			continue;
		}
		SSL_set_fd(s, v_connect("V_TLS"));
		printf("connect %d\n", SSL_connect(s));
		printf("write %d\n", SSL_write(s, greeting, sizeof(greeting) - 1));
		SSL_free(s);
	}
	return 0;
}
