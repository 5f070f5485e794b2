/* SPDX-License-Identifier: MIT */
#ifndef LP_ELF_FILE_H
#define LP_ELF_FILE_H

/*
 * What this project needs to know of an ELF file, read from an image of the whole file in memory.
 * The image is somebody else's file and may hold anything: every offset is checked against its
 * size, every loop is bounded by it. No malloc, no locks, no libc state, no system call; a struct
 * lp_elf borrows the image and is read-only after lp_elf_init, so threads may share it.
 *
 * Addresses (`va`) are as linked, before a PIE or library is moved to its load address; offsets
 * (`off`) count from the start of the file. Uprobes want offsets.
 *
 * Facts: System V ABI (gABI) chapters 4 and 5, AMD64 psABI section 4.4, elf(5). Only 64-bit
 * little-endian files are looked into; of any other ELF file the header is all there is.
 */

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

#define LP_ELF_LOADS_MAX 32 /* PT_LOAD segments; linkers make 2 to 6 */

/*
 * A file may claim any size and need no disk for it: as much of one is searched, and so many
 * entries of one table are looked at.
 */
#define LP_ELF_SEARCH_MAX  (256u * 1024 * 1024)
#define LP_ELF_ENTRIES_MAX (8u * 1024 * 1024)

struct lp_elf_load {
	uint64_t va;
	uint64_t off;
	uint64_t filesz; /* cut to what the file really has */
	uint64_t search; /* bytes from its start to search for data; 0: it is code */
	uint32_t flags;	 /* PF_R | PF_W | PF_X */
};

/* One table of the file, as entries of a fixed size. */
struct lp_elf_table {
	const unsigned char *at;
	size_t n;
};

struct lp_elf {
	const unsigned char *image;
	size_t size;
	uint8_t class;	  /* ELFCLASS32 or ELFCLASS64 */
	bool readable;	  /* 64-bit little-endian: the rest is filled in */
	uint16_t type;	  /* ET_EXEC, ET_DYN, … */
	uint16_t machine; /* EM_X86_64, … */
	unsigned n_loads;
	struct lp_elf_load loads[LP_ELF_LOADS_MAX];
	uint64_t relro_va, relro_size; /* PT_GNU_RELRO; size 0 when there is none */
	struct lp_span interp;	       /* PT_INTERP without its NUL; empty: static or a library */
	struct lp_elf_table dynsym;    /* Elf64_Sym, with names in dynstr */
	struct lp_span dynstr;
	struct lp_elf_table symtab; /* Elf64_Sym of .symtab, empty when stripped */
	struct lp_span strtab;
	struct lp_elf_table rela; /* Elf64_Rela of DT_RELA */
};

/* One symbol somebody looks for. */
struct lp_elf_want {
	const char *name; /* NUL-terminated */
	uint64_t va;	  /* out: its address; 0 when the file does not define it */
	uint64_t size;	  /* out: bytes, 0 when the file does not say */
};

/* Where relocation leaves a pointer: *va will hold `value` (both as linked). */
typedef void (*lp_elf_reloc_fn)(void *ctx, uint64_t va, uint64_t value);

/* Unaligned little-endian loads. */
static inline uint16_t lp_get16(const void *p)
{
	const unsigned char *b = p;

	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t lp_get32(const void *p)
{
	const unsigned char *b = p;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t lp_get64(const void *p)
{
	const unsigned char *b = p;

	return (uint64_t)lp_get32(b) | (uint64_t)lp_get32(b + 4) << 32;
}

/*
 * Looks at the header and the program headers. 0: `e` is filled in. -ENOEXEC: not an ELF file, or
 * cut short in its header. -EBADMSG: program headers outside the file or more segments than
 * LP_ELF_LOADS_MAX. Damage further in shows as tables that are empty.
 */
LP_MUST_USE int lp_elf_init(struct lp_elf *e, const void *image, size_t size);

/* Where address `va` stands in the file; false when it is in no segment's file part. */
LP_MUST_USE bool lp_elf_off_of(const struct lp_elf *e, uint64_t va, uint64_t *off);

/* `len` bytes at address `va`, or NULL when they are not all in one segment's file part. */
const unsigned char *lp_elf_at(const struct lp_elf *e, uint64_t va, uint64_t len);

/* All bytes from address `va` to the end of its segment's file part; empty when there are none. */
struct lp_span lp_elf_from(const struct lp_elf *e, uint64_t va);

/* True when `va` is in an executable segment. */
LP_MUST_USE bool lp_elf_is_code(const struct lp_elf *e, uint64_t va);

/*
 * Finds functions and objects by name, in .dynsym and then in .symtab, all `n` in one pass; the
 * first definition counts. Returns how many were found.
 */
unsigned lp_elf_symbols(const struct lp_elf *e, struct lp_elf_want *want, unsigned n);

/* Contents of the section `name`, with its address in *va; empty when there is no such section. */
struct lp_span lp_elf_section(const struct lp_elf *e, const char *name, uint64_t *va);

/*
 * Calls `fn` for every pointer in [lo, hi) that the dynamic loader will set to an address inside
 * this file, in file order. (DT_RELR needs no call: there the value stands in place already.)
 */
void lp_elf_relocs(const struct lp_elf *e, uint64_t lo, uint64_t hi, lp_elf_reloc_fn fn, void *ctx);

#endif
