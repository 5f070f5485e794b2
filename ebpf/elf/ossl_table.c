/* SPDX-License-Identifier: MIT */
#include "ossl_table.h"

#include <errno.h>

#include "insn.h"

#define TABLES_MAX 16	/* a library has 6: two versions, each general, server, client */
#define SLOTS	   18	/* pointers of a table that are looked at; all 1.1.1 to 3.x have more */
#define HEAD	   16	/* version, flags, mask */
#define BREAKPOINT 0xcc /* int3 */
#define NEAR	   8192 /* OpenSSL keeps all its method tables together, in less than that */

/* What the head of a table looks like, by version: {version, flags 0, the option that turns it off}
 */
static const struct {
	uint32_t version;
	uint64_t mask;
} heads[] = {
	{0x0304, 1u << 29}, /* TLS 1.3, SSL_OP_NO_TLSv1_3 */
	{0x0303, 1u << 27}, /* TLS 1.2, SSL_OP_NO_TLSv1_2 */
};

/* Where the two orders have what; the columns `a` and `b` differ between client and server tables.
 */
static const struct {
	enum lp_ossl_layout layout;
	uint8_t read, write, free, clear, ctrl, a, b;
} layouts[] = {
	{LP_OSSL_30, 5, 7, 2, 1, 14, 3, 4},
	{LP_OSSL_32, 8, 10, 1, 4, 17, 6, 7},
};

struct tables {
	unsigned n;
	uint64_t va[TABLES_MAX];
	uint64_t slot[TABLES_MAX][SLOTS];
};

static void scan(const struct lp_elf *e, uint64_t lo, uint64_t hi, struct tables *ts)
{
	struct lp_span s = lp_elf_from(e, lo);

	if (s.len > hi - lo)
		s.len = hi - lo;
	s = lp_span_first(s, LP_ELF_SEARCH_MAX);
	for (size_t at = -lo & 7; at + HEAD + SLOTS * 8 <= s.len; at += 8) {
		uint64_t head = lp_get64(s.ptr + at); /* flags, the upper half, are 0 */

		for (unsigned k = 0; k < LP_ARRAY_LEN(heads); k++) {
			if (head != heads[k].version || lp_get64(s.ptr + at + 8) != heads[k].mask ||
			    ts->n == TABLES_MAX)
				continue;
			for (unsigned i = 0; i < SLOTS; i++)
				ts->slot[ts->n][i] = lp_get64(s.ptr + at + HEAD + i * 8);
			ts->va[ts->n++] = lo + at;
		}
	}
}

static void set_slot(void *ctx, uint64_t va, uint64_t value)
{
	struct tables *ts = ctx;

	for (unsigned i = 0; i < ts->n; i++) {
		uint64_t at = va - ts->va[i] - HEAD;

		if (at < SLOTS * 8 && at % 8 == 0)
			ts->slot[i][at / 8] = value;
	}
}

/* Keeps the tables whose slots are all code. */
static void drop_others(const struct lp_elf *e, struct tables *ts)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < ts->n; i++) {
		unsigned code = 0;

		while (code < SLOTS && lp_elf_is_code(e, ts->slot[i][code]))
			code++;
		if (code < SLOTS)
			continue;
		ts->va[kept] = ts->va[i];
		memmove(ts->slot[kept], ts->slot[i], sizeof(ts->slot[0]));
		kept++;
	}
	ts->n = kept;
}

/* True when slot `col` is the same function in all tables. */
static bool equal(const struct tables *ts, unsigned col)
{
	for (unsigned i = 1; i < ts->n; i++)
		if (ts->slot[i][col] != ts->slot[0][col])
			return false;
	return true;
}

static bool is_function(const struct lp_elf *e, uint64_t va)
{
	struct lp_span s = lp_elf_from(e, va);
	const unsigned char *p = (const unsigned char *)s.ptr;

	/* In a running program somebody's probe may stand at its start. */
	return lp_insn_is_function(p, s.len) || (s.len && *p == BREAKPOINT);
}

