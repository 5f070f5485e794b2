/* SPDX-License-Identifier: MIT */
#ifndef LPB_PROBE_ABI_H
#define LPB_PROBE_ABI_H

/*
 * What the programs in the kernel (probe.bpf.c) and the loader (probe.c) agree on. Compiled by
 * both, so it uses the kernel's type names and nothing else.
 */

#include <linux/types.h>

enum lpb_rec_kind {
	LPB_REC_DATA = 1, /* bytes of a connection */
	LPB_REC_CLOSE,	  /* the program gave the connection back */
	LPB_REC_EXEC,	  /* a process of ours runs a new program; it waits when LPB_RECF_STOPPED */
	LPB_REC_MAPS,	  /* its dynamic loader finished loading something; waits likewise */
	LPB_REC_EXIT,	  /* a process of ours ended */
	LPB_REC_CSM,	  /* a monitoring datagram of an SDK */
	LPB_REC_HELLO,	  /* records of TLS as they leave on a socket, first those of a handshake */
	LPB_REC_LOGIN,	  /* what may log in, on a connection that spoke no HTTP so far */
};

enum lpb_dir {
	LPB_OUT, /* from the program */
	LPB_IN,
	LPB_DIRS,
};

#define LPB_ADDRESS 16 /* bytes: IPv6, or IPv4 mapped into it */

#define LPB_RECF_STOPPED 1u
#define LPB_RECF_SHIM                                                                              \
	2u /* DATA, CSM, LOGIN: the shim stands in front of what they come from as well */
#define LPB_RECF_PLAIN 4u /* DATA: from a socket, else from within TLS */
#define LPB_RECF_LOOSE                                                                             \
	16u /* off[LPB_OUT] may be too large: within a message's body nobody looked at             \
	       what became of calls */
#define LPB_RECF_MORE  32u /* HELLO: whole, and what follows is told, too, until it may be data */
#define LPB_RECF_START 64u /* HELLO: the first of its connection */
#define LPB_RECF_FRAME 8u  /* DATA: starts a frame of HTTP/2; what was left out before are such */

/*
 * One record of the ring; `kept` bytes follow. Offsets count the bytes of a direction since the
 * connection's first request was seen. Both directions' offsets are in every record, so that the
 * reader learns of bytes that were not copied before it looks at those that were.
 */
struct lpb_rec {
	__u32 kind; /* enum lpb_rec_kind */
	__u32 tgid;
	__u64 conn;    /* address of SSL, session, tls.Conn or the kernel's socket; EXEC, MAPS: how
			  often the process was told to stop */
	__u64 time_ns; /* CLOCK_MONOTONIC; 0: CLOSE, and DATA that came in */
	/* DATA: off[dir] is that of the first byte here. HELLO: whom the socket is connected to. */
	union {
		__u64 off[LPB_DIRS];
		__u8 peer[LPB_ADDRESS];
	};
	__u32 kept;
	union {
		__u16 dir;  /* enum lpb_dir */
		__u16 port; /* HELLO: likewise; network order */
	};
	__u16 flags; /* LPB_RECF_* */
};

/*
 * Records are reserved in the ring in these sizes: the verifier wants constants, and a 60-byte read
 * should not take 64 KiB. Data bytes without the header.
 */
#define LPB_CLASS_XS   192
#define LPB_CLASS_S    448
#define LPB_CLASS_M    960
#define LPB_CLASS_L    1984
#define LPB_CLASS_XL   4032
#define LPB_CLASS_2XL  16320
#define LPB_CLASS_MAX  65472
#define LPB_CHUNKS_MAX 3 /* records for one write; boto3 makes writes of 128 KiB and a little */

/*
 * Bytes of one message that are copied to user space, by what the message may be good for: a PUT is
 * mostly an object's body, a POST is mostly a form or JSON that names resources, and S3's POST
 * ?delete is nothing but names.
 */
#define LPB_BUDGET_POST (128 * 1024)
#define LPB_BUDGET_KEYS (2 * 1024 * 1024 + 64 * 1024)
#define LPB_BUDGET_PUT	(24 * 1024)
#define LPB_BUDGET_IN	(16 * 1024)
#define LPB_CSM_MAX	(8 * 1024)   /* of one datagram; SDKs send no larger ones */
#define LPB_HELLO_MAX	LPB_CLASS_XL /* of one piece; a ClientHello may hold keys of 1 KiB */
#define LPB_LOGIN_MAX	LPB_CLASS_XL /* a token takes 2 KiB at most */
#define LPB_HALVES_MAX	1024	     /* ClientHellos of which a part was sent, before 6.3 */

