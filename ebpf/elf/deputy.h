/* SPDX-License-Identifier: MIT */
#ifndef LP_DEPUTY_H
#define LP_DEPUTY_H

/*
 * Programs that have somebody else start what they are asked for: a daemon, or another host. What
 * starts there is no descendant of ours, so that nobody sees it who only follows those. One table.
 * No malloc, no locks, no libc state; system calls go through syscall(2) and nothing stays open, so
 * it may be asked in a vfork child.
 */

#include "lp_compiler.h"
#include "lp_span.h"

/* Who starts it, and so who would see it. */
enum lp_deputy_where {
	LP_DEPUTY_BELOW, /* it itself, after all, without our environment: a probe sees it */
	LP_DEPUTY_HOST,	 /* a daemon here: a probe of the whole host sees it */
	LP_DEPUTY_AWAY,	 /* somebody elsewhere */
};

/* Texts stand in the row, as pointers would have to be relocated in each program. */
struct lp_deputy {
	char name[16]; /* of the program's file or the daemon's socket; the reason that the shim
			  sends */
	enum lp_deputy_where where;
	bool system;	 /* a name that anybody may give to a program: only if it is root's */
	char verbs[192]; /* "|run|compose up|", what it is asked for; "" whatever; "|" nothing */
	char after[64];	 /* no verbs: what one word before may not be: " git-upload-pack rsync " */
	char options[368]; /* " -x --long ": those that have a value behind them */
	char unless[48];   /* " -l ": options with which it starts nothing elsewhere */
	char words[96];	   /* why that is not seen, for people */
	char advice[256];  /* what to do about it */
};

struct lp_deputy_case {
	const struct lp_deputy *row; /* whose case it is: not always the one that was asked about */
	const char *verb[2];	     /* words of the command line, or NULL */
};

/* By the last part of the path alone: NULL for all but those few whose arguments are to be asked.
 */
const struct lp_deputy *lp_deputy_named(const char *path);

/* By the name that the shim sent, for its words. NULL: none. */
const struct lp_deputy *lp_deputy_row(struct lp_span name);

/*
 * Does `row`, found by the path of the same program, with these arguments have something started? A
 * script of that name is somebody's own; one around the program itself runs that in the end.
 * `dirfd` and `path` as for openat(2), `envp` is its environment (NULL: empty). `out` borrows from
 * `argv`.
 */
bool lp_deputy_asks(const struct lp_deputy *row, int dirfd, const char *path, char *const argv[],
		    char *const envp[], struct lp_deputy_case *out);

/*
 * A daemon that is asked over a socket of its own, without such a program between: by the path that
 * was connected to. NULL: none that is known by its path.
 */
const struct lp_deputy *lp_deputy_at(struct lp_span path);

/*
 * What the request that begins with these bytes has such a daemon start, a word for people; NULL:
 * it only looks, or these bytes begin none.
 */
const char *lp_deputy_starts(struct lp_span request);

#endif
