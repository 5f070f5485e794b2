/* SPDX-License-Identifier: MIT */
#ifndef LP_LOG_H
#define LP_LOG_H

/*
 * What leastpriv has to say on stderr, one line at a time and each in one write. Never payload,
 * credentials or anything else a traced program sent; names of files, hosts and operations only,
 * with control characters (utf8.h) shown as '?'. errno is left as it was. Safe from any thread, but
 * for the level, which is set before there are others.
 */

#include <stdint.h>
#include <stdio.h>

#include "lp_compiler.h"

enum lp_log_level {
	LP_LOG_ERROR, /* something that was asked for was not done */
	LP_LOG_WARN,  /* something was not seen or may not be what was meant */
	LP_LOG_INFO,  /* the default: what was done */
	LP_LOG_DEBUG,
};

/* Lines above this level are not written; LP_LOG_INFO to begin with. */
void lp_log_set_level(enum lp_log_level level);

/*
 * One line, without its newline. Longer than a kilobyte is cut. Errors and warnings start with
 * "leastpriv: ", and are coloured when stderr is a terminal and NO_COLOR is not set.
 */
void lp_log(enum lp_log_level level, const char *fmt, ...) LP_PRINTF(2, 3);

/*
 * These bytes as they are, whatever the level, in one piece where it can be, as others write there
 * too. What stderr does not take is dropped: there is nobody left to tell.
 */
void lp_log_raw(const char *p, size_t len);

/*
 * fprintf for people: control characters, which names from traffic and files may hold, become '?',
 * all but a newline at the end. Errors stay in the stream.
 */
void lp_print(FILE *out, const char *fmt, ...) LP_PRINTF(2, 3);

/*
 * Flushes stdout, so that who reads an answer there does not take a part of it for the whole. 0, or
 * -errno when any of it could not be written, since the program began; this is said.
 */
LP_MUST_USE int lp_end_stdout(void);

/*
 * What of stdin, stdout and stderr is closed stays so for whoever reads or writes it, and for
 * programs that we start, but no file of ours gets its number, and with it what is said there. To
 * be called before anything is opened.
 */
void lp_hold_streams(void);

/* What makes a word stand for `n` of it. */
static inline const char *lp_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

#endif
