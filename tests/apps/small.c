/* SPDX-License-Identifier: MIT */
/*
 * Threads that have little of their stack left: what the shim takes of it, on top of what libc's
 * own functions do, must fit. Plain HTTP, and what threads do that have nothing to do with it.
 * LDLIBS: -pthread -Wl,-z,now
 */
#include "victim.h"

#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#define STACK 65536
#define GUARD 4096

/* Left of the 16 KiB that a stack has at least when libc, a malloc's thread-local memory and a
 * program with one buffer of a page have taken theirs. */
#define ROOM 5120
/* What a thread that calls nobody needs. */
#define LITTLE 1536

static char *low; /* end of the stack */
static char request[4096], answer[4096];
static size_t request_len;
static int begun;

/* The start of a handshake of TLS. */
static const unsigned char hello[] = {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3};

static int reach(void)
{
	struct sockaddr_in addr = v_addr("V_HTTP");
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		_exit(2);
	return fd;
}

static void exchange(int fd, size_t first)
{
	static const char end[] = "GET /small 0\n";
	size_t have = 0;
	ssize_t n;

	if (write(fd, request, first) != (ssize_t)first ||
	    write(fd, request + first, request_len - first) != (ssize_t)(request_len - first))
		_exit(3);
	do {
		n = read(fd, answer + have, sizeof(answer) - have);
		if (n <= 0)
			_exit(4);
		have += (size_t)n;
	} while (have < sizeof(end) ||
		 memcmp(answer + have - (sizeof(end) - 1), end, sizeof(end) - 1) != 0);
}

static __attribute__((noinline)) void work(void)
{
	int fd = reach(), tls = reach();

	exchange(fd, request_len);
	exchange(fd, 20);
	if (write(tls, hello, sizeof(hello)) != (ssize_t)sizeof(hello))
		_exit(5);
	close(tls);
	close(fd);
}

static void begin(void)
{
	begun++;
}

static __attribute__((noinline)) void rest(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	sigset_t all;

	pthread_once(&once, begin);
	sigfillset(&all);
	close(dup(fileno(stdout)));
}

struct task {
	void (*fn)(void);
	size_t room;
};

static void *run(void *arg)
{
	const struct task *t = arg;
	size_t taken = (size_t)((char *)__builtin_frame_address(0) - low) - t->room;
	char *p = alloca(taken);

	*(volatile char *)p = 1;
	t->fn();
	return NULL;
}

int main(void)
{
	struct task tasks[] = {{rest, LITTLE}, {work, ROOM}};
	pthread_attr_t attr;
	pthread_t t;

	low = mmap(NULL, GUARD + STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (low == MAP_FAILED || mprotect(low, GUARD, PROT_NONE))
		v_die("stack");
	low += GUARD;
	request_len = v_request(request, sizeof(request), "GET", "/small", "");
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, low, STACK);
	for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++)
		if (pthread_create(&t, &attr, run, &tasks[i]) || pthread_join(t, NULL))
			v_die("thread");
	printf("done, begun %d\n", begun);
	return 0;
}
