/* SPDX-License-Identifier: MIT */
#ifndef LP_JSON_H
#define LP_JSON_H

/*
 * A pull scanner over JSON text (RFC 8259) that may end early: bodies are kept only up to a bound,
 * and what a cut body named before the cut still counts. No tree, no allocation, so the shim uses
 * it too; cJSON serves where whole documents are read. Lenient where nothing depends on it
 * (numbers are not checked), strict about structure. Time is linear, memory constant.
 */

#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

#define LP_JSCAN_DEPTH_MAX 128

enum lp_jscan_type {
	LP_JSCAN_BAD = -2, /* not JSON; stays so */
	LP_JSCAN_CUT = -1, /* the text ended inside a value; stays so */
	LP_JSCAN_END = 0,  /* one whole value was read (what follows it is not looked at) */
	LP_JSCAN_OBJECT,
	LP_JSCAN_OBJECT_END,
	LP_JSCAN_ARRAY,
	LP_JSCAN_ARRAY_END,
	LP_JSCAN_KEY, /* member name; its value is the next token */
	LP_JSCAN_STRING,
	LP_JSCAN_NUMBER,
	LP_JSCAN_LITERAL, /* true, false, null */
};

struct lp_jscan {
	const char *p, *end;
	uint64_t in_object[LP_JSCAN_DEPTH_MAX / 64]; /* a bit for each open container */
	unsigned depth;				     /* open containers */
	int8_t state;
	int8_t stopped; /* LP_JSCAN_BAD, LP_JSCAN_CUT or LP_JSCAN_END reached */
};

struct lp_jscan_token {
	enum lp_jscan_type type;
	/* KEY and STRING: between the quotes, escapes as they stand; NUMBER, LITERAL: the text. */
	struct lp_span text;
	bool escaped; /* text holds backslashes: lp_jscan_unescape */
	/* Containers around it: 0 for the outermost value; an OBJECT and its OBJECT_END have the
	 * depth at which the object stands, its members one more. */
	unsigned depth;
};

void lp_jscan_init(struct lp_jscan *j, struct lp_span text);

/* Reads one token; returns tok->type. Borrowed from the text. */
enum lp_jscan_type lp_jscan_next(struct lp_jscan *j, struct lp_jscan_token *tok);

/*
 * After KEY: passes over the member's value. After OBJECT or ARRAY: passes over its content and
 * its end. False when the text ended or broke on the way.
 */
bool lp_jscan_skip(struct lp_jscan *j, const struct lp_jscan_token *tok);

/*
 * Writes the characters of a KEY or STRING's text as UTF-8 (a lone surrogate or bad escape gives
 * U+FFFD). Never longer than the text. Returns the length, or SIZE_MAX when cap is too small.
 * buf may be text.ptr itself.
 */
size_t lp_jscan_unescape(struct lp_span text, char *buf, size_t cap);

#endif
