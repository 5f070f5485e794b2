/* SPDX-License-Identifier: MIT */
/*
 * Client-side monitoring to calls. SDKs report each try (ApiCallAttempt: key, host, answer) and
 * then the call (ApiCall: how many tries); both together are one call.
 */
#include "assemble_impl.h"

#include <errno.h>
#include <stdlib.h>

/* Attempts that wait for their call; one more and the oldest is taken for a call by itself. */
#define ATTEMPTS_PROCESS_MAX 256u
#define ATTEMPTS_TOTAL_MAX   1024u

#define NS_PER_MS 1000000

static struct lp_span first_of(struct lp_span a, struct lp_span b)
{
	return a.len ? a : b;
}

/* `service` and `api` as the datagram names them, for the model knows no such operation. */
static int name_unknown(struct lp_assemble *a, const struct lp_csm *c, struct lp_call *call)
{
	char *service = lp_arena_strndup(&a->arena, c->service);
	char *api = lp_arena_strndup(&a->arena, c->api);

	if (!service || !api)
		return -ENOMEM;
	call->service = service;
	call->operation = api;
	call->unknown = true;
	call->reason = "no such operation in the model";
	return 0;
}

static int64_t time_of(const struct lp_csm *c, uint64_t seen_ns)
{
	if (c->time_ms > 0 && c->time_ms <= INT64_MAX / NS_PER_MS)
		return c->time_ms * NS_PER_MS;
	return seen_ns <= INT64_MAX ? (int64_t)seen_ns : 0;
}

/* One call of what `c` says and, where it is silent, `attempt` (may be the same). */
static void emit(struct lp_assemble *a, struct lp_process *p, const struct lp_csm *c,
		 const struct lp_csm *attempt, uint64_t time_ns)
{
	lp_op op = LP_OP_NONE;
	struct lp_call call;
	int err;

	lp_arena_reset(&a->arena);
	call = (struct lp_call){
		.time_ns = time_of(c, time_ns),
		.pid = p->pid,
		.program = lp_span_str(p->program),
		.workload = lp_span_str(p->workload),
		.share = &p->share,
		.source = LP_SOURCE_CSM,
		.access_key = first_of(c->access_key, attempt->access_key),
		.host = first_of(c->fqdn, attempt->fqdn),
		.region = first_of(c->region, attempt->region),
		.status = c->status ? c->status : attempt->status,
		.request_id = first_of(c->request_id, attempt->request_id),
		.error_code = first_of(c->error_code, attempt->error_code),
	};
	/* Its SDK tells what could not be read. */
	lp_reach_read(p->reach, call.host, LP_REACH_BY_CSM);
	call.partition = lp_model_partition(call.region);
	err = lp_authorize_named(c->service, c->api, &a->arena, &op, &call.authz);
	if (op != LP_OP_NONE) {
		call.service = lp_model_service_id(op);
		call.operation = lp_model_operation_name(op);
	}
	if (err == -ENOENT && op != LP_OP_NONE) {
		call.unknown = true;
		call.reason = "no IAM action is known for the operation";
		err = 0;
	} else if (err == -ENOENT) {
		err = name_unknown(a, c, &call);
	}
	if (err) {
		a->stats.no_room++;
		return;
	}
	a->stats.calls++;
	a->fn(a->ctx, &call);
}

static bool same_call(const struct lp_csm *a, const struct lp_csm *b)
{
	return lp_span_eq(a->service, b->service) && lp_span_eq(a->api, b->api) &&
	       lp_span_eq(a->client_id, b->client_id);
}

/* Takes the oldest attempt of the call `of` (NULL: of any) out of the queue; the caller owns it. */
static bool take_attempt(struct lp_assemble *a, struct lp_process *p, const struct lp_csm *of,
			 struct lp_csm *out)
{
	struct lp_attempt **at = &p->attempts, *t;

	while (*at && of && !same_call(&(*at)->csm, of))
		at = &(*at)->next;
	t = *at;
	if (!t)
		return false;
	*at = t->next;
	*out = t->csm;
	free(t);
	p->n_attempts--;
	a->n_attempts--;
	return true;
}

static void emit_oldest(struct lp_assemble *a, struct lp_process *p)
{
	struct lp_csm c;

	if (!take_attempt(a, p, NULL, &c))
		return;
	if (lp_recent_has(p, c.request_id))
		a->stats.csm_seen++;
	else
		emit(a, p, &c, &c, 0);
	lp_csm_fini(&c);
}

/* Keeps the attempt, which becomes ours, until its call comes. */
static void wait_for_call(struct lp_assemble *a, struct lp_process *p, struct lp_csm *c,
			  uint64_t time_ns)
{
	struct lp_attempt *t = NULL, **at = &p->attempts;

	if (p->n_attempts >= ATTEMPTS_PROCESS_MAX || a->n_attempts >= ATTEMPTS_TOTAL_MAX)
		emit_oldest(a, p);
	if (a->n_attempts < ATTEMPTS_TOTAL_MAX)
		t = calloc(1, sizeof(*t));
	if (!t) {
		/* No room to wait: it counts as a call, and its ApiCall will count again. */
		emit(a, p, c, c, time_ns);
		lp_csm_fini(c);
		return;
	}
	t->csm = *c;
	while (*at)
		at = &(*at)->next;
	*at = t;
	p->n_attempts++;
	a->n_attempts++;
}

static void close_call(struct lp_assemble *a, struct lp_process *p, const struct lp_csm *c,
		       uint64_t time_ns)
{
	struct lp_csm last = {.text = NULL}, next;
	bool seen = lp_recent_has(p, c->request_id), some = false;

	/* Calls of one kind at the same time may take each other's attempts: they are alike. */
	for (int n = 0; (n == 0 || n < c->attempts) && take_attempt(a, p, c, &next); n++) {
		lp_csm_fini(&last);
		last = next;
		some = true;
		seen |= lp_recent_has(p, last.request_id);
	}
	if (seen)
		a->stats.csm_seen++;
	else
		emit(a, p, c, some ? &last : c, time_ns);
	lp_csm_fini(&last);
}

/*
 * On a connected socket the kernel refuses a datagram to report that nobody took the one before;
 * programs then send it again, and a source that sees the attempts sees both. Where the senders are
 * not told apart, equal datagrams may come from two.
 */
static bool repeated(struct lp_process *p, struct lp_span datagram)
{
	uint64_t before = p->last_csm;

	p->last_csm = lp_hash_of(datagram);
	return p->pid > 0 && p->last_csm == before;
}

void lp_assemble_csm(struct lp_assemble *a, struct lp_process *p, struct lp_span datagram,
		     uint64_t time_ns)
{
	struct lp_csm c;
	int err;

	lp_assemble_meet(a, p);
	if (repeated(p, datagram)) {
		a->stats.csm_repeated++;
		return;
	}
	err = lp_csm_parse(datagram, &c);
	if (err == -ENOMEM) {
		a->stats.no_room++;
	} else if (err) {
		a->stats.malformed++;
	} else if (c.type == LP_CSM_ATTEMPT) {
		wait_for_call(a, p, &c, time_ns);
	} else {
		close_call(a, p, &c, time_ns);
		lp_csm_fini(&c);
	}
}

void lp_assemble_csm_gone(struct lp_assemble *a, struct lp_process *p)
{
	while (p->attempts)
		emit_oldest(a, p);
}
