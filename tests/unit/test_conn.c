/* SPDX-License-Identifier: MIT */
/*
 * collector/wire/conn: each script is fed whole, split at every byte, byte by byte, and ending at
 * a guard page; what comes out must be the same, and the same as written down here.
 */
#include "wire_util.h"

#include <pthread.h>
#include <semaphore.h>

#define SIGNED(service)                                                                            \
	"Authorization: AWS4-HMAC-SHA256 "                                                         \
	"Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/" service                              \
	"/aws4_request, SignedHeaders=host;x-amz-date, Signature=5ec7e75ec7e7\r\n"

#define KEPT_SIG(service)                                                                          \
	"Authorization: AWS4-HMAC-SHA256 "                                                         \
	"Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/" service                              \
	"/aws4_request, SignedHeaders=host;x-amz-date\r\n"

enum step_kind {
	END,
	OUT,
	IN,
	SKIP_OUT,
	SKIP_MOST, /* of what is sent, and not behind the message */
	SKIP_IN,
	SERVER,
};

struct step {
	enum step_kind kind;
	const char *text;
	uint64_t len; /* SKIP_* */
};

struct script {
	const char *name;
	struct step steps[16];
	const char *expected;
	bool by_writes; /* where a write starts means something: never split */
};

static const struct script scripts[] = {
	{
		"a signed request and its answer",
		{
			{OUT,
			 "POST / HTTP/1.1\r\nHost: sqs.eu-west-1.amazonaws.com\r\n"
			 "User-Agent: x\r\n" SIGNED(
				 "sqs") "Content-Type: "
					"application/x-amz-json-1.0\r\nContent-Length: 34\r\n\r\n"
					"{\"QueueUrl\":\"q\",\"MessageBody\":\"m\"}",
			 0},
			{IN,
			 "HTTP/1.1 200 OK\r\nx-amzn-RequestId: r1\r\nSet-Cookie: c\r\n"
			 "Content-Type: application/x-amz-json-1.0\r\nContent-Length: 28\r\n\r\n"
			 "{\"QueueUrl\":\"http://q/1/two\"}",
			 0},
		},
		"REQUEST 0 POST / HTTP/1.1\r\nHost: sqs.eu-west-1.amazonaws.com\r\n" KEPT_SIG(
			"sqs") "Content-Type: application/x-amz-json-1.0\r\nContent-Length: "
			       "34\r\n\r\n\n"
			       "BODY 0 {\"QueueUrl\":\"q\",\"MessageBody\":\"\"}\n"
			       "END 0 33 33\n"
			       "RESPONSE 0 HTTP/1.1 200 \r\nx-amzn-RequestId: r1\r\n"
			       "Content-Type: application/x-amz-json-1.0\r\nContent-Length: "
			       "28\r\n\r\n"
			       "QueueUrl=http://q/1/two\n\n"
			       "CLOSE 1 \n",
		false,
	},
	{
		"the answer to a request that went by unseen is not the next one's",
		{
			{IN, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 0},
			{SKIP_OUT, NULL, 100},
			{OUT, "GET /b HTTP/1.1\r\nHost: x\r\n" SIGNED("s3") "\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 0 GET /b HTTP/1.1\r\nHost: x\r\n" KEPT_SIG(
			"s3") "\r\n\nEND 0 0 0\n"
			      "RESPONSE 0 HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n\n"
			      "CLOSE 1 \n",
		true,
	},
	{
		"empty lines before a connection's first request, and behind a proxy's answer",
		{
			{OUT, "\r\n\r\nCONNECT s3.amazonaws.com:80 HTTP/1.1\r\nHost: x\r\n\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\n\r\n", 0},
			{OUT, "\r\nGET /b HTTP/1.1\r\nHost: x\r\n" SIGNED("s3") "\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 1 GET /b HTTP/1.1\r\nHost: x\r\n" KEPT_SIG(
			"s3") "\r\n\nEND 1 0 0\n"
			      "RESPONSE 1 HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n\n"
			      "CLOSE 2 \n",
		true,
	},
	{
		"pipelined, chunked with extensions and trailers, a body framed by the end",
		{
			{OUT,
			 "POST /a HTTP/1.1\r\nHost: x\r\n" SIGNED(
				 "lambda") "Content-Type: application/json\r\nTransfer-Encoding: "
					   "chunked\r\n"
					   "Content-Length: 5\r\n\r\n"
					   "3;x=\"y\"\r\n{\"a\r\n4\n\":1}\r\n0;z\r\nX: y\r\n\r\n"
					   "\r\nGET /b HTTP/1.1\r\nHost: x\r\n" SIGNED(
						   "lambda") "\r\n",
			 0},
			{IN,
			 "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n"
			 "HTTP/1.1 400 Bad\r\nContent-Type: text/xml\r\n\r\n"
			 "<Error><Code>Oops</Code></Error>",
			 0},
		},
		"REQUEST 0 POST /a HTTP/1.1\r\nHost: x\r\n" KEPT_SIG(
			"lambda") "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
				  "Content-Length: 5\r\n\r\n\n"
				  "BODY 0 {\"a\":1}\nEND 0 7 7\n"
				  "REQUEST 1 GET /b HTTP/1.1\r\nHost: x\r\n" KEPT_SIG(
					  "lambda") "\r\n\n"
						    "END 1 0 0\n"
						    "RESPONSE 0 HTTP/1.1 204 \r\nContent-Length: "
						    "7\r\n\r\n\n"
						    "RESPONSE 1 HTTP/1.1 400 \r\nContent-Type: "
						    "text/xml\r\n\r\nCode=Oops\n\n"
						    "CLOSE 2 \n",
		false,
	},
	{
		"100 Continue, HEAD, LF line ends, obs-fold",
		{
			{OUT,
			 "PUT /k HTTP/1.1\r\nHost: b.s3.amazonaws.com\r\nExpect: 100-continue\r\n"
			 "x-amz-acl: pub\r\n lic\r\n" SIGNED("s3") "Content-Length: 4\r\n\r\n",
			 0},
			{IN, "HTTP/1.1 100 Continue\r\n\r\n", 0},
			{OUT, "body", 0},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0},
			{OUT, "HEAD /k HTTP/1.1\nHost: b.s3.amazonaws.com\n\n", 0},
			{IN, "HTTP/1.1 200 OK\nContent-Length: 99\n\n", 0},
			{OUT, "GET /k HTTP/1.1\r\nHost: b.s3.amazonaws.com\r\n\r\n", 0},
			{IN,
			 "HTTP/1.1 404 Not Found\r\nContent-Type: application/xml\r\n"
			 "Transfer-Encoding: chunked\r\n\r\n"
			 "17\r\n<Code>NoSuchKey</Code> \r\n0\r\n\r\n",
			 0},
		},
		"REQUEST 0 PUT /k HTTP/1.1\r\nHost: b.s3.amazonaws.com\r\n"
		"x-amz-acl: pub\r\n lic\r\n" KEPT_SIG(
			"s3") "Content-Length: 4\r\n\r\n\n"
			      "END 0 4 0\n"
			      "RESPONSE 0 HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n\n"
			      "REQUEST 1 HEAD /k HTTP/1.1\r\nHost: b.s3.amazonaws.com\n\r\n\n"
			      "END 1 0 0\n"
			      "RESPONSE 1 HTTP/1.1 200 \r\nContent-Length: 99\n\r\n\n"
			      "REQUEST 2 GET /k HTTP/1.1\r\nHost: b.s3.amazonaws.com\r\n\r\n\n"
			      "END 2 0 0\n"
			      "RESPONSE 2 HTTP/1.1 404 \r\nContent-Type: application/xml\r\n"
			      "Transfer-Encoding: chunked\r\n\r\nCode=NoSuchKey\n\n"
			      "CLOSE 3 \n",
		false,
	},
	{
		"a final answer instead of 100 Continue, and the body is left out",
		{
			{OUT,
			 "PUT /k HTTP/1.1\r\nHost: s3.amazonaws.com\r\nExpect: 100-continue\r\n"
			 "Content-Length: 9\r\n\r\n",
			 0},
			{IN,
			 "HTTP/1.1 307 Moved\r\nContent-Length: 0\r\n"
			 "Location: https://u:p@s3.amazonaws.com/k?X-Amz-Signature=5\r\n\r\n",
			 0},
			{OUT, "GET /l HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 0 PUT /k HTTP/1.1\r\nHost: s3.amazonaws.com\r\nContent-Length: 9\r\n\r\n\n"
		"RESPONSE 0 HTTP/1.1 307 \r\nContent-Length: 0\r\n"
		"Location: https://s3.amazonaws.com/k\r\n\r\n\n"
		"END 0 0 0\n"
		"REQUEST 1 GET /l HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 1 0 0\n"
		"RESPONSE 1 HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n\n"
		"CLOSE 2 \n",
		false,
	},
	{
		"an answer that is seen before its request was reported",
		{
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", 0},
			{OUT, "GET /l HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "xHTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n", 0},
			{OUT, "GET /m HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
		},
		"REQUEST 0 GET /l HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 0 0 0\n"
		"RESPONSE 0 HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n\n"
		"REQUEST 1 GET /m HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 1 0 0\n"
		"RESPONSE 1 HTTP/1.1 201 \r\nContent-Length: 0\r\n\r\n\n"
		"CLOSE 2 \n",
		false,
	},
	{
		"not AWS",
		{
			{OUT, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 0},
			{OUT,
			 "POST / HTTP/1.1\r\nHost: b.s3-website-us-east-1.amazonaws.com\r\n"
			 "Content-Length: 27\r\n\r\nGET / HTTP/1.1\r\nHost: sqs.\r\n",
			 0},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 0},
			{OUT, "GET / HTTP/1.1\r\nHost: a.eu-west-1.elb.amazonaws.com\r\n\r\n", 0},
		},
		"",
		false,
	},
	{
		"pipelined behind what is not for AWS: the second answer is AWS's",
		{
			{OUT,
			 "HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n"
			 "GET /b/k HTTP/1.1\r\nHost: x\r\n" SIGNED("s3") "\r\n",
			 0},
			{IN,
			 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-amzn-RequestId: not\r\n\r\n"
			 "HTTP/1.1 403 Forbidden\r\nx-amzn-RequestId: r\r\nContent-Length: "
			 "0\r\n\r\n",
			 0},
		},
		"REQUEST 1 GET /b/k HTTP/1.1\r\nHost: x\r\n" KEPT_SIG(
			"s3") "\r\n\nEND 1 0 0\n"
			      "RESPONSE 1 HTTP/1.1 403 \r\nx-amzn-RequestId: r\r\n"
			      "Content-Length: 0\r\n\r\n\nCLOSE 2 \n",
		false,
	},
	{
		"behind what has its answer, seen or passed over: the next one is AWS's",
		{
			{OUT, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0},
			{OUT, "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n", 0},
			{SKIP_IN, NULL, 40},
			{OUT, "GET /b/k HTTP/1.1\r\nHost: x\r\n" SIGNED("s3") "\r\n", 0},
			{IN, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 2 GET /b/k HTTP/1.1\r\nHost: x\r\n" KEPT_SIG(
			"s3") "\r\n\nEND 2 0 0\n"
			      "RESPONSE 2 HTTP/1.1 403 \r\nContent-Length: 0\r\n\r\n\nCLOSE 3 \n",
		false,
	},
	{
		"behind one for others: answers that are seen before their requests",
		{
			{OUT, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0},
			{IN, "2\r\nok\r\n0\r\n\r\n", 0},
			{IN, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 0},
			{OUT, "GET /b/2 HTTP/1.1\r\nHost: x\r\n" SIGNED("s3") "\r\n", 0},
			{OUT, "GET /b/3 HTTP/1.1\r\nHost: x\r\n" SIGNED("s3") "\r\n", 0},
			{IN, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 1 GET /b/2 HTTP/1.1\r\nHost: x\r\n" KEPT_SIG(
			"s3") "\r\n\nEND 1 0 0\n"
			      "REQUEST 2 GET /b/3 HTTP/1.1\r\nHost: x\r\n" KEPT_SIG(
				      "s3") "\r\n\nEND 2 0 0\n"
					    "RESPONSE 1 HTTP/1.1 403 \r\nContent-Length: "
					    "0\r\n\r\n\n"
					    "RESPONSE 2 HTTP/1.1 404 \r\nContent-Length: "
					    "0\r\n\r\n\n"
					    "CLOSE 3 \n",
		false,
	},
	{
		"behind those for others that wait in line, one of them for leave to go on",
		{
			{OUT, "PUT /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n.", 0},
			{OUT, "HEAD /2 HTTP/1.1\r\nHost: x\r\n\r\n", 0},
			{OUT, "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n", 0},
			{IN, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", 0},
			{IN, "Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", 0},
			{OUT, "GET /b/4 HTTP/1.1\r\nHost: x\r\n" SIGNED("s3") "\r\n", 0},
			{IN, "Content-Length: 9\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n", 0},
			{IN, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 3 GET /b/4 HTTP/1.1\r\nHost: x\r\n" KEPT_SIG(
			"s3") "\r\n\nEND 3 0 0\n"
			      "RESPONSE 3 HTTP/1.1 403 \r\nContent-Length: 0\r\n\r\n\nCLOSE 4 \n",
		false,
	},
	{
		"behind an answer to others that is none",
		{
			{OUT, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, and more\r\n", 0},
			{OUT, "GET /b/2 HTTP/1.1\r\nHost: x\r\n" SIGNED("s3") "\r\n", 0},
			{IN, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 1 GET /b/2 HTTP/1.1\r\nHost: x\r\n" KEPT_SIG(
			"s3") "\r\n\nEND 1 0 0\n"
			      "RESPONSE 1 HTTP/1.1 403 \r\nContent-Length: 0\r\n\r\n\nCLOSE 2 \n",
		false,
	},
	{
		"AWS later, on a connection that began elsewhere",
		{
			{OUT,
			 "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 3\r\n\r\nabc", 0},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 0},
			{OUT,
			 "GET / HTTP/1.1\r\nHost: 169.254.169.254\r\n"
			 "X-aws-ec2-metadata-token: t\r\n\r\n",
			 0},
			{IN,
			 "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 32\r\n\r\n"
			 "{\"accountId\" : \"111122223333\" } ",
			 0},
			{OUT, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 0},
			{OUT,
			 "GET http://sts.eu-west-1.amazonaws.com?Action=A HTTP/1.1\r\n"
			 "Host: proxy\r\n\r\n",
			 0},
		},
		"REQUEST 1 GET / HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n\n"
		"END 1 0 0\n"
		"RESPONSE 1 HTTP/1.1 200 \r\nContent-Type: text/plain\r\nContent-Length: 32\r\n\r\n"
		"accountId=111122223333\n\n"
		"REQUEST 3 GET http://sts.eu-west-1.amazonaws.com?Action=A HTTP/1.1\r\n"
		"Host: proxy\r\n\r\n\n"
		"END 3 0 0\n"
		"CLOSE 4 \n",
		false,
	},
	{
		"TLS on a plain socket",
		{{OUT, "\x16\x03\x01\x02", 0},
		 {OUT, "GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0}},
		"",
		false,
	},
	{
		"the server speaks first",
		{{IN, "220 mail\r\n", 0},
		 {OUT, "GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0}},
		"",
		false,
	},
	{
		"a tunnel for TLS",
		{
			{OUT,
			 "CONNECT s3.amazonaws.com:443 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n",
			 0},
			{IN, "HTTP/1.1 200 OK\r\n\r\n", 0},
			{OUT, "\x16\x03\x01\x02", 0},
			{OUT, "GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
		},
		"",
		false,
	},
	{
		"a tunnel for HTTP, after a proxy that wants to know who asks",
		{
			{OUT, "CONNECT s3.amazonaws.com:80 HTTP/1.1\r\nHost: a\r\n\r\n", 0},
			{IN, "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno", 0},
			{OUT, "CONNECT s3.amazonaws.com:80 HTTP/1.1\r\nHost: a\r\n\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\n\r\n", 0},
			{OUT, "GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 204 No\r\n\r\n", 0},
		},
		"REQUEST 2 GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 2 0 0\n"
		"RESPONSE 2 HTTP/1.1 204 \r\n\r\n\n"
		"CLOSE 3 \n",
		true,
	},
	{
		"a tunnel for TLS, behind a request to AWS",
		{
			{OUT, "GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 204 No Content\r\n\r\n", 0},
			{OUT, "CONNECT s3.amazonaws.com:443 HTTP/1.1\r\n\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\n\r\n", 0},
			{OUT, "\x16\x03\x01\x02", 0},
		},
		"REQUEST 0 GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 0 0 0\n"
		"RESPONSE 0 HTTP/1.1 204 \r\n\r\n\n"
		"CLOSE 2 \n",
		false,
	},
	{
		"another protocol after 101",
		{
			{OUT,
			 "GET / HTTP/1.1\r\nHost: ssm.eu-west-1.amazonaws.com\r\nUpgrade: "
			 "websocket\r\n\r\n",
			 0},
			{IN, "HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello", 0},
			{OUT, "\x81\x85xxxx", 0},
		},
		"REQUEST 0 GET / HTTP/1.1\r\nHost: ssm.eu-west-1.amazonaws.com\r\n\r\n\n"
		"END 0 0 0\n"
		"RESPONSE 0 HTTP/1.1 101 \r\n\r\n\n"
		"CLOSE 1 \n",
		false,
	},
	{
		"framing lost and found again",
		{
			{OUT, "GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{OUT, "\r\n\x01garbage", 0},
			{OUT, "GET /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
		},
		"REQUEST 0 GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 0 0 0\n"
		"LOST 1 reason 2 host s3.amazonaws.com\n"
		"REQUEST 1 GET /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 1 0 0\n"
		"CLOSE 2 \n",
		true,
	},
	{
		"bytes unseen inside bodies",
		{
			{OUT,
			 "POST / HTTP/1.1\r\nHost: sns.eu-west-1.amazonaws.com\r\n" SIGNED(
				 "sns") "Content-Type: application/x-www-form-urlencoded\r\n"
					"Content-Length: 20\r\n\r\nTopicArn=",
			 0},
			{SKIP_OUT, NULL, 11},
			{IN,
			 "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 60\r\n\r\n"
			 "<A><Arn>arn:aws:sns:r:1:t</Arn>",
			 0},
			{SKIP_IN, NULL, 29},
			{OUT, "GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{SKIP_OUT, NULL, 3},
		},
		"REQUEST 0 POST / HTTP/1.1\r\nHost: sns.eu-west-1.amazonaws.com\r\n" KEPT_SIG(
			"sns") "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
			       "20\r\n\r\n\n"
			       "BODY 0 TopicArn=\nEND 0 20 9\n"
			       "RESPONSE 0 HTTP/1.1 200 \r\nContent-Type: "
			       "text/xml\r\nContent-Length: 60\r\n\r\n"
			       "Arn=arn:aws:sns:r:1:t\n\n"
			       "REQUEST 1 GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
			       "END 1 0 0\n"
			       "LOST 2 reason 2 host sns.eu-west-1.amazonaws.com\n"
			       "CLOSE 2 \n",
		false,
	},
	{
		"at most so many bytes unseen, within a body",
		{
			{OUT,
			 "PUT /k HTTP/1.1\r\nHost: s3.amazonaws.com\r\nContent-Length: "
			 "20\r\n\r\nab",
			 0},
			{SKIP_MOST, NULL, 5},
			{SKIP_MOST, NULL, 99},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0},
			{SKIP_MOST, NULL, 9},
			{OUT,
			 "PUT /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\nTransfer-Encoding: "
			 "chunked\r\n\r\n10\r\nab",
			 0},
			{SKIP_MOST, NULL, 14},
			{IN, "HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n", 0},
			{OUT, "GET /3 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 0 PUT /k HTTP/1.1\r\nHost: s3.amazonaws.com\r\nContent-Length: "
		"20\r\n\r\n\n"
		"END 0 20 0\n"
		"RESPONSE 0 HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n\n"
		"REQUEST 1 PUT /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\nTransfer-Encoding: "
		"chunked\r\n\r\n\n"
		"END 1 17 0\n"
		"RESPONSE 1 HTTP/1.1 201 \r\nContent-Length: 0\r\n\r\n\n"
		"REQUEST 2 GET /3 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 2 0 0\n"
		"RESPONSE 2 HTTP/1.1 202 \r\nContent-Length: 0\r\n\r\n\n"
		"CLOSE 3 \n",
		true,
	},
	{
		"chunks unseen: what comes next shows where they end",
		{
			{OUT,
			 "PUT /k HTTP/1.1\r\nHost: s3.amazonaws.com\r\nTransfer-Encoding: "
			 "chunked\r\n\r\n10\r\nab",
			 0},
			{SKIP_OUT, NULL, 99},
			{OUT, "GET /object HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{SKIP_OUT, NULL, 9},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0},
			{OUT, "GET /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nab", 0},
			{SKIP_IN, NULL, 99},
			{IN, "HTTP/1.1 and so on", 0},
			{SKIP_IN, NULL, 9},
			{OUT, "GET /3 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 0 PUT /k HTTP/1.1\r\nHost: s3.amazonaws.com\r\nTransfer-Encoding: "
		"chunked\r\n\r\n\n"
		"END 0 101 0\n"
		"RESPONSE 0 HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n\n"
		"REQUEST 1 GET /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 1 0 0\n"
		"RESPONSE 1 HTTP/1.1 201 \r\nTransfer-Encoding: chunked\r\n\r\n\n"
		"REQUEST 2 GET /3 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 2 0 0\n"
		"RESPONSE 2 HTTP/1.1 202 \r\nContent-Length: 0\r\n\r\n\n"
		"CLOSE 3 \n",
		true,
	},
	{
		"an answer to a request among unseen chunks",
		{
			{OUT,
			 "PUT /k HTTP/1.1\r\nHost: s3.amazonaws.com\r\nTransfer-Encoding: "
			 "chunked\r\n\r\n10\r\nab",
			 0},
			{SKIP_OUT, NULL, 99},
			{IN, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0},
			{IN, "HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n", 0},
			{OUT, "GET /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 0 PUT /k HTTP/1.1\r\nHost: s3.amazonaws.com\r\nTransfer-Encoding: "
		"chunked\r\n\r\n\n"
		"END 0 101 0\n"
		"RESPONSE 0 HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n\n"
		"LOST 1 reason 2 host s3.amazonaws.com\n"
		"REQUEST 1 GET /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 1 0 0\n"
		"CLOSE 2 \n",
		true,
	},
	{
		"an answer that may be among unseen chunks",
		{
			{OUT, "GET /1 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nab", 0},
			{SKIP_IN, NULL, 99},
			{OUT, "GET /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{SKIP_IN, NULL, 99},
			{OUT, "GET /3 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 203 OK\r\nContent-Length: 0\r\n\r\n", 0},
		},
		"REQUEST 0 GET /1 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 0 0 0\n"
		"RESPONSE 0 HTTP/1.1 201 \r\nTransfer-Encoding: chunked\r\n\r\n\n"
		"REQUEST 1 GET /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 1 0 0\n"
		"REQUEST 2 GET /3 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 2 0 0\n"
		"LOST 2 reason 2 host s3.amazonaws.com\n"
		"CLOSE 3 \n",
		false,
	},
	{
		"an answer that is none",
		{
			{OUT, "GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 2x0 OK\r\n\r\n", 0},
			{OUT, "GET /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", 0},
			{IN, "HTTP/1.1 200 OK\r\n\r\n", 0},
		},
		"REQUEST 0 GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 0 0 0\n"
		"LOST 0 reason 2 host s3.amazonaws.com\n"
		"REQUEST 1 GET /2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\n"
		"END 1 0 0\n"
		"CLOSE 2 \n",
		false,
	},
	{
		"signature in the query; a batch of keys; an object is never looked at",
		{
			{OUT,
			 "GET "
			 "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20260101%2Fr"
			 "%2Fs3%2Faws4_request&X-Amz-Security-Token=t&X-Amz-Signature=5 "
			 "HTTP/1.1\r\n"
			 "Host: localhost:4566\r\n\r\n",
			 0},
			{IN,
			 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
			 "34\r\n\r\n"
			 "{\"Arn\":\"arn:aws:iam::1:role/r\"}   ",
			 0},
			{OUT,
			 "POST /b?delete HTTP/1.1\r\nHost: localhost:4566\r\n" SIGNED(
				 "s3") "Content-Type: application/x-www-form-urlencoded\r\n"
				       "Content-Length: 66\r\n\r\n"
				       "<Delete "
				       "xmlns=\"u\"><Object><Key>a/b</Key></Object><Quiet/></"
				       "Delete>",
			 0},
			{OUT,
			 "PUT /b/k HTTP/1.1\r\nHost: localhost:4566\r\n" SIGNED(
				 "s3") "Content-Type: application/json\r\nContent-Length: "
				       "14\r\n\r\n{\"Bucket\":\"x\"}",
			 0},
		},
		"REQUEST 0 GET "
		"/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20260101%2Fr"
		"%2Fs3%2Faws4_request&X-Amz-Security-Token=&X-Amz-Signature= HTTP/1.1\r\n"
		"Host: localhost:4566\r\n\r\n\n"
		"END 0 0 0\n"
		"RESPONSE 0 HTTP/1.1 200 \r\nContent-Type: application/json\r\nContent-Length: "
		"34\r\n\r\n\n"
		"REQUEST 1 POST /b?delete HTTP/1.1\r\nHost: localhost:4566\r\n" KEPT_SIG(
			"s3") "Content-Type: application/x-www-form-urlencoded\r\n"
			      "Content-Length: 66\r\n\r\n\n"
			      "BODY 1 "
			      "<Delete><Object><Key>a/b</Key></Object><Quiet/></Delete>\nEND 1 56 "
			      "56\n"
			      "REQUEST 2 PUT /b/k HTTP/1.1\r\nHost: localhost:4566\r\n" KEPT_SIG(
				      "s3") "Content-Type: application/json\r\nContent-Length: "
					    "14\r\n\r\n\n"
					    "END 2 14 0\n"
					    "CLOSE 3 \n",
		false,
	},
	{
		"CBOR",
		{
			{OUT,
			 "POST /service/GraniteServiceVersion20100801/operation/PutMetricData "
			 "HTTP/1.1\r\n"
			 "Host: monitoring.eu-west-1.amazonaws.com\r\nsmithy-protocol: "
			 "rpc-v2-cbor\r\n" SIGNED("monitoring") "Content-Type: application/cbor\r\n"
								"Content-Length: 23\r\n\r\n"
								"\xa2"
								"dData"
								"dblob"
								"gAccount"
								"c123",
			 0},
		},
		"REQUEST 0 POST /service/GraniteServiceVersion20100801/operation/PutMetricData "
		"HTTP/1.1\r\n"
		"Host: monitoring.eu-west-1.amazonaws.com\r\nsmithy-protocol: "
		"rpc-v2-cbor\r\n" KEPT_SIG(
			"monitoring") "Content-Type: application/cbor\r\nContent-Length: "
				      "23\r\n\r\n\n"
				      "BODY 0 \xa2"
				      "dData`gAccountc123"
				      "\nEND 0 19 19\n"
				      "CLOSE 1 \n",
		false,
	},
};

enum way {
	WHOLE,
	BYTES,
	SPLIT, /* at `at` bytes of each step */
};

static void feed(struct lp_conn *c, const struct step *s, enum way way, size_t at)
{
	size_t len = s->text ? strlen(s->text) : 0, pos = 0;

	if (s->kind == SKIP_MOST) {
		lp_conn_skip_most_out(c, s->len);
		return;
	}
	if (s->kind == SKIP_OUT || s->kind == SKIP_IN) {
		(s->kind == SKIP_OUT ? lp_conn_skip_out : lp_conn_skip_in)(c, s->len);
		return;
	}
	if (s->kind == SERVER) {
		lp_conn_set_server(c, lp_span_str(s->text));
		return;
	}
	while (pos < len) {
		size_t n = way == WHOLE ? len : way == BYTES ? 1 : pos < at && at < len ? at : len;
		struct guarded g;

		n = n < len - pos ? n : len - pos;
		g = guarded(lp_span_of(s->text + pos, n));
		(s->kind == OUT ? lp_conn_out : lp_conn_in)(c, g.span.ptr, n);
		guarded_free(&g);
		pos += n;
	}
}

static struct journal play(const struct script *s, enum way way, size_t at)
{
	struct journal j = {.hold_max = 8};
	struct lp_conn c;

	journal_add(&j, "", 0);
	lp_conn_init(&c, &journal_host, &j, 1, 0);
	for (const struct step *step = s->steps; step->kind != END; step++)
		feed(&c, step, way, at);
	lp_conn_close(&c);
	lp_conn_close(&c);
	assert_true(lp_conn_ignored(&c));
	assert_int_equal(j.holds, 0);
	return j;
}

static size_t longest(const struct script *s)
{
	size_t max = 0;

	for (const struct step *step = s->steps; step->kind != END; step++)
		if (step->text && strlen(step->text) > max)
			max = strlen(step->text);
	return max;
}

static void same(const struct script *s, struct journal j, const char *how, size_t at)
{
	if (strcmp(j.text, s->expected) != 0)
		print_error("# %s, %s at %zu\n--- got\n%s\n", s->name, how, at, j.text);
	assert_string_equal(j.text, s->expected);
	journal_free(&j);
}

static void test_scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(scripts); i++) {
		const struct script *s = &scripts[i];
		size_t max = longest(s);

		same(s, play(s, WHOLE, 0), "whole", 0);
		if (s->by_writes)
			continue;
		same(s, play(s, BYTES, 0), "byte by byte", 0);
		for (size_t at = 1; at < max; at++)
			same(s, play(s, SPLIT, at), "split", at);
	}
}

/* --- limits ----------------------------------------------------------------------------------- */

static void out(struct lp_conn *c, const char *text)
{
	lp_conn_out(c, text, strlen(text));
}

static void in(struct lp_conn *c, const char *text)
{
	lp_conn_in(c, text, strlen(text));
}

static void open_conn(struct lp_conn *c, struct journal *j, unsigned holds)
{
	*j = (struct journal){.hold_max = holds};
	journal_add(j, "", 0);
	lp_conn_init(c, &journal_host, j, 1, 0);
}

static void close_conn(struct lp_conn *c, struct journal *j, const char *expected)
{
	lp_conn_close(c);
	assert_int_equal(j->holds, 0);
	assert_string_equal(j->text, expected);
	journal_free(j);
}

/* Without a buffer whole messages are as good as ever, split ones are counted as lost. */
static void test_no_buffers(void **state)
{
	struct journal j;
	struct lp_conn c;

	(void)state;
	open_conn(&c, &j, 0);
	out(&c, "GET /1 HTTP/1.1\r\nHost: sts.amazonaws.com\r\n\r\n");
	in(&c, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 21\r\n\r\n");
	in(&c, "<Account>1</Account>\n");
	out(&c, "GET /2 HTTP/1.1\r\nHost: ");
	out(&c, "sts.amazonaws.com\r\n\r\n");
	out(&c, "GET /3 HTTP/1.1\r\nHost: sts.amazonaws.com\r\n\r\n");
	close_conn(
		&c, &j,
		"REQUEST 0 GET /1 HTTP/1.1\r\nHost: sts.amazonaws.com\r\n\r\n\nEND 0 0 0\n"
		"RESPONSE 0 HTTP/1.1 200 \r\nContent-Type: text/xml\r\nContent-Length: 21\r\n\r\n\n"
		"LOST 1 reason 3 host sts.amazonaws.com\n"
		"REQUEST 1 GET /3 HTTP/1.1\r\nHost: sts.amazonaws.com\r\n\r\n\nEND 1 0 0\n"
		"CLOSE 2 \n");
}

static void test_long_head(void **state)
{
	static char text[LP_HEAD_MAX + 64];
	struct journal j;
	struct lp_conn c;

	(void)state;
	open_conn(&c, &j, 8);
	out(&c, "GET /1 HTTP/1.1\r\nHost: sts.amazonaws.com\r\n\r\n");
	memset(text, 'x', sizeof(text));
	memcpy(text, "GET /", 5);
	lp_conn_out(&c, text, sizeof(text));
	close_conn(&c, &j,
		   "REQUEST 0 GET /1 HTTP/1.1\r\nHost: sts.amazonaws.com\r\n\r\n\nEND 0 0 0\n"
		   "LOST 1 reason 1 host sts.amazonaws.com\nCLOSE 1 \n");
	/* The first one's loss is told as well, where the server's name is known. */
	open_conn(&c, &j, 8);
	lp_conn_set_server(&c, LP_SPAN("s3.amazonaws.com"));
	lp_conn_out(&c, text, sizeof(text));
	out(&c, "GET /1 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n");
	close_conn(&c, &j,
		   "LOST 0 reason 1 host s3.amazonaws.com\n"
		   "REQUEST 0 GET /1 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n\nEND 0 0 0\n"
		   "CLOSE 1 \n");
}

/* What is left alone of a long body is as if it had been skipped; nothing else is left alone. */
static void test_rest(void **state)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n0123456789";
	char *skipped = NULL;

	(void)state;
	for (int rest = 0; rest < 2; rest++) {
		struct journal j;
		struct lp_conn c;

		open_conn(&c, &j, 8);
		assert_false(lp_conn_rest_in(&c, 1));
		out(&c, "GET /b/1 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n" SIGNED("s3") "\r\n");
		assert_false(lp_conn_rest_in(&c, 1));
		in(&c, answer);
		assert_false(lp_conn_rest_in(&c, 100000));
		if (rest)
			assert_true(lp_conn_rest_in(&c, 50000));
		else
			lp_conn_skip_in(&c, 99990);
		assert_true(lp_conn_rest_in(&c, 50000)); /* nothing is due */
		out(&c, "GET /b/2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n" SIGNED("s3") "\r\n");
		assert_false(lp_conn_rest_in(&c, 1));
		in(&c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
		assert_true(lp_conn_rest_in(&c, 1));
		assert_non_null(strstr(j.text, "HTTP/1.1 403"));
		if (rest)
			assert_string_equal(j.text, skipped);
		free(skipped);
		skipped = strdup(j.text);
		lp_conn_close(&c);
		journal_free(&j);
	}
	free(skipped);
}

/* Requests to others are answered for all one knows; HTTP/2 is never left alone. */
static void test_rest_of_others(void **state)
{
	struct journal j;
	struct lp_conn c;

	(void)state;
	open_conn(&c, &j, 8);
	out(&c, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
	assert_false(lp_conn_rest_in(&c, 1));
	in(&c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n0123456789");
	assert_true(lp_conn_rest_in(&c, 1));
	out(&c, "GET /b/2 HTTP/1.1\r\nHost: s3.amazonaws.com\r\n" SIGNED("s3") "\r\n");
	assert_false(lp_conn_rest_in(&c, 1));
	in(&c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
	assert_non_null(strstr(j.text, "RESPONSE 1 HTTP/1.1 403"));
	lp_conn_close(&c);
	assert_true(lp_conn_rest_in(&c, 1));
	journal_free(&j);
	open_conn(&c, &j, 8);
	out(&c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	assert_false(lp_conn_rest_in(&c, 1));
	lp_conn_close(&c);
	journal_free(&j);
}

/* More in flight than can be waited for: all requests are there, answers up to the limit's loss. */
static void test_pipeline(void **state)
{
	struct journal j;
	struct lp_conn c;
	unsigned requests = 0;

	(void)state;
	open_conn(&c, &j, 8);
	for (unsigned i = 0; i <= LP_PENDING_MAX; i++)
		out(&c, "GET / HTTP/1.1\r\nHost: sts.amazonaws.com\r\n\r\n");
	in(&c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	lp_conn_close(&c);
	for (const char *p = j.text; (p = strstr(p, "REQUEST")) != NULL; p++)
		requests++;
	assert_int_equal(requests, LP_PENDING_MAX + 1);
	assert_non_null(strstr(j.text, "LOST 64 reason 4 "));
	assert_null(strstr(j.text, "RESPONSE"));
	assert_int_equal(j.holds, 0);
	journal_free(&j);
	/* The same where only the last one is for AWS; nothing is told before that. */
	open_conn(&c, &j, 8);
	for (unsigned i = 0; i <= LP_PENDING_MAX; i++)
		out(&c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(j.len, 0);
	out(&c, "GET / HTTP/1.1\r\nHost: sts.amazonaws.com\r\n\r\n");
	in(&c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	lp_conn_close(&c);
	assert_non_null(strstr(j.text, "REQUEST 65"));
	assert_non_null(strstr(j.text, "LOST 65 reason 4 "));
	assert_null(strstr(j.text, "RESPONSE"));
	journal_free(&j);
}

/* 1 GiB of body costs a count for each write and ships nothing. */
static void test_large_body(void **state)
{
	static char megabyte[1 << 20];
	struct journal j;
	struct lp_conn c;

	(void)state;
	open_conn(&c, &j, 8);
	out(&c,
	    "PUT /b/k HTTP/1.1\r\nHost: s3.amazonaws.com\r\nContent-Length: 1073741824\r\n\r\n");
	for (unsigned i = 0; i < 1024; i++)
		lp_conn_out(&c, megabyte, sizeof(megabyte));
	close_conn(&c, &j,
		   "REQUEST 0 PUT /b/k HTTP/1.1\r\nHost: s3.amazonaws.com\r\n"
		   "Content-Length: 1073741824\r\n\r\n\nEND 0 1073741824 0\nCLOSE 1 \n");
}

/* A body of many small members is cut at the limit, and says so. */
static void test_body_limit(void **state)
{
	static char body[2 * LP_REQ_BODY_MAX];
	struct journal j;
	struct lp_conn c;
	unsigned long long whole, kept;
	const char *p;

	(void)state;
	memset(body, ' ', sizeof(body));
	memcpy(body, "{\"a\":\"b\",", 9);
	open_conn(&c, &j, 8);
	out(&c, "POST / HTTP/1.1\r\n" SIGNED(
			"dynamodb") "Content-Type: application/x-amz-json-1.0\r\nContent-Length: "
				    "131072\r\n\r\n");
	for (size_t at = 0; at < sizeof(body); at += 1000)
		lp_conn_out(&c, body + at, sizeof(body) - at < 1000 ? sizeof(body) - at : 1000);
	lp_conn_close(&c);
	p = strstr(j.text, "END 0 ");
	assert_non_null(p);
	assert_int_equal(sscanf(p, "END 0 %llu %llu", &whole, &kept), 2);
	assert_int_equal(kept, LP_REQ_BODY_MAX);
	assert_true(whole > kept);
	journal_free(&j);
}

/* --- two threads ------------------------------------------------------------------------------ */

#define ROUNDS 3000

#define FIRSTS 4000

/* What the threads find; a failed assertion outside the main thread would end the program. */
struct findings {
	pthread_mutex_t lock;
	unsigned requests, responses;
	const char *wrong; /* the first thing that was, NULL: nothing */
};

static void found(struct findings *f, const char *wrong)
{
	if (!f->wrong)
		f->wrong = wrong;
}

static void threads_emit(void *ctx, const struct lp_conn *c, enum lp_event_type type, uint32_t seq,
			 const struct lp_span *parts, unsigned n)
{
	struct findings *f = ctx;
	char want[32];
	size_t len;

	(void)c;
	pthread_mutex_lock(&f->lock);
	if (type == LP_EV_LOST)
		found(f, "something was lost");
	if (type == LP_EV_REQUEST_BARE && seq != f->requests++)
		found(f, "requests out of order");
	if (type == LP_EV_RESPONSE) {
		if (seq != f->responses++)
			found(f, "responses out of order");
		if (f->responses > f->requests)
			found(f, "a response before its request");
		len = (size_t)snprintf(want, sizeof(want), "Code=c%u\n", seq);
		if (!lp_span_ends(parts[n - 1], lp_span_of(want, len)))
			found(f, "a response without its own field");
	}
	pthread_mutex_unlock(&f->lock);
}

static char *threads_hold(void *ctx)
{
	(void)ctx;
	return malloc(LP_HEAD_MAX);
}

static void threads_release(void *ctx, char *buf)
{
	(void)ctx;
	free(buf);
}

static const struct lp_conn_host threads_host = {
	.hold = threads_hold, .release = threads_release, .emit = threads_emit};
static struct lp_conn shared;
static sem_t in_flight, on_wire;
static unsigned others; /* as many requests, the first ones, are not for AWS */

static void write_request(unsigned i)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "GET /%u HTTP/1.1\r\nHost: %s\r\n\r\n", i,
			 i < others ? "sts.example.com" : "sts.amazonaws.com");

	lp_conn_out(&shared, text, (size_t)n / 2);
	lp_conn_out(&shared, text + n / 2, (size_t)(n - n / 2));
}

static void read_response(unsigned i)
{
	char text[128];
	int n = snprintf(text, sizeof(text),
			 "HTTP/1.1 400 No\r\nContent-Type: text/xml\r\nContent-Length: 20\r\n\r\n"
			 "<Code>c%u</Code>%*s",
			 i, (int)(6 - snprintf(NULL, 0, "%u", i)), "");
	size_t third = (size_t)n / 3;

	lp_conn_in(&shared, text, third);
	lp_conn_in(&shared, text + third, (size_t)n - third);
}

/* Both are told of the request at the same time, so the answer is often seen first. */
static void *writer(void *arg)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		sem_wait(&in_flight);
		sem_post(&on_wire);
		write_request(i);
	}
	return arg;
}

static void *reader(void *arg)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		sem_wait(&on_wire);
		read_response(i);
		sem_post(&in_flight);
	}
	return arg;
}

static void exchange(unsigned rounds_of_others)
{
	struct findings f = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.requests = rounds_of_others,
		.responses = rounds_of_others,
	};
	pthread_t threads[2];

	others = rounds_of_others;
	lp_conn_init(&shared, &threads_host, &f, 1, 0);
	assert_int_equal(sem_init(&in_flight, 0, 8), 0);
	assert_int_equal(sem_init(&on_wire, 0, 0), 0);
	assert_int_equal(pthread_create(&threads[0], NULL, writer, NULL), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, reader, NULL), 0);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	lp_conn_close(&shared);
	assert_string_equal(f.wrong ? f.wrong : "nothing", "nothing");
	assert_int_equal(f.requests, ROUNDS);
	assert_int_equal(f.responses, ROUNDS);
	others = 0;
}

static void test_threads(void **state)
{
	(void)state;
	exchange(0);
}

static void test_threads_after_others(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++)
		exchange(1 + i * 7);
}

static pthread_barrier_t start, over;

static void *first_reader(void *arg)
{
	for (unsigned i = 0; i < FIRSTS; i++) {
		pthread_barrier_wait(&start);
		read_response(0);
		pthread_barrier_wait(&over);
	}
	return arg;
}

/* A connection's very first answer, at any moment of its request. */
static void test_first_answer(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_barrier_init(&start, NULL, 2), 0);
	assert_int_equal(pthread_barrier_init(&over, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, first_reader, NULL), 0);
	for (unsigned i = 0; i < FIRSTS; i++) {
		struct findings f = {.lock = PTHREAD_MUTEX_INITIALIZER};

		lp_conn_init(&shared, &threads_host, &f, 1, 0);
		pthread_barrier_wait(&start);
		for (volatile unsigned wait = i % 64 * 8; wait; wait--)
			;
		write_request(0);
		pthread_barrier_wait(&over);
		lp_conn_close(&shared);
		assert_string_equal(f.wrong ? f.wrong : "nothing", "nothing");
		assert_int_equal(f.requests, 1);
		assert_int_equal(f.responses, 1);
	}
	pthread_join(thread, NULL);
}

/* More of an answer than can be kept comes before its request is reported, which is not lost. */
static void test_long_early_answer(void **state)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
	static const char ask[] =
		"GET /k HTTP/1.1\r\nHost: b.s3.amazonaws.com\r\n" SIGNED("s3") "\r\n";
	static char body[100000];
	struct journal j = {.hold_max = 1};
	struct lp_conn c;

	(void)state;
	lp_conn_init(&c, &journal_host, &j, 1, LP_EVF_TLS);
	lp_conn_in(&c, head, sizeof(head) - 1);
	for (size_t at = 0; at < sizeof(body); at += 10000)
		lp_conn_in(&c, body + at, 10000);
	assert_int_equal(j.holds, 0);
	for (int i = 0; i < 2; i++)
		lp_conn_out(&c, ask, sizeof(ask) - 1);
	lp_conn_in(&c, head, sizeof(head) - 1);
	lp_conn_close(&c);
	assert_int_equal(j.holds, 0);
	assert_non_null(strstr(j.text, "REQUEST 0 GET /k "));
	assert_non_null(strstr(j.text, "REQUEST 1 GET /k "));
	assert_non_null(strstr(j.text, "LOST 0 "));
	assert_null(strstr(j.text, "RESPONSE"));
	journal_free(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts),	     cmocka_unit_test(test_no_buffers),
		cmocka_unit_test(test_rest),	     cmocka_unit_test(test_rest_of_others),
		cmocka_unit_test(test_long_head),    cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_large_body),   cmocka_unit_test(test_body_limit),
		cmocka_unit_test(test_threads),	     cmocka_unit_test(test_threads_after_others),
		cmocka_unit_test(test_first_answer), cmocka_unit_test(test_long_early_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
