/* SPDX-License-Identifier: MIT */
/*
 * Evaluates the rows that an operation has in the IAM tables (tables/bind/) against one request.
 * Nothing here knows a service: a row says which action, under which conditions, and which ARN to
 * make of which values of the request.
 */
#include "authorize_impl.h"

#include <errno.h>

#include "authorize_split.h"
#include "extract_members.h"
#include "infer.h"
#include "model/newer.h"
#include "wire/sigv4.h"

/* --- conditions ------------------------------------------------------------------------------- */

static bool holds(const struct lp_eval *e, const struct lp_when_data *w)
{
	struct lp_span want = lp_span_str(lp_iam_pool + w->value);
	bool any = false, all_differ = true;

	for (const struct lp_value *v = e->values[w->leaf].first; v; v = v->next) {
		struct lp_span s = lp_eval_part(e, w->leaf, w->part, v->text);

		if (w->part && !s.len)
			continue;
		any = true;
		switch ((enum lp_when_kind)w->kind) {
		case LP_WHEN_EQ:
		case LP_WHEN_NE:
			all_differ = all_differ && !lp_span_caseeq(s, want);
			break;
		case LP_WHEN_LIKE:
		case LP_WHEN_UNLIKE:
			all_differ = all_differ && !lp_like(s, lp_iam_pool + w->value);
			break;
		case LP_WHEN_HAS:
		case LP_WHEN_NO:
			break;
		}
	}
	switch ((enum lp_when_kind)w->kind) {
	case LP_WHEN_HAS:
		return any;
	case LP_WHEN_NO:
		return !any;
	case LP_WHEN_EQ:
	case LP_WHEN_LIKE:
		return !all_differ;
	default:
		return all_differ;
	}
}

static bool applies(struct lp_eval *e, const struct lp_act_data *a)
{
	for (unsigned i = 0; i < a->n_when; i++) {
		const struct lp_when_data *w = &lp_iam_whens[a->first_when + i];

		/* Of a body that is there in part, what matters mostly stood in that part. */
		if (lp_eval_lacks(e, w->leaf) && !e->req->body.len)
			e->unread = true;
		if (!holds(e, w))
			return false;
	}
	return true;
}

/* --- conditions that the person asked for ----------------------------------------------------- */

static bool with_conditions;

void lp_authorize_with_conditions(bool on)
{
	with_conditions = on;
}

/* True when the row's condition belongs to the grant at all. */
static bool gives(const struct lp_eval *e, const struct lp_cond_data *c, const struct lp_filling *f)
{
	if (lp_iam_pool[c->op] != '?')
		return true;
	if (!with_conditions)
		return false;
	for (unsigned i = 0; i < f->n; i++)
		if (!f->v[i] || !f->v[i]->text.len || e->values[f->leaf[i]].first->next)
			return false;
	return f->n != 0;
}

static bool names_region(const struct lp_grant *g)
{
	for (size_t i = 0; i < g->n_conditions; i++)
		if (strcmp(g->conditions[i].key, "aws:RequestedRegion") == 0)
			return true;
	for (size_t i = 0; i < g->n_resources; i++) {
		struct lp_span region = lp_eval_arn_field(lp_span_str(g->resources[i]), 3);

		if (lp_is_arn(lp_span_str(g->resources[i])) && region.len &&
		    !lp_span_eq(region, LP_SPAN("*")))
			return true;
	}
	return false;
}

/* aws:RequestedRegion, for the called service's own actions: what it calls in turn may be
 * elsewhere. */
static int add_region(struct lp_eval *e, struct lp_grant *grants, size_t n)
{
	struct lp_span own = lp_span_str(grants[0].action);

	own.len = lp_span_find(own, ':') + 1;
	for (size_t i = 0; i < n && e->region.len; i++) {
		struct lp_grant *g = &grants[i];
		struct lp_condition *conds;

		if (!lp_span_starts(lp_span_str(g->action), own) || names_region(g))
			continue;
		conds = lp_arena_alloc(e->arena, (g->n_conditions + 1) * sizeof(*conds));
		if (!conds)
			return -ENOMEM;
		if (g->n_conditions)
			memcpy(conds, g->conditions, g->n_conditions * sizeof(*conds));
		conds[g->n_conditions] =
			(struct lp_condition){"StringEquals", "aws:RequestedRegion",
					      lp_arena_strndup(e->arena, e->region)};
		if (!conds[g->n_conditions].value)
			return -ENOMEM;
		g->conditions = conds;
		g->n_conditions++;
	}
	return 0;
}

/* --- grants ----------------------------------------------------------------------------------- */

