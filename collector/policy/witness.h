/* SPDX-License-Identifier: MIT */
#ifndef LP_WITNESS_H
#define LP_WITNESS_H

/*
 * Whether there is a resource that some lists of patterns match and others do not, exactly: the
 * patterns are walked side by side, character by character, as the automata that they are. A
 * variable of the first list is one string that is not known: others that have to match it may, and
 * those that must not do so by the same variable or a wildcard only. No state: safe from any
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "lp_compiler.h"
#include "lp_span.h"

/* What is asked of a resource: that one of the patterns matches it, or that none does. */
struct lp_clause {
	const char *const *patterns;
	size_t n;
	bool in;
	bool types; /* ARN patterns of the reference, "arn:${Partition}:s3:::${BucketName}" */
	bool loose; /* a variable may be anything; else it is a string of its own */
};

enum lp_witness {
	LP_WITNESS_NONE,
	LP_WITNESS_FOUND,
	LP_WITNESS_UNSURE, /* looking took too long */
};

/*
 * *example is the shortest such resource, in `arena`, where that was looked for; else NULL. What is
 * looked at is taken off `effort`; at 0 the answer is LP_WITNESS_UNSURE, or -ENOMEM in *err.
 */
LP_MUST_USE enum lp_witness lp_witness_find(const struct lp_clause *clauses, size_t n,
					    struct lp_arena *arena, size_t *effort,
					    const char **example, int *err);

#endif
