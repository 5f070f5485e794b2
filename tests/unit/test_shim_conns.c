/* SPDX-License-Identifier: MIT */

/* The shim's connections: handles that outlive what they name, closes from another thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../preload/conns.c"

#define THREADS 4
#define ROUNDS	3000
#define PLACE	5 /* a socket to what stands in AWS's place */

_Atomic uint32_t *lps_alive;
_Atomic int lps_phase = LPS_READY;
__thread struct lps_thread lps_self;
struct lps_ring lps_ring;
static _Atomic uint32_t alive = LPS_ALIVE;
static atomic_uint events[LP_EV_TYPES];

static const char request[] =
	"GET /key HTTP/1.1\r\nHost: bucket.s3.amazonaws.com\r\nAuthorization: AWS4-HMAC-SHA256 "
	"Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/s3/aws4_request, SignedHeaders=host, "
	"Signature=00\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static bool exhausted, apart;

bool lps_sessions_apart(void)
{
	return apart;
}

bool lps_endpoint_is(int fd, struct lp_hello_name *name)
{
	return fd == PLACE && name->len;
}

void *lps_reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

bool lps_open(void *p, size_t len)
{
	return !exhausted && mprotect(p, len, PROT_READ | PROT_WRITE) == 0;
}

uint64_t lps_now(void)
{
	return 1;
}

bool lps_ring_emit(struct lps_ring *r, const struct lps_record *rec, const struct lp_span *parts,
		   unsigned n_parts)
{
	(void)r;
	(void)parts;
	(void)n_parts;
	events[rec->type]++;
	return true;
}

/* A ClientHello that asks for SQS. */
static const char hello[] = "\26\3\1\0\123\1\0\0\117"
			    "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\0\0\2\23\1\1\0"
			    "\0\44\0\0\0\40\0\36\0\0\33sqs.eu-west-1.amazonaws.com";

static int set_up(void **state)
{
	(void)state;
	lps_alive = &alive;
	for (unsigned i = 0; i < LP_EV_TYPES; i++)
		events[i] = 0;
	lps_conns_reset();
	return 0;
}

static struct iovec text(const char *s, size_t len)
{
	struct iovec iov = {.iov_len = len};

	memcpy(&iov.iov_base, &s, sizeof(s));
	return iov;
}

static void a_handle_ends_with_its_connection(void **state)
{
	struct iovec iov = text(request, sizeof(request) - 1);
	lps_handle h = lps_conn_new(0, 7), again;

	(void)state;
	assert_true(h >= LPS_HANDLE_MIN);
	assert_true(lps_conn_is(h, 7));
	assert_false(lps_conn_is(h, 8));
	assert_true(lps_conn_hold(h));
	assert_int_equal(lps_conn_feed(h, true, &iov, 1, iov.iov_len), LPS_FOLLOW);
	lps_conn_put(h);
	assert_true(lps_conn_is(h, 7));
	lps_conn_put(h);
	assert_false(lps_conn_is(h, 7));
	assert_int_equal(events[LP_EV_REQUEST_BARE], 1);
	assert_int_equal(events[LP_EV_CLOSE], 1);
	again = lps_conn_new(0, 9);
	assert_int_equal(again & (LPS_CONN_MAX - 1), h & (LPS_CONN_MAX - 1));
	assert_true(again != h);
	assert_int_equal(lps_conn_feed(h, true, &iov, 1, iov.iov_len), LPS_GONE);
	assert_false(lps_conn_hold(h));
	lps_conn_put(h);
	assert_true(lps_conn_is(again, 9));
	lps_conn_put(again);
	/* The last of its place's numbers was given out; they begin again. */
	atomic_store(&conns()->v[again & (LPS_CONN_MAX - 1)].gen, UINT32_MAX);
	again = lps_conn_new(0, 10);
	assert_true(lps_conn_is(again, 10));
	lps_conn_put(again);
}

