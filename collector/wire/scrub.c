/* SPDX-License-Identifier: MIT */
#include "scrub.h"

#include "member.h"

enum state {
	SNIFF,	  /* LP_BODY_OTHER */
	SNIFF_ON, /* after blanks, which forms do not have */
	DONE,	  /* complete; what follows is left out */
	ENDED,	  /* not of the form: what follows is left out */
	/* JSON */
	J_START,   /* before the outermost '{' */
	J_BETWEEN, /* between tokens */
	J_NAME,
	J_TEXT,
	J_WORD, /* true, false, null */
	J_NUMBER,
	/* forms */
	F_NAME,
	F_VALUE,
	/* XML */
	X_TEXT,
	X_OPEN, /* after '<' */
	X_NAME,
	X_REST,	   /* of a tag: attributes, left out */
	X_SPECIAL, /* <!...> and <?...>, left out */
	X_CLOSE,   /* </name> */
	/* CBOR */
	C_HEAD,
	C_STRING,
};

/* at.json[depth], at.cbor[depth].flags */
#define IS_MAP	   0x1u
#define IN_NAME	   0x2u	 /* a member's name comes next */
#define HIDE_LIST  0x4u	 /* texts of this list are secret */
#define UNBOUNDED  0x8u	 /* CBOR: ends with "break" */
#define PIECES	   0x10u /* CBOR: the chunks of one string */
#define WANT_COLON 0x20u /* JSON: the member's name was read */
#define BELOW	   0x40u /* below an LP_SECRET_VALUE: few members are shown */

struct out {
	struct lp_span *parts;
	unsigned n, max;
	bool mute; /* inside an LP_SECRET_TREE */
	bool full; /* a part lies in the struct: it must be taken before that changes */
};

/* Callers stop with room for the few parts that one step can give. */
#define ROOM 3u

static void put(struct out *o, struct lp_span s)
{
	struct lp_span *end = o->parts + o->n;

	if (!s.len || o->mute)
		return;
	if (o->n && end[-1].ptr + end[-1].len == s.ptr) {
		end[-1].len += s.len;
	} else if (o->n < o->max) {
		*end = s;
		o->n++;
	}
}

/* Lets `n` bytes of the input through, or only past. */
static void pass(struct lp_span *in, size_t n, struct out *o)
{
	if (o)
		put(o, lp_span_first(*in, n));
	*in = lp_span_from(*in, n);
}

static void end(struct lp_scrub *s)
{
	s->state = ENDED;
}

static void start_name(struct lp_scrub *s)
{
	s->name_len = 0;
	s->name_bad = false;
}

static void add_name(struct lp_scrub *s, struct lp_span part)
{
	if (part.len > sizeof(s->name) - s->name_len) {
		s->name_bad = true;
		return;
	}
	if (part.len)
		memcpy(s->name + s->name_len, part.ptr, part.len);
	s->name_len += (uint8_t)part.len;
}

/* `flags` of the map that the name is in. */
static enum lp_secret secret_of_name(const struct lp_scrub *s, unsigned flags)
{
	struct lp_span name = lp_span_of(s->name, s->name_len);
	enum lp_secret secret = s->name_bad ? LP_SECRET_VALUE : lp_secret_name(name);

	if (secret == LP_SECRET_TREE || !(flags & BELOW) || lp_secret_shows(name))
		return secret;
	return LP_SECRET_VALUE;
}

/* Of a map or list in one that has `outer`. */
static uint8_t flags_below(const struct lp_scrub *s, unsigned outer, bool map)
{
	uint8_t flags = s->secret == LP_SECRET_VALUE ? BELOW : outer & BELOW;

	if (!map)
		flags |= s->secret != LP_SECRET_NO ? HIDE_LIST : outer & HIDE_LIST;
	return flags;
}

