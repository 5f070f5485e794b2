/* SPDX-License-Identifier: MIT */
#include "sigv4.h"

#include <endian.h>

#include "multipart.h"

#define ACCESS_KEY_MAX 128

/* Bytes of the separator at `p`: '/' or "%2F"; 0: there is none. */
static size_t slash(const char *p, const char *end)
{
	if (*p == '/')
		return 1;
	return *p == '%' && end - p >= 3 && p[1] == '2' && (p[2] | 0x20) == 'f' ? 3 : 0;
}

#define STEP sizeof(uint64_t)

/* How many of the next STEP bytes are letters, digits or signs like them (above '/', below DEL). */
static size_t plain(const char *p)
{
	const uint64_t each = UINT64_C(0x0101010101010101), high = each * 0x80;
	uint64_t w, other;

	memcpy(&w, p, STEP);
	w = le64toh(w);
	other = (w | (w + each) | ~(w + each * (0x80 - '0'))) & high;
	return other ? (size_t)__builtin_ctzll(other) / 8 : STEP;
}

/* KEY/DATE/REGION/SERVICE/aws4_request, or without REGION for SigV4A. */
LP_HOT static bool scope(struct lp_span s, struct lp_sig *out)
{
	const char *p = s.len ? s.ptr : "", *end = p + s.len, *from = p;
	struct lp_span part[4];
	unsigned n = 0;

	while (p < end) {
		size_t len;

		if (LP_LIKELY((size_t)(end - p) > STEP))
			p += plain(p);
		if (LP_LIKELY(*p > '/' && *p != 0x7f)) {
			p++;
			continue;
		}
		len = slash(p, end);
		if (LP_UNLIKELY(*p <= ' ' || *p == 0x7f))
			return false;
		if (!len) {
			p++;
			continue;
		}
		if (LP_UNLIKELY(n == LP_ARRAY_LEN(part)))
			return false;
		part[n++] = lp_span_of(from, (size_t)(p - from));
		from = p += len;
	}
	if (LP_UNLIKELY(
		    n < 3 ||
		    !lp_span_eq(lp_span_of(from, (size_t)(end - from)), LP_SPAN("aws4_request")) ||
		    !part[0].len || part[0].len > ACCESS_KEY_MAX))
		return false;
	out->access_key = part[0];
	out->date = part[1];
	out->region = n == 4 ? part[2] : lp_span_of(NULL, 0);
	out->service = part[n - 1];
	out->scope = s;
	return true;
}

/* Of the characters that names of algorithms are made of, so that it may be shown. */
LP_HOT static enum lp_sig_kind algorithm(struct lp_span s)
{
	if (LP_LIKELY(lp_span_eq(s, LP_SPAN("AWS4-HMAC-SHA256"))))
		return LP_SIG_V4;
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') &&
		    !(s.ptr[i] >= '0' && s.ptr[i] <= '9') && s.ptr[i] != '-')
			return LP_SIG_NONE;
	if (lp_span_starts(s, LP_SPAN("AWS4-ECDSA")))
		return LP_SIG_V4A;
	return lp_span_starts(s, LP_SPAN("AWS4-")) ? LP_SIG_V4 : LP_SIG_NONE;
}

/* One word; access keys of other makers than AWS have any letters and signs. */
static bool is_key(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || memchr("\x7f,=&%/;\"", s.ptr[i], 8))
			return false;
	return s.len > 0 && s.len <= ACCESS_KEY_MAX;
}

/* Without the blanks around it, among which are the line ends of an obs-fold. */
LP_HOT static struct lp_span unfolded(struct lp_span s)
{
	while (LP_UNLIKELY(s.len && (unsigned char)s.ptr[0] <= ' '))
		s = lp_span_from(s, 1);
	while (LP_UNLIKELY(s.len && (unsigned char)s.ptr[s.len - 1] <= ' '))
		s.len--;
	return s;
}

/* "AWS KEY:SIGNATURE", of which `rest` is what follows the first word. */
static bool v2_header(struct lp_span rest, struct lp_sig *out)
{
	struct lp_span key = lp_span_first(rest, lp_span_find(rest, ':'));

	*out = (struct lp_sig){0};
	if (key.len == rest.len || !is_key(key))
		return false;
	out->kind = LP_SIG_V2;
	out->access_key = key;
	return true;
}

/* "AWS3-HTTPS AWSAccessKeyId=KEY,Algorithm=NAME,Signature=SIGNATURE". */
static bool v3_header(struct lp_span rest, struct lp_sig *out)
{
	const struct lp_span name = LP_SPAN("AWSAccessKeyId=");

	*out = (struct lp_sig){0};
	for (; rest.len; rest = lp_span_from(rest, lp_span_find(rest, ',') + 1)) {
		struct lp_span item = lp_span_trim(lp_span_first(rest, lp_span_find(rest, ',')));

		if (!lp_span_starts(item, name) || !is_key(lp_span_from(item, name.len)))
			continue;
		out->kind = LP_SIG_V3;
		out->access_key = lp_span_from(item, name.len);
		return true;
	}
	return false;
}

