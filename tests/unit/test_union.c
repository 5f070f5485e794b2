/* SPDX-License-Identifier: MIT */
/*
 * The ledger is a set: whatever pieces a call log is cut into, in whatever order these are read and
 * merged, as lines or as merged logs, policies and merged log are the same to the byte; and more
 * evidence never takes a permission away.
 */
#include "evidence.h"

#include <sys/mman.h>
#include <unistd.h>

#include "policy/condset.h"

#define ROUNDS	  60
#define LINES_MAX 120
#define PARTS_MAX 7

static uint64_t seed;

static unsigned pick(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

/* The account is in the key's id, so a grant says the same whatever else is known. */
static const char *const keys[] = {"AKIARZPUZDIKAMBVUEID", "ASIARZPUZDIKAMBVUEID",
				   "ASIARZPUZDIKBBBBBBBB", "ASIAQNZGKIQY56JQ7WML"};
static const char *const grants[] = {
	GRANT("s3:GetObject", "arn:aws:s3:::b/%u"),
	GRANT("s3:PutObject", "arn:aws:s3:::b/%u"),
	GRANT("s3:GetObject", "arn:aws:s3:::b/*"),
	GRANT("s3:ListBucket", "arn:aws:s3:::b%u"),
	GRANT("sqs:SendMessage", "arn:aws:sqs:eu-west-1:*:q%u"),
	GRANT("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:123456789012:table/t%u"),
	GRANT("ec2:DescribeInstances", "*"),
	GRANT_IF("iam:PassRole", "arn:aws:iam::*:role/r%u", "iam:PassedToService",
		 "lambda.amazonaws.com"),
	GRANT_FLAG("kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/k%u", "dependent"),
	GRANT_FLAG("kms:Encrypt", "arn:aws:kms:eu-west-1:123456789012:key/k%u", "possible"),
	GRANT_FLAG("s3:DeleteObject", "arn:aws:s3:::b/%u", "denied"),
};
static const char *const anything[] = {
	GRANT_FLAG("s3:GetObject", "*", "unpinned"),
	GRANT_FLAG("sns:Publish", "*", "unpinned"),
};

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* One line; `all`: also what may change what other lines mean. */
static char *line(bool all)
{
	char grant[512], *text = NULL;
	const char *form = grants[pick(LP_ARRAY_LEN(grants))];
	const char *key = keys[pick(LP_ARRAY_LEN(keys))];
	const char *errors[] = {"null", "null", "\"NoSuchKey\"", "\"AccessDenied\""};
	const char *regions[] = {"\"eu-west-1\"", "\"us-east-1\"", "null"};
	const char *sources[] = {"\"shim\"", "\"probe\"", "\"csm\"", "[\"shim\",\"cloudtrail\"]"};
	int n;

	if (all && !pick(8))
		form = anything[pick(LP_ARRAY_LEN(anything))];
	snprintf(grant, sizeof(grant), form, pick(5));
	switch (all ? pick(12) : 11) {
	case 0:
		n = asprintf(
			&text,
			"{\"v\":1,\"facts\":[{\"accessKeyId\":\"%s\",\"kind\":\"%s\",\"value\":"
			"\"arn:aws:iam::123456789012:role/r%u\"}]}",
			key, pick(2) ? "issued" : "caller", pick(3));
		break;
	case 1:
		n = asprintf(&text,
			     "{\"v\":1,\"facts\":[{\"accessKeyId\":\"%s\",\"kind\":\"same-as\","
			     "\"value\":"
			     "\"%s\"}]}",
			     key, keys[pick(LP_ARRAY_LEN(keys))]);
		break;
	case 2:
		n = asprintf(&text,
			     "{\"v\":1,\"accessKeyId\":\"%s\",\"service\":\"New\",\"operation\":"
			     "\"Do%u\","
			     "\"actions\":[],\"unknown\":\"not known\",\"source\":\"shim\"}",
			     key, pick(3));
		break;
	case 3: /* a caller whom the source named by ARN only */
		n = asprintf(
			&text,
			"{\"v\":1,\"time\":\"2026-01-31T12:00:%02uZ\",\"identity\":\"arn:aws:sts::"
			"123456789012:assumed-role/r%u/s\",\"service\":\"S3\",\"operation\":\"Do\","
			"\"actions\":[%s],\"source\":\"cloudtrail\"}",
			pick(60), pick(3), grant);
		break;
	case 4:
		n = asprintf(&text,
			     "{\"v\":1,\"pid\":%u,\"program\":\"/bin/p%u\",\"gap\":{\"%s\":"
			     "\"n%u\",\"service\":null,\"reason\":\"r%u\",\"count\":%u}}",
			     pick(3), pick(2), pick(2) ? "host" : "program", pick(2), pick(2),
			     1 + pick(3));
		break;
	default:
		n = asprintf(
			&text,
			"{\"v\":1,\"time\":\"2026-01-31T12:00:%02u.%09uZ\",\"pid\":%u,\"program\":"
			"\"/bin/p%u\",\"identity\":null,\"accessKeyId\":\"%s\",\"service\":\"S3\","
			"\"operation\":\"Do%u\",\"region\":%s,\"actions\":[%s],"
			"\"status\":"
			"200,\"requestId\":\"%u\",\"errorCode\":%s,\"source\":%s}",
			pick(60), pick(1000000000), pick(3), pick(2), key, pick(2),
			regions[pick(3)], grant, pick(1000000), errors[pick(4)], sources[pick(4)]);
		break;
	}
	assert_true(n > 0);
	return text;
}

static void read_text(struct lp_ledger *l, const char *text, size_t len)
{
	struct lp_calllog_stats stats;
	int fd = memfd_create("log", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(lp_calllog_read(fd, l, NULL, NULL, NULL, &stats), 0);
	assert_int_equal(stats.bad, 0);
	close(fd);
}

static char *merged(const struct lp_ledger *l, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	assert_non_null(out);
	assert_int_equal(lp_calllog_write_ledger(out, l), 0);
	fclose(out);
	return text;
}

static void shuffle(char **v, unsigned n)
{
	for (unsigned i = n; i > 1; i--) {
		unsigned k = pick(i);
		char *t = v[i - 1];

		v[i - 1] = v[k];
		v[k] = t;
	}
}

static char *joined(char *const *v, unsigned n, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	for (unsigned i = 0; i < n; i++)
		fprintf(out, "%s%s", v[i], pick(9) ? "\n" : "\r\n\n");
	fclose(out);
	return text;
}

/* The lines in pieces: read as they are, or as merged logs. */
static struct lp_ledger *in_pieces(char **lines, unsigned n)
{
	struct lp_ledger *all;
	unsigned parts = 1 + pick(PARTS_MAX), from = 0;

	shuffle(lines, n);
	assert_int_equal(lp_ledger_new(&all), 0);
	for (unsigned p = 0; p < parts; p++) {
		unsigned to = p + 1 == parts ? n : from + pick(n - from + 1);
		struct lp_ledger *part;
		size_t len, len2;
		char *text = joined(lines + from, to - from, &len), *log;

		from = to;
		if (!pick(3)) {
			read_text(all, text, len);
			free(text);
			continue;
		}
		assert_int_equal(lp_ledger_new(&part), 0);
		read_text(part, text, len);
		free(text);
		log = merged(part, &len2);
		read_text(all, log, len2);
		free(log);
		lp_ledger_free(part);
	}
	return all;
}

static void test_any_order(void **state)
{
	(void)state;
	for (seed = 1; seed < ROUNDS; seed++) {
		uint64_t round = seed;
		const struct lp_build_options by_identity = {.limit = LP_LIMIT_USER};
		const struct lp_build_options by_program = {.per = LP_PER_PROGRAM};
		unsigned n = 1 + pick(LINES_MAX);
		char *lines[LINES_MAX], *first[3] = {NULL};
		size_t len;

		for (unsigned i = 0; i < n; i++)
			lines[i] = line(true);
		for (unsigned again = 0; again < 5; again++) {
			struct lp_ledger *l = in_pieces(lines, n);
			char *got[3] = {
				text_of(l, &by_identity, LP_FORMAT_JSON),
				text_of(l, &by_program, LP_FORMAT_TEXT),
				merged(l, &len),
			};

			for (unsigned k = 0; k < 3; k++) {
				if (!first[k])
					first[k] = got[k];
				else if (strcmp(first[k], got[k]) != 0)
					fail_msg("round %u: text %u:\n%s\nnot\n%s", (unsigned)round,
						 k, got[k], first[k]);
				if (first[k] != got[k])
					free(got[k]);
			}
			lp_ledger_free(l);
		}
		for (unsigned i = 0; i < n; i++)
			free(lines[i]);
		for (unsigned k = 0; k < 3; k++)
			free(first[k]);
		seed = round;
	}
}

/* Every permission of `small` by itself, asked of the policy of the same caller in `large`. */
static void still_allowed(const struct lp_policy_set *small, const struct lp_policy_set *large)
{
	for (size_t p = 0; p < small->n_policies; p++) {
		const struct lp_policy *policy = &small->policies[p], *other = NULL;
		struct lp_evaluator *ev;
		struct lp_arena arena;

		for (size_t q = 0; q < large->n_policies && !other; q++)
			if (!strcmp(policy->identity, large->policies[q].identity))
				other = &large->policies[q];
		assert_non_null(other);
		assert_int_equal(lp_evaluator_new(other->documents, other->n_documents, &ev), 0);
		lp_arena_init(&arena, 1 << 20);
		for (size_t d = 0; d < policy->n_documents; d++)
			for (size_t s = 0; s < policy->documents[d].n_statements; s++) {
				const struct lp_statement *st = &policy->documents[d].statements[s];
				struct lp_condition c[4];

				for (size_t k = 0; k < st->n_conditions && k < LP_ARRAY_LEN(c); k++)
					c[k] = (struct lp_condition){
						st->conditions[k].op, st->conditions[k].key,
						st->conditions[k].values.items[0]};
				for (size_t a = 0; a < st->actions.n; a++)
					for (size_t r = 0; r < st->resources.n; r++)
						assert_int_equal(
							lp_evaluate(
								ev, st->actions.items[a],
								st->resources.items[r],
								lp_condset_make(c, st->n_conditions,
										&arena),
								NULL),
							LP_ALLOWED);
			}
		lp_arena_fini(&arena);
		lp_evaluator_free(ev);
	}
}

static void test_more_is_more(void **state)
{
	(void)state;
	for (seed = 1000; seed < 1000 + ROUNDS; seed++) {
		uint64_t round = seed;
		const struct lp_build_options opts = {.limit = LP_LIMIT_NONE};
		struct lp_policy_set before, after;
		struct lp_ledger *l;

		assert_int_equal(lp_ledger_new(&l), 0);
		for (unsigned step = 0; step < 6; step++) {
			for (unsigned n = pick(12); n; n--) {
				char *text = line(false);

				add_line(l, text);
				free(text);
			}
			assert_int_equal(lp_build(l, &opts, &after), 0);
			if (step) {
				/* Nobody's policy is what an empty ledger gives. */
				if (before.policies[0].identity[0])
					still_allowed(&before, &after);
				lp_policy_set_fini(&before);
			}
			before = after;
		}
		lp_policy_set_fini(&before);
		lp_ledger_free(l);
		seed = round;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_more_is_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
