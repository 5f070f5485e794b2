/* SPDX-License-Identifier: MIT */
#ifndef LPB_RING_BPF_H
#define LPB_RING_BPF_H

/*
 * How a record gets into the ring.
 */
#include "request.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LPB_RING_BYTES);
} ring SEC(".maps");

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

#endif
