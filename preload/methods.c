/* SPDX-License-Identifier: MIT */
#include "methods.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "elf/elf_loaded.h"
#include "elf/insn.h"
#include "elf/ossl_table.h"
#include "java.h"
#include "lp_mark.h"
#include "resolve.h"
#include "sessions.h"
#include "shim.h"
#include "state.h"

#define MODULES	    8		/* copies of OpenSSL in one process */
#define USES_MAX    64		/* method tables of one copy; OpenSSL has about 30 */
#define SEARCH_MAX  (32u << 20) /* bytes of a module searched for tables; about 1 ms each MiB */
#define START_MAX   (1u << 20)	/* the same before the program runs, and of the program only */
#define UNREADY_MAX 16		/* looks at modules that never get ready */
#define PARTS_MAX   32		/* segments of a module that nobody tells us of */
#define LOOK_MS	    50 /* between looks at connect(), which a busy client calls all the time */
#define PAGE	    ((uintptr_t)4096)

#define CTRL_SET_TLSEXT_HOSTNAME 55 /* openssl/tls1.h; part of the ABI */

typedef int read_fn(void *s, void *buf, size_t len, size_t *done);
typedef int write_fn(void *s, const void *buf, size_t len, size_t *done);
typedef void free_fn(void *s);
typedef int clear_fn(void *s);
typedef long ctrl_fn(void *s, int cmd, long larg, void *parg);

struct functions {
	read_fn *read;
	write_fn *write;
	free_fn *free;
	clear_fn *clear;
	ctrl_fn *ctrl;
};

static struct module {
	struct functions real;
	uint64_t at;	  /* lowest address of the module; 0: nobody's */
	uint64_t witness; /* where a pointer to our write stands while the module is loaded */
	bool met;	  /* by the pass under way */
} modules[MODULES];

/* --- in OpenSSL's place ----------------------------------------------------------------------- */

/* With the mark that tells the probe whose business the call is; the functions do not look at it.
 */
typedef int marked_read_fn(void *s, void *buf, size_t len, size_t *done, uint64_t none,
			   uint64_t mark);
typedef int marked_write_fn(void *s, const void *buf, size_t len, size_t *done, uint64_t none,
			    uint64_t mark);

static int real_read(const struct functions *f, void *s, void *buf, size_t len, size_t *done)
{
	marked_read_fn *fn;

	memcpy(&fn, &f->read, sizeof(fn));
	return fn(s, buf, len, done, 0, LP_SHIM_MARK);
}

static int real_write(const struct functions *f, void *s, const void *buf, size_t len, size_t *done)
{
	marked_write_fn *fn;

	memcpy(&fn, &f->write, sizeof(fn));
	return fn(s, buf, len, done, 0, LP_SHIM_MARK);
}

/* The pointer that led here was stored after what it leads to. */
static const struct functions *real_of(unsigned i)
{
	atomic_thread_fence(memory_order_acquire);
	return &modules[i].real;
}

static inline __attribute__((always_inline)) int hook_read(unsigned i, void *s, void *buf,
							   size_t len, size_t *done)
{
	struct lps_io_mark m = lps_io_begin(s, false);
	int r = real_read(real_of(i), s, buf, len, done);

	if (lps_io_end(m) && r > 0)
		lps_session_in(s, buf, *done);
	return r;
}

static inline __attribute__((always_inline)) int hook_write(unsigned i, void *s, const void *buf,
							    size_t len, size_t *done)
{
	struct lps_io_mark m = lps_io_begin(s, true);
	int r = real_write(real_of(i), s, buf, len, done);

	if (lps_io_end(m) && r > 0)
		lps_session_out(s, buf, *done);
	return r;
}

static long hook_ctrl(unsigned i, void *s, int cmd, long larg, void *parg)
{
	long r = real_of(i)->ctrl(s, cmd, larg, parg);

	if (cmd == CTRL_SET_TLSEXT_HOSTNAME && r == 1 && parg)
		lps_session_server(s, parg, strlen(parg));
	return r;
}

