/* SPDX-License-Identifier: MIT */
/*
 * collector/wire/hpack against libnghttp2's deflater, RFC 7541's examples, and blocks that are
 * broken. LDLIBS: -lnghttp2
 */
#include "wire_util.h"

#include <errno.h>
#include <nghttp2/nghttp2.h>

#include "hpack.h"

static char room[LP_HEAD_MAX], line[LP_HEAD_MAX];

/* All fields of a block as text; asserts that it ends well. */
static size_t decode(struct lp_hpack *h, struct lp_span block, char *out, size_t cap)
{
	struct guarded g = guarded(block);
	struct lp_span rest = g.span;
	struct lp_hpack_field f;
	size_t len = 0;
	int n;

	lp_hpack_begin(h, rest.len);
	while ((n = lp_hpack_next(h, &rest, line, sizeof(line), &f)) > 0) {
		assert_true(len + (size_t)n < cap);
		assert_int_equal((size_t)n, f.name.len + f.value.len + 4);
		memcpy(out + len, line, (size_t)n);
		len += (size_t)n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(rest.len, 0);
	guarded_free(&g);
	out[len] = '\0';
	return len;
}

static void expect(struct lp_hpack *h, const char *block, size_t len, const char *expected)
{
	char text[4096];

	decode(h, lp_span_of(block, len), text, sizeof(text));
	assert_string_equal(text, expected);
}

#define EXPECT(h, block, expected) expect(h, block, sizeof(block) - 1, expected)

/* RFC 7541 appendix C.4 and C.5: Huffman coding, and a table of 256 bytes that overflows. */
static void test_rfc(void **state)
{
	struct lp_hpack h;

	(void)state;
	lp_hpack_init(&h, room);
	EXPECT(&h, "\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff",
	       ":method: GET\r\n:scheme: http\r\n:path: /\r\n:authority: www.example.com\r\n");
	EXPECT(&h, "\x82\x86\x84\xbe\x58\x86\xa8\xeb\x10\x64\x9c\xbf",
	       ":method: GET\r\n:scheme: http\r\n:path: /\r\n:authority: www.example.com\r\n"
	       "cache-control: no-cache\r\n");
	lp_hpack_init(&h, room);
	EXPECT(&h,
	       "\x3f\xe1\x01" /* 256 */
	       "\x48\x03\x33\x30\x32\x58\x07\x70\x72\x69\x76\x61\x74\x65\x61\x1d\x4d\x6f\x6e\x2c"
	       "\x20"
	       "\x32\x31\x20\x4f\x63\x74\x20\x32\x30\x31\x33\x20\x32\x30\x3a\x31\x33\x3a\x32\x31"
	       "\x20"
	       "\x47\x4d\x54\x6e\x17\x68\x74\x74\x70\x73\x3a\x2f\x2f\x77\x77\x77\x2e\x65\x78\x61"
	       "\x6d"
	       "\x70\x6c\x65\x2e\x63\x6f\x6d",
	       ":status: 302\r\ncache-control: private\r\ndate: Mon, 21 Oct 2013 20:13:21 GMT\r\n"
	       "location: https://www.example.com\r\n");
	EXPECT(&h, "\x48\x03\x33\x30\x37\xc1\xc0\xbf",
	       ":status: 307\r\ncache-control: private\r\ndate: Mon, 21 Oct 2013 20:13:21 GMT\r\n"
	       "location: https://www.example.com\r\n");
}

static uint32_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* Thousands of blocks with names and values of any bytes, tables of any size, one deflater. */
static void test_deflater(void **state)
{
	static uint8_t block[256 * 1024], pool[40][2][700];
	static char expected[256 * 1024], got[256 * 1024];
	nghttp2_hd_deflater *d;
	struct lp_hpack h;

	(void)state;
	assert_int_equal(nghttp2_hd_deflate_new(&d, LP_HPACK_TABLE_MAX), 0);
	assert_int_equal(nghttp2_hd_deflate_change_table_size(d, 4096), 0);
	lp_hpack_init(&h, room);
	for (unsigned i = 0; i < LP_ARRAY_LEN(pool); i++)
		for (unsigned k = 0; k < 2; k++)
			for (unsigned b = 0; b < sizeof(pool[i][k]); b++)
				pool[i][k][b] = (uint8_t)(k ? rnd(256) : 'a' + rnd(26));
	for (unsigned round = 0; round < 3000; round++) {
		nghttp2_nv nv[24];
		size_t n = 1 + rnd(LP_ARRAY_LEN(nv)), len = 0;
		ssize_t made;

		if (!rnd(50))
			assert_int_equal(nghttp2_hd_deflate_change_table_size(
						 d, rnd(4) ? rnd(9000) : LP_HPACK_TABLE_MAX),
					 0);
		for (size_t i = 0; i < n; i++) {
			nv[i] = (nghttp2_nv){pool[rnd(40)][0], pool[rnd(40)][1], 1 + rnd(40),
					     rnd(10) ? rnd(60) : rnd(700),
					     rnd(8) ? NGHTTP2_NV_FLAG_NONE
						    : NGHTTP2_NV_FLAG_NO_INDEX};
			memcpy(expected + len, nv[i].name, nv[i].namelen);
			len += nv[i].namelen;
			memcpy(expected + len, ": ", 2);
			memcpy(expected + len + 2, nv[i].value, nv[i].valuelen);
			memcpy(expected + len + 2 + nv[i].valuelen, "\r\n", 2);
			len += nv[i].valuelen + 4;
		}
		made = nghttp2_hd_deflate_hd(d, block, sizeof(block), nv, n);
		assert_true(made > 0);
		assert_int_equal(
			decode(&h, lp_span_of((char *)block, (size_t)made), got, sizeof(got)), len);
		assert_memory_equal(got, expected, len);
	}
	nghttp2_hd_deflate_del(d);
}

/* One who joins late knows what came since, and that the rest is unknown. */
static void test_forget(void **state)
{
	struct lp_hpack h;

	(void)state;
	lp_hpack_init(&h, room);
	EXPECT(&h, "\x40\x01x\x01y", "x: y\r\n");
	lp_hpack_forget(&h);
	EXPECT(&h, "\x40\x01v\x01w\xbe\xbf\xff\x10", "v: w\r\nv: w\r\n: \r\n: \r\n");
	/* A value with a name that is not known. */
	EXPECT(&h, "\x7f\x00\x01z\xbe", ": z\r\n: z\r\n");
}

static void test_too_long(void **state)
{
	static char block[LP_HEAD_MAX * 2] = "\x40\x01x\x7f\x81\xff\x03";
	struct lp_span in = lp_span_of(block, 7 + 65536), before;
	struct lp_hpack_field f;
	struct lp_hpack h;

	(void)state;
	lp_hpack_init(&h, room);
	EXPECT(&h, "\x40\x01x\x01y", "x: y\r\n");
	before = in;
	assert_int_equal(lp_hpack_next(&h, &in, line, 100, &f), -E2BIG);
	assert_ptr_equal(in.ptr, before.ptr);
	assert_int_equal(h.n, 1);
	assert_int_equal(lp_hpack_next(&h, &in, line, LP_HEAD_MAX, &f), -E2BIG);
	assert_int_equal(in.len, 0);
	assert_int_equal(h.n, 0); /* nothing else fits beside it, nor does it */
}

/* Bytes that stand for tens of thousands each: what they repeat is bounded, the table goes on. */
static void test_repeats(void **state)
{
	static char big[60100], many[60000];
	struct lp_hpack_field f;
	struct lp_span in;
	struct lp_hpack h;
	size_t shown = 0;
	int n;

	(void)state;
	lp_hpack_init(&h, room);
	/* a table of 65,535, then "x" with 60,000 letters */
	memset(big, 'y', sizeof(big));
	memcpy(big, "\x3f\xe0\xff\x03\x40\x01x\x7f\xe1\xd3\x03", 11);
	in = lp_span_of(big, 11 + 60000);
	lp_hpack_begin(&h, in.len);
	assert_int_equal(lp_hpack_next(&h, &in, line, sizeof(line), &f), 60005);
	assert_int_equal(in.len, 0);
	memset(many, 0x80 | 62, sizeof(many));
	in = lp_span_of(many, 12);
	lp_hpack_begin(&h, in.len);
	assert_int_equal(lp_hpack_next(&h, &in, line, sizeof(line), &f), -E2BIG);
	assert_int_equal(lp_hpack_pass(&h, &in, line, sizeof(line)), 1);
	assert_int_equal(in.len, 10);
	in = lp_span_of(many, sizeof(many));
	lp_hpack_begin(&h, in.len);
	while ((n = lp_hpack_next(&h, &in, line, sizeof(line), &f)) != 0)
		shown += n > 0 ? (size_t)n : 0;
	assert_true(shown <= 16384 + 1024 * sizeof(many));
	/* a long name for each of many values: it would go into the table every time */
	big[5] = 0x7f;
	memcpy(big, "\x40\x7f\xe1\xd3\x03", 5);
	memset(big + 5, 'n', 60000);
	memcpy(big + 60005, "\x00", 1);
	in = lp_span_of(big, 60006);
	lp_hpack_begin(&h, in.len);
	assert_int_equal(lp_hpack_next(&h, &in, line, sizeof(line), &f), 60004);
	in = lp_span_of("\x7e\x01v", 3);
	lp_hpack_begin(&h, in.len);
	assert_int_equal(lp_hpack_pass(&h, &in, line, sizeof(line)), -EBADMSG);
}

/* What is passed over changes the table as what is shown does. */
static void test_pass(void **state)
{
	static const char block[] = "\x82\x40\x01x\x01y\x00\x01v\x01w\xbe\x7e\x01z\x0f\x2f\x01q";
	static char other[LP_HEAD_MAX];
	struct lp_span in = lp_span_of(block, sizeof(block) - 1);
	unsigned fields = 0;
	struct lp_hpack h;

	(void)state;
	lp_hpack_init(&h, other);
	lp_hpack_begin(&h, in.len);
	while (lp_hpack_pass(&h, &in, line, sizeof(line)) == 1)
		fields++;
	assert_int_equal(in.len, 0);
	assert_int_equal(fields, 6);
	EXPECT(&h, "\xbe\xbf", "x: z\r\nx: y\r\n");
}

static void test_broken(void **state)
{
	static const struct lp_span blocks[] = {
		{"\x80", 1},			      /* index 0 */
		{"\xbe", 1},			      /* nothing there */
		{"\xff", 1},			      /* a number without its end */
		{"\xff\xff\xff\xff\xff\xff\x7f", 7},  /* or without measure */
		{"\x40\x05x", 3},		      /* a string longer than the block */
		{"\x40\x01x\x82\xff\xff", 6},	      /* padding of a byte or more */
		{"\x40\x01x\x81\x00", 5},	      /* padding of zeros: "0" and 000 */
		{"\x40\x01x\x84\xff\xff\xff\xff", 8}, /* the end of the string, spelled out */
		{"\x3f\xe2\xff\x03", 4},	      /* a table of 64 KiB and a byte */
	};
	struct lp_hpack_field f;
	struct lp_hpack h;

	(void)state;
	for (unsigned i = 0; i < LP_ARRAY_LEN(blocks); i++) {
		struct guarded g = guarded(blocks[i]);
		struct lp_span in = g.span;

		lp_hpack_init(&h, room);
		assert_int_equal(lp_hpack_next(&h, &in, line, sizeof(line), &f), -EBADMSG);
		guarded_free(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc),    cmocka_unit_test(test_deflater),
		cmocka_unit_test(test_forget), cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_broken), cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
