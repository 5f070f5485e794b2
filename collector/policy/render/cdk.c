/* SPDX-License-Identifier: MIT */
#include "base/json_out.h"
#include "notations.h"

/* TypeScript for AWS CDK 2; JSON strings are string literals there. */

static void put_list(unsigned indent, const struct lp_strings *list, FILE *out)
{
	fputs("[\n", out);
	for (size_t i = 0; i < list->n; i++) {
		lp_spaces(indent + 2, out);
		lp_json_out_str(out, list->items[i]);
		fputs(",\n", out);
	}
	lp_spaces(indent, out);
	fputs("],\n", out);
}

static void put_conditions(const struct lp_statement *st, FILE *out)
{
	fputs("        conditions: {\n", out);
	for (size_t i = 0; i < st->n_conditions;) {
		size_t to = lp_operator_end(st, i);

		lp_spaces(10, out);
		lp_json_out_str(out, st->conditions[i].op);
		fputs(": {\n", out);
		for (; i < to; i++) {
			lp_spaces(12, out);
			lp_json_out_str(out, st->conditions[i].key);
			fputs(": ", out);
			put_list(12, &st->conditions[i].values, out);
		}
		fputs("          },\n", out);
	}
	fputs("        },\n", out);
}

static void put_statement(const struct lp_statement *st, FILE *out)
{
	fputs("      new iam.PolicyStatement({\n", out);
	if (st->sid) {
		fputs("        sid: ", out);
		lp_json_out_str(out, st->sid);
		fputs(",\n", out);
	}
	fprintf(out, "        effect: iam.Effect.%s,\n", st->deny ? "DENY" : "ALLOW");
	fprintf(out, "        %s: ", st->not_action ? "notActions" : "actions");
	put_list(8, &st->actions, out);
	fprintf(out, "        %s: ", st->not_resource ? "notResources" : "resources");
	put_list(8, &st->resources, out);
	if (st->n_conditions)
		put_conditions(st, out);
	fputs("      }),\n", out);
}

void lp_render_cdk(const struct lp_policy *policy, size_t index, FILE *out)
{
	const struct lp_document *doc = &policy->documents[index];
	char name[LP_NAME_SIZE], description[LP_NAME_SIZE];

	lp_camel_name(policy, index, name);
	lp_describe(policy, index, description);
	fprintf(out,
		"import * as iam from \"aws-cdk-lib/aws-iam\";\n"
		"import { Construct } from \"constructs\";\n"
		"\n"
		"export function create%sPolicy(scope: Construct, id: string): iam.ManagedPolicy "
		"{\n"
		"  return new iam.ManagedPolicy(scope, id, {\n"
		"    description: ",
		name);
	lp_json_out_str(out, description);
	fputs(",\n    statements: [\n", out);
	for (size_t i = 0; i < doc->n_statements; i++)
		put_statement(&doc->statements[i], out);
	fputs("    ],\n  });\n}\n", out);
}
