/* SPDX-License-Identifier: MIT */
/*
 * What requests of whole programs need, where the operation's name and its reference alone mislead:
 * deployments, jobs and moves of data as people write them.
 */
#include "authorize_case.h"

#define APIGW "arn:aws:apigateway:us-east-1::"
#define SMS(from, on)                                                                              \
	JSON("sms-voice", "PinpointSMSVoiceV2.SendTextMessage",                                    \
	     "{\"OriginationIdentity\":\"" from "\"}",                                             \
	     "sms-voice:SendTextMessage arn:aws:sms-voice:us-east-1:*:" on)
#define ZONAL "arn:aws:s3express:us-east-1:*:"
#define TO_ZONAL(target, from, needs)                                                              \
	{                                                                                          \
		"copy from " from, "s3express", "PUT",                                             \
			"d--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", target,    \
			"x-amz-copy-source: " from "\n", NULL, NULL, needs                         \
	}
#define MACHINE "arn:aws:states:us-east-1:123456789012:stateMachine:m"
#define STATES	"AWSStepFunctions."
#define EMR	"arn:aws:elasticmapreduce:us-east-1:*:"
#define GLUE	"arn:aws:glue:us-east-1:123456789012:"
#define RDS	"arn:aws:rds:us-east-1:*:"
#define NESTED	GLUE "catalog," GLUE "catalog/s3tablescatalog," GLUE "catalog/s3tablescatalog/b,"
#define BELOW	"s3tablescatalog/b/"
#define SECRET	"arn:aws:secretsmanager:us-east-1:*:secret:"
#define OF_N	SECRET "events!connection/n/*"
#define BEAN	"arn:aws:elasticbeanstalk:us-east-1:*:environment/*/"
#define ELB	"arn:aws:elasticloadbalancing:us-east-1:123456789012:"
#define OF_HOSE " | StringEquals kms:ViaService=firehose.us-east-1.amazonaws.com"

