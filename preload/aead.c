/* SPDX-License-Identifier: MIT */
#include "aead.h"

#include <link.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "conns.h"
#include "elf/aead_table.h"
#include "elf/elf_loaded.h"
#include "go.h"
#include "hello.h"
#include "methods.h"
#include "sessions.h"
#include "shim.h"
#include "state.h"

#define TABLES	     16		 /* ciphers; AWS-LC has 7 that TLS uses */
#define REACH	     1024	 /* bytes around a once control that its table stands in */
#define BLOCK	     512	 /* bytes copied at a time to the stack, which may be small */
#define MODULE_BLOCK LP_HEAD_MAX /* and of a whole module, to a buffer */
#define PAGE	     ((uintptr_t)4096)
#define CONSTANT_MAX (32u << 20) /* of a module's constants that are searched */
#define KEY_BITS     11
#define KEYS	     (1u << KEY_BITS)
#define KEY_PROBES   16
#define TLS12_AD     13 /* sequence number, type, version, length */
#define TLS13_AD     5	/* the record's header */
#define PARTS	     16 /* of a record; BoringSSL makes two */

typedef int init_fn(void *ctx, const uint8_t *key, size_t key_len, size_t tag_len);
typedef void cleanup_fn(void *ctx);
#define SEAL_ARGS                                                                                  \
	const void *ctx, uint8_t *out, uint8_t *tag, size_t *tag_len, size_t tag_max,              \
		const uint8_t *nonce, size_t nonce_len, const uint8_t *in, size_t in_len,          \
		const uint8_t *extra, size_t extra_len, const uint8_t *ad, size_t ad_len
typedef int seal_fn(SEAL_ARGS);
#define OPEN_ARGS                                                                                  \
	const void *ctx, uint8_t *out, const uint8_t *nonce, size_t nonce_len, const uint8_t *in,  \
		size_t in_len, const uint8_t *tag, size_t tag_len, const uint8_t *ad,              \
		size_t ad_len
typedef int open_fn(OPEN_ARGS);

struct functions {
	init_fn *init;
	cleanup_fn *cleanup;
	seal_fn *seal;
	open_fn *open;
};

static struct functions real[TABLES];
static _Atomic unsigned n_real;

/* --- keys ------------------------------------------------------------------------------------- */

/* All by address, as what they tell of others may be gone by now. */
struct key {
	_Atomic uintptr_t ctx;	      /* 0: free */
	_Atomic uintptr_t prev, next; /* made by the same thread before, and after */
	_Atomic uintptr_t pair;	      /* of the other direction */
	_Atomic bool seals;
};

static struct key keys[KEYS];
static __thread uintptr_t newest __attribute__((tls_model("initial-exec")));

static struct key *probe(uintptr_t ctx, uintptr_t want)
{
	uint64_t hash = (uint64_t)ctx * 0x9e3779b97f4a7c15u >> (64 - KEY_BITS);

	for (unsigned i = 0; i < KEY_PROBES; i++) {
		struct key *k = &keys[(hash + i) % KEYS];

		if (atomic_load_explicit(&k->ctx, memory_order_acquire) == want)
			return k;
	}
	return NULL;
}

static struct key *find(uintptr_t ctx)
{
	return ctx ? probe(ctx, ctx) : NULL;
}

static struct key *claim(uintptr_t ctx)
{
	struct key *k = find(ctx);

	while (!k && (k = probe(ctx, 0)) != NULL) {
		uintptr_t nobody = 0;

		if (!atomic_compare_exchange_strong_explicit(
			    &k->ctx, &nobody, ctx, memory_order_acq_rel, memory_order_relaxed))
			k = NULL;
	}
	return k;
}

/* An address that stands for a session, never followed. */
static const void *session(uintptr_t key)
{
	return (const void *)key; /* NOLINT(performance-no-int-to-ptr) */
}

static void key_made(uintptr_t ctx)
{
	struct key *k = claim(ctx), *before = find(newest);

	if (!k)
		return; /* answers will not be seen */
	atomic_store_explicit(&k->prev, newest, memory_order_relaxed);
	atomic_store_explicit(&k->next, 0, memory_order_relaxed);
	atomic_store_explicit(&k->pair, 0, memory_order_relaxed);
	atomic_store_explicit(&k->seals, false, memory_order_relaxed);
	if (before)
		atomic_store_explicit(&before->next, ctx, memory_order_relaxed);
	newest = ctx;
}

