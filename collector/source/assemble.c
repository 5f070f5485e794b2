/* SPDX-License-Identifier: MIT */
/* The parts of messages: kept, matched, bounded. What a whole message means is assemble_http.c. */
#include "assemble_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/hash.h"
#include "elf/deputy.h"
#include "lp_limits.h"
#include "policy/calllog.h"

/* Of an answer: its head and the lines of fields behind it. */
#define RESPONSE_MAX (LP_HEAD_MAX + 64 * 1024)

int lp_assemble_new(struct lp_assemble **out, lp_call_fn fn, void *ctx, struct lp_blinds *blinds)
{
	struct lp_assemble *a = calloc(1, sizeof(*a));

	*out = a;
	if (!a)
		return -ENOMEM;
	a->fn = fn;
	a->ctx = ctx;
	a->blinds = blinds;
	a->max = LP_PENDING_TOTAL_BYTES;
	a->process_max = LP_PENDING_PROCESS_BYTES;
	lp_arena_init(&a->arena, LP_CALL_ARENA_MAX);
	/* So that nobody outside can choose connections that meet in one bucket. */
	if (getrandom(&a->seed, sizeof(a->seed), GRND_NONBLOCK) != (ssize_t)sizeof(a->seed))
		a->seed = lp_realtime_ns();
	return 0;
}

void lp_assemble_early(struct lp_assemble *a, lp_call_fn early)
{
	a->early = early;
}

void lp_assemble_workloads(struct lp_assemble *a)
{
	a->workloads = true;
}

void lp_assemble_limit(struct lp_assemble *a, size_t bytes)
{
	a->max = bytes;
	if (a->process_max > bytes / 2)
		a->process_max = bytes / 2;
}

void lp_assemble_meet(const struct lp_assemble *a, struct lp_process *p)
{
	if (a->workloads && !p->workload[0])
		lp_workload_of(p->pid, p->program, lp_source_name(p->source), p->workload);
}

/* What ended processes of this pid (0: of any) reached, and neither source read. */
static void settle(struct lp_assemble *a, pid_t pid)
{
	struct lp_ended **at = &a->ended, *e;

	while ((e = *at)) {
		if (pid && e->pid != pid) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		lp_reach_ask_others(e->reach, &a->others, e->pid);
		lp_reach_end(&e->reach, &a->n_reach, a->blinds, e->pid, lp_span_str(e->program));
		free(e->program);
		free(e);
	}
}

void lp_assemble_free(struct lp_assemble *a)
{
	if (!a)
		return;
	settle(a, 0);
	lp_arena_fini(&a->arena);
	free(a);
}

const struct lp_assemble_stats *lp_assemble_stats(const struct lp_assemble *a)
{
	return &a->stats;
}

/* --- the table of messages -------------------------------------------------------------------- */

/* The finaliser of MurmurHash3: every bit of the key reaches every bit of the bucket. */
static uint64_t mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdull;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ull;
	return h ^ h >> 33;
}

static struct lp_message **bucket_of(struct lp_assemble *a, const struct lp_process *p,
				     uint64_t conn)
{
	return &a->buckets[mix(mix(a->seed ^ p->serial) ^ conn) % MESSAGE_BUCKETS];
}

static bool on(const struct lp_message *m, const struct lp_process *p, uint64_t conn)
{
	return m->conn == conn && m->process == p;
}

static struct lp_message *find(struct lp_assemble *a, const struct lp_process *p,
			       const struct lp_event *ev)
{
	struct lp_message *m = *bucket_of(a, p, ev->conn);

	while (m && !(on(m, p, ev->conn) && m->seq == ev->seq))
		m = m->chain;
	return m;
}

static size_t size_of(const struct lp_message *m)
{
	return sizeof(*m) + m->head.cap + m->body.cap + m->response.cap;
}

static void link_message(struct lp_assemble *a, struct lp_message *m)
{
	struct lp_process *p = m->process;
	struct lp_message **at = bucket_of(a, p, m->conn);

	while (*at)
		at = &(*at)->chain;
	*at = m;
	m->prev = p->last;
	*(p->last ? &p->last->next : &p->first) = m;
	p->last = m;
	p->n_messages++;
	p->bytes += size_of(m);
	a->bytes += size_of(m);
}

