/* SPDX-License-Identifier: MIT */
#include "login.h"

#include <stdint.h>
#include <string.h>

#include "base/base64.h"

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

static bool find_url(struct lp_span bytes, struct lp_login *out)
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

/* What follows the first `name`; empty: it is not there. */
static struct lp_span behind(struct lp_span s, struct lp_span name)
{
	const char *p = s.len ? memmem(s.ptr, s.len, name.ptr, name.len) : NULL;

	return p ? lp_span_from(s, (size_t)(p - s.ptr) + name.len) : lp_span_of(NULL, 0);
}

static struct lp_span run_of(struct lp_span s, bool (*is)(char))
{
	size_t n = 0;

	while (n < s.len && is(s.ptr[n]))
		n++;
	return lp_span_first(s, n);
}

static bool in_label(char c)
{
	return lp_ascii_alnum(c) || c == '-';
}

/* The request that a key's owner could have presigned; `region` is empty where nobody said. */
static bool presigned(struct lp_login *out, struct lp_span host, struct lp_span target,
		      struct lp_span key, struct lp_span region, struct lp_span service)
{
	const struct lp_span parts[] = {
		host,
		target,
		LP_SPAN("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="),
		key,
		LP_SPAN("/-/"),
		region,
		LP_SPAN("/"),
		service,
		LP_SPAN("/aws4_request&X-Amz-Signature="),
	};
	size_t n = 0;

	if (!host.len || !key.len)
		return false;
	for (size_t i = 0; i < LP_ARRAY_LEN(parts); i++) {
		if (parts[i].len > sizeof(out->own) - n)
			return false;
		memcpy(out->own + n, parts[i].ptr, parts[i].len);
		n += parts[i].len;
	}
	out->host = lp_span_of(out->own, host.len);
	out->target = lp_span_of(out->own + host.len, n - host.len);
	return true;
}

/*
 * A broker takes the members of a presigned URL in more than one form; who signed it for which
 * region is in all of them, and the request needs no more.
 */
static bool to_broker(struct lp_login *out, struct lp_span host, struct lp_span key,
		      struct lp_span region)
{
	return region.len && presigned(out, host, LP_SPAN("/?Action=kafka-cluster%3AConnect&"), key,
				       region, LP_SPAN("kafka-cluster"));
}

/* What base64 at the front of `in` stands for, as far as there is room; how many bytes. */
static size_t decode(struct lp_span in, char *text, size_t room)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	for (; in.len && n < room; in = lp_span_from(in, 1)) {
		int digit = lp_base64_digit(in.ptr[0]);

		if (digit < 0)
			break;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			text[n++] = (char)(bits >> have);
		}
	}
	return n;
}

/* A string of a flat object; other members may have its name as their value. */
static struct lp_span member_of(struct lp_span json, struct lp_span quoted_name)
{
	do {
		json = behind(json, quoted_name);
		while (json.len && json.ptr[0] == ' ')
			json = lp_span_from(json, 1);
	} while (json.len && json.ptr[0] != ':');
	do
		json = lp_span_from(json, 1);
	while (json.len && json.ptr[0] == ' ');
	return json.len && json.ptr[0] == '"' ? lp_span_from(json, 1) : lp_span_of(NULL, 0);
}

/*
 * SASL/AWS_MSK_IAM. The request is one to the service, as a bearer's is, and not to the broker:
 * what else is said to that one nobody reads.
 */
static bool find_members(struct lp_span bytes, struct lp_login *out)
{
	struct lp_span host, service, scope, key, date;

	if (!lp_span_holds(bytes, LP_SPAN("\"kafka-cluster:Connect\"")))
		return false;
	scope = member_of(bytes, LP_SPAN("\"x-amz-credential\""));
	key = run_of(scope, in_label);
	scope = lp_span_from(scope, key.len + 1);
	date = run_of(scope, in_label);
	host = run_of(member_of(bytes, LP_SPAN("\"host\"")), in_host);
	service = behind(host, LP_SPAN(".kafka"));
	if (service.len)
		host = lp_span_from(host, host.len - service.len - strlen("kafka"));
	return to_broker(out, host, key, run_of(lp_span_from(scope, date.len + 1), in_label));
}

