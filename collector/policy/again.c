/* SPDX-License-Identifier: MIT */
#include "again.h"

#include <stdlib.h>

#include "base/json_in.h"
#include "timestamp.h"

#define SLOTS	       4096 /* a power of two; a later line takes the place of an earlier one */
#define LINE_MAX_BYTES 2048 /* longer lines are read each time */

struct slot {
	uint64_t hash;
	uint16_t len, cap, cut; /* of text: what stands before the request id, then what follows */
	char *text;
	struct lp_trace trace;
};

struct lp_again {
	struct slot slots[SLOTS];
	/* The line asked about last; `before` is empty when it is of another form. */
	struct lp_span before, after;
	uint64_t hash;
};

struct lp_again *lp_again_new(void)
{
	return calloc(1, sizeof(struct lp_again));
}

void lp_again_free(struct lp_again *a)
{
	for (unsigned i = 0; a && i < SLOTS; i++)
		free(a->slots[i].text);
	free(a);
}

static uint64_t hash_of(uint64_t h, struct lp_span s)
{
	uint64_t w;

	h ^= s.len;
	for (; s.len >= sizeof(w); s = lp_span_of(s.ptr + sizeof(w), s.len - sizeof(w))) {
		memcpy(&w, s.ptr, sizeof(w));
		h = (h ^ w) * 0xff51afd7ed558ccdull;
		h ^= h >> 32;
	}
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 0x100000001b3ull;
	return h ^ h >> 29;
}

/* Takes `text` off the front of *s. */
static bool take(struct lp_span *s, struct lp_span text)
{
	if (!lp_span_starts(*s, text))
		return false;
	*s = lp_span_from(*s, text.len);
	return true;
}

/* A whole number of a process, or null. */
static bool take_pid(struct lp_span *s)
{
	size_t n = 0;

	if (take(s, LP_SPAN("null")))
		return true;
	while (n < s->len && n < 10 && s->ptr[n] >= '0' && s->ptr[n] <= '9')
		n++;
	if (!n || n == 10 || (n > 1 && s->ptr[0] == '0'))
		return false;
	*s = lp_span_from(*s, n);
	return true;
}

static bool holds(struct lp_span s, struct lp_span part)
{
	return memmem(s.ptr, s.len, part.ptr, part.len) != NULL;
}

/*
 * Takes a line apart: the time, what stands between process id and request id, and what follows
 * that. Escapes could hide a second time or request id, so a line with a backslash has no parts.
 */
static bool take_apart(struct lp_span line, int64_t *time_ns, struct lp_span *before,
		       struct lp_span *after)
{
	const struct lp_span id = LP_SPAN(",\"requestId\":\"");
	const char *at;
	size_t n;

	if (line.len > LINE_MAX_BYTES || lp_span_find(line, '\\') < line.len ||
	    !take(&line, LP_SPAN("{\"v\":1,\"time\":\"")))
		return false;
	n = lp_json_plain_run(line);
	if (lp_timestamp_read(lp_span_first(line, n), time_ns))
		return false;
	line = lp_span_from(line, n);
	if (!take(&line, LP_SPAN("\",\"pid\":")) || !take_pid(&line))
		return false;
	at = line.len ? memmem(line.ptr, line.len, id.ptr, id.len) : NULL;
	if (!at)
		return false;
	*before = lp_span_first(line, (size_t)(at - line.ptr) + id.len);
	line = lp_span_from(line, before->len);
	n = lp_json_plain_run(line);
	*after = lp_span_from(line, n);
	return after->len && after->ptr[0] == '"';
}

bool lp_again(struct lp_again *a, struct lp_span line, struct lp_ledger *l)
{
	const struct slot *s;
	int64_t time_ns;

	if (!a)
		return false;
	a->before = lp_span_of(NULL, 0);
	if (!take_apart(line, &time_ns, &a->before, &a->after)) {
		a->before = lp_span_of(NULL, 0);
		return false;
	}
	a->hash = hash_of(hash_of(0x9e3779b97f4a7c15ull, a->before), a->after);
	s = &a->slots[a->hash % SLOTS];
	if (!s->text || s->hash != a->hash || s->cut != a->before.len ||
	    s->len != a->before.len + a->after.len ||
	    memcmp(s->text, a->before.ptr, a->before.len) != 0 ||
	    memcmp(s->text + s->cut, a->after.ptr, a->after.len) != 0)
		return false;
	lp_ledger_repeat(l, &s->trace, time_ns);
	return true;
}

void lp_again_learn(struct lp_again *a, const struct lp_ledger *l)
{
	const struct lp_span once[] = {LP_SPAN("\"v\":"), LP_SPAN("\"time\":"),
				       LP_SPAN("\"count\":"), LP_SPAN("\"lastTime\":")};
	struct lp_trace trace;
	struct slot *s;
	size_t len;

	if (!a || !a->before.len)
		return;
	lp_ledger_trace(l, &trace);
	/* What a second member of the name would say, the parts do not. */
	for (size_t i = 0; i < LP_ARRAY_LEN(once); i++)
		if (holds(a->before, once[i]) || holds(a->after, once[i]))
			return;
	if (trace.n > LP_TRACE_MAX)
		return;
	s = &a->slots[a->hash % SLOTS];
	len = a->before.len + a->after.len;
	if (len > s->cap) {
		char *text = realloc(s->text, len);

		if (!text)
			return;
		s->text = text;
		s->cap = (uint16_t)len;
	}
	memcpy(s->text, a->before.ptr, a->before.len);
	memcpy(s->text + a->before.len, a->after.ptr, a->after.len);
	s->len = (uint16_t)len;
	s->cut = (uint16_t)a->before.len;
	s->hash = a->hash;
	s->trace = trace;
}
