/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/intern.h"
#include "entries.h"
#include "model/iam.h"
#include "model/model.h"

/*
 * Sids that say what a statement is for: service, access, kind of resource ("S3ReadWriteObject").
 * IAM takes letters and digits only, and wants each once in a document.
 */

#define SID_MAX		    96 /* bytes */
#define KINDS_MAX	    2  /* kinds of resources named; more are "Resources" */
#define RESOURCES_LOOKED_AT 16

/* Access levels in the order of Sids; the reference writes them "Permissions-management+Write". */
static const struct level {
	const char *name; /* as the reference begins it */
	const char *word;
} levels[] = {
	{"List", "List"},   {"Read", "Read"},	       {"Write", "Write"},
	{"Tagging", "Tag"}, {"Permissions", "Manage"},
};

struct text {
	char buf[SID_MAX];
	size_t len;
};

static void add_char(struct text *t, char c)
{
	if (t->len + 1 < sizeof(t->buf))
		t->buf[t->len++] = c;
	t->buf[t->len] = '\0';
}

static void add_word(struct text *t, const char *word)
{
	while (*word)
		add_char(t, *word++);
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

/* "security-group" as "SecurityGroup"; `shout`: all in capitals. */
static void add_camel(struct text *t, struct lp_span name, bool shout)
{
	bool start = true;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (lp_ascii_alnum(c))
			add_char(t, shout || start ? upper(c) : c);
		start = !lp_ascii_alnum(c);
	}
}

static struct lp_span service_of(const char *action)
{
	struct lp_span s = lp_span_str(action);

	return lp_span_first(s, lp_span_find(s, ':'));
}

/* Letters and digits of a name; the next of them from *i, 0 at its end. */
static char next_alnum(struct lp_span name, size_t *i)
{
	while (*i < name.len && !lp_ascii_alnum(name.ptr[*i]))
		++*i;
	return *i < name.len ? name.ptr[(*i)++] : '\0';
}

/* AWS's own spelling where the service's id is the prefix but for its capitals: "DynamoDB". */
static bool add_spelled(struct text *t, struct lp_span prefix)
{
	const char *id = lp_model_id_of(lp_model_find_service(prefix));
	struct text spelled = {.len = 0};
	size_t i = 0, k = 0;
	char c, d;

	if (!id)
		return false;
	do {
		c = next_alnum(prefix, &i);
		d = next_alnum(lp_span_str(id), &k);
		if (lp_ascii_lower(c) != lp_ascii_lower(d))
			return false;
		if (d)
			add_char(&spelled, d);
	} while (c && d);
	add_word(t, spelled.buf);
	return true;
}

static void add_service(struct text *t, const struct lp_statement *st)
{
	struct lp_span first = service_of(st->actions.items[0]);

	for (size_t i = 1; i < st->actions.n; i++)
		if (!lp_span_eq(first, service_of(st->actions.items[i])))
			return;
	/* Another with a short name is an abbreviation: "RAM". */
	if (!add_spelled(t, first))
		add_camel(t, first, first.len <= 3);
}

static void add_levels(struct text *t, const struct lp_statement *st)
{
	for (size_t l = 0; l < LP_ARRAY_LEN(levels); l++) {
		for (size_t i = 0; i < st->actions.n; i++) {
			lp_iam_action a = lp_iam_find_action(lp_span_str(st->actions.items[i]));

			if (a == LP_IAM_NONE || !lp_span_starts(lp_span_str(lp_iam_action_level(a)),
								lp_span_str(levels[l].name)))
				continue;
			add_word(t, levels[l].word);
			break;
		}
	}
}

static void add_kinds(struct text *t, const struct lp_statement *st)
{
	lp_iam_type kinds[KINDS_MAX] = {LP_IAM_NONE, LP_IAM_NONE};
	lp_iam_action a = lp_iam_find_action(lp_span_str(st->actions.items[0]));
	size_t n = 0;

	for (size_t i = 0; i < st->resources.n && i < RESOURCES_LOOKED_AT; i++) {
		struct lp_span arn = lp_span_str(st->resources.items[i]);
		lp_iam_type kind;

		if (lp_span_eq(arn, LP_SPAN("*"))) {
			add_word(t, "All");
			return;
		}
		kind = a == LP_IAM_NONE ? LP_IAM_NONE : lp_iam_action_takes(a, arn);
		if (kind == LP_IAM_NONE || kind == kinds[0] || kind == kinds[1])
			continue;
		if (n == KINDS_MAX) {
			add_word(t, "Resources");
			return;
		}
		kinds[n++] = kind;
	}
	for (size_t i = 0; i < n; i++)
		add_camel(t, lp_span_str(lp_iam_type_name(kinds[i])), false);
}

struct names {
	struct lp_intern seen;
	unsigned *numbers; /* by name: the last that was put behind it */
	size_t cap;
};

/* `name`, or with the first number that makes it new. */
static int make_unique(struct names *names, struct text *t)
{
	size_t stem = t->len < SID_MAX - 12 ? t->len : SID_MAX - 12;
	uint32_t first = LP_INTERN_NONE;

	for (;;) {
		uint32_t before = names->seen.n_strs, id;
		int err = lp_intern(&names->seen, lp_span_of(t->buf, t->len), &id);

		if (err ||
		    lp_grow_zeroed(&names->numbers, id, &names->cap, 16, sizeof(*names->numbers)))
			return -ENOMEM;
		if (id == before)
			return 0;
		if (first == LP_INTERN_NONE)
			first = id;
		names->numbers[first] += names->numbers[first] ? 1 : 2;
		t->len = stem + (size_t)snprintf(t->buf + stem, sizeof(t->buf) - stem, "%u",
						 names->numbers[first]);
	}
}

int lp_name_statements(struct lp_document *doc, struct lp_arena *arena)
{
	struct names names = {.numbers = NULL};
	int err = 0;

	lp_intern_init(&names.seen);
	for (size_t i = 0; !err && i < doc->n_statements; i++) {
		struct lp_statement *st = &doc->statements[i];
		struct text t = {.len = 0};

		add_service(&t, st);
		add_levels(&t, st);
		add_kinds(&t, st);
		if (!t.len)
			add_word(&t, "Statement");
		err = make_unique(&names, &t);
		st->sid = err ? NULL : lp_arena_strndup(arena, lp_span_of(t.buf, t.len));
		if (!st->sid)
			err = -ENOMEM;
	}
	lp_intern_fini(&names.seen);
	free(names.numbers);
	return err;
}
