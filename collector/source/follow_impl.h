/* SPDX-License-Identifier: MIT */
#ifndef LP_FOLLOW_IMPL_H
#define LP_FOLLOW_IMPL_H

/*
 * Between the files of the follower: follow.c (whom to follow), follow_procs.c (who is followed),
 * follow_stop.c (what threads stop for), follow_plant.c and follow_shut.c (breakpoints in memory),
 * follow_hit.c (what they see), follow_plain.c (sockets of Go). Nobody else includes this.
 */

#include "follow.h"
#include "follow_points.h"
#include "links.h"

#define FOLLOW_OPTIONS                                                                             \
	(PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)
#define TASK_BUCKETS	1024u
#define READING_BUCKETS 64u
#define DIALED_MAX	256u /* sockets of a process of which it is not known what they carry */

/* One breakpoint in memory. */
struct breakpoint {
	enum lp_point_kind kind;
	struct lp_step step;
	uint64_t addr;
	unsigned char byte; /* what stands there without it */
	bool outer;	    /* as in struct lp_point, */
	uint64_t frame;	    /* as well */
};

/* Breakpoints in one address space. Processes that share it (vfork) share this. */
struct image {
	unsigned users; /* processes */
	unsigned stay;	/* of these: not being let go of */
	bool planted;
	uint32_t asleep;  /* kinds of points, a bit each: those are not set for now */
	uint64_t inode;	  /* of its file */
	uint64_t call_at; /* a system call's instruction, wherever; 0: there is none */
	unsigned n;
	struct breakpoint at[LP_POINTS_MAX];
};

/* A Go routine inside Read. */
struct reading {
	struct reading *next;
	bool plain;
	uint64_t g, conn, buf, len;
};

/* A socket of Go's that was connected, and has not sent what tells. */
struct dialed {
	uint64_t fd; /* its netFD */
	uint64_t since_ms;
	unsigned leads; /* pieces that may be SOCKS */
};

/* A thread inside a function of a C library, whose return address is changed to find its end. */
struct calling {
	const struct breakpoint *in; /* NULL: in none */
	uint64_t sp;		     /* of the word with the return address */
	uint64_t ret;		     /* what stood there */
	uint64_t conn, buf, len, done;
};

struct task {
	struct task *next;    /* in its bucket */
	struct task *sibling; /* of the same process */
	struct proc *proc;
	pid_t tid;
	bool leaving;	/* detached at its next stop */
	bool listening; /* in a group stop */
	struct calling calling;
};

struct proc {
	struct proc *next;
	struct task *tasks;
	struct lp_link *links;
	struct image *image; /* NULL: no breakpoints */
	struct reading *readings[READING_BUCKETS];
	struct dialed dialed[DIALED_MAX]; /* the oldest first */
	unsigned n_dialed;
	unsigned n_tasks;
	bool expecting;	  /* it said that it starts a program, and did not yet */
	bool told;	  /* a shim that starts its next program says what that is */
	bool leaving;	  /* all its threads are */
	bool child_alone; /* what it starts next is not traced */
	bool counted;	  /* as a program that was followed */
	uint64_t deadline_ms;
	char by[LP_PROGRAM_MAX]; /* what started its program; "" when nobody knows */
	struct lp_process process;
};

struct lp_follow {
	struct lp_assemble *assemble;
	struct lp_blinds *blinds;
	struct task *tasks[TASK_BUCKETS];
	struct proc *procs;
	unsigned n_tasks, n_readings;
	uint64_t looked_ms; /* at breakpoints */
	pid_t coming[64]; /* made by who is traced, and not stopped for us yet; no more are known */
	unsigned n_coming;
	bool finishing; /* all are let go of, those who come as well */
	struct lp_follow_stats stats;
	struct lp_programs programs;
	struct lp_links links;
	char piece[64 * 1024]; /* bytes on their way from a process to its connection: */
	struct {
		struct lp_link *link; /* NULL: none are */
		bool out;
		size_t n;
		uint64_t skip; /* so many more went over it and are not copied */
	} late;
};

/*
 * Sets the program's breakpoints where its file, of this inode, is mapped; from the view of a
 * thread that is stopped. False: there are none.
 */
LP_MUST_USE bool lp_follow_plant(struct task *t, const struct lp_program *program, uint64_t inode);
#define POINT_BIT(kind) (1u << (kind))

/*
 * Those that are not always set: reads are not looked at until something is written, sockets not
 * while all that there are carry TLS, which is seen above them, and who reads from them not while
 * no answer is due.
 */
#define POINTS_READ POINT_BIT(LP_POINT_GO_READ_COPY)
#define POINTS_PLAIN_READ                                                                          \
	(POINT_BIT(LP_POINT_GO_PLAIN_READ) | POINT_BIT(LP_POINT_GO_PLAIN_READ_RETURN))
#define POINTS_PLAIN_REST (POINT_BIT(LP_POINT_GO_PLAIN_WRITE) | POINT_BIT(LP_POINT_GO_PLAIN_CLOSE))
#define POINTS_PLAIN	  (POINTS_PLAIN_READ | POINTS_PLAIN_REST)

