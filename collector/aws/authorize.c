/* SPDX-License-Identifier: MIT */
/*
 * Evaluates the rows that an operation has in the IAM tables (tables/bind/) against one request.
 * Nothing here knows a service: a row says which action, under which conditions, and which ARN to
 * make of which values of the request.
 */
#include "authorize.h"

#include <errno.h>
#include <stdlib.h>

#include "authorize_split.h"
#include "cbor.h"
#include "extract_members.h"
#include "host.h"
#include "infer.h"
#include "model/iam.h"
#include "model/iam_data.h"
#include "model/newer.h"
#include "uri.h"
#include "wire/multipart.h"
#include "wire/sigv4.h"

#define GRANTS_MAX 64 /* acts of one operation that can apply at once */
#define HOLES_MAX  6  /* different leaves in one template */

/* A growing list of resources of one act. */
struct resources {
	const char **v;
	size_t n, cap;
};

struct eval {
	const struct lp_request *req;
	const struct lp_classified *cls;
	const struct lp_response *rsp;
	struct lp_arena *arena;
	const struct lp_iam_op_data *op;
	const struct lp_leaf_data *leaf; /* of the operation */
	struct lp_values *values;	 /* by leaf */
	struct lp_span partition, region;
	int err;
};

/* --- values ----------------------------------------------------------------------------------- */

static void add_decoded(struct lp_extract *x, uint8_t leaf, struct lp_span raw)
{
	lp_extract_add(x, leaf, lp_percent_decode(x->arena, raw, false));
}

static void load_query(struct eval *e, struct lp_extract *x, uint8_t leaf, struct lp_span name)
{
	struct lp_span q = lp_span_from(e->req->target, lp_span_find(e->req->target, '?') + 1);
	struct lp_span key, value;
	uint32_t i = 0;

	while (lp_query_next(&q, &key, &value)) {
		if (!lp_span_eq(key, name))
			continue;
		lp_extract_push(x, ++i);
		add_decoded(x, leaf, value);
		lp_extract_pop(x);
	}
}

static void add_hoisted(struct eval *e, struct lp_extract *x, uint8_t leaf, struct lp_span name)
{
	struct lp_span query = lp_span_from(e->req->target, lp_span_find(e->req->target, '?') + 1);
	struct lp_span value = lp_uri_hoisted(query, name);

	if (value.ptr)
		add_decoded(x, leaf, value);
}

static void add_form_header(struct eval *e, struct lp_extract *x, uint8_t leaf, struct lp_span name)
{
	struct lp_span value = lp_form_header(e->req, name);

	if (value.ptr)
		lp_extract_add(x, leaf, value);
}

/* S3 puts the uploaded file's name where the key of a form says so. */
static void add_form_label(struct eval *e, struct lp_extract *x, uint8_t leaf, struct lp_span key)
{
	static const struct lp_span hole = {"${filename}", 11};
	const struct lp_header *type = lp_request_header(e->req, LP_SPAN("content-type"));
	struct lp_part file;
	size_t at = 0;
	char *text;

	while (at + hole.len <= key.len && memcmp(key.ptr + at, hole.ptr, hole.len) != 0)
		at++;
	if (at + hole.len > key.len || !type ||
	    !lp_multipart_field(type->value, e->req->body, LP_SPAN("file"), &file)) {
		lp_extract_add(x, leaf, key);
		return;
	}
	text = lp_arena_alloc(e->arena, key.len + file.filename.len);
	if (!text) {
		x->err = -ENOMEM;
		return;
	}
	memcpy(text, key.ptr, at);
	if (file.filename.len)
		memcpy(text + at, file.filename.ptr, file.filename.len);
	memcpy(text + at + file.filename.len, key.ptr + at + hole.len, key.len - at - hole.len);
	lp_extract_add(x, leaf, lp_span_of(text, key.len - hole.len + file.filename.len));
}

/* Host names have no case, and buckets in them are in lower case. */
static void add_label(struct eval *e, struct lp_extract *x, uint8_t leaf, const struct lp_label *l)
{
	char *low;

	if (l->from_form) {
		add_form_label(e, x, leaf, l->value);
		return;
	}
	if (!l->from_host) {
		add_decoded(x, leaf, l->value);
		return;
	}
	low = lp_arena_strndup(e->arena, l->value);
	if (!low) {
		x->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < l->value.len; i++)
		low[i] = lp_ascii_lower(low[i]);
	lp_extract_add(x, leaf, lp_span_of(low, l->value.len));
}

