/* SPDX-License-Identifier: MIT */
/* The policies of a session, and what is said of their files. */
#include "session_impl.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "policy/whose.h"

#define NOTES_MAX 1000 /* remarks on policies that are said */
#define SHOWN_MAX 20   /* policies whose files are said */

/* The policy's file as it is now; nothing of what is none. */
static struct stat output_now(const struct lp_session *s)
{
	struct stat st = {0};

	if (s->config.folder || stat(s->config.output, &st) || !S_ISREG(st.st_mode))
		st = (struct stat){0};
	return st;
}

void lp_session_remember_output(struct lp_session *s)
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

/* Once each, however often the policies are written. */
static void say_note(void *ctx, const char *line)
{
	struct lp_session *s = ctx;
	uint32_t before = s->said.n_strs, id;

	if (before == NOTES_MAX || lp_intern(&s->said, lp_span_str(line), &id) || id < before)
		return;
	lp_log(LP_LOG_INFO, "%s", line);
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
			lp_session_take_meanwhile(s);
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

int lp_session_write(struct lp_session *s)
{
	struct lp_build_options opts = s->config.build;
	const struct lp_gap *gaps;
	int err;

	opts.n_gaps = lp_session_gaps(s, &gaps);
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
	lp_session_remember_output(s);
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
