/* SPDX-License-Identifier: MIT */
/* What threads stop for. Breakpoints are in follow_plant.c, what they see in follow_hit.c. */
#include "follow_impl.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "lp_ring.h"

#define NAP_MS	    1
#define ENVIRON_MAX (256 * 1024) /* bytes of an environment that are looked at */

/* A stopped thread is let go of, with the signal. */
static void detach(struct lp_follow *f, struct task *t, int sig, bool at_trap)
{
	struct proc *p = t->proc;
	struct image *m = p->image;

	/* Where nobody who shares the memory stays, the first thread that stops takes the
	 * breakpoints out. */
	if (m && m->planted && m->stay == 0)
		lp_follow_take_out(t);
	lp_follow_undo(t, at_trap);
	(void)ptrace(PTRACE_DETACH, t->tid, NULL, (void *)(intptr_t)sig);
	lp_follow_drop_task(f, t);
	if (!p->tasks)
		lp_follow_free_proc(f, p);
}

void lp_follow_resume(struct lp_follow *f, struct task *t, int sig)
{
	if (t->leaving)
		detach(f, t, sig, false);
	else
		(void)ptrace(PTRACE_CONT, t->tid, NULL, (void *)(intptr_t)sig);
}

/* A number in a line "Name:\t123" of /proc/PID/status. */
static long status_line(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* A child of a traced process has the breakpoints that its parent has. */
static bool inherit(const struct task *t, const struct proc *parent)
{
	struct image *m = parent->image;
	struct proc *p = t->proc;

	if (!m || !m->planted)
		return true;
	if (!lp_follow_shares(t, parent->process.pid)) {
		m = malloc(sizeof(*m));
		if (!m)
			return false;
		*m = *parent->image;
		m->users = m->stay = 0;
		m->asleep = POINTS_READ | POINTS_PLAIN; /* or they were, when the child was made */
	}
	m->users++;
	m->stay++;
	p->image = m;
	return true;
}

/* It stopped for us, or never will. */
static void came(struct lp_follow *f, pid_t tid)
{
	for (unsigned i = 0; i < f->n_coming; i++)
		if (f->coming[i] == tid)
			f->coming[i] = f->coming[--f->n_coming];
}

/* A thread or process that a traced one made; it stopped before its first instruction. */
static void newborn(struct lp_follow *f, pid_t tid)
{
	char text[4096];
	struct proc *p = NULL, *parent;
	struct task *t = NULL;
	pid_t pid;

	came(f, tid);
	if (!lp_proc_read(tid, "status", text, sizeof(text)).len)
		return; /* it is gone */
	pid = (pid_t)status_line(text, "\nTgid:");
	p = lp_follow_proc(f, pid);
	if (p) {
		t = lp_follow_add_task(f, p, tid);
	} else if (pid == tid) {
		parent = lp_follow_proc(f, (pid_t)status_line(text, "\nPPid:"));
		p = lp_follow_new_proc(f, pid);
		if (p)
			p->told = !parent || parent->told;
		t = p ? lp_follow_add_task(f, p, tid) : NULL;
		if (t && parent && !inherit(t, parent))
			f->stats.no_room++;
		if (t && parent && parent->child_alone) {
			parent->child_alone = false;
			lp_follow_leave(p);
		}
		if (t && f->finishing)
			lp_follow_leave(p);
	}
	if (t) {
		lp_follow_resume(f, t, 0);
		return;
	}
	if (p && !p->tasks)
		lp_follow_free_proc(f, p);
	(void)ptrace(PTRACE_DETACH, tid, NULL, NULL);
}

/* The shim comes along in the environment; unless who started the program took it out. */
static bool names_shim(pid_t pid)
{
	char *text = malloc(ENVIRON_MAX);
	bool found = text && lp_span_holds(lp_proc_read(pid, "environ", text, ENVIRON_MAX),
					   LP_SPAN(LP_SOCKET_VARIABLE "="));

	free(text);
	return found;
}

static void count(struct lp_follow *f, struct proc *p, const struct lp_program *program)
{
	if (!p->counted && !program->loader)
		f->stats.programs++;
	p->counted = true;
}

static void look_into(struct lp_follow *f, struct task *t, const struct lp_program *program,
		      uint64_t inode)
{
	struct proc *p = t->proc;
	const char *path = p->process.program;

	switch (program ? program->kind : LP_PROGRAM_FOREIGN) {
	case LP_PROGRAM_TLS:
		if (!lp_follow_plant(t, program, inode)) {
			lp_follow_unseen(f, p, "no breakpoints can be set in it");
			return;
		}
		lp_log(LP_LOG_DEBUG, "ptrace: %s in %s", program->what, path);
		count(f, p, program);
		return;
	case LP_PROGRAM_QUIET:
		/* It may start others, and a set-id one among them. */
		if (program->n && !lp_follow_plant(t, program, inode))
			lp_log(LP_LOG_DEBUG, "ptrace: no breakpoints in %s", path);
		count(f, p, program);
		return;
	case LP_PROGRAM_UNKNOWN:
		lp_follow_unseen(f, p, LP_BLIND_UNREADABLE);
		return;
	case LP_PROGRAM_REFUSED:
		lp_follow_unseen(f, p, program->why);
		return;
	case LP_PROGRAM_DYNAMIC:
		if (!names_shim(p->process.pid))
			lp_follow_unseen(f, p, "started without the shim in its environment");
		lp_follow_leave(p);
		return;
	case LP_PROGRAM_TRACER:
		lp_follow_unseen(f, p, "may trace other programs itself");
		lp_follow_leave(p);
		return;
	case LP_PROGRAM_FOREIGN:
		lp_follow_unseen(f, p, "machine");
		lp_follow_leave(p);
		return;
	}
}

/* Of a process whose first thread is not traced another one ran a program: it is the first now. */
static struct task *renamed(struct lp_follow *f, pid_t pid)
{
	struct proc *p = lp_follow_proc(f, pid);

	return p ? lp_follow_add_task(f, p, pid) : NULL;
}

static void on_exec(struct lp_follow *f, struct task *t)
{
	struct proc *p = t->proc;
	const struct lp_program *program = NULL;
	struct task *other, *next;
	struct stat st = {0};
	char name[32];
	int fd;

	/* Only the one that made the call is left, and it has the process's number now. */
	for (other = p->tasks; other; other = next) {
		next = other->sibling;
		if (other != t)
			lp_follow_drop_task(f, other);
	}
	t->calling.in = NULL;
	lp_follow_end_program(f, p);
	memcpy(p->by, p->process.program, sizeof(p->by));
	lp_links_name(&p->process);
	snprintf(name, sizeof(name), "/proc/%d/exe", (int)p->process.pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0)
		program = lp_program_of(&f->programs, fd);
	if (fd >= 0)
		close(fd);
	(void)ptrace(PTRACE_SETOPTIONS, t->tid, NULL, FOLLOW_OPTIONS);
	if (!p->told)
		(void)lp_blinds_add_running(f->blinds, lp_span_str(p->by), p->process.pid,
					    p->process.program, false);
	p->told = false;
	look_into(f, t, program, st.st_ino);
}

void lp_follow_nap(void)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};

	nanosleep(&nap, NULL);
}

