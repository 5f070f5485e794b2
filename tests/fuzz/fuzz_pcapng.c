/* SPDX-License-Identifier: MIT */
/* Pcapng files: the same packets and secrets however the file is cut, each inside of it. */
#include <stdlib.h>
#include <string.h>

#include "source/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	uint64_t bytes, hash;
	int err;
};

static int hear(void *ctx, struct lp_span text)
{
	struct heard *h = ctx;

	h->bytes += text.len;
	for (size_t i = 0; i < text.len; i++)
		h->hash = h->hash * 31 + (unsigned char)text.ptr[i];
	return 0;
}

static void on_frame(void *ctx, const struct lp_pcapng_frame *f)
{
	(void)hear(ctx, f->bytes);
}

static struct heard feed(const uint8_t *data, size_t size, size_t piece)
{
	struct heard h = {.bytes = 0};
	struct lp_pcapng p = {.sink = {on_frame, hear, &h}};

	for (size_t at = 0, n; !h.err && at < size; at += n) {
		char *copy;

		n = piece < size - at ? piece : size - at;
		copy = malloc(n);
		memcpy(copy, data + at, n);
		h.err = lp_pcapng_feed(&p, lp_span_of(copy, n));
		free(copy);
	}
	lp_pcapng_fini(&p);
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard whole = feed(data, size, size ? size : 1), parts = feed(data, size, 3);

	if (whole.bytes != parts.bytes || whole.hash != parts.hash || whole.err != parts.err ||
	    whole.bytes > size)
		abort();
	return 0;
}
