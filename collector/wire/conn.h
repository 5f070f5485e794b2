/* SPDX-License-Identifier: MIT */
#ifndef LP_CONN_H
#define LP_CONN_H

/*
 * One client connection, bytes in, message parts out: frames HTTP/1.1 and HTTP/2 in both
 * directions, decides which requests go to AWS, redacts, and emits the events of lp_event.h. The
 * same code runs inside traced programs (the shim) and in the collector (probe, capture files): no
 * malloc, no locks, no libc state, no system call; time and memory per byte are bounded.
 *
 * The two directions may be fed by two different threads at once, each direction by one thread at
 * a time; a response may even be fed before its request was. All other calls want the connection
 * to themselves.
 *
 * What counts as AWS: a SigV4, SigV4A or S3 SigV2 signature in a header or the query, an AWS host
 * name, or an instance/container metadata endpoint. A connection whose first bytes are not an HTTP
 * request is ignored from then on (lp_conn_ignored). Until a connection carries a request to AWS,
 * both directions cost the framing of their messages, and of a body a count for each read: a signed
 * request may come later on the same kept-alive connection, or right behind one that has no answer
 * yet, and which answer is its own is known from those before it. HTTP/2 is known by its preface
 * (after ALPN, prior knowledge or an upgrade from HTTP/1.1); both directions are then followed from
 * the start, because every head may refer to earlier ones. A connection that was joined later gives
 * what can be read without these, and LP_LOST_HTTP2 where that is not enough.
 *
 * Request bodies are let through as far as they name resources: never where the API's member is
 * the user's data (opaque.h), never texts behind the names of secret.h (scrub.h).
 */

#include <stdatomic.h>

#include "http1.h"
#include "lp_compiler.h"
#include "lp_event.h"
#include "repeat.h"
#include "scrub.h"
#include "sigv4.h"

struct lp_conn;
struct lp_streams;

#define LP_SERVER_MAX 128 /* of a server's name, for LP_EV_LOST */

struct lp_conn_memory;

/* What the embedding program lends. All are called from the feeding thread. */
struct lp_conn_host {
	/*
	 * A buffer of LP_HEAD_MAX bytes for a head or response body that came in pieces; NULL when
	 * there is none to spare. A split head is then lost (LP_LOST_NO_MEMORY); a response is
	 * reported without its fields.
	 */
	char *(*hold)(void *ctx);
	void (*release)(void *ctx, char *buf);
	/* One event; the payload is the parts joined. All is borrowed for the call. */
	void (*emit)(void *ctx, const struct lp_conn *c, enum lp_event_type type, uint32_t seq,
		     const struct lp_span *parts, unsigned n_parts);
	/*
	 * Where time counts: memory for the connection, of which it is known now that it goes to
	 * AWS by HTTP/1, as long as it lasts. It may return NULL, and be it.
	 */
	struct lp_conn_memory *(*memory)(void *ctx, const struct lp_conn *c);
};

/* A request whose response is still to come. */
struct lp_conn_pending {
	uint32_t seq;
	uint8_t flags;
};

/* A request body on its way out. */
struct lp_body_out {
	struct lp_scrub scrub;
	uint64_t kept; /* bytes of the body let through */
	uint64_t cap;  /* and how many at most */
	uint64_t seen; /* bytes of the body that they stand for */
};

/* An answer that is being read. */
struct lp_answer {
	struct lp_conn_pending req;
	uint8_t kind; /* enum lp_body_kind */
	char *kept;   /* redacted head, then body so far */
	uint32_t head_len;
	uint32_t body_len;
};

/* What a request comes to, once its head was read. */
struct lp_request_plan {
	struct lp_http1_body body;
	uint8_t flags;	/* enum lp_request_flags */
	uint8_t opaque; /* enum lp_opaque */
	uint8_t kind;	/* enum lp_body_kind: of its body, as far as it may be read */
};

/* The same of an answer. */
struct lp_answer_plan {
	struct lp_http1_body body;
	uint8_t flags; /* of its request */
	uint8_t kind;  /* enum lp_body_kind; none: its body is of no use */
};

/* The last messages of a connection, so that the next that are like them need not be read. Members
 * are private. */
struct lp_conn_memory {
	struct lp_request_plan request;
	struct lp_repeat out, body; /* its head, and what follows such a head */
	/* What else its target was judged by (lp_opaque_of), of the known head. */
	struct lp_sig sig;
	struct lp_span host, method, target;
	bool s3_control;
	struct lp_answer_plan answer;
	struct lp_repeat in;
	char out_text[2048], body_text[512], in_text[1024]; /* a head with its session token */
};