static void load_response(struct eval *e, struct lp_extract *x, uint8_t leaf, bool header,
			  struct lp_span name)
{
	if (!e->rsp)
		return;
	for (size_t i = 0; header && i < e->rsp->n_headers; i++)
		if (lp_span_caseeq(e->rsp->headers[i].name, name))
			lp_extract_add(x, leaf, e->rsp->headers[i].value);
	for (size_t i = 0; !header && i < e->rsp->n_fields; i++)
		if (lp_span_caseeq(e->rsp->fields[i].name, name))
			lp_extract_add(x, leaf, e->rsp->fields[i].value);
}

/* Leaves that stand outside the body. */
static void load_head(struct eval *e, struct lp_extract *x)
{
	for (uint8_t i = 0; i < e->op->n_leaves; i++) {
		struct lp_span name = lp_span_str(lp_iam_pool + e->leaf[i].name);
		const struct lp_header *h;

		switch ((enum lp_leaf_loc)e->leaf[i].loc) {
		case LP_LEAF_LABEL:
			for (unsigned l = 0; l < e->cls->n_labels; l++)
				if (lp_span_eq(e->cls->labels[l].name, name))
					add_label(e, x, i, &e->cls->labels[l]);
			break;
		case LP_LEAF_QUERY:
			load_query(e, x, i, name);
			break;
		case LP_LEAF_HEADER:
			h = lp_request_header(e->req, name);
			if (h)
				lp_extract_add(x, i, h->value);
			else if (e->cls->presigned)
				add_hoisted(e, x, i, name);
			else if (e->cls->post_form)
				add_form_header(e, x, i, name);
			break;
		case LP_LEAF_SCOPE:
			lp_extract_add(x, i, e->cls->signing_name);
			break;
		case LP_LEAF_METHOD:
			lp_extract_add(x, i, e->req->method);
			break;
		case LP_LEAF_HOST:
			lp_extract_add(x, i, e->req->host);
			break;
		case LP_LEAF_PATH:
			add_decoded(
				x, i,
				lp_span_first(e->req->target, lp_span_find(e->req->target, '?')));
			break;
		case LP_LEAF_RSP_HEADER:
		case LP_LEAF_RSP_FIELD:
			load_response(e, x, i, e->leaf[i].loc == LP_LEAF_RSP_HEADER, name);
			break;
		case LP_LEAF_BODY:
		case LP_LEAF_LOCS:
			break;
		}
	}
}

static void load_body(struct eval *e, struct lp_extract *x)
{
	const struct lp_trie_set *t = &lp_iam_tries[e->op->tries];
	struct lp_span body = e->req->body;

	switch (e->cls->protocol) {
	case LP_PROTOCOL_QUERY:
	case LP_PROTOCOL_EC2:
		if (!t->root[LP_BODY_FORM])
			break;
		/* The same parameters may come in the query of a GET, and in both. */
		lp_extract_form(
			x, t->root[LP_BODY_FORM],
			lp_span_from(e->req->target, lp_span_find(e->req->target, '?') + 1));
		lp_extract_form(x, t->root[LP_BODY_FORM], body);
		break;
	case LP_PROTOCOL_REST_XML:
		if (t->root[LP_BODY_XML] && body.len)
			lp_extract_xml(x, t->root[LP_BODY_XML], body);
		break;
	case LP_PROTOCOL_JSON:
	case LP_PROTOCOL_REST_JSON:
	case LP_PROTOCOL_CBOR:
		if (!t->root[LP_BODY_JSON] || !body.len)
			break;
		/* Spoken in CBOR too, by SDKs for streams and by the newest ones. */
		if (lp_is_cbor(body))
			lp_extract_cbor(x, t->root[LP_BODY_JSON], body);
		else
			lp_extract_json(x, t->root[LP_BODY_JSON], body);
		break;
	case LP_PROTOCOL_NONE:
		break;
	}
}

