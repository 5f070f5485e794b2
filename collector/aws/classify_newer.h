/* SPDX-License-Identifier: MIT */
#ifndef LP_CLASSIFY_NEWER_H
#define LP_CLASSIFY_NEWER_H

/* What API models that were loaded at run time (model/newer.h) make of a request. */

#include "classify.h"

struct lp_newer_ask {
	const uint16_t *services; /* that the request may be for, by the tables */
	unsigned n_services;
	struct lp_span target; /* X-Amz-Target up to the last dot, or empty */
	struct lp_span name;   /* of the operation, empty where only the path says it */
	struct lp_span path, query;
};

/*
 * Sets out->op, labels and protocol where a loaded model knows better than the tables; leaves *out
 * alone where not.
 */
void lp_newer_classify(const struct lp_request *req, const struct lp_newer_ask *ask,
		       struct lp_classified *out);

#endif
