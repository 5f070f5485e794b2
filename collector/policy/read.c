/* SPDX-License-Identifier: MIT */
#include "read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_in.h"
#include "calllog.h"

#define READ_CHUNK   (64 * 1024)
#define WRAPPERS_MAX 2 /* objects around a document */

struct reader {
	struct lp_json json;
	struct lp_arena *arena;
	struct lp_read_error *error;
	struct lp_position at; /* the last place looked up; places are asked for in order */
};

/* Goes on counting from the last place; offsets that go back start again. */
static struct lp_position position_of(struct reader *r, size_t offset)
{
	if (offset < r->at.offset || !r->at.line)
		r->at = (struct lp_position){0, 1, 1};
	for (; r->at.offset < offset && r->at.offset < r->json.in.len; r->at.offset++) {
		if (r->json.in.ptr[r->at.offset] == '\n') {
			r->at.line++;
			r->at.column = 1;
		} else {
			r->at.column++;
		}
	}
	return r->at;
}

static int bad(struct reader *r, size_t offset, const char *why)
{
	r->error->position = position_of(r, offset);
	snprintf(r->error->message, sizeof(r->error->message), "%s", why);
	return -EBADMSG;
}

static int next(struct reader *r, struct lp_json_token *t)
{
	int err = lp_json_next(&r->json, t);

	return err ? bad(r, r->json.pos, r->json.error) : 0;
}

static int skip(struct reader *r, const struct lp_json_token *t)
{
	return lp_json_skip(&r->json, t) ? bad(r, r->json.pos, r->json.error) : 0;
}

/* A scalar as a string: IAM writes `true` and numbers without quotes in conditions. */
static int scalar(struct reader *r, const struct lp_json_token *t, const char **out)
{
	struct lp_span s = t->raw;
	int err = 0;

	switch (t->type) {
	case LP_JSON_STRING:
	case LP_JSON_KEY:
		err = lp_json_text(t, r->arena, &s);
		break;
	case LP_JSON_NUMBER:
		break;
	case LP_JSON_TRUE:
		s = LP_SPAN("true");
		break;
	case LP_JSON_FALSE:
		s = LP_SPAN("false");
		break;
	default:
		return bad(r, t->offset, "expected a string or a list of strings");
	}
	if (err)
		return err;
	if (s.len && memchr(s.ptr, '\0', s.len))
		return bad(r, t->offset, "a string holds a zero byte");
	*out = lp_arena_strndup(r->arena, s);
	return *out ? 0 : -ENOMEM;
}

/* Items are counted before they are read, so that a list is one piece of memory. */
static int count_items(struct reader *r, size_t *n)
{
	struct lp_json ahead = r->json;
	struct lp_json_token t;

	for (*n = 0;; (*n)++) {
		if (lp_json_next(&ahead, &t) || lp_json_skip(&ahead, &t))
			return bad(r, ahead.pos, ahead.error);
		if (t.type == LP_JSON_ARRAY_END)
			return 0;
	}
}

static int make_list(struct reader *r, size_t n, struct lp_strings *out)
{
	*out = (struct lp_strings){0};
	out->items = lp_arena_alloc(r->arena, (n ? n : 1) * sizeof(*out->items));
	out->positions = lp_arena_alloc(r->arena, (n ? n : 1) * sizeof(*out->positions));
	return out->items && out->positions ? 0 : -ENOMEM;
}

static int add_item(struct reader *r, const struct lp_json_token *t, struct lp_strings *out)
{
	int err = scalar(r, t, &out->items[out->n]);

	if (!err)
		out->positions[out->n++] = position_of(r, t->offset);
	return err;
}

/* A string, or an array of strings. */
static int read_list(struct reader *r, struct lp_strings *out)
{
	struct lp_json_token t;
	size_t n = 1;
	int err = next(r, &t);

	if (err)
		return err;
	if (t.type != LP_JSON_ARRAY) {
		err = make_list(r, n, out);
		return err ? err : add_item(r, &t, out);
	}
	err = count_items(r, &n);
	if (!err)
		err = make_list(r, n, out);
	while (!err && !(err = next(r, &t)) && t.type != LP_JSON_ARRAY_END)
		err = add_item(r, &t, out);
	return err;
}

