/* SPDX-License-Identifier: MIT */
#ifndef LP_AGAIN_H
#define LP_AGAIN_H

/*
 * Lines of a call log that say the same as an earlier one, but for time, process id and request id:
 * most lines of most logs. They are recognised by their bytes, so that they need not be read again.
 * Bounded memory; a line that is not recognised is simply read. Single-threaded.
 */

#include "ledger.h"

struct lp_again;

/* NULL out of memory, which the functions below take for "never recognised". */
struct lp_again *lp_again_new(void);
void lp_again_free(struct lp_again *a);

/* True when the line was one of these; it is in the ledger then. */
bool lp_again(struct lp_again *a, struct lp_span line, struct lp_ledger *l);

/* Remembers a line that was just read into `l`, the last that lp_again() was asked about. */
void lp_again_learn(struct lp_again *a, const struct lp_ledger *l);

#endif
