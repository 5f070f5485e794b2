/* SPDX-License-Identifier: MIT */
#ifndef LP_ENDPOINTS_H
#define LP_ENDPOINTS_H

/*
 * Servers that an environment names in AWS's place: AWS_ENDPOINT_URL and its like for single
 * services. No allocation; the shim uses it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "hello.h"

#define LP_ENDPOINTS_MAX    4u	/* further ones are not looked at */
#define LP_ENDPOINT_ADDRESS 16u /* bytes: IPv6, or IPv4 mapped into it */

/* All zero is none. */
struct lp_endpoints {
	unsigned n;
	struct lp_endpoint {
		uint16_t port; /* network order */
		struct lp_hello_name host;
	} v[LP_ENDPOINTS_MAX];
};

/* "NAME=value" of an environment, copied when it names one that is spoken to over TLS. */
void lp_endpoints_add(struct lp_endpoints *e, struct lp_span variable);

/*
 * Whether a TLS connection to that port (network order) and address, whose client asks for `name`
 * (len 0: for none), goes to one of them. Without a name *name becomes the address, as a URL has
 * it.
 */
bool lp_endpoints_has(const struct lp_endpoints *e, uint16_t port,
		      const uint8_t address[LP_ENDPOINT_ADDRESS], struct lp_hello_name *name);

#endif
