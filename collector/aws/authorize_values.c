/* SPDX-License-Identifier: MIT */
#include "authorize_impl.h"

#include <errno.h>

#include "authorize_split.h"
#include "cbor.h"
#include "wire/sigv4.h"
#include "uri.h"
#include "wire/multipart.h"

static void add_decoded(struct lp_extract *x, uint8_t leaf, struct lp_span raw)
{
	lp_extract_add(x, leaf, lp_percent_decode(x->arena, raw, false));
}

static void load_query(struct lp_eval *e, struct lp_extract *x, uint8_t leaf, struct lp_span name)
{
	struct lp_span q = lp_span_from(e->req->target, lp_span_find(e->req->target, '?') + 1);
	struct lp_span key, value;
	uint32_t i = 0;

	while (lp_query_next(&q, &key, &value)) {
		if (!lp_query_is(key, name))
			continue;
		lp_extract_push(x, ++i);
		add_decoded(x, leaf, value);
		lp_extract_pop(x);
	}
}

static void add_hoisted(struct lp_eval *e, struct lp_extract *x, uint8_t leaf, struct lp_span name)
{
	struct lp_span query = lp_span_from(e->req->target, lp_span_find(e->req->target, '?') + 1);
	struct lp_span value = lp_uri_hoisted(query, name);

	if (value.ptr)
		add_decoded(x, leaf, value);
}

static void add_form_header(struct lp_eval *e, struct lp_extract *x, uint8_t leaf,
			    struct lp_span name)
{
	struct lp_span value = lp_form_header(e->req, name);

	if (value.ptr)
		lp_extract_add(x, leaf, value);
}

/* S3 puts the uploaded file's name where the key of a form says so. */
static void add_form_label(struct lp_eval *e, struct lp_extract *x, uint8_t leaf,
			   struct lp_span key)
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
static void add_label(struct lp_eval *e, struct lp_extract *x, uint8_t leaf,
		      const struct lp_label *l)
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

/* An answer to HEAD has no body, and so a status only. */
static void add_error(struct lp_eval *e, struct lp_extract *x, uint8_t leaf)
{
	char *status;

	if (e->rsp->error_code.len) {
		lp_extract_add(x, leaf, e->rsp->error_code);
		return;
	}
	if (e->rsp->status < 400)
		return;
	status = lp_arena_printf(e->arena, "%d", e->rsp->status);
	if (!status)
		x->err = -ENOMEM;
	else
		lp_extract_add(x, leaf, lp_span_str(status));
}

/* Leaves of the response; others are left alone. */
static void load_response(struct lp_eval *e, struct lp_extract *x, uint8_t leaf)
{
	struct lp_span name = lp_span_str(lp_iam_pool + e->leaf[leaf].name);
	enum lp_leaf_loc loc = (enum lp_leaf_loc)e->leaf[leaf].loc;

	if (!e->rsp)
		return;
	if (loc == LP_LEAF_RSP_ERROR)
		add_error(e, x, leaf);
	for (size_t i = 0; loc == LP_LEAF_RSP_HEADER && i < e->rsp->n_headers; i++)
		if (lp_span_caseeq(e->rsp->headers[i].name, name))
			lp_extract_add(x, leaf, e->rsp->headers[i].value);
	for (size_t i = 0; loc == LP_LEAF_RSP_FIELD && i < e->rsp->n_fields; i++)
		if (lp_span_caseeq(e->rsp->fields[i].name, name))
			lp_extract_add(x, leaf, e->rsp->fields[i].value);
}

/* Leaves that stand outside the body. */
void lp_eval_load_head(struct lp_eval *e, struct lp_extract *x)
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
		case LP_LEAF_RSP_ERROR:
			load_response(e, x, i);
			break;
		case LP_LEAF_BODY:
		case LP_LEAF_LOCS:
			break;
		}
	}
}

void lp_eval_load_body(struct lp_eval *e, struct lp_extract *x)
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

struct lp_span lp_eval_part(const struct lp_eval *e, unsigned leaf, unsigned part,
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

bool lp_is_arn(struct lp_span s)
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

bool lp_eval_is_arn(const struct lp_eval *e, unsigned leaf, const struct lp_value *v)
{
	return lp_is_arn(v->text) && !(e->leaf[leaf].flags & LP_LEAF_PLAIN);
}

struct lp_span lp_eval_arn_field(struct lp_span arn, unsigned field)
{
	while (field--)
		arn = lp_span_from(arn, lp_span_find(arn, ':') + 1);
	return lp_span_first(arn, lp_span_find(arn, ':'));
}

/* "arn:…:cluster/blue" -> "blue": the name that a parent's ARN ends in. */
struct lp_span lp_eval_arn_tail(struct lp_span arn)
{
	size_t i = arn.len;

	while (i && arn.ptr[i - 1] != '/' && arn.ptr[i - 1] != ':')
		i--;
	return lp_span_from(arn, i);
}

/* What of the request stands in no member of its parameters. */
void lp_eval_load_recorded(struct lp_eval *e, struct lp_extract *x, const struct lp_recorded *rec)
{
	for (uint8_t i = 0; i < e->op->n_leaves; i++) {
		if (e->leaf[i].loc == LP_LEAF_SCOPE)
			lp_extract_add(x, i, rec->signing_name);
		else
			load_response(e, x, i);
	}
}
