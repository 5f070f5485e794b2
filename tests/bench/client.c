/* SPDX-License-Identifier: MIT */

/*
 * The near end of the benchmarks, on one kept-alive TLS connection: client PORT CA. Reads orders
 * from stdin, one a line, and prints the nanoseconds each took:
 *
 *   aws N     N small signed requests, each answered before the next
 *   get N     one download of N bytes from a host that is not AWS, unsigned
 *   anew N    the same, each in two writes of one length from one buffer, the second further in
 *   quit N    N requests like those, the last one without waiting for its answer: that is the end
 *   fork N    N children at once, each with a connection of its own for one request and no answer
 *   share N   N children in turns, the same but in the memory of the parent (LinuxThreads was so)
 *   thread N  N threads in turns, likewise
 *   exec N    another thread than the first runs this program anew, for "quit N"
 *
 * The kind of the first order decides what the connection is; a run gives orders of one kind.
 *
 * LDLIBS: -lssl -lcrypto -lpthread
 */
#ifndef _GNU_SOURCE /* tests compile it by themselves, too */
#define _GNU_SOURCE
#endif

#include <alloca.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char signed_request[] =
	"POST / HTTP/1.1\r\n"
	"Host: dynamodb.us-east-1.amazonaws.com\r\n"
	"Content-Type: application/x-amz-json-1.0\r\n"
	"X-Amz-Target: DynamoDB_20120810.GetItem\r\n"
	"X-Amz-Date: 20260131T120000Z\r\n"
	"X-Amz-Security-Token: "
	"IQoJb3JpZ2luX2VjEXAMPLEIQoJb3JpZ2luX2VjEXAMPLEIQoJb3JpZ2luX2VjEXAMPLE\r\n"
	"Authorization: AWS4-HMAC-SHA256 "
	"Credential=AKIAIOSFODNN7EXAMPLE/20260131/us-east-1/dynamodb/"
	"aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
	"Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n"
	"User-Agent: bench\r\n"
	"Content-Length: 51\r\n"
	"\r\n"
	"{\"TableName\":\"bench\",\"Key\":{\"id\":{\"S\":\"12345678\"}}}";

static char buf[256 * 1024];

