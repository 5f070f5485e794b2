/* SPDX-License-Identifier: MIT */
/* One record of a log, and what it comes wrapped in. */
#include <errno.h>

#include "base/json_in.h"
#include "policy/timestamp.h"
#include "trail.h"

#define WRAPPERS_MAX 6 /* inside each other */

struct reader {
	struct lp_json json;
	struct lp_arena *arena;
	lp_trail_event_fn fn;
	void *ctx;
	const char **why;
	unsigned wrappers;
};

static int bad(struct reader *r, const char *why)
{
	*r->why = why;
	return -EBADMSG;
}

static int next(struct reader *r, struct lp_json_token *t)
{
	return lp_json_next(&r->json, t) ? bad(r, r->json.error) : 0;
}

/* Passes over the value that begins with `t`; its whole text is *raw. */
static int pass(struct reader *r, const struct lp_json_token *t, struct lp_span *raw)
{
	if (lp_json_skip(&r->json, t))
		return bad(r, r->json.error);
	*raw = lp_span_of(r->json.in.ptr + t->offset, r->json.pos - t->offset);
	return 0;
}

/* A string's text; of other values their text, of null nothing. */
static int text(struct reader *r, const struct lp_json_token *t, struct lp_span *out)
{
	if (t->type == LP_JSON_STRING)
		return lp_json_text(t, r->arena, out);
	if (t->type == LP_JSON_NULL)
		return 0;
	return pass(r, t, out);
}

/* --- members of a record ---------------------------------------------------------------------- */

struct member {
	const char *name;
	uint8_t len;
	bool raw; /* taken as JSON text, which may stand in a string */
	uint16_t at;
};

#define EVENT(member, name)                                                                        \
	{                                                                                          \
		name, sizeof(name) - 1, false, offsetof(struct lp_trail_event, member)             \
	}
#define EVENT_RAW(member, name)                                                                    \
	{                                                                                          \
		name, sizeof(name) - 1, true, offsetof(struct lp_trail_event, member)              \
	}

static const struct member event_members[] = {
	EVENT(time, "eventTime"),
	EVENT(source, "eventSource"),
	EVENT(name, "eventName"),
	EVENT(type, "eventType"),
	EVENT(category, "eventCategory"),
	EVENT(management, "managementEvent"),
	EVENT(version, "apiVersion"),
	EVENT(region, "awsRegion"),
	EVENT(source_ip, "sourceIPAddress"),
	EVENT(request_id, "requestID"),
	EVENT(error_code, "errorCode"),
	EVENT(error_message, "errorMessage"),
	EVENT_RAW(params, "requestParameters"),
	EVENT_RAW(response, "responseElements"),
	EVENT_RAW(resources, "resources"),
};

static const struct member user_members[] = {
	EVENT(user.type, "type"),
	EVENT(user.arn, "arn"),
	EVENT(user.access_key, "accessKeyId"),
	EVENT(user.account, "accountId"),
	EVENT(user.invoked_by, "invokedBy"),
};

static const struct member issuer_members[] = {
	EVENT(user.issuer_arn, "arn"),
};

/* As CloudTrail writes a name, or all in lower case, as Athena does whatever it writes. */
static bool is_named(struct lp_span key, const char *name)
{
	bool same = true, lower = true;

	for (size_t i = 0; i < key.len && (same || lower); i++) {
		same = same && key.ptr[i] == name[i];
		lower = lower && key.ptr[i] == lp_ascii_lower(name[i]);
	}
	return (same || lower) && !name[key.len];
}

static struct lp_span *find(const struct member *m, size_t n, struct lp_span key,
			    struct lp_trail_event *ev, bool *raw)
{
	for (size_t i = 0; i < n; i++)
		if (m[i].len == key.len && is_named(key, m[i].name)) {
			*raw = m[i].raw;
			return (struct lp_span *)(void *)((char *)ev + m[i].at);
		}
	return NULL;
}

