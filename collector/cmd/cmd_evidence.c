/* SPDX-License-Identifier: MIT */
#include "cmd_evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/host.h"
#include "base/log.h"
#include "cmd.h"
#include "base/json_out.h"
#include "policy/calllog.h"
#include "policy/condset.h"
#include "policy/timestamp.h"
#include "policy/whose.h"

static void on_first_interrupt(int sig)
{
	(void)sig;
}

void lp_stdin_is_evidence(void)
{
	const struct sigaction once = {.sa_handler = on_first_interrupt,
				       .sa_flags = SA_RESTART | SA_RESETHAND};
	struct sigaction old;
	struct stat st;

	if (!fstat(STDIN_FILENO, &st) && S_ISFIFO(st.st_mode) && !sigaction(SIGINT, NULL, &old) &&
	    old.sa_handler == SIG_DFL)
		(void)sigaction(SIGINT, &once, NULL);
}

void lp_skipped_add(struct lp_skipped *s, uint64_t line, const char *why)
{
	if (s->n == LP_SKIPPED_MAX)
		return;
	s->v[s->n].line = line;
	snprintf(s->v[s->n++].why, sizeof(s->v[0].why), "%s", why);
}

void lp_skipped_say(const struct lp_skipped *s, const char *file, const char *what, uint64_t all)
{
	for (size_t i = 0; i < s->n; i++)
		lp_print(stderr, "leastpriv: %s:%" PRIu64 ": skipped: %s\n", file, s->v[i].line,
			 s->v[i].why);
	if (all > s->n)
		lp_print(stderr, "leastpriv: %s: %" PRIu64 " %s skipped in all\n", file, all, what);
}

static void bad_line(void *ctx, uint64_t line, const char *why)
{
	lp_skipped_add(ctx, line, why);
}

/* Calls may have stood there: a gap, as any other. */
static int take_bad(const char *name, uint64_t bad, struct lp_ledger *l)
{
	const struct lp_unseen u = lp_unseen_in_file(
		name, "a call log with lines that cannot be read: calls may be missing", bad);

	return bad ? lp_ledger_add_unseen(l, &u) : 0;
}

/* The other operand of verify and diff, in the wrong place. */
static bool is_policy(const char *path)
{
	struct lp_read_error error;
	struct lp_document doc;
	struct lp_arena arena;
	struct stat st;
	bool yes;

	/* Of a pipe nothing is left to read. */
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	lp_arena_init(&arena, SIZE_MAX / 2);
	yes = !lp_document_load(path, &arena, &doc, &error);
	lp_arena_fini(&arena);
	return yes;
}

static int read_file(const char *path, struct lp_calllog_filter *filter, struct lp_ledger *l)
{
	bool is_stdin = !strcmp(path, "-");
	const char *name = is_stdin ? "stdin" : path;
	struct lp_skipped skipped = {.n = 0};
	struct lp_calllog_stats stats;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0) {
		lp_print(stderr, "leastpriv: %s: %s\n", path, strerror(errno));
		return LP_EXIT_USAGE;
	}
	if (is_stdin)
		lp_stdin_is_evidence();
	err = lp_calllog_read(fd, l, filter, bad_line, &skipped, &stats);
	if (!is_stdin)
		close(fd);
	if (!err && stats.lines && stats.bad == stats.lines) {
		if (is_policy(path))
			lp_print(stderr,
				 "leastpriv: %s: a policy document, where a call log must stand\n",
				 path);
		else
			lp_print(stderr,
				 "leastpriv: %s: not a call log, as --calls FILE writes it (line "
				 "%" PRIu64 ": %s)\n",
				 name, skipped.v[0].line, skipped.v[0].why);
		return LP_EXIT_USAGE;
	}
	lp_skipped_say(&skipped, name, "lines", stats.bad);
	if (!err)
		err = take_bad(name, stats.bad, l);
	if (err == -EISDIR)
		lp_print(stderr,
			 "leastpriv: %s: Is a directory; of one that leastpriv-collector keeps the "
			 "call logs are in it, */*.calls.jsonl\n",
			 name);
	else if (err)
		lp_print(stderr, "leastpriv: %s: %s\n", name, strerror(-err));
	return err ? LP_EXIT_USAGE : 0;
}

