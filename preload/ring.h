/* SPDX-License-Identifier: MIT */
#ifndef LPS_RING_H
#define LPS_RING_H

/*
 * The producer's side of include/lp_ring.h, for many threads at once and for signal handlers that
 * interrupt them. All zero is a valid, empty ring: it is made at the first record.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lp_compiler.h"
#include "lp_event.h"
#include "lp_ring.h"

struct lps_ring {
	_Atomic(struct lp_ring_hdr *) hdr; /* two mappings in a row follow it; NULL: no ring yet */
	_Atomic uint32_t making;	   /* 1 while one thread makes or moves the ring */
	_Atomic uint32_t writers;	   /* threads that may be writing through hdr */
	_Atomic uint64_t retry_at;	   /* no contact before this time (CLOCK_MONOTONIC, ns) */
	_Atomic uint64_t no_ring;	   /* records lost for want of a ring, not yet reported */
	_Atomic uint64_t waited_ns;	   /* spent waiting for contact, all threads together */
	_Atomic uint64_t wait_tail;	   /* the tail at which the ring was found full */
	_Atomic uint64_t wait_since;	   /* and when that was first so */
	_Atomic uint64_t seen_tail;	   /* the tail at the last look, */
	_Atomic uint64_t seen_at;	   /* when it was found moved, or asked about, last, */
	_Atomic uint32_t stalled;	   /* and the records that found it unmoved */
	_Atomic uint64_t collector;	   /* who has the other end, a number of lps_contact */
};

/* Head of a record; the payload comes as spans. */
struct lps_record {
	uint64_t conn;
	uint64_t time_ns;
	uint32_t seq;
	uint16_t type;	/* enum lp_event_type */
	uint16_t flags; /* enum lp_event_flags */
};

/* Adds one record; waits at most LP_RING_WAIT_MS in all, then counts a drop and returns false. */
bool lps_ring_emit(struct lps_ring *r, const struct lps_record *rec, const struct lp_span *parts,
		   unsigned n_parts);

/*
 * For a process that has no ring of its own and will not live to use one (a vfork child about to
 * exec): a ring with this one record, handed over and unmapped at once.
 */
void lps_ring_emit_once(const struct lps_record *rec, const struct lp_span *parts,
			unsigned n_parts);

/* The program ends: whoever listens now shall have what the last collector did not read. */
void lps_ring_finish(struct lps_ring *r);

/* In a forked child: gives back the parent's mapping and forgets everything. */
void lps_ring_forget(struct lps_ring *r);

#endif
