/* SPDX-License-Identifier: MIT */
/*
 * Client-side-monitoring datagrams by every call that sends one, IPv4 and IPv6, connected and not,
 * with and without somebody listening on the port (V_CSM when that is not 31000). With V_AGAIN to
 * an IPv4-mapped address, and by who sends again what nobody took.
 */
#include "victim.h"

#include <poll.h>
#include <sys/uio.h>

static const char *const attempt =
	"{\"Version\":1,\"ClientId\":\"\",\"Type\":\"ApiCallAttempt\",\"Service\":\"S3\","
	"\"Api\":\"%s\",\"AccessKey\":\"AKIAIOSFODNN7EXAMPLE\","
	"\"SessionToken\":\"5ec2e770cen\",\"HttpStatusCode\":200}";

static void listen_and_print(int fd, const char *how)
{
	struct pollfd p = {fd, POLLIN, 0};
	char buf[1024];
	ssize_t n = poll(&p, 1, 1000) > 0 ? recv(fd, buf, sizeof(buf), 0) : -1;

	printf("%s: %.*s\n", how, n > 0 ? (int)n : 0, buf);
}

static void each(const struct sockaddr *addr, socklen_t len, int listener, const char *family)
{
	static const char *const ways[] = {"sendto", "send",   "sendmsg",  "sendmmsg",
					   "write",  "writev", "sendmsgto"};
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int fd = socket(addr->sa_family, SOCK_DGRAM, 0);
		char buf[512], label[64];
		struct iovec iov[2];
		struct mmsghdr mm;
		ssize_t r = -1;
		size_t n;

		snprintf(label, sizeof(label), "%s%s%s", family, ways[i],
			 listener < 0 ? "None" : "");
		n = (size_t)snprintf(buf, sizeof(buf), attempt, label);
		iov[0] = (struct iovec){buf, 10};
		iov[1] = (struct iovec){buf + 10, n - 10};
		memset(&mm, 0, sizeof(mm));
		mm.msg_hdr.msg_iov = iov;
		mm.msg_hdr.msg_iovlen = 2;
		if (i != 0 && i != 6 && connect(fd, addr, len))
			v_die("connect");
		switch (i) {
		case 0:
			r = sendto(fd, buf, n, 0, addr, len);
			break;
		case 1:
			r = send(fd, buf, n, 0);
			break;
		case 2:
			r = sendmsg(fd, &mm.msg_hdr, 0);
			break;
		case 3:
			r = sendmmsg(fd, &mm, 1, 0) == 1 ? (ssize_t)mm.msg_len : -1;
			break;
		case 4:
			r = write(fd, buf, n);
			break;
		case 5:
			r = writev(fd, iov, 2);
			break;
		default:
			mm.msg_hdr.msg_name = buf + 400;
			mm.msg_hdr.msg_namelen = len;
			memcpy(buf + 400, addr, len);
			r = sendmsg(fd, &mm.msg_hdr, 0);
			break;
		}
		printf("%s %d\n", label, r == (ssize_t)n);
		if (listener >= 0)
			listen_and_print(listener, label);
		close(fd);
	}
}

/* What failed because nobody took the one before. */
static void again(const struct sockaddr *addr, socklen_t len)
{
	int fd = socket(addr->sa_family, SOCK_DGRAM, 0);
	ssize_t first, second;
	char buf[512], c = 'x';
	size_t n = (size_t)snprintf(buf, sizeof(buf), attempt, "V4again");

	if (connect(fd, addr, len) || send(fd, &c, 1, 0) != 1)
		v_die("connect");
	usleep(20000);
	first = send(fd, buf, n, 0);
	second = send(fd, buf, n, 0);
	printf("again %zd %d\n", first, second == (ssize_t)n);
	close(fd);
}

int main(void)
{
	const char *env = getenv("V_CSM");
	uint16_t port = (uint16_t)(env ? atoi(env) : 31000);
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
				   .sin6_port = htons(port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int l = socket(AF_INET, SOCK_DGRAM, 0), fd;
	char c = 'x';

	if (env)
		setenv("AWS_CSM_PORT", env, getenv("V_OVERWRITE") != NULL);
	each((struct sockaddr *)&in, sizeof(in), -1, "V4");
	if (bind(l, (struct sockaddr *)&in, sizeof(in)) == 0)
		each((struct sockaddr *)&in, sizeof(in), l, "V4");
	each((struct sockaddr *)&in6, sizeof(in6), -1, "V6");
	close(l);
	if (getenv("V_AGAIN")) {
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &in6.sin6_addr);
		each((struct sockaddr *)&in6, sizeof(in6), -1, "V4mapped");
		again((struct sockaddr *)&in, sizeof(in));
	}
	/* Nobody listens: the second send on a connected socket says so. */
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (connect(fd, (struct sockaddr *)&in, sizeof(in)))
		v_die("connect");
	printf("first %zd\n", send(fd, &c, 1, 0));
	usleep(20000);
	errno = 0;
	printf("second %zd %d\n", send(fd, &c, 1, 0), errno);
	return 0;
}
