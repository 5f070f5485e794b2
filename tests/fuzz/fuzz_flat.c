/* SPDX-License-Identifier: MIT */
/*
 * Bodies of operations that no table knows: the first byte is the protocol, the second splits the
 * rest into target and body. What is found are names and texts within their bounds.
 */
#include <stdint.h>
#include <stdlib.h>

#include "aws/flat.h"

#define ARENA_MAX (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_span all = lp_span_of((const char *)data, size);
	struct lp_request req = {.method = LP_SPAN("POST"), .tls = true};
	struct lp_classified cls = {0};
	struct lp_arena arena;
	struct lp_flat flat;

	if (size < 2)
		return 0;
	cls.protocol = (enum lp_protocol)(data[0] % (LP_PROTOCOL_CBOR + 1));
	req.target = lp_span_first(lp_span_from(all, 2), data[1]);
	req.body = lp_span_from(all, 2 + req.target.len);
	lp_arena_init(&arena, ARENA_MAX);
	if (!lp_flatten(&req, &cls, &arena, &flat)) {
		if (flat.n > LP_FLAT_VALUES_MAX)
			abort();
		for (size_t i = 0; i < flat.n; i++)
			if (!flat.v[i].name[0] ||
			    strnlen(flat.v[i].name, LP_FLAT_NAME_MAX) == LP_FLAT_NAME_MAX ||
			    !flat.v[i].text.len)
				abort();
	}
	lp_arena_fini(&arena);
	return 0;
}
