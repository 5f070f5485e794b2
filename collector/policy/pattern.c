/* SPDX-License-Identifier: MIT */
#include "pattern.h"

#include "base/quote.h"
#include "base/utf8.h"

#define VARIABLE_MAX 4096 /* bytes of one; of more, each '$' would look for an end far away */

/*
 * Comparisons for one pattern, a tenth of a second's worth: a try at each byte of the subject, each
 * of at most four bytes of the pattern ("${?}") for one of the subject.
 */
#define COVERS_EFFORT (4u * LP_PATTERN_SURE_MAX * LP_PATTERN_SURE_MAX)

enum kind {
	END,
	LITERAL,
	ONE,	  /* ? */
	MANY,	  /* * */
	VARIABLE, /* ${aws:username}: what AWS puts in */
};

struct token {
	enum kind kind;
	int32_t c;  /* of LITERAL: the code point, or the complement of a byte that is in none */
	size_t len; /* bytes of the pattern */
};

/* Most characters are none of these. */
static bool is_plain(char c)
{
	return c != '*' && c != '?' && c != '$';
}

/* What begins with '$'. */
static struct token dollar(struct lp_span s)
{
	size_t end;

	s = lp_span_first(s, VARIABLE_MAX);
	end = s.len < 3 || s.ptr[1] != '{' ? s.len : lp_span_find(s, '}');
	if (end == s.len)
		return (struct token){LITERAL, '$', 1};
	if (end == 3 && memchr("*?$", s.ptr[2], 3))
		return (struct token){LITERAL, s.ptr[2], 4};
	return (struct token){VARIABLE, 0, end + 1};
}

static struct token token_at(struct lp_span s, size_t i)
{
	struct lp_span rest = lp_span_from(s, i), after = rest;
	int32_t c;

	if (!rest.len)
		return (struct token){END, 0, 0};
	switch (rest.ptr[0]) {
	case '*':
		return (struct token){MANY, 0, 1};
	case '?':
		return (struct token){ONE, 0, 1};
	case '$':
		return dollar(rest);
	}
	if ((unsigned char)rest.ptr[0] < 0x80)
		return (struct token){LITERAL, rest.ptr[0], 1};
	c = lp_utf8_next(&after);
	return (struct token){LITERAL, c < 0 ? ~(int32_t)(unsigned char)rest.ptr[0] : c,
			      rest.len - after.len};
}

size_t lp_pattern_prefix(struct lp_span pattern)
{
	size_t i = 0;

	for (;;) {
		struct token t;

		while (i < pattern.len && is_plain(pattern.ptr[i]))
			i++;
		t = token_at(pattern, i);
		if (t.kind != LITERAL && t.kind != VARIABLE)
			return i;
		i += t.len;
	}
}

bool lp_pattern_is_literal(struct lp_span pattern)
{
	return lp_pattern_prefix(pattern) == pattern.len;
}

static bool same(int32_t a, int32_t b, unsigned flags)
{
	if (flags & LP_PATTERN_NOCASE && a >= 0 && a < 0x80 && b >= 0 && b < 0x80)
		return lp_ascii_lower((char)a) == lp_ascii_lower((char)b);
	return a == b;
}

/* True when token `p` of the pattern takes token `s` of the subject, at the start of both. */
static bool takes(struct token p, struct token s, struct lp_span pattern, struct lp_span subject,
		  unsigned flags)
{
	if (p.kind == ONE)
		return s.kind == ONE || s.kind == LITERAL;
	/* What a variable stands for is known of the same one only. */
	if (p.kind == VARIABLE)
		return lp_span_eq(lp_span_first(pattern, p.len), lp_span_first(subject, p.len));
	return p.kind == LITERAL && s.kind == LITERAL && same(p.c, s.c, flags);
}

/* Moves behind the tokens that both begin with, up to a `*` of the pattern. */
static void take_equal(struct lp_span pattern, struct lp_span subject, unsigned flags, size_t *p,
		       size_t *s)
{
	for (;;) {
		struct token ps, ss;

		while (*p < pattern.len && *s < subject.len && pattern.ptr[*p] == subject.ptr[*s] &&
		       is_plain(pattern.ptr[*p])) {
			++*p;
			++*s;
		}
		ps = token_at(pattern, *p);
		ss = token_at(subject, *s);
		if (ps.kind == MANY || ps.kind == END || ss.kind == END ||
		    !takes(ps, ss, lp_span_from(pattern, *p), lp_span_from(subject, *s), flags))
			return;
		*p += ps.len;
		*s += ss.len;
	}
}