/* Part of a value: part 0 is all of it. Empty when its split has no such part here. */
static struct lp_span part_of(const struct eval *e, unsigned leaf, unsigned part,
			      struct lp_span text)
{
	struct lp_span parts[LP_SPLIT_PARTS + 1];

	if (!part)
		return text;
	if (!e->leaf[leaf].split ||
	    !lp_split(&lp_iam_splits[e->leaf[leaf].split - 1], text, e->arena, parts))
		return lp_span_of(NULL, 0);
	return parts[part];
}

/* "arn:" and four fields more before the resource. */
static bool is_arn(struct lp_span s)
{
	size_t at = 0;

	if (!lp_span_starts(s, LP_SPAN("arn:")))
		return false;
	for (int colons = 0; colons < 5; colons++) {
		at += lp_span_find(lp_span_from(s, at), ':') + 1;
		if (at >= s.len)
			return false;
	}
	return true;
}

static bool value_is_arn(const struct eval *e, unsigned leaf, const struct lp_value *v)
{
	return is_arn(v->text) && !(e->leaf[leaf].flags & LP_LEAF_PLAIN);
}

/* Field 1 .. 4 of an ARN: partition, service, region, account. */
static struct lp_span arn_field(struct lp_span arn, unsigned field)
{
	while (field--)
		arn = lp_span_from(arn, lp_span_find(arn, ':') + 1);
	return lp_span_first(arn, lp_span_find(arn, ':'));
}

/* "arn:…:cluster/blue" -> "blue": the name that a parent's ARN ends in. */
static struct lp_span arn_tail(struct lp_span arn)
{
	size_t i = arn.len;

	while (i && arn.ptr[i - 1] != '/' && arn.ptr[i - 1] != ':')
		i--;
	return lp_span_from(arn, i);
}

/* --- conditions ------------------------------------------------------------------------------- */

static bool holds(const struct eval *e, const struct lp_when_data *w)
{
	struct lp_span want = lp_span_str(lp_iam_pool + w->value);
	bool any = false, all_differ = true;

	for (const struct lp_value *v = e->values[w->leaf].first; v; v = v->next) {
		struct lp_span s = part_of(e, w->leaf, w->part, v->text);

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

static bool applies(const struct eval *e, const struct lp_act_data *a)
{
	for (unsigned i = 0; i < a->n_when; i++)
		if (!holds(e, &lp_iam_whens[a->first_when + i]))
			return false;
	return true;
}

/* --- templates -------------------------------------------------------------------------------- */

/* One way to fill a template: a value, or NULL, for each different leaf in it. */
struct filling {
	unsigned n;
	uint8_t leaf[HOLES_MAX];
	const struct lp_value *v[HOLES_MAX];
	bool wild;  /* what has no value becomes `*` */
	bool whole; /* an ARN stands for itself, not for the name it ends in */
};

static const struct lp_value *filled(const struct filling *f, unsigned leaf)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->leaf[i] == leaf)
			return f->v[i];
	return NULL;
}

struct writer {
	struct lp_arena *arena;
	char *p;
	size_t n, cap;
	int err;
};

static void put(struct writer *w, const char *s, size_t len)
{
	if (w->cap - w->n <= len) {
		size_t cap = 2 * (w->n + len) + 128;
		char *p = lp_arena_alloc(w->arena, cap);

		if (!p) {
			w->err = -ENOMEM;
			return;
		}
		if (w->n)
			memcpy(p, w->p, w->n);
		w->p = p;
		w->cap = cap;
	}
	if (len)
		memcpy(w->p + w->n, s, len);
	w->n += len;
	w->p[w->n] = '\0';
}

/* A name, with what IAM would take for a wildcard or a variable written `${…}`. */
static void put_name(struct writer *w, struct lp_span s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.len; i++) {
		char esc[] = "${*}";

		if (s.ptr[i] != '*' && s.ptr[i] != '?' && s.ptr[i] != '$')
			continue;
		put(w, s.ptr + from, i - from);
		from = i + 1;
		esc[2] = s.ptr[i];
		put(w, esc, 4);
	}
	put(w, s.ptr + from, s.len - from);
}

static void put_span(struct writer *w, struct lp_span s)
{
	put(w, s.len ? s.ptr : "*", s.len ? s.len : 1);
}