/* The next member of an object, with its value's first token: 1; 0 at the object's end; -errno. */
static int next_member(struct reader *r, struct lp_span *key, struct lp_json_token *t)
{
	int err = next(r, t);

	if (err || t->type != LP_JSON_KEY)
		return err;
	err = lp_json_text(t, r->arena, key);
	if (!err)
		err = next(r, t);
	return err ? err : 1;
}

/* Takes a member of the table into `ev`: 1; 0 when it is none; -errno. */
static int take_member(struct reader *r, struct lp_trail_event *ev, const struct member *m,
		       size_t n, struct lp_span key, const struct lp_json_token *t)
{
	bool raw;
	struct lp_span *to = find(m, n, key, ev, &raw);
	int err;

	if (!to || (raw && t->type == LP_JSON_NULL))
		return 0;
	err = raw && t->type != LP_JSON_STRING ? pass(r, t, to) : text(r, t, to);
	return err ? err : 1;
}

/*
 * The members of an object whose '{' was read: those of the table into `ev`; objects named `inner`
 * are handed to `then`.
 */
static int object(struct reader *r, struct lp_trail_event *ev, const struct member *m, size_t n,
		  const char *inner, int (*then)(struct reader *, struct lp_trail_event *))
{
	struct lp_json_token t;
	struct lp_span key = {NULL, 0}, skipped;
	int err;

	while ((err = next_member(r, &key, &t)) > 0) {
		err = take_member(r, ev, m, n, key, &t);
		if (!err && inner && t.type == LP_JSON_OBJECT && is_named(key, inner))
			err = then(r, ev);
		else if (!err)
			err = pass(r, &t, &skipped);
		if (err < 0)
			return err;
	}
	return err;
}

static int issuer(struct reader *r, struct lp_trail_event *ev)
{
	return object(r, ev, issuer_members, LP_ARRAY_LEN(issuer_members), NULL, NULL);
}

static int session(struct reader *r, struct lp_trail_event *ev)
{
	return object(r, ev, NULL, 0, "sessionIssuer", issuer);
}

static int user(struct reader *r, struct lp_trail_event *ev)
{
	return object(r, ev, user_members, LP_ARRAY_LEN(user_members), "sessionContext", session);
}

/* --- OCSF ------------------------------------------------------------------------------------- */

/*
 * The Open Cybersecurity Schema Framework, in which Amazon Security Lake keeps CloudTrail: members
 * by their path, of all versions. Source: OCSF's mappings of CloudTrail's records.
 */
static const struct member ocsf_members[] = {
	EVENT(name, "api.operation"),
	EVENT(source, "api.service.name"),
	EVENT(version, "api.version"),
	EVENT(request_id, "api.request.uid"),
	EVENT_RAW(params, "api.request.data"),
	EVENT_RAW(response, "api.response.data"),
	EVENT(error_code, "api.response.error"),
	EVENT(error_message, "api.response.message"),
	EVENT(user.type, "actor.user.type"),
	EVENT(user.arn, "actor.user.uid"), /* before 1.1 an id of IAM's */
	EVENT(user.arn, "actor.user.uuid"),
	EVENT(user.access_key, "actor.user.credential_uid"),
	EVENT(user.account, "actor.user.account.uid"),
	EVENT(user.account, "actor.user.account_uid"),
	EVENT(user.invoked_by, "actor.invoked_by"),
	EVENT(user.issuer_arn, "actor.session.issuer"),
	EVENT(region, "cloud.region"),
	EVENT(source_ip, "src_endpoint.ip"),
	EVENT(source_ip, "src_endpoint.domain"),
	EVENT(type, "metadata.event_code"),
	EVENT(category, "metadata.product.feature.name"),
	EVENT(type, "unmapped.eventType"),
	EVENT(management, "unmapped.managementEvent"),
	EVENT_RAW(params, "unmapped.requestParameters"),
};

/* True when some path above goes through `path`. */
static bool leads_on(struct lp_span path)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(ocsf_members); i++)
		if (ocsf_members[i].len > path.len && ocsf_members[i].name[path.len] == '.' &&
		    lp_span_eq(lp_span_of(ocsf_members[i].name, path.len), path))
			return true;
	return false;
}