static int add_line(struct reader *r, struct lp_statement *st, const char *op,
		    const struct lp_json_token *key, size_t *cap)
{
	struct lp_cond_line *line;

	if (st->n_conditions == *cap) {
		size_t bigger = *cap ? *cap * 2 : 4;

		line = lp_arena_alloc(r->arena, bigger * sizeof(*line));
		if (!line)
			return -ENOMEM;
		if (st->n_conditions)
			memcpy(line, st->conditions, st->n_conditions * sizeof(*line));
		st->conditions = line;
		*cap = bigger;
	}
	line = &st->conditions[st->n_conditions];
	*line = (struct lp_cond_line){.op = op};
	if (scalar(r, key, &line->key))
		return -ENOMEM;
	st->n_conditions++;
	return read_list(r, &line->values);
}

/* Members of one name are next to each other then. */
static int compare_lines(const void *a, const void *b)
{
	const struct lp_cond_line *x = a, *y = b;
	int by_op = strcasecmp(x->op, y->op);

	return by_op ? by_op : strcasecmp(x->key, y->key);
}

/* Whether an operator stands in a Condition twice, or a key in an operator. */
static int find_twice(const struct lp_statement *st, bool *found)
{
	size_t n = st->n_conditions;
	struct lp_cond_line *lines = calloc(n + 1, sizeof(*lines));

	*found = false;
	if (!lines)
		return -ENOMEM;
	if (n) {
		memcpy(lines, st->conditions, n * sizeof(*lines));
		qsort(lines, n, sizeof(*lines), compare_lines);
	}
	/* Each member has a name of its own in memory. */
	for (size_t i = 1; i < n && !*found; i++)
		*found = !compare_lines(&lines[i - 1], &lines[i]) ||
			 (!strcasecmp(lines[i - 1].op, lines[i].op) &&
			  lines[i - 1].op != lines[i].op);
	free(lines);
	return 0;
}

static int read_conditions(struct reader *r, struct lp_statement *st)
{
	size_t start = r->json.pos;
	bool twice = false;
	struct lp_json_token t;
	size_t cap = 0;
	const char *op;
	int err = next(r, &t);

	if (!err && t.type != LP_JSON_OBJECT)
		err = bad(r, t.offset, "Condition must be an object");
	while (!err && !(err = next(r, &t)) && t.type == LP_JSON_KEY) {
		err = scalar(r, &t, &op);
		if (!err)
			err = next(r, &t);
		if (!err && t.type != LP_JSON_OBJECT)
			err = bad(r, t.offset, "a condition operator must be an object");
		while (!err && !(err = next(r, &t)) && t.type == LP_JSON_KEY)
			err = add_line(r, st, op, &t, &cap);
	}
	if (!err)
		err = find_twice(st, &twice);
	if (twice)
		err = bad(r, start, "an operator or a key stands in the Condition twice");
	return err;
}

static int read_effect(struct reader *r, struct lp_statement *st)
{
	struct lp_json_token t;
	int err = next(r, &t);

	if (err)
		return err;
	if (t.type == LP_JSON_STRING && lp_span_eq(t.raw, LP_SPAN("Deny")))
		st->deny = true;
	else if (t.type != LP_JSON_STRING || !lp_span_eq(t.raw, LP_SPAN("Allow")))
		return bad(r, t.offset, "Effect must be Allow or Deny");
	return 0;
}

static int read_sid(struct reader *r, struct lp_statement *st)
{
	struct lp_json_token t;
	int err = next(r, &t);

	if (!err && t.type != LP_JSON_STRING)
		err = bad(r, t.offset, "Sid must be a string");
	return err ? err : scalar(r, &t, &st->sid);
}

