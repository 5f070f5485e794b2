/* SPDX-License-Identifier: MIT */
#include "live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"

#define INTERVAL_MS 300
#define SHARE	    20 /* building takes at most one part in so many of our time */
#define HEIGHT_MAX  12
#define ROWS_MIN    12	  /* of a terminal that we take rows of */
#define SAID_MAX    20000 /* lines, each with an identity and without */
#define COLS_MAX    400

/* --- the terminal ----------------------------------------------------------------------------- */

/*
 * Scrolling is confined to the rows above ours (DECSTBM), which moves the cursor: it is saved and
 * set back (DECSC, DECRC).
 */
static void set_up(struct lp_live *v, const struct winsize *size, FILE *out)
{
	unsigned height = size->ws_row / 3 < HEIGHT_MAX ? size->ws_row / 3 : HEIGHT_MAX;

	if (v->rows)
		fputs("\0337\033[r\0338", out);
	for (unsigned i = 0; i < height; i++)
		putc('\n', out);
	fprintf(out, "\033[%uA\0337\033[1;%ur\0338", height, size->ws_row - height);
	v->rows = size->ws_row;
	v->cols = size->ws_col < COLS_MAX ? size->ws_col : COLS_MAX;
	v->height = height;
}

static void give_back(struct lp_live *v)
{
	char text[64];
	int n;

	if (!v->rows)
		return;
	n = snprintf(text, sizeof(text), "\0337\033[r\033[%u;1H\033[J\0338",
		     v->rows - v->height + 1);
	lp_log_raw(text, (size_t)n);
	v->rows = 0;
}

struct screen {
	struct lp_live *v;
	FILE *out;
	unsigned row; /* next one, from 0 */
	size_t hidden;
};

/* One row, cut at the right; names come from the traffic. */
static void put_row(struct screen *s, const char *text)
{
	if (s->row >= s->v->height)
		return;
	fprintf(s->out, "\033[%u;1H\033[2K", s->v->rows - s->v->height + 1 + s->row++);
	for (unsigned i = 0; text[i] && i + 1 < s->v->cols; i++)
		putc((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7f ? '?'
										     : text[i],
		     s->out);
}

static void put_statement(struct screen *s, const struct lp_statement *st)
{
	char text[COLS_MAX + 1] = "";
	size_t n = 0;
	int w;

	/* The last row tells how many there are besides. */
	if (s->row + 1 >= s->v->height) {
		s->hidden++;
		return;
	}
	for (size_t i = 0; i < st->actions.n && n < sizeof(text); i++) {
		w = snprintf(text + n, sizeof(text) - n, "%s%s", i ? ", " : "  ",
			     st->actions.items[i]);
		n += w > 0 ? (size_t)w : 0;
	}
	if (n < sizeof(text) && st->resources.n) {
		w = snprintf(text + n, sizeof(text) - n, " on %s", st->resources.items[0]);
		n += w > 0 ? (size_t)w : 0;
	}
	if (n < sizeof(text) && st->resources.n > 1)
		snprintf(text + n, sizeof(text) - n, " and %zu more", st->resources.n - 1);
	put_row(s, text);
}

static void draw(struct lp_live *v, const struct lp_ledger *l, const struct lp_policy_set *set)
{
	struct lp_ledger_counts c;
	struct winsize size;
	struct screen s = {.v = v};
	char *text = NULL, line[COLS_MAX + 1];
	size_t len;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_row < ROWS_MIN || !size.ws_col)
		return;
	s.out = open_memstream(&text, &len);
	if (!s.out)
		return;
	if (v->rows != size.ws_row || v->cols != size.ws_col)
		set_up(v, &size, s.out);
	fputs("\0337", s.out);
	(void)lp_ledger_counts(l, &c);
	snprintf(line, sizeof(line),
		 "--- leastpriv: %" PRIu64 " call%s, %zu action%s, %zu resource%s", c.calls,
		 lp_plural(c.calls), c.actions, lp_plural(c.actions), c.resources,
		 lp_plural(c.resources));
	put_row(&s, line);
	for (size_t i = 0; i < set->n_policies; i++) {
		const struct lp_policy *p = &set->policies[i];

		if (set->n_policies > 1 && s.row + 1 < v->height) {
			snprintf(line, sizeof(line), "%s:", p->name);
			put_row(&s, line);
		}
		for (size_t d = 0; d < p->n_documents; d++)
			for (size_t k = 0; k < p->documents[d].n_statements; k++)
				put_statement(&s, &p->documents[d].statements[k]);
	}
	if (s.hidden) {
		snprintf(line, sizeof(line), "  and %zu more statement%s", s.hidden,
			 lp_plural(s.hidden));
		put_row(&s, line);
	}
	while (s.row < v->height)
		put_row(&s, "");
	fputs("\0338", s.out);
	if (lp_text_end(s.out, &text) == 0)
		lp_log_raw(text, len);
	free(text);
}

/* --- lines ------------------------------------------------------------------------------------ */

struct lines {
	struct lp_live *v;
	const char *name; /* of the policy */
	bool several;
};

/* Whether the line was said before. */
static bool is_said(struct lp_live *v, const char *line)
{
	uint32_t before = v->said.n_strs, id;

	return before >= SAID_MAX || lp_intern(&v->said, lp_span_str(line), &id) || id < before;
}

static void say(void *ctx, const char *action, const char *resource)
{
	const struct lines *s = ctx;
	char alone[1024], named[1024], *line = s->several ? named : alone;
	bool said_alone, said_named;
	size_t n;

	snprintf(alone, sizeof(alone) - 1, "leastpriv: + %s on %s", action, resource);
	snprintf(named, sizeof(named) - 1, "leastpriv: + %s: %s on %s", s->name, action, resource);
	lp_utf8_make_plain(alone);
	lp_utf8_make_plain(named);
	/* What was said while there was one identity is not new once there are two. */
	said_alone = is_said(s->v, alone);
	said_named = is_said(s->v, named);
	if (s->several ? said_named : said_alone)
		return;
	n = strlen(line);
	line[n] = '\n';
	lp_log_raw(line, n + 1);
}

/* --- all -------------------------------------------------------------------------------------- */

void lp_live_init(struct lp_live *v)
{
	const char *term = getenv("TERM");
	struct winsize size;

	*v = (struct lp_live){0};
	lp_intern_init(&v->said);
	v->terminal = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0 &&
		      ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row >= ROWS_MIN;
}

void lp_live_fini(struct lp_live *v)
{
	give_back(v);
	lp_intern_fini(&v->said);
}

int lp_live_wait(const struct lp_live *v, uint64_t changes)
{
	uint64_t now = lp_monotonic_ms();

	if (changes == v->shown_changes)
		return -1;
	return now < v->next_ms ? (int)(v->next_ms - now) : 0;
}

void lp_live_show(struct lp_live *v, const struct lp_ledger *l, const struct lp_build_options *opts,
		  uint64_t changes)
{
	uint64_t start = lp_monotonic_ms(), took;
	struct lp_policy_set set;

	v->shown_changes = changes;
	if (lp_build(l, opts, &set) == 0) {
		if (v->terminal)
			draw(v, l, &set);
		for (size_t i = 0; !v->terminal && i < set.n_policies; i++) {
			struct lines s = {v, set.policies[i].name, set.n_policies > 1};

			lp_policy_each(&set.policies[i], say, &s);
		}
		lp_policy_set_fini(&set);
	}
	took = lp_monotonic_ms() - start;
	v->next_ms = start + (took * SHARE > INTERVAL_MS ? took * SHARE : INTERVAL_MS);
}
