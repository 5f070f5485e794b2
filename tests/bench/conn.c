/* SPDX-License-Identifier: MIT */
/* Nanoseconds that a small signed request and its answer spend in lp_conn. Prints one line. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "conn.h"

#define ROUNDS 20
#define PAIRS  10000

static const char request[] =
	"POST / HTTP/1.1\r\n"
	"Host: dynamodb.us-east-1.amazonaws.com\r\n"
	"Accept-Encoding: identity\r\n"
	"X-Amz-Target: DynamoDB_20120810.GetItem\r\n"
	"Content-Type: application/x-amz-json-1.0\r\n"
	"User-Agent: Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18 md/arch#x86_64 "
	"lang/python#3.11.2 md/pyimpl#CPython cfg/retry-mode#legacy\r\n"
	"X-Amz-Date: 20260101T000000Z\r\n"
	"X-Amz-Security-Token: IQoJb3JpZ2luX2VjEIX//////////wEaCXVzLWVhc3QtMSJHMEUCIQDxyz\r\n"
	"Authorization: AWS4-HMAC-SHA256 "
	"Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
	"SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
	"Signature=2a3c6c3f1d4e5b6a7980911223344556677889900aabbccddeeff00112233445\r\n"
	"amz-sdk-invocation-id: 0b3a3c0e-8d8b-4b55-9a2b-1f0f5d6c7e8f\r\n"
	"amz-sdk-request: attempt=1\r\n"
	"Content-Length: 56\r\n\r\n"
	"{\"TableName\": \"orders\", \"Key\": {\"id\": {\"S\": \"0123456\"}}}";

static const char response[] =
	"HTTP/1.1 200 OK\r\n"
	"Server: Server\r\n"
	"Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
	"Content-Type: application/x-amz-json-1.0\r\n"
	"Content-Length: 82\r\n"
	"Connection: keep-alive\r\n"
	"x-amzn-RequestId: 4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n"
	"x-amz-crc32: 2745614147\r\n\r\n"
	"{\"Item\":{\"id\":{\"S\":\"0123456\"},\"total\":{\"N\":\"12\"},\"note\":{\"S\":\"two "
	"words and more\"}}}";

static char buffers[4][LP_HEAD_MAX];
static unsigned lent;
static size_t sent;
static char sink[LP_HEAD_MAX * 2];

static char *hold(void *ctx)
{
	(void)ctx;
	return lent < 4 ? buffers[lent++] : NULL;
}

static void release(void *ctx, char *buf)
{
	(void)ctx;
	(void)buf;
	lent--;
}

static void take(void *ctx, const struct lp_conn *c, enum lp_event_type type, uint32_t seq,
		 const struct lp_span *parts, unsigned n)
{
	size_t at = 0;

	(void)ctx;
	(void)c;
	(void)type;
	(void)seq;
	for (unsigned i = 0; i < n; i++) {
		memcpy(sink + at, parts[i].ptr, parts[i].len);
		at += parts[i].len;
	}
	sent += at;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
	static const struct lp_conn_host host = {hold, release, take};
	static struct lp_conn c;
	double best = 1e18;

	lp_conn_init(&c, &host, NULL, 1, 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		double begin = now(), each;

		for (unsigned i = 0; i < PAIRS; i++) {
			lp_conn_out(&c, request, sizeof(request) - 1);
			lp_conn_in(&c, response, sizeof(response) - 1);
		}
		each = (now() - begin) / PAIRS;
		best = each < best ? each : best;
	}
	printf("conn: %zu bytes sent and %zu received cost %.0f ns, %zu bytes to report\n",
	       sizeof(request) - 1, sizeof(response) - 1, best, sent / ROUNDS / PAIRS);
	lp_conn_close(&c);
	return 0;
}
