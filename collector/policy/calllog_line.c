/* SPDX-License-Identifier: MIT */
/* One line of a call log, member by member. */
#include "calllog_impl.h"

#include <errno.h>

#include "base/json_in.h"
#include "condition.h"
#include "pattern.h"
#include "timestamp.h"

#define FACTS_PER_LINE 64 /* more than one call can teach; the rest is ignored */

struct line_reader {
	struct lp_json json;
	struct lp_arena *arena;
	struct lp_call *call;
	struct lp_repeats *repeats;
	struct lp_unseen *gap;
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

/* "service:Name": a pattern would grant what no call needed. */
static bool is_action(const char *s)
{
	const char *colon = strchr(s, ':');

	for (const char *c = s; *c; c++)
		if (c != colon && *c != '-' && !lp_ascii_alnum(*c))
			return false;
	return colon && colon != s && colon[1];
}

static int read_resources(struct line_reader *r, struct lp_grant *g)
{
	const char **list;
	int err = open_array(r, sizeof(*list), &list, &g->n_resources);

	for (size_t i = 0; !err && i < g->n_resources; i++) {
		err = read_str(r, &list[i]);
		if (!err && (!list[i] || (strcmp(list[i], "*") != 0 &&
					  !lp_span_starts(lp_span_str(list[i]), LP_SPAN("arn:")))))
			err = bad(r, "a resource is neither an ARN nor *");
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
		for (size_t i = 0; i < LP_FLAG_NAMES; i++)
			if (lp_span_eq(t.raw, lp_span_str(lp_flag_names[i].name)))
				g->flags |= lp_flag_names[i].flag;
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
	if (!err && (!g->action || !g->n_resources))
		err = bad(r, "an action lacks its name or its resources");
	if (!err && !is_action(g->action))
		err = bad(r, "an action's name is not of the form service:Name");
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

static int read_number(struct line_reader *r, uint64_t *out)
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
	*out = n;
	return 0;
}

static int read_count(struct line_reader *r)
{
	return read_number(r, &r->repeats->count);
}

/* What kinds a later version adds is read as a host without a name: that it was not seen stays. */
static int read_gap(struct line_reader *r)
{
	static const char *const kinds[] = {"host", "program", "call", "capture"};
	struct lp_unseen *u = r->gap;
	struct lp_span key;
	bool more;
	int err = open_object(r);

	u->count = 1;
	while (!err && !(err = next_member(r, &key, &more)) && more) {
		const char **to = lp_span_eq(key, LP_SPAN("service"))  ? &u->service
				  : lp_span_eq(key, LP_SPAN("reason")) ? &u->reason
				  : lp_span_eq(key, LP_SPAN("advice")) ? &u->advice
								       : NULL;

		for (size_t i = 0; !to && i < LP_ARRAY_LEN(kinds); i++)
			if (lp_span_eq(key, lp_span_str(kinds[i]))) {
				u->kind = kinds[i];
				to = &u->name;
			}
		if (to)
			err = read_str(r, to);
		else if (lp_span_eq(key, LP_SPAN("count")))
			err = read_number(r, &u->count);
		else
			err = skip_value(r);
		if (to && !*to)
			*to = "";
	}
	u->count += !u->count;
	r->any_fact = true;
	return err;
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
			if (lp_span_eq(t.raw, lp_span_str(lp_source_name(i)))) {
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

static int read_workload(struct line_reader *r)
{
	return read_text(r, &r->call->workload);
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
	{"workload", read_workload},
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
		     struct lp_repeats *repeats, struct lp_unseen *gap, bool *only_facts,
		     lp_fact_fn fact_fn, void *ctx, const char **why)
{
	struct line_reader r = {
		.arena = scratch,
		.call = call,
		.repeats = repeats,
		.gap = gap,
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
	*gap = (struct lp_unseen){.program = "",
				  .kind = "host",
				  .name = "",
				  .service = "",
				  .reason = "",
				  .advice = ""};
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
	if (!err && gap->count && call->program.len) {
		gap->program = lp_arena_strndup(scratch, call->program);
		err = gap->program ? 0 : -ENOMEM;
	}
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

bool lp_calllog_within(const struct lp_calllog_filter *filter, int64_t first_ns, int64_t last_ns)
{
	return (!filter->since_ns || last_ns >= filter->since_ns) &&
	       (!filter->until_ns || (first_ns && first_ns < filter->until_ns));
}

static bool is_wanted(struct lp_calllog_filter *filter, const struct lp_call *call,
		      const struct lp_repeats *repeats)
{
	bool wanted;

	if (!filter)
		return true;
	wanted = lp_calllog_within(filter, call->time_ns, repeats->last_ns) &&
		 (!filter->program ||
		  lp_pattern_covers(lp_span_str(filter->program), call->program, 0)) &&
		 (!filter->no_program ||
		  !lp_pattern_covers(lp_span_str(filter->no_program), call->program, 0));
	if (!wanted)
		filter->left_out += repeats->count;
	return wanted;
}

int lp_calllog_line_if(struct lp_span line, struct lp_ledger *l, struct lp_arena *scratch,
		       struct lp_calllog_filter *filter, bool *taken, const char **why)
{
	struct waiting w;
	struct lp_repeats repeats;
	struct lp_unseen gap;
	struct lp_call call;
	bool only_facts;
	int err;

	w.n = 0;
	err = lp_calllog_parse(line, scratch, &call, &repeats, &gap, &only_facts, keep_fact, &w,
			       why);
	for (size_t i = 0; !err && i < w.n; i++) {
		err = lp_ledger_add_fact(l, &w.facts[i]);
		/* A bounded ledger may have room for the call all the same. */
		if (err == -EDQUOT)
			err = 0;
	}
	if (!err && gap.count)
		err = lp_ledger_add_unseen(l, &gap);
	*taken = !err && !only_facts && is_wanted(filter, &call, &repeats);
	if (*taken)
		err = lp_ledger_add_repeated(l, &call, &repeats);
	return err;
}

int lp_calllog_line(struct lp_span line, struct lp_ledger *l, struct lp_arena *scratch,
		    const char **why)
{
	bool taken;

	return lp_calllog_line_if(line, l, scratch, NULL, &taken, why);
}
