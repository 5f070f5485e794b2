/* SPDX-License-Identifier: MIT */
#include "redact.h"

#include "json.h"
#include "lower.h"
#include "member.h"
#include "secret.h"

#define SCHEME_MAX 16 /* letters of an authentication scheme */
#define STATUS_LEN 12 /* "HTTP/1.1 200" */

struct out {
	struct lp_span *parts;
	unsigned n, max;
	bool full;
};

LP_HOT static void put(struct out *o, struct lp_span s)
{
	struct lp_span *last = o->n ? &o->parts[o->n - 1] : NULL;

	if (LP_UNLIKELY(!s.len))
		return;
	if (last && last->ptr + last->len == s.ptr) {
		last->len += s.len;
	} else if (LP_UNLIKELY(o->n == o->max)) {
		o->full = true;
	} else {
		o->parts[o->n++] = s;
	}
}

/* "scheme://user:password@" is cut down to the scheme. */
static struct lp_span put_scheme(struct out *o, struct lp_span front)
{
	size_t scheme = lp_span_find(front, ':');
	struct lp_span rest = lp_span_from(front, scheme);
	size_t at;

	if (!front.len || front.ptr[0] == '/' || !lp_span_starts(rest, LP_SPAN("://")))
		return front;
	rest = lp_span_from(rest, 3);
	at = lp_span_find(lp_span_first(rest, lp_span_find(rest, '/')), '@');
	if (at >= lp_span_find(rest, '/'))
		return front;
	put(o, lp_span_first(front, scheme + 3));
	return lp_span_from(rest, at + 1);
}

static bool signs(struct lp_span name)
{
	struct lp_span prefix = LP_SPAN("x-amz-");

	return name.len > prefix.len && lp_lower_eq(name.ptr, prefix.ptr, prefix.len);
}

/* Only values are blanked: "?policy" without one is a sub-resource of S3. */
static void put_target(struct out *o, struct lp_span target, bool own_query)
{
	size_t q = lp_span_find(target, '?');
	struct lp_span rest = lp_span_from(target, q + 1), name, value;
	const char *from, *end = target.ptr + target.len;

	if (q == target.len) {
		put(o, put_scheme(o, target));
		return;
	}
	put(o, put_scheme(o, lp_span_first(target, q + 1)));
	from = target.ptr + q + 1;
	while (lp_query_next(&rest, &name, &value)) {
		if (own_query && !signs(name)) {
			put(o, lp_span_of(from, (size_t)(name.ptr - from)));
			from = rest.len ? rest.ptr : end;
			continue;
		}
		if (!value.len || !lp_member_secret(name))
			continue;
		put(o, lp_span_of(from, (size_t)(value.ptr - from)));
		from = value.ptr + value.len;
	}
	put(o, lp_span_of(from, (size_t)(end - from)));
}

bool lp_redact_keeps(struct lp_span target, bool own_query)
{
	struct lp_span part = {NULL, 0};
	struct out o = {.parts = &part, .max = 1};

	put_target(&o, target, own_query);
	return !o.full && o.n == 1 && part.len == target.len;
}

/* "host;x-amz-date": lower case names; nothing else passes for it. */
LP_HOT static bool is_signed_headers(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_' &&
		    c != ';' && c != '.')
			return false;
	}
	return s.len > 0;
}

/*
 * The field as sent, up to what is secret, where it is as nearly all are: "Authorization: SCHEME
 * Credential=SCOPE, SignedHeaders=NAMES,". Else nothing.
 */