static void the_pool_and_the_slab_end(void **state)
{
	static lps_handle all[LPS_CONN_MAX];
	static char *buf[HOLD_MAX];

	(void)state;
	for (unsigned i = 0; i < LPS_CONN_MAX; i++)
		assert_true((all[i] = lps_conn_new(0, i)) >= LPS_HANDLE_MIN);
	assert_int_equal(lps_conn_new(0, 0), 0);
	assert_int_equal(events[LP_EV_LOST], 1);
	lps_conn_put(all[5]);
	assert_true((all[5] = lps_conn_new(0, 5)) >= LPS_HANDLE_MIN);
	for (unsigned i = 0; i < LPS_CONN_MAX; i++)
		lps_conn_put(all[i]);
	for (unsigned i = 0; i < HOLD_MAX; i++)
		assert_non_null(buf[i] = lps_hold());
	assert_null(lps_hold());
	for (unsigned i = 0; i < HOLD_MAX; i++)
		lps_hold_release(buf[i]);
	assert_ptr_equal(lps_hold(), buf[HOLD_MAX - 1]);
	lps_hold_release(buf[HOLD_MAX - 1]);
}

/* What is opened bit by bit may end before the pool does. */
static void no_memory_for_more(void **state)
{
	static char *buf[HOLD_MAX];
	unsigned n = 0;

	(void)state;
	assert_non_null(buf[n++] = lps_hold());
	exhausted = true;
	while ((buf[n] = lps_hold()))
		memset(buf[n++], 1, LP_HEAD_MAX);
	assert_in_range(n, 1, POOL_STEP / LP_HEAD_MAX);
	exhausted = false;
	assert_non_null(buf[n++] = lps_hold());
	while (n)
		lps_hold_release(buf[--n]);
}

/* Bytes that nobody could look at are a gap in the framing, not bytes of the next message. */
static void missed_bytes_are_skipped(void **state)
{
	struct iovec iov = text(request, sizeof(request) - 1);
	lps_handle h = lps_conn_new(0, 1);

	(void)state;
	assert_int_equal(lps_conn_feed(h, true, &iov, 1, iov.iov_len), LPS_FOLLOW);
	lps_conn_missed(h, true, iov.iov_len);
	lps_conn_feed(h, true, &iov, 1, iov.iov_len);
	assert_int_equal(events[LP_EV_REQUEST_BARE] + events[LP_EV_LOST] >= 2, 1);
	lps_conn_put(h);
}

/* A request that is written at once is two records, or one. */
static void few_records_are_sent(void **state)
{
	static const char post[] =
		"POST / HTTP/1.1\r\nHost: dynamodb.us-east-1.amazonaws.com\r\n"
		"Content-Type: application/x-amz-json-1.0\r\nAuthorization: AWS4-HMAC-SHA256 "
		"Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/dynamodb/aws4_request, "
		"SignedHeaders=host, Signature=00\r\nContent-Length: 17\r\n\r\n"
		"{\"TableName\":\"t\"}";
	struct iovec both[] = {text(request, sizeof(request) - 1), text(post, sizeof(post) - 1)};
	lps_handle h = lps_conn_new(0, 1);
	unsigned n = 0;

	(void)state;
	lps_conn_feed(h, true, both, 2, sizeof(request) - 1 + sizeof(post) - 1);
	for (unsigned i = 0; i < LP_EV_TYPES; i++)
		n += events[i];
	assert_int_equal(n, 3);
	assert_int_equal(events[LP_EV_REQUEST_BARE], 1);
	assert_int_equal(events[LP_EV_REQUEST], 1);
	assert_int_equal(events[LP_EV_BODY_WHOLE], 1);
	lps_conn_put(h);
}

static void *exchange(void *arg)
{
	_Atomic lps_handle *slot = arg;
	unsigned seed = (unsigned)(uintptr_t)&seed;

	for (unsigned i = 0; i < ROUNDS; i++) {
		lps_handle h = atomic_load(&slot[rand_r(&seed) % THREADS]);
		struct iovec out = text(request, sizeof(request) - 1);
		struct iovec in = text(answer, sizeof(answer) - 1);
		size_t half = (size_t)rand_r(&seed) % out.iov_len;

		switch (rand_r(&seed) % 8) {
		case 0: {
			/* Ended and begun anew under everybody's feet. */
			unsigned k = (unsigned)rand_r(&seed) % THREADS;
			lps_handle fresh = lps_conn_new(0, i);

			lps_conn_put(atomic_exchange(&slot[k], fresh));
			break;
		}
		case 1:
			if (lps_conn_hold(h))
				lps_conn_put(h);
			break;
		case 2:
			lps_conn_skip(h, false, 10);
			break;
		case 3:
		case 4:
			lps_conn_feed(h, true, &out, 1, half);
			break;
		case 5:
			lps_conn_feed(h, true, &out, 1, out.iov_len);
			break;
		default:
			lps_conn_feed(h, false, &in, 1, in.iov_len);
			break;
		}
	}
	return NULL;
}

