/* SPDX-License-Identifier: MIT */
#include "json.h"

enum state {
	VALUE,	      /* a value must follow */
	VALUE_OR_END, /* a value or ']' */
	KEY_OR_END,   /* a member name or '}' */
	KEY,
	COMMA_OR_END,
};

#define REPLACEMENT 0xfffdu

void lp_jscan_init(struct lp_jscan *j, struct lp_span text)
{
	const char *p;

	/* A byte order mark is none of the text (RFC 8259 section 8.1 lets parsers ignore it). */
	if (lp_span_starts(text, LP_SPAN("\xef\xbb\xbf")))
		text = lp_span_from(text, 3);
	p = text.len ? text.ptr : "";
	*j = (struct lp_jscan){.p = p, .end = p + text.len, .state = VALUE};
	j->stopped = 1;
}

static enum lp_jscan_type stop(struct lp_jscan *j, struct lp_jscan_token *tok,
			       enum lp_jscan_type why)
{
	j->stopped = (int8_t)why;
	*tok = (struct lp_jscan_token){.type = why, .depth = j->depth};
	return why;
}

static void skip_space(struct lp_jscan *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\n' || *j->p == '\t' || *j->p == '\r'))
		j->p++;
}

static bool in_object(const struct lp_jscan *j)
{
	unsigned top = j->depth - 1;

	return j->depth && (j->in_object[top / 64] >> (top % 64) & 1);
}

static enum lp_jscan_type give(struct lp_jscan *j, struct lp_jscan_token *tok,
			       enum lp_jscan_type type, struct lp_span text)
{
	tok->type = type;
	tok->text = text;
	tok->escaped = false;
	tok->depth = j->depth;
	return type;
}

static enum lp_jscan_type open_container(struct lp_jscan *j, struct lp_jscan_token *tok)
{
	bool object = *j->p == '{';
	uint64_t bit;

	if (j->depth == LP_JSCAN_DEPTH_MAX)
		return stop(j, tok, LP_JSCAN_BAD);
	give(j, tok, object ? LP_JSCAN_OBJECT : LP_JSCAN_ARRAY, lp_span_of(j->p, 1));
	bit = UINT64_C(1) << (j->depth % 64);
	if (object)
		j->in_object[j->depth / 64] |= bit;
	else
		j->in_object[j->depth / 64] &= ~bit;
	j->depth++;
	j->p++;
	j->state = object ? KEY_OR_END : VALUE_OR_END;
	return tok->type;
}

static enum lp_jscan_type close_container(struct lp_jscan *j, struct lp_jscan_token *tok)
{
	bool object = *j->p == '}';

	if (!j->depth || in_object(j) != object)
		return stop(j, tok, LP_JSCAN_BAD);
	j->depth--;
	j->state = COMMA_OR_END;
	give(j, tok, object ? LP_JSCAN_OBJECT_END : LP_JSCAN_ARRAY_END, lp_span_of(j->p, 1));
	j->p++;
	return tok->type;
}

/* At an opening quote. */
static enum lp_jscan_type string(struct lp_jscan *j, struct lp_jscan_token *tok,
				 enum lp_jscan_type type)
{
	const char *from = j->p + 1, *p = from, *quote = NULL;
	bool escaped = false;

	for (;;) {
		const char *slash;

		if (!quote || quote < p)
			quote = memchr(p, '"', (size_t)(j->end - p));
		if (!quote)
			return stop(j, tok, LP_JSCAN_CUT);
		slash = memchr(p, '\\', (size_t)(quote - p));
		if (!slash) {
			j->p = quote + 1;
			give(j, tok, type, lp_span_of(from, (size_t)(quote - from)));
			tok->escaped = escaped;
			return type;
		}
		escaped = true;
		p = slash + 2; /* at most j->end: the quote lies behind the backslash */
	}
}

/* A number or literal: up to the next character that ends one. */
static enum lp_jscan_type scalar(struct lp_jscan *j, struct lp_jscan_token *tok)
{
	const char *from = j->p;
	bool number = *from == '-' || (*from >= '0' && *from <= '9');
	struct lp_span text;

	while (j->p < j->end && ((*j->p >= '0' && *j->p <= '9') || (*j->p >= 'a' && *j->p <= 'z') ||
				 *j->p == 'E' || *j->p == '+' || *j->p == '-' || *j->p == '.'))
		j->p++;
	text = lp_span_of(from, (size_t)(j->p - from));
	if (j->p == j->end && j->depth)
		return stop(j, tok, LP_JSCAN_CUT);
	if (!number && !lp_span_eq(text, LP_SPAN("true")) && !lp_span_eq(text, LP_SPAN("false")) &&
	    !lp_span_eq(text, LP_SPAN("null")))
		return stop(j, tok, LP_JSCAN_BAD);
	return give(j, tok, number ? LP_JSCAN_NUMBER : LP_JSCAN_LITERAL, text);
}

