/* SPDX-License-Identifier: MIT */
#include "tls_record.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <string.h>

#define AES_BLOCK 16
#define AAD	  13 /* of TLS 1.2, and what its MAC begins with */

#define GCM(id, n, hash, iv)                                                                       \
	{                                                                                          \
		id, LP_TLS_GCM, "AES-" #n "-GCM", hash, (n) / 8, iv, 16, NULL                      \
	}
#define CHACHA(id)                                                                                 \
	{                                                                                          \
		id, LP_TLS_GCM, "ChaCha20-Poly1305", "SHA256", 32, 0, 16, NULL                     \
	}
#define CCM(id, n, iv, tag)                                                                        \
	{                                                                                          \
		id, LP_TLS_CCM, "AES-" #n "-CCM", "SHA256", (n) / 8, iv, tag, NULL                 \
	}
#define CBC(id, n, hash, len, mac)                                                                 \
	{                                                                                          \
		id, LP_TLS_CBC, "AES-" #n "-CBC", hash, (n) / 8, AES_BLOCK, len, mac               \
	}

/* IANA's TLS Cipher Suites, those of AES and ChaCha20; those of TLS 1.3 stand first. */
static const struct lp_tls_suite suites[] = {
	GCM(0x1301, 128, "SHA256", 0),
	GCM(0x1302, 256, "SHA384", 0),
	CHACHA(0x1303),
	CCM(0x1304, 128, 0, 16),
	CCM(0x1305, 128, 0, 8),
	GCM(0x009c, 128, "SHA256", 8),
	GCM(0x009d, 256, "SHA384", 8),
	GCM(0x009e, 128, "SHA256", 8),
	GCM(0x009f, 256, "SHA384", 8),
	GCM(0xc02b, 128, "SHA256", 8),
	GCM(0xc02c, 256, "SHA384", 8),
	GCM(0xc02f, 128, "SHA256", 8),
	GCM(0xc030, 256, "SHA384", 8),
	CHACHA(0xcca8),
	CHACHA(0xcca9),
	CHACHA(0xccaa),
	CCM(0xc09c, 128, 8, 16),
	CCM(0xc09d, 256, 8, 16),
	CCM(0xc09e, 128, 8, 16),
	CCM(0xc09f, 256, 8, 16),
	CCM(0xc0a0, 128, 8, 8),
	CCM(0xc0a1, 256, 8, 8),
	CCM(0xc0a2, 128, 8, 8),
	CCM(0xc0a3, 256, 8, 8),
	CCM(0xc0ac, 128, 8, 16),
	CCM(0xc0ad, 256, 8, 16),
	CCM(0xc0ae, 128, 8, 8),
	CCM(0xc0af, 256, 8, 8),
	CBC(0x002f, 128, "SHA256", 20, "SHA1"),
	CBC(0x0033, 128, "SHA256", 20, "SHA1"),
	CBC(0x0035, 256, "SHA256", 20, "SHA1"),
	CBC(0x0039, 256, "SHA256", 20, "SHA1"),
	CBC(0x003c, 128, "SHA256", 32, "SHA256"),
	CBC(0x003d, 256, "SHA256", 32, "SHA256"),
	CBC(0x0067, 128, "SHA256", 32, "SHA256"),
	CBC(0x006b, 256, "SHA256", 32, "SHA256"),
	CBC(0xc009, 128, "SHA256", 20, "SHA1"),
	CBC(0xc00a, 256, "SHA256", 20, "SHA1"),
	CBC(0xc013, 128, "SHA256", 20, "SHA1"),
	CBC(0xc014, 256, "SHA256", 20, "SHA1"),
	CBC(0xc023, 128, "SHA256", 32, "SHA256"),
	CBC(0xc024, 256, "SHA384", 48, "SHA384"),
	CBC(0xc027, 128, "SHA256", 32, "SHA256"),
	CBC(0xc028, 256, "SHA384", 48, "SHA384"),
};

static bool is_v13(const struct lp_tls_suite *s)
{
	return s->id >> 8 == 0x13;
}

const struct lp_tls_suite *lp_tls_suite_v13(size_t i)
{
	return i < LP_ARRAY_LEN(suites) && is_v13(&suites[i]) ? &suites[i] : NULL;
}

const struct lp_tls_suite *lp_tls_suite_find(uint16_t id, bool v13)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(suites); i++)
		if (suites[i].id == id && is_v13(&suites[i]) == v13)
			return &suites[i];
	return NULL;
}

