/* SPDX-License-Identifier: MIT */
#include "flows_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

/* Captures on several processors may show a segment after its acknowledgement, but not for long. */
#define LATE_ACKS 32
#define LATE_NS	  1000000000u

/* Bytes that a waiting segment counts as at least: queues stay short and are searched fast. */
#define SEGMENT_COST 1024u

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

static size_t cost_of(const struct lp_segment *q)
{
	return q->len > SEGMENT_COST ? q->len : SEGMENT_COST;
}

static void drop_queue(struct lp_flows *f, struct lp_side *s)
{
	struct lp_segment *q;

	while ((q = s->queue)) {
		s->queue = q->next;
		f->queued -= cost_of(q);
		free(q);
	}
	s->queued = 0;
}

void lp_flow_drop_queues(struct lp_flows *f, struct lp_flow *w)
{
	drop_queue(f, &w->side[0]);
	drop_queue(f, &w->side[1]);
}

/* `seq` is where `in` begins; what went by already is left out. */
static void advance(struct lp_flows *f, struct lp_flow *w, unsigned dir, uint32_t seq,
		    struct lp_span in, uint32_t missing)
{
	struct lp_side *s = &w->side[dir];
	uint32_t old = s->next - seq;

	if (old >= in.len + missing)
		return;
	s->next = seq + (uint32_t)in.len + missing;
	s->acks = 0;
	if (old > in.len) {
		missing -= old - (uint32_t)in.len;
		old = (uint32_t)in.len;
	}
	lp_flow_bytes(f, w, dir, lp_span_from(in, old));
	lp_flow_gap(f, w, dir, missing);
}

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* So many bytes of one side, that whoever acknowledges `ack` had, were not captured. */
static uint32_t unseen(const struct lp_side *s, uint32_t ack)
{
	uint32_t end = s->next + (s->fin && s->next == s->fin_seq);

	return s->known && before(end, ack) && ack - end < LP_FLOW_WINDOW ? ack - end : 0;
}

/*
 * What follows on now, and what that of the other side which it was said after; `force`: over the
 * first thing that is waited for. True when there was any.
 */
static bool drain(struct lp_flows *f, struct lp_flow *w, unsigned dir, bool force)
{
	struct lp_side *s = &w->side[dir];
	struct lp_segment *q;
	bool any = false;

	while ((q = s->queue)) {
		if (before(s->next, q->seq)) {
			uint32_t len = q->seq - s->next;

			if (!force)
				return any;
			force = false;
			any = true;
			s->next = q->seq;
			lp_flow_gap(f, w, dir, len);
			continue;
		}
		if (!force && unseen(&w->side[!dir], q->ack))
			return any;
		force = false;
		any = true;
		s->queue = q->next;
		s->queued -= cost_of(q);
		f->queued -= cost_of(q);
		advance(f, w, dir, q->seq, lp_span_of(q->bytes, q->len), q->missing);
		free(q);
	}
	return any;
}

/* Its next bytes are there, and wait for the other side's. */
static bool held(const struct lp_side *s)
{
	return s->queue && !before(s->next, s->queue->seq);
}

/* Both directions, as far as they go. */
static void settle(struct lp_flows *f, struct lp_flow *w)
{
	bool more = true;

	while (more) {
		more = drain(f, w, w->client, false);
		more |= drain(f, w, !w->client, false);
		/* Each waits for the other where something was lost and sent once more. */
		if (!more && held(&w->side[0]) && held(&w->side[1]))
			more = drain(f, w, w->client, true);
	}
}

