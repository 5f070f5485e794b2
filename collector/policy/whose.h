/* SPDX-License-Identifier: MIT */
#ifndef LP_WHOSE_H
#define LP_WHOSE_H

/* Whose calls are asked for. Single-threaded. */

#include "build.h"

/*
 * Whom the evidence has by the name of opts->identity, if there is one: of several it says so on
 * stderr, nobody is an error, with those that there are. 0; -ENOENT: nobody; or -ENOMEM; the reason
 * said.
 */
LP_MUST_USE int lp_whose_check(const struct lp_ledger *l, const struct lp_build_options *opts);

#endif