enum {
	SEEN_EFFECT = 1 << 0,
	SEEN_ACTION = 1 << 1,
	SEEN_RESOURCE = 1 << 2,
	SEEN_CONDITION = 1 << 3,
};

/* Marks a member that may stand once only. */
static int once(struct reader *r, const struct lp_json_token *key, unsigned *seen, unsigned bit)
{
	if (*seen & bit)
		return bad(r, key->offset, "this stands in the statement twice");
	*seen |= bit;
	return 0;
}

static int read_member(struct reader *r, const struct lp_json_token *key, struct lp_statement *st,
		       unsigned *seen)
{
	bool not_action = lp_span_eq(key->raw, LP_SPAN("NotAction"));
	bool not_resource = lp_span_eq(key->raw, LP_SPAN("NotResource"));
	struct lp_json_token t;
	int err;

	if (lp_span_eq(key->raw, LP_SPAN("Sid")))
		return read_sid(r, st);
	if (lp_span_eq(key->raw, LP_SPAN("Effect"))) {
		err = once(r, key, seen, SEEN_EFFECT);
		return err ? err : read_effect(r, st);
	}
	if (not_action || lp_span_eq(key->raw, LP_SPAN("Action"))) {
		st->not_action = not_action;
		err = once(r, key, seen, SEEN_ACTION);
		return err ? err : read_list(r, &st->actions);
	}
	if (not_resource || lp_span_eq(key->raw, LP_SPAN("Resource"))) {
		st->not_resource = not_resource;
		err = once(r, key, seen, SEEN_RESOURCE);
		return err ? err : read_list(r, &st->resources);
	}
	if (lp_span_eq(key->raw, LP_SPAN("Condition"))) {
		err = once(r, key, seen, SEEN_CONDITION);
		return err ? err : read_conditions(r, st);
	}
	/* IAM refuses a document with others, as with "Conditions", which must not be overlooked.
	 */
	if (!lp_span_eq(key->raw, LP_SPAN("Principal")) &&
	    !lp_span_eq(key->raw, LP_SPAN("NotPrincipal")))
		return bad(r, key->offset, "IAM has no element of this name in a statement");
	st->has_principal = true;
	err = next(r, &t);
	return err ? err : skip(r, &t);
}

/* `t` is the statement's first token. */
static int read_statement(struct reader *r, const struct lp_json_token *first,
			  struct lp_statement *st)
{
	struct lp_json_token t;
	unsigned seen = 0;
	int err = 0;

	*st = (struct lp_statement){.position = position_of(r, first->offset)};
	if (first->type != LP_JSON_OBJECT)
		return bad(r, first->offset, "a statement must be an object");
	while (!err && !(err = next(r, &t)) && t.type == LP_JSON_KEY)
		err = read_member(r, &t, st, &seen);
	if (err)
		return err;
	if (!(seen & SEEN_EFFECT))
		return bad(r, first->offset, "a statement without Effect");
	if (!(seen & SEEN_ACTION))
		return bad(r, first->offset, "a statement without Action or NotAction");
	if (!(seen & SEEN_RESOURCE) && !st->has_principal)
		return bad(r, first->offset, "a statement without Resource or NotResource");
	return 0;
}

/* An array of statements, or one without brackets. */
static int read_statements(struct reader *r, struct lp_document *out)
{
	struct lp_json_token t;
	size_t n = 1;
	bool many;
	int err = next(r, &t);

	if (err)
		return err;
	many = t.type == LP_JSON_ARRAY;
	if (many)
		err = count_items(r, &n);
	if (err)
		return err;
	out->statements = lp_arena_alloc(r->arena, (n ? n : 1) * sizeof(*out->statements));
	if (!out->statements)
		return -ENOMEM;
	while (!err && out->n_statements < n) {
		if (many)
			err = next(r, &t);
		if (!err)
			err = read_statement(r, &t, &out->statements[out->n_statements]);
		if (!err)
			out->n_statements++;
	}
	if (!err && many)
		err = next(r, &t);
	return err;
}

