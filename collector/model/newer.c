/* SPDX-License-Identifier: MIT */
#include "newer.h"

#include <stdlib.h>

#include "api_data.h"
#include "iam_data.h"
#include "newer_impl.h"

static struct lp_newer all;

struct lp_newer *lp_newer_all(void)
{
	return &all;
}

bool lp_newer_any(void)
{
	return all.any;
}

unsigned lp_newer_changes(void)
{
	return all.changes;
}

const char *lp_newer_name(void)
{
	return all.name;
}

void lp_newer_fini(void)
{
	lp_arena_fini(&all.arena);
	free(all.actions.v);
	free(all.types.v);
	free(all.prefixes.v);
	free(all.services.v);
	free(all.ops.v);
	free(all.over_action);
	free(all.over_type);
	free(all.over_op);
	all = (struct lp_newer){0};
}

/* Row `n` of a list of `count`, or what an entry of the tables was replaced by. */
static const void *row(const struct lp_newer_list *l, unsigned builtin, const uint16_t *over,
		       size_t size, unsigned n)
{
	if (n < builtin) {
		if (!over || !over[n])
			return NULL;
		n = over[n] - 1u;
	} else {
		n -= builtin;
	}
	return n < l->n ? (const char *)l->v + n * size : NULL;
}

const struct lp_newer_prefix *lp_newer_prefix(lp_iam_prefix p)
{
	return row(&all.prefixes, lp_iam_n_prefixes, NULL, sizeof(struct lp_newer_prefix), p);
}

const struct lp_newer_action *lp_newer_action(lp_iam_action a)
{
	return row(&all.actions, lp_iam_n_actions, all.over_action, sizeof(struct lp_newer_action),
		   a);
}

const struct lp_newer_type *lp_newer_type(lp_iam_type t)
{
	return row(&all.types, lp_iam_n_types, all.over_type, sizeof(struct lp_newer_type), t);
}

const struct lp_newer_service *lp_newer_service(lp_service s)
{
	return s == LP_SERVICE_NONE ? NULL
				    : row(&all.services, lp_api_n_services, NULL,
					  sizeof(struct lp_newer_service), s);
}

const struct lp_newer_op *lp_newer_op(lp_op op)
{
	return op < lp_api_n_ops || op == LP_OP_NONE
		       ? NULL
		       : row(&all.ops, lp_api_n_ops, NULL, sizeof(struct lp_newer_op), op);
}

const struct lp_newer_op *lp_newer_of_known(lp_op known)
{
	return known < lp_api_n_ops
		       ? row(&all.ops, lp_api_n_ops, all.over_op, sizeof(struct lp_newer_op), known)
		       : NULL;
}

unsigned lp_newer_prefix_count(void)
{
	return (unsigned)all.prefixes.n;
}

unsigned lp_newer_action_count(void)
{
	return (unsigned)all.actions.n;
}

unsigned lp_newer_type_count(void)
{
	return (unsigned)all.types.n;
}

unsigned lp_newer_service_count(void)
{
	return (unsigned)all.services.n;
}

unsigned lp_newer_op_count(void)
{
	return (unsigned)all.ops.n;
}

lp_iam_prefix lp_newer_find_prefix(struct lp_span name)
{
	const struct lp_newer_prefix *p = all.prefixes.v;

	for (size_t i = 0; i < all.prefixes.n; i++)
		if (lp_span_caseeq(lp_span_str(p[i].name), name))
			return (lp_iam_prefix)(lp_iam_n_prefixes + i);
	return LP_IAM_NONE;
}

lp_iam_action lp_newer_find_action(struct lp_span name)
{
	const struct lp_newer_action *a = all.actions.v;

	for (size_t i = 0; i < all.actions.n; i++)
		if (lp_span_caseeq(lp_span_str(a[i].name), name))
			return (lp_iam_action)(lp_iam_n_actions + i);
	return LP_IAM_NONE;
}

lp_op lp_newer_find_op(lp_service svc, struct lp_span name)
{
	const struct lp_newer_op *o = all.ops.v;

	for (size_t i = 0; i < all.ops.n; i++)
		if (o[i].service == svc && o[i].known == LP_OP_NONE &&
		    lp_span_eq(lp_span_str(o[i].name), name))
			return (lp_op)(lp_api_n_ops + i);
	return LP_OP_NONE;
}

lp_service lp_newer_find_service(struct lp_span name)
{
	const struct lp_newer_service *s = all.services.v;

	for (size_t i = 0; name.len && i < all.services.n; i++)
		if (lp_span_caseeq(lp_span_str(s[i].sign), name) ||
		    lp_span_eq(lp_span_str(s[i].target), name) ||
		    lp_span_caseeq(lp_span_str(s[i].prefix), name) ||
		    lp_span_caseeq(lp_span_str(s[i].id), name) ||
		    lp_span_caseeq(lp_span_str(s[i].dir), name))
			return (lp_service)(lp_api_n_services + i);
	return LP_SERVICE_NONE;
}
