/* SPDX-License-Identifier: MIT */
#include "elf_file.h"

#include <errno.h>
#include <string.h>

/* Headers and entries that hostile files may claim; real ones have a few dozen. */
#define PHDRS_MAX    256
#define SECTIONS_MAX 65535
#define DYNAMIC_MAX  4096

static bool inside(const struct lp_elf *e, uint64_t off, uint64_t len)
{
	return off <= e->size && len <= e->size - off;
}

/* `len` bytes at file offset `off`, or NULL. */
static const unsigned char *bytes(const struct lp_elf *e, uint64_t off, uint64_t len)
{
	return inside(e, off, len) ? e->image + off : NULL;
}

/* A NUL-terminated string compared without running past the end of its table. */
static bool str_is(struct lp_span table, uint64_t at, const char *name)
{
	size_t n;

	if (at >= table.len || table.ptr[at] != name[0])
		return false;
	n = strlen(name) + 1;
	return n <= table.len - at && memcmp(table.ptr + at, name, n) == 0;
}

static int read_phdrs(struct lp_elf *e, Elf64_Phdr *dynamic)
{
	uint64_t left = LP_ELF_SEARCH_MAX;
	Elf64_Ehdr eh;

	memcpy(&eh, e->image, sizeof(eh));
	if (eh.e_phnum == 0)
		return 0;
	if (eh.e_phentsize != sizeof(Elf64_Phdr) || eh.e_phnum > PHDRS_MAX ||
	    !inside(e, eh.e_phoff, (uint64_t)eh.e_phnum * sizeof(Elf64_Phdr)))
		return -EBADMSG;
	for (unsigned i = 0; i < eh.e_phnum; i++) {
		Elf64_Phdr ph;

		memcpy(&ph, e->image + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type == PT_LOAD) {
			struct lp_elf_load *l;

			if (ph.p_offset > e->size || ph.p_vaddr + ph.p_filesz < ph.p_vaddr)
				continue;
			if (e->n_loads == LP_ELF_LOADS_MAX)
				return -EBADMSG;
			l = &e->loads[e->n_loads++];
			l->va = ph.p_vaddr;
			l->off = ph.p_offset;
			l->filesz = ph.p_filesz < e->size - ph.p_offset ? ph.p_filesz
									: e->size - ph.p_offset;
			l->flags = ph.p_flags;
			l->search = l->flags & PF_X ? 0 : l->filesz < left ? l->filesz : left;
			left -= l->search;
		} else if (ph.p_type == PT_INTERP && inside(e, ph.p_offset, ph.p_filesz)) {
			const char *s = (const char *)e->image + ph.p_offset;

			e->interp = lp_span_of(s, strnlen(s, ph.p_filesz));
		} else if (ph.p_type == PT_GNU_RELRO) {
			e->relro_va = ph.p_vaddr;
			e->relro_size = ph.p_memsz;
		} else if (ph.p_type == PT_DYNAMIC) {
			*dynamic = ph;
		}
	}
	return 0;
}

/* How many symbols the dynamic table has, as the hash table that is used to search it knows. */
static uint64_t count_by_gnu_hash(const struct lp_elf *e, uint64_t va)
{
	struct lp_span h = lp_elf_from(e, va);
	uint64_t n_buckets, first, bloom, buckets, chains, last = 0;

	if (h.len < 16)
		return 0;
	n_buckets = lp_get32(h.ptr);
	first = lp_get32(h.ptr + 4);
	bloom = lp_get32(h.ptr + 8);
	buckets = 16 + bloom * 8;
	chains = buckets + n_buckets * 4;
	if (chains > h.len || n_buckets > LP_ELF_ENTRIES_MAX)
		return 0;
	for (uint64_t i = 0; i < n_buckets; i++) {
		uint64_t b = lp_get32(h.ptr + buckets + i * 4);

		if (b > last)
			last = b;
	}
	if (last < first)
		return first;
	/* The last bucket's chain ends at the entry whose lowest bit is set. */
	for (uint64_t at = chains + (last - first) * 4;
	     at + 4 <= h.len && last < LP_ELF_ENTRIES_MAX; at += 4, last++)
		if (lp_get32(h.ptr + at) & 1)
			return last + 1;
	return 0;
}

static uint64_t count_by_sysv_hash(const struct lp_elf *e, uint64_t va)
{
	const unsigned char *h = lp_elf_at(e, va, 8);

	return h ? lp_get32(h + 4) : 0;
}

