/* SPDX-License-Identifier: MIT */
/* Events to calls: whatever order, whatever is missing, whatever is hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/assemble.h"

#define KEY "AKIAIOSFODNN7EXAMPLE"
#define SIGNED(region, service)                                                                    \
	"Authorization: AWS4-HMAC-SHA256 Credential=" KEY "/20260101/" region "/" service          \
	"/aws4_request, SignedHeaders=host, Signature=\r\n"
#define GET_OBJECT(key)                                                                            \
	"GET /lp-in/" key                                                                          \
	" HTTP/1.1\r\nHost: s3.us-east-1.amazonaws.com\r\n" SIGNED("us-east-1", "s3") "\r\n"
#define DYNAMODB(op)                                                                               \
	"POST / HTTP/1.1\r\nHost: dynamodb.eu-west-1.amazonaws.com\r\n"                            \
	"X-Amz-Target: DynamoDB_20120810." op                                                      \
	"\r\nContent-Type: application/x-amz-json-1.0\r\n" SIGNED("eu-west-1", "dynamodb") "\r\n"
#define OK_200 "HTTP/1.1 200 OK\r\nx-amz-request-id: R1\r\n\r\n"

#define SEEN_MAX 64

/* What the sink got, as text: "S3:GetObject 200 s3:GetObject=arn... " */
struct fixture {
	struct lp_assemble *a;
	struct lp_blinds blinds;
	struct lp_process p;
	unsigned n;
	char seen[SEEN_MAX][512];
	struct lp_call last; /* plain members only */
	char key[64], request_id[64], error_code[64];
};

static void copy(char to[64], struct lp_span s)
{
	assert_true(s.len < 64);
	if (s.len)
		memcpy(to, s.ptr, s.len);
	to[s.len] = '\0';
}

static void on_call(void *ctx, const struct lp_call *c)
{
	struct fixture *f = ctx;
	char *at = f->seen[f->n % SEEN_MAX], *end = at + sizeof(f->seen[0]);

	f->n++;
	f->last = *c;
	copy(f->key, c->access_key);
	copy(f->request_id, c->request_id);
	copy(f->error_code, c->error_code);
	at += snprintf(at, (size_t)(end - at), "%s:%s %d", c->service ? c->service : "?",
		       c->operation ? c->operation : "?", c->status);
	for (size_t i = 0; i < c->authz.n_grants && at < end; i++)
		at += snprintf(at, (size_t)(end - at), " %s=%s", c->authz.grants[i].action,
			       c->authz.grants[i].resources[0]);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->p.pid = 42;
	f->p.source = LP_SOURCE_SHIM;
	memcpy(f->p.program, "/bin/app", 9);
	assert_int_equal(lp_assemble_new(&f->a, on_call, f, &f->blinds), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	lp_assemble_gone(f->a, &f->p);
	assert_int_equal(f->p.bytes, 0);
	assert_int_equal(f->p.n_messages, 0);
	lp_assemble_free(f->a);
	lp_blinds_fini(&f->blinds);
	free(f);
	return 0;
}

static void put(struct fixture *f, uint64_t conn, uint32_t seq, uint16_t type, struct lp_span s)
{
	struct lp_event ev = {
		.conn = conn,
		.seq = seq,
		.type = type,
		.time_ns = 1000,
		.flags = LP_EVF_TLS,
		.payload = s,
	};

	lp_assemble_event(f->a, &f->p, &ev);
}

static void put_str(struct fixture *f, uint64_t conn, uint32_t seq, uint16_t type, const char *s)
{
	put(f, conn, seq, type, lp_span_str(s));
}

static void put_end(struct fixture *f, uint64_t conn, uint32_t seq, uint64_t body_len,
		    uint64_t kept_len)
{
	struct lp_event_end end = {body_len, kept_len};

	put(f, conn, seq, LP_EV_REQUEST_END, lp_span_of((const char *)&end, sizeof(end)));
}

static void one_request(struct fixture *f, uint64_t conn, uint32_t seq, const char *head)
{
	put_str(f, conn, seq, LP_EV_REQUEST, head);
	put_end(f, conn, seq, 0, 0);
}

#define GOT "S3:GetObject 200 s3:GetObject=arn:aws:s3:::lp-in/k"

static void pairs_request_and_response(void **state)
{
	struct fixture *f = *state;

	put_str(f, 1, 0, LP_EV_REQUEST_BARE, GET_OBJECT("k"));
	assert_int_equal(f->n, 0);
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 1);
	assert_string_equal(f->seen[0], GOT);
	assert_string_equal(f->key, KEY);
	assert_string_equal(f->request_id, "R1");
	assert_int_equal(f->last.pid, 42);
	assert_int_equal(f->last.time_ns, 1000);
	assert_int_equal(f->last.source, LP_SOURCE_SHIM);
	put(f, 1, 0, LP_EV_CLOSE, lp_span_of(NULL, 0));
	assert_int_equal(f->n, 1);
}

static void takes_an_answer_before_the_end(void **state)
{
	struct fixture *f = *state;

	put_str(f, 1, 0, LP_EV_REQUEST, GET_OBJECT("k"));
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 0);
	put_end(f, 1, 0, 0, 0);
	assert_int_equal(f->n, 1);
	assert_string_equal(f->seen[0], GOT);
}

