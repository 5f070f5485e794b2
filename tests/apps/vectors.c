/* SPDX-License-Identifier: MIT */
/* Requests and answers in pieces, also by calls for files, which sockets take without a place. */
#include "victim.h"

#include <sys/uio.h>

typedef ssize_t write_fn(int fd, const struct iovec *iov, int n);

static ssize_t write_nowhere(int fd, const struct iovec *iov, int n)
{
	return pwritev2(fd, iov, n, -1, 0);
}

static ssize_t write_nowhere_64(int fd, const struct iovec *iov, int n)
{
	return pwritev64v2(fd, iov, n, -1, 0);
}

static ssize_t read_vector(void *from, char *buf, size_t len)
{
	struct iovec iov[] = {{buf, 7}, {buf + 7, len - 7}};

	return readv(*(int *)from, iov, 2);
}

static ssize_t read_nowhere(void *from, char *buf, size_t len)
{
	struct iovec iov[] = {{buf, 7}, {buf + 7, len - 7}};

	return preadv2(*(int *)from, iov, 2, -1, 0);
}

static ssize_t read_nowhere_64(void *from, char *buf, size_t len)
{
	struct iovec iov[] = {{buf, 7}, {buf + 7, len - 7}};

	return preadv64v2(*(int *)from, iov, 2, -1, 0);
}

static const struct {
	const char *path;
	write_fn *write;
	v_read_fn *read;
} ways[] = {
	{"/vectors/plain", writev, read_vector},
	{"/vectors/nowhere", write_nowhere, read_nowhere},
	{"/vectors/large", write_nowhere_64, read_nowhere_64},
};

int main(void)
{
	int fd = v_connect("V_HTTP");

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		char buf[4096], answer[512];
		size_t n = v_request(buf, sizeof(buf), "GET", ways[i].path, "");
		struct iovec iov[] = {{buf, 20}, {buf + 20, n - 20}};

		if (ways[i].write(fd, iov, 2) != (ssize_t)n)
			v_die(ways[i].path);
		v_answer(ways[i].read, &fd, answer, sizeof(answer));
		fputs(answer, stdout);
		/* What has a place is for files. */
		printf("%zd\n", pwritev2(fd, iov, 2, 0, 0));
	}
	return 0;
}
