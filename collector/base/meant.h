/* SPDX-License-Identifier: MIT */
#ifndef LP_MEANT_H
#define LP_MEANT_H

#include <getopt.h>

/*
 * After getopt_long answered '?' and said what was given wrongly: names the long option of `longs`
 * that argv[optind - 1] may be a typing mistake of, and whose --help lists them. Reads getopt's
 * variables: single-threaded.
 */
void lp_option_unknown(const struct option *longs, char *const *argv, const char *command);

#endif