static struct lp_span usual_sigv4(struct lp_span name, struct lp_span field, struct lp_span scheme,
				  const struct lp_sig *sig)
{
	const struct lp_span credential = LP_SPAN(" Credential="), colon = LP_SPAN(": "),
			     signed_headers = LP_SPAN(", SignedHeaders=");
	const char *value = field.ptr, *names = sig->scope.ptr + sig->scope.len;
	struct lp_span rest = lp_span_of(names, (size_t)(value + field.len - names));

	/* What lies between is known by its length: the scope stands behind "Credential=". */
	if ((size_t)(value - name.ptr) != name.len + colon.len ||
	    (size_t)(sig->scope.ptr - value) != scheme.len + credential.len ||
	    !lp_span_starts(rest, signed_headers))
		return lp_span_of(NULL, 0);
	names += signed_headers.len;
	rest = lp_span_from(rest, signed_headers.len);
	rest = lp_span_first(rest, lp_span_find(rest, ','));
	if (!is_signed_headers(rest))
		return lp_span_of(NULL, 0);
	return lp_span_of(name.ptr, (size_t)(names + rest.len - name.ptr));
}

static void put_sigv4(struct out *o, struct lp_span value, const struct lp_sig *sig)
{
	struct lp_span rest = lp_span_from(value, lp_span_find(value, ' ')), item, names;

	put(o, lp_span_first(value, lp_span_find(value, ' ')));
	put(o, LP_SPAN(" Credential="));
	put(o, sig->scope);
	for (; rest.len; rest = lp_span_from(rest, lp_span_find(rest, ',') + 1)) {
		item = lp_span_trim(lp_span_first(rest, lp_span_find(rest, ',')));
		if (!lp_span_starts(item, LP_SPAN("SignedHeaders=")))
			continue;
		names = lp_span_from(item, lp_span_find(item, '=') + 1);
		if (!is_signed_headers(names))
			continue;
		put(o, LP_SPAN(", SignedHeaders="));
		put(o, names);
		return;
	}
}

static bool is_scheme(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.ptr[i] | 0x20) < 'a' || (s.ptr[i] | 0x20) > 'z')
			return false;
	return s.len > 0 && s.len <= SCHEME_MAX;
}

/* Was it read in `value`? Each signature has an access key. */
static bool is_of(const struct lp_sig *known, struct lp_span value)
{
	uintptr_t at = (uintptr_t)value.ptr;

	return known && known->kind != LP_SIG_NONE && (uintptr_t)known->access_key.ptr >= at &&
	       (uintptr_t)known->access_key.ptr < at + value.len;
}

/* Of AWS signatures everything but the signature; of other schemes their name. */
static void put_authorization(struct out *o, struct lp_span name, struct lp_span value,
			      const struct lp_sig *known)
{
	struct lp_span usual;
	struct lp_span scheme = lp_span_first(value, lp_span_find(value, ' '));
	const struct lp_sig *sig = known;
	struct lp_sig read;
	bool aws = true;

	if (LP_UNLIKELY(!is_of(known, value))) {
		aws = lp_sig_header(value, &read);
		sig = &read;
	}
	if (LP_UNLIKELY(!aws) && (scheme.len == value.len || !is_scheme(scheme)))
		return;
	usual = aws && sig->scope.len ? usual_sigv4(name, value, scheme, sig) : lp_span_of(NULL, 0);
	if (LP_LIKELY(usual.len)) {
		put(o, usual);
		put(o, LP_SPAN("\r\n"));
		return;
	}
	put(o, LP_SPAN("Authorization: "));
	if (!aws) {
		put(o, scheme);
	} else if (sig->kind == LP_SIG_V2) {
		put(o, LP_SPAN("AWS "));
		put(o, sig->access_key);
		put(o, LP_SPAN(":"));
	} else if (sig->kind == LP_SIG_V3) {
		put(o, LP_SPAN("AWS3-HTTPS AWSAccessKeyId="));
		put(o, sig->access_key);
	} else {
		put_sigv4(o, value, sig);
	}
	put(o, LP_SPAN("\r\n"));
}

