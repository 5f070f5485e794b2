/* SPDX-License-Identifier: MIT */
/* Processes, threads and their stops. Breakpoints are in follow_plant.c, what they see in
 * follow_hit.c. */
#include "follow_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/proc.h"
#include "lp_limits.h"
#include "lp_ring.h"

#define EXPECT_MS   (2 * LP_HELLO_WAIT_MS) /* for starting what was announced */
#define LEAVE_MS    1000
#define NAP_MS	    1
#define JOIN_NAPS   200		 /* for a thread that waits for us to stop */
#define LOOK_MS	    1000	 /* between looks at breakpoints: are they still there? */
#define ENVIRON_MAX (256 * 1024) /* bytes of an environment that are looked at */

/* --- threads ---------------------------------------------------------------------------------- */

static struct task **place_of(const struct lp_follow *f, pid_t tid)
{
	/* The table is never const: only who looks something up promises to change nothing. */
	struct task *const *at = &f->tasks[(unsigned)tid % TASK_BUCKETS];

	while (*at && (*at)->tid != tid)
		at = &(*at)->next;
	return (struct task **)(uintptr_t)at;
}

static struct task *add_task(struct lp_follow *f, struct proc *p, pid_t tid)
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

static void drop_task(struct lp_follow *f, struct task *t)
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

static struct proc *find_proc(const struct lp_follow *f, pid_t pid)
{
	struct proc *p = f->procs;

	while (p && p->process.pid != pid)
		p = p->next;
	return p;
}

static struct proc *new_proc(struct lp_follow *f, pid_t pid)
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

static void expect(struct proc *p, bool yes)
{
	p->expecting = yes;
	if (yes)
		p->deadline_ms = lp_monotonic_ms() + EXPECT_MS;
}

/* The program that ran until now did all that we will ever see of it. */
static void end_program(struct lp_follow *f, struct proc *p)
{
	lp_links_close(&f->links, &p->links);
	lp_assemble_gone(f->assemble, &p->process);
	lp_follow_forget_readings(f, p, false);
	p->n_dialed = 0;
	leave_image(p);
	expect(p, false);
	p->child_alone = false;
	p->counted = false;
}

static void free_proc(struct lp_follow *f, struct proc *p)
{
	struct proc **at = &f->procs;

	end_program(f, p);
	for (struct task *t = p->tasks, *next; t; t = next) {
		next = t->sibling;
		drop_task(f, t);
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

/* --- stops ------------------------------------------------------------------------------------ */

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
	drop_task(f, t);
	if (!p->tasks)
		free_proc(f, p);
}

static void resume(struct lp_follow *f, struct task *t, int sig)
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
	p = find_proc(f, pid);
	if (p) {
		t = add_task(f, p, tid);
	} else if (pid == tid) {
		parent = find_proc(f, (pid_t)status_line(text, "\nPPid:"));
		p = new_proc(f, pid);
		if (p)
			p->told = !parent || parent->told;
		t = p ? add_task(f, p, tid) : NULL;
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
		resume(f, t, 0);
		return;
	}
	if (p && !p->tasks)
		free_proc(f, p);
	(void)ptrace(PTRACE_DETACH, tid, NULL, NULL);
}

/* The shim comes along in the environment; unless who started the program took it out. */
static bool names_shim(pid_t pid)
{
	static const char variable[] = LP_SOCKET_VARIABLE "=";
	char *text = malloc(ENVIRON_MAX);
	bool found = false;

	if (text) {
		size_t n = lp_proc_read(pid, "environ", text, ENVIRON_MAX).len;

		found = memmem(text, n, variable, strlen(variable)) != NULL;
	}
	free(text);
	return found;
}

static void count(struct lp_follow *f, struct proc *p, const struct lp_program *program)
{
	if (!p->counted && !program->loader)
		f->stats.programs++;
	p->counted = true;
}

static void blind(struct lp_follow *f, const struct proc *p, const char *why)
{
	lp_follow_blind(f, p->by, p->process.program, why);
}

