/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/intern.h"
#include "base/utf8.h"
#include "condset.h"
#include "denied.h"

#define SCRATCH_MAX   (4 * 1024 * 1024) /* bytes for the facts and conditions of one call */
#define FIRST_SLOTS   256
#define OPERATION_MAX 256 /* bytes of a service id or an operation's name */

/* What a bounded ledger reckons with beside the bytes themselves, tables that grow included. */
#define STR_COST       64
#define REC_COST       (2 * sizeof(struct rec))
#define FACT_COST      192
#define SHARE_MIN      (16u * 1024) /* what each process may have, however much others took */
#define WORKLOADS_MAX  1024u
#define WORKLOAD_OTHER "other" /* where those past WORKLOADS_MAX go */

/* Flags of our own, beside enum lp_grant_flags. */
#define REC_PRINCIPAL (1u << 12) /* `who` is a principal, not an access key id */
#define REC_DENIED    (1u << 13)
#define REC_UNKNOWN   (1u << 14) /* a call without grants: `resource` is the reason */
#define REC_OWN	      (REC_PRINCIPAL | REC_DENIED | REC_UNKNOWN)

#define SEVERAL 1 /* id of LP_REGIONS */

/* What makes a record the same as another: ids of strings, and flags. Compared as bytes. */
struct key {
	uint32_t who, program, workload, operation, outcome, action, resource, conditions, reason;
	uint32_t flags;
};

struct rec {
	struct key key;
	uint32_t sources;
	uint32_t region; /* 0: not told; SEVERAL */
	int32_t unsaved; /* of `count`, see lp_ledger_each_unsaved */
	uint64_t count;
	int64_t first_ns, last_ns;
};

/* By number of the workload in key.workload. */
struct share {
	struct lp_workload is;
	size_t bytes;
};

struct lp_ledger {
	struct lp_intern strs;
	struct lp_identities *ids;
	struct lp_unseen_set unseen;
	struct rec *recs;
	uint32_t n_recs, cap_recs;
	uint32_t *slots;  /* open addressing: index + 1, 0 is free */
	uint32_t n_slots; /* a power of two */
	struct lp_arena scratch;
	struct lp_ledger_counts counts;
	struct lp_trace last;
	uint32_t *touched; /* by the last call */
	size_t n_touched, cap_touched;
	struct lp_intern workloads;
	struct share *shares; /* as many as there are workloads */
	size_t cap_shares;
	uint32_t now;	   /* workload of the call that is being added */
	size_t *process;   /* share of its process, or NULL */
	size_t max, bytes; /* max 0: no bound */
	bool fair;
};

int lp_ledger_new(struct lp_ledger **out)
{
	struct lp_ledger *l = calloc(1, sizeof(*l));
	uint32_t id;
	int err;

	if (!l)
		return -ENOMEM;
	lp_intern_init(&l->strs);
	lp_intern_init(&l->workloads);
	lp_unseen_init(&l->unseen);
	lp_arena_init(&l->scratch, SCRATCH_MAX);
	err = lp_identities_new(&l->ids);
	if (!err)
		err = lp_intern(&l->strs, lp_span_of("", 0), &id); /* 0 */
	if (!err)
		err = lp_intern(&l->strs, LP_SPAN(LP_REGIONS), &id); /* SEVERAL */
	if (err) {
		lp_ledger_free(l);
		return err;
	}
	*out = l;
	return 0;
}

void lp_ledger_free(struct lp_ledger *l)
{
	if (!l)
		return;
	lp_intern_fini(&l->strs);
	lp_intern_fini(&l->workloads);
	free(l->shares);
	lp_identities_free(l->ids);
	lp_unseen_fini(&l->unseen);
	lp_arena_fini(&l->scratch);
	free(l->recs);
	free(l->touched);
	free(l->slots);
	free(l);
}

const struct lp_identities *lp_ledger_identities(const struct lp_ledger *l)
{
	return l->ids;
}

