/* SPDX-License-Identifier: MIT */
#ifndef LPB_MARK_BPF_H
#define LPB_MARK_BPF_H

/*
 * What a TCP socket is known to carry, so that most of what goes through it needs no further look;
 * where config.marks says so. A socket without a mark has sent nothing yet.
 */
#include "conn.bpf.h"

struct sock;

enum mark {
	MARK_NONE,
	MARK_HELLO, /* a handshake of TLS, and no data yet */
	MARK_TLS,
	MARK_PLAIN, /* or anything else: perhaps requests, so what is received is looked at, too */
};

/*
 * Besides, where only a part of the ClientHello's record was sent: how many bytes of its head, of
 * which the fourth is kept; or, behind those, how many bytes are still to come.
 */
#define MARK_WHAT(mark)	      ((mark)&0xff)
#define MARK_HAVE(mark)	      ((mark) >> 8 & 0xff)
#define MARK_REST(mark)	      ((mark) >> 16)
#define MARK_PART(have, rest) (MARK_HELLO | (have) << 8 | (__u32)(rest) << 16)

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} marks SEC(".maps");

/* Before 6.3 only that: the mark of a ClientHello of which a part was sent. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LPB_HALVES_MAX);
	__type(key, struct lpb_conn_key);
	__type(value, __u32);
} halves SEC(".maps");

/*
 * Sockets that are marked MARK_TLS, each at its own place, which it may have to give up to another:
 * one word of memory, where the mark itself is several away from the socket. It is taken out when a
 * connection begins or ends, as the kernel uses the addresses again.
 */
#define TLS_SOCKETS_BITS 12

__u64 tls_sockets[1 << TLS_SOCKETS_BITS];

static __always_inline __u64 *tls_socket(__u64 number)
{
	return &tls_sockets[number * LPB_SPREAD >> (64 - TLS_SOCKETS_BITS)];
}

static __always_inline void forget_tls(__u64 number)
{
	__u64 *known = tls_socket(number);

	if (*known == number)
		*known = 0;
}

#define TLS_HANDSHAKE	 22
#define TLS_DATA	 23
#define TLS_CLIENT_HELLO 1
#define TLS_HEAD	 5
#define TLS_RECORD_MAX	 16384 /* of what is not encrypted */
#define TLS_GREETING	 128   /* requests are larger, and what a client encrypts before is not */

/* The head of a record and the byte behind it, the first one lowest. */
#define FIRST_MAX    (TLS_HEAD + 1)
#define FIRST_PIECES 16

#define PART_LEN(part)	 (__u32)((part) >> 56)
#define PART_BYTES(part) ((part) << 8 >> 8)

/* Up to FIRST_MAX bytes at `buf`, with their number in the highest byte; 0: there are none. */
__noinline __u64 part_of(__u64 buf, __u64 len)
{
	__u64 part = 0;

	if (len > FIRST_MAX)
		len = FIRST_MAX;
	asm volatile("" : "+r"(len));
	if (!len || len > FIRST_MAX || bpf_probe_read_user(&part, len, (void *)buf))
		return 0;
	return part | len << 56;
}

/* The same of the first `n` bytes of a vector. */
__noinline __u64 part_of_vector(__u64 iov, __u64 n)
{
	__u64 all = 0, part;
	__u32 have = 0;

	for (__u32 i = 0; i < FIRST_PIECES && have < FIRST_MAX && n; i++) {
		struct iovec v = {0};

		if (bpf_probe_read_user(&v, sizeof(v), (void *)(iov + i * sizeof(v))))
			break;
		part = part_of(v.base, v.len < n ? v.len : n);
		all |= PART_BYTES(part) << (have * 8 & 63);
		have += PART_LEN(part);
		n -= v.len < n ? v.len : n;
	}
	return PART_BYTES(all);
}

