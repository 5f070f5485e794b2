/* SPDX-License-Identifier: MIT */
#include "secrets.h"

#include <errno.h>

#define SECTION	    0x0a0d0d0au /* the same in either byte order */
#define SECRETS	    0x0000000au
#define TLS_KEY_LOG 0x544c534bu
#define HEAD	    12 /* type, length, and of a section the mark of its byte order */
#define BLOCK_MIN   12
#define BODY	    8

static uint32_t u32(const struct lp_secrets *s, size_t at)
{
	const unsigned char *p = (const unsigned char *)s->block.ptr + at;

	return s->big_endian
		       ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
		       : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static int on_secrets(const struct lp_secrets *s, lp_secrets_fn fn, void *ctx)
{
	size_t len = s->block.len;
	uint32_t n;

	if (len < BODY + 8 || u32(s, BODY) != TLS_KEY_LOG)
		return 0;
	n = u32(s, BODY + 4);
	if (n > len - BODY - 8)
		return 0;
	return fn(ctx, lp_span_of(s->block.ptr + BODY + 8, n));
}

/* The head is there: how long is the block, and is it kept? */
static bool begin(struct lp_secrets *s, uint32_t *len)
{
	if (u32(s, 0) == SECTION) {
		s->started = true;
		s->big_endian = false;
		if (u32(s, 8) != 0x1a2b3c4du)
			s->big_endian = true;
		if (u32(s, 8) != 0x1a2b3c4du)
			return false;
	}
	*len = u32(s, 4);
	return s->started && *len >= BLOCK_MIN && *len % 4 == 0;
}

int lp_secrets_feed(struct lp_secrets *s, struct lp_span bytes, lp_secrets_fn fn, void *ctx)
{
	while (bytes.len && !s->ignored) {
		uint32_t want = HEAD, len = 0;
		struct lp_span part;
		int err;

		if (s->skip) {
			part = lp_span_first(bytes,
					     s->skip < bytes.len ? (size_t)s->skip : bytes.len);
			s->skip -= part.len;
			bytes = lp_span_from(bytes, part.len);
			continue;
		}
		if (s->block.len >= HEAD)
			want = u32(s, 4);
		part = lp_span_first(bytes, want - s->block.len);
		err = lp_buf_add(&s->block, part, LP_SECRETS_MAX);
		if (err)
			return err;
		bytes = lp_span_from(bytes, part.len);
		if (s->block.len < want)
			continue;
		if (want == HEAD && !begin(s, &len)) {
			s->ignored = true;
		} else if (want == HEAD && (u32(s, 0) != SECRETS || len > LP_SECRETS_MAX)) {
			s->skip = len - HEAD;
			s->block.len = 0;
		} else if (s->block.len == u32(s, 4)) {
			err = u32(s, 0) == SECRETS ? on_secrets(s, fn, ctx) : 0;
			s->block.len = 0;
			if (err)
				return err;
		}
	}
	return 0;
}

void lp_secrets_fini(struct lp_secrets *s)
{
	lp_buf_fini(&s->block);
}
