/* SPDX-License-Identifier: MIT */
#include "render.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "notations.h"

static const struct {
	const char *word;
	enum lp_format format;
} words[] = {
	{"json", LP_FORMAT_JSON},
	{"terraform", LP_FORMAT_HCL},
	{"hcl", LP_FORMAT_HCL},
	{"cloudformation", LP_FORMAT_CFN_YAML},
	{"cloudformation-json", LP_FORMAT_CFN_JSON},
	{"sam", LP_FORMAT_SAM},
	{"cdk", LP_FORMAT_CDK},
	{"text", LP_FORMAT_TEXT},
	{"markdown", LP_FORMAT_MARKDOWN},
};

bool lp_format_of(const char *word, enum lp_format *out)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(words); i++)
		if (!strcmp(word, words[i].word)) {
			*out = words[i].format;
			return true;
		}
	return false;
}

const char *lp_format_extension(enum lp_format format)
{
	static const char *const extensions[LP_FORMATS] = {
		[LP_FORMAT_JSON] = "json",     [LP_FORMAT_HCL] = "tf",
		[LP_FORMAT_CFN_YAML] = "yaml", [LP_FORMAT_CFN_JSON] = "json",
		[LP_FORMAT_SAM] = "yaml",      [LP_FORMAT_CDK] = "ts",
		[LP_FORMAT_TEXT] = "txt",      [LP_FORMAT_MARKDOWN] = "md",
	};

	return extensions[format];
}

bool lp_format_joins(enum lp_format format)
{
	return format == LP_FORMAT_HCL || format == LP_FORMAT_TEXT || format == LP_FORMAT_MARKDOWN;
}

const char *lp_format_words(void)
{
	return "json, terraform (hcl), cloudformation, cloudformation-json, sam, cdk, text, "
	       "markdown";
}

typedef void (*render_fn)(const struct lp_policy *policy, size_t index, FILE *out);

/* The same with a `?`, which fits it, for the first character of each `mark`. */
static int render_without(render_fn render, const char *mark, const struct lp_policy *policy,
			  size_t index, FILE *out)
{
	char *text = NULL, *at;
	size_t len;
	FILE *made = open_memstream(&text, &len);
	int err;

	if (made)
		render(policy, index, made);
	err = lp_text_end(made, &text);
	for (at = text; !err && (at = strstr(at, mark));)
		*at = '?';
	if (!err)
		fwrite(text, 1, len, out);
	free(text);
	return err;
}

int lp_render(enum lp_format format, const struct lp_policy *policy, size_t index, FILE *out)
{
	static const render_fn render[LP_FORMATS] = {
		[LP_FORMAT_JSON] = lp_render_json,
		[LP_FORMAT_HCL] = lp_render_hcl,
		[LP_FORMAT_CFN_YAML] = lp_render_cfn_yaml,
		[LP_FORMAT_CFN_JSON] = lp_render_cfn_json,
		[LP_FORMAT_SAM] = lp_render_sam,
		[LP_FORMAT_CDK] = lp_render_cdk,
		[LP_FORMAT_TEXT] = lp_render_text,
		[LP_FORMAT_MARKDOWN] = lp_render_markdown,
	};
	/* What the tools replace wherever it stands, and no quoting keeps from them: a reference to
	 * a secret, say, or another way to begin a policy variable. Names come from traffic. */
	static const char *const replaced[LP_FORMATS] = {
		[LP_FORMAT_HCL] = "&{",
		[LP_FORMAT_CFN_YAML] = "{{resolve:",
		[LP_FORMAT_CFN_JSON] = "{{resolve:",
		[LP_FORMAT_SAM] = "{{resolve:",
		[LP_FORMAT_CDK] = "{{resolve:",
	};
	int err = 0;

	errno = 0;
	if (replaced[format])
		err = render_without(render[format], replaced[format], policy, index, out);
	else
		render[format](policy, index, out);
	if (err || !ferror(out))
		return err;
	return errno ? -errno : -EIO;
}

size_t lp_operator_end(const struct lp_statement *st, size_t from)
{
	size_t to = from;

	while (to < st->n_conditions && !strcmp(st->conditions[to].op, st->conditions[from].op))
		to++;
	return to;
}

void lp_spaces(unsigned n, FILE *out)
{
	fprintf(out, "%*s", (int)n, "");
}
