/* SPDX-License-Identifier: MIT */
#ifndef LP_BLIND_H
#define LP_BLIND_H

/*
 * What could not be seen, for the summary: a short list of distinct gaps with counts. Bounded;
 * when it is full further distinct gaps are only counted. Single-threaded.
 */

#include <stdint.h>
#include <stdio.h>

#include "lp_compiler.h"
#include "lp_span.h"
#include "policy/unseen.h"

#define LP_BLINDS_MAX	  128 /* distinct gaps */
#define LP_BLIND_TEXT_MAX 256 /* bytes of a program, host or path that are kept */

enum lp_blind_kind {
	LP_BLIND_CONNECTION, /* `what` is the host: a connection that could not be followed */
	LP_BLIND_PROGRAM,    /* `what` is the path: a program that the shim cannot enter */
	LP_BLIND_CALL, /* `what` is "service:operation": on what it worked could not be read */
	LP_BLIND_KINDS,
};

/* Of a program: it is static, and not even the probe would find TLS in it that it can read. */
#define LP_BLIND_UNREADABLE "static, not readable"
/* Of a program followed by ptrace. */
#define LP_BLIND_BREAKPOINTS "breakpoints"
#define LP_BLIND_SHUT	     "shut"

struct lp_blind {
	enum lp_blind_kind kind;
	int pid;       /* of the first that was met; 0 unknown */
	char *program; /* who connected or started it; "" unknown */
	char *what;
	char *reason;
	uint64_t count;
};

/* All zero is a valid, empty list. */
struct lp_blinds {
	struct lp_blind v[LP_BLINDS_MAX]; /* the first n, in order of first appearance */
	size_t n;
	uint64_t total[LP_BLIND_KINDS]; /* with those that did not fit */
};

/* Whether a static program could be read by the probe is found out by reading its file. */
void lp_blinds_add(struct lp_blinds *b, enum lp_blind_kind kind, struct lp_span program,
		   struct lp_span what, struct lp_span reason);
/* The same `count` times, by the process `pid`. */
void lp_blinds_add_many(struct lp_blinds *b, enum lp_blind_kind kind, int pid,
			struct lp_span program, struct lp_span what, struct lp_span reason,
			uint64_t count);
/*
 * The program `by` starts `path` with these arguments and environment: true where that has somebody
 * else start what it is asked for (elf/deputy.h). It is added, but where a probe of our descendants
 * sees it and `probed` says that there is one.
 */
bool lp_blinds_add_deputy(struct lp_blinds *b, struct lp_span by, const char *path,
			  char *const argv[], char *const envp[], bool probed);
/* The same of a process that runs `path` by now: the kernel is asked for both. */
bool lp_blinds_add_running(struct lp_blinds *b, struct lp_span by, int pid, const char *path,
			   bool probed);
/* One of these was none. `program` and `what` as they were added. */
void lp_blinds_take_back(struct lp_blinds *b, enum lp_blind_kind kind, struct lp_span program,
			 struct lp_span what, struct lp_span reason);

/* As call logs and summaries have it; borrows from `b`. */
struct lp_unseen lp_blind_unseen(const struct lp_blind *b);
/* Those beyond the list, as one; its count may be 0. */
struct lp_unseen lp_blinds_rest(const struct lp_blinds *b);

/* As lines of a call log. Errors stay in the stream. */
void lp_blinds_write(const struct lp_blinds *b, FILE *out);

void lp_blinds_fini(struct lp_blinds *b);

#endif
