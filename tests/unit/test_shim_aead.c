/* SPDX-License-Identifier: MIT */

/*
 * Ciphers by table: which tables are believed, that they are found when pthread_once made them, and
 * which key that encrypts belongs to which that decrypts. Real ones are tests/e2e/sdk.t's.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../preload/aead.c"
#include "../../preload/resolve.h"

__thread struct lps_thread lps_self;
_Atomic int lps_phase = LPS_READY;
static _Atomic uint32_t alive = LPS_ALIVE;
_Atomic uint32_t *lps_alive = &alive;

bool lps_live_slow(void)
{
	return false;
}

/* --- what is told, and of whom ---------------------------------------------------------------- */

static const void *requests[8]; /* sessions that sent a request */
static unsigned n_requests, n_new, n_end;
static struct {
	const void *session;
	char text[32];
	size_t len;
} sent, got;

bool lps_session_wanted(const void *s, bool outward)
{
	for (unsigned i = 0; i < n_requests; i++)
		if (requests[i] == s)
			return true;
	return outward;
}

void lps_session_out(const void *s, const void *buf, size_t len)
{
	sent.session = s;
	sent.len = len;
	memcpy(sent.text, buf, len < sizeof(sent.text) ? len : sizeof(sent.text));
	requests[n_requests++] = s;
}

void lps_session_in(const void *s, const void *buf, size_t len)
{
	got.session = s;
	got.len = len;
	memcpy(got.text, buf, len < sizeof(got.text) ? len : sizeof(got.text));
}

void lps_session_new(const void *s)
{
	(void)s;
	n_new++;
}

void lps_session_end(const void *s)
{
	(void)s;
	n_end++;
}

char *lps_hold(void)
{
	static char buf[LP_HEAD_MAX];

	return buf;
}

void lps_hold_release(char *buf)
{
	(void)buf;
}

long lps_peek(void *to, size_t len, const struct iovec *parts, size_t n)
{
	struct iovec here = {.iov_base = to, .iov_len = len};

	return process_vm_readv(getpid(), &here, 1, parts, n, 0);
}

int lps_methods_visit(int (*fn)(struct dl_phdr_info *info, size_t size, void *ctx), void *ctx)
{
	return dl_iterate_phdr(fn, ctx);
}

int lps_pages_open(uintptr_t *lo, uintptr_t *hi, int *prot)
{
	(void)lo, (void)hi, (void)prot;
	return -EPERM;
}

void lps_pages_close(uintptr_t lo, uintptr_t hi, int prot)
{
	(void)lo, (void)hi, (void)prot;
}

static bool go, go_reader;
static unsigned n_asked;

bool lps_go_has_boring(const struct dl_phdr_info *info)
{
	(void)info;
	return go;
}

bool lps_go_is_read(const char *module)
{
	assert_string_equal(module, "");
	n_asked++;
	return go_reader;
}

/* --- a library of ciphers --------------------------------------------------------------------- */

struct table {
	uint8_t sizes[4];
	uint16_t id;
	int extra;
	void *slot[6];
};

/* As AWS-LC's lie in memory. */
static struct {
	pthread_once_t once;
	struct table table;
} cipher;

struct context {
	const struct table *aead;
	int works;
};

static int real_init(void *ctx, const uint8_t *key, size_t key_len, size_t tag_len)
{
	struct context *c = ctx;

	(void)key, (void)key_len, (void)tag_len;
	return c->works;
}

static void real_cleanup(void *ctx)
{
	struct context *c = ctx;

	c->works = 0;
}

/* In place: what was to be read is gone afterwards. */
static int real_seal(SEAL_ARGS)
{
	(void)ctx, (void)tag, (void)tag_max, (void)nonce, (void)nonce_len, (void)in;
	(void)extra, (void)extra_len, (void)ad, (void)ad_len;
	memset(out, '#', in_len);
	*tag_len = 16;
	return 1;
}

