/* SPDX-License-Identifier: MIT */
#include "request.h"

const struct lp_header *lp_request_header(const struct lp_request *r, struct lp_span name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (lp_span_caseeq(r->headers[i].name, name))
			return &r->headers[i];
	return NULL;
}
