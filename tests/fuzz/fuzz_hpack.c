/* SPDX-License-Identifier: MIT */
/*
 * Header blocks, each after a byte of length, through our reader and libnghttp2's: what the library
 * can read we read, and the same. LDLIBS: -lnghttp2
 */
#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>

#include "hpack.h"

/* One block by libnghttp2 as text; false when it refuses it. */
static bool reference(nghttp2_hd_inflater *inflater, struct lp_span block, char *text, size_t cap,
		      size_t *len)
{
	union {
		const char *in;
		uint8_t *out;
	} p = {block.ptr};
	size_t left = block.len;

	*len = 0;
	for (;;) {
		int flags = 0;
		nghttp2_nv nv;
		ssize_t n = nghttp2_hd_inflate_hd2(inflater, &nv, &flags, p.out, left, 1);

		if (n < 0)
			return false;
		p.out += n;
		left -= (size_t)n;
		if (flags & NGHTTP2_HD_INFLATE_EMIT) {
			if (nv.namelen + nv.valuelen + 4 > cap - *len)
				abort();
			memcpy(text + *len, nv.name, nv.namelen);
			memcpy(text + *len + nv.namelen, ": ", 2);
			memcpy(text + *len + nv.namelen + 2, nv.value, nv.valuelen);
			*len += nv.namelen + nv.valuelen + 4;
			memcpy(text + *len - 2, "\r\n", 2);
		}
		if (flags & NGHTTP2_HD_INFLATE_FINAL) {
			nghttp2_hd_inflate_end_headers(inflater);
			return true;
		}
		if (!(flags & NGHTTP2_HD_INFLATE_EMIT) && !left)
			return true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char expected[8 << 20], got[LP_HEAD_MAX];
	char *room = malloc(LP_HEAD_MAX), *room2 = malloc(LP_HEAD_MAX);
	nghttp2_hd_inflater *inflater;
	struct lp_hpack h, quiet; /* the second is shown nothing: its table must be the same */
	bool same = true;

	if (nghttp2_hd_inflate_new(&inflater))
		abort();
	nghttp2_hd_inflate_change_table_size(inflater, 4096);
	lp_hpack_init(&h, room);
	lp_hpack_init(&quiet, room2);
	while (size) {
		size_t n = data[0] < size - 1 ? data[0] : size - 1, len, pos = 0;
		struct lp_span block = lp_span_of((const char *)data + 1, n), unseen = block;
		struct lp_hpack_field f;
		int took;

		same = same && reference(inflater, block, expected, sizeof(expected), &len);
		lp_hpack_begin(&h, n);
		lp_hpack_begin(&quiet, n);
		while ((took = lp_hpack_next(&h, &block, got, sizeof(got), &f)) > 0) {
			if (same && (pos + (size_t)took > len ||
				     memcmp(expected + pos, got, (size_t)took) != 0))
				abort();
			pos += (size_t)took;
		}
		if (same && (took || pos != len))
			abort();
		if (took == -EBADMSG)
			break;
		while (!took && (took = lp_hpack_pass(&quiet, &unseen, got, sizeof(got))) > 0)
			took = 0;
		if (!took && (quiet.n != h.n || quiet.size != h.size || quiet.end != h.end))
			abort();
		if (took)
			break;
		data += 1 + n;
		size -= 1 + n;
	}
	nghttp2_hd_inflate_del(inflater);
	free(room);
	free(room2);
	return 0;
}
