/* SPDX-License-Identifier: MIT */
#include "secret.h"

#include "lower.h"
#include "lp_compiler.h"

/*
 * Names of members, whole, in lower case, by length. Sources: the traits "sensitive" and "blob" of
 * botocore's models; left out is what names a resource (the test checks this table against the
 * members that collector/model/tables/bind reads).
 */
static const struct word {
	const char *name;
	enum lp_secret secret;
} names[][9] = {
	[3] =
		{
			{"sql", LP_SECRET_VALUE}, /* RDS Data, Redshift Data: with its literals */
			{"otp", LP_SECRET_VALUE}, /* passwords for once */
			{"sig", LP_SECRET_VALUE}, /* in queries: other clouds' signatures */
		},
	[4] =
		{
			{"data",
			 LP_SECRET_VALUE}, /* Kinesis, Firehose, SES: records and messages */
			{"body", LP_SECRET_VALUE},
			{"blob", LP_SECRET_VALUE},
			{"text", LP_SECRET_VALUE}, /* Comprehend, Polly, Translate */
			{"item", LP_SECRET_TREE},  /* DynamoDB */
			{"html", LP_SECRET_VALUE},
		},
	[5] =
		{
			{"value", LP_SECRET_TEXT},  /* SSM parameters, environments, tags; of
						     * Incident Manager's items a structure */
			{"bytes", LP_SECRET_VALUE}, /* Rekognition, Textract: images */
			{"input", LP_SECRET_TEXT},  /* Step Functions, targets of EventBridge; of
						     * Kinesis Analytics a structure */
			{"cause", LP_SECRET_VALUE}, /* Step Functions: SendTaskFailure */
			{"query", LP_SECRET_VALUE}, /* Neptune, WorkDocs, Supply Chain */
		},
	[6] =
		{
			{"detail", LP_SECRET_VALUE}, /* EventBridge PutEvents */
			{"output", LP_SECRET_VALUE}, /* Step Functions: SendTaskSuccess */
			{"script", LP_SECRET_VALUE},
		},
	[7] =
		{
			{"message", LP_SECRET_VALUE}, /* SNS */
			{"payload", LP_SECRET_VALUE},
			{"content", LP_SECRET_TEXT},  /* of Lambda's layers where it lies in S3, of
						       * SES the template */
			{"command", LP_SECRET_VALUE}, /* ECS, Batch: arguments */
			{"subject", LP_SECRET_VALUE},
			{"records",
			 LP_SECRET_TREE}, /* Kinesis, Firehose: may precede the stream's name */
			{"zipfile", LP_SECRET_VALUE}, /* Lambda: the code, megabytes in base64 */
			{"vectors", LP_SECRET_TREE},  /* S3 Vectors */
		},
	[8] =
		{
			{"userdata", LP_SECRET_VALUE}, /* EC2, Auto Scaling */
			{"textlist", LP_SECRET_VALUE},
			{"commands", LP_SECRET_VALUE},
			{"authcode", LP_SECRET_VALUE},
		},
	[9] =
		{
			{"plaintext", LP_SECRET_VALUE},
			{"variables", LP_SECRET_TREE}, /* Lambda: the environment */
			{"inputtext", LP_SECRET_VALUE},
			{"tokencode", LP_SECRET_VALUE},
			{"accesskey", LP_SECRET_VALUE}, /* Firehose: of an HTTP endpoint */
			{"querytext", LP_SECRET_VALUE},
			{"logevents", LP_SECRET_TREE}, /* CloudWatch Logs, up to 10,000 of them */
		},
	[10] =
		{
			{"metricdata", LP_SECRET_TREE},
			{"parameters", LP_SECRET_VALUE}, /* SSM: commands; Batch, RDS Data */
		},
	[11] =
		{
			{"messagebody", LP_SECRET_VALUE}, /* SQS */
			{"stringvalue", LP_SECRET_VALUE}, /* SQS, SNS: message attributes */
			{"binaryvalue", LP_SECRET_VALUE},
			{"credentials", LP_SECRET_NO},	  /* API Gateway: a role; else structures */
			{"querystring", LP_SECRET_VALUE}, /* Athena, Timestream, Logs */
			{"headervalue", LP_SECRET_VALUE}, /* CloudFront: what origins ask for */
		},
	[12] =
		{
			{"templatebody", LP_SECRET_VALUE}, /* CloudFormation */
		},
	[13] =
		{
			{"revealsecrets", LP_SECRET_NO}, /* Step Functions: whether */
			{"clientcontext", LP_SECRET_VALUE},
		},
	[14] =
		{
			{"parametervalue", LP_SECRET_VALUE}, /* CloudFormation */
			{"ciphertextblob", LP_SECRET_VALUE},
			{"authparameters", LP_SECRET_TREE}, /* Cognito: user name and password */
		},
	[16] =
		{
			{"x-amz-credential", LP_SECRET_NO}, /* the access key's id and the scope */
			{"signatureversion", LP_SECRET_NO}, /* tells EC2's way to sign from S3's */
			{"attributeupdates", LP_SECRET_TREE}, /* DynamoDB */
		},
	[17] =
		{
			{"authorizationcode", LP_SECRET_VALUE},
			{"encryptedpinblock", LP_SECRET_VALUE},
			{"messageattributes", LP_SECRET_TREE},
		},
	[18] =
		{
			{"challengeresponses", LP_SECRET_TREE}, /* Cognito */
		},
	[19] =
		{
			{"manageadminpassword", LP_SECRET_NO}, /* Redshift: whether, not which */
		},
	[20] =
		{
			{"managemasterpassword", LP_SECRET_NO},
			{"primaryaccountnumber", LP_SECRET_VALUE},
			{"environmentvariables", LP_SECRET_TREE},
		},
	[21] =
		{
			{"authorizercredentials", LP_SECRET_NO},    /* API Gateway: a role */
			{"tracesegmentdocuments", LP_SECRET_VALUE}, /* X-Ray */
		},
	[24] =
		{
			{"managemasteruserpassword", LP_SECRET_NO}, /* RDS: whether, not which */
			{"rotatemasteruserpassword", LP_SECRET_NO},
		},
	[25] =
		{
			{"expressionattributevalues", LP_SECRET_TREE}, /* DynamoDB */
		},
};

