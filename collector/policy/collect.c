/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "entries.h"
#include "resolve.h"

struct collector {
	struct lp_entries *e;
	const struct lp_build_options *opts;
	struct lp_resolver *resolver;
	struct lp_resolver *plain; /* without parameters: what another policy is asked by */
};

void lp_entries_fini(struct lp_entries *e)
{
	free(e->v);
	free(e->remarks);
	free(e->names);
	*e = (struct lp_entries){0};
}

int lp_entries_push(struct lp_entries *e, const struct lp_entry *entry)
{
	if (lp_grow(&e->v, e->n, &e->cap, 256, sizeof(*e->v)))
		return -ENOMEM;
	e->v[e->n++] = *entry;
	return 0;
}

int lp_entries_remark(struct lp_entries *e, const struct lp_entry *entry, uint32_t reason)
{
	if (lp_grow(&e->remarks, e->n_remarks, &e->cap_remarks, 64, sizeof(*e->remarks)))
		return -ENOMEM;
	e->remarks[e->n_remarks++] = (struct lp_remark_entry){*entry, reason};
	return 0;
}

/* Whether the person wants to see this one, by what another policy says of it. */
static bool asked_for(struct lp_resolver *r, const struct lp_build_options *opts,
		      const struct lp_record *rec, const struct lp_resolved *resolved)
{
	/* A source that named no resource proves the action only. */
	const char *resource = rec->flags & LP_GRANT_UNPINNED ? NULL : resolved->resource.ptr;

	const char *context;

	if (!opts->within && !opts->beyond)
		return true;
	context = lp_resolve_context(r, rec, resolved);
	if (opts->within &&
	    lp_evaluate(opts->within, rec->action, resource, context, NULL) != LP_ALLOWED)
		return false;
	return !opts->beyond ||
	       lp_evaluate(opts->beyond, rec->action, resource, context, NULL) != LP_ALLOWED;
}

static int take(void *ctx, const struct lp_record *rec)
{
	const unsigned remarkable = LP_GRANT_POSSIBLE | LP_GRANT_DENIED | LP_GRANT_DEPENDENT;
	struct collector *c = ctx;
	struct lp_intern *strs = c->e->strs;
	struct lp_entry entry = {.flags = rec->flags};
	struct lp_span group = lp_span_of(NULL, 0);
	struct lp_resolved resolved;
	uint32_t reason;
	int err;

	if ((c->opts->only_denied && !rec->denied) ||
	    (c->opts->workload && strcmp(c->opts->workload, rec->workload) != 0))
		return 0;
	err = lp_resolve(c->resolver, rec, &resolved);
	if (err || !lp_is_identity(c->opts->identity, resolved.who))
		return err;
	if (c->plain) {
		struct lp_resolved plain;

		err = lp_resolve(c->plain, rec, &plain);
		if (err || !asked_for(c->plain, c->opts, rec, &plain))
			return err;
	}
	if (c->opts->per == LP_PER_IDENTITY)
		group = resolved.who;
	else if (c->opts->per == LP_PER_PROGRAM)
		group = lp_span_str(rec->program);
	err = lp_intern(strs, group, &entry.group);
	if (!err)
		err = lp_intern(strs, lp_span_str(rec->action), &entry.action);
	if (!err)
		err = lp_intern(strs, resolved.resource, &entry.resource);
	if (!err)
		err = lp_intern(strs, resolved.conditions, &entry.cond);
	if (!err && (rec->flags & remarkable)) {
		err = lp_intern(strs, lp_span_str(rec->reason), &reason);
		if (!err)
			err = lp_entries_remark(c->e, &entry, reason);
	}
	if (err || (rec->flags & LP_GRANT_POSSIBLE))
		return err;
	entry.flags &= LP_GRANT_UNPINNED;
	return lp_entries_push(c->e, &entry);
}

int lp_entries_collect(struct lp_entries *e, const struct lp_ledger *l,
		       const struct lp_build_options *opts)
{
	struct collector c = {.e = e, .opts = opts};
	struct lp_build_options plain = *opts;
	int err = lp_intern(e->strs, LP_SPAN(""), &e->none);

	if (!err)
		err = lp_resolver_new(l, opts, &c.resolver);
	if (opts->params.account)
		plain.account = NULL;
	if (opts->params.region)
		plain.region = NULL;
	if (opts->params.partition)
		plain.partition = NULL;
	if (!err && (opts->within || opts->beyond))
		err = lp_resolver_new(l, &plain, &c.plain);
	if (!err)
		err = lp_ledger_each(l, take, &c);
	lp_resolver_free(c.plain);
	lp_resolver_free(c.resolver);
	return err;
}

