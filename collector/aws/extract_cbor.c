/* SPDX-License-Identifier: MIT */
#include "extract.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/*
 * CBOR (RFC 8949) as far as a walk needs it: an item's head is a byte of major type and a count or
 * the size of one. No library: Debian has none that can be linked statically
 * (leastpriv-run-static).
 */

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

enum item_kind {
	ITEM_NONE,
	ITEM_TEXT,
	ITEM_NUMBER,
	ITEM_BOOL,
	ITEM_OTHER,
	ITEM_ARRAY,
	ITEM_MAP,
	ITEM_BREAK,
	ITEM_CHUNKS
};

struct item {
	enum item_kind kind;
	bool open; /* of indefinite length */
	bool negative;
	uint64_t n; /* number, elements, truth; CHUNKS: of text */
	struct lp_span text;
};

struct cbor {
	struct lp_extract *x;
	struct lp_span in;
};

/* What follows a head's first byte: 0 to 8 bytes, big-endian, or the byte's own low bits. */
static bool argument(struct cbor *c, unsigned low, uint64_t *out)
{
	size_t len = low < 24 ? 0 : (size_t)1 << (low - 24);

	*out = low;
	if (low < 24)
		return true;
	if (low > 27 || c->in.len < len)
		return false;
	*out = 0;
	for (size_t i = 0; i < len; i++)
		*out = *out << 8 | (unsigned char)c->in.ptr[i];
	c->in = lp_span_from(c->in, len);
	return true;
}

/* Major type 7: false, true, null, undefined, other simple values, floats. */
static enum item_kind simple(unsigned low)
{
	return low == 20 || low == 21 ? ITEM_BOOL : ITEM_OTHER;
}

/* The next head with its scalar; false at a cut or a mistake. Tags are passed over. */
static bool next(struct cbor *c, struct item *it)
{
	static const enum item_kind kinds[] = {
		ITEM_NUMBER, ITEM_NUMBER, ITEM_OTHER, ITEM_TEXT, ITEM_ARRAY, ITEM_MAP, ITEM_NONE,
	};

	for (;;) {
		unsigned major, low;

		*it = (struct item){.kind = ITEM_NONE};
		if (!c->in.len)
			return false;
		major = (unsigned char)c->in.ptr[0] >> 5;
		low = (unsigned char)c->in.ptr[0] & 0x1f;
		c->in = lp_span_from(c->in, 1);
		if (low == INDEFINITE) {
			it->open = true;
			if (major == MAJOR_SIMPLE)
				it->kind = ITEM_BREAK;
			else if (major == MAJOR_BYTES || major == MAJOR_TEXT)
				*it = (struct item){.kind = ITEM_CHUNKS,
						    .open = true,
						    .n = major == MAJOR_TEXT};
			else if (major == MAJOR_ARRAY || major == MAJOR_MAP)
				it->kind = kinds[major];
			return it->kind != ITEM_NONE;
		}
		if (!argument(c, low, &it->n))
			return false;
		it->negative = major == MAJOR_NEGATIVE;
		if (major == MAJOR_BYTES || major == MAJOR_TEXT) {
			if (it->n > c->in.len)
				return false;
			it->text = lp_span_first(c->in, (size_t)it->n);
			c->in = lp_span_from(c->in, (size_t)it->n);
		}
		if (major != MAJOR_TAG) {
			it->kind = major == MAJOR_SIMPLE ? simple(low) : kinds[major];
			it->n = it->kind == ITEM_BOOL ? low == 21 : it->n;
			return true;
		}
	}
}

