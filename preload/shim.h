/* SPDX-License-Identifier: MIT */
#ifndef LPS_SHIM_H
#define LPS_SHIM_H

/*
 * What every file of the shim leans on: start-up state, the per-thread guard, fork detection.
 *
 * The shim is a guest. Every hook calls the real function first, looks at bytes only after they
 * were accepted, and gives errno and the result back untouched. Nothing here allocates, locks,
 * prints or ends the host; our own system calls go through syscall(2), so that they are neither
 * hooked again nor cancellation points. Hooks may run before our constructor, in signal handlers
 * that interrupt our own code, and in vfork children that share our memory.
 */

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lp_compiler.h"
#include "lp_limits.h"

#define LPS_EXPORT __attribute__((visibility("default")))

/* Frames further apart than this lie on different stacks and say nothing about each other. */
#define LPS_STACK_SPAN ((uintptr_t)8 << 20)

/*
 * Frame addresses of the outermost hook that is in our own code (busy) or inside a real TLS
 * function (tls); 0 when in neither. Addresses rather than counters, because a host may leave a
 * hook by siglongjmp or an exception and the mark must not stay for ever.
 */
struct lps_thread {
	uintptr_t busy;
	uintptr_t tls;
	const void *session; /* whose bytes the innermost TLS function writes (or reads) */
	bool writes;
	const void *nested; /* the last one that itself sent first data on a socket we know */
};

extern __thread struct lps_thread lps_self __attribute__((tls_model("initial-exec")));

/* Written once by lps_start, read-only afterwards but for the port. */
struct lps_config {
	char path[PATH_MAX];	   /* our own file, absolute; "" when LD_PRELOAD cannot name it */
	char socket_env[PATH_MAX]; /* "LEASTPRIV_SOCKET=..." as found, "" when it was not set */
	struct sockaddr_un socket; /* where the collector listens */
	socklen_t socket_len;	   /* 0: nowhere, everything is passed through */
	char exe[256];		   /* the program, for the collector's report */
	_Atomic uint16_t csm_port; /* host order; the last AWS_CSM_PORT seen */
};

extern struct lps_config lps_config;

enum lps_phase {
	LPS_NEW,      /* nobody called a hook yet */
	LPS_STARTING, /* one thread sets up; the others pass through */
	LPS_READY,
	LPS_OFF, /* no memory, or no place to report to */
};

enum lps_alive {
	LPS_WIPED =
		0, /* the kernel zeroed the mark: we are a forked child that did not notice yet */
	LPS_RESETTING,
	LPS_ALIVE,
};

extern _Atomic int lps_phase;
extern _Atomic uint32_t *lps_alive;

/* Sets up on first use; true when the shim may record in this process. */
bool lps_live_slow(void);

static inline bool lps_live(void)
{
	return LP_LIKELY(atomic_load_explicit(&lps_phase, memory_order_acquire) == LPS_READY &&
			 atomic_load_explicit(lps_alive, memory_order_acquire) == LPS_ALIVE) ||
	       lps_live_slow();
}

/* True when the stack frame `then` must have been left already, seen from the frame `now`. */
static inline bool lps_frame_left(uintptr_t then, uintptr_t now)
{
	return now > then && now - then < LPS_STACK_SPAN;
}

/*
 * Around our own code. lps_enter is false when a signal handler interrupted our own code on this
 * thread, or when there is nothing to record for; then the caller touches no shared state.
 */
static inline bool lps_enter(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (LP_UNLIKELY(lps_self.busy) && !lps_frame_left(lps_self.busy, here))
		return false;
	lps_self.busy = here;
	if (LP_LIKELY(lps_live()))
		return true;
	lps_self.busy = 0;
	return false;
}

static inline void lps_leave(void)
{
	lps_self.busy = 0;
}

/* Around a real TLS function: what it sends and receives on its socket is not for us. */
struct lps_tls_mark {
	uintptr_t outer;
	bool outermost;
};

static inline struct lps_tls_mark lps_tls_begin(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	struct lps_tls_mark m = {.outer = lps_self.tls};

	m.outermost = LP_LIKELY(!m.outer) || lps_frame_left(m.outer, here);
	if (m.outermost)
		lps_self.tls = here;
	return m;
}

/* True when the bytes of this call are to be recorded: it was not nested in another TLS call. */
static inline bool lps_tls_end(struct lps_tls_mark m)
{
	if (LP_LIKELY(m.outermost))
		lps_self.tls = 0;
	return m.outermost;
}

/*
 * The same around a function that writes or reads the session's bytes. Nested in another that does
 * just that they are one call; but a library's callback may well write from within a read.
 */
struct lps_io_mark {
	struct lps_tls_mark tls;
	const void *session;
	bool writes;
	bool inner;
};

static inline struct lps_io_mark lps_io_begin(const void *session, bool writes)
{
	struct lps_io_mark m = {.tls = lps_tls_begin()};

	if (LP_UNLIKELY(!m.tls.outermost)) {
		m.session = lps_self.session;
		m.writes = lps_self.writes;
		m.inner = m.session == session && m.writes == writes;
	}
	lps_self.session = session;
	lps_self.writes = writes;
	return m;
}

/* Does it return into a TLS library? (resolve.h) */
bool lps_tls_within(const void *ra);

/*
 * The same for a function that the program itself calls: where just that is under way it was left
 * by siglongjmp, unless the library calls its own.
 */
static inline struct lps_io_mark lps_io_begin_by(const void *session, bool writes, const void *ra)
{
	if (LP_UNLIKELY(lps_self.tls) && lps_self.session == session && lps_self.writes == writes &&
	    !lps_tls_within(ra))
		lps_self.tls = 0;
	return lps_io_begin(session, writes);
}

#define LPS_IO_BEGIN(session, writes) lps_io_begin_by(session, writes, __builtin_return_address(0))

/* True when the bytes of this call are to be recorded. */
static inline bool lps_io_end(struct lps_io_mark m)
{
	lps_self.session = m.session;
	lps_self.writes = m.writes;
	lps_tls_end(m.tls);
	return !m.inner;
}

static inline bool lps_in_tls(void)
{
	return LP_UNLIKELY(lps_self.tls) &&
	       !lps_frame_left(lps_self.tls, (uintptr_t)__builtin_frame_address(0));
}

/*
 * False in a vfork child (or another process on our memory): its descriptors are its own but
 * the tables are the parent's, which must not follow what the child closes or copies.
 */
bool lps_own_process(void);

/* True once this process noticed that it is a forked child: connections may be older than it. */
bool lps_forked(void);

/* CLOCK_REALTIME, nanoseconds, as the host sees it. */
uint64_t lps_now(void);

/* CLOCK_MONOTONIC, nanoseconds, for durations: no library of the host answers for the kernel. */
uint64_t lps_mono(void);

/* Value of an environment variable, or NULL; walks environ, takes no lock. */
const char *lps_getenv(const char *name);

#endif
