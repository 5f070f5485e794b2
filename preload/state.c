/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "aead.h"
#include "compat.h"
#include "conns.h"
#include "contact.h"
#include "endpoint.h"
#include "fds.h"
#include "lp_csm_port.h"
#include "lp_ring.h"
#include "methods.h"
#include "resolve.h"
#include "shim.h"
#include "sessions.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

#define PAGE	    ((uintptr_t)4096)
#define NO_SUCH_HOW 99l /* to change a mask of signals */
#define SOCKET_NAME "collector.sock"

__thread struct lps_thread lps_self;
struct lps_config lps_config;
struct lps_ring lps_ring;
_Atomic int lps_phase;
_Atomic uint32_t *lps_alive;

static _Atomic pid_t owner; /* whose descriptors the tables describe */
static _Atomic bool forked;

/* Present in glibc and musl, but not under the same name in all versions of either. */
extern int __register_atfork(void (*)(void), void (*)(void), void (*)(void), void *)
	__attribute__((weak));

void *lps_reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	/* Not all at once where the program has all that it maps locked (mlockall). */
	munlock(p, size);
	/* Sparse tables: one touched byte shall not cost two megabytes. */
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

bool lps_open(void *p, size_t len)
{
	return mprotect(p, len, PROT_READ | PROT_WRITE) == 0;
}

void *lps_map(size_t size)
{
	void *p = lps_reserve(size);

	if (!p || lps_open(p, size))
		return p;
	munmap(p, size);
	return NULL;
}

/* What the kernel says of itself; read in pieces, as the stack may be small. */
static bool read_filtered(void)
{
	static const char line[] = "\nSeccomp:\t";
	char buf[128], mode = '?';
	size_t matched = 0;
	long n;
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && mode == '?' && (n = syscall(SYS_read, fd, buf, sizeof(buf))) > 0)
		for (long i = 0; i < n && mode == '?'; i++) {
			if (matched == sizeof(line) - 1)
				mode = buf[i];
			else if (buf[i] == line[matched])
				matched++;
			else
				matched = buf[i] == line[0];
		}
	if (fd >= 0)
		syscall(SYS_close, fd);
	return mode != '0';
}

/*
 * Whether the process was started under a filter of system calls, as by a sandbox: it may be killed
 * for one that only debuggers make.
 */
static bool is_filtered(void)
{
	enum { UNKNOWN, NO, YES };
	static _Atomic int known;
	int now = atomic_load_explicit(&known, memory_order_relaxed);

	if (now == UNKNOWN) {
		now = read_filtered() ? YES : NO;
		atomic_store_explicit(&known, now, memory_order_relaxed);
	}
	return now == YES;
}

/* Does the kernel read there? Asked by a call that does nothing, and that no filter is against. */
static bool kernel_reads(uintptr_t at)
{
	return at >= PAGE && (syscall(SYS_rt_sigprocmask, NO_SUCH_HOW, at & ~(uintptr_t)7, NULL,
				      sizeof(uint64_t)) == 0 ||
			      errno != EFAULT);
}

typedef uint64_t __attribute__((may_alias)) word;

/* Not by memcpy, which AddressSanitizer has its own of. */
__attribute__((no_sanitize_address, no_sanitize_thread)) static void
copy_run(char *to, uintptr_t from, size_t len)
{
	const volatile word *words;
	const volatile char *bytes;
	size_t i = 0;

	memcpy(&words, &from, sizeof(words));
	memcpy(&bytes, &from, sizeof(bytes));
	if (from % sizeof(word) == 0)
		for (; i + sizeof(word) <= len; i += sizeof(word)) {
			word w = words[i / sizeof(word)];

			memcpy(to + i, &w, sizeof(w));
		}
	for (; i < len; i++)
		to[i] = bytes[i];
}

/* How many bytes from there on are there; they are copied. */
static size_t copy_there(char *to, uintptr_t from, size_t len)
{
	size_t have = 0;

	while (have < len && kernel_reads(from + have)) {
		size_t page = PAGE - ((from + have) & (PAGE - 1));
		size_t run = page < len - have ? page : len - have;

		copy_run(to + have, from + have, run);
		have += run;
	}
	return have;
}

