/* SPDX-License-Identifier: MIT */
/*
 * The probe's part in the kernel: follows a tree of processes, and copies what they write to and
 * read from TLS into a ring. Which functions are probed is decided in user space (attach.c); here
 * is one program for each way of calling. All of them run for every process that uses the probed
 * file, so the first thing each does is to look the process up.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "probe_abi.h"

/* MIT is compatible with the GPL; the kernel asks for this word before it lends bpf_send_signal. */
char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define SIGSTOP 19
#define PAGE	4096

const volatile struct lpb_kernel_config config SEC(LPB_CONFIG_SECTION) = {0};

/* The few members of kernel types that are read; their offsets are looked up when loading. */
struct atomic {
	int counter;
} __attribute__((preserve_access_index));

struct pid;
struct tty_struct;

struct signal_struct {
	struct atomic live;
	struct pid *pids[4]; /* by enum pid_type: process group is 2, session 3 */
	struct tty_struct *tty;
} __attribute__((preserve_access_index));

struct task_struct {
	int tgid;
	struct task_struct *real_parent;
	struct signal_struct *signal;
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

/* Processes that were told to stop and have not been told to go on. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_PROCS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} stopped SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LPB_CONNS_MAX);
	__type(key, struct lpb_conn_key);
	__type(value, struct lpb_conn_state);
} conns SEC(".maps");

/* How a function tells how many bytes it moved. */
enum result {
	RESULT_COUNT, /* it returns the count */
	RESULT_DONE,  /* it returns 1 and stores the count where its 4th argument points */
	RESULT_IOV,   /* it returns the count; the bytes are in a vector */
};

/* A call between its entry and its return. */
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
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_CALLS_MAX);
	__type(key, struct call_key);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		(*n)++;
}

static __always_inline __u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* True when the process is followed and not, where that is `covered`, by its shim. */
static __always_inline bool in_scope(__u32 tgid, bool covered)
{
	__u32 *flags = bpf_map_lookup_elem(&procs, &tgid);

	if (!flags)
		return config.everyone;
	return !(covered && (*flags & LPB_PROC_SHIM));
}

/* As much of a request's first line as is looked at: "POST /BUCKET?delete" fits. */
#define HEAD_LOOK 96

static __always_inline bool asks_delete(const char *head)
{
	for (int i = 0; i + 8 <= HEAD_LOOK; i++) {
		__u64 word;

		__builtin_memcpy(&word, head + i, sizeof(word));
		if ((word & 0x00ffffffffffffff) == 0x006574656c65643f) /* "?delete" */
			return true;
	}
	return false;
}

/*
 * How much may be copied of a message that starts like this; 0: it does not start like a request. A
 * request is where a connection's story begins and a message's budget is refilled.
 */
static __always_inline __u32 budget_of(const char *head)
{
	__u32 word;

	__builtin_memcpy(&word, head, sizeof(word)); /* first byte lowest */
	switch (word) {
	case 0x20545550: /* "PUT " */
		return LPB_BUDGET_PUT;
	case 0x54534f50: /* "POST" */
		return asks_delete(head) ? LPB_BUDGET_KEYS : LPB_BUDGET_POST;
	case 0x20544547: /* "GET " */
	case 0x44414548: /* "HEAD" */
	case 0x454c4544: /* "DELE" */
	case 0x43544150: /* "PATC" */
	case 0x4954504f: /* "OPTI" */
	case 0x20495250: /* "PRI ": HTTP/2, which is reported as such */
		return LPB_BUDGET_POST;
	default:
		return 0;
	}
}

/*
 * Makes `len` bytes at `buf` resident, where that is allowed. Done before room is reserved in the
 * ring: a fault may take as long as the program's memory pleases, and a reservation held meanwhile
 * would hold up every reader of the ring. (A global function, as moved() is: the verifier looks at
 * those once, not once per caller and loop.)
 */
__noinline int make_resident(__u64 buf, __u32 len)
{
	char byte;

	if (!config.sleepable)
		return 0;
	for (__u32 at = 0; at < LPB_CLASS_XL + PAGE; at += PAGE) {
		__u64 p = buf + (at < len ? at : len - 1);

		if (bpf_probe_read_user(&byte, 1, (void *)p))
			bpf_copy_from_user(&byte, 1, (void *)p);
		if (at >= len)
			break;
	}
	return 0;
}

