/* SPDX-License-Identifier: MIT */
#include "contact.h"

#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"

static int send_hello(int sock, const struct lp_hello *hello, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct lp_hello copy = *hello;
	struct iovec iov = {&copy, sizeof(copy)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	if (syscall(SYS_sendmsg, sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}

/* Connects and sends. The socket or -errno. */
static int say(enum lp_hello_kind kind, int fd, uint64_t drops, unsigned verdict, pid_t *peer)
{
	struct lp_hello hello = {
		.magic = LP_RING_MAGIC,
		.version = LP_RING_VERSION,
		.kind = kind,
		.drops = drops,
		.verdict = verdict,
	};
	long tid = syscall(SYS_gettid);
	int sock, err = 0;

	if (tid != syscall(SYS_getpid))
		hello.tid = (int32_t)tid;

	if (!lps_config.socket_len)
		return -ENOENT;
	memcpy(hello.exe, lps_config.exe, sizeof(hello.exe));
	sock = (int)syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	if (syscall(SYS_connect, sock, &lps_config.socket, lps_config.socket_len) < 0) {
		err = -errno;
		goto out;
	}
	if (peer) {
		struct ucred cred = {0};
		socklen_t len = sizeof(cred);

		*peer = 0;
		if (syscall(SYS_getsockopt, sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0)
			*peer = cred.pid;
		/* Yama (kernel.yama.ptrace_scope 1) lets only ancestors trace, and whom we name: an
		 * orphan's ancestor is no longer leastpriv-run. Where there is no Yama it fails. */
		if (kind == LP_HELLO_BLIND && *peer > 0)
			(void)syscall(SYS_prctl, PR_SET_PTRACER, (long)*peer, 0L, 0L, 0L);
	}
	err = send_hello(sock, &hello, fd);
out:
	if (!err)
		return sock;
	syscall(SYS_close, sock);
	return err;
}

int lps_contact(enum lp_hello_kind kind, int fd, uint64_t drops, pid_t *peer)
{
	int sock = say(kind, fd, drops, 0, peer);

	if (sock < 0)
		return sock;
	syscall(SYS_close, sock);
	return 0;
}

bool lps_contact_wait(unsigned verdict)
{
	struct timespec limit = {
		.tv_sec = LP_HELLO_WAIT_MS / 1000,
		.tv_nsec = LP_HELLO_WAIT_MS % 1000 * 1000000L,
	};
	struct pollfd pfd = {.events = POLLIN};
	pid_t tracer;
	int sock = say(LP_HELLO_BLIND, -1, 0, verdict, &tracer);
	char byte;
	bool yes;

	if (sock < 0)
		return false;
	pfd.fd = sock;
	/* A signal ends the wait as well; it is the program's, and more urgent. */
	syscall(SYS_ppoll, &pfd, 1, &limit, NULL, 0);
	yes = syscall(SYS_recvfrom, sock, &byte, sizeof(byte), MSG_DONTWAIT, NULL, NULL) == 1;
	syscall(SYS_close, sock);
	return yes;
}
