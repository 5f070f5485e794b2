/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "calllog.h"

#define READ_SIZE   (64u * 1024)
#define SCRATCH_MAX (32u * 1024 * 1024) /* for reading one line */
#define WRITE_MAX   (16u * 1024 * 1024) /* for writing one */
#define SEARCH_MAX  (64u * 1024 * 1024) /* bytes checked in vain in search of a whole record */

/* Grown to so many times of what it was when it was new, and past this, it is made anew. */
#define GROWTH	    4
#define COMPACT_MIN (256u * 1024)

struct lp_journal {
	int dir, fd;
	char *name, *tmp;
	uint64_t size, fresh_size; /* now; when it was made anew */
	bool broken;		   /* not all of the ledger is in it */
	FILE *line;		   /* text of the record that is being made */
	char *text;
	size_t text_size;
	FILE *out; /* the new file while compacting */
	struct lp_arena scratch;
};

struct header {
	uint32_t magic, kind, len, crc;
};

_Static_assert(sizeof(struct header) == LP_JOURNAL_HDR, "a header has no padding");

/* --- reading ---------------------------------------------------------------------------------- */

struct reader {
	int fd;
	struct lp_ledger *l;
	struct lp_journal_stats *stats;
	struct lp_arena scratch;
	char *buf;
	size_t cap, start, len; /* what is not taken yet: len bytes from start on */
	uint64_t at;		/* of the file: where `start` is */
	size_t searched;
};

static uint32_t crc_of(const struct header *h, const char *text)
{
	const uint32_t head[] = {h->kind, h->len};
	uLong crc = crc32(0, (const Bytef *)head, sizeof(head));

	return htole32((uint32_t)crc32(crc, (const Bytef *)text, le32toh(h->len)));
}

/* Reads until there are `n` bytes or no more. 0 or -errno. */
static int fill(struct reader *r, size_t n)
{
	if (n > r->cap) {
		size_t cap = n + READ_SIZE;
		char *buf = realloc(r->buf, cap);

		if (!buf)
			return -ENOMEM;
		r->buf = buf;
		r->cap = cap;
	}
	if (r->start + n > r->cap) {
		memmove(r->buf, r->buf + r->start, r->len);
		r->start = 0;
	}
	while (r->len < n) {
		size_t end = r->start + r->len;
		ssize_t got = read(r->fd, r->buf + end, r->cap - end);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		r->len += (size_t)got;
	}
	return 0;
}

static void pass(struct reader *r, size_t n)
{
	r->start += n;
	r->len -= n;
	r->at += n;
}

/* 1 when a whole record stands at the start, with its header in *h; 0 when none does; -errno. */
static int look(struct reader *r, struct header *h)
{
	size_t len;
	int err = fill(r, sizeof(*h));

	if (err || r->len < sizeof(*h))
		return err;
	memcpy(h, r->buf + r->start, sizeof(*h));
	len = le32toh(h->len);
	if (h->magic != htole32(LP_JOURNAL_MAGIC) || !len || len > LP_CALLLOG_LINE_MAX)
		return 0;
	err = fill(r, sizeof(*h) + len);
	if (err || r->len < sizeof(*h) + len)
		return err;
	if (crc_of(h, r->buf + r->start + sizeof(*h)) == h->crc)
		return 1;
	r->searched += len;
	return 0;
}

/* To the next place that may be the start of a record. */
static void search(struct reader *r)
{
	const char first = (char)(LP_JOURNAL_MAGIC & 0xff);
	const char *from = r->buf + r->start + 1;
	const char *to = r->len > 1 ? memchr(from, first, r->len - 1) : NULL;

	pass(r, to ? (size_t)(to - from) + 1 : r->len);
}

static int take(struct reader *r, const struct header *h)
{
	size_t len = le32toh(h->len);
	struct lp_span line = lp_span_of(r->buf + r->start + sizeof(*h), len);
	const char *why;
	int err = -EBADMSG;

	line.len -= line.ptr[line.len - 1] == '\n';
	if (h->kind && le32toh(h->kind) < LP_JOURNAL_KINDS)
		err = lp_calllog_line(line, r->l, &r->scratch, &why);
	if (err == -ENOMEM && r->scratch.full)
		err = -EBADMSG;
	pass(r, sizeof(*h) + len);
	r->stats->bad += err == -EBADMSG;
	r->stats->records += !err;
	return err == -EBADMSG || err == -EDQUOT ? 0 : err;
}

