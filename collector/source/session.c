/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/pipe.h"
#include "elf/elf_probe.h"
#include "lp_csm_port.h"
#include "lp_limits.h"
#include "policy/whose.h"

#define URGENT	   (-10) /* the priority of what a program waits for, where we may choose it */
#define BATCH	   64	 /* descriptors served before the rings have their turn */
#define LAST_LOOKS 256	 /* at the probe's ring, when it has always more */
/* Of the memory that a daemon may have: the ledger's part (making a policy of it takes about as
 * much again), and that of calls whose answers have not come. */
#define LEDGER_PART  8
#define PENDING_PART 8

#define MEANWHILE_MS 20
#define NOTES_MAX    1000		 /* remarks on policies that are said */
#define SHOWN_MAX    20			 /* policies whose files are said */
#define SENTENCE_MAX (64u * 1024)	 /* one line of the summary */
#define SCRATCH_MAX  (16u * 1024 * 1024) /* for what was not seen */

/* --- calls ------------------------------------------------------------------------------------ */

static void on_call(void *ctx, const struct lp_call *call)
{
	struct lp_session *s = ctx;

	int err = s->folder ? lp_folder_add(s->folder, call) : lp_ledger_add(s->ledger, call);

	/* A call that did not fit is in lp_ledger_counts.lost. */
	if (err)
		lp_log(LP_LOG_DEBUG, "no room for a call: %s", strerror(-err));
	lp_recorder_call(&s->log, call, lp_ledger_identities(s->ledger));
	s->changes++;
}

static void on_early(void *ctx, const struct lp_call *call)
{
	struct lp_session *s = ctx;

	if (lp_folder_add_early(s->folder, call))
		lp_log(LP_LOG_DEBUG, "no room for a call");
	s->changes++;
}

void lp_session_clear_calls(struct lp_session *s)
{
	lp_recorder_clear(&s->log);
}

static int open_calls(struct lp_session *s)
{
	return lp_recorder_open(&s->log, s->config.calls, s->config.output, s->config.daemon);
}

int lp_session_reopen_calls(struct lp_session *s)
{
	lp_recorder_close(&s->log);
	return open_calls(s);
}

/* --- life ------------------------------------------------------------------------------------- */

/* The ledger goes on where it was; a process that comes next to another has its share of room. */
static int open_folder(struct lp_session *s)
{
	size_t memory = s->config.memory;
	struct lp_ledger_counts known;
	int err;

	if (memory) {
		lp_ledger_limit(s->ledger, memory / LEDGER_PART, false);
		lp_assemble_limit(s->assemble, memory / PENDING_PART);
	}
	err = lp_folder_open(&s->folder, s->config.folder, s->ledger);
	if (err)
		return err;
	if (memory)
		lp_ledger_limit(s->ledger, memory / LEDGER_PART, true);
	lp_ledger_counts(s->ledger, &known);
	lp_ledger_forget_counts(s->ledger);
	if (known.actions)
		lp_log(LP_LOG_INFO, "known from before: %zu action%s, %zu resource%s",
		       known.actions, known.actions == 1 ? "" : "s", known.resources,
		       known.resources == 1 ? "" : "s");
	lp_assemble_workloads(s->assemble);
	lp_assemble_early(s->assemble, on_early);
	return 0;
}

/* The policy's file as it is now; nothing of what is none. */
static struct stat output_now(const struct lp_session *s)
{
	struct stat st = {0};

	if (s->config.folder || stat(s->config.output, &st) || !S_ISREG(st.st_mode))
		st = (struct stat){0};
	return st;
}

static void remember_output(struct lp_session *s)
{
	struct stat st = output_now(s);

	s->output_ino = st.st_ino;
	s->output_time = st.st_mtim;
}

/* Two runs with one file: the last wins, and who reads it shall not take it for both. */
static void warn_of_others(const struct lp_session *s)
{
	struct stat st = output_now(s);

	if (st.st_ino &&
	    (st.st_ino != s->output_ino || st.st_mtim.tv_sec != s->output_time.tv_sec ||
	     st.st_mtim.tv_nsec != s->output_time.tv_nsec))
		lp_log(LP_LOG_WARN,
		       "%s was written by somebody else meanwhile, and is replaced: give each run "
		       "its own -o FILE; of --calls logs `leastpriv policy` makes one policy",
		       s->config.output);
}