static void joins_bodies(void **state)
{
	static const char body[] = "{\"TableName\":\"Music\",\"Key\":{}}";
	struct fixture *f = *state;

	/* Split everywhere, and whole. */
	for (size_t cut = 0; cut <= sizeof(body) - 1; cut++) {
		put_str(f, 1, 0, LP_EV_REQUEST, DYNAMODB("GetItem"));
		put(f, 1, 0, LP_EV_BODY, lp_span_of(body, cut));
		put(f, 1, 0, LP_EV_BODY, lp_span_of(body + cut, sizeof(body) - 1 - cut));
		put_end(f, 1, 0, sizeof(body) - 1, sizeof(body) - 1);
		put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
		assert_int_equal(f->n, cut + 1);
		assert_non_null(strstr(f->seen[cut % SEEN_MAX], ":table/Music"));
	}
	put_str(f, 1, 0, LP_EV_REQUEST, DYNAMODB("GetItem"));
	put_str(f, 1, 0, LP_EV_BODY_WHOLE, body);
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, sizeof(body) + 1);
	assert_non_null(strstr(f->seen[(f->n - 1) % SEEN_MAX], ":table/Music"));
}

static void keeps_connections_apart(void **state)
{
	struct fixture *f = *state;
	struct lp_process other = {.pid = 43, .source = LP_SOURCE_SHIM};
	struct lp_event ev = {
		.conn = 1, .type = LP_EV_REQUEST, .payload = LP_SPAN(GET_OBJECT("other"))};

	one_request(f, 1, 0, GET_OBJECT("k"));
	one_request(f, 2, 0, GET_OBJECT("l"));
	lp_assemble_event(f->a, &other, &ev);
	put_str(f, 2, 0, LP_EV_RESPONSE, OK_200);
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 2);
	assert_non_null(strstr(f->seen[0], "lp-in/l"));
	assert_non_null(strstr(f->seen[1], "lp-in/k"));
	lp_assemble_gone(f->a, &other);
	assert_int_equal(f->n, 3);
	assert_int_equal(f->last.pid, 43);
}

static void follows_a_pipeline(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 10; i++)
		one_request(f, 1, i, GET_OBJECT("k"));
	for (uint32_t i = 0; i < 10; i++)
		put_str(f, 1, i, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 10);
	for (int i = 0; i < 10; i++)
		assert_string_equal(f->seen[i], GOT);
}

static void a_later_answer_ends_the_wait_of_earlier_ones(void **state)
{
	struct fixture *f = *state;

	one_request(f, 1, 0, GET_OBJECT("lost"));
	one_request(f, 2, 0, GET_OBJECT("elsewhere"));
	one_request(f, 1, 1, GET_OBJECT("k"));
	put_str(f, 1, 1, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 2);
	assert_string_equal(f->seen[0], "S3:GetObject 0 s3:GetObject=arn:aws:s3:::lp-in/lost");
	assert_string_equal(f->seen[1], GOT);
	assert_int_equal(lp_assemble_stats(f->a)->unanswered, 1);
}

static void unanswered_requests_are_calls(void **state)
{
	struct fixture *f = *state;

	one_request(f, 1, 0, GET_OBJECT("closed"));
	put_str(f, 2, 0, LP_EV_REQUEST, GET_OBJECT("half"));
	put(f, 1, 1, LP_EV_CLOSE, lp_span_of(NULL, 0));
	assert_int_equal(f->n, 1);
	assert_non_null(strstr(f->seen[0], "lp-in/closed"));
	lp_assemble_gone(f->a, &f->p);
	assert_int_equal(f->n, 2);
	assert_non_null(strstr(f->seen[1], "lp-in/half"));
	assert_null(f->last.response);
	assert_int_equal(lp_assemble_stats(f->a)->unanswered, 2);
}

static void a_number_again_is_another_request(void **state)
{
	struct fixture *f = *state;

	one_request(f, 1, 0, GET_OBJECT("one"));
	one_request(f, 1, 0, GET_OBJECT("two"));
	assert_int_equal(f->n, 1);
	assert_non_null(strstr(f->seen[0], "lp-in/one"));
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 2);
	assert_non_null(strstr(f->seen[1], "200 s3:GetObject=arn:aws:s3:::lp-in/two"));
}

static void parts_without_a_start_are_counted(void **state)
{
	struct fixture *f = *state;

	put_str(f, 1, 0, LP_EV_BODY, "x");
	put_end(f, 1, 0, 1, 1);
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 0);
	assert_int_equal(lp_assemble_stats(f->a)->orphans, 3);
}

/* The sink may look at request and response only while it runs, so this looks from inside. */
static void look_inside(void *ctx, const struct lp_call *c)
{
	const struct lp_request *r = c->request;
	bool *looked = ctx;

	*looked = true;
	assert_true(lp_span_eq(r->method, LP_SPAN("GET")));
	assert_true(lp_span_eq(r->host, LP_SPAN("s3.us-east-1.amazonaws.com")));
	assert_true(lp_span_eq(r->target, LP_SPAN("/lp-in/k?versionId=v")));
	assert_true(r->tls);
	assert_true(r->body_cut);
	assert_true(lp_span_eq(r->body, LP_SPAN("abc")));
	assert_int_equal(c->response->status, 403);
	assert_int_equal(c->response->n_fields, 2);
	assert_true(lp_span_eq(c->response->fields[1].name, LP_SPAN("Mess=age")));
	assert_true(lp_span_eq(c->response->fields[1].value, LP_SPAN("a\nb%c=d")));
	assert_true(lp_span_eq(c->response->error_code, LP_SPAN("AccessDenied")));
}

