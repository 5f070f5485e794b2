/* SPDX-License-Identifier: MIT */
/* Signatures and query strings, and which host and operation they are for. */
#include <stdlib.h>

#include "member.h"
#include "aws_host.h"
#include "opaque.h"

static void inside(struct lp_span part, struct lp_span all)
{
	if (part.len && (part.ptr < all.ptr || part.ptr + part.len > all.ptr + all.len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_span s = lp_span_of((const char *)data, size), rest = s, name, value;
	struct lp_sig sig;

	for (int query = 0; query < 2; query++) {
		bool found = query ? lp_sig_query(s, &sig) : lp_sig_header(s, &sig);

		if (found != (sig.kind != LP_SIG_NONE) || found != (sig.access_key.len > 0))
			abort();
		inside(sig.access_key, s);
		inside(sig.scope, s);
		inside(sig.service, s);
		inside(sig.region, s);
		(void)lp_opaque_of(&sig, s, LP_SPAN("POST"), s, false);
	}
	while (lp_query_next(&rest, &name, &value)) {
		inside(name, s);
		inside(value, s);
		(void)lp_member_secret(name);
	}
	(void)lp_host_kind_of(s);
	return 0;
}