/* "requestParameters.name": "text" beside each other, as they were kept before 1.5: one object. */
static int add_param(struct reader *r, struct lp_trail_event *ev, struct lp_span name,
		     const struct lp_json_token *t)
{
	struct lp_span have = ev->params;
	char *text;

	if (t->type != LP_JSON_STRING || lp_span_find(name, '.') != name.len ||
	    lp_span_find(name, '"') != name.len || lp_span_find(name, '\\') != name.len ||
	    have.len + name.len + t->raw.len > LP_TRAIL_RECORD_MAX)
		return 0;
	have = have.len ? lp_span_first(have, have.len - 1) : LP_SPAN("{");
	text = lp_arena_printf(r->arena, "%.*s%s\"%.*s\":\"%.*s\"}", (int)have.len, have.ptr,
			       have.len > 1 ? "," : "", (int)name.len, name.ptr, (int)t->raw.len,
			       t->raw.ptr);
	if (!text)
		return -ENOMEM;
	ev->params = lp_span_str(text);
	ev->no_params = false;
	return 1;
}

/* Takes the value of `key` below `path`, to which it is added; what says nothing replaces nothing.
 */
static int ocsf(struct reader *r, struct lp_trail_event *ev, struct lp_span path,
		struct lp_span key, const struct lp_json_token *t)
{
	static const struct lp_span flat = {"requestParameters.", 18};
	struct lp_span to, *at, before, skipped;
	struct lp_json_token value;
	bool raw;
	int err;

	if (path.len && lp_span_starts(key, flat)) {
		err = add_param(r, ev, lp_span_from(key, flat.len), t);
		return err ? err : pass(r, t, &skipped);
	}
	to = lp_span_str(lp_arena_printf(r->arena, "%.*s%s%.*s", (int)path.len, path.ptr,
					 path.len ? "." : "", (int)key.len, key.ptr));
	if (!to.ptr)
		return -ENOMEM;
	if (t->type != LP_JSON_OBJECT || !leads_on(to)) {
		at = find(ocsf_members, LP_ARRAY_LEN(ocsf_members), to, ev, &raw);
		before = at ? *at : to;
		err = take_member(r, ev, ocsf_members, LP_ARRAY_LEN(ocsf_members), to, t);
		if (!err)
			err = pass(r, t, &skipped);
		if (at == &ev->params)
			ev->no_params = false;
		if (at &&
		    (!at->len || (at == &ev->user.arn && !lp_span_starts(*at, LP_SPAN("arn:")))))
			*at = before;
		return err < 0 ? err : 0;
	}
	while ((err = next_member(r, &key, &value)) > 0) {
		err = ocsf(r, ev, to, key, &value);
		if (err < 0)
			return err;
	}
	return err;
}

/* Its time, in milliseconds since 1970. */
static int ocsf_time(struct reader *r, struct lp_span number, struct lp_trail_event *ev)
{
	const int64_t ns_per_ms = 1000000;
	char buf[LP_TIMESTAMP_SIZE], *text;
	int64_t ms = 0;

	for (size_t i = 0; i < number.len; i++) {
		if (!lp_ascii_digit(number.ptr[i]) || ms > INT64_MAX / ns_per_ms / 10 - 1)
			return 0;
		ms = ms * 10 + (number.ptr[i] - '0');
	}
	if (!lp_timestamp_write(ms * ns_per_ms, buf))
		return 0;
	text = lp_arena_strndup(r->arena, lp_span_str(buf));
	ev->time = lp_span_str(text ? text : "");
	return text ? 0 : -ENOMEM;
}

/* --- wrappers --------------------------------------------------------------------------------- */

static const char too_often[] = "wrapped too often";

static int record(struct reader *r);

/* The record inside a string: CloudTrailEvent of `lookup-events`, message of CloudWatch Logs. */
static int inside_text(struct reader *r, struct lp_span json)
{
	struct reader in = *r;
	struct lp_json_token t;
	int err;

	lp_json_init(&in.json, json);
	err = next(&in, &t);
	if (!err && t.type != LP_JSON_OBJECT)
		err = bad(r, "a wrapped event is no object");
	in.wrappers++;
	return err ? err : record(&in);
}

