/* SPDX-License-Identifier: MIT */
/*
 * collector/wire/repeat: a connection that remembers its last heads must emit what one emits that
 * does not, whatever follows them; and must know again what differs in values that mean nothing,
 * once these were seen to differ.
 */
#include "wire_util.h"

#include <pthread.h>
#include <sched.h>

#define TIME	  "X-Amz-Date: 20260101T000000Z\r\n"
#define TOKEN	  "x-amz-security-token: IQoJb3JpZ2lu\r\n"
#define SIGNATURE "Signature=5ec7e75ec7e75ec7e7"
#define TARGET	  "X-Amz-Target: DynamoDB_20120810.GetItem\r\n"
#define LENGTH	  "Content-Length: 56\r\n"
#define TABLE	  "{\"TableName\": \"orders\", "
#define KEY	  "\"Key\": {\"id\": {\"S\": \"0123456\"}}}"

#define HOST	   "Host: dynamodb.us-east-1.amazonaws.com\r\n"
#define CREDENTIAL "Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "

#define REQUEST(time, token, target, signature, length, body)                                      \
	"POST / HTTP/1.1\r\n" HOST time token target                                               \
	"Content-Type: application/x-amz-json-1.0\r\n"                                             \
	"Authorization: AWS4-HMAC-SHA256 " CREDENTIAL "SignedHeaders=host;x-amz-date, " signature  \
	"\r\n" length "\r\n" body

#define FIRST REQUEST(TIME, TOKEN, TARGET, SIGNATURE, LENGTH, TABLE KEY)
/* Other values wherever they mean nothing, and another length. */
#define SECOND                                                                                     \
	REQUEST("X-Amz-Date: 20260101T000000\r\n", "x-amz-security-token: \r\n",                   \
		"X-Amz-Target: DynamoDB_20120810.DeleteItem\r\n", "Signature=1",                   \
		"Content-Length: 53\r\n",                                                          \
		"{\"TableName\": \"order\", \"Key\": {\"id\": {\"S\": \"01234\"}}}")

#define RSP_ID	 "x-amzn-RequestId: 4KBNVRGD25RG1KEO9UT4\r\n"
#define RSP_TYPE "Content-Type: application/x-amz-json-1.0\r\n"
#define RSP_LEN	 "Content-Length: 29\r\n"
#define RSP_BODY "{\"KeyId\":\"1234-abcd\",\"N\":\"1\"}"

#define ANSWER(status, id, type, length, body) "HTTP/1.1 " status "\r\n" id type length "\r\n" body

#define FIRST_ANSWER ANSWER("200 OK", RSP_ID, RSP_TYPE, RSP_LEN, RSP_BODY)
#define SECOND_ANSWER                                                                              \
	ANSWER("200 OK", "x-amzn-RequestId: 4\r\n", RSP_TYPE, "Content-Length: 7\r\n", "{\"N\":1}")

