/* SPDX-License-Identifier: MIT */
#include "flat.h"

#include <errno.h>

#include "cbor.h"
#include "extract.h"
#include "wire/json.h"
#include "xml.h"

#define DEPTH_MAX 3 /* objects that names of resources stand in */

bool lp_fold_name(struct lp_span s, bool list, char out[LP_FLAT_NAME_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = lp_ascii_lower(s.ptr[i]);

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			continue;
		if (n + 1 == LP_FLAT_NAME_MAX)
			return false;
		out[n++] = c;
	}
	if (list && n > 2 && out[n - 1] == 's' && out[n - 2] != 's')
		n--;
	out[n] = '\0';
	return n != 0;
}

/* What the user wrote into documents and tags is no name of a resource. */
static bool is_closed(struct lp_span name)
{
	static const char *const closed[] = {
		"tag",	    "tagset", "metadata",  "filter", "environment", "payload",	"data",
		"document", "body",   "attribute", "policy", "template",    "parameter"};
	char folded[LP_FLAT_NAME_MAX];

	if (!lp_fold_name(name, true, folded))
		return true;
	for (size_t i = 0; i < LP_ARRAY_LEN(closed); i++)
		if (!strcmp(folded, closed[i]))
			return true;
	return false;
}

static void add(struct lp_flat *x, struct lp_span name, bool list, struct lp_span text)
{
	if (x->n == LP_FLAT_VALUES_MAX || !text.len || text.len > 2048 ||
	    memchr(text.ptr, '\0', text.len))
		return;
	if (lp_arena_grow(x->arena, &x->v, x->n, &x->cap, 64, sizeof(*x->v)))
		x->err = -ENOMEM;
	else if (lp_fold_name(name, list, x->v[x->n].name))
		x->v[x->n++].text = text;
}

static void add_json(struct lp_flat *x, struct lp_span body)
{
	struct lp_span name = {NULL, 0};
	struct lp_jscan_token t;
	struct lp_jscan j;
	unsigned list_depth = 0;

	lp_jscan_init(&j, body);
	for (;;) {
		enum lp_jscan_type type = lp_jscan_next(&j, &t);

		if (type <= LP_JSCAN_END)
			return;
		if (type == LP_JSCAN_KEY) {
			name = t.text;
			list_depth = 0;
			if (is_closed(name) && !lp_jscan_skip(&j, &t))
				return;
		} else if ((type == LP_JSCAN_OBJECT && t.depth > DEPTH_MAX) ||
			   (type == LP_JSCAN_ARRAY && list_depth)) {
			if (!lp_jscan_skip(&j, &t))
				return;
		} else if (type == LP_JSCAN_ARRAY) {
			list_depth = t.depth + 1;
		} else if (type == LP_JSCAN_STRING) {
			struct lp_span text = t.text;

			if (t.escaped) {
				char *copy = lp_arena_alloc(x->arena, text.len + 1);

				if (!copy) {
					x->err = -ENOMEM;
					return;
				}
				text = lp_span_of(copy,
						  lp_jscan_unescape(text, copy, text.len + 1));
			}
			add(x, name, list_depth != 0, text);
		} else if (type == LP_JSCAN_NUMBER) {
			add(x, name, list_depth != 0, t.text);
		}
	}
}

/* "Names.member.1", "InstanceId.2", "Filter.1.Name": the last part that is a name. */
static void add_form(struct lp_flat *x, struct lp_span form)
{
	while (form.len) {
		struct lp_span item = lp_span_first(form, lp_span_find(form, '&'));
		struct lp_span key = lp_span_first(item, lp_span_find(item, '=')), name = {NULL, 0};
		bool list = false, closed = false;

		form = lp_span_from(form, item.len + 1);
		for (struct lp_span rest = key; rest.len;) {
			struct lp_span part = lp_span_first(rest, lp_span_find(rest, '.'));

			rest = lp_span_from(rest, part.len + 1);
			list = part.len && part.ptr[0] >= '0' && part.ptr[0] <= '9';
			if (list || lp_span_eq(part, LP_SPAN("member")))
				continue;
			closed = closed || is_closed(part);
			name = part;
		}
		if (!closed)
			add(x, name, list,
			    lp_percent_decode(x->arena, lp_span_from(item, key.len + 1), true));
	}
}

static void add_copy(struct lp_flat *x, struct lp_span name, bool list, struct lp_span text)
{
	char *copy = lp_arena_strndup(x->arena, text);

	if (copy)
		add(x, name, list, lp_span_of(copy, text.len));
	else
		x->err = -ENOMEM;
}

/* `depth` counts the containers around the item, as in JSON. False at a cut or a mistake. */
static bool add_item(struct lp_flat *x, struct lp_span *in, const struct lp_cbor_item *it,
		     struct lp_span name, bool list, unsigned depth)
{
	struct lp_cbor_item key, e;
	char digits[LP_CBOR_NUMBER_MAX];
	struct lp_span text;
	int err;

