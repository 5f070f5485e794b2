/* SPDX-License-Identifier: MIT */
/*
 * What AWS asks of the caller behind a call that makes something out of other services' things:
 * the caller must be allowed to use them, too.
 */
#include "authorize_case.h"

#define LINK "arn:aws:codestar-connections:us-east-1:123456789012:connection/c"

static const struct wanted cases[] = {
	/* --- replicas of a table, in their own regions --- */
	JSON("dynamodb", "DynamoDB_20120810.UpdateTable",
	     "{\"TableName\":\"t\",\"ReplicaUpdates\":[{\"Create\":{\"RegionName\":\"eu-west-1\"}}]"
	     "}",
	     "dynamodb:UpdateTable arn:aws:dynamodb:us-east-1:*:table/t\n"
	     "dynamodb:CreateTableReplica "
	     "arn:aws:dynamodb:eu-west-1:*:table/t,arn:aws:dynamodb:us-east-1:*:table/t\n"
	     "dynamodb:CreateTable arn:aws:dynamodb:eu-west-1:*:table/t\n"
	     "dynamodb:BatchWriteItem arn:aws:dynamodb:eu-west-1:*:table/t\n"
	     "dynamodb:DeleteItem arn:aws:dynamodb:eu-west-1:*:table/t\n"
	     "dynamodb:GetItem arn:aws:dynamodb:eu-west-1:*:table/t\n"
	     "dynamodb:PutItem arn:aws:dynamodb:eu-west-1:*:table/t\n"
	     "dynamodb:Query arn:aws:dynamodb:eu-west-1:*:table/t\n"
	     "dynamodb:Scan arn:aws:dynamodb:eu-west-1:*:table/t\n"
	     "dynamodb:UpdateItem arn:aws:dynamodb:eu-west-1:*:table/t"),
	JSON("dynamodb", "DynamoDB_20120810.UpdateTable",
	     "{\"TableName\":\"t\",\"ReplicaUpdates\":[{\"Delete\":{\"RegionName\":\"eu-west-3\"}}]"
	     "}",
	     "dynamodb:UpdateTable arn:aws:dynamodb:us-east-1:*:table/t\n"
	     "dynamodb:DeleteTableReplica "
	     "arn:aws:dynamodb:eu-west-3:*:table/t,arn:aws:dynamodb:us-east-1:*:table/t\n"
	     "dynamodb:DeleteTable arn:aws:dynamodb:eu-west-3:*:table/t"),
	JSON("dynamodb", "DynamoDB_20120810.ImportTable",
	     "{\"S3BucketSource\":{\"S3Bucket\":\"b\",\"S3KeyPrefix\":\"p/"
	     "\"},\"InputFormat\":\"CSV\",\"TableCreationParameters\":{\"TableName\":\"t\"}}",
	     "dynamodb:ImportTable arn:aws:dynamodb:us-east-1:*:table/t\n"
	     "~s3:GetObject arn:aws:s3:::b/p/*\n"
	     "~s3:ListBucket arn:aws:s3:::b\n"
	     "~logs:CreateLogGroup arn:aws:logs:us-east-1:*:log-group:/aws-dynamodb/*\n"
	     "~logs:PutRetentionPolicy arn:aws:logs:us-east-1:*:log-group:/aws-dynamodb/*\n"
	     "~logs:DescribeLogStreams arn:aws:logs:us-east-1:*:log-group:/aws-dynamodb/*\n"
	     "~logs:CreateLogStream "
	     "arn:aws:logs:us-east-1:*:log-group:/aws-dynamodb/*:log-stream:*\n"
	     "~logs:PutLogEvents arn:aws:logs:us-east-1:*:log-group:/aws-dynamodb/*:log-stream:*\n"
	     "~logs:DescribeLogGroups *"),
	/* --- images in S3 --- */
	FORM("ec2", "Action=CreateStoreImageTask&Version=2016-11-15&ImageId=ami-0123&Bucket=b",
	     "ec2:CreateStoreImageTask arn:aws:ec2:us-east-1::image/ami-0123\n"
	     "~s3:PutObject arn:aws:s3:::b/ami-0123.bin\n"
	     "~s3:PutObjectTagging arn:aws:s3:::b/ami-0123.bin\n"
	     "~s3:AbortMultipartUpload arn:aws:s3:::b/ami-0123.bin\n"
	     "~s3:DeleteObject arn:aws:s3:::b/ami-0123.bin\n"
	     "~s3:ListBucket arn:aws:s3:::b\n"
	     "~ebs:ListSnapshotBlocks arn:aws:ec2:us-east-1::snapshot/*\n"
	     "~ebs:ListChangedBlocks arn:aws:ec2:us-east-1::snapshot/*\n"
	     "~ebs:GetSnapshotBlock arn:aws:ec2:us-east-1::snapshot/*\n"
	     "~ec2:DescribeTags *"),
	FORM("ec2",
	     "Action=CreateRestoreImageTask&Version=2016-11-15&Bucket=b&ObjectKey=ami-0123.bin&"
	     "Name=n",
	     "ec2:CreateRestoreImageTask arn:aws:ec2:us-east-1::image/*\n"
	     "~s3:GetObject arn:aws:s3:::b/ami-0123.bin\n"
	     "~s3:ListBucket arn:aws:s3:::b\n"
	     "~ebs:StartSnapshot arn:aws:ec2:us-east-1::snapshot/*\n"
	     "~ebs:PutSnapshotBlock arn:aws:ec2:us-east-1::snapshot/*\n"
	     "~ebs:CompleteSnapshot arn:aws:ec2:us-east-1::snapshot/*\n"
	     "~ec2:GetEbsEncryptionByDefault *\n"
	     "~ec2:CreateTags arn:aws:ec2:us-east-1::image/*,arn:aws:ec2:us-east-1::snapshot/*"),
	/* --- an instance profile by its ARN --- */
	FORM("ec2",
	     "Action=AssociateIamInstanceProfile&Version=2016-11-15&InstanceId=i-1&"
	     "IamInstanceProfile.Arn=arn:aws:iam::123456789012:instance-profile/p",
	     "ec2:AssociateIamInstanceProfile arn:aws:ec2:us-east-1:*:instance/i-1\n"
	     "iam:PassRole arn:aws:iam::*:role/* | StringEquals "
	     "iam:PassedToService=ec2.amazonaws.com\n"
	     "?iam:PassRole arn:aws:iam::123456789012:role/p | StringEquals "
	     "iam:PassedToService=ec2.amazonaws.com"),
	/* --- a distribution's web ACL and logs --- */
	REST("cloudfront", "PUT", "/2020-05-31/distribution/E1/config",
	     "<DistributionConfig "
	     "xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Logging><Enabled>true</"
	     "Enabled><Bucket>logs.s3.amazonaws.com</Bucket></"
	     "Logging><WebACLId>arn:aws:wafv2:us-east-1:123456789012:global/webacl/w/a</WebACLId></"
	     "DistributionConfig>",
	     "cloudfront:UpdateDistribution arn:aws:cloudfront::*:distribution/E1\n"
	     "~wafv2:GetWebACL arn:aws:wafv2:us-east-1:123456789012:global/webacl/w/a\n"
	     "~s3:GetBucketAcl arn:aws:s3:::logs\n"
	     "~s3:PutBucketAcl arn:aws:s3:::logs"),
	REST("cloudfront", "PUT", "/2020-05-31/distribution/E1/config",
	     "<DistributionConfig "
	     "xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Logging><Enabled>false</"
	     "Enabled><Bucket></Bucket></Logging><WebACLId></WebACLId></DistributionConfig>",
	     "cloudfront:UpdateDistribution arn:aws:cloudfront::*:distribution/E1"),
	REST("cloudfront", "PUT", "/2020-05-31/distribution/E1/config",
	     "<DistributionConfig "
	     "xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/"
	     "\"><WebACLId>473e64fd-f30b-4765-81a0-62ad96dd167a</WebACLId></DistributionConfig>",
	     "cloudfront:UpdateDistribution arn:aws:cloudfront::*:distribution/E1\n"
	     "~waf:GetWebACL arn:aws:waf::*:webacl/473e64fd-f30b-4765-81a0-62ad96dd167a"),
	REST("cloudfront", "PUT", "/2020-05-31/distribution/E1/associate-web-acl",
	     "<AssociateDistributionWebACLRequest "
	     "xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/"
	     "\"><WebACLArn>arn:aws:wafv2:us-east-1:123456789012:global/webacl/w/a</WebACLArn></"
	     "AssociateDistributionWebACLRequest>",
	     "cloudfront:AssociateDistributionWebACL arn:aws:cloudfront::*:distribution/E1\n"
	     "~wafv2:GetWebACL arn:aws:wafv2:us-east-1:123456789012:global/webacl/w/a"),
	/* --- domains that stand behind a distribution, links and logs of APIs --- */
	REST("apigateway", "POST", "/domainnames",
	     "{\"domainName\":\"a.example.com\",\"certificateArn\":\"arn:aws:acm:us-east-1:"
	     "123456789012:certificate/c\"}",
	     "apigateway:POST arn:aws:apigateway:us-east-1::/domainnames\n"
	     "~cloudfront:UpdateDistribution *"),
	REST("apigateway", "POST", "/domainnames",
	     "{\"domainName\":\"a.example.com\",\"regionalCertificateArn\":\"arn:aws:acm:us-east-1:"
	     "123456789012:certificate/c\"}",
	     "apigateway:POST arn:aws:apigateway:us-east-1::/domainnames"),
	REST("apigateway", "PATCH", "/domainnames/a.example.com",
	     "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/"
	     "certificateArn\",\"value\":\"x\"}]}",
	     "apigateway:PATCH arn:aws:apigateway:us-east-1::/domainnames/a.example.com\n"
	     "~cloudfront:UpdateDistribution *"),
	REST("apigateway", "PATCH", "/domainnames/a.example.com",
	     "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/"
	     "securityPolicy\",\"value\":\"x\"}]}",
	     "apigateway:PATCH arn:aws:apigateway:us-east-1::/domainnames/a.example.com"),
	REST("apigateway", "POST", "/vpclinks",
	     "{\"name\":\"v\",\"targetArns\":[\"arn:aws:elasticloadbalancing:us-east-1:"
	     "123456789012:loadbalancer/net/x/a\"]}",
	     "apigateway:POST arn:aws:apigateway:us-east-1::/vpclinks\n"
	     "~ec2:CreateVpcEndpointServiceConfiguration "
	     "arn:aws:ec2:us-east-1:*:vpc-endpoint-service/*\n"
	     "~ec2:DeleteVpcEndpointServiceConfigurations "
	     "arn:aws:ec2:us-east-1:*:vpc-endpoint-service/*\n"
	     "~ec2:DescribeVpcEndpointServiceConfigurations *\n"
	     "~ec2:ModifyVpcEndpointServicePermissions "
	     "arn:aws:ec2:us-east-1:*:vpc-endpoint-service/*"),
	REST("apigateway", "POST", "/v2/apis/a/stages",
	     "{\"stageName\":\"$default\",\"accessLogSettings\":{\"destinationArn\":\"arn:aws:logs:"
	     "us-east-1:123456789012:log-group:lg\",\"format\":\"x\"}}",
	     "apigateway:POST arn:aws:apigateway:us-east-1::/apis/a/stages\n"
	     "~logs:CreateLogDelivery *\n"
	     "~logs:GetLogDelivery *\n"
	     "~logs:UpdateLogDelivery *\n"
	     "~logs:ListLogDeliveries *\n"
	     "~logs:PutResourcePolicy *\n"
	     "~logs:DescribeResourcePolicies *\n"
	     "~logs:DescribeLogGroups *"),
	REST("apigateway", "POST", "/v2/apis/a/stages", "{\"stageName\":\"$default\"}",
	     "apigateway:POST arn:aws:apigateway:us-east-1::/apis/a/stages"),
	REST("appsync", "POST", "/v1/domainnames",
	     "{\"domainName\":\"a.example.com\",\"certificateArn\":\"arn:aws:acm:us-east-1:"
	     "123456789012:certificate/c\"}",
	     "appsync:CreateDomainName arn:aws:appsync:us-east-1:*:domainnames/a.example.com\n"
	     "~cloudfront:UpdateDistribution *\n"
	     "~acm:DescribeCertificate arn:aws:acm:us-east-1:123456789012:certificate/c"),
	JSON("cognito-idp", "AWSCognitoIdentityProviderService.CreateUserPoolDomain",
	     "{\"Domain\":\"a.example.com\",\"UserPoolId\":\"us-east-1_a\",\"CustomDomainConfig\":{"
	     "\"CertificateArn\":\"arn:aws:acm:us-east-1:123456789012:certificate/c\"}}",
	     "cognito-idp:CreateUserPoolDomain "
	     "arn:aws:cognito-idp:us-east-1:*:userpool/us-east-1_a\n"
	     "~cloudfront:UpdateDistribution *"),
	JSON("cognito-idp", "AWSCognitoIdentityProviderService.CreateUserPoolDomain",
	     "{\"Domain\":\"a\",\"UserPoolId\":\"us-east-1_a\"}",
	     "cognito-idp:CreateUserPoolDomain "
	     "arn:aws:cognito-idp:us-east-1:*:userpool/us-east-1_a"),
	/* --- templates of machines, health checks, credentials of registries --- */
	REST("eks", "POST", "/clusters/c/node-groups",
	     "{\"nodegroupName\":\"n\",\"subnets\":[\"subnet-1\"],\"nodeRole\":\"" ROLE
	     "\",\"launchTemplate\":{\"id\":\"lt-1\",\"version\":\"1\"}}",
	     "eks:CreateNodegroup arn:aws:eks:us-east-1:*:cluster/c\n"
	     "iam:GetRole " ROLE "\n"
	     "iam:ListAttachedRolePolicies " ROLE "\n"
	     "~ec2:RunInstances "
	     "arn:aws:ec2:us-east-1:*:instance/*,arn:aws:ec2:us-east-1:*:key-pair/"
	     "*,arn:aws:ec2:us-east-1:*:launch-template/"
	     "lt-1,arn:aws:ec2:us-east-1:*:network-interface/"
	     "*,arn:aws:ec2:us-east-1:*:security-group/*,arn:aws:ec2:us-east-1:*:subnet/"
	     "subnet-1,arn:aws:ec2:us-east-1:*:volume/*,arn:aws:ec2:us-east-1::image/*\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=eks.amazonaws.com"),
	REST("eks", "POST", "/clusters/c/node-groups",
	     "{\"nodegroupName\":\"n\",\"subnets\":[\"subnet-1\"],\"nodeRole\":\"" ROLE "\"}",
	     "eks:CreateNodegroup arn:aws:eks:us-east-1:*:cluster/c\n"
	     "iam:GetRole " ROLE "\n"
	     "iam:ListAttachedRolePolicies " ROLE "\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=eks.amazonaws.com"),
	JSON("events", "AWSEvents.CreateEndpoint",
	     "{\"Name\":\"e\",\"RoutingConfig\":{\"FailoverConfig\":{\"Primary\":{\"HealthCheck\":"
	     "\"arn:aws:route53:::healthcheck/"
	     "h\"},\"Secondary\":{\"Route\":\"us-west-2\"}}},\"EventBuses\":[]}",
	     "events:CreateEndpoint arn:aws:events:us-east-1:*:endpoint/e\n"
	     "~route53:GetHealthCheck arn:aws:route53:::healthcheck/h"),
	JSON("ecr", "AmazonEC2ContainerRegistry_V20150921.CreatePullThroughCacheRule",
	     "{\"ecrRepositoryPrefix\":\"hub\",\"upstreamRegistryUrl\":\"registry-1.docker.io\","
	     "\"credentialArn\":\"arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-"
	     "pullthroughcache/x-AbCdEf\"}",
	     "ecr:CreatePullThroughCacheRule *\n"
	     "~secretsmanager:GetSecretValue "
	     "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/x-AbCdEf"),
	JSON("ecr", "AmazonEC2ContainerRegistry_V20150921.BatchGetImage",
	     "{\"repositoryName\":\"hub/library/nginx\",\"imageIds\":[{\"imageTag\":\"latest\"}]}",
	     "ecr:BatchGetImage arn:aws:ecr:us-east-1:*:repository/hub/library/nginx\n"
	     "?ecr:BatchImportUpstreamImage arn:aws:ecr:us-east-1:*:repository/hub/library/nginx\n"
	     "?ecr:CreateRepository arn:aws:ecr:us-east-1:*:repository/hub/library/nginx"),
	/* --- revisions of a job's definition --- */
	REST("batch", "POST", "/v1/deregisterjobdefinition", "{\"jobDefinition\":\"d:3\"}",
	     "batch:DeregisterJobDefinition arn:aws:batch:us-east-1:*:job-definition/d:3"),
	REST("batch", "POST", "/v1/deregisterjobdefinition",
	     "{\"jobDefinition\":\"arn:aws:batch:us-east-1:123456789012:job-definition/d:3\"}",
	     "batch:DeregisterJobDefinition "
	     "arn:aws:batch:us-east-1:123456789012:job-definition/d:3"),
	/* --- clients of pools behind a listener; copies of file systems; groups of clusters --- */
	FORM("elasticloadbalancing",
	     "Action=CreateRule&Version=2015-12-01&ListenerArn=arn:aws:elasticloadbalancing:us-"
	     "east-1:123456789012:listener/app/l/1/"
	     "2&Actions.member.1.Type=authenticate-cognito&Actions.member.1."
	     "AuthenticateCognitoConfig.UserPoolArn=arn:aws:cognito-idp:us-east-1:123456789012:"
	     "userpool/us-east-1_a",
	     "elasticloadbalancing:CreateRule "
	     "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/l/1/2\n"
	     "~cognito-idp:DescribeUserPoolClient "
	     "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"),
	REST("elasticfilesystem", "POST", "/2015-02-01/file-systems/fs-1/replication-configuration",
	     "{\"Destinations\":[{\"Region\":\"eu-west-1\"}]}",
	     "elasticfilesystem:CreateReplicationConfiguration "
	     "arn:aws:elasticfilesystem:us-east-1:*:file-system/fs-1"),
	REST("elasticfilesystem", "POST", "/2015-02-01/file-systems/fs-1/replication-configuration",
	     "{\"Destinations\":[{\"FileSystemId\":\"fs-2\"}]}",
	     "elasticfilesystem:CreateReplicationConfiguration "
	     "arn:aws:elasticfilesystem:us-east-1:*:file-system/"
	     "fs-1,arn:aws:elasticfilesystem:us-east-1:*:file-system/fs-2"),
	FORM("rds",
	     "Action=ModifyDBCluster&Version=2014-10-31&DBClusterIdentifier=c&"
	     "DBClusterParameterGroupName=g",
	     "rds:ModifyDBCluster "
	     "arn:aws:rds:us-east-1:*:cluster-pg:g,arn:aws:rds:us-east-1:*:cluster:c"),
	/* --- the reference's dependent actions, on what the request names --- */
	FORM("elasticache",
	     "Action=CopySnapshot&Version=2015-02-02&SourceSnapshotName=a&TargetSnapshotName=c&"
	     "TargetBucket=b",
	     "elasticache:CopySnapshot arn:aws:elasticache:us-east-1:*:snapshot:a,"
	     "arn:aws:elasticache:us-east-1:*:snapshot:c\n"
	     "~s3:PutObject arn:aws:s3:::b/c*\n"
	     "~s3:DeleteObject arn:aws:s3:::b/c*\n"
	     "~s3:GetBucketAcl arn:aws:s3:::b"),
	REST("connect", "PUT", "/instance/i/lambda-function",
	     "{\"FunctionArn\":\"arn:aws:lambda:us-east-1:123456789012:function:f\"}",
	     "connect:AssociateLambdaFunction arn:aws:connect:us-east-1:*:instance/i\n"
	     "~lambda:AddPermission arn:aws:lambda:us-east-1:123456789012:function:f"),
	REST("imagebuilder", "PUT", "/CreateComponent",
	     "{\"name\":\"n\",\"semanticVersion\":\"1.0.0\",\"platform\":\"Linux\",\"uri\":\"s3://"
	     "b/"
	     "k\"}",
	     "imagebuilder:CreateComponent "
	     "arn:aws:imagebuilder:us-east-1:*:component/n/1.0.0/*\n"
	     "~s3:GetObject arn:aws:s3:::b/k\n~s3:ListBucket arn:aws:s3:::b"),
	JSON("gamelift", "GameLift.CreateScript",
	     "{\"Name\":\"n\",\"StorageLocation\":{\"Bucket\":\"b\",\"Key\":\"k\",\"RoleArn\":"
	     "\"" ROLE "\"}}",
	     "gamelift:CreateScript *\n~s3:GetObject arn:aws:s3:::b/k\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=gamelift.amazonaws.com"),
	JSON("codestar-connections",
	     "com.amazonaws.codestar.connections.CodeStar_connections_20191201."
	     "CreateRepositoryLink",
	     "{\"ConnectionArn\":\"" LINK "\",\"OwnerId\":\"o\",\"RepositoryName\":\"r\"}",
	     "codestar-connections:CreateRepositoryLink " LINK "\n"
	     "codestar-connections:PassConnection " LINK "\n"
	     "codestar-connections:UseConnection " LINK),
	REST("lambda", "PUT", "/2015-03-31/functions/f/configuration",
	     "{\"FileSystemConfigs\":[{\"Arn\":\"arn:aws:elasticfilesystem:us-east-1:123456789012:"
	     "access-point/fsap-1\",\"LocalMountPath\":\"/mnt/x\"}]}",
	     "lambda:UpdateFunctionConfiguration "
	     "arn:aws:lambda:us-east-1:*:function:f\n"
	     "~elasticfilesystem:DescribeMountTargets "
	     "arn:aws:elasticfilesystem:us-east-1:*:file-system/*"),
	FORM("sns", "Action=Publish&Version=2010-03-31&PhoneNumber=%2B1&Message=m",
	     "sns:Publish *"),
	REST("chime", "POST", "/voice-profile-domains",
	     "{\"Name\":\"n\",\"ServerSideEncryptionConfiguration\":{\"KmsKeyArn\":\"" KEY "\"}}",
	     "chime:CreateVoiceProfileDomain *\n"
	     "~kms:CreateGrant " KEY "\n~kms:DescribeKey " KEY),
	/* --- what Athena, Bedrock and others do with the caller's rights --- */
	JSON("athena", "AmazonAthena.ListDatabases", "{\"CatalogName\":\"AwsDataCatalog\"}",
	     "athena:ListDatabases arn:aws:athena:us-east-1:*:datacatalog/AwsDataCatalog\n"
	     "~glue:GetDatabases "
	     "arn:aws:glue:us-east-1:*:catalog,arn:aws:glue:us-east-1:*:database/*"),
	JSON("athena", "AmazonAthena.GetDatabase",
	     "{\"CatalogName\":\"AwsDataCatalog\",\"DatabaseName\":\"db\"}",
	     "athena:GetDatabase arn:aws:athena:us-east-1:*:datacatalog/AwsDataCatalog\n"
	     "~glue:GetDatabase "
	     "arn:aws:glue:us-east-1:*:catalog,arn:aws:glue:us-east-1:*:database/db"),
	JSON("athena", "AmazonAthena.ListTableMetadata",
	     "{\"CatalogName\":\"AwsDataCatalog\",\"DatabaseName\":\"db\"}",
	     "athena:ListTableMetadata arn:aws:athena:us-east-1:*:datacatalog/AwsDataCatalog\n"
	     "~glue:GetTables "
	     "arn:aws:glue:us-east-1:*:catalog,arn:aws:glue:us-east-1:*:database/"
	     "db,arn:aws:glue:us-east-1:*:table/db/*"),
	JSON("athena", "AmazonAthena.GetTableMetadata",
	     "{\"CatalogName\":\"AwsDataCatalog\",\"DatabaseName\":\"db\",\"TableName\":\"t\"}",
	     "athena:GetTableMetadata arn:aws:athena:us-east-1:*:datacatalog/AwsDataCatalog\n"
	     "~glue:GetTable "
	     "arn:aws:glue:us-east-1:*:catalog,arn:aws:glue:us-east-1:*:database/"
	     "db,arn:aws:glue:us-east-1:*:table/db/t"),
	JSON("athena", "AmazonAthena.GetTableMetadata",
	     "{\"CatalogName\":\"cat\",\"DatabaseName\":\"db\",\"TableName\":\"t\"}",
	     "athena:GetTableMetadata arn:aws:athena:us-east-1:*:datacatalog/cat"),
	REST("bedrock", "POST", "/marketplace-model/endpoints",
	     "{\"modelSourceIdentifier\":\"arn:aws:sagemaker:us-east-1:aws:hub-content/"
	     "SageMakerPublicHub/Model/m/"
	     "1.0.0\",\"endpointName\":\"n\",\"endpointConfig\":{\"sageMaker\":{"
	     "\"initialInstanceCount\":1,\"instanceType\":\"ml.g5\",\"executionRole\":\"" ROLE
	     "\"}}}",
	     "bedrock:CreateMarketplaceModelEndpoint *\n"
	     "~sagemaker:CreateEndpoint "
	     "arn:aws:sagemaker:us-east-1:*:endpoint-config/"
	     "*,arn:aws:sagemaker:us-east-1:*:endpoint/n | StringEquals "
	     "aws:CalledViaLast=bedrock.amazonaws.com\n"
	     "~sagemaker:CreateEndpointConfig "
	     "arn:aws:sagemaker:us-east-1:*:endpoint-config/* | StringEquals "
	     "aws:CalledViaLast=bedrock.amazonaws.com\n"
	     "~sagemaker:CreateModel arn:aws:sagemaker:us-east-1:*:model/* | "
	     "StringEquals aws:CalledViaLast=bedrock.amazonaws.com\n"
	     "iam:PassRole " ROLE
	     " | StringEquals iam:PassedToService=sagemaker.amazonaws.com | StringEquals "
	     "iam:PassedToService=bedrock.amazonaws.com"),
	REST("bedrock", "PATCH",
	     "/marketplace-model/endpoints/"
	     "arn%3Aaws%3Asagemaker%3Aus-east-1%3A123456789012%3Aendpoint%2Fx",
	     "{\"endpointConfig\":{\"sageMaker\":{\"initialInstanceCount\":1,\"instanceType\":\"ml."
	     "g5\",\"executionRole\":\"" ROLE "\"}}}",
	     "bedrock:UpdateMarketplaceModelEndpoint "
	     "arn:aws:bedrock:us-east-1:*:marketplace/model-endpoint/all-access\n"
	     "~sagemaker:CreateEndpointConfig "
	     "arn:aws:sagemaker:us-east-1:*:endpoint-config/* | StringEquals "
	     "aws:CalledViaLast=bedrock.amazonaws.com\n"
	     "~sagemaker:UpdateEndpoint "
	     "arn:aws:sagemaker:us-east-1:*:endpoint-config/"
	     "*,arn:aws:sagemaker:us-east-1:123456789012:endpoint/x | StringEquals "
	     "aws:CalledViaLast=bedrock.amazonaws.com\n"
	     "iam:PassRole " ROLE
	     " | StringEquals iam:PassedToService=sagemaker.amazonaws.com | StringEquals "
	     "iam:PassedToService=bedrock.amazonaws.com"),
	{"bedrock DeleteMarketplaceModelEndpoint", "bedrock", "DELETE",
	 "bedrock.us-east-1.amazonaws.com",
	 "/marketplace-model/endpoints/"
	 "arn%3Aaws%3Asagemaker%3Aus-east-1%3A123456789012%3Aendpoint%2Fx",
	 "", NULL, NULL,
	 "bedrock:DeleteMarketplaceModelEndpoint "
	 "arn:aws:bedrock:us-east-1:*:marketplace/model-endpoint/all-access\n"
	 "~sagemaker:DeleteEndpoint arn:aws:sagemaker:us-east-1:123456789012:endpoint/x | "
	 "StringEquals aws:CalledViaLast=bedrock.amazonaws.com"},
	{"bedrock GetMarketplaceModelEndpoint", "bedrock", "GET", "bedrock.us-east-1.amazonaws.com",
	 "/marketplace-model/endpoints/"
	 "arn%3Aaws%3Asagemaker%3Aus-east-1%3A123456789012%3Aendpoint%2Fx",
	 "", NULL, NULL,
	 "bedrock:GetMarketplaceModelEndpoint "
	 "arn:aws:bedrock:us-east-1:*:marketplace/model-endpoint/all-access\n"
	 "~sagemaker:DescribeEndpoint arn:aws:sagemaker:us-east-1:123456789012:endpoint/x | "
	 "StringEquals aws:CalledViaLast=bedrock.amazonaws.com"},
	REST("bedrock-agentcore", "PUT", "/browsers/aws.browser.v1/sessions/start",
	     "{\"proxyConfiguration\":{\"proxies\":[{\"externalProxy\":{\"server\":\"x\",\"port\":"
	     "1,\"credentials\":{\"basicAuth\":{\"secretArn\":\"arn:aws:secretsmanager:us-east-1:"
	     "123456789012:secret:y-abcdef\"}}}}]}}",
	     "bedrock-agentcore:StartBrowserSession "
	     "arn:aws:bedrock-agentcore:us-east-1:aws:browser/aws.browser.v1\n"
	     "~secretsmanager:GetSecretValue "
	     "arn:aws:secretsmanager:us-east-1:123456789012:secret:y-abcdef"),
	JSON("storagegateway", "StorageGateway_20130630.StartCacheReport",
	     "{\"FileShareARN\":\"arn:aws:storagegateway:us-east-1:123456789012:share/"
	     "share-12345678\",\"Role\":\"" ROLE
	     "\",\"LocationARN\":\"arn:aws:s3:::bkt/pre\",\"BucketRegion\":\"us-east-1\"}",
	     "storagegateway:StartCacheReport "
	     "arn:aws:storagegateway:us-east-1:123456789012:share/share-12345678\n"
	     "~s3:PutObject arn:aws:s3:::bkt/pre*\n"
	     "~s3:AbortMultipartUpload arn:aws:s3:::bkt/pre*\n"
	     "iam:PassRole " ROLE),
	JSON("fsx", "AWSSimbaAPIService_v20180301.CreateAndAttachS3AccessPoint",
	     "{\"Name\":\"nnn\",\"Type\":\"OPENZFS\"}",
	     "fsx:CreateAndAttachS3AccessPoint *\n"
	     "~s3:CreateAccessPoint arn:aws:s3:us-east-1:*:accesspoint/nnn\n"
	     "~s3:GetAccessPoint *\n"
	     "~s3:DeleteAccessPoint arn:aws:s3:us-east-1:*:accesspoint/nnn"),
	FORM("cloudformation",
	     "Action=TestType&Version=2010-05-15&Type=RESOURCE&TypeName=Aaaa%3A%3ABbbb%3A%3ACccc&"
	     "LogDeliveryBucket=bkt",
	     "cloudformation:TestType *\n"
	     "~s3:PutObject arn:aws:s3:::bkt/*\n"
	     "~s3:GetObject arn:aws:s3:::bkt/*"),
	/* --- results that are written for the caller --- */
	JSON("rekognition", "RekognitionService.CreateProjectVersion",
	     "{\"ProjectArn\":\"arn:aws:rekognition:us-east-1:123456789012:project/p/"
	     "1\",\"VersionName\":\"v\",\"OutputConfig\":{\"S3Bucket\":\"bkt\",\"S3KeyPrefix\":"
	     "\"out/\"}}",
	     "rekognition:CreateProjectVersion "
	     "arn:aws:rekognition:us-east-1:123456789012:project/p/1\n"
	     "~s3:PutObject arn:aws:s3:::bkt/out/*"),
	JSON("rekognition", "RekognitionService.CreateFaceLivenessSession",
	     "{\"Settings\":{\"OutputConfig\":{\"S3Bucket\":\"bkt\"}}}",
	     "rekognition:CreateFaceLivenessSession *\n"
	     "~s3:PutObject arn:aws:s3:::bkt/*"),
	REST("bedrock", "POST", "/advanced-prompt-optimization-jobs",
	     "{\"jobName\":\"j\",\"inputConfig\":{\"s3Uri\":\"s3://bkt/"
	     "in.jsonl\"},\"outputConfig\":{\"s3Uri\":\"s3://bkt/out/"
	     "\"},\"modelConfigurations\":[{\"modelId\":\"us.amazon.nova-lite-v1:0\"}]}",
	     "bedrock:CreateAdvancedPromptOptimizationJob "
	     "arn:aws:bedrock:*::foundation-model/"
	     "amazon.nova-lite-v1:0,arn:aws:bedrock:us-east-1:*:inference-profile/"
	     "us.amazon.nova-lite-v1:0\n"
	     "~bedrock:InvokeModelWithResponseStream "
	     "arn:aws:bedrock:*::foundation-model/"
	     "amazon.nova-lite-v1:0,arn:aws:bedrock:us-east-1:*:inference-profile/"
	     "us.amazon.nova-lite-v1:0\n"
	     "~s3:GetObject arn:aws:s3:::bkt/in.jsonl\n"
	     "~s3:PutObject arn:aws:s3:::bkt/out/*"),
	JSON("waf", "AWSWAF_20150824.CreateWebACLMigrationStack",
	     "{\"WebACLId\":\"w\",\"S3BucketName\":\"aws-waf-migration-x\","
	     "\"IgnoreUnsupportedType\":true}",
	     "waf:CreateWebACLMigrationStack arn:aws:waf::*:webacl/w\n"
	     "~s3:PutObject arn:aws:s3:::aws-waf-migration-x/*"),
	{"s3 UpdateBucketMetadataInventoryTableConfiguration", "s3", "PUT", "bkt.s3.amazonaws.com",
	 "/?metadataInventoryTable", "",
	 "<InventoryTableConfiguration "
	 "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ConfigurationState>ENABLED</"
	 "ConfigurationState></InventoryTableConfiguration>",
	 NULL,
	 "s3:UpdateBucketMetadataInventoryTableConfiguration arn:aws:s3:::bkt\n"
	 "~s3tables:CreateNamespace arn:aws:s3tables:us-east-1:*:bucket/*\n"
	 "~s3tables:GetTable arn:aws:s3tables:us-east-1:*:bucket/*/table/*\n"
	 "~s3tables:CreateTable arn:aws:s3tables:us-east-1:*:bucket/*\n"
	 "~s3tables:PutTablePolicy arn:aws:s3tables:us-east-1:*:bucket/*/table/*\n"
	 "~s3tables:CreateTableBucket arn:aws:s3tables:us-east-1:*:bucket/*\n"
	 "~s3tables:PutTableEncryption arn:aws:s3tables:us-east-1:*:bucket/*/table/*"},
	/* --- zones and health checks of Cloud Map --- */
	JSON("servicediscovery", "Route53AutoNaming_v20170314.CreatePrivateDnsNamespace",
	     "{\"Name\":\"a.b\",\"Vpc\":\"vpc-1\",\"CreatorRequestId\":\"x\"}",
	     "servicediscovery:CreatePrivateDnsNamespace *\n"
	     "~route53:CreateHostedZone *\n"
	     "~route53:GetHostedZone arn:aws:route53:::hostedzone/*\n"
	     "~route53:ListHostedZonesByName *\n"
	     "~ec2:DescribeVpcs *\n"
	     "~ec2:DescribeRegions *"),
	JSON("servicediscovery", "Route53AutoNaming_v20170314.CreatePublicDnsNamespace",
	     "{\"Name\":\"a.b\",\"CreatorRequestId\":\"x\"}",
	     "servicediscovery:CreatePublicDnsNamespace *\n"
	     "~route53:CreateHostedZone *\n"
	     "~route53:GetHostedZone arn:aws:route53:::hostedzone/*\n"
	     "~route53:ListHostedZonesByName *"),
	JSON("servicediscovery", "Route53AutoNaming_v20170314.CreateHttpNamespace",
	     "{\"Name\":\"a.b\",\"CreatorRequestId\":\"x\"}",
	     "servicediscovery:CreateHttpNamespace *"),
	JSON("servicediscovery", "Route53AutoNaming_v20170314.RegisterInstance",
	     "{\"ServiceId\":\"srv-1\",\"InstanceId\":\"i\",\"CreatorRequestId\":\"x\","
	     "\"Attributes\":{\"AWS_EC2_INSTANCE_ID\":\"i-1\"}}",
	     "servicediscovery:RegisterInstance "
	     "arn:aws:servicediscovery:us-east-1:*:service/srv-1\n"
	     "?route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/*\n"
	     "?route53:GetHealthCheck arn:aws:route53:::healthcheck/*\n"
	     "?route53:UpdateHealthCheck arn:aws:route53:::healthcheck/*\n"
	     "?route53:CreateHealthCheck *\n"
	     "~ec2:DescribeInstances *"),
	JSON("servicediscovery", "Route53AutoNaming_v20170314.RegisterInstance",
	     "{\"ServiceId\":\"srv-1\",\"InstanceId\":\"i\",\"CreatorRequestId\":\"x\","
	     "\"Attributes\":{\"AWS_INSTANCE_IPV4\":\"1.2.3.4\"}}",
	     "servicediscovery:RegisterInstance "
	     "arn:aws:servicediscovery:us-east-1:*:service/srv-1\n"
	     "?route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/*\n"
	     "?route53:GetHealthCheck arn:aws:route53:::healthcheck/*\n"
	     "?route53:UpdateHealthCheck arn:aws:route53:::healthcheck/*\n"
	     "?route53:CreateHealthCheck *"),
	JSON("servicediscovery", "Route53AutoNaming_v20170314.DeregisterInstance",
	     "{\"ServiceId\":\"srv-1\",\"InstanceId\":\"i\"}",
	     "servicediscovery:DeregisterInstance "
	     "arn:aws:servicediscovery:us-east-1:*:service/srv-1\n"
	     "?route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/*\n"
	     "?route53:GetHealthCheck arn:aws:route53:::healthcheck/*\n"
	     "?route53:UpdateHealthCheck arn:aws:route53:::healthcheck/*\n"
	     "?route53:DeleteHealthCheck arn:aws:route53:::healthcheck/*"),
	/* --- where a transcription goes --- */
	JSON("transcribe", "Transcribe.StartTranscriptionJob",
	     "{\"TranscriptionJobName\":\"j\",\"OutputBucketName\":\"b\"}",
	     "transcribe:StartTranscriptionJob *\n~s3:PutObject arn:aws:s3:::b/*"),
	JSON("transcribe", "Transcribe.StartTranscriptionJob",
	     "{\"TranscriptionJobName\":\"j\",\"OutputBucketName\":\"b\",\"OutputKey\":\"d/"
	     "t.json\"}",
	     "transcribe:StartTranscriptionJob *\n~s3:PutObject "
	     "arn:aws:s3:::b/*.write_access_check_file.temp,arn:aws:s3:::b/d/t.json"),
	JSON("transcribe", "Transcribe.StartTranscriptionJob",
	     "{\"TranscriptionJobName\":\"j\",\"OutputBucketName\":\"b\",\"OutputKey\":\"d\"}",
	     "transcribe:StartTranscriptionJob *\n~s3:PutObject "
	     "arn:aws:s3:::b/*.write_access_check_file.temp,arn:aws:s3:::b/d*"),
	JSON("transcribe", "Transcribe.StartTranscriptionJob",
	     "{\"TranscriptionJobName\":\"j\",\"OutputBucketName\":\"b\",\"OutputKey\":\"d/\"}",
	     "transcribe:StartTranscriptionJob *\n~s3:PutObject "
	     "arn:aws:s3:::b/*.write_access_check_file.temp,arn:aws:s3:::b/d/*"),
	FORM("autoscaling",
	     "Action=StartInstanceRefresh&Version=2011-01-01&AutoScalingGroupName=g&"
	     "DesiredConfiguration.LaunchTemplate.LaunchTemplateId=lt-1",
	     "autoscaling:StartInstanceRefresh "
	     "arn:aws:autoscaling:us-east-1:*:autoScalingGroup:*:autoScalingGroupName/g\n"
	     "~ec2:RunInstances " EC2 "instance/*," EC2 "key-pair/*," EC2
	     "launch-template/lt-1," EC2 "network-interface/*," EC2 "security-group/*," EC2
	     "subnet/*," EC2 "volume/*,arn:aws:ec2:us-east-1::image/*"),
	FORM("autoscaling", "Action=StartInstanceRefresh&Version=2011-01-01&AutoScalingGroupName=g",
	     "autoscaling:StartInstanceRefresh "
	     "arn:aws:autoscaling:us-east-1:*:autoScalingGroup:*:autoScalingGroupName/g"),
	/* --- agents without a role ask as their caller --- */
	REST("bedrock", "POST", "/agents/s",
	     "{\"foundationModel\":\"m:0\",\"instruction\":\"i\",\"knowledgeBases\":[{"
	     "\"knowledgeBaseId\":\"KB12345678\"}]}",
	     "bedrock:InvokeInlineAgent *\n"
	     "bedrock:InvokeModel " MODELS(
		     "us-east-1") "m:0\n"
				  "bedrock:Retrieve "
				  "arn:aws:bedrock:us-east-1:*:knowledge-base/KB12345678"),
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
