/* SPDX-License-Identifier: MIT */
/* What happens at breakpoints: bytes are taken to their connection, the instruction is carried out.
 */
#include "follow_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include "base/clock.h"
#include "elf/elf_probe.h"
#include "ebpf/probe_abi.h"
#include "login.h"

/* --- memory ----------------------------------------------------------------------------------- */

bool lp_follow_peek(const struct task *t, uint64_t addr, void *to, size_t len)
{
	struct iovec here = {to, len}, there = {(void *)(uintptr_t)addr, len};

	return process_vm_readv(t->tid, &here, 1, &there, 1, 0) == (ssize_t)len;
}

bool lp_follow_poke(const struct task *t, uint64_t addr, const void *from, size_t len)
{
	const char *bytes = from;
	const size_t word_size = sizeof(long);

	while (len) {
		uint64_t at = addr & ~(uint64_t)(word_size - 1);
		size_t skip = (size_t)(addr - at), n = word_size - skip;
		long word;

		if (n > len)
			n = len;
		errno = 0;
		word = n < word_size ? ptrace(PTRACE_PEEKDATA, t->tid, (void *)(uintptr_t)at, NULL)
				     : 0;
		if (errno)
			return false;
		memcpy((char *)&word + skip, bytes, n);
		if (ptrace(PTRACE_POKEDATA, t->tid, (void *)(uintptr_t)at, word))
			return false;
		addr += n;
		bytes += n;
		len -= n;
	}
	return true;
}

/* --- registers -------------------------------------------------------------------------------- */

#if defined(__x86_64__)

/* rax rcx rdx rbx rsp rbp rsi rdi r8 … r15 */
static const size_t reg_at[16] = {
	offsetof(struct user_regs_struct, rax), offsetof(struct user_regs_struct, rcx),
	offsetof(struct user_regs_struct, rdx), offsetof(struct user_regs_struct, rbx),
	offsetof(struct user_regs_struct, rsp), offsetof(struct user_regs_struct, rbp),
	offsetof(struct user_regs_struct, rsi), offsetof(struct user_regs_struct, rdi),
	offsetof(struct user_regs_struct, r8),	offsetof(struct user_regs_struct, r9),
	offsetof(struct user_regs_struct, r10), offsetof(struct user_regs_struct, r11),
	offsetof(struct user_regs_struct, r12), offsetof(struct user_regs_struct, r13),
	offsetof(struct user_regs_struct, r14), offsetof(struct user_regs_struct, r15),
};

enum reg { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R14 = 14 };

struct state {
	struct user_regs_struct raw;
	struct lp_regs regs;
};

static bool get_regs(const struct task *t, struct state *s)
{
	if (ptrace(PTRACE_GETREGS, t->tid, NULL, &s->raw))
		return false;
	for (unsigned i = 0; i < LP_ARRAY_LEN(reg_at); i++)
		memcpy(&s->regs.r[i], (char *)&s->raw + reg_at[i], sizeof(s->regs.r[i]));
	s->regs.ip = s->raw.rip;
	s->regs.flags = s->raw.eflags;
	return true;
}

static bool set_regs(const struct task *t, struct state *s)
{
	for (unsigned i = 0; i < LP_ARRAY_LEN(reg_at); i++)
		memcpy((char *)&s->raw + reg_at[i], &s->regs.r[i], sizeof(s->regs.r[i]));
	s->raw.rip = s->regs.ip;
	s->raw.eflags = s->regs.flags;
	return ptrace(PTRACE_SETREGS, t->tid, NULL, &s->raw) == 0;
}

bool lp_follow_shares(const struct task *t, pid_t other)
{
	long differ = syscall(SYS_kcmp, t->tid, other, KCMP_VM, 0, 0);
	const struct task of_other = {.tid = other};
	uint64_t was, mark, seen;
	struct state s;
	bool same;

	if (differ >= 0)
		return differ == 0;
	/* Containers mostly forbid that call. But what comes to stand in one is in the other. */
	if (!get_regs(t, &s))
		return false;
	s.regs.r[RSP] -= sizeof(was);
	if (!lp_follow_peek(t, s.regs.r[RSP], &was, sizeof(was)))
		return false;
	mark = ~was;
	if (!lp_follow_poke(t, s.regs.r[RSP], &mark, sizeof(mark)))
		return false;
	same = lp_follow_peek(&of_other, s.regs.r[RSP], &seen, sizeof(seen)) && seen == mark;
	(void)!lp_follow_poke(t, s.regs.r[RSP], &was, sizeof(was));
	return same;
}

