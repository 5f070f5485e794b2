/* SPDX-License-Identifier: MIT */
/*
 * Requests whose resources are told by something other than a member's name: the kind of an id, the
 * owner of a tool, a comment before a verb, the page of the reference that an action stands on.
 */
#include "authorize_case.h"

#define ELB  "arn:aws:elasticloadbalancing:us-east-1:123456789012:"
#define GG   "arn:aws:greengrass:us-east-1:123456789012:"
#define NFW  "arn:aws:network-firewall:us-east-1:123456789012:"
#define EFS  "arn:aws:elasticfilesystem:us-east-1:*:"
#define CERT "arn:aws:iot:us-east-1:123456789012:cert/0123456789abcdef"
#define RANK "arn:aws:bedrock:us-east-1::foundation-model/cohere.rerank-v3-5:0"
#define RERANKING                                                                                  \
	"\"retrievalConfiguration\":{\"vectorSearchConfiguration\":{\"rerankingConfiguration\":{"  \
	"\"type\":\"BEDROCK_RERANKING_MODEL\",\"bedrockRerankingConfiguration\":{"                 \
	"\"modelConfiguration\":{\"modelArn\":\"" RANK "\"}}}}}"
#define PARTIQL(statement, needs)                                                                  \
	JSON("dynamodb", "DynamoDB_20120810.ExecuteStatement",                                     \
	     "{\"Statement\":\"" statement "\"}", needs)
#define HEADER(name, service, method, target, header, needs)                                       \
	{                                                                                          \
		name, service, method, service ".us-east-1.amazonaws.com", target, header, NULL,   \
			NULL, needs                                                                \
	}

