/* SPDX-License-Identifier: MIT */
/*
 * A ClientHello's server name is inside what was given, and a name; who waits for it piece by piece
 * gets to it. Whether a client sent data does not depend on how its bytes are cut.
 */
#include <stdlib.h>

#include "handshake.h"
#include "hello.h"

static void sent(struct lp_span all)
{
	struct lp_handshake whole = {.left = 0}, parts = {.left = 0};
	bool data = lp_handshake_sent(&whole, all), some = false;

	for (size_t i = 0; i < all.len; i++)
		some = lp_handshake_sent(&parts, lp_span_of(all.ptr + i, 1));
	if (some != data)
		abort();
}

static void pieces(struct lp_span all)
{
	for (size_t n = 1; n < all.len && !lp_hello_server(lp_span_first(all, n)).len; n++)
		if (!lp_hello_goes_on(lp_span_first(all, n)))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct lp_span name = lp_hello_server(lp_span_of(p, size));

	sent(lp_span_of(p, size));
	if (name.len)
		pieces(lp_span_of(p, size));
	if (name.len && (name.ptr < p || name.ptr + name.len > p + size))
		abort();
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.ptr[i] <= ' ' || (unsigned char)name.ptr[i] >= 0x7f)
			abort();
	return 0;
}
