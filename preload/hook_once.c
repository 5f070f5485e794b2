/* SPDX-License-Identifier: MIT */

/*
 * pthread_once, within which libraries make what they need one of: tables of ciphers, aead.h.
 */

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "aead.h"
#include "compat.h"
#include "resolve.h"
#include "shim.h"

typedef int once_fn(int *once, void (*init)(void));

enum { ONCE_NEW, ONCE_RUNNING, ONCE_DONE }; /* glibc's and musl's */

/* Before glibc 2.34 a program without threads has none, and a library of its own may bring it. */
static int once_here(int *once, void (*init)(void))
{
	const struct timespec ms = {.tv_nsec = 1000000};
	_Atomic int *state = (_Atomic int *)once;
	int fresh = ONCE_NEW;

	if (atomic_compare_exchange_strong_explicit(state, &fresh, ONCE_RUNNING,
						    memory_order_acq_rel, memory_order_acquire)) {
		init();
		atomic_store_explicit(state, ONCE_DONE, memory_order_release);
	}
	while (atomic_load_explicit(state, memory_order_acquire) != ONCE_DONE)
		syscall(SYS_nanosleep, &ms, NULL);
	return 0;
}

static once_fn *real_once(void)
{
	static __thread bool asking __attribute__((tls_model("initial-exec")));
	static _Atomic(once_fn *) known;
	once_fn *fn = atomic_load_explicit(&known, memory_order_relaxed);
	void *found;

	if (fn || asking)
		return fn ? fn : once_here;
	asking = true;
	found = dlsym(RTLD_NEXT, "pthread_once");
	asking = false;
	fn = once_here;
	if (found)
		memcpy(&fn, &found, sizeof(fn));
	atomic_store_explicit(&known, fn, memory_order_relaxed);
	return fn;
}

void lps_once_resolve(void)
{
	(void)real_once();
}

/* Apart, so that the hook itself is a leaf. */
static LP_NOINLINE int once_seen(int *once, void (*init)(void), int state)
{
	int r = real_once()(once, init), err = errno;

	if (LP_UNLIKELY(state == ONCE_NEW) && r == 0 && lps_enter()) {
		lps_aead_look(once);
		lps_leave();
	}
	errno = err;
	return r;
}

LPS_HOOK(int, pthread_once, (int *once, void (*init)(void)))
{
	int state = __atomic_load_n(once, __ATOMIC_ACQUIRE);

	/* As it nearly always is: TLS libraries ask for every record that they send. */
	return LP_LIKELY(state == ONCE_DONE) ? 0 : once_seen(once, init, state);
}
