/* SPDX-License-Identifier: MIT */
#ifndef LP_SESSION_IMPL_H
#define LP_SESSION_IMPL_H

/*
 * Between the files of a session: session.c (its sources, from first to last), session_write.c (its
 * policies), session_summary.c (what is said of what was seen). Nobody else includes this.
 */

#include "session.h"

static inline struct lp_shim_stats lp_session_shim_stats(const struct lp_session *s)
{
	struct lp_shim_stats t = {.processes = 0};

	if (s->shim)
		lp_shim_stats(s->shim, &t);
	return t;
}

/* Processes, in whatever way. */
static inline uint64_t lp_session_followed(const struct lp_session *s)
{
	return lp_session_shim_stats(s).processes + s->probe_stats.programs +
	       s->follow_stats.programs;
}

/* Many files take long to write, and programs go on sending: takes what they did. What is being
 * written is a copy by then. */
void lp_session_take_meanwhile(struct lp_session *s);

/* The policy's file is as we want it: who writes it from now on is somebody else. */
void lp_session_remember_output(struct lp_session *s);

/* What was not seen, for a report. It lives in s->scratch, until the next call; that something does
 * not fit there is a gap, too. */
size_t lp_session_gaps(struct lp_session *s, const struct lp_gap **out);

#endif
