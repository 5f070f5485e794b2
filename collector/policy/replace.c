/* SPDX-License-Identifier: MIT */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "lp_span.h"

struct content {
	lp_put_fn put;
	void *ctx;
	bool (*durable)(void *ctx);
	void *durable_ctx;
};

int lp_replace_put(lp_put_fn put, void *ctx, FILE *out)
{
	int err = put(ctx, out);

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
	err = lp_replace_put(c->put, c->ctx, out);
	if (fclose(out) && !err)
		err = -errno;
	return err;
}

/* --- beside it -------------------------------------------------------------------------------- */

/*
 * A name beside `path` that nobody else has, not even who has our process id: containers have each
 * their own, and may share a folder. NULL: no memory.
 */
static char *name_beside(const char *path)
{
	uint32_t id;
	char *name;

	if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != (ssize_t)sizeof(id))
		id = (uint32_t)getpid();
	return asprintf(&name, "%s.%08x.tmp", path, (unsigned)id) < 0 ? NULL : name;
}

/* A new file of mode 0666 less the umask. */
static int create(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	return fd < 0 ? -errno : fd;
}

char *lp_replace_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
}

/* The same in the folder of `path`, without a name until give_name(): it ends with us. */
static int create_nameless(const char *path)
{
	char *dir = lp_replace_folder(path);
	int fd = dir ? open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0666) : -1;
	int err = fd < 0 ? -errno : fd;

	free(dir);
	return err;
}

static int give_name(int fd, const char *path)
{
	char own[64];

	snprintf(own, sizeof(own), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

/* All of it at `tmp`, or nothing there. */
static int write_beside(const struct content *c, const char *tmp, const struct stat *old,
			bool nameless)
{
	int fd = nameless ? create_nameless(tmp) : create(tmp), err = 0;
	FILE *out;

	if (fd < 0)
		return fd;
	if (old)
		(void)fchmod(fd, old->st_mode & 0777);
	out = fdopen(fd, "w");
	if (!out) {
		err = -errno;
		close(fd);
		goto out;
	}
	err = lp_replace_put(c->put, c->ctx, out);
	if (!err && c->durable && c->durable(c->durable_ctx) && fsync(fd))
		err = -errno;
	if (!err && nameless)
		err = give_name(fd, tmp);
	if (fclose(out) && !err)
		err = -errno;
out:
	if (err)
		unlink(tmp);
	return err;
}

/* Through a temporary file beside it. `old`: what is there now, or NULL. */
static int replace_file(const struct content *c, const char *path, const struct stat *old)
{
	char *tmp = name_beside(path);
	int err;

	if (!tmp)
		return -ENOMEM;
	err = write_beside(c, tmp, old, true);
	/* Not every file system has files without a name, and not every root a /proc. */
	if (err)
		err = write_beside(c, tmp, old, false);
	if (!err && rename(tmp, path)) {
		err = -errno;
		unlink(tmp);
	}
	free(tmp);
	return err;
}

/* --- in its place ----------------------------------------------------------------------------- */

/* A file that is mounted by itself, or in a folder that is not ours, can still be written. */
static bool shall_write_in_place(int err)
{
	return err == -EBUSY || err == -EACCES || err == -EPERM || err == -EROFS;
}

/* Whoever reads `path` finds the old file or the new, wherever that can be had. */
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

int lp_put_span(void *ctx, FILE *out)
{
	const struct lp_span *text = ctx;

	errno = 0;
	if (fwrite(text->ptr, 1, text->len, out) == text->len)
		return 0;
	return errno ? -errno : -EIO;
}

/* 1: nothing was written, as it holds the same. */
static int write_if_new(const struct content *c, const char *path)
{
	struct lp_span made;
	struct content again = {.put = lp_put_span,
				.ctx = &made,
				.durable = c->durable,
				.durable_ctx = c->durable_ctx};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err = out ? lp_replace_put(c->put, c->ctx, out) : 0;
	int ended = lp_text_end(out, &text);

	err = err ? err : ended;
	made = lp_span_of(text, len);
	if (!err)
		err = holds(path, made) ? 1 : write_file(&again, path);
	free(text);
	return err;
}

int lp_replace(const char *path, lp_put_fn put, void *ctx, bool (*durable)(void *ctx),
	       void *durable_ctx)
{
	const struct content c = {put, ctx, durable, durable_ctx};

	if (!strcmp(path, "-"))
		return lp_replace_put(put, ctx, stdout);
	return durable ? write_if_new(&c, path) : write_file(&c, path);
}

/* --- drafts ----------------------------------------------------------------------------------- */

FILE *lp_replace_draft(const char *path)
{
	int fd = create_nameless(path);
	FILE *draft = fd < 0 ? tmpfile() : fdopen(fd, "w+");

	if (!draft && fd >= 0)
		close(fd);
	return draft;
}

static int put_draft(void *ctx, FILE *out)
{
	FILE *draft = ctx;
	char buf[64 * 1024];
	size_t n;

	rewind(draft);
	while ((n = fread(buf, 1, sizeof(buf), draft)) > 0)
		if (fwrite(buf, 1, n, out) != n)
			return -EIO;
	return ferror(draft) ? -EIO : 0;
}

int lp_replace_by(const char *path, FILE *draft)
{
	if (fflush(draft))
		return -errno;
	return ferror(draft) ? -EIO : lp_replace(path, put_draft, draft, NULL, NULL);
}