/* Passes text, as far as it may be seen. */
LP_HOT static void pass_text(struct lp_scrub *s, struct lp_span *in, size_t n, struct out *o)
{
	size_t room = LP_FIELD_MAX - s->text_len, seen = s->hide ? 0 : n < room ? n : room;

	pass(in, seen, o);
	pass(in, n - seen, NULL);
	s->text_len += (uint32_t)seen;
	if (seen < n)
		s->hide = true;
}

static void start_text(struct lp_scrub *s, bool hide)
{
	s->hide = hide;
	s->text_len = 0;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static const struct lp_span literals[] = {{"true", 4}, {"false", 5}, {"null", 4}};

static bool j_hidden(const struct lp_scrub *s)
{
	return s->secret != LP_SECRET_NO || (s->at.json[s->depth] & HIDE_LIST);
}

static void j_open(struct lp_scrub *s, bool map)
{
	uint8_t below = flags_below(s, s->at.json[s->depth], map);

	if (s->depth == LP_SCRUB_JSON_DEPTH) {
		end(s);
		return;
	}
	s->depth++;
	s->at.json[s->depth] = below | (map ? IS_MAP | IN_NAME : 0);
	if (s->secret == LP_SECRET_TREE && !s->tree)
		s->tree = s->depth;
	s->secret = LP_SECRET_NO;
	s->state = J_BETWEEN;
}

static void j_close(struct lp_scrub *s, bool map)
{
	if (!(s->at.json[s->depth] & IS_MAP) == map) {
		end(s);
		return;
	}
	if (s->tree == s->depth)
		s->tree = 0;
	s->depth--;
	s->secret = LP_SECRET_NO;
	if (!s->depth)
		s->state = DONE;
}

static bool is_number(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The first byte of a value that is no text, map or list. */
static void j_value(struct lp_scrub *s, char c)
{
	if (is_number(c) && c != 'e' && c != 'E') {
		s->state = J_NUMBER;
		start_text(s, j_hidden(s));
		return;
	}
	for (size_t i = 0; i < LP_ARRAY_LEN(literals); i++) {
		if (literals[i].ptr[0] == c) {
			s->word = (uint8_t)(i << 4);
			s->state = J_WORD;
			return;
		}
	}
	end(s);
}

/* What stands between tokens, up to the next one. */
LP_HOT static void j_between(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	size_t n = 0; /* looked at, but not passed yet */

	while (s->state == J_BETWEEN && n < in->len) {
		uint8_t *flags = &s->at.json[s->depth];
		char c = in->ptr[n];
		bool name = (*flags & IS_MAP) && (*flags & IN_NAME);

		if (c == '"' && !(*flags & WANT_COLON)) {
			s->escape = false;
			s->state = name ? J_NAME : J_TEXT;
			if (name)
				start_name(s);
			start_text(s, !name && j_hidden(s));
			n++;
		} else if (c == ':') {
			*flags &= (uint8_t)~WANT_COLON;
			n++;
		} else if (is_blank(c)) {
			n++;
		} else if (*flags & WANT_COLON) {
			end(s); /* what follows is not the value of that name */
		} else if (c == ',') {
			if (*flags & IS_MAP)
				*flags |= IN_NAME;
			s->secret = LP_SECRET_NO;
			n++;
		} else if (c == '}' || c == ']') {
			if (s->tree == s->depth) {
				pass(in, n, o);
				n = 0;
				o->mute = false;
			}
			j_close(s, c == '}');
			n++;
		} else if (name) {
			end(s);
		} else if (c == '{' || c == '[') {
			j_open(s, c == '{');
			n += s->state != ENDED;
			if (s->tree == s->depth) {
				pass(in, n, o);
				n = 0;
				o->mute = true;
			}
		} else {
			j_value(s, c);
		}
	}
	pass(in, n, o);
	if (s->state == J_NUMBER && s->hide)
		put(o, LP_SPAN("0"));
}

/* A literal or nothing: other letters could be anything. */
static void j_word(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	const struct lp_span *l = &literals[s->word >> 4];
	uint8_t at = s->word & 15;

	if (in->ptr[0] != l->ptr[at]) {
		end(s);
		return;
	}
	pass(in, 1, o);
	s->word++;
	if (at + 1u == l->len)
		s->state = J_BETWEEN;
}

static void j_number(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	size_t n = 0;

	while (n < in->len && is_number(in->ptr[n]))
		n++;
	if (n < in->len)
		s->state = J_BETWEEN;
	pass_text(s, in, n, o);
}

/* Inside a string: up to its quote or the end of the input. */
static void j_string(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	size_t quote, slash;

	if (s->escape) {
		s->escape = false;
		if (s->state == J_NAME)
			add_name(s, lp_span_first(*in, 1));
		pass_text(s, in, 1, o);
		return;
	}
	quote = lp_span_find(*in, '"');
	slash = lp_span_find(lp_span_first(*in, quote), '\\');
	if (s->state == J_NAME)
		add_name(s, lp_span_first(*in, slash));
	pass_text(s, in, slash, o);
	if (slash < quote) {
		/* Not in the middle of an escape does a long text end. */
		if (s->text_len > LP_FIELD_MAX - 6)
			s->hide = true;
		s->name_bad = true; /* no member of the API has an escape in its name */
		s->escape = true;
		pass_text(s, in, 1, o);
		return;
	}
	if (!in->len)
		return;
	s->secret = LP_SECRET_NO;
	if (s->state == J_NAME) {
		s->secret = (uint8_t)secret_of_name(s, s->at.json[s->depth]);
		s->at.json[s->depth] &= (uint8_t)~IN_NAME;
		s->at.json[s->depth] |= WANT_COLON;
	}
	s->state = J_BETWEEN;
	pass(in, 1, o);
}

/* --- forms ------------------------------------------------------------------------------------ */

static bool is_form_name(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!lp_ascii_alnum(c) && c != '.' && c != '-' && c != '_')
			return false;
	}
	return true;
}