/* Nothing to see but that it ends, and under ThreadSanitizer that no two were in one place. */
static void threads_do_not_meet(void **state)
{
	static _Atomic lps_handle slot[THREADS];
	static lps_handle all[LPS_CONN_MAX];
	pthread_t t[THREADS];

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		slot[i] = lps_conn_new(0, 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, exchange, slot);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (unsigned i = 0; i < THREADS; i++)
		lps_conn_put(slot[i]);
	/* Every one of them came back, once. */
	for (unsigned i = 0; i < LPS_CONN_MAX; i++) {
		assert_true((all[i] = lps_conn_new(0, 0)) >= LPS_HANDLE_MIN);
		assert_int_equal(conns()->v[all[i] & (LPS_CONN_MAX - 1)].refs, 1);
	}
	assert_int_equal(lps_conn_new(0, 0), 0);
	for (unsigned i = 0; i < LPS_CONN_MAX; i++)
		lps_conn_put(all[i]);
}

static void only_requests_begin_a_connection(void **state)
{
	static const struct {
		const char *text;
		bool may;
	} table[] = {
		{"GET / HTTP/1.1", true},
		{"G", true},
		{"", true},
		{"HEAD /", true},
		{"HTTP/1.1 200", false},
		{"\x16\x03\x01", false},
		{"get /", false},
		{"{\"json\"", false},
		{"HTTP", true},
	};

	(void)state;
	for (unsigned i = 0; i < LP_ARRAY_LEN(table); i++) {
		struct iovec iov[2] = {{NULL, 0}, text(table[i].text, strlen(table[i].text))};

		assert_int_equal(lps_may_be_request(iov, 2), table[i].may);
	}
}

static void hellos_come_in_pieces(void **state)
{
	const size_t whole = sizeof(hello) - 1;

	(void)state;
	for (size_t each = 1; each <= whole; each++) {
		lps_handle h = lps_conn_new_handshake(lp_span_of(NULL, 0), false, 7, -1, 0);

		assert_true(h);
		for (size_t at = 0; at < whole; at += each) {
			size_t n = whole - at < each ? whole - at : each;
			struct iovec iov[2] = {text(hello + at, 0), text(hello + at, n)};

			assert_int_equal(lps_conn_feed(h, true, iov, 2, n), LPS_FOLLOW);
			assert_int_equal(events[LP_EV_REACHED], each - (at + n < whole));
		}
		lps_conn_put(h);
	}
	/* Of what ends early, or is too long, nothing is said, and nothing is left. */
	for (unsigned i = 0; i < 2 * HOLD_MAX; i++) {
		/* Up to an extension of 16 KiB. */
		static const char start[] =
			"\26\3\1\77\377\1\0\77\373"
			"..................................\0\0\0\0\77\313\0\63\77\307";
		char much[LP_HELLO_MAX] = {0};
		struct iovec iov = text(start, sizeof(start) - 1), more = text(much, sizeof(much));
		lps_handle h = lps_conn_new_handshake(lp_span_of(NULL, 0), false, 7, -1, 0);

		assert_true(h);
		assert_int_equal(lps_conn_feed(h, true, &iov, 1, iov.iov_len), LPS_FOLLOW);
		if (i % 2)
			assert_int_equal(lps_conn_feed(h, true, &more, 1, more.iov_len),
					 LPS_IGNORE);
		lps_conn_put(h);
	}
	assert_int_equal(events[LP_EV_REACHED], whole);
}

/*
 * Data that goes to AWS outside of TLS libraries that we are in is told; who sends from within one
 * is remembered. Of what passed while nobody could look neither is known.
 */