static size_t count_tokens(struct lp_span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i += token_at(s, i).len)
		n++;
	return n;
}

/* What stands before the next `*`; the whole when there is none. */
static struct lp_span piece_of(struct lp_span pattern, bool *plain)
{
	size_t i = 0;

	*plain = true;
	while (i < pattern.len && pattern.ptr[i] != '*') {
		*plain = *plain && is_plain(pattern.ptr[i]);
		i += token_at(pattern, i).len;
	}
	return lp_span_first(pattern, i);
}

/*
 * Moves *s behind the first place of plain bytes in the subject. What looks like them within a
 * variable or an escape is none.
 */
static bool find_plain(struct lp_span piece, struct lp_span subject, size_t *s)
{
	size_t known = *s; /* a token begins here */

	for (;;) {
		struct lp_span rest = lp_span_from(subject, *s);
		const char *found =
			rest.len ? memmem(rest.ptr, rest.len, piece.ptr, piece.len) : NULL;
		size_t at;

		if (!found)
			return false;
		at = (size_t)(found - subject.ptr);
		while (known < at) {
			struct lp_span before = lp_span_of(subject.ptr + known, at - known);

			known += lp_span_find(before, '$');
			if (known < at)
				known += token_at(subject, known).len;
		}
		if (known == at) {
			*s = at + piece.len;
			return true;
		}
		*s = known;
	}
}

/* Two characters that are themselves and not the same, whatever their case. */
static bool differ(char a, char b)
{
	return is_plain(a) && is_plain(b) && (unsigned char)a < 0x80 && (unsigned char)b < 0x80 &&
	       lp_ascii_lower(a) != lp_ascii_lower(b);
}

/* The same for anything but a `*`, try by try: no way is known that is always quicker. */
static bool find_tokens(struct lp_span piece, struct lp_span subject, unsigned flags, size_t *s,
			size_t *effort)
{
	for (;;) {
		size_t p = 0, at;

		while (*s < subject.len && differ(piece.ptr[0], subject.ptr[*s]))
			++*s;
		at = *s;
		take_equal(piece, subject, flags, &p, &at);
		if (p == piece.len) {
			*s = at;
			return true;
		}
		if (at == subject.len || *effort <= p)
			return false;
		*effort -= p + 1;
		*s += token_at(subject, *s).len;
	}
}

/* True when the subject ends with what the last piece takes. */
static bool ends_with(struct lp_span piece, struct lp_span subject, unsigned flags)
{
	size_t have = count_tokens(subject), want = count_tokens(piece), p = 0, s = 0;

	for (; have > want; have--)
		s += token_at(subject, s).len;
	take_equal(piece, subject, flags, &p, &s);
	return p == piece.len && s == subject.len;
}

/* A byte that no character begins with: pieces that do are no text. */
static bool is_inner(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/*
 * The pieces between `*` are looked for one behind the other, each as early as can be; the last
 * stands at the end. The subject's own wildcards are symbols that only a `*` (for `*`) or a
 * wildcard (for `?`) takes.
 */
bool lp_pattern_covers(struct lp_span pattern, struct lp_span subject, unsigned flags)
{
	size_t p = 0, s = 0, effort = COVERS_EFFORT;

	take_equal(pattern, subject, flags, &p, &s);
	if (p == pattern.len || pattern.ptr[p] != '*')
		return p == pattern.len && s == subject.len;
	for (;;) {
		struct lp_span piece;
		bool text, plain, found;

		while (p < pattern.len && pattern.ptr[p] == '*')
			p++;
		if (p == pattern.len)
			return true;
		text = !is_inner(pattern.ptr[p]);
		piece = piece_of(lp_span_of(pattern.ptr + p, pattern.len - p), &plain);
		p += piece.len;
		if (p == pattern.len)
			return ends_with(piece, lp_span_from(subject, s), flags);
		found = plain && text && !(flags & LP_PATTERN_NOCASE)
				? find_plain(piece, subject, &s)
				: find_tokens(piece, subject, flags, &s, &effort);
		if (!found)
			return false;
	}
}

/* Where the first field of an ARN ends; a colon in a variable's name is of that. */
static size_t field_end(struct lp_span arn)
{
	size_t n = lp_span_find(arn, ':'), i = lp_span_find(lp_span_first(arn, n), '$');

	if (i == n)
		return n;
	while (i < arn.len && arn.ptr[i] != ':')
		i += token_at(arn, i).len;
	return i;
}

struct lp_span lp_arn_field(struct lp_span arn, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		arn = lp_span_from(arn, field_end(arn) + 1);
	return n + 1 < LP_ARN_FIELDS ? lp_span_first(arn, field_end(arn)) : arn;
}

bool lp_pattern_is_any(struct lp_span s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] == '*')
		n++;
	return n && n == s.len;
}

