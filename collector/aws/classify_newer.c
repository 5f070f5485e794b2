/* SPDX-License-Identifier: MIT */
#include "classify_newer.h"

#include "model/api_data.h"
#include "model/newer.h"

struct match {
	struct lp_label labels[LP_LABELS_MAX];
	unsigned n_labels;
	unsigned fixed;	  /* segments of the URI without a label */
	unsigned queries; /* parameters that the URI demands */
};

/* Takes the next segment off `s`, which starts behind a slash. */
static struct lp_span segment(struct lp_span *s)
{
	struct lp_span one = lp_span_first(*s, lp_span_find(*s, '/'));

	*s = lp_span_from(*s, one.len + 1);
	return one;
}

static unsigned segments_of(struct lp_span s)
{
	unsigned n = 0;

	while (s.len) {
		(void)segment(&s);
		n++;
	}
	return n;
}

static struct lp_span behind_slash(struct lp_span path)
{
	return lp_span_from(path, path.len && path.ptr[0] == '/');
}

/* A label that the host has bound stands in no path. */
static bool bound_by_host(const struct lp_classified *cls, struct lp_span name)
{
	for (unsigned i = 0; i < cls->n_labels; i++)
		if (cls->labels[i].from_host && lp_span_eq(cls->labels[i].name, name))
			return true;
	return false;
}

static bool path_fits(const struct lp_classified *cls, struct lp_span uri, struct lp_span path,
		      struct match *m)
{
	uri = behind_slash(uri);
	path = behind_slash(path);
	while (uri.len) {
		struct lp_span want = segment(&uri), have, name;
		bool greedy = lp_span_ends(want, LP_SPAN("+}"));

		if (!lp_span_starts(want, LP_SPAN("{"))) {
			have = segment(&path);
			if (!lp_span_eq(want, have))
				return false;
			m->fixed++;
			continue;
		}
		name = lp_span_from(lp_span_first(want, want.len - (greedy ? 2u : 1u)), 1);
		if (bound_by_host(cls, name))
			continue;
		have = path;
		if (greedy) {
			unsigned left = segments_of(uri), n = segments_of(path);

			if (n <= left)
				return false;
			for (have.len = 0; n > left; n--)
				have.len += segment(&path).len + 1;
			have.len--;
		} else {
			have = segment(&path);
		}
		if (!have.len || m->n_labels == LP_LABELS_MAX)
			return false;
		m->labels[m->n_labels++] = (struct lp_label){name, have, false, false};
	}
	return path.len == 0;
}

static bool query_has(struct lp_span query, struct lp_span item)
{
	bool whole = lp_span_find(item, '=') < item.len;

	while (query.len) {
		struct lp_span one = lp_span_first(query, lp_span_find(query, '&'));

		query = lp_span_from(query, one.len + 1);
		if (lp_span_eq(whole ? one : lp_span_first(one, lp_span_find(one, '=')), item))
			return true;
	}
	return false;
}

static bool fits(const struct lp_request *req, const struct lp_newer_ask *ask,
		 const struct lp_classified *cls, const struct lp_newer_op *op, struct match *m)
{
	struct lp_span uri = lp_span_str(op->uri), query;
	size_t mark = lp_span_find(uri, '?');

	*m = (struct match){0};
	if (!lp_span_eq(req->method, lp_span_str(op->method)) ||
	    !path_fits(cls, lp_span_first(uri, mark), ask->path, m))
		return false;
	for (query = lp_span_from(uri, mark + 1); query.len;) {
		struct lp_span item = lp_span_first(query, lp_span_find(query, '&'));

		query = lp_span_from(query, item.len + 1);
		if (!query_has(ask->query, item))
			return false;
		m->queries++;
	}
	return true;
}

static bool is_candidate(const struct lp_newer_ask *ask, const lp_service *more, lp_service svc)
{
	for (unsigned i = 0; i < ask->n_services; i++)
		if (ask->services[i] == svc)
			return true;
	return svc != LP_SERVICE_NONE && (svc == more[0] || svc == more[1]);
}

/* Segments of the path that no label of what was found so far covers. */
static unsigned fixed_so_far(const struct lp_newer_ask *ask, const struct lp_classified *cls)
{
	unsigned n = segments_of(behind_slash(ask->path));

	for (unsigned i = 0; i < cls->n_labels; i++)
		if (!cls->labels[i].from_host) {
			unsigned covered = segments_of(cls->labels[i].value);

			n -= covered < n ? covered : n;
		}
	return n;
}

static void classify_path(const struct lp_request *req, const struct lp_newer_ask *ask,
			  const lp_service *more, struct lp_classified *out)
{
	struct match m, best = {0};
	lp_op found = LP_OP_NONE;
	unsigned kept = 0;

	for (unsigned i = 0; i < lp_newer_op_count(); i++) {
		lp_op no = (lp_op)(lp_api_n_ops + i);
		const struct lp_newer_op *op = lp_newer_op(no);

		if (!op->modelled || !is_candidate(ask, more, op->service) ||
		    !fits(req, ask, out, op, &m))
			continue;
		if (found != LP_OP_NONE &&
		    (m.fixed < best.fixed || (m.fixed == best.fixed && m.queries <= best.queries)))
			continue;
		found = no;
		best = m;
	}
	if (found == LP_OP_NONE)
		return;
	/* The tables' answer stands unless the new one says more of the request. */
	if (out->op != LP_OP_NONE) {
		unsigned fixed = fixed_so_far(ask, out);

		if (best.fixed < fixed || (best.fixed == fixed && !best.queries))
			return;
	}
	out->op = found;
	out->protocol = lp_model_protocol(found);
	for (unsigned i = 0; i < out->n_labels; i++)
		if (out->labels[i].from_host)
			out->labels[kept++] = out->labels[i];
	out->n_labels = kept;
	for (unsigned i = 0; i < best.n_labels && out->n_labels < LP_LABELS_MAX; i++)
		out->labels[out->n_labels++] = best.labels[i];
}

void lp_newer_classify(const struct lp_request *req, const struct lp_newer_ask *ask,
		       struct lp_classified *out)
{
	const lp_service more[] = {lp_newer_find_service(out->signing_name),
				   lp_newer_find_service(ask->target)};

	if (!ask->name.len) {
		classify_path(req, ask, more, out);
		return;
	}
	for (size_t i = 0; i < LP_ARRAY_LEN(more) && out->op == LP_OP_NONE; i++)
		if (more[i] != LP_SERVICE_NONE)
			out->op = lp_newer_find_op(more[i], ask->name);
}