static void data_by_its_sender(void **state)
{
	enum { APART, NESTED, MISSED, WAYS };
	char cipher[] = "\27\3\3\0\144", body[100] = {0};
	struct iovec data[2] = {text(cipher, 5), text(body, sizeof(body))};

	(void)state;
	for (unsigned way = 0; way < WAYS; way++) {
		lps_handle h = lps_conn_new_handshake(LP_SPAN("s3.amazonaws.com"), false, 7, -1, 0);
		struct lps_tls_mark m = {.outer = 0};

		assert_null(lps_self.nested);
		if (way == NESTED) {
			m = lps_tls_begin();
			lps_self.session = data;
		}
		if (way == MISSED)
			lps_conn_missed(h, true, 1);
		assert_int_equal(lps_conn_feed(h, true, data, 2, 105), LPS_IGNORE);
		if (way == NESTED) {
			assert_true(lps_tls_end(m));
			assert_ptr_equal(lps_self.nested, data);
			lps_self.nested = NULL;
		}
		assert_int_equal(events[LP_EV_REACHED], 1);
		lps_conn_put(h);
	}
}

/* What stands in AWS's place is told of with its data, and only where nobody sees that. */
static void in_place_by_its_data(void **state)
{
	char cipher[] = "\27\3\3\0\144", body[100] = {0};
	struct iovec first = text(hello, sizeof(hello) - 1);
	struct iovec data[2] = {text(cipher, 5), text(body, sizeof(body))};

	(void)state;
	for (unsigned hooked = 0; hooked < 2; hooked++) {
		lps_handle h = lps_conn_new_handshake(LP_SPAN("localhost"), true, 7, -1, 0);

		apart = hooked;
		assert_int_equal(lps_conn_feed(h, true, &first, 1, first.iov_len), LPS_FOLLOW);
		assert_int_equal(events[LP_EV_REACHED], hooked);
		assert_int_equal(lps_conn_feed(h, true, data, 2, 105), LPS_IGNORE);
		assert_int_equal(events[LP_EV_REACHED], 1);
		lps_conn_put(h);
	}
	apart = false;
	/* It may turn out to be so when its ClientHello, which came in pieces, is whole. */
	for (unsigned fd = PLACE; fd <= PLACE + 1; fd++) {
		static const char elsewhere[] = "\26\3\1\0\101\1\0\0\75"
						"rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\0\0\2\23\1\1\0"
						"\0\22\0\0\0\16\0\14\0\0\11localhost";
		struct iovec whole[] = {text(elsewhere, 9),
					text(elsewhere + 9, sizeof(elsewhere) - 10)};
		lps_handle h = lps_conn_new_handshake(lp_span_of(NULL, 0), false, 7, (int)fd, 0);

		assert_int_equal(lps_conn_feed(h, true, whole, 2, sizeof(elsewhere) - 1),
				 fd == PLACE ? LPS_FOLLOW : LPS_IGNORE);
		assert_int_equal(events[LP_EV_REACHED], 1);
		if (fd == PLACE)
			assert_int_equal(lps_conn_feed(h, true, data, 2, 105), LPS_IGNORE);
		lps_conn_put(h);
		events[LP_EV_REACHED]--;
	}
	lps_conn_end_handshake(lps_conn_new_handshake(LP_SPAN("localhost"), true, 7, -1, 0), -1);
	assert_int_equal(events[LP_EV_UNREACHED], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_handle_ends_with_its_connection, set_up),
		cmocka_unit_test_setup(no_memory_for_more, set_up),
		cmocka_unit_test_setup(the_pool_and_the_slab_end, set_up),
		cmocka_unit_test_setup(missed_bytes_are_skipped, set_up),
		cmocka_unit_test_setup(few_records_are_sent, set_up),
		cmocka_unit_test_setup(threads_do_not_meet, set_up),
		cmocka_unit_test_setup(data_by_its_sender, set_up),
		cmocka_unit_test_setup(in_place_by_its_data, set_up),
		cmocka_unit_test_setup(only_requests_begin_a_connection, set_up),
		cmocka_unit_test_setup(hellos_come_in_pieces, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
