/* SPDX-License-Identifier: MIT */
#include "opaque.h"

#include "aws_host.h"
#include "lower.h"

#define RQ   LP_OPAQUE_REQUEST
#define RS   LP_OPAQUE_RESPONSE
#define BOTH (LP_OPAQUE_REQUEST | LP_OPAQUE_RESPONSE)
#define ALL  (BOTH | LP_OPAQUE_QUERY)

/*
 * Operations whose input or output payload is a blob or plain string in botocore (trait
 * "payload"), and data planes that are the customer's own. Matched from the path's end, so that a
 * stage or proxy prefix does not matter; "*" is one path segment, an empty path is any. In the
 * order of the services' first letters.
 */
static const struct opaque_row {
	struct lp_span service;
	struct lp_span method;
	struct lp_span path;
	unsigned opaque;
} opaque_rows[] = {
#define ROW(service, method, path, opaque)                                                         \
	{                                                                                          \
		{service, sizeof(service) - 1}, {method, sizeof(method) - 1},                      \
			{path, sizeof(path) - 1}, (opaque)                                         \
	}
	ROW("aoss", "", "/*", ALL), /* documents; the API proper is JSON at "/" */
	ROW("apigateway", "POST", "/apikeys",
	    RQ), /* ImportApiKeys; CreateApiKey holds key values */
	ROW("apigateway", "POST", "/restapis", RQ), /* ImportRestApi; CreateRestApi names nothing */
	ROW("apigateway", "PUT", "/restapis/*", RQ),
	ROW("apigateway", "PUT", "/documentation/parts", RQ),
	ROW("apigateway", "GET", "/exports/*", RS),
	ROW("apigateway", "GET", "/sdks/*", RS),
	ROW("appconfig", "POST", "/hostedconfigurationversions", BOTH),
	ROW("appconfig", "GET", "/hostedconfigurationversions/*", RS),
	ROW("appconfig", "GET", "/configurations/*", RS),
	ROW("appconfig", "GET", "/configuration", RS),
	ROW("appsync", "GET", "/schema", RS),
	ROW("appsync", "", "/graphql", ALL),
	ROW("bedrock", "POST", "/invoke", BOTH),
	ROW("bedrock", "POST", "/invoke-with-response-stream", BOTH),
	ROW("bedrock", "POST", "/invoke-with-bidirectional-stream", BOTH),
	ROW("bedrock", "POST", "/chat/completions", RS),
	ROW("bedrock-agentcore", "POST", "/invocations", BOTH),
	ROW("bedrock-agentcore", "POST", "/commands", RS),
	ROW("bedrock-agentcore", "POST", "/tools/invoke", RS),
	ROW("bedrock-agentcore", "POST", "/harnesses/invoke", RS),
	ROW("bedrock-agentcore", "", "/mcp", BOTH),
	ROW("bedrock-mantle", "", "", BOTH),
	ROW("cloudfront", "GET", "/function/*", RS),
	ROW("cloudfront", "GET", "/connection-function/*", RS),
	ROW("cloudsearch", "POST", "/documents/batch", RQ),
	ROW("codeartifact", "POST", "/package/version/publish", RQ),
	ROW("codeartifact", "GET", "/package/version/asset", RS),
	ROW("codeguru-profiler", "POST", "/agentProfile", RQ),
	ROW("codeguru-profiler", "GET", "/profile", RS),
	ROW("dataexchange", "POST", "/v1", BOTH),
	ROW("datazone", "POST", "/lineage/events", RQ),
	ROW("datazone", "GET", "/lineage/events/*", RS),
	ROW("ebs", "PUT", "/blocks/*", RQ),
	ROW("ebs", "GET", "/blocks/*", RS),
	ROW("ecs-mcp", "", "", BOTH),
	ROW("eks-mcp", "", "", BOTH),
	ROW("emr-serverless", "", "/statements", BOTH), /* code, and what came of it */
	ROW("emr-serverless", "", "/statements/*", BOTH),
	ROW("es", "", "", ALL),		 /* documents of a domain */
	ROW("execute-api", "", "", ALL), /* the customer's own APIs */
	ROW("geo", "GET", "", RS),
	ROW("geo-maps", "GET", "", RS),
	ROW("glacier", "POST", "/archives", RQ),
	ROW("glacier", "PUT", "/multipart-uploads/*", RQ),
	ROW("glacier", "GET", "/output", RS),
	ROW("glue", "", "/tables/*", RS), /* Iceberg: credentials for the table's objects */
	ROW("glue", "GET", "/credentials", RS),
	ROW("healthlake", "", "/*", ALL), /* patients; the API proper is JSON at "/" */
	ROW("iotdata", "", "",
	    BOTH), /* messages and shadows; a topic may have any number of slashes */
	ROW("iotdevicegateway", "", "", BOTH),
	ROW("iotwireless", "PATCH", "/resource-positions/*", RQ),
	ROW("iotwireless", "GET", "/resource-positions/*", RS),
	ROW("iotwireless", "POST", "/position-estimate", RS),
	ROW("kinesisvideo", "POST", "", RS), /* media */
	ROW("lakeformation", "POST", "/GetWorkUnitResults", RS),
	ROW("lambda", "POST", "/invocations", BOTH),
	ROW("lambda", "POST", "/invoke-async", BOTH),
	ROW("lambda", "POST", "/response-streaming-invocations", BOTH),
	ROW("lambda", "POST", "/durable-execution-callbacks/*/*", RQ),
	ROW("lambda", "PUT", "/2014-11-13/functions/*", RQ),
	ROW("lex", "POST", "/content", BOTH),
	ROW("lex", "POST", "/utterance", BOTH),
	ROW("lex", "POST", "/session", RS),
	ROW("lex", "POST", "/sessions/*", RS),
	ROW("medialive", "GET", "/thumbnailData", RS),
	ROW("mediastore", "", "/*", BOTH), /* objects; the API proper is JSON at "/" */
	ROW("medical-imaging", "GET", "", RS | LP_OPAQUE_QUERY),
	ROW("medical-imaging", "POST", "/studies", BOTH),
	ROW("medical-imaging", "POST", "/studies/*", BOTH),
	ROW("medical-imaging", "POST", "/getImageFrame", RS),
	ROW("medical-imaging", "POST", "/getImageSetMetadata", RS),
	ROW("neptune-db", "", "", RS), /* query results */
	ROW("neptune-db", "POST", "/gremlin", RQ),
	ROW("neptune-db", "POST", "/opencypher", RQ),
	ROW("neptune-db", "POST", "/sparql", RQ),
	ROW("neptune-graph", "POST", "/queries", RS),
	ROW("omics", "PUT", "/part", RQ),
	ROW("omics", "GET", "/readset/*", RS),
	ROW("omics", "GET", "/reference/*", RS),
	ROW("osis", "", "", ALL), /* events of a pipeline */
	ROW("polly", "POST", "/v1/speech", RS),
	ROW("s3tables", "GET", "/tables/*", RS), /* as Glue's */
	ROW("s3-object-lambda", "", "", BOTH),
	ROW("sagemaker", "POST", "/invocations", BOTH),
	ROW("sagemaker", "POST", "/invocations-response-stream", BOTH),
	ROW("sagemaker", "", "/mlflow/*/*", BOTH),
	ROW("sagemaker-mlflow", "", "", ALL),
	ROW("sagemaker-geospatial", "GET", "/tile/*/*/*", RS),
	ROW("schemas", "GET", "/source", RS),
	ROW("tnb", "PUT", "/package_content", RQ),
	ROW("tnb", "PUT", "/nsd_content", RQ),
	ROW("tnb", "PUT", "/validate", RQ),
	ROW("tnb", "GET", "/package_content", RS),
	ROW("tnb", "GET", "/nsd_content", RS),
	ROW("tnb", "GET", "/vnfd", RS),
	ROW("tnb", "GET", "/nsd", RS),
	ROW("vpc-lattice-svcs", "", "", ALL),
	ROW("workmailmessageflow", "GET", "/messages/*", RS),
#undef ROW
};

