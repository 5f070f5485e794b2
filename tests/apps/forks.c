/* SPDX-License-Identifier: MIT */
/*
 * Forks in the middle of a message: the child sends the second half, then uses the connection for
 * a request of its own and makes a new one. LDLIBS: -lssl -lcrypto
 */
#define V_OPENSSL
#include "victim.h"

#include <sys/wait.h>

static void plain(void)
{
	int fd = v_connect("V_HTTP"), status;
	char buf[4096], answer[512];
	size_t n = v_request(buf, sizeof(buf), "PUT", "/fork/halves", "0123456789");

	if (write(fd, buf, n / 2) != (ssize_t)(n / 2))
		v_die("write");
	fflush(stdout);
	if (fork() == 0) {
		if (write(fd, buf + n / 2, n - n / 2) != (ssize_t)(n - n / 2))
			v_die("write");
		v_answer(v_read_fd, &fd, answer, sizeof(answer));
		fputs(answer, stdout);
		v_exchange(fd, "GET", "/fork/child-inherited", "");
		close(fd);
		fd = v_connect("V_HTTP");
		v_exchange(fd, "GET", "/fork/child-own", "");
		fflush(stdout);
		_exit(7);
	}
	wait(&status);
	printf("child %d\n", WEXITSTATUS(status));
	close(fd);
}

static void tls(void)
{
	int fd = v_connect("V_TLS"), status;
	SSL *s = v_tls(fd);

	v_tls_exchange(s, "GET", "/fork/tls-parent-1", "");
	fflush(stdout);
	if (fork() == 0) {
		int own = v_connect("V_TLS");
		SSL *t = v_tls(own);

		v_tls_exchange(t, "GET", "/fork/tls-child", "");
		SSL_free(t);
		fflush(stdout);
		_exit(8);
	}
	wait(&status);
	printf("child %d\n", WEXITSTATUS(status));
	v_tls_exchange(s, "GET", "/fork/tls-parent-2", "");
	SSL_free(s);
	close(fd);
}

/* Children of children, all at once: each needs its own ring. */
static void storm(void)
{
	int status, good = 0;

	fflush(stdout);
	for (int i = 0; i < 20; i++)
		if (fork() == 0) {
			char path[64];
			int fd = v_connect("V_HTTP"), devnull = dup(1);

			if (!freopen("/dev/null", "w", stdout))
				_exit(1);
			close(devnull);
			snprintf(path, sizeof(path), "/fork/storm-%d", i);
			v_exchange(fd, "GET", path, "");
			_exit(0);
		}
	while (wait(&status) > 0)
		good += status == 0;
	printf("storm %d\n", good);
}

int main(void)
{
	plain();
	tls();
	storm();
	return 0;
}