static int say_elsewhere(int err)
{
	if (err)
		lp_log(LP_LOG_ERROR, "-o FILE puts the policy elsewhere");
	return err;
}

int lp_session_open(struct lp_session *s, const struct lp_session_config *config)
{
	int err;

	*s = (struct lp_session){.config = *config, .loop.epoll = -1, .next_ms = -1};
	lp_arena_init(&s->scratch, SCRATCH_MAX);
	lp_intern_init(&s->said);
	lp_live_init(&s->live);
	err = lp_loop_init(&s->loop);
	if (!err)
		err = lp_ledger_new(&s->ledger);
	if (!err)
		err = lp_assemble_new(&s->assemble, on_call, s, &s->blinds);
	if (err)
		lp_log(LP_LOG_ERROR, "cannot start: %s", strerror(-err));
	if (!err && !config->folder)
		err = say_elsewhere(lp_output_check(config->output));
	remember_output(s);
	if (!err && config->build.report)
		err = lp_output_check(config->build.report);
	if (!err && config->folder)
		err = open_folder(s);
	if (!err)
		err = open_calls(s);
	if (err)
		lp_session_close(s);
	return err;
}

static void finish_follow(struct lp_session *s);

static void finish_probe(struct lp_session *s)
{
	if (!s->probe)
		return;
	lp_loop_remove(&s->loop, &s->probe_watch);
	/* Who goes on writing for ever is not waited for. */
	for (int i = 0; i < LAST_LOOKS && lp_probe_poll(s->probe); i++)
		;
	lp_probe_stats(s->probe, &s->probe_stats);
	lp_probe_free(s->probe);
	s->probe = NULL;
	/* What neither has read is a gap now. */
	lp_assemble_all_followed(s->assemble, false, false);
}

void lp_session_close(struct lp_session *s)
{
	finish_probe(s);
	finish_follow(s);
	lp_shim_close(s->shim);
	lp_csm_udp_close(s->csm);
	lp_recorder_close(&s->log);
	lp_folder_close(s->folder);
	lp_assemble_free(s->assemble);
	lp_ledger_free(s->ledger);
	lp_blinds_fini(&s->blinds);
	lp_loop_fini(&s->loop);
	lp_arena_fini(&s->scratch);
	lp_intern_fini(&s->said);
	lp_live_fini(&s->live);
}

static void on_started(void *ctx, pid_t pid, uint64_t time_ns)
{
	struct lp_session *s = ctx;

	if (s->probe)
		lp_probe_has_shim(s->probe, pid, time_ns);
}

/* What the shim is in is followed as well: it may start what the shim cannot see into. */
static void adopt(void *ctx, pid_t pid)
{
	struct lp_session *s = ctx;

	if (lp_probe_follow(s->probe, pid))
		return; /* it ended */
	lp_probe_has_shim(s->probe, pid, 0);
}

static void start_probe(struct lp_session *s)
{
	const struct lp_probe_config config = {.gate = true};
	char why[256];

	s->probe_on_demand = false;
	if (lp_session_probe(s, &config, why, sizeof(why))) {
		lp_log(s->follow ? LP_LOG_DEBUG : LP_LOG_WARN, "no eBPF: %s", why);
		return;
	}
	if (lp_probe_follow_descendants(s->probe, getpid()))
		lp_log(LP_LOG_WARN, "eBPF cannot follow the command");
	lp_shim_each(s->shim, adopt, s);
	lp_probe_drop_rights(s->probe);
	/* Not before: that may have taken longer than programs wait. */
	lp_assemble_all_followed(s->assemble, true, false);
}

/* A process waits for us with a program or library that the shim cannot see into. */
static bool on_blind(void *ctx, pid_t pid, pid_t tid, unsigned verdict, const char *name)
{
	struct lp_session *s = ctx;

	if (s->probe_on_demand) {
		int before = getpriority(PRIO_PROCESS, 0);

		/* It does not wait for ever, however busy the machine is. */
		(void)setpriority(PRIO_PROCESS, 0, URGENT);
		start_probe(s);
		(void)setpriority(PRIO_PROCESS, 0, before);
	}
	if (s->probe)
		return true;
	if (s->follow && verdict == LP_ELF_LIBRARY)
		return lp_follow_join(s->follow, pid, tid, name) == 0;
	return s->follow && (verdict == LP_ELF_STATIC || verdict == LP_ELF_INSIDE) &&
	       lp_follow_expect(s->follow, pid, tid) == 0;
}

