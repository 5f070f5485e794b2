/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/intern.h"
#include "base/log.h"
#include "policy/calllog.h"
#include "policy/replace.h"
#include "policy/resolve.h"

#define CALLS_SUFFIX ".calls.jsonl"
#define TMP_SUFFIX   ".tmp"
#define SYNC_MS	     1000 /* that one writing waits for the disk beside the journal */
#define GAPS_MAX     1024 /* of collectors before us that are told apart */
#define GAPS_BYTES   (8 * LP_CALLLOG_LINE_MAX)

/* By number of the workload in the ledger: as of the last writing. */
struct written {
	uint64_t changes, facts;
	bool dropped; /* was said */
};

struct lp_folder {
	char *path;
	int fd; /* of the folder, and the lock on it */
	struct lp_ledger *l;
	struct lp_journal *journal;
	struct written *written;
	size_t n_written;
	uint64_t gaps;		     /* as of the last writing */
	bool gaps_lost;		     /* they are to be written in any case */
	struct lp_unseen_set before; /* gaps of collectors before us */
	bool said;		     /* that the journal could not be written */
};

/* --- the ledger ------------------------------------------------------------------------------- */

/* The folder's descriptor, with the lock, or -errno. */
static int take_hold(const char *path)
{
	int fd, err;

	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* `name`: of what is in the folder, or "". */
static void say_error(const char *path, const char *name, int err)
{
	lp_log(LP_LOG_ERROR, "%s%s: %s", path, name,
	       err == -EWOULDBLOCK ? "another collector keeps this folder" : strerror(-err));
}

static void say_journal(const struct lp_folder *f, const struct lp_journal_stats *stats)
{
	if (stats->gaps || stats->bad)
		lp_log(LP_LOG_WARN,
		       "%s/" LP_FOLDER_JOURNAL ": damaged in %" PRIu64
		       " places; calls may be missing",
		       f->path, stats->gaps + stats->bad);
	if (stats->torn)
		lp_log(LP_LOG_WARN,
		       "%s/" LP_FOLDER_JOURNAL ": %" PRIu64 " bytes of a torn last record dropped",
		       f->path, stats->torn);
}

/* What has no room of its own is counted. */
static int keep_gap(struct lp_folder *f, const struct lp_unseen *u)
{
	static const struct lp_blinds none = {.n = 0};
	struct lp_unseen rest = lp_blinds_rest(&none);

	rest.count = u->count;
	return lp_unseen_add(&f->before, f->before.keys.n_strs < GAPS_MAX ? u : &rest);
}

/* What collectors before us did not see, their policies lack; so do ours, which go on from them. */
static int read_gaps(struct lp_folder *f, int dir)
{
	int fd = openat(dir, LP_FOLDER_GAPS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct lp_calllog_stats stats;
	struct lp_unseen *list = NULL;
	struct lp_ledger *l = NULL;
	struct stat st;
	size_t n = 0;
	int err = 0;

	if (fd < 0)
		return 0;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= GAPS_BYTES) {
		err = lp_ledger_new(&l);
		if (!err)
			err = lp_calllog_read(fd, l, NULL, NULL, NULL, &stats);
		if (!err)
			err = lp_unseen_list(lp_ledger_unseen(l), &list, &n);
	}
	for (size_t i = 0; !err && i < n; i++)
		err = keep_gap(f, &list[i]);
	free(list);
	lp_ledger_free(l);
	close(fd);
	return err;
}

static char *without_slash(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return strndup(path, n);
}

int lp_folder_open(struct lp_folder **out, const char *path, struct lp_ledger *l)
{
	struct lp_folder *f = calloc(1, sizeof(*f));
	struct lp_journal_stats stats;
	const char *name = "";
	int err = -ENOMEM;

	*out = NULL;
	if (!f) {
		say_error(path, "", err);
		return err;
	}
	f->fd = -1;
	f->l = l;
	lp_unseen_init(&f->before);
	f->path = without_slash(path);
	if (f->path)
		f->fd = err = take_hold(f->path);
	if (err >= 0) {
		name = "/" LP_FOLDER_JOURNAL;
		err = lp_journal_open(&f->journal, f->fd, LP_FOLDER_JOURNAL, l, &stats);
	}
	if (!err) {
		name = "/" LP_FOLDER_GAPS;
		err = read_gaps(f, f->fd);
	}
	if (err) {
		say_error(f->path ? f->path : path, name, err);
		lp_folder_close(f);
		return err;
	}
	say_journal(f, &stats);
	*out = f;
	return 0;
}

/* The folder itself is gone, or another one. */
static bool is_elsewhere(const struct lp_folder *f)
{
	struct stat now, was;

	return stat(f->path, &now) || fstat(f->fd, &was) || now.st_dev != was.st_dev ||
	       now.st_ino != was.st_ino;
}

bool lp_folder_lost(const struct lp_folder *f)
{
	return is_elsewhere(f) || lp_journal_lost(f->journal);
}

/* Goes on in the folder that stands there now, or that is made: with what it knows and we know. */
static int take_place(struct lp_folder *f)
{
	struct lp_journal_stats stats;
	struct lp_journal *journal;
	int fd = take_hold(f->path), err = fd < 0 ? fd : 0;

	if (!err)
		err = lp_journal_open(&journal, fd, LP_FOLDER_JOURNAL, f->l, &stats);
	if (err) {
		say_error(f->path, "", err);
		if (fd >= 0)
			close(fd);
		return err;
	}
	lp_log(LP_LOG_WARN, "%s: was removed or replaced; it is written anew", f->path);
	say_journal(f, &stats);
	lp_journal_close(f->journal);
	close(f->fd);
	f->journal = journal;
	f->fd = fd;
	lp_journal_lacks(journal);
	if (read_gaps(f, fd))
		lp_log(LP_LOG_WARN, "%s/" LP_FOLDER_GAPS ": no room for what is in it", f->path);
	if (f->n_written)
		memset(f->written, 0, f->n_written * sizeof(*f->written));
	f->gaps_lost = true;
	return 0;
}

static int add(struct lp_folder *f, const struct lp_call *call, uint64_t count)
{
	const struct lp_repeats repeats = {
		.count = count,
		.last_ns = call->time_ns,
		.sources = 1u << call->source,
	};
	uint64_t news = lp_ledger_news(f->l);
	int err = lp_ledger_add_repeated(f->l, call, &repeats), failed;

	if (lp_ledger_news(f->l) == news)
		return err;
	failed = lp_journal_call(f->journal, call, f->l);
	if (failed && !f->said) {
		f->said = true;
		lp_log(LP_LOG_ERROR, "%s/" LP_FOLDER_JOURNAL ": %s; it is tried again", f->path,
		       strerror(-failed));
	}
	return err;
}

int lp_folder_add(struct lp_folder *f, const struct lp_call *call)
{
	return add(f, call, 1);
}

int lp_folder_add_early(struct lp_folder *f, const struct lp_call *call)
{
	return add(f, call, 0);
}

/* --- files of a workload ---------------------------------------------------------------------- */

/* A record, and the policy that it is part of. */
struct part {
	struct lp_record rec; /* first: compared as one */
	size_t policy;
};

/* Likewise what is known of who is who. */
struct told {
	struct lp_fact fact;
	size_t policy, nth;
};

struct files {
	struct lp_folder *f;
	const struct lp_build_options *opts;
	const char *folder;
	struct lp_build_options own; /* of the workload */
	const struct lp_policy_set *set;
	struct lp_policy_set built;
	struct lp_resolver *resolver;
	struct part *parts; /* by policy, in the order of a log */
	size_t n_parts, cap_parts, next_part;
	struct told *facts;
	size_t n_facts, cap_facts, next_fact;
	size_t policy;		/* whose log is being written */
	struct lp_intern names; /* of files that are there now */
	lp_written_fn fn;
	void *ctx;
	uint64_t sync_until_ms;
	int err;
};

static void failed(struct files *w, const char *path, int err)
{
	if (err >= 0)
		return;
	lp_log(LP_LOG_ERROR, "%s: %s", path, strerror(-err));
	if (!w->err)
		w->err = err;
}

/* Thousands of files would keep us from what programs send; the journal has it all. */
static bool shall_sync(void *ctx)
{
	const struct files *w = ctx;

	return lp_monotonic_ms() < w->sync_until_ms;
}

static int compare_identity(const void *key, const void *policy)
{
	return strcmp(key, ((const struct lp_policy *)policy)->identity);
}

/* The policy of a group; the number of policies when there is none. */
static size_t policy_of(const struct lp_policy_set *set, const char *group)
{
	const struct lp_policy *p =
		bsearch(group, set->policies, set->n_policies, sizeof(*p), compare_identity);

	return p ? (size_t)(p - set->policies) : set->n_policies;
}

static int keep_part(void *ctx, const struct lp_record *rec)
{
	struct files *w = ctx;
	const char *group = w->opts->per == LP_PER_PROGRAM ? rec->program : "";
	struct lp_resolved resolved;

	if (strcmp(rec->workload, w->opts->workload) != 0)
		return 0;
	if (w->opts->per == LP_PER_IDENTITY) {
		int err = lp_resolve(w->resolver, rec, &resolved);

		if (err)
			return err;
		group = resolved.who.len ? resolved.who.ptr : "";
	}
	if (lp_grow(&w->parts, w->n_parts, &w->cap_parts, 64, sizeof(*w->parts)))
		return -ENOMEM;
	w->parts[w->n_parts++] = (struct part){*rec, policy_of(w->set, group)};
	return 0;
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->policy != y->policy)
		return x->policy < y->policy ? -1 : 1;
	return lp_calllog_compare(&x->rec, &y->rec);
}

