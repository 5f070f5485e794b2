/* SPDX-License-Identifier: MIT */
#include "pattern.h"

#define ARN_FIELDS 6

enum kind {
	END,
	LITERAL,
	ONE,  /* ? */
	MANY, /* * */
};

struct token {
	enum kind kind;
	char c;
	size_t len; /* bytes of the pattern */
};

/* Most characters are none of these. */
static bool is_plain(char c)
{
	return c != '*' && c != '?' && c != '$';
}

static struct token token_at(struct lp_span s, size_t i)
{
	if (i >= s.len)
		return (struct token){END, 0, 0};
	switch (s.ptr[i]) {
	case '*':
		return (struct token){MANY, 0, 1};
	case '?':
		return (struct token){ONE, 0, 1};
	case '$':
		if (s.len - i >= 4 && s.ptr[i + 1] == '{' && s.ptr[i + 3] == '}' &&
		    memchr("*?$", s.ptr[i + 2], 3))
			return (struct token){LITERAL, s.ptr[i + 2], 4};
		break;
	}
	return (struct token){LITERAL, s.ptr[i], 1};
}

size_t lp_pattern_prefix(struct lp_span pattern)
{
	size_t i = 0;

	for (;;) {
		struct token t;

		while (i < pattern.len && is_plain(pattern.ptr[i]))
			i++;
		t = token_at(pattern, i);
		if (t.kind != LITERAL)
			return i;
		i += t.len;
	}
}

bool lp_pattern_is_literal(struct lp_span pattern)
{
	return lp_pattern_prefix(pattern) == pattern.len;
}

static bool same(char a, char b, unsigned flags)
{
	if (flags & LP_PATTERN_NOCASE)
		return lp_ascii_lower(a) == lp_ascii_lower(b);
	return a == b;
}

/* True when token `p` of the pattern takes token `s` of the subject. */
static bool takes(struct token p, struct token s, unsigned flags)
{
	if (p.kind == ONE)
		return s.kind == ONE || s.kind == LITERAL;
	return p.kind == LITERAL && s.kind == LITERAL && same(p.c, s.c, flags);
}

/*
 * The usual two-pointer match with one point to fall back to, the latest `*`: the subject's own
 * wildcards are symbols that only a `*` (for `*`) or a wildcard (for `?`) takes.
 */
bool lp_pattern_covers(struct lp_span pattern, struct lp_span subject, unsigned flags)
{
	size_t p = 0, s = 0, star = 0, retry = 0;
	bool have_star = false;

	for (;;) {
		struct token ps, ss;

		while (p < pattern.len && s < subject.len && pattern.ptr[p] == subject.ptr[s] &&
		       is_plain(pattern.ptr[p])) {
			p++;
			s++;
		}
		ps = token_at(pattern, p);
		ss = token_at(subject, s);
		if (ps.kind == MANY) {
			have_star = true;
			p += ps.len;
			star = p;
			retry = s;
			continue;
		}
		if (ss.kind == END && ps.kind == END)
			return true;
		if (ss.kind != END && takes(ps, ss, flags)) {
			p += ps.len;
			s += ss.len;
			continue;
		}
		if (!have_star || ss.kind == END)
			return false;
		retry += token_at(subject, retry).len;
		s = retry;
		p = star;
	}
}

struct lp_span lp_arn_field(struct lp_span arn, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		arn = lp_span_from(arn, lp_span_find(arn, ':') + 1);
	return n + 1 < ARN_FIELDS ? lp_span_first(arn, lp_span_find(arn, ':')) : arn;
}

static bool is_any(struct lp_span s)
{
	return s.len == 1 && s.ptr[0] == '*';
}

bool lp_arn_covers(struct lp_span pattern, struct lp_span subject)
{
	if (is_any(pattern) || lp_span_eq(pattern, subject))
		return true;
	if (is_any(subject))
		return false;
	for (unsigned i = 0; i < ARN_FIELDS; i++)
		if (!lp_pattern_covers(lp_arn_field(pattern, i), lp_arn_field(subject, i), 0))
			return false;
	return true;
}

/*
 * Whether two patterns meet: the set of positions in `b` that can stand against a prefix of `a`,
 * moved along token by token. Quadratic, on names of bounded length.
 */
#define OVERLAP_MAX 4096 /* tokens of `b`; longer ones are taken to meet */

static void close_over(struct lp_span b, bool *at)
{
	for (size_t j = 0; j < b.len; j++)
		if (at[j] && b.ptr[j] == '*')
			at[j + 1] = true;
}

static bool overlaps(struct lp_span a, struct lp_span b)
{
	bool now[OVERLAP_MAX + 1] = {true}, next[OVERLAP_MAX + 1];

	if (b.len > OVERLAP_MAX)
		return true;
	close_over(b, now);
	for (size_t i = 0; i < a.len;) {
		struct token ta = token_at(a, i);

		memset(next, 0, b.len + 1);
		for (size_t j = 0; j <= b.len; j++) {
			struct token tb = token_at(b, j);

			if (!now[j])
				continue;
			if (ta.kind == MANY) {
				/* Takes nothing, or whatever comes in b. */
				for (size_t k = j; k <= b.len; k++)
					next[k] = true;
				break;
			}
			if (tb.kind == MANY)
				next[j] = true;
			else if (tb.kind != END &&
				 (ta.kind == ONE || tb.kind == ONE || ta.c == tb.c))
				next[j + tb.len] = true;
		}
		memcpy(now, next, b.len + 1);
		close_over(b, now);
		i += ta.len;
	}
	return now[b.len];
}

bool lp_arn_overlaps(struct lp_span a, struct lp_span b)
{
	if (is_any(a) || is_any(b))
		return true;
	for (unsigned i = 0; i < ARN_FIELDS; i++)
		if (!overlaps(lp_arn_field(a, i), lp_arn_field(b, i)))
			return false;
	return true;
}

char *lp_pattern_quote(struct lp_span name, struct lp_arena *arena)
{
	char *out, *p;

	out = p = lp_arena_alloc(arena, name.len * 4 + 1);
	if (!out)
		return NULL;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (c == '*' || c == '?' || c == '$') {
			*p++ = '$';
			*p++ = '{';
			*p++ = c;
			*p++ = '}';
		} else {
			*p++ = c;
		}
	}
	*p = '\0';
	return out;
}
