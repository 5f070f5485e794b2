/* SPDX-License-Identifier: MIT */
/*
 * Requests and responses with a marked secret in every place that may hold one: nothing that a
 * connection emits has the mark, whole or in pieces, and what names resources is still there.
 */
#include "wire_util.h"

#define MARK "MARKED"

#define SCOPE(service) "Credential=AKIDEXAMPLE/20260101/eu-west-1/" service "/aws4_request"
#define SIGNED(service)                                                                            \
	"Authorization: AWS4-HMAC-SHA256 " SCOPE(service) ", SignedHeaders=host, Signature=" MARK  \
							  "\r\n"
/* Headers that no request's events may show. */
#define SECRET_HEADERS                                                                             \
	"X-Amz-Security-Token: " MARK "\r\nCookie: " MARK "\r\nUser-Agent: " MARK "\r\n"           \
	"Proxy-Authorization: Basic " MARK "\r\nX-Api-Key: " MARK "\r\nReferer: " MARK "\r\n"      \
	"x-amz-server-side-encryption-customer-key: " MARK "\r\n"                                  \
	"x-amz-server-side-encryption-customer-key-MD5: " MARK "\r\n"                              \
	"x-amz-copy-source-server-side-encryption-customer-key: " MARK "\r\n"                      \
	"x-amz-mfa: " MARK "\r\nx-amz-meta-note: " MARK "\r\nX-Aws-Ec2-Metadata-Token: " MARK      \
	"\r\nx-amz-sso_bearer_token: " MARK "\r\nx-amz-s3session-token: " MARK "\r\n"              \
	"X-Amz-Client-Context: " MARK "\r\nX-Amz-Content-Sha256: " MARK "\r\nIf-Match: " MARK      \
	"\r\namz-sdk-request: " MARK "\r\nx-amz-server-side-encryption-context: " MARK "\r\n"      \
	"Forwarded: " MARK "\r\nContent-MD5: " MARK "\r\nx-amz-checksum-crc32: " MARK "\r\n"
#define SECRET_ANSWER_HEADERS                                                                      \
	"Set-Cookie: " MARK "\r\nx-amz-meta-note: " MARK "\r\nETag: " MARK "\r\nServer: " MARK     \
	"\r\nx-amz-log-result: " MARK "\r\nx-amz-s3session-token: " MARK "\r\nX-Other: " MARK      \
	"\r\nLocation: https://b.s3.amazonaws.com/k?X-Amz-Signature=" MARK "\r\n"

struct exchange {
	const char *line; /* request line */
	const char *headers;
	const char *type;
	const char *body;
	const char *answer_type;
	const char *answer;
	const char *kept; /* something that must be seen, or NULL */
	bool failed;	  /* the answer is an error */
};

#define JSON "application/x-amz-json-1.1"
#define FORM "application/x-www-form-urlencoded"