void lp_session_probe_on_demand(struct lp_session *s)
{
	s->probe_on_demand = true;
}

int lp_session_follow(struct lp_session *s)
{
	return lp_follow_new(&s->follow, s->assemble, &s->blinds);
}

static void finish_follow(struct lp_session *s)
{
	if (!s->follow)
		return;
	lp_follow_finish(s->follow);
	lp_follow_stats(s->follow, &s->follow_stats);
	lp_follow_free(s->follow);
	s->follow = NULL;
}

int lp_session_listen(struct lp_session *s, const struct lp_shim_config *config)
{
	struct lp_shim_config mine = *config;

	mine.hold = s->folder != NULL;
	mine.started = on_started;
	mine.blind = on_blind;
	mine.ctx = s;
	return lp_shim_open(&s->shim, &mine, &s->loop, s->assemble);
}

/* Only wakes the loop: lp_session_turn asks the probe after all else. */
static void on_probe(void *ctx)
{
	(void)ctx;
}

/* Where the programs that get our environment send monitoring datagrams. */
static uint16_t port_of_environment(void)
{
	return lp_csm_port(getenv("AWS_CSM_PORT"));
}

static void take_hellos(void *ctx)
{
	struct lp_session *s = ctx;

	if (s->shim)
		lp_shim_take_hellos(s->shim);
}

int lp_session_probe(struct lp_session *s, const struct lp_probe_config *config, char *why,
		     size_t why_size)
{
	struct lp_probe_config mine = *config;
	int err;

	if (!mine.csm_port)
		mine.csm_port = port_of_environment();
	mine.shims = take_hellos;
	mine.ctx = s;
	err = lp_probe_new(&s->probe, s->assemble, &s->blinds, &mine, why, why_size);

	if (err)
		return err;
	s->probe_watch = (struct lp_watch){
		.fd = lp_probe_fd(s->probe),
		.ready = on_probe,
		.ctx = s,
	};
	err = lp_loop_add(&s->loop, &s->probe_watch);
	if (err) {
		snprintf(why, why_size, "%s", strerror(-err));
		lp_probe_free(s->probe);
		s->probe = NULL;
		return err;
	}
	lp_assemble_all_followed(s->assemble, true, mine.everyone);
	lp_log(LP_LOG_DEBUG, "eBPF: %s", lp_probe_how(s->probe));
	if (lp_probe_missing(s->probe))
		lp_log(LP_LOG_WARN, "eBPF: %s", lp_probe_missing(s->probe));
	return 0;
}

int lp_session_listen_csm(struct lp_session *s, uint16_t port, const uid_t *uids, size_t n_uids)
{
	return lp_csm_udp_open(&s->csm, port, uids, n_uids, &s->loop, s->assemble);
}

/* `last`: whatever came, and then no more. */
static void show_live(struct lp_session *s, bool last)
{
	int wait = s->config.live ? lp_live_wait(&s->live, s->changes) : -1;

	if (wait == 0 || (wait > 0 && last))
		lp_live_show(&s->live, s->ledger, &s->config.build, s->changes);
	if (last)
		lp_live_fini(&s->live);
}

int lp_session_turn(struct lp_session *s, int max_ms)
{
	int wait = s->next_ms, n;

	if (max_ms >= 0 && (wait < 0 || wait > max_ms))
		wait = max_ms;
	if (s->config.live) {
		int live = lp_live_wait(&s->live, s->changes);

		if (live >= 0 && (wait < 0 || wait > live))
			wait = live;
	}
	if (s->probe && (wait < 0 || wait > LP_PROBE_POLL_MS))
		wait = LP_PROBE_POLL_MS;
	n = lp_loop_wait(&s->loop, wait, BATCH);
	s->next_ms = s->shim ? lp_shim_poll(s->shim) : -1;
	if (s->probe && lp_probe_poll(s->probe))
		s->next_ms = 0;
	if (s->follow) {
		int more = lp_follow_poll(s->follow);

		if (more >= 0 && (s->next_ms < 0 || s->next_ms > more))
			s->next_ms = more;
	}
	lp_recorder_flush(&s->log);
	show_live(s, false);
	return n < 0 ? n : 0;
}

