/* SPDX-License-Identifier: MIT */
/* source/trail: the same events however the bytes come, and what names in logs mean. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "model/trail.h"
#include "source/trail.h"

#define REC(name) "{\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"" name "\"}"
/* The same in a string. */
#define TEXT(name) "\"{\\\"eventSource\\\":\\\"s3.x\\\",\\\"eventName\\\":\\\"" name "\\\"}\""

struct seen {
	char text[4096];
	size_t len;
};

static void say(struct seen *s, const char *fmt, ...) LP_PRINTF(2, 3);

static void say(struct seen *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	s->len += (size_t)vsnprintf(s->text + s->len, sizeof(s->text) - s->len, fmt, ap);
	va_end(ap);
}

static int take(void *ctx, const struct lp_trail_event *ev)
{
	say(ctx, "[%.*s]", (int)ev->name.len, ev->name.ptr);
	return 0;
}

static void bad(void *ctx, uint64_t line, const char *why)
{
	(void)why;
	say(ctx, "!%d", (int)line);
}

/* Reads `text` in two pieces: a socket hands over one message at a time. */
static void read_split(struct lp_span text, size_t at, struct seen *s, struct lp_trail_stats *stats)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	if (at)
		assert_int_equal(write(fds[1], text.ptr, at), at);
	if (at < text.len)
		assert_int_equal(write(fds[1], text.ptr + at, text.len - at), text.len - at);
	close(fds[1]);
	*s = (struct seen){.len = 0};
	assert_int_equal(lp_trail_read(fds[0], take, bad, s, stats), 0);
	close(fds[0]);
}

