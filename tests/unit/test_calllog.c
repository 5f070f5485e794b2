/* SPDX-License-Identifier: MIT */
#include "evidence.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/denied.h"
#include "policy/timestamp.h"

/* What lp_calllog_write makes of a call, with the newline. */
static char *line_of(const struct lp_call *call, const struct lp_identities *ids)
{
	struct lp_arena scratch;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	lp_arena_init(&scratch, 1 << 20);
	assert_int_equal(lp_calllog_write(out, call, ids, &scratch), 0);
	fclose(out);
	lp_arena_fini(&scratch);
	return text;
}

static struct lp_call full_call(void)
{
	static const char *const resources[] = {"arn:aws:s3:::b/\n\"${*}\xc3\xa9",
						"arn:aws:s3:::b/2"};
	static const struct lp_condition conds[] = {{"StringEquals", "s3:x", "y"}};
	static const struct lp_grant grants[] = {
		{"s3:GetObject", resources, 2, conds, 1, LP_GRANT_DEPENDENT, "because"},
		{"s3:ListBucket", resources + 1, 1, NULL, 0, 0, NULL},
	};

	return (struct lp_call){
		.time_ns = 1769860800123456789,
		.pid = 42,
		.program = LP_SPAN("/usr/bin/a \xff"),
		.source = LP_SOURCE_PROBE,
		.access_key = LP_SPAN("AKIAIOSFODNN7EXAMPLE"),
		.service = "S3",
		.operation = "GetObject",
		.region = LP_SPAN("eu-west-1"),
		.authz = {.grants = grants, .n_grants = 2},
		.status = 200,
		.request_id = LP_SPAN("RID"),
	};
}

static void test_write(void **state)
{
	struct lp_call call = full_call();
	char *line = line_of(&call, NULL);

	(void)state;
	assert_string_equal(
		line,
		"{\"v\":1,\"time\":\"2026-01-31T12:00:00.123456789Z\",\"pid\":42,"
		"\"program\":\"/usr/bin/a \\ufffd\",\"identity\":null,"
		"\"accessKeyId\":\"AKIAIOSFODNN7EXAMPLE\",\"service\":\"S3\","
		"\"operation\":\"GetObject\",\"region\":\"eu-west-1\",\"actions\":["
		"{\"action\":\"s3:GetObject\",\"resources\":[\"arn:aws:s3:::b/\\n\\\"${*}\\u00e9\","
		"\"arn:aws:s3:::b/2\"],\"conditions\":[{\"op\":\"StringEquals\",\"key\":\"s3:x\","
		"\"value\":\"y\"}],\"flags\":[\"dependent\"],\"reason\":\"because\"},"
		"{\"action\":\"s3:ListBucket\",\"resources\":[\"arn:aws:s3:::b/2\"]}],"
		"\"status\":200,\"requestId\":\"RID\",\"errorCode\":null,\"source\":\"probe\"}\n");
	free(line);
}

static void test_round_trip(void **state)
{
	struct lp_call call = full_call(), read;
	char *line = line_of(&call, NULL), *again;
	struct lp_repeats repeats;
	struct lp_unseen gap;
	struct lp_arena scratch;
	const char *why;
	bool only_facts;

	(void)state;
	lp_arena_init(&scratch, 1 << 20);
	assert_int_equal(lp_calllog_parse(lp_span_of(line, strlen(line) - 1), &scratch, &read,
					  &repeats, &gap, &only_facts, NULL, NULL, &why),
			 0);
	assert_false(only_facts);
	assert_int_equal(gap.count, 0);
	assert_int_equal(repeats.count, 1);
	assert_int_equal(repeats.last_ns, call.time_ns);
	assert_int_equal(repeats.sources, 1u << LP_SOURCE_PROBE);
	again = line_of(&read, NULL);
	assert_string_equal(again, line);
	free(again);
	free(line);
	lp_arena_fini(&scratch);
}

