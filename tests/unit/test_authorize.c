/* SPDX-License-Identifier: MIT */
/* Which permissions requests need that depend on what is in them. */
#include "authorize_case.h"

#define TASK_ROLES                                                                                 \
	"?iam:PassRole arn:aws:iam::*:role/* | StringEquals "                                      \
	"iam:PassedToService=ecs-tasks.amazonaws.com"

static const struct wanted cases[] = {
	/* --- S3: objects, versions and headers --- */
	S3("GetObject", "GET", "/k", "", "s3:GetObject " OBJ),
	S3("GetObject, version", "GET", "/k?versionId=v1", "", "s3:GetObjectVersion " OBJ),
	S3("HeadObject", "HEAD", "/k", "", "s3:GetObject " OBJ),
	S3("HeadObject, version", "HEAD", "/k?versionId=v1", "", "s3:GetObjectVersion " OBJ),
	S3("GetObjectAcl", "GET", "/k?acl", "", "s3:GetObjectAcl " OBJ),
	S3("GetObjectAcl, version", "GET", "/k?acl&versionId=v", "", "s3:GetObjectVersionAcl " OBJ),
	S3("GetObjectTagging", "GET", "/k?tagging", "", "s3:GetObjectTagging " OBJ),
	S3("GetObjectTagging, version", "GET", "/k?tagging&versionId=v", "",
	   "s3:GetObjectVersionTagging " OBJ),
	S3("PutObjectTagging, version", "PUT", "/k?tagging&versionId=v", "",
	   "s3:PutObjectVersionTagging " OBJ),
	S3("DeleteObjectTagging, version", "DELETE", "/k?tagging&versionId=v", "",
	   "s3:DeleteObjectVersionTagging " OBJ),
	S3("PutObjectAcl, version", "PUT", "/k?acl&versionId=v", "", "s3:PutObjectVersionAcl " OBJ),
	S3("GetObjectAttributes", "GET", "/k?attributes", "x-amz-object-attributes: ETag\n",
	   "s3:GetObject " OBJ "\ns3:GetObjectAttributes " OBJ),
	S3("GetObjectAttributes, version", "GET", "/k?attributes&versionId=v",
	   "x-amz-object-attributes: ETag\n",
	   "s3:GetObjectVersion " OBJ "\ns3:GetObjectVersionAttributes " OBJ),
	S3("GetObjectRetention", "GET", "/k?retention", "", "s3:GetObjectRetention " OBJ),
	S3("GetObjectLegalHold", "GET", "/k?legal-hold", "", "s3:GetObjectLegalHold " OBJ),
	S3("GetObjectTorrent", "GET", "/k?torrent", "", "s3:GetObjectTorrent " OBJ),
	S3("PutObject", "PUT", "/k", "", "s3:PutObject " OBJ),
	S3("PutObject, tags", "PUT", "/k", "x-amz-tagging: a=b\n",
	   "s3:PutObject " OBJ "\ns3:PutObjectTagging " OBJ),
	S3("PutObject, acl", "PUT", "/k", "x-amz-acl: public-read\n",
	   "s3:PutObject " OBJ "\ns3:PutObjectAcl " OBJ),
	S3("PutObject, grant", "PUT", "/k", "x-amz-grant-read: id=1\n",
	   "s3:PutObject " OBJ "\ns3:PutObjectAcl " OBJ),
	S3("PutObject, two grants", "PUT", "/k",
	   "x-amz-grant-read: id=1\nx-amz-grant-full-control: id=2\n",
	   "s3:PutObject " OBJ "\ns3:PutObjectAcl " OBJ),
	S3("PutObject, retention", "PUT", "/k",
	   "x-amz-object-lock-mode: GOVERNANCE\nx-amz-object-lock-retain-until-date: "
	   "2030-01-01T00:00:00Z\n",
	   "s3:PutObject " OBJ "\ns3:PutObjectRetention " OBJ),
	S3("PutObject, legal hold", "PUT", "/k", "x-amz-object-lock-legal-hold: ON\n",
	   "s3:PutObject " OBJ "\ns3:PutObjectLegalHold " OBJ),
	S3("PutObject, customer key", "PUT", "/k",
	   "x-amz-server-side-encryption: "
	   "aws:kms\nx-amz-server-side-encryption-aws-kms-key-id: " KEY "\n",
	   "s3:PutObject " OBJ "\n~kms:GenerateDataKey " KEY
	   " | StringEquals kms:ViaService=s3.us-east-1.amazonaws.com"),
	S3("PutObject, AWS's own key", "PUT", "/k", "x-amz-server-side-encryption: aws:kms\n",
	   "s3:PutObject " OBJ),
	{"GetObject, answer names a customer key", "s3", "GET", "b.s3.us-east-1.amazonaws.com",
	 "/k", "", NULL,
	 "x-amz-server-side-encryption: aws:kms\nx-amz-server-side-encryption-aws-kms-key-id: " KEY
	 "\n",
	 "s3:GetObject " OBJ "\n~kms:Decrypt " KEY
	 " | StringEquals kms:ViaService=s3.us-east-1.amazonaws.com"},
	{"GetObject of a key that is not there", "s3", "GET", "b.s3.us-east-1.amazonaws.com", "/k",
	 "", NULL, "!404 NoSuchKey", "s3:GetObject " OBJ "\ns3:ListBucket arn:aws:s3:::b"},
	{"GetObject in no bucket", "s3", "GET", "b.s3.us-east-1.amazonaws.com", "/k", "", NULL,
	 "!404 NoSuchBucket", "s3:GetObject " OBJ},
	{"HeadObject of a key that is not there", "s3", "HEAD", "b.s3.us-east-1.amazonaws.com",
	 "/k", "", NULL, "!404", "s3:GetObject " OBJ "\ns3:ListBucket arn:aws:s3:::b"},
	{"HeadObject, refused", "s3", "HEAD", "b.s3.us-east-1.amazonaws.com", "/k", "", NULL,
	 "!403", "s3:GetObject " OBJ},
	{"GetObjectAttributes of a key that is not there, by an access point", "s3", "GET",
	 "ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com", "/k?attributes",
	 "x-amz-object-attributes: ETag\n", NULL, "!404 NoSuchKey",
	 "s3:GetObject " AP "/object/k\ns3:GetObjectAttributes " AP "/object/k\ns3:ListBucket " AP},
	{"GetObject of a directory bucket, no such key", "s3express", "GET",
	 "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "/k", "", NULL,
	 "!404 NoSuchKey",
	 "s3express:CreateSession "
	 "arn:aws:s3express:us-east-1:*:bucket/b--use1-az4--x-s3"},
	S3("CopyObject from an outpost", "PUT", "/k",
	   "x-amz-copy-source: "
	   "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/object/a/b\n",
	   "s3:PutObject " OBJ "\ns3-outposts:GetObject "
	   "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/bucket/*/object/a/b\n"
	   "?s3:PutObjectTagging " OBJ),
	S3("CopyObject", "PUT", "/k", "x-amz-copy-source: /src/a%20b\n",
	   "s3:PutObject " OBJ
	   "\ns3:GetObject arn:aws:s3:::src/a b\n?s3:GetObjectTagging arn:aws:s3:::src/a b\n"
	   "?s3:PutObjectTagging " OBJ),
	S3("CopyObject, version", "PUT", "/k",
	   "x-amz-copy-source: src/a?versionId=v\nx-amz-tagging-directive: REPLACE\n",
	   "s3:PutObject " OBJ "\ns3:GetObjectVersion arn:aws:s3:::src/a"),
	S3("CopyObject, new tags", "PUT", "/k",
	   "x-amz-copy-source: src/a\nx-amz-tagging-directive: REPLACE\nx-amz-tagging: a=b\n",
	   "s3:PutObject " OBJ "\ns3:GetObject arn:aws:s3:::src/a\ns3:PutObjectTagging " OBJ),
	S3("CopyObject from an access point", "PUT", "/k",
	   "x-amz-copy-source: "
	   "arn:aws:s3:us-west-2:123456789012:accesspoint/ap/object/d/e\nx-amz-tagging-directive: "
	   "REPLACE\n",
	   "s3:PutObject " OBJ
	   "\ns3:GetObject arn:aws:s3:us-west-2:123456789012:accesspoint/ap/object/d/e"),
	S3("UploadPartCopy", "PUT", "/k?partNumber=1&uploadId=u", "x-amz-copy-source: src/a\n",
	   "s3:PutObject " OBJ "\ns3:GetObject arn:aws:s3:::src/a"),
	S3("UploadPart", "PUT", "/k?partNumber=1&uploadId=u", "", "s3:PutObject " OBJ),
	S3("CreateMultipartUpload", "POST", "/k?uploads", "", "s3:PutObject " OBJ),
	S3("CreateMultipartUpload, acl", "POST", "/k?uploads", "x-amz-acl: private\n",
	   "s3:PutObject " OBJ "\ns3:PutObjectAcl " OBJ),
	S3("CompleteMultipartUpload", "POST", "/k?uploadId=u", "", "s3:PutObject " OBJ),
	S3("AbortMultipartUpload", "DELETE", "/k?uploadId=u", "", "s3:AbortMultipartUpload " OBJ),
	S3("ListParts", "GET", "/k?uploadId=u", "", "s3:ListMultipartUploadParts " OBJ),
	S3("DeleteObject", "DELETE", "/k", "", "s3:DeleteObject " OBJ),
	S3("DeleteObject, version", "DELETE", "/k?versionId=v", "", "s3:DeleteObjectVersion " OBJ),
	S3("DeleteObject, governance", "DELETE", "/k?versionId=v",
	   "x-amz-bypass-governance-retention: true\n",
	   "s3:DeleteObjectVersion " OBJ "\ns3:BypassGovernanceRetention " OBJ),
	{"an access point by its alias", "s3", "GET",
	 "ap-abcdefghijklmnopqrstuvwxyz012345-s3alias.s3.us-east-1.amazonaws.com", "/k", "", NULL,
	 NULL, "s3:GetObject arn:aws:s3:us-east-1:*:accesspoint/*/object/k"},
	{"a list by an access point's alias", "s3", "GET",
	 "ap-abcdefghijklmnopqrstuvwxyz012345-s3alias.s3.us-east-1.amazonaws.com", "/?list-type=2",
	 "", NULL, NULL, "s3:ListBucket arn:aws:s3:us-east-1:*:accesspoint/*"},
	{"upload by a form", NULL, "POST", "b.s3.us-east-1.amazonaws.com", "/",
	 "Content-Type: multipart/form-data; boundary=X\n",
	 FIELD("key", "u/${filename}") FIELD("acl", "public-read") FIELD("tagging", "<Tagging/>")
		 FIELD("x-amz-object-lock-mode", "GOVERNANCE")
			 FIELD("x-amz-credential", "AKIA/20260101/us-east-1/s3/aws4_request")
				 FIELD("x-amz-signature", "00")
					 FIELD("file\"; filename=\"a%20b", "text") "--X--\r\n",
	 NULL,
	 "s3:PutObject arn:aws:s3:::b/u/a%20b\ns3:PutObjectTagging arn:aws:s3:::b/u/a%20b\n"
	 "s3:PutObjectAcl arn:aws:s3:::b/u/a%20b\ns3:PutObjectRetention arn:aws:s3:::b/u/a%20b"},
	{"upload by a form that nobody signed", NULL, "POST", "b.s3.us-east-1.amazonaws.com", "/",
	 "Content-Type: multipart/form-data; boundary=X\n", FIELD("key", "k") "--X--\r\n", NULL,
	 ""},
	S3_BODY("DeleteObjects", "POST", "/?delete", "Content-Type: application/xml\n",
		"<Delete "
		"xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>x</Key></Object>"
		"<Object><Key>y &amp; z</Key></Object></Delete>",
		"s3:DeleteObject arn:aws:s3:::b/x,arn:aws:s3:::b/y & z"),
	S3_BODY("DeleteObjects, some versions", "POST", "/?delete",
		"Content-Type: application/xml\n",
		"<Delete><Object><Key>x</Key></Object><Object><Key>y</Key><VersionId>1</"
		"VersionId></Object></Delete>",
		"s3:DeleteObject arn:aws:s3:::b/x\ns3:DeleteObjectVersion arn:aws:s3:::b/y"),
	S3_BODY("DeleteObjects, only versions", "POST", "/?delete",
		"Content-Type: application/xml\n",
		"<Delete><Object><VersionId>1</VersionId><Key>y</Key></Object></Delete>",
		"s3:DeleteObjectVersion arn:aws:s3:::b/y"),
	S3_BODY("DeleteObjects, cut", "POST", "/?delete", "Content-Type: application/xml\n",
		"<Delete><Object><Key>x</Key></Object><Object><Key>y",
		"s3:DeleteObject arn:aws:s3:::b/x"),
	S3_BODY("DeleteObjects, hostile entities", "POST", "/?delete",
		"Content-Type: application/xml\n",
		"<!DOCTYPE d [<!ENTITY a "
		"\"aaaa\">]><Delete><Object><Key>&a;</Key></Object></Delete>",
		"s3:DeleteObject " BKT "/*"),
	S3("RestoreObject", "POST", "/k?restore", "", "s3:RestoreObject " OBJ),
	S3("key with wildcards", "GET", "/a*b?c=d", "", "s3:GetObject arn:aws:s3:::b/a${*}b"),
	S3("key encoded", "GET", "/%24%7Bx%7D/%3F%2A%0A%25//%C3%BC", "",
	   "s3:GetObject arn:aws:s3:::b/${$}{x}/${?}${*}\n%//\xc3\xbc"),
	S3("a dollar that begins nothing", "PUT", "/a_%24folder%24", "",
	   "s3:PutObject arn:aws:s3:::b/a_$folder$"),
	S3("dollars before others", "PUT", "/%24%24%2A", "",
	   "s3:PutObject arn:aws:s3:::b/${$}${$}${*}"),
	S3("key like an ARN", "GET", "/arn:aws:s3:::other/x", "",
	   "s3:GetObject arn:aws:s3:::b/arn:aws:s3:::other/x"),
	S3_BODY("JSON in an object names nothing", "PUT", "/k", "Content-Type: application/json\n",
		"{\"Bucket\":\"other\",\"Key\":\"z\"}", "s3:PutObject " OBJ),
	{"path style", "s3", "GET", "s3.us-east-1.amazonaws.com", "/b/k/l", "", NULL, NULL,
	 "s3:GetObject arn:aws:s3:::b/k/l"},
	{"custom endpoint", "s3", "GET", "127.0.0.1:9000", "/b/k", "", NULL, NULL,
	 "s3:GetObject " OBJ},

	/* --- S3: buckets --- */
	S3("ListObjectsV2", "GET", "/?list-type=2&prefix=p", "", "s3:ListBucket " BKT),
	S3("ListObjects", "GET", "/", "", "s3:ListBucket " BKT),
	S3("HeadBucket", "HEAD", "/", "", "s3:ListBucket " BKT),
	S3("ListObjectVersions", "GET", "/?versions", "", "s3:ListBucketVersions " BKT),
	S3("ListMultipartUploads", "GET", "/?uploads", "", "s3:ListBucketMultipartUploads " BKT),
	{"ListBuckets", "s3", "GET", "s3.us-east-1.amazonaws.com", "/", "", NULL, NULL,
	 "s3:ListAllMyBuckets *"},
	S3("CreateBucket", "PUT", "/", "", "s3:CreateBucket " BKT),
	S3("CreateBucket, acl and lock", "PUT", "/",
	   "x-amz-acl: public-read\nx-amz-bucket-object-lock-enabled: true\n",
	   "s3:CreateBucket " BKT "\ns3:PutBucketAcl " BKT "\ns3:PutBucketVersioning " BKT
	   "\ns3:PutBucketObjectLockConfiguration " BKT),
	S3("CreateBucket, its own acl", "PUT", "/", "x-amz-acl: private\n", "s3:CreateBucket " BKT),
	S3("CreateBucket, ownership", "PUT", "/", "x-amz-object-ownership: ObjectWriter\n",
	   "s3:CreateBucket " BKT "\ns3:PutBucketOwnershipControls " BKT),
	S3("DeleteBucket", "DELETE", "/", "", "s3:DeleteBucket " BKT),
	S3("GetBucketLifecycleConfiguration", "GET", "/?lifecycle", "",
	   "s3:GetLifecycleConfiguration " BKT),
	S3("DeleteBucketLifecycle", "DELETE", "/?lifecycle", "",
	   "s3:PutLifecycleConfiguration " BKT),
	S3("DeleteBucketCors", "DELETE", "/?cors", "", "s3:PutBucketCORS " BKT),
	S3("GetBucketCors", "GET", "/?cors", "", "s3:GetBucketCORS " BKT),
	S3("PutBucketEncryption", "PUT", "/?encryption", "", "s3:PutEncryptionConfiguration " BKT),
	S3("DeleteBucketTagging", "DELETE", "/?tagging", "", "s3:PutBucketTagging " BKT),
	S3("GetPublicAccessBlock", "GET", "/?publicAccessBlock", "",
	   "s3:GetBucketPublicAccessBlock " BKT),
	S3("DeletePublicAccessBlock", "DELETE", "/?publicAccessBlock", "",
	   "s3:PutBucketPublicAccessBlock " BKT),
	S3("GetBucketNotificationConfiguration", "GET", "/?notification", "",
	   "s3:GetBucketNotification " BKT),
	S3("GetObjectLockConfiguration", "GET", "/?object-lock", "",
	   "s3:GetBucketObjectLockConfiguration " BKT),
	S3("ListBucketInventoryConfigurations", "GET", "/?inventory", "",
	   "s3:GetInventoryConfiguration " BKT),
	S3("DeleteBucketMetricsConfiguration", "DELETE", "/?metrics&id=1", "",
	   "s3:PutMetricsConfiguration " BKT),
	S3("GetBucketAccelerateConfiguration", "GET", "/?accelerate", "",
	   "s3:GetAccelerateConfiguration " BKT),
	S3_BODY("PutBucketReplication", "PUT", "/?replication", "Content-Type: application/xml\n",
		"<ReplicationConfiguration><Role>" ROLE "</Role></ReplicationConfiguration>",
		"s3:PutReplicationConfiguration " BKT "\n" PASS("s3.amazonaws.com")),
	{"directory bucket, object", "s3express", "GET",
	 "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "/k", "", NULL, NULL,
	 "s3express:CreateSession arn:aws:s3express:us-east-1:*:bucket/b--use1-az4--x-s3"},

	/* --- DynamoDB --- */
	JSON("dynamodb", "DynamoDB_20120810.GetItem", "{\"TableName\":\"t\"}",
	     "dynamodb:GetItem " DDB "t\n?kms:Decrypt arn:aws:kms:us-east-1:*:key/* | StringEquals "
	     "kms:ViaService=dynamodb.us-east-1.amazonaws.com"),
	JSON("dynamodb", "DynamoDB_20120810.DescribeTable",
	     "{\"TableName\":\"arn:aws:dynamodb:eu-west-1:111122223333:table/t\"}",
	     "dynamodb:DescribeTable arn:aws:dynamodb:eu-west-1:111122223333:table/t"),
	JSON("dynamodb", "DynamoDB_20120810.CreateTable",
	     "{\"TableName\":\"t\",\"Tags\":[{\"Key\":\"a\"}]}",
	     "dynamodb:CreateTable " DDB "t\ndynamodb:TagResource " DDB "t"),
	JSON("dynamodb", "DynamoDB_20120810.CreateTable", "{\"TableName\":\"t\",\"Tags\":[]}",
	     "dynamodb:CreateTable " DDB "t"),
	JSON("dynamodb", "DynamoDB_20120810.DescribeEndpoints", "{}", ""),
	JSON("dynamodb", "DynamoDB_20120810.ListTables", "{}", "dynamodb:ListTables *"),
	JSON("dynamodb", "DynamoDB_20120810.UpdateTimeToLive",
	     "{\"x\":{\"TableName\":\"no\"},\"TableName\":\"t\",\"a(\":[{\"TableName\":\"no\"}]}",
	     "dynamodb:UpdateTimeToLive " DDB "t"),
	JSON("dynamodb", "DynamoDB_20120810.ExecuteStatement",
	     "{\"Statement\":\"SELECT * FROM \\\"t\\\".\\\"i\\\" WHERE a=1\"}",
	     "dynamodb:PartiQLSelect " DDB "t," DDB "t/index/i"),
	JSON("dynamodb", "DynamoDB_20120810.ExecuteStatement",
	     "{\"Statement\":\"insert into t value {'from':'x'}\"}",
	     "dynamodb:PartiQLInsert " DDB "t"),
	JSON("dynamodb", "DynamoDB_20120810.ExecuteStatement",
	     "{\"Statement\":\"UPDATE \\\"my-t\\\" SET a=1\"}",
	     "dynamodb:PartiQLUpdate " DDB "my-t"),
	JSON("dynamodb", "DynamoDB_20120810.ExecuteStatement",
	     "{\"Statement\":\" delete  from t where a=1\"}", "dynamodb:PartiQLDelete " DDB "t"),
	JSON("dynamodb", "DynamoDB_20120810.BatchExecuteStatement",
	     "{\"Statements\":[{\"Statement\":\"SELECT a FROM t1\"},{\"Statement\":\"DELETE FROM "
	     "t2\"},"
	     "{\"Statement\":\"SELECT a FROM t3\"}]}",
	     "dynamodb:PartiQLSelect " DDB "t1," DDB "t3\ndynamodb:PartiQLDelete " DDB "t2"),
	JSON("dynamodb", "DynamoDB_20120810.ExecuteTransaction",
	     "{\"TransactStatements\":[{\"Statement\":\"EXISTS(SELECT * FROM t1 WHERE "
	     "a=1)\"},{\"Statement\":\"UPDATE t2 SET a=1\"}]}",
	     "dynamodb:PartiQLSelect " DDB "t1\ndynamodb:PartiQLUpdate " DDB "t2"),
	JSON("dynamodb", "DynamoDB_20120810.CreateGlobalTable", "{\"GlobalTableName\":\"g\"}",
	     "dynamodb:CreateGlobalTable arn:aws:dynamodb::*:global-table/g," DDB "g"),
	JSON("dynamodb", "DynamoDB_20120810.UpdateTable",
	     "{\"TableName\":\"t\",\"SSESpecification\":{\"Enabled\":true,\"KMSMasterKeyId\":\"" KEY
	     "\"}}",
	     "dynamodb:UpdateTable " DDB "t\n~kms:DescribeKey " KEY " | StringEquals "
	     "kms:ViaService=dynamodb.us-east-1.amazonaws.com\n~kms:CreateGrant " KEY
	     " | StringEquals kms:ViaService=dynamodb.us-east-1.amazonaws.com"),

	JSON("dynamodb", "DynamoDB_20120810.Query", "{\"TableName\":\"t\",\"IndexName\":\"i\"}",
	     "dynamodb:Query " DDB "t," DDB "t/index/i" DKMS),
	JSON("dynamodb", "DynamoDB_20120810.Scan",
	     "{\"TableName\":\"arn:aws:dynamodb:us-east-1:111122223333:table/"
	     "t\",\"IndexName\":\"i\"}",
	     "dynamodb:Scan arn:aws:dynamodb:us-east-1:111122223333:table/t,"
	     "arn:aws:dynamodb:us-east-1:111122223333:table/t/index/i" DKMS),
	JSON("dynamodb", "DynamoDB_20120810.BatchGetItem",
	     "{\"RequestItems\":{\"a\":{},\"b\":{\"c\":{}}}}",
	     "dynamodb:BatchGetItem " DDB "a," DDB "b" DKMS),
	JSON("dynamodb", "DynamoDB_20120810.BatchWriteItem",
	     "{\"RequestItems\":{\"a\":[{\"PutRequest\":{\"Item\":{\"TableName\":{\"S\":\"no\"}}}}]"
	     "}}",
	     "dynamodb:BatchWriteItem " DDB "a" DKMS),
	JSON("dynamodb", "DynamoDB_20120810.TransactGetItems",
	     "{\"TransactItems\":[{\"Get\":{\"TableName\":\"a\"}},{\"Get\":{\"TableName\":\"b\"}}]"
	     "}",
	     "dynamodb:GetItem " DDB "a," DDB "b" DKMS),
	JSON("dynamodb", "DynamoDB_20120810.TransactWriteItems",
	     "{\"TransactItems\":[{\"Put\":{\"TableName\":\"a\"}},{\"Delete\":{\"TableName\":\"b\"}"
	     "},"
	     "{\"Update\":{\"TableName\":\"a\"}},{\"ConditionCheck\":{\"TableName\":\"c\"}}]}",
	     "dynamodb:PutItem " DDB "a\ndynamodb:UpdateItem " DDB "a\ndynamodb:DeleteItem " DDB
	     "b\ndynamodb:ConditionCheckItem " DDB "c" DKMS),

	/* --- SQS --- */
	JSON("sqs", "AmazonSQS.DeleteMessage",
	     "{\"QueueUrl\":\"https://sqs.us-east-1.amazonaws.com/123456789012/q\"}",
	     "sqs:DeleteMessage " SQS),
	JSON("sqs", "AmazonSQS.DeleteMessageBatch",
	     "{\"QueueUrl\":\"https://sqs.us-east-1.amazonaws.com/123456789012/"
	     "q\",\"Entries\":[{\"Id\":\"1\"}]}",
	     "sqs:DeleteMessage " SQS),
	JSON("sqs", "AmazonSQS.ChangeMessageVisibilityBatch",
	     "{\"QueueUrl\":\"http://127.0.0.1:4566/123456789012/q.fifo\"}",
	     "sqs:ChangeMessageVisibility " SQS ".fifo"),
	FORM("sqs",
	     "Action=DeleteMessage&Version=2012-11-05&QueueUrl=https%3A%2F%2Fsqs.us-east-1."
	     "amazonaws.com%2F123456789012%2Fq",
	     "sqs:DeleteMessage " SQS),
	{"the URL is the queue", "sqs", "POST", "sqs.us-east-1.amazonaws.com", "/123456789012/q",
	 "Content-Type: application/x-www-form-urlencoded\n",
	 "Action=PurgeQueue&Version=2012-11-05", NULL, "sqs:PurgeQueue " SQS},
	{"everything in the query", "sqs", "GET", "sqs.us-east-1.amazonaws.com",
	 "/?Action=CreateQueue&QueueName=q&Version=2012-11-05", "", NULL, NULL,
	 "sqs:CreateQueue arn:aws:sqs:us-east-1:*:q"},
	JSON("sqs", "AmazonSQS.CreateQueue", "{\"QueueName\":\"q\",\"tags\":{\"a\":\"b\"}}",
	     "sqs:CreateQueue arn:aws:sqs:us-east-1:*:q\nsqs:TagQueue arn:aws:sqs:us-east-1:*:q"),
	JSON("sqs", "AmazonSQS.GetQueueUrl", "{\"QueueName\":\"q\"}",
	     "sqs:GetQueueUrl arn:aws:sqs:us-east-1:*:q"),
	JSON("sqs", "AmazonSQS.ListQueues", "{}", "sqs:ListQueues *"),

	/* --- SNS --- */
	FORM("sns",
	     "Action=Subscribe&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%"
	     "3A123456789012%3At&Protocol=sqs",
	     "sns:Subscribe arn:aws:sns:us-east-1:123456789012:t"),
	/* Which of two AWS takes is not known. */
	FORM("sns",
	     "Action=Unsubscribe&Action=CreateTopic&Version=2010-03-31&SubscriptionArn="
	     "arn:aws:sns:us-east-1:123456789012:a:1&Subscription%41rn="
	     "arn:aws:sns:us-east-1:123456789012:b:1",
	     "sns:Unsubscribe arn:aws:sns:us-east-1:123456789012:a,"
	     "arn:aws:sns:us-east-1:123456789012:b"),
	{"a parameter twice", "lambda", "POST", "lambda.us-east-1.amazonaws.com",
	 "/2015-03-31/functions/f/invocations?Qualifier=1&%51ualifier=2", "", "{}", NULL,
	 "lambda:InvokeFunction arn:aws:lambda:us-east-1:*:function:f:1,"
	 "arn:aws:lambda:us-east-1:*:function:f:2"},
	FORM("sns", "Action=CreateTopic&Version=2010-03-31&Name=t",
	     "sns:CreateTopic arn:aws:sns:us-east-1:*:t"),
	FORM("sns",
	     "Action=CreateTopic&Version=2010-03-31&Name=t&Tags.member.1.Key=a&Tags.member.1.Value="
	     "b",
	     "sns:CreateTopic arn:aws:sns:us-east-1:*:t\nsns:TagResource "
	     "arn:aws:sns:us-east-1:*:t"),
	FORM("sns",
	     "Action=GetSubscriptionAttributes&Version=2010-03-31&SubscriptionArn=arn:aws:sns:us-"
	     "east-1:123456789012:t:11112222-3333",
	     "sns:GetSubscriptionAttributes arn:aws:sns:us-east-1:123456789012:t"),
	FORM("sns", "Action=ListTopics&Version=2010-03-31", "sns:ListTopics *"),

	/* --- STS, IAM --- */
	FORM("sts",
	     "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%"
	     "3Arole%2Fx%2Fapp&RoleSessionName=s",
	     "sts:AssumeRole arn:aws:iam::123456789012:role/x/app"),
	FORM("sts", "Action=GetCallerIdentity&Version=2011-06-15", ""),
	FORM("sts", "Action=GetFederationToken&Version=2011-06-15&Name=bob",
	     "sts:GetFederationToken arn:aws:sts::*:federated-user/bob"),
	FORM("iam", "Action=CreateRole&Version=2010-05-08&RoleName=r&Path=%2Fx%2Fy%2F",
	     "iam:CreateRole arn:aws:iam::*:role/x/y/r"),
	FORM("iam", "Action=CreateRole&Version=2010-05-08&RoleName=r&Path=%2F",
	     "iam:CreateRole arn:aws:iam::*:role/r"),
	FORM("iam", "Action=CreateRole&Version=2010-05-08&RoleName=r&Tags.member.1.Key=a",
	     "iam:CreateRole arn:aws:iam::*:role/r\niam:TagRole arn:aws:iam::*:role/r"),
	FORM("iam",
	     "Action=AttachRolePolicy&Version=2010-05-08&RoleName=r&PolicyArn=arn:aws:iam::aws:"
	     "policy/ReadOnlyAccess",
	     "iam:AttachRolePolicy arn:aws:iam::*:role/r"),
	FORM("iam",
	     "Action=GetPolicy&Version=2010-05-08&PolicyArn=arn:aws:iam::aws:policy/ReadOnlyAccess",
	     "iam:GetPolicy arn:aws:iam::aws:policy/ReadOnlyAccess"),
	FORM("iam", "Action=GetUser&Version=2010-05-08", "iam:GetUser arn:aws:iam::*:user/*"),
	FORM("iam", "Action=ListRoles&Version=2010-05-08", "iam:ListRoles *"),
	FORM("iam",
	     "Action=AddRoleToInstanceProfile&Version=2010-05-08&InstanceProfileName=p&RoleName=r",
	     "iam:AddRoleToInstanceProfile arn:aws:iam::*:instance-profile/p\n"
	     "iam:PassRole arn:aws:iam::*:role/r | StringEquals "
	     "iam:PassedToService=ec2.amazonaws.com"),

	/* --- Lambda --- */
	REST("lambda", "POST", "/2015-03-31/functions/f/invocations", "{\"FunctionName\":\"no\"}",
	     "lambda:InvokeFunction " FN),
	REST("lambda", "POST", "/2015-03-31/functions/f:live/invocations", "",
	     "lambda:InvokeFunction " FN ":live"),
	REST("lambda", "POST", "/2015-03-31/functions/f/invocations?Qualifier=7", "",
	     "lambda:InvokeFunction " FN ":7"),
	REST("lambda", "POST",
	     "/2015-03-31/functions/"
	     "arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af%3Alive/invocations",
	     "", "lambda:InvokeFunction arn:aws:lambda:eu-west-1:111122223333:function:f:live"),
	REST("lambda", "POST", "/2015-03-31/functions/111122223333%3Afunction%3Af/invocations", "",
	     "lambda:InvokeFunction arn:aws:lambda:us-east-1:111122223333:function:f"),
	REST("lambda", "POST", "/2021-11-15/functions/f/response-streaming-invocations", "",
	     "lambda:InvokeFunction " FN),
	REST("lambda", "POST", "/2014-11-13/functions/f/invoke-async", "",
	     "lambda:InvokeFunction " FN "\nlambda:InvokeAsync " FN),
	REST("lambda", "GET", "/2015-03-31/functions/f", "",
	     "lambda:GetFunction " FN "\n?lambda:ListTags " FN),
	REST("lambda", "POST", "/2015-03-31/functions",
	     "{\"FunctionName\":\"f\",\"Role\":\"" ROLE
	     "\",\"Layers\":[\"arn:aws:lambda:us-east-1:111122223333:layer:l:3\"],"
	     "\"VpcConfig\":{\"SubnetIds\":[\"subnet-1\"]},\"Tags\":{\"a\":\"b\"},\"Environment\":{"
	     "\"Variables\":{\"Role\":\"x\"}}}",
	     "lambda:CreateFunction " FN
	     "\nlambda:GetLayerVersion arn:aws:lambda:us-east-1:111122223333:layer:l:3\n"
	     "~ec2:DescribeSubnets *\n~ec2:DescribeSecurityGroups *\n~ec2:DescribeVpcs "
	     "*\nlambda:TagResource " FN "\n" PASS("lambda.amazonaws.com")),
	REST("lambda", "GET",
	     "/2018-10-31/"
	     "layers?find=LayerVersion&Arn=arn:aws:lambda:us-east-1:111122223333:layer:l:3",
	     "", "lambda:GetLayerVersion arn:aws:lambda:us-east-1:111122223333:layer:l:3"),

	/* --- EC2 --- */
	FORM("ec2",
	     "Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1&InstanceId.2=i-2",
	     "ec2:TerminateInstances " EC2 "instance/i-1," EC2 "instance/i-2"),
	FORM("ec2", "Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1",
	     "ec2:DescribeInstances *"),
	FORM("ec2",
	     "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&SubnetId=subnet-1&"
	     "SecurityGroupId.1=sg-1&KeyName=k"
	     "&IamInstanceProfile.Name=p&TagSpecification.1.ResourceType=instance&TagSpecification."
	     "1.Tag.1.Key=a"
	     "&TagSpecification.1.Tag.1.Value=b",
	     "ec2:RunInstances " EC2 "instance/*," EC2 "key-pair/k," EC2 "network-interface/*," EC2
	     "security-group/sg-1," EC2 "subnet/subnet-1," EC2
	     "volume/*,arn:aws:ec2:us-east-1::image/ami-1\n"
	     "ec2:CreateTags " EC2 "instance/* | StringEquals ec2:CreateAction=RunInstances\n"
	     "iam:PassRole arn:aws:iam::*:role/* | StringEquals "
	     "iam:PassedToService=ec2.amazonaws.com\n"
	     "?iam:PassRole arn:aws:iam::*:role/p | StringEquals "
	     "iam:PassedToService=ec2.amazonaws.com"),
	/* The SDK for Go sends the name that was not given, as Packer shows. */
	FORM("ec2",
	     "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&KeyName=&IamInstanceProfile."
	     "Name=",
	     "ec2:RunInstances " EC2 "instance/*," EC2 "network-interface/*," EC2
	     "security-group/*," EC2 "subnet/*," EC2 "volume/*,arn:aws:ec2:us-east-1::image/ami-1"),
	FORM("ec2",
	     "Action=CreateVolume&Version=2016-11-15&TagSpecification.1.ResourceType=volume&"
	     "TagSpecification.1.Tag.1.Key=a",
	     "ec2:CreateVolume " EC2 "volume/*\nec2:CreateTags " EC2
	     "volume/* | StringEquals ec2:CreateAction=CreateVolume"),
	FORM("ec2",
	     "Action=CreateTags&Version=2016-11-15&ResourceId.1=i-1&ResourceId.2=tgw-rtb-1&"
	     "ResourceId.3=vpc-1&Tag.1.Key=a",
	     "ec2:CreateTags " EC2 "instance/i-1," EC2 "transit-gateway-route-table/tgw-rtb-1," EC2
	     "vpc/vpc-1"),
	FORM("ec2", "Action=AttachVolume&Version=2016-11-15&InstanceId=i-1&VolumeId=vol-1",
	     "ec2:AttachVolume " EC2 "instance/i-1," EC2 "volume/vol-1"),
	FORM("ec2", "Action=DeleteSecurityGroup&Version=2016-11-15&GroupId=sg-1",
	     "ec2:DeleteSecurityGroup " EC2 "security-group/sg-1"),
	FORM("ec2",
	     "Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1."
	     "FromPort=1",
	     "ec2:AuthorizeSecurityGroupIngress " EC2 "security-group/sg-1"),

	/* --- KMS --- */
	JSON("kms", "TrentService.Decrypt", "{\"KeyId\":\"" KEY "\"}", "kms:Decrypt " KEY),
	JSON("kms", "TrentService.Encrypt", "{\"KeyId\":\"1234abcd\"}",
	     "kms:Encrypt arn:aws:kms:us-east-1:*:key/1234abcd"),
	JSON("kms", "TrentService.Encrypt", "{\"KeyId\":\"alias/a\"}",
	     "kms:Encrypt arn:aws:kms:us-east-1:*:key/* | StringEquals kms:RequestAlias=alias/a"),
	JSON_ANSWER("kms", "TrentService.Encrypt", "{\"KeyId\":\"alias/a\"}", "=KeyId=" KEY "\n",
		    "kms:Encrypt " KEY),
	JSON_ANSWER("kms", "TrentService.Decrypt", "{\"CiphertextBlob\":\"\"}", "=KeyId=" KEY "\n",
		    "kms:Decrypt " KEY),
	JSON("kms", "TrentService.Decrypt", "{\"CiphertextBlob\":\"\"}",
	     "kms:Decrypt arn:aws:kms:us-east-1:*:key/*"),
	JSON("kms", "TrentService.ReEncrypt",
	     "{\"SourceKeyId\":\"a\",\"DestinationKeyId\":\"" KEY "\"}",
	     "kms:ReEncryptFrom arn:aws:kms:us-east-1:*:key/a\nkms:ReEncryptTo " KEY),
	JSON("kms", "TrentService.ReEncrypt",
	     "{\"SourceKeyId\":\"alias/a\",\"DestinationKeyId\":\"alias/b\"}",
	     "kms:ReEncryptFrom arn:aws:kms:us-east-1:*:key/* | StringEquals "
	     "kms:RequestAlias=alias/a\n"
	     "kms:ReEncryptTo arn:aws:kms:us-east-1:*:key/* | StringEquals "
	     "kms:RequestAlias=alias/b"),
	JSON_ANSWER("kms", "TrentService.ReEncrypt", "{\"DestinationKeyId\":\"alias/b\"}",
		    "=KeyId=" KEY "\n=SourceKeyId=" KEY "2\n",
		    "kms:ReEncryptFrom " KEY "2\nkms:ReEncryptTo " KEY),
	/* No alias will do here, so the call did not succeed, and no condition would have it so. */
	JSON("kms", "TrentService.CancelKeyDeletion", "{\"KeyId\":\"alias/a\"}",
	     "?kms:CancelKeyDeletion arn:aws:kms:us-east-1:*:key/*"),
	JSON("kms", "TrentService.CreateAlias",
	     "{\"AliasName\":\"alias/a\",\"TargetKeyId\":\"k1\"}",
	     "kms:CreateAlias arn:aws:kms:us-east-1:*:alias/a,arn:aws:kms:us-east-1:*:key/k1"),
	JSON("kms", "TrentService.UpdateAlias",
	     "{\"AliasName\":\"alias/a\",\"TargetKeyId\":\"k1\"}",
	     "kms:UpdateAlias arn:aws:kms:us-east-1:*:alias/a,arn:aws:kms:us-east-1:*:key/*,"
	     "arn:aws:kms:us-east-1:*:key/k1"),
	JSON("kms", "TrentService.CreateGrant",
	     "{\"KeyId\":\"k1\",\"GranteePrincipal\":\"" ROLE "\"}",
	     "kms:CreateGrant arn:aws:kms:us-east-1:*:key/k1"),
	JSON("kms", "TrentService.CreateKey", "{\"Tags\":[{\"TagKey\":\"a\"}]}",
	     "kms:CreateKey *\nkms:TagResource arn:aws:kms:us-east-1:*:key/*"),

	/* --- Secrets Manager, SSM --- */
	JSON("secretsmanager", "secretsmanager.DescribeSecret", "{\"SecretId\":\"a/b\"}",
	     "secretsmanager:DescribeSecret arn:aws:secretsmanager:us-east-1:*:secret:a/b-??????"),
	JSON("secretsmanager", "secretsmanager.DescribeSecret",
	     "{\"SecretId\":\"arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf\"}",
	     "secretsmanager:DescribeSecret "
	     "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf"),
	JSON("secretsmanager", "secretsmanager.CreateSecret", "{\"Name\":\"n\"}",
	     "secretsmanager:CreateSecret arn:aws:secretsmanager:us-east-1:*:secret:n-??????"),
	JSON("secretsmanager", "secretsmanager.ListSecrets", "{}", "secretsmanager:ListSecrets *"),
	JSON("ssm", "AmazonSSM.GetParameter", "{\"Name\":\"/a/b\"}",
	     "ssm:GetParameter arn:aws:ssm:us-east-1:*:parameter/a/b"),
	JSON("ssm", "AmazonSSM.GetParameter", "{\"Name\":\"b:3\"}",
	     "ssm:GetParameter arn:aws:ssm:us-east-1:*:parameter/b"),
	JSON("ssm", "AmazonSSM.GetParameter", "{\"Name\":\"/s\",\"WithDecryption\":true}",
	     "ssm:GetParameter arn:aws:ssm:us-east-1:*:parameter/s\n?kms:Decrypt "
	     "arn:aws:kms:us-east-1:*:key/* | StringEquals "
	     "kms:ViaService=ssm.us-east-1.amazonaws.com"),
	JSON("ssm", "AmazonSSM.GetParameters", "{\"Names\":[\"a\",\"/b\"]}",
	     "ssm:GetParameters "
	     "arn:aws:ssm:us-east-1:*:parameter/a,arn:aws:ssm:us-east-1:*:parameter/b"),
	JSON("ssm", "AmazonSSM.GetParametersByPath", "{\"Path\":\"/a\"}",
	     "ssm:GetParametersByPath "
	     "arn:aws:ssm:us-east-1:*:parameter/a,arn:aws:ssm:us-east-1:*:parameter/a/*"),
	JSON("ssm", "AmazonSSM.SendCommand",
	     "{\"DocumentName\":\"AWS-RunShellScript\",\"InstanceIds\":[\"i-1\"]}",
	     "ssm:SendCommand "
	     "arn:aws:ec2:us-east-1:*:instance/i-1,arn:aws:ssm:us-east-1::document/"
	     "AWS-RunShellScript"),
	JSON("ssm", "AmazonSSM.StartSession", "{\"Target\":\"i-1\"}",
	     "ssm:StartSession arn:aws:ec2:us-east-1:*:instance/i-1"),
	JSON("ssm", "AmazonSSM.AddTagsToResource",
	     "{\"ResourceType\":\"Parameter\",\"ResourceId\":\"/a\",\"Tags\":[]}",
	     "ssm:AddTagsToResource arn:aws:ssm:us-east-1:*:parameter/a"),

	/* --- CloudWatch, Logs --- */
	FORM("monitoring", "Action=PutMetricData&Version=2010-08-01&Namespace=n",
	     "cloudwatch:PutMetricData *"),
	FORM("monitoring",
	     "Action=DeleteAlarms&Version=2010-08-01&AlarmNames.member.1=a&AlarmNames.member.2=b",
	     "cloudwatch:DeleteAlarms "
	     "arn:aws:cloudwatch:us-east-1:*:alarm:a,arn:aws:cloudwatch:us-east-1:*:alarm:b"),
	JSON("logs", "Logs_20140328.CreateLogGroup", "{\"logGroupName\":\"/a\"}",
	     "logs:CreateLogGroup arn:aws:logs:us-east-1:*:log-group:/a:*"),
	JSON("logs", "Logs_20140328.PutLogEvents",
	     "{\"logGroupName\":\"/"
	     "a\",\"logStreamName\":\"s\",\"logEvents\":[{\"message\":\"{}\"}]}",
	     "logs:PutLogEvents arn:aws:logs:us-east-1:*:log-group:/a:log-stream:s"),
	JSON("logs", "Logs_20140328.FilterLogEvents",
	     "{\"logGroupIdentifier\":\"arn:aws:logs:us-east-1:111122223333:log-group:/a\"}",
	     "logs:FilterLogEvents arn:aws:logs:us-east-1:111122223333:log-group:/a:*"),
	JSON("logs", "Logs_20140328.DescribeLogGroups", "{}", "logs:DescribeLogGroups *"),
	JSON("logs", "Logs_20140328.PutSubscriptionFilter",
	     "{\"logGroupName\":\"g\",\"filterName\":\"f\",\"roleArn\":\"" ROLE
	     "\",\"destinationArn\":\"arn:aws:kinesis:us-east-1:1:stream/s\"}",
	     "logs:PutSubscriptionFilter arn:aws:logs:us-east-1:*:log-group:g:*\n" PASS(
		     "logs.amazonaws.com")),

	/* --- ECS, CloudFormation --- */
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.RunTask",
	     "{\"taskDefinition\":\"web\",\"cluster\":\"c\"}",
	     "ecs:RunTask arn:aws:ecs:us-east-1:*:task-definition/web:*\n" TASK_ROLES),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.RunTask",
	     "{\"taskDefinition\":\"web:7\",\"tags\":[{\"key\":\"a\"}],\"overrides\":{"
	     "\"taskRoleArn\":\"" ROLE "\"}}",
	     "ecs:RunTask arn:aws:ecs:us-east-1:*:task-definition/web:7\n"
	     "ecs:TagResource arn:aws:ecs:us-east-1:*:task/default/* | StringEquals "
	     "ecs:CreateAction=RunTask\n" TASK_ROLES "\n" PASS("ecs-tasks.amazonaws.com")),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.StartTask",
	     "{\"cluster\":\"arn:aws:ecs:us-east-1:111122223333:cluster/c\",\"taskDefinition\":"
	     "\"web:7\",\"tags\":[{\"key\":\"a\"}]}",
	     "ecs:StartTask arn:aws:ecs:us-east-1:*:task-definition/web:7\n"
	     "ecs:TagResource arn:aws:ecs:us-east-1:111122223333:task/c/* | StringEquals "
	     "ecs:CreateAction=StartTask\n" TASK_ROLES),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.UpdateService", "{\"service\":\"s\"}",
	     "ecs:UpdateService arn:aws:ecs:us-east-1:*:service/default/s"),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.UpdateService",
	     "{\"cluster\":\"arn:aws:ecs:us-east-1:111122223333:cluster/c\",\"service\":\"s\"}",
	     "ecs:UpdateService arn:aws:ecs:us-east-1:111122223333:service/c/s"),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.DescribeTasks",
	     "{\"cluster\":\"c\",\"tasks\":[\"1\",\"2\"]}",
	     "ecs:DescribeTasks arn:aws:ecs:us-east-1:*:task/c/1,arn:aws:ecs:us-east-1:*:task/c/2"),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition",
	     "{\"family\":\"web\",\"executionRoleArn\":\"" ROLE
	     "\",\"containerDefinitions\":[{\"name\":\"x\"}]}",
	     "ecs:RegisterTaskDefinition arn:aws:ecs:us-east-1:*:task-definition/web:*\n" PASS(
		     "ecs-tasks.amazonaws.com")),
	FORM("cloudformation", "Action=CreateStack&Version=2010-05-15&StackName=s&RoleARN=" ROLE,
	     "cloudformation:CreateStack arn:aws:cloudformation:us-east-1:*:stack/s/*\n" PASS(
		     "cloudformation.amazonaws.com")),
	FORM("cloudformation",
	     "Action=DescribeStacks&Version=2010-05-15&StackName=arn:aws:cloudformation:us-east-1:"
	     "111122223333:stack/s/uuid",
	     "cloudformation:DescribeStacks "
	     "arn:aws:cloudformation:us-east-1:111122223333:stack/s/uuid"),
	FORM("cloudformation",
	     "Action=CreateStack&Version=2010-05-15&StackName=s&TemplateURL=https%3A%2F%2Fb.s3.us-"
	     "east-1.amazonaws.com%2Fk",
	     "cloudformation:CreateStack "
	     "arn:aws:cloudformation:us-east-1:*:stack/s/*\n~s3:GetObject " OBJ),

	/* --- API Gateway, events, others --- */
	REST("apigateway", "GET", "/restapis/a1/stages/prod", "",
	     "apigateway:GET arn:aws:apigateway:us-east-1::/restapis/a1/stages/prod"),
	REST("apigateway", "POST", "/restapis", "{\"name\":\"x\"}",
	     "apigateway:POST arn:aws:apigateway:us-east-1::/restapis"),
	REST("apigateway", "DELETE", "/restapis/a1", "",
	     "apigateway:DELETE arn:aws:apigateway:us-east-1::/restapis/a1"),
	JSON("events", "AWSEvents.PutEvents",
	     "{\"Entries\":[{\"EventBusName\":\"b\"},{\"EventBusName\":\"c\"}]}",
	     "events:PutEvents "
	     "arn:aws:events:us-east-1:*:event-bus/b,arn:aws:events:us-east-1:*:event-bus/c"),
	JSON("events", "AWSEvents.PutRule", "{\"Name\":\"r\"}",
	     "events:PutRule arn:aws:events:us-east-1:*:rule/r"),
	JSON("events", "AWSEvents.PutRule", "{\"Name\":\"r\",\"EventBusName\":\"b\"}",
	     "events:PutRule arn:aws:events:us-east-1:*:rule/b/r"),
	JSON("events", "AWSEvents.PutTargets",
	     "{\"Rule\":\"r\",\"EventBusName\":\"default\",\"Targets\":[{\"Id\":\"1\",\"Arn\":"
	     "\"arn:aws:sqs:us-east-1:1:q\",\"RoleArn\":\"" ROLE "\"}]}",
	     "events:PutTargets arn:aws:events:us-east-1:*:rule/r\n" PASS("events.amazonaws.com")),
	JSON("states", "AWSStepFunctions.CreateStateMachine",
	     "{\"name\":\"m\",\"definition\":\"{}\",\"roleArn\":\"" ROLE "\"}",
	     "states:CreateStateMachine arn:aws:states:us-east-1:*:stateMachine:m\n" PASS(
		     "states.amazonaws.com")),
	JSON("states", "AWSStepFunctions.StartExecution",
	     "{\"stateMachineArn\":\"arn:aws:states:us-east-1:111122223333:stateMachine:m\"}",
	     "states:StartExecution arn:aws:states:us-east-1:111122223333:stateMachine:m"),
	JSON("kinesis", "Kinesis_20131202.DescribeStream", "{\"StreamName\":\"s\"}",
	     "kinesis:DescribeStream arn:aws:kinesis:us-east-1:*:stream/s"),
	JSON("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", "{}",
	     "tag:GetResources *"),
	/* An entry without a bus goes to the default one, whatever the others name. */
	JSON("events", "AWSEvents.PutEvents",
	     "{\"Entries\":[{\"Source\":\"a\",\"EventBusName\":\"b\"},{\"Source\":\"a\"}]}",
	     "events:PutEvents "
	     "arn:aws:events:us-east-1:*:event-bus/b,arn:aws:events:us-east-1:*:event-bus/default"),
	JSON("events", "AWSEvents.PutEvents", "{\"Entries\":[{\"Source\":\"a\"}]}",
	     "events:PutEvents arn:aws:events:us-east-1:*:event-bus/default"),

	/* --- S3: access points, by host and by ARN --- */
	AT("access point", "s3", "GET", AP_HOST, "/d/k", "s3:GetObject " AP "/object/d/k"),
	AT("access point, version", "s3", "GET", AP_HOST, "/k?versionId=v",
	   "s3:GetObjectVersion " AP "/object/k"),
	AT("access point, list", "s3", "GET", AP_HOST, "/?list-type=2", "s3:ListBucket " AP),
	AT("access point, PrivateLink", "s3", "GET",
	   "ap-123456789012.accesspoint.vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com", "/k",
	   "s3:GetObject " AP "/object/k"),
	AT("access point in the path", "s3", "GET", "s3.us-east-1.amazonaws.com",
	   "/arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint%2Fap/k",
	   "s3:GetObject " AP "/object/k"),
	{"access point, DeleteObjects", "s3", "POST", AP_HOST, "/?delete", "",
	 "<Delete><Object><Key>k1</Key></Object><Object><Key>k2</Key><VersionId>v</VersionId>"
	 "</Object></Delete>",
	 NULL, "s3:DeleteObject " AP "/object/k1\ns3:DeleteObjectVersion " AP "/object/k2"},
	AT("multi-region access point", "s3", "GET", "m1.mrap.accesspoint.s3-global.amazonaws.com",
	   "/k", "s3:GetObject arn:aws:s3:*:*:accesspoint/m1.mrap/object/k"),
	AT("Outposts", "s3-outposts", "GET",
	   "ap-123456789012.op-1.s3-outposts.us-east-1.amazonaws.com", "/k",
	   "s3-outposts:GetObject " OUTPOST "bucket/*/object/k"),
	AT("Outposts, list", "s3-outposts", "GET",
	   "ap-123456789012.op-1.s3-outposts.us-east-1.amazonaws.com", "/?list-type=2",
	   "s3-outposts:ListBucket " OUTPOST "accesspoint/ap," OUTPOST "bucket/*"),
	AT("object lambda", "s3-object-lambda", "GET",
	   "ol-123456789012.s3-object-lambda.us-east-1.amazonaws.com", "/k",
	   "s3-object-lambda:GetObject "
	   "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/ol"),

	/* --- one member says which of many types is meant --- */
	JSON("forecast", "AmazonForecast.DeleteResourceTree",
	     "{\"ResourceArn\":\"arn:aws:forecast:us-east-1:123456789012:dataset-group/x\"}",
	     "forecast:DeleteResourceTree arn:aws:forecast:us-east-1:123456789012:dataset-group/x"),
	JSON("sagemaker", "SageMaker.AddAssociation",
	     "{\"SourceArn\":\"arn:aws:sagemaker:us-east-1:123456789012:artifact/x\","
	     "\"DestinationArn\":\"arn:aws:sagemaker:us-east-1:123456789012:context/y\"}",
	     "sagemaker:AddAssociation arn:aws:sagemaker:us-east-1:123456789012:artifact/x,"
	     "arn:aws:sagemaker:us-east-1:123456789012:context/y"),
	JSON("glue", "AWSGlue.GetTable", "{\"DatabaseName\":\"d\",\"Name\":\"t\"}",
	     "glue:GetTable arn:aws:glue:us-east-1:*:catalog,"
	     "arn:aws:glue:us-east-1:*:database/d,arn:aws:glue:us-east-1:*:table/d/t"),
	MODEL("anthropic.claude-v2%3A1", "", MODELS("us-east-1") "anthropic.claude-v2:1"),
	MODEL("us.anthropic.claude-v2%3A1", "",
	      MODELS("*") "anthropic.claude-v2:1,"
			  "arn:aws:bedrock:us-east-1:*:inference-profile/us.anthropic.claude-v2:1"),
	MODEL("arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aprovisioned-model%2Fp", "",
	      "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/p"),
	MODEL("amazon.titan", "X-Amzn-Bedrock-GuardrailIdentifier: g\n",
	      MODELS("us-east-1") "amazon.titan\n"
				  "bedrock:ApplyGuardrail arn:aws:bedrock:us-east-1:*:guardrail/g"),

	/* --- the other sub-resources and headers of S3 --- */
	S3("GetBucketAnalyticsConfiguration", "GET", "/?analytics&id=a", "",
	   "s3:GetAnalyticsConfiguration " BKT),
	S3("PutBucketIntelligentTieringConfiguration", "PUT", "/?intelligent-tiering&id=a", "",
	   "s3:PutIntelligentTieringConfiguration " BKT),
	S3("GetBucketLocation", "GET", "/?location", "", "s3:GetBucketLocation " BKT),
	S3("PutBucketLogging", "PUT", "/?logging", "", "s3:PutBucketLogging " BKT),
	S3("DeleteBucketOwnershipControls", "DELETE", "/?ownershipControls", "",
	   "s3:PutBucketOwnershipControls " BKT),
	S3("GetBucketPolicyStatus", "GET", "/?policyStatus", "", "s3:GetBucketPolicyStatus " BKT),
	S3("PutBucketRequestPayment", "PUT", "/?requestPayment", "",
	   "s3:PutBucketRequestPayment " BKT),
	S3("SelectObjectContent", "POST", "/k?select&select-type=2", "", "s3:GetObject " OBJ),
	S3("PutBucketVersioning", "PUT", "/?versioning", "", "s3:PutBucketVersioning " BKT),
	S3("DeleteBucketWebsite", "DELETE", "/?website", "", "s3:DeleteBucketWebsite " BKT),
	S3("GetBucketMetadataTableConfiguration", "GET", "/?metadataTable", "",
	   "s3:GetBucketMetadataTableConfiguration " BKT),
	S3("PutObject, grant of reading the ACL", "PUT", "/k", "x-amz-grant-read-acp: id=1\n",
	   "s3:PutObject " OBJ "\ns3:PutObjectAcl " OBJ),
	S3("PutObject, grant of writing the ACL", "PUT", "/k", "x-amz-grant-write-acp: id=1\n",
	   "s3:PutObject " OBJ "\ns3:PutObjectAcl " OBJ),
	AT("CreateSession", "s3express", "GET",
	   "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "/?session",
	   "s3express:CreateSession "
	   "arn:aws:s3express:us-east-1:*:bucket/b--use1-az4--x-s3"),
	AT("CreateSession by an access point", "s3express", "GET",
	   "ap--use1-az4--xa-s3.s3express-use1-az4.us-east-1.amazonaws.com", "/?session",
	   "s3express:CreateSession "
	   "arn:aws:s3express:us-east-1:*:accesspoint/ap--use1-az4--xa-s3"),
	AT("GetObject of a directory bucket by an access point", "s3express", "GET",
	   "ap--use1-az4--xa-s3.s3express-use1-az4.us-east-1.amazonaws.com", "/k",
	   "s3express:CreateSession "
	   "arn:aws:s3express:us-east-1:*:accesspoint/ap--use1-az4--xa-s3"),

	/* --- the other forms of DynamoDB --- */
	JSON("dynamodb", "DynamoDB_20120810.DeleteTable", "{\"TableName\":\"t\"}",
	     "dynamodb:DeleteTable " DDB "t"),
	JSON("dynamodb", "DynamoDB_20120810.CreateBackup",
	     "{\"TableName\":\"t\",\"BackupName\":\"b\"}", "dynamodb:CreateBackup " DDB "t"),
	JSON("dynamodb", "DynamoDB_20120810.RestoreTableToPointInTime",
	     "{\"SourceTableName\":\"s\",\"TargetTableName\":\"t\"}",
	     "dynamodb:RestoreTableToPointInTime " DDB "s," DDB "t\n"
	     "dynamodb:BatchWriteItem " DDB "t\ndynamodb:DeleteItem " DDB "t\n"
	     "dynamodb:GetItem " DDB "t\ndynamodb:PutItem " DDB "t\ndynamodb:Query " DDB "t\n"
	     "dynamodb:Scan " DDB "t\ndynamodb:UpdateItem " DDB "t"),
	JSON("dynamodb", "DynamoDBStreams_20120810.GetRecords", "{\"ShardIterator\":\"i\"}",
	     "dynamodb:GetRecords " DDB "*/stream/*"),
	JSON("dynamodb", "DynamoDB_20120810.ExportTableToPointInTime",
	     "{\"TableArn\":\"arn:aws:dynamodb:us-east-1:123456789012:table/t\",\"S3Bucket\":\"b\","
	     "\"S3Prefix\":\"p\"}",
	     "dynamodb:ExportTableToPointInTime arn:aws:dynamodb:us-east-1:123456789012:table/t\n"
	     "~s3:PutObject " BKT "/p*\n~s3:AbortMultipartUpload " BKT "/p*\n"
	     "~s3:PutObjectAcl " BKT "/p*"),
	JSON("dynamodb", "DynamoDB_20120810.EnableKinesisStreamingDestination",
	     "{\"TableName\":\"t\",\"StreamArn\":"
	     "\"arn:aws:kinesis:us-east-1:123456789012:stream/s\"}",
	     "dynamodb:EnableKinesisStreamingDestination " DDB "t\n~kinesis:DescribeStream " STREAM
	     "\n~kinesis:PutRecords " STREAM),

	/* --- names in nested members, in other forms, and in no account --- */
	FORM("elasticloadbalancing", "Action=CreateLoadBalancer&Version=2015-12-01&Name=n",
	     "elasticloadbalancing:CreateLoadBalancer "
	     "arn:aws:elasticloadbalancing:us-east-1:*:loadbalancer/app/n/*"),
	FORM("elasticloadbalancing",
	     "Action=CreateLoadBalancer&Version=2015-12-01&Name=n&Type=network",
	     "elasticloadbalancing:CreateLoadBalancer "
	     "arn:aws:elasticloadbalancing:us-east-1:*:loadbalancer/net/n/*"),
	FORM("elasticloadbalancing", "Action=CreateTargetGroup&Version=2015-12-01&Name=n",
	     "elasticloadbalancing:CreateTargetGroup "
	     "arn:aws:elasticloadbalancing:us-east-1:*:targetgroup/n/*"),
	JSON("wafv2", "AWSWAF_20190729.CreateWebACL", "{\"Name\":\"w\",\"Scope\":\"REGIONAL\"}",
	     "wafv2:CreateWebACL arn:aws:wafv2:us-east-1:*:regional/webacl/w/*"),
	JSON("wafv2", "AWSWAF_20190729.UpdateWebACL",
	     "{\"Name\":\"w\",\"Scope\":\"CLOUDFRONT\",\"Id\":\"i\"}",
	     "wafv2:UpdateWebACL arn:aws:wafv2:us-east-1:*:global/webacl/w/i"),
	JSON("glue", "AWSGlue.CreateTable",
	     "{\"DatabaseName\":\"d\",\"TableInput\":{\"Name\":\"t\"}}",
	     "glue:CreateTable "
	     "arn:aws:glue:us-east-1:*:catalog,arn:aws:glue:us-east-1:*:database/"
	     "d,arn:aws:glue:us-east-1:*:table/d/t"),
	JSON("glue", "AWSGlue.CreateDatabase", "{\"DatabaseInput\":{\"Name\":\"d\"}}",
	     "glue:CreateDatabase "
	     "arn:aws:glue:us-east-1:*:catalog,arn:aws:glue:us-east-1:*:database/d"),
	JSON("glue", "AWSGlue.GetSchemaVersion",
	     "{\"SchemaId\":{\"SchemaName\":\"s\",\"RegistryName\":\"r\"}}",
	     "glue:GetSchemaVersion "
	     "arn:aws:glue:us-east-1:*:registry/r,arn:aws:glue:us-east-1:*:schema/r/s"),
	REST("scheduler", "GET", "/schedules/s", "",
	     "scheduler:GetSchedule arn:aws:scheduler:us-east-1:*:schedule/default/s"),
	JSON("events", "AWSEvents.DescribeEventBus", "{}",
	     "events:DescribeEventBus arn:aws:events:us-east-1:*:event-bus/default"),
	JSON("secretsmanager", "secretsmanager.GetSecretValue",
	     "{\"SecretId\":\"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-b-AbCd12\"}",
	     "secretsmanager:GetSecretValue "
	     "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-b-AbCd12\n?kms:Decrypt "
	     "arn:aws:kms:us-east-1:*:key/* | StringEquals "
	     "kms:ViaService=secretsmanager.us-east-1.amazonaws.com"),
	JSON("secretsmanager", "secretsmanager.PutResourcePolicy",
	     "{\"SecretId\":\"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-b\"}",
	     "secretsmanager:PutResourcePolicy "
	     "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-b-??????"),
	JSON("secretsmanager", "secretsmanager.CreateSecret",
	     "{\"Name\":\"n\",\"AddReplicaRegions\":[{\"Region\":\"us-west-2\"}]}",
	     "secretsmanager:CreateSecret "
	     "arn:aws:secretsmanager:us-east-1:*:secret:n-??????\nsecretsmanager:"
	     "ReplicateSecretToRegions arn:aws:secretsmanager:us-east-1:*:secret:n-??????"),
	REST("lambda", "PUT", "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=2", "{}",
	     "lambda:PutProvisionedConcurrencyConfig arn:aws:lambda:us-east-1:*:function:f:2"),
	REST("lambda", "GET", "/2015-03-31/functions/f?Qualifier=2", "",
	     "lambda:GetFunction "
	     "arn:aws:lambda:us-east-1:*:function:f,arn:aws:lambda:us-east-1:*:function:f:2\n?"
	     "lambda:ListTags " FN),
	REST("lambda", "POST", "/2015-03-31/functions/111122223333%3Af/invocations", "{}",
	     "lambda:InvokeFunction arn:aws:lambda:us-east-1:111122223333:function:f"),
	JSON("dynamodb", "DynamoDB_20120810.ExecuteStatement",
	     "{\"Statement\":\"SELECT * FROM "
	     "\\\"arn:aws:dynamodb:eu-west-1:111122223333:table/T\\\".\\\"I\\\"\"}",
	     "dynamodb:PartiQLSelect "
	     "arn:aws:dynamodb:eu-west-1:111122223333:table/"
	     "T,arn:aws:dynamodb:eu-west-1:111122223333:table/T/index/I"),
	JSON("dynamodb", "DynamoDBStreams_20120810.GetRecords",
	     "{\"ShardIterator\":\"arn:aws:dynamodb:us-east-1:123456789012:table/T/stream/"
	     "2020-01-01T00:00:00.000|1|AA\"}",
	     "dynamodb:GetRecords "
	     "arn:aws:dynamodb:us-east-1:123456789012:table/T/stream/2020-01-01T00:00:00.000"),
	JSON("dynamodb", "DynamoDB_20120810.CreateTable",
	     "{\"TableName\":\"t\",\"ResourcePolicy\":\"{}\"}",
	     "dynamodb:CreateTable "
	     "arn:aws:dynamodb:us-east-1:*:table/t\ndynamodb:PutResourcePolicy "
	     "arn:aws:dynamodb:us-east-1:*:table/t"),
	JSON("ssm", "AmazonSSM.GetParameter", "{\"Name\":\"/aws/service/eks/x\"}",
	     "ssm:GetParameter arn:aws:ssm:us-east-1::parameter/aws/service/eks/x"),
	JSON("ssm", "AmazonSSM.GetParametersByPath", "{\"Path\":\"/a/b/\"}",
	     "ssm:GetParametersByPath "
	     "arn:aws:ssm:us-east-1:*:parameter/a/b,arn:aws:ssm:us-east-1:*:parameter/a/b/*"),
	JSON("ssm", "AmazonSSM.StartSession",
	     "{\"Target\":\"ecs:c_0a_0a-1\",\"DocumentName\":\"mine\"}",
	     "ssm:StartSession "
	     "arn:aws:ecs:us-east-1:*:task/c/0a,arn:aws:ssm:us-east-1:*:document/mine"),
	JSON("ssm", "AmazonSSM.SendCommand",
	     "{\"DocumentName\":\"mine\",\"InstanceIds\":[\"mi-1\",\"i-2\"]}",
	     "ssm:SendCommand "
	     "arn:aws:ec2:us-east-1:*:instance/i-2,arn:aws:ssm:us-east-1:*:document/"
	     "mine,arn:aws:ssm:us-east-1:*:managed-instance/mi-1"),
	JSON("ssm", "AmazonSSM.StartAutomationExecution",
	     "{\"DocumentName\":\"d\",\"Parameters\":{\"AutomationAssumeRole\":[\"arn:aws:iam::"
	     "123456789012:role/r\"]}}",
	     "ssm:StartAutomationExecution "
	     "arn:aws:ssm:us-east-1:*:automation-definition/"
	     "d:*,arn:aws:ssm:us-east-1:*:automation-execution/"
	     "*,arn:aws:ssm:us-east-1:*:document/d\niam:PassRole "
	     "arn:aws:iam::123456789012:role/r | StringEquals "
	     "iam:PassedToService=ssm.amazonaws.com"),
	JSON("states", "AWSStepFunctions.TestState",
	     "{\"definition\":\"{}\",\"roleArn\":\"arn:aws:iam::123456789012:role/r\"}",
	     "states:TestState *\niam:PassRole arn:aws:iam::123456789012:role/r | StringEquals "
	     "iam:PassedToService=states.amazonaws.com"),
	JSON("states", "AWSStepFunctions.ListExecutions",
	     "{\"stateMachineArn\":\"arn:aws:states:us-east-1:123456789012:stateMachine:m\"}",
	     "states:ListExecutions arn:aws:states:us-east-1:123456789012:stateMachine:m"),
	JSON("states", "AWSStepFunctions.CreateStateMachineAlias",
	     "{\"name\":\"a\",\"routingConfiguration\":[{\"stateMachineVersionArn\":\"arn:aws:"
	     "states:us-east-1:123456789012:stateMachine:m:1\",\"weight\":100}]}",
	     "states:CreateStateMachineAlias arn:aws:states:us-east-1:123456789012:stateMachine:m"),
	REST("apigateway", "PUT", "/restapis/a/resources/r/methods/GET/integration",
	     "{\"type\":\"AWS\",\"credentials\":\"arn:aws:iam::123456789012:role/r\"}",
	     "apigateway:PUT "
	     "arn:aws:apigateway:us-east-1::/restapis/a/resources/r/methods/GET/"
	     "integration\niam:PassRole arn:aws:iam::123456789012:role/r | StringEquals "
	     "iam:PassedToService=apigateway.amazonaws.com"),
	FORM("sns",
	     "Action=Publish&Version=2010-03-31&TargetArn=arn%3Aaws%3Asns%3Aus-east-1%"
	     "3A123456789012%3Aendpoint%2FGCM%2Fa%2Fb",
	     "sns:Publish "
	     "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/a/b\n?kms:GenerateDataKey "
	     "arn:aws:kms:us-east-1:*:key/* | StringEquals "
	     "kms:ViaService=sns.us-east-1.amazonaws.com\n?kms:Decrypt "
	     "arn:aws:kms:us-east-1:*:key/* | StringEquals "
	     "kms:ViaService=sns.us-east-1.amazonaws.com"),
	JSON("sqs", "AmazonSQS.GetQueueUrl",
	     "{\"QueueName\":\"q\",\"QueueOwnerAWSAccountId\":\"111122223333\"}",
	     "sqs:GetQueueUrl arn:aws:sqs:us-east-1:111122223333:q"),
	JSON("kinesis", "Kinesis_20131202.DescribeStreamConsumer",
	     "{\"StreamARN\":\"arn:aws:kinesis:us-east-1:123456789012:stream/"
	     "s\",\"ConsumerName\":\"c\"}",
	     "kinesis:DescribeStreamConsumer "
	     "arn:aws:kinesis:us-east-1:123456789012:stream/s/consumer/c:*"),
	FORM("iam", "Action=DeleteServiceLinkedRole&Version=2010-05-08&RoleName=AWSServiceRoleForX",
	     "iam:DeleteServiceLinkedRole "
	     "arn:aws:iam::*:role/aws-service-role/*/AWSServiceRoleForX"),
	FORM("iam",
	     "Action=CreateOpenIDConnectProvider&Version=2010-05-08&Url=https%3A%2F%2Fa.example%"
	     "2Fid",
	     "iam:CreateOpenIDConnectProvider arn:aws:iam::*:oidc-provider/a.example/id"),
	JSON("organizations", "AWSOrganizationsV20161128.MoveAccount",
	     "{\"AccountId\":\"111122223333\",\"SourceParentId\":\"r-abcd\","
	     "\"DestinationParentId\":\"ou-abcd-1\"}",
	     "organizations:MoveAccount "
	     "arn:aws:organizations::*:account/o-*/111122223333,arn:aws:organizations::*:ou/o-*/"
	     "ou-abcd-1,arn:aws:organizations::*:root/o-*/r-abcd"),
	JSON("application-autoscaling", "AnyScaleFrontendService.PutScalingPolicy",
	     "{\"ResourceId\":\"service/c/s\",\"PolicyName\":\"p\"}",
	     "application-autoscaling:PutScalingPolicy "
	     "arn:aws:application-autoscaling:us-east-1:*:scalable-target/*\n"
	     "?cloudwatch:DescribeAlarms *\n?cloudwatch:PutMetricAlarm *\n"
	     "?cloudwatch:DeleteAlarms *"),
	JSON("redshift-data", "RedshiftData.ExecuteStatement",
	     "{\"WorkgroupName\":\"w\",\"Database\":\"d\",\"Sql\":\"x\"}",
	     "redshift-data:ExecuteStatement "
	     "arn:aws:redshift-serverless:us-east-1:*:workgroup/"
	     "*\n~redshift-serverless:GetCredentials "
	     "arn:aws:redshift-serverless:us-east-1:*:workgroup/*"),
	FORM("ec2",
	     "Action=CreateNetworkInterface&Version=2016-11-15&SubnetId=subnet-1&SecurityGroupId.1="
	     "sg-1",
	     "ec2:CreateNetworkInterface "
	     "arn:aws:ec2:us-east-1:*:network-interface/*,arn:aws:ec2:us-east-1:*:security-group/"
	     "sg-1,arn:aws:ec2:us-east-1:*:subnet/subnet-1"),
	FORM("ec2", "Action=CreateFlowLogs&Version=2016-11-15&ResourceId.1=vpc-1&ResourceType=VPC",
	     "ec2:CreateFlowLogs "
	     "arn:aws:ec2:us-east-1:*:vpc-flow-log/*,arn:aws:ec2:us-east-1:*:vpc/"
	     "vpc-1\nlogs:CreateLogDelivery *"),
	FORM("ec2", "Action=DeleteKeyPair&Version=2016-11-15&KeyName=k",
	     "ec2:DeleteKeyPair arn:aws:ec2:us-east-1:*:key-pair/k"),
	FORM("ec2",
	     "Action=CreateSnapshot&Version=2016-11-15&VolumeId=vol-1&TagSpecification.1."
	     "ResourceType=snapshot",
	     "ec2:CreateSnapshot "
	     "arn:aws:ec2:us-east-1:*:volume/vol-1,arn:aws:ec2:us-east-1::snapshot/"
	     "*\nec2:CreateTags arn:aws:ec2:us-east-1::snapshot/* | StringEquals "
	     "ec2:CreateAction=CreateSnapshot"),
	REST("backup", "DELETE",
	     "/backup-vaults/v/recovery-points/arn%3Aaws%3Aec2%3Aus-east-1%3A%3Asnapshot%2Fsnap-1",
	     "", "backup:DeleteRecoveryPoint *"),
	REST("codeartifact", "POST", "/v1/authorization-token?domain=d&domain-owner=111122223333",
	     "",
	     "codeartifact:GetAuthorizationToken "
	     "arn:aws:codeartifact:us-east-1:111122223333:domain/d\n"
	     "sts:GetServiceBearerToken * | StringEquals "
	     "sts:AWSServiceName=codeartifact.amazonaws.com"),
	REST("batch", "POST", "/v1/submitjob",
	     "{\"jobName\":\"j\",\"jobQueue\":\"q\",\"jobDefinition\":\"d:1\",\"tags\":{\"a\":"
	     "\"b\"}}",
	     "batch:SubmitJob "
	     "arn:aws:batch:us-east-1:*:job-definition/d:1,arn:aws:batch:us-east-1:*:job-queue/"
	     "q,arn:aws:batch:us-east-1:*:job/*\nbatch:TagResource "
	     "arn:aws:batch:us-east-1:*:job/*"),
	JSON("cognito-identity", "AWSCognitoIdentityService.SetIdentityPoolRoles",
	     "{\"IdentityPoolId\":\"us-east-1:1\",\"Roles\":{\"authenticated\":\"arn:aws:iam::"
	     "123456789012:role/r\"}}",
	     "cognito-identity:SetIdentityPoolRoles *\niam:PassRole "
	     "arn:aws:iam::123456789012:role/r"),
	REST("appsync", "DELETE", "/v1/apis/a1", "",
	     "appsync:DeleteGraphqlApi arn:aws:appsync:us-east-1:*:apis/a1"),
	REST("ses", "POST", "/v2/email/identities", "{\"EmailIdentity\":\"example.com\"}",
	     "ses:CreateEmailIdentity arn:aws:ses:us-east-1:*:identity/example.com"),

	FORM("elasticache",
	     "Action=CreateCacheCluster&Version=2015-02-02&CacheClusterId=c"
	     "&CacheParameterGroupName=p&CacheSubnetGroupName=n&Tags.Tag.1.Key=a",
	     "elasticache:CreateCacheCluster arn:aws:elasticache:us-east-1:*:cluster:c,"
	     "arn:aws:elasticache:us-east-1:*:parametergroup:p,"
	     "arn:aws:elasticache:us-east-1:*:subnetgroup:n\n"
	     "elasticache:AddTagsToResource arn:aws:elasticache:us-east-1:*:cluster:c"),
	REST("resource-groups", "POST", "/list-group-resources", "{\"Group\":\"g\"}",
	     "resource-groups:ListGroupResources arn:aws:resource-groups:us-east-1:*:group/g\n"
	     "~cloudformation:DescribeStacks arn:aws:cloudformation:us-east-1:*:stack/*/*\n"
	     "~cloudformation:ListStackResources arn:aws:cloudformation:us-east-1:*:stack/*/*\n"
	     "~tag:GetResources *"),
	REST("braket", "POST", "/quantum-task",
	     "{\"deviceArn\":\"arn:aws:braket:::device/qpu/maker/name\"}",
	     "braket:CreateQuantumTask arn:aws:braket:::device/qpu/maker/name,"
	     "arn:aws:braket:us-east-1:*:quantum-task/*"),

	/* --- data planes that no API model describes --- */
	AT("API Gateway", "execute-api", "GET", "a1b2.execute-api.us-east-1.amazonaws.com",
	   "/prod/pets?x=1",
	   "execute-api:Invoke arn:aws:execute-api:us-east-1:*:a1b2/$default/GET/prod/pets,"
	   "arn:aws:execute-api:us-east-1:*:a1b2/prod/GET/pets"),
	AT("OpenSearch domain", "es", "POST",
	   "search-logs-abcdefghij1234567890ab.us-east-1.es.amazonaws.com", "/i/_search",
	   "es:ESHttpPost arn:aws:es:us-east-1:*:domain/logs/i/_search"),
	AT("Lambda function URL", "lambda", "POST", "abcdef.lambda-url.us-east-1.on.aws", "/x",
	   "lambda:InvokeFunctionUrl arn:aws:lambda:us-east-1:*:function:*"),
	AT("an API at a domain of one's own", "execute-api", "GET", "api.example.com", "/pets/1",
	   "execute-api:Invoke arn:aws:execute-api:us-east-1:*:*/*/GET/*"),
	AT("git fetch", "codecommit", "POST", "git-codecommit.us-east-1.amazonaws.com",
	   "/v1/repos/R/git-upload-pack", "codecommit:GitPull arn:aws:codecommit:us-east-1:*:R"),
	AT("git push", "codecommit", "GET", "git-codecommit.us-east-1.amazonaws.com",
	   "/v1/repos/R/info/refs?service=git-receive-pack",
	   "codecommit:GitPush arn:aws:codecommit:us-east-1:*:R"),
	AT("docker pull", "ecr", "GET", REGISTRY, "/v2/a/b/manifests/latest",
	   "ecr:BatchGetImage " REPOSITORY),
	AT("docker pull, a layer", "ecr", "GET", REGISTRY, "/v2/a/b/blobs/sha256:00",
	   "ecr:GetDownloadUrlForLayer " REPOSITORY),
	AT("docker push, is it there", "ecr", "HEAD", REGISTRY, "/v2/a/b/blobs/sha256:00",
	   "ecr:BatchCheckLayerAvailability " REPOSITORY),
	AT("docker push, start", "ecr", "POST", REGISTRY, "/v2/a/b/blobs/uploads/",
	   "ecr:InitiateLayerUpload " REPOSITORY),
	AT("docker push, a part", "ecr", "PATCH", REGISTRY, "/v2/a/b/blobs/uploads/u",
	   "ecr:UploadLayerPart " REPOSITORY),
	AT("docker push, end", "ecr", "PUT", REGISTRY, "/v2/a/b/blobs/uploads/u?digest=x",
	   "ecr:CompleteLayerUpload " REPOSITORY),
	AT("docker push", "ecr", "PUT", REGISTRY, "/v2/a/b/manifests/latest",
	   "ecr:PutImage " REPOSITORY),
	AT("docker login", "ecr", "GET", REGISTRY, "/v2/", ""),
	AT("npm install", "codeartifact", "GET",
	   "d-o-m-123456789012.d.codeartifact.us-east-1.amazonaws.com", "/npm/r/lodash",
	   "codeartifact:ReadFromRepository "
	   "arn:aws:codeartifact:us-east-1:123456789012:repository/d-o-m/r"),
	AT("npm publish", "codeartifact", "PUT",
	   "dom-123456789012.d.codeartifact.us-east-1.amazonaws.com", "/npm/r/mine",
	   "codeartifact:PublishPackageVersion "
	   "arn:aws:codeartifact:us-east-1:123456789012:package/dom/r/npm/*/*"),
	AT("CodeArtifact's own API", "codeartifact", "GET", "codeartifact.us-east-1.amazonaws.com",
	   "/v1/domain?domain=dom",
	   "codeartifact:DescribeDomain arn:aws:codeartifact:us-east-1:*:domain/dom"),
	AT("MQTT over WebSocket", "iotdevicegateway", "GET", "a1-ats.iot.us-east-1.amazonaws.com",
	   "/mqtt",
	   "iot:Connect arn:aws:iot:us-east-1:*:client/*\n"
	   "?iot:Publish arn:aws:iot:us-east-1:*:topic/*\n"
	   "?iot:Subscribe arn:aws:iot:us-east-1:*:topicfilter/*\n"
	   "?iot:Receive arn:aws:iot:us-east-1:*:topic/*"),
	AT("openCypher", "neptune-db", "POST", "c.cluster-a.us-east-1.neptune.amazonaws.com:8182",
	   "/openCypher",
	   "neptune-db:ReadDataViaQuery arn:aws:neptune-db:us-east-1:*:*/*\n"
	   "?neptune-db:WriteDataViaQuery arn:aws:neptune-db:us-east-1:*:*/*\n"
	   "?neptune-db:DeleteDataViaQuery arn:aws:neptune-db:us-east-1:*:*/*"),
	AT("a presigned speech", "polly", "GET", "polly.us-east-1.amazonaws.com",
	   "/v1/speech?Text=x", "polly:SynthesizeSpeech *"),

	/* --- names that say more than they seem to --- */
	AT("a bucket in capitals in the host", "s3", "GET", "B.S3.amazonaws.com", "/K",
	   "s3:GetObject arn:aws:s3:::b/K"),
	REST("ses", "POST", "/v2/email/outbound-emails",
	     "{\"FromEmailAddress\":\"A. B. <a+c@example.com>\",\"Content\":{}}",
	     "ses:SendEmail arn:aws:ses:us-east-1:*:identity/a+c@example.com,"
	     "arn:aws:ses:us-east-1:*:identity/example.com"),
	JSON("wafv2", "AWSWAF_20190729.GetWebACL",
	     "{\"Name\":\"n\",\"Scope\":\"REGIONAL\",\"Id\":\"i\"}",
	     "wafv2:GetWebACL arn:aws:wafv2:us-east-1:*:regional/webacl/n/i"),
	JSON("wafv2", "AWSWAF_20190729.GetWebACL",
	     "{\"Name\":\"n\",\"Scope\":\"CLOUDFRONT\",\"Id\":\"i\"}",
	     "wafv2:GetWebACL arn:aws:wafv2:us-east-1:*:global/webacl/n/i"),
	JSON("athena", "AmazonAthena.ListQueryExecutions", "{}",
	     "athena:ListQueryExecutions arn:aws:athena:us-east-1:*:workgroup/primary"),
	JSON("kinesis", "Kinesis_20131202.TagResource",
	     "{\"ResourceARN\":\"arn:aws:kinesis:us-east-1:123456789012:stream/s\"}",
	     "kinesis:TagResource arn:aws:kinesis:us-east-1:123456789012:stream/s"),

	FORM("rds",
	     "Action=CopyDBSnapshot&Version=2014-10-31&SourceDBSnapshotIdentifier=arn%3Aaws%3Ards"
	     "%3Aus-east-1%3A111122223333%3Asnapshot%3As&TargetDBSnapshotIdentifier=t"
	     "&Tags.Tag.1.Key=k",
	     "rds:CopyDBSnapshot arn:aws:rds:us-east-1:*:snapshot:t,"
	     "arn:aws:rds:us-east-1:111122223333:snapshot:s\n"
	     "rds:AddTagsToResource arn:aws:rds:us-east-1:*:snapshot:t"),
	FORM("ec2",
	     "Action=CreateImage&Version=2016-11-15&InstanceId=i-1&Name=n"
	     "&TagSpecification.1.ResourceType=image&TagSpecification.1.Tag.1.Key=k",
	     "ec2:CreateImage " EC2 "instance/i-1,arn:aws:ec2:us-east-1::image/*,"
	     "arn:aws:ec2:us-east-1::snapshot/*\n"
	     "ec2:CreateTags arn:aws:ec2:us-east-1::image/* | StringEquals "
	     "ec2:CreateAction=CreateImage"),
	FORM("iam",
	     "Action=CreateServiceLinkedRole&Version=2010-05-08&AWSServiceName=ecs.amazonaws.com",
	     "iam:CreateServiceLinkedRole "
	     "arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/*"),
	JSON("organizations", "AWSOrganizationsV20161128.AttachPolicy",
	     "{\"PolicyId\":\"p-12345678\",\"TargetId\":\"ou-1\"}",
	     "organizations:AttachPolicy arn:aws:organizations::*:ou/o-*/ou-1,"
	     "arn:aws:organizations::*:policy/o-*/*/p-12345678"),
	JSON("ssm", "AmazonSSM.GetParametersByPath", "{\"Path\":\"/\"}",
	     "ssm:GetParametersByPath arn:aws:ssm:us-east-1:*:parameter/*"),
	JSON("states", "AWSStepFunctions.DescribeExecution",
	     "{\"executionArn\":\"arn:aws:states:us-east-1:123456789012:execution:m:e\"}",
	     "states:DescribeExecution arn:aws:states:us-east-1:123456789012:execution:m:e"),
	JSON("sqs", "AmazonSQS.StartMessageMoveTask",
	     "{\"SourceArn\":\"" SQS "\",\"DestinationArn\":\"" SQS "2\"}",
	     "sqs:StartMessageMoveTask " SQS "\nsqs:ReceiveMessage " SQS "\nsqs:DeleteMessage " SQS
	     "\nsqs:GetQueueAttributes " SQS "\nsqs:SendMessage " SQS "2"),
	REST("appsync", "POST", "/v1/apis/a/datasources",
	     "{\"name\":\"d\",\"type\":\"AMAZON_DYNAMODB\",\"serviceRoleArn\":\"" ROLE "\"}",
	     "appsync:CreateDataSource *\n" PASS("appsync.amazonaws.com")),
	JSON("swf", "SimpleWorkflowService.StartWorkflowExecution",
	     "{\"domain\":\"d\",\"workflowId\":\"w\",\"lambdaRole\":\"" ROLE "\"}",
	     "swf:StartWorkflowExecution arn:aws:swf::*:/domain/d\n" PASS("swf.amazonaws.com")),

	/* --- names that are not the ids of ARNs, and ARNs that are the resource itself --- */
	JSON("lightsail", "Lightsail_20161128.DeleteInstance", "{\"instanceName\":\"n\"}",
	     "lightsail:DeleteInstance arn:aws:lightsail:us-east-1:*:Instance/*"),
	JSON("config", "StarlingDoveService.DeleteConfigRule", "{\"ConfigRuleName\":\"n\"}",
	     "config:DeleteConfigRule arn:aws:config:us-east-1:*:config-rule/*"),
	FORM("rds", "Action=DeleteDBProxy&Version=2014-10-31&DBProxyName=n",
	     "rds:DeleteDBProxy arn:aws:rds:us-east-1:*:db-proxy:*"),
	REST("databrew", "GET", "/datasets/d", NULL,
	     "databrew:DescribeDataset arn:aws:databrew:us-east-1:*:dataset/d"),
	REST("quicksight", "GET", "/accounts/123456789012/namespaces/default/users/u", NULL,
	     "quicksight:DescribeUser arn:aws:quicksight:us-east-1:123456789012:user/default/u"),
	REST("kafka", "PUT",
	     "/v1/clusters/arn%3Aaws%3Akafka%3Aus-east-1%3A123456789012%3Acluster%2Fdemo%2Fu-1/"
	     "reboot-broker",
	     "{}", "kafka:RebootBroker arn:aws:kafka:us-east-1:123456789012:cluster/demo/u-1"),
	/* --- objects that a service reads or writes for the caller --- */
	JSON("rekognition", "RekognitionService.DetectLabels",
	     "{\"Image\":{\"S3Object\":{\"Bucket\":\"b\",\"Name\":\"k\"}}}",
	     "rekognition:DetectLabels *\n~s3:GetObject " OBJ),
	JSON("textract", "Textract.StartDocumentTextDetection",
	     "{\"DocumentLocation\":{\"S3Object\":{\"Bucket\":\"b\",\"Name\":\"k\"}}}",
	     "textract:StartDocumentTextDetection *\n~s3:GetObject " OBJ),
	JSON("transcribe", "Transcribe.StartTranscriptionJob",
	     "{\"TranscriptionJobName\":\"j\",\"Media\":{\"MediaFileUri\":\"s3://b/k\"}}",
	     "transcribe:StartTranscriptionJob *\n~s3:GetObject " OBJ),
	REST("lambda", "PUT", "/2015-03-31/functions/f/code",
	     "{\"S3Bucket\":\"b\",\"S3Key\":\"k\"}",
	     "lambda:UpdateFunctionCode " FN "\n~s3:GetObject " OBJ),
};

