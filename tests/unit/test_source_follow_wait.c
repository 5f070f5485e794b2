/* SPDX-License-Identifier: MIT */
/* Stops that follow each other closely, and others: none is missed, and nobody waits for long. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "base/clock.h"
#include "source/follow_wait.h"

#define STOPS 200

/* The status of the child that comes next, however long that takes. */
static int next_status(struct lp_follow_wait *w, pid_t child)
{
	unsigned work = 0;
	int status = 0;
	pid_t pid;

	do
		pid = lp_follow_wait(w, 0, &status, &work);
	while (pid == 0);
	assert_int_equal(pid, child);
	assert_true(work == 1 || work == 8);
	return status;
}

static pid_t child_that(void (*does)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		does();
		_exit(7);
	}
	assert_true(pid > 0);
	return pid;
}

static void stops_often(void)
{
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	for (int i = 0; i < STOPS; i++)
		raise(SIGUSR1);
}

static void sleeps(void)
{
	for (;;)
		pause();
}

static void each_stop_is_seen(void **state)
{
	struct lp_follow_wait w = {.soon = 0};
	pid_t child = child_that(stops_often);
	unsigned work = 0;
	int status, n = 0;

	(void)state;
	while (WIFSTOPPED(status = next_status(&w, child))) {
		assert_int_equal(WSTOPSIG(status), SIGUSR1);
		assert_true(w.soon <= 16 && w.pause <= 4096);
		assert_int_equal(ptrace(PTRACE_CONT, child, NULL, NULL), 0);
		lp_follow_waited(&w);
		n++;
	}
	assert_int_equal(n, STOPS);
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(lp_follow_wait(&w, 0, &status, &work), -1); /* nobody is left */
}

/* Awake for its time, or less where that harms others, who then have a pause. */
static void waiting_ends(void **state)
{
	struct lp_follow_wait w = {.soon = 16, .pause = 256};
	pid_t child = child_that(sleeps);
	unsigned work = 0;
	uint64_t begin;
	int status;

	(void)state;
	lp_follow_waited(&w);
	begin = lp_monotonic_ns();
	assert_int_equal(lp_follow_wait(&w, 0, &status, &work), 0);
	assert_true(w.soon == -512 || lp_monotonic_ns() - begin >= 250000);
	assert_true(w.soon == -512 || w.soon == 16);
	/* Long after the last stop it does not begin. */
	w.last_ns -= 400000;
	assert_int_equal(lp_follow_wait(&w, 0, &status, &work), 0);
	assert_true(w.soon == -512 || w.soon == 16);
	assert_int_equal(work, 0);
	kill(child, SIGKILL);
	assert_true(WIFSIGNALED(next_status(&w, child)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_stop_is_seen),
		cmocka_unit_test(waiting_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
