/* SPDX-License-Identifier: MIT */
#include "elf_loaded.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#define DYNAMIC_MAX 256 /* entries looked at; linkers make about 30 */

int lp_elf_loaded_init(struct lp_elf_loaded *m, const struct dl_phdr_info *info)
{
	struct lp_elf *e = &m->elf;
	uint64_t lo = UINT64_MAX, hi = 0;

	memset(m, 0, sizeof(*m));
	m->bias = info->dlpi_addr;
	m->parts = info->dlpi_phdr;
	m->n_parts = info->dlpi_phnum;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uint64_t va = m->bias + ph->p_vaddr;

		if (ph->p_type == PT_GNU_RELRO) {
			e->relro_va = va;
			e->relro_size = ph->p_memsz;
		} else if (ph->p_type == PT_LOAD && ph->p_filesz) {
			/* Code that may be run but not read; reading is all we do. */
			if (e->n_loads == LP_ELF_LOADS_MAX || !(ph->p_flags & PF_R) ||
			    va + ph->p_filesz < va)
				return -ENOENT;
			e->loads[e->n_loads++] = (struct lp_elf_load){
				.va = va,
				.filesz = ph->p_filesz,
				.search = ph->p_flags & PF_X ? 0 : ph->p_filesz,
				.flags = ph->p_flags,
			};
			lo = va < lo ? va : lo;
			hi = va + ph->p_filesz > hi ? va + ph->p_filesz : hi;
		}
	}
	if (!e->n_loads || sizeof(void *) != 8)
		return -ENOENT;
	for (unsigned i = 0; i < e->n_loads; i++)
		e->loads[i].off = e->loads[i].va - lo;
	e->image = (const unsigned char *)(uintptr_t)lo;
	e->size = hi - lo;
	e->class = ELFCLASS64;
	e->readable = true;
	/* A program linked for one address has its constants in read-only data, not in RELRO. */
	e->type = m->bias ? ET_DYN : ET_EXEC;
	return 0;
}

/* What the loader mapped of the module from `va` on, as far as it can be read. */
static struct lp_span from(const struct dl_phdr_info *info, uint64_t va)
{
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uint64_t at = va - (info->dlpi_addr + ph->p_vaddr);

		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_R) && at < ph->p_filesz)
			return lp_span_of((const char *)(uintptr_t)va, ph->p_filesz - at);
	}
	return lp_span_of(NULL, 0);
}

static const unsigned char *bytes(const struct dl_phdr_info *info, uint64_t va, uint64_t len)
{
	struct lp_span s = from(info, va);

	return s.len && len <= s.len ? (const unsigned char *)s.ptr : NULL;
}

/* glibc relocates the dynamic section's addresses in place, musl does not. */
static uint64_t address(const struct dl_phdr_info *info, uint64_t value)
{
	return value >= info->dlpi_addr ? value : value + info->dlpi_addr;
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t h = 5381;

	while (*name)
		h = h * 33 + (unsigned char)*name++;
	return h;
}

struct dynamic {
	uint64_t symtab, strtab, gnu, sysv;
};

/* The function that entry `i` of the symbol table is, if it is called `name`. */
static uint64_t function_at(const struct dl_phdr_info *info, const struct dynamic *d, uint32_t i,
			    const char *name)
{
	const unsigned char *raw =
		bytes(info, d->symtab + (uint64_t)i * sizeof(Elf64_Sym), sizeof(Elf64_Sym));
	size_t len = strlen(name) + 1;
	const unsigned char *text;
	Elf64_Sym sym;

	if (!raw)
		return 0;
	memcpy(&sym, raw, sizeof(sym));
	text = bytes(info, d->strtab + sym.st_name, len);
	if (!text || memcmp(text, name, len) != 0 || sym.st_shndx == SHN_UNDEF ||
	    ELF64_ST_TYPE(sym.st_info) != STT_FUNC)
		return 0;
	return info->dlpi_addr + sym.st_value;
}

