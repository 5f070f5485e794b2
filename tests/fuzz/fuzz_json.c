/* SPDX-License-Identifier: MIT */
/* The JSON scanner: tokens lie inside the text, a skipped value leads to where walking it leads. */
#include <stdlib.h>

#include "json.h"

static const char *walk(struct lp_jscan j, struct lp_jscan_token t, unsigned depth)
{
	/* over the value of the key just read, token by token */
	while (lp_jscan_next(&j, &t) > LP_JSCAN_END)
		if (t.depth == depth && t.type != LP_JSCAN_OBJECT && t.type != LP_JSCAN_ARRAY)
			return j.p;
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_span s = lp_span_of((const char *)data, size);
	char *buf = malloc(size ? size : 1);
	struct lp_jscan_token t;
	struct lp_jscan j;

	lp_jscan_init(&j, s);
	while (lp_jscan_next(&j, &t) > LP_JSCAN_END) {
		if (t.depth > LP_JSCAN_DEPTH_MAX || t.text.ptr < s.ptr ||
		    t.text.ptr + t.text.len > s.ptr + s.len)
			abort();
		if ((t.type == LP_JSCAN_KEY || t.type == LP_JSCAN_STRING) &&
		    lp_jscan_unescape(t.text, buf, size) == SIZE_MAX)
			abort();
		if (t.type == LP_JSCAN_KEY && size < 4096) {
			struct lp_jscan copy = j;
			const char *end = walk(j, t, t.depth);

			if (lp_jscan_skip(&copy, &t) != (end != NULL) || (end && copy.p != end))
				abort();
		}
	}
	free(buf);
	return 0;
}
