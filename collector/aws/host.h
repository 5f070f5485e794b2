/* SPDX-License-Identifier: MIT */
#ifndef LP_HOST_H
#define LP_HOST_H

/*
 * What a host name says: whose it is, which service, region and partition, and what stands before
 * the service's own labels (a bucket, an access point, an account, an operation's host prefix).
 * Facts: endpoint rules of botocore, tables/hand/api-hosts.tbl. No allocation; constants only.
 */

#include "model/api_data.h"
#include "model/model.h"

enum lp_host_kind {
	LP_HOST_OTHER, /* somebody's own: the request alone says what it is */
	LP_HOST_AWS,
	LP_HOST_EMULATOR, /* names services and buckets like AWS, but belongs to this machine */
	LP_HOST_METADATA,
};

struct lp_host {
	enum lp_host_kind kind;
	const char *partition;		/* by suffix and region; NULL when the host does not say */
	struct lp_span region;		/* borrows from the host; empty when it does not say */
	const struct lp_api_name *head; /* the services that share it; NULL when unknown */
	struct lp_span
		head_labels;   /* as written, before the region; empty unless AWS or emulator */
	struct lp_span prefix; /* before the head, without the dot */
	bool endpoint;	       /* of a VPC: its id stood before the head, and is not in `prefix` */
};

/* `host` as in the Host header, with or without port. */
void lp_host_parse(struct lp_span host, struct lp_host *out);

/* Rows of the name tables; NULL when there is none. `name` is compared as it is. */
const struct lp_api_name *lp_host_find_head(struct lp_span name);
const struct lp_api_name *lp_sign_find(struct lp_span name);
const struct lp_api_name *lp_target_find(struct lp_span name);
const struct lp_api_name *lp_date_find(struct lp_span name);

/* True for "us-east-1" and everything of its shape; and where that starts as regions of some known
 * partition do. */
bool lp_has_region_shape(struct lp_span s);
bool lp_is_region(struct lp_span s);

/* True for an account number: 12 digits. */
bool lp_is_account(struct lp_span s);

/* Strings of the tables. */
static inline struct lp_span lp_api_str(uint32_t offset)
{
	return lp_span_str(lp_api_pool + offset);
}

#endif
