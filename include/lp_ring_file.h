/* SPDX-License-Identifier: MIT */
#ifndef LP_RING_FILE_H
#define LP_RING_FILE_H

/* The memory file that a ring is in (lp_ring.h), made by the shim, or for it by the collector. */

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lp_compiler.h"
#include "lp_ring.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define LP_RING_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

/*
 * A descriptor, or -errno; -EFBIG: this process may not make files so large. By bare system calls,
 * as it runs inside of programs.
 */
LP_MUST_USE static inline int lp_ring_file(void)
{
	struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
	int fd, err;

	/* The limit holds for memory files too, and who passes it is killed. */
	if (syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) == 0 &&
	    limit.rlim_cur < LP_RING_FILE)
		return -EFBIG;
	fd = (int)syscall(SYS_memfd_create, "leastpriv",
			  MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = (int)syscall(SYS_memfd_create, "leastpriv", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_ftruncate, fd, (long)LP_RING_FILE) == 0 &&
	    syscall(SYS_fcntl, fd, F_ADD_SEALS, LP_RING_SEALS | F_SEAL_SEAL) == 0)
		return fd;
	err = -errno;
	syscall(SYS_close, fd);
	return err;
}

/* Else the other side could shrink the file, and who reads it would fault. */
LP_MUST_USE static inline bool lp_ring_file_fits(int fd)
{
	int seals = (int)syscall(SYS_fcntl, fd, F_GET_SEALS);
	struct stat st;

	return seals >= 0 && (seals & LP_RING_SEALS) == LP_RING_SEALS &&
	       syscall(SYS_fstat, fd, &st) == 0 && st.st_size == (off_t)LP_RING_FILE;
}

/*
 * Sends `len` bytes without waiting, and a file's descriptor with them where `fd` is not negative:
 * a hello, or the collector's answer to LP_HELLO_FILE. 0 or -errno.
 */
static inline int lp_ring_file_send(int sock, void *bytes, size_t len, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.bytes = {0}};
	struct iovec iov = {bytes, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return syscall(SYS_sendmsg, sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

#endif
