/* SPDX-License-Identifier: MIT */
#ifndef LP_NOTATIONS_H
#define LP_NOTATIONS_H

/*
 * One function for each notation, dispatched by render.c, and what several of them share. Internal
 * to render/. Errors stay in the stream.
 */

#include "render.h"

void lp_render_json(const struct lp_policy *policy, size_t index, FILE *out);
void lp_render_hcl(const struct lp_policy *policy, size_t index, FILE *out);
void lp_render_cfn_yaml(const struct lp_policy *policy, size_t index, FILE *out);
void lp_render_cfn_json(const struct lp_policy *policy, size_t index, FILE *out);
void lp_render_sam(const struct lp_policy *policy, size_t index, FILE *out);
void lp_render_cdk(const struct lp_policy *policy, size_t index, FILE *out);
void lp_render_text(const struct lp_policy *policy, size_t index, FILE *out);
void lp_render_markdown(const struct lp_policy *policy, size_t index, FILE *out);

/* How strings that hold parameters (LP_PARAM_ of build.h) are written in JSON. */
struct lp_json_style {
	const struct lp_params *params;
	bool sub; /* as CloudFormation's Fn::Sub, else as plain strings */
};

/* The document alone as IAM JSON, each line but the first indented by `indent` more spaces. */
void lp_json_document(const struct lp_document *doc, const struct lp_json_style *style,
		      unsigned indent, FILE *out);

/* The same for one statement, the first line indented too. */
void lp_json_statement(const struct lp_statement *st, const struct lp_json_style *style,
		       unsigned indent, FILE *out);

/* A string of a document in parts: plain text, or the way to write a parameter. */
enum lp_param {
	LP_NO_PARAM,
	LP_ACCOUNT,
	LP_REGION,
	LP_PARTITION,
	LP_PARAMS,
};
struct lp_part {
	enum lp_param param;
	struct lp_span text; /* of a parameter: how the person wants it written; empty: own way */
};
/* Takes the next part off `*rest`; false at the end. */
bool lp_next_part(const struct lp_params *params, struct lp_span *rest, struct lp_part *out);
/* True when `s` holds parameters. */
bool lp_has_params(const struct lp_params *params, const char *s);
/* A parameter as CloudFormation writes it, for notations that have none of their own. */
struct lp_span lp_param_text(const struct lp_part *part);
/* The inside of a string of Fn::Sub; `put` writes a part of it. */
void lp_put_sub(const struct lp_params *params, const char *s,
		void (*put)(FILE *out, struct lp_span part), FILE *out);

/* Past the last condition line that has the operator of line `from`; they stand together. */
size_t lp_operator_end(const struct lp_statement *st, size_t from);

#define LP_NAME_SIZE 256

/* Names for a document in a program text: "deploy_role_2" and "DeployRole2". */
void lp_snake_name(const struct lp_policy *policy, size_t index, char buf[LP_NAME_SIZE]);
void lp_camel_name(const struct lp_policy *policy, size_t index, char buf[LP_NAME_SIZE]);
/* One line for people. */
void lp_describe(const struct lp_policy *policy, size_t index, char buf[LP_NAME_SIZE]);

void lp_spaces(unsigned n, FILE *out);

#endif
