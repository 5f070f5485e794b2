/* SPDX-License-Identifier: MIT */
#include "flows.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "aws_host.h"
#include "handshake.h"
#include "hello.h"
#include "http2.h"
#include "links.h"
#include "names.h"

#define BUCKETS	     4096u /* a power of two */
#define HELLO_MAX    (16 * 1024 + 4)
#define RECORD_MAX   (16 * 1024 + 256)
#define DNS_PORT     53
#define CLIENT_HELLO 1		/* RFC 8446 section 4 */
#define WINDOW_MAX   (1u << 30) /* further ahead is no part of the connection */
/* Captures on several processors may show a segment after its acknowledgement, but not for long. */
#define LATE_ACKS 32
#define LATE_NS	  1000000000u

enum kind {
	UNKNOWN,
	PLAIN,	/* HTTP in the clear */
	HELLO,	/* TLS whose ClientHello is being gathered */
	CIPHER, /* TLS after it, with keys */
	SEALED, /* TLS to AWS without: whether anything is said on it */
	IGNORED,
};

/* Bytes that a waiting segment counts as at least: queues stay short and are searched fast. */
#define SEGMENT_COST 1024u

/* Bytes that came before earlier ones, in order. */
struct segment {
	struct segment *next;
	uint32_t seq, len, missing;
	char bytes[];
};

struct side {
	bool known;
	uint32_t first; /* sequence number of its first byte, or where it was joined */
	uint32_t next;	/* the one that comes next */
	uint32_t acked; /* what the other side has: all before this */
	struct segment *queue;
	size_t queued;
	unsigned acks;	     /* that say that what is missing before the queue arrived */
	uint64_t acks_since; /* when the first of these came */
	bool fin;
	uint32_t fin_seq;
};

struct flow {
	struct flow *chain;
	struct flow *older, *newer; /* by the last packet */
	uint8_t addr[2][16];
	uint16_t port[2];
	struct side side[2];
	uint8_t kind; /* enum kind */
	uint8_t client;
	bool from_start; /* its SYN was seen */
	bool tunnel;	 /* a proxy was asked for one: what comes through it starts anew */
	struct lp_link *link;
	void *tls;   /* what decrypts it, NULL: nothing */
	uint8_t why; /* enum lp_reached_why, when nothing does */
	bool spoke;  /* its client sent data, or may have */
	bool reset;  /* one side gave it up */
	struct lp_handshake sent;
	char server[LP_SERVER_MAX];
	struct lp_flows *all;
	char *hello; /* records of the ClientHello so far, as one */
	uint32_t hello_len;
	uint32_t record_left; /* of the record that its bytes are in */
	uint8_t head[5], n_head;
};

struct lp_flows {
	struct lp_assemble *assemble;
	const struct lp_decrypt *decrypt; /* NULL: none */
	struct lp_links links;
	struct lp_link *list;
	struct lp_process process; /* all of the capture */
	uint16_t csm_port;
	uint64_t serial, seed, time_ns;
	bool in_gap; /* what is missing was counted */
	size_t n, queued;
	struct flow *buckets[BUCKETS];
	struct flow *oldest, *newest;
	struct lp_names names;
	struct lp_flows_stats stats;
};

int lp_flows_new(struct lp_flows **out, struct lp_assemble *assemble, uint16_t csm_port)
{
	struct lp_flows *f = calloc(1, sizeof(*f));

	*out = f;
	if (!f)
		return -ENOMEM;
	f->assemble = f->links.assemble = assemble;
	f->process.source = LP_SOURCE_PCAP;
	f->csm_port = csm_port;
	/* So that nobody outside can choose connections that meet in one bucket. */
	if (getrandom(&f->seed, sizeof(f->seed), GRND_NONBLOCK) != (ssize_t)sizeof(f->seed))
		f->seed = 0;
	f->names.seed = f->seed;
	return 0;
}

void lp_flows_decrypt(struct lp_flows *f, const struct lp_decrypt *decrypt)
{
	f->decrypt = decrypt;
}

/* --- connections ------------------------------------------------------------------------------ */