/* A name is only let through when its '=' came: until then it could be anything. */
static void f_name(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	size_t n = lp_span_find(*in, '=');
	bool whole = !s->name_len;
	struct lp_span name;

	n = lp_span_find(lp_span_first(*in, n), '&');
	name = lp_span_first(*in, n);
	add_name(s, name);
	pass(in, n, NULL);
	if (!in->len)
		return;
	if (in->ptr[0] == '&' || s->name_bad || !is_form_name(lp_span_of(s->name, s->name_len))) {
		s->hide = true;
		s->state = in->ptr[0] == '&' ? F_NAME : F_VALUE;
		start_name(s);
		pass(in, 1, NULL);
		return;
	}
	put(o, whole ? name : lp_span_of(s->name, s->name_len));
	o->full = !whole;
	start_text(s, lp_member_secret(lp_span_of(s->name, s->name_len)));
	s->state = F_VALUE;
	pass(in, 1, o);
}

static void f_value(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	pass_text(s, in, lp_span_find(*in, '&'), o);
	if (!in->len)
		return;
	start_name(s);
	s->state = F_NAME;
	pass(in, 1, o);
}

/* --- XML -------------------------------------------------------------------------------------- */

static bool is_xml_name(char c)
{
	return lp_ascii_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':';
}

/* The first element, when only one will do: its name is shown once it is known. */
static void x_root(struct lp_scrub *s, struct out *o)
{
	struct lp_span root = lp_span_str(s->root);

	s->root = NULL;
	if (s->name_bad || !lp_span_eq(lp_span_of(s->name, s->name_len), root)) {
		end(s);
		return;
	}
	put(o, LP_SPAN("<"));
	put(o, root);
}

