/* SPDX-License-Identifier: MIT */

/*
 * Plain sockets: HTTP over TCP, and client-side-monitoring datagrams. Each hook passes the call on
 * unchanged and looks at the bytes after they were accepted. Calls that also work on files look at
 * nothing unless the descriptor is known to be a connection. Those that the transport below TLS
 * uses all the time leave at once where it is known to be nothing for us.
 */

#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "fds.h"
#include "hello.h"
#include "resolve.h"
#include "shim.h"

/*
 * A hook of what the transport below TLS calls all the time: where it is nothing for us it is a
 * leaf, which saves no register; what follows is the body for the rest.
 */
#define HOOK_UNLESS_IGNORED(name, args, call)                                                      \
	static LP_NOINLINE ssize_t name##_seen args;                                               \
	LPS_HOOK(ssize_t, name, args)                                                              \
	{                                                                                          \
		lps_type_##name *real = (lps_type_##name *)lps_libc_known(LPS_LIBC_##name);        \
                                                                                                   \
		if (LP_LIKELY(real && lps_fd_ignored(fd)))                                         \
			return real call;                                                          \
		return name##_seen call;                                                           \
	}                                                                                          \
	static ssize_t name##_seen args

static struct iovec one(const void *buf, size_t len)
{
	struct iovec iov = {.iov_len = len};

	memcpy(&iov.iov_base, &buf, sizeof(buf)); /* read only, but the type does not say so */
	return iov;
}

/* --- out -------------------------------------------------------------------------------------- */

/* After a call of the send family that is done, with errno as it left it. */
static void sent(int fd, const void *addr, socklen_t addr_len, const struct iovec *iov, size_t n,
		 int flags, ssize_t r)
{
	if (flags & MSG_OOB)
		return;
	if (!lps_fd_datagram(fd, addr, addr_len, iov, n, r) && r > 0)
		lps_fd_out(fd, iov, n, (size_t)r);
}

HOOK_UNLESS_IGNORED(send, (int fd, const void *buf, size_t len, int flags), (fd, buf, len, flags))
{
	bool writing = lps_fd_writing(fd);
	ssize_t r = LPS_LIBC(send)(fd, buf, len, flags);

	if (lps_fd_maybe(fd) && lps_send_done(r)) {
		struct iovec iov = one(buf, len);

		sent(fd, NULL, 0, &iov, 1, flags, r);
	}
	if (writing)
		lps_fd_written(fd);
	return r;
}
LPS_HOOK_ALIAS(ssize_t, __send, send, (int fd, const void *buf, size_t len, int flags));

/* TCP fast open: this send was the connect, too. */
static bool opened(int fd, const void *addr, socklen_t addr_len, int flags, ssize_t r)
{
	int err = errno;

	if (!(flags & MSG_FASTOPEN) || (r < 0 && err != EINPROGRESS))
		return false;
	lps_fd_connected(fd, addr, addr_len);
	errno = err;
	return true;
}

LPS_HOOK(ssize_t, sendto,
	 (int fd, const void *buf, size_t len, int flags, const void *addr, socklen_t addr_len))
{
	bool writing = lps_fd_writing(fd);
	ssize_t r = LPS_LIBC(sendto)(fd, buf, len, flags, addr, addr_len);

	if (addr && opened(fd, addr, addr_len, flags, r))
		addr = NULL;
	if ((lps_fd_maybe(fd) || addr) && lps_send_done(r)) {
		struct iovec iov = one(buf, len);

		sent(fd, addr, addr_len, &iov, 1, flags, r);
	}
	if (writing)
		lps_fd_written(fd);
	return r;
}

LPS_HOOK(ssize_t, sendmsg, (int fd, const struct msghdr *msg, int flags))
{
	bool writing = lps_fd_writing(fd);
	ssize_t r = LPS_LIBC(sendmsg)(fd, msg, flags);
	socklen_t addr_len = 0;

	if ((r >= 0 || errno == EINPROGRESS) && msg->msg_name &&
	    opened(fd, msg->msg_name, msg->msg_namelen, flags, r))
		addr_len = 0;
	else if (lps_send_done(r))
		addr_len = msg->msg_namelen;
	if (lps_send_done(r) && (lps_fd_maybe(fd) || addr_len))
		sent(fd, addr_len ? msg->msg_name : NULL, addr_len, msg->msg_iov, msg->msg_iovlen,
		     flags, r);
	if (writing)
		lps_fd_written(fd);
	return r;
}

