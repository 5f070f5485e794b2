/* SPDX-License-Identifier: MIT */
#ifndef LP_HEADERS_H
#define LP_HEADERS_H

/*
 * The header fields that are known by name, looked up once while a head is parsed: which steer
 * framing and recognition, and which may leave the process. A field without a row never leaves.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lp_span.h"

enum lp_header_id {
	LP_HDR_OTHER, /* not in the table */
	LP_HDR_PLAIN, /* in the table, of no special meaning here */
	LP_HDR_AUTHORIZATION,
	LP_HDR_CONTENT_ENCODING,
	LP_HDR_CONTENT_LENGTH,
	LP_HDR_CONTENT_TYPE,
	LP_HDR_EXPECT,
	LP_HDR_HOST,
	LP_HDR_LOCATION,
	LP_HDR_TRANSFER_ENCODING,
	LP_HDR_UPGRADE,
	LP_HDR_ACCOUNT_ID, /* x-amz-account-id: S3 Control's, never S3's */
};

enum lp_header_keep {
	LP_KEEP_REQUEST = 1 << 0,
	LP_KEEP_RESPONSE = 1 << 1,
	LP_KEEP_PART = 1 << 2, /* without its secret half */
};

struct lp_header_rule {
	uint8_t id;   /* enum lp_header_id */
	uint8_t keep; /* enum lp_header_keep */
};

/* `name` in any case. */
struct lp_header_rule lp_header_rule(struct lp_span name);

/* Nobody asks for it and it never leaves. */
static inline bool lp_header_unused(struct lp_header_rule rule)
{
	return rule.id == LP_HDR_OTHER && !rule.keep;
}

#endif