static const struct wanted cases[] = {
	/* --- prefixes that two pages of the reference share --- */
	FORM("elasticloadbalancing",
	     "Action=AddTags&Version=2015-12-01&Tags.member.1.Key=a&ResourceArns.member.1=" ELB
	     "targetgroup/t/1&ResourceArns.member.2=" ELB "loadbalancer/net/n/1",
	     "elasticloadbalancing:AddTags " ELB "loadbalancer/net/n/1," ELB "targetgroup/t/1"),
	FORM("elasticloadbalancing",
	     "Action=RemoveTags&Version=2015-12-01&TagKeys.member.1=a&ResourceArns.member.1=" ELB
	     "listener-rule/app/a/1/2/3",
	     "elasticloadbalancing:RemoveTags " ELB "listener-rule/app/a/1/2/3"),
	FORM("elasticloadbalancing",
	     "Action=CreateListener&Version=2015-12-01&Tags.member.1.Key=a&LoadBalancerArn=" ELB
	     "loadbalancer/gwy/a/1",
	     "elasticloadbalancing:CreateListener " ELB "loadbalancer/gwy/a/1\n"
	     "elasticloadbalancing:AddTags " ELB "listener/gwy/a/1/* | StringEquals "
	     "elasticloadbalancing:CreateAction=CreateListener"),
	FORM("elasticloadbalancing",
	     "Action=CreateRule&Version=2015-12-01&Tags.member.1.Key=a&ListenerArn=" ELB
	     "listener/net/a/1/2",
	     "elasticloadbalancing:CreateRule " ELB "listener/net/a/1/2\n"
	     "elasticloadbalancing:AddTags " ELB "listener-rule/net/a/1/2/* | StringEquals "
	     "elasticloadbalancing:CreateAction=CreateRule"),
	FORM("elasticloadbalancing",
	     "Action=CreateTargetGroup&Version=2015-12-01&Name=n&Tags.member.1.Key=a",
	     "elasticloadbalancing:CreateTargetGroup "
	     "arn:aws:elasticloadbalancing:us-east-1:*:targetgroup/n/*\n"
	     "elasticloadbalancing:AddTags "
	     "arn:aws:elasticloadbalancing:us-east-1:*:targetgroup/n/* | StringEquals "
	     "elasticloadbalancing:CreateAction=CreateTargetGroup"),
	REST("greengrass", "POST",
	     "/tags/arn%3Aaws%3Agreengrass%3Aus-east-1%3A123456789012%3AcoreDevices%3Ac",
	     "{\"tags\":{\"a\":\"b\"}}", "greengrass:TagResource " GG "coreDevices:c"),
	REST("lex", "POST", "/tags/arn%3Aaws%3Alex%3Aus-east-1%3A123456789012%3Atest-set%2FABC",
	     "{\"tags\":{\"a\":\"b\"}}",
	     "lex:TagResource arn:aws:lex:us-east-1:123456789012:test-set/ABC"),
	/* --- bots of the second version have no ARN of the first --- */
	AT("a bot's alias", "lex", "PUT", "models-v2-lex.us-east-1.amazonaws.com",
	   "/bots/B123456789/botaliases/",
	   "lex:CreateBotAlias arn:aws:lex:us-east-1:*:bot-alias/B123456789/*"),
	AT("a bot's language", "lex", "POST", "models-v2-lex.us-east-1.amazonaws.com",
	   "/bots/B123456789/botversions/DRAFT/botlocales/en_US/",
	   "lex:BuildBotLocale arn:aws:lex:us-east-1:*:bot/B123456789"),
	AT("a bot", "lex", "DELETE", "models-v2-lex.us-east-1.amazonaws.com", "/bots/B123456789/",
	   "lex:DeleteBot arn:aws:lex:us-east-1:*:bot-alias/B123456789/*,"
	   "arn:aws:lex:us-east-1:*:bot/B123456789"),
	{"a new bot", "lex", "PUT", "models-v2-lex.us-east-1.amazonaws.com", "/bots/",
	 "Content-Type: application/json\n", "{\"botName\":\"b\",\"botTags\":{\"a\":\"b\"}}", NULL,
	 "lex:CreateBot arn:aws:lex:us-east-1:*:bot-alias/*/*,arn:aws:lex:us-east-1:*:bot/*\n"
	 "lex:TagResource arn:aws:lex:us-east-1:*:bot/*"},
	AT("a bot's intent", "lex", "DELETE", "models-v2-lex.us-east-1.amazonaws.com",
	   "/bots/B123456789/botversions/DRAFT/botlocales/en_US/intents/I123456789/",
	   "lex:DeleteIntent arn:aws:lex:us-east-1:*:bot/B123456789"),
	REST("greengrass", "POST", "/greengrass/v2/deployments/d/cancel", "{}",
	     "greengrass:CancelDeployment arn:aws:greengrass:us-east-1:*:deployments:d"),
	REST("greengrass", "GET", "/greengrass/groups/g/deployments/d/status", NULL,
	     "greengrass:GetDeploymentStatus "
	     "arn:aws:greengrass:us-east-1:*:/greengrass/groups/g,"
	     "arn:aws:greengrass:us-east-1:*:/greengrass/groups/g/deployments/d"),
	REST("es", "POST", "/2015-01-01/es/domain",
	     "{\"DomainName\":\"d\",\"TagList\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "es:CreateElasticsearchDomain arn:aws:es:us-east-1:*:domain/d\n"
	     "es:AddTags arn:aws:es:us-east-1:*:domain/d"),
	/* --- ids that say their type --- */
	REST("elasticfilesystem", "POST", "/2015-02-01/resource-tags/fs-1",
	     "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "elasticfilesystem:TagResource " EFS "file-system/fs-1"),
	REST("elasticfilesystem", "DELETE", "/2015-02-01/resource-tags/fsap-1?tagKeys=a", NULL,
	     "elasticfilesystem:UntagResource " EFS "access-point/fsap-1"),
	REST("eks", "GET", "/clusters/c/updates?addonName=vpc-cni", NULL,
	     "eks:ListUpdates arn:aws:eks:us-east-1:*:addon/c/vpc-cni/*,"
	     "arn:aws:eks:us-east-1:*:cluster/c"),
	REST("eks", "GET", "/clusters/c/updates/u?nodegroupName=ng", NULL,
	     "eks:DescribeUpdate arn:aws:eks:us-east-1:*:cluster/c,"
	     "arn:aws:eks:us-east-1:*:nodegroup/c/ng/*"),
	REST("ebs", "GET", "/snapshots/snap-2/changedblocks?firstSnapshotId=snap-1", NULL,
	     "ebs:ListChangedBlocks arn:aws:ec2:us-east-1::snapshot/snap-1,"
	     "arn:aws:ec2:us-east-1::snapshot/snap-2"),
	REST("iotwireless", "GET", "/resource-positions/d?resourceType=WirelessDevice", NULL,
	     "iotwireless:GetResourcePosition arn:aws:iotwireless:us-east-1:*:WirelessDevice/d"),
	REST("iotwireless", "GET", "/event-configurations/g?identifierType=WirelessGatewayId", NULL,
	     "iotwireless:GetResourceEventConfiguration "
	     "arn:aws:iotwireless:us-east-1:*:WirelessGateway/g"),
	REST("iotwireless", "GET", "/event-configurations/e?identifierType=DevEui", NULL,
	     "iotwireless:GetResourceEventConfiguration *"),
	REST("bedrock", "POST", "/evaluation-jobs",
	     "{\"jobName\":\"e\",\"roleArn\":\"" ROLE "\",\"inferenceConfig\":{\"models\":[{"
	     "\"bedrockModel\":{\"modelIdentifier\":\"amazon.nova-lite-v1:0\"}}]}}",
	     "bedrock:CreateEvaluationJob "
	     "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=bedrock.amazonaws.com"),
	/* --- AWS's own tools, and those of the account --- */
	REST("bedrock-agentcore", "PUT", "/code-interpreters/aws.codeinterpreter.v1/sessions/start",
	     "{}",
	     "bedrock-agentcore:StartCodeInterpreterSession "
	     "arn:aws:bedrock-agentcore:us-east-1:aws:code-interpreter/aws.codeinterpreter.v1"),
	REST("bedrock-agentcore", "PUT", "/browsers/mine/sessions/start",
	     "{\"profileConfiguration\":{\"profileIdentifier\":\"p\"}}",
	     "bedrock-agentcore:StartBrowserSession "
	     "arn:aws:bedrock-agentcore:us-east-1:*:browser-custom/mine,"
	     "arn:aws:bedrock-agentcore:us-east-1:*:browser-profile/p"),
	/* --- principals in headers --- */
	HEADER("a thing's certificate", "iot", "PUT", "/things/t/principals",
	       "x-amzn-principal: " CERT "\n", "iot:AttachThingPrincipal " CERT),
	HEADER("a policy's certificate", "iot", "PUT", "/principal-policies/p",
	       "x-amzn-iot-principal: " CERT "\n", "iot:AttachPrincipalPolicy " CERT),
	HEADER("a principal that is none", "iot", "GET", "/principals/things",
	       "x-amzn-principal: us-east-1:0123\n", "iot:ListPrincipalThings *"),
	/* --- comments in statements --- */
	PARTIQL("-- FROM a\\nSELECT * FROM t", "dynamodb:PartiQLSelect " DDB "t"),
	PARTIQL("/* of the job */ DELETE /* FROM a */ FROM my-t WHERE a=1",
		"dynamodb:PartiQLDelete " DDB "my-t"),
	PARTIQL("(SELECT * FROM t)", "dynamodb:PartiQLSelect " DDB "t"),
	/* --- roles, where calls read or lists have them --- */
	JSON("cloudcontrolapi", "CloudApiService.GetResource",
	     "{\"TypeName\":\"AWS::Logs::LogGroup\",\"Identifier\":\"g\",\"RoleArn\":\"" ROLE "\"}",
	     "cloudformation:GetResource *\n"
	     "iam:PassRole " ROLE
	     " | StringEquals iam:PassedToService=cloudformation.amazonaws.com"),
	JSON("firehose", "Firehose_20150804.CreateDeliveryStream",
	     "{\"DeliveryStreamName\":\"f\",\"ExtendedS3DestinationConfiguration\":{"
	     "\"ProcessingConfiguration\":{\"Processors\":[{\"Type\":\"Lambda\",\"Parameters\":[{"
	     "\"ParameterName\":\"RoleArn\",\"ParameterValue\":\"" ROLE "\"}]}]}}}",
	     "firehose:CreateDeliveryStream arn:aws:firehose:us-east-1:*:deliverystream/f\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=firehose.amazonaws.com"),
	/* --- second actions --- */
	REST("apigateway", "POST", "/v2/apis",
	     "{\"name\":\"n\",\"protocolType\":\"HTTP\",\"tags\":{\"a\":\"b\"}}",
	     "apigateway:POST arn:aws:apigateway:us-east-1::/apis,"
	     "arn:aws:apigateway:us-east-1::/tags/*"),
	FORM("ec2",
	     "Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&"
	     "TagSpecification.1.ResourceType=security-group-rule&TagSpecification.1.Tag.1.Key=a",
	     "ec2:AuthorizeSecurityGroupIngress " EC2 "security-group-rule/*," EC2
	     "security-group/sg-1\n"
	     "ec2:CreateTags " EC2 "security-group-rule/* | StringEquals "
	     "ec2:CreateAction=AuthorizeSecurityGroupIngress"),
	JSON("fsx", "AWSSimbaAPIService_v20180301.DeleteFileSystem",
	     "{\"FileSystemId\":\"fs-1\",\"WindowsConfiguration\":{\"SkipFinalBackup\":false}}",
	     "fsx:DeleteFileSystem arn:aws:fsx:us-east-1:*:file-system/fs-1\n"
	     "fsx:CreateBackup arn:aws:fsx:us-east-1:*:backup/*,"
	     "arn:aws:fsx:us-east-1:*:file-system/fs-1"),
	REST("bedrock", "POST", "/knowledgebases/KB12345678/retrieve",
	     "{\"retrievalQuery\":{\"text\":\"x\"}," RERANKING "}",
	     "bedrock:Retrieve arn:aws:bedrock:us-east-1:*:knowledge-base/KB12345678\n"
	     "bedrock:Rerank *\nbedrock:InvokeModel " RANK),
	REST("bedrock", "POST", "/retrieveAndGenerate",
	     "{\"input\":{\"text\":\"x\"},\"retrieveAndGenerateConfiguration\":{\"type\":"
	     "\"KNOWLEDGE_BASE\",\"knowledgeBaseConfiguration\":{\"knowledgeBaseId\":"
	     "\"KB12345678\"," RERANKING "}}}",
	     "bedrock:RetrieveAndGenerate *\n"
	     "bedrock:Retrieve arn:aws:bedrock:us-east-1:*:knowledge-base/KB12345678\n"
	     "bedrock:Rerank *\nbedrock:InvokeModel " RANK),
	/* --- an ARN that may be of several types is of one --- */
	FORM("elasticloadbalancing",
	     "Action=DeleteRule&Version=2015-12-01&RuleArn=" ELB "listener-rule/app/l/1/2/3",
	     "elasticloadbalancing:DeleteRule " ELB "listener-rule/app/l/1/2/3"),
	JSON("kinesis", "Kinesis_20131202.GetResourcePolicy", "{\"ResourceARN\":\"" STREAM "\"}",
	     "kinesis:GetResourcePolicy " STREAM),
	JSON("network-firewall", "NetworkFirewall_20201112.ListTagsForResource",
	     "{\"ResourceArn\":\"" NFW "stateful-rulegroup/g\"}",
	     "network-firewall:ListTagsForResource " NFW "stateful-rulegroup/g"),
	JSON("network-firewall", "NetworkFirewall_20201112.ListTagsForResource",
	     "{\"ResourceArn\":\"" NFW "firewall-rulegroup/g\"}",
	     "network-firewall:ListTagsForResource " NFW "firewall-rulegroup/g"),
	JSON("network-firewall", "NetworkFirewall_20201112.ListTagsForResource",
	     "{\"ResourceArn\":\"" NFW "firewall-policy/p\"}",
	     "network-firewall:ListTagsForResource " NFW "firewall-policy/p"),
	HEADER("facet of a schema in development", "clouddirectory", "PUT",
	       "/amazonclouddirectory/2017-01-11/facet",
	       "x-amz-data-partition: "
	       "arn:aws:clouddirectory:us-east-1:123456789012:schema/development/s\n",
	       "clouddirectory:UpdateFacet "
	       "arn:aws:clouddirectory:us-east-1:123456789012:schema/development/s"),
	AT("policy of a service's ARN", "vpc-lattice", "GET", "vpc-lattice.us-east-1.amazonaws.com",
	   "/authpolicy/arn%3Aaws%3Avpc-lattice%3Aus-east-1%3A123456789012%3Aservice%2Fsvc-1",
	   "vpc-lattice:GetAuthPolicy arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-1"),
	/* --- an ARN that names another resource --- */
	REST("ssm-incidents", "GET",
	     "/getIncidentRecord?arn=arn%3Aaws%3Assm-incidents%3A%3A123456789012%3A"
	     "incident-record%2Fplan%2F1",
	     NULL,
	     "ssm-incidents:GetIncidentRecord "
	     "arn:aws:ssm-incidents::123456789012:incident-record/plan/1,"
	     "arn:aws:ssm-incidents::123456789012:response-plan/plan"),
	AT("provider of a portal", "workspaces-web", "DELETE",
	   "workspaces-web.us-east-1.amazonaws.com",
	   "/identityProviders/arn:aws:workspaces-web:us-east-1:123456789012:"
	   "identityProvider/p1/i1",
	   "workspaces-web:DeleteIdentityProvider "
	   "arn:aws:workspaces-web:us-east-1:123456789012:identityProvider/p1/i1,"
	   "arn:aws:workspaces-web:us-east-1:123456789012:portal/p1"),
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
