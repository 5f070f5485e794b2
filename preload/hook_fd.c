/* SPDX-License-Identifier: MIT */

/*
 * The life of descriptors: what makes a number a connection, copies it, or frees it. Numbers that
 * change where none of these is called (fclose, raw system calls) are found out by the socket's
 * cookie, fds.c.
 */

#include <fcntl.h>
#include <stdarg.h>
#include <sys/socket.h>

#include "fds.h"
#include "java.h"
#include "resolve.h"
#include "shim.h"

#define CLOSE_RANGE_CLOEXEC_BIT 4u

LPS_HOOK(int, socket, (int family, int type, int protocol))
{
	int fd = LPS_LIBC(socket)(family, type, protocol);
	int err = errno;

	if (fd >= 0)
		lps_fd_forget(fd, LPS_FD_UNKNOWN);
	if (fd >= 0 && (family == AF_INET || family == AF_INET6))
		lps_java_socket();
	errno = err;
	return fd;
}

LPS_HOOK(int, connect, (int fd, const struct sockaddr *addr, socklen_t len))
{
	int r = LPS_LIBC(connect)(fd, addr, len);
	int err = errno;

	/* After EINTR the kernel goes on connecting. */
	if (r == 0 || err == EINPROGRESS || err == EINTR)
		lps_fd_connected(fd, addr, len);
	if (lps_java_waits() && lps_fd_get(fd) == LPS_FD_TCP)
		lps_java_ready();
	errno = err;
	return r;
}
LPS_HOOK_ALIAS(int, __connect, connect, (int fd, const struct sockaddr *addr, socklen_t len));

LPS_HOOK(int, accept, (int fd, struct sockaddr *addr, socklen_t *len))
{
	int r = LPS_LIBC(accept)(fd, addr, len);
	int err = errno;

	if (r >= 0)
		lps_fd_forget(r, LPS_FD_IGNORED); /* we are the server there */
	errno = err;
	return r;
}

LPS_HOOK(int, accept4, (int fd, struct sockaddr *addr, socklen_t *len, int flags))
{
	int r = LPS_LIBC(accept4)(fd, addr, len, flags);
	int err = errno;

	if (r >= 0)
		lps_fd_forget(r, LPS_FD_IGNORED);
	errno = err;
	return r;
}

/* Before the real call: once the number is free another thread may get it. */
static void closing(int fd)
{
	int err = errno;

	if (lps_fd_get(fd) != LPS_FD_UNKNOWN)
		lps_fd_closing(fd);
	errno = err;
}

LPS_HOOK(int, close, (int fd))
{
	closing(fd);
	return LPS_LIBC(close)(fd);
}
LPS_HOOK_ALIAS(int, __close, close, (int fd));

LPS_HOOK(int, close_range, (unsigned int first, unsigned int last, int flags))
{
	int err = errno;

	if (!((unsigned)flags & CLOSE_RANGE_CLOEXEC_BIT))
		lps_fd_forget_range(first, last);
	errno = err;
	return LPS_LIBC(close_range)(first, last, flags);
}

LPS_HOOK(void, closefrom, (int first))
{
	int err = errno;

	lps_fd_forget_range(first < 0 ? 0 : (unsigned)first, LPS_FDS_MAX - 1);
	errno = err;
	LPS_LIBC(closefrom)(first);
}

static int copied(int from, int to)
{
	int err = errno;

	if (to >= 0)
		lps_fd_copied(from, to);
	errno = err;
	return to;
}

LPS_HOOK(int, dup, (int fd))
{
	return copied(fd, LPS_LIBC(dup)(fd));
}

static void replacing(int from, int to)
{
	int err = errno;

	lps_fd_replacing(from, to);
	errno = err;
}

LPS_HOOK(int, dup2, (int fd, int to))
{
	replacing(fd, to);
	return copied(fd, LPS_LIBC(dup2)(fd, to));
}
LPS_HOOK_ALIAS(int, __dup2, dup2, (int fd, int to));

LPS_HOOK(int, dup3, (int fd, int to, int flags))
{
	replacing(fd, to);
	return copied(fd, LPS_LIBC(dup3)(fd, to, flags));
}

/*
 * Whatever the command takes is passed in the same register, so one pointer serves all; the same
 * is done in libc.
 */
LPS_HOOK(int, fcntl, (int fd, int cmd, ...))
{
	va_list ap;
	void *arg;
	int r;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	r = LPS_LIBC(fcntl)(fd, cmd, arg);
	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC ? copied(fd, r) : r;
}

LPS_HOOK(int, fcntl64, (int fd, int cmd, ...))
{
	va_list ap;
	void *arg;
	int r;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	r = LPS_LIBC(fcntl64)(fd, cmd, arg);
	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC ? copied(fd, r) : r;
}
