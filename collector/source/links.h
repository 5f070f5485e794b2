/* SPDX-License-Identifier: MIT */
#ifndef LP_LINKS_H
#define LP_LINKS_H

/*
 * Connections of processes whose bytes a source sees from outside (probe, ptrace): each is framed
 * (wire/conn.h), what it emits goes to the assembler. Memory is bounded, single-threaded.
 */

#include <stdint.h>
#include <sys/types.h>

#include "assemble.h"
#include "conn.h"
#include "login.h"
#include "lp_ring.h"

#define LP_LINKS_MAX	   16384u /* connections followed at once; about 1 KiB each */
#define LP_LINKS_HOLDS_MAX 512u	  /* buffers of LP_HEAD_MAX lent to connections at once */
#define LP_LINKS_BUCKETS   4096u  /* a power of two */

/* One connection of a process. */
struct lp_link {
	struct lp_link *next;	   /* in its bucket */
	struct lp_link *proc_next; /* of the same process, and what points to this one: */
	struct lp_link **proc_at;
	struct lp_process *process; /* borrowed; outlives its links */
	struct lp_links *all;
	uint64_t key;			/* the source's name for it, unique in the process */
	uint64_t off_out, off_in;	/* bytes that went by: the source's to count */
	uint32_t budget_out, budget_in; /* bytes that are still worth a copy: the source's */
	uint64_t socket; /* what is below it, where `key` may come again unseen: the source's */
	bool resting;	 /* nothing that comes in is wanted until more goes out: the source's */
	struct lp_conn conn;
};

struct lp_links {
	struct lp_assemble *assemble; /* borrowed */
	struct lp_link *buckets[LP_LINKS_BUCKETS];
	unsigned n, n_holds;
	uint64_t serial;		  /* connections so far: their ids */
	uint64_t time_ns;		  /* of what is fed next (CLOCK_REALTIME): set it before */
	uint64_t no_room;		  /* connections and parts over the limits */
	char scratch[LP_RING_RECORD_MAX]; /* an event's payload in one piece */
};

/* Where 64-bit keys go in a table of LP_LINKS_BUCKETS. */
static inline size_t lp_links_bucket(uint64_t key)
{
	/* Fibonacci hashing: pointers differ in their middle bits. */
	return (size_t)(key * 0x9e3779b97f4a7c15ull >> 52) & (LP_LINKS_BUCKETS - 1);
}

/* NULL when it is not known. */
struct lp_link *lp_links_find(struct lp_links *ls, pid_t pid, uint64_t key);

/*
 * A connection that is not known yet, in front of its process's `list`, which stays where it is;
 * `flags` as in lp_conn_init. NULL: no room, which is counted.
 */
struct lp_link *lp_links_new(struct lp_links *ls, struct lp_process *p, struct lp_link **list,
			     uint64_t key, uint16_t flags);

/*
 * A login of IAM by another protocol than HTTP (wire/login.h), on a connection that is not known:
 * told as if it was asked for by HTTP.
 */
void lp_links_login(struct lp_links *ls, struct lp_process *p, struct lp_link **list, uint64_t key,
		    const struct lp_login *login);

/* Closes it: what was pending becomes calls when its process is gone, or at once. */
void lp_links_free(struct lp_links *ls, struct lp_link *l);

/* All of a process. */
void lp_links_close(struct lp_links *ls, struct lp_link **list);

/* Notes which program the process runs; empty when that cannot be told. */
void lp_links_name(struct lp_process *p);

#endif
