/* SPDX-License-Identifier: MIT */
#ifndef LPB_SOCKET_BPF_H
#define LPB_SOCKET_BPF_H

/*
 * Plain HTTP, and the SDKs' monitoring datagrams: what send, sendto, sendmsg, sendmmsg, write and
 * writev moved, and what came back. From 6.3 on the kernel has a place for each end of a socket
 * (sock_send_length, sock_recv_length), so that only programs that use the network come by;
 * before, it is the end of every system call.
 *
 * Both come when the bytes have just been copied from or to the program, so they can be read; where
 * they are follows from the arguments of the system call, which the program's saved registers hold.
 */
#include "calls.bpf.h"
#include "mark.bpf.h"
#include "moved.bpf.h"

#define SOCK_STREAM   1
#define SOCK_DGRAM    2
#define IPPROTO_TCP   6
#define IPPROTO_MPTCP 262
#define TCP_SYN_SENT  2
#define TCP_FIN_WAIT1 4
#define TCP_CLOSE     7
#define TCP_LAST_ACK  9
#define SHUT_BOTH     3
#define MSG_PEEK      2
#define MSG_TRUNC     0x20
#define MSG_ERRQUEUE  0x2000
#define AF_INET	      2
#define AF_INET6      10
#define S_IFMT	      0170000
#define S_IFSOCK      0140000

#define SEGMENTS_MAX 16 /* of one vector, and messages of one call, that are looked at */

struct user_msghdr {
	__u64 name, namelen, iov, iovlen; /* and more, of no interest */
};

/* struct mmsghdr: a whole struct user_msghdr and how much was sent. */
#define MMSGHDR_SIZE 64
#define MMSGHDR_LEN  56

struct net {
	struct ns_common ns;
} __attribute__((preserve_access_index));

typedef struct {
	struct net *net;
} __attribute__((preserve_access_index)) possible_net_t;

struct in6_addr {
	__u8 bytes[LPB_ADDRESS]; /* in theirs a union with words */
};

struct sock_common {
	volatile unsigned char skc_state;
	__u16 skc_dport;
	struct in6_addr skc_v6_daddr; /* of IPv4, too; kernels without IPv6 have none */
	possible_net_t skc_net;
} __attribute__((preserve_access_index));

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type;
	__u16 sk_protocol;
	__u8 sk_shutdown;
} __attribute__((preserve_access_index));

struct inet_connection_sock {
	void *icsk_ulp_ops;
} __attribute__((preserve_access_index));

struct socket {
	struct sock *sk;
} __attribute__((preserve_access_index));

struct inode {
	__u16 i_mode;
} __attribute__((preserve_access_index));

struct file {
	struct inode *f_inode;
	void *private_data;
} __attribute__((preserve_access_index));

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} __attribute__((preserve_access_index));

struct files_struct {
	struct fdtable *fdt;
} __attribute__((preserve_access_index));

/* Where sendmmsg of a thread has got to: it comes by once for each message. */
struct many {
	__u64 vector;
	__u32 next, zero;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LPB_CALLS_MAX);
	__type(key, __u64); /* thread */
	__type(value, struct many);
} many SEC(".maps");

/* What is asked of a socket. */
struct request {
	__u64 sk; /* a number, which the verifier lets us hand on */
	__u32 tgid, how;
};

/* Where the bytes are: flat, or in a vector; 0 when nobody knows. */
struct where {
	__u64 name; /* the address that the program gives */
	__u64 at;   /* of the bytes, or of the vector */
	__u64 count;
	bool vector;
};

/* As much of a program's saved registers as every system call is asked for: stacks are small. */
struct regs {
	__u64 rdx, rsi, rdi, orig_rax, rip, cs;
};

static __always_inline long read_regs(struct regs *to, __u64 saved)
{
	return bpf_probe_read_kernel(to, sizeof(*to),
				     (void *)(saved + __builtin_offsetof(struct pt_regs, rdx)));
}

/* One of the others, by its offset in struct pt_regs. */
static __always_inline __u64 read_reg(__u64 saved, __u32 offset)
{
	__u64 reg = 0;

	bpf_probe_read_kernel(&reg, sizeof(reg), (void *)(saved + offset));
	return reg;
}

