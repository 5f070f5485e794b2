/* SPDX-License-Identifier: MIT */
/* lp_classify: hosts, signatures and protocols that tests/e2e/classify_all.t has no client for. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws/classify.h"

#define V4(service, region)                                                                        \
	"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/" region "/" service                     \
	"/aws4_request, SignedHeaders=host, Signature=0"
#define V4A(service)                                                                               \
	"AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20260101/" service                          \
	"/aws4_request, SignedHeaders=host, Signature=0"
#define FORM "application/x-www-form-urlencoded; charset=utf-8"

#define R(w, m, h, t, a)                                                                           \
	.want = (w), .method = (m), .host = (h), .target = (t), .authorization = (a)

/* One request; `want` is "Service id.Operation", or a status in words. */
struct row {
	const char *want;
	const char *method, *host, *target;
	const char *authorization;
	const char *header[2][2]; /* two more headers */
	const char *body;
	const char *labels; /* "Name=value ..." as found, in order */
	const char *region, *partition;
};

static const struct row rows[] = {
	/* --- S3 in all address styles --- */
	{R("S3.GetObject", "GET", "b.s3.eu-west-1.amazonaws.com", "/a/b%20c",
	   V4("s3", "eu-west-1")),
	 .labels = "Bucket=b Key=a/b%20c", .region = "eu-west-1", .partition = "aws"},
	{R("S3.GetObject", "GET", "my.dotted.bucket.s3.amazonaws.com:443", "/k",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=my.dotted.bucket Key=k"},
	{R("S3.GetObject", "GET", "vpce-logs.s3.us-east-1.amazonaws.com", "/k",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=vpce-logs Key=k"},
	{R("S3.GetObject", "GET", "my.fips.s3.us-east-1.amazonaws.com", "/k",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=my.fips Key=k"},
	{R("S3.GetObject", "GET", "s3.amazonaws.com", "/b/k", "Bearer of something else"),
	 .header = {{"Authorization", V4("s3", "eu-west-1")}}, .labels = "Bucket=b Key=k",
	 .region = "eu-west-1"},
	{R("S3.GetObject", "GET", "s3.eu-west-1.amazonaws.com", "/b/k/", V4("s3", "eu-west-1")),
	 .labels = "Bucket=b Key=k/"},
	/* What the control plane has newly is no object in a bucket of that name. */
	{R("unknown operation", "GET", "123456789012.s3-control.eu-west-1.amazonaws.com",
	   "/v20180820/newthing", V4("s3", "eu-west-1"))},
	{R("unknown operation", "POST", "123456789012.s3-control.eu-west-1.amazonaws.com",
	   "/v20180820/newthing/x", V4("s3", "eu-west-1"))},
	{R("S3.GetObject", "GET", "s3-eu-west-1.amazonaws.com", "/b/k", NULL),
	 .labels = "Bucket=b Key=k", .region = "eu-west-1"},
	{R("S3.GetObject", "GET", "b.s3-us-west-2.amazonaws.com", "/k", NULL),
	 .labels = "Bucket=b Key=k", .region = "us-west-2"},
	{R("S3.GetObject", "GET", "b.s3-external-1.amazonaws.com", "/k", V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET", "b.s3.dualstack.us-west-2.amazonaws.com", "/k",
	   V4("s3", "us-west-2")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET", "b.s3-fips.dualstack.us-gov-west-1.amazonaws.com", "/k",
	   V4("s3", "us-gov-west-1")),
	 .labels = "Bucket=b Key=k", .partition = "aws-us-gov"},
	{R("S3.GetObject", "GET", "b.s3.cn-north-1.amazonaws.com.cn", "/k", V4("s3", "cn-north-1")),
	 .labels = "Bucket=b Key=k", .partition = "aws-cn"},
	{R("S3.GetObject", "GET", "b.s3.us-iso-east-1.c2s.ic.gov", "/k", V4("s3", "us-iso-east-1")),
	 .labels = "Bucket=b Key=k", .partition = "aws-iso"},
	{R("S3.GetObject", "GET", "b.s3.us-isob-east-1.sc2s.sgov.gov", "/k",
	   V4("s3", "us-isob-east-1")),
	 .labels = "Bucket=b Key=k", .partition = "aws-iso-b"},
	{R("S3.PutObject", "PUT", "b.s3-accelerate.amazonaws.com", "/k", V4("s3", "us-west-2")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.PutObject", "PUT", "b.s3-accelerate.dualstack.amazonaws.com", "/k",
	   V4("s3", "us-west-2")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET", "ap-1-123456789012.s3-accesspoint.us-west-2.amazonaws.com", "/k",
	   V4("s3", "us-west-2")),
	 .labels = "AccountId=123456789012 AccessPointName=ap-1 Key=k"},
	{R("S3.GetObject", "GET",
	   "ap-123456789012.s3-accesspoint-fips.dualstack.us-gov-east-1.amazonaws.com", "/k",
	   V4("s3", "us-gov-east-1")),
	 .labels = "AccountId=123456789012 AccessPointName=ap Key=k"},
	{R("S3.GetObject", "GET", "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com", "/k",
	   V4A("s3")),
	 .labels = "MultiRegionAccessPoint=mfzwi23gnjvgw.mrap Key=k", .region = ""},
	{R("S3.GetObject", "GET",
	   "ap-123456789012.op-0123456789abcdef0.s3-outposts.us-west-2.amazonaws.com", "/k",
	   V4("s3-outposts", "us-west-2")),
	 .labels =
		 "OutpostId=op-0123456789abcdef0 AccountId=123456789012 AccessPointName=ap Key=k"},
	{R("S3.GetObject", "GET", "ol-123456789012.s3-object-lambda.us-west-2.amazonaws.com", "/k",
	   V4("s3-object-lambda", "us-west-2")),
	 .labels = "AccountId=123456789012 AccessPointName=ol Key=k"},
	{R("S3.WriteGetObjectResponse", "POST",
	   "io-route1.s3-object-lambda.us-west-2.amazonaws.com", "/WriteGetObjectResponse",
	   V4("s3-object-lambda", "us-west-2")),
	 .labels = "RequestRoute=io-route1"},
	{R("S3.GetObject", "GET", "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
	   "/k", V4("s3express", "us-east-1")),
	 .labels = "Bucket=b--use1-az4--x-s3 Key=k"},
	{R("S3.CreateSession", "GET",
	   "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "/?session",
	   V4("s3express", "us-east-1")),
	 .labels = "Bucket=b--use1-az4--x-s3"},
	{R("S3.GetObject", "GET",
	   "b--usw2-az1--x-s3.s3express-fips-usw2-az1.us-west-2.amazonaws.com", "/k",
	   V4("s3express", "us-west-2")),
	 .labels = "Bucket=b--usw2-az1--x-s3 Key=k"},
	{R("CloudSearch Domain.Search", "GET", "search-d-abc.us-east-1.cloudsearch.amazonaws.com",
	   "/2013-01-01/search?q=x", V4("cloudsearch", "us-east-1"))},
	{R("CloudSearch Domain.Suggest", "GET", "search-d-abc.us-east-1.cloudsearch.amazonaws.com",
	   "/2013-01-01/suggest?q=x&suggester=s", V4("cloudsearch", "us-east-1"))},
	{R("CloudSearch Domain.UploadDocuments", "POST",
	   "doc-d-abc.us-east-1.cloudsearch.amazonaws.com", "/2013-01-01/documents/batch",
	   V4("cloudsearch", "us-east-1"))},
	{R("S3.ListDirectoryBuckets", "GET", "s3express-control.us-east-1.amazonaws.com", "/",
	   V4("s3express", "us-east-1"))},
	{R("S3.CreateBucket", "PUT", "s3express-control.us-east-1.amazonaws.com",
	   "/b--use1-az4--x-s3", V4("s3express", "us-east-1")),
	 .labels = "Bucket=b--use1-az4--x-s3"},
	{R("S3.GetObject", "GET", "127.0.0.1:5000",
	   "/b/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=c2ln&Expires=1766491200", NULL),
	 .labels = "Bucket=b Key=k"},
	{R("S3.ListObjectsV2", "GET", "b.bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com",
	   "/?list-type=2", V4("s3", "us-east-1")),
	 .labels = "Bucket=b"},
	{R("S3.GetObject", "GET",
	   "bucket.vpce-1a2b3c4d-5e6f-us-east-1a.s3.us-east-1.vpce.amazonaws.com", "/b/k",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET",
	   "ap-123456789012.accesspoint.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com", "/k",
	   V4("s3", "us-east-1")),
	 .labels = "AccountId=123456789012 AccessPointName=ap Key=k"},
	{R("S3 Control.ListJobs", "GET",
	   "123456789012.control.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com",
	   "/v20180820/jobs", V4("s3", "us-east-1")),
	 .header = {{"x-amz-account-id", "123456789012"}}, .labels = "AccountId=123456789012"},
	{R("S3 Control.GetAccessPoint", "GET", "123456789012.s3-control.us-east-1.amazonaws.com",
	   "/v20180820/accesspoint/ap", V4("s3", "us-east-1")),
	 .header = {{"x-amz-account-id", "123456789012"}},
	 .labels = "name=ap AccountId=123456789012"},
	/* an endpoint of one's own */
	{R("S3.GetObject", "GET", "localhost:4566", "/b/k", V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET", "127.0.0.1:9000", "/b/k", V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET", "[::1]:9000", "/b/k", V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET", "b.localhost:4566", "/k", V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET", "events.localhost:4566", "/k", V4("s3", "us-east-1")),
	 .labels = "Bucket=events Key=k"},
	{R("S3.GetObject", "GET", "b.s3.localhost.localstack.cloud:4566", "/k",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET", "b.s3.us-east-1.localhost.localstack.cloud:4566", "/k",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET", "a.b.s3.example.com", "/k", V4("s3", "us-east-1")),
	 .labels = "Bucket=a.b Key=k"},
	{R("S3.GetObject", "GET", "s3.example.com", "/b/k", V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3 Control.GetAccessPoint", "GET", "localhost:4566", "/v20180820/accesspoint/ap",
	   V4("s3", "us-east-1")),
	 .header = {{"x-amz-account-id", "123456789012"}}, .labels = "name=ap"},
	{R("S3.GetObject", "GET", "localhost:4566", "/v20180820/accesspoint/ap",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=v20180820 Key=accesspoint/ap"},
	/* sub-resources and what looks like them */
	{R("S3.ListBuckets", "GET", "s3.us-east-1.amazonaws.com", "/", V4("s3", "us-east-1"))},
	{R("S3.ListBuckets", "GET", "s3.us-east-1.amazonaws.com", "/?x-id=ListBuckets",
	   V4("s3", "us-east-1"))},
	{R("S3.ListObjects", "GET", "s3.us-east-1.amazonaws.com", "/b?prefix=versions&delimiter=/",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b"},
	{R("S3.ListObjectsV2", "GET", "s3.us-east-1.amazonaws.com", "/b/?list-type=2&prefix=acl",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b"},
	{R("S3.ListObjectVersions", "GET", "b.s3.amazonaws.com", "/?prefix=&versions",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b"},
	{R("S3.GetBucketAcl", "GET", "b.s3.amazonaws.com", "/?acl=", V4("s3", "us-east-1")),
	 .labels = "Bucket=b"},
	{R("S3.CopyObject", "PUT", "b.s3.amazonaws.com", "/k?x-id=CopyObject",
	   V4("s3", "us-east-1")),
	 .header = {{"X-Amz-Copy-Source", "/src/key"}}, .labels = "Bucket=b Key=k"},
	{R("S3.UploadPartCopy", "PUT", "b.s3.amazonaws.com", "/k?partNumber=1&uploadId=u",
	   V4("s3", "us-east-1")),
	 .header = {{"x-amz-copy-source", "src/key"}}, .labels = "Bucket=b Key=k"},
	{R("S3.UploadPart", "PUT", "b.s3.amazonaws.com", "/k?uploadId=u&partNumber=1",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.PutBucketLifecycleConfiguration", "PUT", "b.s3.amazonaws.com", "/?lifecycle",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b"},
	{R("S3.GetBucketAnalyticsConfiguration", "GET", "b.s3.amazonaws.com", "/?id=1&analytics",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b"},
	{R("S3.ListBucketAnalyticsConfigurations", "GET", "b.s3.amazonaws.com", "/?analytics",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b"},
	{R("S3.GetObject", "GET", "b.s3.amazonaws.com", "//double//slash/", V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=/double//slash/"},
	{R("S3.GetObject", "GET", "proxy", "http://b.s3.amazonaws.com/k?versionId=1",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	/* An encoded slash ends a bucket's name, too: it holds none. Not an ARN's. */
	{R("S3.GetObject", "GET", "s3.us-east-1.amazonaws.com", "/b%2Fk", V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.PutObject", "PUT", "s3.us-east-1.amazonaws.com", "/b%2fdir%2Fe/k",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=dir%2Fe/k"},
	{R("S3.ListObjects", "GET", "s3.us-east-1.amazonaws.com", "/b%2F", V4("s3", "us-east-1")),
	 .labels = "Bucket=b"},
	{R("S3.GetObject", "GET", "b.s3.us-east-1.amazonaws.com", "/a%2Fk", V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=a%2Fk"},
	{R("S3.ListObjects", "GET", "s3.us-east-1.amazonaws.com",
	   "/arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint%2Fa", V4("s3", "us-east-1")),
	 .labels = "Bucket=arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint%2Fa"},
	{R("S3.GetObjectTagging", "GET", "b.s3.amazonaws.com", "/k?%74agging",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b Key=k"},
	{R("S3.ListObjectsV2", "GET", "b.s3.amazonaws.com", "/?list%2Dtype=2",
	   V4("s3", "us-east-1")),
	 .labels = "Bucket=b"},
	/* --- signatures --- */
	{R("S3.GetObject", "GET", "b.s3.amazonaws.com",
	   "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260101%2Feu-west-"
	   "1%2Fs3"
	   "%2Faws4_request&X-Amz-Signature=0",
	   NULL),
	 .labels = "Bucket=b Key=k", .region = "eu-west-1"},
	{R("S3.GetObject", "GET", "localhost:9000", "/b/k", "AWS AKIDEXAMPLE:c2lnbmF0dXJl"),
	 .labels = "Bucket=b Key=k"},
	{R("S3.GetObject", "GET", "b.s3.amazonaws.com",
	   "/k?AWSAccessKeyId=AKIDEXAMPLE&Expires=1&Signature=x", NULL),
	 .labels = "Bucket=b Key=k"},
	{R("EMR.ListClusters", "GET", "elasticmapreduce.us-east-1.amazonaws.com",
	   "/?Action=ListClusters&Version=2009-03-31", V4("elasticmapreduce", "us-east-1"))},
	/* Version 3, and a version of the API that no model has */
	{R("Route 53.ListHostedZones", "GET", "route53.amazonaws.com", "/2013-04-01/hostedzone",
	   NULL),
	 .header = {{"X-Amzn-Authorization",
		     "AWS3-HTTPS AWSAccessKeyId=AKIDEXAMPLE,Algorithm=HmacSHA1,Signature=x"}}},
	{R("Route 53.ChangeResourceRecordSets", "POST", "route53.amazonaws.com",
	   "/2012-02-29/hostedzone/Z1/rrset", NULL),
	 .header = {{"X-Amzn-Authorization", "AWS3-HTTPS AWSAccessKeyId=AKIDEXAMPLE,Signature=x"}},
	 .labels = "Id=Z1"},
	{R("CloudFront.GetDistribution", "GET", "cloudfront.amazonaws.com",
	   "/2010-11-01/distribution/E1", V4("cloudfront", "us-east-1")),
	 .labels = "Id=E1"},
	{R("unknown operation", "GET", "cloudfront.amazonaws.com", "/2010-11-1/distribution/E1",
	   V4("cloudfront", "us-east-1"))},
	{R("unknown operation", "GET", "cloudfront.amazonaws.com", "/2010-11-01",
	   V4("cloudfront", "us-east-1"))},
	{R("SimpleDB.Select", "POST", "sdb.amazonaws.com", "/", NULL),
	 .header = {{"Content-Type", FORM}},
	 .body = "AWSAccessKeyId=AKIDEXAMPLE&Action=Select&SelectExpression=select&"
		 "SignatureVersion=2&"
		 "Signature=x&Version=2009-04-15",
	 .labels = ""},
	{R("STS.GetCallerIdentity", "GET", "sts.us-east-1.amazonaws.com",
	   "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-"
	   "Credential="
	   "AKIDEXAMPLE%2F20260101%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Signature=0",
	   NULL)},
	/* --- protocols --- */
	{R("SQS.SendMessage", "POST", "sqs.us-east-1.amazonaws.com", "/123456789012/q",
	   V4("sqs", "us-east-1")),
	 .header = {{"Content-Type", FORM}},
	 .body = "MessageBody=Action%3DNo&Action=SendMessage&Version=2012-11-05"},
	{R("SQS.SendMessage", "POST", "sqs.us-east-1.amazonaws.com", "/1/q",
	   V4("sqs", "us-east-1")),
	 .header = {{"Content-Type", FORM}},
	 .body = "MessageBody=x&%41ctio%6e=SendMessage&Version=2012-11-05"},
	{R("SQS.SendMessage", "POST", "us-west-2.queue.amazonaws.com", "/1/q",
	   V4("sqs", "us-west-2")),
	 .header = {{"Content-Type", FORM}}, .body = "Action=SendMessage&Version=2012-11-05",
	 .region = "us-west-2"},
	/* forms whose type nobody said, and names of which any character may be encoded */
	{R("SNS.Publish", "POST", "sns.us-east-1.amazonaws.com", "/", V4("sns", "us-east-1")),
	 .body = "TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A1%3At&Action=Publish&Message=Action%3DNo"},
	{R("SQS.SendMessage", "POST", "sqs.us-east-1.amazonaws.com", "/1/q",
	   V4("sqs", "us-east-1")),
	 .header = {{"Content-Type", "text/plain"}},
	 .body = "Version=2012-11-05&Action=SendMessage&MessageBody=b"},
	{R("IAM.GetUser", "POST", "iam.amazonaws.com", "/", V4("iam", "us-east-1")),
	 .header = {{"Content-Type", FORM}}, .body = "Action=%47et%55ser&Version=2010-05-08"},
	{R("STS.AssumeRole", "GET", "sts.amazonaws.com",
	   "/?Version=2011%2d06%2D15&Action=Assum%65Rol%65", V4("sts", "us-east-1"))},
	{R("Elastic Load Balancing v2.DescribeLoadBalancers", "POST", "localhost",
	   "/?Version=2015%2D12-01", V4("elasticloadbalancing", "us-east-1")),
	 .body = "Action=Describe%4coadBalancers"},
	{R("unknown operation", "POST", "iam.amazonaws.com", "/", V4("iam", "us-east-1")),
	 .body = "Action=Get%ZZser&Version=2010-05-08"},
	{R("S3.PutObject", "PUT", "b.s3.amazonaws.com", "/k", V4("s3", "us-east-1")),
	 .body = "Action=DeleteObject&Version=2006-03-01"},
	{R("SQS.SendMessage", "POST", "localhost", "/", V4("sqs", "us-east-1")),
	 .header = {{"x-amz-target", "AmazonSQS.SendMessage"}}, .body = "{}"},
	/* a form that cannot be read is that of the one operation which SDKs compress */
	{R("CloudWatch.PutMetricData", "POST", "monitoring.us-east-1.amazonaws.com", "/",
	   V4("monitoring", "us-east-1")),
	 .header = {{"Content-Type", FORM}, {"Content-Encoding", "gzip"}}},
	{R("unknown operation", "POST", "monitoring.us-east-1.amazonaws.com", "/",
	   V4("monitoring", "us-east-1")),
	 .header = {{"Content-Type", FORM}}},
	{R("SQS.ReceiveMessage", "GET", "sqs.us-east-1.amazonaws.com",
	   "/1/q?Version=2012-11-05&Action=ReceiveMessage", V4("sqs", "us-east-1"))},
	{R("Elastic Load Balancing.DescribeLoadBalancers", "POST", "localhost", "/",
	   V4("elasticloadbalancing", "us-east-1")),
	 .header = {{"Content-Type", FORM}},
	 .body = "Action=DescribeLoadBalancers&Version=2012-06-01"},
	{R("Elastic Load Balancing v2.DescribeLoadBalancers", "POST", "localhost", "/",
	   V4("elasticloadbalancing", "us-east-1")),
	 .header = {{"Content-Type", FORM}},
	 .body = "Version=2015-12-01&Action=DescribeLoadBalancers"},
	{R("RDS.DescribeDBInstances", "POST", "rds.us-east-1.amazonaws.com", "/",
	   V4("rds", "us-east-1")),
	 .header = {{"Content-Type", FORM}},
	 .body = "Action=DescribeDBInstances&Version=2014-10-31"},
	{R("CloudWatch.PutMetricData", "POST", "monitoring.us-east-1.amazonaws.com",
	   "/service/GraniteServiceVersion20100801/operation/PutMetricData",
	   V4("monitoring", "us-east-1")),
	 .header = {{"smithy-protocol", "rpc-v2-cbor"}, {"Content-Type", "application/cbor"}},
	 .body = "\xbf\xff"},
	{R("CloudWatch.PutMetricData", "POST", "monitoring.us-east-1.amazonaws.com", "/",
	   V4("monitoring", "us-east-1")),
	 .header = {{"Content-Type", FORM}}, .body = "Action=PutMetricData&Version=2010-08-01"},
	{R("CloudWatch.PutMetricData", "POST", "localhost", "/", V4("monitoring", "us-east-1")),
	 .header = {{"X-Amz-Target", "GraniteServiceVersion20100801.PutMetricData"}}, .body = "{}"},
	{R("DynamoDB.GetItem", "POST", "123456789012.ddb.us-east-1.amazonaws.com", "/",
	   V4("dynamodb", "us-east-1")),
	 .header = {{"X-Amz-Target", "DynamoDB_20120810.GetItem"}}, .body = "{}",
	 .labels = "AccountId=123456789012"},
	{R("DynamoDB.GetItem", "POST", "dynamodb.us-east-1.api.aws", "/",
	   V4("dynamodb", "us-east-1")),
	 .header = {{"X-Amz-Target", "DynamoDB_20111205.GetItem"}}, .body = "{}"},
	{R("DynamoDB Streams.GetRecords", "POST", "streams.dynamodb.us-east-1.amazonaws.com", "/",
	   V4("dynamodb", "us-east-1")),
	 .header = {{"X-Amz-Target", "DynamoDBStreams_20120810.GetRecords"}}, .body = "{}"},
	{R("Kinesis.PutRecord", "POST", "123456789012.data-kinesis.us-east-1.amazonaws.com", "/",
	   V4("kinesis", "us-east-1")),
	 .header = {{"X-Amz-Target", "Kinesis_20131202.PutRecord"}}, .body = "{}",
	 .labels = "AccountId=123456789012"},
	{R("Lambda.Invoke", "POST", "lambda.us-east-1.api.aws",
	   "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af/"
	   "invocations",
	   V4("lambda", "us-east-1")),
	 .labels = "FunctionName=arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af"},
	{R("Lambda.Invoke", "POST", "vpce-0a1b2c3d-4e5f.lambda.us-east-1.vpce.amazonaws.com",
	   "/2015-03-31/functions/f/invocations", V4("lambda", "us-east-1")),
	 .labels = "FunctionName=f"},
	{R("Lambda.ListTags", "GET", "lambda.us-east-1.amazonaws.com", "/2017-03-31/tags/arn",
	   V4("lambda", "us-east-1")),
	 .labels = "Resource=arn"},
	{R("API Gateway.GetRestApis", "GET", "apigateway.us-east-1.amazonaws.com",
	   "/restapis?limit=5", V4("apigateway", "us-east-1"))},
	{R("ApiGatewayV2.GetApis", "GET", "apigateway.us-east-1.amazonaws.com", "/v2/apis",
	   V4("apigateway", "us-east-1"))},
	{R("ApiGatewayManagementApi.PostToConnection", "POST",
	   "a1b2.execute-api.us-east-1.amazonaws.com", "/prod/@connections/c%3D",
	   V4("execute-api", "us-east-1")),
	 .labels = "Stage=prod connectionId=c%3D"},
	{R("SESv2.SendEmail", "POST", "email.us-east-1.amazonaws.com", "/v2/email/outbound-emails",
	   V4("ses", "us-east-1"))},
	{R("SES.SendEmail", "POST", "email.us-east-1.amazonaws.com", "/", V4("ses", "us-east-1")),
	 .header = {{"Content-Type", FORM}}, .body = "Action=SendEmail&Version=2010-12-01"},
	{R("SageMaker Runtime.InvokeEndpoint", "POST", "runtime.sagemaker.us-east-1.amazonaws.com",
	   "/endpoints/e/invocations", V4("sagemaker", "us-east-1")),
	 .labels = "EndpointName=e"},
	{R("IoT Data Plane.Publish", "POST", "a1b2c3-ats.iot.us-east-1.amazonaws.com",
	   "/topics/a%2Fb?qos=1", V4("iotdata", "us-east-1")),
	 .labels = "topic=a%2Fb"},
	{R("Cognito Identity Provider.InitiateAuth", "POST", "cognito-idp.us-east-1.amazonaws.com",
	   "/", NULL),
	 .header = {{"X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth"}},
	 .body = "{}"},
	{R("STS.AssumeRoleWithWebIdentity", "POST", "sts.amazonaws.com", "/", NULL),
	 .header = {{"Content-Type", FORM}},
	 .body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"},
	{R("SSO.GetRoleCredentials", "GET", "portal.sso.eu-west-1.amazonaws.com",
	   "/federation/credentials?role_name=r&account_id=1", NULL),
	 .header = {{"x-amz-sso_bearer_token", "t"}}, .region = "eu-west-1"},
	{R("CloudFront.CreateInvalidation", "POST", "cloudfront.amazonaws.com",
	   "/2014-05-31/distribution/E1/invalidation", V4("cloudfront", "us-east-1")),
	 .labels = "DistributionId=E1"},
	{R("IAM.ListRoles", "POST", "iam.us-gov.amazonaws.com", "/", V4("iam", "us-gov-west-1")),
	 .header = {{"Content-Type", FORM}}, .body = "Action=ListRoles&Version=2010-05-08",
	 .partition = "aws-us-gov"},
	{R("EC2.DescribeInstances", "POST", "ec2.eusc-de-east-1.amazonaws.eu", "/",
	   V4("ec2", "eusc-de-east-1")),
	 .header = {{"Content-Type", FORM}}, .body = "Action=DescribeInstances&Version=2016-11-15",
	 .partition = "aws-eusc"},
	{R("Batch.SubmitJob", "POST", "fips.batch.us-east-1.amazonaws.com", "/v1/submitjob",
	   V4("batch", "us-east-1"))},
	/* --- what no model of botocore has --- */
	{R("IoT Data Plane.Publish", "POST", "abc-ats.iot.us-east-1.amazonaws.com", "/topics/a/b",
	   V4("iotdevicegateway", "us-east-1")),
	 .labels = "topic=a/b"},
	{R("Execute API.Invoke", "GET", "a1b2.execute-api.us-east-1.amazonaws.com", "/prod/pets/1",
	   V4("execute-api", "us-east-1")),
	 .labels = "Stage=prod Path=pets/1 ApiId=a1b2"},
	{R("Execute API.Invoke", "POST", "api.example.com", "/pets",
	   V4("execute-api", "us-east-1"))},
	{R("OpenSearch Domain.ESHttpPost", "POST",
	   "search-my-logs-abc123.eu-west-1.es.amazonaws.com", "/idx/_search",
	   V4("es", "eu-west-1")),
	 .labels = "Path=idx/_search DomainId=abc123 DomainName=my-logs", .region = "eu-west-1"},
	{R("OpenSearch.ListDomainNames", "GET", "es.eu-west-1.amazonaws.com", "/2021-01-01/domain",
	   V4("es", "eu-west-1"))},
	{R("unknown operation", "GET", "es.eu-west-1.amazonaws.com", "/2099-01-01/x",
	   V4("es", "eu-west-1"))},
	{R("unknown operation", "POST", "localhost:4566", "/2099-01-01/x",
	   V4("lambda", "eu-west-1"))},
	{R("Lambda Function URL.InvokeFunctionUrl", "POST", "abc.lambda-url.us-east-1.on.aws", "/",
	   V4("lambda", "us-east-1")),
	 .labels = "UrlId=abc"},
	{R("Prometheus Workspace.RemoteWrite", "POST", "aps-workspaces.us-east-1.amazonaws.com",
	   "/workspaces/ws-1/api/v1/remote_write", V4("aps", "us-east-1")),
	 .labels = "workspaceId=ws-1"},
	/* --- below a path of a proxy's own --- */
	{R("Lambda.Invoke", "POST", "aws.example.com",
	   "/proxy/aws/2015-03-31/functions/f/invocations", V4("lambda", "eu-west-1")),
	 .labels = "FunctionName=f"},
	{R("API Gateway.GetStage", "GET", "10.0.0.1:8080", "/x/restapis/r/stages/s?a=b",
	   V4("apigateway", "eu-west-1")),
	 .labels = "restapi_id=r stage_name=s"},
	{R("unknown operation", "POST", "aws.example.com", "/1/2/3/4/5/2015-03-31/functions",
	   V4("lambda", "eu-west-1"))},
	/* What begins as a call does has no such path before it, but is a newer one. */
	{R("unknown operation", "GET", "localhost:4566", "/restapis/r/news/account",
	   V4("apigateway", "eu-west-1"))},
	{R("unknown operation", "GET", "apigateway.eu-west-1.amazonaws.com", "/x/account",
	   V4("apigateway", "eu-west-1"))},
	{R("S3.GetObject", "GET", "s3.example.com", "/p/q/k", V4("s3", "us-east-1")),
	 .labels = "Bucket=p Key=q/k"},
	/* --- what is none --- */
	{R("metadata", "PUT", "169.254.169.254", "/latest/api/token", NULL)},
	{R("metadata", "GET", "[fd00:ec2::254]", "/latest/meta-data/", NULL)},
	{R("metadata", "GET", "169.254.170.2", "/v2/credentials/1", NULL)},
	{R("not AWS", "GET", "example.com", "/", NULL)},
	{R("not AWS", "GET", "docs.aws.amazon.com", "/s3/", NULL)},
	{R("not AWS", "GET", "checkip.amazonaws.com", "/", NULL)},
	{R("not AWS", "GET", "b.s3-website-us-east-1.amazonaws.com", "/", NULL)},
	{R("unknown operation", "POST", "sqs.us-east-1.amazonaws.com", "/", V4("sqs", "us-east-1")),
	 .header = {{"X-Amz-Target", "AmazonSQS.NewThing"}}, .body = "{}"},
	{R("unknown operation", "GET", "lambda.us-east-1.amazonaws.com", "/2099-01-01/x",
	   V4("lambda", "us-east-1"))},
	{R("unknown service", "GET", "newthing.us-east-1.amazonaws.com", "/",
	   V4("newthing", "us-east-1"))},
	{R("bad request", "", "x", "/", NULL)},
	{R("bad request", "GET", "x", "", NULL)},
};

static const char *const words[] = {
	[LP_CLASSIFY_OK] = "ok",
	[LP_CLASSIFY_NOT_AWS] = "not AWS",
	[LP_CLASSIFY_METADATA] = "metadata",
	[LP_CLASSIFY_UNKNOWN_SERVICE] = "unknown service",
	[LP_CLASSIFY_UNKNOWN_OPERATION] = "unknown operation",
	[LP_CLASSIFY_BAD_REQUEST] = "bad request",
};

static void build(const struct row *r, struct lp_header headers[3], struct lp_request *req)
{
	*req = (struct lp_request){
		.method = lp_span_str(r->method),
		.host = lp_span_str(r->host),
		.target = lp_span_str(r->target),
		.headers = headers,
		.body = lp_span_str(r->body),
	};
	if (r->authorization)
		headers[req->n_headers++] =
			(struct lp_header){LP_SPAN("authorization"), lp_span_str(r->authorization)};
	for (int i = 0; i < 2; i++)
		if (r->header[i][0])
			headers[req->n_headers++] = (struct lp_header){
				lp_span_str(r->header[i][0]), lp_span_str(r->header[i][1])};
}

static void recognises(void **state)
{
	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct lp_header headers[3];
		struct lp_request req;
		struct lp_classified cls;
		char got[256], labels[512] = "";
		size_t len = 0;

		if (!r->method)
			continue;
		build(r, headers, &req);
		if (lp_classify(&req, &cls) == LP_CLASSIFY_OK)
			snprintf(got, sizeof(got), "%s.%s", cls.service_id,
				 lp_model_operation_name(cls.op));
		else
			snprintf(got, sizeof(got), "%s", words[cls.status]);
		if (strcmp(got, r->want) != 0)
			fail_msg("%s %s%s: %s, not %s", r->method, r->host, r->target, got,
				 r->want);
		for (unsigned k = 0; k < cls.n_labels; k++)
			len += (size_t)snprintf(
				labels + len, sizeof(labels) - len, "%s%.*s=%.*s", k ? " " : "",
				(int)cls.labels[k].name.len, cls.labels[k].name.ptr,
				(int)cls.labels[k].value.len, cls.labels[k].value.ptr);
		if (r->labels && strcmp(labels, r->labels) != 0)
			fail_msg("%s%s: labels \"%s\", not \"%s\"", r->host, r->target, labels,
				 r->labels);
		if (r->region && !lp_span_eq(cls.region, lp_span_str(r->region)))
			fail_msg("%s: region %.*s", r->host, (int)cls.region.len, cls.region.ptr);
		if (r->partition && strcmp(cls.partition, r->partition) != 0)
			fail_msg("%s: partition %s", r->host, cls.partition);
		assert_int_equal(cls.status == LP_CLASSIFY_OK, cls.op != LP_OP_NONE);
		assert_int_equal(cls.status == LP_CLASSIFY_OK, cls.reason == NULL);
	}
}

static void says_who_signed(void **state)
{
	const struct row *r = &rows[0];
	struct lp_header headers[3];
	struct lp_request req;
	struct lp_classified cls;

	(void)state;
	build(r, headers, &req);
	assert_int_equal(lp_classify(&req, &cls), LP_CLASSIFY_OK);
	assert_true(cls.is_signed);
	assert_false(cls.presigned);
	assert_true(lp_span_eq(cls.access_key, LP_SPAN("AKIDEXAMPLE")));
	assert_true(lp_span_eq(cls.signing_name, LP_SPAN("s3")));

	req.n_headers = 0;
	req.target =
		LP_SPAN("/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=K/20260101/r-x-1/s3/"
			"aws4_request&X-Amz-Signature=0");
	assert_int_equal(lp_classify(&req, &cls), LP_CLASSIFY_OK);
	assert_true(cls.is_signed);
	assert_true(cls.presigned);
	assert_true(lp_span_eq(cls.access_key, LP_SPAN("K")));

	req.target = LP_SPAN("/k");
	assert_int_equal(lp_classify(&req, &cls), LP_CLASSIFY_OK);
	assert_false(cls.is_signed);
	req.n_headers = 1;
	headers[0] = (struct lp_header){LP_SPAN("x-amzn-authorization"),
					LP_SPAN("AWS3 AWSAccessKeyId=K3,Signature=x")};
	assert_int_equal(lp_classify(&req, &cls), LP_CLASSIFY_OK);
	assert_true(cls.is_signed);
	assert_true(lp_span_eq(cls.access_key, LP_SPAN("K3")));
	req.n_headers = 0;
	assert_int_equal(lp_classify(&req, &cls), LP_CLASSIFY_OK);
	assert_int_equal(cls.access_key.len, 0);
}

/* Copies each part of a request so that it ends where memory does, cut at every byte. */
static void reads_no_byte_too_many(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *mem =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(mem != MAP_FAILED);
	assert_int_equal(mprotect(mem + page, page, PROT_NONE), 0);
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct lp_header headers[3];
		struct lp_request req;
		struct lp_classified cls;
		struct lp_span *part[4], whole;

		if (!rows[i].method)
			continue;
		build(&rows[i], headers, &req);
		part[0] = &req.host;
		part[1] = &req.target;
		part[2] = &req.body;
		part[3] = req.n_headers ? &headers[req.n_headers - 1].value : &req.method;
		for (int p = 0; p < 4; p++) {
			whole = *part[p];
			for (size_t len = 0; len <= whole.len; len++) {
				char *at = mem + page - len;

				if (len)
					memcpy(at, whole.ptr, len);
				*part[p] = lp_span_of(at, len);
				(void)lp_classify(&req, &cls);
			}
			*part[p] = whole;
		}
	}
	munmap(mem, 2 * page);
}

/* Many labels, long paths, many parameters: work stays bounded. */
static void bears_long_targets(void **state)
{
	size_t len = 60000;
	char *target = malloc(len);
	struct lp_header headers[3];
	struct lp_request req;
	struct lp_classified cls;
	static const char *const units[] = {"/",	  "/a",	     "?a&", "/%2F",
					    "/portals/x", "&delete", "{",   "."};

	(void)state;
	assert_non_null(target);
	build(&rows[0], headers, &req);
	for (size_t u = 0; u < LP_ARRAY_LEN(units); u++) {
		size_t n = strlen(units[u]);

		for (size_t i = 0; i < len; i++)
			target[i] = units[u][i % n];
		target[0] = '/';
		req.target = lp_span_of(target, len);
		req.host = LP_SPAN("workspaces-web.us-east-1.amazonaws.com");
		(void)lp_classify(&req, &cls);
		req.host = lp_span_of(target, len);
		(void)lp_classify(&req, &cls);
	}
	free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognises),
		cmocka_unit_test(says_who_signed),
		cmocka_unit_test(reads_no_byte_too_many),
		cmocka_unit_test(bears_long_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
