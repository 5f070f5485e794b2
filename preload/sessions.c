/* SPDX-License-Identifier: MIT */
#include "sessions.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "conns.h"
#include "lp_event.h"
#include "aws_host.h"
#include "login.h"
#include "shim.h"
#include "state.h"

#define BUCKET_BITS 13
#define BUCKETS	    (1u << BUCKET_BITS)
#define WAYS	    8

enum tag {
	UNKNOWN,
	FRESH, /* made by this process, has sent nothing yet */
	IGNORED,
	OTHER, /* speaks another protocol than HTTP; and one more for each write looked at */
	OTHER_LAST = OTHER + LP_LOGIN_WRITES - 1,
	/* LPS_HANDLE_MIN and above: a connection of conns.h */
};

struct bucket {
	_Atomic uintptr_t key[WAYS];
	_Atomic uint32_t tag[WAYS];
	_Atomic uint32_t refs[WAYS]; /* holders besides the first */
	_Atomic uint32_t next_out;   /* whose turn it is to give way */
};

#define RECORD_MAX   16384 /* plaintext of one TLS record, and so of one interrupted send */
#define KEPT_MAX     64	   /* sessions in the middle of an interrupted send */
#define KEPT_FILLING 1	   /* no session has this address */

static struct kept {
	_Atomic uintptr_t session;
	char *buf;
	size_t len;
} kept[KEPT_MAX];

static struct bucket *buckets;

bool lps_sessions_init(void)
{
	buckets = lps_map(sizeof(*buckets) * BUCKETS);
	return buckets != NULL;
}

void lps_sessions_reset(void)
{
	/* The copies are in buffers that are given back all together. */
	for (unsigned i = 0; i < KEPT_MAX; i++)
		atomic_store_explicit(&kept[i].session, 0, memory_order_relaxed);
	madvise(buckets, sizeof(*buckets) * BUCKETS, MADV_DONTNEED);
}

static struct bucket *bucket_of(const void *s)
{
	return &buckets[((uint64_t)(uintptr_t)s * 0x9e3779b97f4a7c15u) >> (64 - BUCKET_BITS)];
}

/* The way that holds `s`, or -1. */
static int find(const struct bucket *b, const void *s)
{
	for (int i = 0; i < WAYS; i++)
		if (atomic_load_explicit(&b->key[i], memory_order_acquire) == (uintptr_t)s)
			return i;
	return -1;
}

LP_HOT static uint32_t get(const void *s)
{
	const struct bucket *b = bucket_of(s);
	int i = find(b, s);

	return i < 0 ? UNKNOWN : atomic_load_explicit(&b->tag[i], memory_order_acquire);
}

/* A way for `s`: a free one, else that of an ignored connection. -1 when all are in use. */
static int claim(struct bucket *b, const void *s)
{
	uint32_t turn = atomic_fetch_add_explicit(&b->next_out, 1, memory_order_relaxed);

	for (int i = 0; i < WAYS; i++) {
		uintptr_t free_key = 0;

		if (atomic_compare_exchange_strong_explicit(&b->key[i], &free_key, (uintptr_t)s,
							    memory_order_acq_rel,
							    memory_order_relaxed))
			return i;
	}
	for (uint32_t k = 0; k < WAYS; k++) {
		int i = (int)((turn + k) % WAYS);
		uintptr_t key = atomic_load_explicit(&b->key[i], memory_order_relaxed);

		if (atomic_load_explicit(&b->tag[i], memory_order_relaxed) < LPS_HANDLE_MIN &&
		    atomic_compare_exchange_strong_explicit(&b->key[i], &key, (uintptr_t)s,
							    memory_order_acq_rel,
							    memory_order_relaxed)) {
			atomic_store_explicit(&b->refs[i], 0, memory_order_relaxed);
			atomic_store_explicit(&b->tag[i], UNKNOWN, memory_order_relaxed);
			return i;
		}
	}
	return -1;
}

/* Puts `tag` in place of what is there and gives a handle that stood there back. */
static bool set(const void *s, uint32_t tag)
{
	struct bucket *b = bucket_of(s);
	int i = find(b, s);
	uint32_t old;

	if (i < 0)
		i = claim(b, s);
	if (i < 0)
		return false;
	old = atomic_exchange_explicit(&b->tag[i], tag, memory_order_acq_rel);
	if (old >= LPS_HANDLE_MIN && old != tag)
		lps_conn_put(old);
	return true;
}

static void forget(const void *s)
{
	struct bucket *b = bucket_of(s);
	int i = find(b, s);
	uint32_t old;

	if (i < 0)
		return;
	/* These first: the next owner of the way must find it empty. */
	atomic_store_explicit(&b->refs[i], 0, memory_order_relaxed);
	old = atomic_exchange_explicit(&b->tag[i], UNKNOWN, memory_order_acq_rel);
	atomic_store_explicit(&b->key[i], 0, memory_order_release);
	if (old >= LPS_HANDLE_MIN)
		lps_conn_put(old);
}

