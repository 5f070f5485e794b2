/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compat.h"
#include "elf/elf_loaded.h"
#include "methods.h"

#ifdef SYS_close_range
#define LPS_SYS_close_range SYS_close_range
#else
#define LPS_SYS_close_range (-1)
#endif
#ifdef SYS_dup2
#define LPS_SYS_dup2 SYS_dup2
#else
#define LPS_SYS_dup2 (-1)
#endif

/* musl has no dladdr1; there dladdr's file name says the same. */
#pragma weak dladdr1

/* --- libc ------------------------------------------------------------------------------------- */

_Atomic(lps_fn) lps_libc_fn[LPS_LIBC_IDS];

/* What dlsym itself may need while we are asking it: a preloaded malloc that writes, for one. */
#define LPS_RAW(name, nr)                                                                          \
	static long raw_##name(long a, long b, long c, long d, long e, long f)                     \
	{                                                                                          \
		return syscall((long)(nr), a, b, c, d, e, f);                                      \
	}
LPS_LIBC_FUNCTIONS(LPS_RAW)
#undef LPS_RAW

static const struct {
	const char *name;
	lps_fn raw;
} libc_table[LPS_LIBC_IDS] = {
#define LPS_ROW(name, nr) [LPS_LIBC_##name] = {#name, (lps_fn)raw_##name},
	LPS_LIBC_FUNCTIONS(LPS_ROW)
#undef LPS_ROW
};

static __thread bool asking __attribute__((tls_model("initial-exec")));

static lps_fn to_fn(void *sym)
{
	lps_fn fn;

	memcpy(&fn, &sym, sizeof(fn)); /* ISO C has no cast between the two kinds of pointer */
	return fn;
}

#ifdef LPS_FIRST_VERSION
#pragma weak dlvsym

/*
 * Not by dlsym, which is our hook; nor by a walk over the modules in its place: ThreadSanitizer is
 * in front of that, and asks dlsym while it starts for what it is to call there.
 */
lps_fn lps_libc_next(const char *name)
{
	void *found = dlvsym ? dlvsym(RTLD_NEXT, "dlsym", LPS_FIRST_VERSION) : NULL;
	void *(*libc_dlsym)(void *, const char *);

	if (!found)
		return NULL;
	memcpy(&libc_dlsym, &found, sizeof(libc_dlsym));
	return to_fn(libc_dlsym(RTLD_NEXT, name));
}
#else
lps_fn lps_libc_next(const char *name)
{
	(void)name;
	return NULL;
}
#endif

lps_fn lps_libc_resolve(enum lps_libc_id id)
{
	lps_fn fn;

	if (asking)
		return libc_table[id].raw;
	asking = true;
	fn = to_fn(dlsym(RTLD_NEXT, libc_table[id].name));
	asking = false;
	if (!fn)
		fn = libc_table[id].raw; /* an older libc; its programs do not call it either */
	atomic_store_explicit(&lps_libc_fn[id], fn, memory_order_relaxed);
	return fn;
}

void lps_libc_resolve_all(void)
{
	for (unsigned id = 0; id < LPS_LIBC_IDS; id++)
		if (!atomic_load_explicit(&lps_libc_fn[id], memory_order_relaxed))
			lps_libc_resolve((enum lps_libc_id)id);
}

/* --- TLS libraries ---------------------------------------------------------------------------- */

enum family {
	OPENSSL = 1,
	GNUTLS,
	S2N,
	MBEDTLS,
	WOLFSSL,
	NSS,
	NSPR,
	SECCOMP,
};

static long absent_zero(void)
{
	errno = ENOSYS;
	return 0;
}

static long absent_minus(void)
{
	errno = ENOSYS;
	return -1;
}