/*
 * SASL/OAUTHBEARER: the URL in base64. librdkafka sends it in more than one piece; the first one
 * says who it is, and its host for which region.
 */
static bool find_bearer(struct lp_span bytes, struct lp_login *out)
{
	struct lp_span in = behind(bytes, LP_SPAN("auth=Bearer ")), url, key;
	const struct lp_span begin = LP_SPAN("https://kafka.");
	char text[384];
	size_t n = decode(in, text, sizeof(text));

	url = lp_span_of(text, n);
	if (!lp_span_starts(url, begin) ||
	    !lp_span_holds(url, LP_SPAN("Action=kafka-cluster%3AConnect&")))
		return false;
	key = behind(url, LP_SPAN("X-Amz-Credential="));
	n = run_of(key, in_label).len;
	return n < key.len &&
	       to_broker(out, run_of(lp_span_from(url, strlen("https://")), in_host),
			 lp_span_first(key, n), run_of(lp_span_from(url, begin.len), in_label));
}

/*
 * SMTP to SES: the user is an access key's id, the password is made from its secret, and both stay
 * where they are but for the id. PLAIN has the user behind a NUL, or behind itself; in LOGIN it is
 * alone. Either follows the command, or is a line of its own. (RFC 4954, 4616)
 */
#define KEY_LEN 20 /* of a user's; others' are not for this */

static bool in_key(char c)
{
	return lp_ascii_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool find_mail(struct lp_span bytes, struct lp_login *out)
{
	const struct lp_span plain = LP_SPAN("AUTH PLAIN "), login = LP_SPAN("AUTH LOGIN ");
	struct lp_span command = lp_span_first(bytes, plain.len), key;
	char text[1 + KEY_LEN + 1];
	size_t n;

	if (lp_span_caseeq(command, plain) || lp_span_caseeq(command, login))
		bytes = lp_span_from(bytes, command.len);
	n = decode(bytes, text, sizeof(text));
	key = lp_span_of(text, n);
	if (n == sizeof(text) && !text[0])
		key = lp_span_from(key, 1);
	n = run_of(key, in_key).len;
	if (n != KEY_LEN || !lp_span_starts(key, LP_SPAN("AKIA")) || (n < key.len && key.ptr[n]))
		return false;
	return presigned(out, LP_SPAN("email-smtp.*"), LP_SPAN("/?Action=SendRawEmail&"),
			 lp_span_first(key, n), LP_SPAN(""), LP_SPAN("ses"));
}

/* CQL to Keyspaces: what AWS's plugins for drivers answer a nonce with; the region is signed. */
static bool find_cql(struct lp_span bytes, struct lp_login *out)
{
	struct lp_span key = behind(behind(bytes, LP_SPAN("signature=")), LP_SPAN(",access_key="));
	size_t n = run_of(key, in_key).len;

	return lp_span_starts(lp_span_from(key, n), LP_SPAN(",amzdate=")) &&
	       presigned(out, LP_SPAN("cassandra.*"), LP_SPAN("/authenticate?"),
			 lp_span_first(key, n), LP_SPAN(""), LP_SPAN("cassandra"));
}

bool lp_login_find(struct lp_span bytes, struct lp_login *out)
{
	return bytes.len &&
	       (find_url(bytes, out) || find_members(bytes, out) || find_bearer(bytes, out) ||
		find_mail(bytes, out) || find_cql(bytes, out));
}

void lp_login_request(const struct lp_login *l, struct lp_span parts[LP_LOGIN_PARTS])
{
	parts[0] = LP_SPAN("GET ");
	parts[1] = l->target;
	parts[2] = LP_SPAN(" HTTP/1.1\r\nHost: ");
	parts[3] = l->host;
	parts[4] = LP_SPAN("\r\n\r\n");
}
