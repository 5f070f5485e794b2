/* SPDX-License-Identifier: MIT */
#ifndef LP_GENERATED_H
#define LP_GENERATED_H

/*
 * Parts of names that look generated: the next deployment, or the next second, will have others in
 * their place. No state: safe from any thread.
 */

#include <stddef.h>

#include "lp_span.h"

enum lp_generated {
	LP_GENERATED_UUID = 1 << 0,
	LP_GENERATED_TIME = 1 << 1,   /* dates, times, seconds since 1970, Terraform's suffixes */
	LP_GENERATED_HEX = 1 << 2,    /* hashes, AWS's ids, the hash in CDK's logical ids */
	LP_GENERATED_RANDOM = 1 << 3, /* CloudFormation's suffixes, random strings */
};

/*
 * Writes `name`, an IAM pattern, to `out` (NUL-terminated) with a wildcard in place of each part
 * that looks generated: as many `?` as it has characters where its length does not change, else
 * `*`. Returns the kinds that were found, a mask of enum lp_generated, and the number of letters
 * and digits that stay; 0 when there is none, or it does not fit into `size` bytes.
 */
unsigned lp_generated_pattern(struct lp_span name, char *out, size_t size, size_t *literal);

/* "a UUID", ...; of one kind of the mask. */
const char *lp_generated_words(unsigned kinds);

#endif