static const struct {
	const char *name, *request, *answer;
	bool head, body, in; /* known again */
} followers[] = {
	{"the same", FIRST, FIRST_ANSWER, true, true, true},
	{"other values that mean nothing",
	 REQUEST("X-Amz-Date: 20260101T000001Z\r\n", "x-amz-security-token: :other,token\r\n",
		 TARGET, "Signature=0123456789abcdef01", LENGTH, TABLE KEY),
	 ANSWER("200 OK", "x-amzn-RequestId: 00000000000000000001\r\n", RSP_TYPE, RSP_LEN,
		RSP_BODY),
	 true, true, true},
	{"another key, another answer",
	 REQUEST(TIME, TOKEN, TARGET, SIGNATURE, LENGTH,
		 TABLE "\"Key\": {\"id\": {\"S\": \"6543210\"}}}"),
	 ANSWER("200 OK", RSP_ID, RSP_TYPE, RSP_LEN, "{\"KeyId\":\"5678-efgh\",\"N\":\"2\"}"), true,
	 true, true},
	{"a quote in a key, an answer of another type",
	 REQUEST(TIME, TOKEN, TARGET, SIGNATURE, LENGTH,
		 TABLE "\"Key\": {\"id\": {\"S\": \"01\\\"456\"}}}"),
	 ANSWER("200 OK", RSP_ID, "Content-Type: application/x-amz-xxxx-1.0\r\n", RSP_LEN,
		RSP_BODY),
	 true, false, false},
	{"a text that ends early, an answer of another length",
	 REQUEST(TIME, TOKEN, TARGET, SIGNATURE, LENGTH,
		 TABLE "\"Key\": {\"id\": {\"S\":\"\",\"B\":\"3\"}}}"),
	 ANSWER("200 OK", RSP_ID, RSP_TYPE, "Content-Length: 28\r\n",
		"{\"KeyId\":\"5678-efgh\",\"N\":\"\"}"),
	 true, false, true},
	{"longer ones",
	 REQUEST("X-Amz-Date: 20260101T000000.000Z\r\n", TOKEN, TARGET, SIGNATURE "0",
		 "Content-Length: 60\r\n",
		 "{\"TableName\": \"customers\", \"Key\": {\"id\": {\"S\": \"01234567\"}}}"),
	 ANSWER("200 OK", RSP_ID, RSP_TYPE, "Content-Length: 30\r\n",
		"{\"KeyId\":\"5678-efghi\",\"N\":\"\"}"),
	 true, true, true},
	{"a body that ends before the length says so",
	 REQUEST(TIME, TOKEN, TARGET, SIGNATURE, "Content-Length: 58\r\n", TABLE KEY "  "),
	 ANSWER("200 OK", RSP_ID, RSP_TYPE, "Content-Length: 3\r\n", "{ }"), true, true, true},
	{"no body", REQUEST(TIME, TOKEN, TARGET, SIGNATURE, "Content-Length: 0\r\n", ""),
	 ANSWER("200 OK", RSP_ID, RSP_TYPE, "Content-Length: 0\r\n", ""), true, false, true},
	{"lengths that are none",
	 REQUEST(TIME, TOKEN, TARGET, SIGNATURE, "Content-Length: 5 6\r\n", TABLE KEY),
	 ANSWER("200 OK", RSP_ID, RSP_TYPE, "Content-Length: \r\n", RSP_BODY), true, true, true},
	{"another member, an error",
	 REQUEST(TIME, TOKEN, TARGET, SIGNATURE, LENGTH, "{\"TableToken\":\"xyz\",   " KEY),
	 ANSWER("400 No", RSP_ID, RSP_TYPE, RSP_LEN, RSP_BODY), true, false, false},
	{"another operation, another field's name",
	 REQUEST(TIME, TOKEN, "X-Amz-Target: DynamoDB_20120810.PutItem\r\n", SIGNATURE, LENGTH,
		 TABLE KEY),
	 ANSWER("200 OK", "x-amzn-RequestXy: 4KBNVRGD25RG1KEO9UT4\r\n", RSP_TYPE, RSP_LEN,
		RSP_BODY),
	 true, true, false},
	{"a field with a line in it",
	 REQUEST("X-Amz-Date: 20260101\r\nX: xxx\r\n", TOKEN, TARGET, SIGNATURE, LENGTH, TABLE KEY),
	 ANSWER("200 OK", "x-amzn-RequestId: 4\r\nLocation: xxxxUT4\r\n", RSP_TYPE, RSP_LEN,
		RSP_BODY),
	 false, true, false},
	{"the end of the head where a token was",
	 REQUEST(TIME, "x-amz-security-token: IQo\r\n\r\nZc2lu\r\n", TARGET, SIGNATURE, LENGTH,
		 TABLE KEY),
	 ANSWER("200 OK", "x-amzn-RequestId: 4KBNVRGD25R\r\n\r\nxxUT4\r\n", RSP_TYPE, RSP_LEN,
		RSP_BODY),
	 false, false, false},
	{"another length where the signature was",
	 REQUEST(TIME, TOKEN, TARGET, "Signatur\r\nContent-Length: 77", LENGTH, TABLE KEY),
	 FIRST_ANSWER, false, true, true},
};

/* One connection without memory and one with. */
struct pair {
	struct journal j[2];
	struct lp_conn c[2];
	struct lp_conn_memory memory;
};

