/* SPDX-License-Identifier: MIT */
/*
 * leastpriv cloudtrail: policies from what CloudTrail logged.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "cmd_evidence.h"
#include "base/compare.h"
#include "base/grow.h"
#include "base/intern.h"
#include "base/log.h"
#include "base/network.h"
#include "model/trail.h"
#include "policy/again.h"
#include "source/trail.h"

#define WORDS_MAX  64	/* values of one filter option */
#define SAME_SLOTS 1024 /* events remembered, so that the same need not be read again */
#define ARENA_MAX  (16u * 1024 * 1024) /* bytes for one event's call */

enum {
	OPTION_CALLS = LP_OUTPUT_OPTION_END,
	OPTION_ROLE,
	OPTION_REGION,
	OPTION_SOURCE_IP,
	OPTION_SINCE,
	OPTION_UNTIL,
	OPTION_STRICT,
};

static const struct option options[] = {
	LP_OUTPUT_OPTIONS,
	{"output", required_argument, NULL, 'o'},
	{"calls", required_argument, NULL, OPTION_CALLS},
	{"only-role", required_argument, NULL, OPTION_ROLE},
	{"only-region", required_argument, NULL, OPTION_REGION},
	{"only-source-ip", required_argument, NULL, OPTION_SOURCE_IP},
	{"since", required_argument, NULL, OPTION_SINCE},
	{"until", required_argument, NULL, OPTION_UNTIL},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: leastpriv cloudtrail [options] FILE|DIR|-...\n"
		"Builds policies from CloudTrail logs: delivered files (.json, .json.gz) and "
		"folders of\n"
		"them, `aws cloudtrail lookup-events` output, one event a line, CSV of Athena and "
		"of the\nconsole's event history.\n"
		"Exit status 0, 2 when the input is of no use, 3 by --strict, 4 by --baseline.\n\n"
		"  -o, --output FILE           where to (default: -, standard output)\n"
		"  --calls FILE                also write the evidence as a call log, to be merged "
		"with\n"
		"                              others (leastpriv merge, policy, verify, diff)\n"
		"  --only-role NAME|ARN        only calls by this role or user; may be repeated\n"
		"  --only-region NAME          only calls in this region; may be repeated\n"
		"  --only-source-ip ADDR[/N]   only calls from there; may be repeated\n"
		"  --since TIME, --until TIME  only calls at or after, and before; UTC,\n"
		"                              2026-01-31 or 2026-01-31T12:00:00Z\n"
		"  --strict                    exit status 3 when there is no call, or records "
		"could\n"
		"                              not be read or understood\n%s",
		lp_output_help);
}

/* --- filters ---------------------------------------------------------------------------------- */

struct words {
	const char *v[WORDS_MAX];
	unsigned n;
};

struct filter {
	struct words roles, regions, addresses;
	int64_t since, until; /* 0: none */
};

static int add_word(struct words *w, const char *word, const char *option)
{
	if (w->n == WORDS_MAX) {
		lp_print(stderr, "leastpriv: --%s: more than %d\n", option, WORDS_MAX);
		return LP_EXIT_USAGE;
	}
	w->v[w->n++] = word;
	return 0;
}

/* A network, or a service's name as CloudTrail writes it. */
static bool in_network(struct lp_span address, const char *network)
{
	struct lp_network a, b;

	if (!lp_network_read(lp_span_str(network), &b))
		return lp_span_eq(address, lp_span_str(network));
	return lp_network_read(address, &a) && lp_network_covers(&b, &a);
}

static int check_networks(const struct words *w)
{
	struct lp_network network;

	for (unsigned i = 0; i < w->n; i++)
		if (strpbrk(w->v[i], "/:") && !lp_network_read(lp_span_str(w->v[i]), &network)) {
			lp_print(stderr,
				 "leastpriv: --only-source-ip takes an address or a "
				 "network such as 192.0.2.0/24, not \"%s\"\n",
				 w->v[i]);
			return LP_EXIT_USAGE;
		}
	return 0;
}

