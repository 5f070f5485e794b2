/* SPDX-License-Identifier: MIT */
#ifndef LPB_MOVED_BPF_H
#define LPB_MOVED_BPF_H

/*
 * What becomes of bytes that went over a connection.
 */
#include "conn.bpf.h"

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
