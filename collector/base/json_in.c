/* SPDX-License-Identifier: MIT */
#include "json_in.h"

#include <errno.h>

enum state {
	VALUE,
	VALUE_OR_END, /* after '[' */
	KEY,
	KEY_OR_END, /* after '{' */
	COMMA_OR_END,
	DONE,
	FAILED,
};

void lp_json_init(struct lp_json *j, struct lp_span in)
{
	*j = (struct lp_json){.in = in, .state = VALUE};
}

static int fail(struct lp_json *j, const char *why)
{
	j->state = FAILED;
	j->error = why;
	return -EBADMSG;
}

static inline int peek(const struct lp_json *j)
{
	return j->pos < j->in.len ? (unsigned char)j->in.ptr[j->pos] : -1;
}

static void skip_blanks(struct lp_json *j)
{
	while (j->pos < j->in.len && (j->in.ptr[j->pos] == ' ' || j->in.ptr[j->pos] == '\n' ||
				      j->in.ptr[j->pos] == '\r' || j->in.ptr[j->pos] == '\t'))
		j->pos++;
}

/* Logs have none. */
static inline void skip_space(struct lp_json *j)
{
	if (j->pos < j->in.len && (unsigned char)j->in.ptr[j->pos] <= ' ')
		skip_blanks(j);
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* One escape at `s`, the backslash first: its bytes, or 0 when it is none. */
static size_t escape_len(struct lp_span s)
{
	if (s.len < 2)
		return 0;
	if (s.ptr[1] != 'u')
		return memchr("\"\\/bfnrt", s.ptr[1], 8) ? 2 : 0;
	if (s.len < 6)
		return 0;
	for (size_t i = 2; i < 6; i++)
		if (lp_hex_digit(s.ptr[i]) < 0)
			return 0;
	return 6;
}

static int read_string(struct lp_json *j, struct lp_json_token *t)
{
	size_t start = ++j->pos;

	for (;;) {
		size_t n;
		int c;

		j->pos += lp_json_plain_run(lp_span_from(j->in, j->pos));
		c = peek(j);
		if (c < 0)
			return fail(j, "the text ends inside a string");
		if (c == '"')
			break;
		if (c < 0x20)
			return fail(j, "control character in a string");
		n = escape_len(lp_span_from(j->in, j->pos));
		if (!n)
			return fail(j, "invalid escape in a string");
		t->escaped = true;
		j->pos += n;
	}
	t->raw = lp_span_of(j->in.ptr + start, j->pos - start);
	j->pos++;
	return 0;
}

static bool read_digits(struct lp_json *j)
{
	size_t start = j->pos;

	while (is_digit(peek(j)))
		j->pos++;
	return j->pos > start;
}

static int read_number(struct lp_json *j, struct lp_json_token *t)
{
	size_t start = j->pos;
	bool good;

	if (peek(j) == '-')
		j->pos++;
	if (peek(j) == '0') {
		j->pos++;
		good = true;
	} else {
		good = read_digits(j);
	}
	if (good && peek(j) == '.') {
		j->pos++;
		good = read_digits(j);
	}
	if (good && (peek(j) == 'e' || peek(j) == 'E')) {
		j->pos++;
		if (peek(j) == '+' || peek(j) == '-')
			j->pos++;
		good = read_digits(j);
	}
	if (!good)
		return fail(j, "invalid number");
	t->type = LP_JSON_NUMBER;
	t->raw = lp_span_of(j->in.ptr + start, j->pos - start);
	return 0;
}

static int read_word(struct lp_json *j, struct lp_json_token *t, struct lp_span word,
		     enum lp_json_type type)
{
	if (!lp_span_starts(lp_span_from(j->in, j->pos), word))
		return fail(j, "expected a value");
	j->pos += word.len;
	t->type = type;
	return 0;
}

static int open_level(struct lp_json *j, struct lp_json_token *t, bool object)
{
	if (j->depth == LP_JSON_DEPTH_MAX)
		return fail(j, "nested too deeply");
	j->depth++;
	j->in_object = j->in_object << 1 | object;
	j->state = object ? KEY_OR_END : VALUE_OR_END;
	j->pos++;
	t->type = object ? LP_JSON_OBJECT : LP_JSON_ARRAY;
	return 0;
}

static int close_level(struct lp_json *j, struct lp_json_token *t)
{
	bool object = j->in_object & 1;

	t->type = object ? LP_JSON_OBJECT_END : LP_JSON_ARRAY_END;
	j->pos++;
	j->in_object >>= 1;
	j->depth--;
	j->state = j->depth ? COMMA_OR_END : DONE;
	return 0;
}

static int read_value(struct lp_json *j, struct lp_json_token *t)
{
	int c = peek(j);
	int err;

	if (c == '{' || c == '[')
		return open_level(j, t, c == '{');
	if (c == '"') {
		t->type = LP_JSON_STRING;
		err = read_string(j, t);
	} else if (c == '-' || is_digit(c)) {
		err = read_number(j, t);
	} else if (c == 't') {
		err = read_word(j, t, LP_SPAN("true"), LP_JSON_TRUE);
	} else if (c == 'f') {
		err = read_word(j, t, LP_SPAN("false"), LP_JSON_FALSE);
	} else if (c == 'n') {
		err = read_word(j, t, LP_SPAN("null"), LP_JSON_NULL);
	} else {
		err = fail(j,
			   c < 0 ? "the text ends where a value must stand" : "expected a value");
	}
	if (!err)
		j->state = j->depth ? COMMA_OR_END : DONE;
	return err;
}

static int read_key(struct lp_json *j, struct lp_json_token *t)
{
	int err;

	if (peek(j) != '"')
		return fail(j, "expected the name of a member");
	t->type = LP_JSON_KEY;
	err = read_string(j, t);
	if (err)
		return err;
	skip_space(j);
	if (peek(j) != ':')
		return fail(j, "expected ':'");
	j->pos++;
	j->state = VALUE;
	return 0;
}

int lp_json_next(struct lp_json *j, struct lp_json_token *t)
{
	bool object = j->in_object & 1;
	int close = object ? '}' : ']';

	if (j->state == FAILED)
		return -EBADMSG;
	skip_space(j);
	if (j->state == COMMA_OR_END && peek(j) == ',') {
		j->pos++;
		j->state = object ? KEY : VALUE;
		skip_space(j);
	}
	*t = (struct lp_json_token){.offset = j->pos};
	switch ((enum state)j->state) {
	case VALUE_OR_END:
	case KEY_OR_END:
		if (peek(j) == close)
			return close_level(j, t);
		return object ? read_key(j, t) : read_value(j, t);
	case VALUE:
		return read_value(j, t);
	case KEY:
		return read_key(j, t);
	case COMMA_OR_END:
		if (peek(j) == close)
			return close_level(j, t);
		return fail(j, peek(j) < 0 ? "the text ends inside an object or array"
					   : "expected ',' or the end of the list");
	case DONE:
		if (peek(j) >= 0)
			return fail(j, "something follows the value");
		t->type = LP_JSON_END;
		return 0;
	case FAILED:
		break;
	}
	return -EBADMSG;
}

int lp_json_skip(struct lp_json *j, const struct lp_json_token *t)
{
	unsigned outer = j->depth - 1;
	struct lp_json_token skipped;
	int err = 0;

	if (t->type != LP_JSON_OBJECT && t->type != LP_JSON_ARRAY)
		return 0;
	while (!err && j->depth > outer)
		err = lp_json_next(j, &skipped);
	return err;
}

static uint32_t hex4(const char *p)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++)
		v = v << 4 | (uint32_t)lp_hex_digit(p[i]);
	return v;
}

