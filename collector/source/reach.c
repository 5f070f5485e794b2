/* SPDX-License-Identifier: MIT */
#include "reach.h"

#include <stdlib.h>

#include "aws_host.h"
#include "base/hash.h"

struct lp_reach {
	struct lp_reach *next;
	uint64_t opened, apart; /* of those */
	enum lp_reached_why why;
	bool read, read_apart;
	bool in_place; /* of AWS: no host of theirs, but one that the environment names */
	size_t len;
	char host[]; /* not NUL-terminated */
};

static bool is(const struct lp_reach *r, struct lp_span host)
{
	return lp_span_caseeq(lp_span_of(r->host, r->len), lp_host_bare(host));
}

/* That of the list, or a new one there; NULL: no room. */
static struct lp_reach *get(struct lp_reach **list, size_t *total, struct lp_span host,
			    enum lp_reached_why why)
{
	struct lp_reach *r = *list;
	unsigned n = 0;

	host = lp_host_bare(host);
	for (; r && !(r->why == why && is(r, host)); r = r->next)
		n++;
	if (r)
		return r;
	if (n >= LP_REACH_PROCESS_MAX || *total >= LP_REACH_TOTAL_MAX ||
	    host.len > LP_BLIND_TEXT_MAX)
		return NULL;
	r = calloc(1, sizeof(*r) + host.len);
	if (!r)
		return NULL;
	r->len = host.len;
	r->why = why;
	r->in_place = lp_host_kind_of(host) != LP_HOST_AWS;
	if (host.len)
		memcpy(r->host, host.ptr, host.len);
	r->next = *list;
	*list = r;
	++*total;
	return r;
}

bool lp_reach_opened(struct lp_reach **list, size_t *total, struct lp_span host,
		     enum lp_reached_why why)
{
	struct lp_reach *r = get(list, total, host, why);

	if (r)
		r->opened++;
	return r;
}

bool lp_reach_apart(struct lp_reach **list, size_t *total, struct lp_span host)
{
	struct lp_reach *r = get(list, total, host, LP_REACHED_UNREAD);

	if (!r)
		return false;
	r->opened += r->in_place;
	/* It may have been told already that there is nothing to read on it. */
	r->apart += r->apart < r->opened;
	return true;
}

/* Names have no "*". */
static bool may_be(const struct lp_reach *r, struct lp_span host)
{
	size_t n = host.len - 1;

	return lp_span_ends(host, LP_SPAN(".*")) && !r->in_place &&
	       lp_span_caseeq(lp_span_of(r->host, r->len < n ? r->len : n), lp_span_first(host, n));
}

struct lp_span lp_reach_name(const struct lp_reach *list, struct lp_span host)
{
	const struct lp_reach *one = NULL;

	for (; list; list = list->next) {
		if (!may_be(list, host))
			continue;
		if (one && !is(list, lp_span_of(one->host, one->len)))
			return host;
		one = list;
	}
	return one ? lp_span_of(one->host, one->len) : host;
}

/* Which of the connections to a host was read is not known, but of captures. */
static bool any_of(enum lp_reached_why why)
{
	return why == LP_REACHED_UNREAD || why == LP_REACHED_UNHELD;
}

void lp_reach_silent(struct lp_reach *list, struct lp_span host)
{
	for (; list; list = list->next)
		if (list->opened && any_of(list->why) && is(list, host)) {
			list->opened--;
			if (list->apart > list->opened)
				list->apart = list->opened;
			return;
		}
}

/* Of a capture each connection is known to be read or not: what one told says nothing of another.
 */
void lp_reach_read(struct lp_reach *list, struct lp_span host, enum lp_reach_by by)
{
	for (; list; list = list->next)
		if ((by == LP_REACH_BY_CSM || any_of(list->why)) &&
		    (is(list, host) || may_be(list, host) ||
		     (list->in_place && any_of(list->why)))) {
			list->read = true;
			list->read_apart |= by != LP_REACH_BY_NESTED;
		}
}

/* Never 0, which is an empty place. */
static uint64_t hash_of(int pid, struct lp_span host)
{
	uint64_t h = lp_hash_more(LP_HASH_SEED, (const char *)&pid, sizeof(pid));

	host = lp_host_bare(host);
	for (size_t i = 0; i < host.len; i++) {
		char c = lp_ascii_lower(host.ptr[i]);

		h = lp_hash_more(h, &c, 1);
	}
	return h ? h : 1;
}

void lp_reach_read_by_other(struct lp_reach_others *o, int pid, struct lp_span host)
{
	uint64_t h = hash_of(pid, host);

	o->read[h & (LP_REACH_OTHERS - 1)] = h;
}

void lp_reach_ask_others(struct lp_reach *list, const struct lp_reach_others *o, int pid)
{
	for (; list; list = list->next) {
		uint64_t h = hash_of(pid, lp_span_of(list->host, list->len));

		if (o->read[h & (LP_REACH_OTHERS - 1)] == h)
			list->read = list->read_apart = true;
	}
}

static const char *const whys[LP_REACHED_WHYS] = {
	[LP_REACHED_UNREAD] = "unread", [LP_REACHED_UNHELD] = "unheld",
	[LP_REACHED_NO_KEY] = "no key", [LP_REACHED_SUITE] = "suite",
	[LP_REACHED_BROKEN] = "broken", [LP_REACHED_DEAF] = "one way",
	[LP_REACHED_LATE] = "late",	[LP_REACHED_OTHER] = "no HTTP",
};

void lp_reach_end(struct lp_reach **list, size_t *total, struct lp_blinds *blinds, int pid,
		  struct lp_span program)
{
	while (*list) {
		struct lp_reach *r = *list;
		uint64_t n = !r->read ? r->opened : !r->read_apart ? r->apart : 0;

		if (n && blinds)
			lp_blinds_add_many(blinds, LP_BLIND_CONNECTION, pid, program,
					   lp_span_of(r->host, r->len), lp_span_str(whys[r->why]),
					   n);
		*list = r->next;
		--*total;
		free(r);
	}
}