static void files(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"{\"Records\":[]}", ""},
		{"{\"Records\":[" REC("A") "," REC("B") "]}", "[A][B]"},
		{" {\n \"Records\" : [ " REC("A") " ,\n" REC("B") " ] }\n", "[A][B]"},
		{"\xef\xbb\xbf{\"Records\":[" REC("A") "]}", "[A]"},
		{"[" REC("A") "," REC("B") "]", "[A][B]"},
		{REC("A") "\n" REC("B"), "[A][B]"},
		{REC("A") REC("B") "\r\n" REC("C") "\r\n", "[A][B][C]"},
		{REC("A") "\n{\"eventSource\":\"s3\n" REC("B") "\n", "[A]!2[B]"},
		{REC("A") "\n{\"eventSource\":\n" REC("B") "\n", "[A]!3[B]"},
		{"junk\n" REC("A") "\nmore junk\n", "!1[A]!3"},
		{"2026-01-31T12:00:00Z " REC("A") "\n", "[A]"},
		{"{\"a\":1}\n" REC("A"), "!1[A]"},
		{"{\"Records\":[" REC("A") ",{\"eventSource\":tru}," REC("B") "]}", "[A]!1[B]"},
		{"{\"Records\":[" REC("A") ",{\"eventSou", "[A]!1"},
		{"{\"Records\":[{\"eventType\":\"AwsCloudTrailInsight\",\"insightDetails\":{"
		 "\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"A\"}}," REC("B") "]}",
		 "[][B]"},
		{"{\"Records\":[{\"eventType\":\"AwsApiCall\",\"eventSource\":\"s3.amazonaws.com\"}"
		 "]}",
		 "!1"},
		{"[1]", "!1"},
		{"[\"{\", 1]\n" REC("A"), "!1!1[A]"},
		{"[\"x{\", 1]\n" REC("A"), "!1[A]"},
		{"[\n  " TEXT("A") ",\n " TEXT("B") "\n]\n" REC("C"), "[A][B][C]"},
		{TEXT("A") "\n\"{\n" TEXT("B") "\n\"", "[A]!2[B]!4"},
		{"[\"{\\\"a", "!1"},
		{"{\"Events\":[" TEXT("A") "],\"x\":" TEXT("B") "}", "[A]"},
		{"{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[{\"message\":\"CWL CONTROL "
		 "MESSAGE\"}]}{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"message\":" TEXT(
			 "A") "}]}",
		 "[A]"},
		{"{\"results\":[[{\"field\":\"@timestamp\",\"value\":\"2026\"},{\"field\":\"@"
		 "message\","
		 "\"value\":" TEXT("A") "}],[{\"field\":\"@message\",\"value\":" TEXT(
			 "B") "}]],\"status\":\"Complete\"}",
		 "[A][B]"},
		{"{\"queryLanguage\":\"CWLI\",\"results\":[[{\"field\":\"@message\","
		 "\"value\":" TEXT("A") "}]]}",
		 "[A]"},
		{"{\"results\":[[{\"value\":\"x\",\"field\":\"@ptr\"},{\"value\":" TEXT(
			 "A") ",\"field\":\"@message\"}]]}",
		 "[A]"},
		{"[{\"@timestamp\":\"2026\",\"@message\":" REC("A") "},{\"@message\":" TEXT(
			 "B") "}]",
		 "[A][B]"},
		{"{\"Messages\":[{\"MessageId\":\"1\",\"Body\":\"{\\\"detail\\\":"
		 "{\\\"eventSource\\\":"
		 "\\\"s3.x\\\",\\\"eventName\\\":\\\"A\\\"}}\"}]}",
		 "[A]"},
		{"\xff\xfe{", "!1"},
		{"PAR1{}\n{}", "!1"},
		{"[2026-01-31, 12:00] " REC("A") "\n", "[A]"},
		{"{\"Records\":[1,\n" REC("A") ",\"]{\"]}", "!1[A]!2"},
		{"{\"Records\":[", "!1"},
		{"{\"Records\":[" REC("A") ",\n", "[A]!2"},
		{"{\"Records\":[" REC("A") "]", "[A]!1"},
		{"{\"Events\":[" REC(
			 "A") "],\"NextToken\":\"a\\\"}]{\",\"Meta\":{\"a\":[{}]}}\n" REC("B"),
		 "[A][B]"},
		{"[{\"Events\":[" REC("A") "],\"n\":null},\n{\"Events\":[" REC("B") "]}]\n" REC(
			 "C"),
		 "[A][B][C]"},
		{"{\"Records\":[" REC("A") "],\"x\":\"a\n{\"Records\":[" REC("B") "]}\n",
		 "[A]!2[B]"},
		{"{\"x\":1,\"logEvents\":[{\"message\":\"{\\\"eventSource\\\":\\\"s3.x\\\","
		 "\\\"eventName\\\":\\\"A\\\"}\"}]}",
		 "[A]"},
		{"{\"events\":[{\"message\":\"{\\\"eventSource\\\":\\\"s3.x\\\","
		 "\\\"eventName\\\":\\\"A\\\"}\"},{\"message\":\"{\\\"eventSource\\\":\\\"s3.x\\\","
		 "\\\"eventName\\\":\\\"B\\\"}\"}],\"nextToken\":\"t\"}",
		 "[A][B]"},
		{"{\"x\":1,\"Events\":[2," REC("A") "]}", "!1[A]"},
		{"{\"detail\":" REC("A") "}", "[A]"},
		{"{\"a\":\"\\\"}{\",\"detail\":" REC("A") "}", "[A]"},
		{"eventsource,eventname\ns3,A\n\"s3\",\"B\"", "[A][B]"},
		{"EventName,x,EventSource\r\nA,\"1,\"\"2\"\"\n3\",s3\r\nB,1\r\nC,,s3\r\n",
		 "[A]!4[C]"},
		{"eventsource,eventname\ns3,\"A\n", "!3"},
		/* The console's event history. */
		{"User name,AWS access key,Event time,Event source,Event name,AWS region\n"
		 "u,AKIA,2026-01-31T12:00:00Z,s3.amazonaws.com,A,us-east-1\n",
		 "[A]"},
		{"eventsource\teventname\r\ns3\tA\r\n", "[A]"},
		{"\"eventsource\";\"eventname\"\ns3;A,\nB\n", "[A,]!3"},
		{"@timestamp,@message\n2026,\"{\"\"eventSource\"\":\"\"s3.x\"\",\"\"eventName\"\":"
		 "\"\"A\"\"}\"\n2026,x\n2026,\"{\"\n",
		 "[A]!3!4"},
		/* What others kept of records. */
		{"{\"result\":{\"_raw\":" TEXT("A") "}}", "[A]"},
		{"{\"took\":1,\"hits\":{\"total\":1,\"hits\":[{\"_source\":" REC(
			 "A") "},{\"_source\":{\"event\":{\"original\":" TEXT("B") "}}}]}}",
		 "[A][B]"},
		{"{\"QueryResultRows\":[[{\"eventJson\":" TEXT("A") "}]]}", "[A]"},
		/* Rows whose cells name their columns. */
		{"{\"QueryStatus\":\"FINISHED\",\"QueryStatistics\":{\"ResultsCount\":2},"
		 "\"QueryResultRows\":[[{\"eventSource\":\"s3\"},{\"eventName\":\"A\"},{\"n\":null}"
		 "]"
		 ",[{\"eventSource\":\"s3\"},{\"eventName\":\"B\"}],[{\"eventName\":\"C\"}]],"
		 "\"NextToken\":\"x\"}\n" REC("D"),
		 "[A][B]!1[D]"},
		{"[[{\"field\":\"eventSource\",\"value\":\"s3\"},{\"value\":\"A\",\"field\":"
		 "\"eventName\"}],\n[{\"field\":\"@message\",\"value\":" TEXT("B") "}],[" REC(
			 "C") "],[[" REC("D") "]]]",
		 "[A][B][C][D]"},
		{"{\"x\":[{}],\"hits\":{\"Records\":[[{\"eventName\":\"A\"},{\"eventSource\":"
		 "\"s3\"}],["
		 "]]}}",
		 "[A]"},
		{"{\"UpdateCount\":0,\"ResultSet\":{\"Rows\":[{\"Data\":[{\"VarCharValue\":"
		 "\"eventsource\"},"
		 "{\"VarCharValue\":\"eventname\"},{\"VarCharValue\":\"errorcode\"}]},{\"Data\":["
		 "{\"VarCharValue\":\"s3\"},{\"VarCharValue\":\"A\"},{}]},{\"Data\":[{"
		 "\"VarCharValue\":"
		 "\"s3\"},{\"VarCharValue\":\"B\"},{\"VarCharValue\":\"x\"}]}],\"x\":{\"y\":[{}]}}"
		 "}",
		 "[A][B]"},
		{"{\"ResultSet\":{\"Rows\":[{\"Data\":[{\"VarCharValue\":\"n\"}]}]}}\n" REC("A"),
		 "!1[A]"},
		/* Names in lower case are Athena's; the ones below are no record's. */
		{"{\"eventsource\":\"s3\",\"eventname\":\"A\"}\n{\"Events\":[{\"EventSource\":"
		 "\"s3\","
		 "\"EventName\":\"x\",\"CloudTrailEvent\":" TEXT("B") "}]}",
		 "[A][B]"},
	};

	(void)state;
	for (size_t r = 0; r < LP_ARRAY_LEN(rows); r++) {
		struct lp_span text = lp_span_str(rows[r][0]);

		for (size_t at = 0; at <= text.len; at++) {
			struct lp_trail_stats stats;
			struct seen s;

			read_split(text, at, &s, &stats);
			if (strcmp(s.text, rows[r][1]) != 0)
				fail_msg("%s at %zu: %s, not %s", rows[r][0], at, s.text,
					 rows[r][1]);
		}
	}
}

