/* SPDX-License-Identifier: MIT */
/*
 * A static program that traces: its child counts as it stops and goes on, and then this program has
 * itself traced by its parent, as some do in order not to be debugged. Prints what it saw.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int status = 0, stops = 0;
	pid_t child = fork();

	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(9);
		for (int i = 0; i < 3; i++)
			raise(SIGUSR1);
		_exit(7);
	}
	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
		stops++;
		if (ptrace(PTRACE_CONT, child, NULL, NULL))
			return 1;
	}
	printf("stops %d, ended with %d\n", stops, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	printf("traceable %d\n", (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	return 0;
}
