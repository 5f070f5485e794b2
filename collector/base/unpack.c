/* SPDX-License-Identifier: MIT */
#include "unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* gzip makes at most 1032 bytes of one; twice, it would make a million, for days. */
#define RATIO_MAX  2000
#define RATIO_FROM (64 << 20)

struct lp_unpack *lp_unpack_new(int fd)
{
	struct lp_unpack *u = calloc(1, sizeof(*u));

	if (u)
		u->fd = fd;
	return u;
}

void lp_unpack_free(struct lp_unpack *u)
{
	if (!u)
		return;
	lp_unpack_free(u->inner);
	if (u->gzip)
		inflateEnd(&u->z);
	free(u);
}

static ssize_t inflate_some(struct lp_unpack *u, void *to, size_t size);

static ssize_t read_some(struct lp_unpack *u, void *to, size_t size)
{
	ssize_t n;

	if (u->outer)
		return inflate_some(u->outer, to, size);
	do
		n = read(u->fd, to, size);
	while (n < 0 && errno == EINTR);
	u->taken += n > 0 ? (uint64_t)n : 0;
	return n < 0 ? -errno : n;
}

/* The first bytes tell what it is. */
static int find_out(struct lp_unpack *u)
{
	size_t len = 0;

	while (len < 2 && !u->eof) {
		ssize_t n = read_some(u, u->in + len, sizeof(u->in) - len);

		if (n < 0)
			return (int)n;
		u->eof = n == 0;
		len += (size_t)n;
	}
	u->z.next_in = u->in;
	u->z.avail_in = (unsigned)len;
	u->known = true;
	if (len < 2 || memcmp(u->in, "\x1f\x8b", 2) != 0)
		return 0;
	u->gzip = inflateInit2(&u->z, 16 + MAX_WBITS) == Z_OK;
	if (!u->gzip)
		return -ENOMEM;
	if (u->outer)
		return 0;
	u->inner = lp_unpack_new(-1);
	if (!u->inner)
		return -ENOMEM;
	u->inner->outer = u;
	return 0;
}

static ssize_t take_text(struct lp_unpack *u, char *to, size_t size)
{
	size_t n = u->z.avail_in < size ? u->z.avail_in : size;

	if (!n)
		return u->eof ? 0 : read_some(u, to, size);
	memcpy(to, u->z.next_in, n);
	u->z.next_in += n;
	u->z.avail_in -= (unsigned)n;
	return (ssize_t)n;
}

static ssize_t inflate_some(struct lp_unpack *u, void *to, size_t size)
{
	z_stream *z = &u->z;

	z->next_out = to;
	z->avail_out = (unsigned)size;
	while (z->avail_out == size && !u->broken) {
		int ret;

		if (!z->avail_in && !u->eof) {
			ssize_t n = read_some(u, u->in, sizeof(u->in));

			if (n < 0)
				return n;
			u->eof = n == 0;
			z->next_in = u->in;
			z->avail_in = (unsigned)n;
		}
		if (!z->avail_in && u->eof) {
			if (u->started)
				u->broken = "the gzip file ends in the middle";
			return 0;
		}
		u->started = true;
		ret = inflate(z, Z_NO_FLUSH);
		if (ret == Z_STREAM_END) {
			/* Another member may follow. */
			u->started = false;
			if (inflateReset(z) != Z_OK)
				return -EIO;
		} else if (ret == Z_MEM_ERROR) {
			return -ENOMEM;
		} else if (ret != Z_OK && ret != Z_BUF_ERROR) {
			u->broken = u->any || z->avail_out != size
					    ? "the gzip file is damaged"
					    : "not a gzip file that can be read";
		}
	}
	u->any = u->any || z->avail_out != size;
	return (ssize_t)(size - z->avail_out);
}

ssize_t lp_unpack_read(struct lp_unpack *u, char *to, size_t size)
{
	ssize_t n = u->known ? 0 : find_out(u);

	if (n)
		return n;
	if (!u->inner)
		return u->gzip ? inflate_some(u, to, size) : take_text(u, to, size);
	n = lp_unpack_read(u->inner, to, size);
	u->given += n > 0 ? (uint64_t)n : 0;
	if (u->given / RATIO_MAX > u->taken && u->given > RATIO_FROM) {
		u->broken = "packed to a tiny part, as no log is";
		return 0;
	}
	if (u->inner->broken)
		u->broken = u->inner->broken;
	return n;
}
