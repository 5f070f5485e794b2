/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/hash.h"
#include "condset.h"
#include "entries.h"
#include "model/iam.h"

/*
 * From pairs (action, resource) to statements that grant exactly these pairs. Pairs that hang
 * together (sharing an action or a resource, under the same conditions) are written in the shorter
 * of two ways: every action once, with those of the same resources; or every resource once, with
 * those of the same actions.
 */

struct pair {
	uint32_t row, col;
};

/* All pairs of one row: a part of the array of pairs. */
struct row {
	const struct pair *pairs;
	size_t n;
	uint64_t hash;
};

struct grouper {
	const struct lp_entries *e;
	struct lp_arena *arena;
	struct lp_statement *statements; /* malloc'ed */
	size_t n, cap;
};

#define STATEMENT_COST 80 /* characters of a statement without its lists */
#define ITEM_COST      3  /* quotes and comma */

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->col < y->col ? -1 : x->col > y->col;
}

static bool same_cols(const struct row *a, const struct row *b)
{
	if (a->n != b->n || a->hash != b->hash)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->pairs[i].col != b->pairs[i].col)
			return false;
	return true;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	for (size_t i = 0; i < x->n; i++)
		if (x->pairs[i].col != y->pairs[i].col)
			return x->pairs[i].col < y->pairs[i].col ? -1 : 1;
	return x->pairs[0].row < y->pairs[0].row ? -1 : 1;
}

/* Sorts pairs, and rows by what columns they have. Returns the number of rows. */
static size_t make_rows(struct pair *pairs, size_t n, struct row *rows)
{
	size_t n_rows = 0;

	qsort(pairs, n, sizeof(*pairs), compare_pairs);
	for (size_t i = 0; i < n;) {
		struct row *r = &rows[n_rows++];

		*r = (struct row){.pairs = &pairs[i], .hash = LP_HASH_SEED};
		for (; i < n && pairs[i].row == r->pairs[0].row; i++, r->n++)
			r->hash = lp_hash_more(r->hash, (const char *)&pairs[i].col,
					       sizeof(pairs[i].col));
	}
	qsort(rows, n_rows, sizeof(*rows), compare_rows);
	return n_rows;
}

static size_t name_cost(const struct grouper *g, uint32_t id)
{
	return strlen(g->e->names[id]) + ITEM_COST;
}

/* Characters of the statements that these rows make. */
static size_t cost(const struct grouper *g, const struct row *rows, size_t n_rows)
{
	size_t sum = 0;

	for (size_t i = 0; i < n_rows; i++) {
		if (i == 0 || !same_cols(&rows[i - 1], &rows[i])) {
			sum += STATEMENT_COST;
			for (size_t c = 0; c < rows[i].n; c++)
				sum += name_cost(g, rows[i].pairs[c].col);
		}
		sum += name_cost(g, rows[i].pairs[0].row);
	}
	return sum;
}

static int make_list(const struct grouper *g, size_t n, struct lp_strings *out)
{
	*out = (struct lp_strings){.items = lp_arena_alloc(g->arena, n * sizeof(*out->items))};
	return out->items ? 0 : -ENOMEM;
}

static struct lp_statement *new_statement(struct grouper *g)
{
	if (lp_grow(&g->statements, g->n, &g->cap, 16, sizeof(*g->statements)))
		return NULL;
	g->statements[g->n] = (struct lp_statement){0};
	return &g->statements[g->n++];
}

/* One statement for each set of rows with the same columns. */
static int emit(struct grouper *g, const struct row *rows, size_t n_rows, bool rows_are_actions,
		uint32_t cond)
{
	for (size_t i = 0; i < n_rows;) {
		struct lp_statement *st = new_statement(g);
		struct lp_strings r, c;
		size_t j = i;

		while (j < n_rows && same_cols(&rows[i], &rows[j]))
			j++;
		if (!st || make_list(g, j - i, &r) || make_list(g, rows[i].n, &c))
			return -ENOMEM;
		for (size_t k = 0; k < rows[i].n; k++)
			c.items[c.n++] = g->e->names[rows[i].pairs[k].col];
		for (; i < j; i++)
			r.items[r.n++] = g->e->names[rows[i].pairs[0].row];
		st->actions = rows_are_actions ? r : c;
		st->resources = rows_are_actions ? c : r;
		st->note = g->e->names[cond]; /* until conditions are read from it */
	}
	return 0;
}

/* --- parts that hang together ----------------------------------------------------------------- */

struct part_pair {
	struct pair pair;
	uint32_t part;
};

static int compare_parts(const void *a, const void *b)
{
	const struct part_pair *x = a, *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return compare_pairs(&x->pair, &y->pair);
}

