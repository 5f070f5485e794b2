/* SPDX-License-Identifier: MIT */
/*
 * Documents with newer facts: whatever they say, look-ups stay within bounds and calls get grants
 * of actions that there are.
 */

#include <stdio.h>
#include <stdlib.h>

#include "aws/authorize.h"
#include "model/newer.h"

#define ARENA_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void call(const char *scope, const char *method, const char *target, const char *header,
		 struct lp_arena *arena)
{
	const struct lp_header headers[] = {
		{LP_SPAN("Authorization"), lp_span_str(scope)},
		{LP_SPAN("X-Amz-Target"), lp_span_str(header)},
	};
	const struct lp_request req = {
		.method = lp_span_str(method),
		.host = LP_SPAN("zork.us-east-1.amazonaws.com"),
		.target = lp_span_str(target),
		.headers = headers,
		.n_headers = *header ? 2 : 1,
		.body = LP_SPAN(
			"{\"TableName\":[\"a\",\"b\\u002a\"],\"Id\":\"arn:aws:iam::1:role/r\"}"),
		.tls = true,
	};
	struct lp_classified cls;
	struct lp_authz authz;

	lp_arena_reset(arena);
	(void)lp_classify(&req, &cls);
	if (lp_authorize(&req, &cls, NULL, arena, &authz))
		return;
	for (size_t i = 0; i < authz.n_grants; i++) {
		must(lp_iam_find_action(lp_span_str(authz.grants[i].action)) != LP_IAM_NONE);
		must(authz.grants[i].n_resources > 0);
	}
}

#define SIGNED(service)                                                                            \
	"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/" service             \
	"/aws4_request, SignedHeaders=host, Signature=0"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_arena arena;
	const char *reason;
	lp_iam_action have[4];

	lp_arena_init(&arena, ARENA_MAX);
	if (lp_newer_load_text(lp_span_of((const char *)data, size), NULL, &reason))
		must(reason && *reason);
	call(SIGNED("zork"), "POST", "/", "Zork.FrobTable", &arena);
	call(SIGNED("zork"), "POST", "/tables/t/frob", "", &arena);
	call(SIGNED("zork"), "GET", "/tables/t/things/a/b?full", "", &arena);
	call(SIGNED("dynamodb"), "POST", "/", "DynamoDB_20120810.GetItem", &arena);
	call(SIGNED("s3"), "PUT", "/bucket?shine", "", &arena);
	for (lp_op op = lp_model_find(LP_SPAN("Zork"), LP_SPAN("FrobTable"));
	     op < lp_model_op_count(); op++) {
		must(lp_model_operation_name(op) && lp_model_service_dir(op));
		(void)lp_iam_op_actions(op, have, LP_ARRAY_LEN(have));
	}
	for (unsigned a = lp_iam_action_count() - lp_newer_action_count();
	     a < lp_iam_action_count(); a++)
		for (unsigned i = 0; i < lp_iam_action_types((lp_iam_action)a); i++)
			(void)lp_iam_type_name(lp_iam_action_type((lp_iam_action)a, i).type);
	lp_newer_fini();
	lp_arena_fini(&arena);
	return 0;
}
