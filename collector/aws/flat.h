/* SPDX-License-Identifier: MIT */
#ifndef LP_FLAT_H
#define LP_FLAT_H

/*
 * A request of which no table knows the members: what it names, by the names that stand in it, from
 * labels, query and body (form, JSON, CBOR or XML). Bounded whatever the request is.
 */

#include "base/arena.h"
#include "classify.h"
#include "request.h"

#define LP_FLAT_NAME_MAX   128	/* of a member; longer ones name nothing */
#define LP_FLAT_VALUES_MAX 2048 /* of a request that are looked at */

/* A scalar of the request, by the name of its member without lists and case: "bucketname". */
struct lp_flat_value {
	char name[LP_FLAT_NAME_MAX];
	struct lp_span text; /* borrowed from the request, or in the arena */
};

struct lp_flat {
	struct lp_arena *arena;
	struct lp_flat_value *v;
	size_t n, cap;
	int err;
};

/* Fills `x` from a request. 0, or -ENOMEM past the arena's bound. */
LP_MUST_USE int lp_flatten(const struct lp_request *req, const struct lp_classified *cls,
			   struct lp_arena *arena, struct lp_flat *x);

/* Letters and digits in lower case, a plural's s gone. False: too long, or nothing left. */
LP_MUST_USE bool lp_fold_name(struct lp_span s, bool list, char out[LP_FLAT_NAME_MAX]);

#endif