#if defined(__TARGET_ARCH_x86)
#define USER_CS_64  0x33 /* of a program in 64 bits: its system calls have the numbers below */
#define NR_read	    0
#define NR_write    1
#define NR_readv    19
#define NR_writev   20
#define NR_sendto   44
#define NR_recvfrom 45
#define NR_sendmsg  46
#define NR_recvmsg  47
#define NR_recvmmsg 299
#define NR_sendmmsg 307
#define NR_preadv2  327
#define NR_pwritev2 328
#else
#error "system calls are known for x86-64 only"
#endif

/* The port that a datagram goes to, in network order; `name` is the program's, if it gives one. */
static __always_inline __u16 port_to(const struct sock *sk, __u64 name)
{
	__u16 to[2] = {0, 0}; /* family and port stand alike in both kinds of address */

	if (!name)
		return BPF_CORE_READ(sk, __sk_common.skc_dport);
	bpf_probe_read_user(to, sizeof(to), (void *)name);
	return to[0] == AF_INET || to[0] == AF_INET6 ? to[1] : 0;
}

static __always_inline bool is_csm(const struct sock *sk, __u64 name)
{
	__u16 port = port_to(sk, name);

	return port && (port == config.csm_ports[0] || port == config.csm_ports[1]) &&
	       (!config.csm_taken_net ||
		BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) != config.csm_taken_net);
}

__noinline int send_csm(__u32 tgid, __u64 buf, __u64 len)
{
	return send_bytes(LPB_REC_CSM, tgid, 0, LPB_RECF_SHIM | LPB_RECF_PLAIN, buf,
			  len < LPB_CSM_MAX ? len : LPB_CSM_MAX);
}

#define GATHER_MAX 8 /* pieces of one datagram */

/* The same of `n` bytes in pieces, which are put together. */
static __always_inline void gather(__u32 tgid, __u64 iov, __u64 n_iov, __u64 n, __u32 max)
{
	/* Twice: a piece that is copied to the last place may, for the verifier, be as long. */
	struct lpb_rec *r = bpf_ringbuf_reserve(&ring, sizeof(*r) + 2 * max, 0);
	__u64 at = 0;

	if (!r) {
		count(LPB_COUNT_RING_FULL);
		return;
	}
	for (__u32 i = 0; i < GATHER_MAX && i < n_iov && at < n; i++) {
		struct iovec v = {0};
		__u64 len;

		if (bpf_probe_read_user(&v, sizeof(v), (void *)(iov + i * sizeof(v))))
			break;
		len = v.len < n - at ? v.len : n - at;
		asm volatile("" : "+r"(len), "+r"(at));
		if (at > max || len > max ||
		    (len && bpf_probe_read_user((char *)(r + 1) + at, len, (void *)v.base)))
			break;
		at += len;
	}
	if (at < n) {
		count(LPB_COUNT_FAULT);
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return;
	}
	__builtin_memset(r, 0, sizeof(*r));
	r->kind = LPB_REC_CSM;
	r->tgid = tgid;
	r->flags = LPB_RECF_SHIM | LPB_RECF_PLAIN;
	r->kept = (__u32)n;
	r->time_ns = bpf_ktime_get_ns();
	bpf_ringbuf_submit(r, wakeup(LPB_REC_CSM, 2 * max));
}

/* As SDKs send them, without and with a long user agent. */
#define GATHER_TINY  224
#define GATHER_SMALL 960

__noinline int send_scattered(__u32 tgid, __u64 iov, __u64 n_iov, __u64 n)
{
	if (n <= GATHER_TINY)
		gather(tgid, iov, n_iov, n, GATHER_TINY);
	else if (n <= GATHER_SMALL)
		gather(tgid, iov, n_iov, n, GATHER_SMALL);
	else
		gather(tgid, iov, n_iov, n < LPB_CSM_MAX ? n : LPB_CSM_MAX, LPB_CSM_MAX);
	return 0;
}

enum interest { IN_NOTHING, IN_STREAM, IN_CSM };

/*
 * What sort of socket it is, and whether it is of any interest. (A global function, see touch() and
 * asks_delete_now().)
 */