/* Without making it smaller. */
static struct lp_span gzip(struct lp_span text, char *out, size_t size)
{
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, 0, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)text.ptr;
	z.avail_in = (unsigned)text.len;
	z.next_out = (unsigned char *)out;
	z.avail_out = (unsigned)size;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return lp_span_of(out, z.total_out);
}

static void packed(void **state)
{
	const struct lp_span text = LP_SPAN("{\"Records\":[" REC("A") "," REC("B") "]}");
	char out[512], again[512];
	struct lp_span once = gzip(text, out, sizeof(out));
	struct lp_span twice = gzip(once, again, sizeof(again));
	struct lp_trail_stats stats;
	struct seen s;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct lp_span file = i ? twice : once;

		for (size_t at = 0; at <= file.len; at++) {
			read_split(file, at, &s, &stats);
			assert_string_equal(s.text, "[A][B]");
			assert_null(stats.truncated);
			assert_int_equal(stats.bytes, text.len);
		}
		/* Cut anywhere behind the magic, it says so. */
		for (size_t len = 2; len < file.len; len++) {
			read_split(lp_span_first(file, len), 0, &s, &stats);
			assert_non_null(stats.truncated);
		}
	}
	/* Uncompressed blocks give what came before. */
	read_split(lp_span_first(once, once.len - 12), 0, &s, &stats);
	assert_string_equal(s.text, "[A]!1");
	/* Within a whole one, too. */
	read_split(gzip(lp_span_first(once, once.len - 12), again, sizeof(again)), 0, &s, &stats);
	assert_string_equal(s.text, "[A]!1");
	assert_non_null(stats.truncated);
}

