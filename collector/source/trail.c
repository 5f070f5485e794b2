/* SPDX-License-Identifier: MIT */
/* From a record of CloudTrail to a call: who, which operation, which permissions. */
#include "trail.h"

#include <errno.h>
#include <stdlib.h>

#include "base/compare.h"
#include "base/json_in.h"
#include "model/trail.h"
#include "policy/denied.h"
#include "policy/pattern.h"
#include "policy/timestamp.h"
#include "wire/fields.h"

#define FIELDS_MAX    LP_FIELDS_COUNT_MAX
#define RESOURCES_MAX 1024 /* of one event */
#define NAME_LEN_MAX  256  /* of a member, with those around it */

/* For one, and for many. */
static const char *const left_names[LP_TRAIL_LEFTS][2] = {
	[LP_TRAIL_USED] = {"used", "used"},
	[LP_TRAIL_BY_SERVICE] = {"call by an AWS service in its own name",
				 "calls by AWS services in their own name"},
	[LP_TRAIL_LINKED_ROLE] = {"call by a service-linked role", "calls by service-linked roles"},
	[LP_TRAIL_OTHER_ACCOUNT] = {"call from another account, whose own trail names the caller",
				    "calls from other accounts, whose own trail names the caller"},
	[LP_TRAIL_SIGN_IN] = {"console sign-in", "console sign-ins"},
	[LP_TRAIL_NO_CALL] = {"event that is no call", "events that are no calls"},
};

const char *lp_trail_left_name(enum lp_trail_left left, uint64_t n)
{
	return left_names[left][n != 1];
}

/* --- lists of ARNs ---------------------------------------------------------------------------- */

struct arns {
	struct lp_span v[RESOURCES_MAX];
	size_t n;
};

static void add_arn(struct arns *a, struct lp_span s)
{
	if (a->n < RESOURCES_MAX && lp_span_starts(s, LP_SPAN("arn:")) &&
	    lp_span_find(s, '\0') == s.len)
		a->v[a->n++] = s;
}

/* [{"ARN":"arn:…","type":…},…]; members are called ARN, arn, or in OCSF uid. */
static int arns_of_json(struct lp_span json, struct lp_arena *arena, struct arns *out)
{
	struct lp_json j;
	struct lp_json_token t;
	struct lp_span s;
	bool is_arn = false;

	lp_json_init(&j, json);
	while (!lp_json_next(&j, &t) && t.type != LP_JSON_END) {
		if (t.type == LP_JSON_KEY) {
			is_arn = lp_span_caseeq(t.raw, LP_SPAN("arn")) ||
				 lp_span_eq(t.raw, LP_SPAN("uid"));
			continue;
		}
		if (t.type == LP_JSON_STRING && is_arn) {
			if (lp_json_text(&t, arena, &s))
				return -ENOMEM;
			add_arn(out, s);
		}
		is_arn = false;
	}
	return 0;
}

/* [{arn=arn:…, accountid=…}, …] */
static void arns_of_struct(struct lp_span s, struct arns *out)
{
	const struct lp_span mark = LP_SPAN("arn=");

	while (s.len) {
		const char *p = memmem(s.ptr, s.len, mark.ptr, mark.len);
		size_t n = 0;

		if (!p)
			return;
		s = lp_span_from(s, (size_t)(p - s.ptr) + mark.len);
		while (n < s.len && s.ptr[n] != '}' &&
		       !lp_span_starts(lp_span_from(s, n), LP_SPAN(", ")))
			n++;
		add_arn(out, lp_span_first(s, n));
		s = lp_span_from(s, n);
	}
}

/*
 * True for what the call itself made: its id stands in the answer and not in the request. AWS
 * authorised before that id was there, so it must not narrow the permission to make another.
 */
static bool is_made(const struct lp_trail_event *ev, struct lp_span arn)
{
	size_t i = arn.len;

	while (i && arn.ptr[i - 1] != '/' && arn.ptr[i - 1] != ':')
		i--;
	arn = lp_span_from(arn, i);
	return arn.len && lp_span_holds(ev->response, arn) && !lp_span_holds(ev->params, arn);
}

static int resources_of(const struct lp_trail_event *ev, struct lp_arena *arena, struct arns *out)
{
	size_t n = 0;

	out->n = 0;
	if (lp_span_find(ev->resources, '"') == ev->resources.len)
		arns_of_struct(ev->resources, out);
	else if (arns_of_json(ev->resources, arena, out))
		return -ENOMEM;
	for (size_t i = 0; i < out->n; i++)
		if (!is_made(ev, out->v[i]))
			out->v[n++] = out->v[i];
	out->n = n;
	return 0;
}

/* --- the answer ------------------------------------------------------------------------------- */

