/* SPDX-License-Identifier: MIT */
#ifndef LP_HELLO_H
#define LP_HELLO_H

/*
 * The server that a TLS client asks for, in the clear before anything is encrypted: server_name of
 * the ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3). No allocation; the shim uses it.
 */

#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

#define LP_TLS_RECORD_HEAD  5	 /* bytes: type, version, length */
#define LP_HELLO_MAX	    8192 /* bytes that are looked at of one; its keys may take 3 KiB */
#define LP_TLS_CLIENT_HELLO 1	 /* first byte behind that record's head; RFC 8446 section 4 */

/* What a record holds, its first byte; RFC 8446 section 5.1. A connection starts with a handshake.
 */
enum lp_tls_content {
	LP_TLS_CHANGE_CIPHER_SPEC = 20,
	LP_TLS_ALERT = 21,
	LP_TLS_HANDSHAKE = 22,
	LP_TLS_APPLICATION_DATA = 23,
};

struct lp_hello_name {
	uint8_t len;
	char text[UINT8_MAX];
};

/*
 * `bytes` is the start of what a client sent. >0: *out is the name that its ClientHello asks for,
 * which may lie in several records; 0: it goes on behind these bytes, and the name may still come;
 * -EBADMSG: it is no ClientHello, or names nobody. out->len is 0 unless the name was found.
 */
LP_MUST_USE int lp_hello_read(struct lp_span bytes, struct lp_hello_name *out);

/* Borrows from `name`. */
static inline struct lp_span lp_hello_host(const struct lp_hello_name *name)
{
	return lp_span_of(name->text, name->len);
}

#endif
