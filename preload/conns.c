/* SPDX-License-Identifier: MIT */
#include "conns.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "aws_host.h"
#include "conn.h"
#include "endpoint.h"
#include "handshake.h"
#include "hello.h"
#include "sessions.h"
#include "shim.h"
#include "state.h"

#define HOLD_MAX  1024u /* heads and answers that arrive in pieces at one moment */
#define HOLD_WARM 8u	/* buffers whose memory is kept when they come back */

/* The same where memory is limited that is only set aside. */
#define HOLD_FEW   32u
#define CONN_FEW   1024u
#define MEMORY_FEW 64u

#define POOL_STEP ((size_t)256 << 10) /* opened at a time */

#define GEN_SHIFT LPS_CONN_BITS
#define GEN_MAX	  ((1u << (32 - GEN_SHIFT)) - 1)

/* conn.state: who is inside, and what the last to leave has to do */
#define IN_OUT	0x1u
#define IN_IN	0x2u
#define INSIDE	(IN_OUT | IN_IN)
#define CLOSING 0x4u

struct conn {
	_Atomic uint32_t gen;  /* 0: free, and never used */
	_Atomic uint32_t next; /* in the free list: index + 1 */
	_Atomic uint32_t refs;
	_Atomic uint32_t state;
	_Atomic uint64_t missed_out; /* bytes that passed while nobody could look */
	_Atomic uint64_t missed_in;
	_Atomic bool used;
	uint64_t cookie;
	bool is_handshake; /* which of the two it is */
	union {
		struct lp_conn c;
		struct {
			struct lp_handshake h;
			uint64_t sent;
			char *hello; /* the pieces of it, while the host is not known; a hold */
			uint32_t hello_len;
			struct lp_hello_name host;
			int fd; /* that it began on */
			bool in_place;
		} tls;
	};
};

/*
 * Two pools, mapped for who first needs one: most programs never do. They are opened bit by bit, so
 * that a program which locks all that it has mapped (mlockall) does not get all of them at once.
 */
struct pool {
	uint32_t n;	     /* places */
	size_t size;	     /* bytes, this head included */
	_Atomic size_t open; /* that may be touched */
};

struct conns {
	struct pool pool;
	struct conn v[] __attribute__((aligned(4096)));
};

struct holds {
	struct pool pool;
	_Atomic uint32_t next[HOLD_MAX];
	char buf[] __attribute__((aligned(4096))); /* n of LP_HEAD_MAX */
};

/* By the connections' places: few of all go to AWS. */
struct memories {
	struct pool pool;
	struct lp_conn_memory v[] __attribute__((aligned(4096)));
};

/* A stack of free indexes that many threads push and pop: top index + 1 and a change count. */
struct stack {
	_Atomic uint64_t top;
	_Atomic uint32_t fresh; /* indexes never handed out start here */
};

static _Atomic(void *) conns_at, holds_at, memories_at;
static struct stack conn_free, hold_free;
static _Atomic uint64_t next_id;

/* NULL until it is mapped. */
static struct conns *conns(void)
{
	return atomic_load_explicit(&conns_at, memory_order_acquire);
}

static struct holds *holds(void)
{
	return atomic_load_explicit(&holds_at, memory_order_acquire);
}

/* --- free lists ------------------------------------------------------------------------------- */

static _Atomic uint32_t *conn_link(uint32_t i)
{
	return &conns()->v[i].next;
}

static _Atomic uint32_t *hold_link(uint32_t i)
{
	return &holds()->next[i];
}

/* Index + 1, or 0 when everything below `max` is taken. */
static uint32_t stack_pop(struct stack *s, _Atomic uint32_t *(*link)(uint32_t), uint32_t max)
{
	uint64_t top = atomic_load_explicit(&s->top, memory_order_acquire), next;
	uint32_t i;

	while ((uint32_t)top) {
		/* The link may be stale; then the count in the upper half differs. */
		next = atomic_load_explicit(link((uint32_t)top - 1), memory_order_relaxed);
		next |= ((top >> 32) + 1) << 32;
		if (atomic_compare_exchange_weak_explicit(&s->top, &top, next, memory_order_acquire,
							  memory_order_acquire))
			return (uint32_t)top;
	}
	if (atomic_load_explicit(&s->fresh, memory_order_relaxed) >= max)
		return 0;
	i = atomic_fetch_add_explicit(&s->fresh, 1, memory_order_relaxed);
	return i < max ? i + 1 : 0;
}

