/* SPDX-License-Identifier: MIT */
#ifndef LP_EXTRACT_MEMBERS_H
#define LP_EXTRACT_MEMBERS_H

/*
 * Picks the wanted values of a request out of what a log recorded of its parameters: JSON whose
 * members are called as in the API model (CloudTrail's requestParameters), wherever they stood in
 * the request. Any bytes are accepted, as in extract.h, and the same bounds hold.
 */

#include "extract.h"
#include "model/model.h"

struct lp_members {
	const char *dir; /* folder of the service */
	enum lp_protocol protocol;
	enum lp_body_family family; /* of the trie */
	uint32_t root;		    /* of the trie; 0: nothing of the body is wanted */
	const struct lp_leaf_data *leaf;
	uint8_t n_leaves;
};

void lp_extract_members(struct lp_extract *x, const struct lp_members *m, struct lp_span params);

#endif
