/* SPDX-License-Identifier: MIT */
#include "fds.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "elf/deputy.h"
#include "endpoint.h"
#include "hello.h"
#include "methods.h"
#include "aws_host.h"
#include "redact.h"
#include "shim.h"
#include "state.h"

#define CSM_PARTS 3 /* before, in place of and behind the session token */

_Atomic uint32_t *lps_fds;

/* Threads inside a write on a connection, by descriptor; two that share a place cost a wait. */
#define WRITERS	       1024u
#define WRITER_POLLS   40    /* times that a reader looks again, ... */
#define WRITER_POLL_NS 50000 /* ... and sleeps in between */

static _Atomic int writers[WRITERS];

/* No descriptor above this one has a tag; bounds what a forked child has to walk. */
static _Atomic uint32_t highest;

bool lps_fds_init(void)
{
	lps_fds = lps_map(sizeof(*lps_fds) * LPS_FDS_MAX);
	return lps_fds != NULL;
}

static void tag_set(int fd, uint32_t tag)
{
	uint32_t top = atomic_load_explicit(&highest, memory_order_relaxed);

	atomic_store_explicit(&lps_fds[fd], tag, memory_order_relaxed);
	while (tag >= LPS_FD_WATCHED && top < (uint32_t)fd &&
	       !atomic_compare_exchange_weak_explicit(&highest, &top, (uint32_t)fd,
						      memory_order_relaxed, memory_order_relaxed))
		;
}

void lps_fds_reset(void)
{
	uint32_t top = atomic_load_explicit(&highest, memory_order_relaxed);

	for (unsigned i = 0; i < WRITERS; i++) /* threads of the parent */
		atomic_store_explicit(&writers[i], 0, memory_order_relaxed);
	for (uint32_t fd = 0; fd <= top; fd++) {
		uint32_t tag = atomic_load_explicit(&lps_fds[fd], memory_order_relaxed);

		if (tag >= LPS_HANDLE_MIN || tag == LPS_FD_TCP)
			atomic_store_explicit(&lps_fds[fd], LPS_FD_JOINED, memory_order_relaxed);
	}
}

static bool in_table(int fd)
{
	return lps_fds && (unsigned)fd < LPS_FDS_MAX;
}

static int sock_int(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return syscall(SYS_getsockopt, fd, SOL_SOCKET, option, &value, &len) == 0 ? value : -1;
}

/*
 * Who a socket is, whatever its number. False when the descriptor is no socket any more; where
 * the kernel has no cookies (before 4.12) all are 0 and the number has to do.
 */
static bool sock_cookie(int fd, uint64_t *cookie)
{
	socklen_t len = sizeof(*cookie);

	*cookie = 0;
	return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_COOKIE, cookie, &len) == 0 ||
	       errno == ENOPROTOOPT;
}

/* Copied before it is read, so that its type and alignment are ours. Port in host order, or 0. */
static uint16_t loopback_port(const void *addr, size_t len)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
	const uint8_t *b;

	if (!addr || len < sizeof(u.in))
		return 0;
	memset(&u, 0, sizeof(u));
	memcpy(&u, addr, len < sizeof(u) ? len : sizeof(u));
	if (u.sa.sa_family == AF_INET)
		return ntohl(u.in.sin_addr.s_addr) >> 24 == 127 ? ntohs(u.in.sin_port) : 0;
	if (u.sa.sa_family != AF_INET6 || len < sizeof(u.in6))
		return 0;
	b = u.in6.sin6_addr.s6_addr;
	if (IN6_IS_ADDR_LOOPBACK(&u.in6.sin6_addr) ||
	    (IN6_IS_ADDR_V4MAPPED(&u.in6.sin6_addr) && b[12] == 127))
		return ntohs(u.in6.sin6_port);
	return 0;
}

static bool is_csm(const void *addr, size_t len)
{
	uint16_t port = loopback_port(addr, len);

	return port && (port == lps_config.csm_port || port == LP_CSM_PORT);
}

static enum lps_fd_tag classify_udp(int fd)
{
	char addr[sizeof(struct sockaddr_in6)];
	socklen_t len = sizeof(addr);