static void stack_push(struct stack *s, _Atomic uint32_t *(*link)(uint32_t), uint32_t i)
{
	uint64_t top = atomic_load_explicit(&s->top, memory_order_relaxed), next;

	do {
		atomic_store_explicit(link(i), (uint32_t)top, memory_order_relaxed);
		next = (((top >> 32) + 1) << 32) | (i + 1);
	} while (!atomic_compare_exchange_weak_explicit(&s->top, &top, next, memory_order_release,
							memory_order_relaxed));
}

static void stack_reset(struct stack *s)
{
	atomic_store_explicit(&s->top, 0, memory_order_relaxed);
	atomic_store_explicit(&s->fresh, 0, memory_order_relaxed);
}

/* --- memory ----------------------------------------------------------------------------------- */

/* Who limits what a program may map would have it fail for what we map, too. */
static bool memory_is_limited(void)
{
	static const int limits[] = {RLIMIT_AS, RLIMIT_DATA};
	struct rlimit lim;

	for (size_t i = 0; i < LP_ARRAY_LEN(limits); i++)
		if (syscall(SYS_prlimit64, 0, limits[i], NULL, &lim) == 0 &&
		    lim.rlim_cur != RLIM_INFINITY)
			return true;
	return false;
}

/* The pool of `n` times `each` bytes behind a head, or of a few; NULL: no memory. */
static void *pool_map(_Atomic(void *) *at, size_t head, size_t each, uint32_t n, uint32_t few)
{
	void *have = atomic_load_explicit(at, memory_order_acquire);
	struct pool *fresh = NULL;

	if (have)
		return have;
	if (!memory_is_limited())
		fresh = lps_reserve(head + n * each);
	if (!fresh) {
		n = few;
		fresh = lps_reserve(head + n * each);
	}
	if (!fresh)
		return NULL;
	if (lps_open(fresh, head)) {
		fresh->n = n;
		fresh->size = head + n * each;
		atomic_store_explicit(&fresh->open, head, memory_order_relaxed);
		if (atomic_compare_exchange_strong(at, &have, (void *)fresh))
			return fresh;
	}
	munmap(fresh, head + n * each);
	return have;
}

/* Its bytes below `end` may be touched then; false: no memory. */
static bool pool_open(struct pool *p, size_t end)
{
	size_t open = atomic_load_explicit(&p->open, memory_order_acquire);

	if (LP_LIKELY(end <= open))
		return true;
	end = (end + POOL_STEP - 1) / POOL_STEP * POOL_STEP;
	end = end < p->size ? end : p->size;
	/* Two threads may open the same. */
	if (!lps_open((char *)p + open, end - open))
		return false;
	while (open < end &&
	       !atomic_compare_exchange_weak_explicit(&p->open, &open, end, memory_order_release,
						      memory_order_acquire))
		;
	return true;
}

/* --- buffers ---------------------------------------------------------------------------------- */

char *lps_hold(void)
{
	struct holds *h = pool_map(&holds_at, sizeof(*h), LP_HEAD_MAX, HOLD_MAX, HOLD_FEW);
	uint32_t i = h ? stack_pop(&hold_free, hold_link, h->pool.n) : 0;

	/* A place that cannot be opened is lost. */
	if (!i || !pool_open(&h->pool, sizeof(*h) + (size_t)i * LP_HEAD_MAX))
		return NULL;
	return h->buf + (size_t)(i - 1) * LP_HEAD_MAX;
}

void lps_hold_release(char *buf)
{
	uint32_t i = (uint32_t)((size_t)(buf - holds()->buf) / LP_HEAD_MAX);

	if (i >= HOLD_WARM)
		madvise(buf, LP_HEAD_MAX, MADV_DONTNEED);
	stack_push(&hold_free, hold_link, i);
}

