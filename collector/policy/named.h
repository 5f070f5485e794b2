/* SPDX-License-Identifier: MIT */
#ifndef LP_NAMED_H
#define LP_NAMED_H

/*
 * Which actions a statement is about, where what is asked for may be a pattern, as names are that
 * no reference knows: "surely" is about all of them, "maybe" about one at least. For an action that
 * is known they are the same. No state: safe from any thread.
 */

#include <stdbool.h>

#include "document.h"
#include "lp_compiler.h"

/* The actions of a statement's item that have a name; they are one if that is no pattern. */
struct lp_named {
	const char *name;
	const char *item; /* NULL: what a NotAction leaves */
	const struct lp_statement *of;
};

/* May say no where the answer is yes; never the reverse. */
bool lp_named_surely(const struct lp_statement *st, const struct lp_named *n);

/* May say yes where the answer is no; never the reverse. */
bool lp_named_maybe(const struct lp_statement *st, const struct lp_named *n);

/* Whether `outer` is about all actions that `inner` is about. Errs as lp_named_surely. */
bool lp_named_includes(const struct lp_statement *outer, const struct lp_statement *inner);

#endif
