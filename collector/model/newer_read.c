/* SPDX-License-Identifier: MIT */
/*
 * Reads AWS's Service Reference documents and botocore's service files into the lists of
 * newer_impl.h. Formats: "Simplified AWS service information for programmatic access" in the
 * Service Authorization Reference; botocore's data/SERVICE/VERSION/service-2.json.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "api_data.h"
#include "iam_data.h"
#include "newer_impl.h"

#define FILE_MAX    (64 * 1024 * 1024) /* of a document, unpacked; the largest known has 5 MB */
#define ARENA_MAX   (64 * 1024 * 1024) /* of all that is kept of all documents */
#define NUMBERS_MAX 0xfff0	       /* of actions, types, operations: they are 16 bits wide */
#define NAME_MAX_   160
#define CHUNK	    (256 * 1024)

/* One document being read. Out of memory is remembered; what follows it does nothing. */
struct reading {
	struct lp_newer *n;
	FILE *changes;
	int err;
};

static const char *keep(struct reading *r, struct lp_span s)
{
	char *copy = r->err ? NULL : lp_arena_strndup(&r->n->arena, s);

	if (!copy && !r->err)
		r->err = -ENOMEM;
	return copy ? copy : "";
}

static void *keep_list(struct reading *r, size_t n, size_t size)
{
	void *p = r->err ? NULL : lp_arena_alloc(&r->n->arena, n ? n * size : 1);

	if (!p && !r->err)
		r->err = -ENOMEM;
	return p;
}

/* Room for one row more; NULL when there is none. */
static void *add_row(struct reading *r, struct lp_newer_list *l, size_t builtin, size_t size)
{
	if (!r->err && builtin + l->n >= NUMBERS_MAX)
		r->err = -E2BIG;
	if (!r->err && l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		void *v = realloc(l->v, cap * size);

		if (!v) {
			r->err = -ENOMEM;
			return NULL;
		}
		l->v = v;
		l->cap = cap;
	}
	return r->err ? NULL : memset((char *)l->v + l->n++ * size, 0, size);
}

/* Marks entry `known` of the tables as replaced by the last row of `l`. */
static void replace(struct reading *r, uint16_t **over, unsigned builtin, unsigned known,
		    const struct lp_newer_list *l)
{
	if (!*over)
		*over = calloc(builtin, sizeof(**over));
	if (!*over)
		r->err = -ENOMEM;
	else
		(*over)[known] = (uint16_t)l->n;
}

#define SAY(r, ...)                                                                                \
	do {                                                                                       \
		(r)->n->changes++;                                                                 \
		if ((r)->changes)                                                                  \
			fprintf((r)->changes, __VA_ARGS__);                                        \
	} while (0)

static const char *text_of(const cJSON *object, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(m) ? m->valuestring : "";
}

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* Names go into policies and terminals: printable ASCII and nothing that IAM gives a meaning. */
static bool is_name(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!(s[i] == '-' || s[i] == '_' || s[i] == '.' || lp_ascii_alnum(s[i])))
			return false;
	return n && n <= NAME_MAX_;
}

static bool is_printable(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e)
			return false;
	return n && n <= 1024;
}

static bool is_pattern(const char *s)
{
	struct lp_span rest = lp_span_str(s);
	unsigned colons = 0;

	for (size_t i = 0; i < rest.len; i++)
		colons += rest.ptr[i] == ':';
	return is_printable(s) && lp_span_starts(rest, LP_SPAN("arn:")) && colons >= 5;
}

static const char *const *keep_texts(struct reading *r, const cJSON *array,
				     bool (*good)(const char *), unsigned *n)
{
	const char **v = keep_list(r, (size_t)cJSON_GetArraySize(array), sizeof(*v));
	const cJSON *e;

	*n = 0;
	cJSON_ArrayForEach(e, array)
	{
		if (v && cJSON_IsString(e) && good(e->valuestring))
			v[(*n)++] = keep(r, lp_span_str(e->valuestring));
	}
	return v;
}

/* --- Service Reference ------------------------------------------------------------------------ */

/* NULL, or what is wrong. After this, reading can fail for want of memory only. */
static const char *check_reference(const cJSON *doc)
{
	static const char *const lists[] = {"Actions", "Resources", "Operations"};
	const cJSON *e;

	if (!is_name(text_of(doc, "Name")))
		return "\"Name\" is no service's name";
	for (size_t i = 0; i < LP_ARRAY_LEN(lists); i++) {
		const cJSON *list = member(doc, lists[i]);

		if (list && !cJSON_IsArray(list))
			return "\"Actions\", \"Resources\" or \"Operations\" is no list";
		cJSON_ArrayForEach(e, list)
		{
			if (!is_name(text_of(e, "Name")))
				return "an entry has no name";
		}
	}
	return NULL;
}

