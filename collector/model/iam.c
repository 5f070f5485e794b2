/* SPDX-License-Identifier: MIT */
#include "iam.h"

#include "base/hash.h"
#include "iam_data.h"
#include "newer.h"

#define NAME_MAX_LOOKED_AT 160 /* longer than any action; bounds the lower-casing buffer */

static uint16_t find(struct lp_span name, const uint16_t *slots, uint32_t mask,
		     const char *(*name_of)(uint16_t))
{
	char low[NAME_MAX_LOOKED_AT];
	uint32_t h;

	if (!name.len || name.len > sizeof(low))
		return LP_IAM_NONE;
	for (size_t i = 0; i < name.len; i++)
		low[i] = lp_ascii_lower(name.ptr[i]);
	for (h = lp_hash(low, name.len) & mask; slots[h]; h = (h + 1) & mask) {
		uint16_t n = (uint16_t)(slots[h] - 1);

		if (lp_span_caseeq(lp_span_str(name_of(n)), name))
			return n;
	}
	return LP_IAM_NONE;
}

unsigned lp_iam_prefix_count(void)
{
	return lp_iam_n_prefixes + lp_newer_prefix_count();
}

const char *lp_iam_prefix_name(lp_iam_prefix p)
{
	const struct lp_newer_prefix *newer = lp_newer_prefix(p);

	return newer ? newer->name : lp_iam_pool + lp_iam_prefixes[p].name;
}

lp_iam_prefix lp_iam_find_prefix(struct lp_span name)
{
	lp_iam_prefix p = find(name, lp_iam_prefix_slots, lp_iam_prefix_mask, lp_iam_prefix_name);

	return p == LP_IAM_NONE ? lp_newer_find_prefix(name) : p;
}

unsigned lp_iam_prefix_actions(lp_iam_prefix p, lp_iam_action *first)
{
	const struct lp_newer_prefix *newer = lp_newer_prefix(p);

	*first = newer ? newer->first_action : lp_iam_prefixes[p].first_action;
	return newer ? newer->n_actions : lp_iam_prefixes[p].n_actions;
}

unsigned lp_iam_prefix_types(lp_iam_prefix p, lp_iam_type *first)
{
	const struct lp_newer_prefix *newer = lp_newer_prefix(p);

	*first = newer ? newer->first_type : lp_iam_prefixes[p].first_type;
	return newer ? newer->n_types : lp_iam_prefixes[p].n_types;
}

unsigned lp_iam_action_count(void)
{
	return lp_iam_n_actions + lp_newer_action_count();
}

const char *lp_iam_action_name(lp_iam_action a)
{
	const struct lp_newer_action *newer = lp_newer_action(a);

	return newer ? newer->name : lp_iam_pool + lp_iam_actions[a].name;
}

lp_iam_action lp_iam_find_action(struct lp_span name)
{
	lp_iam_action a = find(name, lp_iam_action_slots, lp_iam_action_mask, lp_iam_action_name);

	return a == LP_IAM_NONE ? lp_newer_find_action(name) : a;
}

const char *lp_iam_action_level(lp_iam_action a)
{
	const struct lp_newer_action *newer = lp_newer_action(a);

	return newer ? newer->level : lp_iam_pool + lp_iam_levels[lp_iam_actions[a].level];
}

unsigned lp_iam_action_types(lp_iam_action a)
{
	const struct lp_newer_action *newer = lp_newer_action(a);

	if (a == LP_IAM_NONE)
		return 0;
	return newer ? newer->n_refs : lp_iam_actions[a].n_refs;
}

struct lp_iam_ref lp_iam_action_type(lp_iam_action a, unsigned i)
{
	const struct lp_newer_action *newer = lp_newer_action(a);
	uint16_t r;

	if (newer)
		return newer->refs[i];
	r = lp_iam_refs[lp_iam_actions[a].first_ref + i];
	return (struct lp_iam_ref){(lp_iam_type)(r & ~LP_IAM_REF_REQUIRED),
				   (r & LP_IAM_REF_REQUIRED) != 0};
}

