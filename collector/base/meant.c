/* SPDX-License-Identifier: MIT */
#include "meant.h"

#include <stdio.h>
#include <string.h>

#include "distance.h"
#include "log.h"

#define MISTAKES_MAX 2

/* NULL: none. */
static const char *meant_by(const struct option *longs, char *const *argv)
{
	const char *given = argv[optind - 1], *best = NULL;
	unsigned least = MISTAKES_MAX + 1;
	struct lp_span word;

	/* Of a short option, and of one that lacks its value, the name is known. */
	if (optopt || strncmp(given, "--", 2) != 0)
		return NULL;
	given += 2;
	word = lp_span_of(given, strcspn(given, "="));
	for (const struct option *o = longs; o->name; o++) {
		unsigned d = lp_distance(lp_span_str(o->name), word);

		/* Of a word of two letters all is another word. */
		if (d < least && 2 * d <= word.len) {
			least = d;
			best = o->name;
		}
	}
	return best;
}

void lp_option_unknown(const struct option *longs, char *const *argv, const char *command)
{
	const char *meant = meant_by(longs, argv);

	lp_print(stderr, "leastpriv: %s%s%s`%s --help` lists the options\n",
		 meant ? "perhaps --" : "", meant ? meant : "", meant ? "; " : "", command);
}
