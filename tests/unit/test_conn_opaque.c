/* SPDX-License-Identifier: MIT */
/* collector/wire/opaque: which hosts are AWS, which bodies are the user's. */
#include "wire_util.h"

#include <dirent.h>

#include "aws_host.h"
#include "secret.h"

/* RQ, RS, BOTH, ALL; and the order of its rows, which nobody sees from outside */
#include "../../collector/wire/opaque.c"

static void test_hosts(void **state)
{
	static const struct {
		const char *host;
		enum lp_host_kind kind;
	} rows[] = {
		{"s3.amazonaws.com", LP_HOST_AWS},
		{"Bucket.S3.eu-west-1.AmazonAWS.com:443", LP_HOST_AWS},
		{"sts.amazonaws.com.", LP_HOST_AWS},
		{"dynamodb.cn-north-1.amazonaws.com.cn", LP_HOST_AWS},
		{"123456789012.ddb.us-east-1.amazonaws.com", LP_HOST_AWS},
		{"lambda.us-east-1.api.aws", LP_HOST_AWS},
		{"sqs.eusc-de-east-1.amazonaws.eu", LP_HOST_AWS},
		{"ec2.us-iso-east-1.c2s.ic.gov", LP_HOST_AWS},
		{"es.eu-west-1.amazonaws.com", LP_HOST_AWS},
		{"vpce-1-2.sns.eu-west-1.vpce.amazonaws.com", LP_HOST_AWS},
		{"vpce-1-2.rds.eu-west-1.vpce.amazonaws.com", LP_HOST_AWS},
		{"my.es.logs.s3.amazonaws.com", LP_HOST_AWS},
		{"my.rds.s3.eu-west-1.amazonaws.com", LP_HOST_AWS},
		{"rds.amazonaws.com", LP_HOST_AWS},
		{"169.254.169.254", LP_HOST_METADATA},
		{"169.254.169.254:80", LP_HOST_METADATA},
		{"[fd00:ec2::254]", LP_HOST_METADATA},
		{"[FD00:EC2::254]:80", LP_HOST_METADATA},
		{"169.254.170.2", LP_HOST_METADATA},
		{"169.254.170.23:80", LP_HOST_METADATA},
		{"", LP_HOST_OTHER},
		{".", LP_HOST_OTHER},
		{":80", LP_HOST_OTHER},
		{"localhost:4566", LP_HOST_OTHER},
		{"amazonaws.com", LP_HOST_OTHER},
		{"notamazonaws.com", LP_HOST_OTHER},
		{"s3.amazonaws.com.evil.example", LP_HOST_OTHER},
		{"1169.254.169.254", LP_HOST_OTHER},
		/* the customers' own */
		{"b.s3-website-us-east-1.amazonaws.com", LP_HOST_OTHER},
		{"b.s3-website.eu-central-1.amazonaws.com", LP_HOST_OTHER},
		{"a-1.eu-west-1.elb.amazonaws.com", LP_HOST_OTHER},
		{"ec2-1-2-3-4.compute-1.amazonaws.com", LP_HOST_OTHER},
		{"abc.execute-api.eu-west-1.amazonaws.com", LP_HOST_OTHER},
		{"abc.lambda-url.eu-west-1.on.aws", LP_HOST_OTHER},
		{"search-x.eu-west-1.es.amazonaws.com", LP_HOST_OTHER},
		{"db.xyz.eu-west-1.rds.amazonaws.com", LP_HOST_OTHER},
		{"r.xyz.0001.euw1.cache.amazonaws.com", LP_HOST_OTHER},
		{"x.vpc-lattice-svcs.eu-west-1.on.aws", LP_HOST_OTHER},
		{"vpce-1-2.execute-api.eu-west-1.vpce.amazonaws.com", LP_HOST_OTHER},
		{"vpce-1-2.vpce-svc-3.eu-west-1.vpce.amazonaws.com", LP_HOST_OTHER},
		{"d111111abcdef8.cloudfront.net", LP_HOST_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct guarded g = guarded(lp_span_str(rows[i].host));

		if (lp_host_kind_of(g.span) != rows[i].kind)
			fail_msg("%s", rows[i].host);
		guarded_free(&g);
	}
}

/* Every operation of botocore whose input or output payload is a blob or string, labels as "x". */
static const struct op {
	const char *service, *method, *path;
	unsigned opaque;
} payloads[] = {
	{"apigateway", "GET", "/restapis/x/stages/x/exports/x", RS},  /* GetExport */
	{"apigateway", "GET", "/restapis/x/stages/x/sdks/x", RS},     /* GetSdk */
	{"apigateway", "GET", "/v2/apis/x/exports/x", RS},	      /* ExportApi */
	{"apigateway", "POST", "/apikeys", RQ},			      /* ImportApiKeys */
	{"apigateway", "POST", "/restapis", RQ},		      /* ImportRestApi */
	{"apigateway", "PUT", "/restapis/x", RQ},		      /* PutRestApi */
	{"apigateway", "PUT", "/restapis/x/documentation/parts", RQ}, /* ImportDocumentationParts */
	{"appconfig", "GET",
	 "/applications/x/configurationprofiles/x/hostedconfigurationversions/x",
	 RS}, /* GetHostedConfigurationVersion */
	{"appconfig", "GET", "/applications/x/environments/x/configurations/x",
	 RS},					    /* GetConfiguration */
	{"appconfig", "GET", "/configuration", RS}, /* GetLatestConfiguration */
	{"appconfig", "POST", "/applications/x/configurationprofiles/x/hostedconfigurationversions",
	 BOTH},					      /* CreateHostedConfigurationVersion */
	{"appsync", "GET", "/v1/apis/x/schema", RS},  /* GetIntrospectionSchema */
	{"bedrock", "POST", "/model/x/invoke", BOTH}, /* InvokeModel */
	{"bedrock", "POST", "/model/x/invoke-with-response-stream",
	 RQ}, /* InvokeModelWithResponseStream */
	{"bedrock-agentcore", "POST", "/runtimes/x/invocations", BOTH}, /* InvokeAgentRuntime */
	{"cloudfront", "GET", "/2020-05-31/connection-function/x", RS}, /* GetConnectionFunction */
	{"cloudfront", "GET", "/2020-05-31/function/x", RS},		/* GetFunction */
	{"cloudsearch", "POST", "/2013-01-01/documents/batch", RQ},	/* UploadDocuments */
	{"codeartifact", "GET", "/v1/package/version/asset", RS},	/* GetPackageVersionAsset */
	{"codeartifact", "POST", "/v1/package/version/publish", RQ},	/* PublishPackageVersion */
	{"codeguru-profiler", "GET", "/profilingGroups/x/profile", RS}, /* GetProfile */
	{"codeguru-profiler", "POST", "/profilingGroups/x/agentProfile", RQ}, /* PostAgentProfile */
	{"dataexchange", "POST", "/v1", BOTH},				      /* SendApiAsset */
	{"datazone", "GET", "/v2/domains/x/lineage/events/x", RS},	      /* GetLineageEvent */
	{"datazone", "POST", "/v2/domains/x/lineage/events", RQ},	      /* PostLineageEvent */
	{"ebs", "GET", "/snapshots/x/blocks/x", RS},			      /* GetSnapshotBlock */
	{"ebs", "PUT", "/snapshots/x/blocks/x", RQ},			      /* PutSnapshotBlock */
	{"execute-api", "POST", "/@connections/x", RQ},			      /* PostToConnection */
	{"geo", "GET", "/maps/v0/maps/x/glyphs/x/x", RS},		      /* GetMapGlyphs */
	{"geo", "GET", "/maps/v0/maps/x/sprites/x", RS},		      /* GetMapSprites */
	{"geo", "GET", "/maps/v0/maps/x/style-descriptor", RS},	   /* GetMapStyleDescriptor */
	{"geo", "GET", "/maps/v0/maps/x/tiles/x/x/x", RS},	   /* GetMapTile */
	{"geo-maps", "GET", "/glyphs/x/x", RS},			   /* GetGlyphs */
	{"geo-maps", "GET", "/static/x", RS},			   /* GetStaticMap */
	{"geo-maps", "GET", "/styles/x/descriptor", RS},	   /* GetStyleDescriptor */
	{"geo-maps", "GET", "/styles/x/x/x/sprites/x", RS},	   /* GetSprites */
	{"geo-maps", "GET", "/tiles/x/x/x/x", RS},		   /* GetTile */
	{"glacier", "GET", "/x/vaults/x/jobs/x/output", RS},	   /* GetJobOutput */
	{"glacier", "POST", "/x/vaults/x/archives", RQ},	   /* UploadArchive */
	{"glacier", "PUT", "/x/vaults/x/multipart-uploads/x", RQ}, /* UploadMultipartPart */
	{"iotdata", "DELETE", "/things/x/shadow", RS},		   /* DeleteThingShadow */
	{"iotdata", "GET", "/things/x/shadow", RS},		   /* GetThingShadow */
	{"iotdata", "POST", "/things/x/shadow", BOTH},		   /* UpdateThingShadow */
	{"iotdata", "POST", "/topics/x", RQ},			   /* Publish */
	{"iotwireless", "GET", "/resource-positions/x", RS},	   /* GetResourcePosition */
	{"iotwireless", "PATCH", "/resource-positions/x", RQ},	   /* UpdateResourcePosition */
	{"iotwireless", "POST", "/position-estimate", RS},	   /* GetPositionEstimate */
	{"kinesisvideo", "POST", "/getClip", RS},		   /* GetClip */
	{"kinesisvideo", "POST", "/getMedia", RS},		   /* GetMedia */
	{"kinesisvideo", "POST", "/getMediaForFragmentList", RS},  /* GetMediaForFragmentList */
	{"lakeformation", "POST", "/GetWorkUnitResults", RS},	   /* GetWorkUnitResults */
	{"lambda", "POST", "/2014-11-13/functions/x/invoke-async", RQ},	 /* InvokeAsync */
	{"lambda", "POST", "/2014-11-13/functions/x/invoke-async/", RQ}, /* InvokeAsync */
	{"lambda", "POST", "/2015-03-31/functions/x/invocations", BOTH}, /* Invoke */
	{"lambda", "POST", "/2021-11-15/functions/x/response-streaming-invocations",
	 RQ}, /* InvokeWithResponseStream */
	{"lambda", "POST", "/2025-12-01/durable-execution-callbacks/x/succeed",
	 RQ},						  /* SendDurableExecutionCallbackSuccess */
	{"lambda", "PUT", "/2014-11-13/functions/x", RQ}, /* UploadFunction */
	{"lex", "POST", "/bot/x/alias/x/user/x/content", BOTH},		     /* PostContent */
	{"lex", "POST", "/bot/x/alias/x/user/x/session", RS},		     /* PutSession */
	{"lex", "POST", "/bots/x/botAliases/x/botLocales/x/sessions/x", RS}, /* PutSession */
	{"lex", "POST", "/bots/x/botAliases/x/botLocales/x/sessions/x/utterance",
	 BOTH}, /* RecognizeUtterance */
	{"medialive", "GET", "/prod/inputDevices/x/thumbnailData",
	 RS},				 /* DescribeInputDeviceThumbnail */
	{"mediastore", "GET", "/x", RS}, /* GetObject */
	{"mediastore", "PUT", "/x", RQ}, /* PutObject */
	{"medical-imaging", "POST", "/datastore/x/imageSet/x/getImageFrame",
	 RS}, /* GetImageFrame */
	{"medical-imaging", "POST", "/datastore/x/imageSet/x/getImageSetMetadata",
	 RS},							 /* GetImageSetMetadata */
	{"neptune-db", "POST", "/gremlin/explain", RS},		 /* ExecuteGremlinExplainQuery */
	{"neptune-db", "POST", "/gremlin/profile", RS},		 /* ExecuteGremlinProfileQuery */
	{"neptune-db", "POST", "/opencypher/explain", RS},	 /* ExecuteOpenCypherExplainQuery */
	{"neptune-graph", "POST", "/queries", RS},		 /* ExecuteQuery */
	{"omics", "GET", "/referencestore/x/reference/x", RS},	 /* GetReference */
	{"omics", "GET", "/sequencestore/x/readset/x", RS},	 /* GetReadSet */
	{"omics", "PUT", "/sequencestore/x/upload/x/part", RQ},	 /* UploadReadSetPart */
	{"polly", "POST", "/v1/speech", RS},			 /* SynthesizeSpeech */
	{"sagemaker", "POST", "/endpoints/x/invocations", BOTH}, /* InvokeEndpoint */
	{"sagemaker", "POST", "/endpoints/x/invocations-response-stream",
	 RQ},						    /* InvokeEndpointWithResponseStream */
	{"sagemaker-geospatial", "GET", "/tile/x/x/x", RS}, /* GetTile */
	{"schemas", "GET", "/v1/registries/name/x/schemas/name/x/language/x/source",
	 RS},							/* GetCodeBindingSource */
	{"tnb", "GET", "/sol/nsd/v1/ns_descriptors/x/nsd", RS}, /* GetSolNetworkPackageDescriptor */
	{"tnb", "GET", "/sol/nsd/v1/ns_descriptors/x/nsd_content",
	 RS}, /* GetSolNetworkPackageContent */
	{"tnb", "GET", "/sol/vnfpkgm/v1/vnf_packages/x/package_content",
	 RS}, /* GetSolFunctionPackageContent */
	{"tnb", "GET", "/sol/vnfpkgm/v1/vnf_packages/x/vnfd",
	 RS}, /* GetSolFunctionPackageDescriptor */
	{"tnb", "PUT", "/sol/nsd/v1/ns_descriptors/x/nsd_content",
	 RQ}, /* PutSolNetworkPackageContent */
	{"tnb", "PUT", "/sol/nsd/v1/ns_descriptors/x/nsd_content/validate",
	 RQ}, /* ValidateSolNetworkPackageContent */
	{"tnb", "PUT", "/sol/vnfpkgm/v1/vnf_packages/x/package_content",
	 RQ}, /* PutSolFunctionPackageContent */
	{"tnb", "PUT", "/sol/vnfpkgm/v1/vnf_packages/x/package_content/validate",
	 RQ},						   /* ValidateSolFunctionPackageContent */
	{"workmailmessageflow", "GET", "/messages/x", RS}, /* GetRawMessageContent */
};

static const struct op others[] = {
	{"dynamodb", "POST", "/", 0},
	{"lambda", "POST", "/2015-03-31/functions", 0},
	{"lambda", "GET", "/2015-03-31/functions/x", 0},
	{"es", "POST", "/2021-01-01/opensearch/domain", 0},
	{"es", "POST", "/index/_doc", ALL},
	{"es", "POST", "/2021-01-02/_doc", ALL},
	{"aoss", "POST", "/", 0},
	{"aoss", "PUT", "/index/_doc/1", ALL},
	{"mediastore", "POST", "/", 0},
	{"osis", "POST", "/2022-01-01/osis/createPipeline", 0},
	{"osis", "POST", "/log-pipeline/in", ALL},
	{"iotdata", "POST", "/topics/a/b/c", BOTH},
	{"execute-api", "POST", "/prod/pets", ALL},
	{"healthlake", "GET", "/datastore/d/r4/Patient", ALL},
	{"healthlake", "POST", "/", 0},
	{"glue", "GET", "/iceberg/v1/namespaces/d/tables/t", RS},
	{"bedrock", "POST", "/openai/v1/chat/completions", RS},
	{"vpc-lattice-svcs", "GET", "/", ALL},
	{"appsync", "POST", "/graphql", ALL},
	{"appsync", "GET", "/v1/apis/x", 0},
	{"sagemaker", "POST", "/", 0},
	{"apigateway", "POST", "/restapis/x/resources/y", 0},
	{"s3-outposts", "POST", "/S3Outposts/CreateEndpoint", 0},
	/* a bucket's configuration, if it is one: the host does not say */
	{"s3", "PUT", "/b", RS | LP_OPAQUE_BUCKET},
	{"s3", "PUT", "/b/?x-id=CreateBucket", RS | LP_OPAQUE_BUCKET},
	{"s3", "PUT", "/", RS | LP_OPAQUE_BUCKET},
	{"s3", "PUT", "/b?acl", BOTH},
	/* S3: only what names keys, roles or credentials */
	{"s3", "PUT", "/b/k", BOTH},
	{"s3", "PUT", "/b/k?partNumber=1&uploadId=delete", BOTH},
	{"s3", "PUT", "/b/k?delete", BOTH},
	{"s3", "GET", "/b/k", BOTH},
	{"s3", "GET", "/?list-type=2", BOTH},
	{"s3", "POST", "/b?delete", RS | LP_OPAQUE_KEYS},
	{"s3", "POST", "/?delete=", RS | LP_OPAQUE_KEYS},
	{"s3", "POST", "/b?delete=x", BOTH},
	{"s3", "PUT", "/b?replication", RS},
	{"s3express", "GET", "/?session", RQ},
	{"s3-outposts", "PUT", "/k/l", BOTH},
	{"s3-object-lambda", "POST", "/WriteGetObjectResponse", BOTH},
};

static void check(const struct op *o, bool at_least)
{
	struct lp_sig sig = {.kind = LP_SIG_V4, .service = lp_span_str(o->service)};
	unsigned got = lp_opaque_of(&sig, LP_SPAN("h"), lp_span_str(o->method),
				    lp_span_str(o->path), false);

	if (at_least ? (got & o->opaque) != o->opaque : got != o->opaque)
		fail_msg("%s %s %s: %u", o->service, o->method, o->path, got);
}

static void test_operations(void **state)
{
	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(payloads); i++)
		check(&payloads[i], true);
	for (size_t i = 0; i < LP_ARRAY_LEN(others); i++)
		check(&others[i], false);
}