static void test_unsigned(void **state)
{
	struct lp_request req = {.method = LP_SPAN("GET"),
				 .host = LP_SPAN("b.s3.amazonaws.com"),
				 .target = LP_SPAN("/k"),
				 .tls = true};
	struct lp_classified cls;
	struct lp_authz authz;
	struct lp_arena arena;

	(void)state;
	lp_arena_init(&arena, 1 << 16);
	assert_int_equal(lp_classify(&req, &cls), LP_CLASSIFY_OK);
	assert_int_equal(lp_authorize(&req, &cls, NULL, &arena, &authz), 0);
	assert_true(authz.no_permission);
	assert_int_equal(authz.n_grants, 0);
	lp_arena_fini(&arena);
}

/* Possible, never granted; not where the operation's rows decide by the request (kms:DescribeKey).
 */
static void test_dependents(void **state)
{
	static const struct wanted w = FORM(
		"rds", "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=d", "");
	struct lp_header headers[HEADERS_MAX + 1];
	struct lp_request req = {.method = LP_SPAN("POST"),
				 .host = lp_span_str(w.host),
				 .target = LP_SPAN("/"),
				 .headers = headers,
				 .body = lp_span_str(w.body),
				 .tls = true};
	struct lp_arena arena;
	struct lp_classified cls;
	struct lp_authz authz;
	size_t n = 0, keys = 0;

	(void)state;
	lp_arena_init(&arena, 1 << 18);
	req.n_headers = parse_headers(w.headers, headers, HEADERS_MAX);
	headers[req.n_headers++] = (struct lp_header){
		LP_SPAN("Authorization"),
		LP_SPAN("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/rds/"
			"aws4_request, SignedHeaders=host, Signature=0")};
	assert_int_equal(lp_classify(&req, &cls), LP_CLASSIFY_OK);
	assert_int_equal(lp_authorize(&req, &cls, NULL, &arena, &authz), 0);
	assert_string_equal(authz.grants[0].action, "rds:CreateDBInstance");
	for (size_t i = 0; i < authz.n_grants; i++) {
		const struct lp_grant *g = &authz.grants[i];

		assert_string_not_equal(g->action, "kms:DescribeKey");
		if (!is_listed(g))
			continue;
		n++;
		assert_int_equal(g->flags, LP_GRANT_POSSIBLE);
		assert_true(strstr(g->reason, "rds:CreateDBInstance"));
		if (strcmp(g->action, "kms:Decrypt") != 0)
			continue;
		keys++;
		assert_int_equal(g->n_resources, 1);
		assert_string_equal(g->resources[0], "arn:aws:kms:us-east-1:*:key/*");
	}
	assert_true(n >= 2);
	assert_int_equal(keys, 1);
	lp_arena_fini(&arena);
}

