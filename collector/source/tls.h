/* SPDX-License-Identifier: MIT */
#ifndef LP_TLS_H
#define LP_TLS_H

/*
 * Reads captured TLS 1.2 and 1.3 connections with the secrets that their programs logged
 * (SSLKEYLOGFILE): AES-GCM, -CCM and -CBC, and ChaCha20-Poly1305, by OpenSSL. Hostile input,
 * bounded memory, single-threaded. Without libcrypto at build time (tls_none.c) loading keys fails.
 */

#include "flows.h"

#define LP_KEYS_MAX (1u << 18) /* connections of all key logs; more are an error */

struct lp_keys; /* secrets by the client's random */

LP_MUST_USE int lp_keys_new(struct lp_keys **out);
/*
 * Adds a key log, NSS's format, gzipped or not; lines that are none are passed over. 0 or -errno,
 * with a sentence in `why` (256 bytes): also when not one line of it is of use.
 */
LP_MUST_USE int lp_keys_load(struct lp_keys *k, const char *path, char *why, size_t why_size);
/* The same for a text in memory. Returns the lines that were of use, or -errno. */
LP_MUST_USE int lp_keys_read(struct lp_keys *k, struct lp_span text);
/* For lp_flows_decrypt; lives as long as the keys. Connections that begin later know more keys. */
const struct lp_decrypt *lp_keys_decrypt(struct lp_keys *k);
void lp_keys_free(struct lp_keys *k);

#endif
