/* SPDX-License-Identifier: MIT */
/* Two signed requests over one connection of wolfSSL; the second in pieces.  wolfssl PORT */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD                                                                                       \
	"Host: s3.us-east-1.amazonaws.com\r\nx-amz-date: 20261125T000000Z\r\n"                     \
	"Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/"   \
	"aws4_request, SignedHeaders=host;x-amz-date, Signature="                                  \
	"0000000000000000000000000000000000000000000000000000000000000000\r\n\r\n"

static int request(WOLFSSL *ssl, const char *text, int piece)
{
	char answer[4096];
	int left = (int)strlen(text);

	while (left) {
		int n = wolfSSL_write(ssl, text, left < piece ? left : piece);

		if (n <= 0)
			return -1;
		text += n;
		left -= n;
	}
	return wolfSSL_read(ssl, answer, sizeof(answer));
}

int main(int argc, char **argv)
{
	static const char name[] = "s3.us-east-1.amazonaws.com";
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0), ok;
	WOLFSSL_CTX *ctx;
	WOLFSSL *ssl;

	to.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0));
	wolfSSL_Init();
	ctx = wolfSSL_CTX_new(wolfSSLv23_client_method());
	if (!ctx || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return 1;
	wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, NULL); /* a test's server */
	ssl = wolfSSL_new(ctx);
	if (!ssl || wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, name, sizeof(name) - 1) != 1)
		return 1;
	wolfSSL_set_fd(ssl, fd);
	ok = request(ssl, "GET /lp-wolf/one HTTP/1.1\r\n" HEAD, 16384) > 0 &&
	     request(ssl, "DELETE /lp-wolf/two HTTP/1.1\r\n" HEAD, 7) > 0;
	wolfSSL_shutdown(ssl);
	wolfSSL_free(ssl);
	wolfSSL_CTX_free(ctx);
	close(fd);
	puts(ok ? "done" : "failed");
	return !ok;
}
