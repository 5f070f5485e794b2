/* SPDX-License-Identifier: MIT */
#include "condkeys.h"

#include "base/distance.h"
#include "model/iam.h"

#define NEAR_MAX  3   /* letters in which a mistyped key differs from the one that was meant */
#define NEARS_MAX 100 /* nobody mistypes more in one document */

/*
 * Keys that stand in requests to any service, which the Service Authorization Reference lists with
 * none or few: IAM User Guide, "AWS global condition context keys", with those of other services
 * that it has; and, marked, what else policies have that AWS manages. One that ends in '/' or ':'
 * has a name behind it.
 */
static const char *const global[] = {
	"a4b:amazonId",		  /* managed policies */
	"a4b:filters_deviceType", /* managed policies */
	"aws:AssumedRoot",
	"aws:CalledVia",
	"aws:CalledViaFirst",
	"aws:CalledViaLast",
	"aws:ChatbotSourceArn",
	"aws:CurrentTime",
	"aws:Ec2InstanceSourcePrivateIPv4",
	"aws:Ec2InstanceSourceVpc",
	"aws:EpochTime",
	"aws:FederatedProvider",
	"aws:IsMcpServiceAction", /* managed policies */
	"aws:MultiFactorAuthAge",
	"aws:MultiFactorAuthPresent",
	"aws:PrincipalAccount",
	"aws:PrincipalArn",
	"aws:PrincipalIsAWSService",
	"aws:PrincipalOrgID",
	"aws:PrincipalOrgMasterAccountId", /* managed policies */
	"aws:PrincipalOrgPaths",
	"aws:PrincipalServiceName",
	"aws:PrincipalServiceNamesList",
	"aws:PrincipalTag/",
	"aws:PrincipalType",
	"aws:Referer",
	"aws:RequestTag/",
	"aws:RequestedRegion",
	"aws:ResourceAccount",
	"aws:ResourceOrgID",
	"aws:ResourceOrgPaths",
	"aws:ResourceTag/",
	"aws:SecureTransport",
	"aws:SourceAccount",
	"aws:SourceArn",
	"aws:SourceIdentity",
	"aws:SourceIp",
	"aws:SourceOrgID",
	"aws:SourceOrgPaths",
	"aws:SourceVpc",
	"aws:SourceVpcArn",
	"aws:SourceVpce",
	"aws:TagKeys",
	"aws:TokenIssueTime",
	"aws:UserAgent",
	"aws:ViaAWSService",
	"aws:VpcSourceIp",
	"aws:VpceAccount",
	"aws:VpceOrgID",
	"aws:VpceOrgPaths",
	"aws:userid",
	"aws:username",
	"codebuild:BuildArn",
	"codebuild:ProjectArn",
	"deepracer:MultiUser", /* managed policies */
	"deepracer:UserToken", /* managed policies */
	"ec2:RoleDelivery",
	"ec2:SourceInstanceArn",
	"glue:CredentialIssuingService",
	"glue:RoleAssumedBy",
	"identitystore:UserId",
	"iottwinmaker:linkedServices", /* managed policies */
	"lakeformation:GlueARN",       /* managed policies */
	"lambda:SourceFunctionArn",
	"saml:",
	"ssm:SourceInstanceArn",
};

/* The part of a known key that is the same in each of its kind; all of it, where there is but one.
 */
static struct lp_span fixed_part(const char *known, bool *open)
{
	struct lp_span text = lp_span_str(known);
	size_t i = 0;

	while (i < text.len && text.ptr[i] != '/' && text.ptr[i] != '$' && text.ptr[i] != '<')
		i++;
	if (i < text.len && text.ptr[i] == '/')
		i++;
	*open = i < text.len || lp_span_ends(text, LP_SPAN("/")) ||
		lp_span_ends(text, LP_SPAN(":"));
	return lp_span_first(text, i);
}

/* Whether the key is the known one, or one of its kind. */
static bool fits(struct lp_span key, const char *known)
{
	bool open;
	struct lp_span fixed = fixed_part(known, &open);

	return open ? key.len > fixed.len && lp_span_caseeq(lp_span_first(key, fixed.len), fixed)
		    : lp_span_caseeq(key, fixed);
}

int lp_condkeys_init(struct lp_condkeys *k)
{
	uint32_t id;
	int err = 0;

	*k = (struct lp_condkeys){.nears = 0};
	lp_intern_init(&k->names);
	for (size_t i = 0; !err && i < LP_ARRAY_LEN(global); i++)
		err = lp_intern(&k->names, lp_span_str(global[i]), &id);
	for (unsigned a = 0; a < lp_iam_action_count(); a++)
		for (unsigned i = 0; !err && i < lp_iam_action_conds((lp_iam_action)a); i++)
			err = lp_intern(&k->names,
					lp_span_str(lp_iam_action_cond((lp_iam_action)a, i)), &id);
	for (unsigned t = 0; t < lp_iam_type_count(); t++)
		for (unsigned i = 0; !err && i < lp_iam_type_conds((lp_iam_type)t); i++)
			err = lp_intern(&k->names, lp_span_str(lp_iam_type_cond((lp_iam_type)t, i)),
					&id);
	return err;
}

void lp_condkeys_fini(struct lp_condkeys *k)
{
	lp_intern_fini(&k->names);
}

bool lp_condkeys_known(const struct lp_condkeys *k, struct lp_span key)
{
	struct lp_span prefix = lp_span_first(key, lp_span_find(key, ':'));
	/* A provider's name is that of a host. */
	bool known = prefix.len < key.len && lp_span_find(prefix, '.') < prefix.len;

	for (uint32_t i = 0; !known && i < k->names.n_strs; i++)
		known = fits(key, lp_intern_str(&k->names, i));
	return known;
}

const char *lp_condkeys_near(struct lp_condkeys *k, struct lp_span key)
{
	struct lp_span kind = lp_span_first(key, lp_span_find(key, '/') + 1);
	unsigned nearest = NEAR_MAX + 1;
	const char *near = NULL;

	if (k->nears == NEARS_MAX)
		return NULL;
	k->nears++;
	for (uint32_t i = 0; i < k->names.n_strs; i++) {
		const char *name = lp_intern_str(&k->names, i);
		bool open;
		struct lp_span fixed = fixed_part(name, &open);
		unsigned d = lp_distance(open ? kind : key, fixed);

		if (d >= nearest)
			continue;
		nearest = d;
		near = name;
	}
	return near;
}
