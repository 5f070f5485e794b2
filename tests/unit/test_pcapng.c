/* SPDX-License-Identifier: MIT */
/* source/pcapng: packets and TLS key logs, in either byte order, cut anywhere. */
#include "wire_util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "source/pcapng.h"

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

static void on_frame(void *ctx, const struct lp_pcapng_frame *f)
{
	size_t n = strlen(heard);

	(void)ctx;
	snprintf(heard + n, sizeof(heard) - n, "%d %zu/%zu %llu.%09llu %.*s\n", f->link,
		 f->bytes.len, f->wire_len, (unsigned long long)(f->time_ns / 1000000000),
		 (unsigned long long)(f->time_ns % 1000000000), (int)f->bytes.len, f->bytes.ptr);
}

static int hear(void *ctx, struct lp_span text)
{
	(void)ctx;
	strncat(heard, text.ptr, text.len);
	return answer;
}

static bool whole;

/* In pieces of at most `piece` bytes, each on the edge of a page. */
static int feed(size_t piece)
{
	struct lp_pcapng p = {.sink = {on_frame, hear, NULL}};
	int err = 0;

	heard[0] = '\0';
	for (size_t at = 0, n; !err && at < len; at += n) {
		struct guarded g;

		n = piece < len - at ? piece : len - at;
		g = guarded(lp_span_of(file + at, n));
		err = lp_pcapng_feed(&p, g.span);
		guarded_free(&g);
	}
	whole = lp_pcapng_whole(&p);
	lp_pcapng_fini(&p);
	return err;
}

static void test_blocks(void **state)
{
	(void)state;
	for (unsigned b = 0; b < 2; b++) {
		big = b;
		len = 0;
		section();
		secrets(TLS_KEY_LOG, "CLIENT_RANDOM aa bb\n");
		block(0x0bad, "nothing we know", 15);
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

/* An interface with its resolution (0: none is said) and offset. */
static void interface(uint16_t link, uint8_t resolution, uint32_t offset)
{
	uint32_t total = 20 + (resolution ? 8 : 0) + (offset ? 12 : 0) + 4;

	u32(1);
	u32(total);
	u32(big ? (uint32_t)link << 16 : link);
	u32(9);
	if (resolution) {
		u32(big ? 9u << 16 | 1 : 1u << 16 | 9);
		file[len++] = (char)resolution;
		memset(file + len, 0, 3);
		len += 3;
	}
	if (offset) {
		u32(big ? 14u << 16 | 8 : 8u << 16 | 14);
		u32(big ? 0 : offset);
		u32(big ? offset : 0);
	}
	u32(0);
	u32(total);
}

static void packet(uint32_t of, uint64_t ticks, const char *text, uint32_t wire)
{
	uint32_t n = (uint32_t)strlen(text), total = 32 + (n + 3) / 4 * 4;

	u32(6);
	u32(total);
	u32(of);
	u32((uint32_t)(ticks >> 32));
	u32((uint32_t)ticks);
	u32(n);
	u32(wire);
	memcpy(file + len, text, n);
	len += n;
	while (len % 4)
		file[len++] = '\0';
	u32(total);
}

/* Interfaces of several kinds and clocks; a section has its own. */
static void test_packets(void **state)
{
	static const char want[] = "1 3/3 1000000.000002000 one\n"
				   "276 3/60 77.000000005 two\n"
				   "101 5/5 1107.500000000 three\n"
				   "1 4/9 0.000000000 noon\n"
				   "0 4/4 0.000001000 four\n";

	(void)state;
	for (unsigned b = 0; b < 2; b++) {
		big = b;
		len = 0;
		section();
		interface(1, 0, 0);
		interface(276, 9, 0);
		interface(101, 0x80 | 40, 1000);
		packet(0, 1000000000002, "one", 3);
		packet(1, 77000000005, "two", 60);
		packet(2, (uint64_t)107 << 40 | (uint64_t)1 << 39, "three", 5);
		u32(3); /* a simple packet */
		u32(20);
		u32(9);
		memcpy(file + len, "noon", 4);
		len += 4;
		u32(20);
		big = !b;
		section();
		interface(0, 0, 0);
		packet(0, 1, "four", 4);
		for (size_t piece = 1; piece < len; piece++) {
			assert_int_equal(feed(piece), 0);
			assert_true(whole);
			assert_string_equal(heard, want);
		}
		/* Cut anywhere: what came before is there. */
		for (size_t all = len; len > 28; len--) {
			assert_int_equal(feed(all), 0);
			assert_true(!whole || len % 4 == 0);
		}
	}
}

static void test_others(void **state)
{
	static const uint32_t lengths[] = {0, 8, 13, 0xfffffffd};

	(void)state;
	big = false;
	len = 0; /* no section before it */
	secrets(TLS_KEY_LOG, "CLIENT_RANDOM aa bb\n");
	assert_int_equal(feed(7), -EBADMSG);
	assert_string_equal(heard, "");
	for (size_t i = 0; i < LP_ARRAY_LEN(lengths); i++) {
		len = 0;
		section();
		u32(10);
		u32(lengths[i]);
		secrets(TLS_KEY_LOG, "CLIENT_RANDOM aa bb\n");
		assert_int_equal(feed(7), -EBADMSG);
		assert_string_equal(heard, "");
	}
	len = 0; /* longer than is kept: passed over */
	section();
	u32(10);
	u32(0x80000000);
	secrets(TLS_KEY_LOG, "CLIENT_RANDOM aa bb\n");
	assert_int_equal(feed(7), 0);
	assert_false(whole);
	len = 0; /* says that there is more text than block */
	section();
	u32(10);
	u32(24);
	u32(TLS_KEY_LOG);
	u32(5);
	u32(0);
	u32(24);
	assert_int_equal(feed(len), 0);
	packet(0, 0, "of no interface", 1);
	assert_int_equal(feed(len), -EBADMSG);
	len = 0; /* its two lengths differ */
	section();
	interface(1, 0, 0);
	file[len - 4]++;
	assert_int_equal(feed(len), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