/* What `aws iam get-policy-version`, `get-role-policy` and the like print around a document. */
static bool is_wrapper(struct lp_span name)
{
	static const char *const names[] = {"PolicyVersion", "Document", "PolicyDocument"};

	for (size_t i = 0; i < LP_ARRAY_LEN(names); i++)
		if (lp_span_eq(name, lp_span_str(names[i])))
			return true;
	return false;
}

/* An object whose '{' was read: the document, or what it is wrapped in. */
static int read_document(struct reader *r, unsigned depth, bool *found, struct lp_document *out)
{
	struct lp_json_token t;
	int err;

	while (!(err = next(r, &t)) && t.type == LP_JSON_KEY) {
		bool wrapper = depth < WRAPPERS_MAX && is_wrapper(t.raw);

		if (lp_span_eq(t.raw, LP_SPAN("Statement"))) {
			err = *found ? bad(r, t.offset, "a second Statement")
				     : read_statements(r, out);
			*found = true;
		} else if (lp_span_eq(t.raw, LP_SPAN("Version"))) {
			err = next(r, &t);
			if (!err)
				err = scalar(r, &t, &out->version);
		} else if (!(err = next(r, &t))) {
			err = wrapper && t.type == LP_JSON_OBJECT
				      ? read_document(r, depth + 1, found, out)
				      : skip(r, &t);
		}
		if (err)
			return err;
	}
	return err;
}

int lp_document_read(struct lp_span text, struct lp_arena *arena, struct lp_document *out,
		     struct lp_read_error *error)
{
	const struct lp_span bom = LP_SPAN("\xef\xbb\xbf");
	struct reader r = {.arena = arena, .error = error};
	struct lp_json_token t;
	bool found = false;
	int err;

	*out = (struct lp_document){0};
	*error = (struct lp_read_error){0};
	if (lp_span_starts(text, bom))
		text = lp_span_from(text, bom.len);
	lp_json_init(&r.json, text);
	err = next(&r, &t);
	if (!err && t.type != LP_JSON_OBJECT)
		err = bad(&r, t.offset, "a policy document must be an object");
	if (!err)
		err = read_document(&r, 0, &found, out);
	if (!err)
		err = next(&r, &t); /* nothing may follow */
	if (!err && !found)
		err = bad(&r, 0, "not a policy document: it has no Statement");
	if (err == -EBADMSG && lp_calllog_starts(text))
		err = bad(&r, 0, "a call log, where a policy document must stand");
	return err;
}

static int read_all(FILE *in, char **text, size_t *len)
{
	size_t cap = 0;

	*text = NULL;
	*len = 0;
	for (;;) {
		size_t n;

		if (cap - *len < READ_CHUNK) {
			char *p;

			cap = cap ? cap * 2 : READ_CHUNK;
			p = cap > LP_POLICY_FILE_MAX ? NULL : realloc(*text, cap);
			if (!p)
				return cap > LP_POLICY_FILE_MAX ? -EFBIG : -ENOMEM;
			*text = p;
		}
		errno = 0;
		n = fread(*text + *len, 1, READ_CHUNK, in);
		*len += n;
		if (!n)
			return ferror(in) ? (errno ? -errno : -EIO) : 0;
	}
}

int lp_document_load(const char *path, struct lp_arena *arena, struct lp_document *out,
		     struct lp_read_error *error)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *text = NULL;
	size_t len = 0;
	int err = in ? read_all(in, &text, &len) : -errno;

	*error = (struct lp_read_error){0};
	if (err)
		snprintf(error->message, sizeof(error->message), "%s", strerror(-err));
	else
		err = lp_document_read(lp_span_of(text, len), arena, out, error);
	for (size_t i = 0; !err && i < out->n_statements; i++)
		out->statements[i].file = path;
	for (size_t i = 0; !err && i < out->n_statements; i++)
		out->statements[i].no_variables =
			!out->version || strcmp(out->version, "2012-10-17") != 0;
	if (in && in != stdin)
		fclose(in);
	free(text);
	return err;
}
