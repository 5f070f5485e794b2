/* SPDX-License-Identifier: MIT */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pipe.h"
#include "policy/calllog.h"

#define SCRATCH_MAX (16u * 1024 * 1024) /* for one line */
#define RESCUED	    "/leastpriv-calls.XXXXXX.jsonl"
#define RESCUED_END (sizeof(".jsonl") - 1)

static int fail(struct lp_recorder *r, int err, const char *what)
{
	lp_log(LP_LOG_ERROR, "%s: %s", r->path, what);
	if (r->out && r->out != stdout)
		fclose(r->out);
	r->out = NULL;
	r->error = err;
	return err;
}

/* The policy would take the log's place. */
static bool is_policy(const struct stat *st, const char *policy)
{
	struct stat out;

	return policy && !stat(policy, &out) && st->st_dev == out.st_dev &&
	       st->st_ino == out.st_ino;
}

/* Its writer was killed, or had no room for the rest: what follows shall be a line of its own. */
static bool ends_torn(const char *path, const struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char last = '\n';

	if (fd < 0)
		return false;
	if (st->st_size && pread(fd, &last, 1, st->st_size - 1) != 1)
		last = '\n';
	close(fd);
	return last != '\n';
}

int lp_recorder_open(struct lp_recorder *r, const char *path, const char *policy, bool at_once)
{
	struct stat st;

	*r = (struct lp_recorder){.path = path};
	lp_arena_init(&r->scratch, SCRATCH_MAX);
	if (!path)
		return 0;
	if (!*path) {
		lp_log(LP_LOG_ERROR, "--calls takes the name of a file");
		return -EINVAL;
	}
	r->out = strcmp(path, "-") ? lp_pipe_fopen(path, "ae", at_once) : stdout;
	if (!r->out)
		return fail(r, -errno, lp_pipe_strerror(errno));
	if (fstat(fileno(r->out), &st) || !S_ISREG(st.st_mode))
		return 0;
	if (is_policy(&st, policy))
		return fail(r, -EINVAL, "--calls and --output need files of their own");
	if (r->out == stdout)
		return 0;
	/* The second would empty it, and lines of both would get mixed up. */
	if (flock(fileno(r->out), LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return fail(r, -EWOULDBLOCK, "another leastpriv writes its calls there");
	r->torn = ends_torn(path, &st);
	return 0;
}

void lp_recorder_close(struct lp_recorder *r)
{
	lp_recorder_flush(r);
	if (r->out && r->out != stdout && fclose(r->out) && !r->error) {
		r->error = -errno;
		lp_log(LP_LOG_ERROR, "%s: %s", r->path, lp_pipe_strerror(-r->error));
	}
	r->out = NULL;
	lp_arena_fini(&r->scratch);
}

void lp_recorder_clear(struct lp_recorder *r)
{
	if (!r->out || r->out == stdout)
		return;
	r->torn = false;
	/* Where that is no file it has nothing from before. */
	if (ftruncate(fileno(r->out), 0))
		lp_log(LP_LOG_DEBUG, "%s: %s", r->path, strerror(errno));
}

static void stop(struct lp_recorder *r, int err)
{
	r->error = err;
	lp_log(LP_LOG_ERROR, "%s: %s; no more calls are logged", r->path, lp_pipe_strerror(-err));
}

static bool begin(struct lp_recorder *r)
{
	if (!r->out || r->error)
		return false;
	if (r->torn)
		putc('\n', r->out);
	r->torn = false;
	r->dirty = true;
	return true;
}

void lp_recorder_call(struct lp_recorder *r, const struct lp_call *call,
		      const struct lp_identities *ids)
{
	int err = begin(r) ? lp_calllog_write(r->out, call, ids, &r->scratch) : 0;

	if (err)
		stop(r, err);
}

void lp_recorder_blinds(struct lp_recorder *r, const struct lp_blinds *blinds)
{
	if (begin(r))
		lp_blinds_write(blinds, r->out);
}

void lp_recorder_flush(struct lp_recorder *r)
{
	if (!r->dirty)
		return;
	r->dirty = false;
	if (fflush(r->out) && !r->error)
		stop(r, -errno);
}

/* A new file of our own in the folder for such; free() its name. */
static int create_rescued(char **path)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	if (asprintf(path, "%s" RESCUED, dir && *dir ? dir : "/tmp") < 0)
		return -ENOMEM;
	fd = mkostemps(*path, RESCUED_END, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void lp_recorder_rescue(const struct lp_recorder *r, const struct lp_ledger *l,
			const struct lp_blinds *blinds)
{
	struct lp_ledger_counts counts;
	char *path = NULL;
	FILE *out = NULL;
	int fd, err;

	lp_ledger_counts(l, &counts);
	if (!counts.calls)
		return;
	if (r->path && !r->error && strcmp(r->path, "-")) {
		lp_log(LP_LOG_ERROR, "`leastpriv policy %s` makes it of the call log", r->path);
		return;
	}
	err = fd = create_rescued(&path);
	if (fd >= 0) {
		out = fdopen(fd, "w");
		err = out ? lp_calllog_write_ledger(out, l) : -errno;
	}
	if (!err) {
		lp_blinds_write(blinds, out);
		if (fflush(out))
			err = -errno;
	}
	if (out && fclose(out) && !err)
		err = -errno;
	if (!err) {
		lp_log(LP_LOG_ERROR, "what was seen is kept: `leastpriv policy %s` makes it", path);
	} else {
		lp_log(LP_LOG_ERROR, "nor could what was seen be kept: %s: %s", path ? path : "",
		       strerror(-err));
		if (fd >= 0)
			unlink(path);
	}
	free(path);
}
