/* SPDX-License-Identifier: MIT */
/*
 * Bodies. First byte: kind (low three bits) and size of pieces. The fields of a response come out
 * as whole lines; a request body is scrubbed the same whole and in pieces.
 */
#include <stdlib.h>

#include "fields.h"
#include "scrub.h"

static uint64_t scrubbed(struct lp_span all, enum lp_body_kind kind, size_t piece)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	struct lp_span parts[8];
	struct lp_scrub s;

	memset(&s, (int)piece, sizeof(s));
	lp_scrub_init(&s, kind);
	for (size_t at = 0; at < all.len; at += piece) {
		struct lp_span in = lp_span_first(lp_span_from(all, at), piece);

		while (in.len) {
			unsigned n = lp_scrub_next(&s, &in, parts, LP_ARRAY_LEN(parts));

			for (unsigned i = 0; i < n; i++)
				for (size_t k = 0; k < parts[i].len; k++)
					hash = (hash ^ (unsigned char)parts[i].ptr[k]) *
					       UINT64_C(0x100000001b3);
		}
	}
	return hash * 2 + lp_scrub_ended(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char out[4096 + LP_FIELD_MAX], plain[LP_FIELD_MAX * 3];
	struct lp_span all, rest, name, value;
	enum lp_body_kind kind;
	size_t n;

	if (size < 2)
		return 0;
	kind = (enum lp_body_kind)((data[0] & 7) % (LP_BODY_OTHER + 1));
	all = lp_span_of((const char *)data + 1, size - 1);
	n = lp_fields_scan(all, kind, out, sizeof(out));
	if (n > sizeof(out) || (n && out[n - 1] != '\n'))
		abort();
	rest = lp_span_of(out, n);
	while (lp_fields_next(&rest, &name, &value))
		if (!value.len || value.len > sizeof(plain) ||
		    lp_fields_unescape(value, plain) > LP_FIELD_MAX)
			abort();
	if (scrubbed(all, kind, all.len) != scrubbed(all, kind, 1 + (data[0] >> 3)))
		abort();
	(void)lp_body_kind_of(all);
	return 0;
}
