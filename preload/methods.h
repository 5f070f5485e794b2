/* SPDX-License-Identifier: MIT */
#ifndef LPS_METHODS_H
#define LPS_METHODS_H

/*
 * OpenSSL where no call goes through a symbol that we could stand in front of: linked into the
 * program (Node), reached by dlopen and dlsym (.NET), under RTLD_DEEPBIND (PHP's curl) or dlmopen,
 * bundled without exported symbols. All of OpenSSL's ways to write and read end in two functions
 * that each SSL_METHOD table points to; we put ours there. Pointers are swapped, no code is.
 *
 * Every copy of OpenSSL is treated so, also one whose callers hook_openssl.c sees: there the inner
 * call is nested in the outer one, which alone reports (lps_io_begin).
 *
 * A table is believed when at least two of them agree (ossl_table.h) and its pointers are code of
 * the same module; it is changed only where the kernel says that its pages are what relocation
 * leaves behind. Anything else is left alone.
 */

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

#include "lp_compiler.h"

/*
 * When we are loaded: modules that export OpenSSL's names, and the program itself when it is small.
 * Costs microseconds where there is no OpenSSL.
 */
void lps_methods_start(void);

/*
 * When a TLS handshake passes on a socket: looks at modules that were loaded since the last time,
 * also for OpenSSL without names. One look at the loader's counters when there are none.
 * Within lps_enter.
 */
void lps_methods_look(void);
/* The same at connect(), now and then: early enough to learn the server's name. */
void lps_methods_connect(void);
/* And when a socket is made, for what wants to know before it is connected. */
void lps_methods_socket(void);

/* Whether a part of the module that is mapped with these flags (PF_W ...; 0: any) has the address.
 */
static inline bool lps_module_maps(const struct dl_phdr_info *info, uintptr_t at, uint32_t flags)
{
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_LOAD && (ph->p_flags & flags) == flags &&
		    at - info->dlpi_addr - ph->p_vaddr < ph->p_memsz)
			return true;
	}
	return false;
}

/* dl_iterate_phdr, where it may be called: not in every forked child. */
int lps_methods_visit(int (*fn)(struct dl_phdr_info *info, size_t size, void *ctx), void *ctx);

/*
 * Makes the pages of [*lo, *hi), which grows to whole ones, writable when they are data of one
 * kind; `prot` is how they were, for lps_pages_close. -EPERM: they are something else.
 */
LP_MUST_USE int lps_pages_open(uintptr_t *lo, uintptr_t *hi, int *prot);
void lps_pages_close(uintptr_t lo, uintptr_t hi, int prot);

/*
 * In a forked child. When its parent had threads nothing is looked for any more: the loader's lock
 * may be held by one of them, for ever.
 */
void lps_methods_reset(void);

#endif