int lp_read_time(const char *text, const char *option, int64_t *ns)
{
	char day[32];

	snprintf(day, sizeof(day), "%.16sT00:00:00Z", text);
	if (!lp_timestamp_read(lp_span_str(strchr(text, 'T') ? text : day), ns)) {
		/* 0 is no bound at all, and no call is known to be of that very moment. */
		if (!*ns)
			*ns = 1;
		return 0;
	}
	lp_print(stderr,
		 "leastpriv: --%s takes 2026-01-31 or 2026-01-31T12:00:00Z (UTC), not \"%s\"\n",
		 option, text);
	return LP_EXIT_USAGE;
}

#define FILTER_HELP                                                                                \
	"  --since TIME, --until TIME  only calls at or after, and before; UTC,\n"                 \
	"                              2026-01-31 or 2026-01-31T12:00:00Z\n"                       \
	"  --program PATTERN           only calls of programs with such a path (\"/opt/*\")\n"     \
	"  --not-program PATTERN       none of such\n"

const char lp_filter_help[] = FILTER_HELP;

const char lp_question_help[] =
	"  --json                      for programs\n"
	"  --strict                    exit status 3 when the logs have no call, or say that\n"
	"                              something was not seen or not understood\n" FILTER_HELP
	"  --identity NAME             only calls of this principal, role, user or access key\n"
	"                              id\n"
	"  --account ID                the account of calls that do not tell it (default: the\n"
	"                              policy's)\n";

int lp_filter_option(int id, const char *value, struct lp_calllog_filter *filter)
{
	switch (id) {
	case LP_OPTION_SINCE:
		return lp_read_time(value, "since", &filter->since_ns) ? -EINVAL : 0;
	case LP_OPTION_UNTIL:
		return lp_read_time(value, "until", &filter->until_ns) ? -EINVAL : 0;
	case LP_OPTION_PROGRAM:
		filter->program = value;
		return 0;
	case LP_OPTION_NOT_PROGRAM:
		filter->no_program = value;
		return 0;
	}
	return -ENOENT;
}

static void say_left_out(const struct lp_calllog_filter *filter, const struct lp_ledger *l)
{
	struct lp_ledger_counts counts;

	lp_ledger_counts(l, &counts);
	fprintf(stderr,
		"leastpriv: %" PRIu64 " call%s taken, %" PRIu64 " left out by the options\n",
		counts.calls, lp_plural(counts.calls), filter->left_out);
}

int lp_read_evidence(char *const *files, int n_files, struct lp_calllog_filter *filter,
		     struct lp_ledger **out)
{
	struct lp_ledger *l;
	int status = 0;

	if (filter && filter->since_ns && filter->until_ns &&
	    filter->since_ns >= filter->until_ns) {
		fprintf(stderr, "leastpriv: no call is at or after --since and before --until\n");
		return LP_EXIT_USAGE;
	}
	if (lp_ledger_new(&l)) {
		fprintf(stderr, "leastpriv: out of memory\n");
		return LP_EXIT_USAGE;
	}
	for (int i = 0; !status && i < n_files; i++)
		status = read_file(files[i], filter, l);
	if (status) {
		lp_ledger_free(l);
		return status;
	}
	if (filter && filter->left_out)
		say_left_out(filter, l);
	*out = l;
	return 0;
}

int lp_outputs_check(const struct lp_build_options *opts, const char *file, const char *calls)
{
	int err = lp_output_check(file);

	if (!err && calls)
		err = lp_output_check(calls);
	if (!err && opts->report)
		err = lp_output_check(opts->report);
	return err;
}

bool lp_evidence_complete(const struct lp_ledger *l)
{
	struct lp_ledger_counts counts;

	lp_ledger_counts(l, &counts);
	return counts.calls && !counts.unknown && !lp_ledger_unseen(l)->keys.n_strs;
}

void lp_json_out_conditions(FILE *out, const char *conditions)
{
	struct lp_span rest = lp_span_str(conditions);
	struct lp_condset_item item;
	bool first = true;

	fputs(", \"conditions\": [", out);
	for (; lp_condset_next(&rest, &item); first = false) {
		fputs(first ? "{\"key\": " : ", {\"key\": ", out);
		lp_json_out(out, item.key);
		fputs(", \"value\": ", out);
		lp_json_out(out, item.value);
		putc('}', out);
	}
	putc(']', out);
}

