/* SPDX-License-Identifier: MIT */
/*
 * The probe's part in the kernel: follows processes, and copies what they write to and read from
 * TLS and sockets into a ring. Which functions are probed is decided in user space (attach.c); here
 * is one program for each way of calling. All of them run for every process that uses the probed
 * file, so the first thing each does is to look the process up.
 */
#include "calls.bpf.h"
#include "moved.bpf.h"
#include "mark.bpf.h"
#include "socket.bpf.h"
#include "tree.bpf.h"

/* MIT is compatible with the GPL; the kernel asks for this word before it lends bpf_send_signal. */
char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* --- C libraries: arguments at entry, outcome at return --------------------------------------- */

/* Deeper on the stack than this it is another call, not a function of the library calling another.
 */
#define NEST_MAX 16384

#if defined(__TARGET_ARCH_x86)
#define SIXTH(ctx) ((ctx)->r9)
#else
#error "the sixth argument is known for x86-64 only"
#endif

static __always_inline __u64 cookie_of(struct pt_regs *ctx)
{
	return config.cookies ? bpf_get_attach_cookie(ctx) : 0;
}

/* The shim stands before all calls of this function, or before this one. */
static __always_inline bool is_covered(struct pt_regs *ctx, __u64 cookie)
{
	return (cookie & LPB_COOKIE_SHIM) || SIXTH(ctx) == LP_SHIM_MARK;
}

/* True when the probe of this cookie is the one that sees the process, which is in scope. */
static __always_inline bool is_mine(__u64 cookie, __u32 tgid, bool covered)
{
	struct lpb_own_file own = {.tgid = tgid};

	if (config.scoped)
		own.file = cookie >> 32;
	/* Who left a control group keeps its probes; any other stays in scope as long as it has
	 * some. */
	if (likely(own.file == LPB_FILE_OWN && !may_be_covered(covered) && !config.cgroups))
		return true;
	if (!in_scope(tgid, covered))
		return false;
	return !own.file || own.file == LPB_FILE_OWN || !bpf_map_lookup_elem(&owners, &tgid) ||
	       !bpf_map_lookup_elem(&own_files, &own);
}

/* Where the probe is, the function may have moved it already. */
static __always_inline __u64 arg4(struct pt_regs *ctx, __u64 cookie)
{
	__u64 rcx = PT_REGS_PARM4(ctx), r8 = ctx->r8;

	/* Both are read: the verifier refuses a place in the registers that is chosen first. */
	asm volatile("" : "+r"(rcx), "+r"(r8));
	return cookie & LPB_COOKIE_ARG4_R8 ? r8 : rcx;
}

/*
 * What a program at an entry answers where that also decides about the return: nobody wants to see
 * it, so that the kernel does not arrange for it. It means nothing elsewhere.
 */
#define NO_RETURN (config.session ? 1 : 0)

/* Whether it may matter what comes of this call, on a connection of which `st` is known. */
static __always_inline bool matters(const struct call *c, const struct lpb_conn_state *st)
{
	if (st && st->live)
		return !st->mute;
	/* Others' functions may wait here for the answer to what another thread is to write. */
	if (c->how & HOW_IN)
		return c->result != RESULT_DONE;
	return c->result == RESULT_IOV || budget_of(first_word_of(c->buf, c->len, true)) ||
	       is_login(c->buf, c->len);
}

/*
 * Whether this is the connection's call counted last, seen once more further in: see enter(). By
 * another function: the same one would be the next call, of a caller that fills its buffer anew.
 */
static __always_inline bool is_within(const struct lpb_conn_state *st, const struct call *c,
				      __u64 buf, __u64 len)
{
	return c->ip != st->ip && c->sp <= st->sp && st->sp - c->sp < NEST_MAX && buf == st->buf &&
	       len == st->len;
}

/*
 * The call sends more of a body of which nothing more is to be copied: its bytes are counted as if
 * it succeeded, which spares its return. Where it fails it comes again and is counted twice; the
 * reader is told that the count is loose.
 */
