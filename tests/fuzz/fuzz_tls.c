/* SPDX-License-Identifier: MIT */
/*
 * Two bytes of length and a key log, then records as fuzz_conn has them: one of "><}{" (sent,
 * received, missed of either), two bytes of length, bytes. LDLIBS: -lcrypto
 */
#include <stdlib.h>

#include "source/tls.h"

static void plain(void *ctx, bool out, struct lp_span bytes, uint64_t missing)
{
	static char copy[1 << 15];

	(void)ctx;
	(void)out;
	(void)missing;
	if (bytes.len > sizeof(copy))
		abort();
	if (bytes.len)
		memcpy(copy, bytes.ptr, bytes.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct lp_decrypt *d;
	struct lp_keys *keys;
	size_t n;
	void *conn;
	int err = 0;

	if (size < 2 || lp_keys_new(&keys))
		return 0;
	n = (size_t)data[0] << 8 | data[1];
	n = n < size - 2 ? n : size - 2;
	(void)!lp_keys_read(keys, lp_span_of((const char *)data + 2, n));
	data += 2 + n;
	size -= 2 + n;
	d = lp_keys_decrypt(keys);
	conn = d->begin(d->ctx);
	while (size >= 3 && conn && !err) {
		size_t len = (size_t)data[1] << 8 | data[2];
		bool out = data[0] == '>' || data[0] == '}';
		char *copy;

		n = len < size - 3 ? len : size - 3;
		if (data[0] == '}' || data[0] == '{') {
			err = len ? d->gap(conn, out, (uint32_t)len, plain, NULL) : 0;
			n = 0;
		} else {
			copy = malloc(n ? n : 1);
			if (n)
				memcpy(copy, data + 3, n);
			err = d->feed(conn, out, lp_span_of(copy, n), plain, NULL);
			free(copy);
		}
		data += 3 + n;
		size -= 3 + n;
	}
	d->end(conn);
	lp_keys_free(keys);
	return 0;
}
