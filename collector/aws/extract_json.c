/* SPDX-License-Identifier: MIT */
#include "extract.h"

#include <errno.h>

#include "wire/json.h"

struct walk {
	struct lp_extract *x;
	struct lp_jscan json;
};

struct lp_span lp_extract_text(struct lp_extract *x, const struct lp_jscan_token *tok)
{
	char *copy;
	size_t n;

	if (!tok->escaped)
		return tok->text;
	copy = lp_arena_alloc(x->arena, tok->text.len);
	n = copy ? lp_jscan_unescape(tok->text, copy, tok->text.len) : SIZE_MAX;
	if (n == SIZE_MAX) {
		x->err = -ENOMEM;
		return lp_span_of(NULL, 0);
	}
	return lp_span_of(copy, n);
}

static bool value(struct walk *w, const struct lp_trie_node *n, bool element);

/* The members of an object, up to its end. False when the text ended or broke. */
static bool members(struct walk *w, const struct lp_trie_node *n)
{
	bool keys = (n->flags & LP_TRIE_KEYS) && n->leaf != LP_LEAF_NONE;
	struct lp_jscan_token tok;

	while (lp_jscan_next(&w->json, &tok) == LP_JSCAN_KEY) {
		const struct lp_trie_node *child = NULL;
		struct lp_span name = lp_extract_text(w->x, &tok);

		if (keys)
			lp_extract_add(w->x, n->leaf, name);
		else
			child = lp_trie_child(n, name);
		if (!(child ? value(w, child, false) : lp_jscan_skip(&w->json, &tok)))
			return false;
	}
	return tok.type == LP_JSCAN_OBJECT_END;
}

static bool list(struct walk *w, const struct lp_trie_node *n)
{
	struct lp_jscan peek;
	struct lp_jscan_token tok;

	for (uint32_t i = 1;; i++) {
		bool ok;

		peek = w->json;
		if (lp_jscan_next(&peek, &tok) == LP_JSCAN_ARRAY_END) {
			w->json = peek;
			return true;
		}
		lp_extract_push(w->x, i);
		ok = value(w, n, true);
		lp_extract_pop(w->x);
		if (!ok)
			return false;
	}
}

/* `element`: of the list that the node stands for. Recursion goes no deeper than the trie. */
static bool value(struct walk *w, const struct lp_trie_node *n, bool element)
{
	bool wanted = n->leaf != LP_LEAF_NONE && !(n->flags & LP_TRIE_KEYS);
	struct lp_jscan_token tok;

	switch (lp_jscan_next(&w->json, &tok)) {
	case LP_JSCAN_OBJECT:
		if (wanted)
			lp_extract_add(w->x, n->leaf, lp_span_of(NULL, 0));
		return members(w, n);
	case LP_JSCAN_ARRAY:
		if ((n->flags & LP_TRIE_LIST) && !element)
			return list(w, n);
		return lp_jscan_skip(&w->json, &tok);
	case LP_JSCAN_STRING:
		if (wanted)
			lp_extract_add(w->x, n->leaf, lp_extract_text(w->x, &tok));
		return true;
	case LP_JSCAN_NUMBER:
	case LP_JSCAN_LITERAL:
		if (wanted && !lp_span_eq(tok.text, LP_SPAN("null")))
			lp_extract_add(w->x, n->leaf, tok.text);
		return true;
	default:
		return false;
	}
}

void lp_extract_json(struct lp_extract *x, uint32_t root, struct lp_span body)
{
	struct walk w = {.x = x};
	struct lp_jscan_token tok;

	lp_jscan_init(&w.json, body);
	if (lp_jscan_next(&w.json, &tok) == LP_JSCAN_OBJECT)
		(void)members(&w, &lp_iam_nodes[root]);
	x->n_index = 0;
}