__noinline int look_at(__u64 addr, __u32 tgid, __u32 how, __u64 name)
{
	const struct sock *sk = (const void *)addr;
	const struct inet_connection_sock *tcp = (const void *)addr;
	__u16 type = BPF_CORE_READ(sk, sk_type), protocol = BPF_CORE_READ(sk, sk_protocol);
	struct lpb_conn_key key = {.conn = addr, .tgid = tgid};

	if (type == SOCK_DGRAM)
		return !(how & HOW_IN) && is_csm(sk, name) ? IN_CSM : IN_NOTHING;
	if (type != SOCK_STREAM || (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP))
		return IN_NOTHING;
	if (find_conn(&key))
		return IN_STREAM;
	/* TLS in the kernel: the library that set it up is probed itself. */
	return !(how & HOW_IN) && !BPF_CORE_READ(tcp, icsk_ulp_ops) ? IN_STREAM : IN_NOTHING;
}

/*
 * Who is spoken to is in the clear, whether or not what is said can be read. (Global functions, see
 * touch().)
 */
__noinline int send_hello(__u32 tgid, __u64 sk, __u32 how, __u64 buf, __u64 len)
{
	const struct sock *s = (const void *)sk;
	bool whole = len <= LPB_HELLO_MAX;
	struct note n = {
		.rec = {.kind = LPB_REC_HELLO,
			.tgid = tgid,
			.conn = sk,
			.kept = whole ? len : LPB_HELLO_MAX,
			.port = BPF_CORE_READ(s, __sk_common.skc_dport),
			.flags = (how & HOW_STARTS ? LPB_RECF_START : 0) |
				 (how & HOW_MORE && whole ? LPB_RECF_MORE : 0),
			.time_ns = bpf_ktime_get_ns()},
		.buf = buf,
	};

	if (bpf_core_field_exists(s->__sk_common.skc_v6_daddr))
		BPF_CORE_READ_INTO(&n.rec.peer, s, __sk_common.skc_v6_daddr);
	send_note(&n, false);
	return 0;
}

#define HELLO_PIECES 64
#define HELLO_ROUNDS 16 /* times as many: what one vector may hold */

/* The same of the first `n` bytes of a vector, up to HELLO_PIECES. How many bytes these are. */
__noinline int send_hello_pieces(__u32 tgid, __u64 conn, __u32 how, __u64 iov, __u32 n)
{
	__u32 left = n;

	for (__u32 i = 0; i < HELLO_PIECES && left; i++) {
		struct iovec v = {0};

		if (bpf_probe_read_user(&v, sizeof(v), (void *)(iov + i * sizeof(v))))
			break;
		if (!v.len)
			continue;
		if (v.len > left)
			v.len = left;
		left -= v.len;
		send_hello(tgid, conn, left ? how | HOW_MORE : how, v.base, v.len);
		how &= ~HOW_STARTS;
	}
	return n - left;
}

__noinline int send_hello_vector(__u32 tgid, __u64 conn, __u32 how, __u64 iov, __u32 n)
{
	for (__u32 i = 0; i < HELLO_ROUNDS && n; i++) {
		n -= (__u32)send_hello_pieces(tgid, conn, how, iov, n);
		iov += HELLO_PIECES * sizeof(struct iovec);
		how &= ~HOW_STARTS;
	}
	return 0;
}

/* `n` bytes at `buf`, or nobody knows where (0). */
static __always_inline void piece(const struct request *r, int interest, __u64 buf, __u64 n)
{
	if (interest == IN_CSM && buf)
		send_csm(r->tgid, buf, n);
	if (interest != IN_STREAM)
		return;
	if (r->how & HOW_GREETS)
		send_hello(r->tgid, r->sk, r->how, buf, n);
	else
		moved_in_kernel(r->tgid, r->sk, buf ? r->how : r->how | HOW_UNSEEN, buf, n);
}

