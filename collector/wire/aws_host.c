/* SPDX-License-Identifier: MIT */
#include "aws_host.h"

#include "lower.h"
#include "lp_compiler.h"

/* DNS suffixes of AWS's partitions (botocore: partitions.json) and of its newer endpoints. */
static const struct lp_span suffixes[] = {
	{".amazonaws.com", 14},
	{".amazonaws.com.cn", 17},
	{".api.aws", 8},
	{".api.amazonwebservices.com.cn", 29},
	{".on.aws", 7}, /* Lambda function URLs, Aurora DSQL */
	{".amazonaws.eu", 13},
	{".api.amazonwebservices.eu", 25},
	{".c2s.ic.gov", 11},
	{".api.aws.ic.gov", 15},
	{".sc2s.sgov.gov", 14},
	{".api.aws.scloud", 15},
	{".cloud.adc-e.uk", 15},
	{".api.cloud-aws.adc-e.uk", 23},
	{".csp.hci.ic.gov", 15},
	{".api.aws.hci.ic.gov", 19},
	{".awsapps.com", 12}, /* Identity Center sign-in */
	{".signin.aws.amazon.com", 22},
};

/* IMDS (IPv4, IPv6), ECS task credentials, EKS Pod Identity (IPv4, IPv6). */
static const struct lp_span metadata[] = {
	{"169.254.169.254", 15}, {"[fd00:ec2::254]", 15}, {"169.254.170.2", 13},
	{"169.254.170.23", 14},	 {"[fd00:ec2::23]", 14},  {"fd00:ec2::254", 13},
	{"fd00:ec2::23", 12},
};

/* Labels that a region or the suffix follows, and in front of which stands a customer's own server.
 */
static const struct {
	struct lp_span label;
	bool endpoint; /* behind an endpoint of PrivateLink too: it leads there, not to the API */
} customers[] = {
	{{"aoss", 4}, false},
	{{"cache", 5}, false},
	{{"compute", 7}, false},
	{{"compute-1", 9}, false},
	{{"elb", 3}, false},
	{{"es", 2}, false},
	{{"execute-api", 11}, true},
	{{"lambda-url", 10}, false},
	{{"osis", 4}, false},
	{{"rds", 3}, false},
	{{"vpc-lattice-svcs", 16}, false},
};

static struct lp_span take_last(struct lp_span *s)
{
	size_t n = s->len;
	struct lp_span label;

	while (n && s->ptr[n - 1] != '.')
		n--;
	label = lp_span_from(*s, n);
	s->len = n ? n - 1 : 0;
	return label;
}

static bool starts(struct lp_span label, struct lp_span with)
{
	return label.len >= with.len && lp_lower_eq(label.ptr, with.ptr, with.len);
}

/* "eu-west-1" */
static bool is_regional(struct lp_span label)
{
	char last = label.len ? label.ptr[label.len - 1] : 0;

	return last >= '0' && last <= '9' && lp_span_find(label, '-') < label.len;
}

/* `host` without the suffix. */
static bool is_customers(struct lp_span host)
{
	struct lp_span label = take_last(&host);
	bool endpoint = lp_lower_is(label, LP_SPAN("vpce"));

	if (endpoint)
		label = take_last(&host);
	for (;;) {
		if (starts(label, LP_SPAN("s3-website")) ||
		    (endpoint && starts(label, LP_SPAN("vpce-svc-"))))
			return true;
		for (size_t i = 0; i < LP_ARRAY_LEN(customers) && host.len; i++)
			if (lp_lower_is(label, customers[i].label) &&
			    (!endpoint || customers[i].endpoint))
				return true;
		if (!is_regional(label) || !host.len)
			return false;
		label = take_last(&host);
	}
}

struct lp_span lp_host_bare(struct lp_span host)
{
	size_t colon = host.len;

	while (colon && host.ptr[colon - 1] >= '0' && host.ptr[colon - 1] <= '9')
		colon--;
	/* "fd00:ec2::254" has no port; a bare IPv6 address has more than one colon. */
	if (!colon || host.ptr[colon - 1] != ':' || lp_span_find(host, ':') != colon - 1)
		return host.len && host.ptr[0] == '['
			       ? lp_span_first(host, lp_span_find(host, ']') + 1)
			       : host;
	return lp_span_first(host, colon - 1);
}

enum lp_host_kind lp_host_kind_of(struct lp_span host)
{
	host = lp_host_bare(lp_span_trim(host));
	if (host.len && host.ptr[host.len - 1] == '.')
		host.len--;
	for (size_t i = 0; i < LP_ARRAY_LEN(metadata); i++)
		if (lp_span_caseeq(host, metadata[i]))
			return LP_HOST_METADATA;
	for (size_t i = 0; i < LP_ARRAY_LEN(suffixes); i++) {
		if (lp_lower_ends(host, suffixes[i]))
			return is_customers(lp_span_first(host, host.len - suffixes[i].len))
				       ? LP_HOST_OTHER
				       : LP_HOST_AWS;
	}
	return LP_HOST_OTHER;
}
