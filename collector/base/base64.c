/* SPDX-License-Identifier: MIT */
#include "base64.h"

#include <errno.h>
#include <stdint.h>

int lp_base64_decode(struct lp_span in, struct lp_arena *arena, struct lp_span *out)
{
	char *buf = lp_arena_alloc(arena, in.len / 4 * 3 + 3);
	uint32_t bits = 0;
	unsigned n_bits = 0;
	size_t len = 0;

	if (!buf)
		return -ENOMEM;
	while (in.len && in.ptr[in.len - 1] == '=')
		in.len--;
	if (in.len % 4 == 1)
		return -EBADMSG;
	for (size_t i = 0; i < in.len; i++) {
		int v = lp_base64_digit(in.ptr[i]);

		if (v < 0)
			return -EBADMSG;
		bits = bits << 6 | (uint32_t)v;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			buf[len++] = (char)(bits >> n_bits & 0xff);
		}
	}
	*out = lp_span_of(buf, len);
	return 0;
}
