/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/compare.h"
#include "base/grow.h"
#include "base/intern.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "notations.h"
#include "policy/evaluate.h"
#include "policy/resolve.h"
#include "policy/timestamp.h"
#include "report_page.h"

/* Rows of one list that are written; all are counted. */
#define CALLS_MAX    200
#define TIMELINE_MAX 300
#define NOTES_MAX    200

/* One kind of call and what it needed. */
struct row {
	struct lp_record rec;
	const char *who, *resource;
	size_t policy;	  /* number of policies: none */
	size_t statement; /* counted over the policy's documents; SIZE_MAX: none */
};

struct report {
	const struct lp_build_options *opts;
	const struct lp_policy_set *set;
	struct lp_resolver *resolver;
	struct lp_evaluator **evaluators; /* one a policy */
	struct lp_intern identities;
	struct lp_arena arena;
	struct row *rows;
	size_t n, cap;
	int64_t first_ns, last_ns;
	FILE *out;
	int err; /* what the page lacks */
};

/* --- text ------------------------------------------------------------------------------------- */

static void put(const struct report *r, const char *html)
{
	fputs(html, r->out);
}

/* Names come from the traffic. */
static void put_text(const struct report *r, struct lp_span s)
{
	while (s.len) {
		struct lp_span was = s;
		int32_t cp = lp_utf8_next(&s);

		if (cp == '&')
			put(r, "&amp;");
		else if (cp == '<')
			put(r, "&lt;");
		else if (cp == '>')
			put(r, "&gt;");
		else if (cp == '"')
			put(r, "&quot;");
		else if (cp < 0 || cp == 0x7f || (cp < 0x20 && cp != '\n'))
			put(r, "\xef\xbf\xbd");
		else
			fwrite(was.ptr, 1, was.len - s.len, r->out);
	}
}

static void put_str(const struct report *r, const char *s)
{
	put_text(r, lp_span_str(s));
}

/* A resource, in which parameters may stand. */
static void put_value(const struct report *r, const char *s)
{
	struct lp_span rest = lp_span_str(s);
	struct lp_part part;

	while (lp_next_part(&r->opts->params, &rest, &part))
		put_text(r, part.param ? lp_param_text(&part) : part.text);
}

static void put_cell(const struct report *r, const char *s)
{
	put(r, "<td>");
	put_value(r, s);
	put(r, "</td>");
}

/* To the second. */
static void put_time(const struct report *r, int64_t ns)
{
	char buf[LP_TIMESTAMP_SIZE];
	const char *t = lp_timestamp_write(ns, buf);

	if (t)
		fprintf(r->out, "%.10s %.8sZ", t, t + 11);
}

static void put_time_cell(const struct report *r, int64_t ns)
{
	put(r, "<td class=\"t\">");
	put_time(r, ns);
	put(r, "</td>");
}

static const char *name_of(const char *who)
{
	return *who ? who : "unknown";
}

static void begin_table(const struct report *r, const char *label, const char *heads)
{
	put(r, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"");
	put_str(r, label);
	put(r, "\"><table><caption>");
	put_str(r, label);
	put(r, "</caption><thead><tr>");
	for (struct lp_span rest = lp_span_str(heads); rest.len;) {
		struct lp_span head = lp_span_first(rest, lp_span_find(rest, ','));

		put(r, "<th scope=\"col\">");
		put_text(r, head);
		put(r, "</th>");
		rest = lp_span_from(rest, head.len + 1);
	}
	put(r, "</tr></thead><tbody>\n");
}

static void end_table(const struct report *r, size_t more)
{
	put(r, "</tbody></table></div>\n");
	if (more)
		fprintf(r->out, "<p class=\"dim\">and %zu more</p>\n", more);
}

static void begin_row(const struct report *r, const char *who, bool refused)
{
	fprintf(r->out, "<tr%s data-refused=\"%d\" data-who=\"",
		refused ? " class=\"refused\"" : "", refused);
	put_str(r, name_of(who));
	put(r, "\">");
}

/* --- collecting ------------------------------------------------------------------------------- */

static size_t policy_of(const struct report *r, const struct lp_record *rec, const char *who)
{
	const char *group = r->opts->per == LP_PER_PROGRAM ? rec->program : who;

	for (size_t i = 0; i < r->set->n_policies; i++)
		if (r->opts->per == LP_PER_ALL || !strcmp(r->set->policies[i].identity, group))
			return i;
	return r->set->n_policies;
}

