/* SPDX-License-Identifier: MIT */

/*
 * How many requests a second one core classifies, and classifies and authorizes, with no JSON in
 * or out: the middle of the pipeline alone. classify SECONDS. Prints "what RATE" lines. The mix is
 * one request of each protocol and of the most common shapes.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "aws/authorize.h"
#include "aws/classify.h"
#include "base/arena.h"

#define BATCH	  1000 /* requests between two looks at the clock */
#define ARENA_MAX (1024 * 1024)

struct sample {
	const char *service, *method, *host, *target, *type, *amz_target, *body;
};

static const struct sample samples[] = {
	{"s3", "GET", "bench.s3.eu-west-1.amazonaws.com", "/dir/key.txt", NULL, NULL, ""},
	{"s3", "PUT", "s3.us-east-1.amazonaws.com", "/bench/dir/key%20two.txt", "text/plain", NULL,
	 ""},
	{"s3", "GET", "bench.s3.amazonaws.com", "/?list-type=2&prefix=dir%2F&delimiter=%2F", NULL,
	 NULL, ""},
	{"s3", "POST", "bench.s3.us-east-1.amazonaws.com", "/?delete", "application/xml", NULL,
	 "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object>"
	 "<Object><Key>b/c</Key></Object></Delete>"},
	{"dynamodb", "POST", "dynamodb.us-east-1.amazonaws.com", "/", "application/x-amz-json-1.0",
	 "DynamoDB_20120810.GetItem",
	 "{\"TableName\":\"bench\",\"Key\":{\"id\":{\"S\":\"12345678\"}}}"},
	{"dynamodb", "POST", "dynamodb.us-east-1.amazonaws.com", "/", "application/x-amz-json-1.0",
	 "DynamoDB_20120810.BatchGetItem",
	 "{\"RequestItems\":{\"a\":{\"Keys\":[{\"id\":{\"S\":\"1\"}}]},"
	 "\"b\":{\"Keys\":[{\"id\":{\"S\":\"2\"}}]}}}"},
	{"sqs", "POST", "sqs.us-east-1.amazonaws.com", "/", "application/x-amz-json-1.0",
	 "AmazonSQS.SendMessage",
	 "{\"QueueUrl\":\"https://sqs.us-east-1.amazonaws.com/123456789012/bench\","
	 "\"MessageBody\":\"hello\"}"},
	{"sns", "POST", "sns.us-east-1.amazonaws.com", "/", "application/x-www-form-urlencoded",
	 NULL,
	 "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A123456789012%"
	 "3Abench"
	 "&Message=hello"},
	{"ec2", "POST", "ec2.eu-west-1.amazonaws.com", "/", "application/x-www-form-urlencoded",
	 NULL,
	 "Action=StopInstances&Version=2016-11-15&InstanceId.1=i-0123456789abcdef0&InstanceId.2="
	 "i-0123456789abcdef1"},
	{"sts", "POST", "sts.amazonaws.com", "/", "application/x-www-form-urlencoded", NULL,
	 "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%"
	 "2Fbench"
	 "&RoleSessionName=s"},
	{"lambda", "POST", "lambda.us-east-1.amazonaws.com",
	 "/2015-03-31/functions/bench/invocations", "application/octet-stream", NULL, "{}"},
	{"kms", "POST", "kms.us-east-1.amazonaws.com", "/", "application/x-amz-json-1.1",
	 "TrentService.Decrypt",
	 "{\"KeyId\":\"12345678-1234-1234-1234-123456789012\",\"CiphertextBlob\":\"AA==\"}"},
};
#define N_SAMPLES LP_ARRAY_LEN(samples)
#define N_HEADERS 6

static struct lp_request requests[N_SAMPLES];
static struct lp_header headers[N_SAMPLES][N_HEADERS];
static char authorization[N_SAMPLES][256];

static void add_header(struct lp_request *r, size_t i, const char *name, const char *value)
{
	if (!value)
		return;
	headers[i][r->n_headers++] = (struct lp_header){lp_span_str(name), lp_span_str(value)};
}

static void prepare(void)
{
	for (size_t i = 0; i < N_SAMPLES; i++) {
		const struct sample *s = &samples[i];
		struct lp_request *r = &requests[i];

		snprintf(authorization[i], sizeof(authorization[i]),
			 "AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAMBVUEID/20260131/us-east-1/%s/"
			 "aws4_request, SignedHeaders=host;x-amz-date",
			 s->service);
		*r = (struct lp_request){.method = lp_span_str(s->method),
					 .host = lp_span_str(s->host),
					 .target = lp_span_str(s->target),
					 .headers = headers[i],
					 .body = lp_span_str(s->body),
					 .tls = true};
		add_header(r, i, "Host", s->host);
		add_header(r, i, "User-Agent", "bench");
		add_header(r, i, "X-Amz-Date", "20260131T120000Z");
		add_header(r, i, "Content-Type", s->type);
		add_header(r, i, "X-Amz-Target", s->amz_target);
		add_header(r, i, "Authorization", authorization[i]);
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Ends the program when a sample is not understood: a fast wrong answer is no measurement. */
static void one(size_t i, bool with_authorize, struct lp_arena *arena)
{
	struct lp_classified cls;
	struct lp_authz authz;

	if (lp_classify(&requests[i], &cls) != LP_CLASSIFY_OK) {
		fprintf(stderr, "classify: sample %zu (%s): %s\n", i, samples[i].service,
			cls.reason);
		exit(1);
	}
	if (!with_authorize)
		return;
	lp_arena_reset(arena);
	if (lp_authorize(&requests[i], &cls, NULL, arena, &authz) || authz.n_grants == 0) {
		fprintf(stderr, "classify: sample %zu (%s) has no permission\n", i,
			samples[i].service);
		exit(1);
	}
}

static void measure(const char *what, bool with_authorize, double seconds)
{
	struct lp_arena arena;
	double start, end;
	unsigned long long n = 0;

	lp_arena_init(&arena, ARENA_MAX);
	for (size_t i = 0; i < N_SAMPLES; i++)
		one(i, with_authorize, &arena);
	start = now();
	do {
		for (size_t i = 0; i < BATCH; i++)
			one(n++ % N_SAMPLES, with_authorize, &arena);
		end = now();
	} while (end - start < seconds);
	lp_arena_fini(&arena);
	printf("%s %.0f\n", what, (double)n / (end - start));
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;

	prepare();
	measure("requests classified", false, seconds);
	measure("requests classified and authorized", true, seconds);
	return 0;
}