static void look_into(struct lp_follow *f, struct task *t, const struct lp_program *program,
		      uint64_t inode)
{
	struct proc *p = t->proc;
	const char *path = p->process.program;

	switch (program ? program->kind : LP_PROGRAM_FOREIGN) {
	case LP_PROGRAM_TLS:
		if (!lp_follow_plant(t, program, inode)) {
			blind(f, p, "no breakpoints can be set in it");
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
		blind(f, p, LP_BLIND_UNREADABLE);
		return;
	case LP_PROGRAM_REFUSED:
		blind(f, p, program->why);
		return;
	case LP_PROGRAM_DYNAMIC:
		if (!names_shim(p->process.pid))
			blind(f, p, "started without the shim in its environment");
		lp_follow_leave(p);
		return;
	case LP_PROGRAM_TRACER:
		blind(f, p, "may trace other programs itself");
		lp_follow_leave(p);
		return;
	case LP_PROGRAM_FOREIGN:
		blind(f, p, "machine");
		lp_follow_leave(p);
		return;
	}
}

/* Of a process whose first thread is not traced another one ran a program: it is the first now. */
static struct task *renamed(struct lp_follow *f, pid_t pid)
{
	struct proc *p = find_proc(f, pid);

	return p ? add_task(f, p, pid) : NULL;
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
			drop_task(f, other);
	}
	t->calling.in = NULL;
	end_program(f, p);
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

/* Those who were made and did not stop for us yet: they will soon, or were let go of already. */
static void await_newborn(struct lp_follow *f)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};

	for (int naps = 0; f->n_coming && naps < JOIN_NAPS; naps++) {
		for (unsigned i = f->n_coming; i--;) {
			int status;
			pid_t tid = f->coming[i], got = waitpid(tid, &status, __WALL | WNOHANG);

			if (got > 0)
				(void)lp_follow_status(f, tid, status);
			if (got)
				came(f, tid);
		}
		if (f->n_coming)
			nanosleep(&nap, NULL);
	}
}

/* The thread that announced a program started it in a child: it is of no more interest itself. */
static void on_child(struct lp_follow *f, struct task *t)
{
	unsigned long child;

	if (!ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &child) && !*place_of(f, (pid_t)child) &&
	    f->n_coming < LP_ARRAY_LEN(f->coming))
		f->coming[f->n_coming++] = (pid_t)child;
	/* As long as its maker is known, who says what its memory holds. */
	if (f->finishing)
		await_newborn(f);
	if (t->proc->expecting) {
		expect(t->proc, false);
		lp_follow_leave(t->proc);
	}
	/* Inside a system call it cannot be sent to another: our interrupt stops it behind it. */
	if (t->leaving && t->proc->image && t->proc->image->planted && lp_follow_shut(t))
		(void)ptrace(PTRACE_CONT, t->tid, NULL, NULL);
	else
		resume(f, t, 0);
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
		resume(f, t, 0);
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
			blind(f, t->proc, LP_BLIND_BREAKPOINTS);
		return on_group_stop(t, sig);
	default:
		resume(f, t, 0);
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
	resume(f, t, sig);
	lp_follow_late(f);
	return LP_FOLLOWED_NOTHING;
}

enum lp_followed lp_follow_status(struct lp_follow *f, pid_t tid, int status)
{
	struct task *t = *place_of(f, tid);
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
	drop_task(f, t);
	/* A process of which only that thread was traced goes on by itself. */
	if (what == LP_FOLLOWED_ENDED || !p->tasks)
		free_proc(f, p);
	return what;
}

/* --- the interface ---------------------------------------------------------------------------- */

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