static struct lp_conn_memory *lend(void *ctx, const struct lp_conn *c)
{
	struct pair *p = (struct pair *)((char *)ctx - offsetof(struct pair, j[1]));

	assert_ptr_equal(c, &p->c[1]);
	return &p->memory;
}

static void pair_init(struct pair *p)
{
	static const struct lp_conn_host lends = {journal_hold, journal_release, journal_emit,
						  lend};

	for (unsigned i = 0; i < 2; i++) {
		p->j[i] = (struct journal){.hold_max = 4};
		lp_conn_init(&p->c[i], i ? &lends : &journal_host, &p->j[i], 7, 0);
	}
}

static void pair_feed(struct pair *p, struct lp_span request, struct lp_span answer)
{
	for (unsigned i = 0; i < 2; i++) {
		lp_conn_out(&p->c[i], request.ptr, request.len);
		lp_conn_in(&p->c[i], answer.ptr, answer.len);
	}
}

static void pair_end(struct pair *p, const char *name)
{
	for (unsigned i = 0; i < 2; i++) {
		lp_conn_close(&p->c[i]);
		assert_int_equal(p->j[i].holds, 0);
	}
	if (strcmp(p->j[0].text, p->j[1].text) != 0)
		fail_msg("%s: read\n%s\nremembered\n%s", name, p->j[0].text, p->j[1].text);
	journal_free(&p->j[0]);
	journal_free(&p->j[1]);
}

/* What comes twice is worth learning, and what differs after that is expected to. */
static void pair_learn_of(struct pair *p, struct lp_span first, struct lp_span second,
			  struct lp_span answer1, struct lp_span answer2)
{
	pair_init(p);
	pair_feed(p, first, answer1);
	pair_feed(p, first, answer1);
	pair_feed(p, second, answer2);
	pair_feed(p, first, answer1);
}

static void pair_learn(struct pair *p)
{
	pair_learn_of(p, LP_SPAN(FIRST), LP_SPAN(SECOND), LP_SPAN(FIRST_ANSWER),
		      LP_SPAN(SECOND_ANSWER));
}

static bool knows_head(const struct lp_repeat *r, struct lp_span in)
{
	struct lp_repeat_found f;

	return lp_repeat_is_head(r, in, &f);
}

static bool knows_body(const struct lp_conn_memory *m, struct lp_span request)
{
	size_t len = lp_http1_head_len(request, 0);
	struct lp_repeat_found f;

	return lp_repeat_is_json(&m->body, lp_span_from(request, len), &f);
}

static void knows_what_differs_in_nothing(void **state)
{
	static struct pair p;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(followers); i++) {
		struct lp_span request = lp_span_str(followers[i].request);
		struct lp_span answer = lp_span_str(followers[i].answer);
		struct guarded out = guarded(request), in = guarded(answer);

		pair_learn(&p);
		if (knows_head(&p.memory.out, request) != followers[i].head ||
		    knows_body(&p.memory, request) != followers[i].body ||
		    knows_head(&p.memory.in, answer) != followers[i].in)
			fail_msg("%s: not known, or known in spite of that", followers[i].name);
		pair_feed(&p, out.span, in.span);
		pair_feed(&p, LP_SPAN(FIRST), LP_SPAN(FIRST_ANSWER));
		pair_end(&p, followers[i].name);
		guarded_free(&out);
		guarded_free(&in);
	}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Other bytes, or bytes more or less, at a few places of `text`. */
static size_t change(char *to, size_t max, struct lp_span text, uint32_t *seed)
{
	static const char bytes[] = "\r\n\":\\,{} a1\0=;-/?";
	size_t len = text.len;

	memcpy(to, text.ptr, len);
	for (unsigned n = 1 + next_random(seed) % 3; n; n--) {
		size_t at = next_random(seed) % len;
		unsigned what = next_random(seed) % 4;

		if (what == 0 && len > 2) {
			memmove(to + at, to + at + 1, len - at - 1);
			len--;
			continue;
		}
		if (what == 1 && len < max) {
			memmove(to + at + 1, to + at, len - at);
			len++;
		}
		to[at] = bytes[next_random(seed) % sizeof(bytes)];
	}
	return len;
}

