/* SPDX-License-Identifier: MIT */
#include "extract_members.h"

#include "model/iam_data.h"
#include "model/trail.h"
#include "wire/json.h"

/*
 * The log's JSON is walked along with the trie of what is wanted. Where a form or XML body has
 * wrappers that JSON has not ("Names.member[]", XML's root), the walk looks through them; where the
 * log has wrappers that the model has not (EC2's "instancesSet":{"items":[…]}), it goes through
 * with the same node.
 */
struct walk {
	struct lp_extract *x;
	const struct lp_members *m;
	struct lp_jscan json;
	struct lp_trail_range range;
	bool ec2; /* its log keeps the names of an elder, XML-shaped API */
};

/* What a log puts in place of what it must not show, or finds too long, names nothing. */
static bool is_shown(struct lp_span s)
{
	return !lp_span_starts(s, LP_SPAN("HIDDEN_DUE_TO_SECURITY_REASONS")) &&
	       !lp_span_eq(s, LP_SPAN("***")) && !lp_span_eq(s, LP_SPAN("****"));
}

static void add(struct walk *w, uint8_t leaf, struct lp_span s)
{
	if (is_shown(s))
		lp_extract_add(w->x, leaf, s);
}

/* "member[]" and "entry[]" stand in forms and XML only. */
static bool is_wrapper(const struct lp_trie_node *n)
{
	const char *s = lp_iam_pool + n->name;

	return n->flags & LP_TRIE_LIST && (!strcmp(s, "member") || !strcmp(s, "entry"));
}

static bool means(const struct lp_trail_key *key, const char *wire, bool other)
{
	return other ? lp_trail_key_may_be(key, wire) : lp_trail_key_is(key, wire);
}

static const struct lp_trie_node *child_named(const struct walk *w, const struct lp_trie_node *n,
					      const struct lp_trail_key *key, unsigned deep,
					      bool other)
{
	const struct lp_trie_node *c = &lp_iam_nodes[n->first_child], *found;

	for (unsigned i = 0; i < n->n_children; i++)
		if (means(key, lp_iam_pool + c[i].name, other))
			return &c[i];
	for (unsigned i = 0; i < n->n_children && deep; i++) {
		if (!is_wrapper(&c[i]) && w->m->family != LP_BODY_XML)
			continue;
		found = child_named(w, &c[i], key, deep - 1, other);
		if (found)
			return found;
	}
	return NULL;
}

/*
 * Child that a member of the log means, by its own name before others, looking through at most
 * `deep` wrappers; or NULL.
 */
static const struct lp_trie_node *child_of(const struct walk *w, const struct lp_trie_node *n,
					   const struct lp_trail_key *key, unsigned deep)
{
	const struct lp_trie_node *c = child_named(w, n, key, deep, false);

	return c ? c : child_named(w, n, key, deep, true);
}

/* EC2: "instancesSet", "items", and "DeleteFlowLogsRequest" around everything. */
static bool is_transparent(const struct walk *w, struct lp_span name)
{
	return w->ec2 &&
	       (lp_span_ends(name, LP_SPAN("Set")) || lp_span_eq(name, LP_SPAN("items")) ||
		lp_span_ends(name, LP_SPAN("Request")));
}

/*
 * Values that stand outside the body: labels, query parameters and headers. What is not called so
 * in the log may be there under another name, see others().
 */
static void add_head(struct walk *w, struct lp_span name, struct lp_span value, bool other)
{
	struct lp_trail_key key;

	lp_trail_key(&key, w->range, name);
	for (uint8_t i = 0; i < w->m->n_leaves; i++) {
		const struct lp_leaf_data *l = &w->m->leaf[i];

		if ((l->loc == LP_LEAF_LABEL || l->loc == LP_LEAF_QUERY ||
		     l->loc == LP_LEAF_HEADER) &&
		    !(other && w->x->leaf[i].first) && means(&key, lp_iam_pool + l->name, other))
			add(w, i, value);
	}
}

static bool value(struct walk *w, const struct lp_trie_node *n, struct lp_span name, bool element);

/*
 * {"operation":"Put","tableName":…} for {"Put":{"TableName":…}}: the child of `n` that the next
 * value names, to which the rest of the object belongs; `n` itself where it names none. The value
 * stays.
 */
static const struct lp_trie_node *choice_of(struct walk *w, const struct lp_trie_node *n)
{
	const struct lp_trie_node *c = NULL;
	struct lp_jscan peek = w->json;
	struct lp_jscan_token tok;
	struct lp_trail_key key;

	if (lp_jscan_next(&peek, &tok) == LP_JSCAN_STRING) {
		lp_trail_key(&key, w->range, lp_extract_text(w->x, &tok));
		c = child_named(w, n, &key, 0, false);
	}
	return c ? c : n;
}

