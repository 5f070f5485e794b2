/* SPDX-License-Identifier: MIT */
#include "document.h"

#include "base/json_out.h"
#include "pattern.h"

bool lp_names_cover(const struct lp_strings *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (lp_pattern_covers(lp_span_str(names->items[i]), lp_span_str(name),
				      LP_PATTERN_NOCASE))
			return true;
	return false;
}

static size_t quoted(const char *s)
{
	return lp_json_size(lp_span_str(s));
}

/* `,"NAME":["a","b"]` */
static size_t list_size(size_t name_len, const struct lp_strings *list)
{
	size_t n = sizeof(",\"\":[]") - 1 + name_len;

	for (size_t i = 0; i < list->n; i++)
		n += quoted(list->items[i]) + (i > 0);
	return n;
}

size_t lp_statement_size(const struct lp_statement *st)
{
	size_t n = sizeof("{},") - 1;

	n += sizeof("\"Effect\":\"Allow\"") - 1;
	if (st->sid)
		n += sizeof("\"Sid\":,") - 1 + quoted(st->sid);
	n += list_size(sizeof("Action") - 1, &st->actions);
	n += list_size(sizeof("Resource") - 1, &st->resources);
	if (st->not_action)
		n += sizeof("Not") - 1;
	if (st->not_resource)
		n += sizeof("Not") - 1;
	if (st->n_conditions)
		n += sizeof(",\"Condition\":{}") - 1;
	for (size_t i = 0; i < st->n_conditions; i++) {
		const struct lp_cond_line *line = &st->conditions[i];

		/* An operator's name for each key: a little more than is written when they share
		 * it. */
		n += quoted(line->op) + sizeof(":{},") - 1;
		n += list_size(quoted(line->key), &line->values);
	}
	return n;
}

size_t lp_document_size(const struct lp_document *doc)
{
	size_t n = sizeof("{\"Version\":\"2012-10-17\",\"Statement\":[]}") - 1;

	for (size_t i = 0; i < doc->n_statements; i++)
		n += lp_statement_size(&doc->statements[i]);
	return n;
}
