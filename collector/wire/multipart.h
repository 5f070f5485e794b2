/* SPDX-License-Identifier: MIT */
#ifndef LP_MULTIPART_H
#define LP_MULTIPART_H

/*
 * The fields of an upload by an HTML form (RFC 7578): what browsers send to S3 with a POST policy.
 * Only reads, no allocation; all spans borrow from the input. Any bytes are accepted: what stands
 * before a cut or a mistake counts, and nothing past the first 64 KiB: files come last.
 */

#include "lp_compiler.h"
#include "lp_span.h"

struct lp_part {
	struct lp_span name, filename; /* of Content-Disposition, without quotes */
	struct lp_span value;
};

struct lp_multipart {
	struct lp_span rest, boundary;
};

/* False, and nothing to read, when the type is not multipart/form-data with a boundary. */
bool lp_multipart_init(struct lp_multipart *m, struct lp_span content_type, struct lp_span body);

/* The next field; false at the end. A field that is cut has what is there of its value. */
bool lp_multipart_next(struct lp_multipart *m, struct lp_part *out);

/*
 * The first field of that name, in any case, before "file" or "file" itself, whose value is left
 * out: S3 takes no field behind it.
 */
bool lp_multipart_field(struct lp_span content_type, struct lp_span body, struct lp_span name,
			struct lp_part *out);

#endif
