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
	struct lp_hello_name name;

	for (size_t n = 1; n < all.len; n++) {
		int found = lp_hello_read(lp_span_first(all, n), &name);

		if (found < 0)
			abort();
		if (found)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_span all = {(const char *)data, size};
	struct lp_hello_name name;
	int found = lp_hello_read(all, &name);

	sent(all);
	if (found > 0)
		pieces(all);
	if ((found > 0) != (name.len > 0))
		abort();
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.text[i] <= ' ' || (unsigned char)name.text[i] >= 0x7f)
			abort();
	return 0;
}
