/* SPDX-License-Identifier: MIT */
#include "hpack.h"

#include <errno.h>

#define TABLE_DEFAULT  4096 /* RFC 9113 section 6.5.2 */
#define ENTRY_OVERHEAD 32   /* RFC 7541 section 4.1 */
#define INT_MAX_KNOWN  (1u << 24)
/* What references of a block may repeat: some heads' worth, and more in a long one. */
#define CREDIT	    (16 * 1024)
#define CREDIT_BYTE 1024 /* by each byte of the block */

/* What of an entry stands beside its text. Entries grow down from h->top. */
struct slot {
	uint32_t at;
	uint16_t name_len, value_len;
};

_Static_assert(sizeof(struct slot) < ENTRY_OVERHEAD, "a full table fits its room");

/* RFC 7541 appendix A; the index of the first is 1. */
#define LIT(s)                                                                                     \
	{                                                                                          \
		s, sizeof(s) - 1                                                                   \
	}
static const struct lp_hpack_field fixed[] = {
	{LIT(":authority"), LIT("")},
	{LIT(":method"), LIT("GET")},
	{LIT(":method"), LIT("POST")},
	{LIT(":path"), LIT("/")},
	{LIT(":path"), LIT("/index.html")},
	{LIT(":scheme"), LIT("http")},
	{LIT(":scheme"), LIT("https")},
	{LIT(":status"), LIT("200")},
	{LIT(":status"), LIT("204")},
	{LIT(":status"), LIT("206")},
	{LIT(":status"), LIT("304")},
	{LIT(":status"), LIT("400")},
	{LIT(":status"), LIT("404")},
	{LIT(":status"), LIT("500")},
	{LIT("accept-charset"), LIT("")},
	{LIT("accept-encoding"), LIT("gzip, deflate")},
	{LIT("accept-language"), LIT("")},
	{LIT("accept-ranges"), LIT("")},
	{LIT("accept"), LIT("")},
	{LIT("access-control-allow-origin"), LIT("")},
	{LIT("age"), LIT("")},
	{LIT("allow"), LIT("")},
	{LIT("authorization"), LIT("")},
	{LIT("cache-control"), LIT("")},
	{LIT("content-disposition"), LIT("")},
	{LIT("content-encoding"), LIT("")},
	{LIT("content-language"), LIT("")},
	{LIT("content-length"), LIT("")},
	{LIT("content-location"), LIT("")},
	{LIT("content-range"), LIT("")},
	{LIT("content-type"), LIT("")},
	{LIT("cookie"), LIT("")},
	{LIT("date"), LIT("")},
	{LIT("etag"), LIT("")},
	{LIT("expect"), LIT("")},
	{LIT("expires"), LIT("")},
	{LIT("from"), LIT("")},
	{LIT("host"), LIT("")},
	{LIT("if-match"), LIT("")},
	{LIT("if-modified-since"), LIT("")},
	{LIT("if-none-match"), LIT("")},
	{LIT("if-range"), LIT("")},
	{LIT("if-unmodified-since"), LIT("")},
	{LIT("last-modified"), LIT("")},
	{LIT("link"), LIT("")},
	{LIT("location"), LIT("")},
	{LIT("max-forwards"), LIT("")},
	{LIT("proxy-authenticate"), LIT("")},
	{LIT("proxy-authorization"), LIT("")},
	{LIT("range"), LIT("")},
	{LIT("referer"), LIT("")},
	{LIT("refresh"), LIT("")},
	{LIT("retry-after"), LIT("")},
	{LIT("server"), LIT("")},
	{LIT("set-cookie"), LIT("")},
	{LIT("strict-transport-security"), LIT("")},
	{LIT("transfer-encoding"), LIT("")},
	{LIT("user-agent"), LIT("")},
	{LIT("vary"), LIT("")},
	{LIT("via"), LIT("")},
	{LIT("www-authenticate"), LIT("")},
};

/*
 * RFC 7541 appendix B. The code is canonical: symbols in order of their codes, and of each length
 * the last code in use, to the left of 32 bits and filled with ones.
 */
