/* SPDX-License-Identifier: MIT */
#ifndef LP_RECORDER_H
#define LP_RECORDER_H

/*
 * The call log of a session: a line for each call as it comes. Errors are said on stderr, once, and
 * end the log; the capture goes on. Single-threaded.
 */

#include <stdio.h>

#include "base/arena.h"
#include "blind.h"
#include "policy/ledger.h"

struct lp_recorder {
	const char *path; /* borrowed; "-" is stdout; NULL: there is no log, and nothing is done */
	FILE *out;
	int error;  /* first -errno */
	bool dirty; /* lines wait in the stream's buffer */
	bool torn;  /* what is there ends inside a line */
	struct lp_arena scratch;
};

/*
 * Goes on with a log that is there. `policy` (may be NULL) must be another file. Of a pipe the
 * reader is waited for, unless `at_once`. 0 or -errno, which is said: somebody else writes the log,
 * too, or nobody reads the pipe. Close it in either case.
 */
LP_MUST_USE int lp_recorder_open(struct lp_recorder *r, const char *path, const char *policy,
				 bool at_once);
void lp_recorder_close(struct lp_recorder *r);

/* Empties a log that was there, before the first call. */
void lp_recorder_clear(struct lp_recorder *r);

void lp_recorder_call(struct lp_recorder *r, const struct lp_call *call,
		      const struct lp_identities *ids);
/* What was not seen stands at the log's end. */
void lp_recorder_blinds(struct lp_recorder *r, const struct lp_blinds *blinds);

/* What is in the log shall be what was seen, also for who reads it while it grows. */
void lp_recorder_flush(struct lp_recorder *r);

/*
 * When the policies could not be written: says how to make them of the log, or, where there is
 * none, of one that is written to $TMPDIR now.
 */
void lp_recorder_rescue(const struct lp_recorder *r, const struct lp_ledger *l,
			const struct lp_blinds *blinds);

#endif
