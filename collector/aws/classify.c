/* SPDX-License-Identifier: MIT */
#include "classify.h"

#include "classify_newer.h"
#include "host.h"
#include "model/newer.h"
#include "uri.h"
#include "wire/body.h"
#include "wire/multipart.h"
#include "wire/sigv4.h"

#define CANDIDATES_MAX 16  /* services that share a signing name or a host; 7 today */
#define NAME_MAX_LEN   128 /* of an operation, or a version; 61 today */
#define BELOW_MAX      4   /* segments of a path that stands before an API's own */

/* The parts of a request that say what it is, found in one pass over the headers. */
struct facts {
	const struct lp_request *req;
	struct lp_host host;
	struct lp_span target_header, content_type, protocol_header;
	struct lp_span action, version; /* of a query request; empty when it is none */
	struct lp_span action_sent;	/* as it stands there */
	/*
	 * Services it may be for: first those that both scope and host name, then the others of
	 * the scope, or of the host when nothing was signed.
	 */
	uint16_t service[CANDIDATES_MAX];
	unsigned n_services, n_preferred;
	struct lp_uri uri;
	char decoded[2][NAME_MAX_LEN]; /* action and version, where they came encoded */
};

static void find_headers(struct facts *f)
{
	static const struct lp_span target = {"x-amz-target", 12}, type = {"content-type", 12},
				    protocol = {"smithy-protocol", 15};

	for (size_t i = 0; i < f->req->n_headers; i++) {
		const struct lp_header *h = &f->req->headers[i];

		if (h->name.len == target.len) {
			if (lp_span_caseeq(h->name, target))
				f->target_header = h->value;
			else if (lp_span_caseeq(h->name, type))
				f->content_type = h->value;
		} else if (h->name.len == protocol.len && lp_span_caseeq(h->name, protocol)) {
			f->protocol_header = h->value;
		}
	}
}

/* --- query requests --------------------------------------------------------------------------- */

/* Also one whose type nobody said, as libraries do that are asked to send some bytes. */
static bool is_form(const struct facts *f)
{
	static const struct lp_span form = {"application/x-www-form-urlencoded", 33};

	return lp_span_caseeq(lp_span_first(f->content_type, form.len), form) ||
	       (lp_body_kind_of(f->content_type) == LP_BODY_OTHER &&
		lp_body_sniff_request(f->req->body) == LP_BODY_FORM);
}

/* A field of a form, still encoded; empty when it is missing. */
static struct lp_span form_field(struct lp_span form, struct lp_span name)
{
	struct lp_span key, value;

	while (lp_query_next(&form, &key, &value))
		if (lp_query_is(key, name))
			return value;
	return lp_span_of(NULL, 0);
}

/* Which of its characters are encoded is the client's choice. */
static struct lp_span plain(struct lp_span value, char *room)
{
	if (value.len > NAME_MAX_LEN || lp_span_find(value, '%') == value.len)
		return value;
	return lp_percent_decode_to(room, value, true);
}

/* Each of the two stands in the form or, as in one that is sent by GET, in the query. */
static struct lp_span parameter(const struct facts *f, struct lp_span name)
{
	struct lp_span value = is_form(f) ? form_field(f->req->body, name) : lp_span_of(NULL, 0);

	return value.len ? value : form_field(f->uri.query, name);
}

static void find_action(struct facts *f)
{
	f->action_sent = parameter(f, LP_SPAN("Action"));
	f->action = plain(f->action_sent, f->decoded[0]);
	f->version = plain(parameter(f, LP_SPAN("Version")), f->decoded[1]);
}

/* --- who signed ------------------------------------------------------------------------------- */

static bool is_authorization(struct lp_span name)
{
	return lp_span_caseeq(name, LP_SPAN("authorization")) ||
	       lp_span_caseeq(name, LP_SPAN("x-amzn-authorization"));
}

