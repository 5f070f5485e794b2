/* SPDX-License-Identifier: MIT */
#include "witness.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "pattern.h"

#define STATES_MAX (1u << 16)
#define NOBODY	   UINT32_MAX
#define OTHER	   (-1) /* a character that stands in no pattern */

/* Where a pattern can be: before one of its tokens, or at its end. */
enum kind {
	AT_END,
	ONE_CHAR, /* c */
	ANY_CHAR,
	ANY_RUN,
};

struct place {
	enum kind kind;
	int32_t c; /* a code point, or VARIABLE and the number of a variable */
	bool no_colon, no_slash;
	uint32_t clause;
};
#define NO_CHARACTER 0x110000 /* and a byte that is of none */
#define VARIABLE     0x200000

/* A set of places that one beginning of a resource leads to. */
struct state {
	uint32_t *at; /* ascending */
	uint32_t n, hash;
	uint32_t from; /* the state before, and the character that led here */
	int32_t c;
};

struct search {
	const struct lp_clause *clauses;
	size_t n_clauses;
	struct lp_arena arena; /* of states */
	struct place *places;
	size_t n_places, cap_places;
	uint32_t *starts;
	size_t n_starts, cap_starts;
	struct lp_span *variables;
	size_t n_variables, cap_variables;
	struct state *states;
	size_t n_states, cap_states;
	uint32_t *table; /* of states by hash; 2 * STATES_MAX */
	bool *marks;	 /* by place */
	uint32_t *next;	 /* room for a state */
	bool used[128];	 /* characters that stand in patterns */
	size_t *effort;
};

/* --- patterns --------------------------------------------------------------------------------- */

static int add_place(struct search *s, struct place p)
{
	if (lp_grow(&s->places, s->n_places, &s->cap_places, 256, sizeof(*s->places)))
		return -ENOMEM;
	if (p.kind == ONE_CHAR && p.c >= 0 && p.c < 128)
		s->used[p.c] = true;
	s->places[s->n_places++] = p;
	return 0;
}

static int32_t variable(struct search *s, struct lp_span name)
{
	size_t i = 0;

	while (i < s->n_variables && !lp_span_eq(s->variables[i], name))
		i++;
	if (i == s->n_variables) {
		if (lp_grow(&s->variables, i, &s->cap_variables, 8, sizeof(*s->variables)))
			return -1;
		s->variables[s->n_variables++] = name;
	}
	return VARIABLE + (int32_t)i;
}

/* `${...}` at the start of `rest`, which is moved behind it. */
static int add_dollar(struct search *s, struct lp_span *rest, struct place p, bool first)
{
	const struct lp_clause *clause = &s->clauses[p.clause];
	size_t end = rest->len < 3 || rest->ptr[1] != '{' ? rest->len : lp_span_find(*rest, '}');
	struct lp_span name = lp_span_first(*rest, end + 1);
	int err;

	p.kind = ONE_CHAR;
	p.c = '$';
	if (end == rest->len) {
		*rest = lp_span_from(*rest, 1);
		return add_place(s, p);
	}
	*rest = lp_span_from(*rest, end + 1);
	if (!clause->types && end == 3 && memchr("*?$", name.ptr[2], 3)) {
		p.c = (unsigned char)name.ptr[2];
		return add_place(s, p);
	}
	if (!clause->types && !clause->loose) {
		p.c = variable(s, name);
		return p.c < 0 ? -ENOMEM : add_place(s, p);
	}
	/* As in fits.h: in the resource part it takes a character, and where that begins no '/'. */
	p.kind = ANY_CHAR;
	p.no_slash = clause->types && first;
	err = clause->types && !p.no_colon ? add_place(s, p) : 0;
	p.kind = ANY_RUN;
	return err ? err : add_place(s, p);
}

static int add_field(struct search *s, struct lp_span field, bool last, uint32_t clause)
{
	struct lp_span rest = field;
	int err = 0;

	while (!err && rest.len) {
		struct place p = {.no_colon = !last, .clause = clause};
		char c = rest.ptr[0];

		if (c == '$') {
			err = add_dollar(s, &rest, p, last && rest.len == field.len);
			continue;
		}
		if (c == '*' || c == '?') {
			p.kind = c == '*' ? ANY_RUN : ANY_CHAR;
			do
				rest = lp_span_from(rest, 1);
			while (c == '*' && rest.len && rest.ptr[0] == '*');
		} else {
			struct lp_span after = rest;

			p.kind = ONE_CHAR;
			p.c = lp_utf8_next(&after);
			/* A byte of no character is one of itself. */
			if (p.c < 0)
				p.c = NO_CHARACTER + (unsigned char)c;
			rest = after;
		}
		err = add_place(s, p);
	}
	return err;
}

