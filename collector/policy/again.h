/* SPDX-License-Identifier: MIT */
#ifndef LP_AGAIN_H
#define LP_AGAIN_H

/*
 * Evidence that says the same as earlier evidence, but for its time and the like: most of most
 * logs. It is recognised by its bytes, so that it need not be taken apart again. Bounded memory;
 * what is not recognised is simply read. Single-threaded.
 */

#include "ledger.h"

#define LP_AGAIN_PARTS 16

struct lp_again;

/*
 * For `slots`, a power of two, of at most 2 KiB each. NULL out of memory, which the functions below
 * take for "never recognised".
 */
struct lp_again *lp_again_new(unsigned slots);
void lp_again_free(struct lp_again *a);

/*
 * What evidence of the same `n` parts, at most LP_AGAIN_PARTS, did to the ledger; for
 * lp_ledger_repeat. NULL when there was none or it is forgotten. Valid until the next learning.
 */
const struct lp_trace *lp_again_find(struct lp_again *a, const struct lp_span *parts, unsigned n);

/*
 * Remembers what was just read into `l`: that which lp_again_find() was asked about last, whose
 * parts are still where they were.
 */
void lp_again_learn(struct lp_again *a, const struct lp_ledger *l);

#endif
