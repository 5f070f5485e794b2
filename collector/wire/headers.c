/* SPDX-License-Identifier: MIT */
#include "headers.h"

#include "lower.h"
#include "lp_compiler.h"
#include "secret.h"

#define REQ	       LP_KEEP_REQUEST
#define RSP	       LP_KEEP_RESPONSE
#define NAME_MAX_KNOWN 47
#define ROWS_MAX       8

/*
 * In lower case, by length, so that a look-up compares few rows. Besides these, requests keep every
 * "x-amz..." field that no row and no word of secret.c forbids: they carry operations, copy
 * sources, ACLs and ids of keys, and AWS adds more. Rows with REQ that are no "x-amz..." fields
 * are bound to an input member that names a resource, or recognition reads them.
 */
static const struct row {
	const char *name;
	uint8_t id, keep;
} rows[NAME_MAX_KNOWN + 1][ROWS_MAX] = {
	[4] = {{"host", LP_HDR_HOST, REQ}},
	[6] = {{"expect", LP_HDR_EXPECT, 0}},
	[7] = {{"upgrade", LP_HDR_UPGRADE, 0}},
	[8] = {{"location", LP_HDR_LOCATION, LP_KEEP_PART}},
	[9] = {{"x-amz-acl", LP_HDR_PLAIN, REQ}, {"kmskeyarn", LP_HDR_PLAIN, RSP}}, /* AppConfig */
	[10] = {{"x-amz-date", LP_HDR_PLAIN, 0}},
	[11] = {{"instance-id", LP_HDR_PLAIN, REQ}}, /* Q Apps */
	[12] = {{"content-type", LP_HDR_CONTENT_TYPE, REQ | RSP},
		{"x-amz-target", LP_HDR_PLAIN, REQ},
		{"x-amz-job-id", LP_HDR_PLAIN, RSP}}, /* Glacier */
	[13] = {{"authorization", LP_HDR_AUTHORIZATION, LP_KEEP_PART}},
	[14] = {{"content-length", LP_HDR_CONTENT_LENGTH, REQ | RSP},
		{"application-id", LP_HDR_PLAIN, RSP}}, /* AppConfig */
	[15] = {{"smithy-protocol", LP_HDR_PLAIN, REQ | RSP},
		{"graphidentifier", LP_HDR_PLAIN, REQ}}, /* Neptune Analytics */
	[16] = {{"content-encoding", LP_HDR_CONTENT_ENCODING, REQ | RSP},
		{"x-amz-account-id", LP_HDR_ACCOUNT_ID, REQ},
		{"x-amz-request-id", LP_HDR_PLAIN, RSP},
		{"x-amzn-requestid", LP_HDR_PLAIN, RSP},
		{"x-amzn-errortype", LP_HDR_PLAIN, RSP},
		{"x-amz-version-id", LP_HDR_PLAIN, RSP},
		{"x-amz-user-agent", LP_HDR_PLAIN, 0}},
	[17] = {{"transfer-encoding", LP_HDR_TRANSFER_ENCODING, REQ | RSP},
		{"x-amzn-request-id", LP_HDR_PLAIN, RSP}},
	[18] = {{"x-amz-chime-bearer", LP_HDR_PLAIN, REQ}, /* an ARN, in spite of its name */
		{"x-amzn-query-error", LP_HDR_PLAIN, RSP}},
	[19] = {{"x-amz-bucket-region", LP_HDR_PLAIN, RSP}},
	[20] = {{"x-amz-content-sha256", LP_HDR_PLAIN, 0},
		{"x-amz-security-token", LP_HDR_PLAIN, 0},
		{"x-amzn-authorization", LP_HDR_AUTHORIZATION, LP_KEEP_PART}}, /* Version 3 */
	[24] = {{"configuration-profile-id", LP_HDR_PLAIN, RSP}},	       /* AppConfig */
	[25] = {{"x-amz-archive-description", LP_HDR_PLAIN, 0}}, /* Glacier: the user's words */
	[27] = {{"x-amz-durable-execution-arn", LP_HDR_PLAIN, RSP}},
	[28] = {{"x-amz-server-side-encryption", LP_HDR_PLAIN, REQ | RSP}},
	[43] = {{"x-amz-server-side-encryption-aws-kms-key-id", LP_HDR_PLAIN, REQ | RSP}},
};

/* "x-amz..." fields that hold the user's data or hashes of it, by how their names start. */
static const struct lp_span dropped[] = {
	{"x-amz-meta-", 11},			     /* S3: user metadata */
	{"x-amz-fwd-", 10},			     /* S3 Object Lambda: the answer it gives */
	{"x-amz-checksum-", 15}, {"x-amz-lex-", 10}, /* Lex: sessions and attributes */
	{"x-amzn-trace", 12},	 {"x-amzn-sagemaker-custom-attributes", 34},
	{"x-amz-cf-", 9},
};

static bool is_amz(struct lp_span name)
{
	return name.len > 6 && lp_lower_eq(name.ptr, "x-amz", 5) &&
	       (name.ptr[5] == '-' || name.ptr[6] == '-');
}

LP_HOT struct lp_header_rule lp_header_rule(struct lp_span name)
{
	if (name.len <= NAME_MAX_KNOWN)
		for (const struct row *r = rows[name.len]; r->name; r++)
			if (lp_lower_eq(name.ptr, r->name, name.len))
				return (struct lp_header_rule){r->id, r->keep};
	if (!is_amz(name) || lp_secret_name(name) != LP_SECRET_NO)
		return (struct lp_header_rule){LP_HDR_OTHER, 0};
	for (size_t i = 0; i < LP_ARRAY_LEN(dropped); i++)
		if (name.len >= dropped[i].len &&
		    lp_lower_eq(name.ptr, dropped[i].ptr, dropped[i].len))
			return (struct lp_header_rule){LP_HDR_OTHER, 0};
	return (struct lp_header_rule){LP_HDR_OTHER, REQ};
}