static void key_gone(uintptr_t ctx)
{
	struct key *k = find(ctx), *pair;

	if (!k)
		return;
	pair = find(atomic_load_explicit(&k->pair, memory_order_relaxed));
	if (pair)
		atomic_store_explicit(&pair->pair, 0, memory_order_relaxed);
	atomic_store_explicit(&k->ctx, 0, memory_order_release);
}

static bool followed(uintptr_t ctx)
{
	return lps_session_wanted(session(ctx), false);
}

/* May `other`, made next to `ctx`, encrypt what `ctx` decrypts the answers to? */
static struct key *neighbour(uintptr_t other, uintptr_t ctx)
{
	struct key *k = find(other);
	uintptr_t pair = k ? atomic_load_explicit(&k->pair, memory_order_relaxed) : 0;

	if (!k || (pair && pair != ctx) || !atomic_load_explicit(&k->seals, memory_order_relaxed) ||
	    (atomic_load_explicit(&k->prev, memory_order_relaxed) != ctx &&
	     atomic_load_explicit(&k->next, memory_order_relaxed) != ctx))
		return NULL;
	return k;
}

/*
 * The key that encrypts where `ctx` decrypts; 0 when it is not known, or not followed.
 *
 * TLS 1.3 has keys for the handshake and then others, made in pairs, and so do both of TLS 1.2. A
 * handshake's keys decrypt before there is another connection's to mistake; the pair made then
 * gives way to one that carries requests.
 */
static uintptr_t pair_of(uintptr_t ctx)
{
	struct key *k = find(ctx), *best = NULL;
	uintptr_t pair, side[2];

	if (!k)
		return 0;
	pair = atomic_load_explicit(&k->pair, memory_order_relaxed);
	if (pair && followed(pair))
		return pair;
	side[0] = atomic_load_explicit(&k->next, memory_order_relaxed);
	side[1] = atomic_load_explicit(&k->prev, memory_order_relaxed);
	for (unsigned i = 0; i < LP_ARRAY_LEN(side); i++) {
		struct key *other = neighbour(side[i], ctx);

		if (other && (!best || (!followed(pair) && followed(side[i])))) {
			best = other;
			pair = side[i];
		}
	}
	if (!best)
		return 0;
	atomic_store_explicit(&k->pair, pair, memory_order_relaxed);
	atomic_store_explicit(&best->pair, ctx, memory_order_relaxed);
	return followed(pair) ? pair : 0;
}

/* --- records ---------------------------------------------------------------------------------- */

/* The content type that the authenticated data of a record tells; 0: no TLS record. */
static unsigned record_type(const uint8_t *ad, size_t len)
{
	if (len == TLS12_AD && ad[8] >= LP_TLS_CHANGE_CIPHER_SPEC &&
	    ad[8] <= LP_TLS_APPLICATION_DATA && ad[9] == 3)
		return ad[8];
	if (len == TLS13_AD && ad[0] == LP_TLS_APPLICATION_DATA && ad[1] == 3 && ad[2] == 3)
		return LP_TLS_APPLICATION_DATA;
	return 0;
}

/*
 * One call, in either of two forms that only the place of the nonce's length tells apart: all of
 * TLS's ciphers have one of 12 bytes, where the other form has an address.
 *
 * Since the end of 2025 BoringSSL's functions take vectors: (ctx, parts, n, tag, tag_max, tag_len,
 * nonce, nonce_len, ad, n_ad) and (ctx, parts, n, nonce, nonce_len, tag, tag_len, ad, n_ad), each
 * pair a bssl::Span; the second's tag is in memory, as a Span is not split, and leaves the sixth
 * register unused. That is what their tables' places for the older form hold.
 */
struct record {
	unsigned n;
	unsigned type;
	size_t ad_len;
	struct iovec part[PARTS];
};

struct vector { /* BoringSSL's CRYPTO_IOVEC */
	void *out;
	void *in;
	size_t len;
};

/* What is a number in one form and an address in the other. */
static const void *pointer(size_t value)
{
	return (const void *)value; /* NOLINT(performance-no-int-to-ptr) */
}

static void add_part(struct record *r, const void *p, size_t len)
{
	/* It is only read, but the type does not say so. */
	memcpy(&r->part[r->n].iov_base, &p, sizeof(p));
	r->part[r->n++].iov_len = len;
}