static void any_byte_changed(void **state)
{
	static struct pair p;
	char request[sizeof(FIRST) + 8], answer[sizeof(FIRST_ANSWER) + 8], name[32];
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t out = change(request, sizeof(request), LP_SPAN(FIRST), &seed);
		size_t in = change(answer, sizeof(answer), LP_SPAN(FIRST_ANSWER), &seed);

		pair_learn(&p);
		pair_feed(&p, lp_span_of(request, out), lp_span_of(answer, in));
		pair_feed(&p, LP_SPAN(FIRST), LP_SPAN(FIRST_ANSWER));
		snprintf(name, sizeof(name), "round %u", round);
		pair_end(&p, name);
	}
}

#define PATHS(method, path, fields)                                                                \
	method " " path " HTTP/1.1\r\nHost: 127.0.0.1:9000\r\n" fields                             \
	       "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/"         \
	       "us-east-1/" SERVICE "/aws4_request, SignedHeaders=host, " SIGNATURE "\r\n\r\n"
#define SERVICE		 "s3"
#define S3(method, path) PATHS(method, path, "")

/* Paths that came before, and one that follows: whose head is known if it is the same operation's,
 * for all that a body may say. */
static const struct {
	const char *first, *second, *next;
	bool known;
} paths[] = {
	{S3("GET", "/b/k"), S3("GET", "/b/other"), S3("GET", "/b/a/third%20one"), true},
	{S3("GET", "/b/k?x-id=GetObject"), S3("GET", "/b/l?x-id=GetObject"),
	 S3("GET", "/b/third?x-id=GetObject"), true},
	{S3("GET", "/b/k"), S3("GET", "/b/l"), S3("GET", "/b/m?versionId=abc"), true},
	{S3("GET", "/b/k"), S3("GET", "/b/l"), S3("GET", "/b?session"), false},
	{S3("GET", "/b/k"), S3("GET", "/b/l"), S3("GET", "/b/m?X-Amz-Security-Token=secret"),
	 false},
	{S3("GET", "/b/k?X-Amz-Security-Token=secret"),
	 S3("GET", "/b/k?X-Amz-Security-Token=secret"),
	 S3("GET", "/b/k?X-Amz-Security-Token=others"), false},
	{S3("GET", "/b/k"), S3("GET", "/b/l"), S3("GET", "/b/two words"), false},
	{S3("GET", "/b/k"), S3("GET", "/b/l"), S3("GET", "http://user:password@b/k"), false},
	{S3("GET", "/b/k"), S3("GET", "/b/l"), S3("GET", "http://other/b/k"), false},
	{S3("GET", " /b/k"), S3("GET", " /b/l"), S3("GET", " /b/m?x-id=GetObject"), false},
	{S3("GET", "/b/k "), S3("GET", "/b/l "), S3("GET", "/b/m?x-id=GetObject "), false},
	{S3("GET", " /b/k?x-id=1"), S3("GET", " /b/l?x-id=1"), S3("GET", " /b/m"), false},
	{S3("PUT", "/b/k"), S3("PUT", "/b/l"), S3("PUT", "/bucket"), false},
	{S3("PUT", "/b/k"), S3("PUT", "/b/l"), S3("PUT", "/b?replication"), false},
	{S3("PUT", "/bucket"), S3("PUT", "/bucket2"), S3("PUT", "/bucket-three"), true},
	{PATHS("GET", "/v20180820/tags/a", "x-amz-account-id: 1\r\n"),
	 PATHS("GET", "/v20180820/tags/b", "x-amz-account-id: 1\r\n"),
	 PATHS("GET", "/v20180820/tags?session", "x-amz-account-id: 1\r\n"), true},
#undef SERVICE
#define SERVICE "lambda"
	{S3("GET", "/2015-03-31/functions/f"), S3("GET", "/2015-03-31/functions/g"),
	 S3("GET", "/2015-03-31/functions/third"), true},
	{S3("POST", "/2015-03-31/functions/f/versions"),
	 S3("POST", "/2015-03-31/functions/g/versions"),
	 S3("POST", "/2015-03-31/functions/g/invocations"), false},
#undef SERVICE
#define SERVICE "execute-api"
	{S3("GET", "/prod/a"), S3("GET", "/prod/b"), S3("GET", "/prod/third"), true},
	{S3("GET", "/prod/a"), S3("GET", "/prod/b"), S3("GET", "/prod/b?name=own"), false},
};