void lp_follow_await_newborn(struct lp_follow *f)
{
	for (int naps = 0; f->n_coming && naps < NAPS_MAX; naps++) {
		for (unsigned i = f->n_coming; i--;) {
			int status;
			pid_t tid = f->coming[i], got = waitpid(tid, &status, __WALL | WNOHANG);

			if (got > 0)
				(void)lp_follow_status(f, tid, status);
			if (got)
				came(f, tid);
		}
		if (f->n_coming)
			lp_follow_nap();
	}
}

/* The thread that announced a program started it in a child: it is of no more interest itself. */
static void on_child(struct lp_follow *f, struct task *t)
{
	unsigned long child;

	if (!ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &child) && !lp_follow_task(f, (pid_t)child) &&
	    f->n_coming < LP_ARRAY_LEN(f->coming))
		f->coming[f->n_coming++] = (pid_t)child;
	/* As long as its maker is known, who says what its memory holds. */
	if (f->finishing)
		lp_follow_await_newborn(f);
	if (t->proc->expecting) {
		lp_follow_expecting(t->proc, false);
		lp_follow_leave(t->proc);
	}
	/* Inside a system call it cannot be sent to another: our interrupt stops it behind it. */
	if (t->leaving && t->proc->image && t->proc->image->planted && lp_follow_shut(t))
		(void)ptrace(PTRACE_CONT, t->tid, NULL, NULL);
	else
		lp_follow_resume(f, t, 0);
}

