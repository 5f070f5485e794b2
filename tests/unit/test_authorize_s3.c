/* SPDX-License-Identifier: MIT */
/* S3 where its requests are not those of a bucket's objects: conditions, aliases, access points on
 * Outposts and of directory buckets. */
#include "authorize_case.h"

#define OL_HOST	    "ol-abcdefghijklmnopqrstuvwxyz01234--ol-s3.s3.us-east-1.amazonaws.com"
#define OL	    "arn:aws:s3-object-lambda:us-east-1:*:accesspoint/*"
#define CONTROL	    "123456789012.s3-control.us-east-1.amazonaws.com"
#define ON_OUTPOSTS "s3-outposts.us-east-1.amazonaws.com"
#define POINT_PATH                                                                                 \
	"/v20180820/accesspoint/"                                                                  \
	"arn%3Aaws%3As3-outposts%3Aus-east-1%3A123456789012%3Aoutpost%2Fop-1%2Faccesspoint%2Fap"
#define ZONAL_PATH  "/v20180820/accesspoint/ap--use1-az4--xa-s3"
#define ZONAL_POINT "arn:aws:s3express:us-east-1:123456789012:accesspoint/ap--use1-az4--xa-s3"
#define ACCOUNT	    "x-amz-account-id: 123456789012\n"
#define CALL(name, scope, method, host, target, headers, needs)                                    \
	{                                                                                          \
		name, scope, method, host, target, headers, NULL, NULL, needs                      \
	}
#define OF_S3 " | StringEquals kms:ViaService=s3.us-east-1.amazonaws.com\n"