static int real_open(OPEN_ARGS)
{
	const struct context *c = ctx;

	(void)nonce, (void)nonce_len, (void)tag, (void)tag_len, (void)ad, (void)ad_len;
	memmove(out, in, in_len);
	return c->works;
}

#define PUT(i, fn)                                                                                 \
	do {                                                                                       \
		lps_fn put_fn = (lps_fn)(fn);                                                      \
		memcpy(&cipher.table.slot[i], &put_fn, sizeof(put_fn));                            \
	} while (0)

static void fill(void)
{
	cipher.table = (struct table){.sizes = {32, 12, 16, 16}, .id = 7, .extra = 1};
	PUT(0, real_init);
	PUT(2, real_cleanup);
	PUT(4, real_seal);
	PUT(5, real_open);
}

#define CALL(type, i) (*(type **)(void *)&cipher.table.slot[i])

static void make(struct context *c)
{
	*c = (struct context){&cipher.table, 1};
	assert_int_equal(CALL(init_fn, 0)(c, NULL, 32, 16), 1);
}

static const uint8_t ad13[] = {23, 3, 3, 0, 40}, ad12[] = {0, 0, 0, 0, 0, 0, 0, 1, 23, 3, 3, 0, 1},
		     finished12[] = {0, 0, 0, 0, 0, 0, 0, 0, 22, 3, 3, 0, 1};

/* Encrypts `text` in place, with what TLS puts behind it. */
#define SEAL(c, text, extra, ad)                                                                   \
	do {                                                                                       \
		uint8_t seal_buf[] = text, seal_tag[16];                                           \
		size_t seal_len;                                                                   \
		assert_int_equal(CALL(seal_fn, 4)(c, seal_buf, seal_tag, &seal_len, 16, NULL, 12,  \
						  seal_buf, sizeof(seal_buf) - 1,                  \
						  (const uint8_t *)(extra), strlen(extra), ad,     \
						  sizeof(ad)),                                     \
				 1);                                                               \
	} while (0)

#define OPEN(c, text, ad)                                                                          \
	do {                                                                                       \
		uint8_t open_buf[64];                                                              \
		assert_int_equal(CALL(open_fn, 5)(c, open_buf, NULL, 12, (const uint8_t *)(text),  \
						  sizeof(text) - 1, NULL, 16, ad, sizeof(ad)),     \
				 (c)->works);                                                      \
	} while (0)

#define TOLD(what, c, said)                                                                        \
	do {                                                                                       \
		assert_ptr_equal((what).session, c);                                               \
		assert_int_equal((what).len, sizeof(said) - 1);                                    \
		assert_memory_equal((what).text, said, sizeof(said) - 1);                          \
		(what).session = NULL;                                                             \
	} while (0)

static int fresh(void **state)
{
	(void)state;
	n_requests = n_new = n_end = 0;
	memset(&sent, 0, sizeof(sent));
	memset(&got, 0, sizeof(got));
	memset(keys, 0, sizeof(keys));
	newest = 0;
	if (!cipher.table.id) { /* once: what we put there is code of this module, too */
		pthread_once(&cipher.once, fill);
		lps_aead_look(&cipher.once);
	}
	return 0;
}