size_t lp_tls_fixed_iv(const struct lp_tls_suite *s)
{
	return s->mode == LP_TLS_CBC ? 0 : s->explicit_iv ? LP_TLS_IV - 8 : LP_TLS_IV;
}

size_t lp_tls_overhead(const struct lp_tls_suite *s)
{
	return (size_t)s->explicit_iv + s->tag + is_v13(s) + (s->mode == LP_TLS_CBC);
}

/* --- keys ---------------------------------------------------------------------------------- */

static bool derive(const char *kdf_name, const OSSL_PARAM *params, uint8_t *out, size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, kdf_name, NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	bool ok = ctx && EVP_KDF_derive(ctx, out, len, params) > 0;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok;
}

static OSSL_PARAM text_param(const char *name, const char *text)
{
	union {
		const char *in;
		char *out;
	} u = {text};

	return OSSL_PARAM_construct_utf8_string(name, u.out, 0);
}

static OSSL_PARAM bytes_param(const char *name, const void *bytes, size_t len)
{
	union {
		const void *in;
		void *out;
	} u = {bytes};

	return OSSL_PARAM_construct_octet_string(name, u.out, len);
}

/* RFC 8446 section 7.1, with an empty context. */
bool lp_tls_expand(const struct lp_tls_suite *suite, const uint8_t *secret, size_t n_secret,
		   const char *label, uint8_t *out, size_t len)
{
	size_t n = strlen(label);
	uint8_t info[64] = {(uint8_t)(len >> 8), (uint8_t)len, (uint8_t)(n + 6)};
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	OSSL_PARAM params[6];

	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, n);
	params[0] = text_param(OSSL_KDF_PARAM_DIGEST, suite->hash);
	params[1] = bytes_param(OSSL_KDF_PARAM_KEY, secret, n_secret);
	params[2] = bytes_param(OSSL_KDF_PARAM_INFO, info, 9 + n + 1);
	params[3] = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
	params[4] = OSSL_PARAM_construct_end();
	return derive("HKDF", params, out, len);
}

bool lp_tls_key_block(const struct lp_tls_suite *suite, const uint8_t *master, size_t n_master,
		      const uint8_t server_random[LP_TLS_RANDOM],
		      const uint8_t client_random[LP_TLS_RANDOM], uint8_t *out, size_t len)
{
	static const char label[] = "key expansion";
	uint8_t seed[sizeof(label) - 1 + 2 * LP_TLS_RANDOM];
	OSSL_PARAM params[4];

	memcpy(seed, label, sizeof(label) - 1);
	memcpy(seed + sizeof(label) - 1, server_random, LP_TLS_RANDOM);
	memcpy(seed + sizeof(label) - 1 + LP_TLS_RANDOM, client_random, LP_TLS_RANDOM);
	params[0] = text_param(OSSL_KDF_PARAM_DIGEST, suite->hash);
	params[1] = bytes_param(OSSL_KDF_PARAM_SECRET, master, n_master);
	params[2] = bytes_param(OSSL_KDF_PARAM_SEED, seed, sizeof(seed));
	params[3] = OSSL_PARAM_construct_end();
	return derive("TLS1-PRF", params, out, len);
}

/* --- records ------------------------------------------------------------------------------- */

/* What TLS 1.2 authenticates before the text, of `len` bytes. */
static void put_aad(uint8_t aad[AAD], const uint8_t *head, uint64_t seq, size_t len)
{
	for (unsigned i = 0; i < 8; i++)
		aad[i] = (uint8_t)(seq >> (56 - 8 * i));
	memcpy(aad + 8, head, 3);
	aad[11] = (uint8_t)(len >> 8);
	aad[12] = (uint8_t)len;
}

/* --- ciphers that authenticate ---------------------------------------------------------------- */