struct note {
	struct lpb_rec rec;
	__u64 buf;
};

/*
 * The reader comes by itself every now and then; waking it for each record would cost the program
 * more than all the rest. It is woken for a process that waits for it, and when the ring fills.
 */
static __always_inline __u64 wakeup(__u32 kind)
{
	if (kind == LPB_REC_EXEC || kind == LPB_REC_MAPS ||
	    bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > LPB_RING_WAKE)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

/* Fills a reserved record of `room` data bytes and sends it off. */
static __always_inline bool fill(struct lpb_rec *r, const struct note *n, __u32 room)
{
	__u64 len = n->rec.kept;

	if (!r) {
		count(LPB_COUNT_RING_FULL);
		return false;
	}
	__builtin_memcpy(r, &n->rec, sizeof(*r));
	/* The compiler knows that len fits and would leave the check out; the verifier does not. */
	asm volatile("" : "+r"(len));
	if (len > room || (len && bpf_probe_read_user(r + 1, len, (void *)n->buf))) {
		count(LPB_COUNT_FAULT);
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return false;
	}
	bpf_ringbuf_submit(r, wakeup(n->rec.kind));
	return true;
}

#define SEND_CLASS(n, room)                                                                        \
	fill(bpf_ringbuf_reserve(&ring, sizeof(struct lpb_rec) + (room), 0), n, room)

static __noinline int send_note(struct note *n)
{
	__u32 kept;

	if (!n)
		return 0;
	kept = n->rec.kept;
	if (kept == 0)
		return SEND_CLASS(n, 0);
	if (kept <= LPB_CLASS_S)
		return SEND_CLASS(n, LPB_CLASS_S);
	if (kept <= LPB_CLASS_M)
		return SEND_CLASS(n, LPB_CLASS_M);
	if (kept <= LPB_CLASS_L)
		return SEND_CLASS(n, LPB_CLASS_L);
	return SEND_CLASS(n, LPB_CLASS_XL);
}

/* A record without data. */
static __always_inline void send_event(__u32 kind, __u32 tgid, __u64 conn, __u16 flags)
{
	struct note n = {
		.rec = {.kind = kind,
			.tgid = tgid,
			.conn = conn,
			.flags = flags,
			.time_ns = bpf_ktime_get_ns()},
	};

	send_note(&n);
}

/* `len` bytes at `buf` went over a connection; `how` is of these. */
#define HOW_OUT	    0u
#define HOW_IN	    1u
#define HOW_COVERED 2u /* through a library that the shim can see too */

__noinline int moved(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	__u32 dir = how & HOW_IN ? LPB_IN : LPB_OUT;
	struct lpb_conn_key key = {.conn = conn, .tgid = tgid};
	struct lpb_conn_state *st = bpf_map_lookup_elem(&conns, &key);
	struct note n = {.buf = buf};
	__u64 look = len < HEAD_LOOK ? len : HEAD_LOOK;
	char head[HEAD_LOOK] = {0};
	__u32 budget = 0, left;

	if (dir == LPB_OUT && len >= 4) {
		make_resident(buf, (__u32)look);
		asm volatile("" : "+r"(look));
		if (look <= HEAD_LOOK && bpf_probe_read_user(head, look, (void *)buf) == 0)
			budget = budget_of(head);
		if (budget) {
			if (!st) {
				struct lpb_conn_state fresh = {.live = 1};

				bpf_map_update_elem(&conns, &key, &fresh, BPF_ANY);
				st = bpf_map_lookup_elem(&conns, &key);
			}
			if (st && !st->mute) {
				st->budget[LPB_OUT] = budget;
				st->budget[LPB_IN] = LPB_BUDGET_IN;
			}
		}
	}
	if (!st || !st->live)
		return 0;
	/* Not `dir` as an index: the verifier of older kernels loses track of its bounds. */
	left = dir == LPB_OUT ? st->budget[LPB_OUT] : st->budget[LPB_IN];
	if (st->mute)
		left = 0;
	if (left > len)
		left = (__u32)len;
	n.rec.kind = LPB_REC_DATA;
	n.rec.tgid = tgid;
	n.rec.conn = conn;
	n.rec.dir = dir;
	n.rec.flags = how & HOW_COVERED ? LPB_RECF_SHIM : 0;
	n.rec.time_ns = bpf_ktime_get_ns();
	n.rec.off[LPB_OUT] = st->off[LPB_OUT];
	n.rec.off[LPB_IN] = st->off[LPB_IN];
	if (dir == LPB_OUT)
		st->budget[LPB_OUT] -= left;
	else
		st->budget[LPB_IN] -= left;
	for (int i = 0; i < LPB_CHUNKS_MAX && left; i++) {
		n.rec.kept = left < LPB_CLASS_XL ? left : LPB_CLASS_XL;
		make_resident(n.buf, n.rec.kept);
		send_note(&n);
		n.buf += n.rec.kept;
		if (dir == LPB_OUT)
			n.rec.off[LPB_OUT] += n.rec.kept;
		else
			n.rec.off[LPB_IN] += n.rec.kept;
		left -= n.rec.kept;
	}
	/* Only now: the other direction's records must not speak of bytes that are still to come.
	 */
	if (dir == LPB_OUT)
		st->off[LPB_OUT] += len;
	else
		st->off[LPB_IN] += len;
	return 0;
}

static __always_inline void closed(__u32 tgid, __u64 conn)
{
	struct lpb_conn_key key = {.conn = conn, .tgid = tgid};
	struct lpb_conn_state *st = bpf_map_lookup_elem(&conns, &key);
	struct note n = {
		.rec = {.kind = LPB_REC_CLOSE,
			.tgid = tgid,
			.conn = conn,
			.time_ns = bpf_ktime_get_ns()},
	};

	if (!st)
		return;
	n.rec.off[LPB_OUT] = st->off[LPB_OUT];
	n.rec.off[LPB_IN] = st->off[LPB_IN];
	if (st->live && !st->mute)
		send_note(&n);
	bpf_map_delete_elem(&conns, &key);
}

/* --- C libraries: arguments at entry, outcome at return -------------------------------------- */

/* Deeper on the stack than this it is another call, not a function of the library calling another.
 */
#define NEST_MAX 16384

static __always_inline bool is_covered(struct pt_regs *ctx)
{
	return config.cookies && (bpf_get_attach_cookie(ctx) & LPB_COOKIE_SHIM);
}

static __always_inline int enter(struct pt_regs *ctx, __u32 how, __u32 result)
{
	__u64 id = bpf_get_current_pid_tgid(), sp = PT_REGS_SP(ctx);
	struct call_key key = {.who = (__u32)id, .tgid = id >> 32};
	struct call *outer, c = {
				    .conn = PT_REGS_PARM1(ctx),
				    .buf = PT_REGS_PARM2(ctx),
				    .len = PT_REGS_PARM3(ctx),
				    .done = PT_REGS_PARM4(ctx),
				    .sp = sp,
				    .how = how,
				    .result = result,
			    };

	if (is_covered(ctx))
		c.how |= HOW_COVERED;
	if (!in_scope(key.tgid, c.how & HOW_COVERED))
		return 0;
	/* SSL_write may be SSL_write_ex inside: the outer call counts, the inner is the same bytes.
	 */
	outer = bpf_map_lookup_elem(&calls, &key);
	if (outer && sp < outer->sp && outer->sp - sp < NEST_MAX && outer->conn == c.conn &&
	    outer->how == c.how)
		return 0;
	if (bpf_map_update_elem(&calls, &key, &c, BPF_ANY))
		count(LPB_COUNT_CALLS_FULL);
	return 0;
}

SEC("uprobe")
int tls_out_count(struct pt_regs *ctx)
{
	return enter(ctx, HOW_OUT, RESULT_COUNT);
}

SEC("uprobe")
int tls_out_done(struct pt_regs *ctx)
{
	return enter(ctx, HOW_OUT, RESULT_DONE);
}

SEC("uprobe")
int tls_out_iov(struct pt_regs *ctx)
{
	return enter(ctx, HOW_OUT, RESULT_IOV);
}

SEC("uprobe")
int tls_in_count(struct pt_regs *ctx)
{
	return enter(ctx, HOW_IN, RESULT_COUNT);
}

SEC("uprobe")
int tls_in_done(struct pt_regs *ctx)
{
	return enter(ctx, HOW_IN, RESULT_DONE);
}

/* The vector of s2n_sendv_with_offset(conn, iov, count, offset, blocked): `sent` bytes of it. */
#define IOV_MAX_WALK 16

static __always_inline void moved_iov(__u32 tgid, const struct call *c, __u64 sent)
{
	__u64 skip = c->done; /* the 4th argument is the offset */

	for (__u64 i = 0; i < IOV_MAX_WALK && i < c->len && sent; i++) {
		__u64 iov[2] = {0, 0}, n;

		make_resident(c->buf + i * sizeof(iov), sizeof(iov));
		if (bpf_probe_read_user(iov, sizeof(iov), (void *)(c->buf + i * sizeof(iov))))
			break;
		if (skip >= iov[1]) {
			skip -= iov[1];
			continue;
		}
		n = iov[1] - skip;
		if (n > sent)
			n = sent;
		moved(tgid, c->conn, c->how, iov[0] + skip, n);
		skip = 0;
		sent -= n;
	}
	/* What is left over went unseen; the offsets say so. */
	if (sent)
		moved(tgid, c->conn, c->how, 0, sent);
}

SEC("uprobe")
int tls_return(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), n = 0;
	struct call_key key = {.who = (__u32)id, .tgid = id >> 32};
	struct call *known = bpf_map_lookup_elem(&calls, &key), c;
	long rc = (int)PT_REGS_RC(ctx);

	/* The return address is gone from the stack: this is the return of the call noted. */
	if (!known || PT_REGS_SP(ctx) != known->sp + 8)
		return 0;
	c = *known;
	bpf_map_delete_elem(&calls, &key);
	if (c.result == RESULT_DONE) {
		if (rc != 1)
			return 0;
		make_resident(c.done, sizeof(n));
		if (bpf_probe_read_user(&n, sizeof(n), (void *)c.done))
			return 0;
	} else {
		/* int or ssize_t: no library moves 2 GiB at once, and a negative int is not huge.
		 */
		if (rc <= 0)
			return 0;
		n = rc;
	}
	if (c.result == RESULT_IOV)
		moved_iov(key.tgid, &c, n);
	else if (n <= c.len)
		moved(key.tgid, c.conn, c.how, c.buf, n);
	return 0;
}