static void tables_that_are_believed(void **state)
{
	/* BoringSSL's and AWS-LC's heads; then the functions from 1 on. */
	static const uint8_t boring[8] = {16, 12, 16, 16, 1},
			     aws_lc[16] = {32, 12, 16, 16, 5, 0, 0, 0, 1};
	struct {
		const uint8_t *head;
		unsigned len;
	} heads[] = {{boring, 8}, {aws_lc, 16}};
	struct lp_aead_table t;

	(void)state;
	for (unsigned h = 0; h < LP_ARRAY_LEN(heads); h++) {
		uint64_t words[8] = {0}, *slot = words + heads[h].len / 8;

		memcpy(words, heads[h].head, heads[h].len);
		slot[0] = 0x100;
		slot[2] = 0x102;
		slot[4] = 0x104;
		slot[5] = 0x105;
		assert_true(lp_aead_table_read(&t, words, 0x1000));
		assert_int_equal(t.slots, heads[h].len);
		assert_int_equal(t.init_va, 0x100);
		assert_int_equal(t.cleanup_va, 0x102);
		assert_int_equal(t.seal_va, 0x104);
		assert_int_equal(t.open_va, 0x105);
		assert_int_equal(lp_aead_slot_va(&t, LP_AEAD_SEAL), 0x1000 + heads[h].len + 32);
		for (unsigned i = 0; i < 4; i++) {
			uint8_t *byte = (uint8_t *)words + i, was = *byte;

			*byte = 24;
			assert_false(lp_aead_table_read(&t, words, 0));
			*byte = was;
		}
		for (unsigned i = 0; i < 6; i++) { /* one too many, or one missing */
			uint64_t was = slot[i];

			slot[i] = was ? 0 : 0x100;
			assert_false(lp_aead_table_read(&t, words, 0));
			slot[i] = was;
		}
	}
}

static void tls13(void **state)
{
	struct context hs_dec, hs_enc, dec, enc;

	(void)state;
	make(&hs_dec);
	make(&hs_enc);
	OPEN(&hs_dec, "certificate\x16", ad13);
	SEAL(&hs_enc, "finished\x16", "", ad13);
	assert_null(sent.session);
	make(&dec);
	make(&enc);
	assert_int_equal(n_new, 4);
	OPEN(&dec, "ticket\x16\0\0", ad13);
	SEAL(&enc, "GET /\x17\0", "", ad13);
	TOLD(sent, &enc, "GET /");
	OPEN(&dec, "200\x17\0\0", ad13);
	TOLD(got, &enc, "200");
	/* The type apart, as BoringSSL gives it; an alert. */
	SEAL(&enc, "PUT /", "\x17", ad13);
	TOLD(sent, &enc, "PUT /");
	SEAL(&enc, "\1\0", "\x15", ad13);
	assert_null(sent.session);
	/* What does not open is nobody's. */
	dec.works = 0;
	OPEN(&dec, "404\x17", ad13);
	assert_null(got.session);
	CALL(cleanup_fn, 2)(&enc);
	assert_int_equal(n_end, 1);
	assert_int_equal(enc.works, 0);
	assert_null(find((uintptr_t)&enc));
}

/* As newer BoringSSL's: in vectors. Each part is "encrypted" to its own place. */
static int vector_seal(const void *ctx, const struct vector *v, size_t n, uint8_t *tag,
		       size_t tag_max, size_t *tag_len, const uint8_t *nonce, size_t nonce_len,
		       const struct iovec *ad, size_t n_ad)
{
	(void)ctx, (void)tag, (void)tag_max, (void)nonce, (void)ad, (void)n_ad;
	for (size_t i = 0; i < n; i++)
		memset(v[i].out, '#', v[i].len);
	*tag_len = 16;
	return nonce_len == 12;
}

static int vector_open(const void *ctx, const struct vector *v, size_t n, const uint8_t *nonce,
		       size_t nonce_len, uintptr_t unused, const uint8_t *tag, size_t tag_len,
		       const struct iovec *ad, size_t n_ad)
{
	const struct context *c = ctx;

	(void)nonce, (void)unused, (void)tag, (void)ad, (void)n_ad;
	for (size_t i = 0; i < n; i++)
		memmove(v[i].out, v[i].in, v[i].len);
	return nonce_len == 12 && tag_len == 16 ? c->works : 0;
}

typedef int vector_seal_fn(const void *, const struct vector *, size_t, uint8_t *, size_t, size_t *,
			   const uint8_t *, size_t, const struct iovec *, size_t);
typedef int vector_open_fn(const void *, const struct vector *, size_t, const uint8_t *, size_t,
			   uintptr_t, const uint8_t *, size_t, const struct iovec *, size_t);

