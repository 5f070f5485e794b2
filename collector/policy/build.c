/* SPDX-License-Identifier: MIT */
#include "build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/log.h"
#include "condset.h"
#include "entries.h"
#include "evaluate.h"

/*
 * Comparisons for the check of one policy, some seconds' worth. Evidence that needs more has
 * thousands of patterns, or of conditions, for one and the same thing.
 */
#ifndef CHECK_EFFORT_MAX
#define CHECK_EFFORT_MAX (200u * 1000 * 1000)
#endif

/* Source: "IAM and AWS STS quotas", characters without white space. */
static const size_t limits[] = {
	[LP_LIMIT_MANAGED] = 6144, [LP_LIMIT_ROLE] = 10240, [LP_LIMIT_GROUP] = 5120,
	[LP_LIMIT_USER] = 2048,	   [LP_LIMIT_NONE] = 0,
};

size_t lp_size_limit_bytes(enum lp_size_limit limit)
{
	return limits[limit];
}

/* Index of the word in the list, or -1. */
static int find_word(const char *const *words, size_t n, struct lp_span word)
{
	for (size_t i = 0; i < n; i++)
		if (lp_span_eq(word, lp_span_str(words[i])))
			return (int)i;
	return -1;
}

bool lp_per_of(const char *word, enum lp_per *out)
{
	static const char *const words[] = {
		[LP_PER_IDENTITY] = "identity",
		[LP_PER_PROGRAM] = "program",
		[LP_PER_ALL] = "all",
	};
	int i = find_word(words, LP_ARRAY_LEN(words), lp_span_str(word));

	if (i >= 0)
		*out = (enum lp_per)i;
	return i >= 0;
}

static const char *const limit_words[] = {
	[LP_LIMIT_MANAGED] = "managed", [LP_LIMIT_ROLE] = "role", [LP_LIMIT_GROUP] = "group",
	[LP_LIMIT_USER] = "user",	[LP_LIMIT_NONE] = "none",
};

const char *lp_size_limit_word(enum lp_size_limit limit)
{
	return limit_words[limit];
}

bool lp_size_limit_of(const char *word, enum lp_size_limit *out)
{
	int i = find_word(limit_words, LP_ARRAY_LEN(limit_words), lp_span_str(word));

	if (i >= 0)
		*out = (enum lp_size_limit)i;
	return i >= 0;
}

bool lp_generalize_of(const char *words, unsigned *mask)
{
	/* By bit of enum lp_generalize. */
	static const char *const known[] = {"prefix", "generated", "account-wide", "service-wide"};
	struct lp_span rest = lp_span_str(words);

	do {
		struct lp_span word = lp_span_first(rest, lp_span_find(rest, ','));
		int i = find_word(known, LP_ARRAY_LEN(known), word);

		if (i < 0)
			return false;
		*mask |= 1u << i;
		rest = lp_span_from(rest, word.len + 1);
	} while (rest.len);
	return true;
}

void lp_policy_each(const struct lp_policy *p, lp_permission_fn fn, void *ctx)
{
	for (size_t d = 0; d < p->n_documents; d++)
		for (size_t s = 0; s < p->documents[d].n_statements; s++) {
			const struct lp_statement *st = &p->documents[d].statements[s];

			for (size_t a = 0; a < st->actions.n; a++)
				for (size_t r = 0; r < st->resources.n; r++)
					fn(ctx, st->actions.items[a], st->resources.items[r]);
		}
}

static void report(const struct lp_policy *p, const char *action, const char *resource,
		   struct lp_span context)
{
	struct lp_condset_item item;

	lp_print(stderr, "leastpriv: the policy for %s would refuse %s on %s",
		 p->identity[0] ? p->identity : "the unknown caller", action, resource);
	while (lp_condset_next(&context, &item))
		lp_print(stderr, " with %.*s=%.*s", (int)item.key.len, item.key.ptr,
			 (int)item.value.len, item.value.ptr);
	fprintf(stderr, ": please report this\n");
}

struct checker {
	const struct lp_evaluator *ev;
	const struct lp_policy *p;
	struct lp_near near;
	size_t effort;
	char *buf; /* room for any context */
};