static bool has_word(const struct words *w, struct lp_span s)
{
	bool any = !w->n;

	for (unsigned i = 0; i < w->n && !any; i++)
		any = lp_span_eq(s, lp_span_str(w->v[i]));
	return any;
}

static struct lp_span last_part(struct lp_span s)
{
	size_t i = s.len;

	while (i && s.ptr[i - 1] != '/')
		i--;
	return lp_span_from(s, i);
}

static bool by_role(const struct filter *f, struct lp_span principal, struct lp_arena *arena)
{
	bool any = !f->roles.n;

	principal = lp_principal_of(principal, arena);
	for (unsigned i = 0; i < f->roles.n && !any; i++) {
		struct lp_span want = lp_span_str(f->roles.v[i]);

		if (lp_span_starts(want, LP_SPAN("arn:")))
			any = lp_span_eq(principal, lp_principal_of(want, arena));
		else
			any = lp_span_eq(last_part(principal), want);
	}
	return any;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct source {
	bool used, data; /* calls of it are in the policy; some of them data events */
};

struct trail {
	struct filter filter;
	struct lp_ledger *l;
	struct lp_arena arena;
	struct lp_again *again; /* calls that passed the filters, as far as they do not change */
	struct lp_intern names; /* of sources */
	struct source *sources; /* by id in names */
	size_t cap_sources;
	uint64_t files, logs; /* logs: of the files, those that are none of something else */
	uint64_t events, bytes, filtered, left[LP_TRAIL_LEFTS];
	struct lp_skipped skipped; /* of the file that is being read */
};

static int note_source(struct trail *t, const struct lp_trail_event *ev)
{
	uint32_t id;
	int err = lp_intern(&t->names, lp_trail_source(ev), &id);

	if (err)
		return err;
	if (lp_grow_zeroed(&t->sources, id, &t->cap_sources, 64, sizeof(*t->sources)))
		return -ENOMEM;
	t->sources[id].used = true;
	t->sources[id].data = t->sources[id].data || lp_trail_is_data(ev);
	return 0;
}

/* Filters of what may differ among events that are the same otherwise. */
static bool is_of_time_and_place(const struct filter *f, const struct lp_trail_event *ev,
				 int64_t time_ns)
{
	bool any = !f->addresses.n;

	for (unsigned i = 0; i < f->addresses.n && !any; i++)
		any = in_network(ev->source_ip, f->addresses.v[i]);
	return any && (!f->since || time_ns >= f->since) &&
	       (!f->until || (time_ns && time_ns < f->until));
}

static bool is_wanted(struct trail *t, const struct lp_trail_event *ev, const struct lp_call *call)
{
	const struct filter *f = &t->filter;

	return is_of_time_and_place(f, ev, call->time_ns) && has_word(&f->regions, ev->region) &&
	       by_role(f, call->principal, &t->arena);
}

static int add_fact(struct trail *t, const struct lp_fact *fact)
{
	return fact->access_key.len ? lp_ledger_add_fact(t->l, fact) : 0;
}

/* An event that is the same as one that was used. */
static int take_again(struct trail *t, const struct lp_trail_event *ev,
		      const struct lp_trace *trace)
{
	int64_t time_ns = lp_trail_time(ev);
	struct lp_fact fact;
	int err;

	if (!is_of_time_and_place(&t->filter, ev, time_ns)) {
		t->filtered++;
		return 0;
	}
	t->left[LP_TRAIL_USED]++;
	lp_ledger_repeat(t->l, trace, time_ns);
	err = lp_trail_fact(ev, &t->arena, &fact);
	return err ? err : add_fact(t, &fact);
}

static int take_event(struct trail *t, const struct lp_trail_event *ev)
{
	struct lp_span parts[LP_TRAIL_PARTS];
	const struct lp_trace *trace = NULL;
	struct lp_trail_call c;
	enum lp_trail_left left;
	int err;

	/* Without a principal the key tells who it was, which is no part. */
	if (ev->user.arn.len || ev->user.issuer_arn.len) {
		lp_trail_parts(ev, parts);
		trace = lp_again_find(t->again, parts, LP_TRAIL_PARTS);
	}
	if (trace)
		return take_again(t, ev, trace);
	err = lp_trail_call(ev, &t->arena, &c, &left);
	if (err)
		return err;
	if (left != LP_TRAIL_USED) {
		t->left[left]++;
		return 0;
	}
	if (!is_wanted(t, ev, &c.call)) {
		t->filtered++;
		return 0;
	}
	t->left[LP_TRAIL_USED]++;
	err = note_source(t, ev);
	if (!err)
		err = add_fact(t, &c.fact);
	if (!err)
		err = lp_ledger_add(t->l, &c.call);
	if (!err && c.call.principal.len)
		lp_again_learn(t->again, t->l);
	return err;
}

static int take(void *ctx, const struct lp_trail_event *ev)
{
	struct trail *t = ctx;
	int err;

	lp_arena_reset(&t->arena);
	t->events++;
	err = take_event(t, ev);
	return err == -EDQUOT || (err == -ENOMEM && t->arena.full) ? -E2BIG : err;
}

static void bad_record(void *ctx, uint64_t line, const char *why)
{
	struct trail *t = ctx;

	lp_skipped_add(&t->skipped, line, why);
}

/* What a log lacks is a gap of the evidence, as of any other source. */
static int keep_lack(struct trail *t, const char *name, uint64_t count, const char *reason)
{
	const struct lp_unseen u = lp_unseen_in_file(name, reason, count);

	return count ? lp_ledger_add_unseen(t->l, &u) : 0;
}

/* `named`: by the person, so it must be a log. */
static int read_fd(struct trail *t, int fd, const char *name, bool named)
{
	struct lp_trail_stats stats;
	int err;

	t->skipped.n = 0;
	err = lp_trail_read(fd, take, bad_record, t, &stats);
	if (!err && !stats.events && stats.bad && named) {
		lp_print(stderr, "leastpriv: %s: not a CloudTrail log (line %" PRIu64 ": %s)\n",
			 name, t->skipped.v[0].line, t->skipped.v[0].why);
		return LP_EXIT_USAGE;
	}
	lp_skipped_say(&t->skipped, name, "records", stats.bad);
	if (!err)
		err = keep_lack(t, name, stats.truncated != NULL, "the end is missing");
	if (!err)
		err = keep_lack(t, name, stats.bad,
				"records of CloudTrail that cannot be read: calls may be missing");
	if (err) {
		lp_print(stderr, "leastpriv: %s: %s\n", name, strerror(-err));
		return LP_EXIT_USAGE;
	}
	if (stats.no_params && stats.events)
		lp_print(stderr,
			 "leastpriv: %s: without requestParameters: what calls were made on is not "
			 "known, so the policy is wider than they need\n",
			 name);
	t->files++;
	t->logs += stats.events || !stats.bad;
	t->bytes += stats.bytes;
	if (stats.truncated)
		fprintf(stderr,
			"leastpriv: %s: %s; what was read before that is used: %" PRIu64
			" event%s\n",
			name, stats.truncated, stats.events, lp_plural(stats.events));
	return 0;
}

static int read_file(struct trail *t, const char *path, bool named)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0) {
		lp_print(stderr, "leastpriv: %s: %s\n", path, strerror(errno));
		return LP_EXIT_USAGE;
	}
	err = read_fd(t, fd, path, named);
	close(fd);
	return err;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Firehose gives its files no ending, and exports of CloudWatch Logs that of gzip only. */