static void hands_over_what_the_wire_said(void **state)
{
	struct lp_process p = {.source = LP_SOURCE_SHIM};
	bool looked = false;
	struct lp_event ev = {.flags = LP_EVF_TLS, .type = LP_EV_REQUEST};
	struct lp_event_end end = {10, 3};
	struct lp_assemble *a;

	(void)state;
	assert_int_equal(lp_assemble_new(&a, look_inside, &looked, NULL), 0);
	/* As to a proxy: the absolute form outranks Host. */
	ev.payload =
		LP_SPAN("GET http://s3.us-east-1.amazonaws.com/lp-in/k?versionId=v HTTP/1.1\r\n"
			"Host: proxy\r\n" SIGNED("us-east-1", "s3") "\r\n");
	lp_assemble_event(a, &p, &ev);
	ev.type = LP_EV_BODY;
	ev.payload = LP_SPAN("abc");
	lp_assemble_event(a, &p, &ev);
	ev.type = LP_EV_REQUEST_END;
	ev.payload = lp_span_of((const char *)&end, sizeof(end));
	lp_assemble_event(a, &p, &ev);
	ev.type = LP_EV_RESPONSE;
	ev.payload = LP_SPAN("HTTP/1.1 403 Forbidden\r\n\r\nCode=AccessDenied\n"
			     "Mess%3Dage=a%0Ab%25c=d\n");
	lp_assemble_event(a, &p, &ev);
	assert_true(looked);
	lp_assemble_gone(a, &p);
	lp_assemble_free(a);
}

static void normalises_error_codes(void **state)
{
	static const struct {
		const char *raw, *code;
	} rows[] = {
		{"Foo", "Foo"},
		{"com.amazonaws.dynamodb.v20120810#Foo", "Foo"},
		{"Foo:http://internal.amazon.com/coral/com.amazon.coral.validate/", "Foo"},
		{"aws.protocoltests#Foo:http://x/y#z", "Foo"},
		{" Foo ", "Foo"},
		{"", ""},
		{"#", ""},
		{":", ""},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		assert_true(lp_span_eq(lp_error_code(lp_span_str(rows[i].raw)),
				       lp_span_str(rows[i].code)));
}

static void finds_error_codes(void **state)
{
	static const struct {
		const char *answer, *code;
	} rows[] = {
		{"HTTP/1.1 400 B\r\nx-amzn-ErrorType: Foo:http://x/\r\n\r\n__type=Bar\n", "Foo"},
		{"HTTP/1.1 400 B\r\n\r\n__type=a.b#Bar\nCode=Baz\n", "Bar"},
		{"HTTP/1.1 403 F\r\n\r\nCode=AccessDenied\n", "AccessDenied"},
		{"HTTP/1.1 301 M\r\n\r\nCode=PermanentRedirect\n", "PermanentRedirect"},
		{"HTTP/1.1 200 OK\r\n\r\nCode=NotAnError\n", ""},
		{"HTTP/1.1 404 N\r\n\r\n", ""},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		one_request(f, 1, 0, GET_OBJECT("k"));
		put_str(f, 1, 0, LP_EV_RESPONSE, rows[i].answer);
		assert_string_equal(f->error_code, rows[i].code);
	}
}

static void unreadable_answers_are_none(void **state)
{
	static const char *const bad[] = {"", "x", "HTTP/1.1 abc\r\n\r\n",
					  "GET / HTTP/1.1\r\n\r\n"};
	struct fixture *f = *state;

	for (size_t i = 0; i < LP_ARRAY_LEN(bad); i++) {
		one_request(f, 1, 0, GET_OBJECT("k"));
		put_str(f, 1, 0, LP_EV_RESPONSE, bad[i]);
		assert_int_equal(f->n, i + 1);
		assert_int_equal(f->last.status, 0);
	}
	/* An empty one only says that none will come. */
	assert_int_equal(lp_assemble_stats(f->a)->malformed, LP_ARRAY_LEN(bad) - 1);
}

/* HTTP/2 answers in any order; HTTP/1.1 would have given the first request up. */
static void answers_in_any_order(void **state)
{
	struct fixture *f = *state;
	struct lp_event ev = {
		.conn = 1, .seq = 1, .type = LP_EV_RESPONSE, .flags = LP_EVF_MULTIPLEXED};

	one_request(f, 1, 0, GET_OBJECT("a"));
	one_request(f, 1, 1, GET_OBJECT("b"));
	ev.payload = lp_span_str(OK_200);
	lp_assemble_event(f->a, &f->p, &ev);
	assert_int_equal(f->n, 1);
	ev.seq = 0;
	lp_assemble_event(f->a, &f->p, &ev);
	assert_int_equal(f->n, 2);
	assert_int_equal(f->last.status, 200);
	assert_int_equal(lp_assemble_stats(f->a)->unanswered, 0);
}

static void unreadable_requests_are_counted(void **state)
{
	static const char *const bad[] = {"", "x", "GET /\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"};
	struct fixture *f = *state;

	for (size_t i = 0; i < LP_ARRAY_LEN(bad); i++) {
		one_request(f, 1, 0, bad[i]);
		put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	}
	assert_int_equal(f->n, 0);
	assert_int_equal(lp_assemble_stats(f->a)->malformed, LP_ARRAY_LEN(bad));
}

static void unknown_operations_are_calls(void **state)
{
	struct fixture *f = *state;

	one_request(f, 1, 0, DYNAMODB("NoSuchThing"));
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 1);
	assert_true(f->last.unknown);
	assert_non_null(f->last.reason);
	assert_int_equal(f->last.authz.n_grants, 0);
	assert_string_equal(f->seen[0], "DynamoDB:NoSuchThing 200");
}

static void metadata_is_marked(void **state)
{
	struct fixture *f = *state;

	one_request(f, 1, 0,
		    "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n"
		    "Host: 169.254.169.254\r\n\r\n");
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 1);
	assert_true(f->last.metadata);
	assert_int_equal(f->last.authz.n_grants, 0);
}