/* A log and the ledger it was written from give the same policies, identities included. */
static void test_same_policy(void **state)
{
	const struct lp_field fields[] = {
		{LP_SPAN("Arn"), LP_SPAN("arn:aws:sts::123456789012:assumed-role/web/i-1")}};
	const struct lp_response rsp = {.status = 200, .fields = fields, .n_fields = 1};
	const char *const queue[] = {"arn:aws:sqs:eu-west-1:*:q"};
	const struct lp_grant grant = {"sqs:SendMessage", queue, 1, NULL, 0, 0, NULL};
	const struct lp_build_options opts = {0};
	struct lp_call calls[2] = {full_call(), full_call()};
	struct lp_ledger *live, *logged;
	char *a, *b;

	(void)state;
	calls[0].authz = (struct lp_authz){.grants = &grant, .n_grants = 1};
	calls[1].service = "STS";
	calls[1].operation = "GetCallerIdentity";
	calls[1].authz = (struct lp_authz){.no_permission = true};
	calls[1].response = &rsp;
	assert_int_equal(lp_ledger_new(&live), 0);
	assert_int_equal(lp_ledger_new(&logged), 0);
	for (size_t i = 0; i < 2; i++) {
		char *line;

		assert_int_equal(lp_ledger_add(live, &calls[i]), 0);
		line = line_of(&calls[i], lp_ledger_identities(live));
		add_line(logged, line);
		free(line);
	}
	a = text_of(live, &opts, LP_FORMAT_JSON);
	b = text_of(logged, &opts, LP_FORMAT_JSON);
	assert_string_equal(a, b);
	assert_non_null(strstr(a, "arn:aws:sqs:eu-west-1:123456789012:q"));
	free(a);
	free(b);
	lp_ledger_free(live);
	lp_ledger_free(logged);
}