static bool same_conditions(const struct lp_grant *g, const struct lp_condition *c, size_t n)
{
	if (g->n_conditions != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(g->conditions[i].key, c[i].key) != 0 ||
		    strcmp(g->conditions[i].op, c[i].op) != 0 ||
		    strcmp(g->conditions[i].value, c[i].value) != 0)
			return false;
	return true;
}

/*
 * Services are named by their host in conditions (iam:PassedToService, kms:ViaService). In other
 * partitions some have the suffix of the partition there and some do not: EC2 in China asks for
 * ec2.amazonaws.com.cn, EKS for eks.amazonaws.com. Either name is the same service's.
 */
static int add_local_names(struct lp_eval *e, struct lp_condition *conds, size_t *n)
{
	struct lp_span suffix = lp_span_str(lp_model_dns_suffix(e->partition));

	if (lp_span_eq(suffix, LP_SPAN(LP_DNS_SUFFIX)))
		return 0;
	for (size_t i = *n; i-- > 0;) {
		struct lp_span value = lp_span_str(conds[i].value);
		size_t stem = value.len - strlen(LP_DNS_SUFFIX);

		if (!lp_span_ends(value, LP_SPAN("." LP_DNS_SUFFIX)))
			continue;
		conds[*n] = conds[i];
		conds[*n].value =
			lp_arena_printf(e->arena, "%.*s%s", (int)stem, value.ptr, suffix.ptr);
		if (!conds[*n].value)
			return -ENOMEM;
		++*n;
	}
	return 0;
}

/* A condition's template with the first value of each member in it. */
static struct lp_filling first_values(const struct lp_eval *e, const struct lp_cond_data *c)
{
	struct lp_filling f = {.whole = true};
	bool must[HOLES_MAX];

	f.n = lp_holes_of(lp_iam_pool + c->value, f.leaf, must);
	for (unsigned i = 0; i < f.n; i++)
		f.v[i] = e->values[f.leaf[i]].first;
	return f;
}

/* How many values add_condition() may find. */
static size_t n_values(const struct lp_eval *e, const struct lp_cond_data *c)
{
	struct lp_filling f = first_values(e, c);
	size_t n = 1;

	for (const struct lp_value *v = f.n == 1 ? f.v[0] : NULL; v && v->next; v = v->next)
		n++;
	return n;
}

/* A key has one of the values of the condition's member; with no value at all it is any. */
static int add_condition(struct lp_eval *e, const struct lp_cond_data *c,
			 struct lp_condition *conds, size_t *n)
{
	struct lp_filling f = first_values(e, c);
	bool asked = lp_iam_pool[c->op] == '?';
	struct lp_doing values = {.e = e};

	if (!gives(e, c, &f))
		return 0;
	for (bool more = true; more && !e->err;) {
		const struct lp_value *next = f.n == 1 && f.v[0] ? f.v[0]->next : NULL;
		const char *value;

		f.wild = !asked && !next && !values.out.n;
		value = lp_fill(e, lp_iam_pool + c->value, &f);
		if (value)
			lp_add_resource(&values, value);
		more = next != NULL;
		f.v[0] = next;
	}
	lp_sort_unique(&values.out);
	for (size_t i = 0; i < values.out.n; i++)
		conds[(*n)++] = (struct lp_condition){lp_iam_pool + c->op + asked,
						      lp_iam_pool + c->key, values.out.v[i]};
	return e->err;
}

/* `grants` has room for one of each act. */
static int grant(struct lp_eval *e, const struct lp_act_data *a, struct lp_grant *grants, size_t *n)
{
	struct lp_doing d = {.e = e, .act = a};
	struct lp_condition *conds = NULL;
	const char *action = lp_iam_action_name(a->action);
	unsigned flags = (a->flags & LP_ACT_DEPENDENT ? LP_GRANT_DEPENDENT : 0u) |
			 (a->flags & LP_ACT_POSSIBLE ? LP_GRANT_POSSIBLE : 0u);
	size_t n_conds = 0, room = 0;

	lp_eval_resources(&d);
	if (e->err)
		return e->err;
	if (!d.out.n)
		return 0;
	for (unsigned i = 0; i < a->n_conds; i++)
		room += n_values(e, &lp_iam_act_conds[a->first_cond + i]);
	if (room) {
		conds = lp_arena_alloc(e->arena, 2 * room * sizeof(*conds));
		if (!conds)
			return -ENOMEM;
		for (unsigned i = 0; i < a->n_conds; i++)
			if (add_condition(e, &lp_iam_act_conds[a->first_cond + i], conds, &n_conds))
				return -ENOMEM;
		if (add_local_names(e, conds, &n_conds))
			return -ENOMEM;
	}
	for (size_t i = 0; i < *n; i++) {
		struct lp_grant *g = &grants[i];

		if (g->action != action || g->flags != flags || !same_conditions(g, conds, n_conds))
			continue;
		for (size_t r = 0; r < g->n_resources; r++)
			lp_add_resource(&d, g->resources[r]);
		lp_sort_unique(&d.out);
		g->resources = d.out.v;
		g->n_resources = d.out.n;
		return e->err;
	}
	grants[(*n)++] = (struct lp_grant){
		.action = action,
		.resources = d.out.v,
		.n_resources = d.out.n,
		.conditions = conds,
		.n_conditions = n_conds,
		.flags = flags,
		.reason = a->why ? lp_iam_pool + lp_iam_whys[a->why] : NULL,
	};
	return 0;
}