static void another_path(void **state)
{
	static struct pair p;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(paths); i++) {
		struct lp_span first = lp_span_str(paths[i].first),
			       next = lp_span_str(paths[i].next);

		pair_learn_of(&p, first, lp_span_str(paths[i].second), LP_SPAN(FIRST_ANSWER),
			      LP_SPAN(SECOND_ANSWER));
		pair_feed(&p, next, LP_SPAN(SECOND_ANSWER));
		pair_feed(&p, next, LP_SPAN(SECOND_ANSWER));
		/* What was not known is learnt now. */
		if ((memcmp(p.memory.out_text, next.ptr, next.len) != 0) != paths[i].known)
			fail_msg("%s: not known, or known in spite of that", paths[i].next);
		pair_feed(&p, first, LP_SPAN(FIRST_ANSWER));
		pair_end(&p, paths[i].next);
	}
}

/* What no head can have. */
static void no_path(void **state)
{
	static const char *const bad[] = {S3("GET", "/b/\x01"),
					  S3("GET", "/b/\x7f"),
					  S3("GET", ""),
					  S3("GET", "/b/k HTTP/1.1\rX:"),
					  "GET \n",
					  "GET /b\r\n"};
	static struct pair p;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(bad); i++) {
		pair_learn_of(&p, LP_SPAN(S3("GET", "/b/k")), LP_SPAN(S3("GET", "/b/l")),
			      LP_SPAN(FIRST_ANSWER), LP_SPAN(SECOND_ANSWER));
		pair_feed(&p, lp_span_str(bad[i]), LP_SPAN(SECOND_ANSWER));
		pair_feed(&p, LP_SPAN(S3("GET", "/b/k")), LP_SPAN(FIRST_ANSWER));
		pair_end(&p, bad[i]);
	}
}

static void the_same_answer_to_another_request(void **state)
{
	static struct pair p;
	char head[512];

	(void)state;
	pair_learn(&p);
	/* Its head alone is the answer. */
	snprintf(head, sizeof(head), "HEAD%s", strchr(FIRST, ' '));
	pair_feed(&p, lp_span_str(head),
		  lp_span_first(LP_SPAN(FIRST_ANSWER), sizeof(FIRST_ANSWER) - sizeof(RSP_BODY)));
	pair_feed(&p, LP_SPAN(FIRST), LP_SPAN(FIRST_ANSWER));
	pair_end(&p, "HEAD");
}

static void in_pieces(void **state)
{
	static struct pair p;

	(void)state;
	for (size_t cut = 1; cut < sizeof(FIRST) - 1; cut++) {
		struct lp_span none = {NULL, 0};

		pair_learn(&p);
		pair_feed(&p, lp_span_first(LP_SPAN(FIRST), cut), none);
		pair_feed(&p, lp_span_from(LP_SPAN(FIRST), cut), none);
		pair_feed(&p, LP_SPAN(FIRST FIRST), none);
		pair_feed(&p, none,
			  lp_span_first(LP_SPAN(FIRST_ANSWER), cut % (sizeof(FIRST_ANSWER) - 1)));
		pair_feed(&p, none,
			  lp_span_from(LP_SPAN(FIRST_ANSWER), cut % (sizeof(FIRST_ANSWER) - 1)));
		pair_feed(&p, none, LP_SPAN(FIRST_ANSWER FIRST_ANSWER));
		pair_end(&p, "cut");
	}
}

