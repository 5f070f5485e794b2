/* SPDX-License-Identifier: MIT */
#ifndef LPB_PARENTS_H
#define LPB_PARENTS_H

/*
 * Programs whose children are not held at exec. They ask for their child's stops and take one for
 * the user's: they stop themselves, and nobody would continue them.
 */

#include "lp_compiler.h"

/* Puts their names into the map `fd`. 0 or -errno. */
LP_MUST_USE int lpb_parents_fill(int fd);

#endif
