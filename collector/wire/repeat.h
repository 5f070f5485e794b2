/* SPDX-License-Identifier: MIT */
#ifndef LP_REPEAT_H
#define LP_REPEAT_H

/*
 * A head, or a small body, that is like one before it. A program that asks the same again, on the
 * same connection, sends the same head but for the values of a few fields of the same length: time,
 * signature, invocation id; its answer's head differs in as little, and its body in a key. What was
 * found out of the one holds for the other then, and a comparison takes the place of reading,
 * judging and redacting. No malloc, no libc state.
 */

#include "http1.h"

#define LP_REPEAT_PARTS 16 /* slices of what is kept */

/* Embed by value; members are private. */
struct lp_repeat {
	char *text;    /* as it must be again; 0 where any byte is as good that ends nothing */
	uint16_t max;  /* bytes of it */
	uint16_t len;  /* of what is known; 0: nothing is */
	uint16_t last; /* of what was read last */
	uint8_t tries; /* how often one may still be learnt before the next that is like it */
	uint8_t n_parts;
	struct lp_repeat_part {
		const char *text; /* a constant; NULL: of what was sent, from `at` on */
		uint16_t at, len;
	} parts[LP_REPEAT_PARTS];
};

/* `text`: of `max` bytes, fewer than 2^16; borrowed for as long as `r` is used. */
void lp_repeat_init(struct lp_repeat *r, char *text, size_t max);

/* True when `in` starts with a head, or a body in JSON, like the known one, which is r->len long.
 */
bool lp_repeat_is_head(struct lp_repeat *r, struct lp_span in);
bool lp_repeat_is_json(struct lp_repeat *r, struct lp_span in);

/* What is kept of the one at `at`, which is like the known one: slices of it, and constants. */
unsigned lp_repeat_parts(const struct lp_repeat *r, const char *at,
			 struct lp_span parts[LP_REPEAT_PARTS]);

/*
 * One of that length was read, as it was not like the known one. True when it is worth learning:
 * the last one was as long, and what was learnt before was of use.
 */
bool lp_repeat_worth(struct lp_repeat *r, size_t len);

/*
 * `h` is the known head from now on, `len` bytes from h->text on, of which `parts` are kept
 * (lp_redact_head). It must be the same again in all that lp_judge, lp_http1_framing and
 * lp_redact_head look at: lines, names, and the values of fields that mean something to them, of a
 * signature what is kept. False, and none is known: it is too long, or has a byte that is 0.
 */
bool lp_repeat_learn_head(struct lp_repeat *r, const struct lp_http1_head *h, size_t len,
			  const struct lp_span *parts, unsigned n_parts);

/*
 * The same of a whole body, of which `parts` are kept (lp_scrub_next): it must be the same again in
 * all but texts. False also where it is not JSON.
 */
bool lp_repeat_learn_json(struct lp_repeat *r, struct lp_span body, const struct lp_span *parts,
			  unsigned n_parts);

#endif
