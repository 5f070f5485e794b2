/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"
#include "notations.h"

/*
 * A quoted string of HCL: the escapes of JSON, and "${" and "%{" doubled, which would begin a
 * template. The document's own "${*}" reaches IAM as it is that way.
 */
static void put_text(struct lp_span rest, FILE *out)
{
	while (rest.len) {
		int32_t cp = lp_utf8_next(&rest);

		if (cp == '"' || cp == '\\')
			fprintf(out, "\\%c", (int)cp);
		else if (cp == '\n')
			fputs("\\n", out);
		else if (cp == '\t')
			fputs("\\t", out);
		else if (cp < 0)
			fputs("\\uFFFD", out);
		else if (cp >= 0x10000)
			fprintf(out, "\\U%08X", (unsigned)cp);
		else if (cp < 0x20 || cp >= 0x7f)
			fprintf(out, "\\u%04X", (unsigned)cp);
		else if ((cp == '$' || cp == '%') && rest.len && rest.ptr[0] == '{')
			fprintf(out, "%c%c", (int)cp, (int)cp);
		else
			putc((int)cp, out);
	}
}

static void put_string(const char *s, FILE *out)
{
	putc('"', out);
	put_text(lp_span_str(s), out);
	putc('"', out);
}

/* The data sources that know parameters. */
static const struct source {
	const char *type, *attribute;
} sources[LP_PARAMS] = {
	[LP_ACCOUNT] = {"aws_caller_identity", "account_id"},
	[LP_REGION] = {"aws_region", "id"},
	[LP_PARTITION] = {"aws_partition", "partition"},
};

struct writer {
	const struct lp_params *params;
	const char *name; /* of the data sources */
	FILE *out;
};

/* A string that may hold parameters. */
static void put_value(const struct writer *w, const char *s)
{
	struct lp_span rest = lp_span_str(s);
	struct lp_part part;

	putc('"', w->out);
	while (lp_next_part(w->params, &rest, &part)) {
		if (!part.param)
			put_text(part.text, w->out);
		else if (part.text.len)
			fwrite(part.text.ptr, 1, part.text.len, w->out);
		else
			fprintf(w->out, "${data.%s.%s.%s}", sources[part.param].type, w->name,
				sources[part.param].attribute);
	}
	putc('"', w->out);
}

/* Data sources have the policy's name: several of these files may stand in one folder. */
static void put_sources(const struct writer *w)
{
	const char *wanted[LP_PARAMS] = {
		[LP_ACCOUNT] = w->params->account,
		[LP_REGION] = w->params->region,
		[LP_PARTITION] = w->params->partition,
	};

	for (enum lp_param p = LP_ACCOUNT; p < LP_PARAMS; p++)
		if (wanted[p] && wanted[p][0] != '$')
			fprintf(w->out, "data \"%s\" \"%s\" {}\n\n", sources[p].type, w->name);
}

static void put_list(const struct writer *w, unsigned indent, const char *name,
		     const struct lp_strings *list)
{
	FILE *out = w->out;

	lp_spaces(indent, out);
	fprintf(out, "%s = [\n", name);
	for (size_t i = 0; i < list->n; i++) {
		lp_spaces(indent + 2, out);
		put_value(w, list->items[i]);
		fputs(",\n", out);
	}
	lp_spaces(indent, out);
	fputs("]\n", out);
}

static void put_statement(const struct writer *w, const struct lp_statement *st)
{
	FILE *out = w->out;

	fputs("\n  statement {\n", out);
	if (st->sid) {
		fputs("    sid    = ", out);
		put_string(st->sid, out);
		putc('\n', out);
	}
	fprintf(out, "    effect = \"%s\"\n\n", st->deny ? "Deny" : "Allow");
	put_list(w, 4, st->not_action ? "not_actions" : "actions", &st->actions);
	putc('\n', out);
	put_list(w, 4, st->not_resource ? "not_resources" : "resources", &st->resources);
	for (size_t i = 0; i < st->n_conditions; i++) {
		fputs("\n    condition {\n      test     = ", out);
		put_string(st->conditions[i].op, out);
		fputs("\n      variable = ", out);
		put_string(st->conditions[i].key, out);
		fputs("\n\n", out);
		put_list(w, 6, "values", &st->conditions[i].values);
		fputs("    }\n", out);
	}
	fputs("  }\n", out);
}

void lp_render_hcl(const struct lp_policy *policy, size_t index, FILE *out)
{
	const struct lp_document *doc = &policy->documents[index];
	char name[LP_NAME_SIZE], description[LP_NAME_SIZE];
	struct writer w = {&policy->params, name, out};

	lp_snake_name(policy, index, name);
	lp_describe(policy, index, description);
	put_sources(&w);
	fprintf(out, "data \"aws_iam_policy_document\" \"%s\" {\n  version = \"2012-10-17\"\n",
		name);
	for (size_t i = 0; i < doc->n_statements; i++)
		put_statement(&w, &doc->statements[i]);
	fprintf(out, "}\n\nresource \"aws_iam_policy\" \"%s\" {\n  name        = ", name);
	put_string(name, out);
	fputs("\n  description = ", out);
	put_string(description, out);
	fprintf(out, "\n  policy      = data.aws_iam_policy_document.%s.json\n}\n", name);
}
