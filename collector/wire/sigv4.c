/* SPDX-License-Identifier: MIT */
#include "sigv4.h"

/* Position of the next '/' or "%2F", and how long it is; s.len when there is none. */
static size_t find_slash(struct lp_span s, size_t *len)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '/') {
			*len = 1;
			return i;
		}
		if (s.ptr[i] == '%' && s.len - i >= 3 && s.ptr[i + 1] == '2' &&
		    (s.ptr[i + 2] == 'F' || s.ptr[i + 2] == 'f')) {
			*len = 3;
			return i;
		}
	}
	*len = 0;
	return s.len;
}

/* KEY/DATE/REGION/SERVICE/aws4_request, or without REGION for SigV4A. */
static bool scope(struct lp_span s, struct lp_sig *out)
{
	struct lp_span part[5], all = s;
	unsigned n = 0;

	for (;;) {
		size_t len, at = find_slash(s, &len);

		if (n == LP_ARRAY_LEN(part))
			return false;
		part[n++] = lp_span_of(s.ptr, at);
		if (!len)
			break;
		s = lp_span_from(s, at + len);
	}
	for (size_t i = 0; i < all.len; i++)
		if (all.ptr[i] <= ' ' || all.ptr[i] == 0x7f)
			return false;
	if (n < 4 || !lp_span_eq(part[n - 1], LP_SPAN("aws4_request")) || !part[0].len)
		return false;
	out->access_key = part[0];
	out->date = part[1];
	out->region = n == 5 ? part[2] : lp_span_of(NULL, 0);
	out->service = part[n - 2];
	out->scope = all;
	return true;
}

/* Of the characters that names of algorithms are made of, so that it may be shown. */
static enum lp_sig_kind algorithm(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') && !(s.ptr[i] >= '0' && s.ptr[i] <= '9') &&
		    s.ptr[i] != '-')
			return LP_SIG_NONE;
	if (lp_span_starts(s, LP_SPAN("AWS4-ECDSA")))
		return LP_SIG_V4A;
	return lp_span_starts(s, LP_SPAN("AWS4-")) ? LP_SIG_V4 : LP_SIG_NONE;
}

bool lp_sig_header(struct lp_span value, struct lp_sig *out)
{
	static const struct lp_span v2 = {"AWS ", 4}, credential = {"Credential=", 11};
	struct lp_span rest;

	*out = (struct lp_sig){0};
	value = lp_span_trim(value);
	if (lp_span_starts(value, v2)) {
		rest = lp_span_trim(lp_span_from(value, v2.len));
		out->access_key = lp_span_first(rest, lp_span_find(rest, ':'));
		out->kind = out->access_key.len ? LP_SIG_V2 : LP_SIG_NONE;
		return out->kind != LP_SIG_NONE;
	}
	out->kind = algorithm(lp_span_first(value, lp_span_find(value, ' ')));
	if (out->kind == LP_SIG_NONE)
		return false;
	rest = lp_span_from(value, lp_span_find(value, ' '));
	while (rest.len) {
		size_t end = lp_span_find(rest, ',');
		struct lp_span item = lp_span_trim(lp_span_first(rest, end));

		if (lp_span_starts(item, credential) &&
		    scope(lp_span_from(item, credential.len), out))
			return true;
		rest = lp_span_from(rest, end + 1);
	}
	*out = (struct lp_sig){0};
	return false;
}

bool lp_query_next(struct lp_span *rest, struct lp_span *name, struct lp_span *value)
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

bool lp_sig_query(struct lp_span query, struct lp_sig *out)
{
	struct lp_span name, value, v2_key = {NULL, 0};
	enum lp_sig_kind kind = LP_SIG_V4;
	bool found = false, v2_signed = false;

	*out = (struct lp_sig){0};
	while (lp_query_next(&query, &name, &value)) {
		if (lp_span_caseeq(name, LP_SPAN("X-Amz-Credential")))
			found = scope(value, out) || found;
		else if (lp_span_caseeq(name, LP_SPAN("X-Amz-Algorithm")))
			kind = algorithm(value);
		else if (lp_span_eq(name, LP_SPAN("AWSAccessKeyId")))
			v2_key = value;
		else if (lp_span_eq(name, LP_SPAN("Signature")))
			v2_signed = true;
	}
	if (found && kind != LP_SIG_NONE) {
		out->kind = kind;
	} else if (v2_key.len && v2_signed) {
		*out = (struct lp_sig){.kind = LP_SIG_V2, .access_key = v2_key};
	} else {
		*out = (struct lp_sig){0};
		return false;
	}
	out->presigned = true;
	return true;
}