SEC("uprobe")
int tls_free(struct pt_regs *ctx)
{
	__u32 tgid = current_tgid();

	if (in_scope(tgid, is_covered(ctx)))
		closed(tgid, PT_REGS_PARM1(ctx));
	return 0;
}

/* --- Go: register ABI; a goroutine, not a thread, makes a call ------------------------------- */
#if defined(__TARGET_ARCH_x86)
#define GO_RECEIVER(ctx) ((ctx)->rax)
#define GO_BUF(ctx)	 ((ctx)->rbx)
#define GO_LEN(ctx)	 ((ctx)->rcx)
#define GO_G(ctx)	 ((ctx)->r14)
#define GO_RESULT(ctx)	 ((ctx)->rax)
#else
#error "registers of the Go ABI are known for x86-64 only"
#endif

/* (*tls.Conn).Write past its stack check: what fails after this point ends the connection. */
SEC("uprobe")
int go_write(struct pt_regs *ctx)
{
	__u32 tgid = current_tgid();

	if (in_scope(tgid, false))
		moved(tgid, GO_RECEIVER(ctx), HOW_OUT, GO_BUF(ctx), GO_LEN(ctx));
	return 0;
}

SEC("uprobe")
int go_read(struct pt_regs *ctx)
{
	struct call_key key = {.who = GO_G(ctx), .tgid = current_tgid()};
	struct call c = {.conn = GO_RECEIVER(ctx), .buf = GO_BUF(ctx), .len = GO_LEN(ctx)};

	if (in_scope(key.tgid, false) && bpf_map_update_elem(&calls, &key, &c, BPF_ANY))
		count(LPB_COUNT_CALLS_FULL);
	return 0;
}