static void others_are_not_calls(void **state)
{
	struct fixture *f = *state;

	one_request(f, 1, 0, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 0);
	assert_int_equal(lp_assemble_stats(f->a)->other, 1);
}

/* --- what was not seen ------------------------------------------------------------------------ */

static void lists_blind_spots(void **state)
{
	struct {
		struct lp_event_lost lost;
		char host[5];
	} lost = {{LP_LOST_HTTP2, 4}, "a.b."};
	struct fixture *f = *state;
	struct lp_span payload = lp_span_of((const char *)&lost, sizeof(lost.lost) + 4);

	put(f, 1, 0, LP_EV_LOST, payload);
	put(f, 2, 0, LP_EV_LOST, payload);
	lost.lost.reason = UINT32_MAX;
	put(f, 3, 0, LP_EV_LOST, payload);
	put(f, 4, 0, LP_EV_NOT_FOLLOWED, lp_span_of("static\0/bin/x", 13));
	put(f, 5, 0, LP_EV_NOT_FOLLOWED, LP_SPAN("no path"));
	assert_int_equal(f->blinds.n, 4);
	assert_int_equal(f->blinds.v[0].count, 2);
	assert_string_equal(f->blinds.v[0].what, "a.b.");
	assert_string_equal(f->blinds.v[0].program, "/bin/app");
	assert_string_equal(f->blinds.v[2].what, "/bin/x");
	assert_string_equal(f->blinds.v[2].reason, "static");
	assert_string_equal(f->blinds.v[3].what, "");
	assert_int_equal(f->blinds.total[LP_BLIND_CONNECTION], 3);
	assert_int_equal(f->blinds.total[LP_BLIND_PROGRAM], 2);
}

/* One request of which so much of the body came, and no answer. */
static void send_part(struct fixture *f, const char *head, const char *body, uint64_t len)
{
	static uint64_t conn = 1000;

	put_str(f, ++conn, 0, LP_EV_REQUEST, head);
	if (*body)
		put_str(f, conn, 0, LP_EV_BODY, body);
	put_end(f, conn, 0, len, strlen(body));
	put(f, conn, 0, LP_EV_CLOSE, lp_span_of(NULL, 0));
}

/* On what a call worked stood where it was not read: there is more to say than `*`. */
static void says_what_bodies_were_not_read(void **state)
{
#define CODED "Content-Encoding: gzip\r\n\r\n"
	static const char
		get_item[] = DYNAMODB("GetItem"),
		put_object[] =
			"PUT /lp-in/k HTTP/1.1\r\nHost: s3.us-east-1.amazonaws.com\r\n" SIGNED(
				"us-east-1", "s3") "\r\n";
	static const char form[] =
		"POST / HTTP/1.1\r\nHost: iam.amazonaws.com\r\nContent-Type: "
		"application/x-www-form-urlencoded\r\n" SIGNED("us-east-1", "iam") "\r\n";
	static const char table[] = "{\"TableName\":\"t\",", late[] = "{\"Key\":{}";
	struct fixture *f = *state;
	char coded[1024];

	send_part(f, get_item, table, 70000);
	send_part(f, put_object, "", 70000);
	send_part(f, form, "", 0);
	assert_int_equal(f->blinds.n, 0);
	assert_string_equal(f->last.reason, "no operation of the service is called like this");

	snprintf(coded, sizeof(coded), "%.*s" CODED, (int)sizeof(get_item) - 3, get_item);
	send_part(f, coded, "", 60);
	send_part(f, coded, "", 60);
	assert_string_equal(f->seen[(f->n - 1) % SEEN_MAX],
			    "DynamoDB:GetItem 0 "
			    "dynamodb:GetItem=arn:aws:dynamodb:eu-west-1:*:table/* "
			    "kms:Decrypt=arn:aws:kms:eu-west-1:*:key/*");
	send_part(f, get_item, late, 70000);
	send_part(f, DYNAMODB("BatchGetItem"), "", 70000);
	assert_int_equal(f->blinds.n, 3);
	assert_int_equal(f->blinds.v[0].kind, LP_BLIND_CALL);
	assert_int_equal(f->blinds.v[0].count, 2);
	assert_string_equal(f->blinds.v[0].what, "DynamoDB:GetItem");
	assert_string_equal(f->blinds.v[0].reason, "coded");
	assert_string_equal(f->blinds.v[1].reason, "cut");
	assert_string_equal(f->blinds.v[2].what, "DynamoDB:BatchGetItem");

	send_part(f, DYNAMODB("TransactWriteItems"), "", 70000);
	assert_int_equal(f->blinds.n, 4);
	send_part(f, DYNAMODB("ExecuteStatement"), "", 70000);
	assert_string_equal(f->last.reason,
			    "the body, on which its actions depend, could not be read");
	send_part(f, form, "", 70000);
	assert_string_equal(f->last.reason,
			    "the body, which names the operation, could not be read");
	assert_int_equal(f->blinds.n, 4);
}

