/* SPDX-License-Identifier: MIT */
#include "http1.h"

#include <errno.h>

/* RFC 9110 section 5.6.2: characters of a token (methods, field names). A look for each, as heads
 * hold hundreds. */
/* clang-format off */
#define T(c) [(c)] = true
static const bool token[256] = {
	T('!'), T('#'), T('$'), T('%'), T('&'), T('\''), T('*'), T('+'), T('-'), T('.'),
	T('^'), T('_'), T('`'), T('|'), T('~'),
	T('0'), T('1'), T('2'), T('3'), T('4'), T('5'), T('6'), T('7'), T('8'), T('9'),
	T('A'), T('B'), T('C'), T('D'), T('E'), T('F'), T('G'), T('H'), T('I'), T('J'), T('K'),
	T('L'), T('M'),
	T('N'), T('O'), T('P'), T('Q'), T('R'), T('S'), T('T'), T('U'), T('V'), T('W'), T('X'),
	T('Y'), T('Z'),
	T('a'), T('b'), T('c'), T('d'), T('e'), T('f'), T('g'), T('h'), T('i'), T('j'), T('k'),
	T('l'), T('m'),
	T('n'), T('o'), T('p'), T('q'), T('r'), T('s'), T('t'), T('u'), T('v'), T('w'), T('x'),
	T('y'), T('z'),
};
#undef T
/* clang-format on */

static bool is_token(char c)
{
	return token[(unsigned char)c];
}

bool lp_http1_is_token(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_token(s.ptr[i]))
			return false;
	return s.len > 0;
}

/* --- heads ------------------------------------------------------------------------------------ */

size_t lp_http1_head_len(struct lp_span s, size_t from)
{
	/* The line end before an empty line may have come with the earlier bytes. */
	size_t i = from > 3 ? from - 3 : 0;

	while (i < s.len) {
		const char *nl = memchr(s.ptr + i, '\n', s.len - i);

		if (!nl)
			return 0;
		i = (size_t)(nl - s.ptr) + 1;
		if (i < s.len && s.ptr[i] == '\n')
			return i + 1;
		if (s.len - i >= 2 && s.ptr[i] == '\r' && s.ptr[i + 1] == '\n')
			return i + 2;
	}
	return 0;
}

/* Next line of `*rest`, line end included in `line`, left out of the result. */
LP_HOT static struct lp_span next_line(struct lp_span *rest, struct lp_span *line)
{
	struct lp_span text = lp_span_first(*rest, lp_span_find(*rest, '\n'));
	size_t whole = text.len + (text.len < rest->len);

	*line = lp_span_of(text.ptr, whole);
	*rest = lp_span_of(text.ptr + whole, rest->len - whole);
	if (LP_LIKELY(text.len && text.ptr[text.len - 1] == '\r'))
		text.len--;
	return text;
}

#define VERSION_LEN 8 /* "HTTP/1.1" */

static bool version(struct lp_span s, unsigned *minor)
{
	if (s.len != VERSION_LEN || memcmp(s.ptr, "HTTP/1.", 7) != 0 || s.ptr[7] < '0' ||
	    s.ptr[7] > '9')
		return false;
	*minor = (unsigned)(s.ptr[7] - '0');
	return true;
}

/* Spaces inside the target are tolerated: the version is what follows the last one. */
static int request_line(struct lp_span line, struct lp_http1_head *out)
{
	size_t sp = lp_span_find(line, ' ');
	size_t end = line.len < VERSION_LEN ? 0 : line.len - VERSION_LEN;

	out->method = lp_span_first(line, sp);
	if (LP_UNLIKELY(end <= sp + 1 || line.ptr[end - 1] != ' ' ||
			!version(lp_span_from(line, end), &out->minor) ||
			!lp_http1_is_token(out->method)))
		return -EBADMSG;
	out->target = lp_span_trim(lp_span_of(line.ptr + sp + 1, end - 1 - sp - 1));
	for (size_t i = 0; i < out->target.len; i++)
		if (LP_UNLIKELY((unsigned char)out->target.ptr[i] < 0x20 ||
				out->target.ptr[i] == 0x7f))
			return -EBADMSG;
	return out->target.len ? 0 : -EBADMSG;
}

