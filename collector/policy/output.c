/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pipe.h"
#include "base/utf8.h"
#include "replace.h"

struct writer {
	const struct lp_ledger *ledger;
	const struct lp_build_options *opts;
	enum lp_format format;
	const char *file; /* or, NULL, a folder: */
	const char *folder;
	FILE *stream;  /* what `file` is where it takes all documents, one after the other; or NULL
			*/
	size_t failed; /* files */
	lp_written_fn fn;
	bool (*durable)(void *ctx);
	void *ctx;
};

/* Index of the '.' that starts the extension of the last part of `path`, or its length. */
static size_t extension_at(const char *path)
{
	const char *base = lp_last_part(path), *dot = strrchr(base, '.');

	return dot && dot != base ? (size_t)(dot - path) : strlen(path);
}

/*
 * Where a document of a policy goes: FILE with the policy's name (when it is one of several) and
 * the document's number put in, or a file of that name in the folder. NULL: no memory.
 */
static char *path_of(const struct writer *w, const char *name, bool several, size_t document)
{
	size_t stem = w->file ? extension_at(w->file) : 0;
	char number[24] = "";
	char *path;
	int n;

	if (document > 1)
		snprintf(number, sizeof(number), "-%zu", document);
	if (w->file)
		n = asprintf(&path, "%.*s%s%s%s%s", (int)stem, w->file, several ? "." : "",
			     several ? name : "", number, w->file + stem);
	else
		n = asprintf(&path, "%s/%s" LP_OUTPUT_POLICY "%s.%s", w->folder, name, number,
			     lp_format_extension(w->format));
	return n < 0 ? NULL : path;
}

/* What a file is to hold: a policy's document `index`, or, for a report, all. */
struct content {
	const struct writer *w;
	const struct lp_policy *policy;
	size_t index;
	const struct lp_policy_set *set;
};

static int put_document(void *ctx, FILE *out)
{
	const struct content *c = ctx;
	const struct lp_build_options *o = c->w->opts;
	int err = lp_render(c->w->format, c->policy, c->index, out);

	if (!err && c->index + 1 == c->policy->n_documents)
		lp_render_gaps(c->w->format, o->gaps, o->n_gaps, out);
	return err;
}

static int put_report(void *ctx, FILE *out)
{
	const struct content *c = ctx;

	return lp_render_report(c->w->ledger, c->w->opts, c->set, out);
}

/* A longer policy of an earlier run went on there; whoever attaches all of them must know. */
static void say_left_over(const struct writer *w, const struct lp_policy *p, bool several)
{
	char *path = path_of(w, p->name, several, p->n_documents + 1);
	struct stat st;

	if (path && !stat(path, &st) && S_ISREG(st.st_mode))
		lp_log(LP_LOG_WARN, "%s is not part of this policy, perhaps of an earlier one",
		       path);
	free(path);
}

/* The first; what keeps one from being written mostly keeps all. */
static void say_failed(struct writer *w, const char *what, const char *path, int err)
{
	if (!w->failed++)
		lp_log(LP_LOG_ERROR, "the %s is not written: %s: %s", what,
		       strcmp(path, "-") ? path : "standard output", lp_pipe_strerror(-err));
}

/* What the name of one of several, or of a further document, is comes out only now. */
static bool keeps_baseline(struct writer *w, const char *path)
{
	if (!w->file || w->stream || !lp_output_is_baseline(w->opts, path))
		return false;
	if (!w->failed++)
		lp_log(LP_LOG_ERROR,
		       "the policy is not written: %s is a baseline; -o FILE puts it elsewhere",
		       path);
	return true;
}

static int write_policy(struct writer *w, const struct lp_policy *p, bool several)
{
	int first = 0;

	for (size_t i = 0; i < p->n_documents; i++) {
		char *made = w->stream ? NULL : path_of(w, p->name, several, i + 1);
		const char *path = w->stream ? w->file : made;
		struct content c = {.w = w, .policy = p, .index = i};
		bool kept = path && keeps_baseline(w, path);
		int err = -ENOMEM;

		if (w->stream)
			err = lp_replace_put(put_document, &c, w->stream);
		else if (kept)
			err = -EEXIST;
		else if (path)
			err = lp_replace(path, put_document, &c, w->durable, w->ctx);
		if (err >= 0 && w->fn) {
			struct lp_written what = {
				.path = path,
				.policy = p,
				.document = i + 1,
				.n_documents = p->n_documents,
				.unchanged = err > 0,
			};

			w->fn(w->ctx, &what);
		}
		if (err < 0 && !kept && w->file)
			say_failed(w, "policy", path ? path : w->file, err);
		free(made);
		if (!first && err < 0)
			first = err;
	}
	if (w->file && !w->stream)
		say_left_over(w, p, several);
	return first;
}

