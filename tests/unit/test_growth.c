/* SPDX-License-Identifier: MIT */
/*
 * What grows with how much was seen takes about that many times as long, not its square: calls,
 * connections and names come by the hundred thousand.
 */
#include "evidence.h"

#include <time.h>
#include <unistd.h>

#include "aws/infer.h"
#include "model/iam.h"
#include "policy/condset.h"
#include "policy/entries.h"
#include "policy/evaluate.h"
#include "policy/pattern.h"
#include "policy/policy_file.h"
#include "source/assemble.h"
#include "source/links.h"
#include "source/tls.h"
#include "source/tls_keys.h"

#define TIMES	6 /* as much */
#define RUNS	3
#define LEAST_S 0.002 /* what is shorter is noise */

static double cpu_s(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts), 0);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* The shortest of some runs: the others were disturbed. */
static double time_of(void (*work)(size_t n), size_t n)
{
	double best = 1e9;

	for (int i = 0; i < RUNS; i++) {
		double start = cpu_s(), took;

		work(n);
		took = cpu_s() - start;
		best = took < best ? took : best;
	}
	return best > LEAST_S ? best : LEAST_S;
}

static void expect_growth(void (*work)(size_t n), size_t n)
{
	double one, many;

	if (getenv("LP_VALGRIND")) { /* where all takes fifty times as long */
		work(n / TIMES);
		return;
	}
	one = time_of(work, n);
	many = time_of(work, TIMES * n);

	if (many > one * TIMES * TIMES / 3)
		fail_msg("%zu took %.3f s, %d times as many %.3f s", n, one, TIMES, many);
}

static void build(struct lp_ledger *l)
{
	const struct lp_build_options opts = {0};
	struct lp_policy_set set;

	assert_int_equal(lp_build(l, &opts, &set), 0);
	lp_policy_set_fini(&set);
	lp_ledger_free(l);
}

static void identities_with_remarks(size_t n)
{
	struct lp_ledger *l = ledger_of(NULL, 0);
	char line[512];

	for (size_t i = 0; i < n; i++) {
		snprintf(
			line, sizeof(line),
			"{\"v\":1,\"accessKeyId\":\"AKIA%016zu\",\"service\":\"S3\",\"operation\":"
			"\"GetObject\",\"actions\":[" GRANT(
				"s3:GetObject",
				"arn:aws:s3:::b/k") "],"
						    "\"possible\":[" GRANT(
							    "kms:Decrypt",
							    "*") "," GRANT("s3:GetObjectVersion",
									   "*") "," GRANT("s3:"
											  "GetObjec"
											  "tTaggin"
											  "g",
											  "*") "]}",
			i);
		add_line(l, line);
	}
	build(l);
}

static void test_identities(void **state)
{
	(void)state;
	expect_growth(identities_with_remarks, 4000);
}

#define CALLS 400

/* Calls with so many keys of items each, all of them different. */
static void batches(size_t n)
{
	struct lp_ledger *l = ledger_of(NULL, 0);
	char *line = malloc(n * 128 + 512);

	assert_non_null(line);
	for (size_t i = 0; i < CALLS; i++) {
		char *p = stpcpy(line,
				 "{\"v\":1,\"accessKeyId\":\"AKIAIOSFODNN7EXAMPLE\",\"service\":"
				 "\"DynamoDB\",\"operation\":\"BatchGetItem\",\"actions\":[{"
				 "\"action\":\"dynamodb:BatchGetItem\",\"resources\":[\"arn:aws:"
				 "dynamodb:us-east-1:123456789012:table/t\"],\"conditions\":[");

		for (size_t k = 0; k < n; k++)
			p += sprintf(p,
				     "%s{\"op\":\"ForAllValues:StringEquals\",\"key\":"
				     "\"dynamodb:LeadingKeys\",\"value\":\"%zu-%zu\"}",
				     k ? "," : "", i, k);
		strcpy(p, "]}]}");
		add_line(l, line);
	}
	free(line);
	build(l);
}

static void test_conditions(void **state)
{
	(void)state;
	expect_growth(batches, LP_CONDSET_MAX / TIMES);
}