static void fail(const char *what)
{
	fprintf(stderr, "client: %s\n", what);
	exit(1);
}

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static SSL *dial(int port, const char *ca)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons((unsigned short)port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		fail("cannot connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!ctx || SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1)
		fail("cannot read the authority's certificate");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	ssl = SSL_new(ctx);
	if (!ssl || SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
		fail("no TLS connection");
	return ssl;
}

/* Reads one response with a Content-Length; its body is dropped. */
static void read_response(SSL *ssl)
{
	size_t have = 0;
	char *body = NULL, *length;
	unsigned long long left;

	while (!body) {
		int n = SSL_read(ssl, buf + have, (int)(sizeof(buf) - 1 - have));

		if (n <= 0)
			fail("connection lost");
		have += (size_t)n;
		buf[have] = '\0';
		body = strstr(buf, "\r\n\r\n");
	}
	body += 4;
	length = strstr(buf, "Content-Length: ");
	if (!length)
		fail("no Content-Length");
	left = strtoull(length + 16, NULL, 10) - (have - (size_t)(body - buf));
	while (left) {
		int n = SSL_read(ssl, buf, (int)(left < sizeof(buf) ? left : sizeof(buf)));

		if (n <= 0)
			fail("connection lost");
		left -= (unsigned long long)n;
	}
}

static void send_signed(SSL *ssl)
{
	if (SSL_write(ssl, signed_request, sizeof(signed_request) - 1) <= 0)
		fail("cannot write");
}

static __attribute__((noinline)) void write_deeper(SSL *ssl, size_t len, size_t deeper)
{
	volatile char *room = alloca(deeper + 1);

	if (SSL_write(ssl, buf, (int)len) != (int)len)
		fail("cannot write");
	*room = 0;
}

static void send_anew(SSL *ssl)
{
	static const char length[] = "Content-Length: ";
	const char *head = strstr(signed_request, length), *body = strstr(head, "\r\n\r\n") + 4;
	size_t half = (size_t)(head - signed_request) + strlen("Content-Length: 000\r\n\r\n");

	snprintf(buf, sizeof(buf), "%.*s%s%03zu\r\n\r\n", (int)(head - signed_request),
		 signed_request, length, half);
	write_deeper(ssl, half, 0);
	snprintf(buf, sizeof(buf), "%-*s", (int)half, body);
	write_deeper(ssl, half, 2000);
}

static void fork_many(unsigned long long n, int port, const char *ca)
{
	for (; n; n--) {
		pid_t pid = fork();

		if (pid < 0)
			fail("cannot fork");
		if (pid == 0) {
			send_signed(dial(port, ca));
			_exit(0);
		}
	}
	for (int status; wait(&status) > 0;)
		if (status)
			fail("a child failed");
}

struct place {
	char **argv;
	unsigned long long n;
};

static int once(void *arg)
{
	const struct place *at = arg;

	send_signed(dial((int)strtol(at->argv[1], NULL, 10), at->argv[2]));
	return 0;
}

static void share_many(struct place *at)
{
	static char stack[1 << 18];
	int status;

	while (at->n--) {
		/* While it runs the parent does not: thread-local storage is shared as well. */
		if (clone(once, stack + sizeof(stack), CLONE_VM | SIGCHLD, at) < 0 ||
		    wait(&status) < 0 || status)
			fail("a child failed");
	}
}

static void *in_thread(void *arg)
{
	once(arg);
	return NULL;
}

static void *run_anew(void *arg)
{
	const struct place *at = arg;
	char order[32];
	int fds[2], len = snprintf(order, sizeof(order), "quit %llu\n", at->n);

	if (pipe(fds) || write(fds[1], order, (size_t)len) != len || dup2(fds[0], 0) < 0)
		fail("no pipe");
	execv("/proc/self/exe", at->argv);
	fail("cannot run anew");
	return NULL;
}

static void start_thread(void *(*fn)(void *), struct place *at)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fn, at) || pthread_join(thread, NULL))
		fail("no thread");
}

int main(int argc, char **argv)
{
	struct place at = {.argv = argv};

	bool quit = false, anew;
	char line[64], kind[8], request[256];
	unsigned long long n;
	SSL *ssl;

	if (argc != 3)
		fail("usage: client PORT CA");
	ssl = dial((int)strtol(argv[1], NULL, 10), argv[2]);
	while (fgets(line, sizeof(line), stdin)) {
		long long start = now_ns();

		if (sscanf(line, "%7s %llu", kind, &n) != 2)
			fail("bad order");
		quit = strcmp(kind, "quit") == 0;
		anew = strcmp(kind, "anew") == 0;
		if (strcmp(kind, "aws") == 0 || anew || quit) {
			for (; n; n--) {
				anew ? send_anew(ssl) : send_signed(ssl);
				if (quit && n == 1)
					_exit(0);
				read_response(ssl);
			}
		} else if (strcmp(kind, "fork") == 0) {
			fork_many(n, (int)strtol(argv[1], NULL, 10), argv[2]);
		} else if (strcmp(kind, "share") == 0) {
			at.n = n;
			share_many(&at);
		} else if (strcmp(kind, "thread") == 0) {
			while (n--)
				start_thread(in_thread, &at);
		} else if (strcmp(kind, "exec") == 0) {
			at.n = n;
			start_thread(run_anew, &at);
		} else {
			int len = snprintf(request, sizeof(request),
					   "GET /bytes/%llu HTTP/1.1\r\n"
					   "Host: downloads.example.com\r\n\r\n",
					   n);

			if (SSL_write(ssl, request, len) <= 0)
				fail("cannot write");
			read_response(ssl);
		}
		printf("%lld\n", now_ns() - start);
		fflush(stdout);
	}
	SSL_shutdown(ssl);
	SSL_free(ssl);
	return 0;
}
