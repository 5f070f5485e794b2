/* SPDX-License-Identifier: MIT */
/*
 * Resources that stand in a part of the request that no rule of names looks into: lists of what to
 * add and to take away, filters, types in another spelling, an ARN below that of a neighbour.
 */
#include "authorize_case.h"

static const struct wanted cases[] = {
	{"memorydb UpdateACL", "memorydb", "POST", "memory-db.us-east-1.amazonaws.com", "/",
	 "X-Amz-Target: AmazonMemoryDB.UpdateACL\nContent-Type: application/x-amz-json-1.1\n",
	 "{\"ACLName\": \"acl1\", \"UserNamesToAdd\": [\"u1\", \"u2\"], \"UserNamesToRemove\": "
	 "[\"u3\"]}",
	 NULL,
	 "memorydb:UpdateAcl "
	 "arn:aws:memorydb:us-east-1:*:acl/acl1,arn:aws:memorydb:us-east-1:*:user/"
	 "u1,arn:aws:memorydb:us-east-1:*:user/u2,arn:aws:memorydb:us-east-1:*:user/u3"},
	JSON("network-firewall", "NetworkFirewall_20201112.UpdateRuleGroup",
	     "{\"UpdateToken\": \"t\", \"RuleGroupName\": \"rg\", \"Type\": \"STATEFUL\", "
	     "\"Rules\": \"x\"}",
	     "network-firewall:UpdateRuleGroup "
	     "arn:aws:network-firewall:us-east-1:*:stateful-rulegroup/rg"),
	JSON("network-firewall", "NetworkFirewall_20201112.DeleteRuleGroup",
	     "{\"RuleGroupName\": \"rg\", \"Type\": \"STATELESS\"}",
	     "network-firewall:DeleteRuleGroup "
	     "arn:aws:network-firewall:us-east-1:*:stateless-rulegroup/rg"),
	JSON("network-firewall", "NetworkFirewall_20201112.DeleteRuleGroup",
	     "{\"RuleGroupArn\": "
	     "\"arn:aws:network-firewall:us-east-1:999988887777:stateful-rulegroup/r\"}",
	     "network-firewall:DeleteRuleGroup "
	     "arn:aws:network-firewall:us-east-1:999988887777:stateful-rulegroup/r"),
	JSON("network-firewall", "NetworkFirewall_20201112.DescribeRuleGroup",
	     "{\"RuleGroupArn\": "
	     "\"arn:aws:network-firewall:us-east-1:999988887777:stateful-rulegroup/r\", \"Type\": "
	     "\"STATEFUL\"}",
	     "network-firewall:DescribeRuleGroup "
	     "arn:aws:network-firewall:us-east-1:999988887777:stateful-rulegroup/r"),
	JSON("network-firewall", "NetworkFirewall_20201112.CreateRuleGroup",
	     "{\"RuleGroupName\": \"rg\", \"Type\": \"STATEFUL\", \"Capacity\": 1, \"Rules\": "
	     "\"x\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}",
	     "network-firewall:CreateRuleGroup "
	     "arn:aws:network-firewall:us-east-1:*:stateful-rulegroup/rg\n"
	     "network-firewall:TagResource "
	     "arn:aws:network-firewall:us-east-1:*:stateful-rulegroup/rg"),
	JSON("network-firewall", "NetworkFirewall_20201112.CreateFirewallPolicy",
	     "{\"FirewallPolicyName\": \"p\", \"FirewallPolicy\": {\"StatelessDefaultActions\": "
	     "[\"aws:pass\"], \"StatelessFragmentDefaultActions\": [\"aws:pass\"], "
	     "\"StatelessRuleGroupReferences\": [{\"ResourceArn\": "
	     "\"arn:aws:network-firewall:us-east-1:123456789012:stateless-rulegroup/s1\", "
	     "\"Priority\": 1}], \"StatefulRuleGroupReferences\": [{\"ResourceArn\": "
	     "\"arn:aws:network-firewall:us-east-1:aws-managed:stateful-rulegroup/s2\"}], "
	     "\"TLSInspectionConfigurationArn\": "
	     "\"arn:aws:network-firewall:us-east-1:123456789012:tls-configuration/t\"}}",
	     "network-firewall:CreateFirewallPolicy "
	     "arn:aws:network-firewall:us-east-1:*:firewall-policy/"
	     "p,arn:aws:network-firewall:us-east-1:123456789012:stateless-rulegroup/"
	     "s1,arn:aws:network-firewall:us-east-1:123456789012:tls-configuration/"
	     "t,arn:aws:network-firewall:us-east-1:aws-managed:stateful-rulegroup/s2"),
	JSON("network-firewall", "NetworkFirewall_20201112.UpdateFirewallPolicy",
	     "{\"UpdateToken\": \"t\", \"FirewallPolicyName\": \"p\", \"FirewallPolicy\": "
	     "{\"StatelessDefaultActions\": [\"aws:pass\"], \"StatelessFragmentDefaultActions\": "
	     "[\"aws:pass\"]}}",
	     "network-firewall:UpdateFirewallPolicy "
	     "arn:aws:network-firewall:us-east-1:*:firewall-policy/p"),
	REST("quicksight", "PUT", "/accounts/123456789012/folders/f1/members/DASHBOARD/d1", NULL,
	     "quicksight:CreateFolderMembership "
	     "arn:aws:quicksight:us-east-1:123456789012:dashboard/"
	     "d1,arn:aws:quicksight:us-east-1:123456789012:folder/f1"),
	REST("quicksight", "DELETE", "/accounts/123456789012/folders/f1/members/TOPIC/d1", NULL,
	     "quicksight:DeleteFolderMembership "
	     "arn:aws:quicksight:us-east-1:123456789012:folder/f1"),
	JSON("pi", "PerformanceInsightsv20180227.GetResourceMetrics",
	     "{\"ServiceType\": \"RDS\", \"Identifier\": \"db-ABC\", \"MetricQueries\": "
	     "[{\"Metric\": \"db.load.avg\"}], \"StartTime\": 0, \"EndTime\": 1}",
	     "pi:GetResourceMetrics arn:aws:pi:us-east-1:*:metrics/rds/db-ABC"),
	JSON("pi", "PerformanceInsightsv20180227.GetResourceMetrics",
	     "{\"ServiceType\": \"DOCDB\", \"Identifier\": \"db-ABC\", \"MetricQueries\": "
	     "[{\"Metric\": \"db.load.avg\"}], \"StartTime\": 0, \"EndTime\": 1}",
	     "pi:GetResourceMetrics arn:aws:pi:us-east-1:*:metrics/*/db-ABC"),
	JSON("pi", "PerformanceInsightsv20180227.CreatePerformanceAnalysisReport",
	     "{\"ServiceType\": \"RDS\", \"Identifier\": \"db-ABC\", \"StartTime\": 0, "
	     "\"EndTime\": 1, \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}",
	     "pi:CreatePerformanceAnalysisReport arn:aws:pi:us-east-1:*:perf-reports/rds/db-ABC/*\n"
	     "pi:TagResource arn:aws:pi:us-east-1:*:perf-reports/rds/db-ABC/*"),
	REST("mediaconnect", "POST",
	     "/v1/flows/"
	     "arn%3Aaws%3Amediaconnect%3Aus-east-1%3A123456789012%3Aflow%3A1-aabb-ccdd%3AGame/"
	     "mediaStreams",
	     "{\"mediaStreams\": [{\"mediaStreamId\": 1, \"mediaStreamName\": \"ms\", "
	     "\"mediaStreamType\": \"video\"}]}",
	     "mediaconnect:AddFlowMediaStreams "
	     "arn:aws:mediaconnect:us-east-1:123456789012:flow:1-aabb-ccdd:Game,arn:aws:"
	     "mediaconnect:us-east-1:123456789012:flow:1-aabb-ccdd:Game/mediaStream/ms"),
	REST("mediaconnect", "DELETE",
	     "/v1/flows/"
	     "arn%3Aaws%3Amediaconnect%3Aus-east-1%3A123456789012%3Aflow%3A1-aabb-ccdd%3AGame/"
	     "mediaStreams/ms",
	     NULL,
	     "mediaconnect:RemoveFlowMediaStream "
	     "arn:aws:mediaconnect:us-east-1:123456789012:flow:1-aabb-ccdd:Game,arn:aws:"
	     "mediaconnect:us-east-1:123456789012:flow:1-aabb-ccdd:Game/mediaStream/ms"),
	REST("mediaconnect", "POST",
	     "/v1/flows/"
	     "arn%3Aaws%3Amediaconnect%3Aus-east-1%3A123456789012%3Aflow%3A1-aabb-ccdd%3AGame/"
	     "vpcInterfaces",
	     "{\"vpcInterfaces\": [{\"name\": \"vi\", \"roleArn\": "
	     "\"arn:aws:iam::123456789012:role/mc\", \"securityGroupIds\": [\"sg-1\"], "
	     "\"subnetId\": \"subnet-1\"}]}",
	     "mediaconnect:AddFlowVpcInterfaces "
	     "arn:aws:mediaconnect:us-east-1:123456789012:flow:1-aabb-ccdd:Game,arn:aws:"
	     "mediaconnect:us-east-1:123456789012:flow:1-aabb-ccdd:Game/vpcInterface/vi\n"
	     "iam:PassRole arn:aws:iam::123456789012:role/mc | StringEquals "
	     "iam:PassedToService=mediaconnect.amazonaws.com"),
	REST("mediaconnect", "POST",
	     "/v1/flows/"
	     "arn%3Aaws%3Amediaconnect%3Aus-east-1%3A123456789012%3Aflow%3A1-aabb-ccdd%3AGame/"
	     "entitlements",
	     "{\"entitlements\": [{\"name\": \"en\", \"subscribers\": [\"999988887777\"]}]}",
	     "mediaconnect:GrantFlowEntitlements "
	     "arn:aws:mediaconnect:us-east-1:*:entitlement:*:en,arn:aws:mediaconnect:us-east-1:"
	     "123456789012:flow:1-aabb-ccdd:Game"),
	REST("mediaconnect", "DELETE",
	     "/v1/flows/"
	     "arn%3Aaws%3Amediaconnect%3Aus-east-1%3A123456789012%3Aflow%3A1-aabb-ccdd%3AGame/"
	     "entitlements/"
	     "arn%3Aaws%3Amediaconnect%3Aus-east-1%3A123456789012%3Aentitlement%3A1-xx-yy%3Aen",
	     NULL,
	     "mediaconnect:RevokeFlowEntitlement "
	     "arn:aws:mediaconnect:us-east-1:123456789012:entitlement:1-xx-yy:en,arn:aws:"
	     "mediaconnect:us-east-1:123456789012:flow:1-aabb-ccdd:Game"),
	REST("kafka", "POST",
	     "/v1/clusters/arn%3Aaws%3Akafka%3Aus-east-1%3A999988887777%3Acluster%2Fc%2Fuuid-1/"
	     "topics",
	     "{\"topicName\": \"t\", \"partitionCount\": 1, \"replicationFactor\": 1}",
	     "kafka:CreateTopic arn:aws:kafka:us-east-1:999988887777:topic/c/uuid-1/t\n"
	     "kafka-cluster:Connect arn:aws:kafka:us-east-1:999988887777:cluster/c/uuid-1\n"
	     "kafka-cluster:CreateTopic arn:aws:kafka:us-east-1:999988887777:topic/c/uuid-1/t"),
	{"omics DeleteAnnotationStoreVersions", "omics", "POST",
	 "analytics-omics.us-east-1.amazonaws.com", "/annotationStore/sto/versions/delete",
	 "Content-Type: application/json\n", "{\"versions\": [\"v01\", \"v02\"]}", NULL,
	 "omics:DeleteAnnotationStoreVersions "
	 "arn:aws:omics:us-east-1:*:annotationStore/sto,arn:aws:omics:us-east-1:*:annotationStore/"
	 "sto/version/v01,arn:aws:omics:us-east-1:*:annotationStore/sto/version/v02"},
	{"omics GetRunTask", "omics", "GET", "workflows-omics.us-east-1.amazonaws.com",
	 "/run/12/task/34", "", NULL, NULL,
	 "omics:GetRunTask arn:aws:omics:us-east-1:*:run/12,arn:aws:omics:us-east-1:*:task/34"},
	{"omics StartRun", "omics", "POST", "workflows-omics.us-east-1.amazonaws.com", "/run",
	 "Content-Type: application/json\n",
	 "{\"roleArn\": \"arn:aws:iam::123456789012:role/om\", \"requestId\": \"t\", \"runId\": "
	 "\"77\", \"outputUri\": \"s3://b/o\"}",
	 NULL,
	 "omics:StartRun arn:aws:omics:us-east-1:*:run/*\n"
	 "iam:PassRole arn:aws:iam::123456789012:role/om | StringEquals "
	 "iam:PassedToService=omics.amazonaws.com"},
	{"omics StartRunBatch", "omics", "POST", "workflows-omics.us-east-1.amazonaws.com",
	 "/runBatch", "Content-Type: application/json\n",
	 "{\"requestId\": \"t\", \"batchName\": \"b\", \"defaultRunSetting\": {\"workflowId\": "
	 "\"1\", \"workflowOwnerId\": \"999988887777\", \"cacheId\": \"9\", \"runGroupId\": \"3\", "
	 "\"roleArn\": \"arn:aws:iam::123456789012:role/om\"}, \"batchRunSettings\": "
	 "{\"inlineSettings\": [{\"runSettingId\": \"r\"}]}}",
	 NULL,
	 "omics:StartRunBatch "
	 "arn:aws:omics:us-east-1:*:run/*,arn:aws:omics:us-east-1:*:runBatch/"
	 "*,arn:aws:omics:us-east-1:*:runCache/9,arn:aws:omics:us-east-1:*:runGroup/"
	 "3,arn:aws:omics:us-east-1:999988887777:workflow/1\n"
	 "iam:PassRole arn:aws:iam::123456789012:role/om | StringEquals "
	 "iam:PassedToService=omics.amazonaws.com"},
	FORM("rds",
	     "Action=DeleteDBCluster&Version=2014-10-31&DBClusterIdentifier=c1&"
	     "FinalDBSnapshotIdentifier=fs",
	     "rds:DeleteDBCluster "
	     "arn:aws:rds:us-east-1:*:cluster-snapshot:fs,arn:aws:rds:us-east-1:*:cluster:c1\n"
	     "rds:CreateDBClusterSnapshot "
	     "arn:aws:rds:us-east-1:*:cluster-snapshot:fs,arn:aws:rds:us-east-1:*:cluster:c1"),
	FORM("rds",
	     "Action=DeleteDBCluster&Version=2014-10-31&DBClusterIdentifier=c1&SkipFinalSnapshot="
	     "true",
	     "rds:DeleteDBCluster "
	     "arn:aws:rds:us-east-1:*:cluster-snapshot:*,arn:aws:rds:us-east-1:*:cluster:c1"),
	FORM("rds",
	     "Action=FailoverDBCluster&Version=2014-10-31&DBClusterIdentifier=c1&"
	     "TargetDBInstanceIdentifier=db2",
	     "rds:FailoverDBCluster "
	     "arn:aws:rds:us-east-1:*:cluster:c1,arn:aws:rds:us-east-1:*:db:db2"),
	FORM("rds",
	     "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=db&DBInstanceClass=x&"
	     "Engine=mysql&DBSecurityGroups.DBSecurityGroupName.1=sgx",
	     "rds:CreateDBInstance "
	     "arn:aws:rds:us-east-1:*:db:db,arn:aws:rds:us-east-1:*:secgrp:sgx"),
	{"sesv2 CreateConfigurationSet", "ses", "POST", "email.us-east-1.amazonaws.com",
	 "/v2/email/configuration-sets", "Content-Type: application/json\n",
	 "{\"ConfigurationSetName\": \"cs\", \"DeliveryOptions\": {\"SendingPoolName\": "
	 "\"pool1\"}}",
	 NULL,
	 "ses:CreateConfigurationSet "
	 "arn:aws:ses:us-east-1:*:configuration-set/cs,arn:aws:ses:us-east-1:*:dedicated-ip-pool/"
	 "pool1"},
	{"sesv2 PutConfigurationSetDeliveryOptions", "ses", "PUT", "email.us-east-1.amazonaws.com",
	 "/v2/email/configuration-sets/cs/delivery-options", "Content-Type: application/json\n",
	 "{\"SendingPoolName\": \"pool1\"}", NULL,
	 "ses:PutConfigurationSetDeliveryOptions "
	 "arn:aws:ses:us-east-1:*:configuration-set/cs,arn:aws:ses:us-east-1:*:dedicated-ip-pool/"
	 "pool1"},
	JSON("transfer", "TransferService.CreateConnector",
	     "{\"Url\": \"http://x\", \"As2Config\": {\"LocalProfileId\": \"p-1234567890abcdef0\", "
	     "\"PartnerProfileId\": \"p-2234567890abcdef0\"}, \"AccessRole\": "
	     "\"arn:aws:iam::123456789012:role/r\"}",
	     "transfer:CreateConnector "
	     "arn:aws:transfer:us-east-1:*:profile/"
	     "p-1234567890abcdef0,arn:aws:transfer:us-east-1:*:profile/p-2234567890abcdef0\n"
	     "iam:PassRole arn:aws:iam::123456789012:role/r | StringEquals "
	     "iam:PassedToService=transfer.amazonaws.com"),
	REST("resource-groups", "POST", "/list-tag-sync-tasks",
	     "{\"Filters\": [{\"GroupName\": \"g1\"}, {\"GroupArn\": "
	     "\"arn:aws:resource-groups:us-east-1:123456789012:group/g2/x\"}]}",
	     "resource-groups:ListTagSyncTasks "
	     "arn:aws:resource-groups:us-east-1:*:group/"
	     "g1,arn:aws:resource-groups:us-east-1:123456789012:group/g2/x"),
	REST("resource-groups", "POST", "/list-tag-sync-tasks", "{}",
	     "resource-groups:ListTagSyncTasks arn:aws:resource-groups:us-east-1:*:group/*"),
	JSON("rekognition", "RekognitionService.CreateDataset",
	     "{\"DatasetType\": \"TRAIN\", \"ProjectArn\": "
	     "\"arn:aws:rekognition:us-east-1:123456789012:project/pr/1600000000000\", \"Tags\": "
	     "{\"a\": \"b\"}}",
	     "rekognition:CreateDataset "
	     "arn:aws:rekognition:us-east-1:123456789012:project/pr/1600000000000\n"
	     "rekognition:TagResource "
	     "arn:aws:rekognition:us-east-1:123456789012:project/pr/dataset/train/*"),
	JSON("rekognition", "RekognitionService.DetectFaces",
	     "{\"Image\": {\"S3Object\": {\"Bucket\": \"my-bucket\", \"Name\": \"a/b.jpg\", "
	     "\"Version\": \"v1\"}}}",
	     "rekognition:DetectFaces *\n"
	     "~s3:GetObjectVersion arn:aws:s3:::my-bucket/a/b.jpg"),
	JSON("rekognition", "RekognitionService.CompareFaces",
	     "{\"SourceImage\": {\"S3Object\": {\"Bucket\": \"b-1\", \"Name\": \"x\"}}, "
	     "\"TargetImage\": {\"S3Object\": {\"Bucket\": \"b-1\", \"Name\": \"y\", \"Version\": "
	     "\"v\"}}}",
	     "rekognition:CompareFaces *\n"
	     "~s3:GetObject arn:aws:s3:::b-1/x\n"
	     "~s3:GetObjectVersion arn:aws:s3:::b-1/y"),
	{"s3control DescribeMultiRegionAccessPointOperation", "s3", "GET",
	 "123456789012.s3-control.us-east-1.amazonaws.com",
	 "/v20180820/async-requests/mrap/arn%3Aaws%3As3%3Aus-west-2%3A123456789012%3Aasync-request/"
	 "mrap/create/abc",
	 "x-amz-account-id: 123456789012\n", NULL, NULL,
	 "s3:DescribeMultiRegionAccessPointOperation "
	 "arn:aws:s3:us-west-2:123456789012:async-request/mrap/create/abc"},
	{"s3control PutStorageLensConfiguration", "s3", "PUT",
	 "123456789012.s3-control.us-east-1.amazonaws.com", "/v20180820/storagelens/c1",
	 "x-amz-account-id: 123456789012\n",
	 "<PutStorageLensConfigurationRequest "
	 "xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/"
	 "\"><StorageLensConfiguration><Id>c1</Id><AccountLevel><BucketLevel "
	 "/></AccountLevel><IsEnabled>true</IsEnabled></"
	 "StorageLensConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></"
	 "PutStorageLensConfigurationRequest>",
	 NULL,
	 "s3:PutStorageLensConfiguration *\n"
	 "s3:PutStorageLensConfigurationTagging arn:aws:s3:us-east-1:123456789012:storage-lens/c1"},
	JSON("ssm", "AmazonSSM.SendCommand",
	     "{\"DocumentName\": \"AWS-RunShellScript\", \"InstanceIds\": "
	     "[\"i-0123456789abcdef0\"], \"OutputS3BucketName\": \"out-b\"}",
	     "ssm:SendCommand "
	     "arn:aws:ec2:us-east-1:*:instance/"
	     "i-0123456789abcdef0,arn:aws:s3:::out-b,arn:aws:ssm:us-east-1::document/"
	     "AWS-RunShellScript"),
	JSON("wafv2", "AWSWAF_20190729.GetRateBasedStatementManagedKeys",
	     "{\"Scope\": \"CLOUDFRONT\", \"WebACLName\": \"w\", \"WebACLId\": \"id1\", "
	     "\"RuleName\": \"r\"}",
	     "wafv2:GetRateBasedStatementManagedKeys "
	     "arn:aws:wafv2:us-east-1:*:global/webacl/w/id1"),
	FORM("ec2",
	     "Action=ModifyTransitGatewayVpcAttachment&Version=2016-11-15&"
	     "TransitGatewayAttachmentId=tgw-attach-1&AddSubnetIds.1=subnet-1&RemoveSubnetIds.1="
	     "subnet-2",
	     "ec2:ModifyTransitGatewayVpcAttachment "
	     "arn:aws:ec2:us-east-1:*:subnet/subnet-1,arn:aws:ec2:us-east-1:*:subnet/"
	     "subnet-2,arn:aws:ec2:us-east-1:*:transit-gateway-attachment/tgw-attach-1"),
	REST("iot", "PUT", "/thing-groups/updateThingGroupsForThing",
	     "{\"thingName\": \"th\", \"thingGroupsToAdd\": [\"g1\"], \"thingGroupsToRemove\": "
	     "[\"g2\"]}",
	     "iot:UpdateThingGroupsForThing "
	     "arn:aws:iot:us-east-1:*:thing/th,arn:aws:iot:us-east-1:*:thinggroup/"
	     "g1,arn:aws:iot:us-east-1:*:thinggroup/g2"),
	{"iotwireless UpdateNetworkAnalyzerConfiguration", "iotwireless", "PATCH",
	 "api.iotwireless.us-east-1.amazonaws.com", "/network-analyzer-configurations/na",
	 "Content-Type: application/json\n",
	 "{\"WirelessDevicesToAdd\": [\"d1\"], \"WirelessDevicesToRemove\": [\"d2\"], "
	 "\"WirelessGatewaysToAdd\": [\"g1\"], \"MulticastGroupsToRemove\": [\"m1\"]}",
	 NULL,
	 "iotwireless:UpdateNetworkAnalyzerConfiguration "
	 "arn:aws:iotwireless:us-east-1:*:MulticastGroup/"
	 "m1,arn:aws:iotwireless:us-east-1:*:NetworkAnalyzerConfiguration/"
	 "na,arn:aws:iotwireless:us-east-1:*:WirelessDevice/"
	 "d1,arn:aws:iotwireless:us-east-1:*:WirelessDevice/"
	 "d2,arn:aws:iotwireless:us-east-1:*:WirelessGateway/g1"},
	JSON("workmail", "WorkMailService.PutEmailMonitoringConfiguration",
	     "{\"OrganizationId\": \"m-11111111111111111111111111111111\", \"RoleArn\": "
	     "\"arn:aws:iam::123456789012:role/wm\", \"LogGroupArn\": "
	     "\"arn:aws:logs:us-east-1:123456789012:log-group:wm:*\"}",
	     "workmail:PutEmailMonitoringConfiguration "
	     "arn:aws:workmail:us-east-1:*:organization/m-11111111111111111111111111111111\n"
	     "iam:PassRole arn:aws:iam::123456789012:role/wm | StringEquals "
	     "iam:PassedToService=events.workmail.amazonaws.com"),
	REST("es", "PUT", "/2021-01-01/opensearch/application/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	     "{\"dataSources\": [{\"dataSourceArn\": "
	     "\"arn:aws:es:us-east-1:123456789012:domain/dom\", \"iamRoleForDataSourceArn\": "
	     "\"arn:aws:iam::123456789012:role/os\"}]}",
	     "es:UpdateApplication "
	     "arn:aws:opensearch:us-east-1:*:application/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	     "iam:PassRole arn:aws:iam::123456789012:role/os"),
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