static void find_signature(struct facts *f, struct lp_classified *out)
{
	struct lp_sig sig = {0};
	bool in_header = false, in_url, in_post = false, own;

	for (size_t i = 0; i < f->req->n_headers && !in_header; i++)
		in_header = is_authorization(f->req->headers[i].name) &&
			    lp_sig_header(f->req->headers[i].value, &sig);
	in_url = !in_header && lp_sig_query(f->uri.query, &sig);
	/* Version 2 puts its parameters into a form where there is one. */
	if (!in_header && !in_url && !(is_form(f) && lp_sig_query(f->req->body, &sig)))
		in_post = lp_sig_form(f->content_type, f->req->body, &sig);
	if (sig.kind == LP_SIG_NONE)
		return;
	out->is_signed = true;
	out->presigned = in_url;
	out->access_key = sig.access_key;
	out->region = sig.region;
	out->signing_name = sig.service;
	/* Version 2 has no scope. As a header, and in a URL without SignatureVersion, it was S3's
	 * own; elsewhere the host has to say. */
	own = in_header || in_post ||
	      (in_url && !form_field(f->uri.query, LP_SPAN("SignatureVersion")).len);
	if (sig.kind == LP_SIG_V2 && !f->host.head && own)
		out->signing_name = lp_api_str(lp_api_v2_header_sign);
}

/*
 * Registries of packages and code take a token or a password in place of a signature, which stands
 * for the permissions of whoever asked for it.
 */
static void find_token(const struct facts *f, struct lp_classified *out)
{
	const struct lp_header *h;

	if (out->is_signed || !f->n_services ||
	    !(lp_api_services[f->service[0]].flags & LP_API_TOKEN_AUTH))
		return;
	h = lp_request_header(f->req, LP_SPAN("authorization"));
	out->is_signed = h && (lp_span_starts(h->value, LP_SPAN("Basic")) ||
			       lp_span_starts(h->value, LP_SPAN("Bearer")));
}

/* --- which services --------------------------------------------------------------------------- */

static bool has_service(const uint16_t *list, unsigned n, uint16_t service)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i] == service)
			return true;
	return false;
}

/* Domains, functions and APIs of customers answer at hosts of their own, never at the service's. */
static bool may_answer(const struct facts *f, uint16_t service)
{
	unsigned flags = lp_api_services[service].flags;
	const struct lp_api_name *head = f->host.head;

	if (!(flags & LP_API_BEHIND_PREFIX))
		return true;
	if (head && (f->host.prefix.len || f->host.endpoint))
		return has_service(lp_api_lists + head->first, head->n, service);
	return (flags & LP_API_OWN_HOSTS) && f->host.kind == LP_HOST_OTHER;
}

static void add_services(struct facts *f, const struct lp_api_name *from,
			 const struct lp_api_name *also)
{
	const uint16_t *list = from ? lp_api_lists + from->first : NULL;

	for (unsigned i = 0; from && i < from->n && f->n_services < CANDIDATES_MAX; i++) {
		if (also && !has_service(lp_api_lists + also->first, also->n, list[i]))
			continue;
		if (may_answer(f, list[i]) && !has_service(f->service, f->n_services, list[i]))
			f->service[f->n_services++] = list[i];
	}
}

static void find_services(struct facts *f, struct lp_span signing_name)
{
	const struct lp_api_name *sign = signing_name.len ? lp_sign_find(signing_name) : NULL;

	if (sign && f->host.head)
		add_services(f, f->host.head, sign);
	f->n_preferred = f->n_services;
	/* A bucket of an emulator may be called like a service: the scope knows better. */
	if (sign && !f->n_preferred && f->host.kind == LP_HOST_EMULATOR) {
		f->host.head = NULL;
		f->host.prefix = f->host.head_labels;
	}
	add_services(f, sign ? sign : f->host.head, NULL);
	if (!sign)
		f->n_preferred = f->n_services;
}

/* --- which operation -------------------------------------------------------------------------- */

