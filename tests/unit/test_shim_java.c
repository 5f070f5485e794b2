/* SPDX-License-Identifier: MIT */

/* When a thread waits for what another one does in the virtual machine; real ones are java.t's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../preload/java.c"

__thread struct lps_thread lps_self;
_Atomic int lps_phase = LPS_READY;
static _Atomic uint32_t alive = LPS_ALIVE;
_Atomic uint32_t *lps_alive = &alive;

const struct lps_native lps_java_natives[LPS_JAVA_NATIVES];

bool lps_live_slow(void)
{
	return false;
}

bool lps_own_process(void)
{
	return true;
}

void *lps_map(size_t size)
{
	(void)size;
	return NULL;
}

size_t lps_java_class(unsigned char *out, size_t size)
{
	(void)out, (void)size;
	return 0;
}

long lps_class_rewrite(struct lp_span in, const char *to, const struct lps_class_insert *ins,
		       size_t n, unsigned char *out, size_t size, struct lps_class_work *work)
{
	(void)in, (void)to, (void)ins, (void)n, (void)out, (void)size, (void)work;
	return 0;
}

void lps_methods_socket(void)
{
}

void lps_session_out(const void *s, const void *buf, size_t len)
{
	(void)s, (void)buf, (void)len;
}

void lps_session_in(const void *s, const void *buf, size_t len)
{
	(void)s, (void)buf, (void)len;
}

bool lps_session_wanted(const void *s, bool out)
{
	(void)s, (void)out;
	return false;
}

void lps_session_end(const void *s)
{
	(void)s;
}

static lps_jint no_vms(lps_javavm *vm, lps_jint max, lps_jint *n)
{
	(void)vm, (void)max;
	*n = 0;
	return 0;
}

/* Milliseconds. */
static long wait_for_socket(void)
{
	struct timespec from, to;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &from), 0);
	lps_java_socket();
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &to), 0);
	return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
}

/* One that limits its own system calls may be killed for that of a wait. */
static void who_is_confined_does_not_wait(void **state)
{
	(void)state;
	atomic_store(&phase, SETTING_UP);
	assert_true(lps_java_waits());
	assert_true(wait_for_socket() >= WAIT_MS / 2);
	atomic_store(&lps_phase, LPS_OFF);
	assert_false(lps_java_waits());
	assert_true(wait_for_socket() < WAIT_MS / 2);
	/* Nor is anything set up. */
	atomic_store(&phase, MET);
	assert_false(lps_java_waits());
	atomic_store(&lps_phase, LPS_READY);
	assert_true(lps_java_waits());
	get_vms = no_vms;
	assert_true(wait_for_socket() < WAIT_MS / 2);
	assert_int_equal(atomic_load(&phase), MET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_confined_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