/* Presigned URLs carry headers as parameters; registries take tokens for a signature. */
static void test_without_header(void **state)
{
	static const struct {
		const char *method, *host, *target, *authorization, *needs;
	} shapes[] = {
		{"PUT", "b.s3.us-east-1.amazonaws.com",
		 "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%"
		 "2F20260102"
		 "%2Fus-east-1%2Fs3%2Faws4_request&x-amz-acl=public-read&X-Amz-Tagging=a%3Db"
		 "&X-Amz-Signature=0",
		 NULL, "s3:PutObject " OBJ "\ns3:PutObjectTagging " OBJ "\ns3:PutObjectAcl " OBJ},
		{"PUT", "b.s3.us-east-1.amazonaws.com",
		 "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%"
		 "2F20260102"
		 "%2Fus-east-1%2Fs3%2Faws4_request&x-amz-copy-source=src%2Fo&X-Amz-Signature=0",
		 NULL,
		 "s3:PutObject " OBJ "\ns3:GetObject arn:aws:s3:::src/o\n?s3:GetObjectTagging "
		 "arn:aws:s3:::src/o\n?s3:PutObjectTagging " OBJ},
		{"GET", REGISTRY, "/v2/a/b/manifests/1", "Basic", "ecr:BatchGetImage " REPOSITORY},
		{"GET", "git-codecommit.us-east-1.amazonaws.com",
		 "/v1/repos/R/info/refs?service=git-upload-pack", "Basic QTpC",
		 "codecommit:GitPull arn:aws:codecommit:us-east-1:*:R"},
		{"GET", "dom-123456789012.d.codeartifact.us-east-1.amazonaws.com", "/npm/r/x",
		 "Bearer x",
		 "codeartifact:ReadFromRepository "
		 "arn:aws:codeartifact:us-east-1:123456789012:repository/dom/r"},
		{"GET", "b.s3.us-east-1.amazonaws.com", "/k?x-amz-acl=public-read", "Bearer x", ""},
		{"GET", REGISTRY, "/v2/a/b/manifests/1", NULL, ""},
	};
	struct lp_arena arena;
	char got[4096];

	(void)state;
	lp_arena_init(&arena, 1 << 18);
	for (size_t i = 0; i < LP_ARRAY_LEN(shapes); i++) {
		struct lp_header h = {LP_SPAN("Authorization"),
				      lp_span_str(shapes[i].authorization)};
		struct lp_request req = {.method = lp_span_str(shapes[i].method),
					 .host = lp_span_str(shapes[i].host),
					 .target = lp_span_str(shapes[i].target),
					 .headers = &h,
					 .n_headers = shapes[i].authorization ? 1 : 0,
					 .tls = true};
		struct lp_classified cls;
		struct lp_authz authz;

		assert_int_equal(lp_classify(&req, &cls), LP_CLASSIFY_OK);
		assert_int_equal(lp_authorize(&req, &cls, NULL, &arena, &authz), 0);
		describe(&authz, got, sizeof(got));
		assert_string_equal(got, shapes[i].needs);
	}
	lp_arena_fini(&arena);
}