/* Each only once what is free in it was seen to differ; that stays known. */
static void opens_one_after_the_other(void **state)
{
	static const char *const requests[] = {
		FIRST,
		FIRST,
		REQUEST("X-Amz-Date: 2\r\n", TOKEN, TARGET, SIGNATURE, LENGTH, TABLE KEY),
		REQUEST("X-Amz-Date: 2\r\n", TOKEN, TARGET, "Signature=1", LENGTH, TABLE KEY),
		REQUEST("X-Amz-Date: 3\r\n", TOKEN, TARGET, "Signature=2", LENGTH, TABLE KEY),
	};
	static struct pair p;

	(void)state;
	pair_init(&p);
	for (size_t i = 0; i < LP_ARRAY_LEN(requests); i++) {
		assert_int_equal(knows_head(&p.memory.out, lp_span_str(requests[i])), i == 4);
		pair_feed(&p, lp_span_str(requests[i]), LP_SPAN(FIRST_ANSWER));
	}
	pair_end(&p, "opens");
}

/* More than a head may have, and than is kept of a text. */
static void too_long(void **state)
{
	static char text[2 * LP_HEAD_MAX];
	static struct pair p;
	const int longs[] = {LP_FIELD_MAX, LP_FIELD_MAX + 2000, LP_HEAD_MAX};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(longs); i++) {
		pair_learn(&p);
		snprintf(text, sizeof(text),
			 REQUEST("X-Amz-Date: %0*d\r\n", TOKEN, TARGET, SIGNATURE, LENGTH,
				 TABLE KEY),
			 longs[i], 0);
		pair_feed(&p, lp_span_str(text), LP_SPAN(FIRST_ANSWER));
		pair_feed(&p, LP_SPAN(FIRST), LP_SPAN(FIRST_ANSWER));
		pair_end(&p, "head");
		pair_learn(&p);
		snprintf(text, sizeof(text),
			 REQUEST(TIME, TOKEN, TARGET, SIGNATURE, "Content-Length: %d\r\n",
				 "{\"TableName\": \"%0*d\", " KEY),
			 longs[i] + 50, longs[i], 0);
		pair_feed(&p, lp_span_str(text), LP_SPAN(FIRST_ANSWER));
		pair_feed(&p, LP_SPAN(FIRST), LP_SPAN(FIRST_ANSWER));
		pair_end(&p, "body");
	}
}

/* Two that alternate, each often enough to be learnt. */
static const struct {
	const char *name, *first, *second;
} others[] = {
	{"more of a field on a line of its own",
	 "GET /b/k HTTP/1.1\r\n" HOST "Authorization: AWS4-HMAC-SHA256\r\n Credential=A:K/20260101/"
	 "us-east-1/s3/aws4_request, SignedHeaders=host, " SIGNATURE "\r\n\r\n",
	 "GET /b/k HTTP/1.1\r\n" HOST "Authorization: AWS4-HMAC-SHA256\r\n Credential=A:K/20260101/"
	 "us-east-1/xy/aws4_request, SignedHeaders=host, " SIGNATURE "\r\n\r\n"},
	{"no signature but blanks",
	 "GET / HTTP/1.1\r\n" HOST "Authorization: AWS4-HMAC-SHA256 " CREDENTIAL
	 "SignedHeaders=host   \r\n\r\n",
	 "GET / HTTP/1.1\r\n" HOST "Authorization: AWS4-HMAC-SHA256 " CREDENTIAL
	 "SignedHeaders=host ;x\r\n\r\n"},
	{"two lengths", REQUEST(TIME, TOKEN, TARGET, SIGNATURE, LENGTH LENGTH, TABLE KEY),
	 REQUEST(TIME, TOKEN, TARGET, SIGNATURE, "Content-Length: 57\r\n" LENGTH, TABLE KEY " ")},
	{"a body that is nobody's business", FIRST,
	 "POST / HTTP/1.1\r\n" HOST TIME TOKEN TARGET "Content-Type: application/octet-stream--\r\n"
	 "Authorization: AWS4-HMAC-SHA256 " CREDENTIAL "SignedHeaders=host;x-amz-date, " SIGNATURE
	 "\r\n" LENGTH "\r\n" TABLE KEY},
};

static void learns_one_after_the_other(void **state)
{
	static struct pair p;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(others); i++) {
		pair_init(&p);
		for (unsigned k = 0; k < 24; k++)
			pair_feed(&p, lp_span_str(k / 4 % 2 ? others[i].second : others[i].first),
				  LP_SPAN(FIRST_ANSWER));
		pair_end(&p, others[i].name);
	}
}