static void x_name(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	size_t n = 0;

	while (n < in->len && is_xml_name(in->ptr[n]))
		n++;
	add_name(s, lp_span_first(*in, n));
	pass_text(s, in, n, o);
	if (!in->len)
		return;
	/* No member's text follows an end tag. */
	s->secret = s->state == X_NAME ? (uint8_t)secret_of_name(s, 0) : LP_SECRET_VALUE;
	s->state = X_REST;
	if (s->root)
		x_root(s, o);
}

static void x_step(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	char c = in->ptr[0];
	size_t n;

	switch ((enum state)s->state) {
	case X_TEXT:
		pass_text(s, in, lp_span_find(*in, '<'), o);
		if (in->len) {
			s->state = X_OPEN;
			*in = lp_span_from(*in, 1);
		}
		return;
	case X_OPEN:
		start_name(s);
		start_text(s, s->root != NULL);
		if (c == '!' || c == '?') {
			s->state = X_SPECIAL;
			return;
		}
		if (s->root && c == '/') {
			end(s);
			return;
		}
		if (!s->root)
			put(o, c == '/' ? LP_SPAN("</") : LP_SPAN("<"));
		s->state = c == '/' ? X_CLOSE : X_NAME;
		if (c == '/')
			*in = lp_span_from(*in, 1);
		return;
	case X_NAME:
	case X_CLOSE:
		x_name(s, in, o);
		return;
	default: /* X_REST, X_SPECIAL */
		n = lp_span_find(*in, '>');
		if (n)
			s->escape = in->ptr[n - 1] == '/'; /* "/>" may come apart */
		*in = lp_span_from(*in, n);
		if (!in->len)
			return;
		if (s->state == X_REST) {
			put(o, s->escape ? LP_SPAN("/>") : LP_SPAN(">"));
			start_text(s, s->secret != LP_SECRET_NO || s->escape);
		} else {
			start_text(s, true);
		}
		s->escape = false;
		s->state = X_TEXT;
		*in = lp_span_from(*in, 1);
		return;
	}
}

/* --- CBOR (RFC 8949) -------------------------------------------------------------------------- */

static bool c_hidden(const struct lp_scrub *s)
{
	return s->secret != LP_SECRET_NO || (s->at.cbor[s->depth].flags & HIDE_LIST);
}

/* One item is complete: so may be what holds it. */
static void c_done(struct lp_scrub *s)
{
	for (;;) {
		uint8_t *flags = &s->at.cbor[s->depth].flags;

		s->secret = s->depth && (*flags & IS_MAP) && (*flags & IN_NAME) ? s->secret
										: LP_SECRET_NO;
		if (!s->depth) {
			s->state = DONE;
			return;
		}
		if (*flags & IS_MAP) {
			*flags ^= IN_NAME;
			if (!(*flags & IN_NAME))
				return;
		}
		if ((*flags & UNBOUNDED) || --s->at.cbor[s->depth].left)
			return;
		if (s->tree == s->depth)
			s->tree = 0;
		s->depth--;
	}
}

static void c_open(struct lp_scrub *s, uint8_t flags, uint64_t left)
{
	uint8_t outer = s->at.cbor[s->depth].flags;

	if (!(flags & UNBOUNDED) && !left) {
		c_done(s);
		return;
	}
	if (s->depth == LP_SCRUB_CBOR_DEPTH || left > UINT32_MAX) {
		end(s);
		return;
	}
	flags |= flags & PIECES ? outer & HIDE_LIST : flags_below(s, outer, flags & IS_MAP);
	s->depth++;
	s->at.cbor[s->depth].left = (uint32_t)left;
	s->at.cbor[s->depth].flags = flags;
	if (s->secret == LP_SECRET_TREE && !s->tree && !(flags & PIECES))
		s->tree = s->depth;
	if (!(flags & PIECES))
		s->secret = LP_SECRET_NO;
}

static bool c_in_name(const struct lp_scrub *s)
{
	uint8_t flags = s->at.cbor[s->depth].flags;

	return (flags & IS_MAP) && (flags & IN_NAME);
}