/*
 * Services whose data plane stores what the caller sends under any path, S3 and its kin; and APIs
 * of members beside a data plane of the same signing name, by what their paths start with. The
 * first that fits counts.
 */
static const struct {
	struct lp_span service, api;
} planes[] = {
	{{"s3", 2}, {NULL, 0}},
	{{"s3express", 9}, {NULL, 0}},
	{{"s3-outposts", 11}, {"/S3Outposts/", 12}},
	{{"s3-outposts", 11}, {NULL, 0}},
	{{"es", 2}, {"/2015-01-01/", 12}},
	{{"es", 2}, {"/2021-01-01/", 12}},
	{{"osis", 4}, {"/2022-01-01/osis/", 17}},
};

enum plane { PLANE_OTHER, PLANE_STORE, PLANE_API };

static enum plane plane_of(struct lp_span service, struct lp_span path)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(planes); i++)
		if (lp_span_eq(service, planes[i].service) && lp_span_starts(path, planes[i].api))
			return planes[i].api.len ? PLANE_API : PLANE_STORE;
	return PLANE_OTHER;
}

/* S3 requests with a body of the API's own that names keys, roles or credentials. */
static const struct {
	struct lp_span method, query;
	unsigned opaque;
} s3_members[] = {
	{{"POST", 4}, {"delete", 6}, RS | LP_OPAQUE_KEYS}, /* DeleteObjects */
	{{"PUT", 3}, {"replication", 11}, RS},		   /* PutBucketReplication: the role */
	{{"GET", 3}, {"session", 7}, RQ},		   /* CreateSession: an access key id */
};