/* BoringSSL's head, and no number in it; out of the other's reach. */
static struct {
	char before[REACH];
	pthread_once_t once;
	struct {
		uint8_t sizes[8];
		lps_fn slot[6];
	} table;
	char behind[REACH];
} vectors;

static void fill_vectors(void)
{
	memcpy(vectors.table.sizes, (uint8_t[]){32, 12, 16, 16}, 4);
	vectors.table.slot[0] = (lps_fn)real_init;
	vectors.table.slot[2] = (lps_fn)real_cleanup;
	vectors.table.slot[4] = (lps_fn)vector_seal;
	vectors.table.slot[5] = (lps_fn)vector_open;
}

/* A record of `parts` with that header, or headers, as additional data; out of place. */
static void seal_parts(struct context *c, const char *const *parts, const struct iovec *ad,
		       size_t n_ad)
{
	const uint8_t nonce[12] = {0};
	char in[4][32], out[4][32];
	struct vector v[4] = {{0}};
	uint8_t tag[16];
	size_t n = 0, tag_len = 0;

	for (; parts[n]; n++) {
		strcpy(in[n], parts[n]);
		v[n] = (struct vector){out[n], in[n], strlen(parts[n])};
	}
	assert_int_equal(((vector_seal_fn *)vectors.table.slot[4])(c, v, n, tag, 16, &tag_len,
								   nonce, 12, ad, n_ad),
			 1);
	assert_int_equal(tag_len, 16);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(out[i][0], '#');
}

static void in_vectors(void **state)
{
	const uint8_t nonce[12] = {0}, tag[16] = {0};
	struct iovec header = {(void *)(uintptr_t)ad13, sizeof(ad13)},
		     pieces[] = {{(void *)(uintptr_t)ad12, 8},
				 {NULL, 0},
				 {(void *)(uintptr_t)(ad12 + 8), 5}},
		     none[] = {{(void *)(uintptr_t)ad12, 13}, {(void *)(uintptr_t)ad12, 1}};
	char record[] = "200\x17";
	struct vector whole = {record, record, sizeof(record) - 1};
	struct context dec = {.works = 1}, enc = {.works = 1};
	vector_open_fn *open;

	(void)state;
	pthread_once(&vectors.once, fill_vectors);
	lps_aead_look(&vectors.once);
	assert_ptr_not_equal(vectors.table.slot[4], (lps_fn)vector_seal);
	open = (vector_open_fn *)vectors.table.slot[5];
	assert_int_equal(((init_fn *)vectors.table.slot[0])(&dec, NULL, 32, 16), 1);
	assert_int_equal(((init_fn *)vectors.table.slot[0])(&enc, NULL, 32, 16), 1);
	assert_int_equal(n_new, 2);
	seal_parts(&enc, (const char *const[]){"PUT /", "\x17", NULL}, &header, 1);
	TOLD(sent, &enc, "PUT /");
	assert_int_equal(open(&dec, &whole, 1, nonce, 12, 0, tag, 16, &header, 1), 1);
	TOLD(got, &enc, "200");
	/* TLS 1.2: its header in pieces, its type not in the text. */
	seal_parts(&enc, (const char *const[]){"GET /", NULL}, pieces, 3);
	TOLD(sent, &enc, "GET /");
	/* An alert, no TLS, more parts than any record has: passed on. */
	seal_parts(&enc, (const char *const[]){"\1", "\x15", NULL}, &header, 1);
	seal_parts(&enc, (const char *const[]){"GET /", "\x17", NULL}, none, 2);
	seal_parts(&enc, (const char *const[]){"GET /", "\x17", NULL}, NULL, 0);
	seal_parts(&enc, (const char *const[]){NULL}, &header, 1);
	assert_null(sent.session);
	dec.works = 0;
	assert_int_equal(open(&dec, &whole, 1, nonce, 12, 0, tag, 16, &header, 1), 0);
	assert_null(got.session);
}

