/* SPDX-License-Identifier: MIT */
#include "lint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/distance.h"
#include "base/grow.h"
#include "base/intern.h"
#include "build.h"
#include "condkeys.h"
#include "condition.h"
#include "evaluate.h"
#include "fits.h"
#include "pattern.h"

enum rule {
	FULL_ACCESS,
	SERVICE_WILDCARD,
	NO_SUCH_ACTION,
	NO_SUCH_SERVICE,
	BAD_RESOURCE,
	MIXED_KINDS,
	RESOURCE_FITS_NO_ACTION,
	ACTION_FITS_NO_RESOURCE,
	CANNOT_BE_RESTRICTED,
	ANY_RESOURCE,
	PASS_ROLE_ANY,
	PRIVILEGE_ESCALATION,
	NOT_ACTION,
	NOT_RESOURCE,
	DUPLICATE_SID,
	BAD_SID,
	VERSION,
	TOO_LONG,
	EMPTY_LIST,
	NO_SUCH_CONDITION_KEY,
	NO_SUCH_OPERATOR,
	NO_ACCOUNT,
	NOT_COMPARED,
};

const struct lp_rule lp_rules[] = {
	[FULL_ACCESS] = {"full-access", LP_FINDING_ERROR, "every action is allowed"},
	[SERVICE_WILDCARD] = {"service-wildcard", LP_FINDING_WARNING,
			      "every action of a service is allowed"},
	[NO_SUCH_ACTION] = {"no-such-action", LP_FINDING_ERROR, "an action that matches nothing"},
	[NO_SUCH_SERVICE] = {"no-such-service", LP_FINDING_ERROR,
			     "an action of a service that does not exist"},
	[BAD_RESOURCE] = {"bad-resource", LP_FINDING_ERROR,
			  "a resource that is no ARN, or no whole one"},
	[MIXED_KINDS] = {"mixed-resource-kinds", LP_FINDING_WARNING,
			 "actions on one kind of resource stand with resources of another"},
	[RESOURCE_FITS_NO_ACTION] = {"resource-fits-no-action", LP_FINDING_WARNING,
				     "a resource that no action of its statement works on"},
	[ACTION_FITS_NO_RESOURCE] = {"action-fits-no-resource", LP_FINDING_ERROR,
				     "an action that works on no resource of its statement"},
	[CANNOT_BE_RESTRICTED] = {"cannot-be-restricted", LP_FINDING_ERROR,
				  "an action that takes no resource is given ARNs"},
	[ANY_RESOURCE] = {"any-resource", LP_FINDING_WARNING,
			  "actions that take ARNs are allowed on every resource"},
	[PASS_ROLE_ANY] = {"pass-role-any", LP_FINDING_ERROR, "every role may be passed"},
	[PRIVILEGE_ESCALATION] = {"privilege-escalation", LP_FINDING_ERROR,
				  "actions by which a caller can gain more permissions"},
	[NOT_ACTION] = {"not-action", LP_FINDING_WARNING,
			"Allow with NotAction grants all actions but those listed"},
	[NOT_RESOURCE] = {"not-resource", LP_FINDING_WARNING,
			  "Allow with NotResource grants all resources but those listed"},
	[DUPLICATE_SID] = {"duplicate-sid", LP_FINDING_ERROR, "a Sid that stands twice"},
	[BAD_SID] = {"bad-sid", LP_FINDING_ERROR, "a Sid of other than letters and digits"},
	[VERSION] = {"version", LP_FINDING_WARNING,
		     "without \"Version\": \"2012-10-17\" policy variables are plain text"},
	[TOO_LONG] = {"too-long", LP_FINDING_WARNING, "longer than a managed policy may be"},
	[EMPTY_LIST] = {"empty-list", LP_FINDING_ERROR, "a statement without actions or resources"},
	[NO_SUCH_CONDITION_KEY] = {"no-such-condition-key", LP_FINDING_WARNING,
				   "a condition on a key that no reference knows"},
	[NO_SUCH_OPERATOR] = {"no-such-operator", LP_FINDING_ERROR,
			      "a condition's operator that IAM does not have"},
	[NO_ACCOUNT] =
		{"no-account", LP_FINDING_NOTE,
		 "an ARN without account where the reference has one: something of AWS's own"},
	[NOT_COMPARED] = {"not-compared", LP_FINDING_NOTE,
			  "more actions and resources than are compared with each other"},
};

const size_t lp_n_rules = LP_ARRAY_LEN(lp_rules);