static int row(struct reader *r);

static int each_of(struct reader *r)
{
	struct lp_json_token t;
	bool odd = false;
	int err;

	if (++r->wrappers > WRAPPERS_MAX)
		return bad(r, too_often);
	while (!(err = next(r, &t)) && t.type != LP_JSON_ARRAY_END) {
		struct lp_span skipped;

		if (t.type == LP_JSON_OBJECT)
			err = record(r);
		else if (t.type == LP_JSON_ARRAY)
			err = row(r);
		else
			err = pass(r, &t, &skipped);
		odd = odd || (t.type != LP_JSON_OBJECT && t.type != LP_JSON_ARRAY);
		if (err)
			return err;
	}
	r->wrappers--;
	return !err && odd ? bad(r, "a list of records holds what is no object") : err;
}

/* --- tables ----------------------------------------------------------------------------------- */

struct result {
	struct lp_trail_columns columns;
	struct lp_span cells[LP_TRAIL_COLUMNS_MAX];
	unsigned n;  /* of the row at hand */
	bool header; /* was read */
};

static int take_result(struct reader *r, struct result *t)
{
	struct lp_trail_event ev;
	int err;

	if (!t->header) {
		t->header = true;
		return lp_trail_header(&t->columns, t->cells, t->n)
			       ? 0
			       : bad(r, "not the table of a trail: no columns eventsource and "
					"eventname");
	}
	if (t->columns.record && t->n == t->columns.n)
		return inside_text(r, t->cells[t->columns.record - 1]);
	err = lp_trail_row(&t->columns, t->cells, t->n, r->arena, &ev);
	if (err == -EBADMSG)
		return bad(r, "the row names no event");
	return err ? err : r->fn(r->ctx, &ev);
}

/*
 * A row of get-query-results, whose '{' was read: {"Data":[{"VarCharValue":cell},...]}; of a cell
 * without a value nothing stands there.
 */
static int cells_of(struct reader *r, struct lp_span *cells, unsigned *n)
{
	struct lp_json_token token;
	unsigned depth = 1;
	int err = 0;

	*n = 0;
	while (!err && depth && !(err = next(r, &token))) {
		bool opens = token.type == LP_JSON_OBJECT || token.type == LP_JSON_ARRAY;

		if (opens && ++depth == 3 && *n < LP_TRAIL_COLUMNS_MAX)
			cells[(*n)++] = lp_span_of(NULL, 0);
		else if (token.type == LP_JSON_STRING && depth == 3 && *n)
			err = lp_json_text(&token, r->arena, &cells[*n - 1]);
		else if (token.type == LP_JSON_OBJECT_END || token.type == LP_JSON_ARRAY_END)
			depth--;
	}
	return err;
}

int lp_trail_cells(struct lp_span json, struct lp_arena *arena,
		   struct lp_span cells[LP_TRAIL_COLUMNS_MAX], unsigned *n, const char **why)
{
	struct reader r = {.arena = arena, .why = why};
	struct lp_json_token t;
	int err;

	lp_json_init(&r.json, json);
	err = next(&r, &t);
	if (!err && t.type != LP_JSON_OBJECT)
		err = bad(&r, "not a row");
	return err ? err : cells_of(&r, cells, n);
}

/* The rows, whose '[' was read; the header comes first. */
static int each_result(struct reader *r)
{
	struct result *t = lp_arena_alloc(r->arena, sizeof(*t));
	struct lp_json_token token;
	struct lp_span skipped;
	int err = t ? 0 : -ENOMEM;

	if (t)
		t->header = false;
	while (!err && !(err = next(r, &token)) && token.type != LP_JSON_ARRAY_END) {
		err = token.type == LP_JSON_OBJECT ? cells_of(r, t->cells, &t->n)
						   : pass(r, &token, &skipped);
		if (!err && token.type == LP_JSON_OBJECT)
			err = take_result(r, t);
	}
	return err;
}

