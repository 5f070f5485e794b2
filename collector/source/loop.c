/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

int lp_loop_init(struct lp_loop *l)
{
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	return l->epoll < 0 ? -errno : 0;
}

void lp_loop_fini(struct lp_loop *l)
{
	if (l->epoll >= 0)
		close(l->epoll);
	l->epoll = -1;
}

int lp_loop_add(struct lp_loop *l, struct lp_watch *w)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = w};

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, w->fd, &ev) ? -errno : 0;
}

void lp_loop_remove(struct lp_loop *l, struct lp_watch *w)
{
	if (w->fd >= 0)
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
}

int lp_loop_wait(struct lp_loop *l, int timeout_ms, int max)
{
	int n = 0;

	while (n < max) {
		struct epoll_event ev;
		struct lp_watch *w;
		/* One at a time: a callback may free a watch that a longer list still names. */
		int got = epoll_wait(l->epoll, &ev, 1, n ? 0 : timeout_ms);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got <= 0)
			break;
		w = ev.data.ptr;
		w->ready(w->ctx);
		n++;
	}
	return n;
}
