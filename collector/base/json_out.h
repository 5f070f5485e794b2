/* SPDX-License-Identifier: MIT */
#ifndef LP_JSON_OUT_H
#define LP_JSON_OUT_H

/*
 * JSON strings to a stream: quotes included, everything but printable ASCII escaped (IAM takes no
 * more than Latin-1 in a policy document), bytes that are not UTF-8 as U+FFFD each. Errors stay in
 * the stream for ferror(). The stream must not be shared with another thread meanwhile.
 */

#include <stdio.h>

#include "lp_span.h"

void lp_json_out(FILE *out, struct lp_span s);
/* The same without the quotes, for strings in several parts. */
void lp_json_out_part(FILE *out, struct lp_span s);
/* What YAML takes between double quotes: the same, but that it has no surrogates. */
void lp_yaml_out_part(FILE *out, struct lp_span s);
/* lp_json_out for a C string; NULL gives null. */
void lp_json_out_str(FILE *out, const char *s);

/* A member that follows others: `, "name": ` and lp_json_out_str of its value. */
void lp_json_out_member(FILE *out, const char *name, const char *value);

/* A list of strings. */
void lp_json_out_list(FILE *out, const char *const *items, size_t n);

/* Bytes that lp_json_out would write. */
size_t lp_json_size(struct lp_span s);

#endif
