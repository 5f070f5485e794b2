/* SPDX-License-Identifier: MIT */
/* Whom to follow, from when on and until when. */
#include "follow_impl.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define LEAVE_MS 1000
#define LOOK_MS	 1000 /* between looks at breakpoints: are they still there? */

int lp_follow_new(struct lp_follow **out, struct lp_assemble *assemble, struct lp_blinds *blinds)
{
	struct lp_follow *f = NULL;

	*out = NULL;
#if !defined(__x86_64__)
	return -ENOSYS;
#endif
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->assemble = f->links.assemble = assemble;
	f->blinds = blinds;
	*out = f;
	return 0;
}

/* A thread that is not traced yet. 0 or -errno; then it is not known. */
static int seize(struct lp_follow *f, struct proc *p, pid_t tid)
{
	struct task *t = lp_follow_add_task(f, p, tid);
	int err;

	if (!t)
		return -ENOMEM;
	if (!ptrace(PTRACE_SEIZE, tid, NULL, FOLLOW_OPTIONS))
		return 0;
	err = -errno;
	lp_follow_drop_task(f, t);
	return err;
}

int lp_follow_expect(struct lp_follow *f, pid_t pid, pid_t tid)
{
	struct task *known = lp_follow_task(f, tid);
	struct proc *p = lp_follow_proc(f, pid);
	bool fresh = !p;
	int err;

	if (known) { /* as a traced program's child */
		lp_follow_expecting(known->proc, true);
		known->proc->told = true;
		return 0;
	}
	/* A thread of another process is none of this one. */
	if (tid != pid) {
		char name[64];

		snprintf(name, sizeof(name), "/proc/%d/task/%d", (int)pid, (int)tid);
		if (access(name, F_OK))
			return -ESRCH;
	}
	if (!p)
		p = lp_follow_new_proc(f, pid);
	err = p ? seize(f, p, tid) : -ENOMEM;
	if (err) {
		if (p && fresh)
			lp_follow_free_proc(f, p);
		return err;
	}
	lp_follow_expecting(p, true);
	p->told = true;
	return 0;
}

/* All threads there are; those that they make from now on come by themselves. */
static int seize_all(struct lp_follow *f, struct proc *p)
{
	char name[64];
	unsigned before;
	int err = 0;
	DIR *dir;

	snprintf(name, sizeof(name), "/proc/%d/task", (int)p->process.pid);
	do {
		const struct dirent *e;

		before = p->n_tasks;
		dir = opendir(name);
		while (dir && !err && (e = readdir(dir)) != NULL) {
			pid_t tid = (pid_t)strtol(e->d_name, NULL, 10);

			if (tid > 0 && !lp_follow_task(f, tid))
				err = seize(f, p, tid);
			if (err == -ESRCH) /* it has just ended */
				err = 0;
		}
		if (dir)
			closedir(dir);
	} while (dir && !err && p->n_tasks != before);
	if (!err && !p->n_tasks)
		err = -ESRCH;
	return err;
}

/* Stops the thread, which waits for us, and sets the breakpoints from its view. */
static int plant_stopped(struct lp_follow *f, struct task *t, const struct lp_program *program,
			 uint64_t inode)
{
	pid_t tid = t->tid;

	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL))
		return -errno;
	for (int i = 0; i < NAPS_MAX; i++) {
		int status;
		pid_t got = waitpid(tid, &status, __WALL | WNOHANG);

		if (got < 0)
			return -errno;
		if (got == 0) {
			lp_follow_nap();
		} else if (WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP &&
			   WSTOPSIG(status) == SIGTRAP) {
			bool done = lp_follow_plant(t, program, inode);

			lp_follow_resume(f, t, 0);
			return done ? 0 : -EIO;
		} else {
			(void)lp_follow_status(f, tid, status);
			t = lp_follow_task(f, tid);
			if (!t)
				return -ESRCH;
		}
	}
	return -ETIMEDOUT;
}

int lp_follow_join(struct lp_follow *f, pid_t pid, pid_t tid, const char *name)
{
	uint64_t inode = 0;
	const struct lp_program *program = lp_program_in(&f->programs, pid, name, &inode);
	struct proc *p = lp_follow_proc(f, pid);
	struct task *t;
	int err;

	if (!program || program->kind != LP_PROGRAM_TLS)
		return -ENOENT;
	if (p && p->image)
		return p->image->inode == inode ? 0 : -EBUSY;
	if (!p) {
		p = lp_follow_new_proc(f, pid);
		if (!p)
			return -ENOMEM;
		p->told = true;
	}
	err = seize_all(f, p);
	t = lp_follow_task(f, tid);
	if (!t || t->proc != p) /* its number in another PID namespace; any thread will do */
		t = lp_follow_task(f, pid);
	if (!err)
		err = t && t->proc == p ? plant_stopped(f, t, program, inode) : -ESRCH;
	if (!err) {
		lp_log(LP_LOG_DEBUG, "ptrace: %s in %s", program->what, name);
		return 0;
	}
	p = lp_follow_proc(f, pid);
	if (p && p->tasks)
		lp_follow_leave(p);
	else if (p)
		lp_follow_free_proc(f, p);
	return err;
}

/* Where breakpoints are gone a thread is stopped, to set them again. */
static void look_at_breakpoints(struct lp_follow *f)
{
	for (struct proc *p = f->procs; p; p = p->next)
		if (p->image && !p->leaving && p->tasks && !lp_follow_intact(p->tasks, p->image))
			(void)ptrace(PTRACE_INTERRUPT, p->tasks->tid, NULL, NULL);
}

int lp_follow_poll(struct lp_follow *f)
{
	uint64_t now;

	if (!f->procs)
		return -1;
	now = lp_monotonic_ms();
	if (now - f->looked_ms >= LOOK_MS) {
		f->looked_ms = now;
		look_at_breakpoints(f);
	}
	for (struct proc *p = f->procs; p; p = p->next) {
		if (!p->expecting || now < p->deadline_ms)
			continue;
		lp_follow_expecting(p, false);
		/* A process with an image is traced for what it is, not for what it starts. */
		if (!p->image)
			lp_follow_leave(p);
	}
	return LOOK_MS;
}

bool lp_follow_has(const struct lp_follow *f, pid_t pid)
{
	return lp_follow_proc(f, pid) != NULL;
}

void lp_follow_stats(const struct lp_follow *f, struct lp_follow_stats *stats)
{
	*stats = f->stats;
	stats->no_room += f->links.no_room;
}

/* Takes statuses until none is left, or nobody is traced, or the time is up. */
static void take_statuses(struct lp_follow *f, uint64_t until_ms)
{
	while (f->procs) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);

		if (tid > 0)
			(void)lp_follow_status(f, tid, status);
		else if (tid < 0 || lp_monotonic_ms() >= until_ms)
			break;
		else
			lp_follow_nap();
	}
}

void lp_follow_finish(struct lp_follow *f)
{
	take_statuses(f, 0);
	lp_follow_await_newborn(f);
	f->finishing = true;
	for (struct proc *p = f->procs; p; p = p->next) {
		if (p->image && !p->leaving && p->tasks && !lp_follow_intact(p->tasks, p->image))
			lp_follow_unseen(f, p, LP_BLIND_BREAKPOINTS);
		lp_follow_leave(p);
	}
	take_statuses(f, lp_monotonic_ms() + LEAVE_MS);
	while (f->procs)
		lp_follow_free_proc(f, f->procs);
}

void lp_follow_free(struct lp_follow *f)
{
	if (f)
		lp_follow_finish(f);
	free(f);
}