/* The first `n` bytes of a vector. */
static __always_inline void pieces(const struct request *r, int interest, __u64 iov, __u64 count,
				   __u64 n)
{
	if (interest == IN_CSM)
		send_scattered(r->tgid, iov, count, n);
	else if (interest == IN_STREAM && (r->how & HOW_GREETS))
		send_hello_vector(r->tgid, r->sk, r->how, iov, n);
	if (interest != IN_STREAM || (r->how & HOW_GREETS))
		return;
	for (__u32 i = 0; i < SEGMENTS_MAX && i < count && n; i++) {
		struct iovec v = {0};

		if (bpf_probe_read_user(&v, sizeof(v), (void *)(iov + i * sizeof(v))))
			break;
		if (!v.len)
			continue;
		if (v.len > n)
			v.len = n;
		moved_in_kernel(r->tgid, r->sk, r->how, v.base, v.len);
		n -= v.len;
	}
	if (n)
		moved_in_kernel(r->tgid, r->sk, r->how | HOW_UNSEEN, 0, n);
}

/* Which message of sendmmsg(vector, count) this is. */
static __always_inline __u32 which(__u64 vector, __u64 count)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct many *m = bpf_map_lookup_elem(&many, &id), fresh = {.vector = vector, .next = 1};
	__u32 i;

	if (count <= 1)
		return 0;
	if (!m || m->vector != vector) {
		bpf_map_update_elem(&many, &id, &fresh, BPF_ANY);
		return 0;
	}
	i = m->next++;
	if (i + 1 >= count)
		m->next = 0;
	return i;
}

static __always_inline bool in_message(struct where *w, __u64 at)
{
	struct user_msghdr m = {0};

	if (bpf_probe_read_user(&m, sizeof(m), (void *)at))
		return false;
	*w = (struct where){.name = m.name, .at = m.iov, .count = m.iovlen, .vector = true};
	return true;
}

/* What the system call that these registers are of moves. False: it cannot be told. */
static __always_inline bool locate(struct where *w, const struct regs *regs, __u64 saved)
{
	__u64 nr = regs->orig_rax;

	*w = (struct where){0};
	if (regs->cs != USER_CS_64)
		nr = -1;
	switch (nr) {
	case NR_sendto:
		w->name = read_reg(saved, __builtin_offsetof(struct pt_regs, r8));
		w->at = regs->rsi;
		return true;
	case NR_read:
	case NR_write:
	case NR_recvfrom:
		w->at = regs->rsi;
		return true;
	case NR_readv:
	case NR_writev:
	case NR_preadv2:
	case NR_pwritev2:
		w->at = regs->rsi;
		w->count = regs->rdx;
		w->vector = true;
		return true;
	case NR_sendmsg:
	case NR_recvmsg:
		return in_message(w, regs->rsi);
	case NR_sendmmsg:
		return in_message(w, regs->rsi + which(regs->rsi, regs->rdx) * MMSGHDR_SIZE);
	default: /* sendfile, io_uring and the like */
		return true;
	}
}

/* `n` bytes went through the socket. */
static __always_inline void went(const struct request *r, const struct where *w, __u64 n)
{
	int interest = look_at(r->sk, r->tgid, r->how, w->name);

	if (w->vector)
		pieces(r, interest, w->at, w->count, n);
	else
		piece(r, interest, w->at, n);
}

/*
 * A socket did not take what it was given. Where that was the transport of a call that was counted
 * at its entry, the call will fail and come again. (A global function for its stack.)
 */
__noinline int not_taken(void)
{
	__u64 saved = (__u64)bpf_task_pt_regs(bpf_get_current_task_btf());
	__u32 thread = (__u32)bpf_get_current_pid_tgid();
	struct claimant *c = claimant(thread);
	struct lpb_conn_key conn = {.conn = c->conn, .tgid = current_tgid()};
	struct lpb_conn_state *st = c->thread == thread ? find_conn(&conn) : NULL;

	if (st && read_reg(saved, __builtin_offsetof(struct pt_regs, rsp)) < st->sp)
		st->failed = 1;
	return 0;
}

