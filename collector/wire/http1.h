/* SPDX-License-Identifier: MIT */
#ifndef LP_HTTP1_H
#define LP_HTTP1_H

/*
 * HTTP/1.1 message framing (RFC 9112) of one direction of a connection, for bytes that come in
 * pieces of any size. A head that lies whole in the caller's bytes is used where it is; only a
 * split one is gathered, in a buffer that the caller lends. Body bytes that nobody wants are
 * counted, not touched, so a gigabyte costs per piece and not per byte. No malloc, no locks, no
 * libc state, no callbacks: the caller pulls.
 */

#include <stdint.h>

#include "headers.h"
#include "lp_compiler.h"
#include "lp_limits.h"
#include "lp_span.h"

/* --- heads ------------------------------------------------------------------------------------ */

/*
 * Fields of one head that are of use: known by name (headers.h), or kept. More are -E2BIG; of
 * others there may be any number (S3 takes hundreds of a user's own), and the parsed head leaves
 * them out.
 */
#define LP_HTTP1_HEADERS_MAX 128

/* Where its line stands, in few bytes: a head is on the stack of whoever writes it. */
struct lp_http1_header {
	uint16_t at;	   /* of the name, in `text` */
	uint16_t name_len; /* a colon follows */
	uint16_t line_len; /* from the name to behind the line end, for copying as sent */
	uint8_t id;	   /* enum lp_header_id */
	uint8_t keep;	   /* enum lp_header_keep */
};

/* A parsed head. Spans borrow from the bytes that were parsed. */
struct lp_http1_head {
	bool response;
	struct lp_span start;  /* its first line with its end; empty in HTTP/2 */
	struct lp_span method; /* request */
	struct lp_span target; /* request: as sent, whatever its form */
	int status;	       /* response: 100 .. 999 */
	unsigned minor;	       /* HTTP/1.minor */
	const char *text;      /* what `headers` count from; at most LP_HEAD_MAX bytes */
	unsigned n_headers;
	struct lp_http1_header headers[LP_HTTP1_HEADERS_MAX];
};

/* As sent. */
static inline struct lp_span lp_http1_name(const struct lp_http1_head *h,
					   const struct lp_http1_header *f)
{
	return lp_span_of(h->text + f->at, f->name_len);
}

/* The same with value and line end. */
static inline struct lp_span lp_http1_line(const struct lp_http1_head *h,
					   const struct lp_http1_header *f)
{
	return lp_span_of(h->text + f->at, f->line_len);
}