static void ignore_call(void *ctx, const struct lp_call *call)
{
	(void)ctx;
	(void)call;
}

/* As captures see them: who began first ends first. */
static void connections(size_t n)
{
	struct lp_process p = {.source = LP_SOURCE_PCAP};
	struct lp_links *ls = calloc(1, sizeof(*ls));
	struct lp_link **all = calloc(n, sizeof(*all)), *list = NULL;

	assert_non_null(ls);
	assert_non_null(all);
	assert_int_equal(lp_assemble_new(&ls->assemble, ignore_call, NULL, NULL), 0);
	for (size_t i = 0; i < n; i++) {
		all[i] = lp_links_new(ls, &p, &list, i, 0);
		assert_non_null(all[i]);
	}
	for (size_t i = 0; i < n; i++)
		lp_links_free(ls, all[i]);
	assert_null(list);
	lp_assemble_gone(ls->assemble, &p);
	lp_assemble_free(ls->assemble);
	free(all);
	free(ls);
}

static void test_connections(void **state)
{
	(void)state;
	expect_growth(connections, LP_LINKS_MAX / TIMES);
}

/* As a pcapng stream has them: before each connection its secret. */
static void keys(size_t n)
{
	char line[256];
	struct lp_keys *k;

	assert_int_equal(lp_keys_new(&k), 0);
	for (size_t i = 0; i < n; i++) {
		uint8_t random[RANDOM] = {(uint8_t)(i * 7), (uint8_t)i, (uint8_t)(i >> 8)};
		char *p = stpcpy(line, "CLIENT_TRAFFIC_SECRET_0 ");

		for (size_t b = 0; b < RANDOM; b++)
			p += sprintf(p, "%02x", random[b]);
		sprintf(p, " %064x", (unsigned)i + 1);
		assert_int_equal(lp_keys_read(k, lp_span_str(line)), 1);
		assert_int_equal(lp_keys_find(k, random)->len[CLIENT_APP], 32);
	}
	lp_keys_free(k);
}

static void test_keys(void **state)
{
	(void)state;
	expect_growth(keys, 1000);
}

static void dollars(size_t n)
{
	char *name = malloc(n + 1);

	assert_non_null(name);
	for (size_t i = 0; i < n; i++)
		name[i] = i % 2 ? '{' : '$';
	assert_true(lp_pattern_is_literal(lp_span_of(name, n)));
	memset(name, '$', n);
	assert_true(lp_pattern_is_literal(lp_span_of(name, n)));
	free(name);
}

static void test_dollars(void **state)
{
	(void)state;
	expect_growth(dollars, 100 * 1000);
}

/* Patterns that nearly fit at each place of a name: plain ones, and ones that hold wildcards. */
static void near_fits(size_t n)
{
	char *pattern = malloc(n + 8), *name = malloc(n);

	assert_non_null(pattern);
	assert_non_null(name);
	memset(name, 'a', n);
	for (size_t wild = 0; wild < 2; wild++) {
		pattern[0] = '*';
		for (size_t i = 1; i < n / 2; i++)
			pattern[i] = wild && i % 2 ? '?' : 'a';
		memcpy(pattern + n / 2, "b*", 2);
		assert_false(
			lp_pattern_covers(lp_span_of(pattern, n / 2 + 2), lp_span_of(name, n), 0));
		/* The last one can only stand at the end. */
		assert_false(
			lp_pattern_covers(lp_span_of(pattern, n / 2 + 1), lp_span_of(name, n), 0));
	}
	free(name);
	free(pattern);
}

static void test_near_fits(void **state)
{
	(void)state;
	expect_growth(near_fits, 4000);
}

/* Calls of one action on one resource that differ in two conditions: a statement for each. */
static void pairs_of_conditions(size_t n)
{
	struct lp_ledger *l = ledger_of(NULL, 0);
	char line[1024];

	for (size_t i = 0; i < n; i++) {
		snprintf(line, sizeof(line),
			 "{\"v\":1,\"accessKeyId\":\"AKIAIOSFODNN7EXAMPLE\",\"service\":\"KMS\","
			 "\"operation\":\"Decrypt\",\"actions\":[{\"action\":\"kms:Decrypt\","
			 "\"resources\":[\"arn:aws:kms:us-east-1:123456789012:key/k\"],"
			 "\"conditions\":[{\"op\":\"StringEquals\",\"key\":"
			 "\"kms:EncryptionContext:a\",\"value\":\"a%zu\"},{\"op\":\"StringEquals\","
			 "\"key\":\"kms:EncryptionContext:b\",\"value\":\"b%zu\"}]}]}",
			 i, i);
		add_line(l, line);
	}
	build(l);
}

