/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <stdint.h>

#include "json.h"
#include "lower.h"
#include "secret.h"

struct sink {
	char *scratch; /* LP_FIELD_MAX bytes for a value without its escapes */
	char *buf;
	size_t len, cap;
	unsigned count;
	bool full;
};

/* --- which leaves ----------------------------------------------------------------------------- */

enum value_form {
	FORM_ANY = 1, /* printable, no longer than NAME_VALUE_MAX */
	FORM_ID,      /* letters, digits and a few signs */
	FORM_DENIED,  /* a sentence, only when it is AWS's access-denied message */
	FORM_NEVER,
};

#define NAME_VALUE_MAX 256
#define ID_MAX	       128

/* In lower case, by length. Names that end in "Id" need no row. */
static const struct named {
	const char *name;
	enum value_form form;
} named[][6] = {
	/* DynamoDB's types: what stands behind them are the user's values */
	[1] = {{"s", FORM_NEVER}, {"n", FORM_NEVER}, {"b", FORM_NEVER}},
	[2] = {{"ss", FORM_NEVER}, {"ns", FORM_NEVER}, {"bs", FORM_NEVER}},
	[4] = {{"code", FORM_ID}, {"type", FORM_ID}},
	[6] = {{"__type", FORM_ANY}},
	[7] = {{"message", FORM_DENIED}, {"account", FORM_ID}},
	[8] = {{"rolename", FORM_ID}, {"username", FORM_ID}, {"queueurl", FORM_ANY}},
	[9] = {{"requestid", FORM_NEVER}, {"sessionid", FORM_NEVER}},
	[12] = {{"errormessage", FORM_DENIED}},
	[14] = {{"encryptiontype", FORM_ID}},
};

static enum value_form form_of(struct lp_span name)
{
	if (name.len >= LP_ARRAY_LEN(named))
		return 0;
	for (const struct named *n = named[name.len]; n->name; n++)
		if (lp_lower_eq(name.ptr, n->name, name.len))
			return n->form;
	return 0;
}

/* Letters, digits, and the signs that stand in names and ids. */
static bool id_form(struct lp_span v)
{
	if (!v.len || v.len > ID_MAX)
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (!lp_ascii_alnum(v.ptr[i]) && !memchr("-_.:/@#+", v.ptr[i], 8))
			return false;
	return true;
}

static bool printable(struct lp_span v)
{
	for (size_t i = 0; i < v.len; i++)
		if ((unsigned char)v.ptr[i] <= ' ' || v.ptr[i] == 0x7f)
			return false;
	return v.len > 0;
}

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE without blanks. */
static bool arn_form(struct lp_span v)
{
	unsigned colons = 0;

	if (v.len < 12 || v.len > LP_FIELD_MAX || memcmp(v.ptr, "arn:aws", 7) != 0)
		return false;
	for (size_t i = 0; i < v.len; i++)
		colons += v.ptr[i] == ':';
	return colons >= 5 && printable(v);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* "vpc-0a1b2c3d", "subnet-0123456789abcdef0": words, a hyphen, 8 or 17 hexadecimal digits. */
static bool resource_id_form(struct lp_span v)
{
	size_t digits = 0;

	if (v.len < 10 || v.len > 64 || v.ptr[0] < 'a' || v.ptr[0] > 'z')
		return false;
	while (digits < v.len && is_hex(v.ptr[v.len - 1 - digits]))
		digits++;
	if ((digits != 8 && digits != 17) || v.len < digits + 2 || v.ptr[v.len - digits - 1] != '-')
		return false;
	for (size_t i = 0; i < v.len - digits; i++)
		if (v.ptr[i] != '-' && !lp_ascii_alnum(v.ptr[i]))
			return false;
	return true;
}

/* "TableId", "id", "KeyId". Names of secrets were sorted out before. */
static bool names_id(struct lp_span name)
{
	char before = name.len > 2 ? name.ptr[name.len - 3] : '-';

	/* "Paid" is no id, "userid" is nobody's */
	return lp_lower_ends(name, LP_SPAN("id")) &&
	       (name.len == 2 || name.ptr[name.len - 2] == 'I' || before == '-' || before == '_');
}

/* AWS's explanation may end in an encrypted one for administrators. */
static struct lp_span denied(struct lp_span text)
{
	static const char encoded[] = "ncoded authorization failure message";
	const char *p;

	if (!lp_span_holds(text, LP_SPAN("is not authorized to perform")))
		return lp_span_of(NULL, 0);
	p = memmem(text.ptr, text.len, encoded, sizeof(encoded) - 1);
	text = lp_span_first(text, p ? (size_t)(p - text.ptr) - 1 : text.len);
	return lp_span_first(text, LP_FIELD_MAX);
}

struct lp_span lp_fields_keep(struct lp_span name, struct lp_span value)
{
	const struct lp_span none = {NULL, 0};

	if (!value.len || !name.len || name.len > ID_MAX)
		return none;
	switch (form_of(name)) {
	case FORM_ANY:
		return value.len <= NAME_VALUE_MAX && printable(value) ? value : none;
	case FORM_ID:
		return id_form(value) ? value : none;
	case FORM_DENIED:
		return denied(value);
	case FORM_NEVER:
		return none;
	default:
		break;
	}
	if ((value.ptr[0] == 'a' && arn_form(value)) || resource_id_form(value) ||
	    (names_id(name) && id_form(value)))
		return lp_secret_name(name) == LP_SECRET_NO ? value : none;
	return none;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_escaped(struct sink *s, struct lp_span text, bool name)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (s->cap - s->len < 3) {
			s->full = true;
			return;
		}
		if (c < 0x20 || c == 0x7f || c == '%' || (name && c == '=')) {
			s->buf[s->len++] = '%';
			s->buf[s->len++] = digits[c >> 4];
			s->buf[s->len++] = digits[c & 15];
		} else {
			s->buf[s->len++] = (char)c;
		}
	}
}