static int keep_fact(void *ctx, const struct lp_fact *fact)
{
	struct files *w = ctx;
	const char *who = lp_identities_who(lp_ledger_identities(w->f->l), fact->access_key);
	/* Keys are strings of the set of facts, with a NUL behind them. */
	size_t policy = policy_of(w->set, who ? who : fact->access_key.ptr);

	if (policy == w->set->n_policies && w->opts->per == LP_PER_IDENTITY)
		return 0; /* makes no calls here */
	if (lp_grow(&w->facts, w->n_facts, &w->cap_facts, 64, sizeof(*w->facts)))
		return -ENOMEM;
	w->facts[w->n_facts] = (struct told){*fact, policy, w->n_facts};
	w->n_facts++;
	return 0;
}

static int compare_facts(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	if (x->policy != y->policy)
		return x->policy < y->policy ? -1 : 1;
	return (x->nth > y->nth) - (x->nth < y->nth);
}

/* All calls of the workload, divided among its policies. */
static int divide(struct files *w)
{
	int err = lp_resolver_new(w->f->l, w->opts, &w->resolver);

	if (!err)
		err = lp_ledger_each(w->f->l, keep_part, w);
	if (!err && w->n_parts)
		qsort(w->parts, w->n_parts, sizeof(*w->parts), compare_parts);
	lp_resolver_free(w->resolver);
	if (!err)
		err = lp_identities_each(lp_ledger_identities(w->f->l), keep_fact, w);
	if (!err && w->n_facts)
		qsort(w->facts, w->n_facts, sizeof(*w->facts), compare_facts);
	return err;
}

