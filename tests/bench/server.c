/* SPDX-License-Identifier: MIT */

/*
 * The far end of the benchmarks: an HTTP/1.1 server over TLS that costs as little as possible and
 * always the same. server CERT KEY listens on a free loopback port, prints it, and ends when its
 * stdin does; then it prints how many requests it was sent. GET /bytes/N answers with N zero bytes;
 * every other request is read to its end and answered with a 200 that carries a request id: a PUT,
 * as by S3, without a body, others with "{}".
 *
 * LDLIBS: -lssl -lcrypto -lpthread
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BUF_SIZE (256 * 1024)

static SSL_CTX *ctx;
static atomic_ullong requests;

struct client {
	SSL *ssl;
	size_t start, end; /* unread bytes in buf */
	char buf[BUF_SIZE];
};

/* Makes at least one more byte available; false at the end of the connection. */
static bool fill(struct client *c)
{
	int n;

	if (c->start == c->end)
		c->start = c->end = 0;
	if (c->end == sizeof(c->buf)) {
		memmove(c->buf, c->buf + c->start, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
		if (c->end == sizeof(c->buf))
			return false;
	}
	n = SSL_read(c->ssl, c->buf + c->end, (int)(sizeof(c->buf) - c->end));
	if (n <= 0)
		return false;
	c->end += (size_t)n;
	return true;
}

/* The next line without its CRLF, NUL-terminated in place; NULL at the end. */
static char *get_line(struct client *c)
{
	for (size_t seen = c->start;;) {
		char *nl = memchr(c->buf + seen, '\n', c->end - seen);

		if (nl) {
			char *line = c->buf + c->start;

			*nl = '\0';
			if (nl > line && nl[-1] == '\r')
				nl[-1] = '\0';
			c->start = (size_t)(nl - c->buf) + 1;
			return line;
		}
		seen = c->end - c->start;
		if (!fill(c))
			return NULL;
		seen += c->start;
	}
}

static bool skip(struct client *c, unsigned long long n)
{
	while (n) {
		size_t have = c->end - c->start;

		if (!have) {
			if (!fill(c))
				return false;
			continue;
		}
		if (have > n)
			have = (size_t)n;
		c->start += have;
		n -= have;
	}
	return true;
}

static bool skip_chunks(struct client *c)
{
	for (;;) {
		char *line = get_line(c);
		unsigned long long n;

		if (!line)
			return false;
		n = strtoull(line, NULL, 16);
		if (n == 0)
			break;
		if (!skip(c, n + 2))
			return false;
	}
	for (char *line; (line = get_line(c));)
		if (!*line)
			return true;
	return false;
}

static bool put(struct client *c, const char *s, size_t len)
{
	return SSL_write(c->ssl, s, (int)len) > 0;
}

static bool answer_bytes(struct client *c, unsigned long long n)
{
	static const char zeros[64 * 1024];
	char head[128];
	int len =
		snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %llu\r\n\r\n", n);

	if (!put(c, head, (size_t)len))
		return false;
	while (n) {
		size_t part = n < sizeof(zeros) ? (size_t)n : sizeof(zeros);

		if (!put(c, zeros, part))
			return false;
		n -= part;
	}
	return true;
}

/* One request and its answer; false when the connection is over. */
static bool serve_one(struct client *c)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\nx-amzn-requestid: 0123456789abcdef\r\n"
				 "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
	static const char ok_put[] = "HTTP/1.1 200 OK\r\nx-amz-request-id: 0123456789abcdef\r\n"
				     "Content-Length: 0\r\n\r\n";
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	unsigned long long length = 0, bytes = 0;
	bool chunked = false, expects = false, is_put;
	char *line = get_line(c);

	if (!line)
		return false;
	is_put = strncmp(line, "PUT ", 4) == 0;
	if (strncmp(line, "GET /bytes/", 11) == 0)
		bytes = strtoull(line + 11, NULL, 10);
	while ((line = get_line(c)) && *line) {
		if (strncasecmp(line, "content-length:", 15) == 0)
			length = strtoull(line + 15, NULL, 10);
		else if (strncasecmp(line, "transfer-encoding:", 18) == 0)
			chunked = true;
		else if (strncasecmp(line, "expect:", 7) == 0)
			expects = true;
	}
	if (!line)
		return false;
	if (expects && !put(c, go_on, sizeof(go_on) - 1))
		return false;
	if (!(chunked ? skip_chunks(c) : skip(c, length)))
		return false;
	requests++;
	if (bytes)
		return answer_bytes(c, bytes);
	return is_put ? put(c, ok_put, sizeof(ok_put) - 1) : put(c, ok, sizeof(ok) - 1);
}

static void *serve(void *arg)
{
	struct client *c = arg;
	int fd = SSL_get_fd(c->ssl);

	if (SSL_accept(c->ssl) == 1)
		while (serve_one(c))
			;
	SSL_free(c->ssl);
	close(fd);
	free(c);
	return NULL;
}

static void *accept_all(void *arg)
{
	int listener = *(int *)arg;

	for (;;) {
		int one = 1, fd = accept(listener, NULL, NULL);
		struct client *c;
		pthread_t thread;

		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c = calloc(1, sizeof(*c));
		if (!c)
			abort();
		c->ssl = SSL_new(ctx);
		SSL_set_fd(c->ssl, fd);
		if (pthread_create(&thread, NULL, serve, c))
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pthread_t thread;
	char byte;

	if (argc != 3) {
		fprintf(stderr, "usage: server CERT KEY\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, argv[1]) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, argv[2], SSL_FILETYPE_PEM) != 1) {
		fprintf(stderr, "server: cannot use %s and %s\n", argv[1], argv[2]);
		return 1;
	}
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) || listen(listener, 1024) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len)) {
		perror("server: listen");
		return 1;
	}
	printf("%d\n", ntohs(addr.sin_port));
	fflush(stdout);
	if (pthread_create(&thread, NULL, accept_all, &listener))
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	printf("%llu\n", requests);
	return 0;
}
