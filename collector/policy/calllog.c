/* SPDX-License-Identifier: MIT */
#include "calllog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "again.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "condset.h"
#include "denied.h"
#include "evaluate.h"
#include "timestamp.h"

#define FACTS_PER_LINE 64 /* more than one call can teach; the rest is ignored */
#define READ_SIZE      (1024 * 1024)
#define SCRATCH_MAX    (32u * 1024 * 1024) /* bytes for one line's call; a line is at most 4 MiB */

/* --- names in the log ---------------------------------------------------------------------------
 */

static const char *const source_names[LP_SOURCES] = {
	[LP_SOURCE_SHIM] = "shim",     [LP_SOURCE_PROBE] = "probe",
	[LP_SOURCE_PTRACE] = "ptrace", [LP_SOURCE_CSM] = "csm",
	[LP_SOURCE_PCAP] = "pcap",     [LP_SOURCE_CLOUDTRAIL] = "cloudtrail",
	[LP_SOURCE_LOG] = "log",
};

static const struct {
	unsigned flag;
	const char *name;
} flag_names[] = {
	{LP_GRANT_DEPENDENT, "dependent"},
	{LP_GRANT_POSSIBLE, "possible"},
	{LP_GRANT_UNPINNED, "unpinned"},
	{LP_GRANT_DENIED, "denied"},
};

const char *lp_source_name(enum lp_source source)
{
	return source_names[source];
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void put_span(FILE *out, const char *name, struct lp_span s)
{
	fprintf(out, ",\"%s\":", name);
	if (s.len)
		lp_json_out(out, s);
	else
		fputs("null", out);
}

static void put_str(FILE *out, const char *name, const char *s)
{
	put_span(out, name, lp_span_str(s));
}

static void put_grant_begin(FILE *out, const struct lp_grant *g)
{
	fputs("{\"action\":", out);
	lp_json_out_str(out, g->action);
	fputs(",\"resources\":[", out);
	for (size_t i = 0; i < g->n_resources; i++) {
		if (i)
			putc(',', out);
		lp_json_out_str(out, g->resources[i]);
	}
	putc(']', out);
}

static void put_grant_end(FILE *out, const struct lp_grant *g)
{
	bool any = false;

	for (size_t i = 0; i < LP_ARRAY_LEN(flag_names); i++) {
		/* That is the member it stands in. */
		if (flag_names[i].flag == LP_GRANT_POSSIBLE || !(g->flags & flag_names[i].flag))
			continue;
		fprintf(out, "%s\"%s\"", any ? "," : ",\"flags\":[", flag_names[i].name);
		any = true;
	}
	if (any)
		putc(']', out);
	if (g->reason)
		put_str(out, "reason", g->reason);
	putc('}', out);
}

static void put_grant(FILE *out, const struct lp_grant *g)
{
	put_grant_begin(out, g);
	for (size_t i = 0; i < g->n_conditions; i++) {
		fprintf(out, "%s{\"op\":", i ? "," : ",\"conditions\":[");
		lp_json_out_str(out, g->conditions[i].op);
		put_str(out, "key", g->conditions[i].key);
		fputs(",\"value\":", out);
		lp_json_out_str(out, g->conditions[i].value);
		fputs(i + 1 == g->n_conditions ? "}]" : "}", out);
	}
	put_grant_end(out, g);
}

/* The grants that are possible, or those that are not; how many there were before in *n. */
static void put_grants(FILE *out, const struct lp_call *call, unsigned possible, size_t *n)
{
	for (size_t i = 0; i < call->authz.n_grants; i++) {
		const struct lp_grant *g = &call->authz.grants[i];

		if ((g->flags & LP_GRANT_POSSIBLE) != possible)
			continue;
		fputs((*n)++ ? "," : possible ? ",\"possible\":[" : "", out);
		put_grant(out, g);
	}
}

static void put_actions(FILE *out, const struct lp_call *call, struct lp_arena *scratch)
{
	struct lp_grant denied;
	size_t n = 0;

	fputs(",\"actions\":[", out);
	put_grants(out, call, 0, &n);
	if (lp_denied_grant(call, scratch, &denied)) {
		fputs(n ? "," : "", out);
		put_grant(out, &denied);
	}
	putc(']', out);
	n = 0;
	put_grants(out, call, LP_GRANT_POSSIBLE, &n);
	fputs(n ? "]" : "", out);
}

static void put_facts(FILE *out, const struct lp_fact *facts, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		/* What the line says elsewhere, readers find there. */
		if (facts[i].kind == LP_FACT_REQUEST || facts[i].kind == LP_FACT_SOURCE)
			continue;
		fputs(any ? ",{\"accessKeyId\":" : ",\"facts\":[{\"accessKeyId\":", out);
		lp_json_out(out, facts[i].access_key);
		put_str(out, "kind", lp_fact_kind_name(facts[i].kind));
		put_span(out, "value", facts[i].value);
		putc('}', out);
		any = true;
	}
	if (any)
		putc(']', out);
}

