/* SPDX-License-Identifier: MIT */
#include "blind.h"

#include <stdlib.h>

static bool same(const char *have, struct lp_span s)
{
	return lp_span_eq(lp_span_str(have), lp_span_first(s, LP_BLIND_TEXT_MAX));
}

/* A text ends at its first NUL, so that it compares equal to what was kept of it. */
static struct lp_span text_of(struct lp_span s)
{
	return lp_span_first(s, lp_span_find(s, '\0'));
}

static char *keep(struct lp_span s)
{
	return strndup(s.ptr ? s.ptr : "", s.len < LP_BLIND_TEXT_MAX ? s.len : LP_BLIND_TEXT_MAX);
}

void lp_blinds_add(struct lp_blinds *b, enum lp_blind_kind kind, struct lp_span program,
		   struct lp_span what, struct lp_span reason)
{
	struct lp_blind *e = b->v;

	program = text_of(program);
	what = text_of(what);
	reason = text_of(reason);
	b->total[kind]++;
	for (; e < b->v + b->n; e++) {
		if (e->kind == kind && same(e->program, program) && same(e->what, what) &&
		    same(e->reason, reason)) {
			e->count++;
			return;
		}
	}
	if (b->n == LP_BLINDS_MAX)
		return;
	*e = (struct lp_blind){
		.kind = kind,
		.program = keep(program),
		.what = keep(what),
		.reason = keep(reason),
		.count = 1,
	};
	if (!e->program || !e->what || !e->reason) {
		free(e->program);
		free(e->what);
		free(e->reason);
		return; /* out of memory: it is in the total */
	}
	b->n++;
}

const char *lp_blind_words(const char *reason)
{
	static const char *const words[][2] = {
		{"static", "statically linked"},
		{"machine", "built for another architecture"},
		{"setuid", "runs as another user or group"},
		{"capabilities", "has file capabilities"},
	};

	for (size_t i = 0; i < LP_ARRAY_LEN(words); i++)
		if (!strcmp(reason, words[i][0]))
			return words[i][1];
	return reason;
}

void lp_blinds_fini(struct lp_blinds *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->v[i].program);
		free(b->v[i].what);
		free(b->v[i].reason);
	}
	*b = (struct lp_blinds){.n = 0};
}
