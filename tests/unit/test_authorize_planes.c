/* SPDX-License-Identifier: MIT */
/* Data planes that no model of botocore has: APIs of open standards, streams, tunnels, logins. */
#include "authorize_case.h"

#define PRESIGNED(service)                                                                         \
	"&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2F"    \
	"us-east-1%2F" service                                                                     \
	"%2Faws4_request&X-Amz-Date=20260102T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
#define LOGIN(service, host, query, needs)                                                         \
	{                                                                                          \
		query, NULL, "GET", host, query PRESIGNED(service), "", NULL, NULL, needs          \
	}
/* One whose region nobody says. */
#define LOGIN_BY(service, host, query, needs)                                                      \
	{                                                                                          \
		query, NULL, "GET", host,                                                          \
			query "X-Amz-Algorithm=AWS4-HMAC-SHA256&"                                  \
			      "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE/-//" service                  \
			      "/aws4_request&X-Amz-Signature=",                                    \
			"", NULL, NULL, needs                                                      \
	}
#define JSON_AT(service, method, host, target, headers, body, needs)                               \
	{                                                                                          \
		target, service, method, host, target, "Content-Type: application/json\n" headers, \
			body, NULL, needs                                                          \
	}

#define S3T	  "s3tables.us-east-1.amazonaws.com"
#define WAREHOUSE "arn%3Aaws%3As3tables%3Aus-east-1%3A123456789012%3Abucket%2Fb"
#define TABLES	  "arn:aws:s3tables:us-east-1:123456789012:bucket/b"
#define GLUE	  "arn:aws:glue:us-east-1:123456789012:"
#define GLUE_AT	  "glue.us-east-1.amazonaws.com"
#define FHIR	  "healthlake.us-east-1.amazonaws.com"
#define STORE	  "arn:aws:healthlake:us-east-1:*:datastore/fhir/abc"
#define RUNTIME	  "bedrock-runtime.us-east-1.amazonaws.com"
#define ENGINE	  "arn:aws:neptune-db:us-east-1:*:*/*"
#define KAFKA	  "arn:aws:kafka:us-east-1:*:"
#define KEYSPACES "arn:aws:cassandra:*:*:/keyspace/*/table/*"
#define LATTICE	  "arn:aws:vpc-lattice:us-east-1:*:service/"
#define API	  "arn:aws:execute-api:us-east-1:*:a1b2/"
#define AGENT	  "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/r"
#define CHANNEL	  "arn:aws:kinesisvideo:us-east-1:123456789012:channel/c/1"
#define SERVER	  "arn:aws:sagemaker:us-east-1:123456789012:mlflow-tracking-server/s"
#define MLFLOW	  "us-east-1.experiments.sagemaker.aws"