/* `n` entries of `size` bytes at `va`, cut to what is there. */
static struct lp_elf_table table_at(const struct lp_elf *e, uint64_t va, uint64_t n, size_t size)
{
	struct lp_span s = lp_elf_from(e, va);

	if (n > s.len / size)
		n = s.len / size;
	if (n > LP_ELF_ENTRIES_MAX)
		n = LP_ELF_ENTRIES_MAX;
	return (struct lp_elf_table){(const unsigned char *)s.ptr, n};
}

static void read_dynamic(struct lp_elf *e, const Elf64_Phdr *dynamic)
{
	uint64_t symtab = 0, strtab = 0, strsz = 0, rela = 0, relasz = 0, hash = 0, gnu_hash = 0;
	uint64_t n = 0, left;

	if (!inside(e, dynamic->p_offset, dynamic->p_filesz))
		return;
	left = dynamic->p_filesz / sizeof(Elf64_Dyn);
	if (left > DYNAMIC_MAX)
		left = DYNAMIC_MAX;
	for (const unsigned char *d = e->image + dynamic->p_offset; left;
	     d += sizeof(Elf64_Dyn), left--) {
		uint64_t val = lp_get64(d + 8);

		switch (lp_get64(d)) {
		case DT_NULL:
			left = 1;
			break;
		case DT_SYMTAB:
			symtab = val;
			break;
		case DT_STRTAB:
			strtab = val;
			break;
		case DT_STRSZ:
			strsz = val;
			break;
		case DT_RELA:
			rela = val;
			break;
		case DT_RELASZ:
			relasz = val;
			break;
		case DT_HASH:
			hash = val;
			break;
		case DT_GNU_HASH:
			gnu_hash = val;
			break;
		default:
			break;
		}
	}
	e->dynstr = lp_span_first(lp_elf_from(e, strtab), strsz);
	if (gnu_hash)
		n = count_by_gnu_hash(e, gnu_hash);
	if (!n && hash)
		n = count_by_sysv_hash(e, hash);
	if (symtab)
		e->dynsym = table_at(e, symtab, n, sizeof(Elf64_Sym));
	if (rela)
		e->rela = table_at(e, rela, relasz / sizeof(Elf64_Rela), sizeof(Elf64_Rela));
}

/* Section header `i`; false when the file has none or it lies outside. */
static bool section(const struct lp_elf *e, unsigned i, Elf64_Shdr *sh)
{
	Elf64_Ehdr eh;
	const unsigned char *p;

	memcpy(&eh, e->image, sizeof(eh));
	if (i >= eh.e_shnum || eh.e_shentsize != sizeof(*sh) || eh.e_shoff > e->size)
		return false;
	p = bytes(e, eh.e_shoff + (uint64_t)i * sizeof(*sh), sizeof(*sh));
	if (!p)
		return false;
	memcpy(sh, p, sizeof(*sh));
	return true;
}

static void read_symtab(struct lp_elf *e)
{
	Elf64_Shdr sh, str;

	for (unsigned i = 0; i < SECTIONS_MAX && section(e, i, &sh); i++) {
		if (sh.sh_type != SHT_SYMTAB || !inside(e, sh.sh_offset, sh.sh_size) ||
		    !section(e, sh.sh_link, &str) || !inside(e, str.sh_offset, str.sh_size))
			continue;
		e->symtab.at = e->image + sh.sh_offset;
		e->symtab.n = sh.sh_size / sizeof(Elf64_Sym);
		if (e->symtab.n > LP_ELF_ENTRIES_MAX)
			e->symtab.n = LP_ELF_ENTRIES_MAX;
		e->strtab = lp_span_of((const char *)e->image + str.sh_offset, str.sh_size);
		return;
	}
}