static void due_add(struct lp_due *d, enum lp_due_of of, struct lp_message *m)
{
	m->due[of].prev = d->last;
	*(d->last ? &d->last->due[of].next : &d->first) = m;
	d->last = m;
	d->bytes += size_of(m);
}

static void due_remove(struct lp_due *d, enum lp_due_of of, struct lp_message *m)
{
	struct lp_message *prev = m->due[of].prev, *next = m->due[of].next;

	*(prev ? &prev->due[of].next : &d->first) = next;
	*(next ? &next->due[of].prev : &d->last) = prev;
	d->bytes -= size_of(m);
}

/* One of its buffers did. */
static void has_grown(struct lp_assemble *a, struct lp_message *m, size_t bytes)
{
	m->process->bytes += bytes;
	a->bytes += bytes;
	if (m->ended) {
		m->process->due.bytes += bytes;
		a->due.bytes += bytes;
	}
}

static void unlink_message(struct lp_assemble *a, struct lp_process *p, struct lp_message *m)
{
	struct lp_message **at = bucket_of(a, p, m->conn);

	while (*at != m)
		at = &(*at)->chain;
	*at = m->chain;
	if (m == p->first)
		p->first = m->next;
	else
		m->prev->next = m->next;
	if (m == p->last)
		p->last = m->prev;
	else
		m->next->prev = m->prev;
	if (m->ended) {
		due_remove(&p->due, LP_DUE_PROCESS, m);
		due_remove(&a->due, LP_DUE_ALL, m);
	}
	p->n_messages--;
	p->bytes -= size_of(m);
	a->bytes -= size_of(m);
}

static void free_message(struct lp_message *m)
{
	lp_buf_fini(&m->head);
	lp_buf_fini(&m->body);
	lp_buf_fini(&m->response);
	free(m);
}

/* The call goes out as far as it is known. */
static void finish(struct lp_assemble *a, struct lp_process *p, struct lp_message *m)
{
	unlink_message(a, p, m);
	lp_assemble_http(a, m);
	free_message(m);
}

static size_t over(size_t have, size_t more, size_t max)
{
	return have + more > max ? have + more - max : 0;
}

/* The first of them go out as they are, but for `m`; so much is there, without it. */
static void hurry(struct lp_assemble *a, const struct lp_due *d, enum lp_due_of of,
		  const struct lp_message *m, size_t bytes)
{
	struct lp_message *first, *next;

	for (first = d->first; bytes; first = next) {
		size_t size = size_of(first);

		next = first->due[of].next;
		if (first == m)
			continue;
		finish(a, first->process, first);
		a->stats.hurried++;
		bytes -= size < bytes ? size : bytes;
	}
}

/*
 * So many bytes more, and one message where `more` says so, are within the bounds. Where they are
 * not, those go out that wait for answers only, if that is enough: captures of one direction have
 * no answers, and a request that is known is worth more than its answer. Those of other processes
 * go only where all together have no room, and those of `p` are not enough.
 */
static bool has_room(struct lp_assemble *a, struct lp_process *p, const struct lp_message *m,
		     bool more, size_t bytes)
{
	size_t kept = m && m->ended ? size_of(m) : 0;
	size_t own = p->due.bytes - kept, everyones = a->due.bytes - kept;
	size_t of_own = over(p->bytes, bytes, a->process_max);
	size_t of_all = over(a->bytes, bytes, a->max);

	if (!of_own && p->n_messages + more > LP_PENDING_PROCESS_CALLS)
		of_own = 1;
	if (of_own > own || of_all > everyones)
		return false;
	hurry(a, &p->due, LP_DUE_PROCESS, m, of_all > of_own && of_all <= own ? of_all : of_own);
	hurry(a, &a->due, LP_DUE_ALL, m, over(a->bytes, bytes, a->max));
	return true;
}

