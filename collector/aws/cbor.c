/* SPDX-License-Identifier: MIT */
#include "cbor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define SKIP_DEPTH_MAX 64 /* of values passed over; deeper ends the walk */
#define INDEFINITE     31 /* the low bits of a head whose end is marked by a break */

enum major {
	MAJOR_UNSIGNED,
	MAJOR_NEGATIVE,
	MAJOR_BYTES,
	MAJOR_TEXT,
	MAJOR_ARRAY,
	MAJOR_MAP,
	MAJOR_TAG,
	MAJOR_SIMPLE,
};

/* What follows a head's first byte: 0 to 8 bytes, big-endian, or the byte's own low bits. */
static bool argument(struct lp_span *in, unsigned low, uint64_t *out)
{
	size_t len = low < 24 ? 0 : (size_t)1 << (low - 24);

	*out = low;
	if (low < 24)
		return true;
	if (low > 27 || in->len < len)
		return false;
	*out = 0;
	for (size_t i = 0; i < len; i++)
		*out = *out << 8 | (unsigned char)in->ptr[i];
	*in = lp_span_from(*in, len);
	return true;
}

/* Major type 7: false, true, null, undefined, other simple values, floats. */
static enum lp_cbor_kind simple(unsigned low)
{
	return low == 20 || low == 21 ? LP_CBOR_BOOL : LP_CBOR_OTHER;
}

/* Tags are passed over. */
bool lp_cbor_next(struct lp_span *in, struct lp_cbor_item *it)
{
	static const enum lp_cbor_kind kinds[] = {
		LP_CBOR_NUMBER, LP_CBOR_NUMBER, LP_CBOR_OTHER, LP_CBOR_TEXT,
		LP_CBOR_ARRAY,	LP_CBOR_MAP,	LP_CBOR_NONE,
	};

	for (;;) {
		unsigned major, low;

		*it = (struct lp_cbor_item){.kind = LP_CBOR_NONE};
		if (!in->len)
			return false;
		major = (unsigned char)in->ptr[0] >> 5;
		low = (unsigned char)in->ptr[0] & 0x1f;
		*in = lp_span_from(*in, 1);
		if (low == INDEFINITE) {
			it->open = true;
			if (major == MAJOR_SIMPLE)
				it->kind = LP_CBOR_BREAK;
			else if (major == MAJOR_BYTES || major == MAJOR_TEXT)
				*it = (struct lp_cbor_item){.kind = LP_CBOR_CHUNKS,
							    .open = true,
							    .n = major == MAJOR_TEXT};
			else if (major == MAJOR_ARRAY || major == MAJOR_MAP)
				it->kind = kinds[major];
			return it->kind != LP_CBOR_NONE;
		}
		if (!argument(in, low, &it->n))
			return false;
		it->negative = major == MAJOR_NEGATIVE;
		if (major == MAJOR_BYTES || major == MAJOR_TEXT) {
			if (it->n > in->len)
				return false;
			it->text = lp_span_first(*in, (size_t)it->n);
			*in = lp_span_from(*in, (size_t)it->n);
		}
		if (major != MAJOR_TAG) {
			it->kind = major == MAJOR_SIMPLE ? simple(low) : kinds[major];
			it->n = it->kind == LP_CBOR_BOOL ? low == 21 : it->n;
			return true;
		}
	}
}

/* No recursion: lengths still to go are kept by level. */
bool lp_cbor_skip(struct lp_span *in, const struct lp_cbor_item *head)
{
	uint64_t left[SKIP_DEPTH_MAX];
	bool open[SKIP_DEPTH_MAX];
	unsigned depth = 0;
	struct lp_cbor_item it = *head;

	for (;;) {
		bool compound = it.kind == LP_CBOR_ARRAY || it.kind == LP_CBOR_MAP ||
				it.kind == LP_CBOR_CHUNKS;

		if (compound) {
			if (depth == SKIP_DEPTH_MAX || it.n > UINT64_MAX / 2)
				return false;
			open[depth] = it.open || it.kind == LP_CBOR_CHUNKS;
			left[depth++] = it.kind == LP_CBOR_MAP ? 2 * it.n : it.n;
		} else if (it.kind == LP_CBOR_BREAK) {
			if (!depth || !open[depth - 1])
				return false;
			depth--;
		}
		/* Close what is full; then one more item of the innermost is due. */
		while (depth && !open[depth - 1] && !left[depth - 1])
			depth--;
		if (!depth)
			return true;
		if (!open[depth - 1])
			left[depth - 1]--;
		if (!lp_cbor_next(in, &it))
			return false;
	}
}

/* The chunks of a text up to their end, joined in `to` where that is not NULL; false: a mistake. */
static bool chunks(struct lp_span *in, char *to, size_t *len)
{
	struct lp_cbor_item it;

	for (*len = 0; lp_cbor_next(in, &it) && it.kind == LP_CBOR_TEXT; *len += it.text.len)
		if (to && it.text.len)
			memcpy(to + *len, it.text.ptr, it.text.len);
	return it.kind == LP_CBOR_BREAK;
}

int lp_cbor_join(struct lp_span *in, struct lp_arena *arena, struct lp_span *text)
{
	struct lp_span ahead = *in;
	size_t len;
	char *copy;

	if (!chunks(&ahead, NULL, &len))
		return -EBADMSG;
	copy = lp_arena_alloc(arena, len + 1);
	if (!copy)
		return -ENOMEM;
	if (!chunks(in, copy, &len))
		return -EBADMSG;
	*text = lp_span_of(copy, len);
	return 0;
}

size_t lp_cbor_digits(const struct lp_cbor_item *it, char out[LP_CBOR_NUMBER_MAX])
{
	/* A negative is written as -1 - n; no name is one. */
	int len = snprintf(out, LP_CBOR_NUMBER_MAX, "%s%" PRIu64, it->negative ? "-" : "",
			   it->n + it->negative);

	return (size_t)len;
}
