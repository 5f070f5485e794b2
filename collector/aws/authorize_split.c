/* SPDX-License-Identifier: MIT */
#include "authorize_split.h"

#include "extract.h"

#define PART_MARK 0x01 /* then part plus LP_HOLE_BIAS, then the class of its bytes */

/* The class is as many letters and digits. */
static bool is_count(char class)
{
	return class > '0' && class <= '0' + LP_SPLIT_COUNT_MAX;
}

static bool in_class(char c, char class)
{
	if (is_count(class))
		return lp_ascii_alnum(c);
	switch (class) {
	case 'a': /* an account: twelve digits */
	case 'd':
		return lp_ascii_digit(c);
	case 'k': /* the id of a key of KMS */
		return lp_ascii_alnum(c) || c == '-';
	case 'n':
		return c != ':' && c != '/';
	default:
		return true;
	}
}

static bool long_enough(size_t n, char class)
{
	if (class == 'a')
		return n == 12;
	if (class == 'k')
		return n == 36;
	return is_count(class) ? n == (size_t)(class - '0') : n != 0;
}

/*
 * Each part takes as little as lets the literal behind it stand there, of class 'r' as much; no
 * going back.
 */
static bool form(const char *p, struct lp_span s, struct lp_span *part)
{
	size_t at = 0;

	while (*p) {
		size_t from = at, lit, no;
		char class;

		if (*p != PART_MARK) {
			if (at == s.len || s.ptr[at] != *p)
				return false;
			at++;
			p++;
			continue;
		}
		no = (size_t)(p[1] - LP_HOLE_BIAS);
		class = p[2];
		p += 3;
		lit = 0;
		while (p[lit] && p[lit] != PART_MARK)
			lit++;
		for (;; at++) {
			if (lit ? (at > from && s.len - at >= lit &&
				   memcmp(s.ptr + at, p, lit) == 0)
				: at == s.len)
				break;
			if (at == s.len || !in_class(s.ptr[at], class))
				return false;
		}
		for (size_t i = at + 1; class == 'r' && lit && i + lit <= s.len; i++)
			if (memcmp(s.ptr + i, p, lit) == 0)
				at = i;
		if (!long_enough(at - from, class))
			return false;
		if (no)
			part[no] = lp_span_of(s.ptr + from, at - from);
	}
	return at == s.len;
}

/* --- PartiQL ---------------------------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What is left behind blanks and comments. */
static struct lp_span blanks(struct lp_span s)
{
	for (;;) {
		if (s.len && is_space(s.ptr[0])) {
			s = lp_span_from(s, 1);
		} else if (lp_span_starts(s, LP_SPAN("--"))) {
			s = lp_span_from(s, lp_span_find(s, '\n'));
		} else if (lp_span_starts(s, LP_SPAN("/*"))) {
			s = lp_span_from(s, 2);
			while (s.len && !lp_span_starts(s, LP_SPAN("*/")))
				s = lp_span_from(s, 1);
			s = lp_span_from(s, 2);
		} else {
			return s;
		}
	}
}

static bool wordly(char c)
{
	return lp_ascii_alnum(c) || c == '_' || c == '-';
}

/*
 * The next token: a word, a quoted name (quotes taken off, `quote` set), a 'string', or one byte.
 * Returns what is left.
 */
static struct lp_span token(struct lp_span s, struct lp_span *tok, char *quote)
{
	size_t n = 0;

	s = blanks(s);
	*quote = 0;
	if (s.len && (s.ptr[0] == '"' || s.ptr[0] == '\'')) {
		*quote = s.ptr[0];
		s = lp_span_from(s, 1);
		n = lp_span_find(s, *quote);
		*tok = lp_span_first(s, n);
		return lp_span_from(s, n + 1);
	}
	while (n < s.len && wordly(s.ptr[n]))
		n++;
	if (!n && s.len)
		n = 1;
	*tok = lp_span_first(s, n);
	return lp_span_from(s, n);
}

/* "arn:aws:dynamodb:REGION:ACCOUNT:table/NAME" taken apart. */
static void table_arn(struct lp_span s, struct lp_span *name, struct lp_span *part)
{
	struct lp_span field[5];

	for (size_t i = 0; i < LP_ARRAY_LEN(field); i++) {
		size_t n = lp_span_find(s, ':');

		field[i] = lp_span_first(s, n);
		s = lp_span_from(s, n + 1);
	}
	if (!lp_span_eq(field[0], LP_SPAN("arn")) || !lp_span_starts(s, LP_SPAN("table/")))
		return;
	part[LP_PARTIQL_REGION] = field[3];
	part[LP_PARTIQL_ACCOUNT] = field[4];
	*name = lp_span_from(s, strlen("table/"));
}

