/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"

struct writer {
	const struct lp_ledger *ledger;
	const struct lp_build_options *opts;
	enum lp_format format;
	const char *file; /* or, NULL, a folder: */
	const char *folder;
	FILE *stream; /* what `file` is where it takes all documents, one after the other; or NULL
		       */
	lp_written_fn fn;
	bool (*durable)(void *ctx);
	void *ctx;
};

/* Index of the '.' that starts the extension of the last part of `path`, or its length. */
static size_t extension_at(const char *path)
{
	const char *base = strrchr(path, '/');
	const char *dot;

	base = base ? base + 1 : path;
	dot = strrchr(base, '.');
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

/* What a file is to hold. */
struct content {
	int (*put)(const struct content *c, FILE *out);
	const struct writer *w;
	const struct lp_policy *policy; /* with its document `index`; or all of */
	size_t index;
	const struct lp_policy_set *set;
	int (*other)(void *ctx, FILE *out); /* of lp_output_replace */
	void *ctx;
	/* Not NULL: what is there already stays; else says whether to bring it to the disk. */
	bool (*durable)(void *ctx);
	void *durable_ctx;
	struct lp_span text; /* of put_text */
};

static int put_document(const struct content *c, FILE *out)
{
	const struct lp_build_options *o = c->w->opts;
	int err = lp_render(c->w->format, c->policy, c->index, out);

	if (!err && c->index + 1 == c->policy->n_documents)
		lp_render_gaps(c->w->format, o->gaps, o->n_gaps, out);
	return err;
}

static int put_report(const struct content *c, FILE *out)
{
	return lp_render_report(c->w->ledger, c->w->opts, c->set, out);
}

static int put_to(const struct content *c, FILE *out)
{
	int err = c->put(c, out);

	if (!err && fflush(out))
		err = -errno;
	return err;
}

/* Terminals, pipes and /dev/null, which renaming would replace, and files that it cannot. */
static int write_in_place(const struct content *c, const char *path)
{
	FILE *out = fopen(path, "we");
	int err;

	if (!out)
		return -errno;
	err = put_to(c, out);
	if (fclose(out) && !err)
		err = -errno;
	return err;
}

/* A new file of mode 0666 less the umask; one that a killed run left behind is replaced. */
static int create(const char *path)
{
	int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, flags, 0666);

	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, 0666);
	return fd < 0 ? -errno : fd;
}

/* A file that is mounted by itself, or in a folder that is not ours, can still be written. */
static bool shall_write_in_place(int err)
{
	return err == -EBUSY || err == -EACCES || err == -EPERM || err == -EROFS;
}

/* Through a temporary file beside it. `old`: what is there now, or NULL. */
static int replace_file(const struct content *c, const char *path, const struct stat *old)
{
	char *tmp = NULL;
	FILE *out;
	int err, fd;

	if (asprintf(&tmp, "%s.%d.tmp", path, (int)getpid()) < 0)
		return -ENOMEM;
	err = fd = create(tmp);
	if (fd < 0)
		goto out;
	if (old)
		(void)fchmod(fd, old->st_mode & 0777);
	out = fdopen(fd, "w");
	if (!out) {
		err = -errno;
		close(fd);
		goto out_unlink;
	}
	err = put_to(c, out);
	if (!err && c->durable && c->durable(c->durable_ctx) && fsync(fd))
		err = -errno;
	if (fclose(out) && !err)
		err = -errno;
	if (!err && rename(tmp, path))
		err = -errno;
out_unlink:
	if (err)
		unlink(tmp);
out:
	free(tmp);
	return err;
}

/* Whoever reads `path` finds the old policy or the new, wherever that can be had. */
static int write_file(const struct content *c, const char *path)
{
	struct stat st;
	bool there = stat(path, &st) == 0;
	/* Of a link, what it leads to is replaced. */
	char *real = there ? realpath(path, NULL) : NULL;
	int err, second;

	if (there && !S_ISREG(st.st_mode))
		err = write_in_place(c, path);
	else
		err = replace_file(c, real ? real : path, there ? &st : NULL);
	if (there && S_ISREG(st.st_mode) && shall_write_in_place(err)) {
		second = write_in_place(c, path);
		err = second == -EACCES ? err : second;
	}
	free(real);
	return err;
}