	if (syscall(SYS_getpeername, fd, addr, &len) == 0 &&
	    is_csm(addr, len < sizeof(addr) ? len : sizeof(addr)))
		return LPS_FD_CSM;
	return LPS_FD_IGNORED;
}

#define MPTCP 262 /* linux/in.h since 5.6: IPPROTO_MPTCP */

/* Multipath TCP is TCP to those who use it. */
static bool is_tcp(int proto)
{
	return proto == IPPROTO_TCP || proto == MPTCP;
}

/* A socket that we did not see connect: inherited, or connected behind our back. */
static uint32_t classify(int fd)
{
	int proto = sock_int(fd, SO_PROTOCOL);
	uint32_t tag = LPS_FD_IGNORED;

	if (is_tcp(proto))
		tag = LPS_FD_JOINED;
	else if (proto == IPPROTO_UDP)
		tag = classify_udp(fd);
	tag_set(fd, tag);
	return tag;
}

static void drop(int fd, uint32_t tag, uint32_t becomes)
{
	tag_set(fd, becomes);
	if (tag >= LPS_HANDLE_MIN)
		lps_conn_put(tag);
}

/* A socket's file, copied to `un`; "" for others. */
static struct lp_span file_of(struct sockaddr_un *un, const void *addr, size_t len)
{
	const size_t head = offsetof(struct sockaddr_un, sun_path);

	len = len < sizeof(*un) ? len : sizeof(*un);
	if (len <= head)
		return lp_span_of(NULL, 0);
	memcpy(un, addr, len);
	if (un->sun_family != AF_UNIX)
		return lp_span_of(NULL, 0);
	return lp_span_of(un->sun_path, strnlen(un->sun_path, len - head));
}

/* Whose socket it is: of a daemon that starts what it is asked for, or NULL. */
static const struct lp_deputy *deputy_at(struct lp_span file)
{
	/* Those that clients of such a daemon know, with its usual place. */
	static const struct {
		char variable[16], usual[16];
	} places[] = {{"DOCKER_HOST", "/docker.sock"}, {"CONTAINER_HOST", "/podman.sock"}};
	static const char scheme[] = "unix://";
	const struct lp_deputy *row = file.len ? lp_deputy_at(file) : NULL;

	for (size_t i = 0; file.len && !row && i < LP_ARRAY_LEN(places); i++) {
		const char *value = lps_getenv(places[i].variable);

		if (value && strncmp(value, scheme, sizeof(scheme) - 1) == 0 &&
		    lp_span_eq(file, lp_span_str(value + sizeof(scheme) - 1)))
			row = lp_deputy_at(lp_span_str(places[i].usual));
	}
	return row;
}

void lps_fd_connected(int fd, const struct sockaddr *addr, socklen_t len)
{
	int family = len >= sizeof(addr->sa_family) ? addr->sa_family : AF_UNSPEC;
	uint32_t tag = LPS_FD_IGNORED;

	if (!lps_enter())
		return;
	if (!in_table(fd) || !lps_own_process())
		goto out;
	if (family == AF_INET || family == AF_INET6) {
		int proto = sock_int(fd, SO_PROTOCOL);

		if (is_tcp(proto)) {
			lps_methods_connect();
			tag = LPS_FD_TCP;
		} else if (proto == IPPROTO_UDP) {
			if (is_csm(addr, len))
				tag = LPS_FD_CSM;
		}
	} else if (family == AF_UNIX) {
		struct sockaddr_un un;

		if (deputy_at(file_of(&un, addr, len)))
			tag = LPS_FD_DEPUTY;
	}
	drop(fd, lps_fd_get(fd), tag);
out:
	lps_leave();
}

void lps_fd_forget(int fd, enum lps_fd_tag tag)
{
	uint32_t old = lps_fd_get(fd);

	if (old == (uint32_t)tag || !in_table(fd))
		return;
	if (old < LPS_FD_WATCHED) {
		/* In a vfork child these stores would hit the parent; at worst it classifies anew.
		 */
		atomic_store_explicit(&lps_fds[fd], tag, memory_order_relaxed);
		return;
	}
	if (!lps_enter())
		return;
	if (lps_own_process())
		drop(fd, lps_fd_get(fd), tag);
	lps_leave();
}

