/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the body of any operation, in each format: walks, stays within the arena, and what
 * comes out fits what the tables say. The first byte picks the protocol, the next two the
 * operation.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/authorize.h"
#include "model/iam.h"

#define ARENA_MAX (4 * 1024 * 1024)

/* Also what AWS itself owns, in no account. */
static bool fits(lp_iam_action a, const char *resource)
{
	if (strcmp(resource, "*") == 0)
		return true;
	for (unsigned i = 0; i < lp_iam_action_types(a); i++) {
		lp_iam_type t = lp_iam_action_type(a, i).type;

		for (unsigned k = 0; k < lp_iam_type_patterns(t); k++)
			if (lp_iam_arn_fits_owned(lp_span_str(resource), lp_iam_type_pattern(t, k)))
				return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_classified cls = {.status = LP_CLASSIFY_OK,
				    .is_signed = true,
				    .partition = "aws",
				    .region = LP_SPAN("us-east-1")};
	struct lp_request req = {
		.method = LP_SPAN("POST"), .target = LP_SPAN("/"), .host = LP_SPAN("x")};
	struct lp_arena arena;
	struct lp_authz authz;
	char *body;
	int err;

	if (size < 3)
		return 0;
	/* Exactly as long as the body, so that a step past its end is seen. */
	body = malloc(size - 3 ? size - 3 : 1);
	if (!body)
		return 0;
	memcpy(body, data + 3, size - 3);
	req.body = lp_span_of(body, size - 3);
	cls.protocol = (enum lp_protocol)(data[0] % LP_PROTOCOLS);
	cls.op = (lp_op)((data[1] << 8 | data[2]) % lp_model_op_count());
	lp_arena_init(&arena, ARENA_MAX);
	err = lp_authorize(&req, &cls, NULL, &arena, &authz);
	assert(err == 0 || err == -ENOMEM || err == -ENOENT);
	for (size_t i = 0; err == 0 && i < authz.n_grants; i++) {
		const struct lp_grant *g = &authz.grants[i];
		lp_iam_action a = lp_iam_find_action(lp_span_str(g->action));

		assert(a != LP_IAM_NONE);
		assert(g->n_resources > 0);
		for (size_t r = 0; r < g->n_resources; r++) {
			assert(fits(a, g->resources[r]));
			assert(r == 0 || strcmp(g->resources[r - 1], g->resources[r]) < 0);
		}
	}
	lp_arena_fini(&arena);
	free(body);
	return 0;
}