/* Before: afterwards another thread may get the same address for a session of its own. */
static void hook_free(unsigned i, void *s)
{
	lps_session_end(s);
	real_of(i)->free(s);
}

/* Every session is cleared when it is made, too. */
static int hook_clear(unsigned i, void *s)
{
	int r = real_of(i)->clear(s);

	lps_session_clear(s);
	return r;
}

/* A table's functions are not told which table they were called from, so each copy has its own. */
#define LPS_COPIES(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)

#define LPS_COPY(i)                                                                                \
	static int read_##i(void *s, void *buf, size_t len, size_t *done)                          \
	{                                                                                          \
		return hook_read(i, s, buf, len, done);                                            \
	}                                                                                          \
	static int write_##i(void *s, const void *buf, size_t len, size_t *done)                   \
	{                                                                                          \
		return hook_write(i, s, buf, len, done);                                           \
	}                                                                                          \
	static void free_##i(void *s)                                                              \
	{                                                                                          \
		hook_free(i, s);                                                                   \
	}                                                                                          \
	static int clear_##i(void *s)                                                              \
	{                                                                                          \
		return hook_clear(i, s);                                                           \
	}                                                                                          \
	static long ctrl_##i(void *s, int cmd, long larg, void *parg)                              \
	{                                                                                          \
		return hook_ctrl(i, s, cmd, larg, parg);                                           \
	}
LPS_COPIES(LPS_COPY)
#undef LPS_COPY

#define LPS_COPY(i) {read_##i, write_##i, free_##i, clear_##i, ctrl_##i},
static const struct functions ours[MODULES] = {LPS_COPIES(LPS_COPY)};
#undef LPS_COPY

/* --- protection ------------------------------------------------------------------------------- */

/* A line of /proc/self/maps, read a character at a time: "lo-hi rwxp ..." */
struct maps_line {
	uintptr_t lo, hi;
	int prot;
	unsigned column; /* 0: lo, 1: hi, 2 to 4: r w x, 5: the rest */
};

