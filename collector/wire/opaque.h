/* SPDX-License-Identifier: MIT */
#ifndef LP_OPAQUE_H
#define LP_OPAQUE_H

/*
 * Which bodies are the user's data rather than members of the API: object bodies, payloads,
 * documents. Those are never read, whatever their content type says.
 */

#include "lp_compiler.h"
#include "lp_span.h"
#include "sigv4.h"

enum lp_opaque {
	LP_OPAQUE_NONE = 0,
	LP_OPAQUE_REQUEST = 1 << 0,  /* the request body is the user's data */
	LP_OPAQUE_RESPONSE = 1 << 1, /* the body of a successful answer is */
	LP_OPAQUE_KEYS = 1 << 2,     /* the request body names each object of a batch */
	LP_OPAQUE_BUCKET = 1 << 3,   /* it is the user's unless it is a CreateBucketConfiguration */
	LP_OPAQUE_QUERY = 1 << 4,    /* the query is, but for the signature's parameters */
};

/*
 * `sig` of the request (its kind may be LP_SIG_NONE: then `host` must do), `target` in origin form;
 * `s3_control`: the request names an account in a header (x-amz-account-id), as S3 Control's do
 * and S3's do not.
 */
unsigned lp_opaque_of(const struct lp_sig *sig, struct lp_span host, struct lp_span method,
		      struct lp_span target, bool s3_control);

#endif
