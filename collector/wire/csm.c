/* SPDX-License-Identifier: MIT */
#include "csm.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "json.h"
#include "lp_limits.h"

#define NUMBER_MAX 32 /* characters of a number that are looked at */

/* What a datagram says, as it stands; the first of several members with one name counts. */
struct members {
	struct lp_span type, service, api, client_id, region, access_key, fqdn;
	struct lp_span error, final_error, request_id, request_id_s3;
	struct lp_span time, status, final_status, attempts;
};

static const struct row {
	const char *name;
	size_t at; /* of its span in struct members */
	bool number;
} rows[] = {
	{"Type", offsetof(struct members, type), false},
	{"Service", offsetof(struct members, service), false},
	{"Api", offsetof(struct members, api), false},
	{"ClientId", offsetof(struct members, client_id), false},
	{"Region", offsetof(struct members, region), false},
	{"AccessKey", offsetof(struct members, access_key), false},
	{"Fqdn", offsetof(struct members, fqdn), false},
	{"AwsException", offsetof(struct members, error), false},
	{"FinalAwsException", offsetof(struct members, final_error), false},
	{"XAmznRequestId", offsetof(struct members, request_id), false},
	{"XAmzRequestId", offsetof(struct members, request_id_s3), false},
	{"Timestamp", offsetof(struct members, time), true},
	{"HttpStatusCode", offsetof(struct members, status), true},
	{"FinalHttpStatusCode", offsetof(struct members, final_status), true},
	{"AttemptCount", offsetof(struct members, attempts), true},
};

/* A whole number within [0, max], else 0. */
static int64_t whole(struct lp_span s, double max)
{
	char text[NUMBER_MAX];
	double d;

	if (!s.len || s.len >= sizeof(text))
		return 0;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	d = strtod(text, NULL);
	return d >= 0 && d <= max ? (int64_t)d : 0;
}

static struct lp_span first_of(struct lp_span a, struct lp_span b)
{
	return a.len ? a : b;
}

static const struct row *row_of(struct lp_span name)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		if (lp_span_eq(name, lp_span_str(rows[i].name)))
			return &rows[i];
	return NULL;
}

/* The text without escapes, up to a NUL, at *at, which moves on. */
static struct lp_span unescaped(struct lp_span text, char **at)
{
	size_t n = lp_jscan_unescape(text, *at, text.len);
	struct lp_span s = lp_span_of(*at, n == SIZE_MAX ? 0 : n);

	*at += s.len;
	return lp_span_first(s, lp_span_find(s, '\0'));
}

/* One member; `to` has room for what the datagram is long. False when the text broke. */
static bool member(struct lp_jscan *j, const struct lp_jscan_token *key, struct members *m,
		   char **to)
{
	const struct row *row = row_of(key->escaped ? unescaped(key->text, to) : key->text);
	struct lp_jscan_token tok;
	struct lp_span *out;

	if (!row)
		return lp_jscan_skip(j, key);
	out = (struct lp_span *)(void *)((char *)m + row->at);
	switch (lp_jscan_next(j, &tok)) {
	case LP_JSCAN_STRING:
		if (!row->number && !out->ptr)
			*out = unescaped(tok.text, to);
		return true;
	case LP_JSCAN_NUMBER:
		if (row->number && !out->ptr)
			*out = tok.text;
		return true;
	case LP_JSCAN_LITERAL:
		return true;
	case LP_JSCAN_OBJECT:
	case LP_JSCAN_ARRAY:
		return lp_jscan_skip(j, &tok);
	default:
		return false;
	}
}

/* False unless the datagram is one whole object. */
static bool members_of(struct lp_span datagram, struct members *m, char *to)
{
	struct lp_jscan_token tok;
	struct lp_jscan j;

	lp_jscan_init(&j, datagram);
	if (lp_jscan_next(&j, &tok) != LP_JSCAN_OBJECT)
		return false;
	while (lp_jscan_next(&j, &tok) == LP_JSCAN_KEY)
		if (!member(&j, &tok, m, &to))
			return false;
	return tok.type == LP_JSCAN_OBJECT_END;
}

int lp_csm_parse(struct lp_span datagram, struct lp_csm *out)
{
	struct members m = {.type = {NULL, 0}};
	char *text;

	*out = (struct lp_csm){.type = LP_CSM_API_CALL};
	if (!datagram.len || datagram.len > LP_DATAGRAM_MAX)
		return -EBADMSG;
	/* Numbers are read before this returns, so that only texts have to stay. */
	text = malloc(datagram.len);
	if (!text)
		return -ENOMEM;
	if (!members_of(datagram, &m, text) || !m.service.len || !m.api.len)
		goto bad;
	if (lp_span_eq(m.type, LP_SPAN("ApiCallAttempt")))
		out->type = LP_CSM_ATTEMPT;
	else if (!lp_span_eq(m.type, LP_SPAN("ApiCall")))
		goto bad;
	out->service = m.service;
	out->api = m.api;
	out->client_id = m.client_id;
	out->region = m.region;
	out->access_key = m.access_key;
	out->fqdn = m.fqdn;
	out->error_code = first_of(m.error, m.final_error);
	out->request_id = first_of(m.request_id, m.request_id_s3);
	out->time_ms = whole(m.time, 1e15);
	out->status = (int)whole(m.status, 999);
	if (!out->status)
		out->status = (int)whole(m.final_status, 999);
	out->attempts = (int)whole(m.attempts, 1000);
	out->text = text;
	return 0;
bad:
	free(text);
	return -EBADMSG;
}

void lp_csm_fini(struct lp_csm *c)
{
	free(c->text);
	*c = (struct lp_csm){.type = LP_CSM_API_CALL};
}