static int open_aead(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct lp_tls_keys *k,
		     const uint8_t *head, uint64_t seq, const uint8_t *body, size_t len,
		     uint8_t *text)
{
	const struct lp_tls_suite *s = k->suite;
	size_t skip = s->explicit_iv, n_aad = AAD;
	uint8_t nonce[LP_TLS_IV], aad[AAD];
	union {
		const uint8_t *in;
		uint8_t *out;
	} tag;
	int n = 0, end = 0;

	if (len < skip + s->tag)
		return -1;
	memcpy(nonce, k->iv, LP_TLS_IV);
	if (skip)
		memcpy(nonce + 4, body, 8);
	else
		for (unsigned i = 0; i < 8; i++)
			nonce[4 + i] ^= (uint8_t)(seq >> (56 - 8 * i));
	body += skip;
	len -= skip + s->tag;
	put_aad(aad, head, seq, len);
	if (is_v13(s)) {
		memcpy(aad, head, LP_TLS_RECORD_HEAD);
		n_aad = LP_TLS_RECORD_HEAD;
	}
	tag.in = body + len;
	if (EVP_DecryptInit_ex2(ctx, cipher, NULL, NULL, NULL) <= 0 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, LP_TLS_IV, NULL) <= 0 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, s->tag, tag.out) <= 0 ||
	    EVP_DecryptInit_ex2(ctx, NULL, k->key, nonce, NULL) <= 0)
		return -1;
	/* CCM begins with the length, and ends with the text. */
	if (s->mode == LP_TLS_CCM && EVP_DecryptUpdate(ctx, NULL, &n, NULL, (int)len) <= 0)
		return -1;
	if (EVP_DecryptUpdate(ctx, NULL, &n, aad, (int)n_aad) <= 0 ||
	    EVP_DecryptUpdate(ctx, text, &n, body, (int)len) <= 0)
		return -1;
	return s->mode == LP_TLS_CCM || EVP_DecryptFinal_ex(ctx, text + n, &end) > 0 ? n : -1;
}

/* --- CBC -------------------------------------------------------------------------------------- */

static bool has_mac(const struct lp_tls_keys *k, const uint8_t aad[AAD], const uint8_t *bytes,
		    size_t len, const uint8_t *mac)
{
	OSSL_PARAM params[] = {text_param(OSSL_MAC_PARAM_DIGEST, k->suite->mac),
			       OSSL_PARAM_construct_end()};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	uint8_t got[LP_TLS_MAC_MAX];
	size_t n = 0;
	bool ok = ctx && EVP_MAC_init(ctx, k->mac, k->suite->tag, params) > 0 &&
		  EVP_MAC_update(ctx, aad, AAD) > 0 && EVP_MAC_update(ctx, bytes, len) > 0 &&
		  EVP_MAC_final(ctx, got, &n, sizeof(got)) > 0 && n == k->suite->tag &&
		  !CRYPTO_memcmp(got, mac, n);

	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(hmac);
	return ok;
}

/* The length without RFC 5246's padding, each byte of which is how many more there are; or -1. */
static int unpad(const uint8_t *text, int n)
{
	int pad = n ? text[n - 1] : 0;

	if (pad >= n)
		return -1;
	for (int i = n - 1 - pad; i < n; i++)
		if (text[i] != pad)
			return -1;
	return n - 1 - pad;
}

static int open_cbc(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct lp_tls_keys *k,
		    const uint8_t *head, uint64_t seq, const uint8_t *body, size_t len,
		    uint8_t *text)
{
	size_t mac = k->suite->tag;
	uint8_t aad[AAD];
	int n = 0;

	if (k->etm) {
		if (len < mac)
			return -1;
		len -= mac;
		put_aad(aad, head, seq, len);
		if (!has_mac(k, aad, body, len, body + len))
			return -1;
	}
	if (len < 2 * AES_BLOCK || len % AES_BLOCK ||
	    EVP_DecryptInit_ex2(ctx, cipher, k->key, body, NULL) <= 0 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) <= 0 ||
	    EVP_DecryptUpdate(ctx, text, &n, body + AES_BLOCK, (int)(len - AES_BLOCK)) <= 0)
		return -1;
	n = unpad(text, n);
	if (k->etm || n < 0)
		return n;
	if ((size_t)n < mac)
		return -1;
	n -= (int)mac;
	put_aad(aad, head, seq, (size_t)n);
	return has_mac(k, aad, text, (size_t)n, text + n) ? n : -1;
}

int lp_tls_open(EVP_CIPHER_CTX *ctx, const struct lp_tls_keys *k,
		const uint8_t head[LP_TLS_RECORD_HEAD], uint64_t seq, const uint8_t *body,
		size_t len, uint8_t *text)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, k->suite->cipher, NULL);
	int n = -1;

	if (cipher)
		n = (k->suite->mode == LP_TLS_CBC ? open_cbc : open_aead)(ctx, cipher, k, head, seq,
									  body, len, text);
	EVP_CIPHER_free(cipher);
	return n;
}