/*
 * Bytes of the ring. The reader cannot be relied on to run while many programs make a burst: the
 * ring holds 100,000 small requests or monitoring datagrams by itself, of datagrams that are sent
 * in pieces two thirds as many.
 */
#define LPB_RING_BYTES (32 * 1024 * 1024)
#define LPB_RING_WAKE  (1024 * 1024) /* filled so far, the reader is woken */
#define LPB_RING_ASK   (64 * 1024)   /* put into it, it is asked how full it is */

/*
 * Entries of the tables for one command's processes; for a whole host the loader makes them
 * LPB_HOST_TIMES larger.
 */
#define LPB_PROCS_MAX  8192
#define LPB_CALLS_MAX  4096
#define LPB_CONNS_MAX  8192
#define LPB_HOST_TIMES 8

/*
 * Set by the loader before loading, read-only after; the verifier removes what a zero guards. The
 * only variable of its section, so that the loader needs to know no offset.
 */
#define LPB_CONFIG_SECTION ".rodata.config"

struct lpb_kernel_config {
	__u8 sleepable;	     /* the uprobe programs may take page faults */
	__u8 cookies;	     /* probes have cookies (5.15; always with multi-uprobe links) */
	__u8 gate;	     /* stop a process at exec until it is probed */
	__u8 everyone;	     /* all processes are in scope, not only the map's */
	__u8 cgroups;	     /* so are those of the control groups in the map */
	__u8 session;	     /* a C function's entry says whether its return is to be seen (6.13) */
	__u8 typed;	     /* the kernel's own types may be read without a helper (5.11) */
	__u8 marks;	     /* sockets remember what they carry (5.11) */
	__u8 scoped;	     /* processes may have probes of their own (6.13) */
	__u8 slots;	     /* most connections are in a slot (6.6) */
	__u16 csm_ports[2];  /* of monitoring datagrams, in network order; 0: none */
	__u32 csm_taken_net; /* number of the network namespace where somebody takes them; 0: none
			      */
	__u32 pid_ns; /* number of the process-id namespace that the loader is in; 0: the host's */
};

/* Set while the programs run, by the loader alone; the only variable of its section, too. */
#define LPB_TOLD_SECTION ".data.told"

struct lpb_told {
	__u32 shims; /* a process has had LPB_PROC_SHIM */
};

#define LPB_HOST_PID_NS 0xEFFFFFFCu /* the kernel's number of the first one */

enum lpb_count {
	LPB_COUNT_RING_FULL,  /* records that found no room */
	LPB_COUNT_FAULT,      /* records whose bytes could not be read */
	LPB_COUNT_CALLS_FULL, /* calls, or processes, not followed: too many at once */
	LPB_COUNTS,
};

/* What is known of a process in scope. */
#define LPB_PROC_SHIM	1u /* the shim is inside, so that what it can see is its business */
#define LPB_PROC_CGROUP 2u /* in scope while it is in a control group that is */

/*
 * A process has probes of its own in some files (attach.h): where everybody's carry the number of
 * such a file in the upper half of their cookie, they leave it to those.
 */
enum lpb_own {
	LPB_OWN_ALONE = 1, /* a child of its would have none: it waits until it has */
	LPB_OWN_SHARED,	   /* everybody's are there too, so its children have these */
};
struct lpb_own_file {
	__u32 tgid;
	__u32 file;
};
/* In the cookie the file's number; or this one: the probe is of one process, and no other meets it.
 */
#define LPB_FILE_OWN 0xffffffffu
/* At each of their places the kernel goes through all; who comes later has everybody's. */
#define LPB_OWN_FILES_MAX 32

/* A control group in scope. With id 0: there is one in this hierarchy. */
struct lpb_cgroup {
	__u64 id;	 /* inode number of its folder */
	__u32 hierarchy; /* as in /proc/PID/cgroup; 0: version 2 */
	__u32 zero;
};
#define LPB_CGROUPS_MAX 256

/*
 * Before it lets a process go on, a gate sends itself the first signal with the process's number
 * and this value; each other gate that still holds the process sends it the second one. None of
 * them means anything to who is not waiting for it.
 */
#define LPB_SIG_ASK   16 /* SIGSTKFLT, which nothing else uses */
#define LPB_SIG_HELD  23 /* SIGURG: ignored where it is late */
#define LPB_MAY_GO_ON 0x6c70670000000000u
/* In `continued`: as many times as this says are over as soon as others have been asked. */
#define LPB_READY 0x80000000u

/* A program's name as the kernel keeps it. */
#define LPB_COMM 16
struct lpb_comm {
	char name[LPB_COMM];
};
#define LPB_PARENTS_MAX 32