/* "p-" in a pattern is of the id itself: "…/p-" + "p-1a2b" is "…/p-1a2b". */
static struct lp_span without_prefix(const struct writer *w, struct lp_span s)
{
	size_t i = w->n;

	while (i && w->p[i - 1] != '/' && w->p[i - 1] != ':')
		i--;
	return w->n - i > 1 && lp_span_starts(s, lp_span_of(w->p + i, w->n - i))
		       ? lp_span_from(s, w->n - i)
		       : s;
}

/* Values of one list element go together, and with what stands outside that list. */
static bool together(const struct lp_value *a, const struct lp_value *b)
{
	unsigned n = a->n_index < b->n_index ? a->n_index : b->n_index;

	for (unsigned i = 0; i < n; i++)
		if (a->index[i] != b->index[i])
			return false;
	return true;
}

static bool goes_with_all(const struct filling *f, const struct lp_value *v)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->v[i] && !together(f->v[i], v))
			return false;
	return true;
}

/* Context fields of an ARN: those of an ARN among the values rank above the call's own. */
static struct lp_span context(const struct eval *e, const struct filling *f, unsigned field)
{
	for (unsigned i = f->n; i-- > 0;) {
		struct lp_span got;

		if (!f->v[i] || !value_is_arn(e, f->leaf[i], f->v[i]))
			continue;
		got = arn_field(f->v[i]->text, field);
		if (got.len)
			return got;
	}
	if (field == 1)
		return e->partition;
	return field == 3 ? e->region : lp_span_of(NULL, 0);
}

/* Fills a template; NULL when it does not apply (a hole without value), or out of memory. */
static const char *fill(struct eval *e, const char *t, const struct filling *f)
{
	struct writer w = {.arena = e->arena};

	while (*t) {
		size_t lit = 0;

		while ((unsigned char)t[lit] >= LP_HOLE_BIAS)
			lit++;
		put(&w, t, lit);
		t += lit;
		switch (*t) {
		case '\0':
			break;
		case LP_HOLE_PARTITION:
			put_span(&w, context(e, f, 1));
			t++;
			break;
		case LP_HOLE_REGION:
			put_span(&w, context(e, f, 3));
			t++;
			break;
		case LP_HOLE_ACCOUNT:
			put_span(&w, context(e, f, 4));
			t++;
			break;
		case LP_HOLE_LEAF: {
			unsigned leaf = (unsigned char)t[1] - LP_HOLE_BIAS;
			unsigned part = (unsigned char)t[2] - LP_HOLE_BIAS;
			const struct lp_value *v = filled(f, leaf);
			struct lp_span s = lp_span_of(NULL, 0);
			char other = t[3];

			t += 4;
			if (other == LP_ELSE_PRESENT || other == LP_ELSE_ABSENT) {
				bool there = false;

				for (const struct lp_value *o = e->values[leaf].first; o && !there;
				     o = o->next)
					there = part_of(e, leaf, part, o->text).len &&
						goes_with_all(f, o);
				if (there != (other == LP_ELSE_PRESENT) && !f->wild)
					return NULL;
				break;
			}
			if (other == LP_ELSE_SILENT)
				break;
			if (v && (part || f->whole || !value_is_arn(e, leaf, v)))
				s = part_of(e, leaf, part, v->text);
			else if (v)
				s = arn_tail(v->text);
			if (other == LP_ELSE_ACCOUNT_ID && !lp_is_account(s))
				s = lp_span_of(NULL, 0);
			if (s.len) {
				put_name(&w, without_prefix(&w, s));
				if (other == LP_ELSE_TEXT)
					while (*t++ != LP_HOLE_END)
						;
				break;
			}
			switch (other) {
			case LP_ELSE_PARTITION:
				put_span(&w, context(e, f, 1));
				break;
			case LP_ELSE_REGION:
				put_span(&w, context(e, f, 3));
				break;
			case LP_ELSE_ACCOUNT:
			case LP_ELSE_ACCOUNT_ID:
				put_span(&w, context(e, f, 4));
				break;
			case LP_ELSE_TEXT:
				lit = 0;
				while (t[lit] != LP_HOLE_END)
					lit++;
				put(&w, t, lit);
				t += lit + 1;
				break;
			default:
				if (!f->wild)
					return NULL;
				put(&w, "*", 1);
				break;
			}
			break;
		}
		default:
			t++;
			break;
		}
	}
	if (w.err)
		e->err = w.err;
	return w.err ? NULL : w.p;
}