static const uint8_t symbols[256] = {
	48,  49,  50,  97,  99,	 101, 105, 111, 115, 116, 32,  37,  45,	 46,  47,  51,	52,  53,
	54,  55,  56,  57,  61,	 65,  95,  98,	100, 102, 103, 104, 108, 109, 110, 112, 114, 117,
	58,  66,  67,  68,  69,	 70,  71,  72,	73,  74,  75,  76,  77,	 78,  79,  80,	81,  82,
	83,  84,  85,  86,  87,	 89,  106, 107, 113, 118, 119, 120, 121, 122, 38,  42,	44,  59,
	88,  90,  33,  34,  40,	 41,  63,  39,	43,  124, 35,  62,  0,	 36,  64,  91,	93,  126,
	94,  125, 60,  96,  123, 92,  195, 208, 128, 130, 131, 162, 184, 194, 224, 226, 153, 161,
	167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230, 129, 132, 133, 134, 136, 146, 154,
	156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232,
	233, 1,	  135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165,
	166, 168, 174, 175, 180, 182, 183, 188, 191, 197, 231, 239, 9,	 142, 144, 145, 148, 159,
	171, 206, 215, 225, 236, 237, 199, 207, 234, 235, 192, 193, 200, 201, 202, 205, 210, 213,
	218, 219, 238, 240, 242, 243, 255, 203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245,
	246, 247, 248, 250, 251, 252, 253, 254, 2,   3,	  4,   5,   6,	 7,   8,   11,	12,  14,
	15,  16,  17,  18,  19,	 20,  21,  23,	24,  25,  26,  27,  28,	 29,  30,  31,	127, 220,
	249, 10,  13,  22,
};

static const struct {
	uint32_t last;
	uint8_t len, base; /* base: of the first symbol of this length */
} codes[] = {
	{0x4fffffff, 5, 0},    {0xb7ffffff, 6, 10},   {0xf7ffffff, 7, 36},   {0xfdffffff, 8, 68},
	{0xff3fffff, 10, 74},  {0xff9fffff, 11, 79},  {0xffbfffff, 12, 82},  {0xffefffff, 13, 84},
	{0xfff7ffff, 14, 90},  {0xfffdffff, 15, 92},  {0xfffe5fff, 19, 95},  {0xfffedfff, 20, 98},
	{0xffff47ff, 21, 106}, {0xffffafff, 22, 119}, {0xffffe9ff, 23, 145}, {0xfffff5ff, 24, 174},
	{0xfffff7ff, 25, 186}, {0xfffffbbf, 26, 190}, {0xfffffe1f, 27, 205}, {0xffffffef, 28, 224},
	{0xffffffff, 30, 253},
};

/* Bytes written; -E2BIG past `cap` (then as if they had been), -EBADMSG. */
static int huffman(struct lp_span in, char *out, size_t cap)
{
	uint64_t bits = 0;
	unsigned have = 0;
	size_t len = 0;

	for (;;) {
		uint32_t window, first = 0;
		unsigned row = 0, symbol;

		for (; have <= 56 && in.len; in = lp_span_from(in, 1), have += 8)
			bits = bits << 8 | (uint8_t)in.ptr[0];
		if (!have)
			break;
		window = have >= 32 ? (uint32_t)(bits >> (have - 32))
				    : (uint32_t)(bits << (32 - have)) | UINT32_MAX >> have;
		while (window > codes[row].last)
			first = codes[row++].last + 1;
		if (codes[row].len > have) {
			/* What is left over is shorter than a byte and all ones. */
			if (have > 7 || window != UINT32_MAX)
				return -EBADMSG;
			break;
		}
		symbol = codes[row].base + ((window - first) >> (32 - codes[row].len));
		if (symbol >= sizeof(symbols))
			return -EBADMSG; /* the end of the string, spelled out */
		if (len < cap)
			out[len] = (char)symbols[symbol];
		len++;
		have -= codes[row].len;
	}
	return len <= cap ? (int)len : -E2BIG;
}