/* The same for a number that is about to be free: the last word on a handshake. */
static void drop_closing(int fd, uint32_t tag, uint32_t becomes)
{
	uint64_t cookie;

	tag_set(fd, becomes);
	if (!lps_conn_is_handshake(tag) || !sock_cookie(fd, &cookie) || !lps_conn_is(tag, cookie))
		lps_conn_put(tag);
	else
		lps_conn_end_handshake(tag, fd);
}

void lps_fd_closing(int fd)
{
	if (lps_fd_get(fd) < LPS_HANDLE_MIN) {
		lps_fd_forget(fd, LPS_FD_UNKNOWN);
		return;
	}
	if (!lps_enter())
		return;
	if (lps_own_process())
		drop_closing(fd, lps_fd_get(fd), LPS_FD_UNKNOWN);
	lps_leave();
}

void lps_fd_replacing(int from, int to)
{
	if (from == to || LP_LIKELY(lps_fd_get(to) < LPS_HANDLE_MIN) || !lps_enter())
		return;
	/* Only if the copy will come to be. */
	if (lps_own_process() && lps_conn_is_handshake(lps_fd_get(to)) &&
	    syscall(SYS_fcntl, from, F_GETFD) >= 0)
		drop_closing(to, lps_fd_get(to), LPS_FD_IGNORED);
	lps_leave();
}

void lps_fds_finish(void)
{
	uint32_t top = atomic_load_explicit(&highest, memory_order_relaxed);

	if (!lps_fds || !lps_own_process())
		return;
	for (uint32_t fd = 0; fd <= top; fd++) {
		uint32_t tag = lps_fd_get((int)fd);

		if (tag >= LPS_HANDLE_MIN && lps_conn_is_handshake(tag))
			drop_closing((int)fd, tag, LPS_FD_IGNORED);
	}
}

void lps_fd_forget_range(unsigned first, unsigned last)
{
	unsigned top = atomic_load_explicit(&highest, memory_order_relaxed);

	if (!lps_fds || !lps_enter())
		return;
	if (lps_own_process())
		for (unsigned fd = first; fd <= last && fd <= top && fd < LPS_FDS_MAX; fd++)
			drop_closing((int)fd, lps_fd_get((int)fd), LPS_FD_UNKNOWN);
	lps_leave();
}

/* Two numbers for a connection that sent nothing yet: what the first sends, the other reads. */
static uint32_t share(int fd)
{
	uint64_t cookie;
	lps_handle h;

	if (!sock_cookie(fd, &cookie))
		return LPS_FD_UNKNOWN;
	h = lps_conn_new(0, cookie);
	if (!h || !lps_conn_hold(h))
		return LPS_FD_IGNORED;
	tag_set(fd, h);
	return h;
}

void lps_fd_copied(int from, int to)
{
	uint32_t tag = lps_fd_get(from);

	if (from == to || !in_table(to) || (tag == lps_fd_get(to) && tag < LPS_FD_TCP))
		return;
	if (!lps_enter())
		return;
	if (lps_own_process()) {
		if (tag == LPS_FD_TCP)
			tag = share(from);
		else if (tag >= LPS_HANDLE_MIN && !lps_conn_hold(tag))
			tag = LPS_FD_JOINED;
		drop(to, lps_fd_get(to), tag);
	}
	lps_leave();
}

/* The part of a vector that a handshake of TLS begins it with; NULL: none does. */
static const struct iovec *tls_start(const struct iovec *iov, size_t n)
{
	/* Erlang's vectors begin with a part that is empty. */
	for (; n && !iov->iov_len; n--)
		iov++;
	return n && *(const unsigned char *)iov->iov_base == LP_TLS_HANDSHAKE ? iov : NULL;
}