int lp_entry_compare(const void *a, const void *b)
{
	const struct lp_entry *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->action != y->action)
		return x->action < y->action ? -1 : 1;
	if (x->resource != y->resource)
		return x->resource < y->resource ? -1 : 1;
	if (x->cond != y->cond)
		return x->cond < y->cond ? -1 : 1;
	return 0;
}

static void sort_unique(struct lp_entries *e)
{
	size_t kept = 0;

	if (e->n)
		qsort(e->v, e->n, sizeof(*e->v), lp_entry_compare);
	for (size_t i = 0; i < e->n; i++)
		if (!kept || lp_entry_compare(&e->v[kept - 1], &e->v[i]))
			e->v[kept++] = e->v[i];
	e->n = kept;
}

/* Which actions have evidence that names resources, by policy. */
enum pinned {
	PINNED_ANYWHERE = 1 << 0,
	PINNED_UNKNOWN = 1 << 1, /* by the unknown caller */
};

int lp_entries_pin(struct lp_entries *e)
{
	uint8_t *pinned = calloc(e->strs->n_strs + 1, 1);
	size_t kept = 0;

	if (!pinned)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++)
		if (!e->v[i].flags)
			pinned[e->v[i].action] |=
				(uint8_t)(PINNED_ANYWHERE |
					  (e->v[i].group == e->none ? PINNED_UNKNOWN : 0));
	if (e->n)
		qsort(e->v, e->n, sizeof(*e->v), lp_entry_compare);
	for (size_t i = 0; i < e->n;) {
		bool own = false;
		size_t j = i;

		for (;
		     j < e->n && e->v[j].group == e->v[i].group && e->v[j].action == e->v[i].action;
		     j++)
			own = own || !e->v[j].flags;
		for (; i < j; i++) {
			struct lp_entry *v = &e->v[i];
			uint8_t others = v->group == e->none ? PINNED_ANYWHERE : PINNED_UNKNOWN;

			if (v->flags && (own || (pinned[v->action] & others)))
				continue;
			v->flags = 0;
			e->v[kept++] = *v;
		}
	}
	e->n = kept;
	free(pinned);
	sort_unique(e);
	return 0;
}

/* --- order ------------------------------------------------------------------------------------ */

static int compare_ids(const void *a, const void *b, void *strs)
{
	return strcmp(lp_intern_str(strs, *(const uint32_t *)a),
		      lp_intern_str(strs, *(const uint32_t *)b));
}

static void renumber(struct lp_entry *v, const uint32_t *rank)
{
	v->group = rank[v->group];
	v->action = rank[v->action];
	v->resource = rank[v->resource];
	v->cond = rank[v->cond];
}

int lp_entries_rank(struct lp_entries *e)
{
	uint32_t n = e->strs->n_strs;
	uint32_t *ids = calloc(n + 1, sizeof(*ids));
	uint32_t *rank = calloc(n + 1, sizeof(*rank));
	int err = -ENOMEM;

	e->names = calloc(n + 1, sizeof(*e->names));
	if (!ids || !rank || !e->names)
		goto out;
	for (uint32_t i = 0; i < n; i++)
		ids[i] = i;
	qsort_r(ids, n, sizeof(*ids), compare_ids, e->strs);
	for (uint32_t r = 0; r < n; r++) {
		rank[ids[r]] = r;
		e->names[r] = lp_intern_str(e->strs, ids[r]);
	}
	for (size_t i = 0; i < e->n; i++)
		renumber(&e->v[i], rank);
	for (size_t i = 0; i < e->n_remarks; i++) {
		renumber(&e->remarks[i].entry, rank);
		e->remarks[i].reason = rank[e->remarks[i].reason];
	}
	e->none = rank[e->none];
	e->n_names = n;
	sort_unique(e);
	err = 0;
out:
	free(ids);
	free(rank);
	return err;
}