static const struct {
	const char *name;
	enum family family;
	lps_fn absent;
} tls_table[LPS_TLS_IDS] = {
#define LPS_ROW(name, family, fail)                                                                \
	[LPS_TLS_##name] = {#name, family, (fail) ? (lps_fn)absent_minus : (lps_fn)absent_zero},
	LPS_TLS_FUNCTIONS(LPS_ROW)
#undef LPS_ROW
};

#define LIB_MAX		16 /* copies of TLS libraries in one process */
#define SITE_BITS	11 /* pages of code that call TLS functions */
#define SITES		(1u << SITE_BITS)
#define SITE_PROBES	8
#define SITE_PAGE	((uintptr_t)4096)
#define SITE_ASK_OBJECT 0xffffu /* the caller does not decide which library is meant */
#define NAMES_MAX	16	/* loaded files looked through when nothing else helps */
#define SSL_POINTERS	4 /* words at the start of an SSL or SSL_CTX, one of them its method table */

/* A loaded TLS library. One with a handle is never unloaded again. */
struct lib {
	_Atomic uint32_t ready;
	_Atomic bool gone; /* it was unloaded: its place may be taken */
	uintptr_t lo, hi;  /* where it is mapped */
	void *handle;
	_Atomic(lps_fn) fn[LPS_TLS_IDS];
};

/* Which library the code on a page calls: index into libs + 1, or SITE_ASK_OBJECT. */
struct site {
	_Atomic uintptr_t key; /* page | family; 0 is free; never changes once taken */
	_Atomic uint32_t lib;
};

static struct lib libs[LIB_MAX];
static _Atomic uint32_t libs_used;
static struct site sites[SITES];
static uintptr_t own_lo, own_len; /* where we are mapped; written once, by the constructor */

static uintptr_t site_key(enum family family, const void *ra)
{
	return ((uintptr_t)ra & ~(SITE_PAGE - 1)) | (uintptr_t)family;
}

static uint32_t site_slot(uintptr_t key)
{
	return (uint32_t)(((uint64_t)key * 0x9e3779b97f4a7c15u) >> (64 - SITE_BITS));
}

static uint32_t site_get(uintptr_t key)
{
	uint32_t slot = site_slot(key);

	for (unsigned i = 0; i < SITE_PROBES; i++) {
		struct site *s = &sites[(slot + i) % SITES];
		uintptr_t k = atomic_load_explicit(&s->key, memory_order_acquire);

		if (k == key)
			return atomic_load_explicit(&s->lib, memory_order_acquire);
		if (!k)
			break;
	}
	return 0;
}

static void site_put(uintptr_t key, uint32_t lib)
{
	uint32_t slot = site_slot(key);

	for (unsigned i = 0; i < SITE_PROBES; i++) {
		struct site *s = &sites[(slot + i) % SITES];
		uintptr_t k = 0;

		if (atomic_compare_exchange_strong_explicit(&s->key, &k, key, memory_order_acq_rel,
							    memory_order_acquire) ||
		    k == key) {
			atomic_store_explicit(&s->lib, lib, memory_order_release);
			return;
		}
	}
}

static uintptr_t base_of(const void *addr)
{
	Dl_info di;

	return dladdr(addr, &di) ? (uintptr_t)di.dli_fbase : 0;
}

/* `sym` unless it is one of our own hooks. */
static void *not_ours(void *sym)
{
	return sym && base_of(sym) != base_of(libs) ? sym : NULL;
}

static void *symbol_in(const char *file, const char *name)
{
	void *handle, *sym;

	handle = dlopen(file, RTLD_LAZY | RTLD_NOLOAD);
	if (!handle)
		return NULL;
	sym = not_ours(dlsym(handle, name));
	dlclose(handle);
	return sym;
}

/* What the calling module's own scope gives, as if we were not there. */
static void *symbol_of_caller(const char *name, const void *ra)
{
	struct link_map *map = NULL;
	Dl_info di;

	if (dladdr1) {
		void *extra = NULL;

		if (!dladdr1(ra, &di, &extra, RTLD_DL_LINKMAP) || !extra)
			return NULL;
		map = extra;
		if (!map->l_name || !map->l_name[0])
			return NULL; /* the program itself: RTLD_NEXT is its scope */
		return symbol_in(map->l_name, name);
	}
	if (!dladdr(ra, &di) || !di.dli_fname)
		return NULL;
	return symbol_in(di.dli_fname, name);
}

/*
 * Where the module at `base` is mapped, by its own headers: dl_iterate_phdr takes a lock that in a
 * forked child may be held by a thread that is not there.
 */
static bool range_of(const void *base, uintptr_t *lo, uintptr_t *hi)
{
	const ElfW(Ehdr) *eh = base;
	const ElfW(Phdr) *ph = (const void *)((const char *)base + eh->e_phoff);
	uintptr_t first = UINTPTR_MAX, end = 0;

	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	for (unsigned i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type != PT_LOAD)
			continue;
		first = ph[i].p_vaddr < first ? ph[i].p_vaddr : first;
		end = ph[i].p_vaddr + ph[i].p_memsz > end ? ph[i].p_vaddr + ph[i].p_memsz : end;
	}
	*lo = (uintptr_t)base;
	*hi = *lo + (end - (first & ~(SITE_PAGE - 1)));
	return end > first;
}

