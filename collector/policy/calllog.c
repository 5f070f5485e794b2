/* SPDX-License-Identifier: MIT */
/* A call log from its first line to its last. */
#include "calllog_impl.h"

#include <errno.h>
#include <stdlib.h>

#include "again.h"
#include "base/json_in.h"
#include "base/unpack.h"
#include "timestamp.h"

#define READ_SIZE   (1024 * 1024)
#define SCRATCH_MAX (32u * 1024 * 1024) /* bytes for one line's call; a line is at most 4 MiB */
#define SAME_SLOTS  4096
#define SAME_MAX    2048 /* bytes; longer lines are read each time */

/* --- lines that say the same ------------------------------------------------------------------ */

/* Takes `text` off the front of *s. */
static bool take(struct lp_span *s, struct lp_span text)
{
	if (!lp_span_starts(*s, text))
		return false;
	*s = lp_span_from(*s, text.len);
	return true;
}

/* A whole number of a process, or null. */
static bool take_pid(struct lp_span *s)
{
	size_t n = 0;

	if (take(s, LP_SPAN("null")))
		return true;
	while (n < s->len && n < 10 && lp_ascii_digit(s->ptr[n]))
		n++;
	if (!n || n == 10 || (n > 1 && s->ptr[0] == '0'))
		return false;
	*s = lp_span_from(*s, n);
	return true;
}

/*
 * Takes a line apart: the time, what stands between process id and request id, and what follows
 * that. Escapes could hide a second time or request id, so a line with a backslash has no parts.
 */
static bool take_apart(struct lp_span line, int64_t *time_ns, struct lp_span parts[2])
{
	const struct lp_span id = LP_SPAN(",\"requestId\":\"");
	const char *at;
	size_t n;

	if (line.len > SAME_MAX || lp_span_find(line, '\\') < line.len ||
	    !take(&line, LP_SPAN("{\"v\":1,\"time\":\"")))
		return false;
	n = lp_json_plain_run(line);
	if (lp_timestamp_read(lp_span_first(line, n), time_ns))
		return false;
	line = lp_span_from(line, n);
	if (!take(&line, LP_SPAN("\",\"pid\":")) || !take_pid(&line))
		return false;
	at = line.len ? memmem(line.ptr, line.len, id.ptr, id.len) : NULL;
	if (!at)
		return false;
	parts[0] = lp_span_first(line, (size_t)(at - line.ptr) + id.len);
	line = lp_span_from(line, parts[0].len);
	n = lp_json_plain_run(line);
	parts[1] = lp_span_from(line, n);
	return parts[1].len && parts[1].ptr[0] == '"';
}

/* What a second member of one of these names would say, the parts do not. */
static bool is_plain(const struct lp_span parts[2])
{
	const struct lp_span once[] = {LP_SPAN("\"v\":"), LP_SPAN("\"time\":"),
				       LP_SPAN("\"count\":"), LP_SPAN("\"lastTime\":")};

	for (size_t i = 0; i < LP_ARRAY_LEN(once); i++)
		if (lp_span_holds(parts[0], once[i]) || lp_span_holds(parts[1], once[i]))
			return false;
	return true;
}

/* --- lines ------------------------------------------------------------------------------------ */

struct log_reader {
	struct lp_ledger *l;
	struct lp_arena scratch;
	struct lp_again *again;
	struct lp_calllog_filter *filter; /* NULL: all */
	lp_calllog_bad_fn bad;
	void *ctx;
	struct lp_calllog_stats *stats;
	uint64_t line;
};

static void report(struct log_reader *r, const char *why)
{
	r->stats->bad++;
	if (r->bad)
		r->bad(r->ctx, r->line, why);
}

static int take_line(struct log_reader *r, struct lp_span line)
{
	const struct lp_span bom = LP_SPAN("\xef\xbb\xbf"); /* editors put it there */
	const struct lp_trace *same = NULL;
	struct lp_span parts[2];
	const char *why;
	int64_t time_ns;
	bool apart, taken;
	int err;

	if (++r->line == 1 && lp_span_starts(line, bom))
		line = lp_span_from(line, bom.len);
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (!lp_span_trim(line).len)
		return 0;
	r->stats->lines++;
	if (line.len >= LP_CALLLOG_LINE_MAX) {
		report(r, "too long");
		return 0;
	}
	apart = take_apart(line, &time_ns, parts);
	if (apart)
		same = lp_again_find(r->again, parts, LP_ARRAY_LEN(parts));
	if (same) {
		if (!r->filter || lp_calllog_within(r->filter, time_ns, time_ns))
			lp_ledger_repeat(r->l, same, time_ns);
		else
			r->filter->left_out++;
		return 0;
	}
	lp_ledger_trace_reset(r->l);
	err = lp_calllog_line_if(line, r->l, &r->scratch, r->filter, &taken, &why);
	if (!err && taken && apart && is_plain(parts))
		lp_again_learn(r->again, r->l);
	if (err == -EDQUOT || (err == -ENOMEM && r->scratch.full)) {
		why = "more in one line than there is room for";
		err = -EBADMSG;
	}
	if (err != -EBADMSG)
		return err;
	report(r, why);
	return 0;
}

/* What has been read: whole lines are taken, the beginning of the next moved to the front. */
static int take_lines(struct log_reader *r, char *buf, size_t *len, bool *skipping)
{
	struct lp_span rest = lp_span_of(buf, *len);
	int err = 0;

	while (!err && rest.len) {
		size_t n = lp_span_find(rest, '\n');

		if (n == rest.len)
			break;
		if (!*skipping)
			err = take_line(r, lp_span_first(rest, n));
		*skipping = false;
		rest = lp_span_from(rest, n + 1);
	}
	if (rest.len >= LP_CALLLOG_LINE_MAX || *skipping) {
		if (!*skipping) {
			r->line++;
			r->stats->lines++;
			report(r, "too long");
		}
		*skipping = true;
		rest.len = 0;
	}
	if (rest.len)
		memmove(buf, rest.ptr, rest.len);
	*len = rest.len;
	return err;
}

bool lp_calllog_starts(struct lp_span text)
{
	return lp_span_starts(text, LP_SPAN("{\"v\":"));
}

int lp_calllog_read(int fd, struct lp_ledger *l, struct lp_calllog_filter *filter,
		    lp_calllog_bad_fn bad_fn, void *ctx, struct lp_calllog_stats *stats)
{
	struct log_reader r = {
		.l = l,
		.filter = filter,
		.bad = bad_fn,
		.ctx = ctx,
		.stats = stats,
	};
	char *buf = malloc(LP_CALLLOG_LINE_MAX + READ_SIZE);
	struct lp_unpack *in = lp_unpack_new(fd);
	bool skipping = false;
	size_t len = 0;
	int err = buf && in ? 0 : -ENOMEM;

	*stats = (struct lp_calllog_stats){0};
	lp_arena_init(&r.scratch, SCRATCH_MAX);
	r.again = lp_again_new(SAME_SLOTS);
	while (!err) {
		ssize_t n = lp_unpack_read(in, buf + len, READ_SIZE);

		if (n < 0)
			err = (int)n;
		if (n <= 0)
			break;
		len += (size_t)n;
		err = take_lines(&r, buf, &len, &skipping);
	}
	/* A log whose writer was killed ends in the middle of a line. */
	if (!err && in->broken) {
		r.line++;
		stats->lines++;
		report(&r, in->broken);
	} else if (!err && len) {
		err = take_line(&r, lp_span_of(buf, len));
	}
	lp_unpack_free(in);
	lp_again_free(r.again);
	lp_arena_fini(&r.scratch);
	free(buf);
	return err;
}
