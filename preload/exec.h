/* SPDX-License-Identifier: MIT */
#ifndef LPS_EXEC_H
#define LPS_EXEC_H

/*
 * The program asked for the system call `nr` itself, execve or execveat: as their hooks. The
 * pointers are as it gave them. Returns as syscall(2) does, if at all.
 */
long lps_exec_called(long nr, int dirfd, unsigned long path, unsigned long argv, unsigned long envp,
		     int flags);

#endif
