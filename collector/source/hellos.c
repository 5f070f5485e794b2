/* SPDX-License-Identifier: MIT */
#include "hellos.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "lp_ring_file.h"

#define BACKLOG	     4096
#define ACCEPT_BATCH 64

/* A connection whose hello is still on its way. */
struct waiting {
	struct waiting *prev, *next; /* oldest first */
	struct lp_hellos *all;
	struct lp_watch watch;
	struct lp_peer peer;
};

struct lp_hellos {
	struct lp_loop *loop;
	struct lp_hellos_config config;
	struct lp_watch listener;
	struct lp_watch nameless; /* without a file; its descriptor is -1 when there is none */
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	dev_t dev; /* of the socket's file: at the end the path may name another */
	ino_t ino;
	struct waiting *first_waiting, *last_waiting;
	unsigned n_waiting;
	struct lp_hellos_stats stats;
};

/* --- connections ------------------------------------------------------------------------------ */

static bool welcome(const struct lp_hellos *h, const struct lp_peer *peer)
{
	const struct ucred *cred = &peer->cred;

	if (cred->uid == geteuid())
		return true;
	for (size_t i = 0; i < h->config.n_uids; i++)
		if (cred->uid == h->config.uids[i])
			return true;
	return h->config.descendants &&
	       (lp_peer_descends(cred->pid, getpid()) || h->config.known(h->config.ctx, peer) ||
		lp_peer_of_ours(cred->pid, h->config.library));
}

/* The one descriptor that came along, or -1; whatever else a stranger sends is closed. */
static int take_fd(struct msghdr *msg)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		const unsigned char *at = CMSG_DATA(c), *end = (unsigned char *)c + c->cmsg_len;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (; at + sizeof(fd) <= end; at += sizeof(fd)) {
			if (fd >= 0)
				close(fd);
			memcpy(&fd, at, sizeof(fd));
		}
	}
	return fd;
}

/* For a process that may not make a ring's file. */
static void send_file(int sock)
{
	int fd = lp_ring_file();

	if (fd < 0) {
		lp_log(LP_LOG_DEBUG, "no file for a ring: %s", strerror(-fd));
		return;
	}
	(void)lp_ring_file_send(sock, (char[]){0}, 1, fd);
	close(fd);
}

