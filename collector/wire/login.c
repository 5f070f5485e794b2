/* SPDX-License-Identifier: MIT */
#include "login.h"

#include <stdint.h>
#include <string.h>

static bool in_host(char c)
{
	return lp_ascii_alnum(c) || c == '-' || c == '.' || c == ':';
}

/* As signers write queries; what ends a password in a protocol (a quote, a NUL, CR) is none. */
static bool in_url(char c)
{
	return in_host(c) || (c && strchr("_~%&=/?+", c));
}

/*
 * Is what looks like the host's first letter the last byte of a length, as messages of PostgreSQL
 * have one: of itself, the password and a NUL?
 */
static bool is_length(struct lp_span bytes, size_t at, size_t end)
{
	uint32_t len = 0;

	if (at < 3 || end == bytes.len || bytes.ptr[end])
		return false;
	for (size_t i = at - 3; i <= at; i++)
		len = len << 8 | (unsigned char)bytes.ptr[i];
	return len == 4 + (end - at - 1) + 1;
}

bool lp_login_find(struct lp_span bytes, struct lp_login *out)
{
	const struct lp_span signed_by = LP_SPAN("&X-Amz-Signature="), query = LP_SPAN("/?");
	const char *p = memmem(bytes.ptr, bytes.len, signed_by.ptr, signed_by.len);
	size_t from, at, end;

	if (!p)
		return false;
	from = end = (size_t)(p - bytes.ptr);
	while (end < bytes.len && in_url(bytes.ptr[end]))
		end++;
	while (from && in_url(bytes.ptr[from - 1]))
		from--;
	p = memmem(bytes.ptr + from, end - from, query.ptr, query.len);
	if (!p)
		return false;
	at = from = (size_t)(p - bytes.ptr);
	while (from && in_host(bytes.ptr[from - 1]))
		from--;
	if (from < at && is_length(bytes, from, end))
		from++;
	out->host = lp_span_of(bytes.ptr + from, at - from);
	out->target = lp_span_of(p, end - at);
	return out->host.len && (lp_span_holds(out->target, LP_SPAN("?Action=")) ||
				 lp_span_holds(out->target, LP_SPAN("&Action=")));
}

void lp_login_request(const struct lp_login *l, struct lp_span parts[LP_LOGIN_PARTS])
{
	parts[0] = LP_SPAN("GET ");
	parts[1] = l->target;
	parts[2] = LP_SPAN(" HTTP/1.1\r\nHost: ");
	parts[3] = l->host;
	parts[4] = LP_SPAN("\r\n\r\n");
}