static const struct wanted cases[] = {
	/* --- a machine's versions and aliases are authorized as the machine --- */
	JSON("states", STATES "StartExecution", "{\"stateMachineArn\":\"" MACHINE "\"}",
	     "states:StartExecution " MACHINE),
	JSON("states", STATES "StartExecution", "{\"stateMachineArn\":\"" MACHINE ":prod\"}",
	     "states:StartExecution " MACHINE),
	JSON("states", STATES "StartSyncExecution", "{\"stateMachineArn\":\"" MACHINE ":3\"}",
	     "states:StartSyncExecution " MACHINE),
	JSON("states", STATES "ListExecutions", "{\"stateMachineArn\":\"" MACHINE ":prod\"}",
	     "states:ListExecutions " MACHINE),
	JSON("states", STATES "DescribeStateMachine",
	     "{\"stateMachineArn\":\"" MACHINE "/label:prod\"}",
	     "states:DescribeStateMachine " MACHINE "/label"),
	JSON("states", STATES "UpdateStateMachineAlias",
	     "{\"stateMachineAliasArn\":\"" MACHINE ":prod\"}",
	     "states:UpdateStateMachineAlias " MACHINE),
	JSON("states", STATES "DeleteStateMachineVersion",
	     "{\"stateMachineVersionArn\":\"" MACHINE ":3\"}",
	     "states:DeleteStateMachineVersion " MACHINE),
	/* --- tags on create --- */
	JSON("transfer", "TransferService.CreateServer",
	     "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "transfer:CreateServer *\ntransfer:TagResource arn:aws:transfer:us-east-1:*:server/*"),
	JSON("transfer", "TransferService.CreateServer", "{}", "transfer:CreateServer *"),
	REST("backup", "PUT", "/backup/plans",
	     "{\"BackupPlan\":{\"BackupPlanName\":\"p\",\"Rules\":[]},"
	     "\"BackupPlanTags\":{\"a\":\"b\"}}",
	     "backup:CreateBackupPlan arn:aws:backup:us-east-1:*:backup-plan:*\n"
	     "backup:TagResource arn:aws:backup:us-east-1:*:backup-plan:*"),
	REST("scheduler", "POST", "/schedule-groups/g",
	     "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "scheduler:CreateScheduleGroup arn:aws:scheduler:us-east-1:*:schedule-group/g\n"
	     "scheduler:TagResource arn:aws:scheduler:us-east-1:*:schedule-group/g"),
	{"tags of a rule in a header", "iot", "POST", "iot.us-east-1.amazonaws.com", "/rules/r",
	 "x-amz-tagging: a=b\nContent-Type: application/json\n", "{\"sql\":\"x\",\"actions\":[]}",
	 NULL,
	 "iot:CreateTopicRule arn:aws:iot:us-east-1:*:rule/r\n"
	 "iot:TagResource arn:aws:iot:us-east-1:*:rule/r"},
	/* --- names in lists, and of what a copy is made from --- */
	JSON("elasticmapreduce", "ElasticMapReduce.TerminateJobFlows",
	     "{\"JobFlowIds\":[\"j-1\",\"j-2\"]}",
	     "elasticmapreduce:TerminateJobFlows " EMR "cluster/j-1," EMR "cluster/j-2"),
	JSON("elasticmapreduce", "ElasticMapReduce.StartNotebookExecution",
	     "{\"EditorId\":\"e-1\",\"ExecutionEngine\":{\"Id\":\"j-1\"},\"ServiceRole\":\"n\"}",
	     "elasticmapreduce:StartNotebookExecution " EMR "cluster/j-1," EMR "editor/e-1\n"
	     "iam:PassRole arn:aws:iam::*:role/n | StringEquals "
	     "iam:PassedToService=elasticmapreduce.amazonaws.com"),
	FORM("rds",
	     "Action=RestoreDBInstanceToPointInTime&Version=2014-10-31&"
	     "SourceDBInstanceIdentifier=o&TargetDBInstanceIdentifier=n&OptionGroupName=g&"
	     "DBParameterGroupName=p&DBSubnetGroupName=s",
	     "rds:RestoreDBInstanceToPointInTime " RDS "db:n," RDS "db:o," RDS "og:g," RDS
	     "pg:p," RDS "subgrp:s"),
	FORM("elasticache",
	     "Action=ModifyReplicationGroup&Version=2015-02-02&ReplicationGroupId=r&"
	     "UserGroupIdsToAdd.member.1=u",
	     "elasticache:ModifyReplicationGroup "
	     "arn:aws:elasticache:us-east-1:*:replicationgroup:r,"
	     "arn:aws:elasticache:us-east-1:*:usergroup:u"),
	REST("iotdata", "GET", "/things/t/shadow?name=s", NULL,
	     "iot:GetThingShadow arn:aws:iot:us-east-1:*:thing/t/s"),
	REST("iotdata", "GET", "/things/t/shadow", NULL,
	     "iot:GetThingShadow arn:aws:iot:us-east-1:*:thing/t"),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.StopServiceDeployment",
	     "{\"serviceDeploymentArn\":\"arn:aws:ecs:us-east-1:123456789012:service-deployment/c/"
	     "s/x\"}",
	     "ecs:StopServiceDeployment "
	     "arn:aws:ecs:us-east-1:123456789012:service-deployment/c/s/x,"
	     "arn:aws:ecs:us-east-1:123456789012:service/c/s"),
	/* --- catalogs within catalogs --- */
	JSON("glue", "AWSGlue.GetTable",
	     "{\"CatalogId\":\"123456789012:s3tablescatalog/"
	     "b\",\"DatabaseName\":\"d\",\"Name\":\"t\"}",
	     "glue:GetTable " NESTED GLUE "database/" BELOW "d," GLUE "table/" BELOW "d/t"),
	JSON("glue", "AWSGlue.GetTables",
	     "{\"CatalogId\":\"123456789012:c\",\"DatabaseName\":\"d\"}",
	     "glue:GetTables " GLUE "catalog," GLUE "catalog/c," GLUE "database/c/d," GLUE
	     "table/c/d/*"),
	JSON("glue", "AWSGlue.GetDatabase", "{\"CatalogId\":\"123456789012\",\"Name\":\"d\"}",
	     "glue:GetDatabase " GLUE "catalog," GLUE "database/d"),
	/* --- secrets that a service keeps for the caller --- */
	JSON("events", "AWSEvents.CreateConnection", "{\"Name\":\"n\"}",
	     "events:CreateConnection arn:aws:events:us-east-1:*:connection/n\n"
	     "~secretsmanager:CreateSecret " OF_N "\n~secretsmanager:GetSecretValue " OF_N "\n"
	     "~secretsmanager:PutSecretValue " OF_N),
	/* --- keys --- */
	JSON("kms", "TrentService.ReplicateKey",
	     "{\"KeyId\":\"mrk-1\",\"ReplicaRegion\":\"eu-west-1\",\"Tags\":[{\"TagKey\":\"a\"}]}",
	     "kms:ReplicateKey arn:aws:kms:us-east-1:*:key/mrk-1\nkms:CreateKey *\n"
	     "kms:TagResource arn:aws:kms:eu-west-1:*:key/mrk-1"),
	JSON("sagemaker", "SageMaker.CreateNotebookInstance",
	     "{\"NotebookInstanceName\":\"n\",\"KmsKeyId\":\"" KEY "\"}",
	     "sagemaker:CreateNotebookInstance "
	     "arn:aws:sagemaker:us-east-1:*:notebook-instance/n\n"
	     "~kms:CreateGrant " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:DescribeKey " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com"),
	/* --- sources and targets: what a copy is made from, what takes over --- */
	FORM("rds",
	     "Action=CopyDBParameterGroup&Version=2014-10-31&SourceDBParameterGroupIdentifier="
	     "arn:aws:rds:us-east-1:123456789012:pg:s&TargetDBParameterGroupIdentifier=t&"
	     "Tags.Tag.1.Key=a",
	     "rds:CopyDBParameterGroup " RDS
	     "pg:t,arn:aws:rds:us-east-1:123456789012:pg:s\nrds:AddTagsToResource " RDS "pg:t"),
	FORM("rds",
	     "Action=CopyDBClusterParameterGroup&Version=2014-10-31&"
	     "SourceDBClusterParameterGroupIdentifier=s&TargetDBClusterParameterGroupIdentifier=t",
	     "rds:CopyDBClusterParameterGroup " RDS "cluster-pg:s," RDS "cluster-pg:t"),
	FORM("rds",
	     "Action=FailoverGlobalCluster&Version=2014-10-31&GlobalClusterIdentifier=g&"
	     "TargetDbClusterIdentifier=arn:aws:rds:us-east-1:123456789012:cluster:c",
	     "rds:FailoverGlobalCluster arn:aws:rds::*:global-cluster:g,"
	     "arn:aws:rds:us-east-1:123456789012:cluster:c"),
	FORM("elasticbeanstalk",
	     "Action=SwapEnvironmentCNAMEs&Version=2010-12-01&SourceEnvironmentName=a&"
	     "DestinationEnvironmentName=b",
	     "elasticbeanstalk:SwapEnvironmentCNAMEs " BEAN "a," BEAN "b"),
	FORM("elasticbeanstalk",
	     "Action=SwapEnvironmentCNAMEs&Version=2010-12-01&SourceEnvironmentId=e-1&"
	     "DestinationEnvironmentName=b",
	     "elasticbeanstalk:SwapEnvironmentCNAMEs " BEAN "*," BEAN "b"),
	FORM("redshift",
	     "Action=CopyClusterSnapshot&Version=2012-12-01&SourceSnapshotIdentifier=s&"
	     "SourceSnapshotClusterIdentifier=c&TargetSnapshotIdentifier=t",
	     "redshift:CopyClusterSnapshot arn:aws:redshift:us-east-1:*:snapshot:c/s,"
	     "arn:aws:redshift:us-east-1:*:snapshot:c/t"),
	FORM("redshift",
	     "Action=CreateScheduledAction&Version=2012-12-01&ScheduledActionName=a&IamRole=" ROLE,
	     "redshift:CreateScheduledAction *\n" PASS("scheduler.redshift.amazonaws.com")),
	JSON("timestream", "Timestream_20181101.CreateBatchLoadTask",
	     "{\"TargetDatabaseName\":\"d\",\"TargetTableName\":\"t\"}",
	     "timestream:CreateBatchLoadTask arn:aws:timestream:us-east-1:*:database/d/table/t"),
	REST("rum", "POST", "/rummetrics/m/metrics",
	     "{\"Destination\":\"CloudWatch\",\"MetricDefinitions\":[{\"Name\":\"n\"}]}",
	     "rum:BatchCreateRumMetricDefinitions arn:aws:rum:us-east-1:*:appmonitor/m"),
	/* --- machines: spot, templates by name, images behind parameters --- */
	FORM("ec2",
	     "Action=RequestSpotInstances&Version=2016-11-15&LaunchSpecification.ImageId=ami-1&"
	     "LaunchSpecification.KeyName=k&"
	     "LaunchSpecification.NetworkInterface.1.SubnetId=subnet-1&"
	     "LaunchSpecification.NetworkInterface.1.SecurityGroupId.1=sg-1",
	     "ec2:RequestSpotInstances " EC2 "key-pair/k," EC2 "security-group/sg-1," EC2
	     "spot-instances-request/*," EC2 "subnet/subnet-1,arn:aws:ec2:us-east-1::image/ami-1"),
	FORM("ec2",
	     "Action=CreateFleet&Version=2016-11-15&Type=maintain&"
	     "LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName=n",
	     "ec2:CreateFleet " EC2 "fleet/*," EC2 "instance/*," EC2 "launch-template/*"),
	FORM("ec2",
	     "Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=1&SubnetId=subnet-1&"
	     "SecurityGroupId.1=sg-1&ImageId=resolve:ssm:/golden",
	     "ec2:RunInstances " EC2 "instance/*," EC2 "network-interface/*," EC2
	     "security-group/sg-1," EC2 "subnet/subnet-1," EC2
	     "volume/*,arn:aws:ec2:us-east-1::image/*\nssm:GetParameters "
	     "arn:aws:ssm:us-east-1:*:parameter/golden"),
	FORM("ec2",
	     "Action=CopySnapshot&Version=2016-11-15&SourceRegion=eu-west-1&"
	     "SourceSnapshotId=snap-1",
	     "ec2:CopySnapshot arn:aws:ec2:eu-west-1::snapshot/snap-1,"
	     "arn:aws:ec2:us-east-1::snapshot/*"),
	/* --- load balancers' other resources --- */
	FORM("elasticloadbalancing",
	     "Action=AddTags&Version=2015-12-01&Tags.member.1.Key=a&ResourceArns.member.1=" ELB
	     "loadbalancer/app/n/1",
	     "elasticloadbalancing:AddTags " ELB "loadbalancer/app/n/1"),
	FORM("elasticloadbalancing",
	     "Action=AddTags&Version=2015-12-01&Tags.member.1.Key=a&ResourceArns.member.1=" ELB
	     "targetgroup/t/1",
	     "elasticloadbalancing:AddTags " ELB "targetgroup/t/1"),
	FORM("elasticloadbalancing",
	     "Action=SetRulePriorities&Version=2015-12-01&RulePriorities.member.1.RuleArn=" ELB
	     "listener-rule/app/n/1/2/3",
	     "elasticloadbalancing:SetRulePriorities " ELB "listener-rule/app/n/1/2/3"),
	/* --- what is refused unless it is for all, and what is asked besides --- */
	FORM("monitoring",
	     "Action=PutCompositeAlarm&Version=2010-08-01&AlarmName=n&AlarmRule=ALARM(x)",
	     "cloudwatch:PutCompositeAlarm *"),
	FORM("monitoring",
	     "Action=DescribeAlarms&Version=2010-08-01&AlarmTypes.member.1=CompositeAlarm&"
	     "AlarmNames.member.1=n",
	     "cloudwatch:DescribeAlarms *,arn:aws:cloudwatch:us-east-1:*:alarm:n"),
	JSON("logs", "Logs_20140328.PutAccountPolicy",
	     "{\"policyName\":\"n\",\"policyType\":\"FIELD_INDEX_POLICY\"}",
	     "logs:PutAccountPolicy *\nlogs:PutIndexPolicy *"),
	JSON("logs", "Logs_20140328.PutDeliverySource",
	     "{\"name\":\"n\",\"resourceArn\":"
	     "\"arn:aws:cloudfront::123456789012:distribution/E1\"}",
	     "logs:PutDeliverySource arn:aws:logs:us-east-1:*:delivery-source:n\n"
	     "cloudfront:AllowVendedLogDeliveryForResource "
	     "arn:aws:cloudfront::123456789012:distribution/E1"),
	JSON("autoscaling", "AnyScaleFrontendService.RegisterScalableTarget",
	     "{\"ServiceNamespace\":\"dynamodb\",\"ResourceId\":\"table/t\"}",
	     "application-autoscaling:RegisterScalableTarget "
	     "arn:aws:application-autoscaling:us-east-1:*:scalable-target/*\n"
	     "?dynamodb:DescribeTable *\n?dynamodb:UpdateTable *"),
	JSON("ssm", "AmazonSSM.GetParameters",
	     "{\"Names\":[\"/aws/reference/secretsmanager/a/b\",\"/x\"]}",
	     "ssm:GetParameters arn:aws:ssm:us-east-1:*:parameter/aws/reference/secretsmanager/a/b,"
	     "arn:aws:ssm:us-east-1:*:parameter/x\n"
	     "~secretsmanager:GetSecretValue " SECRET "a/b-??????"),
	JSON("firehose", "Firehose_20150804.StartDeliveryStreamEncryption",
	     "{\"DeliveryStreamName\":\"d\",\"DeliveryStreamEncryptionConfigurationInput\":"
	     "{\"KeyType\":\"CUSTOMER_MANAGED_CMK\",\"KeyARN\":\"" KEY "\"}}",
	     "firehose:StartDeliveryStreamEncryption "
	     "arn:aws:firehose:us-east-1:*:deliverystream/d\n~kms:CreateGrant " KEY OF_HOSE),
	JSON("kinesis", "Kinesis_20131202.StartStreamEncryption",
	     "{\"StreamName\":\"s\",\"EncryptionType\":\"KMS\",\"KeyId\":\"" KEY "\"}",
	     "kinesis:StartStreamEncryption arn:aws:kinesis:us-east-1:*:stream/s," KEY),
	JSON("codepipeline", "CodePipeline_20150709.PutWebhook",
	     "{\"webhook\":{\"name\":\"w\",\"targetPipeline\":\"p\"}}",
	     "codepipeline:PutWebhook arn:aws:codepipeline:us-east-1:*:p,"
	     "arn:aws:codepipeline:us-east-1:*:webhook:w"),
	REST("quicksight", "PUT", "/accounts/123456789012/dashboards/d",
	     "{\"Name\":\"n\",\"SourceEntity\":{\"SourceTemplate\":{\"Arn\":"
	     "\"arn:aws:quicksight:us-east-1:123456789012:template/t\",\"DataSetReferences\":"
	     "[{\"DataSetArn\":\"arn:aws:quicksight:us-east-1:123456789012:dataset/s\"}]}}}",
	     "quicksight:UpdateDashboard arn:aws:quicksight:us-east-1:123456789012:dashboard/d\n"
	     "quicksight:PassDataSet arn:aws:quicksight:us-east-1:123456789012:dataset/s\n"
	     "quicksight:DescribeTemplate arn:aws:quicksight:us-east-1:123456789012:template/t"),
	REST("codeartifact", "POST", "/v1/repository?domain=d&repository=r",
	     "{\"upstreams\":[{\"repositoryName\":\"u\"}],\"tags\":[{\"key\":\"a\"}]}",
	     "codeartifact:CreateRepository *\ncodeartifact:AssociateWithDownstreamRepository "
	     "arn:aws:codeartifact:us-east-1:*:repository/d/u\n"
	     "codeartifact:TagResource arn:aws:codeartifact:us-east-1:*:repository/d/r"),

	/* --- commands are sent to instances that stand among the targets --- */
	JSON("ssm", "AmazonSSM.SendCommand",
	     "{\"DocumentName\":\"d\",\"Targets\":[{\"Key\":\"InstanceIds\",\"Values\":[\"i-1\","
	     "\"mi-2\"]}]}",
	     "ssm:SendCommand "
	     "arn:aws:ec2:us-east-1:*:instance/i-1,arn:aws:ssm:us-east-1:*:document/"
	     "d,arn:aws:ssm:us-east-1:*:managed-instance/mi-2"),
	JSON("ssm", "AmazonSSM.SendCommand",
	     "{\"DocumentName\":\"d\",\"Targets\":[{\"Key\":\"tag:a\",\"Values\":[\"i-1\"]}]}",
	     "ssm:SendCommand "
	     "arn:aws:ec2:us-east-1:*:instance/*,arn:aws:ssm:us-east-1:*:document/d"),
	JSON("ssm", "AmazonSSM.SendCommand",
	     "{\"DocumentName\":\"d\",\"Targets\":[{\"Key\":\"resource-groups:Name\",\"Values\":["
	     "\"g\"]}]}",
	     "ssm:SendCommand "
	     "arn:aws:ec2:us-east-1:*:instance/*,arn:aws:ssm:us-east-1:*:document/d"),

	/* --- a version of the code in S3 --- */
	REST("lambda", "PUT", "/2015-03-31/functions/f/code",
	     "{\"S3Bucket\":\"b\",\"S3Key\":\"k\",\"S3ObjectVersion\":\"v\"}",
	     "lambda:UpdateFunctionCode arn:aws:lambda:us-east-1:*:function:f\n"
	     "~s3:GetObjectVersion arn:aws:s3:::b/k"),
	REST("lambda", "POST", "/2015-03-31/functions",
	     "{\"FunctionName\":\"f\",\"Code\":{\"S3Bucket\":\"b\",\"S3Key\":\"k\","
	     "\"S3ObjectVersion\":\"v\"}}",
	     "lambda:CreateFunction arn:aws:lambda:us-east-1:*:function:f\n"
	     "~s3:GetObjectVersion arn:aws:s3:::b/k"),
	REST("lambda", "POST", "/2018-10-31/layers/l/versions",
	     "{\"Content\":{\"S3Bucket\":\"b\",\"S3Key\":\"k\",\"S3ObjectVersion\":\"v\"}}",
	     "lambda:PublishLayerVersion arn:aws:lambda:us-east-1:*:layer:l\n"
	     "~s3:GetObjectVersion arn:aws:s3:::b/k"),

	/* --- Athena's name for the account's own catalog is not Glue's --- */
	JSON("athena", "AmazonAthena.StartQueryExecution",
	     "{\"QueryExecutionContext\":{\"Catalog\":\"AwsDataCatalog\",\"Database\":\"d\"}}",
	     "athena:StartQueryExecution arn:aws:athena:us-east-1:*:workgroup/primary\n"
	     "?glue:GetTable arn:aws:glue:us-east-1:*:catalog,arn:aws:glue:us-east-1:*:database/"
	     "d,arn:aws:glue:us-east-1:*:table/d/*"),

	/* --- mail in one piece names its sender elsewhere, messages where they come from --- */
	FORM("email",
	     "Action=SendRawEmail&Version=2010-12-01&SourceArn=arn%3Aaws%3Ases%3Aus-east-1%"
	     "3A123456789012%3Aidentity%2Fexample.com",
	     "ses:SendRawEmail arn:aws:ses:us-east-1:123456789012:identity/example.com"),
	FORM("email", "Action=SendRawEmail&Version=2010-12-01",
	     "ses:SendRawEmail arn:aws:ses:us-east-1:*:identity/*"),
	SMS("pool-1", "pool/pool-1"),
	SMS("phone-1", "phone-number/phone-1"),
	SMS("+15550100", "phone-number/*"),
	SMS("MyCo", "sender-id/MyCo/*"),
	JSON("sms-voice", "PinpointSMSVoiceV2.AssociateOriginationIdentity",
	     "{\"PoolId\":\"pool-1\",\"OriginationIdentity\":\"MyCo\",\"IsoCountryCode\":\"GB\"}",
	     "sms-voice:AssociateOriginationIdentity "
	     "arn:aws:sms-voice:us-east-1:*:pool/pool-1,"
	     "arn:aws:sms-voice:us-east-1:*:sender-id/MyCo/GB"),

	/* --- tags of API Gateway are a resource of their own --- */
	REST("apigateway", "PUT",
	     "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fr%2Fstages%2Fs",
	     "{\"tags\":{}}",
	     "apigateway:PUT " APIGW "/tags/*\napigateway:PATCH " APIGW "/restapis/r/stages/s"),
	REST("apigateway", "POST", "/restapis", "{\"name\":\"n\",\"tags\":{\"a\":\"b\"}}",
	     "apigateway:POST " APIGW "/restapis\napigateway:PUT " APIGW "/tags/*"),
	REST("apigateway", "POST", "/restapis", "{\"name\":\"n\"}",
	     "apigateway:POST " APIGW "/restapis"),

	/* --- copies from and to directory buckets, and by an access point's alias --- */
	S3("copy from an alias", "PUT", "/k", "x-amz-copy-source: /a-1b2c-s3alias/s\n",
	   "s3:PutObject arn:aws:s3:::b/k\n"
	   "s3:GetObject arn:aws:s3:us-east-1:*:accesspoint/*/object/s\n"
	   "?s3:GetObjectTagging arn:aws:s3:us-east-1:*:accesspoint/*/object/s\n"
	   "?s3:PutObjectTagging arn:aws:s3:::b/k"),
	S3("copy a version from an alias", "PUT", "/k?partNumber=1&uploadId=u",
	   "x-amz-copy-source: a-1b2c-s3alias/s?versionId=v\n",
	   "s3:PutObject arn:aws:s3:::b/k\n"
	   "s3:GetObjectVersion arn:aws:s3:us-east-1:*:accesspoint/*/object/s"),
	S3("copy from a directory bucket", "PUT", "/k", "x-amz-copy-source: z--use1-az4--x-s3/s\n",
	   "s3:PutObject arn:aws:s3:::b/k\n"
	   "s3express:CreateSession " ZONAL "bucket/z--use1-az4--x-s3\n"
	   "?s3:PutObjectTagging arn:aws:s3:::b/k"),
	S3("copy from a directory bucket's access point", "PUT", "/k?partNumber=1&uploadId=u",
	   "x-amz-copy-source: /p--use1-az4--xa-s3/s\n",
	   "s3:PutObject arn:aws:s3:::b/k\n"
	   "s3express:CreateSession " ZONAL "accesspoint/p--use1-az4--xa-s3"),
	TO_ZONAL("/k", "src/s",
		 "s3:GetObject arn:aws:s3:::src/s\n"
		 "s3express:CreateSession " ZONAL "bucket/d--use1-az4--x-s3"),
	TO_ZONAL("/k?partNumber=1&uploadId=u", "src/s?versionId=v",
		 "s3:GetObjectVersion arn:aws:s3:::src/s\n"
		 "s3express:CreateSession " ZONAL "bucket/d--use1-az4--x-s3"),
	TO_ZONAL("/k", "z--use1-az4--x-s3/s",
		 "s3express:CreateSession " ZONAL "bucket/d--use1-az4--x-s3," ZONAL
		 "bucket/z--use1-az4--x-s3"),
	/* --- what a flag of the request asks for beside the operation --- */
	JSON("monitoring", "GraniteServiceVersion20100801.PutManagedInsightRules",
	     "{\"ManagedRules\":[{\"TemplateName\":\"t\",\"ResourceARN\":\"arn:aws:ec2:us-east-1:"
	     "123456789012:vpc-endpoint/vpce-1\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}]}",
	     "cloudwatch:PutManagedInsightRules *\n"
	     "cloudwatch:TagResource arn:aws:cloudwatch:us-east-1:*:insight-rule/*\n"
	     "cloudwatch:PutInsightRule arn:aws:cloudwatch:us-east-1:*:insight-rule/*"),
	FORM("ec2",
	     "Action=DeregisterImage&Version=2016-11-15&ImageId=ami-1&DeleteAssociatedSnapshots="
	     "true",
	     "ec2:DeregisterImage arn:aws:ec2:us-east-1::image/ami-1\n"
	     "ec2:DeleteSnapshot arn:aws:ec2:us-east-1::snapshot/*"),
	FORM("ec2", "Action=DeregisterImage&Version=2016-11-15&ImageId=ami-1",
	     "ec2:DeregisterImage arn:aws:ec2:us-east-1::image/ami-1"),
	REST("bedrock", "POST", "/agents/s1",
	     "{\"foundationModel\":\"amazon.nova-lite-v1:0\",\"streamingConfigurations\":{"
	     "\"streamFinalResponse\":true}}",
	     "bedrock:InvokeInlineAgent *\n"
	     "bedrock:InvokeModelWithResponseStream "
	     "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"),
	REST("bedrock", "POST", "/agents/AGENT12345/agentAliases/ALIAS12345/sessions/s1/text",
	     "{\"inputText\":\"x\",\"streamingConfigurations\":{\"streamFinalResponse\":true}}",
	     "bedrock:InvokeAgent arn:aws:bedrock:us-east-1:*:agent-alias/AGENT12345/ALIAS12345\n"
	     "?bedrock:InvokeModelWithResponseStream "
	     "arn:aws:bedrock:us-east-1::foundation-model/*"),
	/* --- a role in the text of a policy --- */
	JSON("logs", "Logs_20140328.PutAccountPolicy",
	     "{\"policyName\":\"p\",\"policyDocument\":\"{\\\"DestinationArn\\\":\\\"arn:aws:"
	     "firehose:us-east-1:123456789012:deliverystream/d\\\",\\\"RoleArn\\\":\\\"" ROLE
	     "\\\",\\\"FilterPattern\\\":\\\"\\\"}\",\"policyType\":\"SUBSCRIPTION_FILTER_"
	     "POLICY\"}",
	     "logs:PutAccountPolicy *\n"
	     "logs:PutSubscriptionFilter arn:aws:logs:us-east-1:*:log-group:*\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=logs.amazonaws.com"),
	JSON("logs", "Logs_20140328.PutAccountPolicy",
	     "{\"policyName\":\"p\",\"policyDocument\":\"{\\n \\\"RoleArn\\\" : \\\"" ROLE
	     "\\\" }\",\"policyType\":\"SUBSCRIPTION_FILTER_POLICY\"}",
	     "logs:PutAccountPolicy *\n"
	     "logs:PutSubscriptionFilter arn:aws:logs:us-east-1:*:log-group:*\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=logs.amazonaws.com"),
	JSON("logs", "Logs_20140328.PutAccountPolicy",
	     "{\"policyName\":\"p\",\"policyDocument\":\"{\\\"DestinationArn\\\":\\\"arn:aws:"
	     "lambda:us-east-1:123456789012:function:f\\\"}\",\"policyType\":\"SUBSCRIPTION_FILTER_"
	     "POLICY\"}",
	     "logs:PutAccountPolicy *\n"
	     "logs:PutSubscriptionFilter arn:aws:logs:us-east-1:*:log-group:*"),
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
