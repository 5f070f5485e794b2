/* SPDX-License-Identifier: MIT */
#include "endpoints.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "aws_host.h"

#define VARIABLE LP_SPAN("AWS_ENDPOINT_URL") /* how their names begin */
#define SCHEME	 LP_SPAN("https://")
#define PORT	 443

static in_port_t port_of(struct lp_span digits)
{
	unsigned port = digits.len ? 0 : PORT;

	for (size_t i = 0; i < digits.len; i++)
		port = port * 10 + (unsigned)(digits.ptr[i] - '0');
	return htons((in_port_t)port);
}

/* What of a URL stands before its path. */
static struct lp_span authority_of(struct lp_span url)
{
	size_t n = 0;

	while (n < url.len && url.ptr[n] != '/' && url.ptr[n] != '?' && url.ptr[n] != '#')
		n++;
	return lp_span_first(url, n);
}

void lp_endpoints_add(struct lp_endpoints *e, struct lp_span variable)
{
	struct lp_endpoint *one = &e->v[e->n];
	struct lp_span url, authority, host;

	if (e->n == LP_ENDPOINTS_MAX || !lp_span_starts(variable, VARIABLE))
		return;
	url = lp_span_from(variable, lp_span_find(variable, '=') + 1);
	if (!lp_span_starts(url, SCHEME))
		return;
	authority = authority_of(lp_span_from(url, SCHEME.len));
	host = lp_host_bare(authority);
	if (!host.len || host.len > sizeof(one->host.text))
		return;
	one->host.len = (uint8_t)host.len;
	memcpy(one->host.text, host.ptr, host.len);
	one->port = port_of(lp_span_from(authority, host.len + 1));
	e->n++;
}

/* As a URL has it. */
static void name_of(const uint8_t address[LP_ENDPOINT_ADDRESS], struct lp_hello_name *out)
{
	struct in6_addr six;

	out->len = 0;
	memcpy(&six, address, sizeof(six));
	if (IN6_IS_ADDR_V4MAPPED(&six)) {
		if (inet_ntop(AF_INET, &six.s6_addr[12], out->text, sizeof(out->text)))
			out->len = (uint8_t)strlen(out->text);
	} else if (inet_ntop(AF_INET6, &six, out->text + 1, sizeof(out->text) - 2)) {
		out->text[0] = '[';
		out->len = (uint8_t)(1 + strlen(out->text + 1));
		out->text[out->len++] = ']';
	}
}

/* S3 puts a bucket in front of the host. */
static bool is_below(struct lp_span name, struct lp_span host)
{
	size_t more = name.len - host.len;

	return name.len > host.len && name.ptr[more - 1] == '.' &&
	       lp_span_caseeq(lp_span_from(name, more), host);
}

bool lp_endpoints_has(const struct lp_endpoints *e, uint16_t port,
		      const uint8_t address[LP_ENDPOINT_ADDRESS], struct lp_hello_name *name)
{
	struct lp_span asked;

	if (!name->len && e->n)
		name_of(address, name);
	asked = lp_hello_host(name);
	for (unsigned i = 0; i < e->n; i++) {
		struct lp_span host = lp_hello_host(&e->v[i].host);

		if (port == e->v[i].port && (lp_span_caseeq(asked, host) || is_below(asked, host)))
			return true;
	}
	return false;
}
