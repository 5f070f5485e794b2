/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "output.h"

const char lp_output_help[] =
	"  --per identity|program|all  one policy each (default: identity)\n"
	"  --format FORMAT             json, terraform, cloudformation, cloudformation-json, sam,\n"
	"                              cdk, text or markdown (default: json)\n"
	"  --limit managed|role|user|none\n"
	"                              size limit that splits a policy (default: managed)\n"
	"  --only-denied               only what AWS refused\n"
	"  --split-access              reading and writing in statements of their own\n"
	"  --shrink                    shorten action lists by wildcards that match nothing else\n"
	"  --account ID, --region NAME, --partition NAME\n"
	"                              in place of those seen; may be a variable of the format\n";

static int refuse(const char *option, const char *value, const char *words)
{
	fprintf(stderr, "leastpriv: --%s takes %s, not \"%s\"\n", option, words, value);
	return -EINVAL;
}

int lp_output_option(int id, const char *value, struct lp_build_options *opts,
		     enum lp_format *format)
{
	switch (id) {
	case LP_OPTION_PER:
		if (!lp_per_of(value, &opts->per))
			return refuse("per", value, "identity, program or all");
		return 0;
	case LP_OPTION_FORMAT:
		if (!lp_format_of(value, format))
			return refuse("format", value, lp_format_words());
		return 0;
	case LP_OPTION_LIMIT:
		if (!lp_size_limit_of(value, &opts->limit))
			return refuse("limit", value, "managed, role, user or none");
		return 0;
	case LP_OPTION_ONLY_DENIED:
		opts->only_denied = true;
		return 0;
	case LP_OPTION_SPLIT_ACCESS:
		opts->split_access = true;
		return 0;
	case LP_OPTION_SHRINK:
		opts->shrink = true;
		return 0;
	case LP_OPTION_ACCOUNT:
		opts->account = value;
		return 0;
	case LP_OPTION_REGION:
		opts->region = value;
		return 0;
	case LP_OPTION_PARTITION:
		opts->partition = value;
		return 0;
	}
	return -ENOENT;
}