/* The different leaves of a template; `must` marks those without which it does not apply. */
static unsigned holes_of(const char *t, uint8_t leaf[HOLES_MAX], bool must[HOLES_MAX])
{
	unsigned n = 0, i;

	for (; *t; t++) {
		uint8_t no;

		if (*t != LP_HOLE_LEAF)
			continue;
		no = (uint8_t)((unsigned char)t[1] - LP_HOLE_BIAS);
		if (t[3] == LP_ELSE_PRESENT || t[3] == LP_ELSE_ABSENT) {
			t += 3;
			continue;
		}
		for (i = 0; i < n && leaf[i] != no; i++)
			;
		if (i == n) {
			if (n == HOLES_MAX)
				break;
			must[n] = false;
			leaf[n++] = no;
		}
		must[i] = must[i] || t[3] == LP_ELSE_NOTHING || t[3] == LP_ELSE_SILENT;
		t += 3;
	}
	return n;
}

/* --- one act ---------------------------------------------------------------------------------- */

struct doing {
	struct eval *e;
	const struct lp_act_data *act;
	lp_iam_type type; /* of the line being filled */
	struct resources out;
};

static bool is_of_type(struct lp_span arn, lp_iam_type type)
{
	for (unsigned i = 0; i < lp_iam_type_patterns(type); i++)
		if (lp_iam_arn_fits_owned(arn, lp_iam_type_pattern(type, i)))
			return true;
	return false;
}

/*
 * A template fits by construction, unless the request put something into a place that is not free
 * ("ResourceType" of a tag specification). Such an ARN would be refused by AWS, so it is none.
 */
static bool fits(const struct doing *d, const char *arn)
{
	struct lp_span s = lp_span_str(arn);

	return is_of_type(s, d->type) || lp_iam_action_takes(d->act->action, s) != LP_IAM_NONE;
}

static void add_resource(struct doing *d, const char *arn)
{
	if (!arn)
		return;
	/* The common case of repeats: one after the other. All repeats go when the list is sorted.
	 */
	if (d->out.n && strcmp(d->out.v[d->out.n - 1], arn) == 0)
		return;
	if (d->out.n == d->out.cap) {
		size_t cap = d->out.cap ? 4 * d->out.cap : 4;
		const char **v = lp_arena_alloc(d->e->arena, cap * sizeof(*v));

		if (!v) {
			d->e->err = -ENOMEM;
			return;
		}
		if (d->out.n)
			memcpy(v, d->out.v, d->out.n * sizeof(*v));
		d->out.v = v;
		d->out.cap = cap;
	}
	d->out.v[d->out.n++] = arn;
}

/* Values that are ARNs fitting a type of the action are the resources, as they stand. */
static void take_arns(struct doing *d, uint64_t *types_named)
{
	const struct lp_act_data *a = d->act;
	unsigned n_types = lp_iam_action_types(a->action);

	for (unsigned i = 0; i < a->n_arns; i++) {
		for (struct lp_value *v = d->e->values[lp_iam_arns[a->first_arn + i]].first; v;
		     v = v->next) {
			struct writer w = {.arena = d->e->arena};
			bool ours = false;

			v->taken = false;
			if (!is_arn(v->text))
				continue;
			for (unsigned t = 0; t < n_types; t++) {
				lp_iam_type type = lp_iam_action_type(a->action, t).type;

				for (unsigned p = 0; p < lp_iam_type_patterns(type); p++) {
					if (!lp_iam_arn_fits_owned(v->text,
								   lp_iam_type_pattern(type, p)))
						continue;
					ours = true;
					if (t < 64)
						*types_named |= UINT64_C(1) << t;
				}
			}
			if (!ours)
				continue;
			v->taken = true;
			/* "arn:…:log-group:name:*" is how some services write "and all in it". */
			if (lp_span_ends(v->text, LP_SPAN(":*"))) {
				put_name(&w, lp_span_first(v->text, v->text.len - 1));
				put(&w, "*", 1);
			} else {
				put_name(&w, v->text);
			}
			if (w.err)
				d->e->err = w.err;
			else
				add_resource(d, w.p);
		}
	}
}