/* A login that does not say where it goes goes to what was reached, where that is one. */
static void logins_go_to_what_was_reached(void **state)
{
	static const char login[] =
		"GET /?Action=SendRawEmail&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" KEY
		"/-//ses/aws4_request&X-Amz-Signature= HTTP/1.1\r\nHost: email-smtp.*\r\n\r\n";
	struct fixture *f = *state;

	one_request(f, 1, 0, login);
	put_str(f, 1, 0, LP_EV_CLOSE, "");
	put_str(f, 2, 0, LP_EV_REACHED, "sqs.eu-west-2.amazonaws.com");
	put_str(f, 2, 0, LP_EV_REACHED, "email-smtp.eu-west-1.amazonaws.com");
	put_str(f, 3, LP_REACHED_UNHELD, LP_EV_REACHED, "email-smtp.eu-west-1.amazonaws.com");
	one_request(f, 2, 0, login);
	put_str(f, 2, 0, LP_EV_CLOSE, "");
	put_str(f, 4, 0, LP_EV_REACHED, "email-smtp.eu-west-2.amazonaws.com");
	one_request(f, 4, 0, login);
	put_str(f, 4, 0, LP_EV_CLOSE, "");
	lp_assemble_gone(f->a, &f->p);
	assert_int_equal(f->n, 3);
#define SENDS "SES:SendRawEmail 0 ses:SendRawEmail=arn:aws:ses:"
	assert_string_equal(f->seen[0], SENDS "*:*:identity/*");
	assert_string_equal(f->seen[1], SENDS "eu-west-1:*:identity/*");
	assert_string_equal(f->seen[2], SENDS "*:*:identity/*");
	assert_int_equal(f->blinds.n, 1);
	assert_string_equal(f->blinds.v[0].what, "sqs.eu-west-2.amazonaws.com");
}

/*
 * Two TLS libraries in one process: what the one says, which sends by itself, does not speak for
 * what others sent.
 */
static void one_library_does_not_speak_for_another(void **state)
{
	static const char host[] = "s3.us-east-1.amazonaws.com", place[] = "localhost";
	struct fixture *f = *state;
	struct lp_event ev = {
		.type = LP_EV_REQUEST_BARE,
		.time_ns = 1000,
		.payload = LP_SPAN(GET_OBJECT("k")),
	};

	for (unsigned nested = 0; nested < 2; nested++) {
		/* Three connections, one of which another sent data on; and one to a stand-in. */
		for (unsigned i = 0; i < 3; i++)
			put_str(f, 0, LP_REACHED_UNREAD, LP_EV_REACHED, host);
		put_str(f, 0, LP_REACHED_APART, LP_EV_REACHED, host);
		put_str(f, 0, LP_REACHED_APART, LP_EV_REACHED, place);
		ev.flags = LP_EVF_TLS | (nested ? LP_EVF_NESTED : 0);
		lp_assemble_event(f->a, &f->p, &ev);
		lp_assemble_gone(f->a, &f->p);
		assert_int_equal(f->n, nested + 1);
		assert_int_equal(f->blinds.n, nested ? 2 : 0);
	}
	assert_string_equal(f->blinds.v[0].what, place);
	assert_string_equal(f->blinds.v[1].what, host);
	assert_int_equal(f->blinds.v[0].count, 1);
	assert_int_equal(f->blinds.v[1].count, 1);

	/* One that is read under another name, told before or after, is none. */
	for (unsigned after = 0; after < 2; after++) {
		put_str(f, 0, LP_REACHED_UNREAD, LP_EV_REACHED, host);
		if (after)
			put_str(f, 0, LP_REACHED_APART, LP_EV_REACHED, host);
		put_str(f, 0, 0, LP_EV_UNREACHED, host);
		if (!after)
			put_str(f, 0, LP_REACHED_APART, LP_EV_REACHED, host);
		lp_assemble_event(f->a, &f->p, &ev);
		lp_assemble_gone(f->a, &f->p);
	}
	assert_int_equal(f->blinds.total[LP_BLIND_CONNECTION], 2);
}

/* What started before another source was ready is a blind spot, however late that is read. */
static void programs_that_were_too_early(void **state)
{
	struct fixture *f = *state;
	struct lp_event ev = {
		.conn = 1,
		.type = LP_EV_NOT_FOLLOWED,
		.time_ns = lp_realtime_ns(),
		.payload = lp_span_of("static\0/bin/x", 13),
	};

	lp_assemble_all_followed(f->a, true, false);
	lp_assemble_event(f->a, &f->p, &ev);
	assert_int_equal(f->blinds.total[LP_BLIND_PROGRAM], 1);
	ev.time_ns = lp_realtime_ns();
	lp_assemble_event(f->a, &f->p, &ev);
	assert_int_equal(f->blinds.total[LP_BLIND_PROGRAM], 1);
}

/* What a daemon starts is below nobody: only who sees all of the host sees it. */
static void programs_that_ask_others(void **state)
{
	static const struct {
		const char *reason;
		unsigned seen; /* bits: 1 by nobody else, 2 by a probe below us, 4 by the host's */
	} rows[] = {
		{"static", 2 | 4},
		{"podman", 2 | 4},
		{"docker", 4},
		{"ssh", 0},
	};
	struct fixture *f = *state;
	uint64_t want = 0;

	for (unsigned how = 1; how <= 4; how <<= 1) {
		lp_assemble_all_followed(f->a, how > 1, how > 2);
		for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
			const struct lp_event ev = {
				.type = LP_EV_NOT_FOLLOWED,
				.time_ns = lp_realtime_ns(),
				.payload = lp_span_str(rows[i].reason),
			};

			lp_assemble_event(f->a, &f->p, &ev);
			want += !(rows[i].seen & how);
			assert_int_equal(f->blinds.total[LP_BLIND_PROGRAM], want);
		}
	}
}

/* Who limits its own system calls is a blind spot, unless it then runs a program with the shim in
 * it. */