static const char *identity_of(const struct lp_call *call, const struct lp_identities *ids,
			       struct lp_arena *scratch)
{
	const char *p = NULL;

	if (ids && call->access_key.len)
		p = lp_identities_principal(ids, call->access_key);
	if (!p && call->principal.len)
		p = lp_arena_strndup(scratch, call->principal);
	return p;
}

int lp_calllog_write(FILE *out, const struct lp_call *call, const struct lp_identities *ids,
		     struct lp_arena *scratch)
{
	char when[LP_TIMESTAMP_SIZE];
	const struct lp_fact *facts;
	size_t n_facts;
	int err;

	lp_arena_reset(scratch);
	err = lp_facts_of(call, scratch, &facts, &n_facts);
	if (err)
		return err;
	errno = 0;
	fprintf(out, "{\"v\":%d", LP_CALLLOG_VERSION);
	put_str(out, "time", lp_timestamp_write(call->time_ns, when));
	if (call->pid)
		fprintf(out, ",\"pid\":%d", (int)call->pid);
	else
		fputs(",\"pid\":null", out);
	put_span(out, "program", call->program);
	put_str(out, "identity", identity_of(call, ids, scratch));
	put_span(out, "accessKeyId", call->access_key);
	put_str(out, "service", call->service);
	put_str(out, "operation", call->operation);
	put_span(out, "region", call->region);
	put_actions(out, call, scratch);
	if (call->status)
		fprintf(out, ",\"status\":%d", call->status);
	else
		fputs(",\"status\":null", out);
	put_span(out, "requestId", call->request_id);
	put_span(out, "errorCode", call->error_code);
	put_str(out, "source", source_names[call->source]);
	if (call->unknown)
		put_str(out, "unknown", call->reason ? call->reason : "not in the model");
	if (call->metadata)
		fputs(",\"metadata\":true", out);
	put_facts(out, facts, n_facts);
	fputs("}\n", out);
	if (ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}

/* --- writing merged logs ------------------------------------------------------------------------
 */

void lp_calllog_write_gap(FILE *out, const struct lp_calllog_gap *gap)
{
	fprintf(out, "{\"v\":%d,\"pid\":", LP_CALLLOG_VERSION);
	if (gap->pid)
		fprintf(out, "%d", gap->pid);
	else
		fputs("null", out);
	put_span(out, "program", lp_span_str(gap->program));
	fprintf(out, ",\"gap\":{\"%s\":", gap->what);
	lp_json_out_str(out, gap->name);
	put_span(out, "service", lp_span_str(gap->service));
	put_str(out, "reason", gap->reason);
	put_str(out, "advice", gap->advice);
	fprintf(out, ",\"count\":%" PRIu64 "}}\n", gap->count);
}

static int put_fact_line(void *ctx, const struct lp_fact *fact)
{
	FILE *out = ctx;

	fprintf(out, "{\"v\":%d", LP_CALLLOG_VERSION);
	fputs(",\"facts\":[{\"accessKeyId\":", out);
	lp_json_out(out, fact->access_key);
	put_str(out, "kind", lp_fact_kind_name(fact->kind));
	put_span(out, "value", fact->value);
	fputs("}]}\n", out);
	return 0;
}

static void put_operation(FILE *out, const char *operation)
{
	struct lp_span name = lp_span_str(operation);
	size_t colon = lp_span_find(name, ':');

	put_span(out, "service", lp_span_first(name, colon));
	put_span(out, "operation", lp_span_from(name, colon + 1));
}

static void put_record_grant(FILE *out, const struct lp_record *rec)
{
	struct lp_span text = lp_span_str(rec->conditions);
	struct lp_condset_item item;
	const char *before = ",\"conditions\":[";
	struct lp_grant g = {
		.action = rec->action,
		.resources = &rec->resource,
		.n_resources = 1,
		.flags = rec->flags,
		.reason = *rec->reason ? rec->reason : NULL,
	};

	fputs(rec->flags & LP_GRANT_POSSIBLE ? ",\"possible\":[" : ",\"actions\":[", out);
	put_grant_begin(out, &g);
	while (lp_condset_next(&text, &item)) {
		fprintf(out, "%s{\"op\":", before);
		lp_json_out(out, item.op);
		put_span(out, "key", item.key);
		fputs(",\"value\":", out);
		lp_json_out(out, item.value);
		putc('}', out);
		before = ",";
	}
	if (*rec->conditions)
		putc(']', out);
	put_grant_end(out, &g);
	putc(']', out);
}

static void put_record(FILE *out, const struct lp_record *rec)
{
	const char *before = ",\"source\":[";
	char when[LP_TIMESTAMP_SIZE];

	fprintf(out, "{\"v\":%d", LP_CALLLOG_VERSION);
	put_str(out, "time", lp_timestamp_write(rec->first_ns, when));
	put_str(out, "program", rec->program);
	put_str(out, "identity", rec->principal);
	put_str(out, "accessKeyId", rec->access_key);
	put_operation(out, rec->operation);
	put_record_grant(out, rec);
	put_str(out, "errorCode", rec->outcome);
	for (unsigned s = 0; s < LP_SOURCES; s++)
		if (rec->sources & (1u << s)) {
			fprintf(out, "%s\"%s\"", before, source_names[s]);
			before = ",";
		}
	fprintf(out, "],\"count\":%" PRIu64, rec->count);
	put_str(out, "lastTime", lp_timestamp_write(rec->last_ns, when));
	fputs("}\n", out);
}

static void put_unknown(void *ctx, const char *operation, const char *reason, uint64_t count)
{
	FILE *out = ctx;

	fprintf(out, "{\"v\":%d", LP_CALLLOG_VERSION);
	put_operation(out, operation);
	fprintf(out, ",\"actions\":[],\"unknown\":");
	lp_json_out_str(out, *reason ? reason : "not in the model");
	fprintf(out, ",\"count\":%" PRIu64 "}\n", count);
}

struct record_list {
	struct lp_record *v;
	size_t n, cap;
};

static int keep_record(void *ctx, const struct lp_record *rec)
{
	struct record_list *list = ctx;

	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap + list->cap / 2 : 256;
		struct lp_record *v = realloc(list->v, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n++] = *rec;
	return 0;
}

/* By everything that tells records apart. */
static int compare_records(const void *a, const void *b)
{
	const struct lp_record *x = a, *y = b;
	const char *const xs[] = {x->access_key, x->principal,	x->action,
				  x->resource,	 x->program,	x->operation,
				  x->outcome,	 x->conditions, x->reason};
	const char *const ys[] = {y->access_key, y->principal,	y->action,
				  y->resource,	 y->program,	y->operation,
				  y->outcome,	 y->conditions, y->reason};

	for (size_t i = 0; i < LP_ARRAY_LEN(xs); i++) {
		int c = strcmp(xs[i], ys[i]);

		if (c)
			return c;
	}
	return (x->flags > y->flags) - (x->flags < y->flags);
}

int lp_calllog_write_ledger(FILE *out, const struct lp_ledger *l)
{
	struct record_list list = {0};
	int err;

	errno = 0;
	err = lp_identities_each(lp_ledger_identities(l), put_fact_line, out);
	if (!err)
		err = lp_ledger_each(l, keep_record, &list);
	if (!err && list.n)
		qsort(list.v, list.n, sizeof(*list.v), compare_records);
	for (size_t i = 0; !err && i < list.n; i++)
		put_record(out, &list.v[i]);
	if (!err)
		err = lp_ledger_each_unknown(l, put_unknown, out);
	if (!err && ferror(out))
		err = errno ? -errno : -EIO;
	free(list.v);
	return err;
}

/* --- reading ------------------------------------------------------------------------------------
 */

struct line_reader {
	struct lp_json json;
	struct lp_arena *arena;
	struct lp_call *call;
	struct lp_repeats *repeats;
	bool any_fact;
	unsigned lists; /* of grants, that were read */
	lp_fact_fn fact_fn;
	void *ctx;
	const char **why;
	bool versioned;
};

static int bad(struct line_reader *r, const char *why)
{
	*r->why = why;
	return -EBADMSG;
}

static int next(struct line_reader *r, struct lp_json_token *t)
{
	int err = lp_json_next(&r->json, t);

	return err ? bad(r, r->json.error) : 0;
}

/* A string, or null for the empty one. */
static int read_text(struct line_reader *r, struct lp_span *out)
{
	struct lp_json_token t;
	int err = next(r, &t);

	*out = lp_span_of(NULL, 0);
	if (err || t.type == LP_JSON_NULL)
		return err;
	if (t.type != LP_JSON_STRING)
		return bad(r, "a member that must be a string is none");
	return lp_json_text(&t, r->arena, out);
}

/* The same as a C string, NULL for null. */
static int read_str(struct line_reader *r, const char **out)
{
	struct lp_span s;
	int err = read_text(r, &s);

	*out = NULL;
	if (err || !s.ptr)
		return err;
	*out = lp_arena_strndup(r->arena, s);
	return *out ? 0 : -ENOMEM;
}

static int read_int(struct line_reader *r, int *out)
{
	struct lp_json_token t;
	int err = next(r, &t);

	*out = 0;
	if (err || t.type == LP_JSON_NULL)
		return err;
	if (t.type != LP_JSON_NUMBER || t.raw.len > 9)
		return bad(r, "a member that must be a number is none");
	for (size_t i = 0; i < t.raw.len; i++) {
		if (t.raw.ptr[i] < '0' || t.raw.ptr[i] > '9')
			return bad(r, "a member that must be a number is none");
		*out = *out * 10 + (t.raw.ptr[i] - '0');
	}
	return 0;
}

/* True while there is another member; its name is then in *key. */
static int next_member(struct line_reader *r, struct lp_span *key, bool *more)
{
	struct lp_json_token t;
	int err = next(r, &t);

	*more = !err && t.type == LP_JSON_KEY;
	return *more ? lp_json_text(&t, r->arena, key) : err;
}

static int skip_value(struct line_reader *r)
{
	struct lp_json_token t;
	int err = next(r, &t);

	if (!err && lp_json_skip(&r->json, &t))
		err = bad(r, r->json.error);
	return err;
}

static int read_bool(struct line_reader *r, bool *out)
{
	struct lp_json_token t;
	int err = next(r, &t);

	*out = !err && t.type == LP_JSON_TRUE;
	if (!err && lp_json_skip(&r->json, &t))
		err = bad(r, r->json.error);
	return err;
}

/*
 * Counts the elements of the array that starts at the reader's place, without moving it, so that
 * they can be allocated in one piece. -EBADMSG when it is no array.
 */
static int count_elements(struct line_reader *r, size_t *n)
{
	struct lp_json ahead = r->json;
	struct lp_json_token t;
	int err = lp_json_next(&ahead, &t);

	*n = 0;
	if (err || t.type != LP_JSON_ARRAY)
		return bad(r, err ? ahead.error : "a member that must be an array is none");
	for (;;) {
		err = lp_json_next(&ahead, &t);
		if (err)
			return bad(r, ahead.error);
		if (t.type == LP_JSON_ARRAY_END)
			return 0;
		(*n)++;
		if (lp_json_skip(&ahead, &t))
			return bad(r, ahead.error);
	}
}

static int open_array(struct line_reader *r, size_t size, void *items, size_t *n)
{
	struct lp_json_token t;
	void *p;
	int err = count_elements(r, n);

	if (err)
		return err;
	p = lp_arena_alloc(r->arena, (*n ? *n : 1) * size);
	if (!p)
		return -ENOMEM;
	memset(p, 0, (*n ? *n : 1) * size);
	memcpy(items, &p, sizeof(p));
	return next(r, &t);
}

static int close_array(struct line_reader *r)
{
	struct lp_json_token t;

	return next(r, &t);
}

static int open_object(struct line_reader *r)
{
	struct lp_json_token t;
	int err = next(r, &t);

	if (!err && t.type != LP_JSON_OBJECT)
		err = bad(r, "an element that must be an object is none");
	return err;
}

static int read_condition(struct line_reader *r, struct lp_condition *out)
{
	struct lp_span key;
	bool more;
	int err = open_object(r);

	while (!err && !(err = next_member(r, &key, &more)) && more) {
		if (lp_span_eq(key, LP_SPAN("op")))
			err = read_str(r, &out->op);
		else if (lp_span_eq(key, LP_SPAN("key")))
			err = read_str(r, &out->key);
		else if (lp_span_eq(key, LP_SPAN("value")))
			err = read_str(r, &out->value);
		else
			err = skip_value(r);
	}
	if (!err && (!out->op || !out->key || !out->value))
		err = bad(r, "a condition lacks op, key or value");
	if (!err && !lp_condition_op_known(lp_span_str(out->op)))
		err = bad(r, "a condition operator that no call can prove");
	return err;
}

static int read_conditions(struct line_reader *r, struct lp_grant *g)
{
	struct lp_condition *list;
	int err = open_array(r, sizeof(*list), &list, &g->n_conditions);

	for (size_t i = 0; !err && i < g->n_conditions; i++)
		err = read_condition(r, &list[i]);
	if (err)
		return err;
	g->conditions = list;
	return close_array(r);
}

static int read_resources(struct line_reader *r, struct lp_grant *g)
{
	const char **list;
	int err = open_array(r, sizeof(*list), &list, &g->n_resources);

	for (size_t i = 0; !err && i < g->n_resources; i++) {
		err = read_str(r, &list[i]);
		if (!err && (!list[i] || !*list[i]))
			err = bad(r, "an empty resource");
	}
	if (err)
		return err;
	g->resources = list;
	return close_array(r);
}

static int read_flags(struct line_reader *r, struct lp_grant *g)
{
	struct lp_json_token t;
	int err = next(r, &t);

	if (!err && t.type != LP_JSON_ARRAY)
		err = bad(r, "flags are no array");
	while (!err && !(err = next(r, &t)) && t.type != LP_JSON_ARRAY_END) {
		if (t.type != LP_JSON_STRING)
			return bad(r, "a flag is no string");
		for (size_t i = 0; i < LP_ARRAY_LEN(flag_names); i++)
			if (lp_span_eq(t.raw, lp_span_str(flag_names[i].name)))
				g->flags |= flag_names[i].flag;
	}
	return err;
}

static int read_grant(struct line_reader *r, struct lp_grant *g)
{
	struct lp_span key;
	bool more;
	int err = open_object(r);

	while (!err && !(err = next_member(r, &key, &more)) && more) {
		if (lp_span_eq(key, LP_SPAN("action")))
			err = read_str(r, &g->action);
		else if (lp_span_eq(key, LP_SPAN("resources")))
			err = read_resources(r, g);
		else if (lp_span_eq(key, LP_SPAN("conditions")))
			err = read_conditions(r, g);
		else if (lp_span_eq(key, LP_SPAN("flags")))
			err = read_flags(r, g);
		else if (lp_span_eq(key, LP_SPAN("reason")))
			err = read_str(r, &g->reason);
		else
			err = skip_value(r);
	}
	if (!err && (!g->action || !*g->action || !g->n_resources))
		err = bad(r, "an action lacks its name or its resources");
	return err;
}

/* Adds a list of grants, each with the flag too, to those that are there. */
static int read_grants(struct line_reader *r, unsigned flag)
{
	struct lp_authz *authz = &r->call->authz;
	struct lp_grant *list, *all;
	size_t n, had = authz->n_grants;
	int err;

	if (r->lists & (1u << !flag))
		return bad(r, "actions or possible stands twice");
	r->lists |= 1u << !flag;
	err = open_array(r, sizeof(*list), &list, &n);

	for (size_t i = 0; !err && i < n; i++) {
		err = read_grant(r, &list[i]);
		list[i].flags |= flag;
	}
	if (err)
		return err;
	if (had) {
		all = lp_arena_alloc(r->arena, (had + n) * sizeof(*all));
		if (!all)
			return -ENOMEM;
		memcpy(all, authz->grants, had * sizeof(*all));
		memcpy(all + had, list, n * sizeof(*all));
		list = all;
	}
	authz->grants = list;
	authz->n_grants = had + n;
	return close_array(r);
}

static int read_actions(struct line_reader *r)
{
	return read_grants(r, 0);
}

static int read_possible(struct line_reader *r)
{
	return read_grants(r, LP_GRANT_POSSIBLE);
}

static int read_fact(struct line_reader *r)
{
	struct lp_fact fact = {.kind = LP_FACT_KINDS};
	struct lp_span key, kind;
	bool more;
	int err = open_object(r);

	while (!err && !(err = next_member(r, &key, &more)) && more) {
		if (lp_span_eq(key, LP_SPAN("accessKeyId"))) {
			err = read_text(r, &fact.access_key);
		} else if (lp_span_eq(key, LP_SPAN("kind"))) {
			err = read_text(r, &kind);
			if (!err)
				fact.kind = lp_fact_kind_of(kind);
		} else if (lp_span_eq(key, LP_SPAN("value"))) {
			err = read_text(r, &fact.value);
		} else {
			err = skip_value(r);
		}
	}
	r->any_fact = true;
	if (!err && r->fact_fn && fact.kind < LP_FACT_KINDS)
		err = r->fact_fn(r->ctx, &fact);
	return err;
}

static int read_facts(struct line_reader *r)
{
	size_t n;
	char *none;
	int err = open_array(r, 1, &none, &n);

	for (size_t i = 0; !err && i < n; i++)
		err = read_fact(r);
	return err ? err : close_array(r);
}

/* Not evidence, and not a fault of the line either. */
static int read_gap(struct line_reader *r)
{
	r->any_fact = true;
	return skip_value(r);
}

static int read_time(struct line_reader *r)
{
	struct lp_span s;
	int err = read_text(r, &s);

	if (!err && s.len && lp_timestamp_read(s, &r->call->time_ns))
		err = bad(r, "time is not of the form 2026-01-31T12:00:00.123456789Z");
	return err;
}

static int read_last_time(struct line_reader *r)
{
	struct lp_span s;
	int err = read_text(r, &s);

	if (!err && s.len && lp_timestamp_read(s, &r->repeats->last_ns))
		err = bad(r, "lastTime is not of the form 2026-01-31T12:00:00.123456789Z");
	return err;
}

static int read_count(struct line_reader *r)
{
	struct lp_json_token t;
	int err = next(r, &t);
	uint64_t n = 0;

	if (err)
		return err;
	if (t.type != LP_JSON_NUMBER || t.raw.len > 15)
		return bad(r, "count is no whole number");
	for (size_t i = 0; i < t.raw.len; i++) {
		if (t.raw.ptr[i] < '0' || t.raw.ptr[i] > '9')
			return bad(r, "count is no whole number");
		n = n * 10 + (uint64_t)(t.raw.ptr[i] - '0');
	}
	r->repeats->count = n;
	return 0;
}

/* One name or a list of names; those of later programs count as "log". */
static int read_source(struct line_reader *r)
{
	struct lp_json_token t;
	int err = next(r, &t);
	bool list = !err && t.type == LP_JSON_ARRAY;

	if (list)
		err = next(r, &t);
	while (!err && t.type == LP_JSON_STRING) {
		for (unsigned i = 0; i < LP_SOURCES; i++)
			if (lp_span_eq(t.raw, lp_span_str(source_names[i]))) {
				r->call->source = i;
				r->repeats->sources |= 1u << i;
			}
		if (!list)
			return 0;
		err = next(r, &t);
	}
	if (!err && t.type != (list ? LP_JSON_ARRAY_END : LP_JSON_NULL))
		err = bad(r, "source is neither a string nor a list of strings");
	return err;
}

static int read_version(struct line_reader *r)
{
	int version, err = read_int(r, &version);

	if (!err && (version < 1 || version > LP_CALLLOG_VERSION))
		err = bad(r, "a version of the log that this program does not know");
	r->versioned = true;
	return err;
}

static int read_pid(struct line_reader *r)
{
	int pid, err = read_int(r, &pid);

	r->call->pid = pid;
	return err;
}

static int read_program(struct line_reader *r)
{
	return read_text(r, &r->call->program);
}

static int read_identity(struct line_reader *r)
{
	return read_text(r, &r->call->principal);
}

static int read_access_key(struct line_reader *r)
{
	return read_text(r, &r->call->access_key);
}

static int read_service(struct line_reader *r)
{
	return read_str(r, &r->call->service);
}

static int read_operation(struct line_reader *r)
{
	return read_str(r, &r->call->operation);
}

static int read_region(struct line_reader *r)
{
	return read_text(r, &r->call->region);
}

static int read_status(struct line_reader *r)
{
	return read_int(r, &r->call->status);
}

static int read_request_id(struct line_reader *r)
{
	return read_text(r, &r->call->request_id);
}

static int read_error_code(struct line_reader *r)
{
	return read_text(r, &r->call->error_code);
}

static int read_unknown(struct line_reader *r)
{
	int err = read_str(r, &r->call->reason);

	r->call->unknown = !err && r->call->reason;
	return err;
}

static int read_metadata(struct line_reader *r)
{
	return read_bool(r, &r->call->metadata);
}

static const struct member {
	const char *name;
	int (*read)(struct line_reader *r);
} members[] = {
	{"v", read_version},
	{"time", read_time},
	{"pid", read_pid},
	{"program", read_program},
	{"identity", read_identity},
	{"accessKeyId", read_access_key},
	{"service", read_service},
	{"operation", read_operation},
	{"region", read_region},
	{"actions", read_actions},
	{"possible", read_possible},
	{"status", read_status},
	{"requestId", read_request_id},
	{"errorCode", read_error_code},
	{"source", read_source},
	{"unknown", read_unknown},
	{"metadata", read_metadata},
	{"count", read_count},
	{"lastTime", read_last_time},
	{"facts", read_facts},
	{"gap", read_gap},
};

/* Members nearly always come in the order of the table, so the search starts after the last. */
static const struct member *find_member(struct lp_span key, size_t *from)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(members); i++) {
		size_t m = (*from + i) % LP_ARRAY_LEN(members);

		if (lp_span_eq(key, lp_span_str(members[m].name))) {
			*from = m + 1;
			return &members[m];
		}
	}
	return NULL;
}

