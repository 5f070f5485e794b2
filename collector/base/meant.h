/* SPDX-License-Identifier: MIT */
#ifndef LP_MEANT_H
#define LP_MEANT_H

#include <getopt.h>

/*
 * After getopt_long answered '?': the long option that argv[optind - 1] may be a typing mistake of,
 * from `longs`; NULL: none. Reads getopt's variables: single-threaded.
 */
const char *lp_option_meant(const struct option *longs, char *const *argv);

/* What was given wrongly is said: names what may be meant, and whose --help lists the options. */
void lp_option_unknown(const struct option *longs, char *const *argv, const char *command);

#endif
