/* SPDX-License-Identifier: MIT */
#ifndef LP_CALLLOG_H
#define LP_CALLLOG_H

/*
 * The call log: JSON Lines, one call a line, UTF-8, the portable form of a ledger. Bytes of names
 * that are not UTF-8 become U+FFFD. Version 1 of a line, members in this order:
 *
 *  v            1
 *  time         "2026-01-31T12:00:00.123456789Z", or null
 *  pid          number, or null
 *  program      path of the executable, or null
 *  workload     only where workloads are told apart: what the program belongs to
 *  identity     principal ARN as far as known when the line was written, or null
 *  accessKeyId  or null
 *  service      service id of the API model ("DynamoDB"), or null
 *  operation    operation name, on the wire when the model does not know it; or null
 *  region       or null
 *  actions      [{"action","resources":[IAM patterns]}], and where they apply "conditions":
 *               [{"op","key","value"}], "flags":["dependent","unpinned","denied"], "reason"
 *  possible     only where there is any: the same for what may be needed and is never granted;
 *               earlier writers had these among actions, with the flag "possible"
 *  status       HTTP status, or null when no answer was seen
 *  requestId    or null
 *  errorCode    or null
 *  source       "shim", "probe", "ptrace", "csm", "pcap", "cloudtrail", "log"; merged: a list
 *  unknown      only when the model does not know the call: what is missing
 *  metadata     only for instance and container metadata: true
 *  count        only in merged logs: number of calls the line stands for; a line then has one
 *               action with one resource
 *  lastTime     only in merged logs: time of the last of them
 *  gap          only in lines of what was not seen, which have no call: {"host", "program",
 *               "call" or "capture","service","reason","advice","count"}; merged logs join
 *               them, without pid
 *  facts        only when the call teaches who somebody is: [{"accessKeyId","kind","value"}],
 *               kind as in aws/identity.h
 *
 * A line of a merged log may have nothing but v and facts. Readers ignore members they do not know
 * and refuse lines of a higher version. A line never holds a secret: no signature, session token,
 * secret key or body has a member here. Single-threaded.
 */

#include <stdio.h>

#include "ledger.h"

#define LP_CALLLOG_VERSION  1
#define LP_CALLLOG_LINE_MAX (4 * 1024 * 1024) /* bytes; a longer line is skipped as alien */

/* "shim", "probe", ...: a constant. */
const char *lp_source_name(enum lp_source source);

/*
 * Writes one line. Call it after lp_ledger_add of the same call, so that `ids` (may be NULL) knows
 * what the call itself taught. `scratch` is reset. 0, -ENOMEM, or -errno from the stream.
 */
LP_MUST_USE int lp_calllog_write(FILE *out, const struct lp_call *call,
				 const struct lp_identities *ids, struct lp_arena *scratch);

/* Something that was not seen: a line of v, pid, program and "gap". Errors stay in the stream. */
void lp_calllog_write_gap(FILE *out, const struct lp_unseen *gap);

/* How the text of a log starts, as no policy does: said where one stands in the other's place. */
bool lp_calllog_starts(struct lp_span text);

/* A line that could not be used. `line` counts from 1. */
typedef void (*lp_calllog_bad_fn)(void *ctx, uint64_t line, const char *why);

struct lp_calllog_stats {
	uint64_t lines; /* not empty */
	uint64_t bad;	/* of these, skipped */
};

/*
 * The calls that are taken of a log; what the others teach of who is who is taken all the same, and
 * so are gaps. All zero: all. A merged line is taken where any of its calls may be within.
 */
struct lp_calllog_filter {
	int64_t since_ns, until_ns;	  /* at or after, and before; 0: none. No time is never */
	const char *program, *no_program; /* lp_pattern_covers of its path; NULL: any */
	uint64_t left_out;		  /* calls, counted */
};

/*
 * Reads a log, which may be gzipped, to its end into `l`. Where gzip's text breaks off counts as a
 * line that could not be used. Memory does not grow with the log but with what is distinct in
 * it. `filter` and `bad` may be NULL. 0, -ENOMEM or -errno from reading.
 */
LP_MUST_USE int lp_calllog_read(int fd, struct lp_ledger *l, struct lp_calllog_filter *filter,
				lp_calllog_bad_fn bad, void *ctx, struct lp_calllog_stats *stats);

/* One line without its newline: 0, -EBADMSG with *why set, or -ENOMEM. */
LP_MUST_USE int lp_calllog_line(struct lp_span line, struct lp_ledger *l, struct lp_arena *scratch,
				const char **why);

/*
 * The same without a ledger; `call` has no request and no response. Facts go to `fact_fn` (may be
 * NULL). *only_facts is set for lines that hold no call; `gap` has a count where one has a gap.
 */
LP_MUST_USE int lp_calllog_parse(struct lp_span line, struct lp_arena *scratch,
				 struct lp_call *call, struct lp_repeats *repeats,
				 struct lp_unseen *gap, bool *only_facts, lp_fact_fn fact_fn,
				 void *ctx, const char **why);

/*
 * Writes a whole ledger as a merged log: its facts, then one line for each record, in an order that
 * depends on the records alone. Calls without any permission are left out. 0, -ENOMEM or -errno.
 */
LP_MUST_USE int lp_calllog_write_ledger(FILE *out, const struct lp_ledger *l);

/* The order of its records, for qsort of struct lp_record. */
int lp_calllog_compare(const void *a, const void *b);

/* One line of it. Errors stay in the stream. */
void lp_calllog_write_record(FILE *out, const struct lp_record *rec);
void lp_calllog_write_fact(FILE *out, const struct lp_fact *fact);

#endif