/* The number of a statement within its policy. */
static size_t number_of(const struct lp_policy *p, const struct lp_statement *st)
{
	size_t n = 0;

	for (size_t d = 0; d < p->n_documents; d++) {
		const struct lp_document *doc = &p->documents[d];

		for (size_t i = 0; i < doc->n_statements; i++, n++)
			if (&doc->statements[i] == st)
				return n;
	}
	return SIZE_MAX;
}

static void find_statement(const struct report *r, struct row *row)
{
	const struct lp_statement *st = NULL;
	const struct lp_record *rec = &row->rec;
	/* A source that named no resource proves the action only. */
	const char *resource = rec->flags & LP_GRANT_UNPINNED ? NULL : row->resource;

	row->statement = SIZE_MAX;
	row->policy = policy_of(r, rec, row->who);
	if (row->policy < r->set->n_policies && !(rec->flags & LP_GRANT_POSSIBLE) &&
	    lp_evaluate(r->evaluators[row->policy], rec->action, resource, rec->conditions, &st) ==
		    LP_ALLOWED &&
	    st)
		row->statement = number_of(&r->set->policies[row->policy], st);
}

static int take(void *ctx, const struct lp_record *rec)
{
	struct report *r = ctx;
	struct lp_resolved resolved;
	struct row *row;
	uint32_t id;
	int err = lp_resolve(r->resolver, rec, &resolved);

	if (!err && !lp_is_identity(r->opts->identity, resolved.who))
		return 0;
	if (!err)
		err = lp_intern(&r->identities, resolved.who, &id);
	if (err)
		return err;
	if (lp_grow(&r->rows, r->n, &r->cap, 256, sizeof(*r->rows)))
		return -ENOMEM;
	row = &r->rows[r->n++];
	row->rec = *rec;
	row->who = lp_intern_str(&r->identities, id);
	row->resource = lp_arena_strndup(&r->arena, resolved.resource);
	row->rec.conditions = lp_arena_strndup(&r->arena, resolved.conditions);
	if (!row->resource || !row->rec.conditions)
		return -ENOMEM;
	find_statement(r, row);
	if (rec->first_ns && (!r->first_ns || rec->first_ns < r->first_ns))
		r->first_ns = rec->first_ns;
	if (rec->last_ns > r->last_ns)
		r->last_ns = rec->last_ns;
	return 0;
}

static int compare_calls(const struct row *x, const struct row *y)
{
	const char *const xs[] = {x->rec.action,    x->resource,    x->who,
				  x->rec.operation, x->rec.program, x->rec.outcome,
				  x->rec.conditions};
	const char *const ys[] = {y->rec.action,    y->resource,    y->who,
				  y->rec.operation, y->rec.program, y->rec.outcome,
				  y->rec.conditions};
	int c = lp_compare_strs(xs, ys, LP_ARRAY_LEN(xs));

	return c ? c : (x->rec.first_ns > y->rec.first_ns) - (x->rec.first_ns < y->rec.first_ns);
}

static int by_statement(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->policy != y->policy)
		return x->policy < y->policy ? -1 : 1;
	if (x->statement != y->statement)
		return x->statement < y->statement ? -1 : 1;
	return compare_calls(x, y);
}

static int by_operation(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = strcmp(x->who, y->who);

	if (!c)
		c = strcmp(x->rec.operation, y->rec.operation);
	return c ? c : compare_calls(x, y);
}

/* --- sections --------------------------------------------------------------------------------- */

static void put_call(const struct report *r, const struct row *row)
{
	begin_row(r, row->who, row->rec.denied);
	put_cell(r, row->rec.operation);
	put_cell(r, row->rec.action);
	put_cell(r, row->resource);
	put_cell(r, row->rec.program);
	fprintf(r->out, "<td class=\"n\">%" PRIu64 "</td>", row->rec.count);
	put(r, "<td>");
	put_time(r, row->rec.first_ns);
	if (row->rec.last_ns != row->rec.first_ns) {
		put(r, " to ");
		put_time(r, row->rec.last_ns);
	}
	put(r, "</td>");
	put_cell(r, row->rec.outcome);
	put(r, "</tr>\n");
}

#define CALL_HEADS "Call,Action,Resource,Program,Times,When,Answer"