static int status_line(struct lp_span line, struct lp_http1_head *out)
{
	if (LP_UNLIKELY(line.len < 12 || line.ptr[VERSION_LEN] != ' ' ||
			(line.len > 12 && line.ptr[12] != ' ') ||
			!version(lp_span_first(line, VERSION_LEN), &out->minor)))
		return -EBADMSG;
	out->status = 0;
	for (unsigned i = 9; i < 12; i++) {
		if (LP_UNLIKELY(line.ptr[i] < '0' || line.ptr[i] > '9'))
			return -EBADMSG;
		out->status = out->status * 10 + (line.ptr[i] - '0');
	}
	return out->status >= 100 ? 0 : -EBADMSG;
}

/*
 * One line of a head, not empty. `*last`: the field of the line before, where that was one; those
 * that are of no use share the place `other`.
 */
static int header_line(struct lp_span text, struct lp_span line, struct lp_http1_head *out,
		       struct lp_http1_header **last, struct lp_http1_header *other)
{
	struct lp_http1_header *h = *last;
	struct lp_header_rule rule;
	size_t n = 0;

	if (LP_UNLIKELY(text.ptr[0] == ' ' ||
			text.ptr[0] == '\t')) { /* obs-fold: more of the last value */
		if (!h)
			return -EBADMSG;
		h->line_len = (uint16_t)(h->line_len + line.len);
		return 0;
	}
	*last = NULL;
	while (n < text.len && is_token(text.ptr[n]))
		n++;
	if (LP_UNLIKELY(!n || n == text.len || text.ptr[n] != ':'))
		return out->response ? 0 : -EBADMSG;
	rule = lp_header_rule(lp_span_first(text, n));
	if (lp_header_unused(rule))
		h = other;
	else if (LP_LIKELY(out->n_headers < LP_HTTP1_HEADERS_MAX))
		h = &out->headers[out->n_headers++];
	else
		return -E2BIG;
	/* None overflows: a head has LP_HEAD_MAX bytes at most, some of them its first line's. */
	*h = (struct lp_http1_header){
		.at = (uint16_t)(text.ptr - out->text),
		.name_len = (uint16_t)n,
		.line_len = (uint16_t)line.len,
		.id = rule.id,
		.keep = rule.keep,
	};
	*last = h;
	return 0;
}

/* `*len`: of the head, where no error was found; 0: its empty line has no end yet. */
LP_HOT static int parse(struct lp_span s, bool response, struct lp_http1_head *out, size_t *len)
{
	const char *start = s.ptr;
	struct lp_http1_header *last = NULL, other;
	struct lp_span line, text;
	int err;

	*len = 0;
	if (s.len > LP_HEAD_MAX)
		return -E2BIG;
	text = next_line(&s, &line);
	out->response = response;
	out->text = start;
	out->start = line;
	out->method = out->target = lp_span_of(NULL, 0);
	out->status = 0;
	out->n_headers = 0;
	err = response ? status_line(text, out) : request_line(text, out);
	while (LP_LIKELY(!err)) {
		text = next_line(&s, &line);
		if (LP_UNLIKELY(!text.len)) {
			if (line.len && line.ptr[line.len - 1] == '\n')
				*len = (size_t)(line.ptr + line.len - start);
			return line.len ? 0 : -EBADMSG;
		}
		err = header_line(text, line, out, &last, &other);
	}
	return err;
}

int lp_http1_parse(struct lp_span s, bool response, struct lp_http1_head *out)
{
	size_t len;

	return parse(s, response, out, &len);
}

struct lp_span lp_http1_absolute(struct lp_span target, struct lp_span *host)
{
	struct lp_span rest;
	size_t at;

	rest = lp_span_from(target, lp_span_find(target, ':'));
	if (!lp_span_starts(rest, LP_SPAN("://")))
		return target;
	rest = lp_span_from(rest, 3);
	at = lp_span_find(lp_span_first(rest, lp_span_find(rest, '?')), '/');
	*host = lp_span_first(rest, at);
	rest = lp_span_from(rest, at);
	at = lp_span_find(*host, '@');
	if (at < host->len)
		*host = lp_span_from(*host, at + 1);
	return rest.len ? rest : LP_SPAN("/");
}

