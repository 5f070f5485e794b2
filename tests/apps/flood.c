/* SPDX-License-Identifier: MIT */
/*
 * A hostile program: says what it likes to a collector, without the shim.
 *
 *	flood SOCKET resources N    N calls, each of a resource of its own
 *	flood SOCKET pending N      N requests with large bodies that are never answered
 *	flood SOCKET keys N         N calls, each by an access key of its own that says who it is
 *	flood SOCKET nonsense N     N events that are none, and hellos that are none
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "../unit/ring_writer.h"

#define HEAD                                                                                       \
	"GET /%ld HTTP/1.1\r\nHost: lp-flood.s3.us-east-1.amazonaws.com\r\nAuthorization: "        \
	"AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/s3/aws4_request, "                      \
	"SignedHeaders=host, Signature=0\r\n\r\n"
#define CALLER                                                                                     \
	"POST / HTTP/1.1\r\nHost: sts.us-east-1.amazonaws.com\r\nContent-Type: "                   \
	"application/x-www-form-urlencoded\r\nAuthorization: AWS4-HMAC-SHA256 "                    \
	"Credential=%s/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, "                  \
	"Signature=0\r\n\r\n"

#define BODY "Action=GetCallerIdentity&Version=2011-06-15"

static const char *path;

static int say(const void *bytes, size_t len, int fd)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.bytes = {0}};
	char copy[1024];
	struct iovec iov = {copy, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ssize_t n;

	memcpy(copy, bytes, len);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (connect(sock, (struct sockaddr *)&un, sizeof(un))) {
		close(sock);
		return -1;
	}
	if (fd >= 0) {
		struct cmsghdr *c = &control.align;

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
	}
	n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	close(sock);
	return n == (ssize_t)len ? 0 : -1;
}

static void pause_ms(long ms)
{
	struct timespec ts = {0, ms * 1000000};

	nanosleep(&ts, NULL);
}

/* Waits for room. */
static void put(struct writer *w, uint16_t type, uint64_t conn, uint32_t seq, const void *p,
		size_t len)
{
	struct lp_event ev = {
		.conn = conn,
		.time_ns = 1,
		.seq = seq,
		.type = type,
		.payload = lp_span_of(p, len),
	};
	uint64_t need = writer_size(len);

	while (atomic_load(&w->hdr->head) + need - lp_ring_block(atomic_load(&w->hdr->tail)) >
	       LP_RING_SIZE)
		pause_ms(1);
	writer_add(w, &ev);
}

static void call(struct writer *w, uint32_t seq, const char *head, const char *answer)
{
	const struct lp_event_end end = {0};

	put(w, LP_EV_REQUEST, 1, seq, head, strlen(head));
	put(w, LP_EV_REQUEST_END, 1, seq, &end, sizeof(end));
	put(w, LP_EV_RESPONSE, 1, seq, answer, strlen(answer));
}

static void key_of(long i, char key[32])
{
	snprintf(key, 32, "ASIA%012ldEXAM", i);
}

int main(int argc, char **argv)
{
	struct lp_hello hello = {
		.magic = LP_RING_MAGIC, .version = LP_RING_VERSION, .kind = LP_HELLO_RING};
	const struct lp_event_end end = {sizeof(BODY) - 1, sizeof(BODY) - 1};
	static const char ok[] = "HTTP/1.1 200 OK\r\n\r\n";
	static char junk[60 * 1024];
	long n = argc == 4 ? atol(argv[3]) : 0;
	char head[1024], answer[512], key[32];
	struct writer w;

	if (!n)
		return 2;
	path = argv[1];
	snprintf(hello.exe, sizeof(hello.exe), "%s", argv[0]);
	writer_open(&w);
	if (say(&hello, sizeof(hello), w.fd))
		return 1;
	for (long i = 0; i < n; i++) {
		if (!strcmp(argv[2], "resources")) {
			snprintf(head, sizeof(head), HEAD, i, "AKIAIOSFODNN7EXAMPLE");
			call(&w, (uint32_t)i, head, ok);
		} else if (!strcmp(argv[2], "pending")) {
			snprintf(head, sizeof(head), HEAD, i, "AKIAIOSFODNN7EXAMPLE");
			put(&w, LP_EV_REQUEST, (uint64_t)i + 2, 0, head, strlen(head));
			put(&w, LP_EV_BODY, (uint64_t)i + 2, 0, junk, sizeof(junk));
		} else if (!strcmp(argv[2], "keys")) {
			key_of(i, key);
			snprintf(head, sizeof(head), CALLER, key);
			snprintf(answer, sizeof(answer),
				 "HTTP/1.1 200 OK\r\n\r\n"
				 "GetCallerIdentityResponse.GetCallerIdentityResult.Arn=arn:aws:iam"
				 "::123456789012:user/u%ld\n",
				 i);
			put(&w, LP_EV_REQUEST, 2, (uint32_t)i, head, strlen(head));
			put(&w, LP_EV_BODY, 2, (uint32_t)i, BODY, strlen(BODY));
			put(&w, LP_EV_REQUEST_END, 2, (uint32_t)i, &end, sizeof(end));
			put(&w, LP_EV_RESPONSE, 2, (uint32_t)i, answer, strlen(answer));
			snprintf(head, sizeof(head), HEAD, i, key);
			call(&w, (uint32_t)i, head, ok);
		} else {
			for (size_t k = 0; k < 512; k++)
				junk[k] = (char)rand();
			put(&w, (uint16_t)rand(), (uint64_t)rand(), (uint32_t)rand(), junk,
			    (size_t)rand() % 500);
			if (i % 100 == 0)
				(void)say(junk, (size_t)rand() % 500, -1);
		}
	}
	/* What it says last is to be read as well. */
	while (atomic_load(&w.hdr->tail) < atomic_load(&w.hdr->head))
		pause_ms(5);
	return 0;
}
