/* SPDX-License-Identifier: MIT */
/* Answers that are looked at before they are read, and one that is thrown away unread. */
#include "victim.h"

static ssize_t peek_and_read(void *from, char *buf, size_t len)
{
	int fd = *(int *)from;

	if (recv(fd, buf, len, MSG_PEEK) <= 0)
		v_die("peek");
	return recv(fd, buf, len, 0);
}

/* Reads the bytes without wanting to have them. */
static ssize_t look_and_drop(void *from, char *buf, size_t len)
{
	int fd = *(int *)from;
	ssize_t n = recv(fd, buf, len, MSG_PEEK);

	return n > 0 ? recv(fd, NULL, (size_t)n, MSG_TRUNC) : n;
}

int main(void)
{
	v_read_fn *const ways[] = {peek_and_read, peek_and_read, look_and_drop};
	static const char *const paths[] = {"/peeks/first", "/peeks/second", "/peeks/dropped"};
	int fd = v_connect("V_HTTP");

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		char buf[4096], answer[512];
		size_t n = v_request(buf, sizeof(buf), "GET", paths[i], "");

		if (write(fd, buf, n) != (ssize_t)n)
			v_die("write");
		v_answer(ways[i], &fd, answer, sizeof(answer));
		fputs(answer, stdout);
	}
	return 0;
}