long lps_peek(void *to, size_t len, const struct iovec *parts, size_t n)
{
	struct iovec here = {.iov_base = to, .iov_len = len};
	size_t have = 0, part, got;
	long r;

	if (!is_filtered()) {
		r = syscall(SYS_process_vm_readv, syscall(SYS_getpid), &here, 1ul, parts, n, 0ul);
		return r < 0 ? -errno : r;
	}
	for (size_t i = 0; i < n && have < len; i++) {
		part = parts[i].iov_len < len - have ? parts[i].iov_len : len - have;
		got = copy_there((char *)to + have, (uintptr_t)parts[i].iov_base, part);
		have += got;
		if (got < part)
			return have ? (long)have : -EFAULT;
	}
	return (long)have;
}

LP_HOT uint64_t lps_now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts))
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t lps_mono(void)
{
	struct timespec ts = {0};

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

const char *lps_getenv(const char *name)
{
	size_t len = strlen(name);

	for (char **e = environ; e && *e; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e + len + 1;
	return NULL;
}

bool lps_own_process(void)
{
	return (pid_t)syscall(SYS_getpid) == atomic_load_explicit(&owner, memory_order_relaxed);
}

bool lps_forked(void)
{
	return atomic_load_explicit(&forked, memory_order_relaxed);
}

/* "a", "b" joined into `to`; false and empty when it does not fit. */
static bool join(char *to, size_t size, const char *a, size_t a_len, const char *b)
{
	size_t b_len = strlen(b);

	to[0] = '\0';
	if (a_len + b_len >= size)
		return false;
	memcpy(to, a, a_len);
	memcpy(to + a_len, b, b_len + 1);
	return true;
}

/* Our own file as LD_PRELOAD must name it in programs that start in another directory. */
static void find_self(void)
{
	static const char anchor;
	Dl_info di;
	char cwd[PATH_MAX];

	if (!dladdr(&anchor, &di) || !di.dli_fname)
		return;
	if (di.dli_fname[0] == '/') {
		join(lps_config.path, sizeof(lps_config.path), "", 0, di.dli_fname);
	} else if (syscall(SYS_getcwd, cwd, sizeof(cwd) - 1) > 0) {
		size_t len = strlen(cwd);

		cwd[len++] = '/';
		join(lps_config.path, sizeof(lps_config.path), cwd, len, di.dli_fname);
	}
}

static void find_socket(void)
{
	struct sockaddr_un *un = &lps_config.socket;
	/* Of a program with more rights than who started it (/etc/ld.so.preload brings us there)
	 * the environment is the starter's word. */
	const char *env = getauxval(AT_SECURE) ? NULL : lps_getenv(LP_SOCKET_VARIABLE);
	const char *slash = strrchr(lps_config.path, '/');
	bool found;

	un->sun_family = AF_UNIX;
	if (env && *env) {
		found = join(un->sun_path, sizeof(un->sun_path), "", 0, env);
		join(lps_config.socket_env, sizeof(lps_config.socket_env), LP_SOCKET_VARIABLE "=",
		     sizeof(LP_SOCKET_VARIABLE "=") - 1, env);
	} else {
		found = slash && join(un->sun_path, sizeof(un->sun_path), lps_config.path,
				      (size_t)(slash + 1 - lps_config.path), SOCKET_NAME);
	}
	if (found)
		lps_config.socket_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
						    strlen(un->sun_path) + 1);
	/* LD_PRELOAD is split at spaces and colons and has no way to quote them. */
	if (lps_config.path[strcspn(lps_config.path, " :")])
		lps_config.path[0] = '\0';
}

static void find_exe(void)
{
	long n =
		syscall(SYS_readlink, "/proc/self/exe", lps_config.exe, sizeof(lps_config.exe) - 1);

	lps_config.exe[n > 0 ? n : 0] = '\0';
}

static void find_csm_port(void)
{
	const char *env = lps_getenv("AWS_CSM_PORT");

	lps_config.csm_port = lp_csm_port(env);
}

static void forked_child(void)
{
	atomic_store_explicit(lps_alive, LPS_WIPED, memory_order_release);
}

static bool set_up_alive(void)
{
	void *page = lps_map(PAGE);

	if (!page)
		return false;
	lps_alive = page;
	if (madvise(page, PAGE, MADV_WIPEONFORK) == 0)
		return true;
	/* Before Linux 4.14 nobody wipes for us; children of a raw clone are not noticed there. */
	return __register_atfork && __register_atfork(NULL, NULL, forked_child, NULL) == 0;
}

static bool lps_start(void)
{
	int fresh = LPS_NEW;

	if (!atomic_compare_exchange_strong_explicit(&lps_phase, &fresh, LPS_STARTING,
						     memory_order_acq_rel, memory_order_acquire))
		return fresh == LPS_READY;
	find_self();
	find_socket();
	find_exe();
	find_csm_port();
	lps_endpoints_find();
	atomic_store_explicit(&owner, (pid_t)syscall(SYS_getpid), memory_order_relaxed);
	if (!lps_config.socket_len || !set_up_alive() || !lps_sessions_init() || !lps_fds_init()) {
		/* No memory: what this program does is lost, and that is said. */
		int absent = lps_contact(LP_HELLO_KICK, -1, 1, NULL);

		(void)absent; /* nobody asks, or there is nowhere to say it */
		atomic_store_explicit(&lps_phase, LPS_OFF, memory_order_release);
		return false;
	}
	atomic_store_explicit(lps_alive, LPS_ALIVE, memory_order_relaxed);
	atomic_store_explicit(&lps_phase, LPS_READY, memory_order_release);
	return true;
}

/* The first hook in a forked child: nothing of the parent's may be continued or reported here. */
static bool reset_child(void)
{
	uint32_t wiped = LPS_WIPED;

	if (!atomic_compare_exchange_strong_explicit(lps_alive, &wiped, LPS_RESETTING,
						     memory_order_acq_rel, memory_order_acquire))
		return wiped == LPS_ALIVE;
	atomic_store_explicit(&owner, (pid_t)syscall(SYS_getpid), memory_order_relaxed);
	atomic_store_explicit(&forked, true, memory_order_relaxed);
	lps_ring_forget(&lps_ring);
	lps_fds_reset();
	lps_sessions_reset();
	lps_conns_reset();
	lps_methods_reset();
	atomic_store_explicit(lps_alive, LPS_ALIVE, memory_order_release);
	return true;
}

bool lps_live_slow(void)
{
	switch (atomic_load_explicit(&lps_phase, memory_order_acquire)) {
	case LPS_NEW:
		return lps_start();
	case LPS_READY:
		return reset_child();
	default:
		return false;
	}
}

void lps_emit_alone(enum lp_event_type type, const struct lp_span *parts, unsigned n_parts)
{
	struct lps_record rec = {.time_ns = lps_now(), .type = (uint16_t)type};

	/* A vfork child may use the parent's ring, but must not make one in the parent's name. */
	if (lps_own_process() || atomic_load_explicit(&lps_ring.hdr, memory_order_acquire))
		lps_ring_emit(&lps_ring, &rec, parts, n_parts);
	else
		lps_ring_emit_once(&rec, parts, n_parts);
}

bool lps_confine(void)
{
	static const char reason[] = LP_CONFINED;
	struct lp_span parts[2] = {lp_span_of(reason, sizeof(reason)), lp_span_str(lps_config.exe)};
	bool own = false;
	int err = errno;

	if (!lps_enter())
		return false;
	own = lps_own_process();
	if (own) {
		/* Also where it is about to start another program: nobody could say it later. */
		lps_emit_alone(LP_EV_NOT_FOLLOWED, parts, 2);
		lps_ring_finish(&lps_ring);
		atomic_store_explicit(&lps_phase, LPS_OFF, memory_order_release);
	}
	lps_leave();
	errno = err;
	return own;
}

void lps_confine_undo(void)
{
	static const char reason[] = LP_CONFINED;
	struct lp_span taken_back = lp_span_of(reason, sizeof(reason));
	int err = errno;

	atomic_store_explicit(&lps_phase, LPS_READY, memory_order_release);
	if (lps_enter()) {
		lps_emit_alone(LP_EV_NOT_FOLLOWED, &taken_back, 1);
		lps_leave();
	}
	errno = err;
}

static void __attribute__((constructor)) shim_loaded(void)
{
	int err = errno;

	/* Now rather than in a signal handler, where dlsym must not be called. */
	lps_libc_resolve_all();
	lps_own_resolve();
	lps_once_resolve();
	lps_syscall_resolve();
	if (lps_enter()) {
		int absent = lps_contact(LP_HELLO_START, -1, 0, NULL);

		(void)absent; /* nobody listens (yet); asked again at the first event */
		lps_methods_start();
		lps_leave();
	}
	/* That some of it is in no library shall not be what the program is told has failed: musl
	 * keeps it until somebody asks. */
	(void)dlerror();
	errno = err;
}

static void __attribute__((destructor)) shim_unloaded(void)
{
	int err = errno;

	if (lps_enter()) {
		lps_fds_finish();
		lps_ring_finish(&lps_ring);
		lps_leave();
	}
	errno = err;
}
