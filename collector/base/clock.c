/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

/* Neither clock can fail on Linux with these constants. */
static uint64_t ns_of(clockid_t clock)
{
	struct timespec ts = {0};

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t lp_monotonic_ns(void)
{
	return ns_of(CLOCK_MONOTONIC);
}

uint64_t lp_monotonic_ms(void)
{
	return lp_monotonic_ns() / 1000000;
}

uint64_t lp_realtime_ns(void)
{
	return ns_of(CLOCK_REALTIME);
}