/* --- bytes ------------------------------------------------------------------------------------ */

#define DELETE_LOOK 256	 /* bytes in which "?delete" of a batch of keys is looked for */
#define FIRST_LOOK  4096 /* bytes that are taken before it is known what they are */

/*
 * How much may be copied of a message that starts like this; 0: it does not start like a request.
 * As in the kernel's probe (ebpf/probe.bpf.c), which has no library to share it with.
 */
static uint32_t budget_of(struct lp_span head)
{
	static const struct {
		struct lp_span start;
		uint32_t budget;
	} rows[] = {
		{{"PUT ", 4}, LPB_BUDGET_PUT},	{{"POST", 4}, LPB_BUDGET_POST},
		{{"GET ", 4}, LPB_BUDGET_POST}, {{"HEAD", 4}, LPB_BUDGET_POST},
		{{"DELE", 4}, LPB_BUDGET_POST}, {{"PATC", 4}, LPB_BUDGET_POST},
		{{"OPTI", 4}, LPB_BUDGET_POST}, {{"PRI ", 4}, LPB_BUDGET_POST},
	};
	struct lp_span line = lp_span_first(head, lp_span_find(head, '\r'));

	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		if (!lp_span_starts(head, rows[i].start))
			continue;
		if (rows[i].start.ptr[1] == 'O' && lp_span_holds(line, LP_SPAN("?delete")))
			return LPB_BUDGET_KEYS;
		return rows[i].budget;
	}
	return 0;
}

static struct lp_link *link_of(struct lp_follow *f, const struct task *t, uint64_t conn)
{
	return lp_links_find(&f->links, t->proc->process.pid, conn);
}

void lp_follow_late(struct lp_follow *f)
{
	struct lp_link *l = f->late.link;

	if (!l)
		return;
	(f->late.out ? lp_conn_out : lp_conn_in)(&l->conn, f->piece, f->late.n);
	if (f->late.skip)
		(f->late.out ? lp_conn_skip_out : lp_conn_skip_in)(&l->conn, f->late.skip);
	f->late.link = NULL;
}

/* `len` bytes at `buf` went over the connection; the first `have` are in f->piece already. */
static void moved(struct lp_follow *f, const struct task *t, struct lp_link *l, bool out,
		  uint64_t buf, uint64_t len, size_t have)
{
	uint32_t *budget = out ? &l->budget_out : &l->budget_in;

	if (lp_conn_ignored(&l->conn))
		return;
	while (len && *budget) {
		size_t n = *budget < sizeof(f->piece) ? *budget : sizeof(f->piece);

		if (n > len)
			n = (size_t)len;
		lp_follow_late(f);
		if (n > have && !lp_follow_peek(t, buf + have, f->piece + have, n - have)) {
			f->stats.lost++;
			break;
		}
		have = 0;
		f->late.link = l;
		f->late.out = out;
		f->late.n = n;
		f->late.skip = 0;
		*budget -= (uint32_t)n;
		buf += n;
		len -= n;
	}
	if (f->late.link)
		f->late.skip = len;
	else if (len)
		(out ? lp_conn_skip_out : lp_conn_skip_in)(&l->conn, len);
}

/*
 * The same of a connection that is known, or not, or begins with these bytes, a request. `flags` as
 * in lp_conn_init. In f->piece are its first bytes then; how many, comes back.
 */
