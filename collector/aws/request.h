/* SPDX-License-Identifier: MIT */
#ifndef LP_REQUEST_H
#define LP_REQUEST_H

/*
 * One API call as seen on the wire, whatever source saw it. Everything is borrowed from whoever
 * built the struct and lives as long as that says.
 */

#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

struct lp_header {
	struct lp_span name;  /* as sent; compare without case */
	struct lp_span value; /* trimmed */
};

struct lp_request {
	struct lp_span method;
	struct lp_span host;   /* Host header or authority, port included, as sent */
	struct lp_span target; /* origin form: path and query, still percent-encoded */
	const struct lp_header *headers;
	size_t n_headers;
	struct lp_span body; /* transfer coding removed; aws-chunked bodies are never kept */
	bool body_cut;	     /* the body was longer than what is here */
	bool tls;
};

/* A leaf of a response body that names a resource, an identity or an error (wire/fields.h). */
struct lp_field {
	struct lp_span name, value;
};

struct lp_response {
	int status; /* 0: no response seen */
	struct lp_span request_id;
	struct lp_span error_code; /* without namespace and URL: "AccessDenied" */
	const struct lp_header *headers;
	size_t n_headers;
	const struct lp_field *fields; /* document order */
	size_t n_fields;
};

/* The first header of that name (any case), or NULL. */
const struct lp_header *lp_request_header(const struct lp_request *r, struct lp_span name);

#endif