static bool speaks(uint16_t service, unsigned protocols)
{
	return lp_api_services[service].protocols & protocols;
}

#define QUERY_PROTOCOLS (1u << LP_PROTOCOL_QUERY | 1u << LP_PROTOCOL_EC2)
#define REST_PROTOCOLS	(1u << LP_PROTOCOL_REST_JSON | 1u << LP_PROTOCOL_REST_XML)

static bool any_speaks(const struct facts *f, unsigned protocols)
{
	for (unsigned i = 0; i < f->n_services; i++)
		if (speaks(f->service[i], protocols))
			return true;
	return false;
}

/*
 * An operation by service prefix (X-Amz-Target, or the name in a CBOR path) and name. Services of
 * that prefix come first, candidates before others; prefixes of older API versions that no table
 * has fall back on the candidates alone.
 */
static lp_op find_rpc(const struct facts *f, struct lp_span prefix, struct lp_span name)
{
	const struct lp_api_name *target = lp_target_find(prefix);
	const uint16_t *list = target ? lp_api_lists + target->first : NULL;
	unsigned n = target ? target->n : 0;
	lp_op op;

	for (unsigned i = 0; i < f->n_services; i++) {
		if (n && !has_service(list, n, f->service[i]))
			continue;
		op = lp_model_find_op(f->service[i], name);
		if (op != LP_OP_NONE)
			return op;
	}
	for (unsigned i = 0; i < n; i++) {
		op = lp_model_find_op(list[i], name);
		if (op != LP_OP_NONE)
			return op;
	}
	return LP_OP_NONE;
}

static void classify_json(const struct facts *f, struct lp_classified *out)
{
	size_t dot = f->target_header.len;

	while (dot && f->target_header.ptr[dot - 1] != '.')
		dot--;
	out->protocol = LP_PROTOCOL_JSON;
	out->wire_name = lp_span_from(f->target_header, dot);
	out->op = find_rpc(f, lp_span_first(f->target_header, dot ? dot - 1 : 0), out->wire_name);
}

/* ".../service/NAME/operation/NAME" at the end of a path. */
static bool cbor_path(struct lp_span path, struct lp_span *service, struct lp_span *op)
{
	struct lp_span part[4];

	for (int i = 3; i >= 0; i--) {
		size_t at = path.len;

		while (at && path.ptr[at - 1] != '/')
			at--;
		if (!at)
			return false;
		part[i] = lp_span_from(path, at);
		path.len = at - 1;
	}
	*service = part[1];
	*op = part[3];
	return lp_span_eq(part[0], LP_SPAN("service")) && lp_span_eq(part[2], LP_SPAN("operation"));
}

static bool classify_cbor(const struct facts *f, struct lp_classified *out)
{
	struct lp_span service, name;

	if (!lp_span_caseeq(f->protocol_header, LP_SPAN("rpc-v2-cbor")) &&
	    !any_speaks(f, 1u << LP_PROTOCOL_CBOR))
		return false;
	if (!cbor_path(f->uri.path, &service, &name))
		return false;
	out->protocol = LP_PROTOCOL_CBOR;
	out->wire_name = name;
	out->op = find_rpc(f, service, name);
	return true;
}

/*
 * Services that share a signing name share action names too (elasticloadbalancing): those of the
 * request's API version come first. Without a scope or a host that says more, the version's own
 * services are all there is.
 */