static enum lp_followed on_group_stop(struct task *t, int sig)
{
	if (sig == SIGTRAP) {
		bool was = t->listening;

		t->listening = false;
		(void)ptrace(PTRACE_CONT, t->tid, NULL, NULL);
		return was ? LP_FOLLOWED_CONTINUED : LP_FOLLOWED_NOTHING;
	}
	t->listening = true;
	(void)ptrace(PTRACE_LISTEN, t->tid, NULL, NULL);
	return LP_FOLLOWED_STOPPED;
}

static enum lp_followed on_stop(struct lp_follow *f, struct task *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	switch (event) {
	case 0:
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(f, t);
		lp_follow_resume(f, t, 0);
		return LP_FOLLOWED_NOTHING;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		on_child(f, t);
		return LP_FOLLOWED_NOTHING;
	case PTRACE_EVENT_STOP:
		if (t->leaving) {
			detach(f, t, 0, false);
			return LP_FOLLOWED_NOTHING;
		}
		if (t->proc->image && lp_follow_mend(t, t->proc->image))
			lp_follow_unseen(f, t->proc, LP_BLIND_BREAKPOINTS);
		return on_group_stop(t, sig);
	default:
		lp_follow_resume(f, t, 0);
		return LP_FOLLOWED_NOTHING;
	}
	if (sig == SIGTRAP && t->proc->image) {
		if (t->leaving) {
			bool ours = lp_follow_at(t);

			detach(f, t, ours ? 0 : sig, ours);
			return LP_FOLLOWED_NOTHING;
		}
		if (lp_follow_hit(f, t))
			sig = 0;
		if (t->leaving)
			lp_follow_late(f); /* its connections end with it */
	}
	lp_follow_resume(f, t, sig);
	lp_follow_late(f);
	return LP_FOLLOWED_NOTHING;
}

enum lp_followed lp_follow_status(struct lp_follow *f, pid_t tid, int status)
{
	struct task *t = lp_follow_task(f, tid);
	enum lp_followed what;
	struct proc *p;

	if (!t) {
		if (!WIFSTOPPED(status))
			came(f, tid);
		if (!WIFSTOPPED(status) || status >> 16 == 0)
			return LP_FOLLOWED_NOT;
		if (status >> 16 == PTRACE_EVENT_EXEC)
			t = renamed(f, tid);
	}
	if (!t) {
		newborn(f, tid);
		return LP_FOLLOWED_NOTHING;
	}
	if (WIFSTOPPED(status)) {
		bool leader = t->proc->process.pid == tid;

		what = on_stop(f, t, status);
		return leader ? what : LP_FOLLOWED_NOTHING;
	}
	p = t->proc;
	what = p->process.pid == tid ? LP_FOLLOWED_ENDED : LP_FOLLOWED_NOTHING;
	lp_follow_drop_task(f, t);
	/* A process of which only that thread was traced goes on by itself. */
	if (what == LP_FOLLOWED_ENDED || !p->tasks)
		lp_follow_free_proc(f, p);
	return what;
}
