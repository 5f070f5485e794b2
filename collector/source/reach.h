/* SPDX-License-Identifier: MIT */
#ifndef LP_REACH_H
#define LP_REACH_H

/*
 * Which AWS hosts a process opened TLS connections to, and whether its calls to each were read:
 * what was reached and never read is a blind spot. Of a program with two TLS libraries, one of
 * which is not read, that is told by who sends: lp_reach_apart. Hosts are compared without case and
 * port. Bounded; single-threaded.
 */

#include "blind.h"
#include "lp_event.h"

#define LP_REACH_PROCESS_MAX 64u    /* hosts of one process */
#define LP_REACH_TOTAL_MAX   16384u /* of all */

struct lp_reach; /* one host; a process has a list of them */

/*
 * A connection to the host begins, which is not read because of `why`, if at all. False when there
 * is no room: it counts as a blind spot then.
 */
LP_MUST_USE bool lp_reach_opened(struct lp_reach **list, size_t *total, struct lp_span host,
				 enum lp_reached_why why);

/*
 * Data was sent on one of these, or on one to what stands in AWS's place, by another than a library
 * that sends by itself what it is told: requests of such a library are not what it was.
 */
LP_MUST_USE bool lp_reach_apart(struct lp_reach **list, size_t *total, struct lp_span host);

/* One of these turned out to have had nothing to read. */
void lp_reach_silent(struct lp_reach *list, struct lp_span host);

enum lp_reach_by {
	LP_REACH_BY_NESTED, /* LP_EVF_NESTED: it says nothing of those of lp_reach_apart */
	LP_REACH_BY_BYTES,
	LP_REACH_BY_CSM, /* named only */
};

/* Of a request by its enum lp_event_flags. */
static inline enum lp_reach_by lp_reach_by(uint16_t flags)
{
	return flags & LP_EVF_NESTED ? LP_REACH_BY_NESTED : LP_REACH_BY_BYTES;
}

/*
 * A request to the host was read, or it was said already that one cannot be. What stands in AWS's
 * place may be asked under any of AWS's names.
 */
void lp_reach_read(struct lp_reach *list, struct lp_span host, enum lp_reach_by by);

/*
 * The one host of the list that `host` may mean, which ends in "*" where only its start is known
 * (wire/login.h); `host` itself where there is none, or more than one. Borrows from either.
 */
struct lp_span lp_reach_name(const struct lp_reach *list, struct lp_span host);

/*
 * What another source read than the one that saw the connections: process and host, as hashes. The
 * newest displace older ones.
 */
#define LP_REACH_OTHERS 4096u /* a power of two */
struct lp_reach_others {
	uint64_t read[LP_REACH_OTHERS];
};

void lp_reach_read_by_other(struct lp_reach_others *o, int pid, struct lp_span host);
/* Marks what is in the list and was read so. */
void lp_reach_ask_others(struct lp_reach *list, const struct lp_reach_others *o, int pid);

/* The process ended: what was not read goes to `blinds` (may be NULL), and the list is freed. */
void lp_reach_end(struct lp_reach **list, size_t *total, struct lp_blinds *blinds, int pid,
		  struct lp_span program);

#endif
