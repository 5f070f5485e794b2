/* SPDX-License-Identifier: MIT */
#ifndef LPB_CALLS_BPF_H
#define LPB_CALLS_BPF_H

/*
 * Calls of C functions between their entry and their return, and those that were counted at their
 * entry.
 */
#include "common.bpf.h"

/* How a function tells how many bytes it moved. */
enum result {
	RESULT_COUNT, /* it returns the count */
	RESULT_DONE,  /* it returns 1 and stores the count where its 4th argument points */
	RESULT_IOV,   /* it returns the count; the bytes are in a vector */
};

/*
 * A call between its entry and its return, which takes `sp` away: the entry stays for the thread's
 * next one, until the thread ends or runs another program.
 */
struct call {
	__u64 conn, buf, len, done, ip, sp;
	__u32 how, result;
};

struct call_key {
	__u64 who; /* thread, or goroutine */
	__u32 tgid;
	__u32 zero;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LPB_CALLS_MAX);
	__type(key, struct call_key);
	__type(value, struct call);
} calls SEC(".maps");

/*
 * On which connection a thread has sent something that was counted before it was sent; 0: it has
 * called since. A thread whose number is equal modulo CLAIMANTS takes its place: should the
 * transport fail just then, the call counts twice.
 */
struct claimant {
	__u64 conn;
	__u32 thread, zero;
};

#define CLAIMANTS 4096

struct claimant claimants[CLAIMANTS];

static __always_inline struct claimant *claimant(__u32 thread)
{
	return &claimants[thread & (CLAIMANTS - 1)];
}

static __always_inline bool is_claimant(const struct claimant *c, __u32 thread, __u64 conn)
{
	return c->thread == thread && c->conn == conn;
}

/* What the thread calls now shows that the last one is over. */
static __always_inline void end_claim(__u32 thread)
{
	struct claimant *c = claimant(thread);

	if (c->thread == thread)
		c->conn = 0;
}

#endif