/* Adds to one of the message's buffers, within all bounds; false when it does not fit. */
static bool keep(struct lp_assemble *a, struct lp_message *m, struct lp_buf *b, struct lp_span s,
		 size_t max)
{
	size_t before = size_of(m);

	/* Growing may take twice what is asked for. */
	if (b->len + s.len > max || !has_room(a, m->process, m, false, b->cap + s.len) ||
	    lp_buf_add(b, s, max)) {
		a->stats.no_room++;
		return false;
	}
	has_grown(a, m, size_of(m) - before);
	return true;
}

/* --- events ----------------------------------------------------------------------------------- */

/* All of the request came. */
static void end_request(struct lp_assemble *a, struct lp_process *p, struct lp_message *m)
{
	if (!m->ended) {
		m->ended = true;
		due_add(&p->due, LP_DUE_PROCESS, m);
		due_add(&a->due, LP_DUE_ALL, m);
	}
	if (m->answered)
		finish(a, p, m);
	else if (a->early && p->source == LP_SOURCE_SHIM)
		lp_assemble_http_early(a, m);
}

static void on_request(struct lp_assemble *a, struct lp_process *p, const struct lp_event *ev)
{
	struct lp_message *m = find(a, p, ev);

	/* The number again without a close between: another connection by the same name. */
	if (m)
		finish(a, p, m);
	if (!has_room(a, p, NULL, true, sizeof(*m)) || !(m = calloc(1, sizeof(*m)))) {
		a->stats.no_room++;
		return;
	}
	m->process = p;
	m->conn = ev->conn;
	m->seq = ev->seq;
	m->time_ns = ev->time_ns;
	m->flags = ev->flags;
	link_message(a, m);
	if (!keep(a, m, &m->head, ev->payload, LP_HEAD_MAX)) {
		unlink_message(a, p, m);
		free_message(m);
	} else if (ev->type == LP_EV_REQUEST_BARE) {
		end_request(a, p, m);
	}
}

static void on_body(struct lp_assemble *a, struct lp_process *p, const struct lp_event *ev)
{
	struct lp_message *m = find(a, p, ev);

	if (!m) {
		a->stats.orphans++;
		return;
	}
	/* After a gap nothing more: what is kept must be the body's start. */
	if (!m->cut && !keep(a, m, &m->body, ev->payload, LP_CALL_BODY_MAX))
		m->cut = true;
	if (ev->type == LP_EV_BODY_WHOLE)
		end_request(a, p, m);
}

static void on_request_end(struct lp_assemble *a, struct lp_process *p, const struct lp_event *ev)
{
	struct lp_message *m = find(a, p, ev);
	struct lp_event_end end;

	if (!m) {
		a->stats.orphans++;
		return;
	}
	memcpy(&end, ev->payload.ptr, sizeof(end));
	/* Less than was sent also when a part was dropped on its way. */
	if (m->body.len < end.body_len)
		m->cut = true;
	end_request(a, p, m);
}

/* HTTP/1.1 answers in order: what stands before `seq` will not be answered any more. */
static void finish_earlier(struct lp_assemble *a, struct lp_process *p, uint64_t conn, uint32_t seq)
{
	struct lp_message *m = *bucket_of(a, p, conn), *next;

	for (; m; m = next) {
		next = m->chain;
		if (on(m, p, conn) && (int32_t)(m->seq - seq) < 0)
			finish(a, p, m);
	}
}

static void on_response(struct lp_assemble *a, struct lp_process *p, const struct lp_event *ev)
{
	struct lp_message *m;

	if (!(ev->flags & LP_EVF_MULTIPLEXED))
		finish_earlier(a, p, ev->conn, ev->seq);
	m = find(a, p, ev);
	if (!m || m->answered) {
		a->stats.orphans++;
		return;
	}
	m->answered = true;
	if (!keep(a, m, &m->response, ev->payload, RESPONSE_MAX))
		m->answered = false;
	if (m->ended)
		finish(a, p, m);
}

static void on_close(struct lp_assemble *a, struct lp_process *p, uint64_t conn)
{
	struct lp_message *m = *bucket_of(a, p, conn), *next;

	for (; m; m = next) {
		next = m->chain;
		if (on(m, p, conn))
			finish(a, p, m);
	}
}

