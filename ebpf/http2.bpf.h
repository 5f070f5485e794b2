/* SPDX-License-Identifier: MIT */
#ifndef LPB_HTTP2_BPF_H
#define LPB_HTTP2_BPF_H

/*
 * HTTP/2 in the kernel: only as much as is needed to tell heads, which are copied, from bodies, of
 * which a part is. A body's frames are left out whole once its stream's budget is spent, and the
 * record that comes next says that it starts a frame. Not included by itself: moved.bpf.h.
 */

#define H2_FRAME_HEAD 9
#define H2_PREFACE    24
#define H2_DATA	      0
#define H2_HEADERS    1
/* Frames that tell the reader nothing: PRIORITY, PING, WINDOW_UPDATE. */
#define H2_IS_CHATTER(type) ((type) == 2 || (type) == 6 || (type) == 8)
#define H2_END_STREAM	    0x01
#define H2_PADDED	    0x08
#define H2_PAD_MAX	    255
/*
 * Of one write or read so many pieces are looked at, two a frame: turns times steps, as the
 * verifier follows each loop to its end, but those of another function only once.
 */
#define H2_STEPS_MAX 8
#define H2_TURNS_MAX 64

struct h2_stream {
	__u64 conn;
	__u32 tgid;
	__u32 id; /* with H2_STREAM_IN for what the server sends */
};
#define H2_STREAM_IN 0x80000000u

/* What may still be copied of a stream's body. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LPB_CONNS_MAX);
	__type(key, struct h2_stream);
	__type(value, __u32);
} streams SEC(".maps");

/* The stream's budget is refilled. */
static __always_inline __u32 h2_refill(const struct h2_stream *key)
{
	__u32 budget = key->id & H2_STREAM_IN ? LPB_BUDGET_IN : LPB_BUDGET_POST;

	bpf_map_update_elem(&streams, key, &budget, BPF_ANY);
	return budget;
}

/*
 * A frame's head is whole: what is to be copied of the frame. True when all of it is left out,
 * unless its head is copied already (`shown`).
 */
static __always_inline bool h2_frame(struct lpb_frames *f, struct h2_stream *key, bool shown)
{
	const __u8 *h = f->head;
	__u32 len = (__u32)h[0] << 16 | (__u32)h[1] << 8 | h[2], budget, *left;

	key->id |= be32(h + 5) & ~H2_STREAM_IN;
	f->have = 0;
	f->left = f->keep = len;
	f->tail = 0;
	if (h[3] == H2_HEADERS)
		h2_refill(key);
	if (H2_IS_CHATTER(h[3]) && !shown) {
		f->keep = 0;
		return true;
	}
	if (h[3] != H2_DATA || !len)
		return false;
	left = bpf_map_lookup_elem(&streams, key);
	budget = left ? *left : h2_refill(key);
	if (!budget && !shown && !(h[4] & H2_END_STREAM)) {
		f->keep = 0;
		return true;
	}
	/* The last byte of a budget is never spent, so that the frame in which it ends is seen cut.
	 */
	if (budget > len) {
		budget -= len;
	} else {
		f->keep = budget ? budget - 1 : 0;
		budget = 0;
	}
	/* How long the padding is stands before the body, and it itself behind. */
	if (h[4] & H2_PADDED) {
		f->keep += !f->keep;
		f->tail = H2_PAD_MAX;
	}
	bpf_map_update_elem(&streams, key, &budget, BPF_ANY);
	return false;
}

/* A piece of what is moved: its length and these. */
#define H2_KEEP	     1 /* it is to be copied */
#define H2_FRAME     2 /* and starts a frame */
#define H2_SHIFT     2
#define H2_PIECE_MAX (1u << 24)

static __always_inline int h2_piece(__u64 n, __u32 what)
{
	return (int)(n << H2_SHIFT | what);
}

