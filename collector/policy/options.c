/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "aws/authorize.h"
#include "aws/host.h"
#include "base/log.h"
#include "model/newer.h"
#include "policy_file.h"
#include "replace.h"

#define BASELINES_MAX 64

const char lp_output_help[] =
	"  --per identity|program|all  one policy each (default: identity)\n"
	"  --identity NAME             only calls of this principal, role, user or access key id\n"
	"  --format FORMAT             json, terraform, cloudformation, cloudformation-json, sam,\n"
	"                              cdk, text or markdown (default: json)\n"
	"  --limit managed|role|group|user|none\n"
	"                              size limit that splits a policy (default: managed)\n"
	"  --only-denied               only what AWS refused\n"
	"  --split-access              reading and writing in statements of their own\n"
	"  --shrink                    shorten action lists by wildcards that match nothing else\n"
	"  --generalize HOW            wider resources than seen, explained on stderr: prefix "
	"(many\n"
	"                              names in a folder), generated (UUIDs, times, random\n"
	"                              suffixes), account-wide, service-wide (every region too);\n"
	"                              several with commas\n"
	"  --threshold N               ... from N names on (default: 5 for prefix, else 1)\n"
	"  --account ID, --region NAME, --partition NAME\n"
	"                              in place of those seen; \"variable\": what the format has "
	"for\n"
	"                              it, such as ${AWS::AccountId}\n"
	"  --baseline POLICY           only what POLICY (IAM JSON; may be repeated) does not "
	"allow;\n"
	"                              exit status 4 when there is some of it (not of a daemon)\n"
	"  --report FILE               an HTML report too: policies, calls, times, gaps\n"
	"  --explain-dependent         say what AWS checks behind the calls, and what it may "
	"check\n"
	"  --model FILE                newer facts about AWS, see `leastpriv model --help`\n";

const char lp_capture_help[] =
	"  --conditions                also conditions that the calls prove: s3:prefix,\n"
	"                              dynamodb:LeadingKeys, ec2:InstanceType, "
	"aws:RequestedRegion\n";

/* Policies that are there already. */
struct lp_baseline {
	struct lp_policy_file files[BASELINES_MAX];
	struct lp_document docs[BASELINES_MAX];
	const char *paths[BASELINES_MAX];
	size_t n;
	struct lp_evaluator *evaluator;
};

static int refuse(const char *option, const char *value, const char *words)
{
	lp_print(stderr, "leastpriv: --%s takes %s, not \"%s\"\n", option, words, value);
	return -EINVAL;
}

static int no_memory(void)
{
	fputs("leastpriv: out of memory\n", stderr);
	return -ENOMEM;
}

static int add_baseline(const char *path, struct lp_build_options *opts)
{
	struct lp_baseline *b = opts->baseline;

	if (!b)
		b = opts->baseline = calloc(1, sizeof(*b));
	if (!b)
		return no_memory();
	if (b->n == BASELINES_MAX) {
		fprintf(stderr, "leastpriv: --baseline: at most %d\n", BASELINES_MAX);
		return -EINVAL;
	}
	if (!lp_policy_file_load_identity(path, &b->files[b->n]))
		return -EINVAL;
	b->docs[b->n] = b->files[b->n].doc;
	b->paths[b->n++] = path;
	lp_evaluator_free(b->evaluator);
	b->evaluator = NULL;
	if (lp_evaluator_new(b->docs, b->n, &b->evaluator))
		return no_memory();
	opts->beyond = b->evaluator;
	if (b->files[0].account[0])
		opts->unknown_account = b->files[0].account;
	return 0;
}

/* The folder that a file is in; the last part of its path is returned. */
static const char *find_folder(const char *path, struct stat *folder)
{
	char *dir = lp_replace_folder(path);

	if (!dir || stat(dir, folder))
		folder->st_ino = 0;
	free(dir);
	return lp_last_part(path);
}

/* One regular file, by whatever names, or one that is still to be made; or one standard stream. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;
	int no_a = stat(a, &x), no_b = stat(b, &y);

	if (!strcmp(a, "-") || !strcmp(b, "-"))
		return !strcmp(a, b);
	if (!no_a && !no_b)
		return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
	if (!no_a || !no_b)
		return false;
	return !strcmp(find_folder(a, &x), find_folder(b, &y)) && x.st_ino &&
	       x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* A region that is known to be of another partition than the one that was given. */
static bool is_elsewhere(const struct lp_build_options *opts)
{
	const char *known =
		opts->region ? lp_model_known_partition(lp_span_str(opts->region)) : NULL;

	return known && opts->partition && opts->partition[0] != '$' &&
	       strcmp(known, opts->partition) != 0;
}

bool lp_output_takes_place(const char *option, const char *path, const char *input)
{
	if (!path || !strcmp(path, "-") || !is_same_file(path, input))
		return false;
	lp_print(stderr, "leastpriv: %s: --%s would take its place; name another file\n", input,
		 option);
	return true;
}

bool lp_output_is_baseline(const struct lp_build_options *opts, const char *path)
{
	const struct lp_baseline *b = opts->baseline;

	for (size_t i = 0; b && i < b->n; i++)
		if (is_same_file(path, b->paths[i]))
			return true;
	return false;
}

