/* SPDX-License-Identifier: MIT */
#include "hello.h"

#include <errno.h>

#define RANDOM_LEN  34 /* version and random */
#define SERVER_NAME 0  /* the extension, and the only type of name in it */

/* A handshake message, which may lie in several records. */
struct reader {
	struct lp_span rest; /* of the bytes, from the next record's head or within a record */
	size_t record;	     /* bytes of the record that are still to come */
	int err;	     /* 0: all there so far; -EAGAIN: not yet; -EBADMSG */
};

/* True when a byte of the message is at hand. */
static bool at_hand(struct reader *r)
{
	static const unsigned char head[] = {LP_TLS_HANDSHAKE, 3};

	while (!r->record && !r->err) {
		const unsigned char *p = (const unsigned char *)r->rest.ptr;

		for (size_t i = 0; i < sizeof(head) && i < r->rest.len; i++)
			if (p[i] != head[i])
				r->err = -EBADMSG;
		if (r->err)
			break;
		if (r->rest.len < LP_TLS_RECORD_HEAD) {
			r->err = -EAGAIN;
			break;
		}
		r->record = (size_t)p[3] << 8 | p[4];
		r->rest = lp_span_from(r->rest, LP_TLS_RECORD_HEAD);
		if (!r->record) /* RFC 8446 section 5.1 */
			r->err = -EBADMSG;
	}
	if (!r->err && !r->rest.len)
		r->err = -EAGAIN;
	return !r->err;
}

/* Up to `len` bytes that lie together. */
static struct lp_span run(struct reader *r, size_t len)
{
	struct lp_span s = {NULL, 0};

	if (!at_hand(r))
		return s;
	s = lp_span_first(r->rest, len < r->record ? len : r->record);
	r->record -= s.len;
	r->rest = lp_span_from(r->rest, s.len);
	return s;
}

/* `len` bytes to `to`, or past (NULL). */
static void pass(struct reader *r, char *to, size_t len)
{
	while (len && !r->err) {
		struct lp_span s = run(r, len);

		if (to && s.len) {
			memcpy(to, s.ptr, s.len);
			to += s.len;
		}
		len -= s.len;
	}
}

/* A number of `width` bytes, 0 when these did not come. */
static size_t number(struct reader *r, size_t width)
{
	unsigned char bytes[4] = {0};
	size_t n = 0;

	pass(r, (char *)bytes, width);
	for (size_t i = 0; i < width && !r->err; i++)
		n = n << 8 | bytes[i];
	return n;
}

/* Passes over `len` bytes of a structure of which `*left` are left. */
static bool within(struct reader *r, size_t *left, size_t len)
{
	if (len > *left)
		r->err = r->err ? r->err : -EBADMSG;
	*left -= r->err ? 0 : len;
	return !r->err;
}

/* What has its length in front of it, `width` bytes of it. */
static void pass_list(struct reader *r, size_t *left, size_t width)
{
	size_t len = within(r, left, width) ? number(r, width) : 0;

	if (within(r, left, len))
		pass(r, NULL, len);
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
	return s.len > 0;
}

/* The body of that extension: a list of names, of which only the first is of a known type. */
static void read_name(struct reader *r, size_t left, struct lp_hello_name *out)
{
	size_t type, len;

	if (!within(r, &left, 5))
		return;
	(void)number(r, 2); /* of the list */
	type = number(r, 1);
	len = number(r, 2);
	if (!within(r, &left, len))
		return;
	if (type != SERVER_NAME || !len || len > sizeof(out->text)) {
		r->err = -EBADMSG;
		return;
	}
	pass(r, out->text, len);
	out->len = r->err ? 0 : (uint8_t)len;
	if (!r->err && !is_name(lp_hello_host(out)))
		r->err = -EBADMSG;
}

int lp_hello_read(struct lp_span bytes, struct lp_hello_name *out)
{
	struct reader r = {.rest = bytes};
	size_t left, ext, type, len;

	out->len = 0;
	type = number(&r, 1);
	if (!r.err && type != LP_TLS_CLIENT_HELLO)
		return -EBADMSG;
	left = number(&r, 3);
	if (within(&r, &left, RANDOM_LEN))
		pass(&r, NULL, RANDOM_LEN);
	pass_list(&r, &left, 1); /* session id */
	pass_list(&r, &left, 2); /* cipher suites */
	pass_list(&r, &left, 1); /* compression methods */
	if (!r.err && !left)
		return -EBADMSG; /* of before there were extensions */
	ext = within(&r, &left, 2) ? number(&r, 2) : 0;
	(void)within(&r, &left, ext);
	while (!r.err && ext) {
		if (!within(&r, &ext, 4))
			break;
		type = number(&r, 2);
		len = number(&r, 2);
		if (!within(&r, &ext, len))
			break;
		if (type != SERVER_NAME) {
			pass(&r, NULL, len);
			continue;
		}
		read_name(&r, len, out);
		if (!r.err)
			return 1;
	}
	out->len = 0;
	return r.err == -EAGAIN ? 0 : -EBADMSG;
}