static void confined_until_the_next_program(void **state)
{
	struct fixture *f = *state;

	lp_assemble_all_followed(f->a, true, false);
	put(f, 1, 0, LP_EV_NOT_FOLLOWED,
	    lp_span_of(LP_CONFINED "\0/bin/app", sizeof(LP_CONFINED) + 8));
	put(f, 1, 0, LP_EV_NOT_FOLLOWED, LP_SPAN(LP_CONFINED));
	assert_int_equal(f->blinds.total[LP_BLIND_PROGRAM], 1);
	put(f, 1, 0, LP_EV_NOT_FOLLOWED, lp_span_of("static\0/bin/x", 13));
	for (int i = 0; i < 2; i++) {
		lp_assemble_again(f->a, &f->p);
		assert_int_equal(f->blinds.total[LP_BLIND_PROGRAM], 1);
		assert_int_equal(f->blinds.n, 1);
		assert_string_equal(f->blinds.v[0].what, "/bin/x");
	}
	put(f, 1, 0, LP_EV_NOT_FOLLOWED, LP_SPAN(LP_CONFINED));
	put(f, 1, 0, LP_EV_NOT_FOLLOWED, lp_span_of(LP_CONFINED, sizeof(LP_CONFINED)));
	assert_int_equal(f->blinds.total[LP_BLIND_PROGRAM], 1);
	put(f, 1, 0, LP_EV_NOT_FOLLOWED, LP_SPAN(LP_CONFINED));
	lp_assemble_gone(f->a, &f->p);
	lp_assemble_again(f->a, &f->p);
	assert_int_equal(f->blinds.total[LP_BLIND_PROGRAM], 2);
	assert_string_equal(f->blinds.v[1].what, "/bin/app");
}

static void blind_spots_are_bounded(void **state)
{
	struct fixture *f = *state;
	char text[64];

	for (int i = 0; i < 1000; i++) {
		int n = snprintf(text, sizeof(text), "static%c/bin/%d", 0, i);

		put(f, 1, 0, LP_EV_NOT_FOLLOWED, lp_span_of(text, (size_t)n));
	}
	assert_int_equal(f->blinds.n, LP_BLINDS_MAX);
	assert_int_equal(f->blinds.total[LP_BLIND_PROGRAM], 1000);
}

/* --- bounds ----------------------------------------------------------------------------------- */

static void bounds_a_process(void **state)
{
	static char part[64 * 1024];
	struct fixture *f = *state;
	struct lp_process other = {.pid = 43, .source = LP_SOURCE_SHIM};
	struct lp_event ev = {
		.conn = 1, .type = LP_EV_REQUEST, .payload = LP_SPAN(GET_OBJECT("k"))};

	for (uint64_t conn = 0; conn < 1000; conn++) {
		put_str(f, conn, 0, LP_EV_REQUEST, GET_OBJECT("k"));
		put(f, conn, 0, LP_EV_BODY, lp_span_of(part, sizeof(part)));
		assert_true(f->p.bytes <= LP_PENDING_PROCESS_BYTES);
	}
	assert_true(lp_assemble_stats(f->a)->no_room > 0);
	/* One that has its share does not take the others'. */
	lp_assemble_event(f->a, &other, &ev);
	lp_assemble_gone(f->a, &other);
	assert_int_equal(f->n, 1);
}

static void bounds_one_body(void **state)
{
	static char part[64 * 1024];
	struct fixture *f = *state;

	put_str(f, 1, 0, LP_EV_REQUEST, GET_OBJECT("k"));
	for (int i = 0; i < 100; i++)
		put(f, 1, 0, LP_EV_BODY, lp_span_of(part, sizeof(part)));
	assert_true(f->p.bytes < 2 * LP_CALL_BODY_MAX);
	put_end(f, 1, 0, 100 * sizeof(part), 100 * sizeof(part));
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 1);
}

static void bounds_requests_in_flight(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 2 * LP_PENDING_PROCESS_CALLS; i++)
		put_str(f, i, 0, LP_EV_REQUEST, "");
	assert_int_equal(f->p.n_messages, LP_PENDING_PROCESS_CALLS);
	assert_int_equal(lp_assemble_stats(f->a)->no_room, LP_PENDING_PROCESS_CALLS);
}

/* As in a capture of what clients send: none is lost. */
static void needs_no_answers(void **state)
{
	static const char head[] = GET_OBJECT("k");
	static char part[16 * 1024];
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 3 * LP_PENDING_PROCESS_CALLS; i++) {
		put_str(f, i % 2, i, LP_EV_REQUEST_BARE, head);
		assert_true(f->p.n_messages <= LP_PENDING_PROCESS_CALLS);
	}
	for (uint32_t i = 0; i < 1000; i++) {
		put_str(f, 2, i, LP_EV_REQUEST, head);
		put(f, 2, i, LP_EV_BODY, lp_span_of(part, sizeof(part)));
		put_end(f, 2, i, sizeof(part), sizeof(part));
		assert_true(f->p.bytes <= LP_PENDING_PROCESS_BYTES);
	}
	lp_assemble_gone(f->a, &f->p);
	assert_int_equal(f->n, 3 * LP_PENDING_PROCESS_CALLS + 1000);
	assert_int_equal(lp_assemble_stats(f->a)->no_room, 0);
}

/* Nor where those that came first are still being sent. */
static void needs_no_answers_behind_others(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 1000; i++)
		put_str(f, 3 + i, 0, LP_EV_REQUEST, GET_OBJECT("slow"));
	for (uint32_t i = 0; i < 2 * LP_PENDING_PROCESS_CALLS; i++) {
		put_str(f, i % 2, i, LP_EV_REQUEST_BARE, GET_OBJECT("k"));
		assert_true(f->p.n_messages <= LP_PENDING_PROCESS_CALLS);
	}
	lp_assemble_gone(f->a, &f->p);
	assert_int_equal(f->n, 2 * LP_PENDING_PROCESS_CALLS + 1000);
	assert_int_equal(lp_assemble_stats(f->a)->no_room, 0);
	assert_int_equal(lp_assemble_stats(f->a)->hurried, LP_PENDING_PROCESS_CALLS + 1000);
}