int lp_calllog_parse(struct lp_span line, struct lp_arena *scratch, struct lp_call *call,
		     struct lp_repeats *repeats, bool *only_facts, lp_fact_fn fact_fn, void *ctx,
		     const char **why)
{
	struct line_reader r = {
		.arena = scratch,
		.call = call,
		.repeats = repeats,
		.fact_fn = fact_fn,
		.ctx = ctx,
		.why = why,
	};
	struct lp_json_token t;
	struct lp_span key;
	size_t from = 0;
	bool more;
	int err;

	*call = (struct lp_call){.source = LP_SOURCE_LOG, .partition = "aws"};
	*repeats = (struct lp_repeats){.count = 1};
	lp_arena_reset(scratch);
	lp_json_init(&r.json, line);
	err = next(&r, &t);
	if (!err && t.type != LP_JSON_OBJECT)
		err = bad(&r, "not a JSON object");
	while (!err && !(err = next_member(&r, &key, &more)) && more) {
		const struct member *m = find_member(key, &from);

		err = m ? m->read(&r) : skip_value(&r);
	}
	if (!err)
		err = next(&r, &t); /* nothing may follow */
	if (!err && !r.versioned)
		err = bad(&r, "not a line of a call log: it has no version \"v\"");
	*only_facts =
		!call->metadata && !call->operation && !call->unknown && !call->authz.n_grants;
	if (!err && *only_facts && !r.any_fact)
		err = bad(&r, "neither an operation nor actions");
	if (repeats->last_ns < call->time_ns)
		repeats->last_ns = call->time_ns;
	if (!repeats->sources)
		repeats->sources = 1u << call->source;
	return err;
}