/* By what it sends now, `n` bytes that start with `first`. */
static __always_inline __u32 next_mark(__u32 mark, __u64 first, __u64 n, bool spoken)
{
	__u32 what = MARK_WHAT(mark), have = MARK_HAVE(mark), rest = MARK_REST(mark), type, len;
	bool tls;

	if (rest && !have)
		return n <= rest ? MARK_PART(0, rest - n) : MARK_TLS;
	if (have) { /* as if it were sent once more with what was sent before */
		first = (first << (have * 8 & 63)) | TLS_HANDSHAKE;
		if (have > 1)
			first |= 3 << 8;
		if (have == TLS_HEAD - 1)
			first |= (__u64)rest << 24;
		n += have;
		what = MARK_NONE;
	}
	type = first & 0xff;
	len = (first >> 24 & 0xff) << 8 | (first >> 32 & 0xff);
	tls = type >= 20 && type <= TLS_DATA && (n < 2 || (first >> 8 & 0xff) == 3) &&
	      (first >> 16 & 0xff) <= 4;
	if (what == MARK_HELLO)
		return tls && n >= TLS_HEAD && (type != TLS_DATA || n < TLS_GREETING) ? MARK_HELLO
										      : MARK_TLS;
	/* Nothing goes back to plain HTTP. */
	if (!tls || spoken)
		return MARK_PLAIN;
	/* One whole record. After a CONNECT, too. */
	if (n == TLS_HEAD + (__u64)len)
		return type == TLS_HANDSHAKE ? MARK_HELLO : MARK_TLS;
	if (type != TLS_HANDSHAKE)
		return MARK_PLAIN;
	if (n < TLS_HEAD)
		return what == MARK_NONE ? MARK_PART(n, n == TLS_HEAD - 1 ? len >> 8 : 0)
					 : MARK_PLAIN;
	if (n > TLS_HEAD + (__u64)len || len > TLS_RECORD_MAX ||
	    (n > TLS_HEAD && (first >> 40 & 0xff) != TLS_CLIENT_HELLO))
		return MARK_PLAIN;
	return MARK_PART(0, TLS_HEAD + len - n);
}

/* What that says about the bytes: HOW_* of a handshake. */
static __always_inline __u32 greets(__u32 before, __u32 now, __u64 first, __u64 n, bool spoken)
{
	__u32 more = MARK_WHAT(now) == MARK_HELLO ? HOW_MORE : 0;

	if (MARK_WHAT(before) == MARK_HELLO)
		return MARK_WHAT(now) == MARK_PLAIN ? 0 : HOW_GREETS | more;
	/* One with data behind it, too. */
	return more || (!spoken && n > TLS_HEAD && (first & 0xffff) == (TLS_HANDSHAKE | 3 << 8))
		       ? HOW_GREETS | HOW_STARTS | more
		       : 0;
}

#define JUDGE_SPOKEN   1u /* a request went over the connection before */
#define JUDGE_VECTOR   2u /* `at` is that of a vector */
#define JUDGED_MARK(j) (__u32)(j)
#define JUDGED_HOW(j)  (__u32)((j) >> 32)

/*
 * A socket's next mark, and HOW_* in the upper half. (A global function: what is found here must
 * not be one more case in all that follows.)
 */
__noinline __u64 judge(__u32 mark, __u32 flags, __u64 at, __u64 n)
{
	__u64 first = PART_BYTES(flags & JUDGE_VECTOR ? part_of_vector(at, n) : part_of(at, n));
	__u32 now = next_mark(mark, first, n, flags & JUDGE_SPOKEN);

	return now | (__u64)greets(mark, now, first, n, flags & JUDGE_SPOKEN) << 32;
}

/* Until a socket is marked so, what any of them receives is of no interest. */
bool any_plain;

static __always_inline void set_mark(struct sock *sk, __u32 what)
{
	__u32 *mark = bpf_sk_storage_get(&marks, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (what == MARK_PLAIN)
		any_plain = true;
	if (mark)
		*mark = what;
	else if (what == MARK_PLAIN)
		count(LPB_COUNT_FAULT); /* the answer will not be looked at */
}

#endif