static void put_of(struct fixture *f, struct lp_process *p, uint32_t seq, uint16_t type,
		   struct lp_span s)
{
	const struct lp_event ev = {.conn = 1, .seq = seq, .type = type, .payload = s};

	lp_assemble_event(f->a, p, &ev);
}

/* Where others have all the room, none is given up that makes none; else the longest due is. */
static void gives_up_no_answer_in_vain(void **state)
{
	static char part[60 * 1024];
	struct fixture *f = *state;
	struct lp_process others[2] = {{.pid = 43, .source = LP_SOURCE_SHIM},
				       {.pid = 44, .source = LP_SOURCE_SHIM}};
	struct lp_span body = lp_span_of(part, sizeof(part));

	lp_assemble_limit(f->a, 256 * 1024);
	one_request(f, 1, 0, GET_OBJECT("mine"));
	for (size_t i = 0; i < 2; i++) {
		put_of(f, &others[i], 0, LP_EV_REQUEST, LP_SPAN(GET_OBJECT("k")));
		put_of(f, &others[i], 0, LP_EV_BODY, body);
	}
	put_str(f, 2, 0, LP_EV_REQUEST, GET_OBJECT("large"));
	put(f, 2, 0, LP_EV_BODY, body);
	for (int i = 0; i < 4; i++)
		put(f, 2, 0, LP_EV_BODY, lp_span_of(part, 16 * 1024));
	assert_int_equal(f->n, 0);
	assert_true(lp_assemble_stats(f->a)->no_room > 0);
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->last.status, 200);
	/* The others wait for answers now. */
	for (size_t i = 0; i < 2; i++)
		put_of(f, &others[i], 0, LP_EV_BODY_WHOLE, LP_SPAN("x"));
	put_str(f, 3, 0, LP_EV_REQUEST, GET_OBJECT("next"));
	put(f, 3, 0, LP_EV_BODY, lp_span_of(part, 50 * 1024));
	assert_int_equal(f->n, 2);
	assert_int_equal(f->last.pid, 43);
	assert_int_equal(lp_assemble_stats(f->a)->hurried, 1);
	for (size_t i = 0; i < 2; i++)
		lp_assemble_gone(f->a, &others[i]);
	assert_int_equal(f->n, 3);
}

static void survives_nonsense(void **state)
{
	struct fixture *f = *state;
	uint32_t x = 1;

	for (int i = 0; i < 200000; i++) {
		static const char text[] = GET_OBJECT("k");
		struct lp_event_lost lost = {.host_len = 0};
		struct lp_event_end end = {x, x};
		uint16_t type;

		x = x * 1664525 + 1013904223;
		type = (uint16_t)(x >> 16) % (LP_EV_TYPES + 1);
		if (type == LP_EV_REQUEST_END)
			put(f, x % 3, x % 5, type, lp_span_of((const char *)&end, sizeof(end)));
		else if (type == LP_EV_LOST)
			put(f, x % 3, x % 5, type, lp_span_of((const char *)&lost, sizeof(lost)));
		else
			put(f, x % 3, x % 5, type, lp_span_of(text, x % sizeof(text)));
	}
	assert_true(f->p.bytes <= LP_PENDING_PROCESS_BYTES);
}

/* --- client-side monitoring ------------------------------------------------------------------- */

#define ATTEMPT(api, id)                                                                           \
	"{\"Version\":1,\"ClientId\":\"c\",\"Type\":\"ApiCallAttempt\",\"Service\":\"S3\","        \
	"\"Api\":\"" api                                                                           \
	"\",\"Timestamp\":1766491200000,\"Region\":\"us-east-1\",\"AccessKey\":\"" KEY             \
	"\",\"SessionToken\":\"secret\",\"Fqdn\":\"s3.amazonaws.com\",\"HttpStatusCode\":200,"     \
	"\"XAmzRequestId\":\"" id "\"}"
#define API_CALL(api, n)                                                                           \
	"{\"Version\":1,\"ClientId\":\"c\",\"Type\":\"ApiCall\",\"Service\":\"S3\",\"Api\":\"" api \
	"\",\"Timestamp\":1766491200000,\"Region\":\"us-east-1\",\"AttemptCount\":" #n             \
	",\"FinalHttpStatusCode\":200}"

static void csm(struct fixture *f, const char *datagram)
{
	put_str(f, 9, 0, LP_EV_CSM, datagram);
}

static void a_csm_call_and_its_attempts_are_one(void **state)
{
	struct fixture *f = *state;

	csm(f, ATTEMPT("GetObject", "a"));
	csm(f, ATTEMPT("GetObject", "b"));
	assert_int_equal(f->n, 0);
	csm(f, API_CALL("GetObject", 2));
	assert_int_equal(f->n, 1);
	assert_string_equal(f->seen[0], "S3:GetObject 200 s3:GetObject=*");
	assert_int_equal(f->last.authz.grants[0].flags & LP_GRANT_UNPINNED, LP_GRANT_UNPINNED);
	assert_string_equal(f->key, KEY);
	assert_string_equal(f->request_id, "b");
	assert_int_equal(f->last.source, LP_SOURCE_CSM);
	assert_int_equal(f->last.time_ns, 1766491200000 * 1000000);
	assert_int_equal(f->p.n_attempts, 0);
}

