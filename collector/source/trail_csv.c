/* SPDX-License-Identifier: MIT */
/*
 * Rows of an Athena table over a trail, or of what the console's event history has downloaded.
 * Columns are known by the names of the table that AWS documents for CloudTrail, by names of single
 * members ("useridentity.arn"), case and punctuation aside; one may hold whole records, as in
 * results of CloudWatch Logs' queries. Structures come in Athena's own notation, {name=value,
 * name={...}}, whose values are not quoted: a value ends where ", name=" or the closing brace of
 * its level follows.
 */
#include <errno.h>

#include "base/json_in.h"
#include "trail.h"

#define STRUCT_DEPTH_MAX 8
#define NAME_MAX_BYTES	 64

enum column {
	COLUMN_OTHER,
	COLUMN_USER, /* the whole structure */
	COLUMN_MEMBER,
	COLUMN_RECORD,
};

struct known {
	const char *name; /* lower case, letters and digits only */
	uint8_t kind;	  /* enum column */
	uint16_t at;
};

#define MEMBER(name, m)                                                                            \
	{                                                                                          \
		name, COLUMN_MEMBER, offsetof(struct lp_trail_event, m)                            \
	}

static const struct known columns[] = {
	{"", COLUMN_OTHER, 0},
	{"useridentity", COLUMN_USER, 0},
	MEMBER("eventtime", time),
	MEMBER("eventsource", source),
	MEMBER("eventname", name),
	MEMBER("eventtype", type),
	MEMBER("eventcategory", category),
	MEMBER("managementevent", management),
	MEMBER("apiversion", version),
	MEMBER("awsregion", region),
	MEMBER("sourceipaddress", source_ip),
	MEMBER("requestid", request_id),
	MEMBER("errorcode", error_code),
	MEMBER("errormessage", error_message),
	MEMBER("requestparameters", params),
	MEMBER("responseelements", response),
	MEMBER("resources", resources),
	MEMBER("useridentitytype", user.type),
	MEMBER("useridentityarn", user.arn),
	MEMBER("arn", user.arn),
	MEMBER("useridentityaccesskeyid", user.access_key),
	MEMBER("accesskeyid", user.access_key),
	MEMBER("awsaccesskey", user.access_key),
	MEMBER("useridentityaccountid", user.account),
	MEMBER("useridentityinvokedby", user.invoked_by),
	MEMBER("useridentitysessioncontextsessionissuerarn", user.issuer_arn),
	{"message", COLUMN_RECORD, 0},	       /* of CloudWatch Logs */
	{"eventjson", COLUMN_RECORD, 0},       /* CloudTrail Lake */
	{"cloudtrailevent", COLUMN_RECORD, 0}, /* lookup-events */
	{"raw", COLUMN_RECORD, 0},	       /* Splunk, Sumo Logic */
};

/* A name without case and punctuation; cut where it is too long to be known. */
static struct lp_span plain(struct lp_span name, char buf[NAME_MAX_BYTES])
{
	size_t n = 0;

	for (size_t i = 0; i < name.len && n < NAME_MAX_BYTES; i++)
		if (lp_ascii_alnum(name.ptr[i]))
			buf[n++] = lp_ascii_lower(name.ptr[i]);
	return lp_span_of(buf, n);
}

bool lp_trail_header(struct lp_trail_columns *c, const struct lp_span *cells, unsigned n)
{
	char buf[NAME_MAX_BYTES];
	bool source = false, event = false;

	c->record = 0;
	c->params = false;
	c->n = n < LP_TRAIL_COLUMNS_MAX ? n : LP_TRAIL_COLUMNS_MAX;
	for (unsigned i = 0; i < c->n; i++) {
		struct lp_span name = plain(cells[i], buf);

		c->member[i] = 0;
		for (size_t k = 1; k < LP_ARRAY_LEN(columns); k++)
			if (lp_span_eq(name, lp_span_str(columns[k].name)))
				c->member[i] = (uint8_t)k;
		if (columns[c->member[i]].kind == COLUMN_RECORD)
			c->record = i + 1;
		source = source || lp_span_eq(name, LP_SPAN("eventsource"));
		event = event || lp_span_eq(name, LP_SPAN("eventname"));
		c->params = c->params || lp_span_eq(name, LP_SPAN("requestparameters"));
	}
	return c->record || (source && event);
}

static struct lp_span *member_of(struct lp_trail_event *ev, const struct known *k)
{
	return (struct lp_span *)(void *)((char *)ev + k->at);
}

static bool is_name(char c)
{
	return lp_ascii_alnum(c) || c == '_';
}

/* True when ", name=" stands at `s`; names in maps may have hyphens. */
static bool at_next(struct lp_span s, bool map)
{
	size_t i = 2;

	if (s.len < 4 || s.ptr[0] != ',' || s.ptr[1] != ' ' || !is_name(s.ptr[2]))
		return false;
	while (i < s.len && (is_name(s.ptr[i]) || (map && s.ptr[i] == '-')))
		i++;
	return i < s.len && s.ptr[i] == '=';
}

/*
 * Members of the structure whose '{' precedes *s, under the path `path` of `len` bytes; leaves *s
 * behind its '}'.
 */
