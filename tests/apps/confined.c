/* SPDX-License-Identifier: MIT */
/*
 * Requests before the kernel refuses a filter, after that, and when only read, write and exit are
 * allowed: all on the same connection. With an argument the kernel is asked by bare system calls:
 * "seccomp" or "prctl"; with a second one it ends before it is confined. With "threads" one thread
 * confines itself and reads what another one is in the middle of writing to. LDLIBS: -lpthread
 */
#include "victim.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static long confine(const char *how, unsigned long mode, unsigned long filter)
{
	/* Its numbers are one less. */
	if (!strcmp(how, "seccomp"))
		return syscall(SYS_seccomp, mode - 1, 0UL, filter);
	if (!strcmp(how, "prctl"))
		return syscall(SYS_prctl, PR_SET_SECCOMP, mode, filter, 0UL, 0UL);
	return prctl(PR_SET_SECCOMP, mode, filter);
}

static int pair[2]; /* the two ends of a connection of TCP */

static void connect_both(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&addr, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len) ||
	    connect(pair[0], (struct sockaddr *)&addr, len))
		v_die("connect");
	pair[1] = accept(listener, NULL, NULL);
}

/* More than the kernel takes, so that this does not come back. */
static void *write_on(void *arg)
{
	const size_t much = (size_t)64 << 20;

	(void)arg;
	if (write(pair[0], calloc(1, much), much) < 0)
		v_die("write");
	return NULL;
}

static void *read_confined(void *arg)
{
	char c;

	(void)arg;
	if (confine("", SECCOMP_MODE_STRICT, 0))
		v_die("confine");
	if (read(pair[0], &c, 1) == 1 && write(STDOUT_FILENO, "read\n", 5) != 5)
		v_die("stdout");
	syscall(SYS_exit, 0);
	return NULL;
}

static int threads(void)
{
	struct pollfd room = {.events = POLLOUT};
	pthread_t writer, reader;

	connect_both();
	pthread_create(&writer, NULL, write_on, NULL);
	room.fd = pair[0];
	while (poll(&room, 1, 0) != 0)
		usleep(1000);
	if (write(pair[1], "x", 1) != 1)
		v_die("write");
	pthread_create(&reader, NULL, read_confined, NULL);
	pthread_join(reader, NULL);
	_exit(0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int fd;

	if (!strcmp(how, "threads"))
		return threads();
	fd = v_connect("V_HTTP");
	v_exchange(fd, "GET", "/confined/before", "");
	if (!confine(how, SECCOMP_MODE_FILTER, 1) || errno != EFAULT)
		v_die("a filter at a bad address");
	v_exchange(fd, "GET", "/confined/before", "");
	/* As libseccomp asks what the kernel knows. */
	if (!syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1UL, NULL) || errno != EINVAL)
		v_die("flags of the strict mode");
	if (argc > 2)
		return 0;
	if (confine(how, SECCOMP_MODE_STRICT, 0))
		v_die("confine");
	v_exchange(fd, "GET", "/confined/after", "");
	if (write(STDOUT_FILENO, "alive\n", 6) != 6)
		return 1;
	syscall(SYS_exit, 0); /* exit(3) ends all threads, which is not allowed */
}
