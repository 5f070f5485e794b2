/* SPDX-License-Identifier: MIT */
#ifndef LP_FIELDS_H
#define LP_FIELDS_H

/*
 * What of a response body may leave the process: single leaves, chosen by the form of their value
 * (ARNs, access key ids, ids that AWS gives resources) or by a name that can hold nothing secret
 * (error codes, account numbers). Everything else is dropped where it is read: secret keys,
 * session tokens, parameter and secret values, object bodies, items, payloads. No allocation.
 */

#include "body.h"
#include "lp_compiler.h"
#include "lp_limits.h"
#include "lp_span.h"

#define LP_FIELDS_COUNT_MAX 64 /* leaves kept of one response */

/*
 * Writes "name=value\n" for each kept leaf of `body` (which may be cut anywhere), in document
 * order, at most LP_FIELDS_COUNT_MAX, into buf. LP_BODY_OTHER is read as what its first byte says.
 * Bytes below 0x20, 0x7f and '%' are written %XX, '=' in a name too. The last LP_FIELD_MAX bytes of
 * buf are scratch. Returns the bytes written, 0 when cap is no more than that.
 */
size_t lp_fields_scan(struct lp_span body, enum lp_body_kind kind, char *buf, size_t cap);

/*
 * Next field of what lp_fields_scan wrote; false at the end. Spans borrow and are still escaped.
 */
bool lp_fields_next(struct lp_span *rest, struct lp_span *name, struct lp_span *value);

/* Takes the %XX out; buf may be value.ptr itself. Returns the length, never more than value's. */
size_t lp_fields_unescape(struct lp_span value, char *buf);

/* What is kept of a leaf of that name: all of its value, a part of it, or nothing (empty). */
struct lp_span lp_fields_keep(struct lp_span name, struct lp_span value);

#endif
