/* SPDX-License-Identifier: MIT */
#include "uri.h"

#include "wire/http1.h"
#include "wire/sigv4.h"

/*
 * A hostile path can make a tree with labels before literals branch at each segment; no modelled
 * path needs more than a few dozen steps.
 */
#define STEPS_MAX	512
#define SCORED_SEGMENTS 32  /* 2 bits each in a 64-bit score */
#define NAME_MAX_LEN	128 /* of a query parameter, encoded; of those that conditions name 105 */

enum segment_score { SCORE_GREEDY = 1, SCORE_LABEL = 2, SCORE_LITERAL = 3 };

static struct lp_span pool(uint32_t offset)
{
	return lp_span_str(lp_api_pool + offset);
}

static void note_key(struct lp_uri *u, struct lp_span key)
{
	char plain[NAME_MAX_LEN];
	uint16_t slot;

	if (lp_span_find(key, '%') < key.len && key.len <= sizeof(plain))
		key = lp_percent_decode_to(plain, key, true);
	for (uint32_t h = lp_hash(key.ptr, key.len);
	     (slot = lp_api_query_key_slots[h & lp_api_query_key_mask]) != 0; h++) {
		if (!lp_span_eq(pool(lp_api_query_keys[slot - 1]), key))
			continue;
		u->keys[(slot - 1) / 64] |= 1ull << ((slot - 1) % 64);
		return;
	}
}

void lp_uri_init(struct lp_uri *u, const struct lp_request *req)
{
	struct lp_span t, rest, key, value;
	size_t at;

	u->req = req;
	u->host = req->host;
	t = lp_http1_origin(req->target, &u->host);
	u->n_params = 0;
	u->signing_name = lp_span_of(NULL, 0);
	memset(u->keys, 0, sizeof(u->keys));
	t = lp_span_first(t, lp_span_find(t, '#'));
	at = lp_span_find(t, '?');
	u->path = lp_span_first(t, at);
	u->query = lp_span_from(t, at + 1);
	rest = u->query;
	while (u->n_params < LP_URI_PARAMS_MAX && lp_query_next(&rest, &key, &value)) {
		u->param[u->n_params++] = (struct lp_uri_param){key, value};
		note_key(u, key);
	}
}

const struct lp_span *lp_uri_param(const struct lp_uri *u, struct lp_span key)
{
	for (unsigned i = 0; i < u->n_params; i++)
		if (lp_query_is(u->param[i].key, key))
			return &u->param[i].value;
	return NULL;
}

struct lp_span lp_uri_hoisted(struct lp_span query, struct lp_span header)
{
	struct lp_span name, value;

	if (lp_span_starts(header, LP_SPAN("x-amz-")))
		while (lp_query_next(&query, &name, &value))
			if (lp_query_caseis(name, header))
				return value;
	return lp_span_of(NULL, 0);
}

struct lp_span lp_percent_decode_to(char *out, struct lp_span s, bool plus)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int hi, lo;

		if (s.ptr[i] == '%' && s.len - i > 2 && (hi = lp_hex_digit(s.ptr[i + 1])) >= 0 &&
		    (lo = lp_hex_digit(s.ptr[i + 2])) >= 0) {
			out[n++] = (char)(hi * 16 + lo);
			i += 2;
		} else {
			out[n++] = plus && s.ptr[i] == '+' ? ' ' : s.ptr[i];
		}
	}
	return lp_span_of(out, n);
}

static bool cond_holds(const struct lp_uri *u, const struct lp_api_cond *c)
{
	const struct lp_span *value;

	if (c->kind == LP_API_COND_HEADER) {
		struct lp_span name = pool(lp_api_headers[c->key]), start = pool(c->value);
		const struct lp_header *h = lp_request_header(u->req, name);

		if (c->value)
			return h && lp_span_caseeq(lp_span_first(h->value, start.len), start);
		return h || lp_uri_hoisted(u->query, name).ptr;
	}
	if (c->kind == LP_API_COND_SIGN)
		return lp_span_eq(u->signing_name, pool(c->value));
	if (!(u->keys[c->key / 64] >> (c->key % 64) & 1))
		return false;
	if (!c->value)
		return true;
	value = lp_uri_param(u, pool(lp_api_query_keys[c->key]));
	return value && lp_span_eq(*value, pool(c->value));
}

struct walk {
	const struct lp_uri *u;
	bool coded_slash; /* LP_API_CODED_SLASH */
	struct lp_uri_match *best;
	struct lp_span label[LP_URI_LABELS_MAX];
	unsigned n_labels;
	unsigned steps;
};

bool lp_uri_better(const struct lp_uri_match *a, const struct lp_uri_match *b)
{
	if (!a->route || !b->route)
		return a->route && !b->route;
	if (a->complete != b->complete)
		return a->complete;
	if (a->score != b->score)
		return a->score > b->score;
	return a->rank > b->rank;
}

/* The path ends at a node: weighs its routes. `slash`: the path ended in one. */
static void try_routes(struct walk *w, const struct lp_api_node *node, uint64_t score, bool slash)
{
	for (unsigned i = 0; i < node->n_routes; i++) {
		const struct lp_api_route *r = &lp_api_routes[node->first_route + i];
		struct lp_uri_match m = {.route = r, .score = score};
		unsigned held = 0;

		while (held < r->n_literal && cond_holds(w->u, &lp_api_conds[r->first_cond + held]))
			held++;
		if (held < r->n_literal)
			continue;
		for (unsigned k = r->n_literal; k < r->n_conds; k++)
			held += cond_holds(w->u, &lp_api_conds[r->first_cond + k]);
		m.complete = held == r->n_conds;
		m.rank = r->n_literal * 32u + held * 2u + (r->slash == slash);
		if (!lp_uri_better(&m, w->best))
			continue;
		memcpy(m.label, w->label, sizeof(m.label));
		*w->best = m;
	}
}