static size_t sent(struct lp_follow *f, const struct task *t, uint64_t conn, uint64_t buf,
		   uint64_t len, uint16_t flags)
{
	struct lp_link *l = link_of(f, t, conn);
	size_t look = len < FIRST_LOOK ? (size_t)len : FIRST_LOOK, have = 0;
	struct lp_login login;
	uint32_t budget = 0;

	if (l && lp_conn_ignored(&l->conn))
		return 0;
	if (len && lp_follow_peek(t, buf, f->piece, look)) {
		have = look;
		budget = budget_of(lp_span_first(lp_span_of(f->piece, look), DELETE_LOOK));
	} else if (len) {
		f->stats.lost++;
	}
	if (!l && !budget && flags & LP_EVF_TLS &&
	    lp_login_find(lp_span_of(f->piece, have), &login))
		lp_links_login(&f->links, &t->proc->process, &t->proc->links, conn, &login);
	if (!l && budget)
		l = lp_links_new(&f->links, &t->proc->process, &t->proc->links, conn, flags);
	if (!l)
		return have;
	if (budget) {
		/* The end of a body from a file went by unseen, by sendfile. */
		if (!(flags & LP_EVF_TLS))
			lp_conn_skip_most_out(&l->conn, UINT64_MAX);
		l->budget_out = budget;
		l->budget_in = LPB_BUDGET_IN;
	}
	l->resting = false;
	if (t->proc->image->asleep & POINTS_READ && flags & LP_EVF_TLS)
		lp_follow_sleep(t, t->proc->image, POINTS_READ, false);
	moved(f, t, l, true, buf, len, have);
	return have;
}

static void received(struct lp_follow *f, const struct task *t, uint64_t conn, uint64_t buf,
		     uint64_t len)
{
	struct lp_link *l = link_of(f, t, conn);

	if (l)
		moved(f, t, l, false, buf, len, 0);
}

static void closed(struct lp_follow *f, const struct task *t, uint64_t conn)
{
	struct lp_link *l = link_of(f, t, conn);

	if (l)
		lp_links_free(&f->links, l);
}

/* --- Go --------------------------------------------------------------------------------------- */

/* TLS reads from a socket meanwhile. */
static struct reading **reading_of(struct proc *p, uint64_t g, bool plain)
{
	struct reading **at = &p->readings[lp_links_bucket(g) % READING_BUCKETS];

	while (*at && ((*at)->g != g || (*at)->plain != plain))
		at = &(*at)->next;
	return at;
}

/* What a Go structure begins with: a *net.conn with its netFD. */
static uint64_t first_of(const struct task *t, uint64_t at)
{
	uint64_t word;

	return lp_follow_peek(t, at, &word, sizeof(word)) ? word : 0;
}

/* The connection that a TLS function is called for. */
static uint64_t conn_at(const struct task *t, const struct breakpoint *b, uint64_t receiver)
{
	return b->outer ? first_of(t, receiver) : receiver;
}

static void read_begins(struct lp_follow *f, struct proc *p, const struct lp_regs *r, uint64_t conn,
			bool plain)
{
	struct reading **at = reading_of(p, r->r[R14], plain), *one;

	if (!*at && f->n_readings < LP_FOLLOW_READINGS_MAX) {
		*at = calloc(1, sizeof(**at));
		f->n_readings += *at != NULL;
	}
	one = *at;
	if (!one) {
		f->stats.no_room++;
		return;
	}
	one->plain = plain;
	one->g = r->r[R14];
	one->conn = conn;
	one->buf = r->r[RBX];
	one->len = r->r[RCX];
}

static void read_ends(struct lp_follow *f, const struct task *t, const struct lp_regs *r,
		      bool plain)
{
	struct reading **at = reading_of(t->proc, r->r[R14], plain), *one = *at;
	uint64_t n = r->r[RAX];
	struct lp_link *l;

	if (!one)
		return;
	*at = one->next;
	f->n_readings--;
	l = plain ? link_of(f, t, one->conn) : NULL;
	if (l)
		l->resting = false;
	if (n && n <= one->len)
		received(f, t, one->conn, one->buf, n);
	if (n && plain && t->proc->n_dialed)
		lp_follow_heard(f, t, first_of(t, one->conn));
	free(one);
}

/* Of a body that nobody looks at, for it to be left alone. */
#define REST_MIN (64 * 1024)

static bool rests(struct lp_link *l)
{
	l->resting = l->resting || lp_conn_rest_in(&l->conn, REST_MIN);
	return l->resting;
}

/* Where nobody in the process waits for an answer that is of interest, reads need not stop it. */
static void sleep_if_all_rest(const struct task *t)
{
	struct image *m = t->proc->image;

	if (m->asleep & POINTS_READ || m->users > 1)
		return;
	for (struct lp_link *l = t->proc->links; l; l = l->proc_next)
		if (l->conn.flags & LP_EVF_TLS && !rests(l))
			return;
	lp_follow_sleep(t, m, POINTS_READ, true);
}