/*
 * Ways from some permissions to all, from the public lists of Rhino Security Labs ("AWS IAM
 * Privilege Escalation") and of Bishop Fox ("IAM Vulnerable"). The first action must be allowed on
 * more than single resources; the others at all.
 */
static const char *const escalations[][3] = {
	{"iam:CreatePolicyVersion"},
	{"iam:SetDefaultPolicyVersion"},
	{"iam:CreateAccessKey"},
	{"iam:CreateLoginProfile"},
	{"iam:UpdateLoginProfile"},
	{"iam:AttachUserPolicy"},
	{"iam:AttachGroupPolicy"},
	{"iam:AttachRolePolicy"},
	{"iam:PutUserPolicy"},
	{"iam:PutGroupPolicy"},
	{"iam:PutRolePolicy"},
	{"iam:AddUserToGroup"},
	{"iam:UpdateAssumeRolePolicy"},
	{"iam:PassRole", "ec2:RunInstances"},
	{"iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"},
	{"iam:PassRole", "lambda:CreateFunction", "lambda:AddPermission"},
	{"iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"},
	{"iam:PassRole", "glue:CreateDevEndpoint"},
	{"iam:PassRole", "glue:CreateJob", "glue:StartJobRun"},
	{"iam:PassRole", "cloudformation:CreateStack"},
	{"iam:PassRole", "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition"},
	{"iam:PassRole", "sagemaker:CreateNotebookInstance"},
	{"iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"},
	{"iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"},
	{"lambda:UpdateFunctionCode"},
	{"glue:UpdateDevEndpoint"},
	{"ssm:SendCommand"},
};

/* By these callers take on the rights of others, whom the resource names. */
static const char *const taking_on[] = {"sts:AssumeRole"};

bool lp_action_escalates(const char *action)
{
	lp_iam_action a = lp_iam_find_action(lp_span_str(action));

	if (a != LP_IAM_NONE &&
	    lp_span_starts(lp_span_str(lp_iam_action_level(a)), LP_SPAN("Permissions")))
		return true;
	for (size_t i = 0; i < LP_ARRAY_LEN(taking_on); i++)
		if (!strcasecmp(taking_on[i], action))
			return true;
	for (size_t i = 0; i < LP_ARRAY_LEN(escalations); i++)
		if (!strcasecmp(escalations[i][0], action))
			return true;
	return false;
}

/* Comparisons of actions with resources in one document, some seconds' worth. */
#ifndef FIT_EFFORT_MAX
#define FIT_EFFORT_MAX (400u * 1000 * 1000)
#endif
#define TYPE_EFFORT 16 /* of asking whether a resource is of a type, beside its length */

struct linter {
	const struct lp_document *doc;
	struct lp_findings *out;
	struct lp_condkeys keys;
	size_t hints;  /* names of actions that near ones were looked for */
	size_t effort; /* of FIT_EFFORT_MAX, left */
	int err;
};

static void add(struct linter *l, enum rule rule, struct lp_position at, const char *fmt, ...)
	LP_PRINTF(4, 5);

static void add(struct linter *l, enum rule rule, struct lp_position at, const char *fmt, ...)
{
	struct lp_findings *f = l->out;
	struct lp_finding *new;
	va_list args;

	if (lp_grow(&f->v, f->n, &f->cap, 16, sizeof(*f->v))) {
		l->err = -ENOMEM;
		return;
	}
	new = &f->v[f->n++];
	new->rule = &lp_rules[rule];
	new->position = at;
	va_start(args, fmt);
	vsnprintf(new->message, sizeof(new->message), fmt, args);
	va_end(args);
}

static bool is_any(const char *s)
{
	return !strcmp(s, "*");
}

static bool has_any_resource(const struct lp_statement *st)
{
	for (size_t i = 0; i < st->resources.n; i++)
		if (is_any(st->resources.items[i]))
			return true;
	return false;
}

/* --- names ------------------------------------------------------------------------------------ */

#define NEEDED_MAX 8   /* actions of an operation that are looked at */
#define NEAR_MAX   2   /* letters that a name may be off */
#define HINTS_MAX  200 /* a document may hold any number of names that are none */

