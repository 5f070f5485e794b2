/* SPDX-License-Identifier: MIT */
/* Key logs inside pcapng files: the same secrets however the file is cut, each inside of it. */
#include <stdlib.h>
#include <string.h>

#include "source/secrets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	uint64_t bytes, hash;
};

static int hear(void *ctx, struct lp_span text)
{
	struct heard *h = ctx;

	h->bytes += text.len;
	for (size_t i = 0; i < text.len; i++)
		h->hash = h->hash * 31 + (unsigned char)text.ptr[i];
	return 0;
}

static struct heard feed(const uint8_t *data, size_t size, size_t piece)
{
	struct lp_secrets s = {.skip = 0};
	struct heard h = {.bytes = 0};

	for (size_t at = 0, n; at < size; at += n) {
		char *copy;

		n = piece < size - at ? piece : size - at;
		copy = malloc(n);
		memcpy(copy, data + at, n);
		if (lp_secrets_feed(&s, lp_span_of(copy, n), hear, &h))
			abort();
		free(copy);
	}
	lp_secrets_fini(&s);
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard whole = feed(data, size, size ? size : 1), parts = feed(data, size, 3);

	if (whole.bytes != parts.bytes || whole.hash != parts.hash || whole.bytes > size)
		abort();
	return 0;
}
