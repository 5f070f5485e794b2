/* SPDX-License-Identifier: MIT */
#ifndef LP_NAMES_H
#define LP_NAMES_H

/*
 * Addresses of AWS hosts, as DNS answers in a capture and what TLS clients ask for tell them: the
 * newest displace older ones. Hostile input; single-threaded.
 */

#include <stdint.h>

#include "base/hash.h"
#include "conn.h"
#include "lp_compiler.h"
#include "lp_span.h"

#define LP_NAMES_MAX 4096u

struct lp_names {
	uint64_t seed;
	struct lp_name {
		uint8_t addr[16]; /* IPv4 as ::ffff:a.b.c.d */
		char host[LP_SERVER_MAX];
	} v[LP_NAMES_MAX];
};

/* Takes a DNS message (RFC 1035). */
void lp_names_answer(struct lp_names *names, struct lp_span message);
/* An address is this AWS host's. */
void lp_names_add(struct lp_names *names, const uint8_t addr[16], struct lp_span host);
/* The host of an address, or nothing; valid until the next is added. */
struct lp_span lp_names_of(struct lp_names *names, const uint8_t addr[16]);

/* Folded: for tables by address. */
static inline uint64_t lp_flow_hash(uint64_t h, const void *bytes, size_t n)
{
	h = lp_hash_more(h, bytes, n);
	return h ^ h >> 29;
}

#endif
