/* SPDX-License-Identifier: MIT */
/* What a session says of what was seen, and of what was not. */
#include "session_impl.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/pipe.h"

#define SENTENCE_MAX (64u * 1024) /* one line of the summary */

/* --- what was not seen ------------------------------------------------------------------------ */

/* What needs no memory to be told. */
static struct lp_ledger_counts ledger_counts(const struct lp_session *s)
{
	struct lp_ledger_counts c;

	(void)lp_ledger_counts(s->ledger, &c);
	return c;
}

static struct lp_csm_udp_stats csm_stats(const struct lp_session *s)
{
	struct lp_csm_udp_stats u = {.lost = 0};

	if (s->csm)
		lp_csm_udp_stats(s->csm, &u);
	return u;
}

#define LOSSES_MAX 19

struct loss {
	uint64_t n;
	const char *what;
};

/* Those that there were; how many. */
static size_t find_losses(const struct lp_session *s, struct loss out[LOSSES_MAX])
{
	const struct lp_assemble_stats *a = lp_assemble_stats(s->assemble);
	const struct lp_shim_stats t = lp_session_shim_stats(s);
	const struct lp_csm_udp_stats u = csm_stats(s);
	const struct lp_ledger_counts c = ledger_counts(s);
	const struct loss all[LOSSES_MAX] = {
		{t.drops[LP_DROP_FULL], "records dropped: no room in time"},
		{t.drops[LP_DROP_TOO_LONG], "records dropped: too long"},
		{t.drops[LP_DROP_NO_RING], "records dropped: the program had no contact to the "
					   "collector, or no room for what it reports "
					   "(ulimit -f or -v)"},
		{t.lost_bytes, "bytes lost: their writer ended half-way"},
		{t.bad_records, "records that could not be read"},
		{t.bad_hellos, "connections to the collector that made no sense"},
		{t.refused, "connections of other users refused"},
		{t.no_room, "processes over the limits"},
		{s->probe_stats.lost, "records of the eBPF probe lost"},
		{s->probe_stats.no_room,
		 "connections or parts that the eBPF probe had no room for"},
		{s->follow_stats.lost, "pieces of memory that ptrace could not read"},
		{s->follow_stats.no_room, "connections or threads that ptrace had no room for"},
		{u.lost, "CSM datagrams lost: the socket's queue was full"},
		{u.refused, "CSM datagrams of other users refused"},
		{a->no_room, "requests too large to keep, in part or whole"},
		{a->hurried, "answers not waited for: too many requests waited for one"},
		{a->malformed, "messages that could not be parsed"},
		{a->orphans, "parts of messages whose start is missing"},
		{c.lost, "calls that did not fit into memory"},
	};
	size_t n = 0;

	for (size_t i = 0; i < LOSSES_MAX; i++)
		if (all[i].n)
			out[n++] = all[i];
	return n;
}

size_t lp_session_gaps(struct lp_session *s, const struct lp_gap **out)
{
	static const struct lp_gap more = {"out of memory to list what was not seen", "", "", "",
					   1};
	struct loss losses[LOSSES_MAX];
	size_t n_losses = find_losses(s, losses), n = 0;
	struct lp_gap *gaps;

	lp_arena_reset(&s->scratch);
	gaps = lp_arena_alloc(&s->scratch, (s->blinds.n + n_losses + 1) * sizeof(*gaps));
	*out = gaps ? gaps : &more;
	if (!gaps)
		return 1;
	for (size_t i = 0; i < s->blinds.n; i++) {
		struct lp_unseen u = lp_blind_unseen(&s->blinds.v[i]);

		n += lp_gap_of(&u, &s->scratch, &gaps[n]);
	}
	if (n < s->blinds.n)
		gaps[n++] = more;
	for (size_t i = 0; i < n_losses; i++)
		gaps[n++] = (struct lp_gap){losses[i].what, "", "", "", losses[i].n};
	return n;
}

/* --- the summary ------------------------------------------------------------------------------ */

/* `before`: the policies may hold what was known. */
static void say_calls(const struct lp_session *s, bool before)
{
	struct lp_ledger_counts counts, *c = &counts;
	bool told = lp_ledger_counts(s->ledger, c) == 0;

	if (!c->calls) {
		lp_log(LP_LOG_INFO, "no AWS calls were seen%s",
		       before ? "" : ": the policy is empty");
		return;
	}
	if (!told)
		lp_log(LP_LOG_WARN, "%" PRIu64 " AWS call%s; out of memory to count what they need",
		       c->calls, lp_plural(c->calls));
	else
		lp_log(LP_LOG_INFO,
		       "%" PRIu64 " AWS call%s by %zu identit%s: %zu action%s, %zu resource%s",
		       c->calls, lp_plural(c->calls), c->identities,
		       c->identities == 1 ? "y" : "ies", c->actions, lp_plural(c->actions),
		       c->resources, lp_plural(c->resources));
	if (c->denied)
		lp_log(LP_LOG_INFO, "AWS refused %" PRIu64 " of them; the policy allows %s",
		       c->denied, c->denied == 1 ? "it" : "them");
}

