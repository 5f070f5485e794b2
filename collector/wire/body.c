/* SPDX-License-Identifier: MIT */
#include "body.h"

#include "lower.h"
#include "lp_compiler.h"

bool lp_body_is_coded(struct lp_span encoding)
{
	static const char *const words[] = {"aws-chunked", "gzip", "deflate",
					    "compress",	   "zstd", "br"};

	for (size_t at = 0; at < encoding.len; at++)
		for (size_t i = 0; i < LP_ARRAY_LEN(words); i++)
			if (lp_span_caseeq(
				    lp_span_first(lp_span_from(encoding, at), strlen(words[i])),
				    lp_span_str(words[i])))
				return true;
	return false;
}

LP_HOT enum lp_body_kind lp_body_kind_of(struct lp_span type)
{
	/* What a subtype ends in, before a version: "json", "x-amz-json-1.1", "problem+json". */
	static const struct {
		struct lp_span ending;
		enum lp_body_kind kind;
	} kinds[] = {
		{{"json", 4}, LP_BODY_JSON},
		{{"xml", 3}, LP_BODY_XML},
		{{"cbor", 4}, LP_BODY_CBOR},
		{{"x-www-form-urlencoded", 21}, LP_BODY_FORM},
	};
	struct lp_span subtype, text = LP_SPAN("text/");
	size_t n;

	type = lp_span_trim(lp_span_first(type, lp_span_find(type, ';')));
	if (!type.len)
		return LP_BODY_OTHER;
	subtype = lp_span_from(type, lp_span_find(type, '/') + 1);
	n = subtype.len;
	while (n && (subtype.ptr[n - 1] == '.' ||
		     (subtype.ptr[n - 1] >= '0' && subtype.ptr[n - 1] <= '9')))
		n--;
	if (n < subtype.len && n && subtype.ptr[n - 1] == '-')
		subtype.len = n - 1;
	for (size_t i = 0; i < LP_ARRAY_LEN(kinds); i++)
		if (lp_lower_ends(subtype, kinds[i].ending))
			return kinds[i].kind;
	return type.len >= text.len && lp_lower_eq(type.ptr, text.ptr, text.len) ? LP_BODY_OTHER
										 : LP_BODY_NONE;
}

enum lp_body_kind lp_body_sniff(struct lp_span start)
{
	for (size_t i = 0; i < start.len; i++) {
		switch (start.ptr[i]) {
		case ' ':
		case '\t':
		case '\r':
		case '\n':
		case '\xef': /* a byte order mark, as Windows puts it before text */
		case '\xbb':
		case '\xbf':
			continue;
		case '{':
			return LP_BODY_JSON;
		case '<':
			return LP_BODY_XML;
		default:
			return LP_BODY_NONE;
		}
	}
	return LP_BODY_OTHER;
}

enum lp_body_kind lp_body_sniff_request(struct lp_span start)
{
	if (start.len && start.ptr[0] >= 'A' && start.ptr[0] <= 'Z')
		return LP_BODY_FORM;
	return lp_body_sniff(start);
}
