/* SPDX-License-Identifier: MIT */
#ifndef LP_TRAIL_H
#define LP_TRAIL_H

/*
 * What CloudTrail calls otherwise than the API models do: events, event sources, members of
 * requests. Exceptions are rows of tables/hand/trail.tbl and tables/trail/; all else follows from
 * the models. Constants only; thread-safe.
 *
 * A source is the eventSource of a record without ".amazonaws.com": "ec2", "monitoring".
 */

#include "iam.h"
#include "model.h"

/*
 * The operation that an event stands for: by its own name, or without the API version that some
 * services append ("CreateFunction20150331", "CreateDistribution2020_05_31"). `version` is the
 * record's apiVersion, or empty: it tells services apart that share a source. LP_OP_NONE when the
 * models have no such operation.
 */
lp_op lp_trail_op(struct lp_span source, struct lp_span event, struct lp_span version);

/* The event's name without an API version at its end. */
struct lp_span lp_trail_plain_event(struct lp_span event);

/* The IAM prefix that the source's actions have ("cloudwatch" for "monitoring"), or LP_IAM_NONE. */
lp_iam_prefix lp_trail_prefix(struct lp_span source);

/*
 * A member's name in a log, ready to be compared with names on the wire. Capitals, hyphens and
 * underscores do not count.
 */
struct lp_trail_key {
	char plain[64]; /* longer names are the same when these bytes are */
	size_t len;
	unsigned row, end; /* of the table: other names it may have on the wire */
};

/* `range` is lp_trail_range of the service's folder. */
struct lp_trail_range {
	unsigned first, end;
};
struct lp_trail_range lp_trail_range(const char *dir);
void lp_trail_key(struct lp_trail_key *k, struct lp_trail_range range, struct lp_span name);
/* The name itself. */
bool lp_trail_key_is(const struct lp_trail_key *k, const char *wire);
/*
 * Another name of it in some request to the service; "" when it may be the whole body, "?" when its
 * value names the member that those beside it belong to.
 */
bool lp_trail_key_may_be(const struct lp_trail_key *k, const char *wire);

/* Which calls of the service only data events tell, or NULL when management events tell all. */
const char *lp_trail_data_events(struct lp_span source);

#endif
