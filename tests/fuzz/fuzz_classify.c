/* SPDX-License-Identifier: MIT */
/*
 * lp_classify on any request. Input: method, host and target, a line each; header lines up to an
 * empty one; the rest is the body. What comes out must keep the promises of classify.h.
 */

#include <stdint.h>
#include <stdlib.h>

#include "aws/classify.h"

#define HEADERS_MAX 64

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
	return 0;
}
