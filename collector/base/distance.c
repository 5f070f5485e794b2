/* SPDX-License-Identifier: MIT */
#include "distance.h"

unsigned lp_distance(struct lp_span a, struct lp_span b)
{
	unsigned row[LP_DISTANCE_MAX + 1];

	if (a.len > LP_DISTANCE_MAX || b.len > LP_DISTANCE_MAX)
		return LP_DISTANCE_MAX;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; i < a.len; i++) {
		unsigned diag = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < b.len; j++) {
			unsigned best =
				diag + (lp_ascii_lower(a.ptr[i]) != lp_ascii_lower(b.ptr[j]));

			diag = row[j + 1];
			if (diag + 1 < best)
				best = diag + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			row[j + 1] = best;
		}
	}
	return row[b.len];
}