static uint16_t literal_child(uint16_t node, struct lp_span seg)
{
	uint16_t slot;

	for (uint32_t h = lp_api_edge_hash(node, seg.ptr, seg.len);
	     (slot = lp_api_edge_slots[h & lp_api_edge_mask]) != 0; h++) {
		const struct lp_api_edge *e = &lp_api_edges[slot - 1];

		if (e->parent == node && lp_span_eq(pool(e->segment), seg))
			return e->child;
	}
	return 0;
}

static uint64_t add_score(uint64_t score, unsigned depth, enum segment_score s)
{
	return depth < SCORED_SEGMENTS ? score | (uint64_t)s << (62 - 2 * depth) : score;
}

bool lp_uri_fixed(const struct lp_uri_match *m)
{
	for (uint64_t left = m->score; left; left <<= 2)
		if (left >> 62 == SCORE_LITERAL)
			return true;
	return false;
}

bool lp_uri_anchored(const struct lp_uri_match *m)
{
	return m->score >> 62 == SCORE_LITERAL;
}

bool lp_uri_begins(const struct lp_uri *u, uint16_t service)
{
	uint16_t root = literal_child((uint16_t)(service + 1), u->req->method);
	struct lp_span tail = lp_span_from(u->path, 1);

	return root && literal_child(root, lp_span_first(tail, lp_span_find(tail, '/')));
}

static void walk(struct walk *w, uint16_t node, struct lp_span rest, unsigned depth,
		 uint64_t score);

static void take_label(struct walk *w, uint16_t child, struct lp_span value, struct lp_span rest,
		       unsigned depth, uint64_t score)
{
	if (w->n_labels == LP_URI_LABELS_MAX)
		return;
	w->label[w->n_labels++] = value;
	walk(w, child, rest, depth + 1, score);
	w->n_labels--;
}

/* Where an encoded slash stands in a segment that is no ARN; its length when nowhere. */
static size_t coded_slash(struct lp_span seg)
{
	if (lp_span_starts(seg, LP_SPAN("arn:")) ||
	    lp_span_caseeq(lp_span_first(seg, 6), LP_SPAN("arn%3a")))
		return seg.len;
	for (size_t i = 0; i + 3 <= seg.len; i++)
		if (lp_span_caseeq(lp_span_first(lp_span_from(seg, i), 3), LP_SPAN("%2f")))
			return i;
	return seg.len;
}

/* `rest` is empty or starts with '/', or with what stands for it. */
static void walk(struct walk *w, uint16_t node, struct lp_span rest, unsigned depth, uint64_t score)
{
	const struct lp_api_node *n = &lp_api_nodes[node];
	struct lp_span seg, tail, next;
	uint16_t child;

	if (w->steps++ >= STEPS_MAX)
		return;
	if (rest.len <= 1) {
		try_routes(w, n, score, rest.len == 1);
		return;
	}
	tail = lp_span_from(rest, 1);
	seg = lp_span_first(tail, lp_span_find(tail, '/'));
	next = lp_span_from(tail, seg.len);
	if (LP_UNLIKELY(w->coded_slash && !depth)) {
		size_t at = coded_slash(seg);

		if (at < seg.len) {
			seg.len = at;
			next = lp_span_from(tail, at + 2); /* the F of "%2F" */
		}
	}
	child = seg.len ? literal_child(node, seg) : 0;
	if (child)
		walk(w, child, next, depth + 1, add_score(score, depth, SCORE_LITERAL));
	if (n->label && seg.len)
		take_label(w, n->label, seg, next, depth, add_score(score, depth, SCORE_LABEL));
	if (!n->greedy)
		return;
	score = add_score(score, depth, SCORE_GREEDY);
	if (lp_api_nodes[n->greedy].n_routes)
		take_label(w, n->greedy, tail, lp_span_of(NULL, 0), depth, score);
	if (!lp_api_nodes[n->greedy].inner)
		return;
	for (size_t i = tail.len; i > 0; i--)
		if (tail.ptr[i - 1] == '/' && i > 1)
			take_label(w, n->greedy, lp_span_first(tail, i - 1),
				   lp_span_from(tail, i - 1), depth, score);
}

static struct walk walk_of(const struct lp_uri *u, uint16_t service, struct lp_uri_match *best)
{
	return (struct walk){
		.u = u,
		.coded_slash = lp_api_services[service].flags & LP_API_CODED_SLASH,
		.best = best,
	};
}

void lp_uri_match(const struct lp_uri *u, uint16_t service, bool first_in_host,
		  struct lp_uri_match *best)
{
	struct walk w = walk_of(u, service, best);
	uint16_t root = literal_child((uint16_t)(service + 1), u->req->method);

	if (!root)
		return;
	if (first_in_host) {
		if (lp_api_nodes[root].label)
			take_label(&w, lp_api_nodes[root].label, lp_span_of(NULL, 0), u->path, 0,
				   add_score(0, 0, SCORE_LABEL));
		return;
	}
	walk(&w, root, u->path, 0, 0);
}

void lp_uri_match_as(const struct lp_uri *u, uint16_t service, struct lp_span first,
		     struct lp_uri_match *best)
{
	struct walk w = walk_of(u, service, best);
	uint16_t root = literal_child((uint16_t)(service + 1), u->req->method);
	uint16_t child = root ? literal_child(root, first) : 0;
	struct lp_span tail = lp_span_from(u->path, 1);

	if (child)
		walk(&w, child, lp_span_from(tail, lp_span_find(tail, '/')), 1,
		     add_score(0, 0, SCORE_LITERAL));
}