/* Embed by value; members other than ctx, id and flags are private. */
struct lp_conn {
	const struct lp_conn_host *host;
	void *ctx;
	uint64_t id;
	uint16_t flags; /* enum lp_event_flags */

	_Atomic uint8_t phase;
	_Atomic bool active; /* a request to AWS was seen: responses are followed */
	_Atomic bool deaf;   /* responses are no longer followed */
	_Atomic bool emitted;
	/* Where the current message ends was not seen (skips within chunks): so it may be the next
	 * one already. */
	_Atomic bool adrift_out, adrift_in;
	_Atomic bool stale; /* what came in so far may answer requests that were not seen */

	/* Written before `active` is set and not after. */
	uint8_t server_len;
	char server[LP_SERVER_MAX];

	/* Requests in flight: pushed by the writing thread, taken by the reading one. */
	_Atomic uint32_t pushed;
	_Atomic uint32_t taken;
	struct lp_conn_pending pending[LP_PENDING_MAX];

	_Atomic(struct lp_streams *)
		streams; /* HTTP/2: in a lent buffer; set by the writing thread */

	/* Or NULL; set before `active` is, each half is used by the thread of its direction. */
	struct lp_conn_memory *memory;

	struct lp_conn_out {
		struct lp_http1 http;
		struct lp_body_out body;
		uint32_t seq; /* of the next message */
		bool ends;    /* the current message is reported, but for its end */
		bool expects; /* it may wait for 100 Continue */
		bool lost;    /* framing is lost: wait for a start */
		bool tunnel;  /* a proxy was asked to connect: the next bytes say to what */
	} out;

	struct lp_conn_in {
		struct lp_http1 http;
		struct lp_answer answer;
		bool synced;   /* a response was recognised */
		bool upgraded; /* HTTP/2 follows the answer to the request of `answer` */
		char *early;   /* bytes that came before their request */
		uint32_t early_len;
	} in;
};

void lp_conn_init(struct lp_conn *c, const struct lp_conn_host *host, void *ctx, uint64_t id,
		  uint16_t flags);

/*
 * Before anything is fed: the server's name where it is known otherwise (SNI), so that a
 * connection that cannot be read (HTTP/2) is reported where it goes to AWS. Copied, cut.
 */
void lp_conn_set_server(struct lp_conn *c, struct lp_span name);

/* Bytes that the client sent and the transport accepted; and bytes that it received. */
void lp_conn_out(struct lp_conn *c, const char *buf, size_t len);
void lp_conn_in(struct lp_conn *c, const char *buf, size_t len);

/*
 * `len` bytes went by unseen (sendfile, a large body that the probe did not copy): resynchronises
 * where framing allows, after a chunked message with the next one in turn; else emits LP_EV_LOST.
 */
void lp_conn_skip_out(struct lp_conn *c, uint64_t len);
void lp_conn_skip_in(struct lp_conn *c, uint64_t len);

/* At most `most` bytes went by, and nothing behind the message that was begun. */
void lp_conn_skip_most_out(struct lp_conn *c, uint64_t most);

/*
 * True when nothing that comes in is wanted until more goes out: it need not be fed before. Of an
 * answer's body that nobody looks at `least` bytes must be left, and all of them count as skipped
 * then.
 */
LP_MUST_USE bool lp_conn_rest_in(struct lp_conn *c, uint64_t least);

/* True when all that was asked, by HTTP/1, has its whole answer: nothing more comes in before. */
LP_MUST_USE bool lp_conn_answered(const struct lp_conn *c);

/* The same of HTTP/2 when it is known that what comes next starts a frame, and that nothing but
 * (parts of) DATA frames, and frames that say nothing of requests, went by. */
void lp_conn_skip_frames_out(struct lp_conn *c, uint64_t len);
void lp_conn_skip_frames_in(struct lp_conn *c, uint64_t len);

/* Finishes what can be finished (a response framed by the end of the connection), emits
 * LP_EV_CLOSE if anything was emitted before, gives buffers back. May be called twice. */
void lp_conn_close(struct lp_conn *c);

/* True when this connection will never emit anything more: the embedder may stop feeding it (and
 * closes it as usual). */
bool lp_conn_ignored(const struct lp_conn *c);

/* True when that is so because what came last is no HTTP, through a tunnel that a proxy made: what
 * else it may be, it begins with these bytes. */
bool lp_conn_tunnelled(const struct lp_conn *c);

/* True when it has emitted nothing so far. */
bool lp_conn_silent(const struct lp_conn *c);

#endif