static void too_long(void **state)
{
	const size_t len = LP_TRAIL_RECORD_MAX + 4096;
	char *text = malloc(len + 256), path[] = "/tmp/lp-trail.XXXXXX";
	const char *after = "\"}\n" REC("A") "\n";
	int fd = mkstemp(path);
	struct lp_trail_stats stats;
	struct seen s = {.len = 0};

	(void)state;
	assert_non_null(text);
	assert_true(fd >= 0);
	unlink(path);
	memset(text, 'x', len);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + len, after, strlen(after));
	assert_int_equal(write(fd, text, len + strlen(after)), len + strlen(after));
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(lp_trail_read(fd, take, bad, &s, &stats), 0);
	assert_string_equal(s.text, "!1[A]");
	close(fd);
	free(text);
}

static void names(void **state)
{
	static const char *const rows[][4] = {
		/* source, event, version, operation */
		{"lambda", "CreateFunction20150331", "", "Lambda CreateFunction"},
		{"lambda", "UpdateFunctionCode20150331v2", "", "Lambda UpdateFunctionCode"},
		{"cloudfront", "CreateDistribution2020_05_31", "", "CloudFront CreateDistribution"},
		{"monitoring", "PutMetricAlarm", "", "CloudWatch PutMetricAlarm"},
		{"elasticloadbalancing", "CreateLoadBalancer", "2012-06-01",
		 "Elastic Load Balancing CreateLoadBalancer"},
		{"elasticloadbalancing", "CreateLoadBalancer", "2015-12-01",
		 "Elastic Load Balancing v2 CreateLoadBalancer"},
		{"s3", "PutBucketPublicAccessBlock", "", "S3 PutPublicAccessBlock"},
		{"s3", "CreateAccessPoint", "", "S3 Control CreateAccessPoint"},
		{"amazonmq", "DescribeBroker", "", "mq DescribeBroker"},
		{"elasticmapreduce", "RunJobFlow", "", "EMR RunJobFlow"},
		{"rdsdata", "ExecuteStatement", "", "RDS Data ExecuteStatement"},
		{"models-v2-lex", "CreateBot", "", "Lex Models V2 CreateBot"},
		{"autoscaling", "RegisterScalableTarget", "",
		 "Application Auto Scaling RegisterScalableTarget"},
		{"cassandra", "Select", "", NULL},
		{"nosuch", "Do20150331", "", NULL},
		{"s3", "20150331", "", NULL},
		{"", "", "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		lp_op op = lp_trail_op(lp_span_str(rows[i][0]), lp_span_str(rows[i][1]),
				       lp_span_str(rows[i][2]));
		char got[128];

		if (!rows[i][3]) {
			assert_int_equal(op, LP_OP_NONE);
			continue;
		}
		assert_int_not_equal(op, LP_OP_NONE);
		snprintf(got, sizeof(got), "%s %s", lp_model_service_id(op),
			 lp_model_operation_name(op));
		assert_string_equal(got, rows[i][3]);
	}
	assert_string_equal(lp_iam_prefix_name(lp_trail_prefix(LP_SPAN("monitoring"))),
			    "cloudwatch");
	assert_string_equal(lp_iam_prefix_name(lp_trail_prefix(LP_SPAN("ssmmessages"))),
			    "ssmmessages");
	assert_int_equal(lp_trail_prefix(LP_SPAN("nosuch")), LP_IAM_NONE);
	assert_non_null(lp_trail_data_events(LP_SPAN("s3")));
	assert_null(lp_trail_data_events(LP_SPAN("iam")));
}