static uint32_t hash_of(const struct key *k)
{
	const uint32_t *w = &k->who;
	uint64_t h = 0x9e3779b97f4a7c15ull;

	_Static_assert(sizeof(*k) == 10 * sizeof(uint32_t), "a key has no padding");
	for (unsigned i = 0; i < 10; i++) {
		h = (h ^ w[i]) * 0xff51afd7ed558ccdull;
		h ^= h >> 29;
	}
	return (uint32_t)(h >> 32);
}

static int grow(struct lp_ledger *l)
{
	if (l->n_recs == l->cap_recs) {
		/* Half as much again: a full ledger is large, and realloc may need both at once. */
		uint32_t cap = l->cap_recs ? l->cap_recs + l->cap_recs / 2 : FIRST_SLOTS / 2;
		struct rec *recs;

		if (cap >= INT32_MAX / 2)
			return -ENOMEM;
		recs = realloc(l->recs, cap * sizeof(*recs));
		if (!recs)
			return -ENOMEM;
		l->recs = recs;
		l->cap_recs = cap;
	}
	if (l->n_recs + 1 > l->n_slots / 2) {
		uint32_t n = l->n_slots ? l->n_slots * 2 : FIRST_SLOTS;
		uint32_t *slots = calloc(n, sizeof(*slots));

		if (!slots)
			return -ENOMEM;
		for (uint32_t r = 0; r < l->n_recs; r++) {
			uint32_t i = hash_of(&l->recs[r].key) & (n - 1);

			while (slots[i])
				i = (i + 1) & (n - 1);
			slots[i] = r + 1;
		}
		free(l->slots);
		l->slots = slots;
		l->n_slots = n;
	}
	return 0;
}

static void trace(struct lp_ledger *l, uint32_t rec)
{
	/* Without memory it is saved once more. */
	if (!lp_grow(&l->touched, l->n_touched, &l->cap_touched, 16, sizeof(*l->touched)))
		l->touched[l->n_touched++] = rec;
	if (l->last.n < LP_TRACE_MAX)
		l->last.rec[l->last.n] = rec;
	if (l->last.n <= LP_TRACE_MAX)
		l->last.n++;
}

static void seen_at(struct rec *r, int64_t first_ns, int64_t last_ns)
{
	if (first_ns && (!r->first_ns || first_ns < r->first_ns))
		r->first_ns = first_ns;
	if (last_ns > r->last_ns)
		r->last_ns = last_ns;
}

/* --- workloads and bounds --------------------------------------------------------------------- */

void lp_ledger_limit(struct lp_ledger *l, size_t bytes, bool fair)
{
	l->max = bytes;
	l->fair = fair;
}

static int enter(struct lp_ledger *l, struct lp_span workload)
{
	uint32_t id = lp_intern_find(&l->workloads, workload);
	int err = 0;

	if (id == LP_INTERN_NONE && l->workloads.n_strs >= WORKLOADS_MAX)
		workload = LP_SPAN(WORKLOAD_OTHER);
	if (id == LP_INTERN_NONE)
		err = lp_intern(&l->workloads, workload, &id);
	if (err)
		return err;
	if (lp_grow_zeroed(&l->shares, id, &l->cap_shares, 4, sizeof(*l->shares)))
		return -ENOMEM;
	l->shares[id].is.name = lp_intern_str(&l->workloads, id);
	l->now = id;
	return 0;
}

size_t lp_ledger_workloads(const struct lp_ledger *l)
{
	return l->workloads.n_strs;
}

const struct lp_workload *lp_ledger_workload(const struct lp_ledger *l, size_t i)
{
	return &l->shares[i].is;
}

/*
 * Room for something new of the call that is being added. What one process or workload may have
 * shrinks as the ledger fills, so that there is always room for another, and never below a little:
 * whoever floods shall not keep out who has few things to say.
 */
static int charge(struct lp_ledger *l, size_t bytes)
{
	struct share *w = &l->shares[l->now];
	size_t left = l->max > l->bytes ? l->max - l->bytes : 0;
	size_t have = l->process ? *l->process + bytes : w->bytes + bytes;

	if (!l->max)
		return 0;
	if (bytes > left ||
	    (l->fair && have > SHARE_MIN && (have > left / 2 || w->bytes + bytes > left)))
		return -EDQUOT;
	l->bytes += bytes;
	w->bytes += bytes;
	if (l->process)
		*l->process += bytes;
	return 0;
}