/* A redirect of a presigned URL carries the signature on. */
static void put_location(struct out *o, struct lp_span value)
{
	value = lp_span_first(value, lp_span_find(value, '?'));
	value = lp_span_first(value, lp_span_find(value, '\n')); /* nor a second line */
	while (value.len && (unsigned char)value.ptr[value.len - 1] <= ' ')
		value.len--;
	put(o, LP_SPAN("Location: "));
	put(o, put_scheme(o, value));
	put(o, LP_SPAN("\r\n"));
}

static void put_status(struct out *o, const struct lp_http1_head *h)
{
	static const char digits[] = "0123456789";
	int status = h->status;

	if (LP_LIKELY(h->minor == 1 && h->start.len > STATUS_LEN)) { /* a reason may be any text */
		put(o, lp_span_first(h->start, STATUS_LEN));
		put(o, LP_SPAN(" \r\n"));
		return;
	}
	put(o, LP_SPAN("HTTP/1.1 "));
	put(o, lp_span_of(&digits[status / 100 % 10], 1));
	put(o, lp_span_of(&digits[status / 10 % 10], 1));
	put(o, lp_span_of(&digits[status % 10], 1));
	put(o, LP_SPAN(" \r\n"));
}

/* Its first line has nothing that is secret, or unlike others. */
static bool is_usual(const struct lp_http1_head *h)
{
	return h->minor == 1 && lp_span_ends(h->start, LP_SPAN("\r\n")) &&
	       h->target.ptr[0] == '/' && lp_span_find(h->target, '?') == h->target.len;
}

LP_HOT unsigned lp_redact_head(const struct lp_http1_head *h, bool own_query,
			       const struct lp_sig *known, struct lp_span parts[LP_REDACT_PARTS])
{
	struct out o = {.parts = parts, .max = LP_REDACT_PARTS};
	uint8_t keep = h->response ? LP_KEEP_RESPONSE : LP_KEEP_REQUEST;

	if (h->response) {
		put_status(&o, h);
	} else if (LP_LIKELY(is_usual(h))) {
		put(&o, h->start);
	} else {
		put(&o, h->method);
		put(&o, LP_SPAN(" "));
		put_target(&o, h->target, own_query);
		put(&o, LP_SPAN(" HTTP/1.1\r\n"));
	}
	for (unsigned i = 0; i < h->n_headers; i++) {
		const struct lp_http1_header *f = &h->headers[i];

		if (LP_LIKELY(f->keep & keep))
			put(&o, lp_http1_line(h, f));
		else if (f->id == LP_HDR_AUTHORIZATION && !h->response)
			put_authorization(&o, lp_http1_name(h, f), lp_http1_value(h, f), known);
		else if (f->id == LP_HDR_LOCATION && h->response)
			put_location(&o, lp_http1_value(h, f));
	}
	put(&o, LP_SPAN("\r\n"));
	return o.full ? 0 : o.n;
}

unsigned lp_redact_csm(struct lp_span datagram, struct lp_span *parts, unsigned max)
{
	struct out o = {.parts = parts, .max = max};
	const char *kept_to = datagram.ptr;
	struct lp_jscan_token t;
	struct lp_jscan j;
	bool token = false;

	lp_jscan_init(&j, datagram);
	while (lp_jscan_next(&j, &t) > LP_JSCAN_END) {
		if (t.type == LP_JSCAN_KEY && t.escaped)
			return 0; /* no SDK writes one; it could hide the name */
		if (token && t.type != LP_JSCAN_STRING && t.type != LP_JSCAN_LITERAL)
			return 0;
		if (token && t.type == LP_JSCAN_STRING) {
			put(&o, lp_span_of(kept_to, (size_t)(t.text.ptr - kept_to)));
			kept_to = t.text.ptr + t.text.len;
		}
		token = t.type == LP_JSCAN_KEY && lp_span_caseeq(t.text, LP_SPAN("SessionToken"));
	}
	if (t.type != LP_JSCAN_END || !datagram.len)
		return 0;
	put(&o, lp_span_of(kept_to, (size_t)(j.p - kept_to)));
	return o.full ? 0 : o.n;
}
