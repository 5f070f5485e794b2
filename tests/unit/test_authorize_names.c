/* SPDX-License-Identifier: MIT */
/*
 * Members that a rule of names takes for another thing, or not at all: ids of neighbours that are
 * called alike, owners in other accounts, parts of ARNs under other names.
 */
#include "authorize_case.h"

static const struct wanted cases[] = {
	/* --- accounts that own what a request names --- */
	REST("appmesh", "PUT", "/v20190125/meshes/m/virtualRouter/r/routes?meshOwner=444455556666",
	     "{\"routeName\":\"t\",\"spec\":{\"httpRoute\":{\"match\":{\"prefix\":\"/"
	     "\"},\"action\":{\"weightedTargets\":[{\"virtualNode\":\"n\",\"weight\":1}]}}}}",
	     "appmesh:CreateRoute "
	     "arn:aws:appmesh:us-east-1:444455556666:mesh/m/virtualNode/"
	     "n,arn:aws:appmesh:us-east-1:444455556666:mesh/m/virtualRouter/r/route/t"),
	REST("backup", "GET", "/backup-vaults/v?backupVaultAccountId=444455556666", NULL,
	     "backup:DescribeBackupVault arn:aws:backup:us-east-1:444455556666:backup-vault:v"),
	JSON("cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.CancelQuery",
	     "{\"QueryId\":\"q\",\"EventDataStore\":\"e\",\"EventDataStoreOwnerAccountId\":"
	     "\"444455556666\"}",
	     "cloudtrail:CancelQuery arn:aws:cloudtrail:us-east-1:444455556666:eventdatastore/e"),
	REST("omics", "POST", "/run",
	     "{\"workflowId\":\"1\",\"workflowOwnerId\":\"444455556666\",\"outputUri\":\"s3://b/o/"
	     "\",\"requestId\":\"x\",\"roleArn\":\"arn:aws:iam::123456789012:role/app\"}",
	     "omics:StartRun "
	     "arn:aws:omics:us-east-1:*:run/*,arn:aws:omics:us-east-1:444455556666:workflow/1\n"
	     "iam:PassRole arn:aws:iam::123456789012:role/app | StringEquals "
	     "iam:PassedToService=omics.amazonaws.com"),
	REST("omics", "GET", "/workflow/1/version/v?workflowOwnerId=444455556666", NULL,
	     "omics:GetWorkflowVersion "
	     "arn:aws:omics:us-east-1:444455556666:workflow/"
	     "1,arn:aws:omics:us-east-1:444455556666:workflow/1/version/v"),
	REST("panorama", "GET", "/packages/metadata/p/versions/1?OwnerAccount=444455556666", NULL,
	     "panorama:DescribePackageVersion arn:aws:panorama:us-east-1:444455556666:package/p"),
	REST("signer", "POST", "/signing-jobs",
	     "{\"source\":{},\"destination\":{},\"profileName\":\"p\",\"profileOwner\":"
	     "\"444455556666\",\"clientRequestToken\":\"x\"}",
	     "signer:StartSigningJob arn:aws:signer:us-east-1:444455556666:/signing-profiles/p"),
	FORM("redshift",
	     "Action=RestoreFromClusterSnapshot&Version=2012-12-01&ClusterIdentifier=c&"
	     "SnapshotIdentifier=s&SnapshotClusterIdentifier=o&OwnerAccount=444455556666",
	     "redshift:RestoreFromClusterSnapshot "
	     "arn:aws:redshift:us-east-1:*:cluster:c,arn:aws:redshift:us-east-1:444455556666:"
	     "snapshot:o/s"),
	REST("es", "POST", "/2021-01-01/opensearch/cc/outboundConnection",
	     "{\"LocalDomainInfo\":{\"AWSDomainInformation\":{\"OwnerId\":\"123456789012\","
	     "\"DomainName\":\"l\",\"Region\":\"us-east-1\"}},\"RemoteDomainInfo\":{"
	     "\"AWSDomainInformation\":{\"OwnerId\":\"444455556666\",\"DomainName\":\"r\","
	     "\"Region\":\"eu-west-1\"}},\"ConnectionAlias\":\"x\"}",
	     "es:CreateOutboundConnection "
	     "arn:aws:es:eu-west-1:444455556666:domain/r,arn:aws:es:us-east-1:123456789012:domain/"
	     "l"),
	REST("elasticfilesystem", "POST", "/2015-02-01/file-systems/fs-1/replication-configuration",
	     "{\"Destinations\":[{\"Region\":\"eu-west-1\",\"FileSystemId\":\"fs-2\"}]}",
	     "elasticfilesystem:CreateReplicationConfiguration "
	     "arn:aws:elasticfilesystem:eu-west-1:*:file-system/"
	     "fs-2,arn:aws:elasticfilesystem:us-east-1:*:file-system/fs-1"),
	/* --- names of other things that are called alike --- */
	REST("batch", "POST", "/v1/submitjob",
	     "{\"jobName\":\"j\",\"jobQueue\":\"q\",\"jobDefinition\":\"d:3\",\"tags\":{\"a\":"
	     "\"b\"},\"dependsOn\":[{\"jobId\":\"x\"}]}",
	     "batch:SubmitJob "
	     "arn:aws:batch:us-east-1:*:job-definition/d:3,arn:aws:batch:us-east-1:*:job-queue/"
	     "q,arn:aws:batch:us-east-1:*:job/*\n"
	     "batch:TagResource arn:aws:batch:us-east-1:*:job/*"),
	REST("connect", "PUT", "/hours-of-operations/i",
	     "{\"Name\":\"n\",\"TimeZone\":\"UTC\",\"Config\":[],\"ParentHoursOfOperationConfigs\":"
	     "[{\"HoursOfOperationId\":\"p\"}]}",
	     "connect:CreateHoursOfOperation "
	     "arn:aws:connect:us-east-1:*:instance/i/operating-hours/*"),
	REST("aidevops", "POST", "/v1/register/mcpserversigv4",
	     "{\"serviceDetails\":{\"mcpserversigv4\":{\"authorizationConfig\":{\"service\":"
	     "\"execute-api\"}}}}",
	     "aidevops:RegisterService arn:aws:aidevops:us-east-1:*:service/*"),
	JSON("lightsail", "Lightsail_20161128.UpdateBucket",
	     "{\"bucketName\":\"k\",\"cors\":{\"rules\":[{\"id\":\"r\"}]}}",
	     "lightsail:UpdateBucket arn:aws:lightsail:us-east-1:*:Bucket/*"),
	JSON("lightsail", "Lightsail_20161128.CreateDomainEntry",
	     "{\"domainName\":\"x.y\",\"domainEntry\":{\"id\":\"7\"}}",
	     "lightsail:CreateDomainEntry arn:aws:lightsail:us-east-1:*:Domain/*"),
	REST("mediaconnect", "POST",
	     "/v1/flows/arn%3Aaws%3Amediaconnect%3Aus-east-1%3A123456789012%3Aflow%3A1-a%3Af/"
	     "source",
	     "{\"sources\":[{\"name\":\"s\",\"ndiSourceSettings\":{\"sourceName\":\"n\"}}]}",
	     "mediaconnect:AddFlowSources "
	     "arn:aws:mediaconnect:us-east-1:*:source:*:s,arn:aws:mediaconnect:us-east-1:"
	     "123456789012:flow:1-a:f"),
	REST("medialive", "POST", "/prod/channels",
	     "{\"destinations\":[{\"mediaPackageSettings\":[{\"channelId\":\"p\"}]}],"
	     "\"inputAttachments\":[{\"inputId\":\"1\"}],\"linkedChannelSettings\":{"
	     "\"followerChannelSettings\":{\"primaryChannelArn\":\"arn:aws:medialive:us-east-1:"
	     "123456789012:channel:7\"}}}",
	     "medialive:CreateChannel "
	     "arn:aws:medialive:us-east-1:*:channel:*,arn:aws:medialive:us-east-1:*:input:1"),
	JSON("wafv2", "AWSWAF_20190729.PutLoggingConfiguration",
	     "{\"LoggingConfiguration\":{\"ResourceArn\":\"arn:aws:wafv2:us-east-1:123456789012:"
	     "regional/webacl/w/"
	     "1\",\"LogDestinationConfigs\":[\"arn:aws:firehose:us-east-1:123456789012:"
	     "deliverystream/"
	     "aws-waf-logs-x\"],\"RedactedFields\":[{\"SingleHeader\":{\"Name\":\"cookie\"}}]}}",
	     "wafv2:PutLoggingConfiguration "
	     "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/w/1\n"
	     "~firehose:ListDeliveryStreams *"),
	REST("route53-recovery-control-config", "POST", "/safetyrule",
	     "{\"AssertionRule\":{\"ControlPanelArn\":\"arn:aws:route53-recovery-control::"
	     "123456789012:controlpanel/p\"},\"Tags\":{\"a\":\"b\"}}",
	     "route53-recovery-control-config:CreateSafetyRule "
	     "arn:aws:route53-recovery-control::*:cluster/*\n"
	     "route53-recovery-control-config:TagResource "
	     "arn:aws:route53-recovery-control::123456789012:controlpanel/p/safetyrule/*"),
	REST("greengrass", "POST", "/greengrass/v2/deployments",
	     "{\"targetArn\":\"arn:aws:iot:us-east-1:123456789012:thinggroup/"
	     "g\",\"tags\":{\"a\":\"b\"}}",
	     "greengrass:CreateDeployment *\n"
	     "greengrass:TagResource arn:aws:greengrass:us-east-1:*:deployments:*"),
	/* --- contacts in a plan --- */
	JSON("ssm-contacts", "SSMContacts.CreateContact",
	     "{\"Alias\":\"a\",\"Type\":\"ESCALATION\",\"Plan\":{\"Stages\":[{\"Targets\":[{"
	     "\"ContactTargetInfo\":{\"ContactId\":\"arn:aws:ssm-contacts:us-east-1:123456789012:"
	     "contact/bob\"}}]}]},\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "ssm-contacts:CreateContact arn:aws:ssm-contacts:us-east-1:*:contact/a\n"
	     "ssm-contacts:AssociateContact "
	     "arn:aws:ssm-contacts:us-east-1:123456789012:contact/bob\n"
	     "ssm-contacts:TagResource arn:aws:ssm-contacts:us-east-1:*:contact/a"),
	JSON("ssm-contacts", "SSMContacts.UpdateContact",
	     "{\"ContactId\":\"arn:aws:ssm-contacts:us-east-1:123456789012:contact/"
	     "a\",\"Plan\":{\"Stages\":[{\"Targets\":[{\"ContactTargetInfo\":{\"ContactId\":\"arn:"
	     "aws:ssm-contacts:us-east-1:123456789012:contact/bob\"}}]}]}}",
	     "ssm-contacts:UpdateContact arn:aws:ssm-contacts:us-east-1:123456789012:contact/a\n"
	     "ssm-contacts:AssociateContact "
	     "arn:aws:ssm-contacts:us-east-1:123456789012:contact/bob"),
	/* --- what an id is, its prefix says --- */
	JSON("directconnect", "OvertureService.CreatePrivateVirtualInterface",
	     "{\"connectionId\":\"dxlag-1\",\"newPrivateVirtualInterface\":{\"vlan\":1}}",
	     "directconnect:CreatePrivateVirtualInterface "
	     "arn:aws:directconnect:us-east-1:*:dxlag/dxlag-1"),
	JSON("directconnect", "OvertureService.CreatePrivateVirtualInterface",
	     "{\"connectionId\":\"dxcon-1\",\"newPrivateVirtualInterface\":{\"vlan\":1}}",
	     "directconnect:CreatePrivateVirtualInterface "
	     "arn:aws:directconnect:us-east-1:*:dxcon/dxcon-1"),
	JSON("directconnect", "OvertureService.AssociateHostedConnection",
	     "{\"connectionId\":\"dxcon-1\",\"parentConnectionId\":\"dxlag-9\"}",
	     "directconnect:AssociateHostedConnection "
	     "arn:aws:directconnect:us-east-1:*:dxcon/"
	     "dxcon-1,arn:aws:directconnect:us-east-1:*:dxlag/dxlag-9"),
	JSON("directconnect", "OvertureService.DeleteInterconnect",
	     "{\"interconnectId\":\"dxcon-1\"}",
	     "directconnect:DeleteInterconnect arn:aws:directconnect:us-east-1:*:dxcon/dxcon-1"),
	FORM("ec2",
	     "Action=CreateNetworkInsightsPath&Version=2016-11-15&Source=i-1&Destination=igw-2&"
	     "Protocol=tcp&ClientToken=x",
	     "ec2:CreateNetworkInsightsPath "
	     "arn:aws:ec2:us-east-1:*:instance/i-1,arn:aws:ec2:us-east-1:*:internet-gateway/"
	     "igw-2,arn:aws:ec2:us-east-1:*:network-insights-path/*"),
	FORM("ec2",
	     "Action=CreateNetworkInsightsPath&Version=2016-11-15&Source=arn:aws:ec2:us-east-1:"
	     "123456789012:network-interface/eni-1&Destination=tgw-2&Protocol=tcp&ClientToken=x",
	     "ec2:CreateNetworkInsightsPath "
	     "arn:aws:ec2:us-east-1:*:network-insights-path/"
	     "*,arn:aws:ec2:us-east-1:*:transit-gateway/"
	     "tgw-2,arn:aws:ec2:us-east-1:123456789012:network-interface/eni-1"),
	/* --- what starting an instance uses besides --- */
	FORM("ec2",
	     "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1&MaxCount=1&"
	     "ClientToken=x&Placement.GroupId=pg-1&LicenseSpecification.1.LicenseConfigurationArn="
	     "arn:aws:license-manager:us-east-1:123456789012:license-configuration:lic-1&"
	     "CapacityReservationSpecification.CapacityReservationTarget."
	     "CapacityReservationResourceGroupArn=arn:aws:resource-groups:us-east-1:123456789012:"
	     "group/g",
	     "ec2:RunInstances "
	     "arn:aws:ec2:us-east-1:*:instance/*,arn:aws:ec2:us-east-1:*:network-interface/"
	     "*,arn:aws:ec2:us-east-1:*:placement-group/*,arn:aws:ec2:us-east-1:*:security-group/"
	     "*,arn:aws:ec2:us-east-1:*:subnet/*,arn:aws:ec2:us-east-1:*:volume/"
	     "*,arn:aws:ec2:us-east-1::image/"
	     "ami-1,arn:aws:license-manager:us-east-1:123456789012:license-configuration:lic-1,arn:"
	     "aws:resource-groups:us-east-1:123456789012:group/g"),
	FORM("ec2", "Action=AssociateAddress&Version=2016-11-15&PublicIp=1.2.3.4&InstanceId=i-1",
	     "ec2:AssociateAddress "
	     "arn:aws:ec2:us-east-1:*:elastic-ip/*,arn:aws:ec2:us-east-1:*:instance/i-1"),
	/* --- roles of a service's load balancers and hooks --- */
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.CreateService",
	     "{\"cluster\":\"c\",\"serviceName\":\"s\",\"loadBalancers\":[{"
	     "\"advancedConfiguration\":{\"roleArn\":\"arn:aws:iam::123456789012:role/"
	     "app\"}}],\"deploymentConfiguration\":{\"lifecycleHooks\":[{\"roleArn\":\"arn:aws:iam:"
	     ":123456789012:role/hook\"}]}}",
	     "ecs:CreateService arn:aws:ecs:us-east-1:*:service/c/s\n"
	     "iam:PassRole arn:aws:iam::123456789012:role/app,arn:aws:iam::123456789012:role/hook "
	     "| StringEquals iam:PassedToService=ecs.amazonaws.com"),
	/* --- members with other names than the ARN's parts --- */
	REST("bedrock-agentcore", "POST", "/identities/api-key",
	     "{\"workloadIdentityToken\":\"t\",\"resourceCredentialProviderName\":\"p\"}",
	     "bedrock-agentcore:GetResourceApiKey "
	     "arn:aws:bedrock-agentcore:us-east-1:*:token-vault/"
	     "default,arn:aws:bedrock-agentcore:us-east-1:*:token-vault/default/"
	     "apikeycredentialprovider/"
	     "p,arn:aws:bedrock-agentcore:us-east-1:*:workload-identity-directory/"
	     "default,arn:aws:bedrock-agentcore:us-east-1:*:workload-identity-directory/default/"
	     "workload-identity/*"),
	REST("bedrock-agentcore", "POST", "/identities/GetWorkloadAccessToken",
	     "{\"workloadName\":\"w\"}",
	     "bedrock-agentcore:GetWorkloadAccessToken "
	     "arn:aws:bedrock-agentcore:us-east-1:*:workload-identity-directory/"
	     "default,arn:aws:bedrock-agentcore:us-east-1:*:workload-identity-directory/default/"
	     "workload-identity/w"),
	REST("bedrock", "POST", "/evaluation-jobs/batch-delete",
	     "{\"jobIdentifiers\":[\"j\",\"arn:aws:bedrock:us-east-1:123456789012:evaluation-job/"
	     "k\"]}",
	     "bedrock:BatchDeleteEvaluationJob "
	     "arn:aws:bedrock:us-east-1:*:evaluation-job/"
	     "j,arn:aws:bedrock:us-east-1:123456789012:evaluation-job/k"),
	JSON("config", "StarlingDoveService.PutStoredQuery",
	     "{\"StoredQuery\":{\"QueryName\":\"q\",\"Expression\":\"x\"}}",
	     "config:PutStoredQuery arn:aws:config:us-east-1:*:stored-query/q/*"),
	JSON("config", "StarlingDoveService.PutAggregationAuthorization",
	     "{\"AuthorizedAccountId\":\"444455556666\",\"AuthorizedAwsRegion\":\"eu-west-1\"}",
	     "config:PutAggregationAuthorization "
	     "arn:aws:config:us-east-1:*:aggregation-authorization/444455556666/eu-west-1"),
	REST("connect", "POST", "/metrics/current/i",
	     "{\"Filters\":{\"Queues\":[\"q\"],\"RoutingProfiles\":[\"r\"]},\"CurrentMetrics\":[]}",
	     "connect:GetCurrentMetricData "
	     "arn:aws:connect:us-east-1:*:instance/i/queue/q,arn:aws:connect:us-east-1:*:instance/"
	     "i/routing-profile/r"),
	REST("connect", "POST", "/metrics/userdata/i",
	     "{\"Filters\":{\"Queues\":[\"q\"],\"RoutingProfiles\":[\"r\"],\"Agents\":[\"a\"],"
	     "\"UserHierarchyGroups\":[\"g\"]}}",
	     "connect:GetCurrentUserData "
	     "arn:aws:connect:us-east-1:*:instance/i/agent-group/"
	     "g,arn:aws:connect:us-east-1:*:instance/i/agent/"
	     "a,arn:aws:connect:us-east-1:*:instance/i/queue/"
	     "q,arn:aws:connect:us-east-1:*:instance/i/routing-profile/r"),
	REST("cases", "POST", "/domains/d/templates",
	     "{\"name\":\"n\",\"layoutConfiguration\":{\"defaultLayout\":\"l\"}}",
	     "cases:CreateTemplate "
	     "arn:aws:cases:us-east-1:*:domain/d,arn:aws:cases:us-east-1:*:domain/d/layout/"
	     "l,arn:aws:cases:us-east-1:*:domain/d/template/*"),
	JSON("codebuild", "CodeBuild_20161006.BatchGetFleets", "{\"names\":[\"f\"]}",
	     "codebuild:BatchGetFleets arn:aws:codebuild:us-east-1:*:fleet/f:*"),
	FORM("ec2",
	     "Action=MoveCapacityReservationInstances&Version=2016-11-15&"
	     "SourceCapacityReservationId=cr-1&DestinationCapacityReservationId=cr-2&InstanceCount="
	     "1&ClientToken=x",
	     "ec2:MoveCapacityReservationInstances "
	     "arn:aws:ec2:us-east-1:*:capacity-reservation/"
	     "cr-1,arn:aws:ec2:us-east-1:*:capacity-reservation/cr-2"),
	FORM("ec2",
	     "Action=GetReservedInstancesExchangeQuote&Version=2016-11-15&ReservedInstanceId.1=r1&"
	     "ReservedInstanceId.2=r2",
	     "ec2:GetReservedInstancesExchangeQuote "
	     "arn:aws:ec2:us-east-1:*:reserved-instances/"
	     "r1,arn:aws:ec2:us-east-1:*:reserved-instances/r2"),
	FORM("ec2", "Action=DeletePublicIpv4Pool&Version=2016-11-15&PoolId=ipv4pool-ec2-1",
	     "ec2:DeletePublicIpv4Pool arn:aws:ec2:us-east-1:*:ipv4pool-ec2/ipv4pool-ec2-1"),
	FORM("ec2", "Action=GetAssociatedIpv6PoolCidrs&Version=2016-11-15&PoolId=ipv6pool-ec2-1",
	     "ec2:GetAssociatedIpv6PoolCidrs arn:aws:ec2:us-east-1:*:ipv6pool-ec2/ipv6pool-ec2-1"),
	FORM("ec2",
	     "Action=CreateTransitGatewayRouteTableAnnouncement&Version=2016-11-15&"
	     "TransitGatewayRouteTableId=tgw-rtb-1&PeeringAttachmentId=tgw-attach-1",
	     "ec2:CreateTransitGatewayRouteTableAnnouncement "
	     "arn:aws:ec2:us-east-1:*:transit-gateway-attachment/"
	     "tgw-attach-1,arn:aws:ec2:us-east-1:*:transit-gateway-route-table-announcement/"
	     "*,arn:aws:ec2:us-east-1:*:transit-gateway-route-table/tgw-rtb-1"),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.PutAttributes",
	     "{\"cluster\":\"c\",\"attributes\":[{\"name\":\"a\",\"targetId\":\"i\"}]}",
	     "ecs:PutAttributes arn:aws:ecs:us-east-1:*:container-instance/c/i"),
	FORM("elasticache",
	     "Action=ModifyUserGroup&Version=2015-02-02&UserGroupId=g&UserIdsToAdd.member.1=u&"
	     "UserIdsToRemove.member.1=v",
	     "elasticache:ModifyUserGroup "
	     "arn:aws:elasticache:us-east-1:*:user:u,arn:aws:elasticache:us-east-1:*:user:v,arn:"
	     "aws:elasticache:us-east-1:*:usergroup:g"),
	JSON("fms", "AWSFMS_20180101.PutAppsList",
	     "{\"AppsList\":{\"ListName\":\"n\",\"ListId\":\"1\"}}",
	     "fms:PutAppsList arn:aws:fms:us-east-1:*:applications-list/1"),
	JSON("fsx", "AWSSimbaAPIService_v20180301.CreateDataRepositoryAssociation",
	     "{\"FileSystemId\":\"fs-1\",\"FileSystemPath\":\"/x\",\"DataRepositoryPath\":\"s3://b/"
	     "p\",\"ClientRequestToken\":\"x\"}",
	     "fsx:CreateDataRepositoryAssociation "
	     "arn:aws:fsx:us-east-1:*:association/fs-1/*,arn:aws:fsx:us-east-1:*:file-system/fs-1"),
	JSON("glue", "AWSGlue.DeleteDatabase", "{\"Name\":\"d\"}",
	     "glue:DeleteDatabase "
	     "arn:aws:glue:us-east-1:*:catalog,arn:aws:glue:us-east-1:*:database/"
	     "d,arn:aws:glue:us-east-1:*:table/d/*,arn:aws:glue:us-east-1:*:userDefinedFunction/d/"
	     "*"),
	JSON("kendra", "AWSKendraFrontendService.AssociatePersonasToEntities",
	     "{\"Id\":\"e\",\"IndexId\":\"i\",\"Personas\":[]}",
	     "kendra:AssociatePersonasToEntities "
	     "arn:aws:kendra:us-east-1:*:index/i,arn:aws:kendra:us-east-1:*:index/i/experience/e"),
	REST("lex", "DELETE", "/bots/b/versions/2", NULL,
	     "lex:DeleteBotVersion arn:aws:lex:us-east-1:*:bot:b,arn:aws:lex:us-east-1:*:bot:b:2"),
	REST("lex", "DELETE", "/intents/i/versions/2", NULL,
	     "lex:DeleteIntentVersion arn:aws:lex:us-east-1:*:intent:i:2"),
	REST("lex", "GET", "/slottypes/s/versions/2", NULL,
	     "lex:GetSlotType arn:aws:lex:us-east-1:*:slottype:s:2"),
	REST("lex", "DELETE", "/slottypes/s", NULL,
	     "lex:DeleteSlotType arn:aws:lex:us-east-1:*:slottype:s:*"),
	JSON("pi", "PerformanceInsightsv20180227.GetPerformanceAnalysisReport",
	     "{\"ServiceType\":\"RDS\",\"Identifier\":\"db-1\",\"AnalysisReportId\":\"report-1\"}",
	     "pi:GetPerformanceAnalysisReport "
	     "arn:aws:pi:us-east-1:*:perf-reports/rds/db-1/report-1"),
	REST("ses", "PUT", "/v2/email/dedicated-ips/1.2.3.4/pool",
	     "{\"DestinationPoolName\":\"p\"}",
	     "ses:PutDedicatedIpInPool arn:aws:ses:us-east-1:*:dedicated-ip-pool/p"),
	REST("quicksight", "GET", "/accounts/123456789012/automation-groups/g/automations/a/jobs/j",
	     NULL,
	     "quicksight:DescribeAutomationJob "
	     "arn:aws:quicksight:us-east-1:123456789012:automation-group/g/automation/a/job/j"),
	FORM("redshift",
	     "Action=BatchDeleteClusterSnapshots&Version=2012-12-01&Identifiers."
	     "DeleteClusterSnapshotMessage.1.SnapshotIdentifier=s1&Identifiers."
	     "DeleteClusterSnapshotMessage.1.SnapshotClusterIdentifier=c1&Identifiers."
	     "DeleteClusterSnapshotMessage.2.SnapshotIdentifier=s2",
	     "redshift:BatchDeleteClusterSnapshots "
	     "arn:aws:redshift:us-east-1:*:snapshot:*/s2,arn:aws:redshift:us-east-1:*:snapshot:c1/"
	     "s1"),
	FORM("redshift",
	     "Action=DeleteClusterSnapshot&Version=2012-12-01&SnapshotIdentifier=s&"
	     "SnapshotClusterIdentifier=c",
	     "redshift:DeleteClusterSnapshot "
	     "arn:aws:redshift:us-east-1:*:cluster:c,arn:aws:redshift:us-east-1:*:snapshot:c/s"),
	JSON("sagemaker", "SageMaker.UpdateMonitoringAlert",
	     "{\"MonitoringScheduleName\":\"s\",\"MonitoringAlertName\":\"a\","
	     "\"DatapointsToAlert\":1,\"EvaluationPeriod\":1}",
	     "sagemaker:UpdateMonitoringAlert "
	     "arn:aws:sagemaker:us-east-1:*:monitoring-schedule/"
	     "s,arn:aws:sagemaker:us-east-1:*:monitoring-schedule/s/alert/a"),
	REST("securityhub", "GET", "/connectorsv2/c", NULL,
	     "securityhub:GetConnectorV2 arn:aws:securityhub:us-east-1:*:connectorv2/c"),
	REST("tnb", "POST", "/sol/nslcm/v1/ns_instances/ni-1/update",
	     "{\"modifyVnfInfoData\":{\"vnfInstanceId\":\"fi-2\"}}",
	     "tnb:UpdateSolNetworkInstance "
	     "arn:aws:tnb:us-east-1:*:function-instance/"
	     "fi-2,arn:aws:tnb:us-east-1:*:network-instance/ni-1"),
	REST("auditmanager", "POST", "/assessmentFrameworks",
	     "{\"name\":\"f\",\"controlSets\":[{\"name\":\"s\",\"controls\":[{\"id\":\"c1\"}, "
	     "{\"id\":\"c2\"}]}]}",
	     "auditmanager:CreateAssessmentFramework "
	     "arn:aws:auditmanager:us-east-1:*:assessmentFramework/"
	     "*,arn:aws:auditmanager:us-east-1:*:control/"
	     "c1,arn:aws:auditmanager:us-east-1:*:control/c2"),
	/* --- names in small letters, versions in part --- */
	REST("imagebuilder", "PUT", "/CreateComponent",
	     "{\"name\":\"My "
	     "Component\",\"semanticVersion\":\"1.2.3\",\"platform\":\"Linux\",\"tags\":{\"a\":"
	     "\"b\"}}",
	     "imagebuilder:CreateComponent "
	     "arn:aws:imagebuilder:us-east-1:*:component/my-component/1.2.3/*\n"
	     "imagebuilder:TagResource "
	     "arn:aws:imagebuilder:us-east-1:*:component/my-component/1.2.3/*"),
	REST("imagebuilder", "PUT", "/CreateImageRecipe",
	     "{\"name\":\"n\",\"semanticVersion\":\"1.0.x\",\"components\":[],\"parentImage\":"
	     "\"p\"}",
	     "imagebuilder:CreateImageRecipe "
	     "arn:aws:imagebuilder:us-east-1:*:image-recipe/n/*.*.*"),
	REST("imagebuilder", "PUT", "/CreateWorkflow",
	     "{\"name\":\"W\",\"semanticVersion\":\"1.0.0\",\"type\":\"BUILD\"}",
	     "imagebuilder:CreateWorkflow "
	     "arn:aws:imagebuilder:us-east-1:*:workflow/build/w/1.0.0/*"),
	REST("imagebuilder", "PUT", "/CreateImagePipeline",
	     "{\"name\":\"MyPipeline\",\"infrastructureConfigurationArn\":\"arn:aws:imagebuilder:"
	     "us-east-1:123456789012:infrastructure-configuration/i\"}",
	     "imagebuilder:CreateImagePipeline "
	     "arn:aws:imagebuilder:us-east-1:*:image-pipeline/mypipeline"),
	REST("imagebuilder", "PUT", "/CreateInfrastructureConfiguration", "{\"name\":\"Infra\"}",
	     "imagebuilder:CreateInfrastructureConfiguration "
	     "arn:aws:imagebuilder:us-east-1:*:infrastructure-configuration/infra"),
	REST("lex", "PUT", "/slottypes/s/versions/$LATEST", "{}",
	     "lex:PutSlotType arn:aws:lex:us-east-1:*:slottype:s:*"),
	REST("lex", "GET", "/exports/?name=b&version=1&resourceType=BOT&exportType=LEX", NULL,
	     "lex:GetExport arn:aws:lex:us-east-1:*:bot:b:1"),
	/* --- properties by an alias --- */
	REST("iotsitewise", "POST", "/properties",
	     "{\"entries\":[{\"entryId\":\"1\",\"assetId\":\"a\",\"propertyId\":\"p\","
	     "\"propertyValues\":[]}, "
	     "{\"entryId\":\"2\",\"propertyAlias\":\"/x\",\"propertyValues\":[]}]}",
	     "iotsitewise:BatchPutAssetPropertyValue "
	     "arn:aws:iotsitewise:us-east-1:*:asset/*,arn:aws:iotsitewise:us-east-1:*:asset/"
	     "a,arn:aws:iotsitewise:us-east-1:*:time-series/*"),
	REST("iotsitewise", "GET", "/properties/latest?propertyAlias=%2Fx", NULL,
	     "iotsitewise:GetAssetPropertyValue "
	     "arn:aws:iotsitewise:us-east-1:*:asset/*,arn:aws:iotsitewise:us-east-1:*:time-series/"
	     "*"),
	REST("iotsitewise", "GET", "/properties/latest?assetId=a&propertyId=p", NULL,
	     "iotsitewise:GetAssetPropertyValue arn:aws:iotsitewise:us-east-1:*:asset/a"),
	/* --- roles of a job's tasks --- */
	REST("batch", "POST", "/v1/registerjobdefinition",
	     "{\"jobDefinitionName\":\"d\",\"type\":\"container\",\"ecsProperties\":{"
	     "\"taskProperties\":[{\"taskRoleArn\":\"arn:aws:iam::123456789012:role/"
	     "app\",\"executionRoleArn\":\"arn:aws:iam::123456789012:role/x\"}]}}",
	     "batch:RegisterJobDefinition arn:aws:batch:us-east-1:*:job-definition/d\n"
	     "iam:PassRole arn:aws:iam::123456789012:role/app,arn:aws:iam::123456789012:role/x | "
	     "StringEquals iam:PassedToService=ecs-tasks.amazonaws.com"),
	/* --- several keys by id, ARN and alias --- */
	REST("payment-cryptography", "POST", "/pindata/translate",
	     "{\"IncomingKeyIdentifier\":\"alias/"
	     "a\",\"OutgoingKeyIdentifier\":\"arn:aws:payment-cryptography:us-east-1:123456789012:"
	     "key/"
	     "k\",\"IncomingTranslationAttributes\":{},\"OutgoingTranslationAttributes\":{},"
	     "\"EncryptedPinBlock\":\"0\"}",
	     "payment-cryptography:TranslatePinData "
	     "arn:aws:payment-cryptography:us-east-1:*:alias/"
	     "a,arn:aws:payment-cryptography:us-east-1:*:key/"
	     "*,arn:aws:payment-cryptography:us-east-1:123456789012:key/k"),
	REST("payment-cryptography", "POST", "/pindata/generate",
	     "{\"GenerationKeyIdentifier\":\"g\",\"EncryptionKeyIdentifier\":\"e\","
	     "\"GenerationAttributes\":{},\"PrimaryAccountNumber\":\"1\",\"PinBlockFormat\":\"ISO_"
	     "FORMAT_0\"}",
	     "payment-cryptography:GeneratePinData "
	     "arn:aws:payment-cryptography:us-east-1:*:alias/"
	     "*,arn:aws:payment-cryptography:us-east-1:*:key/"
	     "e,arn:aws:payment-cryptography:us-east-1:*:key/g"),
	JSON("payment-cryptography", "PaymentCryptographyControlPlane.GetKey",
	     "{\"KeyIdentifier\":\"alias/a\"}",
	     "payment-cryptography:GetKey arn:aws:payment-cryptography:us-east-1:*:key/*"),
	/* --- roles of a pipeline's body and of buckets on Outposts --- */
	REST("osis", "POST", "/2022-01-01/osis/createPipeline",
	     "{\"PipelineName\":\"p\",\"MinUnits\":1,\"MaxUnits\":1,\"PipelineConfigurationBody\":"
	     "\"version: \\\"2\\\"\\nsink:\\n  - s3:\\n      aws:\\n        sts_role_arn: "
	     "\\\"arn:aws:iam::123456789012:role/app\\\"\\n        region: us-east-1\\n\"}",
	     "osis:CreatePipeline *\n"
	     "iam:PassRole arn:aws:iam::123456789012:role/app | StringEquals "
	     "iam:PassedToService=osis-pipelines.amazonaws.com"),
	/* --- ARNs in members that do not say so --- */
	REST("serverlessrepo", "POST",
	     "/applications/"
	     "arn%3Aaws%3Aserverlessrepo%3Aeu-west-1%3A444455556666%3Aapplications%2Fapp/"
	     "changesets",
	     "{\"stackName\":\"s\"}",
	     "serverlessrepo:CreateCloudFormationChangeSet "
	     "arn:aws:serverlessrepo:eu-west-1:444455556666:applications/app"),
	JSON("dms", "AmazonDMSv20160101.StartMetadataModelImport",
	     "{\"MigrationProjectIdentifier\":\"arn:aws:dms:us-east-1:123456789012:migration-"
	     "project:P\",\"SelectionRules\":\"x\",\"Origin\":\"SOURCE\"}",
	     "dms:StartMetadataModelImport arn:aws:dms:us-east-1:123456789012:migration-project:P"),
	JSON("dms", "AmazonDMSv20160101.DeleteDataMigration",
	     "{\"DataMigrationIdentifier\":\"arn:aws:dms:us-east-1:123456789012:data-migration:"
	     "M\"}",
	     "dms:DeleteDataMigration arn:aws:dms:us-east-1:123456789012:data-migration:M"),
	JSON("dms", "AmazonDMSv20160101.ModifyDataProvider",
	     "{\"DataProviderIdentifier\":\"arn:aws:dms:us-east-1:123456789012:data-provider:S\"}",
	     "dms:UpdateDataProvider arn:aws:dms:us-east-1:123456789012:data-provider:S"),
	JSON("dms", "AmazonDMSv20160101.DeleteInstanceProfile",
	     "{\"InstanceProfileIdentifier\":\"arn:aws:dms:us-east-1:123456789012:instance-profile:"
	     "I\"}",
	     "dms:DeleteInstanceProfile arn:aws:dms:us-east-1:123456789012:instance-profile:I"),
	JSON("dms", "AmazonDMSv20160101.CreateMigrationProject",
	     "{\"InstanceProfileIdentifier\":\"arn:aws:dms:us-east-1:123456789012:instance-profile:"
	     "I\",\"SourceDataProviderDescriptors\":[{\"DataProviderIdentifier\":\"arn:aws:dms:us-"
	     "east-1:123456789012:data-provider:S\"}],\"TargetDataProviderDescriptors\":[{"
	     "\"DataProviderIdentifier\":\"arn:aws:dms:us-east-1:123456789012:data-provider:T\"}]}",
	     "dms:CreateMigrationProject "
	     "arn:aws:dms:us-east-1:123456789012:data-provider:S,arn:aws:dms:us-east-1:"
	     "123456789012:data-provider:T,arn:aws:dms:us-east-1:123456789012:instance-profile:I"),
	JSON("cloudtrail",
	     "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListInsightsData",
	     "{\"InsightSource\":\"arn:aws:cloudtrail:us-east-1:123456789012:trail/"
	     "t\",\"DataType\":\"InsightsEvents\"}",
	     "cloudtrail:ListInsightsData arn:aws:cloudtrail:us-east-1:123456789012:trail/t"),
	REST("imagebuilder", "PUT", "/DistributeImage",
	     "{\"sourceImage\":\"arn:aws:imagebuilder:us-east-1:123456789012:image/i/1.0.0/"
	     "1\",\"distributionConfigurationArn\":\"arn:aws:imagebuilder:us-east-1:123456789012:"
	     "distribution-configuration/d\",\"executionRole\":\"r\"}",
	     "imagebuilder:DistributeImage "
	     "arn:aws:imagebuilder:us-east-1:123456789012:image/i/1.0.0/1"),
	REST("ses", "GET",
	     "/v2/email/reputation/entities/RESOURCE/"
	     "arn%3Aaws%3Ases%3Aus-east-1%3A123456789012%3Atenant%2Ft%2Ftn-1",
	     NULL, "ses:GetReputationEntity arn:aws:ses:us-east-1:123456789012:tenant/t/tn-1"),
	REST("sso-oauth", "POST", "/token?aws_iam=t",
	     "{\"clientId\":\"arn:aws:sso::123456789012:application/ssoins-1/"
	     "apl-1\",\"grantType\":\"authorization_code\"}",
	     "sso-oauth:CreateTokenWithIAM arn:aws:sso::123456789012:application/ssoins-1/apl-1"),
	REST("wellarchitected", "GET",
	     "/lenses/arn%3Aaws%3Awellarchitected%3Aus-east-1%3A123456789012%3Alens%2Fl", NULL,
	     "wellarchitected:GetLens arn:aws:wellarchitected:us-east-1:123456789012:lens/l"),
	JSON("ssm", "AmazonSSM.UpdateServiceSetting",
	     "{\"SettingId\":\"/ssm/parameter-store/"
	     "high-throughput-enabled\",\"SettingValue\":\"true\"}",
	     "ssm:UpdateServiceSetting "
	     "arn:aws:ssm:us-east-1:*:servicesetting/ssm/parameter-store/high-throughput-enabled"),
	JSON("ssm", "AmazonSSM.GetServiceSetting",
	     "{\"SettingId\":\"arn:aws:ssm:us-east-1:123456789012:servicesetting/ssm/x\"}",
	     "ssm:GetServiceSetting arn:aws:ssm:us-east-1:123456789012:servicesetting/ssm/x"),
	/* --- members with other names, more of them --- */
	JSON("codecommit", "CodeCommit_20150413.UpdateRepositoryName",
	     "{\"oldName\":\"a\",\"newName\":\"b\"}",
	     "codecommit:UpdateRepositoryName arn:aws:codecommit:us-east-1:*:a"),
	FORM("ec2",
	     "Action=PurchaseHostReservation&Version=2016-11-15&HostIdSet.1=h-1&OfferingId=o",
	     "ec2:PurchaseHostReservation arn:aws:ec2:us-east-1:*:dedicated-host/h-1"),
	FORM("redshift",
	     "Action=BatchModifyClusterSnapshots&Version=2012-12-01&SnapshotIdentifierList.String."
	     "1=s",
	     "redshift:BatchModifyClusterSnapshots arn:aws:redshift:us-east-1:*:snapshot:*/s"),
	JSON("ssm", "AmazonSSM.GetCalendarState",
	     "{\"CalendarNames\":[\"arn:aws:ssm:us-east-1:123456789012:document/c\",\"d\"]}",
	     "ssm:GetCalendarState "
	     "arn:aws:ssm:us-east-1:*:document/d,arn:aws:ssm:us-east-1:123456789012:document/c"),
	JSON("elasticmapreduce", "ElasticMapReduce.DescribeJobFlows", "{\"JobFlowIds\":[\"j-1\"]}",
	     "elasticmapreduce:DescribeJobFlows arn:aws:elasticmapreduce:us-east-1:*:cluster/j-1"),
	REST("bedrock-agentcore", "POST", "/identities/payment/token",
	     "{\"workloadIdentityToken\":\"t\",\"resourceCredentialProviderName\":\"p\"}",
	     "bedrock-agentcore:GetResourcePaymentToken "
	     "arn:aws:bedrock-agentcore:us-east-1:*:token-vault/"
	     "default,arn:aws:bedrock-agentcore:us-east-1:*:token-vault/default/"
	     "paymentcredentialprovider/"
	     "p,arn:aws:bedrock-agentcore:us-east-1:*:workload-identity-directory/"
	     "default,arn:aws:bedrock-agentcore:us-east-1:*:workload-identity-directory/default/"
	     "workload-identity/*"),
	/* --- templates of several stacks --- */
	FORM("cloudformation",
	     "Action=CreateStackRefactor&Version=2010-05-15&StackDefinitions.member.1.StackName=a&"
	     "StackDefinitions.member.1.TemplateURL=https://tb.s3.us-east-1.amazonaws.com/"
	     "t.json&StackDefinitions.member.2.StackName=b",
	     "cloudformation:CreateStackRefactor "
	     "arn:aws:cloudformation:us-east-1:*:stack/a/"
	     "*,arn:aws:cloudformation:us-east-1:*:stack/b/*\n"
	     "~s3:GetObject arn:aws:s3:::tb/t.json"),
	/* --- S3 where buckets are something else --- */
	AT("alias of an access point on an Outpost", "s3-outposts", "GET",
	   "a-o01ac5d28a6a232904e8xz--op-s3.op-01ac5d28a6a232904.s3-outposts.us-east-1.amazonaws."
	   "com",
	   "/k",
	   "s3-outposts:GetObject "
	   "arn:aws:s3-outposts:us-east-1:*:outpost/op-01ac5d28a6a232904/bucket/*/object/k"),
	{"a directory bucket with tags", "s3express", "PUT",
	 "s3express-control.us-east-1.amazonaws.com", "/d--use1-az4--x-s3", "",
	 "<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></"
	 "CreateBucketConfiguration>",
	 NULL,
	 "s3express:CreateBucket arn:aws:s3express:us-east-1:*:bucket/d--use1-az4--x-s3\n"
	 "s3express:TagResource arn:aws:s3express:us-east-1:*:bucket/d--use1-az4--x-s3"},
	{"tags of a directory bucket", "s3express", "POST",
	 "s3express-control.us-east-1.amazonaws.com",
	 "/v20180820/tags/"
	 "arn%3Aaws%3As3express%3Aus-east-1%3A123456789012%3Abucket%2Fd--use1-az4--x-s3",
	 "x-amz-account-id: 123456789012\n",
	 "<TagResourceRequest><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></"
	 "TagResourceRequest>",
	 NULL,
	 "s3express:TagResource arn:aws:s3express:us-east-1:123456789012:bucket/d--use1-az4--x-s3"},
	{"replication of a bucket on an Outpost", "s3-outposts", "PUT",
	 "s3-outposts.us-east-1.amazonaws.com",
	 "/v20180820/bucket/"
	 "arn%3Aaws%3As3-outposts%3Aus-east-1%3A123456789012%3Aoutpost%2Fop-1%2Fbucket%2Fb/"
	 "replication",
	 "x-amz-account-id: 123456789012\n",
	 "<ReplicationConfiguration><Role>arn:aws:iam::123456789012:role/app</Role></"
	 "ReplicationConfiguration>",
	 NULL,
	 "s3-outposts:PutReplicationConfiguration "
	 "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1/bucket/b\n"
	 "iam:PassRole arn:aws:iam::123456789012:role/app | StringEquals "
	 "iam:PassedToService=s3-outposts.amazonaws.com"},
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
