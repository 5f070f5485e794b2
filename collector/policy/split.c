/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/json_out.h"
#include "condset.h"
#include "entries.h"

#define OPEN_DOCS    8	/* documents that are still looked at for room; earlier ones are full */
#define PART_RESERVE 12 /* characters that numbering may add to a Sid */

struct part {
	struct lp_document doc; /* statements malloc'ed */
	size_t size, cap;
};

struct splitter {
	size_t limit;
	struct lp_arena *arena;
	struct part *parts;
	size_t n, cap;
};

static struct part *new_part(struct splitter *s)
{
	struct part *p;

	if (lp_grow(&s->parts, s->n, &s->cap, 8, sizeof(*s->parts)))
		return NULL;
	p = &s->parts[s->n++];
	*p = (struct part){0};
	p->size = lp_document_size(&p->doc);
	return p;
}

static int append(struct part *p, const struct lp_statement *st)
{
	if (lp_grow(&p->doc.statements, p->doc.n_statements, &p->cap, 4,
		    sizeof(*p->doc.statements)))
		return -ENOMEM;
	p->doc.statements[p->doc.n_statements++] = *st;
	p->size += lp_statement_size(st);
	return 0;
}

/* Into the first open document that has room. */
static int place(struct splitter *s, const struct lp_statement *st)
{
	size_t size = lp_statement_size(st);
	struct part *p;

	for (size_t i = s->n > OPEN_DOCS ? s->n - OPEN_DOCS : 0; i < s->n; i++)
		if (!s->limit || s->parts[i].size + size <= s->limit)
			return append(&s->parts[i], st);
	p = new_part(s);
	return p ? append(p, st) : -ENOMEM;
}

static size_t item_size(const char *item)
{
	return lp_json_size(lp_span_str(item)) + 1;
}

static size_t list_size(const struct lp_strings *list)
{
	size_t sum = 0;

	for (size_t i = 0; i < list->n; i++)
		sum += item_size(list->items[i]);
	return sum;
}

static void consider(struct lp_strings **best, size_t *best_size, struct lp_strings *list)
{
	size_t size = list_size(list);

	if (list->n > 1 && size > *best_size) {
		*best = list;
		*best_size = size;
	}
}

/*
 * The longest list of `st` that may be spread over several statements; NULL when there is none.
 * Values of a condition may: each of them alone, with all other conditions, allows the call.
 */
static struct lp_strings *longest_list(struct lp_statement *st, size_t *size)
{
	struct lp_strings *best = NULL;

	*size = 0;
	consider(&best, size, &st->resources);
	consider(&best, size, &st->actions);
	for (size_t i = 0; i < st->n_conditions; i++)
		if (lp_condset_joinable(lp_span_str(st->conditions[i].op)))
			consider(&best, size, &st->conditions[i].values);
	return best;
}

/* A copy whose lists can be cut without touching those of `st`. */
static int copy_statement(struct splitter *s, const struct lp_statement *st,
			  struct lp_statement *out)
{
	*out = *st;
	if (!st->n_conditions)
		return 0;
	out->conditions = lp_arena_alloc(s->arena, st->n_conditions * sizeof(*out->conditions));
	if (!out->conditions)
		return -ENOMEM;
	memcpy(out->conditions, st->conditions, st->n_conditions * sizeof(*out->conditions));
	return 0;
}

/*
 * A statement too long for a document of its own is cut along its longest list, and pieces that are
 * still too long along the next. What cannot be cut is placed as it is. As many levels deep as it
 * has lists.
 */
static int place_in_pieces(struct splitter *s, const struct lp_statement *st)
{
	struct lp_document empty = {0};
	size_t room = s->limit - lp_document_size(&empty);
	size_t size, fixed, i = 0;
	struct lp_statement piece;
	struct lp_strings *list, all;
	unsigned number = 0;
	int err;

	if (!s->limit || lp_statement_size(st) <= room)
		return place(s, st);
	err = copy_statement(s, st, &piece);
	if (err)
		return err;
	list = longest_list(&piece, &size);
	if (!list)
		return place(s, st);
	all = *list;
	fixed = lp_statement_size(st) - size + PART_RESERVE;
	while (!err && i < all.n) {
		struct lp_statement copy;

		*list = (struct lp_strings){.items = all.items + i};
		for (size = fixed; i < all.n; i++, list->n++) {
			size += item_size(all.items[i]);
			if (list->n && size > room)
				break;
		}
		err = copy_statement(s, &piece, &copy);
		if (err)
			break;
		copy.sid = lp_arena_printf(s->arena, "%sPart%u", st->sid, ++number);
		err = copy.sid ? place_in_pieces(s, &copy) : -ENOMEM;
	}
	return err;
}

int lp_split_documents(const struct lp_document *all, size_t limit, struct lp_arena *arena,
		       struct lp_document **docs, size_t *n_docs)
{
	struct splitter s = {.limit = limit, .arena = arena};
	int err = 0;

	for (size_t i = 0; !err && i < all->n_statements; i++)
		err = place_in_pieces(&s, &all->statements[i]);
	if (!err && !s.n && !new_part(&s))
		err = -ENOMEM;
	*n_docs = s.n;
	*docs = err ? NULL : lp_arena_alloc(arena, s.n * sizeof(**docs));
	if (!*docs)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < s.n; i++) {
		struct lp_document *d = &(*docs)[i];
		size_t bytes = s.parts[i].doc.n_statements * sizeof(*d->statements);

		d->n_statements = s.parts[i].doc.n_statements;
		d->statements = lp_arena_alloc(arena, bytes);
		if (!d->statements)
			err = -ENOMEM;
		else if (bytes)
			memcpy(d->statements, s.parts[i].doc.statements, bytes);
	}
	for (size_t i = 0; i < s.n; i++)
		free(s.parts[i].doc.statements);
	free(s.parts);
	return err;
}
