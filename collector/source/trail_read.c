/* SPDX-License-Identifier: MIT */
/*
 * From a file to records: unpacked where it is gzip, cut into records without looking into them,
 * each then read whole. The cutter follows strings and brackets only.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/json_in.h"
#include "base/unpack.h"
#include "trail.h"

#define TEXT_SIZE  LP_UNPACK_SIZE /* read or unpacked at a time */
#define BUFFER_MAX (LP_TRAIL_RECORD_MAX + TEXT_SIZE)
#define ARENA_MAX  (24u * 1024 * 1024) /* what one record's texts may come to, unescaped */
#define PEEK	   512		       /* bytes in which a wrapper's list begins, or a row's cell */
#define HEADER_MAX (64 * 1024)	       /* bytes of a table's first line */
#define NESTED_MAX 8		       /* lists of records inside each other */

struct trail_reader {
	struct lp_unpack *input;
	struct lp_arena arena;
	lp_trail_event_fn fn;
	lp_trail_bad_fn bad;
	void *ctx;
	struct lp_trail_stats *stats;
	char *buf;
	size_t cap, len; /* of buf; what was read */
	size_t pos;	 /* scanned up to here */
	size_t start;	 /* of the record or row being scanned */
	uint64_t line;
	/* The cutter's place. */
	unsigned depth;	 /* brackets open in the record; 0: between records */
	unsigned nested; /* lists open between records */
	unsigned wraps;	 /* a bit for each of those that is a member of an object */
	unsigned tail;	 /* objects and lists open in what follows such a list in its object */
	bool in_string, escape, skipping;
	bool text; /* the record is inside a string */
	bool rows; /* the list is of Athena's rows, two objects deep */
	bool junk; /* what stands between records is none */
	char last; /* byte between records */
	/* Tables. */
	bool table, header, quoted;
	char delimiter; /* of cells */
	struct lp_trail_columns columns;
};

static void report(struct trail_reader *r, const char *why)
{
	r->stats->bad++;
	if (r->bad)
		r->bad(r->ctx, r->line, why);
}

/* --- input ------------------------------------------------------------------------------------ */