/*
 * A handshake of TLS that we are not in, on a socket or in a proxy's tunnel, by its first bytes.
 * One that goes on in another part of the vector the connection puts together as any that comes in
 * pieces. The host that it asks for is all that is told, and only when it is AWS's or in AWS's
 * place, and whether anything followed; whether the calls to it can be read, the collector finds
 * out. 0: it is not watched.
 */
static lps_handle begin_handshake(int fd, const struct iovec *start, size_t len)
{
	struct lp_hello_name name;
	struct lp_span server;
	bool in_place = false;
	uint64_t cookie;
	int found;

	lps_methods_look();
	found = lp_hello_read(lp_span_first(lp_span_of(start->iov_base, start->iov_len), len),
			      &name);
	if (found && lp_host_kind_of(lp_hello_host(&name)) != LP_HOST_AWS) {
		in_place = lps_endpoint_is(fd, &name);
		if (!in_place)
			return 0;
	}
	server = lp_hello_host(&name);
	if (found && !in_place)
		lps_emit_alone(LP_EV_REACHED, &server, 1);
	return sock_cookie(fd, &cookie) ? lps_conn_new_handshake(server, in_place, cookie, fd, len)
					: 0;
}

/* The same where the number stood for a connection before: in a tunnel, or through a copy of it. */
static uint32_t begin_inside(int fd, uint32_t tag, const struct iovec *start, size_t len)
{
	lps_handle h = begin_handshake(fd, start, len);

	if (!h)
		return tag;
	drop(fd, tag, h);
	return h;
}

static bool leads(uint32_t tag)
{
	return tag >= LPS_FD_LEADS && tag <= LPS_FD_LEADS_LAST;
}

/* Once more neither HTTP nor TLS. */
static uint32_t leads_on(uint32_t tag)
{
	if (!leads(tag))
		return LPS_FD_LEADS;
	return tag < LPS_FD_LEADS_LAST ? tag + 1 : (uint32_t)LPS_FD_IGNORED;
}

/* The connection behind `fd`, begun when these are the first bytes of a request. 0: none. */
static lps_handle begin(int fd, uint32_t tag, const struct iovec *iov, size_t n, size_t len)
{
	const struct iovec *start;
	uint64_t cookie;
	lps_handle h = 0;

	if (tag == LPS_FD_UNKNOWN)
		tag = classify(fd);
	if (tag != LPS_FD_TCP && tag != LPS_FD_JOINED && !leads(tag))
		return 0;
	if (!n || leads(tag) || !lps_may_be_request(iov, n)) {
		start = tls_start(iov, n);
		if (start)
			h = begin_handshake(fd, start, len);
		if (h || tag != LPS_FD_JOINED)
			tag_set(fd, h ? h : start ? (uint32_t)LPS_FD_IGNORED : leads_on(tag));
		return h;
	}
	if (!sock_cookie(fd, &cookie)) {
		tag_set(fd, LPS_FD_UNKNOWN);
		return 0;
	}
	h = lps_conn_new(0, cookie);
	tag_set(fd, h ? h : (uint32_t)LPS_FD_IGNORED);
	return h;
}

/* True when the number still stands for the socket that the connection was begun on. */
static bool still_same(int fd, uint32_t tag)
{
	uint64_t cookie;

	if (sock_cookie(fd, &cookie) && lps_conn_is(tag, cookie))
		return true;
	drop(fd, tag, LPS_FD_UNKNOWN);
	return false;
}

/*
 * The transport below a TLS connection: ciphertext from here on. A request in clear on a fresh
 * connection is none: the TLS function was left by siglongjmp, or for another stack.
 */
static bool below_tls(int fd, uint32_t tag, const struct iovec *iov, size_t n)
{
	if (!lps_in_tls())
		return false;
	if (tag == LPS_FD_TCP && n && lps_may_be_request(iov, n)) {
		lps_self.tls = 0;
		return false;
	}
	/* What a hook reads is no data that the client sent; what it writes may be none either,
	 * when it only says goodbye. */
	if (lps_conn_is_handshake(tag))
		return !iov;
	if (tag >= LPS_FD_TCP && lps_enter()) {
		drop(fd, tag, LPS_FD_IGNORED);
		lps_leave();
	}
	return true;
}