static char *put_utf8(char *p, uint32_t cp)
{
	if (cp < 0x80) {
		*p++ = (char)cp;
	} else if (cp < 0x800) {
		*p++ = (char)(0xc0 | cp >> 6);
		*p++ = (char)(0x80 | (cp & 0x3f));
	} else if (cp < 0x10000) {
		*p++ = (char)(0xe0 | cp >> 12);
		*p++ = (char)(0x80 | (cp >> 6 & 0x3f));
		*p++ = (char)(0x80 | (cp & 0x3f));
	} else {
		*p++ = (char)(0xf0 | cp >> 18);
		*p++ = (char)(0x80 | (cp >> 12 & 0x3f));
		*p++ = (char)(0x80 | (cp >> 6 & 0x3f));
		*p++ = (char)(0x80 | (cp & 0x3f));
	}
	return p;
}

/* The code point of a \u escape at `s`, and of the pair it begins; *n is set to their bytes. */
static uint32_t read_unicode(struct lp_span s, size_t *n)
{
	uint32_t cp = hex4(s.ptr + 2), low;

	*n = 6;
	if (cp >= 0xd800 && cp < 0xdc00 && s.len >= 12 && s.ptr[6] == '\\' && s.ptr[7] == 'u') {
		low = hex4(s.ptr + 8);
		if (low >= 0xdc00 && low < 0xe000) {
			*n = 12;
			return 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	return !cp || (cp >= 0xd800 && cp < 0xe000) ? 0xfffd : cp;
}

int lp_json_text(const struct lp_json_token *t, struct lp_arena *arena, struct lp_span *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	struct lp_span s = t->raw;
	char *buf, *p;

	*out = s;
	if (!t->escaped)
		return 0;
	/* No escape is shorter than what it stands for. */
	buf = p = lp_arena_alloc(arena, s.len + 1);
	if (!buf)
		return -ENOMEM;
	while (s.len) {
		size_t n = lp_span_find(s, '\\');

		if (n) {
			memcpy(p, s.ptr, n);
			p += n;
			s = lp_span_from(s, n);
			continue;
		}
		if (s.ptr[1] == 'u') {
			p = put_utf8(p, read_unicode(s, &n));
		} else {
			*p++ = to[strchr(from, s.ptr[1]) - from];
			n = 2;
		}
		s = lp_span_from(s, n);
	}
	*p = '\0';
	*out = lp_span_of(buf, (size_t)(p - buf));
	return 0;
}
