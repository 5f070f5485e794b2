/* SPDX-License-Identifier: MIT */
#include "extract.h"

#include <cbor.h>
#include <inttypes.h>
#include <stdio.h>

#define SKIP_DEPTH_MAX 64 /* of values passed over; deeper ends the walk */

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
	uint64_t n; /* number, elements, truth */
	struct lp_span text;
};

struct cbor {
	struct lp_extract *x;
	struct lp_span in;
};

#define ITEM(ctx) ((struct item *)(ctx))

static void got_u8(void *c, uint8_t v)
{
	*ITEM(c) = (struct item){.kind = ITEM_NUMBER, .n = v};
}
static void got_u16(void *c, uint16_t v)
{
	*ITEM(c) = (struct item){.kind = ITEM_NUMBER, .n = v};
}
static void got_u32(void *c, uint32_t v)
{
	*ITEM(c) = (struct item){.kind = ITEM_NUMBER, .n = v};
}
static void got_u64(void *c, uint64_t v)
{
	*ITEM(c) = (struct item){.kind = ITEM_NUMBER, .n = v};
}
static void got_n8(void *c, uint8_t v)
{
	*ITEM(c) = (struct item){.kind = ITEM_NUMBER, .n = v, .negative = true};
}
static void got_n16(void *c, uint16_t v)
{
	*ITEM(c) = (struct item){.kind = ITEM_NUMBER, .n = v, .negative = true};
}
static void got_n32(void *c, uint32_t v)
{
	*ITEM(c) = (struct item){.kind = ITEM_NUMBER, .n = v, .negative = true};
}
static void got_n64(void *c, uint64_t v)
{
	*ITEM(c) = (struct item){.kind = ITEM_NUMBER, .n = v, .negative = true};
}
static void got_bool(void *c, bool v)
{
	*ITEM(c) = (struct item){.kind = ITEM_BOOL, .n = v};
}
static void got_float(void *c, float v)
{
	(void)v;
	ITEM(c)->kind = ITEM_OTHER;
}
static void got_double(void *c, double v)
{
	(void)v;
	ITEM(c)->kind = ITEM_OTHER;
}
static void got_nothing(void *c)
{
	ITEM(c)->kind = ITEM_OTHER;
}
static void got_break(void *c)
{
	ITEM(c)->kind = ITEM_BREAK;
}
static void got_chunks(void *c)
{
	ITEM(c)->kind = ITEM_CHUNKS;
}
static void got_open_array(void *c)
{
	*ITEM(c) = (struct item){.kind = ITEM_ARRAY, .open = true};
}
static void got_open_map(void *c)
{
	*ITEM(c) = (struct item){.kind = ITEM_MAP, .open = true};
}

/* Newer versions of libcbor write uint64_t for these; it is the same type wherever we build. */
static void got_array(void *c, size_t n)
{
	*ITEM(c) = (struct item){.kind = ITEM_ARRAY, .n = n};
}
static void got_map(void *c, size_t n)
{
	*ITEM(c) = (struct item){.kind = ITEM_MAP, .n = n};
}
static void got_bytes(void *c, cbor_data p, size_t n)
{
	(void)p;
	(void)n;
	ITEM(c)->kind = ITEM_OTHER;
}
static void got_string(void *c, cbor_data p, size_t n)
{
	*ITEM(c) = (struct item){.kind = ITEM_TEXT, .text = lp_span_of((const char *)p, n)};
}
static void got_tag(void *c, uint64_t v)
{
	(void)v;
	ITEM(c)->kind = ITEM_NONE;
}

static const struct cbor_callbacks callbacks = {
	.uint8 = got_u8,
	.uint16 = got_u16,
	.uint32 = got_u32,
	.uint64 = got_u64,
	.negint8 = got_n8,
	.negint16 = got_n16,
	.negint32 = got_n32,
	.negint64 = got_n64,
	.byte_string = got_bytes,
	.byte_string_start = got_chunks,
	.string = got_string,
	.string_start = got_chunks,
	.array_start = got_array,
	.indef_array_start = got_open_array,
	.map_start = got_map,
	.indef_map_start = got_open_map,
	.tag = got_tag,
	.float2 = got_float,
	.float4 = got_float,
	.float8 = got_double,
	.undefined = got_nothing,
	.null = got_nothing,
	.boolean = got_bool,
	.indef_break = got_break,
};

/* The next head with its scalar; false at a cut or a mistake. Tags are passed over. */
static bool next(struct cbor *c, struct item *it)
{
	do {
		struct cbor_decoder_result r;

		*it = (struct item){0};
		r = cbor_stream_decode((cbor_data)c->in.ptr, c->in.len, &callbacks, it);
		if (r.status != CBOR_DECODER_FINISHED || !r.read)
			return false;
		c->in = lp_span_from(c->in, r.read);
	} while (it->kind == ITEM_NONE && c->in.len);
	return it->kind != ITEM_NONE;
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
