/* SPDX-License-Identifier: MIT */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "mapping.h"
#include "probe_abi.h"

/*
 * The kernel takes the programs away while the collector's descriptors are closed, so one more
 * process may be stopped just after the first look.
 */
#define LOOKS	      20
#define LOOK_EVERY_MS 10

#define WATCH_EVERY_MS 1000 /* whether the collector was stopped */

bool lpb_keeper_others_hold(uint32_t pid)
{
	const union sigval question = {.sival_ptr = (void *)(uintptr_t)(LPB_MAY_GO_ON | pid)};
	const struct timespec none = {0};
	sigset_t both, before;
	siginfo_t said;
	bool held = false;
	int sig;

	sigemptyset(&both);
	sigaddset(&both, LPB_SIG_ASK);
	sigaddset(&both, LPB_SIG_HELD);
	if (pthread_sigmask(SIG_BLOCK, &both, &before))
		return false;
	(void)pthread_sigqueue(pthread_self(), LPB_SIG_ASK, question);
	do {
		sig = sigtimedwait(&both, &said, &none);
		/* Nobody but the kernel can say that it is from the kernel. */
		held |= sig == LPB_SIG_HELD && said.si_code == SI_KERNEL;
	} while (sig > 0 || errno == EINTR);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return held;
}

void lpb_keeper_continue(const struct lpb_stops *s, uint32_t pid, uint32_t times)
{
	uint32_t ready = times | LPB_READY, told;

	/* First, so that of two gates at least the later one is not told that the other holds it.
	 */
	bpf_map_update_elem(s->continued, &pid, &ready, BPF_ANY);
	if (!lpb_keeper_others_hold(pid))
		kill((pid_t)pid, SIGCONT);
	/* In this order: who comes after us does it once more rather than never. */
	bpf_map_update_elem(s->continued, &pid, &times, BPF_EXIST);
	/* It may have ended meanwhile, and its number become another's. */
	if (bpf_map_lookup_elem(s->stopped, &pid, &told))
		bpf_map_delete_elem(s->continued, &pid);
}

bool lpb_keeper_holds(const struct lpb_stops *s, uint32_t pid, uint32_t *times)
{
	uint32_t continued = 0;

	if (bpf_map_lookup_elem(s->stopped, &pid, times))
		return false;
	(void)bpf_map_lookup_elem(s->continued, &pid, &continued);
	return *times != continued;
}

void lpb_keeper_release(const struct lpb_stops *s)
{
	uint32_t pid, times;
	const uint32_t *last = NULL;

	while (bpf_map_get_next_key(s->stopped, last, &pid) == 0) {
		if (lpb_keeper_holds(s, pid, &times))
			lpb_keeper_continue(s, pid, times);
		last = &pid;
	}
}

/* Whether somebody stopped the collector. */
static bool is_stopped(pid_t pid)
{
	char state;

	return lpb_proc_parent(pid, &state) >= 0 && (state == 'T' || state == 't');
}

/* Until the collector ends. */
static void watch(int in, const struct lpb_stops *s, pid_t collector)
{
	struct pollfd end = {.fd = in, .events = POLLIN};
	bool stopped = false;
	int n;

	do {
		n = poll(&end, 1, !collector ? -1 : stopped ? LOOK_EVERY_MS : WATCH_EVERY_MS);
		stopped = n == 0 && is_stopped(collector);
		if (stopped)
			lpb_keeper_release(s);
	} while (n == 0 || (n < 0 && errno == EINTR));
}

static _Noreturn void keep(int in, struct lpb_stops s, pid_t collector)
{
	const struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
	char byte;
	ssize_t n;

	/* Out of reach of the terminal's signals; only these three descriptors stay. */
	setsid();
	prctl(PR_SET_NAME, "leastpriv-keep");
	if (dup2(s.stopped, 0) < 0 || dup2(s.continued, 1) < 0 || dup2(in, 2) < 0)
		_exit(1);
	s = (struct lpb_stops){.stopped = 0, .continued = 1};
	syscall(SYS_close_range, 3, ~0u, 0);
	watch(2, &s, collector);
	do
		n = read(2, &byte, 1);
	while (n < 0 && errno == EINTR);
	for (int i = 0; i < LOOKS; i++) {
		lpb_keeper_release(&s);
		/* A byte is an orderly end: the programs are detached already. */
		if (n > 0)
			break;
		nanosleep(&pause, NULL);
	}
	_exit(0);
}

int lpb_keeper_start(struct lpb_keeper *k, const struct lpb_stops *s, bool while_stopped)
{
	pid_t collector = while_stopped ? getpid() : 0;
	int fds[2];

	k->pid = -1;
	k->pipe = -1;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	k->pid = fork();
	if (k->pid < 0) {
		int err = -errno;

		close(fds[0]);
		close(fds[1]);
		return err;
	}
	if (k->pid == 0) {
		close(fds[1]);
		/* Above the places they go to. */
		keep(fcntl(fds[0], F_DUPFD, 16),
		     (struct lpb_stops){.stopped = fcntl(s->stopped, F_DUPFD, 16),
					.continued = fcntl(s->continued, F_DUPFD, 16)},
		     collector);
	}
	close(fds[0]);
	k->pipe = fds[1];
	return 0;
}

void lpb_keeper_stop(struct lpb_keeper *k)
{
	if (k->pid <= 0)
		return;
	while (write(k->pipe, "", 1) < 0 && errno == EINTR)
		;
	close(k->pipe);
	waitpid(k->pid, NULL, 0);
	k->pid = -1;
}
