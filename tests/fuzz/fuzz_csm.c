/* SPDX-License-Identifier: MIT */
/* Client-side monitoring: what is redacted parses as before, without a token. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "csm.h"
#include "redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_span s = lp_span_of((const char *)data, size), parts[3];
	char *text = malloc(size ? size : 1);
	struct lp_csm before, after;
	unsigned n = lp_redact_csm(s, parts, 3);
	size_t len = 0;

	for (unsigned i = 0; i < n; i++) {
		if (parts[i].len > size - len)
			abort();
		if (parts[i].len)
			memcpy(text + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	if (lp_csm_parse(s, &before) == 0)
		lp_csm_fini(&before);
	if (n && lp_csm_parse(lp_span_of(text, len), &after) == 0) {
		if (!after.service.len || !after.api.len)
			abort();
		lp_csm_fini(&after);
	}
	free(text);
	return 0;
}