/* Leaves of responseElements that may be kept, by path, and AWS's message of refusal. */
static int answer(const struct lp_trail_event *ev, struct lp_arena *arena, struct lp_response *rsp)
{
	struct lp_field *fields = lp_arena_alloc(arena, (FIELDS_MAX + 1) * sizeof(*fields));
	struct lp_header *headers = lp_arena_alloc(arena, FIELDS_MAX * sizeof(*headers));
	struct lp_json_token t;
	struct lp_json j;
	struct lp_span key = {0}, s;
	size_t n = 0, n_headers = 0;

	*rsp = (struct lp_response){
		.request_id = ev->request_id,
		.error_code = ev->error_code,
		.fields = fields,
		.headers = headers,
	};
	if (!fields || !headers)
		return -ENOMEM;
	if (ev->error_message.len)
		fields[n++] = (struct lp_field){LP_SPAN("message"), ev->error_message};
	lp_json_init(&j, ev->response);
	while (ev->response.len && !lp_json_next(&j, &t) && t.type != LP_JSON_END) {
		if (t.type == LP_JSON_KEY) {
			if (lp_json_text(&t, arena, &key))
				return -ENOMEM;
			continue;
		}
		if (t.type != LP_JSON_STRING || !key.len)
			continue;
		if (lp_json_text(&t, arena, &s))
			return -ENOMEM;
		/* S3 logs headers of the answer among its elements. */
		if (n_headers < FIELDS_MAX && j.depth == 1)
			headers[n_headers++] = (struct lp_header){key, s};
		s = lp_fields_keep(key, s);
		if (s.len && n < FIELDS_MAX)
			fields[n++] = (struct lp_field){key, s};
	}
	rsp->n_fields = n;
	rsp->n_headers = n_headers;
	return 0;
}

/* --- permissions ------------------------------------------------------------------------------ */

/* The resources of the event that the action can be restricted to. */
static int fitting(const char *action, const struct arns *arns, const char *within,
		   struct lp_arena *arena, const char ***out, size_t *n)
{
	lp_iam_action a = lp_iam_find_action(lp_span_str(action));

	*n = 0;
	*out = lp_arena_alloc(arena, (arns->n ? arns->n : 1) * sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < arns->n && a != LP_IAM_NONE; i++) {
		const char *p;

		if (lp_iam_action_takes(a, arns->v[i]) == LP_IAM_NONE)
			continue;
		p = lp_pattern_quote(arns->v[i], arena);
		if (!p)
			return -ENOMEM;
		if (!within || lp_arn_covers(lp_span_str(within), lp_span_str(p)))
			(*out)[(*n)++] = p;
	}
	return 0;
}

static void sort_unique(const char **v, size_t *n)
{
	size_t kept = 0;

	if (*n > 1)
		qsort(v, *n, sizeof(*v), lp_compare_str);
	for (size_t i = 0; i < *n; i++)
		if (!kept || strcmp(v[kept - 1], v[i]))
			v[kept++] = v[i];
	*n = kept;
}

/* Where parameters left a resource open, the event's own list of resources closes it. */
static int pin(struct lp_grant *g, const struct arns *arns, struct lp_arena *arena)
{
	const char **all;
	size_t n = 0, cap = g->n_resources + g->n_resources * arns->n;

	if (!arns->n || cap > RESOURCES_MAX)
		return 0;
	all = lp_arena_alloc(arena, cap * sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < g->n_resources; i++) {
		const char **found;
		size_t n_found = 0;

		if (strpbrk(g->resources[i], "*?") &&
		    !lp_pattern_is_literal(lp_span_str(g->resources[i]))) {
			int err =
				fitting(g->action, arns, g->resources[i], arena, &found, &n_found);

			if (err)
				return err;
		}
		for (size_t k = 0; k < n_found; k++)
			all[n++] = found[k];
		if (!n_found)
			all[n++] = g->resources[i];
	}
	sort_unique(all, &n);
	g->resources = all;
	g->n_resources = n;
	return 0;
}

/* An event that is no operation but is called like an action: codecommit:GitPull. */
static int by_action(const struct lp_trail_event *ev, struct lp_span source, struct arns *arns,
		     struct lp_arena *arena, struct lp_authz *out)
{
	static const char *const anything[] = {"*"};
	lp_iam_prefix prefix = lp_trail_prefix(source);
	struct lp_span event = lp_trail_plain_event(ev->name);
	struct lp_grant *g;
	const char *name, **found;
	lp_iam_action a;
	size_t n;

