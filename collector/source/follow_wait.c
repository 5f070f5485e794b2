/* SPDX-License-Identifier: MIT */
#include "follow_wait.h"

#include <sched.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "base/clock.h"

#define AWAKE_NS   300000 /* since the last stop, for the next one */
#define SLOW_NS	   250000 /* one look that took longer: others had the processor for themselves */
#define AWAKE_WORK 8
#define SOON_FROM  8
#define SOON_MAX   16
#define PAUSE_MIN  256 /* after a slow look; twice as long each time */
#define PAUSE_MAX  4096

/* How well it went, for the next time. */
static void rate(struct lp_follow_wait *w, pid_t pid, bool slow, uint64_t now)
{
	if (slow) {
		w->pause = w->pause ? w->pause * 2 : PAUSE_MIN;
		if (w->pause > PAUSE_MAX)
			w->pause = PAUSE_MAX;
		w->soon = -w->pause;
	} else if (pid > 0 && now - w->last_ns < AWAKE_NS) {
		w->soon += w->soon < SOON_MAX;
	} else if (pid > 0) {
		w->soon -= w->soon > 0 ? 2 : 0;
	}
}

pid_t lp_follow_wait(struct lp_follow_wait *w, int options, int *status, unsigned *work)
{
	pid_t pid = waitpid(-1, status, __WALL | WNOHANG | options);
	uint64_t now = lp_monotonic_ns();
	bool awake = pid == 0 && w->soon >= SOON_FROM, slow = false;

	/*
	 * The program, or who answers it, may be on this processor: that is no reason to give up,
	 * as it is for their sake that we wait.
	 */
	while (awake && pid == 0 && !slow && now - w->last_ns < AWAKE_NS) {
		uint64_t before = now;

		sched_yield();
		pid = waitpid(-1, status, __WALL | WNOHANG | options);
		now = lp_monotonic_ns();
		slow = now - before >= SLOW_NS;
	}
	if (pid > 0)
		*work += awake ? AWAKE_WORK : 1;
	rate(w, pid, slow, now);
	return pid;
}

void lp_follow_waited(struct lp_follow_wait *w)
{
	w->last_ns = lp_monotonic_ns();
}
