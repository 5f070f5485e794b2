/* SPDX-License-Identifier: MIT */
#ifndef WIRE_UTIL_H
#define WIRE_UTIL_H

/*
 * For tests of collector/wire: bytes that end at a guard page, and a connection that writes down
 * its events, so that two ways of feeding the same bytes can be compared.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "conn.h"

/* A copy of `s` whose last byte is followed by a page that may not be touched. */
struct guarded {
	char *map;
	size_t map_len;
	struct lp_span span;
};

static inline struct guarded guarded(struct lp_span s)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (s.len + page - 1) / page * page + page;
	struct guarded g = {.map_len = room + page};

	g.map = mmap(NULL, g.map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(g.map != MAP_FAILED);
	assert_int_equal(mprotect(g.map + room, page, PROT_NONE), 0);
	g.span = lp_span_of(g.map + room - s.len, s.len);
	if (s.len)
		memcpy(g.map + room - s.len, s.ptr, s.len);
	return g;
}

static inline void guarded_free(struct guarded *g)
{
	munmap(g->map, g->map_len);
}

/* What a connection emitted, as text. Bodies are joined: where they are cut depends on the feeding.
 */
struct journal {
	char *text;
	size_t len, cap;
	bool in_body;
	unsigned holds;	   /* buffers out now */
	unsigned hold_max; /* how many it may have; more give NULL */
};

static inline void journal_add(struct journal *j, const char *p, size_t n)
{
	if (j->len + n + 1 > j->cap) {
		j->cap = (j->len + n + 1) * 2;
		j->text = realloc(j->text, j->cap);
		assert_non_null(j->text);
	}
	if (n)
		memcpy(j->text + j->len, p, n);
	j->len += n;
	j->text[j->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static inline void journal_printf(struct journal *j,
									const char *format, ...)
{
	char line[128];
	va_list ap;

	va_start(ap, format);
	journal_add(j, line, (size_t)vsnprintf(line, sizeof(line), format, ap));
	va_end(ap);
}

static inline char *journal_hold(void *ctx)
{
	struct journal *j = ctx;

	if (j->holds == j->hold_max)
		return NULL;
	j->holds++;
	return malloc(LP_HEAD_MAX);
}

static inline void journal_release(void *ctx, char *buf)
{
	struct journal *j = ctx;

	assert_non_null(buf);
	j->holds--;
	free(buf);
}

static inline void journal_emit(void *ctx, const struct lp_conn *c, enum lp_event_type type,
				uint32_t seq, const struct lp_span *parts, unsigned n)
{
	static const char *const names[LP_EV_TYPES] = {
		[LP_EV_REQUEST] = "REQUEST", [LP_EV_BODY] = "BODY",
		[LP_EV_REQUEST_END] = "END", [LP_EV_REQUEST_BARE] = "REQUEST",
		[LP_EV_BODY_WHOLE] = "BODY", [LP_EV_RESPONSE] = "RESPONSE",
		[LP_EV_CLOSE] = "CLOSE",     [LP_EV_LOST] = "LOST",
	};
	struct journal *j = ctx;
	struct lp_event_end end;
	struct lp_event_lost lost;
	size_t len = 0;

	(void)c;
	if (type != LP_EV_BODY || !j->in_body)
		journal_printf(j, "%s%s %u ", j->in_body ? "\n" : "", names[type], seq);
	j->in_body = type == LP_EV_BODY;
	if (type == LP_EV_REQUEST_END) {
		assert_int_equal(parts[0].len, sizeof(end));
		memcpy(&end, parts[0].ptr, sizeof(end));
		journal_printf(j, "%llu %llu\n", (unsigned long long)end.body_len,
			       (unsigned long long)end.kept_len);
		return;
	}
	if (type == LP_EV_LOST) {
		assert_int_equal(parts[0].len, sizeof(lost));
		memcpy(&lost, parts[0].ptr, sizeof(lost));
		journal_printf(j, "reason %u host ", lost.reason);
		assert_int_equal(parts[1].len, lost.host_len);
		journal_add(j, parts[1].ptr, parts[1].len);
		journal_printf(j, "\n");
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		journal_add(j, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	if (type != LP_EV_BODY)
		journal_printf(j, "\n");
	/* These say both. */
	if (type == LP_EV_REQUEST_BARE)
		journal_printf(j, "END %u 0 0\n", seq);
	if (type == LP_EV_BODY_WHOLE)
		journal_printf(j, "END %u %zu %zu\n", seq, len, len);
}

static const struct lp_conn_host journal_host = {
	.hold = journal_hold, .release = journal_release, .emit = journal_emit};

static inline void journal_free(struct journal *j)
{
	free(j->text);
	*j = (struct journal){.text = NULL};
}

#endif