const struct lp_http1_header *lp_http1_find_id(const struct lp_http1_head *h, enum lp_header_id id)
{
	for (unsigned i = 0; i < h->n_headers; i++)
		if (h->headers[i].id == id)
			return &h->headers[i];
	return NULL;
}

LP_HOT int lp_http1_starts(struct lp_span s, bool response)
{
	static const struct {
		struct lp_span text;
		int verdict;
	} requests[] = {
		{{"GET ", 4}, 1},     {{"POST ", 5}, 1},
		{{"PUT ", 4}, 1},     {{"HEAD ", 5}, 1},
		{{"DELETE ", 7}, 1},  {{"PATCH ", 6}, 1},
		{{"OPTIONS ", 8}, 1}, {{"CONNECT ", 8}, 1},
		{{"TRACE ", 6}, 1},   {{"PRI * HTTP/2.0\r\n", 16}, -EPROTO},
	};
	const struct lp_span answer = LP_SPAN("HTTP/1.");
	bool maybe;

	if (response)
		return LP_LIKELY(lp_span_starts(s, answer)) ? 1
		       : lp_span_starts(answer, s)	    ? 0
							    : -EBADMSG;
	/* RFC 9112 section 2.2: an empty line may precede a request. */
	while (LP_UNLIKELY(s.len && (s.ptr[0] == '\r' || s.ptr[0] == '\n')))
		s = lp_span_from(s, 1);
	maybe = s.len == 0;
	for (size_t i = 0; i < LP_ARRAY_LEN(requests); i++) {
		struct lp_span text = requests[i].text;

		if (lp_span_starts(s, text))
			return requests[i].verdict;
		maybe = maybe || lp_span_starts(text, s);
	}
	return maybe ? 0 : -EBADMSG;
}

/* --- bodies ----------------------------------------------------------------------------------- */

enum coding {
	CODING_NONE, /* "identity", which RFC 7230 took out and some still send */
	CODING_CHUNKED,
	CODING_OTHER,
};

/* The last of a list of transfer codings decides: chunked ends itself, nothing else does. */
static enum coding last_coding(struct lp_span v)
{
	size_t comma = v.len;
	struct lp_span last;

	while (comma && v.ptr[comma - 1] != ',')
		comma--;
	last = lp_span_trim(lp_span_from(v, comma));
	if (lp_span_caseeq(last, LP_SPAN("chunked")))
		return CODING_CHUNKED;
	return !comma && lp_span_caseeq(last, LP_SPAN("identity")) ? CODING_NONE : CODING_OTHER;
}

int lp_http1_length(struct lp_span v, uint64_t *out)
{
	uint64_t n = 0;

	if (!v.len)
		return -EBADMSG;
	for (size_t i = 0; i < v.len; i++) {
		if (LP_UNLIKELY(v.ptr[i] < '0' || v.ptr[i] > '9' ||
				n > (uint64_t)INT64_MAX / 10 - 1))
			return -EBADMSG;
		n = n * 10 + (uint64_t)(v.ptr[i] - '0');
	}
	*out = n;
	return 0;
}

/* Also a list of which all members are equal (RFC 9110 section 8.6). */
static int content_length(struct lp_span v, uint64_t *out)
{
	bool first = true;
	uint64_t next = 0;

	if (LP_LIKELY(!lp_http1_length(v, out)))
		return 0;
	for (;;) {
		size_t comma = lp_span_find(v, ',');

		if (lp_http1_length(lp_span_trim(lp_span_first(v, comma)), &next) ||
		    (!first && next != *out))
			return -EBADMSG;
		*out = next;
		first = false;
		if (comma >= v.len)
			return 0;
		v = lp_span_from(v, comma + 1);
	}
}