static int add_pattern(struct search *s, struct lp_span pattern, uint32_t clause)
{
	struct lp_span fields[LP_ARN_FIELDS];
	const struct place colon = {.kind = ONE_CHAR, .c = ':', .clause = clause};
	const struct place any = {.kind = ANY_RUN, .clause = clause};
	bool is_any = lp_pattern_is_any(pattern);
	int err;

	if (lp_grow(&s->starts, s->n_starts, &s->cap_starts, 64, sizeof(*s->starts)))
		return -ENOMEM;
	s->starts[s->n_starts++] = (uint32_t)s->n_places;
	lp_arn_split(pattern, fields);
	err = is_any ? add_place(s, any) : 0;
	for (unsigned f = 0; !err && !is_any && f < LP_ARN_FIELDS; f++) {
		err = f ? add_place(s, colon) : 0;
		if (!err)
			err = add_field(s, fields[f], f == LP_ARN_RESOURCE, clause);
	}
	return err ? err : add_place(s, (struct place){.kind = AT_END, .clause = clause});
}

/* --- states ----------------------------------------------------------------------------------- */

static void put(struct search *s, uint32_t place, uint32_t *n)
{
	for (; !s->marks[place]; place++) {
		s->marks[place] = true;
		s->next[(*n)++] = place;
		/* A run may be of no character. */
		if (s->places[place].kind != ANY_RUN)
			break;
	}
}

static int compare_places(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Whether every resource that goes on from there is matched. */
static bool takes_rest(const struct search *s, uint32_t place)
{
	const struct place *p = &s->places[place];

	return p->kind == ANY_RUN && !p->no_colon && !p->no_slash && p[1].kind == AT_END;
}

/* Nothing that goes on from these places is what is looked for. */
static bool is_dead(const struct search *s, const uint32_t *at, uint32_t n)
{
	uint32_t i = 0;

	/* Places are in the order of their clauses. */
	for (uint32_t c = 0; c < s->n_clauses; c++) {
		bool some = false, all = false;

		for (; i < n && s->places[at[i]].clause == c; i++) {
			some = true;
			all = all || takes_rest(s, at[i]);
		}
		if (s->clauses[c].in ? !some : all)
			return true;
	}
	return false;
}

static bool is_found(const struct search *s, const struct state *st)
{
	uint32_t i = 0;

	for (uint32_t c = 0; c < s->n_clauses; c++) {
		bool some = false;

		for (; i < st->n && s->places[st->at[i]].clause == c; i++)
			some = some || s->places[st->at[i]].kind == AT_END;
		if (some != s->clauses[c].in)
			return false;
	}
	return true;
}

/* Takes the `n` places of s->next for a state, unless it is known, or leads nowhere. */
static int add_state(struct search *s, uint32_t n, uint32_t from, int32_t c)
{
	struct state st = {.n = n, .from = from, .c = c};
	uint32_t i;

	for (uint32_t k = 0; k < n; k++)
		s->marks[s->next[k]] = false;
	qsort(s->next, n, sizeof(*s->next), compare_places);
	if (is_dead(s, s->next, n))
		return 0;
	st.hash = lp_hash((const char *)s->next, n * sizeof(*s->next));
	for (i = st.hash % (2 * STATES_MAX); s->table[i] != NOBODY;
	     i = (i + 1) % (2 * STATES_MAX)) {
		const struct state *known = &s->states[s->table[i]];

		if (known->hash == st.hash && known->n == n &&
		    !memcmp(known->at, s->next, n * sizeof(*s->next)))
			return 0;
	}
	st.at = lp_arena_alloc(&s->arena, n * sizeof(*st.at) + 1);
	if (!st.at || lp_grow(&s->states, s->n_states, &s->cap_states, 256, sizeof(*s->states)))
		return -ENOMEM;
	memcpy(st.at, s->next, n * sizeof(*st.at));
	s->table[i] = (uint32_t)s->n_states;
	s->states[s->n_states++] = st;
	return 0;
}

static bool takes(const struct place *p, int32_t c)
{
	switch (p->kind) {
	case AT_END:
		break;
	case ONE_CHAR:
		return p->c == c;
	case ANY_CHAR:
		/* What a variable stands for may be longer. */
		return c < VARIABLE && !(p->no_colon && c == ':') && !(p->no_slash && c == '/');
	case ANY_RUN:
		return !(p->no_colon && c == ':') && !(p->no_slash && c == '/');
	}
	return false;
}

/* What a variable of the first clause stands for may be whatever this one asks for. */
static bool is_free(const struct search *s, uint32_t clause)
{
	return clause && s->clauses[clause].in;
}

static void put_rest(struct search *s, uint32_t place, uint32_t *n)
{
	put(s, place, n);
	while (s->places[place].kind != AT_END)
		put(s, ++place, n);
}

static int step(struct search *s, uint32_t from, int32_t c)
{
	const struct state st = s->states[from];
	uint32_t n = 0;

	for (uint32_t i = 0; i < st.n; i++) {
		uint32_t place = st.at[i];

		if (c >= VARIABLE && is_free(s, s->places[place].clause))
			put_rest(s, place, &n);
		else if (takes(&s->places[place], c))
			put(s, s->places[place].kind == ANY_RUN ? place : place + 1, &n);
	}
	*s->effort -= st.n < *s->effort ? st.n : *s->effort;
	return add_state(s, n, from, c);
}

/* All characters that make a difference, once each; in the order of the patterns. */
static int step_all(struct search *s, uint32_t from)
{
	const struct state st = s->states[from];
	int32_t done[64];
	size_t n_done = 0;
	int err = 0;

	for (uint32_t i = 0; i < st.n && !err; i++) {
		const struct place *p = &s->places[st.at[i]];
		bool again = p->kind != ONE_CHAR;

		for (size_t k = 0; k < n_done && !again; k++)
			again = done[k] == p->c;
		if (again)
			continue;
		/* Of more than these some are tried twice. */
		if (n_done < LP_ARRAY_LEN(done))
			done[n_done++] = p->c;
		err = step(s, from, p->c);
	}
	err = err ? err : step(s, from, OTHER);
	err = err ? err : step(s, from, ':');
	return err ? err : step(s, from, '/');
}

/* --- answers ---------------------------------------------------------------------------------- */

static char other_char(const struct search *s)
{
	static const char letters[] = "xyzwvutsrqponmlkjihgfedcba0123456789-_";
	size_t i = 0;

	while (letters[i + 1] && s->used[(unsigned char)letters[i]])
		i++;
	return letters[i];
}

static size_t encode(uint32_t c, char out[4])
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[n > 1 ? n : 0] | c);
	return n;
}

