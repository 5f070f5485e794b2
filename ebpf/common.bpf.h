/* SPDX-License-Identifier: MIT */
#ifndef LPB_COMMON_BPF_H
#define LPB_COMMON_BPF_H

/*
 * What the programs in the kernel share: the maps, which processes are in scope, and how bytes of a
 * connection get into the ring.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "lp_mark.h"
#include "probe_abi.h"

#define PAGE 4096

/* What is mostly so stands in a row, as what is jumped to has to come from memory. */
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

const volatile struct lpb_kernel_config config SEC(LPB_CONFIG_SECTION) = {0};
volatile struct lpb_told told SEC(LPB_TOLD_SECTION) = {0};

/* The few members of kernel types that are read; their offsets are looked up when loading. */
struct atomic {
	int counter;
} __attribute__((preserve_access_index));

struct tty_struct;
struct css_set;
struct files_struct;
struct mm_struct;

struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct pid_namespace {
	struct ns_common ns;
} __attribute__((preserve_access_index));

/* What a process is called in one namespace. */
struct upid {
	int nr;
	struct pid_namespace *ns;
} __attribute__((preserve_access_index));

struct pid {
	unsigned int level;
	struct upid numbers[1]; /* by the depth of the namespace, up to level */
} __attribute__((preserve_access_index));

struct signal_struct {
	struct atomic live;
	struct pid *pids[4]; /* by enum pid_type: process 1, process group 2, session 3 */
	struct tty_struct *tty;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	int tgid;
	unsigned int self_exec_id;
	struct task_struct *real_parent;
	struct signal_struct *signal;
	struct mm_struct *mm;
	struct css_set *cgroups;
	struct files_struct *files;
	char comm[LPB_COMM];
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LPB_RING_BYTES);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LPB_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

/* Processes in scope: tgid to LPB_PROC_* */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_PROCS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} procs SEC(".maps");

/* Processes with probes of their own: tgid to enum lpb_own. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_PROCS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} owners SEC(".maps");

/* Of these: the files, by the numbers in everybody's cookies. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_OWN_FILES_MAX);
	__type(key, struct lpb_own_file);
	__type(value, __u32);
} own_files SEC(".maps");

/*
 * How often processes were told to stop, and how often of these to go on, which the loader writes
 * when it has told them: where the two differ, whoever is left has to do it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_PROCS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} stopped SEC(".maps"), continued SEC(".maps");

/* Names of programs that stop as well when a child of theirs does. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_PARENTS_MAX);
	__type(key, struct lpb_comm);
	__type(value, __u32);
} parents SEC(".maps");

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
	__u64 conn, buf, len, done, sp;
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

static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		(*n)++;
}

#define PID_NS_DEPTH 32 /* MAX_PID_NS_LEVEL of the kernel */

/* What the loader's own namespace calls a task's process; 0: it is not in that or in one below. */
__noinline int number_here(__u64 task)
{
	struct pid *pid = BPF_CORE_READ((struct task_struct *)task, signal, pids[1]);
	int level = (int)BPF_CORE_READ(pid, level);
	__u64 numbers = (__u64)__builtin_preserve_access_index(&pid->numbers);

	for (int i = 0; i < PID_NS_DEPTH && level >= 0; i++, level--) {
		struct upid *u = (void *)(numbers + level * bpf_core_type_size(struct upid));

		if (BPF_CORE_READ(u, ns, ns.inum) == config.pid_ns)
			return BPF_CORE_READ(u, nr);
	}
	return 0;
}

static __always_inline __u32 tgid_of(struct task_struct *task)
{
	if (config.pid_ns)
		return number_here((__u64)task);
	return BPF_CORE_READ(task, tgid);
}

static __always_inline __u32 current_tgid(void)
{
	if (config.pid_ns)
		return number_here(bpf_get_current_task());
	return bpf_get_current_pid_tgid() >> 32;
}

/* Whether this is for the process's shim, where it has one; most often there is none anywhere. */
static __always_inline bool may_be_covered(bool covered)
{
	return unlikely(covered && told.shims);
}

/* True when the process is followed and not, where that is `covered`, by its shim. */
static __always_inline bool in_scope(__u32 tgid, bool covered)
{
	__u32 *flags = bpf_map_lookup_elem(&procs, &tgid);

	if (!flags)
		return config.everyone && tgid;
	return !(covered && (*flags & LPB_PROC_SHIM));
}