static void put_leaf(struct sink *s, struct lp_span name, struct lp_span value)
{
	size_t start = s->len;

	value = lp_fields_keep(name, value);
	if (s->count == LP_FIELDS_COUNT_MAX || s->full || !value.len)
		return;
	put_escaped(s, name, true);
	if (s->cap - s->len >= 2 && !s->full) {
		s->buf[s->len++] = '=';
		put_escaped(s, value, false);
	}
	if (s->full || s->cap - s->len < 1) {
		s->len = start; /* a field is whole or not there */
		s->full = true;
		return;
	}
	s->buf[s->len++] = '\n';
	s->count++;
}

/* --- reading ---------------------------------------------------------------------------------- */

static void scan_json(struct lp_span body, struct sink *s)
{
	struct lp_jscan j;
	struct lp_jscan_token t;
	struct lp_span name = {NULL, 0};

	lp_jscan_init(&j, body);
	while (!s->full && lp_jscan_next(&j, &t) > LP_JSCAN_END) {
		if (t.type == LP_JSCAN_KEY) {
			name = t.text;
			if (lp_secret_name(name) == LP_SECRET_TREE && !lp_jscan_skip(&j, &t))
				return;
		} else if (t.type == LP_JSCAN_NUMBER) {
			put_leaf(s, name, t.text);
		} else if (t.type == LP_JSCAN_STRING && t.escaped) {
			size_t n = lp_jscan_unescape(lp_span_first(t.text, LP_FIELD_MAX),
						     s->scratch, LP_FIELD_MAX);

			if (n != SIZE_MAX)
				put_leaf(s, name, lp_span_of(s->scratch, n));
		} else if (t.type == LP_JSCAN_STRING) {
			put_leaf(s, name, t.text);
		}
	}
}

/* The five predefined entities; others stay as they are. Never longer than the text. */
static size_t xml_unescape(struct lp_span text, char *buf)
{
	static const struct {
		struct lp_span entity;
		char c;
	} entities[] = {
		{{"&amp;", 5}, '&'},  {{"&lt;", 4}, '<'},    {{"&gt;", 4}, '>'},
		{{"&quot;", 6}, '"'}, {{"&apos;", 6}, '\''},
	};
	size_t n = 0;

	while (text.len) {
		size_t used = 1;
		char c = text.ptr[0];

		for (size_t i = 0; c == '&' && used == 1 && i < LP_ARRAY_LEN(entities); i++) {
			if (lp_span_starts(text, entities[i].entity)) {
				used = entities[i].entity.len;
				buf[n] = entities[i].c;
			}
		}
		if (used == 1)
			buf[n] = c;
		n++;
		text = lp_span_from(text, used);
	}
	return n;
}

/* Elements that hold only text: <name ...>text</name>. Comments and CDATA are passed over. */
static void scan_xml(struct lp_span body, struct sink *s)
{

	body = lp_span_from(body, lp_span_find(body, '<'));
	while (body.len && !s->full) {
		struct lp_span tag = lp_span_from(body, 1), name, text;
		size_t end = lp_span_find(tag, '>'), next, n = 0;

		text = lp_span_from(tag, end + 1);
		tag = lp_span_first(tag, end);
		while (n < tag.len && (lp_ascii_alnum(tag.ptr[n]) || memchr("-_.:", tag.ptr[n], 4)))
			n++;
		name = lp_span_first(tag, n);
		next = lp_span_find(text, '<');
		body = lp_span_from(text, next);
		text = lp_span_first(text, next);
		if (!n || next > LP_FIELD_MAX || body.len < n + 3 || body.ptr[1] != '/' ||
		    memcmp(body.ptr + 2, name.ptr, n) != 0 || body.ptr[n + 2] != '>')
			continue;
		put_leaf(s, name, lp_span_of(s->scratch, xml_unescape(text, s->scratch)));
	}
}

#define CBOR_DEPTH_MAX	32
#define CBOR_INDEFINITE UINT64_MAX

struct cbor {
	struct lp_span rest;
	unsigned depth;
	unsigned tree; /* depth inside which nothing is kept, 0 none */
	struct {
		uint64_t left;	 /* items still to come, or CBOR_INDEFINITE */
		bool map, value; /* value: the next item is a member's value */
	} open[CBOR_DEPTH_MAX];
};