static void note_running(void *ctx, pid_t pid)
{
	bool *runs = ctx;

	(void)pid;
	*runs = true;
}

bool lp_session_runs(const struct lp_session *s)
{
	bool runs = false;

	if (s->shim)
		lp_shim_each(s->shim, note_running, &runs);
	return runs;
}

bool lp_session_check(struct lp_session *s)
{
	int err = s->shim ? lp_shim_restore(s->shim) : 0;

	if (err > 0)
		lp_log(LP_LOG_WARN, "the socket was removed: listening anew; calls of programs "
				    "that started meanwhile are missing");
	else if (err && err != s->socket_error)
		lp_log(LP_LOG_ERROR, "the socket was removed: %s", strerror(-err));
	s->socket_error = err;
	return s->folder && lp_folder_lost(s->folder);
}

/* --- what was not seen ------------------------------------------------------------------------ */

static void shim_stats(const struct lp_session *s, struct lp_shim_stats *t)
{
	*t = (struct lp_shim_stats){.processes = 0};
	if (s->shim)
		lp_shim_stats(s->shim, t);
}

/* Processes, in whatever way. */
static uint64_t count_followed(const struct lp_session *s, const struct lp_shim_stats *t)
{
	return t->processes + s->probe_stats.programs + s->follow_stats.programs;
}

/* Where the shim could not be loaded, nobody else says so. */
static void expect(struct lp_session *s, const char *command)
{
	struct lp_shim_stats t;

	shim_stats(s, &t);
	if (command && !count_followed(s, &t) && !s->blinds.total[LP_BLIND_PROGRAM])
		lp_blinds_add(&s->blinds, LP_BLIND_PROGRAM, LP_SPAN("leastpriv-run"),
			      lp_span_str(command), LP_SPAN("silent"));
}

void lp_session_finish(struct lp_session *s, const char *command)
{
	s->finished = true;
	if (s->shim)
		lp_shim_finish(s->shim);
	if (s->csm)
		lp_csm_udp_finish(s->csm);
	finish_probe(s);
	finish_follow(s);
	expect(s, command);
	lp_recorder_blinds(&s->log, &s->blinds);
	lp_recorder_flush(&s->log);
	show_live(s, true);
}

static struct lp_csm_udp_stats csm_stats(const struct lp_session *s)
{
	struct lp_csm_udp_stats u = {.lost = 0};

	if (s->csm)
		lp_csm_udp_stats(s->csm, &u);
	return u;
}

#define LOSSES 19

struct loss {
	uint64_t n;
	const char *what;
};

static void find_losses(const struct lp_session *s, const struct lp_shim_stats *t,
			const struct lp_ledger_counts *c, struct loss out[LOSSES])
{
	const struct lp_assemble_stats *a = lp_assemble_stats(s->assemble);
	const struct loss rows[LOSSES] = {
		{t->drops[LP_DROP_FULL], "records dropped: no room in time"},
		{t->drops[LP_DROP_TOO_LONG], "records dropped: too long"},
		{t->drops[LP_DROP_NO_RING], "records dropped: the program had no contact to the "
					    "collector, or no room for what it reports "
					    "(ulimit -f or -v)"},
		{t->lost_bytes, "bytes lost: their writer ended half-way"},
		{t->bad_records, "records that could not be read"},
		{t->bad_hellos, "connections to the collector that made no sense"},
		{t->refused, "connections of other users refused"},
		{t->no_room, "processes over the limits"},
		{s->probe_stats.lost, "records of the eBPF probe lost"},
		{s->probe_stats.no_room,
		 "connections or parts that the eBPF probe had no room for"},
		{s->follow_stats.lost, "pieces of memory that ptrace could not read"},
		{s->follow_stats.no_room, "connections or threads that ptrace had no room for"},
		{csm_stats(s).lost, "CSM datagrams lost: the socket's queue was full"},
		{csm_stats(s).refused, "CSM datagrams of other users refused"},
		{a->no_room, "requests too large to keep, in part or whole"},
		{a->hurried, "answers not waited for: too many requests waited for one"},
		{a->malformed, "messages that could not be parsed"},
		{a->orphans, "parts of messages whose start is missing"},
		{c->lost, "calls that did not fit into memory"},
	};

	memcpy(out, rows, sizeof(rows));
}