/* Takes those of these kinds out, or puts them back. */
void lp_follow_sleep(const struct task *t, struct image *m, uint32_t kinds, bool asleep);
/* Takes them out again. */
void lp_follow_uproot(const struct task *t, const struct image *m);
/* Nobody without rights reads or writes the program's memory. */
LP_MUST_USE bool lp_follow_shut(const struct task *t);
/* Takes them out for good, also then; the thread must be stopped. */
void lp_follow_take_out(const struct task *t);
/*
 * False when breakpoints are gone: where another's uprobe stood in the same place, which may come
 * at any time, the kernel leaves the file's byte behind when it goes.
 */
LP_MUST_USE bool lp_follow_intact(const struct task *t, const struct image *m);
/* Sets those again; the thread must be stopped. True when there were any. */
LP_MUST_USE bool lp_follow_mend(const struct task *t, const struct image *m);

/* Bytes of the traced thread's memory; false when they cannot be read, in part or whole. */
LP_MUST_USE bool lp_follow_peek(const struct task *t, uint64_t addr, void *to, size_t len);
/* Changes bytes of it, read-only text as well. The thread must be stopped. */
LP_MUST_USE bool lp_follow_poke(const struct task *t, uint64_t addr, const void *from, size_t len);

/*
 * A child that stopped before its first instruction has the memory of `other`, its maker. No more
 * than a word below its stack, where nobody is yet, changes meanwhile.
 */
LP_MUST_USE bool lp_follow_shares(const struct task *t, pid_t other);

/*
 * The thread stopped for SIGTRAP. True when that was a breakpoint of ours and the thread may go on.
 * Then, while it runs already, lp_follow_late does the rest of the work.
 */
LP_MUST_USE bool lp_follow_hit(struct lp_follow *f, struct task *t);
void lp_follow_late(struct lp_follow *f);

/* True when a thread that stopped for SIGTRAP stands at a breakpoint of ours. */
LP_MUST_USE bool lp_follow_at(const struct task *t);

/* Before a stopped thread is let go of: no trace of us may be left in its registers and stack. */
void lp_follow_undo(struct task *t, bool at_trap);

/* Forgets reads in flight; or only those of sockets, but of connections that rest. */
void lp_follow_forget_readings(struct lp_follow *f, struct proc *p, bool plain_only);

/*
 * Plain HTTP of Go (follow_plain.c). The netFD at `fd` is being connected; it was closed; it said
 * this first; it was spoken to, which by HTTP nobody is who did not speak before.
 */
void lp_follow_connects(struct lp_follow *f, const struct task *t, uint64_t fd);
void lp_follow_closed(struct proc *p, uint64_t fd);
void lp_follow_said(struct proc *p, uint64_t fd, struct lp_span first);
void lp_follow_heard(struct lp_follow *f, const struct task *t, uint64_t fd);
/* Somebody is about to wait for what comes over the connection, which may be nothing of ours. */
void lp_follow_waits(struct lp_follow *f, const struct task *t, uint64_t conn);
/* The connection is this one's, and no other's that was closed unseen. */
void lp_follow_above(struct lp_follow *f, const struct proc *p, uint64_t conn, uint64_t fd);
/* Looks at sockets, or not, as is needed now. */
void lp_follow_settle(struct lp_follow *f, const struct task *t);

/* The traced thread of that number; NULL: there is none. */
struct task *lp_follow_task(struct lp_follow *f, pid_t tid);
/* One of `p`, also where it was one before; NULL when there is no room. */
struct task *lp_follow_add_task(struct lp_follow *f, struct proc *p, pid_t tid);
/* Forgets it; that lets nobody go. Its process stays, if only to be freed. */
void lp_follow_drop_task(struct lp_follow *f, struct task *t);

/* The traced process of that number; NULL: there is none. */
struct proc *lp_follow_proc(const struct lp_follow *f, pid_t pid);
/* One without threads; NULL when there is no room. */
struct proc *lp_follow_new_proc(struct lp_follow *f, pid_t pid);
/* With what was pending, and its threads. */
void lp_follow_free_proc(struct lp_follow *f, struct proc *p);
/* The program that ran until now did all that we will ever see of it. */
void lp_follow_end_program(struct lp_follow *f, struct proc *p);
/* It is about to start a program, and has so long; or no more. */
void lp_follow_expecting(struct proc *p, bool yes);
/* Lets go of a process: each thread at its next stop. */
void lp_follow_leave(struct proc *p);

/* Has a stopped thread go on, with the signal (0: none); one that is to be let go of, it is. */
void lp_follow_resume(struct lp_follow *f, struct task *t, int sig);
/* Waits for those who were made and did not stop for us yet: they will soon, or were let go of
 * already. */
void lp_follow_await_newborn(struct lp_follow *f);
/* A moment, where statuses are polled for, */
void lp_follow_nap(void);
#define NAPS_MAX 200 /* and how many of them a stop may take that will come */

void lp_follow_blind(struct lp_follow *f, const char *by, const char *path, const char *why);
/* The same of the program that runs in `p`. */
static inline void lp_follow_unseen(struct lp_follow *f, const struct proc *p, const char *why)
{
	lp_follow_blind(f, p->by, p->process.program, why);
}

#endif