/* How a request may start: its first four bytes, the first one lowest. */
#define WORD_PUT     0x20545550 /* "PUT " */
#define WORD_POST    0x54534f50
#define WORD_GET     0x20544547 /* "GET " */
#define WORD_HEAD    0x44414548
#define WORD_DELETE  0x454c4544
#define WORD_PATCH   0x43544150
#define WORD_OPTIONS 0x4954504f
#define WORD_PRI     0x20495250 /* "PRI ": HTTP/2 */

/*
 * How much may be copied of a message that starts like this; 0: it does not start like a request. A
 * request is where a connection's story begins and a message's budget is refilled.
 */
static __always_inline __u32 budget_of(__u32 word)
{
	switch (word) {
	case WORD_PUT:
		return LPB_BUDGET_PUT;
	case WORD_POST: /* but see asks_delete() */
	case WORD_GET:
	case WORD_HEAD:
	case WORD_DELETE:
	case WORD_PATCH:
	case WORD_OPTIONS:
	case WORD_PRI:
		return LPB_BUDGET_POST;
	default:
		return 0;
	}
}

/*
 * Makes `len` bytes at `buf` resident, where that is allowed. Done when they could not be read, and
 * never while room is reserved in the ring: a fault may take as long as the program's memory
 * pleases, and a reservation held meanwhile would hold up every reader of the ring. (A global
 * function, as moved_sleeping() is: the verifier looks at those once, not once per caller and loop.
 * Where programs may not sleep it refuses their very calls, so these stand behind the
 * configuration.)
 */
__noinline int touch(__u64 buf, __u32 len)
{
	char byte;

	if (!config.sleepable) /* older kernels look at it whether it is called or not */
		return 0;
	for (__u32 at = 0; at < LPB_CLASS_MAX + PAGE; at += PAGE) {
		__u64 p = buf + (at < len ? at : len - 1);

		if (bpf_probe_read_user(&byte, 1, (void *)p))
			bpf_copy_from_user(&byte, 1, (void *)p);
		if (at >= len)
			break;
	}
	return 0;
}

static __always_inline void make_resident(__u64 buf, __u32 len)
{
	if (config.sleepable)
		touch(buf, len);
}

/* `fault`: the program may take page faults, and config.sleepable says whether it can. */
static __always_inline long read_user(void *to, __u32 len, __u64 from, bool fault)
{
	long err = bpf_probe_read_user(to, len, (void *)from);

	if (likely(!err) || !fault || !config.sleepable)
		return err;
	make_resident(from, len);
	return bpf_probe_read_user(to, len, (void *)from);
}

static __always_inline __u32 be32(const __u8 *b)
{
	return (__u32)b[0] << 24 | (__u32)b[1] << 16 | (__u32)b[2] << 8 | b[3];
}

static __always_inline __u32 first_word(__u64 buf, bool fault)
{
	__u32 word = 0;

	read_user(&word, sizeof(word), buf, fault);
	return word;
}

/* A method of which one or two bytes are there; of those that begin alike, one. */
static __always_inline __u32 begun_word(__u32 word, __u32 mask)
{
	word &= mask;
	return word == (WORD_GET & mask)       ? WORD_GET
	       : word == (WORD_POST & mask)    ? WORD_POST
	       : word == (WORD_PUT & mask)     ? WORD_PUT
	       : word == (WORD_HEAD & mask)    ? WORD_HEAD
	       : word == (WORD_DELETE & mask)  ? WORD_DELETE
	       : word == (WORD_PATCH & mask)   ? WORD_PATCH
	       : word == (WORD_OPTIONS & mask) ? WORD_OPTIONS
					       : 0;
}

/*
 * The same of `len` bytes. Who writes a head in pieces may write the method by itself, or even that
 * byte by byte.
 */
static __always_inline __u32 first_word_of(__u64 buf, __u64 len, bool fault)
{
	__u32 word = len ? first_word(buf, fault) : 0;

	if (len < 3)
		return begun_word(word, len == 1 ? 0xff : 0xffff);
	return len == 3 ? (word & 0xffffff) | 0x20000000 : word;
}

/* As much of a request's first line as is looked at: "POST /BUCKET?delete" fits. */
#define HEAD_LOOK 96

static __always_inline int asks_delete(__u64 buf, __u64 len, bool fault)
{
	__u64 look = len < HEAD_LOOK ? len : HEAD_LOOK;
	char head[HEAD_LOOK] = {0};

	asm volatile("" : "+r"(look));
	if (look > HEAD_LOOK || read_user(head, look, buf, fault))
		return false;
	for (int i = 5; i + 8 <= HEAD_LOOK && head[i] != ' '; i++) {
		__u64 word;

		__builtin_memcpy(&word, head + i, sizeof(word));
		if ((word & 0x00ffffffffffffff) == 0x006574656c65643f) /* "?delete" */
			return true;
	}
	return false;
}