	switch (it->kind) {
	case LP_CBOR_TEXT:
		add(x, name, list, it->text);
		return true;
	case LP_CBOR_NUMBER:
		add_copy(x, name, list, lp_span_of(digits, lp_cbor_digits(it, digits)));
		return true;
	case LP_CBOR_BREAK:
		return false;
	case LP_CBOR_CHUNKS:
		if (!it->n)
			return lp_cbor_skip(in, it);
		err = lp_cbor_join(in, x->arena, &text);
		if (err == -ENOMEM)
			x->err = err;
		else if (!err)
			add(x, name, list, text);
		return !err;
	case LP_CBOR_ARRAY:
		if (list)
			return lp_cbor_skip(in, it);
		for (uint64_t i = 0; it->open || i < it->n; i++) {
			if (!lp_cbor_next(in, &e))
				return false;
			if (e.kind == LP_CBOR_BREAK)
				return it->open;
			if (!add_item(x, in, &e, name, true, depth + 1))
				return false;
		}
		return true;
	case LP_CBOR_MAP:
		if (depth > DEPTH_MAX)
			return lp_cbor_skip(in, it);
		for (uint64_t i = 0; it->open || i < it->n; i++) {
			if (!lp_cbor_next(in, &key))
				return false;
			if (key.kind == LP_CBOR_BREAK)
				return it->open;
			if (!lp_cbor_skip(in, &key) || !lp_cbor_next(in, &e) ||
			    e.kind == LP_CBOR_BREAK)
				return false;
			if (!(key.kind != LP_CBOR_TEXT || is_closed(key.text)
				      ? lp_cbor_skip(in, &e)
				      : add_item(x, in, &e, key.text, false, depth + 1)))
				return false;
		}
		return true;
	default:
		return lp_cbor_skip(in, it);
	}
}

static void add_cbor(struct lp_flat *x, struct lp_span body)
{
	struct lp_cbor_item it;

	if (lp_cbor_next(&body, &it))
		(void)add_item(x, &body, &it, lp_span_of(NULL, 0), false, 0);
}

#define XML_DEPTH_MAX (DEPTH_MAX + 2) /* the root is the body, lists have elements of their own */
#define XML_TEXT_MAX  2048	      /* of an element; longer ones name nothing */

struct xml {
	struct lp_xml walk;
	struct lp_flat *x;
	unsigned depth;	 /* of open elements, the root's is 1 */
	unsigned closed; /* open elements of one that names nothing, and below */
	char name[XML_DEPTH_MAX + 1][LP_FLAT_NAME_MAX];
	bool leaf; /* the innermost element has no child */
	char text[XML_TEXT_MAX];
	size_t len;
};

static void xml_start(void *ctx, const XML_Char *name, const XML_Char **attrs)
{
	struct xml *s = ctx;
	struct lp_span local = lp_xml_local(name);

	(void)attrs;
	s->leaf = true;
	s->len = 0;
	if (s->closed || s->depth == XML_DEPTH_MAX || local.len >= LP_FLAT_NAME_MAX ||
	    (s->depth && is_closed(local))) {
		s->closed++;
		return;
	}
	memcpy(s->name[++s->depth], local.ptr, local.len);
	s->name[s->depth][local.len] = '\0';
}

/* Elements of lists have the list's name, or one of their own. */
static void xml_end(void *ctx, const XML_Char *name)
{
	struct xml *s = ctx;
	struct lp_span own = lp_span_str(s->name[s->depth]);
	bool member;

	(void)name;
	if (s->closed) {
		s->closed--;
		return;
	}
	member = lp_span_caseeq(own, LP_SPAN("member")) || lp_span_caseeq(own, LP_SPAN("item"));
	if (s->leaf && s->len <= sizeof(s->text) && s->depth > 1u + member)
		add_copy(s->x, member ? lp_span_str(s->name[s->depth - 1]) : own, member,
			 lp_span_of(s->text, s->len));
	s->depth--;
	s->leaf = false;
}

static void xml_text(void *ctx, const XML_Char *chars, int len)
{
	struct xml *s = ctx;
	size_t n = (size_t)len;

	if (s->closed || !s->leaf)
		return;
	if (s->len + n <= sizeof(s->text))
		memcpy(s->text + s->len, chars, n);
	s->len += n;
}

static void add_xml(struct lp_flat *x, struct lp_span body)
{
	struct xml *s = lp_arena_alloc(x->arena, sizeof(*s));

	if (!s) {
		x->err = -ENOMEM;
		return;
	}
	memset(s, 0, sizeof(*s));
	s->x = x;
	if (lp_xml_walk(&s->walk, body, xml_start, xml_end, xml_text))
		x->err = -ENOMEM;
}

int lp_flatten(const struct lp_request *req, const struct lp_classified *cls,
	       struct lp_arena *arena, struct lp_flat *x)
{
	struct lp_span query = lp_span_from(req->target, lp_span_find(req->target, '?') + 1);
	struct lp_span body = req->body;

	*x = (struct lp_flat){.arena = arena};
	for (unsigned i = 0; i < cls->n_labels; i++)
		add(x, cls->labels[i].name, false,
		    lp_percent_decode(x->arena, cls->labels[i].value, false));
	add_form(x, query);
	if (cls->protocol == LP_PROTOCOL_QUERY || cls->protocol == LP_PROTOCOL_EC2)
		add_form(x, body);
	else if (body.len && body.ptr[0] == '{')
		add_json(x, body);
	else if (body.len && body.ptr[0] == '<')
		add_xml(x, body);
	else if (lp_is_cbor(body))
		add_cbor(x, body);
	return x->err;
}