static void test_bad_lines(void **state)
{
	static const char *const bad[] = {
		"{",
		"[]",
		"null",
		"{}",
		"{\"v\":1}",
		"{\"v\":2,\"operation\":\"X\"}",
		"{\"v\":\"1\",\"operation\":\"X\"}",
		"{\"operation\":\"X\",\"actions\":[]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":{}}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[1]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[{\"action\":\"a:b\"}]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[{\"resources\":[\"*\"]}]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[{\"action\":\"a:b\",\"resources\":[\"\"]"
		"}]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[" GRANT("*", "*") "]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[" GRANT("s3:Get*", "*") "]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[" GRANT("s3", "*") "]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[" GRANT("s3:", "*") "]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[" GRANT(":x", "*") "]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[" GRANT("a:b:c", "*") "]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[" GRANT("a:b", "**") "]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[],\"actions\":[]}",
		"{\"v\":1,\"operation\":\"X\",\"actions\":[]} x",
		"{\"v\":1,\"operation\":\"X\",\"time\":\"yesterday\"}",
		"{\"v\":1,\"operation\":7}",
		"{\"v\":1,\"operation\":\"X\",\"count\":-1}",
		"{\"v\":1,\"operation\":\"X\",\"count\":\"1\"}",
		"{\"v\":1,\"operation\":\"X\",\"count\":1234567890123456}",
		"{\"v\":1,\"operation\":\"X\",\"status\":\"200\"}",
		"{\"v\":1,\"operation\":\"X\",\"status\":2.5}",
		"{\"v\":1,\"operation\":\"X\",\"source\":{}}",
		("{\"v\":1,\"operation\":\"X\",\"actions\":[{\"action\":\"a:b\",\"resources\":[\"*"
		 "\"],"
		 "\"conditions\":[{\"op\":\"StringNotEquals\",\"key\":\"k\",\"value\":\"v\"}]}]}"),
	};
	struct lp_arena scratch;
	struct lp_ledger *l;

	(void)state;
	assert_int_equal(lp_ledger_new(&l), 0);
	lp_arena_init(&scratch, 1 << 20);
	for (size_t i = 0; i < LP_ARRAY_LEN(bad); i++) {
		const char *why = NULL;

		if (lp_calllog_line(lp_span_str(bad[i]), l, &scratch, &why) != -EBADMSG || !why)
			fail_msg("taken: %s", bad[i]);
	}
	add_line(l, "{\"v\":1,\"later\":{\"x\":[1,{}]},\"operation\":\"X\",\"source\":\"moon\"}");
	lp_arena_fini(&scratch);
	lp_ledger_free(l);
}

/* Every beginning of a good line is bad, at the end of a page that must not be read past. */
static void test_torn_lines(void **state)
{
	struct lp_call call = full_call();
	char *line = line_of(&call, NULL);
	size_t len = strlen(line) - 1, page = (size_t)sysconf(_SC_PAGESIZE);
	char *map =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct lp_arena scratch;
	struct lp_ledger *l;

	(void)state;
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
	assert_int_equal(lp_ledger_new(&l), 0);
	lp_arena_init(&scratch, 1 << 20);
	for (size_t n = 0; n <= len; n++) {
		char *at = map + page - n;
		const char *why;
		int err;

		memcpy(at, line, n);
		err = lp_calllog_line(lp_span_of(at, n), l, &scratch, &why);
		assert_int_equal(err, n == len ? 0 : -EBADMSG);
	}
	lp_arena_fini(&scratch);
	lp_ledger_free(l);
	munmap(map, 2 * page);
	free(line);
}

static uint64_t bad_lines[8];
static size_t n_bad_lines;

static void note_bad(void *ctx, uint64_t line, const char *why)
{
	(void)ctx;
	assert_non_null(why);
	if (n_bad_lines < LP_ARRAY_LEN(bad_lines))
		bad_lines[n_bad_lines++] = line;
}

static void test_read_stream(void **state)
{
	struct lp_calllog_stats stats;
	struct lp_ledger_counts counts;
	struct lp_ledger *l;
	FILE *f = tmpfile();
	char *huge = malloc(LP_CALLLOG_LINE_MAX + 100);

	(void)state;
	assert_non_null(f);
	assert_non_null(huge);
	memset(huge, 'x', LP_CALLLOG_LINE_MAX + 99);
	huge[LP_CALLLOG_LINE_MAX + 99] = '\0';
	fprintf(f, "%s\r\n\n", CALL("A", GRANT("s3:GetObject", "arn:aws:s3:::b/1")));
	fprintf(f, "alien\n%s\n", huge);
	fprintf(f, "%s\n{\"v\":1,\"ti", CALL("A", GRANT("s3:GetObject", "arn:aws:s3:::b/2")));
	fflush(f);
	rewind(f);
	assert_int_equal(lp_ledger_new(&l), 0);
	assert_int_equal(lp_calllog_read(fileno(f), l, NULL, note_bad, NULL, &stats), 0);
	lp_ledger_counts(l, &counts);
	assert_int_equal(counts.calls, 2);
	assert_int_equal(counts.resources, 2);
	assert_int_equal(stats.lines, 5);
	assert_int_equal(stats.bad, 3);
	assert_int_equal(n_bad_lines, 3);
	assert_int_equal(bad_lines[0], 3);
	assert_int_equal(bad_lines[1], 4);
	assert_int_equal(bad_lines[2], 6);
	lp_ledger_free(l);
	free(huge);
	fclose(f);
}

static void put_times(FILE *f, const char *s, unsigned n)
{
	while (n--)
		fputs(s, f);
}

/* Lines for which nobody has room keep out no others; a mark of the byte order is none of a line.
 */
static void test_too_much(void **state)
{
	struct lp_calllog_stats stats;
	struct lp_ledger_counts counts;
	struct lp_ledger *l;
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	fprintf(f, "\xef\xbb\xbf%s\n", CALL("A", GRANT("s3:GetObject", "arn:aws:s3:::b/1")));
	fputs("{\"v\":1,\"operation\":\"x\",\"actions\":[", f);
	put_times(f, "1,", 1000 * 1000);
	fputs("1]}\n{\"v\":1,\"operation\":\"x\",\"actions\":[{\"action\":\"s3:GetObject\","
	      "\"resources\":[\"*\"],\"conditions\":[",
	      f);
	put_times(f, "1,", 1900 * 1000);
	fputs("1]}]}\n{\"v\":1,\"operation\":\"x\",\"actions\":[{\"action\":\"s3:GetObject\","
	      "\"resources\":[\"",
	      f);
	put_times(f, "\xff", 2000 * 1000);
	fprintf(f, "\"]}]}\n%s\n", CALL("A", GRANT("s3:GetObject", "arn:aws:s3:::b/2")));
	fflush(f);
	rewind(f);
	n_bad_lines = 0;
	assert_int_equal(lp_ledger_new(&l), 0);
	assert_int_equal(lp_calllog_read(fileno(f), l, NULL, note_bad, NULL, &stats), 0);
	lp_ledger_counts(l, &counts);
	assert_int_equal(counts.resources, 2);
	assert_int_equal(stats.bad, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(bad_lines[i], i + 2);
	lp_ledger_free(l);
	fclose(f);
}

static char *merged(const struct lp_ledger *l)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(lp_calllog_write_ledger(out, l), 0);
	fclose(out);
	return text;
}

static void test_merged_log(void **state)
{
	static const char *const lines[] = {
		CALL("A", GRANT("s3:GetObject", "arn:aws:s3:::b/1")),
		CALL("A", GRANT("s3:GetObject", "arn:aws:s3:::b/1")),
		CALL("B", GRANT_IF("s3:ListBucket", "arn:aws:s3:::b", "s3:prefix", "p\\n")),
		CALL("C", GRANT_FLAG("kms:Decrypt", "*", "possible")),
		"{\"v\":1,\"service\":\"New\",\"operation\":\"Thing\",\"unknown\":\"no such "
		"service\"}",
		"{\"v\":1,\"accessKeyId\":\"K\",\"operation\":\"D\",\"status\":403,\"actions\":"
		"[" GRANT("s3:GetObject",
			  "arn:aws:s3:::b/3") "],\"time\":\"2026-01-01T00:00:00Z\"}",
	};
	struct lp_ledger *l = ledger_of(lines, LP_ARRAY_LEN(lines)), *again;
	struct lp_ledger_counts counts;
	char *first = merged(l), *second, *p, *save;

	(void)state;
	assert_int_equal(lp_ledger_new(&again), 0);
	p = strdup(first);
	for (char *line = strtok_r(p, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		add_line(again, line);
	second = merged(again);
	assert_string_equal(first, second);
	lp_ledger_counts(again, &counts);
	assert_int_equal(counts.unknown, 1);
	assert_int_equal(counts.denied, 1);
	assert_non_null(strstr(first, "\"count\":2"));
	/* Of old logs too: what is possible has a member of its own. */
	assert_non_null(
		strstr(first, "\"possible\":[{\"action\":\"kms:Decrypt\",\"resources\":[\"*\"]}]"));
	assert_null(strstr(first, "flags"));
	/* An end of line is one that IAM takes. */
	assert_non_null(strstr(first, "\"value\":\"p\\n\""));
	free(p);
	free(first);
	free(second);
	lp_ledger_free(l);
	lp_ledger_free(again);
}

/* The first time and the last, in whatever order they come. */
static void test_times(void **state)
{
	static const char *const hours[] = {"12", "09", "15", "10"};
	struct lp_ledger *l = ledger_of(NULL, 0);
	char line[512], *got;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(hours); i++) {
		snprintf(line, sizeof(line),
			 "{\"v\":1,\"time\":\"2026-01-01T%s:00:00Z\",\"status\":409,\"service\":"
			 "\"S3\","
			 "\"operation\":\"X\",\"actions\":[" GRANT("s3:GetObject",
								   "arn:aws:s3:::b/1") "]}",
			 hours[i]);
		add_line(l, line);
	}
	got = merged(l);
	assert_non_null(strstr(got, "\"time\":\"2026-01-01T09:00:00"));
	assert_non_null(strstr(got, "\"lastTime\":\"2026-01-01T15:00:00"));
	free(got);
	lp_ledger_free(l);
}

static void test_timestamps(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{"1970-01-01T00:00:01Z", 1000000000},
		{"2000-02-29T23:59:59.5Z", 951868799500000000},
		{"2026-01-31T12:00:00.123456789Z", 1769860800123456789},
		{"2026-12-31T00:00:00Z", 1798675200000000000},
		{"2026-01-31T12:00:00.1234567899Z", 1769860800123456789},
	};
	static const char *const bad[] = {"",
					  "2026-01-31",
					  "2026-01-31T12:00:00",
					  "2026-13-31T12:00:00Z",
					  "2026-01-32T12:00:00Z",
					  "2026-02-29T12:00:00Z",
					  "2100-02-29T12:00:00Z",
					  "2026-11-31T12:00:00Z",
					  "2026-01-31T24:00:00Z",
					  "2026-01-31T12:00:00.Z",
					  "2026-01-31T12:00:00.xZ",
					  "2026-01-31 12:00:00Z"};
	char buf[LP_TIMESTAMP_SIZE];
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(good); i++) {
		assert_int_equal(lp_timestamp_read(lp_span_str(good[i].text), &ns), 0);
		assert_int_equal(ns, good[i].ns);
		assert_non_null(lp_timestamp_write(ns, buf));
		assert_int_equal(lp_timestamp_read(lp_span_str(buf), &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
	for (size_t i = 0; i < LP_ARRAY_LEN(bad); i++)
		assert_int_not_equal(lp_timestamp_read(lp_span_str(bad[i]), &ns), 0);
	assert_null(lp_timestamp_write(0, buf));
}

/* --- what AWS says when it refuses ------------------------------------------------------------ */

static void test_denied_message(void **state)
{
	static const struct {
		const char *code, *message, *action, *resource;
	} rows[] = {
		{"AccessDenied",
		 "User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: "
		 "s3:PutObject on resource: \"arn:aws:s3:::b/a*b\" because no identity-based "
		 "policy "
		 "allows the s3:PutObject action",
		 "s3:PutObject", "arn:aws:s3:::b/a${*}b"},
		{"AccessDeniedException",
		 "User: arn:aws:iam::123456789012:user/u is not authorized to perform: "
		 "dynamodb:GetItem on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/t "
		 "because no identity-based policy allows the dynamodb:GetItem action",
		 "dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/t"},
		{"UnauthorizedOperation",
		 "You are not authorized to perform this operation. User: u is not authorized to "
		 "perform: ec2:RunInstances on resource: arn:aws:ec2:r:1:instance/* with an "
		 "explicit "
		 "deny in a service control policy",
		 "ec2:RunInstances", "arn:aws:ec2:r:1:instance/${*}"},
		{"AccessDeniedException",
		 "User: u is not authorized to perform: logs:PutLogEvents on resource: "
		 "arn:aws:logs:r:1:log-group:g:*.",
		 "logs:PutLogEvents", "arn:aws:logs:r:1:log-group:g:*"},
		{"AccessDenied",
		 "User: u is not authorized to perform: s3:ListAllMyBuckets on "
		 "resource: *",
		 "s3:ListAllMyBuckets", "*"},
		{"AccessDenied", "Access Denied", NULL, NULL},
		{"AccessDenied", "u is not authorized to perform: s3:PutObject", NULL, NULL},
		{"AccessDenied", "u is not authorized to perform: this on resource: *", NULL, NULL},
		{"NoSuchKey", "u is not authorized to perform: s3:PutObject on resource: *", NULL,
		 NULL},
	};
	struct lp_arena arena;

	(void)state;
	lp_arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		const struct lp_field field = {LP_SPAN("Message"), lp_span_str(rows[i].message)};
		const struct lp_response rsp = {.status = 403, .fields = &field, .n_fields = 1};
		const struct lp_call call = {
			.status = 403,
			.error_code = lp_span_str(rows[i].code),
			.response = &rsp,
		};
		struct lp_grant g;

		assert_int_equal(lp_denied_grant(&call, &arena, &g), rows[i].action != NULL);
		if (!rows[i].action)
			continue;
		assert_string_equal(g.action, rows[i].action);
		assert_int_equal(g.n_resources, 1);
		assert_string_equal(g.resources[0], rows[i].resource);
		assert_int_equal(g.flags, LP_GRANT_DENIED);
	}
	lp_arena_fini(&arena);
}

static void test_denied_codes(void **state)
{
	(void)state;
	assert_true(lp_outcome_denied(LP_SPAN("AccessDenied"), 403));
	assert_true(lp_outcome_denied(LP_SPAN("AccessDeniedException"), 400));
	assert_true(lp_outcome_denied(LP_SPAN("UnauthorizedOperation"), 403));
	assert_true(lp_outcome_denied(LP_SPAN(""), 403));
	assert_false(lp_outcome_denied(LP_SPAN(""), 200));
	assert_false(lp_outcome_denied(LP_SPAN("ExpiredToken"), 403));
	assert_false(lp_outcome_denied(LP_SPAN("SignatureDoesNotMatch"), 403));
	assert_false(lp_outcome_denied(LP_SPAN("NoSuchKey"), 404));
}

/* Every word that we write is one that our own schema knows. */
static void test_schema(void **state)
{
	char text[16 * 1024], quoted[64];
	FILE *f = fopen("scripts/man/leastpriv-calls.schema.json", "re");

	(void)state;
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	for (unsigned i = 0; i < LP_SOURCES; i++) {
		snprintf(quoted, sizeof(quoted), "\"%s\"", lp_source_name((enum lp_source)i));
		if (!strstr(text, quoted))
			fail_msg("source %s", quoted);
	}
	for (unsigned i = 0; i < LP_FACT_KINDS; i++) {
		snprintf(quoted, sizeof(quoted), "\"%s\"", lp_fact_kind_name((enum lp_fact_kind)i));
		if (!strstr(text, quoted))
			fail_msg("fact %s", quoted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema),	     cmocka_unit_test(test_write),
		cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_same_policy),
		cmocka_unit_test(test_bad_lines),    cmocka_unit_test(test_torn_lines),
		cmocka_unit_test(test_read_stream),  cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_merged_log),   cmocka_unit_test(test_timestamps),
		cmocka_unit_test(test_times),	     cmocka_unit_test(test_denied_message),
		cmocka_unit_test(test_denied_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
