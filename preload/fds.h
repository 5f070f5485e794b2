/* SPDX-License-Identifier: MIT */
#ifndef LPS_FDS_H
#define LPS_FDS_H

/*
 * What we know about each descriptor: one word, so that a write to a file or a terminal costs one
 * load and one comparison. Identity is the socket's cookie, not the number, because a host may
 * close and reuse numbers where no hook sees it.
 */

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "conns.h"

#define LPS_FDS_MAX (1u << 18) /* descriptors above are passed through */

enum lps_fd_tag {
	LPS_FD_UNKNOWN, /* not seen: classified at a send(), or a write() that begins TLS */
	LPS_FD_IGNORED, /* nothing for us */
	LPS_FD_WATCHED, /* the tags from here on are worth a look at each call */
	LPS_FD_CSM = LPS_FD_WATCHED, /* UDP, connected to the monitoring port */
	LPS_FD_DEPUTY,		     /* a daemon's that starts what it is asked for */
	LPS_FD_TCP,		     /* a fresh connection: the first bytes decide */
	LPS_FD_JOINED, /* a connection met in its middle: waits for the start of a request */
	LPS_FD_LEADS,  /* what was said may lead to TLS (SOCKS, STARTTLS), which is looked for */
	LPS_FD_LEADS_LAST = LPS_FD_LEADS + 15, /* so many more times */
	/* LPS_HANDLE_MIN and above: a connection of conns.h */
};

extern _Atomic uint32_t *lps_fds;

static inline uint32_t lps_fd_get(int fd)
{
	if (LP_UNLIKELY((unsigned)fd >= LPS_FDS_MAX || !lps_fds))
		return LPS_FD_UNKNOWN;
	return atomic_load_explicit(&lps_fds[fd], memory_order_relaxed);
}

/* Nothing for us, which only a new connection by that number changes: not while a call lasts. */
static inline bool lps_fd_ignored(int fd)
{
	return lps_fd_get(fd) == LPS_FD_IGNORED;
}

/* For calls that work on any descriptor: is there anything to do after the real call? */
static inline bool lps_fd_watched(int fd)
{
	return LP_UNLIKELY(lps_fd_get(fd) >= LPS_FD_WATCHED);
}

/* For calls that work on sockets only: one that we never saw connect is worth a look too. */
static inline bool lps_fd_maybe(int fd)
{
	return LP_UNLIKELY(lps_fd_get(fd) != LPS_FD_IGNORED);
}

bool lps_fds_init(void);
/* In a forked child: the sockets are still there, what was known of their messages is not. */
void lps_fds_reset(void);

/* connect() succeeded or is under way. */
void lps_fd_connected(int fd, const struct sockaddr *addr, socklen_t len);
/* The number is free again, or means something new that is not for us (accept). */
void lps_fd_forget(int fd, enum lps_fd_tag tag);
void lps_fd_forget_range(unsigned first, unsigned last);
/*
 * Before a number is closed, or (`to`, of two that are not equal) copied over: what its socket did
 * can still be asked.
 */
void lps_fd_closing(int fd);
void lps_fd_replacing(int from, int to);
/* The program ends, and all that it has open. */
void lps_fds_finish(void);
/* `to` is now the same socket as `from`. */
void lps_fd_copied(int from, int to);

/*
 * Around the real call of a write: the answer may be read by another thread before this one came
 * back to report the request. A reader waits for that, a short and bounded while. True: call
 * lps_fd_written with the same number afterwards.
 */
bool lps_fd_writing_slow(int fd);
void lps_fd_written(int fd);

static inline bool lps_fd_writing(int fd)
{
	return lps_fd_watched(fd) && lps_fd_writing_slow(fd);
}

/*
 * `len` bytes of the vector went out or came in through `fd`. `n` is 0 when nobody can look at
 * them (sendfile, splice, MSG_TRUNC).
 */
void lps_fd_out(int fd, const struct iovec *iov, size_t n, size_t len);
void lps_fd_in(int fd, const struct iovec *iov, size_t n, size_t len);

/*
 * Was a call made by a send that gave `r` and errno? Yes when bytes were accepted, and when a
 * datagram was lost only because nobody listens; then its address was read by the kernel, but
 * perhaps not its bytes. Any other error may mean that no pointer is good.
 */
static inline bool lps_send_done(ssize_t r)
{
	return r >= 0 || errno == ECONNREFUSED || errno == ENOBUFS || errno == ENETUNREACH ||
	       errno == EHOSTUNREACH;
}

/*
 * After a send for which lps_send_done, with its result `r`: `addr` as given by the program (NULL
 * on a connected socket). True when `fd` is, or was used as, a monitoring socket, so that the bytes
 * are no stream. A datagram that failed counts too (its call was made, whoever listens), but its
 * repetition by the same thread does not count again.
 */
bool lps_fd_datagram(int fd, const void *addr, socklen_t addr_len, const struct iovec *iov,
		     size_t n, ssize_t r);

#endif