static enum lp_jscan_type key(struct lp_jscan *j, struct lp_jscan_token *tok)
{
	if (*j->p != '"')
		return stop(j, tok, LP_JSCAN_BAD);
	if (string(j, tok, LP_JSCAN_KEY) != LP_JSCAN_KEY)
		return tok->type;
	skip_space(j);
	if (j->p == j->end)
		return stop(j, tok, LP_JSCAN_CUT);
	if (*j->p != ':')
		return stop(j, tok, LP_JSCAN_BAD);
	j->p++;
	j->state = VALUE;
	return LP_JSCAN_KEY;
}

enum lp_jscan_type lp_jscan_next(struct lp_jscan *j, struct lp_jscan_token *tok)
{
	enum lp_jscan_type type;

	if (j->stopped != 1)
		return stop(j, tok, (enum lp_jscan_type)j->stopped);
	skip_space(j);
	if (j->state == COMMA_OR_END && !j->depth)
		return stop(j, tok, LP_JSCAN_END);
	if (j->p == j->end)
		return stop(j, tok, LP_JSCAN_CUT);
	if (j->state == COMMA_OR_END && *j->p == ',') {
		j->state = in_object(j) ? KEY : VALUE;
		j->p++;
		skip_space(j);
		if (j->p == j->end)
			return stop(j, tok, LP_JSCAN_CUT);
	}
	if (*j->p == '}' || *j->p == ']') {
		if (j->state != COMMA_OR_END && j->state != KEY_OR_END && j->state != VALUE_OR_END)
			return stop(j, tok, LP_JSCAN_BAD);
		return close_container(j, tok);
	}
	if (j->state == KEY_OR_END || j->state == KEY)
		return key(j, tok);
	if (j->state == COMMA_OR_END)
		return stop(j, tok, LP_JSCAN_BAD);
	if (*j->p == '{' || *j->p == '[')
		return open_container(j, tok);
	type = *j->p == '"' ? string(j, tok, LP_JSCAN_STRING) : scalar(j, tok);
	j->state = COMMA_OR_END;
	return type;
}

bool lp_jscan_skip(struct lp_jscan *j, const struct lp_jscan_token *tok)
{
	struct lp_jscan_token t = *tok;
	unsigned depth = tok->depth;

	if (tok->type == LP_JSCAN_KEY)
		lp_jscan_next(j, &t);
	while (t.type > LP_JSCAN_END) {
		if (t.depth == depth && t.type != LP_JSCAN_OBJECT && t.type != LP_JSCAN_ARRAY)
			return true;
		lp_jscan_next(j, &t);
	}
	return false;
}

/* --- strings ---------------------------------------------------------------------------------- */

static int hex4(const char *p)
{
	int v = 0;

	for (unsigned i = 0; i < 4; i++) {
		int d = lp_hex_digit(p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* \uXXXX at s (backslash included); how many bytes it took in *len. */
static uint32_t code_point(struct lp_span s, size_t *len)
{
	int hi = s.len >= 6 ? hex4(s.ptr + 2) : -1, lo;

	*len = s.len >= 6 ? 6 : s.len;
	if (hi < 0) {
		*len = 2;
		return REPLACEMENT;
	}
	if (hi < 0xd800 || hi > 0xdfff)
		return (uint32_t)hi;
	if (hi > 0xdbff || s.len < 12 || s.ptr[6] != '\\' || s.ptr[7] != 'u')
		return REPLACEMENT;
	lo = hex4(s.ptr + 8);
	if (lo < 0xdc00 || lo > 0xdfff)
		return REPLACEMENT;
	*len = 12;
	return 0x10000u + (((uint32_t)hi - 0xd800u) << 10) + ((uint32_t)lo - 0xdc00u);
}

/* 1 to 4 bytes; never more than the 6 or 12 characters of the escape. */
static size_t utf8(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

size_t lp_jscan_unescape(struct lp_span text, char *buf, size_t cap)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	size_t n = 0;

	while (text.len) {
		size_t plain = lp_span_find(text, '\\'), len = 2, k;
		char bytes[4];
		const char *at;

		if (n + plain > cap)
			return SIZE_MAX;
		memmove(buf + n, text.ptr, plain);
		n += plain;
		text = lp_span_from(text, plain);
		if (!text.len)
			break;
		if (text.len < 2) {
			len = 1;
			k = utf8('?', bytes);
		} else if (text.ptr[1] == 'u') {
			k = utf8(code_point(text, &len), bytes);
		} else {
			at = memchr(from, text.ptr[1], sizeof(from) - 1);
			k = utf8(at ? (uint32_t)(unsigned char)to[at - from] : '?', bytes);
		}
		if (k > len)
			k = utf8('?', bytes);
		if (n + k > cap)
			return SIZE_MAX;
		memcpy(buf + n, bytes, k);
		n += k;
		text = lp_span_from(text, len);
	}
	return n;
}