LPS_HOOK(int, sendmmsg, (int fd, struct mmsghdr *msgs, unsigned int n, int flags))
{
	bool writing = lps_fd_writing(fd);
	int r = LPS_LIBC(sendmmsg)(fd, msgs, n, flags);

	for (int i = 0; i < r; i++) {
		const struct msghdr *m = &msgs[i].msg_hdr;

		if (lps_fd_maybe(fd) || m->msg_name)
			sent(fd, m->msg_name, m->msg_namelen, m->msg_iov, m->msg_iovlen, flags,
			     (ssize_t)msgs[i].msg_len);
	}
	/* The one that nobody received; those behind it were not tried. */
	if (r < 0 && n && lps_send_done(r) && lps_fd_maybe(fd)) {
		const struct msghdr *m = &msgs[0].msg_hdr;

		sent(fd, m->msg_name, m->msg_namelen, m->msg_iov, m->msg_iovlen, flags, -1);
	}
	if (writing)
		lps_fd_written(fd);
	return r;
}

/*
 * A TLS handshake on a socket that a program without libc's connect() made (Free Pascal's), or that
 * it was given: the first that we can see of it, and what OpenSSL sends by write().
 */
static bool greets(int fd, const void *buf, ssize_t r)
{
	const unsigned char *p = buf;

	return r > LP_TLS_RECORD_HEAD && p[0] == LP_TLS_HANDSHAKE && p[1] == 3 &&
	       p[LP_TLS_RECORD_HEAD] == LP_TLS_CLIENT_HELLO && lps_fd_get(fd) == LPS_FD_UNKNOWN;
}

/* After write and writev: only what we know to be a connection. */
static void wrote(int fd, const struct iovec *iov, size_t n, ssize_t r)
{
	if (!lps_fd_datagram(fd, NULL, 0, iov, n, r) && r > 0)
		lps_fd_out(fd, iov, n, (size_t)r);
}

HOOK_UNLESS_IGNORED(write, (int fd, const void *buf, size_t len), (fd, buf, len))
{
	bool writing = lps_fd_writing(fd);
	ssize_t r = LPS_LIBC(write)(fd, buf, len);

	if ((lps_fd_watched(fd) && lps_send_done(r)) || LP_UNLIKELY(greets(fd, buf, r))) {
		struct iovec iov = one(buf, len);

		wrote(fd, &iov, 1, r);
	}
	if (writing)
		lps_fd_written(fd);
	return r;
}
LPS_HOOK_ALIAS(ssize_t, __write, write, (int fd, const void *buf, size_t len));

HOOK_UNLESS_IGNORED(writev, (int fd, const struct iovec *iov, int n), (fd, iov, n))
{
	bool writing = lps_fd_writing(fd);
	ssize_t r = LPS_LIBC(writev)(fd, iov, n);

	if (lps_fd_watched(fd) && n > 0 && lps_send_done(r))
		wrote(fd, iov, (size_t)n, r);
	if (writing)
		lps_fd_written(fd);
	return r;
}

/* Calls for files, which sockets take where no place is named (-1). */
LPS_HOOK(ssize_t, pwritev2, (int fd, const struct iovec *iov, int n, int64_t offset, int flags))
{
	bool writing = lps_fd_writing(fd);
	ssize_t r = LPS_LIBC(pwritev2)(fd, iov, n, offset, flags);

	if (lps_fd_watched(fd) && n > 0 && lps_send_done(r))
		wrote(fd, iov, (size_t)n, r);
	if (writing)
		lps_fd_written(fd);
	return r;
}
LPS_HOOK_ALIAS(ssize_t, pwritev64v2, pwritev2,
	       (int fd, const struct iovec *iov, int n, int64_t offset, int flags));

LPS_HOOK(ssize_t, sendfile, (int out, int in, off_t *offset, size_t len))
{
	ssize_t r = LPS_LIBC(sendfile)(out, in, offset, len);

	if (lps_fd_watched(out) && r > 0)
		lps_fd_out(out, NULL, 0, (size_t)r);
	return r;
}

LPS_HOOK(ssize_t, sendfile64, (int out, int in, int64_t *offset, size_t len))
{
	ssize_t r = LPS_LIBC(sendfile64)(out, in, offset, len);

	if (lps_fd_watched(out) && r > 0)
		lps_fd_out(out, NULL, 0, (size_t)r);
	return r;
}

LPS_HOOK(ssize_t, splice,
	 (int in, int64_t *in_off, int out, int64_t *out_off, size_t len, unsigned int flags))
{
	ssize_t r = LPS_LIBC(splice)(in, in_off, out, out_off, len, flags);

	if (r > 0) {
		if (lps_fd_watched(out))
			lps_fd_out(out, NULL, 0, (size_t)r);
		if (lps_fd_watched(in))
			lps_fd_in(in, NULL, 0, (size_t)r);
	}
	return r;
}

