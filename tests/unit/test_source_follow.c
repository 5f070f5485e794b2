/* SPDX-License-Identifier: MIT */
/* Which processes are followed, by the statuses that waitpid() gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc.h"
#include "source/follow_impl.h"

#if defined(__x86_64__)

static int said[2], asked[2]; /* pipes: a thread's id from the child, and a byte to it */

/* Says who it is, and ends when it is told to. */
static void *announces(void *none)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);
	char byte;

	if (write(said[1], &tid, sizeof(tid)) != (ssize_t)sizeof(tid) ||
	    read(asked[0], &byte, 1) != 1)
		_exit(1);
	return none;
}

static pid_t start(void)
{
	pid_t child = fork();
	pthread_t thread;

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (pthread_create(&thread, NULL, announces, NULL) == 0)
			pthread_join(thread, NULL);
		_exit(1);
	}
	return child;
}

static void let_end(void)
{
	assert_int_equal(write(asked[1], "", 1), 1);
}

static pid_t next_tid(void)
{
	pid_t tid = 0;

	assert_int_equal(read(said[0], &tid, sizeof(tid)), sizeof(tid));
	return tid;
}

static void take_statuses_of(struct lp_follow *f, pid_t tid)
{
	int status = 0;

	do {
		assert_int_equal(waitpid(tid, &status, __WALL), tid);
		(void)lp_follow_status(f, tid, status);
	} while (WIFSTOPPED(status));
}

/* What it was to start failed, and the thread ends: the process is none of ours any more. */
static void one_thread_announces_and_ends(void **state)
{
	static struct lp_blinds blinds;
	struct lp_assemble *assemble;
	struct lp_follow *f;
	pid_t child, tid;

	(void)state;
	assert_int_equal(pipe(said) || pipe(asked), 0);
	child = start();
	assert_int_equal(lp_assemble_new(&assemble, NULL, NULL, &blinds), 0);
	assert_int_equal(lp_follow_new(&f, assemble, &blinds), 0);
	tid = next_tid();
	assert_int_equal(lp_follow_expect(f, child, tid), 0);
	assert_true(lp_follow_has(f, child));
	let_end();
	take_statuses_of(f, tid);
	assert_false(lp_follow_has(f, child));
	/* The next one may do so all the same. */
	tid = next_tid();
	assert_int_equal(lp_follow_expect(f, child, tid), 0);
	assert_true(lp_follow_has(f, child));
	kill(child, SIGKILL);
	lp_follow_free(f);
	lp_assemble_free(assemble);
	lp_blinds_fini(&blinds);
	(void)waitpid(child, NULL, 0);
}

#define NOBODY 65534

__asm__(".text\n.type a_call, @function\na_call: syscall\nret\n");
extern const char a_call[];

/* Shuts its memory and makes a child: 0 when it was told of the child as ever. */
static int shuts_and_forks(void)
{
	pid_t child;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (prctl(PR_SET_DUMPABLE, 1) || write(said[1], "", 1) != 1 ||
	    read(asked[0], &byte, 1) != 1 || prctl(PR_SET_DUMPABLE, 0))
		return 1;
	child = fork();
	if (child == 0)
		_exit(0);
	return child > 0 && waitpid(child, NULL, 0) == child ? 0 : 2;
}

/* As an ordinary user: lets go of it while it makes the child. What it came to. */
static int lets_go_inside_fork(struct lp_follow *f)
{
	static struct image *m;
	int status = 0, end = -1;
	pid_t traced, tid;
	char byte;

	m = calloc(1, sizeof(*m));
	if (!m || (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY)))
		return 10;
	traced = fork();
	if (traced == 0)
		_exit(shuts_and_forks());
	if (read(said[0], &byte, 1) != 1 || lp_follow_expect(f, traced, traced))
		return 11;
	*m = (struct image){.users = 1, .stay = 1, .planted = true, .n = 1};
	m->call_at = (uint64_t)(uintptr_t)a_call;
	m->at[0].addr = (uint64_t)(uintptr_t)a_call;
	f->procs->image = m;
	f->procs->expecting = false;
	if (write(asked[1], "", 1) != 1)
		return 12;
	while ((tid = waitpid(-1, &status, __WALL)) > 0) {
		if (tid == traced && !WIFSTOPPED(status))
			end = status;
		if (tid == traced && status >> 16 == PTRACE_EVENT_FORK)
			lp_follow_leave(f->procs);
		(void)lp_follow_status(f, tid, status);
	}
	return WIFEXITED(end) ? WEXITSTATUS(end) : 13;
}

/* Its registers are the system call's then: it would be told that there is none of that number. */
static void one_that_shuts_its_memory_is_let_go_of_behind_its_call(void **state)
{
	/* Where valgrind finds them in the processes, too, that end without freeing them. */
	static struct lp_blinds blinds;
	static struct lp_assemble *assemble;
	static struct lp_follow *f;
	int status = 0;
	pid_t tracer;

	(void)state;
	assert_int_equal(pipe(said) || pipe(asked), 0);
	assert_int_equal(lp_assemble_new(&assemble, NULL, NULL, &blinds), 0);
	assert_int_equal(lp_follow_new(&f, assemble, &blinds), 0);
	tracer = fork();
	if (tracer == 0)
		_exit(lets_go_inside_fork(f));
	assert_int_equal(waitpid(tracer, &status, 0), tracer);
	assert_int_equal(status, 0);
	lp_follow_free(f);
	lp_assemble_free(assemble);
	lp_blinds_fini(&blinds);
}