static void enqueue(struct lp_flows *f, struct lp_flow *w, unsigned dir, const struct lp_packet *p,
		    uint32_t seq)
{
	struct lp_side *s = &w->side[dir];
	struct lp_segment **at = &s->queue, *q;
	size_t len = p->payload.len;

	while (*at && before((*at)->seq, seq))
		at = &(*at)->next;
	if (*at && (*at)->seq == seq && (*at)->len >= len)
		return; /* once more */
	q = malloc(sizeof(*q) + len);
	if (!q)
		return;
	*q = (struct lp_segment){.next = *at,
				 .seq = seq,
				 .len = (uint32_t)len,
				 .missing = p->missing,
				 .ack = p->flags & LP_TCP_ACK ? p->ack : w->side[!dir].next};
	if (len)
		memcpy(q->bytes, p->payload.ptr, len);
	*at = q;
	s->queued += cost_of(q);
	f->queued += cost_of(q);
	while (s->queue && (s->queued > LP_FLOW_QUEUE_MAX || f->queued > LP_FLOWS_QUEUE_MAX))
		drain(f, w, dir, true);
}

/* --- the table -------------------------------------------------------------------------------- */

static void unlink_age(struct lp_flows *f, struct lp_flow *w)
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

static void link_newest(struct lp_flows *f, struct lp_flow *w)
{
	w->older = f->newest;
	w->newer = NULL;
	*(f->newest ? &f->newest->newer : &f->oldest) = w;
	f->newest = w;
}

static struct lp_flow **bucket_of(struct lp_flows *f, const uint8_t *a, uint16_t ap,
				  const uint8_t *b, uint16_t bp)
{
	/* The same for both directions. */
	uint64_t one = lp_flow_hash(lp_flow_hash(f->seed, a, 16), &ap, 2);
	uint64_t two = lp_flow_hash(lp_flow_hash(f->seed, b, 16), &bp, 2);

	return &f->buckets[(one + two) % LP_FLOWS_BUCKETS];
}

/* What was sent after all that came: its end tells, or that the other side has it. */
static void end_side(struct lp_flows *f, struct lp_flow *w, unsigned dir)
{
	struct lp_side *s = &w->side[dir];
	uint32_t end = s->fin ? s->fin_seq : s->acked;

	while (s->queue)
		drain(f, w, dir, true);
	/* A FIN counts as one too, and may be what is missing. */
	if (s->known && before(s->next + !s->fin, end) && end - s->next < LP_FLOW_WINDOW)
		lp_flow_gap(f, w, dir, end - s->next);
}

/* All that waits, over whatever is missing, and the end. */
static void close_flow(struct lp_flows *f, struct lp_flow *w)
{
	struct lp_flow **at = bucket_of(f, w->addr[0], w->port[0], w->addr[1], w->port[1]);

	end_side(f, w, w->client);
	end_side(f, w, !w->client);
	lp_flow_end(f, w);
	while (*at != w)
		at = &(*at)->chain;
	*at = w->chain;
	unlink_age(f, w);
	f->n--;
	free(w);
}

static int side_of(const struct lp_flow *w, const struct lp_packet *p)
{
	for (unsigned d = 0; d < 2; d++)
		if (w->port[d] == p->sport && w->port[!d] == p->dport &&
		    !memcmp(w->addr[d], p->src, 16) && !memcmp(w->addr[!d], p->dst, 16))
			return (int)d;
	return -1;
}

static struct lp_flow *find(struct lp_flows *f, const struct lp_packet *p, unsigned *dir)
{
	struct lp_flow *w = *bucket_of(f, p->src, p->sport, p->dst, p->dport);
	int d = -1;

	while (w && (d = side_of(w, p)) < 0)
		w = w->chain;
	*dir = d > 0;
	return w;
}

static struct lp_flow *new_flow(struct lp_flows *f, const struct lp_packet *p)
{
	struct lp_flow **at = bucket_of(f, p->src, p->sport, p->dst, p->dport), *w;