/* The action of the same service whose name is nearest, or NULL. */
static const char *nearest_action(struct lp_span name)
{
	lp_iam_prefix p = lp_iam_find_prefix(lp_span_first(name, lp_span_find(name, ':')));
	lp_iam_action first;
	unsigned n = p == LP_IAM_NONE ? 0 : lp_iam_prefix_actions(p, &first);
	unsigned nearest = NEAR_MAX + 1;
	const char *near = NULL;

	for (unsigned i = 0; i < n; i++) {
		const char *action = lp_iam_action_name((lp_iam_action)(first + i));
		unsigned d = lp_distance(name, lp_span_str(action));

		if (d >= nearest)
			continue;
		nearest = d;
		near = action;
	}
	return near;
}

/* Actions that the API operation of that name needs, for those who take its name for theirs. */
static bool say_needed(struct lp_span name, char *text, size_t size)
{
	lp_op op = lp_iam_op_called(name);
	lp_iam_action needed[NEEDED_MAX];
	unsigned n = op == LP_OP_NONE ? 0 : lp_iam_op_actions(op, needed, NEEDED_MAX);
	size_t len = 0;

	if (n)
		len = (size_t)snprintf(text, size, "; the API operation of that name may need");
	for (unsigned i = 0; i < n && i < NEEDED_MAX && len < size; i++)
		if (lp_iam_action_has_prefix_of(needed[i], name))
			len += (size_t)snprintf(text + len, size - len, " %s",
						lp_iam_action_name(needed[i]));
	return n != 0;
}

static void no_such_action(struct linter *l, struct lp_position at, const char *action)
{
	struct lp_span name = lp_span_str(action);
	const char *near = NULL;
	char hint[256] = "";

	if (lp_pattern_is_literal(name) && l->hints++ < HINTS_MAX &&
	    !say_needed(name, hint, sizeof(hint)))
		near = nearest_action(name);
	if (near)
		snprintf(hint, sizeof(hint), "; perhaps %s", near);
	add(l, NO_SUCH_ACTION, at, "\"%s\" matches no action%s", action, hint);
}

static void check_action(struct linter *l, const struct lp_statement *st, size_t i)
{
	struct lp_position at = lp_item_position(st, &st->actions, i);
	const char *action = st->actions.items[i];
	struct lp_span service = lp_span_str(action);
	size_t colon = lp_span_find(service, ':');

	if (is_any(action) || !strcmp(action, "*:*")) {
		if (!st->deny && !st->not_action)
			add(l, FULL_ACCESS, at, "\"%s\" allows every action", action);
		return;
	}
	service = lp_span_first(service, colon);
	if (!lp_each_action(lp_span_str(action), NULL, NULL)) {
		if (lp_pattern_is_literal(service) && lp_iam_find_prefix(service) == LP_IAM_NONE)
			add(l, NO_SUCH_SERVICE, at, "no service has the prefix of \"%s\"", action);
		else
			no_such_action(l, at, action);
	} else if (!st->deny && !st->not_action && !strcmp(action + colon, ":*")) {
		add(l, SERVICE_WILDCARD, at, "\"%s\" allows all %zu actions of the service", action,
		    lp_each_action(lp_span_str(action), NULL, NULL));
	}
}

/* AWS's own have words there, such as "aws"; numbers are of customers. */
static bool is_short_of_digits(struct lp_span account)
{
	for (size_t i = 0; i < account.len; i++)
		if (!lp_ascii_digit(account.ptr[i]))
			return false;
	return account.len && account.len != 12;
}

static void check_resource(struct linter *l, const struct lp_statement *st, size_t i)
{
	struct lp_span r = lp_span_str(st->resources.items[i]);
	size_t colons = 0;

	for (size_t k = 0; k < r.len; k++)
		colons += r.ptr[k] == ':';
	if (!is_any(r.ptr) && (!lp_span_starts(r, LP_SPAN("arn:")) || colons < 5))
		add(l, BAD_RESOURCE, lp_item_position(st, &st->resources, i), "\"%s\" %s", r.ptr,
		    lp_span_starts(r, LP_SPAN("arn:"))
			    ? "is no whole ARN: AWS takes \"*\" for what is missing"
			    : "is neither \"*\" nor an ARN");
	else if (is_short_of_digits(lp_arn_field(r, 4)))
		add(l, BAD_RESOURCE, lp_item_position(st, &st->resources, i),
		    "\"%s\" has an account that is not of 12 digits", r.ptr);
}

