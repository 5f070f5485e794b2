/* SPDX-License-Identifier: MIT */

/* The shim's table of TLS sessions: a bucket that is full of those that are followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../preload/sessions.c"

__thread struct lps_thread lps_self;
_Atomic int lps_phase = LPS_READY;
static _Atomic uint32_t alive = LPS_ALIVE;
_Atomic uint32_t *lps_alive = &alive;

static uint32_t n_new;
static unsigned n_open, n_no_room, n_fed, n_skipped, n_nested;
static bool forked;
static enum lps_verdict verdict = LPS_FOLLOW;

bool lps_live_slow(void)
{
	return false;
}

bool lps_forked(void)
{
	return forked;
}

void *lps_map(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

char *lps_hold(void)
{
	static char only[RECORD_MAX];

	return only;
}

void lps_hold_release(char *buf)
{
	(void)buf;
}

lps_handle lps_conn_new(uint16_t flags, uint64_t cookie)
{
	(void)flags, (void)cookie;
	n_open++;
	return LPS_HANDLE_MIN + n_new++;
}

void lps_conn_put(lps_handle h)
{
	n_open -= h != 0;
}

void lps_conn_no_room(uint16_t flags)
{
	assert_int_equal(flags, LP_EVF_TLS);
	n_no_room++;
}

void lps_conn_set_nested(lps_handle h)
{
	(void)h;
	n_nested++;
}

void lps_conn_set_server(lps_handle h, struct lp_span name)
{
	(void)h, (void)name;
}

bool lps_conn_used(lps_handle h)
{
	(void)h;
	return true;
}

bool lps_may_be_request(const struct iovec *iov, size_t n)
{
	return n && ((const char *)iov->iov_base)[0] == 'G';
}

enum lps_verdict lps_conn_feed(lps_handle h, bool out, const struct iovec *iov, size_t n,
			       size_t len)
{
	(void)h, (void)out, (void)iov, (void)n, (void)len;
	n_fed++;
	return verdict;
}

enum lps_verdict lps_conn_skip(lps_handle h, bool out, uint64_t len)
{
	(void)h, (void)out, (void)len;
	n_skipped++;
	return LPS_FOLLOW;
}

void lps_conn_missed(lps_handle h, bool out, uint64_t len)
{
	(void)h, (void)out, (void)len;
}

static int set_up(void **state)
{
	(void)state;
	return lps_sessions_init() ? 0 : -1;
}

/* The next address in the bucket of `s`. */
static const void *beside(const void *s)
{
	const char *p = s;

	do
		p += 16;
	while (bucket_of(p) != bucket_of(s));
	return p;
}

static void a_full_bucket_is_said(void **state)
{
	static const char room[1]; /* an address; nothing is read there */
	const void *s[WAYS + 2] = {room};

	(void)state;
	for (size_t i = 1; i < LP_ARRAY_LEN(s); i++)
		s[i] = beside(s[i - 1]);
	for (size_t i = 0; i < WAYS; i++)
		lps_session_out(s[i], "GET ", 4);
	assert_int_equal(n_fed, WAYS);
	assert_int_equal(n_no_room, 0);

	lps_session_out(s[WAYS], "GET ", 4);
	lps_session_server(s[WAYS + 1], "sqs.eu-west-1.amazonaws.com", 27);
	assert_int_equal(n_no_room, 2);
	assert_int_equal(n_open, WAYS);
	lps_session_out(s[WAYS], "x", 1); /* which is no request */
	assert_int_equal(n_no_room, 2);

	/* Once one has ended there is room. */
	lps_session_end(s[0]);
	lps_session_out(s[WAYS], "GET ", 4);
	assert_int_equal(n_fed, WAYS + 1);
	assert_int_equal(n_no_room, 2);
	assert_int_equal(n_open, WAYS);
}

/* Which libraries send by themselves what they are told, and whose session did. */
static void who_sends_by_itself(void **state)
{
	static const char room[64];
	const void *s = room, *other = room + 32;

	(void)state;
	atomic_store(&apart, false);
	lps_self.nested = s;
	lps_session_out(s, "GET ", 4);
	lps_session_out(s, "GET ", 4);
	assert_int_equal(n_nested, 1);
	assert_null(lps_self.nested);
	assert_false(lps_sessions_apart());

	/* Not another one, nor one to come that has its address. */
	lps_self.nested = s;
	lps_session_out(other, "GET ", 4);
	assert_true(lps_sessions_apart());
	lps_session_new(s);
	lps_session_out(s, "GET ", 4);
	assert_int_equal(n_nested, 1);
	lps_session_end(s);
	lps_session_end(other);
}

