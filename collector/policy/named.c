/* SPDX-License-Identifier: MIT */
#include "named.h"

#include "pattern.h"

static bool meets(const char *a, const char *b)
{
	return lp_pattern_overlaps(lp_span_str(a), lp_span_str(b), LP_PATTERN_NOCASE);
}

/* What covers one of the two covers what both match. */
static bool any_covers(const struct lp_strings *patterns, const char *name, const char *item)
{
	return lp_names_cover(patterns, name) || (item && lp_names_cover(patterns, item));
}

static bool any_meets(const struct lp_strings *patterns, const char *name, const char *item)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (meets(patterns->items[i], name) && (!item || meets(patterns->items[i], item)))
			return true;
	return false;
}

bool lp_named_includes(const struct lp_statement *outer, const struct lp_statement *inner)
{
	bool both_not = outer->not_action && inner->not_action;
	/* All but some include what is all but more. */
	const struct lp_strings *less = both_not ? &outer->actions : &inner->actions;
	const struct lp_strings *more = both_not ? &inner->actions : &outer->actions;

	if (inner->not_action && !outer->not_action)
		return any_covers(&outer->actions, "*", NULL);
	for (size_t i = 0; i < less->n; i++)
		if (outer->not_action && !both_not ? any_meets(more, less->items[i], NULL)
						   : !any_covers(more, less->items[i], NULL))
			return false;
	return true;
}

bool lp_named_surely(const struct lp_statement *st, const struct lp_named *n)
{
	if (lp_pattern_is_literal(lp_span_str(n->name)))
		return any_covers(&st->actions, n->name, NULL) != st->not_action;
	if (st->not_action ? !any_meets(&st->actions, n->name, n->item)
			   : any_covers(&st->actions, n->name, n->item))
		return true;
	return lp_named_includes(st, n->of);
}

bool lp_named_maybe(const struct lp_statement *st, const struct lp_named *n)
{
	return st->not_action ? !any_covers(&st->actions, n->name, n->item)
			      : any_meets(&st->actions, n->name, n->item);
}