/* Out of the others' reach. */
static struct {
	char before[REACH];
	pthread_once_t once;
	struct {
		uint8_t sizes[8];
		lps_fn slot[6];
	} table[2];
	char behind[REACH];
} in_program;

static void fill_in_program(void)
{
	for (unsigned i = 0; i < LP_ARRAY_LEN(in_program.table); i++) {
		memcpy(in_program.table[i].sizes, (uint8_t[]){32, 12, 16, 16}, 4);
		in_program.table[i].slot[0] = (lps_fn)real_init;
		in_program.table[i].slot[2] = (lps_fn)real_cleanup;
		in_program.table[i].slot[4] = (lps_fn)real_seal;
		in_program.table[i].slot[5] = (lps_fn)real_open;
	}
}

/* Go's crypto/tls with BoringSSL inside: only one of those who see its records tells of them. */
static void inside_go(void **state)
{
	(void)state;
	go = go_reader = true;
	pthread_once(&in_program.once, fill_in_program);
	lps_aead_look(&in_program.once);
	for (unsigned i = 0; i < LP_ARRAY_LEN(in_program.table); i++)
		assert_ptr_equal(in_program.table[i].slot[4], (lps_fn)real_seal);
	assert_int_equal(n_asked, 1);
	atomic_store(&go_asked, 0);
	go_reader = false;
	lps_aead_look(&in_program.once);
	for (unsigned i = 0; i < LP_ARRAY_LEN(in_program.table); i++)
		assert_ptr_not_equal(in_program.table[i].slot[4], (lps_fn)real_seal);
	assert_int_equal(n_asked, 2);
	go = false;
}

static void two_at_once(void **state)
{
	struct context dec[2], enc[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		make(&dec[i]);
		make(&enc[i]);
		SEAL(&enc[i], "finished", "", finished12);
		OPEN(&dec[i], "finished", finished12);
	}
	SEAL(&enc[0], "GET /0", "", ad12);
	SEAL(&enc[1], "GET /1", "", ad12);
	/* The later one's answer comes first, though the earlier one's key is its neighbour, too.
	 */
	OPEN(&dec[1], "200 1", ad12);
	TOLD(got, &enc[1], "200 1");
	OPEN(&dec[0], "200 0", ad12);
	TOLD(got, &enc[0], "200 0");
}

static void others(void **state)
{
	static const uint8_t quic[] = {0x40, 1, 2, 3, 4}, file[13] = "some header:";
	struct context dec, enc;
	struct lps_tls_mark m;

	(void)state;
	make(&enc);
	make(&dec);
	SEAL(&enc, "no record\x17", "", quic);
	SEAL(&enc, "no record\x17", "", file);
	assert_null(sent.session);
	/* Another hook is told of these bytes. */
	m = lps_tls_begin();
	SEAL(&enc, "GET /\x17", "", ad13);
	assert_null(sent.session);
	lps_tls_end(m);
	SEAL(&enc, "GET /\x17", "", ad13);
	TOLD(sent, &enc, "GET /");
	OPEN(&dec, "200\x17", ad13);
	TOLD(got, &enc, "200");
}

static void more_keys_than_are_kept(void **state)
{
	(void)state;
	for (uintptr_t i = 1; i <= 4 * KEYS; i++)
		key_made(i * 64);
	for (uintptr_t i = 1; i <= 4 * KEYS; i++)
		key_gone(i * 64);
	for (unsigned i = 0; i < KEYS; i++)
		assert_int_equal(keys[i].ctx, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_that_are_believed),
		cmocka_unit_test_setup(tls13, fresh),
		cmocka_unit_test_setup(in_vectors, fresh),
		cmocka_unit_test_setup(inside_go, fresh),
		cmocka_unit_test_setup(two_at_once, fresh),
		cmocka_unit_test_setup(others, fresh),
		cmocka_unit_test_setup(more_keys_than_are_kept, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