static void columns(void **state)
{
	static const char *const header[] = {"useridentity", "eventsource", "eventname",
					     "resources"};
	const char *user =
		"{type=AssumedRole, principalid=X:s, arn=arn:aws:sts::1:assumed-role/a/b=c, d, "
		"accesskeyid=null, sessioncontext={attributes={mfa=false}, sessionissuer="
		"{type=Role, arn=arn:aws:iam::1:role/a}, x=1}, invokedby=s3}";
	const struct lp_span rows[][4] = {
		{lp_span_str(user), LP_SPAN("s3"), LP_SPAN("A"), LP_SPAN("null")},
		{LP_SPAN("{\"arn\":\"arn:aws:sts::1:assumed-role/a/b=c, d\",\"invokedBy\":\"s3\","
			 "\"sessionContext\":{\"sessionIssuer\":{\"arn\":\"arn:aws:iam::1:role/"
			 "a\"}}}"),
		 LP_SPAN("s3"), LP_SPAN("A"), LP_SPAN("")},
	};
	struct lp_span cells[4];
	struct lp_trail_columns c;
	struct lp_trail_event ev;
	struct lp_arena arena;

	(void)state;
	lp_arena_init(&arena, 1 << 16);
	for (unsigned i = 0; i < 4; i++)
		cells[i] = lp_span_str(header[i]);
	assert_true(lp_trail_header(&c, cells, 4));
	assert_false(lp_trail_header(&(struct lp_trail_columns){0}, cells, 2));
	for (unsigned r = 0; r < 2; r++) {
		assert_int_equal(lp_trail_row(&c, rows[r], 4, &arena, &ev), 0);
		assert_true(
			lp_span_eq(ev.user.arn, LP_SPAN("arn:aws:sts::1:assumed-role/a/b=c, d")));
		assert_true(lp_span_eq(ev.user.issuer_arn, LP_SPAN("arn:aws:iam::1:role/a")));
		assert_true(lp_span_eq(ev.user.invoked_by, LP_SPAN("s3")));
		assert_int_equal(ev.user.access_key.len, 0);
	}
	assert_int_not_equal(lp_trail_row(&c, rows[0], 3, &arena, &ev), 0);
	lp_arena_fini(&arena);
}

static int keep(void *ctx, const struct lp_trail_event *ev)
{
	*(struct lp_trail_event *)ctx = *ev;
	return 0;
}

/* What Athena unloads as JSON. */
static void lower_case(void **state)
{
	struct lp_trail_event ev;
	struct lp_arena arena;
	const char *why;

	(void)state;
	lp_arena_init(&arena, 1 << 16);
	assert_int_equal(
		lp_trail_json(
			LP_SPAN("{\"eventsource\":\"s3\",\"eventname\":\"A\",\"useridentity\":"
				"{\"accesskeyid\":\"K\",\"sessioncontext\":{\"sessionissuer\":"
				"{\"arn\":\"I\"}}},\"requestparameters\":\"{\\\"a\\\":1}\","
				"\"responseelements\":\"null\"}"),
			&arena, keep, &ev, &why),
		0);
	assert_true(lp_span_eq(ev.user.access_key, LP_SPAN("K")));
	assert_true(lp_span_eq(ev.user.issuer_arn, LP_SPAN("I")));
	assert_true(lp_span_eq(ev.params, LP_SPAN("{\"a\":1}")));
	lp_arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files), cmocka_unit_test(packed),  cmocka_unit_test(too_long),
		cmocka_unit_test(names), cmocka_unit_test(columns), cmocka_unit_test(lower_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