/* lp_intern within the bounds. */
static int keep(struct lp_ledger *l, struct lp_span s, uint32_t *id)
{
	int err = 0;

	*id = l->max ? lp_intern_find(&l->strs, s) : LP_INTERN_NONE;
	if (*id == LP_INTERN_NONE)
		err = charge(l, s.len + STR_COST);
	if (*id == LP_INTERN_NONE && !err)
		err = lp_intern(&l->strs, s, id);
	return err;
}

static int32_t unsaved(int32_t have, uint64_t more)
{
	return more < INT32_MAX / 2 && have < INT32_MAX / 2 ? have + (int32_t)more : have;
}

/* The union of `in` with the record of the same key. */
static int put(struct lp_ledger *l, const struct rec *in)
{
	uint32_t i;
	struct rec *r;
	int err;

	l->shares[in->key.workload].is.changes++;
	if (grow(l))
		return -ENOMEM;
	i = hash_of(&in->key) & (l->n_slots - 1);
	for (; l->slots[i]; i = (i + 1) & (l->n_slots - 1)) {
		r = &l->recs[l->slots[i] - 1];
		if (memcmp(&r->key, &in->key, sizeof(in->key)))
			continue;
		if (in->region && r->region != in->region)
			r->region = r->region ? SEVERAL : in->region;
		r->sources |= in->sources;
		r->count = lp_count_add(r->count, in->count);
		r->unsaved = unsaved(r->unsaved, in->count);
		seen_at(r, in->first_ns, in->last_ns);
		trace(l, l->slots[i] - 1);
		return 0;
	}
	err = charge(l, REC_COST);
	if (err)
		return err;
	l->shares[in->key.workload].is.news++;
	l->recs[l->n_recs] = *in;
	trace(l, l->n_recs);
	l->slots[i] = ++l->n_recs;
	return 0;
}

/* Bytes that are not UTF-8 would not survive a call log: live and logged must be the same. */
static int name_id(struct lp_ledger *l, struct lp_span s, uint32_t *id)
{
	struct lp_span clean = lp_utf8_clean(s, &l->scratch);

	return s.len && !clean.ptr ? -ENOMEM : keep(l, clean, id);
}

static int str_id(struct lp_ledger *l, const char *s, uint32_t *id)
{
	return name_id(l, lp_span_str(s), id);
}

static int add_fact(struct lp_ledger *l, const struct lp_fact *fact)
{
	struct lp_fact clean = {
		.access_key = lp_utf8_clean(fact->access_key, &l->scratch),
		.kind = fact->kind,
		.value = lp_utf8_clean(fact->value, &l->scratch),
	};

	int err = 0;

	if (l->max && !lp_identities_has(l->ids, &clean))
		err = charge(l, clean.access_key.len + clean.value.len + FACT_COST);
	return err ? err : lp_identities_add(l->ids, &clean);
}

/* "service:operation"; too long a name, which only a hostile one is, is cut. */
static int operation_id(struct lp_ledger *l, const struct lp_call *call, uint32_t *id)
{
	struct lp_span service = lp_span_first(lp_span_str(call->service), OPERATION_MAX);
	struct lp_span operation = lp_span_first(lp_span_str(call->operation), OPERATION_MAX);
	char name[2 * OPERATION_MAX + 1];
	size_t n = service.len;

	if (n)
		memcpy(name, service.ptr, n);
	name[n++] = ':';
	if (operation.len)
		memcpy(name + n, operation.ptr, operation.len);
	return name_id(l, lp_span_of(name, n + operation.len), id);
}

/* The parts of a record that all grants of a call share. */
static int start(struct lp_ledger *l, const struct lp_call *call, const struct lp_repeats *repeats,
		 struct rec *r)
{
	bool denied = lp_outcome_denied(call->error_code, call->status);
	struct lp_span outcome = call->error_code;
	int err;

