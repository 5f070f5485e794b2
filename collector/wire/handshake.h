/* SPDX-License-Identifier: MIT */
#ifndef LP_HANDSHAKE_H
#define LP_HANDSHAKE_H

/*
 * Whether a TLS client sent more than a handshake: where it did not, whatever the reason, no call
 * can have been made on the connection. Reads the heads of records (RFC 5246 section 6.2, RFC 8446
 * section 5); needs no key. No allocation; the shim uses it.
 */

#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

/* All zero at the start of a connection. */
struct lp_handshake {
	uint32_t left;	 /* bytes of the record at hand that are still to come */
	uint32_t hello;	 /* bytes of a ClientHello that records behind that one have */
	uint8_t head[9]; /* of the next one, with the first four of its body */
	uint8_t n_head;
	bool v12;      /* TLS 1.2 or older: records of data hold nothing else */
	bool finished; /* TLS 1.3: what may be the client's Finished went by */
	bool data;
};

/*
 * The next bytes that the client sent, from its first one on. True from the moment on when they may
 * be application data; in doubt they are.
 */
bool lp_handshake_sent(struct lp_handshake *h, struct lp_span bytes);

#endif