static void test_conditions(void **state)
{
	static const struct wanted asked[] = {
		S3("a listing", "GET", "/?list-type=2&prefix=a%2Fb%2A", "",
		   "s3:ListBucket " BKT " | StringEquals s3:prefix=a/b${*} | StringEquals "
		   "aws:RequestedRegion=us-east-1"),
		S3("all of a bucket", "GET", "/?list-type=2", "",
		   "s3:ListBucket " BKT " | StringEquals aws:RequestedRegion=us-east-1"),
		JSON("dynamodb", "DynamoDB_20120810.DeleteItem",
		     "{\"TableName\":\"t\",\"Key\":{\"id\":{\"S\":\"x\"}}}",
		     "dynamodb:DeleteItem " DDB "t | ForAllValues:StringEquals "
		     "dynamodb:LeadingKeys=x" DKMS),
		JSON("dynamodb", "DynamoDB_20120810.DeleteItem",
		     "{\"TableName\":\"t\",\"Key\":{\"id\":{\"S\":\"x\"},\"n\":{\"N\":\"1\"}}}",
		     "dynamodb:DeleteItem " DDB "t" DKMS),
		JSON("dynamodb", "DynamoDB_20120810.Query",
		     "{\"TableName\":\"t\",\"ExpressionAttributeValues\":{\":v\":{\"S\":\"x\"}}}",
		     "dynamodb:Query " DDB
		     "t | ForAllValues:StringEquals dynamodb:LeadingKeys=x" DKMS),
		JSON("dynamodb", "DynamoDB_20120810.Query",
		     "{\"TableName\":\"t\",\"FilterExpression\":\"f\","
		     "\"ExpressionAttributeValues\":{\":v\":{\"S\":\"x\"}}}",
		     "dynamodb:Query " DDB "t" DKMS),
		FORM("ec2", "Action=DescribeVpcs&Version=2016-11-15",
		     "ec2:DescribeVpcs * | StringEquals aws:RequestedRegion=us-east-1"),
		FORM("ec2", "Action=CreateVolume&Version=2016-11-15&VolumeType=gp3&Size=1",
		     "ec2:CreateVolume arn:aws:ec2:us-east-1:*:volume/* | StringEqualsIfExists "
		     "ec2:VolumeType=gp3"),
	};
	struct lp_arena arena;
	char got[4096];

	(void)state;
	lp_authorize_with_conditions(true);
	lp_arena_init(&arena, 1 << 18);
	for (size_t i = 0; i < LP_ARRAY_LEN(asked); i++) {
		assert_int_equal(run(&asked[i], &arena, got, sizeof(got)), 0);
		assert_string_equal(got, asked[i].needs);
	}
	lp_arena_fini(&arena);
	lp_authorize_with_conditions(false);
}

