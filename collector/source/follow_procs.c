/* SPDX-License-Identifier: MIT */
/* Which processes and threads are traced. */
#include "follow_impl.h"

#include <stdlib.h>
#include <sys/ptrace.h>

#include "base/clock.h"
#include "lp_limits.h"

#define EXPECT_MS (2 * LP_HELLO_WAIT_MS) /* for starting what was announced */

/* --- threads ---------------------------------------------------------------------------------- */

static struct task **place_of(struct lp_follow *f, pid_t tid)
{
	struct task **at = &f->tasks[(unsigned)tid % TASK_BUCKETS];

	while (*at && (*at)->tid != tid)
		at = &(*at)->next;
	return at;
}

struct task *lp_follow_task(struct lp_follow *f, pid_t tid)
{
	return *place_of(f, tid);
}

struct task *lp_follow_add_task(struct lp_follow *f, struct proc *p, pid_t tid)
{
	struct task **at = place_of(f, tid), *t = *at;

	if (t)
		return t;
	if (f->n_tasks < LP_FOLLOW_TASKS_MAX)
		t = calloc(1, sizeof(*t));
	if (!t) {
		f->stats.no_room++;
		return NULL;
	}
	t->tid = tid;
	t->proc = p;
	t->leaving = p->leaving;
	t->sibling = p->tasks;
	p->tasks = t;
	p->n_tasks++;
	f->n_tasks++;
	*at = t;
	return t;
}

void lp_follow_drop_task(struct lp_follow *f, struct task *t)
{
	struct task **at = place_of(f, t->tid), **of = &t->proc->tasks;

	*at = t->next;
	while (*of != t)
		of = &(*of)->sibling;
	*of = t->sibling;
	t->proc->n_tasks--;
	f->n_tasks--;
	free(t);
}

/* --- processes -------------------------------------------------------------------------------- */

static void leave_image(struct proc *p)
{
	struct image *m = p->image;

	p->image = NULL;
	if (!m)
		return;
	if (!p->leaving)
		m->stay--;
	if (--m->users == 0)
		free(m);
}

struct proc *lp_follow_proc(const struct lp_follow *f, pid_t pid)
{
	struct proc *p = f->procs;

	while (p && p->process.pid != pid)
		p = p->next;
	return p;
}

struct proc *lp_follow_new_proc(struct lp_follow *f, pid_t pid)
{
	struct proc *p = calloc(1, sizeof(*p));

	if (!p) {
		f->stats.no_room++;
		return NULL;
	}
	p->process.pid = pid;
	p->process.source = LP_SOURCE_PTRACE;
	lp_links_name(&p->process);
	p->next = f->procs;
	f->procs = p;
	return p;
}

void lp_follow_expecting(struct proc *p, bool yes)
{
	p->expecting = yes;
	if (yes)
		p->deadline_ms = lp_monotonic_ms() + EXPECT_MS;
}

void lp_follow_end_program(struct lp_follow *f, struct proc *p)
{
	lp_links_close(&f->links, &p->links);
	lp_assemble_gone(f->assemble, &p->process);
	lp_follow_forget_readings(f, p, false);
	p->n_dialed = 0;
	leave_image(p);
	lp_follow_expecting(p, false);
	p->child_alone = false;
	p->counted = false;
}

void lp_follow_free_proc(struct lp_follow *f, struct proc *p)
{
	struct proc **at = &f->procs;

	lp_follow_end_program(f, p);
	for (struct task *t = p->tasks, *next; t; t = next) {
		next = t->sibling;
		lp_follow_drop_task(f, t);
	}
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	free(p);
}

void lp_follow_leave(struct proc *p)
{
	if (p->leaving)
		return;
	p->leaving = true;
	if (p->image)
		p->image->stay--;
	for (struct task *t = p->tasks; t; t = t->sibling) {
		t->leaving = true;
		(void)ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL);
	}
}

void lp_follow_blind(struct lp_follow *f, const char *by, const char *path, const char *why)
{
	lp_blinds_add(f->blinds, LP_BLIND_PROGRAM, lp_span_str(by), lp_span_str(path),
		      lp_span_str(why));
}