	if (prefix == LP_IAM_NONE || event.len > NAME_LEN_MAX)
		return -ENOENT;
	name = lp_arena_printf(arena, "%s:%.*s", lp_iam_prefix_name(prefix), (int)event.len,
			       event.ptr);
	g = lp_arena_alloc(arena, sizeof(*g));
	if (!name || !g)
		return -ENOMEM;
	a = lp_iam_find_action(lp_span_str(name));
	if (a == LP_IAM_NONE)
		return -ENOENT;
	*g = (struct lp_grant){.action = lp_iam_action_name(a)};
	if (fitting(g->action, arns, NULL, arena, &found, &n))
		return -ENOMEM;
	sort_unique(found, &n);
	g->resources = n ? found : anything;
	g->n_resources = n ? n : 1;
	g->flags = n || !lp_iam_action_types(a) ? 0 : LP_GRANT_UNPINNED;
	*out = (struct lp_authz){.grants = g, .n_grants = 1};
	return 0;
}

/* A call as a VPC endpoint logs it (network activity): without parameters. */
static bool by_endpoint(const struct lp_trail_event *ev)
{
	return lp_span_eq(ev->type, LP_SPAN("AwsVpceEvent"));
}

/* What the operation needs, by its parameters where they are logged. */
static int by_operation(const struct lp_trail_event *ev, const struct lp_recorded *rec,
			struct lp_arena *arena, struct lp_authz *out)
{
	lp_op op = rec->op;

	if (op == LP_OP_NONE)
		return -ENOENT;
	if (!by_endpoint(ev))
		return lp_authorize_recorded(rec, arena, out);
	return lp_authorize_named(lp_span_str(lp_model_service_id(op)),
				  lp_span_str(lp_model_operation_name(op)), arena, &op, out);
}

static int permissions(const struct lp_trail_event *ev, struct lp_span source, lp_op op,
		       struct lp_arena *arena, struct lp_trail_call *out)
{
	struct lp_recorded rec = {
		.op = op,
		.partition = out->call.partition,
		.region = ev->region,
		.signing_name = source,
		.params = ev->params,
		.rsp = &out->rsp,
	};
	struct lp_authz *authz = &out->call.authz;
	struct lp_grant *grants, denied;
	struct arns *arns = lp_arena_alloc(arena, sizeof(*arns));
	int err;

	if (!arns)
		return -ENOMEM;
	err = resources_of(ev, arena, arns);
	if (err)
		return err;
	/* Of refused calls parameters are often not logged, but AWS's message names the resource.
	 */
	if (lp_denied_grant(&out->call, arena, &denied) && !strpbrk(denied.resources[0], "*?$"))
		add_arn(arns, lp_span_str(denied.resources[0]));
	err = by_operation(ev, &rec, arena, authz);
	if (err == -ENOENT)
		err = by_action(ev, source, arns, arena, authz);
	if (err == -ENOENT) {
		out->call.unknown = true;
		out->call.reason = op == LP_OP_NONE
					   ? "no API operation or action of that name is known"
					   : "no action is known for this operation";
		return 0;
	}
	if (err || !authz->n_grants)
		return err;
	grants = lp_arena_alloc(arena, authz->n_grants * sizeof(*grants));
	if (!grants)
		return -ENOMEM;
	memcpy(grants, authz->grants, authz->n_grants * sizeof(*grants));
	for (size_t i = 0; !err && i < authz->n_grants; i++) {
		struct lp_grant *g = &grants[i];

		err = pin(g, arns, arena);
		/* A service went on with the caller's own rights (forward access session). */
		if (!err && ev->user.invoked_by.len && !(g->flags & LP_GRANT_POSSIBLE)) {
			g->flags |= LP_GRANT_DEPENDENT;
			g->reason = lp_arena_printf(
				arena, "%.*s called it with the caller's rights",
				(int)lp_span_first(ev->user.invoked_by, NAME_LEN_MAX).len,
				ev->user.invoked_by.ptr);
			if (!g->reason)
				return -ENOMEM;
		}
	}
	authz->grants = grants;
	return err;
}

/* --- who -------------------------------------------------------------------------------------- */

static enum lp_trail_left kind_of(const struct lp_trail_event *ev)
{
	const struct lp_span type = ev->user.type;

	if (lp_span_eq(ev->type, LP_SPAN("AwsConsoleSignIn")) ||
	    lp_span_starts(ev->source, LP_SPAN("signin.")))
		return LP_TRAIL_SIGN_IN;
	if (ev->type.len && !lp_span_eq(ev->type, LP_SPAN("AwsApiCall")) &&
	    !lp_span_eq(ev->type, LP_SPAN("AwsConsoleAction")) && !by_endpoint(ev))
		return LP_TRAIL_NO_CALL;
	if (lp_span_eq(ev->category, LP_SPAN("Insight")))
		return LP_TRAIL_NO_CALL;
	if (lp_span_eq(type, LP_SPAN("AWSService")))
		return LP_TRAIL_BY_SERVICE;
	if (!ev->user.arn.len && !ev->user.issuer_arn.len &&
	    lp_span_eq(type, LP_SPAN("AWSAccount")))
		return LP_TRAIL_OTHER_ACCOUNT;
	return LP_TRAIL_USED;
}

