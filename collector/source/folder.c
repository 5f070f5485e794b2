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

#include "base/intern.h"
#include "base/log.h"
#include "policy/calllog.h"
#include "policy/resolve.h"

#define CALLS_SUFFIX ".calls.jsonl"
#define TMP_SUFFIX   ".tmp"

/* By number of the workload in the ledger: as of the last writing. */
struct written {
	uint64_t changes, news, facts;
	bool dropped; /* was said */
};

struct lp_folder {
	char *path;
	int fd; /* of the folder, and the lock on it */
	struct lp_ledger *l;
	struct lp_journal *journal;
	struct written *written;
	size_t n_written;
	uint64_t gaps; /* as of the last writing */
	bool said;     /* that the journal could not be written */
};

/* --- the ledger
 * ------------------------------------------------------------------------------------------ */

static int take_hold(struct lp_folder *f)
{
	if (mkdir(f->path, 0700) && errno != EEXIST)
		return -errno;
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0)
		return -errno;
	return flock(f->fd, LOCK_EX | LOCK_NB) ? -errno : 0;
}

static void say_journal(const struct lp_folder *f, const struct lp_journal_stats *stats)
{
	if (stats->gaps || stats->bad)
		lp_log(LP_LOG_WARN,
		       "%s/" LP_FOLDER_JOURNAL ": damaged in %" PRIu64
		       " places; calls may be missing",
		       f->path, stats->gaps + stats->bad);
	else if (stats->torn)
		lp_log(LP_LOG_DEBUG,
		       "%s/" LP_FOLDER_JOURNAL ": %" PRIu64 " bytes of a torn last record dropped",
		       f->path, stats->torn);
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
	int err = -ENOMEM;

	*out = NULL;
	if (!f)
		return err;
	f->fd = -1;
	f->l = l;
	f->path = without_slash(path);
	if (f->path)
		err = take_hold(f);
	if (!err)
		err = lp_journal_open(&f->journal, f->fd, LP_FOLDER_JOURNAL, l, &stats);
	if (err) {
		lp_log(LP_LOG_ERROR, "%s: %s", path,
		       err == -EWOULDBLOCK ? "another collector keeps this folder"
					   : strerror(-err));
		lp_folder_close(f);
		return err;
	}
	say_journal(f, &stats);
	*out = f;
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

/* --- files of a workload
 * --------------------------------------------------------------------------------- */

/* One policy's call log, and what is needed to tell what belongs into it. */
struct log {
	const struct lp_ledger *l;
	const struct lp_build_options *opts;
	const struct lp_policy *policy;
	struct lp_resolver *resolver;
	struct lp_intern keys; /* access keys of its calls */
	int err;
};

static bool belongs(void *ctx, const struct lp_record *rec)
{
	struct log *log = ctx;
	struct lp_resolved resolved;

	if (log->err || strcmp(rec->workload, log->opts->workload) != 0)
		return false;
	if (log->opts->per == LP_PER_ALL)
		return true;
	if (log->opts->per == LP_PER_PROGRAM)
		return !strcmp(rec->program, log->policy->identity);
	log->err = lp_resolve(log->resolver, rec, &resolved);
	return !log->err && lp_span_eq(resolved.who, lp_span_str(log->policy->identity));
}

static int keep_key(void *ctx, const struct lp_record *rec)
{
	struct log *log = ctx;
	uint32_t id;

	return belongs(log, rec) ? lp_intern(&log->keys, lp_span_str(rec->access_key), &id) : 0;
}

static bool about(void *ctx, const struct lp_fact *fact)
{
	const struct log *log = ctx;
	const char *who = lp_identities_who(lp_ledger_identities(log->l), fact->access_key);

	return lp_intern_find(&log->keys, fact->access_key) != LP_INTERN_NONE ||
	       (who && !strcmp(who, log->policy->identity));
}

static int put_log(void *ctx, FILE *out)
{
	struct log *log = ctx;
	const struct lp_calllog_filter filter = {.record = belongs, .fact = about, .ctx = log};
	int err;

	lp_intern_init(&log->keys);
	err = lp_resolver_new(log->l, log->opts, &log->resolver);
	if (!err)
		err = lp_ledger_each(log->l, keep_key, log);
	if (!err)
		err = lp_calllog_write_some(out, log->l, &filter);
	lp_resolver_free(log->resolver);
	lp_intern_fini(&log->keys);
	return err ? err : log->err;
}

struct files {
	struct lp_folder *f;
	const struct lp_build_options *opts;
	const char *folder;
	struct lp_intern names; /* of files that are there now */
	lp_written_fn fn;
	void *ctx;
	bool fresh; /* policies changed, not counts alone */
	int err;
};

static void failed(struct files *w, const char *path, int err)
{
	if (!err)
		return;
	lp_log(LP_LOG_ERROR, "%s: %s", path, strerror(-err));
	if (!w->err)
		w->err = err;
}

/* Names that stay. */
static void keep_name(struct files *w, const char *path)
{
	const char *base = strrchr(path, '/');
	uint32_t id;

	if (lp_intern(&w->names, lp_span_str(base ? base + 1 : path), &id) && !w->err)
		w->err = -ENOMEM;
}

static void write_log(struct files *w, const struct lp_policy *p)
{
	struct log log = {.l = w->f->l, .opts = w->opts, .policy = p};
	char *path;

	if (asprintf(&path, "%s/%s" CALLS_SUFFIX, w->folder, p->name) < 0) {
		failed(w, w->folder, -ENOMEM);
		return;
	}
	failed(w, path, lp_output_replace(path, put_log, &log));
	keep_name(w, path);
	free(path);
}

static void on_written(void *ctx, const struct lp_written *written)
{
	struct files *w = ctx;

	keep_name(w, written->path);
	if (written->document == 1)
		write_log(w, written->policy);
	if (w->fn && w->fresh)
		w->fn(w->ctx, written);
}

static bool ours(struct lp_span name)
{
	const struct lp_span policy = LP_SPAN(LP_OUTPUT_POLICY);

	return lp_span_ends(name, LP_SPAN(CALLS_SUFFIX)) ||
	       lp_span_ends(name, LP_SPAN(TMP_SUFFIX)) ||
	       memmem(name.ptr, name.len, policy.ptr, policy.len);
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

static void write_workload(struct files *w, const char *name, enum lp_format format)
{
	struct lp_build_options opts = *w->opts;
	struct lp_policy_set set;
	char *folder;
	int err;

	if (asprintf(&folder, "%s/%s", w->f->path, *name ? name : "unknown") < 0) {
		failed(w, w->f->path, -ENOMEM);
		return;
	}
	if (mkdir(folder, 0777) && errno != EEXIST) {
		failed(w, folder, -errno);
		free(folder);
		return;
	}
	opts.workload = name;
	w->opts = &opts;
	w->folder = folder;
	lp_intern_init(&w->names);
	err = lp_build(w->f->l, &opts, &set);
	if (err) {
		failed(w, folder, err);
	} else {
		failed(w, folder,
		       lp_output_write_folder(&set, &opts, format, folder, on_written, w));
		lp_policy_set_fini(&set);
		if (!w->err)
			remove_others(w);
	}
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
	int first = grow(f);

	for (size_t i = 0; i < f->n_written; i++) {
		const struct lp_workload now = *lp_ledger_workload(f->l, i);
		struct written *was = &f->written[i];
		struct files w = {.f = f, .opts = opts, .fn = fn, .ctx = ctx};

		say_dropped(was, &now);
		w.fresh = now.news != was->news || facts != was->facts;
		if (!now.news || (!w.fresh && now.changes == was->changes))
			continue;
		write_workload(&w, now.name, format);
		/* What could not be written is tried again. */
		if (!w.err)
			*was = (struct written){now.changes, now.news, facts, was->dropped};
		if (!first)
			first = w.err;
	}
	return first;
}

/* --- what was not seen
 * ---------------------------------------------------------------------------------- */

static int put_gaps(void *ctx, FILE *out)
{
	lp_blinds_write(ctx, out);
	return 0;
}

static int write_gaps(struct lp_folder *f, const struct lp_blinds *blinds)
{
	uint64_t total = 0;
	char *path;
	int err;

	for (unsigned k = 0; k < LP_BLIND_KINDS; k++)
		total += blinds->total[k];
	if (total == f->gaps)
		return 0;
	if (asprintf(&path, "%s/" LP_FOLDER_GAPS, f->path) < 0)
		return -ENOMEM;
	err = lp_output_replace(path, put_gaps, (void *)(uintptr_t)blinds);
	if (err)
		lp_log(LP_LOG_ERROR, "%s: %s", path, strerror(-err));
	else
		f->gaps = total;
	free(path);
	return err;
}

int lp_folder_write(struct lp_folder *f, const struct lp_build_options *opts, enum lp_format format,
		    const struct lp_blinds *blinds, lp_written_fn fn, void *ctx)
{
	int first = lp_journal_save(f->journal, f->l), err;

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
	if (f->fd >= 0)
		close(f->fd);
	free(f->written);
	free(f->path);
	free(f);
}
