/* SPDX-License-Identifier: MIT */
/*
 * What the request calls a resource by is not what its ARN holds: ids of AWS's choice behind a
 * name, ids of a neighbour, another type that is called alike, small letters.
 */
#include "authorize_case.h"

#define LB	   "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/l/1"
#define CORE	   "arn:aws:bedrock-agentcore:us-east-1:*:"
#define TRAIL	   "CloudTrail_20131101."
#define EVENTS	   "arn:aws:cloudtrail:us-east-1:*:eventdatastore/"
#define STORE_REST "234abcd-12ab-34cd-56ef-1234567890ab"
#define STORE	   "1" STORE_REST

static const struct wanted cases[] = {
	{"servicecatalog-appregistry GetApplication", "servicecatalog", "GET",
	 "servicecatalog-appregistry.us-east-1.amazonaws.com", "/applications/MyApp", "", NULL,
	 NULL, "servicecatalog:GetApplication arn:aws:servicecatalog:us-east-1:*:/applications/*"},
	{"servicecatalog-appregistry GetApplication", "servicecatalog", "GET",
	 "servicecatalog-appregistry.us-east-1.amazonaws.com",
	 "/applications/0ars38r6btoohvpvd9gqrptt9l", "", NULL, NULL,
	 "servicecatalog:GetApplication "
	 "arn:aws:servicecatalog:us-east-1:*:/applications/0ars38r6btoohvpvd9gqrptt9l"},
	{"servicecatalog-appregistry GetApplication", "servicecatalog", "GET",
	 "servicecatalog-appregistry.us-east-1.amazonaws.com",
	 "/applications/"
	 "arn%3Aaws%3Aservicecatalog%3Aus-east-1%3A999988887777%3A%2Fapplications%"
	 "2F0ars38r6btoohvpvd9gqrptt9l",
	 "", NULL, NULL,
	 "servicecatalog:GetApplication "
	 "arn:aws:servicecatalog:us-east-1:999988887777:/applications/0ars38r6btoohvpvd9gqrptt9l"},
	{"servicecatalog-appregistry AssociateAttributeGroup", "servicecatalog", "PUT",
	 "servicecatalog-appregistry.us-east-1.amazonaws.com",
	 "/applications/0ars38r6btoohvpvd9gqrptt9l/attribute-groups/grp", "", NULL, NULL,
	 "servicecatalog:AssociateAttributeGroup "
	 "arn:aws:servicecatalog:us-east-1:*:/applications/"
	 "0ars38r6btoohvpvd9gqrptt9l,arn:aws:servicecatalog:us-east-1:*:/attribute-groups/*"},
	{"servicecatalog-appregistry UpdateAttributeGroup", "servicecatalog", "PATCH",
	 "servicecatalog-appregistry.us-east-1.amazonaws.com",
	 "/attribute-groups/0ars38r6btoohvpvd9gqrptt9l", "Content-Type: application/json\n", "{}",
	 NULL,
	 "servicecatalog:UpdateAttributeGroup "
	 "arn:aws:servicecatalog:us-east-1:*:/attribute-groups/0ars38r6btoohvpvd9gqrptt9l"},
	REST("synthetics", "GET", "/group/demo", NULL,
	     "synthetics:GetGroup arn:aws:synthetics:us-east-1:*:group:*"),
	REST("synthetics", "DELETE",
	     "/group/arn%3Aaws%3Asynthetics%3Aus-east-1%3A123456789012%3Agroup%3Aabc123", NULL,
	     "synthetics:DeleteGroup arn:aws:synthetics:us-east-1:123456789012:group:abc123"),
	REST("synthetics", "PATCH", "/group/demo/associate",
	     "{\"ResourceArn\": \"arn:aws:synthetics:us-east-1:123456789012:canary:cn\"}",
	     "synthetics:AssociateResource arn:aws:synthetics:us-east-1:*:group:*"),
	REST("mediapackage", "GET", "/channels/test", NULL,
	     "mediapackage:DescribeChannel arn:aws:mediapackage:us-east-1:*:channels/*"),
	REST("mediapackage", "POST", "/origin_endpoints",
	     "{\"id\": \"ep\", \"channelId\": \"test\", \"tags\": {\"a\": \"b\"}}",
	     "mediapackage:CreateOriginEndpoint *\n"
	     "mediapackage:TagResource arn:aws:mediapackage:us-east-1:*:origin_endpoints/*"),
	REST("mediapackage", "PUT", "/origin_endpoints/ep", "{}",
	     "mediapackage:UpdateOriginEndpoint "
	     "arn:aws:mediapackage:us-east-1:*:origin_endpoints/*"),
	REST("mediapackage", "GET", "/harvest_jobs/hj", NULL,
	     "mediapackage:DescribeHarvestJob arn:aws:mediapackage:us-east-1:*:harvest_jobs/*"),
	REST("mediapackage", "POST",
	     "/tags/"
	     "arn%3Aaws%3Amediapackage%3Aus-east-1%3A123456789012%3Achannels%"
	     "2F584797f1740548c389a273585dd22a63",
	     "{\"tags\": {\"a\": \"b\"}}",
	     "mediapackage:TagResource "
	     "arn:aws:mediapackage:us-east-1:123456789012:channels/"
	     "584797f1740548c389a273585dd22a63"),
	FORM("rds",
	     "Action=RemoveFromGlobalCluster&Version=2014-10-31&GlobalClusterIdentifier=g1&"
	     "DbClusterIdentifier=arn%3Aaws%3Ards%3Aus-east-1%3A123456789012%3Acluster%3Ac1",
	     "rds:RemoveFromGlobalCluster "
	     "arn:aws:rds::*:global-cluster:g1,arn:aws:rds:us-east-1:123456789012:cluster:c1"),
	FORM("rds",
	     "Action=CreateDBClusterParameterGroup&Version=2014-10-31&DBClusterParameterGroupName="
	     "pg1&DBParameterGroupFamily=aurora&Description=d&Tags.Tag.1.Key=a&Tags.Tag.1.Value=b",
	     "rds:CreateDBClusterParameterGroup arn:aws:rds:us-east-1:*:cluster-pg:pg1\n"
	     "rds:AddTagsToResource arn:aws:rds:us-east-1:*:cluster-pg:pg1"),
	FORM("rds",
	     "Action=CreateDBShardGroup&Version=2014-10-31&DBShardGroupIdentifier=sg1&"
	     "DBClusterIdentifier=c1&MaxACU=1.0&Tags.Tag.1.Key=a&Tags.Tag.1.Value=b",
	     "rds:CreateDBShardGroup "
	     "arn:aws:rds:us-east-1:*:cluster:c1,arn:aws:rds:us-east-1:*:shard-group:*\n"
	     "rds:AddTagsToResource arn:aws:rds:us-east-1:*:shard-group:*"),
	{"mediatailor GetPrefetchSchedule", "mediatailor", "GET",
	 "api.mediatailor.us-east-1.amazonaws.com", "/prefetchSchedule/pc/ps", "", NULL, NULL,
	 "mediatailor:GetPrefetchSchedule "
	 "arn:aws:mediatailor:us-east-1:*:playbackConfiguration/"
	 "pc,arn:aws:mediatailor:us-east-1:*:prefetchSchedule/pc/ps"},
	REST("resiliencehub", "POST", "/create-app",
	     "{\"name\": \"n\", \"awsApplicationArn\": "
	     "\"arn:aws:servicecatalog:us-east-1:123456789012:/applications/"
	     "0ars38r6btoohvpvd9gqrptt9l\", \"clientToken\": "
	     "\"91b2d3a5-f18f-45db-baf5-4cd649b98882\"}",
	     "resiliencehub:CreateApp arn:aws:resiliencehub:us-east-1:*:app/*"),
	{"route53globalresolver CreateDNSView", "route53globalresolver", "POST",
	 "route53globalresolver.us-east-1.api.aws", "/dns-views/gr-123",
	 "Content-Type: application/json\n", "{\"name\": \"v\", \"clientToken\": \"t\"}", NULL,
	 "route53globalresolver:CreateDNSView arn:aws:route53globalresolver::*:dns-view/*"},
	{"partnercentral-selling CreateResourceSnapshotJob", "partnercentral-selling", "POST",
	 "partnercentral-selling.us-east-1.api.aws", "/",
	 "X-Amz-Target: AWSPartnerCentralSelling.CreateResourceSnapshotJob\nContent-Type: "
	 "application/x-amz-json-1.0\n",
	 "{\"Catalog\": \"AWS\", \"ClientToken\": \"t\", \"EngagementIdentifier\": "
	 "\"eng-12345678901234\", \"ResourceType\": \"Opportunity\", \"ResourceIdentifier\": "
	 "\"O12345\", \"ResourceSnapshotTemplateIdentifier\": \"tpl1\"}",
	 NULL,
	 "partnercentral:CreateResourceSnapshotJob "
	 "arn:aws:partnercentral:us-east-1:*:catalog/AWS/resource-snapshot-job/*"},
	/* Some services keep names in small letters, whatever is sent. */
	FORM("rds", "Action=DeleteDBInstance&Version=2014-10-31&DBInstanceIdentifier=MyDB",
	     "rds:DeleteDBInstance arn:aws:rds:us-east-1:*:db:mydb"),
	FORM("rds", "Action=DeleteDBCluster&Version=2014-10-31&DBClusterIdentifier=Cl",
	     "rds:DeleteDBCluster arn:aws:rds:us-east-1:*:cluster-snapshot:*,"
	     "arn:aws:rds:us-east-1:*:cluster:cl"),
	FORM("rds", "Action=DeleteEventSubscription&Version=2014-10-31&SubscriptionName=Es",
	     "rds:DeleteEventSubscription arn:aws:rds:us-east-1:*:es:Es"),
	FORM("rds",
	     "Action=ListTagsForResource&Version=2014-10-31&ResourceName="
	     "arn%3Aaws%3Ards%3Aus-east-1%3A123456789012%3Adb%3AMyDB",
	     "rds:ListTagsForResource arn:aws:rds:us-east-1:123456789012:db:MyDB"),
	FORM("elasticache", "Action=DeleteCacheCluster&Version=2015-02-02&CacheClusterId=Cache",
	     "elasticache:DeleteCacheCluster arn:aws:elasticache:us-east-1:*:cluster:cache"),
	JSON("dax", "AmazonDAXV3.DeleteCluster", "{\"ClusterName\":\"Dax\"}",
	     "dax:DeleteCluster arn:aws:dax:us-east-1:*:cache/dax"),
	JSON("memorydb", "AmazonMemoryDB.DeleteCluster", "{\"ClusterName\":\"Mem\"}",
	     "memorydb:DeleteCluster arn:aws:memorydb:us-east-1:*:cluster/Mem"),
	/* --- a network, an instance and what they are called in ARNs --- */
	JSON("route53resolver", "Route53Resolver.AssociateResolverQueryLogConfig",
	     "{\"ResolverQueryLogConfigId\":\"rqlc-1\",\"ResourceId\":\"vpc-1\"}",
	     "route53resolver:AssociateResolverQueryLogConfig "
	     "arn:aws:route53resolver:us-east-1:*:resolver-query-log-config/rqlc-1\n"
	     "~ec2:DescribeVpcs *"),
	JSON("route53resolver", "Route53Resolver.DisassociateResolverQueryLogConfig",
	     "{\"ResolverQueryLogConfigId\":\"rqlc-1\",\"ResourceId\":\"vpc-1\"}",
	     "route53resolver:DisassociateResolverQueryLogConfig "
	     "arn:aws:route53resolver:us-east-1:*:resolver-query-log-config/rqlc-1"),
	JSON("route53resolver", "Route53Resolver.GetFirewallConfig", "{\"ResourceId\":\"vpc-1\"}",
	     "route53resolver:GetFirewallConfig "
	     "arn:aws:route53resolver:us-east-1:*:firewall-config/*\n"
	     "~ec2:DescribeVpcs *"),
	JSON("route53resolver", "Route53Resolver.GetResolverConfig", "{\"ResourceId\":\"vpc-1\"}",
	     "route53resolver:GetResolverConfig "
	     "arn:aws:route53resolver:us-east-1:*:resolver-config/*\n"
	     "~ec2:DescribeVpcs *"),
	JSON("route53resolver", "Route53Resolver.GetResolverDnssecConfig",
	     "{\"ResourceId\":\"vpc-1\"}",
	     "route53resolver:GetResolverDnssecConfig "
	     "arn:aws:route53resolver:us-east-1:*:resolver-dnssec-config/*"),
	{"qapps CreateQApp", "qapps", "POST", "data.qapps.us-east-1.amazonaws.com", "/apps.create",
	 "instance-id: inst\nContent-Type: application/json\n",
	 "{\"title\":\"t\",\"appDefinition\":{\"cards\":[]}}", NULL,
	 "qapps:CreateQApp arn:aws:qbusiness:us-east-1:*:application/inst"},
	{"qapps GetQApp", "qapps", "GET", "data.qapps.us-east-1.amazonaws.com",
	 "/apps.get?appId=app", "instance-id: inst\n", NULL, NULL,
	 "qapps:GetQApp "
	 "arn:aws:qapps:us-east-1:*:application/inst/qapp/"
	 "app,arn:aws:qbusiness:us-east-1:*:application/inst"},
	{"qapps GetQAppSession", "qapps", "GET", "data.qapps.us-east-1.amazonaws.com",
	 "/runtime.getQAppSession?sessionId=sess", "instance-id: inst\n", NULL, NULL,
	 "qapps:GetQAppSession arn:aws:qapps:us-east-1:*:application/inst/qapp/*/session/sess"},
	{"qapps AssociateLibraryItemReview", "qapps", "POST", "data.qapps.us-east-1.amazonaws.com",
	 "/catalog.associateItemRating", "instance-id: inst\nContent-Type: application/json\n",
	 "{\"libraryItemId\":\"li\"}", NULL,
	 "qapps:AssociateLibraryItemReview arn:aws:qapps:us-east-1:*:application/inst/qapp/*"},
	/* --- ids whose beginning, or the type beside them, says what they are --- */
	JSON("elasticmapreduce", "ElasticMapReduce.AddTags", "{\"ResourceId\":\"j-1\"}",
	     "elasticmapreduce:AddTags arn:aws:elasticmapreduce:us-east-1:*:cluster/j-1"),
	JSON("elasticmapreduce", "ElasticMapReduce.RemoveTags", "{\"ResourceId\":\"es-1\"}",
	     "elasticmapreduce:RemoveTags arn:aws:elasticmapreduce:us-east-1:*:studio/es-1"),
	JSON("elasticmapreduce", "ElasticMapReduce.AddTags", "{\"ResourceId\":\"ex-1\"}",
	     "elasticmapreduce:AddTags "
	     "arn:aws:elasticmapreduce:us-east-1:*:notebook-execution/ex-1"),
	JSON("elasticmapreduce", "ElasticMapReduce.AddTags", "{\"ResourceId\":\"e-1\"}",
	     "elasticmapreduce:AddTags arn:aws:elasticmapreduce:us-east-1:*:editor/e-1"),
	JSON("servicecatalog", "AWS242ServiceCatalogService.AssociateTagOptionWithResource",
	     "{\"ResourceId\":\"port-1\",\"TagOptionId\":\"tag-1\"}",
	     "servicecatalog:AssociateTagOptionWithResource "
	     "arn:aws:catalog:us-east-1:*:portfolio/port-1"),
	JSON("servicecatalog", "AWS242ServiceCatalogService.DisassociateTagOptionFromResource",
	     "{\"ResourceId\":\"prod-1\",\"TagOptionId\":\"tag-1\"}",
	     "servicecatalog:DisassociateTagOptionFromResource "
	     "arn:aws:catalog:us-east-1:*:product/prod-1"),
	FORM("ec2", "Action=CancelImportTask&Version=2016-11-15&ImportTaskId=import-ami-1",
	     "ec2:CancelImportTask " EC2 "import-image-task/import-ami-1"),
	FORM("ec2", "Action=CancelImportTask&Version=2016-11-15&ImportTaskId=import-snap-1",
	     "ec2:CancelImportTask " EC2 "import-snapshot-task/import-snap-1"),
	REST("s3files", "POST", "/resource-tags/fs-1", "{}",
	     "s3files:TagResource arn:aws:s3files:us-east-1:*:file-system/fs-1"),
	REST("s3files", "POST", "/resource-tags/fsap-1", "{}",
	     "s3files:TagResource "
	     "arn:aws:s3files:us-east-1:*:file-system/*/access-point/fsap-1"),
	JSON("sms-voice", "PinpointSMSVoiceV2.PutKeyword",
	     "{\"OriginationIdentity\":\"pool-1\",\"Keyword\":\"STOP\"}",
	     "sms-voice:PutKeyword arn:aws:sms-voice:us-east-1:*:pool/pool-1"),
	JSON("sms-voice", "PinpointSMSVoiceV2.DescribeKeywords",
	     "{\"OriginationIdentity\":\"phone-1\"}",
	     "sms-voice:DescribeKeywords arn:aws:sms-voice:us-east-1:*:phone-number/phone-1"),
	JSON("machinelearning", "AmazonML_20141212.AddTags",
	     "{\"ResourceId\":\"ml\",\"ResourceType\":\"MLModel\"}",
	     "machinelearning:AddTags arn:aws:machinelearning:us-east-1:*:mlmodel/ml"),
	JSON("machinelearning", "AmazonML_20141212.DescribeTags",
	     "{\"ResourceId\":\"ds\",\"ResourceType\":\"DataSource\"}",
	     "machinelearning:DescribeTags arn:aws:machinelearning:us-east-1:*:datasource/ds"),
	REST("iotsitewise", "GET", "/actions?targetResourceType=ASSET&targetResourceId=as", NULL,
	     "iotsitewise:ListActions arn:aws:iotsitewise:us-east-1:*:asset/as"),
	REST("iotsitewise", "GET",
	     "/executions?targetResourceType=COMPUTATION_MODEL&targetResourceId=cm", NULL,
	     "iotsitewise:ListExecutions "
	     "arn:aws:iotsitewise:us-east-1:*:computation-model/cm"),
	JSON("organizations", "AWSOrganizationsV20161128.DescribeEffectivePolicy",
	     "{\"PolicyType\":\"TAG_POLICY\",\"TargetId\":\"111122223333\"}",
	     "organizations:DescribeEffectivePolicy "
	     "arn:aws:organizations::*:account/o-*/111122223333"),
	REST("chime", "GET", "/media-insights-pipelines/mp/speaker-search-tasks/t", NULL,
	     "chime:GetSpeakerSearchTask arn:aws:chime:us-east-1:*:media-pipeline/mp"),
	REST("securityhub", "POST", "/ticketsv2",
	     "{\"ConnectorId\":\"c\",\"FindingMetadataUid\":\"f\"}",
	     "securityhub:CreateTicketV2 arn:aws:securityhub:us-east-1:*:connectorv2/c"),
	REST("mediaconnect", "POST",
	     "/v1/flows/arn%3Aaws%3Amediaconnect%3Aus-east-1%3A123456789012%3Aflow%3A1%3Af/outputs",
	     "{\"outputs\":[{\"name\":\"o\"}]}",
	     "mediaconnect:AddFlowOutputs arn:aws:mediaconnect:us-east-1:*:output:*:o,"
	     "arn:aws:mediaconnect:us-east-1:123456789012:flow:1:f"),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.RegisterContainerInstance",
	     "{\"cluster\":\"c\",\"tags\":[{\"key\":\"k\",\"value\":\"v\"}]}",
	     "ecs:RegisterContainerInstance arn:aws:ecs:us-east-1:*:cluster/c\n"
	     "ecs:TagResource arn:aws:ecs:us-east-1:*:container-instance/c/* | "
	     "StringEquals ecs:CreateAction=RegisterContainerInstance"),
	FORM("ec2",
	     "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&SubnetId=subnet-1&"
	     "SecondaryInterface.1.SecondarySubnetId=ss-1",
	     "ec2:RunInstances " EC2 "instance/*," EC2 "network-interface/*," EC2
	     "secondary-interface/*," EC2 "secondary-subnet/ss-1," EC2 "security-group/*," EC2
	     "subnet/subnet-1," EC2 "volume/*,arn:aws:ec2:us-east-1::image/ami-1"),
	AT("eks ListUpdates", "eks", "GET", "eks.us-east-1.amazonaws.com",
	   "/clusters/c/updates?capabilityName=k",
	   "eks:ListUpdates arn:aws:eks:us-east-1:*:capability/c/*/k/*,"
	   "arn:aws:eks:us-east-1:*:cluster/c"),
	/* --- an ARN of a service that the reference has no type for --- */
	REST("arc-zonal-shift", "POST", "/zonalshifts",
	     "{\"resourceIdentifier\":\"arn:aws:eks:us-east-1:123456789012:cluster/c\"}",
	     "arc-zonal-shift:StartZonalShift *"),
	REST("arc-zonal-shift", "POST", "/zonalshifts", "{\"resourceIdentifier\":\"" LB "\"}",
	     "arc-zonal-shift:StartZonalShift " LB),
	/* --- instances and documents of an association --- */
	JSON("ssm", "AmazonSSM.CreateAssociation",
	     "{\"Name\":\"D\",\"Targets\":[{\"Key\":\"InstanceIds\",\"Values\":[\"i-1\",\"mi-2\"]}]"
	     "}",
	     "ssm:CreateAssociation " EC2 "instance/i-1,arn:aws:ssm:us-east-1:*:association/*,"
	     "arn:aws:ssm:us-east-1:*:document/D,arn:aws:ssm:us-east-1:*:managed-instance/mi-2"),
	JSON("ssm", "AmazonSSM.CreateAssociationBatch",
	     "{\"Entries\":[{\"Name\":\"D\",\"InstanceId\":\"i-1\"},{\"Name\":\"AWS-X\"}]}",
	     "ssm:CreateAssociationBatch " EC2 "instance/i-1,arn:aws:ssm:us-east-1:*:document/D,"
	     "arn:aws:ssm:us-east-1::document/AWS-X"),
	JSON("ssm", "AmazonSSM.UpdateAssociationStatus", "{\"Name\":\"D\",\"InstanceId\":\"mi-2\"}",
	     "ssm:UpdateAssociationStatus arn:aws:ssm:us-east-1:*:document/D,"
	     "arn:aws:ssm:us-east-1:*:managed-instance/mi-2"),
	JSON("ssm", "AmazonSSM.StartAccessRequest",
	     "{\"Targets\":[{\"Key\":\"InstanceIds\",\"Values\":[\"i-1\"]}]}",
	     "ssm:StartAccessRequest " EC2 "instance/i-1"),
	JSON("ssm", "AmazonSSM.StartAccessRequest",
	     "{\"Targets\":[{\"Key\":\"tag:A\",\"Values\":[\"b\"]}]}", "ssm:StartAccessRequest *"),
	/* --- ARNs among the values of a filter --- */
	JSON("dms", "AmazonDMSv20160101.DescribeReplicationTaskAssessmentRuns",
	     "{\"Filters\":[{\"Name\":\"replication-task-arn\",\"Values\":["
	     "\"arn:aws:dms:us-east-1:123456789012:task:T\"]}]}",
	     "dms:DescribeReplicationTaskAssessmentRuns "
	     "arn:aws:dms:us-east-1:123456789012:task:T"),
	REST("imagebuilder", "POST", "/ListImageScanFindings",
	     "{\"filters\":[{\"name\":\"imageBuildVersionArn\",\"values\":["
	     "\"arn:aws:imagebuilder:us-east-1:123456789012:image/i/1.0.0/1\"]}]}",
	     "imagebuilder:ListImageScanFindings "
	     "arn:aws:imagebuilder:us-east-1:123456789012:image/i/1.0.0/1"),
	/* --- what there is one of, by the name that AWS gave it --- */
	REST("bedrock-agentcore", "POST", "/identities/oauth2/token",
	     "{\"workloadIdentityToken\":\"t\",\"resourceCredentialProviderName\":\"p\"}",
	     "bedrock-agentcore:GetResourceOauth2Token " CORE "token-vault/default," CORE
	     "token-vault/default/oauth2credentialprovider/p," CORE
	     "workload-identity-directory/default," CORE
	     "workload-identity-directory/default/workload-identity/*"),
	REST("bedrock-agentcore", "POST", "/identities/CreateApiKeyCredentialProvider",
	     "{\"name\":\"p\"}",
	     "bedrock-agentcore:CreateApiKeyCredentialProvider " CORE "token-vault/default," CORE
	     "token-vault/default/apikeycredentialprovider/p"),
	REST("bedrock-agentcore", "POST", "/identities/get-token-vault", "{}",
	     "bedrock-agentcore:GetTokenVault " CORE "token-vault/default"),
	REST("bedrock-agentcore", "POST", "/identities/get-token-vault", "{\"tokenVaultId\":\"v\"}",
	     "bedrock-agentcore:GetTokenVault " CORE "token-vault/v"),
	/* --- several names in one text, in a map of the person's own keys, in a path --- */
	FORM("ec2",
	     "Action=CreateFleet&Version=2016-11-15&Type=instant&"
	     "LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId=lt-1&"
	     "LaunchTemplateConfigs.1.Overrides.1.SubnetId=subnet-1,subnet-2&"
	     "LaunchTemplateConfigs.1.Overrides.2.SubnetId=subnet-3",
	     "ec2:CreateFleet " EC2 "fleet/*," EC2 "instance/*," EC2 "launch-template/lt-1," EC2
	     "subnet/subnet-1," EC2 "subnet/subnet-2," EC2 "subnet/subnet-3\n"
	     "ec2:RunInstances " EC2 "instance/*," EC2 "key-pair/*," EC2 "launch-template/lt-1," EC2
	     "network-interface/*," EC2 "security-group/*," EC2 "subnet/subnet-1," EC2
	     "subnet/subnet-2," EC2 "subnet/subnet-3," EC2 "volume/*,arn:aws:ec2:us-east-1::image/"
	     "*"),
	FORM("ec2",
	     "Action=CreateFleet&Version=2016-11-15&Type=instant&"
	     "LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId=lt-1&"
	     "LaunchTemplateConfigs.1.Overrides.1.SubnetId=subnet-1,subnet-2,subnet-3,subnet-4,"
	     "subnet-5,subnet-6,subnet-7",
	     "ec2:CreateFleet " EC2 "fleet/*," EC2 "instance/*," EC2 "launch-template/lt-1\n"
	     "ec2:RunInstances " EC2 "instance/*," EC2 "key-pair/*," EC2 "launch-template/lt-1," EC2
	     "network-interface/*," EC2 "security-group/*," EC2 "subnet/*," EC2
	     "volume/*,arn:aws:ec2:us-east-1::image/*"),
	FORM("ec2",
	     "Action=RequestSpotFleet&Version=2016-11-15&SpotFleetRequestConfig."
	     "LaunchSpecifications.1.SubnetId=subnet-1%2C+subnet-2",
	     "ec2:RequestSpotFleet " EC2 "spot-fleet-request/*," EC2 "subnet/subnet-1," EC2
	     "subnet/subnet-2"),
	FORM("autoscaling",
	     "Action=CreateAutoScalingGroup&Version=2011-01-01&AutoScalingGroupName=g&"
	     "LaunchTemplate.LaunchTemplateId=lt-1&VPCZoneIdentifier=subnet-1%2Csubnet-2",
	     "autoscaling:CreateAutoScalingGroup "
	     "arn:aws:autoscaling:us-east-1:*:autoScalingGroup:*:autoScalingGroupName/g\n"
	     "~ec2:RunInstances " EC2 "instance/*," EC2 "key-pair/*," EC2
	     "launch-template/lt-1," EC2 "network-interface/*," EC2 "security-group/*," EC2
	     "subnet/subnet-1," EC2 "subnet/subnet-2," EC2
	     "volume/*,arn:aws:ec2:us-east-1::image/*"),
	FORM("autoscaling",
	     "Action=ExecutePolicy&Version=2011-01-01&PolicyName=arn:aws:autoscaling:us-east-1:"
	     "123456789012:scalingPolicy:u1:autoScalingGroupName/g:policyName/p",
	     "autoscaling:ExecutePolicy arn:aws:autoscaling:us-east-1:123456789012:"
	     "autoScalingGroup:*:autoScalingGroupName/g"),
	FORM("autoscaling",
	     "Action=ExecutePolicy&Version=2011-01-01&PolicyName=p&AutoScalingGroupName=g",
	     "autoscaling:ExecutePolicy arn:aws:autoscaling:us-east-1:*:"
	     "autoScalingGroup:*:autoScalingGroupName/g"),
	REST("fis", "POST", "/experimentTemplates",
	     "{\"actions\":{\"a\":{\"actionId\":\"aws:ec2:stop-instances\"}}}",
	     "fis:CreateExperimentTemplate arn:aws:fis:us-east-1:*:action/aws:ec2:stop-instances,"
	     "arn:aws:fis:us-east-1:*:experiment-template/*"),
	REST("fis", "PATCH", "/experimentTemplates/E1",
	     "{\"actions\":{\"a\":{\"actionId\":\"aws:fis:wait\"}}}",
	     "fis:UpdateExperimentTemplate arn:aws:fis:us-east-1:*:action/aws:fis:wait,"
	     "arn:aws:fis:us-east-1:*:experiment-template/E1"),
	REST("iotsitewise", "POST", "/computation-models",
	     "{\"computationModelDataBinding\":{\"i\":{\"list\":[{\"assetProperty\":{\"assetId\":"
	     "\"a1\"}},{\"assetProperty\":{\"assetId\":\"a2\"}}]},\"r\":{\"assetModelProperty\":{"
	     "\"assetModelId\":\"m1\"}}}}",
	     "iotsitewise:CreateComputationModel arn:aws:iotsitewise:us-east-1:*:asset-model/m1,"
	     "arn:aws:iotsitewise:us-east-1:*:asset/a1,arn:aws:iotsitewise:us-east-1:*:asset/a2"),
	FORM("iam",
	     "Action=CreateVirtualMFADevice&Version=2010-05-08&Path=/x/y/&VirtualMFADeviceName=d",
	     "iam:CreateVirtualMFADevice arn:aws:iam::*:mfa/x/y/d"),
	JSON("logs", "Logs_20140328.CreateLogAnomalyDetector",
	     "{\"logGroupArnList\":[\"arn:aws:logs:us-east-1:123456789012:log-group:/a\"]}",
	     "logs:CreateLogAnomalyDetector arn:aws:logs:us-east-1:123456789012:log-group:/a,"
	     "arn:aws:logs:us-east-1:123456789012:log-group:/a:*"),
	JSON("logs", "Logs_20140328.StartQuery",
	     "{\"logGroupIdentifiers\":[\"arn:aws:logs:us-east-1:999988887777:log-group:/"
	     "a\",\"b\"]}",
	     "logs:StartQuery arn:aws:logs:us-east-1:*:log-group:b:*,"
	     "arn:aws:logs:us-east-1:999988887777:log-group:/a:*"),
	/* --- what one of two types is meant for, and a principal's parts --- */
	REST("securityhub", "POST", "/findings", "{}",
	     "securityhub:GetFindings arn:aws:securityhub:us-east-1:*:hub/default"),
	REST("securityhub", "POST", "/findingsv2", "{}",
	     "securityhub:GetFindings arn:aws:securityhub:us-east-1:*:hubv2/*"),
	JSON("lookoutequipment", "AWSLookoutEquipmentFrontendService.CreateModel",
	     "{\"ModelName\":\"m\",\"DatasetName\":\"d\",\"LabelsInputConfiguration\":{"
	     "\"LabelGroupName\":\"g\"}}",
	     "lookoutequipment:CreateModel arn:aws:lookoutequipment:us-east-1:*:dataset/d/*,"
	     "arn:aws:lookoutequipment:us-east-1:*:label-group/g/*,"
	     "arn:aws:lookoutequipment:us-east-1:*:model/m/*"),
	REST("eks", "POST", "/clusters/c/access-entries",
	     "{\"principalArn\":\"arn:aws:iam::123456789012:role/p/q/r\",\"type\":\"EC2_LINUX\","
	     "\"tags\":{\"a\":\"b\"}}",
	     "eks:CreateAccessEntry arn:aws:eks:us-east-1:*:cluster/c\n"
	     "eks:TagResource arn:aws:eks:us-east-1:*:access-entry/c/role/123456789012/r/*\n"
	     "iam:PassRole arn:aws:iam::123456789012:role/p/q/r | StringEquals "
	     "iam:PassedToService=ec2.amazonaws.com"),
	/* --- ARNs of points of several regions hold an alias that S3 chooses --- */
	AT("a point of several regions by its name", "s3", "GET",
	   "123456789012.s3-control.us-west-2.amazonaws.com", "/v20180820/mrap/instances/n",
	   "s3:GetMultiRegionAccessPoint arn:aws:s3::*:accesspoint/*"),
	{"a point that is made", "s3", "POST", "123456789012.s3-control.us-west-2.amazonaws.com",
	 "/v20180820/async-requests/mrap/create", "",
	 "<CreateMultiRegionAccessPointRequest "
	 "xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><ClientToken>t</"
	 "ClientToken><Details><Name>n</Name><Regions><Region><Bucket>b</Bucket></Region></"
	 "Regions></Details></CreateMultiRegionAccessPointRequest>",
	 NULL,
	 "s3:CreateMultiRegionAccessPoint arn:aws:s3::*:accesspoint/*\n"
	 "s3:ListAllMyBuckets *"},
	/* --- who sends for somebody else needs that identity, and not one of his own --- */
	FORM("ses",
	     "Action=SendEmail&Version=2010-12-01&Source=bob@example.com&SourceArn=arn:aws:ses:us-"
	     "east-1:210987654321:identity/example.com",
	     "ses:SendEmail arn:aws:ses:us-east-1:210987654321:identity/example.com"),
	REST("ses", "POST", "/v2/email/outbound-emails",
	     "{\"FromEmailAddress\":\"bob@example.com\",\"FromEmailAddressIdentityArn\":\"arn:aws:"
	     "ses:us-east-1:210987654321:identity/example.com\",\"Content\":{\"Simple\":{}}}",
	     "ses:SendEmail arn:aws:ses:us-east-1:210987654321:identity/example.com"),
	REST("ses", "POST", "/v2/email/outbound-emails",
	     "{\"FromEmailAddress\":\"bob@example.com\",\"FromEmailAddressIdentityArn\":\"arn:aws:"
	     "ses:*:210987654321:identity/example.com\",\"Content\":{\"Simple\":{}}}",
	     "ses:SendEmail arn:aws:ses:*:210987654321:identity/example.com"),
	REST("ses", "POST", "/v2/email/metrics/batch",
	     "{\"Queries\":[{\"Id\":\"1\",\"Dimensions\":{\"EMAIL_IDENTITY\":\"example.com\"}},{"
	     "\"Id\":\"2\",\"Dimensions\":{\"CONFIGURATION_SET\":\"c\"}}]}",
	     "ses:BatchGetMetricData arn:aws:ses:us-east-1:*:configuration-set/c,"
	     "arn:aws:ses:us-east-1:*:identity/example.com"),
	REST("ses", "POST", "/v2/email/metrics/batch",
	     "{\"Queries\":[{\"Id\":\"1\",\"Dimensions\":{\"ISP\":\"x\"}}]}",
	     "ses:BatchGetMetricData *"),
	/* --- stores of events stand where SQL has tables --- */
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"SELECT x FROM " STORE " WHERE y\"}",
	     "cloudtrail:StartQuery " EVENTS STORE),
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"select x from " STORE
	     "\",\"EventDataStoreOwnerAccountId\":\"210987654321\"}",
	     "cloudtrail:StartQuery "
	     "arn:aws:cloudtrail:us-east-1:210987654321:eventdatastore/" STORE),
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"SELECT a.x FROM " STORE " a JOIN 2" STORE_REST
	     " b ON a.x = b.x\"}",
	     "cloudtrail:StartQuery " EVENTS STORE "," EVENTS "2" STORE_REST),
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"SELECT x FROM " STORE " WHERE x IN (SELECT x FROM 2" STORE_REST
	     " )\"}",
	     "cloudtrail:StartQuery " EVENTS "*"),
	/* --- in letters of any size, on any lines; not all of them is none --- */
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"Select\\n\\tx\\nFrom\\n  " STORE "\\nWHERE y\\n\"}",
	     "cloudtrail:StartQuery " EVENTS STORE),
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"SELECT array_join(x, ',') FROM " STORE " ORDER BY a, b\"}",
	     "cloudtrail:StartQuery " EVENTS STORE),
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"SELECT x FROM " STORE " a join 2" STORE_REST
	     " b ON a.x = b.x\"}",
	     "cloudtrail:StartQuery " EVENTS STORE "," EVENTS "2" STORE_REST),
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"SELECT x FROM " STORE " JOIN 2" STORE_REST " b ON x = b.x\"}",
	     "cloudtrail:StartQuery " EVENTS STORE "," EVENTS "2" STORE_REST),
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"SELECT x FROM " STORE " a CROSS JOIN 2" STORE_REST "\"}",
	     "cloudtrail:StartQuery " EVENTS "*"),
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"SELECT x FROM " STORE " UNION select x from 2" STORE_REST "\"}",
	     "cloudtrail:StartQuery " EVENTS "*"),
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"SELECT x FROM " STORE " a, 2" STORE_REST " b WHERE y\"}",
	     "cloudtrail:StartQuery " EVENTS "*"),
	JSON("cloudtrail", TRAIL "StartQuery",
	     "{\"QueryStatement\":\"SELECT x FROM " STORE " a,2" STORE_REST "\"}",
	     "cloudtrail:StartQuery " EVENTS "*"),
	/* --- versions behind ids, and a change set without its stack --- */
	REST("aws-marketplace", "POST", "/StartChangeSet",
	     "{\"Catalog\":\"AWSMarketplace\",\"ChangeSet\":[{\"ChangeType\":\"x\",\"Entity\":{"
	     "\"Type\":\"AmiProduct@1.0\",\"Identifier\":\"prod-1@2\"}},{\"ChangeType\":\"y\","
	     "\"Entity\":{\"Type\":\"Offer@1.0\"}}]}",
	     "aws-marketplace:StartChangeSet "
	     "arn:aws:aws-marketplace:us-east-1:*:AWSMarketplace/AmiProduct/prod-1,"
	     "arn:aws:aws-marketplace:us-east-1:*:AWSMarketplace/Offer/*"),
	REST("aws-marketplace", "GET", "/DescribeEntity?catalog=AWSMarketplace&entityId=prod-1%402",
	     NULL,
	     "aws-marketplace:DescribeEntity "
	     "arn:aws:aws-marketplace:us-east-1:*:AWSMarketplace/*/prod-1"),
	FORM("cloudformation",
	     "Action=ExecuteChangeSet&Version=2010-05-15&ChangeSetName=arn:aws:cloudformation:us-"
	     "east-1:123456789012:changeSet/c/1234abcd",
	     "cloudformation:ExecuteChangeSet "
	     "arn:aws:cloudformation:us-east-1:123456789012:stack/*/*"),
	FORM("cloudformation",
	     "Action=ExecuteChangeSet&Version=2010-05-15&ChangeSetName=c&StackName=s",
	     "cloudformation:ExecuteChangeSet arn:aws:cloudformation:us-east-1:*:stack/s/*"),
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