static lp_iam_type find_type(const struct reading *r, const char *prefix, const char *name)
{
	const struct lp_newer_type *t = r->n->types.v;
	lp_iam_prefix p = lp_iam_find_prefix(lp_span_str(prefix));
	lp_iam_type first;
	unsigned n = p < lp_iam_n_prefixes ? lp_iam_prefix_types(p, &first) : 0;

	for (unsigned i = 0; i < n; i++)
		if (!strcmp(lp_iam_type_name((lp_iam_type)(first + i)), name))
			return (lp_iam_type)(first + i);
	for (size_t i = r->n->types.n; i-- > 0;)
		if (!strcmp(t[i].name, name) && !strcmp(lp_iam_prefix_name(lp_iam_type_prefix(
								(lp_iam_type)(lp_iam_n_types + i))),
							prefix))
			return (lp_iam_type)(lp_iam_n_types + i);
	return LP_IAM_NONE;
}

static bool has_pattern(lp_iam_type t, const char *pattern)
{
	for (unsigned i = 0; i < lp_iam_type_patterns(t); i++)
		if (!strcmp(lp_iam_type_pattern(t, i), pattern))
			return true;
	return false;
}

static void read_type(struct reading *r, const char *prefix, lp_iam_prefix number, const cJSON *doc)
{
	const char *name = text_of(doc, "Name");
	lp_iam_type known = find_type(r, prefix, name);
	const cJSON *arns = member(doc, "ARNFormats"), *e;
	struct lp_newer_type *t;
	bool newer = known == LP_IAM_NONE;

	cJSON_ArrayForEach(e, arns)
	{
		newer = newer || (cJSON_IsString(e) && is_pattern(e->valuestring) &&
				  !has_pattern(known, e->valuestring));
	}
	if (!newer)
		return;
	t = add_row(r, &r->n->types, lp_iam_n_types, sizeof(*t));
	if (!t)
		return;
	t->name = keep(r, lp_span_str(name));
	t->prefix = known < lp_iam_n_types ? lp_iam_type_prefix(known) : number;
	t->patterns = keep_texts(r, arns, is_pattern, &t->n_patterns);
	t->conds = keep_texts(r, member(doc, "ConditionKeys"), is_printable, &t->n_conds);
	if (known < lp_iam_n_types)
		replace(r, &r->n->over_type, lp_iam_n_types, known, &r->n->types);
	SAY(r, "%s resource type %s %s:", known == LP_IAM_NONE ? "new" : "changed", prefix, name);
	for (unsigned i = 0; i < t->n_patterns && r->changes; i++)
		fprintf(r->changes, " %s", t->patterns[i]);
	if (r->changes)
		putc('\n', r->changes);
}

static const char *level_of(const cJSON *action)
{
	const cJSON *p = member(member(action, "Annotations"), "Properties");

	if (cJSON_IsTrue(member(p, "IsPermissionManagement")))
		return "Permissions-management";
	if (cJSON_IsTrue(member(p, "IsTaggingOnly")))
		return "Tagging";
	if (cJSON_IsTrue(member(p, "IsWrite")))
		return "Write";
	if (cJSON_IsTrue(member(p, "IsList")))
		return "List";
	return p ? "Read" : "Unknown";
}

/* True when the action can be given the same types as before. */
static bool same_types(lp_iam_action a, const struct lp_iam_ref *refs, unsigned n)
{
	unsigned same = 0;

	for (unsigned i = 0; i < lp_iam_action_types(a); i++)
		for (unsigned k = 0; k < n; k++)
			same += lp_iam_action_type(a, i).type == refs[k].type;
	return same == n && n == lp_iam_action_types(a);
}