/* Trimmed; the line ends of an obs-fold stay inside. */
static inline struct lp_span lp_http1_value(const struct lp_http1_head *h,
					    const struct lp_http1_header *f)
{
	struct lp_span s = lp_span_from(lp_http1_line(h, f), f->name_len + 1u);

	while (s.len && (s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r' ||
			 s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return lp_span_trim(s);
}

/*
 * Length of the head that `s` starts with, its empty line included; 0: more bytes are needed.
 * `from` is where an earlier call with fewer bytes may go on: its s.len, or 0.
 */
size_t lp_http1_head_len(struct lp_span s, size_t from);

/*
 * Parses a head that lies whole in `s` (its empty line included), LP_HEAD_MAX bytes at most; what
 * follows it is not looked at. Line ends are CR LF or LF. 0, -EBADMSG, -E2BIG. Lines of a response
 * that are no fields are passed over, such lines in a request make it -EBADMSG.
 */
LP_MUST_USE int lp_http1_parse(struct lp_span s, bool response, struct lp_http1_head *out);

/* A token (RFC 9110 section 5.6.2), as methods and field names are; not empty. */
bool lp_http1_is_token(struct lp_span s);

struct lp_span lp_http1_absolute(struct lp_span target, struct lp_span *host);

/*
 * Path and query of a request's target. Of the absolute form, "http://host/path" as sent to a
 * proxy, *host is set, which ranks above the field Host (RFC 9112 section 3.2.2); else it is left
 * alone.
 */
static inline struct lp_span lp_http1_origin(struct lp_span target, struct lp_span *host)
{
	if (LP_LIKELY(!target.len || target.ptr[0] == '/'))
		return target;
	return lp_http1_absolute(target, host);
}

/* The first header of that id, or NULL. */
const struct lp_http1_header *lp_http1_find_id(const struct lp_http1_head *h, enum lp_header_id id);

/*
 * Could an HTTP/1 message start with these bytes? >0 yes: a method in use and a space, or
 * "HTTP/1."; 0 too few bytes to say, or a request's empty lines only; -EPROTO the preface of HTTP/2
 * (RFC 9113 section 3.4); -EBADMSG anything else.
 */
LP_MUST_USE int lp_http1_starts(struct lp_span s, bool response);

/* --- bodies ----------------------------------------------------------------------------------- */

enum lp_http1_framing {
	LP_FRAME_NONE, /* no body */
	LP_FRAME_LENGTH,
	LP_FRAME_CHUNKED,
	LP_FRAME_CLOSE,	  /* until the connection ends (responses) */
	LP_FRAME_SWITCH,  /* CONNECT or 101: HTTP ends here, or begins anew in a tunnel */
	LP_FRAME_INTERIM, /* 1xx: the real response is still to come */
};

struct lp_http1_body {
	enum lp_http1_framing framing;
	uint64_t length; /* for LP_FRAME_LENGTH */
	uint64_t want;	 /* how many of the first body bytes to report as LP_HTTP1_BODY */
};

/* Decimal digits only; -EBADMSG on anything else or more than about 2^63. */
LP_MUST_USE int lp_http1_length(struct lp_span v, uint64_t *out);

/*
 * How the body of `h` is framed (RFC 9112 section 6.3; chunked outranks Content-Length). `to_head`:
 * a response to HEAD. out->want is set to 0. -EBADMSG: a length or coding that cannot be followed.
 */
LP_MUST_USE int lp_http1_framing(const struct lp_http1_head *h, bool to_head,
				 struct lp_http1_body *out);

/* --- a stream of messages --------------------------------------------------------------------- */

/* Embed by value; members are private. */
struct lp_http1 {
	uint8_t state;
	bool response;
	bool sure;	   /* what was gathered starts as it must */
	bool line_cr;	   /* the trailer line starts with a CR */
	uint32_t line_len; /* of a chunk-size or trailer line so far */
	uint32_t held_len;
	uint64_t left; /* bytes of body or chunk still to pass */
	uint64_t want;
	uint64_t body_len;
	char *held; /* lent; LP_HEAD_MAX bytes */
};

enum lp_http1_what {
	LP_HTTP1_MORE = 0, /* everything was taken */
	LP_HTTP1_HEAD,	   /* *head is parsed; lp_http1_begin must be the next call */
	LP_HTTP1_BODY,	   /* *out is the next of the wanted body bytes, coding removed */
	LP_HTTP1_END,	   /* the message is complete */
	LP_HTTP1_HOLD,	   /* a head came in pieces: lp_http1_lend, then go on */
};

void lp_http1_init(struct lp_http1 *p, bool response);

/*
 * Goes on to the next thing in `*in`, which is moved past what was taken. >=0 enum lp_http1_what;
 * -EBADMSG a message must start and does not, or its head or framing is broken; -EPROTO an HTTP/2
 * preface; -E2BIG a head over LP_HEAD_MAX or of too many fields; -EPIPE the stream has ended. After
 * an error it has. *head and *out borrow from *in or from the lent buffer, until the next call.
 */
LP_MUST_USE int lp_http1_next(struct lp_http1 *p, struct lp_span *in, struct lp_http1_head *head,
			      struct lp_span *out);

/* After LP_HTTP1_HEAD, or between messages by who knows the head without it and left it out of the
 * input. LP_FRAME_SWITCH ends the stream. */
void lp_http1_begin(struct lp_http1 *p, const struct lp_http1_body *body);

/* After LP_HTTP1_HOLD: LP_HEAD_MAX bytes. */
void lp_http1_lend(struct lp_http1 *p, char *buf);

char *lp_http1_take_back(struct lp_http1 *p);

/* The lent buffer when it is no longer needed (a head was begun, the stream ended), else NULL. */
static inline char *lp_http1_reclaim(struct lp_http1 *p)
{
	return LP_UNLIKELY(p->held) ? lp_http1_take_back(p) : NULL;
}

/*
 * `len` bytes went by unseen. 0 when they lay inside one body or chunk; -ESPIPE when the message is
 * chunked and may end among them or anywhere after them; else -EBADMSG. After an error the stream
 * has ended.
 */
LP_MUST_USE int lp_http1_skip(struct lp_http1 *p, uint64_t len);

/*
 * How much to skip where at most `most` bytes went by, none of them behind the message: a chunk's
 * end may be among them, so that is left behind for sure.
 */
uint64_t lp_http1_skip_within(const struct lp_http1 *p, uint64_t most);

/* Nothing more will come. True when that completes a message (LP_FRAME_CLOSE). */
bool lp_http1_finish(struct lp_http1 *p);

/* After -EPROTO: how many bytes of the preface had come before the last input. */
size_t lp_http1_held(const struct lp_http1 *p);

/* True between messages: nothing of a next one was seen. */
static inline bool lp_http1_idle(const struct lp_http1 *p)
{
	return p->state == 0; /* START */
}

/* True inside a message none of whose body was seen yet. */
bool lp_http1_no_body_yet(const struct lp_http1 *p);

/* Bytes that are left of a body none of which is wanted any more, UINT64_MAX: all there will be. 0
 * where that is not so, or the end is not known beforehand. */
uint64_t lp_http1_unwanted(const struct lp_http1 *p);

/* Bytes of the current or last message's body, transfer coding removed. */
static inline uint64_t lp_http1_body_len(const struct lp_http1 *p)
{
	return p->body_len;
}

/* True when all of a message was given out but its end, which is next. */
bool lp_http1_ends(const struct lp_http1 *p);

/* Forgets the current message: the next bytes start a new one. */
void lp_http1_restart(struct lp_http1 *p);

#endif