/* Policies come in their order, so both lists are gone through once. */
static int put_log(void *ctx, FILE *out)
{
	struct files *w = ctx;
	bool all = w->opts->per != LP_PER_IDENTITY; /* of the facts */
	size_t i;

	for (i = all ? 0 : w->next_fact; i < w->n_facts; i++) {
		if (!all && w->facts[i].policy > w->policy)
			break;
		if (all || w->facts[i].policy == w->policy)
			lp_calllog_write_fact(out, &w->facts[i].fact);
	}
	w->next_fact = i;
	for (i = w->next_part; i < w->n_parts && w->parts[i].policy <= w->policy; i++)
		if (w->parts[i].policy == w->policy)
			lp_calllog_write_record(out, &w->parts[i].rec);
	w->next_part = i;
	return 0;
}

/* Names that stay. */
static void keep_name(struct files *w, const char *path)
{
	uint32_t id;

	if (lp_intern(&w->names, lp_span_str(lp_last_part(path)), &id) && !w->err)
		w->err = -ENOMEM;
}

static void write_log(struct files *w, const struct lp_policy *p)
{
	char *path;

	if (asprintf(&path, "%s/%s" CALLS_SUFFIX, w->folder, p->name) < 0) {
		failed(w, w->folder, -ENOMEM);
		return;
	}
	w->policy = (size_t)(p - w->set->policies);
	failed(w, path, lp_replace(path, put_log, w, shall_sync, w));
	keep_name(w, path);
	free(path);
}

