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
	struct lp_intern sessions;  /* of TLS 1.2, by which clients take them up again */
	uint8_t (*masters)[MASTER]; /* by id in sessions */
	size_t cap_masters;
	struct lp_decrypt decrypt;
	uint64_t sought; /* bytes of records tried to find where connections go on after gaps */
};

/* Those of the connection with this client's random, until keys are added. NULL: there are none. */
const struct secrets *lp_keys_find(const struct lp_keys *k, const uint8_t random[RANDOM]);

/*
 * A session's secret, by its id or its ticket: who takes it up again may not log it once more. Not
 * kept where there is no room.
 */
void lp_keys_remember(struct lp_keys *k, struct lp_span name, const uint8_t master[MASTER]);
/* NULL: no such session was met. Valid until another is remembered. */
const uint8_t *lp_keys_recall(const struct lp_keys *k, struct lp_span name);

#endif