static size_t cost_of(const struct segment *q)
{
	return q->len > SEGMENT_COST ? q->len : SEGMENT_COST;
}

static void drop_queue(struct lp_flows *f, struct side *s)
{
	struct segment *q;

	while ((q = s->queue)) {
		s->queue = q->next;
		f->queued -= cost_of(q);
		free(q);
	}
	s->queued = 0;
}

static void end_tls(struct lp_flows *f, struct flow *w)
{
	if (w->tls)
		f->decrypt->end(w->tls);
	w->tls = NULL;
}

static void ignore(struct lp_flows *f, struct flow *w)
{
	end_tls(f, w);
	if (w->link)
		lp_links_free(&f->links, &f->list, w->link);
	w->link = NULL;
	free(w->hello);
	w->hello = NULL;
	w->kind = IGNORED;
	drop_queue(f, &w->side[0]);
	drop_queue(f, &w->side[1]);
}

/* A TLS connection that nobody reads, unless its SDK names what is called: with AWS that is said.
 */
static void unread(struct lp_flows *f, struct flow *w)
{
	struct lp_event ev = {
		.time_ns = f->time_ns,
		.seq = w->why,
		.type = LP_EV_REACHED,
		.flags = LP_EVF_TLS,
		.payload = lp_span_str(w->server),
	};

	if (lp_host_kind_of(ev.payload) == LP_HOST_AWS)
		lp_assemble_event(f->assemble, &f->process, &ev);
	ignore(f, w);
}

/* There is no key, or no use for it any more. Where its client sends nothing, nothing was missed.
 */
static void seal(struct lp_flows *f, struct flow *w, enum lp_reached_why why)
{
	end_tls(f, w);
	w->why = (uint8_t)why;
	w->kind = SEALED;
	if (w->spoke)
		unread(f, w);
	else if (lp_host_kind_of(lp_span_str(w->server)) != LP_HOST_AWS)
		ignore(f, w);
}

static void end_hello(struct lp_flows *f, struct flow *w, struct lp_span host)
{
	if (!host.len)
		host = lp_names_of(&f->names, w->addr[!w->client]);
	host = lp_span_first(host, sizeof(w->server) - 1);
	if (host.len)
		memcpy(w->server, host.ptr, host.len);
	free(w->hello);
	w->hello = NULL;
	w->kind = CIPHER;
	if (!w->tls)
		seal(f, w, w->why);
}

/*
 * The ClientHello, which may lie in several segments and records: gathered as one record, of which
 * the name is read as soon as it is there.
 */
static void on_hello(struct lp_flows *f, struct flow *w, struct lp_span in)
{
	while (in.len && w->kind == HELLO) {
		struct lp_span part, host;

		if (!w->record_left) {
			w->head[w->n_head++] = (uint8_t)in.ptr[0];
			in = lp_span_from(in, 1);
			if (w->n_head < sizeof(w->head))
				continue;
			w->n_head = 0;
			w->record_left = (uint32_t)w->head[3] << 8 | w->head[4];
			if (w->head[0] != LP_TLS_HANDSHAKE || !w->record_left ||
			    w->record_left > RECORD_MAX) {
				end_hello(f, w, lp_span_of(NULL, 0));
				return;
			}
			continue;
		}
		part = lp_span_first(in, w->record_left);
		if (part.len > HELLO_MAX - w->hello_len)
			part.len = HELLO_MAX - w->hello_len;
		if (!part.len) {
			end_hello(f, w, lp_span_of(NULL, 0));
			return;
		}
		memcpy(w->hello + 5 + w->hello_len, part.ptr, part.len);
		w->hello_len += (uint32_t)part.len;
		w->record_left -= (uint32_t)part.len;
		in = lp_span_from(in, part.len);
		w->hello[3] = (char)(w->hello_len >> 8);
		w->hello[4] = (char)w->hello_len;
		host = lp_hello_server(lp_span_of(w->hello, w->hello_len + 5));
		if (host.len || (w->hello_len >= 4 &&
				 w->hello_len - 4 >= ((uint32_t)(uint8_t)w->hello[5 + 1] << 16 |
						      (uint32_t)(uint8_t)w->hello[5 + 2] << 8 |
						      (uint8_t)w->hello[5 + 3])))
			end_hello(f, w, host);
	}
}

