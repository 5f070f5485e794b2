/* SPDX-License-Identifier: MIT */
#include "extract.h"

#include <errno.h>

#include "cbor.h"

struct cbor {
	struct lp_extract *x;
	struct lp_span in;
};

static bool value(struct cbor *c, const struct lp_trie_node *n, const struct lp_cbor_item *it,
		  bool element);

static bool map(struct cbor *c, const struct lp_trie_node *n, const struct lp_cbor_item *head)
{
	struct lp_cbor_item key, it;

	for (uint64_t i = 0; head->open || i < head->n; i++) {
		const struct lp_trie_node *child = NULL;

		if (!lp_cbor_next(&c->in, &key))
			return false;
		if (key.kind == LP_CBOR_BREAK)
			return head->open;
		if (key.kind == LP_CBOR_TEXT && (n->flags & LP_TRIE_KEYS) &&
		    n->leaf != LP_LEAF_NONE)
			lp_extract_add(c->x, n->leaf, key.text);
		else if (key.kind == LP_CBOR_TEXT)
			child = lp_trie_child(n, key.text);
		else if (!lp_cbor_skip(&c->in, &key))
			return false;
		if (!lp_cbor_next(&c->in, &it) || it.kind == LP_CBOR_BREAK)
			return false;
		if (!(child ? value(c, child, &it, false) : lp_cbor_skip(&c->in, &it)))
			return false;
	}
	return true;
}

static bool value(struct cbor *c, const struct lp_trie_node *n, const struct lp_cbor_item *it,
		  bool element)
{
	char num[LP_CBOR_NUMBER_MAX];
	struct lp_span text;
	char *copy;
	size_t len;
	int err;

	switch (it->kind) {
	case LP_CBOR_MAP:
		if (n->leaf != LP_LEAF_NONE && !(n->flags & LP_TRIE_KEYS))
			lp_extract_add(c->x, n->leaf, lp_span_of(NULL, 0));
		return map(c, n, it);
	case LP_CBOR_ARRAY:
		if (!(n->flags & LP_TRIE_LIST) || element)
			return lp_cbor_skip(&c->in, it);
		for (uint64_t i = 0; it->open || i < it->n; i++) {
			struct lp_cbor_item e;
			bool ok;

			if (!lp_cbor_next(&c->in, &e))
				return false;
			if (e.kind == LP_CBOR_BREAK)
				return it->open;
			lp_extract_push(c->x, (uint32_t)i + 1);
			ok = value(c, n, &e, true);
			lp_extract_pop(c->x);
			if (!ok)
				return false;
		}
		return true;
	case LP_CBOR_TEXT:
		if (n->leaf != LP_LEAF_NONE)
			lp_extract_add(c->x, n->leaf, it->text);
		return true;
	case LP_CBOR_BOOL:
		if (n->leaf != LP_LEAF_NONE)
			lp_extract_add(c->x, n->leaf, it->n ? LP_SPAN("true") : LP_SPAN("false"));
		return true;
	case LP_CBOR_NUMBER:
		if (n->leaf == LP_LEAF_NONE)
			return true;
		len = lp_cbor_digits(it, num);
		copy = lp_arena_strndup(c->x->arena, lp_span_of(num, len));
		if (copy)
			lp_extract_add(c->x, n->leaf, lp_span_of(copy, len));
		return true;
	case LP_CBOR_BREAK:
		return false;
	case LP_CBOR_CHUNKS:
		if (n->leaf == LP_LEAF_NONE || !it->n)
			return lp_cbor_skip(&c->in, it);
		err = lp_cbor_join(&c->in, c->x->arena, &text);
		if (err == -ENOMEM)
			c->x->err = err;
		else if (!err)
			lp_extract_add(c->x, n->leaf, text);
		return !err;
	default:
		return lp_cbor_skip(&c->in, it);
	}
}

void lp_extract_cbor(struct lp_extract *x, uint32_t root, struct lp_span body)
{
	struct cbor c = {.x = x, .in = body};
	struct lp_cbor_item it;

	if (lp_cbor_next(&c.in, &it) && it.kind == LP_CBOR_MAP)
		(void)map(&c, &lp_iam_nodes[root], &it);
	x->n_index = 0;
}
