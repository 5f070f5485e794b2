/* SPDX-License-Identifier: MIT */
/*
 * Evidence in bulk, the same bytes in every run:
 *	evidence trail DIR MIB		CloudTrail files as delivered, MIB of text before gzip
 *	evidence calls N PERMISSIONS	a call log of N lines on stdout
 *	evidence resources N		a call log of N lines, each with a key of its own
 * LDLIBS: -lz
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lp_compiler.h"

#define MIB	  (1024 * 1024)
#define FILE_TEXT (8 * MIB)

static uint64_t seed = 88172645463325252u;

static unsigned pick(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

/*
 * Events of the kinds that fill trails: service, event, category, parameters, answer, resources.
 * <a> and <b> are numbers; <a12> is one of twelve digits.
 */
static const struct kind {
	const char *source, *event, *category, *params, *response, *resources;
} kinds[] = {
	{"s3", "GetObject", "Data",
	 "{\"bucketName\":\"acme-<a>\",\"Host\":\"acme-<a>.s3.eu-west-1.amazonaws.com\","
	 "\"key\":\"in/part-<b>.csv\"}",
	 "null",
	 "[{\"type\":\"AWS::S3::Object\",\"ARN\":\"arn:aws:s3:::acme-<a>/in/part-<b>.csv\"},"
	 "{\"accountId\":\"123456789012\",\"type\":\"AWS::S3::Bucket\","
	 "\"ARN\":\"arn:aws:s3:::acme-<a>\"}]"},
	{"dynamodb", "PutItem", "Data",
	 "{\"tableName\":\"orders-<a>\",\"key\":{\"id\":\"<b>\"},\"items\":[\"id\",\"total\"]}",
	 "null",
	 "[{\"accountId\":\"123456789012\",\"type\":\"AWS::DynamoDB::Table\","
	 "\"ARN\":\"arn:aws:dynamodb:eu-west-1:123456789012:table/orders-<a>\"}]"},
	{"kms", "Decrypt", "Management",
	 "{\"encryptionContext\":{\"aws:s3:arn\":\"arn:aws:s3:::acme-<a>/in/<b>\"},"
	 "\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"}",
	 "null",
	 "[{\"accountId\":\"123456789012\",\"type\":\"AWS::KMS::Key\",\"ARN\":\"arn:aws:kms:"
	 "eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-<a12>\"}]"},
	{"sts", "AssumeRole", "Management",
	 "{\"roleArn\":\"arn:aws:iam::123456789012:role/worker-<a>\","
	 "\"roleSessionName\":\"session-<b>\",\"durationSeconds\":3600}",
	 "{\"credentials\":{\"accessKeyId\":\"ASIARZPUZDIKEXAMPLE\",\"sessionToken\":"
	 "\"IQoJb3JpZ2luX2VjEXAMPLETOKENEXAMPLETOKENEXAMPLETOKENEXAMPLETOKEN\",\"expiration\":"
	 "\"Jan 31, 2026, 1:00:00 PM\"},\"assumedRoleUser\":{\"assumedRoleId\":"
	 "\"AROAEXAMPLE:session-<b>\",\"arn\":\"arn:aws:sts::123456789012:assumed-role/"
	 "worker-<a>/session-<b>\"}}",
	 "[{\"accountId\":\"123456789012\",\"type\":\"AWS::IAM::Role\",\"ARN\":"
	 "\"arn:aws:iam::123456789012:role/worker-<a>\"}]"},
	{"ec2", "DescribeInstances", "Management",
	 "{\"instancesSet\":{\"items\":[{\"instanceId\":\"i-0<b16>\"}]},\"filterSet\":{}}", "null",
	 NULL},
	{"logs", "CreateLogStream", "Management",
	 "{\"logGroupName\":\"/aws/lambda/fn-<a>\",\"logStreamName\":\"2026/01/31/"
	 "[$LATEST]<b32>\"}",
	 "null", NULL},
	{"lambda", "UpdateFunctionConfiguration20150331v2", "Management",
	 "{\"functionName\":\"fn-<a>\",\"memorySize\":512}",
	 "{\"functionName\":\"fn-<a>\",\"functionArn\":\"arn:aws:lambda:eu-west-1:123456789012:"
	 "function:fn-<a>\",\"runtime\":\"python3.12\",\"role\":\"arn:aws:iam::123456789012:role/"
	 "fn\",\"handler\":\"app.handler\",\"codeSize\":1018083,\"description\":\"\",\"timeout\":3,"
	 "\"memorySize\":512,\"lastModified\":\"2026-01-31T12:00:00.000+0000\",\"codeSha256\":"
	 "\"m2HanyBGXadi+QCt0ct2KqsqHAF4cgUJLO4aS9PcUXo=\",\"version\":\"$LATEST\"}",
	 NULL},
	{"monitoring", "DescribeAlarms", "Management",
	 "{\"alarmNames\":[\"cpu-<a>\"],\"maxRecords\":<b>}", "null", NULL},
	{"ssm", "GetParameter", "Management", "{\"name\":\"/app/<a>\",\"withDecryption\":true}",
	 "null", NULL},
	{"sqs", "ReceiveMessage", "Data",
	 "{\"queueUrl\":\"https://sqs.eu-west-1.amazonaws.com/123456789012/mail-<a>\","
	 "\"maxNumberOfMessages\":10,\"waitTimeSeconds\":20}",
	 "null",
	 "[{\"accountId\":\"123456789012\",\"type\":\"AWS::SQS::Queue\",\"ARN\":\"arn:aws:sqs:"
	 "eu-west-1:123456789012:mail-<a>\"}]"},
};

