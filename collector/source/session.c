/* SPDX-License-Identifier: MIT */
#include "session_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "elf/elf_probe.h"
#include "lp_csm_port.h"

#define URGENT	   (-10) /* the priority of what a program waits for, where we may choose it */
#define BATCH	   64	 /* descriptors served before the rings have their turn */
#define LAST_LOOKS 256	 /* at the probe's ring, when it has always more */
/* Of the memory that a daemon may have: the ledger's part (making a policy of it takes about as
 * much again), and that of calls whose answers have not come. */
#define LEDGER_PART  8
#define PENDING_PART 8

#define MEANWHILE_MS 20			 /* between looks at sources while files are written */
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
	bool told;
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
	told = lp_ledger_counts(s->ledger, &known) == 0;
	lp_ledger_forget_counts(s->ledger);
	if (!told)
		lp_log(LP_LOG_INFO, "out of memory to count what is known from before");
	else if (known.actions)
		lp_log(LP_LOG_INFO, "known from before: %zu action%s, %zu resource%s",
		       known.actions, lp_plural(known.actions), known.resources,
		       lp_plural(known.resources));
	lp_assemble_workloads(s->assemble);
	lp_assemble_early(s->assemble, on_early);
	return 0;
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
	lp_session_remember_output(s);
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

static void finish_follow(struct lp_session *s)
{
	if (!s->follow)
		return;
	lp_follow_finish(s->follow);
	lp_follow_stats(s->follow, &s->follow_stats);
	lp_follow_free(s->follow);
	s->follow = NULL;
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

/* Of two waits in milliseconds, of which -1 is for ever. */
static int shorter(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int lp_session_turn(struct lp_session *s, int max_ms)
{
	int wait = shorter(s->next_ms, max_ms), n;

	if (s->config.live)
		wait = shorter(wait, lp_live_wait(&s->live, s->changes));
	if (s->probe)
		wait = shorter(wait, LP_PROBE_POLL_MS);
	n = lp_loop_wait(&s->loop, wait, BATCH);
	s->next_ms = s->shim ? lp_shim_poll(s->shim) : -1;
	if (s->probe && lp_probe_poll(s->probe))
		s->next_ms = 0;
	if (s->follow)
		s->next_ms = shorter(s->next_ms, lp_follow_poll(s->follow));
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

void lp_session_take_meanwhile(struct lp_session *s)
{
	uint64_t now = lp_monotonic_ms();

	if (now - s->taken_ms < MEANWHILE_MS)
		return;
	s->taken_ms = now;
	(void)!lp_loop_wait(&s->loop, 0, BATCH);
	if (s->shim)
		s->next_ms = lp_shim_poll(s->shim);
}

uint64_t lp_session_changes(const struct lp_session *s)
{
	uint64_t n = s->changes;

	for (unsigned k = 0; k < LP_BLIND_KINDS; k++)
		n += s->blinds.total[k];
	return n;
}

/* Where the shim could not be loaded, nobody else says so. */
static void expect(struct lp_session *s, const char *command)
{
	if (command && !lp_session_followed(s) && !s->blinds.total[LP_BLIND_PROGRAM])
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
