/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_SIZE ((size_t)256 * 1024)

void lp_lines_init(struct lp_lines *l, int fd, size_t max)
{
	*l = (struct lp_lines){.fd = fd, .max = max};
}

void lp_lines_fini(struct lp_lines *l)
{
	free(l->buf);
	*l = (struct lp_lines){.fd = l->fd, .max = l->max, .unpack = l->unpack};
}

static ssize_t read_some(struct lp_lines *l, char *to)
{
	ssize_t n;

	if (l->unpack)
		return lp_unpack_read(l->unpack, to, READ_SIZE);
	do
		n = read(l->fd, to, READ_SIZE);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Makes room for more and reads it. */
static int fill(struct lp_lines *l)
{
	ssize_t n;

	if (l->buf && l->start) {
		memmove(l->buf, l->buf + l->start, l->len);
		l->start = 0;
	}
	if (l->cap - l->len < READ_SIZE) {
		size_t cap = l->cap ? 2 * l->cap : 2 * READ_SIZE;
		char *buf = realloc(l->buf, cap);

		if (!buf)
			return -ENOMEM;
		l->buf = buf;
		l->cap = cap;
	}
	n = read_some(l, l->buf + l->len);
	if (n < 0)
		return (int)n;
	l->eof = n == 0;
	l->len += (size_t)n;
	return 0;
}

/* Takes the line of `len` bytes that ends at '\n' or at the end of input. */
static struct lp_span take(struct lp_lines *l, size_t len)
{
	struct lp_span line = lp_span_of(l->buf + l->start, len);
	size_t whole = len < l->len ? len + 1 : len;

	l->start += whole;
	l->len -= whole;
	return line;
}

int lp_lines_next(struct lp_lines *l, struct lp_span *line)
{
	size_t looked = 0;

	for (;;) {
		const char *at = l->buf ? l->buf + l->start : NULL;
		const char *nl =
			at && l->len > looked ? memchr(at + looked, '\n', l->len - looked) : NULL;
		size_t len = nl ? (size_t)(nl - at) : l->len;
		bool whole = nl || (l->eof && l->len);
		int err;

		if (l->eof && !l->len)
			return 0;
		if (whole && l->skipping) {
			l->skipping = false;
			(void)take(l, len);
			looked = 0;
			continue;
		}
		if (whole && len <= l->max) {
			*line = take(l, len);
			return 1;
		}
		if (whole) {
			(void)take(l, len);
			return -E2BIG;
		}
		looked = l->len;
		if (l->len > l->max || l->skipping) {
			bool told = l->skipping;

			l->skipping = true;
			l->start = l->len = looked = 0;
			if (!told)
				return -E2BIG;
		}
		err = fill(l);
		if (err)
			return err;
	}
}

bool lp_lines_empty(const struct lp_lines *l)
{
	return !l->len;
}