static void check_sid(struct linter *l, const struct lp_statement *st, struct lp_intern *sids)
{
	struct lp_span sid = lp_span_str(st->sid);
	uint32_t before = sids->n_strs, id;

	if (!sid.len)
		return;
	if (lp_intern(sids, sid, &id)) {
		l->err = -ENOMEM;
		return;
	}
	if (id < before)
		add(l, DUPLICATE_SID, st->position, "the Sid \"%s\" stands twice", st->sid);
	for (size_t i = 0; i < sid.len; i++) {
		if (lp_ascii_alnum(sid.ptr[i]))
			continue;
		add(l, BAD_SID, st->position, "the Sid \"%s\" may hold letters and digits only",
		    st->sid);
		break;
	}
}

/* --- actions against resources ---------------------------------------------------------------- */

/* How a resource fits an action or a type of resources. */
enum use {
	NOT_ASKED, /* yet */
	UNUSED,
	USED_OWNED, /* but for the account, which it lacks */
	USED,
};

/* What actions of one entry of a statement have to do with its resources. */
struct fit {
	struct linter *l;
	const struct lp_statement *st;
	size_t n_actions;
	size_t n_restrictable; /* of these, take a resource */
	size_t n_fitting;      /* of these, one that stands there */
	size_t n_partial;      /* of these, not all of their service that stand there */
	unsigned char *used;   /* enum use by resource: of any action */
	unsigned char *
		*known;	     /* enum use by type, where asked, and resource: actions share types */
	const char *example; /* an action that fits only part */
	size_t example_misses; /* index of a resource it does not fit */
};

static bool same_service(lp_iam_action a, const char *resource)
{
	struct lp_span name = lp_span_str(lp_iam_action_name(a));
	struct lp_span service = lp_arn_field(lp_span_str(resource), 2);

	return lp_span_eq(lp_span_first(name, lp_span_find(name, ':')), service);
}

static void spend(struct linter *l, size_t effort)
{
	l->effort -= effort < l->effort ? effort : l->effort;
}

static enum use use_of_type(const struct fit *f, lp_iam_type t, size_t i)
{
	struct lp_span r = lp_span_str(f->st->resources.items[i]);
	unsigned char *known = f->known[t];

	if (!known) {
		known = f->known[t] = calloc(f->st->resources.n, 1);
		if (!known) {
			f->l->err = -ENOMEM;
			return UNUSED;
		}
	}
	if (known[i] == NOT_ASKED) {
		spend(f->l, TYPE_EFFORT + r.len);
		known[i] = lp_type_fits(t, r, false)  ? USED
			   : lp_type_fits(t, r, true) ? USED_OWNED
						      : UNUSED;
	}
	return known[i];
}

static enum use use_of_action(const struct fit *f, lp_iam_action a, size_t i)
{
	enum use best = UNUSED;

	for (unsigned k = 0; best != USED && k < lp_iam_action_types(a); k++) {
		enum use use = use_of_type(f, lp_iam_action_type(a, k).type, i);

		best = use > best ? use : best;
	}
	return best;
}

static void fit_action(void *ctx, lp_iam_action a)
{
	struct fit *f = ctx;
	size_t fits = 0, misses = 0, missed = 0;

	f->n_actions++;
	if (!lp_iam_action_types(a))
		return;
	f->n_restrictable++;
	for (size_t i = 0; i < f->st->resources.n && f->l->effort; i++) {
		enum use use = use_of_action(f, a, i);

		spend(f->l, 1);
		f->used[i] = use > f->used[i] ? use : f->used[i];
		if (use != UNUSED) {
			fits++;
		} else if (same_service(a, f->st->resources.items[i])) {
			misses++;
			missed = i;
		}
	}
	f->n_fitting += fits > 0;
	if (fits && misses) {
		f->n_partial++;
		f->example = lp_iam_action_name(a);
		f->example_misses = missed;
	}
}