/* Facts of a line that turns out bad must not stay: they wait until its end is seen. */
struct waiting {
	struct lp_fact facts[FACTS_PER_LINE];
	size_t n;
};

static int keep_fact(void *ctx, const struct lp_fact *fact)
{
	struct waiting *w = ctx;

	if (w->n < FACTS_PER_LINE)
		w->facts[w->n++] = *fact;
	return 0;
}

int lp_calllog_line(struct lp_span line, struct lp_ledger *l, struct lp_arena *scratch,
		    const char **why)
{
	struct waiting w;
	struct lp_repeats repeats;
	struct lp_call call;
	bool only_facts;
	int err;

	w.n = 0;
	err = lp_calllog_parse(line, scratch, &call, &repeats, &only_facts, keep_fact, &w, why);
	for (size_t i = 0; !err && i < w.n; i++)
		err = lp_ledger_add_fact(l, &w.facts[i]);
	if (!err && !only_facts)
		err = lp_ledger_add_repeated(l, &call, &repeats);
	return err;
}

struct log_reader {
	struct lp_ledger *l;
	struct lp_arena scratch;
	struct lp_again *again;
	lp_calllog_bad_fn bad;
	void *ctx;
	struct lp_calllog_stats *stats;
	uint64_t line;
};

static void report(struct log_reader *r, const char *why)
{
	r->stats->bad++;
	if (r->bad)
		r->bad(r->ctx, r->line, why);
}