/* `name` is that of the object's own member, for the places outside the body; empty within. */
static bool members(struct walk *w, const struct lp_trie_node *n, bool top)
{
	bool keys = n->flags & LP_TRIE_KEYS && n->leaf != LP_LEAF_NONE;
	struct lp_trail_key key;
	struct lp_jscan_token tok;

	while (lp_jscan_next(&w->json, &tok) == LP_JSCAN_KEY) {
		const struct lp_trie_node *child = NULL;
		struct lp_span name = lp_extract_text(w->x, &tok);

		if (keys) {
			add(w, n->leaf, name);
			if (!lp_jscan_skip(&w->json, &tok))
				return false;
			continue;
		}
		lp_trail_key(&key, w->range, name);
		child = child_of(w, n, &key, top ? 2 : 1);
		if (!child && !top && lp_trail_key_may_be(&key, "?"))
			n = choice_of(w, n);
		if (!child && w->ec2 && lp_span_ends(name, LP_SPAN("Set"))) {
			lp_trail_key(&key, w->range, lp_span_first(name, name.len - 3));
			child = child_of(w, n, &key, 1);
		}
		if (!child && (is_transparent(w, name) || (top && lp_trail_key_may_be(&key, ""))))
			child = n;
		/*
		 * An element that is an object around the value: {"instanceId":"i-1"}, or
		 * {"tag":1,"content":"eni-1"} in EC2's newer requests.
		 */
		if (!child && n->leaf != LP_LEAF_NONE &&
		    (lp_span_eq(name, LP_SPAN("content")) ||
		     lp_trail_key_is(&key, lp_iam_pool + n->name) ||
		     lp_trail_key_may_be(&key, lp_iam_pool + n->name)))
			child = n;
		if (!child && !top) {
			if (!lp_jscan_skip(&w->json, &tok))
				return false;
		} else if (!value(w, child, top ? name : lp_span_of(NULL, 0), false)) {
			return false;
		}
	}
	return tok.type == LP_JSCAN_OBJECT_END;
}

static const struct lp_trie_node *element_of(const struct lp_trie_node *n)
{
	const struct lp_trie_node *c = n ? &lp_iam_nodes[n->first_child] : NULL;

	if (!n || n->flags & LP_TRIE_LIST)
		return n;
	/* "Names.member[]", "DBSecurityGroups.DBSecurityGroupName[]" */
	return n->n_children == 1 && c->flags & LP_TRIE_LIST ? c : n;
}

static bool list(struct walk *w, const struct lp_trie_node *n, struct lp_span name)
{
	struct lp_jscan_token tok;

	n = element_of(n);
	for (uint32_t i = 1;; i++) {
		struct lp_jscan peek = w->json;
		bool ok;

		if (lp_jscan_next(&peek, &tok) == LP_JSCAN_ARRAY_END) {
			w->json = peek;
			return true;
		}
		lp_extract_push(w->x, i);
		ok = value(w, n, name, true);
		lp_extract_pop(w->x);
		if (!ok)
			return false;
	}
}

/*
 * `n` is NULL where nothing of the body is wanted. A log nests no deeper than the scanner allows,
 * which bounds the recursion.
 */
static bool value(struct walk *w, const struct lp_trie_node *n, struct lp_span name, bool element)
{
	bool wanted = n && n->leaf != LP_LEAF_NONE && !(n->flags & LP_TRIE_KEYS);
	struct lp_jscan_token tok;
	struct lp_span text;

	switch (lp_jscan_next(&w->json, &tok)) {
	case LP_JSCAN_OBJECT:
		if (!n)
			return lp_jscan_skip(&w->json, &tok);
		if (wanted)
			lp_extract_add(w->x, n->leaf, lp_span_of(NULL, 0));
		return members(w, n, false);
	case LP_JSCAN_ARRAY:
		if ((!n && !name.len) || element)
			return lp_jscan_skip(&w->json, &tok);
		return list(w, n, name);
	case LP_JSCAN_STRING:
	case LP_JSCAN_NUMBER:
	case LP_JSCAN_LITERAL:
		text = tok.type == LP_JSCAN_STRING ? lp_extract_text(w->x, &tok) : tok.text;
		if (tok.type == LP_JSCAN_LITERAL && lp_span_eq(text, LP_SPAN("null")))
			return true;
		/* A list of one, which the log wrote without its brackets. */
		if (!wanted && n && element_of(n) != n && element_of(n)->leaf != LP_LEAF_NONE) {
			n = element_of(n);
			wanted = !(n->flags & LP_TRIE_KEYS);
		}
		if (wanted)
			add(w, n->leaf, text);
		if (name.len)
			add_head(w, name, text, false);
		return true;
	default:
		return false;
	}
}

static void add_other(struct walk *w, struct lp_span name, const struct lp_jscan_token *tok)
{
	if (tok->type == LP_JSCAN_STRING || tok->type == LP_JSCAN_NUMBER ||
	    (tok->type == LP_JSCAN_LITERAL && !lp_span_eq(tok->text, LP_SPAN("null"))))
		add_head(w, name, lp_extract_text(w->x, tok), true);
}

/* Once more over the members at the top, for places outside the body that have no value yet. */
static void others(struct walk *w, struct lp_span params)
{
	struct lp_jscan_token tok;

	lp_jscan_init(&w->json, params);
	if (lp_jscan_next(&w->json, &tok) != LP_JSCAN_OBJECT)
		return;
	while (lp_jscan_next(&w->json, &tok) == LP_JSCAN_KEY) {
		struct lp_span name = lp_extract_text(w->x, &tok);
		const struct lp_jscan_token key = tok;
		struct lp_jscan peek = w->json;

		(void)lp_jscan_next(&peek, &tok);
		if (tok.type == LP_JSCAN_ARRAY) {
			for (uint32_t i = 1; lp_jscan_next(&peek, &tok) == LP_JSCAN_STRING; i++) {
				lp_extract_push(w->x, i);
				add_other(w, name, &tok);
				lp_extract_pop(w->x);
			}
		} else {
			add_other(w, name, &tok);
		}
		if (!lp_jscan_skip(&w->json, &key))
			return;
	}
}

void lp_extract_members(struct lp_extract *x, const struct lp_members *m, struct lp_span params)
{
	struct walk w = {.x = x, .m = m, .ec2 = m->protocol == LP_PROTOCOL_EC2};
	struct lp_jscan_token tok;

	w.range = lp_trail_range(m->dir);
	lp_jscan_init(&w.json, params);
	if (lp_jscan_next(&w.json, &tok) == LP_JSCAN_OBJECT)
		(void)members(&w, &lp_iam_nodes[m->root], true);
	x->n_index = 0;
	if (w.range.first < w.range.end)
		others(&w, params);
}
