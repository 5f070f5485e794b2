/* SPDX-License-Identifier: MIT */
#ifndef LP_RENDER_H
#define LP_RENDER_H

/* A policy document in the notation of a tool. Output is a function of the input alone. */

#include <stdio.h>

#include "policy/build.h"
#include "policy/ledger.h"

enum lp_format {
	LP_FORMAT_JSON,	    /* IAM JSON, two spaces of indent */
	LP_FORMAT_HCL,	    /* Terraform: aws_iam_policy_document and aws_iam_policy */
	LP_FORMAT_CFN_YAML, /* CloudFormation: AWS::IAM::ManagedPolicy */
	LP_FORMAT_CFN_JSON,
	LP_FORMAT_SAM,	/* the Policies of a function in a SAM template */
	LP_FORMAT_CDK,	/* AWS CDK, TypeScript */
	LP_FORMAT_TEXT, /* for people */
	LP_FORMAT_MARKDOWN,
	LP_FORMATS,
};

/* "json", "hcl", "cloudformation", ...; false when the word is none. */
bool lp_format_of(const char *word, enum lp_format *out);
/* Of files in that format, without the dot. */
const char *lp_format_extension(enum lp_format format);
/* Whether documents one after the other are what the tools that read the format take. */
bool lp_format_joins(enum lp_format format);
/* All words of lp_format_of with commas, for help texts. */
const char *lp_format_words(void);

/*
 * Writes document `index` of `policy`. 0 or -errno from the stream; the stream is not flushed.
 * The IAM JSON of a document without statements is {"Version":"2012-10-17","Statement":[]}.
 */
LP_MUST_USE int lp_render(enum lp_format format, const struct lp_policy *policy, size_t index,
			  FILE *out);

/*
 * What was not seen, as comments behind a document for people; nothing in notations that programs
 * read. Errors stay in the stream.
 */
void lp_render_gaps(enum lp_format format, const struct lp_gap *gaps, size_t n, FILE *out);

/*
 * One HTML page on all policies of a set that lp_build made from `l` with `opts`: the policies, the
 * calls behind each statement, times, identities, refusals, and opts->gaps. It loads nothing from
 * anywhere; long lists are cut, and say so. 0, -ENOMEM, or -errno from the stream.
 */
LP_MUST_USE int lp_render_report(const struct lp_ledger *l, const struct lp_build_options *opts,
				 const struct lp_policy_set *set, FILE *out);

#endif
