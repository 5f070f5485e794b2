/* SPDX-License-Identifier: MIT */
#ifndef LP_RING_H
#define LP_RING_H

/*
 * Transport from one traced process to the collector: a ring in shared memory, many writers (the
 * process's threads), one reader. No descriptor stays open in the traced process (hosts close every
 * descriptor and reuse its number), no system call is made per record, and what was committed
 * before a SIGKILL is still there for the reader.
 *
 * Making contact. The process creates a memfd of LP_RING_HDR + LP_RING_SIZE bytes, seals its size
 * (F_SEAL_SHRINK | F_SEAL_GROW, so that neither side can fault the other), maps it, and passes it
 * with a struct lp_hello in one SOCK_SEQPACKET message to the collector's socket; then it closes
 * both descriptors. The kernel tells the collector pid and uid of the peer (SO_PEERCRED).
 * A process that only starts sends the hello without a descriptor, so that it is counted.
 *
 * Where the socket is: $LEASTPRIV_SOCKET, else "collector.sock" beside the shim's own file. A
 * program in a sandbox (bwrap, chroot, a mount namespace) may not see that file: leastpriv-run also
 * listens at its path in Linux's abstract namespace, which goes with the network. As anybody may
 * take such a name, the shim speaks there only with its own user or root.
 *
 * Positions are 64-bit byte counts that only grow; position p lies at data + p % LP_RING_SIZE.
 * The data area is mapped twice in a row on both sides, so a record never wraps in memory.
 *
 * Writing. Reserve: if head + need - lp_ring_block(tail) > LP_RING_SIZE wait (futex on tail_seq,
 * LP_RING_WAIT_MS in all), else count a drop; compare-and-swap head to head + need. Fill the
 * record. Store commit = LP_RING_COMMIT ^ position with release order. Reading. At tail: load
 * commit with acquire order; when it equals LP_RING_COMMIT ^ tail the record is whole: copy it out,
 * validate every length against the copy, advance tail, bump tail_seq, wake waiters. When it does
 * not and the process is gone (or stuck for LP_RING_STUCK_MS), step on by LP_RING_ALIGN until a
 * position whose commit matches, or head: the bytes passed over are a counted loss. The reader
 * trusts nothing in the ring. Blocks that it has read it gives back to the kernel before it says so
 * in tail: the memory is the program's, which should not pay for a whole ring because it once
 * needed one. When it has read all, it may move head, and then tail, on to where the ring begins
 * again: so a program that is read in time writes to the same few pages for ever.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lp_limits.h"

#define LP_SOCKET_VARIABLE "LEASTPRIV_SOCKET"

#define LP_RING_MAGIC	0x31676e69727063ull /* "lpring1" without the first letters' case */
#define LP_RING_VERSION 5
#define LP_RING_HDR	4096
/* The file, and where it is mapped: its records twice in a row, so that none is torn. */
#define LP_RING_FILE	 ((size_t)LP_RING_HDR + LP_RING_SIZE)
#define LP_RING_SPACE	 (LP_RING_FILE + LP_RING_SIZE)
#define LP_RING_ALIGN	 32
#define LP_RING_BLOCK	 ((uint64_t)64 * 1024)
#define LP_RING_COMMIT	 0xa7c15ea57b91e3d5ull
#define LP_RING_STUCK_MS 2000

enum lp_drop_reason {
	LP_DROP_FULL,	  /* the collector did not make room in time */
	LP_DROP_TOO_LONG, /* a record over LP_RING_RECORD_MAX */
	LP_DROP_NO_RING,  /* no contact with the collector when it was captured */
	LP_DROP_REASONS,
};