/* Its arguments are the socket, how many bytes or -errno, and flags. */
static __always_inline int by_socket(const __u64 *ctx, __u32 how)
{
	struct sock *sk = (struct sock *)ctx[0];
	__u32 *mark;
	struct request r = {.how = how | HOW_PLAIN | HOW_COVERED};
	struct lpb_conn_key key = {0};
	struct regs regs;
	struct where w;
	int n = (int)ctx[1];
	__u64 saved, number, *known;

	/* First, as it costs least: most sockets of most programs are done with here. */
	if (how == HOW_IN && (n <= 0 || !any_plain))
		return 0;
	number = number_of(sk);
	known = tls_socket(number);
	if (*known == number)
		goto tls;
	key.tgid = r.tgid = current_tgid();
	if (!in_scope(r.tgid, true))
		return 0;
	mark = bpf_sk_storage_get(&marks, sk, NULL, 0);
	if (mark && *mark == MARK_TLS) {
		if (sk->__sk_common.skc_state != TCP_CLOSE)
			*known = number;
		goto tls;
	}
	if (!mark && how == HOW_IN)
		return 0;
	if (n <= 0) {
		__u64 id = bpf_get_current_pid_tgid();

		if (n < 0 && how == HOW_OUT) /* the end of sendmmsg */
			bpf_map_delete_elem(&many, &id);
		return 0;
	}
	/* The same as a number, which the verifier lets us hand on. */
	bpf_probe_read_kernel(&key.conn, sizeof(key.conn), ctx);
	r.sk = key.conn;
	if (how == HOW_IN) {
		if ((ctx[2] & (MSG_PEEK | MSG_ERRQUEUE)) || !find_conn(&key))
			return 0;
		if (ctx[2] & MSG_TRUNC) /* thrown away, not stored */
			r.how |= HOW_UNSEEN;
	}
	saved = (__u64)bpf_task_pt_regs(bpf_get_current_task_btf());
	if (read_regs(&regs, saved) || !locate(&w, &regs, saved))
		return 0;
	if (how == HOW_OUT &&
	    (sk->sk_protocol == IPPROTO_TCP || sk->sk_protocol == IPPROTO_MPTCP)) {
		__u32 before = mark ? *mark : MARK_NONE;
		__u64 judged =
			judge(before,
			      (find_conn(&key) ? JUDGE_SPOKEN : 0) | (w.vector ? JUDGE_VECTOR : 0),
			      w.at, n);

		if (JUDGED_MARK(judged) != before)
			set_mark(sk, JUDGED_MARK(judged));
		r.how |= JUDGED_HOW(judged);
	}
	went(&r, &w, n);
	return 0;
tls:
	if (how == HOW_OUT && n < 0 && config.session)
		not_taken();
	return 0;
}

SEC("tp_btf/sock_send_length")
int on_sent(__u64 *ctx)
{
	return by_socket(ctx, HOW_OUT);
}

SEC("tp_btf/sock_recv_length")
int on_received(__u64 *ctx)
{
	return by_socket(ctx, HOW_IN);
}

/* A socket begins or ends a connection: the kernel uses their addresses again. */
SEC("tp_btf/inet_sock_set_state")
int on_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	__u32 tgid = current_tgid();
	int to = (int)ctx[2];
	__u64 conn = 0;

	if (config.marks && to == TCP_SYN_SENT) /* perhaps not its first connection */
		bpf_sk_storage_delete(&marks, sk);
	if (to == TCP_SYN_SENT || to == TCP_CLOSE)
		forget_tls(number_of(sk));
	if (!in_scope(tgid, true))
		return 0;
	bpf_probe_read_kernel(&conn, sizeof(conn), ctx);
	if (!config.marks && to == TCP_SYN_SENT) {
		struct lpb_conn_key key = {.conn = conn, .tgid = tgid};

		bpf_map_delete_elem(&halves, &key);
	}
	/* After shutdown() of one direction the other goes on. */
	if (to == TCP_SYN_SENT || ((to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK) &&
				   BPF_CORE_READ(sk, sk_shutdown) == SHUT_BOTH))
		closed(tgid, conn);
	return 0;
}

/* --- before 6.3 ------------------------------------------------------------------------------- */