/* Rows `from` to `to` belong to the statement. */
static void put_statement(struct report *r, const struct lp_policy *p,
			  const struct lp_statement *st, size_t from, size_t to)
{
	struct lp_json_style style = {.params = &p->params};
	char label[160], *json = NULL;
	size_t len, n = to - from;
	FILE *mem = open_memstream(&json, &len);

	if (mem)
		lp_json_statement(st, &style, 0, mem);
	if (lp_text_end(mem, &json))
		r->err = -ENOMEM;
	snprintf(label, sizeof(label), "Calls behind %.100s", st->sid ? st->sid : "the statement");
	put(r, "<div class=\"pair\"><div><h4>");
	put_str(r, st->sid ? st->sid : "Statement");
	put(r, "</h4><pre tabindex=\"0\">");
	put_str(r, json ? json : "");
	put(r, "</pre></div><div>");
	free(json);
	begin_table(r, label, CALL_HEADS);
	for (size_t i = from; i < to && i - from < CALLS_MAX; i++)
		put_call(r, &r->rows[i]);
	end_table(r, n > CALLS_MAX ? n - CALLS_MAX : 0);
	put(r, "</div></div>\n");
}

static void put_notes(const struct report *r, const struct lp_policy *p, unsigned flag,
		      const char *title)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_remarks; i++) {
		const struct lp_remark *m = &p->remarks[i];

		if (!(m->flags & flag) || n++ >= NOTES_MAX)
			continue;
		if (n == 1)
			fprintf(r->out, "<h4>%s</h4><ul>\n", title);
		put(r, "<li><code>");
		put_str(r, m->action);
		put(r, "</code> on <code>");
		put_value(r, m->resource);
		put(r, "</code>");
		put(r, *m->reason ? ": " : "");
		put_str(r, m->reason);
		put(r, "</li>\n");
	}
	if (n)
		put(r, "</ul>\n");
	if (n > NOTES_MAX)
		fprintf(r->out, "<p class=\"dim\">and %zu more</p>\n", n - NOTES_MAX);
}

static void put_policy(struct report *r, size_t index)
{
	const struct lp_policy *p = &r->set->policies[index];
	size_t row = 0, statement = 0;

	while (row < r->n && r->rows[row].policy < index)
		row++;
	put(r, "<h3>");
	put_str(r, r->opts->per == LP_PER_ALL ? "All identities" : name_of(p->identity));
	fprintf(r->out, "</h3>\n<p class=\"dim\">%zu action%s on %zu resource%s%s</p>\n",
		p->n_actions, lp_plural(p->n_actions), p->n_resources, lp_plural(p->n_resources),
		p->n_documents > 1 ? ", split by AWS's size limit" : "");
	for (size_t d = 0; d < p->n_documents; d++) {
		const struct lp_document *doc = &p->documents[d];

		if (p->n_documents > 1)
			fprintf(r->out, "<p>Document %zu of %zu</p>\n", d + 1, p->n_documents);
		for (size_t i = 0; i < doc->n_statements; i++, statement++) {
			size_t from = row;

			while (row < r->n && r->rows[row].policy == index &&
			       r->rows[row].statement == statement)
				row++;
			put_statement(r, p, &doc->statements[i], from, row);
		}
		if (!doc->n_statements)
			put(r, "<p>Nothing is granted.</p>\n");
	}
	put_notes(r, p, LP_GRANT_POSSIBLE, "Not granted, may be needed");
	put_notes(r, p, LP_GRANT_DEPENDENT, "AWS checks behind other calls");
	put_notes(r, p, LP_REMARK_GENERALIZED, "Wider than what was seen, by choice");
	put_notes(r, p, LP_REMARK_OFFER, "Not granted: patterns for names that look generated");
}

/* Per cent of the whole time. */
static double place(const struct report *r, int64_t ns)
{
	double whole = (double)(r->last_ns - r->first_ns);

	return whole > 0 ? (double)(ns - r->first_ns) * 100 / whole : 0;
}

/* One line for each operation of each identity; the rows are sorted by these. */
static void put_timeline(const struct report *r)
{
	size_t lines = 0;

	if (!r->first_ns) {
		put(r, "<p>The evidence has no times.</p>\n");
		return;
	}
	begin_table(r, "When each operation was called", "Call,Identity,First,Last,Time");
	for (size_t i = 0; i < r->n;) {
		const struct row *row = &r->rows[i];
		int64_t first = 0, last = 0;
		bool refused = false;

		for (; i < r->n && !strcmp(r->rows[i].who, row->who) &&
		       !strcmp(r->rows[i].rec.operation, row->rec.operation);
		     i++) {
			const struct lp_record *rec = &r->rows[i].rec;

			if (rec->first_ns && (!first || rec->first_ns < first))
				first = rec->first_ns;
			last = rec->last_ns > last ? rec->last_ns : last;
			refused = refused || rec->denied;
		}
		if (!first || lines++ >= TIMELINE_MAX)
			continue;
		begin_row(r, row->who, refused);
		put_cell(r, row->rec.operation);
		put_cell(r, name_of(row->who));
		put_time_cell(r, first);
		put_time_cell(r, last);
		fprintf(r->out,
			"<td><div class=\"track\"><i style=\"left:%.2f%%;width:%.2f%%\"></i></div>"
			"</td></tr>\n",
			place(r, first), place(r, last) - place(r, first));
	}
	end_table(r, lines > TIMELINE_MAX ? lines - TIMELINE_MAX : 0);
}