static int take_line(struct log_reader *r, struct lp_span line)
{
	const char *why;
	int err;

	r->line++;
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (!lp_span_trim(line).len)
		return 0;
	r->stats->lines++;
	if (line.len >= LP_CALLLOG_LINE_MAX) {
		report(r, "too long");
		return 0;
	}
	if (lp_again(r->again, line, r->l))
		return 0;
	lp_ledger_trace_reset(r->l);
	err = lp_calllog_line(line, r->l, &r->scratch, &why);
	if (!err)
		lp_again_learn(r->again, r->l);
	if (err != -EBADMSG)
		return err;
	report(r, why);
	return 0;
}

/* What has been read: whole lines are taken, the beginning of the next moved to the front. */
static int take_lines(struct log_reader *r, char *buf, size_t *len, bool *skipping)
{
	struct lp_span rest = lp_span_of(buf, *len);
	int err = 0;

	while (!err && rest.len) {
		size_t n = lp_span_find(rest, '\n');

		if (n == rest.len)
			break;
		if (!*skipping)
			err = take_line(r, lp_span_first(rest, n));
		*skipping = false;
		rest = lp_span_from(rest, n + 1);
	}
	if (rest.len >= LP_CALLLOG_LINE_MAX || *skipping) {
		if (!*skipping) {
			r->line++;
			r->stats->lines++;
			report(r, "too long");
		}
		*skipping = true;
		rest.len = 0;
	}
	if (rest.len)
		memmove(buf, rest.ptr, rest.len);
	*len = rest.len;
	return err;
}

int lp_calllog_read(int fd, struct lp_ledger *l, lp_calllog_bad_fn bad_fn, void *ctx,
		    struct lp_calllog_stats *stats)
{
	struct log_reader r = {.l = l, .bad = bad_fn, .ctx = ctx, .stats = stats};
	char *buf = malloc(LP_CALLLOG_LINE_MAX + READ_SIZE);
	bool skipping = false;
	size_t len = 0;
	int err = buf ? 0 : -ENOMEM;

	*stats = (struct lp_calllog_stats){0};
	lp_arena_init(&r.scratch, SCRATCH_MAX);
	r.again = lp_again_new();
	while (!err) {
		ssize_t n = read(fd, buf + len, READ_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		len += (size_t)n;
		err = take_lines(&r, buf, &len, &skipping);
	}
	/* A log whose writer was killed ends in the middle of a line. */
	if (!err && len)
		err = take_line(&r, lp_span_of(buf, len));
	lp_again_free(r.again);
	lp_arena_fini(&r.scratch);
	free(buf);
	return err;
}
