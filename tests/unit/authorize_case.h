/* SPDX-License-Identifier: MIT */
#ifndef LP_AUTHORIZE_CASE_H
#define LP_AUTHORIZE_CASE_H

/*
 * Cases of authorization: each is one signed request; what it needs is written as AWS documents it,
 * one action a line with its resources, "|" before a condition, "~" before what is checked behind
 * the call and "?" before what is only possible.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "aws/authorize.h"

#define HEADERS_MAX 12

struct wanted {
	const char *name;
	const char *scope; /* NULL: no Authorization header */
	const char *method, *host, *target;
	const char *headers; /* "Name: value\n" ... */
	const char *body;
	/* response: "Header: value\n" ..., "=field=value\n" ...; or "!404", "!404 NoSuchKey" */
	const char *answer;
	const char *needs;
};

/* The forms that requests of one protocol share. */
#define S3(name, method, target, headers, needs)                                                   \
	{                                                                                          \
		name, "s3", method, "b.s3.us-east-1.amazonaws.com", target, headers, NULL, NULL,   \
			needs                                                                      \
	}
#define S3_BODY(name, method, target, headers, body, needs)                                        \
	{                                                                                          \
		name, "s3", method, "b.s3.us-east-1.amazonaws.com", target, headers, body, NULL,   \
			needs                                                                      \
	}
#define FIELD(name, value)                                                                         \
	"--X\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define JSON(service, target, body, needs)                                                         \
	{                                                                                          \
		target " " body, service, "POST", service ".us-east-1.amazonaws.com", "/",         \
			"X-Amz-Target: " target "\nContent-Type: application/x-amz-json-1.1\n",    \
			body, NULL, needs                                                          \
	}
#define JSON_ANSWER(service, target, body, answer, needs)                                          \
	{                                                                                          \
		target " " body, service, "POST", service ".us-east-1.amazonaws.com", "/",         \
			"X-Amz-Target: " target "\nContent-Type: application/x-amz-json-1.1\n",    \
			body, answer, needs                                                        \
	}
#define FORM(service, body, needs)                                                                 \
	{                                                                                          \
		body, service, "POST", service ".us-east-1.amazonaws.com", "/",                    \
			"Content-Type: application/x-www-form-urlencoded\n", body, NULL, needs     \
	}
#define REST(service, method, target, body, needs)                                                 \
	{                                                                                          \
		method " " target, service, method, service ".us-east-1.amazonaws.com", target,    \
			"Content-Type: application/json\n", body, NULL, needs                      \
	}

#define AT(name, service, method, host, target, needs)                                             \
	{                                                                                          \
		name, service, method, host, target, "", NULL, NULL, needs                         \
	}
#define MODEL(id, headers, on)                                                                     \
	{                                                                                          \
		"model " id, "bedrock", "POST", "bedrock-runtime.us-east-1.amazonaws.com",         \
			"/model/" id "/invoke", headers, "{}", NULL, "bedrock:InvokeModel " on     \
	}

#define STREAM "arn:aws:kinesis:us-east-1:123456789012:stream/s"
#define DDB    "arn:aws:dynamodb:us-east-1:*:table/"
#define OBJ    "arn:aws:s3:::b/k"
#define BKT    "arn:aws:s3:::b"
#define SQS    "arn:aws:sqs:us-east-1:123456789012:q"
#define FN     "arn:aws:lambda:us-east-1:*:function:f"
#define KEY    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define ROLE   "arn:aws:iam::123456789012:role/app"
#define EC2    "arn:aws:ec2:us-east-1:*:"
#define DKMS                                                                                       \
	"\n?kms:Decrypt arn:aws:kms:us-east-1:*:key/* | StringEquals "                             \
	"kms:ViaService=dynamodb.us-east-1.amazonaws.com"
#define AP	       "arn:aws:s3:us-east-1:123456789012:accesspoint/ap"
#define AP_HOST	       "ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com"
#define OUTPOST	       "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1/"
#define MODELS(region) "arn:aws:bedrock:" region "::foundation-model/"
#define REGISTRY       "123456789012.dkr.ecr.us-east-1.amazonaws.com"
#define REPOSITORY     "arn:aws:ecr:us-east-1:123456789012:repository/a/b"
#define PASS(service)  "iam:PassRole " ROLE " | StringEquals iam:PassedToService=" service

/* --- a request from a case -------------------------------------------------------------------- */

static size_t parse_headers(const char *text, struct lp_header *out, size_t max)
{
	size_t n = 0;

	while (text && *text && n < max) {
		size_t colon = strcspn(text, ":"), end = strcspn(text, "\n");

		if (*text != '=') {
			out[n].name = lp_span_of(text, colon);
			out[n++].value = lp_span_of(text + colon + 2, end - colon - 2);
		}
		text += end + (text[end] == '\n');
	}
	return n;
}