/* The last segments of `path` against a pattern; "*" is one segment. An empty pattern fits all. */
static bool path_ends(struct lp_span path, struct lp_span pattern)
{
	while (pattern.len) {
		size_t p = path.len, q = pattern.len;

		while (p && path.ptr[p - 1] != '/')
			p--;
		while (q && pattern.ptr[q - 1] != '/')
			q--;
		if (!p)
			return false;
		if (pattern.len - q == 1 && pattern.ptr[q] == '*'
			    ? p == path.len
			    : !lp_span_eq(lp_span_from(path, p), lp_span_from(pattern, q)))
			return false;
		path.len = p - 1;
		pattern.len = q - 1;
	}
	return true;
}

static bool has_label(struct lp_span host, struct lp_span label)
{
	while (host.len) {
		size_t dot = lp_span_find(host, '.');

		if (lp_lower_is(lp_span_first(host, dot), label))
			return true;
		host = lp_span_from(host, dot + 1);
	}
	return false;
}

static bool has_s3_host(struct lp_span host)
{
	static const struct lp_span words[] = {{"s3.", 3}, {"s3-", 3}, {"s3express", 9}};

	if (lp_host_kind_of(host) != LP_HOST_AWS)
		return false;
	for (size_t at = 0; at < host.len; at++)
		for (size_t i = 0; i < LP_ARRAY_LEN(words); i++)
			if ((at == 0 || host.ptr[at - 1] == '.') &&
			    lp_span_starts(lp_span_from(host, at), words[i]))
				return true;
	return false;
}

/*
 * Could this be a bucket, not an object? With AWS's hosts the name shows it; with others a single
 * segment may be either.
 */
static bool may_be_bucket(struct lp_span host, struct lp_span path)
{
	size_t end = lp_span_find(lp_span_from(path, 1), '/') + 1;
	bool single = path.len > 1 && end + 1 >= path.len;
	bool virtual = has_s3_host(host) && !(host.len > 2 && lp_lower_eq(host.ptr, "s3", 2));

	return virtual ? path.len <= 1 : single || path.len <= 1;
}

static unsigned s3_opaque(struct lp_span method, struct lp_span host, struct lp_span path,
			  struct lp_span query)
{
	struct lp_span name, value;
	bool plain = true;

