/* SPDX-License-Identifier: MIT */
/*
 * vfork children share memory but not descriptors: what they close and copy must not be taken for
 * the parent's doing. LDLIBS: -lssl -lcrypto
 */
#define V_OPENSSL
#include "victim.h"

#include <sys/wait.h>

static char *const no_env[] = {NULL};
static char *const argv_true[] = {"true", NULL};

static int in_child(int fd, int tls_fd, int how)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		close(fd);
		dup2(1, tls_fd);
		if (how == 1)
			close_range(3, ~0u, 0);
		if (how == 2)
			execve("/nonexistent", argv_true, no_env);
		else
			execve("/bin/true", argv_true, no_env);
		_exit(9);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

int main(void)
{
	int fd = v_connect("V_HTTP"), tls_fd = v_connect("V_TLS");
	SSL *s = v_tls(tls_fd);

	for (int how = 0; how < 3; how++) {
		char path[32];

		snprintf(path, sizeof(path), "/vfork/%d", how);
		printf("child %d\n", in_child(fd, tls_fd, how));
		v_exchange(fd, "GET", path, "");
		v_tls_exchange(s, "GET", path, "");
	}
	SSL_free(s);
	return 0;
}