static void read_plain(struct record *r, const void *p, size_t len, const void *extra,
		       size_t extra_len, const uint8_t *ad, size_t ad_len)
{
	r->n = 0;
	r->ad_len = ad_len;
	r->type = record_type(ad, ad_len);
	add_part(r, p, len);
	if (extra_len)
		add_part(r, extra, extra_len);
}

static void read_vectors(struct record *r, const struct vector *v, size_t n, bool out,
			 const struct iovec *ads, size_t n_ads)
{
	uint8_t ad[TLS12_AD];

	r->n = 0;
	r->ad_len = 0;
	r->type = 0;
	for (size_t i = 0; i < n_ads; i++) {
		if (ads[i].iov_len > sizeof(ad) - r->ad_len)
			return;
		if (ads[i].iov_len)
			memcpy(ad + r->ad_len, ads[i].iov_base, ads[i].iov_len);
		r->ad_len += ads[i].iov_len;
	}
	if (n > PARTS)
		return;
	for (size_t i = 0; i < n; i++)
		add_part(r, out ? v[i].out : v[i].in, v[i].len);
	r->type = record_type(ad, r->ad_len);
}

/* Leaves what is the program's, if anything; TLS 1.3 hides the type behind it. */
static bool cut(struct record *r)
{
	if (r->type != LP_TLS_APPLICATION_DATA || r->ad_len == TLS12_AD)
		return r->type == LP_TLS_APPLICATION_DATA;
	for (; r->n; r->n--) {
		struct iovec *last = &r->part[r->n - 1];
		const uint8_t *p = last->iov_base;

		while (last->iov_len && !p[last->iov_len - 1])
			last->iov_len--;
		if (last->iov_len)
			return p[--last->iov_len] == LP_TLS_APPLICATION_DATA;
	}
	return false;
}

static void sealing(const void *ctx, struct record *r)
{
	struct key *k;

	if (!r->type)
		return;
	k = find((uintptr_t)ctx);
	if (k)
		atomic_store_explicit(&k->seals, true, memory_order_relaxed);
	if (lps_in_tls() || !lps_session_wanted(ctx, true) || !cut(r))
		return;
	for (unsigned i = 0; i < r->n; i++)
		if (r->part[i].iov_len)
			lps_session_out(ctx, r->part[i].iov_base, r->part[i].iov_len);
}

static void opened(const void *ctx, struct record *r)
{
	uintptr_t pair;

	if (!r->type || lps_in_tls())
		return;
	pair = pair_of((uintptr_t)ctx);
	if (!pair || !cut(r))
		return;
	for (unsigned i = 0; i < r->n; i++)
		if (r->part[i].iov_len)
			lps_session_in(session(pair), r->part[i].iov_base, r->part[i].iov_len);
}

/* --- in the tables ---------------------------------------------------------------------------- */

/* Before: encryption may be in place, and does not fail where a connection goes on. */
static inline __attribute__((always_inline)) int hook_seal(unsigned i, SEAL_ARGS)
{
	struct record r;

	if (nonce_len == LP_AEAD_NONCE) {
		read_plain(&r, in, in_len, extra, extra_len, ad, ad_len);
		sealing(ctx, &r);
	} else if ((uintptr_t)in == LP_AEAD_NONCE) {
		read_vectors(&r, (const void *)out, (uintptr_t)tag, false, pointer(in_len),
			     (uintptr_t)extra);
		sealing(ctx, &r);
	}
	return real[i].seal(ctx, out, tag, tag_len, tag_max, nonce, nonce_len, in, in_len, extra,
			    extra_len, ad, ad_len);
}

static inline __attribute__((always_inline)) int hook_open(unsigned i, OPEN_ARGS)
{
	int result = real[i].open(ctx, out, nonce, nonce_len, in, in_len, tag, tag_len, ad, ad_len);
	struct record r;

	if (result != 1)
		return result;
	if (nonce_len == LP_AEAD_NONCE) {
		read_plain(&r, out, in_len, NULL, 0, ad, ad_len);
		opened(ctx, &r);
	} else if ((uintptr_t)in == LP_AEAD_NONCE) {
		read_vectors(&r, (const void *)out, (uintptr_t)nonce, true, (const void *)ad,
			     ad_len);
		opened(ctx, &r);
	}
	return result;
}

