/* SPDX-License-Identifier: MIT */
#include "csm_udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "lp_limits.h"
#include "sender.h"

/*
 * For a burst of 100,000 datagrams of 50 processes, about 700 bytes each in the kernel, which takes
 * them only when they come. Without CAP_NET_ADMIN it grants what net.core.rmem_max allows.
 */
#define QUEUE_BYTES (48 * 1024 * 1024)
#define BATCH	    256

struct lp_csm_udp {
	struct lp_loop *loop;
	struct lp_assemble *assemble;
	struct lp_watch watch;
	struct lp_process process; /* all senders */
	struct lp_csm_udp_stats stats;
	uint16_t port;
	const uid_t *uids;
	size_t n_uids;
	struct lp_sender sender;
};

/* The kernel's count of datagrams that found the queue full, so far. */
static void note_lost(struct lp_csm_udp *u, struct msghdr *msg)
{
	uint32_t lost;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
			continue;
		memcpy(&lost, CMSG_DATA(c), sizeof(lost));
		u->stats.lost = lost;
	}
}

static bool welcome(struct lp_csm_udp *u, const struct sockaddr_in *from)
{
	uid_t uid;

	if (!lp_sender_uid(&u->sender, from, u->port, &uid) || uid == geteuid())
		return true;
	for (size_t i = 0; i < u->n_uids; i++)
		if (uid == u->uids[i])
			return true;
	return false;
}

/* False when the queue is empty. */
static bool take(struct lp_csm_udp *u)
{
	union {
		char bytes[CMSG_SPACE(sizeof(uint32_t))];
		struct cmsghdr align;
	} control;
	char datagram[LP_DATAGRAM_MAX];
	struct iovec iov = {datagram, sizeof(datagram)};
	struct sockaddr_in from;
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(u->watch.fd, &msg, MSG_DONTWAIT);

	if (n < 0)
		return errno == EINTR;
	note_lost(u, &msg);
	if (msg.msg_namelen == sizeof(from) && !welcome(u, &from)) {
		u->stats.refused++;
		return true;
	}
	lp_assemble_csm(u->assemble, &u->process, lp_span_of(datagram, (size_t)n),
			lp_realtime_ns());
	return true;
}

static void on_datagrams(void *ctx)
{
	for (int i = 0; i < BATCH && take(ctx); i++)
		;
}

static int bind_to(struct lp_csm_udp *u, uint16_t port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int one = 1, queue = QUEUE_BYTES, fd, err;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* The first needs a right and goes past the limit; without it take what is allowed. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof(queue)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &queue, sizeof(queue));
	if (setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&in, sizeof(in))) {
		err = -errno;
		close(fd);
		return err;
	}
	u->watch = (struct lp_watch){.fd = fd, .ready = on_datagrams, .ctx = u};
	return 0;
}

int lp_csm_udp_open(struct lp_csm_udp **out, uint16_t port, const uid_t *uids, size_t n_uids,
		    struct lp_loop *loop, struct lp_assemble *assemble)
{
	struct lp_csm_udp *u = calloc(1, sizeof(*u));
	int err;

	*out = NULL;
	if (!u)
		return -ENOMEM;
	u->loop = loop;
	u->assemble = assemble;
	u->process.source = LP_SOURCE_CSM;
	u->port = port;
	u->uids = uids;
	u->n_uids = n_uids;
	lp_sender_init(&u->sender);
	err = bind_to(u, port);
	if (err)
		goto fail;
	err = lp_loop_add(loop, &u->watch);
	if (err) {
		close(u->watch.fd);
		goto fail;
	}
	*out = u;
	return 0;
fail:
	lp_sender_fini(&u->sender);
	free(u);
	return err;
}

void lp_csm_udp_finish(struct lp_csm_udp *u)
{
	/* What waits now, not what may still come for ever. */
	for (int i = 0; i < QUEUE_BYTES / 64 && take(u); i++)
		;
	lp_assemble_gone(u->assemble, &u->process);
}

void lp_csm_udp_stats(const struct lp_csm_udp *u, struct lp_csm_udp_stats *out)
{
	*out = u->stats;
}

void lp_csm_udp_close(struct lp_csm_udp *u)
{
	if (!u)
		return;
	lp_loop_remove(u->loop, &u->watch);
	close(u->watch.fd);
	lp_sender_fini(&u->sender);
	free(u);
}
