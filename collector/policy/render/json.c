/* SPDX-License-Identifier: MIT */
#include "base/json_out.h"
#include "notations.h"

/* A string with parameters put in. */
static void put_string(const struct lp_json_style *style, const char *s, FILE *out)
{
	struct lp_span rest = lp_span_str(s);
	struct lp_part part;

	if (style->sub && lp_has_params(style->params, s)) {
		fputs("{\"Fn::Sub\": \"", out);
		lp_put_sub(style->params, s, lp_json_out_part, out);
		fputs("\"}", out);
		return;
	}
	putc('"', out);
	while (lp_next_part(style->params, &rest, &part))
		lp_json_out_part(out, part.param ? lp_param_text(&part) : part.text);
	putc('"', out);
}

/* Lists are always arrays, one item a line: adding evidence changes as few lines as can be. */
static void put_list(const struct lp_json_style *style, const char *name,
		     const struct lp_strings *list, unsigned indent, FILE *out)
{
	lp_spaces(indent, out);
	lp_json_out_str(out, name);
	fputs(": [", out);
	for (size_t i = 0; i < list->n; i++) {
		fputs(i ? ",\n" : "\n", out);
		lp_spaces(indent + 2, out);
		put_string(style, list->items[i], out);
	}
	putc('\n', out);
	lp_spaces(indent, out);
	putc(']', out);
}

static void put_conditions(const struct lp_json_style *style, const struct lp_statement *st,
			   unsigned indent, FILE *out)
{
	fputs(",\n", out);
	lp_spaces(indent, out);
	fputs("\"Condition\": {", out);
	for (size_t i = 0; i < st->n_conditions;) {
		size_t to = lp_operator_end(st, i);

		fputs(i ? ",\n" : "\n", out);
		lp_spaces(indent + 2, out);
		lp_json_out_str(out, st->conditions[i].op);
		fputs(": {", out);
		for (size_t k = i; k < to; k++) {
			fputs(k > i ? ",\n" : "\n", out);
			put_list(style, st->conditions[k].key, &st->conditions[k].values,
				 indent + 4, out);
		}
		putc('\n', out);
		lp_spaces(indent + 2, out);
		putc('}', out);
		i = to;
	}
	putc('\n', out);
	lp_spaces(indent, out);
	putc('}', out);
}

void lp_json_statement(const struct lp_statement *st, const struct lp_json_style *style,
		       unsigned indent, FILE *out)
{
	lp_spaces(indent, out);
	fputs("{\n", out);
	if (st->sid) {
		lp_spaces(indent + 2, out);
		fputs("\"Sid\": ", out);
		lp_json_out_str(out, st->sid);
		fputs(",\n", out);
	}
	lp_spaces(indent + 2, out);
	fprintf(out, "\"Effect\": \"%s\",\n", st->deny ? "Deny" : "Allow");
	put_list(style, st->not_action ? "NotAction" : "Action", &st->actions, indent + 2, out);
	fputs(",\n", out);
	put_list(style, st->not_resource ? "NotResource" : "Resource", &st->resources, indent + 2,
		 out);
	if (st->n_conditions)
		put_conditions(style, st, indent + 2, out);
	putc('\n', out);
	lp_spaces(indent, out);
	putc('}', out);
}

void lp_json_document(const struct lp_document *doc, const struct lp_json_style *style,
		      unsigned indent, FILE *out)
{
	fputs("{\n", out);
	lp_spaces(indent + 2, out);
	fputs("\"Version\": \"2012-10-17\",\n", out);
	lp_spaces(indent + 2, out);
	fputs("\"Statement\": [", out);
	for (size_t i = 0; i < doc->n_statements; i++) {
		fputs(i ? ",\n" : "\n", out);
		lp_json_statement(&doc->statements[i], style, indent + 4, out);
	}
	if (doc->n_statements) {
		putc('\n', out);
		lp_spaces(indent + 2, out);
	}
	fputs("]\n", out);
	lp_spaces(indent, out);
	putc('}', out);
}

void lp_render_json(const struct lp_policy *policy, size_t index, FILE *out)
{
	struct lp_json_style style = {.params = &policy->params};

	lp_json_document(&policy->documents[index], &style, 0, out);
	putc('\n', out);
}