	*r = (struct rec){
		.sources = repeats->sources,
		.count = repeats->count,
		.first_ns = call->time_ns,
		.last_ns = repeats->last_ns,
		.key.workload = l->now,
	};
	r->unsaved = unsaved(0, r->count);
	if (denied) {
		r->key.flags |= REC_DENIED;
		if (!outcome.len)
			outcome = LP_SPAN("403");
	}
	if (!call->access_key.len && call->principal.len) {
		struct lp_span p = lp_principal_of(call->principal, &l->scratch);

		if (!p.len)
			return -ENOMEM;
		r->key.flags |= REC_PRINCIPAL;
		err = name_id(l, p, &r->key.who);
	} else {
		err = name_id(l, call->access_key, &r->key.who);
	}
	if (!err)
		err = name_id(l, call->program, &r->key.program);
	if (!err)
		err = name_id(l, outcome, &r->key.outcome);
	if (!err)
		err = operation_id(l, call, &r->key.operation);
	if (err)
		return err;
	err = name_id(l, call->region, &r->region);
	if (err == -EDQUOT)
		r->region =
			SEVERAL; /* for all that is known; the call itself is one that has room */
	return err == -EDQUOT ? 0 : err;
}

static int add_grant(struct lp_ledger *l, const struct rec *call, const struct lp_grant *g)
{
	const char *conditions = lp_condset_make(g->conditions, g->n_conditions, &l->scratch);
	struct rec r = *call;
	int err;

	if (!conditions)
		return -ENOMEM;
	r.key.flags |= g->flags & ~REC_OWN;
	err = str_id(l, g->action, &r.key.action);
	if (!err)
		err = str_id(l, conditions, &r.key.conditions);
	if (!err)
		err = str_id(l, g->reason, &r.key.reason);
	/* What there is no room for does not keep out what is there already. */
	for (size_t i = 0; (!err || err == -EDQUOT) && i < g->n_resources; i++) {
		int one = str_id(l, g->resources[i], &r.key.resource);

		if (!one)
			one = put(l, &r);
		err = one ? one : err;
	}
	return err;
}

static int add_call(struct lp_ledger *l, const struct lp_call *call,
		    const struct lp_repeats *repeats)
{
	const struct lp_fact *facts;
	struct lp_grant denied;
	struct rec r;
	size_t n;
	bool full = false;
	int err;

	l->process = call->share;
	lp_arena_reset(&l->scratch);
	err = enter(l, call->workload);
	if (!err)
		err = lp_facts_of(call, &l->scratch, &facts, &n);
	for (size_t i = 0; !err && i < n; i++)
		err = add_fact(l, &facts[i]);
	if (err == -EDQUOT)
		err = 0; /* a fact less is a `*` more; the call itself may be known */
	if (err || call->metadata)
		return err;
	err = start(l, call, repeats, &r);
	for (size_t i = 0; !err && i < call->authz.n_grants; i++) {
		int one = add_grant(l, &r, &call->authz.grants[i]);

		full = full || one == -EDQUOT;
		err = one == -EDQUOT ? 0 : one;
	}
	if (!err && full)
		err = -EDQUOT;
	if (!err && lp_denied_grant(call, &l->scratch, &denied)) {
		l->last.denied = true;
		err = add_grant(l, &r, &denied);
	}
	if (!err && call->unknown) {
		r.key.flags |= REC_UNKNOWN;
		err = str_id(l, call->reason, &r.key.resource);
		if (!err)
			err = put(l, &r);
	}
	return err;
}

static void count(struct lp_ledger *l, const struct lp_trace *t, uint64_t n)
{
	if (t->metadata) {
		l->counts.metadata += n;
		return;
	}
	l->counts.calls += n;
	l->counts.unknown += t->unknown ? n : 0;
	l->counts.unpermissioned += t->unpermissioned ? n : 0;
	l->counts.denied += t->denied ? n : 0;
}

