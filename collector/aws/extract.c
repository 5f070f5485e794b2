/* SPDX-License-Identifier: MIT */
#include "extract.h"

#include "uri.h"

#include <errno.h>

void lp_extract_add(struct lp_extract *x, uint8_t leaf, struct lp_span text)
{
	struct lp_values *l = &x->leaf[leaf];
	struct lp_value *v;

	/* A NUL would end the string that the name ends up in, so such a value names nothing. */
	if (x->n >= LP_VALUES_MAX || (text.len && memchr(text.ptr, '\0', text.len)))
		return;
	v = lp_arena_alloc(x->arena, sizeof(*v));
	if (!v) {
		x->err = -ENOMEM;
		return;
	}
	x->n++;
	v->text = text;
	v->taken = false;
	v->next = NULL;
	v->n_index = x->n_index < LP_INDEX_MAX ? x->n_index : LP_INDEX_MAX;
	for (unsigned i = 0; i < v->n_index; i++)
		v->index[i] = x->index[i];
	if (l->last)
		l->last->next = v;
	else
		l->first = v;
	l->last = v;
}

const struct lp_trie_node *lp_trie_child(const struct lp_trie_node *n, struct lp_span name)
{
	const struct lp_trie_node *c = &lp_iam_nodes[n->first_child], *any = NULL;

	if (!name.len)
		name.ptr = "";
	for (unsigned i = 0; i < n->n_children; i++, c++) {
		const char *s = lp_iam_pool + c->name;

		/* A name of the request may hold a NUL, with which the one of the trie ends. */
		if (strncmp(s, name.ptr, name.len) == 0 && strlen(s) == name.len)
			return c;
		if (s[0] == '*' && !s[1])
			any = c;
	}
	return any;
}

struct lp_span lp_percent_decode(struct lp_arena *arena, struct lp_span s, bool plus)
{
	char *out;

	if (lp_span_find(s, '%') == s.len && (!plus || lp_span_find(s, '+') == s.len))
		return s;
	out = lp_arena_alloc(arena, s.len);
	return out ? lp_percent_decode_to(out, s, plus) : lp_span_of(NULL, 0);
}