/* --- in --------------------------------------------------------------------------------------- */

/* After a read of `r` bytes into the vector. */
static void received(int fd, const struct iovec *iov, size_t n, int flags, ssize_t r)
{
	if (r <= 0 || flags & (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE))
		return;
	/* On a stream MSG_TRUNC throws the bytes away instead of storing them. */
	lps_fd_in(fd, iov, flags & MSG_TRUNC ? 0 : n, (size_t)r);
}

static void received_one(int fd, const void *buf, size_t len, int flags, ssize_t r)
{
	struct iovec iov = one(buf, len);

	received(fd, &iov, 1, flags, r);
}

HOOK_UNLESS_IGNORED(recv, (int fd, void *buf, size_t len, int flags), (fd, buf, len, flags))
{
	ssize_t r = LPS_LIBC(recv)(fd, buf, len, flags);

	if (lps_fd_watched(fd))
		received_one(fd, buf, len, flags, r);
	return r;
}

LPS_HOOK(ssize_t, __recv_chk, (int fd, void *buf, size_t len, size_t room, int flags))
{
	ssize_t r = LPS_LIBC(__recv_chk)(fd, buf, len, room, flags);

	if (lps_fd_watched(fd))
		received_one(fd, buf, len, flags, r);
	return r;
}

LPS_HOOK(ssize_t, recvfrom,
	 (int fd, void *buf, size_t len, int flags, void *addr, socklen_t *addr_len))
{
	ssize_t r = LPS_LIBC(recvfrom)(fd, buf, len, flags, addr, addr_len);

	if (lps_fd_watched(fd))
		received_one(fd, buf, len, flags, r);
	return r;
}

LPS_HOOK(ssize_t, __recvfrom_chk,
	 (int fd, void *buf, size_t len, size_t room, int flags, void *addr, socklen_t *addr_len))
{
	ssize_t r = LPS_LIBC(__recvfrom_chk)(fd, buf, len, room, flags, addr, addr_len);

	if (lps_fd_watched(fd))
		received_one(fd, buf, len, flags, r);
	return r;
}

LPS_HOOK(ssize_t, recvmsg, (int fd, struct msghdr *msg, int flags))
{
	ssize_t r = LPS_LIBC(recvmsg)(fd, msg, flags);

	if (lps_fd_watched(fd) && r > 0)
		received(fd, msg->msg_iov, msg->msg_iovlen, flags, r);
	return r;
}

LPS_HOOK(int, recvmmsg,
	 (int fd, struct mmsghdr *msgs, unsigned int n, int flags, struct timespec *timeout))
{
	int r = LPS_LIBC(recvmmsg)(fd, msgs, n, flags, timeout);

	for (int i = 0; i < r && lps_fd_watched(fd); i++)
		received(fd, msgs[i].msg_hdr.msg_iov, msgs[i].msg_hdr.msg_iovlen, flags,
			 (ssize_t)msgs[i].msg_len);
	return r;
}

HOOK_UNLESS_IGNORED(read, (int fd, void *buf, size_t len), (fd, buf, len))
{
	ssize_t r = LPS_LIBC(read)(fd, buf, len);

	if (lps_fd_watched(fd))
		received_one(fd, buf, len, 0, r);
	return r;
}
LPS_HOOK_ALIAS(ssize_t, __read, read, (int fd, void *buf, size_t len));

LPS_HOOK(ssize_t, __read_chk, (int fd, void *buf, size_t len, size_t room))
{
	ssize_t r = LPS_LIBC(__read_chk)(fd, buf, len, room);

	if (lps_fd_watched(fd))
		received_one(fd, buf, len, 0, r);
	return r;
}

HOOK_UNLESS_IGNORED(readv, (int fd, const struct iovec *iov, int n), (fd, iov, n))
{
	ssize_t r = LPS_LIBC(readv)(fd, iov, n);

	if (lps_fd_watched(fd) && n > 0)
		received(fd, iov, (size_t)n, 0, r);
	return r;
}

LPS_HOOK(ssize_t, preadv2, (int fd, const struct iovec *iov, int n, int64_t offset, int flags))
{
	ssize_t r = LPS_LIBC(preadv2)(fd, iov, n, offset, flags);

	if (lps_fd_watched(fd) && n > 0)
		received(fd, iov, (size_t)n, 0, r);
	return r;
}
LPS_HOOK_ALIAS(ssize_t, preadv64v2, preadv2,
	       (int fd, const struct iovec *iov, int n, int64_t offset, int flags));