/* A byte or text string, or a chunk of one: kept as it is, or an empty one in its place. */
static void c_string(struct lp_scrub *s, unsigned major, uint64_t len, struct lp_span head,
		     struct out *o)
{
	bool name = c_in_name(s);

	if (name && (major != 3 || len > LP_FIELD_MAX)) {
		end(s);
		return;
	}
	s->hide = !name && (major == 2 || len > LP_FIELD_MAX || c_hidden(s));
	put(o, !s->hide ? head : major == 2 ? LP_SPAN("\x40") : LP_SPAN("\x60"));
	start_name(s);
	s->left = len;
	s->state = C_STRING;
}

static void c_break(struct lp_scrub *s, struct lp_span head, struct out *o)
{
	uint8_t flags = s->at.cbor[s->depth].flags;

	if (!s->depth || !(flags & UNBOUNDED) || ((flags & IS_MAP) && !(flags & IN_NAME))) {
		end(s);
		return;
	}
	put(o, head);
	if (s->tree == s->depth)
		s->tree = 0;
	s->depth--;
	c_done(s);
}

static void c_item(struct lp_scrub *s, struct lp_span head, struct out *o)
{
	unsigned first = (unsigned char)head.ptr[0], major = first >> 5, info = first & 31;
	bool unbounded = info == 31;
	uint64_t arg = info;

	if (info >= 24 && !unbounded) {
		arg = 0;
		for (size_t i = 1; i < head.len; i++)
			arg = arg << 8 | (unsigned char)head.ptr[i];
	}
	if (unbounded && major == 7) {
		c_break(s, head, o);
		return;
	}
	/* The outermost item is a map; names are text; of a string's chunks each is a string. */
	if ((!s->depth && major != 5) || (c_in_name(s) && (major != 3 || unbounded)) ||
	    ((s->at.cbor[s->depth].flags & PIECES) && (unbounded || (major != 2 && major != 3))) ||
	    (unbounded && (major < 2 || major == 6))) {
		end(s);
		return;
	}
	switch (major) {
	case 2:
	case 3:
		if (unbounded) {
			put(o, head);
			c_open(s, UNBOUNDED | PIECES, 0);
		} else {
			c_string(s, major, arg, head, o);
		}
		return;
	case 4:
	case 5:
		if (s->secret == LP_SECRET_TREE)
			put(o, major == 4 ? LP_SPAN("\x80") : LP_SPAN("\xa0"));
		else
			put(o, head);
		c_open(s,
		       (uint8_t)((major == 5 ? IS_MAP | IN_NAME : 0) | (unbounded ? UNBOUNDED : 0)),
		       arg);
		return;
	case 6:
		put(o, head);
		return;
	default:					      /* numbers */
		put(o, c_hidden(s) ? LP_SPAN("\xf6") : head); /* null */
		c_done(s);
		return;
	}
}

/* Bytes of a head by its first, 0 for none that exists (RFC 8949 section 3). */
static size_t c_head_len(char first)
{
	unsigned info = (unsigned char)first & 31;

	if (info < 24 || info == 31)
		return 1;
	return info < 28 ? 1 + ((size_t)1 << (info - 24)) : 0;
}

static void c_head(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	size_t len = c_head_len(s->word ? s->head[0] : in->ptr[0]), n;
	struct lp_span head;

	if (!len) {
		end(s);
		return;
	}
	n = len - s->word < in->len ? len - s->word : in->len;
	head = lp_span_first(*in, n);
	if (s->word || n < len) {
		memcpy(s->head + s->word, in->ptr, n);
		s->word += (uint8_t)n;
		head = lp_span_of(s->head, s->word);
	}
	*in = lp_span_from(*in, n);
	if (head.len < len)
		return;
	o->full = head.ptr == s->head;
	s->word = 0;
	c_item(s, head, o);
}