/* At each RET, never by a return probe: those move the return address, and Go walks its stacks. */
SEC("uprobe")
int go_read_return(struct pt_regs *ctx)
{
	struct call_key key = {.who = GO_G(ctx), .tgid = current_tgid()};
	struct call *known = bpf_map_lookup_elem(&calls, &key), c;
	long n = (long)GO_RESULT(ctx);

	if (!known)
		return 0;
	c = *known;
	bpf_map_delete_elem(&calls, &key);
	if (n > 0 && (__u64)n <= c.len)
		moved(key.tgid, c.conn, HOW_IN, c.buf, n);
	return 0;
}

SEC("uprobe")
int go_close(struct pt_regs *ctx)
{
	__u32 tgid = current_tgid();

	if (in_scope(tgid, false))
		closed(tgid, GO_RECEIVER(ctx));
	return 0;
}

/* --- processes ------------------------------------------------------------------------------- */

/*
 * True when the parent controls this process as a job of a terminal: it waits for stops, and would
 * believe that somebody stopped the job. Such shells put every job into a process group of its own.
 */
static __always_inline bool is_job(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct signal_struct *own = BPF_CORE_READ(task, signal);
	struct signal_struct *parent = BPF_CORE_READ(task, real_parent, signal);

	return BPF_CORE_READ(own, tty) &&
	       BPF_CORE_READ(own, pids[2]) != BPF_CORE_READ(parent, pids[2]) &&
	       BPF_CORE_READ(own, pids[3]) == BPF_CORE_READ(parent, pids[3]);
}