static __always_inline bool goes_on(const struct call_key *key, const struct call *c,
				    struct lpb_conn_state *st)
{
	if (likely(st->budget[LPB_OUT]) || c->result == RESULT_IOV || c->len < sizeof(__u32) ||
	    budget_of(first_word(c->buf, true)))
		return false;
	if (is_within(st, c, c->buf, c->len)) { /* once: afterwards it may be the next one */
		st->sp = 0;
		return true;
	}
	end_claim((__u32)key->who);
	st->ip = c->ip;
	st->sp = c->sp;
	st->buf = c->buf;
	st->len = c->len;
	st->loose = 1;
	advance(st, HOW_OUT, c->len);
	return true;
}

/*
 * The first call after an answer begins the next request. Where that is one record of TLS, it is
 * counted as if it succeeded, which spares its return: there is room for it in any socket that was
 * waited on for an answer. If there was none after all (not_taken()), the same comes again, and is
 * passed over.
 */
static __always_inline bool claim(const struct call_key *key, const struct call *c,
				  struct lpb_conn_state *st)
{
	struct lpb_conn_key conn = {.conn = c->conn, .tgid = key->tgid};
	struct claimant *who = claimant((__u32)key->who);
	bool again;

	again = st->failed && c->len == st->claimed && (__u32)st->off[LPB_IN] == st->heard;
	if (!again && st->budget[LPB_IN] == LPB_BUDGET_IN) { /* no answer yet */
		__u64 sent[2] = {c->buf, c->len};

		if (c->result == RESULT_IOV && read_user(sent, sizeof(sent), c->buf, true))
			return false;
		return is_claimant(who, (__u32)key->who, c->conn) &&
		       is_within(st, c, sent[0], sent[1]);
	}
	if (c->result == RESULT_IOV || !c->len || c->len > TLS_RECORD_MAX)
		return false;
	who->conn = c->conn;
	who->thread = (__u32)key->who;
	st->ip = c->ip;
	st->sp = c->sp;
	st->buf = c->buf;
	st->len = c->len;
	st->failed = 0;
	if (again)
		return true;
	st->claimed = (__u16)c->len;
	st->heard = (__u32)st->off[LPB_IN];
	if (unlikely(!take_known(st, &conn, c->how, c->buf, c->len)))
		moved(key->tgid, c->conn, c->how, c->buf, c->len);
	return true;
}

/* `session`: one program is run at both ends of a call, and may spare the second. */
static __always_inline int enter(struct pt_regs *ctx, __u64 cookie, __u32 how, __u32 result,
				 const bool session)
{
	__u64 sp = PT_REGS_SP(ctx);
	struct caller me = who_calls();
	struct call_key key = {.who = me.thread, .tgid = me.tgid};
	struct lpb_conn_key conn = {.conn = PT_REGS_PARM1(ctx), .tgid = me.tgid};
	struct lpb_conn_state *st;
	struct call *last, c = {
				   .conn = conn.conn,
				   .buf = PT_REGS_PARM2(ctx),
				   .len = PT_REGS_PARM3(ctx),
				   .done = arg4(ctx, cookie),
				   .ip = PT_REGS_IP(ctx),
				   .sp = sp,
				   .how = how,
				   .result = result,
			   };

	if (is_covered(ctx, cookie))
		c.how |= HOW_COVERED;
	if (unlikely(!is_mine(cookie, key.tgid, c.how & HOW_COVERED)))
		return NO_RETURN;
	st = find_conn_of(&conn, me.epoch);
	if (session && how == HOW_OUT && likely(st) &&
	    likely(st->live && !st->mute && !st->http2) &&
	    likely(goes_on(&key, &c, st) || claim(&key, &c, st)))
		return NO_RETURN;
	if (!matters(&c, st))
		return NO_RETURN;
	if (session)
		end_claim((__u32)key.who);
	/* SSL_write may be SSL_write_ex inside: the outer call counts, the inner is the same bytes.
	 */
	last = bpf_map_lookup_elem(&calls, &key);
	if (last && sp < last->sp && last->sp - sp < NEST_MAX && last->conn == c.conn &&
	    (last->how & HOW_IN) == how)
		return NO_RETURN;
	if (last)
		*last = c;
	else if (bpf_map_update_elem(&calls, &key, &c, BPF_ANY))
		count(LPB_COUNT_CALLS_FULL);
	return 0;
}

/* The vector of s2n_sendv_with_offset(conn, iov, count, offset, blocked): `sent` bytes of it. */
#define IOV_MAX_WALK 16

