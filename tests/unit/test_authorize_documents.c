/* SPDX-License-Identifier: MIT */
/*
 * What AWS's own descriptions of its operations ask for beside the operation's action, and names
 * that stand inside other names.
 */
#include "authorize_case.h"

#define APIGW	 "arn:aws:apigateway:us-east-1::"
#define PROFILE	 "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
#define PROMPT	 "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ"
#define BUS	 "arn:aws:events:us-east-1:123456789012:event-bus/"
#define ENTRY	 "arn:aws:eks:us-east-1:*:access-entry/c/"
#define POOL	 "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"
#define WEBACL	 "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/w/1"
#define ALB	 "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1"
#define GRAPH	 "arn:aws:appsync:us-east-1:123456789012:apis/x1"
#define EKS	 "arn:aws:eks:us-east-1:123456789012:"
#define STATIONS EC2 "network-interface/*"
#define STARTS                                                                                     \
	EC2 "instance/*," EC2 "key-pair/*," EC2 "launch-template/lt-1," STATIONS "," EC2           \
	    "security-group/*," EC2 "subnet/*," EC2 "volume/*,arn:aws:ec2:us-east-1::image/*"
#define RDS	   "arn:aws:rds:us-east-1:*:"
#define SAGEMAKER  "arn:aws:sagemaker:us-east-1:*:"
#define CONNECTION "arn:aws:codestar-connections:us-east-1:123456789012:connection/i"
#define TOPIC	   "arn:aws:sns:us-east-1:123456789012:t"
#define MACHINE	   "arn:aws:states:us-east-1:123456789012:stateMachine:m"
#define DSQL	   "arn:aws:dsql:"
#define PEER	   DSQL "us-east-2:123456789012:cluster/x"
#define IMAGE	   "arn:aws:ecr:us-east-1:210987654321:repository/a/b"
#define MEMORYDB   "arn:aws:memorydb:us-east-1:*:"
#define NO_ACTION  "error -2 for " /* -ENOENT */
#define RDS_KMS	   " | StringEquals kms:ViaService=rds.us-east-1.amazonaws.com"
#define AGENT	   "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/r"
#define KEYSPACE   "arn:aws:cassandra:us-east-1:*:/keyspace/k/"
#define SES	   "arn:aws:ses:us-east-1:*:identity/"
#define SECRET	   "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf"
#define RDS_SECRET "arn:aws:secretsmanager:us-east-1:*:secret:rds!*"

