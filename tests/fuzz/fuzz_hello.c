/* SPDX-License-Identifier: MIT */
/* A ClientHello's server name is inside what was given, and a name. */
#include <stdlib.h>

#include "hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct lp_span name = lp_hello_server(lp_span_of(p, size));

	if (name.len && (name.ptr < p || name.ptr + name.len > p + size))
		abort();
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.ptr[i] <= ' ' || (unsigned char)name.ptr[i] >= 0x7f)
			abort();
	return 0;
}
