/* SPDX-License-Identifier: MIT */
#include "pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of one wait: who was stopped meanwhile has lost no more. */
#define SLICE_MS 100

static ssize_t put(void *cookie, const char *p, size_t size)
{
	struct pollfd pfd = {.fd = (int)(intptr_t)cookie, .events = POLLOUT};
	size_t done = 0;
	int waited = 0;

	while (done < size) {
		ssize_t n = write(pfd.fd, p + done, size - done);

		if (n >= 0) {
			done += (size_t)n;
			waited = 0;
		} else if (errno == EAGAIN && waited < LP_PIPE_WAIT_MS) {
			poll(&pfd, 1, SLICE_MS);
			waited += SLICE_MS;
		} else if (errno != EINTR) {
			errno = errno == EAGAIN ? EPIPE : errno;
			break;
		}
	}
	return (ssize_t)done;
}

static int end(void *cookie)
{
	return close((int)(intptr_t)cookie);
}

FILE *lp_pipe_fopen(const char *path, const char *mode, bool at_once)
{
	const cookie_io_functions_t functions = {.write = put, .close = end};
	struct stat st;
	FILE *out = NULL;
	int fd;

	if (stat(path, &st) || !S_ISFIFO(st.st_mode))
		return fopen(path, mode);
	/* Opened anew it is ours alone, also where somebody else has the pipe as a descriptor. */
	fd = open(path, O_WRONLY | O_CLOEXEC | (at_once ? O_NONBLOCK : 0));
	if (fd >= 0 && !fcntl(fd, F_SETFL, O_NONBLOCK))
		out = fopencookie((void *)(intptr_t)fd, "w", functions);
	if (fd < 0 && errno == ENXIO)
		errno = EPIPE;
	if (!out && fd >= 0)
		close(fd);
	return out;
}

const char *lp_pipe_strerror(int err)
{
	return err == EPIPE ? "nobody reads this pipe" : strerror(err);
}
