/* SPDX-License-Identifier: MIT */
#include "utf8.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

int32_t lp_utf8_next(struct lp_span *s)
{
	static const int32_t least[] = {0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)s->ptr[0];
	unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	int32_t cp = more == 0 ? c : c & (0x3f >> more);
	unsigned n = 1;

	if (c < 0x80) {
		*s = lp_span_from(*s, 1);
		return c;
	}
	while (n <= more && n < s->len && ((unsigned char)s->ptr[n] & 0xc0) == 0x80)
		cp = (cp << 6) | ((unsigned char)s->ptr[n++] & 0x3f);
	if (!more || n <= more || c >= 0xf8 || cp < least[more] || cp > 0x10ffff ||
	    (cp >= 0xd800 && cp <= 0xdfff)) {
		*s = lp_span_from(*s, 1);
		return -1;
	}
	*s = lp_span_from(*s, n);
	return cp;
}

void lp_utf8_make_plain(char *text)
{
	struct lp_span rest = lp_span_str(text);
	char *p = text;

	while (rest.len) {
		struct lp_span was = rest;
		bool control = lp_utf8_is_control(lp_utf8_next(&rest));
		size_t n = control ? 1 : was.len - rest.len;

		memmove(p, control ? "?" : was.ptr, n);
		p += n;
	}
	*p = '\0';
}

static bool is_ascii(struct lp_span s)
{
	unsigned char any = 0;

	for (size_t i = 0; i < s.len; i++)
		any |= (unsigned char)s.ptr[i];
	return any < 0x80;
}

static bool is_good(struct lp_span s)
{
	while (s.len)
		if (lp_utf8_next(&s) < 0)
			return false;
	return true;
}

struct lp_span lp_utf8_clean(struct lp_span s, struct lp_arena *arena)
{
	const size_t n = sizeof(replacement) - 1;
	char *out, *p;

	if (is_ascii(s) || is_good(s))
		return s;
	out = p = lp_arena_alloc(arena, s.len * n + 1);
	if (!out)
		return lp_span_of(NULL, 0);
	while (s.len) {
		struct lp_span was = s;
		bool good = lp_utf8_next(&s) >= 0;
		size_t len = good ? was.len - s.len : n;

		memcpy(p, good ? was.ptr : replacement, len);
		p += len;
	}
	*p = '\0';
	return lp_span_of(out, (size_t)(p - out));
}
