/* SPDX-License-Identifier: MIT */
#ifndef LP_MEMBER_H
#define LP_MEMBER_H

/* Names of query parameters and form fields: paths of members, joined by dots. */

#include <stdbool.h>

#include "lp_span.h"

/*
 * True when the parameter's value must not leave (secret.h): "LoginProfile.Password",
 * "MessageAttribute.1.Value.StringValue". A name with percent-encoded characters is none of the
 * API's and counts as secret.
 */
bool lp_member_secret(struct lp_span name);

#endif
