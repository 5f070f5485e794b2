/* SPDX-License-Identifier: MIT */
#include "extract.h"

#include "wire/sigv4.h"

/* A list place in a form: "Entries.member.3.Id". Zero when it is none, or past nine digits. */
static uint32_t place(struct lp_span s)
{
	uint32_t n = 0;

	if (!s.len || s.len > 9)
		return 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return 0;
		n = 10 * n + (uint32_t)(s.ptr[i] - '0');
	}
	return n;
}

/* True when the last value of the leaf stands at the very place the walker is at. */
static bool again(const struct lp_extract *x, uint8_t leaf)
{
	const struct lp_value *v = x->leaf[leaf].last;
	unsigned n = x->n_index < LP_INDEX_MAX ? x->n_index : LP_INDEX_MAX;

	if (!v || v->n_index != n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (v->index[i] != x->index[i])
			return false;
	return true;
}

static void pair(struct lp_extract *x, const struct lp_trie_node *n, struct lp_span key,
		 struct lp_span value)
{
	x->n_index = 0;
	for (;;) {
		size_t dot = lp_span_find(key, '.');

		n = lp_trie_child(n, lp_span_first(key, dot));
		if (!n)
			return;
		key = lp_span_from(key, dot + 1);
		if (n->flags & LP_TRIE_LIST) {
			uint32_t i;

			dot = lp_span_find(key, '.');
			i = place(lp_span_first(key, dot));
			if (!i)
				return;
			lp_extract_push(x, i);
			key = lp_span_from(key, dot + 1);
		}
		if (!key.len)
			break;
		/* A structure that something of it is sent of is there. */
		if (n->leaf != LP_LEAF_NONE && !again(x, n->leaf))
			lp_extract_add(x, n->leaf, lp_span_of(NULL, 0));
	}
	if (n->leaf != LP_LEAF_NONE)
		lp_extract_add(x, n->leaf, lp_percent_decode(x->arena, value, true));
}

void lp_extract_form(struct lp_extract *x, uint32_t root, struct lp_span body)
{
	struct lp_span key, value;

	while (lp_query_next(&body, &key, &value)) {
		if (lp_span_find(key, '%') < key.len)
			key = lp_percent_decode(x->arena, key, true);
		pair(x, &lp_iam_nodes[root], key, value);
	}
	x->n_index = 0;
}