static uint64_t by_gnu_hash(const struct dl_phdr_info *info, const struct dynamic *d,
			    const char *name)
{
	struct lp_span h = from(info, d->gnu);
	uint32_t want = gnu_hash(name), n_buckets, first, bucket;
	uint64_t chains;

	if (h.len < 16)
		return 0;
	n_buckets = lp_get32(h.ptr);
	first = lp_get32(h.ptr + 4);
	chains = 16 + (uint64_t)lp_get32(h.ptr + 8) * 8;
	if (!n_buckets || chains + (uint64_t)n_buckets * 4 > h.len)
		return 0;
	bucket = lp_get32(h.ptr + chains + want % n_buckets * 4u);
	chains += (uint64_t)n_buckets * 4;
	if (bucket < first)
		return 0;
	for (uint64_t i = bucket; chains + (i - first + 1) * 4 <= h.len; i++) {
		uint32_t c = lp_get32(h.ptr + chains + (i - first) * 4);
		uint64_t va = 0;

		if ((c | 1) == (want | 1))
			va = function_at(info, d, (uint32_t)i, name);
		if (va)
			return va;
		if (c & 1)
			break;
	}
	return 0;
}

static uint32_t sysv_hash(const char *name)
{
	uint32_t h = 0;

	while (*name) {
		h = (h << 4) + (unsigned char)*name++;
		h = (h ^ (h & 0xf0000000u) >> 24) & 0x0fffffffu;
	}
	return h;
}

/* As linkers of old systems wrote it: JDK 8 and 11 have no other. */
static uint64_t by_sysv_hash(const struct dl_phdr_info *info, const struct dynamic *d,
			     const char *name)
{
	struct lp_span h = from(info, d->sysv);
	uint32_t n_buckets, n_chains, at;
	uint64_t va = 0;

	if (h.len < 8)
		return 0;
	n_buckets = lp_get32(h.ptr);
	n_chains = lp_get32(h.ptr + 4);
	if (!n_buckets || 8 + ((uint64_t)n_buckets + n_chains) * 4 > h.len)
		return 0;
	at = lp_get32(h.ptr + 8 + sysv_hash(name) % n_buckets * (uint64_t)4);
	/* No longer than there are symbols, even when it bites its tail. */
	for (uint32_t i = 0; !va && at && at < n_chains && i < n_chains; i++) {
		va = function_at(info, d, at, name);
		at = lp_get32(h.ptr + 8 + ((uint64_t)n_buckets + at) * 4);
	}
	return va;
}

uint64_t lp_elf_loaded_export(const struct dl_phdr_info *info, const char *name)
{
	struct dynamic d = {0};
	uint64_t at = 0;

	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			at = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
	for (unsigned i = 0; i < DYNAMIC_MAX; i++) {
		const unsigned char *p = bytes(info, at + i * sizeof(Elf64_Dyn), sizeof(Elf64_Dyn));
		uint64_t tag = p ? lp_get64(p) : DT_NULL;

		if (tag == DT_NULL)
			break;
		if (tag == DT_SYMTAB)
			d.symtab = address(info, lp_get64(p + 8));
		else if (tag == DT_STRTAB)
			d.strtab = address(info, lp_get64(p + 8));
		else if (tag == DT_GNU_HASH)
			d.gnu = address(info, lp_get64(p + 8));
		else if (tag == DT_HASH)
			d.sysv = address(info, lp_get64(p + 8));
	}
	if (!d.symtab || !d.strtab)
		return 0;
	if (d.gnu)
		return by_gnu_hash(info, &d, name);
	return d.sysv ? by_sysv_hash(info, &d, name) : 0;
}

uint64_t lp_elf_loaded_function(const struct lp_elf_loaded *m, const char *name)
{
	struct dl_phdr_info info = {
		.dlpi_addr = m->bias,
		.dlpi_phdr = m->parts,
		.dlpi_phnum = m->n_parts,
	};

	return lp_elf_loaded_export(&info, name);
}