#define POLICY_FILE_MAX (1 << 20) /* a hundred times what AWS takes */

bool lp_stdin_is_twice(const char *const *operands, size_t n, const char *const *others,
		       size_t n_others)
{
	int times = 0;

	for (size_t i = 0; i < n; i++)
		times += !strcmp(operands[i], "-");
	for (size_t i = 0; i < n_others; i++)
		times += !strcmp(others[i], "-");
	if (times > 1)
		fprintf(stderr, "leastpriv: - stands twice, and the standard input is read once\n");
	return times > 1;
}

/* No policy: it starts as a call log does, or is no file of a policy's size. */
static bool is_evidence(const char *path)
{
	char first[16];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool yes = fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > POLICY_FILE_MAX;
	ssize_t n = yes ? 0 : read(fd, first, sizeof(first));

	yes = yes || lp_calllog_starts(lp_span_of(first, n > 0 ? (size_t)n : 0));
	if (fd >= 0)
		close(fd);
	return yes;
}

int lp_question_open(struct lp_question *q, char *const *operands, int n,
		     struct lp_build_options *opts, struct lp_calllog_filter *filter,
		     const char *command)
{
	int n_policies = 1;
	struct lp_ledger_counts counts;
	uint32_t unseen;

	q->ledger = NULL;
	if (n < 2)
		return lp_cmd_takes(command, "POLICY... LOG...");
	if (lp_stdin_is_twice((const char *const *)operands, (size_t)n, NULL, 0))
		return LP_EXIT_USAGE;
	if (opts->unknown_account && !lp_is_account(lp_span_str(opts->unknown_account))) {
		lp_print(stderr, "leastpriv: --account takes 12 digits, not \"%s\"\n",
			 opts->unknown_account);
		return LP_EXIT_USAGE;
	}
	if (!lp_policy_file_load_identity(operands[0], &q->policy))
		return LP_EXIT_USAGE;
	for (; n_policies < n && !is_evidence(operands[n_policies]); n_policies++) {
		int err = lp_policy_file_add(operands[n_policies], false, &q->policy);

		if (err == -EPERM) /* and has freed it */
			return LP_EXIT_USAGE;
		if (err)
			break;
	}
	if (n_policies == n) {
		fprintf(stderr, "leastpriv: all operands are policies; the call logs are missing "
				"(`leastpriv diff --baseline OLD NEW` needs none)\n");
		goto fail;
	}
	if (lp_policy_file_added(&q->policy)) {
		fprintf(stderr, "leastpriv: out of memory\n");
		goto fail;
	}
	if (!opts->unknown_account && q->policy.account[0])
		opts->unknown_account = q->policy.account;
	if (lp_read_evidence(operands + n_policies, n - n_policies, filter, &q->ledger) ||
	    lp_whose_check(q->ledger, opts))
		goto fail;
	lp_ledger_counts(q->ledger, &counts);
	if (!counts.calls)
		lp_log(LP_LOG_WARN, "the evidence has no call at all");
	unseen = lp_ledger_unseen(q->ledger)->keys.n_strs;
	if (unseen)
		lp_log(LP_LOG_WARN,
		       "the evidence has %u gap%s, of which nothing is known; `leastpriv policy` "
		       "names them",
		       unseen, lp_plural(unseen));
	return 0;
fail:
	lp_question_close(q);
	return LP_EXIT_USAGE;
}

bool lp_question_complete(const struct lp_question *q)
{
	struct lp_ledger_counts counts;

	lp_ledger_counts(q->ledger, &counts);
	if (counts.unknown)
		lp_log(LP_LOG_WARN,
		       "%" PRIu64 " recorded call%s not understood; `leastpriv policy` tells which",
		       counts.unknown, counts.unknown == 1 ? " was" : "s were");
	return lp_evidence_complete(q->ledger);
}

void lp_question_close(struct lp_question *q)
{
	lp_ledger_free(q->ledger);
	lp_policy_file_fini(&q->policy);
}
