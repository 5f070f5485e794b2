/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "aws_host.h"
#include "shim.h"

#define VARIABLE  "AWS_ENDPOINT_URL"
#define SCHEME	  "https://"
#define PORT	  443
#define ENDPOINTS 4

static struct endpoint {
	in_port_t port; /* network order */
	struct lp_hello_name host;
} endpoints[ENDPOINTS];
static unsigned n_endpoints;

static in_port_t port_of(struct lp_span digits)
{
	unsigned port = digits.len ? 0 : PORT;

	for (size_t i = 0; i < digits.len; i++)
		port = port * 10 + (unsigned)(digits.ptr[i] - '0');
	return htons((in_port_t)port);
}

static void add(const char *url)
{
	struct endpoint *e = &endpoints[n_endpoints];
	struct lp_span authority, host;

	if (n_endpoints == ENDPOINTS || strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return;
	url += strlen(SCHEME);
	authority = lp_span_of(url, strcspn(url, "/?#"));
	host = lp_host_bare(authority);
	if (!host.len || host.len > sizeof(e->host.text))
		return;
	e->host.len = (uint8_t)host.len;
	memcpy(e->host.text, host.ptr, host.len);
	e->port = port_of(lp_span_from(authority, host.len + 1));
	n_endpoints++;
}

void lps_endpoints_find(void)
{
	for (char **e = environ; e && *e; e++) {
		const char *value =
			strncmp(*e, VARIABLE, strlen(VARIABLE)) ? NULL : strchr(*e, '=');

		if (value)
			add(value + 1);
	}
}

/* Its port in network order, 0 where it has none; its address at *out. */
static in_port_t peer_of(int fd, struct lp_hello_name *out)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = {.any.sa_family = AF_UNSPEC};
	socklen_t len = sizeof(a);
	bool v4, mapped;

	out->len = 0;
	if (syscall(SYS_getpeername, fd, &a, &len))
		return 0;
	v4 = a.any.sa_family == AF_INET;
	if (!v4 && a.any.sa_family != AF_INET6)
		return 0;
	mapped = !v4 && IN6_IS_ADDR_V4MAPPED(&a.v6.sin6_addr);
	if (v4 || mapped) {
		const void *four = v4 ? (const void *)&a.v4.sin_addr : &a.v6.sin6_addr.s6_addr[12];

		if (inet_ntop(AF_INET, four, out->text, sizeof(out->text)))
			out->len = (uint8_t)strlen(out->text);
	} else if (inet_ntop(AF_INET6, &a.v6.sin6_addr, out->text + 1, sizeof(out->text) - 2)) {
		out->text[0] = '[';
		out->len = (uint8_t)(1 + strlen(out->text + 1));
		out->text[out->len++] = ']';
	}
	return v4 ? a.v4.sin_port : a.v6.sin6_port;
}

/* S3 puts a bucket in front of the host. */
static bool is_below(struct lp_span name, struct lp_span host)
{
	size_t more = name.len - host.len;

	return name.len > host.len && name.ptr[more - 1] == '.' &&
	       lp_span_caseeq(lp_span_from(name, more), host);
}

bool lps_endpoint_is(int fd, struct lp_hello_name *name)
{
	struct lp_hello_name address;
	struct lp_span asked;
	in_port_t port;

	if (LP_LIKELY(!n_endpoints))
		return false;
	port = peer_of(fd, &address);
	if (!name->len)
		*name = address;
	asked = lp_hello_host(name);
	for (unsigned i = 0; i < n_endpoints; i++) {
		struct lp_span host = lp_hello_host(&endpoints[i].host);

		if (port == endpoints[i].port &&
		    (lp_span_caseeq(asked, host) || is_below(asked, host)))
			return true;
	}
	return false;
}