static int result_set(struct reader *r)
{
	struct lp_json_token t;
	struct lp_span key = {NULL, 0}, skipped;
	int err;

	while ((err = next_member(r, &key, &t)) > 0) {
		if (t.type == LP_JSON_ARRAY && lp_span_eq(key, LP_SPAN("Rows")))
			err = each_result(r);
		else
			err = pass(r, &t, &skipped);
		if (err)
			return err;
	}
	return err;
}

/*
 * A cell of a row whose cells name their columns: {"name":text} (CloudTrail Lake) or
 * {"field":"name","value":text} (CloudWatch Logs). 1; 0 when the object is none.
 */
static int cell(struct reader *r, struct lp_span *name, struct lp_span *value)
{
	struct lp_span key = {NULL, 0}, *to;
	struct lp_json_token t;
	unsigned n = 0;
	bool named = false;
	int err;

	while ((err = next_member(r, &key, &t)) > 0) {
		bool field = lp_span_eq(key, LP_SPAN("field"));

		named = named || field;
		if (t.type == LP_JSON_OBJECT || t.type == LP_JSON_ARRAY || ++n > 1u + named)
			return 0;
		to = field ? name : value;
		if (!field && !named)
			*name = key;
		err = text(r, &t, to);
		if (err)
			return err;
	}
	return err ? err : n == 1u + named;
}

/* An array whose '[' was read: a row, or a list of records. */
static int row(struct reader *r)
{
	struct result *names = lp_arena_alloc(r->arena, sizeof(*names));
	struct result *values = lp_arena_alloc(r->arena, sizeof(*values));
	const struct lp_json start = r->json;
	struct lp_json_token t;
	int err, got = 1;

	if (!names || !values)
		return -ENOMEM;
	names->header = false;
	names->n = 0;
	while (!(err = next(r, &t)) && t.type == LP_JSON_OBJECT &&
	       names->n < LP_TRAIL_COLUMNS_MAX &&
	       (got = cell(r, &names->cells[names->n], &values->cells[names->n])) > 0)
		names->n++;
	if (err || got < 0)
		return err ? err : got;
	if (t.type != LP_JSON_ARRAY_END || !names->n) {
		r->json = start;
		return each_of(r);
	}
	err = take_result(r, names);
	if (err)
		return err;
	values->n = names->n;
	values->columns = names->columns;
	values->header = true;
	return take_result(r, values);
}

/* --- members of wrappers ---------------------------------------------------------------------- */

/*
 * CloudTrail, lookup-events, CloudWatch Logs and its queries, messages of queues, rows of
 * CloudTrail Lake, and what Splunk and Elasticsearch kept.
 */
static const char *const lists[] = {"Records", "Events",   "logEvents",	      "events",
				    "results", "Messages", "QueryResultRows", "hits"};
static const char *const objects[] = {"detail", "eventData", "@message", "result",
				      "hits",	"_source",   "event"};
static const char *const texts[] = {"CloudTrailEvent", "message", "eventData",
				    "@message",	       "Message", "Body",
				    "eventJson",       "_raw",	  "original"};

static bool is_one_of(struct lp_span key, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lp_span_eq(key, lp_span_str(names[i])))
			return true;
	return false;
}

bool lp_trail_is_list(struct lp_span key)
{
	return is_one_of(key, lists, LP_ARRAY_LEN(lists));
}

/* What an object is known to be while it is read. */
struct wrapper {
	bool any;   /* it is one */
	bool empty; /* of no record: by it CloudWatch Logs tries out where it sends to */
};

/* Takes a member that is no record's own; *taken tells whether it was a wrapper. */
static int unwrap(struct reader *r, struct lp_span key, const struct lp_json_token *t,
		  const struct wrapper *w, bool *taken)
{
	struct lp_span s;
	int err;

	*taken = !w->empty;
	if (w->empty)
		return 0;
	if (t->type == LP_JSON_ARRAY && lp_trail_is_list(key))
		return each_of(r);
	if (t->type == LP_JSON_OBJECT && is_one_of(key, objects, LP_ARRAY_LEN(objects))) {
		r->wrappers++;
		err = record(r);
		r->wrappers--;
		return err;
	}
	if (t->type == LP_JSON_OBJECT && lp_span_eq(key, LP_SPAN("ResultSet")))
		return result_set(r);
	if (t->type == LP_JSON_STRING && is_one_of(key, texts, LP_ARRAY_LEN(texts))) {
		err = lp_json_text(t, r->arena, &s);
		return err ? err : inside_text(r, s);
	}
	*taken = false;
	return 0;
}

