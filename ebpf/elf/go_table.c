/* SPDX-License-Identifier: MIT */
#include "go_table.h"

#include <errno.h>

/*
 * pcHeader: magic and sizes, then words of 8 bytes. Before 1.18 there is no word for the text, what
 * follows it stands a word earlier.
 */
#define HDR_MAGIC_116 0xfffffffau /* and 1.17 */
#define HDR_MAGIC_118 0xfffffff0u
#define HDR_MAGIC_120 0xfffffff1u
#define HDR_N_FUNCS   8
#define HDR_TEXT      24
#define HDR_NAMES     32
#define HDR_PCTAB     56
#define HDR_FUNCS     64
#define HDR_SIZE      72
#define HDR_WORD      8

/* moduledata: pcHeader *, six slices, findfunctab, then addresses */
#define MOD_MIN_PC 160
#define MOD_MAX_PC 168
#define MOD_TEXT   176
#define MOD_ETEXT  184
#define MOD_SIZE   192

/* _func. Before 1.18 it starts with an address and not with an offset of four bytes. */
#define FUNC_NAME     4
#define FUNC_PCSP     16
#define FUNC_SIZE     20
#define FUNC_OLD_MORE 4

/* A function's entry and where its _func is: offsets of four bytes, before 1.18 words. */
#define FUNCTAB_ENTRY	  8
#define FUNCTAB_OLD_ENTRY 16
#define RET		  0xc3
#define CALL		  0xe8 /* with a distance of 32 bits */
#define CALL_SIZE	  5
#define JE		  0x74 /* with a distance of 8 bits */

/* ModRM of "mov %reg, disp(%rsp)", without the size of disp. */
#define RAX_TO_STACK 0x04
#define RCX_TO_STACK 0x0c
#define RBX_TO_STACK 0x1c

/* Bytes from a function's start, within which it stores its arguments. */
#define SPILLS_WITHIN 192
#define FRAME_MAX     4096	    /* of a function that copies into its caller's buffer */
#define FUNCTION_MAX  (1024 * 1024) /* bytes of one that is looked for; it has a few hundred */

/* moduledata candidates: pointers that happen to equal the table's address */
#define MODULES_MAX 8

struct module {
	uint64_t va;
	uint64_t min_pc, max_pc, text, etext;
};

static bool is_header(const unsigned char *p)
{
	uint32_t magic = lp_get32(p);

	return (magic == HDR_MAGIC_116 || magic == HDR_MAGIC_118 || magic == HDR_MAGIC_120) &&
	       p[4] == 0 && p[5] == 0 && (p[6] == 1 || p[6] == 2 || p[6] == 4) && p[7] == 8;
}

static size_t entry_size(const struct lp_go_table *t)
{
	return t->old ? FUNCTAB_OLD_ENTRY : FUNCTAB_ENTRY;
}

/* Counted from the text; before 1.18 an address, for which the text is 0. */
static uint64_t entry_off(const struct lp_go_table *t, uint64_t i)
{
	const char *at = t->funcs.ptr + i * entry_size(t);

	return t->old ? lp_get64(at) : lp_get32(at);
}

static uint64_t func_off(const struct lp_go_table *t, uint64_t i)
{
	const char *at = t->funcs.ptr + i * entry_size(t) + entry_size(t) / 2;

	return t->old ? lp_get64(at) : lp_get32(at);
}

/*
 * The tables behind a header, if all its offsets lie in order within `s`. (Their order is fixed in
 * the linker: names, compilation units, files, pctab, functions.)
 */
static bool read_header(struct lp_go_table *t, struct lp_span s)
{
	uint64_t names, pctab, funcs;
	const char *words;

	if (s.len < HDR_SIZE || !is_header((const unsigned char *)s.ptr))
		return false;
	t->quantum = (uint8_t)s.ptr[6];
	t->n_funcs = lp_get64(s.ptr + HDR_N_FUNCS);
	t->old = lp_get32(s.ptr) == HDR_MAGIC_116;
	words = t->old ? s.ptr - HDR_WORD : s.ptr;
	names = lp_get64(words + HDR_NAMES);
	pctab = lp_get64(words + HDR_PCTAB);
	funcs = lp_get64(words + HDR_FUNCS);
	if (names < HDR_SIZE - (t->old ? HDR_WORD : 0) || names > pctab || pctab > funcs ||
	    funcs > s.len)
		return false;
	/* The entry past the last one marks the end of the last function. */
	if (t->n_funcs == 0 || t->n_funcs > LP_ELF_ENTRIES_MAX ||
	    t->n_funcs >= (s.len - funcs) / entry_size(t))
		return false;
	t->names = lp_span_of(s.ptr + names, pctab - names);
	t->pctab = lp_span_of(s.ptr + pctab, funcs - pctab);
	t->funcs = lp_span_of(s.ptr + funcs, s.len - funcs);
	t->text = t->old ? 0 : lp_get64(s.ptr + HDR_TEXT);
	return true;
}