/* The acts that apply, as grants. */
static int evaluate(struct lp_eval *e, struct lp_authz *out)
{
	struct lp_grant *grants = lp_arena_alloc(e->arena, e->op->n_acts * sizeof(*grants));
	bool exclusive = false, dependents = false;
	size_t n = 0;
	int err;

	if (!grants)
		return -ENOMEM;
	for (unsigned i = 0; i < e->op->n_acts && !exclusive; i++) {
		const struct lp_act_data *a = &lp_iam_acts[e->op->first_act + i];

		exclusive = (a->flags & LP_ACT_EXCLUSIVE) && applies(e, a);
	}
	for (unsigned i = 0; i < e->op->n_acts; i++) {
		const struct lp_act_data *a = &lp_iam_acts[e->op->first_act + i];

		if (exclusive != ((a->flags & LP_ACT_EXCLUSIVE) != 0) || !applies(e, a))
			continue;
		err = grant(e, a, grants, &n);
		if (err)
			return err;
		dependents = dependents || lp_iam_action_deps(a->action);
	}
	/* Every row depends on the request, and none applied: it is not what the tables foresee. */
	if (!n)
		return -ENOENT;
	err = with_conditions ? add_region(e, grants, n) : 0;
	if (err)
		return err;
	out->grants = grants;
	out->n_grants = n;
	return dependents ? lp_infer_dependents(e->cls, e->arena, out) : 0;
}

static bool has_rows(lp_op op)
{
	return op < lp_iam_n_ops && lp_iam_ops[op].n_acts;
}

static void start(struct lp_eval *e, lp_op op)
{
	e->op = &lp_iam_ops[op];
	e->leaf = &lp_iam_leaves[e->op->first_leaf];
	memset(e->values, 0, e->op->n_leaves * sizeof(e->values[0]));
}

/* The body was cut, and more of what was found in it may have followed. */
static bool lists_end_early(const struct lp_eval *e)
{
	for (uint8_t i = 0; e->cut && i < e->op->n_leaves; i++)
		if (e->leaf[i].loc == LP_LEAF_BODY && e->values[i].first &&
		    e->values[i].first->n_index)
			return true;
	return false;
}

int lp_authorize(const struct lp_request *req, const struct lp_classified *cls,
		 const struct lp_response *rsp, struct lp_arena *arena, struct lp_authz *out)
{
	struct lp_values values[LP_LEAF_NONE];
	struct lp_extract x = {.arena = arena, .leaf = values};
	struct lp_eval e = {.req = req, .cls = cls, .rsp = rsp, .arena = arena, .values = values};
	int err;

	*out = (struct lp_authz){0};
	if (!(cls->is_signed || cls->presigned) || lp_iam_op_needs_none(cls->op)) {
		out->no_permission = true;
		return 0;
	}
	if (!has_rows(cls->op))
		return lp_infer(req, cls, arena, out);
	start(&e, cls->op);
	e.partition = cls->partition ? lp_span_str(cls->partition) : LP_SPAN("aws");
	e.region = cls->region;
	e.cut = req->body_cut;
	lp_eval_load_head(&e, &x);
	lp_eval_load_body(&e, &x);
	err = x.err ? x.err : evaluate(&e, out);
	out->unread = e.unread || lists_end_early(&e);
	if (!err && lp_newer_any())
		err = lp_infer_more(req, cls, arena, out);
	return err;
}

int lp_authorize_recorded(const struct lp_recorded *rec, struct lp_arena *arena,
			  struct lp_authz *out)
{
	struct lp_values values[LP_LEAF_NONE];
	struct lp_extract x = {.arena = arena, .leaf = values};
	struct lp_eval e = {.rsp = rec->rsp, .arena = arena, .values = values};
	struct lp_members m = {
		.dir = lp_model_service_dir(rec->op),
		.protocol = lp_model_protocol(rec->op),
	};
	const struct lp_request req = {.body = rec->params};
	const struct lp_classified cls = {
		.op = rec->op,
		.protocol = LP_PROTOCOL_JSON,
		.is_signed = true,
		.region = rec->region,
		.signing_name = rec->signing_name,
		.partition = rec->partition,
		.service_id = lp_model_service_id(rec->op),
		.wire_name = lp_span_str(lp_model_operation_name(rec->op)),
	};
	int err;

