/* SPDX-License-Identifier: MIT */
#include "hello.h"

#define RANDOM_LEN   34 /* version and random */
#define SERVER_NAME  0	/* the extension, and the only type of name in it */
#define NAME_MAX_LEN 255

/* Takes a length of `width` bytes and what it counts off `*s`; cut short at the end of the text. */
static struct lp_span take(struct lp_span *s, size_t width)
{
	struct lp_span out;
	size_t len = 0;

	if (!s->ptr || s->len < width) {
		*s = lp_span_of(NULL, 0);
		return *s;
	}
	for (size_t i = 0; i < width; i++)
		len = len << 8 | (unsigned char)s->ptr[i];
	*s = lp_span_from(*s, width);
	out = lp_span_first(*s, len);
	*s = lp_span_from(*s, len);
	return out;
}

/* A host name as DNS has it; anything else could be an attack on whoever prints it. */
static bool is_name(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = lp_ascii_lower(s.ptr[i]);

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		      c == '_'))
			return false;
	}
	return s.len > 0 && s.len <= NAME_MAX_LEN;
}

static struct lp_span name_of(struct lp_span extensions)
{
	while (extensions.len >= 4) {
		unsigned type =
			(unsigned char)extensions.ptr[0] << 8 | (unsigned char)extensions.ptr[1];
		struct lp_span body, list, name;

		extensions = lp_span_from(extensions, 2);
		body = take(&extensions, 2);
		if (type != SERVER_NAME)
			continue;
		list = take(&body, 2);
		if (!list.len || list.ptr[0] != SERVER_NAME)
			break;
		list = lp_span_from(list, 1);
		if (list.len < 2 || (size_t)((unsigned char)list.ptr[0] << 8 |
					     (unsigned char)list.ptr[1]) > list.len - 2)
			break;
		name = take(&list, 2);
		if (is_name(name))
			return name;
		break;
	}
	return lp_span_of(NULL, 0);
}

struct lp_span lp_hello_server(struct lp_span bytes)
{
	const struct lp_span none = {NULL, 0};
	struct lp_span record, hello;

	if (bytes.len < LP_TLS_RECORD_HEAD || bytes.ptr[0] != LP_TLS_HANDSHAKE || bytes.ptr[1] != 3)
		return none;
	bytes = lp_span_from(bytes, 3);
	record = take(&bytes, 2);
	if (!record.len || record.ptr[0] != LP_TLS_CLIENT_HELLO)
		return none;
	record = lp_span_from(record, 1);
	hello = take(&record, 3);
	if (hello.len < RANDOM_LEN)
		return none;
	hello = lp_span_from(hello, RANDOM_LEN);
	take(&hello, 1); /* session id */
	take(&hello, 2); /* cipher suites */
	take(&hello, 1); /* compression methods */
	return name_of(take(&hello, 2));
}

bool lp_hello_goes_on(struct lp_span bytes)
{
	static const unsigned char head[] = {LP_TLS_HANDSHAKE, 3};
	const unsigned char *p = (const unsigned char *)bytes.ptr;
	size_t n = bytes.len;

	for (size_t i = 0; i < sizeof(head) && i < n; i++)
		if (p[i] != head[i])
			return false;
	if (n > LP_TLS_RECORD_HEAD && p[LP_TLS_RECORD_HEAD] != LP_TLS_CLIENT_HELLO)
		return false;
	return n && (n < LP_TLS_RECORD_HEAD ||
		     n - LP_TLS_RECORD_HEAD < ((size_t)p[3] << 8 | (size_t)p[4]));
}
