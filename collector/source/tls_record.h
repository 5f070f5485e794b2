/* SPDX-License-Identifier: MIT */
#ifndef LP_TLS_RECORD_H
#define LP_TLS_RECORD_H

/*
 * Single records of TLS 1.2 and 1.3, for tls.c: cipher suites, their keys, and opening what they
 * seal. Hostile input, no state, any thread.
 */

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hello.h"
#include "lp_compiler.h"

#define LP_TLS_KEY_MAX 32
#define LP_TLS_IV      12
#define LP_TLS_MAC_MAX 48
#define LP_TLS_RANDOM  32
#define LP_TLS_RECORD_MAX                                                                          \
	(16384 + 2048) /* RFC 5246 section 6.2.3; TLS 1.3 allows 256 beyond 16 KiB */

enum lp_tls_mode {
	LP_TLS_GCM, /* or another whose tag comes last */
	LP_TLS_CCM,
	LP_TLS_CBC, /* of TLS 1.2 only, with a MAC */
};

struct lp_tls_suite {
	uint16_t id;
	enum lp_tls_mode mode;
	const char *cipher, *hash;
	uint8_t key, explicit_iv; /* bytes; explicit_iv: of TLS 1.2, in each record */
	uint8_t tag;		  /* bytes behind the text; CBC: of the MAC */
	const char *mac;	  /* CBC: its hash */
};

/* One direction's keys. */
struct lp_tls_keys {
	const struct lp_tls_suite *suite;
	bool etm; /* CBC: the MAC is of what is encrypted (RFC 7366) */
	uint8_t key[LP_TLS_KEY_MAX], iv[LP_TLS_IV], mac[LP_TLS_MAC_MAX];
};

/* NULL: it is not one that can be opened. */
const struct lp_tls_suite *lp_tls_suite_find(uint16_t id, bool v13);
/* The i-th of TLS 1.3, NULL behind the last. */
const struct lp_tls_suite *lp_tls_suite_v13(size_t i);

/* Bytes of its salt or IV in TLS 1.2's block of keys. */
size_t lp_tls_fixed_iv(const struct lp_tls_suite *s);
/* What a record has at least beside its text. */
size_t lp_tls_overhead(const struct lp_tls_suite *s);

/* HKDF-Expand-Label of TLS 1.3 with an empty context, and TLS 1.2's block of keys. */
LP_MUST_USE bool lp_tls_expand(const struct lp_tls_suite *suite, const uint8_t *secret,
			       size_t n_secret, const char *label, uint8_t *out, size_t len);
LP_MUST_USE bool lp_tls_key_block(const struct lp_tls_suite *suite, const uint8_t *master,
				  size_t n_master, const uint8_t server_random[LP_TLS_RANDOM],
				  const uint8_t client_random[LP_TLS_RANDOM], uint8_t *out,
				  size_t len);

/*
 * Opens the record with this head and body into `text`, LP_TLS_RECORD_MAX bytes: the length (of TLS
 * 1.3 with its inner type and padding), or -1.
 */
LP_MUST_USE int lp_tls_open(EVP_CIPHER_CTX *ctx, const struct lp_tls_keys *k,
			    const uint8_t head[LP_TLS_RECORD_HEAD], uint64_t seq,
			    const uint8_t *body, size_t len, uint8_t *text);

#endif
