/* SPDX-License-Identifier: MIT */
#include "contact.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lp_ring_file.h"
#include "shim.h"

/*
 * A number for who listens. The pid alone will not do: of all collectors in another container we
 * are told 0. But each makes its socket's file anew.
 */
static uint64_t number_of(pid_t pid, const struct stat *file)
{
	uint64_t made =
		(uint64_t)file->st_ctim.tv_sec * 1000000000u + (uint64_t)file->st_ctim.tv_nsec;

	return (made ^ (uint64_t)file->st_ino << 40) + (uint64_t)pid;
}

static bool peer_of(int sock, struct ucred *cred)
{
	socklen_t len = sizeof(*cred);

	return syscall(SYS_getsockopt, sock, SOL_SOCKET, SO_PEERCRED, cred, &len) == 0;
}

static int reach(int sock)
{
	struct sockaddr_un un;
	struct ucred cred;
	int err;

	if (syscall(SYS_connect, sock, &lps_config.socket, lps_config.socket_len) == 0)
		return 0;
	err = errno;
	if (err != ENOENT && err != ENOTDIR && err != EACCES)
		return -err;
	/* Is only its file out of sight? */
	if (syscall(SYS_connect, sock, &un, lp_nameless(&un, lps_config.socket.sun_path)) < 0)
		return -err;
	if (!peer_of(sock, &cred) || (cred.uid != 0 && cred.uid != (uid_t)syscall(SYS_geteuid)))
		return -EPERM;
	return 0;
}

/* Connects and sends. The socket or -errno. */
static int say(enum lp_hello_kind kind, int fd, uint64_t drops, unsigned verdict,
	       const char *library, uint64_t *peer)
{
	struct lp_hello hello = {
		.magic = LP_RING_MAGIC,
		.version = LP_RING_VERSION,
		.kind = kind,
		.drops = drops,
	};
	struct stat file = {0};
	int sock, err = 0;

	if (kind == LP_HELLO_BLIND) {
		long tid = syscall(SYS_gettid);

		hello.verdict = verdict;
		hello.tid = tid == syscall(SYS_getpid) ? 0 : (int32_t)tid;
	} else {
		hello.time_ns = lps_mono();
	}
	if (!lps_config.socket_len)
		return -ENOENT;
	if (library)
		memcpy(hello.exe, library, strnlen(library, sizeof(hello.exe) - 1));
	else
		memcpy(hello.exe, lps_config.exe, sizeof(hello.exe));
	/* Before connecting: when a new one comes between the two, it is asked for once more. */
	if (peer && syscall(SYS_newfstatat, AT_FDCWD, lps_config.socket.sun_path, &file, 0))
		file = (struct stat){0};
	sock = (int)syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	err = reach(sock);
	if (err)
		goto out;
	if (peer || kind == LP_HELLO_BLIND) {
		struct ucred cred;

		if (!peer_of(sock, &cred))
			cred.pid = 0;
		if (peer)
			*peer = number_of(cred.pid, &file);
		/* Yama (kernel.yama.ptrace_scope 1) lets only ancestors trace, and whom we name: an
		 * orphan's ancestor is no longer leastpriv-run. Where there is no Yama it fails. */
		if (kind == LP_HELLO_BLIND && cred.pid > 0)
			(void)syscall(SYS_prctl, PR_SET_PTRACER, (long)cred.pid, 0L, 0L, 0L);
	}
	err = lp_ring_file_send(sock, &hello, sizeof(hello), fd);
out:
	if (!err)
		return sock;
	syscall(SYS_close, sock);
	return err;
}

/* Until there is an answer. A signal ends the wait as well; it is the program's, and more urgent.
 */
static void wait_for_answer(int sock, long ms)
{
	struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
	struct pollfd pfd = {.fd = sock, .events = POLLIN};

	syscall(SYS_ppoll, &pfd, 1, &limit, NULL, 0);
}

static bool is_anothers(int sock)
{
	struct ucred cred;

	return peer_of(sock, &cred) && cred.uid != (uid_t)syscall(SYS_geteuid);
}

int lps_contact(enum lp_hello_kind kind, int fd, uint64_t drops, uint64_t *peer)
{
	int sock = say(kind, fd, drops, 0, NULL, peer);

	if (sock < 0)
		return sock;
	/* Of another user's process the collector wants to see whose child it is: no dead one's. */
	if (kind == LP_HELLO_RING && is_anothers(sock))
		wait_for_answer(sock, LP_RING_WAIT_MS);
	syscall(SYS_close, sock);
	return 0;
}

bool lps_contact_wait(unsigned verdict, const char *library)
{
	int sock = say(LP_HELLO_BLIND, -1, 0, verdict, library, NULL);
	char byte;
	bool yes;

	if (sock < 0)
		return false;
	wait_for_answer(sock, LP_HELLO_WAIT_MS);
	yes = syscall(SYS_recvfrom, sock, &byte, sizeof(byte), MSG_DONTWAIT, NULL, NULL) == 1;
	syscall(SYS_close, sock);
	return yes;
}

/* The descriptor that came with the answer, if any. */
static int take_file(int sock)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec iov = {&byte, sizeof(byte)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	const struct cmsghdr *c;
	int fd;

	memset(&control, 0, sizeof(control));
	if (syscall(SYS_recvmsg, sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -EFBIG;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int lps_contact_file(void)
{
	int sock = say(LP_HELLO_FILE, -1, 0, 0, NULL, NULL), fd;

	if (sock < 0)
		return sock;
	wait_for_answer(sock, LP_RING_WAIT_MS);
	fd = take_file(sock);
	syscall(SYS_close, sock);
	if (fd < 0 || lp_ring_file_fits(fd))
		return fd;
	syscall(SYS_close, fd);
	return -EFBIG;
}