static void say_survivor(void *ctx, const char *program)
{
	(void)ctx;
	lp_log(LP_LOG_DEBUG, "still running: %s", program);
}

static void say_processes(const struct lp_session *s)
{
	uint64_t not_followed = s->blinds.total[LP_BLIND_PROGRAM];
	uint64_t followed = lp_session_followed(s);
	size_t alive;

	lp_log(LP_LOG_INFO, "%" PRIu64 " process%s followed, %" PRIu64 " not", followed,
	       followed == 1 ? "" : "es", not_followed);
	alive = s->shim ? lp_shim_alive(s->shim, say_survivor, NULL) : 0;
	if (alive)
		lp_log(LP_LOG_INFO, "%zu process%s still run%s; what comes now is not recorded",
		       alive, alive == 1 ? "" : "es", alive == 1 ? "s" : "");
}

static void say_blinds(const struct lp_session *s)
{
	uint64_t more = lp_blinds_rest(&s->blinds).count;
	struct lp_arena arena;

	lp_arena_init(&arena, SENTENCE_MAX);
	for (size_t i = 0; i < s->blinds.n; i++) {
		struct lp_unseen u = lp_blind_unseen(&s->blinds.v[i]);
		const char *line = lp_unseen_sentence(&u, &arena);

		lp_log(LP_LOG_WARN, "%s", line ? line : u.name);
		lp_arena_reset(&arena);
	}
	lp_arena_fini(&arena);
	if (more)
		lp_log(LP_LOG_WARN, "and %" PRIu64 " more that were not seen", more);
}

static void say_unknown(void *ctx, const char *operation, const char *reason, uint64_t count)
{
	(void)ctx;
	if (!strcmp(operation, ":"))
		operation = "an unknown service";
	lp_log(LP_LOG_WARN, "not understood: %s (%s), %" PRIu64 " time%s", operation, reason, count,
	       lp_plural(count));
}

static void say_losses(const struct lp_session *s)
{
	struct loss losses[LOSSES_MAX];
	size_t n = find_losses(s, losses);

	for (size_t i = 0; i < n; i++)
		lp_log(LP_LOG_WARN, "%" PRIu64 " %s", losses[i].n, losses[i].what);
}

void lp_session_summary(const struct lp_session *s)
{
	const struct lp_assemble_stats *a = lp_assemble_stats(s->assemble);
	const struct lp_ledger_counts c = ledger_counts(s);
	const struct lp_shim_stats t = lp_session_shim_stats(s);

	say_calls(s, s->config.folder != NULL);
	say_processes(s);
	say_blinds(s);
	if (lp_ledger_each_unknown(s->ledger, say_unknown, NULL))
		lp_log(LP_LOG_WARN, "%" PRIu64 " call%s not understood", c.unknown,
		       c.unknown == 1 ? " was" : "s were");
	say_losses(s);
	if (s->config.folder)
		lp_log(LP_LOG_INFO, "policies and call logs: %s", s->config.folder);
	if (s->log.error)
		lp_log(LP_LOG_ERROR, "%s misses calls: %s", s->log.path,
		       lp_pipe_strerror(-s->log.error));
	else if (s->config.calls && strcmp(s->config.calls, "-") != 0)
		lp_log(LP_LOG_INFO, "call log: %s", s->config.calls);
	lp_log(LP_LOG_DEBUG, "%" PRIu64 " bytes received in %" PRIu64 " records", t.bytes,
	       t.records);
	if (s->probe_stats.files)
		lp_log(LP_LOG_DEBUG,
		       "eBPF: %" PRIu64 " bytes in %" PRIu64
		       " records, %u places probed in %u files",
		       s->probe_stats.bytes, s->probe_stats.records, s->probe_stats.points,
		       s->probe_stats.files);
	lp_log(LP_LOG_DEBUG,
	       "%" PRIu64 " metadata calls, %" PRIu64 " calls without an answer, %" PRIu64
	       " requests not for AWS, %" PRIu64 " CSM calls seen in plaintext too",
	       c.metadata, a->unanswered, a->other, a->csm_seen);
}

bool lp_session_complete(const struct lp_session *s)
{
	struct loss losses[LOSSES_MAX];

	for (size_t k = 0; k < LP_BLIND_KINDS; k++)
		if (s->blinds.total[k])
			return false;
	return !find_losses(s, losses) && !ledger_counts(s).unknown;
}