unsigned lp_iam_action_conds(lp_iam_action a)
{
	const struct lp_newer_action *newer = lp_newer_action(a);

	return newer ? newer->n_conds : lp_iam_actions[a].n_conds;
}

const char *lp_iam_action_cond(lp_iam_action a, unsigned i)
{
	const struct lp_newer_action *newer = lp_newer_action(a);

	if (newer)
		return newer->conds[i];
	return lp_iam_pool + lp_iam_conds[lp_iam_cond_refs[lp_iam_actions[a].first_cond + i]];
}

unsigned lp_iam_action_deps(lp_iam_action a)
{
	const uint16_t *first = &lp_iam_deps[a < lp_iam_n_actions ? lp_iam_actions[a].deps : 0];

	return (unsigned)(first[1] - first[0]);
}

lp_iam_action lp_iam_action_dep(lp_iam_action a, unsigned i)
{
	return lp_iam_dep_actions[lp_iam_deps[lp_iam_actions[a].deps] + i];
}

unsigned lp_iam_type_count(void)
{
	return lp_iam_n_types + lp_newer_type_count();
}

lp_iam_prefix lp_iam_type_prefix(lp_iam_type t)
{
	const struct lp_newer_type *newer = lp_newer_type(t);

	return newer ? newer->prefix : lp_iam_types[t].prefix;
}

const char *lp_iam_type_name(lp_iam_type t)
{
	const struct lp_newer_type *newer = lp_newer_type(t);

	return newer ? newer->name : lp_iam_pool + lp_iam_types[t].name;
}

unsigned lp_iam_type_patterns(lp_iam_type t)
{
	const struct lp_newer_type *newer = lp_newer_type(t);

	return newer ? newer->n_patterns : lp_iam_types[t].n_patterns;
}

const char *lp_iam_type_pattern(lp_iam_type t, unsigned i)
{
	const struct lp_newer_type *newer = lp_newer_type(t);

	if (newer)
		return newer->patterns[i];
	return lp_iam_pool + lp_iam_patterns[lp_iam_types[t].first_pattern + i];
}

unsigned lp_iam_type_conds(lp_iam_type t)
{
	const struct lp_newer_type *newer = lp_newer_type(t);

	return newer ? newer->n_conds : lp_iam_types[t].n_conds;
}

const char *lp_iam_type_cond(lp_iam_type t, unsigned i)
{
	const struct lp_newer_type *newer = lp_newer_type(t);

	if (newer)
		return newer->conds[i];
	return lp_iam_pool + lp_iam_conds[lp_iam_cond_refs[lp_iam_types[t].first_cond + i]];
}

/* Past the variable or star that starts at `p`, or NULL when none does. */
static const char *after_variable(const char *p)
{
	if (*p == '*')
		return p + 1;
	if (p[0] != '$' || p[1] != '{')
		return NULL;
	while (*p && *p != '}')
		p++;
	return *p ? p + 1 : p;
}

/*
 * Glob over one stretch, where a variable takes at least one byte. Greedy with one point to fall
 * back to, so at worst quadratic in the length of the ARN, never more.
 */
static bool glob(const char *s, const char *end, const char *p, const char *p_end)
{
	const char *star = NULL, *back = NULL;

	for (;;) {
		const char *next = p < p_end ? after_variable(p) : NULL;

		if (next) {
			if (s == end)
				return false;
			star = next;
			back = ++s;
			p = next;
			/* "${A}${B}" is one variable of two bytes or more. */
			continue;
		}
		if (p == p_end && s == end)
			return true;
		if (p < p_end && s < end && *p == *s) {
			p++;
			s++;
			continue;
		}
		if (!star || back >= end)
			return false;
		s = ++back;
		p = star;
	}
}

