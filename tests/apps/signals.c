/* SPDX-License-Identifier: MIT */
/*
 * A signal every few hundred microseconds whose handler writes, sends and forks, while the main
 * program exchanges requests on the same and on other connections. LDLIBS: -lssl -lcrypto
 */
#define V_OPENSSL
#include "victim.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#define ROUNDS 200

static int noise[2];
static volatile sig_atomic_t ticks;

static void on_alarm(int sig)
{
	int err = errno;
	char c = 'x';

	(void)sig;
	ticks++;
	if (write(noise[0], &c, 1) == 1 && read(noise[1], &c, 1) == 1)
		send(noise[0], "", 0, MSG_DONTWAIT);
	if (ticks % 64 == 0) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	errno = err;
}

int main(void)
{
	struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	struct itimerval it = {{0, 300}, {0, 300}};
	int fd = v_connect("V_HTTP"), good = 0;
	SSL *s = v_tls(v_connect("V_TLS"));
	char buf[4096], answer[512];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, noise))
		v_die("socketpair");
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		size_t n = v_request(buf, sizeof(buf), "PUT", "/signals", "body");

		if (i % 2 ? SSL_write(s, buf, (int)n) != (int)n : write(fd, buf, n) != (ssize_t)n)
			v_die("write");
		v_answer(i % 2 ? v_read_ssl : v_read_fd, i % 2 ? (void *)s : (void *)&fd, answer,
			 sizeof(answer));
		good += strcmp(answer, "PUT /signals 4\n") == 0;
	}
	setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
	printf("%d of %d\n", good, ROUNDS);
	return 0;
}