/* All fillings of a template, leaf by leaf. True when one gave a resource. */
static bool fill_all(struct doing *d, const char *t, struct filling *f, const bool *must,
		     unsigned at, unsigned last)
{
	struct lp_value *v;
	bool got = false;

	if (at == f->n) {
		const char *arn = fill(d->e, t, f);

		if (!arn || !fits(d, arn))
			return false;
		add_resource(d, arn);
		return true;
	}
	v = d->e->values[f->leaf[at]].first;
	if (!v) {
		if (must[at])
			return false;
		f->v[at] = NULL;
		return fill_all(d, t, f, must, at + 1, last);
	}
	for (; v && d->out.n < LP_VALUES_MAX; v = v->next) {
		bool use = v->text.len != 0;

		for (unsigned i = 0; i < at && use; i++)
			use = !f->v[i] || together(f->v[i], v);
		/* The resource's own ARN was taken as it stands; an ARN of something else is none.
		 */
		if (use && value_is_arn(d->e, f->leaf[at], v) &&
		    ((f->leaf[at] == last && (v->taken || f->n == 1)) ||
		     (v->taken && is_of_type(v->text, d->type))))
			use = false;
		if (!use)
			continue;
		f->v[at] = v;
		got = fill_all(d, t, f, must, at + 1, last) || got;
	}
	return got;
}

/*
 * The leaf whose whole value a template ends in: when that is an ARN, it is the resource's own. A
 * hole with more path behind it is a parent's name, which a parent's ARN gives just as well; parts
 * of a leaf know ARNs themselves.
 */
static uint8_t last_hole(const char *t)
{
	uint8_t leaf = LP_LEAF_NONE;

	for (; *t; t++) {
		if (*t == '/')
			leaf = LP_LEAF_NONE;
		if (*t != LP_HOLE_LEAF)
			continue;
		if (t[3] != LP_ELSE_PRESENT && t[3] != LP_ELSE_ABSENT && t[3] != LP_ELSE_SILENT)
			leaf = t[2] == LP_HOLE_BIAS ? (uint8_t)((unsigned char)t[1] - LP_HOLE_BIAS)
						    : LP_LEAF_NONE;
		t += 3;
	}
	return leaf;
}

static bool has_holes(const struct lp_res_data *r)
{
	return strchr(lp_iam_pool + r->tmpl, LP_HOLE_LEAF) != NULL;
}

static bool apply_res(struct doing *d, const struct lp_res_data *r)
{
	const char *t = lp_iam_pool + r->tmpl;
	struct filling f = {0};
	bool must[HOLES_MAX], got;
	size_t before = d->out.n;

	f.n = holes_of(t, f.leaf, must);
	/* Without holes it names nothing: it stands in where the request did not (apply_wild). */
	if (f.n == 0)
		return false;
	got = fill_all(d, t, &f, must, 0, last_hole(t));
	/* The same ARN again adds nothing, but names the type none the less. */
	return got || d->out.n > before;
}

/* A required type that the request did not name: its template with what is known, else `*`. */
static void apply_wild(struct doing *d, const struct lp_res_data *r)
{
	const char *t = lp_iam_pool + r->tmpl;
	struct filling f = {.wild = true};
	bool must[HOLES_MAX];
	uint8_t last = last_hole(t);
	const char *arn;

	f.n = holes_of(t, f.leaf, must);
	for (unsigned i = 0; i < f.n; i++) {
		struct lp_value *v = d->e->values[f.leaf[i]].first;

		f.v[i] = v && v->text.len && !(f.leaf[i] == last && value_is_arn(d->e, last, v))
				 ? v
				 : NULL;
	}
	arn = fill(d->e, t, &f);
	if (arn && !fits(d, arn)) {
		memset(f.v, 0, sizeof(f.v));
		arn = fill(d->e, t, &f);
	}
	add_resource(d, arn);
}

static int by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void sort_unique(struct resources *r)
{
	size_t n = 0;

	if (r->n > 1)
		qsort(r->v, r->n, sizeof(*r->v), by_text);
	for (size_t i = 0; i < r->n; i++)
		if (!n || strcmp(r->v[n - 1], r->v[i]) != 0)
			r->v[n++] = r->v[i];
	r->n = n;
}

