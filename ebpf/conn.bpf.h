/* SPDX-License-Identifier: MIT */
#ifndef LPB_CONN_BPF_H
#define LPB_CONN_BPF_H

/*
 * What is known of a connection: whose it is, where that is kept, and how far it has got.
 */
#include "ring.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LPB_CONNS_MAX);
	__type(key, struct lpb_conn_key);
	__type(value, struct lpb_conn_state);
} conns SEC(".maps");

/* Of these most: see struct lpb_slot. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LPB_SLOTS);
	__type(key, __u32);
	__type(value, struct lpb_slot);
} slots SEC(".maps");

/* What is known of a new connection. (Not on the stack, which is small.) */
struct lpb_conn_state nothing;

/* Slots that are being given to another connection just now. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} changing SEC(".maps");

/* A number for a pointer: the verifier gives away the difference of two, but no pointer's value. */
static __always_inline __u64 number_of(const void *p)
{
	__u64 n = (__u64)p;

	asm volatile("%0 -= %1" : "+r"(n) : "r"(&unasked));
	return n;
}

/*
 * One program of one process: process ids come back, and so do addresses in programs that are
 * always loaded at the same one. (Not the time it started, whose place in memory is mostly cold.)
 */
static __always_inline __u64 epoch_of(struct task_struct *task)
{
	if (config.typed) /* plain loads, in place of calls of helpers */
		return number_of(task->mm) + task->self_exec_id;
	return (__u64)BPF_CORE_READ(task, mm) + BPF_CORE_READ(task, self_exec_id);
}

static __always_inline __u64 epoch(void)
{
	return epoch_of(config.typed ? bpf_get_current_task_btf()
				     : (struct task_struct *)bpf_get_current_task());
}

/* The same, and the process's and the thread's number: asked for once where every call counts. */
struct caller {
	__u64 epoch;
	__u32 tgid, thread;
};

static __always_inline struct caller who_calls(void)
{
	struct task_struct *task;

	if (!config.typed || config.pid_ns)
		return (struct caller){.epoch = epoch(),
				       .tgid = current_tgid(),
				       .thread = (__u32)bpf_get_current_pid_tgid()};
	task = bpf_get_current_task_btf();
	return (struct caller){
		.epoch = epoch_of(task), .tgid = (__u32)task->tgid, .thread = (__u32)task->pid};
}

/* The slot that the connection may be in. */
static __always_inline struct lpb_slot *slot_of(const struct lpb_conn_key *key)
{
	__u32 i = lpb_slot_of(key);

	return config.slots ? bpf_map_lookup_elem(&slots, &i) : NULL;
}

static __always_inline bool is_in(const struct lpb_slot *slot, const struct lpb_conn_key *key)
{
	return likely(slot) && likely(slot->key.conn == key->conn) &&
	       likely(slot->key.tgid == key->tgid);
}

/* What is known of a connection, perhaps of one of an earlier program. */
static __always_inline struct lpb_conn_state *conn_at(const struct lpb_conn_key *key)
{
	struct lpb_slot *slot = slot_of(key);

	return is_in(slot, key) ? &slot->state : bpf_map_lookup_elem(&conns, key);
}

static __always_inline struct lpb_conn_state *find_conn_of(const struct lpb_conn_key *key,
							   __u64 epoch)
{
	struct lpb_conn_state *st = conn_at(key);

	return likely(st) && likely(st->epoch == epoch) ? st : NULL;
}

static __always_inline struct lpb_conn_state *find_conn(const struct lpb_conn_key *key)
{
	return find_conn_of(key, epoch());
}

/* `len` bytes at `buf` went over a connection; `how` is of these. */
#define HOW_OUT	    0u
#define HOW_IN	    1u
#define HOW_COVERED 2u	 /* through a library that the shim can see too */
#define HOW_PLAIN   4u	 /* through a socket, without TLS */
#define HOW_UNSEEN  8u	 /* and are nowhere to be read */
#define HOW_FRAME   16u	 /* and start a frame of HTTP/2 */
#define HOW_GREETS  32u	 /* and may belong to a handshake of TLS */
#define HOW_STARTS  64u	 /* which begins here */
#define HOW_MORE    128u /* and so may what comes next */