/* memmove(RAX, RBX, RCX); receiver and buffer of Read stand behind its return address. */
static void read_copies(struct lp_follow *f, const struct task *t, const struct breakpoint *b,
			const struct lp_regs *r)
{
	uint64_t args[3], n = r->r[RCX]; /* receiver, buffer, its length */
	size_t look = n < FIRST_LOOK ? (size_t)n : FIRST_LOOK;
	const struct iovec here[] = {{args, sizeof(args)}, {f->piece, look}};
	const struct iovec there[] = {
		{(void *)(uintptr_t)(r->r[RSP] + b->frame + sizeof(uint64_t)), sizeof(args)},
		{(void *)(uintptr_t)r->r[RBX], look},
	};
	ssize_t got =
		process_vm_readv(t->tid, here, LP_ARRAY_LEN(here), there, LP_ARRAY_LEN(there), 0);
	struct lp_link *l;

	if (got < (ssize_t)sizeof(args) || args[1] != r->r[RAX] || !n || n > args[2])
		return;
	l = link_of(f, t, conn_at(t, b, args[0]));
	if (l && !rests(l))
		moved(f, t, l, false, r->r[RBX], n, (size_t)got - sizeof(args));
	else
		sleep_if_all_rest(t);
}

/* Who reads from this connection is going to have the answer to what is asked next. */
static bool waits_idly(struct lp_follow *f, const struct proc *p, uint64_t conn)
{
	const struct lp_link *l = lp_links_find(&f->links, p->process.pid, conn);

	return l && l->resting && !lp_conn_ignored(&l->conn);
}

/* All; or only of sockets: of `conn`, where that is given, else but of those that wait idly. */
static void forget_readings(struct lp_follow *f, struct proc *p, bool plain_only, uint64_t conn)
{
	for (unsigned i = 0; i < READING_BUCKETS; i++) {
		struct reading **at = &p->readings[i], *one;

		while ((one = *at)) {
			if (plain_only && (!one->plain || (conn ? one->conn != conn
								: waits_idly(f, p, one->conn)))) {
				at = &one->next;
				continue;
			}
			*at = one->next;
			f->n_readings--;
			free(one);
		}
	}
}

void lp_follow_forget_readings(struct lp_follow *f, struct proc *p, bool plain_only)
{
	forget_readings(f, p, plain_only, 0);
}

static void plain_sent(struct lp_follow *f, const struct task *t, const struct lp_regs *r)
{
	uint64_t conn = r->r[RAX], fd = first_of(t, conn);
	struct lp_link *l;
	size_t have;

	lp_follow_above(f, t->proc, conn, fd);
	have = sent(f, t, conn, r->r[RBX], r->r[RCX], 0);
	l = link_of(f, t, conn);
	if (l)
		l->socket = fd;
	lp_follow_said(t->proc, fd, lp_span_of(f->piece, have));
	lp_follow_settle(f, t);
}

static void plain_closed(struct lp_follow *f, const struct task *t, uint64_t conn)
{
	lp_follow_closed(t->proc, first_of(t, conn));
	closed(f, t, conn);
	forget_readings(f, t->proc, true, conn);
	lp_follow_settle(f, t);
}

/*
 * A program is about to be started (argv0 string, …). One with rights of its own would not get them
 * while its parent's tracer looks on.
 */
static void starts(struct lp_follow *f, const struct task *t, const struct lp_regs *r, bool child)
{
	uint64_t len = r->r[RBX];
	char path[PATH_MAX], name[PATH_MAX + 64];
	enum lp_elf_verdict verdict;

	t->proc->child_alone = false;
	if (!len || len >= sizeof(path) || !lp_follow_peek(t, r->r[RAX], path, (size_t)len))
		return;
	path[len] = '\0';
	snprintf(name, sizeof(name), "/proc/%d/%s%s", (int)t->tid, path[0] == '/' ? "root" : "cwd/",
		 path);
	verdict = lp_elf_probe(AT_FDCWD, name);
	if (verdict != LP_ELF_SETID && verdict != LP_ELF_CAPS)
		return;
	lp_follow_blind(f, t->proc->process.program, path, lp_elf_reason(verdict));
	if (child)
		t->proc->child_alone = true;
	else
		lp_follow_leave(t->proc);
}

