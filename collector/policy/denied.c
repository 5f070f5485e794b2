/* SPDX-License-Identifier: MIT */
#include "denied.h"

#include "pattern.h"

#define ACTION_MAX     128 /* bytes of an IAM action's name */
#define HTTP_FORBIDDEN 403

/*
 * Codes in use over the services, without the ending "Exception" or "Fault". Other 403 answers
 * (expired tokens, bad signatures, disabled regions) are not about permissions.
 */
static const char *const codes[] = {
	"AccessDenied",
	"AccessDeniedForDependency",
	"AuthorizationError",
	"Client.UnauthorizedOperation",
	"Forbidden",
	"ForbiddenOperation",
	"InsufficientPrivileges",
	"InsufficientPrivilegesForDataSource",
	"NotAuthorized",
	"UnauthorizedAccess",
	"UnauthorizedOperation",
	"User Not Authorized",
	"VpceAccessDenied",
};

bool lp_outcome_denied(struct lp_span code, int status)
{
	const struct lp_span endings[] = {LP_SPAN("Exception"), LP_SPAN("Fault")};

	/* An answer to HEAD has no body that could say more. */
	if (!code.len)
		return status == HTTP_FORBIDDEN;
	for (size_t i = 0; i < LP_ARRAY_LEN(endings); i++)
		if (lp_span_ends(code, endings[i]))
			code.len -= endings[i].len;
	for (size_t i = 0; i < LP_ARRAY_LEN(codes); i++)
		if (lp_span_eq(code, lp_span_str(codes[i])))
			return true;
	return lp_span_eq(code, LP_SPAN("403"));
}

/* What follows `mark` in `s`; the empty span when `mark` is not in it. */
static struct lp_span after(struct lp_span s, struct lp_span mark)
{
	const char *p = s.len ? memmem(s.ptr, s.len, mark.ptr, mark.len) : NULL;

	return p ? lp_span_from(s, (size_t)(p - s.ptr) + mark.len) : lp_span_of(NULL, 0);
}

/* What comes before `mark` in `s`; all of it when `mark` is not in it. */
static struct lp_span before(struct lp_span s, struct lp_span mark)
{
	const char *p = s.len ? memmem(s.ptr, s.len, mark.ptr, mark.len) : NULL;

	return p ? lp_span_first(s, (size_t)(p - s.ptr)) : s;
}

static bool is_word(char c)
{
	return lp_ascii_alnum(c) || c == '-';
}

/* The "service:Name" at the start of `s`; the empty span when it is none. */
static struct lp_span action_at(struct lp_span s)
{
	size_t n = 0, colons = 0;

	while (n < s.len && n < ACTION_MAX && (is_word(s.ptr[n]) || s.ptr[n] == ':'))
		colons += s.ptr[n++] == ':';
	if (n == s.len || !colons)
		return lp_span_of(NULL, 0);
	return colons == 1 && s.ptr[0] != ':' && s.ptr[n - 1] != ':' ? lp_span_first(s, n)
								     : lp_span_of(NULL, 0);
}

static const char *pattern_of(struct lp_span name, struct lp_arena *arena)
{
	if (lp_span_eq(name, LP_SPAN("*")))
		return "*";
	return lp_span_starts(name, LP_SPAN("arn:")) ? lp_pattern_quote(name, arena) : NULL;
}

/* A name such as `log-group:x:*` ends in a wildcard of AWS's own making, which is kept. */
static const char *resource_of(struct lp_span name, struct lp_arena *arena)
{
	const struct lp_span any = LP_SPAN(":*");
	const char *stem;

	if (!lp_span_ends(name, any))
		return pattern_of(name, arena);
	name.len -= any.len;
	stem = pattern_of(name, arena);
	return stem ? lp_arena_printf(arena, "%s:*", stem) : NULL;
}

static bool parse(struct lp_span message, struct lp_arena *arena, struct lp_grant *out)
{
	struct lp_span rest = after(message, LP_SPAN("not authorized to perform: "));
	struct lp_span action = action_at(rest);
	struct lp_span name = after(rest, LP_SPAN(" on resource: "));
	const char **resources;

	if (!action.len || !name.len)
		return false;
	name = before(name, LP_SPAN(" because "));
	name = before(name, LP_SPAN(" with an explicit deny"));
	name = lp_span_trim(name);
	if (name.len && (name.ptr[0] == '"' || name.ptr[0] == '\''))
		name = lp_span_first(lp_span_from(name, 1),
				     lp_span_find(lp_span_from(name, 1), name.ptr[0]));
	else if (name.len && name.ptr[name.len - 1] == '.')
		name.len--;
	resources = lp_arena_alloc(arena, sizeof(*resources));
	if (!resources)
		return false;
	resources[0] = resource_of(name, arena);
	*out = (struct lp_grant){
		.action = lp_arena_strndup(arena, action),
		.resources = resources,
		.n_resources = 1,
		.flags = LP_GRANT_DENIED,
	};
	return out->action && resources[0];
}

bool lp_denied_grant(const struct lp_call *call, struct lp_arena *arena, struct lp_grant *out)
{
	if (!call->response || !lp_outcome_denied(call->error_code, call->status))
		return false;
	for (size_t i = 0; i < call->response->n_fields; i++)
		if (parse(call->response->fields[i].value, arena, out))
			return true;
	return false;
}