	if (f->n == LP_FLOWS_MAX) {
		f->stats.no_room += f->oldest->kind != LP_FLOW_IGNORED;
		close_flow(f, f->oldest);
	}
	w = calloc(1, sizeof(*w));
	if (!w) {
		f->stats.no_room++;
		return NULL;
	}
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

static bool side_over(const struct lp_side *s)
{
	return s->fin && !before(s->next, s->fin_seq);
}

/*
 * The other side has what the capture does not: after a while that is not waited for any longer,
 * neither by what was sent after it nor by what the other side said then.
 */
static void on_missed(struct lp_flows *f, struct lp_flow *w, unsigned dir, uint32_t ack)
{
	struct lp_side *s = &w->side[dir];
	bool behind = s->queue && !before(ack, s->queue->seq);
	uint32_t len;

	/* What is captured and waits itself is not missing. */
	if (held(s) || (!behind && !held(&w->side[!dir])))
		return;
	if (!s->acks++)
		s->acks_since = f->time_ns;
	if (s->acks < LATE_ACKS && f->time_ns - s->acks_since < LATE_NS)
		return;
	s->acks = 0;
	if (behind) {
		drain(f, w, dir, true);
	} else {
		len = unseen(s, w->side[!dir].queue->ack);
		s->next += len;
		if (len > 1 || s->fin) /* else it may be its FIN */
			lp_flow_gap(f, w, dir, len);
	}
	settle(f, w);
}

static void on_segment(struct lp_flows *f, const struct lp_packet *p)
{
	bool syn = p->flags & LP_TCP_SYN;
	uint32_t seq = p->seq + syn, end = seq + (uint32_t)p->payload.len + p->missing;
	struct lp_side *s, *o;
	unsigned dir;
	struct lp_flow *w = find(f, p, &dir);

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
	if (syn && w->kind == LP_FLOW_UNKNOWN) {
		w->from_start = true;
		w->client = (uint8_t)(p->flags & LP_TCP_ACK ? !dir : dir);
	}
	if (!s->known) {
		s->known = true;
		s->first = s->next = s->acked = seq;
	}
	/* Of a client that is not captured itself it is known at least what it sent. */
	if (syn && p->flags & LP_TCP_ACK && !o->known) {
		o->known = true;
		o->first = o->next = o->acked = p->ack;
	}
	if (p->flags & LP_TCP_FIN && !s->fin) {
		s->fin = true;
		s->fin_seq = end;
	}
	if (w->kind == LP_FLOW_IGNORED) {
		if (!before(seq + (uint32_t)p->payload.len, s->next))
			s->next = end;
	} else if ((!p->payload.len && !p->missing) || !before(s->next, end)) {
		/* nothing, or once more what went by */
	} else if (before(s->next, seq) || s->queue ||
		   (p->flags & LP_TCP_ACK && unseen(o, p->ack))) {
		/* Captures on several processors show segments, and answers, in any order. */
		if (seq - s->next < LP_FLOW_WINDOW || before(seq, s->next))
			enqueue(f, w, dir, p, seq);
		settle(f, w);
	} else {
		advance(f, w, dir, seq, p->payload, p->missing);
		settle(f, w);
	}
	if (p->flags & LP_TCP_ACK && !o->known && !o->told) {
		o->told = true;
		o->told_from = o->acked = p->ack;
	}
	if (p->flags & LP_TCP_ACK && before(o->acked, p->ack))
		o->acked = p->ack;
	if (p->flags & LP_TCP_ACK && unseen(o, p->ack))
		on_missed(f, w, !dir, p->ack);
	w->reset |= (p->flags & LP_TCP_RST) != 0;
	if (w->reset && dir == w->client && unseen(s, seq))
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
	} else if (p->dport == f->csm_port && p->missing) {
		f->stats.cut++;
	} else if (p->dport == f->csm_port) {
		f->stats.datagrams++;
		lp_assemble_csm(f->assemble, &f->process, p->payload, time_ns);
	} else if (p->sport == LP_FLOW_DNS_PORT && !p->missing) {
		lp_names_answer(&f->names, p->payload);
	}
}

void lp_flows_finish(struct lp_flows *f)
{
	while (f->oldest)
		close_flow(f, f->oldest);
	lp_links_close(&f->links, &f->list);
	lp_assemble_gone(f->assemble, &f->process);
	f->stats.no_room += f->links.no_room;
	f->links.no_room = 0;
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