static void read_action(struct reading *r, const char *prefix, const cJSON *doc)
{
	const cJSON *types = member(doc, "Resources"), *e;
	struct lp_iam_ref *refs = keep_list(r, (size_t)cJSON_GetArraySize(types), sizeof(*refs));
	char name[2 * NAME_MAX_ + 2];
	struct lp_newer_action *a;
	lp_iam_action known;
	unsigned n = 0;

	if (!refs)
		return;
	snprintf(name, sizeof(name), "%s:%s", prefix, text_of(doc, "Name"));
	known = lp_iam_find_action(lp_span_str(name));
	cJSON_ArrayForEach(e, types)
	{
		lp_iam_type t = find_type(r, prefix, text_of(e, "Name"));
		bool required = false;

		if (t == LP_IAM_NONE)
			continue;
		/* The documents do not say which are required; the tables do, of what they have. */
		for (unsigned i = 0; known != LP_IAM_NONE && i < lp_iam_action_types(known); i++)
			if (lp_iam_action_type(known, i).type == t)
				required = lp_iam_action_type(known, i).required;
		refs[n++] = (struct lp_iam_ref){t, required};
	}
	if (known != LP_IAM_NONE && (same_types(known, refs, n) || !types))
		return;
	a = add_row(r, &r->n->actions, lp_iam_n_actions, sizeof(*a));
	if (!a)
		return;
	a->name = known == LP_IAM_NONE ? keep(r, lp_span_str(name)) : lp_iam_action_name(known);
	a->level = level_of(doc);
	a->refs = refs;
	a->n_refs = n;
	a->conds = keep_texts(r, member(doc, "ActionConditionKeys"), is_printable, &a->n_conds);
	if (known < lp_iam_n_actions)
		replace(r, &r->n->over_action, lp_iam_n_actions, known, &r->n->actions);
	SAY(r, "%s action %s on", known == LP_IAM_NONE ? "new" : "changed", a->name);
	for (unsigned i = 0; i < n && r->changes; i++)
		fprintf(r->changes, " %s", lp_iam_type_name(refs[i].type));
	if (r->changes)
		fputs(n ? "\n" : " *\n", r->changes);
}

/* The service that an operation of a document belongs to: by its SDK client, else by the name. */
static lp_service service_of(const char *prefix, const cJSON *operation)
{
	const cJSON *e;
	lp_service s;

	cJSON_ArrayForEach(e, member(operation, "SDK"))
	{
		s = lp_model_find_service(lp_span_str(text_of(e, "Name")));
		if (s != LP_SERVICE_NONE)
			return s;
	}
	return lp_model_find_service(lp_span_str(prefix));
}

/* "Context" of an authorized action: {"iam:PassedToService": ["…"]}. */
static void read_context(struct reading *r, const cJSON *context, struct lp_newer_need *need)
{
	const cJSON *e = cJSON_IsObject(context) ? context->child : NULL;

	if (!e || !e->string || !is_printable(e->string))
		return;
	if (cJSON_IsArray(e)) {
		need->values = keep_texts(r, e, is_printable, &need->n_values);
	} else if (cJSON_IsString(e) && is_printable(e->valuestring)) {
		const char **v = keep_list(r, 1, sizeof(*v));

		if (v)
			v[0] = keep(r, lp_span_str(e->valuestring));
		need->values = v;
		need->n_values = v ? 1 : 0;
	}
	if (need->n_values)
		need->key = keep(r, lp_span_str(e->string));
}

/* True when all that the document lists is known already. */
static bool says_nothing_new(lp_op known, const struct lp_newer_need *needs, unsigned n)
{
	const struct lp_newer_op *newer =
		known < lp_api_n_ops ? lp_newer_of_known(known) : lp_newer_op(known);
	lp_iam_action have[64];
	unsigned n_have, found = 0;

	if (newer && newer->ruled) {
		for (unsigned i = 0; i < n && n == newer->n_needs; i++)
			found += newer->needs[i].action == needs[i].action;
		return found == n;
	}
	n_have = lp_iam_op_actions(known, have, LP_ARRAY_LEN(have));
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < n_have && k < LP_ARRAY_LEN(have); k++)
			found += have[k] == needs[i].action;
	return found == n;
}

