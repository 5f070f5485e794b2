/* SPDX-License-Identifier: MIT */
/* Which processes are followed, by the statuses that waitpid() gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/follow.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_announces_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	return 0;
}

#endif