static void pass(int fd, uint32_t tag, bool out, const struct iovec *iov, size_t n, size_t len)
{
	enum lps_verdict v;

	if (!n)
		v = lps_conn_skip(tag, out, len);
	else
		v = lps_conn_feed(tag, out, iov, n, len);
	/* What only looked like HTTP may lead to TLS, too. */
	if (v == LPS_IGNORE)
		drop(fd, tag, lps_conn_is_handshake(tag) ? LPS_FD_IGNORED : LPS_FD_LEADS);
}

/* What a daemon is asked for is not below it: where it is to start something that is said. */
static void ask_deputy(int fd, const struct iovec *iov, size_t len)
{
	struct lp_span request = lp_span_of(iov->iov_base, iov->iov_len), parts[4];
	const char *word = lp_deputy_starts(lp_span_first(request, len));
	socklen_t room = sizeof(struct sockaddr_un);
	struct sockaddr_un addr = {0}, un;
	const struct lp_deputy *row;

	if (!word || syscall(SYS_getpeername, fd, &addr, &room) != 0)
		return;
	parts[1] = file_of(&un, &addr, room);
	row = deputy_at(parts[1]);
	/* One of those programs said at its start what it asks for; a script of that name did not.
	 */
	if (!row || lp_deputy_named(lps_config.exe))
		return;
	parts[0] = lp_span_of(row->name, strlen(row->name) + 1);
	parts[2] = LP_SPAN(" ");
	parts[3] = lp_span_str(word);
	lps_emit_alone(LP_EV_NOT_FOLLOWED, parts, 4);
}

void lps_fd_out(int fd, const struct iovec *iov, size_t n, size_t len)
{
	uint32_t tag = lps_fd_get(fd);
	const struct iovec *start;
	int err = errno;

	if (!len || tag == LPS_FD_CSM || below_tls(fd, tag, iov, n))
		return;
	if (!lps_enter()) {
		lps_conn_missed(tag, true, len);
		goto out;
	}
	tag = lps_fd_get(fd); /* entering may have reset a forked child's table */
	if (tag == LPS_FD_DEPUTY) {
		if (n)
			ask_deputy(fd, iov, len);
	} else if (in_table(fd)) {
		if (tag >= LPS_HANDLE_MIN && !still_same(fd, tag))
			tag = LPS_FD_UNKNOWN;
		if (tag < LPS_HANDLE_MIN)
			tag = begin(fd, tag, iov, n, len);
		else if ((start = tls_start(iov, n)) && !lps_conn_is_handshake(tag))
			tag = begin_inside(fd, tag, start, len);
		if (tag)
			pass(fd, tag, true, iov, n, len);
	}
	lps_leave();
out:
	errno = err;
}

bool lps_fd_writing_slow(int fd)
{
	if (lps_in_tls())
		return false;
	atomic_fetch_add_explicit(&writers[(unsigned)fd % WRITERS], 1, memory_order_relaxed);
	return true;
}

/* Never below 0: one that was given up may come back after all. */
static void writer_left(_Atomic int *n)
{
	int have = atomic_load_explicit(n, memory_order_relaxed);

	while (have > 0 && !atomic_compare_exchange_weak_explicit(
				   n, &have, have - 1, memory_order_release, memory_order_relaxed))
		;
}

void lps_fd_written(int fd)
{
	writer_left(&writers[(unsigned)fd % WRITERS]);
}

static void wait_for_writer(int fd)
{
	_Atomic int *n = &writers[(unsigned)fd % WRITERS];
	struct timespec ts = {.tv_nsec = WRITER_POLL_NS};

	for (unsigned i = 0; i < WRITER_POLLS; i++) {
		if (atomic_load_explicit(n, memory_order_acquire) <= 0)
			return;
		syscall(SYS_nanosleep, &ts, NULL);
	}
	/* One that blocks, or never came back (siglongjmp); it shall not cost every read. */
	writer_left(n);
}