static void read_operation(struct reading *r, const char *prefix, const cJSON *doc)
{
	const cJSON *list = member(doc, "AuthorizedActions"), *e;
	struct lp_newer_need *needs =
		keep_list(r, (size_t)cJSON_GetArraySize(list), sizeof(*needs));
	const char *name = text_of(doc, "Name");
	lp_service svc = service_of(prefix, doc);
	char action[2 * NAME_MAX_ + 2];
	struct lp_newer_op *op;
	lp_op known;
	unsigned n = 0;

	if (!needs)
		return;
	cJSON_ArrayForEach(e, list)
	{
		const char *service = text_of(e, "Service");
		struct lp_newer_need need = {0};

		snprintf(action, sizeof(action), "%.*s:%.*s", NAME_MAX_,
			 *service ? service : prefix, NAME_MAX_, text_of(e, "Name"));
		need.action = lp_iam_find_action(lp_span_str(action));
		if (need.action == LP_IAM_NONE)
			continue;
		read_context(r, member(e, "Context"), &need);
		needs[n++] = need;
	}
	if (!n)
		return;
	known = svc == LP_SERVICE_NONE ? LP_OP_NONE : lp_model_find_op(svc, lp_span_str(name));
	if (known != LP_OP_NONE && says_nothing_new(known, needs, n))
		return;
	if (svc == LP_SERVICE_NONE) {
		struct lp_newer_service *s =
			add_row(r, &r->n->services, lp_api_n_services, sizeof(*s));

		if (!s)
			return;
		s->id = s->dir = s->sign = s->prefix = keep(r, lp_span_str(prefix));
		s->target = "";
		s->protocol = LP_PROTOCOL_JSON;
		svc = (lp_service)(lp_api_n_services + r->n->services.n - 1);
	}
	if (known != LP_OP_NONE && known >= lp_api_n_ops) {
		/* An API model that was loaded before has it: it only lacked this. */
		op = (struct lp_newer_op *)r->n->ops.v + (known - lp_api_n_ops);
	} else {
		op = add_row(r, &r->n->ops, lp_api_n_ops, sizeof(*op));
		if (!op)
			return;
		op->name = keep(r, lp_span_str(name));
		op->service = svc;
		op->known = known;
		if (known != LP_OP_NONE)
			replace(r, &r->n->over_op, lp_api_n_ops, known, &r->n->ops);
	}
	op->ruled = true;
	op->needs = needs;
	op->n_needs = n;
	SAY(r, "%s operation %s.%s needs", known == LP_OP_NONE ? "new" : "changed",
	    lp_model_dir_of(svc), name);
	for (unsigned i = 0; i < n && r->changes; i++)
		fprintf(r->changes, " %s", lp_iam_action_name(needs[i].action));
	if (r->changes)
		putc('\n', r->changes);
}

static void read_reference(struct reading *r, const cJSON *doc)
{
	struct lp_newer_prefix *p = add_row(r, &r->n->prefixes, lp_iam_n_prefixes, sizeof(*p));
	lp_iam_prefix number = (lp_iam_prefix)(lp_iam_n_prefixes + r->n->prefixes.n - 1);
	size_t types = r->n->types.n, actions = r->n->actions.n;
	const char *name;
	const cJSON *e;

	if (!p)
		return;
	p->name = name = keep(r, lp_span_str(text_of(doc, "Name")));
	cJSON_ArrayForEach(e, member(doc, "Resources"))
	{
		read_type(r, name, number, e);
	}
	cJSON_ArrayForEach(e, member(doc, "Actions"))
	{
		read_action(r, name, e);
	}
	p = (struct lp_newer_prefix *)r->n->prefixes.v + (number - lp_iam_n_prefixes);
	p->first_type = (uint16_t)(lp_iam_n_types + types);
	p->n_types = (uint16_t)(r->n->types.n - types);
	p->first_action = (uint16_t)(lp_iam_n_actions + actions);
	p->n_actions = (uint16_t)(r->n->actions.n - actions);
	cJSON_ArrayForEach(e, member(doc, "Operations"))
	{
		read_operation(r, name, e);
	}
}

/* --- API models ------------------------------------------------------------------------------- */

static enum lp_protocol protocol_of(const char *name)
{
	static const struct {
		const char *name;
		enum lp_protocol protocol;
	} names[] = {
		{"query", LP_PROTOCOL_QUERY},	    {"ec2", LP_PROTOCOL_EC2},
		{"json", LP_PROTOCOL_JSON},	    {"rest-json", LP_PROTOCOL_REST_JSON},
		{"rest-xml", LP_PROTOCOL_REST_XML}, {"smithy-rpc-v2-cbor", LP_PROTOCOL_CBOR},
	};