/* More text behind what is in the buffer. 1, 0 at the end, or -errno. */
static int fill(struct trail_reader *r)
{
	ssize_t n;

	if (r->start) {
		memmove(r->buf, r->buf + r->start, r->len - r->start);
		r->len -= r->start;
		r->pos -= r->start;
		r->start = 0;
	}
	if (r->cap - r->len < TEXT_SIZE) {
		size_t cap = r->cap ? 2 * r->cap : 2 * TEXT_SIZE;
		char *buf = realloc(r->buf, cap < BUFFER_MAX ? cap : BUFFER_MAX);

		if (!buf)
			return -ENOMEM;
		r->buf = buf;
		r->cap = cap < BUFFER_MAX ? cap : BUFFER_MAX;
	}
	n = r->cap - r->len < TEXT_SIZE ? (ssize_t)(r->cap - r->len) : TEXT_SIZE;
	n = lp_unpack_read(r->input, r->buf + r->len, (size_t)n);
	r->stats->truncated = r->input->broken;
	if (n <= 0)
		return (int)n;
	r->len += (size_t)n;
	r->stats->bytes += (uint64_t)n;
	return 1;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static const char too_much[] = "more in it than there is room for";

/* One record shall not keep out the others. -E2BIG is the callback's word for it. */
static bool is_too_much(const struct trail_reader *r, int err)
{
	return err == -E2BIG || (err == -ENOMEM && r->arena.full);
}

static int count(void *ctx, const struct lp_trail_event *ev)
{
	struct trail_reader *r = ctx;

	/* Of calls at VPC endpoints nobody logs them. */
	r->stats->no_params = (r->stats->no_params || !r->stats->events) && ev->no_params &&
			      !lp_span_eq(ev->category, LP_SPAN("NetworkActivity"));
	r->stats->events++;
	return r->fn(r->ctx, ev);
}

/* What is wrong with one record, or its size, is reported; of the rest `err` is left. */
static int forgive(struct trail_reader *r, int err, const char *why)
{
	if (err != -EBADMSG && !is_too_much(r, err))
		return err;
	report(r, err == -EBADMSG ? why : too_much);
	return 0;
}

static int take_text(struct trail_reader *r, struct lp_span json)
{
	const char *why = NULL;

	return forgive(r, lp_trail_json(json, &r->arena, count, r, &why), why);
}

static int take_record(struct trail_reader *r, struct lp_span json)
{
	lp_arena_reset(&r->arena);
	return take_text(r, json);
}

/* Cells of a table's header, or of a row. */
static int take_cells(struct trail_reader *r, const struct lp_span *cells, unsigned n)
{
	struct lp_trail_event ev;
	int err;

	if (!r->header) {
		r->header = true;
		if (!lp_trail_header(&r->columns, cells, n))
			report(r, "not the table of a trail: no columns eventsource and eventname");
		return 0;
	}
	if (n == r->columns.n && r->columns.record &&
	    lp_span_starts(cells[r->columns.record - 1], LP_SPAN("{")))
		return take_text(r, cells[r->columns.record - 1]);
	err = lp_trail_row(&r->columns, cells, n, &r->arena, &ev);
	return forgive(r, err ? err : count(r, &ev),
		       n == r->columns.n ? "the row names no event"
					 : "not as many cells as the header has");
}

static int take_result(struct trail_reader *r, struct lp_span json)
{
	struct lp_span cells[LP_TRAIL_COLUMNS_MAX];
	const char *why = NULL;
	unsigned n;
	int err;

	lp_arena_reset(&r->arena);
	err = lp_trail_cells(json, &r->arena, cells, &n, &why);
	return err ? forgive(r, err, why) : take_cells(r, cells, n);
}

/* What stands there, as far as it decides how to go on. */
static struct lp_span peek(const struct trail_reader *r)
{
	size_t n = r->len - r->pos;

	return lp_span_of(r->buf + r->pos, n < PEEK ? n : PEEK);
}

/*
 * Bytes up to and with the '[' when the object at `s` begins with a list of records, or, where
 * `later`, has one; else 0. *rows: it is of Athena's rows.
 */
static size_t list_ahead(struct lp_span s, bool later, bool *rows)
{
	struct lp_json_token t;
	struct lp_json j;

	*rows = false;
	lp_json_init(&j, s);
	if (lp_json_next(&j, &t) || t.type != LP_JSON_OBJECT)
		return 0;
	while (!lp_json_next(&j, &t) && t.type == LP_JSON_KEY) {
		bool set = !*rows && lp_span_eq(t.raw, LP_SPAN("ResultSet"));
		bool list =
			*rows ? lp_span_eq(t.raw, LP_SPAN("Rows")) : set || lp_trail_is_list(t.raw);

		/* What kind it is of decides whether its list holds records. */
		if ((!list && !later) || lp_span_eq(t.raw, LP_SPAN("messageType")) ||
		    lp_json_next(&j, &t))
			return 0;
		*rows = *rows || (set && t.type == LP_JSON_OBJECT);
		if (set && *rows)
			continue;
		if (list && t.type == LP_JSON_ARRAY)
			return j.pos;
		if (lp_json_skip(&j, &t))
			return 0;
	}
	return 0;
}

/* True when the array at `s` begins with an object that is a cell: {"name":text}, {"field":... */
static bool row_ahead(struct lp_span s)
{
	struct lp_json_token t;
	struct lp_json j;

	lp_json_init(&j, s);
	if (lp_json_next(&j, &t) || t.type != LP_JSON_ARRAY || lp_json_next(&j, &t) ||
	    t.type != LP_JSON_OBJECT || lp_json_next(&j, &t) || t.type != LP_JSON_KEY)
		return false;
	if (lp_span_eq(t.raw, LP_SPAN("field")) || lp_span_eq(t.raw, LP_SPAN("value")))
		return true;
	return !lp_json_next(&j, &t) && t.type != LP_JSON_OBJECT && t.type != LP_JSON_ARRAY &&
	       !lp_json_next(&j, &t) && t.type == LP_JSON_OBJECT_END;
}

static void end_junk(struct trail_reader *r)
{
	if (r->junk)
		report(r, "no JSON object");
	r->junk = false;
}

static void end_line(struct trail_reader *r)
{
	end_junk(r);
	r->line++;
}

/*
 * In a list, or behind one: a string, whose brackets are none. One that does not close ends with
 * its line. True when `c` was taken.
 */
static bool in_text(struct trail_reader *r, char c)
{
	bool was = r->in_string;

	if (!r->nested && !r->tail)
		return false;
	r->in_string = c != '\n' && was != (c == '"' && !r->escape);
	r->escape = was && c == '\\' && !r->escape;
	r->junk = r->junk || (r->in_string && !r->tail);
	return c != '\n' && (was || r->in_string);
}

/* Behind a list, to the end of the object that it is in. True when `c` was taken. */
static bool in_tail(struct trail_reader *r, char c)
{
	if (!r->tail || c == '\n')
		return false;
	if (c == '{' && r->last == '\n' && !r->nested) {
		report(r, "torn: a list's object does not end");
		r->tail = 0;
		return false;
	}
	if (c == '{' || c == '[')
		r->tail++;
	else if (c == '}' || c == ']')
		r->tail--;
	return true;
}

/* `wraps`: it is a member of an object, which goes on behind it. */
static void begin_list(struct trail_reader *r, bool wraps)
{
	r->wraps |= (unsigned)wraps << r->nested++;
}

static void end_list(struct trail_reader *r)
{
	if (!r->nested)
		return;
	r->tail = (r->wraps >> --r->nested & 1) + r->rows;
	r->wraps &= ~(1u << r->nested);
	r->rows = false;
	/* Of one by itself the rest of the line tells whether it is a record's time. */
	if (r->nested || r->tail)
		end_junk(r);
}

/*
 * A record inside a string, as `--query 'Events[].CloudTrailEvent'` prints a list of. 1; 0 when it
 * is none; -1 when more text is needed to tell.
 */
static int begin_text(struct trail_reader *r, bool last)
{
	if (r->buf[r->pos] != '"' || r->in_string || r->tail || r->junk)
		return 0;
	r->start = r->pos;
	if (r->len - r->pos < 2)
		return last ? 0 : -1;
	if (r->buf[r->pos + 1] != '{')
		return 0;
	r->pos++;
	r->depth = 1;
	r->text = r->in_string = true;
	return 1;
}

/* Between records. False when more text is needed to go on. */
static bool between(struct trail_reader *r, bool last)
{
	for (char c; r->pos < r->len; r->pos++, r->last = c) {
		int text = begin_text(r, last);
		bool rows;
		size_t list;

		if (text)
			return text > 0;
		c = r->buf[r->pos];
		if (in_text(r, c) || in_tail(r, c))
			continue;
		switch (c) {
		case '\n':
			end_line(r);
			break;
		case ' ':
		case '\t':
		case '\r':
		case ',':
		case '}':
			break;
		case '[':
			if (r->nested && !last && r->len - r->pos < PEEK) {
				r->start = r->pos;
				return false;
			}
			if (r->nested && row_ahead(peek(r))) {
				end_junk(r);
				r->start = r->pos++;
				r->depth = 1;
				return true;
			}
			/* Before a record on the same line, a bracket may belong to its time. */
			if (r->nested < NESTED_MAX && !r->junk)
				begin_list(r, false);
			break;
		case ']':
			end_list(r);
			break;
		case '{':
			if (!last && r->len - r->pos < PEEK) {
				r->start = r->pos;
				return false;
			}
			list = list_ahead(peek(r), !r->stats->events && !r->stats->bad, &rows);
			if (r->nested)
				end_junk(r);
			r->junk = false;
			if (list && r->nested < NESTED_MAX) {
				begin_list(r, true);
				r->rows = rows;
				r->header = r->header && !rows;
				r->pos += list - 1;
				break;
			}
			r->start = r->pos++;
			r->depth = 1;
			return true;
		default:
			r->junk = true;
			break;
		}
	}
	r->start = r->pos;
	return false;
}

/* A record of one line that the next line does not go on from. */
static void torn(struct trail_reader *r)
{
	report(r, "torn: the line ends inside a record");
	r->depth = 0;
	r->in_string = r->escape = r->skipping = r->text = false;
	r->start = r->pos;
}

/* Bytes outside strings that move the cutter on. */
static const bool is_mark[256] = {
	['"'] = true, ['{'] = true, ['}'] = true, ['['] = true, [']'] = true, ['\n'] = true,
};

/* Inside a record, to its end. 1 at its end, 0 when more text is needed. */
static int inside(struct trail_reader *r)
{
	const char *p = r->buf + r->pos, *end = r->buf + r->len;
	bool lines = !r->nested;

	while (p < end) {
		char c;

		if (r->in_string) {
			if (r->escape) {
				r->escape = false;
				p++;
				continue;
			}
			p += lp_json_plain_run(lp_span_of(p, (size_t)(end - p)));
			if (p == end)
				break;
			c = *p++;
			r->in_string = c != '"'; /* other control characters: for the parser */
			r->escape = c == '\\';
			if (c == '\n' && lines) {
				r->pos = (size_t)(p - r->buf) - 1;
				torn(r);
				return 0;
			}
			if (r->text && !r->in_string) {
				r->text = false;
				r->depth = 0;
				r->pos = (size_t)(p - r->buf);
				return 1;
			}
			continue;
		}
		while (p < end && !is_mark[(unsigned char)*p])
			p++;
		if (p == end)
			break;
		c = *p++;
		if (c == '"') {
			r->in_string = true;
		} else if (c == '{' || c == '[') {
			/* A new object at the start of a line cannot be inside a record. */
			if (c == '{' && lines && p - r->buf >= 2 && p[-2] == '\n') {
				r->pos = (size_t)(p - r->buf) - 1;
				torn(r);
				return 0;
			}
			r->depth++;
		} else if (c == '\n') {
			r->line++;
		} else if (!--r->depth) {
			r->pos = (size_t)(p - r->buf);
			return 1;
		}
	}
	r->pos = r->len;
	return 0;
}

static int take_json(struct trail_reader *r, bool last)
{
	for (;;) {
		int err = 0;

		if (!r->depth && !between(r, last))
			return 0;
		if (inside(r) > 0) {
			if (!r->skipping)
				err = (r->rows ? take_result : take_record)(
					r, lp_span_of(r->buf + r->start, r->pos - r->start));
			r->skipping = false;
			r->start = r->pos;
		} else if (r->depth) {
			if (!r->skipping && r->pos - r->start > LP_TRAIL_RECORD_MAX) {
				report(r, "longer than any record");
				r->skipping = true;
			}
			if (r->skipping)
				r->start = r->pos;
			return 0;
		}
		if (err)
			return err;
	}
}

/* --- tables ----------------------------------------------------------------------------------- */

/* Cuts a row (RFC 4180) into cells, whose quotes go in place. */
static unsigned cut_row(char *row, size_t len, char delimiter,
			struct lp_span cells[LP_TRAIL_COLUMNS_MAX])
{
	unsigned n = 0;
	size_t i = 0;

	while (n < LP_TRAIL_COLUMNS_MAX) {
		char *cell = row + i, *to = cell;
		bool quoted = i < len && row[i] == '"';

		i += quoted;
		while (i < len && (quoted || row[i] != delimiter)) {
			if (quoted && row[i] == '"') {
				if (i + 1 == len || row[i + 1] != '"') {
					quoted = false;
					i++;
					continue;
				}
				i++;
			}
			*to++ = row[i++];
		}
		cells[n++] = lp_span_of(cell, (size_t)(to - cell));
		if (i >= len)
			break;
		i++;
	}
	return n;
}

static int take_row(struct trail_reader *r, char *row, size_t len)
{
	struct lp_span cells[LP_TRAIL_COLUMNS_MAX];

	if (len && row[len - 1] == '\r')
		len--;
	if (!len)
		return 0;
	lp_arena_reset(&r->arena);
	return take_cells(r, cells, cut_row(row, len, r->delimiter, cells));
}

static int take_rows(struct trail_reader *r, bool last)
{
	for (;;) {
		uint64_t lines = 0;
		int err = 0;
		size_t len;

		while (r->pos < r->len && (r->quoted || r->buf[r->pos] != '\n')) {
			if (r->buf[r->pos] == '"')
				r->quoted = !r->quoted;
			lines += r->buf[r->pos++] == '\n';
		}
		if (r->pos == r->len && !last) {
			r->line += lines;
			if (!r->skipping && r->pos - r->start > LP_TRAIL_RECORD_MAX) {
				report(r, "longer than any row");
				r->skipping = true;
				r->quoted = false; /* it opened what it never closed */
			}
			if (r->skipping)
				r->start = r->pos;
			return 0;
		}
		len = r->pos - r->start;
		r->line += lines;
		if (last && len && (r->quoted || (r->pos == r->len && r->stats->truncated)))
			report(r, "torn: the last row does not end");
		else if (!r->skipping)
			err = take_row(r, r->buf + r->start, len);
		r->skipping = false;
		r->quoted = false;
		r->line++;
		if (r->pos == r->len)
			return err;
		r->start = ++r->pos;
		if (err)
			return err;
	}
}

/* --- all -------------------------------------------------------------------------------------- */

/* Whether a table's header, by the looks of it, names events, in whatever way its cells are set. */
static bool names_events(struct lp_span line)
{
	for (size_t i = 0; i + 9 <= line.len; i++)
		if (lp_span_caseeq(lp_span_of(line.ptr + i, 9), LP_SPAN("eventname")))
			return true;
	return false;
}

/*
 * Whether the text begins with a table's header, which is no JSON, and what stands between its
 * cells: what a spreadsheet writes depends on its language. 0 or -ENOMEM.
 */
static int find_table(struct trail_reader *r)
{
	static const char delimiters[] = {',', '\t', ';'};
	struct lp_span text = lp_span_of(r->buf + r->pos, r->len - r->pos), line;
	struct lp_span cells[LP_TRAIL_COLUMNS_MAX];

	line = lp_span_first(text, lp_span_find(text, '\n'));
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (lp_span_find(line, '{') != line.len)
		return 0;
	r->delimiter = delimiters[0];
	r->table = names_events(line);
	for (size_t i = 0; i < LP_ARRAY_LEN(delimiters); i++) {
		char *row = lp_arena_strndup(&r->arena, line);
		unsigned n;

		if (!row)
			return -ENOMEM;
		n = cut_row(row, line.len, delimiters[i], cells);
		if (!lp_trail_header(&r->columns, cells, n))
			continue;
		r->delimiter = delimiters[i];
		r->table = true;
		break;
	}
	return 0;
}

/* Reads on until there is a whole line, or much of one, or nothing more. */
static int fill_line(struct trail_reader *r)
{
	int got = 1;

	while (got > 0 && r->len < HEADER_MAX && (!r->len || !memchr(r->buf, '\n', r->len)))
		got = fill(r);
	return got < 0 ? got : r->len != 0;
}

/* What it is instead of a log, by its first bytes; NULL: it may be one. */
static const char *other_form(struct lp_span s)
{
	static const struct {
		const char *magic, *why;
	} forms[] = {
		{"\xff\xfe", "text in UTF-16, not in UTF-8"},
		{"\xfe\xff", "text in UTF-16, not in UTF-8"},
		{"PAR1", "Parquet, which is not read; Athena makes CSV or JSON of it"},
		{"\x28\xb5\x2f\xfd", "compressed by zstd, not by gzip"},
		{"\xfd\x37zXZ", "compressed by xz, not by gzip"},
		{"BZh", "compressed by bzip2, not by gzip"},
		{"PK\3\4", "a zip archive"},
	};

	for (size_t i = 0; i < LP_ARRAY_LEN(forms); i++)
		if (lp_span_starts(s, lp_span_str(forms[i].magic)))
			return forms[i].why;
	return NULL;
}

/* What stands there, by the first bytes. 1, 0 when there are none, or -errno. */
static int begin(struct trail_reader *r)
{
	int got = fill_line(r);
	const char *why;

	if (got <= 0)
		return got;
	if (lp_span_starts(lp_span_of(r->buf, r->len), LP_SPAN("\xef\xbb\xbf")))
		r->pos = r->start = 3;
	why = other_form(lp_span_of(r->buf, r->len));
	if (why) {
		report(r, why);
		r->pos = r->start = r->len;
		return 0;
	}
	got = find_table(r);
	return got ? got : 1;
}

int lp_trail_read(int fd, lp_trail_event_fn fn, lp_trail_bad_fn bad, void *ctx,
		  struct lp_trail_stats *stats)
{
	struct trail_reader *r = calloc(1, sizeof(*r));
	int got;

	*stats = (struct lp_trail_stats){0};
	if (!r)
		return -ENOMEM;
	r->input = lp_unpack_new(fd);
	r->fn = fn;
	r->bad = bad;
	r->ctx = ctx;
	r->stats = stats;
	r->line = 1;
	lp_arena_init(&r->arena, ARENA_MAX);
	got = r->input ? begin(r) : -ENOMEM;
	while (got >= 0) {
		int err = r->table ? take_rows(r, got == 0) : take_json(r, got == 0);

		if (err || got == 0) {
			got = err;
			break;
		}
		got = fill(r);
	}
	if (!got && !r->table && r->depth && !r->skipping)
		report(r, stats->truncated ? "torn: the file breaks off inside a record"
					   : "torn: the text ends inside a record");
	if (!got && !r->table)
		end_junk(r);
	if (!got && !r->table && (r->nested || r->tail) && !r->depth && !stats->truncated)
		report(r, "torn: the text ends inside a list of records");
	lp_unpack_free(r->input);
	lp_arena_fini(&r->arena);
	free(r->buf);
	free(r);
	return got;
}
