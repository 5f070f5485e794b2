/* SPDX-License-Identifier: MIT */
#include "multipart.h"

#include <string.h>

#define BOUNDARY_MAX 200	 /* RFC 2046 allows 70 */
#define FIELDS_MAX   (64 * 1024) /* S3 takes 20 KB besides the file, which comes last */

/* Value of a parameter, `; name=value` or `; name="value"`; empty when it is missing. */
static struct lp_span parameter(struct lp_span s, struct lp_span name)
{
	while (s.len) {
		struct lp_span p, value;
		size_t eq, n = 0;
		bool quoted = false;

		/* To the next semicolon that no quotes are around. */
		while (n < s.len && (quoted || s.ptr[n] != ';')) {
			quoted ^= s.ptr[n] == '"';
			n++;
		}
		p = lp_span_trim(lp_span_first(s, n));
		s = lp_span_from(s, n + 1);
		eq = lp_span_find(p, '=');
		if (eq == p.len || !lp_span_caseeq(lp_span_first(p, eq), name))
			continue;
		value = lp_span_from(p, eq + 1);
		if (value.len && value.ptr[0] == '"') {
			value = lp_span_from(value, 1);
			value = lp_span_first(value, lp_span_find(value, '"'));
		}
		return value;
	}
	return lp_span_of(NULL, 0);
}

/* Where "--boundary" starts a line, from `at` on; s.len when it does not. */
static size_t find_boundary(struct lp_span s, size_t at, struct lp_span boundary)
{
	while (s.len - at >= boundary.len + 2) {
		const char *p = memchr(s.ptr + at, '-', s.len - at - boundary.len - 1);

		if (!p)
			break;
		at = (size_t)(p - s.ptr);
		if ((at == 0 || p[-1] == '\n') && p[1] == '-' &&
		    memcmp(p + 2, boundary.ptr, boundary.len) == 0)
			return at;
		at++;
	}
	return s.len;
}

/* One line without its end; `*s` is moved on. */
static struct lp_span line(struct lp_span *s)
{
	struct lp_span l = lp_span_first(*s, lp_span_find(*s, '\n'));

	*s = lp_span_from(*s, l.len + 1);
	if (l.len && l.ptr[l.len - 1] == '\r')
		l.len--;
	return l;
}

bool lp_multipart_init(struct lp_multipart *m, struct lp_span content_type, struct lp_span body)
{
	static const struct lp_span type = {"multipart/form-data", 19};

	*m = (struct lp_multipart){0};
	if (!lp_span_caseeq(lp_span_first(content_type, type.len), type))
		return false;
	m->boundary = parameter(lp_span_from(content_type, type.len), LP_SPAN("boundary"));
	if (!m->boundary.len || m->boundary.len > BOUNDARY_MAX)
		return false;
	body = lp_span_first(body, FIELDS_MAX);
	m->rest = lp_span_from(body, find_boundary(body, 0, m->boundary));
	return true;
}

/* The headers of a part; `*s` is left at its value. */
static void part_headers(struct lp_span *s, struct lp_part *out)
{
	static const struct lp_span disposition = {"content-disposition:", 20};
	struct lp_span l;

	while ((l = line(s)).len) {
		if (!lp_span_caseeq(lp_span_first(l, disposition.len), disposition))
			continue;
		l = lp_span_from(l, disposition.len);
		out->name = parameter(l, LP_SPAN("name"));
		out->filename = parameter(l, LP_SPAN("filename"));
	}
}

bool lp_multipart_next(struct lp_multipart *m, struct lp_part *out)
{
	struct lp_span s = lp_span_from(m->rest, m->boundary.len + 2);
	size_t end;

	*out = (struct lp_part){0};
	if (!s.len || lp_span_starts(s, LP_SPAN("--")))
		return false;
	(void)line(&s);
	part_headers(&s, out);
	end = find_boundary(s, 0, m->boundary);
	out->value = lp_span_first(s, end);
	m->rest = lp_span_from(s, end);
	/* The line end before a boundary belongs to it. */
	if (m->rest.len && out->value.len)
		out->value.len--;
	if (m->rest.len && out->value.len && out->value.ptr[out->value.len - 1] == '\r')
		out->value.len--;
	return true;
}

bool lp_multipart_field(struct lp_span content_type, struct lp_span body, struct lp_span name,
			struct lp_part *out)
{
	struct lp_multipart m;

	if (!lp_multipart_init(&m, content_type, body))
		return false;
	while (lp_multipart_next(&m, out)) {
		bool file = lp_span_caseeq(out->name, LP_SPAN("file"));

		if (file)
			out->value = lp_span_of(NULL, 0);
		if (lp_span_caseeq(out->name, name))
			return true;
		if (file)
			break;
	}
	*out = (struct lp_part){0};
	return false;
}