/* --- what lp_conn borrows --------------------------------------------------------------------- */

static struct lp_conn_memory *host_memory(void *ctx, const struct lp_conn *c)
{
	struct memories *m =
		pool_map(&memories_at, sizeof(*m), sizeof(m->v[0]), LPS_CONN_MAX, MEMORY_FEW);
	size_t i = ((uintptr_t)c - (uintptr_t)conns()->v) / sizeof(struct conn);

	(void)ctx;
	if (!m || i >= m->pool.n || !pool_open(&m->pool, sizeof(*m) + (i + 1) * sizeof(m->v[0])))
		return NULL;
	return &m->v[i];
}

static char *host_hold(void *ctx)
{
	(void)ctx;
	return lps_hold();
}

static void host_release(void *ctx, char *buf)
{
	(void)ctx;
	lps_hold_release(buf);
}

LP_HOT static void host_emit(void *ctx, const struct lp_conn *c, enum lp_event_type type,
			     uint32_t seq, const struct lp_span *parts, unsigned n_parts)
{
	struct lps_record rec = {
		.conn = c->id,
		.time_ns = type == LP_EV_REQUEST || type == LP_EV_REQUEST_BARE ? lps_now() : 0,
		.seq = seq,
		.type = (uint16_t)type,
		.flags = c->flags,
	};

	(void)ctx;
	/* A signal handler may have forked in the middle of a message: that half is the parent's.
	 */
	if (LP_LIKELY(atomic_load_explicit(lps_alive, memory_order_relaxed) == LPS_ALIVE))
		lps_ring_emit(&lps_ring, &rec, parts, n_parts);
}

static const struct lp_conn_host conn_host = {
	.hold = host_hold,
	.release = host_release,
	.emit = host_emit,
	.memory = host_memory,
};

/* --- connections ------------------------------------------------------------------------------ */

void lps_conns_reset(void)
{
	struct conns *c = conns();
	struct holds *h = holds();

	if (c)
		madvise(c->v, sizeof(c->v[0]) * c->pool.n, MADV_DONTNEED);
	if (h)
		madvise(h->buf, (size_t)h->pool.n * LP_HEAD_MAX, MADV_DONTNEED);
	stack_reset(&conn_free);
	stack_reset(&hold_free);
	atomic_store_explicit(&next_id, 0, memory_order_relaxed);
}

static struct conn *conn_of(lps_handle h)
{
	struct conns *all = conns();
	struct conn *c;

	if (LP_UNLIKELY(h < LPS_HANDLE_MIN || !all))
		return NULL;
	c = &all->v[h & (LPS_CONN_MAX - 1)];
	return atomic_load_explicit(&c->gen, memory_order_acquire) == h >> GEN_SHIFT ? c : NULL;
}

void lps_conn_no_room(uint16_t flags)
{
	struct lp_event_lost lost = {.reason = LP_LOST_NO_MEMORY};
	struct lp_span part = lp_span_of((const char *)&lost, sizeof(lost));
	struct lps_record rec = {.time_ns = lps_now(), .type = LP_EV_LOST, .flags = flags};

	lps_ring_emit(&lps_ring, &rec, &part, 1);
}

/* One of the pool, for conn_open; NULL when it is used up. */
static struct conn *conn_take(void)
{
	struct conns *all =
		pool_map(&conns_at, sizeof(*all), sizeof(all->v[0]), LPS_CONN_MAX, CONN_FEW);
	uint32_t i = all ? stack_pop(&conn_free, conn_link, all->pool.n) : 0;

	if (!i || !pool_open(&all->pool, sizeof(*all) + i * sizeof(all->v[0])))
		return NULL;
	return &all->v[i - 1];
}

static lps_handle conn_open(struct conn *c, uint64_t cookie)
{
	uint32_t gen = atomic_load_explicit(&c->gen, memory_order_relaxed) & GEN_MAX;

	gen = gen == GEN_MAX ? 1 : gen + 1;
	c->cookie = cookie;
	atomic_store_explicit(&c->missed_out, 0, memory_order_relaxed);
	atomic_store_explicit(&c->missed_in, 0, memory_order_relaxed);
	atomic_store_explicit(&c->used, false, memory_order_relaxed);
	atomic_store_explicit(&c->state, 0, memory_order_relaxed);
	atomic_store_explicit(&c->gen, gen, memory_order_release);
	/* Last: who takes hold of it by an older handle shall see that it is another. */
	atomic_store_explicit(&c->refs, 1, memory_order_release);
	return (uint32_t)(c - conns()->v) | gen << GEN_SHIFT;
}