static void classify_query(const struct facts *f, struct lp_classified *out)
{
	const struct lp_api_name *date = lp_date_find(f->version);
	const uint16_t *list = date ? lp_api_lists + date->first : NULL;
	unsigned n = date ? date->n : 0;
	lp_op other = LP_OP_NONE;

	out->protocol = LP_PROTOCOL_QUERY;
	out->wire_name = f->action_sent;
	for (unsigned i = 0; i < f->n_services && out->op == LP_OP_NONE; i++) {
		lp_op op = lp_model_find_op(f->service[i], f->action);

		if (op != LP_OP_NONE && has_service(list, n, f->service[i]))
			out->op = op;
		else if (op != LP_OP_NONE && other == LP_OP_NONE)
			other = op;
	}
	for (unsigned i = 0; !f->n_services && i < n && out->op == LP_OP_NONE; i++)
		if (speaks(list[i], QUERY_PROTOCOLS))
			out->op = lp_model_find_op(list[i], f->action);
	if (out->op == LP_OP_NONE)
		out->op = other;
	if (lp_model_protocol(out->op) == LP_PROTOCOL_EC2)
		out->protocol = LP_PROTOCOL_EC2;
}

static void add_label(struct lp_classified *out, struct lp_span name, struct lp_span value)
{
	if (out->n_labels < LP_LABELS_MAX)
		out->labels[out->n_labels++] = (struct lp_label){name, value, false, false};
}

static void add_host_label(struct lp_classified *out, struct lp_span name, struct lp_span value)
{
	if (out->n_labels < LP_LABELS_MAX)
		out->labels[out->n_labels++] = (struct lp_label){name, value, true, false};
}

/* The last place where `text` stands in `s` with something behind it; SIZE_MAX when nowhere. */
static size_t find_last(struct lp_span s, struct lp_span text)
{
	for (size_t at = s.len; at-- > 0;)
		if (lp_span_starts(lp_span_from(s, at), text) && s.len - at > text.len)
			return at;
	return SIZE_MAX;
}

/*
 * Binds the labels of one pattern, "text-{A}-text-{B}.{C}", from its end: each takes the least that
 * reaches the text before it, the first takes what is left after the text that must stand before
 * it. Adds nothing unless all fit.
 */
static bool bind_pattern(struct lp_span pattern, struct lp_span value, struct lp_classified *out)
{
	unsigned before = out->n_labels;

	while (pattern.len) {
		size_t open = pattern.len, at = 0;
		struct lp_span name, taken, text;

		while (open && pattern.ptr[open - 1] != '{')
			open--;
		if (!open)
			break;
		name = lp_span_from(pattern, open);
		name.len = lp_span_find(name, '}');
		pattern.len = open - 1;
		while (open > 1 && pattern.ptr[open - 2] != '}')
			open--;
		text = lp_span_from(pattern, open - 1);
		pattern.len = open - 1;
		at = pattern.len ? find_last(value, text) : 0;
		if (at == SIZE_MAX || !lp_span_starts(lp_span_from(value, at), text))
			break;
		taken = lp_span_from(value, at + text.len);
		if (!taken.len || (lp_span_eq(name, LP_SPAN("AccountId")) && !lp_is_account(taken)))
			break;
		add_host_label(out, name, taken);
		value = lp_span_first(value, at);
		if (!pattern.len)
			return true;
	}
	out->n_labels = before;
	return false;
}

/* Several patterns, each with or without the dot before the service's labels: the first that fits.
 */
static bool bind_prefix(struct lp_span patterns, char separator, struct lp_span value,
			struct lp_classified *out)
{
	while (patterns.len) {
		struct lp_span one = lp_span_first(patterns, lp_span_find(patterns, separator));
		size_t len = one.len;

		if (len && one.ptr[len - 1] == '.')
			one.len--;
		if (bind_pattern(one, value, out))
			return true;
		patterns = lp_span_from(patterns, len + 1);
	}
	return false;
}

static void add_uri_labels(const struct lp_uri_match *m, struct lp_classified *out)
{
	for (unsigned i = 0; i < m->route->n_labels && i < LP_URI_LABELS_MAX; i++)
		if (m->label[i].ptr)
			add_label(out, lp_api_str(lp_api_labels[m->route->first_label + i]),
				  m->label[i]);
}

