/* SPDX-License-Identifier: MIT */
#include "member.h"

#include "lower.h"
#include "secret.h"

/* A position in a list or map, or the word that stands before one; not a name. */
static bool is_position(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return lp_lower_is(s, LP_SPAN("member")) ||
			       lp_lower_is(s, LP_SPAN("entry"));
	return true;
}

bool lp_member_secret(struct lp_span name)
{
	enum lp_secret last = LP_SECRET_NO;
	bool below = false; /* a secret member */
	struct lp_span part = {NULL, 0};

	if (lp_span_find(name, '%') < name.len)
		return true;
	while (name.len) {
		size_t dot = lp_span_find(name, '.');
		struct lp_span next = lp_span_first(name, dot);

		name = lp_span_from(name, dot + 1);
		if (is_position(next))
			continue;
		part = next;
		below = below || last == LP_SECRET_VALUE;
		last = lp_secret_name(part);
		if (last == LP_SECRET_TREE)
			return true;
	}
	return last != LP_SECRET_NO || (below && !lp_secret_shows(part));
}
