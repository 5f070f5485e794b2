/* SPDX-License-Identifier: MIT */
/* One whole message: parsed, classified, authorised. */
#include "assemble_impl.h"

#include <errno.h>

#include "wire/body.h"
#include "wire/fields.h"
#include "wire/http1.h"

struct lp_span lp_error_code(struct lp_span raw)
{
	size_t at;

	/* "Foo:http://internal.amazon.com/coral/..." */
	raw = lp_span_trim(lp_span_first(raw, lp_span_find(raw, ':')));
	/* "com.amazonaws.dynamodb.v20120810#Foo" */
	at = lp_span_find(raw, '#');
	return at < raw.len ? lp_span_from(raw, at + 1) : raw;
}

/* "https://host/path" -> host and path; a target in origin form stays. */
static void split_absolute(struct lp_request *req)
{
	static const struct lp_span schemes[] = {{"http://", 7}, {"https://", 8}};

	for (size_t i = 0; i < LP_ARRAY_LEN(schemes); i++) {
		struct lp_span rest = lp_span_from(req->target, schemes[i].len);
		size_t end = lp_span_find(rest, '/'), query = lp_span_find(rest, '?');

		if (!lp_span_caseeq(lp_span_first(req->target, schemes[i].len), schemes[i]))
			continue;
		if (query < end)
			end = query;
		/* RFC 9112 section 3.2.2: it outranks the Host header. */
		req->host = lp_span_first(rest, end);
		req->target = end < rest.len ? lp_span_from(rest, end) : LP_SPAN("/");
		return;
	}
}

static const struct lp_header *copy_headers(const struct lp_http1_head *h, struct lp_arena *arena)
{
	struct lp_header *out = lp_arena_alloc(arena, (h->n_headers + 1) * sizeof(*out));

	for (unsigned i = 0; out && i < h->n_headers; i++)
		out[i] = (struct lp_header){lp_http1_name(h, &h->headers[i]),
					    lp_http1_value(h, &h->headers[i])};
	return out;
}

static int parse_request(struct lp_assemble *a, const struct lp_message *m, struct lp_request *req)
{
	struct lp_span head = lp_buf_span(&m->head);
	size_t len = lp_http1_head_len(head, 0);
	const struct lp_http1_header *host;
	struct lp_http1_head h;
	int err;

	err = len ? lp_http1_parse(lp_span_first(head, len), false, &h) : -EBADMSG;
	if (err)
		return err;
	host = lp_http1_find_id(&h, LP_HDR_HOST);
	*req = (struct lp_request){
		.method = h.method,
		.host = host ? lp_http1_value(&h, host) : lp_span_of(NULL, 0),
		.target = h.target,
		.headers = copy_headers(&h, &a->arena),
		.n_headers = h.n_headers,
		.body = lp_buf_span(&m->body),
		.body_cut = m->cut || !m->ended,
		.tls = m->flags & LP_EVF_TLS,
	};
	if (!req->headers)
		return -ENOMEM;
	split_absolute(req);
	req->host = lp_reach_name(m->process->reach, req->host);
	return 0;
}

static struct lp_span header_of(const struct lp_response *rsp, struct lp_span name)
{
	for (size_t i = 0; i < rsp->n_headers; i++)
		if (lp_span_caseeq(rsp->headers[i].name, name))
			return rsp->headers[i].value;
	return lp_span_of(NULL, 0);
}

static struct lp_span field_of(const struct lp_response *rsp, struct lp_span name)
{
	for (size_t i = 0; i < rsp->n_fields; i++)
		if (lp_span_caseeq(rsp->fields[i].name, name))
			return rsp->fields[i].value;
	return lp_span_of(NULL, 0);
}

/* Where services put it: header of the REST and JSON protocols, S3, and CloudFront's own. */
static struct lp_span request_id_of(const struct lp_response *rsp)
{
	static const struct lp_span names[] = {
		{"x-amzn-RequestId", 16},
		{"x-amz-request-id", 16},
		{"x-amzn-Request-Id", 17},
		{"x-amz-requestid", 15},
	};
	struct lp_span id = {NULL, 0};

	for (size_t i = 0; i < LP_ARRAY_LEN(names) && !id.len; i++)
		id = header_of(rsp, names[i]);
	return id;
}

/* Source: the Smithy documents of the AWS protocols, "Operation error serialization". */
static struct lp_span error_of(const struct lp_response *rsp)
{
	struct lp_span raw;

	if (rsp->status < 300)
		return lp_span_of(NULL, 0);
	raw = header_of(rsp, LP_SPAN("x-amzn-ErrorType"));
	if (!raw.len)
		raw = field_of(rsp, LP_SPAN("__type"));
	if (!raw.len)
		raw = field_of(rsp, LP_SPAN("Code"));
	return lp_error_code(raw);
}

static struct lp_span unescape(struct lp_arena *arena, struct lp_span s, int *err)
{
	char *copy;

	if (lp_span_find(s, '%') == s.len)
		return s;
	copy = lp_arena_alloc(arena, s.len);
	if (!copy) {
		*err = -ENOMEM;
		return lp_span_of(NULL, 0);
	}
	return lp_span_of(copy, lp_fields_unescape(s, copy));
}

static int parse_fields(struct lp_arena *arena, struct lp_span rest, struct lp_response *rsp)
{
	size_t n = 0, max = 0;
	struct lp_field *out;
	int err = 0;

	for (size_t i = 0; i < rest.len; i++)
		max += rest.ptr[i] == '\n';
	out = lp_arena_alloc(arena, (max + 1) * sizeof(*out));
	if (!out)
		return -ENOMEM;
	while (n < max && lp_fields_next(&rest, &out[n].name, &out[n].value)) {
		out[n].name = unescape(arena, out[n].name, &err);
		out[n].value = unescape(arena, out[n].value, &err);
		n++;
	}
	rsp->fields = out;
	rsp->n_fields = n;
	return err;
}