/* The rows are sorted by identity and operation. */
static void put_identities(const struct report *r)
{
	begin_table(r, "Who made calls", "Identity,Permissions needed,Of these refused,First,Last");
	for (size_t i = 0; i < r->n;) {
		const char *who = r->rows[i].who;
		size_t needs = 0, refused = 0;
		int64_t first = 0, last = 0;

		for (; i < r->n && !strcmp(r->rows[i].who, who); i++) {
			const struct lp_record *rec = &r->rows[i].rec;

			needs += !(rec->flags & LP_GRANT_POSSIBLE);
			refused += rec->denied;
			if (rec->first_ns && (!first || rec->first_ns < first))
				first = rec->first_ns;
			last = rec->last_ns > last ? rec->last_ns : last;
		}
		begin_row(r, who, refused > 0);
		put_cell(r, name_of(who));
		fprintf(r->out, "<td class=\"n\">%zu</td><td class=\"n\">%zu</td>", needs, refused);
		put_time_cell(r, first);
		put_time_cell(r, last);
		put(r, "</tr>\n");
	}
	end_table(r, 0);
}

static void put_refused(const struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (!r->rows[i].rec.denied || n++ >= CALLS_MAX)
			continue;
		if (n == 1)
			begin_table(r, "Calls that AWS refused for want of permission", CALL_HEADS);
		put_call(r, &r->rows[i]);
	}
	if (n)
		end_table(r, n > CALLS_MAX ? n - CALLS_MAX : 0);
	else
		put(r, "<p>AWS refused nothing.</p>\n");
}

struct gaps {
	const struct report *r;
	size_t n;
};

static void put_gap(struct gaps *g, const char *what, const char *by, const char *reason,
		    uint64_t count)
{
	if (g->n++ == 0)
		begin_table(g->r, "What could not be seen or understood", "What,By,Why,Times");
	put(g->r, "<tr>");
	put_cell(g->r, what);
	put_cell(g->r, by);
	put_cell(g->r, reason);
	fprintf(g->r->out, "<td class=\"n\">%" PRIu64 "</td></tr>\n", count);
}

static void put_unknown(void *ctx, const char *operation, const char *reason, uint64_t count)
{
	put_gap(ctx, strcmp(operation, ":") ? operation : "calls of an unknown service", "", reason,
		count);
}

static int put_gaps(const struct report *r, const struct lp_ledger *l)
{
	struct gaps g = {.r = r};
	int err;

	for (size_t i = 0; i < r->opts->n_gaps; i++)
		put_gap(&g, r->opts->gaps[i].what, r->opts->gaps[i].by, r->opts->gaps[i].reason,
			r->opts->gaps[i].count);
	err = lp_ledger_each_unknown(l, put_unknown, &g);
	if (g.n)
		end_table(r, 0);
	else
		put(r, "<p>Nothing is known to be missing.</p>\n");
	return err;
}

static void put_card(const struct report *r, uint64_t n, const char *what, bool bad)
{
	fprintf(r->out, "<li%s><b>%" PRIu64 "</b>%s</li>\n", bad && n ? " class=\"bad\"" : "", n,
		what);
}

/* The rows are sorted by identity. */
static void put_filter(const struct report *r)
{
	put(r, "<form id=\"filter\" role=\"search\" aria-label=\"Calls\" hidden>\n"
	       "<div><label for=\"f-text\">Call, action, resource, program</label>"
	       "<input type=\"search\" id=\"f-text\" autocomplete=\"off\"></div>\n"
	       "<div><label for=\"f-who\">Identity</label><select id=\"f-who\">"
	       "<option value=\"\">all</option>");
	for (size_t i = 0; i < r->n; i++) {
		if (i && !strcmp(r->rows[i - 1].who, r->rows[i].who))
			continue;
		put(r, "<option>");
		put_str(r, name_of(r->rows[i].who));
		put(r, "</option>");
	}
	put(r, "</select></div>\n"
	       "<label class=\"check\"><input type=\"checkbox\" id=\"f-refused\">refused "
	       "only</label>\n"
	       "<button type=\"reset\">Show all</button>\n"
	       "<output id=\"f-count\" for=\"f-text f-who f-refused\"></output>\n</form>\n");
}