static bool starts_as_log(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char head[2] = "";
	bool whole = fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head);

	if (fd >= 0)
		close(fd);
	return whole && (!memcmp(head, "\x1f\x8b", 2) || head[0] == '{' || head[0] == '[');
}

static bool is_log(const char *path, struct lp_span name)
{
	static const char *const endings[] = {".json", ".jsonl", ".ndjson", ".log", ".csv"};

	if (lp_span_ends(name, LP_SPAN(".gz")))
		name.len -= 3;
	for (size_t i = 0; i < LP_ARRAY_LEN(endings); i++)
		if (lp_span_ends(name, lp_span_str(endings[i])))
			return true;
	return lp_span_find(name, '.') == name.len && starts_as_log(path);
}

static int pass_over(struct trail *t, const FTSENT *e, int why)
{
	lp_print(stderr, "leastpriv: %s: %s\n", e->fts_path, strerror(why));
	return keep_lack(t, e->fts_path, 1, "it could not be opened: calls may be missing")
		       ? LP_EXIT_USAGE
		       : 0;
}

/* All logs below a folder, links followed; digests, which hold no events, lie beside them in the
 * trail's bucket. */
static int read_folder(struct trail *t, char *path)
{
	char *paths[] = {path, NULL};
	uint64_t before = t->files, logs = t->logs;
	FTS *fts = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	FTSENT *e;
	int err = 0;

	while (fts && !err && (e = fts_read(fts))) {
		if (e->fts_info == FTS_D && (!strcmp(e->fts_name, "CloudTrail-Digest") ||
					     !strcmp(e->fts_name, "CloudTrail-Insight")))
			fts_set(fts, e, FTS_SKIP);
		else if (e->fts_info == FTS_F && is_log(e->fts_path, lp_span_str(e->fts_name)))
			err = read_file(t, e->fts_path, false);
		else if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
			err = pass_over(t, e, e->fts_errno);
		else if (e->fts_info == FTS_SLNONE && is_log(e->fts_path, lp_span_str(e->fts_name)))
			err = pass_over(t, e, ENOENT);
	}
	if (!fts) {
		lp_print(stderr, "leastpriv: %s: %s\n", path, strerror(errno));
		return LP_EXIT_USAGE;
	}
	fts_close(fts);
	if (!err && t->files == before) {
		lp_print(stderr,
			 "leastpriv: %s: no logs in it (.json, .jsonl, .ndjson, .log or .csv, or "
			 "these with .gz)\n",
			 path);
		err = LP_EXIT_USAGE;
	} else if (!err && t->logs == logs) {
		lp_print(stderr, "leastpriv: %s: none of its files is a CloudTrail log\n", path);
		err = LP_EXIT_USAGE;
	}
	return err;
}