/* Bit of a type among those of the action; types past 64 share the last. */
static uint64_t type_bit(lp_iam_action a, lp_iam_type type)
{
	unsigned n = lp_iam_action_types(a);

	for (unsigned i = 0; i < n; i++)
		if (lp_iam_action_type(a, i).type == type)
			return UINT64_C(1) << (i < 63 ? i : 63);
	return UINT64_C(1) << 63;
}

static void do_resources(struct doing *d)
{
	const struct lp_act_data *a = d->act;
	const struct lp_res_data *res = &lp_iam_res[a->first_res];
	bool got[UINT8_MAX] = {false}; /* by the first line of a type; its lines stand together */
	bool either = false;	       /* a type was named of which one is enough */
	uint64_t named = 0;
	unsigned first = 0;

	take_arns(d, &named);
	for (unsigned i = 0; i < a->n_res; i++) {
		d->type = res[i].type;
		if (d->type != res[first].type)
			first = i;
		if (!(res[i].flags & LP_RES_ELSE) || !got[first])
			got[first] = apply_res(d, &res[i]) || got[first];
		if (res[i].flags & LP_RES_EITHER)
			either = either || got[first] || (named & type_bit(a->action, d->type));
	}
	first = 0;
	for (unsigned i = 0; i < a->n_res; i++) {
		/* An optional type with nothing to name is all that the action could be restricted
		 * to. */
		bool required = (res[i].flags & LP_RES_REQUIRED) ||
				(a->n_res == 1 && !has_holes(&res[i]) && !named);

		d->type = res[i].type;
		if (d->type != res[first].type)
			first = i;
		if (!required || got[first] || (named & type_bit(a->action, d->type)) ||
		    (either && (res[i].flags & LP_RES_EITHER)))
			continue;
		apply_wild(d, &res[first]);
		got[first] = true;
	}
	if (!d->out.n && !(a->flags & LP_ACT_IF_NAMED))
		add_resource(d, "*");
	sort_unique(&d->out);
}

/* --- conditions that the person asked for ----------------------------------------------------- */

static bool with_conditions;

void lp_authorize_with_conditions(bool on)
{
	with_conditions = on;
}

/* True when the row's condition belongs to the grant at all. */
static bool gives(const struct eval *e, const struct lp_cond_data *c, const struct filling *f)
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
	for (size_t i = 0; i < g->n_resources; i++) {
		struct lp_span region = arn_field(lp_span_str(g->resources[i]), 3);

		if (is_arn(lp_span_str(g->resources[i])) && region.len &&
		    !lp_span_eq(region, LP_SPAN("*")))
			return true;
	}
	return false;
}

/* aws:RequestedRegion, for the called service's own actions: what it calls in turn may be
 * elsewhere. */
static int add_region(struct eval *e, struct lp_grant *grants, size_t n)
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

