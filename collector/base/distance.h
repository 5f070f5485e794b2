/* SPDX-License-Identifier: MIT */
#ifndef LP_DISTANCE_H
#define LP_DISTANCE_H

#include "lp_span.h"

#define LP_DISTANCE_MAX 96 /* names longer than this are nobody's typing mistake */

/*
 * In how many letters two words differ (put in, left out or another), capitals aside;
 * LP_DISTANCE_MAX where one of them is longer than that. No state: safe from any thread.
 */
unsigned lp_distance(struct lp_span a, struct lp_span b);

#endif