static int read_path(struct trail *t, char *path)
{
	int fd;

	if (!strcmp(path, "-")) {
		lp_stdin_is_evidence();
		return read_fd(t, STDIN_FILENO, "stdin", true);
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return read_file(t, path, true);
	close(fd);
	return read_folder(t, path);
}

/* --- saying ----------------------------------------------------------------------------------- */

/* Services in use of which only management events were seen, though they have others. */
static int say_data(const struct trail *t)
{
	const char **names = calloc(t->names.n_strs + 1, sizeof(*names));
	size_t n = 0;

	if (!names)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->names.n_strs; i++)
		if (t->sources[i].used && !t->sources[i].data)
			names[n++] = lp_intern_str(&t->names, i);
	qsort(names, n, sizeof(*names), lp_compare_str);
	for (size_t i = 0; i < n; i++) {
		const char *what = lp_trail_data_events(lp_span_str(names[i]));

		if (what)
			lp_print(stderr,
				 "leastpriv: %s: no data events in these logs, so not in the "
				 "policy: %s\n",
				 names[i], what);
	}
	free(names);
	return 0;
}

static int say(const struct trail *t)
{
	uint64_t calls = t->left[LP_TRAIL_USED];
	struct lp_ledger_counts counts;
	int err = lp_ledger_counts(t->l, &counts);

	if (err)
		return err;
	lp_print(stderr,
		 "leastpriv: %" PRIu64 " file%s, %" PRIu64 " event%s: %" PRIu64
		 " call%s by %zu identit%s used\n",
		 t->files, lp_plural(t->files), t->events, lp_plural(t->events), calls,
		 lp_plural(calls), counts.identities, counts.identities == 1 ? "y" : "ies");
	for (unsigned i = LP_TRAIL_USED + 1; i < LP_TRAIL_LEFTS; i++)
		if (t->left[i])
			lp_print(stderr, "leastpriv: left out: %" PRIu64 " %s\n", t->left[i],
				 lp_trail_left_name(i, t->left[i]));
	if (t->filtered)
		fprintf(stderr, "leastpriv: left out by the filters: %" PRIu64 " call%s\n",
			t->filtered, lp_plural(t->filtered));
	return say_data(t);
}