int lp_ledger_add_repeated(struct lp_ledger *l, const struct lp_call *call,
			   const struct lp_repeats *repeats)
{
	int err;

	l->last = (struct lp_trace){
		.metadata = call->metadata,
		.unknown = call->unknown,
		.unpermissioned = call->authz.no_permission,
		/* An unsigned call that is refused wants no permission. */
		.denied = call->authz.n_grants && lp_outcome_denied(call->error_code, call->status),
	};
	l->n_touched = 0;
	err = add_call(l, call, repeats);
	if (err == -ENOMEM && l->scratch.full)
		err = -EDQUOT; /* no call has that much to say */
	count(l, &l->last, repeats->count);
	l->process = NULL;
	if (err)
		l->counts.lost += repeats->count;
	if (err == -EDQUOT)
		l->shares[l->now].is.dropped += repeats->count;
	return err;
}

void lp_ledger_trace(const struct lp_ledger *l, struct lp_trace *out)
{
	*out = l->last;
}

void lp_ledger_trace_reset(struct lp_ledger *l)
{
	l->last.n = LP_TRACE_MAX + 1;
}

void lp_ledger_repeat(struct lp_ledger *l, const struct lp_trace *t, int64_t time_ns)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct rec *r = &l->recs[t->rec[i]];

		r->count = lp_count_add(r->count, 1);
		r->unsaved = unsaved(r->unsaved, 1);
		l->shares[r->key.workload].is.changes++;
		seen_at(r, time_ns, time_ns);
	}
	count(l, t, 1);
}

int lp_ledger_add(struct lp_ledger *l, const struct lp_call *call)
{
	struct lp_repeats once = {
		.count = 1,
		.last_ns = call->time_ns,
		.sources = 1u << call->source,
	};

	return lp_ledger_add_repeated(l, call, &once);
}

int lp_ledger_add_fact(struct lp_ledger *l, const struct lp_fact *fact)
{
	int err = enter(l, LP_SPAN(""));

	lp_arena_reset(&l->scratch);
	return err ? err : add_fact(l, fact);
}

int lp_ledger_add_unseen(struct lp_ledger *l, const struct lp_unseen *u)
{
	int err = enter(l, LP_SPAN(""));

	/* Those of the same are charged too: a bounded ledger is a collector's, which gets none. */
	if (!err)
		err = charge(l, strlen(u->name) + strlen(u->program) + strlen(u->reason) +
					strlen(u->advice) + REC_COST);
	return err ? err : lp_unseen_add(&l->unseen, u);
}

const struct lp_unseen_set *lp_ledger_unseen(const struct lp_ledger *l)
{
	return &l->unseen;
}

static void view(const struct lp_ledger *l, const struct rec *r, struct lp_record *out)
{
	const char *who = lp_intern_str(&l->strs, r->key.who);
	bool principal = r->key.flags & REC_PRINCIPAL;

	*out = (struct lp_record){
		.access_key = principal ? "" : who,
		.principal = principal ? who : "",
		.program = lp_intern_str(&l->strs, r->key.program),
		.workload = lp_intern_str(&l->workloads, r->key.workload),
		.operation = lp_intern_str(&l->strs, r->key.operation),
		.outcome = lp_intern_str(&l->strs, r->key.outcome),
		.denied = r->key.flags & REC_DENIED,
		.action = lp_intern_str(&l->strs, r->key.action),
		.resource = lp_intern_str(&l->strs, r->key.resource),
		.conditions = lp_intern_str(&l->strs, r->key.conditions),
		.reason = lp_intern_str(&l->strs, r->key.reason),
		.flags = r->key.flags & ~REC_OWN,
		.sources = r->sources,
		.region = lp_intern_str(&l->strs, r->region),
		.count = r->count,
		.first_ns = r->first_ns,
		.last_ns = r->last_ns,
	};
}

int lp_ledger_each(const struct lp_ledger *l, lp_record_fn fn, void *ctx)
{
	for (uint32_t i = 0; i < l->n_recs; i++) {
		struct lp_record rec;
		int err;

		if (l->recs[i].key.flags & REC_UNKNOWN)
			continue;
		view(l, &l->recs[i], &rec);
		err = fn(ctx, &rec);
		if (err)
			return err;
	}
	return 0;
}