static bool holds(const char *path, struct lp_span text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[16 * 1024];
	ssize_t n = 0;

	if (fd < 0)
		return false;
	while ((n = read(fd, buf, sizeof(buf))) > 0 &&
	       lp_span_starts(text, lp_span_of(buf, (size_t)n)))
		text = lp_span_from(text, (size_t)n);
	close(fd);
	return n == 0 && !text.len;
}

static int put_text(const struct content *c, FILE *out)
{
	errno = 0;
	if (fwrite(c->text.ptr, 1, c->text.len, out) == c->text.len)
		return 0;
	return errno ? -errno : -EIO;
}

/* 1: nothing was written, as it holds the same. */
static int write_if_new(const struct content *c, const char *path)
{
	struct content made = {
		.put = put_text, .durable = c->durable, .durable_ctx = c->durable_ctx};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err = out ? put_to(c, out) : -ENOMEM;

	if (out && fclose(out) && !err)
		err = -errno;
	made.text = lp_span_of(text, len);
	if (!err)
		err = holds(path, made.text) ? 1 : write_file(&made, path);
	free(text);
	return err;
}

/* "-" is stdout. */
static int write_to(const struct content *c, const char *path)
{
	if (!strcmp(path, "-"))
		return put_to(c, stdout);
	return c->durable ? write_if_new(c, path) : write_file(c, path);
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

static int write_policy(const struct writer *w, const struct lp_policy *p, bool several)
{
	int first = 0;

	for (size_t i = 0; i < p->n_documents; i++) {
		char *made = w->stream ? NULL : path_of(w, p->name, several, i + 1);
		const char *path = w->stream ? w->file : made;
		struct content c = {.put = put_document,
				    .w = w,
				    .policy = p,
				    .index = i,
				    .durable = w->durable,
				    .durable_ctx = w->ctx};
		int err = w->stream ? put_to(&c, w->stream) : path ? write_to(&c, path) : -ENOMEM;

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
		free(made);
		if (!first && err < 0)
			first = err;
	}
	if (w->file && !w->stream)
		say_left_over(w, p, several);
	return first;
}

/* "-" is stdout; a pipe, a terminal or /dev/null has no place beside it for a second document. */
static int open_stream(struct writer *w)
{
	struct stat st;

	if (!strcmp(w->file, "-"))
		w->stream = stdout;
	else if (!stat(w->file, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		w->stream = fopen(w->file, "we");
		return w->stream ? 0 : -errno;
	}
	return 0;
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
	int first = lp_build(l, opts, &set);

	if (first)
		return first;
	first = open_stream(&w);
	if (first)
		goto out;
	for (size_t i = 0; i < set.n_policies; i++) {
		int err = write_policy(&w, &set.policies[i], set.n_policies > 1);

		if (opts->explain)
			explain(&set.policies[i]);
		if (!first)
			first = err;
	}
	if (w.stream && w.stream != stdout && fclose(w.stream) && !first)
		first = -errno;
	if (opts->report) {
		struct content c = {.put = put_report, .w = &w, .set = &set};
		int err = write_to(&c, opts->report);

		if (err)
			fprintf(stderr, "leastpriv: %s: %s\n", opts->report, strerror(-err));
		if (!first)
			first = err;
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

static int put_other(const struct content *c, FILE *out)
{
	return c->other(c->ctx, out);
}

int lp_output_replace(const char *path, int (*put)(void *ctx, FILE *out), void *ctx,
		      bool (*durable)(void *ctx), void *durable_ctx)
{
	struct content c = {.put = put_other,
			    .other = put,
			    .ctx = ctx,
			    .durable = durable,
			    .durable_ctx = durable_ctx};

	return write_to(&c, path);
}

/* --- notes ------------------------------------------------------------------------------------ */

#define NOTES_MAX    50 /* lines of one kind */
#define ATTACHED_MAX 10 /* "IAM and AWS STS quotas": by default, of a role or user */

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
	bool shared = limit == LP_LIMIT_ROLE || limit == LP_LIMIT_USER;

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
		     all, most, limit == LP_LIMIT_ROLE ? "role" : "user");
	if (limit == LP_LIMIT_MANAGED && p->n_documents > ATTACHED_MAX)
		note(n,
		     "%zu managed policies: more than the %d that may be attached to a role or "
		     "user; --generalize or --shrink may help",
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
