/* SPDX-License-Identifier: MIT */
#include "base/json_out.h"
#include "lp_compiler.h"
#include "notations.h"

/* TypeScript for AWS CDK 2; JSON strings are string literals there. */

/* A template literal where the string holds parameters. */
static void put_string(const struct lp_params *params, const char *s, FILE *out)
{
	static const char *const own[LP_PARAMS] = {
		[LP_ACCOUNT] = "${Aws.ACCOUNT_ID}",
		[LP_REGION] = "${Aws.REGION}",
		[LP_PARTITION] = "${Aws.PARTITION}",
	};
	struct lp_span rest = lp_span_str(s);
	struct lp_part part;

	if (!lp_has_params(params, s)) {
		lp_json_out_str(out, s);
		return;
	}
	putc('`', out);
	while (lp_next_part(params, &rest, &part)) {
		struct lp_span text = part.text;

		if (part.param) {
			fprintf(out, "%.*s", (int)text.len, text.len ? text.ptr : "");
			fputs(text.len ? "" : own[part.param], out);
			continue;
		}
		/* The escapes of JSON are those of a template too, which has two more. */
		while (text.len) {
			size_t n = 0;

			while (n < text.len && text.ptr[n] != '`' && text.ptr[n] != '$')
				n++;
			lp_json_out_part(out, lp_span_first(text, n));
			if (n < text.len)
				fprintf(out, "\\%c", text.ptr[n]);
			text = lp_span_from(text, n + 1);
		}
	}
	putc('`', out);
}

static void put_list(const struct lp_params *params, unsigned indent, const struct lp_strings *list,
		     FILE *out)
{
	fputs("[\n", out);
	for (size_t i = 0; i < list->n; i++) {
		lp_spaces(indent + 2, out);
		put_string(params, list->items[i], out);
		fputs(",\n", out);
	}
	lp_spaces(indent, out);
	fputs("],\n", out);
}

static void put_conditions(const struct lp_params *params, const struct lp_statement *st, FILE *out)
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
			put_list(params, 12, &st->conditions[i].values, out);
		}
		fputs("          },\n", out);
	}
	fputs("        },\n", out);
}

static void put_statement(const struct lp_params *params, const struct lp_statement *st, FILE *out)
{
	fputs("      new iam.PolicyStatement({\n", out);
	if (st->sid) {
		fputs("        sid: ", out);
		lp_json_out_str(out, st->sid);
		fputs(",\n", out);
	}
	fprintf(out, "        effect: iam.Effect.%s,\n", st->deny ? "DENY" : "ALLOW");
	fprintf(out, "        %s: ", st->not_action ? "notActions" : "actions");
	put_list(params, 8, &st->actions, out);
	fprintf(out, "        %s: ", st->not_resource ? "notResources" : "resources");
	put_list(params, 8, &st->resources, out);
	if (st->n_conditions)
		put_conditions(params, st, out);
	fputs("      }),\n", out);
}

static bool uses_own(const struct lp_params *p)
{
	const char *const wanted[] = {p->account, p->region, p->partition};

	for (size_t i = 0; i < LP_ARRAY_LEN(wanted); i++)
		if (wanted[i] && wanted[i][0] != '$')
			return true;
	return false;
}

void lp_render_cdk(const struct lp_policy *policy, size_t index, FILE *out)
{
	const struct lp_document *doc = &policy->documents[index];
	char name[LP_NAME_SIZE], description[LP_NAME_SIZE];

	lp_camel_name(policy, index, name);
	lp_describe(policy, index, description);
	fprintf(out,
		"%simport * as iam from \"aws-cdk-lib/aws-iam\";\n"
		"import { Construct } from \"constructs\";\n"
		"\n"
		"export function create%sPolicy(scope: Construct, id: string): iam.ManagedPolicy "
		"{\n"
		"  return new iam.ManagedPolicy(scope, id, {\n"
		"    description: ",
		uses_own(&policy->params) ? "import { Aws } from \"aws-cdk-lib\";\n" : "", name);
	lp_json_out_str(out, description);
	fputs(",\n    statements: [\n", out);
	for (size_t i = 0; i < doc->n_statements; i++)
		put_statement(&policy->params, &doc->statements[i], out);
	fputs("    ],\n  });\n}\n", out);
}
