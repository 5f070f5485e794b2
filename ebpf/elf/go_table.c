/* SPDX-License-Identifier: MIT */
#include "go_table.h"

#include <errno.h>

/* pcHeader: magic and sizes, then words of 8 bytes */
#define HDR_MAGIC_118 0xfffffff0u
#define HDR_MAGIC_120 0xfffffff1u
#define HDR_N_FUNCS   8
#define HDR_TEXT      24
#define HDR_NAMES     32
#define HDR_PCTAB     56
#define HDR_FUNCS     64
#define HDR_SIZE      72

/* moduledata: pcHeader *, six slices, findfunctab, then addresses */
#define MOD_MIN_PC 160
#define MOD_MAX_PC 168
#define MOD_TEXT   176
#define MOD_ETEXT  184
#define MOD_SIZE   192

/* _func */
#define FUNC_NAME 4
#define FUNC_PCSP 16
#define FUNC_SIZE 20

#define FUNCTAB_ENTRY 8
#define RET	      0xc3

/* moduledata candidates: pointers that happen to equal the table's address */
#define MODULES_MAX 8

struct module {
	uint64_t va;
	uint64_t min_pc, max_pc, text, etext;
};

static bool is_header(const unsigned char *p)
{
	uint32_t magic = lp_get32(p);

	return (magic == HDR_MAGIC_118 || magic == HDR_MAGIC_120) && p[4] == 0 && p[5] == 0 &&
	       (p[6] == 1 || p[6] == 2 || p[6] == 4) && p[7] == 8;
}

/*
 * The tables behind a header, if all its offsets lie in order within `s`. (Their order is fixed in
 * the linker: names, compilation units, files, pctab, functions.)
 */
static bool read_header(struct lp_go_table *t, struct lp_span s)
{
	uint64_t names, pctab, funcs;

	if (s.len < HDR_SIZE || !is_header((const unsigned char *)s.ptr))
		return false;
	t->quantum = (uint8_t)s.ptr[6];
	t->n_funcs = lp_get64(s.ptr + HDR_N_FUNCS);
	names = lp_get64(s.ptr + HDR_NAMES);
	pctab = lp_get64(s.ptr + HDR_PCTAB);
	funcs = lp_get64(s.ptr + HDR_FUNCS);
	if (names < HDR_SIZE || names > pctab || pctab > funcs || funcs > s.len)
		return false;
	/* The entry past the last one marks the end of the last function. */
	if (t->n_funcs == 0 || t->n_funcs >= (s.len - funcs) / FUNCTAB_ENTRY)
		return false;
	t->names = lp_span_of(s.ptr + names, pctab - names);
	t->pctab = lp_span_of(s.ptr + pctab, funcs - pctab);
	t->funcs = lp_span_of(s.ptr + funcs, s.len - funcs);
	t->text = lp_get64(s.ptr + HDR_TEXT);
	return true;
}

/* The table by its section's name, or by its magic in a file without section headers. */
static bool find_header(struct lp_go_table *t, uint64_t *va)
{
	static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab"};
	const struct lp_elf *e = t->elf;

	for (unsigned i = 0; i < LP_ARRAY_LEN(names); i++) {
		struct lp_span s = lp_elf_section(e, names[i], va);

		if (s.len && read_header(t, s))
			return true;
	}
	for (unsigned i = 0; i < e->n_loads; i++) {
		const struct lp_elf_load *l = &e->loads[i];

		if (l->flags & PF_X)
			continue;
		/* The linker aligns the table to 32 bytes; 8 costs little more. */
		for (uint64_t at = -l->va & 7; at + HDR_SIZE <= l->filesz; at += 8) {
			const unsigned char *p = e->image + l->off + at;

			/* Both magics share three bytes that are rare in data. */
			if ((lp_get32(p) | 1) != HDR_MAGIC_120 || !is_header(p))
				continue;
			if (read_header(t, lp_span_of((const char *)p, l->filesz - at))) {
				*va = l->va + at;
				return true;
			}
		}
	}
	return false;
}

struct modules {
	uint64_t header; /* address of the table's header */
	unsigned n;
	struct module m[MODULES_MAX];
};

static void candidate(void *ctx, uint64_t va, uint64_t value)
{
	struct modules *ms = ctx;

	if (value == ms->header && ms->n < MODULES_MAX)
		ms->m[ms->n++] = (struct module){.va = va};
}

static void set_member(void *ctx, uint64_t va, uint64_t value)
{
	struct module *m = ctx;

	switch (va - m->va) {
	case MOD_MIN_PC:
		m->min_pc = value;
		break;
	case MOD_MAX_PC:
		m->max_pc = value;
		break;
	case MOD_TEXT:
		m->text = value;
		break;
	case MOD_ETEXT:
		m->etext = value;
		break;
	default:
		break;
	}
}

static uint32_t entry_off(const struct lp_go_table *t, uint64_t i)
{
	return lp_get32(t->funcs.ptr + i * FUNCTAB_ENTRY);
}

static uint32_t func_off(const struct lp_go_table *t, uint64_t i)
{
	return lp_get32(t->funcs.ptr + i * FUNCTAB_ENTRY + 4);
}