static void match_services(const struct facts *f, unsigned from, unsigned to, bool first_in_host,
			   struct lp_uri_match *best)
{
	for (unsigned i = from; i < to; i++) {
		struct lp_uri_match m = {0};

		if (speaks(f->service[i], REST_PROTOCOLS)) {
			lp_uri_match(&f->uri, f->service[i], first_in_host, best);
			continue;
		}
		/* By hand only, for what the body does not tell: then all has to be as it says. */
		lp_uri_match(&f->uri, f->service[i], first_in_host, &m);
		if (m.complete && lp_uri_better(&m, best))
			*best = m;
	}
}

/*
 * Services that the host names come first. Where AWS's host names one and that has no such
 * operation, a path in which another would take everything for labels says nothing.
 */
static void match_all(const struct facts *f, bool first_in_host, struct lp_uri_match *best)
{
	struct lp_uri_match other = {0};

	match_services(f, 0, f->n_preferred, first_in_host, best);
	if (best->route)
		return;
	match_services(f, f->n_preferred, f->n_services, first_in_host, &other);
	if (lp_uri_fixed(&other) || !f->n_preferred || f->host.kind != LP_HOST_AWS)
		*best = other;
}

/*
 * The patterns for what stands before the service in the host: of the head that the table knows,
 * or, where an emulator's bare name follows a bucket, of the service that was signed for.
 */
static uint32_t prefix_patterns(const struct facts *f)
{
	const struct lp_api_name *head;

	if (!f->host.prefix.len)
		return 0;
	if (f->host.head)
		return f->host.head->prefix;
	if (f->host.kind != LP_HOST_EMULATOR || !f->n_services)
		return 0;
	head = lp_host_find_head(lp_api_str(lp_api_services[f->service[0]].prefix));
	return head ? head->prefix : 0;
}

/*
 * A proxy, or whatever else stands in AWS's place, may have the API below a path of its own. There
 * only an operation whose path begins with a word of its own is one: labels alone fit anything, and
 * an API's own first word says that nothing stands before it.
 */
static void match_below(struct facts *f, struct lp_uri_match *best)
{
	struct lp_span whole = f->uri.path;

	if (f->host.kind == LP_HOST_AWS)
		return;
	for (unsigned i = 0; i < f->n_services; i++)
		if (lp_uri_begins(&f->uri, f->service[i]))
			return;
	for (unsigned n = 0; n < BELOW_MAX; n++) {
		struct lp_uri_match m = {0};
		size_t at = lp_span_find(lp_span_from(f->uri.path, 1), '/') + 1;

		if (at >= f->uri.path.len)
			break;
		f->uri.path = lp_span_from(f->uri.path, at);
		match_all(f, false, &m);
		if (m.route && m.complete && lp_uri_anchored(&m)) {
			*best = m;
			break;
		}
	}
	f->uri.path = whole;
}

/* A version of the API that no table has, as libcloud's of Route 53: another one's operations. */
static void match_version(const struct facts *f, struct lp_uri_match *best)
{
	static const char date_form[] = "0000-00-00";
	struct lp_span tail = lp_span_from(f->uri.path, 1);

	if (lp_span_find(tail, '/') != sizeof(date_form) - 1 || !lp_span_like(tail, date_form))
		return;
	for (uint32_t i = 0; i <= lp_api_dates_mask; i++) {
		const struct lp_api_name *date;

		if (!lp_api_dates_slots[i])
			continue;
		date = &lp_api_dates[lp_api_dates_slots[i] - 1];
		for (unsigned k = 0; k < f->n_services; k++)
			if (has_service(lp_api_lists + date->first, date->n, f->service[k]))
				lp_uri_match_as(&f->uri, f->service[k], lp_api_str(date->str),
						best);
	}
}