static uint32_t find(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i) {
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

static void unite(uint32_t *parent, uint32_t a, uint32_t b)
{
	a = find(parent, a);
	b = find(parent, b);
	if (a < b)
		parent[b] = a;
	else
		parent[a] = b;
}

/*
 * What kinds of resources an action is about. Where evidence names no resource (`*`), actions on
 * buckets and actions on objects must still not stand in one statement, so that a person can
 * narrow each; actions that take no resource at all are one kind.
 */
static unsigned kind_of(const char *action)
{
	lp_iam_action a = lp_iam_find_action(lp_span_str(action));

	if (a == LP_IAM_NONE || !lp_iam_action_types(a))
		return lp_iam_type_count();
	return lp_iam_action_type(a, 0).type;
}

/* Unites the actions of one resource; `v` are `n` pairs (resource, number of the action). */
static int unite_resource(const struct lp_entries *e, uint32_t *parent, const struct pair *v,
			  size_t n, const uint32_t *actions)
{
	bool any = !strcmp(e->names[v[0].row], "*");
	uint32_t one = 0;
	/* By kind, counted from 1. */
	uint32_t *firsts = any ? calloc(lp_iam_type_count() + 1, sizeof(*firsts)) : &one;

	if (!firsts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		uint32_t *first = &firsts[any ? kind_of(e->names[actions[v[i].col]]) : 0];

		if (*first)
			unite(parent, *first - 1, v[i].col);
		else
			*first = v[i].col + 1;
	}
	if (any)
		free(firsts);
	return 0;
}

/* Numbers the part of each of `n` pairs, which are sorted by action. */
static int find_parts(const struct lp_entries *e, struct part_pair *pp, size_t n)
{
	uint32_t *parent = calloc(n, sizeof(*parent)); /* by action, counted in order */
	struct pair *by_resource = calloc(n, sizeof(*by_resource));
	uint32_t *actions = calloc(n, sizeof(*actions));
	uint32_t action = 0;
	int err = -ENOMEM;

	if (!parent || !by_resource || !actions)
		goto out;
	for (size_t i = 0; i < n; i++) {
		action += i > 0 && pp[i - 1].pair.row != pp[i].pair.row;
		parent[action] = action;
		actions[action] = pp[i].pair.row;
		pp[i].part = action;
		by_resource[i] = (struct pair){pp[i].pair.col, action};
	}
	qsort(by_resource, n, sizeof(*by_resource), compare_pairs);
	for (size_t i = 0; i < n;) {
		size_t j = i;

		while (j < n && by_resource[j].row == by_resource[i].row)
			j++;
		err = unite_resource(e, parent, &by_resource[i], j - i, actions);
		if (err)
			goto out;
		i = j;
	}
	for (size_t i = 0; i < n; i++)
		pp[i].part = find(parent, pp[i].part);
	err = 0;
out:
	free(actions);
	free(by_resource);
	free(parent);
	return err;
}

/* Statements for one part, in the shorter of the two ways. `tmp` has room for 2 n of each. */
static int group_part(struct grouper *g, const struct part_pair *pp, size_t n, struct pair *pairs,
		      struct row *rows, uint32_t cond)
{
	size_t by_action, by_resource;

	for (size_t i = 0; i < n; i++) {
		pairs[i] = pp[i].pair;
		pairs[n + i] = (struct pair){pp[i].pair.col, pp[i].pair.row};
	}
	by_action = make_rows(pairs, n, rows);
	by_resource = make_rows(pairs + n, n, rows + n);
	if (cost(g, rows + n, by_resource) < cost(g, rows, by_action))
		return emit(g, rows + n, by_resource, false, cond);
	return emit(g, rows, by_action, true, cond);
}

/* Statements for `n` entries under the same conditions, sorted by action. */
static int group_cond(struct grouper *g, const struct lp_entry *v, size_t n)
{
	struct part_pair *pp = calloc(n, sizeof(*pp));
	struct pair *pairs = calloc(n, 2 * sizeof(*pairs));
	struct row *rows = calloc(n, 2 * sizeof(*rows));
	int err = -ENOMEM;

	if (!pp || !pairs || !rows)
		goto out;
	for (size_t i = 0; i < n; i++)
		pp[i].pair = (struct pair){v[i].action, v[i].resource};
	err = find_parts(g->e, pp, n);
	if (err)
		goto out;
	qsort(pp, n, sizeof(*pp), compare_parts);
	for (size_t i = 0; !err && i < n;) {
		size_t j = i;

		while (j < n && pp[j].part == pp[i].part)
			j++;
		err = group_part(g, &pp[i], j - i, pairs, rows, v[0].cond);
		i = j;
	}
out:
	free(rows);
	free(pairs);
	free(pp);
	return err;
}

/* --- conditions ------------------------------------------------------------------------------- */

static char *dup(struct lp_arena *arena, struct lp_span s)
{
	return lp_arena_strndup(arena, s);
}

static int read_conditions(struct lp_statement *st, struct lp_span text, struct lp_arena *arena)
{
	struct lp_condset_item item, last = {0};
	struct lp_span rest = text;
	struct lp_cond_line *line = NULL;
	size_t n = 0;

	while (lp_condset_next(&rest, &item))
		n++;
	if (!n)
		return 0;
	st->conditions = lp_arena_alloc(arena, n * sizeof(*st->conditions));
	if (!st->conditions)
		return -ENOMEM;
	while (lp_condset_next(&text, &item)) {
		if (!line || !lp_span_eq(item.op, last.op) || !lp_span_eq(item.key, last.key)) {
			line = &st->conditions[st->n_conditions++];
			*line = (struct lp_cond_line){
				dup(arena, item.op), dup(arena, item.key), {0}};
			line->values.items = lp_arena_alloc(arena, n * sizeof(*line->values.items));
			if (!line->op || !line->key || !line->values.items)
				return -ENOMEM;
			last = item;
		}
		line->values.items[line->values.n] = dup(arena, item.value);
		if (!line->values.items[line->values.n++])
			return -ENOMEM;
		n--;
	}
	return 0;
}

/* By first action, first resource, and conditions: no two statements have all of them equal. */
static int compare_statements(const void *a, const void *b)
{
	const struct lp_statement *x = a, *y = b;
	int c = strcmp(x->actions.items[0], y->actions.items[0]);

	if (!c)
		c = strcmp(x->resources.items[0], y->resources.items[0]);
	return c ? c : strcmp(x->note, y->note);
}

static int by_cond(const void *a, const void *b)
{
	const struct lp_entry *x = a, *y = b;

	if (x->cond != y->cond)
		return x->cond < y->cond ? -1 : 1;
	return lp_entry_compare(a, b);
}

/* Reading stands first. What the reference does not know counts as writing. */
static bool is_read(const char *action)
{
	lp_iam_action a = lp_iam_find_action(lp_span_str(action));
	const char *level = a == LP_IAM_NONE ? "" : lp_iam_action_level(a);

	return lp_span_starts(lp_span_str(level), LP_SPAN("Read")) ||
	       lp_span_starts(lp_span_str(level), LP_SPAN("List"));
}

/* Moves the entries whose action reads to the front; returns how many there are. */
static size_t partition_reads(const struct lp_entries *e, struct lp_entry *v, size_t n)
{
	size_t reads = 0;

	for (size_t i = 0; i < n; i++)
		if (is_read(e->names[v[i].action])) {
			struct lp_entry swap = v[reads];

			v[reads++] = v[i];
			v[i] = swap;
		}
	return reads;
}

/* All statements for `n` entries, in no order. */
static int group_all(struct grouper *g, struct lp_entry *v, size_t n)
{
	int err = 0;

	if (n)
		qsort(v, n, sizeof(*v), by_cond);
	for (size_t i = 0; !err && i < n;) {
		size_t j = i;

		while (j < n && v[j].cond == v[i].cond)
			j++;
		err = group_cond(g, &v[i], j - i);
		i = j;
	}
	return err;
}

int lp_group_entries(const struct lp_entries *e, struct lp_entry *v, size_t n,
		     const struct lp_build_options *opts, struct lp_arena *arena,
		     struct lp_document *out)
{
	struct grouper g = {.e = e, .arena = arena};
	size_t reads = opts->split_access ? partition_reads(e, v, n) : n;
	int err = group_all(&g, v, reads);

	if (!err)
		err = group_all(&g, v + reads, n - reads);
	if (!err && g.n)
		qsort(g.statements, g.n, sizeof(*g.statements), compare_statements);
	for (size_t i = 0; !err && i < g.n; i++) {
		struct lp_span text = lp_span_str(g.statements[i].note);

		g.statements[i].note = NULL;
		err = read_conditions(&g.statements[i], text, arena);
	}
	*out = (struct lp_document){0};
	if (!err && g.n) {
		out->statements = lp_arena_alloc(arena, g.n * sizeof(*out->statements));
		if (out->statements) {
			memcpy(out->statements, g.statements, g.n * sizeof(*out->statements));
			out->n_statements = g.n;
		} else {
			err = -ENOMEM;
		}
	}
	free(g.statements);
	return err;
}