/* Index + 1 of the entry for what stands at `at`; 0: there is none. */
static uint32_t lib_at(uintptr_t at)
{
	uint32_t used = atomic_load_explicit(&libs_used, memory_order_acquire);

	for (uint32_t i = 0; i < used && i < LIB_MAX; i++)
		if (atomic_load_explicit(&libs[i].ready, memory_order_acquire) &&
		    at >= libs[i].lo && at < libs[i].hi)
			return i + 1;
	return 0;
}

struct code {
	uintptr_t at;
	bool known; /* a module's, or nobody could be asked */
};

static int visit_code(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct code *c = ctx;

	(void)size;
	c->known = lps_module_maps(info, c->at, 0);
	return c->known;
}

/* Where the kernel has a function return that has a return probe; and code made at run time. */
static bool is_nobodys(uintptr_t at)
{
	struct code c = {at, true};

	lps_methods_visit(visit_code, &c);
	return !c.known;
}

bool lps_tls_within(const void *ra)
{
	uintptr_t at = (uintptr_t)ra;

	/* Into ourselves, or to a return probe, by a library's function that ended in a jump to
	 * another. Of more than the table holds nobody knows. */
	return at - own_lo < own_len || !own_len || lib_at(at) ||
	       atomic_load_explicit(&libs_used, memory_order_relaxed) >= LIB_MAX || is_nobodys(at);
}

void lps_own_resolve(void)
{
	uintptr_t lo, hi;
	Dl_info di;

	if (!dladdr(libs, &di) || !range_of(di.dli_fbase, &lo, &hi))
		return;
	own_lo = lo;
	own_len = hi - lo;
}

/* What the module defines: later it may not be there to be asked, lps_methods_visit. */
static void fill(struct lib *l, const struct lp_elf_loaded *m)
{
	for (unsigned id = 0; id < LPS_TLS_IDS; id++) {
		uint64_t at = m ? lp_elf_loaded_function(m, tls_table[id].name) : 0;
		lps_fn fn;

		memcpy(&fn, &at, sizeof(fn));
		atomic_store_explicit(&l->fn[id], fn, memory_order_relaxed);
	}
}

/* A new entry, with a handle or by the module itself. Index + 1; 0 when the table is full. */
static uint32_t lib_enter(uintptr_t lo, uintptr_t hi, void *handle, const struct lp_elf_loaded *m)
{
	uint32_t i = 0;

	while (i < LIB_MAX && !atomic_exchange_explicit(&libs[i].gone, false, memory_order_acquire))
		i++;
	if (i == LIB_MAX)
		i = atomic_fetch_add_explicit(&libs_used, 1, memory_order_acq_rel);
	if (i >= LIB_MAX) {
		atomic_store_explicit(&libs_used, LIB_MAX, memory_order_release);
		return 0;
	}
	libs[i].lo = lo;
	libs[i].hi = hi;
	libs[i].handle = handle;
	fill(&libs[i], m);
	atomic_store_explicit(&libs[i].ready, 1, memory_order_release);
	return i + 1;
}