/*
 * A library, of which there are very large ones: its section headers can be read, and Go's linker
 * left no mark there.
 */
static bool is_no_go(const struct lp_elf *e)
{
	uint64_t va;

	return e->type == ET_DYN && !e->interp.len && lp_elf_section(e, ".shstrtab", &va).len &&
	       !lp_elf_section(e, ".go.buildinfo", &va).len;
}

/*
 * The table by its section's name, or by its magic where other tools took that away. -EBADMSG: it
 * is there, but of no kind that is known, as of a newer Go or one that hides its names (garble).
 */
static int find_header(struct lp_go_table *t, uint64_t *va)
{
	static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab"};
	const struct lp_elf *e = t->elf;
	int err = -ENOENT;

	for (unsigned i = 0; i < LP_ARRAY_LEN(names); i++) {
		struct lp_span s = lp_elf_section(e, names[i], va);

		if (s.len && read_header(t, s))
			return 0;
		if (s.len)
			err = -EBADMSG;
	}
	if (is_no_go(e))
		return err;
	for (unsigned i = 0; i < e->n_loads; i++) {
		const struct lp_elf_load *l = &e->loads[i];

		/* The linker aligns the table to 32 bytes; 8 costs little more. */
		for (uint64_t at = -l->va & 7; at + HDR_SIZE <= l->search; at += 8) {
			const unsigned char *p = e->image + l->off + at;

			if (is_header(p) &&
			    read_header(t, lp_span_of((const char *)p, l->filesz - at))) {
				*va = l->va + at;
				return 0;
			}
		}
	}
	return err;
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

		for (uint64_t at = -l->va & 7; at + MOD_SIZE <= l->search; at += 8) {
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
	int err;

	memset(t, 0, sizeof(*t));
	t->elf = e;
	err = e->readable ? find_header(t, &va) : -ENOENT;
	if (err)
		return err;
	if (t->old ? !lp_elf_is_code(e, entry_off(t, 0))
		   : !text_by_moduledata(t, va) && !lp_elf_is_code(e, t->text))
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

/* The pcsp table: for each range of code how far the stack pointer is from where the caller left
 * it. */
struct pcsp {
	struct lp_span rest;
	uint64_t at, end; /* the range, counted from the function's start */
	uint32_t value;
	bool first;
};

static struct pcsp pcsp_of(const struct lp_go_table *t, const struct lp_go_func *f)
{
	return (struct pcsp){
		.rest = lp_span_from(t->pctab, f->pcsp),
		.value = UINT32_MAX, /* counts from -1 */
		.first = true,
	};
}

/* The next range; false at the end of the function. */
static bool pcsp_next(const struct lp_go_table *t, const struct lp_go_func *f, struct pcsp *p)
{
	uint32_t delta, span;

	p->at = p->end;
	if (p->at >= f->size || !varint(&p->rest, &delta) || (!delta && !p->first) ||
	    !varint(&p->rest, &span) || !span)
		return false;
	p->value += (delta & 1) ? ~(delta >> 1) : delta >> 1;
	p->end = p->at + (uint64_t)span * t->quantum;
	p->first = false;
	return true;
}

/*
 * A RET stands exactly where the stack pointer is back at 0; the rest of such a range is the call
 * that grows the stack, which starts with other bytes.
 */
static void find_rets(const struct lp_go_table *t, struct lp_go_func *f)
{
	struct pcsp p = pcsp_of(t, f);

	f->n_rets = 0;
	while (pcsp_next(t, f, &p)) {
		const unsigned char *code = lp_elf_at(t->elf, f->va + p.at, 1);

		if (p.value != 0 || p.at == 0 || !code || *code != RET)
			continue;
		if (f->n_rets == LP_GO_RETS_MAX) {
			f->n_rets = 0;
			return;
		}
		f->rets[f->n_rets++] = f->va + p.at;
	}
}

/* Bytes of the instruction if it is "mov %reg, disp(%rsp)", disp having one byte or four; else 0.
 */
static size_t store_size(const unsigned char *p)
{
	if ((p[0] & 0xfb) != 0x48 || p[1] != 0x89 || (p[2] & 7) != 4 || p[3] != 0x24)
		return 0;
	return p[2] >> 6 == 1 ? 5 : p[2] >> 6 == 2 ? 8 : 0;
}

/* True when the start of the code has such a store, `modrm` saying of which register. */
static bool spills(struct lp_span code, unsigned char modrm, uint32_t disp)
{
	const unsigned char *p = (const unsigned char *)code.ptr;

	for (size_t i = 0; i + 8 <= code.len && i < SPILLS_WITHIN; i++, p++) {
		size_t size = store_size(p);

		if (size && p[0] == 0x48 && (p[2] & 0x3f) == modrm &&
		    (size == 5 ? p[4] : lp_get32(p + 4)) == disp)
			return true;
	}
	return false;
}

#define JUMP_WITHIN 32 /* bytes before the CALL */

/* "cmp %rax, %rbx" or the reverse, "je" to behind the CALL, and at most stores up to that. */
static size_t jump_before(const unsigned char *code, size_t call)
{
	for (size_t at = call; at-- > 3 && call - at < JUMP_WITHIN;) {
		const unsigned char *p = code + at;
		size_t next = at + 2, len;

		if (p[-3] != 0x48 || p[-2] != 0x39 || (p[-1] != 0xc3 && p[-1] != 0xd8) ||
		    p[0] != JE || p[1] > INT8_MAX || next + p[1] < call + CALL_SIZE)
			continue;
		while (next < call && (len = store_size(code + next)))
			next += len;
		if (next == call)
			return at;
	}
	return 0;
}

bool lp_go_find_copy(const struct lp_go_table *t, const struct lp_go_func *f, uint64_t memmove_va,
		     struct lp_go_copy *copy)
{
	struct lp_span code = lp_span_first(lp_elf_from(t->elf, f->va), f->size);
	struct pcsp p = pcsp_of(t, f);
	uint64_t call = 0;
	size_t jump = 0;

	if (!f->va || !memmove_va || code.len < f->size)
		return false;
	for (size_t i = 0; i + CALL_SIZE <= code.len; i++) {
		int32_t rel = (int32_t)lp_get32(code.ptr + i + 1);

		if ((unsigned char)code.ptr[i] != CALL ||
		    f->va + i + CALL_SIZE + (uint64_t)(int64_t)rel != memmove_va)
			continue;
		if (call)
			return false; /* which of the two is not known */
		call = f->va + i;
	}
	if (call)
		jump = jump_before((const unsigned char *)code.ptr, call - f->va);
	while (call && pcsp_next(t, f, &p)) {
		if (call - f->va < p.at || call - f->va >= p.end)
			continue;
		*copy = (struct lp_go_copy){
			.call = call, .jump = jump ? f->va + jump : 0, .frame = p.value};
		return p.value < FRAME_MAX && spills(code, RAX_TO_STACK, p.value + 8) &&
		       spills(code, RBX_TO_STACK, p.value + 16) &&
		       spills(code, RCX_TO_STACK, p.value + 24);
	}
	return false;
}

#define NAME_MAX_LEN 256 /* of a function that is looked for by a part of its name */

static bool name_is(const struct lp_go_table *t, uint32_t at, struct lp_span name)
{
	struct lp_span s = lp_span_from(t->names, at);

	return s.len > name.len && s.ptr[name.len] == '\0' &&
	       lp_span_eq(lp_span_first(s, name.len), name);
}

/* Where the name of function `i` stands among the names; false: it has none. */
static bool name_at(const struct lp_go_table *t, uint64_t i, uint32_t *at)
{
	const size_t more = t->old ? FUNC_OLD_MORE : 0;
	struct lp_span fn = lp_span_from(t->funcs, func_off(t, i));

	if (fn.len < FUNC_SIZE + more)
		return false;
	*at = lp_get32(fn.ptr + more + FUNC_NAME);
	return true;
}

unsigned lp_go_packages(const struct lp_go_table *t, const char *function, struct lp_span *out,
			unsigned max)
{
	struct lp_span want = lp_span_str(function);
	unsigned n = 0;
	uint32_t at;

	for (uint64_t i = 0; i < t->n_funcs && n < max; i++) {
		struct lp_span s;

		if (!name_at(t, i, &at))
			continue;
		s = lp_span_first(lp_span_from(t->names, at), NAME_MAX_LEN);
		s = lp_span_first(s, lp_span_find(s, '\0'));
		if (s.len <= want.len || !lp_span_eq(lp_span_from(s, s.len - want.len), want))
			continue;
		s.len -= want.len;
		if (!lp_span_eq(s, LP_SPAN("crypto/tls")))
			out[n++] = s;
	}
	return n;
}

unsigned lp_go_functions(const struct lp_go_table *t, struct lp_go_func *want, unsigned n)
{
	const size_t more = t->old ? FUNC_OLD_MORE : 0;
	unsigned found = 0;

	for (unsigned k = 0; k < n; k++)
		want[k].va = want[k].size = want[k].n_rets = 0;
	for (uint64_t i = 0; i < t->n_funcs && found < n; i++) {
		struct lp_span fn = lp_span_from(t->funcs, func_off(t, i));
		uint32_t name;

		if (!name_at(t, i, &name))
			continue;
		for (unsigned k = 0; k < n; k++) {
			struct lp_go_func *w = &want[k];
			uint64_t va = t->text + entry_off(t, i);

			if (w->va || !name_is(t, name, lp_span_str(w->name)) ||
			    entry_off(t, i + 1) <= entry_off(t, i) ||
			    entry_off(t, i + 1) - entry_off(t, i) > FUNCTION_MAX ||
			    !lp_elf_is_code(t->elf, va))
				continue;
			w->va = va;
			w->size = entry_off(t, i + 1) - entry_off(t, i);
			w->pcsp = lp_get32(fn.ptr + more + FUNC_PCSP);
			find_rets(t, w);
			found++;
		}
	}
	return found;
}
