/* SPDX-License-Identifier: MIT */
#ifndef LP_TLS_KEYS_H
#define LP_TLS_KEYS_H

/*
 * The secrets of key logs, between tls_keys.c, which reads them, and tls.c, which uses them.
 * Single-threaded.
 */

#include "base/intern.h"
#include "tls.h"

#define RANDOM	   32
#define SECRET_MAX 48
#define MASTER	   48

enum secret { MASTER_SECRET, CLIENT_EARLY, CLIENT_HS, SERVER_HS, CLIENT_APP, SERVER_APP, SECRETS };

/* Of one connection. */
struct secrets {
	uint8_t len[SECRETS]; /* 0: not known */
	uint8_t v[SECRETS][SECRET_MAX];
};

struct lp_keys {
	struct lp_intern randoms; /* of clients: the names of connections */
	struct secrets *v;	  /* by id in randoms */
	size_t cap;
	struct lp_decrypt decrypt;
	uint64_t sought; /* bytes of records tried to find where connections go on after gaps */
};

/* Those of the connection with this client's random, until keys are added. NULL: there are none. */
const struct secrets *lp_keys_find(const struct lp_keys *k, const uint8_t random[RANDOM]);

#endif
