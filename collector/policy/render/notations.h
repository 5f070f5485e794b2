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

/* The document alone as IAM JSON, each line but the first indented by `indent` more spaces. */
void lp_json_document(const struct lp_document *doc, unsigned indent, FILE *out);

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
