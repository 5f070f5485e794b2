/* SPDX-License-Identifier: MIT */
#ifndef LP_SESSION_H
#define LP_SESSION_H

/*
 * One capture from its sources to its files: what leastpriv-run and leastpriv-collector share.
 * Events come in through the loop, calls go to the ledger and, where one is kept, the call log;
 * policies are written on demand. Single-threaded.
 */

#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#include "assemble.h"
#include "base/arena.h"
#include "base/intern.h"
#include "blind.h"
#include "csm_udp.h"
#include "folder.h"
#include "follow.h"
#include "live.h"
#include "loop.h"
#include "policy/ledger.h"
#include "policy/output.h"
#include "probe.h"
#include "recorder.h"
#include "shim.h"

struct lp_session_config {
	const char *output; /* policy file; "-" is stdout */
	const char *folder; /* in its place: what lp_folder_open takes; NULL: none */
	size_t memory;	    /* with a folder: bytes that all may take; 0: no bound */
	struct lp_build_options build;
	enum lp_format format;
	const char *calls; /* call log; "-" is stdout; NULL: none */
	bool live;	   /* show the policy while it grows */
	bool daemon;	   /* nobody may hold us up: no pipe that is not read */
};

struct lp_session {
	struct lp_session_config config; /* strings are borrowed */
	struct lp_loop loop;
	struct lp_assemble *assemble;
	struct lp_ledger *ledger;
	struct lp_folder *folder; /* NULL: none */
	struct lp_blinds blinds;
	struct lp_shim *shim;	/* NULL: not listening */
	struct lp_csm_udp *csm; /* likewise */
	struct lp_probe *probe; /* NULL: none, or finished */
	struct lp_watch probe_watch;
	struct lp_follow *follow;	     /* NULL: none, or finished */
	struct lp_follow_stats follow_stats; /* when it finished */
	bool probe_on_demand;		     /* and not tried yet */
	struct lp_probe_stats probe_stats;   /* when it finished */
	struct lp_live live;
	struct lp_arena scratch;
	struct lp_intern said; /* remarks on policies */
	struct lp_recorder log;
	int next_ms;	   /* when the shim source wants its turn; -1: on demand */
	uint64_t changes;  /* calls taken so far */
	uint64_t taken_ms; /* when sources were last asked while files were written */
	bool finished;
	int socket_error; /* that was said */
	size_t granted;	  /* actions in the policies last written */
	size_t shown;	  /* of these policies */
	ino_t output_ino; /* the policy's file as we left it, 0: there was none */
	struct timespec output_time;
	bool alone; /* what was written last is the policy of one, which has no name put in */
};

/*
 * Opens ledger, call log and loop; says on stderr what is wrong. 0 or -errno; on error there is
 * nothing to close. The session must not move in memory afterwards.
 */
LP_MUST_USE int lp_session_open(struct lp_session *s, const struct lp_session_config *config);

/* Sources. 0 or -errno; nothing is said. */
LP_MUST_USE int lp_session_listen(struct lp_session *s, const struct lp_shim_config *config);
/* `uids` may send datagrams, beside our own user; they outlive the session. */
LP_MUST_USE int lp_session_listen_csm(struct lp_session *s, uint16_t port, const uid_t *uids,
				      size_t n_uids);

/*
 * The eBPF probe, for processes that lp_probe_follow names, or for whom `config` says. Before the
 * session listens to the shim. On error `why` (at least 128 bytes) is a sentence.
 */
LP_MUST_USE int lp_session_probe(struct lp_session *s, const struct lp_probe_config *config,
				 char *why, size_t why_size);

/*
 * The same, but only once a process says that it starts a program that the shim cannot see into: a
 * tenth of a second is saved where nobody does. What descends from us is then in scope.
 */
void lp_session_probe_on_demand(struct lp_session *s);

/*
 * The ptrace follower, for programs that the shim cannot see into while there is no probe. The
 * caller hands all statuses of waitpid to lp_follow_status. 0 or -errno.
 */
LP_MUST_USE int lp_session_follow(struct lp_session *s);

/*
 * Waits at most `max_ms` (-1: for ever) for whatever comes first, and takes what there is. Watches
 * of the caller's own may be in the session's loop. 0 or -errno.
 */
LP_MUST_USE int lp_session_turn(struct lp_session *s, int max_ms);

/* Whether a process that the shim is in still runs. */
bool lp_session_runs(const struct lp_session *s);

/*
 * Now and then: listens again where the socket's file was removed. True when the folder was removed
 * or replaced, and wants to be written.
 */
bool lp_session_check(struct lp_session *s);

/*
 * No more events: takes what was sent until now and completes what is pending. `command`: a program
 * that was to be followed, which is named as not seen where nobody was; or NULL.
 */
void lp_session_finish(struct lp_session *s, const char *command);

/* Empties a call log that was there, before the first event is written. */
void lp_session_clear_calls(struct lp_session *s);

/* Ends the call log and begins it anew under the same name, for who moves it away. 0 or -errno. */
LP_MUST_USE int lp_session_reopen_calls(struct lp_session *s);

/* Another number when there is something to write: calls, or what was not seen. */
uint64_t lp_session_changes(const struct lp_session *s);

/*
 * Writes the policies; says on stderr where they are and what could not be written. 0 or -errno.
 */
LP_MUST_USE int lp_session_write(struct lp_session *s);

/*
 * What was seen and what was not, on stderr: a few lines at LP_LOG_INFO, gaps at LP_LOG_WARN, more
 * detail at LP_LOG_DEBUG.
 */
void lp_session_summary(const struct lp_session *s);

/* True when nothing is known to be missing: no drop, no gap, no call that was not understood. */
bool lp_session_complete(const struct lp_session *s);

void lp_session_close(struct lp_session *s);

#endif