/* The library that holds `sym`, entered when it is new. Index + 1; 0 when the table is full. */
static uint32_t lib_of(void *sym)
{
	uint32_t known = lib_at((uintptr_t)sym);
	uintptr_t lo, hi;
	Dl_info di;

	if (known || !dladdr(sym, &di) || !range_of(di.dli_fbase, &lo, &hi))
		return known;
	/* Kept open: cached pointers into it must stay good when the program closes it. Two threads
	 * may enter the same library twice; both entries are right. */
	return lib_enter(lo, hi, dlopen(di.dli_fname, RTLD_LAZY | RTLD_NOLOAD), NULL);
}

/* The library that made an SSL: its first words hold a pointer to a method table. */
static uint32_t lib_of_object(enum family family, const void *obj)
{
	uint32_t used = atomic_load_explicit(&libs_used, memory_order_acquire);

	if (family != OPENSSL || !obj)
		return 0;
	for (uint32_t i = 0; i < used && i < LIB_MAX; i++) {
		const uintptr_t *word = obj;

		if (!atomic_load_explicit(&libs[i].ready, memory_order_acquire))
			continue;
		for (unsigned k = 0; k < SSL_POINTERS; k++)
			if (word[k] >= libs[i].lo && word[k] < libs[i].hi)
				return i + 1;
	}
	return 0;
}

/* Which modules define a function; ourselves aside. */
struct definers {
	const char *name;
	unsigned n;
	struct lp_elf_loaded m; /* the last one */
};

static int visit_definer(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct definers *d = ctx;
	struct lp_elf_loaded m;

	(void)size;
	/* Of ourselves, a place that is in the file. */
	if (lp_elf_loaded_init(&m, info) || lp_elf_loaded_holds(&m, tls_table) ||
	    !lp_elf_loaded_function(&m, d->name))
		return 0;
	if (!d->n++)
		d->m = m;
	return 0;
}

/*
 * The library that `name` means, when there is but one that has it: found without the loader's
 * lock, as that may belong to a thread that waits for ours, in a library's constructor. For the
 * same reason it is not kept open; it is forgotten at dlclose().
 */
static uint32_t lib_alone(const char *name)
{
	struct definers d = {.name = name};
	uintptr_t at;
	uint32_t lib;

	lps_methods_visit(visit_definer, &d);
	if (d.n != 1)
		return 0;
	at = (uintptr_t)d.m.elf.image;
	lib = lib_at(at);
	return lib ? lib : lib_enter(at, at + d.m.elf.size, NULL, &d.m);
}

struct met {
	bool any;
	bool lib[LIB_MAX];
};

static int meet(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct lp_elf_loaded m;
	struct met *met = ctx;

	(void)size;
	met->any = true;
	if (!lp_elf_loaded_init(&m, info))
		for (unsigned i = 0; i < LIB_MAX; i++)
			met->lib[i] |= libs[i].lo == (uintptr_t)m.elf.image;
	return 0;
}

static void forget(uint32_t i)
{
	for (unsigned s = 0; s < SITES; s++) {
		uint32_t lib = i + 1;

		atomic_compare_exchange_strong_explicit(&sites[s].lib, &lib, 0,
							memory_order_relaxed, memory_order_relaxed);
	}
	atomic_store_explicit(&libs[i].gone, true, memory_order_release);
}

void lps_tls_unloaded(void)
{
	static _Atomic unsigned wanted; /* walks; one thread makes them */
	unsigned n = 1;

	if (!atomic_load_explicit(&libs_used, memory_order_relaxed) ||
	    atomic_fetch_add_explicit(&wanted, 1, memory_order_acq_rel))
		return;
	do {
		struct met met = {.any = false};

		n = atomic_load_explicit(&wanted, memory_order_acquire);
		lps_methods_visit(meet, &met);
		for (uint32_t i = 0; met.any && i < LIB_MAX; i++)
			if (!met.lib[i] && !libs[i].handle &&
			    atomic_exchange_explicit(&libs[i].ready, 0, memory_order_acq_rel))
				forget(i);
	} while (!atomic_compare_exchange_strong_explicit(&wanted, &n, 0, memory_order_acq_rel,
							  memory_order_relaxed));
}