static struct lp_span text_of(const struct search *s, int32_t c, char room[4])
{
	if (c >= VARIABLE)
		return s->variables[c - VARIABLE];
	if (c == OTHER)
		c = (unsigned char)other_char(s);
	return lp_span_of(room, encode(c < NO_CHARACTER ? (uint32_t)c : '?', room));
}

static const char *write_example(const struct search *s, uint32_t last, struct lp_arena *arena)
{
	char room[4], *out;
	size_t at = 0;

	for (uint32_t i = last; s->states[i].from != NOBODY; i = s->states[i].from)
		at += text_of(s, s->states[i].c, room).len;
	out = lp_arena_alloc(arena, at + 1);
	if (!out)
		return NULL;
	out[at] = '\0';
	for (uint32_t i = last; s->states[i].from != NOBODY; i = s->states[i].from) {
		struct lp_span text = text_of(s, s->states[i].c, room);

		at -= text.len;
		memcpy(out + at, text.ptr, text.len);
	}
	return out;
}

static enum lp_witness walk(struct search *s, struct lp_arena *arena, const char **example,
			    int *err)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s->n_starts; i++)
		put(s, s->starts[i], &n);
	*err = add_state(s, n, NOBODY, OTHER);
	for (uint32_t i = 0; !*err && i < s->n_states; i++) {
		if (is_found(s, &s->states[i])) {
			*example = write_example(s, i, arena);
			*err = *example ? 0 : -ENOMEM;
			return LP_WITNESS_FOUND;
		}
		/* A step adds at most one, and there are few for each place. */
		if (!*s->effort || s->n_states >= STATES_MAX / 2)
			return LP_WITNESS_UNSURE;
		*err = step_all(s, i);
	}
	return LP_WITNESS_NONE;
}

enum lp_witness lp_witness_find(const struct lp_clause *clauses, size_t n, struct lp_arena *arena,
				size_t *effort, const char **example, int *err)
{
	struct search s = {.clauses = clauses, .n_clauses = n, .effort = effort};
	enum lp_witness found = LP_WITNESS_NONE;

	*example = NULL;
	*err = 0;
	lp_arena_init(&s.arena, SIZE_MAX / 2);
	for (uint32_t c = 0; c < n && !*err; c++)
		for (size_t i = 0; i < clauses[c].n && !*err; i++)
			*err = add_pattern(&s, lp_span_str(clauses[c].patterns[i]), c);
	s.marks = calloc(s.n_places + 1, sizeof(*s.marks));
	s.next = calloc(s.n_places + 1, sizeof(*s.next));
	s.table = malloc(2 * STATES_MAX * sizeof(*s.table));
	if (!s.marks || !s.next || !s.table)
		*err = -ENOMEM;
	if (!*err) {
		memset(s.table, 0xff, 2 * STATES_MAX * sizeof(*s.table));
		found = walk(&s, arena, example, err);
	}
	lp_arena_fini(&s.arena);
	free(s.places);
	free(s.starts);
	free(s.variables);
	free(s.states);
	free(s.table);
	free(s.marks);
	free(s.next);
	return found;
}
