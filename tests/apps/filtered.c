/* SPDX-License-Identifier: MIT */
/*
 * Started under a filter that kills for what only debuggers need, as sandboxes and service managers
 * install them before they start a program.
 * LDLIBS: -pthread
 */
#include "victim.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define KILL_FOR(nr)                                                                               \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL)

static void filter(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		KILL_FOR(SYS_ptrace),
		KILL_FOR(SYS_process_vm_readv),
		KILL_FOR(SYS_process_vm_writev),
		KILL_FOR(SYS_perf_event_open),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {sizeof(rules) / sizeof(rules[0]), rules};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		v_die("prctl");
}

static void begin(void)
{
	puts("begun");
}

int main(int argc, char **argv)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char *args[] = {"true", NULL}, *none[] = {NULL}, **gone;
	int status = -1;
	pid_t pid;

	if (argc < 2) {
		/* Has the shim look about while it may. */
		if (posix_spawn(&pid, "/bin/true", NULL, NULL, args, environ))
			v_die("posix_spawn");
		waitpid(pid, &status, 0);
		*strrchr(argv[0], '/') = '\0';
		setenv("PATH", argv[0], 1);
		filter();
		execlp("filtered", "filtered", "inside", (char *)NULL);
		v_die("exec");
	}
	pthread_once(&once, begin);
	v_exchange(v_connect("V_HTTP"), "GET", "/filtered", "");
	if (posix_spawn(&pid, "/bin/true", NULL, NULL, args, none))
		v_die("posix_spawn");
	waitpid(pid, &status, 0);
	printf("started: %x\n", (unsigned)status);
	/* A pointer that the kernel refuses. */
	gone = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	execve("/bin/true", args, gone);
	printf("exec: %s\n", strerror(errno));
	return 0;
}