/* The cookie of a probe in a TLS library: of these. */
#define LPB_COOKIE_SHIM	   1u /* the shim can see calls to it */
#define LPB_COOKIE_ARG4_R8 2u /* by then the function has moved its 4th argument to R8 */
#define LPB_COOKIE_GO_JUMP                                                                         \
	32u /* this is the jump to where the stack grows; then it starts over                      \
	     */
#define LPB_COOKIE_GO_OUTER	   128u		   /* the receiver begins with the connection */
#define LPB_COOKIE_GO_COPY	   64u		   /* Read copies here; in the bits above: ... */
#define LPB_COOKIE_FRAME(cookie)   ((cookie) >> 8) /* ... how far its return address is */
#define LPB_COOKIE_OF_FRAME(frame) ((__u64)(frame) << 8)
/* What kind of function it is, where one program is there for all of them. */
#define LPB_COOKIE_IN	4u  /* it reads */
#define LPB_COOKIE_DONE 8u  /* how much is stored where its 4th argument points */
#define LPB_COOKIE_IOV	16u /* the bytes are in a vector */
/*
 * Registers that calls preserve, as tls_read() has them in order, by their numbers in instructions;
 * 0: none.
 */
#define LPB_KEPT 8
static inline __u64 lpb_kept(unsigned number)
{
	return number == 3 ? 1 : number == 5 ? 2 : number >= 12 && number < 16 ? number - 9 : 0;
}
/*
 * Which of them hold the connection, the buffer, its size, where the count is stored, and whether
 * bytes are only looked at.
 */
#define LPB_COOKIE_REGS(conn, buf, size, done, peek)                                               \
	(lpb_kept(conn) << 8 | lpb_kept(buf) << 12 | lpb_kept(size) << 16 | lpb_kept(done) << 20 | \
	 lpb_kept(peek) << 24)

struct lpb_conn_key {
	__u64 conn;
	__u32 tgid;
	__u32 zero;
};

/* Where in the frames of HTTP/2 a direction is. */
struct lpb_frames {
	__u64 shown; /* offset that the reader was led to */
	__u32 left;  /* bytes of the frame's payload that are still to come */
	__u32 keep;  /* of these the first ones to be copied */
	__u32 tail;  /* and the last ones: padding */
	__u8 have;   /* bytes of the next frame's head */
	__u8 lost;   /* where frames start is not known any more */
	__u8 broken; /* the last record was lost */
	__u8 zero;
	__u8 head[16];
};

struct lpb_conn_state {
	__u64 off[LPB_DIRS];
	__u32 budget[LPB_DIRS];
	__u64 epoch;  /* whose: an address alone comes back */
	__u32 seen;   /* when it began, or something was last copied of what it sends: lpb_seen() */
	__u8 live;    /* a request was seen: offsets count */
	__u8 mute;    /* set by the loader: nothing on this connection is of interest */
	__u8 http2;   /* it speaks HTTP/2 from its first byte: these hold, not the budgets */
	__u8 loose;   /* LPB_RECF_LOOSE is to be said */
	__u8 covered; /* HOW_COVERED of what was sent */
	__u8 failed;  /* what was taken as sent before it was sent was not: it comes again, ... */
	__u16 claimed; /* ... as long as that, ... */
	__u32 heard; /* ... unless anything was received beyond this, of which it is the low half */
	__u64 sp, buf, len, ip; /* the last call counted at its entry, and of which function */
	__u32 looked; /* the low half of how many bytes had been moved when its slot was wanted */
	struct lpb_frames out, in;
};

/*
 * What is known of a connection is in the slot that follows from its key: two lines of memory, of
 * which most calls need one, where a look into a hash table takes six. While the slot is another's
 * it is in the table `conns`. A connection that moved nothing for LPB_SLOT_IDLE goes there, too,
 * when a new one needs its slot.
 */
struct lpb_slot {
	struct lpb_conn_key key; /* conn 0: it is free */
	struct lpb_conn_state state;
} __attribute__((aligned(64)));

#define LPB_SLOTS_BITS 10
#define LPB_SLOTS      (1u << LPB_SLOTS_BITS)
#define LPB_SLOT_IDLE  512 /* of lpb_seen() */

#define LPB_SPREAD 0x9e3779b97f4a7c15 /* 2^64 by the golden ratio */

static inline __u32 lpb_slot_of(const struct lpb_conn_key *key)
{
	return (__u32)((key->conn ^ key->tgid) * LPB_SPREAD >> (64 - LPB_SLOTS_BITS));
}

/* Nanoseconds in about seconds. */
static inline __u32 lpb_seen(__u64 ns)
{
	return (__u32)(ns >> 30);
}

#endif