static const struct wanted cases[] = {
	/* --- conditions that compare what is there --- */
	S3("PutObject, if nothing is there", "PUT", "/k", "If-None-Match: *\n",
	   "s3:PutObject " OBJ),
	S3("PutObject, if it is what was read", "PUT", "/k", "If-Match: \"e\"\n",
	   "s3:PutObject " OBJ "\ns3:GetObject " OBJ),
	S3("CompleteMultipartUpload, if it is what was read", "POST", "/k?uploadId=u",
	   "If-Match: \"e\"\n", "s3:PutObject " OBJ "\ns3:GetObject " OBJ),
	S3("DeleteObject, if it is what was read", "DELETE", "/k", "If-Match: \"e\"\n",
	   "s3:DeleteObject " OBJ "\ns3:GetObject " OBJ),
	S3("DeleteObject, if it is there", "DELETE", "/k", "If-Match: *\n", "s3:DeleteObject " OBJ),
	S3("GetObject, if it is what was read", "GET", "/k", "If-Match: \"e\"\n",
	   "s3:GetObject " OBJ),
	S3_BODY("DeleteObjects, one if it is what was read", "POST", "/?delete",
		"Content-Type: application/xml\n",
		"<Delete><Object><Key>x</Key><ETag>e</ETag></Object><Object><Key>y</Key></Object>"
		"</Delete>",
		"s3:DeleteObject " BKT "/x," BKT "/y\ns3:GetObject " BKT "/x"),
	CALL("PutObject by an access point, if it is what was read", "s3", "PUT", AP_HOST, "/k",
	     "If-Match: \"e\"\n", "s3:PutObject " AP "/object/k\ns3:GetObject " AP "/object/k"),
	S3_BODY("UpdateObjectEncryption", "PUT", "/k?encryption", "Content-Type: application/xml\n",
		"<ObjectEncryption><SSE-KMS><KMSKeyArn>" KEY "</KMSKeyArn></SSE-KMS>"
		"</ObjectEncryption>",
		"s3:UpdateObjectEncryption " OBJ "\ns3:PutObject " OBJ "\n~kms:Decrypt " KEY OF_S3
		"~kms:Encrypt " KEY OF_S3 "~kms:GenerateDataKey " KEY OF_S3
		"~kms:ReEncryptFrom " KEY OF_S3 "~kms:ReEncryptTo " KEY
		" | StringEquals kms:ViaService=s3.us-east-1.amazonaws.com"),

	/* --- the alias of an Object Lambda access point --- */
	AT("Object Lambda by its alias", "s3", "GET", OL_HOST, "/k",
	   "s3-object-lambda:GetObject " OL),
	AT("Object Lambda by its alias, version", "s3", "GET", OL_HOST, "/k?versionId=v",
	   "s3-object-lambda:GetObjectVersion " OL),
	AT("Object Lambda by its alias, list", "s3", "GET", OL_HOST, "/?list-type=2",
	   "s3-object-lambda:ListBucket " OL),
	AT("Object Lambda by its alias, upload", "s3", "PUT", OL_HOST, "/k",
	   "s3-object-lambda:PutObject " OL),
	AT("Object Lambda by its alias, many objects", "s3", "POST", OL_HOST, "/?delete",
	   "s3-object-lambda:DeleteObject " OL),

	/* --- access points that are not of a general purpose bucket --- */
	CALL("access point", "s3", "DELETE", CONTROL, "/v20180820/accesspoint/ap", ACCOUNT,
	     "s3:DeleteAccessPoint " AP),
	CALL("access point on an Outpost", "s3-outposts", "DELETE", ON_OUTPOSTS, POINT_PATH,
	     ACCOUNT, "s3-outposts:DeleteAccessPoint " OUTPOST "accesspoint/ap"),
	CALL("access point on an Outpost by its name", "s3-outposts", "DELETE", ON_OUTPOSTS,
	     "/v20180820/accesspoint/ap", ACCOUNT "x-amz-outpost-id: op-1\n",
	     "s3-outposts:DeleteAccessPoint " OUTPOST "accesspoint/ap"),
	CALL("policy of an access point on an Outpost", "s3-outposts", "GET", ON_OUTPOSTS,
	     POINT_PATH "/policy", ACCOUNT,
	     "s3-outposts:GetAccessPointPolicy " OUTPOST "accesspoint/ap"),
	CALL("description of an access point on an Outpost", "s3-outposts", "GET", ON_OUTPOSTS,
	     POINT_PATH, ACCOUNT, "s3-outposts:GetAccessPoint *"),
	CALL("access points on an Outpost", "s3-outposts", "GET", ON_OUTPOSTS,
	     "/v20180820/accesspoint", ACCOUNT, "s3-outposts:ListAccessPoints *"),
	{"new access point on an Outpost", "s3-outposts", "PUT", ON_OUTPOSTS,
	 "/v20180820/accesspoint/ap", ACCOUNT "Content-Type: application/xml\n",
	 "<CreateAccessPointRequest><Bucket>arn:aws:s3-outposts:us-east-1:123456789012:outpost/"
	 "op-1/"
	 "bucket/b</Bucket></CreateAccessPointRequest>",
	 NULL, "s3-outposts:CreateAccessPoint " OUTPOST "accesspoint/ap"},
	CALL("access point of a directory bucket", "s3express", "GET",
	     "s3express-control.us-east-1.amazonaws.com", ZONAL_PATH, ACCOUNT,
	     "s3express:GetAccessPoint " ZONAL_POINT),
	CALL("its policy", "s3express", "PUT", "s3express-control.us-east-1.amazonaws.com",
	     ZONAL_PATH "/policy", ACCOUNT, "s3express:PutAccessPointPolicy " ZONAL_POINT),
	{"new access point of a directory bucket, with tags", "s3express", "PUT",
	 "s3express-control.us-east-1.amazonaws.com", ZONAL_PATH,
	 ACCOUNT "Content-Type: application/xml\n",
	 "<CreateAccessPointRequest><Bucket>b--use1-az4--x-s3</Bucket><Tags><Tag><Key>a</Key>"
	 "<Value>b</Value></Tag></Tags></CreateAccessPointRequest>",
	 NULL, "s3express:CreateAccessPoint " ZONAL_POINT "\ns3express:TagResource " ZONAL_POINT},
	CALL("routes of a multi-region access point by its alias", "s3", "GET",
	     "123456789012.s3-control.us-west-2.amazonaws.com",
	     "/v20180820/mrap/instances/mfzwi23gnjvgw.mrap/routes", ACCOUNT,
	     "s3:GetMultiRegionAccessPointRoutes "
	     "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"),
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