static const struct wanted cases[] = {
	/* --- Dashboards of a collection have an action of their own --- */
	AT("dashboards of aoss", "aoss", "POST", "c1.us-east-1.aoss.amazonaws.com",
	   "/_dashboards/api/saved_objects/_import",
	   "aoss:DashboardsAccessAll arn:aws:aoss:us-east-1:*:dashboards/default"),
	AT("an index of aoss", "aoss", "POST", "c1.us-east-1.aoss.amazonaws.com", "/i/_search",
	   "aoss:APIAccessAll arn:aws:aoss:us-east-1:*:collection/c1"),
	/* --- A search domain's hosts have its name, and an id that has no hyphen --- */
	AT("documents searched", "cloudsearch", "GET",
	   "search-my-films-rr2f34ofg56xneuemujamut52i.us-east-1.cloudsearch.amazonaws.com",
	   "/2013-01-01/search?q=x",
	   "cloudsearch:search arn:aws:cloudsearch:us-east-1:*:domain/my-films"),
	AT("documents sent", "cloudsearch", "POST",
	   "doc-films-rr2f34ofg56xneuemujamut52i.us-east-1.cloudsearch.amazonaws.com",
	   "/2013-01-01/documents/batch",
	   "cloudsearch:document arn:aws:cloudsearch:us-east-1:*:domain/films"),
	AT("at another host", "cloudsearch", "GET", "search.example.com", "/2013-01-01/suggest?q=x",
	   "cloudsearch:suggest *"),
	/* --- Iceberg --- */
	AT("warehouse", "s3tables", "GET", S3T, "/iceberg/v1/config?warehouse=" WAREHOUSE,
	   "s3tables:GetTableBucket " TABLES),
	AT("load a table", "s3tables", "GET", S3T,
	   "/iceberg/v1/" WAREHOUSE "/namespaces/n/tables/t?snapshots=all",
	   "s3tables:GetTableMetadataLocation " TABLES "/table/*\n"
	   "s3tables:GetTableData " TABLES "/table/*"),
	JSON_AT("s3tables", "POST", S3T, "/iceberg/v1/" WAREHOUSE "/namespaces/n/tables", "",
		"{\"name\":\"t\"}",
		"s3tables:CreateTable " TABLES "\ns3tables:PutTableData " TABLES "/table/*"),
	AT("Glue's catalog", "glue", "GET", GLUE_AT,
	   "/iceberg/v1/catalogs/123456789012/namespaces/d/tables/t",
	   "glue:GetTable " GLUE "catalog," GLUE "database/d," GLUE "table/d/t"),
	AT("a catalog in Glue's", "glue", "GET", GLUE_AT,
	   "/iceberg/v1/catalogs/123456789012%3As3tablescatalog%2Fb/namespaces/d/tables/t",
	   "glue:GetTable " GLUE "catalog," GLUE "catalog/s3tablescatalog," GLUE
	   "catalog/s3tablescatalog/b," GLUE "database/s3tablescatalog/b/d," GLUE
	   "table/s3tablescatalog/b/d/t"),
	AT("the default catalog", "glue", "GET", GLUE_AT, "/iceberg/v1/catalogs/:/namespaces/d",
	   "glue:GetDatabase arn:aws:glue:us-east-1:*:catalog,arn:aws:glue:us-east-1:*:database/"
	   "d"),
	JSON_AT("glue", "POST", GLUE_AT, "/iceberg/v1/catalogs/123456789012/namespaces/d/tables",
		"", "{\"name\":\"t\"}",
		"glue:CreateTable " GLUE "catalog," GLUE "database/d," GLUE "table/d/t"),

	/* --- medicine --- */
	AT("a patient", "healthlake", "GET", FHIR, "/datastore/abc/r4/Patient/1",
	   "healthlake:ReadResource " STORE),
	AT("patients", "healthlake", "GET", FHIR, "/datastore/abc/r4/Patient?name=x",
	   "healthlake:SearchWithGet " STORE),
	AT("all of a patient", "healthlake", "GET", FHIR, "/datastore/abc/r4/Patient/1/$everything",
	   "healthlake:SearchEverything " STORE),
	AT("a bundle", "healthlake", "POST", FHIR, "/datastore/abc/r4/",
	   "healthlake:ProcessBundle " STORE),
	AT("an image", "medical-imaging", "GET", "dicom-medical-imaging.us-east-1.amazonaws.com",
	   "/datastore/abc/studies/1.2/series/1.3/instances/1.4?imageSetId=x",
	   "medical-imaging:GetDICOMInstance arn:aws:medical-imaging:us-east-1:*:datastore/abc"),

	/* --- models and agents --- */
	JSON_AT("bedrock", "POST", RUNTIME, "/openai/v1/chat/completions", "",
		"{\"model\":\"openai.m-1:0\"}",
		"bedrock:InvokeModel " MODELS("us-east-1") "openai.m-1:0"),
	JSON_AT("bedrock", "POST", RUNTIME, "/openai/v1/chat/completions", "",
		"{\"model\":\"us.openai.m-1:0\",\"stream\":true}",
		"bedrock:InvokeModelWithResponseStream " MODELS(
			"*") "openai.m-1:0,"
			     "arn:aws:bedrock:us-east-1:*:inference-profile/us.openai.m-1:0"),
	JSON_AT(NULL, "POST", RUNTIME, "/model/amazon.nova-lite-v1%3A0/converse",
		"Authorization: Bearer\n", "{}",
		"bedrock:InvokeModel " MODELS("us-east-1") "amazon.nova-lite-v1:0\n"
							   "bedrock:CallWithBearerToken *"),
	JSON_AT("bedrock-mantle", "POST", "bedrock-mantle.us-east-1.api.aws", "/v1/responses",
		"OpenAI-Project: p\n", "{}",
		"bedrock-mantle:CreateInference arn:aws:bedrock-mantle:us-east-1:*:project/p"),
	AT("a gateway", "bedrock-agentcore", "POST",
	   "g-1.gateway.bedrock-agentcore.us-east-1.amazonaws.com", "/mcp",
	   "bedrock-agentcore:InvokeGateway arn:aws:bedrock-agentcore:us-east-1:*:gateway/g-1"),
	AT("an agent's WebSocket", "bedrock-agentcore", "GET",
	   "bedrock-agentcore.us-east-1.amazonaws.com",
	   "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A123456789012%3Aruntime%2Fr/ws",
	   "bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStream " AGENT "," AGENT
	   "/runtime-endpoint/DEFAULT"),
	AT("MCP", "eks-mcp", "POST", "eks-mcp.us-east-1.api.aws", "/mcp",
	   "eks-mcp:InvokeMcp *\n?eks-mcp:CallReadOnlyTool *\n?eks-mcp:CallPrivilegedTool *"),
	JSON_AT("sagemaker-mlflow", "POST", MLFLOW, "/api/2.0/mlflow/runs/create",
		"x-mlflow-sm-tracking-server-arn: " SERVER "\n", "{}",
		"sagemaker-mlflow:CreateRun " SERVER),
	AT("MLflow, no header", "sagemaker-mlflow", "GET", MLFLOW,
	   "/api/2.0/mlflow/registered-models/get?name=x",
	   "sagemaker-mlflow:GetRegisteredModel "
	   "arn:aws:sagemaker:us-east-1:*:mlflow-tracking-server/*"),
	AT("JSON-RPC", "managedblockchain", "POST",
	   "mainnet.bitcoin.managedblockchain.us-east-1.amazonaws.com", "/",
	   "managedblockchain:InvokeRpcBitcoinMainnet *"),

	/* --- streams, tunnels, agents --- */
	LOGIN("kinesisvideo", "v-1.kinesisvideo.us-east-1.amazonaws.com",
	      "/?X-Amz-ChannelARN=arn%3Aaws%3Akinesisvideo%3Aus-east-1%3A123456789012%3Achannel%2F"
	      "c%2F1&X-Amz-ClientId=v",
	      "kinesisvideo:ConnectAsViewer " CHANNEL),
	LOGIN("kinesisvideo", "m-1.kinesisvideo.us-east-1.amazonaws.com",
	      "/?X-Amz-ChannelARN=arn%3Aaws%3Akinesisvideo%3Aus-east-1%3A123456789012%3Achannel%2F"
	      "c%2F1",
	      "kinesisvideo:ConnectAsMaster " CHANNEL),
	{"PutMedia by ARN", "kinesisvideo", "POST", "s-1.kinesisvideo.us-east-1.amazonaws.com",
	 "/putMedia", "x-amzn-stream-arn: arn:aws:kinesisvideo:us-east-1:123456789012:stream/s/1\n",
	 NULL, NULL,
	 "kinesisvideo:PutMedia arn:aws:kinesisvideo:us-east-1:123456789012:stream/s/1"},
	LOGIN("ec2-instance-connect",
	      "eice-1.abc.ec2-instance-connect-endpoint.us-east-1.amazonaws.com",
	      "/openTunnel?instanceConnectEndpointId=eice-1&remotePort=22",
	      "ec2-instance-connect:OpenTunnel " EC2 "instance-connect-endpoint/eice-1"),
	LOGIN("chime", "node001.ue1.ws-messaging.chime.aws",
	      "/connect?userArn=arn%3Aaws%3Achime%3Aus-east-1%3A123456789012%3Aapp-instance%2Fa%2F"
	      "user%2Fu",
	      "chime:Connect arn:aws:chime:us-east-1:123456789012:app-instance/a/user/u"),
	AT("ingestion", "osis", "POST", "my-pipe-abcdefg.us-east-1.osis.amazonaws.com", "/logs",
	   "osis:Ingest arn:aws:osis:us-east-1:*:pipeline/my-pipe"),
	AT("a session for a certificate", "rolesanywhere", "POST",
	   "rolesanywhere.us-east-1.amazonaws.com", "/sessions?profileArn=p&roleArn=r", ""),
	AT("Livy", "emr-serverless", "POST",
	   "00abc.livy.emr-serverless-services.us-east-1.amazonaws.com", "/sessions",
	   "emr-serverless:AccessLivyEndpoints arn:aws:emr-serverless:us-east-1:*:/applications/"
	   "00abc"),
	AT("a database's log", "rds", "GET", "rds.us-east-1.amazonaws.com",
	   "/v13/downloadCompleteLogFile/db/error/postgresql.log.2026-01-01",
	   "rds:DownloadCompleteDBLogFile arn:aws:rds:us-east-1:*:db:db"),
	AT("SPARQL", "neptune-db", "POST", "c.cluster-x.us-east-1.neptune.amazonaws.com:8182",
	   "/sparql",
	   "neptune-db:ReadDataViaQuery " ENGINE "\n?neptune-db:WriteDataViaQuery " ENGINE
	   "\n?neptune-db:DeleteDataViaQuery " ENGINE),
	AT("ECS agent", "ecs", "GET", "ecs-a-1.us-east-1.amazonaws.com",
	   "/ws?agentHash=1&containerInstanceArn=arn%3Aaws%3Aecs%3Aus-east-1%3A123456789012%3A"
	   "container-instance%2Fc%2F1",
	   "ecs:Poll arn:aws:ecs:us-east-1:123456789012:container-instance/c/1"),
	JSON_AT("appsync", "POST", "a1.appsync-api.us-east-1.amazonaws.com", "/event", "",
		"{\"channel\":\"/news/a\",\"events\":[]}",
		"appsync:EventPublish arn:aws:appsync:us-east-1:*:apis/*/channelNamespace/news"),
	AT("a service of VPC Lattice", "vpc-lattice-svcs", "GET",
	   "my-svc-0123456789abcdef0.7d67968.vpc-lattice-svcs.us-east-1.on.aws", "/x",
	   "vpc-lattice-svcs:Invoke " LATTICE "svc-0123456789abcdef0/x"),
	AT("one at a domain of its own", "vpc-lattice-svcs", "GET", "svc.example.com", "/x",
	   "vpc-lattice-svcs:Invoke " LATTICE "*/x"),

	/* --- private APIs --- */
	AT("API by endpoint alias", "execute-api", "GET",
	   "a1b2-vpce-0a1b2c3d.execute-api.us-east-1.amazonaws.com", "/prod/pets",
	   "execute-api:Invoke " API "$default/GET/prod/pets," API "prod/GET/pets"),
	{"API by the endpoint's own name", "execute-api", "GET",
	 "vpce-0a1b-xyz.execute-api.us-east-1.vpce.amazonaws.com", "/prod/pets",
	 "x-apigw-api-id: a1b2\n", NULL, NULL, "execute-api:Invoke " API "prod/GET/pets"},

	/* --- logins --- */
	LOGIN("rds-db", "db.abc.us-east-1.rds.amazonaws.com:3306", "/?Action=connect&DBUser=u",
	      "rds-db:connect arn:aws:rds-db:us-east-1:*:dbuser:*/u"),
	LOGIN("dsql", "abc.dsql.us-east-1.on.aws", "/?Action=DbConnectAdmin",
	      "dsql:DbConnectAdmin arn:aws:dsql:us-east-1:*:cluster/abc"),
	LOGIN("elasticache", "cache", "/?Action=connect&User=u",
	      "elasticache:Connect arn:aws:elasticache:us-east-1:*:replicationgroup:cache,"
	      "arn:aws:elasticache:us-east-1:*:user:u"),
	LOGIN("elasticache", "cache", "/?Action=connect&User=u&ResourceType=ServerlessCache",
	      "elasticache:Connect arn:aws:elasticache:us-east-1:*:serverlesscache:cache,"
	      "arn:aws:elasticache:us-east-1:*:user:u"),
	LOGIN("memorydb", "cluster", "/?Action=connect&User=u",
	      "memorydb:Connect arn:aws:memorydb:us-east-1:*:cluster/cluster,"
	      "arn:aws:memorydb:us-east-1:*:user/u"),
	LOGIN("kafka-cluster", "kafka.us-east-1.amazonaws.com", "/?Action=kafka-cluster%3AConnect",
	      "kafka-cluster:Connect " KAFKA "cluster/*/*"
	      "\n?kafka-cluster:DescribeTopic " KAFKA "topic/*/*/*"
	      "\n?kafka-cluster:WriteData " KAFKA "topic/*/*/*"
	      "\n?kafka-cluster:WriteDataIdempotently " KAFKA "cluster/*/*"
	      "\n?kafka-cluster:ReadData " KAFKA "topic/*/*/*"
	      "\n?kafka-cluster:DescribeGroup " KAFKA "group/*/*/*"
	      "\n?kafka-cluster:AlterGroup " KAFKA "group/*/*/*"),
	LOGIN_BY("ses", "email-smtp.*", "/?Action=SendRawEmail&",
		 "ses:SendRawEmail arn:aws:ses:*:*:identity/*"),
	LOGIN_BY("cassandra", "cassandra.*", "/authenticate?",
		 "cassandra:Select arn:aws:cassandra:*:*:/keyspace/system*"
		 "\n?cassandra:Select " KEYSPACES "\n?cassandra:Modify " KEYSPACES),
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
