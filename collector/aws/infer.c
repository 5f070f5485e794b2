/* SPDX-License-Identifier: MIT */
#include "infer.h"

#include <errno.h>

#include "authorize_impl.h"
#include "flat.h"
#include "model/iam.h"
#include "model/newer.h"

#define TYPES_LISTED 4 /* of an action that needs none of them */

struct infer {
	const struct lp_classified *cls;
	struct lp_arena *arena;
	struct lp_flat req;
	int err;
};

/* --- resources -------------------------------------------------------------------------------- */

/* Names that say nothing by themselves: they mean the resource that an operation is about. */
static bool is_general(const char *folded)
{
	static const char *const general[] = {"id",	     "name",	   "arn",
					      "identifier",  "resourceid", "resourcename",
					      "resourcearn", "resource",   "resourceidentifier"};

	for (size_t i = 0; i < LP_ARRAY_LEN(general); i++)
		if (!strcmp(folded, general[i]))
			return true;
	return false;
}

/* Whether a member is called like a variable of a pattern, by more than a general name. */
static bool called(const char *member, const char *var)
{
	return !is_general(var) && !is_general(member) && !strcmp(member, var);
}

/*
 * Whether a member gives the last variable `var` of a pattern of type `type`. `only`: the action
 * takes no other type.
 */
static bool names(const char *member, const char *var, const char *type, bool only)
{
	static const char *const suffixes[] = {"", "id", "name", "arn", "identifier", "idorarn"};
	size_t len = strlen(type);

	if ((only && is_general(member)) || called(member, var))
		return true;
	if (!len || strncmp(member, type, len))
		return false;
	for (size_t i = 0; i < LP_ARRAY_LEN(suffixes); i++)
		if (!strcmp(member + len, suffixes[i]))
			return true;
	return false;
}

/* As it stands in a policy. */
static const char *escaped(struct infer *x, struct lp_span s)
{
	struct lp_writer w = {.arena = x->arena};

	lp_put_name(&w, s);
	if (w.err)
		x->err = w.err;
	return w.err ? "*" : w.p;
}

static void put(struct infer *x, struct lp_resources *f, const char *arn)
{
	if (!arn || lp_arena_grow(x->arena, &f->v, f->n, &f->cap, 4, sizeof(*f->v)))
		x->err = -ENOMEM;
	else
		f->v[f->n++] = arn;
}

static const char *context_of(struct infer *x, struct lp_span var)
{
	if (lp_span_eq(var, LP_SPAN("Partition")))
		return x->cls->partition;
	if (lp_span_eq(var, LP_SPAN("Region")))
		return x->cls->region.len ? escaped(x, x->cls->region) : "*";
	return lp_span_eq(var, LP_SPAN("Account")) ? "*" : NULL;
}

static bool is_arn(const struct lp_flat_value *v)
{
	return lp_span_starts(v->text, LP_SPAN("arn:"));
}

/* What stands in a policy for a variable: "*" where the request says nothing. */
static const char *text_for(struct infer *x, struct lp_span var)
{
	const char *known = context_of(x, var);
	char folded[LP_FLAT_NAME_MAX];

	if (known || !lp_fold_name(var, false, folded))
		return known ? known : "*";
	for (size_t i = 0; i < x->req.n; i++)
		if (called(x->req.v[i].name, folded) && !is_arn(&x->req.v[i]))
			return escaped(x, x->req.v[i].text);
	return "*";
}

/* A pattern in which all variables but the last are filled. */
struct filled {
	const char *head, *tail; /* around that one; head NULL: no memory */
	struct lp_span last;	 /* its name; empty: the pattern has none */
};

static struct filled fill(struct infer *x, const char *pattern)
{
	struct filled out = {.head = "", .tail = pattern};

	while (out.head) {
		const char *open = strstr(out.tail, "${"), *close = open ? strchr(open, '}') : NULL;
		struct lp_span var;
		bool last;

		if (!close)
			break;
		var = lp_span_of(open + 2, (size_t)(close - open - 2));
		last = !strstr(close, "${");
		out.head = lp_arena_printf(x->arena, "%s%.*s%s", out.head, (int)(open - out.tail),
					   out.tail, last ? "" : text_for(x, var));
		out.tail = close + 1;
		if (last) {
			out.last = var;
			break;
		}
	}
	return out;
}