/* The socket behind a descriptor, or 0. (A global function for its stack.) */
__noinline __u64 sock_of(__u64 fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *t = BPF_CORE_READ(task, files, fdt);
	struct file *file = NULL, **files = BPF_CORE_READ(t, fd);
	struct socket *socket;

	if (fd >= BPF_CORE_READ(t, max_fds) ||
	    bpf_probe_read_kernel(&file, sizeof(file), files + fd) || !file ||
	    (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	return (__u64)BPF_CORE_READ(socket, sk);
}

/*
 * HOW_* of what was sent. The mark of a socket lasts while its ClientHello is not whole; then
 * nothing more is told. (A global function for its stack, see asks_delete_now().)
 */
__noinline int judge_call(__u64 addr, __u32 tgid, __u32 vector, __u64 at, __u64 n)
{
	const struct sock *sk = (const void *)addr;
	struct lpb_conn_key key = {.conn = addr, .tgid = tgid};
	__u16 protocol = BPF_CORE_READ(sk, sk_protocol);
	__u64 judged;
	__u32 *mark, now;

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP)
		return 0;
	mark = bpf_map_lookup_elem(&halves, &key);
	judged = judge(mark ? *mark : MARK_NONE,
		       (find_conn(&key) ? JUDGE_SPOKEN : 0) | (vector ? JUDGE_VECTOR : 0), at, n);
	now = JUDGED_MARK(judged);
	if (MARK_WHAT(now) == MARK_HELLO && now != MARK_HELLO) {
		bpf_map_update_elem(&halves, &key, &now, BPF_ANY);
		return JUDGED_HOW(judged);
	}
	if (mark)
		bpf_map_delete_elem(&halves, &key);
	return JUDGED_HOW(judged) & ~HOW_MORE;
}

static __always_inline void went_by_call(const struct request *r, const struct where *w, __u64 n)
{
	struct request now = *r;

	if (!(r->how & HOW_IN))
		now.how |= (__u32)judge_call(r->sk, r->tgid, w->vector, w->at, n);
	went(&now, w, n);
}

/* One message of sendmmsg. Its vector has as many parts as hold what was sent of it. */
__noinline int message_by_call(__u64 sk, __u32 tgid, __u32 how, __u64 at)
{
	struct request r = {.sk = sk, .tgid = tgid, .how = how};
	__u64 value = 0; /* of one variable, as stacks are small */
	__u32 n, interest;

	bpf_probe_read_user(&value, sizeof(value),
			    (void *)(at + __builtin_offsetof(struct user_msghdr, name)));
	interest = look_at(sk, tgid, how, value);
	bpf_probe_read_user(&value, sizeof(value), (void *)(at + MMSGHDR_LEN));
	n = (__u32)value;
	if (bpf_probe_read_user(&value, sizeof(value),
				(void *)(at + __builtin_offsetof(struct user_msghdr, iov))))
		return 0;
	r.how |= (__u32)judge_call(sk, tgid, true, value, n);
	pieces(&r, interest, value, SEGMENTS_MAX, n);
	return 0;
}

SEC("raw_tp/sys_exit")
int on_sys_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct request r = {.tgid = current_tgid(), .how = HOW_OUT | HOW_PLAIN | HOW_COVERED};
	long n = (long)ctx->args[1];
	struct regs regs;
	struct where w;
	__u64 flags = 0;

	if (n <= 0 || !in_scope(r.tgid, true) || read_regs(&regs, ctx->args[0]) ||
	    regs.cs != USER_CS_64)
		return 0;
	switch (regs.orig_rax) {
	case NR_recvmsg:
		flags = regs.rdx;
		r.how |= HOW_IN;
		break;
	case NR_recvfrom:
		flags = read_reg(ctx->args[0], __builtin_offsetof(struct pt_regs, r10));
		r.how |= HOW_IN;
		break;
	case NR_read:
	case NR_readv:
	case NR_preadv2:
		r.how |= HOW_IN;
		break;
	case NR_write:
	case NR_writev:
	case NR_sendto:
	case NR_sendmsg:
	case NR_sendmmsg:
	case NR_pwritev2:
		break;
	default:
		return 0;
	}
	if (flags & (MSG_PEEK | MSG_ERRQUEUE))
		return 0;
	if (flags & MSG_TRUNC)
		r.how |= HOW_UNSEEN;
	r.sk = sock_of(regs.rdi);
	if (!r.sk)
		return 0;
	if (regs.orig_rax != NR_sendmmsg) {
		if (locate(&w, &regs, ctx->args[0]))
			went_by_call(&r, &w, n);
		return 0;
	}
	for (__u32 i = 0; i < SEGMENTS_MAX && i < n; i++)
		message_by_call(r.sk, r.tgid, r.how, regs.rsi + i * MMSGHDR_SIZE);
	return 0;
}

#endif
