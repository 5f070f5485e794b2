/* SPDX-License-Identifier: MIT */
#ifndef LP_CBOR_H
#define LP_CBOR_H

/*
 * CBOR (RFC 8949) as far as a walk over a body needs it: an item's head is a byte of major type and
 * a count or the size of one. The body may be cut. No library: Debian has none that can be linked
 * statically (leastpriv-run-static). Time is linear.
 */

#include <stdint.h>

#include "base/arena.h"
#include "lp_compiler.h"
#include "lp_span.h"

enum lp_cbor_kind {
	LP_CBOR_NONE,
	LP_CBOR_TEXT,
	LP_CBOR_NUMBER, /* an integer */
	LP_CBOR_BOOL,
	LP_CBOR_OTHER, /* bytes, floats, null: whole, as there is nothing below them */
	LP_CBOR_ARRAY,
	LP_CBOR_MAP,
	LP_CBOR_BREAK,	/* the end of an open array or map */
	LP_CBOR_CHUNKS, /* text or bytes in pieces */
};

struct lp_cbor_item {
	enum lp_cbor_kind kind;
	bool open; /* of indefinite length */
	bool negative;
	uint64_t n;	     /* number, elements (pairs of a map), truth; CHUNKS: of text */
	struct lp_span text; /* borrowed from the body */
};

#define LP_CBOR_NUMBER_MAX 24 /* bytes for the digits of a number, with their end */

/*
 * Whether a body is a map in CBOR: its major type, or the tag that says so of what follows, with
 * neither of which a JSON text starts.
 */
static inline bool lp_is_cbor(struct lp_span body)
{
	return (body.len && (unsigned char)body.ptr[0] >> 5 == 5) ||
	       lp_span_starts(body, LP_SPAN("\xd9\xd9\xf7"));
}

/* Takes the next head with its scalar from the front of `in`; false at a cut or a mistake. */
LP_MUST_USE bool lp_cbor_next(struct lp_span *in, struct lp_cbor_item *it);

/* Passes over what a head has opened; nothing for one that opened nothing. False as above. */
LP_MUST_USE bool lp_cbor_skip(struct lp_span *in, const struct lp_cbor_item *head);

/*
 * After CHUNKS of text: the text that they make up, in the arena. 0; -EBADMSG at a cut or a
 * mistake; -ENOMEM past the arena's bound.
 */
LP_MUST_USE int lp_cbor_join(struct lp_span *in, struct lp_arena *arena, struct lp_span *text);

/* Writes an integer's digits; their number. */
size_t lp_cbor_digits(const struct lp_cbor_item *it, char out[LP_CBOR_NUMBER_MAX]);

#endif