/* Initial byte and its argument (RFC 8949 section 3). */
static bool cbor_head(struct cbor *c, unsigned *major, unsigned *info, uint64_t *arg)
{
	unsigned first, bytes;

	if (!c->rest.len)
		return false;
	first = (unsigned char)c->rest.ptr[0];
	*major = first >> 5;
	*info = first & 31;
	c->rest = lp_span_from(c->rest, 1);
	*arg = *info;
	if (*info < 24 || *info == 31)
		return *info != 31 || *major >= 2;
	if (*info > 27)
		return false;
	bytes = 1u << (*info - 24);
	if (c->rest.len < bytes)
		return false;
	*arg = 0;
	for (unsigned i = 0; i < bytes; i++)
		*arg = *arg << 8 | (unsigned char)c->rest.ptr[i];
	c->rest = lp_span_from(c->rest, bytes);
	return true;
}

static void cbor_item_done(struct cbor *c)
{
	while (c->depth) {
		if (c->open[c->depth - 1].map) {
			c->open[c->depth - 1].value = !c->open[c->depth - 1].value;
			if (c->open[c->depth - 1].value)
				return;
		}
		if (c->open[c->depth - 1].left == CBOR_INDEFINITE || --c->open[c->depth - 1].left)
			return;
		if (c->tree == c->depth)
			c->tree = 0;
		c->depth--;
	}
}

static void scan_cbor(struct lp_span body, struct sink *s)
{
	struct cbor c = {.rest = body};
	struct lp_span name = {NULL, 0};

	do {
		unsigned major, info;
		uint64_t arg;

		if (!cbor_head(&c, &major, &info, &arg))
			return;
		switch (major) {
		case 2:
		case 3:
			if (info == 31 || arg > c.rest.len)
				return; /* strings in pieces: SDKs and services send none */
			if (major == 3 && c.depth && c.open[c.depth - 1].map &&
			    !c.open[c.depth - 1].value)
				name = lp_span_first(c.rest, (size_t)arg);
			else if (major == 3 && !c.tree)
				put_leaf(s, name, lp_span_first(c.rest, (size_t)arg));
			c.rest = lp_span_from(c.rest, (size_t)arg);
			break;
		case 4:
		case 5:
			if (info != 31 && !arg)
				break;
			if (c.depth == CBOR_DEPTH_MAX)
				return;
			c.open[c.depth].left = info == 31 ? CBOR_INDEFINITE : arg;
			c.open[c.depth].map = major == 5;
			c.open[c.depth].value = false;
			c.depth++;
			if (!c.tree && name.len && lp_secret_name(name) == LP_SECRET_TREE)
				c.tree = c.depth;
			if (major == 5)
				name = lp_span_of(NULL, 0);
			continue;
		case 6:
			continue; /* a tag: the item follows */
		case 7:
			if (info != 31)
				break;
			if (!c.depth || c.open[c.depth - 1].left != CBOR_INDEFINITE)
				return;
			if (c.tree == c.depth)
				c.tree = 0;
			c.depth--; /* "break" */
			break;
		default:
			break;
		}
		cbor_item_done(&c);
	} while ((c.depth || c.rest.len) && !s->full);
}

size_t lp_fields_scan(struct lp_span body, enum lp_body_kind kind, char *buf, size_t cap)
{
	struct sink s = {.buf = buf};

	if (cap <= LP_FIELD_MAX)
		return 0;
	s.cap = cap - LP_FIELD_MAX;
	s.scratch = buf + s.cap;

	if (kind == LP_BODY_OTHER)
		kind = lp_body_sniff(body);
	if (kind == LP_BODY_JSON)
		scan_json(body, &s);
	else if (kind == LP_BODY_XML)
		scan_xml(body, &s);
	else if (kind == LP_BODY_CBOR)
		scan_cbor(body, &s);
	return s.len;
}

bool lp_fields_next(struct lp_span *rest, struct lp_span *name, struct lp_span *value)
{
	while (rest->len) {
		size_t end = lp_span_find(*rest, '\n');
		struct lp_span line = lp_span_first(*rest, end);
		size_t eq = lp_span_find(line, '=');

		*rest = lp_span_from(*rest, end + 1);
		if (eq == line.len)
			continue;
		*name = lp_span_first(line, eq);
		*value = lp_span_from(line, eq + 1);
		return true;
	}
	return false;
}

size_t lp_fields_unescape(struct lp_span value, char *buf)
{
	size_t n = 0;

	for (size_t i = 0; i < value.len; i++) {
		int hi = value.len - i > 2 ? lp_hex_digit(value.ptr[i + 1]) : -1;
		int lo = hi >= 0 ? lp_hex_digit(value.ptr[i + 2]) : -1;

		if (value.ptr[i] == '%' && lo >= 0) {
			buf[n++] = (char)(hi << 4 | lo);
			i += 2;
		} else {
			buf[n++] = value.ptr[i];
		}
	}
	return n;
}
