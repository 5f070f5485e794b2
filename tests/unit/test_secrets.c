/* SPDX-License-Identifier: MIT */
/* source/secrets: TLS key logs inside pcapng files, in either byte order, cut anywhere. */
#include "wire_util.h"

#include <stdlib.h>

#include "source/secrets.h"

#define TLS_KEY_LOG 0x544c534bu

static bool big;
static char file[4096];
static size_t len;

static void u32(uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		file[len++] = (char)(v >> (big ? 24 - 8 * i : 8 * i));
}

static void block(uint32_t type, const char *body, size_t n)
{
	uint32_t total = (uint32_t)(12 + (n + 3) / 4 * 4);

	u32(type);
	u32(total);
	memcpy(file + len, body, n);
	len += n;
	while (len % 4)
		file[len++] = '\0';
	u32(total);
}

static void section(void)
{
	u32(0x0a0d0d0a);
	u32(28);
	u32(0x1a2b3c4d);
	u32(big ? 1u << 16 : 1);
	u32(0xffffffff);
	u32(0xffffffff);
	u32(28);
}

static void secrets(uint32_t type, const char *text)
{
	uint32_t n = (uint32_t)strlen(text), total = 12 + 8 + (n + 3) / 4 * 4;

	u32(10);
	u32(total);
	u32(type);
	u32(n);
	memcpy(file + len, text, n);
	len += n;
	while (len % 4)
		file[len++] = '\0';
	u32(total);
}

static char heard[4096];
static int answer;

static int hear(void *ctx, struct lp_span text)
{
	(void)ctx;
	strncat(heard, text.ptr, text.len);
	return answer;
}

/* In pieces of at most `piece` bytes, each on the edge of a page. */
static int feed(size_t piece)
{
	struct lp_secrets s = {.skip = 0};
	int err = 0;

	heard[0] = '\0';
	for (size_t at = 0, n; !err && at < len; at += n) {
		struct guarded g;

		n = piece < len - at ? piece : len - at;
		g = guarded(lp_span_of(file + at, n));
		err = lp_secrets_feed(&s, g.span, hear, NULL);
		guarded_free(&g);
	}
	lp_secrets_fini(&s);
	return err;
}

static void test_blocks(void **state)
{
	(void)state;
	for (unsigned b = 0; b < 2; b++) {
		big = b;
		len = 0;
		section();
		block(1, "\1\0\0\0\0\0\4\0", 8);
		secrets(TLS_KEY_LOG, "CLIENT_RANDOM aa bb\n");
		block(6, "a packet that is none", 21);
		secrets(0x57474b4c, "WireGuard's");
		block(10, "abc", 3);
		secrets(TLS_KEY_LOG, "");
		big = !b; /* another section in the other order */
		section();
		secrets(TLS_KEY_LOG, "CLIENT_RANDOM cc dd\n");
		for (size_t piece = 1; piece < len; piece++) {
			assert_int_equal(feed(piece), 0);
			assert_string_equal(heard, "CLIENT_RANDOM aa bb\nCLIENT_RANDOM cc dd\n");
		}
	}
	answer = -1;
	assert_int_equal(feed(len), -1);
	answer = 0;
}

static void test_others(void **state)
{
	static const uint32_t lengths[] = {0, 8, 13, 0x80000000, 0xfffffffc};

	(void)state;
	big = false;
	len = 0; /* no section before it */
	secrets(TLS_KEY_LOG, "CLIENT_RANDOM aa bb\n");
	assert_int_equal(feed(7), 0);
	assert_string_equal(heard, "");
	for (size_t i = 0; i < LP_ARRAY_LEN(lengths); i++) {
		len = 0;
		section();
		u32(10);
		u32(lengths[i]);
		secrets(TLS_KEY_LOG, "CLIENT_RANDOM aa bb\n");
		assert_int_equal(feed(7), 0);
		assert_string_equal(heard, "");
	}
	len = 0; /* says that there is more text than block */
	section();
	u32(10);
	u32(24);
	u32(TLS_KEY_LOG);
	u32(5);
	u32(0);
	u32(24);
	assert_int_equal(feed(len), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
