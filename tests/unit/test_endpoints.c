/* SPDX-License-Identifier: MIT */
/* collector/wire/endpoints: servers that an environment names in AWS's place. */
#include <arpa/inet.h>

#include "wire_util.h"

#include "endpoints.h"

#define V4(a, b, c, d)                                                                             \
	{                                                                                          \
		[10] = 0xff, [11] = 0xff, [12] = a, [13] = b, [14] = c, [15] = d                   \
	}

static const struct row {
	const char *variable;
	uint16_t port;
	uint8_t address[LP_ENDPOINT_ADDRESS];
	const char *asked;
	const char *named; /* NULL: it is none */
} rows[] = {
	{"AWS_ENDPOINT_URL=https://localhost:4566", 4566, V4(127, 0, 0, 1), "localhost",
	 "localhost"},
	{"AWS_ENDPOINT_URL_S3=https://Localhost:4566/x", 4566, V4(127, 0, 0, 1), "b.localHOST",
	 "b.localHOST"},
	{"AWS_ENDPOINT_URL=https://aws.example", 443, V4(9, 9, 9, 9), "aws.example", "aws.example"},
	{"AWS_ENDPOINT_URL=https://aws.example?q", 443, V4(9, 9, 9, 9), "aws.example",
	 "aws.example"},
	{"AWS_ENDPOINT_URL=https://127.0.0.1:4566", 4566, V4(127, 0, 0, 1), "", "127.0.0.1"},
	{"AWS_ENDPOINT_URL=https://[::1]:4566#f", 4566, {[15] = 1}, "", "[::1]"},
	{"AWS_ENDPOINT_URL=https://127.0.0.1:4566", 4566, V4(127, 0, 0, 2), "", NULL},
	{"AWS_ENDPOINT_URL=https://127.0.0.1:4566", 4567, V4(127, 0, 0, 1), "", NULL},
	{"AWS_ENDPOINT_URL=https://[::1]:4566", 4566, {[15] = 2}, "", NULL},
	{"AWS_ENDPOINT_URL=https://localhost:4566", 4566, V4(127, 0, 0, 1), "", NULL},
	{"AWS_ENDPOINT_URL=https://host:4566", 4566, V4(127, 0, 0, 1), "otherhost", NULL},
	{"AWS_ENDPOINT_URL=http://localhost:4566", 4566, V4(127, 0, 0, 1), "localhost", NULL},
	{"AWS_ENDPOINT=https://localhost:4566", 4566, V4(127, 0, 0, 1), "localhost", NULL},
	{"AWS_ENDPOINT_URL=https://", 443, V4(127, 0, 0, 1), "", NULL},
	{"AWS_ENDPOINT_URL=", 443, V4(127, 0, 0, 1), "localhost", NULL},
	{"AWS_ENDPOINT_URL", 443, V4(127, 0, 0, 1), "localhost", NULL},
	{"", 443, V4(127, 0, 0, 1), "localhost", NULL},
};

static void test_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		struct guarded g = guarded(lp_span_str(r->variable));
		struct lp_hello_name name = {.len = (uint8_t)strlen(r->asked)};
		struct lp_endpoints e = {0};

		memcpy(name.text, r->asked, name.len);
		lp_endpoints_add(&e, g.span);
		assert_int_equal(lp_endpoints_has(&e, htons(r->port), r->address, &name),
				 r->named != NULL);
		if (r->named)
			assert_true(lp_span_eq(lp_hello_host(&name), lp_span_str(r->named)));
		guarded_free(&g);
	}
}

/* Further ones than there is room for, and names that are longer than any, are left out. */
static void test_many(void **state)
{
	const uint8_t address[LP_ENDPOINT_ADDRESS] = {0};
	struct lp_endpoints e = {0};
	char text[400];

	(void)state;
	snprintf(text, sizeof(text), "AWS_ENDPOINT_URL=https://%0300d:1", 0);
	lp_endpoints_add(&e, lp_span_str(text));
	assert_int_equal(e.n, 0);
	for (unsigned i = 0; i < LP_ENDPOINTS_MAX + 2; i++) {
		struct lp_hello_name name = {.len = 2, .text = {'h', (char)('0' + i)}};

		snprintf(text, sizeof(text), "AWS_ENDPOINT_URL_%u=https://h%u:%u", i, i, i + 1);
		lp_endpoints_add(&e, lp_span_str(text));
		assert_int_equal(lp_endpoints_has(&e, htons((uint16_t)(i + 1)), address, &name),
				 i < LP_ENDPOINTS_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