bool lp_options_clash(char *const *operands, int n, const struct lp_build_options *opts,
		      const char *file, const char *calls)
{
	const struct {
		const char *option, *path;
	} outputs[] = {{"output", file}, {"calls", calls}, {"report", opts->report}};
	const struct lp_baseline *b = opts->baseline;

	if (opts->threshold && !opts->generalize) {
		lp_print(stderr, "leastpriv: --threshold does nothing without --generalize\n");
		return true;
	}
	if (is_elsewhere(opts)) {
		lp_print(stderr, "leastpriv: region %s is not in partition %s\n", opts->region,
			 opts->partition);
		return true;
	}
	for (size_t i = 0; i < LP_ARRAY_LEN(outputs); i++) {
		const char *path = outputs[i].path;

		if (path && !*path) {
			lp_print(stderr, "leastpriv: --%s takes the name of a file\n",
				 outputs[i].option);
			return true;
		}
		for (int k = 0; k < n; k++)
			if (lp_output_takes_place(outputs[i].option, path, operands[k]))
				return true;
		for (size_t k = 0; b && k < b->n; k++)
			if (lp_output_takes_place(outputs[i].option, path, b->paths[k]))
				return true;
		for (size_t k = 0; path && k < i; k++) {
			if (!outputs[k].path || !is_same_file(path, outputs[k].path))
				continue;
			lp_print(stderr, "leastpriv: %s: --%s and --%s need files of their own\n",
				 strcmp(path, "-") ? path : "standard output", outputs[i].option,
				 outputs[k].option);
			return true;
		}
	}
	return false;
}

void lp_output_options_fini(struct lp_build_options *opts)
{
	struct lp_baseline *b = opts->baseline;

	for (size_t i = 0; b && i < b->n; i++)
		lp_policy_file_fini(&b->files[i]);
	if (b)
		lp_evaluator_free(b->evaluator);
	free(b);
	opts->baseline = NULL;
	opts->beyond = NULL;
}

/* Letters, digits and '-', as in accounts, regions and partitions. */
static bool is_plain(const char *s)
{
	size_t n = 0;

	for (; lp_ascii_lower(*s) >= 'a' ? lp_ascii_lower(*s) <= 'z'
					 : *s == '-' || lp_ascii_digit(*s);
	     s++)
		n++;
	return n && !*s;
}

/* A value that fits, the word "variable", or what the notation is to write: "${...}". */
static int take_field(const char *option, const char *value, const char *words, bool fits,
		      const char *marker, const char **field, const char **param)
{
	*field = marker;
	if (!strcmp(value, "variable") ||
	    (!strncmp(value, "${", 2) && value[2] && strchr(value, '}') && !strchr(value, '}')[1] &&
	     strlen(value) <= LP_PARAM_MAX)) {
		*param = value;
	} else if (fits && is_plain(value)) {
		*field = value;
	} else {
		return refuse(option, value, words);
	}
	return 0;
}

static int take_account(const char *value, struct lp_build_options *opts)
{
	return take_field("account", value, "12 digits, \"variable\" or \"${...}\"",
			  lp_is_account(lp_span_str(value)), LP_PARAM_ACCOUNT, &opts->account,
			  &opts->params.account);
}

static int take_region(const char *value, struct lp_build_options *opts)
{
	return take_field("region", value, "a region such as eu-west-1, \"variable\" or \"${...}\"",
			  lp_has_region_shape(lp_span_str(value)), LP_PARAM_REGION, &opts->region,
			  &opts->params.region);
}

/* AWS's own begin all alike, and more may come. */
static int take_partition(const char *value, struct lp_build_options *opts)
{
	return take_field("partition", value,
			  "a partition such as aws-cn, \"variable\" or \"${...}\"",
			  lp_span_starts(lp_span_str(value), LP_SPAN("aws")), LP_PARAM_PARTITION,
			  &opts->partition, &opts->params.partition);
}

static int take_threshold(const char *value, struct lp_build_options *opts)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (value[0] < '0' || value[0] > '9' || *end || !n || n > 1000 * 1000)
		return refuse("threshold", value, "a number from 1 to 1000000");
	opts->threshold = (unsigned)n;
	return 0;
}

int lp_output_option(int id, const char *value, struct lp_build_options *opts,
		     enum lp_format *format)
{
	switch (id) {
	case LP_OPTION_PER:
		if (!lp_per_of(value, &opts->per))
			return refuse("per", value, "identity, program or all");
		return 0;
	case LP_OPTION_IDENTITY:
		opts->identity = value;
		return 0;
	case LP_OPTION_FORMAT:
		if (!lp_format_of(value, format))
			return refuse("format", value, lp_format_words());
		return 0;
	case LP_OPTION_LIMIT:
		if (!lp_size_limit_of(value, &opts->limit))
			return refuse("limit", value, "managed, role, group, user or none");
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
		return take_account(value, opts);
	case LP_OPTION_REGION:
		return take_region(value, opts);
	case LP_OPTION_PARTITION:
		return take_partition(value, opts);
	case LP_OPTION_GENERALIZE:
		if (!lp_generalize_of(value, &opts->generalize))
			return refuse("generalize", value,
				      "prefix, generated, account-wide, service-wide");
		return 0;
	case LP_OPTION_THRESHOLD:
		return take_threshold(value, opts);
	case LP_OPTION_BASELINE:
		return add_baseline(value, opts);
	case LP_OPTION_REPORT:
		opts->report = value;
		return 0;
	case LP_OPTION_EXPLAIN:
		opts->explain = true;
		return 0;
	case LP_OPTION_MODEL:
		return lp_newer_load_option(value) ? -EINVAL : 0;
	case LP_OPTION_CONDITIONS:
		lp_authorize_with_conditions(true);
		return 0;
	}
	return -ENOENT;
}
