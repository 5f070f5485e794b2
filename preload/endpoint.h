/* SPDX-License-Identifier: MIT */
#ifndef LPS_ENDPOINT_H
#define LPS_ENDPOINT_H

/*
 * Servers that the program's environment names in AWS's place, as it was when the program started:
 * AWS_ENDPOINT_URL and its like for single services.
 */

#include <stdbool.h>

#include "hello.h"

/* Once, before any other thread is there. */
void lps_endpoints_find(void);

/*
 * Whether a TLS connection on the socket, whose client asks for `name` (len 0: for none), goes to
 * one of them. Without a name *name becomes the address, as a URL has it.
 */
bool lps_endpoint_is(int fd, struct lp_hello_name *name);

#endif
