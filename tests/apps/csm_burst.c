/* SPDX-License-Identifier: MIT */
/*
 * A burst of client-side-monitoring datagrams: csm_burst PORT SENDERS EACH [LENGTH]. So many
 * processes send so many at once, each by one of the calls that send; who started them counts what
 * arrives, and prints it at the end. Where another listens at the port already, it only sends.
 */
#include "victim.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define BATCH	    16
#define ROOM	    1024
#define AGENT	    512 /* the longest name that a client gives itself here */
#define QUEUE_BYTES (256 << 20)
#define QUIET_MS    500

static char agent[AGENT + 1];

static size_t datagram(char *buf, int sender, int i)
{
	return (size_t)snprintf(buf, ROOM,
				"{\"Version\":1,\"ClientId\":\"%d-%d\",\"Type\":\"ApiCall\","
				"\"Service\":\"S3\",\"Api\":\"GetObject\",\"AttemptCount\":1,"
				"\"Region\":\"us-east-1\",\"Timestamp\":1766491200000,"
				"\"UserAgent\":\"%s\"}",
				sender, i, agent);
}

static void send_batch(int fd, int sender, int first, int n)
{
	char buf[BATCH][ROOM];
	struct iovec iov[BATCH][2];
	struct mmsghdr mm[BATCH];

	memset(mm, 0, sizeof(mm));
	for (int i = 0; i < n; i++) {
		size_t len = datagram(buf[i], sender, first + i);

		iov[i][0] = (struct iovec){buf[i], 7};
		iov[i][1] = (struct iovec){buf[i] + 7, len - 7};
		mm[i].msg_hdr.msg_iov = iov[i];
		mm[i].msg_hdr.msg_iovlen = 2;
	}
	if (sendmmsg(fd, mm, (unsigned)n, 0) != n)
		v_die("sendmmsg");
}

static void send_one(int fd, int sender, int i)
{
	char buf[ROOM];
	size_t len = datagram(buf, sender, i);
	struct iovec iov[3] = {{buf, 1}, {buf + 1, 30}, {buf + 31, len - 31}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = 3};
	ssize_t n;

	switch (sender % 5) {
	case 1:
		n = writev(fd, iov, 3);
		break;
	case 2:
		n = sendmsg(fd, &m, 0);
		break;
	case 3:
		n = write(fd, buf, len);
		break;
	default:
		n = send(fd, buf, len, 0);
		break;
	}
	if (n != (ssize_t)len)
		v_die("send");
}

static void sender(const struct sockaddr_in *to, int number, int each)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		v_die("connect");
	for (int i = 0; i < each;) {
		if (number % 5 == 0) {
			int n = each - i < BATCH ? each - i : BATCH;

			send_batch(fd, number, i, n);
			i += n;
		} else {
			send_one(fd, number, i++);
		}
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int l = socket(AF_INET, SOCK_DGRAM, 0), room = QUEUE_BYTES, senders, each;
	struct pollfd p = {l, POLLIN, 0};
	bool another = false;
	size_t length;
	long n = 0;

	if (argc != 4 && argc != 5)
		return 2;
	to.sin_port = htons((uint16_t)atoi(argv[1]));
	senders = atoi(argv[2]);
	each = atoi(argv[3]);
	length = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
	while (length > datagram((char[ROOM]){0}, senders - 1, each - 1) && strlen(agent) < AGENT)
		strcat(agent, "x");
	if (setsockopt(l, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		v_die("SO_RCVBUFFORCE");
	if (bind(l, (struct sockaddr *)&to, sizeof(to))) {
		another = errno == EADDRINUSE;
		if (!another)
			v_die("bind");
	}
	for (int i = 0; i < senders; i++)
		if (fork() == 0)
			sender(&to, i, each);
	for (int status; wait(&status) > 0;)
		if (status)
			return 1;
	if (another)
		return 0;
	while (poll(&p, 1, n < (long)senders * each ? QUIET_MS : 0) > 0) {
		char buf[ROOM];

		n += recv(l, buf, sizeof(buf), 0) > 0;
	}
	printf("%ld\n", n);
	return 0;
}