/* From candidates to an answer: relocated, all code, and of one mind. */
static int settle(struct lp_ossl_table *t, const struct lp_elf *e, struct tables *ts)
{
	uint64_t lo = UINT64_MAX, hi = 0;

	if (!ts->n)
		return -ENOENT;
	for (unsigned i = 0; i < ts->n; i++) {
		lo = ts->va[i] < lo ? ts->va[i] : lo;
		hi = ts->va[i] > hi ? ts->va[i] : hi;
	}
	lp_elf_relocs(e, lo, hi + HEAD + SLOTS * 8, set_slot, ts);
	drop_others(e, ts);
	if (!ts->n)
		return -EAGAIN;
	for (unsigned k = 0; k < LP_ARRAY_LEN(layouts); k++) {
		const uint64_t *slot = ts->slot[0];

		/* In the layout that is right, accept and connect differ and all else is equal. */
		if (equal(ts, layouts[k].a) || equal(ts, layouts[k].b) ||
		    !equal(ts, layouts[k].read) || !equal(ts, layouts[k].write) ||
		    !equal(ts, layouts[1 - k].a) || !equal(ts, layouts[1 - k].b))
			continue;
		t->layout = layouts[k].layout;
		t->n_tables = ts->n;
		t->table_va = lo;
		t->read_va = slot[layouts[k].read];
		t->write_va = slot[layouts[k].write];
		t->free_va = slot[layouts[k].free];
		t->clear_va = slot[layouts[k].clear];
		t->ctrl_va = slot[layouts[k].ctrl];
		if (is_function(e, t->read_va) && is_function(e, t->write_va) &&
		    is_function(e, t->free_va) && t->read_va != t->write_va)
			return 0;
	}
	memset(t, 0, sizeof(*t));
	return -EBADMSG;
}

int lp_ossl_table_init(struct lp_ossl_table *t, const struct lp_elf *e)
{
	struct tables ts = {0};

	memset(t, 0, sizeof(*t));
	if (!e->readable)
		return -ENOENT;
	/* Tables are constants: in RELRO where they need relocation, else in read-only data. */
	if (e->type == ET_DYN && e->relro_size && e->relro_va + e->relro_size > e->relro_va) {
		scan(e, e->relro_va, e->relro_va + e->relro_size, &ts);
	} else {
		for (unsigned i = 0; i < e->n_loads; i++) {
			const struct lp_elf_load *l = &e->loads[i];

			if (l->search)
				scan(e, l->va, l->va + l->search, &ts);
		}
	}
	return settle(t, e, &ts);
}

/* The part of [va - NEAR, va + NEAR] that is in one segment with `va`; false when there is none. */
static bool around(const struct lp_elf *e, uint64_t va, uint64_t *lo, uint64_t *hi)
{
	for (unsigned i = 0; i < e->n_loads; i++) {
		const struct lp_elf_load *l = &e->loads[i];

		if ((l->flags & PF_X) || va < l->va || va - l->va >= l->filesz)
			continue;
		*lo = va - l->va > NEAR ? (va & ~(uint64_t)7) - NEAR : l->va;
		*hi = l->filesz - (va - l->va) > NEAR ? va + NEAR : l->va + l->filesz;
		return true;
	}
	return false;
}

int lp_ossl_table_init_near(struct lp_ossl_table *t, const struct lp_elf *e, uint64_t va)
{
	struct tables ts = {0};
	uint64_t lo, hi;

	memset(t, 0, sizeof(*t));
	if (!e->readable || !around(e, va, &lo, &hi))
		return -ENOENT;
	scan(e, lo, hi, &ts);
	return settle(t, e, &ts);
}

unsigned lp_ossl_table_uses(const struct lp_ossl_table *t, const struct lp_elf *e,
			    struct lp_ossl_use *uses, unsigned max)
{
	unsigned n = 0, k = 0;
	struct lp_span s;
	uint64_t lo, hi;

	while (k < LP_ARRAY_LEN(layouts) && layouts[k].layout != t->layout)
		k++;
	if (k == LP_ARRAY_LEN(layouts) || !around(e, t->table_va, &lo, &hi))
		return 0;
	s = lp_elf_from(e, lo);
	for (size_t at = -lo & 7; at + SLOTS * 8 <= s.len && at < hi - lo && n < max; at += 8) {
		const char *slot = s.ptr + at;

		if (lp_get64(slot + layouts[k].write * 8) != t->write_va ||
		    lp_get64(slot + layouts[k].read * 8) != t->read_va ||
		    lp_get64(slot + layouts[k].free * 8) != t->free_va ||
		    lp_get64(slot + layouts[k].clear * 8) != t->clear_va ||
		    lp_get64(slot + layouts[k].ctrl * 8) != t->ctrl_va)
			continue;
		uses[n++] = (struct lp_ossl_use){
			.read = lo + at + layouts[k].read * 8,
			.write = lo + at + layouts[k].write * 8,
			.free = lo + at + layouts[k].free * 8,
			.clear = lo + at + layouts[k].clear * 8,
			.ctrl = lo + at + layouts[k].ctrl * 8,
		};
	}
	return n;
}