static void put_filled(struct infer *x, struct lp_resources *f, const struct filled *p,
		       const char *text)
{
	put(x, f, p->head ? lp_arena_printf(x->arena, "%s%s%s", p->head, text, p->tail) : NULL);
}

/* A pattern of which the request names nothing. */
static void put_unnamed(struct infer *x, struct lp_resources *f, const char *pattern)
{
	struct filled p = fill(x, pattern);

	put_filled(x, f, &p, p.last.ptr ? text_for(x, p.last) : "");
}

/* A pattern once for each value of its last variable. True: there is one. */
static bool put_named(struct infer *x, struct lp_resources *f, const char *pattern,
		      const char *type, bool only)
{
	struct filled p = fill(x, pattern);
	char folded[LP_FLAT_NAME_MAX];
	bool any = false;

	if (context_of(x, p.last) || !lp_fold_name(p.last, false, folded))
		return false;
	for (size_t i = 0; i < x->req.n && !x->err; i++) {
		const struct lp_flat_value *v = &x->req.v[i];

		if (is_arn(v) || !names(v->name, folded, type, only))
			continue;
		put_filled(x, f, &p, escaped(x, v->text));
		any = true;
	}
	return any;
}

static void find_resources(struct infer *x, lp_iam_action a, struct lp_resources *f)
{
	unsigned n = lp_iam_action_types(a);
	uint64_t named = 0;

	for (size_t i = 0; i < x->req.n; i++) {
		lp_iam_type t = is_arn(&x->req.v[i]) ? lp_iam_action_takes(a, x->req.v[i].text)
						     : LP_IAM_NONE;

		for (unsigned k = 0; t != LP_IAM_NONE && k < n && k < 64; k++)
			if (lp_iam_action_type(a, k).type == t)
				named |= UINT64_C(1) << k;
		if (t != LP_IAM_NONE)
			put(x, f, escaped(x, x->req.v[i].text));
	}
	for (unsigned k = 0; k < n && k < 64; k++) {
		lp_iam_type t = lp_iam_action_type(a, k).type;
		char type[LP_FLAT_NAME_MAX];

		if (!lp_fold_name(lp_span_str(lp_iam_type_name(t)), false, type))
			type[0] = '\0';
		for (unsigned p = 0; p < lp_iam_type_patterns(t); p++)
			if (put_named(x, f, lp_iam_type_pattern(t, p), type, n == 1))
				named |= UINT64_C(1) << k;
	}
	/* What nothing names: the required types, or all of them where nothing says which are. */
	for (unsigned k = 0; k < n && k < 64; k++) {
		struct lp_iam_ref ref = lp_iam_action_type(a, k);

		if (named & UINT64_C(1) << k || (named && !ref.required))
			continue;
		for (unsigned p = 0; p < lp_iam_type_patterns(ref.type); p++)
			put_unnamed(x, f, lp_iam_type_pattern(ref.type, p));
	}
	if (!f->n)
		put(x, f, "*");
	lp_sort_unique(f);
}

/* --- actions ---------------------------------------------------------------------------------- */

static lp_iam_action same_named(struct lp_span prefix, struct lp_span name, struct lp_arena *arena)
{
	const char *full = prefix.len ? lp_arena_printf(arena, "%.*s:%.*s", (int)prefix.len,
							prefix.ptr, (int)name.len, name.ptr)
				      : NULL;
	lp_iam_action a = full ? lp_iam_find_action(lp_span_str(full)) : LP_IAM_NONE;

	/* IAM's names know no case, operations' do. */
	return a != LP_IAM_NONE && lp_span_ends(lp_span_str(lp_iam_action_name(a)), name)
		       ? a
		       : LP_IAM_NONE;
}

/* The prefix that actions of a service of the tables have: that of its first same-named one. */
static struct lp_span prefix_of(lp_service svc)
{
	lp_iam_action have[16];
	lp_op first;
	unsigned n = lp_model_ops_of(svc, &first);

	for (unsigned i = 0; i < n; i++) {
		struct lp_span op = lp_span_str(lp_model_operation_name((lp_op)(first + i)));
		unsigned m = lp_iam_op_actions((lp_op)(first + i), have, LP_ARRAY_LEN(have));

		for (unsigned k = 0; k < m && k < LP_ARRAY_LEN(have); k++) {
			struct lp_span name = lp_span_str(lp_iam_action_name(have[k]));
			size_t colon = lp_span_find(name, ':');

			if (lp_span_caseeq(lp_span_from(name, colon + 1), op))
				return lp_span_first(name, colon);
		}
	}
	return lp_span_of(NULL, 0);
}