static int hook_init(unsigned i, void *ctx, const uint8_t *key, size_t key_len, size_t tag_len)
{
	int r = real[i].init(ctx, key, key_len, tag_len);

	if (r == 1) {
		lps_session_new(ctx);
		key_made((uintptr_t)ctx);
	}
	return r;
}

static void hook_cleanup(unsigned i, void *ctx)
{
	key_gone((uintptr_t)ctx);
	lps_session_end(ctx);
	real[i].cleanup(ctx);
}

/* A table's functions are not told which table they were called from, so each has its own. */
#define LPS_COPIES(X)                                                                              \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

#define LPS_COPY(i)                                                                                \
	static int seal_##i(SEAL_ARGS)                                                             \
	{                                                                                          \
		return hook_seal(i, ctx, out, tag, tag_len, tag_max, nonce, nonce_len, in, in_len, \
				 extra, extra_len, ad, ad_len);                                    \
	}                                                                                          \
	static int open_##i(OPEN_ARGS)                                                             \
	{                                                                                          \
		return hook_open(i, ctx, out, nonce, nonce_len, in, in_len, tag, tag_len, ad,      \
				 ad_len);                                                          \
	}                                                                                          \
	static int init_##i(void *ctx, const uint8_t *key, size_t key_len, size_t tag_len)         \
	{                                                                                          \
		return hook_init(i, ctx, key, key_len, tag_len);                                   \
	}                                                                                          \
	static void cleanup_##i(void *ctx)                                                         \
	{                                                                                          \
		hook_cleanup(i, ctx);                                                              \
	}
LPS_COPIES(LPS_COPY)
#undef LPS_COPY

#define LPS_COPY(i) {init_##i, cleanup_##i, seal_##i, open_##i},
static const struct functions ours[TABLES] = {LPS_COPIES(LPS_COPY)};
#undef LPS_COPY

/* ISO C has no cast between pointers to functions and to data. */
#define SWAP(table, slot, fn)                                                                      \
	do {                                                                                       \
		uintptr_t swap_value;                                                              \
		memcpy(&swap_value, &(fn), sizeof(swap_value));                                    \
		atomic_store_explicit(                                                             \
			(_Atomic uintptr_t *)(uintptr_t)lp_aead_slot_va(table, slot), swap_value,  \
			memory_order_release);                                                     \
	} while (0)

static void swap(const struct lp_aead_table *t)
{
	unsigned i = atomic_fetch_add_explicit(&n_real, 1, memory_order_relaxed);

	if (i >= TABLES) {
		atomic_store_explicit(&n_real, TABLES, memory_order_relaxed);
		return;
	}
	memcpy(&real[i].init, &t->init_va, sizeof(real[i].init));
	memcpy(&real[i].cleanup, &t->cleanup_va, sizeof(real[i].cleanup));
	memcpy(&real[i].seal, &t->seal_va, sizeof(real[i].seal));
	memcpy(&real[i].open, &t->open_va, sizeof(real[i].open));
	SWAP(t, LP_AEAD_CLEANUP, ours[i].cleanup);
	SWAP(t, LP_AEAD_INIT, ours[i].init);
	SWAP(t, LP_AEAD_OPEN, ours[i].open);
	SWAP(t, LP_AEAD_SEAL, ours[i].seal);
}

/* --- finding ---------------------------------------------------------------------------------- */

static bool all_code(const struct lp_elf *e, const struct lp_aead_table *t)
{
	return lp_elf_is_code(e, t->init_va) && lp_elf_is_code(e, t->cleanup_va) &&
	       lp_elf_is_code(e, t->seal_va) && lp_elf_is_code(e, t->open_va);
}

static void swap_constant(const struct lp_aead_table *t)
{
	uintptr_t lo = (uintptr_t)t->va, hi = lo + LP_AEAD_TABLE_SIZE;
	int prot;

	if (lps_pages_open(&lo, &hi, &prot))
		return;
	swap(t);
	lps_pages_close(lo, hi, prot);
}

/* A copy of `len` bytes, which AddressSanitizer may have fenced; false: not all are there. */
static bool fetch(void *copy, uintptr_t lo, size_t len)
{
	struct iovec from = {.iov_len = len};

	memcpy(&from.iov_base, &lo, sizeof(lo));
	return lps_peek(copy, len, &from, 1) == (long)len;
}

/* What is done with what looks like a table. */
typedef void found_fn(const struct lp_aead_table *t, const void *ctx);

