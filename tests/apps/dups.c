/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that are copied, passed, closed behind libc's back and reused: the bytes belong to
 * the connection, not to the number. LDLIBS: -pthread
 */
#include "victim.h"

#include <fcntl.h>
#include <sys/syscall.h>

int main(void)
{
	int fd = v_connect("V_HTTP"), copy = dup(fd), high = fcntl(fd, F_DUPFD_CLOEXEC, 200), file;
	char buf[4096], answer[512], path[] = "/tmp/lp-dups-XXXXXX";
	size_t n = v_request(buf, sizeof(buf), "GET", "/dups/copy", "");
	FILE *stream;

	/* Written through one number, read through another, the first closed in between. */
	if (write(fd, buf, n) != (ssize_t)n)
		v_die("write");
	close(fd);
	v_answer(v_read_fd, &high, answer, sizeof(answer));
	fputs(answer, stdout);
	v_exchange(copy, "GET", "/dups/second", "");
	/* Once more, where a copy of a copy is all that is left. */
	n = v_request(buf, sizeof(buf), "GET", "/dups/third", "");
	if (write(copy, buf, n) != (ssize_t)n)
		v_die("write");
	dup2(copy, 50);
	close(copy);
	close(high);
	fd = 50;
	v_answer(v_read_fd, &fd, answer, sizeof(answer));
	fputs(answer, stdout);
	/* Closed where no hook sees it; the number then is a file that gets what looks like HTTP.
	 */
	syscall(SYS_close, 50);
	file = mkstemp(path);
	unlink(path);
	dup3(file, 50, O_CLOEXEC);
	n = v_request(buf, sizeof(buf), "GET", "/dups/not-sent", "");
	printf("file %zd\n", write(50, buf, n));
	syscall(SYS_close, 50);
	/* A connection whose number a stream owns. */
	fd = v_connect("V_HTTP");
	v_exchange(fd, "GET", "/dups/before-stream", "");
	stream = fdopen(fd, "r+");
	fclose(stream);
	copy = open("/dev/null", O_WRONLY);
	printf("same number %d, null %zd\n", copy == fd, write(copy, buf, n));
	/* A fresh connection in the place of another. */
	fd = v_connect("V_HTTP");
	copy = v_connect("V_HTTP");
	dup2(fd, copy);
	n = v_request(buf, sizeof(buf), "GET", "/dups/over", "");
	if (write(fd, buf, n) != (ssize_t)n)
		v_die("write");
	v_answer(v_read_fd, &copy, answer, sizeof(answer));
	fputs(answer, stdout);
	return 0;
}
