/* SPDX-License-Identifier: MIT */
#include "pcapng.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"

#define HEAD	  12 /* type, length, and of a section the mark of its byte order */
#define BLOCK_MIN 12
#define BODY	  8
#define TRAILER	  4 /* the length once more */

#define TLS_KEY_LOG 0x544c534bu
#define NS_PER_S    1000000000u

enum block {
	INTERFACE = 1,
	PACKET = 2, /* obsolete */
	SIMPLE_PACKET = 3,
	ENHANCED_PACKET = 6,
	SECRETS = 10,
};

#define SECTION 0x0a0d0d0au /* the same in either byte order */

enum option { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

struct lp_pcapng_interface {
	uint16_t link;
	uint8_t resolution; /* if_tsresol: of a second 10^-n, or with the first bit 2^-n */
	uint32_t snaplen;   /* 0: no limit */
	uint64_t offset_s;
};

static uint32_t u32(const struct lp_pcapng *p, size_t at)
{
	const unsigned char *b = (const unsigned char *)p->block.ptr + at;

	return p->big_endian
		       ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
		       : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static uint16_t u16(const struct lp_pcapng *p, size_t at)
{
	const unsigned char *b = (const unsigned char *)p->block.ptr + at;

	return (uint16_t)(p->big_endian ? b[0] << 8 | b[1] : b[1] << 8 | b[0]);
}

/* Where the block's body ends. */
static size_t end_of(const struct lp_pcapng *p)
{
	return p->block.len - TRAILER;
}

/* --- blocks ----------------------------------------------------------------------------------- */

static int on_secrets(const struct lp_pcapng *p)
{
	size_t room = end_of(p) - BODY;
	uint32_t n;

	if (!p->sink.secrets || room < 8 || u32(p, BODY) != TLS_KEY_LOG)
		return 0;
	n = u32(p, BODY + 4);
	if (n > room - 8)
		return 0;
	return p->sink.secrets(p->sink.ctx, lp_span_of(p->block.ptr + BODY + 8, n));
}

static int on_interface(struct lp_pcapng *p)
{
	struct lp_pcapng_interface i = {.resolution = 6};
	size_t at = BODY + 8, end = end_of(p);

	if (end < at)
		return -EBADMSG;
	if (p->n_interfaces == LP_PCAPNG_INTERFACES_MAX)
		return 0;
	i.link = u16(p, BODY);
	i.snaplen = u32(p, BODY + 4);
	while (end - at >= 4) {
		unsigned code = u16(p, at), len = u16(p, at + 2);

		at += 4;
		if (code == OPTION_END || len > end - at)
			break;
		if (code == OPTION_TSRESOL && len == 1)
			i.resolution = (uint8_t)p->block.ptr[at];
		if (code == OPTION_TSOFFSET && len == 8)
			i.offset_s = (uint64_t)u32(p, at + (p->big_endian ? 0 : 4)) << 32 |
				     u32(p, at + (p->big_endian ? 4 : 0));
		len = (len + 3) & ~3u;
		at = len < end - at ? at + len : end;
	}
	if (lp_grow(&p->interfaces, p->n_interfaces, &p->cap, 8, sizeof(i)))
		return -ENOMEM;
	p->interfaces[p->n_interfaces++] = i;
	return 0;
}

/* Nanoseconds since 1970; what is out of range means nothing. */
static uint64_t time_of(const struct lp_pcapng_interface *i, uint64_t ticks)
{
	unsigned n = i->resolution & 0x7f;
	uint64_t whole = 0, part = ticks;

	if (i->resolution & 0x80) {
		if (n < 64) {
			whole = ticks >> n;
			part = n ? ticks & (UINT64_MAX >> (64 - n)) : 0;
		}
		for (; n > 34; n--) /* so that the product fits */
			part >>= 1;
		part = part * NS_PER_S >> n;
	} else {
		for (; n > 9; n--)
			part /= 10;
		for (; n < 9; n++)
			part *= 10;
	}
	return (whole + i->offset_s) * NS_PER_S + part;
}

/* `head` bytes of the block's body stand before the packet. */
static int on_packet(struct lp_pcapng *p, uint32_t interface, size_t head, size_t len,
		     size_t wire_len, uint64_t ticks)
{
	const struct lp_pcapng_interface *i;
	struct lp_pcapng_frame f = {.wire_len = wire_len};

	if (end_of(p) < BODY + head || len > end_of(p) - BODY - head)
		return -EBADMSG;
	if (interface >= p->n_interfaces)
		return p->n_interfaces == LP_PCAPNG_INTERFACES_MAX ? 0 : -EBADMSG;
	i = &p->interfaces[interface];
	f.link = i->link;
	f.bytes = lp_span_of(p->block.ptr + BODY + head, len);
	f.time_ns = time_of(i, ticks);
	p->sink.frame(p->sink.ctx, &f);
	return 0;
}

static int on_simple_packet(struct lp_pcapng *p)
{
	size_t wire_len = u32(p, BODY), len = end_of(p) - BODY - 4;
	uint32_t snaplen = p->n_interfaces ? p->interfaces[0].snaplen : 0;

	if (len > wire_len)
		len = wire_len;
	if (snaplen && len > snaplen)
		len = snaplen;
	return on_packet(p, 0, 4, len, wire_len, 0);
}

static int on_block(struct lp_pcapng *p)
{
	size_t room = end_of(p) - BODY;

	if (u32(p, p->block.len - TRAILER) != p->block.len)
		return -EBADMSG;
	switch (u32(p, 0)) {
	case INTERFACE:
		return on_interface(p);
	case SECRETS:
		return on_secrets(p);
	case SIMPLE_PACKET:
		return room < 4 ? -EBADMSG : on_simple_packet(p);
	case PACKET:
	case ENHANCED_PACKET:
		if (room < 20)
			return -EBADMSG;
		return on_packet(p, u32(p, 0) == PACKET ? u16(p, BODY) : u32(p, BODY), 20,
				 u32(p, BODY + 12), u32(p, BODY + 16),
				 (uint64_t)u32(p, BODY + 4) << 32 | u32(p, BODY + 8));
	default:
		return 0;
	}
}

/* --- the file --------------------------------------------------------------------------------- */

static bool is_kept(const struct lp_pcapng *p, uint32_t type)
{
	if (!p->sink.frame)
		return type == SECRETS;
	return type == INTERFACE || type == PACKET || type == SIMPLE_PACKET ||
	       type == ENHANCED_PACKET || type == SECRETS;
}

/* The head is there: how long is the block? */
static int begin(struct lp_pcapng *p, uint32_t *len)
{
	if (u32(p, 0) == SECTION) {
		p->started = true;
		p->n_interfaces = 0;
		p->big_endian = false;
		if (u32(p, 8) != 0x1a2b3c4du)
			p->big_endian = true;
		if (u32(p, 8) != 0x1a2b3c4du)
			return -EBADMSG;
	}
	*len = u32(p, 4);
	return p->started && *len >= BLOCK_MIN && *len % 4 == 0 ? 0 : -EBADMSG;
}

bool lp_pcapng_starts(const char head[4])
{
	return !memcmp(head, "\n\r\r\n", 4);
}

int lp_pcapng_feed(struct lp_pcapng *p, struct lp_span bytes)
{
	while (bytes.len) {
		uint32_t want = HEAD, len = 0;
		struct lp_span part;
		int err;

		if (p->skip) {
			part = lp_span_first(bytes,
					     p->skip < bytes.len ? (size_t)p->skip : bytes.len);
			p->skip -= part.len;
			bytes = lp_span_from(bytes, part.len);
			continue;
		}
		if (p->block.len >= HEAD)
			want = u32(p, 4);
		part = lp_span_first(bytes, want - p->block.len);
		err = lp_buf_add(&p->block, part, LP_PCAPNG_BLOCK_MAX);
		if (err)
			return err;
		bytes = lp_span_from(bytes, part.len);
		if (p->block.len < want)
			continue;
		if (want == HEAD) {
			err = begin(p, &len);
			if (err)
				return err;
			if (!is_kept(p, u32(p, 0)) || len > LP_PCAPNG_BLOCK_MAX) {
				p->skip = len - HEAD;
				p->block.len = 0;
				continue;
			}
		}
		if (p->block.len == u32(p, 4)) {
			err = on_block(p);
			p->block.len = 0;
			if (err)
				return err;
		}
	}
	return 0;
}

bool lp_pcapng_whole(const struct lp_pcapng *p)
{
	return p->started && !p->skip && !p->block.len;
}

void lp_pcapng_fini(struct lp_pcapng *p)
{
	lp_buf_fini(&p->block);
	free(p->interfaces);
	p->interfaces = NULL;
	p->n_interfaces = p->cap = 0;
}