static bool fits(struct lp_span arn, const char *pattern, bool no_account)
{
	const char *s = arn.ptr, *end = arn.ptr + arn.len, *p = pattern;

	if (!arn.len)
		return false;

	/* arn:partition:service:region:account: as fields, so that no variable crosses a colon. */
	for (int field = 0; field < 5; field++) {
		const char *s_end = memchr(s, ':', (size_t)(end - s));
		const char *p_end = p;

		if (!s_end)
			return false;
		while (*p_end && *p_end != ':')
			p_end++;
		if (!*p_end)
			return false;
		if (!(no_account && s == s_end && (*p == '*' || (field == 4 && *p == '$'))) &&
		    !glob(s, s_end, p, p_end))
			return false;
		s = s_end + 1;
		p = p_end + 1;
	}
	return glob(s, end, p, p + strlen(p));
}

bool lp_iam_arn_fits(struct lp_span arn, const char *pattern)
{
	return fits(arn, pattern, false);
}

bool lp_iam_arn_fits_owned(struct lp_span arn, const char *pattern)
{
	return fits(arn, pattern, true);
}

lp_iam_type lp_iam_action_takes(lp_iam_action a, struct lp_span arn)
{
	unsigned n = lp_iam_action_types(a);

	for (unsigned i = 0; i < n; i++) {
		lp_iam_type t = lp_iam_action_type(a, i).type;

		for (unsigned j = 0; j < lp_iam_type_patterns(t); j++)
			if (lp_iam_arn_fits(arn, lp_iam_type_pattern(t, j)))
				return t;
	}
	return LP_IAM_NONE;
}

unsigned lp_iam_op_actions(lp_op op, lp_iam_action *out, unsigned max)
{
	const struct lp_newer_op *newer = lp_newer_op(op);
	unsigned n = 0, i, j;

	for (i = 0; newer && i < newer->n_needs; i++)
		if (i < max)
			out[i] = newer->needs[i].action;
	if (newer || op >= lp_iam_n_ops)
		return i;
	for (i = 0; i < lp_iam_ops[op].n_acts; i++) {
		lp_iam_action a = lp_iam_acts[lp_iam_ops[op].first_act + i].action;

		for (j = 0; j < i; j++)
			if (lp_iam_acts[lp_iam_ops[op].first_act + j].action == a)
				break;
		if (j < i)
			continue;
		if (n < max)
			out[n] = a;
		n++;
	}
	return n;
}

void lp_iam_mark_bare(bool *by_action)
{
	for (unsigned op = 0; op < lp_iam_n_ops; op++) {
		for (unsigned i = 0; i < lp_iam_ops[op].n_acts; i++) {
			const struct lp_act_data *a = &lp_iam_acts[lp_iam_ops[op].first_act + i];

			if (!a->n_res && !a->n_arns &&
			    !(a->flags & (LP_ACT_DEPENDENT | LP_ACT_POSSIBLE | LP_ACT_IF_NAMED)))
				by_action[a->action] = true;
		}
	}
}

bool lp_iam_op_needs_none(lp_op op)
{
	const struct lp_newer_op *newer = lp_newer_op(op);

	if (newer)
		return newer->flags & LP_OP_UNSIGNED;
	return op < lp_iam_n_ops &&
	       ((lp_model_op_flags(op) & (LP_OP_UNSIGNED | LP_OP_BEARER)) ||
		(lp_iam_ops[op].tries == LP_IAM_OP_NONE_NEEDED && !lp_iam_ops[op].n_acts));
}

bool lp_iam_action_has_prefix_of(lp_iam_action a, struct lp_span name)
{
	struct lp_span action = lp_span_str(lp_iam_action_name(a));

	return lp_span_caseeq(lp_span_first(action, lp_span_find(action, ':')),
			      lp_span_first(name, lp_span_find(name, ':')));
}

lp_op lp_iam_op_called(struct lp_span name)
{
	struct lp_span operation = lp_span_from(name, lp_span_find(name, ':'));
	lp_iam_action first;

	if (operation.len < 2)
		return LP_OP_NONE;
	operation = lp_span_from(operation, 1);
	for (lp_op op = 0; op < lp_model_op_count(); op++)
		if (lp_span_caseeq(lp_span_str(lp_model_operation_name(op)), operation) &&
		    lp_iam_op_actions(op, &first, 1) && lp_iam_action_has_prefix_of(first, name))
			return op;
	return LP_OP_NONE;
}
