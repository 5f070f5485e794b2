/* SPDX-License-Identifier: MIT */
#include "handshake.h"

#include "hello.h"

#define RECORD_MAX (16384 + 2048)
#define OVERHEAD   (1 + 16) /* of a TLS 1.3 record: inner type and tag */

#define MESSAGE_HEAD 4 /* of a handshake: type and length */

/* Lengths that TLS 1.3 gives to records which look like data and are none. */
static bool is_finished(unsigned len)
{
	return len == 4 + 32 + OVERHEAD || len == 4 + 48 + OVERHEAD;
}

static bool is_alert(unsigned len)
{
	return len == 2 + OVERHEAD;
}

/* Is the record of this head, of `len` bytes, data? */
static bool judge(struct lp_handshake *h, unsigned len)
{
	uint32_t whole;

	if (h->head[1] != 3 || !len || len > RECORD_MAX)
		return true;
	switch (h->head[0]) {
	case LP_TLS_CHANGE_CIPHER_SPEC:
	case LP_TLS_ALERT:
		return false;
	case LP_TLS_HANDSHAKE:
		if (h->hello) {
			h->hello -= len < h->hello ? len : h->hello;
			return false;
		}
		/* In the clear a TLS 1.3 client sends this only, once more where it is asked to. */
		if (len < MESSAGE_HEAD || h->head[5] != LP_TLS_CLIENT_HELLO || h->head[6]) {
			h->v12 = true;
			return false;
		}
		whole = MESSAGE_HEAD + ((uint32_t)h->head[7] << 8 | h->head[8]);
		h->hello = whole > len ? whole - len : 0;
		return false;
	case LP_TLS_APPLICATION_DATA:
		if (!h->v12 && !h->finished && is_finished(len)) {
			h->finished = true;
			return false;
		}
		return h->v12 || !is_alert(len);
	default:
		return true;
	}
}

bool lp_handshake_sent(struct lp_handshake *h, struct lp_span bytes)
{
	while (bytes.len && !h->data) {
		unsigned len, want = LP_TLS_RECORD_HEAD;

		if (h->left) {
			size_t n = bytes.len < h->left ? bytes.len : h->left;

			h->left -= (uint32_t)n;
			bytes = lp_span_from(bytes, n);
			continue;
		}
		h->head[h->n_head++] = (uint8_t)bytes.ptr[0];
		bytes = lp_span_from(bytes, 1);
		if (h->n_head < LP_TLS_RECORD_HEAD)
			continue;
		len = (unsigned)h->head[3] << 8 | h->head[4];
		if (h->head[0] == LP_TLS_HANDSHAKE && len >= MESSAGE_HEAD && !h->hello)
			want = sizeof(h->head);
		if (h->n_head < want)
			continue;
		h->data = judge(h, len);
		h->left = len - (h->n_head - LP_TLS_RECORD_HEAD);
		h->n_head = 0;
	}
	return h->data;
}
