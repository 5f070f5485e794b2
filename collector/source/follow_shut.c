/* SPDX-License-Identifier: MIT */

/*
 * Programs that shut their memory (PR_SET_DUMPABLE), as those do that keep secrets: without rights
 * nobody reads or writes it then, its tracer neither. They would die of the breakpoints in it, as
 * what these stand in the place of could not be carried out, nor could they be taken out. Registers
 * are still ours: a thread of the program is sent to a system call that opens it again, for as long
 * as we take our leave.
 */
#include "follow_impl.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)

#define STEPS_MAX 16
#define MASK_SIZE sizeof(uint64_t)

/*
 * One instruction; stops that mean something else are passed over, an end is left to be met. The
 * one signal that cannot be blocked is told of, to be sent again.
 */
static bool step(const struct task *t, bool *stopped)
{
	for (int i = 0; i < STEPS_MAX; i++) {
		siginfo_t si = {0};
		int status;

		if (ptrace(PTRACE_SINGLESTEP, t->tid, NULL, NULL) ||
		    waitid(P_PID, (id_t)t->tid, &si, WSTOPPED | WEXITED | WNOWAIT | __WALL) ||
		    si.si_code != CLD_TRAPPED || waitpid(t->tid, &status, __WALL) != t->tid)
			return false;
		if (WSTOPSIG(status) == SIGTRAP && status >> 16 == 0)
			return true;
		*stopped |= WSTOPSIG(status) == SIGSTOP && status >> 16 == 0;
	}
	return false;
}

/* prctl(PR_SET_DUMPABLE, yes) by the stopped thread. */
static bool set_dumpable(const struct task *t, bool yes)
{
	/* What the step ends with is forced: blocked, it would cost the program its handler. */
	uint64_t mask, all = ~(uint64_t)0 & ~((uint64_t)1 << (SIGTRAP - 1));
	struct user_regs_struct before, regs;
	void *size = (void *)(uintptr_t)MASK_SIZE;
	bool done, stopped = false;

	if (!t->proc->image->call_at || ptrace(PTRACE_GETREGS, t->tid, NULL, &before) ||
	    ptrace(PTRACE_GETSIGMASK, t->tid, size, &mask) ||
	    ptrace(PTRACE_SETSIGMASK, t->tid, size, &all))
		return false;
	regs = before;
	regs.rip = t->proc->image->call_at;
	regs.rax = SYS_prctl;
	regs.orig_rax = ~(uint64_t)0; /* no call of its own is gone on with now */
	regs.rdi = PR_SET_DUMPABLE;
	regs.rsi = yes;
	done = ptrace(PTRACE_SETREGS, t->tid, NULL, &regs) == 0 && step(t, &stopped) &&
	       ptrace(PTRACE_GETREGS, t->tid, NULL, &regs) == 0 && regs.rax == 0;
	(void)ptrace(PTRACE_SETREGS, t->tid, NULL, &before);
	(void)ptrace(PTRACE_SETSIGMASK, t->tid, size, &mask);
	if (stopped)
		syscall(SYS_tgkill, t->proc->process.pid, t->tid, SIGSTOP);
	return done;
}

#else

static bool set_dumpable(const struct task *t, bool yes)
{
	(void)t;
	(void)yes;
	return false;
}

#endif

bool lp_follow_shut(const struct task *t)
{
	const struct image *m = t->proc->image;
	char byte;

	return m->n && !lp_follow_peek(t, m->at[0].addr, &byte, 1) && errno == EPERM;
}

/* Threads inside a call would come back to a breakpoint. */
static void give_back(const struct task *t)
{
	for (struct task *other = t->proc->tasks; other; other = other->sibling) {
		const struct calling *c = &other->calling;
		uint64_t word;

		if (c->in && lp_follow_peek(t, c->sp, &word, sizeof(word)) && word == c->in->addr)
			(void)!lp_follow_poke(t, c->sp, &c->ret, sizeof(c->ret));
	}
}

void lp_follow_take_out(const struct task *t)
{
	struct image *m = t->proc->image;
	bool shut = lp_follow_shut(t), open = shut && set_dumpable(t, true);

	lp_follow_uproot(t, m);
	m->planted = false;
	if (open) {
		give_back(t);
		(void)!set_dumpable(t, false);
	}
}