static bool begin_hello(struct lp_flows *f, struct flow *w)
{
	static const char head[5] = {LP_TLS_HANDSHAKE, 3, 1};

	w->hello = malloc(sizeof(head) + HELLO_MAX);
	if (!w->hello)
		return false;
	memcpy(w->hello, head, sizeof(head));
	w->hello_len = w->record_left = w->n_head = 0;
	w->kind = HELLO;
	w->all = f;
	w->tls = f->decrypt ? f->decrypt->begin(f->decrypt->ctx) : NULL;
	w->why = LP_REACHED_NO_KEY;
	return true;
}

/* The start of TLS; where what came before was not seen, only what a ClientHello starts with. */
static bool starts_tls(const struct flow *w, struct lp_span in)
{
	return in.len >= 3 && in.ptr[0] == LP_TLS_HANDSHAKE && in.ptr[1] == 3 &&
	       (w->from_start || (in.len > 5 && in.ptr[5] == CLIENT_HELLO));
}

/* The first bytes say what it is, and who the client. */
static void recognise(struct lp_flows *f, struct flow *w, unsigned dir, struct lp_span in)
{
	bool request = lp_http1_starts(in, false) != -EBADMSG;

	if (lp_span_starts(in, LP_SPAN("CONNECT "))) {
		/* What the proxy answers is of no interest. */
		w->tunnel = true;
		w->from_start = false;
	} else if (starts_tls(w, in)) {
		w->client = (uint8_t)dir;
		if (!begin_hello(f, w))
			ignore(f, w);
	} else if (request || (!w->tunnel && lp_http1_starts(in, true) >= 0) ||
		   lp_http2_starts(in) > 0) {
		if (!w->from_start || request)
			w->client = (uint8_t)(request ? dir : !dir);
		w->link = lp_links_new(&f->links, &f->process, &f->list, ++f->serial, LP_EVF_TLS);
		w->kind = PLAIN;
		if (w->link)
			w->link->conn.flags = 0;
		else
			ignore(f, w);
	} else if (w->from_start) {
		ignore(f, w);
	}
}

/* Plaintext of a TLS connection. */
static void on_plain(void *ctx, bool out, struct lp_span bytes, uint64_t missing)
{
	struct flow *w = ctx;
	struct lp_flows *f = w->all;

	if (!w->link) {
		w->link = lp_links_new(&f->links, &f->process, &f->list, ++f->serial, LP_EVF_TLS);
		if (!w->link)
			return;
		lp_conn_set_server(&w->link->conn, lp_span_str(w->server));
		f->stats.decrypted++;
	}
	if (missing && !f->in_gap) {
		f->stats.gaps++;
		f->stats.gap_bytes += missing;
	}
	if (missing)
		(out ? lp_conn_skip_out : lp_conn_skip_in)(&w->link->conn, missing);
	if (bytes.len)
		(out ? lp_conn_out : lp_conn_in)(&w->link->conn, bytes.ptr, bytes.len);
}

/* The next bytes of a TLS connection, or, without, so many that are missing. */
static void on_cipher(struct lp_flows *f, struct flow *w, bool out, struct lp_span in,
		      uint32_t lost)
{
	int err;

	f->in_gap = lost > 0;
	err = lost ? f->decrypt->gap(w->tls, out, lost, on_plain, w)
		   : f->decrypt->feed(w->tls, out, in, on_plain, w);
	f->in_gap = false;
	if (err) {
		enum lp_reached_why why = err == -ENOKEY    ? LP_REACHED_NO_KEY
					  : err == -ENOTSUP ? LP_REACHED_SUITE
							    : LP_REACHED_BROKEN;

		w->why = (uint8_t)why;
		if (w->kind == HELLO)
			end_tls(f, w); /* its server is still worth knowing */
		else
			seal(f, w, why);
	} else if (w->link && lp_conn_ignored(&w->link->conn)) {
		ignore(f, w);
	}
}