struct lp_span lp_trail_source(const struct lp_trail_event *ev)
{
	return lp_span_first(ev->source, lp_span_find(ev->source, '.'));
}

bool lp_trail_is_data(const struct lp_trail_event *ev)
{
	const char *what;

	if (ev->category.len || ev->management.len)
		return lp_span_eq(ev->category, LP_SPAN("Data")) ||
		       lp_span_eq(ev->management, LP_SPAN("false"));
	/* A table need not have these columns; then the best known of them tell. */
	what = lp_trail_data_events(lp_trail_source(ev));
	return what && lp_span_holds(lp_span_str(what), ev->name);
}

/* A role by its issuer's ARN; a federated user has its user's rights. */
static struct lp_span principal_of(const struct lp_trail_event *ev)
{
	return ev->user.issuer_arn.len ? ev->user.issuer_arn : ev->user.arn;
}

void lp_trail_parts(const struct lp_trail_event *ev, struct lp_span parts[LP_TRAIL_PARTS])
{
	const struct lp_span all[LP_TRAIL_PARTS] = {
		ev->source,	   ev->name,	  ev->type,	    ev->version,
		ev->region,	   ev->category,  ev->management,   ev->error_code,
		ev->error_message, ev->user.type, principal_of(ev), ev->user.invoked_by,
		ev->params,	   ev->response,  ev->resources,
	};

	memcpy(parts, all, sizeof(all));
}

int64_t lp_trail_time(const struct lp_trail_event *ev)
{
	const size_t n = ev->time.len;
	char text[LP_TIMESTAMP_SIZE];
	int64_t ns;

	if (n < 11 || n > sizeof(text) - 1)
		return 0;
	/* As Athena and CloudTrail Lake write it: "2026-01-31 12:00:00.000". */
	memcpy(text, ev->time.ptr, n);
	text[n] = 'Z';
	if (text[10] == ' ')
		text[10] = 'T';
	return lp_timestamp_read(lp_span_of(text, n + lp_ascii_digit(text[n - 1])), &ns) ? 0 : ns;
}

int lp_trail_fact(const struct lp_trail_event *ev, struct lp_arena *arena, struct lp_fact *fact)
{
	struct lp_span principal = principal_of(ev);

	*fact = (struct lp_fact){0};
	if (!principal.len || !ev->user.access_key.len)
		return 0;
	*fact = (struct lp_fact){ev->user.access_key, LP_FACT_SOURCE,
				 lp_principal_of(principal, arena)};
	return fact->value.len ? 0 : -ENOMEM;
}

int lp_trail_call(const struct lp_trail_event *ev, struct lp_arena *arena,
		  struct lp_trail_call *out, enum lp_trail_left *left)
{
	struct lp_call *call = &out->call;
	struct lp_span source = lp_trail_source(ev);
	lp_op op;
	int err;

	*left = kind_of(ev);
	if (*left != LP_TRAIL_USED)
		return 0;
	*out = (struct lp_trail_call){
		.call =
			{
				.source = LP_SOURCE_CLOUDTRAIL,
				.principal = principal_of(ev),
				.time_ns = lp_trail_time(ev),
				.region = ev->region,
				.partition = lp_model_partition(ev->region),
				.request_id = ev->request_id,
				.error_code = ev->error_code,
			},
	};
	if (lp_span_holds(call->principal, LP_SPAN(":role/aws-service-role/")) ||
	    lp_span_holds(call->principal, LP_SPAN("/AWSServiceRoleFor"))) {
		*left = LP_TRAIL_LINKED_ROLE;
		return 0;
	}
	if (!call->principal.len)
		call->access_key = ev->user.access_key;
	err = lp_trail_fact(ev, arena, &out->fact);
	if (err)
		return err;
	op = lp_trail_op(source, ev->name, ev->version);
	call->service =
		op == LP_OP_NONE ? lp_arena_strndup(arena, source) : lp_model_service_id(op);
	call->operation =
		op == LP_OP_NONE ? lp_arena_strndup(arena, ev->name) : lp_model_operation_name(op);
	if (!call->service || !call->operation)
		return -ENOMEM;
	err = answer(ev, arena, &out->rsp);
	call->response = &out->rsp;
	return err ? err : permissions(ev, source, op, arena, out);
}
