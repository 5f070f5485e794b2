/* SPDX-License-Identifier: MIT */
#ifndef LP_SECRET_H
#define LP_SECRET_H

/*
 * Behind which names secrets and user data stand: members of request bodies, query parameters,
 * headers, leaves of responses. Data in secret.c; what it forbids never leaves the process.
 */

#include <stdbool.h>

#include "lp_span.h"

enum lp_secret {
	LP_SECRET_NO,
	LP_SECRET_TEXT,	 /* its text, or the texts of its list; members below have own names */
	LP_SECRET_VALUE, /* the texts below it too, but for lp_secret_shows; of answers its own */
	LP_SECRET_TREE,	 /* all that is in it: a map, list or document of the user's */
};

#define LP_SECRET_NAME_MAX 64 /* a longer name is none of the API's: LP_SECRET_VALUE */

/* Any case. `name` is one member's, without the path to it. */
enum lp_secret lp_secret_name(struct lp_span name);

/*
 * True where a member names a resource even below one of LP_SECRET_VALUE: the role by which a
 * service gets at a secret, the secret's ARN.
 */
bool lp_secret_shows(struct lp_span name);

#endif