/* The reference is the only judge of what fits; wildcards are judged by all they stand for. */
static void check_fit(struct linter *l, const struct lp_statement *st)
{
	struct fit mixed = {0};
	unsigned char *used = calloc(st->resources.n, 1);
	unsigned char **known = calloc(lp_iam_type_count() + 1, sizeof(*known));
	bool any_known = false;

	if (!l->effort)
		goto out; /* said before */
	if (!used || !known) {
		l->err = -ENOMEM;
		goto out;
	}
	for (size_t i = 0; i < st->actions.n && l->effort; i++) {
		const char *action = st->actions.items[i];
		struct fit f = {.l = l, .st = st, .used = used, .known = known};
		struct lp_position at = lp_item_position(st, &st->actions, i);

		lp_each_action(lp_span_str(action), fit_action, &f);
		any_known = any_known || f.n_actions;
		if (!f.n_actions || !l->effort)
			continue;
		if (!f.n_restrictable)
			add(l, CANNOT_BE_RESTRICTED, at,
			    "\"%s\" cannot be restricted to ARNs: it needs \"*\"", action);
		else if (!f.n_fitting)
			add(l, ACTION_FITS_NO_RESOURCE, at,
			    "\"%s\" works on none of the resources of its statement", action);
		if (f.n_partial && lp_pattern_is_literal(lp_span_str(action)))
			mixed = f;
	}
	if (!l->effort) {
		add(l, NOT_COMPARED, st->position,
		    "more actions and resources than are compared with each other");
		goto out;
	}
	for (size_t i = 0; any_known && i < st->resources.n; i++) {
		if (used[i] <= UNUSED)
			add(l, RESOURCE_FITS_NO_ACTION, lp_item_position(st, &st->resources, i),
			    "no action of the statement works on \"%s\"", st->resources.items[i]);
		else if (used[i] == USED_OWNED)
			add(l, NO_ACCOUNT, lp_item_position(st, &st->resources, i),
			    "\"%s\" names no account: only AWS's own resources have none",
			    st->resources.items[i]);
	}
	if (mixed.example)
		add(l, MIXED_KINDS, st->position,
		    "\"%s\" does not work on \"%.100s\": give each kind of resource its own "
		    "statement",
		    mixed.example, st->resources.items[mixed.example_misses]);
out:
	for (unsigned t = 0; known && t < lp_iam_type_count(); t++)
		free(known[t]);
	free(known);
	free(used);
}

static void count_restrictable(void *ctx, lp_iam_action a)
{
	size_t *n = ctx;

	*n += lp_iam_action_types(a) > 0;
}

static void check_any_resource(struct linter *l, const struct lp_statement *st)
{
	size_t n = 0, which = 0;

	for (size_t i = 0; i < st->actions.n; i++) {
		size_t before = n;

		if (!strcmp(st->actions.items[i], "*:*") || is_any(st->actions.items[i]))
			continue;
		lp_each_action(lp_span_str(st->actions.items[i]), count_restrictable, &n);
		if (!before)
			which = i;
		if (lp_pattern_covers(lp_span_str(st->actions.items[i]), LP_SPAN("iam:PassRole"),
				      LP_PATTERN_NOCASE))
			add(l, PASS_ROLE_ANY, lp_item_position(st, &st->actions, i),
			    "\"%s\" lets the caller pass every role", st->actions.items[i]);
	}
	if (n)
		add(l, ANY_RESOURCE, lp_item_position(st, &st->actions, which),
		    "%zu action%s could be restricted to ARNs and %s allowed on \"*\"", n,
		    n == 1 ? "" : "s", n == 1 ? "is" : "are");
}

/* --- the whole document ----------------------------------------------------------------------- */

static bool is_broad(const struct lp_document *doc, const char *action,
		     const struct lp_statement **where)
{
	for (size_t i = 0; i < doc->n_statements; i++) {
		const struct lp_statement *st = &doc->statements[i];
		bool matches = lp_names_cover(&st->actions, action), broad = st->not_resource;

		if (st->deny)
			continue;
		for (size_t k = 0; k < st->resources.n; k++) {
			struct lp_span r = lp_span_str(st->resources.items[k]);
			struct lp_span fields[LP_ARN_FIELDS];

			lp_arn_split(r, fields);
			broad = broad || is_any(r.ptr) || !lp_pattern_is_literal(fields[5]);
		}
		if (matches != st->not_action && broad) {
			*where = st;
			return true;
		}
	}
	return false;
}

/* Where everything is allowed, that is said, and the ways to it say nothing more. */
static bool has_full_access(const struct lp_document *doc)
{
	for (size_t i = 0; i < doc->n_statements; i++) {
		const struct lp_statement *st = &doc->statements[i];

		for (size_t k = 0; !st->deny && !st->not_action && k < st->actions.n; k++)
			if ((is_any(st->actions.items[k]) ||
			     !strcmp(st->actions.items[k], "*:*")) &&
			    has_any_resource(st))
				return true;
	}
	return false;
}

