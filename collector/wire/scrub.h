/* SPDX-License-Identifier: MIT */
#ifndef LP_SCRUB_H
#define LP_SCRUB_H

/*
 * Takes secrets and user data out of a request body on its way, in pieces of any size: texts
 * behind the names of secret.h, byte strings, and what of a text lies past LP_FIELD_MAX become
 * empty or short, maps and lists of the user's become empty ones; everything that names members
 * and resources stays, in a body that is still well formed. Bytes that do not fit the form end it:
 * nothing after them is let through. No allocation; bounded time per byte; output is slices of the
 * input, of the struct, or constants.
 */

#include <stdint.h>

#include "body.h"
#include "lp_compiler.h"
#include "lp_limits.h"
#include "lp_span.h"
#include "secret.h"

#define LP_SCRUB_NAME_MAX   128 /* of a name, in a form with the path to it */
#define LP_SCRUB_JSON_DEPTH 96	/* deeper nesting ends the body */
#define LP_SCRUB_CBOR_DEPTH 16

/* Embed by value; members are private. */
struct lp_scrub {
	uint8_t kind; /* enum lp_body_kind */
	uint8_t state;
	uint8_t depth;	/* open maps and lists */
	uint8_t tree;	/* depth of the outermost LP_SECRET_TREE, 0 none */
	uint8_t secret; /* enum lp_secret of the member whose value comes next */
	uint8_t word;	/* JSON: literal and position in it; CBOR: bytes of head so far */
	bool escape;	/* JSON: the next byte is escaped */
	bool hide;	/* the text being passed is left out from here on */
	bool name_bad;	/* too long or with strange characters */
	uint8_t name_len;
	uint32_t text_len; /* of the text being passed */
	const char *root;  /* XML: the name that the first element must have, NULL any */
	uint64_t left;	   /* CBOR: bytes of the string being passed */
	char name[LP_SCRUB_NAME_MAX];
	union {
		uint8_t json[LP_SCRUB_JSON_DEPTH + 1]; /* flags by depth */
		struct {
			uint32_t left; /* items still to come */
			uint8_t flags;
		} cbor[LP_SCRUB_CBOR_DEPTH + 1];
	} at;
	char head[9]; /* CBOR: a head that came in pieces */
};

void lp_scrub_init(struct lp_scrub *s, enum lp_body_kind kind);

/*
 * After lp_scrub_init for XML: nothing is let through unless the outermost element has this name (a
 * constant), not even another one's name.
 */
void lp_scrub_root(struct lp_scrub *s, const char *name);

/*
 * Moves `*in` on, over all of it unless `max` slices are full (max >= 4). Returns how many slices
 * of what may leave were written; they hold until the next call.
 */
LP_MUST_USE unsigned lp_scrub_next(struct lp_scrub *s, struct lp_span *in, struct lp_span *parts,
				   unsigned max);

/* True when the body is not of its form and nothing more will be let through. */
bool lp_scrub_ended(const struct lp_scrub *s);

#endif