static void test_named(void **state)
{
	struct lp_arena arena;
	struct lp_authz authz;
	lp_op op;

	(void)state;
	lp_arena_init(&arena, 1 << 16);
	assert_int_equal(
		lp_authorize_named(LP_SPAN("S3"), LP_SPAN("HeadObject"), &arena, &op, &authz), 0);
	assert_string_equal(lp_model_operation_name(op), "HeadObject");
	assert_int_equal(authz.n_grants, 1);
	assert_string_equal(authz.grants[0].action, "s3:GetObject");
	assert_string_equal(authz.grants[0].resources[0], "*");
	assert_int_equal(authz.grants[0].flags, LP_GRANT_UNPINNED);
	assert_int_equal(lp_authorize_named(LP_SPAN("STS"), LP_SPAN("GetCallerIdentity"), &arena,
					    &op, &authz),
			 0);
	assert_true(authz.no_permission);
	assert_int_equal(
		lp_authorize_named(LP_SPAN("S3"), LP_SPAN("Nonsense"), &arena, &op, &authz),
		-ENOENT);
	lp_arena_fini(&arena);
}

/* Out of memory is an error of this call, whatever the bound; with enough it is the usual answer.
 */
static void test_no_memory(void **state)
{
	char want[8192], got[8192];
	struct lp_arena arena;
	bool ok = false;

	(void)state;
	for (size_t c = 0; c < LP_ARRAY_LEN(cases); c += 7) {
		lp_arena_init(&arena, 1 << 20);
		assert_int_equal(run(&cases[c], &arena, want, sizeof(want)), 0);
		lp_arena_fini(&arena);
		for (size_t max = 16; max < 1 << 16; max *= 2) {
			int err;

			lp_arena_init(&arena, max);
			err = run(&cases[c], &arena, got, sizeof(got));
			assert_true(err == 0 || err == -ENOMEM);
			if (err == 0) {
				assert_string_equal(got, want);
				ok = true;
			}
			lp_arena_fini(&arena);
		}
	}
	assert_true(ok);
}

static void test_account_of_key(void **state)
{
	char account[13];

	(void)state;
	assert_true(lp_account_of_key(LP_SPAN("ASIAQNZGKIQY56JQ7WML"), account));
	assert_string_equal(account, "029608264753");
	assert_false(lp_account_of_key(LP_SPAN("AKIAIOSFODNN7EXAMPLE"), account));
	assert_false(lp_account_of_key(LP_SPAN("AKIAJ234567890123456"), account));
	assert_false(lp_account_of_key(LP_SPAN("ASIAQNZ"), account));
	assert_false(lp_account_of_key(LP_SPAN("ASIAqnzgkiqy56jq7wml"), account));
	assert_false(lp_account_of_key(lp_span_of(NULL, 0), account));
}

int main(void)
{
	struct case_list all = {cases, LP_ARRAY_LEN(cases)};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_cases, &all),
		cmocka_unit_test(test_unsigned),
		cmocka_unit_test(test_dependents),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_account_of_key),
		cmocka_unit_test(test_without_header),
		cmocka_unit_test(test_conditions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
