/* SPDX-License-Identifier: MIT */
#ifndef LP_EXTRACT_H
#define LP_EXTRACT_H

/*
 * Picks the wanted members out of a request body in one pass. What is wanted is a trie of
 * model/iam_data.h: names on the way, leaves at their ends. Everything else in the body is passed
 * over, so user data can never be taken for a name. Any bytes are accepted: what stands before a
 * cut or a mistake counts, the rest is not there.
 *
 * Depth is bounded by the trie, memory by the arena and LP_VALUES_MAX. Single-threaded.
 */

#include "base/arena.h"
#include "lp_span.h"
#include "model/iam_data.h"

#define LP_VALUES_MAX 8192 /* per call; batches hold 1,000 names of two parts at most */
#define LP_INDEX_MAX  3	   /* lists within lists that values of one element are matched by */

struct lp_value {
	struct lp_span text; /* unescaped; empty for a member that is there but no scalar */
	uint32_t index[LP_INDEX_MAX]; /* its place in the lists on the way, outermost first */
	uint8_t n_index;
	bool taken; /* for the evaluator */
	struct lp_value *next;
};

struct lp_values {
	struct lp_value *first, *last;
};

struct lp_extract {
	struct lp_arena *arena;
	struct lp_values *leaf; /* by leaf number; the caller provides and clears it */
	unsigned n;
	int err; /* 0 or -ENOMEM */
	uint32_t index[LP_INDEX_MAX];
	uint8_t n_index;
};

/* Adds one value, with the list places the walker stands at. Text is borrowed. */
void lp_extract_add(struct lp_extract *x, uint8_t leaf, struct lp_span text);

/* Child of that name, else the one for any name ("*"), or NULL. */
const struct lp_trie_node *lp_trie_child(const struct lp_trie_node *n, struct lp_span name);

/* Entering and leaving a list. */
static inline void lp_extract_push(struct lp_extract *x, uint32_t i)
{
	if (x->n_index < LP_INDEX_MAX)
		x->index[x->n_index] = i;
	x->n_index++;
}

static inline void lp_extract_pop(struct lp_extract *x)
{
	x->n_index--;
}

/* The characters of a KEY or STRING; empty with x->err set when out of memory. */
struct lp_jscan_token;
struct lp_span lp_extract_text(struct lp_extract *x, const struct lp_jscan_token *tok);

/*
 * A member that is sent twice has both values: AWS does not say which it takes, and with both the
 * program goes on working. The same holds for parameters of a query.
 */
void lp_extract_json(struct lp_extract *x, uint32_t root, struct lp_span body);
void lp_extract_form(struct lp_extract *x, uint32_t root, struct lp_span body);
void lp_extract_xml(struct lp_extract *x, uint32_t root, struct lp_span body);
void lp_extract_cbor(struct lp_extract *x, uint32_t root, struct lp_span body);

/*
 * Percent-decoded; `plus`: '+' is a blank. The text itself when nothing is encoded, else a copy in
 * the arena; a '%' that no two hex digits follow stands for itself. Empty out of memory.
 */
struct lp_span lp_percent_decode(struct lp_arena *arena, struct lp_span s, bool plus);

#endif