void lps_fd_in(int fd, const struct iovec *iov, size_t n, size_t len)
{
	uint32_t tag = lps_fd_get(fd);
	int err = errno;

	if (!len || tag < LPS_FD_TCP || below_tls(fd, tag, NULL, 0))
		return;
	/* Not where the process may be killed for the sleep, hook_seccomp.c. */
	if (LP_UNLIKELY(atomic_load_explicit(&writers[(unsigned)fd % WRITERS],
					     memory_order_acquire) > 0) &&
	    lps_live())
		wait_for_writer(fd);
	if (!lps_enter()) {
		lps_conn_missed(tag, false, len);
		goto out;
	}
	tag = lps_fd_get(fd);
	if (tag >= LPS_HANDLE_MIN && still_same(fd, tag))
		pass(fd, tag, false, iov, n, len);
	else if (leads(tag)) /* unless the writing thread has just found a request there */
		atomic_compare_exchange_strong_explicit(&lps_fds[fd], &tag, leads_on(tag),
							memory_order_relaxed, memory_order_relaxed);
	lps_leave();
out:
	errno = err;
}

/* FNV-1a; tells a datagram from another, no more. Never 0. */
static uint32_t fingerprint(struct lp_span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
	return h | 1;
}

/* True when this thread sends once more what failed before. */
static bool repeated(struct lp_span datagram, bool failed)
{
	static __thread uint32_t refused;
	uint32_t h;

	if (!refused && !failed)
		return false;
	h = fingerprint(datagram);
	if (h == refused) {
		if (!failed)
			refused = 0;
		return true;
	}
	refused = failed ? h : 0;
	return false;
}

/*
 * The datagram, in `buf`; 0: it is longer than any SDK sends, or not there. One that failed the
 * kernel may have refused before it looked whether its bytes are.
 */
static size_t join(char buf[LP_DATAGRAM_MAX], const struct iovec *iov, size_t n, bool failed)
{
	size_t len = 0;
	long got;

	for (size_t i = 0; i < n; i++) {
		if (iov[i].iov_len > LP_DATAGRAM_MAX - len)
			return 0;
		len += iov[i].iov_len;
	}
	got = failed ? lps_peek(buf, LP_DATAGRAM_MAX, iov, n) : -ENOSYS;
	if (got >= 0 || got == -EFAULT)
		return got == (long)len ? len : 0;
	len = 0;
	for (size_t i = 0; i < n; i++) {
		if (iov[i].iov_len)
			memcpy(buf + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	return len;
}

static void emit_csm(const struct iovec *iov, size_t n, bool failed)
{
	char *buf = lps_hold();
	struct lp_span parts[CSM_PARTS];
	unsigned n_parts;
	size_t len;

	if (!buf)
		return;
	len = join(buf, iov, n, failed);
	if (!len || repeated(lp_span_of(buf, len), failed))
		goto out;
	n_parts = lp_redact_csm(lp_span_of(buf, len), parts, CSM_PARTS);
	if (n_parts)
		lps_emit_alone(LP_EV_CSM, parts, n_parts);
out:
	lps_hold_release(buf);
}

bool lps_fd_datagram(int fd, const void *addr, socklen_t addr_len, const struct iovec *iov,
		     size_t n, ssize_t r)
{
	uint32_t tag = lps_fd_get(fd);
	int err = errno;
	bool csm;

	if (addr && addr_len ? !loopback_port(addr, addr_len) : tag != LPS_FD_CSM && tag)
		return tag == LPS_FD_CSM;
	if (!lps_enter()) {
		errno = err;
		return tag == LPS_FD_CSM;
	}
	tag = lps_fd_get(fd);
	if (addr && addr_len) {
		csm = is_csm(addr, addr_len) && sock_int(fd, SO_PROTOCOL) == IPPROTO_UDP;
	} else {
		if (tag == LPS_FD_UNKNOWN && in_table(fd))
			tag = classify(fd);
		csm = tag == LPS_FD_CSM && classify_udp(fd) == LPS_FD_CSM;
	}
	if (csm)
		emit_csm(iov, n, r < 0);
	lps_leave();
	errno = err;
	return csm || tag == LPS_FD_CSM;
}