static void check_escalation(struct linter *l)
{
	struct lp_evaluator *ev;

	if (lp_evaluator_new(l->doc, 1, &ev)) {
		l->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < LP_ARRAY_LEN(escalations) && !has_full_access(l->doc); i++) {
		const char *const *e = escalations[i];
		const struct lp_statement *where = NULL;
		bool possible = is_broad(l->doc, e[0], &where) &&
				lp_evaluate(ev, e[0], "*", "", NULL) != LP_DENIED_EXPLICITLY;

		for (size_t k = 1; k < LP_ARRAY_LEN(escalations[i]) && e[k] && possible; k++)
			possible = lp_evaluate(ev, e[k], NULL, "", NULL) == LP_ALLOWED;
		if (possible && where)
			add(l, PRIVILEGE_ESCALATION, where->position,
			    "%s%s%s%s%s can be used to gain more permissions", e[0],
			    e[1] ? " with " : "", e[1] ? e[1] : "", e[1] && e[2] ? " and " : "",
			    e[1] && e[2] ? e[2] : "");
	}
	lp_evaluator_free(ev);
}

/* Without that key in any request an Allow never holds, and a Deny or IfExists stops nobody. */
static void check_conditions(struct linter *l, const struct lp_statement *st)
{
	for (size_t i = 0; i < st->n_conditions; i++) {
		const struct lp_cond_line *c = &st->conditions[i];
		const char *near;

		if (!lp_condition_op_exists(lp_span_str(c->op)))
			add(l, NO_SUCH_OPERATOR, st->position,
			    "\"%s\" is no operator of conditions", c->op);
		if (lp_condkeys_known(&l->keys, lp_span_str(c->key)))
			continue;
		near = lp_condkeys_near(&l->keys, lp_span_str(c->key));
		add(l, NO_SUCH_CONDITION_KEY, st->position,
		    "no condition key is known as \"%.100s\"%s%s", c->key, near ? "; perhaps " : "",
		    near ? near : "");
	}
}

static void check_statement(struct linter *l, const struct lp_statement *st, struct lp_intern *sids)
{
	check_sid(l, st, sids);
	for (size_t i = 0; i < st->actions.n; i++)
		check_action(l, st, i);
	for (size_t i = 0; i < st->resources.n; i++)
		check_resource(l, st, i);
	if (!st->actions.n || (!st->resources.n && !st->has_principal))
		add(l, EMPTY_LIST, st->position, "the statement has no %s",
		    st->actions.n ? "resources" : "actions");
	check_conditions(l, st);
	if (st->deny)
		return;
	if (st->not_action)
		add(l, NOT_ACTION, st->position, "every action but those listed is allowed");
	if (st->not_resource)
		add(l, NOT_RESOURCE, st->position, "every resource but those listed is allowed");
	if (st->not_action || st->not_resource || !st->resources.n)
		return;
	if (has_any_resource(st))
		check_any_resource(l, st);
	else
		check_fit(l, st);
}

static int compare(const void *a, const void *b)
{
	const struct lp_finding *x = a, *y = b;

	if (x->position.offset != y->position.offset)
		return x->position.offset < y->position.offset ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return strcmp(x->message, y->message);
}

int lp_lint(const struct lp_document *doc, struct lp_findings *out)
{
	struct linter l = {.doc = doc, .out = out, .effort = FIT_EFFORT_MAX};
	const size_t limit = lp_size_limit_bytes(LP_LIMIT_MANAGED);
	struct lp_position start = {0, 1, 1};
	struct lp_intern sids;

	*out = (struct lp_findings){0};
	lp_intern_init(&sids);
	l.err = lp_condkeys_init(&l.keys);
	if (!doc->version || strcmp(doc->version, "2012-10-17"))
		add(&l, VERSION, start, "the document has no \"Version\": \"2012-10-17\"");
	if (lp_document_size(doc) > limit)
		add(&l, TOO_LONG, start, "%zu characters; a managed policy may have %zu",
		    lp_document_size(doc), limit);
	for (size_t i = 0; i < doc->n_statements; i++)
		check_statement(&l, &doc->statements[i], &sids);
	check_escalation(&l);
	lp_intern_fini(&sids);
	lp_condkeys_fini(&l.keys);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), compare);
	return l.err;
}

void lp_findings_fini(struct lp_findings *f)
{
	free(f->v);
	*f = (struct lp_findings){0};
}

const char *lp_finding_level_name(enum lp_finding_level level)
{
	static const char *const names[] = {
		[LP_FINDING_NOTE] = "note",
		[LP_FINDING_WARNING] = "warning",
		[LP_FINDING_ERROR] = "error",
	};

	return names[level];
}