int lp_follow_expect(struct lp_follow *f, pid_t pid, pid_t tid)
{
	struct task *known = *place_of(f, tid);
	struct proc *p = find_proc(f, pid);
	bool fresh = !p;

	if (known) { /* as a traced program's child */
		expect(known->proc, true);
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
		p = new_proc(f, pid);
	if (!p || !add_task(f, p, tid)) {
		if (p && fresh)
			free_proc(f, p);
		return -ENOMEM;
	}
	if (ptrace(PTRACE_SEIZE, tid, NULL, FOLLOW_OPTIONS)) {
		int err = -errno;

		drop_task(f, *place_of(f, tid));
		if (fresh)
			free_proc(f, p);
		return err;
	}
	expect(p, true);
	p->told = true;
	return 0;
}

/* All threads there are; those that they make from now on come by themselves. */
static int seize_all(struct lp_follow *f, struct proc *p)
{
	char name[64];
	unsigned before;
	DIR *dir;

	snprintf(name, sizeof(name), "/proc/%d/task", (int)p->process.pid);
	do {
		const struct dirent *e;

		before = p->n_tasks;
		dir = opendir(name);
		while (dir && (e = readdir(dir)) != NULL) {
			pid_t tid = (pid_t)strtol(e->d_name, NULL, 10);
			int err;

			if (tid <= 0 || *place_of(f, tid))
				continue;
			if (!add_task(f, p, tid)) {
				closedir(dir);
				return -ENOMEM;
			}
			if (!ptrace(PTRACE_SEIZE, tid, NULL, FOLLOW_OPTIONS))
				continue;
			err = errno;
			drop_task(f, *place_of(f, tid));
			if (err != ESRCH) {
				closedir(dir);
				return -err;
			}
		}
		if (dir)
			closedir(dir);
	} while (dir && p->n_tasks != before);
	return p->n_tasks ? 0 : -ESRCH;
}

/* Stops the thread, which waits for us, and sets the breakpoints from its view. */
static int plant_stopped(struct lp_follow *f, struct task *t, const struct lp_program *program,
			 uint64_t inode)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
	pid_t tid = t->tid;

	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL))
		return -errno;
	for (int i = 0; i < JOIN_NAPS; i++) {
		int status;
		pid_t got = waitpid(tid, &status, __WALL | WNOHANG);

		if (got < 0)
			return -errno;
		if (got == 0) {
			nanosleep(&nap, NULL);
		} else if (WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP &&
			   WSTOPSIG(status) == SIGTRAP) {
			bool done = lp_follow_plant(t, program, inode);

			resume(f, t, 0);
			return done ? 0 : -EIO;
		} else {
			(void)lp_follow_status(f, tid, status);
			t = *place_of(f, tid);
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
	struct proc *p = find_proc(f, pid);
	struct task *t;
	int err;

	if (!program || program->kind != LP_PROGRAM_TLS)
		return -ENOENT;
	if (p && p->image)
		return p->image->inode == inode ? 0 : -EBUSY;
	if (!p) {
		p = new_proc(f, pid);
		if (!p)
			return -ENOMEM;
		p->told = true;
	}
	err = seize_all(f, p);
	t = *place_of(f, tid);
	if (!t || t->proc != p) /* its number in another PID namespace; any thread will do */
		t = *place_of(f, pid);
	if (!err)
		err = t && t->proc == p ? plant_stopped(f, t, program, inode) : -ESRCH;
	if (!err) {
		lp_log(LP_LOG_DEBUG, "ptrace: %s in %s", program->what, name);
		return 0;
	}
	p = find_proc(f, pid);
	if (p && p->tasks)
		lp_follow_leave(p);
	else if (p)
		free_proc(f, p);
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
		expect(p, false);
		/* A process with an image is traced for what it is, not for what it starts. */
		if (!p->image)
			lp_follow_leave(p);
	}
	return LOOK_MS;
}

bool lp_follow_has(const struct lp_follow *f, pid_t pid)
{
	return find_proc(f, pid) != NULL;
}

void lp_follow_stats(const struct lp_follow *f, struct lp_follow_stats *stats)
{
	*stats = f->stats;
	stats->no_room += f->links.no_room;
}

/* Takes statuses until none is left, or nobody is traced, or the time is up. */
static void take_statuses(struct lp_follow *f, uint64_t until_ms)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};

	while (f->procs) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);

		if (tid > 0)
			(void)lp_follow_status(f, tid, status);
		else if (tid < 0 || lp_monotonic_ms() >= until_ms)
			break;
		else
			nanosleep(&nap, NULL);
	}
}

void lp_follow_finish(struct lp_follow *f)
{
	take_statuses(f, 0);
	await_newborn(f);
	f->finishing = true;
	for (struct proc *p = f->procs; p; p = p->next) {
		if (p->image && !p->leaving && p->tasks && !lp_follow_intact(p->tasks, p->image))
			blind(f, p, LP_BLIND_BREAKPOINTS);
		lp_follow_leave(p);
	}
	take_statuses(f, lp_monotonic_ms() + LEAVE_MS);
	while (f->procs)
		free_proc(f, f->procs);
}

void lp_follow_free(struct lp_follow *f)
{
	if (f)
		lp_follow_finish(f);
	free(f);
}