static void test_pairs_of_conditions(void **state)
{
	(void)state;
	expect_growth(pairs_of_conditions, 1000);
}

/* Many actions, of all kinds, where no resource is known. */
static void actions(size_t n)
{
	const struct lp_build_options opts = {0};
	const char **names = calloc(n + 2, sizeof(*names));
	struct lp_entry *v = calloc(n, sizeof(*v));
	struct lp_entries e = {.names = names, .n_names = n + 2};
	struct lp_document doc;
	struct lp_arena arena;

	assert_non_null(names);
	assert_non_null(v);
	names[n] = "";
	names[n + 1] = "*";
	for (size_t i = 0; i < n; i++) {
		/* Far from each other, so that few of one kind come together. */
		names[i] = lp_iam_action_name((lp_iam_action)(i * 7919 % lp_iam_action_count()));
		v[i] = (struct lp_entry){
			.action = (uint32_t)i, .resource = (uint32_t)n + 1, .cond = (uint32_t)n};
	}
	lp_arena_init(&arena, 64 * 1024 * 1024);
	assert_int_equal(lp_group_entries(&e, v, n, &opts, &arena, &doc), 0);
	lp_arena_fini(&arena);
	free(v);
	free(names);
}

static void test_actions(void **state)
{
	(void)state;
	expect_growth(actions, 2000);
}

/* The names in one request of an operation that only IAM knows. */
static void names(size_t n)
{
	const struct lp_classified cls = {
		.op = LP_OP_NONE,
		.protocol = LP_PROTOCOL_JSON,
		.is_signed = true,
		.partition = "aws",
		.region = LP_SPAN("eu-west-1"),
		.signing_name = LP_SPAN("dynamodb"),
		.wire_name = LP_SPAN("ConditionCheckItem"),
	};
	struct lp_request req = {.method = LP_SPAN("POST"), .target = LP_SPAN("/")};
	char *body = malloc(32 * (n + 1)), *p = body;
	struct lp_arena arena;
	struct lp_authz out;

	assert_non_null(body);
	p += sprintf(p, "{\"TableNames\":[\"t\"");
	for (size_t i = 1; i < n; i++)
		p += sprintf(p, ",\"t%zu\"", i);
	p += sprintf(p, "]}");
	req.body = lp_span_of(body, (size_t)(p - body));
	lp_arena_init(&arena, 64 * 1024 * 1024);
	assert_int_equal(lp_infer(&req, &cls, &arena, &out), 0);
	assert_int_equal(out.grants[0].n_resources, n);
	lp_arena_fini(&arena);
	free(body);
}

static void test_names(void **state)
{
	(void)state;
	expect_growth(names, 300);
}

/* A statement of so many resources, half of them folders, and how often they allow something. */
struct folders {
	struct lp_arena arena;
	struct lp_statement st;
	struct lp_document doc;
	size_t allowed;
};

static void make_folders(struct folders *f, size_t n)
{
	static const char *get = "s3:GetObject";

	*f = (struct folders){.st.actions = {&get, NULL, 1}, .doc.n_statements = 1};
	f->doc.statements = &f->st;
	lp_arena_init(&f->arena, 64 * 1024 * 1024);
	f->st.resources.items = lp_arena_alloc(&f->arena, n * sizeof(char *));
	assert_non_null(f->st.resources.items);
	for (; f->st.resources.n < n; f->st.resources.n++) {
		size_t i = f->st.resources.n;
		char *name = lp_arena_alloc(&f->arena, 64);

		assert_non_null(name);
		snprintf(name, 64, "arn:aws:s3:::b/%zu/%s", i, i % 2 ? "*" : "k");
		f->st.resources.items[i] = name;
	}
}