static void on_written(void *ctx, const struct lp_written *written)
{
	struct files *w = ctx;

	keep_name(w, written->path);
	if (written->document == 1)
		write_log(w, written->policy);
	if (w->fn && !written->unchanged)
		w->fn(w->ctx, written);
}

static bool ours(struct lp_span name)
{
	return lp_span_ends(name, LP_SPAN(CALLS_SUFFIX)) ||
	       lp_span_ends(name, LP_SPAN(TMP_SUFFIX)) ||
	       lp_span_holds(name, LP_SPAN(LP_OUTPUT_POLICY));
}

/* Of identities that are better known by now, of policies that are shorter, of killed collectors.
 */
static void remove_others(struct files *w)
{
	DIR *dir = opendir(w->folder);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		struct lp_span name = lp_span_str(e->d_name);

		if (ours(name) && lp_intern_find(&w->names, name) == LP_INTERN_NONE)
			unlinkat(dirfd(dir), e->d_name, 0);
	}
	if (dir)
		closedir(dir);
}

/* Programs choose names of workloads, which must not take the place of files of our own. */
static bool is_reserved(const char *name)
{
	return lp_span_starts(lp_span_str(name), LP_SPAN(LP_FOLDER_JOURNAL)) ||
	       lp_span_starts(lp_span_str(name), LP_SPAN(LP_FOLDER_GAPS));
}

static void write_workload(struct files *w, const char *name, enum lp_format format)
{
	char *folder;
	int err;

	if (asprintf(&folder, "%s/%s%s", w->f->path, is_reserved(name) ? "_" : "",
		     *name ? name : "unknown") < 0) {
		failed(w, w->f->path, -ENOMEM);
		return;
	}
	if (mkdir(folder, 0777) && errno != EEXIST) {
		failed(w, folder, -errno);
		free(folder);
		return;
	}
	w->own = *w->opts;
	w->own.workload = name;
	w->opts = &w->own;
	w->folder = folder;
	lp_intern_init(&w->names);
	err = lp_build(w->f->l, w->opts, &w->built);
	if (!err) {
		w->set = &w->built;
		err = divide(w);
		if (!err)
			err = lp_output_write_folder(w->set, w->opts, format, folder, on_written,
						     shall_sync, w);
		lp_policy_set_fini(&w->built);
	}
	failed(w, folder, err);
	if (!w->err)
		remove_others(w);
	free(w->parts);
	free(w->facts);
	lp_intern_fini(&w->names);
	free(folder);
}

static void say_dropped(struct written *was, const struct lp_workload *now)
{
	if (!now->dropped || was->dropped)
		return;
	was->dropped = true;
	lp_log(LP_LOG_WARN,
	       "%s: more distinct permissions than there is room for; its policy lacks some "
	       "(--memory gives more)",
	       now->name);
}