	for (size_t i = 0; i < LP_ARRAY_LEN(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].protocol;
	return LP_PROTOCOL_NONE;
}

static const char *check_model(const cJSON *doc)
{
	const cJSON *meta = member(doc, "metadata"), *ops = member(doc, "operations"), *e;

	if (!is_name(text_of(meta, "endpointPrefix")) || !is_printable(text_of(meta, "serviceId")))
		return "metadata has no endpointPrefix or no serviceId";
	if (protocol_of(text_of(meta, "protocol")) == LP_PROTOCOL_NONE)
		return "its protocol is unknown";
	if (!cJSON_IsObject(ops))
		return "\"operations\" is no object";
	cJSON_ArrayForEach(e, ops)
	{
		const cJSON *http = member(e, "http");

		if (!e->string || !is_name(e->string) || !is_name(text_of(http, "method")) ||
		    text_of(http, "requestUri")[0] != '/')
			return "an operation has no name, method or requestUri";
	}
	return NULL;
}

static void read_model(struct reading *r, const cJSON *doc)
{
	const cJSON *meta = member(doc, "metadata"), *e;
	const char *prefix = text_of(meta, "endpointPrefix"), *sign = text_of(meta, "signingName");
	struct lp_span id = lp_span_str(text_of(meta, "serviceId"));
	lp_service svc = lp_model_find_service(id);

	if (svc == LP_SERVICE_NONE) {
		struct lp_newer_service *s =
			add_row(r, &r->n->services, lp_api_n_services, sizeof(*s));

		if (!s)
			return;
		s->id = keep(r, id);
		s->prefix = keep(r, lp_span_str(prefix));
		s->dir = s->sign = is_name(sign) ? keep(r, lp_span_str(sign)) : s->prefix;
		s->target = keep(r, lp_span_str(text_of(meta, "targetPrefix")));
		s->protocol = protocol_of(text_of(meta, "protocol"));
		svc = (lp_service)(lp_api_n_services + r->n->services.n - 1);
		SAY(r, "new service %s\n", s->id);
	}
	cJSON_ArrayForEach(e, member(doc, "operations"))
	{
		lp_op known = lp_model_find_op(svc, lp_span_str(e->string));
		const cJSON *http = member(e, "http");
		struct lp_newer_op *op;

		if (known < lp_api_n_ops)
			continue;
		if (known == LP_OP_NONE) {
			op = add_row(r, &r->n->ops, lp_api_n_ops, sizeof(*op));
			if (!op)
				return;
			op->name = keep(r, lp_span_str(e->string));
			op->service = svc;
			op->known = LP_OP_NONE;
			SAY(r, "new operation %s.%s\n", lp_model_dir_of(svc), e->string);
		} else {
			op = (struct lp_newer_op *)r->n->ops.v + (known - lp_api_n_ops);
		}
		op->modelled = true;
		op->method = keep(r, lp_span_str(text_of(http, "method")));
		op->uri = keep(r, lp_span_str(text_of(http, "requestUri")));
		if (!strcmp(text_of(e, "authtype"), "none"))
			op->flags |= LP_OP_UNSIGNED;
	}
}

/* --- files ------------------------------------------------------------------------------------ */

int lp_newer_read(const char *path, char **text, size_t *len)
{
	gzFile in = gzopen(path, "rbe");
	size_t cap = 0;
	int err = 0, got;

	*text = NULL;
	*len = 0;
	if (!in)
		return errno ? -errno : -ENOMEM;
	for (;;) {
		if (cap - *len < CHUNK) {
			char *more = realloc(*text, cap + 2 * CHUNK + *len);

			if (!more) {
				err = -ENOMEM;
				break;
			}
			cap += 2 * CHUNK + *len;
			*text = more;
		}
		errno = 0;
		got = gzread(in, *text + *len, CHUNK);
		if (got <= 0) {
			err = got < 0 ? (errno ? -errno : -EBADMSG) : 0;
			break;
		}
		*len += (size_t)got;
		if (*len > FILE_MAX) {
			err = -EFBIG;
			break;
		}
	}
	gzclose(in);
	return err;
}

int lp_newer_load_text(struct lp_span text, FILE *changes, const char **reason)
{
	struct lp_newer *n = lp_newer_all();
	struct reading r = {.n = n, .changes = changes};
	const char *wrong = "it is neither a Service Reference document nor an API model";
	cJSON *doc = cJSON_ParseWithLength(text.ptr, text.len);
	bool model;

	*reason = "it is not JSON";
	if (!doc)
		return -EBADMSG;
	if (!n->any)
		lp_arena_init(&n->arena, ARENA_MAX);
	n->any = true;
	model = member(doc, "metadata") != NULL;
	if (model)
		wrong = check_model(doc);
	else if (member(doc, "Actions"))
		wrong = check_reference(doc);
	*reason = wrong;
	if (wrong)
		r.err = -EBADMSG;
	else if (model)
		read_model(&r, doc);
	else
		read_reference(&r, doc);
	if (!wrong)
		snprintf(n->name, sizeof(n->name), "%s.%s",
			 text_of(model ? member(doc, "metadata") : doc,
				 model ? "endpointPrefix" : "Name"),
			 model ? "api" : "reference");
	if (r.err && !wrong)
		*reason = "it is too large";
	cJSON_Delete(doc);
	return r.err;
}

int lp_newer_load(const char *path, FILE *changes, const char **reason)
{
	char *text;
	size_t len;
	int err = lp_newer_read(path, &text, &len);

	if (err)
		*reason = strerror(-err);
	else
		err = lp_newer_load_text(lp_span_of(text, len), changes, reason);
	free(text);
	return err;
}