/* --- C libraries ------------------------------------------------------------------------------ */

/* Nested deeper on the stack than this it is another call. */
#define NEST_MAX 16384

/*
 * The return address becomes the address of the breakpoint itself: the function comes back there,
 * with the stack pointer one word above where it began.
 */
static void call_begins(struct lp_follow *f, struct task *t, const struct breakpoint *b,
			const struct lp_regs *r)
{
	struct calling *c = &t->calling;
	uint64_t sp = r->r[RSP];

	if (c->in && sp < c->sp && c->sp - sp < NEST_MAX)
		return; /* inside the call that is looked at already */
	*c = (struct calling){
		.sp = sp,
		.conn = r->r[RDI],
		.buf = r->r[RSI],
		.len = r->r[RDX],
		.done = r->r[RCX],
	};
	if (lp_follow_peek(t, sp, &c->ret, sizeof(c->ret)) &&
	    lp_follow_poke(t, sp, &b->addr, sizeof(b->addr)))
		c->in = b;
	else
		f->stats.lost++;
}

static bool is_return(const struct task *t, const struct breakpoint *b, const struct lp_regs *r)
{
	uint64_t popped;

	return t->calling.in == b && r->r[RSP] == t->calling.sp + sizeof(uint64_t) &&
	       (!lp_follow_peek(t, t->calling.sp, &popped, sizeof(popped)) || popped == b->addr);
}

static void call_ends(struct lp_follow *f, struct task *t, struct lp_regs *r)
{
	struct calling c = t->calling;
	int result = (int)r->r[RAX];
	uint64_t n = 0;

	t->calling.in = NULL;
	r->ip = c.ret;
	if (c.in->kind == LP_POINT_C_OUT_DONE || c.in->kind == LP_POINT_C_IN_DONE) {
		if (result != 1 || !lp_follow_peek(t, c.done, &n, sizeof(n)))
			return;
	} else if (result > 0) {
		n = (uint64_t)result;
	}
	if (!n || n > c.len)
		return;
	if (c.in->kind == LP_POINT_C_OUT_DONE || c.in->kind == LP_POINT_C_OUT_COUNT)
		(void)sent(f, t, c.conn, c.buf, n, LP_EVF_TLS);
	else
		received(f, t, c.conn, c.buf, n);
}

/* --- both ------------------------------------------------------------------------------------- */

static const struct breakpoint *find(const struct proc *p, uint64_t addr)
{
	for (unsigned i = 0; p->image && i < p->image->n; i++)
		if (p->image->at[i].addr == addr)
			return &p->image->at[i];
	return NULL;
}

/* False: the registers are final, the instruction here is not to be carried out. */
static bool act(struct lp_follow *f, struct task *t, const struct breakpoint *b, struct lp_regs *r)
{
	switch (b->kind) {
	case LP_POINT_GO_WRITE:
		(void)sent(f, t, conn_at(t, b, r->r[RAX]), r->r[RBX], r->r[RCX], LP_EVF_TLS);
		break;
	case LP_POINT_GO_READ:
		read_begins(f, t->proc, r, conn_at(t, b, r->r[RAX]), false);
		break;
	case LP_POINT_GO_READ_RETURN:
		read_ends(f, t, r, false);
		break;
	case LP_POINT_GO_READ_COPY:
		read_copies(f, t, b, r);
		break;
	case LP_POINT_GO_CLOSE:
		closed(f, t, r->r[RAX]);
		break;
	case LP_POINT_GO_START:
	case LP_POINT_GO_REPLACE:
		starts(f, t, r, b->kind == LP_POINT_GO_START);
		break;
	case LP_POINT_GO_CONNECT:
		lp_follow_connects(f, t, r->r[RAX]);
		break;
	case LP_POINT_GO_PLAIN_WRITE:
		plain_sent(f, t, r);
		break;
	case LP_POINT_GO_PLAIN_READ:
		/* Perhaps before anything was sent. */
		read_begins(f, t->proc, r, r->r[RAX], true);
		lp_follow_waits(f, t, r->r[RAX]);
		break;
	case LP_POINT_GO_PLAIN_READ_RETURN:
		read_ends(f, t, r, true);
		break;
	case LP_POINT_GO_PLAIN_CLOSE:
		plain_closed(f, t, r->r[RAX]);
		break;
	case LP_POINT_C_OUT_DONE:
	case LP_POINT_C_IN_DONE:
	case LP_POINT_C_OUT_COUNT:
	case LP_POINT_C_IN_COUNT:
		if (is_return(t, b, r)) {
			call_ends(f, t, r);
			return false;
		}
		call_begins(f, t, b, r);
		break;
	case LP_POINT_C_FREE:
		closed(f, t, r->r[RDI]);
		break;
	}
	return true;
}