/* Wherever they stand in a name; '-' stands for '_' too. By first letter: see below. */
static const struct lp_span words[] = {
	{"access-key", 10},
	{"api-key", 7},
	{"apikey", 6},
	{"assertion", 9},
	{"bearer", 6},
	{"client-context", 14},
	{"cookie", 6},
	{"credential", 10},
	{"customer-key", 12},
	{"customerkey", 11},
	{"encryption-context", 18},
	{"jwt", 3},
	{"mfa", 3},
	{"passcode", 8},
	{"passphrase", 10},
	{"password", 8},
	{"passwd", 6},
	{"plaintext", 9},
	{"private-key", 11},
	{"privatekey", 10},
	{"pwd", 3},
	{"secret", 6},
	{"signature", 9},
	{"token", 5},
};

/* Where the words of a letter are: most places of a name need no look. */
#define LETTER(c) ((unsigned char)(c)&31)

static const struct {
	uint8_t from, n;
} of_letter[32] = {
	[LETTER('a')] = {0, 4},	 [LETTER('b')] = {4, 1},  [LETTER('c')] = {5, 5},
	[LETTER('e')] = {10, 1}, [LETTER('j')] = {11, 1}, [LETTER('m')] = {12, 1},
	[LETTER('p')] = {13, 8}, [LETTER('s')] = {21, 2}, [LETTER('t')] = {23, 1},
};

/* Names of such things rather than the things: SecretId, SecretAccessRoleArn, MfaDeviceName. */
static const struct lp_span endings[] = {
	{"arn", 3},  {"id", 2},	  {"ids", 3},  {"identifier", 10},
	{"name", 4}, {"role", 4}, {"list", 4}, {"generation", 10},
};

static bool has_word(struct lp_span name)
{
	char joined[LP_SECRET_NAME_MAX];

	if (lp_span_find(name, '_') < name.len) {
		for (size_t i = 0; i < name.len; i++)
			joined[i] = name.ptr[i] == '_' ? '-' : name.ptr[i];
		name.ptr = joined;
	}
	for (size_t at = 0; at < name.len; at++) {
		unsigned letter = LETTER(name.ptr[at]), n = of_letter[letter].n;

		for (const struct lp_span *w = words + of_letter[letter].from; n; n--, w++)
			if (name.len - at >= w->len && lp_lower_eq(name.ptr + at, w->ptr, w->len))
				return true;
	}
	return false;
}

bool lp_secret_shows(struct lp_span name)
{
	return lp_secret_name(name) == LP_SECRET_NO &&
	       (lp_lower_ends(name, LP_SPAN("arn")) || lp_lower_ends(name, LP_SPAN("role")));
}

LP_HOT enum lp_secret lp_secret_name(struct lp_span name)
{
	if (name.len > LP_SECRET_NAME_MAX)
		return LP_SECRET_VALUE;
	if (name.len < LP_ARRAY_LEN(names))
		for (const struct word *w = names[name.len]; w->name; w++)
			if (lp_lower_eq(name.ptr, w->name, name.len))
				return w->secret;
	if (!has_word(name))
		return LP_SECRET_NO;
	for (size_t i = 0; i < LP_ARRAY_LEN(endings); i++)
		if (lp_lower_ends(name, endings[i]))
			return LP_SECRET_NO;
	return LP_SECRET_VALUE;
}