LP_HOT int lp_http1_framing(const struct lp_http1_head *h, bool to_head, struct lp_http1_body *out)
{
	enum coding coding = CODING_NONE;
	bool have_length = false;
	uint64_t length = 0, other = 0;

	*out = (struct lp_http1_body){.framing = LP_FRAME_NONE};
	if (h->response &&
	    LP_UNLIKELY(h->status < 200 || h->status == 204 || h->status == 304 || to_head)) {
		if (h->status == 101)
			out->framing = LP_FRAME_SWITCH;
		else if (h->status < 200)
			out->framing = LP_FRAME_INTERIM;
		return 0;
	}
	if (LP_UNLIKELY(!h->response && lp_span_eq(h->method, LP_SPAN("CONNECT")))) {
		out->framing = LP_FRAME_SWITCH;
		return 0;
	}
	for (unsigned i = 0; i < h->n_headers; i++) {
		const struct lp_http1_header *f = &h->headers[i];

		if (LP_UNLIKELY(f->id == LP_HDR_TRANSFER_ENCODING)) {
			coding = last_coding(lp_http1_value(h, f));
		} else if (f->id == LP_HDR_CONTENT_LENGTH) {
			if (LP_UNLIKELY(content_length(lp_http1_value(h, f), &other) ||
					(have_length && other != length)))
				return -EBADMSG;
			have_length = true;
			length = other;
		}
	}
	if (LP_UNLIKELY(coding == CODING_CHUNKED)) {
		out->framing = LP_FRAME_CHUNKED;
	} else if (LP_UNLIKELY(coding == CODING_OTHER)) {
		if (!h->response)
			return -EBADMSG;
		out->framing = LP_FRAME_CLOSE;
	} else if (have_length) {
		out->framing = length ? LP_FRAME_LENGTH : LP_FRAME_NONE;
		out->length = length;
	} else if (h->response) {
		out->framing = LP_FRAME_CLOSE;
	}
	return 0;
}

/* --- a stream of messages --------------------------------------------------------------------- */

enum state {
	START = 0, /* between messages; lp_http1_idle */
	HEAD,	   /* gathering a split head */
	BEGIN,	   /* a head was given out; lp_http1_begin is due */
	BODY,	   /* Content-Length, or until close */
	SIZE,	   /* digits of a chunk size */
	EXTENSION, /* rest of a chunk-size line */
	CHUNK,
	CHUNK_END, /* the line end after a chunk */
	TRAILER,
	END,   /* complete, not yet said */
	ENDED, /* nothing more is read */
};

#define UNTIL_CLOSE UINT64_MAX

void lp_http1_init(struct lp_http1 *p, bool response)
{
	*p = (struct lp_http1){.state = START, .response = response};
}

static int end_stream(struct lp_http1 *p, int err)
{
	p->state = ENDED;
	return err;
}

/* At the start of a message, with bytes: gives the head out where it lies, or asks for a buffer. */
static int next_start(struct lp_http1 *p, struct lp_span *in, struct lp_http1_head *head)
{
	struct lp_span s = *in;
	int starts, err;
	size_t len;

	/* RFC 9112 section 2.2: an empty line may precede a message. */
	while (LP_UNLIKELY(s.len && (s.ptr[0] == '\r' || s.ptr[0] == '\n')))
		s = lp_span_from(s, 1);
	*in = s;
	if (LP_UNLIKELY(!s.len))
		return LP_HTTP1_MORE;
	starts = lp_http1_starts(s, p->response);
	p->held_len = 0;
	if (LP_UNLIKELY(starts < 0))
		return end_stream(p, starts);
	/* Nearly always it is whole, and then walked through once. */
	err = parse(lp_span_first(s, LP_HEAD_MAX), p->response, head, &len);
	if (LP_LIKELY(len)) {
		*in = lp_span_from(s, len);
		p->state = BEGIN;
		return LP_HTTP1_HEAD;
	}
	/* What is wrong with a head counts once all of it is there. */
	if (err && lp_http1_head_len(lp_span_first(s, LP_HEAD_MAX), 0))
		return end_stream(p, err);
	if (s.len >= LP_HEAD_MAX)
		return end_stream(p, -E2BIG);
	p->sure = false;
	p->state = HEAD;
	return LP_HTTP1_HOLD;
}