lps_handle lps_conn_new(uint16_t flags, uint64_t cookie)
{
	struct conn *c = conn_take();

	if (!c) {
		lps_conn_no_room(flags); /* more at once than the pool has */
		return 0;
	}
	c->is_handshake = false;
	lp_conn_init(&c->c, &conn_host, NULL,
		     atomic_fetch_add_explicit(&next_id, 1, memory_order_relaxed) + 1, flags);
	return conn_open(c, cookie);
}

/*
 * How many bytes were written to the socket; what it has not sent yet counts as well. UINT64_MAX of
 * a kernel that does not tell (before 4.19).
 */
static uint64_t written_to(int fd)
{
	struct tcp_info info = {.tcpi_notsent_bytes = 0};
	socklen_t len = sizeof(info);

	if (syscall(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &len) ||
	    len < offsetof(struct tcp_info, tcpi_bytes_retrans) + sizeof(info.tcpi_bytes_retrans))
		return UINT64_MAX;
	return info.tcpi_bytes_sent - info.tcpi_bytes_retrans + info.tcpi_notsent_bytes;
}

lps_handle lps_conn_new_handshake(struct lp_span host, bool in_place, uint64_t cookie, int fd,
				  size_t len)
{
	uint64_t all = written_to(fd);
	char *hello = host.len ? NULL : lps_hold();
	struct conn *c = host.len || hello ? conn_take() : NULL;

	if (!c) {
		if (hello)
			lps_hold_release(hello);
		return 0;
	}
	c->is_handshake = true;
	c->tls.h = (struct lp_handshake){.left = 0};
	/* What was said before to a proxy; these are to be counted yet. */
	c->tls.sent = all != UINT64_MAX && all > len ? all - len : 0;
	c->tls.hello = hello;
	c->tls.hello_len = 0;
	c->tls.fd = fd;
	c->tls.in_place = in_place;
	c->tls.host.len = (uint8_t)host.len;
	if (host.len)
		memcpy(c->tls.host.text, host.ptr, host.len);
	return conn_open(c, cookie);
}

bool lps_conn_is_handshake(lps_handle h)
{
	struct conn *c = conn_of(h);

	return c && c->is_handshake;
}

/* Nobody is inside and nobody can come in any more. */
static void conn_finish(struct conn *c)
{
	uint32_t i = (uint32_t)(c - conns()->v);
	uint32_t gen = atomic_load_explicit(&c->gen, memory_order_relaxed);

	if (!c->is_handshake)
		lp_conn_close(&c->c);
	else if (c->tls.hello)
		lps_hold_release(c->tls.hello);
	/* The generation stays, out of reach of any handle, for the next one to count on. */
	atomic_store_explicit(&c->gen, gen | ~GEN_MAX, memory_order_release);
	stack_push(&conn_free, conn_link, i);
}

static void conn_release(struct conn *c)
{
	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1 &&
	    !(atomic_fetch_or_explicit(&c->state, CLOSING, memory_order_acq_rel) & INSIDE))
		conn_finish(c);
}

void lps_conn_put(lps_handle h)
{
	struct conn *c = conn_of(h);

	if (c)
		conn_release(c);
}

bool lps_conn_hold(lps_handle h)
{
	struct conn *c = conn_of(h);
	uint32_t refs;

	if (!c)
		return false;
	refs = atomic_load_explicit(&c->refs, memory_order_relaxed);
	while (refs) {
		if (!atomic_compare_exchange_weak_explicit(
			    &c->refs, &refs, refs + 1, memory_order_acquire, memory_order_relaxed))
			continue;
		/* It may have ended, and its place been taken, since we looked. */
		if (conn_of(h) == c)
			return true;
		conn_release(c);
		return false;
	}
	return false;
}

