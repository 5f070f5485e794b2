/* SPDX-License-Identifier: MIT */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

/*
 * The kernel takes the programs away while the collector's descriptors are closed, so one more
 * process may be stopped just after the first look.
 */
#define LOOKS	      20
#define LOOK_EVERY_MS 10

void lpb_keeper_release(int stopped_fd)
{
	uint32_t pid;

	/* The first key, until there is none: each is removed once its process goes on. */
	while (bpf_map_get_next_key(stopped_fd, NULL, &pid) == 0) {
		kill((pid_t)pid, SIGCONT);
		bpf_map_delete_elem(stopped_fd, &pid);
	}
}

static _Noreturn void keep(int in, int stopped_fd)
{
	const struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
	char byte;
	ssize_t n;

	/* Out of reach of the terminal's signals; only these two descriptors stay. */
	setsid();
	prctl(PR_SET_NAME, "leastpriv-keep");
	if (dup2(stopped_fd, 0) < 0 || dup2(in, 1) < 0)
		_exit(1);
	syscall(SYS_close_range, 2, ~0u, 0);
	do
		n = read(1, &byte, 1);
	while (n < 0 && errno == EINTR);
	for (int i = 0; i < LOOKS; i++) {
		lpb_keeper_release(0);
		/* A byte is an orderly end: the programs are detached already. */
		if (n > 0)
			break;
		nanosleep(&pause, NULL);
	}
	_exit(0);
}

int lpb_keeper_start(struct lpb_keeper *k, int stopped_fd)
{
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
		/* Above the two places they go to. */
		keep(fcntl(fds[0], F_DUPFD, 16), fcntl(stopped_fd, F_DUPFD, 16));
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