/* A login is looked for in the first writes of what is no HTTP, and once. */
static void a_login_is_told(void **state)
{
	static const char login[] = "h/?Action=connect&X-Amz-Signature=1f", room[1];

	(void)state;
	for (unsigned before = 0; before < LP_LOGIN_WRITES + 2; before++) {
		unsigned fed = n_fed, open = n_open;

		for (unsigned i = 0; i < before; i++)
			lps_session_out(room, "x", 1);
		lps_session_out(room, login, sizeof(login));
		lps_session_out(room, login, sizeof(login));
		assert_int_equal(n_fed - fed, before < LP_LOGIN_WRITES);
		assert_int_equal(n_open, open);
		lps_session_end(room);
	}
}

/* Nor in what a request to somebody else carries. */
static void a_request_is_no_login(void **state)
{
	static const char get[] = "GET / HTTP/1.1",
			  login[] = "h/?Action=connect&X-Amz-Signature=1f",
			  host[] = "sqs.eu-west-1.amazonaws.com", room[1];

	(void)state;
	verdict = LPS_IGNORE;
	for (unsigned i = 0; i < 2; i++) {
		unsigned fed = n_fed, open = n_open;

		if (i)
			lps_session_server(room, host, sizeof(host) - 1);
		lps_session_out(room, get, sizeof(get));
		lps_session_out(room, login, sizeof(login));
		assert_int_equal(n_fed - fed, 1);
		lps_session_end(room);

		lps_session_server(room, host, sizeof(host) - 1);
		lps_session_out(room, login, sizeof(login));
		assert_int_equal(n_fed - fed, 3);
		lps_session_end(room);
		assert_int_equal(n_open, open);
	}
	verdict = LPS_FOLLOW;
}

/* Nor does a server that speaks first, as of mail, end the look. */
static void a_login_is_told_behind_a_greeting(void **state)
{
	static const char login[] = "AUTH PLAIN AEFLSUFJT1NGT0ROTjdFWEFNUExFAHNlY3JldA==\r\n",
			  host[] = "email-smtp.eu-west-1.amazonaws.com", room[1];
	unsigned fed = n_fed, open = n_open;

	(void)state;
	verdict = LPS_IGNORE;
	lps_session_server(room, host, sizeof(host) - 1);
	lps_session_in(room, "220 ", 4);
	lps_session_out(room, "EHLO me\r\n", 9);
	lps_session_in(room, "250 ", 4);
	lps_session_out(room, login, sizeof(login) - 1);
	assert_int_equal(n_fed - fed, 2);
	lps_session_end(room);
	assert_int_equal(n_open, open);
	verdict = LPS_FOLLOW;
}

static void the_last_holder_ends_it(void **state)
{
	static const char room[1];
	unsigned open = n_open;

	(void)state;
	lps_session_out(room, "GET ", 4);
	lps_session_ref(room);
	lps_session_unref(room);
	assert_int_equal(n_open, open + 1);
	assert_true(lps_session_wanted(room, false));
	lps_session_unref(room);
	assert_int_equal(n_open, open);
	/* One that was ended whatever its holders: the next at its address has none of them. */
	lps_session_ref(room);
	lps_session_end(room);
	lps_session_out(room, "GET ", 4);
	lps_session_unref(room);
	assert_int_equal(n_open, open);
}

/* What a forked child writes first may be the second half of what its parent began. */
static void the_parents_session_is_not_given_up(void **state)
{
	static const char room[1];
	unsigned fed = n_fed;

	(void)state;
	forked = true;
	for (unsigned i = 0; i < LP_LOGIN_WRITES + 1; i++)
		lps_session_out(room, "x", 1);
	lps_session_out(room, "GET ", 4);
	assert_int_equal(n_fed - fed, 1);
	lps_session_end(room);
	/* One of its own is. */
	lps_session_new(room);
	for (unsigned i = 0; i < LP_LOGIN_WRITES + 1; i++)
		lps_session_out(room, "x", 1);
	lps_session_out(room, "GET ", 4);
	assert_int_equal(n_fed - fed, 1);
	lps_session_end(room);
	forked = false;
}

/* Of a send that was interrupted, where more went out than was kept. */
static void only_what_was_kept_is_told(void **state)
{
	static const char room[1];
	unsigned fed, skipped = n_skipped;

	(void)state;
	lps_session_out(room, "GET ", 4);
	fed = n_fed;
	lps_session_keep(room, "GET ", 4);
	lps_session_out_kept(room, 4);
	assert_int_equal(n_fed - fed, 1);
	lps_session_out_kept(room, 5);
	assert_int_equal(n_fed - fed, 1);
	assert_int_equal(n_skipped - skipped, 1);
	lps_session_unkeep(room);
	lps_session_end(room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_bucket_is_said),
		cmocka_unit_test(who_sends_by_itself),
		cmocka_unit_test(a_login_is_told),
		cmocka_unit_test(a_request_is_no_login),
		cmocka_unit_test(a_login_is_told_behind_a_greeting),
		cmocka_unit_test(the_last_holder_ends_it),
		cmocka_unit_test(the_parents_session_is_not_given_up),
		cmocka_unit_test(only_what_was_kept_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