/* Puts the numbers into a template. */
static void fill(char *out, size_t size, const char *t, unsigned a, unsigned b)
{
	size_t n = 0;

	while (*t && n + 40 < size) {
		if (t[0] == '<' && (t[1] == 'a' || t[1] == 'b')) {
			int width = atoi(t + 2);

			n += (size_t)snprintf(out + n, size - n, "%0*u", width,
					      t[1] == 'a' ? a : b);
			t = strchr(t, '>') + 1;
		} else {
			out[n++] = *t++;
		}
	}
	out[n] = '\0';
}

static size_t event(char *buf, size_t size)
{
	const struct kind *k = &kinds[pick(LP_ARRAY_LEN(kinds))];
	unsigned a = pick(40), b = pick(10);
	char user[1024], params[512], response[1024], resources[512], host[512];
	unsigned id = pick(UINT32_MAX / 2), id2 = pick(UINT32_MAX / 2);

	fill(user, sizeof(user),
	     "{\"type\":\"AssumedRole\",\"principalId\":\"AROAEXAMPLE<a4>:s-<b>\",\"arn\":"
	     "\"arn:aws:sts::123456789012:assumed-role/role-<a>/s-<b>\",\"accountId\":"
	     "\"123456789012\",\"accessKeyId\":\"ASIARZPUZDIK<b8>\",\"sessionContext\":"
	     "{\"sessionIssuer\":{\"type\":\"Role\",\"principalId\":\"AROAEXAMPLE<a4>\",\"arn\":"
	     "\"arn:aws:iam::123456789012:role/app/role-<a>\",\"accountId\":\"123456789012\","
	     "\"userName\":\"role-<a>\"},\"attributes\":{\"creationDate\":"
	     "\"2026-01-31T11:00:00Z\",\"mfaAuthenticated\":\"false\"}}}",
	     pick(20), pick(400));
	fill(params, sizeof(params), k->params, a, b);
	fill(response, sizeof(response), k->response, a, b);
	fill(resources, sizeof(resources), k->resources ? k->resources : "null", a, b);
	snprintf(host, sizeof(host), "%s.eu-west-1.amazonaws.com", k->source);
	return (size_t)snprintf(
		buf, size,
		"{\"eventVersion\":\"1.09\",\"userIdentity\":%s,\"eventTime\":"
		"\"2026-01-31T%02u:%02u:%02uZ\",\"eventSource\":\"%s.amazonaws.com\",\"eventName\":"
		"\"%s\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"192.0.2.%u\","
		"\"userAgent\":"
		"\"Boto3/1.43.11 md/Botocore#1.43.11 ua/2.0 os/linux#6.1 md/arch#x86_64 "
		"lang/python#3.12 md/pyimpl#CPython "
		"cfg/retry-mode#standard\",\"requestParameters\":%s,"
		"\"responseElements\":%s,\"additionalEventData\":{\"SignatureVersion\":\"SigV4\","
		"\"CipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"bytesTransferredIn\":0,"
		"\"AuthenticationMethod\":\"AuthHeader\",\"bytesTransferredOut\":%u},\"requestID\":"
		"\"%08x-%04x-4f3c-9aec-%012x\",\"eventID\":\"%08x-%04x-4d1a-8c2f-%012x\","
		"\"readOnly\":"
		"true,\"resources\":%s,\"eventType\":\"AwsApiCall\",\"managementEvent\":%s,"
		"\"recipientAccountId\":\"123456789012\",\"eventCategory\":\"%s\",\"tlsDetails\":"
		"{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\","
		"\"clientProvidedHostHeader\":\"%s\"}}",
		user, pick(24), pick(60), pick(60), k->source, k->event, pick(250), params,
		response, pick(100000), id, pick(65536), id2, id2, pick(65536), id, resources,
		strcmp(k->category, "Data") ? "true" : "false", k->category, host);
}

