/* SPDX-License-Identifier: MIT */
#ifndef LP_REPEAT_H
#define LP_REPEAT_H

/*
 * A head, or a small body, that is like one before it. A program that asks the same again, on the
 * same connection, sends the same head but for the values of a few fields: path, time, signature,
 * invocation id; its answer's head differs in as little, and its body in texts. What was found out
 * of the one holds for the other then, and a comparison of what lies between these gaps takes the
 * place of reading, judging and redacting. No malloc, no libc state.
 */

#include "http1.h"

#define LP_REPEAT_PARTS 16 /* slices of what is kept */
#define LP_REPEAT_GAPS	32 /* more stay as they are */

/* Values that mean nothing, or that who finds them looks at. */
struct lp_repeat_gaps {
	uint8_t n;
	uint8_t target, length; /* which of them; LP_REPEAT_GAPS: none */
	/* Each goes up to the next character that ends it, less `tail` bytes. */
	struct lp_repeat_gap {
		uint16_t at, end;
		uint8_t tail;
	} v[LP_REPEAT_GAPS];
};

/* Embed by value; members are private. */
struct lp_repeat {
	char *text;	/* the known one */
	uint16_t max;	/* bytes of it at most */
	uint16_t len;	/* 0: none is known */
	uint16_t shape; /* of what came last, if it was read */
	uint8_t tries;	/* how often one may still be learnt before the next that is like it */
	uint8_t n_parts;
	uint32_t open; /* gaps that were seen to differ: the others are as good as any text */
	struct lp_repeat_gaps gaps;
	struct lp_repeat_part {
		const char *text; /* a constant; NULL: of what was sent */
		uint16_t at, end;
		uint8_t from, to; /* behind which gap these are: its place + 1 */
	} parts[LP_REPEAT_PARTS];
};

/* One like the known one. */
struct lp_repeat_found {
	size_t len;
	struct lp_span target, length;	   /* what is in these gaps; empty: it is the same */
	int32_t moved[LP_REPEAT_GAPS + 1]; /* by how much, what is behind that gap: its place + 1 */
};

/* `text`: of `max` bytes, fewer than 2^16; borrowed for as long as `r` is used. */
void lp_repeat_init(struct lp_repeat *r, char *text, size_t max);

/* True when `in` starts with a head, or a body in JSON, like the known one; no head is longer than
 * LP_HEAD_MAX, no body than what can be known. */
bool lp_repeat_is_head(const struct lp_repeat *r, struct lp_span in, struct lp_repeat_found *f);
bool lp_repeat_is_json(const struct lp_repeat *r, struct lp_span in, struct lp_repeat_found *f);

/* What is kept of the one at `at`, which was found like the known one, and used so: slices of it,
 * and constants. */
unsigned lp_repeat_parts(struct lp_repeat *r, const char *at, const struct lp_repeat_found *f,
			 struct lp_span parts[LP_REPEAT_PARTS]);

/*
 * One of that shape, whatever it means, was read, as it was not like the known one. True when it is
 * worth learning: the last one had that shape, too, and what was learnt before was of use. What
 * differs between the two is then expected to.
 */
bool lp_repeat_worth(struct lp_repeat *r, unsigned shape);

/* Of fields by their names, whatever their values. */
unsigned lp_repeat_shape(const struct lp_http1_head *h);

enum lp_repeat_free {
	LP_REPEAT_TARGET = 1 << 0, /* the request's target may be another, */
	LP_REPEAT_LENGTH = 1 << 1, /* and the one Content-Length: who finds it looks at them */
};

/*
 * `h` is the known head from now on, `len` bytes from h->text on, of which `parts` are kept
 * (lp_redact_head). It must be the same again in all that lp_judge, lp_http1_framing and
 * lp_redact_head look at, but for what is `free`: lines, names, and the values of fields that mean
 * something to them, of a signature what is kept. False, and none is known: it is too long.
 */
bool lp_repeat_learn_head(struct lp_repeat *r, const struct lp_http1_head *h, size_t len,
			  const struct lp_span *parts, unsigned n_parts, unsigned free);

/*
 * The same of a whole body, of which `parts` are kept (lp_scrub_next): it must be the same again in
 * all but texts. False also where it is not JSON.
 */
bool lp_repeat_learn_json(struct lp_repeat *r, struct lp_span body, const struct lp_span *parts,
			  unsigned n_parts);

#endif