void lps_conn_set_nested(lps_handle h)
{
	struct conn *c = conn_of(h);

	if (c && !c->is_handshake)
		c->c.flags |= LP_EVF_NESTED;
}

void lps_conn_set_server(lps_handle h, struct lp_span name)
{
	struct conn *c = conn_of(h);

	if (c && !c->is_handshake)
		lp_conn_set_server(&c->c, name);
}

bool lps_conn_used(lps_handle h)
{
	struct conn *c = conn_of(h);

	return c && atomic_load_explicit(&c->used, memory_order_relaxed);
}

bool lps_conn_is(lps_handle h, uint64_t cookie)
{
	struct conn *c = conn_of(h);

	return c && c->cookie == cookie;
}

static void conn_leave(struct conn *c, uint32_t dir)
{
	uint32_t before = atomic_fetch_and_explicit(&c->state, ~dir, memory_order_acq_rel);

	if (LP_UNLIKELY(before & CLOSING) && !(before & INSIDE & ~dir))
		conn_finish(c);
}

/* Takes one direction; NULL when the connection is gone or somebody is in there already. */
LP_HOT static struct conn *conn_enter(lps_handle h, uint32_t dir)
{
	struct conn *c = conn_of(h);
	uint32_t state;

	if (LP_UNLIKELY(!c))
		return NULL;
	state = atomic_load_explicit(&c->state, memory_order_relaxed);
	do {
		if (LP_UNLIKELY(state & (dir | CLOSING)))
			return NULL;
	} while (!atomic_compare_exchange_weak_explicit(
		&c->state, &state, state | dir, memory_order_acquire, memory_order_relaxed));
	/* It may have ended and begun anew between the two looks. */
	if (LP_LIKELY(atomic_load_explicit(&c->gen, memory_order_relaxed) == h >> GEN_SHIFT))
		return c;
	conn_leave(c, dir);
	return NULL;
}

void lps_conn_end_handshake(lps_handle h, int fd)
{
	struct conn *c = conn_enter(h, IN_OUT);
	struct lps_record rec = {.time_ns = lps_now(), .type = LP_EV_UNREACHED};
	struct lp_span host;

	if (c) {
		host = lp_hello_host(&c->tls.host);
		if (atomic_load_explicit(&c->refs, memory_order_relaxed) == 1 && !c->tls.h.data &&
		    host.len && !c->tls.in_place &&
		    !atomic_load_explicit(&c->missed_out, memory_order_relaxed) &&
		    written_to(fd) <= c->tls.sent)
			lps_ring_emit(&lps_ring, &rec, &host, 1);
		conn_leave(c, IN_OUT);
	}
	lps_conn_put(h);
}

/* One more piece of the ClientHello: is it, with those before, for AWS, or what is in its place? */
static enum lps_verdict feed_hello(struct conn *c, struct lp_span part)
{
	struct lps_record rec = {.time_ns = lps_now(), .type = LP_EV_REACHED};
	struct lp_span taken = lp_span_first(part, LP_HELLO_MAX - c->tls.hello_len), host;
	int found;

	memcpy(c->tls.hello + c->tls.hello_len, taken.ptr, taken.len);
	c->tls.hello_len += (uint32_t)taken.len;
	found = lp_hello_read(lp_span_of(c->tls.hello, c->tls.hello_len), &c->tls.host);
	if (!found && c->tls.hello_len < LP_HELLO_MAX)
		return LPS_FOLLOW;
	host = lp_hello_host(&c->tls.host);
	if (lp_host_kind_of(host) == LP_HOST_AWS)
		lps_ring_emit(&lps_ring, &rec, &host, 1);
	else if (lps_endpoint_is(c->tls.fd, &c->tls.host))
		c->tls.in_place = true;
	else
		c->tls.host.len = 0;
	if (!c->tls.host.len)
		return LPS_IGNORE;
	(void)lp_handshake_sent(&c->tls.h, lp_span_of(c->tls.hello, c->tls.hello_len));
	(void)lp_handshake_sent(&c->tls.h, lp_span_from(part, taken.len));
	lps_hold_release(c->tls.hello);
	c->tls.hello = NULL;
	return c->tls.h.data ? LPS_IGNORE : LPS_FOLLOW;
}

