/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utf8.h"

#define LINE_MAX_BYTES 1024
#define PREFIX	       "leastpriv: "

static enum lp_log_level limit = LP_LOG_INFO;

void lp_log_set_level(enum lp_log_level level)
{
	limit = level;
}

static const char *colour_of(enum lp_log_level level)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if ((no && *no) || !term || !*term || !strcmp(term, "dumb") || !isatty(STDERR_FILENO))
		return NULL;
	return level == LP_LOG_ERROR ? "\033[31m" : level == LP_LOG_WARN ? "\033[33m" : NULL;
}

void lp_log_raw(const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

void lp_log(enum lp_log_level level, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 64];
	int saved = errno, n;
	const char *colour;
	va_list ap;

	if (level > limit)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		goto out;
	lp_utf8_make_plain(text);
	colour = colour_of(level);
	n = snprintf(line, sizeof(line), "%s%s%s%s\n", colour ? colour : "", PREFIX, text,
		     colour ? "\033[0m" : "");
	if (n > 0)
		lp_log_raw(line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
out:
	errno = saved;
}

void lp_print(FILE *out, const char *fmt, ...)
{
	char room[LINE_MAX_BYTES] = "", *made = NULL, *text = room;
	bool newline;
	va_list ap;
	size_t len;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room, sizeof(room), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(room)) {
		/* Of what there is no memory for, the start. */
		memcpy(room + sizeof(room) - 2, "\n", 2);
		va_start(ap, fmt);
		if (vasprintf(&made, fmt, ap) < 0)
			made = NULL;
		va_end(ap);
	}
	if (made)
		text = made;
	len = strlen(text);
	newline = len && text[len - 1] == '\n';
	if (newline)
		text[len - 1] = '\0';
	lp_utf8_make_plain(text);
	fputs(text, out);
	if (newline)
		putc('\n', out);
	free(made);
}

int lp_end_stdout(void)
{
	int err;

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	err = errno ? -errno : -EIO;
	lp_log(LP_LOG_ERROR, "standard output: %s",
	       errno ? strerror(errno) : "not all of it could be written");
	return err;
}

void lp_hold_streams(void)
{
	int fd;

	do
		fd = open("/", O_PATH | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}
