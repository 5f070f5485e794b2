/* SPDX-License-Identifier: MIT */
#ifndef LP_LINES_H
#define LP_LINES_H

/*
 * A descriptor line by line in bounded memory, however long its lines are. Reads ahead, but never
 * waits for more than the next line needs. Single-threaded.
 */

#include "lp_compiler.h"
#include "lp_span.h"
#include "unpack.h"

struct lp_lines {
	int fd;			  /* lent by the caller, stays open */
	size_t max;		  /* bytes of a line; longer ones are passed over */
	struct lp_unpack *unpack; /* the caller's, to be set at once: its text is read; else NULL */
	char *buf;
	size_t cap, start, len; /* bytes from start on are not handed out yet */
	bool eof;
	bool skipping; /* inside a line that was too long */
};

/* No allocation yet; never fails. */
void lp_lines_init(struct lp_lines *l, int fd, size_t max);
/* Frees the buffer. */
void lp_lines_fini(struct lp_lines *l);

/*
 * The next line without its '\n'; the last one may lack it. 1: *line is valid until the next call;
 * 0: the end; -E2BIG: a line was too long, going on is fine; -ENOMEM or -errno from reading.
 */
LP_MUST_USE int lp_lines_next(struct lp_lines *l, struct lp_span *line);

/* True when the next line has to be waited for. */
bool lp_lines_empty(const struct lp_lines *l);

#endif
