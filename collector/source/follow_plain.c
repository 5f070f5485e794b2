/* SPDX-License-Identifier: MIT */

/*
 * Plain HTTP of Go programs. Most sockets carry TLS, which is seen above them: there, breakpoints
 * in what reads and writes sockets would double what a request costs. So they are set while there
 * is a socket that has not said what it carries, or one that carries requests.
 */
#include "follow_impl.h"

#include <string.h>

#include "base/clock.h"

#define SAYS_WITHIN_MS	  60000 /* one that has said nothing for so long is not waited for */
#define LEAD_MAX	  520	/* what a proxy by SOCKS is told in one piece; it begins with */
#define SOCKS_VERSION_MAX 5
#define LEADS_MAX	  16 /* pieces of that, both ways; other protocols begin like it, too */

static unsigned place_of(const struct proc *p, uint64_t fd)
{
	unsigned i = 0;

	while (i < p->n_dialed && p->dialed[i].fd != fd)
		i++;
	return i;
}

static void forget(struct proc *p, unsigned i)
{
	p->n_dialed--;
	memmove(&p->dialed[i], &p->dialed[i + 1], (p->n_dialed - i) * sizeof(p->dialed[0]));
}

/* One that is not looked at is closed unseen, and its place in memory is another's then. */
static void forget_links(struct lp_follow *f, struct proc *p, uint64_t fd)
{
	for (struct lp_link *l = p->links, *next; l; l = next) {
		next = l->proc_next;
		if (!(l->conn.flags & LP_EVF_TLS) && l->socket == fd)
			lp_links_free(&f->links, l);
	}
}

void lp_follow_above(struct lp_follow *f, const struct proc *p, uint64_t conn, uint64_t fd)
{
	struct lp_link *l = lp_links_find(&f->links, p->process.pid, conn);

	if (l && l->socket != fd)
		lp_links_free(&f->links, l);
}

void lp_follow_connects(struct lp_follow *f, const struct task *t, uint64_t fd)
{
	struct proc *p = t->proc;

	lp_follow_closed(p, fd);
	forget_links(f, p, fd);
	if (p->n_dialed == DIALED_MAX)
		forget(p, 0);
	p->dialed[p->n_dialed++] = (struct dialed){.fd = fd, .since_ms = lp_monotonic_ms()};
	lp_follow_settle(f, t);
}

void lp_follow_closed(struct proc *p, uint64_t fd)
{
	unsigned i = place_of(p, fd);

	if (i < p->n_dialed)
		forget(p, i);
}

void lp_follow_said(struct proc *p, uint64_t fd, struct lp_span first)
{
	unsigned i = place_of(p, fd);

	/* By SOCKS it is only said where to, and by whom. */
	if (i < p->n_dialed &&
	    (!first.len || first.len > LEAD_MAX ||
	     (unsigned char)first.ptr[0] > SOCKS_VERSION_MAX || ++p->dialed[i].leads > LEADS_MAX))
		forget(p, i);
}

void lp_follow_heard(struct lp_follow *f, const struct task *t, uint64_t fd)
{
	struct proc *p = t->proc;
	unsigned i = place_of(p, fd);

	if (i < p->n_dialed && (!p->dialed[i].leads || ++p->dialed[i].leads > LEADS_MAX))
		forget(p, i);
	lp_follow_settle(f, t);
}

/* So are those that could not be connected. A netFD begins with its state, of which that is a bit.
 */
static bool is_closed(const struct task *t, uint64_t fd)
{
	uint64_t state;

	return lp_follow_peek(t, fd, &state, sizeof(state)) && state & 1;
}

/*
 * A client that keeps its connection waits for the next answer as soon as it has the last one. Then
 * nobody's reads need be looked at until it writes.
 */
void lp_follow_waits(struct lp_follow *f, const struct task *t, uint64_t conn)
{
	struct lp_link *l = lp_links_find(&f->links, t->proc->process.pid, conn);

	if (l)
		l->resting = lp_conn_answered(&l->conn);
	else
		lp_follow_settle(f, t);
}

/* Is there one by plain HTTP, and does an answer come? */
static bool any_plain(const struct proc *p, bool *due)
{
	bool any = false;

	*due = false;
	for (const struct lp_link *l = p->links; l; l = l->proc_next) {
		if (l->conn.flags & LP_EVF_TLS || lp_conn_ignored(&l->conn))
			continue;
		any = true;
		*due |= !l->resting;
	}
	return any;
}

static void turn(struct lp_follow *f, const struct task *t, uint32_t kinds, bool asleep)
{
	struct image *m = t->proc->image;

	if (asleep == !!(m->asleep & kinds) || (asleep && m->users > 1))
		return;
	/* What returns from now on is not seen. */
	if (asleep && kinds & POINTS_PLAIN_READ)
		lp_follow_forget_readings(f, t->proc, true);
	lp_follow_sleep(t, m, kinds, asleep);
}

void lp_follow_settle(struct lp_follow *f, const struct task *t)
{
	struct proc *p = t->proc;
	uint64_t now = lp_monotonic_ms();
	bool any, due;

	while (p->n_dialed &&
	       (now - p->dialed[0].since_ms > SAYS_WITHIN_MS || is_closed(t, p->dialed[0].fd)))
		forget(p, 0);
	any = any_plain(p, &due);
	turn(f, t, POINTS_PLAIN_READ, !p->n_dialed && !due);
	turn(f, t, POINTS_PLAIN_REST, !p->n_dialed && !any);
}