/* -EAGAIN: nothing came yet. */
static int receive(struct lp_hellos *h, int sock, struct lp_peer *peer)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.bytes = {0}};
	struct lp_hello hello;
	struct iovec iov = {&hello, sizeof(hello)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd;

	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	if (n < 0 && errno == ECONNRESET)
		return 0;
	fd = n >= 0 ? take_fd(&msg) : -1;
	if (msg.msg_flags & MSG_CTRUNC && fd < 0) /* we have no descriptor left for it */
		h->stats.no_room++;
	else if (n == 0 && fd < 0)
		(void)0; /* it changed its mind, or was killed */
	else if (n != (ssize_t)sizeof(hello) || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
		 hello.magic != LP_RING_MAGIC || hello.version != LP_RING_VERSION ||
		 (hello.kind == LP_HELLO_RING) != (fd >= 0) || hello.kind < LP_HELLO_START ||
		 hello.kind >= LP_HELLO_KINDS)
		h->stats.bad++;
	else if (hello.kind == LP_HELLO_FILE)
		send_file(sock);
	else if (h->config.hello(h->config.ctx, peer, &hello, fd))
		(void)!send(sock, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (fd >= 0)
		close(fd);
	return 0;
}

static void close_peer(struct lp_peer *peer)
{
	if (peer->pidfd >= 0)
		close(peer->pidfd);
	peer->pidfd = -1;
}

static void free_waiting(struct lp_hellos *h, struct waiting *w)
{
	if (w == h->first_waiting)
		h->first_waiting = w->next;
	else
		w->prev->next = w->next;
	if (w == h->last_waiting)
		h->last_waiting = w->prev;
	else
		w->next->prev = w->prev;
	lp_loop_remove(h->loop, &w->watch);
	close(w->watch.fd);
	close_peer(&w->peer);
	free(w);
	h->n_waiting--;
}

#define ANYBODY (-1)

/* In the order in which they connected: a process's start comes before its rings. */
static void take_waiting(struct lp_hellos *h, pid_t of)
{
	for (struct waiting *w = h->first_waiting, *next; w; w = next) {
		next = w->next;
		if ((of == ANYBODY || w->peer.cred.pid == of) &&
		    receive(h, w->watch.fd, &w->peer) != -EAGAIN)
			free_waiting(h, w);
	}
}

static void on_waiting(void *ctx)
{
	struct waiting *w = ctx;

	take_waiting(w->all, w->peer.cred.pid);
}

/* Takes both descriptors over. Who connects without a word gives way to those that come after. */
static void wait_for_hello(struct lp_hellos *h, int sock, struct lp_peer *peer)
{
	struct waiting *w;

	if (h->n_waiting == LP_HELLOS_WAITING_MAX) {
		h->stats.bad++;
		free_waiting(h, h->first_waiting);
	}
	w = calloc(1, sizeof(*w));
	if (!w) {
		h->stats.no_room++;
		close(sock);
		close_peer(peer);
		return;
	}
	w->all = h;
	w->peer = *peer;
	w->watch = (struct lp_watch){.fd = sock, .ready = on_waiting, .ctx = w};
	w->prev = h->last_waiting;
	*(w->prev ? &w->prev->next : &h->first_waiting) = w;
	h->last_waiting = w;
	h->n_waiting++;
	if (lp_loop_add(h->loop, &w->watch)) {
		h->stats.no_room++;
		free_waiting(h, w);
	}
}

static void on_connection(struct lp_hellos *h, int sock)
{
	struct lp_peer peer;

	if (lp_peer_of(sock, &peer)) {
		h->stats.bad++;
		close(sock);
		return;
	}
	take_waiting(h, peer.cred.pid);
	if (!welcome(h, &peer)) {
		h->stats.refused++;
	} else if (receive(h, sock, &peer) == -EAGAIN) {
		wait_for_hello(h, sock, &peer);
		return;
	}
	close(sock);
	close_peer(&peer);
}

static void accept_from(struct lp_hellos *h, int listener, int max)
{
	while (max--) {
		int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (sock < 0)
			return;
		on_connection(h, sock);
	}
}

static void take_hellos(struct lp_hellos *h, int max)
{
	accept_from(h, h->listener.fd, max);
	if (h->nameless.fd >= 0)
		accept_from(h, h->nameless.fd, max);
}

static void on_listener(void *ctx)
{
	take_hellos(ctx, ACCEPT_BATCH);
}

/* --- the socket ------------------------------------------------------------------------------- */

int lp_hellos_clear(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct stat st;
	int fd, err = 0;

	if (strlen(path) >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EADDRINUSE;
	memcpy(un.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* A queue that is full (EAGAIN) is somebody's as well. */
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0 || errno == EAGAIN)
		err = -EADDRINUSE;
	else if (errno != ECONNREFUSED || unlink(path))
		err = -errno;
	close(fd);
	return err;
}

static int listen_at(struct lp_hellos *h)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct stat st;
	int fd, err;

	if (strlen(h->path) == 0)
		return -EINVAL;
	memcpy(un.sun_path, h->path, strlen(h->path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&un, sizeof(un))) {
		err = -errno;
		close(fd);
		return err;
	}
	/* Nobody can connect before listen(), so there is no moment of a wrong mode. */
	if (chmod(h->path, h->config.mode) || stat(h->path, &st) || listen(fd, BACKLOG)) {
		err = -errno;
		unlink(h->path);
		close(fd);
		return err;
	}
	h->dev = st.st_dev;
	h->ino = st.st_ino;
	h->listener = (struct lp_watch){.fd = fd, .ready = on_listener, .ctx = h};
	return 0;
}

/* The same name in the network's namespace, lp_ring.h. Nobody misses it who sees the file. */
static void listen_nameless(struct lp_hellos *h)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	socklen_t len = lp_nameless(&un, h->path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	h->nameless = (struct lp_watch){.fd = fd, .ready = on_listener, .ctx = h};
	if (fd < 0 || (len && !bind(fd, (struct sockaddr *)&un, len) && !listen(fd, BACKLOG) &&
		       !lp_loop_add(h->loop, &h->nameless)))
		return;
	lp_log(LP_LOG_DEBUG, "no socket without a file: %s", strerror(errno));
	close(fd);
	h->nameless.fd = -1;
}

static void remove_socket(const struct lp_hellos *h)
{
	struct stat st;

	if (stat(h->path, &st) == 0 && st.st_dev == h->dev && st.st_ino == h->ino)
		unlink(h->path);
}

int lp_hellos_restore(struct lp_hellos *h)
{
	struct lp_watch old = h->listener;
	struct stat st;
	int err;

	if (lstat(h->path, &st) == 0 || errno != ENOENT)
		return 0;
	err = listen_at(h);
	if (err)
		return err;
	err = lp_loop_add(h->loop, &h->listener);
	if (err) {
		close(h->listener.fd);
		remove_socket(h);
		h->listener = old;
		return err;
	}
	/* Who connected to the old one in time is heard. */
	lp_loop_remove(h->loop, &old);
	accept_from(h, old.fd, BACKLOG);
	close(old.fd);
	return 1;
}

int lp_hellos_open(struct lp_hellos **out, const struct lp_hellos_config *config,
		   struct lp_loop *loop)
{
	struct lp_hellos *h;
	int err;

	*out = NULL;
	if (strlen(config->path) >= sizeof(h->path))
		return -ENAMETOOLONG;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	memcpy(h->path, config->path, strlen(config->path) + 1);
	h->config = *config;
	h->loop = loop;
	h->nameless.fd = -1;
	err = listen_at(h);
	if (err)
		goto fail;
	err = lp_loop_add(loop, &h->listener);
	if (err) {
		close(h->listener.fd);
		remove_socket(h);
		goto fail;
	}
	if (config->anywhere)
		listen_nameless(h);
	*out = h;
	return 0;
fail:
	free(h);
	return err;
}

void lp_hellos_take(struct lp_hellos *h)
{
	take_waiting(h, ANYBODY);
	take_hellos(h, BACKLOG);
}

void lp_hellos_drop_waiting(struct lp_hellos *h)
{
	while (h->first_waiting)
		free_waiting(h, h->first_waiting);
}

const struct lp_hellos_stats *lp_hellos_stats(const struct lp_hellos *h)
{
	return &h->stats;
}

void lp_hellos_close(struct lp_hellos *h)
{
	if (!h)
		return;
	lp_hellos_drop_waiting(h);
	lp_loop_remove(h->loop, &h->listener);
	close(h->listener.fd);
	if (h->nameless.fd >= 0) {
		lp_loop_remove(h->loop, &h->nameless);
		close(h->nameless.fd);
	}
	remove_socket(h);
	free(h);
}