static int put_head(const struct report *r, const struct lp_ledger *l)
{
	struct lp_ledger_counts c;
	int err = lp_ledger_counts(l, &c);

	if (err)
		return err;
	put(r, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	       "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	       "<title>leastpriv report</title>\n<style>\n");
	for (size_t i = 0; lp_report_style[i]; i++)
		put(r, lp_report_style[i]);
	put(r, "</style></head><body>\n<a class=\"skip\" href=\"#main\">Skip to the policies</a>\n"
	       "<header><h1>AWS permissions that were used</h1>\n<p "
	       "class=\"dim\">leastpriv " LP_VERSION);
	if (r->first_ns) {
		put(r, ", calls from ");
		put_time(r, r->first_ns);
		put(r, " to ");
		put_time(r, r->last_ns);
	}
	put(r,
	    "</p></header>\n<nav aria-label=\"Sections\"><ul><li><a href=\"#policies\">Policies</a>"
	    "</li><li><a href=\"#timeline\">Timeline</a></li><li><a href=\"#identities\">"
	    "Identities</a></li><li><a href=\"#refused\">Refused</a></li><li><a href=\"#gaps\">"
	    "Not seen</a></li></ul></nav>\n<main id=\"main\">\n<ul class=\"cards\">\n");
	put_card(r, c.calls, "calls", false);
	put_card(r, c.identities, "identities", false);
	put_card(r, c.actions, "actions", false);
	put_card(r, c.resources, "resources", false);
	put_card(r, c.denied, "refused", true);
	put_card(r, c.unknown, "not understood", true);
	put(r, "</ul>\n");
	return 0;
}

static int put_page(struct report *r, const struct lp_ledger *l)
{
	int err;

	if (r->n)
		qsort(r->rows, r->n, sizeof(*r->rows), by_operation);
	err = put_head(r, l);
	if (err)
		return err;
	put_filter(r);
	put(r, "<section aria-labelledby=\"policies\"><h2 id=\"policies\">Policies, and the calls "
	       "behind each statement</h2>\n");
	if (r->n)
		qsort(r->rows, r->n, sizeof(*r->rows), by_statement);
	for (size_t i = 0; i < r->set->n_policies; i++)
		put_policy(r, i);
	if (r->n)
		qsort(r->rows, r->n, sizeof(*r->rows), by_operation);
	put(r, "</section>\n<section aria-labelledby=\"timeline\"><h2 "
	       "id=\"timeline\">Timeline</h2>\n");
	put_timeline(r);
	put(r,
	    "</section>\n<section aria-labelledby=\"identities\"><h2 id=\"identities\">Identities"
	    "</h2>\n");
	put_identities(r);
	put(r,
	    "</section>\n<section aria-labelledby=\"refused\"><h2 id=\"refused\">Refused calls</h2>"
	    "\n");
	put_refused(r);
	put(r, "</section>\n<section aria-labelledby=\"gaps\"><h2 id=\"gaps\">Not seen</h2>\n");
	err = put_gaps(r, l);
	put(r, "</section>\n</main>\n<footer><p class=\"dim\">One file; it loads "
	       "nothing.</p></footer>\n"
	       "<script>\n");
	for (size_t i = 0; lp_report_script[i]; i++)
		put(r, lp_report_script[i]);
	put(r, "</script></body></html>\n");
	return err ? err : r->err;
}

static int make_evaluators(struct report *r)
{
	int err = 0;

	r->evaluators = calloc(r->set->n_policies + 1, sizeof(struct lp_evaluator *));
	if (!r->evaluators)
		return -ENOMEM;
	for (size_t i = 0; !err && i < r->set->n_policies; i++)
		err = lp_evaluator_new(r->set->policies[i].documents,
				       r->set->policies[i].n_documents, &r->evaluators[i]);
	return err;
}

int lp_render_report(const struct lp_ledger *l, const struct lp_build_options *opts,
		     const struct lp_policy_set *set, FILE *out)
{
	struct report r = {.opts = opts, .set = set, .out = out};
	int err = make_evaluators(&r);

	lp_arena_init(&r.arena, SIZE_MAX / 2);
	lp_intern_init(&r.identities);
	if (!err)
		err = lp_resolver_new(l, opts, &r.resolver);
	if (!err)
		err = lp_ledger_each(l, take, &r);
	errno = 0;
	if (!err)
		err = put_page(&r, l);
	if (!err && ferror(out))
		err = errno ? -errno : -EIO;
	for (size_t i = 0; r.evaluators && i < set->n_policies; i++)
		lp_evaluator_free(r.evaluators[i]);
	free(r.evaluators);
	lp_resolver_free(r.resolver);
	lp_intern_fini(&r.identities);
	lp_arena_fini(&r.arena);
	free(r.rows);
	return err;
}