	while (lp_query_next(&query, &name, &value)) {
		for (size_t i = 0; i < LP_ARRAY_LEN(s3_members); i++)
			if (!value.len && lp_span_eq(name, s3_members[i].query) &&
			    lp_span_eq(method, s3_members[i].method))
				return s3_members[i].opaque;
		/* x-id names the operation for debugging; X-Amz-* sign */
		plain = plain && name.len > 1 && lp_lower_eq(name.ptr, "x-", 2);
	}
	if (plain && lp_span_eq(method, LP_SPAN("PUT")) && may_be_bucket(host, path))
		return RS | LP_OPAQUE_BUCKET;
	return BOTH;
}

/*
 * Where no service is named: without a signature the host tells; Signature Version 2 is S3's,
 * unless it is a query API's.
 */
static bool is_unnamed_store(const struct lp_sig *sig, struct lp_span host, struct lp_span query)
{
	struct lp_span name, value;

	if (sig->kind == LP_SIG_NONE)
		return has_s3_host(host);
	if (sig->kind != LP_SIG_V2)
		return false;
	while (lp_query_next(&query, &name, &value))
		if (lp_span_eq(name, LP_SPAN("Action")))
			return false;
	return true;
}

/* The rows of a letter: a request looks at few of them, not at kilobytes. */
static const struct {
	uint8_t from, n;
} of_letter['z' - 'a' + 1] = {
	['a' - 'a'] = {0, 13}, ['b' - 'a'] = {13, 10}, ['c' - 'a'] = {23, 7}, ['d' - 'a'] = {30, 3},
	['e' - 'a'] = {33, 8}, ['g' - 'a'] = {41, 7},  ['h' - 'a'] = {48, 1}, ['i' - 'a'] = {49, 5},
	['k' - 'a'] = {54, 1}, ['l' - 'a'] = {55, 10}, ['m' - 'a'] = {65, 7}, ['n' - 'a'] = {72, 5},
	['o' - 'a'] = {77, 4}, ['p' - 'a'] = {81, 1},  ['s' - 'a'] = {82, 8}, ['t' - 'a'] = {90, 7},
	['v' - 'a'] = {97, 1}, ['w' - 'a'] = {98, 1},
};

LP_HOT unsigned lp_opaque_of(const struct lp_sig *sig, struct lp_span host, struct lp_span method,
			     struct lp_span target, bool s3_control)
{
	size_t q = lp_span_find(target, '?');
	struct lp_span path = lp_span_first(target, q), query = lp_span_from(target, q + 1);
	enum plane plane = plane_of(sig->service, path);
	unsigned opaque = 0, letter;

	if (plane == PLANE_API)
		return LP_OPAQUE_NONE;
	if (plane == PLANE_STORE || is_unnamed_store(sig, host, query))
		return s3_control ? LP_OPAQUE_NONE : s3_opaque(method, host, path, query);
	if (sig->kind == LP_SIG_NONE && lp_host_kind_of(host) == LP_HOST_METADATA)
		return lp_span_ends(path, LP_SPAN("/user-data")) ? BOTH : RQ;
	/* A function's URL. */
	if ((sig->kind == LP_SIG_NONE || lp_span_eq(sig->service, LP_SPAN("lambda"))) &&
	    has_label(host, LP_SPAN("lambda-url")))
		return ALL;
	if (path.len > 1 && path.ptr[path.len - 1] == '/')
		path.len--;
	letter = sig->service.len ? (unsigned char)(sig->service.ptr[0] - 'a') : UINT8_MAX;
	if (letter >= LP_ARRAY_LEN(of_letter))
		return opaque;
	for (unsigned i = 0; i < of_letter[letter].n; i++) {
		const struct opaque_row *row = &opaque_rows[of_letter[letter].from + i];

		if (lp_span_eq(row->service, sig->service) &&
		    (!row->method.len || lp_span_eq(row->method, method)) &&
		    path_ends(path, row->path))
			opaque |= row->opaque;
	}
	return opaque;
}
