/* SPDX-License-Identifier: MIT */
#include "extract.h"

#include <errno.h>

#include "xml.h"

#define DEPTH_MAX 16 /* of elements on the way to leaves; tries are never deeper */

struct xml {
	struct lp_xml walk;
	struct lp_extract *x;
	unsigned depth; /* of elements that the trie knows */
	unsigned alien; /* open elements below one that it does not know */
	const struct lp_trie_node *at[DEPTH_MAX + 1];
	uint32_t count[DEPTH_MAX + 1]; /* list elements seen in this element */
	bool listed[DEPTH_MAX + 1];
	struct lp_buf_text {
		char *ptr;
		size_t len, cap;
	} text;
	bool child[DEPTH_MAX + 1];
};

static void start(void *ctx, const XML_Char *name, const XML_Char **attrs)
{
	struct xml *s = ctx;
	const struct lp_trie_node *n = NULL;

	(void)attrs;
	if (!s->alien && s->depth < DEPTH_MAX)
		n = lp_trie_child(s->at[s->depth], lp_xml_local(name));
	if (!n) {
		s->alien++;
		s->child[s->depth] = true;
		return;
	}
	s->child[s->depth] = true;
	if (n->flags & LP_TRIE_LIST)
		lp_extract_push(s->x, ++s->count[s->depth]);
	s->depth++;
	s->at[s->depth] = n;
	s->count[s->depth] = 0;
	s->child[s->depth] = false;
	s->text.len = 0;
}

static void end(void *ctx, const XML_Char *name)
{
	struct xml *s = ctx;
	const struct lp_trie_node *n;

	(void)name;
	if (s->alien) {
		s->alien--;
		return;
	}
	n = s->at[s->depth];
	if (n->leaf != LP_LEAF_NONE) {
		struct lp_span text = lp_span_of(NULL, 0);

		if (!s->child[s->depth] && s->text.len) {
			char *copy =
				lp_arena_strndup(s->x->arena, lp_span_of(s->text.ptr, s->text.len));

			if (!copy)
				s->x->err = -ENOMEM;
			else
				text = lp_span_of(copy, s->text.len);
		}
		lp_extract_add(s->x, n->leaf, text);
	}
	if (n->flags & LP_TRIE_LIST)
		lp_extract_pop(s->x);
	s->depth--;
	s->text.len = 0;
}

static void text(void *ctx, const XML_Char *chars, int len)
{
	struct xml *s = ctx;

	if (s->alien || s->at[s->depth]->leaf == LP_LEAF_NONE || len <= 0)
		return;
	if (s->text.cap - s->text.len < (size_t)len) {
		size_t cap = 2 * (s->text.len + (size_t)len);
		char *p = lp_arena_alloc(s->x->arena, cap);

		if (!p) {
			s->x->err = -ENOMEM;
			return;
		}
		if (s->text.len)
			memcpy(p, s->text.ptr, s->text.len);
		s->text.ptr = p;
		s->text.cap = cap;
	}
	memcpy(s->text.ptr + s->text.len, chars, (size_t)len);
	s->text.len += (size_t)len;
}

void lp_extract_xml(struct lp_extract *x, uint32_t root, struct lp_span body)
{
	struct xml s = {.x = x, .at = {&lp_iam_nodes[root]}};

	if (lp_xml_walk(&s.walk, body, start, end, text))
		x->err = -ENOMEM;
	x->n_index = 0;
}