/* RFC 7541 section 5.1; the first byte's upper bits are the caller's. */
static int integer(struct lp_span *in, unsigned prefix, uint32_t *out)
{
	uint32_t mask = (1u << prefix) - 1, n, shift = 0;
	uint8_t byte;

	if (!in->len)
		return -EBADMSG;
	n = (uint8_t)in->ptr[0] & mask;
	*in = lp_span_from(*in, 1);
	if (n < mask) {
		*out = n;
		return 0;
	}
	do {
		if (!in->len || shift > 21)
			return -EBADMSG;
		byte = (uint8_t)in->ptr[0];
		*in = lp_span_from(*in, 1);
		n += (uint32_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	*out = n;
	return n <= INT_MAX_KNOWN ? 0 : -EBADMSG;
}

static int string(struct lp_span *in, char *out, size_t cap)
{
	bool coded = in->len && (in->ptr[0] & 0x80);
	struct lp_span text;
	uint32_t len;

	if (integer(in, 7, &len) || len > in->len)
		return -EBADMSG;
	text = lp_span_first(*in, len);
	*in = lp_span_from(*in, len);
	if (coded)
		return huffman(text, out, cap);
	if (len > cap)
		return -E2BIG;
	if (len)
		memcpy(out, text.ptr, len);
	return (int)len;
}

/* --- the table -------------------------------------------------------------------------------- */

static char *slot_at(const struct lp_hpack *h, uint32_t i)
{
	return h->room + h->top - (i + 1) * sizeof(struct slot);
}

static struct slot get_slot(const struct lp_hpack *h, uint32_t i)
{
	struct slot s;

	memcpy(&s, slot_at(h, i), sizeof(s));
	return s;
}

void lp_hpack_forget(struct lp_hpack *h)
{
	h->size = h->first = h->n = h->end = 0;
	h->partial = true;
}

void lp_hpack_init(struct lp_hpack *h, char *room)
{
	*h = (struct lp_hpack){.room = room, .max = TABLE_DEFAULT, .top = 2 * TABLE_DEFAULT};
}

void lp_hpack_begin(struct lp_hpack *h, size_t len)
{
	h->credit = len < (UINT32_MAX - CREDIT) / CREDIT_BYTE ? CREDIT + CREDIT_BYTE * (uint32_t)len
							      : UINT32_MAX;
}

/* Everything to the front, and the slots to below `top`. */
static void compact(struct lp_hpack *h, uint32_t top)
{
	uint32_t from = h->n ? get_slot(h, h->first).at : h->end;
	size_t bytes = h->n * sizeof(struct slot);
	const char *slots = h->room + h->top - (h->first + h->n) * sizeof(struct slot);

	memmove(h->room, h->room + from, h->end - from);
	memmove(h->room + top - bytes, slots, bytes);
	h->end -= from;
	h->top = top;
	h->first = 0;
	for (uint32_t i = 0; i < h->n; i++) {
		struct slot s = get_slot(h, i);

		s.at -= from;
		memcpy(slot_at(h, i), &s, sizeof(s));
	}
}

static void evict(struct lp_hpack *h, uint32_t max)
{
	while (h->n && h->size > max) {
		struct slot s = get_slot(h, h->first++);

		h->size -= (uint32_t)s.name_len + s.value_len + ENTRY_OVERHEAD;
		h->n--;
	}
	if (!h->n)
		h->first = h->end = 0;
}

static int resize(struct lp_hpack *h, uint32_t max)
{
	uint32_t top = max > LP_HPACK_TABLE_MAX / 2 ? LP_HPACK_TABLE_MAX : 2 * max;

	if (max > LP_HPACK_TABLE_MAX)
		return -EBADMSG;
	h->max = max;
	evict(h, max);
	/* A shrunken table keeps its room: it takes no more of it than before. */
	if (top > h->top)
		compact(h, top);
	return 0;
}

static void add(struct lp_hpack *h, const struct lp_hpack_field *f)
{
	size_t len = f->name.len + f->value.len;
	struct slot s;

	if (len + ENTRY_OVERHEAD > h->max) {
		evict(h, 0); /* RFC 7541 section 4.4: no error */
		return;
	}
	evict(h, h->max - (uint32_t)len - ENTRY_OVERHEAD);
	if (h->end + len + (h->first + h->n + 1) * sizeof(s) > h->top)
		compact(h, h->top);
	s = (struct slot){h->end, (uint16_t)f->name.len, (uint16_t)f->value.len};
	if (f->name.len)
		memcpy(h->room + h->end, f->name.ptr, f->name.len);
	if (f->value.len)
		memcpy(h->room + h->end + f->name.len, f->value.ptr, f->value.len);
	memcpy(slot_at(h, h->first + h->n), &s, sizeof(s));
	h->n++;
	h->end += (uint32_t)len;
	h->size += (uint32_t)len + ENTRY_OVERHEAD;
}

static int look_up(const struct lp_hpack *h, uint32_t index, struct lp_hpack_field *out)
{
	struct slot s;

	*out = (struct lp_hpack_field){{NULL, 0}, {NULL, 0}};
	if (!index)
		return -EBADMSG;
	if (index <= LP_ARRAY_LEN(fixed)) {
		*out = fixed[index - 1];
		return 0;
	}
	index -= (uint32_t)LP_ARRAY_LEN(fixed) + 1; /* 0 is the newest */
	if (index >= h->n)
		return h->partial ? 0 : -EBADMSG;
	s = get_slot(h, h->first + h->n - 1 - index);
	out->name = lp_span_of(h->room + s.at, s.name_len);
	out->value = lp_span_of(h->room + s.at + s.name_len, s.value_len);
	return 0;
}

/* --- fields ----------------------------------------------------------------------------------- */

struct line {
	char *buf;
	size_t cap, len;
	bool full;
};

static struct lp_span put(struct line *l, struct lp_span s)
{
	char *at = l->buf + l->len;

	if (l->full || s.len > l->cap - l->len) {
		l->full = true;
		return lp_span_of(NULL, 0);
	}
	if (s.len)
		memcpy(at, s.ptr, s.len);
	l->len += s.len;
	return lp_span_of(at, s.len);
}

static int put_string(struct line *l, struct lp_span *in, struct lp_span *out)
{
	int len = string(in, l->buf + l->len, l->full ? 0 : l->cap - l->len);

	*out = lp_span_of(l->buf + l->len, len > 0 ? (size_t)len : 0);
	if (len == -E2BIG)
		l->full = true;
	else if (len < 0)
		return len;
	else
		l->len += (size_t)len;
	return 0;
}

/* A field with its name at `index` or, 0, spelled out; the value follows unless it is known. */
static int field(struct lp_hpack *h, struct lp_span *in, uint32_t index, bool known, bool insert,
		 struct line *l, struct lp_hpack_field *out)
{
	struct lp_hpack_field old = {{NULL, 0}, {NULL, 0}};
	int err = index || known ? look_up(h, index, &old) : 0;
	size_t again = old.name.len + (known ? old.value.len : 0);

	if (err)
		return err;
	if (l->full) { /* nobody wants to see it */
	} else if (again <= h->credit) {
		h->credit -= (uint32_t)again;
	} else if (insert) {
		return -EBADMSG;
	} else {
		l->full = true;
	}
	if (index)
		out->name = put(l, old.name);
	else
		err = put_string(l, in, &out->name);
	put(l, LP_SPAN(": "));
	if (known)
		out->value = put(l, old.value);
	else if (!err)
		err = put_string(l, in, &out->value);
	put(l, LP_SPAN("\r\n"));
	return err;
}

static int next(struct lp_hpack *h, struct lp_span *block, char *buf, size_t cap, bool show,
		struct lp_hpack_field *out)
{
	struct line l = {.buf = buf, .cap = cap};
	struct lp_span in = *block;
	bool insert = false, known;
	uint32_t n = 0;
	int err = 0;

	/* Sizes of the table come before fields; elsewhere they do no harm. */
	while (in.len && ((uint8_t)in.ptr[0] & 0xe0) == 0x20) {
		if (integer(&in, 5, &n) || resize(h, n))
			return -EBADMSG;
		*block = in;
	}
	if (!in.len)
		return 0;
	known = (uint8_t)in.ptr[0] & 0x80;
	insert = !known && ((uint8_t)in.ptr[0] & 0x40);
	l.full = !show && !insert;
	err = integer(&in, known ? 7 : insert ? 6 : 4, &n);
	if (!err)
		err = field(h, &in, n, known, insert, &l, out);
	if (err)
		return err;
	if (!show && !insert) {
		*block = in;
		return 1;
	}
	if (l.full && cap < LP_HEAD_MAX)
		return -E2BIG;
	*block = in;
	if (l.full) {
		if (insert)
			evict(h, 0); /* longer than any table */
		return -E2BIG;
	}
	if (insert)
		add(h, out);
	return show ? (int)l.len : 1;
}

int lp_hpack_next(struct lp_hpack *h, struct lp_span *block, char *buf, size_t cap,
		  struct lp_hpack_field *out)
{
	return next(h, block, buf, cap, true, out);
}

int lp_hpack_pass(struct lp_hpack *h, struct lp_span *block, char *buf, size_t cap)
{
	struct lp_hpack_field f;

	return next(h, block, buf, cap, false, &f);
}