void lps_session_new(const void *s)
{
	int err = errno;

	if (!s || !lps_enter())
		return;
	forget(s);
	if (lps_self.nested == s)
		lps_self.nested = NULL;
	/* Elsewhere a session we know nothing of can only be a new one. */
	if (lps_forked())
		set(s, FRESH);
	lps_leave();
	errno = err;
}

void lps_session_clear(const void *s)
{
	uint32_t tag = s && lps_live() ? get(s) : UNKNOWN;

	if (tag != UNKNOWN && (tag < LPS_HANDLE_MIN || lps_conn_used(tag)))
		lps_session_new(s);
}

void lps_session_server(const void *s, const char *name, size_t len)
{
	struct lp_span server = lp_span_of(name, len);
	int err = errno;

	if (!s || !lps_enter())
		return;
	if (get(s) < LPS_HANDLE_MIN && lp_host_kind_of(server) == LP_HOST_AWS) {
		lps_handle h = lps_conn_new(LP_EVF_TLS, 0);

		lps_conn_set_server(h, server);
		if (h && !set(s, h)) {
			lps_conn_put(h);
			lps_conn_no_room(LP_EVF_TLS);
		}
	}
	lps_leave();
	errno = err;
}

void lps_session_end(const void *s)
{
	int err = errno;

	if (!s || !lps_enter())
		return;
	forget(s);
	lps_leave();
	errno = err;
}

void lps_session_ref(const void *s)
{
	int err = errno;
	struct bucket *b;
	int i;

	if (!s || !lps_enter())
		return;
	b = bucket_of(s);
	i = find(b, s);
	if (i < 0)
		i = claim(b, s);
	if (i >= 0)
		atomic_fetch_add_explicit(&b->refs[i], 1, memory_order_relaxed);
	lps_leave();
	errno = err;
}

void lps_session_unref(const void *s)
{
	int err = errno;
	struct bucket *b;
	int i;

	if (!s || !lps_enter())
		return;
	b = bucket_of(s);
	i = find(b, s);
	if (i >= 0 && atomic_load_explicit(&b->refs[i], memory_order_relaxed))
		atomic_fetch_sub_explicit(&b->refs[i], 1, memory_order_relaxed);
	else
		forget(s);
	lps_leave();
	errno = err;
}

bool lps_session_wanted(const void *s, bool out)
{
	uint32_t tag;

	if (!lps_live())
		return false;
	tag = get(s);
	return out ? tag != IGNORED : tag >= LPS_HANDLE_MIN;
}

/* A password that is a presigned URL is told as if it was asked for by HTTP. */
static void emit_login(const struct lp_login *l)
{
	struct lp_span parts[LP_LOGIN_PARTS];
	struct iovec iov[LP_LOGIN_PARTS];
	lps_handle h = lps_conn_new(LP_EVF_TLS, 0);
	enum lps_verdict v;
	size_t len = 0;

	lp_login_request(l, parts);
	for (size_t i = 0; i < LP_LOGIN_PARTS; i++) {
		memcpy(&iov[i].iov_base, &parts[i].ptr, sizeof(parts[i].ptr));
		iov[i].iov_len = parts[i].len;
		len += parts[i].len;
	}
	v = lps_conn_feed(h, true, iov, LP_LOGIN_PARTS, len);
	(void)v; /* nothing follows */
	lps_conn_put(h);
}

/* As much of a write as is looked at. */
static struct lp_span first_of(const struct iovec *iov, size_t n)
{
	return n ? lp_span_first(lp_span_of(iov->iov_base, iov->iov_len), LP_LOGIN_LOOK)
		 : LP_SPAN("");
}

/* A request to somebody else, whose body may hold anything. */
static bool is_http(const struct iovec *iov, size_t n)
{
	return lp_span_holds(first_of(iov, n), LP_SPAN(" HTTP/"));
}

/* A write of what is no HTTP: the first of them may be a login. `tag` is not of a connection. */
static void other(const void *s, uint32_t tag, const struct iovec *iov, size_t n)
{
	struct lp_login login;

	tag = tag < OTHER ? OTHER : tag + 1;
	if (lp_login_find(first_of(iov, n), &login)) {
		emit_login(&login);
		tag = IGNORED;
	}
	set(s, tag >= OTHER_LAST ? (uint32_t)IGNORED : tag);
}

/* What is fed on it is for nobody. Servers of mail speak first: what is sent then may log in. */
static void ignore(const void *s, bool out, const struct iovec *iov, size_t n)
{
	if (out && !is_http(iov, n))
		other(s, UNKNOWN, iov, n);
	else
		set(s, out ? (uint32_t)IGNORED : (uint32_t)OTHER);
}