static void on_lost(struct lp_assemble *a, struct lp_process *p, const struct lp_event *ev)
{
	static const char *const reasons[LP_LOST_REASONS] = {
		[LP_LOST_HEAD_TOO_LONG] = "a request head over 64 KiB",
		[LP_LOST_BAD_FRAMING] = "not HTTP where a message must start",
		[LP_LOST_NO_MEMORY] = "too many at once, no room left",
		[LP_LOST_PIPELINE] = "too many requests in flight",
		[LP_LOST_HTTP2] = "HTTP/2, joined after its start",
	};
	const char *reason = "unknown reason";
	struct lp_event_lost lost;

	memcpy(&lost, ev->payload.ptr, sizeof(lost));
	if (lost.reason < LP_LOST_REASONS && reasons[lost.reason])
		reason = reasons[lost.reason];
	/* Requests are followed all the same: of HTTP/2 those without a body. */
	if (lost.reason == LP_LOST_PIPELINE && !(ev->flags & LP_EVF_MULTIPLEXED))
		reason = "unanswered";
	/* Said once, with this reason rather than as unread. */
	lp_reach_read(p->reach, lp_span_from(ev->payload, sizeof(lost)), lp_reach_by(ev->flags));
	if (a->blinds)
		lp_blinds_add_many(a->blinds, LP_BLIND_CONNECTION, p->pid, lp_span_str(p->program),
				   lp_span_from(ev->payload, sizeof(lost)), lp_span_str(reason), 1);
}

static void on_reached(struct lp_assemble *a, struct lp_process *p, const struct lp_event *ev)
{
	enum lp_reached_why why = ev->seq < LP_REACHED_WHYS ? ev->seq : LP_REACHED_UNREAD;
	bool room = why == LP_REACHED_APART
			    ? lp_reach_apart(&p->reach, &a->n_reach, ev->payload)
			    : lp_reach_opened(&p->reach, &a->n_reach, ev->payload, why);

	if (!room && a->blinds)
		lp_blinds_add_many(a->blinds, LP_BLIND_CONNECTION, p->pid, lp_span_str(p->program),
				   ev->payload, LP_SPAN("too many hosts to keep apart"), 1);
}

static void on_confined(struct lp_assemble *a, struct lp_process *p)
{
	struct lp_span name = lp_span_str(p->program);

	/* Whatever other source there is: what the shim is in was left to it. */
	if (!p->confined && a->blinds)
		lp_blinds_add_many(a->blinds, LP_BLIND_PROGRAM, p->pid, name, name,
				   LP_SPAN(LP_CONFINED), 1);
	p->confined = true;
}

void lp_assemble_again(struct lp_assemble *a, struct lp_process *p)
{
	struct lp_span name = lp_span_str(p->program);

	if (p->confined && a->blinds)
		lp_blinds_take_back(a->blinds, LP_BLIND_PROGRAM, name, name, LP_SPAN(LP_CONFINED));
	p->confined = false;
}

static void on_not_followed(struct lp_assemble *a, struct lp_process *p, const struct lp_event *ev)
{
	size_t nul = lp_span_find(ev->payload, '\0');
	const struct lp_deputy *d = lp_deputy_row(lp_span_first(ev->payload, nul));
	bool seen = a->all_followed;

	if (d && d->where != LP_DEPUTY_BELOW)
		seen = a->host_followed && d->where == LP_DEPUTY_HOST;
	if (lp_span_eq(lp_span_first(ev->payload, nul), LP_SPAN(LP_CONFINED))) {
		if (ev->payload.len == nul + 1)
			lp_assemble_again(a, p);
		else
			on_confined(a, p);
		return;
	}
	/* What started before, because nobody answered it in time, was not seen from its start. */
	if (a->blinds && (!seen || ev->time_ns < a->followed_ns))
		lp_blinds_add_many(a->blinds, LP_BLIND_PROGRAM, p->pid, lp_span_str(p->program),
				   lp_span_from(ev->payload, nul + 1),
				   lp_span_first(ev->payload, nul), 1);
}