/* It is longer than the known head says: its end may lie in the next request. */
static void a_body_behind_a_head_in_pieces(void **state)
{
	static const char head[] =
		REQUEST(TIME, TOKEN, TARGET, SIGNATURE, "Content-Length: 100\r\n", ""),
			  short_head[] = REQUEST(TIME, TOKEN, TARGET, SIGNATURE, LENGTH, "");
	const struct lp_span none = {NULL, 0};
	static struct pair p;
	char body[128], text[2048];

	(void)state;
	pair_learn(&p);
	snprintf(body, sizeof(body), "{\"k\":\"%092d\"}", 0);
	for (unsigned i = 0; i < 3; i++) {
		pair_feed(&p, lp_span_first(LP_SPAN(head), 20), none);
		pair_feed(&p, lp_span_from(LP_SPAN(head), 20), none);
		pair_feed(&p, lp_span_str(body), LP_SPAN(FIRST_ANSWER));
	}
	snprintf(text, sizeof(text), "%s{\"k\":\"%050dGET /%037d\"} HTTP/1.1\r\n%s", short_head, 0,
		 0, strchr(short_head, '\n') + 1);
	pair_feed(&p, lp_span_str(text), LP_SPAN(FIRST_ANSWER FIRST_ANSWER));
	pair_end(&p, "pieces");
}

/* A body that no JSON would be, behind a head of another kind and then behind the known one. */
static void a_body_of_another_kind(void **state)
{
	static const char *const bodies[] = {"\"k\"&A=b", "[1]&A=b", "{}&A=b"};
	static struct pair p;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(bodies); i++) {
		pair_learn(&p);
		snprintf(text, sizeof(text),
			 "POST / HTTP/1.1\r\n" HOST
			 "Content-Type: application/x-www-form-urlencoded\r\n"
			 "Authorization: AWS4-HMAC-SHA256 " CREDENTIAL
			 "SignedHeaders=host, " SIGNATURE "\r\nContent-Length: %zu\r\n\r\n%s",
			 strlen(bodies[i]), bodies[i]);
		pair_feed(&p, lp_span_str(text), LP_SPAN(FIRST_ANSWER));
		snprintf(text, sizeof(text),
			 REQUEST(TIME, TOKEN, TARGET, SIGNATURE, "Content-Length: %zu\r\n", "%s"),
			 strlen(bodies[i]), bodies[i]);
		pair_feed(&p, lp_span_str(text), LP_SPAN(FIRST_ANSWER));
		pair_end(&p, bodies[i]);
	}
}

/* A body that was to wait may be left out. */
static void expected(void **state)
{
	static const char head[] =
		"PUT /k HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nAuthorization: "
		"AWS4-HMAC-SHA256 " CREDENTIAL "SignedHeaders=host, " SIGNATURE
		"\r\nContent-Length: 500\r\n\r\n";
	static struct pair p;

	(void)state;
	pair_init(&p);
	for (unsigned i = 0; i < 5; i++)
		pair_feed(&p, LP_SPAN(head), LP_SPAN(FIRST_ANSWER));
	pair_end(&p, "expected");
}

/* A head that nobody knows yet, each time another one. */
static struct lp_span number(char *head, size_t max, unsigned i)
{
	char *region;

	snprintf(head, max, "%s", FIRST);
	region = strstr(head, "east");
	region[0] = (char)('a' + i % 26);
	region[1] = (char)('a' + i / 26);
	return lp_span_str(head);
}