/* The one policy of an earlier run, which now has a name put in, or is of nobody here. */
static void say_alone(const char *path)
{
	struct stat st;

	if (!stat(path, &st) && S_ISREG(st.st_mode))
		lp_log(LP_LOG_WARN, "%s is none of these policies, perhaps an earlier one", path);
}

/*
 * "-" is stdout; a pipe, a terminal or /dev/null has no place beside it for a second document. NULL
 * for what is replaced as a whole.
 */
static int open_stream(const struct writer *w, const char *path, FILE **out)
{
	struct stat st;

	*out = strcmp(path, "-") ? NULL : stdout;
	if (*out || stat(path, &st) || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return 0;
	*out = w->opts->impatient ? lp_pipe_fopen(path, "we", true) : fopen(path, "we");
	return *out ? 0 : -errno;
}

static int close_stream(FILE *stream)
{
	return stream && stream != stdout && fclose(stream) ? -errno : 0;
}

static int write_report(struct writer *w, const struct lp_policy_set *set)
{
	struct content c = {.w = w, .set = set};
	const char *path = w->opts->report;
	FILE *stream;
	int err = open_stream(w, path, &stream), closed;

	if (!err && stream)
		err = lp_replace_put(put_report, &c, stream);
	else if (!err)
		err = lp_replace(path, put_report, &c, NULL, NULL);
	closed = close_stream(stream);
	err = err ? err : closed;
	w->failed = 0;
	if (err)
		say_failed(w, "report", path, err);
	return err;
}

int lp_output_check(const char *path)
{
	struct stat st;
	char *dir;
	int err = 0;

	if (!strcmp(path, "-"))
		return 0;
	if (access(path, W_OK) == 0) {
		err = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? -EISDIR : 0;
	} else if (errno != ENOENT) {
		err = -errno;
	} else {
		dir = lp_replace_folder(path);
		if (!dir || access(dir, W_OK | X_OK))
			err = -errno;
		else if (!stat(dir, &st) && !st.st_nlink)
			err = -ENOENT; /* it was removed, and we are still in it */
		if (err)
			lp_log(LP_LOG_ERROR, "%s: no file can be made in %s: %s", path,
			       dir && strchr(path, '/') ? dir : "the current folder",
			       strerror(-err));
		free(dir);
		return err;
	}
	if (err)
		lp_log(LP_LOG_ERROR, "%s: %s%s", path, strerror(-err),
		       err == -EISDIR ? "; name a file in it" : "");
	return err;
}

void lp_output_warn(const char *path)
{
	struct stat st;

	if (!stat(path, &st) && S_ISREG(st.st_mode) && st.st_size)
		lp_log(LP_LOG_WARN,
		       "%s is replaced by what is seen from now on; a folder, -o DIR/, goes on "
		       "with what is known",
		       path);
}

static size_t n_documents(const struct lp_policy_set *set)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n_policies; i++)
		n += set->policies[i].n_documents;
	return n;
}

/* What a policy file in JSON has no place for. */
static void explain(const struct lp_policy *p)
{
	for (size_t i = 0; i < p->n_remarks; i++) {
		const struct lp_remark *r = &p->remarks[i];

		if (r->flags & LP_GRANT_DENIED)
			continue;
		lp_print(stderr, "leastpriv: %s %s on %s: %s\n",
			 r->flags & LP_GRANT_POSSIBLE ? "perhaps also, and not granted,"
						      : "behind a call",
			 r->action, r->resource, r->reason);
	}
}

int lp_output_write(const struct lp_ledger *l, const struct lp_build_options *opts,
		    enum lp_format format, const char *file, lp_written_fn fn, void *ctx)
{
	struct writer w = {
		.ledger = l, .opts = opts, .format = format, .file = file, .fn = fn, .ctx = ctx};
	struct lp_policy_set set;
	int first = lp_build(l, opts, &set), err;

	if (first) {
		say_failed(&w, "policy", file, first);
		return first;
	}
	first = open_stream(&w, file, &w.stream);
	if (first) {
		say_failed(&w, "policy", file, first);
		goto out;
	}
	for (size_t i = 0; i < set.n_policies; i++) {
		err = write_policy(&w, &set.policies[i], set.n_policies > 1);
		if (opts->explain)
			explain(&set.policies[i]);
		first = first ? first : err;
	}
	if (!w.stream && set.n_policies > 1)
		say_alone(file);
	/* A collector's reader takes what it writes as it comes. */
	if (w.stream == stdout && n_documents(&set) > 1 && !lp_format_joins(format) &&
	    !opts->impatient)
		lp_log(LP_LOG_WARN, "%zu documents one after the other; -o FILE gives each a file",
		       n_documents(&set));
	err = close_stream(w.stream);
	if (err && !first) {
		first = err;
		say_failed(&w, "policy", file, first);
	}
	if (w.failed > 1 && !w.stream)
		lp_log(LP_LOG_ERROR, "nor %s %zu more file%s", w.failed == 2 ? "is" : "are",
		       w.failed - 1, lp_plural(w.failed - 1));
	if (opts->report) {
		err = write_report(&w, &set);
		first = first ? first : err;
	}
out:
	lp_policy_set_fini(&set);
	return first;
}

