/* SPDX-License-Identifier: MIT */
/* Call logs as they are written: a line for each call, or a whole ledger. */
#include "calllog_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/compare.h"
#include "base/grow.h"
#include "base/json_out.h"
#include "condset.h"
#include "denied.h"
#include "timestamp.h"

static const char *const source_names[LP_SOURCES] = {
	[LP_SOURCE_SHIM] = "shim",     [LP_SOURCE_PROBE] = "probe",
	[LP_SOURCE_PTRACE] = "ptrace", [LP_SOURCE_CSM] = "csm",
	[LP_SOURCE_PCAP] = "pcap",     [LP_SOURCE_CLOUDTRAIL] = "cloudtrail",
	[LP_SOURCE_LOG] = "log",
};

const struct lp_flag_name lp_flag_names[LP_FLAG_NAMES] = {
	{LP_GRANT_DEPENDENT, "dependent"},
	{LP_GRANT_POSSIBLE, "possible"},
	{LP_GRANT_UNPINNED, "unpinned"},
	{LP_GRANT_DENIED, "denied"},
};

const char *lp_source_name(enum lp_source source)
{
	return source_names[source];
}

/* --- writing ---------------------------------------------------------------------------------- */

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

	for (size_t i = 0; i < LP_FLAG_NAMES; i++) {
		/* That is the member it stands in. */
		if (lp_flag_names[i].flag == LP_GRANT_POSSIBLE ||
		    !(g->flags & lp_flag_names[i].flag))
			continue;
		fprintf(out, "%s\"%s\"", any ? "," : ",\"flags\":[", lp_flag_names[i].name);
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
	if (call->workload.len)
		put_span(out, "workload", call->workload);
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

/* --- writing merged logs ---------------------------------------------------------------------- */

void lp_calllog_write_gap(FILE *out, const struct lp_unseen *gap)
{
	fprintf(out, "{\"v\":%d,\"pid\":", LP_CALLLOG_VERSION);
	if (gap->pid)
		fprintf(out, "%d", gap->pid);
	else
		fputs("null", out);
	put_span(out, "program", lp_span_str(gap->program));
	fprintf(out, ",\"gap\":{\"%s\":", gap->kind);
	lp_json_out_str(out, gap->name);
	put_span(out, "service", lp_span_str(gap->service));
	put_str(out, "reason", gap->reason);
	put_span(out, "advice", lp_span_str(gap->advice));
	fprintf(out, ",\"count\":%" PRIu64 "}}\n", gap->count);
}

void lp_calllog_write_fact(FILE *out, const struct lp_fact *fact)
{
	fprintf(out, "{\"v\":%d", LP_CALLLOG_VERSION);
	fputs(",\"facts\":[{\"accessKeyId\":", out);
	lp_json_out(out, fact->access_key);
	put_str(out, "kind", lp_fact_kind_name(fact->kind));
	put_span(out, "value", fact->value);
	fputs("}]}\n", out);
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

void lp_calllog_write_record(FILE *out, const struct lp_record *rec)
{
	const char *before = ",\"source\":[";
	char when[LP_TIMESTAMP_SIZE];

	fprintf(out, "{\"v\":%d", LP_CALLLOG_VERSION);
	put_str(out, "time", lp_timestamp_write(rec->first_ns, when));
	put_str(out, "program", rec->program);
	if (*rec->workload)
		put_str(out, "workload", rec->workload);
	put_str(out, "identity", rec->principal);
	put_str(out, "accessKeyId", rec->access_key);
	put_operation(out, rec->operation);
	if (*rec->region)
		put_str(out, "region", rec->region);
	put_record_grant(out, rec);
	put_str(out, "errorCode", rec->outcome);
	for (unsigned s = 0; s < LP_SOURCES; s++)
		if (rec->sources & (1u << s)) {
			fprintf(out, "%s\"%s\"", before, source_names[s]);
			before = ",";
		}
	/* A request whose answer is still to come was made once. */
	fprintf(out, "],\"count\":%" PRIu64, rec->count ? rec->count : 1);
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

	if (lp_grow(&list->v, list->n, &list->cap, 256, sizeof(*list->v)))
		return -ENOMEM;
	list->v[list->n++] = *rec;
	return 0;
}

/* By everything that tells records apart. */
int lp_calllog_compare(const void *a, const void *b)
{
	const struct lp_record *x = a, *y = b;
	const char *const xs[] = {x->access_key, x->principal, x->action,  x->resource,
				  x->program,	 x->operation, x->outcome, x->conditions,
				  x->reason,	 x->workload};
	const char *const ys[] = {y->access_key, y->principal, y->action,  y->resource,
				  y->program,	 y->operation, y->outcome, y->conditions,
				  y->reason,	 y->workload};
	int c = lp_compare_strs(xs, ys, LP_ARRAY_LEN(xs));

	return c ? c : (x->flags > y->flags) - (x->flags < y->flags);
}

static int put_fact(void *ctx, const struct lp_fact *fact)
{
	lp_calllog_write_fact(ctx, fact);
	return 0;
}

static int put_unseen(FILE *out, const struct lp_unseen_set *set)
{
	struct lp_unseen *list;
	size_t n;
	int err = lp_unseen_list(set, &list, &n);

	for (size_t i = 0; !err && i < n; i++)
		lp_calllog_write_gap(out, &list[i]);
	free(list);
	return err;
}

int lp_calllog_write_ledger(FILE *out, const struct lp_ledger *l)
{
	struct record_list list = {0};
	int err;

	errno = 0;
	err = lp_identities_each(lp_ledger_identities(l), put_fact, out);
	if (!err)
		err = lp_ledger_each(l, keep_record, &list);
	if (!err && list.n)
		qsort(list.v, list.n, sizeof(*list.v), lp_calllog_compare);
	for (size_t i = 0; !err && i < list.n; i++)
		lp_calllog_write_record(out, &list.v[i]);
	if (!err)
		err = lp_ledger_each_unknown(l, put_unknown, out);
	if (!err)
		err = put_unseen(out, lp_ledger_unseen(l));
	if (!err && ferror(out))
		err = errno ? -errno : -EIO;
	free(list.v);
	return err;
}