LP_HOT bool lp_sig_header(struct lp_span value, struct lp_sig *out)
{
	static const struct lp_span v2 = {"AWS ", 4}, v3 = {"AWS3", 4},
				    credential = {"Credential=", 11};
	enum lp_sig_kind kind;
	struct lp_span rest;
	size_t space;

	value = lp_span_trim(value);
	if (LP_UNLIKELY(lp_span_starts(value, v2)))
		return v2_header(lp_span_trim(lp_span_from(value, v2.len)), out);
	space = lp_span_find(value, ' ');
	if (LP_UNLIKELY(lp_span_starts(value, v3)))
		return v3_header(lp_span_from(value, space), out);
	kind = algorithm(unfolded(lp_span_first(value, space)));
	rest = lp_span_from(value, space);
	while (LP_LIKELY(kind != LP_SIG_NONE && rest.len)) {
		size_t end = lp_span_find(rest, ',');
		struct lp_span item = unfolded(lp_span_first(rest, end));

		if (LP_LIKELY(lp_span_starts(item, credential) &&
			      scope(lp_span_from(item, credential.len), out))) {
			out->kind = kind;
			out->presigned = false;
			return true;
		}
		rest = lp_span_from(rest, end + 1);
	}
	*out = (struct lp_sig){0};
	return false;
}

LP_HOT bool lp_query_next(struct lp_span *rest, struct lp_span *name, struct lp_span *value)
{
	struct lp_span item;
	size_t end, eq;

	while (rest->len) {
		end = lp_span_find(*rest, '&');
		item = lp_span_first(*rest, end);
		*rest = lp_span_from(*rest, end + 1);
		if (!item.len)
			continue;
		eq = lp_span_find(item, '=');
		*name = lp_span_first(item, eq);
		*value = lp_span_from(item, eq + 1);
		return true;
	}
	return false;
}

/* The first character that `*s` encodes, which moves behind it. */
static char unquoted(struct lp_span *s)
{
	char c = s->ptr[0];
	int hi, lo;

	if (c == '%' && s->len > 2 && (hi = lp_hex_digit(s->ptr[1])) >= 0 &&
	    (lo = lp_hex_digit(s->ptr[2])) >= 0) {
		c = (char)(hi * 16 + lo);
		*s = lp_span_from(*s, 2);
	}
	*s = lp_span_from(*s, 1);
	return c;
}

static bool means(struct lp_span sent, struct lp_span name, bool any_case)
{
	if (LP_LIKELY(sent.len <= name.len)) /* encoded it would be longer */
		return any_case ? lp_span_caseeq(sent, name) : lp_span_eq(sent, name);
	for (size_t i = 0; i < name.len; i++) {
		char c;

		if (!sent.len)
			return false;
		c = unquoted(&sent);
		if (any_case ? lp_ascii_lower(c) != lp_ascii_lower(name.ptr[i]) : c != name.ptr[i])
			return false;
	}
	return !sent.len;
}

bool lp_query_is(struct lp_span sent, struct lp_span name)
{
	return means(sent, name, false);
}

bool lp_query_caseis(struct lp_span sent, struct lp_span name)
{
	return means(sent, name, true);
}

/* What queries and forms say of a signature, a parameter at a time. */
struct parameters {
	enum lp_sig_kind kind;
	bool found, v2_signed;
	struct lp_span v2_key;
};

static void take(struct parameters *p, struct lp_span name, struct lp_span value,
		 struct lp_sig *out)
{
	if (lp_query_caseis(name, LP_SPAN("X-Amz-Credential")))
		p->found = scope(value, out) || p->found;
	else if (lp_query_caseis(name, LP_SPAN("X-Amz-Algorithm")))
		p->kind = algorithm(value);
	else if (lp_query_is(name, LP_SPAN("AWSAccessKeyId")) && is_key(value))
		p->v2_key = value;
	else if (lp_query_caseis(name, LP_SPAN("Signature")))
		p->v2_signed = true;
}

static bool taken(const struct parameters *p, struct lp_sig *out)
{
	if (p->found && p->kind != LP_SIG_NONE) {
		out->kind = p->kind;
	} else if (p->v2_key.len && p->v2_signed) {
		*out = (struct lp_sig){.kind = LP_SIG_V2, .access_key = p->v2_key};
	} else {
		*out = (struct lp_sig){0};
		return false;
	}
	out->presigned = true;
	return true;
}

bool lp_sig_query(struct lp_span query, struct lp_sig *out)
{
	struct parameters p = {.kind = LP_SIG_V4};
	struct lp_span name, value;

	*out = (struct lp_sig){0};
	while (lp_query_next(&query, &name, &value))
		take(&p, name, value, out);
	return taken(&p, out);
}

bool lp_sig_form(struct lp_span content_type, struct lp_span body, struct lp_sig *out)
{
	struct parameters p = {.kind = LP_SIG_V4};
	struct lp_multipart m;
	struct lp_part part;

	*out = (struct lp_sig){0};
	if (!lp_multipart_init(&m, content_type, body))
		return false;
	while (lp_multipart_next(&m, &part) && !lp_span_caseeq(part.name, LP_SPAN("file")))
		take(&p, part.name, part.value, out);
	return taken(&p, out);
}