static int parse_response(struct lp_assemble *a, const struct lp_message *m,
			  struct lp_response *rsp)
{
	struct lp_span text = lp_buf_span(&m->response);
	size_t len = lp_http1_head_len(text, 0);
	struct lp_http1_head h;
	int err;

	err = len ? lp_http1_parse(lp_span_first(text, len), true, &h) : -EBADMSG;
	if (err)
		return err;
	*rsp = (struct lp_response){
		.status = h.status,
		.headers = copy_headers(&h, &a->arena),
		.n_headers = h.n_headers,
	};
	if (!rsp->headers)
		return -ENOMEM;
	err = parse_fields(&a->arena, lp_span_from(text, len), rsp);
	if (err)
		return err;
	rsp->request_id = request_id_of(rsp);
	rsp->error_code = error_of(rsp);
	return 0;
}

/* What the request is, and what it needs. -ENODATA: it is no AWS call. */
static int recognise(struct lp_assemble *a, struct lp_call *call)
{
	struct lp_classified cls;
	int err;

	switch (lp_classify(call->request, &cls)) {
	case LP_CLASSIFY_NOT_AWS:
		return -ENODATA;
	case LP_CLASSIFY_METADATA:
		call->metadata = true;
		break;
	case LP_CLASSIFY_OK:
		call->operation = lp_model_operation_name(cls.op);
		err = lp_authorize(call->request, &cls, call->response, &a->arena, &call->authz);
		if (err == -ENOENT) {
			call->unknown = true;
			call->reason = call->authz.unread
					       ? "the body, on which its actions depend, could not "
						 "be read"
					       : "no IAM action is known for the operation";
		} else if (err) {
			return err;
		}
		break;
	case LP_CLASSIFY_UNKNOWN_SERVICE:
	case LP_CLASSIFY_UNKNOWN_OPERATION:
	case LP_CLASSIFY_BAD_REQUEST:
		call->unknown = true;
		call->reason = cls.reason;
		err = lp_authorize(call->request, &cls, call->response, &a->arena, &call->authz);
		if (err && err != -ENOENT)
			return err;
		if (!err && call->authz.n_grants)
			call->reason = "not in the tables; the action of the same name is granted";
		if (cls.wire_name.len) {
			call->operation = lp_arena_strndup(&a->arena, cls.wire_name);
			if (!call->operation)
				return -ENOMEM;
		}
		break;
	}
	call->service = cls.service_id;
	call->access_key = cls.access_key;
	call->region = cls.region;
	call->partition = cls.partition;
	return 0;
}

/* The call of a request, before anything is known of its answer. */
static void start_call(const struct lp_message *m, const struct lp_request *req,
		       struct lp_call *call)
{
	*call = (struct lp_call){
		.time_ns = m->time_ns <= INT64_MAX ? (int64_t)m->time_ns : 0,
		.pid = m->process->pid,
		.program = lp_span_str(m->process->program),
		.workload = lp_span_str(m->process->workload),
		.share = &m->process->share,
		.source = m->process->source,
		.host = req->host,
		.request = req,
	};
}

/* What was asked for is known, and not on what: that stood where nobody could read it. */
static void miss_body(const struct lp_assemble *a, const struct lp_message *m,
		      const struct lp_call *call)
{
	const struct lp_header *h = lp_request_header(call->request, LP_SPAN("content-encoding"));
	char what[LP_BLIND_TEXT_MAX];

	if (!call->authz.unread || call->unknown || !a->blinds)
		return;
	snprintf(what, sizeof(what), "%s:%s", call->service, call->operation);
	lp_blinds_add_many(a->blinds, LP_BLIND_CALL, m->process->pid,
			   lp_span_str(m->process->program), lp_span_str(what),
			   h && lp_body_is_coded(h->value) ? LP_SPAN("coded") : LP_SPAN("cut"), 1);
}

void lp_assemble_http_early(struct lp_assemble *a, struct lp_message *m)
{
	struct lp_request req;
	struct lp_call call;

	lp_arena_reset(&a->arena);
	if (parse_request(a, m, &req))
		return; /* told when it comes again */
	start_call(m, &req, &call);
	if (recognise(a, &call) == 0)
		a->early(a->ctx, &call);
}

void lp_assemble_http(struct lp_assemble *a, struct lp_message *m)
{
	struct lp_response rsp;
	struct lp_request req;
	struct lp_call call;
	int err;

	lp_arena_reset(&a->arena);
	err = parse_request(a, m, &req);
	if (!err && req.tls)
		lp_reach_read(m->process->reach, req.host, lp_reach_by(m->flags));
	if (!err && req.tls && m->process->source == LP_SOURCE_PROBE)
		lp_reach_read_by_other(&a->others, m->process->pid, req.host);
	if (err)
		goto fail;
	start_call(m, &req, &call);
	if (m->answered && m->response.len) {
		err = parse_response(a, m, &rsp);
		if (err == -ENOMEM)
			goto fail;
		if (err) {
			a->stats.malformed++;
		} else {
			call.response = &rsp;
			call.status = rsp.status;
			call.request_id = rsp.request_id;
			call.error_code = rsp.error_code;
		}
	}
	err = recognise(a, &call);
	if (err)
		goto fail;
	miss_body(a, m, &call);
	lp_recent_add(m->process, call.request_id);
	a->stats.calls++;
	a->stats.unanswered += !call.response;
	a->fn(a->ctx, &call);
	return;
fail:
	if (err == -ENODATA)
		a->stats.other++;
	else if (err == -ENOMEM)
		a->stats.no_room++;
	else
		a->stats.malformed++;
}