/* "POST / ": it asks for nothing like that. */
static __always_inline bool is_root(__u64 first)
{
	return (first & 0xffffffffffffff) == 0x202f2054534f50;
}

/*
 * Functions of their own, as before 6.13 the stacks of all that call one another share 512 bytes;
 * and global ones, see touch().
 */
__noinline int asks_delete_sleeping(__u64 buf, __u64 len)
{
	return asks_delete(buf, len, true);
}

__noinline int asks_delete_now(__u64 buf, __u64 len)
{
	return asks_delete(buf, len, false);
}

struct note {
	struct lpb_rec rec;
	__u64 buf; /* where its bytes are; once sent: the first eight of them */
};

/* Bytes that were put into the ring since it was last asked how full it is, about. */
__u32 unasked;

/*
 * The reader comes by itself every now and then; waking it for each record would cost the program
 * more than all the rest. It is woken for a process that waits for it, and when the ring fills.
 */
static __always_inline __u64 wakeup(__u32 kind, __u32 room)
{
	if (kind == LPB_REC_EXEC || kind == LPB_REC_MAPS)
		return BPF_RB_FORCE_WAKEUP;
	unasked += room + sizeof(struct lpb_rec);
	if (likely(unasked < LPB_RING_ASK))
		return BPF_RB_NO_WAKEUP;
	unasked = 0;
	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > LPB_RING_WAKE ? BPF_RB_FORCE_WAKEUP
									   : BPF_RB_NO_WAKEUP;
}

/* What became of a record. */
enum sent { SENT, RING_FULL, FAULT };

/* Fills a reserved record of `room` data bytes and sends it off. */
static __always_inline enum sent fill(struct lpb_rec *r, struct note *n, __u32 room)
{
	__u64 len = n->rec.kept;

	if (unlikely(!r))
		return RING_FULL;
	__builtin_memcpy(r, &n->rec, sizeof(*r));
	/* The compiler knows that len fits and would leave the check out; the verifier does not. */
	asm volatile("" : "+r"(len));
	if (unlikely(len > room || (len && bpf_probe_read_user(r + 1, len, (void *)n->buf)))) {
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return FAULT;
	}
	if (room)
		n->buf = *(__u64 *)(r + 1);
	bpf_ringbuf_submit(r, wakeup(n->rec.kind, room));
	return SENT;
}

static __noinline int try_note(struct note *n)
{
	__u64 room;
	__u32 kept;

	if (!n)
		return FAULT;
	kept = n->rec.kept;
	if (kept == 0)
		room = 0;
	else if (kept <= LPB_CLASS_XS)
		room = LPB_CLASS_XS;
	else if (kept <= LPB_CLASS_S)
		room = LPB_CLASS_S;
	else if (kept <= LPB_CLASS_M)
		room = LPB_CLASS_M;
	else if (kept <= LPB_CLASS_L)
		room = LPB_CLASS_L;
	else if (kept <= LPB_CLASS_XL)
		room = LPB_CLASS_XL;
	else if (kept <= LPB_CLASS_2XL)
		room = LPB_CLASS_2XL;
	else
		room = LPB_CLASS_MAX;
	/* One variable, which the verifier follows as a constant; the compiler would choose twice.
	 */
	asm volatile("" : "+r"(room));
	return fill(bpf_ringbuf_reserve(&ring, sizeof(struct lpb_rec) + room, 0), n, room);
}

/* True when it was sent; else it is counted. */
static __always_inline bool send_note(struct note *n, bool fault)
{
	int how = try_note(n);

	if (unlikely(how == FAULT) && fault && config.sleepable) {
		make_resident(n->buf, n->rec.kept);
		how = try_note(n);
	}
	if (unlikely(how != SENT))
		count(how == FAULT ? LPB_COUNT_FAULT : LPB_COUNT_RING_FULL);
	return how == SENT;
}

/* A record with `kept` bytes at `buf` that are no part of a connection's story; false: not sent. */
static __always_inline bool send_bytes(__u32 kind, __u32 tgid, __u64 conn, __u16 flags, __u64 buf,
				       __u32 kept)
{
	struct note n = {
		.rec = {.kind = kind,
			.tgid = tgid,
			.conn = conn,
			.kept = kept,
			.flags = flags,
			.time_ns = bpf_ktime_get_ns()},
		.buf = buf,
	};

	return send_note(&n, false);
}

/* The same without any. */
static __always_inline bool send_event(__u32 kind, __u32 tgid, __u64 conn, __u16 flags)
{
	return send_bytes(kind, tgid, conn, flags, 0, 0);
}

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

