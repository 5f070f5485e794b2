/* SPDX-License-Identifier: MIT */
#ifndef LP_CLOCK_H
#define LP_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in milliseconds: for durations and time limits. */
uint64_t lp_monotonic_ms(void);
/* The same in nanoseconds. */
uint64_t lp_monotonic_ns(void);

/* CLOCK_REALTIME in nanoseconds: for what people and call logs read. */
uint64_t lp_realtime_ns(void);

#endif