static void classify_rest(struct facts *f, struct lp_classified *out)
{
	struct lp_uri_match best = {0}, in_host = {0};
	uint32_t patterns = prefix_patterns(f);

	out->wire_name = f->uri.path;
	match_all(f, false, &best);
	if (patterns && bind_prefix(lp_api_str(patterns), ' ', f->host.prefix, out)) {
		match_all(f, true, &in_host);
		/*
		 * Only operations whose own host prefix has a label share such hosts without
		 * leaving out the first label of their URI.
		 */
		if (in_host.route && (!best.route || !lp_api_ops[best.route->op].host_prefix))
			best = in_host;
	}
	if (!best.route)
		match_below(f, &best);
	if (!best.route)
		match_version(f, &best);
	if (!best.route)
		return;
	out->op = best.route->op;
	out->protocol = lp_model_protocol(out->op);
	add_uri_labels(&best, out);
}

/* What the host said of the call that was recognised. */
static void add_host_labels(const struct facts *f, struct lp_classified *out)
{
	struct lp_span prefix = f->host.prefix, pattern;
	unsigned index = out->op < lp_api_n_ops ? lp_api_ops[out->op].host_prefix : 0;

	if (!prefix.len)
		return;
	pattern = lp_api_str(lp_api_host_prefixes[index]);
	if (index && lp_span_find(pattern, '{') < pattern.len) {
		(void)bind_prefix(pattern, '|', prefix, out);
	} else if (lp_is_account(prefix)) {
		add_host_label(out, LP_SPAN("AccountId"), prefix);
	}
}

/* --- uploads by an HTML form ------------------------------------------------------------------ */

struct lp_span lp_form_header(const struct lp_request *req, struct lp_span name)
{
	static const struct lp_span prefix = {"x-amz-", 6};
	const struct lp_header *type = lp_request_header(req, LP_SPAN("content-type"));
	struct lp_part part = {0};

	if (type && !lp_multipart_field(type->value, req->body, name, &part) &&
	    lp_span_starts(name, prefix))
		(void)lp_multipart_field(type->value, req->body, lp_span_from(name, prefix.len),
					 &part);
	return part.value;
}

/* The key stands in the form, too. */
static void add_form_key(const struct facts *f, struct lp_classified *out)
{
	struct lp_part part;

	if (!lp_multipart_field(f->content_type, f->req->body, LP_SPAN("key"), &part) ||
	    !part.value.len || out->n_labels == LP_LABELS_MAX)
		return;
	out->post_form = true;
	out->labels[out->n_labels++] = (struct lp_label){LP_SPAN("Key"), part.value, false, true};
}

/*
 * A host that neither AWS nor an emulator names: "bucket.s3.example.com" has the service's own
 * label in it, with the bucket before.
 */
static void look_for_head(struct facts *f)
{
	struct lp_span label, before, rest = f->uri.host;
	const struct lp_api_name *head;

	if (f->host.kind != LP_HOST_OTHER || !f->n_services)
		return;
	label = lp_api_str(lp_api_services[f->service[0]].prefix);
	head = lp_host_find_head(label);
	if (!head || !head->prefix)
		return;
	for (before = lp_span_of(rest.ptr, 0); rest.len;) {
		size_t at = lp_span_find(rest, '.');

		if (lp_span_caseeq(lp_span_first(rest, at), label) && at < rest.len) {
			f->host.head = head;
			f->host.prefix = lp_span_first(before, before.len ? before.len - 1 : 0);
			return;
		}
		rest = lp_span_from(rest, at + 1);
		before.len = (size_t)(rest.len ? rest.ptr - before.ptr : 0);
	}
}

static enum lp_classify_status fail(struct lp_classified *out, enum lp_classify_status status,
				    const char *reason)
{
	out->status = status;
	out->reason = reason;
	return status;
}

