/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include "entries.h"
#include "fits.h"

#define ACTION_MAX 256 /* bytes; longer names, which no service has, stay as they are */

static bool has_prefix(const char *action, struct lp_span prefix)
{
	struct lp_span a = lp_span_str(action);

	return lp_span_caseeq(lp_span_first(a, prefix.len), prefix);
}

/*
 * How many of the statement's actions, from `i` on, start like this; they stand sorted together.
 * None when one of them is not in the reference: counting would then say nothing.
 */
static size_t count_own(const struct lp_strings *actions, size_t i, struct lp_span prefix)
{
	size_t n = 0;

	for (; i + n < actions->n && has_prefix(actions->items[i + n], prefix); n++)
		if (lp_iam_find_action(lp_span_str(actions->items[i + n])) == LP_IAM_NONE)
			return 0;
	return n;
}

/* Wildcards stand between words, where a reader sees what they mean. */
static bool is_word_start(struct lp_span action, size_t i)
{
	return action.ptr[i - 1] == ':' || (action.ptr[i] >= 'A' && action.ptr[i] <= 'Z');
}

/*
 * The shortest "service:Prefix*" that begins with the action `i` and matches, today, only actions
 * of the statement, two at least. Returns how many of them it stands for; 0 when there is none.
 */
static size_t find_wildcard(const struct lp_strings *actions, size_t i, char buf[ACTION_MAX])
{
	struct lp_span action = lp_span_str(actions->items[i]);

	if (action.len + 2 > ACTION_MAX)
		return 0;
	for (size_t len = lp_span_find(action, ':') + 1; len < action.len; len++) {
		size_t own;

		if (!is_word_start(action, len))
			continue;
		own = count_own(actions, i, lp_span_first(action, len));
		memcpy(buf, action.ptr, len);
		buf[len] = '*';
		buf[len + 1] = '\0';
		if (own > 1 && lp_each_action(lp_span_of(buf, len + 1), NULL, NULL) == own)
			return own;
	}
	return 0;
}

int lp_shrink_actions(struct lp_statement *st, struct lp_arena *arena)
{
	struct lp_strings out = {.items =
					 lp_arena_alloc(arena, st->actions.n * sizeof(*out.items))};
	char buf[ACTION_MAX];

	if (!out.items)
		return -ENOMEM;
	for (size_t i = 0; i < st->actions.n;) {
		size_t n = find_wildcard(&st->actions, i, buf);

		out.items[out.n] =
			n ? lp_arena_strndup(arena, lp_span_str(buf)) : st->actions.items[i];
		if (!out.items[out.n++])
			return -ENOMEM;
		i += n ? n : 1;
	}
	st->actions = out;
	return 0;
}