static void c_pass_string(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	size_t n = s->left < in->len ? (size_t)s->left : in->len;

	if (c_in_name(s))
		add_name(s, lp_span_first(*in, n));
	pass(in, n, s->hide ? NULL : o);
	s->left -= n;
	if (s->left)
		return;
	s->state = C_HEAD;
	if (s->at.cbor[s->depth].flags & PIECES)
		return;
	if (c_in_name(s))
		s->secret = (uint8_t)secret_of_name(s, s->at.cbor[s->depth].flags);
	c_done(s);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void choose(struct lp_scrub *s, enum lp_body_kind kind)
{
	static const uint8_t first[] = {
		[LP_BODY_NONE] = ENDED,	 [LP_BODY_JSON] = J_START, [LP_BODY_XML] = X_TEXT,
		[LP_BODY_CBOR] = C_HEAD, [LP_BODY_FORM] = F_NAME,  [LP_BODY_OTHER] = SNIFF,
	};

	s->kind = (uint8_t)kind;
	s->state = first[kind];
}

LP_HOT void lp_scrub_init(struct lp_scrub *s, enum lp_body_kind kind)
{
	s->depth = s->tree = s->word = s->name_len = 0;
	s->secret = LP_SECRET_NO;
	s->escape = s->name_bad = false;
	s->text_len = 0;
	s->left = 0;
	s->root = NULL;
	memset(&s->at, 0, sizeof(s->at.cbor[0]));
	s->hide = true; /* XML: before the first tag */
	choose(s, kind);
}

void lp_scrub_root(struct lp_scrub *s, const char *name)
{
	s->root = name;
}

/* Blanks before the outermost object; anything else but '{' is not a request of the API. */
static void j_start(struct lp_scrub *s, struct lp_span *in)
{
	enum lp_body_kind kind = lp_body_sniff(lp_span_first(*in, 1));

	if (kind == LP_BODY_OTHER)
		pass(in, 1, NULL);
	else if (kind == LP_BODY_JSON)
		s->state = J_BETWEEN;
	else
		end(s);
}

static void step(struct lp_scrub *s, struct lp_span *in, struct out *o)
{
	enum lp_body_kind kind;

	o->mute = s->tree != 0;
	switch ((enum state)s->state) {
	case SNIFF:
	case SNIFF_ON:
		kind = s->state == SNIFF ? lp_body_sniff_request(*in) : lp_body_sniff(*in);
		if (kind == LP_BODY_OTHER) {
			s->state = SNIFF_ON;
			*in = lp_span_from(*in, in->len);
		} else {
			choose(s, kind);
		}
		return;
	case DONE:
	case ENDED:
		*in = lp_span_from(*in, in->len);
		return;
	case J_START:
		j_start(s, in);
		return;
	case J_BETWEEN:
		j_between(s, in, o);
		return;
	case J_NAME:
	case J_TEXT:
		j_string(s, in, o);
		return;
	case J_WORD:
		j_word(s, in, o);
		return;
	case J_NUMBER:
		j_number(s, in, o);
		return;
	case F_NAME:
		f_name(s, in, o);
		return;
	case F_VALUE:
		f_value(s, in, o);
		return;
	case X_TEXT:
	case X_OPEN:
	case X_NAME:
	case X_REST:
	case X_SPECIAL:
	case X_CLOSE:
		x_step(s, in, o);
		return;
	case C_HEAD:
		c_head(s, in, o);
		return;
	case C_STRING:
		c_pass_string(s, in, o);
		return;
	}
}

LP_HOT unsigned lp_scrub_next(struct lp_scrub *s, struct lp_span *in, struct lp_span *parts,
			      unsigned max)
{
	struct out o = {.parts = parts, .max = max};

	/* A string of no bytes is complete without any. */
	while ((in->len || (s->state == C_STRING && !s->left)) && !o.full && o.n + ROOM < max)
		step(s, in, &o);
	return o.n;
}

bool lp_scrub_ended(const struct lp_scrub *s)
{
	return s->state == ENDED;
}