	*out = (struct lp_authz){0};
	if (lp_iam_op_needs_none(rec->op)) {
		out->no_permission = true;
		return 0;
	}
	/* The rest works as for a JSON request of these members. */
	if (!has_rows(rec->op))
		return lp_infer(&req, &cls, arena, out);
	start(&e, rec->op);
	e.cls = &cls;
	e.partition = rec->partition ? lp_span_str(rec->partition) : LP_SPAN("aws");
	e.region = rec->region;
	m.leaf = e.leaf;
	m.n_leaves = e.op->n_leaves;
	/* Where a service speaks several protocols, JSON names members as the model does. */
	while (m.family < LP_BODY_FAMILIES - 1 && !lp_iam_tries[e.op->tries].root[m.family])
		m.family++;
	m.root = lp_iam_tries[e.op->tries].root[m.family];
	lp_eval_load_recorded(&e, &x, rec);
	lp_extract_members(&x, &m, rec->params);
	err = x.err ? x.err : evaluate(&e, out);
	if (!err && lp_newer_any())
		err = lp_infer_more(&req, &cls, arena, out);
	return err;
}

/* Of an operation that is only in a loaded document: its own actions, on whatever it is about. */
static int authorize_newer(lp_op op, struct lp_arena *arena, struct lp_authz *out)
{
	static const char *const anything[] = {"*"};
	const struct lp_request none = {0};
	const struct lp_classified cls = {
		.op = op,
		.partition = lp_model_partition(lp_span_of(NULL, 0)),
		.service_id = lp_model_service_id(op),
		.signing_name = lp_span_str(lp_model_signing_name(op)),
		.wire_name = lp_span_str(lp_model_operation_name(op)),
	};
	struct lp_grant *grants;
	size_t n = 0;
	int err = lp_infer(&none, &cls, arena, out);

	if (err)
		return err;
	grants = lp_arena_alloc(arena, out->n_grants * sizeof(*grants));
	if (!grants)
		return -ENOMEM;
	for (size_t i = 0; i < out->n_grants; i++)
		if (!out->grants[i].flags)
			grants[n++] = (struct lp_grant){.action = out->grants[i].action,
							.resources = anything,
							.n_resources = 1,
							.flags = LP_GRANT_UNPINNED};
	out->grants = grants;
	out->n_grants = n;
	return n ? 0 : -ENOENT;
}

int lp_authorize_named(struct lp_span service_id, struct lp_span operation, struct lp_arena *arena,
		       lp_op *op, struct lp_authz *out)
{
	static const char *const anything[] = {"*"};
	struct lp_grant *grants;
	const struct lp_iam_op_data *o;
	size_t n = 0;

	*out = (struct lp_authz){0};
	*op = lp_model_find(service_id, operation);
	if (*op == LP_OP_NONE)
		return -ENOENT;
	if (*op >= lp_iam_n_ops)
		return authorize_newer(*op, arena, out);
	if (lp_iam_op_needs_none(*op)) {
		out->no_permission = true;
		return 0;
	}
	o = &lp_iam_ops[*op];
	if (!o->n_acts)
		return -ENOENT;
	grants = lp_arena_alloc(arena, o->n_acts * sizeof(*grants));
	if (!grants)
		return -ENOMEM;
	/* Only what the operation needs whatever is in the request; all when everything depends. */
	for (int pass = 0; pass < 2 && !n; pass++) {
		for (unsigned i = 0; i < o->n_acts; i++) {
			const struct lp_act_data *a = &lp_iam_acts[o->first_act + i];
			size_t j = 0;
			bool needs = false;

			if (a->flags)
				continue;
			for (unsigned w = 0; w < a->n_when; w++)
				needs = needs ||
					lp_iam_whens[a->first_when + w].kind == LP_WHEN_HAS ||
					lp_iam_whens[a->first_when + w].kind == LP_WHEN_EQ ||
					lp_iam_whens[a->first_when + w].kind == LP_WHEN_LIKE;
			if (needs && !pass)
				continue;
			while (j < n && grants[j].action != lp_iam_action_name(a->action))
				j++;
			if (j < n)
				continue;
			grants[n++] = (struct lp_grant){
				.action = lp_iam_action_name(a->action),
				.resources = anything,
				.n_resources = 1,
				.flags = LP_GRANT_UNPINNED,
			};
		}
	}
	out->grants = grants;
	out->n_grants = n;
	return n ? 0 : -ENOENT;
}