/* Passes over what a head has opened. No recursion: lengths still to go are kept by level. */
static bool skip(struct cbor *c, const struct item *head)
{
	uint64_t left[SKIP_DEPTH_MAX];
	bool open[SKIP_DEPTH_MAX];
	unsigned depth = 0;
	struct item it = *head;

	for (;;) {
		bool compound =
			it.kind == ITEM_ARRAY || it.kind == ITEM_MAP || it.kind == ITEM_CHUNKS;

		if (compound) {
			if (depth == SKIP_DEPTH_MAX || it.n > UINT64_MAX / 2)
				return false;
			open[depth] = it.open || it.kind == ITEM_CHUNKS;
			left[depth++] = it.kind == ITEM_MAP ? 2 * it.n : it.n;
		} else if (it.kind == ITEM_BREAK) {
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
		if (!next(c, &it))
			return false;
	}
}

/* The chunks of a text up to their end, joined in `to` where that is not NULL; false: a mistake. */
static bool chunks(struct cbor *c, char *to, size_t *len)
{
	struct item it;

	for (*len = 0; next(c, &it) && it.kind == ITEM_TEXT; *len += it.text.len)
		if (to && it.text.len)
			memcpy(to + *len, it.text.ptr, it.text.len);
	return it.kind == ITEM_BREAK;
}

static bool text_in_chunks(struct cbor *c, uint8_t leaf)
{
	struct cbor ahead = *c;
	size_t len;
	char *text;

	if (!chunks(&ahead, NULL, &len))
		return false;
	text = lp_arena_alloc(c->x->arena, len + 1);
	if (!text) {
		c->x->err = -ENOMEM;
		return false;
	}
	if (!chunks(c, text, &len))
		return false;
	lp_extract_add(c->x, leaf, lp_span_of(text, len));
	return true;
}

static bool value(struct cbor *c, const struct lp_trie_node *n, const struct item *it,
		  bool element);

static bool map(struct cbor *c, const struct lp_trie_node *n, const struct item *head)
{
	struct item key, it;

	for (uint64_t i = 0; head->open || i < head->n; i++) {
		const struct lp_trie_node *child = NULL;

		if (!next(c, &key))
			return false;
		if (key.kind == ITEM_BREAK)
			return head->open;
		if (key.kind == ITEM_TEXT && (n->flags & LP_TRIE_KEYS) && n->leaf != LP_LEAF_NONE)
			lp_extract_add(c->x, n->leaf, key.text);
		else if (key.kind == ITEM_TEXT)
			child = lp_trie_child(n, key.text);
		else if (!skip(c, &key))
			return false;
		if (!next(c, &it) || it.kind == ITEM_BREAK)
			return false;
		if (!(child ? value(c, child, &it, false) : skip(c, &it)))
			return false;
	}
	return true;
}

static bool value(struct cbor *c, const struct lp_trie_node *n, const struct item *it, bool element)
{
	char num[24];
	char *copy;
	uint64_t magnitude;
	int len;

	switch (it->kind) {
	case ITEM_MAP:
		if (n->leaf != LP_LEAF_NONE && !(n->flags & LP_TRIE_KEYS))
			lp_extract_add(c->x, n->leaf, lp_span_of(NULL, 0));
		return map(c, n, it);
	case ITEM_ARRAY:
		if (!(n->flags & LP_TRIE_LIST) || element)
			return skip(c, it);
		for (uint64_t i = 0; it->open || i < it->n; i++) {
			struct item e;
			bool ok;

			if (!next(c, &e))
				return false;
			if (e.kind == ITEM_BREAK)
				return it->open;
			lp_extract_push(c->x, (uint32_t)i + 1);
			ok = value(c, n, &e, true);
			lp_extract_pop(c->x);
			if (!ok)
				return false;
		}
		return true;
	case ITEM_TEXT:
		if (n->leaf != LP_LEAF_NONE)
			lp_extract_add(c->x, n->leaf, it->text);
		return true;
	case ITEM_BOOL:
		if (n->leaf != LP_LEAF_NONE)
			lp_extract_add(c->x, n->leaf, it->n ? LP_SPAN("true") : LP_SPAN("false"));
		return true;
	case ITEM_NUMBER:
		if (n->leaf == LP_LEAF_NONE)
			return true;
		/* A negative is written as -1 - n; no name is one. */
		magnitude = it->n + it->negative;
		len = snprintf(num, sizeof(num), "%s%" PRIu64, it->negative ? "-" : "", magnitude);
		copy = lp_arena_strndup(c->x->arena, lp_span_of(num, (size_t)len));
		if (copy)
			lp_extract_add(c->x, n->leaf, lp_span_of(copy, (size_t)len));
		return true;
	case ITEM_BREAK:
		return false;
	case ITEM_CHUNKS:
		if (n->leaf != LP_LEAF_NONE && it->n)
			return text_in_chunks(c, n->leaf);
		return skip(c, it);
	default:
		return skip(c, it);
	}
}

void lp_extract_cbor(struct lp_extract *x, uint32_t root, struct lp_span body)
{
	struct cbor c = {.x = x, .in = body};
	struct item it;

	if (next(&c, &it) && it.kind == ITEM_MAP)
		(void)map(&c, &lp_iam_nodes[root], &it);
	x->n_index = 0;
}