static _Atomic bool apart;

bool lps_sessions_apart(void)
{
	return atomic_load_explicit(&apart, memory_order_relaxed);
}

/* The connection of a session that sends its first bytes, if they may be a request. */
static lps_handle begin(const void *s, uint32_t tag, const struct iovec *iov, size_t n)
{
	lps_handle h;

	if (lps_self.nested != s)
		atomic_store_explicit(&apart, true, memory_order_relaxed);
	if (tag == IGNORED)
		return 0;
	if (tag >= OTHER || !n || !lps_may_be_request(iov, n)) {
		/* In a forked child these may be the second half of what the parent began. */
		if (tag != UNKNOWN || !lps_forked())
			other(s, tag, iov, n);
		return 0;
	}
	h = lps_conn_new(LP_EVF_TLS, 0);
	if (!set(s, h ? h : (uint32_t)IGNORED)) {
		lps_conn_put(h);
		if (h)
			lps_conn_no_room(LP_EVF_TLS);
		return 0;
	}
	return h;
}

LP_HOT static void pass(const void *s, bool out, const struct iovec *iov, size_t n, uint64_t len)
{
	int *host_errno = &errno, err = *host_errno;
	enum lps_verdict v;
	uint32_t tag;

	if (LP_UNLIKELY(!s || !len))
		return;
	if (LP_UNLIKELY(!lps_enter())) {
		if (lps_self.busy)
			lps_conn_missed(get(s), out, len);
		goto out;
	}
	tag = get(s);
	if (LP_UNLIKELY(tag < LPS_HANDLE_MIN))
		tag = out ? begin(s, tag, iov, n) : 0;
	if (LP_LIKELY(tag)) {
		if (LP_UNLIKELY(lps_self.nested == s)) {
			lps_conn_set_nested(tag);
			lps_self.nested = NULL;
		}
		if (LP_LIKELY(n))
			v = lps_conn_feed(tag, out, iov, n, (size_t)len);
		else
			v = lps_conn_skip(tag, out, len);
		if (LP_UNLIKELY(v == LPS_IGNORE))
			ignore(s, out, iov, n);
	}
	lps_leave();
out:
	*host_errno = err;
}

LP_HOT void lps_session_out(const void *s, const void *buf, size_t len)
{
	struct iovec iov = {.iov_len = len};

	/* The vector is only read, but its type does not say so. */
	memcpy(&iov.iov_base, &buf, sizeof(buf));
	pass(s, true, &iov, 1, len);
}

LP_HOT void lps_session_in(const void *s, const void *buf, size_t len)
{
	struct iovec iov = {.iov_len = len};

	memcpy(&iov.iov_base, &buf, sizeof(buf));
	pass(s, false, &iov, 1, len);
}

void lps_session_skip(const void *s, bool out, uint64_t len)
{
	pass(s, out, NULL, 0, len);
}

static struct kept *kept_of(const void *s)
{
	for (unsigned i = 0; i < KEPT_MAX; i++)
		if (atomic_load_explicit(&kept[i].session, memory_order_acquire) == (uintptr_t)s)
			return &kept[i];
	return NULL;
}

static void keep(struct kept *k, const void *s, const void *buf, size_t len)
{
	k->buf = lps_hold();
	if (!k->buf) {
		atomic_store_explicit(&k->session, 0, memory_order_release);
		return;
	}
	k->len = len < RECORD_MAX ? len : RECORD_MAX;
	memcpy(k->buf, buf, k->len);
	atomic_store_explicit(&k->session, (uintptr_t)s, memory_order_release);
}

void lps_session_keep(const void *s, const void *buf, size_t len)
{
	int err = errno;

	if (!lps_enter())
		return;
	if (get(s) == IGNORED || kept_of(s))
		goto out;
	for (unsigned i = 0; i < KEPT_MAX; i++) {
		uintptr_t nobody = 0;

		if (atomic_compare_exchange_strong_explicit(&kept[i].session, &nobody, KEPT_FILLING,
							    memory_order_acquire,
							    memory_order_relaxed)) {
			keep(&kept[i], s, buf, len);
			break;
		}
	}
out:
	lps_leave();
	errno = err;
}

void lps_session_out_kept(const void *s, size_t len)
{
	const struct kept *k = kept_of(s);

	if (k && len <= k->len)
		lps_session_out(s, k->buf, len);
	else
		lps_session_skip(s, true, len);
}

void lps_session_unkeep(const void *s)
{
	int err = errno;
	struct kept *k;

	if (!s || !lps_enter())
		return;
	k = kept_of(s); /* not before: entering may have given all buffers back in a child */
	if (k) {
		lps_hold_release(k->buf);
		atomic_store_explicit(&k->session, 0, memory_order_release);
	}
	lps_leave();
	errno = err;
}
