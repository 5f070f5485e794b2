/* SPDX-License-Identifier: MIT */
#ifndef LPB_REQUEST_BPF_H
#define LPB_REQUEST_BPF_H

/*
 * Bytes in the program's memory: reading them, and whether they are the start of a request.
 */
#include "common.bpf.h"

struct iovec {
	__u64 base, len;
};

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

#endif