static const struct wanted cases[] = {
	/* --- sessions and tokens --- */
	FORM("sts", "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s&RoleArn=" ROLE,
	     "sts:AssumeRole " ROLE),
	FORM("sts",
	     "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s&RoleArn=" ROLE
	     "&Tags.member.1.Key=a&Tags.member.1.Value=b&SourceIdentity=me",
	     "sts:AssumeRole " ROLE "\nsts:TagSession " ROLE "\nsts:SetSourceIdentity " ROLE),
	FORM("sts",
	     "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s&RoleArn=" ROLE
	     "&ProvidedContexts.member.1.ContextAssertion=x",
	     "sts:AssumeRole " ROLE "\nsts:SetContext " ROLE),
	FORM("sts", "Action=AssumeRoot&Version=2011-06-15&TargetPrincipal=111122223333",
	     "sts:AssumeRoot arn:aws:iam::111122223333:root"),
	JSON("ecr-public", "SpencerFrontendService.GetAuthorizationToken", "{}",
	     "ecr-public:GetAuthorizationToken *\nsts:GetServiceBearerToken * | StringEquals "
	     "sts:AWSServiceName=ecr-public.amazonaws.com"),
	FORM("redshift",
	     "Action=GetClusterCredentials&Version=2012-12-01&DbUser=u&ClusterIdentifier=c&"
	     "AutoCreate=true&DbGroups.DbGroup.1=g",
	     "redshift:GetClusterCredentials arn:aws:redshift:us-east-1:*:dbuser:c/u\n"
	     "redshift:CreateClusterUser arn:aws:redshift:us-east-1:*:dbuser:c/u\n"
	     "redshift:JoinGroup arn:aws:redshift:us-east-1:*:dbgroup:c/g"),
	/* --- API Gateway: paths of both APIs --- */
	REST("apigateway", "GET", "/v2/apis/abc/routes", NULL,
	     "apigateway:GET " APIGW "/apis/abc/routes"),
	REST("apigateway", "POST", "/v2/apis", "{\"name\":\"n\",\"protocolType\":\"HTTP\"}",
	     "apigateway:POST " APIGW "/apis"),
	REST("apigateway", "POST", "/restapis/abc/resources/par", "{\"pathPart\":\"p\"}",
	     "apigateway:POST " APIGW "/restapis/abc/resources/par"),
	REST("apigateway", "PATCH", "/account",
	     "{\"patchOperations\":[{\"op\":\"replace\",\"path\":\"/cloudwatchRoleArn\",\"value\":"
	     "\"" ROLE "\"}]}",
	     "apigateway:PATCH " APIGW "/account\n" PASS("apigateway.amazonaws.com")),
	/* --- event buses by ARN --- */
	JSON("events", "AWSEvents.PutRule", "{\"Name\":\"r\",\"EventBusName\":\"" BUS "b\"}",
	     "events:PutRule arn:aws:events:us-east-1:123456789012:rule/b/r"),
	JSON("events", "AWSEvents.PutRule", "{\"Name\":\"r\",\"EventBusName\":\"" BUS "default\"}",
	     "events:PutRule arn:aws:events:us-east-1:*:rule/r"),
	JSON("events", "AWSEvents.PutEvents",
	     "{\"Entries\":[{\"EventBusName\":\"" BUS "aws.partner/x/y\"}]}",
	     "events:PutEvents " BUS "aws.partner/x/y"),
	/* --- EKS: entries hold the parts of their principal's ARN --- */
	REST("eks", "GET",
	     "/clusters/c/access-entries/arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp", NULL,
	     "eks:DescribeAccessEntry " ENTRY "role/123456789012/app/*"),
	REST("eks", "DELETE",
	     "/clusters/c/access-entries/arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Fp%2Fu", NULL,
	     "eks:DeleteAccessEntry " ENTRY "user/123456789012/u/*"),
	REST("eks", "POST", "/clusters/c/pod-identity-associations",
	     "{\"namespace\":\"n\",\"serviceAccount\":\"s\",\"roleArn\":\"" ROLE "\"}",
	     "eks:CreatePodIdentityAssociation arn:aws:eks:us-east-1:*:cluster/c\n" PASS(
		     "pods.eks.amazonaws.com")),
	/* --- roles under other names, and by name --- */
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition",
	     "{\"family\":\"f\",\"taskRoleArn\":\"app\",\"containerDefinitions\":[]}",
	     "ecs:RegisterTaskDefinition arn:aws:ecs:us-east-1:*:task-definition/f:*\n"
	     "iam:PassRole arn:aws:iam::*:role/app | StringEquals "
	     "iam:PassedToService=ecs-tasks.amazonaws.com"),
	JSON("cognito-idp", "AWSCognitoIdentityProviderService.CreateUserPool",
	     "{\"PoolName\":\"p\",\"SmsConfiguration\":{\"SnsCallerArn\":\"" ROLE "\"}}",
	     "cognito-idp:CreateUserPool *\niam:PassRole " ROLE),
	REST("lakeformation", "POST", "/RegisterResource",
	     "{\"ResourceArn\":\"arn:aws:s3:::b\",\"RoleArn\":\"" ROLE "\"}",
	     "lakeformation:RegisterResource *\n" PASS("lakeformation.amazonaws.com")),
	/* --- Bedrock --- */
	AT("models behind a profile", "bedrock", "POST", "bedrock-runtime.us-east-1.amazonaws.com",
	   "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3A"
	   "application-inference-profile%2Fabc/invoke",
	   "bedrock:InvokeModel " PROFILE "\nbedrock:InvokeModel " MODELS(
		   "*") "* | StringEquals bedrock:InferenceProfileArn=" PROFILE),
	AT("a prompt's model", "bedrock", "POST", "bedrock-runtime.us-east-1.amazonaws.com",
	   "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aprompt%2FABCDEFGHIJ%3A1/"
	   "converse",
	   "bedrock:InvokeModel arn:aws:bedrock:us-east-1:*:inference-profile/*," MODELS(
		   "us-east-1") "*\nbedrock:RenderPrompt " PROMPT ":1"),
	REST("bedrock", "POST", "/retrieveAndGenerate",
	     "{\"input\":{\"text\":\"x\"},\"retrieveAndGenerateConfiguration\":{\"type\":"
	     "\"KNOWLEDGE_BASE\",\"knowledgeBaseConfiguration\":{\"knowledgeBaseId\":"
	     "\"KB12345678\","
	     "\"modelArn\":\"" MODELS("us-east-1") "m:0\"}}}",
	     "bedrock:RetrieveAndGenerate *\n"
	     "bedrock:Retrieve arn:aws:bedrock:us-east-1:*:knowledge-base/KB12345678\n"
	     "bedrock:InvokeModel " MODELS("us-east-1") "m:0"),
	/* --- what is made or asked for behind a call --- */
	REST("backup", "PUT", "/backup-vaults/v", "{\"EncryptionKeyArn\":\"" KEY "\"}",
	     "backup:CreateBackupVault arn:aws:backup:us-east-1:*:backup-vault:v\n"
	     "backup-storage:MountCapsule *\n"
	     "~kms:CreateGrant " KEY
	     " | StringEquals kms:ViaService=backup.us-east-1.amazonaws.com\n"
	     "~kms:Decrypt " KEY " | StringEquals kms:ViaService=backup.us-east-1.amazonaws.com\n"
	     "~kms:DescribeKey " KEY
	     " | StringEquals kms:ViaService=backup.us-east-1.amazonaws.com\n"
	     "~kms:GenerateDataKey " KEY
	     " | StringEquals kms:ViaService=backup.us-east-1.amazonaws.com\n"
	     "~kms:RetireGrant " KEY
	     " | StringEquals kms:ViaService=backup.us-east-1.amazonaws.com"),
	REST("elasticfilesystem", "POST", "/2015-02-01/mount-targets",
	     "{\"FileSystemId\":\"fs-1\",\"SubnetId\":\"subnet-1\",\"SecurityGroups\":[\"sg-1\"]}",
	     "elasticfilesystem:CreateMountTarget "
	     "arn:aws:elasticfilesystem:us-east-1:*:file-system/fs-1\n"
	     "~ec2:DescribeSubnets *\n~ec2:DescribeNetworkInterfaces *\n"
	     "~ec2:CreateNetworkInterface " STATIONS "," EC2 "security-group/sg-1," EC2
	     "subnet/subnet-1"),
	JSON("wafv2", "AWSWAF_20190729.AssociateWebACL",
	     "{\"WebACLArn\":\"" WEBACL "\",\"ResourceArn\":\"" ALB "\"}",
	     "wafv2:AssociateWebACL " ALB "," WEBACL "\nelasticloadbalancing:SetWebAcl *"
	     "\n?elasticloadbalancing:CreateWebACLAssociation " ALB),
	JSON("wafv2", "AWSWAF_20190729.DisassociateWebACL", "{\"ResourceArn\":\"" GRAPH "\"}",
	     "wafv2:DisassociateWebACL " GRAPH "\nappsync:SetWebACL *"
	     "\n?appsync:DisassociateWebACL " GRAPH),
	JSON("sagemaker", "SageMaker.CreateCluster",
	     "{\"ClusterName\":\"c\",\"Orchestrator\":{\"Eks\":{\"ClusterArn\":\"" EKS
	     "cluster/e\"}}}",
	     "sagemaker:CreateCluster arn:aws:sagemaker:us-east-1:*:cluster/*\n"
	     "?eks:DescribeCluster " EKS "cluster/e\n"
	     "?eks:CreateAccessEntry " EKS "cluster/e\n"
	     "?eks:DescribeAccessEntry " EKS "access-entry/e/*/*/*/*\n"
	     "?eks:DeleteAccessEntry " EKS "access-entry/e/*/*/*/*\n"
	     "?eks:AssociateAccessPolicy " EKS "access-entry/e/*/*/*/*"),
	JSON("wafv2", "AWSWAF_20190729.DisassociateWebACL", "{\"ResourceArn\":\"" POOL "\"}",
	     "wafv2:DisassociateWebACL " POOL "\ncognito-idp:DisassociateWebACL " POOL),
	FORM("autoscaling",
	     "Action=CreateAutoScalingGroup&Version=2011-01-01&AutoScalingGroupName=g&MinSize=1&"
	     "MaxSize=1&LaunchTemplate.LaunchTemplateId=lt-1",
	     "autoscaling:CreateAutoScalingGroup "
	     "arn:aws:autoscaling:us-east-1:*:autoScalingGroup:*:autoScalingGroupName/g\n"
	     "~ec2:RunInstances " STARTS),
	FORM("ec2",
	     "Action=CreateFleet&Version=2016-11-15&Type=instant&"
	     "LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId=lt-1&"
	     "LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version=1",
	     "ec2:CreateFleet " EC2 "fleet/*," EC2 "instance/*," EC2 "launch-template/lt-1\n"
	     "ec2:RunInstances " STARTS),
	FORM("rds",
	     "Action=ModifyDBInstance&Version=2014-10-31&DBInstanceIdentifier=d&"
	     "ManageMasterUserPassword=true",
	     "rds:ModifyDBInstance arn:aws:rds:us-east-1:*:db:d\n"
	     "~secretsmanager:CreateSecret " RDS_SECRET
	     "\n~secretsmanager:TagResource " RDS_SECRET),
	JSON("codedeploy", "CodeDeploy_20141006.CreateDeployment",
	     "{\"applicationName\":\"a\",\"deploymentGroupName\":\"g\"}",
	     "codedeploy:CreateDeployment arn:aws:codedeploy:us-east-1:*:deploymentgroup:a/g\n"
	     "codedeploy:GetDeploymentConfig "
	     "arn:aws:codedeploy:us-east-1:*:deploymentconfig:*"),
	/* --- names inside names --- */
	JSON("codebuild", "CodeBuild_20161006.BatchGetBuilds",
	     "{\"ids\":[\"p:1\",\"arn:aws:codebuild:us-east-1:123456789012:build/q:2\"]}",
	     "codebuild:BatchGetBuilds arn:aws:codebuild:us-east-1:*:project/p,"
	     "arn:aws:codebuild:us-east-1:123456789012:project/q"),
	REST("batch", "POST", "/v1/submitjob",
	     "{\"jobName\":\"j\",\"jobQueue\":\"q\",\"jobDefinition\":\"d\"}",
	     "batch:SubmitJob arn:aws:batch:us-east-1:*:job-definition/d,"
	     "arn:aws:batch:us-east-1:*:job-definition/d:*,"
	     "arn:aws:batch:us-east-1:*:job-queue/q,arn:aws:batch:us-east-1:*:job/*"),
	JSON("kinesis", "Kinesis_20131202.StartStreamEncryption",
	     "{\"StreamName\":\"s\",\"EncryptionType\":\"KMS\",\"KeyId\":\"alias/k\"}",
	     "kinesis:StartStreamEncryption arn:aws:kinesis:us-east-1:*:stream/s,"
	     "arn:aws:kms:us-east-1:*:key/*"),
	JSON("glue", "AWSGlue.GetTable",
	     "{\"CatalogId\":\"123456789012\",\"DatabaseName\":\"d\",\"Name\":\"t\"}",
	     "glue:GetTable arn:aws:glue:us-east-1:123456789012:catalog,"
	     "arn:aws:glue:us-east-1:123456789012:database/d,"
	     "arn:aws:glue:us-east-1:123456789012:table/d/t"),
	JSON("ssm", "AmazonSSM.StartAutomationExecution",
	     "{\"DocumentName\":\"AWS-RestartEC2Instance\"}",
	     "ssm:StartAutomationExecution "
	     "arn:aws:ssm:us-east-1:*:automation-execution/*,"
	     "arn:aws:ssm:us-east-1::automation-definition/AWS-RestartEC2Instance:*,"
	     "arn:aws:ssm:us-east-1::document/AWS-RestartEC2Instance"),
	FORM("ec2",
	     "Action=ModifyVpcEndpoint&Version=2016-11-15&VpcEndpointId=vpce-1&AddSubnetId.1="
	     "subnet-1&"
	     "RemoveRouteTableId.1=rtb-1",
	     "ec2:ModifyVpcEndpoint " EC2 "route-table/rtb-1," EC2 "subnet/subnet-1," EC2
	     "vpc-endpoint/vpce-1"),
	REST("iot", "PUT", "/jobs/j",
	     "{\"targets\":[\"arn:aws:iot:us-east-1:123456789012:thing/t\"]}",
	     "iot:CreateJob arn:aws:iot:us-east-1:*:job/j,"
	     "arn:aws:iot:us-east-1:123456789012:thing/t"),
	/* --- tags go to what is made, not to what is made of it --- */
	REST("eks", "POST", "/clusters/c/node-groups",
	     "{\"nodegroupName\":\"n\",\"nodeRole\":\"" ROLE "\",\"tags\":{\"a\":\"b\"}}",
	     "eks:CreateNodegroup arn:aws:eks:us-east-1:*:cluster/c\n"
	     "eks:TagResource arn:aws:eks:us-east-1:*:nodegroup/c/n/*\niam:GetRole " ROLE
	     "\niam:ListAttachedRolePolicies " ROLE "\n" PASS("eks.amazonaws.com")),
	FORM("rds",
	     "Action=CreateDBSnapshot&Version=2014-10-31&DBSnapshotIdentifier=s&"
	     "DBInstanceIdentifier=i&Tags.Tag.1.Key=a",
	     "rds:CreateDBSnapshot " RDS "db:i," RDS "snapshot:s\n"
	     "rds:AddTagsToResource " RDS "snapshot:s"),
	JSON("sagemaker", "SageMaker.CreateEndpoint",
	     "{\"EndpointName\":\"e\",\"EndpointConfigName\":\"c\",\"Tags\":[{\"Key\":\"a\"}]}",
	     "sagemaker:CreateEndpoint " SAGEMAKER "endpoint-config/c," SAGEMAKER "endpoint/e\n"
	     "sagemaker:AddTags " SAGEMAKER "endpoint/e"),
	JSON("wafv2", "AWSWAF_20190729.CreateIPSet",
	     "{\"Name\":\"n\",\"Scope\":\"REGIONAL\",\"Tags\":[{\"Key\":\"a\"}]}",
	     "wafv2:CreateIPSet arn:aws:wafv2:us-east-1:*:regional/ipset/n/*\n"
	     "wafv2:TagResource arn:aws:wafv2:us-east-1:*:regional/ipset/n/*"),
	/* --- dependent actions of the reference --- */
	REST("rolesanywhere", "POST", "/profiles", "{\"name\":\"p\",\"roleArns\":[\"" ROLE "\"]}",
	     "rolesanywhere:CreateProfile *\n" PASS("rolesanywhere.amazonaws.com")),
	FORM("sns",
	     "Action=SetTopicAttributes&Version=2010-03-31&TopicArn=" TOPIC
	     "&AttributeName=SQSSuccessFeedbackRoleArn&AttributeValue=" ROLE,
	     "sns:SetTopicAttributes " TOPIC "\n" PASS("sns.amazonaws.com")),
	FORM("sns",
	     "Action=SetTopicAttributes&Version=2010-03-31&TopicArn=" TOPIC
	     "&AttributeName=DisplayName&AttributeValue=x",
	     "sns:SetTopicAttributes " TOPIC),
	FORM("sns",
	     "Action=CreateTopic&Version=2010-03-31&Name=t&Attributes.entry.1.key=DisplayName&"
	     "Attributes.entry.1.value=x",
	     "sns:CreateTopic arn:aws:sns:us-east-1:*:t"),
	FORM("sns",
	     "Action=CreateTopic&Version=2010-03-31&Name=t&Attributes.entry.1.key=x&"
	     "Attributes.entry.1.value=" ROLE,
	     "sns:CreateTopic arn:aws:sns:us-east-1:*:t\n" PASS("sns.amazonaws.com")),
	FORM("sns",
	     "Action=Subscribe&Version=2010-03-31&TopicArn=" TOPIC
	     "&Protocol=firehose&Attributes.entry.1.key=SubscriptionRoleArn&"
	     "Attributes.entry.1.value=" ROLE,
	     "sns:Subscribe " TOPIC "\n" PASS("sns.amazonaws.com")),
	/* --- the reference's tables of API operations --- */
	REST("eks", "POST", "/clusters/c/access-entries",
	     "{\"principalArn\":\"" ROLE "\",\"type\":\"EC2_LINUX\"}",
	     "eks:CreateAccessEntry arn:aws:eks:us-east-1:*:cluster/c\n"
	     "iam:PassRole arn:aws:iam::123456789012:role/app | StringEquals "
	     "iam:PassedToService=ec2.amazonaws.com"),
	REST("eks", "POST", "/clusters/c/access-entries",
	     "{\"principalArn\":\"" ROLE "\",\"type\":\"STANDARD\"}",
	     "eks:CreateAccessEntry arn:aws:eks:us-east-1:*:cluster/c"),
	REST("securitylake", "POST", "/v1/subscribers/i/notification",
	     "{\"configuration\":{\"httpsNotificationConfiguration\":{\"endpoint\":\"e\","
	     "\"targetRoleArn\":\"" ROLE "\"}}}",
	     "securitylake:CreateSubscriberNotification "
	     "arn:aws:securitylake:us-east-1:*:subscriber/i\n" PASS("events.amazonaws.com")),
	REST("appconfig", "POST", "/extensions",
	     "{\"Name\":\"e\",\"Actions\":{\"PRE_START_DEPLOYMENT\":[{\"RoleArn\":\"" ROLE "\"}]}}",
	     "appconfig:CreateExtension *\n" PASS("appconfig.amazonaws.com")),
	FORM("redshift",
	     "Action=CreateScheduledAction&Version=2012-12-01&ScheduledActionName=a&"
	     "TargetAction.PauseCluster.ClusterIdentifier=c",
	     "redshift:CreateScheduledAction *\n"
	     "redshift:PauseCluster arn:aws:redshift:us-east-1:*:cluster:c"),
	JSON("logs", "Logs_20140328.FilterLogEvents", "{\"logGroupName\":\"g\",\"unmask\":true}",
	     "logs:FilterLogEvents arn:aws:logs:us-east-1:*:log-group:g:*\n"
	     "logs:Unmask arn:aws:logs:us-east-1:*:log-group:g:*"),
	JSON("logs", "Logs_20140328.PutAccountPolicy",
	     "{\"policyName\":\"p\",\"policyType\":\"TRANSFORMER_POLICY\"}",
	     "logs:PutAccountPolicy *\n"
	     "logs:PutTransformer arn:aws:logs:us-east-1:*:log-group:*"),
	JSON("mediastore", "MediaStore_20170901.StartAccessLogging", "{\"ContainerName\":\"c\"}",
	     "mediastore:StartAccessLogging arn:aws:mediastore:us-east-1:*:container/c\n"
	     "iam:PassRole arn:aws:iam::*:role/MediaStoreAccessLogs | StringEquals "
	     "iam:PassedToService=mediastore.amazonaws.com"),
	JSON("codepipeline", "CodePipeline_20150709.CreatePipeline",
	     "{\"pipeline\":{\"name\":\"p\",\"stages\":[{\"actions\":[{\"configuration\":{"
	     "\"ConnectionArn\":\"" CONNECTION "\"}}]}]}}",
	     "codepipeline:CreatePipeline arn:aws:codepipeline:us-east-1:*:p\n"
	     "codestar-connections:PassConnection " CONNECTION),
	FORM("ec2",
	     "Action=CreateLaunchTemplate&Version=2016-11-15&LaunchTemplateName=t&"
	     "LaunchTemplateData.ImageId=resolve:ssm:/golden/ami:3",
	     "ec2:CreateLaunchTemplate " EC2 "launch-template/*\n"
	     "ssm:GetParameters arn:aws:ssm:us-east-1:*:parameter/golden/ami"),
	JSON("states", "AWSStepFunctions.UpdateStateMachine",
	     "{\"stateMachineArn\":\"" MACHINE "\",\"publish\":true}",
	     "states:UpdateStateMachine " MACHINE "\nstates:PublishStateMachineVersion " MACHINE),
	JSON("config", "StarlingDoveService.PutRemediationConfigurations",
	     "{\"RemediationConfigurations\":[{\"ConfigRuleName\":\"r\",\"Parameters\":{"
	     "\"AutomationAssumeRole\":{\"StaticValue\":{\"Values\":[\"" ROLE "\"]}}}}]}",
	     "config:PutRemediationConfigurations "
	     "arn:aws:config:us-east-1:*:remediation-configuration/*\n" PASS("ssm.amazonaws.com")),
	FORM("rds",
	     "Action=DeleteDBInstance&Version=2014-10-31&DBInstanceIdentifier=i&"
	     "FinalDBSnapshotIdentifier=s",
	     "rds:DeleteDBInstance " RDS "db:i\n"
	     "rds:CreateDBSnapshot " RDS "db:i," RDS "snapshot:s"),
	FORM("cloudformation", "Action=DescribeStacks&Version=2010-05-15",
	     "cloudformation:DescribeStacks *\ncloudformation:ListStacks *"),
	FORM("cloudformation",
	     "Action=CreateStackSet&Version=2010-05-15&StackSetName=s&Tags.member.1.Key=a",
	     "cloudformation:CreateStackSet *\n"
	     "cloudformation:TagResource arn:aws:cloudformation:us-east-1:*:stackset/s:*"),
	JSON("servicequotas", "ServiceQuotasV20190624.GetServiceQuota",
	     "{\"ServiceCode\":\"dynamodb\",\"QuotaCode\":\"L-1\"}",
	     "servicequotas:GetServiceQuota arn:aws:servicequotas:us-east-1:*:dynamodb/L-1\n"
	     "~dynamodb:DescribeLimits *"),
	REST("scheduler", "DELETE", "/schedule-groups/g", NULL,
	     "scheduler:DeleteScheduleGroup arn:aws:scheduler:us-east-1:*:schedule-group/g\n"
	     "scheduler:DeleteSchedule arn:aws:scheduler:us-east-1:*:schedule/g/*"),
	REST("emr-containers", "POST", "/virtualclusters/v/jobruns",
	     "{\"executionRoleArn\":\"" ROLE "\"}",
	     "emr-containers:StartJobRun arn:aws:emr-containers:us-east-1:*:/virtualclusters/v"),

	/* --- requests of whole programs --- */
	REST("dsql", "POST", "/cluster",
	     "{\"multiRegionProperties\":{\"witnessRegion\":\"us-west-2\",\"clusters\":[\"" PEER
	     "\"]}}",
	     "dsql:CreateCluster " DSQL "us-east-1:*:cluster/*\n"
	     "dsql:PutMultiRegionProperties " DSQL "us-east-1:*:cluster/*\n"
	     "dsql:PutWitnessRegion " DSQL "us-east-1:*:cluster/*," DSQL "us-west-2:*:cluster/*\n"
	     "dsql:AddPeerCluster " DSQL "us-east-1:*:cluster/*," PEER),
	REST("oam", "POST", "/CreateLink",
	     "{\"ResourceTypes\":[\"AWS::CloudWatch::Metric\",\"AWS::Logs::LogGroup\"],"
	     "\"SinkIdentifier\":\"arn:aws:oam:us-east-1:210987654321:sink/x\"}",
	     "oam:CreateLink arn:aws:oam:us-east-1:210987654321:sink/x\nlogs:Link *\n"
	     "cloudwatch:Link *"),
	REST("codeartifact", "POST",
	     "/v1/repository?domain=d&domain-owner=210987654321&repository=r",
	     "{\"upstreams\":[{\"repositoryName\":\"u\"}]}",
	     "codeartifact:CreateRepository *\ncodeartifact:AssociateWithDownstreamRepository "
	     "arn:aws:codeartifact:us-east-1:210987654321:repository/d/u"),
	REST("lambda", "PUT", "/2015-03-31/functions/f/code",
	     "{\"ImageUri\":\"210987654321.dkr.ecr.us-east-1.amazonaws.com/a/b@sha256:1\"}",
	     "lambda:UpdateFunctionCode " FN "\n~ecr:GetRepositoryPolicy " IMAGE
	     "\n~ecr:SetRepositoryPolicy " IMAGE "\n~ecr:BatchGetImage " IMAGE
	     "\n~ecr:GetDownloadUrlForLayer " IMAGE),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.RunTask", "{\"taskDefinition\":\"t:1\"}",
	     "ecs:RunTask arn:aws:ecs:us-east-1:*:task-definition/t:1\n?iam:PassRole "
	     "arn:aws:iam::*:role/* | StringEquals iam:PassedToService=ecs-tasks.amazonaws.com"),
	JSON("redshift-data", "RedshiftData.ExecuteStatement",
	     "{\"ClusterIdentifier\":\"c\",\"Database\":\"d\",\"DbUser\":\"u\",\"Sql\":\"x\"}",
	     "redshift-data:ExecuteStatement arn:aws:redshift:us-east-1:*:cluster:c\n"
	     "~redshift:GetClusterCredentials arn:aws:redshift:us-east-1:*:dbname:c/d,"
	     "arn:aws:redshift:us-east-1:*:dbuser:c/u"),
	JSON("memorydb", "AmazonMemoryDB.CreateCluster",
	     "{\"ClusterName\":\"c\",\"ACLName\":\"a\",\"SubnetGroupName\":\"s\","
	     "\"ParameterGroupName\":\"p\"}",
	     "memorydb:CreateCluster " MEMORYDB "acl/a," MEMORYDB "parametergroup/p," MEMORYDB
	     "subnetgroup/s"),
	FORM("rds",
	     "Action=CopyDBSnapshot&Version=2014-10-31&SourceDBSnapshotIdentifier=arn:aws:rds:"
	     "eu-west-1:123456789012:snapshot:s&TargetDBSnapshotIdentifier=t&KmsKeyId=" KEY,
	     "rds:CopyDBSnapshot arn:aws:rds:eu-west-1:123456789012:snapshot:s,"
	     "arn:aws:rds:us-east-1:*:snapshot:t\n~kms:CreateGrant " KEY RDS_KMS
	     "\n~kms:DescribeKey " KEY RDS_KMS),
	/* Each role of one request to the service that it is for. */
	REST("batch", "POST", "/v1/createcomputeenvironment",
	     "{\"computeEnvironmentName\":\"c\",\"type\":\"MANAGED\",\"serviceRole\":\"" ROLE "\","
	     "\"computeResources\":{\"type\":\"SPOT\",\"spotIamFleetRole\":\"" ROLE "\"}}",
	     "batch:CreateComputeEnvironment "
	     "arn:aws:batch:us-east-1:*:compute-environment/c\n" PASS(
		     "spotfleet.amazonaws.com") "\n" PASS("batch.amazonaws.com")),
	/* Services have two names in China, and no rule says which one is compared. */
	{"a role in China", "lambda", "POST", "lambda.cn-north-1.amazonaws.com.cn",
	 "/2015-03-31/functions", "Content-Type: application/json\n",
	 "{\"FunctionName\":\"f\",\"Role\":\"arn:aws-cn:iam::123456789012:role/app\"}", NULL,
	 "lambda:CreateFunction arn:aws-cn:lambda:cn-north-1:*:function:f\n"
	 "iam:PassRole arn:aws-cn:iam::123456789012:role/app | StringEquals "
	 "iam:PassedToService=lambda.amazonaws.com | StringEquals "
	 "iam:PassedToService=lambda.amazonaws.com.cn"},
	REST("bedrock-agentcore", "POST",
	     "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A123456789012%3Aruntime%2Fr/"
	     "invocations?qualifier=prod",
	     "{}",
	     "bedrock-agentcore:InvokeAgentRuntime " AGENT "," AGENT "/runtime-endpoint/prod"),
	/* --- what no document names an action for is not guessed --- */
	JSON("logs", "Logs_20140328.GetLogObject", "{\"logObjectPointer\":\"p\"}",
	     NO_ACTION "GetLogObject"),
	REST("outposts", "POST", "/outposts/op-1/decommission", "{}",
	     NO_ACTION "StartOutpostDecommission"),
	FORM("iam", "Action=UpdateDelegationRequest&Version=2010-05-08&DelegationRequestId=d",
	     NO_ACTION "UpdateDelegationRequest"),
	REST("quicksight", "GET", "/accounts/123456789012/namespaces/n/iam-policy-assignments/a",
	     NULL,
	     "quicksight:DescribeIAMPolicyAssignment "
	     "arn:aws:quicksight::123456789012:assignment/*"),
	/* --- what guides and the reference's tables of operations ask for besides --- */
	JSON("memorydb", "AmazonMemoryDB.CreateCluster",
	     "{\"ClusterName\":\"c\",\"ACLName\":\"a\",\"KmsKeyId\":\"" KEY "\"}",
	     "memorydb:CreateCluster " MEMORYDB "acl/a," MEMORYDB "parametergroup/*," MEMORYDB
	     "subnetgroup/*\n~kms:CreateGrant " KEY
	     " | StringEquals kms:ViaService=memorydb.us-east-1.amazonaws.com"),
	JSON("textract", "Textract.StartDocumentAnalysis",
	     "{\"DocumentLocation\":{},\"KMSKeyId\":\"" KEY "\"}",
	     "textract:StartDocumentAnalysis *\n~kms:Decrypt " KEY "\n~kms:DescribeKey " KEY
	     "\n~kms:GenerateDataKey " KEY "\n~kms:ReEncryptFrom " KEY "\n~kms:ReEncryptTo " KEY),
	REST("cloudfront", "PUT", "/2020-05-31/distribution/E1/associate-alias?Alias=a.example",
	     NULL,
	     "cloudfront:AssociateAlias arn:aws:cloudfront::*:distribution/E1\n"
	     "cloudfront:UpdateDistribution arn:aws:cloudfront::*:distribution/E1"),
	REST("bedrock", "POST", "/retrieveAndGenerate",
	     "{\"input\":{},\"retrieveAndGenerateConfiguration\":{\"knowledgeBaseConfiguration\":"
	     "{\"knowledgeBaseId\":\"K\",\"modelArn\":\"arn:aws:bedrock:us-east-1::"
	     "foundation-model/m\",\"retrievalConfiguration\":{\"vectorSearchConfiguration\":"
	     "{\"rerankingConfiguration\":{\"type\":\"BEDROCK_RERANKING_MODEL\"}}}}}}",
	     "bedrock:RetrieveAndGenerate *\n"
	     "bedrock:Retrieve arn:aws:bedrock:us-east-1:*:knowledge-base/K\n"
	     "bedrock:InvokeModel arn:aws:bedrock:us-east-1::foundation-model/m\n"
	     "bedrock:Rerank *"),
	JSON("transcribe", "Transcribe.StartMedicalTranscriptionJob",
	     "{\"MedicalTranscriptionJobName\":\"j\",\"Media\":{\"MediaFileUri\":\"s3://b/k\"}}",
	     "transcribe:StartMedicalTranscriptionJob *\n~s3:GetObject arn:aws:s3:::b/k"),
	REST("rds-data", "POST", "/ExecuteSql",
	     "{\"dbClusterOrInstanceArn\":\"arn:aws:rds:us-east-1:123456789012:cluster:c\","
	     "\"awsSecretStoreArn\":\"" SECRET "\",\"sqlStatements\":\"x\"}",
	     "rds-data:ExecuteSql arn:aws:rds:us-east-1:123456789012:cluster:c\n"
	     "~secretsmanager:GetSecretValue " SECRET),
	FORM("ses", "Action=SendBounce&Version=2010-12-01&BounceSender=a%40b.example",
	     "ses:SendBounce " SES "a@b.example," SES "b.example"),
	JSON("keyspaces", "KeyspacesService.UpdateTable",
	     "{\"keyspaceName\":\"k\",\"tableName\":\"t\"}",
	     "cassandra:Alter " KEYSPACE "," KEYSPACE "table/t\n"
	     "?cassandra:AlterMultiRegionResource " KEYSPACE "," KEYSPACE "table/t"),
	JSON("keyspaces", "KeyspacesService.CreateKeyspace",
	     "{\"keyspaceName\":\"k\",\"tags\":[{\"key\":\"a\",\"value\":\"b\"}],"
	     "\"replicationSpecification\":{\"replicationStrategy\":\"SINGLE_REGION\"}}",
	     "cassandra:Create " KEYSPACE "\ncassandra:TagResource " KEYSPACE),
	JSON("keyspaces", "KeyspacesService.CreateKeyspace",
	     "{\"keyspaceName\":\"k\","
	     "\"replicationSpecification\":{\"replicationStrategy\":\"MULTI_REGION\"}}",
	     "cassandra:Create " KEYSPACE "\ncassandra:CreateMultiRegionResource " KEYSPACE),
	JSON("keyspaces", "KeyspacesService.UpdateKeyspace",
	     "{\"keyspaceName\":\"k\","
	     "\"replicationSpecification\":{\"replicationStrategy\":\"MULTI_REGION\"}}",
	     "cassandra:Alter " KEYSPACE "\ncassandra:AlterMultiRegionResource " KEYSPACE
	     "\ncassandra:Create " KEYSPACE "," KEYSPACE "table/*"
	     "\ncassandra:CreateMultiRegionResource " KEYSPACE "," KEYSPACE "table/*"
	     "\ncassandra:Select " KEYSPACE "table/*\ncassandra:SelectMultiRegionResource " KEYSPACE
	     "table/*\ncassandra:Modify " KEYSPACE
	     "table/*\ncassandra:ModifyMultiRegionResource " KEYSPACE "table/*"),
	JSON("keyspaces", "KeyspacesService.DeleteKeyspace", "{\"keyspaceName\":\"k\"}",
	     "cassandra:Drop " KEYSPACE "\n?cassandra:DropMultiRegionResource " KEYSPACE),
	JSON("keyspaces", "KeyspacesService.GetTableAutoScalingSettings",
	     "{\"keyspaceName\":\"k\",\"tableName\":\"t\"}",
	     "cassandra:Select " KEYSPACE "table/t\n?cassandra:SelectMultiRegionResource " KEYSPACE
	     "table/t\napplication-autoscaling:DescribeScalableTargets *\n"
	     "application-autoscaling:DescribeScalingPolicies *"),
	JSON("ecr", "AmazonEC2ContainerRegistry_V20150921.ListImageReferrers",
	     "{\"repositoryName\":\"r\"}",
	     "ecr:BatchGetImage arn:aws:ecr:us-east-1:*:repository/r\n"
	     "?ecr:BatchImportUpstreamImage arn:aws:ecr:us-east-1:*:repository/r\n"
	     "?ecr:CreateRepository arn:aws:ecr:us-east-1:*:repository/r"),
	/* --- permissions that only the texts of operations name --- */
	FORM("elasticache",
	     "Action=DeleteReplicationGroup&Version=2015-02-02&ReplicationGroupId=rg&"
	     "FinalSnapshotIdentifier=sn",
	     "elasticache:DeleteReplicationGroup "
	     "arn:aws:elasticache:us-east-1:*:replicationgroup:rg,arn:aws:elasticache:us-east-1:*:"
	     "snapshot:sn\n"
	     "elasticache:CreateSnapshot "
	     "arn:aws:elasticache:us-east-1:*:replicationgroup:rg,arn:aws:elasticache:us-east-1:*:"
	     "snapshot:sn"),
	FORM("elasticache",
	     "Action=DeleteServerlessCache&Version=2015-02-02&ServerlessCacheName=sc&"
	     "FinalSnapshotName=sn",
	     "elasticache:DeleteServerlessCache "
	     "arn:aws:elasticache:us-east-1:*:serverlesscache:sc\n"
	     "elasticache:CreateServerlessCacheSnapshot "
	     "arn:aws:elasticache:us-east-1:*:serverlesscache:sc,arn:aws:elasticache:us-east-1:*:"
	     "serverlesscachesnapshot:sn"),
	FORM("elasticache",
	     "Action=DeleteServerlessCache&Version=2015-02-02&ServerlessCacheName=sc",
	     "elasticache:DeleteServerlessCache "
	     "arn:aws:elasticache:us-east-1:*:serverlesscache:sc"),
	JSON("memorydb", "AmazonMemoryDB.DeleteCluster",
	     "{\"ClusterName\":\"c\",\"FinalSnapshotName\":\"sn\"}",
	     "memorydb:DeleteCluster "
	     "arn:aws:memorydb:us-east-1:*:cluster/c,arn:aws:memorydb:us-east-1:*:snapshot/sn\n"
	     "memorydb:CreateSnapshot arn:aws:memorydb:us-east-1:*:cluster/c"),
	FORM("elasticbeanstalk",
	     "Action=UpdateTagsForResource&Version=2010-12-01&ResourceArn=arn%3Aaws%"
	     "3Aelasticbeanstalk%3Aus-east-1%3A123456789012%3Aenvironment%2Fa%2Fe&TagsToAdd.member."
	     "1.Key=a&TagsToAdd.member.1.Value=b",
	     "elasticbeanstalk:UpdateTagsForResource "
	     "arn:aws:elasticbeanstalk:us-east-1:123456789012:environment/a/e\n"
	     "elasticbeanstalk:AddTags "
	     "arn:aws:elasticbeanstalk:us-east-1:123456789012:environment/a/e"),
	FORM("elasticbeanstalk",
	     "Action=UpdateTagsForResource&Version=2010-12-01&ResourceArn=arn%3Aaws%"
	     "3Aelasticbeanstalk%3Aus-east-1%3A123456789012%3Aenvironment%2Fa%2Fe&TagsToRemove."
	     "member.1=a",
	     "elasticbeanstalk:UpdateTagsForResource "
	     "arn:aws:elasticbeanstalk:us-east-1:123456789012:environment/a/e\n"
	     "elasticbeanstalk:RemoveTags "
	     "arn:aws:elasticbeanstalk:us-east-1:123456789012:environment/a/e"),
	{"cloudfront UpdateDistributionWithStagingConfig", "cloudfront", "PUT",
	 "cloudfront.amazonaws.com",
	 "/2020-05-31/distribution/E1/promote-staging-config?StagingDistributionId=E2", "", NULL,
	 NULL,
	 "cloudfront:UpdateDistributionWithStagingConfig arn:aws:cloudfront::*:distribution/E1\n"
	 "cloudfront:GetDistribution "
	 "arn:aws:cloudfront::*:distribution/E1,arn:aws:cloudfront::*:distribution/E2\n"
	 "cloudfront:UpdateDistribution "
	 "arn:aws:cloudfront::*:distribution/E1,arn:aws:cloudfront::*:distribution/E2"},
	JSON("codedeploy", "CodeDeploy_20141006.CreateDeployment",
	     "{\"applicationName\":\"a\",\"deploymentGroupName\":\"g\",\"deploymentConfigName\":"
	     "\"d\",\"overrideAlarmConfiguration\":{\"enabled\":true}}",
	     "codedeploy:CreateDeployment arn:aws:codedeploy:us-east-1:*:deploymentgroup:a/g\n"
	     "codedeploy:GetDeploymentConfig arn:aws:codedeploy:us-east-1:*:deploymentconfig:d\n"
	     "codedeploy:UpdateDeploymentGroup arn:aws:codedeploy:us-east-1:*:deploymentgroup:a/g"),
	REST("oam", "POST", "/GetLink",
	     "{\"Identifier\":\"arn:aws:oam:us-east-1:123456789012:link/x\",\"IncludeTags\":true}",
	     "oam:GetLink arn:aws:oam:us-east-1:123456789012:link/x\n"
	     "oam:ListTagsForResource arn:aws:oam:us-east-1:123456789012:link/x"),
	REST("oam", "POST", "/GetSink",
	     "{\"Identifier\":\"arn:aws:oam:us-east-1:123456789012:sink/x\"}",
	     "oam:GetSink arn:aws:oam:us-east-1:123456789012:sink/x"),
	REST("dsql", "POST", "/cluster/abc",
	     "{\"multiRegionProperties\":{\"clusters\":[\"arn:aws:dsql:us-east-2:123456789012:"
	     "cluster/def\"]}}",
	     "dsql:UpdateCluster arn:aws:dsql:us-east-1:*:cluster/abc\n"
	     "dsql:GetCluster arn:aws:dsql:us-east-1:*:cluster/abc\n"
	     "dsql:PutMultiRegionProperties arn:aws:dsql:us-east-1:*:cluster/abc\n"
	     "dsql:AddPeerCluster "
	     "arn:aws:dsql:us-east-1:*:cluster/abc,arn:aws:dsql:us-east-2:123456789012:cluster/"
	     "def\n"
	     "dsql:RemovePeerCluster arn:aws:dsql:*:*:cluster/*"),
	REST("lakeformation", "POST", "/GetTemporaryGlueTableCredentials",
	     "{\"TableArn\":\"arn:aws:glue:us-east-1:123456789012:table/db/t\"}",
	     "lakeformation:GetTemporaryGlueTableCredentials *\n"
	     "lakeformation:GetDataAccess *"),
	{"sagemaker-runtime InvokeEndpointWithResponseStream", "sagemaker", "POST",
	 "runtime.sagemaker.us-east-1.amazonaws.com", "/endpoints/e/invocations-response-stream",
	 "", NULL, NULL,
	 "sagemaker:InvokeEndpointWithResponseStream arn:aws:sagemaker:us-east-1:*:endpoint/e\n"
	 "sagemaker:InvokeEndpoint arn:aws:sagemaker:us-east-1:*:endpoint/e"},
	REST("iot", "PUT", "/packages/p", "{}",
	     "iot:CreatePackage arn:aws:iot:us-east-1:*:package/p\n"
	     "~iot:GetIndexingConfiguration *"),
	REST("cases", "POST", "/domains/d/cases/c/related-items/",
	     "{\"type\":\"Contact\",\"content\":{\"contact\":{\"contactArn\":\"arn:aws:connect:us-"
	     "east-1:123456789012:instance/i/contact/"
	     "k\"}},\"performedBy\":{\"userArn\":\"arn:aws:connect:us-east-1:123456789012:instance/"
	     "i/agent/u\"}}",
	     "cases:CreateRelatedItem "
	     "arn:aws:cases:us-east-1:*:domain/d,arn:aws:cases:us-east-1:*:domain/d/case/"
	     "c,arn:aws:cases:us-east-1:*:domain/d/case/c/related-item/*\n"
	     "connect:DescribeUser arn:aws:connect:us-east-1:123456789012:instance/i/agent/u\n"
	     "connect:DescribeContact arn:aws:connect:us-east-1:123456789012:instance/i/contact/k"),
	JSON("servicecatalog", "AWS242ServiceCatalogService.ImportAsProvisionedProduct",
	     "{\"ProductId\":\"prod-1\",\"ProvisioningArtifactId\":\"pa-1\","
	     "\"ProvisionedProductName\":\"n\",\"PhysicalId\":\"arn:aws:cloudformation:us-east-1:"
	     "123456789012:stack/s/1234\"}",
	     "servicecatalog:ImportAsProvisionedProduct "
	     "arn:aws:catalog:us-east-1:*:product/prod-1\n"
	     "~cloudformation:DescribeStacks "
	     "arn:aws:cloudformation:us-east-1:123456789012:stack/s/1234\n"
	     "~cloudformation:GetTemplate "
	     "arn:aws:cloudformation:us-east-1:123456789012:stack/s/1234"),
	REST("servicecatalog", "PUT", "/applications/app/resources/CFN_STACK/mystack",
	     "{\"options\":[\"APPLY_APPLICATION_TAG\"]}",
	     "servicecatalog:AssociateResource arn:aws:servicecatalog:us-east-1:*:/applications/*\n"
	     "~tag:GetResources *\n"
	     "~tag:TagResources *\n"
	     "~resource-groups:AssociateResource arn:aws:resource-groups:us-east-1:*:group/*\n"
	     "~cloudformation:DescribeStacks arn:aws:cloudformation:us-east-1:*:stack/mystack/*\n"
	     "~cloudformation:UpdateStack arn:aws:cloudformation:us-east-1:*:stack/mystack/*"),
	REST("servicecatalog", "PUT", "/applications/app/resources/CFN_STACK/mystack",
	     "{\"options\":[\"SKIP_APPLICATION_TAG\"]}",
	     "servicecatalog:AssociateResource arn:aws:servicecatalog:us-east-1:*:/applications/*"),
	REST("s3tables", "PUT",
	     "/tables/arn%3Aaws%3As3tables%3Aus-east-1%3A123456789012%3Abucket%2Fbbb/n",
	     "{\"name\":\"t\",\"format\":\"ICEBERG\",\"storageClassConfiguration\":{"
	     "\"storageClass\":\"STANDARD\"}}",
	     "s3tables:CreateTable arn:aws:s3tables:us-east-1:123456789012:bucket/bbb\n"
	     "s3tables:PutTableStorageClass "
	     "arn:aws:s3tables:us-east-1:123456789012:bucket/bbb/table/*"),
	REST("s3tables", "PUT", "/buckets",
	     "{\"name\":\"bbb\",\"storageClassConfiguration\":{\"storageClass\":\"STANDARD\"}}",
	     "s3tables:CreateTableBucket arn:aws:s3tables:us-east-1:*:bucket/bbb\n"
	     "s3tables:PutTableBucketStorageClass arn:aws:s3tables:us-east-1:*:bucket/bbb"),
	REST("s3tables", "PUT",
	     "/table-bucket-replication?tableBucketARN=arn%3Aaws%3As3tables%3Aus-east-1%"
	     "3A123456789012%3Abucket%2Fb",
	     "{\"configuration\":{\"role\":\"" ROLE
	     "\",\"rules\":[{\"destinations\":[{\"destinationTableBucketARN\":\"arn:aws:s3tables:"
	     "eu-west-1:123456789012:bucket/d\"}]}]}}",
	     "s3tables:PutTableBucketReplication arn:aws:s3tables:us-east-1:123456789012:bucket/b\n"
	     "~s3tables:GetTable arn:aws:s3tables:us-east-1:123456789012:bucket/b/table/*\n"
	     "~s3tables:ListTables arn:aws:s3tables:us-east-1:123456789012:bucket/b\n"
	     "~s3tables:GetTableMaintenanceConfiguration "
	     "arn:aws:s3tables:us-east-1:123456789012:bucket/b/table/*\n"
	     "~s3tables:CreateTable arn:aws:s3tables:eu-west-1:123456789012:bucket/d\n"
	     "~s3tables:CreateNamespace arn:aws:s3tables:eu-west-1:123456789012:bucket/d\n"
	     "~s3tables:PutTableMaintenanceConfiguration "
	     "arn:aws:s3tables:eu-west-1:123456789012:bucket/d/table/*\n"
	     "iam:PassRole " ROLE
	     " | StringEquals iam:PassedToService=replication.s3tables.amazonaws.com"),
	REST("s3tables", "PUT",
	     "/table-replication?tableArn=arn%3Aaws%3As3tables%3Aus-east-1%3A123456789012%3Abucket%"
	     "2Fb%2Ftable%2F1234",
	     "{\"configuration\":{\"role\":\"" ROLE
	     "\",\"rules\":[{\"destinations\":[{\"destinationTableBucketARN\":\"arn:aws:s3tables:"
	     "eu-west-1:123456789012:bucket/d\"}]}]}}",
	     "s3tables:PutTableReplication "
	     "arn:aws:s3tables:us-east-1:123456789012:bucket/b/table/1234\n"
	     "~s3tables:GetTable arn:aws:s3tables:us-east-1:123456789012:bucket/b/table/1234\n"
	     "~s3tables:GetTableMaintenanceConfiguration "
	     "arn:aws:s3tables:us-east-1:123456789012:bucket/b/table/1234\n"
	     "~s3tables:CreateTable arn:aws:s3tables:eu-west-1:123456789012:bucket/d\n"
	     "~s3tables:CreateNamespace arn:aws:s3tables:eu-west-1:123456789012:bucket/d\n"
	     "~s3tables:PutTableMaintenanceConfiguration "
	     "arn:aws:s3tables:eu-west-1:123456789012:bucket/d/table/*\n"
	     "iam:PassRole " ROLE
	     " | StringEquals iam:PassedToService=replication.s3tables.amazonaws.com"),
	{"s3control CreateAccessGrantsInstance", "s3", "POST",
	 "123456789012.s3-control.us-east-1.amazonaws.com", "/v20180820/accessgrantsinstance",
	 "x-amz-account-id: 123456789012\n",
	 "<CreateAccessGrantsInstanceRequest "
	 "xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/"
	 "\"><IdentityCenterArn>arn:aws:sso:::instance/ssoins-1</IdentityCenterArn></"
	 "CreateAccessGrantsInstanceRequest>",
	 NULL,
	 "s3:CreateAccessGrantsInstance arn:aws:s3:us-east-1:123456789012:access-grants/default\n"
	 "~sso:DescribeInstance arn:aws:sso:::instance/ssoins-1\n"
	 "~sso:CreateApplication "
	 "arn:aws:sso::123456789012:application/*/*,arn:aws:sso:::instance/"
	 "ssoins-1,arn:aws:sso::aws:applicationProvider/*\n"
	 "~sso:PutApplicationGrant arn:aws:sso::123456789012:application/*/*\n"
	 "~sso:PutApplicationAuthenticationMethod arn:aws:sso::123456789012:application/*/*"},
	{"s3control DissociateAccessGrantsIdentityCenter", "s3", "DELETE",
	 "123456789012.s3-control.us-east-1.amazonaws.com",
	 "/v20180820/accessgrantsinstance/identitycenter", "x-amz-account-id: 123456789012\n", NULL,
	 NULL,
	 "s3:DissociateAccessGrantsIdentityCenter "
	 "arn:aws:s3:us-east-1:123456789012:access-grants/default\n"
	 "~sso:DeleteApplication arn:aws:sso::123456789012:application/*/*"},
	{"s3control CreateAccessGrant", "s3", "POST",
	 "123456789012.s3-control.us-east-1.amazonaws.com", "/v20180820/accessgrantsinstance/grant",
	 "x-amz-account-id: 123456789012\n",
	 "<CreateAccessGrantRequest "
	 "xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/"
	 "\"><AccessGrantsLocationId>1234</"
	 "AccessGrantsLocationId><Grantee><GranteeType>DIRECTORY_USER</"
	 "GranteeType><GranteeIdentifier>u</GranteeIdentifier></Grantee><Permission>READ</"
	 "Permission><ApplicationArn>arn:aws:sso::123456789012:application/ssoins-1/apl-1</"
	 "ApplicationArn></CreateAccessGrantRequest>",
	 NULL,
	 "s3:CreateAccessGrant arn:aws:s3:us-east-1:123456789012:access-grants/default/grant/*\n"
	 "~sso:DescribeInstance arn:aws:sso:::instance/*\n"
	 "~sso:DescribeApplication arn:aws:sso::123456789012:application/ssoins-1/apl-1\n"
	 "~identitystore:DescribeUser "
	 "arn:aws:identitystore::123456789012:identitystore/*,arn:aws:identitystore:::user/u"},
	{"s3control CreateAccessGrant", "s3", "POST",
	 "123456789012.s3-control.us-east-1.amazonaws.com", "/v20180820/accessgrantsinstance/grant",
	 "x-amz-account-id: 123456789012\n",
	 "<CreateAccessGrantRequest "
	 "xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/"
	 "\"><AccessGrantsLocationId>1234</AccessGrantsLocationId><Grantee><GranteeType>IAM</"
	 "GranteeType><GranteeIdentifier>" ROLE
	 "</GranteeIdentifier></Grantee><Permission>READ</Permission></CreateAccessGrantRequest>",
	 NULL,
	 "s3:CreateAccessGrant arn:aws:s3:us-east-1:123456789012:access-grants/default/grant/*"},
	JSON("athena", "AmazonAthena.StartQueryExecution",
	     "{\"QueryString\":\"SELECT "
	     "1\",\"QueryExecutionContext\":{\"Catalog\":\"cat\",\"Database\":\"d\"}}",
	     "athena:StartQueryExecution arn:aws:athena:us-east-1:*:workgroup/primary\n"
	     "athena:GetDataCatalog arn:aws:athena:us-east-1:*:datacatalog/cat\n"
	     "?glue:GetTable "
	     "arn:aws:glue:us-east-1:*:catalog,arn:aws:glue:us-east-1:*:database/"
	     "d,arn:aws:glue:us-east-1:*:table/d/*"),
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
