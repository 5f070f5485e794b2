/* SPDX-License-Identifier: MIT */
#ifndef LP_AUTHORIZE_IMPL_H
#define LP_AUTHORIZE_IMPL_H

/*
 * What the files of authorize*.c share: the evaluation of one request's rows. Values are loaded
 * (authorize_values.c), templates filled with them (authorize_fill.c), the resources of one act
 * made of those (authorize_resources.c), and acts and conditions decided on (authorize.c).
 */

#include "authorize.h"
#include "extract.h"
#include "model/iam.h"
#include "model/iam_data.h"

#define HOLES_MAX 6 /* different leaves in one template */

/* A growing list of resources of one act. */
struct lp_resources {
	const char **v;
	size_t n, cap;
};

struct lp_eval {
	const struct lp_request *req;
	const struct lp_classified *cls;
	const struct lp_response *rsp;
	struct lp_arena *arena;
	const struct lp_iam_op_data *op;
	const struct lp_leaf_data *leaf; /* of the operation */
	struct lp_values *values;	 /* by leaf */
	struct lp_span partition, region;
	int err;
	bool cut;    /* there is a body, and not all of it here */
	bool unread; /* see lp_authz */
};

/* One way to fill a template: a value, or NULL, for each different leaf in it. */
struct lp_filling {
	unsigned n;
	uint8_t leaf[HOLES_MAX];
	const struct lp_value *v[HOLES_MAX];
	bool wild;  /* what has no value becomes `*` */
	bool whole; /* an ARN stands for itself, not for the name it ends in */
	bool small; /* names in small letters */
};

struct lp_doing {
	struct lp_eval *e;
	const struct lp_act_data *act;
	lp_iam_type type; /* of the line being filled */
	unsigned tried;	  /* fillings of it */
	struct lp_resources out;
};

/* Text that grows in an arena; w->err when it could not. */
struct lp_writer {
	struct lp_arena *arena;
	char *p;
	size_t n, cap;
	int err;
};

/* Leaves that stand outside the body, in it, and in a recorded call outside its parameters. */
void lp_eval_load_head(struct lp_eval *e, struct lp_extract *x);
void lp_eval_load_body(struct lp_eval *e, struct lp_extract *x);
void lp_eval_load_recorded(struct lp_eval *e, struct lp_extract *x, const struct lp_recorded *rec);

/* Part of a value: part 0 is all of it. Empty when its split has no such part here. */
struct lp_span lp_eval_part(const struct lp_eval *e, unsigned leaf, unsigned part,
			    struct lp_span text);

/* Whether a value is an ARN, of a leaf that may hold one. */
bool lp_eval_is_arn(const struct lp_eval *e, unsigned leaf, const struct lp_value *v);

/* Whether a leaf has no value only because its part of the body is not there. */
static inline bool lp_eval_lacks(const struct lp_eval *e, unsigned leaf)
{
	return e->cut && e->leaf[leaf].loc == LP_LEAF_BODY && !e->values[leaf].first;
}

/* "arn:" and four fields more before the resource. */
bool lp_is_arn(struct lp_span s);

/* Field 1 .. 4 of an ARN: partition, service, region, account; and the name that it ends in. */
struct lp_span lp_eval_arn_field(struct lp_span arn, unsigned field);
struct lp_span lp_eval_arn_tail(struct lp_span arn);

void lp_put(struct lp_writer *w, const char *s, size_t len);

/* A name, with what IAM would take for a wildcard or a variable written `${…}`. */
void lp_put_name(struct lp_writer *w, struct lp_span s);

/* Values of one list element go together, and with what stands outside that list. */
bool lp_together(const struct lp_value *a, const struct lp_value *b);

/* Fills a template; NULL when it does not apply (a hole without value), or out of memory. */
const char *lp_fill(struct lp_eval *e, const char *t, const struct lp_filling *f);

/* The different leaves of a template; `must` marks those without which it does not apply. */
unsigned lp_holes_of(const char *t, uint8_t leaf[HOLES_MAX], bool must[HOLES_MAX]);

/* All resources of the act, into d->out; sorted, once each. Errors in d->e->err. */
void lp_eval_resources(struct lp_doing *d);
void lp_add_resource(struct lp_doing *d, const char *arn);
void lp_sort_unique(struct lp_resources *r);

#endif
