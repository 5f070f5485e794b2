/* SPDX-License-Identifier: MIT */
#ifndef LP_AWS_HOST_H
#define LP_AWS_HOST_H

/* Which hosts are AWS's. No allocation, no tables but constants: the shim asks, too. */

#include "lp_span.h"

enum lp_host_kind {
	LP_HOST_OTHER,
	LP_HOST_AWS,
	LP_HOST_METADATA, /* instance or container metadata */
};

/*
 * `host` may carry a port. Names that AWS gives to its customers' own servers (load balancers,
 * instances, website and function URLs, API stages) are LP_HOST_OTHER: what goes to them is for AWS
 * only when it is signed.
 */
enum lp_host_kind lp_host_kind_of(struct lp_span host);

/* `host` without its port: "[fd00::1]:80" gives "[fd00::1]", a bare IPv6 address has none. */
struct lp_span lp_host_bare(struct lp_span host);

#endif