/* The same for a report: strings live in `scratch`; what does not fit there is left out. */
static size_t find_gaps(struct lp_session *s, struct lp_gap **out)
{
	struct lp_ledger_counts c;
	struct lp_shim_stats t;
	struct loss losses[LOSSES];
	struct lp_gap *gaps;
	size_t n = 0;

	lp_ledger_counts(s->ledger, &c);
	shim_stats(s, &t);
	find_losses(s, &t, &c, losses);
	lp_arena_reset(&s->scratch);
	*out = gaps = lp_arena_alloc(&s->scratch, (s->blinds.n + LOSSES) * sizeof(*gaps));
	for (size_t i = 0; gaps && i < s->blinds.n; i++) {
		struct lp_unseen u = lp_blind_unseen(&s->blinds.v[i]);

		n += lp_gap_of(&u, &s->scratch, &gaps[n]);
	}
	for (size_t i = 0; gaps && i < LOSSES; i++)
		if (losses[i].n)
			gaps[n++] = (struct lp_gap){losses[i].what, "", "", "", losses[i].n};
	return n;
}

/* --- policies --------------------------------------------------------------------------------- */

/* Once each, however often the policies are written. */
static void say_note(void *ctx, const char *line)
{
	struct lp_session *s = ctx;
	uint32_t before = s->said.n_strs, id;

	if (before == NOTES_MAX || lp_intern(&s->said, lp_span_str(line), &id) || id < before)
		return;
	lp_log(LP_LOG_INFO, "%s", line);
}

/* Many files take long, and programs go on sending. What is being written is a copy by now. */
static void take_meanwhile(struct lp_session *s)
{
	uint64_t now = lp_monotonic_ms();

	if (now - s->taken_ms < MEANWHILE_MS)
		return;
	s->taken_ms = now;
	(void)!lp_loop_wait(&s->loop, 0, BATCH);
	if (s->shim)
		s->next_ms = lp_shim_poll(s->shim);
}

/* Once; and at the end again, where a person looks. */
static void show_policy(struct lp_session *s, const struct lp_written *w)
{
	const char *who = w->policy->identity;
	char part[64] = "", line[1024];

	if (w->document == 1 && s->shown++ >= SHOWN_MAX)
		return;
	if (s->shown > SHOWN_MAX)
		return;
	if (w->n_documents > 1)
		snprintf(part, sizeof(part), " (part %zu of %zu)", w->document, w->n_documents);
	snprintf(line, sizeof(line), "policy%s%s: %s%s", who[0] ? " for " : "", who, w->path, part);
	if (s->finished)
		lp_log(LP_LOG_INFO, "%s", line);
	else
		say_note(s, line);
}

/* The file of one that was alone tells less by now than the one that has its name. */
static void remove_alone(struct lp_session *s, const char *path)
{
	bool alone = !strcmp(path, s->config.output);

	if (s->alone && !alone)
		unlink(s->config.output);
	s->alone = alone;
}

static void on_written(void *ctx, const struct lp_written *w)
{
	struct lp_session *s = ctx;

	if (w->document == 1) {
		s->granted += w->policy->n_actions;
		lp_output_notes(w->policy, &s->config.build, say_note, s);
	}
	if (s->config.folder) {
		lp_log(LP_LOG_DEBUG, "written: %s", w->path);
		if (!s->finished)
			take_meanwhile(s);
		return;
	}
	if (!strcmp(s->config.output, "-"))
		return;
	if (w->document == 1)
		remove_alone(s, w->path);
	show_policy(s, w);
}

/* That nothing was called is said before. */
static void say_empty(const struct lp_session *s)
{
	struct lp_ledger_counts c;

	lp_ledger_counts(s->ledger, &c);
	if (s->finished && !s->config.folder && c.calls && !s->granted)
		lp_log(LP_LOG_INFO, "%s: the policy is empty",
		       lp_output_why_empty(&s->config.build));
}

uint64_t lp_session_changes(const struct lp_session *s)
{
	uint64_t n = s->changes;

	for (unsigned k = 0; k < LP_BLIND_KINDS; k++)
		n += s->blinds.total[k];
	return n;
}