static void recognise(struct facts *f, struct lp_classified *out)
{
	if (f->target_header.len) {
		classify_json(f, out);
		return;
	}
	if (classify_cbor(f, out))
		return;
	/* Forms and queries also go to services that only once spoke the query protocol (SQS, EMR),
	 * never the others. */
	if (is_form(f) || any_speaks(f, QUERY_PROTOCOLS) ||
	    (f->uri.n_params && !any_speaks(f, REST_PROTOCOLS))) {
		find_action(f);
		if (f->action.len && (any_speaks(f, QUERY_PROTOCOLS) ||
				      (f->version.len && !any_speaks(f, REST_PROTOCOLS)))) {
			classify_query(f, out);
			return;
		}
	}
	/* Of nobody's host and unsigned: a path says nothing. */
	if (f->n_services)
		classify_rest(f, out);
}

static void ask_newer(const struct facts *f, struct lp_classified *out)
{
	size_t dot = f->target_header.len;

	while (dot && f->target_header.ptr[dot - 1] != '.')
		dot--;
	lp_newer_classify(f->req,
			  &(struct lp_newer_ask){
				  .services = f->service,
				  .n_services = f->n_services,
				  .target = lp_span_first(f->target_header, dot ? dot - 1 : 0),
				  .name = f->action.len ? f->action
					  : lp_span_starts(out->wire_name, LP_SPAN("/"))
						  ? lp_span_of(NULL, 0)
						  : out->wire_name,
				  .path = f->uri.path,
				  .query = f->uri.query,
			  },
			  out);
}

enum lp_classify_status lp_classify(const struct lp_request *req, struct lp_classified *out)
{
	struct facts f;
	const char *known;

	/* Most of it is query parameters, which lp_uri_init counts; the rest starts empty. */
	memset(&f, 0, offsetof(struct facts, uri));
	f.req = req;
	memset(out, 0, sizeof(*out));
	out->op = LP_OP_NONE;
	out->protocol = LP_PROTOCOL_NONE;
	out->partition = lp_model_partition(lp_span_of(NULL, 0));
	if (!req->method.len || !req->target.len)
		return fail(out, LP_CLASSIFY_BAD_REQUEST, "no method or no target");
	lp_uri_init(&f.uri, req);
	lp_host_parse(f.uri.host, &f.host);
	if (f.host.kind == LP_HOST_METADATA)
		return fail(out, LP_CLASSIFY_METADATA, "instance or container metadata");
	find_headers(&f);
	find_signature(&f, out);
	if (!out->region.len)
		out->region = f.host.region;
	if (f.host.partition)
		out->partition = f.host.partition;
	known = out->region.len ? lp_model_known_partition(out->region) : NULL;
	if (known)
		out->partition = known;

	find_services(&f, out->signing_name);
	look_for_head(&f);
	find_token(&f, out);
	if (!out->signing_name.len && f.n_services)
		out->signing_name = lp_api_str(lp_api_services[f.service[0]].sign);
	else if (!out->signing_name.len)
		out->signing_name = f.host.head_labels;
	f.uri.signing_name = out->signing_name;
	recognise(&f, out);
	if (lp_newer_any())
		ask_newer(&f, out);
	if (out->op != LP_OP_NONE) {
		out->service_id = lp_model_service_id(out->op);
		out->wire_name = lp_span_str(lp_model_operation_name(out->op));
		add_host_labels(&f, out);
		if (out->protocol == LP_PROTOCOL_REST_XML)
			add_form_key(&f, out);
		return LP_CLASSIFY_OK;
	}
	/* Web sites and public downloads live under AWS's names too. */
	if (!out->is_signed)
		return fail(out, LP_CLASSIFY_NOT_AWS,
			    "not signed, and not a call that the model knows");
	if (!f.n_services)
		return fail(out, LP_CLASSIFY_UNKNOWN_SERVICE,
			    "no service of the model has this name");
	out->service_id = lp_model_id_of(f.service[0]);
	if (req->body_cut && !f.action.len && any_speaks(&f, QUERY_PROTOCOLS))
		return fail(out, LP_CLASSIFY_UNKNOWN_OPERATION,
			    "the body, which names the operation, could not be read");
	return fail(out, LP_CLASSIFY_UNKNOWN_OPERATION,
		    "no operation of the service is called like this");
}
