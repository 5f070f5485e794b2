/* SPDX-License-Identifier: MIT */
/* Uploads by an HTML form: the first line is the content type, the rest the body. */
#include <stdint.h>
#include <stdlib.h>

#include "multipart.h"
#include "sigv4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct lp_span part, struct lp_span all)
{
	if (part.len && (part.ptr < all.ptr || part.ptr + part.len > all.ptr + all.len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_span all = lp_span_of((const char *)data, size);
	struct lp_span type = lp_span_first(all, lp_span_find(all, '\n'));
	struct lp_span body = lp_span_from(all, type.len + 1);
	struct lp_multipart m;
	struct lp_part part;
	struct lp_sig sig;
	size_t parts = 0;

	if (lp_multipart_init(&m, type, body))
		while (lp_multipart_next(&m, &part)) {
			inside(part.name, body);
			inside(part.filename, body);
			inside(part.value, body);
			if (++parts > size)
				abort();
		}
	if (lp_sig_form(type, body, &sig) != (sig.kind != LP_SIG_NONE))
		abort();
	inside(sig.access_key, body);
	inside(sig.scope, body);
	return 0;
}