int lp_session_write(struct lp_session *s)
{
	struct lp_build_options opts = s->config.build;
	struct lp_gap *gaps;
	int err;

	opts.n_gaps = find_gaps(s, &gaps);
	opts.gaps = gaps;
	opts.impatient = s->config.daemon;
	s->granted = s->shown = 0;
	/* Without such an identity the policy is empty, and might take a good one's place. */
	if (s->finished && lp_whose_check(s->ledger, &opts)) {
		lp_recorder_rescue(&s->log, s->ledger, &s->blinds);
		return -ENOENT;
	}
	warn_of_others(s);
	err = s->folder ? lp_folder_write(s->folder, &opts, s->config.format, &s->blinds,
					  on_written, s)
			: lp_output_write(s->ledger, &opts, s->config.format, s->config.output,
					  on_written, s);
	remember_output(s);
	if (!err)
		say_empty(s);
	if (!err && s->finished && opts.report && strcmp(opts.report, "-") != 0)
		lp_log(LP_LOG_INFO, "report: %s", opts.report);
	if (s->shown > SHOWN_MAX && s->finished)
		lp_log(LP_LOG_INFO, "and %zu more policies beside these", s->shown - SHOWN_MAX);
	if (err && s->finished)
		lp_recorder_rescue(&s->log, s->ledger, &s->blinds);
	return err;
}

/* --- the summary ------------------------------------------------------------------------------ */

/* `before`: the policies may hold what was known. */
static void say_calls(const struct lp_ledger_counts *c, bool before)
{
	if (!c->calls) {
		lp_log(LP_LOG_INFO, "no AWS calls were seen%s",
		       before ? "" : ": the policy is empty");
		return;
	}
	lp_log(LP_LOG_INFO, "%" PRIu64 " AWS call%s by %zu identit%s: %zu action%s, %zu resource%s",
	       c->calls, lp_plural(c->calls), c->identities, c->identities == 1 ? "y" : "ies",
	       c->actions, lp_plural(c->actions), c->resources, lp_plural(c->resources));
	if (c->denied)
		lp_log(LP_LOG_INFO, "AWS refused %" PRIu64 " of them; the policy allows %s",
		       c->denied, c->denied == 1 ? "it" : "them");
}

static void say_survivor(void *ctx, const char *program)
{
	(void)ctx;
	lp_log(LP_LOG_DEBUG, "still running: %s", program);
}

static void say_processes(const struct lp_session *s, const struct lp_shim_stats *t)
{
	uint64_t not_followed = s->blinds.total[LP_BLIND_PROGRAM];
	uint64_t followed = count_followed(s, t);
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

static void say_losses(const struct lp_session *s, const struct lp_shim_stats *t,
		       const struct lp_ledger_counts *c)
{
	struct loss rows[LOSSES];

	find_losses(s, t, c, rows);
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		if (rows[i].n)
			lp_log(LP_LOG_WARN, "%" PRIu64 " %s", rows[i].n, rows[i].what);
}

void lp_session_summary(const struct lp_session *s)
{
	const struct lp_assemble_stats *a = lp_assemble_stats(s->assemble);
	struct lp_ledger_counts c;
	struct lp_shim_stats t;

	lp_ledger_counts(s->ledger, &c);
	shim_stats(s, &t);
	say_calls(&c, s->config.folder != NULL);
	say_processes(s, &t);
	say_blinds(s);
	if (lp_ledger_each_unknown(s->ledger, say_unknown, NULL))
		lp_log(LP_LOG_WARN, "%" PRIu64 " call%s not understood", c.unknown,
		       c.unknown == 1 ? " was" : "s were");
	say_losses(s, &t, &c);
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
	struct loss losses[LOSSES];
	struct lp_ledger_counts c;
	struct lp_shim_stats t;

	lp_ledger_counts(s->ledger, &c);
	shim_stats(s, &t);
	find_losses(s, &t, &c, losses);
	for (size_t i = 0; i < LP_ARRAY_LEN(losses); i++)
		if (losses[i].n)
			return false;
	return !c.unknown && !s->blinds.total[LP_BLIND_PROGRAM] &&
	       !s->blinds.total[LP_BLIND_CONNECTION];
}