/* The next bytes of one direction. */
static void deliver(struct lp_flows *f, struct flow *w, unsigned dir, struct lp_span in)
{
	if (!in.len)
		return;
	if (w->kind == UNKNOWN)
		recognise(f, w, dir, in);
	if (dir == w->client && (w->kind == HELLO || w->kind == CIPHER || w->kind == SEALED))
		w->spoke |= lp_handshake_sent(&w->sent, in);
	if (w->kind == HELLO && dir == w->client)
		on_hello(f, w, in);
	if (w->kind == SEALED && w->spoke)
		unread(f, w);
	if (w->tls) {
		on_cipher(f, w, dir == w->client, in, 0);
	} else if (w->kind == PLAIN) {
		(dir == w->client ? lp_conn_out : lp_conn_in)(&w->link->conn, in.ptr, in.len);
		if (lp_conn_ignored(&w->link->conn))
			ignore(f, w);
	}
}

/* Bytes of one direction that the capture does not have. */
static void gap(struct lp_flows *f, struct flow *w, unsigned dir, uint32_t len)
{
	if (!len || w->kind == IGNORED)
		return;
	if (w->kind != UNKNOWN || w->from_start) {
		f->stats.gaps++;
		f->stats.gap_bytes += len;
	}
	w->spoke |= dir == w->client; /* for all that is known */
	if (w->kind == HELLO && dir == w->client) {
		end_tls(f, w);
		end_hello(f, w, lp_span_of(NULL, 0));
	} else if (w->kind == SEALED) {
		if (w->spoke)
			unread(f, w);
	} else if (w->tls) {
		on_cipher(f, w, dir == w->client, lp_span_of(NULL, 0), len);
	} else if (w->kind == PLAIN)
		(dir == w->client ? lp_conn_skip_out : lp_conn_skip_in)(&w->link->conn, len);
	else
		w->from_start = false; /* look for a start at each segment */
}

/* `seq` is where `in` begins; what went by already is left out. */
static void advance(struct lp_flows *f, struct flow *w, unsigned dir, uint32_t seq,
		    struct lp_span in, uint32_t missing)
{
	struct side *s = &w->side[dir];
	uint32_t old = s->next - seq;

	if (old >= in.len + missing)
		return;
	s->next = seq + (uint32_t)in.len + missing;
	s->acks = 0;
	if (old > in.len) {
		missing -= old - (uint32_t)in.len;
		old = (uint32_t)in.len;
	}
	deliver(f, w, dir, lp_span_from(in, old));
	gap(f, w, dir, missing);
}

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* What follows on now; `force`: over one gap first. */
static void drain(struct lp_flows *f, struct flow *w, unsigned dir, bool force)
{
	struct side *s = &w->side[dir];
	struct segment *q;

	while ((q = s->queue) && (force || !before(s->next, q->seq))) {
		if (before(s->next, q->seq)) {
			uint32_t len = q->seq - s->next;

			s->next = q->seq;
			gap(f, w, dir, len);
			force = false;
			if (s->queue != q)
				return; /* it is of no interest any more */
		}
		s->queue = q->next;
		s->queued -= cost_of(q);
		f->queued -= cost_of(q);
		advance(f, w, dir, q->seq, lp_span_of(q->bytes, q->len), q->missing);
		free(q);
	}
}

static void enqueue(struct lp_flows *f, struct flow *w, unsigned dir, uint32_t seq,
		    struct lp_span in, uint32_t missing)
{
	struct side *s = &w->side[dir];
	struct segment **at = &s->queue, *q;

	while (*at && before((*at)->seq, seq))
		at = &(*at)->next;
	if (*at && (*at)->seq == seq && (*at)->len >= in.len)
		return; /* once more */
	q = malloc(sizeof(*q) + in.len);
	if (!q)
		return;
	*q = (struct segment){.next = *at, .seq = seq, .len = (uint32_t)in.len, .missing = missing};
	if (in.len)
		memcpy(q->bytes, in.ptr, in.len);
	*at = q;
	s->queued += cost_of(q);
	f->queued += cost_of(q);
	while (s->queue && (s->queued > LP_FLOW_QUEUE_MAX || f->queued > LP_FLOWS_QUEUE_MAX))
		drain(f, w, dir, true);
}