/* As an ordinary user: what is stopped in the moment in which it is let go of. 0: it stays so. */
static int lets_go_of_what_is_stopped(void)
{
	struct image m = {.planted = true, .n = 1, .call_at = (uint64_t)(uintptr_t)a_call};
	struct proc proc = {.image = &m};
	struct task t = {.proc = &proc};
	int status = 0;
	char byte;

	m.at[0].addr = m.call_at;
	if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY))
		return 10;
	proc.process.pid = t.tid = fork();
	if (t.tid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (prctl(PR_SET_DUMPABLE, 1) || write(said[1], "", 1) != 1 ||
		    read(asked[0], &byte, 1) != 1 || prctl(PR_SET_DUMPABLE, 0) ||
		    write(said[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(said[0], &byte, 1) != 1 || ptrace(PTRACE_SEIZE, t.tid, NULL, NULL) ||
	    write(asked[1], "", 1) != 1 || read(said[0], &byte, 1) != 1 ||
	    ptrace(PTRACE_INTERRUPT, t.tid, NULL, NULL) || waitpid(t.tid, &status, __WALL) != t.tid)
		return 11;
	if (!lp_follow_shut(&t) || kill(t.tid, SIGSTOP))
		return 12;
	lp_follow_take_out(&t);
	if (!lp_follow_shut(&t) || ptrace(PTRACE_DETACH, t.tid, NULL, NULL))
		return 13;
	alarm(10);
	if (waitpid(t.tid, &status, WUNTRACED) != t.tid || !WIFSTOPPED(status))
		return 14;
	kill(t.tid, SIGKILL);
	return waitpid(t.tid, NULL, 0) == t.tid ? 0 : 15;
}

static void a_stop_comes_while_memory_is_open(void **state)
{
	int status = 0;
	pid_t tracer;

	(void)state;
	assert_int_equal(pipe(said) || pipe(asked), 0);
	tracer = fork();
	if (tracer == 0)
		_exit(lets_go_of_what_is_stopped());
	assert_int_equal(waitpid(tracer, &status, 0), tracer);
	assert_int_equal(status, 0);
}

#define ROUNDS	 8
#define CHILDREN 40

/* Starts one that starts many, each of which says who it is and waits for its end. */
static pid_t start_forks(void)
{
	pid_t child = fork(), pid;

	if (child)
		return child;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)announces(NULL);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < CHILDREN; i++) {
			if (fork() == 0)
				break;
		}
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pid = getpid();
		if (write(said[1], &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
			_exit(1);
	}
	for (;;)
		pause();
}

static pid_t tracer_of(pid_t pid)
{
	static const char line[] = "\nTracerPid:\t";
	char text[4096];
	const char *at;

	(void)lp_proc_read(pid, "status", text, sizeof(text));
	at = strstr(text, line);
	return at ? (pid_t)strtol(at + strlen(line), NULL, 10) : 0;
}

/* Who is made while all are let go of is let go of, too: it would end with us. */
static void a_child_comes_at_the_end(void **state)
{
	static struct lp_blinds blinds;
	struct lp_assemble *assemble;
	struct lp_follow *f;
	pid_t child, pid;
	int status;

	(void)state;
	assert_int_equal(lp_assemble_new(&assemble, NULL, NULL, &blinds), 0);
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(pipe(said) || pipe2(asked, O_CLOEXEC), 0);
		child = start_forks();
		assert_int_equal(lp_follow_new(&f, assemble, &blinds), 0);
		assert_int_equal(lp_follow_expect(f, next_tid(), child), 0);
		let_end();
		/* As far as the second or third of them. */
		for (int k = 0; k < 8 + i; k++)
			if ((pid = waitpid(-1, &status, __WALL)) > 0)
				(void)lp_follow_status(f, pid, status);
		lp_follow_finish(f);
		for (int k = 0; k < CHILDREN + 1; k++)
			assert_int_equal(tracer_of(next_tid()), 0);
		lp_follow_free(f);
		kill(-child, SIGKILL);
		(void)waitpid(child, NULL, 0);
		for (int k = 0; k < 2; k++) {
			close(said[k]);
			close(asked[k]);
		}
	}
	lp_assemble_free(assemble);
	lp_blinds_fini(&blinds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_announces_and_ends),
		cmocka_unit_test(one_that_shuts_its_memory_is_let_go_of_behind_its_call),
		cmocka_unit_test(a_stop_comes_while_memory_is_open),
		cmocka_unit_test(a_child_comes_at_the_end),
	};

	alarm(60); /* a test of its own: who waits in vain is not waited for */
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	return 0;
}

#endif