/* Appends to the lent buffer until it holds a head. */
static int next_gathered(struct lp_http1 *p, struct lp_span *in, struct lp_http1_head *head)
{
	uint32_t before = p->held_len;
	int starts, err;
	size_t take, len;

	if (!p->held)
		return end_stream(p, -EBADMSG);
	if (!in->len)
		return LP_HTTP1_MORE;
	take = LP_HEAD_MAX - before < in->len ? LP_HEAD_MAX - before : in->len;
	memcpy(p->held + before, in->ptr, take);
	p->held_len += (uint32_t)take;
	if (!p->sure) {
		starts = lp_http1_starts(lp_span_of(p->held, p->held_len), p->response);
		if (starts < 0) {
			p->held_len = before;
			return end_stream(p, starts);
		}
		p->sure = starts > 0;
	}
	len = lp_http1_head_len(lp_span_of(p->held, p->held_len), before);
	if (len) {
		*in = lp_span_from(*in, len - before);
		p->state = BEGIN;
		err = lp_http1_parse(lp_span_of(p->held, len), p->response, head);
		return err ? end_stream(p, err) : LP_HTTP1_HEAD;
	}
	*in = lp_span_from(*in, take);
	return p->held_len == LP_HEAD_MAX ? end_stream(p, -E2BIG) : LP_HTTP1_MORE;
}

/* Passes body or chunk bytes on to `then` when the run is complete. True: *out is to be given out.
 */
static bool pass_data(struct lp_http1 *p, struct lp_span *in, struct lp_span *out, enum state then)
{
	size_t n = p->left < in->len ? (size_t)p->left : in->len;

	*out = lp_span_first(*in, p->want < n ? (size_t)p->want : n);
	p->want -= out->len;
	p->body_len += n;
	if (p->left != UNTIL_CLOSE)
		p->left -= n;
	*in = lp_span_from(*in, n);
	if (!p->left) {
		p->line_len = 0;
		p->state = (uint8_t)then;
	}
	return out->len > 0;
}

static int pass_size(struct lp_http1 *p, struct lp_span *in)
{
	while (in->len) {
		int d = lp_hex_digit(in->ptr[0]);

		if (d < 0) {
			p->state = EXTENSION;
			return p->line_len ? 0 : -EBADMSG;
		}
		if (p->left > (uint64_t)INT64_MAX >> 4 || p->line_len == LP_HEAD_MAX)
			return -EBADMSG;
		p->left = p->left << 4 | (uint64_t)d;
		p->line_len++;
		*in = lp_span_from(*in, 1);
	}
	return 0;
}

/* Passes over the rest of a line; >0 when its end was seen, <0 when it is too long. */
static int pass_line(struct lp_http1 *p, struct lp_span *in)
{
	size_t nl = lp_span_find(*in, '\n');
	bool found = nl < in->len;

	if (nl > LP_HEAD_MAX - p->line_len)
		return -EBADMSG;
	p->line_len += (uint32_t)nl;
	*in = lp_span_from(*in, nl + 1);
	return found;
}

static int pass_extension(struct lp_http1 *p, struct lp_span *in)
{
	int done = pass_line(p, in);

	if (done > 0) {
		p->line_len = 0;
		p->state = p->left ? CHUNK : TRAILER;
	}
	return done < 0 ? done : 0;
}

/* The line end after a chunk: CR LF or LF; nothing else. */
static int pass_chunk_end(struct lp_http1 *p, struct lp_span *in)
{
	char c = in->ptr[0];

	if (c == '\n') {
		p->line_len = 0;
		p->left = 0;
		p->state = SIZE;
	} else if (c != '\r' || p->line_len++) {
		return -EBADMSG;
	}
	*in = lp_span_from(*in, 1);
	return 0;
}

/* Trailer lines up to an empty one. A line of one CR is empty; its parts may come apart. */
static int pass_trailer(struct lp_http1 *p, struct lp_span *in)
{
	int done;

	if (!p->line_len)
		p->line_cr = in->ptr[0] == '\r';
	done = pass_line(p, in);
	if (done > 0) {
		if (!p->line_len || (p->line_len == 1 && p->line_cr))
			p->state = END;
		p->line_len = 0;
	}
	return done < 0 ? done : 0;
}

LP_HOT int lp_http1_next(struct lp_http1 *p, struct lp_span *in, struct lp_http1_head *head,
			 struct lp_span *out)
{
	int err = 0;