/*
 * Copies the next `len` bytes of a connection, which fit one record, and advances. The first eight
 * of them; 0: they were not copied.
 */
static __always_inline __u64 send_next(struct lpb_conn_state *st, const struct lpb_conn_key *key,
				       __u32 how, __u64 buf, __u64 len, bool fault)
{
	struct note n = {
		.rec = {.kind = LPB_REC_DATA,
			.tgid = key->tgid,
			.conn = key->conn,
			.off = {st->off[LPB_OUT], st->off[LPB_IN]},
			.dir = how & HOW_IN ? LPB_IN : LPB_OUT,
			.kept = (__u32)len,
			.flags = (how & HOW_COVERED ? LPB_RECF_SHIM : 0) |
				 (how & HOW_PLAIN ? LPB_RECF_PLAIN : 0) |
				 (st->loose ? LPB_RECF_LOOSE : 0)},
		.buf = buf,
	};
	struct lpb_frames *f = how & HOW_IN ? &st->in : &st->out;
	bool lost;

	if (unlikely(st->http2)) {
		if (how & HOW_IN)
			n.rec.off[LPB_OUT] = st->out.shown;
		else
			n.rec.off[LPB_IN] = st->in.shown;
		/* After a loss these are not the next frames, for all the reader knows. */
		if ((how & HOW_FRAME) && !f->broken)
			n.rec.flags |= LPB_RECF_FRAME;
	}
	if (!(how & HOW_IN)) { /* a call's time is its request's */
		n.rec.time_ns = bpf_ktime_get_ns();
		st->seen = lpb_seen(n.rec.time_ns);
	}
	lost = !st->mute && !send_note(&n, fault);
	if (!lost)
		st->loose = 0;
	advance(st, how, len);
	if (unlikely(st->http2)) { /* else its cache line is left alone */
		f->broken = lost;
		f->shown = how & HOW_IN ? st->off[LPB_IN] : st->off[LPB_OUT];
	}
	return lost || st->mute ? 0 : n.buf;
}

static __always_inline int send_one(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len,
				    bool fault)
{
	struct lpb_conn_key key = {.conn = conn, .tgid = tgid};
	struct lpb_conn_state *st = conn_at(&key);

	if (st)
		send_next(st, &key, how, buf, len, fault);
	return 0;
}

/* Global functions, so that the verifier looks at them once; see touch(). */
__noinline int send_one_sleeping(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	return send_one(tgid, conn, how, buf, len, true);
}

__noinline int send_one_now(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	return send_one(tgid, conn, how, buf, len, false);
}

/* The same in as many records as are allowed. How many bytes are left over. */
static __always_inline __u64 send_range(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len,
					bool fault)
{
	for (int i = 0; i < LPB_CHUNKS_MAX && len; i++) {
		__u64 n = len < LPB_CLASS_MAX ? len : LPB_CLASS_MAX;

		if (fault)
			send_one_sleeping(tgid, conn, how, buf, n);
		else
			send_one_now(tgid, conn, how, buf, n);
		buf += n;
		len -= n;
		how &= ~HOW_FRAME;
	}
	return len;
}

#include "http2.bpf.h"
#include "login.bpf.h"

/* The budget that bytes sent begin with; 0: they begin no request. */
static __always_inline __u32 budget_at(__u32 word, __u64 first, __u64 buf, __u64 len, bool fault)
{
	if (word == WORD_POST && !(len >= sizeof(first) && is_root(first)) &&
	    (fault && config.sleepable ? asks_delete_sleeping(buf, len)
				       : asks_delete_now(buf, len)))
		return LPB_BUDGET_KEYS;
	return budget_of(word);
}

/*
 * Most bytes of a connection that is live and of interest: what is received, and what is sent as
 * long as the budget of the message before has room for it, which is copied whatever it is, so that
 * it is read but once: the copy tells what it starts with. False: they are for take().
 */
static __always_inline bool take_known(struct lpb_conn_state *st, const struct lpb_conn_key *key,
				       __u32 how, __u64 buf, __u64 len)
{
	__u64 first, n = len;
	__u32 budget, word;

	if (how & HOW_IN) {
		if (n > st->budget[LPB_IN])
			n = st->budget[LPB_IN];
		if (!n)
			return false;
	} else if (!st->off[LPB_OUT] || n < sizeof(word) || n > LPB_CLASS_XL ||
		   n > st->budget[LPB_OUT]) {
		return false;
	}
	first = send_next(st, key, how, buf, n, true);
	if (how & HOW_IN) {
		st->budget[LPB_IN] -= n;
		advance(st, how, len - n);
		return true;
	}
	word = (__u32)first;
	if (unlikely(!word))
		word = first_word(buf, true);
	budget = budget_at(word, first, buf, len, true);
	if (likely(budget)) {
		begin_message(key, st, budget);
		st->covered = how & HOW_COVERED;
	}
	st->budget[LPB_OUT] -= len; /* no budget is less than LPB_CLASS_XL */
	return true;
}