void lp_arn_split(struct lp_span arn, struct lp_span out[LP_ARN_FIELDS])
{
	const struct lp_span rest =
		lp_span_starts(arn, LP_SPAN("arn:")) ? LP_SPAN("*") : LP_SPAN("");
	bool more = true;

	for (unsigned i = 0; i < LP_ARN_FIELDS; i++) {
		size_t n = i + 1 < LP_ARN_FIELDS ? field_end(arn) : arn.len;

		out[i] = more ? lp_span_first(arn, n) : rest;
		more = more && n < arn.len;
		arn = lp_span_from(arn, n + 1);
	}
}

bool lp_arn_is_literal(struct lp_span arn)
{
	struct lp_span fields[LP_ARN_FIELDS];

	lp_arn_split(arn, fields);
	for (unsigned i = 0; i < LP_ARN_FIELDS; i++)
		if (!lp_pattern_is_literal(fields[i]))
			return false;
	return true;
}

/*
 * True when the patterns differ before the first wildcard of either. Nearly all that are compared
 * do, and this is many times cheaper than taking them apart.
 */
static bool part_early(struct lp_span a, struct lp_span b)
{
	size_t n = 0, most = a.len < b.len ? a.len : b.len;

	while (n < most && a.ptr[n] == b.ptr[n] && is_plain(a.ptr[n]))
		n++;
	return n < most && is_plain(a.ptr[n]) && is_plain(b.ptr[n]);
}

bool lp_arn_covers(struct lp_span pattern, struct lp_span subject)
{
	struct lp_span p[LP_ARN_FIELDS], s[LP_ARN_FIELDS];

	if (lp_pattern_is_any(pattern) || lp_span_eq(pattern, subject))
		return true;
	if (lp_pattern_is_any(subject) || part_early(pattern, subject))
		return false;
	lp_arn_split(pattern, p);
	lp_arn_split(subject, s);
	for (unsigned i = 0; i < LP_ARN_FIELDS; i++)
		if (!lp_pattern_covers(p[i], s[i], 0))
			return false;
	return true;
}

/*
 * Whether two patterns meet: the set of positions in `b` that can stand against a prefix of `a`,
 * moved along token by token. Quadratic, on names of bounded length.
 */
#define OVERLAP_MAX    4096		   /* bytes of `b`; longer ones are taken to meet */
#define OVERLAP_EFFORT (16u * 1024 * 1024) /* bytes of one times bytes of the other: the same */

/* A variable may be anything, too. */
static bool is_many(struct token t)
{
	return t.kind == MANY || t.kind == VARIABLE;
}

static void close_over(struct lp_span b, bool *at)
{
	for (size_t j = 0; j < b.len; j++) {
		struct token t = at[j] ? token_at(b, j) : (struct token){END, 0, 0};

		if (is_many(t))
			at[j + t.len] = true;
	}
}

bool lp_pattern_overlaps(struct lp_span a, struct lp_span b, unsigned flags)
{
	bool now[OVERLAP_MAX + 1] = {true}, next[OVERLAP_MAX + 1];

	if (b.len > OVERLAP_MAX || a.len > OVERLAP_EFFORT / (b.len + 1))
		return true;
	close_over(b, now);
	for (size_t i = 0; i < a.len;) {
		struct token ta = token_at(a, i);

		memset(next, 0, b.len + 1);
		for (size_t j = 0; j <= b.len; j++) {
			struct token tb = token_at(b, j);

			if (!now[j])
				continue;
			if (is_many(ta)) {
				/* Takes nothing, or whatever comes in b. */
				for (size_t k = j; k < b.len; k += token_at(b, k).len)
					next[k] = true;
				next[b.len] = true;
				break;
			}
			if (is_many(tb))
				next[j] = true;
			else if (tb.kind != END &&
				 (ta.kind == ONE || tb.kind == ONE || same(ta.c, tb.c, flags)))
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
	struct lp_span x[LP_ARN_FIELDS], y[LP_ARN_FIELDS];

	if (lp_pattern_is_any(a) || lp_pattern_is_any(b))
		return true;
	if (part_early(a, b))
		return false;
	lp_arn_split(a, x);
	lp_arn_split(b, y);
	for (unsigned i = 0; i < LP_ARN_FIELDS; i++)
		if (!lp_pattern_overlaps(x[i], y[i], 0))
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

		if (lp_quote_needed(c, i + 1 < name.len ? name.ptr[i + 1] : '\0')) {
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