/* True when the three columns that count are complete. */
static bool maps_feed(struct maps_line *l, char c)
{
	static const int bits[] = {PROT_READ, PROT_WRITE, PROT_EXEC};
	uintptr_t *number = l->column ? &l->hi : &l->lo;

	if (c == '\n') {
		*l = (struct maps_line){0};
	} else if (l->column < 2) {
		if (c == '-' || c == ' ')
			l->column++;
		else
			*number = *number << 4 | (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	} else if (l->column < 5) {
		l->prot |= c == '-' ? 0 : bits[l->column - 2];
		return ++l->column == 5;
	}
	return false;
}

/* How [lo, hi) is mapped, if all of it is mapped alike; else negative. */
static int protection(uintptr_t lo, uintptr_t hi)
{
	struct maps_line l = {0};
	char buf[1024];
	int fd, prot = -1;
	long n;

	fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (lo < hi && (n = syscall(SYS_read, fd, buf, sizeof(buf))) > 0) {
		for (long i = 0; i < n && lo < hi; i++) {
			if (!maps_feed(&l, buf[i]) || l.hi <= lo)
				continue;
			if (l.lo > lo || (prot >= 0 && prot != l.prot))
				goto out;
			prot = l.prot;
			lo = l.hi;
		}
	}
out:
	syscall(SYS_close, fd);
	return lo < hi ? -ENOENT : prot;
}

int lps_pages_open(uintptr_t *lo, uintptr_t *hi, int *prot)
{
	*lo &= ~(PAGE - 1);
	*hi = (*hi + PAGE - 1) & ~(PAGE - 1);
	*prot = protection(*lo, *hi);
	if (*prot < 0 || !(*prot & PROT_READ) || (*prot & PROT_EXEC))
		return -EPERM;
	if (!(*prot & PROT_WRITE) &&
	    syscall(SYS_mprotect, *lo, *hi - *lo, (long)(*prot | PROT_WRITE)) != 0)
		return -errno;
	return 0;
}

void lps_pages_close(uintptr_t lo, uintptr_t hi, int prot)
{
	if (!(prot & PROT_WRITE))
		syscall(SYS_mprotect, lo, hi - lo, (long)prot);
}

/* --- swapping --------------------------------------------------------------------------------- */

/* ISO C has no cast between pointers to functions and to data. */
#define SWAP(at, fn)                                                                               \
	do {                                                                                       \
		uintptr_t swap_value;                                                              \
		memcpy(&swap_value, &(fn), sizeof(swap_value));                                    \
		atomic_store_explicit((_Atomic uintptr_t *)(uintptr_t)(at), swap_value,            \
				      memory_order_release);                                       \
	} while (0)

static void set_real(struct functions *f, const struct lp_ossl_table *t)
{
	memcpy(&f->read, &t->read_va, sizeof(f->read));
	memcpy(&f->write, &t->write_va, sizeof(f->write));
	memcpy(&f->free, &t->free_va, sizeof(f->free));
	memcpy(&f->clear, &t->clear_va, sizeof(f->clear));
	memcpy(&f->ctrl, &t->ctrl_va, sizeof(f->ctrl));
}

static int swap_all(const struct lp_elf *e, const struct lp_ossl_table *t, unsigned me)
{
	static struct lp_ossl_use uses[USES_MAX]; /* of the thread that is `looking` */
	unsigned n = lp_ossl_table_uses(t, e, uses, USES_MAX);
	uintptr_t lo = UINTPTR_MAX, hi = 0;
	int prot, err;

	if (!n)
		return -ENOENT;
	for (unsigned i = 0; i < n; i++) {
		const uint64_t at[] = {uses[i].read, uses[i].write, uses[i].free, uses[i].clear,
				       uses[i].ctrl};

		for (unsigned k = 0; k < LP_ARRAY_LEN(at); k++) {
			lo = at[k] < lo ? at[k] : lo;
			hi = at[k] + sizeof(uintptr_t) > hi ? at[k] + sizeof(uintptr_t) : hi;
		}
	}
	err = lps_pages_open(&lo, &hi, &prot);
	if (err)
		return err;
	/* Another thread may be loading this module: it still has to write there, and to protect.
	 */
	if (e->type == ET_DYN && e->relro_size && (prot & PROT_WRITE))
		return -EAGAIN;
	set_real(&modules[me].real, t);
	modules[me].witness = uses[0].write;
	for (unsigned i = 0; i < n; i++) {
		SWAP(uses[i].free, ours[me].free);
		SWAP(uses[i].clear, ours[me].clear);
		SWAP(uses[i].ctrl, ours[me].ctrl);
		SWAP(uses[i].read, ours[me].read);
		SWAP(uses[i].write, ours[me].write);
	}
	lps_pages_close(lo, hi, prot);
	return 0;
}

/* --- finding ---------------------------------------------------------------------------------- */

/* A pass over all modules, from dl_iterate_phdr. */
struct pass {
	bool start;
	bool unready; /* one of them was being loaded */
	unsigned n;   /* modules so far */
	unsigned long long adds, subs;
};

/* What the last complete pass saw; the loader appends, so what is new comes behind `n`. */
static struct {
	unsigned n;
	unsigned long long adds, subs;
	unsigned unready; /* passes in a row that met one being loaded */
} seen;

/* glibc's struct r_debug_extended, which older headers do not have. */
struct space {
	struct r_debug own;
	const struct space *next; /* from version 2 on */
};

/* By one thread at a time, nobody waits; what takes more than little of a stack is static. */
static _Atomic bool looking;
static _Atomic bool broken;		  /* the loader's lock may not be free here, ever */
static const char *single;		  /* glibc: not 0 while there is one thread */
static const struct space *spaces;	  /* the program's; dlmopen's follow it */
static _Atomic int64_t connected, opened; /* when connect() and socket() looked last */

/* The tables' place as an exported function tells it; nobody calls it for that. */
static int find_by_name(struct lp_ossl_table *t, const struct lp_elf_loaded *m)
{
	static const char *const names[] = {"TLS_client_method", "TLS_method"};

	for (unsigned i = 0; i < LP_ARRAY_LEN(names); i++) {
		uint64_t fn = lp_elf_loaded_function(m, names[i]), table;
		struct lp_span code = lp_elf_from(&m->elf, fn);

		if (fn && lp_insn_returns((const unsigned char *)code.ptr, code.len, fn, &table))
			return lp_ossl_table_init_near(t, &m->elf, table);
	}
	return -ENOENT;
}

static int find_by_signature(struct lp_ossl_table *t, const struct lp_elf *e, uint64_t max)
{
	uint64_t size = 0;

	if (e->type == ET_DYN && e->relro_size)
		size = e->relro_size;
	else
		for (unsigned i = 0; i < e->n_loads; i++)
			size += e->loads[i].search;
	return size <= max ? lp_ossl_table_init(t, e) : -ENOENT;
}

/* The entry of a module that was changed before and still is, or a free one, or MODULES. */
static unsigned entry_of(const struct lp_elf *e, uint64_t at, bool *known)
{
	unsigned empty = MODULES;

	*known = false;
	for (unsigned i = 0; i < MODULES; i++) {
		const unsigned char *p;
		uintptr_t write;

		if (!modules[i].at)
			empty = empty < MODULES ? empty : i;
		if (!modules[i].at || modules[i].at != at)
			continue;
		memcpy(&write, &ours[i].write, sizeof(write));
		p = lp_elf_at(e, modules[i].witness, sizeof(write));
		*known = p && memcmp(p, &write, sizeof(write)) == 0;
		return i; /* not known: another module in the place of one that is gone */
	}
	return empty;
}

/* `other`: it is in a namespace of dlmopen's. */
static void look_at(struct pass *p, const struct dl_phdr_info *info, bool other)
{
	static struct lp_elf_loaded m; /* of the thread that is `looking` */
	struct lp_ossl_table t;
	uint64_t at;
	unsigned me;
	bool known;
	int err;

	if (lp_elf_loaded_init(&m, info) || lp_elf_loaded_holds(&m, ours)) /* ourselves */
		return;
	if (!other)
		lps_java_meet(&m);
	at = (uint64_t)(uintptr_t)m.elf.image;
	me = entry_of(&m.elf, at, &known);
	if (me == MODULES)
		return;
	if (known) {
		modules[me].met = true;
		return;
	}
	err = find_by_name(&t, &m);
	if (err == -ENOENT && (!p->start || p->n == 1))
		err = find_by_signature(&t, &m.elf, p->start ? START_MAX : SEARCH_MAX);
	if (err == 0)
		err = swap_all(&m.elf, &t, me);
	if (err == 0) {
		modules[me].at = at;
		modules[me].met = true;
	}
	p->unready |= err == -EAGAIN;
}

static bool copied(void *to, size_t len, uintptr_t at)
{
	struct iovec iov = {.iov_len = len};

	memcpy(&iov.iov_base, &at, sizeof(at));
	return lps_peek(to, len, &iov, 1) == (long)len;
}

/*
 * What dlmopen loaded, with a libc of its own that no hook is in front of. dl_iterate_phdr passes
 * it over, but holds the lock of those lists as well, and counts in `adds` what comes to them.
 */
static void look_at_others(struct pass *p)
{
	static ElfW(Phdr) parts[PARTS_MAX]; /* of the thread that is `looking` */
	const struct space *s = spaces;

	if (p->start || !s || s->own.r_version < 2)
		return;
	while ((s = s->next)) {
		for (const struct link_map *m = s->own.r_map; m; m = m->l_next) {
			struct dl_phdr_info info = {.dlpi_addr = m->l_addr, .dlpi_phdr = parts};
			ElfW(Ehdr) eh;

			if (!copied(&eh, sizeof(eh), m->l_addr) ||
			    memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 || eh.e_phnum > PARTS_MAX ||
			    !copied(parts, eh.e_phnum * sizeof(*parts), m->l_addr + eh.e_phoff))
				continue;
			info.dlpi_phnum = eh.e_phnum;
			look_at(p, &info, true);
		}
	}
}

static int visit(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct pass *p = ctx;

	if (size < offsetof(struct dl_phdr_info, dlpi_subs) + sizeof(info->dlpi_subs))
		return 1; /* a libc that cannot say what is new */
	if (!p->n++) {
		p->adds = info->dlpi_adds;
		p->subs = info->dlpi_subs;
		if (seen.n && p->adds == seen.adds && p->subs == seen.subs)
			return 1;
		look_at_others(p);
	}
	if (p->n <= seen.n && p->subs == seen.subs)
		return 0;
	look_at(p, info, false);
	return 0;
}

/* Entries of modules that were unloaded are free again; only a pass over all of them can tell. */
static void forget_gone(void)
{
	for (unsigned i = 0; i < MODULES; i++)
		if (!modules[i].met)
			modules[i].at = 0;
}

static void look(bool start)
{
	struct pass p = {.start = start};

	if (atomic_load_explicit(&broken, memory_order_relaxed) ||
	    atomic_exchange_explicit(&looking, true, memory_order_acquire))
		return;
	for (unsigned i = 0; i < MODULES; i++)
		modules[i].met = false;
	/* The loader's lock keeps modules from being unmapped while we read them. */
	if (!dl_iterate_phdr(visit, &p) && !start) {
		if (!seen.n || p.subs != seen.subs) {
			forget_gone();
			lps_tls_unloaded(); /* by a dlclose that we did not see */
		}
		seen.unready = p.unready ? seen.unready + 1 : 0;
		if (!p.unready || seen.unready > UNREADY_MAX) {
			seen.n = p.n;
			seen.adds = p.adds;
			seen.subs = p.subs;
		}
	}
	atomic_store_explicit(&looking, false, memory_order_release);
}

void lps_methods_start(void)
{
	spaces = dlsym(RTLD_DEFAULT, "_r_debug");
	single = dlsym(RTLD_DEFAULT, "__libc_single_threaded");
	look(true);
}

void lps_methods_look(void)
{
	look(false);
}

static void look_sometimes(_Atomic int64_t *last)
{
	struct timespec ts;
	int64_t now;

	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &ts))
		return;
	now = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	if (atomic_load_explicit(last, memory_order_relaxed) > now - LOOK_MS)
		return;
	atomic_store_explicit(last, now, memory_order_relaxed);
	look(false);
}

void lps_methods_connect(void)
{
	look_sometimes(&connected);
}

/* Of its own, as a library may be loaded between a socket and its connection. */
void lps_methods_socket(void)
{
	look_sometimes(&opened);
}

int lps_methods_visit(int (*fn)(struct dl_phdr_info *info, size_t size, void *ctx), void *ctx)
{
	return atomic_load_explicit(&broken, memory_order_relaxed) ? 0 : dl_iterate_phdr(fn, ctx);
}

void lps_methods_reset(void)
{
	/*
	 * A thread that is not here any more may have held the loader's lock: in dlopen, in a walk
	 * over the modules, in a pass of ours. What the parent had swapped stays swapped.
	 */
	if (!single || !*single || atomic_load_explicit(&looking, memory_order_relaxed))
		atomic_store_explicit(&broken, true, memory_order_relaxed);
}
