/* SPDX-License-Identifier: MIT */
#ifndef LP_TLS_KEYS_H
#define LP_TLS_KEYS_H

/*
 * The secrets of key logs, between tls_keys.c, which reads them, and tls.c, which uses them.
 * Single-threaded.
 */

#include "tls.h"

#define RANDOM	   32
#define SECRET_MAX 48
#define MASTER	   48

enum secret { MASTER_SECRET, CLIENT_EARLY, CLIENT_HS, SERVER_HS, CLIENT_APP, SERVER_APP, SECRETS };

struct secrets {
	uint8_t random[RANDOM];
	uint8_t len[SECRETS]; /* 0: not known */
	uint8_t v[SECRETS][SECRET_MAX];
};

struct lp_keys {
	struct secrets *v;
	size_t n, cap;
	bool sorted;
	struct lp_decrypt decrypt;
};

/* Those of the connection with this client's random. NULL: there are none. */
const struct secrets *lp_keys_find(struct lp_keys *k, const uint8_t random[RANDOM]);

#endif
