/* SPDX-License-Identifier: MIT */
#ifndef LP_TRAIL_DATA_H
#define LP_TRAIL_DATA_H

/*
 * Layout of the data that gen/gen_trail.c writes to trail_data.c; private to trail.c. Strings are
 * offsets into lp_trail_pool; every table is sorted by its strings in the order of the members.
 */

#include <stdint.h>

struct lp_trail_row {
	uint32_t a, b, c;
};

extern const char lp_trail_pool[];
/* Folder of the service, name in the log in small letters without marks, name on the wire. */
extern const struct lp_trail_row lp_trail_members[];
/* Source, event, "FOLDER OPERATION". */
extern const struct lp_trail_row lp_trail_events[];
/* Source, name of the service. */
extern const struct lp_trail_row lp_trail_sources[];
/* Source, what of it only data events tell. */
extern const struct lp_trail_row lp_trail_datas[];
extern const unsigned lp_trail_n_members, lp_trail_n_events, lp_trail_n_sources, lp_trail_n_datas;

#endif