/* --- the whole -------------------------------------------------------------------------------- */

struct outputs {
	struct lp_build_options opts;
	enum lp_format format;
	const char *file, *calls; /* calls: or NULL */
	bool strict;
};

/* 0 or the exit status, the reason said. */
static int take_option(struct trail *t, struct outputs *o, int opt, const char *value)
{
	switch (opt) {
	case 'o':
		o->file = value;
		return 0;
	case OPTION_CALLS:
		o->calls = value;
		return 0;
	case OPTION_ROLE:
		return add_word(&t->filter.roles, value, "only-role");
	case OPTION_REGION:
		return add_word(&t->filter.regions, value, "only-region");
	case OPTION_SOURCE_IP:
		return add_word(&t->filter.addresses, value, "only-source-ip");
	case OPTION_SINCE:
		return lp_read_time(value, "since", &t->filter.since);
	case OPTION_UNTIL:
		return lp_read_time(value, "until", &t->filter.until);
	case OPTION_STRICT:
		o->strict = true;
		return 0;
	}
	return lp_output_option(opt, value, &o->opts, &o->format) ? LP_EXIT_USAGE : 0;
}

static int check_options(const struct trail *t, const struct outputs *o, char *const *paths, int n)
{
	const struct filter *f = &t->filter;

	if (check_networks(&f->addresses))
		return LP_EXIT_USAGE;
	if (!n)
		return lp_cmd_takes("leastpriv cloudtrail", "FILE, DIR or -");
	if (f->since && f->until && f->since >= f->until) {
		fprintf(stderr, "leastpriv: no call is at or after --since and before --until\n");
		return LP_EXIT_USAGE;
	}
	return lp_options_clash(paths, n, &o->opts, o->file, o->calls) ||
			       lp_outputs_check(&o->opts, o->file, o->calls)
		       ? LP_EXIT_USAGE
		       : 0;
}

static int run(struct trail *t, const struct outputs *o, char **paths, int n)
{
	int status = 0;

	lp_arena_init(&t->arena, ARENA_MAX);
	lp_intern_init(&t->names);
	t->again = lp_again_new(SAME_SLOTS);
	if (lp_ledger_new(&t->l)) {
		fprintf(stderr, "leastpriv: out of memory\n");
		status = LP_EXIT_USAGE;
	}
	for (int i = 0; !status && i < n; i++)
		status = read_path(t, paths[i]);
	if (!status && say(t)) {
		fprintf(stderr, "leastpriv: out of memory\n");
		status = LP_EXIT_USAGE;
	}
	if (!status && o->calls)
		status = lp_write_log(t->l, o->calls);
	if (!status)
		status = lp_write_policies(t->l, &o->opts, o->format, o->file);
	if (!status && o->strict && !lp_evidence_complete(t->l))
		status = LP_EXIT_GAPS;
	lp_intern_fini(&t->names);
	lp_arena_fini(&t->arena);
	lp_again_free(t->again);
	free(t->sources);
	lp_ledger_free(t->l);
	return status;
}

int lp_cmd_cloudtrail(int argc, char **argv)
{
	struct outputs o = {.format = LP_FORMAT_JSON, .file = "-"};
	struct trail t = {0};
	int opt, status = 0;

	while (!status && (opt = lp_cmd_option(argc, argv, "o:h", options)) != -1) {
		if (opt == 'h') {
			usage(stdout);
			goto out;
		}
		status = take_option(&t, &o, opt, optarg);
	}
	if (!status)
		status = check_options(&t, &o, argv + optind, argc - optind);
	if (!status)
		status = run(&t, &o, argv + optind, argc - optind);
out:
	lp_output_options_fini(&o.opts);
	return status;
}