static const struct exchange exchanges[] = {
	/* bodies of requests */
	{"POST / HTTP/1.1",
	 "Host: secretsmanager.eu-west-1.amazonaws.com\r\n" SIGNED("secretsmanager"), JSON,
	 "{\"Name\":\"kept-name\",\"SecretString\":\"" MARK "\",\"SecretBinary\":\"" MARK "\","
	 "\"ClientRequestToken\":\"" MARK "\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"" MARK "\"}]}",
	 JSON,
	 "{\"ARN\":\"arn:aws:secretsmanager:r:1:secret:kept-arn\",\"SecretString\":\"{\\\"a\\\":"
	 "\\\"" MARK "\\\"}\",\"SecretBinary\":\"" MARK "\",\"Name\":\"n\"}",
	 "kept-arn", false},
	{"POST / HTTP/1.1", "Host: ssm.eu-west-1.amazonaws.com\r\n" SIGNED("ssm"), JSON,
	 "{\"Value\":\"" MARK "\",\"Name\":\"/kept/name\"}", JSON,
	 "{\"Parameter\":{\"Value\":\"" MARK "\",\"Type\":\"SecureString\"}}", "Type=SecureString",
	 false},
	{"POST / HTTP/1.1", "Host: kms.eu-west-1.amazonaws.com\r\n" SIGNED("kms"), JSON,
	 "{\"Plaintext\":\"" MARK
	 "\",\"KeyId\":\"alias/kept\",\"EncryptionContext\":{\"a\":\"b\"}}",
	 JSON,
	 "{\"Plaintext\":\"" MARK "\",\"CiphertextBlob\":\"" MARK
	 "\",\"KeyId\":\"arn:aws:kms:r:1:key/kept\"}",
	 "alias/kept", false},
	{"POST / HTTP/1.1", "Host: iam.amazonaws.com\r\n" SIGNED("iam"), FORM,
	 "Action=CreateLoginProfile&UserName=kept&Password=" MARK "&PasswordResetRequired=x&Foo=1",
	 "text/xml",
	 "<CreateAccessKeyResult><AccessKey><UserName>kept</UserName><AccessKeyId>AKIAKEPT</"
	 "AccessKeyId>"
	 "<SecretAccessKey>" MARK "</SecretAccessKey></AccessKey></CreateAccessKeyResult>",
	 "AKIAKEPT", false},
	{"POST / HTTP/1.1", "Host: sts.amazonaws.com\r\n", FORM,
	 "Action=AssumeRoleWithWebIdentity&RoleArn=kept-role&WebIdentityToken=" MARK
	 "&SAMLAssertion=" MARK "&TokenCode=" MARK,
	 "text/xml",
	 "<Credentials><AccessKeyId>ASIAKEPT</AccessKeyId><SecretAccessKey>" MARK
	 "</SecretAccessKey>"
	 "<SessionToken>" MARK "</SessionToken></Credentials>",
	 "kept-role", false},
	{"POST / HTTP/1.1", "Host: dynamodb.eu-west-1.amazonaws.com\r\n" SIGNED("dynamodb"), JSON,
	 "{\"Item\":{\"TableName\":{\"S\":\"" MARK "\"},\"" MARK "\":{\"M\":{\"x\":{\"B\":\"" MARK
	 "\"}}}},"
	 "\"ExpressionAttributeValues\":{\":v\":{\"S\":\"" MARK
	 "\"}},\"TableName\":\"kept-table\"}",
	 JSON,
	 "{\"Item\":{\"AccountId\":{\"S\":\"" MARK "\"}},\"Items\":[{\"Id\":{\"S\":\"" MARK
	 "\"}}]}",
	 "kept-table", false},
	{"POST / HTTP/1.1", "Host: kinesis.eu-west-1.amazonaws.com\r\n" SIGNED("kinesis"),
	 "application/x-amz-cbor-1.1",
	 "\xa2"
	 "gRecords"
	 "\x81\xa2"
	 "dData"
	 "F" MARK "lPartitionKey"
	 "f" MARK "jStreamName"
	 "dkept",
	 JSON, "{}", "dkept", false},
	{"POST / HTTP/1.1", "Host: sqs.eu-west-1.amazonaws.com\r\n" SIGNED("sqs"), JSON,
	 "{\"QueueUrl\":\"https://q/1/kept\",\"Entries\":[{\"Id\":\"1\",\"MessageBody\":\"" MARK
	 "\","
	 "\"MessageAttributes\":{\"a\":{\"StringValue\":\"" MARK "\",\"DataType\":\"String\"}}}]}",
	 JSON, "{\"Messages\":[{\"Body\":\"" MARK "\",\"ReceiptHandle\":\"" MARK "\"}]}",
	 "q/1/kept", false},
	{"POST / HTTP/1.1", "Host: ec2.eu-west-1.amazonaws.com\r\n" SIGNED("ec2"), FORM,
	 "Action=RunInstances&UserData=" MARK
	 "&ImageId=ami-kept&TagSpecification.1.Tag.1.Value=" MARK,
	 "text/xml",
	 "<instanceId>i-0123456789abcdef0</instanceId><userData><value>" MARK "</value></userData>",
	 "ami-kept", false},
	{"POST /2015-03-31/functions HTTP/1.1",
	 "Host: lambda.eu-west-1.amazonaws.com\r\n" SIGNED("lambda"), "application/json",
	 "{\"Code\":{\"ZipFile\":\"" MARK "\"},\"Environment\":{\"Variables\":{\"" MARK "\":\"" MARK
	 "\"}},"
	 "\"FunctionName\":\"kept\"}",
	 "application/json",
	 "{\"FunctionArn\":\"arn:aws:lambda:r:1:function:kept\",\"Environment\":{\"Variables\":{"
	 "\"FunctionArn\":"
	 "\"arn:aws:lambda:r:1:function:" MARK "\"}}}",
	 "function:kept", false},
	{"POST / HTTP/1.1", "Host: ssm.eu-west-1.amazonaws.com\r\n" SIGNED("ssm"), JSON,
	 "{\"DocumentName\":\"kept\",\"Parameters\":{\"commands\":[\"" MARK "\"]}}", JSON, "{}",
	 "kept", false},
	{"POST / HTTP/1.1", "Host: states.eu-west-1.amazonaws.com\r\n" SIGNED("states"), JSON,
	 "{\"input\":\"{\\\"a\\\":\\\"" MARK "\\\"}\",\"stateMachineArn\":\"kept\"}", JSON,
	 "{\"output\":\"" MARK "\"}", "kept", false},
	{"POST / HTTP/1.1", "Host: athena.eu-west-1.amazonaws.com\r\n" SIGNED("athena"), JSON,
	 "{\"QueryString\":\"select '" MARK "'\",\"WorkGroup\":\"kept\"}", JSON, "{}", "kept",
	 false},
	{"POST / HTTP/1.1", "Host: ecs.eu-west-1.amazonaws.com\r\n" SIGNED("ecs"), JSON,
	 "{\"overrides\":{\"containerOverrides\":[{\"command\":[\"" MARK
	 "\"]}],\"taskRoleArn\":\"kept\"}}",
	 JSON, "{}", "kept", false},
	{"POST / HTTP/1.1", "Host: glue.eu-west-1.amazonaws.com\r\n" SIGNED("glue"), JSON,
	 "{\"CustomAuthenticationCredentials\":{\"user\":\"" MARK "\"},\"Name\":\"kept\"}", JSON,
	 "{}", "kept", false},
	/* payloads, whatever they look like */
	{"POST /2015-03-31/functions/kept/invocations HTTP/1.1",
	 "Host: lambda.eu-west-1.amazonaws.com\r\n" SIGNED("lambda"), "application/json",
	 "{\"FunctionName\":\"" MARK "\"}", "application/json",
	 "{\"AccessKeyId\":\"" MARK "\",\"Arn\":\"arn:aws:iam::1:role/" MARK "\"}",
	 "functions/kept", false},
	{"PUT /bucket/kept HTTP/1.1", "Host: localhost:4566\r\n" SIGNED("s3"), "application/json",
	 "{\"Bucket\":\"" MARK "\"}", "application/json",
	 "{\"Arn\":\"arn:aws:iam::1:role/" MARK "\"}", "bucket/kept", false},
	{"GET /kept HTTP/1.1", "Host: b.s3.amazonaws.com\r\n" SIGNED("s3"), NULL, NULL,
	 "application/xml",
	 "<Error><Code>" MARK "</Code><Arn>arn:aws:iam::1:role/" MARK "</Arn></Error>", "GET /kept",
	 false},
	{"POST /topics/kept HTTP/1.1",
	 "Host: data.iot.eu-west-1.amazonaws.com\r\n" SIGNED("iotdata"), "application/json",
	 "{\"topic\":\"" MARK "\"}", "application/json", "{\"id\":\"" MARK "\"}", "topics/kept",
	 false},
	{"PUT /b/k HTTP/1.1", "Host: h\r\nContent-Encoding: aws-chunked\r\n" SIGNED("s3express"),
	 NULL, "4;chunk-signature=" MARK "\r\n" MARK "\r\n", NULL, NULL, "PUT /b/k", false},
	/* what is compressed no scrubber reads */
	{"POST / HTTP/1.1",
	 "Host: monitoring.eu-west-1.amazonaws.com\r\nContent-Encoding: gzip\r\n" SIGNED(
		 "monitoring"),
	 "application/x-www-form-urlencoded", "\x1f\x8b&Namespace=" MARK, NULL, NULL, "gzip",
	 false},
	{"POST /model/m/invoke HTTP/1.1",
	 "Host: bedrock-runtime.eu-west-1.amazonaws.com\r\n" SIGNED("bedrock"), "application/json",
	 "{\"prompt\":\"" MARK "\"}", "application/json", "{\"id\":\"" MARK "\"}", "model/m",
	 false},
	/* unsigned: only forms are looked at */
	{"POST / HTTP/1.1", "Host: cognito-idp.eu-west-1.amazonaws.com\r\n", JSON,
	 "{\"AuthParameters\":{\"USERNAME\":\"" MARK "\"},\"ClientId\":\"" MARK "\"}", JSON,
	 "{\"AuthenticationResult\":{\"AccessToken\":\"" MARK "\",\"IdToken\":\"" MARK "\"}}",
	 "cognito-idp", false},
	{"PUT /latest/api/token HTTP/1.1", "Host: 169.254.169.254\r\n", "text/plain", MARK,
	 "text/plain", MARK, "api/token", false},
	{"GET /latest/user-data HTTP/1.1", "Host: 169.254.169.254\r\n", NULL, NULL, "text/plain",
	 "{\"AccountId\":\"" MARK "\"}", "user-data", false},
	{"GET /latest/meta-data/iam/security-credentials/kept HTTP/1.1",
	 "Host: 169.254.169.254\r\n", NULL, NULL, "text/plain",
	 "{\"AccessKeyId\":\"ASIAKEPT\",\"SecretAccessKey\":\"" MARK "\",\"Token\":\"" MARK "\"}",
	 "ASIAKEPT", false},
	/* targets */
	{"GET /k?X-Amz-Credential=A%2F1%2Fr%2Fs3%2Faws4_request&X-Amz-Signature=" MARK
	 "&X-Amz-Security-Token=" MARK "&x-amz-server-side-encryption-customer-key=" MARK
	 " HTTP/1.1",
	 "Host: h\r\n", NULL, NULL, NULL, NULL, "X-Amz-Credential=A%2F1", false},
	{"GET /?Action=X&AWSAccessKeyId=AKIDKEPT&Signature=" MARK "&Password=" MARK " HTTP/1.1",
	 "Host: sdb.amazonaws.com\r\n", NULL, NULL, NULL, NULL, "AKIDKEPT", false},
	/* a customer's own API: nobody knows its parameters */
	{"GET /prod/kept?" MARK "&api_key=" MARK "&code=" MARK "&&email=" MARK " HTTP/1.1",
	 "Host: a.execute-api.eu-west-1.amazonaws.com\r\n" SIGNED("execute-api"), NULL, NULL, NULL,
	 NULL, "prod/kept", false},
	{"GET /kept?a=" MARK "&X-Amz-Credential=AKIDKEPT%2F1%2Fr%2Flambda%2Faws4_request&" MARK "=1"
	 "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=" MARK "&z=" MARK " HTTP/1.1",
	 "Host: x.lambda-url.eu-west-1.on.aws\r\n", NULL, NULL, NULL, NULL, "AKIDKEPT", false},
	{"GET /kept?q=" MARK " HTTP/1.1", "Host: logs.example.com\r\n" SIGNED("es"), NULL, NULL,
	 NULL, NULL, "GET /kept?", false},
	{"GET http://user:" MARK "@s3.amazonaws.com/k HTTP/1.1", "Host: proxy\r\n", NULL, NULL,
	 NULL, NULL, "s3.amazonaws.com/k", false},
	/* other ways to sign */
	{"GET /k HTTP/1.1", "Host: b.s3.amazonaws.com\r\nAuthorization: AWS AKIDKEPT:" MARK "\r\n",
	 NULL, NULL, NULL, NULL, "AKIDKEPT", false},
	{"GET /2013-04-01/hostedzone HTTP/1.1",
	 "Host: route53.amazonaws.com\r\nX-Amzn-Authorization: AWS3-HTTPS AWSAccessKeyId=AKIDKEPT,"
	 "Algorithm=HmacSHA1,Signature=" MARK "\r\n",
	 NULL, NULL, NULL, NULL, "AKIDKEPT", false},
	{"GET /k HTTP/1.1", "Host: b.s3.amazonaws.com\r\nAuthorization: Bearer " MARK "\r\n", NULL,
	 NULL, NULL, NULL, "Bearer", false},
	{"GET /k HTTP/1.1", "Host: b.s3.amazonaws.com\r\nAuthorization: " MARK "\r\n", NULL, NULL,
	 NULL, NULL, "GET /k", false},
	/* errors name what was denied, and no more */
	{"GET /b/k HTTP/1.1", "Host: s3.amazonaws.com\r\n" SIGNED("s3"), NULL, NULL,
	 "application/xml",
	 "<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>A</"
	 "AWSAccessKeyId><StringToSign>" MARK "</StringToSign><SignatureProvided>" MARK
	 "</SignatureProvided><CanonicalRequest>" MARK "</CanonicalRequest><Message>" MARK
	 "</Message></Error>",
	 "Code=SignatureDoesNotMatch", true},
};

