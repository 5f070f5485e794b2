/* SPDX-License-Identifier: MIT */
/*
 * What the request calls a resource by is not what its ARN holds: ids of AWS's choice behind a
 * name, ids of a neighbour, another type that is called alike, small letters.
 */
#include "authorize_case.h"

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
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