/* A member that says of its object that it is a wrapper, and what is in it. */
static int look(struct reader *r, struct lp_span key, const struct lp_json_token *t,
		struct wrapper *w)
{
	struct lp_span s;
	int err;

	if (t->type != LP_JSON_STRING || !lp_span_eq(key, LP_SPAN("messageType")))
		return 0;
	err = lp_json_text(t, r->arena, &s);
	w->any = true;
	w->empty = lp_span_eq(s, LP_SPAN("CONTROL_MESSAGE"));
	return err;
}

/* Records that sum up calls, which have records of their own: they name none. */
static bool tells_of_calls(struct lp_span type)
{
	return lp_span_eq(type, LP_SPAN("AwsCloudTrailInsight")) ||
	       lp_span_eq(type, LP_SPAN("AwsAggregatedEvent"));
}

/* A record, or a wrapper, whose '{' was read. */
static int record(struct reader *r)
{
	struct lp_trail_event ev = {.no_params = true};
	struct lp_json_token t;
	struct lp_span key = {NULL, 0}, skipped;
	struct wrapper w = {.any = false};
	bool taken;
	int err;

	if (r->wrappers > WRAPPERS_MAX)
		return bad(r, too_often);
	while ((err = next_member(r, &key, &t)) > 0) {
		err = take_member(r, &ev, event_members, LP_ARRAY_LEN(event_members), key, &t);
		ev.no_params = ev.no_params && !is_named(key, "requestParameters");
		if (!err && t.type == LP_JSON_OBJECT && is_named(key, "userIdentity")) {
			err = user(r, &ev);
		} else if (!err && t.type == LP_JSON_STRING && is_named(key, "userIdentity")) {
			err = lp_json_text(&t, r->arena, &skipped);
			if (!err)
				err = lp_trail_user(skipped, r->arena, &ev);
		} else if (!err && t.type == LP_JSON_OBJECT && leads_on(key)) {
			err = ocsf(r, &ev, lp_span_of(NULL, 0), key, &t);
		} else if (!err && t.type == LP_JSON_NUMBER && lp_span_eq(key, LP_SPAN("time"))) {
			err = ocsf_time(r, t.raw, &ev);
		} else if (!err) {
			taken = false;
			err = ev.source.len ? 0 : look(r, key, &t, &w);
			if (!err && !ev.source.len)
				err = unwrap(r, key, &t, &w, &taken);
			w.any = w.any || taken;
			if (!err && !taken)
				err = pass(r, &t, &skipped);
		}
		if (err < 0)
			return err;
	}
	if (err || (w.any && !ev.source.len))
		return err;
	if ((!ev.source.len || !ev.name.len) && !tells_of_calls(ev.type))
		return bad(r, "not a CloudTrail record: it has no eventSource or no eventName");
	return r->fn(r->ctx, &ev);
}

int lp_trail_json(struct lp_span json, struct lp_arena *arena, lp_trail_event_fn fn, void *ctx,
		  const char **why)
{
	struct reader r = {.arena = arena, .fn = fn, .ctx = ctx, .why = why};
	struct lp_json_token t;
	struct lp_span text;
	int err;

	lp_json_init(&r.json, json);
	err = next(&r, &t);
	if (!err && t.type == LP_JSON_STRING) {
		err = lp_json_text(&t, arena, &text);
		return err ? err : inside_text(&r, text);
	}
	if (!err && t.type == LP_JSON_ARRAY)
		err = row(&r);
	else if (!err)
		err = t.type == LP_JSON_OBJECT ? record(&r) : bad(&r, "not a JSON object");
	if (!err)
		err = next(&r, &t); /* nothing may follow */
	return err;
}