struct lp_ring_hdr {
	uint64_t magic;
	uint32_t version;
	uint32_t size; /* LP_RING_SIZE */
	int32_t pid;   /* as the process sees itself; the peer credentials rank above */
	/*
	 * The file was locked by flock() before it was passed on. The lock goes with the last
	 * mapping of it: who opens the file anew and can lock it knows that its writers are gone,
	 * though it cannot see their pids.
	 */
	uint32_t locked;
	char exe[256]; /* path of the program, NUL-terminated, cut when longer */
	_Alignas(64) _Atomic uint64_t head; /* next position to reserve */
	_Alignas(64) _Atomic uint64_t tail; /* next position to read; reader */
	_Atomic uint32_t tail_seq;	    /* futex word, bumped with tail */
	_Atomic uint32_t waiters;	    /* writers that sleep on tail_seq */
	_Atomic uint32_t kick; /* 1 once a writer asked for attention, reset by the reader */
	_Alignas(64) _Atomic uint64_t drops[LP_DROP_REASONS]; /* records */
};

/* What one record starts with; the payload follows, then padding to LP_RING_ALIGN. */
struct lp_ring_rec {
	_Atomic uint64_t commit;
	uint64_t conn;
	uint64_t time_ns;
	uint32_t len; /* bytes of payload */
	uint32_t seq;
	uint16_t type; /* enum lp_event_type */
	uint16_t flags;
	uint32_t reserved;
};

enum lp_hello_kind {
	LP_HELLO_START = 1, /* the shim was loaded into a fresh program; no descriptor */
	/*
	 * A ring comes with this message. A sender of another user than the collector's waits until
	 * the collector closes the connection, LP_RING_WAIT_MS at most: whose child it is can be
	 * told only while it lives.
	 */
	LP_HELLO_RING,
	LP_HELLO_KICK, /* much waits in my ring, or I end without one: read now; no descriptor */
	/*
	 * I am about to start a program, or loaded a library, that I cannot see into; no
	 * descriptor. The sender waits until the collector closes the connection, LP_HELLO_WAIT_MS
	 * at most, so that the collector can make ready another way of seeing it. When it has one,
	 * it sends a byte first.
	 */
	LP_HELLO_BLIND,
	/*
	 * I may not make so large a file (RLIMIT_FSIZE), but map one; no descriptor. The collector
	 * makes a ring's file and sends it with a byte.
	 */
	LP_HELLO_FILE,
	LP_HELLO_KINDS,
};

struct lp_hello {
	uint64_t magic; /* LP_RING_MAGIC */
	uint32_t version;
	uint32_t kind;	/* enum lp_hello_kind */
	uint64_t drops; /* records lost so far for want of a ring */
	union {
		/* LP_HELLO_BLIND: the thread that starts it (0: the process's first) and why it
		 * cannot be seen into (enum lp_elf_verdict). */
		struct {
			int32_t tid;
			uint32_t verdict;
		};
		/* Others: when it was said, CLOCK_MONOTONIC; 0: nobody knows. */
		uint64_t time_ns;
	};
	char exe[256]; /* the program; LP_HELLO_BLIND of a library: its name, without folders */
};

/* Where the block begins that the position is in. */
static inline uint64_t lp_ring_block(uint64_t pos)
{
	return pos - pos % LP_RING_BLOCK;
}

/* The abstract twin of a socket's path, and its length; 0 when it is too long for one. */
static inline socklen_t lp_nameless(struct sockaddr_un *un, const char *path)
{
	size_t len = strlen(path);

	if (len >= sizeof(un->sun_path))
		return 0;
	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(un->sun_path + 1, path, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);
}

_Static_assert(sizeof(struct lp_ring_hdr) <= LP_RING_HDR, "ring header must fit its page");
_Static_assert(sizeof(struct lp_ring_rec) % 8 == 0, "records stay aligned");
_Static_assert((LP_RING_SIZE & (LP_RING_SIZE - 1)) == 0, "ring size is a power of two");
_Static_assert(LP_RING_RECORD_MAX + LP_RING_BLOCK <= LP_RING_SIZE, "an empty ring has room");
_Static_assert(LP_RING_RECORD_MAX > LP_HEAD_MAX, "a whole head fits one record");

#endif
