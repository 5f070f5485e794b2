/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "endpoints.h"
#include "shim.h"

static struct lp_endpoints endpoints;

void lps_endpoints_find(void)
{
	for (char **e = environ; e && *e; e++)
		lp_endpoints_add(&endpoints, lp_span_str(*e));
}

/* Its port in network order, 0 where it has none; its address at *out. */
static in_port_t peer_of(int fd, struct in6_addr *out)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = {.any.sa_family = AF_UNSPEC};
	socklen_t len = sizeof(a);

	if (syscall(SYS_getpeername, fd, &a, &len))
		return 0;
	if (a.any.sa_family == AF_INET6) {
		*out = a.v6.sin6_addr;
		return a.v6.sin6_port;
	}
	if (a.any.sa_family != AF_INET)
		return 0;
	*out = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(&out->s6_addr[12], &a.v4.sin_addr, sizeof(a.v4.sin_addr));
	return a.v4.sin_port;
}

bool lps_endpoint_is(int fd, struct lp_hello_name *name)
{
	struct in6_addr address;
	in_port_t port;

	if (LP_LIKELY(!endpoints.n))
		return false;
	port = peer_of(fd, &address);
	return port && lp_endpoints_has(&endpoints, port, address.s6_addr, name);
}