void lp_assemble_all_followed(struct lp_assemble *a, bool yes, bool everyone)
{
	a->all_followed = yes;
	a->host_followed = yes && everyone;
	a->followed_ns = lp_realtime_ns();
	if (!yes)
		settle(a, 0);
}

void lp_assemble_event(struct lp_assemble *a, struct lp_process *p, const struct lp_event *ev)
{
	if (!p->serial) {
		p->serial = ++a->next_serial;
		lp_assemble_meet(a, p);
	}
	a->stats.events++;
	switch (ev->type) {
	case LP_EV_REQUEST:
	case LP_EV_REQUEST_BARE:
		on_request(a, p, ev);
		break;
	case LP_EV_BODY:
	case LP_EV_BODY_WHOLE:
		on_body(a, p, ev);
		break;
	case LP_EV_REQUEST_END:
		on_request_end(a, p, ev);
		break;
	case LP_EV_RESPONSE:
		on_response(a, p, ev);
		break;
	case LP_EV_CSM:
		lp_assemble_csm(a, p, ev->payload, ev->time_ns);
		break;
	case LP_EV_CLOSE:
		on_close(a, p, ev->conn);
		break;
	case LP_EV_LOST:
		on_lost(a, p, ev);
		break;
	case LP_EV_REACHED:
		on_reached(a, p, ev);
		break;
	case LP_EV_UNREACHED:
		lp_reach_silent(p->reach, ev->payload);
		break;
	case LP_EV_NOT_FOLLOWED:
		on_not_followed(a, p, ev);
		break;
	default:
		a->stats.malformed++;
		break;
	}
}

void lp_assemble_reached(struct lp_assemble *a, struct lp_process *p, struct lp_span host,
			 enum lp_reached_why why, uint64_t time_ns)
{
	const struct lp_event ev = {
		.time_ns = time_ns,
		.type = LP_EV_REACHED,
		.seq = why,
		.payload = host,
	};

	lp_assemble_event(a, p, &ev);
}

/* The probe may still have calls of it. False when there is no room to wait. */
static bool wait_for_probe(struct lp_assemble *a, struct lp_process *p)
{
	struct lp_ended *e;

	if (!p->reach || !a->all_followed || p->source != LP_SOURCE_SHIM)
		return false;
	e = calloc(1, sizeof(*e));
	if (e)
		e->program = strdup(p->program);
	if (!e || !e->program) {
		free(e);
		return false;
	}
	e->pid = p->pid;
	e->reach = p->reach;
	e->next = a->ended;
	a->ended = e;
	p->reach = NULL;
	return true;
}

void lp_assemble_gone(struct lp_assemble *a, struct lp_process *p)
{
	while (p->first)
		finish(a, p, p->first);
	lp_assemble_csm_gone(a, p);
	if (!wait_for_probe(a, p))
		lp_reach_end(&p->reach, &a->n_reach, a->blinds, p->pid, lp_span_str(p->program));
	if (p->source == LP_SOURCE_PROBE)
		settle(a, p->pid);
	p->n_recent = 0;
	p->last_csm = 0;
	p->serial = 0;
	p->confined = false;
	p->workload[0] = '\0';
}

/* --- request ids ------------------------------------------------------------------------------ */

uint64_t lp_hash_of(struct lp_span s)
{
	return lp_hash_more(LP_HASH_SEED, s.ptr, s.len);
}

void lp_recent_add(struct lp_process *p, struct lp_span request_id)
{
	if (request_id.len)
		p->recent[p->n_recent++ % LP_RECENT_REQUESTS] = lp_hash_of(request_id);
}

bool lp_recent_has(const struct lp_process *p, struct lp_span request_id)
{
	unsigned n = p->n_recent < LP_RECENT_REQUESTS ? p->n_recent : LP_RECENT_REQUESTS;
	uint64_t h = lp_hash_of(request_id);

	for (unsigned i = 0; request_id.len && i < n; i++)
		if (p->recent[i] == h)
			return true;
	return false;
}