/* Tells the loader about a process, and stops it first where it must wait for the answer. */
static __always_inline void announce(__u32 kind, __u32 tgid)
{
	__u32 one = 1;
	__u16 flags = 0;

	if (config.gate && !is_job() && bpf_map_update_elem(&stopped, &tgid, &one, BPF_ANY) == 0) {
		/* Before the record: a continue that comes too early still takes the stop away. */
		if (bpf_send_signal(SIGSTOP) == 0)
			flags = LPB_RECF_STOPPED;
		else
			bpf_map_delete_elem(&stopped, &tgid);
	}
	send_event(kind, tgid, 0, flags);
}

#define R_DEBUG_STATE 24 /* struct r_debug of link.h: r_state */

/*
 * ld.so calls this (it is empty, for debuggers) before and after it changes the list of libraries.
 * The cookie leads from here to ld.so's struct r_debug, which tells the two apart.
 */
SEC("uprobe")
int ld_debug_state(struct pt_regs *ctx)
{
	__u32 tgid = current_tgid();
	__u64 cookie = config.cookies ? bpf_get_attach_cookie(ctx) : 0;
	int state = 0; /* RT_CONSISTENT */

	if (!in_scope(tgid, false))
		return 0;
	if (cookie)
		bpf_probe_read_user(&state, sizeof(state),
				    (void *)(PT_REGS_IP(ctx) + cookie + R_DEBUG_STATE));
	if (state == 0)
		announce(LPB_REC_MAPS, tgid);
	return 0;
}

SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx->args[0];
	struct task_struct *child = (struct task_struct *)ctx->args[1];
	__u32 from = BPF_CORE_READ(parent, tgid), to = BPF_CORE_READ(child, tgid), flags;
	__u32 *known;

	if (from == to)
		return 0; /* a thread */
	known = bpf_map_lookup_elem(&procs, &from);
	if (!known)
		return 0;
	flags = *known;
	bpf_map_update_elem(&procs, &to, &flags, BPF_ANY);
	return 0;
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 tgid = current_tgid(), none = 0;
	__u32 *known = bpf_map_lookup_elem(&procs, &tgid);

	if (!known && !config.everyone)
		return 0;
	if (known)
		bpf_map_update_elem(&procs, &tgid, &none, BPF_ANY);
	announce(LPB_REC_EXEC, tgid);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	__u32 tgid = current_tgid();
	bool known = bpf_map_lookup_elem(&procs, &tgid) != NULL;

	/* Of a process's threads the last one to end counts. */
	if ((!known && !config.everyone) || BPF_CORE_READ(task, signal, live.counter) > 0)
		return 0;
	bpf_map_delete_elem(&procs, &tgid);
	bpf_map_delete_elem(&stopped, &tgid);
	send_event(LPB_REC_EXIT, tgid, 0, 0);
	return 0;
}
