/* SPDX-License-Identifier: MIT */
#include "notations.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/utf8.h"

/*
 * For people, plain or as Markdown. Names come from the traffic: control bytes never reach the
 * terminal.
 */
struct style {
	const char *title, *section, *item, *open, *close;
};

static const struct style plain = {"", "\n", "    ", "", ""};
static const struct style markdown = {"# ", "\n## ", "- ", "`", "`"};
/* CommonMark, section 6.1: a code span that holds a backtick has more of them around it. */
static const struct style ticked = {"# ", "\n## ", "- ", "`` ", " ``"};

static void put_safe(struct lp_span s, FILE *out)
{
	while (s.len) {
		struct lp_span was = s;

		if (lp_utf8_is_control(lp_utf8_next(&s)))
			putc('?', out);
		else
			fwrite(was.ptr, 1, was.len - s.len, out);
	}
}

static void put_value(const struct lp_params *params, const char *s, FILE *out)
{
	struct lp_span rest = lp_span_str(s);
	struct lp_part part;

	while (lp_next_part(params, &rest, &part)) {
		struct lp_span text = part.param ? lp_param_text(&part) : part.text;

		put_safe(text, out);
	}
}

static void put_item(const struct style *y, const struct lp_params *params, const char *s,
		     FILE *out)
{
	if (y == &markdown && strchr(s, '`'))
		y = &ticked;
	fprintf(out, "%s%s", y->item, y->open);
	put_value(params, s, out);
	fprintf(out, "%s\n", y->close);
}

static void put_list(const struct style *y, const struct lp_params *params, const char *name,
		     const struct lp_strings *list, FILE *out)
{
	fprintf(out, y == &markdown ? "\n%s:\n\n" : "  %s:\n", name);
	for (size_t i = 0; i < list->n; i++)
		put_item(y, params, list->items[i], out);
}

static void put_statement(const struct style *y, const struct lp_params *params,
			  const struct lp_statement *st, FILE *out)
{
	fprintf(out, "%s%s\n", y->section, st->sid ? st->sid : "Statement");
	put_list(y, params, st->deny ? "refuses" : "allows", &st->actions, out);
	put_list(y, params, "on", &st->resources, out);
	for (size_t i = 0; i < st->n_conditions; i++) {
		char name[LP_NAME_SIZE];

		snprintf(name, sizeof(name), "only if %.100s is (%.60s)", st->conditions[i].key,
			 st->conditions[i].op);
		put_list(y, params, name, &st->conditions[i].values, out);
	}
}

static void put_remarks(const struct style *y, const struct lp_policy *p, unsigned flag,
			const char *title, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < p->n_remarks; i++) {
		const struct lp_remark *r = &p->remarks[i];

		if (!(r->flags & flag))
			continue;
		if (!any)
			fprintf(out, "%s%s\n%s", y->section, title, y == &markdown ? "\n" : "");
		any = true;
		fprintf(out, "%s%s", y->item, y->open);
		put_safe(lp_span_str(r->action), out);
		fprintf(out, "%s on %s", y->close, y->open);
		put_value(&p->params, r->resource, out);
		fputs(y->close, out);
		if (r->reason[0]) {
			fputs(": ", out);
			put_safe(lp_span_str(r->reason), out);
		}
		putc('\n', out);
	}
}

static void render(const struct style *y, const struct lp_policy *p, size_t index, FILE *out)
{
	const struct lp_document *doc = &p->documents[index];
	char description[LP_NAME_SIZE];

	lp_describe(p, index, description);
	fprintf(out, "%s%s: %zu action%s on %zu resource%s, %zu statement%s\n", y->title,
		description, p->n_actions, lp_plural(p->n_actions), p->n_resources,
		lp_plural(p->n_resources), doc->n_statements, lp_plural(doc->n_statements));
	for (size_t i = 0; i < doc->n_statements; i++)
		put_statement(y, &p->params, &doc->statements[i], out);
	if (index > 0)
		return;
	put_remarks(y, p, LP_GRANT_DENIED, "AWS refused, by its own message", out);
	put_remarks(y, p, LP_GRANT_DEPENDENT, "AWS checks behind other calls", out);
	put_remarks(y, p, LP_GRANT_POSSIBLE, "Not granted, may be needed", out);
	put_remarks(y, p, LP_REMARK_GENERALIZED, "Wider than what was seen, by choice", out);
	put_remarks(y, p, LP_REMARK_OFFER, "Not granted: patterns for names that look generated",
		    out);
}

static void put_comment(const struct style *y, const struct lp_gap *g, FILE *out)
{
	fputs(y == &markdown ? "- " : "# ", out);
	put_safe(lp_span_str(g->what), out);
	if (g->by[0]) {
		fputs(", by ", out);
		put_safe(lp_span_str(g->by), out);
	}
	fprintf(out, ", %" PRIu64 " time%s", g->count, lp_plural(g->count));
	if (g->reason[0]) {
		fputs(": ", out);
		put_safe(lp_span_str(g->reason), out);
	}
	if (g->advice[0]) {
		fputs("; ", out);
		put_safe(lp_span_str(g->advice), out);
	}
	putc('\n', out);
}

void lp_render_gaps(enum lp_format format, const struct lp_gap *gaps, size_t n, FILE *out)
{
	const struct style *y = format == LP_FORMAT_MARKDOWN ? &markdown : &plain;

	if (!n || (format != LP_FORMAT_TEXT && format != LP_FORMAT_MARKDOWN))
		return;
	fputs(y == &markdown ? "\n## Not seen, so nothing is allowed for it\n\n"
			     : "\n# Not seen, so nothing is allowed for it:\n",
	      out);
	for (size_t i = 0; i < n; i++)
		put_comment(y, &gaps[i], out);
}

void lp_render_text(const struct lp_policy *policy, size_t index, FILE *out)
{
	render(&plain, policy, index, out);
}

void lp_render_markdown(const struct lp_policy *policy, size_t index, FILE *out)
{
	render(&markdown, policy, index, out);
}
