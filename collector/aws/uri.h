/* SPDX-License-Identifier: MIT */
#ifndef LP_URI_H
#define LP_URI_H

/*
 * Which operation of a REST service a method, path, query and set of headers mean: a walk down the
 * URI tree of collector/model/api_data.h. No allocation; steps are bounded.
 */

#include "model/api_data.h"
#include "request.h"

#define LP_URI_LABELS_MAX 8  /* of one path; models stay below */
#define LP_URI_PARAMS_MAX 64 /* query parameters looked at */

struct lp_uri_param {
	struct lp_span key, value; /* as sent, percent-encoded */
};

/* A request's target taken apart once, to be matched against several services. */
struct lp_uri {
	const struct lp_request *req;
	struct lp_span path, query;
	struct lp_span host;	     /* of the absolute form, else the request's */
	struct lp_span signing_name; /* for the caller to set; some conditions ask for it */
	struct lp_uri_param param[LP_URI_PARAMS_MAX];
	unsigned n_params;
	/* One bit per query key that some operation's conditions name. */
	uint64_t keys[LP_API_QUERY_KEYS_MAX / 64];
};

/* Splits the target; everything in *u borrows from `req`. Absolute form is accepted. */
void lp_uri_init(struct lp_uri *u, const struct lp_request *req);

/* Value of a query parameter by its key, plain; NULL when it is missing. */
const struct lp_span *lp_uri_param(const struct lp_uri *u, struct lp_span key);

/*
 * A presigned URL carries the x-amz- headers that belong to it as query parameters: the value of
 * that one, still percent-encoded; ptr NULL where there is none. `header` in lower case.
 */
struct lp_span lp_uri_hoisted(struct lp_span query, struct lp_span header);

struct lp_uri_match {
	const struct lp_api_route *route;	 /* NULL: nothing fits */
	struct lp_span label[LP_URI_LABELS_MAX]; /* in the order of the route's names */
	bool complete;	/* all conditions hold, required parameters included */
	uint64_t score; /* more fixed segments earlier in the path: higher */
	unsigned rank;	/* of the conditions that hold, and the final slash */
};

/*
 * The best route of a service. `first_in_host`: the first label of the URI does not stand in the
 * path (a bucket in the host name); label[0] is empty then.
 */
void lp_uri_match(const struct lp_uri *u, uint16_t service, bool first_in_host,
		  struct lp_uri_match *best);

/* The same where the first segment of the path stands for another one. */
void lp_uri_match_as(const struct lp_uri *u, uint16_t service, struct lp_span first,
		     struct lp_uri_match *best);

/* True when `a` is a better answer than `b`; b may have no route. */
bool lp_uri_better(const struct lp_uri_match *a, const struct lp_uri_match *b);

/* True when the first segment of the path is the route's own. */
bool lp_uri_anchored(const struct lp_uri_match *m);

/* True when the path begins with a segment of that operations of the service, and of the request's
 * method, have. */
bool lp_uri_begins(const struct lp_uri *u, uint16_t service);

/* True when a segment of the path is the route's own, and not all are labels. */
bool lp_uri_fixed(const struct lp_uri_match *m);

/*
 * Percent-decoded to `out`, which has room for s.len bytes; `plus`: '+' is a blank. A '%' that no
 * two hex digits follow stands for itself.
 */
struct lp_span lp_percent_decode_to(char *out, struct lp_span s, bool plus);

#endif
