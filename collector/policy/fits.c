/* SPDX-License-Identifier: MIT */
#include "fits.h"

#include "lp_compiler.h"
#include "model/newer.h"
#include "pattern.h"

#define TOKENS_MAX 256 /* of one field of a type's pattern; the longest today has 90 */

enum kind {
	LITERAL,
	ANY_BUT_SLASH, /* a variable: one character or more */
	ANY,
};

struct token {
	enum kind kind;
	char c;
};

static size_t tokens_of(struct lp_span field, bool is_resource, struct token *out)
{
	size_t n = 0, i = 0;

	while (i < field.len && n < TOKENS_MAX) {
		if (field.ptr[i] == '$' && i + 1 < field.len && field.ptr[i + 1] == '{') {
			out[n].kind = is_resource && i == 0 ? ANY_BUT_SLASH : ANY;
			i += lp_span_find(lp_span_from(field, i), '}') + 1;
		} else if (field.ptr[i] == '*') {
			out[n].kind = ANY;
			i++;
		} else {
			out[n] = (struct token){LITERAL, field.ptr[i++]};
		}
		n++;
	}
	return n;
}

/* One character, or any one when `any`: where each place in the pattern can go. */
static void step(const struct token *t, size_t n, const bool *now, bool *then, char c, bool any)
{
	memset(then, 0, (n + 1) * sizeof(*then));
	for (size_t j = 0; j < n; j++) {
		if (!now[j])
			continue;
		if (t[j].kind == LITERAL) {
			then[j + 1] = then[j + 1] || any || t[j].c == c;
		} else if (any || t[j].kind == ANY || c != '/') {
			then[j] = true;
			then[j + 1] = true;
		}
	}
}

/* Bytes of what AWS puts something in for, at the start of `s`; 0: none is there. */
static size_t variable_len(struct lp_span s)
{
	size_t end = s.len > 3 && s.ptr[0] == '$' && s.ptr[1] == '{' ? lp_span_find(s, '}') : s.len;

	return end == s.len || (end == 3 && memchr("*?$", s.ptr[2], 3)) ? 0 : end + 1;
}

static bool field_fits(struct lp_span have, struct lp_span pattern, bool is_resource)
{
	struct token t[TOKENS_MAX];
	bool now[TOKENS_MAX + 1] = {true}, then[TOKENS_MAX + 1];
	size_t n = tokens_of(pattern, is_resource, t);

	for (size_t i = 0; i < have.len; i++) {
		struct lp_span rest = lp_span_from(have, i);
		char c = have.ptr[i];

		if (c == '*' || variable_len(rest)) {
			bool reached = false;

			i += variable_len(rest) ? variable_len(rest) - 1 : 0;
			while (i + 1 < have.len && have.ptr[i + 1] == '*')
				i++;
			for (size_t j = 0; j <= n; j++)
				now[j] = reached = reached || now[j];
			continue;
		}
		if (rest.len >= 4 && c == '$' && rest.ptr[1] == '{' && rest.ptr[3] == '}') {
			c = rest.ptr[2]; /* ${*}: the character itself */
			i += 3;
			step(t, n, now, then, c, false);
		} else {
			step(t, n, now, then, c, c == '?');
		}
		memcpy(now, then, sizeof(now));
	}
	return now[n];
}

bool lp_resource_fits(struct lp_span resource, const char *pattern, bool owned)
{
	struct lp_span have[LP_ARN_FIELDS], type[LP_ARN_FIELDS];

	lp_arn_split(resource, have);
	lp_arn_split(lp_span_str(pattern), type);
	if (owned && !have[LP_ARN_ACCOUNT].len)
		type[LP_ARN_ACCOUNT] = have[LP_ARN_ACCOUNT];
	for (unsigned i = 0; i < LP_ARN_FIELDS; i++)
		if (!field_fits(have[i], type[i], i == LP_ARN_RESOURCE))
			return false;
	return true;
}

bool lp_type_fits(lp_iam_type t, struct lp_span resource, bool owned)
{
	for (unsigned j = 0; j < lp_iam_type_patterns(t); j++)
		if (lp_resource_fits(resource, lp_iam_type_pattern(t, j), owned))
			return true;
	return false;
}

static size_t each_of_prefix(lp_iam_prefix p, struct lp_span pattern, lp_action_fn fn, void *ctx)
{
	lp_iam_action first;
	unsigned n = lp_iam_prefix_actions(p, &first);
	size_t found = 0;

	for (unsigned i = 0; i < n; i++) {
		lp_iam_action a = (lp_iam_action)(first + i);

		if (!lp_pattern_covers(pattern, lp_span_str(lp_iam_action_name(a)),
				       LP_PATTERN_NOCASE))
			continue;
		found++;
		if (fn)
			fn(ctx, a);
	}
	return found;
}

size_t lp_each_action(struct lp_span pattern, lp_action_fn fn, void *ctx)
{
	struct lp_span service = lp_span_first(pattern, lp_span_find(pattern, ':'));
	lp_iam_prefix p = LP_IAM_NONE;
	size_t found = 0;

	if (lp_pattern_is_literal(pattern)) {
		lp_iam_action a = lp_iam_find_action(pattern);

		if (a != LP_IAM_NONE && fn)
			fn(ctx, a);
		return a != LP_IAM_NONE;
	}
	if (lp_pattern_is_literal(service))
		p = lp_iam_find_prefix(service);
	if (p != LP_IAM_NONE && !lp_newer_any())
		return each_of_prefix(p, pattern, fn, ctx);
	for (unsigned i = 0; i < lp_iam_prefix_count(); i++)
		found += each_of_prefix((lp_iam_prefix)i, pattern, fn, ctx);
	return found;
}
