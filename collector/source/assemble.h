/* SPDX-License-Identifier: MIT */
#ifndef LP_ASSEMBLE_H
#define LP_ASSEMBLE_H

/*
 * Events to calls: puts the parts of each HTTP message (include/lp_event.h) together, matches
 * responses with requests, and makes one struct lp_call of each pair: classified, authorised,
 * handed to a sink. A request whose response was never seen is a call too. It takes events of any
 * number of processes in any interleaving, and anything hostile; memory is bounded in all and per
 * process, and what did not fit is counted. Single-threaded.
 */

#include "aws/call.h"
#include "blind.h"
#include "lp_event.h"
#include "workload.h"

#define LP_PROGRAM_MAX 256 /* bytes of a program's path, NUL included */

/* Kept of one process, and of all. What is over is counted and not kept. */
#define LP_PENDING_PROCESS_BYTES (8u * 1024 * 1024)
#define LP_PENDING_PROCESS_CALLS 8192u
#define LP_PENDING_TOTAL_BYTES	 (32u * 1024 * 1024)
#define LP_CALL_BODY_MAX	 (2u * 1024 * 1024) /* of one request; the shim sends less of most */
#define LP_CALL_ARENA_MAX	 (8u * 1024 * 1024) /* for making one call */
#define LP_RECENT_REQUESTS	 64u /* request ids remembered per process, see CSM */

/* Messages whose request is whole: they wait for nothing but an answer, the longest first. */
struct lp_due {
	struct lp_message *first, *last;
	size_t bytes;
};

/*
 * A process as a source knows it. Embed it in the source's own; the source fills in the first
 * three, all zero else, and calls lp_assemble_gone before it forgets the process.
 */
struct lp_process {
	pid_t pid;
	enum lp_source source;
	char program[LP_PROGRAM_MAX]; /* path, NUL-terminated; "" unknown */
	/* The assembler's. */
	uint64_t serial; /* 0: not seen yet */
	struct lp_message *first, *last;
	struct lp_due due;
	struct lp_attempt *attempts; /* CSM: tries whose call is not complete, oldest first */
	unsigned n_messages, n_attempts;
	size_t bytes;
	uint64_t recent[LP_RECENT_REQUESTS]; /* hashes of request ids */
	unsigned n_recent;
	uint64_t last_csm;		/* hash of the datagram before this one */
	struct lp_reach *reach;		/* AWS hosts that it connected to */
	char workload[LP_WORKLOAD_MAX]; /* "" until it is asked for */
	size_t share;			/* see lp_call.share */
	bool confined;			/* LP_CONFINED is among the gaps */
};

struct lp_assemble_stats {
	uint64_t events;
	uint64_t calls;	       /* handed to the sink */
	uint64_t unanswered;   /* of these: no response was seen */
	uint64_t hurried;      /* of these: it was not waited for, because others needed the room */
	uint64_t other;	       /* requests that turned out not to be for AWS */
	uint64_t orphans;      /* parts of messages whose start was lost */
	uint64_t no_room;      /* requests or parts that did not fit into the bounds */
	uint64_t malformed;    /* heads and datagrams that could not be read */
	uint64_t csm_seen;     /* CSM calls that had been seen in plaintext already */
	uint64_t csm_repeated; /* datagrams that were the same as the one before */
};

struct lp_assemble;

/* `fn` takes every call; `blinds` (may be NULL) takes what could not be seen. Both outlive it. */
LP_MUST_USE int lp_assemble_new(struct lp_assemble **out, lp_call_fn fn, void *ctx,
				struct lp_blinds *blinds);
/*
 * For a collector that goes on where a killed one ended: `early` takes each request as a call as
 * soon as it is whole, before its answer; it comes again as usual. Only of sources that do not hold
 * their events any more once they are taken.
 */
void lp_assemble_early(struct lp_assemble *a, lp_call_fn early);
/* Calls name the workload of their process. */
void lp_assemble_workloads(struct lp_assemble *a);
/* Where it is wanted, finds out the workload of a process that is there now. */
void lp_assemble_meet(const struct lp_assemble *a, struct lp_process *p);
/* In place of LP_PENDING_TOTAL_BYTES, and at most half of it per process. */
void lp_assemble_limit(struct lp_assemble *a, size_t bytes);

/*
 * Whether programs that the shim cannot enter are seen by another source: while they are,
 * LP_EV_NOT_FOLLOWED is no gap; of what a daemon starts only if it sees everyone on the host.
 */
void lp_assemble_all_followed(struct lp_assemble *a, bool yes, bool everyone);
/* Every process must be gone. NULL is fine. */
void lp_assemble_free(struct lp_assemble *a);

/*
 * The process runs another program, and the shim is in it: that it limited its system calls before
 * is no gap. To be called while `p` has the old program's name, after that program's events.
 */
void lp_assemble_again(struct lp_assemble *a, struct lp_process *p);

/* Takes one event; calls that are complete with it go to the sink before this returns. */
void lp_assemble_event(struct lp_assemble *a, struct lp_process *p, const struct lp_event *ev);

/* The same as LP_EV_REACHED: a TLS connection to a host of AWS begins, not read because of `why`,
 * if at all. */
void lp_assemble_reached(struct lp_assemble *a, struct lp_process *p, struct lp_span host,
			 enum lp_reached_why why, uint64_t time_ns);

/* A CSM datagram that came another way than in an event (lp_realtime_ns, when it came). */
void lp_assemble_csm(struct lp_assemble *a, struct lp_process *p, struct lp_span datagram,
		     uint64_t time_ns);

/*
 * The process ended or runs another program now, or the capture ends: whatever is pending becomes
 * a call without a response. `p` is as good as new afterwards.
 */
void lp_assemble_gone(struct lp_assemble *a, struct lp_process *p);

const struct lp_assemble_stats *lp_assemble_stats(const struct lp_assemble *a);

/*
 * The bare error code of what services send: "Sender;AWS.X", "com.amazon.coral#Foo",
 * "Foo:http://internal..." -> "Foo". Borrows.
 */
struct lp_span lp_error_code(struct lp_span raw);

#endif
