/* SPDX-License-Identifier: MIT */

/*
 * What is unloaded is not to be called any more. And what is loaded under RTLD_DEEPBIND, or into a
 * namespace of its own, may call libc past all our hooks, connect() too: its method tables are
 * looked for here.
 */

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>

#include "elf/elf_loaded.h"
#include "go.h"
#include "methods.h"
#include "resolve.h"
#include "shim.h"

LPS_HOOK(int, dlclose, (void *handle))
{
	int r = LPS_LIBC(dlclose)(handle), err = errno;

	if (r == 0) {
		/* So that a forked child knows that it is one. */
		bool inside = lps_enter();

		lps_tls_unloaded();
		if (inside)
			lps_leave();
	}
	errno = err;
	return r;
}

#if defined(__x86_64__) && defined(RTLD_DEEPBIND)

enum name { DLMOPEN, DLOPEN, DLSYM, NAMES };

static const char *const names[NAMES] = {"dlmopen", "dlopen", "dlsym"};
static _Atomic(lps_fn) real[NAMES];
static _Atomic bool deep; /* for good: when a load is done is not seen */

static void *absent(void)
{
	return NULL;
}

/* In the first module behind us that has it, as RTLD_NEXT would say: where libc cannot be asked. */
static int visit(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct lp_elf_loaded m;
	bool *behind = ctx, all = true;

	(void)size;
	if (lp_elf_loaded_init(&m, info))
		return 0;
	if (lp_elf_loaded_holds(&m, names)) { /* ourselves */
		*behind = true;
		return 0;
	}
	for (unsigned i = 0; *behind && i < NAMES; i++) {
		uint64_t at = lp_elf_loaded_function(&m, names[i]);
		lps_fn fn;

		if (at && !atomic_load_explicit(&real[i], memory_order_relaxed)) {
			memcpy(&fn, &at, sizeof(fn));
			atomic_store_explicit(&real[i], fn, memory_order_relaxed);
		}
		all &= atomic_load_explicit(&real[i], memory_order_relaxed) != NULL;
	}
	return *behind && all;
}

static lps_fn real_of(enum name name)
{
	lps_fn fn = atomic_load_explicit(&real[name], memory_order_relaxed);
	bool behind = false;

	if (LP_LIKELY(fn != NULL))
		return fn;
	fn = lps_libc_next(names[name]);
	if (fn) {
		atomic_store_explicit(&real[name], fn, memory_order_relaxed);
		return fn;
	}
	(void)dl_iterate_phdr(visit, &behind);
	fn = atomic_load_explicit(&real[name], memory_order_relaxed);
	return fn ? fn : (lps_fn)absent;
}

static void look(void)
{
	int err = errno;

	if (LP_UNLIKELY(atomic_load_explicit(&deep, memory_order_relaxed)) && lps_enter()) {
		if (lps_own_process())
			lps_methods_look();
		lps_leave();
	}
	errno = err;
}

lps_fn lps_dlmopen_next(Lmid_t space);
lps_fn lps_dlopen_next(const char *file, int mode);
lps_fn lps_dlsym_next(void);

__attribute__((used)) lps_fn lps_dlmopen_next(Lmid_t space)
{
	look();
	if (space != LM_ID_BASE)
		atomic_store_explicit(&deep, true, memory_order_relaxed);
	return real_of(DLMOPEN);
}

__attribute__((used)) lps_fn lps_dlopen_next(const char *file, int mode)
{
	(void)file;
	look();
	if (mode & RTLD_DEEPBIND)
		atomic_store_explicit(&deep, true, memory_order_relaxed);
	return real_of(DLOPEN);
}

/* What was loaded is asked for something before it is called. */
__attribute__((used)) lps_fn lps_dlsym_next(void)
{
	int err;

	look();
	err = errno;
	lps_go_asked_for();
	errno = err;
	return real_of(DLSYM);
}

/*
 * All tell by the address that they return to whose search path, or whose place among the others,
 * is meant: so they are jumped to.
 */
#define JUMP(name)                                                                                 \
	__asm__(".pushsection .text\n"                                                             \
		".globl " #name "\n"                                                               \
		".type " #name ", @function\n" #name ":\n"                                         \
		"	.cfi_startproc\n"                                                                \
		"	endbr64\n"                                                                       \
		"	push %rdi\n"                                                                     \
		"	.cfi_adjust_cfa_offset 8\n"                                                      \
		"	push %rsi\n"                                                                     \
		"	.cfi_adjust_cfa_offset 8\n"                                                      \
		"	push %rdx\n"                                                                     \
		"	.cfi_adjust_cfa_offset 8\n"                                                      \
		"	call lps_" #name "_next\n"                                                 \
		"	pop %rdx\n"                                                                      \
		"	.cfi_adjust_cfa_offset -8\n"                                                     \
		"	pop %rsi\n"                                                                      \
		"	.cfi_adjust_cfa_offset -8\n"                                                     \
		"	pop %rdi\n"                                                                      \
		"	.cfi_adjust_cfa_offset -8\n"                                                     \
		"	jmp *%rax\n"                                                                     \
		"	.cfi_endproc\n"                                                                  \
		".size " #name ", . - " #name "\n"                                                 \
		".popsection\n")

JUMP(dlmopen);
JUMP(dlopen);
JUMP(dlsym);

#endif