int lp_elf_init(struct lp_elf *e, const void *image, size_t size)
{
	Elf64_Phdr dynamic = {0};
	int err;

	memset(e, 0, sizeof(*e));
	e->image = image;
	e->size = size;
	if (size < EI_NIDENT + 4 || memcmp(image, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	e->class = e->image[EI_CLASS];
	e->type = lp_get16(e->image + EI_NIDENT);
	e->machine = lp_get16(e->image + EI_NIDENT + 2);
	if (e->class != ELFCLASS64 || e->image[EI_DATA] != ELFDATA2LSB)
		return 0;
	if (size < sizeof(Elf64_Ehdr))
		return -ENOEXEC;
	err = read_phdrs(e, &dynamic);
	if (err)
		return err;
	e->readable = true;
	if (dynamic.p_filesz)
		read_dynamic(e, &dynamic);
	read_symtab(e);
	return 0;
}

static const struct lp_elf_load *load_of(const struct lp_elf *e, uint64_t va)
{
	for (unsigned i = 0; i < e->n_loads; i++)
		if (va >= e->loads[i].va && va - e->loads[i].va < e->loads[i].filesz)
			return &e->loads[i];
	return NULL;
}

bool lp_elf_off_of(const struct lp_elf *e, uint64_t va, uint64_t *off)
{
	const struct lp_elf_load *l = load_of(e, va);

	if (!l)
		return false;
	*off = va - l->va + l->off;
	return true;
}

struct lp_span lp_elf_from(const struct lp_elf *e, uint64_t va)
{
	const struct lp_elf_load *l = load_of(e, va);

	if (!l)
		return lp_span_of(NULL, 0);
	return lp_span_of((const char *)e->image + l->off + (va - l->va), l->filesz - (va - l->va));
}

const unsigned char *lp_elf_at(const struct lp_elf *e, uint64_t va, uint64_t len)
{
	struct lp_span s = lp_elf_from(e, va);

	return s.len && len <= s.len ? (const unsigned char *)s.ptr : NULL;
}

bool lp_elf_is_code(const struct lp_elf *e, uint64_t va)
{
	const struct lp_elf_load *l = load_of(e, va);

	return l && (l->flags & PF_X);
}

static unsigned find_in(struct lp_elf_table syms, struct lp_span names, struct lp_elf_want *want,
			unsigned n, unsigned left)
{
	for (size_t i = 0; i < syms.n && left; i++) {
		Elf64_Sym s;

		memcpy(&s, syms.at + i * sizeof(s), sizeof(s));
		if (s.st_shndx == SHN_UNDEF || s.st_value == 0)
			continue;
		for (unsigned k = 0; k < n; k++) {
			if (want[k].va || !str_is(names, s.st_name, want[k].name))
				continue;
			want[k].va = s.st_value;
			want[k].size = s.st_size;
			left--;
		}
	}
	return left;
}

unsigned lp_elf_symbols(const struct lp_elf *e, struct lp_elf_want *want, unsigned n)
{
	unsigned left = n;

	for (unsigned k = 0; k < n; k++)
		want[k].va = want[k].size = 0;
	left = find_in(e->dynsym, e->dynstr, want, n, left);
	left = find_in(e->symtab, e->strtab, want, n, left);
	return n - left;
}

struct lp_span lp_elf_section(const struct lp_elf *e, const char *name, uint64_t *va)
{
	Elf64_Ehdr eh;
	Elf64_Shdr sh, str;
	struct lp_span names;

	*va = 0;
	if (!e->readable)
		return lp_span_of(NULL, 0);
	memcpy(&eh, e->image, sizeof(eh));
	if (!section(e, eh.e_shstrndx, &str) || !inside(e, str.sh_offset, str.sh_size))
		return lp_span_of(NULL, 0);
	names = lp_span_of((const char *)e->image + str.sh_offset, str.sh_size);
	for (unsigned i = 0; i < SECTIONS_MAX && section(e, i, &sh); i++) {
		if (sh.sh_type == SHT_NOBITS || !inside(e, sh.sh_offset, sh.sh_size) ||
		    !str_is(names, sh.sh_name, name))
			continue;
		*va = sh.sh_addr;
		return lp_span_of((const char *)e->image + sh.sh_offset, sh.sh_size);
	}
	return lp_span_of(NULL, 0);
}

void lp_elf_relocs(const struct lp_elf *e, uint64_t lo, uint64_t hi, lp_elf_reloc_fn fn, void *ctx)
{
	if (e->machine != EM_X86_64)
		return;
	for (size_t i = 0; i < e->rela.n; i++) {
		Elf64_Rela r;
		Elf64_Sym s;
		uint32_t sym;

		memcpy(&r, e->rela.at + i * sizeof(r), sizeof(r));
		if (r.r_offset < lo || r.r_offset >= hi)
			continue;
		sym = (uint32_t)ELF64_R_SYM(r.r_info);
		switch (ELF64_R_TYPE(r.r_info)) {
		case R_X86_64_RELATIVE:
			fn(ctx, r.r_offset, (uint64_t)r.r_addend);
			break;
		case R_X86_64_64:
			if (sym >= e->dynsym.n)
				break;
			memcpy(&s, e->dynsym.at + sym * sizeof(s), sizeof(s));
			if (s.st_shndx != SHN_UNDEF)
				fn(ctx, r.r_offset, s.st_value + (uint64_t)r.r_addend);
			break;
		default:
			break;
		}
	}
}
