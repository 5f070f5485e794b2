/* SPDX-License-Identifier: MIT */
#ifndef LP_VICTIM_H
#define LP_VICTIM_H

/*
 * What the victims share. A victim is a program that does something the shim could break; it
 * prints only what must be the same with and without the shim. The ports of the test server are
 * in V_HTTP and V_TLS. A line "LDLIBS: ..." in a victim's first comment says what to link.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define V_SIGNED                                                                                   \
	"Authorization: AWS4-HMAC-SHA256 "                                                         \
	"Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/s3/aws4_request, "                     \
	"SignedHeaders=host, Signature=5ec2e75169a70e5ec2e75169a70e5ec2e7\r\n"                     \
	"X-Amz-Security-Token: 5ec2e770cen\r\n"

__attribute__((noreturn, unused)) static void v_die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

__attribute__((unused)) static struct sockaddr_in v_addr(const char *port_env)
{
	const char *port = getenv(port_env);

	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port ? port : "0")),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

__attribute__((unused)) static int v_connect(const char *port_env)
{
	struct sockaddr_in addr = v_addr(port_env);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		v_die("connect");
	return fd;
}

/* A signed request; its length. */
__attribute__((unused)) static size_t v_request(char *buf, size_t size, const char *method,
						const char *path, const char *body)
{
	int n = snprintf(buf, size,
			 "%s %s HTTP/1.1\r\nHost: s3.us-east-1.amazonaws.com\r\n" V_SIGNED
			 "Content-Length: %zu\r\n\r\n%s",
			 method, path, strlen(body), body);

	if (n < 0 || (size_t)n >= size)
		v_die("request");
	return (size_t)n;
}

/* How a victim reads: read(2) on a descriptor, SSL_read, gnutls_record_recv... */
typedef ssize_t v_read_fn(void *from, char *buf, size_t len);

__attribute__((unused)) static ssize_t v_read_fd(void *from, char *buf, size_t len)
{
	return read(*(int *)from, buf, len);
}

/* Reads one answer and gives its body, NUL-terminated, in `body`. */
__attribute__((unused)) static void v_answer(v_read_fn *fn, void *from, char *body, size_t size)
{
	char buf[4096];
	size_t have = 0, need = 0;
	char *end = NULL;

	while (!end || have < need) {
		ssize_t n = fn(from, buf + have, sizeof(buf) - 1 - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			v_die("answer");
		have += (size_t)n;
		buf[have] = '\0';
		if (!end && (end = strstr(buf, "\r\n\r\n"))) {
			const char *len = strstr(buf, "Content-Length: ");

			end += 4;
			need = (size_t)(end - buf) + (len ? strtoul(len + 16, NULL, 10) : 0);
		}
	}
	snprintf(body, size, "%s", end);
}

/* One request and its answer on a plain connection; prints what the server said. */
__attribute__((unused)) static void v_exchange(int fd, const char *method, const char *path,
					       const char *body)
{
	char buf[4096], answer[512];
	size_t n = v_request(buf, sizeof(buf), method, path, body);

	if (write(fd, buf, n) != (ssize_t)n)
		v_die("write");
	v_answer(v_read_fd, &fd, answer, sizeof(answer));
	fputs(answer, stdout);
}

#ifdef V_OPENSSL
#include <openssl/ssl.h>

__attribute__((unused)) static SSL *v_tls(int fd)
{
	static SSL_CTX *ctx;
	SSL *s;

	if (!ctx)
		ctx = SSL_CTX_new(TLS_client_method());
	s = SSL_new(ctx);
	if (!s || SSL_set_fd(s, fd) != 1 || SSL_connect(s) != 1)
		v_die("tls");
	return s;
}

__attribute__((unused)) static ssize_t v_read_ssl(void *from, char *buf, size_t len)
{
	return SSL_read(from, buf, (int)len);
}

__attribute__((unused)) static void v_tls_exchange(SSL *s, const char *method, const char *path,
						   const char *body)
{
	char buf[4096], answer[512];
	size_t n = v_request(buf, sizeof(buf), method, path, body);

	if (SSL_write(s, buf, (int)n) != (int)n)
		v_die("SSL_write");
	v_answer(v_read_ssl, s, answer, sizeof(answer));
	fputs(answer, stdout);
}
#endif

#endif
