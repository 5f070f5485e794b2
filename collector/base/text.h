/* SPDX-License-Identifier: MIT */
#ifndef LP_TEXT_H
#define LP_TEXT_H

/* Text that is made in memory with stdio. Thread-safe. */

#include <stdio.h>

#include "lp_compiler.h"

/*
 * Ends a stream of open_memstream (NULL: it could not be made), whose text is *text. 0, or -ENOMEM
 * when not all of it is there, which glibc does not tell where only the last step lacks room.
 * free(*text) in either case.
 */
LP_MUST_USE int lp_text_end(FILE *out, char *const *text);

#endif