/* Looks at what comes next of `len` bytes at `buf`. A piece; 0: this is not HTTP/2. */
static __always_inline int h2_step(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len,
				   bool fault)
{
	struct lpb_conn_key key = {.conn = conn, .tgid = tgid};
	struct lpb_conn_state *st = bpf_map_lookup_elem(&conns, &key);
	struct h2_stream stream = {
		.conn = conn, .tgid = tgid, .id = how & HOW_IN ? H2_STREAM_IN : 0};
	__u32 n = len < H2_PIECE_MAX ? (__u32)len : H2_PIECE_MAX, have;
	__u8 bytes[H2_FRAME_HEAD];
	struct lpb_frames *f;
	__u64 size;

	if (!st)
		return 0;
	f = how & HOW_IN ? &st->in : &st->out;
	if (f->left) {
		bool keep = f->keep || f->left <= f->tail;
		__u32 room = f->keep ? f->keep : keep ? f->left : f->left - f->tail;

		if (n > room)
			n = room;
		if (f->keep)
			f->keep -= n;
		f->left -= n;
		return h2_piece(n, keep ? H2_KEEP : 0);
	}
	if (how & HOW_UNSEEN)
		return 0;
	have = f->have;
	if (n > H2_FRAME_HEAD - have)
		n = H2_FRAME_HEAD - have;
	size = n;
	asm volatile("" : "+r"(size));
	if (size > H2_FRAME_HEAD || read_user(bytes, size, buf, fault))
		return 0;
	for (__u32 i = 0; i < H2_FRAME_HEAD; i++) {
		if (i < n)
			f->head[(have + i) & 15] = bytes[i];
	}
	f->have = have + n;
	if (f->have == H2_FRAME_HEAD && h2_frame(f, &stream, have > 0))
		return h2_piece(n, 0);
	/* A head in two pieces is copied, as the first does not tell what it will be. */
	return h2_piece(n, H2_KEEP | (have ? 0 : H2_FRAME));
}

/* As moved_sleeping() and moved_now(): global functions, so that each is verified once. */
__noinline int h2_step_sleeping(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	return h2_step(tgid, conn, how, buf, len, true);
}

__noinline int h2_step_now(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	return h2_step(tgid, conn, how, buf, len, false);
}

/* Copies what is to be kept. */
static __always_inline void h2_send(struct lpb_conn_state *st, __u32 tgid, __u64 conn, __u32 how,
				    __u64 buf, __u64 len, bool fault)
{
	__u64 left = send_range(tgid, conn, how, buf, len, fault);

	if (!left)
		return;
	advance(st, how, left);
	if (how & HOW_IN)
		st->in.broken = 1;
	else
		st->out.broken = 1;
}

/* Zero, which the verifier takes for any number: it follows a loop once for each that it knows. */
static __always_inline __u64 none_of(__u64 n)
{
	asm volatile("%0 -= %0" : "+r"(n));
	return n;
}

/*
 * Looks at as many of `len` bytes as it can, and copies what is to be kept: each run of such pieces
 * at once. How many are left; all: nothing of it could be looked at. (Few variables, as stacks are
 * small.)
 */
static __always_inline int h2_some(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len,
				   bool fault)
{
	struct lpb_conn_key key = {.conn = conn, .tgid = tgid};
	struct lpb_conn_state *st = bpf_map_lookup_elem(&conns, &key);
	__u64 run = none_of(len); /* bytes at `buf` that are yet to be copied */

	if (!st)
		return (int)len;
	for (__u32 i = 0; i < H2_STEPS_MAX && run < len; i++) {
		int r = fault ? h2_step_sleeping(tgid, conn, how, buf + run, len - run)
			      : h2_step_now(tgid, conn, how, buf + run, len - run);
		__u64 n = (__u32)r >> H2_SHIFT;

		if (!n)
			break;
		if (!run)
			how = (how & ~HOW_FRAME) | (r & H2_FRAME) * (HOW_FRAME / H2_FRAME);
		if (r & H2_KEEP) {
			run += n;
			continue;
		}
		if (run)
			h2_send(st, tgid, conn, how, buf, run, fault);
		advance(st, how, n);
		buf += run + n;
		len -= run + n;
		run = none_of(len);
	}
	if (run)
		h2_send(st, tgid, conn, how, buf, run, fault);
	return (int)(len - run);
}

__noinline int h2_some_sleeping(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	return h2_some(tgid, conn, how, buf, len, true);
}

__noinline int h2_some_now(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	return h2_some(tgid, conn, how, buf, len, false);
}

/* `len` bytes of a connection that speaks HTTP/2 were moved. */
static __always_inline int h2_take(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len,
				   bool fault)
{
	struct lpb_conn_key key = {.conn = conn, .tgid = tgid};
	struct lpb_conn_state *st = bpf_map_lookup_elem(&conns, &key);
	struct lpb_frames *f;

	if (!st)
		return 0;
	f = how & HOW_IN ? &st->in : &st->out;
	for (__u32 i = 0; i < H2_TURNS_MAX && len && !f->lost; i++) {
		int r = fault ? h2_some_sleeping(tgid, conn, how, buf, len)
			      : h2_some_now(tgid, conn, how, buf, len);
		__u32 left = (__u32)r;

		if (left >= len)
			break;
		buf += len - left;
		len = left;
	}
	/* Where the next frame starts is unknown then: the offsets at the end say that it was lost.
	 */
	if (len) {
		f->lost = 1;
		advance(st, how, len);
	}
	return 0;
}

__noinline int h2_moved_sleeping(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	return h2_take(tgid, conn, how, buf, len, true);
}

__noinline int h2_moved_now(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	return h2_take(tgid, conn, how, buf, len, false);
}

#endif
