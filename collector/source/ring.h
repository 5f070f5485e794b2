/* SPDX-License-Identifier: MIT */
#ifndef LP_SOURCE_RING_H
#define LP_SOURCE_RING_H

/*
 * The reader's side of include/lp_ring.h: one ring of one process. Whoever shares the memory may
 * write anything into it at any time, so everything is copied before it is looked at, work is
 * bounded by the bytes between tail and head, and nothing read here can fault or loop for ever.
 * Single-threaded.
 */

#include "lp_compiler.h"
#include "lp_event.h"
#include "lp_ring.h"

#define LP_RING_HELD_MAX (64 * 1024)

struct lp_ring {
	struct lp_ring_hdr *hdr; /* NULL: not mapped */
	uint64_t tail;		 /* ours; the header's copy is for the writers */
	uint64_t stuck_at;	 /* position that waits for its commit, see stuck_since */
	uint64_t stuck_head;	 /* where head was when the wait began */
	uint64_t stuck_since;	 /* ms; 0: nothing waits */
	bool broken;		 /* head makes no sense: nothing more is read */
	/*
	 * Set by the owner: leave in the ring what belongs to requests that are not whole yet, so
	 * that who reads it after us finds them whole; within LP_RING_HELD_MAX.
	 */
	bool hold;
	uint64_t kept;	  /* the block of the tail that the writers know */
	size_t touched;	  /* bytes since its pages left our own memory */
	unsigned open;	  /* requests whose end has not come */
	uint64_t held_at; /* where the first of them stands */
	/* Counts since the ring was mapped. */
	uint64_t records;
	uint64_t bytes;	     /* of records that were whole */
	uint64_t lost_bytes; /* passed over: a writer never finished */
	uint64_t bad;	     /* records that are no event; and one for all that is broken */
};

/*
 * Maps the memory behind `fd`, which stays the caller's. 0; -EINVAL when it is not such a ring: no
 * memfd sealed against resizing, wrong size, magic or version; or another -errno of mmap.
 */
LP_MUST_USE int lp_ring_map(struct lp_ring *r, int fd);
/*
 * The memory file behind `fd` opened anew, for whom its writers' locks are those of another.
 * -errno: it is none, or cannot be opened (no /proc).
 */
LP_MUST_USE int lp_ring_reopen(int fd);
/* `fd` of lp_ring_reopen, mapped: its writers locked it, and no process has it mapped any more. */
LP_MUST_USE bool lp_ring_left(const struct lp_ring *r, int fd);
void lp_ring_unmap(struct lp_ring *r);

/* Takes one event; it borrows from the scratch space. */
typedef void (*lp_event_fn)(void *ctx, const struct lp_event *ev);

/*
 * Hands over whole records until there is none, or `budget` bytes were passed, and makes room for
 * the writers. `gone`: the writers are dead, so what is not whole now never will be. `now_ms` is
 * CLOCK_MONOTONIC. `scratch` has LP_RING_RECORD_MAX bytes. Bytes passed; 0 when there was nothing
 * to do.
 */
size_t lp_ring_drain(struct lp_ring *r, bool gone, uint64_t now_ms, size_t budget, char *scratch,
		     lp_event_fn fn, void *ctx);

/* Records that the process could not send, by enum lp_drop_reason; all zero when not mapped. */
void lp_ring_drops(const struct lp_ring *r, uint64_t drops[LP_DROP_REASONS]);

/* True when it is one of the types of lp_event.h with a payload of a length that it can have. */
bool lp_event_valid(const struct lp_event *ev);

#endif
