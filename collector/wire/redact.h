/* SPDX-License-Identifier: MIT */
#ifndef LP_REDACT_H
#define LP_REDACT_H

/*
 * What of a head may leave the process. Results are slices of the caller's bytes (or constants),
 * nothing is copied. Whatever is not known to be needed is dropped, so bytes that nobody foresaw
 * never leave: of a request stay the request line (secret query values blanked), the scope of the
 * signature, and the fields that headers.c lets through; of a response the status and its fields
 * of headers.c.
 */

#include "http1.h"
#include "sigv4.h"

/* Slices of one head; more (a query of dozens of tokens) are refused. */
#define LP_REDACT_PARTS 96

/*
 * Fills `parts` with what to keep of `h`, in order, the closing empty line included; adjoining
 * slices are joined. `own_query`: the query is the customer's own API's; of it only parameters of a
 * signature are kept. `known`: what lp_sig_header read in one of its fields, or NULL. Returns how
 * many; 0 when they would not fit (then nothing may be sent).
 */
unsigned lp_redact_head(const struct lp_http1_head *h, bool own_query, const struct lp_sig *known,
			struct lp_span parts[LP_REDACT_PARTS]);

/* True when it keeps all of a request's target. */
bool lp_redact_keeps(struct lp_span target, bool own_query);

/*
 * Blanks the value of SessionToken in a client-side-monitoring datagram by leaving it out of the
 * slices; `max` of 3 is enough for a datagram that has one. 0 when the datagram is not JSON that
 * can be read to its end: then nothing may be sent.
 */
unsigned lp_redact_csm(struct lp_span datagram, struct lp_span *parts, unsigned max);

#endif
