/* SPDX-License-Identifier: MIT */
#ifndef LP_SOURCE_TRAIL_H
#define LP_SOURCE_TRAIL_H

/*
 * CloudTrail's logs as evidence: reading files of records, and making calls of the records.
 *
 * A file is what CloudTrail delivers ({"Records":[...]}, mostly gzipped), what `lookup-events`
 * prints, one event a line (with or without an EventBridge or CloudWatch Logs wrapper, or a time
 * before it), or a table (cells between commas, tabs or semicolons) of an Athena query over the
 * trail's table, of the console's event history, or with a column of records. Which of these it is,
 * is seen from its first bytes. Memory is bounded by the longest record; a record that cannot be
 * used is reported and skipped. Single-threaded.
 */

#include "aws/identity.h"

#define LP_TRAIL_RECORD_MAX (4 * 1024 * 1024) /* bytes; CloudTrail's own bound is 1 MiB */

/* One record. Spans are valid until the callback returns; missing members are empty. */
struct lp_trail_event {
	struct lp_span time, source, name, type, version, region, source_ip, request_id;
	struct lp_span category, management; /* "Data"; "false" */
	struct lp_span error_code, error_message;
	struct {
		struct lp_span type, arn, access_key, account, invoked_by;
		struct lp_span
			issuer_arn; /* of the session: the role, or a federated user's user */
	} user;
	/* JSON texts; `resources` may be Athena's notation: [{arn=..., type=...}]. */
	struct lp_span params, response, resources;
	bool no_params; /* what it is from has no place for them */
};

struct lp_trail_stats {
	uint64_t events;       /* records handed over */
	uint64_t bad;	       /* records or lines skipped */
	uint64_t bytes;	       /* of text, uncompressed */
	const char *truncated; /* a gzip file that broke off: why; else NULL */
	bool no_params;	       /* none of it says what calls were made with */
};

/*
 * -E2BIG says that there is no room for what is in the event, which is then skipped; any other
 * result but 0 ends the reading and is returned. `ev` lives in `arena` or in the file.
 * Insights and aggregated events, which sum up calls, may have no source and no name.
 */
typedef int (*lp_trail_event_fn)(void *ctx, const struct lp_trail_event *ev);
/* A record or line that was skipped; lines count from 1. */
typedef void (*lp_trail_bad_fn)(void *ctx, uint64_t line, const char *why);

/* Reads to the end. 0, -errno from reading, -ENOMEM, or what `fn` returned. */
LP_MUST_USE int lp_trail_read(int fd, lp_trail_event_fn fn, lp_trail_bad_fn bad, void *ctx,
			      struct lp_trail_stats *stats);

/*
 * The events of one JSON value, which may be a wrapper. 0; -EBADMSG with *why set; -ENOMEM; or what
 * `fn` returned.
 */
LP_MUST_USE int lp_trail_json(struct lp_span json, struct lp_arena *arena, lp_trail_event_fn fn,
			      void *ctx, const char **why);

/* Whether a member of this name is a list of records. */
bool lp_trail_is_list(struct lp_span key);

/*
 * A header line of a table, and its rows: unquoted cells in order. False when the header has no
 * column that names events. A row whose cell of `record` is an object is that object's record.
 */
#define LP_TRAIL_COLUMNS_MAX 256
struct lp_trail_columns {
	uint8_t member[LP_TRAIL_COLUMNS_MAX]; /* what each column is; private */
	unsigned n;
	unsigned record; /* 1 + the column of whole records; 0: there is none */
	bool params;	 /* one has what calls were made with */
};
LP_MUST_USE bool lp_trail_header(struct lp_trail_columns *c, const struct lp_span *cells,
				 unsigned n);
LP_MUST_USE int lp_trail_row(const struct lp_trail_columns *c, const struct lp_span *cells,
			     unsigned n, struct lp_arena *arena, struct lp_trail_event *ev);

/* The cells of a row of Athena's get-query-results: {"Data":[{"VarCharValue":cell},...]}. 0;
 * -EBADMSG with *why set; -ENOMEM. */
LP_MUST_USE int lp_trail_cells(struct lp_span json, struct lp_arena *arena,
			       struct lp_span cells[LP_TRAIL_COLUMNS_MAX], unsigned *n,
			       const char **why);
/* Who called, from a text: the structure as JSON or in Athena's notation. 0 or -ENOMEM. */
LP_MUST_USE int lp_trail_user(struct lp_span text, struct lp_arena *arena,
			      struct lp_trail_event *ev);

/* Why an event is no evidence for anybody's policy. */
enum lp_trail_left {
	LP_TRAIL_USED,
	LP_TRAIL_BY_SERVICE,	/* an AWS service called with its own rights */
	LP_TRAIL_LINKED_ROLE,	/* so did a service-linked role, whose policy is AWS's */
	LP_TRAIL_OTHER_ACCOUNT, /* the caller's own account logs it with the caller's name */
	LP_TRAIL_SIGN_IN,	/* signing in to the console takes no permission */
	LP_TRAIL_NO_CALL,	/* insights, service events */
	LP_TRAIL_LEFTS,
};

/* The same as words for a summary of `n` of them: "calls by service-linked roles". */
const char *lp_trail_left_name(enum lp_trail_left left, uint64_t n);

/* What a call made of an event refers to; the caller provides it for as long as the call. */
struct lp_trail_call {
	struct lp_call call;
	struct lp_response rsp;
	/* Empty, or what the caller's access key id is: to be added to the ledger beside the call.
	 * The call itself names the principal, not the key: sessions come and go by the thousand.
	 */
	struct lp_fact fact;
};

/* The event source without its domain: "ec2". */
struct lp_span lp_trail_source(const struct lp_trail_event *ev);

/* True for data events: reads and writes of what a service keeps. */
bool lp_trail_is_data(const struct lp_trail_event *ev);

/*
 * What makes an event another than an earlier one, but for time, session, address and request id:
 * parts for lp_again_find(). What the one was used for, the other is used for.
 */
#define LP_TRAIL_PARTS 15
void lp_trail_parts(const struct lp_trail_event *ev, struct lp_span parts[LP_TRAIL_PARTS]);

/* The event's own time in ns, 0 when it has none. */
int64_t lp_trail_time(const struct lp_trail_event *ev);

/* What the caller's access key id is; empty when the event does not say. -ENOMEM. */
LP_MUST_USE int lp_trail_fact(const struct lp_trail_event *ev, struct lp_arena *arena,
			      struct lp_fact *fact);

/* 0 with *left set (and `out` only when USED), or -ENOMEM. */
LP_MUST_USE int lp_trail_call(const struct lp_trail_event *ev, struct lp_arena *arena,
			      struct lp_trail_call *out, enum lp_trail_left *left);

#endif
