/* SPDX-License-Identifier: MIT */
#ifndef LP_SAID_H
#define LP_SAID_H

/*
 * What of a policy stands in another, too, word for word or by a wider action: most of two versions
 * of one does, and needs no search, whatever it is. Single-threaded; borrows from both.
 */

#include "document.h"
#include "lp_compiler.h"

/* A resource of an Allow statement. */
struct lp_said_resource {
	const char *resource;
	size_t st;
};

/* Members are private. */
struct lp_said {
	const struct lp_document *less;
	bool kept;   /* each Deny of `less` stands in `more` as well */
	bool *alike; /* by statement of `less`: it allows the item of actions at hand,
			under the same conditions */
	struct lp_said_resource *v; /* by text */
	size_t n, cap;
};

/* 0 or -ENOMEM; to be ended in either case. What is compared is taken off `effort`. */
LP_MUST_USE int lp_said_init(struct lp_said *s, const struct lp_document *less,
			     const struct lp_document *more, size_t *effort);
/* `s` may be all zeroes, and is then. */
void lp_said_fini(struct lp_said *s);

/* From now on it is about an item of the actions of an Allow of `more`; of NotAction, any. */
void lp_said_begin(struct lp_said *s, const struct lp_statement *st, size_t action);
/* Whether `less` allows that on the resource, or, of NotResource, on all that these are, whenever
 * `more` does. May say no where the answer is yes; never the reverse. */
bool lp_said_has(const struct lp_said *s, const struct lp_statement *st, size_t resource);

#endif
