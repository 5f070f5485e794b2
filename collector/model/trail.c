/* SPDX-License-Identifier: MIT */
#include "trail.h"

#include "trail_data.h"

#define SAME_NAMES_MAX 32 /* operations of a service tried for their action's prefix */

static const char *str(uint32_t offset)
{
	return lp_trail_pool + offset;
}

/* In the order of strcmp. The strings are short and mostly differ soon. */
static int compare(struct lp_span a, const char *b)
{
	for (size_t i = 0; i < a.len; i++)
		if (a.ptr[i] != b[i] || !b[i])
			return b[i] ? (unsigned char)a.ptr[i] - (unsigned char)b[i] : 1;
	return b[a.len] ? -1 : 0;
}

/* The first of the rows from `low` on whose first string does not stand before `a`, or behind it.
 */
static unsigned bound(const struct lp_trail_row *rows, unsigned low, unsigned n, struct lp_span a,
		      bool behind)
{
	unsigned high = n;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (compare(a, str(rows[mid].a)) >= !behind)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The first row whose first string is `a`, or n. */
static unsigned find(const struct lp_trail_row *rows, unsigned n, struct lp_span a)
{
	unsigned low = a.len ? bound(rows, 0, n, a, false) : n;

	return low < n && !compare(a, str(rows[low].a)) ? low : n;
}

struct lp_span lp_trail_plain_event(struct lp_span event)
{
	static const char *const dates[] = {"00000000", "0000_00_00"};
	struct lp_span rest = event;
	size_t v = event.len;

	/* "v2" after the date: which of several versions of that date. */
	while (v && lp_ascii_digit(event.ptr[v - 1]))
		v--;
	if (v > 1 && event.len - v < 3 && event.ptr[v - 1] == 'v' && v < event.len)
		rest.len = v - 1;
	for (size_t i = 0; i < LP_ARRAY_LEN(dates); i++) {
		size_t len = strlen(dates[i]), at = rest.len > len ? rest.len - len : 0;

		if (at && lp_span_like(lp_span_from(rest, at), dates[i]))
			return lp_span_first(rest, at);
	}
	return event;
}

/* Names by which the models may know the source's services: its own, then those of the table. */
struct names {
	struct lp_span source;
	unsigned at;
	bool own;
};

static bool next_name(struct names *n, struct lp_span *name)
{
	if (!n->own) {
		n->own = true;
		n->at = find(lp_trail_sources, lp_trail_n_sources, n->source);
		*name = n->source;
		return true;
	}
	if (n->at >= lp_trail_n_sources || compare(n->source, str(lp_trail_sources[n->at].a)))
		return false;
	*name = lp_span_str(str(lp_trail_sources[n->at++].b));
	return true;
}

static lp_op find_event(struct lp_span source, struct lp_span event)
{
	for (unsigned i = find(lp_trail_events, lp_trail_n_events, source);
	     i < lp_trail_n_events && !compare(source, str(lp_trail_events[i].a)); i++) {
		struct lp_span op = lp_span_str(str(lp_trail_events[i].c));
		size_t blank = lp_span_find(op, ' ');

		if (!compare(event, str(lp_trail_events[i].b)))
			return lp_model_find_op(lp_model_find_service(lp_span_first(op, blank)),
						lp_span_from(op, blank + 1));
	}
	return LP_OP_NONE;
}

lp_op lp_trail_op(struct lp_span source, struct lp_span event, struct lp_span version)
{
	const struct lp_span names[] = {event, lp_trail_plain_event(event)};

	for (unsigned i = 0; i < 2; i++) {
		struct names services = {.source = source};
		struct lp_span service;
		lp_op op = find_event(source, names[i]);

		while (op == LP_OP_NONE && next_name(&services, &service))
			op = lp_model_find_versioned(service, names[i], version);
		if (op != LP_OP_NONE)
			return op;
	}
	return LP_OP_NONE;
}

/* The prefix of the actions that are called like the service's operations. */
static lp_iam_prefix prefix_of(lp_service svc)
{
	lp_op first, n = svc == LP_SERVICE_NONE ? 0 : lp_model_ops_of(svc, &first);

	for (lp_op i = 0; i < n && i < SAME_NAMES_MAX; i++) {
		struct lp_span name, op = lp_span_str(lp_model_operation_name((lp_op)(first + i)));
		lp_iam_action action;

		if (!lp_iam_op_actions((lp_op)(first + i), &action, 1))
			continue;
		name = lp_span_str(lp_iam_action_name(action));
		if (lp_span_ends(name, op) && name.ptr[name.len - op.len - 1] == ':')
			return lp_iam_find_prefix(lp_span_first(name, name.len - op.len - 1));
	}
	return LP_IAM_NONE;
}

lp_iam_prefix lp_trail_prefix(struct lp_span source)
{
	struct names services = {.source = source};
	struct lp_span service;

	while (next_name(&services, &service)) {
		lp_iam_prefix prefix = lp_iam_find_prefix(service);

		if (prefix == LP_IAM_NONE)
			prefix = prefix_of(lp_model_find_service(service));
		if (prefix != LP_IAM_NONE)
			return prefix;
	}
	return LP_IAM_NONE;
}

struct lp_trail_range lp_trail_range(const char *dir)
{
	struct lp_span folder = lp_span_str(dir);
	struct lp_trail_range r = {.first = find(lp_trail_members, lp_trail_n_members, folder)};

	r.end = bound(lp_trail_members, r.first, lp_trail_n_members, folder, true);
	return r;
}

void lp_trail_key(struct lp_trail_key *k, struct lp_trail_range range, struct lp_span name)
{
	unsigned low = range.first, high = range.end;

	k->len = 0;
	for (size_t i = 0; i < name.len && k->len < sizeof(k->plain); i++)
		if (name.ptr[i] != '-' && name.ptr[i] != '_')
			k->plain[k->len++] = lp_ascii_lower(name.ptr[i]);
	name = lp_span_of(k->plain, k->len);
	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (compare(name, str(lp_trail_members[mid].b)) > 0)
			low = mid + 1;
		else
			high = mid;
	}
	k->row = k->end = low;
	while (k->end < range.end && !compare(name, str(lp_trail_members[k->end].b)))
		k->end++;
}

bool lp_trail_key_is(const struct lp_trail_key *k, const char *wire)
{
	size_t n = 0;

	for (const char *s = wire; *s && n < sizeof(k->plain); s++) {
		if (*s == '-' || *s == '_')
			continue;
		if (n == k->len || k->plain[n] != lp_ascii_lower(*s)) {
			n = SIZE_MAX;
			break;
		}
		n++;
	}
	return n == k->len;
}

bool lp_trail_key_may_be(const struct lp_trail_key *k, const char *wire)
{
	for (unsigned i = k->row; i < k->end; i++)
		if (!strcmp(str(lp_trail_members[i].c), wire))
			return true;
	return false;
}

const char *lp_trail_data_events(struct lp_span source)
{
	unsigned i = find(lp_trail_datas, lp_trail_n_datas, source);

	return i < lp_trail_n_datas ? str(lp_trail_datas[i].b) : NULL;
}