/* True: the bytes are for h2_take(). */
static __always_inline bool take(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len,
				 bool fault)
{
	__u32 dir = how & HOW_IN ? LPB_IN : LPB_OUT;
	struct lpb_conn_key key = {.conn = conn, .tgid = tgid};
	struct lpb_conn_state *st = find_conn(&key);
	__u32 left;
	int login;

	if (st && st->http2)
		return true;
	if (fault && st && st->live && !st->mute && !(how & HOW_UNSEEN) &&
	    take_known(st, &key, how, buf, len))
		return false;
	/* One or two bytes of a body may be those of a method as well: only where one is due. */
	if (dir == LPB_OUT && len && !(how & HOW_UNSEEN) &&
	    (len > 2 || !st || !st->live || st->budget[LPB_IN] < LPB_BUDGET_IN)) {
		__u32 word = first_word_of(buf, len, fault);
		__u32 budget = budget_at(word, 0, buf, len, fault);

		if (budget)
			st = begin_message(&key, st, budget);
		if (budget && st)
			st->covered = how & HOW_COVERED;
		if (st && !st->off[LPB_OUT] && !st->off[LPB_IN] && word == WORD_PRI) {
			to_table(tgid, conn);
			st = bpf_map_lookup_elem(&conns, &key);
			if (!st)
				return false;
			st->http2 = 1;
			st->out.left = st->out.keep = H2_PREFACE;
			return true;
		}
	}
	if (!st && dir == LPB_OUT && !(how & (HOW_PLAIN | HOW_UNSEEN)) &&
	    (login = is_login(buf, len)) > 0)
		send_login(tgid, conn, how, buf, (__u32)login);
	if (!st || !st->live)
		return false;
	/* Not `dir` as an index: the verifier of older kernels loses track of its bounds. */
	left = dir == LPB_OUT ? st->budget[LPB_OUT] : st->budget[LPB_IN];
	if (st->mute || (how & HOW_UNSEEN))
		left = 0;
	if (left > len)
		left = (__u32)len;
	if (dir == LPB_OUT)
		st->budget[LPB_OUT] -= left;
	else
		st->budget[LPB_IN] -= left;
	len -= left;
	/* In place, but for sockets' programs, whose stack has no room for a note here, too. */
	if (fault && left && left <= LPB_CLASS_MAX)
		send_next(st, &key, how, buf, left, fault);
	else
		len += send_range(tgid, conn, how, buf, left, fault);
	advance(st, how, len);
	return false;
}

/* The same from within a function of the program, where the kernel may sleep … */
__noinline int moved_sleeping(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	return take(tgid, conn, how, buf, len, true);
}

/* … and from within the kernel, which has just touched those bytes itself. */
__noinline int moved_now(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	return take(tgid, conn, how, buf, len, false);
}

static __always_inline void moved_in_kernel(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	if (moved_now(tgid, conn, how, buf, len))
		h2_moved_now(tgid, conn, how, buf, len);
}

static __always_inline void moved(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	if (!config.sleepable)
		moved_in_kernel(tgid, conn, how, buf, len);
	else if (moved_sleeping(tgid, conn, how, buf, len))
		h2_moved_sleeping(tgid, conn, how, buf, len);
}

static __always_inline void closed(__u32 tgid, __u64 conn)
{
	struct lpb_conn_key key = {.conn = conn, .tgid = tgid};
	struct lpb_conn_state *st = conn_at(&key);
	struct note n = {
		.rec = {.kind = LPB_REC_CLOSE, .tgid = tgid, .conn = conn},
	};
	struct lpb_slot *slot;

	if (!st)
		return;
	n.rec.flags = st->loose ? LPB_RECF_LOOSE : 0;
	/* What of HTTP/2 was left out whole is no loss. */
	n.rec.off[LPB_OUT] = led_to(st, &st->out, st->off[LPB_OUT]);
	n.rec.off[LPB_IN] = led_to(st, &st->in, st->off[LPB_IN]);
	if (st->live && !st->mute && st->epoch == epoch())
		send_note(&n, false);
	slot = slot_of(&key);
	if (is_in(slot, &key))
		slot->key.conn = 0;
	bpf_map_delete_elem(&conns, &key);
}

#endif