struct names {
	const char *part;
	unsigned n;
	char name[NAMES_MAX][256];
};

static int collect_names(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct names *all = ctx;
	size_t len = info->dlpi_name ? strlen(info->dlpi_name) : 0;

	(void)size;
	if (len && len < sizeof(all->name[0]) && all->n < NAMES_MAX &&
	    strstr(info->dlpi_name, all->part))
		memcpy(all->name[all->n++], info->dlpi_name, len + 1);
	return 0;
}

/* Every loaded file that looks like the library is entered; the first that has `name` wins. */
static uint32_t lib_anywhere(enum family family, const char *name)
{
	static const char *const parts[] = {
		[OPENSSL] = "ssl",     [GNUTLS] = "gnutls", [S2N] = "crt",   [MBEDTLS] = "mbedtls",
		[WOLFSSL] = "wolfssl", [NSS] = "ssl3",	    [NSPR] = "nspr", [SECCOMP] = "seccomp"};
	struct names all = {.part = parts[family], .n = 0};
	uint32_t first = 0;

	/* Not from within the walk: dlopen takes its locks in another order. */
	lps_methods_visit(collect_names, &all);
	for (unsigned i = 0; i < all.n; i++) {
		void *sym = symbol_in(all.name[i], name);
		uint32_t lib = sym ? lib_of(sym) : 0;

		if (lib && !first)
			first = lib;
	}
	return first;
}

static lps_fn lib_fn(uint32_t lib, enum lps_tls_id id)
{
	struct lib *l = &libs[lib - 1];
	lps_fn fn = atomic_load_explicit(&l->fn[id], memory_order_acquire);
	void *sym;

	if (LP_LIKELY(fn != NULL))
		return fn;
	sym = not_ours(dlsym(l->handle ? l->handle : RTLD_NEXT, tls_table[id].name));
	fn = sym ? to_fn(sym) : tls_table[id].absent;
	atomic_store_explicit(&l->fn[id], fn, memory_order_release);
	return fn;
}

/* The slow way, once per calling page. */
static lps_fn tls_resolve(enum lps_tls_id id, const void *obj, const void *ra, uintptr_t key)
{
	const char *name = tls_table[id].name;
	enum family family = tls_table[id].family;
	uint32_t lib, by_obj, note = SITE_ASK_OBJECT;
	void *own, *next;

	/* A forked child shall know that it is one, lps_methods_visit. */
	if (lps_enter())
		lps_leave();
	lib = lib_alone(name);
	if (lib) {
		site_put(key, lib);
		return lib_fn(lib, id);
	}
	own = symbol_of_caller(name, ra);
	next = not_ours(dlsym(RTLD_NEXT, name));
	if (own)
		lib = lib_of(own);
	if (next && !lib)
		lib = lib_of(next);
	else if (next)
		lib_of(next);
	if (lib && (!own || !next || own == next))
		note = lib;
	if (!own && !next)
		lib = lib_anywhere(family, name);
	if (!lib) {
		/* More copies than the table holds, or none at all. */
		void *sym = own ? own : next;

		return sym ? to_fn(sym) : tls_table[id].absent;
	}
	site_put(key, note);
	by_obj = note == SITE_ASK_OBJECT ? lib_of_object(family, obj) : 0;
	return lib_fn(by_obj ? by_obj : lib, id);
}

lps_fn lps_tls(enum lps_tls_id id, const void *obj, const void *ra)
{
	uintptr_t key = site_key(tls_table[id].family, ra);
	uint32_t lib = site_get(key);

	if (lib == SITE_ASK_OBJECT)
		lib = lib_of_object(tls_table[id].family, obj);
	if (LP_LIKELY(lib != 0))
		return lib_fn(lib, id);
	return tls_resolve(id, obj, ra, key);
}
