/* SPDX-License-Identifier: MIT */
#ifndef LP_QUOTE_H
#define LP_QUOTE_H

#include <stdbool.h>

/*
 * Whether IAM's patterns have a byte of a name written `${c}`: wildcards, and `$` where with what
 * follows, `next`, 0 at the end, it could begin a variable, in templates of other notations, too.
 */
static inline bool lp_quote_needed(char c, char next)
{
	if (c == '$')
		return next == '{' || next == '$' || next == '*' || next == '?';
	return c == '*' || c == '?';
}

#endif
