/* SPDX-License-Identifier: MIT */
#ifndef LP_HELLO_H
#define LP_HELLO_H

/*
 * The server that a TLS client asks for, in the clear before anything is encrypted: server_name of
 * the ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3). No allocation; the shim uses it.
 */

#include <stdbool.h>

#include "lp_compiler.h"
#include "lp_span.h"

#define LP_TLS_RECORD_HEAD  5	 /* bytes: type, version, length */
#define LP_HELLO_MAX	    4096 /* bytes that are looked at of one that comes in pieces */
#define LP_TLS_CLIENT_HELLO 1	 /* first byte behind that record's head; RFC 8446 section 4 */

/* What a record holds, its first byte; RFC 8446 section 5.1. A connection starts with a handshake.
 */
enum lp_tls_content {
	LP_TLS_CHANGE_CIPHER_SPEC = 20,
	LP_TLS_ALERT = 21,
	LP_TLS_HANDSHAKE = 22,
	LP_TLS_APPLICATION_DATA = 23,
};

/*
 * `bytes` is the start of what a client sent. Borrows from it; empty when it is no ClientHello,
 * names nobody, or ends before the name.
 */
struct lp_span lp_hello_server(struct lp_span bytes);

/*
 * `bytes` may be the start of a ClientHello whose record goes on behind them, so that a name that
 * lp_hello_server did not find in them may still come.
 */
bool lp_hello_goes_on(struct lp_span bytes);

#endif
