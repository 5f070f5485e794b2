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
#include "base/intern.h"
#include "policy/calllog.h"
#include "policy/resolve.h"
#include "policy/timestamp.h"

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
	if (!lp_timestamp_read(lp_span_str(strchr(text, 'T') ? text : day), ns))
		return 0;
	lp_print(stderr,
		 "leastpriv: --%s takes 2026-01-31 or 2026-01-31T12:00:00Z (UTC), not \"%s\"\n",
		 option, text);
	return LP_EXIT_USAGE;
}

int lp_read_evidence(char *const *files, int n_files, struct lp_calllog_filter *filter,
		     struct lp_ledger **out)
{
	struct lp_ledger *l;
	int status = 0;

	if (lp_ledger_new(&l)) {
		fprintf(stderr, "leastpriv: out of memory\n");
		return LP_EXIT_USAGE;
	}
	for (int i = 0; !status && i < n_files; i++)
		status = read_file(files[i], filter, l);
	if (status)
		lp_ledger_free(l);
	else
		*out = l;
	return status;
}

#define NAMED_MAX 10 /* identities that are listed */

struct named {
	const struct lp_ledger *l;
	struct lp_resolver *resolver;
	const char *want;
	struct lp_intern found, all;
};

static int meet(struct named *n, struct lp_span who)
{
	uint32_t id;
	int err = who.len ? lp_intern(&n->all, who, &id) : 0;

	if (err || !lp_is_identity(n->want, who))
		return err;
	return lp_intern(&n->found, who, &id);
}

static int meet_caller(void *ctx, const struct lp_record *rec)
{
	struct named *n = ctx;
	struct lp_resolved resolved;
	int err;

	if (rec->flags & LP_GRANT_POSSIBLE)
		return 0;
	err = lp_resolve(n->resolver, rec, &resolved);
	return err ? err : meet(n, resolved.who);
}

/* Who made no call that needs a permission is known all the same. */
static int meet_other(void *ctx, const struct lp_fact *fact)
{
	struct named *n = ctx;
	const char *who = lp_identities_who(lp_ledger_identities(n->l), fact->access_key);

	return meet(n, who ? lp_span_str(who) : fact->access_key);
}

static void list_named(const struct lp_intern *names)
{
	uint32_t most = names->n_strs < NAMED_MAX ? names->n_strs : NAMED_MAX;

	for (uint32_t i = 0; i < most; i++)
		lp_print(stderr, " %s", lp_intern_str(names, i));
	fputs(names->n_strs > most ? " ...\n" : "\n", stderr);
}

int lp_check_identity(const struct lp_ledger *l, const struct lp_build_options *opts)
{
	struct named n = {.l = l, .want = opts->identity};
	int err, status = 0;

	if (!opts->identity)
		return 0;
	lp_intern_init(&n.found);
	lp_intern_init(&n.all);
	err = lp_resolver_new(l, opts, &n.resolver);
	if (!err)
		err = lp_ledger_each(l, meet_caller, &n);
	if (!err)
		err = lp_identities_each(lp_ledger_identities(l), meet_other, &n);
	if (err) {
		fprintf(stderr, "leastpriv: %s\n", strerror(-err));
		status = LP_EXIT_USAGE;
	} else if (!n.found.n_strs) {
		lp_print(stderr, "leastpriv: --identity: the evidence has no \"%s\"%s", n.want,
			 n.all.n_strs ? "; it has" : ", and nobody else");
		list_named(&n.all);
		status = LP_EXIT_USAGE;
	} else if (n.found.n_strs > 1) {
		lp_print(stderr, "leastpriv: \"%s\" is the name of %u identities:", n.want,
			 n.found.n_strs);
		list_named(&n.found);
	}
	lp_intern_fini(&n.all);
	lp_intern_fini(&n.found);
	lp_resolver_free(n.resolver);
	return status;
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

#define POLICY_FILE_MAX (1 << 20) /* a hundred times what AWS takes */

/* Of the second nothing would be left, and without calls all would be well. */
static bool is_stdin_twice(char *const *operands, int n)
{
	int times = 0;

	for (int i = 0; i < n; i++)
		times += !strcmp(operands[i], "-");
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
		     struct lp_build_options *opts, const char *command)
{
	int status, n_policies = 1;
	struct lp_ledger_counts counts;
	uint32_t unseen;

	if (n < 2)
		return lp_cmd_takes(command, "POLICY... LOG...");
	if (is_stdin_twice(operands, n))
		return LP_EXIT_USAGE;
	if (opts->unknown_account && !lp_is_account(lp_span_str(opts->unknown_account))) {
		lp_print(stderr, "leastpriv: --account takes 12 digits, not \"%s\"\n",
			 opts->unknown_account);
		return LP_EXIT_USAGE;
	}
	if (!lp_policy_file_load_identity(operands[0], &q->policy))
		return LP_EXIT_USAGE;
	for (; n_policies < n && !is_evidence(operands[n_policies]); n_policies++) {
		int err = lp_policy_file_add(operands[n_policies], &q->policy);

		if (err == -EPERM) /* and has freed it */
			return LP_EXIT_USAGE;
		if (err)
			break;
	}
	if (n_policies == n) {
		fprintf(stderr,
			"leastpriv: all operands are policies; the call logs are missing\n");
		lp_policy_file_fini(&q->policy);
		return LP_EXIT_USAGE;
	}
	if (lp_policy_file_added(&q->policy)) {
		fprintf(stderr, "leastpriv: out of memory\n");
		lp_policy_file_fini(&q->policy);
		return LP_EXIT_USAGE;
	}
	if (!opts->unknown_account && q->policy.account[0])
		opts->unknown_account = q->policy.account;
	status = lp_read_evidence(operands + n_policies, n - n_policies, NULL, &q->ledger);
	if (status) {
		lp_policy_file_fini(&q->policy);
		return status;
	}
	status = lp_check_identity(q->ledger, opts);
	if (status) {
		lp_question_close(q);
		return status;
	}
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