/* By a TLS library that tells us what it is, or by another? `missed`: nobody looked. */
static void first_data(struct conn *c, bool missed)
{
	struct lps_record rec = {
		.time_ns = lps_now(), .seq = LP_REACHED_APART, .type = LP_EV_REACHED};
	struct lp_span host = lp_hello_host(&c->tls.host);

	if (lps_in_tls())
		lps_self.nested = lps_self.session;
	else if (host.len && (c->tls.in_place ? !lps_sessions_apart() : !missed))
		lps_ring_emit(&lps_ring, &rec, &host, 1);
}

static enum lps_verdict feed_handshake(struct conn *c, bool out, const struct iovec *iov, size_t n,
				       size_t len)
{
	bool missed = atomic_load_explicit(&c->missed_out, memory_order_relaxed) > 0, data = missed;

	c->tls.sent += out ? len : 0;
	for (size_t i = 0; out && !data && i < n && len; i++) {
		struct lp_span part =
			lp_span_first(lp_span_of(iov[i].iov_base, iov[i].iov_len), len);

		if (part.len)
			data = c->tls.hello ? feed_hello(c, part) == LPS_IGNORE
					    : lp_handshake_sent(&c->tls.h, part);
		len -= part.len;
	}
	if (data)
		first_data(c, missed);
	return data ? LPS_IGNORE : LPS_FOLLOW;
}

static void feed_missed(struct conn *c, bool out)
{
	_Atomic uint64_t *missed = out ? &c->missed_out : &c->missed_in;
	uint64_t n;

	if (LP_LIKELY(!atomic_load_explicit(missed, memory_order_relaxed)))
		return;
	n = atomic_exchange_explicit(missed, 0, memory_order_relaxed);
	if (out)
		lp_conn_skip_out(&c->c, n);
	else
		lp_conn_skip_in(&c->c, n);
}

LP_HOT enum lps_verdict lps_conn_feed(lps_handle h, bool out, const struct iovec *iov, size_t n,
				      size_t len)
{
	uint32_t dir = out ? IN_OUT : IN_IN;
	struct conn *c = conn_enter(h, dir);
	enum lps_verdict v;

	if (LP_UNLIKELY(!c)) {
		lps_conn_missed(h, out, len);
		return conn_of(h) ? LPS_FOLLOW : LPS_GONE;
	}
	if (LP_UNLIKELY(c->is_handshake)) {
		v = feed_handshake(c, out, iov, n, len);
		conn_leave(c, dir);
		return v;
	}
	atomic_store_explicit(&c->used, true, memory_order_relaxed);
	feed_missed(c, out);
	for (size_t i = 0; i < n && len; i++) {
		size_t part = iov[i].iov_len < len ? iov[i].iov_len : len;

		if (!part)
			continue;
		if (out)
			lp_conn_out(&c->c, iov[i].iov_base, part);
		else
			lp_conn_in(&c->c, iov[i].iov_base, part);
		len -= part;
	}
	v = lp_conn_ignored(&c->c) ? LPS_IGNORE : LPS_FOLLOW;
	conn_leave(c, dir);
	return v;
}

enum lps_verdict lps_conn_skip(lps_handle h, bool out, uint64_t len)
{
	lps_conn_missed(h, out, len);
	return lps_conn_feed(h, out, NULL, 0, 0);
}

void lps_conn_missed(lps_handle h, bool out, uint64_t len)
{
	struct conn *c = conn_of(h);

	if (c)
		atomic_fetch_add_explicit(out ? &c->missed_out : &c->missed_in, len,
					  memory_order_relaxed);
}

bool lps_may_be_request(const struct iovec *iov, size_t n)
{
	const char *p;

	while (n && !iov->iov_len) {
		iov++;
		n--;
	}
	if (!n)
		return true; /* nothing sent yet */
	p = iov->iov_base;
	if (p[0] < 'A' || p[0] > 'Z')
		return false;
	return iov->iov_len < 5 || memcmp(p, "HTTP/", 5) != 0;
}
