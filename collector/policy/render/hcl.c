/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"
#include "notations.h"

/*
 * A quoted string of HCL: the escapes of JSON, and "${" and "%{" doubled, which would begin a
 * template. The document's own "${*}" reaches IAM as it is that way.
 */
static void put_string(const char *s, FILE *out)
{
	struct lp_span rest = lp_span_str(s);

	putc('"', out);
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
	putc('"', out);
}

static void put_list(unsigned indent, const char *name, const struct lp_strings *list, FILE *out)
{
	lp_spaces(indent, out);
	fprintf(out, "%s = [\n", name);
	for (size_t i = 0; i < list->n; i++) {
		lp_spaces(indent + 2, out);
		put_string(list->items[i], out);
		fputs(",\n", out);
	}
	lp_spaces(indent, out);
	fputs("]\n", out);
}

static void put_statement(const struct lp_statement *st, FILE *out)
{
	fputs("\n  statement {\n", out);
	if (st->sid) {
		fputs("    sid    = ", out);
		put_string(st->sid, out);
		putc('\n', out);
	}
	fprintf(out, "    effect = \"%s\"\n\n", st->deny ? "Deny" : "Allow");
	put_list(4, st->not_action ? "not_actions" : "actions", &st->actions, out);
	putc('\n', out);
	put_list(4, st->not_resource ? "not_resources" : "resources", &st->resources, out);
	for (size_t i = 0; i < st->n_conditions; i++) {
		fputs("\n    condition {\n      test     = ", out);
		put_string(st->conditions[i].op, out);
		fputs("\n      variable = ", out);
		put_string(st->conditions[i].key, out);
		fputs("\n\n", out);
		put_list(6, "values", &st->conditions[i].values, out);
		fputs("    }\n", out);
	}
	fputs("  }\n", out);
}

void lp_render_hcl(const struct lp_policy *policy, size_t index, FILE *out)
{
	const struct lp_document *doc = &policy->documents[index];
	char name[LP_NAME_SIZE], description[LP_NAME_SIZE];

	lp_snake_name(policy, index, name);
	lp_describe(policy, index, description);
	fprintf(out, "data \"aws_iam_policy_document\" \"%s\" {\n  version = \"2012-10-17\"\n",
		name);
	for (size_t i = 0; i < doc->n_statements; i++)
		put_statement(&doc->statements[i], out);
	fprintf(out, "}\n\nresource \"aws_iam_policy\" \"%s\" {\n  name        = ", name);
	put_string(name, out);
	fputs("\n  description = ", out);
	put_string(description, out);
	fprintf(out, "\n  policy      = data.aws_iam_policy_document.%s.json\n}\n", name);
}