static int count_allowed(void *ctx, const struct lp_statement *st, size_t item)
{
	struct folders *f = ctx;

	assert_ptr_equal(st, &f->st);
	f->allowed += item < st->resources.n;
	return 0;
}

/* As many questions as the policy has resources: what is in the policy, what is not, what is so. */
static void questions(size_t n)
{
	struct lp_evaluator *ev;
	struct folders f;

	make_folders(&f, n);
	assert_int_equal(lp_evaluator_new(&f.doc, 1, &ev), 0);
	for (size_t i = 0; i < n; i++) {
		char name[64];

		snprintf(name, sizeof(name), "arn:aws:s3:::b/%zu/k", i);
		assert_int_equal(lp_evaluate_each(ev, "s3:GetObject", name, "", count_allowed, &f),
				 0);
		assert_int_equal(lp_evaluate(ev, "s3:GetObject", name, "", NULL), LP_ALLOWED);
		name[strlen(name) - 1] = 'l';
		assert_int_equal(lp_evaluate(ev, "s3:GetObject", name, "", NULL),
				 i % 2 ? LP_ALLOWED : LP_DENIED_IMPLICITLY);
	}
	assert_int_equal(f.allowed, n);
	lp_evaluator_free(ev);
	lp_arena_fini(&f.arena);
}

static void test_questions(void **state)
{
	(void)state;
	expect_growth(questions, 4000);
}

/* A condition of as many values as calls prove, each of another, and of values that it lacks. */
static void values(size_t n)
{
	struct lp_cond_line line = {.op = "StringEquals", .key = "s3:prefix"};
	struct lp_evaluator *ev;
	struct folders f;

	make_folders(&f, n);
	line.values = f.st.resources;
	f.st.resources.n = 1;
	f.st.conditions = &line;
	f.st.n_conditions = 1;
	assert_int_equal(lp_evaluator_new(&f.doc, 1, &ev), 0);
	for (size_t i = 0; i < n; i++) {
		char context[128];

		snprintf(context, sizeof(context), "StringEquals\x1fs3:prefix\x1f%s\x1e",
			 line.values.items[i]);
		assert_int_equal(
			lp_evaluate(ev, "s3:GetObject", "arn:aws:s3:::b/0/k", context, NULL),
			LP_ALLOWED);
		context[strlen(context) - 2] = 'x';
		assert_int_equal(
			lp_evaluate(ev, "s3:GetObject", "arn:aws:s3:::b/0/k", context, NULL),
			LP_DENIED_IMPLICITLY);
	}
	lp_evaluator_free(ev);
	lp_arena_fini(&f.arena);
}

static void test_values(void **state)
{
	(void)state;
	expect_growth(values, 4000);
}

/* One policy in so many documents. */
static void documents(size_t n)
{
	char path[] = "/tmp/leastpriv-growth-XXXXXX";
	struct lp_policy_file file;
	FILE *out;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	out = fdopen(fd, "w");
	assert_non_null(out);
	fputs("{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":[",
	      out);
	for (size_t i = 0; i < 50; i++)
		fprintf(out, "\"arn:aws:s3:::b/%zu\",", i);
	fputs("\"arn:aws:s3:::b/k\"]}]}", out);
	fclose(out);
	assert_true(lp_policy_file_load_identity(path, &file));
	for (size_t i = 1; i < n; i++)
		assert_int_equal(lp_policy_file_add(path, true, &file), 0);
	assert_int_equal(lp_policy_file_added(&file), 0);
	assert_int_equal(file.doc.n_statements, n);
	assert_int_equal(lp_evaluate(file.evaluator, "s3:GetObject", "arn:aws:s3:::b/k", "", NULL),
			 LP_ALLOWED);
	lp_policy_file_fini(&file);
	unlink(path);
}

static void test_documents(void **state)
{
	(void)state;
	expect_growth(documents, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identities),  cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_connections), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_dollars),	    cmocka_unit_test(test_names),
		cmocka_unit_test(test_near_fits),   cmocka_unit_test(test_pairs_of_conditions),
		cmocka_unit_test(test_actions),	    cmocka_unit_test(test_questions),
		cmocka_unit_test(test_documents),   cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