int lp_journal_read(int fd, struct lp_ledger *l, struct lp_journal_stats *stats, uint64_t *end)
{
	struct reader r = {.fd = fd, .l = l, .stats = stats};
	struct header h = {0};
	int found, err = 0;

	*stats = (struct lp_journal_stats){0};
	*end = 0;
	lp_arena_init(&r.scratch, SCRATCH_MAX);
	while (!err && r.searched <= SEARCH_MAX) {
		found = look(&r, &h);
		if (found < 0)
			err = found;
		if (found < 0 || !r.len)
			break;
		if (!found) {
			search(&r);
			continue;
		}
		stats->gaps += r.at != *end;
		err = take(&r, &h);
		*end = r.at;
	}
	stats->torn = r.at + r.len - *end;
	lp_arena_fini(&r.scratch);
	free(r.buf);
	return err;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Begins the text of a record, after room for its header. */
static void begin(struct lp_journal *j)
{
	const char room[LP_JOURNAL_HDR] = {0};

	rewind(j->line);
	fwrite(room, 1, sizeof(room), j->line);
}

/* Ends it, and puts it into the file, or into the one that is being made. */
static int put(struct lp_journal *j, enum lp_journal_kind kind)
{
	struct header h = {htole32(LP_JOURNAL_MAGIC), htole32(kind), 0, 0};
	size_t len = (size_t)ftello(j->line);
	int err;

	if (fflush(j->line) || ferror(j->line))
		return -ENOMEM;
	/* A reader would not take it. */
	if (len - sizeof(h) > LP_CALLLOG_LINE_MAX)
		return 0;
	h.len = htole32((uint32_t)(len - sizeof(h)));
	h.crc = crc_of(&h, j->text + sizeof(h));
	memcpy(j->text, &h, sizeof(h));
	if (j->out) {
		errno = 0;
		return fwrite(j->text, 1, len, j->out) == len ? 0 : errno ? -errno : -EIO;
	}
	err = write_all(j->fd, j->text, len);
	if (!err)
		j->size += len;
	else if (ftruncate(j->fd, (off_t)j->size))
		err = -errno;
	return err;
}

static int put_record(void *ctx, const struct lp_record *rec)
{
	struct lp_journal *j = ctx;

	begin(j);
	lp_calllog_write_record(j->line, rec);
	return put(j, LP_JOURNAL_COUNT);
}

static int put_fact(void *ctx, const struct lp_fact *fact)
{
	struct lp_journal *j = ctx;

	begin(j);
	lp_calllog_write_fact(j->line, fact);
	return put(j, LP_JOURNAL_COUNT);
}

/* The whole ledger in a new file in place of the old. */
static int compact(struct lp_journal *j, struct lp_ledger *l)
{
	struct stat st = {0};
	int fd, copy, err = 0;

	/* Left by one that was killed, or put there to lead us elsewhere. */
	unlinkat(j->dir, j->tmp, 0);
	fd = openat(j->dir, j->tmp, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	j->out = copy < 0 ? NULL : fdopen(copy, "w");
	if (!j->out) {
		err = -errno;
		if (copy >= 0)
			close(copy);
	}
	if (!err)
		err = lp_identities_each(lp_ledger_identities(l), put_fact, j);
	if (!err)
		err = lp_ledger_each(l, put_record, j);
	if (j->out && fclose(j->out) && !err)
		err = -errno;
	j->out = NULL;
	if (!err && (fsync(fd) || fstat(fd, &st) || renameat(j->dir, j->tmp, j->dir, j->name) ||
		     fsync(j->dir)))
		err = -errno;
	if (err) {
		unlinkat(j->dir, j->tmp, 0);
		close(fd);
		return err;
	}
	close(j->fd);
	j->fd = fd;
	j->size = j->fresh_size = (uint64_t)st.st_size;
	j->broken = false;
	lp_ledger_saved_all(l);
	return 0;
}

int lp_journal_call(struct lp_journal *j, const struct lp_call *call, struct lp_ledger *l)
{
	int err;

	if (j->broken)
		return 0; /* said, and mended by the next save */
	begin(j);
	err = lp_calllog_write(j->line, call, lp_ledger_identities(l), &j->scratch);
	if (!err)
		err = put(j, LP_JOURNAL_CALL);
	if (err)
		j->broken = true;
	else
		lp_ledger_saved_last(l);
	return err;
}

void lp_journal_lacks(struct lp_journal *j)
{
	j->broken = true;
}

bool lp_journal_lost(const struct lp_journal *j)
{
	struct stat st;

	return !fstat(j->fd, &st) && !st.st_nlink;
}

int lp_journal_save(struct lp_journal *j, struct lp_ledger *l)
{
	int err;

	if (j->broken || lp_journal_lost(j))
		return compact(j, l);
	err = lp_ledger_each_unsaved(l, put_record, j);
	if (!err && fdatasync(j->fd))
		err = -errno;
	if (err) {
		j->broken = true;
		return err;
	}
	if (j->size > COMPACT_MIN && j->size > GROWTH * j->fresh_size)
		return compact(j, l);
	return 0;
}

int lp_journal_open(struct lp_journal **out, int dir, const char *name, struct lp_ledger *l,
		    struct lp_journal_stats *stats)
{
	struct lp_journal *j = calloc(1, sizeof(*j));
	int err = 0;

	*out = NULL;
	if (!j)
		return -ENOMEM;
	j->dir = dir;
	lp_arena_init(&j->scratch, WRITE_MAX);
	j->name = strdup(name);
	j->line = open_memstream(&j->text, &j->text_size);
	if (!j->name || !j->line || asprintf(&j->tmp, "%s.tmp", name) < 0) {
		j->fd = -1;
		err = -ENOMEM;
		goto fail;
	}
	j->fd = openat(dir, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (j->fd < 0)
		err = -errno;
	if (!err)
		err = lp_journal_read(j->fd, l, stats, &j->size);
	if (!err && stats->torn && ftruncate(j->fd, (off_t)j->size))
		err = -errno;
	if (err)
		goto fail;
	lp_ledger_saved_all(l);
	*out = j;
	return 0;
fail:
	lp_journal_close(j);
	return err;
}

void lp_journal_close(struct lp_journal *j)
{
	if (!j)
		return;
	if (j->line)
		fclose(j->line);
	if (j->fd >= 0)
		close(j->fd);
	lp_arena_fini(&j->scratch);
	free(j->text);
	free(j->name);
	free(j->tmp);
	free(j);
}
