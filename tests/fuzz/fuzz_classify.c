/* SPDX-License-Identifier: MIT */
/*
 * lp_classify and lp_authorize on any request. Input: method, host and target, a line each; header
 * lines up to an empty one; the rest is the body. What comes out must keep the promises of
 * classify.h and authorize.h.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/authorize.h"
#include "aws/classify.h"
#include "model/iam.h"

#define HEADERS_MAX 64
#define ARENA_MAX   (8 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lp_span next_line(struct lp_span *rest)
{
	struct lp_span line = lp_span_first(*rest, lp_span_find(*rest, '\n'));

	*rest = lp_span_from(*rest, line.len + 1);
	return line;
}

static bool lies_in(struct lp_span s, struct lp_span all)
{
	return s.ptr >= all.ptr && s.ptr + s.len <= all.ptr + all.len;
}

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Grants are of actions that there are, on something, each resource `*` or an ARN. */
static void authorize(const struct lp_request *req, const struct lp_classified *cls)
{
	struct lp_authz authz;
	struct lp_arena arena;

	lp_arena_init(&arena, ARENA_MAX);
	if (lp_authorize(req, cls, NULL, &arena, &authz) == 0) {
		for (size_t i = 0; i < authz.n_grants; i++) {
			const struct lp_grant *g = &authz.grants[i];

			must(lp_iam_find_action(lp_span_str(g->action)) != LP_IAM_NONE);
			must(g->n_resources > 0);
			for (size_t k = 0; k < g->n_resources; k++)
				must(!strcmp(g->resources[k], "*") ||
				     !strncmp(g->resources[k], "arn:", 4));
		}
	}
	lp_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_span all = lp_span_of((const char *)data, size), rest = all, line;
	struct lp_header headers[HEADERS_MAX];
	struct lp_request req = {.headers = headers};
	struct lp_classified cls;

	req.method = next_line(&rest);
	req.host = next_line(&rest);
	req.target = next_line(&rest);
	while (rest.len && req.n_headers < HEADERS_MAX && (line = next_line(&rest)).len) {
		size_t colon = lp_span_find(line, ':');

		headers[req.n_headers++] = (struct lp_header){
			.name = lp_span_first(line, colon),
			.value = lp_span_trim(lp_span_from(line, colon + 1)),
		};
	}
	req.body = rest;

	if (lp_classify(&req, &cls) != cls.status)
		abort();
	if ((cls.op != LP_OP_NONE) != (cls.status == LP_CLASSIFY_OK))
		abort();
	if (cls.op != LP_OP_NONE && (!cls.service_id || !lp_model_operation_name(cls.op)))
		abort();
	if (!cls.partition || (cls.status != LP_CLASSIFY_OK && !cls.reason))
		abort();
	if (cls.n_labels > LP_LABELS_MAX)
		abort();
	for (unsigned i = 0; i < cls.n_labels; i++)
		if (!cls.labels[i].name.len || !lies_in(cls.labels[i].value, all))
			abort();
	if (cls.region.len && !lies_in(cls.region, all))
		abort();
	lp_authorize_with_conditions(size & 1);
	authorize(&req, &cls);
	return 0;
}