static size_t text_of(const struct exchange *e, char *out, size_t cap)
{
	size_t n = (size_t)snprintf(out, cap, "%s\r\n" SECRET_HEADERS "%s", e->line, e->headers);

	if (e->type)
		n += (size_t)snprintf(out + n, cap - n, "Content-Type: %s\r\n", e->type);
	if (e->body)
		n += (size_t)snprintf(out + n, cap - n, "Content-Length: %zu\r\n", strlen(e->body));
	return n + (size_t)snprintf(out + n, cap - n, "\r\n%s", e->body ? e->body : "");
}

static size_t answer_of(const struct exchange *e, char *out, size_t cap)
{
	size_t n = (size_t)snprintf(out, cap, "HTTP/1.1 %s " MARK "\r\n" SECRET_ANSWER_HEADERS,
				    e->failed ? "403" : "200");

	if (e->answer_type)
		n += (size_t)snprintf(out + n, cap - n, "Content-Type: %s\r\n", e->answer_type);
	n += (size_t)snprintf(out + n, cap - n, "Content-Length: %zu\r\n\r\n%s",
			      e->answer ? strlen(e->answer) : 0, e->answer ? e->answer : "");
	return n;
}

static void run(const struct exchange *e, size_t at, bool bytes)
{
	char request[8192], answer[8192];
	size_t n = text_of(e, request, sizeof(request)), m = answer_of(e, answer, sizeof(answer));
	struct journal j = {.hold_max = 8};
	struct lp_conn c;

	lp_conn_init(&c, &journal_host, &j, 1, 0);
	for (size_t from = 0; from < n; from += bytes ? 1 : from ? n : at)
		lp_conn_out(&c, request + from, bytes ? 1 : from ? n - from : at);
	for (size_t from = 0; from < m; from += bytes ? 1 : from ? m : at < m ? at : m)
		lp_conn_in(&c, answer + from, bytes ? 1 : from ? m - from : at < m ? at : m);
	lp_conn_close(&c);
	/* in pieces too: a mark that is cut in two is still half a secret */
	for (size_t i = 0; i + 4 <= sizeof(MARK) - 1; i++)
		if (memmem(j.text, j.len, &MARK[i], 4))
			fail_msg("%s split at %zu shows\n%s", e->line, at, j.text);
	if (e->kept && !memmem(j.text, j.len, e->kept, strlen(e->kept)))
		fail_msg("%s split at %zu lacks %s\n%s", e->line, at, e->kept, j.text);
	journal_free(&j);
}

static void test_exchanges(void **state)
{
	char request[8192];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(exchanges); i++) {
		size_t n = text_of(&exchanges[i], request, sizeof(request));

		run(&exchanges[i], n, false);
		run(&exchanges[i], 1, true);
		for (size_t at = 1; at < n; at += at < n - 300 ? 17 : 1)
			run(&exchanges[i], at, false);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchanges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
