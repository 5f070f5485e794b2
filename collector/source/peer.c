/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/proc.h"
#include "mapping.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

#ifndef PID_FS_MAGIC
#define PID_FS_MAGIC 0x50494446 /* Linux 6.9: a pidfd's inode is the process's own */
#endif

#define GENERATIONS_MAX 256

bool lp_pidfd_dead(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

bool lp_peer_dead(const struct lp_peer *p)
{
	return p->dead || (p->pidfd >= 0 && lp_pidfd_dead(p->pidfd));
}

static uint64_t id_of(int pidfd)
{
	struct statfs fs;
	struct stat st;

	return !fstatfs(pidfd, &fs) && fs.f_type == PID_FS_MAGIC && !fstat(pidfd, &st) ? st.st_ino
										       : 0;
}

int lp_peer_of(int sock, struct lp_peer *out)
{
	socklen_t len = sizeof(out->cred);

	*out = (struct lp_peer){.pidfd = -1};
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &out->cred, &len))
		return -errno;
	/* The first also works where we cannot see the pid, and never means another process. */
	len = sizeof(out->pidfd);
	if (getsockopt(sock, SOL_SOCKET, SO_PEERPIDFD, &out->pidfd, &len)) {
		out->pidfd = -1;
		out->dead = errno == ESRCH || errno == ENODATA;
		if (!out->dead && out->cred.pid > 0) {
			out->pidfd = (int)syscall(SYS_pidfd_open, out->cred.pid, 0);
			out->dead = out->pidfd < 0 && errno == ESRCH;
		}
	}
	if (out->pidfd >= 0) {
		fcntl(out->pidfd, F_SETFD, FD_CLOEXEC);
		out->id = id_of(out->pidfd);
	}
	out->dead = lp_peer_dead(out);
	return 0;
}

static pid_t parent_of(pid_t pid)
{
	char text[512];
	const char *p;

	(void)lp_proc_read(pid, "stat", text, sizeof(text));
	/* "pid (name) S ppid ...": the name may hold anything, so from its end. */
	p = strrchr(text, ')');
	if (!p || strlen(p) < 5)
		return 0;
	return (pid_t)strtol(p + 4, NULL, 10);
}

bool lp_pid_descends(pid_t pid, pid_t ancestor)
{
	for (int i = 0; pid > 1 && i < GENERATIONS_MAX; i++) {
		pid = parent_of(pid);
		if (pid == ancestor)
			return true;
	}
	return false;
}

bool lp_peer_descends(pid_t pid, pid_t ancestor)
{
	return pid > 0 && (getsid(pid) == getsid(0) || lp_pid_descends(pid, ancestor));
}

static bool is_ours(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return stat(path, &st) == 0 && st.st_uid == geteuid();
}

static bool maps(pid_t pid, const char *file)
{
	struct lpb_mappings walk;
	struct lpb_mapping m;
	bool found = false;

	if (lpb_mappings_open(&walk, pid))
		return false;
	while (!found && lpb_mappings_next(&walk, &m))
		found = !strcmp(m.path, file);
	lpb_mappings_close(&walk);
	return found;
}

bool lp_peer_of_ours(pid_t pid, const char *library)
{
	char *file = library ? realpath(library, NULL) : NULL;
	bool found = false;

	for (int i = 0; file && pid > 1 && !found && i < GENERATIONS_MAX; i++) {
		pid = parent_of(pid);
		found = pid > 1 && is_ours(pid) && maps(pid, file);
	}
	free(file);
	return found;
}