static __always_inline void moved_iov(__u32 tgid, const struct call *c, __u64 sent)
{
	__u64 skip = c->done; /* the 4th argument is the offset */

	for (__u64 i = 0; i < IOV_MAX_WALK && i < c->len && sent; i++) {
		__u64 iov[2] = {0, 0}, n;

		if (read_user(iov, sizeof(iov), c->buf + i * sizeof(iov), true))
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

static __always_inline int leave(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), n = 0;
	struct call_key key = {.who = (__u32)id, .tgid = current_tgid()};
	struct call *known = bpf_map_lookup_elem(&calls, &key), c;
	long rc = (int)PT_REGS_RC(ctx);

	if (!known && config.session)
		count(LPB_COUNT_CALLS_FULL); /* it was noted, so it had to give way */
	/* The return address is gone from the stack: this is the return of the call noted. */
	if (!known || PT_REGS_SP(ctx) != known->sp + 8)
		return 0;
	c = *known;
	known->sp = 0;
	if (c.result == RESULT_DONE) {
		if (rc != 1)
			return 0;
		if (read_user(&n, sizeof(n), c.done, true))
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
int tls_out_count(struct pt_regs *ctx)
{
	return enter(ctx, cookie_of(ctx), HOW_OUT, RESULT_COUNT, false);
}

SEC("uprobe")
int tls_out_done(struct pt_regs *ctx)
{
	return enter(ctx, cookie_of(ctx), HOW_OUT, RESULT_DONE, false);
}

SEC("uprobe")
int tls_out_iov(struct pt_regs *ctx)
{
	return enter(ctx, cookie_of(ctx), HOW_OUT, RESULT_IOV, false);
}

SEC("uprobe")
int tls_in_count(struct pt_regs *ctx)
{
	return enter(ctx, cookie_of(ctx), HOW_IN, RESULT_COUNT, false);
}

SEC("uprobe")
int tls_in_done(struct pt_regs *ctx)
{
	return enter(ctx, cookie_of(ctx), HOW_IN, RESULT_DONE, false);
}

SEC("uprobe")
int tls_return(struct pt_regs *ctx)
{
	return leave(ctx);
}

/* In place of all these where one program is run at both ends of a call. */
SEC("uprobe")
int tls_call(struct pt_regs *ctx)
{
	__u64 kind;

	if (bpf_get_func_ip(ctx) != PT_REGS_IP(ctx))
		return leave(ctx);
	kind = bpf_get_attach_cookie(ctx);
	return enter(ctx, kind, kind & LPB_COOKIE_IN ? HOW_IN : HOW_OUT,
		     kind & LPB_COOKIE_DONE  ? RESULT_DONE
		     : kind & LPB_COOKIE_IOV ? RESULT_IOV
					     : RESULT_COUNT,
		     true);
}

/* Of the registers that calls preserve (lpb_kept()) the one that stands at this bit of a cookie. */
static __always_inline __u64 kept(const __u64 regs[LPB_KEPT], __u64 cookie, __u32 bit)
{
	return regs[cookie >> bit & (LPB_KEPT - 1)];
}

/*
 * Where OpenSSL's ssl3_read has its outcome: most reads of those who read until nothing is left
 * end here. Only a connection on which a request was sent is of interest, and whoever saw that
 * knows whether the shim stands before it.
 */
SEC("uprobe")
int tls_read(struct pt_regs *ctx)
{
	const __u64 regs[LPB_KEPT] = {0,	ctx->rbx, ctx->rbp, ctx->r12,
				      ctx->r13, ctx->r14, ctx->r15};
	__u64 cookie = cookie_of(ctx), buf = kept(regs, cookie, 12), n = 0;
	struct caller me = who_calls();
	struct lpb_conn_key key = {.conn = kept(regs, cookie, 8), .tgid = me.tgid};
	struct lpb_conn_state *st;
	__u32 how;

	if ((int)ctx->rax != 1 || !is_mine(cookie, key.tgid, false) ||
	    (__u32)kept(regs, cookie, 24))
		return 0;
	st = find_conn_of(&key, me.epoch);
	if (unlikely(!st || !st->live || st->mute))
		return 0;
	how = HOW_IN | (st->covered & HOW_COVERED);
	if (may_be_covered(how & HOW_COVERED) && !in_scope(key.tgid, true))
		return 0;
	if (unlikely(read_user(&n, sizeof(n), kept(regs, cookie, 20), true)))
		return 0;
	if (unlikely(!n || n > kept(regs, cookie, 16)))
		return 0;
	if (unlikely(st->http2 || !take_known(st, &key, how, buf, n)))
		moved(key.tgid, key.conn, how, buf, n);
	return 0;
}

SEC("uprobe")
int tls_free(struct pt_regs *ctx)
{
	__u64 cookie = cookie_of(ctx);
	__u32 tgid = current_tgid();

	if (is_mine(cookie, tgid, is_covered(ctx, cookie)))
		closed(tgid, PT_REGS_PARM1(ctx));
	return 0;
}

/* --- Go: register ABI; a goroutine, not a thread, makes a call -------------------------------- */
#if defined(__TARGET_ARCH_x86)
#define GO_RECEIVER(ctx) ((ctx)->rax)
#define GO_BUF(ctx)	 ((ctx)->rbx)
#define GO_LEN(ctx)	 ((ctx)->rcx)
#define GO_G(ctx)	 ((ctx)->r14)
#define GO_RESULT(ctx)	 ((ctx)->rax)
#define GO_JUMPS(ctx)	 ((ctx)->eflags & 0x41) /* jbe: CF or ZF */
#else
#error "registers of the Go ABI are known for x86-64 only"
#endif

/* The stack has to grow first; then the function is called again. */
static __always_inline bool starts_over(struct pt_regs *ctx, __u64 cookie)
{
	return GO_JUMPS(ctx) && (cookie & LPB_COOKIE_GO_JUMP);
}

/* The connection: what a copy of crypto/tls puts it into begins with its address. False: fault. */
static __always_inline bool go_conn(__u64 cookie, __u64 *conn)
{
	return likely(!(cookie & LPB_COOKIE_GO_OUTER)) ||
	       !read_user(conn, sizeof(*conn), *conn, true);
}

/*
 * (*tls.Conn).Write at its stack check: what fails after this point ends the connection. Or where
 * Read copies into its caller's buffer, by memmove(RAX, RBX, RCX): receiver and buffer stand behind
 * the return address; the cookie says how far that is. (One program, as what runs between a
 * program's requests is mostly in no cache any more.)
 */
SEC("uprobe")
int go_moved(struct pt_regs *ctx)
{
	struct caller me = who_calls();
	struct lpb_conn_key key = {.conn = GO_RECEIVER(ctx), .tgid = me.tgid};
	__u64 cookie = cookie_of(ctx), buf = GO_BUF(ctx), n = GO_LEN(ctx);
	__u64 args[3]; /* receiver, buffer, its length */
	struct lpb_conn_state *st;
	__u32 how = HOW_OUT;

	if (unlikely(starts_over(ctx, cookie) || !is_mine(cookie, key.tgid, false)))
		return 0;
	if (cookie & LPB_COOKIE_GO_COPY) {
		if (bpf_probe_read_user(
			    args, sizeof(args),
			    (void *)(PT_REGS_SP(ctx) + LPB_COOKIE_FRAME((__u32)cookie) + 8)))
			return 0;
		if (unlikely(args[1] != key.conn || n > args[2])) {
			count(LPB_COUNT_FAULT);
			return 0;
		}
		key.conn = args[0];
		how = HOW_IN;
	}
	if (!go_conn(cookie, &key.conn))
		return 0;
	st = find_conn_of(&key, me.epoch);
	if (unlikely(!st || !st->live || st->mute || st->http2 ||
		     !take_known(st, &key, how, buf, n)))
		moved(key.tgid, key.conn, how, buf, n);
	return 0;
}

SEC("uprobe")
int go_read(struct pt_regs *ctx)
{
	struct call_key key = {.who = GO_G(ctx), .tgid = current_tgid()};
	struct call c = {.conn = GO_RECEIVER(ctx), .buf = GO_BUF(ctx), .len = GO_LEN(ctx)};
	__u64 cookie = cookie_of(ctx);

	if (!starts_over(ctx, cookie) && is_mine(cookie, key.tgid, false) &&
	    go_conn(cookie, &c.conn) && bpf_map_update_elem(&calls, &key, &c, BPF_ANY))
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
	__u64 cookie = cookie_of(ctx);
	__u32 tgid = current_tgid();

	if (!starts_over(ctx, cookie) && is_mine(cookie, tgid, false))
		closed(tgid, GO_RECEIVER(ctx));
	return 0;
}