/* --- the table -------------------------------------------------------------------------------- */

static void unlink_age(struct lp_flows *f, struct flow *w)
{
	if (w == f->oldest)
		f->oldest = w->newer;
	else
		w->older->newer = w->newer;
	if (w == f->newest)
		f->newest = w->older;
	else
		w->newer->older = w->older;
}

static void link_newest(struct lp_flows *f, struct flow *w)
{
	w->older = f->newest;
	w->newer = NULL;
	*(f->newest ? &f->newest->newer : &f->oldest) = w;
	f->newest = w;
}

static struct flow **bucket_of(struct lp_flows *f, const uint8_t *a, uint16_t ap, const uint8_t *b,
			       uint16_t bp)
{
	/* The same for both directions. */
	uint64_t one = lp_flow_hash(lp_flow_hash(f->seed, a, 16), &ap, 2);
	uint64_t two = lp_flow_hash(lp_flow_hash(f->seed, b, 16), &bp, 2);

	return &f->buckets[(one + two) % BUCKETS];
}

/* What was sent after all that came: its end tells, or that the other side has it. */
static void end_side(struct lp_flows *f, struct flow *w, unsigned dir)
{
	struct side *s = &w->side[dir];
	uint32_t end = s->fin ? s->fin_seq : s->acked;

	while (s->queue)
		drain(f, w, dir, true);
	/* A FIN counts as one too, and may be what is missing. */
	if (s->known && before(s->next + !s->fin, end) && end - s->next < WINDOW_MAX)
		gap(f, w, dir, end - s->next);
}

static bool ended(const struct flow *w)
{
	const struct side *s = &w->side[w->client];

	return w->reset || (s->fin && s->next == s->fin_seq);
}

/* All that waits, over whatever is missing, and the end. */
static void close_flow(struct lp_flows *f, struct flow *w)
{
	struct flow **at = bucket_of(f, w->addr[0], w->port[0], w->addr[1], w->port[1]);

	end_side(f, w, w->client);
	end_side(f, w, !w->client);
	if (w->kind == HELLO)
		end_hello(f, w, lp_span_of(NULL, 0));
	/* Of a connection whose end was not captured its client may have said more. */
	if (w->kind == SEALED || (w->kind == CIPHER && !w->link)) {
		if (w->kind == CIPHER)
			w->why = LP_REACHED_BROKEN;
		if (w->spoke || !ended(w))
			unread(f, w);
	}
	ignore(f, w);
	while (*at != w)
		at = &(*at)->chain;
	*at = w->chain;
	unlink_age(f, w);
	f->n--;
	free(w);
}

static int side_of(const struct flow *w, const struct lp_packet *p)
{
	for (unsigned d = 0; d < 2; d++)
		if (w->port[d] == p->sport && w->port[!d] == p->dport &&
		    !memcmp(w->addr[d], p->src, 16) && !memcmp(w->addr[!d], p->dst, 16))
			return (int)d;
	return -1;
}

static struct flow *find(struct lp_flows *f, const struct lp_packet *p, unsigned *dir)
{
	struct flow *w = *bucket_of(f, p->src, p->sport, p->dst, p->dport);
	int d = -1;

	while (w && (d = side_of(w, p)) < 0)
		w = w->chain;
	*dir = d > 0;
	return w;
}

static struct flow *new_flow(struct lp_flows *f, const struct lp_packet *p)
{
	struct flow **at = bucket_of(f, p->src, p->sport, p->dst, p->dport), *w;

	if (f->n == LP_FLOWS_MAX) {
		f->stats.no_room += f->oldest->kind != IGNORED;
		close_flow(f, f->oldest);
	}
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	memcpy(w->addr[0], p->src, 16);
	memcpy(w->addr[1], p->dst, 16);
	w->port[0] = p->sport;
	w->port[1] = p->dport;
	w->chain = *at;
	*at = w;
	link_newest(f, w);
	f->n++;
	return w;
}