static int grant(struct eval *e, const struct lp_act_data *a, struct lp_grant *grants, size_t *n)
{
	struct doing d = {.e = e, .act = a};
	struct lp_condition *conds = NULL;
	const char *action = lp_iam_action_name(a->action);
	unsigned flags = (a->flags & LP_ACT_DEPENDENT ? LP_GRANT_DEPENDENT : 0u) |
			 (a->flags & LP_ACT_POSSIBLE ? LP_GRANT_POSSIBLE : 0u);
	struct filling none = {.wild = true};
	size_t n_conds = 0;

	do_resources(&d);
	if (e->err)
		return e->err;
	if (!d.out.n)
		return 0;
	if (a->n_conds) {
		conds = lp_arena_alloc(e->arena, a->n_conds * sizeof(*conds));
		if (!conds)
			return -ENOMEM;
		for (unsigned i = 0; i < a->n_conds; i++) {
			const struct lp_cond_data *c = &lp_iam_act_conds[a->first_cond + i];
			bool must[HOLES_MAX];

			none.n = holes_of(lp_iam_pool + c->value, none.leaf, must);
			for (unsigned h = 0; h < none.n; h++)
				none.v[h] = e->values[none.leaf[h]].first;
			if (!gives(e, c, &none))
				continue;
			none.whole = true;
			none.wild = lp_iam_pool[c->op] != '?';
			conds[n_conds].op = lp_iam_pool + c->op + !none.wild;
			conds[n_conds].key = lp_iam_pool + c->key;
			conds[n_conds].value = fill(e, lp_iam_pool + c->value, &none);
			if (conds[n_conds].value)
				n_conds++;
			else if (none.wild || e->err)
				return -ENOMEM;
		}
	}
	for (size_t i = 0; i < *n; i++) {
		struct lp_grant *g = &grants[i];

		if (g->action != action || g->flags != flags || !same_conditions(g, conds, n_conds))
			continue;
		for (size_t r = 0; r < g->n_resources; r++)
			add_resource(&d, g->resources[r]);
		sort_unique(&d.out);
		g->resources = d.out.v;
		g->n_resources = d.out.n;
		return e->err;
	}
	if (*n == GRANTS_MAX)
		return 0;
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
static int evaluate(struct eval *e, struct lp_authz *out)
{
	struct lp_grant grants[GRANTS_MAX], *kept;
	bool exclusive = false;
	size_t n = 0;
	int err;

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
	}
	/* Every row depends on the request, and none applied: it is not what the tables foresee. */
	if (!n)
		return -ENOENT;
	err = with_conditions ? add_region(e, grants, n) : 0;
	if (err)
		return err;
	kept = lp_arena_alloc(e->arena, n * sizeof(*grants));
	if (!kept)
		return -ENOMEM;
	memcpy(kept, grants, n * sizeof(*grants));
	out->grants = kept;
	out->n_grants = n;
	return 0;
}

static bool has_rows(lp_op op)
{
	return op < lp_iam_n_ops && lp_iam_ops[op].n_acts;
}

static void start(struct eval *e, lp_op op)
{
	e->op = &lp_iam_ops[op];
	e->leaf = &lp_iam_leaves[e->op->first_leaf];
	memset(e->values, 0, e->op->n_leaves * sizeof(e->values[0]));
}

int lp_authorize(const struct lp_request *req, const struct lp_classified *cls,
		 const struct lp_response *rsp, struct lp_arena *arena, struct lp_authz *out)
{
	struct lp_values values[LP_LEAF_NONE];
	struct lp_extract x = {.arena = arena, .leaf = values};
	struct eval e = {.req = req, .cls = cls, .rsp = rsp, .arena = arena, .values = values};
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
	load_head(&e, &x);
	load_body(&e, &x);
	err = x.err ? x.err : evaluate(&e, out);
	if (!err && lp_newer_any())
		err = lp_infer_more(req, cls, arena, out);
	return err;
}

/* What of the request stands in no member of its parameters. */
static void load_recorded(struct eval *e, struct lp_extract *x, const struct lp_recorded *rec)
{
	for (uint8_t i = 0; i < e->op->n_leaves; i++) {
		struct lp_span name = lp_span_str(lp_iam_pool + e->leaf[i].name);

		if (e->leaf[i].loc == LP_LEAF_SCOPE)
			lp_extract_add(x, i, rec->signing_name);
		else if (e->leaf[i].loc == LP_LEAF_RSP_HEADER ||
			 e->leaf[i].loc == LP_LEAF_RSP_FIELD)
			load_response(e, x, i, e->leaf[i].loc == LP_LEAF_RSP_HEADER, name);
	}
}

int lp_authorize_recorded(const struct lp_recorded *rec, struct lp_arena *arena,
			  struct lp_authz *out)
{
	struct lp_values values[LP_LEAF_NONE];
	struct lp_extract x = {.arena = arena, .leaf = values};
	struct eval e = {.rsp = rec->rsp, .arena = arena, .values = values};
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
	e.partition = rec->partition ? lp_span_str(rec->partition) : LP_SPAN("aws");
	e.region = rec->region;
	m.leaf = e.leaf;
	m.n_leaves = e.op->n_leaves;
	/* Where a service speaks several protocols, JSON names members as the model does. */
	while (m.family < LP_BODY_FAMILIES - 1 && !lp_iam_tries[e.op->tries].root[m.family])
		m.family++;
	m.root = lp_iam_tries[e.op->tries].root[m.family];
	load_recorded(&e, &x, rec);
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
