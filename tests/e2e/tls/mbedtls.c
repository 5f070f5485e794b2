/* SPDX-License-Identifier: MIT */
/* Two signed requests over one connection of Mbed TLS; the second in pieces.  mbedtls PORT */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <stdio.h>
#include <string.h>

#define HEAD                                                                                       \
	"Host: s3.us-east-1.amazonaws.com\r\nx-amz-date: 20261125T000000Z\r\n"                     \
	"Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/"   \
	"aws4_request, SignedHeaders=host;x-amz-date, Signature="                                  \
	"0000000000000000000000000000000000000000000000000000000000000000\r\n\r\n"

static int request(mbedtls_ssl_context *ssl, const char *text, size_t piece)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned char answer[4096];
	size_t left = strlen(text);

	while (left) {
		int n = mbedtls_ssl_write(ssl, p, left < piece ? left : piece);

		if (n <= 0)
			return -1;
		p += n;
		left -= (size_t)n;
	}
	return mbedtls_ssl_read(ssl, answer, sizeof(answer));
}

int main(int argc, char **argv)
{
	mbedtls_net_context net;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context random;
	int ok;

	mbedtls_net_init(&net);
	mbedtls_ssl_init(&ssl);
	mbedtls_ssl_config_init(&conf);
	mbedtls_entropy_init(&entropy);
	mbedtls_ctr_drbg_init(&random);
	ok = argc > 1 &&
	     mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0) == 0 &&
	     mbedtls_net_connect(&net, "127.0.0.1", argv[1], MBEDTLS_NET_PROTO_TCP) == 0 &&
	     mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
					 MBEDTLS_SSL_PRESET_DEFAULT) == 0;
	if (!ok)
		return 1;
	mbedtls_ssl_conf_authmode(&conf, MBEDTLS_SSL_VERIFY_NONE); /* a test's server */
	mbedtls_ssl_conf_rng(&conf, mbedtls_ctr_drbg_random, &random);
	if (mbedtls_ssl_setup(&ssl, &conf) ||
	    mbedtls_ssl_set_hostname(&ssl, "s3.us-east-1.amazonaws.com"))
		return 1;
	mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
	ok = request(&ssl, "GET /lp-mbed/one HTTP/1.1\r\n" HEAD, 16384) > 0 &&
	     request(&ssl, "DELETE /lp-mbed/two HTTP/1.1\r\n" HEAD, 7) > 0;
	mbedtls_ssl_close_notify(&ssl);
	mbedtls_ssl_free(&ssl);
	mbedtls_net_free(&net);
	puts(ok ? "done" : "failed");
	return !ok;
}