int lp_ledger_each_unsaved(struct lp_ledger *l, lp_record_fn fn, void *ctx)
{
	for (uint32_t i = 0; i < l->n_recs; i++) {
		struct rec *r = &l->recs[i];
		struct lp_record rec;
		int err;

		if (r->unsaved <= 0 || r->key.flags & REC_UNKNOWN)
			continue;
		view(l, r, &rec);
		rec.count = (uint64_t)r->unsaved;
		err = fn(ctx, &rec);
		if (err)
			return err;
		r->unsaved = 0;
	}
	return 0;
}

void lp_ledger_saved_last(struct lp_ledger *l)
{
	for (size_t i = 0; i < l->n_touched; i++)
		l->recs[l->touched[i]].unsaved--;
	l->n_touched = 0;
}

void lp_ledger_saved_all(struct lp_ledger *l)
{
	for (uint32_t i = 0; i < l->n_recs; i++)
		l->recs[i].unsaved = 0;
}

void lp_ledger_forget_counts(struct lp_ledger *l)
{
	l->counts = (struct lp_ledger_counts){0};
}

uint64_t lp_ledger_news(const struct lp_ledger *l)
{
	return l->n_recs + l->unseen.keys.n_strs + lp_identities_changes(l->ids);
}

static int by_name(const void *a, const void *b)
{
	const struct lp_record *x = a, *y = b;
	int c = strcmp(x->operation, y->operation);

	return c ? c : strcmp(x->resource, y->resource);
}

int lp_ledger_each_unknown(const struct lp_ledger *l, lp_unknown_fn fn, void *ctx)
{
	struct lp_record *list;
	size_t n = 0;

	for (uint32_t i = 0; i < l->n_recs; i++)
		n += (l->recs[i].key.flags & REC_UNKNOWN) != 0;
	if (!n)
		return 0;
	list = calloc(n, sizeof(*list));
	if (!list)
		return -ENOMEM;
	n = 0;
	for (uint32_t i = 0; i < l->n_recs; i++)
		if (l->recs[i].key.flags & REC_UNKNOWN)
			view(l, &l->recs[i], &list[n++]);
	qsort(list, n, sizeof(*list), by_name);
	for (size_t i = 0; i < n;) {
		uint64_t count = 0;
		size_t j = i;

		for (; j < n && !by_name(&list[i], &list[j]); j++)
			count += list[j].count;
		fn(ctx, list[i].operation, list[i].resource, count);
		i = j;
	}
	free(list);
	return 0;
}

/* Marks of strings already counted, one bit an id. */
static size_t mark(uint8_t *seen, uint32_t id)
{
	uint8_t bit = (uint8_t)(1u << (id % 8));
	size_t fresh = !(seen[id / 8] & bit);

	seen[id / 8] |= bit;
	return fresh;
}

int lp_ledger_counts(const struct lp_ledger *l, struct lp_ledger_counts *out)
{
	size_t bytes = l->strs.n_strs / 8 + 1;
	uint8_t *actions = calloc(bytes, 3);
	uint8_t *resources = actions ? actions + bytes : NULL;
	uint8_t *keys = actions ? resources + bytes : NULL;
	struct lp_intern who;
	int err = 0;

	*out = l->counts;
	if (!actions)
		return -ENOMEM;
	lp_intern_init(&who);
	for (uint32_t i = 0; !err && i < l->n_recs; i++) {
		const struct rec *r = &l->recs[i];
		struct lp_span name = lp_intern_span(&l->strs, r->key.who);
		const char *principal;
		uint32_t id;

		/* Calls that nobody signed belong to no identity of their own. */
		if (name.len && mark(keys, r->key.who)) {
			principal = r->key.flags & REC_PRINCIPAL ? NULL
								 : lp_identities_who(l->ids, name);
			err = lp_intern(&who, principal ? lp_span_str(principal) : name, &id);
		}
		if (r->key.flags & (REC_UNKNOWN | LP_GRANT_POSSIBLE))
			continue;
		out->actions += mark(actions, r->key.action);
		out->resources += mark(resources, r->key.resource);
	}
	out->identities = who.n_strs;
	if (err)
		out->identities = out->actions = out->resources = 0;
	lp_intern_fini(&who);
	free(actions);
	return err;
}
