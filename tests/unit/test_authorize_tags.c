/* SPDX-License-Identifier: MIT */
/* Tags by ARN, and on what a call creates: which ARN that has, where it holds no name of the
 * request. */
#include "authorize_case.h"

static const struct wanted cases[] = {
	/* --- tags by ARN ask each service, too --- */
	JSON("tagging", "ResourceGroupsTaggingAPI_20170126.TagResources",
	     "{\"ResourceARNList\":[\"arn:aws:s3:::b\",\"arn:aws:sqs:us-east-1:123456789012:q\","
	     "\"arn:aws:ec2:us-east-1:123456789012:instance/"
	     "i-1\",\"arn:aws:lambda:us-east-1:123456789012:function:f\"],\"Tags\":{\"a\":\"b\"}}",
	     "tag:TagResources *\n"
	     "ec2:CreateTags arn:aws:ec2:us-east-1:123456789012:instance/i-1\n"
	     "s3:PutBucketTagging arn:aws:s3:::b\n"
	     "sqs:TagQueue arn:aws:sqs:us-east-1:123456789012:q\n"
	     "lambda:TagResource arn:aws:lambda:us-east-1:123456789012:function:f"),
	JSON("tagging", "ResourceGroupsTaggingAPI_20170126.UntagResources",
	     "{\"ResourceARNList\":[\"arn:aws:sqs:us-east-1:123456789012:q\",\"arn:aws:dynamodb:us-"
	     "east-1:123456789012:table/t\"],\"TagKeys\":[\"a\"]}",
	     "tag:UntagResources *\n"
	     "sqs:UntagQueue arn:aws:sqs:us-east-1:123456789012:q\n"
	     "dynamodb:UntagResource arn:aws:dynamodb:us-east-1:123456789012:table/t"),
	JSON("tagging", "ResourceGroupsTaggingAPI_20170126.TagResources",
	     "{\"ResourceARNList\":[\"arn:aws:iam::123456789012:policy/"
	     "p\"],\"Tags\":{\"a\":\"b\"}}",
	     "tag:TagResources *"),
	JSON("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources",
	     "{\"ResourceTypeFilters\":[\"s3\"]}", "tag:GetResources *"),
	/* --- tags on create, where AWS chooses the id --- */
	REST("ram", "POST", "/createresourceshare",
	     "{\"name\":\"s\",\"tags\":[{\"key\":\"a\",\"value\":\"b\"}]}",
	     "ram:CreateResourceShare *\n"
	     "ram:TagResource arn:aws:ram:us-east-1:*:resource-share/*"),
	REST("appconfig", "POST", "/extensions",
	     "{\"Name\":\"e\",\"Actions\":{},\"Tags\":{\"a\":\"b\"}}",
	     "appconfig:CreateExtension *\n"
	     "appconfig:TagResource arn:aws:appconfig:us-east-1:*:extension/*/*"),
	REST("appconfig", "POST", "/extensionassociations",
	     "{\"ExtensionIdentifier\":\"e\",\"ResourceIdentifier\":\"r\",\"Tags\":{\"a\":\"b\"}}",
	     "appconfig:CreateExtensionAssociation *\n"
	     "appconfig:TagResource arn:aws:appconfig:us-east-1:*:extensionassociation/*"),
	JSON("transfer", "TransferService.ImportCertificate",
	     "{\"Usage\":\"SIGNING\",\"Certificate\":\"pem\",\"Tags\":[{\"Key\":\"a\",\"Value\":"
	     "\"b\"}]}",
	     "transfer:ImportCertificate *\n"
	     "transfer:TagResource arn:aws:transfer:us-east-1:*:certificate/*"),
	REST("iot", "POST", "/cacertificate",
	     "{\"caCertificate\":\"pem\",\"tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "iot:RegisterCACertificate *\n"
	     "iot:TagResource arn:aws:iot:us-east-1:*:cacert/*"),
	JSON("ssm", "AmazonSSM.CreateOpsItem",
	     "{\"Title\":\"t\",\"Source\":\"s\",\"Description\":\"d\",\"RelatedOpsItems\":[{"
	     "\"OpsItemId\":\"oi-1\"}],\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "ssm:CreateOpsItem *\n"
	     "ssm:AddTagsToResource arn:aws:ssm:us-east-1:*:opsitem/*"),
	JSON("timestream", "Timestream_20181101.CreateScheduledQuery",
	     "{\"Name\":\"q\",\"QueryString\":\"x\",\"ScheduledQueryExecutionRoleArn\":\"" ROLE
	     "\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "timestream:CreateScheduledQuery *\n"
	     "iam:PassRole " ROLE "\n"
	     "timestream:TagResource arn:aws:timestream:us-east-1:*:scheduled-query/q-*"),
	JSON("elasticmapreduce", "ElasticMapReduce.RunJobFlow",
	     "{\"Name\":\"c\",\"Instances\":{},\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "elasticmapreduce:RunJobFlow *\n"
	     "elasticmapreduce:AddTags arn:aws:elasticmapreduce:us-east-1:*:cluster/*"),
	/* --- tags on create, whose names stand elsewhere in the ARN --- */
	REST("imagebuilder", "PUT", "/ImportVmImage",
	     "{\"name\":\"n\",\"semanticVersion\":\"1.0.0\",\"platform\":\"Linux\","
	     "\"vmImportTaskId\":\"import-ami-1\",\"tags\":{\"a\":\"b\"}}",
	     "imagebuilder:ImportVmImage arn:aws:imagebuilder:us-east-1:*:image/n/*\n"
	     "imagebuilder:TagResource arn:aws:imagebuilder:us-east-1:*:image/n/*/*"),
	REST("omics", "POST", "/workflow/1/version",
	     "{\"versionName\":\"v\",\"tags\":{\"a\":\"b\"}}",
	     "omics:CreateWorkflowVersion arn:aws:omics:us-east-1:*:workflow/1\n"
	     "omics:TagResource arn:aws:omics:us-east-1:*:workflow/1/version/v"),
	REST("s3vectors", "POST", "/CreateIndex",
	     "{\"vectorBucketName\":\"b\",\"indexName\":\"i\",\"tags\":{\"a\":\"b\"}}",
	     "s3vectors:CreateIndex arn:aws:s3vectors:us-east-1:*:bucket/b/index/i\n"
	     "s3vectors:TagResource arn:aws:s3vectors:us-east-1:*:bucket/b/index/i"),
	REST("ses", "POST", "/v2/email/templates",
	     "{\"TemplateName\":\"t\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "ses:CreateEmailTemplate arn:aws:ses:us-east-1:*:template/t\n"
	     "ses:TagResource arn:aws:ses:us-east-1:*:template/t"),
	/* --- tags on create, beside neighbours that the request names --- */
	JSON("datasync", "FmrsService.CreateLocationNfs",
	     "{\"Subdirectory\":\"/x\",\"ServerHostname\":\"h\",\"OnPremConfig\":{\"AgentArns\":["
	     "\"arn:aws:datasync:us-east-1:123456789012:agent/"
	     "agent-1\"]},\"Tags\":[{\"Key\":\"a\"}]}",
	     "datasync:CreateLocationNfs arn:aws:datasync:us-east-1:123456789012:agent/agent-1\n"
	     "datasync:TagResource arn:aws:datasync:us-east-1:*:location/*"),
	JSON("storagegateway", "StorageGateway_20130630.CreateTapeWithBarcode",
	     "{\"GatewayARN\":\"arn:aws:storagegateway:us-east-1:123456789012:gateway/sgw-1\","
	     "\"TapeBarcode\":\"T1\",\"PoolId\":\"pool-1\",\"Tags\":[{\"Key\":\"a\"}]}",
	     "storagegateway:CreateTapeWithBarcode "
	     "arn:aws:storagegateway:us-east-1:*:tapepool/pool-1,"
	     "arn:aws:storagegateway:us-east-1:123456789012:gateway/sgw-1\n"
	     "storagegateway:AddTagsToResource arn:aws:storagegateway:us-east-1:*:tape/T1"),
	REST("pca-connector-ad", "POST", "/templates",
	     "{\"ConnectorArn\":\"arn:aws:pca-connector-ad:us-east-1:123456789012:connector/c1\","
	     "\"Name\":\"n\",\"Tags\":{\"a\":\"b\"}}",
	     "pca-connector-ad:CreateTemplate "
	     "arn:aws:pca-connector-ad:us-east-1:123456789012:connector/c1\n"
	     "pca-connector-ad:TagResource "
	     "arn:aws:pca-connector-ad:us-east-1:123456789012:connector/c1/template/*"),
	JSON("fsx", "AWSSimbaAPIService_v20180301.CreateVolume",
	     "{\"VolumeType\":\"OPENZFS\",\"Name\":\"v\",\"OpenZFSConfiguration\":{"
	     "\"ParentVolumeId\":\"fsvol-1\",\"OriginSnapshot\":{\"SnapshotARN\":\"arn:aws:fsx:us-"
	     "east-"
	     "1:123456789012:snapshot/fsvol-1/fsvolsnap-1\"}},\"Tags\":[{\"Key\":\"a\"}]}",
	     "fsx:CreateVolume arn:aws:fsx:us-east-1:*:volume/*/*,"
	     "arn:aws:fsx:us-east-1:123456789012:snapshot/fsvol-1/fsvolsnap-1\n"
	     "fsx:TagResource arn:aws:fsx:us-east-1:*:volume/*/*"),
	JSON("directconnect", "OvertureService.CreateConnection",
	     "{\"location\":\"l\",\"bandwidth\":\"1Gbps\",\"connectionName\":\"c\",\"lagId\":"
	     "\"dxlag-1\",\"tags\":[{\"key\":\"a\"}]}",
	     "directconnect:CreateConnection arn:aws:directconnect:us-east-1:*:dxlag/dxlag-1\n"
	     "directconnect:TagResource arn:aws:directconnect:us-east-1:*:dxcon/*"),
	REST("connect", "PUT", "/data-tables/i1", "{\"Name\":\"n\",\"Tags\":{\"a\":\"b\"}}",
	     "connect:CreateDataTable arn:aws:connect:us-east-1:*:instance/i1/data-table/*\n"
	     "connect:TagResource arn:aws:connect:us-east-1:*:instance/i1/data-table/*"),
	JSON("sso", "SWBExternalService.CreatePermissionSet",
	     "{\"Name\":\"p\",\"InstanceArn\":\"arn:aws:sso:::instance/"
	     "ssoins-1\",\"Tags\":[{\"Key\":"
	     "\"a\"}]}",
	     "sso:CreatePermissionSet "
	     "arn:aws:sso:::instance/ssoins-1,arn:aws:sso:::permissionSet/ssoins-1/*\n"
	     "sso:TagResource "
	     "arn:aws:sso:::instance/ssoins-1,arn:aws:sso:::permissionSet/ssoins-1/*"),
	REST("chatbot", "POST", "/create-slack-channel-configuration",
	     "{\"SlackTeamId\":\"t\",\"SlackChannelId\":\"s\",\"ConfigurationName\":\"c\","
	     "\"Tags\":[{\"TagKey\":\"a\"}]}",
	     "chatbot:CreateSlackChannelConfiguration *\n"
	     "chatbot:TagResource arn:aws:chatbot::*:chat-configuration/slack-channel/c"),
	{"a listener of a service's ARN", "vpc-lattice", "POST",
	 "vpc-lattice.us-east-1.amazonaws.com",
	 "/services/arn%3Aaws%3Avpc-lattice%3Aus-east-1%3A123456789012%3Aservice%2Fsvc-1/listeners",
	 "Content-Type: application/json\n",
	 "{\"name\":\"l\",\"protocol\":\"HTTP\",\"tags\":{\"a\":\"b\"}}", NULL,
	 "vpc-lattice:CreateListener "
	 "arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-1/listener/*\n"
	 "vpc-lattice:TagResource "
	 "arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-1/listener/*"},
	FORM("redshift",
	     "Action=CreateTags&Version=2012-12-01&ResourceName=arn:aws:redshift:us-east-1:"
	     "123456789012:cluster:c&Tags.Tag.1.Key=a",
	     "redshift:CreateTags arn:aws:redshift:us-east-1:123456789012:cluster:c"),
	/* --- the same, where only neighbours of the call are known to ask --- */
	JSON("dms", "AmazonDMSv20160101.CreateReplicationInstance",
	     "{\"ReplicationInstanceIdentifier\":\"r\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "dms:CreateReplicationInstance arn:aws:dms:us-east-1:*:rep:*\n"
	     "?dms:AddTagsToResource arn:aws:dms:us-east-1:*:rep:*"),
	REST("omics", "POST", "/run", "{\"tags\":{\"a\":\"b\"}}",
	     "omics:StartRun arn:aws:omics:us-east-1:*:run/*\n"
	     "?omics:TagResource arn:aws:omics:us-east-1:*:run/*"),
	/* --- the same, where the reference knows no such type --- */
	JSON("bcm-pricing-calculator", "AWSBCMPricingCalculator.CreateBillEstimate",
	     "{\"billScenarioId\":\"s1\",\"name\":\"n\",\"tags\":{\"a\":\"b\"}}",
	     "bcm-pricing-calculator:CreateBillEstimate "
	     "arn:aws:bcm-pricing-calculator::*:bill-scenario/s1\n"
	     "bcm-pricing-calculator:TagResource *"),
	REST("wisdom", "POST", "/assistants/a1/aiagents",
	     "{\"name\":\"n\",\"type\":\"SELF_SERVICE\",\"tags\":{\"a\":\"b\"}}",
	     "wisdom:CreateAIAgent *\n"
	     "wisdom:TagResource *"),
	/* --- an endpoint of one of two kinds --- */
	JSON("comprehend", "Comprehend_20171127.CreateEndpoint",
	     "{\"EndpointName\":\"e\",\"ModelArn\":\"arn:aws:comprehend:us-east-1:123456789012:"
	     "entity-"
	     "recognizer/r\",\"Tags\":[{\"Key\":\"a\"}]}",
	     "comprehend:CreateEndpoint "
	     "arn:aws:comprehend:us-east-1:*:entity-recognizer-endpoint/e,"
	     "arn:aws:comprehend:us-east-1:123456789012:entity-recognizer/r\n"
	     "comprehend:TagResource "
	     "arn:aws:comprehend:us-east-1:*:entity-recognizer-endpoint/e"),
	/* --- names with a path, certificates of a private authority --- */
	FORM("iam",
	     "Action=UploadServerCertificate&Version=2010-05-08&ServerCertificateName=c&Path=/"
	     "cloudfront/&CertificateBody=x&PrivateKey=x",
	     "iam:UploadServerCertificate arn:aws:iam::*:server-certificate/cloudfront/c"),
	JSON("acm", "CertificateManager.RequestCertificate",
	     "{\"DomainName\":\"x.internal\",\"CertificateAuthorityArn\":\"arn:aws:acm-pca:us-east-"
	     "1:123456789012:certificate-authority/1\"}",
	     "acm:RequestCertificate *\n"
	     "~acm-pca:IssueCertificate "
	     "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/1\n"
	     "~acm-pca:GetCertificate "
	     "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/1"),
	/* --- what is made, beside ids of other things --- */
	JSON("sagemaker", "SageMaker.CreateDomain",
	     "{\"DomainName\":\"d\",\"AuthMode\":\"IAM\",\"DefaultUserSettings\":{},"
	     "\"DomainSettings\":{\"UnifiedStudioSettings\":{\"DomainId\":\"dzd-1\"}}}",
	     "sagemaker:CreateDomain arn:aws:sagemaker:us-east-1:*:domain/*"),
	REST("vpc-lattice", "POST", "/accesslogsubscriptions",
	     "{\"resourceIdentifier\":\"sn-1\",\"destinationArn\":\"arn:aws:s3:::b\"}",
	     "vpc-lattice:CreateAccessLogSubscription "
	     "arn:aws:vpc-lattice:us-east-1:*:accesslogsubscription/*\n"
	     "logs:CreateLogDelivery *\n"
	     "logs:GetLogDelivery *"),
	JSON("fms", "AWSFMS_20180101.PutProtocolsList",
	     "{\"ProtocolsList\":{\"ListName\":\"n\",\"ProtocolsList\":[\"TCP\"]}}",
	     "fms:PutProtocolsList arn:aws:fms:us-east-1:*:protocols-list/*"),
	JSON("fms", "AWSFMS_20180101.PutProtocolsList",
	     "{\"ProtocolsList\":{\"ListName\":\"n\",\"ListId\":\"l1\",\"ProtocolsList\":[\"TCP\"]}"
	     "}",
	     "fms:PutProtocolsList arn:aws:fms:us-east-1:*:protocols-list/l1"),
	/* --- names where ARNs hold ids --- */
	REST("appconfig", "POST", "/configurationsessions",
	     "{\"ApplicationIdentifier\":\"abc1234\",\"EnvironmentIdentifier\":\"def5678\","
	     "\"ConfigurationProfileIdentifier\":\"ghi9012\"}",
	     "appconfig:StartConfigurationSession "
	     "arn:aws:appconfig:us-east-1:*:application/abc1234/environment/def5678/configuration/"
	     "ghi9012"),
	REST("appconfig", "POST", "/configurationsessions",
	     "{\"ApplicationIdentifier\":\"shop\",\"EnvironmentIdentifier\":\"production\","
	     "\"ConfigurationProfileIdentifier\":\"ghi9012\"}",
	     "appconfig:StartConfigurationSession "
	     "arn:aws:appconfig:us-east-1:*:application/*/environment/*/configuration/ghi9012"),
	REST("appconfig", "GET",
	     "/applications/shop/environments/production/configurations/flags?client_id=1", NULL,
	     "appconfig:GetConfiguration "
	     "arn:aws:appconfig:us-east-1:*:application/"
	     "*,arn:aws:appconfig:us-east-1:*:application/*/configurationprofile/"
	     "*,arn:aws:appconfig:us-east-1:*:application/*/environment/*"),
	REST("xray", "POST", "/CreateSamplingRule",
	     "{\"SamplingRule\":{\"RuleName\":\"r\",\"ResourceARN\":\"*\"}}",
	     "xray:CreateSamplingRule arn:aws:xray:us-east-1:*:sampling-rule/r"),
	REST("xray", "POST", "/UpdateSamplingRule",
	     "{\"SamplingRuleUpdate\":{\"RuleARN\":\"arn:aws:xray:us-east-1:123456789012:sampling-"
	     "rule/r\"}}",
	     "xray:UpdateSamplingRule arn:aws:xray:us-east-1:123456789012:sampling-rule/r"),
	/* --- tags within what is made: nothing says whether they need the action --- */
	{"a job with tags", "s3", "POST", "123456789012.s3-control.us-east-1.amazonaws.com",
	 "/v20180820/jobs", "",
	 "<CreateJobRequest "
	 "xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><RoleArn>" ROLE
	 "</RoleArn><Tags><member><Key>a</Key><Value>b</Value></member></Tags></CreateJobRequest>",
	 NULL,
	 "s3:CreateJob *\n?s3:PutJobTagging arn:aws:s3:us-east-1:*:job/*\n" PASS(
		 "batchoperations.s3.amazonaws.com")},
	JSON("directconnect", "OvertureService.CreatePrivateVirtualInterface",
	     "{\"connectionId\":\"dxcon-1\",\"newPrivateVirtualInterface\":{\"tags\":[{\"key\":"
	     "\"a\",\"value\":\"b\"}]}}",
	     "directconnect:CreatePrivateVirtualInterface "
	     "arn:aws:directconnect:us-east-1:*:dxcon/dxcon-1\n"
	     "?directconnect:TagResource arn:aws:directconnect:us-east-1:*:dxvif/*"),
	REST("mobiletargeting", "POST", "/v1/apps", "{\"Name\":\"n\",\"tags\":{\"a\":\"b\"}}",
	     "mobiletargeting:CreateApp arn:aws:mobiletargeting:us-east-1:*:apps/*\n"
	     "?mobiletargeting:TagResource arn:aws:mobiletargeting:us-east-1:*:apps/*"),
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
