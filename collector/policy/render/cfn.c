/* SPDX-License-Identifier: MIT */
#include "base/json_out.h"
#include "notations.h"

/* YAML: all strings in double quotes (YAML 1.2, section 7.3.1). */

static void put_string(const char *s, FILE *out)
{
	putc('"', out);
	lp_yaml_out_part(out, lp_span_str(s));
	putc('"', out);
}

static void put_key(unsigned indent, const char *key, FILE *out)
{
	lp_spaces(indent, out);
	fprintf(out, "%s:", key);
}

static void put_quoted_key(unsigned indent, const char *key, FILE *out)
{
	lp_spaces(indent, out);
	put_string(key, out);
	putc(':', out);
}

static void put_items(const struct lp_params *params, unsigned indent,
		      const struct lp_strings *list, FILE *out)
{
	putc('\n', out);
	for (size_t i = 0; i < list->n; i++) {
		lp_spaces(indent, out);
		if (lp_has_params(params, list->items[i])) {
			fputs("- Fn::Sub: \"", out);
			lp_put_sub(params, list->items[i], lp_yaml_out_part, out);
			putc('"', out);
		} else {
			fputs("- ", out);
			put_string(list->items[i], out);
		}
		putc('\n', out);
	}
}

static void put_conditions(const struct lp_params *params, const struct lp_statement *st,
			   unsigned indent, FILE *out)
{
	put_key(indent, "Condition", out);
	putc('\n', out);
	for (size_t i = 0; i < st->n_conditions;) {
		size_t to = lp_operator_end(st, i);

		put_quoted_key(indent + 2, st->conditions[i].op, out);
		putc('\n', out);
		for (; i < to; i++) {
			put_quoted_key(indent + 4, st->conditions[i].key, out);
			put_items(params, indent + 6, &st->conditions[i].values, out);
		}
	}
}

static void put_document(const struct lp_policy *policy, size_t index, unsigned indent, FILE *out)
{
	const struct lp_document *doc = &policy->documents[index];
	const struct lp_params *params = &policy->params;

	put_key(indent, "Statement", out);
	fputs(doc->n_statements ? "\n" : " []\n", out);
	for (size_t i = 0; i < doc->n_statements; i++) {
		const struct lp_statement *st = &doc->statements[i];

		lp_spaces(indent, out);
		fprintf(out, "- Effect: %s\n", st->deny ? "Deny" : "Allow");
		if (st->sid) {
			put_key(indent + 2, "Sid", out);
			fprintf(out, " %s\n", st->sid);
		}
		put_key(indent + 2, st->not_action ? "NotAction" : "Action", out);
		put_items(params, indent + 4, &st->actions, out);
		put_key(indent + 2, st->not_resource ? "NotResource" : "Resource", out);
		put_items(params, indent + 4, &st->resources, out);
		if (st->n_conditions)
			put_conditions(params, st, indent + 2, out);
	}
}

void lp_render_cfn_yaml(const struct lp_policy *policy, size_t index, FILE *out)
{
	char name[LP_NAME_SIZE], description[LP_NAME_SIZE];

	lp_camel_name(policy, index, name);
	lp_describe(policy, index, description);
	fprintf(out,
		"AWSTemplateFormatVersion: \"2010-09-09\"\n"
		"Resources:\n"
		"  %sPolicy:\n"
		"    Type: AWS::IAM::ManagedPolicy\n"
		"    Properties:\n"
		"      Description: ",
		name);
	put_string(description, out);
	fputs("\n      PolicyDocument:\n        Version: \"2012-10-17\"\n", out);
	put_document(policy, index, 8, out);
}

void lp_render_sam(const struct lp_policy *policy, size_t index, FILE *out)
{
	char description[LP_NAME_SIZE];

	lp_describe(policy, index, description);
	fprintf(out, "# %s: under Properties of an AWS::Serverless::Function\n", description);
	fputs("Policies:\n  - Version: \"2012-10-17\"\n", out);
	put_document(policy, index, 4, out);
}

void lp_render_cfn_json(const struct lp_policy *policy, size_t index, FILE *out)
{
	struct lp_json_style style = {.params = &policy->params, .sub = true};
	char name[LP_NAME_SIZE], description[LP_NAME_SIZE];

	lp_camel_name(policy, index, name);
	lp_describe(policy, index, description);
	fprintf(out,
		"{\n"
		"  \"AWSTemplateFormatVersion\": \"2010-09-09\",\n"
		"  \"Resources\": {\n"
		"    \"%sPolicy\": {\n"
		"      \"Type\": \"AWS::IAM::ManagedPolicy\",\n"
		"      \"Properties\": {\n"
		"        \"Description\": ",
		name);
	lp_json_out_str(out, description);
	fputs(",\n        \"PolicyDocument\": ", out);
	lp_json_document(&policy->documents[index], &style, 8, out);
	fputs("\n      }\n    }\n  }\n}\n", out);
}