static lp_iam_action own_action(const struct lp_classified *cls, struct lp_span name,
				struct lp_arena *arena)
{
	lp_service svc = cls->op != LP_OP_NONE ? lp_model_op_service(cls->op)
			 : cls->service_id     ? lp_model_find_service(lp_span_str(cls->service_id))
					       : LP_SERVICE_NONE;
	const struct lp_newer_service *newer = lp_newer_service(svc);
	lp_iam_action a = same_named(prefix_of(svc), name, arena);

	if (a == LP_IAM_NONE)
		a = same_named(cls->signing_name, name, arena);
	if (a == LP_IAM_NONE && newer)
		a = same_named(lp_span_str(newer->prefix), name, arena);
	return a;
}

/* `grants` has room for it. */
static void add_grant(struct infer *x, struct lp_grant *grants, size_t *n, lp_iam_action a,
		      const struct lp_newer_need *need, unsigned flags)
{
	struct lp_condition *conds = NULL;
	struct lp_resources f = {.n = 0};

	find_resources(x, a, &f);
	/* With a context it is about what the request hands over: only on what it names. */
	if (need && need->key && f.n && strchr(f.v[0], '*') && !flags)
		flags = LP_GRANT_POSSIBLE;
	if (need && need->key)
		conds = lp_arena_alloc(x->arena, need->n_values * sizeof(*conds));
	if (need && need->key && !conds)
		x->err = -ENOMEM;
	if (x->err)
		return;
	for (unsigned i = 0; conds && i < need->n_values; i++)
		conds[i] = (struct lp_condition){"StringEquals", need->key, need->values[i]};
	grants[(*n)++] = (struct lp_grant){
		.action = lp_iam_action_name(a),
		.resources = f.v,
		.n_resources = f.n,
		.conditions = conds,
		.n_conditions = conds ? need->n_values : 0,
		.flags = flags,
		.reason = flags ? "AWS's reference lists it for this operation" : NULL,
	};
}

static struct lp_span prefix_part(const char *action)
{
	struct lp_span name = lp_span_str(action);

	return lp_span_first(name, lp_span_find(name, ':'));
}

/*
 * What a document lists is needed where it is of the operation's own service, or says of which
 * context it is and the request names the resource; the rest depends on what cannot be seen.
 */
static void add_needs(struct infer *x, const struct lp_newer_op *op, struct lp_span own,
		      struct lp_grant *grants, size_t *n)
{
	for (unsigned i = 0; i < op->n_needs; i++) {
		const struct lp_newer_need *need = &op->needs[i];
		bool ours = lp_span_eq(prefix_part(lp_iam_action_name(need->action)), own);

		add_grant(x, grants, n, need->action, need,
			  ours || need->key ? 0 : LP_GRANT_POSSIBLE);
	}
}

int lp_infer(const struct lp_request *req, const struct lp_classified *cls, struct lp_arena *arena,
	     struct lp_authz *out)
{
	const struct lp_newer_op *newer = lp_newer_op(cls->op);
	struct infer x = {.cls = cls, .arena = arena};
	struct lp_grant *grants;
	lp_iam_action a;
	int err;

	*out = (struct lp_authz){0};
	if (!newer && (!cls->wire_name.len || cls->wire_name.ptr[0] == '/'))
		return -ENOENT;
	if (!newer)
		newer = lp_newer_of_known(cls->op);
	a = own_action(cls, cls->wire_name, arena);
	if (a == LP_IAM_NONE && !(newer && newer->ruled))
		return -ENOENT;
	err = lp_flatten(req, cls, arena, &x.req);
	if (err)
		return err;
	grants = lp_arena_alloc(arena,
				(newer && newer->ruled ? newer->n_needs : 1) * sizeof(*grants));
	if (!grants)
		return -ENOMEM;
	out->grants = grants;
	if (newer && newer->ruled)
		add_needs(&x, newer,
			  prefix_part(lp_iam_action_name(a == LP_IAM_NONE ? newer->needs[0].action
									  : a)),
			  grants, &out->n_grants);
	else
		add_grant(&x, grants, &out->n_grants, a, NULL, 0);
	return x.err;
}