static void find_in(const char *copy, size_t len, uintptr_t va, found_fn *found, const void *ctx)
{
	struct lp_aead_table t;

	for (size_t i = 0; i + LP_AEAD_TABLE_SIZE <= len; i += 8)
		if (lp_aead_table_read(&t, copy + i, va + i))
			found(&t, ctx);
}

/* `room` bytes at a time, copied to `copy`; false: not all are there. */
static bool find_from(char *copy, size_t room, uintptr_t from, size_t size, found_fn *found,
		      const void *ctx)
{
	for (size_t at = 0; at + LP_AEAD_TABLE_SIZE <= size; at += room - LP_AEAD_TABLE_SIZE + 8) {
		size_t len = size - at < room ? size - at : room;

		if (!fetch(copy, from + at, len))
			return false;
		find_in(copy, len, from + at, found, ctx);
	}
	return true;
}

static void found_constant(const struct lp_aead_table *t, const void *ctx)
{
	if (all_code(ctx, t))
		swap_constant(t);
}

static void find_constants(const struct lp_elf *e, uint64_t from, uint64_t size)
{
	char *copy = size <= CONSTANT_MAX ? lps_hold() : NULL;
	bool all;

	if (!copy)
		return;
	all = find_from(copy, MODULE_BLOCK, (uintptr_t)from, (size_t)size, found_constant, e);
	(void)all; /* what is not there holds no table */
	lps_hold_release(copy);
}

/*
 * The tables that need no filling in: ChaCha20-Poly1305's, among what relocation leaves behind; in
 * a program linked for one address, which needs none, among what is only read.
 */
static void find_all_constants(const struct lp_elf *e)
{
	struct lp_span s = lp_elf_from(e, e->relro_va);

	find_constants(e, e->relro_va, s.len < e->relro_size ? s.len : e->relro_size);
	for (unsigned i = 0; e->type == ET_EXEC && i < e->n_loads; i++)
		if (!(e->loads[i].flags & (PF_W | PF_X)))
			find_constants(e, e->loads[i].va, e->loads[i].filesz);
}

struct owner {
	const struct lp_aead_table *t;
	const char *go; /* whose it is, where that has to be asked about */
};

/* The one module of Go's that has BoringSSL's tables, and whether its records come another way. */
static _Atomic uintptr_t go_asked;
static _Atomic bool go_read;

/* Whose table is it? */
static int visit(struct dl_phdr_info *info, size_t size, void *ctx)
{
	static _Atomic uintptr_t searched; /* module whose constants were looked through last */
	struct owner *o = ctx;
	const struct lp_aead_table *t = o->t;
	struct lp_elf_loaded m;

	(void)size;
	if (!lps_module_maps(info, t->va, PF_W) || lp_elf_loaded_init(&m, info) ||
	    !all_code(&m.elf, t))
		return 0;
	if (atomic_load_explicit(&go_asked, memory_order_relaxed) != (uintptr_t)m.elf.image) {
		if (lps_go_has_boring(info)) {
			atomic_store_explicit(&go_asked, (uintptr_t)m.elf.image,
					      memory_order_relaxed);
			o->go = info->dlpi_name;
			return 1;
		}
	} else if (atomic_load_explicit(&go_read, memory_order_relaxed)) {
		return 1;
	}
	swap(t);
	if (atomic_exchange_explicit(&searched, (uintptr_t)m.elf.image, memory_order_relaxed) !=
	    (uintptr_t)m.elf.image)
		find_all_constants(&m.elf);
	return 1;
}

static void found_variable(const struct lp_aead_table *t, const void *ctx)
{
	struct lp_aead_table copy = *t;
	struct owner o = {.t = &copy};

	(void)ctx;
	lps_methods_visit(visit, &o);
	if (!o.go)
		return;
	atomic_store_explicit(&go_read, lps_go_is_read(o.go), memory_order_relaxed);
	lps_methods_visit(visit, &o);
}

void lps_aead_look(const void *once)
{
	uintptr_t at = (uintptr_t)once & ~(uintptr_t)7, page = at & ~(PAGE - 1);
	char copy[BLOCK] __attribute__((aligned(8)));
	const char *p;

	if (find_from(copy, sizeof(copy), at - REACH, 2 * REACH, found_variable, NULL))
		return;
	/* The control's own page is mapped. */
	memcpy(&p, &page, sizeof(p));
	find_in(p, PAGE, page, found_variable, NULL);
}