static bool by_int3(const struct task *t)
{
	siginfo_t si;

	return ptrace(PTRACE_GETSIGINFO, t->tid, NULL, &si) == 0 && si.si_code == SI_KERNEL;
}

/*
 * The breakpoint that a thread stopped at for SIGTRAP, and its registers. Behind an instruction of
 * one byte a thread may also stand that goes on there, and somebody sent it the signal.
 */
static const struct breakpoint *stopped_at(const struct task *t, struct state *s)
{
	const struct breakpoint *b =
		t->proc->image && get_regs(t, s) ? find(t->proc, s->regs.ip - 1) : NULL;

	return b && (b->step.len > 1 || by_int3(t)) ? b : NULL;
}

bool lp_follow_at(const struct task *t)
{
	struct state s;

	return stopped_at(t, &s) != NULL;
}

/* Does what it stands in the place of. False: memory that it needs is not there. */
static bool carry_out(const struct task *t, const struct breakpoint *b, struct lp_regs *r)
{
	uint64_t stored, top = 0;
	bool stores;

	if (b->step.kind == LP_STEP_RET && !lp_follow_peek(t, r->r[RSP], &top, sizeof(top)))
		return false;
	stores = lp_step_stores(&b->step, r, &stored);
	lp_step_do(&b->step, r, top);
	return !stores || lp_follow_poke(t, r->r[RSP], &stored, sizeof(stored));
}

bool lp_follow_hit(struct lp_follow *f, struct task *t)
{
	struct state s;
	const struct breakpoint *b = stopped_at(t, &s);
	uint64_t lost = f->stats.lost;
	bool final, good;

	if (!b)
		return false;
	f->links.time_ns = lp_realtime_ns();
	s.regs.ip--;
	final = !act(f, t, b, &s.regs);
	good = final || carry_out(t, b, &s.regs);
	if ((!good || f->stats.lost != lost) && lp_follow_shut(t)) {
		lp_follow_unseen(f, t->proc, LP_BLIND_SHUT);
		lp_follow_take_out(t);
		if (!final)
			lp_follow_undo(t, true); /* the instruction runs by itself now */
		lp_follow_leave(t->proc);
		return !final || set_regs(t, &s);
	}
	/* What cannot be read or written faults in the program as well, at this address. */
	return good && set_regs(t, &s);
}

void lp_follow_undo(struct task *t, bool at_trap)
{
	struct calling *c = &t->calling;
	struct state s;
	uint64_t word;

	if (at_trap && get_regs(t, &s) && find(t->proc, s.regs.ip - 1)) {
		/* The byte is as it was, so the instruction runs now; but a function on its way
		 * back does not run again. */
		s.regs.ip--;
		if (c->in && s.regs.ip == c->in->addr && is_return(t, c->in, &s.regs))
			s.regs.ip = c->ret;
		(void)set_regs(t, &s);
	}
	if (c->in && lp_follow_peek(t, c->sp, &word, sizeof(word)) && word == c->in->addr)
		(void)!lp_follow_poke(t, c->sp, &c->ret, sizeof(c->ret));
	c->in = NULL;
}

#else

bool lp_follow_shares(const struct task *t, pid_t other)
{
	(void)t;
	(void)other;
	return false;
}

bool lp_follow_at(const struct task *t)
{
	(void)t;
	return false;
}

bool lp_follow_hit(struct lp_follow *f, struct task *t)
{
	(void)f;
	(void)t;
	return false;
}

void lp_follow_late(struct lp_follow *f)
{
	(void)f;
}

void lp_follow_undo(struct task *t, bool at_trap)
{
	(void)t;
	(void)at_trap;
}

void lp_follow_forget_readings(struct lp_follow *f, struct proc *p, bool plain_only)
{
	(void)f;
	(void)p;
	(void)plain_only;
}

#endif