int lp_output_write_folder(const struct lp_policy_set *set, const struct lp_build_options *opts,
			   enum lp_format format, const char *folder, lp_written_fn fn,
			   bool (*durable)(void *ctx), void *ctx)
{
	struct writer w = {.opts = opts,
			   .format = format,
			   .folder = folder,
			   .fn = fn,
			   .durable = durable,
			   .ctx = ctx};
	int first = 0;

	for (size_t i = 0; i < set->n_policies; i++) {
		int err = write_policy(&w, &set->policies[i], true);

		if (!first)
			first = err;
	}
	return first;
}

const char *lp_output_why_empty(const struct lp_build_options *opts)
{
	return opts->baseline	   ? "the baseline allows whatever is needed"
	       : opts->identity	   ? "no call of that identity needs a permission"
	       : opts->only_denied ? "AWS refused no call"
				   : "no call needs a permission";
}

/* --- notes ------------------------------------------------------------------------------------ */

#define NOTES_MAX    50 /* lines of one kind */
#define ATTACHED_MAX 10 /* "IAM and AWS STS quotas": by default, of a role, group or user */

struct notes {
	lp_note_fn fn;
	void *ctx;
	size_t n;
};

static void note(struct notes *n, const char *fmt, ...) LP_PRINTF(2, 3);

static void note(struct notes *n, const char *fmt, ...)
{
	char line[1024];
	va_list args;

	if (n->n++ >= NOTES_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	lp_utf8_make_plain(line);
	n->fn(n->ctx, line);
}

static void end_notes(struct notes *n, const char *what)
{
	size_t more = n->n > NOTES_MAX ? n->n - NOTES_MAX : 0;

	n->n = 0;
	if (more)
		note(n, "and %zu more %s", more, what);
	n->n = 0;
}

static void note_new(void *ctx, const char *action, const char *resource)
{
	note(ctx, "new: %s on %s", action, resource);
}

static void note_remarks(struct notes *n, const struct lp_policy *p, unsigned flag,
			 const char *kind)
{
	for (size_t i = 0; i < p->n_remarks; i++)
		if (p->remarks[i].flags & flag)
			note(n, "%s: %s on %s (%s)", kind, p->remarks[i].action,
			     p->remarks[i].resource, p->remarks[i].reason);
	end_notes(n, kind);
}

/* Splitting helps only so far. */
static void note_sizes(struct notes *n, const struct lp_policy *p, enum lp_size_limit limit)
{
	size_t most = lp_size_limit_bytes(limit), all = 0;
	bool shared = most && limit != LP_LIMIT_MANAGED;

	for (size_t i = 0; most && i < p->n_documents; i++) {
		size_t size = lp_document_size(&p->documents[i]);

		all += size;
		if (size > most)
			note(n,
			     "document %zu has %zu characters, AWS takes %zu, and it cannot be "
			     "split: its names are too long",
			     i + 1, size, most);
	}
	if (shared && p->n_documents > 1)
		note(n,
		     "%zu characters in all: more than the %zu that all inline policies of a %s "
		     "may have together; managed policies, or --generalize or --shrink, may help",
		     all, most, lp_size_limit_word(limit));
	if (limit == LP_LIMIT_MANAGED && p->n_documents > ATTACHED_MAX)
		note(n,
		     "%zu managed policies: more than the %d that may be attached to a role, "
		     "group or user; --generalize or --shrink may help",
		     p->n_documents, ATTACHED_MAX);
	n->n = 0;
}

void lp_output_notes(const struct lp_policy *policy, const struct lp_build_options *opts,
		     lp_note_fn fn, void *ctx)
{
	struct notes n = {.fn = fn, .ctx = ctx};

	note_sizes(&n, policy, opts->limit);
	if (opts->baseline) {
		lp_policy_each(policy, note_new, &n);
		end_notes(&n, "permissions that the baseline lacks");
	}
	note_remarks(&n, policy, LP_REMARK_GENERALIZED, "generalised");
	note_remarks(&n, policy, LP_REMARK_OFFER, "could be a pattern");
}