static void csm_calls_of_other_kinds_keep_their_attempts(void **state)
{
	struct fixture *f = *state;

	csm(f, ATTEMPT("GetObject", "a"));
	csm(f, API_CALL("PutObject", 1));
	assert_int_equal(f->n, 1);
	assert_string_equal(f->key, "");
	assert_int_equal(f->p.n_attempts, 1);
	lp_assemble_gone(f->a, &f->p);
	assert_int_equal(f->n, 2);
	assert_string_equal(f->seen[1], "S3:GetObject 200 s3:GetObject=*");
	assert_string_equal(f->key, KEY);
}

static void csm_of_what_was_seen_counts_once(void **state)
{
	struct fixture *f = *state;

	one_request(f, 1, 0, GET_OBJECT("k"));
	put_str(f, 1, 0, LP_EV_RESPONSE, OK_200);
	csm(f, ATTEMPT("GetObject", "R1"));
	csm(f, API_CALL("GetObject", 1));
	assert_int_equal(f->n, 1);
	assert_int_equal(lp_assemble_stats(f->a)->csm_seen, 1);
	csm(f, ATTEMPT("GetObject", "R2"));
	csm(f, API_CALL("GetObject", 1));
	assert_int_equal(f->n, 2);
}

static void a_datagram_again_counts_once(void **state)
{
	struct fixture *f = *state;

	csm(f, ATTEMPT("GetObject", "a"));
	csm(f, ATTEMPT("GetObject", "a"));
	csm(f, API_CALL("GetObject", 1));
	csm(f, API_CALL("GetObject", 1));
	assert_int_equal(f->n, 1);
	assert_int_equal(lp_assemble_stats(f->a)->csm_repeated, 2);
}

static void unknown_csm_is_a_blind_spot(void **state)
{
	struct fixture *f = *state;

	csm(f, API_CALL("NoSuchThing", 1));
	assert_int_equal(f->n, 1);
	assert_true(f->last.unknown);
	assert_string_equal(f->seen[0], "S3:NoSuchThing 200");
}

static void bad_csm_is_counted(void **state)
{
	struct fixture *f = *state;

	csm(f, "");
	csm(f, "{");
	csm(f, "{\"Type\":\"Other\"}");
	assert_int_equal(f->n, 0);
	assert_int_equal(lp_assemble_stats(f->a)->malformed, 3);
}

static void waiting_attempts_are_bounded(void **state)
{
	struct fixture *f = *state;
	char text[1024];

	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text),
			 "{\"Type\":\"ApiCallAttempt\",\"Service\":\"S3\",\"Api\":\"GetObject\","
			 "\"XAmzRequestId\":\"%d\"}",
			 i);
		csm(f, text);
	}
	assert_true(f->p.n_attempts <= 1024);
	assert_int_equal(f->n + f->p.n_attempts, 5000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Whatever else a process calls a program of its own stays closed: who opens a device does
 * something.
 */
static void only_files_are_looked_into(void **state)
{
	char dir[] = "/tmp/test-assemble-XXXXXX", path[64], event[128];
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct fixture *f = *state;
	int n;

	assert_true(watch >= 0);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(inotify_add_watch(watch, path, IN_OPEN) >= 0);
	n = snprintf(event, sizeof(event), "static%c%s", '\0', path);
	put(f, 1, 0, LP_EV_NOT_FOLLOWED, lp_span_of(event, (size_t)n));
	assert_int_equal(f->blinds.n, 1);
	assert_string_equal(f->blinds.v[0].what, path);
	assert_int_equal(read(watch, event, sizeof(event)), -1);
	assert_int_equal(errno, EAGAIN);
	close(watch);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pairs_request_and_response),
		TEST(takes_an_answer_before_the_end),
		TEST(joins_bodies),
		TEST(keeps_connections_apart),
		TEST(follows_a_pipeline),
		TEST(a_later_answer_ends_the_wait_of_earlier_ones),
		TEST(unanswered_requests_are_calls),
		TEST(a_number_again_is_another_request),
		TEST(parts_without_a_start_are_counted),
		cmocka_unit_test(hands_over_what_the_wire_said),
		cmocka_unit_test(normalises_error_codes),
		TEST(finds_error_codes),
		TEST(unreadable_answers_are_none),
		TEST(answers_in_any_order),
		TEST(unreadable_requests_are_counted),
		TEST(unknown_operations_are_calls),
		TEST(metadata_is_marked),
		TEST(others_are_not_calls),
		TEST(lists_blind_spots),
		TEST(says_what_bodies_were_not_read),
		TEST(logins_go_to_what_was_reached),
		TEST(one_library_does_not_speak_for_another),
		TEST(programs_that_were_too_early),
		TEST(programs_that_ask_others),
		TEST(confined_until_the_next_program),
		TEST(blind_spots_are_bounded),
		TEST(bounds_a_process),
		TEST(bounds_one_body),
		TEST(bounds_requests_in_flight),
		TEST(needs_no_answers),
		TEST(needs_no_answers_behind_others),
		TEST(gives_up_no_answer_in_vain),
		TEST(survives_nonsense),
		TEST(a_csm_call_and_its_attempts_are_one),
		TEST(csm_calls_of_other_kinds_keep_their_attempts),
		TEST(csm_of_what_was_seen_counts_once),
		TEST(a_datagram_again_counts_once),
		TEST(unknown_csm_is_a_blind_spot),
		TEST(bad_csm_is_counted),
		TEST(waiting_attempts_are_bounded),
		TEST(only_files_are_looked_into),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