static size_t parse_fields(const char *text, struct lp_field *out, size_t max)
{
	size_t n = 0;

	while (text && *text && n < max) {
		size_t end = strcspn(text, "\n"), eq;

		if (*text == '=') {
			eq = strcspn(text + 1, "=") + 1;
			out[n].name = lp_span_of(text + 1, eq - 1);
			out[n++].value = lp_span_of(text + eq + 1, end - eq - 1);
		}
		text += end + (text[end] == '\n');
	}
	return n;
}

/* What no row says but the reference's list of dependent actions. */
static bool is_listed(const struct lp_grant *g)
{
	return g->reason && strstr(g->reason, "a dependent action of ") == g->reason;
}

/* The permissions as the table writes them, but for those of that list. */
static void describe(const struct lp_authz *z, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t g = 0; g < z->n_grants && n < size; g++) {
		const struct lp_grant *gr = &z->grants[g];

		if (is_listed(gr))
			continue;
		n += (size_t)snprintf(out + n, size - n, "%s%s%s ", n ? "\n" : "",
				      gr->flags & LP_GRANT_DEPENDENT  ? "~"
				      : gr->flags & LP_GRANT_POSSIBLE ? "?"
								      : "",
				      gr->action);
		for (size_t r = 0; r < gr->n_resources && n < size; r++)
			n += (size_t)snprintf(out + n, size - n, "%s%s", r ? "," : "",
					      gr->resources[r]);
		for (size_t c = 0; c < gr->n_conditions && n < size; c++)
			n += (size_t)snprintf(out + n, size - n, " | %s %s=%s",
					      gr->conditions[c].op, gr->conditions[c].key,
					      gr->conditions[c].value);
	}
	assert_true(n < size);
}

static int run(const struct wanted *w, struct lp_arena *arena, char *got, size_t size)
{
	struct lp_header headers[HEADERS_MAX + 1], rsp_headers[HEADERS_MAX];
	struct lp_field fields[HEADERS_MAX];
	struct lp_response rsp = {.status = 200, .headers = rsp_headers, .fields = fields};
	struct lp_request req = {.method = lp_span_str(w->method),
				 .host = lp_span_str(w->host),
				 .target = lp_span_str(w->target),
				 .headers = headers,
				 .body = lp_span_str(w->body),
				 .tls = true};
	struct lp_classified cls;
	struct lp_authz authz;
	const char *region = strstr(w->host, ".cn-north-1.") ? "cn-north-1" : "us-east-1";
	char auth[256];
	int err;

	snprintf(auth, sizeof(auth),
		 "AWS4-HMAC-SHA256 "
		 "Credential=AKIAIOSFODNN7EXAMPLE/20260102/%s/%s/aws4_request, "
		 "SignedHeaders=host, Signature=0",
		 region, w->scope ? w->scope : "");
	req.n_headers = parse_headers(w->headers, headers, HEADERS_MAX);
	if (w->scope)
		headers[req.n_headers++] =
			(struct lp_header){LP_SPAN("Authorization"), lp_span_str(auth)};
	if (w->answer && *w->answer == '!') {
		rsp.status = atoi(w->answer + 1);
		rsp.error_code = lp_span_str(w->answer[4] ? w->answer + 5 : "");
	} else {
		rsp.n_headers = parse_headers(w->answer, rsp_headers, HEADERS_MAX);
		rsp.n_fields = parse_fields(w->answer, fields, HEADERS_MAX);
	}
	if (lp_classify(&req, &cls) != LP_CLASSIFY_OK) {
		snprintf(got, size, "not classified: %s", cls.reason);
		return -ENOENT;
	}
	err = lp_authorize(&req, &cls, w->answer ? &rsp : NULL, arena, &authz);
	if (err)
		snprintf(got, size, "error %d for %s", err, lp_model_operation_name(cls.op));
	else
		describe(&authz, got, size);
	return err;
}

/* How many of the cases are not answered as they say; each is printed. */
static int wrong_cases(const struct wanted *cases, size_t n)
{
	struct lp_arena arena;
	char got[8192];
	int wrong = 0;

	lp_arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < n; i++) {
		(void)run(&cases[i], &arena, got, sizeof(got));
		if (strcmp(got, cases[i].needs) != 0) {
			print_message("%s\n  want: %s\n  got:  %s\n", cases[i].name, cases[i].needs,
				      got);
			wrong++;
		}
		lp_arena_reset(&arena);
	}
	print_message("%zu cases\n", n);
	lp_arena_fini(&arena);
	return wrong;
}

struct case_list {
	const struct wanted *cases;
	size_t n;
};

static void test_cases(void **state)
{
	const struct case_list *l = *state;

	assert_int_equal(wrong_cases(l->cases, l->n), 0);
}

/* The main of a file that has cases only. */
static inline int run_cases(const struct wanted *cases, size_t n)
{
	struct case_list l = {cases, n};
	const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(test_cases, &l)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