static int trail(const char *dir, size_t mib)
{
	size_t left = mib * MIB;

	for (unsigned n = 0; left; n++) {
		size_t text = left < FILE_TEXT ? left : FILE_TEXT, used = 0;
		char path[4096], buf[8192];
		gzFile out;

		snprintf(path, sizeof(path), "%s/123456789012_CloudTrail_eu-west-1_%06u.json.gz",
			 dir, n);
		out = gzopen(path, "wb6");
		if (!out)
			return 1;
		gzputs(out, "{\"Records\":[");
		while (used < text) {
			size_t len = event(buf, sizeof(buf));

			if (used)
				gzputc(out, ',');
			gzwrite(out, buf, (unsigned)len);
			used += len + 1;
		}
		gzputs(out, "]}");
		if (gzclose(out) != Z_OK)
			return 1;
		left -= text;
	}
	return 0;
}

static void line(uint64_t i, const char *service, const char *operation, const char *action,
		 const char *resource)
{
	printf("{\"v\":1,\"time\":\"2026-01-31T%02u:%02u:%02u.%09uZ\",\"pid\":%u,\"program\":\"/"
	       "usr/bin/app\","
	       "\"identity\":null,\"accessKeyId\":\"AKIARZPUZDIKAMBVUEID\",\"service\":\"%s\","
	       "\"operation\":"
	       "\"%s\",\"region\":\"eu-west-1\",\"actions\":[{\"action\":\"%s\",\"resources\":[\"%"
	       "s\"]}],"
	       "\"status\":200,\"requestId\":\"%016" PRIx64
	       "\",\"errorCode\":null,\"source\":\"shim\"}\n",
	       (unsigned)(i / 3600 % 24), (unsigned)(i / 60 % 60), (unsigned)(i % 60),
	       (unsigned)(i % 1000000000), 100 + (unsigned)(i % 4), service, operation, action,
	       resource, i);
}

static void calls(uint64_t n, unsigned permissions)
{
	static const char *const operations[] = {"PutItem", "GetItem", "Query", "DeleteItem"};

	for (uint64_t i = 0; i < n; i++) {
		unsigned p = pick(permissions);
		const char *op = operations[p % LP_ARRAY_LEN(operations)];
		char action[64], resource[128];

		snprintf(action, sizeof(action), "dynamodb:%s", op);
		snprintf(resource, sizeof(resource),
			 "arn:aws:dynamodb:eu-west-1:123456789012:table/table-%u", p / 4);
		line(i, "DynamoDB", op, action, resource);
	}
}

static void resources(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		char resource[128];

		snprintf(resource, sizeof(resource), "arn:aws:s3:::acme-data/2026/part-%08" PRIu64,
			 i);
		line(i, "S3", "GetObject", "s3:GetObject", resource);
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "trail"))
		return trail(argv[2], strtoul(argv[3], NULL, 10));
	if (argc == 4 && !strcmp(argv[1], "calls"))
		calls(strtoull(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10));
	else if (argc == 3 && !strcmp(argv[1], "resources"))
		resources(strtoull(argv[2], NULL, 10));
	else
		return 2;
	return fflush(stdout) != 0;
}