	for (;;) {
		if (p->state == START)
			return in->len ? next_start(p, in, head) : LP_HTTP1_MORE;
		if (p->state == END) {
			p->state = START;
			return LP_HTTP1_END;
		}
		switch ((enum state)p->state) {
		case ENDED:
			return -EPIPE;
		case BEGIN:
			return end_stream(p, -EBADMSG);
		case HEAD:
			return next_gathered(p, in, head);
		default:
			break;
		}
		if (!in->len)
			return LP_HTTP1_MORE;
		switch ((enum state)p->state) {
		case BODY:
			if (pass_data(p, in, out, END))
				return LP_HTTP1_BODY;
			break;
		case CHUNK:
			if (pass_data(p, in, out, CHUNK_END))
				return LP_HTTP1_BODY;
			break;
		case SIZE:
			err = pass_size(p, in);
			break;
		case EXTENSION:
			err = pass_extension(p, in);
			break;
		case CHUNK_END:
			err = pass_chunk_end(p, in);
			break;
		case TRAILER:
			err = pass_trailer(p, in);
			break;
		default:
			break;
		}
		if (err)
			return end_stream(p, err);
	}
}

LP_HOT void lp_http1_begin(struct lp_http1 *p, const struct lp_http1_body *body)
{
	p->body_len = 0;
	p->want = body->want;
	p->line_len = 0;
	p->left = 0;
	switch (body->framing) {
	case LP_FRAME_NONE:
		p->state = END;
		break;
	case LP_FRAME_LENGTH:
		p->left = body->length;
		p->state = p->left ? BODY : END;
		break;
	case LP_FRAME_CHUNKED:
		p->state = SIZE;
		break;
	case LP_FRAME_CLOSE:
		p->left = UNTIL_CLOSE;
		p->state = BODY;
		break;
	case LP_FRAME_INTERIM:
		p->state = START;
		break;
	case LP_FRAME_SWITCH:
		p->state = ENDED;
		break;
	}
}

void lp_http1_lend(struct lp_http1 *p, char *buf)
{
	p->held = buf;
}

char *lp_http1_take_back(struct lp_http1 *p)
{
	char *buf = p->held;

	if (p->state == HEAD || p->state == BEGIN)
		return NULL;
	p->held = NULL;
	return buf;
}

int lp_http1_skip(struct lp_http1 *p, uint64_t len)
{
	if (!len)
		return 0;
	if ((p->state != BODY && p->state != CHUNK) || p->left < len) {
		bool chunked = p->state >= SIZE && p->state <= TRAILER;

		p->body_len += chunked ? len : 0; /* as good a guess as any */
		return end_stream(p, chunked ? -ESPIPE : -EBADMSG);
	}
	/* What was missed would have been the next wanted bytes: nothing after it fits on. */
	p->want = 0;
	p->body_len += len;
	if (p->left != UNTIL_CLOSE)
		p->left -= len;
	if (!p->left) {
		p->line_len = 0;
		p->state = p->state == BODY ? END : CHUNK_END;
	}
	return 0;
}

uint64_t lp_http1_skip_within(const struct lp_http1 *p, uint64_t most)
{
	switch ((enum state)p->state) {
	case START:
	case END:
		return 0;
	case BODY:
		return p->left < most ? p->left : most;
	case CHUNK:
		return p->left < most ? most : p->left + 1;
	default:
		return most;
	}
}

bool lp_http1_finish(struct lp_http1 *p)
{
	bool complete = p->state == END || (p->state == BODY && p->left == UNTIL_CLOSE);

	p->state = ENDED;
	return complete;
}

size_t lp_http1_held(const struct lp_http1 *p)
{
	return p->held_len;
}

uint64_t lp_http1_unwanted(const struct lp_http1 *p)
{
	return p->state == BODY && !p->want ? p->left : 0;
}

bool lp_http1_no_body_yet(const struct lp_http1 *p)
{
	return !p->body_len && (p->state == BODY || (p->state == SIZE && !p->line_len));
}

LP_HOT bool lp_http1_ends(const struct lp_http1 *p)
{
	return p->state == END;
}

void lp_http1_restart(struct lp_http1 *p)
{
	p->state = START;
}
