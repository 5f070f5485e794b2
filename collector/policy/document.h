/* SPDX-License-Identifier: MIT */
#ifndef LP_DOCUMENT_H
#define LP_DOCUMENT_H

/*
 * An IAM policy document in memory, whether built from evidence or read from a file. No state: safe
 * from any thread.
 */

#include <stdbool.h>
#include <stddef.h>

/* Where something stands in the file it was read from; all 0 for built documents. */
struct lp_position {
	size_t offset;	       /* bytes, from 0 */
	unsigned line, column; /* from 1; columns count bytes */
};

/* An array of strings; all borrowed from whoever made the document. */
struct lp_strings {
	const char **items;
	struct lp_position *positions; /* one per item, or NULL */
	size_t n;
};

struct lp_cond_line {
	const char *op;	 /* "StringEquals" */
	const char *key; /* "iam:PassedToService" */
	struct lp_strings values;
};

struct lp_statement {
	const char *sid;  /* NULL: none */
	const char *note; /* for people: why the statement is there; NULL: none */
	bool deny;
	bool not_action, not_resource; /* the lists are of NotAction, NotResource */
	bool no_variables;	       /* of a version before 2012-10-17: "${" is text */
	bool has_principal;	       /* Principal or NotPrincipal: not an identity policy */
	struct lp_strings actions;
	struct lp_strings resources;
	struct lp_cond_line *conditions;
	size_t n_conditions;
	struct lp_position position;
	const char *file; /* it was read from, as that was named; NULL: none */
};

/* Where an item of one of the statement's lists stands, or the statement where that is not known.
 */
static inline struct lp_position lp_item_position(const struct lp_statement *st,
						  const struct lp_strings *list, size_t i)
{
	return list->positions ? list->positions[i] : st->position;
}

/* Whether one of these patterns of action names matches all that `name`, which may be one, does. */
bool lp_names_cover(const struct lp_strings *names, const char *name);

struct lp_document {
	const char *version; /* as read; NULL: none, and in built documents, which are 2012-10-17 */
	struct lp_statement *statements;
	size_t n_statements;
};

/*
 * Characters as AWS counts them against its limits, white space between tokens being free: of one
 * statement with the comma after it, and of a whole document.
 */
size_t lp_statement_size(const struct lp_statement *st);
size_t lp_document_size(const struct lp_document *doc);

#endif