/*
 * An entry of several calls that differ in one value: the context of each of them in turn. False
 * when there was no effort left to tell.
 */
static bool check_entry(struct checker *c, const char *action, const char *resource,
			const char *cond, int *err)
{
	struct lp_span context = lp_span_str(cond);

	do {
		struct lp_span one = context;

		if (lp_condset_is_joined(lp_span_str(cond)))
			one.len = lp_span_find(one, LP_CONDSET_END) + 1;
		context = lp_span_from(context, one.len);
		if (one.len)
			memcpy(c->buf, one.ptr, one.len);
		c->buf[one.len] = '\0';
		if (lp_evaluate_next(c->ev, action, resource, c->buf, &c->near, &c->effort))
			continue;
		if (!c->effort)
			return false;
		report(c->p, action, resource, one);
		*err = -EPROTO;
	} while (context.len);
	return true;
}

static void report_unchecked(const struct lp_policy *p, size_t checked, size_t n)
{
	lp_print(stderr,
		 "leastpriv: the policy for %s was checked against %zu of its %zu permissions: the "
		 "others have too much in common\n",
		 p->identity[0] ? p->identity : "the unknown caller", checked, n);
}

/* Every entry, those left out as covered too, must be allowed by the documents. */
static int check(const struct lp_entries *e, const struct lp_entry *v, size_t n,
		 const struct lp_policy *p)
{
	struct checker c = {.p = p, .effort = CHECK_EFFORT_MAX};
	struct lp_evaluator *ev;
	size_t longest = 0, i = 0;
	char *buf;
	int err = lp_evaluator_new(p->documents, p->n_documents, &ev);

	if (err)
		return err;
	for (; i < n; i++) {
		size_t len = strlen(e->names[v[i].cond]);

		longest = len > longest ? len : longest;
	}
	buf = malloc(longest + 1);
	c.ev = ev;
	c.buf = buf;
	if (!buf)
		err = -ENOMEM;
	for (i = 0; buf && i < n; i++)
		if (!check_entry(&c, e->names[v[i].action], e->names[v[i].resource],
				 e->names[v[i].cond], &err))
			break;
	if (buf && i < n)
		report_unchecked(p, i, n);
	free(buf);
	lp_evaluator_free(ev);
	return err;
}

