/* SPDX-License-Identifier: MIT */
#ifndef LP_ELF_LOADED_H
#define LP_ELF_LOADED_H

/*
 * A module as it stands in this process's own memory, seen through the readers of elf_file.h. Here
 * every `va` is an address of this process and offsets count from the module's lowest one, so
 * pointers found in it need no relocation. Sections and relocations are empty. Same rules: no
 * malloc, no locks, no system call, all bounds checked against the program headers.
 *
 * The module must stay loaded meanwhile: use it from dl_iterate_phdr's callback.
 */

#include <link.h>

#include "elf_file.h"

struct lp_elf_loaded {
	struct lp_elf elf;
	uint64_t bias; /* what the loader added to every address */
	const ElfW(Phdr) * parts;
	ElfW(Half) n_parts;
};

/* -ENOENT: nothing that could be read, or more segments than LP_ELF_LOADS_MAX. */
LP_MUST_USE int lp_elf_loaded_init(struct lp_elf_loaded *m, const struct dl_phdr_info *info);

/* Whether what stands at `p` is in the module's file: zeroed variables behind it are not. */
static inline bool lp_elf_loaded_holds(const struct lp_elf_loaded *m, const void *p)
{
	return (uintptr_t)p - (uintptr_t)m->elf.image < m->elf.size;
}

/*
 * The address of the function `name` that the module exports, 0 when there is none; by its hash
 * table, so that a program with 100,000 symbols costs no more than a small one.
 */
uint64_t lp_elf_loaded_function(const struct lp_elf_loaded *m, const char *name);

/* The same without the rest, which takes more of a stack than there may be. */
uint64_t lp_elf_loaded_export(const struct dl_phdr_info *info, const char *name);

#endif
