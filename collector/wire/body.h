/* SPDX-License-Identifier: MIT */
#ifndef LP_BODY_H
#define LP_BODY_H

/* What a Content-Type says about the form of a body. */

#include "lp_span.h"

enum lp_body_kind {
	LP_BODY_NONE, /* nothing that has members */
	LP_BODY_JSON,
	LP_BODY_XML,
	LP_BODY_CBOR,
	LP_BODY_FORM,
	LP_BODY_OTHER, /* text or unnamed: its first byte says what it is */
};

/*
 * By Content-Encoding: nothing can be read of the body as it is, because it is compressed or in
 * chunks that are signed one by one. Coral's own "amz-1.0" is neither.
 */
bool lp_body_is_coded(struct lp_span encoding);

/* By media type; parameters after ';' aside. Empty gives LP_BODY_OTHER. */
enum lp_body_kind lp_body_kind_of(struct lp_span content_type);

/*
 * For LP_BODY_OTHER: what a body that starts with these bytes is; blanks and byte order marks say
 * nothing yet.
 */
enum lp_body_kind lp_body_sniff(struct lp_span start);

/* The same of a request's, which may be a form, too: its parameters' names start with a capital. */
enum lp_body_kind lp_body_sniff_request(struct lp_span start);

#endif