/* A table's name or ARN, with an index behind a dot: "Music", "Music"."Artist-index". */
static void table(struct lp_span s, enum lp_partiql_part verb, struct lp_span *part)
{
	struct lp_span dot;
	char quote;

	s = token(s, &part[verb], &quote);
	if (quote)
		table_arn(part[verb], &part[verb], part);
	s = token(s, &dot, &quote);
	if (!quote && lp_span_eq(dot, LP_SPAN(".")))
		(void)token(s, &part[LP_PARTIQL_INDEX], &quote);
}

static bool partiql(struct lp_span s, struct lp_span *part)
{
	static const struct {
		struct lp_span verb, before; /* the word that the table's name follows */
		enum lp_partiql_part part;
	} verbs[] = {
		{{"SELECT", 6}, {"FROM", 4}, LP_PARTIQL_SELECT},
		{{"INSERT", 6}, {"INTO", 4}, LP_PARTIQL_INSERT},
		{{"UPDATE", 6}, {NULL, 0}, LP_PARTIQL_UPDATE},
		{{"DELETE", 6}, {"FROM", 4}, LP_PARTIQL_DELETE},
		{{"EXISTS", 6}, {"FROM", 4}, LP_PARTIQL_SELECT},
	};
	struct lp_span tok;
	char quote;

	do
		s = token(s, &tok, &quote);
	while (!quote && lp_span_eq(tok, LP_SPAN("(")));
	for (size_t i = 0; i < LP_ARRAY_LEN(verbs); i++) {
		if (quote || !lp_span_caseeq(tok, verbs[i].verb))
			continue;
		while (verbs[i].before.len && s.len) {
			s = token(s, &tok, &quote);
			if (!quote && lp_span_caseeq(tok, verbs[i].before))
				break;
		}
		table(s, verbs[i].part, part);
		return part[verbs[i].part].len != 0;
	}
	return false;
}

/* A hyphen stands for each blank, a blank for all between two words. Empty where there is no memory
 * for it. */
static struct lp_span lowered(struct lp_arena *arena, struct lp_span s, char blank)
{
	char *out = lp_arena_alloc(arena, s.len + 1);
	size_t n = 0;

	if (!out)
		return lp_span_of(NULL, 0);
	for (size_t i = 0; i < s.len; i++) {
		bool is_blank = s.ptr[i] == ' ' || (blank == ' ' && is_space(s.ptr[i]));

		if (!is_blank)
			out[n++] = lp_ascii_lower(s.ptr[i]);
		else if (blank != ' ' || (n && out[n - 1] != ' '))
			out[n++] = blank;
	}
	if (n && out[n - 1] == ' ')
		n--;
	return lp_span_of(out, n);
}

bool lp_split(const struct lp_split_data *split, struct lp_span value, struct lp_arena *arena,
	      struct lp_span part[LP_SPLIT_PARTS + 1])
{
	if (split->decode)
		value = lp_percent_decode(arena, value, false);
	if (split->lower)
		value = lowered(arena, value, (char)split->lower);
	memset(part, 0, (split->n_parts + 1u) * sizeof(part[0]));
	part[0] = value;
	if (split->builtin == LP_SPLIT_PARTIQL)
		return partiql(value, part);
	for (unsigned i = 0; i < split->n; i++) {
		if (form(lp_iam_pool + lp_iam_split_patterns[split->first + i], value, part))
			return true;
		memset(part + 1, 0, split->n_parts * sizeof(part[0]));
	}
	return false;
}

bool lp_like(struct lp_span value, const char *p)
{
	size_t i = 0, back = 0;
	const char *star = NULL;

	for (;;) {
		if (*p == '*') {
			star = ++p;
			back = i;
		} else if (i < value.len && *p == value.ptr[i]) {
			p++;
			i++;
		} else if (i == value.len && !*p) {
			return true;
		} else if (star && back < value.len) {
			i = ++back;
			p = star;
		} else {
			return false;
		}
	}
}