static void test_bare_hosts(void **state)
{
	static const char *const pairs[][2] = {
		{"s3.amazonaws.com:443", "s3.amazonaws.com"},
		{"s3.amazonaws.com", "s3.amazonaws.com"},
		{"[fd00:ec2::254]:80", "[fd00:ec2::254]"},
		{"[fd00:ec2::254]", "[fd00:ec2::254]"},
		{"fd00:ec2::254", "fd00:ec2::254"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(pairs); i++) {
		struct lp_span bare = lp_host_bare(lp_span_str(pairs[i][0]));

		if (!lp_span_eq(bare, lp_span_str(pairs[i][1])))
			fail_msg("%s: %.*s", pairs[i][0], (int)bare.len, bare.ptr);
	}
}

static void test_without_service(void **state)
{
	struct lp_sig none = {.kind = LP_SIG_NONE}, v2 = {.kind = LP_SIG_V2};
	struct lp_sig lambda = {.kind = LP_SIG_V4, .service = LP_SPAN("lambda")};
	struct lp_sig s3 = {.kind = LP_SIG_V4, .service = LP_SPAN("s3")};
	const struct lp_span put = LP_SPAN("PUT"), get = LP_SPAN("GET");

	(void)state;
	assert_int_equal(
		lp_opaque_of(&none, LP_SPAN("b.s3.amazonaws.com"), put, LP_SPAN("/k"), false),
		BOTH);
	assert_int_equal(
		lp_opaque_of(&none, LP_SPAN("sts.amazonaws.com"), get, LP_SPAN("/"), false), 0);
	assert_int_equal(
		lp_opaque_of(&none, LP_SPAN("b.s3.amazonaws.com"), put, LP_SPAN("/"), false),
		RS | LP_OPAQUE_BUCKET);
	assert_int_equal(
		lp_opaque_of(&none, LP_SPAN("s3.amazonaws.com"), put, LP_SPAN("/b"), false),
		RS | LP_OPAQUE_BUCKET);
	assert_int_equal(lp_opaque_of(&v2, LP_SPAN("h"), put, LP_SPAN("/b/k"), false), BOTH);
	assert_int_equal(lp_opaque_of(&v2, LP_SPAN("h"), get, LP_SPAN("/?Action=X"), false), 0);
	/* S3 Control has the signing name of S3, and bodies of members */
	assert_int_equal(lp_opaque_of(&s3, LP_SPAN("h"), put, LP_SPAN("/v20180820/jobs"), true), 0);
	assert_int_equal(lp_opaque_of(&lambda, LP_SPAN("x.lambda-url.eu-west-1.on.aws"), put,
				      LP_SPAN("/any"), false),
			 ALL);
	assert_int_equal(lp_opaque_of(&none, LP_SPAN("169.254.169.254"), get,
				      LP_SPAN("/latest/user-data"), false),
			 BOTH);
	assert_int_equal(
		lp_opaque_of(&none, LP_SPAN("169.254.169.254"), get, LP_SPAN("/latest/x"), false),
		RQ);
}

/* --- no member that the tables bind may be taken for a secret --------------------------------- */

#define TABLES "collector/model/tables/bind"

/* The part of `*rest` before the next of the characters `ends`, which is passed. */
static struct lp_span cut(struct lp_span *rest, const char *ends)
{
	size_t n = 0;
	struct lp_span part;

	while (n < rest->len && !strchr(ends, rest->ptr[n]))
		n++;
	part = lp_span_first(*rest, n);
	*rest = lp_span_from(*rest, n + 1);
	return part;
}

/*
 * Bound, and yet never let out of a program, so told only where the request is at hand whole
 * (leastpriv classify, cloudtrail): the user's data, of which only conditions are made, and
 * settings that may be anything, a role's ARN at times.
 */
static bool is_kept_back(struct lp_span leaf)
{
	static const char *const kept[] = {
		"ExpressionAttributeValues.*.*",
		"patchOperations[].value",
		"OptionsToInclude.OptionConfiguration[].OptionSettings.OptionSetting[].Value",
		"Attributes.entry[].value",
		"attributes.entry[].value",
		"RemediationConfigurations[].Parameters.AutomationAssumeRole.StaticValue.Values[]",
		"ReplicationConfiguration.Rules.Rule[].Filter.Tag.Value",
		"ReplicationConfiguration.Rules.Rule[].Filter.And.Tags.member[].Value",
	};

	for (size_t i = 0; i < LP_ARRAY_LEN(kept); i++)
		if (lp_span_eq(leaf, lp_span_str(kept[i])))
			return true;
	/* Of each of Firehose's destinations. */
	return lp_span_ends(leaf, LP_SPAN(".Processors[].Parameters[].ParameterValue"));
}

/* "Tags[].Key" and the like: no name on the way may hide it. */
static void check_leaf(const char *file, struct lp_span path)
{
	struct lp_span last = {NULL, 0};
	bool below = false;

	while (path.len) {
		struct lp_span name = cut(&path, ".[]{}");

		if (!name.len)
			continue;
		if (lp_secret_name(name) == LP_SECRET_TREE)
			fail_msg("%s: %.*s is a tree", file, (int)name.len, name.ptr);
		below = below || (last.len && lp_secret_name(last) == LP_SECRET_VALUE);
		last = name;
	}
	if (below && !lp_secret_shows(last))
		fail_msg("%s: %.*s is below a secret", file, (int)last.len, last.ptr);
	if (lp_secret_name(last) != LP_SECRET_NO)
		fail_msg("%s: %.*s is a secret", file, (int)last.len, last.ptr);
}

static unsigned check_table(const char *name)
{
	static const char *const kinds[] = {"json", "form", "xml", "query"};
	char path[512], line[1024];
	unsigned leaves = 0;
	FILE *f;

	snprintf(path, sizeof(path), TABLES "/%s", name);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		struct lp_span rest = lp_span_str(line), kind, leaf;

		if (!lp_span_eq(cut(&rest, "\t\n"), LP_SPAN("leaf")))
			continue;
		kind = cut(&rest, "\t\n");
		leaf = cut(&rest, "\t\n");
		for (size_t i = 0; i < LP_ARRAY_LEN(kinds); i++) {
			if (!lp_span_eq(kind, lp_span_str(kinds[i])))
				continue;
			if (!is_kept_back(leaf))
				check_leaf(name, leaf);
			leaves++;
		}
	}
	fclose(f);
	return leaves;
}

static void test_bound_members(void **state)
{
	DIR *d = opendir(TABLES);
	struct dirent *e;
	unsigned leaves = 0;

	(void)state;
	if (!d) {
		print_message("# SKIP no " TABLES " below the current directory\n");
		skip();
	}
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			leaves += check_table(e->d_name);
	closedir(d);
	assert_true(leaves > 1000);
}

static void test_order(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(opaque_rows); i++) {
		size_t letter = (size_t)(opaque_rows[i].service.ptr[0] - 'a');

		assert_in_range(i, of_letter[letter].from,
				of_letter[letter].from + of_letter[letter].n - 1);
	}
	for (size_t letter = 0; letter < LP_ARRAY_LEN(of_letter); letter++)
		n += of_letter[letter].n;
	assert_int_equal(n, LP_ARRAY_LEN(opaque_rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),	      cmocka_unit_test(test_bare_hosts),
		cmocka_unit_test(test_operations),    cmocka_unit_test(test_without_service),
		cmocka_unit_test(test_bound_members), cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