static int compare_ids(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Distinct actions and resources of `n` entries sorted by action; `ids` has room for `n`. */
static void count(const struct lp_entry *v, size_t n, uint32_t *ids, struct lp_policy *p)
{
	for (size_t i = 0; i < n; i++) {
		ids[i] = v[i].resource;
		p->n_actions += i == 0 || v[i - 1].action != v[i].action;
	}
	qsort(ids, n, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < n; i++)
		p->n_resources += i == 0 || ids[i - 1] != ids[i];
}

/* One policy from `n` entries of one group. */
static int build_policy(struct lp_entries *e, const struct lp_entry *v, size_t n,
			const struct lp_build_options *opts, struct lp_policy_set *set,
			struct lp_policy *p)
{
	struct lp_entry *left = calloc(n, sizeof(*left));
	uint32_t *ids = calloc(n, sizeof(*ids));
	struct lp_document all;
	size_t n_left;
	int err = -ENOMEM;

	if (!left || !ids)
		goto out;
	memcpy(left, v, n * sizeof(*left));
	n_left = lp_entries_subsume(e, left, n);
	count(left, n_left, ids, p);
	err = lp_entries_join(e, left, n_left, &n_left);
	if (!err)
		err = lp_group_entries(e, left, n_left, opts, &set->arena, &all);
	if (!err)
		err = lp_name_statements(&all, &set->arena);
	for (size_t i = 0; !err && opts->shrink && i < all.n_statements; i++)
		err = lp_shrink_actions(&all.statements[i], &set->arena);
	if (!err)
		err = lp_split_documents(&all, limits[opts->limit], &set->arena, &p->documents,
					 &p->n_documents);
	if (!err)
		err = check(e, v, n, p);
out:
	free(ids);
	free(left);
	return err;
}

static int compare_remarks(const void *a, const void *b)
{
	const struct lp_remark_entry *x = a, *y = b;
	int c = lp_entry_compare(&x->entry, &y->entry);

	if (!c && x->reason != y->reason)
		c = x->reason < y->reason ? -1 : 1;
	return c ? c : (x->entry.flags > y->entry.flags) - (x->entry.flags < y->entry.flags);
}

/* True when the entries, sorted, grant the action on the resource. */
static bool granted(const struct lp_entries *e, const struct lp_entry *want)
{
	size_t low = 0, high = e->n;
	struct lp_entry least = *want;

	least.cond = 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (lp_entry_compare(&e->v[mid], &least) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < e->n && e->v[low].group == want->group && e->v[low].action == want->action &&
	       e->v[low].resource == want->resource;
}

/*
 * The remarks of one group; suggestions of what is granted anyway are left out. Both come sorted by
 * group: *next is the first remark that no group before had, and is moved behind this one's.
 */
static int add_remarks(struct lp_entries *e, uint32_t group, size_t *next,
		       struct lp_policy_set *set, struct lp_policy *p)
{
	struct lp_remark *out;
	size_t i = *next, end;

	while (i < e->n_remarks && e->remarks[i].entry.group < group)
		i++;
	for (end = i; end < e->n_remarks && e->remarks[end].entry.group == group;)
		end++;
	*next = end;
	if (i == end)
		return 0;
	out = lp_arena_alloc(&set->arena, (end - i) * sizeof(*out));
	if (!out)
		return -ENOMEM;
	p->remarks = out;
	for (; i < end; i++) {
		const struct lp_remark_entry *r = &e->remarks[i];

		if (((r->entry.flags & LP_GRANT_POSSIBLE) && granted(e, &r->entry)) ||
		    (i && !compare_remarks(r - 1, r)))
			continue;
		out[p->n_remarks++] = (struct lp_remark){
			.flags = r->entry.flags,
			.action = e->names[r->entry.action],
			.resource = e->names[r->entry.resource],
			.reason = e->names[r->reason],
		};
	}
	return 0;
}

/* As names of files, where some systems do not tell case apart, and of Terraform's resources. */
static char folded(char c)
{
	return lp_ascii_alnum(c) || !c ? lp_ascii_lower(c) : '_';
}

/* Names that are taken, folded, and by name the last number that was put behind it. */
struct taken {
	struct lp_intern names;
	unsigned *numbers;
	size_t cap;
};

/* The folded name of a policy's document: "name", "name_2" and so on. */
static struct lp_span folded_name(const struct lp_policy *p, size_t document, char *buf,
				  size_t size)
{
	size_t n = 0;

	for (; p->name[n]; n++)
		buf[n] = folded(p->name[n]);
	if (document)
		n += (size_t)snprintf(buf + n, size - n, "_%zu", document + 1);
	return lp_span_of(buf, n);
}

static bool is_taken(const struct taken *t, const struct lp_policy *p)
{
	char buf[sizeof(p->name) + 24];
	bool found = false;

	for (size_t d = 0; d < p->n_documents && !found; d++)
		found = lp_intern_find(&t->names, folded_name(p, d, buf, sizeof(buf))) !=
			LP_INTERN_NONE;
	return found;
}

static int take_names(struct taken *t, const struct lp_policy *p)
{
	char buf[sizeof(p->name) + 24];
	uint32_t id;
	int err = 0;

	for (size_t d = 0; d < p->n_documents && !err; d++)
		err = lp_intern(&t->names, folded_name(p, d, buf, sizeof(buf)), &id);
	return err;
}

static int name_policy(struct taken *t, struct lp_policy *p, enum lp_per per)
{
	char plain[sizeof(p->name)], buf[sizeof(p->name) + 24];
	unsigned own = 1, *number = &own;
	uint32_t id;

	/* That of everybody together is of no unknown one. */
	if (per == LP_PER_ALL)
		snprintf(p->name, sizeof(p->name), "leastpriv");
	else
		lp_identity_name(lp_span_str(p->identity), p->name, sizeof(p->name) - 16);
	memcpy(plain, p->name, sizeof(plain));
	id = lp_intern_find(&t->names, folded_name(p, 0, buf, sizeof(buf)));
	if (id != LP_INTERN_NONE) {
		if (lp_grow_zeroed(&t->numbers, id, &t->cap, 16, sizeof(*t->numbers)))
			return -ENOMEM;
		number = &t->numbers[id];
		*number += !*number;
	}
	while (is_taken(t, p))
		snprintf(p->name, sizeof(p->name), "%.*s-%u", (int)sizeof(plain) - 16, plain,
			 ++*number);
	return take_names(t, p);
}

static int name_policies(struct lp_policy_set *set, enum lp_per per)
{
	struct taken t = {.numbers = NULL};
	int err = 0;

	lp_intern_init(&t.names);
	for (size_t i = 0; i < set->n_policies && !err; i++)
		err = name_policy(&t, &set->policies[i], per);
	lp_intern_fini(&t.names);
	free(t.numbers);
	return err;
}

static size_t count_groups(const struct lp_entries *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		n += i == 0 || e->v[i - 1].group != e->v[i].group;
	return n;
}

static const char *keep(const char *s, struct lp_policy_set *set, int *err)
{
	const char *mine = s ? lp_arena_strndup(&set->arena, lp_span_str(s)) : NULL;

	if (s && !mine)
		*err = -ENOMEM;
	return mine;
}

static int keep_params(const struct lp_params *from, struct lp_policy_set *set,
		       struct lp_params *to)
{
	int err = 0;

	to->account = keep(from->account, set, &err);
	to->region = keep(from->region, set, &err);
	to->partition = keep(from->partition, set, &err);
	return err;
}

static int build_all(struct lp_entries *e, const struct lp_build_options *opts,
		     struct lp_policy_set *set)
{
	size_t n = count_groups(e), next_remark = 0;
	int err = 0;

	set->policies = lp_arena_alloc(&set->arena, (n ? n : 1) * sizeof(*set->policies));
	if (!set->policies)
		return -ENOMEM;
	memset(set->policies, 0, (n ? n : 1) * sizeof(*set->policies));
	if (e->n_remarks)
		qsort(e->remarks, e->n_remarks, sizeof(*e->remarks), compare_remarks);
	for (size_t i = 0; !err && i < e->n;) {
		struct lp_policy *p = &set->policies[set->n_policies++];
		size_t j = i;

		while (j < e->n && e->v[j].group == e->v[i].group)
			j++;
		p->identity = e->names[e->v[i].group];
		err = build_policy(e, &e->v[i], j - i, opts, set, p);
		if (!err)
			err = add_remarks(e, e->v[i].group, &next_remark, set, p);
		i = j;
	}
	if (!err && !n) {
		struct lp_document none = {0};
		struct lp_policy *p = &set->policies[set->n_policies++];

		p->identity = "";
		err = lp_split_documents(&none, 0, &set->arena, &p->documents, &p->n_documents);
	}
	if (!err)
		err = name_policies(set, opts->per);
	for (size_t i = 0; !err && i < set->n_policies; i++)
		err = keep_params(&opts->params, set, &set->policies[i].params);
	return err;
}

int lp_build(const struct lp_ledger *l, const struct lp_build_options *opts,
	     struct lp_policy_set *out)
{
	struct lp_entries e = {.strs = &out->strs};
	int err;

	*out = (struct lp_policy_set){0};
	lp_arena_init(&out->arena, SIZE_MAX / 2);
	lp_intern_init(&out->strs);
	err = lp_entries_collect(&e, l, opts);
	if (!err)
		err = lp_entries_pin(&e);
	if (!err)
		err = lp_entries_offer(&e, opts);
	if (!err)
		err = lp_entries_generalize(&e, opts);
	if (!err)
		err = lp_entries_rank(&e);
	if (!err)
		err = build_all(&e, opts, out);
	lp_entries_fini(&e);
	if (err)
		lp_policy_set_fini(out);
	return err;
}

void lp_policy_set_fini(struct lp_policy_set *set)
{
	lp_arena_fini(&set->arena);
	lp_intern_fini(&set->strs);
	*set = (struct lp_policy_set){0};
}
