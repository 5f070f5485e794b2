/* SPDX-License-Identifier: MIT */
#ifndef LP_NETWORK_H
#define LP_NETWORK_H

/* IP addresses and networks as text. No state: safe from any thread. */

#include <stdbool.h>

#include "lp_compiler.h"
#include "lp_span.h"

/* IPv4 stands within IPv6. An address is a network of 128 bits. */
struct lp_network {
	unsigned char bytes[16];
	unsigned bits;
};

/* "192.0.2.0/24", "2001:db8::/32", or an address. False: none of these. */
LP_MUST_USE bool lp_network_read(struct lp_span text, struct lp_network *out);

/* Whether all of `inner` is in `outer`. */
bool lp_network_covers(const struct lp_network *outer, const struct lp_network *inner);

#endif
