/* SPDX-License-Identifier: MIT */
#ifndef LP_SIGV4_H
#define LP_SIGV4_H

/*
 * Who signed a request, for which service and region: the credential scope of an Authorization
 * header or of a presigned URL. Only reads; all spans borrow from the input. No allocation.
 *
 * Source: AWS Signature Version 4 for API requests (credential scope, query parameters), SigV4A
 * (AWS4-ECDSA-P256-SHA256: no region in the scope), S3's Signature Version 2, and Version 3, which
 * Route 53 had first and libcloud signs with.
 */

#include "lp_compiler.h"
#include "lp_span.h"

enum lp_sig_kind {
	LP_SIG_NONE,
	LP_SIG_V4,  /* AWS4-HMAC-SHA256 and AWS4-HMAC-SHA256-PAYLOAD */
	LP_SIG_V4A, /* AWS4-ECDSA-P256-SHA256 */
	LP_SIG_V2,  /* "AWS AKID:signature", S3's AWSAccessKeyId parameter, EC2-style
		       SignatureVersion=2 */
	LP_SIG_V3,  /* "AWS3-HTTPS AWSAccessKeyId=AKID,...", mostly as X-Amzn-Authorization */
};

struct lp_sig {
	enum lp_sig_kind kind;
	bool presigned; /* from the query */
	struct lp_span access_key;
	struct lp_span date;	/* YYYYMMDD; empty for V2 and V3 */
	struct lp_span region;	/* empty for V2, V3 and V4A */
	struct lp_span service; /* signing name; empty for V2 and V3 */
	struct lp_span scope;	/* access key to "aws4_request", as it stands; likewise */
};

/*
 * Value of an Authorization or X-Amzn-Authorization header. False (and *out all empty) when it is
 * no AWS signature.
 */
bool lp_sig_header(struct lp_span value, struct lp_sig *out);

/*
 * Query of a URL, without '?'. Values may be percent-encoded ("%2F" between the scope's fields);
 * the parts between are taken as they stand. False when it holds no AWS signature.
 */
bool lp_sig_query(struct lp_span query, struct lp_sig *out);

/*
 * The form of an upload to S3: its fields hold what a query would. `content_type` is the header's
 * value; false when it is no such form, or one that nobody signed.
 */
bool lp_sig_form(struct lp_span content_type, struct lp_span body, struct lp_sig *out);

/* Next `name=value` of a query or form body; false at the end. `*rest` is moved on. */
bool lp_query_next(struct lp_span *rest, struct lp_span *name, struct lp_span *value);

/* Whether `sent` means `name`: of a name, too, any character may come percent-encoded. */
bool lp_query_is(struct lp_span sent, struct lp_span name);

/* The same, whatever the case of letters. */
bool lp_query_caseis(struct lp_span sent, struct lp_span name);

#endif