/* Whether the slot's connection has moved nothing for a while; it is looked at twice. */
static __always_inline bool is_idle(struct lpb_conn_state *st, __u32 now)
{
	__u32 moved = (__u32)(st->off[LPB_OUT] + st->off[LPB_IN]);

	/* Signed: another processor may have seen it just now. */
	if ((__s32)(now - st->seen) < LPB_SLOT_IDLE)
		return false;
	if (st->looked == moved)
		return true;
	st->looked = moved;
	st->seen = now;
	return false;
}

/* Gives the slot to a new connection if it is free, or its own is idle or of a process that ended;
 * else NULL. */
static __always_inline struct lpb_conn_state *take_slot(struct lpb_slot *slot,
							const struct lpb_conn_key *key, __u32 now)
{
	__u32 i = lpb_slot_of(key), one = 1;
	bool taken;

	if (bpf_map_update_elem(&changing, &i, &one, BPF_NOEXIST))
		return NULL;
	if (slot->key.conn && !config.everyone && !bpf_map_lookup_elem(&procs, &slot->key.tgid))
		slot->key.conn = 0;
	taken = !slot->key.conn || is_idle(&slot->state, now);
	if (taken && slot->key.conn)
		bpf_map_update_elem(&conns, &slot->key, &slot->state, BPF_ANY);
	if (taken) {
		slot->key.conn = 0;
		barrier();
		slot->key.tgid = key->tgid;
		slot->state = nothing;
		barrier();
		slot->key.conn = key->conn;
	}
	bpf_map_delete_elem(&changing, &i);
	return taken ? &slot->state : NULL;
}

__noinline int new_conn(__u32 tgid, __u64 conn)
{
	struct lpb_conn_key key = {.conn = conn, .tgid = tgid};
	struct lpb_slot *slot = slot_of(&key);
	struct lpb_conn_state *st = NULL;
	__u32 now = lpb_seen(bpf_ktime_get_ns());

	if (is_in(slot, &key)) {
		st = &slot->state;
		*st = nothing;
	} else if (slot) {
		st = take_slot(slot, &key, now);
	}
	if (!st) {
		bpf_map_update_elem(&conns, &key, &nothing, BPF_ANY);
		st = bpf_map_lookup_elem(&conns, &key);
	}
	if (!st)
		return -1;
	st->epoch = epoch();
	st->seen = now;
	st->live = 1;
	return 0;
}

/*
 * Takes a connection out of its slot: those of HTTP/2 are always in the table, as what looks at
 * frames would be verified twice otherwise. (A global function for its stack.)
 */
__noinline int to_table(__u32 tgid, __u64 conn)
{
	struct lpb_conn_key key = {.conn = conn, .tgid = tgid};
	struct lpb_slot *slot = slot_of(&key);

	if (is_in(slot, &key)) {
		bpf_map_update_elem(&conns, &key, &slot->state, BPF_ANY);
		slot->key.conn = 0;
	}
	return 0;
}

/* Where a connection's story begins, or a message's budget is refilled: at a request. */
static __always_inline struct lpb_conn_state *begin_message(const struct lpb_conn_key *key,
							    struct lpb_conn_state *st, __u32 budget)
{
	if (!st) {
		new_conn(key->tgid, key->conn);
		st = conn_at(key);
	}
	if (st && !st->mute) {
		st->budget[LPB_OUT] = budget;
		st->budget[LPB_IN] = LPB_BUDGET_IN;
	}
	return st;
}

/* Bytes were moved, whether they are copied or not. */
static __always_inline void advance(struct lpb_conn_state *st, __u32 how, __u64 n)
{
	/* Not the direction as an index: the verifier of older kernels loses track of its bounds.
	 */
	if (how & HOW_IN)
		st->off[LPB_IN] += n;
	else
		st->off[LPB_OUT] += n;
}

/* How far the reader was led: what of HTTP/2 was left out whole is no loss. */
static __always_inline __u64 led_to(const struct lpb_conn_state *st, const struct lpb_frames *f,
				    __u64 off)
{
	return st->http2 && !f->lost && !f->broken ? f->shown : off;
}

#endif