/* A moduledata is believed when its bounds are those of the function table. */
static bool fits(const struct lp_go_table *t, const struct module *m)
{
	return m->text && m->text < m->etext && lp_elf_is_code(t->elf, m->text) &&
	       m->min_pc == m->text + entry_off(t, 0) &&
	       m->max_pc == m->text + entry_off(t, t->n_funcs);
}

/*
 * Where the program's moduledata says its code starts. It is the only place to learn it in a PIE
 * (the header's copy is filled in when the program starts) and since 1.26 in any program.
 */
static bool text_by_moduledata(struct lp_go_table *t, uint64_t header)
{
	const struct lp_elf *e = t->elf;
	struct modules ms = {.header = header};

	/* As it stands in the file, where nothing needs relocation … */
	for (unsigned i = 0; i < e->n_loads; i++) {
		const struct lp_elf_load *l = &e->loads[i];

		if (l->flags & PF_X)
			continue;
		for (uint64_t at = -l->va & 7; at + MOD_SIZE <= l->filesz; at += 8) {
			const unsigned char *p = e->image + l->off + at;
			struct module m;

			if (lp_get64(p) != header)
				continue;
			m.min_pc = lp_get64(p + MOD_MIN_PC);
			m.max_pc = lp_get64(p + MOD_MAX_PC);
			m.text = lp_get64(p + MOD_TEXT);
			m.etext = lp_get64(p + MOD_ETEXT);
			if (fits(t, &m)) {
				t->text = m.text;
				return true;
			}
		}
	}
	/* … or as relocation will leave it. */
	lp_elf_relocs(e, 0, UINT64_MAX, candidate, &ms);
	for (unsigned i = 0; i < ms.n; i++) {
		struct module *m = &ms.m[i];

		lp_elf_relocs(e, m->va, m->va + MOD_SIZE, set_member, m);
		if (fits(t, m)) {
			t->text = m->text;
			return true;
		}
	}
	return false;
}

int lp_go_table_init(struct lp_go_table *t, const struct lp_elf *e)
{
	uint64_t va;

	memset(t, 0, sizeof(*t));
	t->elf = e;
	if (!e->readable || !find_header(t, &va))
		return -ENOENT;
	if (!text_by_moduledata(t, va) && !lp_elf_is_code(e, t->text))
		return -EBADMSG;
	return 0;
}

/* One number of a pc-value table: seven bits a byte, lowest first. False at the table's end. */
static bool varint(struct lp_span *s, uint32_t *v)
{
	unsigned shift = 0;

	*v = 0;
	while (s->len && shift < 32) {
		unsigned char b = (unsigned char)s->ptr[0];

		*s = lp_span_from(*s, 1);
		*v |= (uint32_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return true;
		shift += 7;
	}
	return false;
}

/*
 * The pcsp table says for each range of code how far the stack pointer is from where the caller
 * left it. A RET stands exactly where it is back at 0; the rest of such a range is the call that
 * grows the stack, which starts with other bytes.
 */
static void find_rets(const struct lp_go_table *t, struct lp_go_func *f, uint32_t pcsp)
{
	struct lp_span s = lp_span_from(t->pctab, pcsp);
	uint32_t delta, span, value = UINT32_MAX; /* counts from -1 */
	uint64_t at = 0;
	bool first = true;

	f->n_rets = 0;
	while (at < f->size && varint(&s, &delta) && (delta || first) && varint(&s, &span)) {
		const unsigned char *p = lp_elf_at(t->elf, f->va + at, 1);

		value += (delta & 1) ? ~(delta >> 1) : delta >> 1;
		if (value == 0 && !first && p && *p == RET) {
			if (f->n_rets == LP_GO_RETS_MAX) {
				f->n_rets = 0;
				return;
			}
			f->rets[f->n_rets++] = f->va + at;
		}
		at += (uint64_t)span * t->quantum;
		first = false;
	}
}

static bool name_is(const struct lp_go_table *t, uint32_t at, struct lp_span name)
{
	struct lp_span s = lp_span_from(t->names, at);

	return s.len > name.len && s.ptr[name.len] == '\0' &&
	       lp_span_eq(lp_span_first(s, name.len), name);
}

unsigned lp_go_functions(const struct lp_go_table *t, struct lp_go_func *want, unsigned n)
{
	unsigned found = 0;

	for (unsigned k = 0; k < n; k++)
		want[k].va = want[k].size = want[k].n_rets = 0;
	for (uint64_t i = 0; i < t->n_funcs && found < n; i++) {
		struct lp_span fn = lp_span_from(t->funcs, func_off(t, i));
		uint32_t name;

		if (fn.len < FUNC_SIZE)
			continue;
		name = lp_get32(fn.ptr + FUNC_NAME);
		for (unsigned k = 0; k < n; k++) {
			struct lp_go_func *w = &want[k];
			uint64_t va = t->text + entry_off(t, i);

			if (w->va || !name_is(t, name, lp_span_str(w->name)) ||
			    entry_off(t, i + 1) <= entry_off(t, i) || !lp_elf_is_code(t->elf, va))
				continue;
			w->va = va;
			w->size = entry_off(t, i + 1) - entry_off(t, i);
			find_rets(t, w, lp_get32(fn.ptr + FUNC_PCSP));
			found++;
		}
	}
	return found;
}