/* The types that the action always needs one of; where it has a choice of many, no type at all. */
static void any_resource(struct infer *x, lp_iam_action a, struct lp_resources *f)
{
	unsigned n = lp_iam_action_types(a), required = 0;

	for (unsigned k = 0; k < n; k++)
		required += lp_iam_action_type(a, k).required;
	for (unsigned k = 0; k < n && (required || n <= TYPES_LISTED); k++) {
		struct lp_iam_ref ref = lp_iam_action_type(a, k);

		for (unsigned p = 0; p < lp_iam_type_patterns(ref.type); p++)
			if (ref.required || !required)
				put_unnamed(x, f, lp_iam_type_pattern(ref.type, p));
	}
	if (!f->n)
		put(x, f, "*");
	lp_sort_unique(f);
}

/* What the operation's rows can give. NULL: no memory. */
static lp_iam_action *actions_of(lp_op op, struct lp_arena *arena, unsigned *n)
{
	lp_iam_action *have;

	*n = lp_iam_op_actions(op, NULL, 0);
	have = lp_arena_alloc(arena, *n * sizeof(*have));
	if (have)
		(void)lp_iam_op_actions(op, have, *n);
	return have;
}

static bool stands_in(lp_iam_action a, const lp_iam_action *have, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (have[i] == a)
			return true;
	return false;
}

int lp_infer_dependents(const struct lp_classified *cls, struct lp_arena *arena,
			struct lp_authz *out)
{
	struct infer x = {.cls = cls, .arena = arena};
	struct lp_grant *grants;
	lp_iam_action *have;
	unsigned n_have;
	size_t n = out->n_grants, cap = n;

	for (size_t i = 0; i < out->n_grants; i++)
		cap += lp_iam_action_deps(lp_iam_find_action(lp_span_str(out->grants[i].action)));
	grants = lp_arena_alloc(arena, cap * sizeof(*grants));
	have = actions_of(cls->op, arena, &n_have);
	if (!grants || !have)
		return -ENOMEM;
	memcpy(grants, out->grants, n * sizeof(*grants));
	for (size_t i = 0; i < out->n_grants; i++) {
		lp_iam_action of = lp_iam_find_action(lp_span_str(grants[i].action));

		for (unsigned k = 0; k < lp_iam_action_deps(of) && !grants[i].flags; k++) {
			struct lp_grant *g = &grants[n];
			lp_iam_action a = lp_iam_action_dep(of, k);
			struct lp_resources f = {.n = 0};
			bool twice = stands_in(a, have, n_have);

			for (size_t m = out->n_grants; m < n && !twice; m++)
				twice = grants[m].action == lp_iam_action_name(a);
			if (twice)
				continue;
			any_resource(&x, a, &f);
			*g = (struct lp_grant){
				.action = lp_iam_action_name(a),
				.resources = f.v,
				.n_resources = f.n,
				.flags = LP_GRANT_POSSIBLE,
				.reason = lp_arena_printf(
					arena, "a dependent action of %s, by AWS's reference",
					grants[i].action),
			};
			if (x.err || !g->reason)
				return -ENOMEM;
			n++;
		}
	}
	out->grants = grants;
	out->n_grants = n;
	return 0;
}

int lp_infer_more(const struct lp_request *req, const struct lp_classified *cls,
		  struct lp_arena *arena, struct lp_authz *out)
{
	const struct lp_newer_op *newer = lp_newer_of_known(cls->op);
	struct infer x = {.cls = cls, .arena = arena};
	struct lp_grant *grants;
	lp_iam_action *have;
	unsigned n_have;
	bool shared = false;
	int err;

	if (!newer || !newer->ruled)
		return 0;
	have = actions_of(cls->op, arena, &n_have);
	if (!have)
		return -ENOMEM;
	for (unsigned i = 0; i < newer->n_needs && !shared; i++)
		shared = stands_in(newer->needs[i].action, have, n_have);
	if (!shared)
		return lp_infer(req, cls, arena, out);
	err = lp_flatten(req, cls, arena, &x.req);
	if (err)
		return err;
	grants = lp_arena_alloc(arena, (out->n_grants + newer->n_needs) * sizeof(*grants));
	if (!grants)
		return -ENOMEM;
	memcpy(grants, out->grants, out->n_grants * sizeof(*grants));
	out->grants = grants;
	for (unsigned i = 0; i < newer->n_needs; i++)
		if (!stands_in(newer->needs[i].action, have, n_have))
			add_grant(&x, grants, &out->n_grants, newer->needs[i].action,
				  &newer->needs[i], LP_GRANT_POSSIBLE);
	return x.err;
}