static int grow(struct lp_folder *f)
{
	size_t n = lp_ledger_workloads(f->l);
	struct written *all;

	if (n <= f->n_written)
		return 0;
	all = realloc(f->written, n * sizeof(*all));
	if (!all)
		return -ENOMEM;
	memset(all + f->n_written, 0, (n - f->n_written) * sizeof(*all));
	f->written = all;
	f->n_written = n;
	return 0;
}

static int write_workloads(struct lp_folder *f, const struct lp_build_options *opts,
			   enum lp_format format, lp_written_fn fn, void *ctx)
{
	uint64_t facts = lp_identities_changes(lp_ledger_identities(f->l));
	uint64_t sync_until = lp_monotonic_ms() + SYNC_MS;
	int first = grow(f);

	for (size_t i = 0; i < f->n_written; i++) {
		const struct lp_workload now = *lp_ledger_workload(f->l, i);
		struct written *was = &f->written[i];
		struct files w = {
			.f = f, .opts = opts, .fn = fn, .ctx = ctx, .sync_until_ms = sync_until};

		say_dropped(was, &now);
		if (!now.news || (now.changes == was->changes && facts == was->facts))
			continue;
		write_workload(&w, now.name, format);
		/* What could not be written is tried again. */
		if (!w.err)
			*was = (struct written){now.changes, facts, was->dropped};
		if (!first)
			first = w.err;
	}
	return first;
}

/* --- what was not seen ------------------------------------------------------------------------ */

struct gaps {
	const struct lp_folder *f;
	const struct lp_blinds *blinds;
};

static int put_gaps(void *ctx, FILE *out)
{
	const struct gaps *g = ctx;
	struct lp_unseen *list;
	size_t n;
	int err = lp_unseen_list(&g->f->before, &list, &n);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		lp_calllog_write_gap(out, &list[i]);
	free(list);
	lp_blinds_write(g->blinds, out);
	return 0;
}

static int write_gaps(struct lp_folder *f, const struct lp_blinds *blinds)
{
	uint64_t total = 0;
	char *path;
	int err;

	for (unsigned k = 0; k < LP_BLIND_KINDS; k++)
		total += blinds->total[k];
	if (total == f->gaps && !f->gaps_lost)
		return 0;
	if (!total && !f->before.keys.n_strs)
		return 0;
	if (asprintf(&path, "%s/" LP_FOLDER_GAPS, f->path) < 0)
		return -ENOMEM;
	err = lp_replace(path, put_gaps, &(struct gaps){f, blinds}, NULL, NULL);
	f->gaps_lost = err < 0;
	if (err < 0)
		lp_log(LP_LOG_ERROR, "%s: %s", path, strerror(-err));
	else
		f->gaps = total;
	free(path);
	return err;
}

int lp_folder_write(struct lp_folder *f, const struct lp_build_options *opts, enum lp_format format,
		    const struct lp_blinds *blinds, lp_written_fn fn, void *ctx)
{
	int first = 0, err;

	if (is_elsewhere(f))
		first = take_place(f);
	if (first)
		return first;
	first = lp_journal_save(f->journal, f->l);
	if (first)
		lp_log(LP_LOG_ERROR, "%s/" LP_FOLDER_JOURNAL ": %s", f->path, strerror(-first));
	f->said = first != 0;
	err = write_workloads(f, opts, format, fn, ctx);
	first = first ? first : err;
	err = write_gaps(f, blinds);
	return first ? first : err;
}

void lp_folder_close(struct lp_folder *f)
{
	if (!f)
		return;
	lp_journal_close(f->journal);
	lp_unseen_fini(&f->before);
	if (f->fd >= 0)
		close(f->fd);
	free(f->written);
	free(f->path);
	free(f);
}