static bool side_over(const struct side *s)
{
	return s->fin && !before(s->next, s->fin_seq);
}

/* The other side has what the capture does not: after a while that is not waited for any longer. */
static void on_missed(struct lp_flows *f, struct flow *w, unsigned dir)
{
	struct side *s = &w->side[dir];

	if (!s->acks++)
		s->acks_since = f->time_ns;
	if (s->acks < LATE_ACKS && f->time_ns - s->acks_since < LATE_NS)
		return;
	s->acks = 0;
	drain(f, w, dir, true);
}

static void on_segment(struct lp_flows *f, const struct lp_packet *p)
{
	bool syn = p->flags & LP_TCP_SYN;
	uint32_t seq = p->seq + syn;
	struct side *s, *o;
	unsigned dir;
	struct flow *w = find(f, p, &dir);

	/* The same pair of ports again: another connection, but for a SYN that is late or repeated.
	 */
	if (w && syn && w->side[dir].known && w->side[dir].first != seq) {
		close_flow(f, w);
		w = NULL;
	}
	if (!w) {
		if (p->flags & LP_TCP_RST || (p->flags & LP_TCP_FIN && !p->payload.len) ||
		    !(w = new_flow(f, p)))
			return;
		dir = 0;
	}
	unlink_age(f, w);
	link_newest(f, w);
	s = &w->side[dir];
	o = &w->side[!dir];
	if (syn && w->kind == UNKNOWN) {
		w->from_start = true;
		w->client = (uint8_t)(p->flags & LP_TCP_ACK ? !dir : dir);
	}
	if (!s->known) {
		s->known = true;
		s->first = s->next = s->acked = seq;
	}
	if (p->flags & LP_TCP_FIN && !s->fin) {
		s->fin = true;
		s->fin_seq = seq + (uint32_t)p->payload.len + p->missing;
	}
	if (w->kind == IGNORED) {
		if (!before(seq + (uint32_t)p->payload.len, s->next))
			s->next = seq + (uint32_t)p->payload.len + p->missing;
	} else if (!before(s->next, seq)) {
		advance(f, w, dir, seq, p->payload, p->missing);
		drain(f, w, dir, false);
	} else if (seq - s->next < WINDOW_MAX && (p->payload.len || p->missing)) {
		enqueue(f, w, dir, seq, p->payload, p->missing);
	}
	if (p->flags & LP_TCP_ACK && o->known && before(o->acked, p->ack))
		o->acked = p->ack;
	if (p->flags & LP_TCP_ACK && o->queue && before(o->next, p->ack) &&
	    !before(p->ack, o->queue->seq))
		on_missed(f, w, !dir);
	w->reset |= (p->flags & LP_TCP_RST) != 0;
	if (w->reset && dir == w->client && before(s->next, seq) && seq - s->next < WINDOW_MAX)
		w->spoke = true; /* of which the capture has nothing */
	if (p->flags & LP_TCP_RST || (side_over(s) && side_over(o)))
		close_flow(f, w);
}

/* --- the whole -------------------------------------------------------------------------------- */

void lp_flows_packet(struct lp_flows *f, const struct lp_packet *p, uint64_t time_ns)
{
	f->time_ns = f->links.time_ns = time_ns;
	f->stats.packets++;
	if (p->proto == LP_PROTO_TCP) {
		on_segment(f, p);
	} else if (p->dport == f->csm_port && !p->missing) {
		f->stats.datagrams++;
		lp_assemble_csm(f->assemble, &f->process, p->payload, time_ns);
	} else if (p->sport == DNS_PORT && !p->missing) {
		lp_names_answer(&f->names, p->payload);
	}
}

void lp_flows_finish(struct lp_flows *f)
{
	while (f->oldest)
		close_flow(f, f->oldest);
	lp_links_close(&f->links, &f->list);
	lp_assemble_gone(f->assemble, &f->process);
}

const struct lp_flows_stats *lp_flows_stats(const struct lp_flows *f)
{
	return &f->stats;
}

void lp_flows_free(struct lp_flows *f)
{
	if (!f)
		return;
	lp_flows_finish(f);
	free(f);
}
