/* SPDX-License-Identifier: MIT */
#include "network.h"

#include <arpa/inet.h>

#define BITS 128

/* Returns the bits that an address of its kind has, 0 when it is none. */
static unsigned read_address(struct lp_span text, unsigned char bytes[16])
{
	char buf[INET6_ADDRSTRLEN];

	if (!text.len || text.len >= sizeof(buf))
		return 0;
	memcpy(buf, text.ptr, text.len);
	buf[text.len] = '\0';
	memset(bytes, 0, 16);
	if (inet_pton(AF_INET, buf, bytes + 12) == 1) {
		bytes[10] = bytes[11] = 0xff;
		return 32;
	}
	return inet_pton(AF_INET6, buf, bytes) == 1 ? BITS : 0;
}

bool lp_network_read(struct lp_span text, struct lp_network *out)
{
	size_t slash = lp_span_find(text, '/');
	struct lp_span length = lp_span_from(text, slash + 1);
	unsigned size = read_address(lp_span_first(text, slash), out->bytes), n = size;

	if (!size)
		return false;
	if (slash < text.len) {
		n = 0;
		for (size_t i = 0; i < length.len && n <= size; i++) {
			if (!lp_ascii_digit(length.ptr[i]))
				return false;
			n = n * 10 + (unsigned)(length.ptr[i] - '0');
		}
		if (!length.len || n > size)
			return false;
	}
	out->bits = BITS - size + n;
	return true;
}

bool lp_network_covers(const struct lp_network *outer, const struct lp_network *inner)
{
	unsigned whole = outer->bits / 8, rest = outer->bits % 8;

	if (inner->bits < outer->bits || memcmp(inner->bytes, outer->bytes, whole) != 0)
		return false;
	return !rest || (inner->bytes[whole] ^ outer->bytes[whole]) >> (8 - rest) == 0;
}