/* Heads of one shape that are never like each other are not learnt for ever. */
static void gives_up(void **state)
{
	static struct pair p;
	unsigned learnt = 0;
	char head[1024];

	(void)state;
	pair_init(&p);
	for (unsigned i = 0; i < 50; i++) {
		pair_feed(&p, number(head, sizeof(head), i), LP_SPAN(FIRST_ANSWER));
		learnt += knows_head(&p.memory.out, lp_span_str(head));
	}
	assert_int_equal(learnt, 4);
	pair_end(&p, "others");
	/* But as long as some are. */
	pair_init(&p);
	for (unsigned i = learnt = 0; i < 50; i++) {
		for (unsigned k = 0; k < 3; k++)
			pair_feed(&p, number(head, sizeof(head), i), LP_SPAN(FIRST_ANSWER));
		learnt += knows_head(&p.memory.out, lp_span_str(head));
	}
	assert_int_equal(learnt, 50);
	pair_end(&p, "each often");
	/* And what comes in between does not take its place. */
	pair_learn(&p);
	for (unsigned i = 0; i < 8; i++) {
		pair_feed(&p, LP_SPAN("GET /k HTTP/1.1\r\n" HOST "\r\n"), LP_SPAN(FIRST_ANSWER));
		assert_true(knows_head(&p.memory.out, LP_SPAN(FIRST)));
		pair_feed(&p, LP_SPAN(FIRST), LP_SPAN(FIRST_ANSWER));
	}
	pair_end(&p, "in between");
}

#define ROUNDS	  10000
#define IN_FLIGHT 4

/* One thread asks, another one takes the answers; what both see of each other. */
static struct {
	struct lp_conn c;
	struct lp_conn_memory memory;
	_Atomic unsigned asked, answered, requests, responses, others;
} both;

static void both_emit(void *ctx, const struct lp_conn *c, enum lp_event_type type, uint32_t seq,
		      const struct lp_span *parts, unsigned n)
{
	(void)ctx;
	(void)c;
	(void)seq;
	(void)parts;
	(void)n;
	if (type == LP_EV_REQUEST)
		atomic_fetch_add_explicit(&both.requests, 1, memory_order_relaxed);
	else if (type == LP_EV_RESPONSE)
		atomic_fetch_add_explicit(&both.responses, 1, memory_order_relaxed);
	else if (type != LP_EV_BODY_WHOLE)
		atomic_fetch_add_explicit(&both.others, 1, memory_order_relaxed);
}

/* No answer's body is read where there is no buffer. */
static char *both_hold(void *ctx)
{
	(void)ctx;
	return NULL;
}

static struct lp_conn_memory *both_memory(void *ctx, const struct lp_conn *c)
{
	(void)ctx;
	(void)c;
	return &both.memory;
}

static void *asks(void *arg)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		/* Relaxed, so that nothing but the connection itself orders the two. */
		while (i - atomic_load_explicit(&both.answered, memory_order_relaxed) >= IN_FLIGHT)
			sched_yield();
		lp_conn_out(&both.c, FIRST, sizeof(FIRST) - 1);
		atomic_fetch_add_explicit(&both.asked, 1, memory_order_relaxed);
	}
	return arg;
}

static void *answers(void *arg)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		while (atomic_load_explicit(&both.asked, memory_order_relaxed) <= i)
			sched_yield();
		lp_conn_in(&both.c, FIRST_ANSWER, sizeof(FIRST_ANSWER) - 1);
		atomic_fetch_add_explicit(&both.answered, 1, memory_order_relaxed);
	}
	return arg;
}

/* Under ThreadSanitizer, too. */
static void at_once(void **state)
{
	static const struct lp_conn_host host = {both_hold, NULL, both_emit, both_memory};
	pthread_t threads[2];

	(void)state;
	lp_conn_init(&both.c, &host, NULL, 1, 0);
	assert_int_equal(pthread_create(&threads[0], NULL, asks, NULL), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, answers, NULL), 0);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_int_equal(both.requests, ROUNDS);
	assert_int_equal(both.responses, ROUNDS);
	assert_int_equal(both.others, 0);
	assert_true(both.memory.out.len && both.memory.in.len);
	lp_conn_close(&both.c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_differs_in_nothing),
		cmocka_unit_test(any_byte_changed),
		cmocka_unit_test(another_path),
		cmocka_unit_test(no_path),
		cmocka_unit_test(the_same_answer_to_another_request),
		cmocka_unit_test(in_pieces),
		cmocka_unit_test(opens_one_after_the_other),
		cmocka_unit_test(too_long),
		cmocka_unit_test(learns_one_after_the_other),
		cmocka_unit_test(a_body_behind_a_head_in_pieces),
		cmocka_unit_test(a_body_of_another_kind),
		cmocka_unit_test(expected),
		cmocka_unit_test(gives_up),
		cmocka_unit_test(at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