static void structure(struct lp_span *s, char *path, size_t len, unsigned depth,
		      struct lp_trail_event *ev)
{
	while (s->len && s->ptr[0] != '}') {
		size_t eq = lp_span_find(*s, '='), end = 0, n = len;
		struct lp_span value, name = lp_span_first(*s, eq);

		if (eq == s->len)
			break;
		for (size_t i = 0; i < name.len && n < NAME_MAX_BYTES; i++)
			if (is_name(name.ptr[i]))
				path[n++] = lp_ascii_lower(name.ptr[i]);
		*s = lp_span_from(*s, eq + 1);
		if (s->len && s->ptr[0] == '{' && depth < STRUCT_DEPTH_MAX) {
			*s = lp_span_from(*s, 1);
			structure(s, path, n, depth + 1, ev);
		} else {
			while (end < s->len && s->ptr[end] != '}' &&
			       !at_next(lp_span_from(*s, end), false))
				end++;
			value = lp_span_first(*s, end);
			*s = lp_span_from(*s, end);
			for (size_t k = 1; k < LP_ARRAY_LEN(columns); k++)
				if (columns[k].kind == COLUMN_MEMBER &&
				    lp_span_eq(lp_span_of(path, n), lp_span_str(columns[k].name)) &&
				    !lp_span_eq(value, LP_SPAN("null")))
					*member_of(ev, &columns[k]) = value;
		}
		while (s->len && (s->ptr[0] == ',' || s->ptr[0] == ' '))
			*s = lp_span_from(*s, 1);
	}
	*s = lp_span_from(*s, 1);
}

/* A JSON string of the text, at most twice as long and two bytes more; its length. */
static size_t quote(char *out, struct lp_span text)
{
	size_t n = 0;

	out[n++] = '"';
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"' || text.ptr[i] == '\\')
			out[n++] = '\\';
		out[n++] = (unsigned char)text.ptr[i] < ' ' ? ' ' : text.ptr[i];
	}
	out[n++] = '"';
	return n;
}

/*
 * A flat map, {name=value, name=value}, as CloudTrail Lake has parameters, as JSON; a value that is
 * JSON itself stays so. Anything else is left as it is. -ENOMEM.
 */
static int map_as_json(struct lp_span *map, struct lp_arena *arena)
{
	struct lp_span s = lp_span_trim(*map);
	size_t n = 0;
	char *out;

	if (s.len < 4 || s.ptr[0] != '{' || s.ptr[s.len - 1] != '}' || !is_name(s.ptr[1]))
		return 0;
	out = lp_arena_alloc(arena, 2 * s.len + 16);
	if (!out)
		return -ENOMEM;
	s = lp_span_of(s.ptr + 1, s.len - 2);
	while (s.len) {
		size_t eq = lp_span_find(s, '='), end = 0;
		struct lp_span rest = lp_span_from(s, eq + 1);
		struct lp_json_token t;
		struct lp_json j;

		lp_json_init(&j, rest);
		if (rest.len && (rest.ptr[0] == '{' || rest.ptr[0] == '[') &&
		    !lp_json_next(&j, &t) && !lp_json_skip(&j, &t) &&
		    (j.pos == rest.len || at_next(lp_span_from(rest, j.pos), true)))
			end = j.pos;
		out[n] = n ? ',' : '{';
		n++;
		n += quote(out + n, lp_span_first(s, eq));
		out[n++] = ':';
		if (end) {
			memcpy(out + n, rest.ptr, end);
			n += end;
		} else {
			while (end < rest.len && !at_next(lp_span_from(rest, end), true))
				end++;
			n += quote(out + n, lp_span_first(rest, end));
		}
		s = lp_span_from(rest, end + 2);
	}
	out[n++] = '}';
	*map = lp_span_of(out, n);
	return 0;
}

static int keep(void *ctx, const struct lp_trail_event *ev)
{
	*(struct lp_trail_event *)ctx = *ev;
	return 0;
}

/* The structure as JSON: as if it stood in a record. */
static int user_json(struct lp_span cell, struct lp_arena *arena, struct lp_trail_event *ev)
{
	struct lp_trail_event got = {0};
	const char *why;
	char *record = lp_arena_printf(arena,
				       "{\"eventSource\":\"-\",\"eventName\":\"-\","
				       "\"userIdentity\":%.*s}",
				       (int)cell.len, cell.ptr);
	int err;

	if (!record)
		return -ENOMEM;
	err = lp_trail_json(lp_span_str(record), arena, keep, &got, &why);
	if (!err)
		ev->user = got.user;
	return err == -ENOMEM ? err : 0;
}

int lp_trail_user(struct lp_span text, struct lp_arena *arena, struct lp_trail_event *ev)
{
	char path[NAME_MAX_BYTES] = "useridentity";
	struct lp_span rest = lp_span_from(text, 1);

	if (lp_span_starts(text, LP_SPAN("{\"")) && text.len < INT32_MAX)
		return user_json(text, arena, ev);
	if (lp_span_starts(text, LP_SPAN("{")))
		structure(&rest, path, strlen(path), 0, ev);
	return 0;
}

int lp_trail_row(const struct lp_trail_columns *c, const struct lp_span *cells, unsigned n,
		 struct lp_arena *arena, struct lp_trail_event *ev)
{
	*ev = (struct lp_trail_event){.no_params = !c->params};
	if (n != c->n)
		return -EBADMSG;
	for (unsigned i = 0; i < n; i++) {
		const struct known *k = &columns[c->member[i]];
		struct lp_span cell = cells[i];
		int err = 0;

		if (k->kind == COLUMN_MEMBER && !lp_span_eq(cell, LP_SPAN("null")))
			*member_of(ev, k) = cell;
		else if (k->kind == COLUMN_USER)
			err = lp_trail_user(cell, arena, ev);
		if (err)
			return err;
	}
	if (map_as_json(&ev->params, arena) || map_as_json(&ev->response, arena))
		return -ENOMEM;
	return ev->source.len && ev->name.len ? 0 : -EBADMSG;
}
